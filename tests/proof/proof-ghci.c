/* SPDX-License-Identifier: MIT */
#include "proof.h"
#include <tsmreq/ghci.h>

#define HEADER (TSMREQ_TDCM_HEADER_SIZE + 8u)

static uint8_t header[HEADER], written[HEADER], data[16];

/* Any options but their size, any register, any length and content of the header. */
void proof(void)
{
	const struct tsmreq_ghci_opts opts = {sizeof(opts), proof_any_u32, proof_any_u32};
	const struct tsmreq_ghci_exit exit = {.r10 = proof_any_u64,
					      .r11 = TSMREQ_GHCI_LEAF_TDCM,
					      .r12 = proof_any_u64,
					      .r13 = proof_any_u64,
					      .r14 = proof_any_u64,
					      .r15 = proof_any_u64};
	/* lent bytes are only pointed to: how many the answer says is any number */
	const struct tsmreq_answer answer = proof_any_answer(data, proof_any_u64);
	struct tsmreq_buffer buffer = {written, sizeof(written), 0};
	struct tsmreq_buffer none = {NULL, proof_any_u32 % TSMREQ_TDCM_HEADER_SIZE, 0};
	struct tsmreq_ghci_reply reply;
	struct tsmreq_ghci_write write;
	struct tsmreq_ghci_exit again;
	struct tsmreq_call call;

	proof_any_bytes(header, sizeof(header));
	proof_any_bytes(data, sizeof(data));
	if (tsmreq_ghci_decode(&opts, &exit, &call))
		return;
	(void)tsmreq_ghci_encode(&call, &answer, &reply);

	//@ loop unroll HEADER + 1;
	for (size_t size = 0; size <= HEADER; size++) {
		struct tsmreq_call copy = call;

		if (tsmreq_ghci_decode_header((struct tsmreq_bytes){header + HEADER - size, size},
					      &copy))
			continue;
		(void)tsmreq_ghci_report_error(&copy, proof_any_u64);
		(void)tsmreq_ghci_encode_call(&opts, &copy, &again);
		(void)tsmreq_ghci_encode_command(&copy, &buffer);
		(void)tsmreq_ghci_encode_command(&copy, &none);
		if (tsmreq_ghci_encode(&copy, &answer, &reply))
			continue;
		(void)tsmreq_ghci_write_at(&reply, proof_any_u32, &write);
	}
}
