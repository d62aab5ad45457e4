/* SPDX-License-Identifier: MIT */
#ifndef TSMREQ_GHCB_H
#define TSMREQ_GHCB_H

#include <stdbool.h>
#include <tsmreq/call.h>

TSMREQ_BEGIN_DECLS

/*
 * AMD SEV-TIO: guest exits, from a whole GHCB page (a VMM without KVM, tests) or from the exit
 * union of kvm_run. Either becomes a call in the same steps, each over a private copy of bytes that
 * is taken once:
 *
 *	tsmreq_ghcb_decode(), tsmreq_vmgexit_decode()	the carrier
 *	tsmreq_snp_decode_message()	next SEV_MESSAGE: the request page, read[0], 4096 bytes
 *	tsmreq_snp_decode_nonce()	next SEV_NONCE: read[1], 32 bytes
 *
 * The copy of the request page is what is sent, and what is sent again: the page is never read a
 * second time. Look up write[0], the response page, before anything is sent.
 *
 * A guest request (not a TIO_OP) that is answered wrongly costs the guest its message key for good,
 * attestation included. So: say success only with a response page that tsmreq_snp_check_response()
 * accepts, and do not fail what passes by itself (tsmreq_ghcb_get_info2()).
 */

/* Which revision guest and host speak. The exit alone does not always tell. */
enum tsmreq_ghcb_abi {
	TSMREQ_GHCB_AUTO = 1,  /* 2026; encoding A or B by what is visible in each exit */
	TSMREQ_GHCB_TIO_A = 2, /* 2026, encoding A: length as an order, BAR in RDX */
	TSMREQ_GHCB_TIO_B = 3, /* 2026, encoding B: page count in RCX, which kvm_run cannot carry */
	TSMREQ_GHCB_RFC1 = 4,  /* August 2024: message numbers from 0x81, exit of 12 bytes */
	TSMREQ_GHCB_RFC2 = 5,  /* February 2025: message numbers from 0x81, exit of 56 bytes */
	TSMREQ_GHCB_204 = 6,   /* the 2.04 draft to the letter: RDX means nothing, no kvm_run */
	TSMREQ_GHCB_ABI_FORCE_S32_ = INT32_MAX
};

/* SW_EXITCODE; all 64 bits count. */
#define TSMREQ_GHCB_EXIT_TIO_DRAFT   0x80000019u /* the 2.04 draft's guest request */
#define TSMREQ_GHCB_EXIT_TIO_REQUEST 0x80000020u
#define TSMREQ_GHCB_EXIT_TIO_OP	     0x80000021u

/* The bit of the hypervisor features that makes a Linux guest look for TIO at all. */
#define TSMREQ_GHCB_FEATURE_TIO 0x80u

/* SW_EXITINFO2: the VMM's code in the upper half, the firmware's in the lower. 0: success. */
#define TSMREQ_GHCB_INVALID_LEN	    0x0000000100000000u
#define TSMREQ_GHCB_BUSY	    0x0000000200000000u
#define TSMREQ_GHCB_NO_FW_CALL	    0x00000000ffffffffu
#define TSMREQ_GHCB_INVALID_ADDRESS 0x0000000000000009u
#define TSMREQ_GHCB_INVALID_PARAM   0x0000000000000016u

/* SW_EXITINFO1 2, malformed input: what SW_EXITINFO2 then says. */
#define TSMREQ_GHCB_MALFORMED	  2u
#define TSMREQ_GHCB_BAD_USAGE	  2u
#define TSMREQ_GHCB_MISSING_INPUT 4u
#define TSMREQ_GHCB_INVALID_INPUT 5u
#define TSMREQ_GHCB_INVALID_EVENT 6u

#define TSMREQ_GHCB_SIZE       4096u
#define TSMREQ_VMGEXIT_SIZE    56u   /* of the exit union, from byte 32 of kvm_run on */
#define TSMREQ_SNP_PAYLOAD_MAX 4000u /* of a message page, behind its header of 96 bytes */

/* @page is a private copy of the GHCB. */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_ghcb_decode(enum tsmreq_ghcb_abi abi, struct tsmreq_bytes page, struct tsmreq_call *ret);
/* @exit is a copy of the exit union, 56 bytes (RFC1: 12). GHCB_204 has none: -EINVAL. */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_vmgexit_decode(enum tsmreq_ghcb_abi abi, struct tsmreq_bytes exit,
			  struct tsmreq_call *ret);
/* @page is a private copy of all of call->read[0], and the bytes to be sent. */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_snp_decode_message(enum tsmreq_ghcb_abi abi, struct tsmreq_bytes page,
			      struct tsmreq_call *call);
