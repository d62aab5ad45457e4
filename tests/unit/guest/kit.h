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
#define KIT_HOST    0x80000000u /* where the device says that BAR is */
#define KIT_GHCB    0x8000u

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
	unsigned int taken; /* how many of them kit_run_next() has run */

	/* what else is asked for by a test */
	int fail_lend;			/* countdown to a failing before_lock(), make_private() */
	bool forbids;			/* mmio_allowed() says no */
	enum tsmreq_device_event event; /* told last, */
	int event_rc;
	uint64_t event_dev;
	void (*at_submit)(struct kit *kit); /* called before a call reaches the mock, */
	unsigned long command;		    /* which is this */
	void *arg;
	uint64_t private_from, private_to; /* pages the guest has taken back */
	struct tsmreq_bytes source[4];	   /* what read_object() gives, by object */
	int source_rc;
	unsigned int asked; /* how often it was */
	uint8_t nonce[TSMREQ_NONCE_SIZE];
	char said[2048]; /* the order of things, in words */
};

/* One more word of what happened, in order. */
static inline void kit_say(struct kit *kit, const char *word)
{
	const size_t length = strlen(kit->said);

	snprintf(kit->said + length, sizeof(kit->said) - length, "%s%s", length ? " " : "", word);
}

/* What happened since the last look. */
static inline void kit_assert_said(struct kit *kit, const char *words)
{
	assert_string_equal(kit->said, words);
	kit->said[0] = 0;
}

static inline int kit_submit(void *userdata, unsigned long request, void *arg)
{
	struct kit *kit = userdata;
	const struct tsmreq_transport *door = tsmreq_mock_get_transport(kit->mock);

	kit->sends++;
	kit->command = request;
	kit->arg = arg;
	kit_say(kit, "send");
	if (kit->at_submit)
		kit->at_submit(kit);
	return door->submit(door->userdata, request, arg);
}

static inline bool kit_has(uint64_t gpa, uint64_t size, uint64_t end)
{
	return gpa < end && size <= end - gpa;
}

/* Does the range meet what the guest has made private since the VM started? */
static inline bool kit_is_taken_back(const struct kit *kit, uint64_t gpa, uint64_t size)
{
	return gpa < kit->private_to && gpa + size > kit->private_from;
}

static inline int kit_read(void *userdata, struct tsmreq_gpa gpa, void *dst, size_t size)
{
	struct kit *kit = userdata;

	if (kit->fail_read && !--kit->fail_read)
		return -EFAULT;
	if (!kit_has(gpa.raw, size, KIT_PRIVATE) || kit_is_taken_back(kit, gpa.raw, size))
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
	if (!kit_has(gpa.raw, size, KIT_PRIVATE) || kit_is_taken_back(kit, gpa.raw, size))
		return -EFAULT;
	memcpy(kit->memory + gpa.raw, src, size);
	return 0;
}

static inline enum tsmreq_memory kit_get_memory(void *userdata, struct tsmreq_gpa gpa,
						uint64_t size)
{
	const struct kit *kit = userdata;

	if (kit_has(gpa.raw, size, KIT_PRIVATE))
		return kit_is_taken_back(kit, gpa.raw, size) ? TSMREQ_MEMORY_BOTH
							     : TSMREQ_MEMORY_SHARED;
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

	kit->events[event]++;
	kit->event = event;
	kit->event_rc = rc;
	kit->event_dev = dev.raw;
	kit_say(kit, tsmreq_device_event_to_string(event));
}

/* ---- what is lent beside that, where a test puts it into kit->ops */

static inline int kit_before_lock(void *userdata, struct tsmreq_guest_dev dev)
{
	struct kit *kit = userdata;

	(void)dev;
	if (kit->fail_lend && !--kit->fail_lend)
		return -EIO;
	kit_say(kit, "before-lock");
	return 0;
}

static inline void kit_after_unlock(void *userdata, struct tsmreq_guest_dev dev)
{
	(void)dev;
	kit_say(userdata, "after-unlock");
}

