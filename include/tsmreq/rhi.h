/* SPDX-License-Identifier: MIT */
#ifndef TSMREQ_RHI_H
#define TSMREQ_RHI_H

#include <stdbool.h>
#include <tsmreq/call.h>

TSMREQ_BEGIN_DECLS

/*
 * Arm CCA: the device-assignment calls of the Realm Host Interface, in the numbering of all series
 * since March 2026 (RHI 1.0-BET1). Everything is compared at 64 bits, nothing is cut short, and
 * registers a call does not define are never looked at: guests leave garbage in them.
 */

/* Function numbers, as they stand in x0. */
#define TSMREQ_RHI_VERSION		     0xc500004au
#define TSMREQ_RHI_FEATURES		     0xc500004bu
#define TSMREQ_RHI_OBJECT_SIZE		     0xc500004cu
#define TSMREQ_RHI_OBJECT_READ		     0xc500004du
#define TSMREQ_RHI_VDEV_CONTINUE	     0xc5000051u
#define TSMREQ_RHI_VDEV_GET_MEASUREMENTS     0xc5000052u
#define TSMREQ_RHI_VDEV_GET_INTERFACE_REPORT 0xc5000053u
#define TSMREQ_RHI_VDEV_SET_TDI_STATE	     0xc5000054u
#define TSMREQ_RHI_VDEV_P2P_UNBIND	     0xc5000055u
#define TSMREQ_RHI_VDEV_ABORT		     0xc5000056u

/* What VERSION answers. */
#define TSMREQ_RHI_VERSION_1_0 0x10000u

/* x0 of every answer but those of VERSION and FEATURES, which know only NOT_SUPPORTED. */
#define TSMREQ_RHI_SUCCESS	       0u
#define TSMREQ_RHI_INCOMPLETE	       1u /* x1: a handle, never 0; from CONTINUE 0 */
#define TSMREQ_RHI_DATA_NOT_AVAILABLE  2u
#define TSMREQ_RHI_INVALID_VDEV_ID     3u
#define TSMREQ_RHI_INVALID_OBJECT      4u
#define TSMREQ_RHI_INPUT	       5u
#define TSMREQ_RHI_DEVICE	       6u
#define TSMREQ_RHI_INVALID_OFFSET      7u
#define TSMREQ_RHI_ACCESS_FAILED       8u
#define TSMREQ_RHI_BUSY		       9u /* Linux tries again for ever: only for what passes */
#define TSMREQ_RHI_ABORT_HAD_COMPLETED 10u
#define TSMREQ_RHI_OBJECT_UNSUPPORTED  11u
#define TSMREQ_RHI_NOT_SUPPORTED       UINT64_MAX

/* Bits of FEATURES. */
#define TSMREQ_RHI_FEATURE_OBJECT_SIZE	    0x01u
#define TSMREQ_RHI_FEATURE_OBJECT_READ	    0x02u
#define TSMREQ_RHI_FEATURE_CONTINUE	    0x04u
#define TSMREQ_RHI_FEATURE_MEASUREMENTS	    0x08u
#define TSMREQ_RHI_FEATURE_INTERFACE_REPORT 0x10u
#define TSMREQ_RHI_FEATURE_SET_TDI_STATE    0x20u
#define TSMREQ_RHI_FEATURE_P2P_UNBIND	    0x40u
#define TSMREQ_RHI_FEATURE_ABORT	    0x80u

/* The least a Linux guest wants, and what a synchronous VMM answers. */
#define TSMREQ_RHI_FEATURES_DEFAULT 0x3bu
/* With long operations: the most that can honestly be offered. */
#define TSMREQ_RHI_FEATURES_ALL 0xbfu

/* The other reading where public sources disagree. (guest): acted on by the guest room alone. */
#define TSMREQ_RHI_QUIRK_TDI_STATE_INPUT     0x001u /* bad TDI state: 5, not 4 */
#define TSMREQ_RHI_QUIRK_OFFSET_SLICE	     0x002u /* READ: the offset may pass max_len */
#define TSMREQ_RHI_QUIRK_READ_EXACT	     0x004u /* READ past the object's end: 7, not short */
#define TSMREQ_RHI_QUIRK_LENGTH0_OFFSET	     0x008u /* READ of nothing: 7, not 5 */
#define TSMREQ_RHI_QUIRK_OBJECT4_INVALID     0x010u /* object 4: 4, not 11 */
#define TSMREQ_RHI_QUIRK_VCA_IS_4	     0x020u /* object 4 is the VCA, as 0 is */
#define TSMREQ_RHI_QUIRK_HANDLE_VDEV	     0x040u /* (guest) unknown handle: 3, not 6 */
#define TSMREQ_RHI_QUIRK_CONTINUE_ANY_HANDLE 0x080u /* (guest) x2 of CONTINUE is not looked at */
#define TSMREQ_RHI_QUIRK_MEAS_BLOCK_OLD	     0x100u /* parameter block of 2025 */
#define TSMREQ_RHI_QUIRK_MEAS_FLAGS_PASS     0x200u /* measurement flags are handed on */
#define TSMREQ_RHI_QUIRK_TDI_PASS	     0x400u /* (guest) the kernel judges state steps */
#define TSMREQ_RHI_QUIRKS		     0x7ffu

/* The measurement parameter block: what is read of it. */
#define TSMREQ_RHI_PARAMETERS_SIZE     0x120u
#define TSMREQ_RHI_PARAMETERS_SIZE_OLD 0x220u

