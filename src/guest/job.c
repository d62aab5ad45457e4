/* SPDX-License-Identifier: MIT */
#include "guest/guest.h"
#include <stdlib.h>
#include <string.h>

#include "base/sized.h"

/* A job's way: prepare, run, settle, answer. What differs by architecture is in its carrier. */

static const struct carrier *carrier_of(const struct tsmreq_guest *guest)
{
	switch (guest->opts.arch) {
	case TSMREQ_ARCH_TDX:
		return &tsmreq_carrier_tdx;
	case TSMREQ_ARCH_SEV:
		return &tsmreq_carrier_sev;
	case TSMREQ_ARCH_CCA:
	case TSMREQ_ARCH_FORCE_S32_:
		break;
	}
	return &tsmreq_carrier_cca;
}

int tsmreq_job_reserve(struct tsmreq_job *job, size_t size)
{
	uint8_t *staging;

	if (size <= job->capacity)
		return 0;
	staging = realloc(job->staging, size);
	if (!staging)
		return -ENOMEM;
	job->staging = staging;
	job->capacity = size;
	return 0;
}

int tsmreq_job_find_device(struct tsmreq_job *job)
{
	switch (tsmreq_device_pin(job->guest, job->call.dev.raw, &job->device)) {
	case PIN_OK:
		job->resetting = false;
		return 0;
	case PIN_RESETTING:
		job->device = NULL;
		job->resetting = true;
		return 0;
	case PIN_UNKNOWN:
		break;
	}
	job->device = NULL;
	job->resetting = false;
	return -ENODEV;
}

static struct tsmreq_job *pop_pool(struct tsmreq_guest *guest)
{
	struct tsmreq_job *job;

	pthread_mutex_lock(&guest->pool_lock);
	job = guest->pool;
	if (job)
		guest->pool = job->next;
	pthread_mutex_unlock(&guest->pool_lock);
	return job;
}

static void push_pool(struct tsmreq_guest *guest, struct tsmreq_job *job)
{
	pthread_mutex_lock(&guest->pool_lock);
	job->next = guest->pool;
	guest->pool = job;
	pthread_mutex_unlock(&guest->pool_lock);
}

void tsmreq_job_end(struct tsmreq_job *job)
{
	struct tsmreq_guest *guest = job->guest;
	struct device *device = job->device;

	job->device = NULL;
	job->phase = PHASE_FREE;
	if (job->step == TSMREQ_STEP_DEFERRED)
		push_pool(guest, job);
	else
		guest->vcpus[job->exit.vcpu].open = NULL;
	/* last: whoever waits for the device to drain must find all else in its place */
	if (device)
		tsmreq_device_unpin(device);
}

bool tsmreq_job_defer(struct tsmreq_job *job)
{
	struct tsmreq_guest *guest = job->guest;
	struct tsmreq_job *spare = guest->defers ? pop_pool(guest) : NULL;

	if (!spare)
		return false;
	guest->vcpus[job->exit.vcpu].job = spare;
	job->step = TSMREQ_STEP_DEFERRED;
	return true;
}

void tsmreq_job_undefer(struct tsmreq_job *job)
{
	struct vcpu *vcpu = &job->guest->vcpus[job->exit.vcpu];

	push_pool(job->guest, vcpu->job);
	vcpu->job = job;
	job->step = TSMREQ_STEP_RUN_NOW;
}

/* ---- prepare */

static void begin_job(struct tsmreq_job *job, const struct tsmreq_exit *exit)
{
	job->device = NULL;
	job->exit = *exit;
	memset(&job->answer, 0, sizeof(job->answer));
	job->step = TSMREQ_STEP_NOT_OURS;
	job->action = TSMREQ_ACTION_RESUME;
	job->phase = PHASE_READY;
	job->resetting = false;
	job->has_device = false;
	job->finished = false;
	job->expects = EXPECTS_ANSWER;
	job->handle = 0;
	job->status = TSMREQ_RHI_SUCCESS;
}

static int check_exit(const struct tsmreq_guest *guest, const struct tsmreq_exit *exit)
{
	static const uint32_t forms[] = {
		[TSMREQ_ARCH_CCA] = 1u << TSMREQ_EXIT_KVM_RUN | 1u << TSMREQ_EXIT_RHI,
		[TSMREQ_ARCH_SEV] = 1u << TSMREQ_EXIT_KVM_RUN | 1u << TSMREQ_EXIT_GHCB,
		[TSMREQ_ARCH_TDX] = 1u << TSMREQ_EXIT_KVM_RUN | 1u << TSMREQ_EXIT_GHCI,
	};

	if (exit->reserved || exit->vcpu >= guest->opts.vcpus ||
	    (uint32_t)exit->form > TSMREQ_EXIT_GHCB ||
	    !(forms[guest->opts.arch] & 1u << exit->form))
		return -EINVAL;
	if (exit->form == TSMREQ_EXIT_KVM_RUN && (!exit->run || !guest->opts.kvm_abi))
		return -EINVAL;
	return 0;
}

