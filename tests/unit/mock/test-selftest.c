/* SPDX-License-Identifier: MIT */
/* The number of the kernel's own tests, where it was asked for, and nowhere else. */
#include "ioas.h"

static int selftest(struct tsmreq_mock *mock, uint32_t op, uint32_t id, uint64_t first,
		    uint64_t second, uint32_t third)
{
	uint8_t arg[72] = {72};

	tsmreq_store_le32(arg + 4, op);
	tsmreq_store_le32(arg + 8, id);
	tsmreq_store_le64(arg + 16, first);
	tsmreq_store_le64(arg + 24, second);
	tsmreq_store_le32(arg + 32, third);
	return ask(mock, 0xa0, arg);
}

static void test_operations(void **state)
{
	const struct tsmreq_mock_opts opts = {
		.size = sizeof(opts), .uapi = TSMREQ_UAPI_CCA_V7, .flags = TSMREQ_MOCK_SELFTEST};
	struct tsmreq_mock *mock;
	uint32_t ioas;

	(void)state;
	assert_int_equal(tsmreq_mock_new(&mock, &opts), 0);
	ioas = ioas_alloc(mock);
	assert_int_equal(selftest(mock, 1, 99, PAGE, 0, 0), -EINVAL);
	assert_int_equal(selftest(mock, 1, 99, PAGE, UINT64_MAX, 0), -EOVERFLOW);
	assert_int_equal(selftest(mock, 1, 99, PAGE, PAGE, 0), -ENOENT);
	assert_int_equal(selftest(mock, 1, ioas, PAGE, PAGE, 0), 0);
	assert_int_equal(map_fixed(mock, ioas, 2 * PAGE - 1, 1), -EINVAL);
	assert_int_equal(map_fixed(mock, ioas, 2 * PAGE, 1), 0);
	assert_int_equal(selftest(mock, 1, ioas, 2 * PAGE, PAGE, 0), -EADDRINUSE);

	assert_int_equal(selftest(mock, 4, 0, 1, 0, 0), -EINVAL);
	assert_int_equal(selftest(mock, 4, 0, PAGE, 1, 0), -EINVAL);
	assert_int_equal(selftest(mock, 4, 0, PAGE, UINT64_MAX - PAGE + 1, 0), -EINVAL);
	assert_int_equal(selftest(mock, 4, 0, 0, 0, 7), 0);
	assert_int_equal(selftest(mock, 4, 0, PAGE, 0, 0), -EFAULT);
	assert_int_equal(selftest(mock, 4, 0, PAGE, 0x100000, 0), 0);
	assert_int_equal(selftest(mock, 4, 0, PAGE, 0x100000, 1), -EIO);

	assert_int_equal(selftest(mock, 9, 0, 11, 0, 0), -EINVAL);
	assert_int_equal(selftest(mock, 9, 0, 12, 0, 0), 0);
	/* a simulated device */
	assert_int_equal(selftest(mock, 2, 99, 0, 0, 0), -ENOENT);
	assert_int_equal(selftest(mock, 2, ioas, 0, 0, 0), -EOPNOTSUPP);
	tsmreq_mock_free(mock);
}

/* The table reaches as far as this number, with holes before it. */
static void test_reach(void **state)
{
	const struct tsmreq_mock_opts opts = {
		.size = sizeof(opts), .uapi = TSMREQ_UAPI_CCA_V7, .flags = TSMREQ_MOCK_SELFTEST};
	struct tsmreq_mock *mock;
	uint8_t arg[72] = {67};

	(void)state;
	assert_int_equal(tsmreq_mock_new(&mock, &opts), 0);
	assert_int_equal(ask(mock, 0xa0, arg), -EINVAL);
	assert_int_equal(ask(mock, 0x97, NULL), -EFAULT);
	assert_int_equal(ask(mock, 0x97, arg), -ENOTTY);
	assert_int_equal(ask(mock, 0xa1, NULL), -ENOTTY);
	tsmreq_mock_free(mock);

	mock = boot(TSMREQ_UAPI_CCA_V7);
	assert_int_equal(ask(mock, 0xa0, NULL), -ENOTTY);
	assert_int_equal(ask(mock, 0x97, NULL), -ENOTTY);
	tsmreq_mock_free(mock);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_operations),
		cmocka_unit_test(test_reach),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
