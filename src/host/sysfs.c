/* SPDX-License-Identifier: MIT */
#include "host/sysfs.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* An attribute is a page at most. */
#define PAGE 4096u
/* A read waits for the TSM's lock; a signal that comes again and again is the caller's business. */
#define READS_MAX 8u

int tsmreq_sysfs_open(const char *root)
{
	int fd = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static int absent_or_error(void)
{
	return errno == ENOENT || errno == ENOTDIR ? 0 : -errno;
}

/* The kernel's own names have neither; "." and ".." lead elsewhere. */
static bool is_name(const char *text, size_t length)
{
	if (length >= TSMREQ_HOST_NAME_SIZE || (length && text[0] == '.'))
		return false;
	for (size_t i = 0; i < length; i++)
		if (text[i] == '/' || text[i] <= ' ' || text[i] > '~')
			return false;
	return true;
}

static int keep_name(const char *text, size_t length, char ret[TSMREQ_HOST_NAME_SIZE])
{
	if (!is_name(text, length))
		return -EBADMSG;
	memcpy(ret, text, length);
	ret[length] = '\0';
	return 1;
}

static ssize_t read_page(int fd, char page[PAGE])
{
	ssize_t length;

	for (unsigned int i = 0; i < READS_MAX; i++) {
		length = read(fd, page, PAGE);
		if (length >= 0)
			return length;
		if (errno != EINTR)
			break;
	}
	return -errno;
}

int tsmreq_sysfs_read_name(int root, const char *path, char ret[TSMREQ_HOST_NAME_SIZE])
{
	int fd = openat(root, path, O_RDONLY | O_CLOEXEC);
	char page[PAGE];
	ssize_t length;

	if (fd < 0)
		return absent_or_error();
	length = read_page(fd, page);
	close(fd);
	if (length < 0)
		return (int)length;
	if (length > 0 && page[length - 1] == '\n')
		length--;
	return keep_name(page, (size_t)length, ret);
}

int tsmreq_sysfs_read_link(int root, const char *path, char ret[TSMREQ_HOST_NAME_SIZE])
{
	char target[PAGE];
	ssize_t length = readlinkat(root, path, target, sizeof(target));
	const char *last;

	if (length < 0)
		return absent_or_error();
	last = memrchr(target, '/', (size_t)length);
	last = last ? last + 1 : target;
	return keep_name(last, (size_t)(target + length - last), ret);
}

int tsmreq_sysfs_has(int root, const char *path)
{
	return faccessat(root, path, F_OK, 0) == 0 ? 1 : absent_or_error();
}

int tsmreq_sysfs_walk(int root, const char *path, tsmreq_host_fn fn, void *userdata)
{
	int fd = openat(root, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const struct dirent *entry;
	DIR *folder;
	int r = 0;

	if (fd < 0)
		return -errno;
	folder = fdopendir(fd);
	if (folder == NULL) {
		r = -errno;
		close(fd);
		return r;
	}
	while (r == 0 && (errno = 0, entry = readdir(folder)) != NULL)
		if (entry->d_name[0] != '.')
			r = fn(userdata, entry->d_name);
	if (r == 0)
		r = -errno;
	closedir(folder);
	return r;
}
