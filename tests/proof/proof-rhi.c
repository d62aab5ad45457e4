/* SPDX-License-Identifier: MIT */
#include "proof.h"
#include <tsmreq/rhi.h>

#define BLOCK (TSMREQ_RHI_PARAMETERS_SIZE_OLD + 8u)

static uint8_t block[BLOCK], written[BLOCK];

/* Any length and content of the block. */
static void look_again(const struct tsmreq_call *call, uint32_t quirks)
{
	const struct tsmreq_answer answer = proof_any_answer(NULL, 0);
	const uint32_t need = quirks & TSMREQ_RHI_QUIRK_MEAS_BLOCK_OLD
				      ? TSMREQ_RHI_PARAMETERS_SIZE_OLD
				      : TSMREQ_RHI_PARAMETERS_SIZE;
	struct tsmreq_buffer buffer = {written, sizeof(written), 0};
	struct tsmreq_buffer none = {NULL, proof_any_u32 % need, 0};
	struct tsmreq_rhi_regs regs;
	struct tsmreq_rhi_exit exit;

	//@ loop unroll BLOCK + 1;
	for (size_t size = 0; size <= BLOCK; size++) {
		struct tsmreq_call copy = *call;

		if (tsmreq_rhi_decode_parameters((struct tsmreq_bytes){block + BLOCK - size, size},
						 quirks, &copy))
			continue;
		(void)tsmreq_rhi_encode(&copy, &answer, &regs);
		(void)tsmreq_rhi_encode_call(&copy, &exit);
		(void)tsmreq_rhi_encode_parameters(&copy, quirks, &buffer);
		(void)tsmreq_rhi_encode_parameters(&copy, quirks, &none);
	}
}

/* Any register and any set of quirks, unknown ones too. */
void proof(void)
{
	struct tsmreq_rhi_exit exit = {proof_any_u64, proof_any_u64, {0}};
	const uint32_t quirks = proof_any_u32;
	struct tsmreq_buffer buffer = {written, sizeof(written), 0};
	struct tsmreq_rhi_regs regs;
	struct tsmreq_answer answer;
	struct tsmreq_call call;
	uint64_t length;

	for (unsigned int i = 0; i < 8; i++)
		exit.x[i] = proof_any_u64;
	proof_any_bytes(block, sizeof(block));
	answer = proof_any_answer(NULL, 0);

	if (tsmreq_rhi_decode(&exit, quirks, &call))
		return;
	(void)tsmreq_rhi_is_offered(&call, proof_any_u64);
	(void)tsmreq_rhi_slice(&call, quirks, proof_any_u64, &length);
	(void)tsmreq_rhi_encode(&call, &answer, &regs);
	(void)tsmreq_rhi_encode_call(&call, &exit);
	(void)tsmreq_rhi_encode_parameters(&call, proof_any_u32, &buffer);

	/*
	 * Any quirks again, in slices of one value of bit 8 each: it decides where the nonce is and
	 * how long the block has to be.
	 */
	//@ loop unroll 9;
	for (uint32_t base = 0; base <= TSMREQ_RHI_QUIRKS; base += TSMREQ_RHI_QUIRK_MEAS_BLOCK_OLD)
		look_again(&call, base + proof_any_u8);
	look_again(&call, TSMREQ_RHI_QUIRKS + 1 + proof_any_u32 % (UINT32_MAX - TSMREQ_RHI_QUIRKS));
}