static inline int kit_make_private(void *userdata, struct tsmreq_guest_dev dev,
				   const struct tsmreq_mmio_range *range)
{
	struct kit *kit = userdata;

	(void)dev;
	(void)range;
	if (kit->fail_lend && !--kit->fail_lend)
		return -EIO;
	kit_say(kit, "make-private");
	return 0;
}

static inline void kit_undo_private(void *userdata, struct tsmreq_guest_dev dev,
				    const struct tsmreq_mmio_range *range)
{
	(void)dev;
	(void)range;
	kit_say(userdata, "undo-private");
}

static inline bool kit_mmio_allowed(void *userdata, struct tsmreq_guest_dev dev,
				    const struct tsmreq_call_mmio *mmio)
{
	(void)dev;
	(void)mmio;
	return !((struct kit *)userdata)->forbids;
}

static inline int kit_source(void *userdata, struct tsmreq_guest_dev dev, enum tsmreq_object object,
			     struct tsmreq_bytes nonce, struct tsmreq_buffer *dst)
{
	struct kit *kit = userdata;
	const struct tsmreq_bytes bytes = kit->source[object];

	(void)dev;
	kit->asked++;
	if (nonce.size)
		memcpy(kit->nonce, nonce.data, sizeof(kit->nonce));
	if (kit->source_rc < 0)
		return kit->source_rc;
	dst->size = bytes.size;
	if (!bytes.size)
		return -ENODATA;
	if (dst->capacity < bytes.size)
		return -EMSGSIZE;
	memcpy(dst->data, bytes.data, bytes.size);
	return 0;
}

/* All of it, by a VMM that lends what it can. */
static inline void kit_lend_all(struct kit *kit)
{
	kit->ops.before_lock = kit_before_lock;
	kit->ops.after_unlock = kit_after_unlock;
	kit->ops.make_private = kit_make_private;
	kit->ops.undo_private = kit_undo_private;
	kit->ops.mmio_allowed = kit_mmio_allowed;
}

/* ---- set up */

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

/* A guest without a device. */
static inline void kit_start_empty(struct kit *kit)
{
	const struct tsmreq_mock_opts mock = {.size = sizeof(mock), .uapi = kit->opts.uapi};
	const struct tsmreq_transport door = {sizeof(door), kit_submit, NULL, kit};
	const struct tsmreq_ctx_opts ctx = {.size = sizeof(ctx), .uapi = kit->opts.uapi};

	assert_int_equal(tsmreq_mock_new(&kit->mock, &mock), 0);
	assert_int_equal(tsmreq_ctx_new_from_transport(&kit->ctx, &door, &ctx), 0);
	assert_int_equal(tsmreq_guest_new(&kit->guest, &kit->opts), 0);
}

