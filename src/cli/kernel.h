/* SPDX-License-Identifier: MIT */
#ifndef CLI_KERNEL_H
#define CLI_KERNEL_H

#include <tsmreq/mock.h>
#include <tsmreq/uapi.h>

#include "cli/replay.h"

/* The kernel a case is about: the mock, brought into the state its `given` words tell. */

#define KERNEL_VDEVS_MAX 16

struct kernel_vdev {
	uint64_t guest; /* the guest's name for it */
	uint32_t object;
	enum tsmreq_tdi_state books; /* what the library is told at the start */
};

struct kernel {
	enum tsmreq_uapi uapi;
	struct tsmreq_uapi_info info;
	struct tsmreq_mock *mock;
	bool checks; /* each pointer, before it is followed */
	enum tsmreq_arch arch;
	uint32_t quirks;
	size_t vdevs;
	struct kernel_vdev vdev[KERNEL_VDEVS_MAX];
	uint32_t viommu;
	uint32_t iodev;
	uint32_t hwpt;
	int32_t kvm_fd;
	int32_t vcpu_fd;
	uint32_t destroy_cmd;
	uint32_t alloc_cmd;
	bool reference; /* the case shows a layout that is never sent */
	bool in_use;	/* what the case destroys has another user */
};

/*
 * The words about how the kernel was built: makes the mock. Also for probe cases. @wild: the case
 * may hold any pointer, so each one is checked, if this machine can.
 */
void kernel_open(struct replay *replay, struct kernel *kernel, struct words *given,
		 enum tsmreq_uapi uapi, bool wild);
/* All others: objects, their states, their troubles. */
void kernel_furnish(struct replay *replay, struct kernel *kernel, struct words *given);
/* Trouble, as <tsmreq/mock.h> names it, on one object. */
void kernel_set_fault(struct replay *replay, struct kernel *kernel, uint32_t id, const char *word);
void kernel_close(struct kernel *kernel);

const struct kernel_vdev *kernel_find_vdev(const struct kernel *kernel, uint64_t guest);
/* A descriptor; -1: none. */
void kernel_take_fd(struct replay *replay, struct words *words, const char *key, int32_t *ret);
/* A word that repeats an ioctl's number; @known: it must be @expected. */
void kernel_take_cmd(struct replay *replay, struct words *given, const char *key, bool known,
		     uint32_t expected);
/* "eintr-unsure" and its like. */
int kernel_parse_quirk(const char *word, uint32_t *ret);
/* "report" and its like. */
int kernel_parse_object(const char *word, enum tsmreq_object *ret);

#endif
