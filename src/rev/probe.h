/* SPDX-License-Identifier: MIT */
#ifndef REV_PROBE_H
#define REV_PROBE_H

#include <tsmreq/probe.h>

/* Always reaches a verdict. @transport has been checked. */
void tsmreq_rev_probe(const struct tsmreq_transport *transport, struct tsmreq_probe *ret);

#endif
