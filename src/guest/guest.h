/* SPDX-License-Identifier: MIT */
#ifndef GUEST_GUEST_H
#define GUEST_GUEST_H

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <tsmreq/guest.h>
#include <tsmreq/report.h>

#include "guest/operation.h"

#define CACHE_LINE 64

/* ---- a device ---- */

/*
 * Name, flags and pins of a device in one word, so that a pin is one compare-and-swap that cannot
 * hit a device of another name. Device structures live as long as the guest.
 */
#define DEVICE_PINS	  0x0fffffffu
#define DEVICE_RESETTING  0x20000000u
#define DEVICE_DETACHING  0x40000000u
#define DEVICE_ATTACHED	  0x80000000u
#define DEVICE_CLOSING	  (DEVICE_RESETTING | DEVICE_DETACHING)
#define DEVICE_NAME(word) ((uint32_t)((word) >> 32))

struct snapshot {
	uint8_t *bytes; /* NULL: none */
	uint32_t size;
};

#define OBJECTS (TSMREQ_OBJECT_INTERFACE_REPORT + 1)

struct device {
	_Alignas(CACHE_LINE) _Atomic uint64_t word;
	struct tsmreq_guest *guest;
	_Atomic(struct tsmreq_vdev *) vdev; /* NULL: SEV before the VMM has bound */
	uint32_t index;			    /* in devices.slots */
	uint32_t flags;			    /* TSMREQ_DEVICE_* */
	uint64_t virt_id;
	uint64_t tdi_id;
	uint32_t pcie_cap, af_cap;

	pthread_mutex_t lock; /* what follows, but for what is told */
	pthread_cond_t idle;  /* not busy any more, or drained */
	bool busy;	      /* one job at a time: from run (deferred: from hand-off) to settle */
	bool moved;	      /* renumbered; the next LOCK warns */
	struct tsmreq_job *first, **last; /* deferred jobs that wait for it */
	struct operation operation;	  /* RHI's long operation */
	struct tsmreq_job *operation_job; /* while it is QUEUED */
	struct tsmreq_guest_bar bars[TSMREQ_DEVICE_BARS];

	/* of whoever has it busy, but for the last one */
	struct snapshot snapshots[OBJECTS];
	uint8_t *report; /* the report's bytes; NULL: validations are not held against one */
	struct tsmreq_report report_parts;
	uint64_t report_offset;
	bool stopped; /* SEV: unlocked, and bound still */
	atomic_bool told_gone;
};

/* Open addressing over names, twice as large as it is ever full. Read without a lock. */
struct devices {
	_Atomic uint64_t *table; /* name << 32 | slot + 1; 0: free */
	uint32_t mask;
	uint32_t capacity;
	uint32_t count;
	uint32_t *unused; /* slots, the next one at capacity - count - 1 */
	struct device **slots;
	atomic_uint sequence; /* odd: being changed. A miss counts only if it has not moved */
	pthread_mutex_t lock; /* of those who change it */
};

enum pin {
	PIN_OK,
	PIN_UNKNOWN,   /* no such device, or it is going */
	PIN_RESETTING, /* it will be back */
};

int tsmreq_devices_init(struct devices *devices, uint32_t capacity);
void tsmreq_devices_destroy(struct devices *devices);
/* Under devices.lock. -EEXIST, -ENOENT. */
int tsmreq_devices_insert(struct devices *devices, uint32_t name, uint32_t slot);
int tsmreq_devices_remove(struct devices *devices, uint32_t name);
/* Under devices.lock: one that may be closing, too. NULL: there is none. */
struct device *tsmreq_devices_find(const struct devices *devices, uint64_t name);
/* Keeps it from going, until unpin. *ret is written for PIN_OK alone. */
enum pin tsmreq_device_pin(struct tsmreq_guest *guest, uint64_t name, struct device **ret);
void tsmreq_device_unpin(struct device *device);
static inline struct tsmreq_guest_dev tsmreq_device_name(struct device *device)
{
	return (struct tsmreq_guest_dev){DEVICE_NAME(atomic_load(&device->word))};
}
/* The TDI's state on the books. */
enum tsmreq_tdi_state tsmreq_device_get_state(struct device *device);
/* Waits until no other job has it, and takes it. */
void tsmreq_device_take(struct device *device);
bool tsmreq_device_try_take(struct device *device);
bool tsmreq_device_is_busy(struct device *device);
/* Whether the interface report, if there is one, has such a range. */
bool tsmreq_device_report_allows(const struct device *device, uint64_t address, uint64_t size);
/* Gives it to the next job that waits, or to nobody. */
void tsmreq_device_release(struct device *device);
/* Hands a deferred job on: to the worker at once, or behind the one that has the device. */
int tsmreq_device_defer(struct device *device, struct tsmreq_job *job);
void tsmreq_device_tell(struct device *device, enum tsmreq_device_event event, int rc);
/* What a result means that no guest register says. */
void tsmreq_device_tell_result(struct device *device, bool changes_state, int rc,
			       const struct tsmreq_result *result);

/* ---- validated ranges ---- */