/* @nonce is a private copy of all of call->read[1]. */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_snp_decode_nonce(struct tsmreq_bytes nonce, struct tsmreq_call *call);

/*
 * Makes the call a REJECT for what only the VMM can find out: BAD_GUEST (no such device), BAD_PAGE
 * and BAD_DATA (outside guest memory), BAD_RANGE (not in a BAR of the device). -EINVAL for a reason
 * that has no answer here, or a call that is not SEV's.
 */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_ghcb_refuse(struct tsmreq_call *call, enum tsmreq_reason reason);

/*
 * Whether @page is the response to the call's message: -EBADMSG if not, whatever the kernel said.
 * @page is the whole buffer that was offered, zeroed before it was sent; @residue is the kernel's.
 * A residue of all of it counts as none: one driver answers the length where the residue belongs.
 */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_snp_check_response(const struct tsmreq_call *call, struct tsmreq_bytes page,
			      uint32_t residue);

/*
 * SW_EXITINFO2 for an answer: the firmware's code if there is one, else by errno. BUSY means that
 * trying again cures it: on a GHCB page the guest does, from kvm_run the VMM must, with the same
 * bytes. -ENOSPC, NOT_SENT, on TDI_INFO means that the blob table does not fit.
 */
TSMREQ_PUBLIC
uint64_t tsmreq_ghcb_get_info2(const struct tsmreq_call *call, const struct tsmreq_answer *answer);

/* Which registers an answer carries beside SW_EXITINFO1 and 2. */
#define TSMREQ_GHCB_RCX 0x1u
#define TSMREQ_GHCB_RDX 0x2u
#define TSMREQ_GHCB_RBX 0x4u

/* What the guest finds in its GHCB. Registers that are not marked are 0 here, untouched there. */
struct tsmreq_ghcb_regs {
	uint64_t info1;
	uint64_t info2;
	uint64_t rcx; /* BIND: the TDI id */
	uint64_t rdx; /* TDI_INFO: the TDI's state */
	uint64_t rbx; /* TDI_INFO: data pages needed */
	uint32_t marked;
	uint32_t reserved; /* 0 */
};

/* The answer of a GHCB page. A REJECT answers itself: @answer may be NULL. */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_ghcb_encode(enum tsmreq_ghcb_abi abi, const struct tsmreq_call *call,
		       const struct tsmreq_answer *answer, struct tsmreq_ghcb_regs *ret);

/* One piece of the page to write. */
struct tsmreq_ghcb_field {
	uint32_t offset;
	uint32_t size;
	uint8_t bytes[16];
};

#define TSMREQ_GHCB_FIELDS_MAX 6u

/* How many there are; the valid bitmap comes last. */
TSMREQ_PUBLIC
unsigned int tsmreq_ghcb_get_fields(const struct tsmreq_ghcb_regs *regs,
				    struct tsmreq_ghcb_field ret[TSMREQ_GHCB_FIELDS_MAX]);
/* All of them into a page, of which nothing else is touched. */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_ghcb_store(const struct tsmreq_ghcb_regs *regs, void *page, size_t size);

/*
 * The answer into the exit union of kvm_run, which is the VMM's own: bytes that KVM does not read
 * are left alone. -EAGAIN, nothing written: the exit stays open, send the same bytes again. To give
 * up instead, answer with an errno that does not pass by itself.
 */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_vmgexit_encode(const struct tsmreq_call *call, const struct tsmreq_answer *answer,
			  void *exit, size_t size);

/*
 * The way back, for guests in tests and examples: decoding it gives @call again, at its first step
 * or at its last. -EINVAL for a call that this revision cannot say.
 */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_ghcb_encode_call(enum tsmreq_ghcb_abi abi, const struct tsmreq_call *call, void *page,
			    size_t size);
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_vmgexit_encode_call(enum tsmreq_ghcb_abi abi, const struct tsmreq_call *call, void *exit,
			       size_t size);
/* The request page of call->message: the plain header, all else 0. */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_snp_encode_message(const struct tsmreq_call *call, void *page, size_t size);
/* What a guest reads out of its GHCB when it runs again. */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_ghcb_load(struct tsmreq_bytes page, struct tsmreq_ghcb_regs *ret);

/*
 * The blob table: evidence in the data pages of TDI_INFO, written only after the request succeeded.
 * Three entries and an end, then the objects, packed: measurements, certificates, report.
 */
#define TSMREQ_BLOB_COUNT      3u
#define TSMREQ_BLOB_TABLE_SIZE 96u
#define TSMREQ_BLOB_GUID_SIZE  16u

/* The objects the VMM holds; one it does not hold is empty. Borrowed. */
struct tsmreq_blob_objects {
	struct tsmreq_bytes measurements;
	struct tsmreq_bytes certificate;
	struct tsmreq_bytes report;
};

