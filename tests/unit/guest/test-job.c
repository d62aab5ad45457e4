/* SPDX-License-Identifier: MIT */
#include "kit.h"

/* A job's way: every order of steps, what keeps it open, what ends it, and what is told. */

#define LOCK  kit_rhi_exit(TSMREQ_RHI_VDEV_SET_TDI_STATE, KIT_DEV, 1, 0, 0, 0)
#define RUN   kit_rhi_exit(TSMREQ_RHI_VDEV_SET_TDI_STATE, KIT_DEV, 2, 0, 0, 0)
#define SIZE  kit_rhi_exit(TSMREQ_RHI_OBJECT_SIZE, KIT_DEV, 1, 0, 0, 0)
#define ASKED kit_rhi_exit(TSMREQ_RHI_FEATURES, 0, 0, 0, 0, 0)

static struct kit *realm(enum tsmreq_uapi uapi, enum tsmreq_tdi_state state)
{
	struct kit *kit = kit_new(TSMREQ_ARCH_CCA, uapi);

	kit_start(kit, state);
	return kit;
}

static struct kit *deferring_realm(enum tsmreq_tdi_state state)
{
	struct kit *kit = kit_new(TSMREQ_ARCH_CCA, TSMREQ_UAPI_CCA_V7);

	kit->ops.offload = kit_offload;
	kit_start(kit, state);
	return kit;
}

static struct kit *snp(enum tsmreq_uapi uapi, enum tsmreq_tdi_state state)
{
	struct kit *kit = kit_new(TSMREQ_ARCH_SEV, uapi);

	kit_start(kit, state);
	return kit;
}

/* ---- order */

static void the_steps_of_a_call_come_in_one_order(void **unused)
{
	struct kit *kit = realm(TSMREQ_UAPI_CCA_V7, TSMREQ_TDI_UNLOCKED);
	const struct tsmreq_answer no = {.rc = -EIO};
	struct tsmreq_exit exit = LOCK;
	struct tsmreq_reply reply;
	struct tsmreq_job *job;

	(void)unused;
	assert_int_equal(kit_prepare(kit, &exit, &job), TSMREQ_STEP_RUN_NOW);
	assert_int_equal(tsmreq_job_settle(job), -EINVAL);
	assert_int_equal(tsmreq_job_answer(job, &reply), -EINVAL);
	assert_int_equal(tsmreq_job_run(job), 0);
	assert_int_equal(tsmreq_job_run(job), -EINVAL);
	assert_int_equal(tsmreq_job_finish(job, &no), -EINVAL);
	assert_int_equal(tsmreq_job_settle(job), 0);
	assert_int_equal(tsmreq_job_settle(job), -EINVAL);
	assert_int_equal(tsmreq_job_run(job), -EINVAL);
	assert_int_equal(tsmreq_job_finish(job, &no), -EINVAL);
	assert_int_equal(tsmreq_job_answer(job, &reply), 0);
	assert_int_equal(reply.rhi.x[0], TSMREQ_RHI_SUCCESS);
	/* gone */
	assert_int_equal(tsmreq_job_answer(job, &reply), -EINVAL);
	assert_int_equal(tsmreq_job_settle(job), -EINVAL);
	assert_int_equal(tsmreq_job_run(job), -EINVAL);
	assert_int_equal(tsmreq_job_finish(job, &no), -EINVAL);
	assert_int_equal(kit->sends, 1);
	kit_free(kit);
}

static void without_settle_the_answer_settles(void **unused)
{
	struct kit *kit = realm(TSMREQ_UAPI_CCA_V7, TSMREQ_TDI_UNLOCKED);
	struct tsmreq_exit exit = kit_rhi_exit(TSMREQ_RHI_OBJECT_READ, KIT_DEV, 1, 0x2000, 16, 0);
	struct tsmreq_job *job;

	(void)unused;
	assert_int_equal(kit_prepare(kit, &exit, &job), TSMREQ_STEP_RUN_NOW);
	assert_int_equal(tsmreq_job_run(job), 0);
	assert_int_equal(kit->memory[0x2000], 0);
	assert_int_equal(kit_answer(job).rhi.x[1], 16);
	assert_int_not_equal(kit->memory[0x2001], 0);
	kit_free(kit);
}

static void what_needs_no_kernel_is_only_answered(void **unused)
{
	struct kit *kit = realm(TSMREQ_UAPI_CCA_V7, TSMREQ_TDI_UNLOCKED);
	const struct tsmreq_answer no = {.rc = -EIO};
	struct tsmreq_exit exit = ASKED;
	struct tsmreq_job *job;

	(void)unused;
	assert_int_equal(kit_prepare(kit, &exit, &job), TSMREQ_STEP_DONE);
	assert_int_equal(tsmreq_job_run(job), -EINVAL);
	assert_int_equal(tsmreq_job_finish(job, &no), -EINVAL);
	assert_int_equal(tsmreq_job_settle(job), 0);
	assert_int_equal(kit_answer(job).rhi.x[0], 0x3b);
	assert_int_equal(kit->sends, 0);
	kit_free(kit);
}

static void a_deferred_call_is_answered_before_it_runs(void **unused)
{
	struct kit *kit = deferring_realm(TSMREQ_TDI_UNLOCKED);
	const struct tsmreq_answer no = {.rc = -EIO};
	struct tsmreq_exit exit = LOCK;
	struct tsmreq_reply reply;
	struct tsmreq_job *job;

	(void)unused;
	assert_int_equal(kit_prepare(kit, &exit, &job), TSMREQ_STEP_DEFERRED);
	assert_int_equal(tsmreq_job_run(job), -EINVAL);
	assert_int_equal(tsmreq_job_settle(job), -EINVAL);
	assert_int_equal(tsmreq_job_finish(job, &no), -EINVAL);
	assert_int_equal(kit->sends, 0);
	assert_int_equal(kit_answer(job).rhi.x[0], TSMREQ_RHI_INCOMPLETE);
	assert_int_equal(kit->offloads, 1);
	/* it is the pool's now, once */
	assert_int_equal(tsmreq_job_answer(job, &reply), -EINVAL);
	assert_int_equal(kit->offloads, 1);
	assert_int_equal(tsmreq_job_settle(job), -EINVAL);
	assert_int_equal(tsmreq_job_run(job), 0);
	/* nobody answers it but CONTINUE */
	assert_int_equal(tsmreq_job_answer(job, &reply), -EINVAL);
	assert_int_equal(tsmreq_job_run(job), -EINVAL);
	assert_int_equal(tsmreq_job_settle(job), 0);
	assert_int_equal(tsmreq_job_settle(job), -EINVAL);
	assert_int_equal(kit_rhi(kit, TSMREQ_RHI_VDEV_CONTINUE, KIT_DEV, 1, NULL), 0);
	kit_free(kit);
}

