/* SPDX-License-Identifier: MIT */
#include "mock/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#define PAGE	   4096u
#define FIRST_PAGE PAGE

/* Is [address, address + size) something this process could have at all? */
static bool possible(uint64_t address, uint64_t size)
{
	uint64_t end;

	return address >= FIRST_PAGE && !__builtin_add_overflow(address, size, &end) &&
	       end <= UINTPTR_MAX;
}

static int direct_read(const struct mock_memory *memory, void *to, uint64_t from, size_t size)
{
	(void)memory;
	if (size == 0)
		return 0;
	if (!possible(from, size))
		return -EFAULT;
	memcpy(to, (const void *)(uintptr_t)from, size);
	return 0;
}

static int direct_write(const struct mock_memory *memory, uint64_t to, const void *from,
			size_t size)
{
	(void)memory;
	if (size == 0)
		return 0;
	if (!possible(to, size))
		return -EFAULT;
	memcpy((void *)(uintptr_t)to, from, size);
	return 0;
}

static int checked_read(const struct mock_memory *memory, void *to, uint64_t from, size_t size)
{
	struct iovec local = {.iov_base = to, .iov_len = size};
	struct iovec remote = {.iov_base = (void *)(uintptr_t)from, .iov_len = size};

	(void)memory;
	if (size == 0)
		return 0;
	if (!possible(from, size))
		return -EFAULT;
	return process_vm_readv(getpid(), &local, 1, &remote, 1, 0) == (ssize_t)size ? 0 : -EFAULT;
}

static int checked_write(const struct mock_memory *memory, uint64_t to, const void *from,
			 size_t size)
{
	/* the call only reads from it, but an iovec cannot say so */
	struct iovec local = {.iov_base = (void *)(uintptr_t)from, .iov_len = size};
	struct iovec remote = {.iov_base = (void *)(uintptr_t)to, .iov_len = size};

	(void)memory;
	if (size == 0)
		return 0;
	if (!possible(to, size))
		return -EFAULT;
	return process_vm_writev(getpid(), &local, 1, &remote, 1, 0) == (ssize_t)size ? 0 : -EFAULT;
}

/* A page that is not there could only be found out by crashing. */
static int direct_pin(const struct mock_memory *memory, uint64_t address, uint64_t size)
{
	(void)memory;
	return possible(address, size) ? 0 : -EFAULT;
}

/* One byte of every page. */
static int checked_pin(const struct mock_memory *memory, uint64_t address, uint64_t size)
{
	uint8_t byte;
	int err = 0;

	if (!possible(address, size))
		return -EFAULT;
	for (uint64_t at = address - address % PAGE; err == 0 && at < address + size; at += PAGE)
		err = checked_read(memory, &byte, at, sizeof(byte));
	return err;
}

static int own_file(const struct mock_memory *memory, int fd)
{
	(void)memory;
	return fcntl(fd, F_GETFD) == -1 ? -EBADF : 0;
}

const struct mock_memory tsmreq_mock_memory_direct = {
	.read = direct_read,
	.write = direct_write,
	.pin = direct_pin,
	.file = own_file,
};

const struct mock_memory tsmreq_mock_memory_checked = {
	.read = checked_read,
	.write = checked_write,
	.pin = checked_pin,
	.file = own_file,
};

int tsmreq_mock_memory_probe(void)
{
	char from = 1;
	char to = 0;
	struct iovec local = {.iov_base = &to, .iov_len = 1};
	struct iovec remote = {.iov_base = &from, .iov_len = 1};

	if (process_vm_readv(getpid(), &local, 1, &remote, 1, 0) == 1)
		return 0;
	return errno != 0 ? -errno : -EIO;
}
