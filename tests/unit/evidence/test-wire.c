/* SPDX-License-Identifier: MIT */
#include "evidence/wire.h"

#include "kit.h"

static void messages_fit_their_datagram(void **unused)
{
	struct wire_message message;
	const uint8_t *at = done;
	size_t left = sizeof(done);

	(void)unused;
	assert_int_equal(tsmreq_wire_next_message(&at, &left, &message), 1);
	assert_int_equal(message.type, 3);
	assert_int_equal(message.flags, 2);
	assert_int_equal(message.seq, 2);
	assert_int_equal(message.size, 4);
	assert_ptr_equal(message.body, done + 16);
	assert_int_equal(tsmreq_wire_next_message(&at, &left, &message), 0);
	for (size_t size = 1; size < sizeof(done); size++) {
		at = done;
		left = size;
		assert_int_equal(tsmreq_wire_next_message(&at, &left, &message), -1);
	}
}

static void a_message_is_no_shorter_than_its_header(void **unused)
{
	struct wire_message message;
	uint8_t bytes[20];

	(void)unused;
	for (uint8_t length = 0; length < 16; length++) {
		const uint8_t *at = bytes;
		size_t left = sizeof(bytes);

		memcpy(bytes, done, sizeof(bytes));
		bytes[0] = length;
		assert_int_equal(tsmreq_wire_next_message(&at, &left, &message), -1);
	}
}

static void attributes_are_padded_but_the_last(void **unused)
{
	static const uint8_t bytes[] = {5, 0, 1, 0, 'a', 0, 0, 0, 6, 0, 2, 0, 'b', 'c'};
	struct wire_attribute attribute;
	const uint8_t *at = bytes;
	size_t left = sizeof(bytes);

	(void)unused;
	assert_int_equal(tsmreq_wire_next_attribute(&at, &left, &attribute), 1);
	assert_int_equal(attribute.type, 1);
	assert_int_equal(attribute.size, 1);
	assert_int_equal(tsmreq_wire_next_attribute(&at, &left, &attribute), 1);
	assert_int_equal(attribute.size, 2);
	assert_int_equal(attribute.data[1], 'c');
	assert_int_equal(left, 0);
	assert_int_equal(tsmreq_wire_next_attribute(&at, &left, &attribute), 0);
	for (uint8_t length = 0; length < 4; length++) {
		const uint8_t shorter[] = {length, 0, 1, 0};

		at = shorter;
		left = 4;
		assert_int_equal(tsmreq_wire_next_attribute(&at, &left, &attribute), -1);
	}
	at = bytes;
	left = 4;
	assert_int_equal(tsmreq_wire_next_attribute(&at, &left, &attribute), -1);
	left = 3;
	assert_int_equal(tsmreq_wire_next_attribute(&at, &left, &attribute), -1);
}

/* An error of -22 with words, behind a request of @request bytes. */
static void words(uint16_t flags, uint32_t request, size_t cut, char *text, size_t size)
{
	uint8_t body[64] = {0xea, 0xff, 0xff, 0xff};
	struct wire_message message = {.body = body, .type = 2, .flags = flags};
	size_t at = 4;

	memcpy(body + at, &request, 4);
	at += flags & 0x100 ? 16 : (request + 3) & ~3u;
	memcpy(body + at, "\x0b\0\1\0one\ntwo", 11);
	message.size = at + 11 - cut;
	tsmreq_wire_text(&message, text, size);
}

static void the_kernels_words_are_found(void **unused)
{
	char text[16];

	(void)unused;
	words(0x300, 40, 0, text, sizeof(text));
	assert_string_equal(text, "one?two");
	words(0x200, 22, 0, text, sizeof(text));
	assert_string_equal(text, "one?two");
	words(0x200, 22, 0, text, 5);
	assert_string_equal(text, "one?");
	/* not announced, cut, or behind a request that is longer than all of it */
	words(0x100, 40, 0, text, sizeof(text));
	assert_string_equal(text, "");
	words(0x300, 40, 1, text, sizeof(text));
	assert_string_equal(text, "");
	words(0x200, 24, 28, text, sizeof(text));
	assert_string_equal(text, "");
	for (uint32_t request = 0; request < 16; request++) {
		words(0x200, request, 0, text, sizeof(text));
		assert_string_equal(text, "");
	}
}

static void an_errno_needs_four_bytes(void **unused)
{
	struct wire_message message = {.body = done_eagain + 16, .size = 4, .type = 3};
	int error = 0;

	(void)unused;
	assert_true(tsmreq_wire_errno(&message, &error));
	assert_int_equal(error, -11);
	message.size = 3;
	assert_false(tsmreq_wire_errno(&message, &error));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_fit_their_datagram),
		cmocka_unit_test(a_message_is_no_shorter_than_its_header),
		cmocka_unit_test(attributes_are_padded_but_the_last),
		cmocka_unit_test(the_kernels_words_are_found),
		cmocka_unit_test(an_errno_needs_four_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
