/* SPDX-License-Identifier: MIT */
/*
 * No heap, no lock and one ioctl per send on the call path. The static library is linked with
 * these calls wrapped, so that everything it does passes here and is counted.
 */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <tsmreq/tsmreq.h>

#include "plain/verbs.h"

static struct {
	unsigned int heap;
	unsigned int locks;
	unsigned int ioctls;
	unsigned int submits;
} seen;

static bool starving; /* malloc says no */

static int kernel_errno; /* what the wrapped ioctl answers */

/* clang-format off */
#define COUNT(counter, type, name, declared, passed)                                               \
	type __real_##name declared;                                                               \
	type __wrap_##name declared;                                                               \
	type __wrap_##name declared { seen.counter++; return __real_##name passed; }

COUNT(heap, void *, calloc, (size_t n, size_t size), (n, size))
COUNT(heap, void *, realloc, (void *p, size_t size), (p, size))
COUNT(heap, void, free, (void *p), (p))
COUNT(locks, int, pthread_mutex_lock, (pthread_mutex_t *lock), (lock))
COUNT(locks, int, pthread_rwlock_rdlock, (pthread_rwlock_t *lock), (lock))
COUNT(locks, int, pthread_rwlock_wrlock, (pthread_rwlock_t *lock), (lock))
COUNT(locks, int, pthread_spin_lock, (pthread_spinlock_t *lock), (lock))
/* clang-format on */

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_malloc(size_t size)
{
	seen.heap++;
	return starving ? NULL : __real_malloc(size);
}

int __wrap_ioctl(int fd, unsigned long request, ...);
int __wrap_ioctl(int fd, unsigned long request, ...)
{
	(void)fd;
	(void)request;
	seen.ioctls++;
	errno = kernel_errno;
	return kernel_errno == 0 ? 0 : -1;
}

static int submit(void *userdata, unsigned long request, void *arg)
{
	(void)userdata;
	(void)request;
	(void)arg;
	seen.submits++;
	return -kernel_errno;
}

static void forget(void *userdata, int priority, const char *message)
{
	(void)userdata;
	(void)priority;
	(void)message;
}

/* One context on a kernel that answers @kernel_errno to everything; loud, so that text is made. */
static struct tsmreq_ctx *open_ctx(enum tsmreq_uapi uapi, bool by_descriptor)
{
	const struct tsmreq_ctx_opts opts = {.size = sizeof(opts), .uapi = uapi, .log = forget};
	const struct tsmreq_transport transport = {.size = sizeof(transport), .submit = submit};
	struct tsmreq_ctx *ctx;

	assert_int_equal(by_descriptor ? tsmreq_ctx_new_from_fd(&ctx, 0, &opts)
				       : tsmreq_ctx_new_from_transport(&ctx, &transport, &opts),
			 0);
	return ctx;
}

static bool is_read(const struct verb *verb)
{
	return verb->call == verb_read_object || verb->call == verb_object_size;
}

/* A call of its own handle, so that no hold of the call before stands in its way. */
static unsigned int call(struct tsmreq_ctx *ctx, enum tsmreq_arch arch, const struct verb *verb)
{
	struct tsmreq_vdev *vdev;
	struct tsmreq_result result;
	unsigned int sent;
	int rc;

	assert_int_equal(tsmreq_vdev_new(&vdev, ctx, (struct tsmreq_vdevice_id){7}, arch, NULL), 0);
	memset(&seen, 0, sizeof(seen));
	rc = verb->call(vdev, &result);
	sent = seen.ioctls + seen.submits;

	assert_int_equal(seen.heap, 0);
	assert_int_equal(seen.locks, 0);
	if (result.outcome == TSMREQ_OUTCOME_NOT_SENT) {
		assert_true(rc < 0);
		assert_int_equal(sent, 0);
	}
	tsmreq_vdev_free(vdev);
	return sent;
}

static unsigned int calls_of_all_rows(bool by_descriptor, unsigned int most_of_a_read)
{
	unsigned int sends = 0;
	struct tsmreq_uapi_info info;
	enum tsmreq_uapi uapi;

	for (unsigned int i = 0; tsmreq_uapi_at(i, &uapi); i++) {
		struct tsmreq_ctx *ctx;

		assert_int_equal(tsmreq_uapi_get_info(uapi, &info), 0);
		if (info.refusal != NULL)
			continue;
		ctx = open_ctx(uapi, by_descriptor);
		for (int arch = TSMREQ_ARCH_CCA; arch <= TSMREQ_ARCH_TDX; arch++)
			for (size_t v = 0; v < VERB_COUNT; v++) {
				unsigned int sent = call(ctx, (enum tsmreq_arch)arch, &verbs[v]);

				assert_in_range(sent, 0, is_read(&verbs[v]) ? most_of_a_read : 1);
				sends += sent;
			}
		tsmreq_ctx_free(ctx);
	}
	return sends;
}

