/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "sev-kit.h"

#define EXIT TSMREQ_VMGEXIT_SIZE

static uint8_t exit_union[EXIT];

static struct tsmreq_call decode(enum tsmreq_ghcb_abi abi)
{
	struct tsmreq_call call;

	memset(&call, 0xa5, sizeof(call));
	assert_int_equal(tsmreq_vmgexit_decode(abi, view(exit_union, EXIT), &call), 0);
	return call;
}

static void lengths_of(enum tsmreq_ghcb_abi abi, size_t least, enum tsmreq_call_kind kind)
{
	struct guard guard = guard_new(EXIT);
	struct tsmreq_call call;

	for (int back = 0; back < 2; back++)
		for (size_t size = 0; size <= EXIT; size++) {
			const struct tsmreq_bytes bytes =
				guard_copy(&guard, exit_union, size, back);
			const int rc = tsmreq_vmgexit_decode(abi, bytes, &call);

			assert_int_equal(rc, size < least ? -EMSGSIZE : 0);
			assert_int_equal(call.kind, size < least ? TSMREQ_CALL_NONE : kind);
		}
	guard_free(&guard);
}

static void lengths(void **state)
{
	(void)state;
	make_exit(exit_union, 0, 0);
	lengths_of(TSMREQ_GHCB_AUTO, 56, TSMREQ_CALL_PENDING);
	lengths_of(TSMREQ_GHCB_RFC2, 56, TSMREQ_CALL_PENDING);
	lengths_of(TSMREQ_GHCB_RFC1, 12, TSMREQ_CALL_BIND);
	make_exit_op(exit_union, 1);
	lengths_of(TSMREQ_GHCB_TIO_B, 56, TSMREQ_CALL_UNBIND);
	tsmreq_store_le32(exit_union, 1);
	lengths_of(TSMREQ_GHCB_TIO_A, 56, TSMREQ_CALL_NONE);
}

static void unknown_selectors(void **state)
{
	/* the draft's KVM does not exist */
	static const int unknown[] = {0, 7, INT32_MAX, -1, TSMREQ_GHCB_204};
	struct tsmreq_call call;

	(void)state;
	make_exit_op(exit_union, 0);
	for (size_t i = 0; i < 5; i++) {
		memset(&call, 0xa5, sizeof(call));
		assert_int_equal(tsmreq_vmgexit_decode((enum tsmreq_ghcb_abi)unknown[i],
						       view(exit_union, EXIT), &call),
				 -EINVAL);
		assert_zero(&call);
	}
}

/* All 32 bits of the type; the certificates of another tree have none of ours in their address. */
static void types(void **state)
{
	static const enum tsmreq_ghcb_abi abis[] = {TSMREQ_GHCB_AUTO, TSMREQ_GHCB_TIO_A,
						    TSMREQ_GHCB_TIO_B, TSMREQ_GHCB_RFC1,
						    TSMREQ_GHCB_RFC2};

	(void)state;
	for (size_t i = 0; i < 5; i++)
		for (uint64_t n = 0; n < 512 + 32; n++) {
			const uint32_t type = n < 512 ? (uint32_t)n : 4u ^ 1u << (n - 512);
			const bool ours = type == 4 || (type == 5 && !is_rfc(abis[i]));
			struct tsmreq_call call;

			make_exit_op(exit_union, 0);
			tsmreq_store_le32(exit_union, type);
			call = decode(abis[i]);
			if (!ours)
				assert_zero(&call);
			else
				assert_int_not_equal(call.kind, TSMREQ_CALL_NONE);
		}
}

/* Each field from its own odd place, and nothing from bytes that KVM did not write. */
static void request(void **state)
{
	const struct tsmreq_call_hints hints = {0x1122334455667788u,
						0x2233445566778899u,
						0xffff0001u,
						0x33445566778899aau,
						0,
						0x8f};
	struct tsmreq_call expect = pending(TSMREQ_SHAPE_VMGEXIT_TIO, &hints);
	static const uint8_t leftovers[] = {0x00, 0x5a, 0xff};

	(void)state;
	expect.dev.raw = 0xffff0001u;
	expect.read[0].gpa.raw = 0x0004455667788000u;
	expect.write[0].gpa.raw = 0x0005566778899000u;
	for (size_t i = 0; i < 3; i++) {
		struct tsmreq_call call;

		memset(exit_union, leftovers[i], EXIT);
		tsmreq_store_le32(exit_union, 4);
		tsmreq_store_le32(exit_union + 4, 0xffff0001u);
		exit_union[10] = 0x8f;
		tsmreq_store_le64(exit_union + 12, hints.rax);
		tsmreq_store_le64(exit_union + 20, hints.rbx);
		tsmreq_store_le64(exit_union + 28, expect.read[0].gpa.raw);
		tsmreq_store_le64(exit_union + 36, expect.write[0].gpa.raw);
		tsmreq_store_le64(exit_union + 44, hints.rdx);
		call = decode(TSMREQ_GHCB_AUTO);
		assert_memory_equal(&call, &expect, sizeof(call));
	}
}

