/* SPDX-License-Identifier: MIT */
#include "scene.h"

#define DEV   ((struct tsmreq_guest_dev){SCENE_DEV})
#define NONCE 0xc3

/* ---- steps */

static void begin_step(struct scene *scene, const char *step)
{
	scene->step = step;
	scene->was_sent = false;
	/* a snapshot is what was said before */
	if (!scene->opts.snapshot_budget)
		scene->response_size = 0;
	scene_say(scene, "%s\n", step);
}

static enum told end_step(struct scene *scene, enum told told)
{
	/* no shared mapping of what may be the TD's */
	if (scene_really(scene) != TSMREQ_TDI_UNLOCKED && !scene_vmm_binds(scene) &&
	    !scene->kernel_lies)
		scene_check(scene, scene->is_locked);
	if (scene->at_end)
		scene->at_end(scene, told);
	scene->step = NULL;
	return told;
}

static enum told rhi_once(struct scene *scene, uint64_t call, uint64_t x1, uint64_t x2, uint64_t x3,
			  uint64_t x4, uint64_t *ret_x1)
{
	const struct tsmreq_exit exit = {
		.size = sizeof(exit),
		.form = TSMREQ_EXIT_RHI,
		.rhi = {.nr = (uint32_t)call, .x = {call, x1, x2, x3, x4}},
		.vcpu_fd = 9,
	};
	struct tsmreq_reply reply;

	scene_check(scene, scene_drive(scene, &exit, &reply));
	*ret_x1 = reply.rhi.x[1];
	scene->status = reply.rhi.x[0];
	scene->told_size = reply.rhi.x[1];
	scene_say(scene, "  answer %llx %llx\n", (unsigned long long)reply.rhi.x[0],
		  (unsigned long long)reply.rhi.x[1]);
	return scene_judge_rhi(scene, call, &reply.rhi);
}

/* And as Linux goes on: CONTINUE while it is told to. */
static enum told rhi(struct scene *scene, const char *step, uint64_t call, uint64_t x2, uint64_t x3,
		     uint64_t x4, uint64_t *ret_x1)
{
	uint64_t x1 = 0;
	enum told told;

	begin_step(scene, step);
	told = rhi_once(scene, call, SCENE_DEV, x2, x3, x4, &x1);
	if (ret_x1)
		*ret_x1 = x1;
	for (unsigned int i = 0; told == TOLD_LATER && i < 4; i++) {
		const uint64_t handle = x1;

		scene_run_pool(scene);
		told = rhi_once(scene, TSMREQ_RHI_VDEV_CONTINUE, SCENE_DEV, handle, 0, 0, &x1);
	}
	scene_check(scene, told != TOLD_LATER);
	return end_step(scene, told);
}

/* Gives up on one that nobody has come to yet. */
static enum told abort_run(struct scene *scene)
{
	enum told told;
	uint64_t x1;

	begin_step(scene, "abort");
	told = rhi_once(scene, TSMREQ_RHI_VDEV_SET_TDI_STATE, SCENE_DEV, TSMREQ_TDI_RUN, 0, 0, &x1);
	if (told == TOLD_LATER)
		told = rhi_once(scene, TSMREQ_RHI_VDEV_ABORT, SCENE_DEV, 0, 0, 0, &x1);
	scene_run_pool(scene);
	return end_step(scene, told);
}

static enum told tdcm_once(struct scene *scene, uint8_t operation)
{
	const struct tsmreq_exit exit = {
		.size = sizeof(exit),
		.form = TSMREQ_EXIT_GHCI,
		.ghci = {.r11 = TSMREQ_GHCI_LEAF_TDCM,
			 .r12 = SCENE_DEV,
			 .r13 = SCENE_BUFFER | UINT64_C(1) << 51,
			 .r14 = 0x11000,
			 .r15 = 0x51},
		.vcpu_fd = -1,
	};
	struct tsmreq_reply reply;
	enum told told;

	memset(scene->memory + SCENE_BUFFER, 0, 0x11000);
	scene->memory[SCENE_BUFFER] = operation;
	scene_check(scene, scene_drive(scene, &exit, &reply));
	scene_say(scene, "  answer %llx\n", (unsigned long long)reply.r10);
	told = scene_judge_tdcm(scene, reply.r10);
	if (told != TOLD_LATER)
		return told;
	scene_run_pool(scene);
	told = scene_judge_tdcm(scene, reply.r10);
	/* what could not be written is never told: the clock is the TD's own */
	return told == TOLD_LATER ? TOLD_NO : told;
}

