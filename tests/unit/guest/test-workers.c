/* SPDX-License-Identifier: MIT */
/* wraps: pthread_create pthread_join eventfd */
#include "kit.h"
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <unistd.h>

/* The guest's own threads: they run what is deferred, the VMM settles it. */

static unsigned int fail_create, fail_eventfd; /* countdown; 0: never */
static void (*at_join)(void);

int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *),
			  void *arg);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *),
			  void *arg);
int __real_pthread_join(pthread_t thread, void **ret);
int __wrap_pthread_join(pthread_t thread, void **ret);
int __real_eventfd(unsigned int count, int flags);
int __wrap_eventfd(unsigned int count, int flags);

int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attr, void *(*start)(void *),
			  void *arg)
{
	if (fail_create && !--fail_create)
		return EAGAIN;
	return __real_pthread_create(thread, attr, start, arg);
}

int __wrap_pthread_join(pthread_t thread, void **ret)
{
	void (*const call)(void) = at_join;

	at_join = NULL;
	if (call)
		call();
	return __real_pthread_join(thread, ret);
}

int __wrap_eventfd(unsigned int count, int flags)
{
	if (fail_eventfd && !--fail_eventfd) {
		errno = EMFILE;
		return -1;
	}
	return __real_eventfd(count, flags);
}

static struct kit *start(enum tsmreq_arch arch, enum tsmreq_uapi uapi, unsigned int workers,
			 enum tsmreq_tdi_state state)
{
	struct kit *kit = kit_new(arch, uapi);

	kit->opts.workers = workers;
	kit_start(kit, state);
	return kit;
}

/* The VMM's loop: waits for the descriptor, then settles. */
static unsigned int wait_and_dispatch(struct kit *kit)
{
	struct pollfd fd = {.fd = tsmreq_guest_get_fd(kit->guest), .events = POLLIN};

	assert_int_equal(poll(&fd, 1, -1), 1);
	return tsmreq_guest_dispatch(kit->guest);
}

static void without_workers_there_is_no_descriptor(void **unused)
{
	struct kit *kit = start(TSMREQ_ARCH_CCA, TSMREQ_UAPI_CCA_V7, 0, TSMREQ_TDI_UNLOCKED);

	(void)unused;
	assert_int_equal(tsmreq_guest_get_fd(kit->guest), -ENOTSUP);
	assert_int_equal(tsmreq_guest_get_fd(NULL), -EINVAL);
	assert_int_equal(tsmreq_guest_dispatch(kit->guest), 0);
	assert_int_equal(tsmreq_guest_dispatch(NULL), 0);
	assert_int_equal(kit_rhi(kit, TSMREQ_RHI_FEATURES, 0, 0, NULL), 0x3b);
	kit_free(kit);
}

static void a_worker_runs_and_the_vmm_settles(void **unused)
{
	struct kit *kit = start(TSMREQ_ARCH_CCA, TSMREQ_UAPI_CCA_V7, 2, TSMREQ_TDI_UNLOCKED);
	struct pollfd fd = {.fd = tsmreq_guest_get_fd(kit->guest), .events = POLLIN};
	uint64_t handle;

	(void)unused;
	assert_int_equal(kit_rhi(kit, TSMREQ_RHI_FEATURES, 0, 0, NULL), 0xbf);
	assert_int_equal(poll(&fd, 1, 0), 0);
	assert_int_equal(tsmreq_guest_dispatch(kit->guest), 0);
	assert_int_equal(kit_rhi(kit, TSMREQ_RHI_VDEV_SET_TDI_STATE, KIT_DEV, 1, &handle), 1);
	assert_int_equal(poll(&fd, 1, -1), 1);
	/* it ran, and is no end before it is settled */
	assert_int_equal(kit->sends, 1);
	assert_int_equal(kit_rhi(kit, TSMREQ_RHI_VDEV_CONTINUE, KIT_DEV, handle, NULL), 1);
	assert_int_equal(tsmreq_guest_dispatch(kit->guest), 1);
	assert_int_equal(kit_rhi(kit, TSMREQ_RHI_VDEV_CONTINUE, KIT_DEV, handle, NULL), 0);
	assert_int_equal(poll(&fd, 1, 0), 0);
	assert_int_equal(kit_really(kit), TSMREQ_TDI_LOCKED);
	kit_free(kit);
}

static void settling_hands_the_next_one_on(void **unused)
{
	struct kit *kit = start(TSMREQ_ARCH_TDX, TSMREQ_UAPI_JUNE, 2, TSMREQ_TDI_UNLOCKED);
	static const uint8_t operations[] = {2, 5, 7};
	unsigned int settled = 0;

	(void)unused;
	for (unsigned int i = 0; i < 3; i++) {
		struct tsmreq_exit exit =
			kit_tdcm_exit(kit, operations[i], 0x18000 + i * 0x1000, 0);

		exit.ghci.r14 = 0x1000;
		assert_int_equal(kit_defer(kit, &exit).r10, 0);
	}
	while (settled < 3)
		settled += wait_and_dispatch(kit);
	for (unsigned int i = 0; i < 3; i++)
		assert_int_equal(kit->memory[0x18008 + i * 0x1000], 1);
	assert_int_equal(kit_really(kit), TSMREQ_TDI_UNLOCKED);
	kit_free(kit);
}

