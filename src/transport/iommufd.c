/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "transport/iommufd.h"

/* The descriptor travels in the userdata pointer itself: nothing to allocate, nothing to lose. */
static void *from_fd(int fd)
{
	return (void *)(intptr_t)fd;
}

static int to_fd(void *userdata)
{
	return (int)(intptr_t)userdata;
}

/* The library's only way out. */
static int submit(void *userdata, unsigned long request, void *arg)
{
	int rc = ioctl(to_fd(userdata), request, arg);

	if (rc >= 0)
		return rc;
	/* a negative that is not -1 is a residue the kernel cut to an int: no errno goes with it */
	return rc == -1 ? -errno : -EBADE;
}

static void release(void *userdata)
{
	close(to_fd(userdata));
}

struct tsmreq_transport tsmreq_iommufd_borrow(int fd)
{
	return (struct tsmreq_transport){
		.size = sizeof(struct tsmreq_transport),
		.submit = submit,
		.userdata = from_fd(fd),
	};
}

struct tsmreq_transport tsmreq_iommufd_own(int fd)
{
	struct tsmreq_transport transport = tsmreq_iommufd_borrow(fd);

	transport.release = release;
	return transport;
}

int tsmreq_iommufd_open(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	return fd >= 0 ? fd : -errno;
}
