/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "cli/crew.h"

void crew_open(struct crew *crew)
{
	crew->captain = pthread_self();
	crew->moving = 0;
	crew->count = 0;
	pthread_mutex_init(&crew->lock, NULL);
	pthread_cond_init(&crew->moved, NULL);
}

static void stand_still(struct crew *crew)
{
	crew->moving--;
	pthread_cond_broadcast(&crew->moved);
}

static void *run_member(void *userdata)
{
	struct crew_member *member = userdata;
	struct crew *crew = member->crew;

	member->work(member->userdata);
	pthread_mutex_lock(&crew->lock);
	stand_still(crew);
	pthread_mutex_unlock(&crew->lock);
	return NULL;
}

int crew_start(struct crew *crew, void (*work)(void *userdata), void *userdata)
{
	struct crew_member *member = &crew->member[crew->count];
	int r;

	if (crew->count == CREW_MAX)
		return -EAGAIN;
	*member = (struct crew_member){.crew = crew, .work = work, .userdata = userdata};
	pthread_mutex_lock(&crew->lock);
	crew->moving++;
	pthread_mutex_unlock(&crew->lock);
	r = pthread_create(&member->thread, NULL, run_member, member);
	if (r == 0) {
		crew->count++;
		return 0;
	}
	pthread_mutex_lock(&crew->lock);
	crew->moving--;
	pthread_mutex_unlock(&crew->lock);
	return -r;
}

bool crew_is_member(const struct crew *crew)
{
	return !pthread_equal(crew->captain, pthread_self());
}

void crew_pass(struct crew *crew, struct crew_gate *gate)
{
	pthread_mutex_lock(&crew->lock);
	if (!gate->open) {
		gate->waiting = true;
		stand_still(crew);
		while (!gate->open)
			pthread_cond_wait(&crew->moved, &crew->lock);
	}
	pthread_mutex_unlock(&crew->lock);
}

static void wait_locked(struct crew *crew)
{
	while (crew->moving)
		pthread_cond_wait(&crew->moved, &crew->lock);
}

void crew_open_gate(struct crew *crew, struct crew_gate *gate)
{
	pthread_mutex_lock(&crew->lock);
	/* counted here: it must not look as if nobody moved before it wakes up */
	if (gate->waiting && !gate->open)
		crew->moving++;
	gate->open = true;
	pthread_cond_broadcast(&crew->moved);
	wait_locked(crew);
	pthread_mutex_unlock(&crew->lock);
}

void crew_wait(struct crew *crew)
{
	pthread_mutex_lock(&crew->lock);
	wait_locked(crew);
	pthread_mutex_unlock(&crew->lock);
}

void crew_close(struct crew *crew)
{
	for (size_t i = 0; i < crew->count; i++)
		pthread_join(crew->member[i].thread, NULL);
	pthread_cond_destroy(&crew->moved);
	pthread_mutex_destroy(&crew->lock);
}
