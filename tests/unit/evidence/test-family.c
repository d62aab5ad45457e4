/* SPDX-License-Identifier: MIT */
#include "evidence/family.h"

#include "kit.h"

static void two_families_newest_first(void **unused)
{
	(void)unused;
	assert_string_equal(tsmreq_evidence_family_at(0)->name, "device-evidence");
	assert_string_equal(tsmreq_evidence_family_at(1)->name, "pci-tsm");
	assert_null(tsmreq_evidence_family_at(2));
	assert_string_equal(tsmreq_evidence_family_to_string(TSMREQ_EVIDENCE_FAMILY_AUTO), "auto");
	for (unsigned int i = 0; i < 2; i++)
		assert_string_equal(
			tsmreq_evidence_family_to_string(tsmreq_evidence_family_at(i)->family),
			tsmreq_evidence_family_at(i)->name);
	assert_string_equal(tsmreq_evidence_family_to_string((enum tsmreq_evidence_family)3),
			    "unknown");
}

static void types_have_words(void **unused)
{
	static const char *const words[] = {"cert0", "cert1",	     "cert2", "cert3",
					    "cert4", "cert5",	     "cert6", "cert7",
					    "vca",   "measurements", "report"};

	(void)unused;
	for (unsigned int i = 0; i < 11; i++)
		assert_string_equal(tsmreq_evidence_type_to_string((enum tsmreq_evidence_type)i),
				    words[i]);
	assert_string_equal(tsmreq_evidence_type_to_string((enum tsmreq_evidence_type)11),
			    "unknown");
	assert_string_equal(tsmreq_evidence_type_to_string((enum tsmreq_evidence_type) - 1),
			    "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_families_newest_first),
		cmocka_unit_test(types_have_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
