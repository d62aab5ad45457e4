/* SPDX-License-Identifier: MIT */
#include "kit.h"

#include "base/bytes.h"

/* Arm CCA: RHI calls, KVM's TIO and memory-fault exits. */

#define STATE	TSMREQ_RHI_VDEV_SET_TDI_STATE
#define REPORT	TSMREQ_RHI_VDEV_GET_INTERFACE_REPORT
#define MEASURE TSMREQ_RHI_VDEV_GET_MEASUREMENTS
#define SIZE	TSMREQ_RHI_OBJECT_SIZE
#define READ	TSMREQ_RHI_OBJECT_READ
#define PROCEED TSMREQ_RHI_VDEV_CONTINUE
#define GIVE_UP TSMREQ_RHI_VDEV_ABORT

static struct kit *realm(enum tsmreq_tdi_state state)
{
	struct kit *kit = kit_new(TSMREQ_ARCH_CCA, TSMREQ_UAPI_CCA_V7);

	kit_start(kit, state);
	return kit;
}

static struct kit *deferring(enum tsmreq_tdi_state state)
{
	struct kit *kit = kit_new(TSMREQ_ARCH_CCA, TSMREQ_UAPI_CCA_V7);

	kit->ops.offload = kit_offload;
	kit_start(kit, state);
	return kit;
}

static uint64_t read_object(struct kit *kit, uint64_t length, uint64_t offset, uint64_t *ret_x1)
{
	const struct tsmreq_exit exit = kit_rhi_exit(READ, KIT_DEV, 1, 0x2000, length, offset);
	const struct tsmreq_reply reply = kit_handle(kit, &exit);

	if (ret_x1)
		*ret_x1 = reply.rhi.x[1];
	return reply.rhi.x[0];
}

static void set_certificate(struct kit *kit, const void *bytes, size_t size)
{
	assert_int_equal(tsmreq_mock_set_object(kit->mock, kit->id, TSMREQ_OBJECT_CERTIFICATE,
						(struct tsmreq_bytes){bytes, size}),
			 0);
}

/* ---- the order of the checks, from step 9 on: of two faults the first is told */

static void the_first_fault_decides(void **unused)
{
	const uint64_t nowhere = 0x999, private = KIT_PRIVATE;
	struct kit *kit = deferring(TSMREQ_TDI_UNLOCKED);

	(void)unused;
	/* not offered, before the device */
	assert_int_equal(kit_rhi(kit, TSMREQ_RHI_VDEV_P2P_UNBIND, nowhere, 1, NULL), UINT64_MAX);
	/* the device, before the handle and before memory */
	assert_int_equal(kit_rhi(kit, PROCEED, nowhere, 5, NULL), 3);
	assert_int_equal(kit_rhi(kit, MEASURE, nowhere, private, NULL), 3);
	/* an operation is pending, before memory and state */
	assert_int_equal(kit_rhi(kit, STATE, KIT_DEV, 1, NULL), 1);
	assert_int_equal(kit_rhi(kit, MEASURE, KIT_DEV, private, NULL), 9);
	assert_int_equal(kit_rhi(kit, STATE, KIT_DEV, 2, NULL), 9);
	assert_int_equal(kit_rhi(kit, SIZE, KIT_DEV, 1, NULL), 9);
	assert_int_equal(read_object(kit, 16, 0, NULL), 9);
	assert_int_equal(kit_rhi(kit, REPORT, KIT_DEV, 0, NULL), 9);
	assert_int_equal(kit->sends, 0);
	kit_run_next(kit);
	/* memory and flags at once, never through a handle */
	assert_int_equal(kit_rhi(kit, MEASURE, KIT_DEV, private, NULL), 8);
	tsmreq_store_le64(kit->memory + 0x2000, 2);
	assert_int_equal(kit_rhi(kit, MEASURE, KIT_DEV, 0x2000, NULL), 5);
	/* and an illegal step */
	assert_int_equal(kit_rhi(kit, STATE, KIT_DEV, 1, NULL), 6);
	assert_int_equal(kit->offloads, 1);
	kit_free(kit);
}

