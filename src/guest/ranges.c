/* SPDX-License-Identifier: MIT */
#include "guest/guest.h"
#include <stdlib.h>
#include <string.h>

/*
 * A range that was sent for validation may be mapped, whatever the answer was, and a memory fault
 * on it is the guest's way to unmap. Sorted by base; ranges of one device that touch are one.
 */

int tsmreq_ranges_init(struct ranges *ranges, uint32_t devices)
{
	ranges->capacity = devices * RANGES_PER_DEVICE;
	ranges->ranges = calloc(ranges->capacity, sizeof(*ranges->ranges));
	ranges->shares = calloc(devices, sizeof(*ranges->shares));
	if (!ranges->ranges || !ranges->shares) {
		free(ranges->ranges);
		free(ranges->shares);
		ranges->ranges = NULL;
		return -ENOMEM;
	}
	pthread_mutex_init(&ranges->lock, NULL);
	return 0;
}

void tsmreq_ranges_destroy(struct ranges *ranges)
{
	if (!ranges->ranges)
		return;
	pthread_mutex_destroy(&ranges->lock);
	free(ranges->ranges);
	free(ranges->shares);
}

/* The first range whose base is above @address. */
static uint32_t first_above(const struct ranges *ranges, uint64_t address)
{
	uint32_t low = 0, high = ranges->count;

	while (low < high) {
		const uint32_t middle = low + (high - low) / 2;

		if (ranges->ranges[middle].base <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void remove_at(struct ranges *ranges, uint32_t i)
{
	ranges->shares[ranges->ranges[i].device]--;
	ranges->count--;
	memmove(&ranges->ranges[i], &ranges->ranges[i + 1],
		(ranges->count - i) * sizeof(ranges->ranges[0]));
}

static void insert_at(struct ranges *ranges, uint32_t i, const struct range *range)
{
	memmove(&ranges->ranges[i + 1], &ranges->ranges[i],
		(ranges->count - i) * sizeof(ranges->ranges[0]));
	ranges->ranges[i] = *range;
	ranges->count++;
	ranges->shares[range->device]++;
}

/* Does @after, which starts no lower, go on where @before ends? */
static bool touches(const struct range *before, const struct range *after)
{
	return before->device == after->device && before->top >= after->base;
}

/* Takes what follows @i and touches it into it. */
static void absorb_after(struct ranges *ranges, uint32_t i)
{
	struct range *range = &ranges->ranges[i];

	for (uint32_t next = i + 1;
	     next < ranges->count && ranges->ranges[next].base <= range->top;) {
		if (ranges->ranges[next].device != range->device) {
			next++;
			continue;
		}
		if (ranges->ranges[next].top > range->top)
			range->top = ranges->ranges[next].top;
		remove_at(ranges, next);
	}
}

/* A device has its share: the next of its ranges, below or above, grows to hold the new one. */
static void widen(struct ranges *ranges, uint32_t i, const struct range *range)
{
	uint32_t below = i, above = i;
	struct range wider;

	while (below > 0 && ranges->ranges[below - 1].device != range->device)
		below--;
	if (below > 0) {
		if (range->top > ranges->ranges[below - 1].top)
			ranges->ranges[below - 1].top = range->top;
		absorb_after(ranges, below - 1);
		return;
	}
	while (ranges->ranges[above].device != range->device)
		above++;
	wider = ranges->ranges[above];
	wider.base = range->base;
	if (range->top > wider.top)
		wider.top = range->top;
	remove_at(ranges, above);
	insert_at(ranges, i, &wider);
	absorb_after(ranges, i);
}

void tsmreq_ranges_add(struct ranges *ranges, uint32_t device, uint64_t base, uint64_t top)
{
	const struct range range = {base, top, device};
	uint32_t i;

	pthread_mutex_lock(&ranges->lock);
	i = first_above(ranges, base);
	if (i > 0 && touches(&ranges->ranges[i - 1], &range)) {
		if (top > ranges->ranges[i - 1].top) {
			ranges->ranges[i - 1].top = top;
			absorb_after(ranges, i - 1);
		}
	} else if (ranges->shares[device] < RANGES_PER_DEVICE) {
		insert_at(ranges, i, &range);
		absorb_after(ranges, i);
	} else {
		widen(ranges, i, &range);
	}
	pthread_mutex_unlock(&ranges->lock);
}

void tsmreq_ranges_forget(struct ranges *ranges, uint32_t device)
{
	pthread_mutex_lock(&ranges->lock);
	for (uint32_t i = ranges->count; i--;)
		if (ranges->ranges[i].device == device)
			remove_at(ranges, i);
	pthread_mutex_unlock(&ranges->lock);
}

/* Every byte of it, by one range or by several that follow one another. */
bool tsmreq_ranges_cover(struct ranges *ranges, uint64_t base, uint64_t top)
{
	pthread_mutex_lock(&ranges->lock);
	while (base < top) {
		const uint32_t i = first_above(ranges, base);

		if (!i || ranges->ranges[i - 1].top <= base)
			break;
		base = ranges->ranges[i - 1].top;
	}
	pthread_mutex_unlock(&ranges->lock);
	return base >= top;
}
