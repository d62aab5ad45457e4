/* SPDX-License-Identifier: MIT */
#include "base/bytes.h"
#include "decode/count.h"
#include "decode/refuse.h"
#include <errno.h>
#include <string.h>
#include <tsmreq/kvm.h>
#include <tsmreq/rhi.h>

/* Exit reasons that mean the same in every tree. */
#define EXIT_HYPERCALL	  3u
#define EXIT_MEMORY_FAULT 39u
#define EXIT_ARM64_TIO	  44u

/* Offsets in struct kvm_run. */
#define HYPERCALL_NR	32u
#define HYPERCALL_FLAGS 96u
#define HYPERCALL_END	104u

#define TIO_FLAGS    32u
#define TIO_NR	     40u
#define TIO_VDEV_ID  48u
#define TIO_BASE     56u
#define TIO_TOP	     64u
#define TIO_PA	     72u
#define TIO_RESPONSE 80u
#define TIO_END	     88u

#define FAULT_FLAGS   32u
#define FAULT_GPA     40u
#define FAULT_SIZE    48u
#define FAULT_END     56u
#define FAULT_PRIVATE 0x8u

#define CERTS_GPA   32u
#define CERTS_PAGES 40u
#define CERTS_RET   48u
#define CERTS_END   56u

/* ret of SNP_REQ_CERTS: x86's errno numbers are the wire, whatever machine this is. */
#define CERTS_EIO    5u
#define CERTS_EAGAIN 11u
#define CERTS_ENOSPC 28u

#define GRANULE_MASK 0xfffu
#define TIO_ACCEPT   0u
#define TIO_REJECT   UINT64_MAX

/* What a tree does where trees differ; 0: it has no such exit or reason. */
struct abi {
	const char *name;
	enum tsmreq_arch arch;
	uint32_t tio_end;     /* one past the TIO exit */
	uint32_t tio_map;     /* its reason for a mapping */
	uint32_t tio_request; /* its reason for a device look-up */
	uint32_t vmgexit;     /* exit reason */
	uint32_t certs;	      /* exit reason */
	bool hypercall_flags; /* filled in; else they mean nothing */
};

static const struct abi abis[] = {
	[TSMREQ_KVM_CCA_V2] =
		{
			.name = "cca-v2",
			.arch = TSMREQ_ARCH_CCA,
			.tio_end = TIO_RESPONSE,
			.tio_map = 9,
			.tio_request = 8,
		},
	[TSMREQ_KVM_CCA_V4] =
		{
			.name = "cca-v4",
			.arch = TSMREQ_ARCH_CCA,
			.tio_end = TIO_END,
			.tio_map = 9,
		},
	[TSMREQ_KVM_CCA_V6] =
		{
			.name = "cca-v6",
			.arch = TSMREQ_ARCH_CCA,
			.hypercall_flags = true,
		},
	[TSMREQ_KVM_CCA_V7] =
		{
			.name = "cca-v7",
			.arch = TSMREQ_ARCH_CCA,
			.tio_end = TIO_END,
			.tio_map = 8,
			.hypercall_flags = true,
		},
	[TSMREQ_KVM_TDX] = {.name = "tdx", .arch = TSMREQ_ARCH_TDX},
	[TSMREQ_KVM_TDX_OLD] = {.name = "tdx-old", .arch = TSMREQ_ARCH_TDX},
	[TSMREQ_KVM_SEV_RFC1] = {.name = "sev-rfc1", .arch = TSMREQ_ARCH_SEV, .vmgexit = 40},
	[TSMREQ_KVM_SEV_RFC2] = {.name = "sev-rfc2", .arch = TSMREQ_ARCH_SEV, .vmgexit = 40},
	[TSMREQ_KVM_SEV_TIO] =
		{
			.name = "sev-tio",
			.arch = TSMREQ_ARCH_SEV,
			.vmgexit = 42,
			.certs = 43,
		},
	[TSMREQ_KVM_SEV] = {.name = "sev", .arch = TSMREQ_ARCH_SEV, .certs = 43},
	[TSMREQ_KVM_SEV_CERTS_42] = {.name = "sev-certs-42", .arch = TSMREQ_ARCH_SEV, .certs = 42},
};

static const struct abi *find_abi(enum tsmreq_kvm_abi abi)
{
	return abi >= TSMREQ_KVM_CCA_V2 && (size_t)abi < COUNT(abis) ? &abis[abi] : NULL;
}

static int decode_hypercall(const struct abi *abi, struct tsmreq_bytes run,
			    struct tsmreq_call *call)
{
	const uint8_t *bytes = run.data;
	uint64_t nr;

