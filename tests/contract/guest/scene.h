/* SPDX-License-Identifier: MIT */
#ifndef CONTRACT_GUEST_SCENE_H
#define CONTRACT_GUEST_SCENE_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tsmreq/guest.h>
#include <tsmreq/mock.h>
#include <tsmreq/tsmreq.h>

/*
 * A guest's whole life with a device, on every row and architecture that can carry it, in plain C
 * on the public headers: lock, evidence with a nonce, MMIO, run, DMA, unlock, reset; with a pool
 * also an abort, a BIND that comes too late, a reset in the middle. Everything that crosses a
 * border goes through one function here, where it can be written down, counted, held against a
 * rule, or made to fail.
 */
#define SCENE_MEMORY  0x40000u
#define SCENE_PRIVATE 0x30000u /* RAM from here on is private */
#define SCENE_DEV     0x100u
#define SCENE_BAR     0x10000000u
#define SCENE_BAR_END 0x10010000u
#define SCENE_HOST    0x80000000u

#define SCENE_BUFFER   0x2000u	/* RHI objects, TDCM */
#define SCENE_BLOCK    0x18000u /* measurement parameters */
#define SCENE_REQUEST  0x1a000u
#define SCENE_RESPONSE 0x1b000u
#define SCENE_GHCB     0x1c000u
#define SCENE_DATA     0x20000u

/* In memory that nobody has written yet. */
#define SCENE_FRESH 0x5a

struct scene_kind {
	enum tsmreq_uapi uapi;
	enum tsmreq_arch arch;
	bool on_page;  /* SEV: a GHCB page instead of kvm_run */
	bool deferred; /* by a pool of the VMM's */
};

/* What a guest makes of an answer. */
enum told {
	TOLD_NO,
	TOLD_DONE,
	TOLD_LATER,
};

/* Which one fails, or from which one on. 0: none. */
struct scene_countdown {
	unsigned int left;
	bool ever;
};

struct scene {
	struct scene_kind kind;
	struct tsmreq_mock *mock;
	struct tsmreq_ctx *ctx;
	struct tsmreq_vdev *vdev;
	struct tsmreq_vdevice_id id;
	uint32_t viommu, device; /* where the VMM allocates */
	struct tsmreq_guest *guest;
	struct tsmreq_guest_opts opts;
	struct tsmreq_guest_ops ops;
	struct tsmreq_job *pool[8];
	unsigned int pooled;
	uint64_t now, takes_ms; /* the next kernel call */
	unsigned int vector;
	uint8_t run[TSMREQ_KVM_RUN_SIZE];

	/* rules */
	unsigned int faults; /* of the library: each was said on stderr */
	const char *step;
	bool was_sent;	 /* by this step, a call that the kernel said 0 to */
	bool is_private; /* the range: between make_private() and undo_private() */
	bool is_locked;	 /* the BARs' mappings: between before_lock() and after_unlock() */
	unsigned int kicks;
	uint64_t status;    /* RHI's, of the last answer, or the GHCB's INFO2 */
	uint64_t told_size; /* RHI: x1 */

	/* trouble */
	unsigned int sends, lends;
	struct scene_countdown fail_send, fail_lend;
	int send_rc;
	bool send_acts;	  /* the kernel acts, then fails */
	bool kernel_lies; /* it says 0 and does nothing: its word is no rule then */

	FILE *script; /* NULL: nothing is written down */
	/* what the kernel, or the VMM's source, said last */
	uint8_t response[0x1000];
	size_t response_size;

	/* what a program of its own wants to see */
	void (*at_read)(struct scene *scene, uint64_t gpa, const uint8_t *bytes, size_t size);
	void (*at_write)(struct scene *scene, uint64_t gpa, const uint8_t *bytes, size_t size);
	void (*at_send)(struct scene *scene, unsigned long command, const uint8_t *arg);
	void (*at_end)(struct scene *scene, enum told told); /* of a step */
	const struct tsmreq_job *running;

	struct {
		uint64_t gpa, size;
	} reads[8]; /* of this exit */
	unsigned int read_count;
	bool is_mapped;
	uint64_t mapped;
	uint8_t mapping[0x1000];
	uint8_t memory[SCENE_MEMORY];
};

/* ---- made and ended: scene.c */

/* Rows, architectures, carriers, with and without a pool: i from 0 until false. */
bool scene_kind_at(unsigned int i, struct scene_kind *ret);
void scene_name(const struct scene_kind *kind, char *ret, size_t size);
/* Options and operations may be changed between the two. */
void scene_set_up(struct scene *scene, const struct scene_kind *kind);
/* 0, or -errno: what was made is there to be ended all the same. */
int scene_begin(struct scene *scene);
void scene_finish(struct scene *scene);
int scene_new_vdev(struct scene *scene);
bool scene_vmm_binds(const struct scene *scene);
enum tsmreq_tdi_state scene_really(const struct scene *scene);

/* false: there is no answer, and the vCPU must not be run again. */
bool scene_drive(struct scene *scene, const struct tsmreq_exit *exit, struct tsmreq_reply *reply);
void scene_run(struct scene *scene, struct tsmreq_job *job);
void scene_run_pool(struct scene *scene);

/* ---- what the VMM lends: lent.c */

void scene_lend(struct scene *scene);
/* What its own source gives. */
const char *scene_get_text(enum tsmreq_object object);
/* And a mapping of what is shared, for the last copy. */
void scene_lend_mapping(struct scene *scene);
bool scene_strikes(struct scene_countdown *countdown);

/* ---- the way to the kernel: seam.c */

int scene_submit(void *userdata, unsigned long command, void *arg);
/* The payload of a request; NULL: it is another call, or has none. */
const uint8_t *scene_get_payload(const struct scene *scene, unsigned long command,
				 const uint8_t *arg, size_t *ret_size);
/* CCA's measurements: the only payload with a pointer in it. NULL: it is another. */
const uint8_t *scene_get_nonce(const struct scene *scene, const uint8_t *payload, size_t size);

void scene_say(struct scene *scene, const char *format, ...) __attribute__((format(printf, 2, 3)));
void scene_say_line(struct scene *scene, const void *bytes, size_t size);
void scene_blame(struct scene *scene, const char *what);

#define scene_check(scene, condition)                     \
	do {                                              \
		if (!(condition))                         \
			scene_blame((scene), #condition); \
	} while (0)

/* ---- what an architecture may be answered: judge.c */

enum told scene_judge_rhi(struct scene *scene, uint64_t call, const struct tsmreq_rhi_regs *regs);
enum told scene_judge_tdcm(struct scene *scene, uint64_t r10);
enum told scene_judge_page(struct scene *scene, bool message);
enum told scene_judge_run(struct scene *scene, bool message);

/* ---- steps and lives: life.c */

/* One life, and the end of it. */
void scene_play(struct scene *scene);
struct tsmreq_exit scene_run_exit(struct scene *scene);
struct tsmreq_call scene_op(enum tsmreq_call_kind kind, enum tsmreq_tdi_state target);
struct tsmreq_call scene_message(enum tsmreq_call_kind kind, uint8_t type);

static inline uint32_t scene_load32(const uint8_t *at)
{
	return at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
}

static inline uint64_t scene_load64(const uint8_t *at)
{
	return scene_load32(at) | (uint64_t)scene_load32(at + 4) << 32;
}

#endif