static void request_at_any_alignment(void **state)
{
	uint8_t room[EXIT + 8];
	struct tsmreq_call call, expect;

	(void)state;
	make_exit(exit_union, 0x10, 0xc0000048u);
	expect = decode(TSMREQ_GHCB_AUTO);
	for (size_t shift = 0; shift < 8; shift++) {
		memcpy(room + shift, exit_union, EXIT);
		assert_int_equal(tsmreq_vmgexit_decode(TSMREQ_GHCB_AUTO, view(room + shift, EXIT),
						       &call),
				 0);
		assert_memory_equal(&call, &expect, sizeof(call));
	}
}

static void request_pages(void **state)
{
	static const struct {
		uint64_t request;
		uint64_t response;
	} bad[] = {{REQUEST + 8, RESPONSE},
		   {REQUEST, RESPONSE + 1},
		   {REQUEST, REQUEST},
		   {GPA_END, RESPONSE},
		   {REQUEST, GPA_END}};

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		struct tsmreq_call call;

		make_exit(exit_union, 0, 0);
		tsmreq_store_le64(exit_union + 28, bad[i].request);
		tsmreq_store_le64(exit_union + 36, bad[i].response);
		/* RFC v2 KVM does not look at them */
		call = decode(TSMREQ_GHCB_RFC2);
		assert_refused(&call, TSMREQ_REASON_BAD_PAGE, 0, 9);
	}
}

static void ops(void **state)
{
	static const enum tsmreq_call_kind kinds[] = {TSMREQ_CALL_BIND, TSMREQ_CALL_UNBIND,
						      TSMREQ_CALL_SET_TDI_STATE,
						      TSMREQ_CALL_SET_TDI_STATE};

	(void)state;
	for (unsigned int op = 0; op < 256; op++) {
		struct tsmreq_call call;

		make_exit_op(exit_union, (uint8_t)op);
		call = decode(TSMREQ_GHCB_AUTO);
		assert_int_equal(call.shape, TSMREQ_SHAPE_VMGEXIT_TIO_OP);
		if (op < 4) {
			struct tsmreq_call expect = call_of(kinds[op], TSMREQ_SHAPE_VMGEXIT_TIO_OP);

			expect.u.state.target = op == 2 ? TSMREQ_TDI_RUN : TSMREQ_TDI_UNLOCKED;
			assert_memory_equal(&call, &expect, sizeof(call));
		} else {
			assert_refused(&call, TSMREQ_REASON_BAD_ACTION, 0, 0x16);
		}
	}
}

static void rfc1(void **state)
{
	const struct tsmreq_call expect = call_of(TSMREQ_CALL_BIND, TSMREQ_SHAPE_VMGEXIT_RFC1);
	struct tsmreq_answer answer = {.rc = -EINTR};
	struct tsmreq_call call;
	uint8_t before[EXIT];

	(void)state;
	make_exit(exit_union, 0xff, UINT64_MAX);
	call = decode(TSMREQ_GHCB_RFC1);
	assert_memory_equal(&call, &expect, sizeof(call));

	/* nothing that KVM would read: nothing is written, whatever became of it */
	memcpy(before, exit_union, EXIT);
	assert_int_equal(tsmreq_vmgexit_encode(&call, &answer, exit_union, 0), 0);
	answer.rc = 0;
	assert_int_equal(tsmreq_vmgexit_encode(&call, &answer, exit_union, EXIT), 0);
	assert_int_equal(tsmreq_ghcb_refuse(&call, TSMREQ_REASON_BAD_GUEST), 0);
	assert_int_equal(tsmreq_vmgexit_encode(&call, NULL, exit_union, EXIT), 0);
	assert_memory_equal(before, exit_union, EXIT);
}

/* ---- the answer */

