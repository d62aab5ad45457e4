/* SPDX-License-Identifier: MIT */
#include "evidence/stream.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "evidence/wire.h"

/* pci-tsm tells no lengths: room starts with a chunk's worth and doubles. */
#define ROOM_MIN 0x8000u
/* Messages of no meaning to us, in one dump: a stream of nothing else ends here. */
#define SKIPPED_MAX 1024u
/* The largest errno there is. */
#define ERRNO_MAX 4095

#define CTRL_NUMBER	      0x10u
#define CTRL_NEWFAMILY	      1u
#define CTRL_ATTR_FAMILY_ID   1u
#define CTRL_ATTR_FAMILY_NAME 2u
#define CTRL_ATTR_HDRSIZE     4u

/* ---- failures, in words */

__attribute__((format(printf, 3, 4))) static int fail(char why[STREAM_WHY_SIZE], int rc,
						      const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(why, STREAM_WHY_SIZE, format, args);
	va_end(args);
	return rc;
}

static const char *name_type(int type)
{
	return tsmreq_evidence_type_to_string((enum tsmreq_evidence_type)type);
}

/* What NLMSG_ERROR and NLMSG_DONE say: 0, or its errno with the kernel's words. */
static int read_errno(const struct wire_message *message, char why[STREAM_WHY_SIZE])
{
	char text[120];
	int error;

	if (!tsmreq_wire_errno(message, &error))
		return fail(why, -EBADMSG, "an error message without an errno");
	if (error > 0 || error < -ERRNO_MAX)
		return fail(why, -EBADMSG, "an errno that is none: %d", error);
	tsmreq_wire_text(message, text, sizeof(text));
	if (error < 0)
		(void)fail(why, error, "%s", text);
	return error;
}

/* ---- one object's memory */

static int reserve(struct stream_object *object, size_t size)
{
	uint8_t *bytes;

	if (size <= object->capacity)
		return 0;
	bytes = realloc(object->bytes, size);
	if (bytes == NULL)
		return -ENOMEM;
	object->bytes = bytes;
	object->capacity = size;
	return 0;
}

static int grow(struct stream *stream, struct stream_object *object, size_t size)
{
	size_t room = object->capacity ? object->capacity : ROOM_MIN;

	while (room < size)
		room *= 2;
	return reserve(object, room < stream->max_size ? room : stream->max_size);
}

static int append(struct stream *stream, struct stream_object *object,
		  const struct wire_attribute *val)
{
	const size_t size = object->size + val->size;
	int r;

	if (stream->family->length && size > object->length)
		return fail(stream->why, -EBADMSG, "%s is longer than the %zu bytes announced",
			    name_type(stream->current), object->length);
	if (size > stream->max_size)
		return fail(stream->why, -EFBIG, "%s is over %u bytes", name_type(stream->current),
			    stream->max_size);
	if (!stream->sizes && val->size) {
		r = grow(stream, object, size);
		if (r < 0)
			return fail(stream->why, r, "no memory for %zu bytes", size);
		memcpy(object->bytes + object->size, val->data, val->size);
	}
	object->size = size;
	stream->received += val->size;
	return 1;
}

/* ---- one message */

struct chunk {
	struct wire_attribute type, generation, length, val;
};

static bool is_u32(const struct wire_attribute *attribute)
{
	return attribute->data == NULL || attribute->size == 4;
}

/* Takes the attributes apart; what is not known is skipped. */
static int parse_chunk(struct stream *stream, const struct wire_message *message, struct chunk *ret)
{
	const struct evidence_family *family = stream->family;
	const uint8_t *at = message->body + GENL_HEADER;
	size_t left = message->size - GENL_HEADER;
	struct wire_attribute attribute;
	int r;

	*ret = (struct chunk){0};
	while ((r = tsmreq_wire_next_attribute(&at, &left, &attribute)) > 0) {
		if (attribute.type == family->type)
			ret->type = attribute;
		else if (attribute.type == family->val)
			ret->val = attribute;
		else if (family->generation && attribute.type == family->generation)
			ret->generation = attribute;
		else if (family->length && attribute.type == family->length)
			ret->length = attribute;
	}
	if (r < 0)
		return fail(stream->why, -EBADMSG, "an attribute that does not fit its message");
	if (!is_u32(&ret->type) || !is_u32(&ret->generation) || !is_u32(&ret->length))
		return fail(stream->why, -EBADMSG, "an attribute of another size than its kind");
	if (ret->val.data == NULL)
		return fail(stream->why, -EBADMSG, "a message without bytes");
	return 0;
}

