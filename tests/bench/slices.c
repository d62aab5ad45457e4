/* SPDX-License-Identifier: MIT */
/*
 * An OBJECT_READ out of a snapshot, from exit to answer, beside memcpy(3) of the same bytes to the
 * same guest memory. Prints, by the slice's size in KiB, MiB a second of both and what part of
 * memcpy's the guest room reaches. All of it stays in the cache: the hardest case. usage: slices
 * [ROUNDS]
 */
#include "room.h"
#include <stdlib.h>

#include "clock.h"

#define OBJECT_SIZE 0x100000u
#define GPA	    0x1000u
#define RAM_SIZE    (GPA + OBJECT_SIZE)
#define BYTES	    0x2000000u /* a round's */

static struct room room;
static uint8_t object[OBJECT_SIZE], ram[RAM_SIZE];

/* ---- guest memory that is larger than a small VM's ---- */

static int write_shared(void *userdata, struct tsmreq_gpa gpa, const void *src, size_t size)
{
	(void)userdata;
	memcpy(ram + gpa.raw, src, size);
	return 0;
}

static enum tsmreq_memory get_memory(void *userdata, struct tsmreq_gpa gpa, uint64_t size)
{
	(void)userdata;
	return gpa.raw < RAM_SIZE && size <= RAM_SIZE - gpa.raw ? TSMREQ_MEMORY_SHARED
								: TSMREQ_MEMORY_NONE;
}

static void lend(struct tsmreq_guest_ops *ops)
{
	ops->write_shared = write_shared;
	ops->get_memory = get_memory;
}

/* ---- a round ---- */

static const struct tsmreq_call ask_size = {
	.kind = TSMREQ_CALL_OBJECT_SIZE,
	.shape = TSMREQ_SHAPE_RHI,
	.u.object.object = TSMREQ_OBJECT_INTERFACE_REPORT,
};

static int serve(const struct tsmreq_exit *exit, struct tsmreq_reply *ret)
{
	enum tsmreq_step step;
	struct tsmreq_job *job;

	return tsmreq_guest_handle(room.vm.guest, exit, &job, &step, ret);
}

static int through_the_room(size_t size, double *ret_time)
{
	const struct tsmreq_call call = {
		.kind = TSMREQ_CALL_READ_OBJECT,
		.shape = TSMREQ_SHAPE_RHI,
		.u.object = {.object = TSMREQ_OBJECT_INTERFACE_REPORT, .length = size},
		.write[0] = {{GPA}, size, TSMREQ_SPAN_OBJECT, 0},
	};
	struct tsmreq_reply reply = {0};
	struct tsmreq_exit exit;
	double start;
	int rc = bench_ask(&room, &call, 0, &exit);

	start = clock_now(CLOCK_THREAD_CPUTIME_ID);
	for (size_t i = 0; rc == 0 && i < BYTES / size; i++)
		rc = serve(&exit, &reply);
	*ret_time = clock_now(CLOCK_THREAD_CPUTIME_ID) - start;
	return rc < 0 || reply.rhi.x[0] != TSMREQ_RHI_SUCCESS || reply.rhi.x[1] != size;
}

static int bare(size_t size, double *ret_time)
{
	/* by a name the compiler cannot see through: it would leave out all copies but one */
	void *(*volatile copy)(void *dst, const void *src, size_t n) = memcpy;
	double start = clock_now(CLOCK_THREAD_CPUTIME_ID);

	for (size_t i = 0; i < BYTES / size; i++)
		copy(ram + GPA, object, size);
	*ret_time = clock_now(CLOCK_THREAD_CPUTIME_ID) - start;
	return memcmp(ram + GPA, object, size) != 0;
}

static int measure(size_t size, int rounds)
{
	double library = 1e9, least = 1e9, time;
	int rc = 0;

	/* in turn, and the best of each */
	for (int i = 0; rc == 0 && i < rounds; i++) {
		rc = through_the_room(size, &time);
		clock_keep_least(&library, time);
		if (rc == 0)
			rc = bare(size, &time);
		clock_keep_least(&least, time);
	}
	if (rc == 0)
		printf("%zu %.0f %.0f %.3f\n", size >> 10, (BYTES >> 20) / library,
		       (BYTES >> 20) / least, least / library);
	return rc;
}

/* The object, and one SIZE to have it kept. */
static int keep(void)
{
	const struct tsmreq_bytes bytes = {object, sizeof(object)};
	struct tsmreq_reply reply;
	struct tsmreq_exit exit;
	int rc;

	for (size_t i = 0; i < sizeof(object); i++)
		object[i] = (uint8_t)(i * 2654435761u >> 13);
	rc = tsmreq_mock_set_object(room.vm.mock, room.vm.id, TSMREQ_OBJECT_INTERFACE_REPORT,
				    bytes);
	if (rc == 0)
		rc = bench_ask(&room, &ask_size, 0, &exit);
	if (rc == 0)
		rc = serve(&exit, &reply);
	return rc;
}

int main(int argc, char **argv)
{
	const int rounds = argc > 1 ? atoi(argv[1]) : 15;
	struct tsmreq_guest_counters counters;
	uint64_t calls;
	int rc;

	room.lend = lend;
	rc = bench_open(&room, TSMREQ_ARCH_CCA, ROOM_KEEPS);
	if (rc == 0)
		rc = keep();
	calls = tsmreq_mock_get_calls(room.vm.mock);
	for (size_t size = 0x1000; rc == 0 && size <= OBJECT_SIZE; size *= 4)
		rc = measure(size, rounds);
	/* not one of them was the kernel's */
	tsmreq_guest_get_counters(room.vm.guest, &counters);
	if (rc == 0 && (!counters.snapshot_hits || tsmreq_mock_get_calls(room.vm.mock) != calls))
		rc = 1;
	bench_close(&room);
	if (rc != 0)
		fputs("slices: not what it is meant to be\n", stderr);
	return rc != 0;
}
