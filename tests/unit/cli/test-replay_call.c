/* SPDX-License-Identifier: MIT */
#include "cli/replay_call.h"
#include "kit.h"

static const struct vec_case vec = {.name = "x"};
static struct replay replay = {.vec = &vec};
static struct handles handles;
static char why[200];

static int clean(void **state)
{
	(void)state;
	arena_free(&replay.arena);
	replay = (struct replay){.vec = &vec};
	handles = (struct handles){0};
	why[0] = '\0';
	return 0;
}

static bool fits(const char *line, const struct tsmreq_call *call)
{
	struct words words = {0};

	words_split_text(&replay.arena, line, 1, &words);
	return replay_call_fits(&replay, &handles, &words, call, why, sizeof(why));
}

static const struct tsmreq_call run = {
	.kind = TSMREQ_CALL_SET_TDI_STATE,
	.arch = TSMREQ_ARCH_CCA,
	.shape = TSMREQ_SHAPE_RHI,
	.dev = {0x100},
	.u.state = {TSMREQ_TDI_RUN, 0},
};

static void every_word_counts(void **state)
{
	(void)state;
	assert_true(fits("kind=set_tdi_state dev=100 state=run", &run));
	assert_true(fits("dev=0100 kind=set-tdi-state target=run", &run));
	assert_false(fits("kind=set_tdi_state dev=101 state=run", &run));
	assert_string_equal(why, "expected dev=101, got kind=set_tdi_state dev=100 state=run");
	assert_false(fits("kind=set_tdi_state dev=100 state=locked", &run));
	assert_false(fits("kind=bind dev=100 state=run", &run));
	assert_false(fits("kind=set_tdi_state dev=100", &run));
	assert_string_equal(why, "expected no state, got kind=set_tdi_state dev=100 state=run");
	assert_false(fits("kind=set_tdi_state dev=100 state=run bla=1", &run));
	assert_string_equal(why, "expected bla=1, got kind=set_tdi_state dev=100 state=run");
	assert_false(fits("kind=set_tdi_state dev=100 state=run odd", &run));
	assert_false(fits("kind=set_tdi_state dev=100 dev=100 state=run", &run));
	assert_false(fits("kind=set_tdi_state dev=none state=run", &run));
	assert_false(replay.failed);
}

static void a_reason_may_be_left_out(void **state)
{
	const struct tsmreq_call call = {
		.kind = TSMREQ_CALL_REJECT,
		.reason = TSMREQ_REASON_BAD_STATE,
	};

	(void)state;
	assert_true(fits("kind=reject", &call));
	assert_true(fits("kind=reject reason=bad_state", &call));
	assert_false(fits("kind=reject reason=bad_object", &call));
}

static void nonces_and_objects(void **state)
{
	struct tsmreq_call call = {
		.kind = TSMREQ_CALL_REGEN,
		.arch = TSMREQ_ARCH_CCA,
		.shape = TSMREQ_SHAPE_RHI,
		.dev = {0x100},
		.read[0] = {.gpa = {0x2000}, .size = 0x120, .use = TSMREQ_SPAN_RHI_PARAMETERS},
		.u.regen = {.flags = 1, .object = TSMREQ_OBJECT_MEASUREMENTS},
	};

	(void)state;
	memset(call.u.regen.nonce, 0x42, sizeof(call.u.regen.nonce));
	assert_true(
		fits("kind=regen dev=100 object=measurements gpa=2000 flags=1 nonce=42*32", &call));
	assert_true(fits("kind=regen dev=100 object=meas gpa=2000 flags=1 nonce=42*31pp", &call));
	assert_false(fits("kind=regen dev=100 object=cert gpa=2000 flags=1 nonce=42*32", &call));
	assert_false(fits("kind=regen dev=100 object=odd gpa=2000 flags=1 nonce=42*32", &call));
	assert_false(fits("kind=regen dev=100 object=meas gpa=2000 flags=1 nonce=42*31", &call));
	assert_false(fits("kind=regen dev=100 object=meas gpa=2000 flags=1 nonce=42*31,43", &call));
	assert_false(fits("kind=regen dev=100 object=meas gpa=2000 flags=1 nonce=4", &call));
}

static void handles_are_learnt(void **state)
{
	const struct tsmreq_call call = {
		.kind = TSMREQ_CALL_CONTINUE,
		.arch = TSMREQ_ARCH_CCA,
		.shape = TSMREQ_SHAPE_RHI,
		.dev = {0x100},
		.u.resume = {7},
	};
	char name[] = "h0";

	(void)state;
	assert_false(handles_fit(&replay, &handles, "h1", 0));
	assert_true(handles_fit(&replay, &handles, "h1", 7));
	assert_true(handles_fit(&replay, &handles, "h1", 7));
	assert_false(handles_fit(&replay, &handles, "h1", 8));
	assert_false(handles_fit(&replay, &handles, "h2", 7));
	assert_true(handles_fit(&replay, &handles, "h2", 8));
	assert_true(handles_fit(&replay, &handles, "9", 9));
	assert_false(handles_fit(&replay, &handles, "9", 8));
	assert_int_equal(handles_get(&replay, &handles, "h1"), 7);
	assert_int_equal(handles_get(&replay, &handles, "ff"), 0xff);
	assert_true(fits("kind=continue dev=100 handle=h1", &call));
	assert_true(fits("kind=continue dev=100 handle=7", &call));
	assert_false(fits("kind=continue dev=100 handle=h2", &call));
	assert_false(replay.failed);

	for (uint64_t i = handles.count; i < HANDLES_MAX; i++)
		handles.handle[handles.count++] = (struct handle){"h9", 100 + i};
	name[1] = '5';
	assert_false(handles_fit(&replay, &handles, name, 1));
	assert_non_null(strstr(replay.why, "more than 8 handles"));
}

static void numbers_that_are_none(void **state)
{
	(void)state;
	assert_int_equal(handles_get(&replay, &handles, "h1"), 0);
	assert_non_null(strstr(replay.why, "before anybody gave it out"));
	clean(state);
	assert_int_equal(handles_get(&replay, &handles, "x"), 0);
	assert_non_null(strstr(replay.why, "x is no hexadecimal number"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(every_word_counts, clean),
		cmocka_unit_test_teardown(a_reason_may_be_left_out, clean),
		cmocka_unit_test_teardown(nonces_and_objects, clean),
		cmocka_unit_test_teardown(handles_are_learnt, clean),
		cmocka_unit_test_teardown(numbers_that_are_none, clean),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
