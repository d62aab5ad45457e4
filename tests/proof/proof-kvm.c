/* SPDX-License-Identifier: MIT */
#include "proof.h"
#include <tsmreq/kvm.h>

#define RUN (TSMREQ_KVM_RUN_SIZE + 8u)

static uint8_t run[RUN], written[RUN];

/* Any selector, known or not; any length and content of kvm_run; any answer. */
void proof(void)
{
	const enum tsmreq_kvm_abi abi = (enum tsmreq_kvm_abi)proof_any_i32;
	const struct tsmreq_answer answer = proof_any_answer(NULL, 0);
	struct tsmreq_kvm_smccc_filter filter;
	enum tsmreq_action action;

	proof_any_bytes(run, sizeof(run));
	proof_any_bytes(written, sizeof(written));

	//@ loop unroll RUN + 1;
	for (size_t size = 0; size <= RUN; size++) {
		struct tsmreq_call call;

		(void)tsmreq_kvm_preset(abi, written + RUN - size, size);
		if (tsmreq_kvm_decode(abi, (struct tsmreq_bytes){run + RUN - size, size},
				      proof_any_u64, &call))
			continue;
		(void)tsmreq_kvm_encode(&call, &answer, written + RUN - size, size, &action);
		(void)tsmreq_kvm_encode(&call, &answer, written, sizeof(written), &action);
		(void)tsmreq_kvm_encode_call(abi, &call, written + RUN - size, size);
		(void)tsmreq_kvm_encode_call(abi, &call, written, sizeof(written));
		(void)tsmreq_kvm_encode_call(abi, &call, NULL, proof_any_u32 % TSMREQ_KVM_RUN_SIZE);
	}
	(void)tsmreq_kvm_smccc_filter_at(proof_any_u64, proof_any_u32, &filter);
}
