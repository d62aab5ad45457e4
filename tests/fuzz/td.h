/* SPDX-License-Identifier: MIT */
#ifndef FUZZ_TD_H
#define FUZZ_TD_H

#include "fuzz.h"
#include <tsmreq/ghci.h>

/* What the two TDX harnesses share. Both inputs start: GPA width, offers, answer, R10..R15. */

static inline struct tsmreq_ghci_opts fuzz_take_opts(struct fuzz_input *in)
{
	struct tsmreq_ghci_opts opts = {.size = sizeof(opts)};

	opts.gpa_width = fuzz_take_u8(in);
	opts.offers = fuzz_take_u8(in);
	return opts;
}

static inline struct tsmreq_ghci_exit fuzz_take_exit(struct fuzz_input *in)
{
	struct tsmreq_ghci_exit exit;

	exit.r10 = fuzz_take_u64(in);
	exit.r11 = fuzz_take_u64(in);
	exit.r12 = fuzz_take_u64(in);
	exit.r13 = fuzz_take_u64(in);
	exit.r14 = fuzz_take_u64(in);
	exit.r15 = fuzz_take_u64(in);
	return exit;
}

static inline bool fuzz_opts_are_known(const struct tsmreq_ghci_opts *opts)
{
	return (opts->gpa_width == 48 || opts->gpa_width == 52) &&
	       !(opts->offers & ~TSMREQ_GHCI_OFFERS);
}

/* Nothing a guest says is copied or written above the shared bit. */
static inline void fuzz_check_plain(const struct tsmreq_ghci_opts *opts,
				    const struct tsmreq_call *call)
{
	const uint64_t shared = (uint64_t)1 << (opts->gpa_width - 1);

	for (unsigned int i = 0; i < 2; i++) {
		FUZZ_CHECK(call->read[i].gpa.raw + call->read[i].size <= shared);
		FUZZ_CHECK(call->write[i].gpa.raw + call->write[i].size <= shared);
	}
	FUZZ_CHECK(call->write[0].size <= TSMREQ_GHCI_BUFFER_MAX);
}

/* The writes of an answer stay in the guest's buffer, and the status comes last. */
static inline void fuzz_check_reply(const struct tsmreq_call *call,
				    const struct tsmreq_answer *answer, int rc,
				    const struct tsmreq_ghci_reply *reply)
{
	struct tsmreq_ghci_write write;
	unsigned int n = 0;

	if (rc) {
		FUZZ_CHECK(rc == -EINVAL);
		return;
	}
	FUZZ_CHECK(reply->vector == (reply->writes ? call->vector : 0) || !reply->vector);
	for (; tsmreq_ghci_write_at(reply, n, &write); n++) {
		const uint64_t offset = write.gpa.raw - call->write[0].gpa.raw;
		volatile uint8_t last;

		FUZZ_CHECK(write.bytes.size);
		FUZZ_CHECK(offset <= call->write[0].size &&
			   write.bytes.size <= call->write[0].size - offset);
		FUZZ_CHECK(write.last == (n + 1 == reply->writes));
		/* a sanitizer looks at what is lent */
		last = ((const uint8_t *)write.bytes.data)[write.bytes.size - 1];
		(void)last;
	}
	FUZZ_CHECK(n == reply->writes && n <= 4);
	FUZZ_CHECK(!n || reply->r10 == TSMREQ_GHCI_SUCCESS);
	FUZZ_CHECK(n || call->kind == TSMREQ_CALL_REJECT);
	FUZZ_CHECK(reply->data.size <= answer->data.size);
}

static inline void fuzz_check_td_answer(const struct tsmreq_call *call,
					const struct tsmreq_answer *answer)
{
	struct tsmreq_ghci_reply reply;
	const int rc = tsmreq_ghci_encode(call, answer, &reply);

	FUZZ_CHECK(!rc || reply.r10 == TSMREQ_GHCI_INVALID_OPERAND);
	fuzz_check_reply(call, answer, rc, &reply);
}

#endif