static enum told tdcm(struct scene *scene, const char *step, uint8_t operation)
{
	begin_step(scene, step);
	return end_step(scene, tdcm_once(scene, operation));
}

/* The kernel takes longer for a BIND than a TD waits. */
static enum told bind_too_late(struct scene *scene)
{
	enum told told;

	begin_step(scene, "too late");
	scene->takes_ms = 9500;
	told = tdcm_once(scene, 2);
	/* unless nobody had to be asked */
	scene_check(scene, told == TOLD_NO || scene->takes_ms);
	scene->takes_ms = 0;
	return end_step(scene, told);
}

struct tsmreq_exit scene_run_exit(struct scene *scene)
{
	return (struct tsmreq_exit){
		.size = sizeof(struct tsmreq_exit),
		.form = TSMREQ_EXIT_KVM_RUN,
		.run = scene->run,
		.run_size = sizeof(scene->run),
		.vcpu_fd = 9,
	};
}

/* CCA: KVM's exits. */
static enum told validate(struct scene *scene)
{
	const struct tsmreq_call call = {
		.kind = TSMREQ_CALL_VALIDATE_MMIO,
		.dev = {SCENE_DEV},
		.u.mmio = {.base = {SCENE_BAR}, .size = 0x4000, .host_base = SCENE_HOST},
	};
	struct tsmreq_exit exit = scene_run_exit(scene);
	struct tsmreq_reply reply;
	bool goes_on, accepted;

	memset(scene->run, 0, sizeof(scene->run));
	if (tsmreq_kvm_encode_call(scene->opts.kvm_abi, &call, scene->run, sizeof(scene->run)) < 0)
		return TOLD_NO; /* this kernel has no such exit */
	begin_step(scene, "validate MMIO");
	goes_on = scene_drive(scene, &exit, &reply);
	accepted = scene->opts.kvm_abi == TSMREQ_KVM_CCA_V2 ? goes_on
							    : !scene_load64(scene->run + 80);
	scene_say(scene, "  answer %s\n", accepted ? "accept" : "reject");
	scene_check(scene, !accepted || scene->was_sent);
	scene_check(scene, accepted == scene->is_private);
	return end_step(scene, accepted ? TOLD_DONE : TOLD_NO);
}

static enum told unmap(struct scene *scene)
{
	const struct tsmreq_call call = {
		.kind = TSMREQ_CALL_MEMORY_FAULT,
		.u.fault = {.base = {SCENE_BAR}, .size = 0x1000},
	};
	struct tsmreq_exit exit = scene_run_exit(scene);
	struct tsmreq_reply reply;

	memset(scene->run, 0, sizeof(scene->run));
	begin_step(scene, "unmap");
	scene_check(scene, tsmreq_kvm_encode_call(scene->opts.kvm_abi, &call, scene->run,
						  sizeof(scene->run)) == 0);
	(void)scene_drive(scene, &exit, &reply);
	scene_say(scene, "  answer %s\n", tsmreq_action_to_string(reply.action));
	return end_step(scene, TOLD_DONE);
}

/* SEV, on either carrier. */
static enum told sev(struct scene *scene, const char *step, struct tsmreq_call *call)
{
	const bool message = call->message.type;
	struct tsmreq_exit exit = scene_run_exit(scene);
	uint8_t *ghcb = scene->memory + SCENE_GHCB;
	struct tsmreq_reply reply;
	enum told told;
	int rc;

	begin_step(scene, step);
	memset(scene->memory + SCENE_RESPONSE, 0, 4096);
	if (message)
		scene_check(scene, tsmreq_snp_encode_message(call, scene->memory + SCENE_REQUEST,
							     4096) == 0);
	if (scene->kind.on_page) {
		exit.form = TSMREQ_EXIT_GHCB;
		exit.ghcb.raw = SCENE_GHCB;
		call->shape = TSMREQ_SHAPE_GHCB_PAGE;
		memset(ghcb, 0, TSMREQ_GHCB_SIZE);
		rc = tsmreq_ghcb_encode_call(TSMREQ_GHCB_AUTO, call, ghcb, TSMREQ_GHCB_SIZE);
	} else {
		call->shape = message ? TSMREQ_SHAPE_VMGEXIT_TIO : TSMREQ_SHAPE_VMGEXIT_TIO_OP;
		memset(scene->run, 0, sizeof(scene->run));
		scene->run[TSMREQ_KVM_RUN_EXIT_REASON] = 42;
		rc = tsmreq_vmgexit_encode_call(TSMREQ_GHCB_AUTO, call,
						scene->run + TSMREQ_KVM_RUN_EXIT,
						TSMREQ_VMGEXIT_SIZE);
		/* what nobody wrote yet */
		memset(scene->run + 32 + (message ? 52 : 12), 0xee, 4);
	}
	scene_check(scene, rc == 0);
	if (!scene_drive(scene, &exit, &reply))
		return end_step(scene, TOLD_NO);
	if (scene->kind.on_page) {
		told = scene_judge_page(scene, message);
	} else {
		scene_say(scene, "  answer");
		scene_say_line(scene, scene->run + 32, TSMREQ_VMGEXIT_SIZE);
		told = scene_judge_run(scene, message);
	}
	return end_step(scene, told);
}

