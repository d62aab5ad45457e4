/* SPDX-License-Identifier: MIT */
#include "cli/cli.h"
#include "kit.h"

static const struct cli_command self = {
	.name = "x",
	.summary = "A command.",
	.usage = "[--flag]",
	.help = "  --flag\n",
};

static bool flag;
static const char *value;
static char *args[8];

/* Splits @line in place at blanks. */
static int parse(const char *line, int *ret_argc)
{
	static char buf[100];
	const struct cli_option options[] = {
		{"--flag", "-f", &flag, NULL},
		{"--value", NULL, NULL, &value},
		{0},
	};
	int argc = 0;

	snprintf(buf, sizeof(buf), "%s", line);
	for (char *p = buf; *p; argc++) {
		args[argc] = p;
		p += strcspn(p, " ");
		if (*p)
			*p++ = '\0';
	}
	flag = false;
	value = NULL;
	*ret_argc = argc;
	return cli_parse(&self, options, ret_argc, args);
}

static void options_in_any_place(void **state)
{
	int argc;

	(void)state;
	assert_int_equal(parse("", &argc), 0);
	assert_int_equal(argc, 0);
	assert_int_equal(parse("a --value v b -f -", &argc), 0);
	assert_int_equal(argc, 3);
	assert_string_equal(args[0], "a");
	assert_string_equal(args[1], "b");
	assert_string_equal(args[2], "-");
	assert_string_equal(value, "v");
	assert_true(flag);
	assert_int_equal(parse("--value=v=w --flag", &argc), 0);
	assert_int_equal(argc, 0);
	assert_string_equal(value, "v=w");
	assert_true(flag);
	assert_int_equal(parse("--value=", &argc), 0);
	assert_string_equal(value, "");
}

static void two_dashes_end_them(void **state)
{
	int argc;

	(void)state;
	assert_int_equal(parse("-- --flag -x", &argc), 0);
	assert_int_equal(argc, 2);
	assert_string_equal(args[0], "--flag");
	assert_false(flag);
}

static void misuse(void **state)
{
	static const char *const lines[] = {"--foo",   "-x",	   "--fla",
					    "--flagg", "--flag=1", "--value"};
	int argc;

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
		assert_int_equal(parse(lines[i], &argc), CLI_USAGE);
}

static void revisions_by_name(void **state)
{
	enum tsmreq_uapi uapi;

	(void)state;
	assert_int_equal(cli_parse_uapi(&self, "v5", &uapi), CLI_OK);
	assert_int_equal(uapi, TSMREQ_UAPI_V5);
	assert_int_equal(cli_parse_uapi(&self, "v7", &uapi), CLI_OK);
	assert_int_equal(cli_parse_uapi(&self, "", &uapi), CLI_USAGE);
	assert_int_equal(cli_parse_uapi(&self, "v99", &uapi), CLI_USAGE);
	assert_int_equal(cli_parse_spoken(&self, "v5", &uapi), CLI_OK);
	assert_int_equal(cli_parse_spoken(&self, "v7", &uapi), CLI_FAILED);
	assert_int_equal(cli_parse_spoken(&self, "v99", &uapi), CLI_USAGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_in_any_place),
		cmocka_unit_test(two_dashes_end_them),
		cmocka_unit_test(misuse),
		cmocka_unit_test(revisions_by_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
