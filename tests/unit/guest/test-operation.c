/* SPDX-License-Identifier: MIT */
/* wraps: pthread_mutex_lock */
#include "guest/guest.h"
#include "kit.h"

/* RHI's long operation: every state and every event, by what a Realm and its VMM can do. */

static void (*at_lock)(void); /* called once, when somebody is about to take a lock */

int __real_pthread_mutex_lock(pthread_mutex_t *lock);
int __wrap_pthread_mutex_lock(pthread_mutex_t *lock);

int __wrap_pthread_mutex_lock(pthread_mutex_t *lock)
{
	void (*const call)(void) = at_lock;

	at_lock = NULL;
	if (call)
		call();
	return __real_pthread_mutex_lock(lock);
}

#define NONE UINT64_MAX /* no answer: the event is none of the guest's */

static struct kit *kit;

static struct operation *operation(void)
{
	return &tsmreq_devices_find(&kit->guest->devices, KIT_DEV)->operation;
}

static uint64_t set_state(uint64_t target, uint64_t *ret_handle)
{
	return kit_rhi(kit, TSMREQ_RHI_VDEV_SET_TDI_STATE, KIT_DEV, target, ret_handle);
}

static uint64_t proceed(uint64_t handle)
{
	uint64_t x1;
	const uint64_t x0 = kit_rhi(kit, TSMREQ_RHI_VDEV_CONTINUE, KIT_DEV, handle, &x1);

	/* it brings no new handle */
	assert_int_equal(x1, 0);
	return x0;
}

static uint64_t give_up(void)
{
	return kit_rhi(kit, TSMREQ_RHI_VDEV_ABORT, KIT_DEV, 0, NULL);
}

/* ---- states */

static uint64_t handle;
static struct tsmreq_job *job; /* of the operation, while there is one that was not settled */

static void to_idle(void)
{
	handle = 77;
	job = NULL;
}

static void to_queued(void)
{
	assert_int_equal(set_state(1, &handle), TSMREQ_RHI_INCOMPLETE);
	assert_int_not_equal(handle, 0);
	job = kit->offloaded[kit->taken];
}

/* In the kernel, or back from it: nobody can tell from outside before settle. */
static void to_running(void)
{
	to_queued();
	assert_int_equal(tsmreq_job_run(job), 0);
}

static void to_done(void)
{
	to_running();
	assert_int_equal(tsmreq_job_settle(job), 0);
	job = NULL;
}

static void to_told(void)
{
	to_done();
	assert_int_equal(proceed(handle), TSMREQ_RHI_SUCCESS);
}

static void to_lost(void)
{
	to_running();
	assert_int_equal(tsmreq_guest_reset_begin(kit->guest, kit_dev(KIT_DEV)), 0);
}

/* ---- events */

static uint64_t start(void)
{
	return kit_rhi(kit, TSMREQ_RHI_VDEV_GET_INTERFACE_REPORT, KIT_DEV, 0, NULL);
}

static uint64_t ask(void)
{
	return proceed(handle);
}

static uint64_t ask_strangely(void)
{
	return proceed(handle + 1);
}

static uint64_t ask_zero(void)
{
	return proceed(0);
}

static uint64_t run(void)
{
	assert_int_equal(tsmreq_job_run(job), 0);
	return NONE;
}

static uint64_t settle(void)
{
	assert_int_equal(tsmreq_job_settle(job), 0);
	job = NULL;
	return NONE;
}

static uint64_t reset(void)
{
	struct tsmreq_result result;
	int rc;

	(void)!tsmreq_guest_reset_begin(kit->guest, kit_dev(KIT_DEV));
	rc = tsmreq_guest_reset_end(kit->guest, kit_dev(KIT_DEV), &result);
	assert_true(rc == 0 || rc == -EBUSY);
	return NONE;
}

