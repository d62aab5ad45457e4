/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "base/bytes.h"
#include "mock/evidence.h"
#include "mock/table.h"
#include "mock/tsm.h"

/* Arm CCA: requests are small records, answered by the driver and by the monitor below it. */

#define GRANULE	    4096u
#define PAYLOAD_MAX 32u

/* The payload when it is exactly this long: EINVAL, then EFAULT. */
static int fetch(const struct mock_request *request, uint8_t payload[PAYLOAD_MAX], uint32_t size)
{
	if (request->req_len != size)
		return -EINVAL;
	return tsmreq_mock_backend_read(request, 0, payload, size);
}

/* The object a number on the wire means, or NULL. VCA is the one that moved. */
static struct mock_blob *object_named(const struct mock_request *request, uint32_t number)
{
	uint8_t vca = request->row->vca;

	if (number == vca)
		return &request->tdi->objects[TSMREQ_OBJECT_VCA];
	if (number == TSMREQ_OBJECT_CERTIFICATE || number == TSMREQ_OBJECT_MEASUREMENTS ||
	    number == TSMREQ_OBJECT_INTERFACE_REPORT)
		return &request->tdi->objects[number];
	return NULL;
}

static int object_size(struct mock_request *request, uint32_t object)
{
	int err = tsmreq_mock_backend_firmware(request);

	if (err != 0)
		return err;
	return tsmreq_mock_backend_object_size(request, object_named(request, object));
}

static int object_read(struct mock_request *request, uint32_t object, uint64_t offset)
{
	int err = tsmreq_mock_backend_firmware(request);

	if (err != 0)
		return err;
	return tsmreq_mock_backend_object_read(request, object_named(request, object), offset);
}

static int regenerate_report(struct mock_request *request)
{
	struct mock_tdi *tdi = request->tdi;
	int err;

	/* emptied first, so a device that refuses leaves an object without bytes */
	err = tsmreq_mock_tdi_cache(tdi, TSMREQ_OBJECT_INTERFACE_REPORT, NULL, 0);
	if (err == 0)
		err = tsmreq_mock_backend_firmware(request);
	if (err == 0 && !tsmreq_mock_tdi_is_locked(tdi))
		err = -ENXIO;
	return err != 0 ? err : tsmreq_mock_evidence_report(tdi);
}

static int regenerate_measurements(struct mock_request *request, uint64_t flags, uint64_t pointer)
{
	uint8_t nonce[TSMREQ_NONCE_SIZE];
	int err;

	err = request->memory->read(request->memory, nonce, pointer, sizeof(nonce));
	if (err == 0)
		err = tsmreq_mock_tdi_cache(request->tdi, TSMREQ_OBJECT_MEASUREMENTS, NULL, 0);
	if (err == 0)
		err = tsmreq_mock_backend_firmware(request);
	return err != 0 ? err : tsmreq_mock_evidence_measurements(request->tdi, flags, nonce);
}

/* top is exclusive; a granule that cannot be delegated is EINVAL, a map that fails EIO */
static int validate_mmio(struct mock_request *request, uint64_t base, uint64_t top, uint64_t pa)
{
	int err = tsmreq_mock_backend_firmware(request);

	if (err != 0)
		return err;
	if (base >= top || ((base | top | pa) & (GRANULE - 1)) != 0)
		return -EINVAL;
	return tsmreq_mock_tdi_is_locked(request->tdi) ? 0 : -EIO;
}

static int set_state(struct mock_request *request, uint32_t state)
{
	int err;

	/* LOCKED and UNLOCKED are TSM_OP's where there is a TSM_OP */
	if (state > TSMREQ_TDI_RUN || (state != TSMREQ_TDI_RUN && !request->row->bind_at_alloc))
		return -EINVAL;
	err = tsmreq_mock_backend_firmware(request);
	if (err != 0)
		return err;
	return tsmreq_mock_tdi_step(request->tdi, (enum tsmreq_tdi_state)state) ? 0 : -ENXIO;
}

static int request_rfc1(struct mock_request *request)
{
	uint8_t payload[PAYLOAD_MAX];
	int err;

	switch (request->selector) {
	case 1:
		err = fetch(request, payload, 4);
		return err != 0 ? err : object_size(request, tsmreq_load_le32(payload));
	case 2:
		err = fetch(request, payload, 16);
		if (err != 0)
			return err;
		return object_read(request, tsmreq_load_le32(payload),
				   tsmreq_load_le64(payload + 8));
	default:
		return -EINVAL;
	}
}

/* Words the two scope generations share, and those that moved. */
enum word {
	WORD_NONE,
	WORD_SIZE,
	WORD_READ,
	WORD_REPORT,
	WORD_MEASUREMENTS,
	WORD_VCPU,
	WORD_MMIO,
	WORD_STATE,
};

struct scope_word {
	uint8_t scope;
	uint8_t req_type;
	uint8_t size; /* exact */
	enum word word;
};

static const struct scope_word march[] = {
	{0, 1, 8, WORD_SIZE},	       {0, 2, 16, WORD_READ}, {0, 3, 4, WORD_REPORT},
	{0, 4, 24, WORD_MEASUREMENTS}, {0, 5, 8, WORD_VCPU},  {1, 6, 32, WORD_MMIO},
	{1, 7, 8, WORD_STATE},
};

