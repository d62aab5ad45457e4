/* SPDX-License-Identifier: MIT */
#include "kit.h"
#include <poll.h>
#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

static const struct tsmreq_evidence_request all = {
	.size = sizeof(all), .device = DEVICE, .types = TSMREQ_EVIDENCE_MASK_ALL};

static int wait_for(const struct kit *kit)
{
	struct pollfd fd = {.fd = tsmreq_evidence_get_fd(kit->client), .events = POLLIN};

	return poll(&fd, 1, 60000);
}

static void a_caller_with_a_loop_never_waits(void **unused)
{
	struct tsmreq_evidence_progress progress;
	struct tsmreq_evidence_object object;
	unsigned int steps = 0;
	uint64_t most = 0;
	struct kit kit;
	int fd, r = 1;

	(void)unused;
	kit_open(&kit);
	fd = tsmreq_evidence_get_fd(kit.client);
	kit.server.objects[9] = (struct server_object){kit_pattern(), LARGE};
	kit.server.fault = FAULT_EAGAIN;
	kit.server.times = 1;
	assert_int_equal(tsmreq_evidence_start(kit.client, &all), 0);
	assert_int_equal(tsmreq_evidence_start(kit.client, &all), -EBUSY);
	while (r > 0) {
		assert_int_equal(wait_for(&kit), 1);
		r = tsmreq_evidence_step(kit.client);
		tsmreq_evidence_get_progress(kit.client, &progress);
		if (progress.received > most && progress.type == TSMREQ_EVIDENCE_MEASUREMENTS &&
		    r > 0)
			assert_int_equal(progress.expected, LARGE);
		most = progress.received > most ? progress.received : most;
		if (r > 0)
			assert_false(tsmreq_evidence_object_at(kit.client, 0, &object));
		steps++;
	}
	assert_int_equal(r, 0);
	/* however much there is, a step is a short one */
	assert_true(steps > 10);
	assert_true(most > LARGE);
	for (unsigned int type = 0; type < TSMREQ_EVIDENCE_TYPES; type++)
		kit_same(&kit, type, type);
	/* the descriptor is the same over restarts, and quiet when all is done */
	assert_int_equal(tsmreq_evidence_get_fd(kit.client), fd);
	assert_int_equal(poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, 0), 0);
	assert_int_equal(tsmreq_evidence_step(kit.client), -EINVAL);
	assert_int_equal(tsmreq_evidence_get_fd(NULL), -EINVAL);
	assert_int_equal(tsmreq_evidence_step(NULL), -EINVAL);
	kit_close(&kit);
}

static void time_running_out_wakes_the_loop(void **unused)
{
	struct kit kit;
	int r = 1;

	(void)unused;
	kit_open(&kit);
	kit.opts.timeout_ms = 200;
	kit_client(&kit);
	kit.server.fault = FAULT_SILENCE;
	assert_int_equal(tsmreq_evidence_start(kit.client, &all), 0);
	while (r > 0) {
		assert_int_equal(wait_for(&kit), 1);
		r = tsmreq_evidence_step(kit.client);
	}
	assert_int_equal(r, -ETIMEDOUT);
	kit_close(&kit);
}

static void *cancel_later(void *arg)
{
	struct timespec pause = {.tv_nsec = 50000000};

	nanosleep(&pause, NULL);
	tsmreq_evidence_cancel(arg);
	return NULL;
}

static void another_thread_cancels(void **unused)
{
	pthread_t thread;
	struct kit kit;

	(void)unused;
	kit_open(&kit);
	kit.opts.timeout_ms = TSMREQ_EVIDENCE_FOREVER;
	kit_client(&kit);
	kit.server.fault = FAULT_SILENCE;
	assert_int_equal(pthread_create(&thread, NULL, cancel_later, kit.client), 0);
	assert_int_equal(kit_read(&kit, TSMREQ_EVIDENCE_MASK_ALL), -ECANCELED);
	pthread_join(thread, NULL);
	kit.server.fault = FAULT_NONE;
	assert_int_equal(kit_read(&kit, TSMREQ_EVIDENCE_MASK_ALL), 0);
	/* with none under way it is the next that ends, once */
	tsmreq_evidence_cancel(kit.client);
	tsmreq_evidence_cancel(kit.client);
	assert_int_equal(kit_read(&kit, TSMREQ_EVIDENCE_MASK_ALL), -ECANCELED);
	assert_int_equal(kit_read(&kit, TSMREQ_EVIDENCE_MASK_ALL), 0);
	tsmreq_evidence_cancel(NULL);
	kit_close(&kit);
}

static volatile sig_atomic_t ticks;
static struct tsmreq_evidence *to_cancel;

static void tick(int number)
{
	(void)number;
	if (++ticks == 5)
		tsmreq_evidence_cancel(to_cancel);
}

static void a_signal_alone_ends_nothing(void **unused)
{
	const struct itimerval often = {{0, 20000}, {0, 20000}}, never = {{0, 0}, {0, 0}};
	struct sigaction action = {.sa_handler = tick}, before;
	struct kit kit;

	(void)unused;
	kit_open(&kit);
	to_cancel = kit.client;
	kit.server.fault = FAULT_SILENCE;
	assert_int_equal(sigaction(SIGALRM, &action, &before), 0);
	assert_int_equal(setitimer(ITIMER_REAL, &often, NULL), 0);
	assert_int_equal(kit_read(&kit, TSMREQ_EVIDENCE_MASK_ALL), -ECANCELED);
	assert_int_equal(setitimer(ITIMER_REAL, &never, NULL), 0);
	assert_true(ticks >= 5);
	assert_int_equal(sigaction(SIGALRM, &before, NULL), 0);
	kit_close(&kit);
}

static void freed_in_the_middle_leaves_nothing(void **unused)
{
	const int before = dup(0);
	struct kit kit;
	int after;

	(void)unused;
	close(before);
	kit_open(&kit);
	kit.server.objects[9] = (struct server_object){kit_pattern(), LARGE};
	assert_int_equal(tsmreq_evidence_start(kit.client, &all), 0);
	for (unsigned int i = 0; i < 4; i++) {
		assert_int_equal(wait_for(&kit), 1);
		assert_int_equal(tsmreq_evidence_step(kit.client), 1);
	}
	kit_close(&kit);
	after = dup(0);
	close(after);
	assert_int_equal(before, after);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_caller_with_a_loop_never_waits),
		cmocka_unit_test(time_running_out_wakes_the_loop),
		cmocka_unit_test(another_thread_cancels),
		cmocka_unit_test(a_signal_alone_ends_nothing),
		cmocka_unit_test(freed_in_the_middle_leaves_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