static const struct {
	void (*to)(void);
	uint64_t (*event)(void);
	uint64_t status;
	enum operation_state next;
} steps[] = {
	{to_idle, start, 1, OPERATION_QUEUED},
	{to_idle, ask, 6, OPERATION_IDLE},
	{to_idle, ask_strangely, 6, OPERATION_IDLE},
	{to_idle, ask_zero, 0, OPERATION_IDLE},
	{to_idle, give_up, 0, OPERATION_IDLE},
	{to_idle, reset, NONE, OPERATION_IDLE},

	{to_queued, start, 9, OPERATION_QUEUED},
	{to_queued, ask, 1, OPERATION_QUEUED},
	{to_queued, ask_strangely, 6, OPERATION_QUEUED},
	{to_queued, ask_zero, 6, OPERATION_QUEUED},
	{to_queued, give_up, 0, OPERATION_IDLE},
	{to_queued, run, NONE, OPERATION_RUNNING},
	{to_queued, reset, NONE, OPERATION_IDLE},

	{to_running, start, 9, OPERATION_RUNNING},
	{to_running, ask, 1, OPERATION_RUNNING},
	{to_running, ask_strangely, 6, OPERATION_RUNNING},
	{to_running, ask_zero, 6, OPERATION_RUNNING},
	{to_running, give_up, 9, OPERATION_RUNNING},
	{to_running, settle, NONE, OPERATION_DONE},
	{to_running, reset, NONE, OPERATION_LOST},

	{to_done, start, 1, OPERATION_QUEUED},
	{to_done, ask, 0, OPERATION_TOLD},
	{to_done, ask_strangely, 6, OPERATION_DONE},
	{to_done, ask_zero, 6, OPERATION_DONE},
	{to_done, give_up, 10, OPERATION_DONE},
	{to_done, reset, NONE, OPERATION_IDLE},

	{to_told, start, 1, OPERATION_QUEUED},
	{to_told, ask, 0, OPERATION_TOLD},
	{to_told, ask_strangely, 6, OPERATION_TOLD},
	{to_told, ask_zero, 0, OPERATION_TOLD},
	{to_told, give_up, 0, OPERATION_TOLD},
	{to_told, reset, NONE, OPERATION_IDLE},

	/* the device is in reset, which passes */
	{to_lost, start, 9, OPERATION_LOST},
	{to_lost, ask, 9, OPERATION_LOST},
	{to_lost, ask_strangely, 9, OPERATION_LOST},
	{to_lost, ask_zero, 9, OPERATION_LOST},
	{to_lost, give_up, 9, OPERATION_LOST},
	{to_lost, settle, NONE, OPERATION_IDLE},
	{to_lost, reset, NONE, OPERATION_LOST},
};

static void begin(void)
{
	kit = kit_new(TSMREQ_ARCH_CCA, TSMREQ_UAPI_CCA_V7);
	kit->ops.offload = kit_offload;
	kit_start(kit, TSMREQ_TDI_UNLOCKED);
}

static void end(void)
{
	kit_free(kit);
}

static void every_event_in_every_state(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		begin();
		steps[i].to();
		assert_int_equal(steps[i].event(), steps[i].status);
		assert_int_equal(operation()->state, steps[i].next);
		end();
	}
}

static void what_was_aborted_in_line_is_never_sent(void **unused)
{
	struct tsmreq_job *dropped;
	uint64_t other;

	(void)unused;
	begin();
	to_queued();
	dropped = job;
	assert_int_equal(give_up(), 0);
	/* its handle is dead, and 0 is none's */
	assert_int_equal(proceed(handle), TSMREQ_RHI_DEVICE);
	assert_int_equal(proceed(0), TSMREQ_RHI_SUCCESS);
	/* another one can start meanwhile, and is not mixed up with it */
	assert_int_equal(set_state(1, &other), TSMREQ_RHI_INCOMPLETE);
	assert_int_not_equal(other, handle);
	assert_int_equal(tsmreq_job_run(dropped), 0);
	assert_int_equal(tsmreq_job_settle(dropped), 0);
	assert_int_equal(kit->sends, 0);
	assert_int_equal(proceed(other), TSMREQ_RHI_INCOMPLETE);
	kit->taken = 1;
	kit_run_next(kit);
	assert_int_equal(kit->sends, 1);
	assert_int_equal(proceed(other), TSMREQ_RHI_SUCCESS);
	end();
}

