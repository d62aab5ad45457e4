/* SPDX-License-Identifier: MIT */
/*
 * A Realm locks its device, reads the evidence, has its MMIO validated, runs it and lets it go. The
 * guest room's own workers carry the calls that take long: the vCPU is told INCOMPLETE at once and
 * asks again, while a poll of the eventfd tells the main loop that something is to be settled.
 */
#include <poll.h>

#include "small-vm.h"

#define SHARED_BASE  (1ull << 40) /* of the IPA space: its upper half is shared */
#define KVM_ABI	     TSMREQ_KVM_CCA_V7
#define BLOCK_GPA    0x2000u
#define OBJECT_GPA   0x4000u
#define TIO_RESPONSE (TSMREQ_KVM_RUN_EXIT + 48) /* 0: KVM goes on with the validation */

/* What KVM keeps of a vCPU that has exited. */
struct vcpu {
	uint8_t run[TSMREQ_KVM_RUN_SIZE];
	uint64_t x[8];
};

/* ---- the VMM */

/* KVM_GET_ONE_REG of TSMREQ_KVM_REG_ARM64_X0 and so on; nr and flags stand in kvm_run. */
static int fetch_registers(const struct vcpu *vcpu, struct tsmreq_rhi_exit *ret)
{
	const struct tsmreq_bytes run = {vcpu->run, sizeof(vcpu->run)};
	struct tsmreq_call call;
	int rc = tsmreq_kvm_decode(KVM_ABI, run, SHARED_BASE, &call);

	if (rc < 0)
		return rc;
	ret->nr = call.u.hypercall.nr;
	ret->flags = call.u.hypercall.flags;
	memcpy(ret->x, vcpu->x, sizeof(ret->x));
	return 0;
}

static void print_exit(enum tsmreq_call_kind kind, enum tsmreq_step step,
		       const struct tsmreq_reply *reply)
{
	const uint64_t *x = reply->rhi.x;

	printf("%-13s  %-8s  ", tsmreq_call_kind_to_string(kind), tsmreq_step_to_string(step));
	if (reply->form == TSMREQ_EXIT_KVM_RUN)
		printf("%s\n", tsmreq_action_to_string(reply->action));
	else if (kind == TSMREQ_CALL_FEATURES)
		printf("%#llx\n", (unsigned long long)x[0]);
	else
		printf("%s, %#llx\n", tsmreq_rhi_status_to_string(x[0]), (unsigned long long)x[1]);
}

/* One return of KVM_RUN: the exit in, what the vCPU goes on with out. */
static int serve(struct small_vm *vm, struct vcpu *vcpu)
{
	struct tsmreq_exit exit = {.size = sizeof(exit),
				   .form = TSMREQ_EXIT_KVM_RUN,
				   .run = vcpu->run,
				   .run_size = sizeof(vcpu->run),
				   .vcpu_fd = -1};
	enum tsmreq_call_kind kind;
	struct tsmreq_reply reply;
	enum tsmreq_step step;
	struct tsmreq_job *job;
	int rc;

	rc = tsmreq_guest_prepare(vm->guest, &exit, &job, &step);
	if (rc == 0 && step == TSMREQ_STEP_REGISTERS) {
		exit.form = TSMREQ_EXIT_RHI;
		rc = fetch_registers(vcpu, &exit.rhi);
		if (rc == 0)
			rc = tsmreq_guest_prepare(vm->guest, &exit, &job, &step);
	}
	if (rc < 0 || step == TSMREQ_STEP_NOT_OURS)
		return rc < 0 ? rc : -ENOTSUP;
	kind = tsmreq_job_get_call(job)->kind;
	/* objects and validations: they cannot be deferred, and this thread may block */
	if (step == TSMREQ_STEP_RUN_NOW)
		rc = tsmreq_job_run(job);
	if (rc == 0)
		rc = tsmreq_job_answer(job, &reply);
	if (rc < 0)
		return rc;
	print_exit(kind, step, &reply);
	if (reply.form == TSMREQ_EXIT_RHI) /* KVM_SET_ONE_REG */
		memcpy(vcpu->x, reply.rhi.x, sizeof(reply.rhi.x));
	return 0;
}

