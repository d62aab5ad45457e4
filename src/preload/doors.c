/* SPDX-License-Identifier: MIT */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "preload/preload.h"

/*
 * Descriptors and the kernels behind them. Who a descriptor belongs to is asked of the kernel once
 * (by the file's identity, so that dup, fork and passing on need no care) and then remembered until
 * it is closed.
 */

#define NAME	   "tsmreq-iommufd"
#define REMEMBERED 4096

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct door *doors;

/* NULL: not asked yet. &nobody: not ours. */
static _Atomic(struct door *) by_fd[REMEMBERED];
static struct door nobody;

/*
 * Whose descriptors these are. A child of vfork() closes and copies its own, and has our memory:
 * what it does must not be taken for ours.
 */
static _Atomic(pid_t) owner;

static bool is_owner(void)
{
	return getpid() == atomic_load(&owner);
}

static _Atomic(struct door *) *remembered(int fd)
{
	return fd >= 0 && fd < REMEMBERED ? &by_fd[fd] : NULL;
}

static void remember(int fd, struct door *door)
{
	_Atomic(struct door *) *place = remembered(fd);

	if (place)
		atomic_store(place, door);
}

void preload_forget(int fd)
{
	remember(fd, NULL);
}

void preload_copied(int from, int to)
{
	_Atomic(struct door *) *place = remembered(from);
	struct door *door = place ? atomic_load(place) : NULL;

	remember(to, door && is_owner() ? door : NULL);
}

struct door *preload_known(int fd)
{
	_Atomic(struct door *) *place = remembered(fd);
	struct door *door = place ? atomic_load(place) : NULL;

	return door == &nobody ? NULL : door;
}

bool preload_forget_range(unsigned int first, unsigned int last)
{
	bool ours = false;

	for (unsigned int fd = first; fd < REMEMBERED && fd <= last; fd++) {
		ours = ours || preload_known((int)fd);
		preload_forget((int)fd);
	}
	return ours;
}

/* ---- doors */

static struct door *find_locked(uint64_t dev, uint64_t ino)
{
	struct door *door = doors;

	while (door && (door->dev != dev || door->ino != ino))
		door = door->next;
	return door;
}

struct door *preload_find_file(uint64_t dev, uint64_t ino)
{
	struct door *door;

	pthread_mutex_lock(&lock);
	door = find_locked(dev, ino);
	pthread_mutex_unlock(&lock);
	return door;
}

static bool is_in_use(struct door *door)
{
	bool in_use;

	pthread_mutex_lock(&door->lock);
	in_use = door->transport.submit;
	pthread_mutex_unlock(&door->lock);
	return in_use;
}

/* One that is not in use, or a new one: a thread may still look at an old one. */
static struct door *take_door(void)
{
	struct door *door = doors;

	while (door && is_in_use(door))
		door = door->next;
	if (door)
		return door;
	door = calloc(1, sizeof(*door));
	if (!door)
		return NULL;
	pthread_mutex_init(&door->lock, NULL);
	pthread_cond_init(&door->changed, NULL);
	door->next = doors;
	doors = door;
	return door;
}

/* Takes @own over, also when it fails. */
static struct door *add(const struct stat *st, struct tsmreq_mock *own,
			const struct tsmreq_transport *transport)
{
	struct door *door;

	pthread_mutex_lock(&lock);
	door = take_door();
	if (door) {
		pthread_mutex_lock(&door->lock);
		door->dev = st->st_dev;
		door->ino = st->st_ino;
		door->own = own;
		door->transport = own ? *tsmreq_mock_get_transport(own) : *transport;
		door->closed = false;
		door->journal = own ? preload_open_journal() : -1;
		if (own)
			preload_start_journal(own, &door->journal);
		pthread_mutex_unlock(&door->lock);
	}
	pthread_mutex_unlock(&lock);
	if (!door)
		tsmreq_mock_free(own);
	return door;
}

/* Nobody is in it any more; under its lock. */
static void release(struct door *door)
{
	if (door->journal >= 0)
		preload_real()->close(door->journal);
	tsmreq_mock_free(door->own);
	door->own = NULL;
	door->transport.submit = NULL;
}

/*
 * No descriptor leads to @file any more. As in a kernel, a call that is under way ends first. Two
 * threads may close the last two at once: the second must not meet who moved in since.
 */
static void drop(struct door *door, const struct stat *file)
{
	pthread_mutex_lock(&lock);
	pthread_mutex_lock(&door->lock);
	if (!door->closed && door->dev == file->st_dev && door->ino == file->st_ino) {
		for (int fd = 0; fd < REMEMBERED; fd++) {
			struct door *expected = door;

			atomic_compare_exchange_strong(&by_fd[fd], &expected, NULL);
		}
		door->dev = 0;
		door->ino = 0;
		door->closed = true;
		if (door->calls == 0)
			release(door);
	}
	pthread_mutex_unlock(&door->lock);
	pthread_mutex_unlock(&lock);
}

/* ---- descriptors */

static int open_with(bool cloexec, struct tsmreq_mock *own,
		     const struct tsmreq_transport *transport)
{
	struct door *door;
	struct stat st;
	int fd = memfd_create(NAME, cloexec ? MFD_CLOEXEC : 0);

	if (fd < 0 || preload_real()->fstat(fd, &st) < 0) {
		tsmreq_mock_free(own);
		return -1;
	}
	door = add(&st, own, transport);
	if (!door) {
		preload_real()->close(fd);
		errno = ENOMEM;
		return -1;
	}
	remember(fd, door);
	return fd;
}

