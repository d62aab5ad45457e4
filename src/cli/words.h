/* SPDX-License-Identifier: MIT */
#ifndef CLI_WORDS_H
#define CLI_WORDS_H

#include "cli/vec.h"

/*
 * The KEY=VAL words of one kind of line. Who understands a word takes it; what is left at the end
 * was understood by nobody, and the case fails for it.
 */
struct word {
	const char *key;
	const char *value; /* NULL without "=" */
	unsigned int number;
	bool taken;
};

struct words {
	size_t count;
	struct word *word;
};

/* All lines of @vec with that key, in order. */
void words_split(struct arena *arena, const struct vec_case *vec, enum vec_key key,
		 struct words *ret);
/* One line's text. */
void words_split_text(struct arena *arena, const char *text, unsigned int number,
		      struct words *ret);
/* The first word called @key that nobody has taken, NULL without one. */
const char *words_take(struct words *words, const char *key);
/* The next one whose key starts with @prefix: *ret_rest is what follows it in the key. */
const char *words_take_prefix(struct words *words, const char *prefix, const char **ret_rest);
/* The word KEY:ID, that is about the thing called @id. */
const char *words_take_of(struct words *words, const char *key, const char *id);
const struct word *words_left(const struct words *words);

/* The whole text; decimals may have a minus. 0, or -EINVAL. */
int words_hex(const char *text, uint64_t *ret);
int words_dec(const char *text, int64_t *ret);
/* What stands behind the first word of a text, if that is @word; NULL: it is another. */
const char *words_behind(const char *text, const char *word);
/* The files were written by different hands: set-dma and set_dma are one word. */
bool words_same(const char *a, const char *b);

#endif
