/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>

#include "cli/guest_memory.h"

#define PAGE 4096u

struct guest_page {
	struct guest_page *next;
	uint64_t gpa;
	uint8_t bytes[PAGE];
};

/* ---- ranges */

bool guest_ranges_add(struct guest_ranges *ranges, uint64_t from, uint64_t to)
{
	if (ranges->count == GUEST_RANGES_MAX)
		return false;
	ranges->range[ranges->count++] = (struct guest_range){from, to};
	return true;
}

/* From @gpa on, how far is it inside? The range may go on in another one. */
static uint64_t get_end(const struct guest_ranges *ranges, uint64_t gpa)
{
	for (size_t i = 0; i < ranges->count; i++) {
		if (gpa >= ranges->range[i].from && gpa < ranges->range[i].to)
			return ranges->range[i].to;
	}
	return gpa;
}

bool guest_ranges_cover(const struct guest_ranges *ranges, uint64_t gpa, uint64_t size)
{
	while (size) {
		uint64_t end = get_end(ranges, gpa);

		if (end == gpa)
			return false;
		if (end - gpa >= size)
			return true;
		size -= end - gpa;
		gpa = end;
	}
	return true;
}

bool guest_ranges_touch(const struct guest_ranges *ranges, uint64_t gpa, uint64_t size)
{
	for (size_t i = 0; i < ranges->count; i++) {
		const struct guest_range *range = &ranges->range[i];

		if (range->from < range->to && gpa < range->to &&
		    (range->from <= gpa || range->from - gpa < size))
			return true;
	}
	return false;
}

bool guest_memory_is_shared(const struct guest_memory *memory, uint64_t gpa, uint64_t size)
{
	return guest_ranges_cover(&memory->ram, gpa, size) &&
	       (memory->ram_is_shared || guest_ranges_cover(&memory->shared, gpa, size));
}

/* ---- bytes */

static struct guest_page **get_slot(struct guest_memory *memory, uint64_t gpa)
{
	return &memory->pages[gpa / PAGE % (sizeof(memory->pages) / sizeof(memory->pages[0]))];
}

static struct guest_page *find_page(struct guest_memory *memory, uint64_t gpa)
{
	struct guest_page *page = *get_slot(memory, gpa);

	while (page && page->gpa != gpa)
		page = page->next;
	return page;
}

static struct guest_page *make_page(struct guest_memory *memory, uint64_t gpa)
{
	struct guest_page *page = find_page(memory, gpa);
	struct guest_page **slot = get_slot(memory, gpa);

	if (page)
		return page;
	page = arena_zalloc(memory->arena, sizeof(*page));
	page->gpa = gpa;
	page->next = *slot;
	*slot = page;
	return page;
}

static size_t get_piece(uint64_t gpa, size_t size)
{
	size_t room = (size_t)(PAGE - gpa % PAGE);

	return size < room ? size : room;
}

void guest_memory_load(struct guest_memory *memory, uint64_t gpa, void *dst, size_t size)
{
	uint8_t *to = dst;

	while (size) {
		size_t piece = get_piece(gpa, size);
		struct guest_page *page = find_page(memory, gpa - gpa % PAGE);

		if (page)
			memcpy(to, page->bytes + gpa % PAGE, piece);
		else
			memset(to, 0, piece);
		gpa += piece;
		to += piece;
		size -= piece;
	}
}

void guest_memory_store(struct guest_memory *memory, uint64_t gpa, const void *src, size_t size)
{
	const uint8_t *from = src;

	memory->writes++;
	while (size) {
		size_t piece = get_piece(gpa, size);

		memcpy(make_page(memory, gpa - gpa % PAGE)->bytes + gpa % PAGE, from, piece);
		gpa += piece;
		from += piece;
		size -= piece;
	}
}

/* ---- what the library fetches */

static bool was_fetched(const struct guest_memory *memory, uint64_t gpa, size_t size)
{
	for (size_t i = 0; i < memory->fetches; i++) {
		const struct guest_range *fetch = &memory->fetch[i];

		if (gpa < fetch->to && fetch->from - gpa < size)
			return true;
		if (gpa >= fetch->from && gpa < fetch->to)
			return true;
	}
	return false;
}

int guest_memory_fetch(struct guest_memory *memory, uint64_t gpa, void *dst, size_t size)
{
	if (!guest_memory_is_shared(memory, gpa, size))
		return -EFAULT;
	if (was_fetched(memory, gpa, size) || memory->fetches == GUEST_FETCHES_MAX)
		return -EEXIST;
	memory->fetch[memory->fetches++] = (struct guest_range){gpa, gpa + size};
	guest_memory_load(memory, gpa, dst, size);
	for (size_t i = 0; i < memory->changes; i++) {
		struct guest_change *change = &memory->change[i];

		if (!change->due || change->gpa < gpa || change->gpa - gpa >= size)
			continue;
		change->due = false;
		guest_memory_store(memory, change->gpa, &change->byte, 1);
	}
	return 0;
}

void guest_memory_forget(struct guest_memory *memory)
{
	memory->fetches = 0;
}

/* ---- two memories */

static bool page_differs(const struct guest_page *page, struct guest_memory *other,
			 uint64_t *ret_gpa)
{
	static const uint8_t zeros[PAGE];
	const struct guest_page *twin = find_page(other, page->gpa);
	const uint8_t *bytes = twin ? twin->bytes : zeros;
	size_t at = 0;

	if (memcmp(page->bytes, bytes, PAGE) == 0)
		return false;
	while (page->bytes[at] == bytes[at])
		at++;
	*ret_gpa = page->gpa + at;
	return true;
}

static bool any_differs(struct guest_memory *memory, struct guest_memory *other, uint64_t *ret_gpa)
{
	bool found = false;
	uint64_t gpa;

	for (size_t i = 0; i < sizeof(memory->pages) / sizeof(memory->pages[0]); i++) {
		for (struct guest_page *page = memory->pages[i]; page; page = page->next) {
			if (!page_differs(page, other, &gpa) || (found && gpa >= *ret_gpa))
				continue;
			found = true;
			*ret_gpa = gpa;
		}
	}
	return found;
}

bool guest_memory_differs(struct guest_memory *a, struct guest_memory *b, uint64_t *ret_gpa)
{
	uint64_t other;
	bool found = any_differs(a, b, ret_gpa);

	if (any_differs(b, a, &other) && (!found || other < *ret_gpa)) {
		*ret_gpa = other;
		found = true;
	}
	return found;
}
