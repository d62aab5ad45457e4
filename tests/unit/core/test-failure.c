/* SPDX-License-Identifier: MIT */
#include "core/core.h"
#include "door.h"

/* What an errno leaves open, by what the call would have done: every errno, every effect. */

#define LAST_ERRNO 133

static unsigned int warnings, debugs;

static void count_lines(void *userdata, int priority, const char *message)
{
	(void)userdata;
	assert_non_null(strstr(message, "0x3b96"));
	warnings += priority == LOG_IS_WARNING;
	debugs += priority == LOG_IS_DEBUG;
}

static enum tsmreq_outcome judge(const struct failure *failure, int error)
{
	const struct tsmreq_ctx ctx = {.row = tsmreq_rev_find(TSMREQ_UAPI_JUNE),
				       .log = count_lines};
	struct tsmreq_result ret = dirty_result();

	assert_int_equal(tsmreq_failed(&ctx, 0x3b96, failure, -error, &ret), -error);
	/* what else the answer held is not its business */
	assert_int_equal(ret.tsm_code, 0xdead);
	assert_int_equal(ret.residue, 0xdead);
	return ret.outcome;
}

/* Tested before the operation, on every revision that was read. */
static bool decided(int error)
{
	static const int before[] = {ENOTTY, E2BIG,  EOPNOTSUPP, ENOENT, EBUSY,
				     EINVAL, ENODEV, EINTR,	 EAGAIN};

	for (size_t i = 0; i < sizeof(before) / sizeof(before[0]); i++)
		if (before[i] == error)
			return true;
	return false;
}

static void nothing_moves_in_a_read_or_a_dropped_object(void **unused)
{
	(void)unused;
	for (int error = 1; error <= LAST_ERRNO; error++) {
		assert_int_equal(judge(&(struct failure){.effect = EFFECT_READ}, error),
				 TSMREQ_OUTCOME_FAILED);
		assert_int_equal(judge(&(struct failure){.effect = EFFECT_ALLOC}, error),
				 TSMREQ_OUTCOME_FAILED);
	}
}

static void what_was_tested_first_is_failed_and_all_else_is_open(void **unused)
{
	static const enum effect effects[] = {EFFECT_REFRESH, EFFECT_STATE, EFFECT_ALLOC_BINDS};

	(void)unused;
	for (size_t e = 0; e < sizeof(effects) / sizeof(effects[0]); e++)
		for (int error = 1; error <= LAST_ERRNO; error++) {
			bool failed = decided(error) ||
				      (error == EEXIST && effects[e] == EFFECT_ALLOC_BINDS);

			assert_int_equal(judge(&(struct failure){.effect = effects[e]}, error),
					 failed ? TSMREQ_OUTCOME_FAILED : TSMREQ_OUTCOME_UNCERTAIN);
		}
}

/* A flag opens its own errnos and no other; none of them makes a read move anything. */
static void three_errnos_are_open_where_the_call_says_so(void **unused)
{
	static const struct {
		struct failure failure;
		int errors[2];
	} cases[] = {
		{{.einval_undecided = true}, {EINVAL, EINVAL}},
		{{.enodev_undecided = true}, {ENODEV, ENODEV}},
		{{.eintr_undecided = true}, {EINTR, EAGAIN}},
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (int error = 1; error <= LAST_ERRNO; error++) {
			bool opened = error == cases[i].errors[0] || error == cases[i].errors[1];
			struct failure failure = cases[i].failure;

			failure.effect = EFFECT_STATE;
			assert_int_equal(judge(&failure, error),
					 decided(error) && !opened ? TSMREQ_OUTCOME_FAILED
								   : TSMREQ_OUTCOME_UNCERTAIN);
			failure.effect = EFFECT_READ;
			assert_int_equal(judge(&failure, error), TSMREQ_OUTCOME_FAILED);
		}
}

static void a_broken_answer_is_open_and_loud(void **unused)
{
	static const struct {
		enum effect effect;
		enum tsmreq_outcome outcome;
	} cases[] = {
		{EFFECT_READ, TSMREQ_OUTCOME_FAILED},
		{EFFECT_REFRESH, TSMREQ_OUTCOME_UNCERTAIN},
		{EFFECT_STATE, TSMREQ_OUTCOME_UNCERTAIN},
		{EFFECT_ALLOC, TSMREQ_OUTCOME_FAILED},
		{EFFECT_ALLOC_BINDS, TSMREQ_OUTCOME_UNCERTAIN},
	};
	const struct tsmreq_ctx ctx = {.row = tsmreq_rev_find(TSMREQ_UAPI_JUNE),
				       .log = count_lines};

	(void)unused;
	warnings = 0;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct failure failure = {.effect = cases[i].effect};
		struct tsmreq_result ret = dirty_result();

		assert_int_equal(tsmreq_broken(&ctx, 0x3b96, &failure, &ret), -EBADE);
		assert_int_equal(ret.outcome, cases[i].outcome);
		assert_int_equal(warnings, i + 1);
	}
}

/* A guest can make the kernel say no as often as it likes. */
static void a_failure_is_debug(void **unused)
{
	(void)unused;
	warnings = debugs = 0;
	judge(&(struct failure){.effect = EFFECT_STATE}, EIO);
	assert_int_equal(warnings, 0);
	assert_int_equal(debugs, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_moves_in_a_read_or_a_dropped_object),
		cmocka_unit_test(what_was_tested_first_is_failed_and_all_else_is_open),
		cmocka_unit_test(three_errnos_are_open_where_the_call_says_so),
		cmocka_unit_test(a_broken_answer_is_open_and_loud),
		cmocka_unit_test(a_failure_is_debug),
	};

	return cmocka_run_group_tests_name("core/failure", tests, NULL, NULL);
}
