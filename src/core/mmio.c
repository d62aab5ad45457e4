/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "core/vdev.h"

#define PAGE_MASK 0xfffull

static bool well_formed(const struct tsmreq_mmio_range *range)
{
	uint64_t base, length, host_end;

	if (range == NULL || range->reserved != 0)
		return false;
	base = range->guest_base.raw;
	if (__builtin_sub_overflow(range->guest_top, base, &length) || length == 0)
		return false;
	if ((base | range->guest_top | range->host_base) & PAGE_MASK)
		return false;
	return !__builtin_add_overflow(range->host_base, length, &host_end);
}

static int validate(struct tsmreq_vdev *vdev, const struct tsmreq_mmio_range *range,
		    struct tsmreq_result *ret)
{
	struct request rq;
	int rc;

	if (!well_formed(range))
		return -EINVAL;
	rc = tsmreq_rev_payload_validate(&vdev->speaker, range, &rq.payload);
	if (rc < 0)
		return rc;
	if (tsmreq_vdev_hold_refuses(vdev, TSMREQ_OP_VALIDATE_MMIO, TSMREQ_TDI_UNKNOWN))
		return -ESTALE;
	tsmreq_vdev_start(vdev, TSMREQ_OP_VALIDATE_MMIO, &rq);
	return tsmreq_vdev_send_payload(vdev, &rq, ret);
}

static int request(struct tsmreq_vdev *vdev, int32_t vcpu_fd, struct tsmreq_result *ret)
{
	struct request rq;
	int rc;

	rc = tsmreq_rev_payload_vcpu(&vdev->speaker, vcpu_fd, &rq.payload);
	if (rc < 0)
		return rc;
	tsmreq_vdev_start(vdev, TSMREQ_OP_VDEV_REQUEST, &rq);
	return tsmreq_vdev_send_payload(vdev, &rq, ret);
}

int tsmreq_vdev_validate_mmio(struct tsmreq_vdev *vdev, const struct tsmreq_mmio_range *range,
			      struct tsmreq_result *ret)
{
	int rc = tsmreq_vdev_begin(vdev, ret);

	return rc < 0 ? rc : tsmreq_vdev_end(vdev, validate(vdev, range, ret));
}

int tsmreq_vdev_request(struct tsmreq_vdev *vdev, int32_t vcpu_fd, struct tsmreq_result *ret)
{
	int rc = tsmreq_vdev_begin(vdev, ret);

	return rc < 0 ? rc : tsmreq_vdev_end(vdev, request(vdev, vcpu_fd, ret));
}
