/* SPDX-License-Identifier: MIT */
#include "rev/rev.h"

static bool can_say(const struct rev_row *row, enum tsmreq_arch arch, enum tsmreq_op op)
{
	return tsmreq_rev_wire(row, arch, op) != REV_UNSAYABLE;
}

bool tsmreq_rev_has(const struct rev_row *row, enum tsmreq_arch arch, enum tsmreq_feature feature)
{
	bool arm = arch == TSMREQ_ARCH_CCA;
	bool sev = arch == TSMREQ_ARCH_SEV;
	bool tdx = arch == TSMREQ_ARCH_TDX;
	bool at_alloc = tsmreq_rev_binds_at_alloc(row);
	bool state = can_say(row, arch, TSMREQ_OP_SET_TDI_STATE);

	if (row->refusal != NULL || !(arm || sev || tdx))
		return false;
	switch (feature) {
	case TSMREQ_FEATURE_BIND:
		return true;
	case TSMREQ_FEATURE_UNBIND:
		return !at_alloc;
	case TSMREQ_FEATURE_LOCK:
		/* SEV's one byte has no value for it */
		return at_alloc ? state && !sev : true;
	case TSMREQ_FEATURE_RUN:
		return state;
	case TSMREQ_FEATURE_UNLOCK:
		return at_alloc ? state : true;
	case TSMREQ_FEATURE_VALIDATE:
		/* a TD validates without the host */
		return !tdx && can_say(row, arch, TSMREQ_OP_VALIDATE_MMIO);
	case TSMREQ_FEATURE_OBJECTS:
		/* SEV's READ_OBJECT carries a message, not an object */
		return !sev && can_say(row, arch, TSMREQ_OP_OBJECT_INFO);
	case TSMREQ_FEATURE_REGEN:
		/* only CCA has a public payload for it */
		return arm && can_say(row, arch, TSMREQ_OP_REGEN_OBJECT);
	case TSMREQ_FEATURE_SEV_DMA:
		/* on scope rows the message goes, but nothing tells the host's IOMMU */
		return row->layout == TSMREQ_LAYOUT_OP &&
		       can_say(row, arch, TSMREQ_OP_SEV_ENABLE_DMA);
	case TSMREQ_FEATURE_SEV_PAGES:
		return sev && can_say(row, arch, TSMREQ_OP_VALIDATE_MMIO);
	case TSMREQ_FEATURE_VDEV_REQUEST:
		return arm && row->payload == REV_PAYLOAD_MARCH;
	case TSMREQ_FEATURE_TSM_CODE:
		return row->tsm_code;
	case TSMREQ_FEATURE_RESIDUE:
		return row->residue;
	case TSMREQ_FEATURE_KVM_FD:
		return row->kvm_fd;
	case TSMREQ_FEATURE_BIND_AT_ALLOC:
		return at_alloc;
	case TSMREQ_FEATURE_FORCE_S32_:
		break;
	}
	return false;
}
