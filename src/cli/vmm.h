/* SPDX-License-Identifier: MIT */
#ifndef CLI_VMM_H
#define CLI_VMM_H

#include <tsmreq/guest.h>

#include "cli/crew.h"
#include "cli/guest_memory.h"
#include "cli/kernel.h"
#include "cli/replay_call.h"
#include "cli/stand_in.h"
#include "cli/steps.h"

/*
 * The VMM of a case about a guest's exits: it lends the guest room what the given words say, hands
 * it the exits, does what it is told to, and looks at what comes out.
 */

#define VMM_DEVICES_MAX 16
#define VMM_MAPPED_MAX	4
#define VMM_OBJECTS	(TSMREQ_OBJECT_INTERFACE_REPORT + 1)
#define VMM_IRQS_MAX	8
#define VMM_JOBS_MAX	16
#define VMM_VCPUS	4u
#define VMM_VCPU	2u /* whose exits these are */

struct vmm_object {
	bool held;
	struct vec_bytes bytes;
};

struct vmm_device {
	const char *id; /* as the case writes it */
	struct tsmreq_guest_dev dev;
	uint32_t object;
	enum tsmreq_tdi_state books; /* what the library is told at the start */
	bool tee_io;
	size_t bars;
	struct tsmreq_guest_bar bar[TSMREQ_DEVICE_BARS];
	size_t mapped; /* ranges that were handed in before the case begins */
	struct guest_range mapping[VMM_MAPPED_MAX];
	struct vmm_object objects[VMM_OBJECTS]; /* that the kernel cannot give */
	struct vmm_object device_info;
	struct vmm_object context;
	uint64_t func_id;
	struct tsmreq_vdev *vdev;
};

struct vmm {
	struct replay *replay;
	enum tsmreq_arch arch;
	enum tsmreq_uapi uapi;
	struct tsmreq_uapi_info row;
	struct words given;
	struct steps steps;
	struct script script;
	struct stand_in stand_in;
	struct crew crew;
	struct handles handles;
	struct tsmreq_call call; /* of the last exit */

	size_t devices;
	struct vmm_device device[VMM_DEVICES_MAX];
	struct guest_memory memory;
	struct guest_memory expected; /* what it must be by now */
	uint32_t vdev_quirks;
	uint32_t rhi_quirks;
	int32_t vcpu_fd;
	uint32_t layer;	    /* TDX: where things fail; 0: nobody knows */
	bool has_objects;   /* read_object() is there */
	bool defers;	    /* offload() is there */
	bool hold_jobs;	    /* it takes them, and they are never begun */
	uint64_t now;	    /* ms */
	uint64_t elapsed;   /* between an exit and its answer */
	bool clock_counted; /* it has elapsed */
	bool others; /* the answer is somebody else's: of the case, only the call line binds */
	size_t irqs; /* of this step */
	uint32_t irq[VMM_IRQS_MAX];
	unsigned int irq_writes; /* to memory, when the last one came */
	size_t held_jobs;
	struct tsmreq_job *held_job[VMM_JOBS_MAX];
	/*
	 * What the VMM itself answers to a call that is its own to act on. false: the call is not,
	 * run the job.
	 */
	bool (*act)(struct vmm *vmm, const struct tsmreq_call *call, struct tsmreq_answer *ret);
	/* Something goes out for the exit at hand, on any thread. NULL: nobody looks. */
	void (*sent)(struct vmm *vmm);
	void *userdata;

	struct tsmreq_guest_ops ops;
	struct tsmreq_ctx *ctx;
	struct tsmreq_guest *guest;
};

/* Reads the case: steps, script, and the given words about devices, memory and the kernel. */
void vmm_read(struct vmm *vmm, struct replay *replay, enum tsmreq_arch arch);
/* The words themselves; vmm_read() does it. */
void vmm_read_given(struct vmm *vmm);
/* The kernel revision @word says; false, and the case fails, if it says none. */
bool vmm_set_uapi(struct vmm *vmm, const char *word);
/*
 * Makes the guest, with @opts as far as the case's kind has filled them in. -EOPNOTSUPP, and no
 * failure: the revision is refused by name, as it must be.
 */
int vmm_open(struct vmm *vmm, struct tsmreq_guest_opts *opts);
void vmm_close(struct vmm *vmm);

struct vmm_device *vmm_find_device(struct vmm *vmm, uint64_t dev);
/* One more that the case does not know. NULL, and the case fails: no room. */
struct vmm_device *vmm_add_device(struct vmm *vmm, const char *id, uint32_t object);
/* Gives it a handle and attaches it. */
void vmm_attach(struct vmm *vmm, struct vmm_device *device);

/* Around each step. */
void vmm_begin(struct vmm *vmm, const struct step *step);
void vmm_end(struct vmm *vmm, struct step *step);

/*
 * An exit through all its steps. NOT_OURS and REGISTERS have no reply. @said is the call as far as
 * registers alone tell it, NULL: as far as it came.
 */
enum tsmreq_step vmm_exit(struct vmm *vmm, struct step *step, const struct tsmreq_exit *exit,
			  const struct tsmreq_call *said, struct tsmreq_reply *ret);
/* The call line alone. */
void vmm_check_call(struct vmm *vmm, const struct step *step, const struct tsmreq_call *call,
		    const struct tsmreq_call *said);
/* An out word: it stands there if, and only if, this number was written. */
void vmm_check_written(struct vmm *vmm, struct step *step, const char *key, bool written,
		       uint64_t got);
/* Bytes an exit was answered in. */
void vmm_check_bytes(struct vmm *vmm, unsigned int number, const char *what,
		     const struct vec_bytes *expected, const uint8_t *got, size_t size);

#endif
