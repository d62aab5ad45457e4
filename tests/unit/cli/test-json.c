/* SPDX-License-Identifier: MIT */
#include "cli/json.h"
#include "kit.h"

static char text[512];

static void begin(struct json *json)
{
	memset(text, 0, sizeof(text));
	*json = (struct json){.out = fmemopen(text, sizeof(text) - 1, "w")};
	assert_non_null(json->out);
}

static void end(struct json *json, const char *expected)
{
	fclose(json->out);
	assert_string_equal(text, expected);
}

static void commas_and_brackets(void **state)
{
	struct json json;

	(void)state;
	begin(&json);
	json_open(&json, NULL, '{');
	json_string(&json, "a", "b");
	json_open(&json, "list", '[');
	json_close(&json, ']');
	json_open(&json, "more", '[');
	json_number(&json, NULL, -1);
	json_number(&json, NULL, 2);
	json_close(&json, ']');
	json_bool(&json, "yes", true);
	json_hex(&json, "cmd", 0x3b96);
	json_string(&json, "none", NULL);
	json_close(&json, '}');
	json_end(&json);
	end(&json, "{\"a\": \"b\", \"list\": [], \"more\": [-1, 2], \"yes\": true, "
		   "\"cmd\": \"0x3b96\", \"none\": null}\n");
}

static void check_string(const char *value, const char *expected)
{
	struct json json;

	begin(&json);
	json_string(&json, NULL, value);
	end(&json, expected);
}

static void strings_are_escaped(void **state)
{
	(void)state;
	check_string("", "\"\"");
	check_string("a\"b\\c", "\"a\\\"b\\\\c\"");
	check_string("\n\t\x1f\x7f", "\"\\u000a\\u0009\\u001f\x7f\"");
	check_string("\xc3\xa4 \xe2\x82\xac \xf0\x9f\x99\x82", "\"\xc3\xa4 \xe2\x82\xac "
							       "\xf0\x9f\x99\x82\"");
}

/* A path may hold any byte; the output stays text. */
static void what_is_no_utf8_is_replaced(void **state)
{
	(void)state;
	check_string("\x80", "\"\\ufffd\"");
	check_string("\xff"
		     "a",
		     "\"\\ufffda\"");
	check_string("\xc0\xaf", "\"\\ufffd\\ufffd\"");
	check_string("\xc3", "\"\\ufffd\"");
	check_string("\xe2\x82", "\"\\ufffd\\ufffd\"");
	check_string("\xe2\x82z", "\"\\ufffd\\ufffdz\"");
	check_string("\xe0\x80\x80", "\"\\ufffd\\ufffd\\ufffd\"");
	check_string("\xed\xa0\x80", "\"\\ufffd\\ufffd\\ufffd\"");
	check_string("\xf0\x8f\x80\x80", "\"\\ufffd\\ufffd\\ufffd\\ufffd\"");
	check_string("\xf4\x90\x80\x80", "\"\\ufffd\\ufffd\\ufffd\\ufffd\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(commas_and_brackets),
		cmocka_unit_test(strings_are_escaped),
		cmocka_unit_test(what_is_no_utf8_is_replaced),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
