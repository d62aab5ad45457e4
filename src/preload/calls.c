/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "preload/preload.h"

/* What stands in for libc's. Everything that is not about our descriptors goes straight through. */

#define OURS __attribute__((visibility("default")))

#define IOMMUFD_TYPE 0x3bu

static bool is_iommu(const char *path)
{
	/* both lead to one dispatcher where iommufd is the container */
	return path && (strcmp(path, "/dev/iommu") == 0 || strcmp(path, "/dev/vfio/vfio") == 0);
}

static bool needs_mode(int flags)
{
	return (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE;
}

/* A descriptor that libc has just given out is no longer what it was. */
static int fresh(int fd)
{
	preload_forget(fd);
	return fd;
}

static int open_any(const char *path, int flags, mode_t mode)
{
	if (is_iommu(path))
		return preload_open(flags & O_CLOEXEC);
	return fresh(preload_real()->open(path, flags, mode));
}

static int openat_any(int dir, const char *path, int flags, mode_t mode)
{
	if (is_iommu(path))
		return preload_open(flags & O_CLOEXEC);
	return fresh(preload_real()->openat(dir, path, flags, mode));
}

/* The mode is only there where the flags say so. */
#define TAKE_MODE(flags)                                   \
	mode_t mode = 0;                                   \
                                                           \
	if (needs_mode(flags)) {                           \
		va_list args;                              \
                                                           \
		va_start(args, flags);                     \
		mode = (mode_t)va_arg(args, unsigned int); \
		va_end(args);                              \
	}

OURS int open(const char *path, int flags, ...)
{
	TAKE_MODE(flags)
	return open_any(path, flags, mode);
}

OURS int open64(const char *path, int flags, ...)
{
	TAKE_MODE(flags)
	return open_any(path, flags | O_LARGEFILE, mode);
}

OURS int openat(int dir, const char *path, int flags, ...)
{
	TAKE_MODE(flags)
	return openat_any(dir, path, flags, mode);
}

OURS int openat64(int dir, const char *path, int flags, ...)
{
	TAKE_MODE(flags)
	return openat_any(dir, path, flags | O_LARGEFILE, mode);
}

/* What a program built with _FORTIFY_SOURCE calls: no mode, the flags do not ask for one. */
int __open_2(const char *path, int flags);
int __open64_2(const char *path, int flags);
int __openat_2(int dir, const char *path, int flags);
int __openat64_2(int dir, const char *path, int flags);

OURS int __open_2(const char *path, int flags)
{
	return open_any(path, flags, 0);
}

OURS int __open64_2(const char *path, int flags)
{
	return open_any(path, flags | O_LARGEFILE, 0);
}

OURS int __openat_2(int dir, const char *path, int flags)
{
	return openat_any(dir, path, flags, 0);
}

OURS int __openat64_2(int dir, const char *path, int flags)
{
	return openat_any(dir, path, flags | O_LARGEFILE, 0);
}

OURS int ioctl(int fd, unsigned long request, ...)
{
	struct door *door = NULL;
	va_list args;
	void *arg;
	int rc;

	va_start(args, request);
	arg = va_arg(args, void *);
	va_end(args);
	if ((request >> 8 & 0xff) == IOMMUFD_TYPE)
		door = preload_find(fd);
	if (!door)
		return preload_real()->ioctl(fd, request, arg);
	rc = preload_submit(door, request, arg);
	if (rc >= 0)
		return rc;
	errno = -rc;
	return -1;
}

/* The door that @fd leads to, as far as that is known, and no longer known after. */
static struct door *take_away(int fd)
{
	struct door *door = preload_known(fd);

	preload_forget(fd);
	return door;
}

OURS int close(int fd)
{
	struct door *door = take_away(fd);
	const int rc = preload_real()->close(fd);

	if (door)
		preload_closed(door);
	return rc;
}

/* The stream's descriptor is closed within libc. */
OURS int fclose(FILE *stream)
{
	struct door *door = take_away(fileno(stream));
	const int rc = preload_real()->fclose(stream);

	if (door)
		preload_closed(door);
	return rc;
}

OURS int close_range(unsigned int first, unsigned int last, int flags)
{
	const bool ours = preload_forget_range(first, last);
	int rc = -1;

	if (preload_real()->close_range)
		rc = preload_real()->close_range(first, last, flags);
	else
		errno = ENOSYS;
	if (ours)
		preload_closed_some();
	return rc;
}

OURS void closefrom(int first)
{
	const bool ours = preload_forget_range(first < 0 ? 0 : (unsigned int)first, UINT_MAX);

	if (preload_real()->closefrom)
		preload_real()->closefrom(first);
	if (ours)
		preload_closed_some();
}

OURS int dup(int from)
{
	const int rc = preload_real()->dup(from);

	preload_copied(from, rc);
	return rc;
}

/* @to has been closed on the way. */
static int copied(int from, int to, struct door *closed)
{
	preload_copied(from, to);
	if (closed)
		preload_closed(closed);
	return to;
}

OURS int dup2(int from, int to)
{
	struct door *door = from == to ? NULL : take_away(to);

	return copied(from, preload_real()->dup2(from, to), door);
}

OURS int dup3(int from, int to, int flags)
{
	struct door *door = from == to ? NULL : take_away(to);

	return copied(from, preload_real()->dup3(from, to, flags), door);
}

#define MISC_MAJOR 10

/* A character device of the misc class, as /dev/iommu is; its minor is the kernel's choice. */
#define LOOK_LIKE_A_DEVICE(st)                          \
	do {                                            \
		(st)->st_mode = S_IFCHR | 0660;         \
		(st)->st_rdev = (dev_t)MISC_MAJOR << 8; \
		(st)->st_size = 0;                      \
	} while (0)

#define LOOK(rc, st)                                               \
	do {                                                       \
		if ((rc) == 0 && S_ISREG((st)->st_mode) &&         \
		    preload_find_file((st)->st_dev, (st)->st_ino)) \
			LOOK_LIKE_A_DEVICE(st);                    \
	} while (0)

OURS int fstat(int fd, struct stat *st)
{
	const int rc = preload_real()->fstat(fd, st);

	LOOK(rc, st);
	return rc;
}

OURS int fstat64(int fd, struct stat64 *st)
{
	const int rc = preload_real()->fstat64(fd, st);

	LOOK(rc, st);
	return rc;
}

/* With AT_EMPTY_PATH these ask about a descriptor, too: Rust does it so. */
OURS int fstatat(int fd, const char *path, struct stat *st, int flags)
{
	const int rc = preload_real()->fstatat(fd, path, st, flags);

	LOOK(rc, st);
	return rc;
}

OURS int fstatat64(int fd, const char *path, struct stat64 *st, int flags)
{
	const int rc = preload_real()->fstatat64(fd, path, st, flags);

	LOOK(rc, st);
	return rc;
}

OURS int statx(int fd, const char *path, int flags, unsigned int mask, struct statx *st)
{
	const int rc = preload_real()->statx(fd, path, flags, mask, st);

	if (rc == 0 && S_ISREG(st->stx_mode) &&
	    preload_find_file(makedev(st->stx_dev_major, st->stx_dev_minor), st->stx_ino)) {
		st->stx_mode = S_IFCHR | 0660;
		st->stx_rdev_major = MISC_MAJOR;
		st->stx_rdev_minor = 0;
		st->stx_size = 0;
	}
	return rc;
}
