/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>
#include <tsmreq/tsmreq.h>

/* A program that knows nothing of the mock, run by `tsmreq mock --devices 2`: see meson.build. */

#define DESTROY	 0x3b80u
#define VDEVICE1 3u
#define VDEVICE2 4u

static int destroy(int fd, uint32_t id)
{
	uint32_t arg[2] = {8, id};

	return ioctl(fd, DESTROY, arg) < 0 ? -errno : 0;
}

static int open_iommu(void)
{
	const int fd = open("/dev/iommu", O_RDWR | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static unsigned int count_descriptors(void)
{
	unsigned int count = 0;

	for (int fd = 0; fd < 256; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

/* What open() is in a program built with _FORTIFY_SOURCE. */
int __open_2(const char *path, int flags);
int __open64_2(const char *path, int flags);
int __openat_2(int dir, const char *path, int flags);
int __openat64_2(int dir, const char *path, int flags);

static void every_way_to_open_it_leads_to_a_kernel_of_its_own(void **unused)
{
	const int fds[] = {
		open("/dev/iommu", O_RDWR),
		open64("/dev/iommu", O_RDWR | O_CLOEXEC),
		openat(AT_FDCWD, "/dev/iommu", O_RDWR),
		openat64(AT_FDCWD, "/dev/iommu", O_RDWR),
		open("/dev/vfio/vfio", O_RDWR),
		__open_2("/dev/iommu", O_RDWR),
		__open64_2("/dev/iommu", O_RDWR),
		__openat_2(AT_FDCWD, "/dev/iommu", O_RDWR),
		__openat64_2(AT_FDCWD, "/dev/iommu", O_RDWR),
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++) {
		assert_true(fds[i] >= 0);
		assert_int_equal(destroy(fds[i], VDEVICE1), 0);
		assert_int_equal(destroy(fds[i], VDEVICE1), -ENOENT);
	}
	assert_int_equal(fcntl(fds[0], F_GETFD), 0);
	assert_int_equal(fcntl(fds[1], F_GETFD), FD_CLOEXEC);
	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
		assert_int_equal(close(fds[i]), 0);
}

static void it_looks_like_a_character_device(void **unused)
{
	const int fd = open_iommu();
	struct stat64 st64;
	struct statx stx;
	struct stat st;

	(void)unused;
	assert_int_equal(fstat(fd, &st), 0);
	assert_true(S_ISCHR(st.st_mode));
	assert_int_equal(fstat64(fd, &st64), 0);
	assert_true(S_ISCHR(st64.st_mode));
	assert_int_equal(fstatat(fd, "", &st, AT_EMPTY_PATH), 0);
	assert_true(S_ISCHR(st.st_mode));
	assert_int_equal(fstatat64(fd, "", &st64, AT_EMPTY_PATH), 0);
	assert_true(S_ISCHR(st64.st_mode));
	assert_int_equal(statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &stx), 0);
	assert_true(S_ISCHR(stx.stx_mode));
	assert_int_equal(stx.stx_rdev_major, major(st.st_rdev));
	close(fd);
	assert_int_equal(statx(AT_FDCWD, "/", 0, STATX_BASIC_STATS, &stx), 0);
	assert_true(S_ISDIR(stx.stx_mode));
	assert_int_equal(fstat(0, &st), 0);
	assert_int_equal(fstat(fd, &st), -1);
	assert_int_equal(errno, EBADF);
}

static void a_duplicate_is_the_same_kernel(void **unused)
{
	const int fd = open_iommu(), twin = dup(fd), third = fcntl(fd, F_DUPFD, 100);

	(void)unused;
	assert_int_equal(destroy(twin, VDEVICE1), 0);
	assert_int_equal(destroy(fd, VDEVICE1), -ENOENT);
	close(fd);
	assert_int_equal(destroy(third, VDEVICE2), 0);
	close(third);
	assert_int_equal(destroy(twin, VDEVICE2), -ENOENT);
	close(twin);
	assert_int_equal(destroy(twin, VDEVICE2), -EBADF);
}

static void a_number_that_is_used_again_is_another_file(void **unused)
{
	uint32_t arg[2] = {8, VDEVICE1};
	const int fd = open_iommu();
	int other;

	(void)unused;
	assert_int_equal(destroy(fd, 0), -ENOENT);
	other = open("/dev/null", O_RDWR);
	assert_int_equal(dup2(other, fd), fd);
	assert_int_equal(ioctl(fd, DESTROY, arg), -1);
	assert_int_equal(errno, ENOTTY);
	assert_int_equal(dup3(other, fd, O_CLOEXEC), fd);
	close(fd);
	/* and back again */
	assert_int_equal(open_iommu(), fd);
	assert_int_equal(destroy(fd, VDEVICE1), 0);
	close(fd);
	close(other);
}

static void ranges_and_foreign_descriptors_are_left_alone(void **unused)
{
	uint32_t arg[2] = {8, VDEVICE1};
	int pipes[2], waiting = -1, fd = open_iommu();

	(void)unused;
	assert_int_equal(pipe(pipes), 0);
	assert_int_equal(write(pipes[1], "four", 4), 4);
	assert_int_equal(ioctl(pipes[0], FIONREAD, &waiting), 0);
	assert_int_equal(waiting, 4);
	/* the same type byte on a file of somebody else's, twice: asked, then remembered */
	for (int i = 0; i < 2; i++) {
		assert_int_equal(ioctl(pipes[0], DESTROY, arg), -1);
		assert_int_equal(errno, ENOTTY);
	}
	close(pipes[0]);
	close(pipes[1]);
	if (close_range((unsigned int)fd, (unsigned int)fd, 0) == 0)
		assert_int_equal(destroy(fd, 0), -EBADF);
	else
		close(fd);
}

static void a_memfd_of_the_programs_own_is_no_kernel(void **unused)
{
	uint32_t arg[2] = {8, VDEVICE1};
	const int fd = memfd_create("guest-ram", 0);
	struct stat st;

	(void)unused;
	assert_true(fd >= 0);
	assert_int_equal(ioctl(fd, DESTROY, arg), -1);
	assert_int_equal(errno, ENOTTY);
	assert_int_equal(fstat(fd, &st), 0);
	assert_true(S_ISREG(st.st_mode));
	close(fd);
}

static void a_child_has_a_copy_from_then_on(void **unused)
{
	const int fd = open_iommu();
	int status;
	pid_t pid;

	(void)unused;
	assert_int_equal(destroy(fd, VDEVICE1), 0);
	pid = fork();
	if (pid == 0)
		_exit(destroy(fd, VDEVICE1) != -ENOENT || destroy(fd, VDEVICE2) != 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	assert_int_equal(destroy(fd, VDEVICE2), 0);
	close(fd);
}

/* Opened and closed a thousand times: neither descriptors nor kernels pile up. */
static void nothing_piles_up(void **unused)
{
	const unsigned int before = count_descriptors();

	(void)unused;
	for (int i = 0; i < 1000; i++) {
		const int fd = open_iommu(), twin = dup(fd);

		assert_int_equal(destroy(twin, VDEVICE1), 0);
		close(fd);
		close(twin);
	}
	assert_int_equal(count_descriptors(), before);
}

/* The library as a program links it: its own ioctl(2), a descriptor, and the probe. */
static void the_library_locks_a_device_through_it(void **unused)
{
	const int fd = open_iommu();
	struct tsmreq_result result;
	struct tsmreq_ctx *ctx;
	struct tsmreq_vdev *vdev;

	(void)unused;
	assert_int_equal(tsmreq_ctx_new_from_fd(&ctx, fd, NULL), 0);
	assert_int_equal(tsmreq_ctx_get_uapi(ctx), TSMREQ_UAPI_CCA_V7);
	assert_int_equal(tsmreq_vdev_new(&vdev, ctx, (struct tsmreq_vdevice_id){VDEVICE1},
					 TSMREQ_ARCH_CCA, NULL),
			 0);
	assert_int_equal(tsmreq_vdev_lock(vdev, &result), 0);
	assert_int_equal(tsmreq_vdev_run(vdev, &result), 0);
	assert_int_equal(tsmreq_vdev_unlock(vdev, &result), 0);
	tsmreq_vdev_free(vdev);
	tsmreq_ctx_free(ctx);
	assert_int_equal(close(fd), 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_way_to_open_it_leads_to_a_kernel_of_its_own),
		cmocka_unit_test(it_looks_like_a_character_device),
		cmocka_unit_test(a_duplicate_is_the_same_kernel),
		cmocka_unit_test(a_number_that_is_used_again_is_another_file),
		cmocka_unit_test(ranges_and_foreign_descriptors_are_left_alone),
		cmocka_unit_test(a_memfd_of_the_programs_own_is_no_kernel),
		cmocka_unit_test(a_child_has_a_copy_from_then_on),
		cmocka_unit_test(nothing_piles_up),
		cmocka_unit_test(the_library_locks_a_device_through_it),
	};

	/* after an exec, and for a program that is handed a descriptor: a kernel as new */
	if (argc == 3 && strcmp(argv[1], "inherited") == 0)
		return destroy((int)strtol(argv[2], NULL, 10), VDEVICE1) == 0 ? 0 : 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
