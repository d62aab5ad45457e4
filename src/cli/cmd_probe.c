/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <tsmreq/mock.h>
#include <tsmreq/text.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/json.h"

/* Which revision answers behind a descriptor, or behind the mock. */

#define DEVICE_DEFAULT "/dev/iommu"

static int probe_device(const struct cli_command *self, const char *path, struct tsmreq_probe *ret)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	int r;

	if (fd < 0)
		return cli_fail(self, "%s: %s", path, strerror(errno));
	r = tsmreq_probe_fd(fd, ret);
	close(fd);
	if (r < 0)
		return cli_fail(self, "%s: %s", path, strerror(-r));
	return 0;
}

/* "none" is the mock without TSM ioctls. */
static int probe_mock(const struct cli_command *self, const char *word, struct tsmreq_probe *ret)
{
	struct tsmreq_mock_opts opts = {.size = sizeof(opts)};
	struct tsmreq_mock *mock = NULL;
	int r = 0;

	if (strcmp(word, "none") != 0)
		r = cli_parse_spoken(self, word, &opts.uapi);
	if (r != 0)
		return r;
	r = tsmreq_mock_new(&mock, &opts);
	if (r < 0)
		return cli_fail(self, "the mock does not play %s: %s", word, strerror(-r));
	r = tsmreq_probe_transport(tsmreq_mock_get_transport(mock), ret);
	tsmreq_mock_free(mock);
	if (r < 0)
		return cli_fail(self, "mock %s: %s", word, strerror(-r));
	return 0;
}

static const char *explain(enum tsmreq_verdict verdict)
{
	switch (verdict) {
	case TSMREQ_VERDICT_ROW:
		return "this revision answers, and no other fits";
	case TSMREQ_VERDICT_NONE:
		return "an iommufd without the TSM ioctls";
	case TSMREQ_VERDICT_OFF:
		return "the numbers are there, the kernel was built without TSM";
	case TSMREQ_VERDICT_NOT_IOMMUFD:
		return "no iommufd, or a filter stands in the way";
	case TSMREQ_VERDICT_UNKNOWN:
	case TSMREQ_VERDICT_FORCE_S32_:
		break;
	}
	return "no known revision answers like this: name one yourself if you know better";
}

static const char *name_verdict(const struct tsmreq_probe *probe)
{
	return probe->verdict == TSMREQ_VERDICT_ROW ? tsmreq_uapi_to_string(probe->uapi)
						    : tsmreq_verdict_to_string(probe->verdict);
}

static const char *name_answer(const struct tsmreq_probe_answer *answer)
{
	return answer->rc < 0 ? tsmreq_errno_to_string(answer->rc) : "OK";
}

/* One line for each number, though the probe goes over them more than once. */
static void print_answers(const struct tsmreq_probe *probe, uint32_t cmd)
{
	printf("0x%04x  ", cmd);
	for (uint32_t i = 0; i < probe->count; i++) {
		const struct tsmreq_probe_answer *answer = &probe->answers[i];

		if (answer->cmd == cmd)
			printf(" %c=%s", (char)answer->name, name_answer(answer));
	}
	putchar('\n');
}

static void print(const struct tsmreq_probe *probe)
{
	printf("verdict  %s: %s\n", name_verdict(probe), explain(probe->verdict));
	for (uint32_t i = 0; i < probe->count; i++) {
		uint32_t before = 0;

		while (before < i && probe->answers[before].cmd != probe->answers[i].cmd)
			before++;
		if (before == i)
			print_answers(probe, probe->answers[i].cmd);
	}
}

static void write_json(const struct tsmreq_probe *probe)
{
	struct json json = {.out = stdout};
	char name[2] = {0};

	json_open(&json, NULL, '{');
	json_string(&json, "verdict", tsmreq_verdict_to_string(probe->verdict));
	json_string(&json, "revision",
		    probe->verdict == TSMREQ_VERDICT_ROW ? tsmreq_uapi_to_string(probe->uapi)
							 : NULL);
	json_string(&json, "meaning", explain(probe->verdict));
	json_open(&json, "answers", '[');
	for (uint32_t i = 0; i < probe->count; i++) {
		const struct tsmreq_probe_answer *answer = &probe->answers[i];

		name[0] = (char)answer->name;
		json_open(&json, NULL, '{');
		json_string(&json, "name", name);
		json_hex(&json, "cmd", answer->cmd);
		json_string(&json, "answer", name_answer(answer));
		json_close(&json, '}');
	}
	json_close(&json, ']');
	json_close(&json, '}');
	json_end(&json);
}

static int run(const struct cli_command *self, int argc, char **argv)
{
	const char *device = NULL;
	const char *mock = NULL;
	bool as_json = false;
	const struct cli_option options[] = {
		{"--device", NULL, NULL, &device},
		{"--mock", NULL, NULL, &mock},
		{"--json", NULL, &as_json, NULL},
		{0},
	};
	struct tsmreq_probe probe = {0};
	int r;

	r = cli_parse(self, options, &argc, argv);
	if (r != 0)
		return r < 0 ? CLI_OK : r;
	if (argc > 0)
		return cli_misuse(self, "no operand is expected, not even %s", argv[0]);
	if (device && mock)
		return cli_misuse(self, "--device or --mock, not both");
	r = mock ? probe_mock(self, mock, &probe)
		 : probe_device(self, device ? device : DEVICE_DEFAULT, &probe);
	if (r != 0)
		return r;
	if (as_json)
		write_json(&probe);
	else
		print(&probe);
	return probe.verdict == TSMREQ_VERDICT_ROW ? CLI_OK : CLI_FAILED;
}

const struct cli_command cli_probe = {
	.name = "probe",
	.summary = "Ask which revision an iommufd speaks, without touching anything.",
	.usage = "[--device PATH | --mock REVISION] [--json]",
	.help = "  --device PATH    the file to ask, " DEVICE_DEFAULT " without it\n"
		"  --mock REVISION  ask the mock kernel of that revision; none: one without TSM\n"
		"  --json           verdict and answers as JSON\n\n"
		"The exit code is 0 when a revision was found, else 1.\n",
	.run = run,
};
