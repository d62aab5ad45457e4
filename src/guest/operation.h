/* SPDX-License-Identifier: MIT */
#ifndef GUEST_OPERATION_H
#define GUEST_OPERATION_H

#include <stdint.h>

/*
 * The one long operation of a device, as the guest sees it (RHI INCOMPLETE, CONTINUE, ABORT), as a
 * table: tests/model/ has the same one, checked exhaustively.
 */
enum operation_state {
	OPERATION_IDLE,	   /* none, or its end was told and a new one may start */
	OPERATION_QUEUED,  /* accepted; the kernel knows nothing of it */
	OPERATION_RUNNING, /* the kernel works on it: there is no cancel */
	OPERATION_DONE,	   /* finished, not told yet */
	OPERATION_TOLD,	   /* told; CONTINUE tells it again */
	OPERATION_LOST,	   /* running, and the guest was reset: its end is dropped */
	OPERATION_STATES
};

enum operation_event {
	OPERATION_START,    /* the guest asks for one */
	OPERATION_TAKE,	    /* a worker takes it to the kernel */
	OPERATION_COMPLETE, /* the kernel has answered */
	OPERATION_CONTINUE, /* the guest asks, with the right handle */
	OPERATION_STRANGE,  /* the guest asks, with another handle */
	OPERATION_ZERO,	    /* the guest asks, with handle 0 */
	OPERATION_ABORT,
	OPERATION_RESET,
	OPERATION_EVENTS
};

enum operation_verdict {
	OPERATION_OK,		 /* 0; for START, TAKE, COMPLETE: go on */
	OPERATION_INCOMPLETE,	 /* 1 */
	OPERATION_STATUS,	 /* the operation's own end */
	OPERATION_BUSY,		 /* 9 */
	OPERATION_HAD_COMPLETED, /* 10 */
	OPERATION_UNKNOWN,	 /* no such handle */
	OPERATION_DROPPED,	 /* for TAKE, COMPLETE: nobody waits for it any more */
	OPERATION_NEVER		 /* cannot happen */
};

struct operation_step {
	uint8_t next;	 /* enum operation_state */
	uint8_t verdict; /* enum operation_verdict */
};

struct operation {
	enum operation_state state;
	uint64_t handle; /* of the last one that was started; 0: none ever */
	uint64_t status; /* DONE, TOLD: RHI's, final */
};

extern const struct operation_step tsmreq_operation_table[OPERATION_STATES][OPERATION_EVENTS];

/* Takes the step, and says what to answer. */
static inline enum operation_verdict tsmreq_operation_step(struct operation *operation,
							   enum operation_event event)
{
	const struct operation_step *step = &tsmreq_operation_table[operation->state][event];

	operation->state = (enum operation_state)step->next;
	return (enum operation_verdict)step->verdict;
}

/* Which of the three kinds of CONTINUE this one is. */
static inline enum operation_event tsmreq_operation_ask(const struct operation *operation,
							uint64_t handle)
{
	if (!handle)
		return OPERATION_ZERO;
	return handle == operation->handle ? OPERATION_CONTINUE : OPERATION_STRANGE;
}

#endif
