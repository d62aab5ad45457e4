/* SPDX-License-Identifier: MIT */
/* wraps: pthread_mutex_lock */
#include "guest/guest.h"
#include "kit.h"

/* Device memory that may be mapped: what is remembered, what is forgotten, what it covers. */

#define DEVICES 4u

static unsigned int locks;

int __real_pthread_mutex_lock(pthread_mutex_t *lock);
int __wrap_pthread_mutex_lock(pthread_mutex_t *lock);

int __wrap_pthread_mutex_lock(pthread_mutex_t *lock)
{
	locks++;
	return __real_pthread_mutex_lock(lock);
}

static void set_up(struct ranges *ranges)
{
	assert_int_equal(tsmreq_ranges_init(ranges, DEVICES), 0);
}

static void nothing_is_remembered_at_first(void **unused)
{
	struct ranges ranges;

	(void)unused;
	set_up(&ranges);
	assert_false(tsmreq_ranges_cover(&ranges, 0, 1));
	assert_false(tsmreq_ranges_cover(&ranges, 0, UINT64_MAX));
	tsmreq_ranges_destroy(&ranges);
}

static void a_range_is_covered_to_its_last_byte(void **unused)
{
	struct ranges ranges;

	(void)unused;
	set_up(&ranges);
	tsmreq_ranges_add(&ranges, 1, 0x1000, 0x3000);
	assert_true(tsmreq_ranges_cover(&ranges, 0x1000, 0x3000));
	assert_true(tsmreq_ranges_cover(&ranges, 0x2fff, 0x3000));
	assert_false(tsmreq_ranges_cover(&ranges, 0xfff, 0x2000));
	assert_false(tsmreq_ranges_cover(&ranges, 0x2000, 0x3001));
	assert_false(tsmreq_ranges_cover(&ranges, 0x3000, 0x3001));
	tsmreq_ranges_destroy(&ranges);
}

static void ranges_that_touch_are_one(void **unused)
{
	struct ranges ranges;

	(void)unused;
	set_up(&ranges);
	tsmreq_ranges_add(&ranges, 0, 0x3000, 0x4000);
	tsmreq_ranges_add(&ranges, 0, 0x1000, 0x2000);
	assert_int_equal(ranges.counts[0], 2);
	tsmreq_ranges_add(&ranges, 0, 0x2000, 0x3000);
	assert_int_equal(ranges.counts[0], 1);
	tsmreq_ranges_add(&ranges, 0, 0x1800, 0x1900); /* inside */
	tsmreq_ranges_add(&ranges, 0, 0x800, 0x5000);  /* around */
	assert_int_equal(ranges.counts[0], 1);
	assert_true(tsmreq_ranges_cover(&ranges, 0x800, 0x5000));
	assert_false(tsmreq_ranges_cover(&ranges, 0x800, 0x5001));
	tsmreq_ranges_destroy(&ranges);
}

/* The lock is the whole guest's: vCPUs that validate what they did before are in nobody's way. */
static void a_range_that_is_there_takes_no_lock(void **unused)
{
	struct ranges ranges;

	(void)unused;
	set_up(&ranges);
	tsmreq_ranges_add(&ranges, 0, 0x1000, 0x3000);
	locks = 0;
	tsmreq_ranges_add(&ranges, 0, 0x1000, 0x3000);
	tsmreq_ranges_add(&ranges, 0, 0x2000, 0x2001);
	assert_int_equal(locks, 0);
	tsmreq_ranges_add(&ranges, 0, 0x2000, 0x3001);
	tsmreq_ranges_add(&ranges, 1, 0x1000, 0x3000);
	assert_int_equal(locks, 2);
	tsmreq_ranges_destroy(&ranges);
}

static void several_that_follow_one_another_cover(void **unused)
{
	struct ranges ranges;

	(void)unused;
	set_up(&ranges);
	tsmreq_ranges_add(&ranges, 0, 0x1000, 0x2000);
	tsmreq_ranges_add(&ranges, 3, 0x2000, 0x3000);
	tsmreq_ranges_add(&ranges, 1, 0x2800, 0x4000);
	assert_true(tsmreq_ranges_cover(&ranges, 0x1000, 0x4000));
	tsmreq_ranges_forget(&ranges, 3);
	assert_false(tsmreq_ranges_cover(&ranges, 0x1000, 0x4000));
	assert_true(tsmreq_ranges_cover(&ranges, 0x1000, 0x2000));
	assert_true(tsmreq_ranges_cover(&ranges, 0x2800, 0x4000));
	tsmreq_ranges_destroy(&ranges);
}

