/* SPDX-License-Identifier: MIT */
#include "guest/guest.h"
#include <string.h>

/* Arm CCA: RHI calls, KVM's TIO and memory-fault exits. */

#define READ_ROUNDS 3 /* an object may change between its size and its bytes */

/* ---- what needs no kernel */

static int done(struct tsmreq_job *job, int rc)
{
	job->step = TSMREQ_STEP_DONE;
	if (rc < 0)
		tsmreq_job_fail(job, rc);
	return 0;
}

static bool is_pending(struct device *device)
{
	enum operation_state state;

	pthread_mutex_lock(&device->lock);
	state = device->operation.state;
	pthread_mutex_unlock(&device->lock);
	return state == OPERATION_QUEUED || state == OPERATION_RUNNING || state == OPERATION_LOST;
}

/* The table of the fact sheet, section 10. 0, or -EPERM. */
static int check_step(const struct tsmreq_job *job)
{
	const enum tsmreq_tdi_state state = tsmreq_device_get_state(job->device);

	if (job->guest->opts.quirks & TSMREQ_RHI_QUIRK_TDI_PASS)
		return 0;
	switch (job->call.u.state.target) {
	case TSMREQ_TDI_UNLOCKED:
		return 0;
	case TSMREQ_TDI_LOCKED:
		return state == TSMREQ_TDI_UNLOCKED ? 0 : -EPERM;
	case TSMREQ_TDI_RUN:
		return state == TSMREQ_TDI_LOCKED ? 0 : -EPERM;
	case TSMREQ_TDI_ERROR:
	case TSMREQ_TDI_UNKNOWN:
	case TSMREQ_TDI_FORCE_S32_:
		break;
	}
	return -EPERM;
}

/* The parameter block, read once; what it says may refuse the call. */
static int look_at_parameters(struct tsmreq_job *job)
{
	const struct tsmreq_span *span = &job->call.read[0];
	uint8_t block[TSMREQ_RHI_PARAMETERS_SIZE_OLD];

	if (!tsmreq_memory_is_shared(job->guest, span) ||
	    tsmreq_memory_read(job->guest, span, block) < 0)
		return -EFAULT;
	return tsmreq_rhi_decode_parameters((struct tsmreq_bytes){block, (size_t)span->size},
					    job->guest->opts.quirks, &job->call);
}

static int check_memory(struct tsmreq_job *job)
{
	if (job->call.next == TSMREQ_NEXT_RHI_PARAMETERS)
		return look_at_parameters(job);
	if (job->call.kind == TSMREQ_CALL_READ_OBJECT &&
	    !tsmreq_memory_is_shared(job->guest, &job->call.write[0]))
		return -EFAULT;
	return 0;
}

static enum operation_event asked(const struct tsmreq_job *job)
{
	const struct operation *operation = &job->device->operation;

	if (job->call.kind == TSMREQ_CALL_ABORT)
		return OPERATION_ABORT;
	if (!(job->guest->opts.quirks & TSMREQ_RHI_QUIRK_CONTINUE_ANY_HANDLE))
		return tsmreq_operation_ask(operation, job->call.u.resume.handle);
	return operation->state == OPERATION_IDLE ? OPERATION_ZERO : OPERATION_CONTINUE;
}

/* Under device.lock: the operation may end at any moment. */
static uint64_t status_of_verdict(const struct tsmreq_job *job, enum operation_verdict verdict)
{
	const bool vdev_quirk = job->guest->opts.quirks & TSMREQ_RHI_QUIRK_HANDLE_VDEV;
	const uint64_t status[] = {
		[OPERATION_OK] = TSMREQ_RHI_SUCCESS,
		[OPERATION_INCOMPLETE] = TSMREQ_RHI_INCOMPLETE,
		[OPERATION_STATUS] = job->device->operation.status,
		[OPERATION_BUSY] = TSMREQ_RHI_BUSY,
		[OPERATION_HAD_COMPLETED] = TSMREQ_RHI_ABORT_HAD_COMPLETED,
		[OPERATION_UNKNOWN] = vdev_quirk ? TSMREQ_RHI_INVALID_VDEV_ID : TSMREQ_RHI_DEVICE,
	};

	return status[verdict];
}

