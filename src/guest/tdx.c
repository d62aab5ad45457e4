/* SPDX-License-Identifier: MIT */
#include "guest/guest.h"
#include <string.h>

/* Intel TDX: TDCM and Service, from registers to registers and a buffer in memory. */

static int done(struct tsmreq_job *job, int rc)
{
	job->step = TSMREQ_STEP_DONE;
	if (rc < 0)
		tsmreq_job_fail(job, rc);
	return 0;
}

/* What only memory can tell: R10 alone, the buffer stays as it is. */
static int refuse_address(struct tsmreq_job *job)
{
	struct tsmreq_call *call = &job->call;

	call->kind = TSMREQ_CALL_REJECT;
	call->reason = TSMREQ_REASON_BAD_ADDRESS;
	call->next = TSMREQ_NEXT_DONE;
	memset(&call->u, 0, sizeof(call->u));
	call->u.refusal.code = TSMREQ_GHCI_INVALID_OPERAND;
	return done(job, 0);
}

/* ---- the looks at memory, each byte once */

static bool memory_is_good(const struct tsmreq_job *job)
{
	const struct tsmreq_call *call = &job->call;

	for (unsigned int i = 0; i < 2; i++) {
		if (call->read[i].size && !tsmreq_memory_is_shared(job->guest, &call->read[i]))
			return false;
		if (call->write[i].size && !tsmreq_memory_is_shared(job->guest, &call->write[i]))
			return false;
	}
	/* Service has two buffers: of one for both, bytes would be fetched twice */
	if (call->shape == TSMREQ_SHAPE_SERVICE &&
	    (tsmreq_spans_meet(&call->read[0], &call->read[1]) ||
	     tsmreq_spans_meet(&call->read[0], &call->write[0])))
		return false;
	return tsmreq_flight_is_free(job->guest, &call->write[0]);
}