static void a_call_that_is_not_offered_reaches_nobody(void **unused)
{
	static const uint64_t calls[] = {SIZE, READ, MEASURE, REPORT, STATE, PROCEED, GIVE_UP};

	(void)unused;
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		struct kit *kit = kit_new(TSMREQ_ARCH_CCA, TSMREQ_UAPI_CCA_V7);
		const struct tsmreq_exit exit = kit_rhi_exit(calls[i], KIT_DEV,
							     calls[i] == READ ? 1 : 0x2000,
							     calls[i] == READ ? 0x2000 : 0, 16, 0);
		struct tsmreq_exit small = exit;

		kit->opts.flags = TSMREQ_GUEST_FEATURES_GIVEN;
		kit->ops.offload = kit_offload;
		kit_start(kit, TSMREQ_TDI_LOCKED);
		assert_int_equal(kit_rhi(kit, TSMREQ_RHI_FEATURES, 0, 0, NULL), 0);
		if (calls[i] == SIZE || calls[i] == STATE)
			small.rhi.x[2] = 1;
		assert_int_equal(kit_handle(kit, &small).rhi.x[0], UINT64_MAX);
		assert_int_equal(kit->sends, 0);
		kit_free(kit);
	}
}

/* ---- state */

static void only_legal_steps_reach_the_kernel(void **unused)
{
	/* by row: unlocked, locked, run, unsure; by column: UNLOCK, LOCK, RUN */
	static const bool legal[4][3] = {{1, 1, 0}, {1, 0, 1}, {1, 0, 0}, {1, 0, 0}};
	static const enum tsmreq_tdi_state states[] = {TSMREQ_TDI_UNLOCKED, TSMREQ_TDI_LOCKED,
						       TSMREQ_TDI_RUN, TSMREQ_TDI_LOCKED};

	(void)unused;
	for (unsigned int quirk = 0; quirk < 2; quirk++) {
		for (unsigned int from = 0; from < 4; from++) {
			for (unsigned int to = 0; to < 3; to++) {
				struct kit *kit = kit_new(TSMREQ_ARCH_CCA, TSMREQ_UAPI_CCA_V7);
				unsigned int before;
				uint64_t status;

				kit->opts.quirks = quirk ? TSMREQ_RHI_QUIRK_TDI_PASS : 0;
				kit_start(kit, states[from]);
				if (from == 3) {
					kit_set_fault(kit, "after:EIO");
					assert_int_equal(kit_rhi(kit, STATE, KIT_DEV, 2, NULL), 6);
					kit_set_fault(kit, "");
				}
				before = kit->sends;
				status = kit_rhi(kit, STATE, KIT_DEV, to, NULL);
				/* the hold is no quirk */
				assert_int_equal(kit->sends - before,
						 legal[from][to] || (quirk && from != 3));
				if (!legal[from][to])
					assert_int_equal(status, 6);
				kit_free(kit);
			}
		}
	}
}

static void what_is_done_is_what_is_told(void **unused)
{
	struct kit *kit = realm(TSMREQ_TDI_UNLOCKED);

	(void)unused;
	assert_int_equal(kit_rhi(kit, STATE, KIT_DEV, 1, NULL), 0);
	assert_int_equal(kit_really(kit), TSMREQ_TDI_LOCKED);
	assert_int_equal(kit_rhi(kit, STATE, KIT_DEV, 2, NULL), 0);
	assert_int_equal(kit_really(kit), TSMREQ_TDI_RUN);
	assert_int_equal(kit_rhi(kit, STATE, KIT_DEV, 0, NULL), 0);
	assert_int_equal(kit_really(kit), TSMREQ_TDI_UNLOCKED);
	kit_free(kit);
}

