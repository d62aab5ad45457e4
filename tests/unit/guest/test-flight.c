/* SPDX-License-Identifier: MIT */
/* wraps: pthread_mutex_lock */
#include <pthread.h>

#include "kit.h"

/* TDX: deferred calls that a TD polls for. Each is answered once: by its result or by the clock. */

static void (*at_lock)(void); /* called once, at the lock that brings the count to 0 */
static unsigned int at_lock_in;

int __real_pthread_mutex_lock(pthread_mutex_t *lock);
int __wrap_pthread_mutex_lock(pthread_mutex_t *lock);

int __wrap_pthread_mutex_lock(pthread_mutex_t *lock)
{
	if (at_lock && !--at_lock_in) {
		void (*const call)(void) = at_lock;

		at_lock = NULL;
		call();
	}
	return __real_pthread_mutex_lock(lock);
}

enum {
	CHECK = 1,
	BIND,
	DEVICE_INFO,
	GET_REPORT,
	START,
	GET_STATE,
	UNBIND
};

#define A 0x20000u
#define B 0x21000u

static struct kit *start(enum tsmreq_tdi_state state)
{
	struct kit *kit = kit_new(TSMREQ_ARCH_TDX, TSMREQ_UAPI_JUNE);

	kit->ops.offload = kit_offload;
	kit->now = 100;
	kit_start(kit, state);
	return kit;
}

static struct tsmreq_exit exit_at(struct kit *kit, uint8_t operation, uint64_t gpa)
{
	struct tsmreq_exit exit = kit_tdcm_exit(kit, operation, gpa, 0x44);

	exit.ghci.r14 = 0x1000;
	return exit;
}

static void defer(struct kit *kit, uint8_t operation, uint64_t gpa)
{
	const struct tsmreq_exit exit = exit_at(kit, operation, gpa);

	assert_int_equal(kit_defer(kit, &exit).r10, 0);
}

static uint8_t status(const struct kit *kit, uint64_t gpa)
{
	return kit->memory[gpa + 8];
}

static uint8_t error(const struct kit *kit, uint64_t gpa)
{
	return kit->memory[gpa + 9];
}

/* ---- the result in time */

static void a_deferred_call_waits_and_completes(void **unused)
{
	struct kit *kit = start(TSMREQ_TDI_UNLOCKED);

	(void)unused;
	defer(kit, BIND, A);
	assert_int_equal(status(kit, A), 0); /* WAIT */
	assert_int_equal(kit->vector, 0);
	assert_int_equal(kit->sends, 0);
	kit_run_next(kit);
	assert_int_equal(status(kit, A), 1);
	assert_int_equal(kit->vector, 0x44);
	assert_int_equal(kit_really(kit), TSMREQ_TDI_LOCKED);
	assert_false(tsmreq_guest_next_deadline(kit->guest, &(uint64_t){0}));
	kit_free(kit);
}

static void an_error_completes_too(void **unused)
{
	struct kit *kit = start(TSMREQ_TDI_LOCKED);

	(void)unused;
	defer(kit, START, A);
	kit_set_fault(kit, "backend:EBUSY");
	kit_run_next(kit);
	assert_int_equal(status(kit, A), 2);
	assert_int_equal(error(kit, A), 11);
	assert_int_equal(kit->vector, 0x44);
	kit_free(kit);
}

static void what_needs_no_kernel_is_not_deferred(void **unused)
{
	struct kit *kit = start(TSMREQ_TDI_UNLOCKED);
	struct tsmreq_exit exit;

	(void)unused;
	exit = exit_at(kit, CHECK, A);
	(void)kit_handle(kit, &exit);
	assert_int_equal(status(kit, A), 1);
	exit = exit_at(kit, START, A); /* an illegal step */
	(void)kit_handle(kit, &exit);
	assert_int_equal(status(kit, A), 2);
	assert_int_equal(kit->offloads, 0);
	kit_free(kit);
}