	if (run.size < HYPERCALL_END)
		return -EMSGSIZE;
	nr = tsmreq_load_le64(bytes + HYPERCALL_NR);
	if (!tsmreq_rhi_is_ours(nr))
		return 0;

	call->kind = TSMREQ_CALL_PENDING;
	call->arch = abi->arch;
	call->shape = TSMREQ_SHAPE_RHI;
	call->next = TSMREQ_NEXT_RHI_REGISTERS;
	call->u.hypercall.nr = nr;
	if (abi->hypercall_flags)
		call->u.hypercall.flags = tsmreq_load_le64(bytes + HYPERCALL_FLAGS);
	return 0;
}

static int refuse_tio(struct tsmreq_call *call, enum tsmreq_reason reason)
{
	return tsmreq_call_refuse(call, reason, TIO_REJECT, 0, 0);
}

static int decode_tio_range(const uint8_t *bytes, uint64_t shared_base, struct tsmreq_call *call)
{
	const uint64_t base = tsmreq_load_le64(bytes + TIO_BASE);
	const uint64_t top = tsmreq_load_le64(bytes + TIO_TOP);
	const uint64_t pa = tsmreq_load_le64(bytes + TIO_PA);
	uint64_t end;

	if (base >= top)
		return refuse_tio(call, TSMREQ_REASON_BAD_RANGE);
	if ((base | top | pa) & GRANULE_MASK)
		return refuse_tio(call, TSMREQ_REASON_BAD_ALIGNMENT);
	if (top > shared_base)
		return refuse_tio(call, TSMREQ_REASON_BAD_ADDRESS);
	if (__builtin_add_overflow(pa, top - base, &end))
		return refuse_tio(call, TSMREQ_REASON_BAD_RANGE);

	call->kind = TSMREQ_CALL_VALIDATE_MMIO;
	call->u.mmio.base.raw = base;
	call->u.mmio.size = top - base;
	call->u.mmio.host_base = pa;
	call->u.mmio.to_private = TSMREQ_YES;
	call->u.mmio.range = TSMREQ_RANGE_NONE;
	return 0;
}

static int decode_tio(const struct abi *abi, struct tsmreq_bytes run, uint64_t shared_base,
		      struct tsmreq_call *call)
{
	const uint8_t *bytes = run.data;
	uint64_t nr, dev;

	if (!abi->tio_end)
		return 0;
	if (run.size < abi->tio_end)
		return -EMSGSIZE;
	nr = tsmreq_load_le64(bytes + TIO_NR);
	dev = tsmreq_load_le64(bytes + TIO_VDEV_ID);

	call->arch = abi->arch;
	call->shape = abi->tio_end < TIO_END ? TSMREQ_SHAPE_TIO_REENTER : TSMREQ_SHAPE_TIO_RESPONSE;
	if (nr != abi->tio_map && (!abi->tio_request || nr != abi->tio_request))
		return refuse_tio(call, TSMREQ_REASON_BAD_FUNCTION);
	if (tsmreq_load_le64(bytes + TIO_FLAGS))
		return refuse_tio(call, TSMREQ_REASON_BAD_FLAGS);
	if (dev > UINT32_MAX)
		return refuse_tio(call, TSMREQ_REASON_BAD_GUEST);
	call->dev.raw = dev;

	if (nr == abi->tio_map)
		return decode_tio_range(bytes, shared_base, call);
	/* a look-up: the kernel fills in no range */
	call->kind = TSMREQ_CALL_VDEV_REQUEST;
	return 0;
}

static int decode_fault(const struct abi *abi, struct tsmreq_bytes run, struct tsmreq_call *call)
{
	const uint8_t *bytes = run.data;

	if (run.size < FAULT_END)
		return -EMSGSIZE;
	call->kind = TSMREQ_CALL_MEMORY_FAULT;
	call->arch = abi->arch;
	call->shape = TSMREQ_SHAPE_MEMORY_FAULT;
	call->u.fault.base.raw = tsmreq_load_le64(bytes + FAULT_GPA);
	call->u.fault.size = tsmreq_load_le64(bytes + FAULT_SIZE);
	call->u.fault.flags = tsmreq_load_le64(bytes + FAULT_FLAGS);
	call->u.fault.to_private = call->u.fault.flags & FAULT_PRIVATE ? 1 : 0;
	return 0;
}

static int decode_certs(const struct abi *abi, struct tsmreq_bytes run, struct tsmreq_call *call)
{
	const uint8_t *bytes = run.data;

	if (run.size < CERTS_END)
		return -EMSGSIZE;
	call->kind = TSMREQ_CALL_SNP_REQ_CERTS;
	call->arch = abi->arch;
	call->shape = TSMREQ_SHAPE_SNP_CERTS;
	call->u.certs.gpa.raw = tsmreq_load_le64(bytes + CERTS_GPA);
	call->u.certs.pages = tsmreq_load_le64(bytes + CERTS_PAGES);
	return 0;
}

