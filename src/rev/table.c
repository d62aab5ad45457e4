/* SPDX-License-Identifier: MIT */
#include <stddef.h>

#include "rev/rev.h"
#include "uapi/iommufd.h"

#define NO REV_UNSAYABLE

/*
 * One column per neutral op, in the order of enum tsmreq_op:
 * READ_OBJECT REGEN_OBJECT OBJECT_INFO VALIDATE_MMIO SET_TDI_STATE
 * SEV_ENABLE_DMA SEV_DISABLE_DMA SEV_MMIO_CONFIG VDEV_REQUEST
 */
#define NOTHING                                    \
	{                                          \
		NO, NO, NO, NO, NO, NO, NO, NO, NO \
	}
#define CCA_TYPE                                 \
	{                                        \
		2, NO, 1, NO, NO, NO, NO, NO, NO \
	}
#define CCA_SCOPE                            \
	{                                    \
		0, 0, 0, 1, 1, NO, NO, NO, 0 \
	}
#define SEV_SCOPE                            \
	{                                    \
		0, NO, NO, 0, 1, 0, 0, 0, NO \
	}
#define ARM_JUNE                              \
	{                                     \
		1, 2, 3, 4, 5, NO, NO, NO, NO \
	}
#define SEV_JUNE                              \
	{                                     \
		1, NO, NO, 4, 5, 6, 7, NO, NO \
	}
#define ARM_V6_LIKE                              \
	{                                        \
		NO, NO, NO, 1, 2, NO, NO, NO, NO \
	}
#define SEV_V6_LIKE                            \
	{                                      \
		NO, NO, NO, 1, 2, 3, 4, NO, NO \
	}
#define ARM_OBJECTS                           \
	{                                     \
		5, 6, 7, 1, 2, NO, NO, NO, NO \
	}
#define SEV_OBJECTS                           \
	{                                     \
		5, NO, NO, 1, 2, 3, 4, NO, NO \
	}
/* TDX: nothing is public, so the op era lends it the ops that are not bound to SEV. */
#define WIRE(cca, sev, tdx)   \
	{                     \
		cca, sev, tdx \
	}