/* KVM has preset "accept": whatever comes of this exit, nothing is mapped but by an answer. */
static int preset(const struct tsmreq_guest *guest, const struct tsmreq_exit *exit)
{
	if (exit->form != TSMREQ_EXIT_KVM_RUN || !exit->run)
		return 0;
	return tsmreq_kvm_preset(guest->opts.kvm_abi, exit->run, exit->run_size);
}

static bool is_refused(const struct tsmreq_job *job)
{
	return job->call.kind == TSMREQ_CALL_REJECT || job->answer.rc < 0;
}

int tsmreq_guest_prepare(struct tsmreq_guest *guest, const struct tsmreq_exit *exit,
			 struct tsmreq_job **ret_job, enum tsmreq_step *ret_step)
{
	struct tsmreq_job *job;
	struct vcpu *vcpu;
	int rc;

	/* refuse */
	if (!guest || !exit || !ret_job || !ret_step)
		return -EINVAL;
	*ret_job = NULL;
	*ret_step = TSMREQ_STEP_NOT_OURS;
	if (exit->size != sizeof(*exit))
		return -EINVAL;
	rc = preset(guest, exit);
	if (rc == 0)
		rc = check_exit(guest, exit);
	if (rc < 0)
		return rc;
	vcpu = &guest->vcpus[exit->vcpu];
	if (vcpu->open)
		return -EBUSY;

	/* look */
	job = vcpu->job;
	begin_job(job, exit);
	rc = carrier_of(guest)->prepare(job);
	tsmreq_count(&vcpu->counters.exits);
	if (rc < 0 || job->step <= TSMREQ_STEP_REGISTERS) {
		if (job->step == TSMREQ_STEP_NOT_OURS)
			tsmreq_count(&vcpu->counters.not_ours);
		*ret_step = job->step;
		tsmreq_job_end(job);
		return rc;
	}

	/* say what comes next */
	vcpu->open = job;
	if (job->step == TSMREQ_STEP_DONE && is_refused(job))
		tsmreq_count(&vcpu->counters.refused);
	if (job->step == TSMREQ_STEP_DONE)
		job->phase = PHASE_RAN;
	else if (job->step == TSMREQ_STEP_DEFERRED)
		job->phase = PHASE_OFFERED;
	else if (job->step == TSMREQ_STEP_VMM && job->device)
		job->has_device = tsmreq_device_try_take(job->device);
	*ret_job = job;
	*ret_step = job->step;
	return 0;
}

/* ---- run */

/* Whether the device may be used: not if it began to close while the job waited. */
static int may_use(struct device *device)
{
	const uint64_t word = atomic_load(&device->word);

	if (word & DEVICE_DETACHING)
		return -ENODEV;
	return word & DEVICE_RESETTING ? -EBUSY : 0;
}

static void give_back(struct tsmreq_job *job)
{
	if (!job->has_device)
		return;
	job->has_device = false;
	tsmreq_device_release(job->device);
}

/* Who takes the job again must not keep the device from draining. */
static void let_go(struct tsmreq_job *job)
{
	give_back(job);
	if (job->device && may_use(job->device) < 0) {
		tsmreq_device_unpin(job->device);
		job->device = NULL;
		job->resetting = true;
	}
}

/* Only trying again cures it, and the architecture has no word for "later". */
static bool stays_open(struct tsmreq_job *job)
{
	const struct tsmreq_answer *answer = &job->answer;

	if (job->call.shape == TSMREQ_SHAPE_TDCM)
		return tsmreq_tdx_runs_again(job);
	if (job->call.shape == TSMREQ_SHAPE_VMGEXIT_TIO ||
	    job->call.shape == TSMREQ_SHAPE_VMGEXIT_TIO_OP)
		return tsmreq_ghcb_get_info2(&job->call, answer) == TSMREQ_GHCB_BUSY;
	return false;
}

/* 0; or the job is at its end, with a result of ours. */
static int take_device(struct tsmreq_job *job)
{
	int rc = 0;

	/* it was in reset when the exit came: where is it now? */
	if (!job->device)
		rc = tsmreq_job_find_device(job);
	if (rc == 0 && !job->device)
		rc = -EBUSY;
	if (rc == 0 && !job->has_device) {
		tsmreq_device_take(job->device);
		job->has_device = true;
	}
	if (rc == 0)
		rc = may_use(job->device);
	if (rc < 0)
		tsmreq_job_fail(job, rc);
	return rc;
}

