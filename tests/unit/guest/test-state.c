/* SPDX-License-Identifier: MIT */
#include "kit.h"

/* LOCK and UNLOCK, and what the VMM does around them. */

#define STATE TSMREQ_RHI_VDEV_SET_TDI_STATE

static char logged[128];
static int log_priority;
static unsigned int logs;

static void keep_log(void *userdata, int priority, const char *text)
{
	(void)userdata;
	log_priority = priority;
	snprintf(logged, sizeof(logged), "%s", text);
	logs++;
}

static struct kit *realm(enum tsmreq_uapi uapi, enum tsmreq_tdi_state state)
{
	struct kit *kit = kit_new(TSMREQ_ARCH_CCA, uapi);

	logs = 0;
	kit_lend_all(kit);
	kit->ops.log = keep_log;
	kit_start(kit, state);
	return kit;
}

static uint64_t set_state(struct kit *kit, uint64_t target)
{
	return kit_rhi(kit, STATE, KIT_DEV, target, NULL);
}

static void mappings_go_before_lock_and_come_back_after_unlock(void **unused)
{
	static const enum tsmreq_uapi uapis[] = {TSMREQ_UAPI_JUNE, TSMREQ_UAPI_CCA_V7};

	(void)unused;
	for (size_t i = 0; i < 2; i++) {
		struct kit *kit = realm(uapis[i], TSMREQ_TDI_UNLOCKED);

		assert_int_equal(set_state(kit, 1), 0);
		kit_assert_said(kit, "before-lock send");
		assert_int_equal(set_state(kit, 2), 0);
		kit_assert_said(kit, "send");
		assert_int_equal(set_state(kit, 0), 0);
		kit_assert_said(kit, "send after-unlock");
		kit_free(kit);
	}
}

static void a_lock_that_certainly_failed_gives_them_back(void **unused)
{
	static const struct {
		enum tsmreq_uapi uapi;
		const char *fault;
		uint64_t status;
		const char *said;
	} cases[] = {
		{TSMREQ_UAPI_CCA_V7, "backend:EBUSY", 9, "before-lock send after-unlock"},
		{TSMREQ_UAPI_CCA_V7, "intr-once", 9, "before-lock send after-unlock"},
		{TSMREQ_UAPI_CCA_V7, "backend:EPROTO", 6, "before-lock send uncertain"},
		{TSMREQ_UAPI_CCA_V7, "after:EIO", 6, "before-lock send uncertain"},
		{TSMREQ_UAPI_CCA_V7, "code:3", 6, "before-lock send uncertain"},
		{TSMREQ_UAPI_CCA_V7, "gone", 3, "before-lock send after-unlock gone"},
		{TSMREQ_UAPI_JUNE, "backend:EBUSY", 6, "before-lock send after-unlock"},
		{TSMREQ_UAPI_JUNE, "backend:ENXIO", 6, "before-lock send uncertain"},
		{TSMREQ_UAPI_JUNE, "copyout", 8, "before-lock send uncertain"},
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct kit *kit = realm(cases[i].uapi, TSMREQ_TDI_UNLOCKED);

		kit_set_fault(kit, cases[i].fault);
		assert_int_equal(set_state(kit, 1), cases[i].status);
		kit_assert_said(kit, cases[i].said);
		kit_free(kit);
	}
}

static void what_the_vmm_cannot_take_away_is_not_locked(void **unused)
{
	struct kit *kit = realm(TSMREQ_UAPI_CCA_V7, TSMREQ_TDI_UNLOCKED);

	(void)unused;
	kit->fail_lend = 1;
	assert_int_equal(set_state(kit, 1), 6);
	kit_assert_said(kit, "");
	assert_int_equal(tsmreq_vdev_get_state(kit->vdev), TSMREQ_TDI_UNLOCKED);
	assert_int_equal(set_state(kit, 1), 0);
	kit_free(kit);
}

static void an_unlock_that_failed_gives_nothing_back(void **unused)
{
	struct kit *kit = realm(TSMREQ_UAPI_CCA_V7, TSMREQ_TDI_LOCKED);

	(void)unused;
	kit_set_fault(kit, "backend:EBUSY");
	assert_int_equal(set_state(kit, 0), 9);
	kit_assert_said(kit, "send");
	kit_set_fault(kit, "");
	kit_set_fault(kit, "after:EIO");
	assert_int_equal(set_state(kit, 0), 6);
	kit_assert_said(kit, "send uncertain");
	kit_free(kit);
}

