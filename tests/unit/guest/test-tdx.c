/* SPDX-License-Identifier: MIT */
#include "kit.h"

#include "base/bytes.h"

/* Intel TDX: TDCM and Service, from registers to registers and a buffer in memory. */

#define BUFFER 0x2000u
#define STATUS (BUFFER + 8)
#define ERROR  (BUFFER + 9)

enum {
	CHECK = 1,
	BIND,
	DEVICE_INFO,
	GET_REPORT,
	START,
	GET_STATE,
	UNBIND
};

static struct kit *td(enum tsmreq_uapi uapi, enum tsmreq_tdi_state state)
{
	struct kit *kit = kit_new(TSMREQ_ARCH_TDX, uapi);

	kit_start(kit, state);
	return kit;
}

static uint64_t call(struct kit *kit, uint8_t operation)
{
	const struct tsmreq_exit exit = kit_tdcm_exit(kit, operation, BUFFER, 0);

	return kit_handle(kit, &exit).r10;
}

/* The error byte, 0 for COMPLETED. */
static uint8_t do_it(struct kit *kit, uint8_t operation)
{
	assert_int_equal(call(kit, operation), 0);
	assert_int_equal(kit->memory[BUFFER], operation);
	if (kit->memory[STATUS] == TSMREQ_TDCM_COMPLETED)
		return 0;
	assert_int_equal(kit->memory[STATUS], TSMREQ_TDCM_ERROR);
	assert_int_equal(tsmreq_load_le32(kit->memory + BUFFER + 16), 0);
	assert_int_not_equal(kit->memory[ERROR], 0);
	return kit->memory[ERROR];
}

/* ---- states */

/* The fact sheet's table, section 3.9: by state, by operation. */
enum verdict {
	SEND,
	DONE,
	NO
};

static const struct {
	enum tsmreq_uapi uapi;
	enum verdict verdicts[4]
			     [4]; /* unlocked, locked, run, unsure: BIND, REPORT, START, UNBIND */
} tables[] = {
	{TSMREQ_UAPI_JUNE,
	 {{SEND, NO, NO, SEND},
	  {SEND, SEND, SEND, SEND},
	  {SEND, SEND, NO, SEND},
	  {NO, SEND, NO, SEND}}},
	{TSMREQ_UAPI_CCA_V7,
	 {{SEND, NO, NO, SEND},
	  {DONE, SEND, SEND, SEND},
	  {NO, SEND, NO, SEND},
	  {NO, SEND, NO, SEND}}},
};

static void only_legal_steps_reach_the_kernel(void **unused)
{
	static const uint8_t operations[] = {BIND, GET_REPORT, START, UNBIND};
	static const enum tsmreq_tdi_state states[] = {TSMREQ_TDI_UNLOCKED, TSMREQ_TDI_LOCKED,
						       TSMREQ_TDI_RUN, TSMREQ_TDI_LOCKED};

	(void)unused;
	for (size_t t = 0; t < sizeof(tables) / sizeof(tables[0]); t++) {
		for (unsigned int from = 0; from < 4; from++) {
			for (unsigned int o = 0; o < 4; o++) {
				struct kit *kit = td(tables[t].uapi, states[from]);
				const enum verdict verdict = tables[t].verdicts[from][o];
				unsigned int before;
				uint8_t error;

				if (from == 3) {
					kit_set_fault(kit, "after:EIO");
					assert_int_equal(do_it(kit, START), 10);
					kit_set_fault(kit, "");
				}
				before = kit->sends;
				error = do_it(kit, operations[o]);
				assert_int_equal(kit->sends > before, verdict == SEND);
				if (verdict == NO)
					assert_int_equal(error, 15);
				if (verdict == DONE)
					assert_int_equal(error, 0);
				kit_free(kit);
			}
		}
	}
}

