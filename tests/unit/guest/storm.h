/* SPDX-License-Identifier: MIT */
#ifndef GUEST_STORM_H
#define GUEST_STORM_H

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>
#include <tsmreq/guest.h>
#include <tsmreq/mock.h>

#include "base/bytes.h"

/*
 * A VM for many threads: memory of atomic bytes, as a guest's is; 64 devices, each behind a door of
 * its own to one mock, so that every call is known by its device; a clock that runs as it is told;
 * a pool of threads. Nothing here asserts by longjmp: what is wrong is kept, and said at the end.
 */
#define VCPUS	  8u
#define DEVICES	  64u
#define AREA	  0x40000u /* of guest memory, a vCPU's own */
#define MEMORY	  (VCPUS * AREA)
#define BAR	  0x10000000u
#define BAR_SIZE  0x10000u
#define HOST	  0x80000000u /* where the devices say that their BARs are */
#define NAME	  0x100u      /* of the first device */
#define ELSEWHERE 0x10000u    /* its bus after the guest has renumbered them */
#define VECTOR	  0x51u
#define NOBODY	  0xfff0u /* no device's name */

/* Who looks for races must not be told of an order that the library does not make. */
#define LOOK(x)	      atomic_load_explicit(&(x), memory_order_relaxed)
#define PUT(x, value) atomic_store_explicit(&(x), value, memory_order_relaxed)
#define ADD(x, value) atomic_fetch_add_explicit(&(x), value, memory_order_relaxed)

enum mode {
	MODE_SYNC,
	MODE_WORKERS,
	MODE_OFFLOAD,
};

struct storm;

struct dev {
	struct storm *storm;
	unsigned int index;
	struct tsmreq_ctx *ctx;
	struct tsmreq_vdev *vdev;
	struct tsmreq_vdevice_id id;
	_Atomic uint32_t name; /* the guest's, now */
	pthread_mutex_t ends;  /* whoever attaches, ends or renumbers one that is not shared */
	atomic_uint drained;   /* how often that was told */
	atomic_uint calls;     /* under way */
	atomic_bool quiet;     /* drained: there must be none */
};

struct pool {
	pthread_mutex_t lock;
	pthread_cond_t more;
	struct tsmreq_job *jobs[256];
	unsigned int first, count;
	bool over;
	pthread_t threads[2];
};

/* What the trace told. */
struct tally {
	atomic_ulong refused, completed, failed, uncertain;
};

struct storm {
	_Alignas(8) uint8_t memory[MEMORY]; /* through storm_load() and storm_store() alone */
	enum mode mode;
	uint64_t seed;
	struct tsmreq_mock *mock;
	struct tsmreq_guest *guest;
	struct tsmreq_guest_opts opts;
	struct tsmreq_guest_ops ops;
	struct dev devs[DEVICES];
	struct pool pool;
	_Atomic uint64_t now;
	atomic_bool over;	  /* the vCPUs have finished, */
	atomic_bool stands_still; /* and the VMM's threads */
	struct tally tally;
	atomic_ulong calls, exits, deferrals;
	atomic_bool is_wrong;
	char wrong[200];
};

/* The first thing that is wrong. */
__attribute__((format(printf, 2, 3))) static inline void storm_wrong(struct storm *storm,
								     const char *format, ...)
{
	va_list args;

	if (atomic_exchange(&storm->is_wrong, true))
		return;
	va_start(args, format);
	vsnprintf(storm->wrong, sizeof(storm->wrong), format, args);
	va_end(args);
}

/* splitmix64: each thread has its own. */
static inline uint64_t storm_roll(uint64_t *seed, uint64_t sides)
{
	uint64_t z = *seed += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return (z ^ (z >> 31)) % sides;
}

/* Every other time one of four, so that they meet; two of them are shared by the VMM's threads. */
static inline struct dev *storm_pick(struct storm *storm, uint64_t *seed)
{
	const uint64_t i = storm_roll(seed, 2 * DEVICES);

	return &storm->devs[i < DEVICES ? i : i % 4 * (DEVICES / 4)];
}

/* ---- the kernel */

/* A call takes its time, and others get on meanwhile: on few processors they would not else. */
static inline void storm_lag(struct storm *storm)
{
	const struct timespec moment = {0, 20000};

	if (ADD(storm->calls, 1) % 16)
		sched_yield();
	else
		nanosleep(&moment, NULL);
}

