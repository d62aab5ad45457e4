/* SPDX-License-Identifier: MIT */
#ifndef CLI_CALL_WORDS_H
#define CLI_CALL_WORDS_H

#include <stdbool.h>
#include <tsmreq/call.h>

/*
 * A call in the words of the vectors' call lines, in their order: "kind=read_object dev=100 .." is
 * {"kind", "read_object"}, {"dev", "100"}. What a kind does not use is not there.
 *
 * Two things a vector file may write otherwise: a nonce is all its digits here, never `42*32`, and
 * a refusal always has its reason.
 */

#define CALL_WORDS_MAX 12

struct call_word {
	const char *key;
	char value[72];
	bool number; /* the value is a hexadecimal number, without 0x */
};

struct call_words {
	size_t count;
	struct call_word word[CALL_WORDS_MAX];
};

void call_words_of(const struct tsmreq_call *call, struct call_words *ret);
/* What a kind has that no call line shows. */
void call_words_more(const struct tsmreq_call *call, struct call_words *ret);
/* One word more: for what belongs to a call and is no argument of it. */
void call_words_add_text(struct call_words *words, const char *key, const char *text);
void call_words_add_number(struct call_words *words, const char *key, uint64_t value);
/* NULL: the call has no such word. */
const char *call_words_find(const struct call_words *words, const char *key);

#endif
