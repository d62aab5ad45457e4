/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "rev/rev.h"

/* The revisions, read from the public texts a second time. */

#define SPOKEN 9

/* In the order in which they were published, the refused ones after them. */
static const struct {
	enum tsmreq_uapi uapi;
	const char *name;
	const char *cited; /* what its source cannot do without */
	uint32_t op_cmd;
	uint32_t request_cmd;
	uint32_t request_size;
	enum tsmreq_layout layout;
	enum rev_payload_set payload;
	bool tsm_code;
	bool residue;
	bool kvm_fd;
	bool hides_errno;
} revisions[] = {
	{TSMREQ_UAPI_RFC1, "rfc1", "20250728135216.48084-8-aneesh.kumar@kernel.org", 0x3b95, 0x3b96,
	 48, TSMREQ_LAYOUT_TYPE, REV_PAYLOAD_TYPE, false, false, true, true},
	{TSMREQ_UAPI_V2, "v2", "20260309111704.2330479-2-aneesh.kumar@kernel.org", 0x3b95, 0x3b96,
	 40, TSMREQ_LAYOUT_SCOPE, REV_PAYLOAD_MARCH, false, true, true, false},
	{TSMREQ_UAPI_V4, "v4", "20260427061005.901854-1-aneesh.kumar@kernel.org", 0x3b95, 0x3b96,
	 40, TSMREQ_LAYOUT_SCOPE, REV_PAYLOAD_APRIL, false, true, false, false},
	{TSMREQ_UAPI_V5, "v5", "20260525154816.1029642-1-aneesh.kumar@kernel.org", 0x3b95, 0x3b96,
	 40, TSMREQ_LAYOUT_SCOPE, REV_PAYLOAD_APRIL, false, true, false, false},
	{TSMREQ_UAPI_V5_CODE, "v5-code", "yq5aik81sf22.fsf@kernel.org", 0x3b95, 0x3b96, 48,
	 TSMREQ_LAYOUT_SCOPE, REV_PAYLOAD_APRIL, true, true, false, false},
	{TSMREQ_UAPI_JUNE, "june", "yq5aik81sf22.fsf@kernel.org", 0x3b95, 0x3b96, 48,
	 TSMREQ_LAYOUT_OP, REV_PAYLOAD_OP, true, true, false, false},
	{TSMREQ_UAPI_V6_LIKE, "v6-like", "58252340326a", 0x3b96, 0x3b97, 48, TSMREQ_LAYOUT_OP,
	 REV_PAYLOAD_OP, true, true, false, false},
	{TSMREQ_UAPI_V6_OBJECTS, "v6-objects", "747a79cb6440", 0x3b96, 0x3b97, 48, TSMREQ_LAYOUT_OP,
	 REV_PAYLOAD_OP, true, true, false, false},
	{TSMREQ_UAPI_CCA_V7, "cca-v7", "2b68f486fdbc", 0, 0x3b96, 48, TSMREQ_LAYOUT_OP,
	 REV_PAYLOAD_OP, true, true, false, false},
	{.uapi = TSMREQ_UAPI_AMD_RFC2,
	 .name = "amd-rfc2",
	 .cited = "20250218111017.491719-15-aik@amd.com"},
	{.uapi = TSMREQ_UAPI_AMD_TREE, .name = "amd-tree", .cited = "18879005c8ce"},
	{.uapi = TSMREQ_UAPI_CCA_RFC_MAY,
	 .name = "cca-rfc-may",
	 .cited = "20250529133757.462088-3-aneesh.kumar@kernel.org"},
	{.uapi = TSMREQ_UAPI_INTEL_RFC1,
	 .name = "intel-rfc1",
	 .cited = "20250529053513.1592088-22-yilun.xu@linux.intel.com"},
	{.uapi = TSMREQ_UAPI_VFIO_BIND,
	 .name = "vfio-bind",
	 .cited = "20250529053513.1592088-20-yilun.xu@linux.intel.com"},
	{.uapi = TSMREQ_UAPI_V7,
	 .name = "v7",
	 .cited = "20261008055955.4014342-1-aneesh.kumar@kernel.org"},
};

