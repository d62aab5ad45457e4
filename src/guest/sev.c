/* SPDX-License-Identifier: MIT */
#include "guest/guest.h"
#include <string.h>

/* AMD SEV-TIO: a GHCB page or an exit of kvm_run, and the message page behind it. */

/* the staging: whole pages, then the objects for the blob table */
#define REQUEST	   0u
#define RESPONSE   4096u
#define GHCB	   8192u
#define OBJECTS_AT 12288u

static int done(struct tsmreq_job *job, int rc)
{
	job->step = TSMREQ_STEP_DONE;
	if (rc < 0)
		tsmreq_job_fail(job, rc);
	return 0;
}

static int refuse(struct tsmreq_job *job, enum tsmreq_reason reason)
{
	const int rc = tsmreq_ghcb_refuse(&job->call, reason);

	return rc < 0 ? rc : done(job, 0);
}

/* ---- the carriers */

static int decode_ghcb(struct tsmreq_job *job)
{
	const struct tsmreq_span span = {.gpa = job->exit.ghcb, .size = TSMREQ_GHCB_SIZE};
	uint8_t *page = job->staging + GHCB;

	/* the VMM says that a GHCB is there: if it is not, nothing can be answered either */
	if (tsmreq_memory_read(job->guest, &span, page) < 0)
		return -EFAULT;
	return tsmreq_ghcb_decode(job->guest->opts.ghcb_abi,
				  (struct tsmreq_bytes){page, TSMREQ_GHCB_SIZE}, &job->call);
}

static int decode_run(struct tsmreq_job *job)
{
	const struct tsmreq_guest_opts *opts = &job->guest->opts;
	uint8_t run[TSMREQ_KVM_RUN_SIZE];
	int rc;

	if (job->exit.run_size < sizeof(run))
		return -EMSGSIZE;
	memcpy(run, job->exit.run, sizeof(run));
	rc = tsmreq_kvm_decode(opts->kvm_abi, (struct tsmreq_bytes){run, sizeof(run)}, 0,
			       &job->call);
	if (rc < 0 || job->call.next != TSMREQ_NEXT_SEV_EXIT)
		return rc;
	return tsmreq_vmgexit_decode(
		opts->ghcb_abi,
		(struct tsmreq_bytes){run + TSMREQ_KVM_RUN_EXIT, TSMREQ_VMGEXIT_SIZE}, &job->call);
}

/* ---- the message */

static bool is_ram(const struct tsmreq_job *job, const struct tsmreq_span *span)
{
	return !span->size || tsmreq_memory_is_shared(job->guest, span);
}

/* Nothing is fetched twice: not what was read as the GHCB, nor as the request page. */
static bool was_fetched(const struct tsmreq_job *job, const struct tsmreq_span *span)
{
	const struct tsmreq_span ghcb = {.gpa = job->exit.ghcb, .size = TSMREQ_GHCB_SIZE};
	const struct tsmreq_span *request = &job->call.read[0];

	if (job->exit.form == TSMREQ_EXIT_GHCB && tsmreq_spans_meet(span, &ghcb))
		return true;
	return span != request && tsmreq_spans_meet(span, request);
}

/* Every page is looked up before anything is sent: or the guest's message numbers part. */
static int look_at_message(struct tsmreq_job *job)
{
	const enum tsmreq_ghcb_abi abi = job->guest->opts.ghcb_abi;
	struct tsmreq_call *call = &job->call;
	uint8_t nonce[TSMREQ_NONCE_SIZE];
	int rc;

	if (!is_ram(job, &call->read[0]) || !is_ram(job, &call->write[0]) ||
	    was_fetched(job, &call->read[0]) ||
	    tsmreq_memory_read(job->guest, &call->read[0], job->staging + REQUEST) < 0)
		return tsmreq_ghcb_refuse(call, TSMREQ_REASON_BAD_PAGE);
	rc = tsmreq_snp_decode_message(
		abi, (struct tsmreq_bytes){job->staging + REQUEST, TSMREQ_SEV_PAGE_SIZE}, call);
	if (rc < 0 || call->kind == TSMREQ_CALL_REJECT)
		return rc;
	if (!is_ram(job, &call->write[1]))
		return tsmreq_ghcb_refuse(call, TSMREQ_REASON_BAD_DATA);
	if (call->next != TSMREQ_NEXT_SEV_NONCE)
		return 0;
	if (was_fetched(job, &call->read[1]) ||
	    tsmreq_memory_read(job->guest, &call->read[1], nonce) < 0)
		return tsmreq_ghcb_refuse(call, TSMREQ_REASON_BAD_DATA);
	return tsmreq_snp_decode_nonce((struct tsmreq_bytes){nonce, sizeof(nonce)}, call);
}

