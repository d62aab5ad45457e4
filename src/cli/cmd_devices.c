/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tsmreq/host.h>
#include <tsmreq/text.h>

#include "cli/arena.h"
#include "cli/cli.h"
#include "cli/json.h"

/* Which TSM drives which device, as this host's sysfs says. */

struct name {
	char text[TSMREQ_HOST_NAME_SIZE];
};

struct inventory {
	const struct cli_command *self;
	struct tsmreq_host_opts opts;
	struct arena arena;
	struct name *names;
	struct tsmreq_host_device *devices;
	size_t count;
};

/* ---- which ones */

static int add_name(void *userdata, const char *name)
{
	struct inventory *inventory = userdata;
	struct name canonical = {{0}};

	/* what is no function is none of ours */
	if (tsmreq_host_parse_name(name, canonical.text) < 0)
		return 0;
	inventory->names = arena_grow(&inventory->arena, inventory->names, inventory->count,
				      sizeof(inventory->names[0]));
	inventory->names[inventory->count++] = canonical;
	return 0;
}

/* Domains may be longer than four digits: a longer name is a higher domain. */
static int compare(const void *a, const void *b)
{
	const char *one = a, *other = b;

	if (strlen(one) != strlen(other))
		return strlen(one) < strlen(other) ? -1 : 1;
	return strcmp(one, other);
}

static int list_names(struct inventory *inventory)
{
	int r = tsmreq_host_walk(&inventory->opts, add_name, inventory);

	if (r < 0)
		return cli_fail(inventory->self, "%s has no PCI functions to show: %s",
				inventory->opts.root, strerror(-r));
	if (inventory->count)
		qsort(inventory->names, inventory->count, sizeof(inventory->names[0]), compare);
	return CLI_OK;
}

static int take_names(struct inventory *inventory, int argc, char **argv)
{
	for (int i = 0; i < argc; i++) {
		size_t before = inventory->count;

		add_name(inventory, argv[i]);
		if (inventory->count == before)
			return cli_misuse(inventory->self,
					  "%s is no PCI function; they read 0000:01:00.0", argv[i]);
	}
	return CLI_OK;
}

/* ---- what is known */

static int fail(const struct inventory *inventory, const struct tsmreq_host_device *device, int rc)
{
	return cli_fail(inventory->self, "%s%s%s: %s", inventory->opts.root,
			device->fault[0] ? "/" : "", device->fault, strerror(-rc));
}

/*
 * @listed: a function that went away since it was listed is no failure. One that cannot be read is,
 * and hides no other.
 */
static int read_devices(struct inventory *inventory, bool listed, bool all)
{
	int r = CLI_OK, rc;
	size_t kept = 0;

	inventory->devices = arena_zalloc(&inventory->arena,
					  (inventory->count + 1) * sizeof(inventory->devices[0]));
	for (size_t i = 0; i < inventory->count; i++) {
		rc = tsmreq_host_read_device(inventory->names[i].text, &inventory->opts,
					     &inventory->devices[i]);
		if (listed && rc == -ENODEV)
			continue;
		if (rc < 0) {
			r = fail(inventory, &inventory->devices[i], rc);
			continue;
		}
		if (listed && !all && inventory->devices[i].capable != TSMREQ_HOST_YES)
			continue;
		inventory->devices[kept++] = inventory->devices[i];
	}
	inventory->count = kept;
	return r;
}

static int check_arch(const struct inventory *inventory, enum tsmreq_arch arch)
{
	char text[200];
	int r = CLI_OK;

	for (size_t i = 0; i < inventory->count; i++)
		if (tsmreq_host_check_arch(&inventory->devices[i], arch, text, sizeof(text)) < 0)
			r = cli_fail(inventory->self, "%s", text);
	return r;
}

/* ---- how it is shown */

static const char *name_arch(const struct tsmreq_host_device *device)
{
	return (int)device->arch ? tsmreq_arch_to_string(device->arch) : "unknown";
}

static const char *or_dash(const char *name)
{
	return name[0] ? name : "-";
}

