/* SPDX-License-Identifier: MIT */
#ifndef CLI_STAND_IN_H
#define CLI_STAND_IN_H

#include "cli/crew.h"
#include "cli/script.h"

/*
 * Where the kernel would be in a guest's case: answers with the reply lines, each when the case has
 * come to it. A thread of the crew waits for that; the case's own thread cannot.
 */
struct stand_in {
	struct script *script;
	struct crew *crew;
	struct tsmreq_transport transport;
	struct crew_gate *gates;      /* one for each send */
	unsigned int passed;	      /* the last line the case has come to */
	int rehearsal;		      /* what is answered before the case begins */
	void (*sent)(void *userdata); /* before an answer is given; NULL: nobody cares */
	void *userdata;
};

void stand_in_open(struct stand_in *stand_in, struct script *script, struct crew *crew);
/* The case has come to this line: gives the answers before it. */
void stand_in_pass(struct stand_in *stand_in, unsigned int number);
/* The case is over: whoever still waits is told -ENODEV, and whatever else is sent. */
void stand_in_close(struct stand_in *stand_in);

#endif
