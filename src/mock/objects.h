/* SPDX-License-Identifier: MIT */
#ifndef MOCK_OBJECTS_H
#define MOCK_OBJECTS_H

#include "mock/faults.h"
#include "mock/iova.h"
#include "mock/tdi.h"

/* One entry of the id table. Which fields mean something follows from the kind. */
struct mock_object {
	uint32_t id;
	enum tsmreq_mock_kind kind;
	bool tombstone; /* the id is taken for good, the object is gone */
	uint32_t users; /* objects that stand on this one, and drivers that hold it */
	struct mock_fault fault;
	struct mock_object *parent; /* HWPT: IOAS or HWPT; vIOMMU: HWPT; vDevice: vIOMMU; or NULL */
	struct mock_object *device; /* vDevice: the device it was made on, or NULL */
	struct mock_object *vdevice; /* device: the vDevice made on it, or NULL */
	bool nesting_parent;	     /* HWPT */
	bool has_vm;		     /* vIOMMU, vDevice: a KVM file is associated */
	struct mock_tdi tdi;	     /* device, and a vDevice without one */
	struct mock_iova iova;	     /* IOAS */
};

/* Sorted by id, so the lowest free one is a search away. */
struct mock_table {
	struct mock_object **slots;
	size_t count;
	size_t room;
};

/* 31 bits, as the kernel gives them. */
#define MOCK_ID_MAX 0x7fffffffu

/* @id 0: the lowest free one. -EEXIST, -EINVAL (over 31 bits), -ENOMEM. */
int tsmreq_mock_object_new(struct mock_object **ret, struct mock_table *table,
			   enum tsmreq_mock_kind kind, uint32_t id);
/* Any kind, tombstones not. */
struct mock_object *tsmreq_mock_object_find(const struct mock_table *table, uint32_t id);
struct mock_object *tsmreq_mock_object_get(const struct mock_table *table, uint32_t id,
					   enum tsmreq_mock_kind kind);
/* Counts @object as a user of @parent until it goes. */
void tsmreq_mock_object_set_parent(struct mock_object *object, struct mock_object *parent);
/* Leaves its id free, or as a tombstone. Nobody may use it any more. */
void tsmreq_mock_object_remove(struct mock_table *table, struct mock_object *object,
			       bool tombstone);
void tsmreq_mock_table_release(struct mock_table *table);

/* The interface behind a vDevice. */
struct mock_tdi *tsmreq_mock_object_tdi(struct mock_object *vdevice);
/* The interface behind a device or a vDevice, NULL: it is something else. */
struct mock_tdi *tsmreq_mock_object_find_tdi(struct mock_object *object);

#endif
