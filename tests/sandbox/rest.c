/* SPDX-License-Identifier: MIT */
/* What no example makes the library do: a worker that is interrupted, and a large object kept. */
#include <poll.h>

#include "../../examples/small-vm.h"

#define BUFFER	   0x8000u
#define LARGE_SIZE 0x100000u

static uint64_t now_ms(void *userdata)
{
	(void)userdata;
	return 0;
}

static int handle(struct small_vm *vm, const struct tsmreq_exit *exit)
{
	struct tsmreq_reply reply;
	enum tsmreq_step step;
	struct tsmreq_job *job;

	return tsmreq_guest_handle(vm->guest, exit, &job, &step, &reply);
}

/* BIND, on a worker that the kernel interrupts once. */
static int bind_interrupted(struct small_vm *vm)
{
	struct tsmreq_guest_opts opts = {.arch = TSMREQ_ARCH_TDX, .gpa_width = 52, .workers = 1};
	const struct tsmreq_exit exit = {.size = sizeof(exit),
					 .form = TSMREQ_EXIT_GHCI,
					 .ghci = {.r11 = TSMREQ_GHCI_LEAF_TDCM,
						  .r12 = VM_DEV,
						  .r13 = BUFFER | 1ull << 51,
						  .r14 = 0x1000},
					 .vcpu_fd = -1};
	struct pollfd done = {.events = POLLIN};
	struct tsmreq_guest_counters counters;
	int rc;

	vm_init(vm);
	vm->ops.now_ms = now_ms;
	vm->ram[BUFFER] = 2;
	rc = vm_start(vm, TSMREQ_UAPI_CCA_V7, &opts);
	if (rc == 0)
		rc = tsmreq_mock_set_fault(vm->mock, vm->id.raw, "intr-once");
	if (rc == 0)
		rc = handle(vm, &exit);
	done.fd = tsmreq_guest_get_fd(vm->guest);
	if (rc == 0 && (poll(&done, 1, -1) != 1 || tsmreq_guest_dispatch(vm->guest) != 1))
		rc = -EIO;
	tsmreq_guest_get_counters(vm->guest, &counters);
	vm_stop(vm);
	return rc == 0 && (counters.kicked != 1 || vm->ram[BUFFER + 8] != 1) ? -EPROTO : rc;
}

static int call(struct small_vm *vm, uint64_t x0, uint64_t x2)
{
	const struct tsmreq_exit exit = {.size = sizeof(exit),
					 .form = TSMREQ_EXIT_RHI,
					 .rhi = {.nr = x0, .x = {x0, VM_DEV, x2, BUFFER, 16, 0}},
					 .vcpu_fd = -1};

	return handle(vm, &exit);
}

/* A snapshot is made, and dropped at the next change of state; staging grows where none is kept. */
static int keep_large(struct small_vm *vm, uint64_t budget)
{
	static uint8_t large[LARGE_SIZE];
	struct tsmreq_guest_opts opts = {.arch = TSMREQ_ARCH_CCA, .snapshot_budget = budget};
	int rc;

	vm_init(vm);
	rc = vm_start(vm, TSMREQ_UAPI_CCA_V7, &opts);
	for (size_t size = LARGE_SIZE / 2; rc == 0 && size <= LARGE_SIZE; size *= 2) {
		rc = tsmreq_mock_set_object(vm->mock, vm->id, TSMREQ_OBJECT_CERTIFICATE,
					    (struct tsmreq_bytes){large, size});
		if (rc == 0)
			rc = call(vm, TSMREQ_RHI_OBJECT_SIZE, TSMREQ_OBJECT_CERTIFICATE);
		if (rc == 0)
			rc = call(vm, TSMREQ_RHI_OBJECT_READ, TSMREQ_OBJECT_CERTIFICATE);
		if (rc == 0)
			rc = call(vm, TSMREQ_RHI_VDEV_SET_TDI_STATE, TSMREQ_TDI_LOCKED);
		if (rc == 0)
			rc = call(vm, TSMREQ_RHI_VDEV_SET_TDI_STATE, TSMREQ_TDI_UNLOCKED);
	}
	vm_stop(vm);
	return rc;
}

int main(void)
{
	static struct small_vm vm;
	int rc = bind_interrupted(&vm);

	if (rc == 0)
		rc = keep_large(&vm, 0);
	if (rc == 0)
		rc = keep_large(&vm, 4u * LARGE_SIZE);
	if (rc < 0)
		fprintf(stderr, "failed: %s\n", tsmreq_errno_to_string(rc));
	return rc < 0;
}
