/* SPDX-License-Identifier: MIT */
#ifndef CLI_SCRIPT_H
#define CLI_SCRIPT_H

#include "cli/kernel.h"
#include "cli/places.h"
#include "cli/tap.h"

/*
 * The sends, req and reply lines of a case, held against what really crosses the seam. What goes
 * out differently is not let through.
 */

struct script_send {
	unsigned int number;
	uint32_t cmd;
	struct vec_bytes arg;
	size_t request_at;  /* where the first pointer stands, 0: none */
	size_t response_at; /* the second */
	bool has_request;
	struct vec_bytes request;
	unsigned int reply_number; /* 0: nobody told what comes back */
	int rc;
	bool has_code;
	uint64_t code;
	bool has_response;
	struct vec_bytes response;
	const void *out;    /* where it is, while it is out */
	uint64_t sent_code; /* as it went out */
};

struct script {
	struct replay *replay;
	size_t count;
	struct script_send *send;
	size_t limit;	      /* of these, what may be sent by now */
	size_t done;	      /* sends seen so far */
	int last_rc;	      /* of the last one */
	struct places places; /* where the structure of this call has its pointers */
	bool lies;	/* on purpose: what is behind its pointers is memory of the case's own */
	bool has_code;	/* the structure has a tsm_code at 40 */
	bool rehearsed; /* the case has not begun: everything goes through, nothing counts */
	bool closed;	/* it is over: nothing goes through */
	const struct vec_bytes *nonce; /* behind a pointer inside a request, NULL: none may be */
	struct tap tap;
};

/* Reads the lines. Which ioctls they go to is the call's business. */
void script_read(struct replay *replay, struct script *ret);
/* Ready to submit through script->tap.transport, which passes on to @behind. */
void script_open(struct script *script, enum tsmreq_uapi uapi, enum tsmreq_arch arch,
		 const struct tsmreq_transport *behind);
/* The send that @arg is, while it is out. */
struct script_send *script_find(struct script *script, const void *arg);
/* Fails the case if something is still to be sent. */
void script_close(struct script *script);
/* The bytes behind the request pointer of the first send: what the caller handed in. */
struct vec_bytes script_get_request(const struct script *script);
/* The last reply that was told, NULL without one. */
const struct script_send *script_get_last(const struct script *script);

#endif
