/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cmocka.h>
#include <tsmreq/mock.h>

/* A test that makes its own mock, for code that calls ioctl(2). */

static struct tsmreq_mock *new_mock(struct tsmreq_vdevice_id *ret_id)
{
	const struct tsmreq_mock_opts opts = {.size = sizeof(opts), .uapi = TSMREQ_UAPI_JUNE};
	const struct tsmreq_mock_vdevice device = {.size = sizeof(device), .arch = TSMREQ_ARCH_CCA};
	struct tsmreq_mock *mock;

	assert_int_equal(tsmreq_mock_new(&mock, &opts), 0);
	assert_int_equal(tsmreq_mock_add_vdevice(mock, &device, ret_id), 0);
	return mock;
}

static void without_the_door_it_says_why_not(void **unused)
{
	struct tsmreq_vdevice_id id;
	struct tsmreq_mock *mock = new_mock(&id);
	const char *why = NULL;

	(void)unused;
	assert_int_equal(tsmreq_mock_open_fd(mock, &why), -ENOTSUP);
	assert_non_null(strstr(why, "libtsmreq-mock-preload"));
	assert_int_equal(tsmreq_mock_open_fd(NULL, &why), -EINVAL);
	tsmreq_mock_free(mock);
}

static void a_descriptor_reaches_the_programs_own_mock(void **unused)
{
	enum tsmreq_mock_bound bound;
	struct tsmreq_vdevice_id id;
	struct tsmreq_mock *mock = new_mock(&id);
	uint32_t arg[4] = {16, 1, 0, id.raw};
	const char *why = NULL;
	int fd;

	(void)unused;
	fd = tsmreq_mock_open_fd(mock, &why);
	assert_true(fd >= 0);
	assert_string_equal(why, "");
	assert_int_equal(ioctl(fd, 0x3b95, arg), 0);
	assert_int_equal(tsmreq_mock_get_state(mock, id, &bound, NULL), 0);
	assert_int_equal(bound, TSMREQ_MOCK_BOUND);
	close(fd);
	/* the mock is its maker's, and outlives its descriptors */
	fd = tsmreq_mock_open_fd(mock, NULL);
	arg[1] = 2;
	assert_int_equal(ioctl(fd, 0x3b95, arg), 0);
	assert_int_equal(tsmreq_mock_get_state(mock, id, &bound, NULL), 0);
	assert_int_equal(bound, TSMREQ_MOCK_UNBOUND);
	close(fd);
	tsmreq_mock_free(mock);
}

/* test-preload-open-fd [door]: is it run under the door? */
int main(int argc, char **argv)
{
	const struct CMUnitTest without[] = {
		cmocka_unit_test(without_the_door_it_says_why_not),
	};
	const struct CMUnitTest with[] = {
		cmocka_unit_test(a_descriptor_reaches_the_programs_own_mock),
	};

	if (argc == 2 && strcmp(argv[1], "door") == 0)
		return cmocka_run_group_tests(with, NULL, NULL);
	return cmocka_run_group_tests(without, NULL, NULL);
}
