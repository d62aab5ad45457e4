/* SPDX-License-Identifier: MIT */
#ifndef CLI_REPLAY_CALL_H
#define CLI_REPLAY_CALL_H

#include <tsmreq/call.h>

#include "cli/replay.h"

/* Handles: values that the library chose. `h1` is the same one wherever it stands, and never 0. */
#define HANDLES_MAX 8

struct handles {
	size_t count;
	struct handle {
		const char *name;
		uint64_t value;
	} handle[HANDLES_MAX];
};

/* A number or a handle that is known by now; the case fails for anything else. */
uint64_t handles_get(struct replay *replay, const struct handles *handles, const char *word);
/* Whether @value is what @word says; a new handle is learnt. */
bool handles_fit(struct replay *replay, struct handles *handles, const char *word, uint64_t value);

/*
 * Whether @call is what the words of a call line say, without words of its own beside them. The
 * first difference goes to @why, as "expected .., got ..".
 */
bool replay_call_fits(struct replay *replay, const struct handles *handles,
		      const struct words *expected, const struct tsmreq_call *call, char *why,
		      size_t size);

#endif
