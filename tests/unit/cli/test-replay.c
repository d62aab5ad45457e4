/* SPDX-License-Identifier: MIT */
#include "kit.h"

static struct vec_case vec = {.name = "x", .number = 5};

static void the_first_failure_is_kept(void **state)
{
	struct replay replay = {.vec = &vec};

	(void)state;
	replay_fail(&replay, 0, "first %d", 1);
	replay_fail(&replay, 9, "second");
	assert_true(replay.failed);
	assert_int_equal(replay.number, 5);
	assert_string_equal(replay.why, "first 1");
}

static void values_of_a_kind(void **state)
{
	struct replay replay = {.vec = &vec};
	struct words words = {0};
	struct vec_bytes bytes;
	uint64_t hex;
	int64_t dec;
	uint32_t u32;

	(void)state;
	words_split_text(&replay.arena, "hex=1f dec=12 u32=ffffffff bytes=01*2", 1, &words);
	assert_true(replay_take_hex(&replay, &words, "hex", &hex));
	assert_int_equal(hex, 0x1f);
	assert_true(replay_take_dec(&replay, &words, "dec", &dec));
	assert_int_equal(dec, 12);
	assert_true(replay_take_u32(&replay, &words, "u32", &u32));
	assert_true(u32 == UINT32_MAX);
	assert_true(replay_take_bytes(&replay, &words, "bytes", &bytes));
	assert_int_equal(bytes.size, 2);
	/* absent is no failure */
	assert_false(replay_take_hex(&replay, &words, "hex", &hex));
	assert_false(replay.failed);
	arena_free(&replay.arena);
}

static void check_unreadable(const char *text, const char *part)
{
	struct replay replay = {.vec = &vec};
	struct words words = {0};
	struct vec_bytes bytes;
	uint64_t hex;
	int64_t dec;
	uint32_t u32;

	words_split_text(&replay.arena, text, 1, &words);
	assert_false(replay_take_hex(&replay, &words, "hex", &hex));
	assert_false(replay_take_dec(&replay, &words, "dec", &dec));
	assert_false(replay_take_u32(&replay, &words, "u32", &u32));
	assert_false(replay_take_bytes(&replay, &words, "bytes", &bytes));
	assert_true(replay.failed);
	assert_non_null(strstr(replay.why, part));
	arena_free(&replay.arena);
}

static void unreadable_values_fail(void **state)
{
	(void)state;
	check_unreadable("hex=g", "hex=g is no hexadecimal number");
	check_unreadable("dec=a", "dec=a is no decimal number");
	check_unreadable("u32=100000000", "more than 32 bits");
	check_unreadable("bytes=0", "these are no bytes");
}

static void errnos(void **state)
{
	struct replay replay = {.vec = &vec};

	(void)state;
	assert_int_equal(replay_parse_errno(&replay, "EINVAL"), EINVAL);
	assert_false(replay.failed);
	assert_int_equal(replay_parse_errno(&replay, "EFOO"), 0);
	assert_true(replay.failed);
}

static void words_left_over_fail(void **state)
{
	struct replay replay = {.vec = &vec};
	struct words words = {0};

	(void)state;
	replay_refuse_left(&replay, "given", &words);
	assert_false(replay.failed);
	words_split_text(&replay.arena, "bla=1", 8, &words);
	replay_refuse_left(&replay, "given", &words);
	assert_int_equal(replay.number, 8);
	assert_string_equal(replay.why, "given: nothing here understands the word bla=1");
	arena_free(&replay.arena);
}

static void formats(void **state)
{
	uint8_t bytes[17] = {0, 1, 0xff};

	(void)state;
	assert_string_equal(replay_format_hex(bytes, 0).text, "");
	assert_string_equal(replay_format_hex(bytes, 3).text, "00 01 ff");
	assert_string_equal(replay_format_hex(bytes, 16).text, "00 01 ff 00 00 00 00 00 00 00 00 "
							       "00 00 00 00 00");
	assert_string_equal(replay_format_hex(bytes, 17).text, "00 01 ff 00 00 00 00 00 00 00 00 "
							       "00 00 00 00 00 ..");
	assert_string_equal(replay_format_rc(-EINVAL).text, "-EINVAL");
	assert_string_equal(replay_format_rc(12).text, "12");
	assert_string_equal(replay_format_rc(INT32_MIN).text, "-2147483648");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_failure_is_kept), cmocka_unit_test(values_of_a_kind),
		cmocka_unit_test(unreadable_values_fail),    cmocka_unit_test(errnos),
		cmocka_unit_test(words_left_over_fail),	     cmocka_unit_test(formats),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
