/* SPDX-License-Identifier: MIT */
#ifndef CLI_ARENA_H
#define CLI_ARENA_H

#include <stddef.h>

/* Memory of one file or one case, freed at once. Running out of it ends the command. */
struct arena {
	struct arena_block *last;
};

void *arena_zalloc(struct arena *arena, size_t size);
char *arena_strndup(struct arena *arena, const char *text, size_t length);
/* Room for one more in an array of @count: moves it when it is full, that is at powers of two. */
void *arena_grow(struct arena *arena, void *array, size_t count, size_t item);
void arena_free(struct arena *arena);

#endif
