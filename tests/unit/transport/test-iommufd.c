/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "transport/iommufd.h"

/* The library is linked with ioctl(2) and close(2) wrapped: both come here first. */

static struct {
	int rc, err; /* what the kernel answers */
	unsigned int ioctls;
	int fd;
	unsigned long request;
	void *arg;
	unsigned int closes;
	int closed;
} kernel;

int __wrap_ioctl(int fd, unsigned long request, ...);
int __wrap_close(int fd);
int __real_close(int fd);

int __wrap_ioctl(int fd, unsigned long request, ...)
{
	va_list ap;

	va_start(ap, request);
	kernel.arg = va_arg(ap, void *);
	va_end(ap);
	kernel.ioctls++;
	kernel.fd = fd;
	kernel.request = request;
	errno = kernel.err;
	return kernel.rc;
}

int __wrap_close(int fd)
{
	kernel.closes++;
	kernel.closed = fd;
	return __real_close(fd);
}

static int reset(void **unused)
{
	(void)unused;
	memset(&kernel, 0, sizeof(kernel));
	return 0;
}

static int submit(int fd, unsigned long request, void *arg)
{
	struct tsmreq_transport transport = tsmreq_iommufd_borrow(fd);

	return transport.submit(transport.userdata, request, arg);
}

static bool is_open(int fd)
{
	return fcntl(fd, F_GETFD) >= 0;
}

static int some_descriptor(void)
{
	int fd = open("/dev/null", O_RDWR | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static void one_ioctl_with_what_was_given(void **unused)
{
	static const int fds[] = {0, 1, 4711, INT32_MAX};
	uint8_t arg[48];

	(void)unused;
	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++) {
		kernel.ioctls = 0;
		assert_int_equal(submit(fds[i], 0x3b96, arg), 0);
		assert_int_equal(kernel.ioctls, 1);
		assert_int_equal(kernel.fd, fds[i]);
		assert_int_equal(kernel.request, 0x3b96);
		assert_ptr_equal(kernel.arg, arg);
	}
}

static void minus_one_is_the_errno(void **unused)
{
	(void)unused;
	kernel.rc = -1;
	for (kernel.err = 1; kernel.err <= 133; kernel.err++)
		assert_int_equal(submit(3, 0x3b96, NULL), -kernel.err);
}

static void what_was_interrupted_is_not_sent_again_here(void **unused)
{
	(void)unused;
	kernel.rc = -1;
	kernel.err = EINTR;
	assert_int_equal(submit(3, 0x3b96, NULL), -EINTR);
	assert_int_equal(kernel.ioctls, 1);
}

/* A residue above INT_MAX, cut to an int: errno is whatever it was before. */
static void any_other_negative_is_broken(void **unused)
{
	static const int negatives[] = {-2, (int)0xfffffff7u, -4095, -4096, INT32_MIN};

	(void)unused;
	for (size_t i = 0; i < sizeof(negatives) / sizeof(negatives[0]); i++) {
		kernel.rc = negatives[i];
		kernel.err = EINTR;
		assert_int_equal(submit(3, 0x3b96, NULL), -EBADE);
	}
}

static void a_good_answer_passes_whatever_errno_holds(void **unused)
{
	static const int answers[] = {0, 1, 48, 0x1000000, INT32_MAX};

	(void)unused;
	kernel.err = EIO;
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		kernel.rc = answers[i];
		assert_int_equal(submit(3, 0x3b96, NULL), answers[i]);
	}
}

static void both_say_their_size(void **unused)
{
	(void)unused;
	assert_int_equal(tsmreq_iommufd_borrow(3).size, sizeof(struct tsmreq_transport));
	assert_int_equal(tsmreq_iommufd_own(3).size, sizeof(struct tsmreq_transport));
}

static const struct tsmreq_ctx_opts named = {.size = sizeof(named), .uapi = TSMREQ_UAPI_CCA_V7};

static void a_borrowed_descriptor_is_left_open(void **unused)
{
	struct tsmreq_ctx *ctx = NULL;
	int fd = some_descriptor();

	(void)unused;
	assert_null(tsmreq_iommufd_borrow(fd).release);
	assert_int_equal(tsmreq_ctx_new_from_fd(&ctx, fd, &named), 0);
	tsmreq_ctx_free(ctx);
	assert_int_equal(kernel.closes, 0);
	assert_true(is_open(fd));
	__real_close(fd);
}