static bool may_have(const struct tsmreq_job *job)
{
	const struct tsmreq_guest_ops *ops = &job->guest->ops;
	const struct tsmreq_call_mmio *mmio = &job->call.u.mmio;

	/* a carrier that hides the length leaves nothing to hold it against */
	if (mmio->size && job->device &&
	    !tsmreq_device_report_allows(job->device, mmio->base.raw, mmio->size))
		return false;
	return !ops->mmio_allowed || ops->mmio_allowed(ops->userdata, job->call.dev, mmio);
}

/* ---- prepare */

static bool is_mmio(const struct tsmreq_call *call)
{
	return call->kind == TSMREQ_CALL_VALIDATE_MMIO || call->kind == TSMREQ_CALL_MMIO_CONFIG;
}

static bool vmm_binds(const struct tsmreq_job *job)
{
	if (job->call.kind != TSMREQ_CALL_BIND && job->call.kind != TSMREQ_CALL_UNBIND)
		return false;
	return job->guest->binds_at_alloc || job->guest->opts.flags & TSMREQ_GUEST_VMM_BINDS ||
	       job->call.shape == TSMREQ_SHAPE_VMGEXIT_RFC1;
}

static int prepare(struct tsmreq_job *job)
{
	struct tsmreq_call *call = &job->call;
	int rc;

	rc = job->exit.form == TSMREQ_EXIT_GHCB ? decode_ghcb(job) : decode_run(job);
	if (rc < 0 || call->kind == TSMREQ_CALL_NONE)
		return rc;
	if (call->kind == TSMREQ_CALL_SNP_REQ_CERTS) {
		job->step = TSMREQ_STEP_VMM;
		return 0;
	}
	if (call->next == TSMREQ_NEXT_SEV_MESSAGE)
		rc = look_at_message(job);
	if (rc < 0)
		return rc;
	if (call->kind == TSMREQ_CALL_REJECT)
		return done(job, 0);
	if (tsmreq_job_find_device(job) < 0)
		return refuse(job, TSMREQ_REASON_BAD_GUEST);
	if (is_mmio(call) && !may_have(job))
		return refuse(job, TSMREQ_REASON_BAD_RANGE);
	job->step = vmm_binds(job) ? TSMREQ_STEP_VMM : TSMREQ_STEP_RUN_NOW;
	return 0;
}

/* ---- run: evidence */

static const uint32_t object_bits[OBJECTS] = {
	[TSMREQ_OBJECT_CERTIFICATE] = TSMREQ_WANT_CERTIFICATE,
	[TSMREQ_OBJECT_MEASUREMENTS] = TSMREQ_WANT_MEASUREMENTS,
	[TSMREQ_OBJECT_INTERFACE_REPORT] = TSMREQ_WANT_REPORT,
};

static struct tsmreq_bytes *object_of(struct tsmreq_blob_objects *objects,
				      enum tsmreq_object object)
{
	if (object == TSMREQ_OBJECT_CERTIFICATE)
		return &objects->certificate;
	return object == TSMREQ_OBJECT_MEASUREMENTS ? &objects->measurements : &objects->report;
}

/* It passes: the guest is told to come again, not that there is no such object. */
static bool passes(int rc)
{
	return rc == -EINTR || rc == -EAGAIN || rc == -EBUSY;
}

/* What the VMM holds, behind the pages in the staging. An object that is not there is empty. */
static int gather(struct tsmreq_job *job, uint32_t want)
{
	const struct tsmreq_call_tdi_info *info = &job->call.u.tdi_info;
	size_t sizes[OBJECTS] = {0}, at = OBJECTS_AT;
	int rc;

	memset(&job->objects, 0, sizeof(job->objects));
	for (unsigned int i = TSMREQ_OBJECT_CERTIFICATE; i < OBJECTS; i++) {
		const bool fresh = i == TSMREQ_OBJECT_MEASUREMENTS && info->has_nonce;
		const struct tsmreq_bytes nonce = {fresh ? info->nonce : NULL,
						   fresh ? sizeof(info->nonce) : 0};

		if (!(want & object_bits[i]))
			continue;
		rc = tsmreq_object_from_source(job, (enum tsmreq_object)i, at, nonce, &sizes[i]);
		if (passes(rc))
			return rc;
		at += sizes[i];
	}
	/* the staging stays where it is from here on */
	at = OBJECTS_AT;
	for (unsigned int i = TSMREQ_OBJECT_CERTIFICATE; i < OBJECTS; i++) {
		*object_of(&job->objects, (enum tsmreq_object)i) =
			(struct tsmreq_bytes){job->staging + at, sizes[i]};
		at += sizes[i];
	}
	return 0;
}