#define REVISIONS (sizeof(revisions) / sizeof(revisions[0]))

/* A column per spoken revision, in the order above. */
#define NO REV_UNSAYABLE

static const struct {
	enum tsmreq_arch arch;
	enum tsmreq_op op;
	/* rfc1 v2 v4 v5 v5-code june v6-like v6-objects cca-v7 */
	int wire[SPOKEN];
} wires[] = {
	/* rfc1: a type. v2 to v5-code: INFO 0, STATE_CHANGE 1. june and later: an op. */
	{TSMREQ_ARCH_CCA, TSMREQ_OP_READ_OBJECT, {2, 0, 0, 0, 0, 1, NO, 5, 5}},
	{TSMREQ_ARCH_CCA, TSMREQ_OP_REGEN_OBJECT, {NO, 0, 0, 0, 0, 2, NO, 6, 6}},
	{TSMREQ_ARCH_CCA, TSMREQ_OP_OBJECT_INFO, {1, 0, 0, 0, 0, 3, NO, 7, 7}},
	{TSMREQ_ARCH_CCA, TSMREQ_OP_VALIDATE_MMIO, {NO, 1, 1, 1, 1, 4, 1, 1, 1}},
	{TSMREQ_ARCH_CCA, TSMREQ_OP_SET_TDI_STATE, {NO, 1, 1, 1, 1, 5, 2, 2, 2}},
	{TSMREQ_ARCH_CCA, TSMREQ_OP_SEV_ENABLE_DMA, {NO, NO, NO, NO, NO, NO, NO, NO, NO}},
	{TSMREQ_ARCH_CCA, TSMREQ_OP_SEV_DISABLE_DMA, {NO, NO, NO, NO, NO, NO, NO, NO, NO}},
	{TSMREQ_ARCH_CCA, TSMREQ_OP_SEV_MMIO_CONFIG, {NO, NO, NO, NO, NO, NO, NO, NO, NO}},
	/* where the payload set has it, it is INFO: which set v4 and v5 carry is a quirk's to say
	 */
	{TSMREQ_ARCH_CCA, TSMREQ_OP_VDEV_REQUEST, {NO, 0, 0, 0, 0, NO, NO, NO, NO}},

	/* a message page is INFO, whatever it does; STATE_CHANGE is the one-byte form */
	{TSMREQ_ARCH_SEV, TSMREQ_OP_READ_OBJECT, {NO, 0, 0, 0, 0, 1, NO, 5, 5}},
	{TSMREQ_ARCH_SEV, TSMREQ_OP_REGEN_OBJECT, {NO, NO, NO, NO, NO, NO, NO, NO, NO}},
	{TSMREQ_ARCH_SEV, TSMREQ_OP_OBJECT_INFO, {NO, NO, NO, NO, NO, NO, NO, NO, NO}},
	{TSMREQ_ARCH_SEV, TSMREQ_OP_VALIDATE_MMIO, {NO, 0, 0, 0, 0, 4, 1, 1, 1}},
	{TSMREQ_ARCH_SEV, TSMREQ_OP_SET_TDI_STATE, {NO, 1, 1, 1, 1, 5, 2, 2, 2}},
	{TSMREQ_ARCH_SEV, TSMREQ_OP_SEV_ENABLE_DMA, {NO, 0, 0, 0, 0, 6, 3, 3, 3}},
	{TSMREQ_ARCH_SEV, TSMREQ_OP_SEV_DISABLE_DMA, {NO, 0, 0, 0, 0, 7, 4, 4, 4}},
	{TSMREQ_ARCH_SEV, TSMREQ_OP_SEV_MMIO_CONFIG, {NO, 0, 0, 0, 0, NO, NO, NO, NO}},
	{TSMREQ_ARCH_SEV, TSMREQ_OP_VDEV_REQUEST, {NO, NO, NO, NO, NO, NO, NO, NO, NO}},

	/* the scope era has nothing for it; the ops that are not SEV's later */
	{TSMREQ_ARCH_TDX, TSMREQ_OP_READ_OBJECT, {NO, NO, NO, NO, NO, 1, NO, 5, 5}},
	{TSMREQ_ARCH_TDX, TSMREQ_OP_REGEN_OBJECT, {NO, NO, NO, NO, NO, 2, NO, 6, 6}},
	{TSMREQ_ARCH_TDX, TSMREQ_OP_OBJECT_INFO, {NO, NO, NO, NO, NO, 3, NO, 7, 7}},
	{TSMREQ_ARCH_TDX, TSMREQ_OP_VALIDATE_MMIO, {NO, NO, NO, NO, NO, 4, 1, 1, 1}},
	{TSMREQ_ARCH_TDX, TSMREQ_OP_SET_TDI_STATE, {NO, NO, NO, NO, NO, 5, 2, 2, 2}},
	{TSMREQ_ARCH_TDX, TSMREQ_OP_SEV_ENABLE_DMA, {NO, NO, NO, NO, NO, NO, NO, NO, NO}},
	{TSMREQ_ARCH_TDX, TSMREQ_OP_SEV_DISABLE_DMA, {NO, NO, NO, NO, NO, NO, NO, NO, NO}},
	{TSMREQ_ARCH_TDX, TSMREQ_OP_SEV_MMIO_CONFIG, {NO, NO, NO, NO, NO, NO, NO, NO, NO}},
	{TSMREQ_ARCH_TDX, TSMREQ_OP_VDEV_REQUEST, {NO, NO, NO, NO, NO, NO, NO, NO, NO}},
};

