/* SPDX-License-Identifier: MIT */
/* What needs hardware: arguments and ids are tested, then there is nothing to be had. */
#include "kit.h"

static struct tsmreq_mock *mock;
static uint32_t device, hwpt, viommu, nested;

static uint32_t put(enum tsmreq_mock_kind kind)
{
	uint32_t id = 0;

	assert_int_equal(tsmreq_mock_add_object(mock, kind, 0, &id), 0);
	return id;
}

static uint32_t nest(void)
{
	const uint8_t ste[16] = {0};
	uint8_t arg[48] = {48};

	tsmreq_store_le32(arg + 8, device);
	tsmreq_store_le32(arg + 12, hwpt);
	tsmreq_store_le32(arg + 24, 2);
	tsmreq_store_le32(arg + 28, sizeof(ste));
	tsmreq_store_le64(arg + 32, (uintptr_t)ste);
	assert_int_equal(ask(mock, 0x89, arg), 0);
	return tsmreq_load_le32(arg + 16);
}

static int setup(void **state)
{
	(void)state;
	mock = boot(TSMREQ_UAPI_V5);
	device = put(TSMREQ_MOCK_DEVICE);
	hwpt = put(TSMREQ_MOCK_HWPT);
	viommu = put(TSMREQ_MOCK_VIOMMU);
	nested = nest();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	mock = tsmreq_mock_free(mock);
	return 0;
}

struct word {
	uint32_t at, value;
};

/* @size bytes, all 0 but for up to four words. */
static int ask_words(uint32_t nr, uint32_t size, const struct word words[4])
{
	uint8_t arg[48] = {0};

	tsmreq_store_le32(arg, size);
	for (size_t i = 0; i < 4 && words[i].at != 0; i++)
		tsmreq_store_le32(arg + words[i].at, words[i].value);
	return ask(mock, nr, arg);
}

#define ASK(nr, size, ...) ask_words(nr, size, (const struct word[4]){__VA_ARGS__})

static void test_info(void **state)
{
	uint8_t bytes[300];
	uint8_t arg[40];

	(void)state;
	assert_int_equal(ASK(0x8a, 40, {4, 2}, {8, device}), -EOPNOTSUPP);
	assert_int_equal(ASK(0x8a, 40, {28, 0x100}, {8, device}), -EOPNOTSUPP);
	assert_int_equal(ASK(0x8a, 40, {8, hwpt}), -ENOENT);
	/* a kind of hardware by name: none of it is here, unless the name is to be ignored */
	assert_int_equal(ASK(0x8a, 40, {8, device}, {4, 1}, {24, 2}), -EOPNOTSUPP);
	assert_int_equal(ASK(0x8a, 40, {8, device}, {24, 2}), 0);
	assert_int_equal(ASK(0x8a, 40, {8, device}, {12, 4}), -EFAULT);

	/* the room is cleared, to its end and no further */
	memset(bytes, 0xa5, sizeof(bytes));
	memset(arg, 0xff, sizeof(arg));
	memset(arg + 4, 0, 4);
	tsmreq_store_le32(arg, 40);
	tsmreq_store_le32(arg + 8, device);
	tsmreq_store_le32(arg + 12, 299);
	tsmreq_store_le64(arg + 16, (uintptr_t)bytes);
	tsmreq_store_le32(arg + 28, 0xff);
	assert_int_equal(ask(mock, 0x8a, arg), 0);
	for (size_t i = 0; i < 299; i++)
		assert_int_equal(bytes[i], 0);
	assert_int_equal(bytes[299], 0xa5);
	assert_int_equal(tsmreq_load_le32(arg + 12), 0);
	for (size_t i = 24; i < sizeof(arg); i++)
		assert_int_equal(arg[i], 0);
}

