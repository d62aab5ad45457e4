/* SPDX-License-Identifier: MIT */
#ifndef REV_REV_H
#define REV_REV_H

#include <stdbool.h>
#include <tsmreq/ctx.h>

#include "base/bytes.h"

/*
 * Revision rows: everything that differs between kernels, as data. The core asks a row; nothing
 * outside this room knows a number of the kernel's.
 */

enum rev_payload_set {
	REV_PAYLOAD_NONE,
	REV_PAYLOAD_TYPE,  /* rfc1 */
	REV_PAYLOAD_MARCH, /* request types of 2026-03-12 */
	REV_PAYLOAD_APRIL, /* request types of 2026-04-27 */
	REV_PAYLOAD_OP,	   /* june and later */
};

#define REV_ARCH_COUNT 3 /* CCA, SEV, TDX */
#define REV_OP_COUNT   9 /* TSMREQ_OP_READ_OBJECT .. TSMREQ_OP_VDEV_REQUEST */

struct rev_row {
	enum tsmreq_uapi uapi;
	enum tsmreq_layout layout;
	enum rev_payload_set payload;
	uint32_t tsm_op_cmd; /* 0: none, allocating the vDevice binds */
	uint32_t request_cmd;
	bool tsm_code;	  /* the structure has the field */
	bool residue;	  /* the result counts what was left unused */
	bool kvm_fd;	  /* vIOMMU allocation takes the VM */
	bool hides_errno; /* every error of bind reads ENODEV */
	bool vca_is_4;
	/* [arch - 1][op - 1]: the op, scope or type an operation travels under; REV_UNSAYABLE: none
	 */
	int8_t wire[REV_ARCH_COUNT][REV_OP_COUNT];
	const char *name;
	const char *lineage;
	const char *source;
	const char *refusal; /* NULL for the revisions that are spoken */
};

#define REV_UNSAYABLE (-1)

/* NULL for a value that is no revision. */
const struct rev_row *tsmreq_rev_find(enum tsmreq_uapi uapi);
/* NULL past the end. */
const struct rev_row *tsmreq_rev_at(unsigned int i);
bool tsmreq_rev_has(const struct rev_row *row, enum tsmreq_arch arch, enum tsmreq_feature feature);

static inline bool tsmreq_rev_binds_at_alloc(const struct rev_row *row)
{
	return row->tsm_op_cmd == 0;
}

/* REV_UNSAYABLE for values that are no architecture or op, too: both come from callers. */
static inline int tsmreq_rev_wire(const struct rev_row *row, enum tsmreq_arch arch,
				  enum tsmreq_op op)
{
	if ((unsigned int)arch - 1u >= REV_ARCH_COUNT || (unsigned int)op - 1u >= REV_OP_COUNT)
		return REV_UNSAYABLE;
	return row->wire[arch - 1][op - 1];
}

/* The longest argument of any ioctl here. Every one is built in such a buffer, 8-aligned. */
#define REV_ARG_MAX 48u

/* A request before it has a layout. */
struct rev_request {
	uint32_t vdevice_id;
	uint32_t wire; /* from tsmreq_rev_wire() */
	enum tsmreq_arch arch;
	const void *req; /* a buffer without bytes travels as NULL */
	size_t req_len;	 /* at most TSMREQ_LENGTH_MAX, and so is the next */
	void *resp;
	size_t resp_len;
};

static inline uint64_t tsmreq_rev_uptr(const void *bytes, size_t size)
{
	return size != 0 ? (uintptr_t)bytes : 0;
}

/* Bytes of the request structure; 0 for refused revisions. */
uint32_t tsmreq_rev_request_size(const struct rev_row *row);

/* One file each. tsm_code goes out as 0: an early failure leaves it as it was. */
void tsmreq_layout_type_build(const struct rev_request *rq, uint8_t *arg);
uint32_t tsmreq_layout_type_answered(const uint8_t *arg);
void tsmreq_layout_scope_build(const struct rev_request *rq, bool tsm_code, uint8_t *arg);
void tsmreq_layout_op_build(const struct rev_request *rq, uint8_t *arg);