struct tsmreq_call scene_op(enum tsmreq_call_kind kind, enum tsmreq_tdi_state target)
{
	return (struct tsmreq_call){
		.kind = kind,
		.arch = TSMREQ_ARCH_SEV,
		.dev = {SCENE_DEV},
		.u.state.target = target,
	};
}

struct tsmreq_call scene_message(enum tsmreq_call_kind kind, uint8_t type)
{
	return (struct tsmreq_call){
		.kind = kind,
		.arch = TSMREQ_ARCH_SEV,
		.dev = {SCENE_DEV},
		.message = {.seqno = 7, .type = type, .version = 1, .size = 16},
		.read = {{{SCENE_REQUEST}, 4096, TSMREQ_SPAN_SEV_REQUEST, 0}},
		.write = {{{SCENE_RESPONSE}, 4096, TSMREQ_SPAN_SEV_RESPONSE, 0}},
	};
}

static struct tsmreq_call info_call(void)
{
	struct tsmreq_call call = scene_message(TSMREQ_CALL_TDI_INFO, 19);

	call.u.tdi_info = (struct tsmreq_call_tdi_info){
		.data = {SCENE_DATA},
		.pages = 2,
		.want = TSMREQ_WANT_STATE | TSMREQ_WANT_CERTIFICATE | TSMREQ_WANT_MEASUREMENTS |
			TSMREQ_WANT_REPORT,
	};
	return call;
}

static struct tsmreq_call range_call(enum tsmreq_tristate to_private)
{
	struct tsmreq_call call = scene_message(TSMREQ_CALL_VALIDATE_MMIO, 21);

	call.u.mmio = (struct tsmreq_call_mmio){
		.base = {SCENE_BAR}, .size = 0x4000, .to_private = to_private, .range = 0};
	return call;
}

static struct tsmreq_call dma_call(enum tsmreq_tristate enable)
{
	struct tsmreq_call call = scene_message(TSMREQ_CALL_SET_DMA, 25);

	call.u.dma = (struct tsmreq_call_dma){.vtom = UINT64_C(2) << 40, .enable = enable};
	return call;
}

/* With a pool, in the middle of something. */
static int reset_meanwhile(struct scene *scene, struct tsmreq_result *ret)
{
	uint64_t x1;

	if (scene->kind.arch == TSMREQ_ARCH_CCA)
		(void)rhi_once(scene, TSMREQ_RHI_VDEV_SET_TDI_STATE, SCENE_DEV, TSMREQ_TDI_RUN, 0,
			       0, &x1);
	scene_check(scene, tsmreq_guest_reset_begin(scene->guest, DEV) == 0);
	scene_run_pool(scene);
	return tsmreq_guest_reset_end(scene->guest, DEV, ret);
}

static void reset(struct scene *scene)
{
	struct tsmreq_result result;
	int rc;

	begin_step(scene, "reset");
	rc = scene->kind.deferred ? reset_meanwhile(scene, &result)
				  : tsmreq_guest_reset(scene->guest, DEV, &result);
	scene_say(scene, "  result %s %s\n", rc ? tsmreq_errno_to_string(rc) : "0",
		  tsmreq_outcome_to_string(result.outcome));
	(void)end_step(scene, rc == 0 ? TOLD_DONE : TOLD_NO);
}

/* ---- the lives */

