/* SPDX-License-Identifier: MIT */
#ifndef TSMREQ_EVIDENCE_H
#define TSMREQ_EVIDENCE_H

#include <stdbool.h>
#include <tsmreq/types.h>

TSMREQ_BEGIN_DECLS

/*
 * libtsmreq-evidence: certificates, VCA, measurements and interface report of a device, out of the
 * kernel's cache, by generic netlink. Needs CAP_NET_ADMIN in the initial user namespace.
 *
 * A read is one dump on a socket of its own. Nothing is handed out before all of it has come and
 * was found to be of one generation.
 */

enum tsmreq_evidence_type {
	TSMREQ_EVIDENCE_CERT0 = 0, /* one for each certificate slot, up to CERT7 */
	TSMREQ_EVIDENCE_CERT7 = 7,
	TSMREQ_EVIDENCE_VCA = 8,
	TSMREQ_EVIDENCE_MEASUREMENTS = 9,
	TSMREQ_EVIDENCE_REPORT = 10,
	TSMREQ_EVIDENCE_TYPE_FORCE_S32_ = INT32_MAX
};

/* Sets of them: bit n is type n. */
#define TSMREQ_EVIDENCE_TYPES		  11u
#define TSMREQ_EVIDENCE_MASK_CERTS	  0x0ffu
#define TSMREQ_EVIDENCE_MASK_VCA	  0x100u
#define TSMREQ_EVIDENCE_MASK_MEASUREMENTS 0x200u
#define TSMREQ_EVIDENCE_MASK_REPORT	  0x400u
#define TSMREQ_EVIDENCE_MASK_ALL	  0x7ffu

enum tsmreq_evidence_family {
	TSMREQ_EVIDENCE_FAMILY_AUTO = 0, /* the newest there is */
	/* no lengths in advance, no generations, no refresh */
	TSMREQ_EVIDENCE_FAMILY_PCI_TSM = 1,
	TSMREQ_EVIDENCE_FAMILY_DEVICE_EVIDENCE = 2,
	TSMREQ_EVIDENCE_FAMILY_FORCE_S32_ = INT32_MAX
};

#define TSMREQ_EVIDENCE_FOREVER	   UINT32_MAX
#define TSMREQ_EVIDENCE_NO_RESTART UINT32_MAX

struct tsmreq_evidence_opts {
	size_t size; /* sizeof(struct tsmreq_evidence_opts) */
	enum tsmreq_evidence_family family;
	uint32_t timeout_ms; /* for a whole read; 0: 30 s */
	uint32_t restarts;   /* after the evidence changed in the middle; 0: 8 */
	uint32_t max_size;   /* of one object; 0: TSMREQ_LENGTH_MAX, which is also the most */
	/* for tests: another netlink protocol and peer than generic netlink and the kernel, 0 */
	uint32_t protocol;
	uint32_t peer_port;
};

/* One read at a time, one thread at a time; only cancel() may come from elsewhere. */
struct tsmreq_evidence;

TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_evidence_new(struct tsmreq_evidence **ret, const struct tsmreq_evidence_opts *opts);
TSMREQ_PUBLIC
struct tsmreq_evidence *tsmreq_evidence_free(struct tsmreq_evidence *evidence);

/* The TSM's digests of the objects in their place; the algorithm is not told. */
#define TSMREQ_EVIDENCE_DIGEST 0x1u
/* Sizes and generations alone: no bytes are kept. */
#define TSMREQ_EVIDENCE_SIZES 0x2u

struct tsmreq_evidence_request {
	size_t size;	    /* sizeof(struct tsmreq_evidence_request) */
	const char *device; /* the PCI function of the TDI, "0000:01:00.0" */
	uint32_t types;	    /* TSMREQ_EVIDENCE_MASK_* */
	uint32_t flags;	    /* TSMREQ_EVIDENCE_* */
	/* not empty: new measurements first, that answer it; at most TSMREQ_NONCE_SIZE bytes */
	struct tsmreq_bytes nonce;
};

/*
 * 0, or:
 *	-EPERM			no CAP_NET_ADMIN
 *	-EPROTONOSUPPORT	the kernel has no such family
 *	-ENODEV			no such device, or one without evidence: is it connected?
 *	-ENXIO			the connection was lost, or nothing was ever stored
 *	-EOPNOTSUPP		the family or the device cannot refresh, or not digest: the
 *				same request without a nonce works, and does not answer it
 *	-EAGAIN			it changed under every restart
 *	-EINTR			the kernel was interrupted: ask again
 *	-EBADMSG		a reply that is none; get_message() says in what
 *	-EFBIG			an object over @max_size
 *	-ETIMEDOUT, -ECANCELED, -ENOBUFS, -ENOMEM, -EINVAL, -E2BIG, -EBUSY (a read is under way),
 *	and what else the kernel says.
 * With a nonce the kernel measures inside the send: no timeout bounds that, and start() waits, too.
 */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_evidence_read(struct tsmreq_evidence *evidence,
			 const struct tsmreq_evidence_request *request);

