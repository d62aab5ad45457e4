/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <tsmreq/text.h>

#include "cli/vmm.h"

/* ---- what the VMM lends: any thread may call these, but never two at a time */

static int vmm_read_shared(void *userdata, struct tsmreq_gpa gpa, void *dst, size_t size)
{
	struct vmm *vmm = userdata;
	int r = guest_memory_fetch(&vmm->memory, gpa.raw, dst, size);

	if (r == -EEXIST)
		replay_fail(vmm->replay, 0, "guest memory at %" PRIx64 " was fetched twice",
			    gpa.raw);
	return r < 0 ? -EFAULT : 0;
}

static int vmm_write_shared(void *userdata, struct tsmreq_gpa gpa, const void *src, size_t size)
{
	struct vmm *vmm = userdata;

	if (!guest_memory_is_shared(&vmm->memory, gpa.raw, size))
		return -EFAULT;
	guest_memory_store(&vmm->memory, gpa.raw, src, size);
	return 0;
}

static enum tsmreq_memory vmm_get_memory(void *userdata, struct tsmreq_gpa gpa, uint64_t size)
{
	const struct guest_memory *memory = &((struct vmm *)userdata)->memory;

	if (guest_memory_is_shared(memory, gpa.raw, size))
		return TSMREQ_MEMORY_SHARED;
	if (!guest_ranges_touch(&memory->ram, gpa.raw, size))
		return TSMREQ_MEMORY_NONE;
	if (!guest_ranges_cover(&memory->ram, gpa.raw, size))
		return TSMREQ_MEMORY_MIXED;
	return guest_ranges_touch(&memory->shared, gpa.raw, size) ? TSMREQ_MEMORY_BOTH
								  : TSMREQ_MEMORY_PRIVATE;
}

static uint64_t vmm_now_ms(void *userdata)
{
	return ((struct vmm *)userdata)->now;
}

static int vmm_inject(void *userdata, uint32_t vcpu, uint32_t vector)
{
	struct vmm *vmm = userdata;

	if (vcpu != VMM_VCPU)
		replay_fail(vmm->replay, 0, "irq: expected on vCPU %u, got %u", VMM_VCPU, vcpu);
	if (vmm->irqs == VMM_IRQS_MAX)
		return -ENOSPC;
	vmm->irq[vmm->irqs++] = vector;
	vmm->irq_writes = vmm->memory.writes;
	return 0;
}

static int vmm_read_object(void *userdata, struct tsmreq_guest_dev dev, enum tsmreq_object object,
			   struct tsmreq_bytes nonce, struct tsmreq_buffer *dst)
{
	const struct vmm_device *device = vmm_find_device(userdata, dev.raw);
	const struct vmm_object *held;

	(void)nonce;
	dst->size = 0;
	if (!device || (size_t)object >= VMM_OBJECTS || !device->objects[object].held)
		return -ENODATA;
	held = &device->objects[object];
	dst->size = held->bytes.size;
	if (dst->size > dst->capacity)
		return -EMSGSIZE;
	if (dst->size)
		memcpy(dst->data, held->bytes.data, dst->size);
	return 0;
}

static uint32_t vmm_get_layer(void *userdata, struct tsmreq_guest_dev dev,
			      enum tsmreq_call_kind kind, int rc)
{
	(void)dev;
	(void)kind;
	(void)rc;
	return ((struct vmm *)userdata)->layer;
}

/* ---- jobs */

/* As long as the case has more to send, a job that was interrupted is run again. */
static int run_job(struct vmm *vmm, struct tsmreq_job *job)
{
	int r;

	do {
		r = tsmreq_job_run(job);
	} while (r == -EAGAIN && vmm->script.done < vmm->script.limit && !vmm->replay->failed);
	if (r != 0 && r != -EAGAIN)
		replay_fail(vmm->replay, 0, "run: expected 0 or -EAGAIN, got %s",
			    replay_format_rc(r).text);
	return r;
}