/* Held: nothing is sent, and nothing is taken away for it. */
static void an_unsure_device_is_left_alone(void **unused)
{
	struct kit *kit = kit_new(TSMREQ_ARCH_TDX, TSMREQ_UAPI_JUNE);

	(void)unused;
	kit_lend_all(kit);
	kit_start(kit, TSMREQ_TDI_LOCKED);
	kit_set_fault(kit, "after:EIO");
	assert_int_equal(do_it(kit, START), 10);
	kit_assert_said(kit, "send uncertain");
	assert_int_equal(do_it(kit, BIND), 15);
	kit_assert_said(kit, "");
	kit_free(kit);
}

static void what_has_no_public_form_is_refused(void **unused)
{
	struct kit *kit = td(TSMREQ_UAPI_JUNE, TSMREQ_TDI_LOCKED);

	(void)unused;
	assert_int_equal(do_it(kit, DEVICE_INFO), 15);
	assert_int_equal(do_it(kit, GET_STATE), 15);
	assert_int_equal(do_it(kit, 8), 15);
	assert_int_equal(do_it(kit, 0), 15);
	assert_int_equal(kit->sends, 0);
	kit_free(kit);
}

static void what_is_done_is_what_is_told(void **unused)
{
	struct kit *kit = td(TSMREQ_UAPI_CCA_V7, TSMREQ_TDI_UNLOCKED);

	(void)unused;
	assert_int_equal(do_it(kit, BIND), 0);
	assert_int_equal(kit_really(kit), TSMREQ_TDI_LOCKED);
	assert_int_equal(do_it(kit, BIND), 0);
	assert_int_equal(kit->sends, 1);
	assert_int_equal(do_it(kit, START), 0);
	assert_int_equal(kit_really(kit), TSMREQ_TDI_RUN);
	assert_int_equal(do_it(kit, UNBIND), 0);
	assert_int_equal(kit_really(kit), TSMREQ_TDI_UNLOCKED);
	kit_free(kit);
}

/* ---- devices */

static void support_is_answered_for_any_device(void **unused)
{
	struct kit *kit = td(TSMREQ_UAPI_JUNE, TSMREQ_TDI_UNLOCKED);
	const struct tsmreq_guest_device plain = {
		.size = sizeof(plain), .vdev = kit->vdev, .dev = {0x200}, .virt_id = {0x200}};
	struct tsmreq_exit exit;

	(void)unused;
	assert_int_equal(do_it(kit, CHECK), 0);
	assert_int_equal(kit->memory[BUFFER + 20], 1);
	assert_int_equal(tsmreq_guest_attach(kit->guest, &plain), 0);
	exit = kit_tdcm_exit(kit, CHECK, BUFFER, 0);
	exit.ghci.r12 = 0x200; /* no TEE-IO device */
	assert_int_equal(kit_handle(kit, &exit).r10, 0);
	assert_int_equal(kit->memory[STATUS], 1);
	assert_int_equal(kit->memory[BUFFER + 16], 1);
	assert_int_equal(kit->memory[BUFFER + 20], 0);
	exit = kit_tdcm_exit(kit, CHECK, BUFFER, 0);
	exit.ghci.r12 = 0x999; /* nobody */
	assert_int_equal(kit_handle(kit, &exit).r10, 0);
	assert_int_equal(kit->memory[STATUS], 1);
	assert_int_equal(kit->memory[BUFFER + 20], 0);
	kit_free(kit);
}

static void a_device_of_another_segment_is_another_device(void **unused)
{
	struct kit *kit = td(TSMREQ_UAPI_JUNE, TSMREQ_TDI_UNLOCKED);
	struct tsmreq_exit exit;

	(void)unused;
	assert_int_equal(tsmreq_guest_renumber(kit->guest, kit_dev(KIT_DEV), kit_dev(0x10100)), 0);
	assert_int_equal(do_it(kit, BIND), 15);
	exit = kit_tdcm_exit(kit, BIND, BUFFER, 0);
	exit.ghci.r12 = 0x10100;
	assert_int_equal(kit_handle(kit, &exit).r10, TSMREQ_GHCI_INVALID_OPERAND);
	assert_int_equal(kit->sends, 0);
	kit_free(kit);
}

