/* SPDX-License-Identifier: MIT */
#include "guest/guest.h"
#include <string.h>

/* TDX: deferred calls that a TD polls for. Each is answered once: by its result, or by the clock.
 */

static bool is_free(const struct flight *flight, const struct tsmreq_span *span)
{
	for (const struct tsmreq_job *job = flight->first; job; job = job->flight_next)
		if (tsmreq_spans_meet(&job->call.write[0], span))
			return false;
	return true;
}

static void add(struct flight *flight, struct tsmreq_job *job)
{
	job->flight_next = flight->first;
	job->flight_prev = &flight->first;
	if (flight->first)
		flight->first->flight_prev = &job->flight_next;
	flight->first = job;
	atomic_fetch_add(&flight->count, 1);
}

static void take_off(struct flight *flight, struct tsmreq_job *job)
{
	*job->flight_prev = job->flight_next;
	if (job->flight_next)
		job->flight_next->flight_prev = job->flight_prev;
	atomic_fetch_sub(&flight->count, 1);
}

bool tsmreq_flight_is_free(struct tsmreq_guest *guest, const struct tsmreq_span *span)
{
	struct flight *flight = &guest->flight;
	bool free;

	/* nothing in the air is the common case */
	if (!atomic_load(&flight->count))
		return true;
	pthread_mutex_lock(&flight->lock);
	free = is_free(flight, span);
	pthread_mutex_unlock(&flight->lock);
	return free;
}

bool tsmreq_flight_add(struct tsmreq_job *job)
{
	struct flight *flight = &job->guest->flight;
	bool free;

	pthread_mutex_lock(&flight->lock);
	free = is_free(flight, &job->call.write[0]);
	if (free)
		add(flight, job);
	pthread_mutex_unlock(&flight->lock);
	return free;
}

bool tsmreq_flight_is_open(struct tsmreq_job *job)
{
	struct flight *flight = &job->guest->flight;
	bool open;

	pthread_mutex_lock(&flight->lock);
	open = job->expects == EXPECTS_ANSWER;
	pthread_mutex_unlock(&flight->lock);
	return open;
}

bool tsmreq_flight_land(struct tsmreq_job *job)
{
	struct flight *flight = &job->guest->flight;
	bool in_time;

	pthread_mutex_lock(&flight->lock);
	if (job->expects == EXPECTS_ANSWER) {
		take_off(flight, job);
		job->expects = EXPECTS_SETTLED;
	}
	in_time = job->expects == EXPECTS_SETTLED;
	pthread_mutex_unlock(&flight->lock);
	return in_time;
}

/* ---- the clock */

bool tsmreq_guest_next_deadline(struct tsmreq_guest *guest, uint64_t *ret_ms)
{
	uint64_t next = UINT64_MAX;

	if (!guest || !ret_ms)
		return false;
	pthread_mutex_lock(&guest->flight.lock);
	for (const struct tsmreq_job *job = guest->flight.first; job; job = job->flight_next)
		if (job->deadline < next)
			next = job->deadline;
	pthread_mutex_unlock(&guest->flight.lock);
	*ret_ms = next;
	return next != UINT64_MAX;
}

/* What is needed of a job to answer it: the job itself may be gone in a moment. */
struct overdue {
	struct tsmreq_call call;
	uint64_t deadline;
	uint32_t vcpu;
};

static bool take_overdue(struct tsmreq_guest *guest, uint64_t now, struct overdue *ret)
{
	struct flight *flight = &guest->flight;
	struct tsmreq_job *job;

	pthread_mutex_lock(&flight->lock);
	job = flight->first;
	while (job && job->deadline > now)
		job = job->flight_next;
	if (job) {
		take_off(flight, job);
		job->expects = EXPECTS_NOTHING;
		ret->call = job->call;
		ret->deadline = job->deadline;
		ret->vcpu = job->exit.vcpu;
	}
	pthread_mutex_unlock(&flight->lock);
	return job;
}

unsigned int tsmreq_guest_expire(struct tsmreq_guest *guest, uint64_t now_ms)
{
	const struct tsmreq_answer late = {.rc = -ETIMEDOUT};
	struct tsmreq_ghci_reply reply;
	struct overdue overdue;
	unsigned int count = 0;

	if (!guest)
		return 0;
	while (take_overdue(guest, now_ms, &overdue)) {
		tsmreq_count(&guest->vcpus[overdue.vcpu].counters.expired);
		/* no memory any more: the TD has taken its page back, and nothing is owed */
		if (!tsmreq_flight_is_over(overdue.deadline, now_ms) &&
		    tsmreq_ghci_encode(&overdue.call, &late, &reply) == 0)
			(void)tsmreq_tdx_write(guest, overdue.vcpu, &reply);
		count++;
	}
	return count;
}