static const struct scope_word april[] = {
	{0, 1, 8, WORD_SIZE},	       {0, 2, 16, WORD_READ}, {0, 3, 4, WORD_REPORT},
	{0, 4, 24, WORD_MEASUREMENTS}, {1, 5, 32, WORD_MMIO}, {1, 6, 8, WORD_STATE},
};

static const struct scope_word *find_word(const struct mock_request *request, uint32_t req_type)
{
	bool old = request->row->payload == MOCK_PAYLOAD_MARCH;
	const struct scope_word *words = old ? march : april;
	size_t count = old ? sizeof(march) / sizeof(march[0]) : sizeof(april) / sizeof(april[0]);

	for (size_t i = 0; i < count; i++)
		if (words[i].scope == request->selector && words[i].req_type == req_type)
			return &words[i];
	return NULL;
}

static int request_scope(struct mock_request *request)
{
	const struct scope_word *found;
	uint8_t payload[PAYLOAD_MAX];
	int err;

	/* the type is read before the length is looked at */
	err = tsmreq_mock_backend_read(request, 0, payload, 4);
	if (err != 0)
		return err;
	found = find_word(request, tsmreq_load_le32(payload));
	if (found == NULL)
		return -EINVAL;
	/* and for the report the length is never looked at */
	if (found->word == WORD_REPORT)
		return regenerate_report(request);
	err = fetch(request, payload, found->size);
	if (err != 0)
		return err;

	switch (found->word) {
	case WORD_SIZE:
		return object_size(request, tsmreq_load_le32(payload + 4));
	case WORD_READ:
		return object_read(request, tsmreq_load_le32(payload + 4),
				   tsmreq_load_le64(payload + 8));
	case WORD_MEASUREMENTS:
		return regenerate_measurements(request, tsmreq_load_le64(payload + 8),
					       tsmreq_load_le64(payload + 16));
	case WORD_VCPU:
		/* tells a vCPU that exited which device it asked for: nothing moves here */
		return tsmreq_mock_backend_firmware(request);
	case WORD_MMIO:
		return validate_mmio(request, tsmreq_load_le64(payload + 8),
				     tsmreq_load_le64(payload + 16),
				     tsmreq_load_le64(payload + 24));
	case WORD_STATE:
		return set_state(request, tsmreq_load_le32(payload + 4));
	case WORD_NONE:
	case WORD_REPORT:
		break;
	}
	return -EINVAL;
}

static int regenerate(struct mock_request *request, const uint8_t *payload)
{
	switch (tsmreq_load_le32(payload)) {
	case TSMREQ_OBJECT_INTERFACE_REPORT:
		return regenerate_report(request);
	case TSMREQ_OBJECT_MEASUREMENTS:
		return regenerate_measurements(request, tsmreq_load_le64(payload + 8),
					       tsmreq_load_le64(payload + 16));
	default:
		return -EINVAL;
	}
}

/* The exact payload of each op, 0: not one of CCA's. */
static uint32_t op_size(enum tsmreq_op op)
{
	switch (op) {
	case TSMREQ_OP_OBJECT_INFO:
	case TSMREQ_OP_SET_TDI_STATE:
		return 4;
	case TSMREQ_OP_READ_OBJECT:
		return 16;
	case TSMREQ_OP_REGEN_OBJECT:
	case TSMREQ_OP_VALIDATE_MMIO:
		return 24;
	case TSMREQ_OP_SEV_ENABLE_DMA:
	case TSMREQ_OP_SEV_DISABLE_DMA:
	case TSMREQ_OP_SEV_MMIO_CONFIG:
	case TSMREQ_OP_VDEV_REQUEST:
	case TSMREQ_OP_FORCE_S32_:
		break;
	}
	return 0;
}

static int request_op(struct mock_request *request)
{
	uint8_t payload[PAYLOAD_MAX];
	uint32_t size = op_size(request->op);
	int err;

	if (request->arch != TSMREQ_ARCH_CCA || size == 0)
		return -EINVAL;
	err = fetch(request, payload, size);
	if (err != 0)
		return err;

	if (request->op == TSMREQ_OP_OBJECT_INFO)
		return object_size(request, tsmreq_load_le32(payload));
	if (request->op == TSMREQ_OP_READ_OBJECT)
		return object_read(request, tsmreq_load_le32(payload),
				   tsmreq_load_le64(payload + 8));
	if (request->op == TSMREQ_OP_REGEN_OBJECT)
		return regenerate(request, payload);
	if (request->op == TSMREQ_OP_VALIDATE_MMIO)
		return validate_mmio(request, tsmreq_load_le64(payload),
				     tsmreq_load_le64(payload + 8), tsmreq_load_le64(payload + 16));
	return set_state(request, tsmreq_load_le32(payload));
}

int tsmreq_mock_cca_request(struct mock_request *request)
{
	switch (request->row->payload) {
	case MOCK_PAYLOAD_RFC1:
		return request_rfc1(request);
	case MOCK_PAYLOAD_MARCH:
	case MOCK_PAYLOAD_APRIL:
		return request_scope(request);
	case MOCK_PAYLOAD_OP:
		return request_op(request);
	case MOCK_PAYLOAD_NONE:
		break;
	}
	return -EINVAL;
}
