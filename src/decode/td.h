/* SPDX-License-Identifier: MIT */
#ifndef DECODE_TD_H
#define DECODE_TD_H

#include "base/sized.h"
#include "decode/refuse.h"
#include <tsmreq/ghci.h>

/* What the two TDX parsers share: the rules of a buffer, and the forms of an answer. */

#define TD_PAGE_MASK	0xfffu
#define TD_FIRST_VECTOR 32u
#define TD_LAST_VECTOR	255u

#define TD_GPA_WIDTH_SMALL 48u
#define TD_GPA_WIDTH_LARGE 52u

static inline int td_copy_opts(struct tsmreq_ghci_opts *ours, const struct tsmreq_ghci_opts *theirs)
{
	const int rc = tsmreq_sized_copy(ours, sizeof(*ours), sizeof(*ours), theirs);

	if (rc)
		return rc;
	if (ours->gpa_width != TD_GPA_WIDTH_SMALL && ours->gpa_width != TD_GPA_WIDTH_LARGE)
		return -EINVAL;
	return ours->offers & ~TSMREQ_GHCI_OFFERS ? -EINVAL : 0;
}

static inline uint64_t td_shared_bit(const struct tsmreq_ghci_opts *opts)
{
	return (uint64_t)1 << (opts->gpa_width - 1);
}

/*
 * Whether @size bytes from @gpa, a plain address, stay below the shared bit. What it is made of may
 * still have bits above the GPA width: those are refused by the same comparison. @size is at most
 * TSMREQ_GHCI_BUFFER_MAX, far less than the shared bit.
 */
static inline bool td_is_below_shared(const struct tsmreq_ghci_opts *opts, uint64_t gpa,
				      uint64_t size)
{
	return gpa <= td_shared_bit(opts) - size;
}

/* 0: the guest polls, or waits. */
static inline bool td_is_vector(uint64_t vector)
{
	return !vector || (vector >= TD_FIRST_VECTOR && vector <= TD_LAST_VECTOR);
}

static inline void td_set_span(struct tsmreq_span *span, uint64_t gpa, uint64_t size,
			       enum tsmreq_span_use use)
{
	span->gpa.raw = gpa;
	span->size = size;
	span->use = use;
}

/* The answer is R10 alone. */
static inline int td_refuse(struct tsmreq_call *call, enum tsmreq_reason reason, uint64_t r10)
{
	return tsmreq_call_refuse(call, reason, r10, 0, 0);
}

/* The answer is in the buffer: where that is, and whom to tell, has to stay known. */
static inline int td_refuse_in_buffer(struct tsmreq_call *call, enum tsmreq_reason reason,
				      uint32_t detail, uint32_t length)
{
	const struct tsmreq_span buffer = call->write[0];
	const uint32_t vector = call->vector;

	tsmreq_call_refuse(call, reason, TSMREQ_GHCI_SUCCESS, detail, length);
	call->write[0] = buffer;
	call->vector = vector;
	return 0;
}

/* The next write of a reply. */
static inline void td_add_write(struct tsmreq_ghci_reply *reply, uint32_t offset, uint32_t size)
{
	reply->piece[reply->writes].offset = offset;
	reply->piece[reply->writes].size = size;
	reply->writes++;
}

/* The Service forms of what ghci.c has at its entries. @opts are checked, the shape is SERVICE. */
int tsmreq_service_decode(const struct tsmreq_ghci_opts *opts, const struct tsmreq_ghci_exit *exit,
			  struct tsmreq_call *call);
int tsmreq_service_encode(const struct tsmreq_call *call, const struct tsmreq_answer *answer,
			  struct tsmreq_ghci_reply *reply);
int tsmreq_service_encode_call(const struct tsmreq_ghci_opts *opts, const struct tsmreq_call *call,
			       struct tsmreq_ghci_exit *exit);
int tsmreq_service_encode_command(const struct tsmreq_call *call, struct tsmreq_buffer *dst);

#endif
