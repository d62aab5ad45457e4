/* SPDX-License-Identifier: MIT */
/*
 * Which revision does this iommufd speak, and what can it do for each architecture? On a real host
 * open /dev/iommu and call tsmreq_probe_fd(), before the jail is entered.
 */
#include <stdio.h>
#include <tsmreq/mock.h>
#include <tsmreq/tsmreq.h>

static void show_features(enum tsmreq_uapi uapi)
{
	for (int arch = TSMREQ_ARCH_CCA; arch <= TSMREQ_ARCH_TDX; arch++) {
		printf("  %s:", tsmreq_arch_to_string((enum tsmreq_arch)arch));
		for (int f = TSMREQ_FEATURE_BIND; f <= TSMREQ_FEATURE_BIND_AT_ALLOC; f++)
			if (tsmreq_uapi_has(uapi, (enum tsmreq_arch)arch, (enum tsmreq_feature)f))
				printf(" %s", tsmreq_feature_to_string((enum tsmreq_feature)f));
		printf("\n");
	}
}

int main(void)
{
	struct tsmreq_mock_opts kernel = {.size = sizeof(kernel), .uapi = TSMREQ_UAPI_V5};
	struct tsmreq_mock *mock = NULL;
	struct tsmreq_probe probe;
	char seen[512];
	int rc;

	if (tsmreq_mock_new(&mock, &kernel) < 0)
		return 1;
	rc = tsmreq_probe_transport(tsmreq_mock_get_transport(mock), &probe);
	tsmreq_mock_free(mock);
	if (rc < 0)
		return 1;

	tsmreq_probe_format(&probe, seen, sizeof(seen));
	printf("verdict %s, revision %s, %u ioctls: %s\n", tsmreq_verdict_to_string(probe.verdict),
	       tsmreq_uapi_to_string(probe.uapi), probe.count, seen);
	if (probe.verdict == TSMREQ_VERDICT_ROW)
		show_features(probe.uapi);
	return probe.uapi != TSMREQ_UAPI_V5;
}
