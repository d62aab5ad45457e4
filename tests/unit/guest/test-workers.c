/* SPDX-License-Identifier: MIT */
#include "kit.h"
#include <signal.h>
#include <unistd.h>

/* The signal would end the process, or run its handler on a thread the VMM knows nothing of. */
static void a_worker_takes_no_signal(void **unused)
{
	const struct timespec at_once = {0, 0};
	struct kit *kit = malloc(sizeof(*kit));
	sigset_t set, before, after;

	(void)unused;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	pthread_sigmask(SIG_SETMASK, NULL, &before);
	kit_set_up(kit, TSMREQ_ARCH_CCA, TSMREQ_UAPI_CCA_V7);
	kit->opts.workers = 2;
	kit_start(kit, TSMREQ_TDI_UNLOCKED);
	/* the caller's own mask is as it was */
	pthread_sigmask(SIG_SETMASK, NULL, &after);
	for (int i = 1; i < 65; i++)
		assert_int_equal(sigismember(&before, i), sigismember(&after, i));

	assert_int_equal(pthread_sigmask(SIG_BLOCK, &set, NULL), 0);
	assert_int_equal(kill(getpid(), SIGUSR1), 0);
	/* nobody had it: it waits for the one thread that asks */
	assert_int_equal(sigtimedwait(&set, NULL, &at_once), SIGUSR1);
	assert_int_equal(pthread_sigmask(SIG_UNBLOCK, &set, NULL), 0);
	kit_end(kit);
	free(kit);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_worker_takes_no_signal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
