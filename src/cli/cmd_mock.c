/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tsmreq/mock.h>
#include <tsmreq/text.h>
#include <unistd.h>

#include "cli/arena.h"
#include "cli/cli.h"
#include "cli/input.h"
#include "cli/walk.h"

/* Runs a program to which /dev/iommu is the mock kernel. */

#define OBJECT	   "libtsmreq-mock-preload.so"
#define SCRIPT_MAX 65535u /* what the door reads */

struct options {
	const char *uapi;
	const char *arch;
	const char *devices;
	const char *fault;
	const char *script;
	const char *journal;
	const char *door;
	const char *object;
	bool check;
	bool selftest;
	unsigned long count; /* of devices */
};

/* ---- where the door is */

/* Beside this command as it was built, or as it was installed. */
static bool find_object(char *ret, size_t size)
{
	static const char *const places[] = {"../preload/" OBJECT,
					     "../" INSTALLED_LIBDIR "/" OBJECT};
	char self[PATH_MAX];
	const ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;

	if (length < 0)
		return false;
	self[length] = '\0';
	slash = strrchr(self, '/');
	if (!slash)
		return false;
	*slash = '\0';
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		if ((size_t)snprintf(ret, size, "%s/%s", self, places[i]) < size &&
		    access(ret, R_OK) == 0)
			return true;
	}
	return false;
}

static int preload(const struct cli_command *self, const struct options *options)
{
	const char *others = getenv("LD_PRELOAD");
	char found[PATH_MAX + 64], absolute[PATH_MAX], list[2 * PATH_MAX + 128];
	const char *object = options->object;

	if (!object && !find_object(found, sizeof(found)))
		return cli_fail(self,
				"%s is neither beside this command nor installed with it; name "
				"it with --object",
				OBJECT);
	if (!object)
		object = found;
	/* wherever the program goes, it is found again */
	if (!realpath(object, absolute) || access(absolute, R_OK) < 0)
		return cli_fail(self, "%s: %s", object, strerror(errno));
	/* the program would run without it, and open the real thing */
	if (strpbrk(absolute, ": "))
		return cli_fail(self, "%s: no object with a blank or a colon in its path is loaded",
				absolute);
	snprintf(list, sizeof(list), "%s%s%s", absolute, others && *others ? ":" : "",
		 others ? others : "");
	return setenv("LD_PRELOAD", list, 1) < 0 ? cli_fail(self, "%s", strerror(errno)) : CLI_OK;
}

/* ---- what the kernel is */

static int put_number(const struct cli_command *self, const char *name, unsigned int value)
{
	char text[16];

	snprintf(text, sizeof(text), "%u", value);
	return setenv(name, text, 1) < 0 ? cli_fail(self, "%s", strerror(errno)) : CLI_OK;
}

static int put_text(const struct cli_command *self, const char *name, const char *value)
{
	const int rc = value ? setenv(name, value, 1) : unsetenv(name);

	return rc < 0 ? cli_fail(self, "%s", strerror(errno)) : CLI_OK;
}

static int put_kernel(const struct cli_command *self, const struct options *options)
{
	enum tsmreq_arch arch = TSMREQ_ARCH_CCA;
	enum tsmreq_uapi uapi = TSMREQ_UAPI_PROBE;
	int r = CLI_OK;

	if (options->arch && tsmreq_arch_from_string(options->arch, &arch) < 0)
		return cli_misuse(self, "no architecture is called %s; there are cca sev tdx",
				  options->arch);
	if (options->uapi)
		r = cli_parse_spoken(self, options->uapi, &uapi);
	else if (!walk_find_newest(arch, &uapi))
		r = cli_fail(self, "no revision can carry %s", tsmreq_arch_to_string(arch));
	if (r == CLI_OK)
		r = put_number(self, "TSMREQ_MOCK_UAPI", uapi);
	return r == CLI_OK ? put_number(self, "TSMREQ_MOCK_ARCH", arch) : r;
}

