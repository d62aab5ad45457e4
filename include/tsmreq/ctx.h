/* SPDX-License-Identifier: MIT */
#ifndef TSMREQ_CTX_H
#define TSMREQ_CTX_H

#include <tsmreq/types.h>
#include <tsmreq/uapi.h>

TSMREQ_BEGIN_DECLS

/* One iommufd and the revision it speaks. Never changes after it is made: any number of threads. */
struct tsmreq_ctx;

/*
 * The one seam to the outside world: an ioctl that speaks -errno. @submit answers the ioctl's
 * non-negative result or -errno, and may be called from any thread a call is made on. @release,
 * if any, is called once, with the last user of the context.
 */
struct tsmreq_transport {
	size_t size; /* sizeof(struct tsmreq_transport) */
	int (*submit)(void *userdata, unsigned long request, void *arg);
	void (*release)(void *userdata);
	void *userdata;
};

/* @priority is syslog's: 3 error, 4 warning, 6 info, 7 debug. @message is finished text. */
typedef void (*tsmreq_log_fn)(void *userdata, int priority, const char *message);

struct tsmreq_ctx_opts {
	size_t size; /* sizeof(struct tsmreq_ctx_opts) */
	enum tsmreq_uapi uapi;
	uint32_t flags;	   /* must be 0 */
	tsmreq_log_fn log; /* NULL: silent */
	void *log_userdata;
};

/* @iommufd stays the caller's, and must stay open until the last user of the context is gone. */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_ctx_new_from_fd(struct tsmreq_ctx **ret, int iommufd,
			   const struct tsmreq_ctx_opts *opts);
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_ctx_new_from_transport(struct tsmreq_ctx **ret, const struct tsmreq_transport *transport,
				  const struct tsmreq_ctx_opts *opts);
/* For tools: opens @path (NULL: /dev/iommu) and owns the descriptor. A jailed VMM borrows one. */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_ctx_open(struct tsmreq_ctx **ret, const char *path, const struct tsmreq_ctx_opts *opts);
/* Handles made from it go on working; the order of the frees does not matter. */
TSMREQ_PUBLIC
struct tsmreq_ctx *tsmreq_ctx_free(struct tsmreq_ctx *ctx);

TSMREQ_PUBLIC
enum tsmreq_uapi tsmreq_ctx_get_uapi(const struct tsmreq_ctx *ctx);
TSMREQ_PUBLIC
bool tsmreq_ctx_has(const struct tsmreq_ctx *ctx, enum tsmreq_arch arch,
		    enum tsmreq_feature feature);

struct tsmreq_viommu_args {
	size_t size;		  /* sizeof(struct tsmreq_viommu_args) */
	uint32_t type;		  /* the kernel's vIOMMU type: the caller's number */
	uint32_t dev_id;	  /* from VFIO_DEVICE_BIND_IOMMUFD */
	uint32_t hwpt_id;	  /* the nesting parent */
	int32_t kvm_fd;		  /* the VM; -1: none. Sent where the row takes it, else ignored */
	struct tsmreq_bytes data; /* the driver's own part; empty: none */
};

struct tsmreq_vdevice_args {
	size_t size; /* sizeof(struct tsmreq_vdevice_args) */
	uint32_t viommu_id;
	uint32_t dev_id;
	struct tsmreq_guest_dev virt_id; /* the guest's device id: cannot be changed later */
};

TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_ctx_alloc_viommu(struct tsmreq_ctx *ctx, const struct tsmreq_viommu_args *args,
			    uint32_t *ret_id, struct tsmreq_result *ret);
/* Where the row says BIND_AT_ALLOC this binds, and may be UNCERTAIN. */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_ctx_alloc_vdevice(struct tsmreq_ctx *ctx, const struct tsmreq_vdevice_args *args,
			     struct tsmreq_vdevice_id *ret_id, struct tsmreq_result *ret);
/* Any iommufd object. For a vDevice with a handle use tsmreq_vdev_destroy(). */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_ctx_destroy(struct tsmreq_ctx *ctx, uint32_t id, struct tsmreq_result *ret);

static inline void tsmreq_ctx_freep(struct tsmreq_ctx **p)
{
	*p = tsmreq_ctx_free(*p);
}

TSMREQ_END_DECLS
#endif
