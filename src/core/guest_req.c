/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "core/vdev.h"

/* Requests in the caller's own bytes. */

/* SEV's messages: the driver bounds neither length, so both are a page, always. */
static bool carries_page(enum tsmreq_arch arch, enum tsmreq_op op)
{
	return arch == TSMREQ_ARCH_SEV && op != TSMREQ_OP_SET_TDI_STATE;
}

static bool are_pages(struct tsmreq_bytes request, const struct tsmreq_buffer *response)
{
	return request.size == TSMREQ_SEV_PAGE_SIZE && response != NULL &&
	       response->capacity == TSMREQ_SEV_PAGE_SIZE;
}

static int guest_req(struct tsmreq_vdev *vdev, enum tsmreq_op op, enum tsmreq_arch arch,
		     struct tsmreq_bytes request, struct tsmreq_buffer *response,
		     struct tsmreq_result *ret)
{
	enum tsmreq_tdi_state target = TSMREQ_TDI_UNKNOWN;
	size_t room = response != NULL ? response->capacity : 0;
	struct request rq;
	int rc;

	/* refuse */
	if (response != NULL)
		response->size = 0;
	if (arch != vdev->speaker.arch || (request.size != 0 && request.data == NULL) ||
	    (room != 0 && response->data == NULL))
		return -EINVAL;
	if (carries_page(arch, op) && !are_pages(request, response))
		return -EINVAL;
	if (op == TSMREQ_OP_VDEV_REQUEST && !tsmreq_rev_payload_has_vcpu(&vdev->speaker))
		return -EOPNOTSUPP;
	if (op == TSMREQ_OP_SET_TDI_STATE)
		target = tsmreq_rev_payload_target(vdev->ctx->row, arch, request);
	if (tsmreq_vdev_hold_refuses(vdev, op, target))
		return -ESTALE;

	/* send */
	tsmreq_vdev_start(vdev, op, &rq);
	rq.opaque = true;
	rq.say.req = request.data;
	rq.say.req_len = request.size;
	rq.say.resp = room != 0 ? response->data : NULL;
	rq.say.resp_len = room;
	rc = tsmreq_request(vdev->ctx, &rq, ret);

	/* conclude */
	if (room != 0 && ret->outcome == TSMREQ_OUTCOME_COMPLETED)
		response->size = room - ret->residue;
	if (op == TSMREQ_OP_SEV_ENABLE_DMA || op == TSMREQ_OP_SEV_DISABLE_DMA)
		target = tsmreq_vdev_get_state(vdev); /* DMA moves no TDI state */
	else if (op != TSMREQ_OP_SET_TDI_STATE)
		return rc;
	else if (ret->residue != 0 && room == 0)
		target = TSMREQ_TDI_UNKNOWN; /* not all of the payload was taken */
	tsmreq_vdev_book(vdev, target, rc, ret);
	return rc;
}

int tsmreq_vdev_guest_req(struct tsmreq_vdev *vdev, enum tsmreq_op op, enum tsmreq_arch arch,
			  struct tsmreq_bytes request, struct tsmreq_buffer *response,
			  struct tsmreq_result *ret)
{
	int rc = tsmreq_vdev_begin(vdev, ret);

	return rc < 0 ? rc
		      : tsmreq_vdev_end(vdev, guest_req(vdev, op, arch, request, response, ret));
}

int tsmreq_vdev_sev_set_dma(struct tsmreq_vdev *vdev, bool enable, struct tsmreq_bytes request,
			    struct tsmreq_buffer *response, struct tsmreq_result *ret)
{
	enum tsmreq_op op = enable ? TSMREQ_OP_SEV_ENABLE_DMA : TSMREQ_OP_SEV_DISABLE_DMA;
	int rc = tsmreq_vdev_begin(vdev, ret);

	if (rc < 0)
		return rc;
	return tsmreq_vdev_end(vdev,
			       guest_req(vdev, op, vdev->speaker.arch, request, response, ret));
}