/* CONTINUE and ABORT: the answer is a status, kept in answer.value. */
static int ask_operation(struct tsmreq_job *job)
{
	struct device *device = job->device;
	struct tsmreq_job *dropped = NULL;

	pthread_mutex_lock(&device->lock);
	if (job->call.kind == TSMREQ_CALL_ABORT && device->operation.state == OPERATION_QUEUED)
		dropped = device->operation_job;
	job->answer.value =
		status_of_verdict(job, tsmreq_operation_step(&device->operation, asked(job)));
	if (dropped) {
		dropped->expects = EXPECTS_NOTHING;
		device->operation_job = NULL;
	}
	pthread_mutex_unlock(&device->lock);
	return done(job, 0);
}

static bool may_defer(const struct tsmreq_job *job)
{
	return job->guest->features & TSMREQ_RHI_FEATURE_CONTINUE &&
	       (job->call.kind == TSMREQ_CALL_SET_TDI_STATE || job->call.kind == TSMREQ_CALL_REGEN);
}

/* The order of the checks is the fact sheet's, section 6, from step 9 on. */
static int prepare_rhi(struct tsmreq_job *job)
{
	const struct tsmreq_call *call = &job->call;
	int rc;

	if (call->kind == TSMREQ_CALL_REJECT || call->kind == TSMREQ_CALL_VERSION)
		return done(job, 0);
	if (call->kind == TSMREQ_CALL_FEATURES) {
		job->answer.value = job->guest->features;
		return done(job, 0);
	}
	if (!tsmreq_rhi_is_offered(call, job->guest->features))
		return done(job, -EOPNOTSUPP);
	rc = tsmreq_job_find_device(job);
	if (rc < 0)
		return done(job, rc);
	/* a reset passes */
	if (!job->device)
		return done(job, -EBUSY);
	if (call->kind == TSMREQ_CALL_CONTINUE || call->kind == TSMREQ_CALL_ABORT)
		return ask_operation(job);
	if (is_pending(job->device))
		return done(job, -EBUSY);
	rc = check_memory(job);
	if (rc < 0 || call->kind == TSMREQ_CALL_REJECT)
		return done(job, rc);
	/* while another call has the device, only run can tell */
	if (call->kind == TSMREQ_CALL_SET_TDI_STATE && !tsmreq_device_is_busy(job->device)) {
		rc = check_step(job);
		if (rc < 0)
			return done(job, rc);
	}
	job->step = TSMREQ_STEP_RUN_NOW;
	if (may_defer(job))
		(void)tsmreq_job_defer(job);
	return 0;
}

/* ---- TIO */

static bool inside_a_bar(struct device *device, const struct tsmreq_call_mmio *mmio)
{
	bool inside = false;

	pthread_mutex_lock(&device->lock);
	for (unsigned int i = 0; i < TSMREQ_DEVICE_BARS; i++) {
		const struct tsmreq_guest_bar *bar = &device->bars[i];

		if (bar->size && mmio->base.raw >= bar->base.raw &&
		    mmio->base.raw - bar->base.raw <= bar->size &&
		    mmio->size <= bar->size - (mmio->base.raw - bar->base.raw))
			inside = true;
	}
	pthread_mutex_unlock(&device->lock);
	return inside;
}

static bool may_have(struct tsmreq_job *job)
{
	const struct tsmreq_guest_ops *ops = &job->guest->ops;
	const struct tsmreq_call_mmio *mmio = &job->call.u.mmio;

	/* the guest places the BARs: RAM is asked for on its own */
	if (!inside_a_bar(job->device, mmio) ||
	    ops->get_memory(ops->userdata, mmio->base, mmio->size) != TSMREQ_MEMORY_NONE)
		return false;
	return tsmreq_device_report_allows(job->device, mmio->host_base, mmio->size) &&
	       (!ops->mmio_allowed || ops->mmio_allowed(ops->userdata, job->call.dev, mmio));
}

static int prepare_tio(struct tsmreq_job *job)
{
	int rc;

	if (job->call.kind == TSMREQ_CALL_REJECT)
		return done(job, 0);
	rc = tsmreq_job_find_device(job);
	if (rc < 0 || !job->device)
		return done(job, rc < 0 ? rc : -EBUSY);
	if (job->call.kind == TSMREQ_CALL_VALIDATE_MMIO && !may_have(job))
		return done(job, -EPERM);
	job->step = TSMREQ_STEP_RUN_NOW;
	return 0;
}