static inline int storm_submit(void *userdata, unsigned long request, void *arg)
{
	struct dev *dev = userdata;
	const struct tsmreq_transport *door = tsmreq_mock_get_transport(dev->storm->mock);
	int rc;

	if (LOOK(dev->quiet))
		storm_wrong(dev->storm, "device %u: a call after it was drained", dev->index);
	if (ADD(dev->calls, 1))
		storm_wrong(dev->storm, "device %u: two calls at once", dev->index);
	storm_lag(dev->storm);
	rc = door->submit(door->userdata, request, arg);
	storm_lag(dev->storm);
	ADD(dev->calls, -1u);
	return rc;
}

/* ---- what the VMM lends */

static inline bool storm_has(struct tsmreq_gpa gpa, uint64_t size)
{
	return gpa.raw < MEMORY && size <= MEMORY - gpa.raw;
}

/* As a guest's is: by bytes, or by words where they fit. */
typedef uint64_t __attribute__((may_alias)) storm_word;

static inline bool storm_is_word(uint64_t gpa, size_t size)
{
	return gpa % sizeof(storm_word) == 0 && size >= sizeof(storm_word);
}

static inline void storm_load(struct storm *storm, uint64_t gpa, void *dst, size_t size)
{
	uint8_t *bytes = dst;
	storm_word word;

	while (size) {
		const size_t step = storm_is_word(gpa, size) ? sizeof(word) : 1;

		if (step > 1) {
			word = __atomic_load_n((storm_word *)(void *)(storm->memory + gpa),
					       __ATOMIC_ACQUIRE);
			memcpy(bytes, &word, sizeof(word));
		} else {
			*bytes = __atomic_load_n(storm->memory + gpa, __ATOMIC_ACQUIRE);
		}
		gpa += step;
		bytes += step;
		size -= step;
	}
}

static inline void storm_store(struct storm *storm, uint64_t gpa, const void *src, size_t size)
{
	const uint8_t *bytes = src;
	storm_word word;

	while (size) {
		const size_t step = storm_is_word(gpa, size) ? sizeof(word) : 1;

		if (step > 1) {
			memcpy(&word, bytes, sizeof(word));
			__atomic_store_n((storm_word *)(void *)(storm->memory + gpa), word,
					 __ATOMIC_RELAXED);
		} else {
			__atomic_store_n(storm->memory + gpa, *bytes, __ATOMIC_RELAXED);
		}
		gpa += step;
		bytes += step;
		size -= step;
	}
}

static inline uint8_t storm_load_byte(struct storm *storm, uint64_t gpa)
{
	uint8_t byte;

	storm_load(storm, gpa, &byte, 1);
	return byte;
}

static inline int storm_read_shared(void *userdata, struct tsmreq_gpa gpa, void *dst, size_t size)
{
	if (!storm_has(gpa, size))
		return -EFAULT;
	storm_load(userdata, gpa.raw, dst, size);
	return 0;
}

static inline int storm_write_shared(void *userdata, struct tsmreq_gpa gpa, const void *src,
				     size_t size)
{
	if (!storm_has(gpa, size))
		return -EFAULT;
	storm_store(userdata, gpa.raw, src, size);
	return 0;
}

static inline enum tsmreq_memory storm_get_memory(void *userdata, struct tsmreq_gpa gpa,
						  uint64_t size)
{
	(void)userdata;
	if (storm_has(gpa, size))
		return TSMREQ_MEMORY_SHARED;
	return gpa.raw < MEMORY ? TSMREQ_MEMORY_MIXED : TSMREQ_MEMORY_NONE;
}

static inline uint64_t storm_now_ms(void *userdata)
{
	return LOOK(((struct storm *)userdata)->now);
}

static inline int storm_inject(void *userdata, uint32_t vcpu, uint32_t vector)
{
	if (vcpu >= VCPUS || vector != VECTOR)
		storm_wrong(userdata, "interrupt %u for vCPU %u", vector, vcpu);
	return 0;
}

static inline int storm_before_lock(void *userdata, struct tsmreq_guest_dev dev)
{
	(void)userdata;
	return dev.raw % 16 ? 0 : -EIO;
}

static inline int storm_read_object(void *userdata, struct tsmreq_guest_dev dev,
				    enum tsmreq_object object, struct tsmreq_bytes nonce,
				    struct tsmreq_buffer *dst)
{
	(void)userdata;
	(void)nonce;
	dst->size = 300 + 100 * (size_t)object;
	if (dst->capacity < dst->size)
		return -EMSGSIZE;
	memset(dst->data, (int)dev.raw, dst->size);
	return 0;
}

