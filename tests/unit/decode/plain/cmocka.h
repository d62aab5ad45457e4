/* SPDX-License-Identifier: MIT */
#ifndef UNIT_DECODE_PLAIN_CMOCKA_H
#define UNIT_DECODE_PLAIN_CMOCKA_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * As much of cmocka as the decoders' tests use, for machines that have none: the same programs run
 * emulated, big endian above all. The first failure ends the program.
 */

struct CMUnitTest {
	const char *name;
	void (*test)(void **state);
};

#define cmocka_unit_test(test) \
	{                      \
#test, test    \
	}

static inline void plain_fail(const char *file, int line)
{
	printf("\n# at %s:%d\n", file, line);
	exit(1);
}

/* a function ends it: a test may have called a variable "exit" */
#define fail_msg(...)                           \
	do {                                    \
		printf("# " __VA_ARGS__);       \
		plain_fail(__FILE__, __LINE__); \
	} while (0)
#define print_message(...) printf(__VA_ARGS__)

#define assert_true(what)                      \
	do {                                   \
		if (!(what))                   \
			fail_msg("%s", #what); \
	} while (0)
#define assert_false(what)		assert_true(!(what))
#define assert_non_null(what)		assert_true((what) != NULL)
#define assert_int_equal(a, b)		assert_true((unsigned long long)(a) == (unsigned long long)(b))
#define assert_int_not_equal(a, b)	assert_true((unsigned long long)(a) != (unsigned long long)(b))
#define assert_ptr_equal(a, b)		assert_true((const void *)(a) == (const void *)(b))
#define assert_string_equal(a, b)	assert_true(!strcmp(a, b))
#define assert_string_not_equal(a, b)	assert_true(strcmp(a, b))
#define assert_memory_equal(a, b, size) assert_true(!memcmp(a, b, size))

#define cmocka_run_group_tests(tests, setup, teardown) \
	plain_run(tests, sizeof(tests) / sizeof((tests)[0]))

static inline int plain_run(const struct CMUnitTest *tests, size_t count)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("1..%zu\n", count);
	for (size_t i = 0; i < count; i++) {
		void *state = NULL;

		tests[i].test(&state);
		printf("ok %zu - %s\n", i + 1, tests[i].name);
	}
	return 0;
}

#endif