static void a_pool_that_takes_nothing_is_the_devices_error(void **unused)
{
	struct kit *kit = start(TSMREQ_TDI_UNLOCKED);

	(void)unused;
	kit->offload_rc = -EAGAIN;
	defer(kit, BIND, A);
	assert_int_equal(status(kit, A), 2);
	assert_int_equal(error(kit, A), 11);
	assert_int_equal(kit->vector, 0x44);
	assert_int_equal(kit->sends, 0);
	assert_false(tsmreq_guest_next_deadline(kit->guest, &(uint64_t){0}));
	kit->offload_rc = 0;
	defer(kit, BIND, A);
	kit_run_next(kit);
	assert_int_equal(status(kit, A), 1);
	kit_free(kit);
}

static void a_pool_that_takes_nothing_and_a_page_that_went(void **unused)
{
	struct kit *kit = start(TSMREQ_TDI_UNLOCKED);
	const struct tsmreq_exit exit = exit_at(kit, BIND, A);

	(void)unused;
	kit->offload_rc = -EAGAIN;
	kit->fail_write = 1;
	/* the vCPU is still there to be told */
	assert_int_equal(kit_defer(kit, &exit).r10, TSMREQ_GHCI_INVALID_OPERAND);
	assert_int_equal(kit->vector, 0);
	kit_free(kit);
}

/* ---- pages in flight */

static void a_page_that_waits_belongs_to_its_call(void **unused)
{
	struct kit *kit = start(TSMREQ_TDI_UNLOCKED);
	struct tsmreq_exit exit;

	(void)unused;
	defer(kit, BIND, A);
	kit->memory[A] = CHECK; /* the guest writes another call over it */
	exit = exit_at(kit, CHECK, A);
	exit.vcpu = 1;
	assert_int_equal(kit_handle(kit, &exit).r10, TSMREQ_GHCI_INVALID_OPERAND);
	/* one that reaches into it */
	exit = exit_at(kit, CHECK, A - 0x1000);
	exit.ghci.r14 = 0x2000;
	assert_int_equal(kit_handle(kit, &exit).r10, TSMREQ_GHCI_INVALID_OPERAND);
	exit.ghci.r14 = 0x1000;
	kit->memory[A - 0x1000] = CHECK;
	assert_int_equal(kit_handle(kit, &exit).r10, 0);
	kit->memory[A] = BIND;
	kit->memory[A + 8] = 0;
	kit_run_next(kit);
	assert_int_equal(status(kit, A), 1);
	/* it is free again */
	exit = exit_at(kit, CHECK, A);
	assert_int_equal(kit_handle(kit, &exit).r10, 0);
	kit_free(kit);
}

static struct kit *running;
static struct tsmreq_job *rival;

static void prepare_rival(void)
{
	struct tsmreq_exit exit = exit_at(running, BIND, A);

	exit.vcpu = 1;
	assert_int_equal(kit_prepare(running, &exit, &rival), TSMREQ_STEP_DEFERRED);
}

/* Both looked before either was in the air. */
static void of_two_calls_on_one_page_one_is_served(void **unused)
{
	struct kit *kit = start(TSMREQ_TDI_UNLOCKED);
	const struct tsmreq_exit exit = exit_at(kit, BIND, A);
	struct tsmreq_job *job;

	(void)unused;
	running = kit;
	at_lock_in = 1;
	at_lock = prepare_rival;
	assert_int_equal(kit_prepare(kit, &exit, &job), TSMREQ_STEP_DONE);
	assert_null(at_lock);
	assert_int_equal(kit_answer(job).r10, TSMREQ_GHCI_INVALID_OPERAND);
	assert_int_equal(kit_answer(rival).r10, 0);
	kit_run_next(kit);
	assert_int_equal(status(kit, A), 1);
	assert_int_equal(kit->sends, 1);
	kit_free(kit);
}

/* ---- the clock */

