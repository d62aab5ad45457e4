/* SPDX-License-Identifier: MIT */
#ifndef TSMREQ_GUEST_H
#define TSMREQ_GUEST_H

#include <stdbool.h>
#include <tsmreq/ghcb.h>
#include <tsmreq/ghci.h>
#include <tsmreq/kvm.h>
#include <tsmreq/rhi.h>
#include <tsmreq/vdev.h>

TSMREQ_BEGIN_DECLS

/*
 * From exit to answer: a vCPU exit in, what the vCPU gets back out. One guest per VM.
 *
 *	tsmreq_guest_prepare()	decode, find the device, copy the guest's bytes once. Never blocks.
 *	tsmreq_job_run()	the one step that may block; any thread, no lock of the VMM.
 *	tsmreq_job_settle()	guest memory, interrupt, books, next waiter; any thread.
 *	tsmreq_job_answer()	what the vCPU gets: registers, kvm_run bytes or GHCB fields.
 *
 * Which of them a job needs, and in which order, is the step that prepare() tells:
 *
 *	DONE		answer
 *	RUN_NOW		run, settle, answer (without settle, answer does it)
 *	DEFERRED	answer, which hands the job to @offload or to the guest's workers: run and
 *			settle come from there, while the guest waits by its own protocol
 *	VMM		run (takes the device, sends nothing), the VMM acts, tsmreq_job_finish(),
 *			settle, answer
 *
 * A job is gone after its last step. tsmreq_guest_handle() does all of it on the vCPU's thread.
 *
 * Any number of vCPUs at once. One device is served one job at a time; different devices do not
 * meet. No heap per exit, except where a large object's buffer or a snapshot grows.
 */
struct tsmreq_guest;
struct tsmreq_job;

/* What a range of guest physical addresses is. */
enum tsmreq_memory {
	TSMREQ_MEMORY_NONE = 0,	   /* no byte of it is RAM */
	TSMREQ_MEMORY_SHARED = 1,  /* all of it is RAM, and shared */
	TSMREQ_MEMORY_PRIVATE = 2, /* all of it is RAM, and private */
	TSMREQ_MEMORY_BOTH = 3,	   /* all of it is RAM, some of it shared */
	TSMREQ_MEMORY_MIXED = 4,   /* some of it is RAM */
	TSMREQ_MEMORY_FORCE_S32_ = INT32_MAX
};

/* Told to the VMM because no guest register says it. */
enum tsmreq_device_event {
	TSMREQ_DEVICE_UNCERTAIN = 1, /* a state change may or may not have happened: look */
	TSMREQ_DEVICE_GONE = 2,	     /* the vDevice was destroyed behind us: -ENOENT for ever */
	TSMREQ_DEVICE_DRAINED = 3,   /* after detach_begin() or reset_begin(): nothing runs on it */
	TSMREQ_DEVICE_RENUMBERED = 4, /* at LOCK: the guest's number is not the vDevice's virt_id */
	TSMREQ_DEVICE_LATE = 5, /* TDX: the guest had given up on a BIND; @rc 0: it was undone */
	TSMREQ_DEVICE_EVENT_FORCE_S32_ = INT32_MAX
};

/* One line of a trace: a call, and what became of it. */
struct tsmreq_guest_trace {
	struct tsmreq_guest_dev dev;
	struct tsmreq_result result;
	enum tsmreq_call_kind kind;
	enum tsmreq_reason reason;
	uint32_t vcpu;
	int32_t rc;
};

/*
 * What the VMM lends. None may call back into the guest. Any thread that is in one of the steps may
 * call them, several at once. The first three are required, the rest may be NULL.
 */
struct tsmreq_guest_ops {
	size_t size; /* sizeof(struct tsmreq_guest_ops) */
	void *userdata;

	/* Shared guest memory, all or nothing: 0 or -EFAULT. */
	int (*read_shared)(void *userdata, struct tsmreq_gpa gpa, void *dst, size_t size);
	int (*write_shared)(void *userdata, struct tsmreq_gpa gpa, const void *src, size_t size);
	/* @size is not 0, and @gpa + @size does not wrap. */
	enum tsmreq_memory (*get_memory)(void *userdata, struct tsmreq_gpa gpa, uint64_t size);

