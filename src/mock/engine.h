/* SPDX-License-Identifier: MIT */
#ifndef MOCK_ENGINE_H
#define MOCK_ENGINE_H

#include <pthread.h>

#include "mock/memory.h"
#include "mock/objects.h"
#include "mock/table.h"

#define MOCK_NR_BASE 0x80u
#define MOCK_NR_MAX  0x97u
#define MOCK_NRS     (MOCK_NR_MAX - MOCK_NR_BASE + 1)
#define MOCK_ARG_MAX 48

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
	uint64_t calls;
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
};

/* What a kernel is built like. */
struct mock_config {
	const struct mock_row *row;
	bool tsm_off;
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
/* Copies the argument back, as much of it as the caller has. */
int tsmreq_mock_engine_copy_back(struct mock_call *call, struct mock_fault *fault);

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
