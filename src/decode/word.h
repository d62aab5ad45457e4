/* SPDX-License-Identifier: MIT */
#ifndef DECODE_WORD_H
#define DECODE_WORD_H

#include "decode/count.h"
#include <stddef.h>
#include <stdint.h>

/*
 * The word for @number in a table by number; a hole has none. @number is unsigned on purpose: an
 * enumerator out of a file or a peer may be negative.
 */
static inline const char *tsmreq_word_at(const char *const *words, size_t count, uint64_t number)
{
	return number < count && words[number] ? words[number] : "unknown";
}

#endif
