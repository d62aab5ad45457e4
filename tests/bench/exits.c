/* SPDX-License-Identifier: MIT */
/* Exits of guests: one decoded to its end, or one answered. Of each kind the dearest that is
 * common. */
#include "bench.h"
#include <tsmreq/tsmreq.h>

#define SEV_ABI TSMREQ_GHCB_TIO_A

static uint8_t bench_kvm_run[TSMREQ_KVM_RUN_SIZE], bench_header[TSMREQ_TDCM_HEADER_SIZE];
static uint8_t bench_page[TSMREQ_GHCB_SIZE], bench_exit[TSMREQ_VMGEXIT_SIZE];
static uint8_t bench_message[TSMREQ_SEV_PAGE_SIZE], bench_report[64];

static const struct tsmreq_rhi_exit rhi_exit = {
	.nr = TSMREQ_RHI_OBJECT_READ,
	.x = {TSMREQ_RHI_OBJECT_READ, 0x100, TSMREQ_OBJECT_INTERFACE_REPORT, 0x80000000, 0x1000},
};

static const struct tsmreq_ghci_opts tdx_opts = {sizeof(tdx_opts), 52, TSMREQ_GHCI_OFFERS};
static const struct tsmreq_ghci_exit tdx_exit = {
	.r11 = TSMREQ_GHCI_LEAF_TDCM,
	.r12 = 0x100,
	.r13 = UINT64_C(1) << 51 | 0x80000000,
	.r14 = 0x2000,
	.r15 = 0x40,
};

/* What the guests say beside that; the library writes it down. */
static const struct tsmreq_call mapping = {
	.kind = TSMREQ_CALL_VALIDATE_MMIO,
	.dev = {0x100},
	.u.mmio = {{0x80000000}, 0x10000, 0xc0000000, TSMREQ_YES, TSMREQ_RANGE_NONE},
};

static const struct tsmreq_call report = {
	.kind = TSMREQ_CALL_READ_OBJECT,
	.shape = TSMREQ_SHAPE_TDCM,
	.u.object.object = TSMREQ_OBJECT_INTERFACE_REPORT,
};

static struct tsmreq_call tdi_info(enum tsmreq_shape shape)
{
	return (struct tsmreq_call){
		.kind = TSMREQ_CALL_TDI_INFO,
		.arch = TSMREQ_ARCH_SEV,
		.shape = shape,
		.next = TSMREQ_NEXT_SEV_NONCE,
		.dev = {0x100},
		.read = {{{0x1000}, 4096, TSMREQ_SPAN_SEV_REQUEST, 0},
			 {{0x4000}, TSMREQ_NONCE_SIZE, TSMREQ_SPAN_SEV_NONCE, 0}},
		.write = {{{0x2000}, 4096, TSMREQ_SPAN_SEV_RESPONSE, 0},
			  {{0x4000}, 0x2000, TSMREQ_SPAN_SEV_DATA, 0}},
		.message = {.seqno = 1, .type = 0x13, .version = 1, .size = 0x30},
		.u.tdi_info = {.data = {0x4000}, .pages = 2, .want = TSMREQ_WANT_MEASUREMENTS},
	};
}

static int bench_prepare(void)
{
	const struct tsmreq_call on_page = tdi_info(TSMREQ_SHAPE_GHCB_PAGE);
	const struct tsmreq_call in_run = tdi_info(TSMREQ_SHAPE_VMGEXIT_TIO);
	struct tsmreq_buffer header = {bench_header, sizeof(bench_header), 0};

	return tsmreq_kvm_encode_call(TSMREQ_KVM_CCA_V7, &mapping, bench_kvm_run,
				      sizeof(bench_kvm_run)) ||
	       tsmreq_ghci_encode_command(&report, &header) ||
	       tsmreq_ghcb_encode_call(SEV_ABI, &on_page, bench_page, sizeof(bench_page)) ||
	       tsmreq_vmgexit_encode_call(SEV_ABI, &in_run, bench_exit, sizeof(bench_exit)) ||
	       tsmreq_snp_encode_message(&on_page, bench_message, sizeof(bench_message));
}

static int bench_rhi_decode(struct tsmreq_call *call)
{
	return tsmreq_rhi_decode(&rhi_exit, 0, call);
}

static int bench_kvm_decode(struct tsmreq_call *call)
{
	const struct tsmreq_bytes run = {bench_kvm_run, sizeof(bench_kvm_run)};

	return tsmreq_kvm_decode(TSMREQ_KVM_CCA_V7, run, UINT64_C(1) << 47, call);
}

static int bench_tdcm_decode(struct tsmreq_call *call)
{
	const struct tsmreq_bytes header = {bench_header, sizeof(bench_header)};

	return tsmreq_ghci_decode(&tdx_opts, &tdx_exit, call) ||
	       tsmreq_ghci_decode_header(header, call);
}