/* KVM_EXIT_HYPERCALL and the registers behind it. */
struct tsmreq_rhi_exit {
	uint64_t nr;	/* kvm_run.hypercall.nr: the low half of x0 */
	uint64_t flags; /* kvm_run.hypercall.flags; 0 where the kernel does not fill them (v2 to v5)
			 */
	uint64_t x[8];	/* x0..x7 */
};

/* x0..x3 of the answer. All four are written; the guest's other registers are left alone. */
struct tsmreq_rhi_regs {
	uint64_t x[4];
};

/* Whether a function number is one of ours: for a foreign one no register need be fetched. */
TSMREQ_PUBLIC
bool tsmreq_rhi_is_ours(uint64_t nr);

/* From the registers. GET_MEASUREMENTS comes back with next RHI_PARAMETERS. */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_rhi_decode(const struct tsmreq_rhi_exit *exit, uint32_t quirks, struct tsmreq_call *ret);
/* From the parameter block: @block is a private copy of all of call->read[0]. */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_rhi_decode_parameters(struct tsmreq_bytes block, uint32_t quirks,
				 struct tsmreq_call *call);

/* Whether the call is in the FEATURES the VMM answers; judged after decoding, before the device is
 * looked up. P2P_UNBIND never is, VERSION and FEATURES always are. */
TSMREQ_PUBLIC
bool tsmreq_rhi_is_offered(const struct tsmreq_call *call, uint64_t features);

/*
 * READ_OBJECT against the size the kernel told: how many bytes go to the guest, from
 * call->u.object.offset on. The status to answer with, SUCCESS if it may be read.
 */
TSMREQ_PUBLIC
uint64_t tsmreq_rhi_slice(const struct tsmreq_call *call, uint32_t quirks, uint64_t object_size,
			  uint64_t *ret_length);

/* The answer. A REJECT answers itself: @answer may be NULL. -EINVAL for a call that is not RHI's,
 * or is not decoded to its end. */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_rhi_encode(const struct tsmreq_call *call, const struct tsmreq_answer *answer,
		      struct tsmreq_rhi_regs *ret);
/* An answer that no errno says: INCOMPLETE with its handle, 7, 10, and what CONTINUE tells. */
TSMREQ_PUBLIC
void tsmreq_rhi_encode_status(uint64_t status, uint64_t x1, struct tsmreq_rhi_regs *ret);
/* What an errno of a typed call becomes; @flags of struct tsmreq_answer. */
TSMREQ_PUBLIC
uint64_t tsmreq_rhi_status_from_errno(enum tsmreq_call_kind kind, uint32_t flags, int rc);

/* The way back, for guests in tests and examples: decode() of it gives @call again. */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_rhi_encode_call(const struct tsmreq_call *call, struct tsmreq_rhi_exit *ret);
/* The parameter block of a measurement call, 0x120 or 0x220 bytes; -EMSGSIZE if @dst is smaller. */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_rhi_encode_parameters(const struct tsmreq_call *call, uint32_t quirks,
				 struct tsmreq_buffer *dst);

/* Tables, for printing: i from 0 until false. */

enum tsmreq_rhi_numbering {
	TSMREQ_RHI_NUMBERING_FINAL = 0, /* RHI 1.0-BET1, since March 2026: the one that is served */
	TSMREQ_RHI_NUMBERING_2025_07 = 1, /* known from traces only */
	TSMREQ_RHI_NUMBERING_2025_11 = 2, /* known from traces only */
	TSMREQ_RHI_NUMBERING_FORCE_S32_ = INT32_MAX
};

struct tsmreq_rhi_function {
	const char *name;
	enum tsmreq_rhi_numbering numbering;
	uint32_t number;
	uint32_t served;   /* 1: decoded by this library */
	uint32_t reserved; /* 0 */
};

TSMREQ_PUBLIC
bool tsmreq_rhi_function_at(unsigned int i, struct tsmreq_rhi_function *ret);
/* Static, never NULL; "unknown" for a number that numbering does not have. */
TSMREQ_PUBLIC
const char *tsmreq_rhi_function_to_string(enum tsmreq_rhi_numbering numbering, uint64_t number);

enum tsmreq_rhi_when {
	TSMREQ_RHI_WHEN_ANY = 0,
	TSMREQ_RHI_WHEN_READ = 1, /* OBJECT_SIZE, OBJECT_READ */
	TSMREQ_RHI_WHEN_BIND = 2, /* TSMREQ_ANSWER_BIND */
	TSMREQ_RHI_WHEN_FORCE_S32_ = INT32_MAX
};

/* The first row that fits decides; the last one fits everything. */
struct tsmreq_rhi_errno {
	uint64_t status;
	int32_t error; /* positive; 0: any */
	enum tsmreq_rhi_when when;
};

TSMREQ_PUBLIC
bool tsmreq_rhi_errno_at(unsigned int i, struct tsmreq_rhi_errno *ret);

struct tsmreq_rhi_quirk {
	const char *name; /* as in the vectors */
	uint32_t bit;
	uint32_t reserved; /* 0 */
};

TSMREQ_PUBLIC
bool tsmreq_rhi_quirk_at(unsigned int i, struct tsmreq_rhi_quirk *ret);

/* Static, never NULL; "unknown" for others. A status has its name above: "BUSY" for 9. */
TSMREQ_PUBLIC
const char *tsmreq_rhi_status_to_string(uint64_t status);
TSMREQ_PUBLIC
const char *tsmreq_rhi_numbering_to_string(enum tsmreq_rhi_numbering numbering);
TSMREQ_PUBLIC
const char *tsmreq_rhi_when_to_string(enum tsmreq_rhi_when when);

TSMREQ_END_DECLS
#endif
