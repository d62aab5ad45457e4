/* SPDX-License-Identifier: MIT */
#ifndef TSMREQ_CALL_H
#define TSMREQ_CALL_H

#include <tsmreq/types.h>

TSMREQ_BEGIN_DECLS

/*
 * What a guest asked for, in one vocabulary for Arm CCA (rhi.h), Intel TDX (ghci.h), AMD SEV
 * (ghcb.h) and their KVM carriers (kvm.h).
 *
 * A decoder is a pure function over registers or over the caller's private copy of bytes. It
 * answers 0 for everything a guest can do: kind NONE is not ours, kind REJECT is ours and refused.
 * -EINVAL is a mistake of the caller (an unknown selector, a call that is at another stage),
 * -EMSGSIZE a copy shorter than the layout. *ret is written in full whatever is answered, with
 * every field a kind does not use 0; on an error its kind is NONE.
 *
 * Where registers alone do not tell, @next names the bytes to copy and the function to hand them
 * to. That function takes the call further: copy, decode, and again until @next is DONE.
 */
enum tsmreq_call_kind {
	TSMREQ_CALL_NONE = 0,	 /* not ours: hand the exit on, touch nothing */
	TSMREQ_CALL_REJECT = 1,	 /* ours and refused: nothing may be sent; u.refusal */
	TSMREQ_CALL_PENDING = 2, /* ours; @next tells which look is needed to say more */

	/* discovery */
	TSMREQ_CALL_VERSION = 3,       /* which version of the call set */
	TSMREQ_CALL_FEATURES = 4,      /* which calls are offered */
	TSMREQ_CALL_CHECK_SUPPORT = 5, /* is this device a TEE-IO device */

	/* evidence */
	TSMREQ_CALL_OBJECT_SIZE = 6, /* u.object */
	TSMREQ_CALL_READ_OBJECT = 7, /* u.object, into write[0] */
	TSMREQ_CALL_REGEN = 8,	     /* u.regen: fetch an object anew from the device */
	TSMREQ_CALL_TDI_INFO = 9,    /* u.tdi_info, SEV: state and evidence in one message */
	TSMREQ_CALL_DEVICE_INFO = 10,

	/* state */
	TSMREQ_CALL_BIND = 11,
	TSMREQ_CALL_UNBIND = 12,
	TSMREQ_CALL_SET_TDI_STATE = 13, /* u.state */
	TSMREQ_CALL_GET_TDI_STATE = 14,
	TSMREQ_CALL_P2P_UNBIND = 15,   /* u.p2p */
	TSMREQ_CALL_VDEV_REQUEST = 16, /* CCA v2: look the device up for the exited vCPU */

	/* memory and DMA */
	TSMREQ_CALL_VALIDATE_MMIO = 17, /* u.mmio */
	TSMREQ_CALL_MMIO_CONFIG = 18,	/* u.mmio, SEV: attributes of a range */
	TSMREQ_CALL_SET_DMA = 19,	/* u.dma, SEV */
	TSMREQ_CALL_MEMORY_FAULT = 20,	/* u.fault: not about a device */

	/* long operations */
	TSMREQ_CALL_CONTINUE = 21, /* u.resume */
	TSMREQ_CALL_ABORT = 22,

	/* TDX Service, leaf 0x10005: u.service */
	TSMREQ_CALL_SERVICE_QUERY = 23,	  /* guid: the service asked about */
	TSMREQ_CALL_SERVICE_UNKNOWN = 24, /* guid: the service that is not offered */
	TSMREQ_CALL_LEGACY_CONTEXT = 25,
	TSMREQ_CALL_LEGACY_TDISP = 26,
	TSMREQ_CALL_LEGACY_MAP_DMA = 27,
	TSMREQ_CALL_LEGACY_DEVICE_INFO = 28,
	TSMREQ_CALL_LEGACY_UNKNOWN = 29,

	/* beside device assignment, named so that it is told apart */
	TSMREQ_CALL_SNP_REQ_CERTS = 30, /* u.certs */
	TSMREQ_CALL_FORCE_S32_ = INT32_MAX
};

/* Why a call was refused. Neutral words; the answer itself is in struct tsmreq_refusal. */
enum tsmreq_reason {
	TSMREQ_REASON_NONE = 0,

