/* SPDX-License-Identifier: MIT */
#include "mock/iova.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define LAST UINT64_MAX

/* What a huge page spans: no mapping is ever aligned to more. */
#define ALIGNMENT_MAX ((uint64_t)2 << 20)

static bool touch(struct mock_span a, struct mock_span b)
{
	return a.start <= b.last && b.start <= a.last;
}

static uint64_t size_of(struct mock_span span)
{
	return span.last - span.start + 1;
}

/* ---- spans ---- */

int tsmreq_mock_spans_add(struct mock_spans *spans, struct mock_span span)
{
	size_t at = spans->count;

	if (spans->count == spans->room) {
		size_t room = spans->room == 0 ? 4 : spans->room * 2;
		struct mock_span *slots = realloc(spans->slots, room * sizeof(*slots));

		if (slots == NULL)
			return -ENOMEM;
		spans->slots = slots;
		spans->room = room;
	}
	while (at > 0 && spans->slots[at - 1].start > span.start)
		at--;
	memmove(&spans->slots[at + 1], &spans->slots[at], (spans->count - at) * sizeof(span));
	spans->slots[at] = span;
	spans->count++;
	return 0;
}

bool tsmreq_mock_spans_touch(const struct mock_spans *spans, struct mock_span span)
{
	for (size_t i = 0; i < spans->count; i++)
		if (touch(spans->slots[i], span))
			return true;
	return false;
}

void tsmreq_mock_spans_release(struct mock_spans *spans)
{
	free(spans->slots);
	*spans = (struct mock_spans){0};
}

/* ---- areas ---- */