static int bench_ghcb_decode(struct tsmreq_call *call)
{
	const struct tsmreq_bytes page = {bench_page, sizeof(bench_page)};
	const struct tsmreq_bytes message = {bench_message, sizeof(bench_message)};
	const struct tsmreq_bytes nonce = {bench_report, TSMREQ_NONCE_SIZE};

	return tsmreq_ghcb_decode(SEV_ABI, page, call) ||
	       tsmreq_snp_decode_message(SEV_ABI, message, call) ||
	       tsmreq_snp_decode_nonce(nonce, call);
}

static int bench_vmgexit_decode(struct tsmreq_call *call)
{
	const struct tsmreq_bytes exit = {bench_exit, sizeof(bench_exit)};
	const struct tsmreq_bytes message = {bench_message, sizeof(bench_message)};
	const struct tsmreq_bytes nonce = {bench_report, TSMREQ_NONCE_SIZE};

	return tsmreq_vmgexit_decode(SEV_ABI, exit, call) ||
	       tsmreq_snp_decode_message(SEV_ABI, message, call) ||
	       tsmreq_snp_decode_nonce(nonce, call);
}

static int bench_rhi_encode(const struct tsmreq_call *call, const struct tsmreq_answer *answer)
{
	struct tsmreq_rhi_regs regs;

	return tsmreq_rhi_encode(call, answer, &regs);
}

static int bench_kvm_encode(const struct tsmreq_call *call, const struct tsmreq_answer *answer)
{
	enum tsmreq_action action;

	return tsmreq_kvm_encode(call, answer, bench_kvm_run, sizeof(bench_kvm_run), &action);
}

static int bench_tdcm_encode(const struct tsmreq_call *call, const struct tsmreq_answer *answer)
{
	struct tsmreq_ghci_reply reply;

	return tsmreq_ghci_encode(call, answer, &reply);
}

static int bench_ghcb_encode(const struct tsmreq_call *call, const struct tsmreq_answer *answer)
{
	struct tsmreq_ghcb_regs regs;

	return tsmreq_ghcb_encode(SEV_ABI, call, answer, &regs);
}

static int bench_vmgexit_encode(const struct tsmreq_call *call, const struct tsmreq_answer *answer)
{
	return tsmreq_vmgexit_encode(call, answer, bench_exit, sizeof(bench_exit));
}

/* Without an encoder it is the decoder that is run many times. */
static const struct bench {
	const char *name;
	enum tsmreq_call_kind kind;
	int (*decode)(struct tsmreq_call *call);
	int (*encode)(const struct tsmreq_call *call, const struct tsmreq_answer *answer);
} benches[] = {
	{"rhi-decode", TSMREQ_CALL_READ_OBJECT, bench_rhi_decode, NULL},
	{"rhi-encode", TSMREQ_CALL_READ_OBJECT, bench_rhi_decode, bench_rhi_encode},
	{"kvm-decode", TSMREQ_CALL_VALIDATE_MMIO, bench_kvm_decode, NULL},
	{"kvm-encode", TSMREQ_CALL_VALIDATE_MMIO, bench_kvm_decode, bench_kvm_encode},
	{"tdcm-decode", TSMREQ_CALL_READ_OBJECT, bench_tdcm_decode, NULL},
	{"tdcm-encode", TSMREQ_CALL_READ_OBJECT, bench_tdcm_decode, bench_tdcm_encode},
	{"ghcb-decode", TSMREQ_CALL_TDI_INFO, bench_ghcb_decode, NULL},
	{"ghcb-encode", TSMREQ_CALL_TDI_INFO, bench_ghcb_decode, bench_ghcb_encode},
	{"vmgexit-decode", TSMREQ_CALL_TDI_INFO, bench_vmgexit_decode, NULL},
	{"vmgexit-encode", TSMREQ_CALL_TDI_INFO, bench_vmgexit_decode, bench_vmgexit_encode},
};

const char *bench_name(size_t i)
{
	return i < sizeof(benches) / sizeof(benches[0]) ? benches[i].name : NULL;
}

int bench_run(size_t i, unsigned long times)
{
	const struct bench *bench = &benches[i];
	const struct tsmreq_answer answer = {
		.value = 2,
		.result.outcome = TSMREQ_OUTCOME_COMPLETED,
		.tdi_state = TSMREQ_TDI_RUN,
		.data = {bench_report, sizeof(bench_report)},
	};
	struct tsmreq_call call = {0};
	int rc = bench_prepare() || bench->decode(&call) || call.kind != bench->kind;

	for (; !rc && times; times--)
		rc = bench->encode ? bench->encode(&call, &answer) : bench->decode(&call);
	return rc;
}