/*
 * The same without waiting: start(); whenever the descriptor is readable, step(), which is 1 while
 * there is more to come. The descriptor is the same for life; time running out makes it readable.
 */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_evidence_start(struct tsmreq_evidence *evidence,
			  const struct tsmreq_evidence_request *request);
TSMREQ_PUBLIC
int tsmreq_evidence_get_fd(const struct tsmreq_evidence *evidence);
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_evidence_step(struct tsmreq_evidence *evidence);
/*
 * From any thread or signal handler: the read under way ends with -ECANCELED; if none is, the next.
 */
TSMREQ_PUBLIC
void tsmreq_evidence_cancel(struct tsmreq_evidence *evidence);

struct tsmreq_evidence_progress {
	uint64_t received;		/* bytes of objects, since the last restart */
	uint64_t expected;		/* of the object on its way; 0: not known */
	enum tsmreq_evidence_type type; /* which one that is */
	uint32_t restarts;
};

TSMREQ_PUBLIC
void tsmreq_evidence_get_progress(const struct tsmreq_evidence *evidence,
				  struct tsmreq_evidence_progress *ret);

/* What a read that succeeded has brought. The bytes are valid until the next one starts. */
struct tsmreq_evidence_object {
	struct tsmreq_bytes bytes; /* with SIZES: no data */
	enum tsmreq_evidence_type type;
	uint32_t generation; /* 0: the family does not tell */
};

/* Those that were asked for, in order: i from 0 until false. An absent one has size 0. */
TSMREQ_PUBLIC
bool tsmreq_evidence_object_at(const struct tsmreq_evidence *evidence, unsigned int i,
			       struct tsmreq_evidence_object *ret);
/* Who answered; AUTO before anybody did. */
TSMREQ_PUBLIC
enum tsmreq_evidence_family tsmreq_evidence_get_family(const struct tsmreq_evidence *evidence);
/* The last failure in a sentence, the kernel's own words in it; "" after a success. */
TSMREQ_PUBLIC
const char *tsmreq_evidence_get_message(const struct tsmreq_evidence *evidence);

/* Static strings, never NULL: "unknown" for what this version cannot name. */
TSMREQ_PUBLIC
const char *tsmreq_evidence_type_to_string(enum tsmreq_evidence_type type);
TSMREQ_PUBLIC
const char *tsmreq_evidence_family_to_string(enum tsmreq_evidence_family family);

/* ---- for the guest room: objects where the kernel's row has none ---- */

/* Any number of threads; one device is read by one at a time. */
struct tsmreq_evidence_source;

/* @opts: of every read; NULL: defaults. */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_evidence_source_new(struct tsmreq_evidence_source **ret,
			       const struct tsmreq_evidence_opts *opts);
TSMREQ_PUBLIC
struct tsmreq_evidence_source *tsmreq_evidence_source_free(struct tsmreq_evidence_source *source);

#define TSMREQ_EVIDENCE_SLOT_ANY UINT32_MAX

/*
 * @dev is the guest's name, @device the host's. @slot: the certificate slot in use, or ANY: the one
 * that is not empty; if there are two, reads are -ENOTUNIQ. -EEXIST: added already.
 */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_evidence_source_add(struct tsmreq_evidence_source *source, struct tsmreq_guest_dev dev,
			       const char *device, uint32_t slot);
/* Drops what is kept of the device: after lock, unlock, reset. -ENODEV. */
TSMREQ_PUBLIC
int tsmreq_evidence_source_forget(struct tsmreq_evidence_source *source,
				  struct tsmreq_guest_dev dev);
/* The device is gone; nothing may be reading it. -ENODEV. */
TSMREQ_PUBLIC
int tsmreq_evidence_source_remove(struct tsmreq_evidence_source *source,
				  struct tsmreq_guest_dev dev);
/*
 * What struct tsmreq_guest_ops' read_object is to do: a VMM's own calls it with its source. The
 * first read of an object is kept, and answers all that come after it: a guest's SIZE and READs are
 * of one generation. Another nonce drops all that is kept, and so must the VMM where the state
 * changes: forget(). What is not there is asked for every time.
 */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_evidence_source_read(struct tsmreq_evidence_source *source, struct tsmreq_guest_dev dev,
				enum tsmreq_object object, struct tsmreq_bytes nonce,
				struct tsmreq_buffer *dst);

TSMREQ_END_DECLS
#endif
