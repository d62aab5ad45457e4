/* SPDX-License-Identifier: MIT */
#include "kit.h"

/* What is right is in tests/vectors; here are cases that are wrong in one place. */

static void wrong(void **state)
{
	(void)state;
	kit_run_file(HERE "/ghci-wrong.vec", replay_ghci_run, kit_is_wrong);
}

static void whose_case_it_is(void **state)
{
	struct arena arena = {0};
	struct vec_file file;

	(void)state;
	kit_parse(&arena,
		  "case c0\nabi tdcm-2.0 june\n"
		  "in x0=1\n\n"
		  "case c1\nabi kvm-none\n"
		  "in x0=1\n\n"
		  "case c2\nabi tdcm-2.0x\n"
		  "in x0=1\n\n"
		  "case c3\nabi rhi\n"
		  "in x0=1\n\n"
		  "case c4\n"
		  "in x0=1\n",
		  &file);
	assert_true(replay_ghci_owns(&file.cases[0]));
	assert_true(replay_ghci_owns(&file.cases[1]));
	assert_false(replay_ghci_owns(&file.cases[2]));
	assert_false(replay_ghci_owns(&file.cases[3]));
	assert_false(replay_ghci_owns(&file.cases[4]));
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
