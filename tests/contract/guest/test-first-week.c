/* SPDX-License-Identifier: MIT */
#include "unit/guest/kit.h"

/*
 * What goes wrong in the first week with hardware, as far as the tests of one file do not have it:
 * doc/TESTING.md lists all of them.
 */

static const enum tsmreq_arch archs[] = {TSMREQ_ARCH_CCA, TSMREQ_ARCH_TDX, TSMREQ_ARCH_SEV};

static struct kit *start(enum tsmreq_arch arch)
{
	struct kit *kit = malloc(sizeof(*kit));

	kit_set_up(kit, arch, TSMREQ_UAPI_JUNE);
	kit_start(kit, TSMREQ_TDI_UNLOCKED);
	return kit;
}

static void end(struct kit *kit)
{
	kit_end(kit);
	free(kit);
}

/* Whether the guest is told that the device of that name is locked now. */
static bool lock(struct kit *kit, uint64_t name)
{
	struct tsmreq_call bind = kit_sev_op(TSMREQ_CALL_BIND, TSMREQ_TDI_UNLOCKED);
	uint8_t run[TSMREQ_KVM_RUN_SIZE];
	struct tsmreq_exit exit;

	if (kit->opts.arch == TSMREQ_ARCH_CCA)
		return kit_rhi(kit, TSMREQ_RHI_VDEV_SET_TDI_STATE, name, 1, NULL) == 0;
	if (kit->opts.arch == TSMREQ_ARCH_SEV) {
		bind.dev.raw = name;
		exit = kit_sev_exit(kit, run, &bind);
		(void)kit_handle(kit, &exit);
		return kit_fw_err(run, KIT_OP_FW_ERR) == 0;
	}
	exit = kit_tdcm_exit(kit, 2, 0x2000, 0);
	exit.ghci.r12 = name;
	return kit_handle(kit, &exit).r10 == 0 && kit->memory[0x2008] == TSMREQ_TDCM_COMPLETED;
}

/* ---- the guest renumbers its buses, so that requester id and virt_id part */

static void renumbered_buses_are_told_at_lock(void **unused)
{
	(void)unused;
	for (unsigned int a = 0; a < 3; a++) {
		struct kit *kit = start(archs[a]);

		assert_int_equal(
			tsmreq_guest_renumber(kit->guest, kit_dev(KIT_DEV), kit_dev(0x500)), 0);
		assert_int_equal(kit->events[TSMREQ_DEVICE_RENUMBERED], 0);
		/* it is locked all the same: only the VMM can know which of the two is meant */
		assert_true(lock(kit, 0x500));
		assert_int_equal(kit->events[TSMREQ_DEVICE_RENUMBERED], 1);
		assert_int_equal(kit->event_dev, 0x500);
		assert_int_equal(kit_really(kit), TSMREQ_TDI_LOCKED);
		/* and the old name is nobody's */
		assert_false(lock(kit, KIT_DEV));
		end(kit);
	}
}

/* ---- segments from 0x8000 on, and requester id 0xffffffff: 32 bits, and not a sign */

static void a_segment_from_0x8000_on_is_a_device(void **unused)
{
	static const uint64_t names[] = {0x80000100, 0xffffffff, 0x7fff0100};

	(void)unused;
	for (unsigned int a = 0; a < 3; a += 2) {
		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
			struct kit *kit = start(archs[a]);

			assert_false(lock(kit, names[i]));
			assert_int_equal(kit->sends, 0);
			assert_int_equal(tsmreq_guest_renumber(kit->guest, kit_dev(KIT_DEV),
							       kit_dev(names[i])),
					 0);
			assert_true(lock(kit, names[i]));
			end(kit);
		}
	}
}

/* What Linux makes of a signed int on the way to a register. */
static void a_sign_is_no_segment(void **unused)
{
	struct kit *kit = start(TSMREQ_ARCH_CCA);
	const struct tsmreq_guest_dev name = {0xffffffff};

	(void)unused;
	assert_int_equal(tsmreq_guest_renumber(kit->guest, kit_dev(KIT_DEV), name), 0);
	assert_int_equal(kit_rhi(kit, TSMREQ_RHI_VDEV_SET_TDI_STATE, UINT64_MAX, 1, NULL),
			 TSMREQ_RHI_INVALID_VDEV_ID);
	assert_int_equal(kit->sends, 0);
	end(kit);
}

/* ---- hosts with 64 KiB pages: what is shared is shared in larger pieces */

#define SHARED_FROM 0x10000u
#define SHARED_TO   0x20000u

/* A VMM that converts 64 KiB at a time, and says so of every byte in between. */
static enum tsmreq_memory large_pages(void *userdata, struct tsmreq_gpa gpa, uint64_t size)
{
	const uint64_t from = gpa.raw & ~UINT64_C(0xffff);
	const uint64_t to = (gpa.raw + size + 0xffff) & ~UINT64_C(0xffff);

	(void)userdata;
	if (to > KIT_MEMORY)
		return from >= KIT_MEMORY ? TSMREQ_MEMORY_NONE : TSMREQ_MEMORY_MIXED;
	if (from >= SHARED_FROM && to <= SHARED_TO)
		return TSMREQ_MEMORY_SHARED;
	return to <= SHARED_FROM || from >= SHARED_TO ? TSMREQ_MEMORY_PRIVATE : TSMREQ_MEMORY_BOTH;
}

static void on_64k_pages_a_buffer_lies_anywhere_in_what_is_shared(void **unused)
{
	static const struct {
		uint64_t call, gpa, length, status;
	} cases[] = {
		{TSMREQ_RHI_OBJECT_READ, 0x10000, 16, 0},
		{TSMREQ_RHI_OBJECT_READ, 0x1fff0, 16, 0},
		{TSMREQ_RHI_OBJECT_READ, 0x1fff0, 17, 8},
		{TSMREQ_RHI_OBJECT_READ, 0x10fff, 0x1001, 0},
		{TSMREQ_RHI_OBJECT_READ, 0xfff0, 16, 8},
		{TSMREQ_RHI_OBJECT_READ, 0xfff8, 16, 8},
		{TSMREQ_RHI_OBJECT_READ, 0x20000, 16, 8},
		{TSMREQ_RHI_OBJECT_READ, 0x10000, 0x10000, 0},
		/* a parameter block over two of the guest's pages in one of the host's */
		{TSMREQ_RHI_VDEV_GET_MEASUREMENTS, 0x12f80, 0, 0},
		{TSMREQ_RHI_VDEV_GET_MEASUREMENTS, 0x1ff80, 0, 8},
	};
	struct kit *kit = malloc(sizeof(*kit));

	(void)unused;
	kit_set_up(kit, TSMREQ_ARCH_CCA, TSMREQ_UAPI_JUNE);
	kit->ops.get_memory = large_pages;
	kit_start(kit, TSMREQ_TDI_LOCKED);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const bool reads = cases[i].call == TSMREQ_RHI_OBJECT_READ;
		const struct tsmreq_exit exit =
			kit_rhi_exit(cases[i].call, KIT_DEV, reads ? 0 : cases[i].gpa,
				     reads ? cases[i].gpa : 0, cases[i].length, 0);

		assert_int_equal(kit_handle(kit, &exit).rhi.x[0], cases[i].status);
	}
	end(kit);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(renumbered_buses_are_told_at_lock),
		cmocka_unit_test(a_segment_from_0x8000_on_is_a_device),
		cmocka_unit_test(a_sign_is_no_segment),
		cmocka_unit_test(on_64k_pages_a_buffer_lies_anywhere_in_what_is_shared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
