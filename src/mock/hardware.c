/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "base/bytes.h"
#include "mock/engine.h"

/*
 * What needs hardware that is not here: an IOMMU that tells about itself, tracks what is written,
 * has caches to invalidate, or queues. Arguments and ids are tested all the same.
 */

static uint32_t arg32(const struct mock_call *call, uint32_t offset)
{
	return tsmreq_load_le32(call->arg + offset);
}

static uint64_t arg64(const struct mock_call *call, uint32_t offset)
{
	return tsmreq_load_le64(call->arg + offset);
}

static struct mock_object *get(const struct mock_call *call, uint32_t offset,
			       enum tsmreq_mock_kind kind)
{
	return tsmreq_mock_object_get(&call->engine->objects, arg32(call, offset), kind);
}

/* A HWPT of the kernel's own making. One put into the table by hand is. */
static struct mock_object *get_paging(const struct mock_call *call, uint32_t offset)
{
	struct mock_object *hwpt = get(call, offset, TSMREQ_MOCK_HWPT);

	if (hwpt != NULL && hwpt->parent != NULL && hwpt->parent->kind != TSMREQ_MOCK_IOAS)
		return NULL;
	return hwpt;
}

static int clear(const struct mock_call *call, uint64_t address, uint32_t size)
{
	static const uint8_t zeros[256];
	int err = 0;

	while (err == 0 && size > 0) {
		uint32_t part = size < sizeof(zeros) ? size : sizeof(zeros);

		err = call->memory->write(call->memory, address, zeros, part);
		if (__builtin_add_overflow(address, part, &address))
			return -EFAULT;
		size -= part;
	}
	return err;
}

enum {
	INFO_INPUT_TYPE = 0x1,
};

/* A driver with nothing to tell: type 0, no bytes, no capability. */
int tsmreq_mock_hardware_info(struct mock_call *call)
{
	struct mock_object *device = get(call, 8, TSMREQ_MOCK_DEVICE);
	int err;

	if ((arg32(call, 4) & ~(uint32_t)INFO_INPUT_TYPE) != 0 || arg32(call, 28) >> 8 != 0)
		return -EOPNOTSUPP;
	if (device == NULL)
		return -ENOENT;
	if ((arg32(call, 4) & INFO_INPUT_TYPE) != 0 && arg32(call, 24) != 0)
		return -EOPNOTSUPP;
	err = clear(call, arg64(call, 16), arg32(call, 12));
	if (err != 0)
		return err;
	tsmreq_store_le32(call->arg + 12, 0);
	tsmreq_store_le32(call->arg + 24, 0);
	tsmreq_store_le32(call->arg + 28, 0);
	tsmreq_store_le64(call->arg + 32, 0);
	return tsmreq_mock_engine_copy_back(call, &device->fault);
}

int tsmreq_mock_hardware_set_dirty(struct mock_call *call)
{
	if (arg32(call, 4) > 1)
		return -EOPNOTSUPP;
	return get_paging(call, 8) == NULL ? -ENOENT : -EOPNOTSUPP;
}

/* Does a range of this size begin and end at multiples of @unit, a power of two? */
static bool aligned(uint64_t iova, uint64_t size, uint64_t unit)
{
	return ((iova | (iova + size)) & (unit - 1)) == 0;
}

int tsmreq_mock_hardware_get_dirty(struct mock_call *call)
{
	struct mock_object *hwpt = get_paging(call, 4);
	uint64_t iova = arg64(call, 16);
	uint64_t size = arg64(call, 24);
	uint64_t last;

	if (arg32(call, 8) > 1 || arg32(call, 12) != 0)
		return -EOPNOTSUPP;
	if (hwpt == NULL)
		return -ENOENT;
	if (__builtin_add_overflow(iova, size - 1, &last))
		return -EOVERFLOW;
	if (!aligned(iova, size, MOCK_PAGE_SIZE) || arg64(call, 32) == 0 ||
	    !aligned(iova, size, arg64(call, 32)))
		return -EINVAL;
	return -EOPNOTSUPP;
}

static int check_invalidate(const struct mock_call *call, const struct mock_object *object)
{
	if (arg32(call, 28) != 0)
		return -EOPNOTSUPP;
	if (arg32(call, 24) != 0 && (arg64(call, 8) == 0 || arg32(call, 20) == 0))
		return -EINVAL;
	if (object == NULL)
		return -ENOENT;
	if (object->kind == TSMREQ_MOCK_VIOMMU ||
	    (object->kind == TSMREQ_MOCK_HWPT && get_paging(call, 4) == NULL))
		return -EOPNOTSUPP;
	return -EINVAL;
}

/* However it ends, how much was done goes out: nothing. */
int tsmreq_mock_hardware_invalidate(struct mock_call *call)
{
	const struct mock_object *object =
		tsmreq_mock_object_find(&call->engine->objects, arg32(call, 4));
	struct mock_fault none = {0};
	int ret;

	ret = check_invalidate(call, object);
	tsmreq_store_le32(call->arg + 24, 0);
	return tsmreq_mock_engine_copy_back(call, &none) != 0 ? -EFAULT : ret;
}

/* A queue is read through a descriptor of its own, and there is none to be had. */
int tsmreq_mock_hardware_fault_queue(struct mock_call *call)
{
	(void)call;
	return -EOPNOTSUPP;
}

int tsmreq_mock_hardware_event_queue(struct mock_call *call)
{
	if (arg32(call, 4) != 0 || arg32(call, 28) != 0 || arg32(call, 12) == 0)
		return -EOPNOTSUPP;
	if (arg32(call, 16) == 0)
		return -EINVAL;
	return get(call, 8, TSMREQ_MOCK_VIOMMU) == NULL ? -ENOENT : -EOPNOTSUPP;
}

int tsmreq_mock_hardware_queue(struct mock_call *call)
{
	uint64_t last;

	if (arg32(call, 4) != 0 || arg32(call, 12) == 0)
		return -EOPNOTSUPP;
	if (arg64(call, 32) == 0)
		return -EINVAL;
	if (__builtin_add_overflow(arg64(call, 24), arg64(call, 32) - 1, &last))
		return -EOVERFLOW;
	return get(call, 8, TSMREQ_MOCK_VIOMMU) == NULL ? -ENOENT : -EOPNOTSUPP;
}