static void a_device_in_reset_is_busy(void **unused)
{
	struct kit *kit = td(TSMREQ_UAPI_JUNE, TSMREQ_TDI_UNLOCKED);
	struct tsmreq_result result;

	(void)unused;
	assert_int_equal(tsmreq_guest_reset_begin(kit->guest, kit_dev(KIT_DEV)), 0);
	assert_int_equal(do_it(kit, BIND), 11);
	/* not "no": that would be for good */
	assert_int_equal(do_it(kit, CHECK), 11);
	assert_int_equal(kit->sends, 0);
	assert_int_equal(tsmreq_guest_reset_end(kit->guest, kit_dev(KIT_DEV), &result), 0);
	assert_int_equal(do_it(kit, BIND), 0);
	kit_free(kit);
}

/* ---- the report */

static void set_report(struct kit *kit, const void *bytes, size_t size)
{
	assert_int_equal(tsmreq_mock_set_object(kit->mock, kit->id, TSMREQ_OBJECT_INTERFACE_REPORT,
						(struct tsmreq_bytes){bytes, size}),
			 0);
}

static void a_report_is_told_whole_or_not_at_all(void **unused)
{
	struct kit *kit = td(TSMREQ_UAPI_JUNE, TSMREQ_TDI_LOCKED);
	uint8_t *long_one = malloc(TSMREQ_TDCM_REPORT_MAX + 1);
	struct tsmreq_exit exit;

	(void)unused;
	memset(long_one, 0x77, TSMREQ_TDCM_REPORT_MAX + 1);
	set_report(kit, "report", 6);
	assert_int_equal(do_it(kit, GET_REPORT), 0);
	assert_int_equal(tsmreq_load_le32(kit->memory + BUFFER + 16), 6);
	assert_memory_equal(kit->memory + BUFFER + 20, "report\0", 7);
	assert_int_equal(kit->sends, 2);
	/* empty, too long for Linux, too long for its buffer: not even read */
	set_report(kit, "", 0);
	assert_int_equal(do_it(kit, GET_REPORT), 11);
	assert_int_equal(kit->sends, 3);
	set_report(kit, long_one, TSMREQ_TDCM_REPORT_MAX + 1);
	assert_int_equal(do_it(kit, GET_REPORT), 11);
	assert_int_equal(kit->sends, 4);
	set_report(kit, long_one, 0x1000 - 20 + 1);
	exit = kit_tdcm_exit(kit, GET_REPORT, BUFFER, 0);
	exit.ghci.r14 = 0x1000;
	assert_int_equal(kit_handle(kit, &exit).r10, 0);
	assert_int_equal(kit->memory[ERROR], 15);
	assert_int_equal(kit->sends, 5);
	assert_int_equal(kit->memory[BUFFER + 20], 0);
	set_report(kit, long_one, TSMREQ_TDCM_REPORT_MAX);
	assert_int_equal(do_it(kit, GET_REPORT), 0);
	free(long_one);
	kit_free(kit);
}

static void no_report_is_what_a_kernel_said_that_failed(void **unused)
{
	struct kit *kit = td(TSMREQ_UAPI_JUNE, TSMREQ_TDI_LOCKED);

	(void)unused;
	set_report(kit, "report", 6);
	kit_set_fault(kit, "backend:ENODATA");
	assert_int_equal(do_it(kit, GET_REPORT), 10);
	assert_int_equal(kit->sends, 1);
	kit_free(kit);
}

static void grow_report(struct kit *kit)
{
	if (kit->sends == 2)
		set_report(kit, "a longer report", 15);
}

static void a_report_that_grows_meanwhile_is_an_error(void **unused)
{
	struct kit *kit = td(TSMREQ_UAPI_JUNE, TSMREQ_TDI_LOCKED);

	(void)unused;
	set_report(kit, "report", 6);
	kit->at_submit = grow_report;
	assert_int_equal(do_it(kit, GET_REPORT), 10);
	assert_int_equal(kit->memory[BUFFER + 20], 0);
	kit_free(kit);
}