/* Legality is decided again when the device is there: it waited, and the state is another. */
static void a_step_is_judged_by_the_state_it_meets(void **unused)
{
	struct kit *kit = realm(TSMREQ_TDI_UNLOCKED);
	struct tsmreq_exit exits[2];
	struct tsmreq_job *jobs[2];

	(void)unused;
	for (unsigned int i = 0; i < 2; i++) {
		exits[i] = kit_rhi_exit(STATE, KIT_DEV, 1, 0, 0, 0);
		exits[i].vcpu = i;
		assert_int_equal(kit_prepare(kit, &exits[i], &jobs[i]), TSMREQ_STEP_RUN_NOW);
	}
	assert_int_equal(tsmreq_job_run(jobs[0]), 0);
	assert_int_equal(kit_answer(jobs[0]).rhi.x[0], 0);
	assert_int_equal(tsmreq_job_run(jobs[1]), 0);
	assert_int_equal(kit_answer(jobs[1]).rhi.x[0], 6);
	assert_int_equal(kit->sends, 1);
	kit_free(kit);
}

/* ---- evidence */

static uint8_t nonce_sent[32];

static void keep_nonce(struct kit *kit)
{
	const uint8_t *payload =
		(const uint8_t *)(uintptr_t)tsmreq_load_le64((const uint8_t *)kit->arg + 24);
	const uint8_t *at = (const uint8_t *)(uintptr_t)tsmreq_load_le64(payload + 16);

	assert_int_equal(tsmreq_load_le32(payload), TSMREQ_OBJECT_MEASUREMENTS);
	assert_int_equal(tsmreq_load_le64(payload + 8), TSMREQ_REGEN_RAW);
	/* host memory: never the guest's */
	assert_false(at >= kit->memory && at < kit->memory + KIT_MEMORY);
	memcpy(nonce_sent, at, sizeof(nonce_sent));
}

static void a_measurement_carries_a_copy_of_the_nonce(void **unused)
{
	struct kit *kit = realm(TSMREQ_TDI_LOCKED);
	struct tsmreq_exit exit = kit_rhi_exit(MEASURE, KIT_DEV, 0x2000, 0, 0, 0);
	uint8_t nonce[32];
	struct tsmreq_job *job;

	(void)unused;
	memset(nonce, 0x5a, sizeof(nonce));
	kit->memory[0x2000] = 1;
	memcpy(kit->memory + 0x2100, nonce, sizeof(nonce));
	assert_int_equal(kit_prepare(kit, &exit, &job), TSMREQ_STEP_RUN_NOW);
	/* what the guest makes of it now is too late */
	memset(kit->memory + 0x2000, 0xff, 0x200);
	kit->at_submit = keep_nonce;
	assert_int_equal(tsmreq_job_run(job), 0);
	assert_memory_equal(nonce_sent, nonce, sizeof(nonce));
	assert_int_equal(kit_answer(job).rhi.x[0], 0);
	kit_free(kit);
}

static void a_read_is_short_at_the_objects_end(void **unused)
{
	struct kit *kit = realm(TSMREQ_TDI_UNLOCKED);
	uint64_t bytes;

	(void)unused;
	set_certificate(kit, "abcdefgh", 8);
	assert_int_equal(read_object(kit, 16, 0, &bytes), 0);
	assert_int_equal(bytes, 8);
	assert_memory_equal(kit->memory + 0x2000, "abcdefgh\0", 9);
	assert_int_equal(read_object(kit, 3, 2, &bytes), 0);
	assert_int_equal(bytes, 3);
	assert_memory_equal(kit->memory + 0x2000, "cdedefgh", 8);
	assert_int_equal(read_object(kit, 16, 8, &bytes), 7);
	assert_int_equal(bytes, 0);
	assert_int_equal(read_object(kit, 16, 9, &bytes), 7);
	kit_free(kit);
}

