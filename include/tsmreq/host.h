/* SPDX-License-Identifier: MIT */
#ifndef TSMREQ_HOST_H
#define TSMREQ_HOST_H

#include <tsmreq/types.h>

TSMREQ_BEGIN_DECLS

/*
 * What the host's sysfs knows of a PCI function: which TSM drives it, and so which architecture.
 * Reads only, and opens paths: never part of another call; a VMM asks before it enters its jail.
 */

/* Longest name, with its terminating zero. */
#define TSMREQ_HOST_NAME_SIZE  32u
#define TSMREQ_HOST_FAULT_SIZE 96u

/* A missing attribute is "not known", never "no": older kernels have fewer. */
enum tsmreq_host_answer {
	TSMREQ_HOST_UNKNOWN = 0,
	TSMREQ_HOST_NO = 1,
	TSMREQ_HOST_YES = 2,
	TSMREQ_HOST_ANSWER_FORCE_S32_ = INT32_MAX
};

enum tsmreq_host_role {
	TSMREQ_HOST_ROLE_UNKNOWN = 0,
	TSMREQ_HOST_ROLE_LINK = 1,   /* the host's side: it secures links and binds TDIs */
	TSMREQ_HOST_ROLE_DEVSEC = 2, /* the guest's side: it locks and accepts */
	TSMREQ_HOST_ROLE_FORCE_S32_ = INT32_MAX
};

struct tsmreq_host_opts {
	size_t size;	  /* sizeof(struct tsmreq_host_opts) */
	const char *root; /* where sysfs is; NULL: /sys */
};

struct tsmreq_host_device {
	char name[TSMREQ_HOST_NAME_SIZE];   /* as sysfs spells it */
	char tsm[TSMREQ_HOST_NAME_SIZE];    /* connected to it; "": none, or not known */
	char driver[TSMREQ_HOST_NAME_SIZE]; /* of that TSM's parent device */
	char dsm[TSMREQ_HOST_NAME_SIZE];    /* the function that manages this one's security */
	/* on failure: the attribute that is to blame, below the root */
	char fault[TSMREQ_HOST_FAULT_SIZE];
	enum tsmreq_host_answer capable; /* no "no": the kernel shows capable functions only */
	enum tsmreq_host_answer connected;
	enum tsmreq_host_answer bound; /* yes: the TDI is LOCKED, RUN or ERROR */
	enum tsmreq_host_answer authenticated;
	enum tsmreq_arch arch; /* 0: the driver is none that is known: the caller must say it */
	enum tsmreq_host_role role;
};

/* "0000:01:00.0", or "01:00.0" of domain 0, in any case, as sysfs spells it. -EINVAL. */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_host_parse_name(const char *word, char ret[TSMREQ_HOST_NAME_SIZE]);

/*
 * Always written in full. -EINVAL: no PCI name; -ENODEV: no such function; -EBADMSG: an attribute
 * that makes no sense; else what open(2) or read(2) said of one.
 */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_host_read_device(const char *name, const struct tsmreq_host_opts *opts,
			    struct tsmreq_host_device *ret);

/* Not 0 ends the walk and is its answer. */
typedef int (*tsmreq_host_fn)(void *userdata, const char *name);

/* Every PCI function there is, in no order. -errno: sysfs cannot be read. */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_host_walk(const struct tsmreq_host_opts *opts, tsmreq_host_fn fn, void *userdata);

/*
 * Before anything is sent: may this device be handled as @arch? -EPROTOTYPE: the host's TSM is of
 * another; *text says which, cut at @size (NULL, 0: not wanted). 0: it is of this one, or nobody
 * can tell. -EINVAL: no architecture.
 */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_host_check_arch(const struct tsmreq_host_device *device, enum tsmreq_arch arch,
			   char *text, size_t size);

/* Static strings, never NULL: "unknown" for what this version cannot name. */
TSMREQ_PUBLIC
const char *tsmreq_host_answer_to_string(enum tsmreq_host_answer answer);
TSMREQ_PUBLIC
const char *tsmreq_host_role_to_string(enum tsmreq_host_role role);

TSMREQ_END_DECLS
#endif
