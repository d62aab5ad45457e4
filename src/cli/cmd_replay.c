/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/json.h"
#include "cli/replay.h"

/* ---- whose case is it */

static bool starts_with_one_of(const char *text, const char *const *words)
{
	for (; *words; words++) {
		if (strncmp(text, *words, strlen(*words)) == 0)
			return true;
	}
	return false;
}

/* The first words of abi that each guest's file uses; `in` lines tell rhi from the kernel's rfc1.
 */

static bool ghci_owns(const struct vec_case *vec)
{
	static const char *const words[] = {"tdcm-", "service-", "kvm-", NULL};
	const char *abi = vec_find(vec, VEC_ABI);

	return abi && starts_with_one_of(abi, words);
}

static bool ghcb_owns(const struct vec_case *vec)
{
	static const char *const words[] = {"tio-",	 "rfc1", "rfc2", "ghcb",
					    "req-certs", "psc",	 NULL};
	const char *abi = vec_find(vec, VEC_ABI);

	return abi && starts_with_one_of(abi, words);
}

static bool rhi_owns(const struct vec_case *vec)
{
	const char *in = vec_find(vec, VEC_IN);
	static const char *const words[] = {"x0=", "nr=", "flags=", "exit=", "event=", NULL};

	return in && starts_with_one_of(in, words);
}

/* A room without a runner is one that is not built yet: its cases wait, by name. */
static const struct room {
	bool (*owns)(const struct vec_case *vec);
	void (*run)(struct replay *replay);
	const char *missing;
} rooms[] = {
	{replay_probe_owns, replay_probe_run, NULL},
	{replay_uapi_owns, replay_uapi_run, NULL},
	{ghci_owns, NULL, "GHCI decoder and guest room"},
	{ghcb_owns, NULL, "GHCB decoder and guest room"},
	{rhi_owns, NULL, "RHI decoder and guest room"},
};

#define ROOMS (sizeof(rooms) / sizeof(rooms[0]))

/* ---- counting and telling */

struct tally {
	bool verbose;
	struct json *json; /* NULL: plain text */
	unsigned int passed;
	unsigned int failed;
	unsigned int waiting[ROOMS];
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

static void tell(const struct tally *tally, const char *word, const char *path,
		 const struct vec_case *vec)
{
	if (tally->verbose && !tally->json)
		printf("%s %s:%u: %s\n", word, path, vec->number, vec->name);
}

static void run_case(struct tally *tally, const char *path, const struct vec_case *vec)
{
	struct replay replay = {.vec = vec};
	size_t i;

	for (i = 0; i < ROOMS && !rooms[i].owns(vec); i++)
		continue;
	if (i < ROOMS && !rooms[i].run) {
		tally->waiting[i]++;
		tell(tally, "wait", path, vec);
		return;
	}
	if (i < ROOMS)
		rooms[i].run(&replay);
	else
		replay_fail(&replay, 0, "neither abi nor in says what this case is about");
	if (replay.failed) {
		tell_failure(tally, path, replay.number, vec->name, replay.why);
	} else {
		tally->passed++;
		tell(tally, "pass", path, vec);
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
	for (size_t i = 0; i < ROOMS; i++) {
		if (tally->waiting[i])
			printf("%u waiting for: %s\n", tally->waiting[i], rooms[i].missing);
	}
	printf("%u passed, %u failed\n", tally->passed, tally->failed);
}

static void conclude_json(const struct tally *tally)
{
	struct json *json = tally->json;

	json_close(json, ']');
	json_open(json, "waiting", '{');
	for (size_t i = 0; i < ROOMS; i++) {
		if (rooms[i].missing)
			json_number(json, rooms[i].missing, tally->waiting[i]);
	}
	json_close(json, '}');
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