static void settle_job(struct vmm *vmm, struct tsmreq_job *job)
{
	int r = tsmreq_job_settle(job);

	if (r < 0)
		replay_fail(vmm->replay, 0, "settle: %s", replay_format_rc(r).text);
}

/* Ends it without another try. On SEV it must be an errno that does not pass by itself. */
static void give_up(struct vmm *vmm, struct tsmreq_job *job)
{
	const struct tsmreq_answer answer = {
		.rc = vmm->arch == TSMREQ_ARCH_SEV ? -ECANCELED : vmm->script.last_rc,
	};
	int r = tsmreq_job_finish(job, &answer);

	if (r < 0)
		replay_fail(vmm->replay, 0, "finish: %s", replay_format_rc(r).text);
}

struct deferred {
	struct vmm *vmm;
	struct tsmreq_job *job;
};

static void work(void *userdata)
{
	struct deferred *deferred = userdata;

	if (run_job(deferred->vmm, deferred->job) == -EAGAIN)
		give_up(deferred->vmm, deferred->job);
	settle_job(deferred->vmm, deferred->job);
}

static int vmm_offload(void *userdata, struct tsmreq_job *job)
{
	struct vmm *vmm = userdata;
	struct deferred *deferred;

	if (vmm->hold_jobs) {
		if (vmm->held_jobs == VMM_JOBS_MAX)
			return -ENOSPC;
		vmm->held_job[vmm->held_jobs++] = job;
		return 0;
	}
	deferred = arena_zalloc(&vmm->replay->arena, sizeof(*deferred));
	*deferred = (struct deferred){vmm, job};
	return crew_start(&vmm->crew, work, deferred);
}

/* ---- the guest */

struct vmm_device *vmm_find_device(struct vmm *vmm, uint64_t dev)
{
	for (size_t i = 0; i < vmm->devices; i++) {
		if (vmm->device[i].dev.raw == dev)
			return &vmm->device[i];
	}
	return NULL;
}

void vmm_read(struct vmm *vmm, struct replay *replay, enum tsmreq_arch arch)
{
	*vmm = (struct vmm){
		.replay = replay,
		.arch = arch,
		.vcpu_fd = -1,
		.now = 1000,
		.memory = {.arena = &replay->arena, .ram_is_shared = arch != TSMREQ_ARCH_CCA},
		.expected = {.arena = &replay->arena},
	};
	script_read(replay, &vmm->script);
	steps_read(replay, &vmm->script, &vmm->steps);
	vmm_read_given(vmm);
}

bool vmm_set_uapi(struct vmm *vmm, const char *word)
{
	if (tsmreq_uapi_from_string(word, &vmm->uapi) < 0 ||
	    tsmreq_uapi_get_info(vmm->uapi, &vmm->row) < 0) {
		replay_fail(vmm->replay, 0, "abi: no such revision: %s", word);
		return false;
	}
	kernel_take_cmd(vmm->replay, &vmm->given, "op-cmd", !vmm->row.refusal, vmm->row.op_cmd);
	kernel_take_cmd(vmm->replay, &vmm->given, "req-cmd", !vmm->row.refusal,
			vmm->row.request_cmd);
	for (size_t i = 0; i < vmm->script.count; i++) {
		struct script_send *send = &vmm->script.send[i];

		send->cmd = send->arg.size == 16 ? vmm->row.op_cmd : vmm->row.request_cmd;
	}
	return true;
}

static void lend(struct vmm *vmm)
{
	vmm->ops = (struct tsmreq_guest_ops){
		.size = sizeof(vmm->ops),
		.userdata = vmm,
		.read_shared = vmm_read_shared,
		.write_shared = vmm_write_shared,
		.get_memory = vmm_get_memory,
		.now_ms = vmm_now_ms,
		.inject = vmm_inject,
		.read_object = vmm->has_objects ? vmm_read_object : NULL,
		.get_layer = vmm->layer ? vmm_get_layer : NULL,
		.offload = vmm->defers ? vmm_offload : NULL,
	};
}