/* Which objects go into the data pages. -ENOSPC: too few of them. */
static int lay_out(struct tsmreq_job *job)
{
	const struct tsmreq_call *call = &job->call;
	const uint32_t all = TSMREQ_WANT_CERTIFICATE | TSMREQ_WANT_MEASUREMENTS |
			     TSMREQ_WANT_REPORT;
	const bool page = call->shape == TSMREQ_SHAPE_GHCB_PAGE;
	const uint64_t room = call->write[1].size;
	uint32_t want = call->u.tdi_info.want & all;
	int rc;

	/* kvm_run hides what was asked for, and cannot say "too few": whatever fits */
	rc = gather(job, page ? want : room ? all : 0);
	if (rc < 0)
		return rc;
	if (!page)
		want = tsmreq_blob_choose(&job->objects, want, room);
	rc = tsmreq_blob_layout(&job->objects, want, &job->blobs);
	if (rc < 0)
		return rc;
	job->answer.value = job->blobs.pages;
	return room && job->blobs.size > room ? -ENOSPC : 0;
}

/* ---- run: the request */

static int send_page(struct tsmreq_job *job, enum tsmreq_op op)
{
	const struct tsmreq_bytes request = {job->staging + REQUEST, TSMREQ_SEV_PAGE_SIZE};
	struct tsmreq_buffer response = {job->staging + RESPONSE, TSMREQ_SEV_PAGE_SIZE, 0};

	return tsmreq_vdev_guest_req(tsmreq_job_vdev(job), op, TSMREQ_ARCH_SEV, request, &response,
				     &job->answer.result);
}

static int run_info(struct tsmreq_job *job)
{
	const int rc = lay_out(job);

	return rc < 0 ? rc : send_page(job, TSMREQ_OP_READ_OBJECT);
}

static int run_validate(struct tsmreq_job *job)
{
	return send_page(job, TSMREQ_OP_VALIDATE_MMIO);
}

static int run_config(struct tsmreq_job *job)
{
	return send_page(job, TSMREQ_OP_SEV_MMIO_CONFIG);
}

static int run_dma(struct tsmreq_job *job)
{
	const struct tsmreq_bytes request = {job->staging + REQUEST, TSMREQ_SEV_PAGE_SIZE};
	struct tsmreq_buffer response = {job->staging + RESPONSE, TSMREQ_SEV_PAGE_SIZE, 0};
	const enum tsmreq_tristate enable = job->call.u.dma.enable;

	/* on or off are two operations, and this guest's revision tells the firmware alone */
	if (enable == TSMREQ_NOT_TOLD)
		return -EOPNOTSUPP;
	return tsmreq_vdev_sev_set_dma(tsmreq_job_vdev(job), enable == TSMREQ_YES, request,
				       &response, &job->answer.result);
}

static bool has_message(const struct tsmreq_call *call)
{
	return call->read[0].use == TSMREQ_SPAN_SEV_REQUEST;
}

/* Success is what the response page proves, whatever the kernel said. */
static void check_response(struct tsmreq_job *job)
{
	struct tsmreq_answer *answer = &job->answer;
	const struct tsmreq_bytes page = {job->staging + RESPONSE, TSMREQ_SEV_PAGE_SIZE};

	if (answer->rc == 0 && has_message(&job->call))
		answer->rc = tsmreq_snp_check_response(&job->call, page, answer->result.residue);
}

static int run_unbind(struct tsmreq_job *job)
{
	const int rc = tsmreq_state_unlock(job);

	if (rc == 0)
		job->device->stopped = false;
	return rc;
}

/* The kernel takes a bind of what is bound as done, and after a STOP nothing is locked. */
static int run_bind(struct tsmreq_job *job)
{
	const int rc = job->device->stopped ? run_unbind(job) : 0;

	return rc < 0 ? rc : tsmreq_state_lock(job);
}

static int run_state(struct tsmreq_job *job)
{
	const enum tsmreq_tdi_state target = job->call.u.state.target;
	const int rc = tsmreq_vdev_set_tdi_state(tsmreq_job_vdev(job), target, &job->answer.result);

	if (rc == 0 && target == TSMREQ_TDI_UNLOCKED)
		job->device->stopped = true;
	return rc;
}

static const job_fn runs[] = {
	[TSMREQ_CALL_BIND] = run_bind,
	[TSMREQ_CALL_UNBIND] = run_unbind,
	[TSMREQ_CALL_SET_TDI_STATE] = run_state,
	[TSMREQ_CALL_TDI_INFO] = run_info,
	[TSMREQ_CALL_VALIDATE_MMIO] = run_validate,
	[TSMREQ_CALL_MMIO_CONFIG] = run_config,
	[TSMREQ_CALL_SET_DMA] = run_dma,
};