static void the_vmm_acts_between_run_and_finish(void **unused)
{
	struct kit *kit = snp(TSMREQ_UAPI_CCA_V7, TSMREQ_TDI_LOCKED);
	const struct tsmreq_call unbind = kit_sev_op(TSMREQ_CALL_UNBIND, TSMREQ_TDI_UNLOCKED);
	const struct tsmreq_answer yes = {.rc = 0};
	uint8_t run[TSMREQ_KVM_RUN_SIZE];
	struct tsmreq_exit exit = kit_sev_exit(kit, run, &unbind);
	struct tsmreq_reply reply;
	struct tsmreq_job *job;

	(void)unused;
	assert_int_equal(kit_prepare(kit, &exit, &job), TSMREQ_STEP_VMM);
	assert_int_equal(tsmreq_job_settle(job), -EINVAL);
	assert_int_equal(tsmreq_job_answer(job, &reply), -EINVAL);
	assert_int_equal(tsmreq_job_run(job), 0);
	assert_int_equal(tsmreq_job_run(job), 0); /* it has the device already */
	assert_int_equal(tsmreq_job_answer(job, &reply), -EINVAL);
	assert_int_equal(tsmreq_job_finish(job, &yes), 0);
	assert_int_equal(tsmreq_job_finish(job, &yes), -EINVAL);
	assert_int_equal(tsmreq_job_settle(job), 0);
	(void)kit_answer(job);
	assert_int_equal(kit_fw_err(run, KIT_OP_FW_ERR), 0);
	assert_int_equal(kit->sends, 0);
	kit_free(kit);
}

static void a_vmm_that_acts_has_the_device_to_itself(void **unused)
{
	struct kit *kit = snp(TSMREQ_UAPI_CCA_V7, TSMREQ_TDI_LOCKED);
	const struct tsmreq_call unbind = kit_sev_op(TSMREQ_CALL_UNBIND, TSMREQ_TDI_UNLOCKED);
	const struct tsmreq_answer yes = {.rc = 0};
	uint8_t run[2][TSMREQ_KVM_RUN_SIZE];
	struct tsmreq_exit exits[] = {kit_sev_exit(kit, run[0], &unbind),
				      kit_sev_exit(kit, run[1], &unbind)};
	struct tsmreq_job *jobs[2];

	(void)unused;
	exits[1].vcpu = 1;
	assert_int_equal(kit_prepare(kit, &exits[0], &jobs[0]), TSMREQ_STEP_VMM);
	assert_int_equal(kit_prepare(kit, &exits[1], &jobs[1]), TSMREQ_STEP_VMM);
	assert_int_equal(tsmreq_job_finish(jobs[1], &yes), -EBUSY);
	assert_int_equal(tsmreq_job_finish(jobs[0], &yes), 0);
	(void)kit_answer(jobs[0]);
	assert_int_equal(tsmreq_job_run(jobs[1]), 0);
	assert_int_equal(tsmreq_job_finish(jobs[1], &yes), 0);
	(void)kit_answer(jobs[1]);
	kit_free(kit);
}

static void nothing_is_no_crash(void **unused)
{
	struct kit *kit = realm(TSMREQ_UAPI_CCA_V7, TSMREQ_TDI_UNLOCKED);
	const struct tsmreq_answer yes = {.rc = 0};
	struct tsmreq_exit exit = SIZE;
	struct tsmreq_reply reply;
	enum tsmreq_step step;
	struct tsmreq_job *job;

	(void)unused;
	assert_int_equal(tsmreq_guest_prepare(NULL, &exit, &job, &step), -EINVAL);
	assert_int_equal(tsmreq_guest_prepare(kit->guest, NULL, &job, &step), -EINVAL);
	assert_int_equal(tsmreq_guest_prepare(kit->guest, &exit, NULL, &step), -EINVAL);
	assert_int_equal(tsmreq_guest_prepare(kit->guest, &exit, &job, NULL), -EINVAL);
	assert_int_equal(tsmreq_guest_handle(NULL, &exit, &job, &step, &reply), -EINVAL);
	assert_int_equal(tsmreq_guest_handle(kit->guest, NULL, &job, &step, &reply), -EINVAL);
	assert_int_equal(tsmreq_guest_handle(kit->guest, &exit, NULL, &step, &reply), -EINVAL);
	assert_int_equal(tsmreq_guest_handle(kit->guest, &exit, &job, NULL, &reply), -EINVAL);
	assert_int_equal(tsmreq_guest_handle(kit->guest, &exit, &job, &step, NULL), -EINVAL);
	assert_int_equal(tsmreq_job_run(NULL), -EINVAL);
	assert_int_equal(tsmreq_job_settle(NULL), -EINVAL);
	assert_int_equal(tsmreq_job_answer(NULL, &reply), -EINVAL);
	assert_int_equal(tsmreq_job_finish(NULL, &yes), -EINVAL);
	assert_null(tsmreq_job_get_call(NULL));
	assert_int_equal(kit_prepare(kit, &exit, &job), TSMREQ_STEP_RUN_NOW);
	assert_int_equal(tsmreq_job_finish(job, NULL), -EINVAL);
	assert_int_equal(tsmreq_job_answer(job, NULL), -EINVAL);
	assert_int_equal(tsmreq_job_run(job), 0);
	assert_int_equal(tsmreq_job_answer(job, NULL), -EINVAL);
	assert_int_equal(kit_answer(job).rhi.x[0], 0);
	kit_free(kit);
}

/* ---- the exit */