/* Device memory that was ever sent for validation. It may be mapped. */
struct range {
	uint64_t base;
	uint64_t top;
};

#define RANGES_PER_DEVICE 16u

struct ranges {
	pthread_mutex_t lock;
	struct range *ranges; /* RANGES_PER_DEVICE a slot */
	uint32_t *counts;     /* how many of them are used */
	uint32_t *heads;      /* by block: the first range in it + 1, or 0; */
	uint32_t *nexts;      /* by range: the next one in its chain, likewise */
	unsigned int shift;   /* a hash of 64 bits to an index of heads */
	uint64_t orders;      /* bit i: there is a range whose block has 2 << i bytes */
	uint32_t blocks[64];  /* how many of them there are */
};

int tsmreq_ranges_init(struct ranges *ranges, uint32_t devices);
void tsmreq_ranges_destroy(struct ranges *ranges);
void tsmreq_ranges_add(struct ranges *ranges, uint32_t device, uint64_t base, uint64_t top);
void tsmreq_ranges_forget(struct ranges *ranges, uint32_t device);
bool tsmreq_ranges_cover(struct ranges *ranges, uint64_t base, uint64_t top);

/* ---- a job ---- */

enum phase {
	PHASE_FREE,
	PHASE_OFFERED, /* DEFERRED: answer comes next, and hands it on */
	PHASE_READY,   /* run or finish comes next */
	PHASE_RAN,     /* the result is there; settle comes next */
	PHASE_SETTLED, /* answer comes next */
};

/* What a guest still expects of a deferred job. */
enum expects {
	EXPECTS_ANSWER,
	EXPECTS_NOTHING, /* aborted, expired, reset: what comes is dropped */
	EXPECTS_SETTLED, /* TDX: the result is in time, nobody else may answer any more */
};

struct tsmreq_job {
	_Alignas(CACHE_LINE) struct tsmreq_guest *guest;
	struct device *device; /* pinned, or NULL */
	struct tsmreq_exit exit;
	struct tsmreq_call call;
	struct tsmreq_answer answer;
	enum tsmreq_step step;
	enum tsmreq_action action;
	enum phase phase;
	bool resetting;	 /* the device was in reset: run looks again */
	bool has_device; /* it is the one that has the device busy */
	bool finished;	 /* by the VMM */

	/* a deferred one's */
	struct tsmreq_job *next;		       /* behind which it waits, or in a pool */
	struct tsmreq_job *flight_next, **flight_prev; /* TDX: while a TD waits for it */
	enum expects expects; /* RHI: by device->lock. TDX: by flight.lock */
	uint64_t handle;
	uint64_t deadline; /* TDX */
	uint64_t status;   /* RHI: of a READ that failed without an errno */

	struct tsmreq_ghci_reply ghci;
	uint64_t slice_offset;		/* READ: of answer.data */
	struct tsmreq_blob_table blobs; /* SEV: TDI_INFO with data pages */
	struct tsmreq_blob_objects objects;
	uint8_t *staging; /* bytes of the guest, of an object, of a response */
	size_t capacity;
};

/* At least @size bytes of staging, kept over growth. -ENOMEM. */
int tsmreq_job_reserve(struct tsmreq_job *job, size_t size);
static inline struct tsmreq_vdev *tsmreq_job_vdev(const struct tsmreq_job *job)
{
	return atomic_load(&job->device->vdev);
}
/* In run: LOCK and UNLOCK, with what the VMM does around them. As the typed calls answer. */
int tsmreq_state_lock(struct tsmreq_job *job);
int tsmreq_state_unlock(struct tsmreq_job *job);
/* A result without a kernel call. */
static inline void tsmreq_job_fail(struct tsmreq_job *job, int rc)
{
	job->answer.rc = rc;
	job->answer.result = (struct tsmreq_result){.outcome = TSMREQ_OUTCOME_NOT_SENT};
}

/* ---- the guest ---- */

struct counters {
	_Atomic uint64_t exits, not_ours, refused, completed, failed, uncertain, deferred, expired,
		kicked, snapshot_hits;
};

struct vcpu {
	_Alignas(CACHE_LINE) struct tsmreq_job *job; /* for its next exit */
	struct tsmreq_job *open;		     /* not answered yet; NULL: none */
	struct counters counters;
};

/* TDX: calls that a TD waits for. */
struct flight {
	pthread_mutex_t lock;
	struct tsmreq_job *first;
	atomic_uint count;
};

struct workers;

struct tsmreq_guest {
	struct tsmreq_guest_ops ops;
	struct tsmreq_guest_opts opts;
	struct tsmreq_ghci_opts ghci;
	uint64_t features; /* RHI */
	bool defers;	   /* there is somebody to run deferred jobs */
	bool binds_at_alloc;
	struct vcpu *vcpus;
	struct tsmreq_job *jobs;
	struct workers *workers;
	struct devices devices;
	/* what every vCPU writes, away from what every vCPU reads */
	_Alignas(CACHE_LINE) pthread_mutex_t pool_lock;
	struct tsmreq_job *pool; /* free ones beside those of the vCPUs */
	_Atomic uint64_t next_handle;
	_Atomic uint64_t snapshot_bytes;
	_Alignas(CACHE_LINE) struct ranges ranges;
	_Alignas(CACHE_LINE) struct flight flight;
};

