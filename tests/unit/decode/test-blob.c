/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "sev-kit.h"

#define MEAS   TSMREQ_WANT_MEASUREMENTS
#define CERT   TSMREQ_WANT_CERTIFICATE
#define REPORT TSMREQ_WANT_REPORT
#define ALL    (MEAS | CERT | REPORT)
#define ROOM   (4 * PAGE)

static uint8_t bytes[ROOM];

/* Objects of these sizes, each full of its own letter. */
static struct tsmreq_blob_objects objects_of(size_t meas, size_t cert, size_t report)
{
	static uint8_t letters[3][ROOM];

	memset(letters[0], 'M', ROOM);
	memset(letters[1], 'C', ROOM);
	memset(letters[2], 'R', ROOM);
	return (struct tsmreq_blob_objects){
		.measurements = {letters[0], meas},
		.certificate = {letters[1], cert},
		.report = {letters[2], report},
	};
}

static struct tsmreq_blob_table layout(const struct tsmreq_blob_objects *objects, uint32_t want)
{
	struct tsmreq_blob_table table;

	memset(&table, 0xa5, sizeof(table));
	assert_int_equal(tsmreq_blob_layout(objects, want, &table), 0);
	return table;
}

static void assert_table(const struct tsmreq_blob_table *table, const uint32_t offsets[3],
			 const uint32_t lengths[3], uint32_t size, uint32_t pages)
{
	const struct tsmreq_blob_table expect = {
		{{TSMREQ_OBJECT_MEASUREMENTS, offsets[0], lengths[0], 0},
		 {TSMREQ_OBJECT_CERTIFICATE, offsets[1], lengths[1], 0},
		 {TSMREQ_OBJECT_INTERFACE_REPORT, offsets[2], lengths[2], 0}},
		size,
		pages,
	};

	assert_memory_equal(table, &expect, sizeof(expect));
}

/* Example 8 of the fact sheet, byte for byte. */
static void example(void **state)
{
	static const uint8_t expect[TSMREQ_BLOB_TABLE_SIZE] = {
		0xc6, 0x80, 0xaa, 0x5c, 0xef, 0x12, 0x1a, 0x40, 0xb3, 0x64, 0xec, 0x59,
		0xa9, 0x3a, 0xbe, 0x3f, 0x60, 0x00, 0x00, 0x00, 0x20, 0x01, 0x00, 0x00,
		0x75, 0xcb, 0x8c, 0x07, 0x44, 0x26, 0xe8, 0x49, 0xaf, 0xe7, 0x56, 0x86,
		0xc5, 0xcf, 0x72, 0xf1, 0x80, 0x01, 0x00, 0x00, 0x40, 0x1a, 0x00, 0x00,
		0x0e, 0x5b, 0xdc, 0x70, 0xc0, 0x0c, 0xd5, 0x4c, 0x97, 0xbb, 0xff, 0x0b,
		0xa2, 0x5b, 0xf3, 0x20, 0xc0, 0x1b, 0x00, 0x00, 0x60, 0x00, 0x00, 0x00,
	};
	const struct tsmreq_blob_objects objects = objects_of(0x120, 0x1a40, 0x60);
	const struct tsmreq_blob_table table = layout(&objects, ALL);
	struct tsmreq_buffer dst = {bytes, sizeof(bytes), 0};
	uint8_t head[TSMREQ_BLOB_TABLE_SIZE];

	(void)state;
	assert_table(&table, (uint32_t[]){0x60, 0x180, 0x1bc0}, (uint32_t[]){0x120, 0x1a40, 0x60},
		     0x1c20, 2);
	memset(bytes, 0xa5, sizeof(bytes));
	assert_int_equal(tsmreq_blob_build(&objects, ALL, &dst), 0);
	assert_int_equal(dst.size, 0x1c20);
	assert_memory_equal(bytes, expect, sizeof(expect));
	for (size_t i = 0x60; i < sizeof(bytes); i++)
		assert_int_equal(bytes[i], i < 0x180	? 'M'
					   : i < 0x1bc0 ? 'C'
					   : i < 0x1c20 ? 'R'
							: 0xa5);
	memset(head, 0xa5, sizeof(head));
	tsmreq_blob_store_table(&table, head);
	assert_memory_equal(head, expect, sizeof(expect));
}

