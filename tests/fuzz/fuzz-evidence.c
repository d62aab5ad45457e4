/* SPDX-License-Identifier: MIT */
#include "fuzz.h"

#include "evidence/stream.h"
#include "evidence/wire.h"

/*
 * Input: flags (1 byte), mask (2 bytes), replies as netlink messages one after another. Family
 * 0x1f, sequence 2, as the published messages have them.
 */

#define NUMBER 0x1fu
#define SEQ    2u

static struct stream begin(uint8_t flags, uint32_t mask)
{
	struct stream stream = {.max_size = flags & 8 ? 100 : TSMREQ_LENGTH_MAX};

	tsmreq_stream_begin(&stream, tsmreq_evidence_family_at(flags & 1), NUMBER, SEQ, mask);
	stream.sizes = flags & 2;
	stream.first = flags & 2 && !(mask & (mask - 1));
	return stream;
}

/* The same messages, a datagram each. */
static int feed_apart(struct stream *stream, const uint8_t *data, size_t size)
{
	struct wire_message message;
	const uint8_t *at = data;
	size_t left = size;
	int r = 1;

	while (r > 0 && left) {
		const uint8_t *start = at;
		const size_t before = left;
		/* what does not fit goes in whole, and is refused there, too */
		const size_t length =
			tsmreq_wire_next_message(&at, &left, &message) > 0 ? before - left : before;
		uint8_t *copy = malloc(length);

		FUZZ_CHECK(copy);
		memcpy(copy, start, length);
		r = tsmreq_stream_feed(stream, copy, length);
		free(copy);
	}
	return r;
}

static void check(const struct stream *stream, int r)
{
	FUZZ_CHECK(r <= 1 && r >= -4095);
	FUZZ_CHECK(memchr(stream->why, 0, sizeof(stream->why)));
	for (unsigned int i = 0; i < TSMREQ_EVIDENCE_TYPES; i++) {
		const struct stream_object *object = &stream->objects[i];

		FUZZ_CHECK(object->size <= stream->max_size);
		FUZZ_CHECK(stream->sizes ? !object->bytes : object->size <= object->capacity);
		FUZZ_CHECK(object->seen || !object->size);
		FUZZ_CHECK(!object->seen || stream->mask >> i & 1);
		if (r == 0 && stream->family->length && !stream->first)
			FUZZ_CHECK(object->size == object->length);
		if (r == 0)
			FUZZ_CHECK(object->seen == (stream->mask >> i & 1));
	}
}

static void check_same(const struct stream *one, const struct stream *other)
{
	FUZZ_CHECK(one->received == other->received && one->current == other->current);
	for (unsigned int i = 0; i < TSMREQ_EVIDENCE_TYPES; i++) {
		const struct stream_object *a = &one->objects[i], *b = &other->objects[i];

		FUZZ_CHECK(a->size == b->size && a->generation == b->generation);
		FUZZ_CHECK(!a->size || one->sizes || !memcmp(a->bytes, b->bytes, a->size));
	}
}

static void resolve(const uint8_t *data, size_t size)
{
	char why[STREAM_WHY_SIZE];
	uint16_t number = 0;
	const int r =
		tsmreq_stream_resolve(tsmreq_evidence_family_at(0), SEQ, data, size, &number, why);

	FUZZ_CHECK(r <= 1 && r >= -4095);
	FUZZ_CHECK(r || number > 0x10);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = {data, size};
	const uint8_t flags = fuzz_take_u8(&in);
	const uint32_t mask = fuzz_take_u16(&in) & TSMREQ_EVIDENCE_MASK_ALL;
	struct stream stream, twin;
	int r;

	if (flags & 4) {
		resolve(in.data, in.size);
		return 0;
	}
	if (!mask)
		return 0;
	stream = begin(flags, mask);
	r = tsmreq_stream_feed(&stream, in.data, in.size);
	check(&stream, r);
	twin = begin(flags, mask);
	FUZZ_CHECK(feed_apart(&twin, in.data, in.size) == r);
	check_same(&stream, &twin);
	tsmreq_stream_free(&stream);
	tsmreq_stream_free(&twin);
	return 0;
}