static void an_exit_that_cannot_be_is_a_mistake(void **unused)
{
	struct kit *kit = realm(TSMREQ_UAPI_CCA_V7, TSMREQ_TDI_UNLOCKED);
	struct tsmreq_exit exits[11];
	enum tsmreq_step step;
	struct tsmreq_job *job;

	(void)unused;
	for (size_t i = 0; i < sizeof(exits) / sizeof(exits[0]); i++)
		exits[i] = ASKED;
	exits[0].size--;
	exits[1].size++;
	exits[2].reserved = 1;
	exits[3].vcpu = 4;
	exits[4].form = (enum tsmreq_exit_form)0;
	exits[5].form = (enum tsmreq_exit_form)5;
	exits[6].form = (enum tsmreq_exit_form) - 1;
	exits[7].form = (enum tsmreq_exit_form)32;
	exits[8].form = TSMREQ_EXIT_GHCI;
	exits[9].form = TSMREQ_EXIT_GHCB;
	exits[10].form = TSMREQ_EXIT_KVM_RUN; /* and no kvm_run */
	for (size_t i = 0; i < sizeof(exits) / sizeof(exits[0]); i++) {
		job = (struct tsmreq_job *)1;
		step = TSMREQ_STEP_DONE;
		assert_int_equal(tsmreq_guest_prepare(kit->guest, &exits[i], &job, &step), -EINVAL);
		assert_null(job);
		assert_int_equal(step, TSMREQ_STEP_NOT_OURS);
	}
	kit_free(kit);
}

static void an_architecture_has_its_own_exits(void **unused)
{
	static const struct {
		enum tsmreq_arch arch;
		enum tsmreq_uapi uapi;
		enum tsmreq_exit_form form;
	} cases[] = {
		{TSMREQ_ARCH_TDX, TSMREQ_UAPI_JUNE, TSMREQ_EXIT_RHI},
		{TSMREQ_ARCH_TDX, TSMREQ_UAPI_JUNE, TSMREQ_EXIT_GHCB},
		{TSMREQ_ARCH_TDX, TSMREQ_UAPI_JUNE, TSMREQ_EXIT_KVM_RUN}, /* kvm_abi 0 */
		{TSMREQ_ARCH_SEV, TSMREQ_UAPI_JUNE, TSMREQ_EXIT_RHI},
		{TSMREQ_ARCH_SEV, TSMREQ_UAPI_JUNE, TSMREQ_EXIT_GHCI},
	};
	uint8_t run[TSMREQ_KVM_RUN_SIZE] = {0};

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct kit *kit = kit_new(cases[i].arch, cases[i].uapi);
		struct tsmreq_exit exit = kit_run_exit(run);
		enum tsmreq_step step;
		struct tsmreq_job *job;

		kit_start(kit, TSMREQ_TDI_UNLOCKED);
		exit.form = cases[i].form;
		assert_int_equal(tsmreq_guest_prepare(kit->guest, &exit, &job, &step), -EINVAL);
		kit_free(kit);
	}
}

static void a_vcpu_has_one_exit_at_a_time(void **unused)
{
	struct kit *kit = realm(TSMREQ_UAPI_CCA_V7, TSMREQ_TDI_UNLOCKED);
	struct tsmreq_exit exit = SIZE, other = SIZE;
	struct tsmreq_job *jobs[3];
	enum tsmreq_step step;

	(void)unused;
	other.vcpu = 3;
	assert_int_equal(kit_prepare(kit, &exit, &jobs[0]), TSMREQ_STEP_RUN_NOW);
	assert_int_equal(tsmreq_guest_prepare(kit->guest, &exit, &jobs[1], &step), -EBUSY);
	assert_null(jobs[1]);
	assert_int_equal(kit_prepare(kit, &other, &jobs[2]), TSMREQ_STEP_RUN_NOW);
	assert_int_equal(tsmreq_job_run(jobs[0]), 0);
	assert_int_equal(tsmreq_guest_prepare(kit->guest, &exit, &jobs[1], &step), -EBUSY);
	(void)kit_answer(jobs[0]);
	assert_int_equal(kit_prepare(kit, &exit, &jobs[1]), TSMREQ_STEP_RUN_NOW);
	assert_int_equal(tsmreq_job_run(jobs[1]), 0);
	(void)kit_answer(jobs[1]);
	assert_int_equal(tsmreq_job_run(jobs[2]), 0);
	(void)kit_answer(jobs[2]);
	kit_free(kit);
}

/* KVM presets "accept": whatever goes wrong, an exit nobody answers must not map anything. */
static void a_validation_is_rejected_before_anything_else(void **unused)
{
	struct kit *kit = realm(TSMREQ_UAPI_CCA_V7, TSMREQ_TDI_LOCKED);
	uint8_t run[TSMREQ_KVM_RUN_SIZE];
	struct tsmreq_exit open = SIZE, exit;
	enum tsmreq_step step;
	struct tsmreq_job *job, *none;

	(void)unused;
	exit = kit_tio_exit(kit, run, KIT_BAR, 0x1000);
	assert_int_equal(kit_tio_response(run), 0);
	assert_int_equal(kit_prepare(kit, &exit, &job), TSMREQ_STEP_RUN_NOW);
	assert_int_equal(kit_tio_response(run), UINT64_MAX);
	assert_int_equal(tsmreq_job_run(job), 0);
	assert_int_equal(kit_tio_response(run), UINT64_MAX);
	(void)kit_answer(job);
	assert_int_equal(kit_tio_response(run), 0);

	/* the VMM's own mistakes */
	exit = kit_tio_exit(kit, run, KIT_BAR, 0x1000);
	exit.vcpu = 4;
	assert_int_equal(tsmreq_guest_prepare(kit->guest, &exit, &none, &step), -EINVAL);
	assert_int_equal(kit_tio_response(run), UINT64_MAX);
	exit = kit_tio_exit(kit, run, KIT_BAR, 0x1000);
	exit.reserved = 1;
	assert_int_equal(tsmreq_guest_prepare(kit->guest, &exit, &none, &step), -EINVAL);
	assert_int_equal(kit_tio_response(run), UINT64_MAX);
	exit = kit_tio_exit(kit, run, KIT_BAR, 0x1000);
	exit.run_size = 100;
	assert_int_equal(tsmreq_guest_prepare(kit->guest, &exit, &none, &step), -EMSGSIZE);
	assert_int_equal(kit_tio_response(run), UINT64_MAX);
	assert_int_equal(kit_prepare(kit, &open, &job), TSMREQ_STEP_RUN_NOW);
	exit = kit_tio_exit(kit, run, KIT_BAR, 0x1000);
	assert_int_equal(tsmreq_guest_prepare(kit->guest, &exit, &none, &step), -EBUSY);
	assert_int_equal(kit_tio_response(run), UINT64_MAX);
	assert_int_equal(tsmreq_job_run(job), 0);
	(void)kit_answer(job);
	kit_free(kit);
}

