/* SPDX-License-Identifier: MIT */
#include "base/bytes.h"
#include "rev/rev.h"
#include "uapi/iommufd.h"

/* The ioctls around the request: TSM_OP, and making and destroying iommufd objects. */

_Static_assert(sizeof(struct uapi_viommu_alloc_kvm) <= REV_ARG_MAX, "REV_ARG_MAX");

#define AT(type, field) (arg + offsetof(struct type, field))

uint32_t tsmreq_rev_tsm_op_build(const struct rev_row *row, enum rev_tsm_op op, uint32_t vdevice_id,
				 uint8_t *arg)
{
	tsmreq_store_le32(arg, sizeof(struct uapi_tsm_op));
	tsmreq_store_le32(AT(uapi_tsm_op, type), op == REV_BIND ? UAPI_TSM_BIND : UAPI_TSM_UNBIND);
	tsmreq_store_le32(AT(uapi_tsm_op, vdevice_id), vdevice_id);
	return row->tsm_op_cmd;
}

uint32_t tsmreq_rev_destroy_build(uint32_t id, uint8_t *arg)
{
	tsmreq_store_le32(arg, sizeof(struct uapi_destroy));
	tsmreq_store_le32(AT(uapi_destroy, id), id);
	return UAPI_CMD(UAPI_NR_DESTROY);
}

uint32_t tsmreq_rev_viommu_build(const struct rev_row *row, const struct tsmreq_viommu_args *args,
				 uint8_t *arg)
{
	uint32_t size = sizeof(struct uapi_viommu_alloc);

	tsmreq_store_le32(AT(uapi_viommu_alloc, type), args->type);
	tsmreq_store_le32(AT(uapi_viommu_alloc, dev_id), args->dev_id);
	tsmreq_store_le32(AT(uapi_viommu_alloc, hwpt_id), args->hwpt_id);
	if (args->data.size != 0) {
		tsmreq_store_le32(AT(uapi_viommu_alloc, data_len), (uint32_t)args->data.size);
		tsmreq_store_le64(AT(uapi_viommu_alloc, data_uptr), (uintptr_t)args->data.data);
	}
	/* elsewhere the VM comes from VFIO */
	if (row->kvm_fd && args->kvm_fd >= 0) {
		size = sizeof(struct uapi_viommu_alloc_kvm);
		tsmreq_store_le32(AT(uapi_viommu_alloc, flags), UAPI_VIOMMU_KVM_FD);
		tsmreq_store_le32(AT(uapi_viommu_alloc_kvm, kvm_fd), (uint32_t)args->kvm_fd);
	}
	tsmreq_store_le32(arg, size);
	return UAPI_CMD(UAPI_NR_VIOMMU_ALLOC);
}

uint32_t tsmreq_rev_vdevice_build(const struct tsmreq_vdevice_args *args, uint8_t *arg)
{
	tsmreq_store_le32(arg, sizeof(struct uapi_vdevice_alloc));
	tsmreq_store_le32(AT(uapi_vdevice_alloc, viommu_id), args->viommu_id);
	tsmreq_store_le32(AT(uapi_vdevice_alloc, dev_id), args->dev_id);
	tsmreq_store_le64(AT(uapi_vdevice_alloc, virt_id), args->virt_id.raw);
	return UAPI_CMD(UAPI_NR_VDEVICE_ALLOC);
}

uint32_t tsmreq_rev_viommu_id(const uint8_t *arg)
{
	return tsmreq_load_le32(AT(uapi_viommu_alloc, out_viommu_id));
}

uint32_t tsmreq_rev_vdevice_id(const uint8_t *arg)
{
	return tsmreq_load_le32(AT(uapi_vdevice_alloc, out_vdevice_id));
}
