/* SPDX-License-Identifier: MIT */
#include "tree.h"

static void names_are_spelled_as_sysfs_does(void **unused)
{
	static const struct {
		const char *word;
		const char *name; /* NULL: refused */
	} cases[] = {
		{"0000:01:00.0", "0000:01:00.0"},
		{"01:00.0", "0000:01:00.0"},
		{"ABCD:EF:1F.7", "abcd:ef:1f.7"},
		{"10000:01:00.0", "10000:01:00.0"},
		{"00010000:01:00.0", "10000:01:00.0"},
		{"ffffffff:ff:1f.7", "ffffffff:ff:1f.7"},
		{"", NULL},
		{"0000:01:00", NULL},
		{"0000:01:00.", NULL},
		{"0000:01:00.8", NULL},
		{"0000:01:20.0", NULL},
		{"0000:01:00.00", NULL},
		{"000:01:00.0", NULL},
		{"000000000:01:00.0", NULL},
		{"0000:001:00.0", NULL},
		{"0000:1:00.0", NULL},
		{":01:00.0", NULL},
		{"0000:01:00.0 ", NULL},
		{" 0000:01:00.0", NULL},
		{"0000:01:00.0:", NULL},
		{"0000:01:0g.0", NULL},
		{"../../etc", NULL},
	};
	char name[TSMREQ_HOST_NAME_SIZE];

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		if (cases[i].name) {
			assert_int_equal(tsmreq_host_parse_name(cases[i].word, name), 0);
			assert_string_equal(name, cases[i].name);
		} else {
			assert_int_equal(tsmreq_host_parse_name(cases[i].word, name), -EINVAL);
		}
	}
	assert_int_equal(tsmreq_host_parse_name(NULL, name), -EINVAL);
	assert_int_equal(tsmreq_host_parse_name("01:00.0", NULL), -EINVAL);
}

static void another_architecture_is_refused_by_name(void **unused)
{
	struct tsmreq_host_device device = {
		.name = "0000:01:00.0", .tsm = "tsm0", .driver = "ccp", .arch = TSMREQ_ARCH_SEV};
	char text[128] = "x", small[8];

	(void)unused;
	assert_int_equal(tsmreq_host_check_arch(&device, TSMREQ_ARCH_SEV, text, sizeof(text)), 0);
	assert_string_equal(text, "");
	for (int arch = TSMREQ_ARCH_CCA; arch <= TSMREQ_ARCH_TDX; arch++) {
		const bool same = arch == TSMREQ_ARCH_SEV;

		assert_int_equal(tsmreq_host_check_arch(&device, (enum tsmreq_arch)arch, NULL, 0),
				 same ? 0 : -EPROTOTYPE);
	}
	assert_int_equal(tsmreq_host_check_arch(&device, TSMREQ_ARCH_CCA, text, sizeof(text)),
			 -EPROTOTYPE);
	assert_string_equal(text,
			    "0000:01:00.0 is connected to tsm0 of driver ccp: a sev host, not cca");
	assert_int_equal(tsmreq_host_check_arch(&device, TSMREQ_ARCH_TDX, small, sizeof(small)),
			 -EPROTOTYPE);
	assert_string_equal(small, "0000:01");
}

static void what_nobody_can_tell_is_not_refused(void **unused)
{
	struct tsmreq_host_device device = {.name = "0000:01:00.0", .driver = "tdx_host"};

	(void)unused;
	assert_int_equal(tsmreq_host_check_arch(&device, TSMREQ_ARCH_TDX, NULL, 0), 0);
	assert_int_equal(tsmreq_host_check_arch(&device, (enum tsmreq_arch)0, NULL, 0), -EINVAL);
	assert_int_equal(tsmreq_host_check_arch(&device, (enum tsmreq_arch)4, NULL, 0), -EINVAL);
	assert_int_equal(tsmreq_host_check_arch(NULL, TSMREQ_ARCH_TDX, NULL, 0), -EINVAL);
	assert_int_equal(tsmreq_host_check_arch(&device, TSMREQ_ARCH_TDX, NULL, 9), -EINVAL);
}

static void words(void **unused)
{
	(void)unused;
	assert_string_equal(tsmreq_host_answer_to_string(TSMREQ_HOST_UNKNOWN), "unknown");
	assert_string_equal(tsmreq_host_answer_to_string(TSMREQ_HOST_NO), "no");
	assert_string_equal(tsmreq_host_answer_to_string(TSMREQ_HOST_YES), "yes");
	assert_string_equal(tsmreq_host_answer_to_string((enum tsmreq_host_answer)9), "unknown");
	assert_string_equal(tsmreq_host_role_to_string(TSMREQ_HOST_ROLE_LINK), "link");
	assert_string_equal(tsmreq_host_role_to_string(TSMREQ_HOST_ROLE_DEVSEC), "devsec");
	assert_string_equal(tsmreq_host_role_to_string((enum tsmreq_host_role)9), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_spelled_as_sysfs_does),
		cmocka_unit_test(another_architecture_is_refused_by_name),
		cmocka_unit_test(what_nobody_can_tell_is_not_refused),
		cmocka_unit_test(words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
