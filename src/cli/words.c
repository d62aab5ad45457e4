/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/words.h"

static void add_word(struct arena *arena, char *text, unsigned int number, struct words *words)
{
	char *equals = strchr(text, '=');

	if (equals)
		*equals = '\0';
	words->word = arena_grow(arena, words->word, words->count, sizeof(*words->word));
	words->word[words->count++] = (struct word){
		.key = text,
		.value = equals ? equals + 1 : NULL,
		.number = number,
	};
}

void words_split_text(struct arena *arena, const char *text, unsigned int number, struct words *ret)
{
	while (*text) {
		size_t length = strcspn(text, " \t");

		if (length)
			add_word(arena, arena_strndup(arena, text, length), number, ret);
		text += length;
		text += strspn(text, " \t");
	}
}

void words_split(struct arena *arena, const struct vec_case *vec, enum vec_key key,
		 struct words *ret)
{
	*ret = (struct words){0};
	for (size_t i = 0; i < vec->count; i++) {
		if (vec->lines[i].key == key)
			words_split_text(arena, vec->lines[i].text, vec->lines[i].number, ret);
	}
}

const char *words_take(struct words *words, const char *key)
{
	for (size_t i = 0; i < words->count; i++) {
		struct word *word = &words->word[i];

		if (word->taken || !word->value || strcmp(word->key, key) != 0)
			continue;
		word->taken = true;
		return word->value;
	}
	return NULL;
}

const char *words_take_prefix(struct words *words, const char *prefix, const char **ret_rest)
{
	size_t length = strlen(prefix);

	for (size_t i = 0; i < words->count; i++) {
		struct word *word = &words->word[i];

		if (word->taken || !word->value || strncmp(word->key, prefix, length) != 0)
			continue;
		word->taken = true;
		*ret_rest = word->key + length;
		return word->value;
	}
	return NULL;
}

const char *words_take_of(struct words *words, const char *key, const char *id)
{
	size_t length = strlen(key);

	for (size_t i = 0; i < words->count; i++) {
		struct word *word = &words->word[i];

		if (word->taken || !word->value || strncmp(word->key, key, length) != 0 ||
		    word->key[length] != ':' || strcmp(word->key + length + 1, id) != 0)
			continue;
		word->taken = true;
		return word->value;
	}
	return NULL;
}

const struct word *words_left(const struct words *words)
{
	for (size_t i = 0; i < words->count; i++) {
		if (!words->word[i].taken)
			return &words->word[i];
	}
	return NULL;
}

int words_hex(const char *text, uint64_t *ret)
{
	size_t digits = strspn(text, "0123456789abcdefABCDEF");

	if (!digits || digits > 16 || text[digits])
		return -EINVAL;
	*ret = strtoull(text, NULL, 16);
	return 0;
}

int words_dec(const char *text, int64_t *ret)
{
	const char *number = text[0] == '-' ? text + 1 : text;
	size_t digits = strspn(number, "0123456789");

	if (!digits || digits > 18 || number[digits])
		return -EINVAL;
	*ret = strtoll(text, NULL, 10);
	return 0;
}

const char *words_behind(const char *text, const char *word)
{
	const size_t length = strcspn(text, " \t");

	if (strlen(word) != length || strncmp(text, word, length) != 0)
		return NULL;
	text += length;
	return text + strspn(text, " \t");
}

static char fold(char c)
{
	return (char)(c == '-' ? '_' : c);
}

bool words_same(const char *a, const char *b)
{
	while (*a && fold(*a) == fold(*b)) {
		a++;
		b++;
	}
	return *a == *b;
}