static bool is_whole(const struct stream *stream)
{
	const struct stream_object *object;

	if (stream->current < 0 || !stream->family->length)
		return true;
	object = &stream->objects[stream->current];
	return object->size == object->length;
}

static int end_object(struct stream *stream)
{
	if (is_whole(stream))
		return 0;
	return fail(stream->why, -EBADMSG, "%s ends after %zu of %zu bytes",
		    name_type(stream->current), stream->objects[stream->current].size,
		    stream->objects[stream->current].length);
}

/* Length and generation of the object that begins, where the family tells them. */
static int begin_lengths(struct stream *stream, const struct chunk *chunk,
			 struct stream_object *object)
{
	if (!stream->family->length)
		return 0;
	if (chunk->generation.data == NULL || chunk->length.data == NULL)
		return fail(stream->why, -EBADMSG, "%s begins without length or generation",
			    name_type(stream->current));
	object->generation = wire_u32(chunk->generation.data);
	object->length = wire_u32(chunk->length.data);
	if (object->length > stream->max_size)
		return fail(stream->why, -EFBIG, "%s is of %zu bytes, the limit is %u",
			    name_type(stream->current), object->length, stream->max_size);
	return 0;
}

static int begin_object(struct stream *stream, const struct chunk *chunk)
{
	const uint32_t type = wire_u32(chunk->type.data);
	struct stream_object *object;
	int r = end_object(stream);

	if (r < 0)
		return r;
	if (type >= TSMREQ_EVIDENCE_TYPES || !(stream->mask >> type & 1))
		return fail(stream->why, -EBADMSG, "an object nobody asked for, type %u", type);
	if ((int)type <= stream->current)
		return fail(stream->why, -EBADMSG, "%s comes after %s", name_type((int)type),
			    name_type(stream->current));
	stream->current = (int)type;
	object = &stream->objects[type];
	object->seen = true;
	return begin_lengths(stream, chunk, object);
}

static int go_on(struct stream *stream, const struct chunk *chunk)
{
	if (stream->current < 0)
		return fail(stream->why, -EBADMSG, "bytes of no object");
	if (chunk->generation.data || chunk->length.data)
		return fail(stream->why, -EBADMSG, "%s has a length or generation in its middle",
			    name_type(stream->current));
	/* or it would go on for ever */
	if (chunk->val.size == 0)
		return fail(stream->why, -EBADMSG, "%s goes on with nothing",
			    name_type(stream->current));
	return 0;
}

static int take_chunk(struct stream *stream, const struct wire_message *message)
{
	struct stream_object *object;
	struct chunk chunk;
	int r;

	r = parse_chunk(stream, message, &chunk);
	if (r == 0)
		r = chunk.type.data ? begin_object(stream, &chunk) : go_on(stream, &chunk);
	if (r < 0)
		return r;
	object = &stream->objects[stream->current];
	r = append(stream, object, &chunk.val);
	if (r > 0 && stream->first && stream->family->length) {
		object->size = object->length;
		return 0;
	}
	return r;
}

static int skip(struct stream *stream)
{
	if (++stream->skipped > SKIPPED_MAX)
		return fail(stream->why, -EBADMSG, "messages without end that mean nothing");
	return 1;
}

static int take_data(struct stream *stream, const struct wire_message *message)
{
	if (message->type != stream->type)
		return fail(stream->why, -EBADMSG, "a message of type %u, the family is %u",
			    message->type, stream->type);
	if (message->size < GENL_HEADER)
		return fail(stream->why, -EBADMSG, "a message shorter than its header");
	if (message->body[0] != EVIDENCE_CMD_READ)
		return skip(stream);
	return take_chunk(stream, message);
}

/* ---- the end */

static int take_done(struct stream *stream, const struct wire_message *message)
{
	/* without room for an errno it says none: whether all is there decides */
	int r = message->size >= 4 ? read_errno(message, stream->why) : 0;

	if (r < 0)
		return r;
	if (stream->interrupted)
		return fail(stream->why, -EAGAIN, "the evidence changed in the middle");
	r = end_object(stream);
	if (r < 0)
		return r;
	for (int i = 0; i < (int)TSMREQ_EVIDENCE_TYPES; i++)
		if (stream->mask >> i & 1 && !stream->objects[i].seen)
			return fail(stream->why, -EBADMSG, "%s never came", name_type(i));
	return 0;
}