static inline struct dev *storm_dev(struct storm *storm, uint64_t name)
{
	return &storm->devs[((uint32_t)name - NAME) % DEVICES];
}

/* Some never go and are never renumbered; they are reset. */
static inline bool storm_is_steady(const struct dev *dev)
{
	return dev->index % 8 == 1;
}

static inline void storm_event(void *userdata, struct tsmreq_guest_dev dev,
			       enum tsmreq_device_event event, int rc)
{
	struct storm *storm = userdata;

	(void)rc;
	if (event == TSMREQ_DEVICE_DRAINED)
		ADD(storm_dev(storm, dev.raw)->drained, 1);
}

static inline void storm_trace(void *userdata, const struct tsmreq_guest_trace *trace)
{
	struct tally *tally = &((struct storm *)userdata)->tally;
	atomic_ulong *const by_outcome[] = {
		[TSMREQ_OUTCOME_NOT_SENT] = &tally->refused,
		[TSMREQ_OUTCOME_COMPLETED] = &tally->completed,
		[TSMREQ_OUTCOME_FAILED] = &tally->failed,
		[TSMREQ_OUTCOME_UNCERTAIN] = &tally->uncertain,
	};

	if (trace->rc < 0 || trace->result.outcome != TSMREQ_OUTCOME_NOT_SENT ||
	    trace->kind == TSMREQ_CALL_REJECT)
		ADD(*by_outcome[trace->result.outcome], 1);
}

/* ---- the pool */

static inline int storm_offload(void *userdata, struct tsmreq_job *job)
{
	struct storm *storm = userdata;
	struct pool *pool = &storm->pool;
	int rc = 0;

	pthread_mutex_lock(&pool->lock);
	/* now and then it has had enough */
	if (pool->count == 256 || (storm->seed++ & 15) == 0)
		rc = -EAGAIN;
	else
		pool->jobs[(pool->first + pool->count++) % 256] = job;
	pthread_cond_signal(&pool->more);
	pthread_mutex_unlock(&pool->lock);
	return rc;
}

static inline void *storm_work(void *arg)
{
	struct storm *storm = arg;
	struct pool *pool = &storm->pool;

	for (;;) {
		struct tsmreq_job *job = NULL;

		pthread_mutex_lock(&pool->lock);
		while (!pool->count && !pool->over)
			pthread_cond_wait(&pool->more, &pool->lock);
		if (pool->count) {
			job = pool->jobs[pool->first++ % 256];
			pool->first %= 256;
			pool->count--;
		}
		pthread_mutex_unlock(&pool->lock);
		if (!job)
			return NULL;
		while (tsmreq_job_run(job) == -EAGAIN)
			sched_yield();
		if (tsmreq_job_settle(job) < 0)
			storm_wrong(storm, "a job that has run cannot be settled");
	}
}

static inline void storm_start_pool(struct storm *storm)
{
	for (unsigned int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&storm->pool.threads[i], NULL, storm_work, storm),
				 0);
}

static inline void storm_stop_pool(struct storm *storm)
{
	pthread_mutex_lock(&storm->pool.lock);
	storm->pool.over = true;
	pthread_cond_broadcast(&storm->pool.more);
	pthread_mutex_unlock(&storm->pool.lock);
	for (unsigned int i = 0; i < 2; i++)
		assert_int_equal(pthread_join(storm->pool.threads[i], NULL), 0);
}

/* ---- set up */

static inline int storm_attach(struct dev *dev)
{
	const uint32_t name = LOOK(dev->name);
	const struct tsmreq_guest_device device = {
		.size = sizeof(device),
		.vdev = dev->vdev,
		.dev = {name},
		.virt_id = {NAME + dev->index},
		.bars = {{{BAR + (uint64_t)dev->index * BAR_SIZE}, BAR_SIZE}},
		.flags = TSMREQ_DEVICE_TEE_IO,
		.pcie_cap = 0x40,
	};

	return tsmreq_guest_attach(dev->storm->guest, &device);
}