	/* the carrier */
	TSMREQ_REASON_BAD_USAGE = 1,	  /* GHCB: not this page format */
	TSMREQ_REASON_BAD_VERSION = 2,	  /* protocol or message-set version */
	TSMREQ_REASON_BAD_BITMAP = 3,	  /* GHCB: a field that is needed is not marked */
	TSMREQ_REASON_BAD_FUNCTION = 4,	  /* a function or reason number wider than it may be */
	TSMREQ_REASON_BAD_FLAGS = 5,	  /* exit flags that are not known */
	TSMREQ_REASON_FLAGS_MISMATCH = 6, /* SEV: flags and message page disagree */
	TSMREQ_REASON_ENCODING_B = 7,	  /* SEV: encoding B on a carrier that loses the count */
	TSMREQ_REASON_NOT_OFFERED = 8,	  /* the VMM does not offer this call */

	/* arguments */
	TSMREQ_REASON_BAD_ACTION = 9,	/* an action or operation that does not exist */
	TSMREQ_REASON_BAD_GUEST = 10,	/* no device can have this name */
	TSMREQ_REASON_BAD_OBJECT = 11,	/* an object type that does not exist */
	TSMREQ_REASON_BAD_STATE = 12,	/* a TDI state that does not exist */
	TSMREQ_REASON_BAD_LENGTH = 13,	/* nothing, or more than the limit */
	TSMREQ_REASON_BAD_OFFSET = 14,	/* an offset past the window */
	TSMREQ_REASON_BAD_ADDRESS = 15, /* private, too wide, wrapping, or no memory */
	TSMREQ_REASON_BAD_ALIGNMENT = 16,
	TSMREQ_REASON_BAD_RANGE = 17,  /* an MMIO range that cannot be one */
	TSMREQ_REASON_BAD_VECTOR = 18, /* an interrupt vector that may not be used */

	/* the second look */
	TSMREQ_REASON_BAD_PAGE = 19,	/* SEV: where the message pages are */
	TSMREQ_REASON_BAD_DATA = 20,	/* data pages, parameter block, command data */
	TSMREQ_REASON_BAD_HEADER = 21,	/* a header that is not of the known form */
	TSMREQ_REASON_BAD_MESSAGE = 22, /* SEV: a message type that is not accepted */
	TSMREQ_REASON_BAD_STATUS = 23,	/* TDCM: the buffer already holds an answer */
	TSMREQ_REASON_BAD_GUID = 24,	/* Service: command and response name two services */
	TSMREQ_REASON_FORCE_S32_ = INT32_MAX
};

/* The form in which the architecture wants its answer. One encoder per form. */
enum tsmreq_shape {
	TSMREQ_SHAPE_NONE = 0,	       /* kind NONE: nothing is written. SEV_EXIT: not known yet */
	TSMREQ_SHAPE_RHI = 1,	       /* x0..x3, through ONE_REG (rhi.h) */
	TSMREQ_SHAPE_TIO_RESPONSE = 2, /* the response word of the TIO exit (kvm.h) */
	TSMREQ_SHAPE_TIO_REENTER = 3,  /* v2: no word to write; re-enter or stop (kvm.h) */
	TSMREQ_SHAPE_MEMORY_FAULT = 4, /* no word to write; the memory map decides the action */
	TSMREQ_SHAPE_TDCM = 5,	       /* R10, and the TDCM buffer in write[0] (ghci.h) */
	TSMREQ_SHAPE_SERVICE = 6,      /* R10, and the response buffer in write[0] (ghci.h) */
	TSMREQ_SHAPE_GHCB_PAGE = 7,    /* fields of the GHCB page (ghcb.h) */
	TSMREQ_SHAPE_VMGEXIT_TIO = 8,  /* kvm_run type 4: fw_err, tdi_status (ghcb.h) */
	TSMREQ_SHAPE_VMGEXIT_TIO_OP = 9, /* kvm_run type 5: fw_err, fw_tdi_id (ghcb.h) */
	TSMREQ_SHAPE_VMGEXIT_RFC1 = 10,	 /* kvm_run of 12 bytes: nothing KVM would read */
	TSMREQ_SHAPE_SNP_CERTS = 11,	 /* kvm_run: ret and npages (kvm.h) */
	TSMREQ_SHAPE_FORCE_S32_ = INT32_MAX
};