static void a_kick_in_the_kernel_is_tried_again(void **unused)
{
	struct kit *kit = start(TSMREQ_ARCH_TDX, TSMREQ_UAPI_JUNE, 1, TSMREQ_TDI_LOCKED);
	struct tsmreq_exit exit = kit_tdcm_exit(kit, 5, 0x2000, 0);
	struct tsmreq_guest_counters counters;

	(void)unused;
	kit_set_fault(kit, "intr:3");
	assert_int_equal(kit_defer(kit, &exit).r10, 0);
	assert_int_equal(wait_and_dispatch(kit), 1);
	assert_int_equal(kit->memory[0x2008], 1);
	assert_int_equal(kit->sends, 4);
	tsmreq_guest_get_counters(kit->guest, &counters);
	assert_int_equal(counters.kicked, 3);
	kit_free(kit);
}

/* ---- the end */

static atomic_bool in_kernel, go;

static void block(struct kit *kit)
{
	(void)kit;
	atomic_store(&in_kernel, true);
	while (!atomic_load(&go))
		sched_yield();
}

static void let_go(void)
{
	atomic_store(&go, true);
}

static void at_the_end_nothing_more_is_sent(void **unused)
{
	struct kit *kit = start(TSMREQ_ARCH_CCA, TSMREQ_UAPI_CCA_V7, 1, TSMREQ_TDI_UNLOCKED);
	struct tsmreq_vdev *other;

	(void)unused;
	other = kit_new_vdev(kit, TSMREQ_TDI_UNLOCKED);
	assert_int_equal(kit_attach(kit, 0x200, other), 0);
	atomic_store(&in_kernel, false);
	atomic_store(&go, false);
	kit->at_submit = block;
	assert_int_equal(kit_rhi(kit, TSMREQ_RHI_VDEV_SET_TDI_STATE, KIT_DEV, 1, NULL), 1);
	while (!atomic_load(&in_kernel))
		sched_yield();
	/* it waits in line for the one worker */
	assert_int_equal(kit_rhi(kit, TSMREQ_RHI_VDEV_SET_TDI_STATE, 0x200, 1, NULL), 1);
	at_join = let_go;
	tsmreq_guest_free(kit->guest);
	kit->guest = NULL;
	assert_int_equal(kit->sends, 1);
	assert_int_equal(kit_really(kit), TSMREQ_TDI_UNLOCKED);
	tsmreq_vdev_free(other);
	kit_free(kit);
}

static void a_call_that_is_kicked_for_ever_does_not_hold_the_end(void **unused)
{
	struct kit *kit = start(TSMREQ_ARCH_TDX, TSMREQ_UAPI_JUNE, 1, TSMREQ_TDI_LOCKED);
	struct tsmreq_exit exit = kit_tdcm_exit(kit, 5, 0x2000, 0);

	(void)unused;
	atomic_store(&in_kernel, false);
	atomic_store(&go, true);
	kit->at_submit = block;
	kit_set_fault(kit, "intr");
	assert_int_equal(kit_defer(kit, &exit).r10, 0);
	while (!atomic_load(&in_kernel))
		sched_yield();
	kit_free(kit);
}

static void threads_that_do_not_start_are_no_guest(void **unused)
{
	struct tsmreq_guest *guest;
	struct kit kit;

	(void)unused;
	kit_set_up(&kit, TSMREQ_ARCH_CCA, TSMREQ_UAPI_CCA_V7);
	kit.opts.workers = 3;
	for (unsigned int i = 1; i <= 3; i++) {
		fail_create = i;
		assert_int_equal(tsmreq_guest_new(&guest, &kit.opts), -EAGAIN);
	}
	fail_eventfd = 1;
	assert_int_equal(tsmreq_guest_new(&guest, &kit.opts), -EMFILE);
	assert_int_equal(tsmreq_guest_new(&guest, &kit.opts), 0);
	tsmreq_guest_free(guest);
}

/* ---- signals */

/* The signal would end the process, or run its handler on a thread the VMM knows nothing of. */
static void a_worker_takes_no_signal(void **unused)
{
	const struct timespec at_once = {0, 0};
	struct kit *kit = kit_new(TSMREQ_ARCH_CCA, TSMREQ_UAPI_CCA_V7);
	sigset_t set, before, after;

	(void)unused;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	pthread_sigmask(SIG_SETMASK, NULL, &before);
	kit->opts.workers = 1;
	kit_start(kit, TSMREQ_TDI_UNLOCKED);
	/* the caller's own mask is as it was */
	pthread_sigmask(SIG_SETMASK, NULL, &after);
	for (int i = 1; i < 65; i++)
		assert_int_equal(sigismember(&before, i), sigismember(&after, i));

	/* a thread that has run a call has the mask it keeps */
	assert_int_equal(kit_rhi(kit, TSMREQ_RHI_VDEV_SET_TDI_STATE, KIT_DEV, 1, NULL), 1);
	assert_int_equal(wait_and_dispatch(kit), 1);
	assert_int_equal(pthread_sigmask(SIG_BLOCK, &set, NULL), 0);
	assert_int_equal(kill(getpid(), SIGUSR1), 0);
	/* nobody had it: it waits for the one thread that asks */
	assert_int_equal(sigtimedwait(&set, NULL, &at_once), SIGUSR1);
	assert_int_equal(pthread_sigmask(SIG_UNBLOCK, &set, NULL), 0);
	kit_free(kit);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_workers_there_is_no_descriptor),
		cmocka_unit_test(a_worker_runs_and_the_vmm_settles),
		cmocka_unit_test(settling_hands_the_next_one_on),
		cmocka_unit_test(a_kick_in_the_kernel_is_tried_again),
		cmocka_unit_test(at_the_end_nothing_more_is_sent),
		cmocka_unit_test(a_call_that_is_kicked_for_ever_does_not_hold_the_end),
		cmocka_unit_test(threads_that_do_not_start_are_no_guest),
		cmocka_unit_test(a_worker_takes_no_signal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
