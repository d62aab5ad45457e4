/* SPDX-License-Identifier: MIT */
#ifndef GUEST_KIT_H
#define GUEST_KIT_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <tsmreq/guest.h>
#include <tsmreq/mock.h>

/*
 * A small VM: 256 KiB of guest memory from 0, shared up to PRIVATE; a mock kernel behind a counting
 * transport; one device.
 */
#define KIT_MEMORY  0x40000u
#define KIT_PRIVATE 0x30000u
#define KIT_DEV	    0x100u
#define KIT_BAR	    0x10000000u
#define KIT_BAR_END 0x10010000u

struct kit {
	uint8_t memory[KIT_MEMORY];
	uint8_t fetched[KIT_MEMORY]; /* how often, since kit_forget_fetches() */
	unsigned int refetched;	     /* bytes that were read twice */
	struct tsmreq_mock *mock;
	struct tsmreq_ctx *ctx;
	struct tsmreq_vdev *vdev;
	struct tsmreq_vdevice_id id;
	struct tsmreq_guest *guest;
	struct tsmreq_guest_opts opts;
	struct tsmreq_guest_ops ops;
	unsigned int sends;
	uint64_t now;
	int fail_read, fail_write; /* countdown to a failing access, 1: the next; 0: never */
	unsigned int events[TSMREQ_DEVICE_LATE + 1];
	uint32_t vcpu, vector; /* injected last */
	struct tsmreq_job *offloaded[64];
	unsigned int offloads;
	int offload_rc;
};

static inline int kit_submit(void *userdata, unsigned long request, void *arg)
{
	struct kit *kit = userdata;
	const struct tsmreq_transport *door = tsmreq_mock_get_transport(kit->mock);

	kit->sends++;
	return door->submit(door->userdata, request, arg);
}

static inline bool kit_has(uint64_t gpa, uint64_t size, uint64_t end)
{
	return gpa < end && size <= end - gpa;
}

static inline int kit_read(void *userdata, struct tsmreq_gpa gpa, void *dst, size_t size)
{
	struct kit *kit = userdata;

	if (kit->fail_read && !--kit->fail_read)
		return -EFAULT;
	if (!kit_has(gpa.raw, size, KIT_PRIVATE))
		return -EFAULT;
	for (size_t i = 0; i < size; i++)
		kit->refetched += kit->fetched[gpa.raw + i]++ != 0;
	memcpy(dst, kit->memory + gpa.raw, size);
	return 0;
}

static inline int kit_write(void *userdata, struct tsmreq_gpa gpa, const void *src, size_t size)
{
	struct kit *kit = userdata;

	if (kit->fail_write && !--kit->fail_write)
		return -EFAULT;
	if (!kit_has(gpa.raw, size, KIT_PRIVATE))
		return -EFAULT;
	memcpy(kit->memory + gpa.raw, src, size);
	return 0;
}

static inline enum tsmreq_memory kit_get_memory(void *userdata, struct tsmreq_gpa gpa,
						uint64_t size)
{
	(void)userdata;
	if (kit_has(gpa.raw, size, KIT_PRIVATE))
		return TSMREQ_MEMORY_SHARED;
	if (gpa.raw >= KIT_MEMORY)
		return TSMREQ_MEMORY_NONE;
	if (!kit_has(gpa.raw, size, KIT_MEMORY))
		return TSMREQ_MEMORY_MIXED;
	return gpa.raw >= KIT_PRIVATE ? TSMREQ_MEMORY_PRIVATE : TSMREQ_MEMORY_BOTH;
}

static inline uint64_t kit_now(void *userdata)
{
	return ((struct kit *)userdata)->now;
}

static inline int kit_inject(void *userdata, uint32_t vcpu, uint32_t vector)
{
	struct kit *kit = userdata;

	kit->vcpu = vcpu;
	kit->vector = vector;
	return 0;
}

static inline int kit_offload(void *userdata, struct tsmreq_job *job)
{
	struct kit *kit = userdata;

	if (kit->offload_rc < 0)
		return kit->offload_rc;
	kit->offloaded[kit->offloads++ % 64] = job;
	return 0;
}

static inline void kit_event(void *userdata, struct tsmreq_guest_dev dev,
			     enum tsmreq_device_event event, int rc)
{
	struct kit *kit = userdata;

	(void)dev;
	(void)rc;
	kit->events[event]++;
}

static inline int kit_attach(struct kit *kit, uint64_t dev, struct tsmreq_vdev *vdev)
{
	const struct tsmreq_guest_device device = {
		.size = sizeof(device),
		.vdev = vdev,
		.dev = {dev},
		.virt_id = {dev},
		.bars = {{{KIT_BAR}, KIT_BAR_END - KIT_BAR}},
		.flags = TSMREQ_DEVICE_TEE_IO,
	};

	return tsmreq_guest_attach(kit->guest, &device);
}

/* One more device with the mock's objects behind it. */
static inline struct tsmreq_vdev *kit_new_vdev(struct kit *kit, enum tsmreq_tdi_state state)
{
	/* where allocation binds, an unlocked TDI is bound */
	const bool unbound = state == TSMREQ_TDI_UNLOCKED && kit->opts.uapi != TSMREQ_UAPI_CCA_V7;
	const struct tsmreq_mock_vdevice device = {
		.size = sizeof(device),
		.arch = kit->opts.arch,
		.flags = TSMREQ_MOCK_OBJECTS,
		.bound = unbound ? TSMREQ_MOCK_UNBOUND : TSMREQ_MOCK_BOUND,
		.state = state,
	};
	const struct tsmreq_vdev_opts opts = {.size = sizeof(opts), .initial_state = state};
	struct tsmreq_vdev *vdev;

	assert_int_equal(tsmreq_mock_add_vdevice(kit->mock, &device, &kit->id), 0);
	assert_int_equal(tsmreq_vdev_new(&vdev, kit->ctx, kit->id, kit->opts.arch, &opts), 0);
	return vdev;
}

