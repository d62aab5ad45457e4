/* SPDX-License-Identifier: MIT */
#ifndef HOST_SYSFS_H
#define HOST_SYSFS_H

#include <stdbool.h>
#include <tsmreq/host.h>

/*
 * One attribute, one link, one directory. Paths are relative to @root, a descriptor of the
 * directory where sysfs is. 1: *ret is the name, which may be empty; 0: not there; or -errno.
 * -EBADMSG for what is no name: it is used in a path.
 */
int tsmreq_sysfs_open(const char *root);
int tsmreq_sysfs_read_name(int root, const char *path, char ret[TSMREQ_HOST_NAME_SIZE]);
int tsmreq_sysfs_read_link(int root, const char *path, char ret[TSMREQ_HOST_NAME_SIZE]);
int tsmreq_sysfs_has(int root, const char *path);
int tsmreq_sysfs_walk(int root, const char *path, tsmreq_host_fn fn, void *userdata);

#endif