#define WIRES (sizeof(wires) / sizeof(wires[0]))

/* r 2 4 5 c j l o 7: rfc1 v2 v4 v5 v5-code june v6-like v6-objects cca-v7; '-': has it not. */
#define EVERY_ONE "r245cjlo7"

static const struct {
	enum tsmreq_feature feature;
	const char *cca, *sev, *tdx;
} features[] = {
	{TSMREQ_FEATURE_BIND, EVERY_ONE, EVERY_ONE, EVERY_ONE},
	{TSMREQ_FEATURE_UNBIND, "r245cjlo-", "r245cjlo-", "r245cjlo-"},
	/* SEV's one byte cannot say LOCKED, and cca-v7 has no bind that could */
	{TSMREQ_FEATURE_LOCK, EVERY_ONE, "r245cjlo-", EVERY_ONE},
	{TSMREQ_FEATURE_RUN, "-245cjlo7", "-245cjlo7", "-----jlo7"},
	{TSMREQ_FEATURE_UNLOCK, EVERY_ONE, EVERY_ONE, EVERY_ONE},
	{TSMREQ_FEATURE_VALIDATE, "-245cjlo7", "-245cjlo7", "---------"},
	{TSMREQ_FEATURE_OBJECTS, "r245cj-o7", "---------", "-----j-o7"},
	{TSMREQ_FEATURE_REGEN, "-245cj-o7", "---------", "---------"},
	/* in the scope era the message goes, but nothing tells the host's IOMMU */
	{TSMREQ_FEATURE_SEV_DMA, "---------", "-----jlo7", "---------"},
	{TSMREQ_FEATURE_SEV_PAGES, "---------", "-245cjlo7", "---------"},
	{TSMREQ_FEATURE_VDEV_REQUEST, "-2-------", "---------", "---------"},
	{TSMREQ_FEATURE_TSM_CODE, "----cjlo7", "----cjlo7", "----cjlo7"},
	{TSMREQ_FEATURE_RESIDUE, "-245cjlo7", "-245cjlo7", "-245cjlo7"},
	{TSMREQ_FEATURE_KVM_FD, "r2-------", "r2-------", "r2-------"},
	{TSMREQ_FEATURE_BIND_AT_ALLOC, "--------7", "--------7", "--------7"},
};

