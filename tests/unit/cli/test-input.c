/* SPDX-License-Identifier: MIT */
#include "kit.h"

#include <unistd.h>

#include "cli/input.h"

/* What is said of a refusal is in decode.py: here, what is taken and which code comes of it. */

static const struct cli_command self = {.name = "x"};

static const char *word_at(unsigned int i)
{
	static const char *const words[] = {"a", "ab", "b"};

	return i < 3 ? words[i] : NULL;
}

static void numbers(void **state)
{
	uint64_t value = 7;

	(void)state;
	assert_int_equal(input_number(&self, "n", "0x10", &value), CLI_OK);
	assert_int_equal(value, 0x10);
	assert_int_equal(input_number(&self, "n", "0X1f", &value), CLI_OK);
	assert_int_equal(value, 0x1f);
	assert_int_equal(input_number(&self, "n", "ffffffffffffffff", &value), CLI_OK);
	assert_true(value == UINT64_MAX);
	assert_int_equal(input_number(&self, "n", "0", &value), CLI_OK);
	assert_int_equal(value, 0);
	assert_int_equal(input_number(&self, "n", "", &value), CLI_USAGE);
	assert_int_equal(input_number(&self, "n", "0x", &value), CLI_USAGE);
	assert_int_equal(input_number(&self, "n", "0x0x1", &value), CLI_USAGE);
	assert_int_equal(input_number(&self, "n", "0x1ffffffffffffffff", &value), CLI_USAGE);
	assert_int_equal(input_number(&self, "n", "1 ", &value), CLI_USAGE);
}

static void words(void **state)
{
	unsigned int i = 7;
	uint32_t bits;

	(void)state;
	assert_int_equal(input_word(&self, "w", "ab", word_at, &i), CLI_OK);
	assert_int_equal(i, 1);
	assert_int_equal(input_word(&self, "w", "", word_at, &i), CLI_USAGE);
	assert_int_equal(input_word(&self, "w", "a,b", word_at, &i), CLI_USAGE);
	assert_int_equal(input_words(&self, "w", "b,a", word_at, &bits), CLI_OK);
	assert_int_equal(bits, 0x5);
	assert_int_equal(input_words(&self, "w", "ab,ab", word_at, &bits), CLI_OK);
	assert_int_equal(bits, 0x2);
	assert_int_equal(input_words(&self, "w", "a,", word_at, &bits), CLI_USAGE);
	assert_int_equal(input_words(&self, "w", "a,c", word_at, &bits), CLI_USAGE);
}

static void registers(void **state)
{
	uint64_t r1 = 1, r12 = 2;
	struct input_register all[] = {
		{.name = "r1", .value = &r1}, {.name = "r12", .value = &r12}, {0}};
	char *good[] = {(char[]){"r12=ff"}};
	char *twice[] = {(char[]){"r1=1"}, (char[]){"r1=1"}};
	char *unknown[] = {(char[]){"r=1"}};
	char *bare[] = {(char[]){"r1"}};

	(void)state;
	assert_int_equal(input_registers(&self, all, 1, good), CLI_OK);
	assert_int_equal(r12, 0xff);
	assert_true(all[1].given);
	/* what is not given stays */
	assert_int_equal(r1, 1);
	assert_false(all[0].given);
	assert_int_equal(input_registers(&self, all, 2, twice), CLI_USAGE);
	assert_int_equal(input_registers(&self, all, 1, unknown), CLI_USAGE);
	assert_int_equal(input_registers(&self, all, 1, bare), CLI_USAGE);
	assert_int_equal(input_registers(&self, all, 0, NULL), CLI_OK);
}

/* A file of @size bytes, each the low byte of its place; unlinked by the caller. */
static void make_file(char path[32], size_t size)
{
	FILE *out;
	int fd;

	snprintf(path, 32, "input-XXXXXX");
	fd = mkstemp(path);
	assert_true(fd >= 0);
	out = fdopen(fd, "wb");
	assert_non_null(out);
	for (size_t i = 0; i < size; i++)
		fputc((int)(i & 0xff), out);
	assert_int_equal(fclose(out), 0);
}

static void files_of_every_length(void **state)
{
	/* around the steps it grows by */
	static const size_t sizes[] = {0, 1, 4095, 4096, 4097, 8191, 8192, 8193, 100000};
	struct arena arena = {0};
	struct tsmreq_bytes file;
	char path[32];

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		make_file(path, sizes[i]);
		assert_int_equal(input_file(&self, &arena, path, &file), CLI_OK);
		assert_int_equal(file.size, sizes[i]);
		for (size_t k = 0; k < file.size; k++)
			assert_int_equal(((const uint8_t *)file.data)[k], k & 0xff);
		assert_int_equal(unlink(path), 0);
	}
	assert_int_equal(input_file(&self, &arena, "/nowhere", &file), CLI_FAILED);
	assert_int_equal(input_file(&self, &arena, "/", &file), CLI_FAILED);
	/* one byte more than anything may have, and no more */
	assert_int_equal(input_file(&self, &arena, "/dev/zero", &file), CLI_OK);
	assert_int_equal(file.size, TSMREQ_LENGTH_MAX + 1);
	arena_free(&arena);
}

static void parts(void **state)
{
	static const uint8_t bytes[4] = {1, 2, 3, 4};
	const struct tsmreq_bytes file = {bytes, sizeof(bytes)};
	struct arena arena = {0};
	struct tsmreq_bytes part;
	char path[32];

	(void)state;
	assert_int_equal(input_part(&self, "f", file, 1, 3, "it", &part), CLI_OK);
	assert_ptr_equal(part.data, bytes + 1);
	assert_int_equal(part.size, 3);
	assert_int_equal(input_part(&self, "f", file, 4, 0, "it", &part), CLI_OK);
	assert_int_equal(input_part(&self, "f", file, 1, 4, "it", &part), CLI_FAILED);
	assert_int_equal(input_part(&self, "f", file, 5, 0, "it", &part), CLI_FAILED);
	assert_int_equal(input_part(&self, "f", file, 1, UINT64_MAX, "it", &part), CLI_FAILED);

	make_file(path, 10);
	assert_int_equal(input_whole(&self, &arena, path, 10, "it", &part), CLI_OK);
	assert_int_equal(part.size, 10);
	assert_int_equal(input_whole(&self, &arena, path, 9, "it", &part), CLI_FAILED);
	assert_int_equal(input_whole(&self, &arena, path, 11, "it", &part), CLI_FAILED);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(input_whole(&self, &arena, path, 10, "it", &part), CLI_FAILED);
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers),   cmocka_unit_test(words),
		cmocka_unit_test(registers), cmocka_unit_test(files_of_every_length),
		cmocka_unit_test(parts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
