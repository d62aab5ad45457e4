/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "decode/sev.h"
#include "sev-kit.h"

static void selectors(void **state)
{
	static const int unknown[] = {0, 7, 1000, INT32_MAX, -1, INT32_MIN};

	(void)state;
	for (size_t i = 0; i < ABIS; i++) {
		const char *word = tsmreq_ghcb_abi_to_string(all_abis[i]);
		enum tsmreq_ghcb_abi abi = 0;

		assert_non_null(tsmreq_sev_find_abi(all_abis[i]));
		assert_string_not_equal(word, "unknown");
		assert_int_equal(tsmreq_ghcb_abi_from_string(word, &abi), 0);
		assert_int_equal(abi, all_abis[i]);
	}
	for (size_t i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++) {
		const enum tsmreq_ghcb_abi abi = (enum tsmreq_ghcb_abi)unknown[i];

		assert_true(!tsmreq_sev_find_abi(abi));
		assert_string_equal(tsmreq_ghcb_abi_to_string(abi), "unknown");
	}
}

static void selector_words(void **state)
{
	static const char *const words[] = {"auto", "tio-a", "tio-b", "rfc1", "rfc2", "ghcb204"};
	static const char *const others[] = {"", "tio", "tio-ab", "AUTO", "unknown", "req-certs"};
	enum tsmreq_ghcb_abi abi = TSMREQ_GHCB_204;

	(void)state;
	for (size_t i = 0; i < ABIS; i++)
		assert_string_equal(tsmreq_ghcb_abi_to_string(all_abis[i]), words[i]);
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		assert_int_equal(tsmreq_ghcb_abi_from_string(others[i], &abi), -EINVAL);
	assert_int_equal(abi, TSMREQ_GHCB_204);
}

/* The answers of section 18, by reason. */
static const struct {
	enum tsmreq_reason reason;
	uint32_t info1;
	uint64_t info2;
	uint64_t fw_err;
} answers[] = {
	{TSMREQ_REASON_BAD_USAGE, 2, 2, 0x16},
	{TSMREQ_REASON_BAD_BITMAP, 2, 4, 0x16},
	{TSMREQ_REASON_BAD_VERSION, 2, 6, 0x16},
	{TSMREQ_REASON_BAD_PAGE, 2, 5, 9},
	{TSMREQ_REASON_BAD_DATA, 2, 5, 9},
	{TSMREQ_REASON_BAD_ACTION, 0, 0x16, 0x16},
	{TSMREQ_REASON_BAD_GUEST, 0, 0x16, 0x16},
	{TSMREQ_REASON_BAD_HEADER, 0, 0x16, 0x16},
	{TSMREQ_REASON_BAD_MESSAGE, 0, 0x16, 0x16},
	{TSMREQ_REASON_BAD_RANGE, 0, 0x16, 0x16},
	{TSMREQ_REASON_FLAGS_MISMATCH, 0, 0x16, 0x16},
	{TSMREQ_REASON_ENCODING_B, 0, 0x16, 0x16},
};

#define ANSWERS (sizeof(answers) / sizeof(answers[0]))

static size_t find_answer(int reason)
{
	size_t i = 0;

	while (i < ANSWERS && (int)answers[i].reason != reason)
		i++;
	return i;
}

static void refusals(void **state)
{
	static const enum tsmreq_shape exits[] = {
		TSMREQ_SHAPE_VMGEXIT_TIO, TSMREQ_SHAPE_VMGEXIT_TIO_OP, TSMREQ_SHAPE_VMGEXIT_RFC1};

	(void)state;
	for (int reason = -1; reason < 40; reason++) {
		const size_t i = find_answer(reason);
		struct tsmreq_call call = call_of(TSMREQ_CALL_TDI_INFO, TSMREQ_SHAPE_GHCB_PAGE);
		const struct tsmreq_call before = call;

		if (i == ANSWERS) {
			assert_int_equal(tsmreq_ghcb_refuse(&call, (enum tsmreq_reason)reason),
					 -EINVAL);
			assert_memory_equal(&call, &before, sizeof(call));
			continue;
		}
		assert_int_equal(tsmreq_ghcb_refuse(&call, (enum tsmreq_reason)reason), 0);
		assert_refused(&call, answers[i].reason, answers[i].info1, answers[i].info2);
		assert_int_equal(call.dev.raw, DEV);
		for (size_t n = 0; n < 3; n++) {
			call = call_of(TSMREQ_CALL_SET_DMA, exits[n]);
			assert_int_equal(tsmreq_ghcb_refuse(&call, answers[i].reason), 0);
			assert_refused(&call, answers[i].reason, 0, answers[i].fw_err);
		}
	}
}

static void refusing_another_architecture(void **state)
{
	struct tsmreq_call call = call_of(TSMREQ_CALL_BIND, TSMREQ_SHAPE_RHI);

	(void)state;
	call.arch = TSMREQ_ARCH_CCA;
	assert_int_equal(tsmreq_ghcb_refuse(&call, TSMREQ_REASON_BAD_GUEST), -EINVAL);
	assert_int_equal(call.kind, TSMREQ_CALL_BIND);
}

/* Every reason has its row, and only a page that is misplaced has a second one. */
static void refusal_rows(void **state)
{
	struct tsmreq_ghcb_refusal row;
	unsigned int i, seen[ANSWERS] = {0};

	(void)state;
	for (i = 0; tsmreq_ghcb_refusal_at(i, &row); i++) {
		const size_t n = find_answer((int)row.reason);

		assert_true(n < ANSWERS);
		assert_int_equal(row.info1, answers[n].info1);
		assert_int_equal((uint32_t)row.fw_err, answers[n].fw_err);
		assert_int_equal(row.info2, seen[n] ? 4 : answers[n].info2);
		assert_int_equal(row.reserved, 0);
		seen[n]++;
	}
	for (size_t n = 0; n < ANSWERS; n++)
		assert_int_equal(seen[n], answers[n].reason == TSMREQ_REASON_BAD_PAGE ? 2 : 1);
	assert_true(!tsmreq_ghcb_refusal_at(i + 1, &row));
	assert_true(!tsmreq_ghcb_refusal_at(UINT32_MAX, &row));
}

