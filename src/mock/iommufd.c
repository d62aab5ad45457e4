/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stddef.h>

#include "base/bytes.h"
#include "mock/engine.h"

/* The numbers every iommufd has, and the objects vDevices stand on. */

static uint32_t arg32(const struct mock_call *call, uint32_t offset)
{
	return tsmreq_load_le32(call->arg + offset);
}

static struct mock_object *get(const struct mock_call *call, uint32_t offset,
			       enum tsmreq_mock_kind kind)
{
	return tsmreq_mock_object_get(&call->engine->objects, arg32(call, offset), kind);
}

static int make(struct mock_object **ret, struct mock_call *call, enum tsmreq_mock_kind kind)
{
	int err = tsmreq_mock_object_new(ret, &call->engine->objects, kind, 0);

	if (err == 0)
		call->made = *ret;
	return err;
}

/* The last step of every allocation: the new id goes out. */
static int tell_id(struct mock_call *call, uint32_t offset, struct mock_fault *fault)
{
	tsmreq_store_le32(call->arg + offset, call->made->id);
	return tsmreq_mock_engine_copy_back(call, fault);
}

void tsmreq_mock_iommufd_drop(struct mock_engine *engine, struct mock_object *object,
			      bool tombstone)
{
	if (object->kind == TSMREQ_MOCK_VDEVICE)
		tsmreq_mock_tsm_unbind(tsmreq_mock_object_tdi(object), &object->fault);
	if (object->kind == TSMREQ_MOCK_HWPT && object->parent != NULL &&
	    object->parent->kind == TSMREQ_MOCK_IOAS)
		tsmreq_mock_iova_remove_domain(&object->parent->iova);
	if (engine->vfio_ioas == object)
		engine->vfio_ioas = NULL;
	tsmreq_mock_object_remove(&engine->objects, object, tombstone);
}

static int destroy(struct mock_call *call)
{
	struct mock_object *object =
		tsmreq_mock_object_find(&call->engine->objects, arg32(call, 4));

	if (object == NULL)
		return -ENOENT;
	if (object->users != 0 || object->fault.busy || object->fault.in_use ||
	    tsmreq_mock_engine_is_in_flight(call->engine, object->id))
		return -EBUSY;
	tsmreq_mock_iommufd_drop(call->engine, object, false);
	return 0;
}

enum {
	HWPT_NEST_PARENT = 0x1,
	HWPT_DIRTY_TRACKING = 0x2,
	HWPT_FAULT_ID = 0x4,
	HWPT_PASID = 0x8,
	HWPT_DATA_SMMUV3 = 2,
	HWPT_STE_SIZE = 16,
};

/* Stage 1 in the guest's hands: one stream table entry, over a nesting parent or a vIOMMU. */
static int check_nested(const struct mock_call *call, const struct mock_object *on)
{
	uint8_t ste[HWPT_STE_SIZE];

	if ((arg32(call, 4) & ~(uint32_t)HWPT_FAULT_ID) != 0 || arg32(call, 28) == 0)
		return -EOPNOTSUPP;
	if (on->kind == TSMREQ_MOCK_HWPT && !on->nesting_parent)
		return -EINVAL;
	if (arg32(call, 24) != HWPT_DATA_SMMUV3)
		return -EOPNOTSUPP;
	if (arg32(call, 28) < HWPT_STE_SIZE)
		return -EINVAL;
	return call->memory->read(call->memory, ste, tsmreq_load_le64(call->arg + 32), sizeof(ste));
}

static int check_paging(const struct mock_call *call)
{
	/* neither dirty tracking nor PASID in this hardware, and nothing to set up by hand */
	if ((arg32(call, 4) & (HWPT_DIRTY_TRACKING | HWPT_PASID)) != 0 || arg32(call, 28) != 0)
		return -EOPNOTSUPP;
	return 0;
}

static int check_hwpt(const struct mock_call *call, const struct mock_object *on)
{
	int err = on->kind == TSMREQ_MOCK_IOAS ? check_paging(call) : check_nested(call, on);

	/* there is no fault queue to be had, so none can be named */
	if (err == 0 && (arg32(call, 4) & HWPT_FAULT_ID) != 0)
		return -ENOENT;
	return err;
}