static void a_short_kvm_run_is_a_mistake(void **unused)
{
	static const size_t sizes[] = {0, 8, 11, 12, 32, 87, 103};
	struct kit *kit = realm(TSMREQ_UAPI_CCA_V7, TSMREQ_TDI_LOCKED);
	uint8_t run[TSMREQ_KVM_RUN_SIZE];
	enum tsmreq_step step;
	struct tsmreq_job *job;

	(void)unused;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct tsmreq_exit exit = kit_tio_exit(kit, run, KIT_BAR, 0x1000);

		exit.run_size = sizes[i];
		assert_int_equal(tsmreq_guest_prepare(kit->guest, &exit, &job, &step), -EMSGSIZE);
		assert_null(job);
	}
	assert_int_equal(kit->sends, 0);
	kit_free(kit);
}

static void what_is_not_ours_leaves_no_job(void **unused)
{
	struct kit *kit = realm(TSMREQ_UAPI_CCA_V7, TSMREQ_TDI_UNLOCKED);
	struct tsmreq_exit exit = kit_rhi_exit(0xc5000047u, 0, 0, 0, 0, 0);
	const struct tsmreq_call hypercall = {.kind = TSMREQ_CALL_PENDING,
					      .next = TSMREQ_NEXT_RHI_REGISTERS,
					      .u.hypercall.nr = TSMREQ_RHI_FEATURES};
	uint8_t run[TSMREQ_KVM_RUN_SIZE] = {0};
	struct tsmreq_guest_counters counters;
	struct tsmreq_reply reply;
	enum tsmreq_step step;
	struct tsmreq_job *job;

	(void)unused;
	for (unsigned int i = 0; i < 3; i++) {
		assert_int_equal(kit_prepare(kit, &exit, &job), TSMREQ_STEP_NOT_OURS);
		assert_null(job);
	}
	assert_int_equal(tsmreq_guest_handle(kit->guest, &exit, &job, &step, &reply), 0);
	assert_int_equal(step, TSMREQ_STEP_NOT_OURS);
	assert_null(job);
	/* one more look at the vCPU, and the same exit comes again as registers */
	assert_int_equal(tsmreq_kvm_encode_call(TSMREQ_KVM_CCA_V7, &hypercall, run, sizeof(run)),
			 0);
	exit = kit_run_exit(run);
	assert_int_equal(kit_prepare(kit, &exit, &job), TSMREQ_STEP_REGISTERS);
	assert_null(job);
	assert_int_equal(kit_rhi(kit, TSMREQ_RHI_FEATURES, 0, 0, NULL), 0x3b);
	tsmreq_guest_get_counters(kit->guest, &counters);
	assert_int_equal(counters.exits, 6);
	assert_int_equal(counters.not_ours, 4);
	kit_free(kit);
}

/* ---- what keeps a job open */

static void a_kick_on_kvm_run_leaves_the_job_open_with_its_bytes(void **unused)
{
	static const char *const kicks[] = {"intr-once", "again-once", "backend:EBUSY"};

	(void)unused;
	for (size_t i = 0; i < sizeof(kicks) / sizeof(kicks[0]); i++) {
		struct kit *kit = snp(TSMREQ_UAPI_JUNE, TSMREQ_TDI_RUN);
		struct tsmreq_call info = kit_sev_message(TSMREQ_CALL_TDI_INFO, 19);
		uint8_t run[TSMREQ_KVM_RUN_SIZE];
		struct tsmreq_exit exit = kit_sev_exit(kit, run, &info);
		struct tsmreq_reply reply;
		enum tsmreq_step step;
		struct tsmreq_job *job, *again;

		kit_set_fault(kit, kicks[i]);
		assert_int_equal(tsmreq_guest_handle(kit->guest, &exit, &job, &step, &reply),
				 -EAGAIN);
		assert_non_null(job);
		assert_int_equal(step, TSMREQ_STEP_RUN_NOW);
		/* what the guest makes of its page meanwhile is too late */
		memset(kit->memory + 0x2000, 0xff, 4096);
		kit_set_fault(kit, "");
		assert_int_equal(tsmreq_guest_handle(kit->guest, &exit, &again, &step, &reply), 0);
		assert_int_equal(step, TSMREQ_STEP_DONE);
		assert_null(again); /* gone */
		assert_int_equal(kit_fw_err(run, KIT_REQ_FW_ERR), 0);
		assert_int_equal(kit->memory[0x3020], 8); /* the response to number 7 */
		assert_int_equal(kit->refetched, 0);
		kit_free(kit);
	}
}

static void an_open_job_lets_others_have_the_device(void **unused)
{
	struct kit *kit = snp(TSMREQ_UAPI_JUNE, TSMREQ_TDI_RUN);
	struct tsmreq_call info = kit_sev_message(TSMREQ_CALL_TDI_INFO, 19);
	uint8_t runs[2][TSMREQ_KVM_RUN_SIZE];
	struct tsmreq_exit exits[] = {kit_sev_exit(kit, runs[0], &info),
				      kit_sev_exit(kit, runs[1], &info)};
	struct tsmreq_job *jobs[2];

	(void)unused;
	exits[1].vcpu = 1;
	assert_int_equal(kit_prepare(kit, &exits[0], &jobs[0]), TSMREQ_STEP_RUN_NOW);
	assert_int_equal(kit_prepare(kit, &exits[1], &jobs[1]), TSMREQ_STEP_RUN_NOW);
	kit_set_fault(kit, "intr-once");
	assert_int_equal(tsmreq_job_run(jobs[0]), -EAGAIN);
	assert_int_equal(tsmreq_job_run(jobs[1]), 0);
	(void)kit_answer(jobs[1]);
	assert_int_equal(tsmreq_job_run(jobs[0]), 0);
	(void)kit_answer(jobs[0]);
	assert_int_equal(kit_fw_err(runs[0], KIT_REQ_FW_ERR), 0);
	kit_free(kit);
}

