/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <stdatomic.h>

#include "door.h"

/* A context: any number of threads. A handle: one call at a time, the rest is told so at once. */

#define THREADS 8
#define ROUNDS	2000

static atomic_uint inside, most_inside, submits;

static int submit(void *userdata, unsigned long cmd, void *arg)
{
	unsigned int n = atomic_fetch_add(&inside, 1) + 1, most = atomic_load(&most_inside);

	(void)cmd;
	(void)arg;
	while (n > most && !atomic_compare_exchange_weak(&most_inside, &most, n))
		;
	atomic_fetch_add(&submits, 1);
	for (volatile int i = 0; i < 50; i++)
		;
	atomic_fetch_sub(&inside, 1);
	return userdata ? -EFAULT : 0;
}

struct shared {
	struct tsmreq_ctx *ctx;
	struct tsmreq_vdev *vdev; /* NULL: each thread makes its own */
	atomic_uint done, busy;
};

static void *work(void *arg)
{
	struct shared *shared = arg;
	struct tsmreq_vdev *vdev = shared->vdev, *own = NULL;
	struct tsmreq_result ret;

	if (vdev == NULL) {
		if (tsmreq_vdev_new(&own, shared->ctx, (struct tsmreq_vdevice_id){7},
				    TSMREQ_ARCH_CCA, NULL) < 0)
			return NULL;
		vdev = own;
	}
	for (int i = 0; i < ROUNDS; i++) {
		int rc = i & 1 ? tsmreq_vdev_unlock(vdev, &ret) : tsmreq_vdev_lock(vdev, &ret);

		if (rc == -EBUSY && ret.outcome == TSMREQ_OUTCOME_NOT_SENT)
			atomic_fetch_add(&shared->busy, 1);
		else
			atomic_fetch_add(&shared->done, 1);
		(void)tsmreq_vdev_get_state(vdev);
		(void)tsmreq_vdev_is_uncertain(vdev);
	}
	tsmreq_vdev_free(own);
	return NULL;
}

static void run_threads(void *(*body)(void *), struct shared *shared)
{
	pthread_t threads[THREADS];

	atomic_store(&most_inside, 0);
	atomic_store(&submits, 0);
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, body, shared), 0);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
}

static struct tsmreq_ctx *new_ctx(void)
{
	struct tsmreq_transport transport = {.size = sizeof(transport), .submit = submit};
	struct tsmreq_ctx_opts opts = {.size = sizeof(opts), .uapi = TSMREQ_UAPI_CCA_V7};
	struct tsmreq_ctx *ctx = NULL;

	assert_int_equal(tsmreq_ctx_new_from_transport(&ctx, &transport, &opts), 0);
	return ctx;
}

static void one_handle_sends_one_at_a_time(void **unused)
{
	struct shared shared = {.ctx = new_ctx()};

	(void)unused;
	assert_int_equal(tsmreq_vdev_new(&shared.vdev, shared.ctx, (struct tsmreq_vdevice_id){7},
					 TSMREQ_ARCH_CCA, NULL),
			 0);
	run_threads(work, &shared);
	assert_int_equal(shared.done + shared.busy, THREADS * ROUNDS);
	assert_int_equal(submits, shared.done);
	assert_int_equal(most_inside, 1);
	tsmreq_vdev_free(shared.vdev);
	tsmreq_ctx_free(shared.ctx);
}

static void different_handles_do_not_wait_for_each_other(void **unused)
{
	struct shared shared = {.ctx = new_ctx()};

	(void)unused;
	run_threads(work, &shared);
	assert_int_equal(shared.done, THREADS * ROUNDS);
	assert_int_equal(shared.busy, 0);
	tsmreq_ctx_free(shared.ctx);
}

/* Whatever takes a context alone, from all threads at once. */
static void *use_ctx(void *arg)
{
	const struct tsmreq_viommu_args viommu = {.size = sizeof(viommu), .kvm_fd = -1};
	const struct tsmreq_vdevice_args vdevice = {.size = sizeof(vdevice)};
	struct shared *shared = arg;
	struct tsmreq_vdevice_id vdevice_id;
	struct tsmreq_result ret;
	uint32_t id;

	for (int i = 0; i < ROUNDS; i++) {
		/* this kernel writes no id */
		bool good = tsmreq_ctx_alloc_viommu(shared->ctx, &viommu, &id, &ret) == -EBADE &&
			    tsmreq_ctx_alloc_vdevice(shared->ctx, &vdevice, &vdevice_id, &ret) ==
				    -EBADE &&
			    tsmreq_ctx_destroy(shared->ctx, 7, &ret) == 0 &&
			    tsmreq_ctx_get_uapi(shared->ctx) == TSMREQ_UAPI_CCA_V7 &&
			    tsmreq_ctx_has(shared->ctx, TSMREQ_ARCH_CCA, TSMREQ_FEATURE_LOCK);

		atomic_fetch_add(good ? &shared->done : &shared->busy, 1);
	}
	return NULL;
}

static void a_context_is_for_any_number_of_threads(void **unused)
{
	struct shared shared = {.ctx = new_ctx()};

	(void)unused;
	run_threads(use_ctx, &shared);
	assert_int_equal(shared.done, THREADS * ROUNDS);
	assert_int_equal(submits, 3 * THREADS * ROUNDS);
	tsmreq_ctx_free(shared.ctx);
}

/* The last of them closes the door, once, whichever it is. */
static atomic_uint releases;

static void release(void *userdata)
{
	(void)userdata;
	atomic_fetch_add(&releases, 1);
}

static void *let_go(void *arg)
{
	tsmreq_vdev_free(arg);
	return NULL;
}

static void the_last_handle_lets_go_of_the_context(void **unused)
{
	struct tsmreq_transport transport = {
		.size = sizeof(transport), .submit = submit, .release = release};
	struct tsmreq_ctx_opts opts = {.size = sizeof(opts), .uapi = TSMREQ_UAPI_CCA_V7};

	(void)unused;
	for (unsigned int round = 1; round <= 50; round++) {
		struct tsmreq_vdev *vdevs[THREADS];
		pthread_t threads[THREADS];
		struct tsmreq_ctx *ctx = NULL;

		assert_int_equal(tsmreq_ctx_new_from_transport(&ctx, &transport, &opts), 0);
		for (int i = 0; i < THREADS; i++)
			assert_int_equal(tsmreq_vdev_new(&vdevs[i], ctx,
							 (struct tsmreq_vdevice_id){7},
							 TSMREQ_ARCH_CCA, NULL),
					 0);
		for (int i = 0; i < THREADS; i++)
			assert_int_equal(pthread_create(&threads[i], NULL, let_go, vdevs[i]), 0);
		tsmreq_ctx_free(ctx);
		for (int i = 0; i < THREADS; i++)
			pthread_join(threads[i], NULL);
		assert_int_equal(releases, round);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_handle_sends_one_at_a_time),
		cmocka_unit_test(a_context_is_for_any_number_of_threads),
		cmocka_unit_test(the_last_handle_lets_go_of_the_context),
		cmocka_unit_test(different_handles_do_not_wait_for_each_other),
	};

	return cmocka_run_group_tests_name("core/threads", tests, NULL, NULL);
}