/* The VMM's main loop, in another thread where there is one. */
static int main_loop(struct small_vm *vm, int timeout_ms)
{
	struct pollfd done = {.fd = tsmreq_guest_get_fd(vm->guest), .events = POLLIN};

	if (done.fd < 0 || poll(&done, 1, timeout_ms) < 0)
		return -EIO;
	if (tsmreq_guest_dispatch(vm->guest) > 0)
		printf("  main loop: a worker was done, its job is settled\n");
	return 0;
}

static int make_private(void *userdata, struct tsmreq_guest_dev dev,
			const struct tsmreq_mmio_range *range)
{
	(void)userdata;
	(void)dev;
	printf("  %#llx to %#llx becomes private\n", (unsigned long long)range->guest_base.raw,
	       (unsigned long long)range->guest_top);
	return 0;
}

/* ---- the guest */

#define DEV .dev = {VM_DEV}
#define RHI(name) \
	.kind = TSMREQ_CALL_##name, .arch = TSMREQ_ARCH_CCA, .shape = TSMREQ_SHAPE_RHI, DEV

/* clang-format off */
enum { FEATURES, LOCK, REGEN };

static const struct tsmreq_call up[] = {
	[FEATURES] = {RHI(FEATURES)},
	[LOCK] = {RHI(SET_TDI_STATE), .u.state.target = TSMREQ_TDI_LOCKED},
	/* over the verifier's nonce, in a block of shared memory */
	[REGEN] = {RHI(REGEN), .u.regen = {TSMREQ_REGEN_RAW, {0x5e, 0xed}, TSMREQ_OBJECT_MEASUREMENTS, 0},
		   .read[0] = {{BLOCK_GPA}, TSMREQ_RHI_PARAMETERS_SIZE, TSMREQ_SPAN_RHI_PARAMETERS, 0}},
	{RHI(OBJECT_SIZE), .u.object.object = TSMREQ_OBJECT_MEASUREMENTS},
	{RHI(READ_OBJECT), .u.object = {.object = TSMREQ_OBJECT_MEASUREMENTS, .length = 0x8000},
	 .write[0] = {{OBJECT_GPA}, 0x8000, TSMREQ_SPAN_OBJECT, 0}},
	{.kind = TSMREQ_CALL_VALIDATE_MMIO, DEV,
	 .u.mmio = {.base = {VM_BAR}, .size = 0x4000, .host_base = 0x80000000u}},
	{RHI(SET_TDI_STATE), .u.state.target = TSMREQ_TDI_RUN},
};

static const struct tsmreq_call down[] = {
	{.kind = TSMREQ_CALL_MEMORY_FAULT, .u.fault = {.base = {VM_BAR}, .size = 0x4000}},
	{RHI(SET_TDI_STATE), .u.state.target = TSMREQ_TDI_UNLOCKED},
};
/* clang-format on */

/* An exit with a reason of its own: the monitor stopped the guest, and KVM asks. */
static int kvm_exit(struct small_vm *vm, struct vcpu *vcpu, const struct tsmreq_call *call)
{
	int rc = tsmreq_kvm_encode_call(KVM_ABI, call, vcpu->run, sizeof(vcpu->run));

	return rc < 0 ? rc : serve(vm, vcpu);
}

/* A hypercall: its number is in kvm_run, its arguments are in registers. */
static int hypercall(struct small_vm *vm, struct vcpu *vcpu, const struct tsmreq_call *call)
{
	struct tsmreq_call carrier = {.next = TSMREQ_NEXT_RHI_REGISTERS};
	struct tsmreq_rhi_exit exit;
	int rc = tsmreq_rhi_encode_call(call, &exit);

	if (rc < 0)
		return rc;
	memcpy(vcpu->x, exit.x, sizeof(vcpu->x));
	carrier.u.hypercall.nr = exit.nr;
	return kvm_exit(vm, vcpu, &carrier);
}

