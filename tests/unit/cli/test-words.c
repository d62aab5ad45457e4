/* SPDX-License-Identifier: MIT */
#include "kit.h"

static struct arena arena;

static struct words split(const char *text)
{
	struct words words = {0};

	words_split_text(&arena, text, 7, &words);
	return words;
}

static void taken_once_in_order(void **state)
{
	struct words words = split("  a=1 b=2 \t a=3 c ");

	(void)state;
	assert_int_equal(words.count, 4);
	assert_string_equal(words_take(&words, "a"), "1");
	assert_string_equal(words_take(&words, "a"), "3");
	assert_null(words_take(&words, "a"));
	assert_string_equal(words_left(&words)->key, "b");
	assert_string_equal(words_take(&words, "b"), "2");
	/* without "=" it is nobody's word */
	assert_null(words_take(&words, "c"));
	assert_string_equal(words_left(&words)->key, "c");
	assert_int_equal(words_left(&words)->number, 7);
}

static void values_keep_further_equals(void **state)
{
	struct words words = split("a=b=c d=");

	(void)state;
	assert_string_equal(words_take(&words, "a"), "b=c");
	assert_string_equal(words_take(&words, "d"), "");
	assert_null(words_left(&words));
}

static void by_prefix_and_by_name(void **state)
{
	struct words words = split("vdev:100=7 tdi:100=run tdi:1000=bound tdix:100=no vdev:200=8");
	const char *rest = NULL;

	(void)state;
	assert_string_equal(words_take_of(&words, "tdi", "1000"), "bound");
	assert_string_equal(words_take_of(&words, "tdi", "100"), "run");
	assert_null(words_take_of(&words, "tdi", "100"));
	assert_null(words_take_of(&words, "vdev", "10"));
	assert_string_equal(words_take_prefix(&words, "vdev:", &rest), "7");
	assert_string_equal(rest, "100");
	assert_string_equal(words_take_prefix(&words, "vdev:", &rest), "8");
	assert_string_equal(rest, "200");
	assert_null(words_take_prefix(&words, "vdev:", &rest));
	assert_string_equal(words_left(&words)->key, "tdix:100");
}

static void all_lines_of_a_key(void **state)
{
	struct vec_file file;
	struct words words;

	(void)state;
	kit_parse(&arena, "case a\nout x=1\ngiven y=2\nout z=3\n", &file);
	words_split(&arena, &file.cases[0], VEC_OUT, &words);
	assert_int_equal(words.count, 2);
	assert_int_equal(words.word[1].number, 4);
}

static void numbers(void **state)
{
	static const char *const no_hex[] = {"", "x", "0x1", "-1", "1 ", "11112222333344445"};
	static const char *const no_dec[] = {"",    "a",  "0x1", "-",
					     "--1", "+1", "1 ",	 "1234567890123456789"};
	uint64_t hex = 0;
	int64_t dec = 0;

	(void)state;
	assert_int_equal(words_hex("ffffffffffffffff", &hex), 0);
	assert_true(hex == UINT64_MAX);
	assert_int_equal(words_hex("0010", &hex), 0);
	assert_int_equal(hex, 16);
	assert_int_equal(words_dec("0010", &dec), 0);
	assert_int_equal(dec, 10);
	assert_int_equal(words_dec("-9", &dec), 0);
	assert_int_equal(dec, -9);
	for (size_t i = 0; i < sizeof(no_hex) / sizeof(no_hex[0]); i++)
		assert_int_equal(words_hex(no_hex[i], &hex), -EINVAL);
	for (size_t i = 0; i < sizeof(no_dec) / sizeof(no_dec[0]); i++)
		assert_int_equal(words_dec(no_dec[i], &dec), -EINVAL);
}

static void dashes_are_underlines(void **state)
{
	(void)state;
	assert_true(words_same("set-tdi_state", "set_tdi-state"));
	assert_true(words_same("", ""));
	assert_false(words_same("set", "set_"));
	assert_false(words_same("set_", "set"));
	assert_false(words_same("a", "b"));
}

static int clean(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static void behind_the_first_word(void **state)
{
	(void)state;
	assert_string_equal(words_behind("tio-a  june", "tio-a"), "june");
	assert_string_equal(words_behind("tio-a", "tio-a"), "");
	assert_null(words_behind("tio-a june", "tio"));
	assert_null(words_behind("tio", "tio-a"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(taken_once_in_order, clean),
		cmocka_unit_test_teardown(values_keep_further_equals, clean),
		cmocka_unit_test_teardown(by_prefix_and_by_name, clean),
		cmocka_unit_test_teardown(all_lines_of_a_key, clean),
		cmocka_unit_test_teardown(numbers, clean),
		cmocka_unit_test(behind_the_first_word),
		cmocka_unit_test(dashes_are_underlines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
