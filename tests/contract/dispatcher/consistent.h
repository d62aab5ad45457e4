/* SPDX-License-Identifier: MIT */
#ifndef TESTS_CONSISTENT_H
#define TESTS_CONSISTENT_H

#include "dispatcher.h"
#include "mock/engine.h"

/* What must be so between any two calls: ids, who stands on whom, who holds whom, who is mapped. */

static inline bool in_table(const struct mock_table *table, const struct mock_object *object)
{
	return tsmreq_mock_object_find(table, object->id) == object;
}

static inline uint32_t count_children(const struct mock_table *table,
				      const struct mock_object *parent, enum tsmreq_mock_kind kind)
{
	uint32_t count = 0;

	for (size_t i = 0; i < table->count; i++)
		if (table->slots[i]->parent == parent &&
		    (kind == 0 || table->slots[i]->kind == kind))
			count++;
	return count;
}

/* Sorted, apart, and as aligned as the address space wants it. */
static inline void assert_space(const struct mock_iova *space)
{
	uint64_t mask = tsmreq_mock_iova_alignment(space) - 1;
	struct mock_span reserved;

	assert_true(space->count <= space->room);
	for (size_t i = 0; i < space->count; i++) {
		const struct mock_area *area = &space->areas[i];

		assert_true(area->at.start <= area->at.last);
		assert_true(i == 0 || area[-1].at.last < area->at.start);
		assert_true(((area->at.start | (area->at.last + 1) | area->from) & mask) == 0);
		assert_false(tsmreq_mock_spans_touch(&space->reserved, area->at));
	}
	for (size_t i = 0; i < space->allowed.count; i++) {
		reserved = space->allowed.slots[i];
		assert_true(reserved.start < reserved.last);
		assert_false(tsmreq_mock_spans_touch(&space->reserved, reserved));
		assert_true(i == 0 || reserved.start > space->allowed.slots[i - 1].last);
	}
}

static inline void assert_object(const struct mock_table *table, const struct mock_object *object)
{
	bool device = object->kind == TSMREQ_MOCK_DEVICE;

	/* VFIO holds a device */
	assert_int_equal(object->users, count_children(table, object, 0) + (device ? 1 : 0));
	if (object->parent != NULL)
		assert_true(in_table(table, object->parent));
	if (object->device != NULL) {
		assert_int_equal(object->kind, TSMREQ_MOCK_VDEVICE);
		assert_true(in_table(table, object->device));
		assert_ptr_equal(object->device->vdevice, object);
	}
	if (object->vdevice != NULL) {
		assert_true(device && in_table(table, object->vdevice));
		assert_ptr_equal(object->vdevice->device, object);
	}
	assert_true((unsigned int)object->tdi.bound <= TSMREQ_MOCK_BOUND_OTHER);
	assert_true((unsigned int)object->tdi.state <= TSMREQ_TDI_ERROR);
	assert_int_equal(object->iova.domains,
			 object->kind == TSMREQ_MOCK_IOAS
				 ? count_children(table, object, TSMREQ_MOCK_HWPT)
				 : 0);
	if (object->kind == TSMREQ_MOCK_IOAS)
		assert_space(&object->iova);
	else
		assert_int_equal(object->iova.count, 0);
}

static inline void assert_tombstone(const struct mock_object *object)
{
	assert_int_equal(object->users, 0);
	assert_null(object->parent);
	assert_null(object->device);
	assert_null(object->vdevice);
	assert_null(object->iova.areas);
}

static inline void assert_consistent(const struct mock_engine *engine)
{
	const struct mock_table *table = &engine->objects;

	for (size_t i = 0; i < table->count; i++) {
		const struct mock_object *object = table->slots[i];

		assert_true(object->id >= 1 && object->id <= MOCK_ID_MAX);
		assert_true(i == 0 || table->slots[i - 1]->id < object->id);
		if (object->tombstone)
			assert_tombstone(object);
		else
			assert_object(table, object);
	}
	if (engine->vfio_ioas != NULL) {
		assert_true(in_table(table, engine->vfio_ioas));
		assert_int_equal(engine->vfio_ioas->kind, TSMREQ_MOCK_IOAS);
	}
}

#endif