static int put_devices(const struct cli_command *self, struct options *options)
{
	const char *word = options->devices;
	char *end;

	options->count = word ? strtoul(word, &end, 10) : 1;
	if (word && (!*word || *end || options->count > 4096))
		return cli_misuse(self, "--devices takes a number up to 4096, not %s", word);
	return put_number(self, "TSMREQ_MOCK_DEVICES", (unsigned int)options->count);
}

/* ---- what goes wrong: tried on a kernel here, before a program cannot open its own */

static int misuse_fault(const struct cli_command *self, const char *word)
{
	return cli_misuse(self,
			  "--fault takes ID:WORD or random:SEED:PERMILLE, not %s; tsmreq-mock(7) "
			  "has the words",
			  word);
}

static bool are_dice(const char *text)
{
	unsigned long permille = 0;
	char *end;

	(void)strtoull(text, &end, 10);
	if (end != text && *end == ':') {
		text = end + 1;
		permille = strtoul(text, &end, 10);
	}
	return end != text && !*end && permille <= 1000;
}

static int try_fault(const struct cli_command *self, struct tsmreq_mock *mock,
		     unsigned long objects, const char *word)
{
	unsigned long id;
	char *end;

	if (strncmp(word, "random:", 7) == 0)
		return are_dice(word + 7) ? CLI_OK : misuse_fault(self, word);
	id = strtoul(word, &end, 10);
	if (end == word || *end != ':')
		return misuse_fault(self, word);
	if (id == 0 || id > objects)
		return cli_misuse(self, "--fault %s: there are objects 1 to %lu", word, objects);
	/* one word may have ended the device already */
	if (tsmreq_mock_set_fault(mock, 1, end + 1) == -EINVAL)
		return misuse_fault(self, word);
	return CLI_OK;
}

static int try_faults(const struct cli_command *self, struct tsmreq_mock *mock,
		      const struct options *options)
{
	const char *list = options->fault;
	char word[64];
	int r = CLI_OK;

	while (r == CLI_OK && list && *list) {
		const size_t length = strcspn(list, ",");

		snprintf(word, sizeof(word), "%.*s", (int)length, list);
		r = length < sizeof(word) ? try_fault(self, mock, 2 * options->count, word)
					  : misuse_fault(self, word);
		list += length + (list[length] == ',');
	}
	return r;
}

static int try_script(const struct cli_command *self, struct tsmreq_mock *mock, const char *path)
{
	struct arena arena = {0};
	struct tsmreq_bytes file;
	int r = CLI_OK;
	const char *text;

	if (!path)
		return CLI_OK;
	r = input_file(self, &arena, path, &file);
	if (r == CLI_OK && file.size > SCRIPT_MAX)
		r = cli_fail(self, "%s: more than %u bytes", path, SCRIPT_MAX);
	text = r == CLI_OK ? arena_strndup(&arena, (const char *)file.data, file.size) : NULL;
	if (text && tsmreq_mock_set_script(mock, text) < 0)
		r = cli_fail(self, "%s: not lines CALL ID WORD in the order of the calls", path);
	arena_free(&arena);
	return r;
}

static int try_trouble(const struct cli_command *self, const struct options *options)
{
	const struct tsmreq_mock_opts opts = {.size = sizeof(opts), .uapi = TSMREQ_UAPI_CCA_V7};
	struct tsmreq_mock *mock;
	int r = CLI_OK;

	if (tsmreq_mock_new(&mock, &opts) < 0 ||
	    tsmreq_mock_add_object(mock, TSMREQ_MOCK_DEVICE, 1, NULL) < 0)
		r = cli_fail(self, "out of memory");
	if (r == CLI_OK)
		r = try_faults(self, mock, options);
	if (r == CLI_OK)
		r = try_script(self, mock, options->script);
	tsmreq_mock_free(mock);
	return r;
}

static int put_script(const struct cli_command *self, const char *path)
{
	char absolute[PATH_MAX];

	if (!path)
		return put_text(self, "TSMREQ_MOCK_SCRIPT", NULL);
	if (!realpath(path, absolute) || access(absolute, R_OK) < 0)
		return cli_fail(self, "%s: %s", path, strerror(errno));
	return put_text(self, "TSMREQ_MOCK_SCRIPT", absolute);
}