static void a_report_may_be_the_vmms(void **unused)
{
	struct kit *kit = kit_new(TSMREQ_ARCH_TDX, TSMREQ_UAPI_V6_LIKE);

	(void)unused;
	kit->ops.read_object = kit_source;
	kit->source[TSMREQ_OBJECT_INTERFACE_REPORT] = (struct tsmreq_bytes){"report", 6};
	kit_start(kit, TSMREQ_TDI_LOCKED);
	assert_int_equal(do_it(kit, GET_REPORT), 0);
	assert_memory_equal(kit->memory + BUFFER + 20, "report\0", 7);
	assert_int_equal(kit->sends, 0);
	kit->source_rc = -EIO;
	assert_int_equal(do_it(kit, GET_REPORT), 10);
	kit->source_rc = -ENODATA;
	assert_int_equal(do_it(kit, GET_REPORT), 11);
	kit_free(kit);
}

/* ---- errors */

static void an_errno_has_its_error_byte(void **unused)
{
	static const struct {
		const char *fault;
		uint8_t error;
	} cases[] = {
		{"backend:ENXIO", 15}, {"backend:EINVAL", 15}, {"gone", 15},
		{"backend:EBUSY", 11}, {"again-once", 11},     {"backend:EIO", 10},
		{"copyout", 10},       {"code:9", 10},
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct kit *kit = td(TSMREQ_UAPI_JUNE, TSMREQ_TDI_LOCKED);

		kit_set_fault(kit, cases[i].fault);
		assert_int_equal(do_it(kit, START), cases[i].error);
		kit_free(kit);
	}
}

static uint32_t layer;
static unsigned int layers_asked;

static uint32_t get_layer(void *userdata, struct tsmreq_guest_dev dev, enum tsmreq_call_kind kind,
			  int rc)
{
	(void)userdata;
	(void)kind;
	assert_int_equal(dev.raw, KIT_DEV);
	assert_true(rc < 0);
	layers_asked++;
	return layer;
}

static void a_vmm_that_knows_the_layer_says_it(void **unused)
{
	struct kit *kit = kit_new(TSMREQ_ARCH_TDX, TSMREQ_UAPI_JUNE);
	struct tsmreq_exit exit;
	struct tsmreq_job *jobs[2];

	(void)unused;
	layers_asked = 0;
	kit->ops.get_layer = get_layer;
	kit_start(kit, TSMREQ_TDI_LOCKED);
	kit_set_fault(kit, "backend:EINVAL");
	layer = TSMREQ_TDCM_ERROR_TDISP_MESSAGE;
	assert_int_equal(do_it(kit, START), 14);
	layer = 0;
	assert_int_equal(do_it(kit, START), 15);
	layer = 99; /* no error byte: what the errno says is left */
	assert_int_equal(do_it(kit, START), 15);
	assert_int_equal(layers_asked, 3);
	/* what worked failed in no layer, and what was never sent in none either */
	kit_set_fault(kit, "");
	layer = 14;
	for (unsigned int i = 0; i < 2; i++) {
		exit = kit_tdcm_exit(kit, START, BUFFER, 0);
		exit.vcpu = i;
		assert_int_equal(kit_prepare(kit, &exit, &jobs[i]), TSMREQ_STEP_RUN_NOW);
	}
	for (unsigned int i = 0; i < 2; i++) {
		kit->memory[STATUS] = 0;
		assert_int_equal(tsmreq_job_run(jobs[i]), 0);
		assert_int_equal(kit_answer(jobs[i]).r10, 0);
		assert_int_equal(kit->memory[ERROR], i ? 15 : 0);
	}
	assert_int_equal(layers_asked, 3);
	kit_free(kit);
}

/* ---- kicks */