static void the_next_deadline_is_the_earliest(void **unused)
{
	struct kit *kit = start(TSMREQ_TDI_UNLOCKED);
	uint64_t when = 0;

	(void)unused;
	assert_false(tsmreq_guest_next_deadline(kit->guest, &when));
	assert_false(tsmreq_guest_next_deadline(NULL, &when));
	assert_false(tsmreq_guest_next_deadline(kit->guest, NULL));
	assert_int_equal(tsmreq_guest_expire(NULL, 0), 0);
	kit->now = 500;
	defer(kit, BIND, A);
	kit->now = 700;
	defer(kit, UNBIND, B);
	assert_true(tsmreq_guest_next_deadline(kit->guest, &when));
	assert_int_equal(when, 9500);
	kit_run_next(kit);
	assert_true(tsmreq_guest_next_deadline(kit->guest, &when));
	assert_int_equal(when, 9700);
	kit_run_next(kit);
	assert_false(tsmreq_guest_next_deadline(kit->guest, &when));
	kit_free(kit);
}

static void the_clock_answers_what_is_due_and_nothing_else(void **unused)
{
	struct kit *kit = start(TSMREQ_TDI_UNLOCKED);
	struct tsmreq_guest_counters counters;

	(void)unused;
	defer(kit, BIND, A);
	kit->now = 200;
	defer(kit, UNBIND, B);
	assert_int_equal(tsmreq_guest_expire(kit->guest, 9099), 0);
	assert_int_equal(status(kit, A), 0);
	assert_int_equal(tsmreq_guest_expire(kit->guest, 9100), 1);
	assert_int_equal(status(kit, A), 2);
	assert_int_equal(error(kit, A), 11);
	assert_int_equal(kit->vector, 0x44);
	assert_int_equal(status(kit, B), 0);
	assert_int_equal(tsmreq_guest_expire(kit->guest, 9100), 0);
	tsmreq_guest_get_counters(kit->guest, &counters);
	assert_int_equal(counters.expired, 1);
	/* what had not been sent is not sent any more */
	kit_run_next(kit);
	assert_int_equal(kit->sends, 0);
	kit_run_next(kit);
	assert_int_equal(kit->sends, 1);
	assert_int_equal(status(kit, B), 1);
	assert_int_equal(error(kit, A), 11);
	kit_free(kit);
}

/* The TD has its page back 10 s after its exit: whatever is there now is its own. */
static void a_late_clock_writes_nothing(void **unused)
{
	struct kit *kit = start(TSMREQ_TDI_UNLOCKED);

	(void)unused;
	defer(kit, BIND, A);
	assert_int_equal(tsmreq_guest_expire(kit->guest, 100 + 10000), 1);
	assert_int_equal(status(kit, A), 0);
	assert_int_equal(kit->vector, 0);
	defer(kit, BIND, A);
	assert_int_equal(tsmreq_guest_expire(kit->guest, 100 + 9999), 1);
	assert_int_equal(status(kit, A), 2);
	kit_run_next(kit);
	kit_run_next(kit);
	assert_int_equal(kit->sends, 0);
	kit_free(kit);
}

static void a_page_that_went_private_is_let_go(void **unused)
{
	struct kit *kit = start(TSMREQ_TDI_LOCKED);

	(void)unused;
	defer(kit, START, A);
	kit->private_from = A;
	kit->private_to = A + 0x1000;
	assert_int_equal(tsmreq_guest_expire(kit->guest, 9100), 1);
	assert_int_equal(kit->vector, 0);
	kit_run_next(kit);
	/* and a result that comes for one is dropped */
	defer(kit, START, B);
	kit->private_to = B + 0x1000;
	kit_run_next(kit);
	assert_int_equal(status(kit, B), 0);
	assert_int_equal(kit->vector, 0);
	kit_free(kit);
}

/* ---- late results */

static void expire_now(struct kit *kit)
{
	kit->at_submit = NULL;
	kit->now = 100 + 9500;
	assert_int_equal(tsmreq_guest_expire(kit->guest, kit->now), 1);
}

