/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <tsmreq/kvm.h>
#include <tsmreq/text.h>

#include "cli/bytes.h"
#include "cli/paper.h"

/* Cases about exits of an AMD SEV guest: ghcb.vec. */

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define EXIT_CERTS_42 42
#define RUN_SIZE      128 /* of struct kvm_run, and what must not be written behind an exit */
#define UNION_MAX     72  /* a hypercall's */
#define PSC_RET_AT    56
#define CANARY	      0xa5
#define PAGE	      4096u

/* ---- whose case is it */

static const struct guest_word {
	const char *word;
	enum tsmreq_ghcb_abi abi;
	enum tsmreq_kvm_abi kvm;
} guest_words[] = {
	{"tio-a", TSMREQ_GHCB_TIO_A, TSMREQ_KVM_SEV_TIO},
	{"tio-b", TSMREQ_GHCB_TIO_B, TSMREQ_KVM_SEV_TIO},
	{"rfc1", TSMREQ_GHCB_RFC1, TSMREQ_KVM_SEV_RFC1},
	{"rfc2", TSMREQ_GHCB_RFC2, TSMREQ_KVM_SEV_RFC2},
	{"ghcb204", TSMREQ_GHCB_204, TSMREQ_KVM_SEV},
	{"req-certs", TSMREQ_GHCB_AUTO, TSMREQ_KVM_SEV},
	{"psc", TSMREQ_GHCB_AUTO, TSMREQ_KVM_SEV},
};

/* "tio-a june": who the guest is, and which kernel, if one is asked at all. */
static const struct guest_word *find_guest(const struct vec_case *vec, const char **ret_kernel)
{
	const char *abi = vec_find(vec, VEC_ABI);
	const char *kernel;

	*ret_kernel = NULL;
	for (size_t i = 0; abi && i < COUNT(guest_words); i++) {
		kernel = words_behind(abi, guest_words[i].word);
		if (!kernel)
			continue;
		*ret_kernel = *kernel ? kernel : NULL;
		return &guest_words[i];
	}
	return NULL;
}

bool replay_ghcb_owns(const struct vec_case *vec)
{
	const char *kernel;

	return vec_find(vec, VEC_IN) && find_guest(vec, &kernel);
}

/* ---- the case */

struct ghcb_case {
	struct vmm vmm;
	const struct guest_word *guest;
	struct tsmreq_guest_opts opts;
	bool on_paper;
	const char *own; /* the VMM ends it by itself: 0, an errno, or a firmware code */
	uint64_t pages;
	/* of one exit */
	uint8_t run[RUN_SIZE];
	size_t exit_size;
};

static bool act(struct vmm *vmm, const struct tsmreq_call *call, struct tsmreq_answer *ret);

/* The number of the exit tells two postings of the certificates apart. */
static enum tsmreq_kvm_abi choose_kvm_abi(const struct ghcb_case *ghcb)
{
	const struct words *in = &ghcb->vmm.steps.step[0].in;
	uint64_t reason = 0;

	for (size_t i = 0; i < in->count; i++) {
		if (strcmp(in->word[i].key, "exit") == 0 && in->word[i].value)
			(void)words_hex(in->word[i].value, &reason);
	}
	if (ghcb->guest->kvm == TSMREQ_KVM_SEV && reason == EXIT_CERTS_42)
		return TSMREQ_KVM_SEV_CERTS_42;
	return ghcb->guest->kvm;
}

static void read_case(struct ghcb_case *ghcb, struct replay *replay)
{
	struct vmm *vmm = &ghcb->vmm;
	const char *kernel;

	vmm_read(vmm, replay, TSMREQ_ARCH_SEV);
	if (replay->failed)
		return;
	ghcb->guest = find_guest(replay->vec, &kernel);
	if (!ghcb->guest) {
		replay_fail(replay, 0, "abi: no such guest");
		return;
	}
	vmm_set_uapi(vmm, kernel ? kernel : "june");
	vmm->act = act;
	vmm->userdata = ghcb;
	vmm->has_objects = true;
	ghcb->own = words_take(&vmm->given, "answer");
	replay_take_hex(replay, &vmm->given, "pages", &ghcb->pages);
	ghcb->opts.kvm_abi = choose_kvm_abi(ghcb);
	ghcb->opts.ghcb_abi = ghcb->guest->abi;
	/* nobody asks a kernel: what there is to do, the VMM does */
	if (!kernel || ghcb->own)
		ghcb->opts.flags = TSMREQ_GUEST_VMM_BINDS;
	replay_refuse_left(replay, "given", &vmm->given);
}

/* ---- what the VMM answers by itself */

