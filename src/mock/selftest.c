/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "base/bytes.h"
#include "mock/engine.h"

/*
 * The number that kernels built with CONFIG_IOMMUFD_TEST have: as much of it as needs no simulated
 * device, so that the kernel's own tests of all that needs none can be run against this one.
 */

enum {
	ADD_RESERVED = 1,
	CHECK_REFS = 4,
	SET_MEMORY_LIMIT = 9,
	MEMORY_LIMIT_MIN = 12,
};

static uint64_t arg64(const struct mock_call *call, uint32_t offset)
{
	return tsmreq_load_le64(call->arg + offset);
}

static int add_reserved(const struct mock_call *call)
{
	struct mock_span span = {.start = arg64(call, 16)};
	struct mock_object *ioas;

	if (arg64(call, 24) == 0)
		return -EINVAL;
	if (__builtin_add_overflow(span.start, arg64(call, 24) - 1, &span.last))
		return -EOVERFLOW;
	ioas = tsmreq_mock_object_get(&call->engine->objects, tsmreq_load_le32(call->arg + 8),
				      TSMREQ_MOCK_IOAS);
	return ioas != NULL ? tsmreq_mock_iova_reserve(&ioas->iova, span) : -ENOENT;
}

/* No page is ever held in here, so none is held too often. */
static int check_refs(const struct mock_call *call)
{
	uint64_t size = arg64(call, 16);
	uint64_t address = arg64(call, 24);
	uint64_t end;
	int err;

	if (((size | address) & (MOCK_PAGE_SIZE - 1)) != 0 ||
	    __builtin_add_overflow(address, size, &end))
		return -EINVAL;
	err = size != 0 ? call->memory->pin(call->memory, address, size) : 0;
	if (err == 0 && size != 0 && tsmreq_load_le32(call->arg + 32) != 0)
		err = -EIO;
	return err;
}

int tsmreq_mock_selftest(struct mock_call *call)
{
	switch (tsmreq_load_le32(call->arg + 4)) {
	case ADD_RESERVED:
		return add_reserved(call);
	case CHECK_REFS:
		return check_refs(call);
	case SET_MEMORY_LIMIT:
		return tsmreq_load_le32(call->arg + 16) < MEMORY_LIMIT_MIN ? -EINVAL : 0;
	default:
		break;
	}
	/* simulated devices and accesses: what they would stand on is looked up */
	return tsmreq_mock_object_find(&call->engine->objects, tsmreq_load_le32(call->arg + 8)) ==
			       NULL
		       ? -ENOENT
		       : -EOPNOTSUPP;
}