static void what_a_reset_dropped_is_never_sent(void **unused)
{
	struct tsmreq_guest_counters counters;
	struct tsmreq_result result;

	(void)unused;
	begin();
	to_queued();
	assert_int_equal(tsmreq_guest_reset_begin(kit->guest, kit_dev(KIT_DEV)), 0);
	assert_int_equal(tsmreq_guest_reset_end(kit->guest, kit_dev(KIT_DEV), &result), -EBUSY);
	assert_int_equal(kit->events[TSMREQ_DEVICE_DRAINED], 0);
	kit_run_next(kit);
	assert_int_equal(kit->events[TSMREQ_DEVICE_DRAINED], 1);
	assert_int_equal(tsmreq_guest_reset_end(kit->guest, kit_dev(KIT_DEV), &result), 0);
	assert_int_equal(kit->sends, 0);
	/* nobody was refused: nobody waited */
	tsmreq_guest_get_counters(kit->guest, &counters);
	assert_int_equal(counters.refused, 0);
	assert_int_equal(proceed(handle), TSMREQ_RHI_DEVICE);
	assert_int_equal(kit_really(kit), TSMREQ_TDI_UNLOCKED);
	end();
}

static void a_result_that_comes_after_a_reset_is_dropped(void **unused)
{
	struct tsmreq_result result;

	(void)unused;
	begin();
	to_lost();
	(void)settle();
	assert_int_equal(kit->events[TSMREQ_DEVICE_DRAINED], 1);
	assert_int_equal(tsmreq_guest_reset_end(kit->guest, kit_dev(KIT_DEV), &result), 0);
	assert_int_equal(kit_really(kit), TSMREQ_TDI_UNLOCKED);
	assert_int_equal(proceed(handle), TSMREQ_RHI_DEVICE);
	assert_int_equal(proceed(0), TSMREQ_RHI_SUCCESS);
	end();
}

/* The reset comes between the exit and its answer: no handle is given that outlives it. */
static void nothing_starts_once_a_reset_has_begun(void **unused)
{
	const struct tsmreq_exit exit =
		kit_rhi_exit(TSMREQ_RHI_VDEV_SET_TDI_STATE, KIT_DEV, 1, 0, 0, 0);
	struct tsmreq_result result;
	struct tsmreq_reply reply;

	(void)unused;
	begin();
	assert_int_equal(kit_prepare(kit, &exit, &job), TSMREQ_STEP_DEFERRED);
	assert_int_equal(tsmreq_guest_reset_begin(kit->guest, kit_dev(KIT_DEV)), 0);
	reply = kit_answer(job);
	assert_int_equal(reply.rhi.x[0], TSMREQ_RHI_BUSY);
	assert_int_equal(reply.rhi.x[1], 0);
	assert_int_equal(kit->offloads, 0);
	assert_int_equal(kit->events[TSMREQ_DEVICE_DRAINED], 1);
	assert_int_equal(tsmreq_guest_reset_end(kit->guest, kit_dev(KIT_DEV), &result), 0);
	assert_int_equal(operation()->state, OPERATION_IDLE);
	assert_int_equal(proceed(0), TSMREQ_RHI_SUCCESS);
	end();
}

static void an_error_is_told_again_as_well(void **unused)
{
	(void)unused;
	begin();
	to_queued();
	kit_set_fault(kit, "backend:EINVAL");
	kit_run_next(kit);
	assert_int_equal(proceed(handle), TSMREQ_RHI_DEVICE);
	assert_int_equal(proceed(handle), TSMREQ_RHI_DEVICE);
	end();
}

/* The status belongs to the operation that ends while the guest asks. */
static void settle_now(void)
{
	(void)settle();
}

static void who_asks_at_the_last_moment_hears_of_this_operation(void **unused)
{
	(void)unused;
	begin();
	/* one that fails, */
	to_queued();
	kit_set_fault(kit, "backend:EINVAL");
	kit_run_next(kit);
	assert_int_equal(proceed(handle), TSMREQ_RHI_DEVICE);
	kit_set_fault(kit, "");
	/* and one that works, and ends between the question and its answer */
	to_running();
	at_lock = settle_now;
	assert_int_equal(proceed(handle), TSMREQ_RHI_SUCCESS);
	assert_null(at_lock);
	end();
}