static void nothing_is_read_that_cannot_be_told(void **unused)
{
	struct kit *kit = realm(TSMREQ_TDI_UNLOCKED);

	(void)unused;
	set_certificate(kit, "", 0); /* cached, and empty: reads as "full" */
	assert_int_equal(read_object(kit, 16, 0, NULL), 2);
	assert_int_equal(kit_rhi(kit, SIZE, KIT_DEV, 1, NULL), 2);
	assert_int_equal(kit->sends, 2);
	set_certificate(kit, "ab", 2);
	assert_int_equal(read_object(kit, 16, 2, NULL), 7);
	assert_int_equal(kit->sends, 3);
	kit_free(kit);
}

static const char long_text[] = "0123456789";
static size_t next_size;
static int step_size;

/* The object is another one each time it is asked for its bytes. */
static void change_object(struct kit *kit)
{
	/* sizes come first, bytes second */
	if (kit->sends % 2)
		return;
	next_size = (size_t)((int)next_size + step_size);
	set_certificate(kit, long_text, next_size);
}

static void an_object_that_changes_is_read_three_times_at_most(void **unused)
{
	static const struct {
		int step;
		uint64_t status;
	} cases[] = {{1, 5}, {-1, 6}};

	(void)unused;
	for (size_t i = 0; i < 2; i++) {
		struct kit *kit = realm(TSMREQ_TDI_UNLOCKED);

		next_size = 5;
		step_size = cases[i].step;
		set_certificate(kit, long_text, 5);
		kit->at_submit = change_object;
		assert_int_equal(read_object(kit, 16, 0, NULL), cases[i].status);
		assert_int_equal(kit->sends, 6);
		assert_int_equal(kit->memory[0x2000], 0);
		/* it settles down */
		kit->at_submit = NULL;
		assert_int_equal(read_object(kit, 16, 0, NULL), 0);
		kit_free(kit);
	}
}

static void change_once(struct kit *kit)
{
	if (kit->sends == 2)
		set_certificate(kit, "xyz", 3);
}

static void an_object_that_changed_once_is_read_whole(void **unused)
{
	struct kit *kit = realm(TSMREQ_TDI_UNLOCKED);
	uint64_t bytes;

	(void)unused;
	set_certificate(kit, "abcdefgh", 8);
	kit->at_submit = change_once;
	assert_int_equal(read_object(kit, 16, 0, &bytes), 0);
	assert_int_equal(bytes, 3);
	assert_memory_equal(kit->memory + 0x2000, "xyz\0", 4);
	assert_int_equal(kit->sends, 4);
	kit_free(kit);
}

static const char *left_over;

static void leave_over(struct kit *kit)
{
	/* sizes come first, bytes second */
	kit_set_fault(kit, kit->sends % 2 ? "" : left_over);
}

static void a_residue_that_cannot_be_is_no_change(void **unused)
{
	static const struct {
		const char *fault;
		unsigned int sends;
	} cases[] = {{"residue:8", 6}, {"residue:9", 2}};

	(void)unused;
	for (size_t i = 0; i < 2; i++) {
		struct kit *kit = realm(TSMREQ_TDI_UNLOCKED);

		set_certificate(kit, "abcdefgh", 8);
		left_over = cases[i].fault;
		kit->at_submit = leave_over;
		assert_int_equal(read_object(kit, 16, 0, NULL), 6);
		assert_int_equal(kit->sends, cases[i].sends);
		assert_int_equal(kit->memory[0x2000], 0);
		kit_free(kit);
	}
}

static void a_buffer_that_went_private_gets_nothing(void **unused)
{
	struct kit *kit = realm(TSMREQ_TDI_UNLOCKED);
	struct tsmreq_exit exit = kit_rhi_exit(READ, KIT_DEV, 1, 0x2000, 16, 0);
	struct tsmreq_reply reply;
	struct tsmreq_job *job;

	(void)unused;
	assert_int_equal(kit_prepare(kit, &exit, &job), TSMREQ_STEP_RUN_NOW);
	assert_int_equal(tsmreq_job_run(job), 0);
	kit->private_from = 0x2000;
	kit->private_to = 0x3000;
	reply = kit_answer(job);
	assert_int_equal(reply.rhi.x[0], 8);
	assert_int_equal(reply.rhi.x[1], 0);
	assert_int_equal(kit->memory[0x2001], 0);
	kit_free(kit);
}

