/* SPDX-License-Identifier: MIT */
#include "evidence/nlerr.h"
#include <errno.h>
#include <netlink/errno.h>

static const int errnos[NLE_MAX + 1] = {
	[NLE_SUCCESS] = 0,
	[NLE_FAILURE] = EIO,
	[NLE_INTR] = EINTR,
	[NLE_BAD_SOCK] = EBADF,
	[NLE_AGAIN] = EAGAIN,
	[NLE_NOMEM] = ENOMEM,
	[NLE_EXIST] = EEXIST,
	[NLE_INVAL] = EINVAL,
	[NLE_RANGE] = ERANGE,
	[NLE_MSGSIZE] = EMSGSIZE,
	[NLE_OPNOTSUPP] = EOPNOTSUPP,
	[NLE_AF_NOSUPPORT] = EAFNOSUPPORT,
	[NLE_OBJ_NOTFOUND] = ENOENT,
	[NLE_NOATTR] = EBADMSG,
	[NLE_MISSING_ATTR] = EBADMSG,
	[NLE_AF_MISMATCH] = EAFNOSUPPORT,
	[NLE_SEQ_MISMATCH] = EBADMSG,
	[NLE_MSG_OVERFLOW] = EMSGSIZE,
	[NLE_MSG_TRUNC] = EBADMSG,
	[NLE_NOADDR] = EADDRNOTAVAIL,
	[NLE_SRCRT_NOSUPPORT] = EOPNOTSUPP,
	[NLE_MSG_TOOSHORT] = EBADMSG,
	[NLE_MSGTYPE_NOSUPPORT] = EOPNOTSUPP,
	[NLE_OBJ_MISMATCH] = EBADMSG,
	[NLE_NOCACHE] = ENOENT,
	[NLE_BUSY] = EBUSY,
	[NLE_PROTO_MISMATCH] = EPROTONOSUPPORT,
	[NLE_NOACCESS] = EACCES,
	[NLE_PERM] = EPERM,
	[NLE_PKTLOC_FILE] = EIO,
	[NLE_PARSE_ERR] = EBADMSG,
	[NLE_NODEV] = ENODEV,
	[NLE_IMMUTABLE] = EPERM,
	[NLE_DUMP_INTR] = EAGAIN,
	[NLE_ATTRSIZE] = EBADMSG,
};

int tsmreq_errno_from_nl(int error)
{
	/* never INT_MIN: its negation is no number */
	const unsigned int number = error < 0 ? 0u - (unsigned int)error : (unsigned int)error;

	if (number > NLE_MAX || (number && !errnos[number]))
		return -EIO;
	return -errnos[number];
}
