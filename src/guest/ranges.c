/* SPDX-License-Identifier: MIT */
#include "guest/guest.h"
#include <stdlib.h>
#include <string.h>

/*
 * A range that was sent for validation may be mapped, whatever the answer was, and a memory fault
 * on it is the guest's way to unmap. A device has a few, in order; those that touch are one.
 */

int tsmreq_ranges_init(struct ranges *ranges, uint32_t devices)
{
	ranges->devices = devices;
	ranges->ranges = calloc((size_t)devices * RANGES_PER_DEVICE, sizeof(*ranges->ranges));
	ranges->counts = calloc(devices, sizeof(*ranges->counts));
	if (!ranges->ranges || !ranges->counts) {
		free(ranges->ranges);
		free(ranges->counts);
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
	free(ranges->counts);
}

/* ---- a device's ranges, one more than there is room for */

static void insert(struct range *all, uint32_t count, const struct range *range)
{
	uint32_t i = count;

	for (; i > 0 && all[i - 1].base > range->base; i--)
		all[i] = all[i - 1];
	all[i] = *range;
}

/* How many are left. */
static uint32_t join_touching(struct range *all, uint32_t count)
{
	uint32_t last = 0;

	for (uint32_t i = 1; i < count; i++) {
		if (all[i].base > all[last].top)
			all[++last] = all[i];
		else if (all[i].top > all[last].top)
			all[last].top = all[i].top;
	}
	return last + 1;
}

/* Rather one that may be mapped too much than one too little. */
static void close_smallest_gap(struct range *all, uint32_t count)
{
	uint32_t at = 0;

	for (uint32_t i = 1; i + 1 < count; i++)
		if (all[i + 1].base - all[i].top < all[at + 1].base - all[at].top)
			at = i;
	all[at].top = all[at + 1].top;
	memmove(&all[at + 1], &all[at + 2], (count - at - 2) * sizeof(*all));
}

void tsmreq_ranges_add(struct ranges *ranges, uint32_t device, uint64_t base, uint64_t top)
{
	struct range *own = &ranges->ranges[(size_t)device * RANGES_PER_DEVICE];
	struct range all[RANGES_PER_DEVICE + 1];
	const struct range range = {base, top};
	uint32_t count;

	pthread_mutex_lock(&ranges->lock);
	count = ranges->counts[device];
	memcpy(all, own, count * sizeof(*all));
	insert(all, count, &range);
	count = join_touching(all, count + 1);
	if (count > RANGES_PER_DEVICE)
		close_smallest_gap(all, count--);
	memcpy(own, all, count * sizeof(*all));
	ranges->counts[device] = count;
	pthread_mutex_unlock(&ranges->lock);
}

void tsmreq_ranges_forget(struct ranges *ranges, uint32_t device)
{
	pthread_mutex_lock(&ranges->lock);
	ranges->counts[device] = 0;
	pthread_mutex_unlock(&ranges->lock);
}

/* Of any device: NULL if @address is in none. */
static const struct range *find(const struct ranges *ranges, uint64_t address)
{
	for (uint32_t device = 0; device < ranges->devices; device++) {
		const struct range *own = &ranges->ranges[(size_t)device * RANGES_PER_DEVICE];

		for (uint32_t i = 0; i < ranges->counts[device]; i++)
			if (address >= own[i].base && address < own[i].top)
				return &own[i];
	}
	return NULL;
}

/* Every byte of it, by one range or by several that follow one another. */
bool tsmreq_ranges_cover(struct ranges *ranges, uint64_t base, uint64_t top)
{
	const struct range *range;

	pthread_mutex_lock(&ranges->lock);
	while (base < top && (range = find(ranges, base)))
		base = range->top;
	pthread_mutex_unlock(&ranges->lock);
	return base >= top;
}
