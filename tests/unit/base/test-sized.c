/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>

#include "base/sized.h"

/* What this library knows: a first part that every caller has, and one that was appended later. */
struct options {
	size_t size;
	uint64_t first;
	uint64_t appended;
};

#define OURS sizeof(struct options)
#define MIN  offsetof(struct options, appended)

/* Ours, and a guard behind it. */
struct room {
	struct options ours;
	uint8_t guard[8];
};

/* The caller's: of any size, at any alignment, and with bytes behind its end. */
struct caller {
	uint8_t bytes[2 * OURS + 1];
};

static struct room dirty_room(void)
{
	struct room room;

	memset(&room, 0xa5, sizeof(room));
	return room;
}

/* @size bytes: the size, then 0x11 as far as ours goes, then zeros; 0xee behind the end. */
static struct caller caller_of(size_t size)
{
	struct caller caller;

	memset(&caller, 0xee, sizeof(caller));
	memset(caller.bytes, 0, size);
	memset(caller.bytes, 0x11, size < OURS ? size : OURS);
	memcpy(caller.bytes, &size, sizeof(size));
	return caller;
}

static int copy(struct room *room, const void *theirs)
{
	int rc = tsmreq_sized_copy(&room->ours, OURS, MIN, theirs);

	for (size_t i = 0; i < sizeof(room->guard); i++)
		assert_int_equal(room->guard[i], 0xa5);
	return rc;
}

#define ALL_0X11 0x1111111111111111

static void nothing_given_is_all_zeros(void **unused)
{
	static const struct options zeros;
	struct room room = dirty_room();

	(void)unused;
	assert_int_equal(copy(&room, NULL), 0);
	assert_memory_equal(&room.ours, &zeros, OURS);
}

static void the_same_size_is_copied(void **unused)
{
	struct room room = dirty_room();
	struct caller caller = caller_of(OURS);

	(void)unused;
	assert_int_equal(copy(&room, caller.bytes), 0);
	assert_int_equal(room.ours.size, OURS);
	assert_int_equal(room.ours.first, ALL_0X11);
	assert_int_equal(room.ours.appended, ALL_0X11);
}

static void a_shorter_one_is_completed_with_zeros_not_with_what_lies_behind_it(void **unused)
{
	(void)unused;
	for (size_t size = MIN; size < OURS; size++) {
		struct room room = dirty_room();
		struct caller caller = caller_of(size);
		struct options want = {.size = size, .first = ALL_0X11};

		memset(&want.appended, 0x11, size - MIN);
		assert_int_equal(copy(&room, caller.bytes), 0);
		assert_memory_equal(&room.ours, &want, OURS);
	}
}

static void one_below_the_minimum_is_refused(void **unused)
{
	(void)unused;
	for (size_t size = 0; size < MIN; size++) {
		struct room room = dirty_room();
		struct caller caller = caller_of(MIN);

		memcpy(caller.bytes, &size, sizeof(size));
		assert_int_equal(copy(&room, caller.bytes), -EINVAL);
	}
}

static void a_longer_one_with_a_tail_of_zeros_is_taken(void **unused)
{
	(void)unused;
	for (size_t size = OURS; size <= 2 * OURS; size++) {
		struct room room = dirty_room();
		struct caller caller = caller_of(size);

		/* the byte behind the end is 0xee: it is not part of the tail */
		assert_int_equal(copy(&room, caller.bytes), 0);
		assert_int_equal(room.ours.first, ALL_0X11);
		assert_int_equal(room.ours.appended, ALL_0X11);
	}
}

static void a_longer_one_that_says_more_is_refused_whichever_byte_says_it(void **unused)
{
	(void)unused;
	for (size_t at = OURS; at < 2 * OURS; at++) {
		struct room room = dirty_room();
		struct caller caller = caller_of(2 * OURS);

		caller.bytes[at] = 0x80;
		assert_int_equal(copy(&room, caller.bytes), -E2BIG);
	}
}

static void a_refused_one_leaves_nothing_of_itself(void **unused)
{
	static const struct options zeros;
	struct room room = dirty_room();
	struct caller caller = caller_of(2 * OURS);

	(void)unused;
	caller.bytes[OURS] = 1;
	assert_int_equal(copy(&room, caller.bytes), -E2BIG);
	assert_memory_equal(&room.ours, &zeros, OURS);
}

static void the_caller_s_need_not_be_aligned(void **unused)
{
	struct room room = dirty_room();
	struct caller caller = caller_of(OURS);
	_Alignas(8) uint8_t odd[OURS + 1];

	(void)unused;
	memcpy(odd + 1, caller.bytes, OURS);
	assert_int_equal(copy(&room, odd + 1), 0);
	assert_int_equal(room.ours.size, OURS);
	assert_int_equal(room.ours.appended, ALL_0X11);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_given_is_all_zeros),
		cmocka_unit_test(the_same_size_is_copied),
		cmocka_unit_test(
			a_shorter_one_is_completed_with_zeros_not_with_what_lies_behind_it),
		cmocka_unit_test(one_below_the_minimum_is_refused),
		cmocka_unit_test(a_longer_one_with_a_tail_of_zeros_is_taken),
		cmocka_unit_test(a_longer_one_that_says_more_is_refused_whichever_byte_says_it),
		cmocka_unit_test(a_refused_one_leaves_nothing_of_itself),
		cmocka_unit_test(the_caller_s_need_not_be_aligned),
	};

	return cmocka_run_group_tests_name("base/sized", tests, NULL, NULL);
}
