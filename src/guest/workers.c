/* SPDX-License-Identifier: MIT */
#include "guest/guest.h"
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

/* Threads of the guest's own: they run what is deferred, the VMM settles it. */

struct queue {
	struct tsmreq_job *first, **last;
};

struct workers {
	struct tsmreq_guest *guest;
	pthread_mutex_t lock;
	pthread_cond_t more;
	struct queue todo;
	struct queue done;
	atomic_bool stopping;
	int fd; /* counts what is done */
	unsigned int count;
	pthread_t threads[TSMREQ_GUEST_WORKERS_MAX];
};

static void push(struct queue *queue, struct tsmreq_job *job)
{
	job->next = NULL;
	*queue->last = job;
	queue->last = &job->next;
}

static struct tsmreq_job *pop(struct queue *queue)
{
	struct tsmreq_job *job = queue->first;

	if (job) {
		queue->first = job->next;
		if (!queue->first)
			queue->last = &queue->first;
	}
	return job;
}

/* Interrupted in the kernel, with nobody there to interrupt us: a moment, then again. */
static void run(const struct workers *workers, struct tsmreq_job *job)
{
	const struct timespec moment = {0, 1000000};

	while (tsmreq_job_run(job) == -EAGAIN && !atomic_load(&workers->stopping))
		nanosleep(&moment, NULL);
}

static void finish(struct workers *workers, struct tsmreq_job *job)
{
	const uint64_t one = 1;

	pthread_mutex_lock(&workers->lock);
	push(&workers->done, job);
	pthread_mutex_unlock(&workers->lock);
	/* it can only be full of 2^64 - 2 jobs */
	if (write(workers->fd, &one, sizeof(one)) < 0)
		return;
}

static void *work(void *arg)
{
	struct workers *workers = arg;
	struct tsmreq_job *job;

	for (;;) {
		pthread_mutex_lock(&workers->lock);
		while (!workers->todo.first && !atomic_load(&workers->stopping))
			pthread_cond_wait(&workers->more, &workers->lock);
		/* at the end nothing more is sent */
		job = atomic_load(&workers->stopping) ? NULL : pop(&workers->todo);
		pthread_mutex_unlock(&workers->lock);
		if (!job)
			return NULL;
		run(workers, job);
		finish(workers, job);
	}
}

/* The VMM's signals are for the VMM's threads; what a thread does wrong is its own, and stays. */
static void block_signals(sigset_t *ret_before)
{
	static const int own[] = {SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGSYS, SIGTRAP};
	sigset_t others;

	sigfillset(&others);
	for (size_t i = 0; i < sizeof(own) / sizeof(own[0]); i++)
		sigdelset(&others, own[i]);
	pthread_sigmask(SIG_BLOCK, &others, ret_before);
}

/* 0, or -errno: those that were started are counted. */
static int start_threads(struct workers *workers, unsigned int count)
{
	sigset_t before;
	int error = 0;

	block_signals(&before);
	while (!error && workers->count < count) {
		error = pthread_create(&workers->threads[workers->count], NULL, work, workers);
		if (!error)
			workers->count++;
	}
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return -error;
}

int tsmreq_workers_new(struct workers **ret, struct tsmreq_guest *guest, unsigned int count)
{
	struct workers *workers = calloc(1, sizeof(*workers));

	if (!workers)
		return -ENOMEM;
	*ret = workers;
	workers->guest = guest;
	workers->todo.last = &workers->todo.first;
	workers->done.last = &workers->done.first;
	pthread_mutex_init(&workers->lock, NULL);
	pthread_cond_init(&workers->more, NULL);
	workers->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (workers->fd < 0)
		return -errno;
	return start_threads(workers, count);
}

void tsmreq_workers_free(struct workers *workers)
{
	if (!workers)
		return;
	pthread_mutex_lock(&workers->lock);
	atomic_store(&workers->stopping, true);
	pthread_cond_broadcast(&workers->more);
	pthread_mutex_unlock(&workers->lock);
	for (unsigned int i = 0; i < workers->count; i++)
		pthread_join(workers->threads[i], NULL);
	if (workers->fd >= 0)
		close(workers->fd);
	pthread_cond_destroy(&workers->more);
	pthread_mutex_destroy(&workers->lock);
	free(workers);
}

void tsmreq_workers_push(struct workers *workers, struct tsmreq_job *job)
{
	pthread_mutex_lock(&workers->lock);
	push(&workers->todo, job);
	pthread_cond_signal(&workers->more);
	pthread_mutex_unlock(&workers->lock);
}

int tsmreq_guest_get_fd(const struct tsmreq_guest *guest)
{
	if (!guest)
		return -EINVAL;
	return guest->workers ? guest->workers->fd : -ENOTSUP;
}

unsigned int tsmreq_guest_dispatch(struct tsmreq_guest *guest)
{
	struct workers *workers = guest ? guest->workers : NULL;
	struct tsmreq_job *job;
	unsigned int count = 0;
	uint64_t unused;

	if (!workers || read(workers->fd, &unused, sizeof(unused)) < 0)
		return 0;
	for (;;) {
		pthread_mutex_lock(&workers->lock);
		job = pop(&workers->done);
		pthread_mutex_unlock(&workers->lock);
		if (!job)
			return count;
		tsmreq_job_settle_ran(job);
		count++;
	}
}