static int prepare_fault(struct tsmreq_job *job)
{
	const struct tsmreq_guest_ops *ops = &job->guest->ops;
	const struct tsmreq_call_fault *fault = &job->call.u.fault;
	uint64_t top;

	job->action = TSMREQ_ACTION_STOP;
	if (!fault->size || __builtin_add_overflow(fault->base.raw, fault->size, &top))
		return done(job, 0);
	switch (ops->get_memory(ops->userdata, fault->base, fault->size)) {
	case TSMREQ_MEMORY_SHARED:
	case TSMREQ_MEMORY_PRIVATE:
	case TSMREQ_MEMORY_BOTH:
		job->action = TSMREQ_ACTION_CONVERT;
		break;
	case TSMREQ_MEMORY_NONE:
		/* KVM takes the device mapping down by itself */
		if (!fault->to_private &&
		    tsmreq_ranges_cover(&job->guest->ranges, fault->base.raw, top))
			job->action = TSMREQ_ACTION_REENTER;
		break;
	case TSMREQ_MEMORY_MIXED:
	case TSMREQ_MEMORY_FORCE_S32_:
		break;
	}
	return done(job, 0);
}

static int prepare_kvm(struct tsmreq_job *job)
{
	const struct tsmreq_guest_opts *opts = &job->guest->opts;
	uint8_t run[TSMREQ_KVM_RUN_SIZE];
	int rc;

	if (job->exit.run_size < sizeof(run))
		return -EMSGSIZE;
	memcpy(run, job->exit.run, sizeof(run));
	rc = tsmreq_kvm_decode(opts->kvm_abi, (struct tsmreq_bytes){run, sizeof(run)},
			       opts->shared_base, &job->call);
	if (rc < 0 || job->call.kind == TSMREQ_CALL_NONE)
		return rc;
	if (job->call.next == TSMREQ_NEXT_RHI_REGISTERS) {
		job->step = TSMREQ_STEP_REGISTERS;
		return 0;
	}
	return job->call.kind == TSMREQ_CALL_MEMORY_FAULT ? prepare_fault(job) : prepare_tio(job);
}

static int prepare(struct tsmreq_job *job)
{
	const struct tsmreq_guest_opts *opts = &job->guest->opts;
	struct tsmreq_rhi_exit exit = job->exit.rhi;
	int rc;

	if (job->exit.form == TSMREQ_EXIT_KVM_RUN)
		return prepare_kvm(job);
	/* these kernels leave whatever was there */
	if (opts->kvm_abi == TSMREQ_KVM_CCA_V2 || opts->kvm_abi == TSMREQ_KVM_CCA_V4)
		exit.flags = 0;
	rc = tsmreq_rhi_decode(&exit, opts->quirks, &job->call);
	if (rc < 0 || job->call.kind == TSMREQ_CALL_NONE)
		return rc;
	return prepare_rhi(job);
}

/* ---- run */

/* The object is not what its size said: longer, or shorter by a residue that can be. */
static bool changed_meanwhile(const struct tsmreq_result *result, int rc)
{
	if (rc == -E2BIG)
		return true;
	/* a residue over the room is told as 0; the VMM's own bytes have none */
	return (rc == -EBADE || rc == -ENODATA) &&
	       (result->residue != 0 || result->outcome == TSMREQ_OUTCOME_NOT_SENT);
}

static int read_rounds(struct tsmreq_job *job, struct tsmreq_bytes *ret)
{
	int rc = 0;

	for (unsigned int round = 0; round < READ_ROUNDS; round++) {
		uint64_t size, length;

		rc = tsmreq_object_get_size(job, job->call.u.object.object, &size);
		if (rc < 0)
			return rc;
		/* no bytes are fetched that cannot be told */
		job->status = tsmreq_rhi_slice(&job->call, job->guest->opts.quirks, size, &length);
		if (job->status != TSMREQ_RHI_SUCCESS)
			return 0;
		rc = tsmreq_object_read(job, job->call.u.object.object, (size_t)size,
					(uint32_t)size, ret);
		if (!changed_meanwhile(&job->answer.result, rc))
			return rc;
	}
	return rc == -ENODATA ? -EBADE : rc;
}

