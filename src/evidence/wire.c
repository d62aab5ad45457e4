/* SPDX-License-Identifier: MIT */
#include "evidence/wire.h"

static size_t align(size_t size)
{
	return (size + 3) & ~(size_t)3;
}

static void advance(const uint8_t **at, size_t *left, size_t size)
{
	size = align(size);
	if (size > *left)
		size = *left;
	*at += size;
	*left -= size;
}

int tsmreq_wire_next_message(const uint8_t **at, size_t *left, struct wire_message *ret)
{
	uint32_t length;

	if (*left == 0)
		return 0;
	if (*left < NLMSG_HEADER)
		return -1;
	length = wire_u32(*at);
	if (length < NLMSG_HEADER || length > *left)
		return -1;
	*ret = (struct wire_message){
		.body = *at + NLMSG_HEADER,
		.size = length - NLMSG_HEADER,
		.type = wire_u16(*at + 4),
		.flags = wire_u16(*at + 6),
		.seq = wire_u32(*at + 8),
	};
	advance(at, left, length);
	return 1;
}

int tsmreq_wire_next_attribute(const uint8_t **at, size_t *left, struct wire_attribute *ret)
{
	uint16_t length;

	if (*left == 0)
		return 0;
	if (*left < NLATTR_HEADER)
		return -1;
	length = wire_u16(*at);
	if (length < NLATTR_HEADER || length > *left)
		return -1;
	*ret = (struct wire_attribute){
		.data = *at + NLATTR_HEADER,
		.size = length - NLATTR_HEADER,
		.type = wire_u16(*at + 2),
	};
	advance(at, left, length);
	return 1;
}

bool tsmreq_wire_errno(const struct wire_message *message, int *ret)
{
	if (message->size < 4)
		return false;
	*ret = (int)wire_u32(message->body);
	return true;
}

/* Where the attributes start that go with an errno: behind the request it answers, if it is there.
 */
static bool skip_request(const struct wire_message *message, size_t *ret)
{
	uint32_t request = NLMSG_HEADER;

	*ret = 4;
	if (message->type == WIRE_DONE)
		return message->size >= 4;
	if (message->size < 4 + NLMSG_HEADER)
		return false;
	if (!(message->flags & WIRE_CAPPED))
		request = wire_u32(message->body + 4);
	/* before align(), which would wrap where a size_t has 32 bits */
	if (request < NLMSG_HEADER || request > message->size - 4)
		return false;
	*ret += align(request);
	return *ret <= message->size;
}

void tsmreq_wire_text(const struct wire_message *message, char *text, size_t size)
{
	struct wire_attribute attribute;
	const uint8_t *at;
	size_t left, offset;

	text[0] = '\0';
	if (!(message->flags & WIRE_ACK_TLVS) || !skip_request(message, &offset))
		return;
	at = message->body + offset;
	left = message->size - offset;
	while (tsmreq_wire_next_attribute(&at, &left, &attribute) > 0) {
		if (attribute.type != WIRE_ACK_MSG)
			continue;
		for (size_t i = 0; i < attribute.size && i + 1 < size && attribute.data[i]; i++) {
			const uint8_t c = attribute.data[i];

			if (c >= ' ' && c <= '~')
				text[i] = (char)c;
			else
				text[i] = '?';
			text[i + 1] = '\0';
		}
		return;
	}
}