static void a_late_bind_is_undone(void **unused)
{
	struct kit *kit = start(TSMREQ_TDI_UNLOCKED);

	(void)unused;
	defer(kit, BIND, A);
	kit->at_submit = expire_now;
	kit_run_next(kit);
	assert_int_equal(kit->sends, 2);
	assert_int_equal(kit_really(kit), TSMREQ_TDI_UNLOCKED);
	assert_int_equal(tsmreq_vdev_get_state(kit->vdev), TSMREQ_TDI_UNLOCKED);
	assert_int_equal(kit->events[TSMREQ_DEVICE_LATE], 1);
	assert_int_equal(kit->event_rc, 0);
	/* answered once, by the clock */
	assert_int_equal(status(kit, A), 2);
	assert_int_equal(error(kit, A), 11);
	kit_free(kit);
}

static void where_lock_is_a_request_so_is_the_undo(void **unused)
{
	struct kit *kit = kit_new(TSMREQ_ARCH_TDX, TSMREQ_UAPI_CCA_V7);

	(void)unused;
	kit->ops.offload = kit_offload;
	kit->now = 100;
	kit_start(kit, TSMREQ_TDI_UNLOCKED);
	defer(kit, BIND, A);
	kit->at_submit = expire_now;
	assert_int_equal(tsmreq_job_run(kit->offloaded[0]), 0);
	assert_int_equal(kit->sends, 2);
	assert_int_equal(kit->events[TSMREQ_DEVICE_LATE], 1);
	assert_int_equal(tsmreq_job_settle(kit->offloaded[0]), 0);
	assert_int_equal(kit->events[TSMREQ_DEVICE_UNCERTAIN], 0);
	assert_int_equal(kit_really(kit), TSMREQ_TDI_UNLOCKED);
	kit_free(kit);
}

static void fail_the_undo(struct kit *kit)
{
	if (kit->sends == 1) {
		kit->now = 100 + 9500;
		assert_int_equal(tsmreq_guest_expire(kit->guest, kit->now), 1);
		return;
	}
	kit_set_fault(kit, "gone");
}

static void an_undo_may_fail(void **unused)
{
	struct kit *kit = start(TSMREQ_TDI_UNLOCKED);

	(void)unused;
	defer(kit, BIND, A);
	kit->at_submit = fail_the_undo;
	kit_run_next(kit);
	assert_int_equal(kit->events[TSMREQ_DEVICE_LATE], 1);
	assert_int_equal(kit->events[TSMREQ_DEVICE_GONE], 1);
	kit_free(kit);
}

static void other_late_results_are_dropped(void **unused)
{
	struct kit *kit = start(TSMREQ_TDI_LOCKED);

	(void)unused;
	defer(kit, START, A);
	kit->at_submit = expire_now;
	kit_run_next(kit);
	assert_int_equal(kit->sends, 1);
	assert_int_equal(kit_really(kit), TSMREQ_TDI_RUN);
	assert_int_equal(kit->events[TSMREQ_DEVICE_LATE], 0);
	assert_int_equal(error(kit, A), 11);
	kit_free(kit);
}

static void a_late_bind_that_failed_is_not_undone(void **unused)
{
	struct kit *kit = start(TSMREQ_TDI_UNLOCKED);

	(void)unused;
	defer(kit, BIND, A);
	kit_set_fault(kit, "after:EIO");
	kit->at_submit = expire_now;
	kit_run_next(kit);
	/* it may have happened: the VMM looks */
	assert_int_equal(kit->sends, 1);
	assert_int_equal(kit->events[TSMREQ_DEVICE_UNCERTAIN], 1);
	assert_int_equal(kit->events[TSMREQ_DEVICE_LATE], 0);
	kit_free(kit);
}

