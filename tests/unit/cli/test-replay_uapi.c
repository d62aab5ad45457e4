/* SPDX-License-Identifier: MIT */
#include "kit.h"

/* Whole cases, in files of their own: the right ones, and those wrong in one place. */

static void right(void **state)
{
	(void)state;
	kit_run_file(HERE "/uapi-right.vec", replay_uapi_run, kit_is_right);
}

static void wrong(void **state)
{
	(void)state;
	kit_run_file(HERE "/uapi-wrong.vec", replay_uapi_run, kit_is_wrong);
}

static void is_right_or_told(const struct vec_case *vec, const struct replay *replay)
{
	if (replay->failed && !strstr(replay->why, "this machine cannot tell"))
		fail_msg("%s fails: %s", vec->name, replay->why);
}

/* Where memory cannot be looked at, a sandbox say, the case is not run blindly, and says so. */
static void a_wild_pointer(void **state)
{
	(void)state;
	kit_run_file(HERE "/uapi-wild.vec", replay_uapi_run, is_right_or_told);
}

static void whose_case_it_is(void **state)
{
	struct arena arena = {0};
	struct vec_file file;

	(void)state;
	kit_parse(&arena,
		  "case a\nabi v5\n\n"
		  "case b\nabi rhi\n\n"
		  "case c\nabi v5\n"
		  "in x0=1\n\n"
		  "case d\n",
		  &file);
	assert_true(replay_uapi_owns(&file.cases[0]));
	assert_false(replay_uapi_owns(&file.cases[1]));
	assert_false(replay_uapi_owns(&file.cases[2]));
	assert_false(replay_uapi_owns(&file.cases[3]));
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(right),
		cmocka_unit_test(wrong),
		cmocka_unit_test(a_wild_pointer),
		cmocka_unit_test(whose_case_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
