/* SPDX-License-Identifier: MIT */
#include "proof.h"
#include <tsmreq/ghcb.h>

#define PAGE  (4096u + 8u)
#define NONCE (TSMREQ_NONCE_SIZE + 8u)

static uint8_t carrier[TSMREQ_GHCB_SIZE], page[PAGE], nonce[NONCE], written[PAGE];

/* Any answer to a call at any of its steps, and the way back. */
static void answer_it(enum tsmreq_ghcb_abi abi, const struct tsmreq_call *call)
{
	const struct tsmreq_answer answer = proof_any_answer(NULL, 0);
	struct tsmreq_ghcb_regs regs;

	(void)tsmreq_ghcb_get_info2(call, &answer);
	(void)tsmreq_ghcb_encode(abi, call, &answer, &regs);
	(void)tsmreq_vmgexit_encode(call, &answer, written, sizeof(written));
	(void)tsmreq_ghcb_encode_call(abi, call, written, sizeof(written));
	(void)tsmreq_vmgexit_encode_call(abi, call, written, sizeof(written));
	(void)tsmreq_snp_encode_message(call, written, sizeof(written));
	(void)tsmreq_snp_encode_message(call, NULL, proof_any_u32 % TSMREQ_SEV_PAGE_SIZE);
}

/* Any length and content of the request page, of the response page and of the nonce. */
static void look(enum tsmreq_ghcb_abi abi, const struct tsmreq_call *first)
{
	//@ loop unroll PAGE + 1;
	for (size_t size = 0; size <= PAGE; size++) {
		const struct tsmreq_bytes bytes = {page + PAGE - size, size};
		struct tsmreq_call call = *first;

		if (tsmreq_snp_decode_message(abi, bytes, &call))
			continue;
		(void)tsmreq_snp_check_response(&call, bytes, proof_any_u32);
		answer_it(abi, &call);

		//@ loop unroll NONCE + 1;
		for (size_t more = 0; more <= NONCE; more++) {
			struct tsmreq_call copy = call;

			if (!tsmreq_snp_decode_nonce(
				    (struct tsmreq_bytes){nonce + NONCE - more, more}, &copy))
				answer_it(abi, &copy);
		}
	}
}

/* From both carriers, by any revision, known or not, with any content. */
void proof(void)
{
	const enum tsmreq_ghcb_abi abi = (enum tsmreq_ghcb_abi)proof_any_i32;
	const struct tsmreq_bytes bytes = {carrier, sizeof(carrier)};
	struct tsmreq_call call;

	proof_any_bytes(carrier, sizeof(carrier));
	proof_any_bytes(page, sizeof(page));
	proof_any_bytes(nonce, sizeof(nonce));
	proof_any_bytes(written, sizeof(written));

	if (!tsmreq_ghcb_decode(abi, bytes, &call))
		look(abi, &call);
	if (!tsmreq_vmgexit_decode(abi, bytes, &call))
		look(abi, &call);
}
