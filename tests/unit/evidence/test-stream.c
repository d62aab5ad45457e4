/* SPDX-License-Identifier: MIT */
#include "evidence/stream.h"

#include "kit.h"

/* Memory of exactly that size, where a sanitizer sees the first byte too many. */
static int feed(struct stream *stream, const void *bytes, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);
	int r;

	assert_non_null(copy);
	if (size)
		memcpy(copy, bytes, size);
	r = tsmreq_stream_feed(stream, copy, size);
	free(copy);
	return r;
}

static struct stream begin(uint32_t mask)
{
	struct stream stream = {.max_size = TSMREQ_LENGTH_MAX};

	tsmreq_stream_begin(&stream, tsmreq_evidence_family_at(0), 0x1f, 2, mask);
	return stream;
}

static void the_published_messages(void **unused)
{
	struct stream stream = begin(0x400);

	(void)unused;
	assert_int_equal(feed(&stream, first_message, sizeof(first_message)), 1);
	assert_int_equal(stream.objects[10].length, 20);
	assert_int_equal(stream.objects[10].generation, 1);
	assert_int_equal(feed(&stream, NULL, 0), 1);
	assert_int_equal(feed(&stream, continuation, sizeof(continuation)), 1);
	assert_int_equal(feed(&stream, done, sizeof(done)), 0);
	assert_int_equal(stream.objects[10].size, 20);
	for (uint8_t i = 0; i < 20; i++)
		assert_int_equal(stream.objects[10].bytes[i], i);
	tsmreq_stream_free(&stream);
}

static void all_in_one_datagram(void **unused)
{
	uint8_t bytes[sizeof(absent) + sizeof(first_message) + sizeof(continuation) + sizeof(done)];
	struct stream stream = begin(0x500);
	size_t size = 0;

	(void)unused;
	memcpy(bytes, absent, sizeof(absent));
	size += sizeof(absent);
	memcpy(bytes + size, first_message, sizeof(first_message));
	size += sizeof(first_message);
	memcpy(bytes + size, continuation, sizeof(continuation));
	size += sizeof(continuation);
	memcpy(bytes + size, done, sizeof(done));
	assert_int_equal(feed(&stream, bytes, sizeof(bytes)), 0);
	assert_int_equal(stream.objects[8].size, 0);
	assert_true(stream.objects[8].seen);
	assert_int_equal(stream.objects[10].size, 20);
	/* cut anywhere, it is no answer */
	for (size_t cut = 1; cut < sizeof(bytes); cut++) {
		tsmreq_stream_begin(&stream, tsmreq_evidence_family_at(0), 0x1f, 2, 0x500);
		assert_int_not_equal(feed(&stream, bytes, cut), 0);
	}
	tsmreq_stream_free(&stream);
}

static void errors_are_the_kernels(void **unused)
{
	struct stream stream = begin(0x400);

	(void)unused;
	assert_int_equal(feed(&stream, done_eagain, sizeof(done_eagain)), -EAGAIN);
	assert_int_equal(feed(&stream, error_enodev, sizeof(error_enodev)), -ENODEV);
	assert_string_equal(stream.why, "");
	/* before all is there, DONE without an errno is no success */
	assert_int_equal(feed(&stream, first_message, sizeof(first_message)), 1);
	assert_int_equal(feed(&stream, done, sizeof(done)), -EBADMSG);
	assert_string_equal(stream.why, "report ends after 12 of 20 bytes");
	tsmreq_stream_free(&stream);
}

static void a_done_too_short_for_an_errno_has_none(void **unused)
{
	uint8_t bytes[sizeof(done)];

	(void)unused;
	memcpy(bytes, done, sizeof(done));
	for (size_t size = 16; size < sizeof(done); size++) {
		struct stream stream = begin(0x400);

		bytes[0] = (uint8_t)size;
		assert_int_equal(feed(&stream, first_message, sizeof(first_message)), 1);
		assert_int_equal(feed(&stream, bytes, size), -EBADMSG);
		assert_string_equal(stream.why, "report ends after 12 of 20 bytes");
		tsmreq_stream_begin(&stream, tsmreq_evidence_family_at(0), 0x1f, 2, 0x400);
		assert_int_equal(feed(&stream, first_message, sizeof(first_message)), 1);
		assert_int_equal(feed(&stream, continuation, sizeof(continuation)), 1);
		assert_int_equal(feed(&stream, bytes, size), 0);
		tsmreq_stream_free(&stream);
	}
}

static void sizes_end_with_the_first_message(void **unused)
{
	struct stream stream = begin(0x400);

	(void)unused;
	stream.sizes = stream.first = true;
	assert_int_equal(feed(&stream, first_message, sizeof(first_message)), 0);
	assert_int_equal(stream.objects[10].size, 20);
	assert_null(stream.objects[10].bytes);
	tsmreq_stream_free(&stream);
}

static int resolve(const uint8_t *bytes, size_t size, uint32_t seq, uint16_t *ret)
{
	char why[STREAM_WHY_SIZE];

	return tsmreq_stream_resolve(tsmreq_evidence_family_at(0), seq, bytes, size, ret, why);
}

static void the_controllers_answer(void **unused)
{
	uint8_t bytes[sizeof(new_family)];
	uint16_t number = 0;

	(void)unused;
	assert_int_equal(resolve(new_family, sizeof(new_family), 1, &number), 0);
	assert_int_equal(number, 0x1f);
	assert_int_equal(resolve(new_family, 0, 1, &number), 1);
	assert_int_equal(resolve(new_family, sizeof(new_family), 2, &number), -EBADMSG);
	assert_int_equal(resolve(error_enodev, sizeof(error_enodev), 2, &number), -ENODEV);
	for (size_t cut = 1; cut < sizeof(new_family); cut++)
		assert_int_equal(resolve(new_family, cut, 1, &number), -EBADMSG);
	/* without its number, without its name, as another command */
	static const size_t broken[] = {42, 22, 16, 4};
	for (unsigned int i = 0; i < 4; i++) {
		memcpy(bytes, new_family, sizeof(bytes));
		bytes[broken[i]] = 99;
		assert_int_equal(resolve(bytes, sizeof(bytes), 1, &number), -EBADMSG);
	}
}

/* Any byte of a good stream may be any other: the answer is one of the few there are, every time.
 */
static void one_wrong_byte_at_a_time(void **unused)
{
	uint8_t bytes[sizeof(first_message)];
	int r;

	(void)unused;
	for (size_t at = 0; at < sizeof(bytes); at++) {
		for (unsigned int value = 0; value < 256; value++) {
			struct stream stream = begin(0x400);

			memcpy(bytes, first_message, sizeof(bytes));
			bytes[at] = (uint8_t)value;
			r = feed(&stream, bytes, sizeof(bytes));
			if (r == 1)
				r = feed(&stream, continuation, sizeof(continuation));
			if (r == 1)
				r = feed(&stream, done, sizeof(done));
			assert_true(r == 0 || r == -EBADMSG || r == -EFBIG || r == -EAGAIN ||
				    r == -ENOBUFS);
			tsmreq_stream_free(&stream);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_published_messages),
		cmocka_unit_test(all_in_one_datagram),
		cmocka_unit_test(errors_are_the_kernels),
		cmocka_unit_test(a_done_too_short_for_an_errno_has_none),
		cmocka_unit_test(sizes_end_with_the_first_message),
		cmocka_unit_test(the_controllers_answer),
		cmocka_unit_test(one_wrong_byte_at_a_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
