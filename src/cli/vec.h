/* SPDX-License-Identifier: MIT */
#ifndef CLI_VEC_H
#define CLI_VEC_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "cli/arena.h"

/* Vector files, as tests/vectors/FORMAT.md says: blocks of lines, a line is a key and its text. */

enum vec_key {
	VEC_CASE,
	VEC_ABI,
	VEC_GIVEN,
	VEC_MEM,
	VEC_IN,
	VEC_CALL,
	VEC_SENDS,
	VEC_REQ,
	VEC_REPLY,
	VEC_OUT,
	VEC_AFTER,
	VEC_WHY,
};

struct vec_line {
	enum vec_key key;
	unsigned int number;
	const char *text;
};

struct vec_case {
	const char *name;
	unsigned int number; /* of its first line */
	size_t count;
	struct vec_line *lines;
};

struct vec_file {
	size_t count;
	struct vec_case *cases;
};

struct vec_error {
	unsigned int number;
	char text[160];
};

/* Bytes as written; where @wild is not 0 the byte may be anything (`pp`). */
struct vec_bytes {
	size_t size;
	uint8_t *data;
	uint8_t *wild;
};

/* 0, or -EINVAL with the line and the reason in @error. Everything lives in @arena. */
int vec_parse(struct arena *arena, FILE *in, struct vec_file *ret, struct vec_error *error);
/* Pairs with or without blanks, `00*16`, `pp`, `..N`. 0, or -EINVAL. */
int vec_parse_bytes(struct arena *arena, const char *text, struct vec_bytes *ret);
/* The text of the first line with that key, NULL without one. */
const char *vec_find(const struct vec_case *vec, enum vec_key key);

#endif
