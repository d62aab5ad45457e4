/* SPDX-License-Identifier: MIT */
#include "proof.h"
#include <tsmreq/ghcb.h>

#define EXIT (TSMREQ_VMGEXIT_SIZE + 8u)

static uint8_t bytes[EXIT], written[EXIT];

/* Any length and content of the exit union; any answer. */
static void look(enum tsmreq_ghcb_abi abi)
{
	const struct tsmreq_answer answer = proof_any_answer(NULL, 0);

	//@ loop unroll EXIT + 1;
	for (size_t size = 0; size <= EXIT; size++) {
		struct tsmreq_call call;

		if (tsmreq_vmgexit_decode(abi, (struct tsmreq_bytes){bytes + EXIT - size, size},
					  &call))
			continue;
		(void)tsmreq_vmgexit_encode(&call, &answer, written + EXIT - size, size);
		(void)tsmreq_vmgexit_encode_call(abi, &call, written + EXIT - size, size);
	}
}

/* Each revision, as its exit is as long as it says, and any number that is none. */
void proof(void)
{
	proof_any_bytes(bytes, sizeof(bytes));
	proof_any_bytes(written, sizeof(written));

	//@ loop unroll 8;
	for (int32_t abi = 0; abi <= TSMREQ_GHCB_204 + 1; abi++)
		look((enum tsmreq_ghcb_abi)abi);
	look((enum tsmreq_ghcb_abi)(-1 - (int32_t)(proof_any_u32 % INT32_MAX)));
	look((enum tsmreq_ghcb_abi)(INT32_MAX - (int32_t)(proof_any_u32 % (INT32_MAX - 8))));
}
