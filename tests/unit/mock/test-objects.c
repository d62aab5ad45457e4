/* SPDX-License-Identifier: MIT */
#include "mock/objects.h"

#include <stdlib.h>

#include "kit.h"

static uint32_t make(struct mock_table *table, uint32_t id)
{
	struct mock_object *object;

	assert_int_equal(tsmreq_mock_object_new(&object, table, TSMREQ_MOCK_IOAS, id), 0);
	return object->id;
}

static void drop(struct mock_table *table, uint32_t id, bool tombstone)
{
	struct mock_object *object = tsmreq_mock_object_find(table, id);

	assert_non_null(object);
	tsmreq_mock_object_remove(table, object, tombstone);
}

/* The first is 1, and always the lowest that nobody has. */
static void test_ids(void **state)
{
	struct mock_table table = {0};
	struct mock_object *object;

	(void)state;
	assert_null(tsmreq_mock_object_find(&table, 0));
	assert_int_equal(make(&table, 0), 1);
	assert_int_equal(make(&table, 0), 2);
	assert_int_equal(make(&table, 7), 7);
	assert_int_equal(make(&table, 0), 3);
	drop(&table, 2, false);
	assert_null(tsmreq_mock_object_find(&table, 2));
	assert_int_equal(make(&table, 0), 2);
	for (uint32_t id = 4; id <= 6; id++)
		assert_int_equal(make(&table, 0), id);
	assert_int_equal(make(&table, 0), 8);

	assert_int_equal(tsmreq_mock_object_new(&object, &table, TSMREQ_MOCK_IOAS, 7), -EEXIST);
	assert_int_equal(make(&table, MOCK_ID_MAX), MOCK_ID_MAX);
	assert_int_equal(tsmreq_mock_object_new(&object, &table, TSMREQ_MOCK_IOAS, MOCK_ID_MAX + 1),
			 -EINVAL);
	assert_null(tsmreq_mock_object_find(&table, 0));
	tsmreq_mock_table_release(&table);
}

/* A tombstone is no object, and its id is never given out again. */
static void test_tombstones(void **state)
{
	struct mock_table table = {0};
	struct mock_object *object;

	(void)state;
	make(&table, 1);
	make(&table, 2);
	drop(&table, 1, true);
	assert_null(tsmreq_mock_object_find(&table, 1));
	assert_null(tsmreq_mock_object_get(&table, 1, TSMREQ_MOCK_IOAS));
	assert_int_equal(make(&table, 0), 3);
	assert_int_equal(tsmreq_mock_object_new(&object, &table, TSMREQ_MOCK_IOAS, 1), -EEXIST);
	tsmreq_mock_table_release(&table);
}

static void test_kinds(void **state)
{
	struct mock_table table = {0};
	struct mock_object *object;

	(void)state;
	assert_int_equal(tsmreq_mock_object_new(&object, &table, TSMREQ_MOCK_HWPT, 3), 0);
	assert_ptr_equal(tsmreq_mock_object_find(&table, 3), object);
	assert_ptr_equal(tsmreq_mock_object_get(&table, 3, TSMREQ_MOCK_HWPT), object);
	assert_null(tsmreq_mock_object_get(&table, 3, TSMREQ_MOCK_VDEVICE));
	tsmreq_mock_table_release(&table);
}

/* What stands on an object counts as its user for exactly as long as it is there. */
static void test_users(void **state)
{
	struct mock_table table = {0};
	struct mock_object *ioas, *hwpt, *device, *vdevice;

	(void)state;
	assert_int_equal(tsmreq_mock_object_new(&ioas, &table, TSMREQ_MOCK_IOAS, 0), 0);
	assert_int_equal(tsmreq_mock_object_new(&hwpt, &table, TSMREQ_MOCK_HWPT, 0), 0);
	tsmreq_mock_object_set_parent(hwpt, ioas);
	assert_int_equal(ioas->users, 1);
	tsmreq_mock_object_remove(&table, hwpt, false);
	assert_int_equal(ioas->users, 0);

	assert_int_equal(tsmreq_mock_object_new(&device, &table, TSMREQ_MOCK_DEVICE, 0), 0);
	assert_int_equal(tsmreq_mock_object_new(&vdevice, &table, TSMREQ_MOCK_VDEVICE, 0), 0);
	assert_ptr_equal(tsmreq_mock_object_tdi(vdevice), &vdevice->tdi);
	vdevice->device = device;
	device->vdevice = vdevice;
	assert_ptr_equal(tsmreq_mock_object_tdi(vdevice), &device->tdi);
	tsmreq_mock_object_remove(&table, vdevice, true);
	assert_null(device->vdevice);
	tsmreq_mock_table_release(&table);
}

/* Against a plain array of what is taken, for a few thousand steps. */
static void test_random_walk(void **state)
{
	enum {
		IDS = 200
	};
	struct mock_table table = {0};
	bool taken[IDS + 1] = {false};
	uint32_t seed = 1;

	(void)state;
	for (unsigned int step = 0; step < 5000; step++) {
		uint32_t id, lowest = 1;

		seed = seed * 1103515245u + 12345u;
		id = (seed >> 16) % IDS + 1;
		if (taken[id]) {
			drop(&table, id, false);
			taken[id] = false;
			continue;
		}
		while (taken[lowest])
			lowest++;
		if ((seed & 0x100) != 0)
			id = lowest;
		assert_int_equal(make(&table, (seed & 0x100) != 0 ? 0 : id), id);
		taken[id] = true;
		for (uint32_t i = 1; i <= IDS; i++)
			assert_int_equal(tsmreq_mock_object_find(&table, i) != NULL, taken[i]);
	}
	tsmreq_mock_table_release(&table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ids),	    cmocka_unit_test(test_tombstones),
		cmocka_unit_test(test_kinds),	    cmocka_unit_test(test_users),
		cmocka_unit_test(test_random_walk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