/* ---- long operations; the table itself is test-operation.c's */

static void long_calls_alone_are_deferred(void **unused)
{
	struct kit *kit = deferring(TSMREQ_TDI_UNLOCKED);
	struct tsmreq_exit exit = kit_rhi_exit(SIZE, KIT_DEV, 1, 0, 0, 0);
	struct tsmreq_job *job;
	uint64_t handle, last = 0;

	(void)unused;
	assert_int_equal(kit_rhi(kit, TSMREQ_RHI_FEATURES, 0, 0, NULL), 0xbf);
	assert_int_equal(kit_prepare(kit, &exit, &job), TSMREQ_STEP_RUN_NOW);
	assert_int_equal(tsmreq_job_run(job), 0);
	(void)kit_answer(job);
	for (unsigned int i = 0; i < 3; i++) {
		static const uint64_t calls[][2] = {{STATE, 1}, {REPORT, 0}, {MEASURE, 0x2000}};

		assert_int_equal(kit_rhi(kit, calls[i][0], KIT_DEV, calls[i][1], &handle), 1);
		assert_true(handle > last);
		last = handle;
		kit_run_next(kit);
		assert_int_equal(kit_rhi(kit, PROCEED, KIT_DEV, handle, NULL), 0);
	}
	kit_free(kit);
}

static void without_continue_nothing_is_deferred(void **unused)
{
	struct kit *kit = kit_new(TSMREQ_ARCH_CCA, TSMREQ_UAPI_CCA_V7);

	(void)unused;
	kit->ops.offload = kit_offload;
	kit->opts.features = 0x3b;
	kit_start(kit, TSMREQ_TDI_UNLOCKED);
	assert_int_equal(kit_rhi(kit, STATE, KIT_DEV, 1, NULL), 0);
	assert_int_equal(kit->offloads, 0);
	assert_int_equal(kit_rhi(kit, PROCEED, KIT_DEV, 0, NULL), UINT64_MAX);
	kit_free(kit);
}

static void a_pool_that_takes_nothing_is_busy(void **unused)
{
	struct kit *kit = deferring(TSMREQ_TDI_UNLOCKED);
	uint64_t handle;

	(void)unused;
	kit->offload_rc = -ENOMEM;
	assert_int_equal(kit_rhi(kit, STATE, KIT_DEV, 1, &handle), 9);
	assert_int_equal(handle, 0);
	/* as if it had never been asked for */
	assert_int_equal(kit_rhi(kit, PROCEED, KIT_DEV, 1, NULL), 6);
	assert_int_equal(kit_rhi(kit, PROCEED, KIT_DEV, 0, NULL), 0);
	kit->offload_rc = 0;
	assert_int_equal(kit_rhi(kit, STATE, KIT_DEV, 1, &handle), 1);
	kit_run_next(kit);
	assert_int_equal(kit_rhi(kit, PROCEED, KIT_DEV, handle, NULL), 0);
	kit_free(kit);
}

static void a_deferred_state_is_booked_at_its_end(void **unused)
{
	struct kit *kit = deferring(TSMREQ_TDI_UNLOCKED);
	uint64_t handle;

	(void)unused;
	assert_int_equal(kit_rhi(kit, STATE, KIT_DEV, 1, &handle), 1);
	assert_int_equal(tsmreq_vdev_get_state(kit->vdev), TSMREQ_TDI_UNLOCKED);
	kit_run_next(kit);
	assert_int_equal(tsmreq_vdev_get_state(kit->vdev), TSMREQ_TDI_LOCKED);
	assert_int_equal(kit_rhi(kit, PROCEED, KIT_DEV, handle, NULL), 0);
	/* an unsure one is told by CONTINUE and by callback */
	kit_set_fault(kit, "after:EIO");
	assert_int_equal(kit_rhi(kit, STATE, KIT_DEV, 2, &handle), 1);
	kit_run_next(kit);
	assert_int_equal(kit->events[TSMREQ_DEVICE_UNCERTAIN], 1);
	assert_int_equal(kit_rhi(kit, PROCEED, KIT_DEV, handle, NULL), 6);
	kit_free(kit);
}

