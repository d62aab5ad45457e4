/* SPDX-License-Identifier: MIT */
#include <tsmreq/text.h>

#include "core/core.h"

/* Does this errno leave open whether the operation happened? The table of doc/ERRORS.md. */
static bool undecided(const struct failure *failure, int error)
{
	if (failure->effect == EFFECT_READ || failure->effect == EFFECT_ALLOC)
		return false;
	switch (error) {
	case ENOTTY:
	case E2BIG:
	case EOPNOTSUPP:
	case ENOENT:
	case EBUSY:
		return false;
	case EEXIST:
		return failure->effect != EFFECT_ALLOC_BINDS;
	case EINVAL:
		return failure->einval_undecided;
	case ENODEV:
		return failure->enodev_undecided;
	case EINTR:
	case EAGAIN:
		return failure->eintr_undecided;
	default:
		return true;
	}
}

int tsmreq_failed(const struct tsmreq_ctx *ctx, uint32_t cmd, const struct failure *failure, int rc,
		  struct tsmreq_result *ret)
{
	ret->outcome = undecided(failure, -rc) ? TSMREQ_OUTCOME_UNCERTAIN : TSMREQ_OUTCOME_FAILED;
	tsmreq_log(ctx->log, ctx->log_userdata, LOG_IS_DEBUG, "ioctl 0x%x: %s, %s", cmd,
		   tsmreq_errno_to_string(rc), tsmreq_outcome_to_string(ret->outcome));
	return rc;
}

int tsmreq_broken(const struct tsmreq_ctx *ctx, uint32_t cmd, const struct failure *failure,
		  struct tsmreq_result *ret)
{
	/* every errno that is not listed is undecided, and so is an answer nobody can read */
	int rc = tsmreq_failed(ctx, cmd, failure, -EBADE, ret);

	tsmreq_log(ctx->log, ctx->log_userdata, LOG_IS_WARNING,
		   "ioctl 0x%x: the answer breaks the contract of %s; is it another revision?", cmd,
		   ctx->row->name);
	return rc;
}
