/* SPDX-License-Identifier: MIT */
#ifndef MOCK_EVIDENCE_H
#define MOCK_EVIDENCE_H

#include "mock/tdi.h"

/*
 * What a device would show of itself, in the formats of SPDM and TDISP, so that a parser has
 * something true to chew. No two regenerations are alike. Nothing is signed: the digests and
 * signatures are a mixing function's, and verify nothing. Each caches its object: 0 or -ENOMEM.
 */

/* What connecting leaves behind: the certificate chain and the VCA transcript. */
int tsmreq_mock_evidence_connect(struct mock_tdi *tdi);
/* An SPDM MEASUREMENTS message over @nonce; flags bit 0: raw values, else digests. */
int tsmreq_mock_evidence_measurements(struct mock_tdi *tdi, uint64_t flags,
				      const uint8_t nonce[TSMREQ_NONCE_SIZE]);
/* The TDISP device interface report. */
int tsmreq_mock_evidence_report(struct mock_tdi *tdi);

#endif