int preload_open(bool cloexec)
{
	struct tsmreq_mock *mock;

	/* duplicates may have been closed that nobody ever asked */
	preload_closed_some();
	mock = preload_configure();
	return mock ? open_with(cloexec, mock, NULL) : -1;
}

__attribute__((visibility("default"))) int tsmreq_mock_preload_adopt(
	const struct tsmreq_transport *transport)
{
	const int fd = open_with(true, NULL, transport);

	return fd < 0 ? -errno : fd;
}

/* A memfd of ours that came by exec or from another process: the state did not come along. */
static bool is_orphan(int fd)
{
	static const char ours[] = "/memfd:" NAME;
	char link[32], name[sizeof(ours) + 16];
	ssize_t length;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	length = readlink(link, name, sizeof(name));
	return length >= (ssize_t)sizeof(ours) - 1 && !memcmp(name, ours, sizeof(ours) - 1);
}

static struct door *ask(int fd)
{
	struct tsmreq_mock *mock;
	struct door *door;
	struct stat st;

	if (preload_real()->fstat(fd, &st) < 0)
		return NULL;
	door = preload_find_file(st.st_dev, st.st_ino);
	if (door || !S_ISREG(st.st_mode) || !is_orphan(fd))
		return door ? door : &nobody;
	mock = preload_configure();
	door = mock ? add(&st, mock, NULL) : NULL;
	return door ? door : &nobody;
}

struct door *preload_find(int fd)
{
	_Atomic(struct door *) *place = remembered(fd);
	struct door *door = place ? atomic_load(place) : NULL;
	const int error = errno;

	if (!door) {
		door = ask(fd);
		remember(fd, door);
		errno = error;
	}
	return door == &nobody ? NULL : door;
}

/* ---- ends */

static bool is_open(const struct stat *file)
{
	DIR *dir = opendir("/proc/self/fd");
	const struct dirent *entry;
	bool found = false;
	struct stat st;

	/* cannot tell: keep it */
	if (!dir)
		return true;
	while (!found && (entry = readdir(dir)))
		found = entry->d_name[0] != '.' &&
			preload_real()->fstat((int)strtol(entry->d_name, NULL, 10), &st) == 0 &&
			st.st_dev == file->st_dev && st.st_ino == file->st_ino;
	closedir(dir);
	return found;
}

void preload_closed(struct door *door)
{
	const int error = errno;
	struct stat file = {0};

	if (!is_owner())
		return;
	pthread_mutex_lock(&lock);
	file.st_dev = door->dev;
	file.st_ino = (ino_t)door->ino;
	pthread_mutex_unlock(&lock);
	/* an adopted mock is its maker's: it may be opened again */
	if (file.st_ino && !is_open(&file))
		drop(door, &file);
	errno = error;
}

void preload_closed_some(void)
{
	struct door *door;

	pthread_mutex_lock(&lock);
	door = doors;
	pthread_mutex_unlock(&lock);
	/* doors are never freed, and new ones stand before the first */
	for (; door; door = door->next)
		preload_closed(door);
}

/* ---- calls: as many at a time as come, but none during a fork */

/* Where this thread has a call under way: a signal may come in the middle of it, and its handler
 * fork. */
static _Thread_local struct door *inside;

static bool enter(struct door *door)
{
	bool open;

	pthread_mutex_lock(&door->lock);
	while (door->forking)
		pthread_cond_wait(&door->changed, &door->lock);
	/* it may have been closed by another thread just now */
	open = door->transport.submit && !door->closed;
	if (open)
		door->calls++;
	pthread_mutex_unlock(&door->lock);
	return open;
}

static void leave(struct door *door)
{
	pthread_mutex_lock(&door->lock);
	door->calls--;
	if (door->forking)
		pthread_cond_broadcast(&door->changed);
	if (door->calls == 0 && door->closed)
		release(door);
	pthread_mutex_unlock(&door->lock);
}

int preload_submit(struct door *door, unsigned long request, void *arg)
{
	struct door *outer = inside;
	int rc;

	if (!enter(door))
		return -EBADF;
	inside = door;
	rc = door->transport.submit(door->transport.userdata, request, arg);
	inside = outer;
	leave(door);
	return rc;
}

/* ---- fork: the child gets a copy of every kernel, between two calls */

static void before_fork(void)
{
	pthread_mutex_lock(&lock);
	for (struct door *door = doors; door; door = door->next) {
		pthread_mutex_lock(&door->lock);
		door->forking = true;
		/* its own call cannot end before the fork, and goes on in both */
		while (door->calls > (door == inside))
			pthread_cond_wait(&door->changed, &door->lock);
	}
}

static void after_fork(void)
{
	for (struct door *door = doors; door; door = door->next) {
		door->forking = false;
		pthread_cond_broadcast(&door->changed);
		pthread_mutex_unlock(&door->lock);
	}
	pthread_mutex_unlock(&lock);
}

/* The child's calls are its own: in the same journal, under another name. */
static void in_child(void)
{
	atomic_store(&owner, getpid());
	for (struct door *door = doors; door; door = door->next) {
		/* those who waited are not here to be counted out */
		pthread_cond_init(&door->changed, NULL);
		if (door->own)
			preload_start_journal(door->own, &door->journal);
	}
	after_fork();
}

__attribute__((constructor)) static void start(void)
{
	atomic_store(&owner, getpid());
	(void)preload_real();
	(void)pthread_atfork(before_fork, after_fork, in_child);
}
