/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "core/core.h"

#define READ_SENDS_MAX 3 /* reads alone are sent again, and only after EINTR */

/* From architecture and operation, never from the wire. */
static enum effect effect_of(enum tsmreq_arch arch, enum tsmreq_op op)
{
	bool page = arch == TSMREQ_ARCH_SEV; /* a message page may do anything, TDI_INFO too */

	switch (op) {
	case TSMREQ_OP_SET_TDI_STATE:
	case TSMREQ_OP_SEV_ENABLE_DMA:
	case TSMREQ_OP_SEV_DISABLE_DMA:
		return EFFECT_STATE;
	case TSMREQ_OP_READ_OBJECT:
	case TSMREQ_OP_OBJECT_INFO:
		return page ? EFFECT_REFRESH : EFFECT_READ;
	case TSMREQ_OP_REGEN_OBJECT:
	case TSMREQ_OP_VALIDATE_MMIO:
	case TSMREQ_OP_SEV_MMIO_CONFIG:
	case TSMREQ_OP_VDEV_REQUEST:
	case TSMREQ_OP_FORCE_S32_:
		break;
	}
	return EFFECT_REFRESH;
}

/* The answer is no: a broken one, or @rc. */
static int conclude_failure(const struct tsmreq_ctx *ctx, const struct request *rq, int rc,
			    bool broken, struct tsmreq_result *ret)
{
	struct failure failure = {
		.effect = effect_of(rq->say.arch, rq->op),
		.einval_undecided = rq->op == TSMREQ_OP_VALIDATE_MMIO,
	};

	failure.eintr_undecided = failure.effect == EFFECT_STATE &&
				  rq->say.arch != TSMREQ_ARCH_CCA &&
				  (rq->quirks & TSMREQ_QUIRK_EINTR_UNSURE);
	return broken ? tsmreq_broken(ctx, ctx->row->request_cmd, &failure, ret)
		      : tsmreq_failed(ctx, ctx->row->request_cmd, &failure, rc, ret);
}

static int send(const struct tsmreq_ctx *ctx, struct request *rq, struct tsmreq_result *ret)
{
	int sends = 0, rc;

	do {
		/* residue 0 reads as "full": what was not written must at least be zeros */
		if (rq->say.resp_len != 0)
			memset(rq->say.resp, 0, rq->say.resp_len);
		tsmreq_rev_request_build(ctx->row, &rq->say, rq->arg);
		rc = tsmreq_exchange(ctx, ctx->row->request_cmd, rq->arg, ret);
	} while (rc == -EINTR && effect_of(rq->say.arch, rq->op) == EFFECT_READ &&
		 ++sends < READ_SENDS_MAX);
	return rc;
}

/* What was left over, where anything may be left over. */
static bool residue_is_good(const struct tsmreq_ctx *ctx, const struct request *rq, int rc,
			    struct tsmreq_result *ret)
{
	if (rc == 0 && ctx->row->residue)
		return true;
	if (tsmreq_rev_request_residue(ctx->row, &rq->say, rq->arg, rc, &ret->residue) < 0)
		return false;
	return ret->residue == 0 || rq->say.resp_len != 0 || rq->opaque;
}

int tsmreq_request(const struct tsmreq_ctx *ctx, struct request *rq, struct tsmreq_result *ret)
{
	int wire = tsmreq_rev_wire(ctx->row, rq->say.arch, rq->op);
	int rc;

	/* refuse */
	if (wire == REV_UNSAYABLE)
		return -EOPNOTSUPP;
	/* the kernel keeps what is left in an int: past 2 GiB it would read as an errno */
	if (rq->say.req_len > TSMREQ_LENGTH_MAX || rq->say.resp_len > TSMREQ_LENGTH_MAX)
		return -EMSGSIZE;

	/* say it, send */
	rq->say.wire = (uint32_t)wire;
	rc = send(ctx, rq, ret);

	/* conclude */
	ret->tsm_code = tsmreq_rev_request_code(ctx->row, rq->arg);
	if (rc < 0)
		return conclude_failure(ctx, rq, rc, false, ret);
	if (!residue_is_good(ctx, rq, rc, ret))
		return conclude_failure(ctx, rq, rc, true, ret);
	return ret->tsm_code != 0 ? -EREMOTEIO : 0;
}
