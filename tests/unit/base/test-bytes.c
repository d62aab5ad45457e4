/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"

#define ALIGNMENTS 8
#define UNTOUCHED  0xa5

/* The bytes as they lie on the wire, and the numbers they are. */
static const struct {
	const char *name;
	uint8_t wire[8];
	uint16_t le16;
	uint32_t le32;
	uint64_t le64;
} cases[] = {
	{"every byte another",
	 {0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88},
	 0x2211,
	 0x44332211,
	 0x8877665544332211},
	{"every bit set",
	 {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff},
	 0xffff,
	 0xffffffff,
	 0xffffffffffffffff},
	{"no bit set", {0}, 0, 0, 0},
	{"sign of 16 bits", {0x00, 0x80}, 0x8000, 0x8000, 0x8000},
	{"sign of 32 bits", {0, 0, 0, 0x80}, 0, 0x80000000, 0x80000000},
	{"sign of 64 bits", {0, 0, 0, 0, 0, 0, 0, 0x80}, 0, 0, 0x8000000000000000},
};

#define CASES (sizeof(cases) / sizeof(cases[0]))

static void loads_are_little_endian_at_every_alignment(void **unused)
{
	_Alignas(8) uint8_t buf[ALIGNMENTS + 8];

	(void)unused;
	for (size_t i = 0; i < CASES; i++) {
		for (size_t at = 0; at < ALIGNMENTS; at++) {
			memset(buf, UNTOUCHED, sizeof(buf));
			memcpy(buf + at, cases[i].wire, 8);
			assert_int_equal(tsmreq_load_le16(buf + at), cases[i].le16);
			assert_int_equal(tsmreq_load_le32(buf + at), cases[i].le32);
			assert_int_equal(tsmreq_load_le64(buf + at), cases[i].le64);
		}
	}
}

/* For the sanitizer and valgrind: the room ends where the number ends. */
static void a_load_reads_no_byte_too_many(void **unused)
{
	uint8_t *two = malloc(2), *four = malloc(4), *eight = malloc(8);

	(void)unused;
	memset(two, 0x7e, 2);
	memset(four, 0x7e, 4);
	memset(eight, 0x7e, 8);
	assert_int_equal(tsmreq_load_le16(two), 0x7e7e);
	assert_int_equal(tsmreq_load_le32(four), 0x7e7e7e7e);
	assert_int_equal(tsmreq_load_le64(eight), 0x7e7e7e7e7e7e7e7e);
	free(two);
	free(four);
	free(eight);
}

static void assert_stored(const uint8_t *buf, size_t size, size_t at, const uint8_t *wire,
			  size_t width)
{
	assert_memory_equal(buf + at, wire, width);
	for (size_t i = 0; i < size; i++)
		if (i < at || i >= at + width)
			assert_int_equal(buf[i], UNTOUCHED);
}

static void stores_are_little_endian_at_every_alignment_and_touch_nothing_else(void **unused)
{
	_Alignas(8) uint8_t buf[ALIGNMENTS + 16];

	(void)unused;
	for (size_t i = 0; i < CASES; i++) {
		for (size_t at = 0; at < ALIGNMENTS; at++) {
			memset(buf, UNTOUCHED, sizeof(buf));
			tsmreq_store_le16(buf + at, cases[i].le16);
			assert_stored(buf, sizeof(buf), at, cases[i].wire, 2);

			memset(buf, UNTOUCHED, sizeof(buf));
			tsmreq_store_le32(buf + at, cases[i].le32);
			assert_stored(buf, sizeof(buf), at, cases[i].wire, 4);

			memset(buf, UNTOUCHED, sizeof(buf));
			tsmreq_store_le64(buf + at, cases[i].le64);
			assert_stored(buf, sizeof(buf), at, cases[i].wire, 8);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(loads_are_little_endian_at_every_alignment),
		cmocka_unit_test(a_load_reads_no_byte_too_many),
		cmocka_unit_test(
			stores_are_little_endian_at_every_alignment_and_touch_nothing_else),
	};

	return cmocka_run_group_tests_name("base/bytes", tests, NULL, NULL);
}