static bool act(struct vmm *vmm, const struct tsmreq_call *call, struct tsmreq_answer *ret)
{
	const struct ghcb_case *ghcb = vmm->userdata;
	int error;

	*ret = (struct tsmreq_answer){.value = ghcb->pages};
	/* it has nothing to say, as in RFC v1 */
	if (!ghcb->own)
		return call->shape == TSMREQ_SHAPE_VMGEXIT_RFC1;
	ret->result.outcome = TSMREQ_OUTCOME_COMPLETED;
	error = tsmreq_errno_from_string(ghcb->own + (ghcb->own[0] == '-'));
	if (error > 0)
		ret->rc = -error;
	else if (words_hex(ghcb->own, &ret->result.tsm_code) < 0)
		replay_fail(vmm->replay, 0, "answer=%s: neither errno nor code", ghcb->own);
	else if (ret->result.tsm_code)
		ret->rc = -EREMOTEIO;
	if (call->kind == TSMREQ_CALL_BIND && ret->rc == 0)
		ret->value = call->dev.raw;
	return true;
}

/* ---- what KVM then shows the guest */

static void check_view(struct ghcb_case *ghcb, struct step *step, const char *key, uint64_t got)
{
	uint64_t expected;

	if (replay_take_hex(ghcb->vmm.replay, &step->out, key, &expected) && expected != got)
		replay_fail(ghcb->vmm.replay, step->out_number,
			    "out: expected %s=%" PRIx64 ", got %" PRIx64, key, expected, got);
}

/* KVM_EXIT_SNP_REQ_CERTS: its ret becomes the hypervisor's half of SW_EXITINFO2. */
static void check_certs_view(struct ghcb_case *ghcb, struct step *step, const uint8_t *exit)
{
	static const struct {
		uint64_t ret;
		uint64_t info2;
	} rets[] = {
		{0, 0},
		{ENOSPC, TSMREQ_GHCB_INVALID_LEN},
		{EAGAIN, TSMREQ_GHCB_BUSY},
		{EIO, 0xffffffff00000000u},
	};
	const uint64_t ret = bytes_get64(exit + 16);

	for (size_t i = 0; i < COUNT(rets); i++) {
		if (rets[i].ret != ret)
			continue;
		check_view(ghcb, step, "ghcb.info1", 0);
		check_view(ghcb, step, "ghcb.info2", rets[i].info2);
		if (ret == ENOSPC)
			check_view(ghcb, step, "ghcb.rbx", bytes_get64(exit + 8));
		return;
	}
	replay_fail(ghcb->vmm.replay, step->number, "ret %" PRIx64 " makes KVM_RUN fail", ret);
}

/* A page state change: any ret but 0 is refused, in the page and in the MSR. */
static void check_psc_view(struct ghcb_case *ghcb, struct step *step, const uint8_t *exit)
{
	const bool refused = bytes_get64(exit + PSC_RET_AT);

	check_view(ghcb, step, "ghcb.info1", 0);
	check_view(ghcb, step, "ghcb.info2", refused ? 0x10000000000u : 0);
	check_view(ghcb, step, "ghcb.msr", refused ? 0x8000000000000015u : 0x15);
}

static void check_tio_view(struct ghcb_case *ghcb, struct step *step, const uint8_t *exit)
{
	const bool is_op = ghcb->vmm.call.shape == TSMREQ_SHAPE_VMGEXIT_TIO_OP;

	check_view(ghcb, step, "ghcb.info1", 0);
	check_view(ghcb, step, "ghcb.info2", bytes_get32(exit + (is_op ? 12 : 52)));
	if (is_op)
		check_view(ghcb, step, "ghcb.rcx", bytes_get64(exit + 20));
	else if (ghcb->vmm.call.kind == TSMREQ_CALL_TDI_INFO)
		check_view(ghcb, step, "ghcb.rdx", exit[11]);
}

/* ---- an exit as struct kvm_run */

static void take_run(struct ghcb_case *ghcb, struct step *step)
{
	struct replay *replay = ghcb->vmm.replay;
	const struct vec_bytes *in = &step->in_run.bytes;
	uint64_t reason = 0;

	memset(ghcb->run, CANARY, sizeof(ghcb->run));
	if (!replay_take_hex(replay, &step->in, "exit", &reason))
		replay_fail(replay, step->number, "in: neither ghcb= nor exit=");
	if (in->size > UNION_MAX)
		replay_fail(replay, step->in_run.number, "in: no exit has %zu bytes", in->size);
	if (replay->failed)
		return;
	bytes_put32(ghcb->run + TSMREQ_KVM_RUN_EXIT_REASON, (uint32_t)reason);
	if (in->size)
		memcpy(ghcb->run + TSMREQ_KVM_RUN_EXIT, in->data, in->size);
	ghcb->exit_size = in->size;
}

/* Without a word about it, it is as it came. */
static void check_run(struct ghcb_case *ghcb, const struct step *step, const uint8_t *before)
{
	const struct step_bytes *out = &step->out_run;
	const uint8_t *exit = ghcb->run + TSMREQ_KVM_RUN_EXIT;
	size_t from = TSMREQ_KVM_RUN_EXIT;

	if (out->told && ghcb->exit_size) {
		vmm_check_bytes(&ghcb->vmm, out->number, "out", &out->bytes, exit, ghcb->exit_size);
		from += ghcb->exit_size;
	}
	if (memcmp(ghcb->run + from, before + from, sizeof(ghcb->run) - from) != 0 ||
	    memcmp(ghcb->run, before, TSMREQ_KVM_RUN_EXIT) != 0)
		replay_fail(ghcb->vmm.replay, step->number,
			    "struct kvm_run was written where the case does not say so");
}