static void print(const struct inventory *inventory)
{
	if (!inventory->count) {
		printf("no device is shown as TSM capable: no TSM driver has registered, or none "
		       "of its devices can\n");
		return;
	}
	printf("%-13s %-8s %-9s %-8s %-12s %-8s %-13s %-8s %s\n", "DEVICE", "CAPABLE", "CONNECTED",
	       "TSM", "DRIVER", "ARCH", "DSM", "BOUND", "AUTHENTICATED");
	for (size_t i = 0; i < inventory->count; i++) {
		const struct tsmreq_host_device *device = &inventory->devices[i];

		printf("%-13s %-8s %-9s %-8s %-12s %-8s %-13s %-8s %s\n", device->name,
		       tsmreq_host_answer_to_string(device->capable),
		       tsmreq_host_answer_to_string(device->connected), or_dash(device->tsm),
		       or_dash(device->driver), name_arch(device), or_dash(device->dsm),
		       tsmreq_host_answer_to_string(device->bound),
		       tsmreq_host_answer_to_string(device->authenticated));
	}
}

static void write_answer(struct json *json, const char *key, enum tsmreq_host_answer answer)
{
	json_string(json, key, tsmreq_host_answer_to_string(answer));
}

static void write_name(struct json *json, const char *key, const char *name)
{
	json_string(json, key, name[0] ? name : NULL);
}

static void write_json(const struct inventory *inventory)
{
	struct json json = {.out = stdout};

	json_open(&json, NULL, '[');
	for (size_t i = 0; i < inventory->count; i++) {
		const struct tsmreq_host_device *device = &inventory->devices[i];

		json_open(&json, NULL, '{');
		write_name(&json, "device", device->name);
		write_answer(&json, "capable", device->capable);
		write_answer(&json, "connected", device->connected);
		write_name(&json, "tsm", device->tsm);
		json_string(&json, "role", tsmreq_host_role_to_string(device->role));
		write_name(&json, "driver", device->driver);
		json_string(&json, "arch",
			    (int)device->arch ? tsmreq_arch_to_string(device->arch) : NULL);
		write_name(&json, "dsm", device->dsm);
		write_answer(&json, "bound", device->bound);
		write_answer(&json, "authenticated", device->authenticated);
		json_close(&json, '}');
	}
	json_close(&json, ']');
	json_end(&json);
}

static int show(struct inventory *inventory, int argc, char **argv, bool all, bool as_json,
		enum tsmreq_arch arch)
{
	int r = argc ? take_names(inventory, argc, argv) : list_names(inventory);

	if (r != CLI_OK)
		return r;
	r = read_devices(inventory, argc == 0, all);
	if (!inventory->count && r != CLI_OK)
		return r;
	if (as_json)
		write_json(inventory);
	else
		print(inventory);
	if ((int)arch && check_arch(inventory, arch) != CLI_OK)
		return CLI_FAILED;
	return r;
}

static int run(const struct cli_command *self, int argc, char **argv)
{
	struct inventory inventory = {.self = self, .opts = {.size = sizeof(inventory.opts)}};
	enum tsmreq_arch arch = (enum tsmreq_arch)0;
	const char *root = "/sys", *arch_word = NULL;
	bool all = false, as_json = false;
	const struct cli_option options[] = {
		{"--root", NULL, NULL, &root},
		{"--arch", NULL, NULL, &arch_word},
		{"--all", NULL, &all, NULL},
		{"--json", NULL, &as_json, NULL},
		{0},
	};
	int r;

	r = cli_parse(self, options, &argc, argv);
	if (r != 0)
		return r < 0 ? CLI_OK : r;
	if (arch_word && tsmreq_arch_from_string(arch_word, &arch) < 0)
		return cli_misuse(self, "no architecture is called %s; there are cca sev tdx",
				  arch_word);
	inventory.opts.root = root;
	r = show(&inventory, argc, argv, all, as_json, arch);
	arena_free(&inventory.arena);
	return r;
}

const struct cli_command cli_devices = {
	.name = "devices",
	.summary = "Show which TSM drives which device of this host.",
	.usage = "[DEVICE...] [--all] [--arch cca|sev|tdx] [--root DIR] [--json]",
	.help = "  DEVICE      these PCI functions, 0000:01:00.0 or 01:00.0; without one, all that are\n"
		"              shown as TSM capable\n"
		"  --all       the others, too\n"
		"  --arch A    exit 1 if one of them is another architecture's\n"
		"  --root DIR  where sysfs is, /sys without it\n"
		"  --json      an array of devices; null is a name that is not there\n\n"
		"\"unknown\" is what this kernel does not show; it is not \"no\".\n",
	.run = run,
};