/* In time by run, but settled when the TD had its page back. */
static void a_result_that_is_settled_too_late_is_dropped(void **unused)
{
	struct kit *kit = start(TSMREQ_TDI_UNLOCKED);
	struct tsmreq_job *job;

	(void)unused;
	defer(kit, BIND, A);
	job = kit->offloaded[0];
	kit->now = 100 + 8999;
	assert_int_equal(tsmreq_job_run(job), 0);
	kit->now = 100 + 9999;
	assert_int_equal(tsmreq_guest_expire(kit->guest, kit->now), 0);
	kit->now = 100 + 10000;
	assert_int_equal(tsmreq_job_settle(job), 0);
	assert_int_equal(status(kit, A), 0);
	assert_int_equal(kit->vector, 0);
	/* bound, and nobody will unbind it but the VMM */
	assert_int_equal(kit->events[TSMREQ_DEVICE_LATE], 1);
	assert_int_equal(kit->event_rc, -ETIMEDOUT);
	assert_int_equal(kit_really(kit), TSMREQ_TDI_LOCKED);
	/* a START is no such trouble */
	defer(kit, START, B);
	job = kit->offloaded[1];
	assert_int_equal(tsmreq_job_run(job), 0);
	kit->now += 10000;
	assert_int_equal(tsmreq_job_settle(job), 0);
	assert_int_equal(status(kit, B), 0);
	assert_int_equal(kit->events[TSMREQ_DEVICE_LATE], 1);
	kit_free(kit);
}

static void one_that_just_makes_it_is_told(void **unused)
{
	struct kit *kit = start(TSMREQ_TDI_UNLOCKED);

	(void)unused;
	defer(kit, BIND, A);
	assert_int_equal(tsmreq_job_run(kit->offloaded[0]), 0);
	kit->now = 100 + 9999;
	assert_int_equal(tsmreq_job_settle(kit->offloaded[0]), 0);
	assert_int_equal(status(kit, A), 1);
	kit_free(kit);
}

/* ---- kicks of the pool's thread */

static void a_kick_is_tried_again_until_the_clock_has_answered(void **unused)
{
	struct kit *kit = start(TSMREQ_TDI_LOCKED);
	struct tsmreq_job *job;

	(void)unused;
	defer(kit, START, A);
	job = kit->offloaded[0];
	kit_set_fault(kit, "intr");
	assert_int_equal(tsmreq_job_run(job), -EAGAIN);
	assert_int_equal(tsmreq_job_run(job), -EAGAIN);
	assert_int_equal(kit->sends, 2);
	assert_int_equal(tsmreq_guest_expire(kit->guest, 9100), 1);
	assert_int_equal(error(kit, A), 11);
	assert_int_equal(tsmreq_job_run(job), 0);
	assert_int_equal(kit->sends, 2);
	assert_int_equal(tsmreq_job_settle(job), 0);
	/* without a clock that is driven, its own time ends it */
	defer(kit, START, A);
	job = kit->offloaded[1];
	assert_int_equal(tsmreq_job_run(job), -EAGAIN);
	kit->now = 100 + 9000;
	assert_int_equal(tsmreq_job_run(job), 0);
	assert_int_equal(tsmreq_job_settle(job), 0);
	assert_int_equal(status(kit, A), 2);
	assert_int_equal(error(kit, A), 11);
	kit_free(kit);
}

static void a_vmm_can_give_up_on_a_deferred_one(void **unused)
{
	struct kit *kit = start(TSMREQ_TDI_LOCKED);
	const struct tsmreq_answer no = {.rc = -EIO};
	struct tsmreq_job *job;

	(void)unused;
	defer(kit, START, A);
	job = kit->offloaded[0];
	kit_set_fault(kit, "intr");
	assert_int_equal(tsmreq_job_run(job), -EAGAIN);
	assert_int_equal(tsmreq_job_finish(job, &no), 0);
	assert_int_equal(tsmreq_job_settle(job), 0);
	assert_int_equal(status(kit, A), 2);
	assert_int_equal(error(kit, A), 10);
	kit_free(kit);
}

/* ---- ends */