/* The job goes back to its vCPU, or to the pool. */
void tsmreq_job_end(struct tsmreq_job *job);
/* In prepare: makes the step DEFERRED, if there is somebody to run it later and a job to spare. */
bool tsmreq_job_defer(struct tsmreq_job *job);
/* tsmreq_job_settle() of a job that has run. */
void tsmreq_job_settle_ran(struct tsmreq_job *job);
void tsmreq_job_undefer(struct tsmreq_job *job);
static inline struct counters *tsmreq_job_counters(const struct tsmreq_job *job)
{
	return &job->guest->vcpus[job->exit.vcpu].counters;
}
static inline void tsmreq_count(_Atomic uint64_t *counter)
{
	atomic_fetch_add_explicit(counter, 1, memory_order_relaxed);
}

/* ---- guest memory ---- */

bool tsmreq_memory_is_shared(const struct tsmreq_guest *guest, const struct tsmreq_span *span);
int tsmreq_memory_read(const struct tsmreq_guest *guest, const struct tsmreq_span *span, void *dst);
int tsmreq_memory_write(const struct tsmreq_guest *guest, uint64_t gpa, const void *src,
			size_t size);

/* ---- objects ---- */

/* In run, device taken. All answer as the typed calls of vdev.h do, and write job->answer.result.
 */
int tsmreq_object_get_size(struct tsmreq_job *job, enum tsmreq_object object, uint64_t *ret_size);
/* Whole, into room for @size bytes; @expect: of that length, if not 0. *ret is good until the
 * device is released. */
int tsmreq_object_read(struct tsmreq_job *job, enum tsmreq_object object, size_t size,
		       uint32_t expect, struct tsmreq_bytes *ret);
void tsmreq_object_forget(struct device *device);
/* From the VMM's own source into the job's staging, from @offset on. */
int tsmreq_object_from_source(struct tsmreq_job *job, enum tsmreq_object object, size_t offset,
			      struct tsmreq_bytes nonce, size_t *ret_size);

/* ---- one table a carrier ---- */

/* One kind's part of run; what it answers is the job's rc. */
typedef int (*job_fn)(struct tsmreq_job *job);

struct carrier {
	/* The call and everything that needs no kernel. The step; job->answer where it is DONE. */
	int (*prepare)(struct tsmreq_job *job);
	/* In run, the device taken. */
	void (*run)(struct tsmreq_job *job);
	/* What the answer puts into guest memory. */
	void (*settle)(struct tsmreq_job *job);
	int (*answer)(struct tsmreq_job *job, struct tsmreq_reply *ret);
	/* "Wait", and the job goes on its way: true. Or "come again", and it ends. */
	bool (*answer_deferred)(struct tsmreq_job *job, struct tsmreq_reply *ret);
};

extern const struct carrier tsmreq_carrier_cca;
extern const struct carrier tsmreq_carrier_tdx;
extern const struct carrier tsmreq_carrier_sev;

/* The device that job->call names: 0, or -ENODEV. In reset, run looks again. */
int tsmreq_job_find_device(struct tsmreq_job *job);

static inline bool tsmreq_spans_meet(const struct tsmreq_span *a, const struct tsmreq_span *b)
{
	return a->gpa.raw < b->gpa.raw + b->size && b->gpa.raw < a->gpa.raw + a->size;
}

/* ---- TDX: what a TD waits for ---- */

/* A TD gives up 10 s after its exit, and takes its buffer back: answered by then, or never. */
#define TDX_ANSWER_MS  9000u
#define TDX_GIVE_UP_MS 10000u

static inline bool tsmreq_flight_is_over(uint64_t deadline, uint64_t now)
{
	return now >= deadline + (TDX_GIVE_UP_MS - TDX_ANSWER_MS);
}

/* false: a page of its buffer belongs to another call that is not answered. */
bool tsmreq_flight_is_free(struct tsmreq_guest *guest, const struct tsmreq_span *span);
bool tsmreq_flight_add(struct tsmreq_job *job);
bool tsmreq_tdx_runs_again(struct tsmreq_job *job);
bool tsmreq_flight_is_open(struct tsmreq_job *job);
/* The result is there: false if the TD has been answered already by the clock. */
bool tsmreq_flight_land(struct tsmreq_job *job);
/* Writes a reply: 0, or -EFAULT. The interrupt comes with it. */
int tsmreq_tdx_write(const struct tsmreq_guest *guest, uint32_t vcpu,
		     const struct tsmreq_ghci_reply *reply);

/* ---- workers ---- */

int tsmreq_workers_new(struct workers **ret, struct tsmreq_guest *guest, unsigned int count);
void tsmreq_workers_free(struct workers *workers);
void tsmreq_workers_push(struct workers *workers, struct tsmreq_job *job);
int tsmreq_workers_get_fd(const struct workers *workers);
struct tsmreq_job *tsmreq_workers_pop_done(struct workers *workers);

#endif
