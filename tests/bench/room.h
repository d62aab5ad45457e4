/* SPDX-License-Identifier: MIT */
#ifndef BENCH_ROOM_H
#define BENCH_ROOM_H

#include "examples/small-vm.h"

/* A guest room with the mock behind it, and a guest that makes exits. */

#define ROOM_DEVICES 65536u
#define ROOM_REPORT  0x800u /* bytes of the interface report, of the evidence of SEV and TDX */

#define ROOM_LATER 0x1u /* what can be deferred is */
#define ROOM_KEEPS 0x2u /* objects, in snapshots */
#define ROOM_MANY  0x4u /* ROOM_DEVICES of them */
#define ROOM_PAGE  0x8u /* SEV: exits by the GHCB page */

struct room {
	struct small_vm vm; /* first: what is lent to the guest room is lent by it */
	enum tsmreq_arch arch;
	unsigned int flags;
	struct tsmreq_job *job; /* deferred, and not run yet */
	/* more, or something else, to lend to the guest room; may be NULL */
	void (*lend)(struct tsmreq_guest_ops *ops);
	uint8_t run[TSMREQ_KVM_RUN_SIZE];
	struct tsmreq_vdev *handles[ROOM_DEVICES];
	uint32_t devices;
};

/* 0, or not. Ends with bench_close() in any case. */
int bench_open(struct room *room, enum tsmreq_arch arch, unsigned int flags);
void bench_close(struct room *room);
/* The exit by which the guest says @call of its device number @device. */
int bench_ask(struct room *room, const struct tsmreq_call *call, uint32_t device,
	      struct tsmreq_exit *ret);
/* Whether no exit since bench_open() was refused, failed or not ours. */
bool bench_is_well(struct room *room);

#endif
