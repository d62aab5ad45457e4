/* SPDX-License-Identifier: MIT */
#ifndef TESTS_MOCK_IOAS_H
#define TESTS_MOCK_IOAS_H

#include "kit.h"

/* The IOAS family by hand. */

#define PAGE  4096u
#define FIXED 1u
#define WRITE 2u
#define READ  4u

static inline uint32_t ioas_alloc(struct tsmreq_mock *mock)
{
	uint8_t arg[12] = {12};

	assert_int_equal(ask(mock, 0x81, arg), 0);
	return tsmreq_load_le32(arg + 8);
}

static inline int destroy(struct tsmreq_mock *mock, uint32_t id)
{
	uint8_t arg[8] = {8};

	tsmreq_store_le32(arg + 4, id);
	return ask(mock, 0x80, arg);
}

struct map {
	uint32_t flags, ioas, reserved;
	uint64_t address, length, iova;
};

static inline int map(struct tsmreq_mock *mock, struct map *map)
{
	uint8_t arg[40] = {40};
	int ret;

	tsmreq_store_le32(arg + 4, map->flags);
	tsmreq_store_le32(arg + 8, map->ioas);
	tsmreq_store_le32(arg + 12, map->reserved);
	tsmreq_store_le64(arg + 16, map->address);
	tsmreq_store_le64(arg + 24, map->length);
	tsmreq_store_le64(arg + 32, map->iova);
	ret = ask(mock, 0x85, arg);
	map->iova = tsmreq_load_le64(arg + 32);
	return ret;
}

static inline int map_fixed(struct tsmreq_mock *mock, uint32_t ioas, uint64_t iova, uint64_t length)
{
	struct map arg = {.flags = FIXED | READ | WRITE,
			  .ioas = ioas,
			  .address = 0x100000,
			  .length = length,
			  .iova = iova};

	return map(mock, &arg);
}

/* Bytes unmapped, or the errno. */
static inline int64_t unmap(struct tsmreq_mock *mock, uint32_t ioas, uint64_t iova, uint64_t length)
{
	uint8_t arg[24] = {24};
	int ret;

	tsmreq_store_le32(arg + 4, ioas);
	tsmreq_store_le64(arg + 8, iova);
	tsmreq_store_le64(arg + 16, length);
	ret = ask(mock, 0x86, arg);
	/* a call that fails writes nothing back */
	if (ret != 0)
		assert_true(tsmreq_load_le64(arg + 16) == length);
	return ret != 0 ? ret : (int64_t)tsmreq_load_le64(arg + 16);
}

static inline int option(struct tsmreq_mock *mock, uint32_t id, uint16_t op, uint32_t object,
			 uint64_t *value)
{
	uint8_t arg[24] = {24};
	int ret;

	tsmreq_store_le32(arg + 4, id);
	tsmreq_store_le16(arg + 8, op);
	tsmreq_store_le32(arg + 12, object);
	tsmreq_store_le64(arg + 16, *value);
	ret = ask(mock, 0x87, arg);
	*value = tsmreq_load_le64(arg + 16);
	return ret;
}

#define RLIMIT_MODE 0u
#define HUGE_PAGES  1u
#define SET	    0u
#define GET	    1u

static inline int vfio_ioas(struct tsmreq_mock *mock, uint16_t op, uint32_t *id)
{
	uint8_t arg[12] = {12};
	int ret;

	tsmreq_store_le32(arg + 4, *id);
	tsmreq_store_le16(arg + 8, op);
	ret = ask(mock, 0x88, arg);
	*id = tsmreq_load_le32(arg + 4);
	return ret;
}

/* A plain page table over @ioas, made with a device of its own. */
static inline int hwpt_alloc(struct tsmreq_mock *mock, uint32_t ioas, uint32_t *id)
{
	uint8_t arg[48] = {48};
	uint32_t device;
	int ret;

	assert_int_equal(tsmreq_mock_add_object(mock, TSMREQ_MOCK_DEVICE, 0, &device), 0);
	tsmreq_store_le32(arg + 8, device);
	tsmreq_store_le32(arg + 12, ioas);
	ret = ask(mock, 0x89, arg);
	*id = tsmreq_load_le32(arg + 16);
	return ret;
}

#endif