/* Copies read[0] and read[1] to the staging, one behind the other. */
static int copy_spans(struct tsmreq_job *job, struct tsmreq_bytes ret[2])
{
	const struct tsmreq_span *spans = job->call.read;
	size_t at = 0;
	int rc;

	rc = tsmreq_job_reserve(job, (size_t)(spans[0].size + spans[1].size));
	if (rc < 0)
		return rc;
	for (unsigned int i = 0; i < 2; i++) {
		ret[i] = (struct tsmreq_bytes){job->staging + at, (size_t)spans[i].size};
		at += (size_t)spans[i].size;
		if (!spans[i].size)
			continue;
		rc = tsmreq_memory_read(job->guest, &spans[i], job->staging + at - spans[i].size);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* 0: the call is complete, or refused. -EFAULT, -ENOMEM: nothing can be said of it. */
static int look(struct tsmreq_job *job)
{
	const struct tsmreq_ghci_opts *opts = &job->guest->ghci;
	struct tsmreq_bytes bytes[2];
	int rc = 0;

	while (rc == 0 && job->call.next != TSMREQ_NEXT_DONE) {
		if (!memory_is_good(job))
			return -EFAULT;
		rc = copy_spans(job, bytes);
		if (rc < 0)
			return rc;
		if (job->call.next == TSMREQ_NEXT_TDCM_HEADER)
			rc = tsmreq_ghci_decode_header(bytes[0], &job->call);
		else if (job->call.next == TSMREQ_NEXT_SERVICE_HEADERS)
			rc = tsmreq_ghci_decode_service_headers(opts, bytes[0], bytes[1],
								&job->call);
		else
			rc = tsmreq_ghci_decode_service_body(opts, bytes[0], bytes[1], &job->call);
	}
	return rc;
}

/* ---- what needs no kernel */

/* The fact sheet's table, section 3.9: 0, or what becomes INVALID_STATE. */
static int check_step(const struct tsmreq_job *job)
{
	const enum tsmreq_tdi_state state = tsmreq_device_get_state(job->device);

	if (job->call.kind == TSMREQ_CALL_READ_OBJECT)
		return state == TSMREQ_TDI_UNLOCKED ? -EINVAL : 0;
	if (job->call.kind == TSMREQ_CALL_SET_TDI_STATE)
		return state == TSMREQ_TDI_LOCKED ? 0 : -EINVAL;
	if (job->call.kind != TSMREQ_CALL_BIND || state == TSMREQ_TDI_UNLOCKED)
		return 0;
	if (state == TSMREQ_TDI_UNKNOWN)
		return -ESTALE;
	/* elsewhere the kernel takes a second bind of the same VM as done */
	if (!job->guest->binds_at_alloc)
		return 0;
	return state == TSMREQ_TDI_LOCKED ? -EALREADY : -EINVAL;
}

static bool is_vmms(enum tsmreq_call_kind kind)
{
	return kind == TSMREQ_CALL_LEGACY_CONTEXT || kind == TSMREQ_CALL_LEGACY_TDISP ||
	       kind == TSMREQ_CALL_LEGACY_DEVICE_INFO;
}

static bool is_kernels(enum tsmreq_call_kind kind)
{
	return kind == TSMREQ_CALL_BIND || kind == TSMREQ_CALL_UNBIND ||
	       kind == TSMREQ_CALL_SET_TDI_STATE || kind == TSMREQ_CALL_READ_OBJECT;
}

/* A call of the kernel's: now, or by another thread while the TD polls. */
static int prepare_request(struct tsmreq_job *job)
{
	int rc = 0;

	/* while another call has the device, only run can tell */
	if (job->device && !tsmreq_device_is_busy(job->device))
		rc = check_step(job);
	if (rc < 0)
		return done(job, rc == -EALREADY ? 0 : rc);
	job->step = TSMREQ_STEP_RUN_NOW;
	job->deadline = job->guest->ops.now_ms(job->guest->ops.userdata) + TDX_ANSWER_MS;
	if (job->device && tsmreq_job_defer(job) && !tsmreq_flight_add(job)) {
		tsmreq_job_undefer(job);
		return refuse_address(job);
	}
	return 0;
}

static int prepare_known(struct tsmreq_job *job)
{
	const enum tsmreq_call_kind kind = job->call.kind;
	int rc;

	if (kind != TSMREQ_CALL_CHECK_SUPPORT && !is_vmms(kind) && !is_kernels(kind))
		return done(job, 0);
	rc = tsmreq_job_find_device(job);
	if (rc < 0)
		return done(job, rc);
	if (kind == TSMREQ_CALL_CHECK_SUPPORT) {
		/* "no" is for good, a reset passes */
		if (!job->device)
			return done(job, -EBUSY);
		job->answer.value = !!(job->device->flags & TSMREQ_DEVICE_TEE_IO);
		return done(job, 0);
	}
	if (is_vmms(kind)) {
		job->step = TSMREQ_STEP_VMM;
		return 0;
	}
	return prepare_request(job);
}

static int prepare(struct tsmreq_job *job)
{
	int rc;

	/* no kernel is known to carry these leaves in kvm_run */
	if (job->exit.form == TSMREQ_EXIT_KVM_RUN)
		return 0;
	rc = tsmreq_ghci_decode(&job->guest->ghci, &job->exit.ghci, &job->call);
	if (rc < 0 || job->call.kind == TSMREQ_CALL_NONE)
		return rc;
	rc = look(job);
	if (rc == -EFAULT || rc == -ENOMEM)
		return refuse_address(job);
	if (rc < 0)
		return rc;
	if (job->call.kind == TSMREQ_CALL_REJECT)
		return done(job, 0);
	return prepare_known(job);
}

/* ---- run */

/* A size was told, if only that of no report: of nothing, or of more than any object has. */
static bool size_is_known(const struct tsmreq_answer *answer, int rc, uint64_t size)
{
	if (rc == -ENODATA)
		return answer->result.outcome == TSMREQ_OUTCOME_COMPLETED;
	return rc == 0 || (rc == -EBADE && size);
}

static int run_report(struct tsmreq_job *job)
{
	struct tsmreq_answer *answer = &job->answer;
	uint64_t size;
	int rc;

	rc = tsmreq_object_get_size(job, TSMREQ_OBJECT_INTERFACE_REPORT, &size);
	if (!size_is_known(answer, rc, size))
		return rc;
	/* nothing is read that cannot be told */
	answer->layer = tsmreq_ghci_report_error(&job->call, size);
	if (answer->layer)
		return -EMSGSIZE;
	return tsmreq_object_read(job, TSMREQ_OBJECT_INTERFACE_REPORT, (size_t)size, 0,
				  &answer->data);
}

static int run_bind(struct tsmreq_job *job)
{
	tsmreq_object_forget(job->device);
	return tsmreq_state_lock(job);
}

static int run_unbind(struct tsmreq_job *job)
{
	tsmreq_object_forget(job->device);
	return tsmreq_state_unlock(job);
}

/* The TD has given up: it will send no UNBIND for a BIND that came too late. */
static void undo_late_bind(struct tsmreq_job *job)
{
	struct tsmreq_answer *answer = &job->answer;

	if (job->call.kind != TSMREQ_CALL_BIND || answer->rc < 0)
		return;
	answer->rc = tsmreq_state_unlock(job);
	tsmreq_device_tell(job->device, TSMREQ_DEVICE_LATE, answer->rc);
}

static void conclude(struct tsmreq_job *job)
{
	const struct tsmreq_guest_ops *ops = &job->guest->ops;
	struct tsmreq_answer *answer = &job->answer;

	if (answer->result.outcome == TSMREQ_OUTCOME_UNCERTAIN)
		tsmreq_object_forget(job->device);
	if (answer->rc < 0 && !answer->layer && ops->get_layer &&
	    answer->result.outcome != TSMREQ_OUTCOME_NOT_SENT)
		answer->layer =
			ops->get_layer(ops->userdata, job->call.dev, job->call.kind, answer->rc);
	if (job->step == TSMREQ_STEP_DEFERRED && !tsmreq_flight_land(job))
		undo_late_bind(job);
}

static int run_start(struct tsmreq_job *job)
{
	tsmreq_object_forget(job->device);
	return tsmreq_vdev_run(tsmreq_job_vdev(job), &job->answer.result);
}

static const job_fn runs[] = {
	[TSMREQ_CALL_BIND] = run_bind,
	[TSMREQ_CALL_UNBIND] = run_unbind,
	[TSMREQ_CALL_SET_TDI_STATE] = run_start,
	[TSMREQ_CALL_READ_OBJECT] = run_report,
};

static void run(struct tsmreq_job *job)
{
	struct tsmreq_answer *answer = &job->answer;
	const int rc = check_step(job);

	tsmreq_job_fail(job, rc == -EALREADY ? 0 : rc);
	answer->layer = 0;
	answer->data = (struct tsmreq_bytes){NULL, 0};
	if (rc == 0)
		answer->rc = runs[job->call.kind](job);
	if (!tsmreq_tdx_runs_again(job))
		conclude(job);
}

bool tsmreq_tdx_runs_again(struct tsmreq_job *job)
{
	const struct tsmreq_guest_ops *ops = &job->guest->ops;

	if (job->answer.rc != -EINTR || job->answer.result.outcome == TSMREQ_OUTCOME_UNCERTAIN)
		return false;
	if (ops->now_ms(ops->userdata) < job->deadline &&
	    (job->step != TSMREQ_STEP_DEFERRED || tsmreq_flight_is_open(job)))
		return true;
	job->answer.rc = -ETIMEDOUT;
	return false;
}

/* ---- settle, answer */

int tsmreq_tdx_write(const struct tsmreq_guest *guest, uint32_t vcpu,
		     const struct tsmreq_ghci_reply *reply)
{
	const struct tsmreq_guest_ops *ops = &guest->ops;
	struct tsmreq_ghci_write write;

	for (unsigned int i = 0; tsmreq_ghci_write_at(reply, i, &write); i++) {
		/* pairs with the guest's: it reads the status, then the rest */
		if (write.last)
			atomic_thread_fence(memory_order_release);
		if (tsmreq_memory_write(guest, write.gpa.raw, write.bytes.data, write.bytes.size) <
		    0)
			return -EFAULT;
	}
	if (reply->vector && ops->inject)
		(void)ops->inject(ops->userdata, vcpu, reply->vector);
	return 0;
}

/* Whether the TD still waits. It may have given up since the result landed in time. */
static bool is_awaited(struct tsmreq_job *job)
{
	const struct tsmreq_guest_ops *ops = &job->guest->ops;

	if (job->step != TSMREQ_STEP_DEFERRED)
		return true;
	/* refused before it ran: the TD has still to be told */
	if (!tsmreq_flight_land(job))
		return false;
	if (!tsmreq_flight_is_over(job->deadline, ops->now_ms(ops->userdata)))
		return true;
	/* settle does not block: the VMM must undo this one */
	if (job->call.kind == TSMREQ_CALL_BIND && job->answer.rc == 0)
		tsmreq_device_tell(job->device, TSMREQ_DEVICE_LATE, -ETIMEDOUT);
	return false;
}

static void settle(struct tsmreq_job *job)
{
	if (!is_awaited(job))
		return;
	/* a layer that is no error byte: what the errno says is left */
	if (tsmreq_ghci_encode(&job->call, &job->answer, &job->ghci) < 0) {
		job->answer.layer = 0;
		if (!job->answer.rc)
			job->answer.rc = -EIO;
		if (tsmreq_ghci_encode(&job->call, &job->answer, &job->ghci) < 0)
			tsmreq_ghci_encode_r10(TSMREQ_GHCI_INVALID_OPERAND, &job->ghci);
	}
	/* where the vCPU still waits it can be told */
	if (tsmreq_tdx_write(job->guest, job->exit.vcpu, &job->ghci) < 0)
		job->ghci.r10 = TSMREQ_GHCI_INVALID_OPERAND;
}

static int answer(struct tsmreq_job *job, struct tsmreq_reply *ret)
{
	ret->r10 = job->ghci.r10;
	return 0;
}

static bool answer_deferred(struct tsmreq_job *job, struct tsmreq_reply *ret)
{
	ret->r10 = TSMREQ_GHCI_SUCCESS;
	/* from here on the job is another thread's */
	if (tsmreq_device_defer(job->device, job) == 0)
		return true;
	tsmreq_job_fail(job, -EAGAIN);
	job->phase = PHASE_RAN;
	settle(job);
	if (job->expects == EXPECTS_SETTLED)
		ret->r10 = job->ghci.r10;
	tsmreq_job_end(job);
	return false;
}

const struct carrier tsmreq_carrier_tdx = {
	.prepare = prepare,
	.run = run,
	.settle = settle,
	.answer = answer,
	.answer_deferred = answer_deferred,
};
