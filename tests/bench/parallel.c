/* SPDX-License-Identifier: MIT */
/*
 * Two vCPUs on two devices: as two threads of one guest room, and as two processes with a guest
 * room each, which can be in nobody's way. The kernel answers at once and takes no lock, so what
 * the threads share is ours. Prints thousands of exits a second of both and what part of the
 * processes' the threads reach. usage: parallel [ROUNDS]
 */
#include "examples/small-vm.h"
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "uapi/iommufd.h"

#define WORKERS	    2u
#define TURNS	    2000u /* a round's: long beside a start, short beside a time slice */
#define SHARED_BASE (1ull << 40)

/* clang-format off */
#define RHI(name) .kind = TSMREQ_CALL_##name, .arch = TSMREQ_ARCH_CCA, .shape = TSMREQ_SHAPE_RHI

static const struct tsmreq_call life[] = {
	{RHI(SET_TDI_STATE), .u.state.target = TSMREQ_TDI_LOCKED},
	{RHI(OBJECT_SIZE), .u.object.object = TSMREQ_OBJECT_INTERFACE_REPORT},
	{.kind = TSMREQ_CALL_VALIDATE_MMIO, .arch = TSMREQ_ARCH_CCA,
	 .u.mmio = {.size = 0x4000, .host_base = 0x80000000u}},
	{RHI(SET_TDI_STATE), .u.state.target = TSMREQ_TDI_RUN},
	{RHI(SET_TDI_STATE), .u.state.target = TSMREQ_TDI_UNLOCKED},
};
/* clang-format on */

#define CALLS (sizeof(life) / sizeof(life[0]))

/* One vCPU and its device. */
struct worker {
	_Alignas(64) struct tsmreq_guest *guest;
	struct tsmreq_vdev *vdev;
	struct tsmreq_exit exits[CALLS];
	uint8_t run[TSMREQ_KVM_RUN_SIZE];
};

/* Both see it, threads and processes. */
struct meeting {
	atomic_uint there;
	double start[WORKERS], end[WORKERS];
	bool failed[WORKERS];
};

static struct small_vm vm;
static struct tsmreq_ctx *ctx;
static struct meeting *meeting;

/* A kernel of no cost; its objects have 64 bytes. */
static int submit(void *userdata, unsigned long request, void *arg)
{
	const struct uapi_request_op *rq = arg;

	(void)userdata;
	if (request == UAPI_CMD(UAPI_NR_96) && rq->resp_len)
		*(uint8_t *)(uintptr_t)rq->resp_uptr = 64;
	return 0;
}

static int make_exits(struct worker *worker, uint32_t vcpu)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < CALLS; i++) {
		struct tsmreq_call call = life[i];
		struct tsmreq_exit *exit = &worker->exits[i];

		call.dev.raw = VM_DEV + vcpu;
		*exit = (struct tsmreq_exit){.size = sizeof(*exit),
					     .form = TSMREQ_EXIT_RHI,
					     .vcpu = vcpu,
					     .run = worker->run,
					     .run_size = sizeof(worker->run),
					     .vcpu_fd = -1};
		if (call.shape == TSMREQ_SHAPE_RHI) {
			rc = tsmreq_rhi_encode_call(&call, &exit->rhi);
			continue;
		}
		exit->form = TSMREQ_EXIT_KVM_RUN;
		call.u.mmio.base.raw = VM_BAR + vcpu * VM_BAR_SIZE;
		rc = tsmreq_kvm_encode_call(TSMREQ_KVM_CCA_V7, &call, worker->run,
					    sizeof(worker->run));
	}
	return rc;
}

static int add_worker(struct worker *worker, struct tsmreq_guest *guest, uint32_t vcpu)
{
	struct tsmreq_guest_device device = {
		.size = sizeof(device),
		.dev = {VM_DEV + vcpu},
		.virt_id = {VM_DEV + vcpu},
		.bars = {{{VM_BAR + vcpu * VM_BAR_SIZE}, VM_BAR_SIZE}},
		.flags = TSMREQ_DEVICE_TEE_IO,
	};
	int rc = tsmreq_vdev_new(&worker->vdev, ctx, (struct tsmreq_vdevice_id){7 + vcpu},
				 TSMREQ_ARCH_CCA, NULL);

	worker->guest = guest;
	device.vdev = worker->vdev;
	if (rc == 0)
		rc = tsmreq_guest_attach(guest, &device);
	return rc == 0 ? make_exits(worker, vcpu) : rc;
}

