/* SPDX-License-Identifier: MIT */
/*
 * An SNP guest binds its device, fetches its state and evidence, has MMIO validated, runs it with
 * DMA and lets it go. Everything happens on the vCPU's thread by one call, tsmreq_guest_handle(),
 * which comes back when the vCPU was kicked, or when there is something only the VMM can do.
 */
#include "small-vm.h"

#define REQUEST	   0x2000u /* the guest's message pages */
#define RESPONSE   0x3000u
#define DATA	   0x8000u /* and where it wants the evidence */
#define DATA_PAGES 8u
#define CERTS	   0x10000u

#define KVM_EXIT_VMGEXIT  42 /* of AMD's tree */
#define FW_ERR_OF_OP	  (TSMREQ_KVM_RUN_EXIT + 12)
#define FW_ERR_OF_REQUEST (TSMREQ_KVM_RUN_EXIT + 52)

/* ---- the VMM ---- */

/* Evidence is not the kernel's to give here: it comes over netlink, or from a file. */
static int read_object(void *userdata, struct tsmreq_guest_dev dev, enum tsmreq_object object,
		       struct tsmreq_bytes nonce, struct tsmreq_buffer *dst)
{
	char text[96];
	int length =
		snprintf(text, sizeof(text), "%s of the device", tsmreq_object_to_string(object));

	(void)userdata;
	(void)dev;
	dst->size = (size_t)length + nonce.size;
	if (dst->size > dst->capacity)
		return -EMSGSIZE;
	memcpy(dst->data, text, (size_t)length);
	if (nonce.size > 0)
		memcpy((uint8_t *)dst->data + length, nonce.data, nonce.size);
	return 0;
}

/* One line an exit. */
static void trace(void *userdata, const struct tsmreq_guest_trace *line)
{
	(void)userdata;
	printf("%-13s  %s, %s\n", tsmreq_call_kind_to_string(line->kind),
	       line->rc == 0 ? "done" : tsmreq_errno_to_string(line->rc),
	       tsmreq_outcome_to_string(line->result.outcome));
}

/* The host's certificates for an attestation report: two pages, says the VMM. */
static int act(struct tsmreq_job *job)
{
	const struct tsmreq_call *call = tsmreq_job_get_call(job);
	const struct tsmreq_answer too_few = {.rc = -ENOSPC, .value = 2};
	const struct tsmreq_answer done = {0};

	if (call->kind != TSMREQ_CALL_SNP_REQ_CERTS)
		return -ENOTSUP;
	printf("  the VMM: certificates for %llu pages\n", (unsigned long long)call->u.certs.pages);
	return tsmreq_job_finish(job, call->u.certs.pages < 2 ? &too_few : &done);
}

/* One return of KVM_RUN: served in kvm_run itself. */
static int serve(struct small_vm *vm, uint8_t run[TSMREQ_KVM_RUN_SIZE])
{
	const struct tsmreq_exit exit = {.size = sizeof(exit),
					 .form = TSMREQ_EXIT_KVM_RUN,
					 .run = run,
					 .run_size = TSMREQ_KVM_RUN_SIZE,
					 .vcpu_fd = -1};
	struct tsmreq_reply reply;
	enum tsmreq_step step;
	struct tsmreq_job *job;
	int rc;

	do {
		rc = tsmreq_guest_handle(vm->guest, &exit, &job, &step, &reply);
		if (rc == -EAGAIN)
			printf("  kicked: the VMM does what it was wanted for, then goes on\n");
		if (rc == 0 && step == TSMREQ_STEP_VMM)
			rc = act(job) == 0 ? -EAGAIN : -EPROTO;
	} while (rc == -EAGAIN);
	if (rc == 0 && step == TSMREQ_STEP_NOT_OURS)
		rc = -ENOTSUP;
	return rc == 0 && reply.action != TSMREQ_ACTION_RESUME ? -EPROTO : rc;
}

/* The guest is not trusted with configuration space while its device is locked. */
static int write_config(struct small_vm *vm)
{
	const struct tsmreq_guest_dev dev = {VM_DEV};
	const bool master = tsmreq_guest_config_write_ok(vm->guest, dev, 4, 2, 0x0006, 0x0002);
	const bool reset =
		tsmreq_guest_config_write_ok(vm->guest, dev, VM_PCIE_CAP + 8, 2, 0, 0x8000);

	printf("may the guest clear bus master: %s; reset the function: %s\n",
	       master ? "yes" : "no", reset ? "yes" : "no");
	return master || reset ? -EPROTO : 0;
}

/* ---- the guest ---- */

#define OP(name)      .kind = TSMREQ_CALL_##name, .shape = TSMREQ_SHAPE_VMGEXIT_TIO_OP
#define MESSAGE(name) .kind = TSMREQ_CALL_##name, .shape = TSMREQ_SHAPE_VMGEXIT_TIO

static const struct tsmreq_call life[] = {
	{OP(BIND)},
	{MESSAGE(TDI_INFO),
	 .u.tdi_info = {.want = TSMREQ_WANT_STATE | TSMREQ_WANT_MEASUREMENTS | TSMREQ_WANT_REPORT,
			.data = {DATA},
			.pages = DATA_PAGES}},
	{MESSAGE(VALIDATE_MMIO),
	 .u.mmio = {.base = {VM_BAR}, .size = 0x4000, .to_private = TSMREQ_YES, .range = 0}},
	{OP(SET_TDI_STATE), .u.state.target = TSMREQ_TDI_RUN},
	{MESSAGE(SET_DMA), .u.dma = {.vtom = 2ull << 40, .enable = TSMREQ_YES}},
	/* and back */
	{MESSAGE(SET_DMA), .u.dma = {.vtom = 2ull << 40, .enable = TSMREQ_NO}},
	{MESSAGE(VALIDATE_MMIO),
	 .u.mmio = {.base = {VM_BAR}, .size = 0x4000, .to_private = TSMREQ_NO, .range = 0}},
	{OP(SET_TDI_STATE), .u.state.target = TSMREQ_TDI_UNLOCKED},
	{OP(UNBIND)},
};