static void play_cca(struct scene *scene)
{
	static const char *const sizes[] = {"size of the VCA", "size of the certificate chain",
					    "size of the measurements",
					    "size of the interface report"};
	static const char *const reads[] = {"read the VCA", "read the certificate chain",
					    "read the measurements", "read the interface report"};
	uint64_t size;
	enum told told;

	memset(scene->memory + SCENE_BLOCK, 0, TSMREQ_RHI_PARAMETERS_SIZE);
	scene->memory[SCENE_BLOCK] = TSMREQ_REGEN_RAW;
	memset(scene->memory + SCENE_BLOCK + 0x100, NONCE, TSMREQ_NONCE_SIZE);

	(void)rhi(scene, "features", TSMREQ_RHI_FEATURES, 0, 0, 0, NULL);
	(void)rhi(scene, "lock", TSMREQ_RHI_VDEV_SET_TDI_STATE, 1, 0, 0, NULL);
	(void)rhi(scene, "refresh the report", TSMREQ_RHI_VDEV_GET_INTERFACE_REPORT, 0, 0, 0, NULL);
	(void)rhi(scene, "measure", TSMREQ_RHI_VDEV_GET_MEASUREMENTS, SCENE_BLOCK, 0, 0, NULL);
	for (uint64_t object = 0; object < 4; object++) {
		told = rhi(scene, sizes[object], TSMREQ_RHI_OBJECT_SIZE, object, 0, 0, &size);
		if (told != TOLD_DONE || size > SCENE_BLOCK - SCENE_BUFFER)
			continue;
		memset(scene->memory + SCENE_BUFFER, 0, (size_t)size);
		(void)rhi(scene, reads[object], TSMREQ_RHI_OBJECT_READ, object, SCENE_BUFFER, size,
			  NULL);
	}
	(void)validate(scene);
	(void)rhi(scene, "run", TSMREQ_RHI_VDEV_SET_TDI_STATE, 2, 0, 0, NULL);
	(void)unmap(scene);
	(void)rhi(scene, "unlock", TSMREQ_RHI_VDEV_SET_TDI_STATE, 0, 0, 0, NULL);
	(void)rhi(scene, "lock again", TSMREQ_RHI_VDEV_SET_TDI_STATE, 1, 0, 0, NULL);
	if (scene->kind.deferred)
		(void)abort_run(scene);
}

static void play_tdx(struct scene *scene)
{
	(void)tdcm(scene, "check", 1);
	(void)tdcm(scene, "bind", 2);
	(void)tdcm(scene, "report", 4);
	(void)tdcm(scene, "start", 5);
	(void)tdcm(scene, "unbind", 7);
	if (scene->kind.deferred)
		(void)bind_too_late(scene);
	(void)tdcm(scene, "bind again", 2);
}

static void play_sev(struct scene *scene)
{
	struct tsmreq_call bind = scene_op(TSMREQ_CALL_BIND, TSMREQ_TDI_UNLOCKED);
	struct tsmreq_call unbind = scene_op(TSMREQ_CALL_UNBIND, TSMREQ_TDI_UNLOCKED);
	struct tsmreq_call run = scene_op(TSMREQ_CALL_SET_TDI_STATE, TSMREQ_TDI_RUN);
	struct tsmreq_call stop = scene_op(TSMREQ_CALL_SET_TDI_STATE, TSMREQ_TDI_UNLOCKED);
	struct tsmreq_call info = info_call();
	struct tsmreq_call validate = range_call(TSMREQ_YES), revoke = range_call(TSMREQ_NO);
	struct tsmreq_call enable = dma_call(TSMREQ_YES), disable = dma_call(TSMREQ_NO);

	(void)sev(scene, "bind", &bind);
	memset(scene->memory + SCENE_DATA, 0, 0x2000);
	memset(scene->memory + SCENE_DATA, NONCE, TSMREQ_NONCE_SIZE);
	(void)sev(scene, "info", &info);
	(void)sev(scene, "run", &run);
	(void)sev(scene, "enable DMA", &enable);
	(void)sev(scene, "validate MMIO", &validate);
	(void)sev(scene, "revoke MMIO", &revoke);
	(void)sev(scene, "disable DMA", &disable);
	(void)sev(scene, "stop", &stop);
	(void)sev(scene, "unbind", &unbind);
	(void)sev(scene, "bind again", &bind);
}

void scene_play(struct scene *scene)
{
	if (scene->kind.arch == TSMREQ_ARCH_CCA)
		play_cca(scene);
	else if (scene->kind.arch == TSMREQ_ARCH_TDX)
		play_tdx(scene);
	else
		play_sev(scene);
	reset(scene);
	scene->step = "detach";
	scene_check(scene, tsmreq_guest_detach(scene->guest, DEV) == 0);
}