/* ---- TIO */

static void a_validation_is_for_device_memory_in_a_bar(void **unused)
{
	static const struct {
		uint64_t base, size;
		bool allowed;
	} cases[] = {
		{KIT_BAR, 0x1000, true},
		{KIT_BAR, KIT_BAR_END - KIT_BAR, true},
		{KIT_BAR_END - 0x1000, 0x1000, true},
		{KIT_BAR - 0x1000, 0x1000, false},
		{KIT_BAR - 0x1000, 0x2000, false},
		{KIT_BAR_END - 0x1000, 0x2000, false},
		{KIT_BAR_END, 0x1000, false},
		{0x1000, 0x1000, false},
		{KIT_PRIVATE, 0x1000, false},
	};
	struct kit *kit = realm(TSMREQ_TDI_LOCKED);

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const unsigned int before = kit->sends;

		assert_int_equal(kit_tio(kit, cases[i].base, cases[i].size),
				 cases[i].allowed ? 0 : UINT64_MAX);
		assert_int_equal(kit->sends - before, cases[i].allowed);
	}
	kit_free(kit);
}

/* A guest places its BARs: one over RAM makes no RAM device memory. */
static void a_bar_over_ram_is_no_excuse(void **unused)
{
	const struct tsmreq_guest_bar bars[TSMREQ_DEVICE_BARS] = {{{0}, KIT_MEMORY + 0x10000}};
	struct kit *kit = realm(TSMREQ_TDI_LOCKED);

	(void)unused;
	assert_int_equal(tsmreq_guest_set_bars(kit->guest, kit_dev(KIT_DEV), bars), 0);
	assert_int_equal(kit_tio(kit, 0x1000, 0x1000), UINT64_MAX);
	assert_int_equal(kit_tio(kit, KIT_PRIVATE, 0x1000), UINT64_MAX);
	assert_int_equal(kit_tio(kit, KIT_MEMORY - 0x1000, 0x2000), UINT64_MAX);
	assert_int_equal(kit_tio(kit, KIT_MEMORY, 0x1000), 0);
	assert_int_equal(kit->sends, 1);
	kit_free(kit);
}

static void the_range_is_private_before_it_is_sent(void **unused)
{
	struct kit *kit = kit_new(TSMREQ_ARCH_CCA, TSMREQ_UAPI_CCA_V7);

	(void)unused;
	kit_lend_all(kit);
	kit_start(kit, TSMREQ_TDI_LOCKED);
	assert_int_equal(kit_tio(kit, KIT_BAR, 0x1000), 0);
	kit_assert_said(kit, "make-private send");
	kit_set_fault(kit, "backend:EIO");
	assert_int_equal(kit_tio(kit, KIT_BAR, 0x1000), UINT64_MAX);
	kit_assert_said(kit, "make-private send undo-private");
	/* what the VMM could not make private is never sent, and need not be undone */
	kit->fail_lend = 1;
	assert_int_equal(kit_tio(kit, KIT_BAR, 0x1000), UINT64_MAX);
	kit_assert_said(kit, "");
	kit->forbids = true;
	assert_int_equal(kit_tio(kit, KIT_BAR, 0x1000), UINT64_MAX);
	kit_assert_said(kit, "");
	kit_free(kit);
}

