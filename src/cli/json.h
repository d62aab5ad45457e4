/* SPDX-License-Identifier: MIT */
#ifndef CLI_JSON_H
#define CLI_JSON_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/* Writes JSON as it goes; @key is NULL inside an array and at the top. */
struct json {
	FILE *out;
	bool comma; /* something stands before in the same brackets */
};

void json_open(struct json *json, const char *key, char bracket);
void json_close(struct json *json, char bracket);
void json_string(struct json *json, const char *key, const char *value);
void json_number(struct json *json, const char *key, int64_t value);
void json_bool(struct json *json, const char *key, bool value);
/* Command numbers and codes read better the way the sources write them: "0x3b96". */
void json_hex(struct json *json, const char *key, uint64_t value);
void json_end(struct json *json);

#endif
