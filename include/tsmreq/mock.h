/* SPDX-License-Identifier: MIT */
#ifndef TSMREQ_MOCK_H
#define TSMREQ_MOCK_H

#include <tsmreq/ctx.h>
#include <tsmreq/report.h>

TSMREQ_BEGIN_DECLS

/*
 * A kernel in a box (libtsmreq-mock): the iommufd dispatcher with its object table, the TSM core
 * and a TDI model per architecture, for every revision. It never prints and never aborts. Any
 * number of threads may submit; they take turns.
 */
struct tsmreq_mock;

/* How 0x95 behaves on kernels where it is IOMMU_IOAS_NOIOMMU_GET_PA. */
enum tsmreq_mock_getpa {
	TSMREQ_MOCK_GETPA_DEFAULT = 0,	    /* OFF where the revision has it, else ABSENT */
	TSMREQ_MOCK_GETPA_ABSENT = 1,	    /* ENOTTY */
	TSMREQ_MOCK_GETPA_OFF = 2,	    /* compiled out: EOPNOTSUPP */
	TSMREQ_MOCK_GETPA_LOOKUP_FIRST = 3, /* ENOENT for an unknown ioas */
	TSMREQ_MOCK_GETPA_CHECKS_FIRST = 4, /* flags, then length, then the ioas */
	TSMREQ_MOCK_GETPA_EPERM = 5,
	TSMREQ_MOCK_GETPA_EINVAL = 6,
	TSMREQ_MOCK_GETPA_FORCE_S32_ = INT32_MAX
};

#define TSMREQ_MOCK_TSM_OFF	   0x1u /* a kernel built without CONFIG_TSM                      */
#define TSMREQ_MOCK_CHECK_POINTERS 0x2u /* a bad pointer is EFAULT; without it only page 0 is   */
#define TSMREQ_MOCK_SELFTEST	   0x4u /* a kernel built with CONFIG_IOMMUFD_TEST, in part     */

struct tsmreq_mock_opts {
	size_t size;	       /* sizeof(struct tsmreq_mock_opts) */
	enum tsmreq_uapi uapi; /* TSMREQ_UAPI_PROBE: an iommufd without TSM ioctls */
	uint32_t flags;
	enum tsmreq_mock_getpa getpa;
	uint32_t min_request_size; /* 0: the revision's; 40 or 48 for v5-code and june */
};

/* -EOPNOTSUPP for a revision that is known and not played. */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_mock_new(struct tsmreq_mock **ret, const struct tsmreq_mock_opts *opts);
TSMREQ_PUBLIC
struct tsmreq_mock *tsmreq_mock_free(struct tsmreq_mock *mock);
/* The in-process door. Borrowed: valid until the mock is freed. */
TSMREQ_PUBLIC
const struct tsmreq_transport *tsmreq_mock_get_transport(struct tsmreq_mock *mock);

/*
 * A descriptor for code under test that calls ioctl(2) itself: close it, dup it, hand it to
 * tsmreq_ctx_new_from_fd(). Its ioctls go to @mock, which must outlive it. Needs the preload door,
 * in the program or before it; else -ENOTSUP, with *ret_why (may be NULL) saying so.
 */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_mock_open_fd(struct tsmreq_mock *mock, const char **ret_why);

enum tsmreq_mock_kind {
	TSMREQ_MOCK_IOAS = 1,
	TSMREQ_MOCK_HWPT = 2,	/* a nesting parent */
	TSMREQ_MOCK_DEVICE = 3, /* what VFIO_DEVICE_BIND_IOMMUFD makes */
	TSMREQ_MOCK_VIOMMU = 4,
	TSMREQ_MOCK_VDEVICE = 5,
	TSMREQ_MOCK_KIND_FORCE_S32_ = INT32_MAX
};

/* Puts an object into the table, as if made before. @id 0: the next free one. -EEXIST if taken. */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_mock_add_object(struct tsmreq_mock *mock, enum tsmreq_mock_kind kind, uint32_t id,
			   uint32_t *ret_id);

enum tsmreq_mock_bound {
	TSMREQ_MOCK_UNBOUND = 0,
	TSMREQ_MOCK_BOUND = 1,	     /* to this VM; the state is given beside it */
	TSMREQ_MOCK_BOUND_OTHER = 2, /* to another VM */
	TSMREQ_MOCK_BOUND_FORCE_S32_ = INT32_MAX
};

#define TSMREQ_MOCK_NOT_CONNECTED 0x1u	/* tsm/connect was never written                       */
#define TSMREQ_MOCK_DEVSEC	  0x2u	/* connected, but not to a link TSM                    */
#define TSMREQ_MOCK_NO_KVM	  0x4u	/* the vIOMMU has no VM                                */
#define TSMREQ_MOCK_OBJECTS	  0x8u	/* certificates, VCA, measurements and a report cached */
#define TSMREQ_MOCK_ANY_STEP	  0x10u /* the TDI model accepts every state step             */

struct tsmreq_mock_vdevice {
	size_t size; /* sizeof(struct tsmreq_mock_vdevice) */
	uint32_t id; /* 0: the next free one */
	uint32_t flags;
	enum tsmreq_arch arch; /* the TSM behind the device */
	enum tsmreq_mock_bound bound;
	enum tsmreq_tdi_state state;
	uint32_t reserved; /* must be 0 */
	struct tsmreq_guest_dev virt_id;
};

TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_mock_add_vdevice(struct tsmreq_mock *mock, const struct tsmreq_mock_vdevice *vdevice,
			    struct tsmreq_vdevice_id *ret_id);
/* Which TSM sits behind a device, for vDevices the code under test allocates on it. Default CCA. */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_mock_set_device_arch(struct tsmreq_mock *mock, uint32_t dev_id, enum tsmreq_arch arch);
/* Cached object; zero bytes: cached, and empty. The bytes are copied. */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_mock_set_object(struct tsmreq_mock *mock, struct tsmreq_vdevice_id id,
			   enum tsmreq_object object, struct tsmreq_bytes bytes);
#define TSMREQ_MOCK_RANGES_MAX 64
/*
 * The memory of the interface, as the next fresh report tells of it, on a device or a vDevice.
 * None: two BARs again, of 64 KiB and of 16 KiB, with the MSI-X table at the end of the second.
 */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_mock_set_ranges(struct tsmreq_mock *mock, uint32_t id,
			   const struct tsmreq_report_range *ranges, size_t count);
/* The next SEV message is answered with this page, up to 4096 bytes, zero filled. */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_mock_set_response(struct tsmreq_mock *mock, struct tsmreq_vdevice_id id,
			     struct tsmreq_bytes bytes);

/*
 * Trouble, in words, on one object until told otherwise; "" ends all. One word a call. On a device
 * they are for the allocations made with it.
 *	backend:ENAME		the backend fails with that errno instead of acting
 *	after:ENAME		the backend acts, then fails with that errno
 *	copyout, copyout-once	the structure cannot be copied back (EFAULT, after the operation)
 *	intr, intr-once, intr:N	interrupted before the backend, always, once or N times (requests:
 *				the waits of bind cannot be interrupted)
 *	again-once		EAGAIN instead
 *	resp-unwritable		the response pointer faults
 *	code:N			tsm_code N (hexadecimal); lost on revisions without the field
 *	code-kept		tsm_code is never set: what the caller had there comes back
 *	delay:N			N milliseconds before the backend, while other calls are served; a
 *				signal ends a request's wait with EINTR
 *	residue:N		what the backend leaves over (decimal; may be more than was offered)
 *	busy			a request is running on it: IOMMU_DESTROY is EBUSY
 *	in-use			another object uses it: IOMMU_DESTROY is EBUSY
 *	no-kvm			on a device: VFIO brought no VM along
 * and what happens once, and is not ended by "":
 *	gone			destroyed by somebody else: its id is a tombstone
 *	backend-gone		the TSM's driver is removed: unbound, and not connected any more
 *	tdi-error		the interface falls into ERROR
 *	empty			what is cached of its objects has no bytes any more
 * Without a word, as the kernels under these revisions: an object read at an offset is copied from
 * beyond its end (as 0xdb), size and read of an object without bytes answer 0 and write nothing, as
 * if the answer were full, and unbind answers 0 although the backend failed, which leaves the
 * interface locked. -EINVAL for a word it does not know, or that this kind of object has no use
 * for.
 */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_mock_set_fault(struct tsmreq_mock *mock, uint32_t id, const char *word);

/*
 * The same words by a script: lines "CALL ID WORD", numbers decimal, CALL counted as by
 * tsmreq_mock_get_calls(), "none" instead of "". A word befalls its object just before that call;
 * one without an object is lost. In the order of the calls; '#' starts a comment. "" ends the
 * script.
 */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_mock_set_script(struct tsmreq_mock *mock, const char *script);
/*
 * And by dice: @permille of the calls that reach a backend, an allocation or a mapping meet one of
 * these words, chosen by @seed. The same seed and the same calls are the same run. 0: no more.
 */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_mock_set_random_faults(struct tsmreq_mock *mock, uint64_t seed, uint32_t permille);
/*
 * Every call from here on is written down as one block of a vector file (tests/vectors/FORMAT.md):
 * what was so before, the bytes, the answer. `tsmreq replay` runs them again; what a case cannot
 * say (who stands on whom, what is mapped where) comes as a comment. Cases are called @name-NUMBER:
 * a to z, digits and dashes, up to 31. @write gets finished text, in the order of the answers, and
 * must not call the mock. NULL: no more.
 */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_mock_set_journal(struct tsmreq_mock *mock, const char *name,
			    void (*write)(void *userdata, const char *text), void *userdata);
/* TSM_OPs and requests that came while another one on the same vDevice was under way. */
TSMREQ_PUBLIC
uint64_t tsmreq_mock_get_overlaps(struct tsmreq_mock *mock);

/* What is really so, as against what anybody was told. -ENOENT for an unknown id. */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_mock_get_state(struct tsmreq_mock *mock, struct tsmreq_vdevice_id id,
			  enum tsmreq_mock_bound *ret_bound, enum tsmreq_tdi_state *ret_state);
/* Requests, TSM_OPs and everything else that reached the dispatcher. */
TSMREQ_PUBLIC
uint64_t tsmreq_mock_get_calls(struct tsmreq_mock *mock);

static inline void tsmreq_mock_freep(struct tsmreq_mock **p)
{
	*p = tsmreq_mock_free(*p);
}

TSMREQ_END_DECLS
#endif
