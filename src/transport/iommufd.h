/* SPDX-License-Identifier: MIT */
#ifndef TRANSPORT_IOMMUFD_H
#define TRANSPORT_IOMMUFD_H

#include <tsmreq/ctx.h>

/* A transport over a borrowed descriptor: no memory of its own, nothing to release. */
struct tsmreq_transport tsmreq_iommufd_borrow(int fd);
/* The same, and @fd is closed with the last user. */
struct tsmreq_transport tsmreq_iommufd_own(int fd);
/* A descriptor of @path, close-on-exec, or -errno. */
int tsmreq_iommufd_open(const char *path);

#endif
