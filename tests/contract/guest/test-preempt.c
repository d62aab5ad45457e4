/* SPDX-License-Identifier: MIT */
#include "unit/guest/kit.h"

#include "base/bytes.h"
#include "guest/guest.h"

/*
 * One thing happens in the middle of another: at every place where the first is about to take a
 * lock, holding none, the second happens from its start to its end, as on another thread. Whatever
 * the place, the answers are the architecture's, every end is told that nothing runs any more, and
 * afterwards the device can be taken away and is as new.
 */

static unsigned int held, places, place; /* the place of the second; 0: nowhere */
static void (*second)(void);
static bool in_second;

int __real_pthread_mutex_lock(pthread_mutex_t *lock);
int __wrap_pthread_mutex_lock(pthread_mutex_t *lock);
int __real_pthread_mutex_unlock(pthread_mutex_t *lock);
int __wrap_pthread_mutex_unlock(pthread_mutex_t *lock);

int __wrap_pthread_mutex_lock(pthread_mutex_t *lock)
{
	if (!held && second && ++places == place) {
		void (*const call)(void) = second;

		second = NULL;
		in_second = true;
		call();
		in_second = false;
		second = call;
	}
	held++;
	return __real_pthread_mutex_lock(lock);
}

int __wrap_pthread_mutex_unlock(pthread_mutex_t *lock)
{
	held--;
	return __real_pthread_mutex_unlock(lock);
}

#define DEV kit_dev(KIT_DEV)

static struct kit *kit;
static unsigned int begins; /* of ends */
static bool awaited;	    /* that the last of them is told to be drained */
static uint64_t handle;
static bool is_dropped; /* the run that was in line: nobody may send it any more */

/* ---- what happens; none of it waits for anybody */

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

static bool is_in_line(void)
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
	const bool was_in_line = is_in_line();
	const unsigned int sends = kit->sends;
	const uint64_t status = ask(TSMREQ_RHI_VDEV_ABORT, 0);

	assert_true(status == 0 || status == 3 || status == 9 || status == 10);
	/* unless it was sent under our hands */
	is_dropped |= was_in_line && status == 0 && kit->sends == sends;
}

/* The pool's thread, as far as there is something for it. */
static void pool(void)
{
	while (kit->taken < kit->offloads) {
		struct tsmreq_job *job = kit->offloaded[kit->taken++ % 64];

		assert_int_equal(tsmreq_job_run(job), 0);
		assert_int_equal(tsmreq_job_settle(job), 0);
	}
}

static void event(void *userdata, struct tsmreq_guest_dev dev, enum tsmreq_device_event which,
		  int rc)
{
	if (which == TSMREQ_DEVICE_DRAINED)
		awaited = false;
	kit_event(userdata, dev, which, rc);
}

/* It may be told from inside. */
static void begin_end(int (*begin_it)(struct tsmreq_guest *guest, struct tsmreq_guest_dev dev))
{
	const bool before = awaited, was_in_line = is_in_line();
	const unsigned int sends = kit->sends;

	awaited = true;
	if (begin_it(kit->guest, DEV) == 0) {
		begins++;
		is_dropped |= was_in_line && kit->sends == sends;
	} else {
		awaited = before;
	}
}

static void begin_reset(void)
{
	begin_end(tsmreq_guest_reset_begin);
}

static void end_reset(void)
{
	struct tsmreq_result result;
	const int rc = tsmreq_guest_reset_end(kit->guest, DEV, &result);

	assert_true(rc == 0 || rc == -EBUSY || rc == -ENOENT);
}

static void reset(void)
{
	begin_reset();
	end_reset();
}

static void begin_detach(void)
{
	begin_end(tsmreq_guest_detach_begin);
}

static void end_detach(void)
{
	const int rc = tsmreq_guest_detach_end(kit->guest, DEV);

	assert_true(rc == 0 || rc == -EBUSY || rc == -ENOENT);
}

static void detach_and_attach(void)
{
	begin_detach();
	if (tsmreq_guest_detach_end(kit->guest, DEV) == 0)
		assert_int_equal(kit_attach(kit, KIT_DEV, kit->vdev), 0);
}

static void there_and_back(void)
{
	if (tsmreq_guest_renumber(kit->guest, DEV, kit_dev(0x700)) == 0)
		assert_int_equal(tsmreq_guest_renumber(kit->guest, kit_dev(0x700), DEV), 0);
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

static void nothing(void)
{
}

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
	kit = malloc(sizeof(*kit));
	kit_set_up(kit, TSMREQ_ARCH_CCA, TSMREQ_UAPI_CCA_V7);
	kit->ops.offload = kit_offload;
	kit->ops.device_event = event;
	kit->at_submit = at_submit;
	kit_start(kit, TSMREQ_TDI_LOCKED);
	begins = 0;
	awaited = false;
	handle = 0;
	is_dropped = false;
}

/* Everything comes to its end, and nothing is left of it. */
static void end(void)
{
	struct tsmreq_result result;
	uint64_t status;
	int rc;

	pool();
	rc = tsmreq_guest_reset_end(kit->guest, DEV, &result);
	assert_true(rc == 0 || rc == -EBUSY || rc == -ENOENT);
	/* the next life knows nothing of the last one's; a detach may have begun, too */
	status = rc == 0 && handle ? ask(TSMREQ_RHI_VDEV_CONTINUE, handle) : 6;
	assert_true(status == 6 || status == 3);
	begin_detach();
	rc = tsmreq_guest_detach_end(kit->guest, DEV);
	assert_true(rc == 0 || (rc == -ENOENT && begins));
	/* several that wait for one job are told once, and again after a reset that was still at it
	 */
	assert_false(awaited);
	/* its place is free: no pin, no job, no handle is left of it */
	assert_int_equal(kit_attach(kit, KIT_DEV, kit->vdev), 0);
	assert_int_equal(ask(TSMREQ_RHI_VDEV_CONTINUE, handle + 100), 6);
	assert_int_equal(kit_rhi(kit, TSMREQ_RHI_VDEV_GET_INTERFACE_REPORT, KIT_DEV, 0, &handle),
			 1);
	pool();
	kit_end(kit);
	free(kit);
}

static const struct {
	void (*before)(void), (*first)(void);
	const char *what;
	void (*seconds[9])(void); /* NULL ends them */
} pairs[] = {
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

/* How many places there were. */
static unsigned int meet(size_t pair, void (*other)(void), unsigned int at)
{
	begin();
	pairs[pair].before();
	places = 0;
	place = at;
	second = other;
	pairs[pair].first();
	second = NULL;
	end();
	return places;
}

static struct {
	size_t pair;
	unsigned int second, place, count;
} meeting;

static void whatever_happens_in_the_middle_all_ends_well(void **unused)
{
	(void)unused;
	for (size_t p = 0; p < sizeof(pairs) / sizeof(pairs[0]); p++) {
		for (unsigned int s = 0; pairs[p].seconds[s]; s++) {
			const unsigned int all = meet(p, pairs[p].seconds[s], 0);

			for (unsigned int at = 1; at <= all; at++) {
				meeting.pair = p;
				meeting.second = s;
				meeting.place = at;
				meeting.count++;
				meet(p, pairs[p].seconds[s], at);
			}
		}
	}
	assert_in_range(meeting.count, 200, 2000);
}

static int say_where(void **unused)
{
	(void)unused;
	print_message("# %u meetings, the last: %s, and its second %u at place %u\n", meeting.count,
		      pairs[meeting.pair].what, meeting.second, meeting.place);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(whatever_happens_in_the_middle_all_ends_well, say_where),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
