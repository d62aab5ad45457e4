/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "base/bytes.h"
#include "mock/engine.h"

/*
 * What iommufd answers to the numbers of a VFIO type 1 container, on the one IOAS that was chosen
 * for them. Structures say how long they are in their first word, and only their old part is a
 * must.
 */

enum {
	VFIO_GET_API_VERSION = 0x3b64,
	VFIO_CHECK_EXTENSION = 0x3b65,
	VFIO_SET_IOMMU = 0x3b66,
	VFIO_IOMMU_GET_INFO = 0x3b70,
	VFIO_IOMMU_MAP_DMA = 0x3b71,
	VFIO_IOMMU_UNMAP_DMA = 0x3b72,
};

enum {
	VFIO_TYPE1_IOMMU = 1,
	VFIO_TYPE1V2_IOMMU = 3,
	VFIO_DMA_CC_IOMMU = 4,
	VFIO_UNMAP_ALL = 9,
};

enum {
	IOAS_GET = 0,
	IOAS_SET = 1,
	IOAS_CLEAR = 2,
};

int tsmreq_mock_compat_vfio_ioas(struct mock_call *call)
{
	struct mock_engine *engine = call->engine;
	struct mock_object *ioas;

	if (tsmreq_load_le16(call->arg + 10) != 0)
		return -EOPNOTSUPP;
	switch (tsmreq_load_le16(call->arg + 8)) {
	case IOAS_GET:
		if (engine->vfio_ioas == NULL)
			return -ENODEV;
		tsmreq_store_le32(call->arg + 4, engine->vfio_ioas->id);
		return tsmreq_mock_engine_copy_back(call, &engine->vfio_ioas->fault);
	case IOAS_SET:
		ioas = tsmreq_mock_object_get(&engine->objects, tsmreq_load_le32(call->arg + 4),
					      TSMREQ_MOCK_IOAS);
		if (ioas == NULL)
			return -ENOENT;
		engine->vfio_ioas = ioas;
		return 0;
	case IOAS_CLEAR:
		engine->vfio_ioas = NULL;
		return 0;
	default:
		return -EOPNOTSUPP;
	}
}

/* Coherent as far as there are page tables: in here they all are. */
static int check_extension(const struct mock_engine *engine, uint64_t type)
{
	if (type == VFIO_TYPE1_IOMMU || type == VFIO_TYPE1V2_IOMMU || type == VFIO_UNMAP_ALL)
		return 1;
	if (type != VFIO_DMA_CC_IOMMU)
		return 0;
	return engine->vfio_ioas != NULL ? 1 : -ENODEV;
}

/* Type 1 may unmap in the middle of a mapping, which large pages would forbid. */
static int set_iommu(struct mock_engine *engine, uint64_t type)
{
	if (type != VFIO_TYPE1_IOMMU && type != VFIO_TYPE1V2_IOMMU)
		return -EINVAL;
	if (engine->vfio_ioas == NULL)
		return -ENODEV;
	if (type == VFIO_TYPE1V2_IOMMU)
		return 0;
	return tsmreq_mock_iova_set_small_pages(&engine->vfio_ioas->iova, true);
}

/* The old part of a structure: -EFAULT, or -EINVAL where the caller has less. */
static int fetch(const struct mock_memory *memory, uint8_t *arg, uint64_t address, uint32_t size)
{
	int err = memory->read(memory, arg, address, size);

	if (err != 0)
		return err;
	return tsmreq_load_le32(arg) < size ? -EINVAL : 0;
}

enum {
	MAP_SIZE = 32,
	MAP_READ = 0x1,
	MAP_WRITE = 0x2,
	UNMAP_SIZE = 24,
	UNMAP_EVERYTHING = 0x2,
};