/* Which look comes next. Copy the bytes once, in full, and hand over the copy. */
enum tsmreq_next {
	TSMREQ_NEXT_DONE = 0,		 /* the call is complete */
	TSMREQ_NEXT_RHI_REGISTERS = 1,	 /* fetch x0..x7: tsmreq_rhi_decode() */
	TSMREQ_NEXT_RHI_PARAMETERS = 2,	 /* read[0]: tsmreq_rhi_decode_parameters() */
	TSMREQ_NEXT_TDCM_HEADER = 3,	 /* read[0], the 20-byte header (ghci.h) */
	TSMREQ_NEXT_SERVICE_HEADERS = 4, /* read[0] command, read[1] response header (ghci.h) */
	TSMREQ_NEXT_SERVICE_BODY = 5,	 /* read[0] and read[1], what follows them (ghci.h) */
	TSMREQ_NEXT_SEV_EXIT = 6,	 /* the exit union of kvm_run, copied whole (ghcb.h) */
	TSMREQ_NEXT_SEV_MESSAGE = 7,	 /* read[0], the request page (ghcb.h) */
	TSMREQ_NEXT_SEV_NONCE = 8,	 /* read[1], 32 bytes (ghcb.h) */
	TSMREQ_NEXT_FORCE_S32_ = INT32_MAX
};

/* What a piece of guest memory is to the call. Odd: the VMM reads it. Even: it writes there. */
enum tsmreq_span_use {
	TSMREQ_SPAN_NONE = 0,		  /* no such span */
	TSMREQ_SPAN_RHI_PARAMETERS = 1,	  /* measurement parameter block */
	TSMREQ_SPAN_OBJECT = 2,		  /* RHI: the object's bytes, at most @size */
	TSMREQ_SPAN_TDCM_HEADER = 3,	  /* the command's header */
	TSMREQ_SPAN_TDCM_BUFFER = 4,	  /* the whole buffer; the answer's data start at 20 */
	TSMREQ_SPAN_SERVICE_COMMAND = 5,  /* the part of the command that @next wants */
	TSMREQ_SPAN_SERVICE_BUFFER = 6,	  /* the whole response buffer, its capacity */
	TSMREQ_SPAN_SERVICE_RESPONSE = 7, /* the part of the pre-filled response @next wants */
	TSMREQ_SPAN_SEV_RESPONSE = 8,	  /* the response page */
	TSMREQ_SPAN_SEV_REQUEST = 9,	  /* the request page */
	TSMREQ_SPAN_SEV_DATA = 10,	  /* the data pages: the blob table */
	TSMREQ_SPAN_SEV_NONCE = 11,	  /* the nonce at the start of the data pages */
	TSMREQ_SPAN_FORCE_S32_ = INT32_MAX
};

/*
 * @size bytes from @gpa. The address is a plain guest physical one (a TDX shared bit is off), is
 * aligned as the architecture asks, and @gpa + @size never wraps. Whether it is memory, and shared,
 * only the VMM can tell: all of it, before the first byte moves.
 */
struct tsmreq_span {
	struct tsmreq_gpa gpa;
	uint64_t size;
	enum tsmreq_span_use use;
	uint32_t reserved; /* 0 */
};

/* For what a carrier may hide. */
enum tsmreq_tristate {
	TSMREQ_NO = 0,
	TSMREQ_YES = 1,
	TSMREQ_NOT_TOLD = 2,
	TSMREQ_TRISTATE_FORCE_S32_ = INT32_MAX
};

/* REJECT: the answer, as decided by the rule that refused. */
struct tsmreq_refusal {
	/* RHI: x0. TIO: the response. TDX: R10. GHCB page: SW_EXITINFO2. VMGEXIT: fw_err. */
	uint64_t code;
	/* GHCB page: SW_EXITINFO1. TDCM: the error byte. Service: the service status. Else 0. */
	uint32_t detail;
	/* TDX: bytes of the answer to write, header included; 0: the buffer is untouched. */
	uint32_t length;
};

/* OBJECT_SIZE, READ_OBJECT */
struct tsmreq_call_object {
	uint64_t length; /* READ: the most the guest takes at write[0]; TDCM: after the header */
	uint64_t offset; /* READ: first byte of the object */
	enum tsmreq_object object;
	uint32_t reserved; /* 0 */
};

/* REGEN: @flags and @nonce are known once @next is DONE; the interface report has neither. */
struct tsmreq_call_regen {
	uint64_t flags; /* TSMREQ_REGEN_RAW; other bits only where a quirk passes them on */
	uint8_t nonce[TSMREQ_NONCE_SIZE];
	enum tsmreq_object object;
	uint32_t reserved; /* 0 */
};