static void run(struct tsmreq_job *job)
{
	/* a send before this one may have left its result */
	tsmreq_job_fail(job, -ENODEV);
	if (!tsmreq_job_vdev(job))
		return;
	job->answer.rc = runs[job->call.kind](job);
	check_response(job);
}

/* ---- settle */

/* What the VMM has done itself brings its response page as the answer's data. */
static void take_response(struct tsmreq_job *job)
{
	struct tsmreq_answer *answer = &job->answer;
	const size_t size = answer->data.size;

	if (answer->rc < 0 || !has_message(&job->call))
		return;
	if (size > TSMREQ_SEV_PAGE_SIZE) {
		tsmreq_job_fail(job, -EBADMSG);
		return;
	}
	memset(job->staging + RESPONSE, 0, TSMREQ_SEV_PAGE_SIZE);
	memcpy(job->staging + RESPONSE, job->staging, size);
	memset(&job->blobs, 0, sizeof(job->blobs));
	check_response(job);
}

static int write_objects(struct tsmreq_job *job)
{
	const uint64_t data = job->call.write[1].gpa.raw;
	uint8_t table[TSMREQ_BLOB_TABLE_SIZE];
	int rc;

	if (job->call.kind != TSMREQ_CALL_TDI_INFO || !job->call.write[1].size || !job->blobs.size)
		return 0;
	tsmreq_blob_store_table(&job->blobs, table);
	rc = tsmreq_memory_write(job->guest, data, table, sizeof(table));
	for (unsigned int i = 0; rc == 0 && i < TSMREQ_BLOB_COUNT; i++) {
		const struct tsmreq_blob *blob = &job->blobs.blobs[i];

		if (blob->length)
			rc = tsmreq_memory_write(job->guest, data + blob->offset,
						 object_of(&job->objects, blob->object)->data,
						 blob->length);
	}
	return rc;
}

static void settle(struct tsmreq_job *job)
{
	struct tsmreq_answer *answer = &job->answer;

	if (job->finished)
		take_response(job);
	if (answer->rc == 0 && has_message(&job->call)) {
		answer->rc = write_objects(job);
		if (answer->rc == 0)
			answer->rc = tsmreq_memory_write(job->guest, job->call.write[0].gpa.raw,
							 job->staging + RESPONSE,
							 TSMREQ_SEV_PAGE_SIZE);
	}
	if (!job->device)
		return;
	/* a call that was refused has no use for it, and the VMM may be taking the handle away */
	if (job->has_device || job->finished)
		answer->tdi_state = tsmreq_device_get_state(job->device);
	if (job->call.kind == TSMREQ_CALL_BIND && !answer->value)
		answer->value = job->device->tdi_id;
}

/* ---- answer */

static int answer_ghcb(struct tsmreq_job *job, struct tsmreq_reply *ret)
{
	struct tsmreq_ghcb_field fields[TSMREQ_GHCB_FIELDS_MAX];
	unsigned int count;
	int rc;

	rc = tsmreq_ghcb_encode(job->guest->opts.ghcb_abi, &job->call, &job->answer, &ret->ghcb);
	if (rc < 0)
		return rc;
	count = tsmreq_ghcb_get_fields(&ret->ghcb, fields);
	for (unsigned int i = 0; i < count; i++) {
		/* the guest took its GHCB away: there is no place for an answer */
		if (tsmreq_memory_write(job->guest, job->exit.ghcb.raw + fields[i].offset,
					fields[i].bytes, fields[i].size) < 0) {
			ret->action = TSMREQ_ACTION_STOP;
			return 0;
		}
	}
	return 0;
}

static int answer(struct tsmreq_job *job, struct tsmreq_reply *ret)
{
	uint8_t *run = job->exit.run;

	if (job->exit.form == TSMREQ_EXIT_GHCB)
		return answer_ghcb(job, ret);
	if (job->call.shape == TSMREQ_SHAPE_SNP_CERTS)
		return tsmreq_kvm_encode(&job->call, &job->answer, run, job->exit.run_size,
					 &ret->action);
	return tsmreq_vmgexit_encode(&job->call, &job->answer, run + TSMREQ_KVM_RUN_EXIT,
				     job->exit.run_size - TSMREQ_KVM_RUN_EXIT);
}

/* Its waits are the VMM's, or the guest's by BUSY: no job is deferred. */
static bool answer_deferred(struct tsmreq_job *job, struct tsmreq_reply *ret)
{
	(void)ret;
	tsmreq_job_end(job);
	return false;
}

const struct carrier tsmreq_carrier_sev = {
	.prepare = prepare,
	.run = run,
	.settle = settle,
	.answer = answer,
	.answer_deferred = answer_deferred,
};