static int run_read(struct tsmreq_job *job)
{
	struct tsmreq_bytes object = {NULL, 0};
	uint64_t length;
	int rc = read_rounds(job, &object);

	if (rc < 0 || job->status != TSMREQ_RHI_SUCCESS)
		return rc;
	job->status = tsmreq_rhi_slice(&job->call, job->guest->opts.quirks, object.size, &length);
	job->answer.data.data = (const uint8_t *)object.data + job->call.u.object.offset;
	job->answer.data.size = (size_t)length;
	job->answer.value = length;
	return 0;
}

static int run_regen(struct tsmreq_job *job)
{
	const struct tsmreq_call_regen *regen = &job->call.u.regen;
	const bool measurements = regen->object == TSMREQ_OBJECT_MEASUREMENTS;
	const struct tsmreq_bytes nonce = {measurements ? regen->nonce : NULL,
					   measurements ? sizeof(regen->nonce) : 0};

	tsmreq_object_forget(job->device);
	return tsmreq_vdev_regenerate_object(tsmreq_job_vdev(job), regen->object, regen->flags,
					     nonce, &job->answer.result);
}

static int run_state(struct tsmreq_job *job)
{
	int rc = check_step(job);

	if (rc < 0)
		return rc;
	tsmreq_object_forget(job->device);
	if (job->call.u.state.target == TSMREQ_TDI_LOCKED)
		return tsmreq_state_lock(job);
	if (job->call.u.state.target == TSMREQ_TDI_UNLOCKED)
		return tsmreq_state_unlock(job);
	return tsmreq_vdev_run(tsmreq_job_vdev(job), &job->answer.result);
}

static int run_validate(struct tsmreq_job *job)
{
	const struct tsmreq_guest_ops *ops = &job->guest->ops;
	const struct tsmreq_call_mmio *mmio = &job->call.u.mmio;
	const struct tsmreq_mmio_range range = {
		.guest_base = mmio->base,
		.guest_top = mmio->base.raw + mmio->size,
		.host_base = mmio->host_base,
		.vcpu_fd = job->exit.vcpu_fd,
	};
	int rc;

	/* it waited: the guest may have moved its BARs meanwhile */
	if (!may_have(job))
		return -EPERM;
	if (ops->make_private && ops->make_private(ops->userdata, job->call.dev, &range) < 0)
		return -EFAULT;
	/* before it is sent: another vCPU may take it down at once. What is held is not sent */
	if (!tsmreq_vdev_is_uncertain(tsmreq_job_vdev(job)))
		tsmreq_ranges_add(&job->guest->ranges, job->device->index, mmio->base.raw,
				  range.guest_top);
	rc = tsmreq_vdev_validate_mmio(tsmreq_job_vdev(job), &range, &job->answer.result);
	if (rc < 0 && ops->undo_private)
		ops->undo_private(ops->userdata, job->call.dev, &range);
	return rc;
}

static int run_size(struct tsmreq_job *job)
{
	return tsmreq_object_get_size(job, job->call.u.object.object, &job->answer.value);
}

static int run_request(struct tsmreq_job *job)
{
	return tsmreq_vdev_request(tsmreq_job_vdev(job), job->exit.vcpu_fd, &job->answer.result);
}

static const job_fn runs[] = {
	[TSMREQ_CALL_OBJECT_SIZE] = run_size,
	[TSMREQ_CALL_READ_OBJECT] = run_read,
	[TSMREQ_CALL_REGEN] = run_regen,
	[TSMREQ_CALL_SET_TDI_STATE] = run_state,
	[TSMREQ_CALL_VALIDATE_MMIO] = run_validate,
	[TSMREQ_CALL_VDEV_REQUEST] = run_request,
};

static void run(struct tsmreq_job *job)
{
	job->status = TSMREQ_RHI_SUCCESS;
	job->answer.rc = runs[job->call.kind](job);
	if (job->answer.result.outcome == TSMREQ_OUTCOME_UNCERTAIN)
		tsmreq_object_forget(job->device);
}

/* ---- settle */

static void settle_read(struct tsmreq_job *job)
{
	struct tsmreq_answer *answer = &job->answer;

	if (answer->rc < 0)
		return;
	/* only what a VMM read itself can be longer */
	if (answer->data.size > job->call.u.object.length) {
		answer->rc = -EMSGSIZE;
		return;
	}
	answer->value = answer->data.size;
	if (!answer->data.size)
		return;
	answer->rc = tsmreq_memory_write(job->guest, job->call.write[0].gpa.raw, answer->data.data,
					 answer->data.size);
}