static const struct {
	enum tsmreq_call_kind kind;
	enum tsmreq_tdi_state target;
} ops[] = {
	{TSMREQ_CALL_BIND, 0},
	{TSMREQ_CALL_UNBIND, 0},
	{TSMREQ_CALL_SET_TDI_STATE, TSMREQ_TDI_RUN},
	{TSMREQ_CALL_SET_TDI_STATE, TSMREQ_TDI_UNLOCKED},
};

static void actions(void **state)
{
	static const uint32_t bad[] = {4, 7, 0xff, 0x100, 0x10000, 0x80000000u, UINT32_MAX};
	uint32_t action = 77;

	(void)state;
	for (uint32_t i = 0; i < 4; i++) {
		struct tsmreq_call call = call_of(TSMREQ_CALL_NONE, TSMREQ_SHAPE_GHCB_PAGE);
		struct tsmreq_call expect = call_of(ops[i].kind, TSMREQ_SHAPE_GHCB_PAGE);

		expect.u.state.target = ops[i].target;
		assert_int_equal(tsmreq_sev_decode_op(i, &call), 0);
		assert_memory_equal(&call, &expect, sizeof(call));
		assert_int_equal(tsmreq_sev_encode_op(&call, &action), 0);
		assert_int_equal(action, i);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct tsmreq_call call = call_of(TSMREQ_CALL_NONE, TSMREQ_SHAPE_GHCB_PAGE);

		assert_int_equal(tsmreq_sev_decode_op(bad[i], &call), 0);
		assert_refused(&call, TSMREQ_REASON_BAD_ACTION, 0, 0x16);
	}
}

/* LOCKED is BIND here, and no other kind is a TIO_OP. */
static void no_action(void **state)
{
	struct tsmreq_call call = call_of(TSMREQ_CALL_SET_TDI_STATE, TSMREQ_SHAPE_GHCB_PAGE);
	uint32_t action = 77;

	(void)state;
	call.u.state.target = TSMREQ_TDI_LOCKED;
	assert_int_equal(tsmreq_sev_encode_op(&call, &action), -EINVAL);
	for (int kind = 0; kind < 32; kind++) {
		call = call_of((enum tsmreq_call_kind)kind, TSMREQ_SHAPE_GHCB_PAGE);
		if (kind != TSMREQ_CALL_BIND && kind != TSMREQ_CALL_UNBIND &&
		    kind != TSMREQ_CALL_SET_TDI_STATE)
			assert_int_equal(tsmreq_sev_encode_op(&call, &action), -EINVAL);
	}
	assert_int_equal(action, 77);
}

static struct tsmreq_call pages(enum tsmreq_shape shape, uint64_t request, uint64_t response)
{
	static const struct tsmreq_call_hints hints = {1, 2, 3, 4, 5, 6};
	struct tsmreq_call call = call_of(TSMREQ_CALL_NONE, shape);
	struct tsmreq_call expect = pending(shape, &hints);

	assert_int_equal(tsmreq_sev_decode_request(request, response, &hints, &call), 0);
	if (call.kind == TSMREQ_CALL_REJECT)
		return call;
	expect.read[0].gpa.raw = request;
	expect.write[0].gpa.raw = response;
	assert_memory_equal(&call, &expect, sizeof(call));
	return call;
}

static void bad_pages(uint64_t request, uint64_t response, uint64_t info2)
{
	struct tsmreq_call call = pages(TSMREQ_SHAPE_GHCB_PAGE, request, response);

	assert_refused(&call, TSMREQ_REASON_BAD_PAGE, 2, info2);
	call = pages(TSMREQ_SHAPE_VMGEXIT_TIO, request, response);
	assert_refused(&call, TSMREQ_REASON_BAD_PAGE, 0, 9);
}

static void message_pages(void **state)
{
	(void)state;
	pages(TSMREQ_SHAPE_GHCB_PAGE, 0, PAGE);
	pages(TSMREQ_SHAPE_GHCB_PAGE, PAGE, 0);
	pages(TSMREQ_SHAPE_VMGEXIT_TIO, GPA_END - PAGE, 0); /* ends exactly at 2^52 */
	pages(TSMREQ_SHAPE_VMGEXIT_TIO, 0, GPA_END - PAGE);
	for (unsigned int bit = 0; bit < 12; bit++) {
		bad_pages(REQUEST | 1u << bit, RESPONSE, 4);
		bad_pages(REQUEST, RESPONSE | 1u << bit, 4);
	}
	bad_pages(REQUEST, REQUEST, 4);
	bad_pages(0, 0, 4);
	for (unsigned int bit = 52; bit < 64; bit++) {
		bad_pages((uint64_t)1 << bit, RESPONSE, 5);
		bad_pages(REQUEST, (uint64_t)1 << bit, 5);
	}
	bad_pages(UINT64_MAX - PAGE + 1, RESPONSE, 5);
	/* what is wrong twice is answered as KVM does */
	bad_pages(GPA_END | 1, RESPONSE, 4);
	bad_pages(GPA_END, GPA_END, 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(selectors),	cmocka_unit_test(selector_words),
		cmocka_unit_test(refusals),	cmocka_unit_test(refusing_another_architecture),
		cmocka_unit_test(refusal_rows), cmocka_unit_test(actions),
		cmocka_unit_test(no_action),	cmocka_unit_test(message_pages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
