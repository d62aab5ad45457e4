/* SPDX-License-Identifier: MIT */
#include "kit.h"

/* The guest's memory, as the VMM lends it: all of it or nothing, once, and shared. */

static struct kit *start(enum tsmreq_arch arch, enum tsmreq_uapi uapi, enum tsmreq_tdi_state state)
{
	struct kit *kit = kit_new(arch, uapi);

	kit_start(kit, state);
	return kit;
}

static uint64_t read_object(struct kit *kit, uint64_t gpa, uint64_t length)
{
	const struct tsmreq_exit exit =
		kit_rhi_exit(TSMREQ_RHI_OBJECT_READ, KIT_DEV, 1, gpa, length, 0);

	return kit_handle(kit, &exit).rhi.x[0];
}

static void a_realms_buffer_is_shared_ram_to_the_last_byte(void **unused)
{
	struct kit *kit = start(TSMREQ_ARCH_CCA, TSMREQ_UAPI_CCA_V7, TSMREQ_TDI_UNLOCKED);

	(void)unused;
	assert_int_equal(read_object(kit, KIT_PRIVATE - 16, 16), 0);
	assert_int_equal(kit->sends, 2);
	assert_int_equal(read_object(kit, KIT_PRIVATE - 15, 16), 8); /* one byte is private */
	assert_int_equal(read_object(kit, KIT_PRIVATE, 16), 8);
	assert_int_equal(read_object(kit, KIT_MEMORY - 8, 16), 8); /* half of it is nothing */
	assert_int_equal(read_object(kit, KIT_MEMORY, 16), 8);
	assert_int_equal(read_object(kit, (1ull << 40) + 0x2000, 16), 8); /* the shared bit */
	assert_int_equal(kit->sends, 2);
	kit_free(kit);
}

static void a_parameter_block_is_too(void **unused)
{
	struct kit *kit = start(TSMREQ_ARCH_CCA, TSMREQ_UAPI_CCA_V7, TSMREQ_TDI_LOCKED);

	(void)unused;
	assert_int_equal(kit_rhi(kit, TSMREQ_RHI_VDEV_GET_MEASUREMENTS, KIT_DEV,
				 KIT_PRIVATE - 0x120, NULL),
			 0);
	assert_int_equal(kit_rhi(kit, TSMREQ_RHI_VDEV_GET_MEASUREMENTS, KIT_DEV,
				 KIT_PRIVATE - 0x11f, NULL),
			 8);
	kit->fail_read = 1;
	assert_int_equal(kit_rhi(kit, TSMREQ_RHI_VDEV_GET_MEASUREMENTS, KIT_DEV, 0x2000, NULL), 8);
	assert_int_equal(kit->sends, 1);
	kit_free(kit);
}

static void a_tds_buffer_is_shared_ram(void **unused)
{
	struct kit *kit = start(TSMREQ_ARCH_TDX, TSMREQ_UAPI_JUNE, TSMREQ_TDI_UNLOCKED);
	struct tsmreq_exit exit = kit_tdcm_exit(kit, 1, 0x2000, 0);

	(void)unused;
	exit.ghci.r13 = (KIT_PRIVATE - 0x1000) | 1ull << 51; /* its first page alone */
	kit->memory[KIT_PRIVATE - 0x1000] = 1;
	assert_int_equal(kit_handle(kit, &exit).r10, TSMREQ_GHCI_INVALID_OPERAND);
	exit.ghci.r14 = 0x1000;
	assert_int_equal(kit_handle(kit, &exit).r10, 0);
	exit.ghci.r13 = KIT_PRIVATE | 1ull << 51;
	assert_int_equal(kit_handle(kit, &exit).r10, TSMREQ_GHCI_INVALID_OPERAND);
	exit.ghci.r13 = KIT_MEMORY | 1ull << 51;
	assert_int_equal(kit_handle(kit, &exit).r10, TSMREQ_GHCI_INVALID_OPERAND);
	exit = kit_tdcm_exit(kit, 1, 0x2000, 0);
	kit->fail_read = 1;
	assert_int_equal(kit_handle(kit, &exit).r10, TSMREQ_GHCI_INVALID_OPERAND);
	assert_int_equal(kit->memory[0x2008], 0);
	kit_free(kit);
}

static int32_t ask(struct kit *kit, struct tsmreq_call *call)
{
	uint8_t run[TSMREQ_KVM_RUN_SIZE];
	struct tsmreq_exit exit;

	if (call->read[0].gpa.raw >= KIT_PRIVATE) {
		/* no page for it: the exit alone */
		struct tsmreq_call bare = *call;

		bare.message.type = 0;
		exit = kit_sev_exit(kit, run, &bare);
	} else {
		exit = kit_sev_exit(kit, run, call);
	}
	(void)kit_handle(kit, &exit);
	return kit_fw_err(run, KIT_REQ_FW_ERR);
}