static void a_kick_leaves_it_open_for_as_long_as_a_td_waits(void **unused)
{
	struct kit *kit = td(TSMREQ_UAPI_JUNE, TSMREQ_TDI_LOCKED);
	struct tsmreq_exit exit = kit_tdcm_exit(kit, START, BUFFER, 0);
	struct tsmreq_job *job;

	(void)unused;
	kit->now = 1000;
	kit_set_fault(kit, "intr:3");
	assert_int_equal(kit_prepare(kit, &exit, &job), TSMREQ_STEP_RUN_NOW);
	assert_int_equal(tsmreq_job_run(job), -EAGAIN);
	kit->now = 9999;
	assert_int_equal(tsmreq_job_run(job), -EAGAIN);
	kit->now = 10000;
	assert_int_equal(tsmreq_job_run(job), 0);
	assert_int_equal(kit_answer(job).r10, 0);
	assert_int_equal(kit->memory[STATUS], 2);
	assert_int_equal(kit->memory[ERROR], 11);
	/* another exit, another time */
	exit = kit_tdcm_exit(kit, START, BUFFER, 0);
	assert_int_equal(kit_prepare(kit, &exit, &job), TSMREQ_STEP_RUN_NOW);
	assert_int_equal(tsmreq_job_run(job), 0);
	(void)kit_answer(job);
	assert_int_equal(kit->memory[STATUS], 1);
	kit_free(kit);
}

static void eagain_and_ebusy_do_not(void **unused)
{
	struct kit *kit = td(TSMREQ_UAPI_JUNE, TSMREQ_TDI_LOCKED);

	(void)unused;
	kit_set_fault(kit, "again-once");
	assert_int_equal(do_it(kit, START), 11);
	kit_set_fault(kit, "backend:EBUSY");
	assert_int_equal(do_it(kit, START), 11);
	kit_free(kit);
}

static void an_unsure_kick_is_not_run_again(void **unused)
{
	struct kit *kit = td(TSMREQ_UAPI_JUNE, TSMREQ_TDI_LOCKED);
	const struct tsmreq_vdev_opts opts = {.size = sizeof(opts),
					      .initial_state = TSMREQ_TDI_LOCKED,
					      .quirks = TSMREQ_QUIRK_EINTR_UNSURE};
	struct tsmreq_vdev *vdev;

	(void)unused;
	assert_int_equal(tsmreq_vdev_new(&vdev, kit->ctx, kit->id, TSMREQ_ARCH_TDX, &opts), 0);
	assert_int_equal(tsmreq_guest_set_vdev(kit->guest, kit_dev(KIT_DEV), vdev), 0);
	kit_set_fault(kit, "intr");
	assert_int_equal(do_it(kit, START), 10);
	assert_int_equal(kit->events[TSMREQ_DEVICE_UNCERTAIN], 1);
	assert_int_equal(kit->sends, 1);
	tsmreq_vdev_free(vdev);
	kit_free(kit);
}

/* ---- writes */

static void the_status_is_written_last_and_then_comes_the_interrupt(void **unused)
{
	struct kit *kit = td(TSMREQ_UAPI_JUNE, TSMREQ_TDI_LOCKED);
	struct tsmreq_exit exit;

	(void)unused;
	set_report(kit, "report", 6);
	/* data, reserved, error and length, status: the first three alone */
	for (int failing = 1; failing <= 4; failing++) {
		exit = kit_tdcm_exit(kit, GET_REPORT, BUFFER, 0x55);
		exit.vcpu = 2;
		kit->fail_write = failing;
		kit->vector = 0;
		/* the vCPU still waits, and can be told */
		assert_int_equal(kit_handle(kit, &exit).r10, TSMREQ_GHCI_INVALID_OPERAND);
		assert_int_equal(kit->memory[STATUS], 0);
		assert_int_equal(kit->memory[BUFFER + 20], failing > 1 ? 'r' : 0);
		assert_int_equal(kit->vector, 0);
	}
	exit = kit_tdcm_exit(kit, GET_REPORT, BUFFER, 0x55);
	exit.vcpu = 2;
	assert_int_equal(kit_handle(kit, &exit).r10, 0);
	assert_int_equal(kit->memory[STATUS], 1);
	assert_int_equal(kit->vector, 0x55);
	assert_int_equal(kit->vcpu, 2);
	kit_free(kit);
}