static void rhi_answers_busy_to_a_kick(void **unused)
{
	struct kit *kit = realm(TSMREQ_UAPI_CCA_V7, TSMREQ_TDI_UNLOCKED);

	(void)unused;
	kit_set_fault(kit, "intr-once");
	assert_int_equal(kit_rhi(kit, TSMREQ_RHI_VDEV_SET_TDI_STATE, KIT_DEV, 1, NULL), 9);
	kit_set_fault(kit, "again-once");
	assert_int_equal(kit_rhi(kit, TSMREQ_RHI_VDEV_SET_TDI_STATE, KIT_DEV, 1, NULL), 9);
	assert_int_equal(kit_rhi(kit, TSMREQ_RHI_VDEV_SET_TDI_STATE, KIT_DEV, 1, NULL), 0);
	assert_int_equal(kit->sends, 3);
	/* a TIO exit has no word for it */
	kit_set_fault(kit, "intr-once");
	assert_int_equal(kit_tio(kit, KIT_BAR, 0x1000), UINT64_MAX);
	assert_int_equal(kit_tio(kit, KIT_BAR, 0x1000), 0);
	kit_free(kit);
}

static void a_vmm_can_give_up_on_an_open_job(void **unused)
{
	struct kit *kit = snp(TSMREQ_UAPI_JUNE, TSMREQ_TDI_RUN);
	struct tsmreq_call info = kit_sev_message(TSMREQ_CALL_TDI_INFO, 19);
	uint8_t run[TSMREQ_KVM_RUN_SIZE];
	struct tsmreq_exit exit = kit_sev_exit(kit, run, &info);
	const struct tsmreq_answer later = {.rc = -EINTR}, never = {.rc = -ECANCELED};
	struct tsmreq_job *job;

	(void)unused;
	kit_set_fault(kit, "intr");
	assert_int_equal(kit_prepare(kit, &exit, &job), TSMREQ_STEP_RUN_NOW);
	assert_int_equal(tsmreq_job_run(job), -EAGAIN);
	assert_int_equal(tsmreq_job_finish(job, &later), -EINVAL);
	assert_int_equal(tsmreq_job_finish(job, &never), 0);
	(void)kit_answer(job);
	assert_int_equal(kit_fw_err(run, KIT_REQ_FW_ERR), -1);
	kit_free(kit);
}

/* ---- finish */

static void what_the_vmm_says_is_looked_at(void **unused)
{
	struct kit *kit = realm(TSMREQ_UAPI_CCA_V7, TSMREQ_TDI_UNLOCKED);
	struct tsmreq_exit exit = LOCK;
	struct tsmreq_answer answer;
	struct tsmreq_job *job;

	(void)unused;
	assert_int_equal(kit_prepare(kit, &exit, &job), TSMREQ_STEP_RUN_NOW);
	answer = (struct tsmreq_answer){.rc = 1};
	assert_int_equal(tsmreq_job_finish(job, &answer), -EINVAL);
	answer = (struct tsmreq_answer){.result.outcome = (enum tsmreq_outcome)4};
	assert_int_equal(tsmreq_job_finish(job, &answer), -EINVAL);
	answer = (struct tsmreq_answer){.result.outcome = (enum tsmreq_outcome) - 1};
	assert_int_equal(tsmreq_job_finish(job, &answer), -EINVAL);
	answer = (struct tsmreq_answer){.data = {NULL, 4}};
	assert_int_equal(tsmreq_job_finish(job, &answer), -EINVAL);
	answer = (struct tsmreq_answer){.data = {&answer, TSMREQ_LENGTH_MAX + 1}};
	assert_int_equal(tsmreq_job_finish(job, &answer), -EMSGSIZE);
	/* it is open still */
	answer = (struct tsmreq_answer){
		.rc = -EREMOTEIO, .result = {.tsm_code = 5, .outcome = TSMREQ_OUTCOME_COMPLETED}};
	assert_int_equal(tsmreq_job_finish(job, &answer), 0);
	assert_int_equal(kit_answer(job).rhi.x[0], TSMREQ_RHI_DEVICE);
	assert_int_equal(kit->sends, 0);
	kit_free(kit);
}

static void the_vmms_bytes_fill_no_more_than_the_guests_buffer(void **unused)
{
	struct kit *kit = realm(TSMREQ_UAPI_CCA_V7, TSMREQ_TDI_UNLOCKED);
	struct tsmreq_exit exit = kit_rhi_exit(TSMREQ_RHI_OBJECT_READ, KIT_DEV, 1, 0x2000, 8, 0);
	uint8_t bytes[9] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
	struct tsmreq_answer answer = {.data = {bytes, 9}, .value = 9};
	struct tsmreq_reply reply;
	struct tsmreq_job *job;

	(void)unused;
	assert_int_equal(kit_prepare(kit, &exit, &job), TSMREQ_STEP_RUN_NOW);
	assert_int_equal(tsmreq_job_finish(job, &answer), 0);
	reply = kit_answer(job);
	assert_int_equal(reply.rhi.x[0], TSMREQ_RHI_DEVICE);
	assert_int_equal(reply.rhi.x[1], 0);
	assert_int_equal(kit->memory[0x2000], 0);
	assert_int_equal(kit->memory[0x2008], 0);

	answer = (struct tsmreq_answer){.data = {bytes, 5}};
	assert_int_equal(kit_prepare(kit, &exit, &job), TSMREQ_STEP_RUN_NOW);
	assert_int_equal(tsmreq_job_finish(job, &answer), 0);
	memset(bytes, 0xee, sizeof(bytes)); /* they were copied */
	reply = kit_answer(job);
	assert_int_equal(reply.rhi.x[0], 0);
	assert_int_equal(reply.rhi.x[1], 5);
	assert_memory_equal(kit->memory + 0x2000, "\1\2\3\4\5\0", 6);

	/* nothing was written, whatever the VMM says */
	answer = (struct tsmreq_answer){.value = 8};
	assert_int_equal(kit_prepare(kit, &exit, &job), TSMREQ_STEP_RUN_NOW);
	assert_int_equal(tsmreq_job_finish(job, &answer), 0);
	reply = kit_answer(job);
	assert_int_equal(reply.rhi.x[0], TSMREQ_RHI_DATA_NOT_AVAILABLE);
	assert_int_equal(reply.rhi.x[1], 0);
	kit_free(kit);
}

