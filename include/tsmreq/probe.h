/* SPDX-License-Identifier: MIT */
#ifndef TSMREQ_PROBE_H
#define TSMREQ_PROBE_H

#include <tsmreq/ctx.h>

TSMREQ_BEGIN_DECLS

#define TSMREQ_PROBE_MAX 16u

enum tsmreq_verdict {
	TSMREQ_VERDICT_ROW = 1,		/* one revision fits, and only one          */
	TSMREQ_VERDICT_NONE = 2,	/* an iommufd without the TSM ioctls        */
	TSMREQ_VERDICT_OFF = 3,		/* the numbers exist, built without TSM     */
	TSMREQ_VERDICT_UNKNOWN = 4,	/* no listed pattern: see the answers       */
	TSMREQ_VERDICT_NOT_IOMMUFD = 5, /* another kind of file, or a filter       */
	TSMREQ_VERDICT_FORCE_S32_ = INT32_MAX
};

/* One ioctl sent and what came back. @name is the letter of doc/UAPI.md's table. */
struct tsmreq_probe_answer {
	uint32_t name; /* 'S', 'A' .. 'J' */
	uint32_t cmd;
	int32_t rc; /* -errno, or the result */
};

struct tsmreq_probe {
	enum tsmreq_verdict verdict;
	enum tsmreq_uapi uapi; /* with ROW; else TSMREQ_UAPI_PROBE */
	uint32_t count;
	struct tsmreq_probe_answer answers[TSMREQ_PROBE_MAX];
};

/*
 * Which revision answers? No object is named, so nothing can be touched. 0 whenever a verdict was
 * reached, UNKNOWN included; -EINVAL for bad arguments. Do it before entering a jail.
 */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_probe_fd(int iommufd, struct tsmreq_probe *ret);
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_probe_transport(const struct tsmreq_transport *transport, struct tsmreq_probe *ret);
/* What a constructor answers for it: 0 for ROW, else -errno. */
TSMREQ_PUBLIC
int tsmreq_probe_to_errno(const struct tsmreq_probe *probe);
/* One line, "0x95 A=ENOENT B=EOPNOTSUPP .. 0x96 ..", cut at @size. Returns the full length. */
TSMREQ_PUBLIC
size_t tsmreq_probe_format(const struct tsmreq_probe *probe, char *buf, size_t size);

TSMREQ_END_DECLS
#endif
