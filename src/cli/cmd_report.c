/* SPDX-License-Identifier: MIT */
#include <stdio.h>

#include "cli/input.h"
#include "cli/show_report.h"

/* The interface report of a TDI, taken apart. */

/* What may help, after a semicolon; "" where nothing would. */
static const char *advise(enum tsmreq_report_fault fault)
{
	if (fault == TSMREQ_REPORT_FAULT_SHORT_LENGTH || fault == TSMREQ_REPORT_FAULT_SHORT_INFO)
		return "; --lenient does without that part, as Linux does";
	if (fault == TSMREQ_REPORT_FAULT_SHORT_HEADER || fault == TSMREQ_REPORT_FAULT_SHORT_RANGES)
		return "; is this the whole report, as bytes?";
	return "";
}

static int fail(const struct cli_command *self, const char *path,
		const struct tsmreq_report_error *error)
{
	return cli_fail(self, "%s: %s%s", input_name(path), show_report_fault(error).text,
			advise(error->fault));
}

static int run(const struct cli_command *self, int argc, char **argv)
{
	bool lenient = false, as_json = false, good;
	const struct cli_option options[] = {
		{"--lenient", NULL, &lenient, NULL},
		{"--json", NULL, &as_json, NULL},
		{0},
	};
	struct tsmreq_report_error error;
	struct tsmreq_report report;
	struct tsmreq_bytes file;
	struct json json = {.out = stdout};
	struct arena arena = {0};
	int r;

	r = cli_parse(self, options, &argc, argv);
	if (r != 0)
		return r < 0 ? CLI_OK : r;
	if (argc != 1)
		return cli_misuse(self, "name one file with a report, or - for standard input");
	r = input_file(self, &arena, argv[0], &file);
	if (r == CLI_OK &&
	    tsmreq_report_parse(file, lenient ? TSMREQ_REPORT_LENIENT : 0, &report, &error) < 0)
		r = fail(self, argv[0], &error);
	if (r == CLI_OK) {
		good = tsmreq_report_check(&report, &error) == 0;
		if (as_json) {
			write_report(&json, NULL, &report, good, &error);
			json_end(&json);
		} else {
			show_report(&report, good, &error);
		}
	}
	arena_free(&arena);
	return r;
}

const struct cli_command cli_report = {
	.name = "report",
	.summary = "Show the interface report of a device: its MMIO ranges and what they are.",
	.usage = "FILE [--lenient] [--json]",
	.help = "  FILE       the report as the device gave it, bytes; -: standard input\n"
		"  --lenient  a report without the device's own part is good, too\n"
		"  --json     the report as JSON\n\n"
		"The exit code is 1 for what is no report. One that a Linux guest may refuse is shown,\n"
		"with the reason, and the exit code is 0.\n",
	.run = run,
};
