/* SPDX-License-Identifier: MIT */
#ifndef CLI_STEPS_H
#define CLI_STEPS_H

#include "cli/script.h"

/*
 * A case about a guest's exits, cut into its steps: what comes in, what is sent for it, what goes
 * out. `in` lines that stand together are one exit. A `mem` line between two steps is the guest at
 * work.
 */

/* Bytes to the end of the line, after words: "exit=2a run=05 00 .." */
struct step_bytes {
	bool told;
	unsigned int number;
	struct vec_bytes bytes;
};

struct step {
	unsigned int number; /* of its first line */
	struct words in;
	struct step_bytes in_run;
	unsigned int call_number; /* 0: the case says nothing about the call */
	struct words call;
	bool has_out;
	struct words out;
	struct step_bytes out_run;
	unsigned int out_number; /* replies after this line come after the answer; 0: none do */
	size_t sends_end;	 /* of the script: what may have been sent when it is over */
	/* lines of the case: those before @first are over, @end is the next step's */
	size_t first;
	size_t end;
};

struct steps {
	size_t count;
	struct step *step;
};

void steps_read(struct replay *replay, const struct script *script, struct steps *ret);

/* "GPA BYTES" of a mem or an after line. */
void steps_parse_memory(struct replay *replay, const struct vec_line *line, uint64_t *ret_gpa,
			struct vec_bytes *ret);

#endif
