/* SPDX-License-Identifier: MIT */
#ifndef CLI_GUEST_MEMORY_H
#define CLI_GUEST_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli/arena.h"

/*
 * A guest's memory as far as anybody touched it: pages of zeros until they are written, ranges that
 * are RAM and ranges that are shared. Remembers what was fetched, because nothing may be fetched
 * twice.
 */

#define GUEST_RANGES_MAX 8

struct guest_range {
	uint64_t from;
	uint64_t to; /* not included */
};

struct guest_ranges {
	size_t count;
	struct guest_range range[GUEST_RANGES_MAX];
};

/* What the guest does while the library looks: a byte changes once its address was fetched. */
struct guest_change {
	uint64_t gpa;
	uint8_t byte;
	bool due;
	bool told; /* for who looks at memory: it happened, and is known */
};

#define GUEST_CHANGES_MAX 4
#define GUEST_FETCHES_MAX 16

struct guest_memory {
	struct arena *arena;
	struct guest_ranges ram;
	struct guest_ranges shared;
	bool ram_is_shared; /* all of it, whatever @shared says */
	struct guest_page *pages[256];
	size_t changes;
	struct guest_change change[GUEST_CHANGES_MAX];
	size_t fetches; /* of this exit */
	struct guest_range fetch[GUEST_FETCHES_MAX];
	unsigned int writes;
};

/* false: no room for one more. */
bool guest_ranges_add(struct guest_ranges *ranges, uint64_t from, uint64_t to);
/* Whether every byte, or any byte, of [gpa, gpa + size) is in one. */
bool guest_ranges_cover(const struct guest_ranges *ranges, uint64_t gpa, uint64_t size);
bool guest_ranges_touch(const struct guest_ranges *ranges, uint64_t gpa, uint64_t size);

bool guest_memory_is_shared(const struct guest_memory *memory, uint64_t gpa, uint64_t size);

/* The bytes, whoever may look at them. */
void guest_memory_load(struct guest_memory *memory, uint64_t gpa, void *dst, size_t size);
void guest_memory_store(struct guest_memory *memory, uint64_t gpa, const void *src, size_t size);

/* A fetch by the library: -EFAULT for what is not shared, -EEXIST for what was fetched before. */
int guest_memory_fetch(struct guest_memory *memory, uint64_t gpa, void *dst, size_t size);
/* A new exit: everything may be fetched again. */
void guest_memory_forget(struct guest_memory *memory);

/* The first address where the two differ. */
bool guest_memory_differs(struct guest_memory *a, struct guest_memory *b, uint64_t *ret_gpa);

#endif
