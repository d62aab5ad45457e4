/* SPDX-License-Identifier: MIT */
#ifndef DECODE_SEV_H
#define DECODE_SEV_H

#include <stdbool.h>
#include <tsmreq/ghcb.h>

/* What the two carriers of AMD SEV, the GHCB page and the exit union of kvm_run, have in common. */

#define SEV_PAGE      TSMREQ_SEV_PAGE_SIZE
#define SEV_PAGE_MASK ((uint64_t)SEV_PAGE - 1)
#define SEV_GPA_END   ((uint64_t)1 << 52)
#define SEV_GPA_MASK  (SEV_GPA_END - SEV_PAGE)

/* Bits of tsmreq_call_hints.marked. */
#define SEV_MARKED_RAX 0x1u
#define SEV_MARKED_RBX 0x2u
#define SEV_MARKED_RCX 0x4u
#define SEV_MARKED_RDX 0x8u

/* How RDX, and RCX with it, say a range of device memory. */
enum sev_encoding {
	SEV_ENCODING_A,	   /* length as an order */
	SEV_ENCODING_B,	   /* length as a count in RCX */
	SEV_ENCODING_AUTO, /* A or B by what is visible */
	SEV_ENCODING_NONE, /* RDX means nothing, for any message */
};

/* What a revision does where revisions differ. */
struct sev_abi {
	const char *name;
	uint64_t request; /* exit code of a guest request */
	uint64_t op;	  /* exit code of a TIO_OP; 0: it has none */
	uint32_t exit;	  /* bytes of the exit union; 0: it has none */
	enum sev_encoding encoding;
	uint64_t reserved; /* encoding A: bits of RDX that are not used */
	bool has_order;	   /* encoding A: the order can be trusted */
	bool has_private;  /* encoding A: bit 3 tells validate from revoke */
	bool rfc;	   /* the old message numbers and flags */
};

/* NULL: no such revision. */
const struct sev_abi *tsmreq_sev_find_abi(enum tsmreq_ghcb_abi abi);

/* A TIO_OP, each way: 0, and -EINVAL for a call that is none. */
int tsmreq_sev_decode_op(uint32_t action, struct tsmreq_call *call);
int tsmreq_sev_encode_op(const struct tsmreq_call *call, uint32_t *ret_action);

/* A guest request, up to its message page. */
int tsmreq_sev_decode_request(uint64_t request, uint64_t response,
			      const struct tsmreq_call_hints *hints, struct tsmreq_call *call);
/* From anywhere behind that point back to the plain hints. */
int tsmreq_sev_encode_request(const struct sev_abi *abi, const struct tsmreq_call *call,
			      struct tsmreq_call_hints *ret);

/*
 * The answer, in SW_EXITINFO2's words. -EINVAL, and nothing, for one that cannot be: a positive rc,
 * or success of a call that was not decoded to its end.
 */
int tsmreq_sev_judge(const struct tsmreq_call *call, const struct tsmreq_answer *answer,
		     uint64_t *ret_info2);
/* The TDI's state as a guest may see it: TDISP has no word for "nobody knows". */
uint8_t tsmreq_sev_tdi_status(const struct tsmreq_answer *answer);

#endif
