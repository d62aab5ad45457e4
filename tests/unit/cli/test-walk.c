/* SPDX-License-Identifier: MIT */
#include "cli/walk.h"
#include "kit.h"

static char text[32768];

/* What it tells, in @text. */
static int walk(enum tsmreq_uapi uapi, enum tsmreq_arch arch, bool verbose)
{
	FILE *out;
	int r;

	memset(text, 0, sizeof(text));
	out = fmemopen(text, sizeof(text) - 1, "w");
	assert_non_null(out);
	r = walk_run(out, uapi, arch, verbose);
	assert_false(ferror(out));
	fclose(out);
	return r;
}

static const enum tsmreq_arch archs[] = {TSMREQ_ARCH_CCA, TSMREQ_ARCH_SEV, TSMREQ_ARCH_TDX};

static void every_row_and_architecture(void **state)
{
	struct tsmreq_uapi_info info;
	enum tsmreq_uapi uapi;
	unsigned int walks = 0;

	(void)state;
	for (unsigned int i = 0; tsmreq_uapi_at(i, &uapi); i++) {
		if (tsmreq_uapi_get_info(uapi, &info) < 0 || info.refusal)
			continue;
		for (size_t a = 0; a < 3; a++, walks++) {
			assert_int_equal(walk(uapi, archs[a], walks % 2), 0);
			assert_non_null(strstr(text, info.lineage));
			assert_non_null(strstr(text, "  UNLOCK     done, state unlocked\n"));
			assert_int_equal(!strstr(text, "sends  "), !(walks % 2));
			assert_null(strstr(text, "FAILED"));
		}
	}
	assert_true(walks >= 27);
}

/* Nothing newer can say more of it. */
static void the_newest_that_can(void **state)
{
	enum tsmreq_uapi uapi;

	(void)state;
	for (size_t a = 0; a < 3; a++) {
		assert_true(walk_find_newest(archs[a], &uapi));
		assert_true(tsmreq_uapi_has(uapi, archs[a], TSMREQ_FEATURE_LOCK));
		assert_true(tsmreq_uapi_has(uapi, archs[a], TSMREQ_FEATURE_RUN));
	}
	assert_true(walk_find_newest(TSMREQ_ARCH_CCA, &uapi));
	assert_int_equal(uapi, TSMREQ_UAPI_CCA_V7);
	/* there the allocation locks, and LOCK cannot be shown */
	assert_true(walk_find_newest(TSMREQ_ARCH_SEV, &uapi));
	assert_int_equal(uapi, TSMREQ_UAPI_V6_OBJECTS);
	assert_true(walk_find_newest(TSMREQ_ARCH_TDX, &uapi));
	assert_int_equal(uapi, TSMREQ_UAPI_CCA_V7);
}

static void a_refused_row_is_not_walked(void **state)
{
	(void)state;
	assert_true(walk(TSMREQ_UAPI_V7, TSMREQ_ARCH_CCA, false) < 0);
	assert_non_null(strstr(text, "FAILED: EOPNOTSUPP"));
	assert_true(walk((enum tsmreq_uapi)99, TSMREQ_ARCH_CCA, false) < 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_row_and_architecture),
		cmocka_unit_test(the_newest_that_can),
		cmocka_unit_test(a_refused_row_is_not_walked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