/* The journal belongs to this run: an old one is not added to. */
static int put_journal(const struct cli_command *self, const char *path)
{
	char absolute[PATH_MAX];
	FILE *file;

	if (!path)
		return put_text(self, "TSMREQ_MOCK_JOURNAL", NULL);
	file = fopen(path, "w");
	if (!file || fclose(file) != 0 || !realpath(path, absolute))
		return cli_fail(self, "%s: %s", path, strerror(errno));
	return put_text(self, "TSMREQ_MOCK_JOURNAL", absolute);
}

static int run(const struct cli_command *self, int argc, char **argv)
{
	struct options options = {0};
	const struct cli_option table[] = {
		{"--uapi", NULL, NULL, &options.uapi},
		{"--arch", NULL, NULL, &options.arch},
		{"--devices", NULL, NULL, &options.devices},
		{"--fault", NULL, NULL, &options.fault},
		{"--script", NULL, NULL, &options.script},
		{"--journal", NULL, NULL, &options.journal},
		{"--door", NULL, NULL, &options.door},
		{"--object", NULL, NULL, &options.object},
		{"--check-pointers", NULL, &options.check, NULL},
		{"--selftest", NULL, &options.selftest, NULL},
		{0},
	};
	int r;

	r = cli_parse(self, table, &argc, argv);
	if (r != 0)
		return r < 0 ? CLI_OK : r;
	if (argc == 0)
		return cli_misuse(self, "name a command to run, after --");
	if (options.door && strcmp(options.door, "preload") != 0)
		return cli_misuse(self, "no door is called %s; there is preload", options.door);
	r = put_kernel(self, &options);
	if (r == CLI_OK)
		r = put_devices(self, &options);
	if (r == CLI_OK)
		r = try_trouble(self, &options);
	if (r == CLI_OK)
		r = put_text(self, "TSMREQ_MOCK_FAULT", options.fault);
	if (r == CLI_OK)
		r = put_script(self, options.script);
	if (r == CLI_OK)
		r = put_number(self, "TSMREQ_MOCK_CHECK", options.check);
	if (r == CLI_OK)
		r = put_number(self, "TSMREQ_MOCK_SELFTEST", options.selftest);
	if (r == CLI_OK)
		r = put_journal(self, options.journal);
	if (r == CLI_OK)
		r = preload(self, &options);
	if (r != CLI_OK)
		return r;
	argv[argc] = NULL;
	fflush(stdout);
	execvp(argv[0], argv);
	return cli_fail(self, "%s: %s", argv[0], strerror(errno));
}

const struct cli_command cli_mock = {
	.name = "mock",
	.summary = "Run a program to which /dev/iommu is the mock kernel.",
	.usage = "[--uapi REVISION] [--arch cca|sev|tdx] [--devices N] [--fault ID:WORD,...] "
		 "[--script FILE] [--journal FILE] [--check-pointers] [--selftest] "
		 "[--door preload] [--object PATH] -- COMMAND [ARGUMENT...]",
	.help = "  --uapi REVISION   what the kernel speaks; the newest that carries ARCH without it\n"
		"  --arch ARCH       the TSM behind the devices; cca without it\n"
		"  --devices N       devices 1 to N, their vDevices N+1 to 2N; 1 without it\n"
		"  --fault LIST      trouble from the start: object id, colon, word (tsmreq-mock(7))\n"
		"                    or random:SEED:PERMILLE, by dice\n"
		"  --script FILE     trouble by the call: lines CALL ID WORD\n"
		"  --journal FILE    every call, as lines of a vector file\n"
		"  --check-pointers  a bad pointer is EFAULT, as in a kernel; slower\n"
		"  --selftest        a kernel built with CONFIG_IOMMUFD_TEST, as far as that needs no\n"
		"                    simulated device\n"
		"  --door preload    how the program is reached: a dynamic program's libc calls\n"
		"  --object PATH     the preload object, where it is not found by itself\n"
		"\nThe exit status is the command's.\n",
	.run = run,
};