/* The exit part itself is ghcb.c's: here only that there is one. */
static int decode_vmgexit(const struct abi *abi, struct tsmreq_call *call)
{
	call->kind = TSMREQ_CALL_PENDING;
	call->arch = abi->arch;
	call->next = TSMREQ_NEXT_SEV_EXIT;
	return 0;
}

int tsmreq_kvm_decode(enum tsmreq_kvm_abi abi, struct tsmreq_bytes run, uint64_t shared_base,
		      struct tsmreq_call *ret)
{
	const struct abi *row = find_abi(abi);
	uint32_t reason;

	tsmreq_call_clear(ret);
	if (!row)
		return -EINVAL;
	if (run.size < TSMREQ_KVM_RUN_EXIT_REASON + sizeof(reason))
		return -EMSGSIZE;
	reason = tsmreq_load_le32((const uint8_t *)run.data + TSMREQ_KVM_RUN_EXIT_REASON);

	if (row->arch == TSMREQ_ARCH_CCA) {
		if (reason == EXIT_HYPERCALL)
			return decode_hypercall(row, run, ret);
		if (reason == EXIT_ARM64_TIO)
			return decode_tio(row, run, shared_base, ret);
		if (reason == EXIT_MEMORY_FAULT)
			return decode_fault(row, run, ret);
	}
	if (row->vmgexit && reason == row->vmgexit)
		return decode_vmgexit(row, ret);
	if (row->certs && reason == row->certs)
		return decode_certs(row, run, ret);
	return 0;
}

int tsmreq_kvm_preset(enum tsmreq_kvm_abi abi, void *run, size_t size)
{
	const struct abi *row = find_abi(abi);
	uint8_t *bytes = run;

	if (!row)
		return -EINVAL;
	if (size < TSMREQ_KVM_RUN_EXIT_REASON + sizeof(uint32_t))
		return -EMSGSIZE;
	if (row->tio_end < TIO_END ||
	    tsmreq_load_le32(bytes + TSMREQ_KVM_RUN_EXIT_REASON) != EXIT_ARM64_TIO)
		return 0;
	if (size < TIO_END)
		return -EMSGSIZE;
	tsmreq_store_le64(bytes + TIO_RESPONSE, TIO_REJECT);
	return 0;
}

static int encode_certs(const struct tsmreq_answer *answer, uint8_t *bytes, size_t size)
{
	uint64_t code = CERTS_EIO;

	if (size < CERTS_END)
		return -EMSGSIZE;
	if (!answer->rc) {
		code = 0;
	} else if (answer->rc == -EAGAIN) {
		code = CERTS_EAGAIN;
	} else if (answer->rc == -ENOSPC) {
		code = CERTS_ENOSPC;
		tsmreq_store_le64(bytes + CERTS_PAGES, answer->value);
	}
	tsmreq_store_le64(bytes + CERTS_RET, code);
	return 0;
}

int tsmreq_kvm_encode(const struct tsmreq_call *call, const struct tsmreq_answer *answer, void *run,
		      size_t size, enum tsmreq_action *ret_action)
{
	const bool done = call->kind != TSMREQ_CALL_REJECT && !answer->rc;

	*ret_action = TSMREQ_ACTION_RESUME;
	if (call->shape == TSMREQ_SHAPE_TIO_REENTER) {
		/* this kernel cannot be told "no": on re-entry the guest would see no progress */
		*ret_action = done ? TSMREQ_ACTION_REENTER : TSMREQ_ACTION_STOP;
		return 0;
	}
	if (call->shape == TSMREQ_SHAPE_TIO_RESPONSE) {
		if (size < TIO_END)
			return -EMSGSIZE;
		tsmreq_store_le64((uint8_t *)run + TIO_RESPONSE, done ? TIO_ACCEPT : TIO_REJECT);
		return 0;
	}
	if (call->shape == TSMREQ_SHAPE_SNP_CERTS)
		return encode_certs(answer, run, size);
	return -EINVAL;
}