static void a_validation_that_waited_is_looked_at_again(void **unused)
{
	const struct tsmreq_guest_bar moved[TSMREQ_DEVICE_BARS] = {{{KIT_BAR_END}, 0x10000}};
	struct kit *kit = realm(TSMREQ_TDI_LOCKED);
	uint8_t run[TSMREQ_KVM_RUN_SIZE];
	struct tsmreq_exit exit = kit_tio_exit(kit, run, KIT_BAR, 0x1000);
	struct tsmreq_job *job;

	(void)unused;
	assert_int_equal(kit_prepare(kit, &exit, &job), TSMREQ_STEP_RUN_NOW);
	assert_int_equal(tsmreq_guest_set_bars(kit->guest, kit_dev(KIT_DEV), moved), 0);
	assert_int_equal(tsmreq_job_run(job), 0);
	(void)kit_answer(job);
	assert_int_equal(kit_tio_response(run), UINT64_MAX);
	assert_int_equal(kit->sends, 0);
	kit_free(kit);
}

static void a_validation_of_nobody_is_rejected(void **unused)
{
	struct kit *kit = realm(TSMREQ_TDI_LOCKED);
	uint8_t run[TSMREQ_KVM_RUN_SIZE];
	struct tsmreq_exit exit = kit_tio_exit(kit, run, KIT_BAR, 0x1000);

	(void)unused;
	tsmreq_store_le64(run + 32 + 16, 0x999);
	(void)kit_handle(kit, &exit);
	assert_int_equal(kit_tio_response(run), UINT64_MAX);
	tsmreq_store_le64(run + 32 + 16, (uint64_t)KIT_DEV << 32);
	tsmreq_store_le64(run + 80, 0);
	(void)kit_handle(kit, &exit);
	assert_int_equal(kit_tio_response(run), UINT64_MAX);
	assert_int_equal(kit->sends, 0);
	kit_free(kit);
}

/* That kernel has no word for "no": what was refused stops the vCPU. */
static void kernel_v2_is_told_by_entering_or_stopping(void **unused)
{
	struct kit *kit = kit_new(TSMREQ_ARCH_CCA, TSMREQ_UAPI_V2);
	uint8_t run[TSMREQ_KVM_RUN_SIZE];
	struct tsmreq_call lookup = {.kind = TSMREQ_CALL_VDEV_REQUEST, .dev = {KIT_DEV}};
	struct tsmreq_exit exit;

	(void)unused;
	kit->opts.kvm_abi = TSMREQ_KVM_CCA_V2;
	kit_start(kit, TSMREQ_TDI_LOCKED);
	exit = kit_tio_exit(kit, run, KIT_BAR, 0x1000);
	exit.vcpu_fd = 23;
	assert_int_equal(kit_handle(kit, &exit).action, TSMREQ_ACTION_REENTER);
	exit.vcpu_fd = -1;
	assert_int_equal(kit_handle(kit, &exit).action, TSMREQ_ACTION_STOP);
	exit = kit_tio_exit(kit, run, KIT_BAR_END, 0x1000);
	exit.vcpu_fd = 23;
	assert_int_equal(kit_handle(kit, &exit).action, TSMREQ_ACTION_STOP);
	assert_int_equal(kit->sends, 1);
	assert_int_equal(
		tsmreq_kvm_encode_call(TSMREQ_KVM_CCA_V2, &lookup, run, TSMREQ_KVM_RUN_SIZE), 0);
	exit = kit_run_exit(run);
	exit.vcpu_fd = 23;
	assert_int_equal(kit_handle(kit, &exit).action, TSMREQ_ACTION_REENTER);
	assert_int_equal(kit->sends, 2);
	kit_free(kit);
}