	/*
	 * A host mapping of shared guest memory, as the destination of the last copy alone: it is
	 * never read and never given to the kernel. NULL: write_shared() does it.
	 */
	void *(*map_shared)(void *userdata, struct tsmreq_gpa gpa, size_t size);
	void (*unmap_shared)(void *userdata, void *mapping, size_t size);

	/* A monotonic clock. Required for TDX: a TD gives up after 10 s. */
	uint64_t (*now_ms)(void *userdata);
	/* TDX: an interrupt for the vCPU that made the call. */
	int (*inject)(void *userdata, uint32_t vcpu, uint32_t vector);

	/* CCA, around a validation: the range becomes private, and shared again if it failed. */
	int (*make_private)(void *userdata, struct tsmreq_guest_dev dev,
			    const struct tsmreq_mmio_range *range);
	void (*undo_private)(void *userdata, struct tsmreq_guest_dev dev,
			     const struct tsmreq_mmio_range *range);
	/* Take the shared mappings of the BARs away, and give them back. Called in run. */
	int (*before_lock)(void *userdata, struct tsmreq_guest_dev dev);
	void (*after_unlock)(void *userdata, struct tsmreq_guest_dev dev);
	/* Whether the guest may have this range, beside the checks made here. */
	bool (*mmio_allowed)(void *userdata, struct tsmreq_guest_dev dev,
			     const struct tsmreq_call_mmio *mmio);

	/*
	 * An object that the kernel's row cannot give (netlink, files). dst->size is set to the
	 * object's length in any case. 0; -EMSGSIZE if @dst is too small; -ENODATA if there is no
	 * such object; any other errno. Called in run, and with a capacity of 0 to learn the size.
	 * @nonce: what the guest wants new measurements to answer, or empty.
	 */
	int (*read_object)(void *userdata, struct tsmreq_guest_dev dev, enum tsmreq_object object,
			   struct tsmreq_bytes nonce, struct tsmreq_buffer *dst);
	/* TDX: which layer failed, TSMREQ_TDCM_ERROR_*; 0: by errno. */
	uint32_t (*get_layer)(void *userdata, struct tsmreq_guest_dev dev,
			      enum tsmreq_call_kind kind, int rc);

	/*
	 * Have another thread call tsmreq_job_run(), again while it says -EAGAIN, then
	 * tsmreq_job_settle(). -errno: not taken, and the guest is told to come again.
	 */
	int (*offload)(void *userdata, struct tsmreq_job *job);

	void (*device_event)(void *userdata, struct tsmreq_guest_dev dev,
			     enum tsmreq_device_event event, int rc);
	/* What a guest can trigger at will is never above debug, 7. */
	tsmreq_log_fn log;
	void (*trace)(void *userdata, const struct tsmreq_guest_trace *trace);
};

/* BIND and UNBIND of an SEV guest are the VMM's to do: step VMM on every row. */
#define TSMREQ_GUEST_VMM_BINDS 0x1u
/* CCA: @features of 0 is no default, but none. */
#define TSMREQ_GUEST_FEATURES_GIVEN 0x2u

#define TSMREQ_GUEST_VCPUS_MAX	 65536u
#define TSMREQ_GUEST_DEVICES_MAX 65536u
#define TSMREQ_GUEST_JOBS_MAX	 65536u
#define TSMREQ_GUEST_WORKERS_MAX 64u

/* 0 is a default wherever a number may be 0. */
struct tsmreq_guest_opts {
	size_t size; /* sizeof(struct tsmreq_guest_opts) */
	const struct tsmreq_guest_ops *ops;
	enum tsmreq_arch arch;
	enum tsmreq_uapi uapi;	       /* what the kernel speaks: tsmreq_ctx_get_uapi() */
	enum tsmreq_kvm_abi kvm_abi;   /* for exits as kvm_run; 0: there are none */
	enum tsmreq_ghcb_abi ghcb_abi; /* SEV; 0: AUTO */
	uint32_t quirks;	       /* CCA: TSMREQ_RHI_QUIRK_* */
	uint32_t gpa_width;	       /* TDX: 48 or 52 */
	uint32_t offers;	       /* TDX: TSMREQ_GHCI_*; 0: TDCM */
	uint32_t flags;		       /* TSMREQ_GUEST_* */
	uint64_t features;	       /* CCA: at most these; 0: what the rest can serve */
	uint64_t shared_base;	       /* CCA: first address with the shared bit */
	uint64_t snapshot_budget;      /* bytes kept of objects; 0: every SIZE and READ asks */
	uint32_t vcpus;		       /* vCPUs are 0 .. vcpus - 1; 0: 1 */
	uint32_t max_devices;	       /* 0: 16 */
	uint32_t max_jobs;	       /* deferred at a time, beside one a vCPU; 0: 16 */
	uint32_t workers;	       /* threads of its own, for want of @offload; no signals */
};

TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_guest_new(struct tsmreq_guest **ret, const struct tsmreq_guest_opts *opts);
/* Nobody may be in a step any more. Sends nothing: devices stay bound that were not detached. */
TSMREQ_PUBLIC
struct tsmreq_guest *tsmreq_guest_free(struct tsmreq_guest *guest);

/* What RHI FEATURES answers: configured and possible. */
TSMREQ_PUBLIC
uint64_t tsmreq_guest_get_features(const struct tsmreq_guest *guest);

/* ---- devices ---- */

#define TSMREQ_DEVICE_TEE_IO 0x1u /* connected to a link TSM: what CHECK_TEEIO_SUPP answers */
#define TSMREQ_DEVICE_PARTIAL \
	0x2u /* attach although the row cannot carry all of the architecture */

#define TSMREQ_DEVICE_BARS 6u

/* A BAR as the guest has placed it. */
struct tsmreq_guest_bar {
	struct tsmreq_gpa base;
	uint64_t size; /* 0: not there */
};

struct tsmreq_guest_device {
	size_t size; /* sizeof(struct tsmreq_guest_device) */
	/* Stays the caller's, and must outlive the device. NULL: the VMM binds, set_vdev() */
	struct tsmreq_vdev *vdev;
	struct tsmreq_guest_dev dev;	 /* the guest's name for it */
	struct tsmreq_guest_dev virt_id; /* what the vDevice was allocated with */
	struct tsmreq_guest_bar bars[TSMREQ_DEVICE_BARS];
	uint64_t tdi_id; /* SEV: what BIND tells; 0: the guest's name */
	/*
	 * The interface report, to hold validations against; empty: not done. CCA's host address is
	 * compared with a range's address + @report_offset, SEV's guest address likewise. Copied.
	 */
	struct tsmreq_bytes report;
	uint64_t report_offset;
	uint32_t pcie_cap; /* offset of the PCI Express capability; 0: none */
	uint32_t af_cap;   /* offset of the Advanced Features capability; 0: none */
	uint32_t flags;	   /* TSMREQ_DEVICE_* */
	uint32_t reserved; /* 0 */
};

/*
 * -EOPNOTSUPP: the row cannot carry what the architecture needs (PARTIAL overrides), -EEXIST: the
 * name is taken, -ENOSPC: max_devices.
 */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_guest_attach(struct tsmreq_guest *guest, const struct tsmreq_guest_device *device);
/* The guest moved its BARs. */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_guest_set_bars(struct tsmreq_guest *guest, struct tsmreq_guest_dev dev,
			  const struct tsmreq_guest_bar bars[TSMREQ_DEVICE_BARS]);
/*
 * SEV where the VMM binds: the vDevice it made, or NULL before it destroys it. From a VMM step of
 * this device, or while nothing runs on it.
 */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_guest_set_vdev(struct tsmreq_guest *guest, struct tsmreq_guest_dev dev,
			  struct tsmreq_vdev *vdev);
/* The guest renumbered its buses. virt_id cannot follow: from now on LOCK warns. */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_guest_renumber(struct tsmreq_guest *guest, struct tsmreq_guest_dev from,
			  struct tsmreq_guest_dev to);

