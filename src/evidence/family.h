/* SPDX-License-Identifier: MIT */
#ifndef EVIDENCE_FAMILY_H
#define EVIDENCE_FAMILY_H

#include <tsmreq/evidence.h>

/* Numbers of the two families, one row each; 0: the family has no such attribute. */
struct evidence_family {
	enum tsmreq_evidence_family family;
	const char *name;
	uint16_t type;
	uint16_t type_mask;
	uint16_t flags;
	uint16_t subsys;
	uint16_t dev_name;
	uint16_t nonce;
	uint16_t generation;
	uint16_t length;
	uint16_t val;
};

/* Version and dump command of both. */
#define EVIDENCE_VERSION  1
#define EVIDENCE_CMD_READ 1

#define EVIDENCE_FLAG_DIGEST 0x1u
#define EVIDENCE_SUBSYS	     "pci"

/* Newest first; NULL behind the last. */
const struct evidence_family *tsmreq_evidence_family_at(unsigned int i);

#endif