/* Options first: kit->opts and kit->ops may be changed between the two. */
static inline void kit_set_up(struct kit *kit, enum tsmreq_arch arch, enum tsmreq_uapi uapi)
{
	memset(kit, 0, sizeof(*kit));
	kit->ops = (struct tsmreq_guest_ops){
		.size = sizeof(kit->ops),
		.userdata = kit,
		.read_shared = kit_read,
		.write_shared = kit_write,
		.get_memory = kit_get_memory,
		.now_ms = kit_now,
		.inject = kit_inject,
		.device_event = kit_event,
	};
	kit->opts = (struct tsmreq_guest_opts){
		.size = sizeof(kit->opts),
		.ops = &kit->ops,
		.arch = arch,
		.uapi = uapi,
		.gpa_width = 52,
		.shared_base = 1ull << 40,
		.vcpus = 4,
	};
	if (arch == TSMREQ_ARCH_CCA)
		kit->opts.kvm_abi = TSMREQ_KVM_CCA_V7;
	if (arch == TSMREQ_ARCH_SEV)
		kit->opts.kvm_abi = TSMREQ_KVM_SEV_TIO;
}

static inline void kit_start(struct kit *kit, enum tsmreq_tdi_state state)
{
	const struct tsmreq_mock_opts mock = {.size = sizeof(mock), .uapi = kit->opts.uapi};
	const struct tsmreq_transport door = {sizeof(door), kit_submit, NULL, kit};
	const struct tsmreq_ctx_opts ctx = {.size = sizeof(ctx), .uapi = kit->opts.uapi};

	assert_int_equal(tsmreq_mock_new(&kit->mock, &mock), 0);
	assert_int_equal(tsmreq_ctx_new_from_transport(&kit->ctx, &door, &ctx), 0);
	assert_int_equal(tsmreq_guest_new(&kit->guest, &kit->opts), 0);
	kit->vdev = kit_new_vdev(kit, state);
	assert_int_equal(kit_attach(kit, KIT_DEV, kit->vdev), 0);
}

static inline void kit_end(struct kit *kit)
{
	tsmreq_guest_free(kit->guest);
	tsmreq_vdev_free(kit->vdev);
	tsmreq_ctx_free(kit->ctx);
	tsmreq_mock_free(kit->mock);
}

static inline void kit_forget_fetches(struct kit *kit)
{
	memset(kit->fetched, 0, sizeof(kit->fetched));
	kit->refetched = 0;
}

/* An exit to its answer, on one thread; each address may be fetched once. */
static inline struct tsmreq_reply kit_handle(struct kit *kit, const struct tsmreq_exit *exit)
{
	struct tsmreq_reply reply;
	enum tsmreq_step step;
	struct tsmreq_job *job;

	kit_forget_fetches(kit);
	memset(&reply, 0xa5, sizeof(reply));
	assert_int_equal(tsmreq_guest_handle(kit->guest, exit, &job, &step, &reply), 0);
	assert_int_equal(step, TSMREQ_STEP_DONE);
	assert_int_equal(kit->refetched, 0);
	return reply;
}

/* CCA: x0 of the answer, x1 in *ret_x1 if that is wanted. */
static inline struct tsmreq_exit kit_rhi_exit(uint64_t x0, uint64_t x1, uint64_t x2, uint64_t x3,
					      uint64_t x4, uint64_t x5)
{
	return (struct tsmreq_exit){
		.size = sizeof(struct tsmreq_exit),
		.form = TSMREQ_EXIT_RHI,
		.rhi = {.nr = (uint32_t)x0, .x = {x0, x1, x2, x3, x4, x5}},
		.vcpu_fd = -1,
	};
}

static inline uint64_t kit_rhi(struct kit *kit, uint64_t x0, uint64_t x1, uint64_t x2,
			       uint64_t *ret_x1)
{
	const struct tsmreq_exit exit = kit_rhi_exit(x0, x1, x2, 0, 0, 0);
	const struct tsmreq_reply reply = kit_handle(kit, &exit);

	if (ret_x1)
		*ret_x1 = reply.rhi.x[1];
	assert_int_equal(reply.rhi.x[2], 0);
	assert_int_equal(reply.rhi.x[3], 0);
	return reply.rhi.x[0];
}

/* TDX: the operation in a fresh buffer at @gpa; R10. */
static inline struct tsmreq_exit kit_tdcm_exit(struct kit *kit, uint8_t operation, uint64_t gpa,
					       uint64_t vector)
{
	memset(kit->memory + gpa, 0, 0x11000);
	kit->memory[gpa] = operation;
	return (struct tsmreq_exit){
		.size = sizeof(struct tsmreq_exit),
		.form = TSMREQ_EXIT_GHCI,
		.ghci = {.r11 = TSMREQ_GHCI_LEAF_TDCM,
			 .r12 = KIT_DEV,
			 .r13 = gpa | 1ull << 51,
			 .r14 = 0x11000,
			 .r15 = vector},
		.vcpu_fd = -1,
	};
}

#endif