static void flags_that_no_kernel_fills_are_not_looked_at(void **unused)
{
	static const struct {
		enum tsmreq_kvm_abi abi;
		enum tsmreq_uapi uapi;
		uint64_t status;
	} cases[] = {
		{TSMREQ_KVM_CCA_V2, TSMREQ_UAPI_V2, 0},
		{TSMREQ_KVM_CCA_V4, TSMREQ_UAPI_V4, 0},
		{TSMREQ_KVM_CCA_V6, TSMREQ_UAPI_V6_OBJECTS, 5},
		{TSMREQ_KVM_CCA_V7, TSMREQ_UAPI_CCA_V7, 5},
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct kit *kit = kit_new(TSMREQ_ARCH_CCA, cases[i].uapi);
		struct tsmreq_exit exit = kit_rhi_exit(STATE, KIT_DEV, 1, 0, 0, 0);

		kit->opts.kvm_abi = cases[i].abi;
		kit_start(kit, TSMREQ_TDI_UNLOCKED);
		exit.rhi.flags = 4;
		assert_int_equal(kit_handle(kit, &exit).rhi.x[0], cases[i].status);
		kit_free(kit);
	}
}

/* ---- memory faults */

static void ram_is_converted_and_the_rest_is_not(void **unused)
{
	static const struct {
		uint64_t base, size;
		enum tsmreq_action action;
	} cases[] = {
		{0x1000, 0x1000, TSMREQ_ACTION_CONVERT},
		{KIT_PRIVATE, 0x1000, TSMREQ_ACTION_CONVERT},
		{KIT_PRIVATE - 0x1000, 0x2000, TSMREQ_ACTION_CONVERT},
		{KIT_MEMORY - 0x1000, 0x2000, TSMREQ_ACTION_STOP}, /* half of it */
		{KIT_MEMORY, 0x1000, TSMREQ_ACTION_STOP},	   /* none of it */
		{KIT_BAR, 0x1000, TSMREQ_ACTION_STOP},		   /* never validated */
		{0x1000, 0, TSMREQ_ACTION_STOP},
		{UINT64_MAX - 0xfff, 0x1001, TSMREQ_ACTION_STOP},
		{UINT64_MAX, UINT64_MAX, TSMREQ_ACTION_STOP},
	};
	struct kit *kit = realm(TSMREQ_TDI_LOCKED);

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		for (unsigned int to_private = 0; to_private < 2; to_private++)
			assert_int_equal(kit_fault(kit, cases[i].base, cases[i].size, to_private),
					 cases[i].action);
	assert_int_equal(kit->sends, 0);
	kit_free(kit);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_fault_decides),
		cmocka_unit_test(a_call_that_is_not_offered_reaches_nobody),
		cmocka_unit_test(only_legal_steps_reach_the_kernel),
		cmocka_unit_test(what_is_done_is_what_is_told),
		cmocka_unit_test(a_step_is_judged_by_the_state_it_meets),
		cmocka_unit_test(a_measurement_carries_a_copy_of_the_nonce),
		cmocka_unit_test(a_read_is_short_at_the_objects_end),
		cmocka_unit_test(nothing_is_read_that_cannot_be_told),
		cmocka_unit_test(an_object_that_changes_is_read_three_times_at_most),
		cmocka_unit_test(an_object_that_changed_once_is_read_whole),
		cmocka_unit_test(a_residue_that_cannot_be_is_no_change),
		cmocka_unit_test(a_buffer_that_went_private_gets_nothing),
		cmocka_unit_test(long_calls_alone_are_deferred),
		cmocka_unit_test(without_continue_nothing_is_deferred),
		cmocka_unit_test(a_pool_that_takes_nothing_is_busy),
		cmocka_unit_test(a_deferred_state_is_booked_at_its_end),
		cmocka_unit_test(a_validation_is_for_device_memory_in_a_bar),
		cmocka_unit_test(a_bar_over_ram_is_no_excuse),
		cmocka_unit_test(the_range_is_private_before_it_is_sent),
		cmocka_unit_test(a_validation_that_waited_is_looked_at_again),
		cmocka_unit_test(a_validation_of_nobody_is_rejected),
		cmocka_unit_test(kernel_v2_is_told_by_entering_or_stopping),
		cmocka_unit_test(flags_that_no_kernel_fills_are_not_looked_at),
		cmocka_unit_test(ram_is_converted_and_the_rest_is_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
