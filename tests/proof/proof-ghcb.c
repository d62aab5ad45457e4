/* SPDX-License-Identifier: MIT */
#include "proof.h"
#include <tsmreq/ghcb.h>

#define PAGE  (TSMREQ_GHCB_SIZE + 8u)
#define MARKS 8u

static uint8_t page[PAGE], written[PAGE];

/* Any registers; how many fields they have is known when their marks are, so: set by set. */
static void store(void)
{
	struct tsmreq_ghcb_regs regs = {proof_any_u64, proof_any_u64, proof_any_u64, proof_any_u64,
					proof_any_u64, proof_any_u32, proof_any_u32};

	//@ loop unroll PAGE;
	for (size_t size = 0; size < TSMREQ_GHCB_SIZE; size++)
		(void)tsmreq_ghcb_store(&regs, written + PAGE - size, size);
	//@ loop unroll MARKS;
	for (uint32_t marks = 0; marks < MARKS; marks++) {
		regs.marked = proof_any_u32 % (UINT32_MAX / MARKS + 1) * MARKS + marks;
		//@ loop unroll PAGE;
		for (size_t size = TSMREQ_GHCB_SIZE; size <= PAGE; size++)
			(void)tsmreq_ghcb_store(&regs, written + PAGE - size, size);
	}
}

/* Any revision, known or not; any length and content of the page; any answer and registers. */
void proof(void)
{
	const enum tsmreq_ghcb_abi abi = (enum tsmreq_ghcb_abi)proof_any_i32;
	const struct tsmreq_answer answer = proof_any_answer(NULL, 0);
	proof_any_bytes(page, sizeof(page));
	proof_any_bytes(written, sizeof(written));

	//@ loop unroll PAGE + 1;
	for (size_t size = 0; size <= PAGE; size++) {
		const struct tsmreq_bytes bytes = {page + PAGE - size, size};
		struct tsmreq_ghcb_regs regs;
		struct tsmreq_call call;

		(void)tsmreq_ghcb_load(bytes, &regs);
		if (tsmreq_ghcb_decode(abi, bytes, &call))
			continue;
		(void)tsmreq_ghcb_encode(abi, &call, &answer, &regs);
		(void)tsmreq_ghcb_encode_call(abi, &call, written, sizeof(written));
		(void)tsmreq_ghcb_encode_call(abi, &call, NULL, proof_any_u32 % TSMREQ_GHCB_SIZE);
		(void)tsmreq_ghcb_refuse(&call, (enum tsmreq_reason)proof_any_i32);
	}
	store();
}
