/* SPDX-License-Identifier: MIT */
#ifndef CONTRACT_GUEST_PREEMPT_H
#define CONTRACT_GUEST_PREEMPT_H

#include "unit/guest/kit.h"

#include "base/bytes.h"
#include "guest/guest.h"

/*
 * One thing happens in the middle of another: at every place where the first is about to take a
 * lock, holding none, the second happens from its start to its end, as on another thread. Whatever
 * the place, the answers are the architecture's, every end is told that nothing runs any more, and
 * afterwards the device can be taken away and is as new.
 */

static unsigned int held, places, place; /* the place of the second; 0: nowhere */
static void (*second)(void);
static bool in_second;

int __real_pthread_mutex_lock(pthread_mutex_t *lock);
int __wrap_pthread_mutex_lock(pthread_mutex_t *lock);
int __real_pthread_mutex_unlock(pthread_mutex_t *lock);
int __wrap_pthread_mutex_unlock(pthread_mutex_t *lock);

int __wrap_pthread_mutex_lock(pthread_mutex_t *lock)
{
	if (!held && second && ++places == place) {
		void (*const call)(void) = second;

		second = NULL;
		in_second = true;
		call();
		in_second = false;
		second = call;
	}
	held++;
	return __real_pthread_mutex_lock(lock);
}

int __wrap_pthread_mutex_unlock(pthread_mutex_t *lock)
{
	held--;
	return __real_pthread_mutex_unlock(lock);
}

#define DEV kit_dev(KIT_DEV)

static struct kit *kit;
static unsigned int begins; /* of ends */
static bool awaited;	    /* that the last of them is told to be drained */
/* CCA: the call that was in line: nobody may send it any more */
static bool is_dropped;
static bool (*is_in_line)(void);

/* ---- what happens on any architecture; none of it waits for anybody */

static inline void nothing(void)
{
}

/* The pool's thread, as far as there is something for it. */
static inline void pool(void)
{
	while (kit->taken < kit->offloads) {
		struct tsmreq_job *job = kit->offloaded[kit->taken++ % 64];

		assert_int_equal(tsmreq_job_run(job), 0);
		assert_int_equal(tsmreq_job_settle(job), 0);
	}
}

static inline void event(void *userdata, struct tsmreq_guest_dev dev,
			 enum tsmreq_device_event which, int rc)
{
	if (which == TSMREQ_DEVICE_DRAINED)
		awaited = false;
	kit_event(userdata, dev, which, rc);
}

/* It may be told from inside. */
static inline void begin_end(int (*begin_it)(struct tsmreq_guest *guest,
					     struct tsmreq_guest_dev dev))
{
	const bool before = awaited, was_in_line = is_in_line();
	const unsigned int sends = kit->sends;

	awaited = true;
	if (begin_it(kit->guest, DEV) == 0) {
		begins++;
		is_dropped |= was_in_line && kit->sends == sends;
	} else {
		awaited = before;
	}
}

static inline void begin_reset(void)
{
	begin_end(tsmreq_guest_reset_begin);
}

static inline void end_reset(void)
{
	struct tsmreq_result result;
	const int rc = tsmreq_guest_reset_end(kit->guest, DEV, &result);

	assert_true(rc == 0 || rc == -EBUSY || rc == -ENOENT);
}

static inline void reset(void)
{
	begin_reset();
	end_reset();
}

static inline void begin_detach(void)
{
	begin_end(tsmreq_guest_detach_begin);
}

static inline void end_detach(void)
{
	const int rc = tsmreq_guest_detach_end(kit->guest, DEV);

	assert_true(rc == 0 || rc == -EBUSY || rc == -ENOENT);
}

static inline void detach_and_attach(void)
{
	begin_detach();
	if (tsmreq_guest_detach_end(kit->guest, DEV) == 0)
		assert_int_equal(kit_attach(kit, KIT_DEV, kit->vdev), 0);
}

static inline void there_and_back(void)
{
	if (tsmreq_guest_renumber(kit->guest, DEV, kit_dev(0x700)) == 0)
		assert_int_equal(tsmreq_guest_renumber(kit->guest, kit_dev(0x700), DEV), 0);
}

/* ---- before it, and after it */

static inline void raise_kit(enum tsmreq_arch arch, enum tsmreq_uapi uapi,
			     enum tsmreq_tdi_state state)
{
	kit = malloc(sizeof(*kit));
	kit_set_up(kit, arch, uapi);
	kit->ops.offload = kit_offload;
	kit->ops.device_event = event;
	kit->now = 1000;
	kit_start(kit, state);
	begins = 0;
	awaited = false;
	is_dropped = false;
}

/* Everything comes to its end. Whether it was a reset that did. */
static inline bool come_to_rest(void)
{
	struct tsmreq_result result;
	int rc;

	pool();
	rc = tsmreq_guest_reset_end(kit->guest, DEV, &result);
	assert_true(rc == 0 || rc == -EBUSY || rc == -ENOENT);
	return rc == 0;
}

/* Nothing is left of it: its place is free, and as new. */
static inline void take_away_and_bring_back(void)
{
	int rc;

	begin_detach();
	rc = tsmreq_guest_detach_end(kit->guest, DEV);
	assert_true(rc == 0 || (rc == -ENOENT && begins));
	/* several that wait for one job are told once, and again after a reset still at work */
	assert_false(awaited);
	assert_int_equal(kit_attach(kit, KIT_DEV, kit->vdev), 0);
}

/* ---- all that can meet */

struct pair {
	void (*before)(void), (*first)(void);
	const char *what;
	void (*seconds[9])(void); /* NULL ends them */
};

static struct {
	const struct pair *pair;
	unsigned int second, place, count;
} meeting;

/* How many places there were. */
static inline unsigned int meet(const struct pair *pair, void (*other)(void), unsigned int at,
				void (*begin)(void), void (*end)(void))
{
	begin();
	pair->before();
	places = 0;
	place = at;
	second = other;
	pair->first();
	second = NULL;
	end();
	return places;
}

static inline void meet_everywhere(const struct pair *pair, void (*begin)(void), void (*end)(void))
{
	for (unsigned int s = 0; pair->seconds[s]; s++) {
		const unsigned int all = meet(pair, pair->seconds[s], 0, begin, end);

		for (unsigned int at = 1; at <= all; at++) {
			meeting.pair = pair;
			meeting.second = s;
			meeting.place = at;
			meeting.count++;
			(void)meet(pair, pair->seconds[s], at, begin, end);
		}
	}
}

static inline int say_where(void **unused)
{
	(void)unused;
	print_message("# %u meetings, the last: %s, and its second %u at place %u\n", meeting.count,
		      meeting.pair->what, meeting.second, meeting.place);
	return 0;
}

#endif