static inline void storm_make_device(struct storm *storm, unsigned int index)
{
	struct dev *dev = &storm->devs[index];
	const struct tsmreq_transport door = {sizeof(door), storm_submit, NULL, dev};
	const struct tsmreq_ctx_opts ctx = {.size = sizeof(ctx), .uapi = storm->opts.uapi};
	const struct tsmreq_vdev_opts vdev = {
		.size = sizeof(vdev),
		.initial_state = TSMREQ_TDI_UNLOCKED,
	};
	/* where allocation binds, an unlocked TDI is bound */
	const struct tsmreq_mock_vdevice device = {
		.size = sizeof(device),
		.arch = storm->opts.arch,
		.flags = TSMREQ_MOCK_OBJECTS,
		.bound = storm->opts.uapi == TSMREQ_UAPI_CCA_V7 ? TSMREQ_MOCK_BOUND
								: TSMREQ_MOCK_UNBOUND,
		.state = TSMREQ_TDI_UNLOCKED,
	};

	dev->storm = storm;
	dev->index = index;
	PUT(dev->name, NAME + index);
	pthread_mutex_init(&dev->ends, NULL);
	assert_int_equal(tsmreq_mock_add_vdevice(storm->mock, &device, &dev->id), 0);
	assert_int_equal(tsmreq_ctx_new_from_transport(&dev->ctx, &door, &ctx), 0);
	assert_int_equal(tsmreq_vdev_new(&dev->vdev, dev->ctx, dev->id, storm->opts.arch, &vdev),
			 0);
	assert_int_equal(storm_attach(dev), 0);
}

static inline struct storm *storm_new(enum tsmreq_arch arch, enum mode mode, uint64_t seed)
{
	struct storm *storm = calloc(1, sizeof(*storm));
	struct tsmreq_mock_opts mock = {.size = sizeof(mock)};

	assert_non_null(storm);
	storm->mode = mode;
	storm->seed = seed;
	storm->ops = (struct tsmreq_guest_ops){
		.size = sizeof(storm->ops),
		.userdata = storm,
		.read_shared = storm_read_shared,
		.write_shared = storm_write_shared,
		.get_memory = storm_get_memory,
		.now_ms = storm_now_ms,
		.inject = storm_inject,
		.before_lock = storm_before_lock,
		.device_event = storm_event,
		.trace = storm_trace,
		.read_object = arch == TSMREQ_ARCH_SEV ? storm_read_object : NULL,
		.offload = mode == MODE_OFFLOAD ? storm_offload : NULL,
	};
	storm->opts = (struct tsmreq_guest_opts){
		.size = sizeof(storm->opts),
		.ops = &storm->ops,
		.arch = arch,
		.uapi = arch == TSMREQ_ARCH_CCA ? TSMREQ_UAPI_CCA_V7 : TSMREQ_UAPI_JUNE,
		.kvm_abi = arch == TSMREQ_ARCH_CCA   ? TSMREQ_KVM_CCA_V7
			   : arch == TSMREQ_ARCH_SEV ? TSMREQ_KVM_SEV_TIO
						     : 0,
		.ghcb_abi = arch == TSMREQ_ARCH_SEV ? TSMREQ_GHCB_TIO_A : 0,
		/* with a pool the VMM binds: steps of its own, too */
		.flags = arch == TSMREQ_ARCH_SEV && mode == MODE_OFFLOAD ? TSMREQ_GUEST_VMM_BINDS
									 : 0,
		.gpa_width = 52,
		.shared_base = UINT64_C(1) << 40,
		.snapshot_budget = 100000,
		.vcpus = VCPUS,
		.max_devices = DEVICES,
		.max_jobs = 12,
		.workers = mode == MODE_WORKERS ? 2 : 0,
	};
	pthread_mutex_init(&storm->pool.lock, NULL);
	pthread_cond_init(&storm->pool.more, NULL);
	mock.uapi = storm->opts.uapi;
	assert_int_equal(tsmreq_mock_new(&storm->mock, &mock), 0);
	assert_int_equal(tsmreq_guest_new(&storm->guest, &storm->opts), 0);
	for (unsigned int i = 0; i < DEVICES; i++)
		storm_make_device(storm, i);
	/* without any the books must be right: what a kernel hides is not in them */
	if (mode != MODE_WORKERS)
		assert_int_equal(tsmreq_mock_set_random_faults(storm->mock, seed, 30), 0);
	return storm;
}

static inline void storm_free(struct storm *storm)
{
	tsmreq_guest_free(storm->guest);
	for (unsigned int i = 0; i < DEVICES; i++) {
		tsmreq_vdev_free(storm->devs[i].vdev);
		tsmreq_ctx_free(storm->devs[i].ctx);
		pthread_mutex_destroy(&storm->devs[i].ends);
	}
	tsmreq_mock_free(storm->mock);
	pthread_cond_destroy(&storm->pool.more);
	pthread_mutex_destroy(&storm->pool.lock);
	free(storm);
}

#endif
