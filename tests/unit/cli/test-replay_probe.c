/* SPDX-License-Identifier: MIT */
#include "kit.h"

/* Whole cases, in files of their own: the right ones, and those wrong in one place. */

static void right(void **state)
{
	(void)state;
	kit_run_file(HERE "/probe-right.vec", replay_probe_run, kit_is_right);
}

static void wrong(void **state)
{
	(void)state;
	kit_run_file(HERE "/probe-wrong.vec", replay_probe_run, kit_is_wrong);
}

static void whose_case_it_is(void **state)
{
	struct arena arena = {0};
	struct vec_file file;

	(void)state;
	kit_parse(&arena,
		  "case a\ncall kind=probe name=S\n\n"
		  "case b\n"
		  "in nr=80 S=ENOTTY\n\n"
		  "case c\n"
		  "in nr=4c x1=1\n\n"
		  "case d\ncall kind=bind\n",
		  &file);
	assert_true(replay_probe_owns(&file.cases[0]));
	assert_true(replay_probe_owns(&file.cases[1]));
	assert_false(replay_probe_owns(&file.cases[2]));
	assert_false(replay_probe_owns(&file.cases[3]));
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(right),
		cmocka_unit_test(wrong),
		cmocka_unit_test(whose_case_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
