/* SPDX-License-Identifier: MIT */
#include "mock/objects.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Where @id is, or would go. */
static size_t position(const struct mock_table *table, uint32_t id)
{
	size_t low = 0;
	size_t high = table->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (table->slots[middle]->id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Ids are sorted and unique, so up to the first gap slot i holds id i + 1. */
static uint32_t lowest_free(const struct mock_table *table)
{
	size_t low = 0;
	size_t high = table->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (table->slots[middle]->id == middle + 1)
			low = middle + 1;
		else
			high = middle;
	}
	return (uint32_t)low + 1;
}

static int grow(struct mock_table *table)
{
	size_t room = table->room == 0 ? 16 : table->room * 2;
	struct mock_object **slots;

	if (table->count < table->room)
		return 0;
	slots = realloc(table->slots, room * sizeof(*slots));
	if (slots == NULL)
		return -ENOMEM;
	table->slots = slots;
	table->room = room;
	return 0;
}

int tsmreq_mock_object_new(struct mock_object **ret, struct mock_table *table,
			   enum tsmreq_mock_kind kind, uint32_t id)
{
	struct mock_object *object;
	size_t at;

	if (id == 0)
		id = lowest_free(table);
	if (id > MOCK_ID_MAX)
		return -EINVAL;
	at = position(table, id);
	if (at < table->count && table->slots[at]->id == id)
		return -EEXIST;
	if (grow(table) != 0)
		return -ENOMEM;
	object = calloc(1, sizeof(*object));
	if (object == NULL)
		return -ENOMEM;
	object->id = id;
	object->kind = kind;
	memmove(&table->slots[at + 1], &table->slots[at],
		(table->count - at) * sizeof(*table->slots));
	table->slots[at] = object;
	table->count++;
	*ret = object;
	return 0;
}

struct mock_object *tsmreq_mock_object_find(const struct mock_table *table, uint32_t id)
{
	size_t at = position(table, id);

	if (at == table->count || table->slots[at]->id != id || table->slots[at]->tombstone)
		return NULL;
	return table->slots[at];
}

struct mock_object *tsmreq_mock_object_get(const struct mock_table *table, uint32_t id,
					   enum tsmreq_mock_kind kind)
{
	struct mock_object *object = tsmreq_mock_object_find(table, id);

	return object != NULL && object->kind == kind ? object : NULL;
}

void tsmreq_mock_object_set_parent(struct mock_object *object, struct mock_object *parent)
{
	object->parent = parent;
	parent->users++;
}

static void release(struct mock_object *object)
{
	tsmreq_mock_tdi_release(&object->tdi);
	tsmreq_mock_iova_release(&object->iova);
}

/* Lets go of everything it stands on and owns. */
static void detach(struct mock_object *object)
{
	if (object->parent != NULL)
		object->parent->users--;
	if (object->device != NULL)
		object->device->vdevice = NULL;
	release(object);
}

void tsmreq_mock_object_remove(struct mock_table *table, struct mock_object *object, bool tombstone)
{
	size_t at = position(table, object->id);

	detach(object);
	if (tombstone) {
		*object = (struct mock_object){.id = object->id, .tombstone = true};
		return;
	}
	table->count--;
	memmove(&table->slots[at], &table->slots[at + 1],
		(table->count - at) * sizeof(*table->slots));
	free(object);
}

void tsmreq_mock_table_release(struct mock_table *table)
{
	for (size_t i = 0; i < table->count; i++) {
		release(table->slots[i]);
		free(table->slots[i]);
	}
	free(table->slots);
	*table = (struct mock_table){0};
}

struct mock_tdi *tsmreq_mock_object_tdi(struct mock_object *vdevice)
{
	return vdevice->device != NULL ? &vdevice->device->tdi : &vdevice->tdi;
}

struct mock_tdi *tsmreq_mock_object_find_tdi(struct mock_object *object)
{
	if (object->kind == TSMREQ_MOCK_DEVICE)
		return &object->tdi;
	return object->kind == TSMREQ_MOCK_VDEVICE ? tsmreq_mock_object_tdi(object) : NULL;
}
