/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "mock/table.h"
#include "mock/tsm.h"

/*
 * AMD SEV: a byte for the state, and for everything else an SNP guest message of one page. The
 * payload of a message is encrypted, so only its header decides anything here.
 */

#define PAGE	     TSMREQ_SEV_PAGE_SIZE
#define HEADER_SIZE  0x60u
#define PAYLOAD_SIZE (PAGE - HEADER_SIZE)

enum {
	AUTHTAG = 0x00,
	SEQNO = 0x20,
	ALGO = 0x30,
	HDR_VERSION = 0x31,
	HDR_SIZE = 0x32,
	TYPE = 0x34,
	VERSION = 0x35,
	SIZE = 0x36,
	VMPCK = 0x3c,
};

/* The page numbers its messages by pairs; the first TIO guests numbered answers from 1. */
static uint8_t response_type(uint8_t type)
{
	return (uint8_t)(type >= 0x80 ? type & 0x7f : type + 1);
}

/* How long the firmware's answer to a message is. */
static uint16_t response_size(uint8_t type)
{
	switch (type) {
	case 0x13: /* TDI_INFO */
	case 0x81:
		return 192;
	case 0x15: /* MMIO_VALIDATE */
	case 0x82:
		return 48;
	default: /* MMIO_CONFIG, SDTE_WRITE, and what is no TIO message */
		return 16;
	}
}

/* An answer that belongs to @message; all zero when the firmware could not read its header. */
static void answer_message(uint8_t page[PAGE], const uint8_t message[PAGE])
{
	uint16_t size = response_size(message[TYPE]);

	memset(page, 0, PAGE);
	if (message[HDR_VERSION] != 1 || tsmreq_load_le16(message + HDR_SIZE) != HEADER_SIZE ||
	    tsmreq_load_le16(message + SIZE) > PAYLOAD_SIZE)
		return;
	memset(page + AUTHTAG, 0xb2, 16);
	tsmreq_store_le64(page + SEQNO, tsmreq_load_le64(message + SEQNO) + 1);
	page[ALGO] = message[ALGO];
	page[HDR_VERSION] = 1;
	tsmreq_store_le16(page + HDR_SIZE, HEADER_SIZE);
	page[TYPE] = response_type(message[TYPE]);
	page[VERSION] = message[VERSION];
	tsmreq_store_le16(page + SIZE, size);
	page[VMPCK] = message[VMPCK];
	memset(page + HEADER_SIZE, 0xd6, size);
}

/* The page set beforehand is used up; else one is made. */
static void take_response(struct mock_tdi *tdi, uint8_t page[PAGE], const uint8_t message[PAGE])
{
	if (tdi->response == NULL) {
		answer_message(page, message);
		return;
	}
	memcpy(page, tdi->response, PAGE);
	free(tdi->response);
	tdi->response = NULL;
}

static int guest_message(struct mock_request *request)
{
	uint8_t message[PAGE] = {0};
	uint8_t page[PAGE];
	int err;

	if (request->req_len < HEADER_SIZE || request->req_len > PAGE || request->resp_len > PAGE)
		return -EINVAL;
	err = tsmreq_mock_backend_read(request, 0, message, request->req_len);
	if (err == 0)
		err = tsmreq_mock_backend_firmware(request);
	if (err != 0)
		return err;
	take_response(request->tdi, page, message);
	return tsmreq_mock_backend_write(request, 0, page, request->resp_len);
}

static int set_state(struct mock_request *request)
{
	struct mock_tdi *tdi = request->tdi;
	uint8_t run;
	int err;

	if (request->req_len != sizeof(run) || request->resp_len != 0)
		return -EINVAL;
	err = tsmreq_mock_backend_read(request, 0, &run, sizeof(run));
	if (err == 0)
		err = tsmreq_mock_backend_firmware(request);
	if (err != 0)
		return err;

	if (run != 1) {
		/* from UNLOCKED the step is refused, and is already there */
		(void)tsmreq_mock_tdi_step(tdi, TSMREQ_TDI_UNLOCKED);
		return 0;
	}
	if (tdi->state == TSMREQ_TDI_RUN)
		return 0;
	return tsmreq_mock_tdi_step(tdi, TSMREQ_TDI_RUN) ? 0 : -EFAULT;
}

static int request_scope(struct mock_request *request)
{
	return request->selector == 1 ? set_state(request) : guest_message(request);
}

static int request_op(struct mock_request *request)
{
	if (request->arch != TSMREQ_ARCH_SEV)
		return -EINVAL;
	switch (request->op) {
	case TSMREQ_OP_SET_TDI_STATE:
		return set_state(request);
	case TSMREQ_OP_READ_OBJECT:
	case TSMREQ_OP_VALIDATE_MMIO:
	case TSMREQ_OP_SEV_ENABLE_DMA:
	case TSMREQ_OP_SEV_DISABLE_DMA:
		return guest_message(request);
	case TSMREQ_OP_REGEN_OBJECT:
	case TSMREQ_OP_OBJECT_INFO:
	case TSMREQ_OP_SEV_MMIO_CONFIG:
	case TSMREQ_OP_VDEV_REQUEST:
	case TSMREQ_OP_FORCE_S32_:
		break;
	}
	return -EINVAL;
}

int tsmreq_mock_sev_request(struct mock_request *request)
{
	switch (request->row->payload) {
	case MOCK_PAYLOAD_MARCH:
	case MOCK_PAYLOAD_APRIL:
		return request_scope(request);
	case MOCK_PAYLOAD_OP:
		return request_op(request);
	case MOCK_PAYLOAD_RFC1: /* no AMD driver spoke it */
	case MOCK_PAYLOAD_NONE:
		break;
	}
	return -EINVAL;
}