/* The exit goes elsewhere in the VMM, which then answers it as the case shows. */
static void act_for_others(struct ghcb_case *ghcb, struct step *step)
{
	const struct step_bytes *out = &step->out_run;
	uint8_t *exit = ghcb->run + TSMREQ_KVM_RUN_EXIT;
	uint64_t ret = 0;

	if (ghcb->own && words_hex(ghcb->own, &ret) == 0)
		bytes_put64(exit + PSC_RET_AT, ret);
	else if (out->told && out->bytes.size >= PSC_RET_AT + 8)
		memcpy(exit + PSC_RET_AT, out->bytes.data + PSC_RET_AT, 8);
	check_psc_view(ghcb, step, exit);
}

static void look(struct ghcb_case *ghcb, struct step *step)
{
	const uint8_t *exit = ghcb->run + TSMREQ_KVM_RUN_EXIT;

	if (ghcb->vmm.call.shape == TSMREQ_SHAPE_SNP_CERTS)
		check_certs_view(ghcb, step, exit);
	else
		check_tio_view(ghcb, step, exit);
}

/* ---- the steps */

static void exit_run(struct ghcb_case *ghcb, struct step *step)
{
	struct vmm *vmm = &ghcb->vmm;
	struct tsmreq_exit exit = {
		.size = sizeof(exit),
		.form = TSMREQ_EXIT_KVM_RUN,
		.vcpu = VMM_VCPU,
		.vcpu_fd = -1,
		.run = ghcb->run,
		.run_size = sizeof(ghcb->run),
	};
	struct tsmreq_reply reply;
	uint8_t before[RUN_SIZE];

	take_run(ghcb, step);
	memcpy(before, ghcb->run, sizeof(before));
	if (vmm->replay->failed)
		return;
	if (ghcb->on_paper)
		paper_exit_vmgexit(vmm, step, ghcb->guest->abi, ghcb->run + TSMREQ_KVM_RUN_EXIT,
				   ghcb->exit_size);
	else
		vmm_exit(vmm, step, &exit, NULL, &reply);
	if (vmm->call.kind == TSMREQ_CALL_NONE && step->has_out)
		act_for_others(ghcb, step);
	else if (vmm->call.kind != TSMREQ_CALL_NONE)
		look(ghcb, step);
	check_run(ghcb, step, before);
}

static void exit_page(struct ghcb_case *ghcb, struct step *step, uint64_t gpa)
{
	struct vmm *vmm = &ghcb->vmm;
	const struct tsmreq_exit exit = {
		.size = sizeof(exit),
		.form = TSMREQ_EXIT_GHCB,
		.vcpu = VMM_VCPU,
		.vcpu_fd = -1,
		.ghcb = {gpa},
	};
	struct tsmreq_reply reply;
	const struct tsmreq_ghcb_regs *regs = &reply.ghcb;
	bool answered;

	answered = vmm_exit(vmm, step, &exit, NULL, &reply) != TSMREQ_STEP_NOT_OURS;
	vmm_check_written(vmm, step, "info1", answered, regs->info1);
	vmm_check_written(vmm, step, "info2", answered, regs->info2);
	vmm_check_written(vmm, step, "rcx", regs->marked & TSMREQ_GHCB_RCX, regs->rcx);
	vmm_check_written(vmm, step, "rdx", regs->marked & TSMREQ_GHCB_RDX, regs->rdx);
	vmm_check_written(vmm, step, "rbx", regs->marked & TSMREQ_GHCB_RBX, regs->rbx);
}

static void run_step(struct ghcb_case *ghcb, struct step *step)
{
	struct vmm *vmm = &ghcb->vmm;
	uint64_t gpa;

	vmm_begin(vmm, step);
	if (!replay_take_hex(vmm->replay, &step->in, "ghcb", &gpa))
		exit_run(ghcb, step);
	else if (ghcb->on_paper)
		replay_fail(vmm->replay, step->number, "a kernel of that time sees no GHCB page");
	else
		exit_page(ghcb, step, gpa);
	vmm_end(vmm, step);
}

void replay_ghcb_run(struct replay *replay)
{
	struct ghcb_case *ghcb = arena_zalloc(&replay->arena, sizeof(*ghcb));
	struct vmm *vmm = &ghcb->vmm;

	read_case(ghcb, replay);
	if (replay->failed)
		return;
	ghcb->on_paper = vmm_open(vmm, &ghcb->opts) == -EOPNOTSUPP;
	for (size_t i = 0; i < vmm->steps.count && !replay->failed; i++)
		run_step(ghcb, &vmm->steps.step[i]);
	vmm_close(vmm);
}