static void count_outcome(struct tsmreq_job *job)
{
	struct counters *counters = tsmreq_job_counters(job);
	_Atomic uint64_t *const by_outcome[] = {
		[TSMREQ_OUTCOME_NOT_SENT] = &counters->refused,
		[TSMREQ_OUTCOME_COMPLETED] = &counters->completed,
		[TSMREQ_OUTCOME_FAILED] = &counters->failed,
		[TSMREQ_OUTCOME_UNCERTAIN] = &counters->uncertain,
	};

	if (job->answer.rc < 0 || job->answer.result.outcome != TSMREQ_OUTCOME_NOT_SENT)
		tsmreq_count(by_outcome[job->answer.result.outcome]);
}

/* A deferred job that nobody waits for any more sends nothing. */
static bool is_wanted(struct tsmreq_job *job)
{
	struct device *device = job->device;
	bool wanted;

	if (job->call.arch == TSMREQ_ARCH_TDX)
		return tsmreq_flight_is_open(job);
	pthread_mutex_lock(&device->lock);
	wanted = job->expects == EXPECTS_ANSWER;
	if (wanted && device->operation.state == OPERATION_QUEUED) {
		(void)tsmreq_operation_step(&device->operation, OPERATION_TAKE);
		device->operation_job = NULL;
	}
	pthread_mutex_unlock(&device->lock);
	return wanted;
}

/* The VMM acts: the device is its own meanwhile. */
static int run_vmm(struct tsmreq_job *job)
{
	int rc = 0;

	if (job->device || job->resetting)
		rc = take_device(job);
	if (rc == -EBUSY) {
		let_go(job);
		return -EAGAIN;
	}
	if (rc < 0)
		job->phase = PHASE_RAN;
	return rc;
}

int tsmreq_job_run(struct tsmreq_job *job)
{
	if (!job || job->phase != PHASE_READY)
		return -EINVAL;
	if (job->step == TSMREQ_STEP_VMM)
		return run_vmm(job);

	if (job->step != TSMREQ_STEP_DEFERRED || is_wanted(job)) {
		if (take_device(job) == 0)
			carrier_of(job->guest)->run(job);
		if (stays_open(job)) {
			tsmreq_count(&tsmreq_job_counters(job)->kicked);
			if (job->step != TSMREQ_STEP_DEFERRED)
				let_go(job);
			return -EAGAIN;
		}
		count_outcome(job);
	} else {
		tsmreq_job_fail(job, -ECANCELED);
	}
	job->phase = PHASE_RAN;
	return 0;
}

/* ---- what the VMM did itself */

static int copy_data(struct tsmreq_job *job, struct tsmreq_bytes data)
{
	int rc;

	job->answer.data = (struct tsmreq_bytes){NULL, 0};
	if (!data.size)
		return 0;
	if (!data.data)
		return -EINVAL;
	if (data.size > TSMREQ_LENGTH_MAX)
		return -EMSGSIZE;
	rc = tsmreq_job_reserve(job, data.size);
	if (rc < 0)
		return rc;
	memcpy(job->staging, data.data, data.size);
	job->answer.data = (struct tsmreq_bytes){job->staging, data.size};
	return 0;
}

/* A job that waits for the VMM, that is not run yet, or that run said -EAGAIN of. */
static bool may_finish(const struct tsmreq_job *job)
{
	if (job->phase != PHASE_READY)
		return false;
	return job->step != TSMREQ_STEP_DEFERRED || job->has_device;
}

/* kvm_run has no word for "later", so it is no end. */
static bool is_an_end(const struct tsmreq_call *call, const struct tsmreq_answer *answer)
{
	const bool in_run = call->shape == TSMREQ_SHAPE_VMGEXIT_TIO ||
			    call->shape == TSMREQ_SHAPE_VMGEXIT_TIO_OP;

	return !in_run || tsmreq_ghcb_get_info2(call, answer) != TSMREQ_GHCB_BUSY;
}

int tsmreq_job_finish(struct tsmreq_job *job, const struct tsmreq_answer *answer)
{
	int rc;

	if (!job || !answer || answer->rc > 0 ||
	    (uint32_t)answer->result.outcome > TSMREQ_OUTCOME_UNCERTAIN || !may_finish(job) ||
	    !is_an_end(&job->call, answer))
		return -EINVAL;
	/* a VMM that acts on a device must have it to itself: run() first */
	if (job->step == TSMREQ_STEP_VMM && job->device && !job->has_device)
		return -EBUSY;
	/* nor was anything done to one that is in reset: the VMM may only give up */
	if (job->step == TSMREQ_STEP_VMM && job->resetting && answer->rc == 0)
		return -EBUSY;
	rc = copy_data(job, answer->data);
	if (rc < 0)
		return rc;
	job->answer.rc = answer->rc;
	job->answer.result = answer->result;
	job->answer.value = answer->value;
	job->answer.layer = answer->layer;
	job->finished = true;
	count_outcome(job);
	job->phase = PHASE_RAN;
	return 0;
}

