/* SPDX-License-Identifier: MIT */
/* AMD SEV: the state byte, and message pages answered with what belongs to them. */
#include "kit.h"

#define PAGE TSMREQ_SEV_PAGE_SIZE

static int op(struct tsmreq_mock *mock, uint32_t selector, const void *req, uint32_t req_len,
	      void *resp, uint32_t resp_len)
{
	struct call call = {.selector = selector,
			    .arch = TSMREQ_ARCH_SEV,
			    .req = req,
			    .req_len = req_len,
			    .resp = resp,
			    .resp_len = resp_len};

	return request_op(mock, 0x96, &call);
}

static struct tsmreq_mock *locked(enum tsmreq_uapi uapi)
{
	struct tsmreq_mock *mock = boot(uapi);

	add(mock, TSMREQ_ARCH_SEV, TSMREQ_MOCK_BOUND, TSMREQ_TDI_LOCKED, 0);
	return mock;
}

static void fill_message(uint8_t page[PAGE], uint8_t type, uint8_t version)
{
	memset(page, 0, PAGE);
	tsmreq_store_le64(page + 0x20, 0x1122334455667788u);
	page[0x30] = 1;
	page[0x31] = 1;
	tsmreq_store_le16(page + 0x32, 0x60);
	page[0x34] = type;
	page[0x35] = version;
	tsmreq_store_le16(page + 0x36, 0x30);
	page[0x3c] = 2;
}

static bool is_zero(const uint8_t *bytes, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (bytes[i] != 0)
			return false;
	return true;
}

/* What a guest's own check of an answer looks at. */
static void test_messages(void **state)
{
	static const struct {
		uint8_t type, version, answer;
		uint16_t size;
	} messages[] = {
		{0x13, 1, 0x14, 192}, {0x15, 2, 0x16, 48}, {0x17, 1, 0x18, 16}, {0x19, 2, 0x1a, 16},
		{0x81, 1, 0x01, 192}, {0x82, 1, 0x02, 48}, {0x83, 1, 0x03, 16}, {0x84, 1, 0x04, 16},
	};
	static const uint32_t ops[] = {OP_READ, OP_VALIDATE, OP_ENABLE_DMA, OP_DISABLE_DMA};
	struct tsmreq_mock *mock = locked(TSMREQ_UAPI_CCA_V7);
	uint8_t message[PAGE], page[PAGE];

	(void)state;
	for (size_t i = 0; i < sizeof(messages) / sizeof(messages[0]); i++) {
		fill_message(message, messages[i].type, messages[i].version);
		memset(page, 0xaa, sizeof(page));
		assert_int_equal(op(mock, ops[i % 4], message, PAGE, page, PAGE), 0);
		assert_true(tsmreq_load_le64(page + 0x20) == 0x1122334455667789u);
		assert_int_equal(page[0x30], 1);
		assert_int_equal(page[0x31], 1);
		assert_int_equal(tsmreq_load_le16(page + 0x32), 0x60);
		assert_int_equal(page[0x34], messages[i].answer);
		assert_int_equal(page[0x35], messages[i].version);
		assert_int_equal(tsmreq_load_le16(page + 0x36), messages[i].size);
		assert_int_equal(page[0x3c], 2);
		assert_false(is_zero(page + 0x60, messages[i].size));
		assert_true(
			is_zero(page + 0x60 + messages[i].size, PAGE - 0x60 - messages[i].size));
	}
	tsmreq_mock_free(mock);
}

/* A header the firmware cannot read is answered all the same, with nothing. */
static void test_unreadable_header(void **state)
{
	static const struct {
		size_t at;
		uint8_t value;
	} wrong[] = {{0x31, 2}, {0x32, 0x61}, {0x33, 1}, {0x37, 0x10}};
	struct tsmreq_mock *mock = locked(TSMREQ_UAPI_CCA_V7);
	uint8_t message[PAGE], page[PAGE];

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		fill_message(message, 0x15, 1);
		message[wrong[i].at] = wrong[i].value;
		memset(page, 0xaa, sizeof(page));
		assert_int_equal(op(mock, OP_VALIDATE, message, PAGE, page, PAGE), 0);
		assert_true(is_zero(page, sizeof(page)));
	}
	/* 4000 bytes of payload is the most there can be */
	fill_message(message, 0x15, 1);
	tsmreq_store_le16(message + 0x36, 4000);
	assert_int_equal(op(mock, OP_VALIDATE, message, PAGE, page, PAGE), 0);
	assert_false(is_zero(page, sizeof(page)));
	tsmreq_mock_free(mock);
}

