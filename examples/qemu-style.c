/* SPDX-License-Identifier: MIT */
/*
 * A VMM with a big lock: an exit is prepared and settled under it, because guest memory and devices
 * are; run, the step that may take seconds, happens on a pool of threads or on the vCPU's own, and
 * always without it. Every kernel call looks whether its thread holds the lock, and none ever does.
 */
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "small-vm.h"

#define THREADS 2
#define VCPUS	2

/* ---- the big lock ---- */

static pthread_mutex_t big_lock = PTHREAD_MUTEX_INITIALIZER;
static _Thread_local bool has_big_lock;
static atomic_uint kernel_calls, under_big_lock;

static void lock_big(void)
{
	pthread_mutex_lock(&big_lock);
	has_big_lock = true;
}

static void unlock_big(void)
{
	has_big_lock = false;
	pthread_mutex_unlock(&big_lock);
}

/* Part of every kernel call here. */
static void look_at_lock(struct small_vm *vm)
{
	(void)vm;
	atomic_fetch_add(&kernel_calls, 1);
	if (has_big_lock)
		atomic_fetch_add(&under_big_lock, 1);
}

/* ---- a pool of threads: jobs go in by one pipe, and come out of another ---- */

static struct pool {
	int todo[2], done[2]; /* to read from, to write to */
	pthread_t threads[THREADS];
	unsigned int started;
} pool = {.todo = {-1, -1}, .done = {-1, -1}};

static int put(int fd, struct tsmreq_job *job)
{
	return write(fd, &job, sizeof(job)) == sizeof(job) ? 0 : -errno;
}

static struct tsmreq_job *get(int fd)
{
	struct tsmreq_job *job;

	return read(fd, &job, sizeof(job)) == sizeof(job) ? job : NULL;
}

static void *work(void *unused)
{
	struct tsmreq_job *job;

	(void)unused;
	while ((job = get(pool.todo[0])) != NULL) {
		while (tsmreq_job_run(job) == -EAGAIN)
			continue;
		/* there are fewer jobs than a pipe holds */
		if (put(pool.done[1], job) < 0)
			return NULL;
	}
	return NULL;
}

/* Lent to the guest room. It is called under the big lock, and only hands on. */
static int offload(void *userdata, struct tsmreq_job *job)
{
	(void)userdata;
	return put(pool.todo[1], job);
}

static int start_pool(void)
{
	if (pipe2(pool.todo, O_CLOEXEC) < 0 || pipe2(pool.done, O_CLOEXEC | O_NONBLOCK) < 0)
		return -errno;
	while (pool.started < THREADS) {
		const int error = pthread_create(&pool.threads[pool.started], NULL, work, NULL);

		if (error != 0)
			return -error;
		pool.started++;
	}
	return 0;
}

static void stop_pool(void)
{
	close(pool.todo[1]); /* the threads read an end */
	for (unsigned int i = 0; i < pool.started; i++)
		pthread_join(pool.threads[i], NULL);
	close(pool.todo[0]);
	close(pool.done[0]);
	close(pool.done[1]);
}

/* ---- exits ---- */

/* On the vCPU's thread, as KVM_RUN is: the lock is taken for what needs it. */
static int serve(struct small_vm *vm, const struct tsmreq_exit *exit, struct tsmreq_reply *ret)
{
	enum tsmreq_step step;
	struct tsmreq_job *job;
	int rc;

	lock_big();
	rc = tsmreq_guest_prepare(vm->guest, exit, &job, &step);
	if (rc == 0 && step == TSMREQ_STEP_NOT_OURS)
		rc = -ENOTSUP;
	if (rc == 0 && step == TSMREQ_STEP_RUN_NOW) {
		unlock_big();
		rc = tsmreq_job_run(job);
		lock_big();
	}
	/* settles what has run, hands on what is deferred */
	if (rc == 0)
		rc = tsmreq_job_answer(job, ret);
	unlock_big();
	return rc;
}

/* The main loop: what the pool has run is settled under the big lock. */
static int main_loop(void)
{
	struct pollfd done = {.fd = pool.done[0], .events = POLLIN};
	struct tsmreq_job *job;
	int rc = 0;

	if (poll(&done, 1, 10) <= 0)
		return 0;
	lock_big();
	while (rc == 0 && (job = get(pool.done[0])) != NULL)
		rc = tsmreq_job_settle(job);
	unlock_big();
	return rc;
}

/* ---- the guest: two vCPUs, one device ---- */

struct vcpu {
	struct small_vm *vm;
	uint32_t id;
	int rc;
	pthread_t thread;
};

static atomic_uint running;

