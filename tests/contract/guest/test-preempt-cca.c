/* SPDX-License-Identifier: MIT */
#include "preempt.h"

/* The long operation of a Realm's device, and whatever may come in its way. */

static uint64_t handle;

static void start_run(void)
{
	uint64_t x1;
	const uint64_t status =
		kit_rhi(kit, TSMREQ_RHI_VDEV_SET_TDI_STATE, KIT_DEV, TSMREQ_TDI_RUN, &x1);

	/* offered, busy, not there, or an illegal step by now */
	assert_true(status == 1 || status == 9 || status == 3 || status == 6);
	if (status == 1)
		handle = x1;
}

static void start_report_on_another_vcpu(void)
{
	struct tsmreq_exit exit =
		kit_rhi_exit(TSMREQ_RHI_VDEV_GET_INTERFACE_REPORT, KIT_DEV, 0, 0, 0, 0);
	struct tsmreq_reply reply;
	enum tsmreq_step step;
	struct tsmreq_job *job;

	exit.vcpu = 1;
	assert_int_equal(tsmreq_guest_prepare(kit->guest, &exit, &job, &step), 0);
	assert_true(step == TSMREQ_STEP_DEFERRED || step == TSMREQ_STEP_DONE);
	assert_int_equal(tsmreq_job_answer(job, &reply), 0);
	assert_true(reply.rhi.x[0] == 1 || reply.rhi.x[0] == 9 || reply.rhi.x[0] == 3);
}

static uint64_t ask(uint64_t call, uint64_t x2)
{
	struct tsmreq_exit exit = kit_rhi_exit(call, KIT_DEV, x2, 0, 0, 0);
	struct tsmreq_reply reply;
	enum tsmreq_step step;
	struct tsmreq_job *job;

	/* a vCPU has one exit at a time */
	exit.vcpu = in_second ? 3 : 2;
	assert_int_equal(tsmreq_guest_prepare(kit->guest, &exit, &job, &step), 0);
	assert_int_equal(step, TSMREQ_STEP_DONE);
	assert_int_equal(tsmreq_job_answer(job, &reply), 0);
	return reply.rhi.x[0];
}

static void proceed(void)
{
	const uint64_t status = ask(TSMREQ_RHI_VDEV_CONTINUE, handle);

	/* its end is done, refused as too late, or busy; else it is not there, or unknown */
	assert_true(status == 0 || status == 1 || status == 3 || status == 6 || status == 9);
}

static bool is_queued(void)
{
	const struct device *device = tsmreq_devices_find(&kit->guest->devices, KIT_DEV);

	return device && device->operation.state == OPERATION_QUEUED;
}

static void at_submit(struct kit *of)
{
	const uint8_t *arg = of->arg;
	const uint8_t *payload = (const uint8_t *)(uintptr_t)tsmreq_load_le64(arg + 24);

	assert_false(is_dropped && tsmreq_load_le32(arg + 8) == 2 &&
		     tsmreq_load_le32(payload) == TSMREQ_TDI_RUN);
}

static void give_up(void)
{
	const bool was_in_line = is_queued();
	const unsigned int sends = kit->sends;
	const uint64_t status = ask(TSMREQ_RHI_VDEV_ABORT, 0);

	assert_true(status == 0 || status == 3 || status == 9 || status == 10);
	/* unless it was sent under our hands */
	is_dropped |= was_in_line && status == 0 && kit->sends == sends;
}

static void validate(void)
{
	const uint64_t response = kit_tio(kit, KIT_BAR, 0x1000);

	assert_true(response == 0 || response == UINT64_MAX);
}

static void size_in_reset(void)
{
	const uint64_t status = ask(TSMREQ_RHI_OBJECT_SIZE, 99);

	assert_true(status == 4);
}

/* ---- before it, and after it */

/* In line: one has the device, and the pool has not come to it. */
static void operation_in_line(void)
{
	start_run();
	assert_int_equal(kit->offloads, 1);
}

static void resetting(void)
{
	begin_reset();
}

static void begin(void)
{
	raise_kit(TSMREQ_ARCH_CCA, TSMREQ_UAPI_CCA_V7, TSMREQ_TDI_LOCKED);
	kit->at_submit = at_submit;
	is_in_line = is_queued;
	handle = 0;
}

static void end(void)
{
	const bool was_reset = come_to_rest();
	/* the next life knows nothing of the last one's; a detach may have begun, too */
	const uint64_t status = was_reset && handle ? ask(TSMREQ_RHI_VDEV_CONTINUE, handle)
						    : TSMREQ_RHI_DEVICE;

	assert_true(status == TSMREQ_RHI_DEVICE || status == TSMREQ_RHI_INVALID_VDEV_ID);
	take_away_and_bring_back();
	assert_int_equal(ask(TSMREQ_RHI_VDEV_CONTINUE, handle + 100), TSMREQ_RHI_DEVICE);
	assert_int_equal(kit_rhi(kit, TSMREQ_RHI_VDEV_GET_INTERFACE_REPORT, KIT_DEV, 0, &handle),
			 TSMREQ_RHI_INCOMPLETE);
	pool();
	kit_end(kit);
	free(kit);
}

static const struct pair pairs[] = {
	{nothing,
	 start_run,
	 "an operation is started",
	 {begin_reset, reset, begin_detach, detach_and_attach, give_up, proceed,
	  start_report_on_another_vcpu, there_and_back, NULL}},
	{operation_in_line,
	 pool,
	 "the pool runs and settles",
	 {begin_reset, reset, begin_detach, give_up, proceed, start_report_on_another_vcpu,
	  there_and_back, size_in_reset, NULL}},
	{operation_in_line, proceed, "CONTINUE", {pool, begin_reset, begin_detach, give_up, NULL}},
	{operation_in_line,
	 give_up,
	 "ABORT",
	 {pool, begin_reset, begin_detach, proceed, start_report_on_another_vcpu, NULL}},
	{operation_in_line,
	 begin_reset,
	 "a reset begins",
	 {pool, proceed, give_up, begin_detach, begin_reset, start_report_on_another_vcpu, NULL}},
	{operation_in_line,
	 begin_detach,
	 "a detach begins",
	 {pool, proceed, give_up, begin_reset, begin_detach, start_report_on_another_vcpu, NULL}},
	{resetting,
	 end_reset,
	 "a reset ends",
	 {begin_detach, detach_and_attach, end_reset, end_detach, proceed, size_in_reset,
	  start_report_on_another_vcpu, there_and_back, NULL}},
	{nothing, validate, "a validation", {begin_reset, begin_detach, there_and_back, NULL}},
	{nothing,
	 there_and_back,
	 "renumbering",
	 {start_run, begin_reset, begin_detach, proceed, size_in_reset, NULL}},
	{nothing,
	 detach_and_attach,
	 "detach and attach",
	 {start_run, begin_reset, proceed, there_and_back, NULL}},
};

static void whatever_happens_in_the_middle_all_ends_well(void **unused)
{
	(void)unused;
	for (size_t p = 0; p < sizeof(pairs) / sizeof(pairs[0]); p++)
		meet_everywhere(&pairs[p], begin, end);
	assert_in_range(meeting.count, 200, 2000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(whatever_happens_in_the_middle_all_ends_well, say_where),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
