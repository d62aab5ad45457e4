/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "core/vdev.h"

/* Bind, lock, run, unlock, unbind, destroy: what moves a TDI, and which ioctl moves it. */

static bool binds_at_alloc(const struct tsmreq_vdev *vdev)
{
	return tsmreq_rev_binds_at_alloc(vdev->ctx->row);
}

static int send_tsm_op(struct tsmreq_vdev *vdev, enum rev_tsm_op op, struct tsmreq_result *ret)
{
	_Alignas(8) uint8_t arg[REV_ARG_MAX] = {0};
	const struct rev_row *row = vdev->ctx->row;
	const struct failure failure = {
		.effect = EFFECT_STATE,
		.enodev_undecided = row->hides_errno && op == REV_BIND,
		.eintr_undecided = vdev->speaker.arch != TSMREQ_ARCH_CCA &&
				   (vdev->speaker.quirks & TSMREQ_QUIRK_EINTR_UNSURE),
	};
	uint32_t cmd = tsmreq_rev_tsm_op_build(row, op, vdev->id.raw, arg);
	int rc = tsmreq_exchange(vdev->ctx, cmd, arg, ret);

	if (rc < 0)
		return tsmreq_failed(vdev->ctx, cmd, &failure, rc, ret);
	return rc > 0 ? tsmreq_broken(vdev->ctx, cmd, &failure, ret) : 0;
}

static int bind(struct tsmreq_vdev *vdev, struct tsmreq_result *ret)
{
	enum tsmreq_tdi_state state = tsmreq_vdev_get_state(vdev);
	int rc;

	if (atomic_load(&vdev->held))
		return -ESTALE;
	if (binds_at_alloc(vdev)) {
		ret->outcome = TSMREQ_OUTCOME_COMPLETED;
		return 0;
	}
	rc = send_tsm_op(vdev, REV_BIND, ret);
	/* bound already is answered 0 as well, and moves nothing */
	tsmreq_vdev_book(vdev, state == TSMREQ_TDI_UNLOCKED ? TSMREQ_TDI_LOCKED : state, rc, ret);
	return rc;
}

static int unbind(struct tsmreq_vdev *vdev, struct tsmreq_result *ret)
{
	int rc;

	if (binds_at_alloc(vdev))
		return -EOPNOTSUPP;
	rc = send_tsm_op(vdev, REV_UNBIND, ret);
	tsmreq_vdev_book(vdev, TSMREQ_TDI_UNLOCKED, rc, ret);
	return rc;
}

static int request_state(struct tsmreq_vdev *vdev, enum tsmreq_tdi_state target,
			 struct tsmreq_result *ret)
{
	struct request rq;
	int rc;

	rc = tsmreq_rev_payload_state(&vdev->speaker, target, &rq.payload);
	if (rc < 0)
		return rc;
	if (tsmreq_vdev_hold_refuses(vdev, TSMREQ_OP_SET_TDI_STATE, target))
		return -ESTALE;
	tsmreq_vdev_start(vdev, TSMREQ_OP_SET_TDI_STATE, &rq);
	rc = tsmreq_vdev_send_payload(vdev, &rq, ret);
	tsmreq_vdev_book(vdev, target, rc, ret);
	return rc;
}

static int lock(struct tsmreq_vdev *vdev, struct tsmreq_result *ret)
{
	return binds_at_alloc(vdev) ? request_state(vdev, TSMREQ_TDI_LOCKED, ret) : bind(vdev, ret);
}

static int unlock(struct tsmreq_vdev *vdev, struct tsmreq_result *ret)
{
	return binds_at_alloc(vdev) ? request_state(vdev, TSMREQ_TDI_UNLOCKED, ret)
				    : unbind(vdev, ret);
}

static int set_tdi_state(struct tsmreq_vdev *vdev, enum tsmreq_tdi_state target,
			 struct tsmreq_result *ret)
{
	switch (target) {
	case TSMREQ_TDI_LOCKED:
		return lock(vdev, ret);
	case TSMREQ_TDI_RUN:
		return request_state(vdev, TSMREQ_TDI_RUN, ret);
	case TSMREQ_TDI_UNLOCKED:
		/* an SEV guest's STOP leaves the binding alone */
		return vdev->speaker.arch == TSMREQ_ARCH_SEV ? request_state(vdev, target, ret)
							     : unlock(vdev, ret);
	case TSMREQ_TDI_ERROR:
	case TSMREQ_TDI_UNKNOWN:
	case TSMREQ_TDI_FORCE_S32_:
		break;
	}
	return -EINVAL;
}

static int destroy(struct tsmreq_vdev *vdev, struct tsmreq_result *ret)
{
	int rc = tsmreq_ctx_destroy(vdev->ctx, vdev->id.raw, ret);

	if (rc == 0) {
		atomic_store(&vdev->gone, true);
		atomic_store(&vdev->held, false);
	}
	tsmreq_vdev_book(vdev, TSMREQ_TDI_UNLOCKED, rc, ret);
	return rc;
}

int tsmreq_vdev_bind(struct tsmreq_vdev *vdev, struct tsmreq_result *ret)
{
	int rc = tsmreq_vdev_begin(vdev, ret);

	return rc < 0 ? rc : tsmreq_vdev_end(vdev, bind(vdev, ret));
}

int tsmreq_vdev_unbind(struct tsmreq_vdev *vdev, struct tsmreq_result *ret)
{
	int rc = tsmreq_vdev_begin(vdev, ret);

	return rc < 0 ? rc : tsmreq_vdev_end(vdev, unbind(vdev, ret));
}

int tsmreq_vdev_lock(struct tsmreq_vdev *vdev, struct tsmreq_result *ret)
{
	int rc = tsmreq_vdev_begin(vdev, ret);

	return rc < 0 ? rc : tsmreq_vdev_end(vdev, lock(vdev, ret));
}

int tsmreq_vdev_run(struct tsmreq_vdev *vdev, struct tsmreq_result *ret)
{
	int rc = tsmreq_vdev_begin(vdev, ret);

	return rc < 0 ? rc : tsmreq_vdev_end(vdev, request_state(vdev, TSMREQ_TDI_RUN, ret));
}

int tsmreq_vdev_unlock(struct tsmreq_vdev *vdev, struct tsmreq_result *ret)
{
	int rc = tsmreq_vdev_begin(vdev, ret);

	return rc < 0 ? rc : tsmreq_vdev_end(vdev, unlock(vdev, ret));
}

int tsmreq_vdev_set_tdi_state(struct tsmreq_vdev *vdev, enum tsmreq_tdi_state target,
			      struct tsmreq_result *ret)
{
	int rc = tsmreq_vdev_begin(vdev, ret);

	return rc < 0 ? rc : tsmreq_vdev_end(vdev, set_tdi_state(vdev, target, ret));
}

int tsmreq_vdev_destroy(struct tsmreq_vdev *vdev, struct tsmreq_result *ret)
{
	int rc = tsmreq_vdev_begin(vdev, ret);

	return rc < 0 ? rc : tsmreq_vdev_end(vdev, destroy(vdev, ret));
}
