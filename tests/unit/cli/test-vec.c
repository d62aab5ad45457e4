/* SPDX-License-Identifier: MIT */
#include "kit.h"

/* ---- bytes */

static void check_bytes(const char *text, const char *expected, size_t size)
{
	struct arena arena = {0};
	struct vec_bytes bytes;

	assert_int_equal(vec_parse_bytes(&arena, text, &bytes), 0);
	assert_int_equal(bytes.size, size);
	if (size)
		assert_memory_equal(bytes.data, expected, size);
	for (size_t i = 0; i < size; i++)
		assert_int_equal(bytes.wild[i], 0);
	arena_free(&arena);
}

static void pairs_with_and_without_blanks(void **state)
{
	(void)state;
	check_bytes("", "", 0);
	check_bytes("  \t ", "", 0);
	check_bytes("00 ff 1A", "\x00\xff\x1a", 3);
	check_bytes("0001020a", "\x00\x01\x02\x0a", 4);
	check_bytes(" 5a \t5b ", "\x5a\x5b", 2);
}

static void repeats_and_fills(void **state)
{
	(void)state;
	check_bytes("5a*3", "\x5a\x5a\x5a", 3);
	check_bytes("01 5a*2 02", "\x01\x5a\x5a\x02", 4);
	check_bytes("01*0 02", "\x02", 1);
	check_bytes("01 02 ..4", "\x01\x02\x00\x00", 4);
	check_bytes("01 ..2 03", "\x01\x00\x03", 3);
	check_bytes("..3", "\0\0\0", 3);
	check_bytes("01 02 ..2", "\x01\x02", 2);
}

static void pointers_are_wild(void **state)
{
	struct arena arena = {0};
	struct vec_bytes bytes;

	(void)state;
	assert_int_equal(vec_parse_bytes(&arena, "01 pp pp*2 02", &bytes), 0);
	assert_int_equal(bytes.size, 5);
	assert_memory_equal(bytes.wild, "\0\1\1\1\0", 5);
	arena_free(&arena);
}

static void what_is_no_byte(void **state)
{
	static const char *const texts[] = {
		"0",	      "0g",	   "000",   "00 1",	   "pp1",
		"p",	      "*4",	   "00*",   "00*x",	   "..",
		".. 4",	      "00 00 ..1", "-1",    "00;",	   "..x",
		"00**2",      "0x00",	   "00*-1", "00*33554433", "00*99999999999999999999",
		"..33554433",
	};
	struct arena arena = {0};
	struct vec_bytes bytes;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		if (vec_parse_bytes(&arena, texts[i], &bytes) != -EINVAL)
			fail_msg("taken for bytes: %s", texts[i]);
	}
	/* neither can it be summed up in parts */
	assert_int_equal(vec_parse_bytes(&arena, "00*33554432 00", &bytes), -EINVAL);
	arena_free(&arena);
}

/* ---- files */

static void blocks_and_comments(void **state)
{
	struct arena arena = {0};
	struct vec_file file;

	(void)state;
	kit_parse(&arena,
		  "# head\n"
		  "\n"
		  "case   one\n"
		  "abi    v5\n"
		  "# between\n"
		  "given  a=1 b=2   \n"
		  "mem    1000 00 01 ..4\n"
		  "why    because = it # is\n"
		  "\n"
		  "\n"
		  "case   two-A\n"
		  "sends  08 pp*8\n"
		  "reply  ret=0 code=1 resp=00 01\n",
		  &file);
	assert_int_equal(file.count, 2);
	assert_string_equal(file.cases[0].name, "one");
	assert_int_equal(file.cases[0].number, 3);
	assert_int_equal(file.cases[0].count, 4);
	assert_int_equal(file.cases[0].lines[1].key, VEC_GIVEN);
	assert_string_equal(file.cases[0].lines[1].text, "a=1 b=2");
	assert_int_equal(file.cases[0].lines[1].number, 6);
	assert_string_equal(vec_find(&file.cases[0], VEC_WHY), "because = it # is");
	assert_null(vec_find(&file.cases[0], VEC_CALL));
	assert_string_equal(file.cases[1].name, "two-A");
	arena_free(&arena);
}