/* What is not wanted or not there is an entry of length 0. */
static void absent(void **state)
{
	const struct tsmreq_blob_objects none = {0};
	const struct tsmreq_blob_objects objects = objects_of(0x120, 0, 0x60);
	struct tsmreq_buffer dst = {bytes, sizeof(bytes), 0};
	struct tsmreq_blob_table table;

	(void)state;
	table = layout(&none, ALL);
	assert_table(&table, (uint32_t[]){0x60, 0x60, 0x60}, (uint32_t[]){0, 0, 0}, 0x60, 1);
	assert_int_equal(tsmreq_blob_build(&none, ALL, &dst), 0);
	assert_int_equal(dst.size, 0x60);
	table = layout(&objects, ALL);
	assert_table(&table, (uint32_t[]){0x60, 0x180, 0x180}, (uint32_t[]){0x120, 0, 0x60}, 0x1e0,
		     1);
	/* STATE is no object, and bits that mean nothing are none either */
	table = layout(&objects, TSMREQ_WANT_STATE | 0xfffffff0u);
	assert_table(&table, (uint32_t[]){0x60, 0x60, 0x60}, (uint32_t[]){0, 0, 0}, 0x60, 1);
	table = layout(&objects, REPORT);
	assert_table(&table, (uint32_t[]){0x60, 0x60, 0x60}, (uint32_t[]){0, 0, 0x60}, 0xc0, 1);
}

static void pages(void **state)
{
	struct tsmreq_blob_objects objects;

	(void)state;
	for (size_t size = 0; size < 3 * PAGE; size++) {
		objects = objects_of(0, size, 0);
		assert_int_equal(layout(&objects, CERT).pages, (96 + size + PAGE - 1) / PAGE);
		assert_int_equal(layout(&objects, CERT).size, 96 + size);
	}
	/* three of the longest are no overflow */
	objects = objects_of(TSMREQ_LENGTH_MAX, TSMREQ_LENGTH_MAX, TSMREQ_LENGTH_MAX);
	assert_int_equal(layout(&objects, ALL).size, 96 + 3 * TSMREQ_LENGTH_MAX);
	assert_int_equal(layout(&objects, ALL).pages, 3 * TSMREQ_LENGTH_MAX / PAGE + 1);
	assert_int_equal(tsmreq_blob_choose(&objects, 0, UINT64_MAX), ALL);
}

static void too_long(void **state)
{
	static const size_t sizes[] = {(size_t)TSMREQ_LENGTH_MAX + 1, SIZE_MAX};
	static const uint32_t bits[] = {MEAS, CERT, REPORT};
	static const struct tsmreq_blob_table none;

	(void)state;
	for (size_t i = 0; i < 2; i++)
		for (size_t n = 0; n < 3; n++) {
			const struct tsmreq_blob_objects objects =
				objects_of(n == 0 ? sizes[i] : 1, n == 1 ? sizes[i] : 1,
					   n == 2 ? sizes[i] : 1);
			struct tsmreq_buffer dst = {bytes, sizeof(bytes), 77};
			struct tsmreq_blob_table table;

			memset(&table, 0xa5, sizeof(table));
			assert_int_equal(tsmreq_blob_layout(&objects, ALL, &table), -EOVERFLOW);
			assert_memory_equal(&table, &none, sizeof(table));
			assert_int_equal(tsmreq_blob_build(&objects, ALL, &dst), -EOVERFLOW);
			assert_int_equal(dst.size, 0);
			/* an object that is left out does no harm */
			assert_int_equal(tsmreq_blob_layout(&objects, ALL & ~bits[n], &table), 0);
			assert_int_equal(tsmreq_blob_choose(&objects, ALL, UINT64_MAX),
					 ALL & ~bits[n]);
		}
}

static void room_to_build(void **state)
{
	const struct tsmreq_blob_objects objects = objects_of(3, 5, 7);
	const size_t need = 96 + 3 + 5 + 7;
	struct guard guard = guard_new(need);

	(void)state;
	for (size_t room = 0; room <= need; room++) {
		struct tsmreq_buffer dst = {guard_back(&guard, room), room, 77};

		memset(dst.data, 0xa5, room);
		assert_int_equal(tsmreq_blob_build(&objects, ALL, &dst),
				 room < need ? -EMSGSIZE : 0);
		assert_int_equal(dst.size, need);
		for (size_t i = 0; room < need && i < room; i++)
			assert_int_equal(((uint8_t *)dst.data)[i], 0xa5);
	}
	guard_free(&guard);
}

