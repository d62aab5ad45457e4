/* SPDX-License-Identifier: MIT */
#include "cli/steps.h"
#include "kit.h"

static struct arena arena;
static struct vec_file file;
static struct replay replay;
static struct script script;
static struct steps steps;

static void read_case(const char *text)
{
	arena_free(&replay.arena);
	arena_free(&arena);
	replay = (struct replay){0};
	kit_parse(&arena, text, &file);
	replay.vec = &file.cases[0];
	script_read(&replay, &script);
	steps_read(&replay, &script, &steps);
}

static int clean(void **state)
{
	(void)state;
	arena_free(&replay.arena);
	arena_free(&arena);
	return 0;
}

static void expect_failure(const char *part)
{
	assert_true(replay.failed);
	if (!strstr(replay.why, part))
		fail_msg("expected \"%s\", got \"%s\"", part, replay.why);
}

static void one_after_the_other(void **state)
{
	(void)state;
	read_case("case x\nabi rhi\n"
		  "given vdev:100=7\n"
		  "mem 1000 00\n"
		  "in x0=1\n"
		  "call kind=none dev=1\n"
		  "sends 10\n"
		  "out x0=2\n"
		  "out x1=3\n"
		  "reply ret=0\n"
		  "mem 2000 00\n"
		  "in x0=4\n"
		  "sends 11\n"
		  "sends 12\n"
		  "after 2000 00\n"
		  "why because\n");
	assert_false(replay.failed);
	assert_int_equal(steps.count, 2);

	assert_int_equal(steps.step[0].number, 5);
	assert_int_equal(steps.step[0].first, 0);
	assert_int_equal(steps.step[0].end, 9);
	assert_int_equal(steps.step[0].sends_end, 1);
	assert_int_equal(steps.step[0].call_number, 6);
	assert_int_equal(steps.step[0].call.count, 2);
	assert_int_equal(steps.step[0].out.count, 2);
	assert_int_equal(steps.step[0].out_number, 9);
	assert_string_equal(words_take(&steps.step[0].in, "x0"), "1");

	/* what the guest writes before its exit belongs to that */
	assert_int_equal(steps.step[1].first, 9);
	assert_int_equal(steps.step[1].end, 15);
	assert_int_equal(steps.step[1].sends_end, 3);
	assert_false(steps.step[1].has_out);
	assert_int_equal(steps.step[1].out_number, 0);
	assert_string_equal(words_take(&steps.step[1].in, "x0"), "4");
}

static void lines_of_one_exit(void **state)
{
	(void)state;
	read_case("case x\nabi tio-a\n"
		  "in exit=2a\n"
		  "in run=05 00*3 ..8\n"
		  "out run=05 pp ghcb.info1=0\n");
	expect_failure("these are no bytes");
	read_case("case x\nabi tio-a\n"
		  "in exit=2a\n"
		  "in run=05 00*3 ..8\n"
		  "out ghcb.info1=0 run=05 pp\n"
		  "in event=clear\n"
		  "in exit=2a run=06\n"
		  "in overrun=1\n"
		  "in x0=1\n");
	assert_false(replay.failed);
	assert_int_equal(steps.count, 4);
	assert_true(steps.step[0].in_run.told);
	assert_int_equal(steps.step[0].in_run.bytes.size, 8);
	assert_int_equal(steps.step[0].in.count, 1);
	assert_true(steps.step[0].out_run.told);
	assert_int_equal(steps.step[0].out_run.bytes.wild[1], 1);
	assert_int_equal(steps.step[0].out.count, 1);
	/* a call of the VMM is one line; what names an exit begins one */
	assert_int_equal(steps.step[1].in.count, 1);
	assert_int_equal(steps.step[2].in.count, 2);
	assert_true(steps.step[2].in_run.told);
	assert_int_equal(steps.step[3].in.count, 1);
}

static void lines_that_make_no_sense(void **state)
{
	static const struct {
		const char *text;
		const char *part;
	} bad[] = {
		{"case x\nabi rhi\n", "nothing comes in"},
		{"case x\nabi rhi\ncall kind=none\n"
		 "in x0=1\n",
		 "an in line must stand before"},
		{"case x\nabi rhi\nsends 00\n"
		 "in x0=1\n",
		 "an in line must stand before"},
		{"case x\nabi rhi\nout x0=1\n"
		 "in x0=1\n",
		 "an in line must stand before"},
		{"case x\nabi rhi\n"
		 "in x0=1\ncall kind=none\ncall kind=none\n",
		 "a second call line"},
		{"case x\nabi rhi\n"
		 "in exit=1\n"
		 "in run=00\n"
		 "in run=00\n",
		 "run= stands here twice"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		read_case(bad[i].text);
		expect_failure(bad[i].part);
	}
}

static void memory_lines(void **state)
{
	struct vec_bytes bytes;
	uint64_t gpa = 0;

	(void)state;
	read_case("case x\nabi rhi\nmem 2ffe ee*2 01\nmem ffffffffffffffff 01 02\n"
		  "in x0=1\n");
	steps_parse_memory(&replay, &replay.vec->lines[1], &gpa, &bytes);
	assert_false(replay.failed);
	assert_int_equal(gpa, 0x2ffe);
	assert_int_equal(bytes.size, 3);
	assert_int_equal(bytes.data[2], 1);
	steps_parse_memory(&replay, &replay.vec->lines[2], &gpa, &bytes);
	expect_failure("memory ends before this line does");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(one_after_the_other, clean),
		cmocka_unit_test_teardown(lines_of_one_exit, clean),
		cmocka_unit_test_teardown(lines_that_make_no_sense, clean),
		cmocka_unit_test_teardown(memory_lines, clean),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
