/* SPDX-License-Identifier: MIT */
/* VFIO's numbers on an iommufd: with and without an IOAS that was chosen for them. */
#include "ioas.h"

#define GET_API_VERSION 0x3b64u
#define CHECK_EXTENSION 0x3b65u
#define SET_IOMMU	0x3b66u
#define GET_INFO	0x3b70u
#define MAP_DMA		0x3b71u
#define UNMAP_DMA	0x3b72u

static int vfio(struct tsmreq_mock *mock, uint32_t cmd, uintptr_t arg)
{
	const struct tsmreq_transport *transport = tsmreq_mock_get_transport(mock);

	/* a number or a pointer, as the caller of ioctl() has it */
	return transport->submit(transport->userdata, cmd, (void *)arg);
}

static int map_dma(struct tsmreq_mock *mock, uint32_t argsz, uint32_t flags, uint64_t iova,
		   uint64_t size)
{
	uint8_t arg[32];

	tsmreq_store_le32(arg, argsz);
	tsmreq_store_le32(arg + 4, flags);
	tsmreq_store_le64(arg + 8, 0x100000);
	tsmreq_store_le64(arg + 16, iova);
	tsmreq_store_le64(arg + 24, size);
	return vfio(mock, MAP_DMA, (uintptr_t)arg);
}

/* In @size what to unmap, and what was. */
static int unmap_dma(struct tsmreq_mock *mock, uint32_t argsz, uint32_t flags, uint64_t iova,
		     uint64_t *size)
{
	uint8_t arg[24];
	int ret;

	tsmreq_store_le32(arg, argsz);
	tsmreq_store_le32(arg + 4, flags);
	tsmreq_store_le64(arg + 8, iova);
	tsmreq_store_le64(arg + 16, *size);
	ret = vfio(mock, UNMAP_DMA, (uintptr_t)arg);
	*size = tsmreq_load_le64(arg + 16);
	return ret;
}

static void test_without_ioas(void **state)
{
	struct tsmreq_mock *mock = boot(TSMREQ_UAPI_V5);
	uint8_t info[24] = {24};
	uint64_t size = PAGE;

	(void)state;
	assert_int_equal(vfio(mock, GET_API_VERSION, 0), 0);
	for (uint32_t type = 0; type < 20; type++) {
		int want = type == 1 || type == 3 || type == 9 ? 1 : 0;

		assert_int_equal(vfio(mock, CHECK_EXTENSION, type), type == 4 ? -ENODEV : want);
		assert_int_equal(vfio(mock, SET_IOMMU, type),
				 type == 1 || type == 3 ? -ENODEV : -EINVAL);
	}
	assert_int_equal(vfio(mock, GET_INFO, 0), -EFAULT);
	assert_int_equal(vfio(mock, GET_INFO, (uintptr_t)info), -ENODEV);
	info[0] = 15;
	assert_int_equal(vfio(mock, GET_INFO, (uintptr_t)info), -EINVAL);
	assert_int_equal(vfio(mock, MAP_DMA, 0), -EFAULT);
	assert_int_equal(map_dma(mock, 31, 3, 0, PAGE), -EINVAL);
	assert_int_equal(map_dma(mock, 32, 4, 0, PAGE), -EINVAL);
	assert_int_equal(map_dma(mock, 32, 3, 0, PAGE), -ENODEV);
	assert_int_equal(vfio(mock, UNMAP_DMA, 0), -EFAULT);
	assert_int_equal(unmap_dma(mock, 23, 0, 0, &size), -EINVAL);
	assert_int_equal(unmap_dma(mock, 24, 1, 0, &size), -EINVAL);
	assert_int_equal(unmap_dma(mock, 24, 0, 0, &size), -ENODEV);
	/* what else VFIO has is not for a container, or gone; and the whole number must match */
	assert_int_equal(vfio(mock, 0x3b75, 0), -ENOTTY);
	assert_int_equal(vfio(mock, 0x3b67, 0), -ENOTTY);
	assert_int_equal(vfio(mock, 0x3b7f, 0), -ENOTTY);
	assert_int_equal(vfio(mock, 0x3c64, 0), -ENOTTY);
	tsmreq_mock_free(mock);
}