static int hwpt_alloc(struct mock_call *call)
{
	const uint32_t known = HWPT_NEST_PARENT | HWPT_DIRTY_TRACKING | HWPT_FAULT_ID | HWPT_PASID;
	uint32_t flags = arg32(call, 4);
	struct mock_object *device;
	struct mock_object *hwpt;
	struct mock_object *on;
	int err;

	if ((flags & ~known) != 0 || arg32(call, 20) != 0)
		return -EOPNOTSUPP;
	if ((arg32(call, 24) == 0) != (arg32(call, 28) == 0))
		return -EINVAL;
	device = get(call, 8, TSMREQ_MOCK_DEVICE);
	if (device == NULL)
		return -ENOENT;
	on = tsmreq_mock_object_find(&call->engine->objects, arg32(call, 12));
	if (on == NULL || on->kind == TSMREQ_MOCK_DEVICE || on->kind == TSMREQ_MOCK_VDEVICE)
		return -EINVAL;
	err = check_hwpt(call, on);
	if (err == 0)
		err = make(&hwpt, call, TSMREQ_MOCK_HWPT);
	if (err != 0)
		return err;
	hwpt->nesting_parent = (flags & HWPT_NEST_PARENT) != 0;
	if (on->kind == TSMREQ_MOCK_IOAS)
		err = tsmreq_mock_ioas_add_domain(call, on);
	if (err != 0)
		return err;
	tsmreq_mock_object_set_parent(hwpt, on);
	return tell_id(call, 16, tsmreq_mock_engine_fault(call, device));
}

enum {
	VIOMMU_KVM_FD = 0x1,
	VIOMMU_DEFAULT = 0,
	VIOMMU_TEGRA241 = 2,
	VIOMMU_REALM = 3,
};

/* Mainline knows two types; the trees that have a TSM one more. */
static bool has_viommu(const struct mock_row *row, uint32_t type)
{
	return type <= (row->request_nr != 0 ? VIOMMU_REALM : VIOMMU_TEGRA241);
}

/* The VM that VFIO brought along, if it did. A Realm's vIOMMU is nothing without it. */
static int take_vm(const struct mock_object *device, uint32_t type, struct mock_object *viommu)
{
	viommu->has_vm = !device->fault.no_kvm;
	return type == VIOMMU_REALM && !viommu->has_vm ? -EINVAL : 0;
}

/*
 * The VM by its descriptor, tested after everything else. There is no KVM in here, so any number
 * that could be a descriptor is taken for a VM.
 */
static int take_vm_descriptor(const struct mock_call *call, struct mock_object *viommu)
{
	if ((arg32(call, 4) & VIOMMU_KVM_FD) == 0)
		return 0;
	if (arg32(call, 40) > INT32_MAX)
		return -EBADF;
	viommu->has_vm = true;
	return 0;
}

int tsmreq_mock_iommufd_viommu_alloc(struct mock_call *call)
{
	const struct mock_row *row = call->engine->row;
	uint32_t type = arg32(call, 8);
	struct mock_object *device;
	struct mock_object *viommu;
	struct mock_object *hwpt;
	struct mock_fault *fault;
	int err;

	if ((arg32(call, 4) & ~(row->kvm_fd ? (uint32_t)VIOMMU_KVM_FD : 0)) != 0 ||
	    type == VIOMMU_DEFAULT)
		return -EOPNOTSUPP;
	device = get(call, 12, TSMREQ_MOCK_DEVICE);
	if (device == NULL)
		return -ENOENT;
	if (!has_viommu(row, type))
		return -EOPNOTSUPP;
	hwpt = get(call, 16, TSMREQ_MOCK_HWPT);
	if (hwpt == NULL)
		return -ENOENT;
	if (!hwpt->nesting_parent)
		return -EINVAL;
	err = make(&viommu, call, TSMREQ_MOCK_VIOMMU);
	if (err != 0)
		return err;
	tsmreq_mock_object_set_parent(viommu, hwpt);
	fault = tsmreq_mock_engine_fault(call, device);
	if (!row->kvm_fd)
		err = take_vm(device, type, viommu);
	if (err == 0)
		err = fault->backend;
	if (err == 0 && row->kvm_fd)
		err = take_vm_descriptor(call, viommu);
	if (err == 0)
		err = fault->after;
	return err != 0 ? err : tell_id(call, 20, fault);
}

/* One that was put into the table by hand belongs to every vIOMMU. */
static bool virt_id_taken(const struct mock_table *table, const struct mock_object *viommu,
			  uint64_t virt_id)
{
	for (size_t i = 0; i < table->count; i++) {
		struct mock_object *object = table->slots[i];

		if (object->kind == TSMREQ_MOCK_VDEVICE &&
		    (object->parent == viommu || object->parent == NULL) &&
		    tsmreq_mock_object_tdi(object)->virt_id == virt_id)
			return true;
	}
	return false;
}