static int map_dma(struct mock_engine *engine, uint64_t address, const struct mock_memory *memory)
{
	struct mock_mapping mapping = {.fixed = true};
	uint8_t arg[MAP_SIZE];
	uint32_t flags;
	int err;

	err = fetch(memory, arg, address, sizeof(arg));
	if (err != 0)
		return err;
	flags = tsmreq_load_le32(arg + 4);
	if ((flags & ~(uint32_t)(MAP_READ | MAP_WRITE)) != 0)
		return -EINVAL;
	if (engine->vfio_ioas == NULL)
		return -ENODEV;
	if (engine->vfio_ioas->fault.backend != 0)
		return engine->vfio_ioas->fault.backend;
	mapping.write = (flags & MAP_WRITE) != 0;
	mapping.iova = tsmreq_load_le64(arg + 16);
	return tsmreq_mock_ioas_map_user(memory, engine->vfio_ioas, tsmreq_load_le64(arg + 8),
					 tsmreq_load_le64(arg + 24), &mapping);
}

/* Cuts what is mapped at both ends of the range, where the pages are small enough to be cut. */
static int cut(struct mock_iova *space, uint64_t iova, uint64_t size)
{
	int err = 0;

	if (space->small_pages)
		err = tsmreq_mock_iova_cut(space, iova + size - 1);
	if (err == 0 && space->small_pages && iova != 0)
		err = tsmreq_mock_iova_cut(space, iova - 1);
	return err;
}

static int unmap_range(struct mock_iova *space, uint64_t iova, uint64_t size, uint64_t *ret_size)
{
	struct mock_span span = {.start = iova};

	if (size == 0)
		return -EINVAL;
	if (__builtin_add_overflow(iova, size - 1, &span.last))
		return -EOVERFLOW;
	return tsmreq_mock_iova_unmap(space, span, ret_size);
}

/* How much is gone is told even where it ends in an error; nothing there to unmap is none. */
static int unmap_dma(struct mock_engine *engine, uint64_t address, const struct mock_memory *memory)
{
	struct mock_iova *space;
	uint8_t arg[UNMAP_SIZE];
	uint64_t iova, size;
	uint64_t gone = 0;
	uint32_t flags;
	int err;

	err = fetch(memory, arg, address, sizeof(arg));
	if (err != 0)
		return err;
	flags = tsmreq_load_le32(arg + 4);
	iova = tsmreq_load_le64(arg + 8);
	size = tsmreq_load_le64(arg + 16);
	if ((flags & ~(uint32_t)UNMAP_EVERYTHING) != 0)
		return -EINVAL;
	if (engine->vfio_ioas == NULL)
		return -ENODEV;
	space = &engine->vfio_ioas->iova;
	if ((flags & UNMAP_EVERYTHING) != 0) {
		if (iova != 0 || size != 0)
			return -EINVAL;
		err = tsmreq_mock_iova_unmap(space, (struct mock_span){0, UINT64_MAX}, &gone);
	} else {
		err = cut(space, iova, size);
		if (err != 0)
			return err;
		err = unmap_range(space, iova, size, &gone);
	}
	tsmreq_store_le64(arg + 16, gone);
	return memory->write(memory, address, arg, sizeof(arg)) != 0 ? -EFAULT : err;
}

/* ---- what the container can do ---- */

enum {
	INFO_MIN = 16,
	INFO_SIZE = 24,
	INFO_PGSIZES = 0x1,
	INFO_CAPS = 0x2,
	CAP_IOVA_RANGE = 1,
	CAP_DMA_AVAIL = 3,
	CAP_AVAIL_SIZE = 12,
	CAP_RANGES_SIZE = 16,
	RANGE_SIZE = 16,
};

/* Every size from a page on, or what an SMMU's tables of 4 KiB pages have. */
static uint64_t page_sizes(const struct mock_iova *space)
{
	return space->domains == 0 ? ~(uint64_t)(MOCK_PAGE_SIZE - 1) : 0x40201000;
}

static void put_header(uint8_t *cap, uint16_t id, uint32_t next)
{
	tsmreq_store_le16(cap, id);
	tsmreq_store_le16(cap + 2, 1);
	tsmreq_store_le32(cap + 4, next);
}

