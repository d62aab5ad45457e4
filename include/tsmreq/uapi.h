/* SPDX-License-Identifier: MIT */
#ifndef TSMREQ_UAPI_H
#define TSMREQ_UAPI_H

#include <stdbool.h>
#include <tsmreq/types.h>

TSMREQ_BEGIN_DECLS

/*
 * The revisions of the kernel interface. From 100 on: known by name, so that a mistake can be
 * named, and refused by name, because their numbers mean other things in today's kernels.
 */
enum tsmreq_uapi {
	TSMREQ_UAPI_PROBE = 0,	    /* ask the kernel, without side effects                 */
	TSMREQ_UAPI_RFC1 = 1,	    /* 2025-07-28: type and type_info, 48 bytes             */
	TSMREQ_UAPI_V2 = 2,	    /* 2026-03-09: scope, 40 bytes, residue                 */
	TSMREQ_UAPI_V4 = 3,	    /* 2026-04-27: reserved word tested                     */
	TSMREQ_UAPI_V5 = 4,	    /* 2026-05-25: scope values tested                      */
	TSMREQ_UAPI_V5_CODE = 5,    /* the same with tsm_code, 48 bytes                     */
	TSMREQ_UAPI_JUNE = 6,	    /* 2026-06-02: op and tvm_arch, objects are op 1..3     */
	TSMREQ_UAPI_V6_LIKE = 7,    /* no object ops; both ioctls moved up by one           */
	TSMREQ_UAPI_V6_OBJECTS = 8, /* objects are back as op 5..7                          */
	TSMREQ_UAPI_CCA_V7 = 9,	    /* TSM_OP is gone: allocating the vDevice binds         */

	TSMREQ_UAPI_AMD_RFC2 = 100,    /* 2025-02-18 */
	TSMREQ_UAPI_AMD_TREE = 101,    /* AMD's tree after it */
	TSMREQ_UAPI_CCA_RFC_MAY = 102, /* 2025-05-29 */
	TSMREQ_UAPI_INTEL_RFC1 = 103,  /* 2025-05-29 */
	TSMREQ_UAPI_VFIO_BIND = 104,   /* bind on the VFIO descriptor, part of intel-rfc1 */
	TSMREQ_UAPI_V7 = 105,	       /* 2026-10-08: posted, layout not known */
	TSMREQ_UAPI_FORCE_S32_ = INT32_MAX
};

enum tsmreq_layout {
	TSMREQ_LAYOUT_NONE = 0,	 /* refused revisions */
	TSMREQ_LAYOUT_TYPE = 1,	 /* rfc1 */
	TSMREQ_LAYOUT_SCOPE = 2, /* v2 to v5-code */
	TSMREQ_LAYOUT_OP = 3,	 /* june and later */
	TSMREQ_LAYOUT_FORCE_S32_ = INT32_MAX
};

/* What a revision can do for an architecture. */
enum tsmreq_feature {
	TSMREQ_FEATURE_BIND = 1,       /* bind answers 0: by TSM_OP, or because allocation bound */
	TSMREQ_FEATURE_UNBIND = 2,     /* by TSM_OP                                              */
	TSMREQ_FEATURE_LOCK = 3,       /* the verb, whatever carries it                          */
	TSMREQ_FEATURE_RUN = 4,	       /* the verb                                               */
	TSMREQ_FEATURE_UNLOCK = 5,     /* the verb                                               */
	TSMREQ_FEATURE_VALIDATE = 6,   /* MMIO validation; on SEV as a message page              */
	TSMREQ_FEATURE_OBJECTS = 7,    /* size and read of typed objects                         */
	TSMREQ_FEATURE_REGEN = 8,      /* regenerate                                             */
	TSMREQ_FEATURE_SEV_DMA = 9,    /* a DMA op of its own                                    */
	TSMREQ_FEATURE_SEV_PAGES = 10, /* SEV message pages                                     */
	TSMREQ_FEATURE_VDEV_REQUEST = 11, /* v2's device lookup                                 */
	TSMREQ_FEATURE_TSM_CODE = 12, /* tsm_code exists (any architecture)                     */
	TSMREQ_FEATURE_RESIDUE = 13,  /* the result counts what was left unused                 */
	TSMREQ_FEATURE_KVM_FD = 14,   /* vIOMMU allocation takes the KVM descriptor             */
	TSMREQ_FEATURE_BIND_AT_ALLOC = 15, /* allocating the vDevice binds                      */
	TSMREQ_FEATURE_FORCE_S32_ = INT32_MAX
};

/* One row of the table, for printing and for choosing. */
struct tsmreq_uapi_info {
	const char *name;    /* "cca-v7" */
	const char *source;  /* the public text it was read from */
	const char *refusal; /* NULL, or why this revision is never spoken */
	const char *lineage; /* one line on what it changed */
	enum tsmreq_layout layout;
	uint32_t op_cmd;       /* TSM_OP, 0: none        */
	uint32_t request_cmd;  /* the request, 0: none   */
	uint32_t request_size; /* bytes of its structure */
};

/* All revisions, newest last, refused ones after the spoken ones: i from 0 until false. */
TSMREQ_PUBLIC
bool tsmreq_uapi_at(unsigned int i, enum tsmreq_uapi *ret);
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_uapi_get_info(enum tsmreq_uapi uapi, struct tsmreq_uapi_info *ret);
/* false for a refused or unknown revision, architecture or feature */
TSMREQ_PUBLIC
bool tsmreq_uapi_has(enum tsmreq_uapi uapi, enum tsmreq_arch arch, enum tsmreq_feature feature);
/* The number an op travels under: an op or a scope or a type. -EOPNOTSUPP where it has none. */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_uapi_get_wire(enum tsmreq_uapi uapi, enum tsmreq_arch arch, enum tsmreq_op op,
			 uint32_t *ret);

TSMREQ_END_DECLS
#endif
