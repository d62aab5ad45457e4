/* SPDX-License-Identifier: MIT */
#include "evidence/family.h"

/*
 * device-evidence: include/uapi/linux/device-evidence.h of intel-staging/tdx. pci-tsm:
 * include/uapi/linux/pci-tsm-netlink.h of kernelorg-mirror/linux_kernel_git_devsec_tsm.
 */
static const struct evidence_family families[] = {
	{
		.family = TSMREQ_EVIDENCE_FAMILY_DEVICE_EVIDENCE,
		.name = "device-evidence",
		.type = 1,
		.type_mask = 2,
		.flags = 3,
		.subsys = 4,
		.dev_name = 5,
		.nonce = 6,
		.generation = 7,
		.length = 9,
		.val = 10,
	},
	{
		.family = TSMREQ_EVIDENCE_FAMILY_PCI_TSM,
		.name = "pci-tsm",
		.type = 1,
		.type_mask = 2,
		.flags = 3,
		.dev_name = 4,
		/* has a nonce, 5, that the kernel takes and never reads: not sent */
		.val = 6,
	},
};

const struct evidence_family *tsmreq_evidence_family_at(unsigned int i)
{
	return i < sizeof(families) / sizeof(families[0]) ? &families[i] : NULL;
}

const char *tsmreq_evidence_family_to_string(enum tsmreq_evidence_family family)
{
	if ((int)family == TSMREQ_EVIDENCE_FAMILY_AUTO)
		return "auto";
	for (unsigned int i = 0; i < sizeof(families) / sizeof(families[0]); i++)
		if (families[i].family == family)
			return families[i].name;
	return "unknown";
}

const char *tsmreq_evidence_type_to_string(enum tsmreq_evidence_type type)
{
	static const char *const names[TSMREQ_EVIDENCE_TYPES] = {
		"cert0", "cert1", "cert2", "cert3",	   "cert4",  "cert5",
		"cert6", "cert7", "vca",   "measurements", "report",
	};

	return (unsigned int)type < TSMREQ_EVIDENCE_TYPES ? names[type] : "unknown";
}