void vmm_attach(struct vmm *vmm, struct vmm_device *device)
{
	const struct tsmreq_vdev_opts vdev_opts = {
		.size = sizeof(vdev_opts),
		.initial_state = device->books,
		.quirks = vmm->vdev_quirks,
	};
	struct tsmreq_guest_device opts = {
		.size = sizeof(opts),
		.dev = device->dev,
		.virt_id = device->dev,
		.flags = TSMREQ_DEVICE_PARTIAL | (device->tee_io ? TSMREQ_DEVICE_TEE_IO : 0),
	};
	int r;

	r = tsmreq_vdev_new(&device->vdev, vmm->ctx, (struct tsmreq_vdevice_id){device->object},
			    vmm->arch, &vdev_opts);
	if (r == 0) {
		opts.vdev = device->vdev;
		memcpy(opts.bars, device->bar, sizeof(opts.bars));
		r = tsmreq_guest_attach(vmm->guest, &opts);
	}
	if (r < 0)
		replay_fail(vmm->replay, 0, "vdev:%s: no handle, or not attached: %s", device->id,
			    replay_format_rc(r).text);
}

/* Once for each exit. */
static void let_time_pass(struct vmm *vmm)
{
	if (!vmm->clock_counted)
		vmm->now += vmm->elapsed;
	vmm->clock_counted = true;
}

static void look_at_send(void *userdata)
{
	struct vmm *vmm = userdata;

	if (vmm->sent)
		vmm->sent(vmm);
	/* the vCPU waits for its answer */
	if (!crew_is_member(&vmm->crew))
		let_time_pass(vmm);
}

static int open_ctx(struct vmm *vmm)
{
	struct tsmreq_ctx_opts opts = {.size = sizeof(opts), .uapi = vmm->uapi};

	stand_in_open(&vmm->stand_in, &vmm->script, &vmm->crew);
	vmm->stand_in.sent = look_at_send;
	vmm->stand_in.userdata = vmm;
	script_open(&vmm->script, vmm->uapi, vmm->arch, &vmm->stand_in.transport);
	return tsmreq_ctx_new_from_transport(&vmm->ctx, &vmm->script.tap.transport, &opts);
}

int vmm_open(struct vmm *vmm, struct tsmreq_guest_opts *opts)
{
	int r;

	crew_open(&vmm->crew);
	r = open_ctx(vmm);
	if (vmm->row.refusal) {
		if (r != -EOPNOTSUPP)
			replay_fail(vmm->replay, 0,
				    "%s: expected -EOPNOTSUPP from the constructor, got %s",
				    vmm->row.name, replay_format_rc(r).text);
		return -EOPNOTSUPP;
	}
	lend(vmm);
	opts->size = sizeof(*opts);
	opts->ops = &vmm->ops;
	opts->arch = vmm->arch;
	opts->uapi = vmm->uapi;
	opts->quirks = vmm->rhi_quirks;
	opts->vcpus = VMM_VCPUS;
	opts->max_devices = VMM_DEVICES_MAX;
	opts->max_jobs = VMM_JOBS_MAX;
	if (r == 0)
		r = tsmreq_guest_new(&vmm->guest, opts);
	if (r < 0) {
		replay_fail(vmm->replay, 0, "no guest on %s: %s", vmm->row.name,
			    replay_format_rc(r).text);
		return r;
	}
	for (size_t i = 0; i < vmm->devices && !vmm->replay->failed; i++)
		vmm_attach(vmm, &vmm->device[i]);
	return 0;
}