static void a_refusal_by_registers_touches_nothing(void **unused)
{
	struct kit *kit = td(TSMREQ_UAPI_JUNE, TSMREQ_TDI_LOCKED);
	struct tsmreq_exit exit;

	(void)unused;
	exit = kit_tdcm_exit(kit, START, BUFFER, 5); /* no vector */
	assert_int_equal(kit_handle(kit, &exit).r10, TSMREQ_GHCI_INVALID_OPERAND);
	exit = kit_tdcm_exit(kit, START, BUFFER, 0);
	exit.ghci.r13 = BUFFER; /* private */
	assert_int_equal(kit_handle(kit, &exit).r10, TSMREQ_GHCI_INVALID_OPERAND);
	exit.ghci.r13 = (BUFFER + 8) | 1ull << 51;
	assert_int_equal(kit_handle(kit, &exit).r10, TSMREQ_GHCI_ALIGN_ERROR);
	exit = kit_tdcm_exit(kit, START, BUFFER, 0);
	kit->memory[STATUS] = 1; /* the answer to another call */
	assert_int_equal(kit_handle(kit, &exit).r10, TSMREQ_GHCI_INVALID_OPERAND);
	assert_int_equal(kit->memory[STATUS], 1);
	exit.ghci.r11 = 0x10003;
	assert_int_equal(kit->sends, 0);
	kit_free(kit);
}

static void a_buffer_that_went_private_is_told_in_the_register(void **unused)
{
	struct kit *kit = td(TSMREQ_UAPI_JUNE, TSMREQ_TDI_LOCKED);
	struct tsmreq_exit exit = kit_tdcm_exit(kit, START, BUFFER, 0x40);
	struct tsmreq_job *job;

	(void)unused;
	assert_int_equal(kit_prepare(kit, &exit, &job), TSMREQ_STEP_RUN_NOW);
	assert_int_equal(tsmreq_job_run(job), 0);
	kit->private_from = BUFFER;
	kit->private_to = BUFFER + 0x1000;
	assert_int_equal(kit_answer(job).r10, TSMREQ_GHCI_INVALID_OPERAND);
	assert_int_equal(kit->vector, 0);
	assert_int_equal(kit->memory[STATUS], 0);
	/* it has happened all the same */
	assert_int_equal(kit_really(kit), TSMREQ_TDI_RUN);
	kit_free(kit);
}

static void what_is_not_offered_is_said_so(void **unused)
{
	struct kit *kit = kit_new(TSMREQ_ARCH_TDX, TSMREQ_UAPI_JUNE);

	(void)unused;
	kit->opts.offers = TSMREQ_GHCI_SERVICE;
	kit_start(kit, TSMREQ_TDI_UNLOCKED);
	assert_int_equal(call(kit, BIND), TSMREQ_GHCI_SUBFUNC_UNSUPPORTED);
	kit_free(kit);
}

static void no_kvm_run_is_ours(void **unused)
{
	struct kit *kit = kit_new(TSMREQ_ARCH_TDX, TSMREQ_UAPI_JUNE);
	uint8_t run[TSMREQ_KVM_RUN_SIZE] = {[8] = 40, [40] = 7, [42] = 1};
	const struct tsmreq_exit exit = kit_run_exit(run);
	struct tsmreq_job *job;

	(void)unused;
	kit->opts.kvm_abi = TSMREQ_KVM_TDX;
	kit_start(kit, TSMREQ_TDI_UNLOCKED);
	assert_int_equal(kit_prepare(kit, &exit, &job), TSMREQ_STEP_NOT_OURS);
	kit_free(kit);
}

/* ---- Service */

#define COMMAND	 0x4000u
#define RESPONSE 0x6000u

