/* SPDX-License-Identifier: MIT */
#ifndef TSMREQ_TEXT_H
#define TSMREQ_TEXT_H

#include <tsmreq/probe.h>
#include <tsmreq/types.h>
#include <tsmreq/uapi.h>

TSMREQ_BEGIN_DECLS

/* Static strings, never NULL; "unknown" for what this version cannot name. */
TSMREQ_PUBLIC
const char *tsmreq_arch_to_string(enum tsmreq_arch arch);
TSMREQ_PUBLIC
const char *tsmreq_tdi_state_to_string(enum tsmreq_tdi_state state);
TSMREQ_PUBLIC
const char *tsmreq_object_to_string(enum tsmreq_object object);
TSMREQ_PUBLIC
const char *tsmreq_op_to_string(enum tsmreq_op op);
TSMREQ_PUBLIC
const char *tsmreq_outcome_to_string(enum tsmreq_outcome outcome);
TSMREQ_PUBLIC
const char *tsmreq_uapi_to_string(enum tsmreq_uapi uapi);
TSMREQ_PUBLIC
const char *tsmreq_layout_to_string(enum tsmreq_layout layout);
TSMREQ_PUBLIC
const char *tsmreq_feature_to_string(enum tsmreq_feature feature);
TSMREQ_PUBLIC
const char *tsmreq_verdict_to_string(enum tsmreq_verdict verdict);
/* The TSM's own code: SEV's are firmware codes, the others have no public names. */
TSMREQ_PUBLIC
const char *tsmreq_code_to_string(enum tsmreq_arch arch, uint64_t tsm_code);
/* "EINVAL" for 22 and for -22. */
TSMREQ_PUBLIC
const char *tsmreq_errno_to_string(int error);

/* 0, or -EINVAL for a word that is not in the list. */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_arch_from_string(const char *word, enum tsmreq_arch *ret);
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_uapi_from_string(const char *word, enum tsmreq_uapi *ret);
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_tdi_state_from_string(const char *word, enum tsmreq_tdi_state *ret);
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_object_from_string(const char *word, enum tsmreq_object *ret);
/* The positive errno, or 0 for a name it does not have. */
TSMREQ_PUBLIC
int tsmreq_errno_from_string(const char *name);

/* The calls, for explaining an error of theirs. */
enum tsmreq_verb {
	TSMREQ_VERB_OPEN = 1, /* the constructors of a context */
	TSMREQ_VERB_BIND = 2,
	TSMREQ_VERB_UNBIND = 3,
	TSMREQ_VERB_SET_TDI_STATE = 4,
	TSMREQ_VERB_VALIDATE_MMIO = 5,
	TSMREQ_VERB_VDEV_REQUEST = 6,
	TSMREQ_VERB_OBJECT_SIZE = 7,
	TSMREQ_VERB_READ_OBJECT = 8,
	TSMREQ_VERB_REGENERATE = 9,
	TSMREQ_VERB_SEV_SET_DMA = 10,
	TSMREQ_VERB_GUEST_REQ = 11,
	TSMREQ_VERB_ALLOC_VIOMMU = 12,
	TSMREQ_VERB_ALLOC_VDEVICE = 13,
	TSMREQ_VERB_DESTROY = 14,
	TSMREQ_VERB_FORCE_S32_ = INT32_MAX
};

TSMREQ_PUBLIC
const char *tsmreq_verb_to_string(enum tsmreq_verb verb);
/*
 * What @rc (-errno) of @verb with that outcome usually means and what to do: one static sentence,
 * never NULL. EINVAL of bind and EINVAL of a read are different things; this knows.
 */
TSMREQ_PUBLIC
const char *tsmreq_explain(enum tsmreq_verb verb, int rc, enum tsmreq_outcome outcome);

TSMREQ_PUBLIC
void tsmreq_get_version(unsigned int *ret_major, unsigned int *ret_minor, unsigned int *ret_patch);

TSMREQ_END_DECLS
#endif
