/* SPDX-License-Identifier: MIT */
#ifndef CLI_WALK_H
#define CLI_WALK_H

#include <stdbool.h>
#include <stdio.h>
#include <tsmreq/uapi.h>

/*
 * One device through its life on the mock: LOCK, evidence, MMIO, RUN, UNLOCK. 0; or the first
 * -errno that was not expected, told on @out. What the row or the architecture has no
 * word for is said and passed over.
 */
int walk_run(FILE *out, enum tsmreq_uapi uapi, enum tsmreq_arch arch, bool verbose);
/* The newest row that can say every step of it. */
bool walk_find_newest(enum tsmreq_arch arch, enum tsmreq_uapi *ret);

#endif
