/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>
#include <tsmreq/text.h>

#include "cli/cli.h"
#include "cli/walk.h"

/* Walks on the mock: each architecture, each row, or both. */

static const enum tsmreq_arch archs[] = {TSMREQ_ARCH_CCA, TSMREQ_ARCH_SEV, TSMREQ_ARCH_TDX};

#define ARCHS (sizeof(archs) / sizeof(archs[0]))

struct demo {
	const struct cli_command *self;
	bool verbose;
	bool all;	       /* every row */
	enum tsmreq_uapi uapi; /* PROBE: the newest that can carry the walk */
	unsigned int walks;
};

static int walk(struct demo *demo, enum tsmreq_uapi uapi, enum tsmreq_arch arch)
{
	int r;

	if (demo->walks++)
		putchar('\n');
	r = walk_run(stdout, uapi, arch, demo->verbose);
	if (r < 0)
		return cli_fail(demo->self, "the %s walk on %s ended with %s",
				tsmreq_arch_to_string(arch), tsmreq_uapi_to_string(uapi),
				tsmreq_errno_to_string(r));
	return CLI_OK;
}

static int walk_every_row(struct demo *demo, enum tsmreq_arch arch)
{
	struct tsmreq_uapi_info info;
	enum tsmreq_uapi uapi;
	int r = CLI_OK;

	for (unsigned int i = 0; r == CLI_OK && tsmreq_uapi_at(i, &uapi); i++) {
		if (tsmreq_uapi_get_info(uapi, &info) == 0 && !info.refusal)
			r = walk(demo, uapi, arch);
	}
	return r;
}

static int walk_arch(struct demo *demo, enum tsmreq_arch arch)
{
	enum tsmreq_uapi uapi = demo->uapi;

	if (demo->all)
		return walk_every_row(demo, arch);
	if (uapi == TSMREQ_UAPI_PROBE && !walk_find_newest(arch, &uapi))
		return cli_fail(demo->self, "no revision can carry the walk for %s",
				tsmreq_arch_to_string(arch));
	return walk(demo, uapi, arch);
}

static int choose_row(struct demo *demo, const char *word)
{
	demo->all = word && strcmp(word, "all") == 0;
	if (!word || demo->all)
		return CLI_OK;
	return cli_parse_spoken(demo->self, word, &demo->uapi);
}

static int run(const struct cli_command *self, int argc, char **argv)
{
	struct demo demo = {.self = self, .uapi = TSMREQ_UAPI_PROBE};
	const char *arch_word = NULL;
	const char *uapi_word = NULL;
	const struct cli_option options[] = {
		{"--arch", NULL, NULL, &arch_word},
		{"--uapi", NULL, NULL, &uapi_word},
		{"--verbose", "-v", &demo.verbose, NULL},
		{0},
	};
	enum tsmreq_arch arch = TSMREQ_ARCH_CCA;
	int r;

	r = cli_parse(self, options, &argc, argv);
	if (r != 0)
		return r < 0 ? CLI_OK : r;
	if (argc > 0)
		return cli_misuse(self, "no operand is expected, not even %s", argv[0]);
	if (arch_word && tsmreq_arch_from_string(arch_word, &arch) < 0)
		return cli_misuse(self, "no architecture is called %s; there are cca sev tdx",
				  arch_word);
	r = choose_row(&demo, uapi_word);
	for (size_t i = 0; r == CLI_OK && i < ARCHS; i++) {
		if (!arch_word || archs[i] == arch)
			r = walk_arch(&demo, archs[i]);
	}
	if (r == CLI_OK)
		printf("\n%u walk%s, nothing unexpected\n", demo.walks, demo.walks == 1 ? "" : "s");
	return r;
}

const struct cli_command cli_demo = {
	.name = "demo",
	.summary = "Walk a device from LOCK to UNLOCK on the mock kernel.",
	.usage = "[--arch cca|sev|tdx] [--uapi REVISION|all] [-v]",
	.help = "  --arch ARCH      one architecture, all three without it\n"
		"  --uapi REVISION  one revision, or all; the newest that can carry it without it\n"
		"  -v, --verbose    show the bytes that cross the seam, as lines of a vector "
		"file\n",
	.run = run,
};
