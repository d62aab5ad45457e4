/* SPDX-License-Identifier: MIT */
#include "kit.h"

static void a_realm_locks_reads_validates_runs_and_unlocks(void **unused)
{
	struct tsmreq_exit exit;
	struct tsmreq_reply reply;
	uint8_t run[TSMREQ_KVM_RUN_SIZE] = {0};
	struct tsmreq_call call = {
		.kind = TSMREQ_CALL_VALIDATE_MMIO,
		.dev = {KIT_DEV},
		.u.mmio = {.base = {KIT_BAR}, .size = 0x4000, .host_base = 0x9000}};
	struct kit *kit = malloc(sizeof(*kit));
	uint64_t size;

	(void)unused;
	kit_set_up(kit, TSMREQ_ARCH_CCA, TSMREQ_UAPI_CCA_V7);
	kit_start(kit, TSMREQ_TDI_UNLOCKED);
	assert_int_equal(kit_rhi(kit, TSMREQ_RHI_FEATURES, 0, 0, NULL), 0x3b);
	assert_int_equal(kit_rhi(kit, TSMREQ_RHI_VDEV_SET_TDI_STATE, KIT_DEV, 2, NULL), 6);
	assert_int_equal(kit->sends, 0);
	assert_int_equal(kit_rhi(kit, TSMREQ_RHI_VDEV_SET_TDI_STATE, KIT_DEV, 1, NULL), 0);
	assert_int_equal(tsmreq_vdev_get_state(kit->vdev), TSMREQ_TDI_LOCKED);
	assert_int_equal(kit_rhi(kit, TSMREQ_RHI_VDEV_GET_MEASUREMENTS, KIT_DEV, 0x2000, NULL), 0);
	assert_int_equal(kit_rhi(kit, TSMREQ_RHI_OBJECT_SIZE, KIT_DEV, 1, &size), 0);
	assert_in_range(size, 1, 0x10000);
	exit = kit_rhi_exit(TSMREQ_RHI_OBJECT_READ, KIT_DEV, 1, 0x2fff, size, 0);
	reply = kit_handle(kit, &exit);
	assert_int_equal(reply.rhi.x[0], 0);
	assert_int_equal(reply.rhi.x[1], size);

	assert_int_equal(tsmreq_kvm_encode_call(TSMREQ_KVM_CCA_V7, &call, run, sizeof(run)), 0);
	exit = (struct tsmreq_exit){.size = sizeof(exit),
				    .form = TSMREQ_EXIT_KVM_RUN,
				    .run = run,
				    .run_size = sizeof(run),
				    .vcpu_fd = -1};
	reply = kit_handle(kit, &exit);
	assert_int_equal(reply.action, TSMREQ_ACTION_RESUME);
	assert_int_equal(run[80], 0);

	assert_int_equal(kit_rhi(kit, TSMREQ_RHI_VDEV_SET_TDI_STATE, KIT_DEV, 2, NULL), 0);
	assert_int_equal(kit_rhi(kit, TSMREQ_RHI_VDEV_SET_TDI_STATE, KIT_DEV, 0, NULL), 0);
	kit_end(kit);
	free(kit);
}

static void a_td_binds_starts_and_unbinds(void **unused)
{
	struct kit *kit = malloc(sizeof(*kit));
	static const struct {
		uint8_t operation, status, error;
	} steps[] = {{1, 1, 0}, {5, 2, 15}, {2, 1, 0}, {4, 1, 0}, {5, 1, 0}, {7, 1, 0}, {4, 2, 15}};

	(void)unused;
	kit_set_up(kit, TSMREQ_ARCH_TDX, TSMREQ_UAPI_JUNE);
	kit_start(kit, TSMREQ_TDI_UNLOCKED);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		const struct tsmreq_exit exit =
			kit_tdcm_exit(kit, steps[i].operation, 0x2000, 0x51);

		assert_int_equal(kit_handle(kit, &exit).r10, 0);
		assert_int_equal(kit->memory[0x2008], steps[i].status);
		assert_int_equal(kit->memory[0x2009], steps[i].error);
		assert_int_equal(kit->vector, 0x51);
	}
	kit_end(kit);
	free(kit);
}

static struct tsmreq_exit sev_exit(uint8_t *run, const struct tsmreq_call *call)
{
	memset(run, 0, TSMREQ_KVM_RUN_SIZE);
	run[TSMREQ_KVM_RUN_EXIT_REASON] = 42;
	assert_int_equal(tsmreq_vmgexit_encode_call(TSMREQ_GHCB_TIO_A, call,
						    run + TSMREQ_KVM_RUN_EXIT, TSMREQ_VMGEXIT_SIZE),
			 0);
	return (struct tsmreq_exit){.size = sizeof(struct tsmreq_exit),
				    .form = TSMREQ_EXIT_KVM_RUN,
				    .run = run,
				    .run_size = TSMREQ_KVM_RUN_SIZE,
				    .vcpu_fd = -1};
}

static void an_snp_guest_binds_runs_asks_and_unbinds(void **unused)
{
	struct kit *kit = malloc(sizeof(*kit));
	uint8_t run[TSMREQ_KVM_RUN_SIZE];
	struct tsmreq_call op = {.kind = TSMREQ_CALL_BIND,
				 .arch = TSMREQ_ARCH_SEV,
				 .shape = TSMREQ_SHAPE_VMGEXIT_TIO_OP,
				 .dev = {KIT_DEV}};
	struct tsmreq_call info = {
		.kind = TSMREQ_CALL_TDI_INFO,
		.arch = TSMREQ_ARCH_SEV,
		.shape = TSMREQ_SHAPE_VMGEXIT_TIO,
		.dev = {KIT_DEV},
		.message = {.seqno = 7, .type = 19, .version = 1, .size = 16},
		.read = {{{0x2000}, 4096, TSMREQ_SPAN_SEV_REQUEST, 0}},
		.write = {{{0x3000}, 4096, TSMREQ_SPAN_SEV_RESPONSE, 0}},
		.u.tdi_info.want = TSMREQ_WANT_STATE,
	};
	struct tsmreq_exit exit;

	(void)unused;
	kit_set_up(kit, TSMREQ_ARCH_SEV, TSMREQ_UAPI_JUNE);
	kit_start(kit, TSMREQ_TDI_UNLOCKED);
	exit = sev_exit(run, &op);
	(void)kit_handle(kit, &exit);
	assert_int_equal(run[32 + 12], 0);
	assert_int_equal(run[32 + 21], 1); /* fw_tdi_id 0x100 */
	op.kind = TSMREQ_CALL_SET_TDI_STATE;
	op.u.state.target = TSMREQ_TDI_RUN;
	exit = sev_exit(run, &op);
	(void)kit_handle(kit, &exit);
	assert_int_equal(run[32 + 12], 0);

	assert_int_equal(tsmreq_snp_encode_message(&info, kit->memory + 0x2000, 4096), 0);
	exit = sev_exit(run, &info);
	(void)kit_handle(kit, &exit);
	assert_int_equal(run[32 + 52], 0);
	assert_int_equal(run[32 + 11], TSMREQ_TDI_RUN);
	assert_int_equal(kit->memory[0x3034], 20);
	kit_end(kit);
	free(kit);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_realm_locks_reads_validates_runs_and_unlocks),
		cmocka_unit_test(a_td_binds_starts_and_unbinds),
		cmocka_unit_test(an_snp_guest_binds_runs_asks_and_unbinds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