/* The plain header of the encrypted page; the verifier's nonce at the start of the data pages. */
static int write_message(struct small_vm *vm, struct tsmreq_call *call, uint64_t seqno)
{
	struct tsmreq_snp_message types = {0};

	for (unsigned int i = 0; types.kind != call->kind; i++)
		if (!tsmreq_snp_message_at(i, &types))
			return -EINVAL;
	call->message = (struct tsmreq_sev_message){seqno, types.request, 1, 16, 0};
	call->read[0] = (struct tsmreq_span){{REQUEST}, 4096, TSMREQ_SPAN_SEV_REQUEST, 0};
	call->write[0] = (struct tsmreq_span){{RESPONSE}, 4096, TSMREQ_SPAN_SEV_RESPONSE, 0};
	memset(vm->ram + RESPONSE, 0, 4096);
	memset(vm->ram + DATA, 0x5e, TSMREQ_NONCE_SIZE);
	return tsmreq_snp_encode_message(call, vm->ram + REQUEST, TSMREQ_SEV_PAGE_SIZE);
}

/* VMGEXIT; 0 if the firmware's code is 0. */
static int vmgexit(struct small_vm *vm, struct tsmreq_call call, uint64_t seqno)
{
	const bool is_message = call.shape == TSMREQ_SHAPE_VMGEXIT_TIO;
	uint8_t run[TSMREQ_KVM_RUN_SIZE] = {0};
	int rc = 0;

	call.arch = TSMREQ_ARCH_SEV;
	call.dev.raw = VM_DEV;
	if (is_message)
		rc = write_message(vm, &call, seqno);
	if (rc == 0)
		rc = tsmreq_vmgexit_encode_call(TSMREQ_GHCB_TIO_A, &call, run + TSMREQ_KVM_RUN_EXIT,
						TSMREQ_VMGEXIT_SIZE);
	run[TSMREQ_KVM_RUN_EXIT_REASON] = KVM_EXIT_VMGEXIT;
	if (rc == 0)
		rc = serve(vm, run);
	if (rc == 0 && run[is_message ? FW_ERR_OF_REQUEST : FW_ERR_OF_OP] != 0)
		rc = -EPROTO;
	return rc;
}

static int show_evidence(struct small_vm *vm)
{
	const struct tsmreq_bytes data = {vm->ram + DATA, DATA_PAGES * 4096};
	struct tsmreq_blob_table table;
	int rc = tsmreq_blob_parse(data, &table);

	for (unsigned int i = 0; rc == 0 && i < TSMREQ_BLOB_COUNT; i++)
		printf("guest: %s, %u bytes at %#x\n",
		       tsmreq_object_to_string(table.blobs[i].object), table.blobs[i].length,
		       table.blobs[i].offset);
	return rc;
}

static int ask_for_certificates(struct small_vm *vm)
{
	const struct tsmreq_call call = {.kind = TSMREQ_CALL_SNP_REQ_CERTS,
					 .u.certs = {{CERTS}, 1}};
	uint8_t run[TSMREQ_KVM_RUN_SIZE];
	int rc = tsmreq_kvm_encode_call(TSMREQ_KVM_SEV_TIO, &call, run, sizeof(run));

	return rc == 0 ? serve(vm, run) : rc;
}

static int play(struct small_vm *vm)
{
	int rc = ask_for_certificates(vm);

	for (size_t i = 0; rc == 0 && i < sizeof(life) / sizeof(life[0]); i++) {
		/* a signal arrives while the kernel waits for the device */
		if (life[i].kind == TSMREQ_CALL_SET_DMA)
			rc = tsmreq_mock_set_fault(vm->mock, vm->id.raw, "intr-once");
		if (rc == 0)
			rc = vmgexit(vm, life[i], 2 * i + 1);
		if (rc == 0 && life[i].kind == TSMREQ_CALL_TDI_INFO)
			rc = show_evidence(vm);
		if (rc == 0 && life[i].kind == TSMREQ_CALL_BIND)
			rc = write_config(vm);
	}
	return rc;
}

int main(void)
{
	struct tsmreq_guest_opts opts = {.arch = TSMREQ_ARCH_SEV,
					 .kvm_abi = TSMREQ_KVM_SEV_TIO,
					 .ghcb_abi = TSMREQ_GHCB_TIO_A};
	const struct tsmreq_guest_dev dev = {VM_DEV};
	struct tsmreq_result result;
	struct small_vm vm;
	int rc;

	vm_init(&vm);
	vm.ops.read_object = read_object;
	vm.ops.trace = trace;
	rc = vm_start(&vm, TSMREQ_UAPI_JUNE, &opts);
	if (rc == 0)
		rc = play(&vm);
	if (rc == 0)
		rc = tsmreq_guest_reset(vm.guest, dev, &result);
	vm_stop(&vm);
	if (rc < 0)
		fprintf(stderr, "failed: %s\n", tsmreq_errno_to_string(rc));
	return rc < 0;
}