static void a_job_knows_nothing_of_the_one_before(void **unused)
{
	struct kit *kit = realm(TSMREQ_UAPI_CCA_V7, TSMREQ_TDI_UNLOCKED);
	struct tsmreq_exit behind =
		kit_rhi_exit(TSMREQ_RHI_OBJECT_READ, KIT_DEV, 1, 0x2000, 0x10000, 0xffff);
	struct tsmreq_exit exit = kit_rhi_exit(TSMREQ_RHI_OBJECT_READ, KIT_DEV, 1, 0x2000, 8, 0);
	const struct tsmreq_answer answer = {.data = {"abcd", 4}};
	struct tsmreq_job *job;

	(void)unused;
	/* an offset behind the object: a status without an errno */
	assert_int_equal(kit_handle(kit, &behind).rhi.x[0], TSMREQ_RHI_INVALID_OFFSET);
	/* the VMM reads instead of the kernel */
	assert_int_equal(kit_prepare(kit, &exit, &job), TSMREQ_STEP_RUN_NOW);
	assert_int_equal(tsmreq_job_finish(job, &answer), 0);
	assert_int_equal(kit_answer(job).rhi.x[0], TSMREQ_RHI_SUCCESS);
	assert_memory_equal(kit->memory + 0x2000, "abcd", 4);
	kit_free(kit);
}

/* ---- what is told, what is counted */

static void the_vmm_is_told_what_may_have_happened(void **unused)
{
	static const struct {
		const char *fault;
		uint64_t status;
		unsigned int told;
	} cases[] = {
		{"after:EIO", 6, 1}, {"backend:EPROTO", 6, 1}, {"backend:EBUSY", 9, 0},
		{"copyout", 8, 1},   {"intr-once", 9, 0},      {"code:7", 6, 1},
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct kit *kit = realm(TSMREQ_UAPI_CCA_V7, TSMREQ_TDI_LOCKED);

		kit_set_fault(kit, cases[i].fault);
		assert_int_equal(kit_rhi(kit, TSMREQ_RHI_VDEV_SET_TDI_STATE, KIT_DEV, 2, NULL),
				 cases[i].status);
		assert_int_equal(kit->events[TSMREQ_DEVICE_UNCERTAIN], cases[i].told);
		assert_int_equal(tsmreq_vdev_is_uncertain(kit->vdev), cases[i].told);
		/* held: refused without a call, and not told again */
		kit_set_fault(kit, "");
		if (cases[i].told) {
			assert_int_equal(
				kit_rhi(kit, TSMREQ_RHI_VDEV_SET_TDI_STATE, KIT_DEV, 2, NULL), 6);
			assert_int_equal(kit->sends, 1);
			assert_int_equal(kit->events[TSMREQ_DEVICE_UNCERTAIN], 1);
		}
		kit_free(kit);
	}
}

static void what_changes_no_state_is_never_unsure(void **unused)
{
	struct kit *kit = realm(TSMREQ_UAPI_CCA_V7, TSMREQ_TDI_LOCKED);

	(void)unused;
	kit_set_fault(kit, "after:EIO");
	assert_int_equal(kit_rhi(kit, TSMREQ_RHI_VDEV_GET_INTERFACE_REPORT, KIT_DEV, 0, NULL), 6);
	assert_int_equal(kit_tio(kit, KIT_BAR, 0x1000), UINT64_MAX);
	kit_set_fault(kit, "");
	kit_set_fault(kit, "code:7");
	assert_int_equal(kit_rhi(kit, TSMREQ_RHI_OBJECT_SIZE, KIT_DEV, 1, NULL), 6);
	assert_int_equal(kit->events[TSMREQ_DEVICE_UNCERTAIN], 0);
	kit_free(kit);
}

static void a_vdevice_that_is_gone_is_told_once(void **unused)
{
	struct kit *kit = realm(TSMREQ_UAPI_CCA_V7, TSMREQ_TDI_LOCKED);
	struct tsmreq_vdev *other;

	(void)unused;
	kit_set_fault(kit, "gone");
	for (unsigned int i = 0; i < 3; i++) {
		assert_int_equal(kit_rhi(kit, TSMREQ_RHI_OBJECT_SIZE, KIT_DEV, 1, NULL), 3);
		assert_int_equal(kit_rhi(kit, TSMREQ_RHI_VDEV_SET_TDI_STATE, KIT_DEV, 2, NULL), 3);
		assert_int_equal(kit_tio(kit, KIT_BAR, 0x1000), UINT64_MAX);
		assert_int_equal(kit->events[TSMREQ_DEVICE_GONE], 1);
	}
	assert_int_equal(kit->event_dev, KIT_DEV);
	assert_int_equal(kit->event_rc, -ENOENT);
	assert_int_equal(kit->events[TSMREQ_DEVICE_UNCERTAIN], 0);
	/* another one in its place may go as well */
	other = kit_new_vdev(kit, TSMREQ_TDI_UNLOCKED);
	assert_int_equal(tsmreq_guest_set_vdev(kit->guest, kit_dev(KIT_DEV), other), 0);
	assert_int_equal(kit_rhi(kit, TSMREQ_RHI_OBJECT_SIZE, KIT_DEV, 1, NULL), 0);
	kit_set_fault(kit, "gone");
	assert_int_equal(kit_rhi(kit, TSMREQ_RHI_OBJECT_SIZE, KIT_DEV, 1, NULL), 3);
	assert_int_equal(kit->events[TSMREQ_DEVICE_GONE], 2);
	tsmreq_vdev_free(other);
	kit_free(kit);
}

static struct tsmreq_guest_trace traced;

static void keep_trace(void *userdata, const struct tsmreq_guest_trace *trace)
{
	(void)userdata;
	traced = *trace;
}