static void a_td_is_told_when_its_device_goes(void **unused)
{
	static const uint8_t errors[] = {11, 15};

	(void)unused;
	for (unsigned int detaches = 0; detaches < 2; detaches++) {
		struct kit *kit = start(TSMREQ_TDI_UNLOCKED);
		struct tsmreq_result result;

		defer(kit, BIND, A);
		if (detaches)
			assert_int_equal(tsmreq_guest_detach_begin(kit->guest, kit_dev(KIT_DEV)),
					 0);
		else
			assert_int_equal(tsmreq_guest_reset_begin(kit->guest, kit_dev(KIT_DEV)), 0);
		assert_int_equal(kit->events[TSMREQ_DEVICE_DRAINED], 0);
		kit_run_next(kit);
		assert_int_equal(kit->sends, 0);
		assert_int_equal(status(kit, A), 2);
		assert_int_equal(error(kit, A), errors[detaches]);
		assert_int_equal(kit->events[TSMREQ_DEVICE_DRAINED], 1);
		if (detaches)
			assert_int_equal(tsmreq_guest_detach_end(kit->guest, kit_dev(KIT_DEV)), 0);
		else
			assert_int_equal(
				tsmreq_guest_reset_end(kit->guest, kit_dev(KIT_DEV), &result), 0);
		kit_free(kit);
	}
}

/* ---- once: the clock strikes at any lock of run and settle */

static unsigned int expired;

static void strike(void)
{
	expired = tsmreq_guest_expire(running->guest, 100 + 9500);
}

static void a_call_is_answered_once_whenever_the_clock_strikes(void **unused)
{
	bool by_clock = false, by_result = false;

	(void)unused;
	for (unsigned int lock = 1; lock < 40; lock++) {
		struct kit *kit = start(TSMREQ_TDI_UNLOCKED);

		running = kit;
		defer(kit, BIND, A);
		expired = 0;
		at_lock_in = lock;
		at_lock = strike;
		kit_run_next(kit);
		at_lock = NULL;
		assert_int_not_equal(status(kit, A), 0);
		if (expired) {
			/* the TD believes it failed: so it must have */
			assert_int_equal(status(kit, A), 2);
			assert_int_equal(kit_really(kit), TSMREQ_TDI_UNLOCKED);
			by_clock = true;
		} else {
			assert_int_equal(status(kit, A), 1);
			assert_int_equal(kit_really(kit), TSMREQ_TDI_LOCKED);
			by_result = true;
		}
		assert_int_equal(kit->events[TSMREQ_DEVICE_LATE], expired && kit->sends == 2);
		kit_free(kit);
	}
	assert_true(by_clock && by_result);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_deferred_call_waits_and_completes),
		cmocka_unit_test(an_error_completes_too),
		cmocka_unit_test(what_needs_no_kernel_is_not_deferred),
		cmocka_unit_test(a_pool_that_takes_nothing_is_the_devices_error),
		cmocka_unit_test(a_pool_that_takes_nothing_and_a_page_that_went),
		cmocka_unit_test(a_page_that_waits_belongs_to_its_call),
		cmocka_unit_test(of_two_calls_on_one_page_one_is_served),
		cmocka_unit_test(the_next_deadline_is_the_earliest),
		cmocka_unit_test(the_clock_answers_what_is_due_and_nothing_else),
		cmocka_unit_test(a_late_clock_writes_nothing),
		cmocka_unit_test(a_page_that_went_private_is_let_go),
		cmocka_unit_test(a_late_bind_is_undone),
		cmocka_unit_test(where_lock_is_a_request_so_is_the_undo),
		cmocka_unit_test(an_undo_may_fail),
		cmocka_unit_test(other_late_results_are_dropped),
		cmocka_unit_test(a_late_bind_that_failed_is_not_undone),
		cmocka_unit_test(a_result_that_is_settled_too_late_is_dropped),
		cmocka_unit_test(one_that_just_makes_it_is_told),
		cmocka_unit_test(a_kick_is_tried_again_until_the_clock_has_answered),
		cmocka_unit_test(a_vmm_can_give_up_on_a_deferred_one),
		cmocka_unit_test(a_td_is_told_when_its_device_goes),
		cmocka_unit_test(a_call_is_answered_once_whenever_the_clock_strikes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