/*
 * Ends. begin() refuses new work, drops what was not sent and returns at once; DRAINED is told when
 * nothing runs on the device (at once, from inside begin(), if nothing did). Then end(), which is
 * -EBUSY before.
 *
 * detach_end() forgets the device and sends nothing: unbind first, or destroy the vDevice after.
 * reset_end() unbinds (it may block), drops snapshots and handles, and takes the device back into
 * service, whatever the unbind answers: *ret and what is returned tell, and begin again is the way
 * to try again. It lifts no hold. -EBUSY is the unbind's if *ret is not NOT_SENT; if it is, also of
 * reset(), the device is not drained or the VMM's own call is under way on the handle: end again.
 *
 * detach() and reset() do both and wait in between: never under a lock that settle needs. An end is
 * one thread's: who comes second is told -EBUSY or -ENOENT.
 *
 * The order of a teardown: reset or detach the device (drain, unbind), destroy the vDevice, the
 * nested HWPT, the vIOMMU, the HWPT, close the VFIO descriptor. A VFIO descriptor closed first
 * takes the vDevice along: every call is -ENOENT then, and GONE is told.
 */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_guest_detach_begin(struct tsmreq_guest *guest, struct tsmreq_guest_dev dev);
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_guest_detach_end(struct tsmreq_guest *guest, struct tsmreq_guest_dev dev);
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_guest_detach(struct tsmreq_guest *guest, struct tsmreq_guest_dev dev);
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_guest_reset_begin(struct tsmreq_guest *guest, struct tsmreq_guest_dev dev);
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_guest_reset_end(struct tsmreq_guest *guest, struct tsmreq_guest_dev dev,
			   struct tsmreq_result *ret);
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_guest_reset(struct tsmreq_guest *guest, struct tsmreq_guest_dev dev,
		       struct tsmreq_result *ret);

/*
 * Whether the guest's write to configuration space may be carried out: not one that clears memory
 * or bus-master enable or starts a function-level reset while the TDI is LOCKED or RUN, or nobody
 * can tell, in an end that has begun, too. @size is 1, 2 or 4, @value as written. true for a device
 * that is not attached.
 */
TSMREQ_PUBLIC
bool tsmreq_guest_config_write_ok(struct tsmreq_guest *guest, struct tsmreq_guest_dev dev,
				  uint32_t offset, uint32_t size, uint32_t before, uint32_t value);

/* ---- exits ---- */

enum tsmreq_exit_form {
	TSMREQ_EXIT_KVM_RUN = 1, /* @run: struct kvm_run as mapped; answered in place */
	TSMREQ_EXIT_RHI = 2,	 /* @rhi: CCA's registers */
	TSMREQ_EXIT_GHCI = 3,	 /* @ghci: TDX's registers */
	TSMREQ_EXIT_GHCB = 4,	 /* @ghcb: where the GHCB page is; answered there */
	TSMREQ_EXIT_FORCE_S32_ = INT32_MAX
};

struct tsmreq_exit {
	size_t size; /* sizeof(struct tsmreq_exit) */
	enum tsmreq_exit_form form;
	uint32_t vcpu;
	void *run; /* stays in place until the answer */
	size_t run_size;
	struct tsmreq_gpa ghcb;
	struct tsmreq_rhi_exit rhi;
	struct tsmreq_ghci_exit ghci;
	int32_t vcpu_fd;   /* kernel v2 alone wants it; else -1 */
	uint32_t reserved; /* 0 */
};

/* What the vCPU gets; the member of the exit's form. kvm_run and GHCB are written already. */
struct tsmreq_reply {
	enum tsmreq_action action;
	enum tsmreq_exit_form form;
	struct tsmreq_rhi_regs rhi;
	uint64_t r10; /* TDX */
	struct tsmreq_ghcb_regs ghcb;
};

enum tsmreq_step {
	TSMREQ_STEP_NOT_OURS = 0,  /* hand the exit on; no job */
	TSMREQ_STEP_REGISTERS = 1, /* CCA: fetch x0..x7, prepare again in form RHI; no job */
	TSMREQ_STEP_DONE = 2,
	TSMREQ_STEP_RUN_NOW = 3,
	TSMREQ_STEP_DEFERRED = 4,
	TSMREQ_STEP_VMM = 5,
	TSMREQ_STEP_FORCE_S32_ = INT32_MAX
};

