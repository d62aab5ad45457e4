/* SPDX-License-Identifier: MIT */
#ifndef MOCK_ENGINE_H
#define MOCK_ENGINE_H

#include <pthread.h>

#include "mock/journal.h"
#include "mock/memory.h"
#include "mock/objects.h"
#include "mock/table.h"
#include "mock/trouble.h"

#define MOCK_NR_BASE	 0x80u
#define MOCK_NR_SELFTEST 0xa0u
#define MOCK_NR_MAX	 MOCK_NR_SELFTEST
#define MOCK_NRS	 (MOCK_NR_MAX - MOCK_NR_BASE + 1)
#define MOCK_ARG_MAX	 72

struct mock_call;

/* One slot of the dispatcher's table. No handler: a hole. */
struct mock_ioctl {
	uint32_t size; /* of the kernel's structure */
	uint32_t min;  /* the end of its last mandatory field */
	int (*handle)(struct mock_call *call);
};

/* One kernel. Threads take turns at it. */
struct mock_engine {
	pthread_mutex_t lock;
	const struct mock_row *row;
	bool tsm_off; /* built without CONFIG_TSM */
	enum tsmreq_mock_getpa getpa;
	struct mock_ioctl ioctls[MOCK_NRS];
	uint32_t nrs; /* how far the table reaches */
	struct mock_table objects;
	struct mock_object *vfio_ioas; /* what VFIO's numbers work on, or NULL */
	bool rlimit_mode;
	struct mock_trouble trouble;
	struct mock_journal journal;
	bool selftest;
	uint64_t calls;

	pthread_mutex_t flights_lock; /* taken after the lock, or alone */
	struct mock_flight *flights;
	uint64_t overlaps; /* calls that found another one on their vDevice */
};

/* A call on a vDevice from its arrival to its return, in the frame of whoever makes it. */
struct mock_flight {
	uint32_t id;
	bool overlaps; /* another one was there first */
	struct mock_flight *next;
};

/* One ioctl on its way: the kernel's copy of the argument and what its handler needs. */
struct mock_call {
	struct mock_engine *engine;
	const struct mock_memory *memory;
	const struct mock_ioctl *ioctl;
	uint64_t address;
	uint32_t user_size;
	uint8_t arg[MOCK_ARG_MAX];
	struct mock_object *made; /* published when the handler answers 0, dropped otherwise */
	struct mock_fault *fault; /* of the object the call is about, once that is known */
	struct mock_fault drawn;
	struct mock_fault found; /* those faults as the call found them */
	bool handled;		 /* it got past the dispatcher */
	bool overlaps;		 /* another one is under way on its vDevice */
	uint32_t answered;	 /* bytes of the answer that were written */
	bool interleaved;	 /* others were served while it waited */
};

/* What a kernel is built like. */
struct mock_config {
	const struct mock_row *row;
	bool tsm_off;
	bool selftest;
	enum tsmreq_mock_getpa getpa; /* never DEFAULT */
	uint32_t min_request_size;    /* 0: the row's */
};

int tsmreq_mock_engine_init(struct mock_engine *engine, const struct mock_config *config);
void tsmreq_mock_engine_release(struct mock_engine *engine);
/*
 * The ioctl: @address is what the caller passed, and it and every pointer in it are reached
 * through @memory. Answers the ioctl's result, or -errno. Touches nothing outside the engine.
 */
int tsmreq_mock_engine_handle(struct mock_engine *engine, uint32_t cmd, uint64_t address,
			      const struct mock_memory *memory);
/* The engine of a mock that was made with the public functions. */
struct mock_engine *tsmreq_mock_get_engine(struct tsmreq_mock *mock);
/* The faults of this call, which is about @object. Asked twice, the same. */
struct mock_fault *tsmreq_mock_engine_fault(struct mock_call *call, struct mock_object *object);
/*
 * Time passes while others are served: what was looked up must be looked up again. -EINTR when a
 * signal ends it, if it may.
 */
int tsmreq_mock_engine_pause(struct mock_call *call, uint32_t ms, bool interruptible);
/* Is there a call on this vDevice, other than @call? */
bool tsmreq_mock_engine_is_in_flight(struct mock_engine *engine, uint32_t id);
/* Copies the argument back, as much of it as the caller has. */
int tsmreq_mock_engine_copy_back(struct mock_call *call, struct mock_fault *fault);

/* VFIO's numbers: @address is what the caller passed, a pointer or not. */
int tsmreq_mock_compat(struct mock_engine *engine, uint32_t cmd, uint64_t address,
		       const struct mock_memory *memory);
int tsmreq_mock_compat_vfio_ioas(struct mock_call *call);

/* The IOAS family: ioas.c */
int tsmreq_mock_ioas_alloc(struct mock_call *call);
int tsmreq_mock_ioas_allow_iovas(struct mock_call *call);
int tsmreq_mock_ioas_change_process(struct mock_call *call);
int tsmreq_mock_ioas_copy(struct mock_call *call);
int tsmreq_mock_ioas_iova_ranges(struct mock_call *call);
int tsmreq_mock_ioas_map(struct mock_call *call);
int tsmreq_mock_ioas_map_file(struct mock_call *call);
int tsmreq_mock_ioas_option(struct mock_call *call);
int tsmreq_mock_ioas_unmap(struct mock_call *call);
/* One more page table carries it and is filled: -EADDRINUSE, -EFAULT. */
int tsmreq_mock_ioas_add_domain(const struct mock_call *call, struct mock_object *ioas);
/* @length bytes of the caller's memory. */
int tsmreq_mock_ioas_map_user(const struct mock_memory *memory, struct mock_object *ioas,
			      uint64_t address, uint64_t length, struct mock_mapping *mapping);

/* What needs hardware that is not here: hardware.c */
int tsmreq_mock_hardware_info(struct mock_call *call);
int tsmreq_mock_hardware_set_dirty(struct mock_call *call);
int tsmreq_mock_hardware_get_dirty(struct mock_call *call);
int tsmreq_mock_hardware_invalidate(struct mock_call *call);
int tsmreq_mock_hardware_fault_queue(struct mock_call *call);
int tsmreq_mock_hardware_event_queue(struct mock_call *call);
int tsmreq_mock_hardware_queue(struct mock_call *call);

/* A kernel built with CONFIG_IOMMUFD_TEST: selftest.c */
int tsmreq_mock_selftest(struct mock_call *call);

/* The number's own handlers: iommufd.c */
const struct mock_ioctl *tsmreq_mock_iommufd_ioctl(uint32_t nr);
int tsmreq_mock_iommufd_viommu_alloc(struct mock_call *call);
int tsmreq_mock_iommufd_get_pa(struct mock_call *call);
/* An object that stands on nothing goes, unbinding first. */
void tsmreq_mock_iommufd_drop(struct mock_engine *engine, struct mock_object *object,
			      bool tombstone);

/* and those of the TSM: vdevice.c */
int tsmreq_mock_vdevice_tsm_op(struct mock_call *call);
int tsmreq_mock_vdevice_request(struct mock_call *call);
int tsmreq_mock_vdevice_map(struct mock_call *call);

#endif
