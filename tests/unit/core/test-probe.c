/* SPDX-License-Identifier: MIT */
#include "door.h"

/* What the probe's verdict is worth to a caller; how it is reached is tests/unit/rev/test-probe.c.
 */

static void bad_arguments_send_nothing(void **unused)
{
	struct door door = {0};
	struct tsmreq_transport transport = door_transport(&door), bad;
	struct tsmreq_probe probe;

	(void)unused;
	assert_int_equal(tsmreq_probe_transport(NULL, &probe), -EINVAL);
	assert_int_equal(tsmreq_probe_transport(&transport, NULL), -EINVAL);
	bad = transport;
	bad.size = 0;
	assert_int_equal(tsmreq_probe_transport(&bad, &probe), -EINVAL);
	bad.size = sizeof(bad) - 1;
	assert_int_equal(tsmreq_probe_transport(&bad, &probe), -EINVAL);
	bad = transport;
	bad.submit = NULL;
	assert_int_equal(tsmreq_probe_transport(&bad, &probe), -EINVAL);
	assert_int_equal(tsmreq_probe_fd(-1, &probe), -EBADF);
	assert_int_equal(door.sends, 0);
}

static void a_file_that_is_no_iommufd_is_a_verdict(void **unused)
{
	struct tsmreq_probe probe;

	(void)unused;
	/* standard input of a test is no iommufd, whatever it is */
	assert_int_equal(tsmreq_probe_fd(0, &probe), 0);
	assert_int_equal(probe.verdict, TSMREQ_VERDICT_NOT_IOMMUFD);
	assert_int_equal(probe.uapi, TSMREQ_UAPI_PROBE);
	assert_int_equal(probe.count, 1);
	assert_int_equal(probe.answers[0].name, 'S');
	assert_int_equal(probe.answers[0].cmd, 0x3b80);
}

static void every_verdict_has_its_errno(void **unused)
{
	static const struct {
		int verdict, want;
	} cases[] = {
		{TSMREQ_VERDICT_ROW, 0},
		{TSMREQ_VERDICT_NONE, -ENOTTY},
		{TSMREQ_VERDICT_OFF, -EOPNOTSUPP},
		{TSMREQ_VERDICT_UNKNOWN, -EPROTONOSUPPORT},
		{TSMREQ_VERDICT_NOT_IOMMUFD, -EBADFD},
		{0, -EPROTONOSUPPORT},
		{6, -EPROTONOSUPPORT},
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tsmreq_probe probe = {.verdict = (enum tsmreq_verdict)cases[i].verdict};

		assert_int_equal(tsmreq_probe_to_errno(&probe), cases[i].want);
	}
}

static const char line[] = "0x80 S=ENOENT 0x95 A=ENOTTY B=OK 0x96 A=unknown";

static const struct tsmreq_probe seen = {
	.count = 4,
	.answers = {{'S', 0x3b80, -ENOENT},
		    {'A', 0x3b95, -ENOTTY},
		    {'B', 0x3b95, 0},
		    {'A', 0x3b96, -4095}},
};

static void what_was_seen_is_one_line(void **unused)
{
	char text[128];

	(void)unused;
	assert_int_equal(tsmreq_probe_format(&seen, text, sizeof(text)), strlen(line));
	assert_string_equal(text, line);
}

static void a_short_room_cuts_the_line(void **unused)
{
	char text[sizeof(line) + 1];

	(void)unused;
	for (size_t size = 0; size <= sizeof(line); size++) {
		memset(text, '#', sizeof(text));
		assert_int_equal(tsmreq_probe_format(&seen, text, size), strlen(line));
		assert_int_equal(text[size], '#');
		if (size > 0) {
			size_t kept = size - 1 < strlen(line) ? size - 1 : strlen(line);

			assert_int_equal(strlen(text), kept);
			assert_memory_equal(text, line, kept);
		}
	}
}

static void a_count_from_nowhere_is_bounded(void **unused)
{
	struct tsmreq_probe probe = seen;
	char text[512];

	(void)unused;
	probe.count = 0xffffffff;
	assert_true(tsmreq_probe_format(&probe, text, sizeof(text)) < sizeof(text));
	probe.count = 0;
	assert_int_equal(tsmreq_probe_format(&probe, text, sizeof(text)), 0);
	assert_string_equal(text, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bad_arguments_send_nothing),
		cmocka_unit_test(a_file_that_is_no_iommufd_is_a_verdict),
		cmocka_unit_test(every_verdict_has_its_errno),
		cmocka_unit_test(what_was_seen_is_one_line),
		cmocka_unit_test(a_short_room_cuts_the_line),
		cmocka_unit_test(a_count_from_nowhere_is_bounded),
	};

	return cmocka_run_group_tests_name("core/probe", tests, NULL, NULL);
}
