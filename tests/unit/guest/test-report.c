/* SPDX-License-Identifier: MIT */
#include "kit.h"

/* A validation against what the device said of itself when it was locked. */

#define PAGES(first, count, attributes, id)                                  \
	(uint8_t)(first), (uint8_t)((first) >> 8), (uint8_t)((first) >> 16), \
		(uint8_t)((first) >> 24), 0, 0, 0, 0, (count), 0, 0, 0, (attributes), 0, (id), 0

/* Three ranges: 16 pages at 0x80000000, 2 pages the TEE may not have, 4 pages at 0x80100000. */
static const uint8_t report[16 + 3 * 16 + 4] = {
	3,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	0,
	3,
	0,
	0,
	0,
	PAGES(0x80000, 16, 0, 0),
	PAGES(0x80010, 2, 4, 1),
	PAGES(0x80100, 4, 0, 2),
	0,
	0,
	0,
	0,
};

static struct kit *start(enum tsmreq_arch arch, const void *bytes, size_t size, uint64_t offset)
{
	struct kit *kit =
		kit_new(arch, arch == TSMREQ_ARCH_CCA ? TSMREQ_UAPI_CCA_V7 : TSMREQ_UAPI_JUNE);
	struct tsmreq_guest_device device = {
		.size = sizeof(device),
		.dev = {KIT_DEV},
		.virt_id = {KIT_DEV},
		.bars = {{{KIT_BAR}, 0x200000}},
		.report = {bytes, size},
		.report_offset = offset,
	};

	kit_start_empty(kit);
	kit->vdev = kit_new_vdev(kit, TSMREQ_TDI_LOCKED);
	device.vdev = kit->vdev;
	assert_int_equal(tsmreq_guest_attach(kit->guest, &device), 0);
	return kit;
}

static void only_what_the_report_has_is_validated(void **unused)
{
	static const struct {
		uint64_t from, size;
		bool allowed;
	} cases[] = {
		{0, 0x1000, true},	  {0, 0x10000, true},	     {0xf000, 0x1000, true},
		{0xf000, 0x2000, false},			    /* its end */
		{0x10000, 0x1000, false},			    /* no TEE memory */
		{0x11000, 0x1000, false}, {0x12000, 0x1000, false}, /* none at all */
		{0xff000, 0x2000, false}, {0x100000, 0x4000, true},  {0x100000, 0x5000, false},
		{0x103000, 0x1000, true}, {0x104000, 0x1000, false},
	};
	struct kit *kit = start(TSMREQ_ARCH_CCA, report, sizeof(report), 0);

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_int_equal(kit_tio(kit, KIT_BAR + cases[i].from, cases[i].size),
				 cases[i].allowed ? 0 : UINT64_MAX);
	kit_free(kit);
}

static void the_offset_moves_every_address(void **unused)
{
	/* the device was told an offset: its addresses are less, round the top too */
	struct kit *kit = start(TSMREQ_ARCH_CCA, report, sizeof(report), 0x1000);

	(void)unused;
	assert_int_equal(kit_tio(kit, KIT_BAR, 0x1000), UINT64_MAX);
	assert_int_equal(kit_tio(kit, KIT_BAR + 0x1000, 0x10000), 0);
	assert_int_equal(kit_tio(kit, KIT_BAR + 0x1000, 0x11000), UINT64_MAX);
	kit_free(kit);
	kit = start(TSMREQ_ARCH_CCA, report, sizeof(report), (uint64_t)0 - 0x1000);
	assert_int_equal(kit_tio(kit, KIT_BAR, 0xf000), 0);
	assert_int_equal(kit_tio(kit, KIT_BAR, 0x10000), UINT64_MAX);
	kit_free(kit);
}

static void without_a_report_the_bars_alone_decide(void **unused)
{
	struct kit *kit = start(TSMREQ_ARCH_CCA, NULL, 0, 0);

	(void)unused;
	assert_int_equal(kit_tio(kit, KIT_BAR + 0x50000, 0x1000), 0);
	kit_free(kit);
}

static void the_report_is_a_copy(void **unused)
{
	uint8_t *bytes = malloc(sizeof(report));
	struct kit *kit;

	(void)unused;
	memcpy(bytes, report, sizeof(report));
	kit = start(TSMREQ_ARCH_CCA, bytes, sizeof(report), 0);
	memset(bytes, 0xff, sizeof(report));
	free(bytes);
	assert_int_equal(kit_tio(kit, KIT_BAR, 0x1000), 0);
	assert_int_equal(kit_tio(kit, KIT_BAR + 0x10000, 0x1000), UINT64_MAX);
	kit_free(kit);
}

static void a_report_that_is_none_is_refused(void **unused)
{
	struct kit *kit = start(TSMREQ_ARCH_CCA, NULL, 0, 0);
	struct tsmreq_guest_device device = {
		.size = sizeof(device), .vdev = kit->vdev, .dev = {1}, .virt_id = {1}};

	(void)unused;
	device.report = (struct tsmreq_bytes){report, 7};
	assert_int_equal(tsmreq_guest_attach(kit->guest, &device), -EBADMSG);
	device.report = (struct tsmreq_bytes){report, sizeof(report) - 20};
	assert_int_equal(tsmreq_guest_attach(kit->guest, &device), -EBADMSG);
	device.report = (struct tsmreq_bytes){report, TSMREQ_LENGTH_MAX + 1};
	assert_int_equal(tsmreq_guest_attach(kit->guest, &device), -EBADMSG);
	/* its slot is still free, and knows nothing of them */
	device.report = (struct tsmreq_bytes){NULL, 0};
	assert_int_equal(tsmreq_guest_attach(kit->guest, &device), 0);
	kit_free(kit);
}

/* ---- SEV: the guest's address is held against it */

static int32_t validate(struct kit *kit, uint64_t base, uint64_t size)
{
	struct tsmreq_call call = kit_sev_message(TSMREQ_CALL_VALIDATE_MMIO, 21);
	uint8_t run[TSMREQ_KVM_RUN_SIZE];
	struct tsmreq_exit exit;

	call.u.mmio = (struct tsmreq_call_mmio){
		.base = {base}, .size = size, .to_private = TSMREQ_YES, .range = 0};
	exit = kit_sev_exit(kit, run, &call);
	(void)kit_handle(kit, &exit);
	return kit_fw_err(run, KIT_REQ_FW_ERR);
}

static void an_snp_guests_ranges_too(void **unused)
{
	struct kit *kit = start(TSMREQ_ARCH_SEV, report, sizeof(report), 0x40000000);

	(void)unused;
	assert_int_equal(validate(kit, 0xc0000000, 0x10000), 0);
	assert_int_equal(validate(kit, 0xc0010000, 0x1000), 0x16);
	assert_int_equal(validate(kit, 0x80000000, 0x1000), 0x16);
	kit_free(kit);
	kit = start(TSMREQ_ARCH_SEV, NULL, 0, 0);
	assert_int_equal(validate(kit, 0x80000000, 0x1000), 0);
	kit_free(kit);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_what_the_report_has_is_validated),
		cmocka_unit_test(the_offset_moves_every_address),
		cmocka_unit_test(without_a_report_the_bars_alone_decide),
		cmocka_unit_test(the_report_is_a_copy),
		cmocka_unit_test(a_report_that_is_none_is_refused),
		cmocka_unit_test(an_snp_guests_ranges_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