static inline void tsmreq_rev_request_build(const struct rev_row *row, const struct rev_request *rq,
					    uint8_t *arg)
{
	if (row->layout == TSMREQ_LAYOUT_OP)
		tsmreq_layout_op_build(rq, arg);
	else if (row->layout == TSMREQ_LAYOUT_SCOPE)
		tsmreq_layout_scope_build(rq, row->tsm_code, arg);
	else
		tsmreq_layout_type_build(rq, arg);
}

#define REV_TSM_CODE_AT 40 /* on every layout that has it */

/* What the kernel left in @arg: its tsm_code, or 0 where the row has none. */
static inline uint64_t tsmreq_rev_request_code(const struct rev_row *row, const uint8_t *arg)
{
	return row->tsm_code ? tsmreq_load_le64(arg + REV_TSM_CODE_AT) : 0;
}

/*
 * The residue of a good answer @rc (>= 0): 0 .. what was offered, or -EBADE. What was offered is
 * the response, or the request where there is no response.
 */
int tsmreq_rev_request_residue(const struct rev_row *row, const struct rev_request *rq,
			       const uint8_t *arg, int rc, uint32_t *ret);

/* The ioctls around the request. Each fills @arg, zeroed by the caller, and answers its command. */
enum rev_tsm_op {
	REV_BIND,
	REV_UNBIND
};
uint32_t tsmreq_rev_tsm_op_build(const struct rev_row *row, enum rev_tsm_op op, uint32_t vdevice_id,
				 uint8_t *arg);
uint32_t tsmreq_rev_destroy_build(uint32_t id, uint8_t *arg);
uint32_t tsmreq_rev_viommu_build(const struct rev_row *row, const struct tsmreq_viommu_args *args,
				 uint8_t *arg);
uint32_t tsmreq_rev_vdevice_build(const struct tsmreq_vdevice_args *args, uint8_t *arg);
/* The id the kernel wrote; 0 never exists. */
uint32_t tsmreq_rev_viommu_id(const uint8_t *arg);
uint32_t tsmreq_rev_vdevice_id(const uint8_t *arg);

#define REV_PAYLOAD_MAX	      32u
#define REV_OBJECT_SIZE_BYTES 4u /* the answer to OBJECT_INFO */

struct rev_payload {
	uint32_t size;
	uint8_t bytes[REV_PAYLOAD_MAX];
};

/* Whose payload: the row's set, as the architecture and the quirks of the handle have it. */
struct rev_speaker {
	const struct rev_row *row;
	enum tsmreq_arch arch;
	uint32_t quirks; /* TSMREQ_QUIRK_PAYLOAD_*, TSMREQ_QUIRK_VCA_* */
};

/*
 * The request bytes of each typed call. -EOPNOTSUPP where the set or the architecture has none
 * (whether the row can say the op at all is tsmreq_rev_wire()'s answer), -EINVAL where a vCPU is
 * wanted and none was given.
 */
int tsmreq_rev_payload_size(const struct rev_speaker *by, enum tsmreq_object object,
			    struct rev_payload *ret);
int tsmreq_rev_payload_read(const struct rev_speaker *by, enum tsmreq_object object,
			    struct rev_payload *ret);
int tsmreq_rev_payload_regen(const struct rev_speaker *by, enum tsmreq_object object,
			     uint64_t flags, const void *nonce, struct rev_payload *ret);
int tsmreq_rev_payload_validate(const struct rev_speaker *by, const struct tsmreq_mmio_range *range,
				struct rev_payload *ret);
/* Only the March set can look a device up. */
bool tsmreq_rev_payload_has_vcpu(const struct rev_speaker *by);
int tsmreq_rev_payload_vcpu(const struct rev_speaker *by, int32_t vcpu_fd, struct rev_payload *ret);
int tsmreq_rev_payload_state(const struct rev_speaker *by, enum tsmreq_tdi_state target,
			     struct rev_payload *ret);
/* The state a caller's own SET_TDI_STATE bytes ask for; UNKNOWN if that cannot be told. */
enum tsmreq_tdi_state tsmreq_rev_payload_target(const struct rev_row *row, enum tsmreq_arch arch,
						struct tsmreq_bytes request);

#endif