/*
 * 0; -EBUSY: this vCPU's job before is not answered; -EINVAL, -EMSGSIZE: a mistake of the VMM's;
 * -EFAULT: the GHCB is no shared memory any more, so do not run the vCPU again. A KVM TIO exit is
 * preset to "reject" before anything is looked at, and stays so whatever prepare() answers.
 */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_guest_prepare(struct tsmreq_guest *guest, const struct tsmreq_exit *exit,
			 struct tsmreq_job **ret_job, enum tsmreq_step *ret_step);
/*
 * 0: settle it; a VMM step: act and finish it. -EAGAIN: interrupted or busy, in a way that only
 * trying again cures: the job and its bytes stay as they are. Handle what interrupted the vCPU and
 * call again. -ENODEV: a VMM step whose device went meanwhile: settle it. Calls in another order
 * than the step's are -EINVAL.
 */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_job_run(struct tsmreq_job *job);
/* A DEFERRED job is gone after it. */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_job_settle(struct tsmreq_job *job);
/* Every job is gone after it, for its vCPU; a DEFERRED one lives on where it was offloaded. */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_job_answer(struct tsmreq_job *job, struct tsmreq_reply *ret);
/*
 * Ends a VMM step: @answer as call.h has it, its data copied. A firmware code is an rc of
 * -EREMOTEIO with that tsm_code, a message's response page the data. Also ends a RUN_NOW job
 * instead of run, and any job for good that run said -EAGAIN of; on kvm_run not with an errno that
 * means "later". -EBUSY: a VMM step whose device is not the VMM's, run() first.
 */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_job_finish(struct tsmreq_job *job, const struct tsmreq_answer *answer);
/* What the guest asked for. Valid until the job is gone. */
TSMREQ_PUBLIC
const struct tsmreq_call *tsmreq_job_get_call(const struct tsmreq_job *job);

/*
 * prepare, run, settle and answer on the calling thread. The step tells how it ended: DONE with
 * *ret written, or NOT_OURS, REGISTERS, VMM (act, tsmreq_job_finish() with @ret_job, call again).
 * -EAGAIN: kicked; handle it and call again with the same exit. A vCPU's open job is taken up
 * again. *ret_job is NULL when it was answered.
 */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_guest_handle(struct tsmreq_guest *guest, const struct tsmreq_exit *exit,
			struct tsmreq_job **ret_job, enum tsmreq_step *ret_step,
			struct tsmreq_reply *ret);

/* ---- time and workers ---- */

/* TDX: when expire() is due. false: nothing waits. */
TSMREQ_PUBLIC
bool tsmreq_guest_next_deadline(struct tsmreq_guest *guest, uint64_t *ret_ms);
/*
 * Answers what a TD will give up on, before it does; a result that comes later is dropped, a BIND
 * that comes later undone. How many were answered.
 */
TSMREQ_PUBLIC
unsigned int tsmreq_guest_expire(struct tsmreq_guest *guest, uint64_t now_ms);

/* With workers: readable when jobs wait to be settled. Poll it, then dispatch(). Else -ENOTSUP. */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_guest_get_fd(const struct tsmreq_guest *guest);
/* Settles what the workers have finished. How many. */
TSMREQ_PUBLIC
unsigned int tsmreq_guest_dispatch(struct tsmreq_guest *guest);

/* How often. Since the guest was made; read while others count, so only roughly of one moment. */
struct tsmreq_guest_counters {
	uint64_t exits;
	uint64_t not_ours;
	uint64_t refused;   /* answered without a kernel call, with an error */
	uint64_t completed; /* kernel calls by outcome */
	uint64_t failed;
	uint64_t uncertain;
	uint64_t deferred;
	uint64_t expired;
	uint64_t kicked; /* run() said -EAGAIN */
	uint64_t snapshot_hits;
};

TSMREQ_PUBLIC
void tsmreq_guest_get_counters(struct tsmreq_guest *guest, struct tsmreq_guest_counters *ret);

TSMREQ_PUBLIC
const char *tsmreq_step_to_string(enum tsmreq_step step);
TSMREQ_PUBLIC
const char *tsmreq_device_event_to_string(enum tsmreq_device_event event);

static inline void tsmreq_guest_freep(struct tsmreq_guest **p)
{
	*p = tsmreq_guest_free(*p);
}

TSMREQ_END_DECLS
#endif
