/* SPDX-License-Identifier: MIT */
#ifndef CORE_CORE_H
#define CORE_CORE_H

#include <errno.h>
#include <stdatomic.h>
#include <tsmreq/ctx.h>
#include <tsmreq/vdev.h>

#include "base/trace.h"
#include "rev/rev.h"

/* Never changes after it is made, but for the count. */
struct tsmreq_ctx {
	atomic_uint refs;
	const struct rev_row *row;
	struct tsmreq_transport transport;
	tsmreq_log_fn log;
	void *log_userdata;
};

struct tsmreq_ctx *tsmreq_ctx_ref(struct tsmreq_ctx *ctx);

/* Finished text for the callback, or nothing at all without one. Priorities are syslog's. */
enum log_priority {
	LOG_IS_ERROR = 3,
	LOG_IS_WARNING = 4,
	LOG_IS_INFO = 6,
	LOG_IS_DEBUG = 7
};
void tsmreq_log(tsmreq_log_fn log, void *userdata, enum log_priority priority, const char *format,
		...) __attribute__((format(printf, 4, 5)));

/* What a call does to the device, and so what a failure may have left behind. */
enum effect {
	EFFECT_READ,	    /* nothing                                                   */
	EFFECT_REFRESH,	    /* something, and no state: UNCERTAIN holds nothing          */
	EFFECT_STATE,	    /* a state: UNCERTAIN holds the device                       */
	EFFECT_ALLOC,	    /* a new object, which the kernel drops whenever it says no  */
	EFFECT_ALLOC_BINDS, /* the same, and the device is bound                         */
};

/* One ioctl that failed, and what its errno may have left behind. */
struct failure {
	enum effect effect;
	bool einval_undecided;
	bool enodev_undecided;
	bool eintr_undecided;
};

#define CORE_ERRNO_MAX 4095

/*
 * The library's one way out: >= 0, with the outcome COMPLETED, or -errno, with none yet. @arg is
 * REV_ARG_MAX bytes, 8-aligned.
 */
static inline int tsmreq_exchange(const struct tsmreq_ctx *ctx, uint32_t cmd, uint8_t *arg,
				  struct tsmreq_result *ret)
{
	int rc;

	TSMREQ_TRACE2(submit, cmd, arg);
	rc = ctx->transport.submit(ctx->transport.userdata, cmd, arg);
	TSMREQ_TRACE2(result, cmd, rc);
	if (rc >= 0)
		ret->outcome = TSMREQ_OUTCOME_COMPLETED;
	/* a negative that is no errno is a broken door */
	return rc >= -CORE_ERRNO_MAX ? rc : -EBADE;
}

/* Judges @rc (< 0): FAILED or UNCERTAIN. Hands it through. */
int tsmreq_failed(const struct tsmreq_ctx *ctx, uint32_t cmd, const struct failure *failure, int rc,
		  struct tsmreq_result *ret);
/* The answer breaks the contract: -EBADE, UNCERTAIN if anything could have moved. */
int tsmreq_broken(const struct tsmreq_ctx *ctx, uint32_t cmd, const struct failure *failure,
		  struct tsmreq_result *ret);

/* A request on a vDevice. */
struct request {
	struct rev_request say;
	enum tsmreq_op op;
	uint32_t quirks;
	bool opaque; /* guest_req(): a residue without a response is an answer, not a fault */
	struct rev_payload payload;	      /* a typed call's bytes */
	_Alignas(8) uint8_t arg[REV_ARG_MAX]; /* what goes out, and comes back */
};

/*
 * Where the traps are closed. 0, -EREMOTEIO, -EBADE, the kernel's -errno, or -EOPNOTSUPP and
 * -EMSGSIZE (NOT_SENT). Zeroes the response before it is sent.
 */
int tsmreq_request(const struct tsmreq_ctx *ctx, struct request *rq, struct tsmreq_result *ret);

#endif