/* Again with CONTINUE for as long as it is INCOMPLETE, as Linux does. */
static int call_to_its_end(struct small_vm *vm, struct vcpu *vcpu, const struct tsmreq_call *call)
{
	struct tsmreq_call more = {RHI(CONTINUE)};
	int rc = hypercall(vm, vcpu, call);

	more.u.resume.handle = vcpu->x[1];
	while (rc == 0 && vcpu->x[0] == TSMREQ_RHI_INCOMPLETE) {
		rc = main_loop(vm, 10);
		if (rc == 0)
			rc = hypercall(vm, vcpu, &more);
	}
	if (rc == 0 && call->kind != TSMREQ_CALL_FEATURES && vcpu->x[0] != TSMREQ_RHI_SUCCESS)
		rc = -EPROTO;
	return rc;
}

static int play(struct small_vm *vm, struct vcpu *vcpu, const struct tsmreq_call *calls,
		size_t count)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < count; i++) {
		if (calls[i].shape == TSMREQ_SHAPE_RHI)
			rc = call_to_its_end(vm, vcpu, &calls[i]);
		else
			rc = kvm_exit(vm, vcpu, &calls[i]);
		if (calls[i].kind == TSMREQ_CALL_VALIDATE_MMIO && vcpu->run[TIO_RESPONSE] != 0)
			rc = -EPROTO;
	}
	return rc;
}

/* ---- the VM from start to end */

/* Before the first vCPU runs: without its filter a call gets -1, and no exit. */
static void install_filters(struct small_vm *vm)
{
	const uint64_t features = tsmreq_guest_get_features(vm->guest);
	struct tsmreq_kvm_smccc_filter filter;

	for (unsigned int i = 0; tsmreq_kvm_smccc_filter_at(features, i, &filter); i++)
		printf("SMCCC filter: forward %#x, %u calls\n", filter.base, filter.nr_functions);
}

/* A reset of the VM: what is under way comes to its end, then the device is unbound. */
static int reset(struct small_vm *vm)
{
	const struct tsmreq_guest_dev dev = {VM_DEV};
	struct tsmreq_result result;
	int rc = tsmreq_guest_reset_begin(vm->guest, dev);

	printf("VM reset\n");
	while (rc == 0) {
		rc = tsmreq_guest_reset_end(vm->guest, dev, &result);
		/* an unbind that was sent is the end, whatever it says */
		if (rc != -EBUSY || result.outcome != TSMREQ_OUTCOME_NOT_SENT)
			break;
		rc = main_loop(vm, 1000);
	}
	if (rc == 0)
		printf("  unbound: %s\n", tsmreq_outcome_to_string(result.outcome));
	return rc;
}

static int live(struct small_vm *vm)
{
	struct tsmreq_buffer block = {vm->ram + BLOCK_GPA, TSMREQ_RHI_PARAMETERS_SIZE, 0};
	struct vcpu vcpu = {0};
	int rc = tsmreq_rhi_encode_parameters(&up[REGEN], 0, &block);

	install_filters(vm);
	if (rc == 0)
		rc = play(vm, &vcpu, up, sizeof(up) / sizeof(up[0]));
	if (rc == 0)
		rc = play(vm, &vcpu, down, sizeof(down) / sizeof(down[0]));
	/* the VM is reset before the guest asks what became of this one */
	if (rc == 0)
		rc = hypercall(vm, &vcpu, &up[LOCK]);
	if (rc == 0)
		rc = reset(vm);
	return rc < 0 ? rc : tsmreq_guest_detach(vm->guest, (struct tsmreq_guest_dev){VM_DEV});
}

int main(void)
{
	struct tsmreq_guest_opts opts = {.arch = TSMREQ_ARCH_CCA,
					 .kvm_abi = KVM_ABI,
					 .shared_base = SHARED_BASE,
					 .workers = 2};
	struct small_vm vm;
	int rc;

	vm_init(&vm);
	vm.ops.make_private = make_private;
	rc = vm_start(&vm, TSMREQ_UAPI_CCA_V7, &opts);
	vm.kernel_takes.tv_nsec = 30000000;
	if (rc == 0)
		rc = live(&vm);
	vm_stop(&vm);
	if (rc < 0)
		fprintf(stderr, "failed: %s\n", tsmreq_errno_to_string(rc));
	return rc < 0;
}