static void an_owned_descriptor_is_closed_once_with_its_context(void **unused)
{
	struct tsmreq_ctx *ctx = NULL;
	int fd = some_descriptor();
	struct tsmreq_transport transport = tsmreq_iommufd_own(fd);

	(void)unused;
	assert_int_equal(tsmreq_ctx_new_from_transport(&ctx, &transport, &named), 0);
	assert_int_equal(kernel.closes, 0);
	assert_true(is_open(fd));
	tsmreq_ctx_free(ctx);
	assert_int_equal(kernel.closes, 1);
	assert_int_equal(kernel.closed, fd);
	assert_false(is_open(fd));
}

static void an_owned_one_sends_as_a_borrowed_one_does(void **unused)
{
	struct tsmreq_transport transport = tsmreq_iommufd_own(4711);
	uint8_t arg[48];

	(void)unused;
	kernel.rc = 12;
	assert_int_equal(transport.submit(transport.userdata, 0x3b97, arg), 12);
	assert_int_equal(kernel.fd, 4711);
	assert_int_equal(kernel.request, 0x3b97);
	assert_ptr_equal(kernel.arg, arg);
}

static void what_was_opened_is_closed_once_with_its_context(void **unused)
{
	struct tsmreq_ctx *ctx = NULL;

	(void)unused;
	assert_int_equal(tsmreq_ctx_open(&ctx, "/dev/null", &named), 0);
	assert_int_equal(kernel.closes, 0);
	tsmreq_ctx_free(ctx);
	assert_int_equal(kernel.closes, 1);
	assert_false(is_open(kernel.closed));
}

static void what_was_opened_in_vain_is_closed_once(void **unused)
{
	struct tsmreq_ctx *ctx = NULL;

	(void)unused;
	/* no iommufd: the probe says so */
	kernel.rc = -1;
	kernel.err = ENOTTY;
	assert_true(tsmreq_ctx_open(&ctx, "/dev/null", NULL) < 0);
	assert_null(ctx);
	assert_int_equal(kernel.ioctls, 1);
	assert_int_equal(kernel.closes, 1);
	assert_int_equal(kernel.closed, kernel.fd);
	assert_false(is_open(kernel.closed));
}

static void a_path_is_opened_to_read_and_write_and_closed_on_exec(void **unused)
{
	int fd = tsmreq_iommufd_open("/dev/null");

	(void)unused;
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	assert_int_equal(fcntl(fd, F_GETFL) & O_ACCMODE, O_RDWR);
	__real_close(fd);
}

/* A daemon has closed its standard input: 0 is the next descriptor. */
static void descriptor_0_is_a_descriptor(void **unused)
{
	int stdin_kept = dup(0);

	(void)unused;
	__real_close(0);
	assert_int_equal(tsmreq_iommufd_open("/dev/null"), 0);
	if (stdin_kept < 0)
		return;
	dup2(stdin_kept, 0);
	__real_close(stdin_kept);
}

static void a_path_that_cannot_be_opened_says_why(void **unused)
{
	(void)unused;
	assert_int_equal(tsmreq_iommufd_open("/no/such/device"), -ENOENT);
	assert_int_equal(tsmreq_iommufd_open("/"), -EISDIR);
	assert_int_equal(tsmreq_iommufd_open(""), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(one_ioctl_with_what_was_given, reset),
		cmocka_unit_test_setup(minus_one_is_the_errno, reset),
		cmocka_unit_test_setup(what_was_interrupted_is_not_sent_again_here, reset),
		cmocka_unit_test_setup(any_other_negative_is_broken, reset),
		cmocka_unit_test_setup(a_good_answer_passes_whatever_errno_holds, reset),
		cmocka_unit_test_setup(both_say_their_size, reset),
		cmocka_unit_test_setup(a_borrowed_descriptor_is_left_open, reset),
		cmocka_unit_test_setup(an_owned_descriptor_is_closed_once_with_its_context, reset),
		cmocka_unit_test_setup(an_owned_one_sends_as_a_borrowed_one_does, reset),
		cmocka_unit_test_setup(what_was_opened_is_closed_once_with_its_context, reset),
		cmocka_unit_test_setup(what_was_opened_in_vain_is_closed_once, reset),
		cmocka_unit_test_setup(a_path_is_opened_to_read_and_write_and_closed_on_exec,
				       reset),
		cmocka_unit_test_setup(descriptor_0_is_a_descriptor, reset),
		cmocka_unit_test_setup(a_path_that_cannot_be_opened_says_why, reset),
	};

	return cmocka_run_group_tests_name("transport/iommufd", tests, NULL, NULL);
}