/* TDI_INFO: what the guest wants told. */
#define TSMREQ_WANT_STATE	 0x1u
#define TSMREQ_WANT_CERTIFICATE	 0x2u
#define TSMREQ_WANT_MEASUREMENTS 0x4u
#define TSMREQ_WANT_REPORT	 0x8u

struct tsmreq_call_tdi_info {
	struct tsmreq_gpa data; /* the data pages, as the guest named them; 0: none */
	uint64_t pages;		/* of 4 KiB; 0: none. Both not 0 and in order: write[1] */
	uint8_t nonce[TSMREQ_NONCE_SIZE];
	uint32_t want;	    /* TSMREQ_WANT_*, as far as the carrier shows it */
	uint32_t has_nonce; /* 1: @nonce was given and is not all zero */
};

/* SET_TDI_STATE: UNLOCKED, LOCKED or RUN. On SEV UNLOCKED is STOP and not UNBIND. */
struct tsmreq_call_state {
	enum tsmreq_tdi_state target;
	uint32_t reserved; /* 0 */
};

#define TSMREQ_RANGE_NONE 0xffffffffu

/* VALIDATE_MMIO, MMIO_CONFIG */
struct tsmreq_call_mmio {
	struct tsmreq_gpa base;
	uint64_t size;	    /* 0: the carrier hides it (SEV RFC v2); never wraps */
	uint64_t host_base; /* CCA: the address the guest read from the report. Else 0 */
	enum tsmreq_tristate to_private; /* YES validate, NO revoke. CCA: YES */
	uint32_t range;			 /* BAR or range number; TSMREQ_RANGE_NONE */
};

/* SET_DMA */
struct tsmreq_call_dma {
	uint64_t vtom;		     /* virtual top of memory; 0 too when @enable is NOT_TOLD */
	enum tsmreq_tristate enable; /* NOT_TOLD: inside the encrypted message only */
	uint32_t reserved;	     /* 0 */
};

/* MEMORY_FAULT: [base, base + size) is wanted private or shared. The sum may wrap: check it. */
struct tsmreq_call_fault {
	struct tsmreq_gpa base;
	uint64_t size;
	uint64_t flags;	     /* as KVM gave them; bit 3 is to_private */
	uint32_t to_private; /* 1 to private, 0 to shared */
	uint32_t reserved;   /* 0 */
};

/* CONTINUE */
struct tsmreq_call_resume {
	uint64_t handle; /* as the guest gave it: any value */
};

/* P2P_UNBIND */
struct tsmreq_call_p2p {
	struct tsmreq_guest_dev dev2;
};

/* SERVICE_*, LEGACY_* */
struct tsmreq_call_service {
	uint8_t guid[16];		  /* in memory order */
	uint8_t nonce[TSMREQ_NONCE_SIZE]; /* LEGACY_DEVICE_INFO */
	uint64_t timeout;		  /* R15: its unit is not settled */
	uint32_t command;		  /* the command byte */
	uint32_t offered;		  /* 1: the VMM offers the service @guid names */
};

/* SNP_REQ_CERTS: @gpa is page aligned, @pages is not checked by anybody. */
struct tsmreq_call_certs {
	struct tsmreq_gpa gpa;
	uint64_t pages;
};

/* PENDING, next RHI_REGISTERS: what the KVM exit itself carries. */
struct tsmreq_call_hypercall {
	uint64_t nr;	/* the low half of x0 */
	uint64_t flags; /* 0 where the kernel does not fill them */
};

/* PENDING, next SEV_MESSAGE: the plain hints, kept until the page tells what they mean. */
struct tsmreq_call_hints {
	uint64_t rax;	 /* data pages: address */
	uint64_t rbx;	 /* data pages: number */
	uint64_t rcx;	 /* guest id, and in encoding B the page count */
	uint64_t rdx;	 /* MMIO range, DMA or wanted objects; the gpa field of kvm_run */
	uint32_t marked; /* GHCB: which of them are valid, bit 0 RAX, 1 RBX, 2 RCX, 3 RDX */
	uint32_t flags;	 /* kvm_run: the flags byte */
};

