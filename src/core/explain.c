/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <tsmreq/text.h>

/* The same errno means different things to different calls; here is what, and what to do. */

#define V(verb)	  (1u << TSMREQ_VERB_##verb)
#define OF_STATE  (V(BIND) | V(UNBIND) | V(SET_TDI_STATE))
#define OF_OBJECT (V(OBJECT_SIZE) | V(READ_OBJECT))
#define OF_REQUEST                                                                           \
	(V(SET_TDI_STATE) | V(VALIDATE_MMIO) | V(VDEV_REQUEST) | OF_OBJECT | V(REGENERATE) | \
	 V(SEV_SET_DMA) | V(GUEST_REQ))
#define OF_ALLOC    (V(ALLOC_VIOMMU) | V(ALLOC_VDEVICE))
#define OF_VDEV	    (OF_STATE | OF_REQUEST)
#define OF_ALL	    (V(OPEN) | OF_VDEV | OF_ALLOC | V(DESTROY))
#define ANY_OUTCOME 0xfu
#define O(outcome)  (1u << TSMREQ_OUTCOME_##outcome)
#define FROM_KERNEL (O(FAILED) | O(UNCERTAIN))

struct sentence {
	int error;
	uint32_t verbs;
	uint32_t outcomes;
	const char *text;
};

