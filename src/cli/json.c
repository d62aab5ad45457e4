/* SPDX-License-Identifier: MIT */
#include <inttypes.h>

#include "cli/json.h"

/* Bytes of the UTF-8 character at @p, 0: it is none. */
static size_t utf8_length(const unsigned char *p)
{
	unsigned char low = 0x80;
	unsigned char high = 0xbf;
	size_t length;

	if (p[0] < 0x80)
		return 1;
	if (p[0] < 0xc2 || p[0] > 0xf4)
		return 0;
	length = p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;
	/* nothing overlong, no surrogate, nothing past the last plane */
	if (p[0] == 0xe0)
		low = 0xa0;
	else if (p[0] == 0xed)
		high = 0x9f;
	else if (p[0] == 0xf0)
		low = 0x90;
	else if (p[0] == 0xf4)
		high = 0x8f;
	if (p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < length; i++) {
		if (p[i] < 0x80 || p[i] > 0xbf)
			return 0;
	}
	return length;
}

static void put_string(FILE *out, const char *text)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t length;

	fputc('"', out);
	for (; *p; p += length ? length : 1) {
		length = utf8_length(p);
		if (*p == '"' || *p == '\\')
			fprintf(out, "\\%c", *p);
		else if (*p < 0x20)
			fprintf(out, "\\u%04x", *p);
		else if (length)
			fwrite(p, 1, length, out);
		else
			fputs("\\ufffd", out);
	}
	fputc('"', out);
}

static void put_key(struct json *json, const char *key)
{
	if (json->comma)
		fputs(", ", json->out);
	json->comma = true;
	if (!key)
		return;
	put_string(json->out, key);
	fputs(": ", json->out);
}

void json_open(struct json *json, const char *key, char bracket)
{
	put_key(json, key);
	fputc(bracket, json->out);
	json->comma = false;
}

void json_close(struct json *json, char bracket)
{
	fputc(bracket, json->out);
	json->comma = true;
}

void json_string(struct json *json, const char *key, const char *value)
{
	put_key(json, key);
	if (value)
		put_string(json->out, value);
	else
		fputs("null", json->out);
}

void json_number(struct json *json, const char *key, int64_t value)
{
	put_key(json, key);
	fprintf(json->out, "%" PRId64, value);
}

void json_bool(struct json *json, const char *key, bool value)
{
	put_key(json, key);
	fputs(value ? "true" : "false", json->out);
}

void json_hex(struct json *json, const char *key, uint64_t value)
{
	put_key(json, key);
	fprintf(json->out, "\"0x%" PRIx64 "\"", value);
}

void json_end(struct json *json)
{
	fputc('\n', json->out);
	json->comma = false;
}