/* The first area that ends at @from or behind it. */
static size_t first_from(const struct mock_iova *space, uint64_t from)
{
	size_t low = 0;
	size_t high = space->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (space->areas[middle].at.last < from)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The lowest area that has a byte in @span, or NULL. */
static struct mock_area *find_area(const struct mock_iova *space, struct mock_span span)
{
	size_t at = first_from(space, span.start);

	return at < space->count && touch(space->areas[at].at, span) ? &space->areas[at] : NULL;
}

static int make_room(struct mock_iova *space, size_t more)
{
	size_t room = space->room == 0 ? 16 : space->room;
	struct mock_area *areas;

	while (room < space->count + more)
		room *= 2;
	if (room == space->room)
		return 0;
	areas = realloc(space->areas, room * sizeof(*areas));
	if (areas == NULL)
		return -ENOMEM;
	space->areas = areas;
	space->room = room;
	return 0;
}

/* There is room for it. */
static void insert_area(struct mock_iova *space, struct mock_area area)
{
	size_t at = first_from(space, area.at.start);

	memmove(&space->areas[at + 1], &space->areas[at],
		(space->count - at) * sizeof(*space->areas));
	space->areas[at] = area;
	space->count++;
}

static void remove_area(struct mock_iova *space, struct mock_area *area)
{
	size_t at = (size_t)(area - space->areas);

	space->count--;
	memmove(area, area + 1, (space->count - at) * sizeof(*area));
}

void tsmreq_mock_iova_release(struct mock_iova *space)
{
	free(space->areas);
	tsmreq_mock_spans_release(&space->reserved);
	tsmreq_mock_spans_release(&space->allowed);
	*space = (struct mock_iova){0};
}

/* ---- alignment ---- */

uint64_t tsmreq_mock_iova_alignment(const struct mock_iova *space)
{
	return space->domains != 0 || space->small_pages ? MOCK_PAGE_SIZE : 1;
}

/* Is all that is mapped aligned to pages, at both ends of the mapping? */
static int check_pages(const struct mock_iova *space)
{
	for (size_t i = 0; i < space->count; i++) {
		const struct mock_area *area = &space->areas[i];

		if (((area->at.start | size_of(area->at) | area->from) & (MOCK_PAGE_SIZE - 1)) != 0)
			return -EADDRINUSE;
	}
	return 0;
}

int tsmreq_mock_iova_add_domain(struct mock_iova *space)
{
	int err = tsmreq_mock_iova_alignment(space) == 1 ? check_pages(space) : 0;

	if (err == 0)
		space->domains++;
	return err;
}

void tsmreq_mock_iova_remove_domain(struct mock_iova *space)
{
	space->domains--;
}

int tsmreq_mock_iova_set_small_pages(struct mock_iova *space, bool small)
{
	int err = 0;

	if (small && !space->small_pages) {
		if (space->domains != 0 && space->count != 0)
			return -EINVAL;
		err = check_pages(space);
	}
	if (err == 0)
		space->small_pages = small;
	return err;
}

/* ---- holes ---- */

/* How far @at is taken by one of these, or false. */
static bool taken_by(const struct mock_spans *spans, uint64_t at, uint64_t *ret_last)
{
	const struct mock_span point = {at, at};

	for (size_t i = 0; i < spans->count; i++) {
		if (touch(spans->slots[i], point)) {
			*ret_last = spans->slots[i].last;
			return true;
		}
	}
	return false;
}

static bool mapped_at(const struct mock_iova *space, uint64_t at, uint64_t *ret_last)
{
	const struct mock_area *area = find_area(space, (struct mock_span){at, at});

	if (area != NULL)
		*ret_last = area->at.last;
	return area != NULL;
}

/* The first hole in @within; @areas: what is mapped is no hole either. */
static bool find_hole(const struct mock_iova *space, bool areas, struct mock_span within,
		      struct mock_span *ret)
{
	uint64_t start = within.start;
	uint64_t last;

	while (taken_by(&space->reserved, start, &last) ||
	       (areas && mapped_at(space, start, &last))) {
		if (last >= within.last)
			return false;
		start = last + 1;
	}
	last = within.last;
	for (size_t i = 0; i < space->reserved.count; i++) {
		uint64_t other = space->reserved.slots[i].start;

		if (other > start && other <= last)
			last = other - 1;
	}
	if (areas) {
		const struct mock_area *area = find_area(space, (struct mock_span){start, last});

		if (area != NULL)
			last = area->at.start - 1;
	}
	*ret = (struct mock_span){start, last};
	return true;
}

bool tsmreq_mock_iova_usable(const struct mock_iova *space, uint64_t from, struct mock_span *ret)
{
	return find_hole(space, false, (struct mock_span){from, LAST}, ret);
}

/* ---- choosing an address ---- */

struct fit {
	uint64_t size;
	uint64_t alignment;
	uint64_t offset; /* in its page */
};

/* Where in @span it would start, if it fits. */
static bool fits(struct mock_span *span, const struct fit *fit)
{
	uint64_t start;

	if (__builtin_add_overflow(span->start, fit->alignment - 1, &start))
		return false;
	start = (start & ~(fit->alignment - 1)) | fit->offset;
	if (start >= span->last || span->last - start < fit->size - 1)
		return false;
	span->start = start;
	return true;
}

/* The first place in @within that is free. */
static bool choose_in(const struct mock_iova *space, struct mock_span within, const struct fit *fit,
		      uint64_t *ret)
{
	struct mock_span hole;
	uint64_t end;

	if (!fits(&within, fit))
		return false;
	while (find_hole(space, true, within, &hole)) {
		end = hole.last;
		if (fits(&hole, fit)) {
			*ret = hole.start;
			return true;
		}
		if (end == within.last)
			break;
		within.start = end + 1;
	}
	return false;
}

/* The allowed range number @i with those that touch it, cut to what is ever given out. */
static bool next_allowed(const struct mock_spans *allowed, size_t *i, struct mock_span *ret)
{
	const struct mock_span all = {MOCK_PAGE_SIZE, LAST - MOCK_PAGE_SIZE};

	if (allowed->count == 0) {
		*ret = all;
		return (*i)++ == 0;
	}
	while (*i < allowed->count) {
		struct mock_span span = allowed->slots[(*i)++];

		while (*i < allowed->count && span.last != LAST &&
		       allowed->slots[*i].start == span.last + 1)
			span.last = allowed->slots[(*i)++].last;
		if (!touch(span, all))
			continue;
		ret->start = span.start > all.start ? span.start : all.start;
		ret->last = span.last < all.last ? span.last : all.last;
		return true;
	}
	return false;
}

static uint64_t round_up_to_power(uint64_t size)
{
	uint64_t power = 1;

	while (power < size)
		power <<= 1;
	return power;
}

/* Never 0. As aligned as the memory behind it, so that huge pages stay whole. */
static int choose(const struct mock_iova *space, uint64_t from, uint64_t size, uint64_t *ret)
{
	struct fit fit = {.size = size, .offset = from % MOCK_PAGE_SIZE};
	struct mock_span span;
	size_t i = 0;

	if (size >= LAST / 2)
		return -EOVERFLOW;
	fit.alignment = round_up_to_power(size);
	if (from != 0 && fit.alignment > (from & -from))
		fit.alignment = from & -from;
	if (fit.alignment > ALIGNMENT_MAX)
		fit.alignment = ALIGNMENT_MAX;
	if (fit.alignment < tsmreq_mock_iova_alignment(space))
		return -EINVAL;
	while (next_allowed(&space->allowed, &i, &span))
		if (choose_in(space, span, &fit, ret))
			return 0;
	return -ENOSPC;
}

/* The caller's choice may be outside of what is allowed: that only guides ours. */
static int check_fixed(const struct mock_iova *space, uint64_t iova, uint64_t size)
{
	struct mock_span span = {.start = iova};

	if ((iova & (tsmreq_mock_iova_alignment(space) - 1)) != 0)
		return -EINVAL;
	if (__builtin_add_overflow(iova, size - 1, &span.last))
		return -EOVERFLOW;
	if (tsmreq_mock_spans_touch(&space->reserved, span))
		return -EINVAL;
	return find_area(space, span) != NULL ? -EEXIST : 0;
}

/* ---- mapping ---- */

static int check_pieces(const struct mock_iova *space, const struct mock_mapping *mapping)
{
	for (size_t i = 0; i < mapping->count; i++) {
		if (mapping->write && !mapping->pieces[i].writable)
			return -EPERM;
		if ((mapping->pieces[i].from & (tsmreq_mock_iova_alignment(space) - 1)) != 0)
			return -EINVAL;
	}
	return 0;
}

int tsmreq_mock_iova_map(struct mock_iova *space, struct mock_mapping *mapping)
{
	const struct mock_area *pieces = mapping->pieces;
	uint64_t first = pieces[0].at.start;
	uint64_t size = pieces[mapping->count - 1].at.last - first + 1;
	int err;

	if ((size & (tsmreq_mock_iova_alignment(space) - 1)) != 0)
		return -EINVAL;
	if (mapping->fixed)
		err = check_fixed(space, mapping->iova, size);
	else
		err = choose(space, pieces[0].from, size, &mapping->iova);
	if (err == 0)
		err = check_pieces(space, mapping);
	if (err == 0)
		err = make_room(space, mapping->count);
	if (err != 0)
		return err;
	for (size_t i = 0; i < mapping->count; i++) {
		struct mock_area area = pieces[i];

		area.at.start = mapping->iova + (pieces[i].at.start - first);
		area.at.last = mapping->iova + (pieces[i].at.last - first);
		insert_area(space, area);
	}
	return 0;
}

int tsmreq_mock_iova_unmap(struct mock_iova *space, struct mock_span span, uint64_t *ret_size)
{
	struct mock_area *area;

	*ret_size = 0;
	while ((area = find_area(space, span)) != NULL) {
		if (area->at.start < span.start || area->at.last > span.last)
			return -ENOENT;
		*ret_size += size_of(area->at);
		remove_area(space, area);
	}
	return 0;
}

/* How many areas follow each other without a gap over all of @span; 0: not all of it is mapped. */
static size_t count_contiguous(const struct mock_iova *space, struct mock_span span)
{
	size_t first = first_from(space, span.start);
	uint64_t next = span.start;

	for (size_t i = first; i < space->count; i++) {
		struct mock_span at = space->areas[i].at;

		/* the first may begin before the span */
		if (i == first ? at.start > next : at.start != next)
			return 0;
		if (at.last >= span.last)
			return i - first + 1;
		next = at.last + 1;
	}
	return 0;
}

int tsmreq_mock_iova_slice(const struct mock_iova *space, struct mock_span span,
			   struct mock_area **ret, size_t *ret_count)
{
	size_t count = count_contiguous(space, span);
	struct mock_area *pieces;

	if (count == 0)
		return -ENOENT;
	pieces = malloc(count * sizeof(*pieces));
	if (pieces == NULL)
		return -ENOMEM;
	memcpy(pieces, &space->areas[first_from(space, span.start)], count * sizeof(*pieces));
	pieces[0].from += span.start - pieces[0].at.start;
	pieces[0].at.start = span.start;
	pieces[count - 1].at.last = span.last;
	*ret = pieces;
	*ret_count = count;
	return 0;
}

int tsmreq_mock_iova_cut(struct mock_iova *space, uint64_t last)
{
	size_t at = first_from(space, last);
	struct mock_area rest;

	if (at == space->count)
		return 0;
	rest = space->areas[at];
	if (last <= rest.at.start || last == rest.at.last)
		return 0;
	rest.from += last + 1 - rest.at.start;
	rest.at.start = last + 1;
	if (((rest.at.start | rest.from) & (tsmreq_mock_iova_alignment(space) - 1)) != 0)
		return -EINVAL;
	if (make_room(space, 1) != 0)
		return -ENOMEM;
	space->areas[at].at.last = last;
	insert_area(space, rest);
	return 0;
}

/* ---- reserved, allowed ---- */

int tsmreq_mock_iova_reserve(struct mock_iova *space, struct mock_span span)
{
	if (find_area(space, span) != NULL || tsmreq_mock_spans_touch(&space->allowed, span))
		return -EADDRINUSE;
	return tsmreq_mock_spans_add(&space->reserved, span);
}

int tsmreq_mock_iova_allow(struct mock_iova *space, struct mock_spans *allowed)
{
	for (size_t i = 0; i < allowed->count; i++)
		if (tsmreq_mock_spans_touch(&space->reserved, allowed->slots[i]))
			return -EADDRINUSE;
	tsmreq_mock_spans_release(&space->allowed);
	space->allowed = *allowed;
	*allowed = (struct mock_spans){0};
	return 0;
}
