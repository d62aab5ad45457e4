/* SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/arena.h"

struct arena_block {
	struct arena_block *next;
	max_align_t data[];
};

void *arena_zalloc(struct arena *arena, size_t size)
{
	struct arena_block *block = NULL;

	if (size <= SIZE_MAX - sizeof(*block))
		block = calloc(1, sizeof(*block) + size);
	if (!block) {
		fprintf(stderr, "tsmreq: out of memory\n");
		exit(EXIT_FAILURE);
	}
	block->next = arena->last;
	arena->last = block;
	return block->data;
}

char *arena_strndup(struct arena *arena, const char *text, size_t length)
{
	char *copy = arena_zalloc(arena, length + 1);

	memcpy(copy, text, length);
	return copy;
}

void *arena_grow(struct arena *arena, void *array, size_t count, size_t item)
{
	void *bigger;

	if (count & (count - 1))
		return array;
	bigger = arena_zalloc(arena, (count ? 2 * count : 1) * item);
	if (count)
		memcpy(bigger, array, count * item);
	return bigger;
}

void arena_free(struct arena *arena)
{
	while (arena->last) {
		struct arena_block *next = arena->last->next;

		free(arena->last);
		arena->last = next;
	}
}
