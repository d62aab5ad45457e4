/* SPDX-License-Identifier: MIT */
#ifndef UNIT_DECODE_VEC_H
#define UNIT_DECODE_VEC_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * What a decoder's test needs of tests/vectors/FORMAT.md: lines, key=value words, byte strings. The
 * whole format, with replies and guest memory, is the business of `tsmreq replay`.
 */

struct vec_line {
	char *buffer; /* freed by vec_next() at the end of the file */
	size_t room;
	char *key;  /* "" for the blank line that ends a case */
	char *text; /* without blanks at its ends */
};

/* The next line that is not a comment; false at the end. */
static inline bool vec_next(FILE *file, struct vec_line *line)
{
	ssize_t size = getline(&line->buffer, &line->room, file);

	while (size > 0 && line->buffer[0] == '#')
		size = getline(&line->buffer, &line->room, file);
	if (size < 0) {
		free(line->buffer);
		*line = (struct vec_line){0};
		return false;
	}
	while (size && (line->buffer[size - 1] == '\n' || line->buffer[size - 1] == ' '))
		line->buffer[--size] = '\0';
	line->key = line->buffer;
	line->text = line->buffer + strcspn(line->buffer, " ");
	while (*line->text == ' ')
		*line->text++ = '\0';
	return true;
}

/* Word number @i of @text into @word, cut at the blank; false behind the last one. */
static inline bool vec_word_at(const char *text, unsigned int i, char *word, size_t room)
{
	size_t length;

	for (;; i--) {
		text += strspn(text, " ");
		length = strcspn(text, " ");
		if (!length)
			return false;
		if (!i)
			break;
		text += length;
	}
	if (length >= room)
		abort();
	memcpy(word, text, length);
	word[length] = '\0';
	return true;
}

/* The value of KEY= in @text into @value; false without one. */
static inline bool vec_value(const char *text, const char *key, char *value, size_t room)
{
	const size_t length = strlen(key);
	char word[512];

	for (unsigned int i = 0; vec_word_at(text, i, word, sizeof(word)); i++)
		if (!strncmp(word, key, length) && word[length] == '=') {
			if (strlen(word + length + 1) >= room)
				abort();
			strcpy(value, word + length + 1);
			return true;
		}
	return false;
}

/* h1, h2 stand for a handle: any number that is not 0, the same for the same name. */
static inline uint64_t vec_hex(const char *value)
{
	if (value[0] == 'h')
		return 0x7000 + strtoull(value + 1, NULL, 16);
	return strtoull(value, NULL, 16);
}

static inline uint64_t vec_number(const char *text, const char *key, uint64_t otherwise)
{
	char value[512];

	return vec_value(text, key, value, sizeof(value)) ? vec_hex(value) : otherwise;
}

/*
 * Pairs with or without blanks, `00*16`, `..N`. Stores what fits into @room bytes, answers how many
 * there are.
 */
static inline size_t vec_bytes(const char *text, uint8_t *bytes, size_t room)
{
	size_t size = 0;

	for (text += strspn(text, " "); *text; text += strspn(text, " ")) {
		const bool fill = text[0] == '.' && text[1] == '.';
		const char pair[3] = {text[0], text[1], '\0'};
		unsigned long byte = 0, count = 1;
		char *end;

		if (fill) {
			count = strtoul(text + 2, &end, 10) - size;
		} else {
			byte = strtoul(pair, &end, 16);
			if (end != pair + 2)
				abort();
			end = (char *)(uintptr_t)text + 2;
			if (*end == '*')
				count = strtoul(end + 1, &end, 10);
		}
		for (; count; count--, size++)
			if (size < room)
				bytes[size] = (uint8_t)byte;
		text = end;
	}
	return size;
}

#endif