struct tsmreq_blob {
	enum tsmreq_object object;
	uint32_t offset; /* from the start of the data pages */
	uint32_t length; /* 0: not there */
	uint32_t reserved;
};

struct tsmreq_blob_table {
	struct tsmreq_blob blobs[TSMREQ_BLOB_COUNT]; /* measurements, certificate, report */
	uint32_t size;				     /* bytes, table and objects */
	uint32_t pages;				     /* data pages needed */
};

/*
 * Which objects go in, where: those of @want (TSMREQ_WANT_*; STATE is no object). -EOVERFLOW for an
 * object over TSMREQ_LENGTH_MAX.
 */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_blob_layout(const struct tsmreq_blob_objects *objects, uint32_t want,
		       struct tsmreq_blob_table *ret);
/*
 * For a carrier that can neither show all of @want nor say "too few pages": as many objects as fit
 * @room bytes, the wanted ones first. A @want for layout().
 */
TSMREQ_PUBLIC
uint32_t tsmreq_blob_choose(const struct tsmreq_blob_objects *objects, uint32_t want,
			    uint64_t room);
/* The table alone, 96 bytes: for a VMM that copies the objects to their places itself. */
TSMREQ_PUBLIC
void tsmreq_blob_store_table(const struct tsmreq_blob_table *table,
			     uint8_t ret[TSMREQ_BLOB_TABLE_SIZE]);
/* Table and objects. -EMSGSIZE if @dst is too small, with the bytes needed in dst->size. */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_blob_build(const struct tsmreq_blob_objects *objects, uint32_t want,
		      struct tsmreq_buffer *dst);
/*
 * What a guest finds in its data pages. Entries in any order, unknown ones skipped. -EBADMSG: no
 * end in the first page, an object that is not inside @data, or one that is named twice.
 */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_blob_parse(struct tsmreq_bytes data, struct tsmreq_blob_table *ret);
/* 16 bytes in memory order; NULL for an object that has none. */
TSMREQ_PUBLIC
const uint8_t *tsmreq_blob_get_guid(enum tsmreq_object object);

/* Tables, for printing: i from 0 until false. */

/* Where the first row that fits decides; the last one fits everything. */
enum tsmreq_ghcb_when {
	TSMREQ_GHCB_WHEN_ANY = 0,
	TSMREQ_GHCB_WHEN_BIND = 1,    /* TSMREQ_ANSWER_BIND */
	TSMREQ_GHCB_WHEN_CERTAIN = 2, /* the outcome is not UNCERTAIN: it may be sent again */
	TSMREQ_GHCB_WHEN_NO_ROOM = 3, /* TDI_INFO on a GHCB page, NOT_SENT */
	TSMREQ_GHCB_WHEN_FORCE_S32_ = INT32_MAX
};

struct tsmreq_ghcb_errno {
	uint64_t info2; /* BUSY: retryable, never failed */
	int32_t error;	/* positive; 0: any */
	enum tsmreq_ghcb_when when;
};

TSMREQ_PUBLIC
bool tsmreq_ghcb_errno_at(unsigned int i, struct tsmreq_ghcb_errno *ret);

struct tsmreq_ghcb_refusal {
	uint64_t info2;
	uint32_t info1;
	int32_t fw_err; /* the same, said in kvm_run */
	enum tsmreq_reason reason;
	uint32_t reserved; /* 0 */
};

TSMREQ_PUBLIC
bool tsmreq_ghcb_refusal_at(unsigned int i, struct tsmreq_ghcb_refusal *ret);

struct tsmreq_snp_message {
	enum tsmreq_call_kind kind;
	uint8_t request; /* message types, of 2026 and of the RFCs */
	uint8_t response;
	uint8_t rfc_request;
	uint8_t rfc_response;
};

TSMREQ_PUBLIC
bool tsmreq_snp_message_at(unsigned int i, struct tsmreq_snp_message *ret);

/* The names above: what @info2 means beside that SW_EXITINFO1. "unknown" for others, among them
 * most firmware codes, which tsmreq_code_to_string() names. */
TSMREQ_PUBLIC
const char *tsmreq_ghcb_info_to_string(uint32_t info1, uint64_t info2);
TSMREQ_PUBLIC
const char *tsmreq_ghcb_when_to_string(enum tsmreq_ghcb_when when);

/* The words of the vectors, and "auto". Static, never NULL. */
TSMREQ_PUBLIC
const char *tsmreq_ghcb_abi_to_string(enum tsmreq_ghcb_abi abi);
/* 0, or -EINVAL for a word that is not in the list. */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_ghcb_abi_from_string(const char *word, enum tsmreq_ghcb_abi *ret);

TSMREQ_END_DECLS
#endif
