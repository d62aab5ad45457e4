/* SPDX-License-Identifier: MIT */
#include "kit.h"

#include <pthread.h>
#include <stdatomic.h>

/* The object source as a VMM has it: vCPU threads read, others plug and forget. For
 * ThreadSanitizer. */

#define DEVICES 3u
#define READERS 6u
#define ROUNDS	600u

struct shared {
	struct tsmreq_evidence_source *source;
	const struct server_object *theirs;
	atomic_uint whole, gone, wrong;
	atomic_bool is_over;
};

struct reader {
	struct shared *shared;
	unsigned int index;
	pthread_t thread;
};

/* Whole and right, or the device is not there: nothing else ever. */
static void *read_all(void *arg)
{
	const struct reader *reader = arg;
	struct shared *shared = reader->shared;
	uint8_t *bytes = malloc(10000);

	for (unsigned int i = 0; bytes && i < ROUNDS; i++) {
		const struct tsmreq_guest_dev dev = {.raw = 1 + (reader->index + i) % DEVICES};
		const bool wants_report = i % 2;
		const struct server_object *theirs = &shared->theirs[wants_report ? 10 : 9];
		struct tsmreq_buffer room = {bytes, 10000, 0};
		int r = tsmreq_evidence_source_read(shared->source, dev,
						    wants_report ? TSMREQ_OBJECT_INTERFACE_REPORT
								 : TSMREQ_OBJECT_MEASUREMENTS,
						    (struct tsmreq_bytes){NULL, 0}, &room);

		if (r == -ENODEV)
			atomic_fetch_add(&shared->gone, 1);
		else if (r == 0 && room.size == theirs->size &&
			 memcmp(bytes, theirs->bytes, room.size) == 0)
			atomic_fetch_add(&shared->whole, 1);
		else
			atomic_fetch_add(&shared->wrong, 1);
	}
	free(bytes);
	return NULL;
}

static void *forget_all(void *arg)
{
	struct shared *shared = arg;

	for (unsigned int i = 0; !atomic_load(&shared->is_over); i++) {
		(void)tsmreq_evidence_source_forget(
			shared->source, (struct tsmreq_guest_dev){.raw = 1 + i % DEVICES});
		sched_yield();
	}
	return NULL;
}

/* Devices nobody reads: the list is what they share. */
static void *plug_and_unplug(void *arg)
{
	const struct tsmreq_guest_dev dev = {.raw = 100};
	struct shared *shared = arg;

	while (!atomic_load(&shared->is_over)) {
		if (tsmreq_evidence_source_add(shared->source, dev, DEVICE, 0) < 0 ||
		    tsmreq_evidence_source_remove(shared->source, dev) < 0)
			atomic_fetch_add(&shared->wrong, 1);
	}
	return NULL;
}

static void threads_read_plug_and_forget(void **unused)
{
	struct reader readers[READERS];
	struct shared shared = {0};
	pthread_t forgets, plugs;
	struct kit kit;

	(void)unused;
	kit_open(&kit);
	shared.theirs = kit.server.objects;
	assert_int_equal(tsmreq_evidence_source_new(&shared.source, &kit.opts), 0);
	/* the last one is never there */
	for (uint64_t raw = 1; raw < DEVICES; raw++)
		assert_int_equal(tsmreq_evidence_source_add(shared.source,
							    (struct tsmreq_guest_dev){.raw = raw},
							    DEVICE, 2),
				 0);
	pthread_create(&forgets, NULL, forget_all, &shared);
	pthread_create(&plugs, NULL, plug_and_unplug, &shared);
	for (unsigned int i = 0; i < READERS; i++) {
		readers[i] = (struct reader){.shared = &shared, .index = i};
		pthread_create(&readers[i].thread, NULL, read_all, &readers[i]);
	}
	for (unsigned int i = 0; i < READERS; i++)
		pthread_join(readers[i].thread, NULL);
	atomic_store(&shared.is_over, true);
	pthread_join(forgets, NULL);
	pthread_join(plugs, NULL);
	assert_int_equal(shared.wrong, 0);
	/* of six readers' rounds, a third asked for the device that is not there */
	assert_int_equal(shared.gone, READERS * ROUNDS / DEVICES);
	assert_int_equal(shared.whole, READERS * ROUNDS - shared.gone);
	tsmreq_evidence_source_free(shared.source);
	/* and what was forgotten was read anew */
	assert_true(kit.server.dumps > DEVICES);
	kit_close(&kit);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(threads_read_plug_and_forget)};

	return cmocka_run_group_tests_name("netlink/threads", tests, NULL, NULL);
}