static void test_dirty(void **state)
{
	(void)state;
	assert_int_equal(ASK(0x8b, 16, {4, 2}, {8, 99}), -EOPNOTSUPP);
	assert_int_equal(ASK(0x8b, 16, {4, 1}, {8, 99}), -ENOENT);
	assert_int_equal(ASK(0x8b, 16, {8, nested}), -ENOENT);
	assert_int_equal(ASK(0x8b, 16, {4, 1}, {8, hwpt}), -EOPNOTSUPP);

	assert_int_equal(ASK(0x8c, 48, {8, 2}, {4, 99}), -EOPNOTSUPP);
	assert_int_equal(ASK(0x8c, 48, {12, 1}, {4, 99}), -EOPNOTSUPP);
	assert_int_equal(ASK(0x8c, 48, {8, 1}, {4, 99}), -ENOENT);
	assert_int_equal(ASK(0x8c, 48, {4, nested}), -ENOENT);
	assert_int_equal(ASK(0x8c, 48, {4, hwpt}, {20, 1}), -EOVERFLOW);
	assert_int_equal(ASK(0x8c, 48, {4, hwpt}, {16, 1}, {24, 4096}, {32, 1}), -EINVAL);
	assert_int_equal(ASK(0x8c, 48, {4, hwpt}, {24, 4097}, {32, 1}), -EINVAL);
	assert_int_equal(ASK(0x8c, 48, {4, hwpt}, {24, 4096}, {32, 0}), -EINVAL);
	assert_int_equal(ASK(0x8c, 48, {4, hwpt}, {24, 4096}, {32, 8192}), -EINVAL);
	assert_int_equal(ASK(0x8c, 48, {4, hwpt}, {24, 8192}, {32, 8192}), -EOPNOTSUPP);
}

/* The number of entries done is 0, and is told even then. */
static void test_invalidate(void **state)
{
	uint8_t arg[32] = {32};

	(void)state;
	assert_int_equal(ASK(0x8d, 32, {28, 1}, {4, 99}), -EOPNOTSUPP);
	assert_int_equal(ASK(0x8d, 32, {24, 1}, {20, 16}, {4, 99}), -EINVAL);
	assert_int_equal(ASK(0x8d, 32, {24, 1}, {8, 16}, {4, 99}), -EINVAL);
	assert_int_equal(ASK(0x8d, 32, {4, 99}), -ENOENT);
	assert_int_equal(ASK(0x8d, 32, {4, device}), -EINVAL);
	assert_int_equal(ASK(0x8d, 32, {4, hwpt}), -EINVAL);
	assert_int_equal(ASK(0x8d, 32, {4, nested}), -EOPNOTSUPP);
	assert_int_equal(ASK(0x8d, 32, {4, viommu}), -EOPNOTSUPP);
	tsmreq_store_le32(arg + 24, 5);
	assert_int_equal(ask(mock, 0x8d, arg), -EINVAL);
	assert_int_equal(tsmreq_load_le32(arg + 24), 0);
}

static void test_queues(void **state)
{
	(void)state;
	assert_int_equal(ASK(0x8e, 16, {0}), -EOPNOTSUPP);

	assert_int_equal(ASK(0x93, 32, {4, 1}, {12, 1}, {16, 1}, {8, 99}), -EOPNOTSUPP);
	assert_int_equal(ASK(0x93, 32, {28, 1}, {12, 1}, {16, 1}, {8, 99}), -EOPNOTSUPP);
	assert_int_equal(ASK(0x93, 32, {8, 99}, {16, 1}), -EOPNOTSUPP);
	assert_int_equal(ASK(0x93, 32, {8, 99}, {12, 1}), -EINVAL);
	assert_int_equal(ASK(0x93, 32, {8, 99}, {12, 1}, {16, 1}), -ENOENT);
	assert_int_equal(ASK(0x93, 32, {8, viommu}, {12, 1}, {16, 1}), -EOPNOTSUPP);

	assert_int_equal(ASK(0x94, 40, {4, 1}, {12, 1}), -EOPNOTSUPP);
	assert_int_equal(ASK(0x94, 40, {8, 99}), -EOPNOTSUPP);
	assert_int_equal(ASK(0x94, 40, {8, 99}, {12, 1}), -EINVAL);
	assert_int_equal(ASK(0x94, 40, {12, 1}, {24, 2}, {32, UINT32_MAX}, {36, UINT32_MAX}),
			 -EOVERFLOW);
	assert_int_equal(ASK(0x94, 40, {8, 99}, {12, 1}, {32, 1}), -ENOENT);
	assert_int_equal(ASK(0x94, 40, {8, viommu}, {12, 1}, {32, 1}), -EOPNOTSUPP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_info, setup, teardown),
		cmocka_unit_test_setup_teardown(test_dirty, setup, teardown),
		cmocka_unit_test_setup_teardown(test_invalidate, setup, teardown),
		cmocka_unit_test_setup_teardown(test_queues, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