#define FEATURES (sizeof(features) / sizeof(features[0]))

static const enum tsmreq_arch arches[] = {TSMREQ_ARCH_CCA, TSMREQ_ARCH_SEV, TSMREQ_ARCH_TDX};

static const struct rev_row *row_of(size_t i)
{
	const struct rev_row *row = tsmreq_rev_find(revisions[i].uapi);

	assert_non_null(row);
	return row;
}

static void every_revision_is_there_once_and_in_order(void **unused)
{
	(void)unused;
	for (unsigned int i = 0; i < REVISIONS; i++) {
		const struct rev_row *row = tsmreq_rev_at(i);

		assert_non_null(row);
		assert_int_equal(row->uapi, revisions[i].uapi);
		assert_ptr_equal(row, tsmreq_rev_find(row->uapi));
	}
	assert_null(tsmreq_rev_at(REVISIONS));
	assert_null(tsmreq_rev_at(UINT32_MAX));
}

static void what_is_no_revision_has_no_row(void **unused)
{
	static const int numbers[] = {0, 10, 99, 106, -1, INT32_MIN, INT32_MAX};

	(void)unused;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		assert_null(tsmreq_rev_find((enum tsmreq_uapi)numbers[i]));
}

static void names_are_unique(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < REVISIONS; i++) {
		assert_string_equal(row_of(i)->name, revisions[i].name);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(row_of(i)->name, row_of(j)->name);
	}
}

static void every_revision_cites_the_text_it_was_read_from(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < REVISIONS; i++) {
		if (strstr(row_of(i)->source, revisions[i].cited) == NULL)
			fail_msg("%s: %s", revisions[i].name, row_of(i)->source);
		assert_true(strlen(row_of(i)->lineage) > 0);
	}
}

static void numbers_and_sizes_are_those_of_the_text(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < REVISIONS; i++) {
		const struct rev_row *row = row_of(i);

		assert_int_equal(row->tsm_op_cmd, revisions[i].op_cmd);
		assert_int_equal(row->request_cmd, revisions[i].request_cmd);
		assert_int_equal(tsmreq_rev_request_size(row), revisions[i].request_size);
		assert_int_equal(row->layout, revisions[i].layout);
		assert_int_equal(row->payload, revisions[i].payload);
		assert_int_equal(row->tsm_code, revisions[i].tsm_code);
		assert_int_equal(row->residue, revisions[i].residue);
		assert_int_equal(row->kvm_fd, revisions[i].kvm_fd);
		assert_int_equal(row->hides_errno, revisions[i].hides_errno);
	}
}

static void every_op_travels_under_its_number(void **unused)
{
	(void)unused;
	assert_int_equal(WIRES, REV_ARCH_COUNT * REV_OP_COUNT);
	for (size_t w = 0; w < WIRES; w++) {
		for (size_t i = 0; i < SPOKEN; i++) {
			int got = tsmreq_rev_wire(row_of(i), wires[w].arch, wires[w].op);

			if (got != wires[w].wire[i])
				fail_msg("%s arch %d op %d: %d instead of %d", revisions[i].name,
					 (int)wires[w].arch, (int)wires[w].op, got,
					 wires[w].wire[i]);
		}
	}
}

