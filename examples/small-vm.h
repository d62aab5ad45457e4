/* SPDX-License-Identifier: MIT */
#ifndef SMALL_VM_H
#define SMALL_VM_H

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <tsmreq/guest.h>
#include <tsmreq/mock.h>
#include <tsmreq/tsmreq.h>

/*
 * What a VMM has before it serves its first exit: guest memory with a record of what is shared, and
 * one assigned device. The kernel is the mock, and takes as long as it is told to.
 */

#define VM_RAM	    0x40000u	/* from address 0 */
#define VM_SHARED   0x30000u	/* shared below, private above */
#define VM_BAR	    0x10000000u /* where the guest has put BAR 0 */
#define VM_BAR_SIZE 0x10000u
#define VM_DEV	    0x100u /* 0000:01:00.0, in the guest's numbering */
#define VM_PCIE_CAP 0x40u

struct small_vm {
	uint8_t ram[VM_RAM];
	struct tsmreq_guest_ops ops;
	struct tsmreq_guest *guest;
	struct tsmreq_vdev *vdev;
	struct tsmreq_ctx *ctx;
	struct tsmreq_mock *mock;
	struct tsmreq_vdevice_id id;
	struct timespec kernel_takes;
	void (*meanwhile)(struct small_vm *vm); /* what other threads do during a kernel call */
};

/* ---- the operations every VMM lends ---- */

static inline bool vm_is_shared(uint64_t gpa, uint64_t size)
{
	return gpa < VM_SHARED && size <= VM_SHARED - gpa;
}

static inline int vm_read_shared(void *userdata, struct tsmreq_gpa gpa, void *dst, size_t size)
{
	const struct small_vm *vm = userdata;

	if (!vm_is_shared(gpa.raw, size))
		return -EFAULT;
	memcpy(dst, vm->ram + gpa.raw, size);
	return 0;
}

static inline int vm_write_shared(void *userdata, struct tsmreq_gpa gpa, const void *src,
				  size_t size)
{
	struct small_vm *vm = userdata;

	if (!vm_is_shared(gpa.raw, size))
		return -EFAULT;
	memcpy(vm->ram + gpa.raw, src, size);
	return 0;
}

static inline enum tsmreq_memory vm_get_memory(void *userdata, struct tsmreq_gpa gpa, uint64_t size)
{
	(void)userdata;
	if (vm_is_shared(gpa.raw, size))
		return TSMREQ_MEMORY_SHARED;
	if (gpa.raw >= VM_RAM)
		return TSMREQ_MEMORY_NONE;
	if (size > VM_RAM - gpa.raw)
		return TSMREQ_MEMORY_MIXED;
	return gpa.raw < VM_SHARED ? TSMREQ_MEMORY_BOTH : TSMREQ_MEMORY_PRIVATE;
}

static inline void vm_device_event(void *userdata, struct tsmreq_guest_dev dev,
				   enum tsmreq_device_event event, int rc)
{
	(void)userdata;
	printf("  device %04llx: %s, rc %d\n", (unsigned long long)dev.raw,
	       tsmreq_device_event_to_string(event), rc);
}

/* ---- up and down ---- */

/* The way to the kernel: tsmreq_ctx_new_from_fd() on a real host. */
static inline int vm_submit(void *userdata, unsigned long request, void *arg)
{
	struct small_vm *vm = userdata;
	const struct tsmreq_transport *kernel = tsmreq_mock_get_transport(vm->mock);

	if (vm->kernel_takes.tv_nsec > 0)
		nanosleep(&vm->kernel_takes, NULL);
	if (vm->meanwhile)
		vm->meanwhile(vm);
	return kernel->submit(kernel->userdata, request, arg);
}

/* The defaults of a VM; an example adds to vm->ops before vm_start(). */
static inline void vm_init(struct small_vm *vm)
{
	memset(vm, 0, sizeof(*vm));
	vm->ops = (struct tsmreq_guest_ops){
		.size = sizeof(vm->ops),
		.userdata = vm,
		.read_shared = vm_read_shared,
		.write_shared = vm_write_shared,
		.get_memory = vm_get_memory,
		.device_event = vm_device_event,
	};
}

static inline int vm_make_device(struct small_vm *vm, enum tsmreq_arch arch, enum tsmreq_uapi uapi)
{
	const bool bound = tsmreq_uapi_has(uapi, arch, TSMREQ_FEATURE_BIND_AT_ALLOC);
	const struct tsmreq_mock_opts kernel = {.size = sizeof(kernel), .uapi = uapi};
	const struct tsmreq_mock_vdevice vdevice = {
		.size = sizeof(vdevice),
		.flags = TSMREQ_MOCK_OBJECTS,
		.arch = arch,
		.bound = bound ? TSMREQ_MOCK_BOUND : TSMREQ_MOCK_UNBOUND,
		.virt_id = {VM_DEV},
	};
	const struct tsmreq_transport door = {sizeof(door), vm_submit, NULL, vm};
	int rc;

	rc = tsmreq_mock_new(&vm->mock, &kernel);
	if (rc == 0)
		rc = tsmreq_mock_add_vdevice(vm->mock, &vdevice, &vm->id);
	/* without options: which revision it speaks is asked of the kernel */
	if (rc == 0)
		rc = tsmreq_ctx_new_from_transport(&vm->ctx, &door, NULL);
	if (rc == 0)
		rc = tsmreq_vdev_new(&vm->vdev, vm->ctx, vm->id, arch, NULL);
	return rc;
}

/* Under the name that the guest has for it. */
static inline int vm_attach(struct small_vm *vm)
{
	const struct tsmreq_guest_device device = {
		.size = sizeof(device),
		.vdev = vm->vdev,
		.dev = {VM_DEV},
		.virt_id = {VM_DEV},
		.bars = {{{VM_BAR}, VM_BAR_SIZE}},
		.pcie_cap = VM_PCIE_CAP,
		.flags = TSMREQ_DEVICE_TEE_IO,
	};

	return tsmreq_guest_attach(vm->guest, &device);
}

/* @opts: all but the operations and the revision. */
static inline int vm_start(struct small_vm *vm, enum tsmreq_uapi uapi,
			   struct tsmreq_guest_opts *opts)
{
	int rc = vm_make_device(vm, opts->arch, uapi);

	if (rc < 0)
		return rc;
	opts->size = sizeof(*opts);
	opts->ops = &vm->ops;
	opts->uapi = tsmreq_ctx_get_uapi(vm->ctx);
	rc = tsmreq_guest_new(&vm->guest, opts);
	return rc < 0 ? rc : vm_attach(vm);
}

/* Last in, first out. */
static inline void vm_stop(struct small_vm *vm)
{
	tsmreq_guest_free(vm->guest);
	tsmreq_vdev_free(vm->vdev);
	tsmreq_ctx_free(vm->ctx);
	tsmreq_mock_free(vm->mock);
}

#endif
