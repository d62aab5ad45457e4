/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <tsmreq/probe.h>
#include <tsmreq/text.h>

#include "base/sized.h"
#include "core/core.h"
#include "transport/iommufd.h"

#define TRANSPORT_MIN sizeof(struct tsmreq_transport)
#define OPTS_MIN      sizeof(struct tsmreq_ctx_opts)

/* The row the caller named, or the one the kernel answers to. */
static int choose_row(const struct tsmreq_transport *transport, const struct tsmreq_ctx_opts *opts,
		      const struct rev_row **ret)
{
	struct tsmreq_probe probe = {.uapi = opts->uapi};
	char seen[512];
	int rc;

	if (opts->uapi == TSMREQ_UAPI_PROBE) {
		rc = tsmreq_probe_transport(transport, &probe);
		if (rc == 0)
			rc = tsmreq_probe_to_errno(&probe);
		if (rc < 0) {
			tsmreq_probe_format(&probe, seen, sizeof(seen));
			tsmreq_log(opts->log, opts->log_userdata, LOG_IS_ERROR,
				   "probe: %s (seen: %s); name the revision in the options",
				   tsmreq_verdict_to_string(probe.verdict), seen);
			return rc;
		}
	}
	*ret = tsmreq_rev_find(probe.uapi);
	if (*ret == NULL)
		return -EINVAL;
	if ((*ret)->refusal != NULL) {
		tsmreq_log(opts->log, opts->log_userdata, LOG_IS_ERROR,
			   "revision %s is known and never spoken: %s", (*ret)->name,
			   (*ret)->refusal);
		return -EOPNOTSUPP;
	}
	return 0;
}

int tsmreq_ctx_new_from_transport(struct tsmreq_ctx **ret, const struct tsmreq_transport *transport,
				  const struct tsmreq_ctx_opts *opts)
{
	const struct rev_row *row = NULL;
	struct tsmreq_transport door;
	struct tsmreq_ctx_opts o;
	struct tsmreq_ctx *ctx;
	int rc;

	if (ret == NULL || transport == NULL)
		return -EINVAL;
	rc = tsmreq_sized_copy(&door, sizeof(door), TRANSPORT_MIN, transport);
	if (rc == 0)
		rc = tsmreq_sized_copy(&o, sizeof(o), OPTS_MIN, opts);
	if (rc == 0 && (door.submit == NULL || o.flags != 0))
		rc = -EINVAL;
	if (rc == 0)
		rc = choose_row(&door, &o, &row);
	if (rc != 0)
		return rc;

	ctx = malloc(sizeof(*ctx));
	if (ctx == NULL)
		return -ENOMEM;
	atomic_init(&ctx->refs, 1);
	ctx->row = row;
	ctx->transport = door;
	ctx->log = o.log;
	ctx->log_userdata = o.log_userdata;
	tsmreq_log(ctx->log, ctx->log_userdata, LOG_IS_INFO, "speaking revision %s%s", row->name,
		   o.uapi == TSMREQ_UAPI_PROBE ? ", as probed" : "");
	*ret = ctx;
	return 0;
}

int tsmreq_ctx_new_from_fd(struct tsmreq_ctx **ret, int iommufd, const struct tsmreq_ctx_opts *opts)
{
	struct tsmreq_transport transport = tsmreq_iommufd_borrow(iommufd);

	if (iommufd < 0)
		return -EBADF;
	return tsmreq_ctx_new_from_transport(ret, &transport, opts);
}

int tsmreq_ctx_open(struct tsmreq_ctx **ret, const char *path, const struct tsmreq_ctx_opts *opts)
{
	struct tsmreq_transport transport;
	int fd, rc;

	fd = tsmreq_iommufd_open(path != NULL ? path : "/dev/iommu");
	if (fd < 0)
		return fd;
	transport = tsmreq_iommufd_own(fd);
	rc = tsmreq_ctx_new_from_transport(ret, &transport, opts);
	if (rc < 0)
		transport.release(transport.userdata);
	return rc;
}

struct tsmreq_ctx *tsmreq_ctx_ref(struct tsmreq_ctx *ctx)
{
	atomic_fetch_add_explicit(&ctx->refs, 1, memory_order_relaxed);
	return ctx;
}

struct tsmreq_ctx *tsmreq_ctx_free(struct tsmreq_ctx *ctx)
{
	if (ctx == NULL)
		return NULL;
	/* the last user, whoever it is, sees what the others wrote before they left */
	if (atomic_fetch_sub_explicit(&ctx->refs, 1, memory_order_acq_rel) == 1) {
		if (ctx->transport.release != NULL)
			ctx->transport.release(ctx->transport.userdata);
		free(ctx);
	}
	return NULL;
}

enum tsmreq_uapi tsmreq_ctx_get_uapi(const struct tsmreq_ctx *ctx)
{
	return ctx != NULL ? ctx->row->uapi : TSMREQ_UAPI_PROBE;
}

bool tsmreq_ctx_has(const struct tsmreq_ctx *ctx, enum tsmreq_arch arch,
		    enum tsmreq_feature feature)
{
	return ctx != NULL && tsmreq_rev_has(ctx->row, arch, feature);
}
