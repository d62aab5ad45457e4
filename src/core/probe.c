/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <tsmreq/probe.h>
#include <tsmreq/text.h>

#include "base/sized.h"
#include "rev/probe.h"
#include "transport/iommufd.h"

int tsmreq_probe_transport(const struct tsmreq_transport *transport, struct tsmreq_probe *ret)
{
	struct tsmreq_transport door;
	int rc;

	if (transport == NULL || ret == NULL)
		return -EINVAL;
	rc = tsmreq_sized_copy(&door, sizeof(door), sizeof(door), transport);
	if (rc < 0)
		return rc;
	if (door.submit == NULL)
		return -EINVAL;
	tsmreq_rev_probe(&door, ret);
	return 0;
}

int tsmreq_probe_fd(int iommufd, struct tsmreq_probe *ret)
{
	struct tsmreq_transport transport = tsmreq_iommufd_borrow(iommufd);

	if (iommufd < 0)
		return -EBADF;
	return tsmreq_probe_transport(&transport, ret);
}

int tsmreq_probe_to_errno(const struct tsmreq_probe *probe)
{
	switch (probe->verdict) {
	case TSMREQ_VERDICT_ROW:
		return 0;
	case TSMREQ_VERDICT_NONE:
		return -ENOTTY;
	case TSMREQ_VERDICT_OFF:
		return -EOPNOTSUPP;
	case TSMREQ_VERDICT_NOT_IOMMUFD:
		return -EBADFD;
	case TSMREQ_VERDICT_UNKNOWN:
	case TSMREQ_VERDICT_FORCE_S32_:
		break;
	}
	return -EPROTONOSUPPORT;
}

struct line {
	char *buf;
	size_t size, length;
};

static void append(struct line *line, const char *before, const char *text)
{
	size_t at = line->length < line->size ? line->length : line->size;
	int n = snprintf(line->buf + at, line->size - at, "%s%s", before, text);

	line->length += n > 0 ? (size_t)n : 0;
}

size_t tsmreq_probe_format(const struct tsmreq_probe *probe, char *buf, size_t size)
{
	struct line line = {.buf = buf, .size = size};
	uint32_t count = probe->count < TSMREQ_PROBE_MAX ? probe->count : TSMREQ_PROBE_MAX;
	char word[32];

	if (size != 0)
		buf[0] = '\0';
	for (uint32_t i = 0; i < count; i++) {
		const struct tsmreq_probe_answer *a = &probe->answers[i];

		/* the number once, then its letters */
		if (i == 0 || a->cmd != probe->answers[i - 1].cmd) {
			snprintf(word, sizeof(word), "0x%02x", a->cmd & 0xffu);
			append(&line, i == 0 ? "" : " ", word);
		}
		snprintf(word, sizeof(word), " %c=", (int)(a->name & 0x7fu));
		append(&line, word, a->rc < 0 ? tsmreq_errno_to_string(a->rc) : "OK");
	}
	return line.length;
}
