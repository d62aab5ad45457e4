/* SPDX-License-Identifier: MIT */
#include "cli/guest_memory.h"
#include "kit.h"

static struct arena arena;

static int clean(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static void ranges(void **state)
{
	struct guest_ranges ranges = {0};

	(void)state;
	assert_true(guest_ranges_add(&ranges, 0x2000, 0x3000));
	assert_true(guest_ranges_add(&ranges, 0x3000, 0x4000));
	assert_true(guest_ranges_add(&ranges, 0x5000, 0x5000));
	assert_true(guest_ranges_cover(&ranges, 0x2000, 0x2000));
	assert_true(guest_ranges_cover(&ranges, 0x3fff, 1));
	assert_true(guest_ranges_cover(&ranges, 0x9000, 0));
	assert_false(guest_ranges_cover(&ranges, 0x1fff, 2));
	assert_false(guest_ranges_cover(&ranges, 0x3fff, 2));
	assert_false(guest_ranges_cover(&ranges, 0x5000, 1));
	assert_false(guest_ranges_cover(&ranges, 0x2000, UINT64_MAX));
	assert_true(guest_ranges_touch(&ranges, 0x1fff, 2));
	assert_true(guest_ranges_touch(&ranges, 0x3fff, UINT64_MAX));
	assert_true(guest_ranges_touch(&ranges, 0, UINT64_MAX));
	assert_false(guest_ranges_touch(&ranges, 0x1fff, 1));
	assert_false(guest_ranges_touch(&ranges, 0x4000, 0x1000));
	assert_false(guest_ranges_touch(&ranges, 0x5000, 1));
	while (ranges.count < GUEST_RANGES_MAX)
		assert_true(guest_ranges_add(&ranges, 0, 1));
	assert_false(guest_ranges_add(&ranges, 0, 1));
}

static void bytes_across_pages(void **state)
{
	struct guest_memory memory = {.arena = &arena};
	uint8_t in[9000], out[9000];

	(void)state;
	for (size_t i = 0; i < sizeof(in); i++)
		in[i] = (uint8_t)(i * 7);
	guest_memory_load(&memory, 0x1ff0, out, 4);
	assert_memory_equal(out, "\0\0\0\0", 4);
	guest_memory_store(&memory, 0x1ff0, in, sizeof(in));
	guest_memory_load(&memory, 0x1ff0, out, sizeof(out));
	assert_memory_equal(out, in, sizeof(in));
	/* pages that share a place in the table */
	guest_memory_store(&memory, 0x1ff0 + 256 * 4096, "abc", 3);
	guest_memory_load(&memory, 0x1ff0, out, 3);
	assert_memory_equal(out, in, 3);
	/* the last byte there is */
	guest_memory_store(&memory, UINT64_MAX, "x", 1);
	guest_memory_load(&memory, UINT64_MAX, out, 1);
	assert_int_equal(out[0], 'x');
}

static void fetched_once(void **state)
{
	struct guest_memory memory = {.arena = &arena};
	uint8_t byte[16];

	(void)state;
	guest_ranges_add(&memory.ram, 0, 0x10000);
	guest_ranges_add(&memory.shared, 0x2000, 0x4000);
	assert_true(guest_memory_is_shared(&memory, 0x2000, 0x2000));
	assert_false(guest_memory_is_shared(&memory, 0x1000, 1));
	assert_int_equal(guest_memory_fetch(&memory, 0x1fff, byte, 2), -EFAULT);
	assert_int_equal(guest_memory_fetch(&memory, 0x2000, byte, 16), 0);
	assert_int_equal(guest_memory_fetch(&memory, 0x2010, byte, 16), 0);
	assert_int_equal(guest_memory_fetch(&memory, 0x201f, byte, 1), -EEXIST);
	assert_int_equal(guest_memory_fetch(&memory, 0x200f, byte, 1), -EEXIST);
	guest_memory_forget(&memory);
	assert_int_equal(guest_memory_fetch(&memory, 0x200f, byte, 1), 0);
	assert_int_equal(guest_memory_fetch(&memory, 0x2000, byte, 16), -EEXIST);
	memory.ram_is_shared = true;
	assert_int_equal(guest_memory_fetch(&memory, 0x1000, byte, 1), 0);
	/* more than anybody needs for one exit */
	for (uint64_t gpa = 0x5000; memory.fetches < GUEST_FETCHES_MAX; gpa++)
		assert_int_equal(guest_memory_fetch(&memory, gpa, byte, 1), 0);
	assert_int_equal(guest_memory_fetch(&memory, 0x6000, byte, 1), -EEXIST);
}

static void a_change_behind_the_fetch(void **state)
{
	struct guest_memory memory = {
		.arena = &arena,
		.ram_is_shared = true,
		.changes = 2,
		.change = {{.gpa = 0x2004, .byte = 9, .due = true},
			   {.gpa = 0x3000, .byte = 9, .due = true}},
	};
	uint8_t bytes[8];

	(void)state;
	guest_ranges_add(&memory.ram, 0, 0x10000);
	assert_int_equal(guest_memory_fetch(&memory, 0x2005, bytes, 8), 0);
	assert_true(memory.change[0].due);
	assert_int_equal(guest_memory_fetch(&memory, 0x2000, bytes, 5), 0);
	assert_int_equal(bytes[4], 0);
	assert_false(memory.change[0].due);
	assert_true(memory.change[1].due);
	guest_memory_load(&memory, 0x2004, bytes, 1);
	assert_int_equal(bytes[0], 9);
}

static void two_memories(void **state)
{
	struct guest_memory a = {.arena = &arena}, b = {.arena = &arena};
	uint64_t gpa = 0;

	(void)state;
	assert_false(guest_memory_differs(&a, &b, &gpa));
	guest_memory_store(&a, 0x2000, "\0\0", 2);
	guest_memory_store(&b, 0x9000, "\0\0", 2);
	assert_false(guest_memory_differs(&a, &b, &gpa));
	guest_memory_store(&b, 0x9001, "\1", 1);
	assert_true(guest_memory_differs(&a, &b, &gpa));
	assert_int_equal(gpa, 0x9001);
	assert_true(guest_memory_differs(&b, &a, &gpa));
	assert_int_equal(gpa, 0x9001);
	/* the first of them */
	guest_memory_store(&a, 0x2fff, "\1", 1);
	assert_true(guest_memory_differs(&a, &b, &gpa));
	assert_int_equal(gpa, 0x2fff);
	guest_memory_store(&b, 0x2fff, "\1", 1);
	guest_memory_store(&a, 0x9001, "\1", 1);
	assert_false(guest_memory_differs(&a, &b, &gpa));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(ranges, clean),
		cmocka_unit_test_teardown(bytes_across_pages, clean),
		cmocka_unit_test_teardown(fetched_once, clean),
		cmocka_unit_test_teardown(a_change_behind_the_fetch, clean),
		cmocka_unit_test_teardown(two_memories, clean),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