/* The guest places BARs: one of another device may lie inside. */
static void a_range_inside_anothers_hides_nothing(void **unused)
{
	struct ranges ranges;

	(void)unused;
	set_up(&ranges);
	tsmreq_ranges_add(&ranges, 0, 0x1000, 0x9000);
	tsmreq_ranges_add(&ranges, 1, 0x2000, 0x3000);
	tsmreq_ranges_add(&ranges, 0, 0x4000, 0x5000);
	assert_int_equal(ranges.counts[0], 1);
	assert_true(tsmreq_ranges_cover(&ranges, 0x1000, 0x9000));
	assert_true(tsmreq_ranges_cover(&ranges, 0x6000, 0x7000));
	tsmreq_ranges_destroy(&ranges);
}

static void a_device_has_a_share_and_the_nearest_grow_together(void **unused)
{
	struct ranges ranges;

	(void)unused;
	set_up(&ranges);
	/* 16 ranges, 0x1000 apart but for two that are 0x100 apart */
	for (uint64_t i = 0; i < RANGES_PER_DEVICE; i++)
		tsmreq_ranges_add(&ranges, 2, i * 0x2000, i * 0x2000 + 0x1000);
	tsmreq_ranges_add(&ranges, 2, 0x9f00, 0xa000 - 0x80);
	assert_int_equal(ranges.counts[2], RANGES_PER_DEVICE);
	/* the gap before 0xa000 is the smallest, and is closed */
	assert_true(tsmreq_ranges_cover(&ranges, 0x9f00, 0xb000));
	assert_false(tsmreq_ranges_cover(&ranges, 0x8000, 0xb000));
	/* all that was added is covered still */
	for (uint64_t i = 0; i < RANGES_PER_DEVICE; i++)
		assert_true(tsmreq_ranges_cover(&ranges, i * 0x2000, i * 0x2000 + 0x1000));
	tsmreq_ranges_destroy(&ranges);
}

static void the_last_addresses_are_addresses_too(void **unused)
{
	struct ranges ranges;

	(void)unused;
	set_up(&ranges);
	tsmreq_ranges_add(&ranges, 0, UINT64_MAX - 0xfff, UINT64_MAX);
	tsmreq_ranges_add(&ranges, 0, 0, 0x1000);
	assert_true(tsmreq_ranges_cover(&ranges, UINT64_MAX - 1, UINT64_MAX));
	assert_true(tsmreq_ranges_cover(&ranges, 0, 0x1000));
	assert_false(tsmreq_ranges_cover(&ranges, 0, UINT64_MAX));
	tsmreq_ranges_destroy(&ranges);
}

/* What the devices' own lists say, as against what is found by block. */
static bool is_listed(const struct ranges *ranges, uint64_t page)
{
	for (uint32_t device = 0; device < DEVICES; device++) {
		const struct range *own = &ranges->ranges[device * RANGES_PER_DEVICE];

		for (uint32_t i = 0; i < ranges->counts[device]; i++)
			if (page >= own[i].base && page < own[i].top)
				return true;
	}
	return false;
}

/* Against a map of pages: whatever was added and not forgotten is covered, for any order. */
static void random_ranges_cover_what_was_added(void **unused)
{
	enum {
		PAGES = 256
	};
	static bool added[DEVICES][PAGES];
	uint32_t seed = 1;

	(void)unused;
	for (unsigned int round = 0; round < 200; round++) {
		struct ranges ranges;

		set_up(&ranges);
		memset(added, 0, sizeof(added));
		for (unsigned int step = 0; step < 60; step++) {
			const uint32_t device = (seed = seed * 1664525u + 1013904223u) >> 30;
			const uint32_t from = (seed = seed * 1664525u + 1013904223u) >> 24;
			uint32_t to = from + 1 + (seed >> 10) % 12;

			if (step % 20 == 19) {
				tsmreq_ranges_forget(&ranges, device);
				memset(added[device], 0, sizeof(added[device]));
				continue;
			}
			if (to > PAGES)
				to = PAGES;
			tsmreq_ranges_add(&ranges, device, from, to);
			for (uint32_t i = from; i < to; i++)
				added[device][i] = true;
		}
		for (uint32_t device = 0; device < DEVICES; device++) {
			const struct range *own = &ranges.ranges[device * RANGES_PER_DEVICE];

			assert_true(ranges.counts[device] <= RANGES_PER_DEVICE);
			for (uint32_t i = 0; i < ranges.counts[device]; i++) {
				assert_true(own[i].base < own[i].top);
				assert_true(!i || own[i].base > own[i - 1].top);
				/* nothing outside what was ever added and the gaps between */
				assert_true(added[device][own[i].base]);
				assert_true(added[device][own[i].top - 1]);
			}
			for (uint32_t i = 0; i < PAGES; i++)
				assert_true(!added[device][i] || is_listed(&ranges, i));
		}
		for (uint32_t i = 0; i < PAGES; i++)
			assert_int_equal(tsmreq_ranges_cover(&ranges, i, i + 1),
					 is_listed(&ranges, i));
		tsmreq_ranges_destroy(&ranges);
	}
}

