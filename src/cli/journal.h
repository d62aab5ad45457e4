/* SPDX-License-Identifier: MIT */
#ifndef CLI_JOURNAL_H
#define CLI_JOURNAL_H

#include <stdio.h>
#include <tsmreq/uapi.h>

#include "cli/tap.h"

/*
 * Prints what crosses the seam as lines of a vector file: pointers as `pp`, so that two runs of
 * the same walk print the same.
 */
struct journal {
	struct tap tap;
	FILE *out; /* NULL: silent */
	const struct tsmreq_uapi_info *info;
	size_t nonce_at; /* where the next request holds a pointer to its nonce, 0: nowhere */
};

/* @behind is borrowed; hand journal->tap.transport to the library. */
void journal_open(struct journal *journal, const struct tsmreq_transport *behind,
		  const struct tsmreq_uapi_info *info, FILE *out);

#endif