/* What was never begun is dropped: it must not be sent now. */
static void drop_held_jobs(struct vmm *vmm)
{
	for (size_t i = 0; vmm->held_jobs && i < vmm->devices; i++) {
		if (tsmreq_guest_detach_begin(vmm->guest, vmm->device[i].dev) < 0)
			replay_fail(vmm->replay, 0, "device %s is not there any more",
				    vmm->device[i].id);
	}
	for (size_t i = 0; i < vmm->held_jobs; i++) {
		run_job(vmm, vmm->held_job[i]);
		settle_job(vmm, vmm->held_job[i]);
	}
}

void vmm_close(struct vmm *vmm)
{
	if (vmm->guest) {
		drop_held_jobs(vmm);
		stand_in_close(&vmm->stand_in);
	}
	crew_close(&vmm->crew);
	vmm->guest = tsmreq_guest_free(vmm->guest);
	for (size_t i = 0; i < vmm->devices; i++)
		vmm->device[i].vdev = tsmreq_vdev_free(vmm->device[i].vdev);
	vmm->ctx = tsmreq_ctx_free(vmm->ctx);
}

/* ---- a step */

static void store(struct vmm *vmm, struct guest_memory *memory, const struct vec_line *line)
{
	struct vec_bytes bytes;
	uint64_t gpa;

	steps_parse_memory(vmm->replay, line, &gpa, &bytes);
	if (!vmm->replay->failed)
		guest_memory_store(memory, gpa, bytes.data, bytes.size);
}

static void store_lines(struct vmm *vmm, const struct step *step, enum vec_key key,
			struct guest_memory *memory)
{
	for (size_t i = step->first; i < step->end; i++) {
		const struct vec_line *line = &vmm->replay->vec->lines[i];

		if (line->key == key)
			store(vmm, memory, line);
	}
}

/* The nonce of a call is what a pointer inside its request must lead to. */
static void find_nonce(struct vmm *vmm, const struct step *step)
{
	vmm->script.nonce = NULL;
	for (size_t i = 0; i < step->call.count; i++) {
		const struct word *word = &step->call.word[i];
		struct vec_bytes *nonce;

		if (strcmp(word->key, "nonce") != 0 || !word->value)
			continue;
		nonce = arena_zalloc(&vmm->replay->arena, sizeof(*nonce));
		if (vec_parse_bytes(&vmm->replay->arena, word->value, nonce) == 0)
			vmm->script.nonce = nonce;
	}
}

void vmm_begin(struct vmm *vmm, const struct step *step)
{
	store_lines(vmm, step, VEC_MEM, &vmm->memory);
	store_lines(vmm, step, VEC_MEM, &vmm->expected);
	find_nonce(vmm, step);
	guest_memory_forget(&vmm->memory);
	vmm->script.limit = step->sends_end;
	vmm->irqs = 0;
	vmm->clock_counted = false;
}

static void check_memory(struct vmm *vmm, const struct step *step)
{
	uint8_t expected[16], got[16];
	uint64_t gpa;

	for (size_t i = 0; i < vmm->memory.changes; i++) {
		struct guest_change *change = &vmm->memory.change[i];

		/* it is the guest's own doing */
		if (!change->due && !change->told)
			guest_memory_store(&vmm->expected, change->gpa, &change->byte, 1);
		change->told = !change->due;
	}
	if (!vmm->others)
		store_lines(vmm, step, VEC_AFTER, &vmm->expected);
	if (!guest_memory_differs(&vmm->memory, &vmm->expected, &gpa))
		return;
	guest_memory_load(&vmm->expected, gpa, expected, sizeof(expected));
	guest_memory_load(&vmm->memory, gpa, got, sizeof(got));
	replay_fail(vmm->replay, step->number, "after %" PRIx64 ": expected %s, got %s", gpa,
		    replay_format_hex(expected, sizeof(expected)).text,
		    replay_format_hex(got, sizeof(got)).text);
}