static const uint8_t tdcm_guid[] = {0x51, 0xda, 0x70, 0x62, 0x23, 0x9a, 0x6b, 0x4b,
				    0x81, 0xce, 0xdd, 0xd8, 0x69, 0x70, 0xf2, 0x96};

static struct kit *serving(void)
{
	struct kit *kit = kit_new(TSMREQ_ARCH_TDX, TSMREQ_UAPI_JUNE);

	kit->opts.offers = TSMREQ_GHCI_OFFERS;
	kit_start(kit, TSMREQ_TDI_UNLOCKED);
	return kit;
}

static struct tsmreq_exit service_exit(struct kit *kit, uint8_t command, uint32_t length,
				       uint32_t device)
{
	memset(kit->memory + COMMAND, 0, 0x1000);
	memset(kit->memory + RESPONSE, 0, 0x1000);
	memcpy(kit->memory + COMMAND, tdcm_guid, 16);
	memcpy(kit->memory + RESPONSE, tdcm_guid, 16);
	tsmreq_store_le32(kit->memory + COMMAND + 16, length);
	tsmreq_store_le32(kit->memory + RESPONSE + 16, 0x1000);
	kit->memory[COMMAND + 25] = command;
	tsmreq_store_le32(kit->memory + COMMAND + 28, device);
	return (struct tsmreq_exit){
		.size = sizeof(struct tsmreq_exit),
		.form = TSMREQ_EXIT_GHCI,
		.ghci = {.r11 = TSMREQ_GHCI_LEAF_SERVICE,
			 .r12 = COMMAND | 1ull << 51,
			 .r13 = RESPONSE | 1ull << 51,
			 .r14 = 0x60},
		.vcpu_fd = -1,
	};
}

static void the_older_tdcm_is_the_vmms(void **unused)
{
	struct kit *kit = serving();
	struct tsmreq_exit exit = service_exit(kit, 0, 32, KIT_DEV);
	uint8_t nonce[32];
	struct tsmreq_answer answer = {.value = 0x1234, .data = {nonce, sizeof(nonce)}};
	struct tsmreq_job *job;

	(void)unused;
	memset(nonce, 0x3c, sizeof(nonce));
	assert_int_equal(kit_prepare(kit, &exit, &job), TSMREQ_STEP_VMM);
	assert_int_equal(tsmreq_job_get_call(job)->kind, TSMREQ_CALL_LEGACY_CONTEXT);
	assert_int_equal(tsmreq_job_run(job), 0);
	assert_int_equal(tsmreq_job_finish(job, &answer), 0);
	memset(nonce, 0, sizeof(nonce));
	assert_int_equal(kit_answer(job).r10, 0);
	assert_int_equal(tsmreq_load_le32(kit->memory + RESPONSE + 28), 0x1234);
	assert_int_equal(kit->memory[RESPONSE + 40], 0x3c);
	assert_int_equal(tsmreq_load_le32(kit->memory + RESPONSE + 16), 72);
	assert_int_equal(kit->vector, 0x60);
	/* a nonce of another length is the VMM's mistake, and fails */
	exit = service_exit(kit, 0, 32, KIT_DEV);
	assert_int_equal(kit_prepare(kit, &exit, &job), TSMREQ_STEP_VMM);
	answer.data.size = 31;
	assert_int_equal(tsmreq_job_finish(job, &answer), 0);
	assert_int_equal(kit_answer(job).r10, 0);
	assert_int_equal(kit->memory[RESPONSE + 26], 1);
	/* nobody has it: zeros */
	exit = service_exit(kit, 0, 32, 0x999);
	(void)kit_handle(kit, &exit);
	assert_int_equal(tsmreq_load_le32(kit->memory + RESPONSE + 28), 0);
	assert_int_equal(kit->memory[RESPONSE + 26], 0);
	assert_int_equal(kit->sends, 0);
	kit_free(kit);
}