static int vdevice_alloc(struct mock_call *call)
{
	const struct mock_engine *engine = call->engine;
	uint64_t virt_id = tsmreq_load_le64(call->arg + 16);
	struct mock_object *vdevice;
	struct mock_object *viommu;
	struct mock_object *device;
	struct mock_fault *fault;
	int err;

	viommu = get(call, 4, TSMREQ_MOCK_VIOMMU);
	if (viommu == NULL)
		return -ENOENT;
	device = get(call, 8, TSMREQ_MOCK_DEVICE);
	if (device == NULL)
		return -ENOENT;
	if (device->vdevice != NULL || virt_id_taken(&engine->objects, viommu, virt_id))
		return -EEXIST;
	err = make(&vdevice, call, TSMREQ_MOCK_VDEVICE);
	if (err != 0)
		return err;
	tsmreq_mock_object_set_parent(vdevice, viommu);
	vdevice->device = device;
	vdevice->has_vm = viommu->has_vm;
	device->vdevice = vdevice;
	device->tdi.virt_id = virt_id;
	fault = tsmreq_mock_engine_fault(call, device);
	err = fault->backend;
	if (err == 0 && engine->row->bind_at_alloc && !engine->tsm_off)
		err = tsmreq_mock_tsm_bind(engine->row, &device->tdi, fault);
	else if (err == 0)
		err = fault->after;
	return err != 0 ? err : tell_id(call, 12, fault);
}

int tsmreq_mock_iommufd_get_pa(struct mock_call *call)
{
	switch (call->engine->getpa) {
	case TSMREQ_MOCK_GETPA_LOOKUP_FIRST:
		break;
	case TSMREQ_MOCK_GETPA_CHECKS_FIRST:
		if (arg32(call, 4) != 0 || arg32(call, 12) != 0)
			return -EOPNOTSUPP;
		if (tsmreq_load_le64(call->arg + 24) == 0)
			return -EINVAL;
		break;
	case TSMREQ_MOCK_GETPA_EPERM:
		return -EPERM;
	case TSMREQ_MOCK_GETPA_EINVAL:
		return -EINVAL;
	case TSMREQ_MOCK_GETPA_DEFAULT:
	case TSMREQ_MOCK_GETPA_ABSENT:
	case TSMREQ_MOCK_GETPA_OFF:
	case TSMREQ_MOCK_GETPA_FORCE_S32_:
		return -EOPNOTSUPP;
	}
	/* no such IOAS, or no page of it that a device without an IOMMU could reach: one word */
	return -ENOENT;
}

/* Sizes and minima as in mainline's header; VIOMMU_ALLOC is 48 where it takes a descriptor. */
static const struct mock_ioctl ioctls[] = {
	{8, 8, destroy},
	{12, 12, tsmreq_mock_ioas_alloc},
	{24, 24, tsmreq_mock_ioas_allow_iovas},
	{40, 40, tsmreq_mock_ioas_copy},
	{32, 32, tsmreq_mock_ioas_iova_ranges},
	{40, 40, tsmreq_mock_ioas_map},
	{24, 24, tsmreq_mock_ioas_unmap},
	{24, 24, tsmreq_mock_ioas_option},
	{12, 12, tsmreq_mock_compat_vfio_ioas},
	{48, 24, hwpt_alloc},
	{40, 32, tsmreq_mock_hardware_info},
	{16, 16, tsmreq_mock_hardware_set_dirty},
	{48, 48, tsmreq_mock_hardware_get_dirty},
	{32, 32, tsmreq_mock_hardware_invalidate},
	{16, 16, tsmreq_mock_hardware_fault_queue},
	{40, 40, tsmreq_mock_ioas_map_file},
	{40, 24, tsmreq_mock_iommufd_viommu_alloc},
	{24, 24, vdevice_alloc},
	{8, 8, tsmreq_mock_ioas_change_process},
	{32, 28, tsmreq_mock_hardware_event_queue},
	{40, 40, tsmreq_mock_hardware_queue},
};

const struct mock_ioctl *tsmreq_mock_iommufd_ioctl(uint32_t nr)
{
	uint32_t i = nr - MOCK_NR_BASE;

	return i < sizeof(ioctls) / sizeof(ioctls[0]) ? &ioctls[i] : NULL;
}
