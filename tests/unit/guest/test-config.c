/* SPDX-License-Identifier: MIT */
#include "kit.h"

/* Writes to configuration space that would break a locked TDI. Offsets and bits as in PCI's. */

#define PCIE 0x70u
#define AF   0x90u

static struct kit *start(enum tsmreq_tdi_state state)
{
	struct kit *kit = kit_new(TSMREQ_ARCH_CCA, TSMREQ_UAPI_CCA_V7);
	struct tsmreq_guest_device device = {
		.size = sizeof(device),
		.dev = {KIT_DEV},
		.virt_id = {KIT_DEV},
		.pcie_cap = PCIE,
		.af_cap = AF,
	};

	kit_start_empty(kit);
	kit->vdev = kit_new_vdev(kit, state);
	device.vdev = kit->vdev;
	assert_int_equal(tsmreq_guest_attach(kit->guest, &device), 0);
	return kit;
}

static bool ok(struct kit *kit, uint32_t offset, uint32_t size, uint32_t before, uint32_t value)
{
	return tsmreq_guest_config_write_ok(kit->guest, kit_dev(KIT_DEV), offset, size, before,
					    value);
}

static const struct {
	uint32_t offset, size, before, value;
	bool ok;
} writes[] = {
	{0x04, 2, 0x0006, 0x0006, true},	  /* as it is */
	{0x04, 2, 0x0006, 0x0004, false},	  /* memory off */
	{0x04, 2, 0x0006, 0x0002, false},	  /* bus master off */
	{0x04, 2, 0x0407, 0x0006, true},	  /* I/O off, INTx back on */
	{0x04, 2, 0x0000, 0x0000, true},	  /* they are off already */
	{0x04, 2, 0x0002, 0x0006, true},	  /* bus master on */
	{0x04, 1, 0x06, 0x00, false},		  /* a byte of it */
	{0x05, 1, 0x04, 0x00, true},		  /* the other byte: INTx */
	{0x04, 4, 0x00100006, 0x00100004, false}, /* with the status behind it */
	{0x06, 2, 0x0006, 0x0000, true},	  /* the status alone */
	{0x02, 4, 0x00060000, 0x00020000, false}, /* from before it: bits of the upper half */
	{0x03, 2, 0x0600, 0x0000, false},	  /* half of it, from before */
	{0x00, 4, 0xffffffff, 0, true},
	{0x08, 4, 0xffffffff, 0, true},
	{PCIE + 8, 2, 0x0000, 0x8000, false}, /* FLR */
	{PCIE + 8, 2, 0x0000, 0x7fff, true},  /* everything else of device control */
	{PCIE + 9, 1, 0x00, 0x80, false},     /* its upper byte */
	{PCIE + 8, 4, 0, 0x00008000, false},
	{PCIE + 6, 4, 0, 0x80000000, false},
	{PCIE + 8, 1, 0, 0x80, true},
	{PCIE + 10, 2, 0, 0x8000, true}, /* device status */
	{AF + 4, 1, 0, 0x01, false},	 /* FLR */
	{AF + 4, 1, 0, 0xfe, true},
	{AF + 3, 2, 0, 0x0100, false},
	{AF, 4, 0, 0xffffffff, true},
	{UINT32_MAX, 4, 0xffffffff, 0, true}, /* past the end of everything */
};

static void a_locked_tdi_is_left_alone(void **unused)
{
	static const enum tsmreq_tdi_state states[] = {TSMREQ_TDI_LOCKED, TSMREQ_TDI_RUN};

	(void)unused;
	for (size_t s = 0; s < 2; s++) {
		struct kit *kit = start(states[s]);

		for (size_t i = 0; i < sizeof(writes) / sizeof(writes[0]); i++)
			assert_int_equal(ok(kit, writes[i].offset, writes[i].size, writes[i].before,
					    writes[i].value),
					 writes[i].ok);
		assert_int_equal(kit->sends, 0);
		kit_free(kit);
	}
}

