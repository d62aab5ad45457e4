/* SPDX-License-Identifier: MIT */
#include "door.h"

static void the_table_is_walked_from_0_to_its_end(void **unused)
{
	enum tsmreq_uapi uapi;
	unsigned int spoken = 0, refused = 0, i;

	(void)unused;
	for (i = 0; tsmreq_uapi_at(i, &uapi); i++) {
		struct tsmreq_uapi_info info;

		assert_int_equal(tsmreq_uapi_get_info(uapi, &info), 0);
		assert_non_null(info.name);
		assert_non_null(info.source);
		assert_non_null(info.lineage);
		if (info.refusal != NULL) {
			refused++;
			assert_int_equal(info.layout, TSMREQ_LAYOUT_NONE);
			assert_int_equal(info.request_cmd, 0);
			assert_int_equal(info.request_size, 0);
		} else {
			spoken++;
			assert_int_equal(refused, 0);
			assert_in_range(info.request_cmd, 0x3b96, 0x3b97);
		}
	}
	assert_int_equal(spoken, 9);
	assert_int_equal(refused, 6);
	assert_false(tsmreq_uapi_at(i + 1, &uapi));
	assert_false(tsmreq_uapi_at(~0u, &uapi));
}

static void strangers_are_refused(void **unused)
{
	struct tsmreq_uapi_info info;
	uint32_t wire;

	(void)unused;
	assert_int_equal(tsmreq_uapi_get_info(TSMREQ_UAPI_PROBE, &info), -EINVAL);
	assert_int_equal(tsmreq_uapi_get_info((enum tsmreq_uapi)99, &info), -EINVAL);
	assert_int_equal(tsmreq_uapi_get_info(TSMREQ_UAPI_V5, NULL), -EINVAL);
	assert_false(tsmreq_uapi_has((enum tsmreq_uapi)99, TSMREQ_ARCH_CCA, TSMREQ_FEATURE_RUN));
	assert_false(tsmreq_uapi_has(TSMREQ_UAPI_V5, (enum tsmreq_arch)9, TSMREQ_FEATURE_RUN));
	assert_false(tsmreq_uapi_has(TSMREQ_UAPI_V5, TSMREQ_ARCH_CCA, (enum tsmreq_feature)99));
	assert_int_equal(tsmreq_uapi_get_wire((enum tsmreq_uapi)99, TSMREQ_ARCH_CCA,
					      TSMREQ_OP_READ_OBJECT, &wire),
			 -EINVAL);
	assert_int_equal(tsmreq_uapi_get_wire(TSMREQ_UAPI_V5, TSMREQ_ARCH_CCA,
					      TSMREQ_OP_READ_OBJECT, NULL),
			 -EINVAL);
}

static void the_wire_is_told_or_refused(void **unused)
{
	uint32_t wire = 99;

	(void)unused;
	assert_int_equal(tsmreq_uapi_get_wire(TSMREQ_UAPI_CCA_V7, TSMREQ_ARCH_CCA,
					      TSMREQ_OP_READ_OBJECT, &wire),
			 0);
	assert_int_equal(wire, 5);
	assert_int_equal(tsmreq_uapi_get_wire(TSMREQ_UAPI_V5, TSMREQ_ARCH_CCA,
					      TSMREQ_OP_READ_OBJECT, &wire),
			 0);
	assert_int_equal(wire, 0);
	assert_int_equal(tsmreq_uapi_get_wire(TSMREQ_UAPI_V6_LIKE, TSMREQ_ARCH_CCA,
					      TSMREQ_OP_READ_OBJECT, &wire),
			 -EOPNOTSUPP);
	assert_int_equal(tsmreq_uapi_get_wire(TSMREQ_UAPI_AMD_TREE, TSMREQ_ARCH_SEV,
					      TSMREQ_OP_READ_OBJECT, &wire),
			 -EOPNOTSUPP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_is_walked_from_0_to_its_end),
		cmocka_unit_test(strangers_are_refused),
		cmocka_unit_test(the_wire_is_told_or_refused),
	};

	return cmocka_run_group_tests_name("core/uapi", tests, NULL, NULL);
}
