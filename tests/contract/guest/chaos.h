/* SPDX-License-Identifier: MIT */
#ifndef CONTRACT_GUEST_CHAOS_H
#define CONTRACT_GUEST_CHAOS_H

#include "scene.h"

/*
 * Exits nobody would write down: right ones, right ones with a few wrong bits, and nonsense; on one
 * device, two, or none; while the VMM resets, moves and takes away, and the kernel has trouble.
 * Memory is other bytes at every fetch. Whatever comes, an answer is in the words of the
 * architecture, no address is fetched twice in one exit, and what the kernel gets is what was
 * fetched and looked at.
 */

/* What an exit fetched. */
struct chaos_fetched {
	const struct tsmreq_job *job;
	uint8_t page[TSMREQ_SEV_PAGE_SIZE];	 /* SEV: the message */
	uint8_t nonce[TSMREQ_NONCE_SIZE];	 /* CCA */
	uint8_t header[TSMREQ_TDCM_HEADER_SIZE]; /* TDX */
};

struct chaos {
	struct scene scene; /* first */
	uint64_t seed;
	struct tsmreq_vdev *other; /* of a second device */
	struct tsmreq_vdevice_id other_id;
	bool attached[2];
	unsigned long exits, ours, done, sends, held_to;
	struct chaos_fetched fetched; /* by the exit that is prepared */
	struct chaos_fetched flights[8];
};

/* 0, or -errno. The scene's hooks may be changed after it. */
int chaos_begin(struct chaos *chaos, const struct scene_kind *kind, uint64_t seed);
void chaos_end(struct chaos *chaos);
/* An exit, sometimes with something of the VMM's after it. */
void chaos_step(struct chaos *chaos);

/* The hooks. */
void chaos_at_read(struct scene *scene, uint64_t gpa, const uint8_t *bytes, size_t size);
void chaos_at_send(struct scene *scene, unsigned long command, const uint8_t *arg);

bool chaos_once_in(struct chaos *chaos, uint64_t times);

#endif
