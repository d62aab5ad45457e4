/* SPDX-License-Identifier: MIT */
#ifndef CORE_VDEV_H
#define CORE_VDEV_H

#include <errno.h>

#include "core/core.h"

struct tsmreq_vdev {
	struct tsmreq_ctx *ctx;
	struct tsmreq_vdevice_id id;
	struct rev_speaker speaker;
	atomic_flag busy; /* one call at a time; the rest may be read at any time */
	atomic_bool held; /* a state change may or may not have happened          */
	atomic_bool gone; /* destroyed through this handle                        */
	_Atomic(enum tsmreq_tdi_state) state;
};

/* Gives the handle back and hands @rc through. */
static inline int tsmreq_vdev_end(struct tsmreq_vdev *vdev, int rc)
{
	atomic_flag_clear_explicit(&vdev->busy, memory_order_release);
	return rc;
}

/* Writes *ret as NOT_SENT and takes the handle; 0, -EINVAL, -EBUSY or -ENOENT. */
static inline int tsmreq_vdev_begin(struct tsmreq_vdev *vdev, struct tsmreq_result *ret)
{
	if (ret == NULL)
		return -EINVAL;
	*ret = (struct tsmreq_result){.outcome = TSMREQ_OUTCOME_NOT_SENT};
	if (vdev == NULL)
		return -EINVAL;
	if (atomic_flag_test_and_set_explicit(&vdev->busy, memory_order_acquire))
		return -EBUSY;
	/* the kernel hands ids out again: this one may be another device's by now */
	return atomic_load(&vdev->gone) ? tsmreq_vdev_end(vdev, -ENOENT) : 0;
}

/* After an UNCERTAIN state change these wait until somebody has looked. */
static inline bool tsmreq_vdev_hold_refuses(const struct tsmreq_vdev *vdev, enum tsmreq_op op,
					    enum tsmreq_tdi_state target)
{
	if (!atomic_load_explicit(&vdev->held, memory_order_relaxed))
		return false;
	if (op == TSMREQ_OP_SET_TDI_STATE)
		return target != TSMREQ_TDI_UNLOCKED;
	/* a message page is never held: one wrongly failed costs the guest its key for ever */
	return op == TSMREQ_OP_VALIDATE_MMIO && vdev->speaker.arch != TSMREQ_ARCH_SEV;
}

/* Hold the device: nobody can tell what a state change has left. */
void tsmreq_vdev_hold(struct tsmreq_vdev *vdev);

/* What a state change left on the books; @target UNKNOWN: the caller cannot tell what it asked. */
static inline void tsmreq_vdev_book(struct tsmreq_vdev *vdev, enum tsmreq_tdi_state target, int rc,
				    const struct tsmreq_result *ret)
{
	/* CCA's driver never sets the code, so one that is set means nobody knows what */
	if (ret->outcome == TSMREQ_OUTCOME_UNCERTAIN ||
	    (rc == -EREMOTEIO && vdev->speaker.arch == TSMREQ_ARCH_CCA))
		tsmreq_vdev_hold(vdev);
	/* unbind answers 0 even when the backend failed: no success ends the hold */
	if (rc == 0 && !atomic_load_explicit(&vdev->held, memory_order_relaxed))
		atomic_store_explicit(&vdev->state, target, memory_order_relaxed);
}

/* A request of this handle's without bytes either way; payload and arg stay as they are. */
static inline void tsmreq_vdev_start(const struct tsmreq_vdev *vdev, enum tsmreq_op op,
				     struct request *rq)
{
	rq->say.vdevice_id = vdev->id.raw;
	rq->say.arch = vdev->speaker.arch;
	rq->say.req_len = 0;
	rq->say.resp_len = 0;
	rq->op = op;
	rq->quirks = vdev->speaker.quirks;
	rq->opaque = false;
}

/* Sends @rq with the payload in it. */
static inline int tsmreq_vdev_send_payload(const struct tsmreq_vdev *vdev, struct request *rq,
					   struct tsmreq_result *ret)
{
	rq->say.req = rq->payload.bytes;
	rq->say.req_len = rq->payload.size;
	return tsmreq_request(vdev->ctx, rq, ret);
}

#endif
