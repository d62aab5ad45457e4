/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "cli/bytes.h"
#include "cli/sev_page.h"

enum {
	AT_AUTHTAG = 0x00,
	AT_SEQNO = 0x20,
	AT_ALGO = 0x30,
	AT_HDR_VERSION = 0x31,
	AT_HDR_SIZE = 0x32,
	AT_TYPE = 0x34,
	AT_VERSION = 0x35,
	AT_SIZE = 0x36,
	AT_PAYLOAD = 0x60,
};

#define AUTHTAG_SIZE 16
#define AES_256_GCM  1

static void put16(uint8_t *to, uint16_t value)
{
	to[0] = (uint8_t)value;
	to[1] = (uint8_t)(value >> 8);
}

static uint16_t payload_size(enum sev_message type)
{
	switch (type) {
	case SEV_TDI_INFO:
		return 16;
	case SEV_MMIO_VALIDATE:
		return 48;
	case SEV_SDTE_WRITE:
		break;
	}
	return 80;
}

void sev_page_build(struct sev_page *page, enum sev_message type, uint64_t seqno)
{
	uint8_t *bytes = page->bytes;

	memset(page, 0, sizeof(*page));
	memset(bytes + AT_AUTHTAG, 0xa7, AUTHTAG_SIZE);
	bytes_put64(bytes + AT_SEQNO, seqno);
	bytes[AT_ALGO] = AES_256_GCM;
	bytes[AT_HDR_VERSION] = 1;
	put16(bytes + AT_HDR_SIZE, AT_PAYLOAD);
	bytes[AT_TYPE] = (uint8_t)type;
	bytes[AT_VERSION] = 1;
	put16(bytes + AT_SIZE, payload_size(type));
	memset(bytes + AT_PAYLOAD, 0xe5, payload_size(type));
}

bool sev_page_answers(const struct sev_page *answer, const struct sev_page *request)
{
	const uint8_t *a = answer->bytes;
	const uint8_t *r = request->bytes;

	return a[AT_HDR_VERSION] == 1 && a[AT_HDR_SIZE] == AT_PAYLOAD && !a[AT_HDR_SIZE + 1] &&
	       a[AT_TYPE] == r[AT_TYPE] + 1 && a[AT_VERSION] == r[AT_VERSION] &&
	       bytes_get64(a + AT_SEQNO) == bytes_get64(r + AT_SEQNO) + 1;
}