static const struct rev_row rows[] = {
	{
		.uapi = TSMREQ_UAPI_RFC1,
		.name = "rfc1",
		.layout = TSMREQ_LAYOUT_TYPE,
		.payload = REV_PAYLOAD_TYPE,
		.tsm_op_cmd = UAPI_CMD(UAPI_NR_95),
		.request_cmd = UAPI_CMD(UAPI_NR_96),
		.kvm_fd = true,
		.hides_errno = true,
		.vca_is_4 = true,
		.wire = WIRE(CCA_TYPE, NOTHING, NOTHING),
		.lineage = "type and type_info; the answer's length comes back in resp_len",
		.source = "[RFC PATCH v1 07..10/38], 2025-07-28, "
			  "20250728135216.48084-8-aneesh.kumar@kernel.org",
	},
	{
		.uapi = TSMREQ_UAPI_V2,
		.name = "v2",
		.layout = TSMREQ_LAYOUT_SCOPE,
		.payload = REV_PAYLOAD_MARCH,
		.tsm_op_cmd = UAPI_CMD(UAPI_NR_95),
		.request_cmd = UAPI_CMD(UAPI_NR_96),
		.residue = true,
		.kvm_fd = true,
		.vca_is_4 = true,
		.wire = WIRE(CCA_SCOPE, SEV_SCOPE, NOTHING),
		.lineage = "scope instead of type; the result is the residue",
		.source = "[PATCH v2 1..3/3], 2026-03-09, "
			  "20260309111704.2330479-2-aneesh.kumar@kernel.org",
	},
	{
		.uapi = TSMREQ_UAPI_V4,
		.name = "v4",
		.layout = TSMREQ_LAYOUT_SCOPE,
		.payload = REV_PAYLOAD_APRIL,
		.tsm_op_cmd = UAPI_CMD(UAPI_NR_95),
		.request_cmd = UAPI_CMD(UAPI_NR_96),
		.residue = true,
		.wire = WIRE(CCA_SCOPE, SEV_SCOPE, NOTHING),
		.lineage = "the KVM descriptor leaves; a reserved word where v2 has padding",
		.source = "cover letter, 2026-04-27, "
			  "20260427061005.901854-1-aneesh.kumar@kernel.org (text not read)",
	},
	{
		.uapi = TSMREQ_UAPI_V5,
		.name = "v5",
		.layout = TSMREQ_LAYOUT_SCOPE,
		.payload = REV_PAYLOAD_APRIL,
		.tsm_op_cmd = UAPI_CMD(UAPI_NR_95),
		.request_cmd = UAPI_CMD(UAPI_NR_96),
		.residue = true,
		.wire = WIRE(CCA_SCOPE, SEV_SCOPE, NOTHING),
		.lineage = "scope values are checked; the VM comes from VFIO",
		.source = "[PATCH v5 0..5/5], 2026-05-25, "
			  "20260525154816.1029642-1-aneesh.kumar@kernel.org",
	},
	{
		.uapi = TSMREQ_UAPI_V5_CODE,
		.name = "v5-code",
		.layout = TSMREQ_LAYOUT_SCOPE,
		.payload = REV_PAYLOAD_APRIL,
		.tsm_op_cmd = UAPI_CMD(UAPI_NR_95),
		.request_cmd = UAPI_CMD(UAPI_NR_96),
		.tsm_code = true,
		.residue = true,
		.wire = WIRE(CCA_SCOPE, SEV_SCOPE, NOTHING),
		.lineage = "tsm_code appended",
		.source = "the text the June proposal takes lines from, "
			  "yq5aik81sf22.fsf@kernel.org",
	},
	{
		.uapi = TSMREQ_UAPI_JUNE,
		.name = "june",
		.layout = TSMREQ_LAYOUT_OP,
		.payload = REV_PAYLOAD_OP,
		.tsm_op_cmd = UAPI_CMD(UAPI_NR_95),
		.request_cmd = UAPI_CMD(UAPI_NR_96),
		.tsm_code = true,
		.residue = true,
		.wire = WIRE(ARM_JUNE, SEV_JUNE, ARM_JUNE),
		.lineage = "op and tvm_arch instead of scope",
		.source = "Re: [PATCH v5 5/5], 2026-06-02, yq5aik81sf22.fsf@kernel.org",
	},
	{
		.uapi = TSMREQ_UAPI_V6_LIKE,
		.name = "v6-like",
		.layout = TSMREQ_LAYOUT_OP,
		.payload = REV_PAYLOAD_OP,
		.tsm_op_cmd = UAPI_CMD(UAPI_NR_96),
		.request_cmd = UAPI_CMD(UAPI_NR_97),
		.tsm_code = true,
		.residue = true,
		.wire = WIRE(ARM_V6_LIKE, SEV_V6_LIKE, ARM_V6_LIKE),
		.lineage = "object operations dropped, ops renumbered, both ioctls moved up by one",
		.source = "kamalca/linux include/uapi/linux/iommufd.h @58252340326a",
	},
	{
		.uapi = TSMREQ_UAPI_V6_OBJECTS,
		.name = "v6-objects",
		.layout = TSMREQ_LAYOUT_OP,
		.payload = REV_PAYLOAD_OP,
		.tsm_op_cmd = UAPI_CMD(UAPI_NR_96),
		.request_cmd = UAPI_CMD(UAPI_NR_97),
		.tsm_code = true,
		.residue = true,
		.wire = WIRE(ARM_OBJECTS, SEV_OBJECTS, ARM_OBJECTS),
		.lineage = "object operations return as 5, 6, 7",
		.source = "kamalca/linux include/uapi/linux/iommufd.h @747a79cb6440",
	},
	{
		.uapi = TSMREQ_UAPI_CCA_V7,
		.name = "cca-v7",
		.layout = TSMREQ_LAYOUT_OP,
		.payload = REV_PAYLOAD_OP,
		.request_cmd = UAPI_CMD(UAPI_NR_96),
		.tsm_code = true,
		.residue = true,
		.wire = WIRE(ARM_OBJECTS, SEV_OBJECTS, ARM_OBJECTS),
		.lineage = "TSM_OP removed: allocation binds, LOCK and UNLOCK are SET_TDI_STATE",
		.source = "linux-cca @2b68f486fdbc, by chris-oo/openvmm "
			  "vfio_sys/src/iommufd/tsm.rs",
	},
	{
		.uapi = TSMREQ_UAPI_AMD_RFC2,
		.name = "amd-rfc2",
		.wire = WIRE(NOTHING, NOTHING, NOTHING),
		.lineage = "bind 0x93, request 0x94, both with vIOMMU and device ids",
		.source = "[RFC PATCH v2 14/22], 2025-02-18, 20250218111017.491719-15-aik@amd.com",
		.refusal = "its numbers are VEVENTQ_ALLOC and HW_QUEUE_ALLOC in today's kernels",
	},
	{
		.uapi = TSMREQ_UAPI_AMD_TREE,
		.name = "amd-tree",
		.wire = WIRE(NOTHING, NOTHING, NOTHING),
		.lineage = "amd-rfc2 on 0x95 and 0x96, with flags",
		.source = "AMDESE/linux-kvm include/uapi/linux/iommufd.h @18879005c8ce",
		.refusal = "its numbers are TSM_OP and the request of other revisions",
	},
	{
		.uapi = TSMREQ_UAPI_CCA_RFC_MAY,
		.name = "cca-rfc-may",
		.wire = WIRE(NOTHING, NOTHING, NOTHING),
		.lineage = "bind 0x94, unbind 0x95, no request",
		.source = "[RFC PATCH 3/3], 2025-05-29, "
			  "20250529133757.462088-3-aneesh.kumar@kernel.org",
		.refusal = "it has no request, and its numbers have other owners today",
	},
	{
		.uapi = TSMREQ_UAPI_INTEL_RFC1,
		.name = "intel-rfc1",
		.wire = WIRE(NOTHING, NOTHING, NOTHING),
		.lineage = "bind on the VFIO descriptor, request 0x94",
		.source = "[RFC PATCH 21/30], 2025-05-29, "
			  "20250529053513.1592088-22-yilun.xu@linux.intel.com",
		.refusal = "its request number is HW_QUEUE_ALLOC in today's kernels",
	},
	{
		.uapi = TSMREQ_UAPI_VFIO_BIND,
		.name = "vfio-bind",
		.wire = WIRE(NOTHING, NOTHING, NOTHING),
		.lineage = "VFIO_DEVICE_TSM_BIND 0x3b7a, UNBIND 0x3b7b",
		.source = "[RFC PATCH 19/30], 2025-05-29, "
			  "20250529053513.1592088-20-yilun.xu@linux.intel.com",
		.refusal = "it was given up in review, and it is no iommufd ioctl",
	},
	{
		.uapi = TSMREQ_UAPI_V7,
		.name = "v7",
		.wire = WIRE(NOTHING, NOTHING, NOTHING),
		.lineage = "a reference-counted context replaces bind",
		.source = "[PATCH v7 00/16], 2026-10-08, "
			  "20261008055955.4014342-1-aneesh.kumar@kernel.org",
		.refusal = "the layout of the posted series is not known yet",
	},
};

const struct rev_row *tsmreq_rev_at(unsigned int i)
{
	return i < sizeof(rows) / sizeof(rows[0]) ? &rows[i] : NULL;
}

const struct rev_row *tsmreq_rev_find(enum tsmreq_uapi uapi)
{
	const struct rev_row *row;

	for (unsigned int i = 0; (row = tsmreq_rev_at(i)) != NULL; i++)
		if (row->uapi == uapi)
			return row;
	return NULL;
}
