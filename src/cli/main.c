/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <tsmreq/text.h>

#include "cli/cli.h"

static const struct cli_command *const commands[] = {
	&cli_uapi,     &cli_probe,  &cli_demo, &cli_replay,
	&cli_decode,   &cli_report, &cli_mock, &cli_devices,
#ifdef HAVE_EVIDENCE
	&cli_evidence,
#endif
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

static void help(FILE *out)
{
	fprintf(out, "usage: tsmreq COMMAND [OPTION...] [OPERAND...]\n"
		     "       tsmreq --version | --help\n\n");
	for (size_t i = 0; i < COMMANDS; i++)
		fprintf(out, "  %-8s %s\n", commands[i]->name, commands[i]->summary);
	fprintf(out, "\ntsmreq COMMAND --help tells more; so does tsmreq(1).\n");
}

static void version(void)
{
	unsigned int major, minor, patch;

	tsmreq_get_version(&major, &minor, &patch);
	printf("tsmreq %u.%u.%u\n", major, minor, patch);
}

static int run(int argc, char **argv)
{
	if (argc < 2) {
		help(stderr);
		return CLI_USAGE;
	}
	if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
		help(stdout);
		return CLI_OK;
	}
	if (strcmp(argv[1], "--version") == 0) {
		version();
		return CLI_OK;
	}
	for (size_t i = 0; i < COMMANDS; i++) {
		if (strcmp(argv[1], commands[i]->name) == 0)
			return commands[i]->run(commands[i], argc - 2, argv + 2);
	}
	fprintf(stderr, "tsmreq: no command is called %s; see tsmreq --help\n", argv[1]);
	return CLI_USAGE;
}

int main(int argc, char **argv)
{
	int code = run(argc, argv);

	/* a full disk must not look like an answer */
	if (fflush(stdout) != 0 || ferror(stdout)) {
		fprintf(stderr, "tsmreq: cannot write: %s\n", strerror(errno));
		return CLI_FAILED;
	}
	return code;
}
