/* SPDX-License-Identifier: MIT */
#include "fuzz.h"
#include <tsmreq/rhi.h>

/* Input: quirks (2 bytes), answer, size of the object, nr, flags, x0..x7, parameter block. */

static bool is_served(const struct tsmreq_call *call)
{
	return call->kind != TSMREQ_CALL_NONE && call->kind != TSMREQ_CALL_REJECT;
}

static void check_way_back(const struct tsmreq_call *call, uint32_t quirks)
{
	struct tsmreq_rhi_exit exit;
	struct tsmreq_call again;

	FUZZ_CHECK(!tsmreq_rhi_encode_call(call, &exit));
	FUZZ_CHECK(!tsmreq_rhi_decode(&exit, quirks, &again));
	FUZZ_SAME(&again, call);
}

/* The block follows: what it says, and that it can be said again. */
static void check_block(struct fuzz_input *in, uint32_t quirks, const struct tsmreq_call *first)
{
	uint8_t block[TSMREQ_RHI_PARAMETERS_SIZE_OLD];
	struct tsmreq_buffer buffer = {block, sizeof(block), 0};
	struct tsmreq_call call = *first, again = *first;
	const int rc = tsmreq_rhi_decode_parameters((struct tsmreq_bytes){in->data, in->size},
						    quirks, &call);

	if (rc) {
		FUZZ_CHECK(rc == -EMSGSIZE && in->size < call.read[0].size);
		FUZZ_SAME(&call, first);
		return;
	}
	FUZZ_CHECK(call.next == TSMREQ_NEXT_DONE);
	fuzz_check_call(&call);
	if (!is_served(&call))
		return;
	FUZZ_CHECK(!tsmreq_rhi_encode_parameters(&call, quirks, &buffer));
	FUZZ_CHECK(buffer.size == call.read[0].size);
	FUZZ_CHECK(!tsmreq_rhi_decode_parameters((struct tsmreq_bytes){block, buffer.size}, quirks,
						 &again));
	FUZZ_SAME(&again, &call);
}

static void check_answer(const struct tsmreq_call *call, const struct tsmreq_answer *answer)
{
	struct tsmreq_rhi_regs regs;
	int rc;

	memset(&regs, 0xa5, sizeof(regs));
	rc = tsmreq_rhi_encode(call, answer, &regs);
	FUZZ_CHECK(!regs.x[2] && !regs.x[3]);
	if (rc) {
		FUZZ_CHECK(rc == -EINVAL && regs.x[0] == TSMREQ_RHI_NOT_SUPPORTED);
		FUZZ_CHECK(!call->shape || call->next != TSMREQ_NEXT_DONE);
		return;
	}
	if (call->kind == TSMREQ_CALL_REJECT)
		FUZZ_CHECK(regs.x[0] == call->u.refusal.code && regs.x[0] && !regs.x[1]);
	else if (call->kind == TSMREQ_CALL_READ_OBJECT)
		FUZZ_CHECK(regs.x[1] <= call->u.object.length && (regs.x[0] || regs.x[1]));
	else if (call->kind == TSMREQ_CALL_OBJECT_SIZE)
		FUZZ_CHECK(regs.x[1] <= TSMREQ_LENGTH_MAX && (regs.x[0] || regs.x[1]));
	else
		FUZZ_CHECK(!regs.x[1]);
	if (call->kind > TSMREQ_CALL_FEATURES && answer->rc)
		FUZZ_CHECK(regs.x[0] != TSMREQ_RHI_SUCCESS && regs.x[0] != TSMREQ_RHI_INCOMPLETE);
}

static void check_slice(const struct tsmreq_call *call, uint32_t quirks, uint64_t object_size)
{
	uint64_t length;
	const uint64_t status = tsmreq_rhi_slice(call, quirks, object_size, &length);

	FUZZ_CHECK(call->u.object.length && call->u.object.length <= TSMREQ_LENGTH_MAX);
	if (!(quirks & TSMREQ_RHI_QUIRK_OFFSET_SLICE))
		FUZZ_CHECK(call->u.object.offset < call->u.object.length);
	FUZZ_CHECK(!status == (length != 0));
	FUZZ_CHECK(length <= call->u.object.length && length <= object_size);
	if (length)
		FUZZ_CHECK(call->u.object.offset <= object_size - length);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = {data, size};
	const uint32_t quirks = fuzz_take_u16(&in);
	const struct tsmreq_answer answer = fuzz_take_answer(&in);
	const uint64_t object_size = fuzz_take_u64(&in);
	struct tsmreq_rhi_exit exit;
	struct tsmreq_call call;
	int rc;

	exit.nr = fuzz_take_u64(&in);
	exit.flags = fuzz_take_u64(&in);
	for (unsigned int i = 0; i < 8; i++)
		exit.x[i] = fuzz_take_u64(&in);

	FUZZ_DECODE(&call, rc, tsmreq_rhi_decode(&exit, quirks, ret));
	FUZZ_CHECK(rc == (quirks & ~TSMREQ_RHI_QUIRKS ? -EINVAL : 0));
	if (rc)
		return 0;
	FUZZ_CHECK(tsmreq_rhi_is_ours(exit.nr) == (call.kind != TSMREQ_CALL_NONE));
	if (is_served(&call))
		check_way_back(&call, quirks);
	else
		FUZZ_CHECK(!tsmreq_rhi_is_offered(&call, UINT64_MAX));
	if (call.kind == TSMREQ_CALL_READ_OBJECT)
		check_slice(&call, quirks, object_size);
	if (call.next == TSMREQ_NEXT_RHI_PARAMETERS)
		check_block(&in, quirks, &call);
	check_answer(&call, &answer);
	return 0;
}