static int new_guest(struct tsmreq_guest **ret)
{
	const struct tsmreq_guest_opts opts = {
		.size = sizeof(opts),
		.ops = &vm.ops,
		.arch = TSMREQ_ARCH_CCA,
		.uapi = TSMREQ_UAPI_CCA_V7,
		.kvm_abi = TSMREQ_KVM_CCA_V7,
		.shared_base = SHARED_BASE,
		.vcpus = WORKERS,
	};

	return tsmreq_guest_new(ret, &opts);
}

static int turn(struct worker *worker)
{
	struct tsmreq_reply reply;
	enum tsmreq_step step;
	struct tsmreq_job *job;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < CALLS; i++) {
		rc = tsmreq_guest_handle(worker->guest, &worker->exits[i], &job, &step, &reply);
		if (rc == 0 && reply.form == TSMREQ_EXIT_RHI &&
		    reply.rhi.x[0] != TSMREQ_RHI_SUCCESS)
			rc = -EPROTO;
	}
	return rc;
}

/* From when both are there. */
static void work(struct worker *worker, uint32_t vcpu)
{
	int rc = turn(worker);

	atomic_fetch_add(&meeting->there, 1);
	while (atomic_load(&meeting->there) < WORKERS)
		continue;
	meeting->start[vcpu] = clock_now(CLOCK_MONOTONIC);
	for (unsigned int i = 0; rc == 0 && i < TURNS; i++)
		rc = turn(worker);
	meeting->end[vcpu] = clock_now(CLOCK_MONOTONIC);
	meeting->failed[vcpu] = rc != 0;
}

/* From the first start to the last end. */
static double taken(void)
{
	double start = meeting->start[0], end = meeting->end[0];

	for (uint32_t i = 0; i < WORKERS; i++) {
		if (meeting->failed[i])
			exit(1);
		start = meeting->start[i] < start ? meeting->start[i] : start;
		end = meeting->end[i] > end ? meeting->end[i] : end;
	}
	return end - start;
}

static void *thread(void *arg)
{
	struct worker *workers = arg;

	work(&workers[1], 1);
	return NULL;
}

static double as_threads(void)
{
	static struct worker workers[WORKERS];
	struct tsmreq_guest *guest = NULL;
	pthread_t other;
	int rc = new_guest(&guest);

	atomic_store(&meeting->there, 0);
	for (uint32_t i = 0; rc == 0 && i < WORKERS; i++)
		rc = add_worker(&workers[i], guest, i);
	if (rc < 0 || pthread_create(&other, NULL, thread, workers) != 0)
		exit(1);
	work(&workers[0], 0);
	pthread_join(other, NULL);
	tsmreq_guest_free(guest);
	for (uint32_t i = 0; i < WORKERS; i++)
		tsmreq_vdev_free(workers[i].vdev);
	return taken();
}

static void process(uint32_t vcpu)
{
	static struct worker worker;
	struct tsmreq_guest *guest = NULL;

	if (new_guest(&guest) < 0 || add_worker(&worker, guest, vcpu) < 0)
		exit(1);
	work(&worker, vcpu);
	tsmreq_guest_free(guest);
	tsmreq_vdev_free(worker.vdev);
}

static double as_processes(void)
{
	int status = 1;
	pid_t other;

	atomic_store(&meeting->there, 0);
	other = fork();
	if (other == 0) {
		process(1);
		_exit(0);
	}
	process(0);
	if (other < 0 || waitpid(other, &status, 0) != other || status != 0)
		exit(1);
	return taken();
}

int main(int argc, char **argv)
{
	const struct tsmreq_transport door = {.size = sizeof(door), .submit = submit};
	const struct tsmreq_ctx_opts opts = {.size = sizeof(opts), .uapi = TSMREQ_UAPI_CCA_V7};
	const double exits = (double)CALLS * TURNS * WORKERS / 1000;
	const int rounds = argc > 1 ? atoi(argv[1]) : 300;
	double threads = 1e9, processes = 1e9;

	meeting = mmap(NULL, sizeof(*meeting), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
		       -1, 0);
	vm_init(&vm);
	if (meeting == MAP_FAILED || tsmreq_ctx_new_from_transport(&ctx, &door, &opts) < 0)
		return 1;
	/* in turn, and the best of each: whatever else the machine does hits both */
	for (int i = 0; i < rounds; i++) {
		clock_keep_least(&threads, as_threads());
		clock_keep_least(&processes, as_processes());
	}
	tsmreq_ctx_free(ctx);
	printf("%.0f %.0f %.3f\n", exits / threads, exits / processes, processes / threads);
	return 0;
}