static void test_message_lengths(void **state)
{
	struct tsmreq_mock *mock = locked(TSMREQ_UAPI_CCA_V7);
	uint8_t message[PAGE + 1], page[PAGE + 1];

	(void)state;
	fill_message(message, 0x15, 1);
	memset(page, 0xaa, sizeof(page));
	assert_int_equal(op(mock, OP_VALIDATE, message, 95, page, PAGE), -EINVAL);
	assert_int_equal(op(mock, OP_VALIDATE, message, 0, page, PAGE), -EINVAL);
	assert_int_equal(op(mock, OP_VALIDATE, message, PAGE + 1, page, PAGE), -EINVAL);
	assert_int_equal(op(mock, OP_VALIDATE, message, PAGE, page, PAGE + 1), -EINVAL);
	assert_int_equal(page[0], 0xaa);
	/* a short one is a page with zeros behind it, and no more is written than there is room */
	assert_int_equal(op(mock, OP_VALIDATE, message, 96, page, 0x40), 0);
	assert_int_equal(page[0x34], 0x16);
	assert_int_equal(page[0x40], 0xaa);
	assert_int_equal(op(mock, OP_VALIDATE, message, PAGE, page, PAGE), 0);
	assert_int_equal(page[PAGE], 0xaa);
	assert_int_equal(op(mock, OP_VALIDATE, message, PAGE, NULL, 0), 0);
	assert_int_equal(op(mock, OP_VALIDATE, NULL, PAGE, page, PAGE), -EFAULT);
	assert_int_equal(op(mock, OP_VALIDATE, message, PAGE, NULL, PAGE), -EFAULT);
	fault(mock, "resp-unwritable");
	assert_int_equal(op(mock, OP_VALIDATE, message, PAGE, page, PAGE), -EFAULT);
	tsmreq_mock_free(mock);
}

static void test_set_response(void **state)
{
	const struct tsmreq_vdevice_id id = {7};
	struct tsmreq_mock *mock = locked(TSMREQ_UAPI_CCA_V7);
	uint8_t message[PAGE], page[PAGE];

	(void)state;
	fill_message(message, 0x15, 1);
	assert_int_equal(tsmreq_mock_set_response(mock, id, (struct tsmreq_bytes){"abc", 3}), 0);
	assert_int_equal(tsmreq_mock_set_response(mock, id, (struct tsmreq_bytes){"xyz", 3}), 0);
	/* a message that fails does not use it up */
	fault(mock, "backend:EIO");
	assert_int_equal(op(mock, OP_READ, message, PAGE, page, PAGE), -EIO);
	fault(mock, "");
	assert_int_equal(op(mock, OP_READ, message, PAGE, page, PAGE), 0);
	assert_memory_equal(page, "xyz", 3);
	assert_true(is_zero(page + 3, PAGE - 3));
	/* once */
	assert_int_equal(op(mock, OP_READ, message, PAGE, page, PAGE), 0);
	assert_int_equal(page[0x34], 0x16);
	/* none at all is a page of zeros */
	assert_int_equal(tsmreq_mock_set_response(mock, id, (struct tsmreq_bytes){NULL, 0}), 0);
	assert_int_equal(op(mock, OP_READ, message, PAGE, page, PAGE), 0);
	assert_true(is_zero(page, PAGE));
	assert_int_equal(tsmreq_mock_set_response(mock, id,
						  (struct tsmreq_bytes){message, PAGE + 1}),
			 -EINVAL);
	assert_int_equal(tsmreq_mock_set_response(mock, id, (struct tsmreq_bytes){NULL, 1}),
			 -EINVAL);
	assert_int_equal(tsmreq_mock_set_response(mock, (struct tsmreq_vdevice_id){8},
						  (struct tsmreq_bytes){"abc", 3}),
			 -ENOENT);
	/* left behind: freed with the mock */
	assert_int_equal(tsmreq_mock_set_response(mock, id, (struct tsmreq_bytes){"abc", 3}), 0);
	tsmreq_mock_free(mock);
}

