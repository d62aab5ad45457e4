/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>
#include <tsmreq/text.h>

#include "cli/cli.h"
#include "cli/json.h"

/* The table of revisions, as the library has it. */

static const enum tsmreq_arch archs[] = {TSMREQ_ARCH_CCA, TSMREQ_ARCH_SEV, TSMREQ_ARCH_TDX};

#define ARCHS	      (sizeof(archs) / sizeof(archs[0]))
#define OP_FIRST      TSMREQ_OP_READ_OBJECT
#define OP_LAST	      TSMREQ_OP_VDEV_REQUEST
#define FEATURE_FIRST TSMREQ_FEATURE_BIND
#define FEATURE_LAST  TSMREQ_FEATURE_BIND_AT_ALLOC

/* Features of the row itself stand once, not once for each architecture. */
static bool is_of_row(enum tsmreq_feature feature)
{
	return feature == TSMREQ_FEATURE_TSM_CODE || feature == TSMREQ_FEATURE_RESIDUE ||
	       feature == TSMREQ_FEATURE_KVM_FD || feature == TSMREQ_FEATURE_BIND_AT_ALLOC;
}

/* ---- for people */

static void print_cmd(uint32_t cmd)
{
	if (cmd)
		printf("0x%04" PRIx32 "  ", cmd);
	else
		printf("%-8s", "-");
}

static void print_features(enum tsmreq_uapi uapi, enum tsmreq_arch arch, bool of_row)
{
	bool some = false;

	for (int f = FEATURE_FIRST; f <= FEATURE_LAST; f++) {
		enum tsmreq_feature feature = (enum tsmreq_feature)f;

		if (is_of_row(feature) != of_row || !tsmreq_uapi_has(uapi, arch, feature))
			continue;
		printf(" %s", tsmreq_feature_to_string(feature));
		some = true;
	}
	printf(some ? "\n" : " -\n");
}

static void print_ops(enum tsmreq_uapi uapi, enum tsmreq_arch arch)
{
	bool some = false;
	uint32_t wire;

	for (int o = OP_FIRST; o <= OP_LAST; o++) {
		enum tsmreq_op op = (enum tsmreq_op)o;

		if (tsmreq_uapi_get_wire(uapi, arch, op, &wire) < 0)
			continue;
		printf(" %s=%" PRIu32, tsmreq_op_to_string(op), wire);
		some = true;
	}
	printf(some ? "\n" : " -\n");
}

static void print_row(enum tsmreq_uapi uapi, const struct tsmreq_uapi_info *info)
{
	printf("%-12s  ", info->name);
	print_cmd(info->op_cmd);
	print_cmd(info->request_cmd);
	printf("%4" PRIu32 "  %-6s", info->request_size, tsmreq_layout_to_string(info->layout));
	print_features(uapi, TSMREQ_ARCH_CCA, true);
	printf("              %s\n", info->lineage);
	for (size_t i = 0; i < ARCHS; i++) {
		printf("  %s  can  ", tsmreq_arch_to_string(archs[i]));
		print_features(uapi, archs[i], false);
		printf("       %-6s", tsmreq_layout_to_string(info->layout));
		print_ops(uapi, archs[i]);
	}
}

static void print_refused(const struct tsmreq_uapi_info *info)
{
	printf("%-12s  never spoken: %s\n", info->name, info->refusal);
	printf("              %s\n", info->lineage);
}

static void print_header(void)
{
	printf("%-12s  %-6s  %-7s %4s  %-6s %s\n", "REVISION", "TSM_OP", "REQUEST", "SIZE",
	       "LAYOUT", "FEATURES");
}

static void print_one(enum tsmreq_uapi uapi, const struct tsmreq_uapi_info *info)
{
	if (info->refusal) {
		print_refused(info);
	} else {
		print_header();
		print_row(uapi, info);
	}
	printf("\nread from: %s\n", info->source);
}

