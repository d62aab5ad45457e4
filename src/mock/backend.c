/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "base/bytes.h"
#include "mock/table.h"
#include "mock/tsm.h"

/* What a kernel that reads past the end of its cache would have leaked; the mock never does. */
#define POISON 0xdbu

int tsmreq_mock_backend_read(const struct mock_request *request, uint32_t offset, void *to,
			     uint32_t size)
{
	uint64_t from;

	if (__builtin_add_overflow(request->req, offset, &from))
		return -EFAULT;
	return request->memory->read(request->memory, to, from, size);
}

int tsmreq_mock_backend_write(struct mock_request *request, uint64_t offset, const void *from,
			      uint32_t size)
{
	uint64_t to;
	int err;

	if (request->fault->resp_unwritable || __builtin_add_overflow(request->resp, offset, &to))
		return -EFAULT;
	err = request->memory->write(request->memory, to, from, size);
	if (err == 0 && offset == request->answered)
		request->answered += size;
	return err;
}

int tsmreq_mock_backend_firmware(const struct mock_request *request)
{
	return request->fault->backend;
}

int tsmreq_mock_backend_object_size(struct mock_request *request, const struct mock_blob *blob)
{
	uint8_t size[4];

	if (blob == NULL || !blob->fetched)
		return -EINVAL;
	/* the trap: success, and nothing written */
	if (blob->size == 0)
		return 0;
	if (request->resp_len < sizeof(size))
		return -EINVAL;
	tsmreq_store_le32(size, (uint32_t)blob->size);
	if (tsmreq_mock_backend_write(request, 0, size, sizeof(size)) != 0)
		return -EFAULT;
	request->written = sizeof(size);
	return (int)(request->resp_len - request->written);
}

/* Poison up to the length of an object of which only @have bytes were there. */
static int write_poison(struct mock_request *request, uint32_t have, uint32_t size)
{
	uint8_t poison[256];
	int err = 0;

	memset(poison, POISON, sizeof(poison));
	while (err == 0 && have < size) {
		uint32_t part = size - have;

		if (part > sizeof(poison))
			part = sizeof(poison);
		err = tsmreq_mock_backend_write(request, have, poison, part);
		have += part;
	}
	return err;
}

/* The kernel copies a whole object's length from where the offset points, past the end or not. */
static int read_at_offset(struct mock_request *request, const struct mock_blob *blob,
			  uint64_t offset)
{
	uint32_t size = (uint32_t)blob->size;
	uint32_t have = offset < size ? size - (uint32_t)offset : 0;

	if (request->resp_len < size)
		return -E2BIG;
	if (have > 0 && tsmreq_mock_backend_write(request, 0, blob->data + offset, have) != 0)
		return -EIO;
	if (write_poison(request, have, size) != 0)
		return -EIO;
	return (int)(request->resp_len - size);
}

/* rfc1 moved the caller's buffer by the offset, not the object. */
static int read_to_offset(struct mock_request *request, const struct mock_blob *blob,
			  uint64_t offset)
{
	uint32_t size = (uint32_t)blob->size;

	if (offset > request->resp_len || request->resp_len - offset < size)
		return -ENOMEM;
	if (tsmreq_mock_backend_write(request, offset, blob->data, size) != 0)
		return -EIO;
	request->written = size;
	return 0;
}

int tsmreq_mock_backend_object_read(struct mock_request *request, const struct mock_blob *blob,
				    uint64_t offset)
{
	if (blob == NULL || !blob->fetched)
		return -EINVAL;
	/* the trap again */
	if (blob->size == 0)
		return 0;
	if (request->row->payload == MOCK_PAYLOAD_RFC1)
		return read_to_offset(request, blob, offset);
	return read_at_offset(request, blob, offset);
}