/* A TD may bind what is bound: its mappings have long been away. */
static void a_second_bind_that_fails_gives_nothing_back(void **unused)
{
	struct kit *kit = kit_new(TSMREQ_ARCH_TDX, TSMREQ_UAPI_JUNE);
	struct tsmreq_exit exit;

	(void)unused;
	kit_lend_all(kit);
	kit_start(kit, TSMREQ_TDI_LOCKED);
	kit_set_fault(kit, "gone");
	exit = kit_tdcm_exit(kit, 2, 0x2000, 0);
	(void)kit_handle(kit, &exit);
	assert_int_equal(kit->memory[0x2008], 2);
	kit_assert_said(kit, "before-lock send gone");
	kit_free(kit);
}

/* ---- the name the kernel knows */

static void a_lock_under_another_name_is_told_once(void **unused)
{
	struct kit *kit = realm(TSMREQ_UAPI_CCA_V7, TSMREQ_TDI_UNLOCKED);

	(void)unused;
	assert_int_equal(tsmreq_guest_renumber(kit->guest, kit_dev(KIT_DEV), kit_dev(0x300)), 0);
	assert_int_equal(kit->events[TSMREQ_DEVICE_RENUMBERED], 0);
	for (unsigned int i = 0; i < 3; i++) {
		assert_int_equal(kit_rhi(kit, STATE, 0x300, 1, NULL), 0);
		assert_int_equal(kit_rhi(kit, STATE, 0x300, 0, NULL), 0);
		assert_int_equal(kit->events[TSMREQ_DEVICE_RENUMBERED], 1);
		assert_int_equal(logs, 1);
	}
	assert_int_equal(kit->event_dev, 0x300);
	assert_int_equal(log_priority, 4);
	assert_string_equal(logged, "device 0x00000300 was allocated as virt_id 0x100");
	/* back, and away again: told again */
	assert_int_equal(tsmreq_guest_renumber(kit->guest, kit_dev(0x300), kit_dev(KIT_DEV)), 0);
	assert_int_equal(kit_rhi(kit, STATE, KIT_DEV, 1, NULL), 0);
	assert_int_equal(kit_rhi(kit, STATE, KIT_DEV, 0, NULL), 0);
	assert_int_equal(kit->events[TSMREQ_DEVICE_RENUMBERED], 1);
	assert_int_equal(tsmreq_guest_renumber(kit->guest, kit_dev(KIT_DEV), kit_dev(0)), 0);
	assert_int_equal(kit_rhi(kit, STATE, 0, 1, NULL), 0);
	assert_int_equal(kit->events[TSMREQ_DEVICE_RENUMBERED], 2);
	kit_free(kit);
}

static void a_device_may_be_attached_under_another_name(void **unused)
{
	struct kit *kit = realm(TSMREQ_UAPI_CCA_V7, TSMREQ_TDI_UNLOCKED);
	const struct tsmreq_guest_device device = {
		.size = sizeof(device), .vdev = kit->vdev, .dev = {0x200}, .virt_id = {0x201}};

	(void)unused;
	assert_int_equal(kit_rhi(kit, STATE, KIT_DEV, 1, NULL), 0);
	assert_int_equal(kit->events[TSMREQ_DEVICE_RENUMBERED], 0);
	assert_int_equal(kit_rhi(kit, STATE, KIT_DEV, 0, NULL), 0);
	assert_int_equal(tsmreq_guest_attach(kit->guest, &device), 0);
	assert_int_equal(kit_rhi(kit, STATE, 0x200, 1, NULL), 0);
	assert_int_equal(kit->events[TSMREQ_DEVICE_RENUMBERED], 1);
	kit_free(kit);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mappings_go_before_lock_and_come_back_after_unlock),
		cmocka_unit_test(a_lock_that_certainly_failed_gives_them_back),
		cmocka_unit_test(what_the_vmm_cannot_take_away_is_not_locked),
		cmocka_unit_test(an_unlock_that_failed_gives_nothing_back),
		cmocka_unit_test(a_second_bind_that_fails_gives_nothing_back),
		cmocka_unit_test(a_lock_under_another_name_is_told_once),
		cmocka_unit_test(a_device_may_be_attached_under_another_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
