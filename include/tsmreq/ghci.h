/* SPDX-License-Identifier: MIT */
#ifndef TSMREQ_GHCI_H
#define TSMREQ_GHCI_H

#include <stdbool.h>
#include <tsmreq/call.h>

TSMREQ_BEGIN_DECLS

/*
 * Intel TDX: the TDVMCALLs of device assignment. TDCM is a leaf of its own (GHCI 2.0); Service
 * (GHCI 1.5) carries messages to services named by GUID, one of them the TDCM of a draft of 2023.
 * The two TDCM share a name and nothing else. Every other leaf is NONE and never answered here.
 *
 *	the registers				tsmreq_ghci_decode()
 *	TDCM: read[0]				tsmreq_ghci_decode_header()
 *	Service: read[0] and read[1]		tsmreq_ghci_decode_service_headers()
 *	then read[0] and read[1] again		tsmreq_ghci_decode_service_body()
 *
 * What only the VMM can tell comes between: before anything is copied, all of read[] and write[]
 * must be the guest's RAM, and no part of write[0] may wait for another answer. If not, the answer
 * is tsmreq_ghci_encode_r10(INVALID_OPERAND).
 */

#define TSMREQ_GHCI_LEAF_SERVICE 0x10005u
#define TSMREQ_GHCI_LEAF_TDCM	 0x10007u

/* R10 of an answer. There is no RETRY: Linux takes it for a fault, so a busy VMM waits instead. */
#define TSMREQ_GHCI_SUCCESS		0u
#define TSMREQ_GHCI_INVALID_OPERAND	0x8000000000000000u
#define TSMREQ_GHCI_ALIGN_ERROR		0x8000000000000002u
#define TSMREQ_GHCI_SUBFUNC_UNSUPPORTED 0x8000000000000003u

/* The longest buffer, command or response of both leaves. */
#define TSMREQ_GHCI_BUFFER_MAX 0x20000u

/* TDCM: the header of the one buffer, its status byte, and the error byte of TSMREQ_TDCM_ERROR. */
#define TSMREQ_TDCM_HEADER_SIZE 20u
#define TSMREQ_TDCM_REPORT_MAX	65536u /* Linux takes no longer one */

#define TSMREQ_TDCM_WAIT      0u
#define TSMREQ_TDCM_COMPLETED 1u
#define TSMREQ_TDCM_ERROR     2u

#define TSMREQ_TDCM_ERROR_TDX_MODULE	 10u
#define TSMREQ_TDCM_ERROR_DEVICE	 11u
#define TSMREQ_TDCM_ERROR_SPDM_MESSAGE	 12u
#define TSMREQ_TDCM_ERROR_IDE_KM_MESSAGE 13u
#define TSMREQ_TDCM_ERROR_TDISP_MESSAGE	 14u
#define TSMREQ_TDCM_ERROR_INVALID_STATE	 15u

/* Service: the header of both buffers, and the status in that of the response. */
#define TSMREQ_SERVICE_HEADER_SIZE 24u

#define TSMREQ_SERVICE_DONE		  0u
#define TSMREQ_SERVICE_RESPONSE_TOO_SMALL 3u
#define TSMREQ_SERVICE_BAD_COMMAND_SIZE	  4u
#define TSMREQ_SERVICE_BAD_RESPONSE_SIZE  5u
#define TSMREQ_SERVICE_BUSY		  6u
#define TSMREQ_SERVICE_NOT_SUPPORTED	  0xfffffffeu

/* What the VMM offers. */
#define TSMREQ_GHCI_TDCM	 0x1u
#define TSMREQ_GHCI_SERVICE	 0x2u /* the leaf, and Query; without it the leaf is not ours */
#define TSMREQ_GHCI_SERVICE_TDCM 0x4u
#define TSMREQ_GHCI_OFFERS	 0x7u

/* The same for all exits of a VM. */
struct tsmreq_ghci_opts {
	size_t size;	    /* sizeof(struct tsmreq_ghci_opts) */
	uint32_t gpa_width; /* 48 or 52: its top bit is the shared bit */
	uint32_t offers;    /* TSMREQ_GHCI_TDCM and so on */
};

/* TDG.VP.VMCALL: a register the guest did not select reads 0. */
struct tsmreq_ghci_exit {
	uint64_t r10;
	uint64_t r11;
	uint64_t r12;
	uint64_t r13;
	uint64_t r14;
	uint64_t r15;
};

/* A REJECT whose answer goes to memory (u.refusal.length) keeps write[0] and vector. */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_ghci_decode(const struct tsmreq_ghci_opts *opts, const struct tsmreq_ghci_exit *exit,
		       struct tsmreq_call *ret);
/* From the TDCM header, a private copy of call->read[0]: the one fetch from the buffer. */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_ghci_decode_header(struct tsmreq_bytes header, struct tsmreq_call *call);
/* From private copies of call->read[0] and call->read[1]; both then name what follows. */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_ghci_decode_service_headers(const struct tsmreq_ghci_opts *opts,
				       struct tsmreq_bytes command, struct tsmreq_bytes response,
				       struct tsmreq_call *call);
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_ghci_decode_service_body(const struct tsmreq_ghci_opts *opts,
				    struct tsmreq_bytes command, struct tsmreq_bytes response,
				    struct tsmreq_call *call);

