/* SPDX-License-Identifier: MIT */
/*
 * Every verb on every revision and architecture of the mock, in plain C: what a machine without
 * cmocka can run. Prints a line for each and a checksum over them, equal on all machines.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <tsmreq/mock.h>
#include <tsmreq/tsmreq.h>

#include "verbs.h"

static uint64_t checksum = 0xcbf29ce484222325u; /* FNV-1a */

static void mix(const void *data, size_t size)
{
	const uint8_t *bytes = data;

	for (size_t i = 0; i < size; i++)
		checksum = (checksum ^ bytes[i]) * 0x100000001b3u;
}

/* Evidence whose every byte is its place, so that a swapped or shifted copy is seen. */
static int add_device(struct tsmreq_mock *mock, enum tsmreq_arch arch, struct tsmreq_vdevice_id *id)
{
	const struct tsmreq_mock_vdevice device = {
		.size = sizeof(device),
		.flags = TSMREQ_MOCK_OBJECTS,
		.arch = arch,
		.virt_id = {0x100},
	};
	uint8_t report[320];
	int rc = tsmreq_mock_add_vdevice(mock, &device, id);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < sizeof(report); i++)
		report[i] = (uint8_t)i;
	return tsmreq_mock_set_object(mock, *id, TSMREQ_OBJECT_INTERFACE_REPORT,
				      (struct tsmreq_bytes){report, sizeof(report)});
}

static void step(const char *where, const struct verb *verb, struct tsmreq_vdev *vdev)
{
	struct tsmreq_result result;
	char line[200];
	int rc, size;

	verb_filled = 0;
	rc = verb->call(vdev, &result);
	size = snprintf(line, sizeof(line), "%s %s: %s %s code=%" PRIx64 " residue=%" PRIu32 " %s",
			where, verb->name, rc == 0 ? "0" : tsmreq_errno_to_string(rc),
			tsmreq_outcome_to_string(result.outcome), result.tsm_code, result.residue,
			tsmreq_tdi_state_to_string(tsmreq_vdev_get_state(vdev)));
	puts(line);
	mix(line, (size_t)size);
	mix(verb_room, verb_filled);
}

static int walk(enum tsmreq_uapi uapi, enum tsmreq_arch arch)
{
	const struct tsmreq_mock_opts mock_opts = {.size = sizeof(mock_opts), .uapi = uapi};
	const struct tsmreq_ctx_opts ctx_opts = {.size = sizeof(ctx_opts), .uapi = uapi};
	struct tsmreq_vdevice_id id;
	struct tsmreq_mock *mock = NULL;
	struct tsmreq_ctx *ctx = NULL;
	struct tsmreq_vdev *vdev = NULL;
	char where[40];
	int rc;

	snprintf(where, sizeof(where), "%s %s", tsmreq_uapi_to_string(uapi),
		 tsmreq_arch_to_string(arch));
	rc = tsmreq_mock_new(&mock, &mock_opts);
	if (rc == 0)
		rc = add_device(mock, arch, &id);
	if (rc == 0)
		rc = tsmreq_ctx_new_from_transport(&ctx, tsmreq_mock_get_transport(mock),
						   &ctx_opts);
	if (rc == 0)
		rc = tsmreq_vdev_new(&vdev, ctx, id, arch, NULL);
	if (rc == 0)
		for (size_t i = 0; i < VERB_COUNT; i++)
			step(where, &verbs[i], vdev);
	else
		fprintf(stderr, "%s: %s\n", where, tsmreq_errno_to_string(rc));
	tsmreq_vdev_free(vdev);
	tsmreq_ctx_free(ctx);
	tsmreq_mock_free(mock);
	return rc;
}

int main(void)
{
	struct tsmreq_uapi_info info;
	enum tsmreq_uapi uapi;
	int rows = 0;

	for (unsigned int i = 0; tsmreq_uapi_at(i, &uapi); i++) {
		if (tsmreq_uapi_get_info(uapi, &info) < 0)
			return 1;
		if (info.refusal != NULL)
			continue;
		rows++;
		for (int arch = TSMREQ_ARCH_CCA; arch <= TSMREQ_ARCH_TDX; arch++)
			if (walk(uapi, (enum tsmreq_arch)arch) < 0)
				return 1;
	}
	printf("%d revisions, 3 architectures, %zu verbs: %016" PRIx64 "\n", rows, VERB_COUNT,
	       checksum);
	return rows == 0;
}