/* Encodes into a union full of 0x5a; -1 in @status or 0 in @id: not written. */
static void answered(const struct tsmreq_call *call, const struct tsmreq_answer *answer,
		     uint32_t fw_err, int status, const uint64_t *id)
{
	struct guard guard = guard_new(EXIT);
	uint8_t *at = guard_back(&guard, EXIT);
	uint8_t expect[EXIT];

	memset(at, 0x5a, EXIT);
	memset(expect, 0x5a, EXIT);
	tsmreq_store_le32(expect + (id ? 12 : 52), fw_err);
	if (status >= 0)
		expect[11] = (uint8_t)status;
	if (id)
		tsmreq_store_le64(expect + 20, *id);
	assert_int_equal(tsmreq_vmgexit_encode(call, answer, at, EXIT), 0);
	assert_memory_equal(at, expect, EXIT);
	guard_free(&guard);
}

static void request_answers(void **state)
{
	static const enum tsmreq_call_kind kinds[] = {TSMREQ_CALL_TDI_INFO,
						      TSMREQ_CALL_VALIDATE_MMIO,
						      TSMREQ_CALL_MMIO_CONFIG, TSMREQ_CALL_SET_DMA};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct tsmreq_call call = call_of(kinds[i], TSMREQ_SHAPE_VMGEXIT_TIO);
		struct tsmreq_answer answer = {.value = 99, .tdi_state = TSMREQ_TDI_LOCKED};
		const int status = i ? -1 : 1;

		answered(&call, &answer, 0, status, NULL);
		answer.rc = -EIO; /* KVM copies tdi_status to the guest all the same */
		answered(&call, &answer, 0xffffffffu, status, NULL);
		answer.result.tsm_code = 0x38;
		answered(&call, &answer, 0x38, status, NULL);
		answer = (struct tsmreq_answer){.tdi_state = TSMREQ_TDI_UNKNOWN, .rc = -ENOSPC};
		answered(&call, &answer, 0xffffffffu, i ? -1 : 3, NULL);
	}
}

static void op_answers(void **state)
{
	static const uint64_t none = 0, id = 0x1122334455667788u;
	struct tsmreq_answer answer = {.value = id, .tdi_state = TSMREQ_TDI_RUN};
	struct tsmreq_call call = call_of(TSMREQ_CALL_BIND, TSMREQ_SHAPE_VMGEXIT_TIO_OP);

	(void)state;
	answered(&call, &answer, 0, -1, &id);
	/* fw_tdi_id goes to RCX after every operation: never what an earlier exit left */
	answer.rc = -EIO;
	answered(&call, &answer, 0xffffffffu, -1, &none);
	answer.rc = 0;
	call.kind = TSMREQ_CALL_UNBIND;
	answered(&call, &answer, 0, -1, &none);
	call.kind = TSMREQ_CALL_SET_TDI_STATE;
	answered(&call, &answer, 0, -1, &none);
	answer.result.tsm_code = 0x3c;
	answered(&call, &answer, 0x3c, -1, &none);
	assert_int_equal(tsmreq_ghcb_refuse(&call, TSMREQ_REASON_BAD_ACTION), 0);
	answered(&call, NULL, 0x16, -1, &none);
}

static void refusals(void **state)
{
	struct tsmreq_call call = call_of(TSMREQ_CALL_TDI_INFO, TSMREQ_SHAPE_VMGEXIT_TIO);

	(void)state;
	assert_int_equal(tsmreq_ghcb_refuse(&call, TSMREQ_REASON_BAD_DATA), 0);
	answered(&call, NULL, 9, -1, NULL);
	assert_int_equal(tsmreq_ghcb_refuse(&call, TSMREQ_REASON_BAD_GUEST), 0);
	answered(&call, NULL, 0x16, -1, NULL);
}

