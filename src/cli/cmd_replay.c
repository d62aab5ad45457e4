/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/json.h"
#include "cli/replay.h"

/* A case belongs to the first room that owns it. */
static const struct room {
	bool (*owns)(const struct vec_case *vec);
	void (*run)(struct replay *replay);
} rooms[] = {
	{replay_probe_owns, replay_probe_run}, {replay_uapi_owns, replay_uapi_run},
	{replay_ghci_owns, replay_ghci_run},   {replay_ghcb_owns, replay_ghcb_run},
	{replay_rhi_owns, replay_rhi_run},
};

#define ROOMS (sizeof(rooms) / sizeof(rooms[0]))

/* ---- counting and telling */

struct tally {
	bool verbose;
	struct json *json; /* NULL: plain text */
	unsigned int passed;
	unsigned int failed;
};

static void tell_failure(struct tally *tally, const char *path, unsigned int line, const char *name,
			 const char *why)
{
	tally->failed++;
	if (!tally->json) {
		printf("FAIL %s", path);
		if (line)
			printf(":%u", line);
		printf(": %s%s%s\n", name ? name : "", name ? ": " : "", why);
		return;
	}
	json_open(tally->json, NULL, '{');
	json_string(tally->json, "file", path);
	json_number(tally->json, "line", line);
	json_string(tally->json, "case", name);
	json_string(tally->json, "why", why);
	json_close(tally->json, '}');
}

static void run_case(struct tally *tally, const char *path, const struct vec_case *vec)
{
	struct replay replay = {.vec = vec};
	size_t i;

	for (i = 0; i < ROOMS && !rooms[i].owns(vec); i++)
		continue;
	if (i < ROOMS)
		rooms[i].run(&replay);
	else
		replay_fail(&replay, 0, "neither abi nor in says what this case is about");
	if (replay.failed) {
		tell_failure(tally, path, replay.number, vec->name, replay.why);
	} else {
		tally->passed++;
		if (tally->verbose && !tally->json)
			printf("pass %s:%u: %s\n", path, vec->number, vec->name);
	}
	arena_free(&replay.arena);
}

static void run_file(struct tally *tally, const char *path)
{
	struct arena arena = {0};
	struct vec_error error;
	struct vec_file file;
	FILE *in = fopen(path, "r");

	if (!in) {
		tell_failure(tally, path, 0, NULL, strerror(errno));
		return;
	}
	if (vec_parse(&arena, in, &file, &error) < 0) {
		tell_failure(tally, path, error.number, NULL, error.text);
	} else {
		for (size_t i = 0; i < file.count; i++)
			run_case(tally, path, &file.cases[i]);
	}
	fclose(in);
	arena_free(&arena);
}

/* The last line is for machines, too: nothing may follow it. */
static void conclude(const struct tally *tally)
{
	printf("%u passed, %u failed\n", tally->passed, tally->failed);
}

static void conclude_json(const struct tally *tally)
{
	struct json *json = tally->json;

	json_close(json, ']');
	json_number(json, "passed", tally->passed);
	json_number(json, "failed", tally->failed);
	json_close(json, '}');
	json_end(json);
}

static int run(const struct cli_command *self, int argc, char **argv)
{
	struct json json = {.out = stdout};
	struct tally tally = {0};
	bool as_json = false;
	const struct cli_option options[] = {
		{"--verbose", "-v", &tally.verbose, NULL},
		{"--json", NULL, &as_json, NULL},
		{0},
	};
	int r;

	r = cli_parse(self, options, &argc, argv);
	if (r != 0)
		return r < 0 ? CLI_OK : r;
	if (argc == 0)
		return cli_misuse(self, "name at least one vector file");
	if (as_json) {
		tally.json = &json;
		json_open(&json, NULL, '{');
		json_open(&json, "failures", '[');
	}
	for (int i = 0; i < argc; i++)
		run_file(&tally, argv[i]);
	if (as_json)
		conclude_json(&tally);
	else
		conclude(&tally);
	return tally.failed ? CLI_FAILED : CLI_OK;
}

const struct cli_command cli_replay = {
	.name = "replay",
	.summary = "Run vector files through the library.",
	.usage = "[-v] [--json] FILE...",
	.help = "  -v, --verbose  a line for every case, not for failing ones alone\n"
		"  --json         the failures and the counts as JSON\n",
	.run = run,
};