static int hypercall(struct vcpu *vcpu, uint64_t x0, uint64_t x2, struct tsmreq_reply *ret)
{
	const struct tsmreq_exit exit = {.size = sizeof(exit),
					 .form = TSMREQ_EXIT_RHI,
					 .vcpu = vcpu->id,
					 .rhi = {.nr = x0, .x = {x0, VM_DEV, x2}},
					 .vcpu_fd = -1};

	return serve(vcpu->vm, &exit, ret);
}

static int set_state(struct vcpu *vcpu, enum tsmreq_tdi_state target)
{
	struct tsmreq_reply reply;
	int rc = hypercall(vcpu, TSMREQ_RHI_VDEV_SET_TDI_STATE, target, &reply);
	const uint64_t handle = rc == 0 ? reply.rhi.x[1] : 0;

	while (rc == 0 && reply.rhi.x[0] == TSMREQ_RHI_INCOMPLETE) {
		sched_yield();
		rc = hypercall(vcpu, TSMREQ_RHI_VDEV_CONTINUE, handle, &reply);
	}
	if (rc == 0)
		printf("vCPU %u: %s: %s\n", vcpu->id, tsmreq_tdi_state_to_string(target),
		       tsmreq_rhi_status_to_string(reply.rhi.x[0]));
	return rc == 0 && reply.rhi.x[0] != TSMREQ_RHI_SUCCESS ? -EPROTO : rc;
}

/* Drives the device through its life. */
static void *drive(void *arg)
{
	static const enum tsmreq_tdi_state life[] = {TSMREQ_TDI_LOCKED, TSMREQ_TDI_RUN,
						     TSMREQ_TDI_UNLOCKED};
	struct vcpu *vcpu = arg;

	for (size_t i = 0; vcpu->rc == 0 && i < sizeof(life) / sizeof(life[0]); i++)
		vcpu->rc = set_state(vcpu, life[i]);
	atomic_fetch_sub(&running, 1);
	return NULL;
}

/* Asks for a size meanwhile: it is told, or told to come again. */
static void *ask(void *arg)
{
	struct vcpu *vcpu = arg;
	struct tsmreq_reply reply;
	unsigned int count = 0;

	do {
		vcpu->rc =
			hypercall(vcpu, TSMREQ_RHI_OBJECT_SIZE, TSMREQ_OBJECT_CERTIFICATE, &reply);
		count++;
		sched_yield();
	} while (vcpu->rc == 0 && atomic_load(&running) == VCPUS);
	printf("vCPU %u: asked %u times meanwhile\n", vcpu->id, count);
	atomic_fetch_sub(&running, 1);
	return NULL;
}

static int run_vcpus(struct small_vm *vm)
{
	static void *(*const threads[VCPUS])(void *) = {drive, ask};
	struct vcpu vcpus[VCPUS];
	int rc = 0;

	atomic_store(&running, VCPUS);
	for (uint32_t i = 0; i < VCPUS; i++) {
		vcpus[i] = (struct vcpu){.vm = vm, .id = i};
		/* with half of its vCPUs a VM is of no use */
		if (pthread_create(&vcpus[i].thread, NULL, threads[i], &vcpus[i]) != 0)
			abort();
	}
	while (atomic_load(&running) > 0) {
		const int settled = main_loop();

		rc = rc == 0 ? settled : rc;
	}
	for (uint32_t i = 0; i < VCPUS; i++) {
		pthread_join(vcpus[i].thread, NULL);
		if (rc == 0)
			rc = vcpus[i].rc;
	}
	return rc;
}

int main(void)
{
	struct tsmreq_guest_opts opts = {.arch = TSMREQ_ARCH_CCA, .vcpus = VCPUS};
	struct tsmreq_result result;
	struct small_vm vm;
	int rc;

	vm_init(&vm);
	vm.ops.offload = offload;
	vm.meanwhile = look_at_lock;
	rc = vm_start(&vm, TSMREQ_UAPI_CCA_V7, &opts);
	vm.kernel_takes.tv_nsec = 20000000;
	if (rc == 0)
		rc = start_pool();
	if (rc == 0)
		rc = run_vcpus(&vm);
	/* it may block, so not under the big lock either */
	if (rc == 0)
		rc = tsmreq_guest_reset(vm.guest, (struct tsmreq_guest_dev){VM_DEV}, &result);
	stop_pool();
	vm_stop(&vm);
	printf("%u kernel calls, %u under the big lock\n", atomic_load(&kernel_calls),
	       atomic_load(&under_big_lock));
	if (rc < 0)
		fprintf(stderr, "failed: %s\n", tsmreq_errno_to_string(rc));
	return rc < 0 || atomic_load(&under_big_lock) > 0;
}