static void what_is_no_architecture_or_op_has_no_number(void **unused)
{
	static const int no_arch[] = {0, 4, -1, INT32_MIN, INT32_MAX};
	static const int no_op[] = {0, 10, -1, INT32_MIN, INT32_MAX};

	(void)unused;
	for (size_t i = 0; i < SPOKEN; i++) {
		for (size_t n = 0; n < sizeof(no_arch) / sizeof(no_arch[0]); n++) {
			enum tsmreq_arch arch = (enum tsmreq_arch)no_arch[n];
			enum tsmreq_op op = (enum tsmreq_op)no_op[n];

			assert_int_equal(tsmreq_rev_wire(row_of(i), arch, TSMREQ_OP_SET_TDI_STATE),
					 NO);
			assert_int_equal(tsmreq_rev_wire(row_of(i), TSMREQ_ARCH_CCA, op), NO);
			for (size_t f = 0; f < FEATURES; f++)
				assert_false(tsmreq_rev_has(row_of(i), arch, features[f].feature));
		}
	}
}

static void every_feature_is_where_the_text_has_it(void **unused)
{
	(void)unused;
	for (size_t f = 0; f < FEATURES; f++) {
		const char *want[] = {features[f].cca, features[f].sev, features[f].tdx};

		for (size_t a = 0; a < 3; a++) {
			assert_int_equal(strlen(want[a]), SPOKEN);
			for (size_t i = 0; i < SPOKEN; i++)
				if (tsmreq_rev_has(row_of(i), arches[a], features[f].feature) !=
				    (want[a][i] != '-'))
					fail_msg("%s arch %d feature %d", revisions[i].name,
						 (int)arches[a], (int)features[f].feature);
		}
	}
}

static void what_is_no_feature_is_nowhere(void **unused)
{
	static const int no_feature[] = {0, 16, -1, INT32_MIN, INT32_MAX};

	(void)unused;
	for (size_t n = 0; n < sizeof(no_feature) / sizeof(no_feature[0]); n++)
		for (size_t i = 0; i < SPOKEN; i++)
			for (size_t a = 0; a < 3; a++)
				assert_false(tsmreq_rev_has(row_of(i), arches[a],
							    (enum tsmreq_feature)no_feature[n]));
}

static void only_cca_v7_binds_when_the_vdevice_is_made(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < SPOKEN; i++)
		assert_int_equal(tsmreq_rev_binds_at_alloc(row_of(i)),
				 revisions[i].uapi == TSMREQ_UAPI_CCA_V7);
}

static void spoken_revisions_are_not_refused(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < SPOKEN; i++)
		assert_null(row_of(i)->refusal);
}

static void refused_revisions_say_why_and_can_say_nothing(void **unused)
{
	(void)unused;
	for (size_t i = SPOKEN; i < REVISIONS; i++) {
		const struct rev_row *row = row_of(i);

		assert_non_null(row->refusal);
		assert_true(strlen(row->refusal) > 0);
		for (size_t w = 0; w < WIRES; w++)
			assert_int_equal(tsmreq_rev_wire(row, wires[w].arch, wires[w].op), NO);
		for (size_t f = 0; f < FEATURES; f++)
			for (size_t a = 0; a < 3; a++)
				assert_false(tsmreq_rev_has(row, arches[a], features[f].feature));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_revision_is_there_once_and_in_order),
		cmocka_unit_test(what_is_no_revision_has_no_row),
		cmocka_unit_test(names_are_unique),
		cmocka_unit_test(every_revision_cites_the_text_it_was_read_from),
		cmocka_unit_test(numbers_and_sizes_are_those_of_the_text),
		cmocka_unit_test(every_op_travels_under_its_number),
		cmocka_unit_test(what_is_no_architecture_or_op_has_no_number),
		cmocka_unit_test(every_feature_is_where_the_text_has_it),
		cmocka_unit_test(what_is_no_feature_is_nowhere),
		cmocka_unit_test(only_cca_v7_binds_when_the_vdevice_is_made),
		cmocka_unit_test(spoken_revisions_are_not_refused),
		cmocka_unit_test(refused_revisions_say_why_and_can_say_nothing),
	};

	return cmocka_run_group_tests_name("rev/table", tests, NULL, NULL);
}