static void a_service_body_is_fetched_once(void **unused)
{
	struct kit *kit = serving();
	struct tsmreq_exit exit = service_exit(kit, 3, 64, KIT_DEV);
	const struct tsmreq_answer answer = {.data = {"info", 4}};
	struct tsmreq_job *job;

	(void)unused;
	assert_int_equal(kit_prepare(kit, &exit, &job), TSMREQ_STEP_VMM);
	for (unsigned int i = 0; i < 64; i++)
		assert_int_equal(kit->fetched[COMMAND + i], 1);
	assert_int_equal(tsmreq_job_finish(job, &answer), 0);
	assert_int_equal(kit_answer(job).r10, 0);
	assert_memory_equal(kit->memory + RESPONSE + 28, "info\0", 5);
	kit_free(kit);
}

/* One buffer for both, or one inside the other: bytes would be fetched twice. */
static void buffers_that_meet_are_refused(void **unused)
{
	struct kit *kit = serving();
	struct tsmreq_exit exit = service_exit(kit, 0, 32, KIT_DEV);

	(void)unused;
	exit.ghci.r13 = exit.ghci.r12;
	assert_int_equal(kit_handle(kit, &exit).r10, TSMREQ_GHCI_INVALID_OPERAND);
	exit = service_exit(kit, 0, RESPONSE - COMMAND + 24, KIT_DEV);
	assert_int_equal(kit_handle(kit, &exit).r10, TSMREQ_GHCI_INVALID_OPERAND);
	exit = service_exit(kit, 0, RESPONSE - COMMAND, KIT_DEV); /* it ends where that starts */
	assert_int_equal(kit_handle(kit, &exit).r10, 0);
	kit_free(kit);
}

static void a_long_command_needs_no_more_than_its_staging(void **unused)
{
	struct kit *kit = serving();
	struct tsmreq_exit exit = service_exit(kit, 2, 0x10000, KIT_DEV);

	(void)unused;
	exit.ghci.r12 = 0x10000 | 1ull << 51;
	memcpy(kit->memory + 0x10000, kit->memory + COMMAND, 0x1000);
	assert_int_equal(kit_handle(kit, &exit).r10, 0);
	assert_int_equal(kit->memory[RESPONSE + 26], 1); /* MAP_DMA is always refused */
	kit_free(kit);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_legal_steps_reach_the_kernel),
		cmocka_unit_test(an_unsure_device_is_left_alone),
		cmocka_unit_test(what_has_no_public_form_is_refused),
		cmocka_unit_test(what_is_done_is_what_is_told),
		cmocka_unit_test(support_is_answered_for_any_device),
		cmocka_unit_test(a_device_of_another_segment_is_another_device),
		cmocka_unit_test(a_device_in_reset_is_busy),
		cmocka_unit_test(a_report_is_told_whole_or_not_at_all),
		cmocka_unit_test(no_report_is_what_a_kernel_said_that_failed),
		cmocka_unit_test(a_report_that_grows_meanwhile_is_an_error),
		cmocka_unit_test(a_report_may_be_the_vmms),
		cmocka_unit_test(an_errno_has_its_error_byte),
		cmocka_unit_test(a_vmm_that_knows_the_layer_says_it),
		cmocka_unit_test(a_kick_leaves_it_open_for_as_long_as_a_td_waits),
		cmocka_unit_test(eagain_and_ebusy_do_not),
		cmocka_unit_test(an_unsure_kick_is_not_run_again),
		cmocka_unit_test(the_status_is_written_last_and_then_comes_the_interrupt),
		cmocka_unit_test(a_refusal_by_registers_touches_nothing),
		cmocka_unit_test(a_buffer_that_went_private_is_told_in_the_register),
		cmocka_unit_test(what_is_not_offered_is_said_so),
		cmocka_unit_test(no_kvm_run_is_ours),
		cmocka_unit_test(the_older_tdcm_is_the_vmms),
		cmocka_unit_test(a_service_body_is_fetched_once),
		cmocka_unit_test(buffers_that_meet_are_refused),
		cmocka_unit_test(a_long_command_needs_no_more_than_its_staging),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
