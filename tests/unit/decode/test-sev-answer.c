/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "decode/sev.h"
#include "sev-kit.h"

static const enum tsmreq_call_kind kinds[] = {
	TSMREQ_CALL_BIND,     TSMREQ_CALL_UNBIND,	 TSMREQ_CALL_SET_TDI_STATE,
	TSMREQ_CALL_TDI_INFO, TSMREQ_CALL_VALIDATE_MMIO, TSMREQ_CALL_MMIO_CONFIG,
	TSMREQ_CALL_SET_DMA,
};
static const enum tsmreq_shape shapes[] = {
	TSMREQ_SHAPE_GHCB_PAGE,
	TSMREQ_SHAPE_VMGEXIT_TIO,
	TSMREQ_SHAPE_VMGEXIT_TIO_OP,
};
static const enum tsmreq_outcome outcomes[] = {
	TSMREQ_OUTCOME_NOT_SENT,
	TSMREQ_OUTCOME_COMPLETED,
	TSMREQ_OUTCOME_FAILED,
	TSMREQ_OUTCOME_UNCERTAIN,
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/* Rules 23, 25 and 26, said once more. */
static uint64_t expected(const struct tsmreq_call *call, const struct tsmreq_answer *answer)
{
	const bool certain = answer->result.outcome != TSMREQ_OUTCOME_UNCERTAIN;
	const bool no_room = call->kind == TSMREQ_CALL_TDI_INFO &&
			     call->shape == TSMREQ_SHAPE_GHCB_PAGE &&
			     answer->result.outcome == TSMREQ_OUTCOME_NOT_SENT;

	switch (-answer->rc) {
	case 0:
		return 0;
	case EINTR:
	case EAGAIN:
		return certain ? 0x200000000u : 0xffffffffu;
	case EBUSY:
		return certain && !answer->flags ? 0x200000000u : 0xffffffffu;
	case ENOSPC:
		return no_room ? 0x100000000u : 0xffffffffu;
	default:
		return 0xffffffffu;
	}
}

static void sweep(void (*check)(const struct tsmreq_call *call, const struct tsmreq_answer *answer))
{
	struct tsmreq_answer answer = {0};

	for (size_t kind = 0; kind < COUNT(kinds); kind++)
		for (size_t shape = 0; shape < COUNT(shapes); shape++) {
			const struct tsmreq_call call = call_of(kinds[kind], shapes[shape]);

			for (size_t i = 0; i < COUNT(outcomes); i++)
				for (answer.flags = 0; answer.flags < 2; answer.flags++)
					for (answer.rc = 0; answer.rc >= -200; answer.rc--) {
						answer.result.outcome = outcomes[i];
						check(&call, &answer);
					}
		}
}

static void check_errno(const struct tsmreq_call *call, const struct tsmreq_answer *answer)
{
	uint64_t info2 = 77;

	assert_true(tsmreq_ghcb_get_info2(call, answer) == expected(call, answer));
	assert_int_equal(tsmreq_sev_judge(call, answer, &info2), 0);
	assert_true(info2 == expected(call, answer));
}

static void errnos(void **state)
{
	(void)state;
	sweep(check_errno);
}

static void odd_errnos(void **state)
{
	const struct tsmreq_call call = call_of(TSMREQ_CALL_BIND, TSMREQ_SHAPE_GHCB_PAGE);
	struct tsmreq_answer answer = {.rc = INT32_MIN};
	uint64_t info2 = 0x5a;

	(void)state;
	assert_true(tsmreq_ghcb_get_info2(&call, &answer) == 0xffffffffu);
	answer.rc = -4096;
	assert_true(tsmreq_ghcb_get_info2(&call, &answer) == 0xffffffffu);
	answer.rc = 1; /* no answer, and above all no success */
	assert_true(tsmreq_ghcb_get_info2(&call, &answer) == 0xffffffffu);
	assert_int_equal(tsmreq_sev_judge(&call, &answer, &info2), -EINVAL);
	assert_true(info2 == 0x5a); /* what stands there stays */
}

static const struct {
	uint64_t code;
	uint64_t info2;
} codes[] = {
	{0x3a, 0x3a},
	{0xa000, 0xa000},
	{1, 1},
	{0xffffffffu, 0xffffffffu},
	{UINT64_MAX, 0xffffffffu},
	{0x100000000u, 0xffffffffu}, /* no low half: still no success */
	{0x8000000000000000u, 0xffffffffu},
	{0x200000000u, 0xffffffffu}, /* and not BUSY either */
	{0x100000016u, 0x16},
};

/* Whatever the return value, the outcome, the call. */
static void check_code(const struct tsmreq_call *call, const struct tsmreq_answer *answer)
{
	struct tsmreq_answer coded = *answer;

	for (size_t i = 0; i < COUNT(codes); i++) {
		coded.result.tsm_code = codes[i].code;
		assert_true(tsmreq_ghcb_get_info2(call, &coded) == codes[i].info2);
	}
}

static void firmware_codes(void **state)
{
	(void)state;
	sweep(check_code);
}

/* A call may fail at any step, but succeed only at its last. */
static void unfinished(void **state)
{
	struct tsmreq_call call = call_of(TSMREQ_CALL_TDI_INFO, TSMREQ_SHAPE_GHCB_PAGE);
	struct tsmreq_answer answer = {0};
	uint64_t info2;

	(void)state;
	call.next = TSMREQ_NEXT_SEV_NONCE;
	assert_int_equal(tsmreq_sev_judge(&call, &answer, &info2), -EINVAL);
	answer.rc = -EFAULT;
	assert_int_equal(tsmreq_sev_judge(&call, &answer, &info2), 0);
	assert_true(info2 == 0xffffffffu);
	call.kind = TSMREQ_CALL_PENDING;
	call.next = TSMREQ_NEXT_SEV_MESSAGE;
	assert_int_equal(tsmreq_sev_judge(&call, &answer, &info2), -EINVAL);
}

static void tdi_states(void **state)
{
	static const int states[] = {0, 1, 2, 3, 4, 5, 255, 256, INT32_MAX, -1};
	static const uint8_t expect[] = {0, 1, 2, 3, 3, 3, 3, 3, 3, 3};

	(void)state;
	for (size_t i = 0; i < COUNT(states); i++) {
		const struct tsmreq_answer answer = {.tdi_state = (enum tsmreq_tdi_state)states[i]};

		assert_int_equal(tsmreq_sev_tdi_status(&answer), expect[i]);
	}
}

/* The table that is printed is the one that decides. */
static void rows(void **state)
{
	struct tsmreq_ghcb_errno row, last = {0};
	unsigned int i, busy = 0;

	(void)state;
	for (i = 0; tsmreq_ghcb_errno_at(i, &row); i++) {
		const struct tsmreq_call call =
			call_of(TSMREQ_CALL_TDI_INFO, TSMREQ_SHAPE_GHCB_PAGE);
		const struct tsmreq_answer answer = {
			.rc = row.error ? -row.error : -EIO,
			.flags = row.when == TSMREQ_GHCB_WHEN_BIND ? TSMREQ_ANSWER_BIND : 0,
		};

		assert_true(tsmreq_ghcb_get_info2(&call, &answer) == row.info2);
		busy += row.info2 == TSMREQ_GHCB_BUSY;
		last = row;
	}
	assert_int_equal(busy, 3);
	assert_int_equal(last.error, 0);
	assert_int_equal(last.when, TSMREQ_GHCB_WHEN_ANY);
	assert_true(!tsmreq_ghcb_errno_at(UINT32_MAX, &row));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(errnos),	  cmocka_unit_test(odd_errnos),
		cmocka_unit_test(firmware_codes), cmocka_unit_test(unfinished),
		cmocka_unit_test(tdi_states),	  cmocka_unit_test(rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
