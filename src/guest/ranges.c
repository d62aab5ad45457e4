/* SPDX-License-Identifier: MIT */
#include "guest/guest.h"
#include <stdlib.h>
#include <string.h>

/*
 * A range that was sent for validation may be mapped, whatever the answer was, and a memory fault
 * on it is the guest's way to unmap. A device has a few, in order; those that touch are one.
 *
 * A fault names no device. A range is found by its block, the smallest power of two at a multiple
 * of itself that holds all of it: it lies across the block's middle, so of ranges that do not
 * overlap there is one a block, and there are as many blocks to look at as sizes of them are in
 * use.
 */

static void free_tables(const struct ranges *ranges)
{
	free(ranges->ranges);
	free(ranges->counts);
	free(ranges->heads);
	free(ranges->nexts);
}

int tsmreq_ranges_init(struct ranges *ranges, uint32_t devices)
{
	const size_t count = (size_t)devices * RANGES_PER_DEVICE;
	size_t size = 4;

	ranges->shift = 62;
	for (; size < (size_t)2 * devices; size *= 2)
		ranges->shift--;
	ranges->ranges = calloc(count, sizeof(*ranges->ranges));
	ranges->counts = calloc(devices, sizeof(*ranges->counts));
	ranges->heads = calloc(size, sizeof(*ranges->heads));
	ranges->nexts = calloc(count, sizeof(*ranges->nexts));
	ranges->orders = 0;
	memset(ranges->blocks, 0, sizeof(ranges->blocks));
	if (!ranges->ranges || !ranges->counts || !ranges->heads || !ranges->nexts) {
		free_tables(ranges);
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
	free_tables(ranges);
}

/* ---- blocks */

/* Of 2 << order bytes. */
static unsigned int order_of(const struct range *range)
{
	const uint64_t differ = range->base ^ (range->top - 1);

	return differ > 1 ? 63 - (unsigned int)__builtin_clzll(differ) : 0;
}

static uint32_t *head_of(const struct ranges *ranges, unsigned int order, uint64_t address)
{
	const uint64_t block = (address >> order >> 1) + order;

	return &ranges->heads[block * 0x9e3779b97f4a7c15u >> ranges->shift];
}

static void enter(struct ranges *ranges, uint32_t i)
{
	const struct range *range = &ranges->ranges[i];
	const unsigned int order = order_of(range);
	uint32_t *head = head_of(ranges, order, range->base);

	ranges->nexts[i] = *head;
	*head = i + 1;
	ranges->orders |= UINT64_C(1) << order;
	ranges->blocks[order]++;
}

static void leave(struct ranges *ranges, uint32_t i)
{
	const struct range *range = &ranges->ranges[i];
	const unsigned int order = order_of(range);
	uint32_t *at = head_of(ranges, order, range->base);

	while (*at != i + 1)
		at = &ranges->nexts[*at - 1];
	*at = ranges->nexts[i];
	if (!--ranges->blocks[order])
		ranges->orders &= ~(UINT64_C(1) << order);
}

/* The first @count of the device's places are its ranges from now on. */
static void enter_all(struct ranges *ranges, uint32_t device, uint32_t count)
{
	ranges->counts[device] = count;
	for (uint32_t i = 0; i < count; i++)
		enter(ranges, device * RANGES_PER_DEVICE + i);
}

static void leave_all(struct ranges *ranges, uint32_t device)
{
	for (uint32_t i = 0; i < ranges->counts[device]; i++)
		leave(ranges, device * RANGES_PER_DEVICE + i);
	ranges->counts[device] = 0;
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

static bool has(const struct range *own, uint32_t count, const struct range *range)
{
	for (uint32_t i = 0; i < count; i++)
		if (range->base >= own[i].base && range->top <= own[i].top)
			return true;
	return false;
}

/* By the job that has the device, and nobody else changes what is the device's. */
void tsmreq_ranges_add(struct ranges *ranges, uint32_t device, uint64_t base, uint64_t top)
{
	struct range *own = &ranges->ranges[(size_t)device * RANGES_PER_DEVICE];
	struct range all[RANGES_PER_DEVICE + 1];
	const struct range range = {base, top};
	uint32_t count = ranges->counts[device];

	/* mostly one that is validated again: no lock, so that no other device's vCPU waits */
	if (has(own, count, &range))
		return;
	pthread_mutex_lock(&ranges->lock);
	memcpy(all, own, count * sizeof(*all));
	insert(all, count, &range);
	count = join_touching(all, count + 1);
	if (count > RANGES_PER_DEVICE)
		close_smallest_gap(all, count--);
	leave_all(ranges, device);
	memcpy(own, all, count * sizeof(*all));
	enter_all(ranges, device, count);
	pthread_mutex_unlock(&ranges->lock);
}

void tsmreq_ranges_forget(struct ranges *ranges, uint32_t device)
{
	pthread_mutex_lock(&ranges->lock);
	leave_all(ranges, device);
	pthread_mutex_unlock(&ranges->lock);
}

/* Of any device: NULL if @address is in none. */
static const struct range *find(const struct ranges *ranges, uint64_t address)
{
	for (uint64_t left = ranges->orders; left; left &= left - 1) {
		const unsigned int order = (unsigned int)__builtin_ctzll(left);

		for (uint32_t i = *head_of(ranges, order, address); i; i = ranges->nexts[i - 1]) {
			const struct range *range = &ranges->ranges[i - 1];

			if (address >= range->base && address < range->top)
				return range;
		}
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