static void check_bad(const char *text, size_t size, unsigned int number, const char *part)
{
	struct arena arena = {0};
	struct vec_error error;
	struct vec_file file;
	FILE *in = fmemopen((void *)(uintptr_t)text, size, "r");

	assert_non_null(in);
	assert_int_equal(vec_parse(&arena, in, &file, &error), -EINVAL);
	assert_int_equal(error.number, number);
	if (!strstr(error.text, part))
		fail_msg("expected \"%s\", got \"%s\"", part, error.text);
	fclose(in);
	arena_free(&arena);
}

static void faults_name_their_line(void **state)
{
	static const struct {
		const char *text;
		unsigned int number;
		const char *part;
	} bad[] = {
		{"\n# only\n", 2, "no case in it"},
		{"abi v5\n", 1, "starts with its case line"},
		{"case a\nabi v5\n\nabi v5\n", 4, "starts with its case line"},
		{"case a\nfoo 1\n", 2, "no such key: foo"},
		{"case a\n bla\n", 2, "no such key"},
		{"case a\ncases b\n", 2, "no such key"},
		{"case a\ncase b\n", 2, "blank line is missing"},
		{"case a\n\ncase b\n\ncase a\n", 5, "stands here twice, first in line 1"},
		{"case\n", 1, "one word as its name"},
		{"case a b\n", 1, "one word as its name"},
		{"case a\nsends 0\n", 2, "no bytes: 0"},
		{"case a\nreq 00 zz\n", 2, "no bytes"},
		{"case a\nmem 00*4\n", 2, "no bytes: *4"},
		{"case a\nafter zz 00\n", 2, "needs an address"},
		{"case a\nmem 11112222333344445 00\n", 2, "needs an address"},
		{"case a\n\ncase b\nreply ret=0 resp=0\n", 4, "no bytes: 0"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		check_bad(bad[i].text, strlen(bad[i].text), bad[i].number, bad[i].part);
	check_bad("case a\nabi \0v5\n", 15, 2, "not text");
}

static void a_directory_is_no_file(void **state)
{
	struct arena arena = {0};
	struct vec_error error;
	struct vec_file file;
	FILE *in = fopen("/", "r");

	(void)state;
	if (!in)
		skip();
	assert_int_equal(vec_parse(&arena, in, &file, &error), -EINVAL);
	assert_string_equal(error.text, strerror(EISDIR));
	fclose(in);
	arena_free(&arena);
}

/* Cut anywhere, a file is parsed or refused, and nothing else. */
static void any_prefix(void **state)
{
	static const char text[] = "case one\nabi v5\ngiven x=1\nsends 10 00*3 pp*8 ..16\n"
				   "reply ret=-EINVAL resp=00 01\n\ncase two\nmem 100 ..8\n";
	struct arena arena = {0};
	struct vec_error error;
	struct vec_file file;

	(void)state;
	for (size_t size = 1; size < sizeof(text); size++) {
		FILE *in = fmemopen((void *)(uintptr_t)text, size, "r");
		int r = vec_parse(&arena, in, &file, &error);

		assert_true(r == 0 || r == -EINVAL);
		assert_int_equal(r == 0, error.text[0] == '\0');
		fclose(in);
	}
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pairs_with_and_without_blanks),
		cmocka_unit_test(repeats_and_fills),
		cmocka_unit_test(pointers_are_wild),
		cmocka_unit_test(what_is_no_byte),
		cmocka_unit_test(blocks_and_comments),
		cmocka_unit_test(faults_name_their_line),
		cmocka_unit_test(a_directory_is_no_file),
		cmocka_unit_test(any_prefix),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