/* The first that fits. */
static const struct sentence sentences[] = {
	{0, OF_ALL, ANY_OUTCOME,
	 "done; whether the TSM did what it says only the device's state tells"},

	/* the library's own */
	{ESTALE, OF_VDEV, O(NOT_SENT),
	 "held: an earlier state change may or may not have happened; look at tsm/bound in sysfs, "
	 "then clear_uncertain() with what you found, or destroy the vDevice"},
	{EBUSY, OF_VDEV | V(DESTROY), O(NOT_SENT),
	 "another call is under way on this handle; one at a time"},
	{ENOENT, OF_VDEV | V(DESTROY), O(NOT_SENT),
	 "this handle has destroyed its vDevice; make a new one for a new id"},
	{EOPNOTSUPP, V(UNBIND), O(NOT_SENT),
	 "this revision binds when the vDevice is allocated; only destroying it unbinds"},
	{EOPNOTSUPP, OF_OBJECT | V(REGENERATE), O(NOT_SENT),
	 "this revision or architecture has no such object operation; evidence comes over generic "
	 "netlink there"},
	{EOPNOTSUPP, V(OPEN), O(NOT_SENT),
	 "the kernel was built without TSM, or the revision named is one that is never spoken"},
	{EOPNOTSUPP, OF_VDEV, O(NOT_SENT),
	 "this revision has no word for it on this architecture; ask tsmreq_ctx_has() first"},
	{EMSGSIZE, OF_ALL, O(NOT_SENT), "over 16 MiB: the kernel keeps what is left in an int"},
	{E2BIG, OF_ALL, O(NOT_SENT),
	 "an options struct longer than this library's, with something set at its end"},
	{EINVAL, OF_ALL, O(NOT_SENT), "an argument is wrong; nothing was sent"},
	{ENOTTY, V(OPEN), ANY_OUTCOME,
	 "an iommufd without the TSM ioctls: this kernel has no support"},
	{EPROTONOSUPPORT, V(OPEN), ANY_OUTCOME,
	 "no revision this library knows answers like that; name one if you are sure"},
	{EBADFD, V(OPEN), ANY_OUTCOME, "not an iommufd, or a seccomp filter stands in front of it"},
	{EBADF, V(OPEN), ANY_OUTCOME, "not a descriptor"},
	{ENOENT, V(OPEN), ANY_OUTCOME, "no such file: is iommufd built in, or its module loaded?"},
	{EACCES, V(OPEN), ANY_OUTCOME, "no permission on the iommufd file"},
	{ENOMEM, V(OPEN), ANY_OUTCOME, "out of memory"},

	/* conclusions of this library about a kernel's answer */
	{EREMOTEIO, OF_VDEV, O(COMPLETED),
	 "the kernel was content and the TSM was not: its code is in the result"},
	{ENODATA, OF_OBJECT, O(COMPLETED), "the object exists and has no bytes"},
	{EBADE, V(READ_OBJECT), O(FAILED),
	 "the length does not fit what was asked: the object changed in between; ask its size "
	 "again"},
	{EBADE, OF_ALL, FROM_KERNEL,
	 "the answer breaks the interface's contract: a kernel fault, or another revision"},

	/* the kernel's */
	{EINTR, OF_VDEV, FROM_KERNEL,
	 "a signal came while waiting for a lock before the backend; nothing ran on CCA, try "
	 "again"},
	{EAGAIN, OF_VDEV, FROM_KERNEL, "the kernel could not take it now; try again"},
	{ENODEV, OF_STATE, O(FAILED),
	 "no KVM behind the vIOMMU: KVM_DEV_VFIO_FILE_ADD has to come before "
	 "VFIO_DEVICE_BIND_IOMMUFD"},
	{ENODEV, V(BIND) | V(SET_TDI_STATE), O(UNCERTAIN),
	 "rfc1 says ENODEV for every failure of bind: it may have happened"},
	{EBUSY, V(BIND) | V(SET_TDI_STATE), O(FAILED), "another VM has the device"},
	{EBUSY, V(DESTROY), O(FAILED),
	 "the object is in use, or a request on it is running: drain, then try again"},
	{EINVAL, V(BIND), O(FAILED),
	 "not a PCI device, or its TSM was never connected (tsm/connect in sysfs)"},
	{EINVAL, OF_OBJECT, O(FAILED), "the object was never fetched: regenerate it first"},
	{EINVAL, V(VALIDATE_MMIO), O(UNCERTAIN),
	 "refused, or stopped half way: EINVAL is both; the range may be partly delegated"},
	{EINVAL, V(ALLOC_VDEVICE), O(FAILED),
	 "the device is behind another IOMMU than the vIOMMU, or virt_id is too large"},
	{EINVAL, V(ALLOC_VIOMMU), O(FAILED),
	 "the HWPT is no nesting parent, or the VM is missing or of another kind"},
	{EINVAL, OF_REQUEST, O(FAILED),
	 "the backend refused the request: another architecture behind the device, or another "
	 "payload"},
	{ENXIO, OF_OBJECT, O(FAILED), "the device is not bound, or its TSM is no link TSM"},
	{ENXIO, OF_VDEV, O(UNCERTAIN),
	 "not bound, or the firmware refused half way: ENXIO is both, so the state is not settled"},
	{ENOENT, OF_VDEV | OF_ALLOC | V(DESTROY), O(FAILED),
	 "no object of that id: destroyed behind you, or its VFIO descriptor was closed"},
	{E2BIG, V(READ_OBJECT), O(FAILED),
	 "the room is smaller than the object, and no size is told: ask it first"},
	{EEXIST, V(ALLOC_VDEVICE), O(FAILED),
	 "the device has a vDevice already, or virt_id is taken in this vIOMMU"},
	{EFAULT, OF_STATE | V(SEV_SET_DMA), O(UNCERTAIN),
	 "a copy failed, perhaps after the operation took effect"},
	{EFAULT, OF_ALL, FROM_KERNEL, "a pointer could not be read or written"},
	{EIO, V(READ_OBJECT), O(FAILED),
	 "the copy to the caller's buffer failed (this backend says EIO for it), or the device "
	 "did"},
	{EPROTO, OF_VDEV, O(UNCERTAIN), "the device did not reach the state it was asked for"},
	{ENOTTY, OF_ALL, FROM_KERNEL,
	 "the kernel does not know the number: it speaks another revision than this context"},
	{EOPNOTSUPP, OF_ALL, FROM_KERNEL,
	 "known to the kernel and not supported: built without TSM, or without this IOMMU's part"},
	{ENOMEM, OF_ALL, FROM_KERNEL, "the kernel ran out of memory"},
};

const char *tsmreq_explain(enum tsmreq_verb verb, int rc, enum tsmreq_outcome outcome)
{
	int error = rc < 0 && rc != INT32_MIN ? -rc : rc;

	if ((unsigned int)verb > TSMREQ_VERB_DESTROY ||
	    (unsigned int)outcome > TSMREQ_OUTCOME_UNCERTAIN)
		return "unknown";
	for (unsigned int i = 0; i < sizeof(sentences) / sizeof(sentences[0]); i++) {
		const struct sentence *s = &sentences[i];

		if (s->error == error && (s->verbs & (1u << verb)) &&
		    (s->outcomes & (1u << outcome)))
			return s->text;
	}
	switch (outcome) {
	case TSMREQ_OUTCOME_UNCERTAIN:
		return "the kernel failed and does not say how far it got: it may have taken "
		       "effect";
	case TSMREQ_OUTCOME_FAILED:
		return "the kernel said no and nothing changed";
	case TSMREQ_OUTCOME_NOT_SENT:
	case TSMREQ_OUTCOME_COMPLETED:
	case TSMREQ_OUTCOME_FORCE_S32_:
		break;
	}
	return "unknown";
}