/* ---- settle */

static bool changes_state(const struct tsmreq_call *call)
{
	return call->kind == TSMREQ_CALL_BIND || call->kind == TSMREQ_CALL_UNBIND ||
	       call->kind == TSMREQ_CALL_SET_TDI_STATE || call->kind == TSMREQ_CALL_SET_DMA;
}

static void trace(const struct tsmreq_job *job)
{
	const struct tsmreq_guest_ops *ops = &job->guest->ops;
	const struct tsmreq_guest_trace line = {
		.dev = job->call.dev,
		.result = job->answer.result,
		.kind = job->call.kind,
		.reason = job->call.reason,
		.vcpu = job->exit.vcpu,
		.rc = job->answer.rc,
	};

	if (ops->trace)
		ops->trace(ops->userdata, &line);
}

void tsmreq_job_settle_ran(struct tsmreq_job *job)
{
	if (job->device)
		tsmreq_device_tell_result(job->device, changes_state(&job->call), job->answer.rc,
					  &job->answer.result);
	carrier_of(job->guest)->settle(job);
	trace(job);
	job->phase = PHASE_SETTLED;
	give_back(job);
	if (job->step == TSMREQ_STEP_DEFERRED)
		tsmreq_job_end(job);
}

int tsmreq_job_settle(struct tsmreq_job *job)
{
	if (!job || job->phase != PHASE_RAN)
		return -EINVAL;
	tsmreq_job_settle_ran(job);
	return 0;
}

/* ---- answer */

/* From here on the job is another thread's, or gone. */
static void answer_deferred(struct tsmreq_job *job, struct tsmreq_reply *ret)
{
	struct vcpu *vcpu = &job->guest->vcpus[job->exit.vcpu];
	bool taken;

	memset(ret, 0, sizeof(*ret));
	ret->form = job->exit.form;
	vcpu->open = NULL;
	job->phase = PHASE_READY;
	taken = carrier_of(job->guest)->answer_deferred(job, ret);
	tsmreq_count(taken ? &vcpu->counters.deferred : &vcpu->counters.refused);
}

int tsmreq_job_answer(struct tsmreq_job *job, struct tsmreq_reply *ret)
{
	int rc;

	if (!job || !ret)
		return -EINVAL;
	if (job->step == TSMREQ_STEP_DEFERRED) {
		if (job->phase != PHASE_OFFERED)
			return -EINVAL;
		answer_deferred(job, ret);
		return 0;
	}
	if (job->phase == PHASE_RAN)
		tsmreq_job_settle_ran(job);
	if (job->phase != PHASE_SETTLED)
		return -EINVAL;
	memset(ret, 0, sizeof(*ret));
	ret->form = job->exit.form;
	ret->action = job->action;
	rc = carrier_of(job->guest)->answer(job, ret);
	tsmreq_job_end(job);
	return rc;
}

const struct tsmreq_call *tsmreq_job_get_call(const struct tsmreq_job *job)
{
	return job ? &job->call : NULL;
}

/* ---- all in one */

/* The vCPU's open job, as far as it goes without the VMM. */
static int carry_on(struct tsmreq_job *job, enum tsmreq_step *ret_step, struct tsmreq_reply *ret)
{
	int rc;

	if (job->phase == PHASE_READY) {
		rc = tsmreq_job_run(job);
		if (rc == -EAGAIN)
			return rc;
		if (rc == 0 && job->step == TSMREQ_STEP_VMM) {
			*ret_step = TSMREQ_STEP_VMM;
			return 0;
		}
	}
	*ret_step = TSMREQ_STEP_DONE;
	return tsmreq_job_answer(job, ret);
}

int tsmreq_guest_handle(struct tsmreq_guest *guest, const struct tsmreq_exit *exit,
			struct tsmreq_job **ret_job, enum tsmreq_step *ret_step,
			struct tsmreq_reply *ret)
{
	int rc;

	if (!guest || !exit || !ret_job || !ret_step || !ret)
		return -EINVAL;
	*ret_job = NULL;
	if (exit->size == sizeof(*exit) && exit->vcpu < guest->opts.vcpus)
		*ret_job = guest->vcpus[exit->vcpu].open;
	*ret_step = TSMREQ_STEP_NOT_OURS;
	if (!*ret_job) {
		rc = tsmreq_guest_prepare(guest, exit, ret_job, ret_step);
		if (rc < 0 || !*ret_job)
			return rc;
	}
	*ret_step = (*ret_job)->step;
	rc = carry_on(*ret_job, ret_step, ret);
	/* answered: it is gone */
	if (rc == 0 && *ret_step == TSMREQ_STEP_DONE)
		*ret_job = NULL;
	return rc;
}