static void check_irqs(struct vmm *vmm, struct step *step)
{
	const char *word = words_take(&step->out, "irq");
	uint64_t vector = 0;

	if (word && words_hex(word, &vector) < 0)
		replay_fail(vmm->replay, step->out_number, "irq=%s is no vector", word);
	else if (!word && vmm->irqs)
		replay_fail(vmm->replay, step->number, "out: expected no irq, got %x", vmm->irq[0]);
	else if (word && !vmm->irqs)
		replay_fail(vmm->replay, step->out_number, "out: expected irq=%s, got none", word);
	else if (word && (vmm->irqs > 1 || vmm->irq[0] != vector))
		replay_fail(vmm->replay, step->out_number, "out: expected irq=%s, got %x%s", word,
			    vmm->irq[0], vmm->irqs > 1 ? " and more" : "");
	else if (word && vmm->irq_writes != vmm->memory.writes)
		replay_fail(vmm->replay, step->out_number,
			    "out: memory was written after the interrupt");
}

void vmm_end(struct vmm *vmm, struct step *step)
{
	const struct vec_case *vec = vmm->replay->vec;

	/* answers that come between this exit and the next */
	stand_in_pass(&vmm->stand_in, vec->lines[step->end - 1].number + 1);
	script_close(&vmm->script);
	check_irqs(vmm, step);
	replay_refuse_left(vmm->replay, "in", &step->in);
	replay_refuse_left(vmm->replay, "out", &step->out);
	check_memory(vmm, step);
}

/* ---- an exit */

/*
 * A call that was refused before its parameter block was read, or for what stands in it, is told as
 * the case likes: as the registers said it, or with the block.
 */
static bool fits_earlier(struct vmm *vmm, const struct step *step, const struct tsmreq_call *call,
			 const struct tsmreq_call *said)
{
	struct tsmreq_call whole = *said;
	uint8_t block[TSMREQ_RHI_PARAMETERS_SIZE_OLD];
	const size_t size = (size_t)said->read[0].size;
	char why[8];

	if (said->next != TSMREQ_NEXT_RHI_PARAMETERS ||
	    (call->kind != TSMREQ_CALL_REJECT && call->next == TSMREQ_NEXT_DONE))
		return false;
	if (replay_call_fits(vmm->replay, &vmm->handles, &step->call, said, why, sizeof(why)))
		return true;
	if (size > sizeof(block) ||
	    !guest_memory_is_shared(&vmm->memory, said->read[0].gpa.raw, size))
		return false;
	guest_memory_load(&vmm->memory, said->read[0].gpa.raw, block, size);
	return tsmreq_rhi_decode_parameters((struct tsmreq_bytes){block, size}, vmm->rhi_quirks,
					    &whole) == 0 &&
	       replay_call_fits(vmm->replay, &vmm->handles, &step->call, &whole, why, sizeof(why));
}

void vmm_check_call(struct vmm *vmm, const struct step *step, const struct tsmreq_call *call,
		    const struct tsmreq_call *said)
{
	char why[600];

	if (!step->call_number || (said && fits_earlier(vmm, step, call, said)))
		return;
	if (!replay_call_fits(vmm->replay, &vmm->handles, &step->call, call, why, sizeof(why)))
		replay_fail(vmm->replay, step->call_number, "call: %s", why);
}

static void answer(struct vmm *vmm, struct tsmreq_job *job, struct tsmreq_reply *ret)
{
	int r = tsmreq_job_answer(job, ret);

	if (r < 0)
		replay_fail(vmm->replay, 0, "answer: %s", replay_format_rc(r).text);
}

/* The vCPU goes on; then time passes, and only then the kernel answers. */
static void defer(struct vmm *vmm, const struct step *step, struct tsmreq_job *job,
		  struct tsmreq_reply *ret)
{
	answer(vmm, job, ret);
	crew_wait(&vmm->crew);
	if (vmm->elapsed) {
		let_time_pass(vmm);
		tsmreq_guest_expire(vmm->guest, vmm->now);
	}
	if (step->out_number)
		stand_in_pass(&vmm->stand_in, step->out_number);
}