static void test_state_byte(void **state)
{
	struct tsmreq_mock *mock = locked(TSMREQ_UAPI_CCA_V7);
	uint8_t run = 1, stop = 0, other = 0x5a;
	uint8_t room[4];

	(void)state;
	assert_int_equal(op(mock, OP_STATE, &run, 1, NULL, 0), 0);
	assert_state(mock, TSMREQ_MOCK_BOUND, TSMREQ_TDI_RUN);
	assert_int_equal(op(mock, OP_STATE, &run, 1, NULL, 0), 0);
	assert_int_equal(op(mock, OP_STATE, &stop, 1, NULL, 0), 0);
	assert_state(mock, TSMREQ_MOCK_BOUND, TSMREQ_TDI_UNLOCKED);
	assert_int_equal(op(mock, OP_STATE, &run, 1, NULL, 0), -EFAULT);
	assert_int_equal(op(mock, OP_STATE, &other, 1, NULL, 0), 0);

	/* exactly one byte, and no answer */
	assert_int_equal(op(mock, OP_STATE, &run, 0, NULL, 0), -EINVAL);
	assert_int_equal(op(mock, OP_STATE, &room, 4, NULL, 0), -EINVAL);
	assert_int_equal(op(mock, OP_STATE, &run, 1, room, 1), -EINVAL);
	assert_int_equal(op(mock, OP_STATE, NULL, 1, NULL, 0), -EFAULT);
	tsmreq_mock_free(mock);

	/* any byte but 1 unbinds from RUN */
	mock = locked(TSMREQ_UAPI_CCA_V7);
	assert_int_equal(op(mock, OP_STATE, &run, 1, NULL, 0), 0);
	fault(mock, "backend:EIO");
	assert_int_equal(op(mock, OP_STATE, &other, 1, NULL, 0), -EIO);
	assert_state(mock, TSMREQ_MOCK_BOUND, TSMREQ_TDI_RUN);
	fault(mock, "");
	assert_int_equal(op(mock, OP_STATE, &other, 1, NULL, 0), 0);
	assert_state(mock, TSMREQ_MOCK_BOUND, TSMREQ_TDI_UNLOCKED);
	tsmreq_mock_free(mock);
}

static void test_ops(void **state)
{
	struct tsmreq_mock *mock = locked(TSMREQ_UAPI_CCA_V7);
	uint8_t message[PAGE], page[PAGE];
	struct call call = {.selector = OP_ENABLE_DMA,
			    .arch = TSMREQ_ARCH_CCA,
			    .req = message,
			    .req_len = PAGE,
			    .resp = page,
			    .resp_len = PAGE};

	(void)state;
	fill_message(message, 0x19, 1);
	assert_int_equal(op(mock, OP_REGEN, message, PAGE, page, PAGE), -EINVAL);
	assert_int_equal(op(mock, OP_INFO, message, PAGE, page, PAGE), -EINVAL);
	/* the DMA ops name the arch; a foreign arch dies in the backend */
	assert_int_equal(request_op(mock, 0x96, &call), -EINVAL);
	call.selector = OP_READ;
	assert_int_equal(request_op(mock, 0x96, &call), -EINVAL);
	tsmreq_mock_free(mock);
}

/* The residue overrides what the driver thought of the bytes: see the vectors. */
static void test_residue(void **state)
{
	struct tsmreq_mock *mock = locked(TSMREQ_UAPI_CCA_V7);
	uint8_t bytes[64] = {0x5a};

	(void)state;
	assert_int_equal(op(mock, OP_STATE, bytes, 64, NULL, 0), -EINVAL);
	fault(mock, "residue:12");
	assert_int_equal(op(mock, OP_STATE, bytes, 64, NULL, 0), 12);
	tsmreq_mock_free(mock);
}

static void test_scopes(void **state)
{
	static const enum tsmreq_uapi rows[] = {TSMREQ_UAPI_V2, TSMREQ_UAPI_V4, TSMREQ_UAPI_V5,
						TSMREQ_UAPI_V5_CODE};
	uint8_t message[PAGE], page[PAGE];
	uint8_t run = 1;

	(void)state;
	fill_message(message, 0x13, 1);
	for (size_t i = 0; i < 4; i++) {
		struct tsmreq_mock *mock = locked(rows[i]);
		uint8_t size = rows[i] == TSMREQ_UAPI_V5_CODE ? 48 : 40;
		struct call info = {
			.req = message, .req_len = PAGE, .resp = page, .resp_len = PAGE};
		struct call change = {.selector = 1, .req = &run, .req_len = 1};

		assert_int_equal(request_scope(mock, size, &info), 0);
		assert_int_equal(page[0x34], 0x14);
		assert_int_equal(request_scope(mock, size, &change), 0);
		assert_state(mock, TSMREQ_MOCK_BOUND, TSMREQ_TDI_RUN);
		info.req_len = 95;
		assert_int_equal(request_scope(mock, size, &info), -EINVAL);
		tsmreq_mock_free(mock);
	}
}

/* Nobody at AMD spoke rfc1. */
static void test_rfc1(void **state)
{
	struct tsmreq_mock *mock = locked(TSMREQ_UAPI_RFC1);
	uint8_t payload[4] = {3};
	struct call call = {.selector = 1, .req = payload, .req_len = 4};

	(void)state;
	assert_int_equal(request_type(mock, &call), -EINVAL);
	tsmreq_mock_free(mock);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_unreadable_header),
		cmocka_unit_test(test_message_lengths),
		cmocka_unit_test(test_set_response),
		cmocka_unit_test(test_state_byte),
		cmocka_unit_test(test_ops),
		cmocka_unit_test(test_residue),
		cmocka_unit_test(test_scopes),
		cmocka_unit_test(test_rfc1),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