static void an_snp_guests_pages_are_looked_up_before_anything_is_sent(void **unused)
{
	struct kit *kit = start(TSMREQ_ARCH_SEV, TSMREQ_UAPI_JUNE, TSMREQ_TDI_RUN);
	const struct tsmreq_call good = kit_sev_message(TSMREQ_CALL_TDI_INFO, 19);
	struct tsmreq_call call = good;

	(void)unused;
	assert_int_equal(ask(kit, &call), 0);
	assert_int_equal(kit->sends, 1);
	call.write[0].gpa.raw = KIT_PRIVATE;
	assert_int_equal(ask(kit, &call), 9);
	call = good;
	call.read[0].gpa.raw = KIT_PRIVATE;
	assert_int_equal(ask(kit, &call), 9);
	call = good;
	call.u.tdi_info.data.raw = KIT_PRIVATE - 0x1000;
	call.u.tdi_info.pages = 2;
	assert_int_equal(ask(kit, &call), 9);
	call = good;
	kit->fail_read = 1;
	assert_int_equal(ask(kit, &call), 9);
	assert_int_equal(kit->sends, 1);
	kit_free(kit);
}

static void a_ghcb_that_is_not_there_is_the_vmms_affair(void **unused)
{
	struct kit *kit = start(TSMREQ_ARCH_SEV, TSMREQ_UAPI_JUNE, TSMREQ_TDI_RUN);
	struct tsmreq_call call = kit_sev_op(TSMREQ_CALL_UNBIND, TSMREQ_TDI_UNLOCKED);
	struct tsmreq_exit exit = kit_ghcb_exit(kit, &call);
	enum tsmreq_step step;
	struct tsmreq_job *job;

	(void)unused;
	exit.ghcb.raw = KIT_PRIVATE;
	assert_int_equal(tsmreq_guest_prepare(kit->guest, &exit, &job, &step), -EFAULT);
	assert_null(job);
	/* and one that goes before its answer is there leaves no vCPU that could be run */
	exit.ghcb.raw = KIT_GHCB;
	assert_int_equal(kit_prepare(kit, &exit, &job), TSMREQ_STEP_RUN_NOW);
	assert_int_equal(tsmreq_job_run(job), 0);
	kit->fail_write = 1;
	assert_int_equal(kit_answer(job).action, TSMREQ_ACTION_STOP);
	kit_free(kit);
}

/* ---- the last copy */

static unsigned int mapped, unmapped;
static uint8_t window[0x10000];

static void *map(void *userdata, struct tsmreq_gpa gpa, size_t size)
{
	(void)userdata;
	mapped++;
	return gpa.raw < 0x10000 && size <= sizeof(window) ? window : NULL;
}

static void unmap(void *userdata, void *mapping, size_t size)
{
	(void)userdata;
	assert_ptr_equal(mapping, window);
	assert_true(size);
	unmapped++;
}

static void a_mapping_takes_the_last_copy(void **unused)
{
	struct kit *kit = kit_new(TSMREQ_ARCH_CCA, TSMREQ_UAPI_CCA_V7);

	(void)unused;
	mapped = unmapped = 0;
	kit->ops.map_shared = map;
	kit->ops.unmap_shared = unmap;
	kit_start(kit, TSMREQ_TDI_UNLOCKED);
	memset(window, 0xee, sizeof(window));
	kit->fail_write = 1; /* it is not asked */
	assert_int_equal(read_object(kit, 0x2000, 16), 0);
	assert_int_equal(mapped, 1);
	assert_int_equal(unmapped, 1);
	assert_int_not_equal(window[0], 0xee);
	assert_int_equal(window[16], 0xee);
	assert_int_equal(kit->memory[0x2001], 0);
	/* where there is none, write_shared() does it */
	assert_int_equal(read_object(kit, 0x20000, 16), 8);
	assert_int_equal(read_object(kit, 0x20000, 16), 0);
	assert_int_equal(mapped, 3);
	assert_int_equal(unmapped, 1);
	assert_int_not_equal(kit->memory[0x20001], 0);
	kit_free(kit);
	/* one that need not be given back */
	kit = kit_new(TSMREQ_ARCH_CCA, TSMREQ_UAPI_CCA_V7);
	kit->ops.map_shared = map;
	kit_start(kit, TSMREQ_TDI_UNLOCKED);
	assert_int_equal(read_object(kit, 0x2000, 16), 0);
	assert_int_equal(unmapped, 1);
	kit_free(kit);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_realms_buffer_is_shared_ram_to_the_last_byte),
		cmocka_unit_test(a_parameter_block_is_too),
		cmocka_unit_test(a_tds_buffer_is_shared_ram),
		cmocka_unit_test(an_snp_guests_pages_are_looked_up_before_anything_is_sent),
		cmocka_unit_test(a_ghcb_that_is_not_there_is_the_vmms_affair),
		cmocka_unit_test(a_mapping_takes_the_last_copy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
