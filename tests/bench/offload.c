/* SPDX-License-Identifier: MIT */
/*
 * How long a vCPU is away from its guest while the kernel takes 100 ms for what it asked: a thread
 * of the VMM's runs the job. Prints, by architecture, the median and the longest step in
 * microseconds.
 */
#include "room.h"
#include <pthread.h>
#include <stdlib.h>

#include "clock.h"

#define KERNEL_NS 100000000
#define STEPS	  8u /* of them every other lets the device go again */

static struct {
	pthread_mutex_t lock;
	pthread_cond_t moved;
	struct tsmreq_job *job;
	bool stop;
} pool = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, NULL, false};

static struct room room;

static int hand_to_pool(void *userdata, struct tsmreq_job *job)
{
	(void)userdata;
	pthread_mutex_lock(&pool.lock);
	pool.job = job;
	pthread_cond_broadcast(&pool.moved);
	pthread_mutex_unlock(&pool.lock);
	return 0;
}

static void lend(struct tsmreq_guest_ops *ops)
{
	ops->offload = hand_to_pool;
}

static void *work(void *unused)
{
	pthread_mutex_lock(&pool.lock);
	while (!pool.stop) {
		if (!pool.job) {
			pthread_cond_wait(&pool.moved, &pool.lock);
			continue;
		}
		pthread_mutex_unlock(&pool.lock);
		if (tsmreq_job_run(pool.job) == 0 && tsmreq_job_settle(pool.job) < 0)
			fputs("offload: not settled\n", stderr);
		pthread_mutex_lock(&pool.lock);
		pool.job = NULL;
		pthread_cond_broadcast(&pool.moved);
	}
	pthread_mutex_unlock(&pool.lock);
	return unused;
}

static void wait_for_pool(void)
{
	pthread_mutex_lock(&pool.lock);
	while (pool.job)
		pthread_cond_wait(&pool.moved, &pool.lock);
	pthread_mutex_unlock(&pool.lock);
}

static int serve(const struct tsmreq_call *call, struct tsmreq_reply *ret, double *ret_time)
{
	struct tsmreq_exit exit;
	enum tsmreq_step step;
	struct tsmreq_job *job;
	double start;
	int rc = bench_ask(&room, call, 0, &exit);

	if (rc < 0)
		return rc;
	start = clock_now(CLOCK_MONOTONIC);
	rc = tsmreq_guest_handle(room.vm.guest, &exit, &job, &step, ret);
	*ret_time = clock_now(CLOCK_MONOTONIC) - start;
	return rc;
}

/* A call that is deferred, and CCA's question for its end. */
static int step(const struct tsmreq_call *call, double *ret_time)
{
	struct tsmreq_call more = {.kind = TSMREQ_CALL_CONTINUE, .shape = TSMREQ_SHAPE_RHI};
	struct tsmreq_reply reply;
	double unused;
	int rc = serve(call, &reply, ret_time);

	wait_for_pool();
	if (rc < 0 || room.arch != TSMREQ_ARCH_CCA)
		return rc;
	more.u.resume.handle = reply.rhi.x[1];
	rc = serve(&more, &reply, &unused);
	return rc == 0 && reply.rhi.x[0] != TSMREQ_RHI_SUCCESS ? -EPROTO : rc;
}

static int compare(const void *a, const void *b)
{
	const double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static int measure(enum tsmreq_arch arch, const struct tsmreq_call calls[2])
{
	struct tsmreq_guest_counters counters;
	double times[STEPS];
	int rc;

	room.lend = lend;
	rc = bench_open(&room, arch, 0);
	room.vm.kernel_takes.tv_nsec = KERNEL_NS;
	for (unsigned int i = 0; rc == 0 && i < STEPS; i++)
		rc = step(&calls[i % 2], &times[i]);
	/* all of them were deferred, and came to a good end */
	tsmreq_guest_get_counters(room.vm.guest, &counters);
	if (rc == 0 && (!bench_is_well(&room) || counters.deferred != STEPS))
		rc = -EPROTO;
	bench_close(&room);
	if (rc < 0)
		return rc;
	qsort(times, STEPS, sizeof(times[0]), compare);
	printf("%s %.1f %.1f\n", tsmreq_arch_to_string(arch), times[STEPS / 2] * 1e6,
	       times[STEPS - 1] * 1e6);
	return 0;
}

int main(void)
{
	static const struct tsmreq_call cca[] = {
		{.kind = TSMREQ_CALL_SET_TDI_STATE,
		 .shape = TSMREQ_SHAPE_RHI,
		 .u.state.target = TSMREQ_TDI_LOCKED},
		{.kind = TSMREQ_CALL_SET_TDI_STATE,
		 .shape = TSMREQ_SHAPE_RHI,
		 .u.state.target = TSMREQ_TDI_UNLOCKED},
	};
	static const struct tsmreq_call tdx[] = {{.kind = TSMREQ_CALL_BIND},
						 {.kind = TSMREQ_CALL_UNBIND}};
	pthread_t thread;
	int rc;

	if (pthread_create(&thread, NULL, work, NULL) != 0)
		return 1;
	rc = measure(TSMREQ_ARCH_CCA, cca);
	if (rc == 0)
		rc = measure(TSMREQ_ARCH_TDX, tdx);
	pthread_mutex_lock(&pool.lock);
	pool.stop = true;
	pthread_cond_broadcast(&pool.moved);
	pthread_mutex_unlock(&pool.lock);
	pthread_join(thread, NULL);
	if (rc < 0)
		fprintf(stderr, "offload: %s\n", tsmreq_errno_to_string(rc));
	return rc < 0;
}