/* Every size, at every end of it, one after another: what goes takes nothing else along. */
static void a_range_of_any_size_is_found_and_forgotten(void **unused)
{
	struct ranges ranges;

	(void)unused;
	set_up(&ranges);
	tsmreq_ranges_add(&ranges, 3, 0xbffff000, 0xc0001000);
	for (unsigned int order = 2; order < 64; order++) {
		const uint64_t size = UINT64_C(1) << order;

		tsmreq_ranges_add(&ranges, 0, size, 2 * (size - 1));
		tsmreq_ranges_add(&ranges, 1, size + 1, size + 2);
		assert_true(tsmreq_ranges_cover(&ranges, size, size + size / 2));
		tsmreq_ranges_forget(&ranges, 0);
		assert_true(tsmreq_ranges_cover(&ranges, size + 1, size + 2));
		tsmreq_ranges_forget(&ranges, 1);
		assert_false(tsmreq_ranges_cover(&ranges, size + 1, size + 2));
	}
	assert_true(tsmreq_ranges_cover(&ranges, 0xbffff000, 0xc0001000));
	tsmreq_ranges_destroy(&ranges);
}

/* ---- what they are for */

static void a_memory_fault_finds_what_was_validated(void **unused)
{
	struct kit *kit = kit_new(TSMREQ_ARCH_CCA, TSMREQ_UAPI_CCA_V7);

	(void)unused;
	kit_start(kit, TSMREQ_TDI_LOCKED);
	assert_int_equal(kit_fault(kit, KIT_BAR, 0x1000, false), TSMREQ_ACTION_STOP);
	assert_int_equal(kit_tio(kit, KIT_BAR, 0x1000), 0);
	assert_int_equal(kit_fault(kit, KIT_BAR, 0x1000, false), TSMREQ_ACTION_REENTER);
	/* nobody makes device memory private that way */
	assert_int_equal(kit_fault(kit, KIT_BAR, 0x1000, true), TSMREQ_ACTION_STOP);
	assert_int_equal(kit_fault(kit, KIT_BAR, 0x1001, false), TSMREQ_ACTION_STOP);
	/* after a failure too: it may be mapped */
	kit_set_fault(kit, "backend:EIO");
	assert_int_equal(kit_tio(kit, KIT_BAR + 0x1000, 0x1000), UINT64_MAX);
	assert_int_equal(kit_fault(kit, KIT_BAR, 0x2000, false), TSMREQ_ACTION_REENTER);
	/* what was refused before it was sent is not remembered */
	assert_int_equal(kit_tio(kit, KIT_BAR_END, 0x1000), UINT64_MAX);
	assert_int_equal(kit_fault(kit, KIT_BAR_END, 0x1000, false), TSMREQ_ACTION_STOP);
	kit_free(kit);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_remembered_at_first),
		cmocka_unit_test(a_range_is_covered_to_its_last_byte),
		cmocka_unit_test(ranges_that_touch_are_one),
		cmocka_unit_test(a_range_that_is_there_takes_no_lock),
		cmocka_unit_test(several_that_follow_one_another_cover),
		cmocka_unit_test(a_range_inside_anothers_hides_nothing),
		cmocka_unit_test(a_device_has_a_share_and_the_nearest_grow_together),
		cmocka_unit_test(the_last_addresses_are_addresses_too),
		cmocka_unit_test(random_ranges_cover_what_was_added),
		cmocka_unit_test(a_range_of_any_size_is_found_and_forgotten),
		cmocka_unit_test(a_memory_fault_finds_what_was_validated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