static inline void kit_start(struct kit *kit, enum tsmreq_tdi_state state)
{
	kit_start_empty(kit);
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

static inline struct kit *kit_new(enum tsmreq_arch arch, enum tsmreq_uapi uapi)
{
	struct kit *kit = malloc(sizeof(*kit));

	kit_set_up(kit, arch, uapi);
	return kit;
}

static inline void kit_free(struct kit *kit)
{
	kit_end(kit);
	free(kit);
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

static inline struct tsmreq_guest_dev kit_dev(uint64_t raw)
{
	return (struct tsmreq_guest_dev){raw};
}

static inline void kit_set_fault(struct kit *kit, const char *word)
{
	assert_int_equal(tsmreq_mock_set_fault(kit->mock, kit->id.raw, word), 0);
}

/* What the mock's device is really in, as against what anybody was told. */
static inline enum tsmreq_tdi_state kit_really(struct kit *kit)
{
	enum tsmreq_mock_bound bound;
	enum tsmreq_tdi_state state;

	assert_int_equal(tsmreq_mock_get_state(kit->mock, kit->id, &bound, &state), 0);
	return state;
}

/* The step that prepare() tells, and its job. */
static inline enum tsmreq_step kit_prepare(struct kit *kit, const struct tsmreq_exit *exit,
					   struct tsmreq_job **ret)
{
	enum tsmreq_step step;

	kit_forget_fetches(kit);
	assert_int_equal(tsmreq_guest_prepare(kit->guest, exit, ret, &step), 0);
	assert_int_equal(kit->refetched, 0);
	return step;
}

static inline struct tsmreq_reply kit_answer(struct tsmreq_job *job)
{
	struct tsmreq_reply reply;

	memset(&reply, 0xa5, sizeof(reply));
	assert_int_equal(tsmreq_job_answer(job, &reply), 0);
	return reply;
}

/* To the answer that lets the vCPU go on: the job is in kit->offloaded now. */
static inline struct tsmreq_reply kit_defer(struct kit *kit, const struct tsmreq_exit *exit)
{
	struct tsmreq_job *job;

	assert_int_equal(kit_prepare(kit, exit, &job), TSMREQ_STEP_DEFERRED);
	return kit_answer(job);
}

/* The pool's thread: the next job that was handed to it, run and settled. */
static inline void kit_run_next(struct kit *kit)
{
	struct tsmreq_job *job = kit->offloaded[kit->taken++ % 64];

	assert_true(kit->taken <= kit->offloads);
	assert_int_equal(tsmreq_job_run(job), 0);
	assert_int_equal(tsmreq_job_settle(job), 0);
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

static inline struct tsmreq_exit kit_run_exit(uint8_t *run)
{
	return (struct tsmreq_exit){
		.size = sizeof(struct tsmreq_exit),
		.form = TSMREQ_EXIT_KVM_RUN,
		.run = run,
		.run_size = TSMREQ_KVM_RUN_SIZE,
		.vcpu_fd = -1,
	};
}

/* CCA: KVM's validation exit, accepted already as KVM presets it. */
static inline struct tsmreq_exit kit_tio_exit(struct kit *kit, uint8_t *run, uint64_t base,
					      uint64_t size)
{
	const struct tsmreq_call call = {
		.kind = TSMREQ_CALL_VALIDATE_MMIO,
		.dev = {KIT_DEV},
		.u.mmio = {.base = {base}, .size = size, .host_base = base - KIT_BAR + KIT_HOST},
	};

	memset(run, 0, TSMREQ_KVM_RUN_SIZE);
	assert_int_equal(tsmreq_kvm_encode_call(kit->opts.kvm_abi, &call, run, TSMREQ_KVM_RUN_SIZE),
			 0);
	return kit_run_exit(run);
}

/* The response word of it: 0 accepts. */
static inline uint64_t kit_tio_response(const uint8_t *run)
{
	uint64_t response;

	memcpy(&response, run + 80, sizeof(response));
	return response;
}

static inline uint64_t kit_tio(struct kit *kit, uint64_t base, uint64_t size)
{
	uint8_t run[TSMREQ_KVM_RUN_SIZE];
	const struct tsmreq_exit exit = kit_tio_exit(kit, run, base, size);

	(void)kit_handle(kit, &exit);
	return kit_tio_response(run);
}

/* CCA: the guest wants a range private or shared. */
static inline enum tsmreq_action kit_fault(struct kit *kit, uint64_t base, uint64_t size,
					   bool to_private)
{
	const struct tsmreq_call call = {
		.kind = TSMREQ_CALL_MEMORY_FAULT,
		.u.fault = {.base = {base}, .size = size, .flags = to_private ? 8 : 0},
	};
	uint8_t run[TSMREQ_KVM_RUN_SIZE] = {0};
	const struct tsmreq_exit exit = kit_run_exit(run);

	assert_int_equal(tsmreq_kvm_encode_call(kit->opts.kvm_abi, &call, run, sizeof(run)), 0);
	return kit_handle(kit, &exit).action;
}

/* SEV: an exit of kvm_run, and the message of @call in its request page if it has one. */
static inline struct tsmreq_exit kit_sev_exit(struct kit *kit, uint8_t *run,
					      const struct tsmreq_call *call)
{
	memset(run, 0, TSMREQ_KVM_RUN_SIZE);
	run[TSMREQ_KVM_RUN_EXIT_REASON] = 42;
	if (call->message.type)
		assert_int_equal(
			tsmreq_snp_encode_message(call, kit->memory + call->read[0].gpa.raw, 4096),
			0);
	assert_int_equal(tsmreq_vmgexit_encode_call(TSMREQ_GHCB_TIO_A, call,
						    run + TSMREQ_KVM_RUN_EXIT, TSMREQ_VMGEXIT_SIZE),
			 0);
	return kit_run_exit(run);
}

/* SEV: the same on a GHCB page at KIT_GHCB. */
static inline struct tsmreq_exit kit_ghcb_exit(struct kit *kit, struct tsmreq_call *call)
{
	call->shape = TSMREQ_SHAPE_GHCB_PAGE;
	memset(kit->memory + KIT_GHCB, 0, TSMREQ_GHCB_SIZE);
	if (call->message.type)
		assert_int_equal(
			tsmreq_snp_encode_message(call, kit->memory + call->read[0].gpa.raw, 4096),
			0);
	assert_int_equal(tsmreq_ghcb_encode_call(kit->opts.ghcb_abi ? kit->opts.ghcb_abi
								    : TSMREQ_GHCB_AUTO,
						 call, kit->memory + KIT_GHCB, TSMREQ_GHCB_SIZE),
			 0);
	return (struct tsmreq_exit){
		.size = sizeof(struct tsmreq_exit),
		.form = TSMREQ_EXIT_GHCB,
		.ghcb = {KIT_GHCB},
		.vcpu_fd = -1,
	};
}

static inline struct tsmreq_call kit_sev_op(enum tsmreq_call_kind kind,
					    enum tsmreq_tdi_state target)
{
	return (struct tsmreq_call){
		.kind = kind,
		.arch = TSMREQ_ARCH_SEV,
		.shape = TSMREQ_SHAPE_VMGEXIT_TIO_OP,
		.dev = {KIT_DEV},
		.u.state.target = target,
	};
}

/* A message page at 0x2000, its response at 0x3000. */
static inline struct tsmreq_call kit_sev_message(enum tsmreq_call_kind kind, uint8_t type)
{
	return (struct tsmreq_call){
		.kind = kind,
		.arch = TSMREQ_ARCH_SEV,
		.shape = TSMREQ_SHAPE_VMGEXIT_TIO,
		.dev = {KIT_DEV},
		.message = {.seqno = 7, .type = type, .version = 1, .size = 16},
		.read = {{{0x2000}, 4096, TSMREQ_SPAN_SEV_REQUEST, 0}},
		.write = {{{0x3000}, 4096, TSMREQ_SPAN_SEV_RESPONSE, 0}},
	};
}

/* fw_err of a TIO_OP, of a guest request. */
static inline int32_t kit_fw_err(const uint8_t *run, unsigned int at)
{
	int32_t fw_err;

	memcpy(&fw_err, run + TSMREQ_KVM_RUN_EXIT + at, sizeof(fw_err));
	return fw_err;
}

#define KIT_OP_FW_ERR  12u
#define KIT_REQ_FW_ERR 52u

/* TIO_OP from kvm_run to its fw_err. */
static inline int32_t kit_op(struct kit *kit, enum tsmreq_call_kind kind,
			     enum tsmreq_tdi_state target)
{
	const struct tsmreq_call call = kit_sev_op(kind, target);
	uint8_t run[TSMREQ_KVM_RUN_SIZE];
	const struct tsmreq_exit exit = kit_sev_exit(kit, run, &call);

	(void)kit_handle(kit, &exit);
	return kit_fw_err(run, KIT_OP_FW_ERR);
}

#endif
