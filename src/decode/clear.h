/* SPDX-License-Identifier: MIT */
#ifndef DECODE_CLEAR_H
#define DECODE_CLEAR_H

#include <stddef.h>
#include <string.h>
#include <tsmreq/call.h>

_Static_assert(offsetof(struct tsmreq_call, read) + sizeof(((struct tsmreq_call *)0)->read) +
			       sizeof(((struct tsmreq_call *)0)->write) +
			       sizeof(struct tsmreq_sev_message) + sizeof(union tsmreq_call_args) ==
		       sizeof(struct tsmreq_call),
	       "the parts are the whole");

/* The one way to zero a call: part by part, each small enough for compilers to do it in place. */
static inline void tsmreq_call_clear(struct tsmreq_call *call)
{
	memset(call, 0, offsetof(struct tsmreq_call, read));
	memset(call->read, 0, sizeof(call->read));
	memset(call->write, 0, sizeof(call->write));
	memset(&call->message, 0, sizeof(call->message));
	memset(&call->u, 0, sizeof(call->u));
}

#endif