/* Never fail what trying again cures: no errno that passes is ever written. */
static void stays_open(void **state)
{
	(void)state;
	for (int error = 1; error < 200; error++) {
		const bool passes = error == EINTR || error == EAGAIN || error == EBUSY;
		const struct tsmreq_call call =
			call_of(TSMREQ_CALL_VALIDATE_MMIO, TSMREQ_SHAPE_VMGEXIT_TIO);
		const struct tsmreq_call bind =
			call_of(TSMREQ_CALL_BIND, TSMREQ_SHAPE_VMGEXIT_TIO_OP);
		struct tsmreq_answer answer = {.rc = -error};
		uint8_t before[EXIT];

		make_exit(exit_union, 0, 0);
		memcpy(before, exit_union, EXIT);
		assert_int_equal(tsmreq_vmgexit_encode(&call, &answer, exit_union, EXIT),
				 passes ? -EAGAIN : 0);
		assert_int_equal(!memcmp(before, exit_union, EXIT), passes);

		/* another VM has the device: that does not pass */
		answer.flags = TSMREQ_ANSWER_BIND;
		assert_int_equal(tsmreq_vmgexit_encode(&bind, &answer, exit_union, EXIT),
				 passes && error != EBUSY ? -EAGAIN : 0);
		/* a firmware code ends it, whatever the errno */
		answer.result.tsm_code = 0x16;
		assert_int_equal(tsmreq_vmgexit_encode(&call, &answer, exit_union, EXIT), 0);
		/* and what may have happened is not done twice */
		answer.result.tsm_code = 0;
		answer.result.outcome = TSMREQ_OUTCOME_UNCERTAIN;
		assert_int_equal(tsmreq_vmgexit_encode(&call, &answer, exit_union, EXIT), 0);
	}
}

static void unanswerable(void **state)
{
	const struct tsmreq_answer answer = {0};
	const struct tsmreq_call_hints hints = {0};
	struct tsmreq_call call = pending(TSMREQ_SHAPE_VMGEXIT_TIO, &hints);
	uint8_t before[EXIT];

	(void)state;
	make_exit(exit_union, 0, 0);
	memcpy(before, exit_union, EXIT);
	assert_int_equal(tsmreq_vmgexit_encode(&call, &answer, exit_union, EXIT), -EINVAL);
	call = call_of(TSMREQ_CALL_BIND, TSMREQ_SHAPE_GHCB_PAGE);
	assert_int_equal(tsmreq_vmgexit_encode(&call, &answer, exit_union, EXIT), -EINVAL);
	memset(&call, 0, sizeof(call));
	assert_int_equal(tsmreq_vmgexit_encode(&call, &answer, exit_union, EXIT), -EINVAL);
	call = call_of(TSMREQ_CALL_SET_DMA, TSMREQ_SHAPE_VMGEXIT_TIO);
	for (size_t size = 0; size < EXIT; size++)
		assert_int_equal(tsmreq_vmgexit_encode(&call, &answer, exit_union, size),
				 -EMSGSIZE);
	assert_memory_equal(before, exit_union, EXIT);
}

/* ---- the way back */

static void assert_way_back(enum tsmreq_ghcb_abi abi, const struct tsmreq_call *call, size_t size)
{
	struct tsmreq_call again;
	uint8_t bytes[EXIT];

	memset(bytes, 0xa5, EXIT);
	assert_int_equal(tsmreq_vmgexit_encode_call(abi, call, bytes, size), 0);
	for (size_t i = size; i < EXIT; i++)
		assert_int_equal(bytes[i], 0xa5);
	assert_int_equal(tsmreq_vmgexit_decode(abi, view(bytes, EXIT), &again), 0);
	assert_memory_equal(&again, call, sizeof(again));
}

static void ways_back(void **state)
{
	static const enum tsmreq_ghcb_abi abis[] = {TSMREQ_GHCB_AUTO, TSMREQ_GHCB_TIO_A,
						    TSMREQ_GHCB_TIO_B, TSMREQ_GHCB_RFC2};
	uint64_t random = 88172645463325252u;
	struct tsmreq_call call;

	(void)state;
	for (unsigned int round = 0; round < 20000; round++) {
		const enum tsmreq_ghcb_abi abi = abis[random_below(&random, 4)];

		make_exit(exit_union, (uint8_t)random_u64(&random), random_edge(&random));
		tsmreq_store_le32(exit_union + 4, (uint32_t)random_u64(&random));
		tsmreq_store_le64(exit_union + 12, random_edge(&random));
		tsmreq_store_le64(exit_union + 20, random_u64(&random));
		call = decode(abi);
		assert_int_equal(call.kind, TSMREQ_CALL_PENDING);
		assert_way_back(abi, &call, EXIT);
	}
	for (uint8_t op = 0; op < 4; op++) {
		make_exit_op(exit_union, op);
		call = decode(TSMREQ_GHCB_TIO_A);
		assert_way_back(TSMREQ_GHCB_TIO_A, &call, EXIT);
	}
	make_exit(exit_union, 0, 0);
	call = decode(TSMREQ_GHCB_RFC1);
	assert_way_back(TSMREQ_GHCB_RFC1, &call, 12);
}