static void every_call_is_a_line_of_the_trace(void **unused)
{
	struct kit *kit = kit_new(TSMREQ_ARCH_CCA, TSMREQ_UAPI_CCA_V7);
	struct tsmreq_exit exit = LOCK;

	(void)unused;
	kit->ops.trace = keep_trace;
	kit_start(kit, TSMREQ_TDI_UNLOCKED);
	exit.vcpu = 2;
	(void)kit_handle(kit, &exit);
	assert_int_equal(traced.kind, TSMREQ_CALL_SET_TDI_STATE);
	assert_int_equal(traced.dev.raw, KIT_DEV);
	assert_int_equal(traced.vcpu, 2);
	assert_int_equal(traced.rc, 0);
	assert_int_equal(traced.result.outcome, TSMREQ_OUTCOME_COMPLETED);
	(void)kit_handle(kit, &exit);
	assert_int_equal(traced.rc, -EPERM);
	assert_int_equal(traced.result.outcome, TSMREQ_OUTCOME_NOT_SENT);
	assert_int_equal(kit_rhi(kit, TSMREQ_RHI_VDEV_SET_TDI_STATE, KIT_DEV, 77, NULL), 4);
	assert_int_equal(traced.kind, TSMREQ_CALL_REJECT);
	assert_int_equal(traced.reason, TSMREQ_REASON_BAD_STATE);
	kit_free(kit);
}

static void every_outcome_has_its_counter(void **unused)
{
	struct kit *kit = snp(TSMREQ_UAPI_JUNE, TSMREQ_TDI_LOCKED);
	struct tsmreq_guest_counters counters;
	struct tsmreq_call unknown = kit_sev_op(TSMREQ_CALL_BIND, TSMREQ_TDI_UNLOCKED);
	uint8_t run[TSMREQ_KVM_RUN_SIZE];
	struct tsmreq_exit exit;
	struct tsmreq_reply reply;
	enum tsmreq_step step;
	struct tsmreq_job *job;

	(void)unused;
	/* refused, by the guest's mistake and by ours */
	unknown.dev.raw = 0x999;
	exit = kit_sev_exit(kit, run, &unknown);
	(void)kit_handle(kit, &exit);
	assert_int_equal(kit_fw_err(run, KIT_OP_FW_ERR), 0x16);
	/* kicked, then completed */
	kit_set_fault(kit, "intr-once");
	unknown = kit_sev_op(TSMREQ_CALL_SET_TDI_STATE, TSMREQ_TDI_RUN);
	exit = kit_sev_exit(kit, run, &unknown);
	assert_int_equal(tsmreq_guest_handle(kit->guest, &exit, &job, &step, &reply), -EAGAIN);
	assert_int_equal(tsmreq_guest_handle(kit->guest, &exit, &job, &step, &reply), 0);
	/* failed, uncertain, and refused by the hold */
	kit_set_fault(kit, "backend:EINVAL");
	assert_int_equal(kit_op(kit, TSMREQ_CALL_SET_TDI_STATE, TSMREQ_TDI_RUN), -1);
	kit_set_fault(kit, "");
	kit_set_fault(kit, "after:EIO");
	assert_int_equal(kit_op(kit, TSMREQ_CALL_SET_TDI_STATE, TSMREQ_TDI_RUN), -1);
	assert_int_equal(kit_op(kit, TSMREQ_CALL_SET_TDI_STATE, TSMREQ_TDI_RUN), -1);

	tsmreq_guest_get_counters(kit->guest, &counters);
	assert_int_equal(counters.exits, 5);
	assert_int_equal(counters.not_ours, 0);
	assert_int_equal(counters.refused, 2);
	assert_int_equal(counters.kicked, 1);
	assert_int_equal(counters.completed, 1);
	assert_int_equal(counters.failed, 1);
	assert_int_equal(counters.uncertain, 1);
	assert_int_equal(counters.deferred, 0);
	assert_int_equal(counters.expired, 0);
	kit_free(kit);
}

static void what_is_deferred_is_counted_when_it_is(void **unused)
{
	struct kit *kit = deferring_realm(TSMREQ_TDI_UNLOCKED);
	struct tsmreq_guest_counters counters;
	struct tsmreq_exit exit = LOCK;

	(void)unused;
	kit->offload_rc = -EAGAIN;
	assert_int_equal(kit_defer(kit, &exit).rhi.x[0], TSMREQ_RHI_BUSY);
	tsmreq_guest_get_counters(kit->guest, &counters);
	assert_int_equal(counters.deferred, 0);
	assert_int_equal(counters.refused, 1);
	kit->offload_rc = 0;
	assert_int_equal(kit_defer(kit, &exit).rhi.x[0], TSMREQ_RHI_INCOMPLETE);
	tsmreq_guest_get_counters(kit->guest, &counters);
	assert_int_equal(counters.deferred, 1);
	kit_run_next(kit);
	tsmreq_guest_get_counters(kit->guest, &counters);
	assert_int_equal(counters.completed, 1);
	assert_int_equal(counters.refused, 1);
	kit_free(kit);
}

/* ---- the pool */

static void without_a_spare_job_the_call_runs_now(void **unused)
{
	struct kit *kit = kit_new(TSMREQ_ARCH_CCA, TSMREQ_UAPI_CCA_V7);
	struct tsmreq_vdev *vdevs[3];
	struct tsmreq_exit exit = LOCK;
	struct tsmreq_job *job;

	(void)unused;
	kit->ops.offload = kit_offload;
	kit->opts.max_jobs = 2;
	kit_start(kit, TSMREQ_TDI_UNLOCKED);
	for (unsigned int i = 0; i < 3; i++) {
		vdevs[i] = kit_new_vdev(kit, TSMREQ_TDI_UNLOCKED);
		assert_int_equal(kit_attach(kit, 0x200 + i, vdevs[i]), 0);
	}
	for (unsigned int i = 0; i < 2; i++) {
		exit.rhi.x[1] = 0x200 + i;
		assert_int_equal(kit_defer(kit, &exit).rhi.x[0], TSMREQ_RHI_INCOMPLETE);
	}
	exit.rhi.x[1] = 0x202;
	assert_int_equal(kit_prepare(kit, &exit, &job), TSMREQ_STEP_RUN_NOW);
	assert_int_equal(tsmreq_job_run(job), 0);
	assert_int_equal(kit_answer(job).rhi.x[0], 0);
	/* one comes back */
	kit_run_next(kit);
	exit.rhi.x[1] = KIT_DEV;
	assert_int_equal(kit_defer(kit, &exit).rhi.x[0], TSMREQ_RHI_INCOMPLETE);
	kit_run_next(kit);
	kit_run_next(kit);
	assert_int_equal(kit->sends, 4);
	kit_end(kit);
	for (unsigned int i = 0; i < 3; i++)
		tsmreq_vdev_free(vdevs[i]);
	free(kit);
}

