/* SPDX-License-Identifier: MIT */
#ifndef UNIT_DECODE_GUARD_H
#define UNIT_DECODE_GUARD_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <tsmreq/types.h>
#include <unistd.h>

/* Readable pages between two that fault: a byte read before or behind the input is a crash. */
struct guard {
	uint8_t *map;
	size_t page;
	size_t room; /* bytes between the two */
};

static inline struct guard guard_new(size_t bytes)
{
	struct guard guard = {.page = (size_t)sysconf(_SC_PAGESIZE)};

	guard.room = (bytes / guard.page + 1) * guard.page;
	guard.map = mmap(NULL, guard.room + 2 * guard.page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
			 -1, 0);
	if (guard.map == MAP_FAILED ||
	    mprotect(guard.map + guard.page, guard.room, PROT_READ | PROT_WRITE))
		abort();
	return guard;
}

static inline void guard_free(struct guard *guard)
{
	munmap(guard->map, guard->room + 2 * guard->page);
}

/* @size bytes that end where the page that faults begins. */
static inline uint8_t *guard_back(const struct guard *guard, size_t size)
{
	return guard->map + guard->page + guard->room - size;
}

/* Bytes that begin where the page that faults ends. */
static inline uint8_t *guard_front(const struct guard *guard)
{
	return guard->map + guard->page;
}

/* The first @size bytes of @from, against the guard behind (@back) or before them. */
static inline struct tsmreq_bytes guard_copy(const struct guard *guard, const void *from,
					     size_t size, int back)
{
	uint8_t *to = back ? guard_back(guard, size) : guard_front(guard);

	memcpy(to, from, size);
	return (struct tsmreq_bytes){to, size};
}

#endif