static void print_all(void)
{
	struct tsmreq_uapi_info info;
	enum tsmreq_uapi uapi;
	bool refused = false;

	print_header();
	for (unsigned int i = 0; tsmreq_uapi_at(i, &uapi); i++) {
		if (tsmreq_uapi_get_info(uapi, &info) < 0)
			continue;
		if (info.refusal && !refused)
			printf("KNOWN AND REFUSED\n");
		refused = info.refusal;
		if (refused) {
			print_refused(&info);
			continue;
		}
		print_row(uapi, &info);
		putchar('\n');
	}
}

/* ---- for programs */

static void write_arch(struct json *json, enum tsmreq_uapi uapi, enum tsmreq_arch arch)
{
	uint32_t wire;

	json_open(json, tsmreq_arch_to_string(arch), '{');
	json_open(json, "features", '[');
	for (int f = FEATURE_FIRST; f <= FEATURE_LAST; f++) {
		if (tsmreq_uapi_has(uapi, arch, (enum tsmreq_feature)f))
			json_string(json, NULL, tsmreq_feature_to_string((enum tsmreq_feature)f));
	}
	json_close(json, ']');
	json_open(json, "ops", '{');
	for (int o = OP_FIRST; o <= OP_LAST; o++) {
		if (tsmreq_uapi_get_wire(uapi, arch, (enum tsmreq_op)o, &wire) == 0)
			json_number(json, tsmreq_op_to_string((enum tsmreq_op)o), wire);
	}
	json_close(json, '}');
	json_close(json, '}');
}

static void write_cmd(struct json *json, const char *key, uint32_t cmd)
{
	if (cmd)
		json_hex(json, key, cmd);
	else
		json_string(json, key, NULL);
}

static void write_one(struct json *json, enum tsmreq_uapi uapi, const struct tsmreq_uapi_info *info)
{
	json_open(json, NULL, '{');
	json_string(json, "name", info->name);
	json_string(json, "lineage", info->lineage);
	json_string(json, "source", info->source);
	json_string(json, "refusal", info->refusal);
	json_string(json, "layout", tsmreq_layout_to_string(info->layout));
	write_cmd(json, "op_cmd", info->op_cmd);
	write_cmd(json, "request_cmd", info->request_cmd);
	json_number(json, "request_size", info->request_size);
	json_open(json, "archs", '{');
	for (size_t i = 0; i < ARCHS && !info->refusal; i++)
		write_arch(json, uapi, archs[i]);
	json_close(json, '}');
	json_close(json, '}');
}

static void write_all(struct json *json)
{
	struct tsmreq_uapi_info info;
	enum tsmreq_uapi uapi;

	json_open(json, NULL, '[');
	for (unsigned int i = 0; tsmreq_uapi_at(i, &uapi); i++) {
		if (tsmreq_uapi_get_info(uapi, &info) == 0)
			write_one(json, uapi, &info);
	}
	json_close(json, ']');
}

static int run(const struct cli_command *self, int argc, char **argv)
{
	struct json json = {.out = stdout};
	struct tsmreq_uapi_info info;
	enum tsmreq_uapi uapi;
	bool as_json = false;
	const struct cli_option options[] = {{"--json", NULL, &as_json, NULL}, {0}};
	int r;

	r = cli_parse(self, options, &argc, argv);
	if (r != 0)
		return r < 0 ? CLI_OK : r;
	if (argc > 1)
		return cli_misuse(self, "one revision at most, or none for all");
	if (argc == 0) {
		if (as_json)
			write_all(&json);
		else
			print_all();
	} else {
		r = cli_parse_uapi(self, argv[0], &uapi);
		if (r != 0)
			return r;
		if (tsmreq_uapi_get_info(uapi, &info) < 0)
			return cli_fail(self, "%s has no row", argv[0]);
		if (as_json)
			write_one(&json, uapi, &info);
		else
			print_one(uapi, &info);
	}
	if (as_json)
		json_end(&json);
	return CLI_OK;
}

const struct cli_command cli_uapi = {
	.name = "uapi",
	.summary = "Show the revisions of the kernel interface, and what each can do.",
	.usage = "[--json] [REVISION]",
	.help = "  --json  the same as JSON\n",
	.run = run,
};
