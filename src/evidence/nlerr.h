/* SPDX-License-Identifier: MIT */
#ifndef EVIDENCE_NLERR_H
#define EVIDENCE_NLERR_H

/*
 * libnl's error numbers collide with errnos (NLE_NOMEM is 5, and so is EIO): none leaves this room.
 * -errno for what a libnl call has returned; -EIO for a number it should not have.
 */
int tsmreq_errno_from_nl(int error);

#endif