static void finish(struct vmm *vmm, struct tsmreq_job *job, const struct tsmreq_answer *answer)
{
	int r = tsmreq_job_finish(job, answer);

	if (r < 0)
		replay_fail(vmm->replay, 0, "finish: %s", replay_format_rc(r).text);
	settle_job(vmm, job);
}

static void run_now(struct vmm *vmm, struct tsmreq_job *job)
{
	if (run_job(vmm, job) == -EAGAIN)
		give_up(vmm, job);
	settle_job(vmm, job);
}

enum tsmreq_step vmm_exit(struct vmm *vmm, struct step *step, const struct tsmreq_exit *exit,
			  const struct tsmreq_call *said, struct tsmreq_reply *ret)
{
	static const struct tsmreq_call none;
	struct tsmreq_answer own = {0};
	struct tsmreq_job *job = NULL;
	enum tsmreq_step next = TSMREQ_STEP_NOT_OURS;
	int r;

	*ret = (struct tsmreq_reply){0};
	r = tsmreq_guest_prepare(vmm->guest, exit, &job, &next);
	if (r < 0) {
		replay_fail(vmm->replay, step->number, "prepare: %s", replay_format_rc(r).text);
		return TSMREQ_STEP_NOT_OURS;
	}
	if (next == TSMREQ_STEP_NOT_OURS)
		vmm_check_call(vmm, step, &none, said);
	vmm->call = job ? *tsmreq_job_get_call(job) : none;
	if (!job)
		return next;
	vmm_check_call(vmm, step, &vmm->call, said);
	if (next == TSMREQ_STEP_DEFERRED) {
		defer(vmm, step, job, ret);
		return next;
	}
	/* the VMM has the device to itself while it acts */
	if (next == TSMREQ_STEP_VMM && run_job(vmm, job) < 0)
		replay_fail(vmm->replay, step->number, "nothing that the VMM does is interrupted");
	if ((next == TSMREQ_STEP_VMM || next == TSMREQ_STEP_RUN_NOW) && vmm->act &&
	    vmm->act(vmm, &vmm->call, &own))
		finish(vmm, job, &own);
	else if (next == TSMREQ_STEP_RUN_NOW)
		run_now(vmm, job);
	else if (next == TSMREQ_STEP_VMM)
		replay_fail(vmm->replay, step->number, "nobody knows what the VMM does with this");
	answer(vmm, job, ret);
	return next;
}

/* ---- what came out */

void vmm_check_written(struct vmm *vmm, struct step *step, const char *key, bool written,
		       uint64_t got)
{
	const char *word = words_take(&step->out, key);

	if (!word && written)
		replay_fail(vmm->replay, step->number, "out: expected no %s, got %" PRIx64, key,
			    got);
	else if (word && !written)
		replay_fail(vmm->replay, step->out_number, "out: expected %s=%s, got none", key,
			    word);
	else if (word && !handles_fit(vmm->replay, &vmm->handles, word, got))
		replay_fail(vmm->replay, step->out_number, "out: expected %s=%s, got %" PRIx64, key,
			    word, got);
}

void vmm_check_bytes(struct vmm *vmm, unsigned int number, const char *what,
		     const struct vec_bytes *expected, const uint8_t *got, size_t size)
{
	if (expected->size != size) {
		replay_fail(vmm->replay, number, "%s: these are %zu bytes, not %zu", what,
			    expected->size, size);
		return;
	}
	for (size_t at = 0; at < size; at++) {
		if (expected->wild[at] || expected->data[at] == got[at])
			continue;
		replay_fail(vmm->replay, number, "%s, byte %zu: expected %s, got %s", what, at,
			    replay_format_hex(expected->data + at, size - at).text,
			    replay_format_hex(got + at, size - at).text);
		return;
	}
}