/* As much as fits: what was asked for first, and of that what a guest needs most. */
static void choices(void **state)
{
	const struct tsmreq_blob_objects objects = objects_of(0x120, 0x1a40, 0x60);
	static const struct {
		uint32_t want;
		uint64_t room;
		uint32_t chosen;
	} cases[] = {
		{ALL, 2 * PAGE, ALL},
		{ALL, PAGE, MEAS | REPORT},
		{0, 2 * PAGE, ALL},
		{TSMREQ_WANT_STATE, PAGE, MEAS | REPORT},
		{ALL, 96 + 0x60 + 0x1a40 + 0x120, ALL},
		{ALL, 96 + 0x60 + 0x1a40 + 0x11f, REPORT | CERT},
		{MEAS, 96 + 0x1a40 + 0x120, MEAS | REPORT}, /* not the certificate: no room left */
		{CERT, 96 + 0x1a40, CERT},
		{CERT, 96 + 0x1a40 - 1, REPORT | MEAS},
		{MEAS, 96 + 0x120, MEAS},
		{REPORT, 96 + 0x60, REPORT},
		{ALL, 96 + 0x5f, 0},
		{ALL, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const uint32_t chosen = tsmreq_blob_choose(&objects, cases[i].want, cases[i].room);

		assert_int_equal(chosen, cases[i].chosen);
		if (chosen)
			assert_true(layout(&objects, chosen).size <= cases[i].room);
	}
}

/* ---- the guest's side */

static void put_entry(size_t i, const uint8_t *guid, uint32_t offset, uint32_t length)
{
	memcpy(bytes + 24 * i, guid, TSMREQ_BLOB_GUID_SIZE);
	tsmreq_store_le32(bytes + 24 * i + 16, offset);
	tsmreq_store_le32(bytes + 24 * i + 20, length);
}

static const uint8_t *guid(enum tsmreq_object object)
{
	return tsmreq_blob_get_guid(object);
}

static const uint8_t stranger[TSMREQ_BLOB_GUID_SIZE] = {1};
static const uint8_t end[TSMREQ_BLOB_GUID_SIZE];

static void fails(size_t size)
{
	static const struct tsmreq_blob_table none;
	struct tsmreq_blob_table table;

	memset(&table, 0xa5, sizeof(table));
	assert_int_equal(tsmreq_blob_parse(view(bytes, size), &table), -EBADMSG);
	assert_memory_equal(&table, &none, sizeof(none));
}

static struct tsmreq_blob_table parse(size_t size)
{
	struct tsmreq_blob_table table;

	memset(&table, 0xa5, sizeof(table));
	assert_int_equal(tsmreq_blob_parse(view(bytes, size), &table), 0);
	return table;
}

static void guids(void **state)
{
	(void)state;
	assert_non_null(guid(TSMREQ_OBJECT_MEASUREMENTS));
	assert_non_null(guid(TSMREQ_OBJECT_CERTIFICATE));
	assert_non_null(guid(TSMREQ_OBJECT_INTERFACE_REPORT));
	assert_true(!guid(TSMREQ_OBJECT_VCA));
	assert_true(!guid((enum tsmreq_object) - 1));
}

/* Any order, strangers in between, and what is not named is not there. */
static void order(void **state)
{
	struct tsmreq_blob_table table;

	(void)state;
	memset(bytes, 0, sizeof(bytes));
	put_entry(0, stranger, 0x200, 0x10);
	put_entry(1, guid(TSMREQ_OBJECT_INTERFACE_REPORT), 0x400, 1);
	put_entry(2, guid(TSMREQ_OBJECT_MEASUREMENTS), 0x300, 2);
	put_entry(3, end, UINT32_MAX, UINT32_MAX); /* a zero GUID ends it for Linux */
	put_entry(4, guid(TSMREQ_OBJECT_CERTIFICATE), UINT32_MAX, UINT32_MAX);
	table = parse(PAGE);
	assert_table(&table, (uint32_t[]){0x300, 0, 0x400}, (uint32_t[]){2, 0, 1}, 0x401, 1);
	/* an object may even lie in the table: the size is that of both */
	put_entry(0, guid(TSMREQ_OBJECT_CERTIFICATE), 0, 30);
	put_entry(1, end, 0, 0);
	table = parse(PAGE);
	assert_table(&table, (uint32_t[]){0, 0, 0}, (uint32_t[]){0, 30, 0}, 48, 1);
	put_entry(0, end, 0, 0);
	table = parse(24);
	assert_table(&table, (uint32_t[]){0, 0, 0}, (uint32_t[]){0, 0, 0}, 24, 1);
}

static void bounds(void **state)
{
	static const struct {
		uint32_t offset;
		uint32_t length;
		bool good;
	} cases[] = {
		{0x60, PAGE - 0x60, true},
		{0x60, PAGE - 0x5f, false},
		{PAGE, 0, true},
		{PAGE + 1, 0, false},
		{PAGE - 1, 1, true},
		{PAGE, 1, false},
		{UINT32_MAX, 1, false},
		{1, UINT32_MAX, false},
		{UINT32_MAX, UINT32_MAX, false},
		{0x80000000u, 0x80000000u, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memset(bytes, 0, sizeof(bytes));
		put_entry(0, guid(TSMREQ_OBJECT_CERTIFICATE), cases[i].offset, cases[i].length);
		if (cases[i].good)
			assert_int_equal(parse(PAGE).blobs[1].length, cases[i].length);
		else
			fails(PAGE);
		/* a stranger has to be inside as well: what is broken is not to be believed */
		memcpy(bytes, stranger, sizeof(stranger));
		if (!cases[i].good)
			fails(PAGE);
	}
}

/* Data pages beyond 4 GiB, of which only the table is looked at. */
static void huge(void **state)
{
	struct tsmreq_blob_table table;

	(void)state;
	memset(bytes, 0, sizeof(bytes));
	put_entry(0, guid(TSMREQ_OBJECT_CERTIFICATE), UINT32_MAX - 1, 1);
	table = parse(SIZE_MAX);
	assert_table(&table, (uint32_t[]){0, UINT32_MAX - 1, 0}, (uint32_t[]){0, 1, 0}, UINT32_MAX,
		     0x100000);
	put_entry(0, guid(TSMREQ_OBJECT_CERTIFICATE), UINT32_MAX, 1);
	fails(SIZE_MAX);
}

static void twice(void **state)
{
	(void)state;
	memset(bytes, 0, sizeof(bytes));
	put_entry(0, guid(TSMREQ_OBJECT_CERTIFICATE), 0, 0);
	put_entry(1, guid(TSMREQ_OBJECT_CERTIFICATE), 0, 0);
	fails(PAGE);
	put_entry(0, stranger, 0, 0);
	put_entry(2, stranger, 0, 0);
	assert_int_equal(parse(PAGE).size, 96);
}

static void no_end(void **state)
{
	(void)state;
	memset(bytes, 0, sizeof(bytes));
	for (size_t i = 0; i < sizeof(bytes) / 24; i++)
		put_entry(i, stranger, 0, 0);
	fails(sizeof(bytes)); /* nor after the first page */
	put_entry(PAGE / 24, end, 0, 0);
	fails(sizeof(bytes));
	put_entry(PAGE / 24 - 1, end, 0, 0);
	assert_int_equal(parse(sizeof(bytes)).size, PAGE / 24 * 24);
}

static void parse_lengths(void **state)
{
	const struct tsmreq_blob_objects objects = objects_of(3, 5, 7);
	struct guard guard = guard_new(PAGE);
	struct tsmreq_buffer dst = {bytes, sizeof(bytes), 0};

	(void)state;
	assert_int_equal(tsmreq_blob_build(&objects, ALL, &dst), 0);
	for (int back = 0; back < 2; back++)
		for (size_t size = 0; size <= dst.size; size++) {
			struct tsmreq_blob_table table;

			assert_int_equal(tsmreq_blob_parse(guard_copy(&guard, bytes, size, back),
							   &table),
					 size < dst.size ? -EBADMSG : 0);
		}
	guard_free(&guard);
}

/* Read as far as there is something, and no further. */
static void endless_lengths(void **state)
{
	struct guard guard = guard_new(2 * PAGE);
	struct tsmreq_blob_table table;

	(void)state;
	memset(bytes, 0, sizeof(bytes));
	for (size_t i = 0; i < 2 * PAGE / 24; i++)
		put_entry(i, stranger, 0, 0);
	for (int back = 0; back < 2; back++)
		for (size_t size = 0; size < PAGE + 48; size++)
			assert_int_equal(tsmreq_blob_parse(guard_copy(&guard, bytes, size, back),
							   &table),
					 -EBADMSG);
	guard_free(&guard);
}

static void ways_back(void **state)
{
	uint64_t random = 88172645463325252u;

	(void)state;
	for (unsigned int round = 0; round < 5000; round++) {
		struct tsmreq_buffer dst = {bytes, sizeof(bytes), 0};
		struct tsmreq_blob_table table, expect;
		struct tsmreq_blob_objects objects;
		uint32_t want;
		size_t sizes[3];

		for (size_t i = 0; i < 3; i++)
			sizes[i] = (size_t)random_below(&random, PAGE);
		objects = objects_of(sizes[0], sizes[1], sizes[2]);
		want = (uint32_t)random_u64(&random);
		expect = layout(&objects, want);
		assert_int_equal(tsmreq_blob_build(&objects, want, &dst), 0);
		assert_int_equal(dst.size, expect.size);
		table = parse(dst.size);
		assert_memory_equal(&table, &expect, sizeof(table));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(example),	 cmocka_unit_test(absent),
		cmocka_unit_test(pages),	 cmocka_unit_test(too_long),
		cmocka_unit_test(room_to_build), cmocka_unit_test(choices),
		cmocka_unit_test(guids),	 cmocka_unit_test(order),
		cmocka_unit_test(bounds),	 cmocka_unit_test(huge),
		cmocka_unit_test(twice),	 cmocka_unit_test(no_end),
		cmocka_unit_test(parse_lengths), cmocka_unit_test(endless_lengths),
		cmocka_unit_test(ways_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