/* 0, or -EINVAL for a call that this tree has no exit for. */
static int encode_exit(const struct abi *abi, const struct tsmreq_call *call, uint8_t *bytes)
{
	uint8_t *reason = bytes + TSMREQ_KVM_RUN_EXIT_REASON;
	const bool cca = abi->arch == TSMREQ_ARCH_CCA;

	if (cca && call->next == TSMREQ_NEXT_RHI_REGISTERS) {
		tsmreq_store_le32(reason, EXIT_HYPERCALL);
		tsmreq_store_le64(bytes + HYPERCALL_NR, call->u.hypercall.nr);
		tsmreq_store_le64(bytes + HYPERCALL_FLAGS, call->u.hypercall.flags);
		return 0;
	}
	if (abi->tio_map && call->kind == TSMREQ_CALL_VALIDATE_MMIO) {
		tsmreq_store_le32(reason, EXIT_ARM64_TIO);
		tsmreq_store_le64(bytes + TIO_NR, abi->tio_map);
		tsmreq_store_le64(bytes + TIO_VDEV_ID, call->dev.raw);
		tsmreq_store_le64(bytes + TIO_BASE, call->u.mmio.base.raw);
		tsmreq_store_le64(bytes + TIO_TOP, call->u.mmio.base.raw + call->u.mmio.size);
		tsmreq_store_le64(bytes + TIO_PA, call->u.mmio.host_base);
		return 0;
	}
	if (abi->tio_request && call->kind == TSMREQ_CALL_VDEV_REQUEST) {
		tsmreq_store_le32(reason, EXIT_ARM64_TIO);
		tsmreq_store_le64(bytes + TIO_NR, abi->tio_request);
		tsmreq_store_le64(bytes + TIO_VDEV_ID, call->dev.raw);
		return 0;
	}
	if (cca && call->kind == TSMREQ_CALL_MEMORY_FAULT) {
		tsmreq_store_le32(reason, EXIT_MEMORY_FAULT);
		tsmreq_store_le64(bytes + FAULT_GPA, call->u.fault.base.raw);
		tsmreq_store_le64(bytes + FAULT_SIZE, call->u.fault.size);
		tsmreq_store_le64(bytes + FAULT_FLAGS, call->u.fault.flags);
		return 0;
	}
	if (abi->certs && call->kind == TSMREQ_CALL_SNP_REQ_CERTS) {
		tsmreq_store_le32(reason, abi->certs);
		tsmreq_store_le64(bytes + CERTS_GPA, call->u.certs.gpa.raw);
		tsmreq_store_le64(bytes + CERTS_PAGES, call->u.certs.pages);
		return 0;
	}
	return -EINVAL;
}

int tsmreq_kvm_encode_call(enum tsmreq_kvm_abi abi, const struct tsmreq_call *call, void *run,
			   size_t size)
{
	const struct abi *row = find_abi(abi);

	if (!row)
		return -EINVAL;
	if (size < TSMREQ_KVM_RUN_SIZE)
		return -EMSGSIZE;
	memset((uint8_t *)run + TSMREQ_KVM_RUN_EXIT, 0, TSMREQ_KVM_RUN_SIZE - TSMREQ_KVM_RUN_EXIT);
	return encode_exit(row, call, run);
}

#define SMCCC_FORWARD 2u
#define LONG_CALLS \
	(TSMREQ_RHI_FEATURE_CONTINUE | TSMREQ_RHI_FEATURE_P2P_UNBIND | TSMREQ_RHI_FEATURE_ABORT)

/* No two overlap, and none covers HOSTCONF, which KVM or somebody else answers. */
static const struct filter {
	uint32_t base;
	uint32_t nr_functions;
	bool long_calls; /* only where long operations are offered */
} filters[] = {
	{TSMREQ_RHI_VERSION, 1, true},	       {TSMREQ_RHI_FEATURES, 3, false},
	{TSMREQ_RHI_VDEV_CONTINUE, 1, true},   {TSMREQ_RHI_VDEV_GET_MEASUREMENTS, 3, false},
	{TSMREQ_RHI_VDEV_P2P_UNBIND, 2, true},
};

bool tsmreq_kvm_smccc_filter_at(uint64_t features, unsigned int i,
				struct tsmreq_kvm_smccc_filter *ret)
{
	for (size_t row = 0; row < COUNT(filters); row++) {
		if (filters[row].long_calls && !(features & LONG_CALLS))
			continue;
		if (i--)
			continue;
		memset(ret, 0, sizeof(*ret));
		ret->base = filters[row].base;
		ret->nr_functions = filters[row].nr_functions;
		ret->action = SMCCC_FORWARD;
		return true;
	}
	return false;
}

const char *tsmreq_kvm_abi_to_string(enum tsmreq_kvm_abi abi)
{
	const struct abi *row = find_abi(abi);

	return row ? row->name : "unknown";
}

int tsmreq_kvm_abi_from_string(const char *word, enum tsmreq_kvm_abi *ret)
{
	for (size_t i = TSMREQ_KVM_CCA_V2; i < COUNT(abis); i++)
		if (!strcmp(word, abis[i].name)) {
			*ret = (enum tsmreq_kvm_abi)i;
			return 0;
		}
	return -EINVAL;
}