static void test_vfio_ioas(void **state)
{
	struct tsmreq_mock *mock = boot(TSMREQ_UAPI_V5);
	uint8_t reserved[12] = {12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
	uint32_t ioas = ioas_alloc(mock);
	uint32_t id = 99;

	(void)state;
	assert_int_equal(ask(mock, 0x88, reserved), -EOPNOTSUPP);
	assert_int_equal(vfio_ioas(mock, 0, &id), -ENODEV);
	assert_int_equal(vfio_ioas(mock, 1, &id), -ENOENT);
	assert_int_equal(vfio_ioas(mock, 3, &id), -EOPNOTSUPP);
	assert_int_equal(vfio_ioas(mock, 2, &id), 0);
	id = ioas;
	assert_int_equal(vfio_ioas(mock, 1, &id), 0);
	id = 0;
	assert_int_equal(vfio_ioas(mock, 0, &id), 0);
	assert_int_equal(id, ioas);
	assert_int_equal(vfio(mock, CHECK_EXTENSION, 4), 1);
	assert_int_equal(vfio_ioas(mock, 2, &id), 0);
	assert_int_equal(vfio_ioas(mock, 0, &id), -ENODEV);
	/* destroying it ends the choice */
	assert_int_equal(vfio_ioas(mock, 1, &id), 0);
	assert_int_equal(destroy(mock, ioas), 0);
	assert_int_equal(vfio_ioas(mock, 0, &id), -ENODEV);
	tsmreq_mock_free(mock);
}

static struct tsmreq_mock *boot_container(uint32_t *ioas)
{
	struct tsmreq_mock *mock = boot(TSMREQ_UAPI_V5);

	*ioas = ioas_alloc(mock);
	assert_int_equal(vfio_ioas(mock, 1, ioas), 0);
	return mock;
}

static void test_maps(void **state)
{
	uint32_t ioas;
	struct tsmreq_mock *mock = boot_container(&ioas);
	uint64_t size = 4 * PAGE;

	(void)state;
	assert_int_equal(map_dma(mock, 32, 3, 0x10000, 4 * PAGE), 0);
	assert_int_equal(map_dma(mock, 32, 0, 0x10000, PAGE), -EEXIST);
	assert_int_equal(map_dma(mock, 32, 3, 0x20000, 0), -EINVAL);
	/* one address space, two ways in */
	assert_int_equal(unmap(mock, ioas, 0x10000, 4 * PAGE), 4 * PAGE);
	assert_int_equal(map_dma(mock, 32, 3, 0x10000, 4 * PAGE), 0);
	assert_int_equal(unmap_dma(mock, 24, 0, 0x10000, &size), 0);
	assert_int_equal(size, 4 * PAGE);
	/* nothing there is no error here */
	assert_int_equal(unmap_dma(mock, 24, 0, 0x10000, &size), 0);
	assert_int_equal(size, 0);
	assert_int_equal(unmap_dma(mock, 24, 0, 0x10000, &size), -EINVAL);
	size = 3;
	assert_int_equal(unmap_dma(mock, 24, 0, UINT64_MAX - 1, &size), -EOVERFLOW);
	assert_int_equal(size, 0);

	/* everything at once: with a range given it is refused, and nothing is told */
	assert_int_equal(map_dma(mock, 32, 3, 0x10000, 4 * PAGE), 0);
	size = 1;
	assert_int_equal(unmap_dma(mock, 24, 2, 0, &size), -EINVAL);
	assert_int_equal(size, 1);
	size = 0;
	assert_int_equal(unmap_dma(mock, 24, 2, 1, &size), -EINVAL);
	assert_int_equal(unmap_dma(mock, 24, 2, 0, &size), 0);
	assert_int_equal(size, 4 * PAGE);
	tsmreq_mock_free(mock);
}

/* Type 1 may cut a mapping, its successor may not. */
static void test_cuts(void **state)
{
	uint32_t ioas;
	struct tsmreq_mock *mock = boot_container(&ioas);
	uint64_t value = 7;
	uint64_t size = PAGE;

	(void)state;
	assert_int_equal(vfio(mock, SET_IOMMU, 3), 0);
	assert_int_equal(map_dma(mock, 32, 3, 0x10000, 4 * PAGE), 0);
	assert_int_equal(unmap_dma(mock, 24, 0, 0x11000, &size), -ENOENT);
	assert_int_equal(size, 0);
	assert_int_equal(vfio(mock, SET_IOMMU, 1), 0);
	assert_int_equal(option(mock, HUGE_PAGES, GET, ioas, &value), 0);
	assert_int_equal(value, 0);
	size = 100;
	assert_int_equal(unmap_dma(mock, 24, 0, 0x11000, &size), -EINVAL);
	assert_int_equal(size, 100);
	size = PAGE;
	assert_int_equal(unmap_dma(mock, 24, 0, 0x11000, &size), 0);
	assert_int_equal(size, PAGE);
	assert_int_equal(unmap(mock, ioas, 0x10000, PAGE), PAGE);
	assert_int_equal(unmap(mock, ioas, 0x12000, 2 * PAGE), 2 * PAGE);
	/* from 0 there is no cut before it */
	assert_int_equal(map_dma(mock, 32, 3, 0, 2 * PAGE), 0);
	size = PAGE;
	assert_int_equal(unmap_dma(mock, 24, 0, 0, &size), 0);
	assert_int_equal(size, PAGE);
	tsmreq_mock_free(mock);
}

/* As much as there is room for: the old part, the whole, one capability, both. */
static void test_info(void **state)
{
	static const uint8_t whole[68] = {
		/* 68 bytes in all, page sizes and capabilities, every size from a page on */
		68, 0, 0, 0, 3, 0, 0, 0, 0, 0xf0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		/* the first of them at 24 */
		24, 0, 0, 0, 0, 0, 0, 0,
		/* mappings left: any number; the next at 36 */
		3, 0, 1, 0, 36, 0, 0, 0, 0xff, 0xff, 0xff, 0xff,
		/* one range: everything */
		1, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
	uint32_t ioas, hwpt;
	struct tsmreq_mock *mock = boot_container(&ioas);
	uint8_t info[100];

	(void)state;
	for (uint32_t room = 16; room < sizeof(info); room++) {
		uint32_t written = room >= 68 ? 68 : room >= 36 ? 36 : room >= 24 ? 24 : room;

		memset(info, 0xa5, sizeof(info));
		tsmreq_store_le32(info, room);
		assert_int_equal(vfio(mock, GET_INFO, (uintptr_t)info), 0);
		assert_memory_equal(info, whole, written < 16 ? written : 16);
		if (room >= 24)
			assert_int_equal(tsmreq_load_le32(info + 16), room >= 68 ? 24 : 0);
		if (room >= 36)
			assert_memory_equal(info + 24, whole + 24, 12);
		if (room >= 68)
			assert_memory_equal(info, whole, 68);
		for (uint32_t i = written; i < sizeof(info); i++)
			assert_int_equal(info[i], 0xa5);
	}
	/* a page table narrows the sizes down */
	assert_int_equal(hwpt_alloc(mock, ioas, &hwpt), 0);
	tsmreq_store_le32(info, 24);
	assert_int_equal(vfio(mock, GET_INFO, (uintptr_t)info), 0);
	assert_true(tsmreq_load_le64(info + 8) == 0x40201000);
	tsmreq_mock_free(mock);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_without_ioas), cmocka_unit_test(test_vfio_ioas),
		cmocka_unit_test(test_maps),	     cmocka_unit_test(test_cuts),
		cmocka_unit_test(test_info),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