/* ---- handles */

static void handles_are_unique_and_good_for_their_device(void **unused)
{
	struct tsmreq_vdev *other;
	uint64_t first, second;

	(void)unused;
	begin();
	other = kit_new_vdev(kit, TSMREQ_TDI_UNLOCKED);
	assert_int_equal(kit_attach(kit, 0x200, other), 0);
	assert_int_equal(set_state(1, &first), TSMREQ_RHI_INCOMPLETE);
	assert_int_equal(kit_rhi(kit, TSMREQ_RHI_VDEV_SET_TDI_STATE, 0x200, 1, &second),
			 TSMREQ_RHI_INCOMPLETE);
	assert_int_not_equal(first, 0);
	assert_int_not_equal(second, 0);
	assert_int_not_equal(first, second);
	assert_int_equal(kit_rhi(kit, TSMREQ_RHI_VDEV_CONTINUE, 0x200, first, NULL),
			 TSMREQ_RHI_DEVICE);
	assert_int_equal(proceed(second), TSMREQ_RHI_DEVICE);
	assert_int_equal(kit_rhi(kit, TSMREQ_RHI_VDEV_CONTINUE, 0x300, first, NULL),
			 TSMREQ_RHI_INVALID_VDEV_ID);
	assert_int_equal(kit_rhi(kit, TSMREQ_RHI_VDEV_ABORT, 0x300, 0, NULL),
			 TSMREQ_RHI_INVALID_VDEV_ID);
	kit_run_next(kit);
	kit_run_next(kit);
	assert_int_equal(proceed(first), TSMREQ_RHI_SUCCESS);
	assert_int_equal(kit_rhi(kit, TSMREQ_RHI_VDEV_CONTINUE, 0x200, second, NULL),
			 TSMREQ_RHI_SUCCESS);
	/* the next one's is another */
	assert_int_equal(set_state(2, &second), TSMREQ_RHI_INCOMPLETE);
	assert_int_not_equal(second, first);
	assert_int_equal(proceed(first), TSMREQ_RHI_DEVICE);
	tsmreq_vdev_free(other);
	end();
}

static void begin_with(uint32_t quirks)
{
	kit = kit_new(TSMREQ_ARCH_CCA, TSMREQ_UAPI_CCA_V7);
	kit->ops.offload = kit_offload;
	kit->opts.quirks = quirks;
	kit_start(kit, TSMREQ_TDI_UNLOCKED);
}

static void quirk_handle_vdev(void **unused)
{
	(void)unused;
	begin_with(TSMREQ_RHI_QUIRK_HANDLE_VDEV);
	assert_int_equal(proceed(5), TSMREQ_RHI_INVALID_VDEV_ID);
	end();
}

static void quirk_continue_any_handle(void **unused)
{
	(void)unused;
	begin_with(TSMREQ_RHI_QUIRK_CONTINUE_ANY_HANDLE);
	assert_int_equal(proceed(0x1234), TSMREQ_RHI_SUCCESS); /* nothing is under way */
	to_queued();
	assert_int_equal(proceed(0x1234), TSMREQ_RHI_INCOMPLETE);
	assert_int_equal(proceed(0), TSMREQ_RHI_INCOMPLETE);
	kit_run_next(kit);
	assert_int_equal(proceed(0x1234), TSMREQ_RHI_SUCCESS);
	assert_int_equal(operation()->state, OPERATION_TOLD);
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_event_in_every_state),
		cmocka_unit_test(what_was_aborted_in_line_is_never_sent),
		cmocka_unit_test(what_a_reset_dropped_is_never_sent),
		cmocka_unit_test(a_result_that_comes_after_a_reset_is_dropped),
		cmocka_unit_test(nothing_starts_once_a_reset_has_begun),
		cmocka_unit_test(an_error_is_told_again_as_well),
		cmocka_unit_test(who_asks_at_the_last_moment_hears_of_this_operation),
		cmocka_unit_test(handles_are_unique_and_good_for_their_device),
		cmocka_unit_test(quirk_handle_vdev),
		cmocka_unit_test(quirk_continue_any_handle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
