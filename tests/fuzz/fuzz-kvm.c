/* SPDX-License-Identifier: MIT */
#include "fuzz.h"
#include <tsmreq/kvm.h>

/* Input: selector (1 byte), answer, first shared address, kvm_run. */

#define RESPONSE 80u

static void check_way_back(enum tsmreq_kvm_abi abi, uint64_t shared_base,
			   const struct tsmreq_call *call)
{
	uint8_t run[TSMREQ_KVM_RUN_SIZE];
	struct tsmreq_call again;

	FUZZ_CHECK(!tsmreq_kvm_encode_call(abi, call, run, sizeof(run)));
	FUZZ_CHECK(!tsmreq_kvm_decode(abi, (struct tsmreq_bytes){run, sizeof(run)}, shared_base,
				      &again));
	FUZZ_SAME(&again, call);
}

/* Only the answer's own bytes change. */
static void check_answer(const struct tsmreq_call *call, const struct tsmreq_answer *answer,
			 const uint8_t *run, size_t size)
{
	enum tsmreq_action action = TSMREQ_ACTION_FORCE_S32_;
	uint8_t *copy = malloc(size);
	int rc;

	FUZZ_CHECK(copy);
	memcpy(copy, run, size);
	rc = tsmreq_kvm_encode(call, answer, copy, size, &action);
	FUZZ_CHECK(!rc || rc == -EINVAL);
	FUZZ_CHECK((uint32_t)action <= TSMREQ_ACTION_STOP);
	for (size_t i = 0; i < size; i++)
		if (copy[i] != run[i])
			FUZZ_CHECK(!rc && i >= 40 && i < RESPONSE + 8);
	if (call->shape == TSMREQ_SHAPE_TIO_RESPONSE && !rc) {
		const bool no = call->kind == TSMREQ_CALL_REJECT || answer->rc;

		for (size_t i = RESPONSE; i < RESPONSE + 8; i++)
			FUZZ_CHECK(copy[i] == (no ? 0xff : 0));
	}
	free(copy);
}

static void check_preset(enum tsmreq_kvm_abi abi, const uint8_t *run, size_t size,
			 const struct tsmreq_call *call)
{
	uint8_t *copy = malloc(size ? size : 1);
	int rc;

	FUZZ_CHECK(copy);
	if (size)
		memcpy(copy, run, size);
	rc = tsmreq_kvm_preset(abi, copy, size);
	FUZZ_CHECK(!rc || rc == -EINVAL || rc == -EMSGSIZE);
	for (size_t i = 0; i < size; i++)
		if (copy[i] != run[i])
			FUZZ_CHECK(!rc && i >= RESPONSE && i < RESPONSE + 8);
	if (call->shape == TSMREQ_SHAPE_TIO_RESPONSE)
		for (size_t i = RESPONSE; i < RESPONSE + 8; i++)
			FUZZ_CHECK(copy[i] == 0xff);
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = {data, size};
	const enum tsmreq_kvm_abi abi = (enum tsmreq_kvm_abi)fuzz_take_u8(&in);
	const struct tsmreq_answer answer = fuzz_take_answer(&in);
	const uint64_t shared_base = fuzz_take_u64(&in);
	struct tsmreq_call call;
	int rc;

	FUZZ_DECODE(&call, rc,
		    tsmreq_kvm_decode(abi, (struct tsmreq_bytes){in.data, in.size}, shared_base,
				      ret));
	FUZZ_CHECK(!rc || rc == -EINVAL || rc == -EMSGSIZE);
	FUZZ_CHECK((rc == -EINVAL) == !strcmp(tsmreq_kvm_abi_to_string(abi), "unknown"));
	FUZZ_CHECK(rc != -EMSGSIZE || in.size < TSMREQ_KVM_RUN_SIZE);
	check_preset(abi, in.data, in.size, &call);
	if (call.kind == TSMREQ_CALL_NONE)
		return 0;

	check_answer(&call, &answer, in.data, in.size);
	if (call.kind == TSMREQ_CALL_VALIDATE_MMIO) {
		uint64_t end;

		FUZZ_CHECK(!__builtin_add_overflow(call.u.mmio.base.raw, call.u.mmio.size, &end));
		FUZZ_CHECK(call.u.mmio.size && end <= shared_base);
		FUZZ_CHECK(!__builtin_add_overflow(call.u.mmio.host_base, call.u.mmio.size, &end));
	}
	if (call.kind != TSMREQ_CALL_REJECT && call.next != TSMREQ_NEXT_SEV_EXIT)
		check_way_back(abi, shared_base, &call);
	return 0;
}