/* The counters count: what they say below means something. */
static void test_counters(void **state)
{
	void *volatile p;
	pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

	(void)state;
	memset(&seen, 0, sizeof(seen));
	p = malloc(1);
	free(p);
	pthread_mutex_lock(&lock);
	pthread_mutex_unlock(&lock);
	assert_int_equal(seen.heap, 2);
	assert_int_equal(seen.locks, 1);
}

static void test_call_path(void **state)
{
	(void)state;
	kernel_errno = 0;
	assert_true(calls_of_all_rows(false, 1) > 100);
}

static void test_descriptor_path(void **state)
{
	(void)state;
	kernel_errno = 0;
	assert_int_equal(calls_of_all_rows(true, 1), calls_of_all_rows(false, 1));
	assert_true(seen.submits <= 1);
}

/* Failing is the same path: only an interrupted read is sent again, three times in all. */
static void test_failing_path(void **state)
{
	static const int errors[] = {EINVAL, EFAULT, EIO, EBUSY, EAGAIN, ENXIO};

	(void)state;
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		kernel_errno = errors[i];
		assert_true(calls_of_all_rows(true, 1) > 100);
	}
	kernel_errno = EINTR;
	assert_true(calls_of_all_rows(true, 3) > 100);
}

static void test_alloc_helpers(void **state)
{
	const struct tsmreq_viommu_args viommu = {.size = sizeof(viommu), .kvm_fd = -1};
	const struct tsmreq_vdevice_args vdevice = {.size = sizeof(vdevice)};
	struct tsmreq_vdevice_id vdevice_id;
	struct tsmreq_result result;
	struct tsmreq_uapi_info info;
	enum tsmreq_uapi uapi;
	uint32_t id;

	(void)state;
	kernel_errno = 0;
	for (unsigned int i = 0; tsmreq_uapi_at(i, &uapi); i++) {
		struct tsmreq_ctx *ctx;

		assert_int_equal(tsmreq_uapi_get_info(uapi, &info), 0);
		if (info.refusal != NULL)
			continue;
		ctx = open_ctx(uapi, true);
		/* this kernel writes no id, which is an answer that breaks the contract */
		memset(&seen, 0, sizeof(seen));
		assert_int_equal(tsmreq_ctx_alloc_viommu(ctx, &viommu, &id, &result), -EBADE);
		assert_int_equal(tsmreq_ctx_alloc_vdevice(ctx, &vdevice, &vdevice_id, &result),
				 -EBADE);
		assert_int_equal(tsmreq_ctx_destroy(ctx, 7, &result), 0);
		assert_int_equal(seen.ioctls, 3);
		assert_int_equal(seen.heap, 0);
		assert_int_equal(seen.locks, 0);
		tsmreq_ctx_free(ctx);
	}
}

/* The two calls that allocate, one piece each, without it. */
static void test_no_memory(void **state)
{
	const struct tsmreq_ctx_opts opts = {.size = sizeof(opts), .uapi = TSMREQ_UAPI_JUNE};
	struct tsmreq_ctx *ctx = open_ctx(TSMREQ_UAPI_JUNE, true), *none = NULL;
	const struct tsmreq_vdevice_id id = {7};
	struct tsmreq_vdev *vdev = NULL;

	(void)state;
	memset(&seen, 0, sizeof(seen));
	starving = true;
	assert_int_equal(tsmreq_ctx_new_from_fd(&none, 0, &opts), -ENOMEM);
	assert_int_equal(tsmreq_vdev_new(&vdev, ctx, id, TSMREQ_ARCH_CCA, NULL), -ENOMEM);
	starving = false;
	assert_null(none);
	assert_null(vdev);
	assert_int_equal(seen.heap, 2);
	/* nothing has kept the context */
	seen.heap = 0;
	tsmreq_ctx_free(ctx);
	assert_int_equal(seen.heap, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_counters),	cmocka_unit_test(test_call_path),
		cmocka_unit_test(test_descriptor_path), cmocka_unit_test(test_failing_path),
		cmocka_unit_test(test_alloc_helpers),	cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