/* Where the answer is being put together: as much of it as the caller has room for. */
struct answer {
	const struct mock_memory *memory;
	uint64_t address;
	uint32_t room;
};

static int put(const struct answer *answer, uint32_t at, const uint8_t *bytes, uint32_t size)
{
	uint64_t to;

	if (answer->room < at + size)
		return 0;
	if (__builtin_add_overflow(answer->address, at, &to))
		return -EFAULT;
	return answer->memory->write(answer->memory, to, bytes, size);
}

/* The limit is no limit. */
static int put_dma_avail(const struct answer *answer, uint32_t next)
{
	uint8_t cap[CAP_AVAIL_SIZE];

	put_header(cap, CAP_DMA_AVAIL, next);
	tsmreq_store_le32(cap + 8, UINT32_MAX);
	return put(answer, INFO_SIZE, cap, sizeof(cap));
}

/* Ranges first, then the header that counts them. */
static int put_ranges(const struct answer *answer, const struct mock_iova *space, uint32_t at,
		      uint32_t *ret_end)
{
	uint8_t cap[CAP_RANGES_SIZE] = {0};
	uint8_t bytes[RANGE_SIZE];
	struct mock_span range;
	uint32_t count = 0;
	uint64_t from = 0;
	int err;

	*ret_end = at + CAP_RANGES_SIZE;
	while (tsmreq_mock_iova_usable(space, from, &range)) {
		tsmreq_store_le64(bytes, range.start);
		tsmreq_store_le64(bytes + 8, range.last);
		err = put(answer, *ret_end, bytes, sizeof(bytes));
		if (err != 0)
			return err;
		*ret_end += RANGE_SIZE;
		count++;
		if (range.last == UINT64_MAX)
			break;
		from = range.last + 1;
	}
	put_header(cap, CAP_IOVA_RANGE, 0);
	tsmreq_store_le32(cap + 8, count);
	return answer->room >= *ret_end ? put(answer, at, cap, sizeof(cap)) : 0;
}

static int get_info(struct mock_engine *engine, uint64_t address, const struct mock_memory *memory)
{
	struct answer answer = {.memory = memory, .address = address};
	const uint32_t ranges_at = INFO_SIZE + CAP_AVAIL_SIZE;
	uint8_t arg[INFO_SIZE] = {0};
	uint32_t size;
	int err;

	err = fetch(memory, arg, address, INFO_MIN);
	if (err != 0)
		return err;
	if (engine->vfio_ioas == NULL)
		return -ENODEV;
	answer.room = tsmreq_load_le32(arg);
	err = put_dma_avail(&answer, ranges_at);
	if (err == 0)
		err = put_ranges(&answer, &engine->vfio_ioas->iova, ranges_at, &size);
	if (err != 0)
		return err;
	tsmreq_store_le32(arg, size);
	tsmreq_store_le32(arg + 4, INFO_PGSIZES | INFO_CAPS);
	tsmreq_store_le64(arg + 8, page_sizes(&engine->vfio_ioas->iova));
	tsmreq_store_le32(arg + 16, answer.room >= size ? INFO_SIZE : 0);
	return memory->write(memory, address, arg,
			     answer.room < INFO_SIZE ? answer.room : INFO_SIZE);
}

int tsmreq_mock_compat(struct mock_engine *engine, uint32_t cmd, uint64_t address,
		       const struct mock_memory *memory)
{
	switch (cmd) {
	case VFIO_GET_API_VERSION:
		return 0;
	case VFIO_CHECK_EXTENSION:
		return check_extension(engine, address);
	case VFIO_SET_IOMMU:
		return set_iommu(engine, address);
	case VFIO_IOMMU_GET_INFO:
		return get_info(engine, address, memory);
	case VFIO_IOMMU_MAP_DMA:
		return map_dma(engine, address, memory);
	case VFIO_IOMMU_UNMAP_DMA:
		return unmap_dma(engine, address, memory);
	default:
		return -ENOTTY;
	}
}
