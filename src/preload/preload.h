/* SPDX-License-Identifier: MIT */
#ifndef PRELOAD_PRELOAD_H
#define PRELOAD_PRELOAD_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <tsmreq/mock.h>

/*
 * The door for unmodified programs: descriptors of /dev/iommu that are memfds, and an ioctl(2) that
 * knows them.
 */

/* What one open file is: the kernel behind it. Never freed, but used again. */
struct door {
	struct door *next;
	uint64_t dev; /* the memfd's identity, the same for every descriptor of it */
	uint64_t ino;
	pthread_mutex_t lock;	 /* over a fork, and around what follows: never during a call */
	pthread_cond_t changed;	 /* calls or forking */
	unsigned int calls;	 /* under way */
	bool forking;		 /* no call begins */
	bool closed;		 /* the last call to end takes the kernel with it */
	struct tsmreq_mock *own; /* ours, or NULL: adopted */
	struct tsmreq_transport transport; /* no submit: not in use */
	int journal;			   /* a descriptor, or -1 */
};

/* The libc underneath, or whatever was preloaded before it. */
struct real {
	int (*open)(const char *path, int flags, ...);
	int (*openat)(int dir, const char *path, int flags, ...);
	int (*ioctl)(int fd, unsigned long request, ...);
	int (*close)(int fd);
	int (*fclose)(FILE *stream);
	int (*close_range)(unsigned int first, unsigned int last, int flags);
	void (*closefrom)(int first);
	int (*dup)(int from);
	int (*dup2)(int from, int to);
	int (*dup3)(int from, int to, int flags);
	int (*fstat)(int fd, struct stat *st);
	int (*fstat64)(int fd, struct stat64 *st);
	int (*fstatat)(int fd, const char *path, struct stat *st, int flags);
	int (*fstatat64)(int fd, const char *path, struct stat64 *st, int flags);
	int (*statx)(int fd, const char *path, int flags, unsigned int mask, struct statx *st);
};
const struct real *preload_real(void);

/* A new descriptor of a new kernel, as the environment describes it: -1 and errno. */
int preload_open(bool cloexec);
/* The door behind @fd, or NULL: no more than a look into a table, after the first time. */
struct door *preload_find(int fd);
/* The same without asking anybody: NULL where nobody has asked yet. */
struct door *preload_known(int fd);
/* The door of that identity, or NULL. */
struct door *preload_find_file(uint64_t dev, uint64_t ino);
/* @fd is about to be another file, or none. */
void preload_forget(int fd);
/* @to is the same file as @from; -1: it is not. */
void preload_copied(int from, int to);
/* True where one of them was known to be ours. */
bool preload_forget_range(unsigned int first, unsigned int last);
/* A descriptor of it was closed: it goes when none is left in this process. */
void preload_closed(struct door *door);
/* Descriptors of whatever doors were. */
void preload_closed_some(void);
/* One ioctl through it: >= 0 or -errno. */
int preload_submit(struct door *door, unsigned long request, void *arg);

/* What tsmreq_mock_open_fd() finds by name: a descriptor for a mock of the program's own. */
int tsmreq_mock_preload_adopt(const struct tsmreq_transport *transport);

/* What TSMREQ_MOCK_* in the environment asks for. */
struct tsmreq_mock *preload_configure(void);
int preload_open_journal(void);
/* Has every call written down from here on. *fd must stay where it is. */
void preload_start_journal(struct tsmreq_mock *mock, const int *fd);

#endif
