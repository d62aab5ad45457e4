/* SPDX-License-Identifier: MIT */
#ifndef TEST_CLI_KIT_H
#define TEST_CLI_KIT_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/replay.h"

/* One case from its text, in memory. */

static inline FILE *kit_open(const char *text)
{
	FILE *in = fmemopen((void *)(uintptr_t)text, strlen(text), "r");

	assert_non_null(in);
	return in;
}

static inline void kit_parse(struct arena *arena, const char *text, struct vec_file *ret)
{
	struct vec_error error;
	FILE *in = kit_open(text);

	if (vec_parse(arena, in, ret, &error) < 0)
		fail_msg("line %u: %s", error.number, error.text);
	fclose(in);
}

/* Every case of a file through one room; @check sees what came of each. */
static inline void kit_run_file(const char *path, void (*run)(struct replay *replay),
				void (*check)(const struct vec_case *vec,
					      const struct replay *replay))
{
	struct arena arena = {0};
	struct vec_error error;
	struct vec_file file;
	FILE *in = fopen(path, "r");

	if (!in)
		fail_msg("%s: %s", path, strerror(errno));
	if (vec_parse(&arena, in, &file, &error) < 0)
		fail_msg("%s:%u: %s", path, error.number, error.text);
	fclose(in);
	for (size_t i = 0; i < file.count; i++) {
		struct replay replay = {.vec = &file.cases[i]};

		run(&replay);
		check(replay.vec, &replay);
		arena_free(&replay.arena);
	}
	arena_free(&arena);
}

static inline void kit_is_right(const struct vec_case *vec, const struct replay *replay)
{
	if (replay->failed)
		fail_msg("%s fails: %s", vec->name, replay->why);
}

/* It fails, and for the reason its `why` line tells. */
static inline void kit_is_wrong(const struct vec_case *vec, const struct replay *replay)
{
	const char *why = vec_find(vec, VEC_WHY);

	assert_non_null(why);
	if (!strstr(replay->why, why))
		fail_msg("%s: expected \"%s\", got \"%s\"", vec->name, why, replay->why);
}

#endif