static void an_unlocked_one_is_the_guests(void **unused)
{
	struct kit *kit = start(TSMREQ_TDI_UNLOCKED);

	(void)unused;
	for (size_t i = 0; i < sizeof(writes) / sizeof(writes[0]); i++)
		assert_true(ok(kit, writes[i].offset, writes[i].size, writes[i].before,
			       writes[i].value));
	kit_free(kit);
}

static void one_that_nobody_can_tell_counts_as_locked(void **unused)
{
	struct kit *kit = start(TSMREQ_TDI_LOCKED);

	(void)unused;
	kit_set_fault(kit, "after:EIO");
	assert_int_equal(kit_rhi(kit, TSMREQ_RHI_VDEV_SET_TDI_STATE, KIT_DEV, 0, NULL), 6);
	assert_int_equal(kit_really(kit), TSMREQ_TDI_UNLOCKED);
	assert_false(ok(kit, 4, 2, 6, 0));
	assert_int_equal(tsmreq_vdev_clear_uncertain(kit->vdev, TSMREQ_TDI_ERROR), 0);
	assert_true(ok(kit, 4, 2, 6, 0));
	kit_free(kit);
}

static void a_capability_that_is_not_there_is_not_looked_for(void **unused)
{
	struct kit *kit = kit_new(TSMREQ_ARCH_CCA, TSMREQ_UAPI_CCA_V7);

	(void)unused;
	kit_start(kit, TSMREQ_TDI_LOCKED);
	/* 0: none, not "at 0" */
	assert_true(ok(kit, 8, 2, 0, 0x8000));
	assert_true(ok(kit, 0, 4, 0, 0xffffffff));
	assert_false(ok(kit, 4, 2, 6, 0));
	kit_free(kit);
}

static void a_device_that_is_not_here_is_not_our_affair(void **unused)
{
	struct kit *kit = start(TSMREQ_TDI_LOCKED);

	(void)unused;
	assert_true(tsmreq_guest_config_write_ok(kit->guest, kit_dev(1), 4, 2, 6, 0));
	assert_true(tsmreq_guest_config_write_ok(NULL, kit_dev(KIT_DEV), 4, 2, 6, 0));
	/* a write that PCI does not have */
	assert_false(ok(kit, 4, 5, 6, 6));
	assert_false(ok(kit, 4, UINT32_MAX, 6, 6));
	kit_free(kit);
}

/* An end that has begun unlocks nothing: vCPUs may run on until it is unbound. */
static void one_that_is_ending_is_locked_still(void **unused)
{
	struct kit *kit = start(TSMREQ_TDI_LOCKED);
	struct tsmreq_result result;

	(void)unused;
	assert_int_equal(tsmreq_guest_reset_begin(kit->guest, kit_dev(KIT_DEV)), 0);
	assert_false(ok(kit, 4, 2, 6, 0));
	assert_int_equal(tsmreq_guest_reset_end(kit->guest, kit_dev(KIT_DEV), &result), 0);
	assert_true(ok(kit, 4, 2, 6, 0));
	kit_free(kit);

	kit = start(TSMREQ_TDI_RUN);
	assert_int_equal(tsmreq_guest_detach_begin(kit->guest, kit_dev(KIT_DEV)), 0);
	assert_false(ok(kit, 4, 2, 6, 0));
	/* and asking tells nobody that it is drained once more */
	assert_int_equal(kit->events[TSMREQ_DEVICE_DRAINED], 1);
	assert_int_equal(tsmreq_guest_detach_end(kit->guest, kit_dev(KIT_DEV)), 0);
	assert_true(ok(kit, 4, 2, 6, 0));
	kit_free(kit);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_locked_tdi_is_left_alone),
		cmocka_unit_test(an_unlocked_one_is_the_guests),
		cmocka_unit_test(one_that_nobody_can_tell_counts_as_locked),
		cmocka_unit_test(a_capability_that_is_not_there_is_not_looked_for),
		cmocka_unit_test(a_device_that_is_not_here_is_not_our_affair),
		cmocka_unit_test(one_that_is_ending_is_locked_still),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
