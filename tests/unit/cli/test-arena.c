/* SPDX-License-Identifier: MIT */
#include "kit.h"

static void zeroed_and_aligned(void **state)
{
	struct arena arena = {0};

	(void)state;
	for (size_t size = 0; size < 70; size++) {
		uint8_t *p = arena_zalloc(&arena, size);

		assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
		for (size_t i = 0; i < size; i++)
			assert_int_equal(p[i], 0);
		memset(p, 0xff, size);
	}
	arena_free(&arena);
	assert_null(arena.last);
}

static void grows_without_losing(void **state)
{
	struct arena arena = {0};
	unsigned int *array = NULL;

	(void)state;
	for (unsigned int i = 0; i < 100; i++) {
		array = arena_grow(&arena, array, i, sizeof(*array));
		array[i] = i * 3;
	}
	for (unsigned int i = 0; i < 100; i++)
		assert_int_equal(array[i], i * 3);
	arena_free(&arena);
}

static void copies_a_part(void **state)
{
	struct arena arena = {0};

	(void)state;
	assert_string_equal(arena_strndup(&arena, "abcdef", 3), "abc");
	assert_string_equal(arena_strndup(&arena, "abcdef", 0), "");
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(zeroed_and_aligned),
		cmocka_unit_test(grows_without_losing),
		cmocka_unit_test(copies_a_part),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
