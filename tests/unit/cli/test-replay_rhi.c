/* SPDX-License-Identifier: MIT */
#include "kit.h"

/* What is right is in tests/vectors; here are cases that are wrong in one place. */

static void wrong(void **state)
{
	(void)state;
	kit_run_file(HERE "/rhi-wrong.vec", replay_rhi_run, kit_is_wrong);
}

static void whose_case_it_is(void **state)
{
	struct arena arena = {0};
	struct vec_file file;

	(void)state;
	kit_parse(&arena,
		  "case c0\nabi rhi\n"
		  "in x0=1\n\n"
		  "case c1\nabi v5\n"
		  "in x0=1\n\n"
		  "case c2\nabi v5\n\n"
		  "case c3\nabi v9\n"
		  "in x0=1\n\n"
		  "case c4\nabi tio-a june\n"
		  "in x0=1\n\n"
		  "case c5\n"
		  "in x0=1\n",
		  &file);
	assert_true(replay_rhi_owns(&file.cases[0]));
	assert_true(replay_rhi_owns(&file.cases[1]));
	assert_false(replay_rhi_owns(&file.cases[2]));
	assert_false(replay_rhi_owns(&file.cases[3]));
	assert_false(replay_rhi_owns(&file.cases[4]));
	assert_false(replay_rhi_owns(&file.cases[5]));
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wrong),
		cmocka_unit_test(whose_case_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
