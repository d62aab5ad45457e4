/* SPDX-License-Identifier: MIT */
#ifndef CLI_CREW_H
#define CLI_CREW_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * Threads that work while the case goes on, one step at a time: whoever moves, all others stand
 * still. A worker that must wait for the case stands at a gate; the case calls crew_wait() before
 * it looks at anything.
 */

#define CREW_MAX 32

/* Where a worker stands until it may go on. */
struct crew_gate {
	bool open;
	bool waiting;
};

struct crew {
	pthread_t captain;
	pthread_mutex_t lock;
	pthread_cond_t moved;
	unsigned int moving;
	size_t count;
	struct crew_member {
		struct crew *crew;
		pthread_t thread;
		void (*work)(void *userdata);
		void *userdata;
	} member[CREW_MAX];
};

void crew_open(struct crew *crew);
/* 0, or -errno: nobody took the work. */
int crew_start(struct crew *crew, void (*work)(void *userdata), void *userdata);
/* Whether the caller is one of the workers. */
bool crew_is_member(const struct crew *crew);
/* From a worker: through the gate, when it is open. */
void crew_pass(struct crew *crew, struct crew_gate *gate);
/* From the case: opens it, and waits until everybody stands still again. */
void crew_open_gate(struct crew *crew, struct crew_gate *gate);
void crew_wait(struct crew *crew);
/* Joins all; nobody may be at a gate any more. */
void crew_close(struct crew *crew);

#endif