/* One write: @size bytes at @offset of the buffer. */
struct tsmreq_ghci_piece {
	uint32_t offset;
	uint32_t size;
};

/*
 * The answer: the writes, in order, then R10 and the interrupt. A deferred call's vCPU gets R10 of
 * SUCCESS at once, the rest follows. When a write fails, r10 is INVALID_OPERAND if the vCPU still
 * waits, and no interrupt is injected.
 */
struct tsmreq_ghci_reply {
	uint64_t r10;
	struct tsmreq_gpa gpa;	  /* of the buffer */
	struct tsmreq_bytes data; /* what the first write puts there, if any; borrowed */
	uint32_t vector;	  /* to inject on the calling vCPU after the last write; 0: none */
	uint32_t writes;	  /* how many; 0: memory stays as it is */
	struct tsmreq_ghci_piece piece[4];
	uint8_t image[72]; /* the head of the buffer, as far as it is written */
};

struct tsmreq_ghci_write {
	struct tsmreq_gpa gpa;
	struct tsmreq_bytes bytes; /* in the reply, or the answer's data */
	uint32_t last;		   /* 1: the status; a write barrier goes before it */
	uint32_t reserved;	   /* 0 */
};

/*
 * @answer may be NULL for what answers itself: REJECT, DEVICE_INFO and GET_TDI_STATE (no public
 * format), SERVICE_*, LEGACY_MAP_DMA and LEGACY_UNKNOWN. Else @rc decides, and on success
 *
 *	CHECK_SUPPORT		@value: 0 or 1; an unknown device (-ENODEV) is a 0
 *	READ_OBJECT		@data: the report, see tsmreq_ghci_report_error()
 *	LEGACY_CONTEXT		@value: func_id, @data: the nonce, 32 bytes; an unknown device
 *				(-ENODEV) is a success of zeros
 *	LEGACY_DEVICE_INFO	@data: the information
 *
 * -EINVAL for a call of another architecture or not decoded to its end, for an rc above 0, for a
 * @layer that is no error byte, and for a nonce of another length.
 */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_ghci_encode(const struct tsmreq_call *call, const struct tsmreq_answer *answer,
		       struct tsmreq_ghci_reply *ret);
/* R10 alone: memory stays as it is, no interrupt. */
TSMREQ_PUBLIC
void tsmreq_ghci_encode_r10(uint64_t r10, struct tsmreq_ghci_reply *ret);
/* The writes of a reply, i from 0 until false; good as long as the reply and its data are. */
TSMREQ_PUBLIC
bool tsmreq_ghci_write_at(const struct tsmreq_ghci_reply *reply, unsigned int i,
			  struct tsmreq_ghci_write *ret);

/* Whether a report of @size bytes can be answered, to be asked before it is read: 0, or the
 * error byte to answer with (as @layer). */
TSMREQ_PUBLIC
uint32_t tsmreq_ghci_report_error(const struct tsmreq_call *call, uint64_t size);
/* What an errno of a typed call becomes. */
TSMREQ_PUBLIC
uint32_t tsmreq_ghci_error_from_errno(int rc);

/* The way back, for guests in tests and examples: the registers of a call decoded to its end. */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_ghci_encode_call(const struct tsmreq_ghci_opts *opts, const struct tsmreq_call *call,
			    struct tsmreq_ghci_exit *ret);
/* And its bytes: the TDCM header, or the whole Service command. -EMSGSIZE if @dst is smaller. */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_ghci_encode_command(const struct tsmreq_call *call, struct tsmreq_buffer *dst);

/* Tables, for printing: i from 0 until false. */

/* The first row that fits decides; the last one fits everything. */
struct tsmreq_ghci_errno {
	uint32_t code; /* TSMREQ_TDCM_ERROR_* */
	int32_t error; /* positive; 0: any */
};

TSMREQ_PUBLIC
bool tsmreq_ghci_errno_at(unsigned int i, struct tsmreq_ghci_errno *ret);

struct tsmreq_ghci_service {
	const char *name;
	uint8_t guid[16];  /* in memory order */
	uint32_t offer;	   /* the bit of @offers that offers it */
	uint32_t reserved; /* 0 */
};

TSMREQ_PUBLIC
bool tsmreq_ghci_service_at(unsigned int i, struct tsmreq_ghci_service *ret);

/* The names above, "BUSY" for service status 6. Static, never NULL; "unknown" for others. */
TSMREQ_PUBLIC
const char *tsmreq_ghci_r10_to_string(uint64_t r10);
TSMREQ_PUBLIC
const char *tsmreq_tdcm_error_to_string(uint32_t error);
TSMREQ_PUBLIC
const char *tsmreq_service_status_to_string(uint32_t status);

TSMREQ_END_DECLS
#endif