/* What KVM does not write is 0 here. */
static void exact_exits(void **state)
{
	struct tsmreq_call call = call_of(TSMREQ_CALL_SET_DMA, TSMREQ_SHAPE_VMGEXIT_TIO);
	uint8_t expect[EXIT] = {4};

	(void)state;
	call.read[0].gpa.raw = REQUEST;
	call.write[0].gpa.raw = RESPONSE;
	call.u.dma.enable = TSMREQ_YES;
	call.u.dma.vtom = 0x20000000000u;
	tsmreq_store_le32(expect + 4, DEV);
	expect[10] = 0x40;
	tsmreq_store_le64(expect + 28, REQUEST);
	tsmreq_store_le64(expect + 36, RESPONSE);
	tsmreq_store_le64(expect + 44, 0x20000000000u);
	memset(exit_union, 0xa5, EXIT);
	assert_int_equal(tsmreq_vmgexit_encode_call(TSMREQ_GHCB_AUTO, &call, exit_union, EXIT), 0);
	assert_memory_equal(exit_union, expect, EXIT);

	/* nor has TDI_INFO a register that it would write */
	call.kind = TSMREQ_CALL_TDI_INFO;
	call.u.tdi_info = (struct tsmreq_call_tdi_info){.want = 9};
	expect[10] = 9;
	tsmreq_store_le64(expect + 44, 0);
	assert_int_equal(tsmreq_vmgexit_encode_call(TSMREQ_GHCB_AUTO, &call, exit_union, EXIT), 0);
	assert_memory_equal(exit_union, expect, EXIT);
}

static void no_way_back(void **state)
{
	struct tsmreq_call op = call_of(TSMREQ_CALL_UNBIND, TSMREQ_SHAPE_VMGEXIT_TIO_OP);
	struct tsmreq_call request = call_of(TSMREQ_CALL_BIND, TSMREQ_SHAPE_VMGEXIT_TIO);
	struct tsmreq_call page = call_of(TSMREQ_CALL_UNBIND, TSMREQ_SHAPE_GHCB_PAGE);
	static const int unknown[] = {0, 7, TSMREQ_GHCB_204};

	(void)state;
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(tsmreq_vmgexit_encode_call((enum tsmreq_ghcb_abi)unknown[i], &op,
							    exit_union, EXIT),
				 -EINVAL);
	assert_int_equal(tsmreq_vmgexit_encode_call(TSMREQ_GHCB_AUTO, &op, exit_union, EXIT - 1),
			 -EMSGSIZE);
	assert_int_equal(tsmreq_vmgexit_encode_call(TSMREQ_GHCB_RFC1, &op, exit_union, 11),
			 -EMSGSIZE);
	assert_int_equal(tsmreq_vmgexit_encode_call(TSMREQ_GHCB_RFC1, &op, exit_union, EXIT),
			 -EINVAL);
	assert_int_equal(tsmreq_vmgexit_encode_call(TSMREQ_GHCB_RFC2, &op, exit_union, EXIT),
			 -EINVAL);
	op.kind = TSMREQ_CALL_TDI_INFO;
	assert_int_equal(tsmreq_vmgexit_encode_call(TSMREQ_GHCB_AUTO, &op, exit_union, EXIT),
			 -EINVAL);
	assert_int_equal(tsmreq_vmgexit_encode_call(TSMREQ_GHCB_AUTO, &request, exit_union, EXIT),
			 -EINVAL);
	assert_int_equal(tsmreq_vmgexit_encode_call(TSMREQ_GHCB_AUTO, &page, exit_union, EXIT),
			 -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lengths),
		cmocka_unit_test(unknown_selectors),
		cmocka_unit_test(types),
		cmocka_unit_test(request),
		cmocka_unit_test(request_at_any_alignment),
		cmocka_unit_test(request_pages),
		cmocka_unit_test(ops),
		cmocka_unit_test(rfc1),
		cmocka_unit_test(request_answers),
		cmocka_unit_test(op_answers),
		cmocka_unit_test(refusals),
		cmocka_unit_test(stays_open),
		cmocka_unit_test(unanswerable),
		cmocka_unit_test(ways_back),
		cmocka_unit_test(exact_exits),
		cmocka_unit_test(no_way_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