static int take_message(struct stream *stream, const struct wire_message *message)
{
	int r;

	if (message->seq != stream->seq)
		return fail(stream->why, -EBADMSG, "a message of another request");
	if (message->flags & WIRE_DUMP_INTR)
		stream->interrupted = true;
	switch (message->type) {
	case WIRE_NOOP:
		return skip(stream);
	case WIRE_DONE:
		return take_done(stream, message);
	case WIRE_ERROR:
		r = read_errno(message, stream->why);
		/* a dump is not acknowledged */
		return r < 0 ? r : fail(stream->why, -EBADMSG, "an acknowledgement for data");
	case WIRE_OVERRUN:
		return fail(stream->why, -ENOBUFS, "messages were lost");
	default:
		return take_data(stream, message);
	}
}

int tsmreq_stream_feed(struct stream *stream, const void *datagram, size_t size)
{
	struct wire_message message;
	const uint8_t *at = datagram;
	size_t left = size;
	int more, r;

	while ((more = tsmreq_wire_next_message(&at, &left, &message)) > 0) {
		r = take_message(stream, &message);
		if (r <= 0)
			return r;
	}
	if (more < 0)
		return fail(stream->why, -EBADMSG, "a message that does not fit its datagram");
	return 1;
}

void tsmreq_stream_begin(struct stream *stream, const struct evidence_family *family, uint16_t type,
			 uint32_t seq, uint32_t mask)
{
	stream->family = family;
	stream->type = type;
	stream->seq = seq;
	stream->mask = mask;
	stream->interrupted = false;
	stream->skipped = 0;
	stream->current = -1;
	stream->received = 0;
	stream->why[0] = '\0';
	for (unsigned int i = 0; i < TSMREQ_EVIDENCE_TYPES; i++) {
		struct stream_object *object = &stream->objects[i];

		object->size = 0;
		object->length = 0;
		object->generation = 0;
		object->seen = false;
	}
}

void tsmreq_stream_free(struct stream *stream)
{
	for (unsigned int i = 0; i < TSMREQ_EVIDENCE_TYPES; i++) {
		free(stream->objects[i].bytes);
		stream->objects[i].bytes = NULL;
		stream->objects[i].capacity = 0;
	}
}

/* ---- the controller */

static int take_family(const struct evidence_family *family, const struct wire_message *message,
		       uint16_t *ret, char why[STREAM_WHY_SIZE])
{
	const size_t length = strlen(family->name) + 1;
	const uint8_t *at = message->body + GENL_HEADER;
	size_t left = message->size - GENL_HEADER;
	struct wire_attribute attribute;
	bool named = false;
	int r;

	*ret = 0;
	while ((r = tsmreq_wire_next_attribute(&at, &left, &attribute)) > 0) {
		if (attribute.type == CTRL_ATTR_FAMILY_NAME)
			named = attribute.size == length &&
				memcmp(attribute.data, family->name, length) == 0;
		else if (attribute.type == CTRL_ATTR_FAMILY_ID && attribute.size == 2)
			*ret = wire_u16(attribute.data);
		else if (attribute.type == CTRL_ATTR_HDRSIZE &&
			 (attribute.size != 4 || wire_u32(attribute.data) != 0))
			return fail(why, -EBADMSG, "a family with a header of its own");
	}
	if (r < 0 || !named || *ret <= CTRL_NUMBER)
		return fail(why, -EBADMSG, "the controller's answer is not about %s", family->name);
	return 0;
}

int tsmreq_stream_resolve(const struct evidence_family *family, uint32_t seq, const void *datagram,
			  size_t size, uint16_t *ret, char why[STREAM_WHY_SIZE])
{
	struct wire_message message;
	const uint8_t *at = datagram;
	size_t left = size;
	int r;

	r = tsmreq_wire_next_message(&at, &left, &message);
	if (r == 0)
		return 1;
	if (r < 0)
		return fail(why, -EBADMSG, "a message that does not fit its datagram");
	if (message.seq != seq)
		return fail(why, -EBADMSG, "a message of another request");
	if (message.type == WIRE_ERROR) {
		r = read_errno(&message, why);
		return r < 0 ? r : fail(why, -EBADMSG, "an acknowledgement for a family");
	}
	if (message.type != CTRL_NUMBER || message.size < GENL_HEADER ||
	    message.body[0] != CTRL_NEWFAMILY)
		return fail(why, -EBADMSG, "the controller's answer is none");
	return take_family(family, &message, ret, why);
}
