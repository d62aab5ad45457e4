/* SPDX-License-Identifier: MIT */
#ifndef TSMREQ_VDEV_H
#define TSMREQ_VDEV_H

#include <tsmreq/ctx.h>

TSMREQ_BEGIN_DECLS

/*
 * A handle on one vDevice: what the library has on its books, and the hold. One call at a time; a
 * second caller gets -EBUSY (NOT_SENT) at once. It owns nothing in the kernel: freeing it sends
 * nothing.
 *
 * Every call below writes *ret in full and answers
 *	0		COMPLETED, tsm_code 0
 *	-EREMOTEIO	COMPLETED, tsm_code not 0
 *	-ENODATA	COMPLETED, the object has no bytes
 *	-EBADE		the answer breaks the contract (residue, size): FAILED or UNCERTAIN
 *	other -errno	the kernel's (FAILED, UNCERTAIN) or the library's (NOT_SENT)
 * The library's own: -EINVAL bad argument, -EMSGSIZE over 16 MiB, -EOPNOTSUPP the revision or the
 * architecture has no word for it, -ESTALE held, -EBUSY in use, -ENOENT destroyed by this handle.
 */
struct tsmreq_vdev;

/* Quirks: the other reading where public sources disagree. */
#define TSMREQ_QUIRK_EINTR_UNSURE  0x01u /* SEV, TDX: EINTR, EAGAIN of a state change: UNCERTAIN */
#define TSMREQ_QUIRK_PAYLOAD_MARCH 0x02u /* scope rows: the March 2026 request types */
#define TSMREQ_QUIRK_PAYLOAD_APRIL 0x04u /* scope rows: the April 2026 request types */
#define TSMREQ_QUIRK_VCA_IS_4	   0x08u /* the VCA object travels as 4                          */
#define TSMREQ_QUIRK_VCA_IS_0	   0x10u /* the VCA object travels as 0                          */
#define TSMREQ_QUIRK_REGEN_FLAGS   0x20u /* any flags of a measurement are handed on */

struct tsmreq_vdev_opts {
	size_t size;			     /* sizeof(struct tsmreq_vdev_opts)               */
	enum tsmreq_tdi_state initial_state; /* UNKNOWN: the handle starts held                 */
	uint32_t quirks;
};

/* @opts may be NULL: unlocked, no quirks. */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_vdev_new(struct tsmreq_vdev **ret, struct tsmreq_ctx *ctx, struct tsmreq_vdevice_id id,
		    enum tsmreq_arch arch, const struct tsmreq_vdev_opts *opts);
TSMREQ_PUBLIC
struct tsmreq_vdev *tsmreq_vdev_free(struct tsmreq_vdev *vdev);
TSMREQ_PUBLIC
struct tsmreq_vdevice_id tsmreq_vdev_get_id(const struct tsmreq_vdev *vdev);
TSMREQ_PUBLIC
enum tsmreq_arch tsmreq_vdev_get_arch(const struct tsmreq_vdev *vdev);

/* The portable verbs. The row decides what carries them. */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_vdev_lock(struct tsmreq_vdev *vdev, struct tsmreq_result *ret);
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_vdev_run(struct tsmreq_vdev *vdev, struct tsmreq_result *ret);
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_vdev_unlock(struct tsmreq_vdev *vdev, struct tsmreq_result *ret);

/* TSM_OP. Where allocation binds, bind sends nothing and unbind is -EOPNOTSUPP. */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_vdev_bind(struct tsmreq_vdev *vdev, struct tsmreq_result *ret);
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_vdev_unbind(struct tsmreq_vdev *vdev, struct tsmreq_result *ret);

/*
 * A guest's SET_TDI_STATE: LOCKED, RUN or UNLOCKED. On CCA and TDX the verbs above under another
 * name. On SEV UNLOCKED is the guest's STOP, a request, and not UNBIND.
 */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_vdev_set_tdi_state(struct tsmreq_vdev *vdev, enum tsmreq_tdi_state target,
			      struct tsmreq_result *ret);

/* CCA. SEV validates by message page: guest_req(). TDX never asks the host. */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_vdev_validate_mmio(struct tsmreq_vdev *vdev, const struct tsmreq_mmio_range *range,
			      struct tsmreq_result *ret);
/* v2 only: tell an exited vCPU which device it asked for. */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_vdev_request(struct tsmreq_vdev *vdev, int32_t vcpu_fd, struct tsmreq_result *ret);

/* 1 .. 16 MiB; an object that exists and has no bytes is -ENODATA. Any larger size is still told
 * beside its -EBADE. */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_vdev_get_object_size(struct tsmreq_vdev *vdev, enum tsmreq_object object,
				uint32_t *ret_size, struct tsmreq_result *ret);
/*
 * The whole object, always from its start: the kernel over-reads at other offsets, and a room too
 * small is E2BIG without a size, so ask the size first. @expect, if not 0, is that size: an answer
 * of another length is -EBADE (it changed in between: start over). @dst is zeroed before it is
 * sent, and holds nothing but zeros when the call fails; after -EREMOTEIO it holds what the TSM
 * gave.
 */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_vdev_read_object(struct tsmreq_vdev *vdev, enum tsmreq_object object, uint32_t expect,
			    struct tsmreq_buffer *dst, struct tsmreq_result *ret);

#define TSMREQ_REGEN_RAW 0x1u /* raw measurements; without it hashes */

/*
 * INTERFACE_REPORT: no flags, no nonce. MEASUREMENTS: a nonce of 32 bytes in host memory; copy it
 * out of guest memory first. Drop every copy of the object before this call: the kernel's is
 * emptied even when the device then refuses.
 */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_vdev_regenerate_object(struct tsmreq_vdev *vdev, enum tsmreq_object object,
				  uint64_t flags, struct tsmreq_bytes nonce,
				  struct tsmreq_result *ret);

/* SEV SDTE_WRITE: one guest message page each way, 4096 bytes exactly. */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_vdev_sev_set_dma(struct tsmreq_vdev *vdev, bool enable, struct tsmreq_bytes request,
			    struct tsmreq_buffer *response, struct tsmreq_result *ret);

/*
 * A request in the caller's own bytes, as the backend wants them. @arch must be the handle's.
 * @response may be NULL; the residue then counts request bytes that were not taken. Nothing here
 * looks at the payload except to tell an UNLOCK (never held) from other states.
 */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_vdev_guest_req(struct tsmreq_vdev *vdev, enum tsmreq_op op, enum tsmreq_arch arch,
			  struct tsmreq_bytes request, struct tsmreq_buffer *response,
			  struct tsmreq_result *ret);

/* IOMMU_DESTROY, which unbinds. On success the hold ends and so does the handle's use. */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_vdev_destroy(struct tsmreq_vdev *vdev, struct tsmreq_result *ret);

/* What is on the books: the last state that was reached for certain. */
TSMREQ_PUBLIC
enum tsmreq_tdi_state tsmreq_vdev_get_state(const struct tsmreq_vdev *vdev);
/* Held: a state change may or may not have happened. */
TSMREQ_PUBLIC
bool tsmreq_vdev_is_uncertain(const struct tsmreq_vdev *vdev);
/* Lifts the hold, by a VMM that looked (tsm/bound in sysfs) and found @state. */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_vdev_clear_uncertain(struct tsmreq_vdev *vdev, enum tsmreq_tdi_state state);

static inline void tsmreq_vdev_freep(struct tsmreq_vdev **p)
{
	*p = tsmreq_vdev_free(*p);
}

TSMREQ_END_DECLS
#endif