/* ---- all in one */

static void handle_hands_the_vmm_its_part(void **unused)
{
	struct kit *kit = snp(TSMREQ_UAPI_CCA_V7, TSMREQ_TDI_LOCKED);
	const struct tsmreq_call unbind = kit_sev_op(TSMREQ_CALL_UNBIND, TSMREQ_TDI_UNLOCKED);
	const struct tsmreq_answer yes = {.rc = 0};
	uint8_t run[TSMREQ_KVM_RUN_SIZE];
	const struct tsmreq_exit exit = kit_sev_exit(kit, run, &unbind);
	struct tsmreq_reply reply;
	enum tsmreq_step step;
	struct tsmreq_job *job, *again;

	(void)unused;
	assert_int_equal(tsmreq_guest_handle(kit->guest, &exit, &job, &step, &reply), 0);
	assert_int_equal(step, TSMREQ_STEP_VMM);
	assert_int_equal(tsmreq_job_get_call(job)->kind, TSMREQ_CALL_UNBIND);
	/* not finished: the same part again */
	assert_int_equal(tsmreq_guest_handle(kit->guest, &exit, &again, &step, &reply), 0);
	assert_int_equal(step, TSMREQ_STEP_VMM);
	assert_ptr_equal(again, job);
	assert_int_equal(tsmreq_job_finish(job, &yes), 0);
	assert_int_equal(tsmreq_guest_handle(kit->guest, &exit, &again, &step, &reply), 0);
	assert_int_equal(step, TSMREQ_STEP_DONE);
	assert_null(again); /* gone */
	assert_int_equal(kit_fw_err(run, KIT_OP_FW_ERR), 0);
	kit_free(kit);
}

static void handle_of_a_deferred_call_ends_with_its_first_answer(void **unused)
{
	struct kit *kit = deferring_realm(TSMREQ_TDI_UNLOCKED);
	const struct tsmreq_exit exit = LOCK;

	(void)unused;
	assert_int_equal(kit_handle(kit, &exit).rhi.x[0], TSMREQ_RHI_INCOMPLETE);
	assert_int_equal(kit->sends, 0);
	kit_run_next(kit);
	assert_int_equal(kit->sends, 1);
	assert_int_equal(kit_rhi(kit, TSMREQ_RHI_VDEV_CONTINUE, KIT_DEV, 1, NULL), 0);
	kit_free(kit);
}

static void handle_takes_a_bad_exit_for_a_mistake(void **unused)
{
	struct kit *kit = realm(TSMREQ_UAPI_CCA_V7, TSMREQ_TDI_LOCKED);
	uint8_t run[TSMREQ_KVM_RUN_SIZE];
	struct tsmreq_exit exit = kit_tio_exit(kit, run, KIT_BAR, 0x1000);
	struct tsmreq_reply reply;
	enum tsmreq_step step;
	struct tsmreq_job *job;

	(void)unused;
	exit.vcpu = 4;
	assert_int_equal(tsmreq_guest_handle(kit->guest, &exit, &job, &step, &reply), -EINVAL);
	assert_int_equal(kit_tio_response(run), UINT64_MAX);
	exit.vcpu = 0;
	exit.size = 1;
	assert_int_equal(tsmreq_guest_handle(kit->guest, &exit, &job, &step, &reply), -EINVAL);
	kit_free(kit);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_steps_of_a_call_come_in_one_order),
		cmocka_unit_test(without_settle_the_answer_settles),
		cmocka_unit_test(what_needs_no_kernel_is_only_answered),
		cmocka_unit_test(a_deferred_call_is_answered_before_it_runs),
		cmocka_unit_test(the_vmm_acts_between_run_and_finish),
		cmocka_unit_test(a_vmm_that_acts_has_the_device_to_itself),
		cmocka_unit_test(nothing_is_no_crash),
		cmocka_unit_test(an_exit_that_cannot_be_is_a_mistake),
		cmocka_unit_test(an_architecture_has_its_own_exits),
		cmocka_unit_test(a_vcpu_has_one_exit_at_a_time),
		cmocka_unit_test(a_validation_is_rejected_before_anything_else),
		cmocka_unit_test(a_short_kvm_run_is_a_mistake),
		cmocka_unit_test(what_is_not_ours_leaves_no_job),
		cmocka_unit_test(a_kick_on_kvm_run_leaves_the_job_open_with_its_bytes),
		cmocka_unit_test(an_open_job_lets_others_have_the_device),
		cmocka_unit_test(rhi_answers_busy_to_a_kick),
		cmocka_unit_test(a_vmm_can_give_up_on_an_open_job),
		cmocka_unit_test(what_the_vmm_says_is_looked_at),
		cmocka_unit_test(the_vmms_bytes_fill_no_more_than_the_guests_buffer),
		cmocka_unit_test(a_job_knows_nothing_of_the_one_before),
		cmocka_unit_test(the_vmm_is_told_what_may_have_happened),
		cmocka_unit_test(what_changes_no_state_is_never_unsure),
		cmocka_unit_test(a_vdevice_that_is_gone_is_told_once),
		cmocka_unit_test(every_call_is_a_line_of_the_trace),
		cmocka_unit_test(every_outcome_has_its_counter),
		cmocka_unit_test(what_is_deferred_is_counted_when_it_is),
		cmocka_unit_test(without_a_spare_job_the_call_runs_now),
		cmocka_unit_test(handle_hands_the_vmm_its_part),
		cmocka_unit_test(handle_of_a_deferred_call_ends_with_its_first_answer),
		cmocka_unit_test(handle_takes_a_bad_exit_for_a_mistake),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
