/* SPDX-License-Identifier: MIT */
#include "evidence/nlerr.h"
#include <netlink/errno.h>
#include <netlink/netlink.h>
#include <tsmreq/text.h>

#include "kit.h"

static void every_number_of_libnls_has_an_errno(void **unused)
{
	(void)unused;
	assert_int_equal(tsmreq_errno_from_nl(0), 0);
	for (int number = 1; number <= NLE_MAX; number++) {
		const int error = tsmreq_errno_from_nl(-number);

		assert_in_range(-error, 1, 133);
		assert_int_equal(tsmreq_errno_from_nl(number), error);
		assert_string_not_equal(tsmreq_errno_to_string(error), "unknown");
	}
	/* the ones that look like another errno when they are let through */
	assert_int_equal(tsmreq_errno_from_nl(-NLE_NOMEM), -ENOMEM);
	assert_int_equal(tsmreq_errno_from_nl(-NLE_AGAIN), -EAGAIN);
	assert_int_equal(tsmreq_errno_from_nl(-NLE_EXIST), -EEXIST);
	assert_int_equal(tsmreq_errno_from_nl(-NLE_PERM), -EPERM);
	assert_int_equal(tsmreq_errno_from_nl(-NLE_NODEV), -ENODEV);
	assert_int_equal(tsmreq_errno_from_nl(-NLE_INTR), -EINTR);
	assert_int_equal(tsmreq_errno_from_nl(-NLE_BUSY), -EBUSY);
}

static void what_libnl_folds_comes_out_again_or_as_eio(void **unused)
{
	static const int whole[] = {EINTR, EAGAIN, ENOMEM, EEXIST, ERANGE,    EBUSY,
				    EPERM, ENODEV, EBADF,  EINVAL, EOPNOTSUPP};

	(void)unused;
	for (unsigned int i = 0; i < sizeof(whole) / sizeof(whole[0]); i++)
		assert_int_equal(tsmreq_errno_from_nl(-nl_syserr2nlerr(whole[i])), -whole[i]);
	assert_int_equal(tsmreq_errno_from_nl(-nl_syserr2nlerr(ENXIO)), -EIO);
}

static void numbers_it_does_not_have_are_eio(void **unused)
{
	(void)unused;
	assert_int_equal(tsmreq_errno_from_nl(-NLE_MAX - 1), -EIO);
	assert_int_equal(tsmreq_errno_from_nl(NLE_MAX + 1), -EIO);
	assert_int_equal(tsmreq_errno_from_nl(INT32_MAX), -EIO);
	assert_int_equal(tsmreq_errno_from_nl(INT32_MIN), -EIO);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_number_of_libnls_has_an_errno),
		cmocka_unit_test(what_libnl_folds_comes_out_again_or_as_eio),
		cmocka_unit_test(numbers_it_does_not_have_are_eio),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
