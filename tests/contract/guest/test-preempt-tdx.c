/* SPDX-License-Identifier: MIT */
#include "preempt.h"

/*
 * A TD's call that waits, the clock, and whatever else may come in its way. A page is answered
 * once, and "completed" is so at the moment it is written.
 */

#define PAGE	   0x2000u
#define OTHER_PAGE 0x18000u
#define STATUS_AT  8u
#define WAITS	   (kit->memory[PAGE + STATUS_AT] == TSMREQ_TDCM_WAIT)

static unsigned int answers; /* written to PAGE */
static bool is_started;

/* The status comes last, so it is the answer. */
static int write_shared(void *userdata, struct tsmreq_gpa gpa, const void *src, size_t size)
{
	const uint8_t *status = src;

	if (gpa.raw == PAGE + STATUS_AT) {
		assert_int_equal(size, 1);
		answers++;
		if (*status == TSMREQ_TDCM_COMPLETED)
			assert_int_equal(kit_really(kit), TSMREQ_TDI_LOCKED);
	}
	return kit_write(userdata, gpa, src, size);
}

/* ---- what happens */

static uint64_t start_bind(uint32_t vcpu, uint64_t page)
{
	struct tsmreq_exit exit = kit_tdcm_exit(kit, 2, page, 0x40);
	struct tsmreq_reply reply;
	enum tsmreq_step step;
	struct tsmreq_job *job;

	exit.vcpu = vcpu;
	exit.ghci.r14 = 0x1000;
	assert_int_equal(tsmreq_guest_prepare(kit->guest, &exit, &job, &step), 0);
	assert_int_not_equal(step, TSMREQ_STEP_VMM);
	/* nobody is asked while a reset lasts, and nobody waits */
	if (step == TSMREQ_STEP_RUN_NOW)
		assert_int_equal(tsmreq_job_run(job), 0);
	assert_int_equal(tsmreq_job_answer(job, &reply), 0);
	return reply.r10;
}

static void bind(void)
{
	is_started = true;
	assert_int_equal(start_bind(0, PAGE), 0);
}

static void bind_on_another_vcpu(void)
{
	assert_int_equal(start_bind(1, OTHER_PAGE), 0);
}

static void strike(void)
{
	kit->now += 9500;
	(void)tsmreq_guest_expire(kit->guest, kit->now);
}

/* ---- before it, and after it */

static void bind_in_line(void)
{
	bind();
	assert_int_equal(kit->offloads, 1);
}

static void resetting(void)
{
	begin_reset();
}

static bool never(void)
{
	return false;
}

static void begin(void)
{
	raise_kit(TSMREQ_ARCH_TDX, TSMREQ_UAPI_JUNE, TSMREQ_TDI_UNLOCKED);
	kit->guest->ops.write_shared = write_shared;
	is_in_line = never;
	answers = 0;
	is_started = false;
}

static void end(void)
{
	uint64_t deadline;

	(void)come_to_rest();
	/* nobody polls for nothing, and nothing waits for the clock */
	if (is_started)
		assert_int_equal(answers, 1);
	assert_false(tsmreq_guest_next_deadline(kit->guest, &deadline));
	take_away_and_bring_back();
	bind();
	pool();
	assert_int_equal(kit->memory[PAGE + STATUS_AT], TSMREQ_TDCM_COMPLETED);
	kit_end(kit);
	free(kit);
}

static const struct pair pairs[] = {
	{nothing,
	 bind,
	 "a BIND is started",
	 {begin_reset, reset, begin_detach, detach_and_attach, strike, bind_on_another_vcpu,
	  there_and_back, NULL}},
	{bind_in_line,
	 pool,
	 "the pool runs and settles",
	 {begin_reset, reset, begin_detach, detach_and_attach, strike, bind_on_another_vcpu,
	  there_and_back, NULL}},
	{bind_in_line,
	 strike,
	 "the clock strikes",
	 {pool, begin_reset, begin_detach, bind_on_another_vcpu, there_and_back, NULL}},
	{bind_in_line,
	 begin_reset,
	 "a reset begins",
	 {pool, strike, begin_detach, begin_reset, bind_on_another_vcpu, NULL}},
	{bind_in_line,
	 begin_detach,
	 "a detach begins",
	 {pool, strike, begin_reset, begin_detach, bind_on_another_vcpu, NULL}},
	{resetting,
	 end_reset,
	 "a reset ends",
	 {begin_detach, detach_and_attach, end_reset, end_detach, bind, strike, there_and_back,
	  NULL}},
};

static void whatever_happens_in_the_middle_all_ends_well(void **unused)
{
	(void)unused;
	for (size_t p = 0; p < sizeof(pairs) / sizeof(pairs[0]); p++)
		meet_everywhere(&pairs[p], begin, end);
	assert_in_range(meeting.count, 100, 2000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(whatever_happens_in_the_middle_all_ends_well, say_where),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
