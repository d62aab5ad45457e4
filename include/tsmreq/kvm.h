/* SPDX-License-Identifier: MIT */
#ifndef TSMREQ_KVM_H
#define TSMREQ_KVM_H

#include <stdbool.h>
#include <tsmreq/call.h>

TSMREQ_BEGIN_DECLS

/*
 * The KVM exits that carry device assignment, over the bytes of struct kvm_run: no kernel header is
 * needed. Trees reuse exit numbers (40, 42) and reasons (8, 9) for different things; only the
 * selector tells them apart, nothing is guessed from the bytes.
 */
enum tsmreq_kvm_abi {
	TSMREQ_KVM_CCA_V2 = 1,	      /* March 2026: TIO exit of 48 bytes, reasons 8 and 9 */
	TSMREQ_KVM_CCA_V4 = 2,	      /* April and May 2026 (v4, v5): 56 bytes, reason 9 */
	TSMREQ_KVM_CCA_V6 = 3,	      /* june, v6-like, v6-objects: no TIO exit */
	TSMREQ_KVM_CCA_V7 = 4,	      /* cca-v7: 56 bytes, reason 8 */
	TSMREQ_KVM_TDX = 5,	      /* upstream: KVM_EXIT_TDX is 40 and carries nothing of ours */
	TSMREQ_KVM_TDX_OLD = 6,	      /* out of tree, 2023 to 2025: known only to be left alone */
	TSMREQ_KVM_SEV_RFC1 = 7,      /* August 2024: KVM_EXIT_VMGEXIT is 40, 12 bytes */
	TSMREQ_KVM_SEV_RFC2 = 8,      /* February 2025: 40, 56 bytes */
	TSMREQ_KVM_SEV_TIO = 9,	      /* 2026: 42, 56 bytes; certificates 43 */
	TSMREQ_KVM_SEV = 10,	      /* upstream: no TIO; certificates 43 */
	TSMREQ_KVM_SEV_CERTS_42 = 11, /* the posting of January 2026: certificates 42 */
	TSMREQ_KVM_ABI_FORCE_S32_ = INT32_MAX
};

/* struct kvm_run: where the exit reason and the exit's own part are, and how much is ever needed.
 */
#define TSMREQ_KVM_RUN_EXIT_REASON 8u
#define TSMREQ_KVM_RUN_EXIT	   32u
#define TSMREQ_KVM_RUN_SIZE	   104u

/*
 * @run is a private copy of the head of kvm_run; TSMREQ_KVM_RUN_SIZE bytes do for every exit.
 *
 *	hypercall of RHI's (CCA)	PENDING, next RHI_REGISTERS: fetch x0..x7, u.hypercall has
 *					the rest of struct tsmreq_rhi_exit
 *	TIO (CCA)			complete
 *	memory fault (CCA)		complete
 *	VMGEXIT (SEV)			PENDING, next SEV_EXIT: the part from byte 32 on
 *	SNP_REQ_CERTS (SEV)		complete
 *	everything else			NONE
 *
 * @shared_base is CCA's first address with the shared bit, 1 << (IPA width - 1): device memory ends
 * below it.
 */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_kvm_decode(enum tsmreq_kvm_abi abi, struct tsmreq_bytes run, uint64_t shared_base,
		      struct tsmreq_call *ret);

/*
 * KVM presets the TIO response to "accept", so an exit nobody handles authorises the mapping. Call
 * this on kvm_run itself before anything else: a TIO exit is then rejected until encode() says
 * otherwise. Any other exit is left alone.
 */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_kvm_preset(enum tsmreq_kvm_abi abi, void *run, size_t size);

/*
 * Writes the answer of a call that came from decode() into kvm_run, and says what to do with the
 * vCPU. @answer may be NULL for a REJECT. SNP_REQ_CERTS: rc 0, -ENOSPC with the pages needed as
 * value, -EAGAIN; anything else is a failure. -EINVAL for a shape that is not answered in kvm_run.
 */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_kvm_encode(const struct tsmreq_call *call, const struct tsmreq_answer *answer, void *run,
		      size_t size, enum tsmreq_action *ret_action);

/* The way back, for guests in tests and examples: decode() of it gives @call again. */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_kvm_encode_call(enum tsmreq_kvm_abi abi, const struct tsmreq_call *call, void *run,
			   size_t size);

/* arm64 KVM_GET_ONE_REG / KVM_SET_ONE_REG: the id of x<n> is X0 + n * STEP. */
#define TSMREQ_KVM_REG_ARM64_X0	  0x6030000000100000u
#define TSMREQ_KVM_REG_ARM64_STEP 2u

/* KVM_SET_DEVICE_ATTR on the VM descriptor, before the first vCPU runs. */
#define TSMREQ_KVM_SMCCC_GROUP 0u
#define TSMREQ_KVM_SMCCC_ATTR  0u

/* The kernel's struct kvm_smccc_filter, ready to be pointed at. */
struct tsmreq_kvm_smccc_filter {
	uint32_t base;
	uint32_t nr_functions;
	uint8_t action; /* 2: forward to user space */
	uint8_t pad[15];
};

/*
 * The filters to install for a guest that is answered @features (rhi.h): without them it gets -1
 * and the VMM sees nothing. Each is one KVM_SET_DEVICE_ATTR; if one fails, discard the VM. i from 0
 * until false.
 */
TSMREQ_PUBLIC
bool tsmreq_kvm_smccc_filter_at(uint64_t features, unsigned int i,
				struct tsmreq_kvm_smccc_filter *ret);

/* Static, never NULL; "unknown" for what this version cannot name. */
TSMREQ_PUBLIC
const char *tsmreq_kvm_abi_to_string(enum tsmreq_kvm_abi abi);
/* 0, or -EINVAL for a word that is not in the list. */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_kvm_abi_from_string(const char *word, enum tsmreq_kvm_abi *ret);

TSMREQ_END_DECLS
#endif