static uint64_t status_of(struct tsmreq_job *job, struct tsmreq_rhi_regs *regs)
{
	/* a call that is no mistake of ours is always encoded */
	if (tsmreq_rhi_encode(&job->call, &job->answer, regs) < 0)
		tsmreq_rhi_encode_status(TSMREQ_RHI_DEVICE, 0, regs);
	return regs->x[0];
}

/* The end of a long operation, for CONTINUE to tell. */
static void complete_operation(struct tsmreq_job *job)
{
	struct operation *operation = &job->device->operation;
	struct tsmreq_rhi_regs regs;
	const uint64_t status = status_of(job, &regs);

	pthread_mutex_lock(&job->device->lock);
	/* aborted or reset while it was queued: another one may be under way by now */
	if (job->expects == EXPECTS_ANSWER) {
		if (operation->state == OPERATION_QUEUED)
			(void)tsmreq_operation_step(operation, OPERATION_TAKE);
		if (tsmreq_operation_step(operation, OPERATION_COMPLETE) == OPERATION_OK)
			operation->status = status;
		job->device->operation_job = NULL;
	}
	pthread_mutex_unlock(&job->device->lock);
}

static void settle(struct tsmreq_job *job)
{
	if (job->call.kind == TSMREQ_CALL_READ_OBJECT)
		settle_read(job);
	if (job->step == TSMREQ_STEP_DEFERRED)
		complete_operation(job);
}

/* ---- answer */

static int answer(struct tsmreq_job *job, struct tsmreq_reply *ret)
{
	const struct tsmreq_call *call = &job->call;

	if (job->exit.form == TSMREQ_EXIT_KVM_RUN) {
		if (call->shape == TSMREQ_SHAPE_MEMORY_FAULT)
			return 0;
		return tsmreq_kvm_encode(call, &job->answer, job->exit.run, job->exit.run_size,
					 &ret->action);
	}
	if (call->kind == TSMREQ_CALL_CONTINUE || call->kind == TSMREQ_CALL_ABORT) {
		if (job->answer.rc == 0) {
			tsmreq_rhi_encode_status(job->answer.value, 0, &ret->rhi);
			return 0;
		}
	}
	if (call->kind == TSMREQ_CALL_READ_OBJECT && job->answer.rc == 0 &&
	    job->status != TSMREQ_RHI_SUCCESS) {
		tsmreq_rhi_encode_status(job->status, 0, &ret->rhi);
		return 0;
	}
	(void)status_of(job, &ret->rhi);
	return 0;
}

static bool start_operation(struct tsmreq_job *job)
{
	struct device *device = job->device;
	struct operation *operation = &device->operation;
	bool started;

	pthread_mutex_lock(&device->lock);
	/* an end that began since prepare has cancelled what there was: it would not see this one
	 */
	started = !(atomic_load(&device->word) & DEVICE_CLOSING) &&
		  tsmreq_operation_step(operation, OPERATION_START) == OPERATION_OK;
	if (started) {
		operation->handle = job->handle;
		device->operation_job = job;
	}
	pthread_mutex_unlock(&device->lock);
	return started;
}

/* Nobody took it: as if it had never been asked for. */
static void withdraw_operation(struct tsmreq_job *job)
{
	struct device *device = job->device;

	pthread_mutex_lock(&device->lock);
	if (device->operation_job == job) {
		(void)tsmreq_operation_step(&device->operation, OPERATION_ABORT);
		device->operation_job = NULL;
	}
	pthread_mutex_unlock(&device->lock);
}

static bool answer_deferred(struct tsmreq_job *job, struct tsmreq_reply *ret)
{
	const uint64_t handle = atomic_fetch_add(&job->guest->next_handle, 1);

	job->handle = handle;
	if (start_operation(job)) {
		tsmreq_rhi_encode_status(TSMREQ_RHI_INCOMPLETE, handle, &ret->rhi);
		/* from here on the job is another thread's */
		if (tsmreq_device_defer(job->device, job) == 0)
			return true;
		withdraw_operation(job);
	}
	tsmreq_rhi_encode_status(TSMREQ_RHI_BUSY, 0, &ret->rhi);
	tsmreq_job_end(job);
	return false;
}

const struct carrier tsmreq_carrier_cca = {
	.prepare = prepare,
	.run = run,
	.settle = settle,
	.answer = answer,
	.answer_deferred = answer_deferred,
};
