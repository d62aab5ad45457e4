/* SPDX-License-Identifier: MIT */
#ifndef UNIT_DECODE_SAY_H
#define UNIT_DECODE_SAY_H

#include "cli/call_words.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A call as the command prints it: one line in the words of the vectors. rhi.vec and ghci.vec give
 * no reasons. */
static inline void say_call(const struct tsmreq_call *call, bool reason, char *text, size_t room)
{
	struct call_words words;
	size_t used = 0;

	call_words_of(call, &words);
	for (size_t i = 0; i < words.count; i++) {
		if (!reason && strcmp(words.word[i].key, "reason") == 0)
			continue;
		used += (size_t)snprintf(text + used, room - used, "%s%s=%s", i ? " " : "",
					 words.word[i].key, words.word[i].value);
		if (used >= room)
			abort();
	}
}

#endif
