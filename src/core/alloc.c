/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "base/sized.h"
#include "core/core.h"

/* Making and destroying iommufd objects. */

/* Writes *ret as NOT_SENT and takes a copy of the caller's @size bytes; 0, -EINVAL or -E2BIG. */
static int begin(const struct tsmreq_ctx *ctx, const void *args, void *ours, size_t size,
		 const void *ret_id, struct tsmreq_result *ret)
{
	if (ret == NULL)
		return -EINVAL;
	*ret = (struct tsmreq_result){.outcome = TSMREQ_OUTCOME_NOT_SENT};
	if (ctx == NULL || args == NULL || ret_id == NULL)
		return -EINVAL;
	return tsmreq_sized_copy(ours, size, size, args);
}

/* A new object's id is never 0, and no good answer of these ioctls is above 0. */
static int conclude(struct tsmreq_ctx *ctx, uint32_t cmd, enum effect effect, int rc, uint32_t id,
		    uint32_t *ret_id, struct tsmreq_result *ret)
{
	const struct failure failure = {.effect = effect};

	if (rc < 0)
		return tsmreq_failed(ctx, cmd, &failure, rc, ret);
	if (rc > 0)
		return tsmreq_broken(ctx, cmd, &failure, ret);
	if (id == 0) {
		/* it exists and nobody knows its name */
		rc = tsmreq_broken(ctx, cmd, &failure, ret);
		ret->outcome = TSMREQ_OUTCOME_UNCERTAIN;
		return rc;
	}
	*ret_id = id;
	return 0;
}

int tsmreq_ctx_alloc_viommu(struct tsmreq_ctx *ctx, const struct tsmreq_viommu_args *args,
			    uint32_t *ret_id, struct tsmreq_result *ret)
{
	_Alignas(8) uint8_t arg[REV_ARG_MAX] = {0};
	struct tsmreq_viommu_args a;
	uint32_t cmd;
	int rc;

	/* refuse */
	rc = begin(ctx, args, &a, sizeof(a), ret_id, ret);
	if (rc < 0)
		return rc;
	if (a.data.size > TSMREQ_LENGTH_MAX)
		return -EMSGSIZE;
	if (a.data.size != 0 && a.data.data == NULL)
		return -EINVAL;

	/* say it, send, conclude */
	cmd = tsmreq_rev_viommu_build(ctx->row, &a, arg);
	rc = tsmreq_exchange(ctx, cmd, arg, ret);
	return conclude(ctx, cmd, EFFECT_ALLOC, rc, tsmreq_rev_viommu_id(arg), ret_id, ret);
}

int tsmreq_ctx_alloc_vdevice(struct tsmreq_ctx *ctx, const struct tsmreq_vdevice_args *args,
			     struct tsmreq_vdevice_id *ret_id, struct tsmreq_result *ret)
{
	_Alignas(8) uint8_t arg[REV_ARG_MAX] = {0};
	enum effect effect = EFFECT_ALLOC;
	struct tsmreq_vdevice_args a;
	uint32_t cmd;
	int rc;

	/* refuse */
	rc = begin(ctx, args, &a, sizeof(a), ret_id, ret);
	if (rc < 0)
		return rc;

	/* say it, send, conclude */
	if (tsmreq_rev_binds_at_alloc(ctx->row))
		effect = EFFECT_ALLOC_BINDS;
	cmd = tsmreq_rev_vdevice_build(&a, arg);
	rc = tsmreq_exchange(ctx, cmd, arg, ret);
	return conclude(ctx, cmd, effect, rc, tsmreq_rev_vdevice_id(arg), &ret_id->raw, ret);
}

int tsmreq_ctx_destroy(struct tsmreq_ctx *ctx, uint32_t id, struct tsmreq_result *ret)
{
	_Alignas(8) uint8_t arg[REV_ARG_MAX] = {0};
	/* destroying a vDevice unbinds */
	const struct failure failure = {.effect = EFFECT_STATE};
	uint32_t cmd;
	int rc;

	if (ret == NULL)
		return -EINVAL;
	*ret = (struct tsmreq_result){.outcome = TSMREQ_OUTCOME_NOT_SENT};
	if (ctx == NULL)
		return -EINVAL;
	cmd = tsmreq_rev_destroy_build(id, arg);
	rc = tsmreq_exchange(ctx, cmd, arg, ret);
	if (rc < 0)
		return tsmreq_failed(ctx, cmd, &failure, rc, ret);
	return rc > 0 ? tsmreq_broken(ctx, cmd, &failure, ret) : 0;
}
