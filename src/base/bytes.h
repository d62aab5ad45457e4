/* SPDX-License-Identifier: MIT */
#ifndef BASE_BYTES_H
#define BASE_BYTES_H

#include <stdint.h>

/*
 * Little-endian loads and stores at any alignment. Every wire this library speaks (the iommufd
 * structures on the hosts that have a TSM, guest registers and pages, TDISP) is little endian, so
 * there is one byte order, and a big-endian machine computes the same bytes.
 */

static inline uint16_t tsmreq_load_le16(const void *from)
{
	const uint8_t *p = from;

	return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint32_t tsmreq_load_le32(const void *from)
{
	const uint8_t *p = from;

	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint64_t tsmreq_load_le64(const void *from)
{
	const uint8_t *p = from;

	return (uint64_t)tsmreq_load_le32(p) | (uint64_t)tsmreq_load_le32(p + 4) << 32;
}

static inline void tsmreq_store_le16(void *to, uint16_t value)
{
	uint8_t *p = to;

	p[0] = (uint8_t)value;
	p[1] = (uint8_t)(value >> 8);
}

static inline void tsmreq_store_le32(void *to, uint32_t value)
{
	uint8_t *p = to;

	p[0] = (uint8_t)value;
	p[1] = (uint8_t)(value >> 8);
	p[2] = (uint8_t)(value >> 16);
	p[3] = (uint8_t)(value >> 24);
}

static inline void tsmreq_store_le64(void *to, uint64_t value)
{
	uint8_t *p = to;

	tsmreq_store_le32(p, (uint32_t)value);
	tsmreq_store_le32(p + 4, (uint32_t)(value >> 32));
}

#endif
