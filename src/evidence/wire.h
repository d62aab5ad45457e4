/* SPDX-License-Identifier: MIT */
#ifndef EVIDENCE_WIRE_H
#define EVIDENCE_WIRE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/*
 * Netlink's framing, read out of bytes nobody vouches for. Numbers are in the machine's own order:
 * both ends are on it.
 */

#define NLMSG_HEADER  16u
#define GENL_HEADER   4u
#define NLATTR_HEADER 4u

#define WIRE_NOOP    1u
#define WIRE_ERROR   2u
#define WIRE_DONE    3u
#define WIRE_OVERRUN 4u

#define WIRE_DUMP_INTR 0x10u
#define WIRE_CAPPED    0x100u
#define WIRE_ACK_TLVS  0x200u

#define WIRE_ACK_MSG 1u

struct wire_message {
	const uint8_t *body; /* behind the header */
	size_t size;
	uint32_t seq;
	uint16_t type;
	uint16_t flags;
};

struct wire_attribute {
	const uint8_t *data;
	size_t size;
	uint16_t type;
};

static inline uint16_t wire_u16(const uint8_t *at)
{
	uint16_t ret;

	memcpy(&ret, at, sizeof(ret));
	return ret;
}

static inline uint32_t wire_u32(const uint8_t *at)
{
	uint32_t ret;

	memcpy(&ret, at, sizeof(ret));
	return ret;
}

/*
 * Takes the next one off the front: 1; 0: there is none; -1: what is there does not fit. Padding
 * may be missing behind the last.
 */
int tsmreq_wire_next_message(const uint8_t **at, size_t *left, struct wire_message *ret);
int tsmreq_wire_next_attribute(const uint8_t **at, size_t *left, struct wire_attribute *ret);

/* The errno of an NLMSG_ERROR or NLMSG_DONE, if there is one: false for a body that is too short.
 */
bool tsmreq_wire_errno(const struct wire_message *message, int *ret);
/* The kernel's own words beside it, printable and cut at @size; "" without any. */
void tsmreq_wire_text(const struct wire_message *message, char *text, size_t size);

#endif