/* SEV: the plain header of the request page, to hold the response against. Else all 0. */
struct tsmreq_sev_message {
	uint64_t seqno;
	uint8_t type;
	uint8_t version;
	uint16_t size;	   /* bytes of payload */
	uint32_t reserved; /* 0 */
};

/* Which member is meant depends on the kind, as noted there. */
union tsmreq_call_args {
	struct tsmreq_refusal refusal;
	struct tsmreq_call_object object;
	struct tsmreq_call_regen regen;
	struct tsmreq_call_tdi_info tdi_info;
	struct tsmreq_call_state state;
	struct tsmreq_call_mmio mmio;
	struct tsmreq_call_dma dma;
	struct tsmreq_call_fault fault;
	struct tsmreq_call_resume resume;
	struct tsmreq_call_p2p p2p;
	struct tsmreq_call_service service;
	struct tsmreq_call_certs certs;
	struct tsmreq_call_hypercall hypercall;
	struct tsmreq_call_hints hints;
};

struct tsmreq_call {
	enum tsmreq_call_kind kind;
	enum tsmreq_arch arch; /* 0 for kind NONE */
	enum tsmreq_shape shape;
	enum tsmreq_next next;
	enum tsmreq_reason reason; /* REJECT only, else NONE */
	uint32_t vector;	   /* TDX: interrupt to inject on the calling vCPU; 0: none */
	/*
	 * The guest's own name for the device: segment << 16 | bus << 8 | devfn. 0 is a device;
	 * whether one is named at all depends on the kind: not on NONE, VERSION, FEATURES,
	 * MEMORY_FAULT, SERVICE_*, SNP_REQ_CERTS, and on REJECT and PENDING it is not promised.
	 */
	struct tsmreq_guest_dev dev;
	struct tsmreq_span read[2];	   /* what is read, each once; @next says which is due */
	struct tsmreq_span write[2];	   /* [0] the answer, [1] SEV: the data pages */
	struct tsmreq_sev_message message; /* SEV guest requests */
	union tsmreq_call_args u;
};

/*
 * What became of a call, for the encoders. @rc and @result are what the typed call of vdev.h gave
 * (0, -EREMOTEIO, -ENODATA, -errno), or an errno of the VMM's own.
 */
struct tsmreq_answer {
	/*
	 * On success. FEATURES: the bitmap. OBJECT_SIZE: the size. READ_OBJECT: bytes put at
	 * write[0]. CHECK_SUPPORT: 0 or 1. BIND on SEV: the TDI id. TDI_INFO on SEV: pages needed.
	 */
	uint64_t value;
	struct tsmreq_result result;
	int32_t rc;
	enum tsmreq_tdi_state tdi_state; /* SEV: the state on the books after the call */
	uint32_t flags;			 /* TSMREQ_ANSWER_* */
	uint32_t layer;		  /* TDX: the error byte, where the caller knows it; 0: by @rc */
	struct tsmreq_bytes data; /* bytes that go to guest memory, borrowed */
};

/* TSM_OP bind carried the call: its EBUSY means another VM, and passes for nobody. */
#define TSMREQ_ANSWER_BIND 0x1u

/* What the VMM does with the vCPU when the answer is in place. */
enum tsmreq_action {
	TSMREQ_ACTION_RESUME = 0,  /* run the vCPU */
	TSMREQ_ACTION_REENTER = 1, /* nothing was answered; run it, KVM acts by itself */
	TSMREQ_ACTION_CONVERT = 2, /* convert the memory, then run it */
	TSMREQ_ACTION_STOP = 3,	   /* do not run it again */
	TSMREQ_ACTION_FORCE_S32_ = INT32_MAX
};

/* The words of the vectors: static strings, never NULL, "unknown" for what has no word. */
TSMREQ_PUBLIC
const char *tsmreq_call_kind_to_string(enum tsmreq_call_kind kind);
TSMREQ_PUBLIC
const char *tsmreq_reason_to_string(enum tsmreq_reason reason);
TSMREQ_PUBLIC
const char *tsmreq_shape_to_string(enum tsmreq_shape shape);
TSMREQ_PUBLIC
const char *tsmreq_next_to_string(enum tsmreq_next next);
TSMREQ_PUBLIC
const char *tsmreq_span_use_to_string(enum tsmreq_span_use use);
TSMREQ_PUBLIC
const char *tsmreq_action_to_string(enum tsmreq_action action);

TSMREQ_END_DECLS
#endif
