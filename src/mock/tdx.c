/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "base/bytes.h"
#include "mock/table.h"
#include "mock/tsm.h"

/*
 * Intel TDX: no payload is public. Where the library has a default (the Arm form of the state and
 * of the interface report) the mock acts on it; any other bytes are taken as they are, as the
 * business of whoever chose them, and nothing moves.
 */

/* Nothing to answer: a response buffer is left over whole. */
static int taken(const struct mock_request *request)
{
	return (int)request->resp_len;
}

/* Read to the end, as a driver that passes it on would, and not looked at. */
static int take_opaque(const struct mock_request *request)
{
	uint8_t bytes[256];
	uint32_t done = 0;
	int err = 0;

	while (err == 0 && done < request->req_len) {
		uint32_t part = request->req_len - done;

		if (part > sizeof(bytes))
			part = sizeof(bytes);
		err = tsmreq_mock_backend_read(request, done, bytes, part);
		done += part;
	}
	if (err == 0)
		err = tsmreq_mock_backend_firmware(request);
	return err != 0 ? err : taken(request);
}

/* The one object a TD is told about. */
static const struct mock_blob *report(const struct mock_request *request, uint32_t number)
{
	if (number != TSMREQ_OBJECT_INTERFACE_REPORT)
		return NULL;
	return &request->tdi->objects[TSMREQ_OBJECT_INTERFACE_REPORT];
}

static int act(struct mock_request *request, const uint8_t *payload)
{
	uint32_t word = tsmreq_load_le32(payload);

	if (request->op == TSMREQ_OP_OBJECT_INFO)
		return tsmreq_mock_backend_object_size(request, report(request, word));
	if (request->op == TSMREQ_OP_READ_OBJECT)
		return tsmreq_mock_backend_object_read(request, report(request, word),
						       tsmreq_load_le64(payload + 8));
	if (word > TSMREQ_TDI_RUN)
		return -EINVAL;
	if (!tsmreq_mock_tdi_step(request->tdi, (enum tsmreq_tdi_state)word))
		return -ENXIO;
	return taken(request);
}

/* The length of the default payload, 0: there is none. */
static uint32_t default_size(enum tsmreq_op op)
{
	if (op == TSMREQ_OP_SET_TDI_STATE || op == TSMREQ_OP_OBJECT_INFO)
		return 4;
	return op == TSMREQ_OP_READ_OBJECT ? 16 : 0;
}

int tsmreq_mock_tdx_request(struct mock_request *request)
{
	uint8_t payload[16] = {0};
	uint32_t size = default_size(request->op);
	int err;

	if (request->row->payload != MOCK_PAYLOAD_OP || request->arch != TSMREQ_ARCH_TDX)
		return -EINVAL;
	if (size == 0 || request->req_len != size)
		return take_opaque(request);
	err = tsmreq_mock_backend_read(request, 0, payload, size);
	if (err == 0)
		err = tsmreq_mock_backend_firmware(request);
	return err != 0 ? err : act(request, payload);
}
