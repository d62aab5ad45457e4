/* SPDX-License-Identifier: MIT */
/* wraps: pthread_cond_wait */
#include "guest/guest.h"
#include <sched.h>

#include "kit.h"

/* Devices by name, pins, and one job at a time. */

/* How many threads have come to a wait. */
static atomic_uint waits;

int __real_pthread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *lock);
int __wrap_pthread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *lock);

int __wrap_pthread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *lock)
{
	atomic_fetch_add(&waits, 1);
	return __real_pthread_cond_wait(cond, lock);
}

static void until_waiting(unsigned int count)
{
	while (atomic_load(&waits) < count)
		sched_yield();
}

/* ---- the table */

static void set_up(struct devices *devices, uint32_t capacity)
{
	memset(devices, 0, sizeof(*devices));
	assert_int_equal(tsmreq_devices_init(devices, capacity), 0);
	/* slots without devices: the table does not look into them but to find */
	for (uint32_t i = 0; i < capacity; i++) {
		devices->slots[i] = aligned_alloc(CACHE_LINE, sizeof(struct device));
		memset(devices->slots[i], 0, sizeof(struct device));
	}
}

static void tear_down(struct devices *devices)
{
	for (uint32_t i = 0; i < devices->capacity; i++) {
		free(devices->slots[i]);
		devices->slots[i] = NULL;
	}
	tsmreq_devices_destroy(devices);
}

/* The longest run of entries without a free place: what a search may have to walk. */
static uint32_t longest_run(const struct devices *devices)
{
	uint32_t longest = 0, run = 0;

	/* twice round, for the run over the end */
	for (uint32_t i = 0; i < 2 * (devices->mask + 1); i++) {
		run = atomic_load(&devices->table[i & devices->mask]) ? run + 1 : 0;
		if (run > longest)
			longest = run;
	}
	return longest;
}

static void names_are_spread_whatever_they_differ_in(void **unused)
{
	enum {
		COUNT = 256
	};

	(void)unused;
	for (unsigned int shift = 0; shift <= 24; shift++) {
		struct devices devices;

		set_up(&devices, COUNT);
		for (uint32_t i = 0; i < COUNT; i++)
			assert_int_equal(tsmreq_devices_insert(&devices, i << shift, i), 0);
		assert_in_range(longest_run(&devices), 1, 32);
		tear_down(&devices);
	}
}

static void a_name_is_taken_once(void **unused)
{
	struct devices devices;

	(void)unused;
	set_up(&devices, 4);
	assert_int_equal(tsmreq_devices_insert(&devices, 0, 2), 0);
	assert_int_equal(tsmreq_devices_insert(&devices, UINT32_MAX, 1), 0);
	assert_int_equal(tsmreq_devices_insert(&devices, 0, 3), -EEXIST);
	assert_int_equal(tsmreq_devices_insert(&devices, UINT32_MAX, 3), -EEXIST);
	assert_ptr_equal(tsmreq_devices_find(&devices, 0), devices.slots[2]);
	assert_ptr_equal(tsmreq_devices_find(&devices, UINT32_MAX), devices.slots[1]);
	assert_null(tsmreq_devices_find(&devices, 1));
	assert_null(tsmreq_devices_find(&devices, 1ull << 32));
	assert_int_equal(tsmreq_devices_remove(&devices, 1), -ENOENT);
	assert_int_equal(tsmreq_devices_remove(&devices, 0), 0);
	assert_int_equal(tsmreq_devices_remove(&devices, 0), -ENOENT);
	assert_null(tsmreq_devices_find(&devices, 0));
	tear_down(&devices);
}

/* The place a name has in an empty table. */
static uint32_t home(struct devices *devices, uint32_t name)
{
	uint32_t at = 0;

	assert_int_equal(tsmreq_devices_insert(devices, name, 0), 0);
	while (!atomic_load(&devices->table[at]))
		at++;
	assert_int_equal(tsmreq_devices_remove(devices, name), 0);
	return at;
}

/* Names that want the same place, or one of its two neighbours, the last before the first. */
static void find_rivals(struct devices *devices, uint32_t *ret, uint32_t count)
{
	uint32_t found = 0;

	for (uint32_t name = 0; found < count; name++) {
		const uint32_t at = home(devices, name);

		if (at == devices->mask || at == 0 || at == 1)
			ret[found++] = name;
	}
}

static uint32_t seed = 1;

static uint32_t roll(uint32_t sides)
{
	seed = seed * 1664525u + 1013904223u;
	return (seed >> 8) % sides;
}

static void rivals_come_and_go_in_any_order(void **unused)
{
	enum {
		CAPACITY = 16,
		NAMES = 24
	};
	uint32_t names[NAMES], slot_of[NAMES];
	bool in[NAMES];
	struct devices devices;

	(void)unused;
	set_up(&devices, CAPACITY);
	find_rivals(&devices, names, NAMES);
	memset(in, 0, sizeof(in));
	for (unsigned int step = 0; step < 20000; step++) {
		const uint32_t i = roll(NAMES);
		uint32_t count = 0;

		for (uint32_t n = 0; n < NAMES; n++)
			count += in[n];
		if (in[i]) {
			assert_int_equal(tsmreq_devices_insert(&devices, names[i], 0), -EEXIST);
			assert_int_equal(tsmreq_devices_remove(&devices, names[i]), 0);
			in[i] = false;
		} else if (count < CAPACITY) {
			slot_of[i] = roll(CAPACITY);
			assert_int_equal(tsmreq_devices_insert(&devices, names[i], slot_of[i]), 0);
			in[i] = true;
		} else {
			assert_int_equal(tsmreq_devices_remove(&devices, names[i]), -ENOENT);
		}
		for (uint32_t n = 0; n < NAMES; n++)
			assert_ptr_equal(tsmreq_devices_find(&devices, names[n]),
					 in[n] ? devices.slots[slot_of[n]] : NULL);
	}
	tear_down(&devices);
}

static void a_change_is_seen_by_who_did_not_find(void **unused)
{
	struct devices devices;
	unsigned int before;

	(void)unused;
	set_up(&devices, 4);
	before = atomic_load(&devices.sequence);
	assert_int_equal(before & 1, 0);
	assert_int_equal(tsmreq_devices_insert(&devices, 7, 0), 0);
	assert_int_equal(atomic_load(&devices.sequence), before + 2);
	assert_int_equal(tsmreq_devices_remove(&devices, 7), 0);
	assert_int_equal(atomic_load(&devices.sequence), before + 4);
	/* no change, none seen */
	assert_int_equal(tsmreq_devices_remove(&devices, 7), -ENOENT);
	assert_int_equal(atomic_load(&devices.sequence), before + 4);
	tear_down(&devices);
}

/* ---- pins */

static struct kit *realm(enum tsmreq_tdi_state state)
{
	struct kit *kit = kit_new(TSMREQ_ARCH_CCA, TSMREQ_UAPI_CCA_V7);

	kit->ops.offload = kit_offload;
	kit_start(kit, state);
	return kit;
}

static void a_pin_is_for_a_device_that_may_be_used(void **unused)
{
	struct kit *kit = realm(TSMREQ_TDI_UNLOCKED);
	struct device *device, *none = NULL;
	struct tsmreq_result result;

	(void)unused;
	assert_int_equal(tsmreq_device_pin(kit->guest, KIT_DEV, &device), PIN_OK);
	assert_int_equal(tsmreq_device_name(device).raw, KIT_DEV);
	assert_int_equal(tsmreq_device_pin(kit->guest, KIT_DEV, &device), PIN_OK);
	assert_int_equal(atomic_load(&device->word) & DEVICE_PINS, 2);
	assert_int_equal(tsmreq_device_pin(kit->guest, KIT_DEV | 1ull << 32, &none), PIN_UNKNOWN);
	assert_int_equal(tsmreq_device_pin(kit->guest, KIT_DEV + 1, &none), PIN_UNKNOWN);
	assert_int_equal(tsmreq_guest_reset_begin(kit->guest, kit_dev(KIT_DEV)), 0);
	assert_int_equal(tsmreq_device_pin(kit->guest, KIT_DEV, &none), PIN_RESETTING);
	assert_int_equal(tsmreq_guest_reset_end(kit->guest, kit_dev(KIT_DEV), &result), -EBUSY);
	tsmreq_device_unpin(device);
	assert_int_equal(kit->events[TSMREQ_DEVICE_DRAINED], 0);
	tsmreq_device_unpin(device);
	assert_int_equal(kit->events[TSMREQ_DEVICE_DRAINED], 1);
	assert_int_equal(tsmreq_guest_detach_begin(kit->guest, kit_dev(KIT_DEV)), 0);
	assert_int_equal(kit->events[TSMREQ_DEVICE_DRAINED], 2);
	assert_int_equal(tsmreq_device_pin(kit->guest, KIT_DEV, &none), PIN_UNKNOWN);
	assert_int_equal(tsmreq_guest_detach_end(kit->guest, kit_dev(KIT_DEV)), 0);
	assert_int_equal(tsmreq_device_pin(kit->guest, KIT_DEV, &none), PIN_UNKNOWN);
	assert_null(none);
	kit_free(kit);
}

static void a_pin_follows_the_name(void **unused)
{
	struct kit *kit = realm(TSMREQ_TDI_UNLOCKED);
	struct device *device, *same;

	(void)unused;
	assert_int_equal(tsmreq_device_pin(kit->guest, KIT_DEV, &device), PIN_OK);
	assert_int_equal(tsmreq_guest_renumber(kit->guest, kit_dev(KIT_DEV), kit_dev(0x300)), 0);
	assert_int_equal(tsmreq_device_pin(kit->guest, KIT_DEV, &same), PIN_UNKNOWN);
	assert_int_equal(tsmreq_device_pin(kit->guest, 0x300, &same), PIN_OK);
	assert_ptr_equal(same, device);
	assert_int_equal(atomic_load(&device->word) & DEVICE_PINS, 2);
	tsmreq_device_unpin(device);
	tsmreq_device_unpin(device);
	kit_free(kit);
}

/* ---- one job at a time */

struct vcpu_thread {
	struct tsmreq_job *job;
	int rc;
};

static void *run_job(void *arg)
{
	struct vcpu_thread *vcpu = arg;

	vcpu->rc = tsmreq_job_run(vcpu->job);
	return NULL;
}

static void two_vcpus_on_one_device_wait_in_run(void **unused)
{
	struct kit *kit = kit_new(TSMREQ_ARCH_CCA, TSMREQ_UAPI_CCA_V7);
	struct tsmreq_exit exit = kit_rhi_exit(TSMREQ_RHI_VDEV_SET_TDI_STATE, KIT_DEV, 1, 0, 0, 0);
	struct vcpu_thread second;
	struct tsmreq_job *first;
	pthread_t thread;

	(void)unused;
	kit_start(kit, TSMREQ_TDI_UNLOCKED);
	assert_int_equal(kit_prepare(kit, &exit, &first), TSMREQ_STEP_RUN_NOW);
	exit.vcpu = 1;
	exit.rhi.x[2] = 2;
	assert_int_equal(tsmreq_job_run(first), 0);
	/* RUN, while LOCK is not settled: nobody can say no yet */
	assert_int_equal(kit_prepare(kit, &exit, &second.job), TSMREQ_STEP_RUN_NOW);
	atomic_store(&waits, 0);
	assert_int_equal(pthread_create(&thread, NULL, run_job, &second), 0);
	until_waiting(1);
	assert_int_equal(kit->sends, 1);
	assert_int_equal(tsmreq_job_settle(first), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(second.rc, 0);
	assert_int_equal(kit->sends, 2);
	assert_int_equal(kit_answer(second.job).rhi.x[0], 0);
	assert_int_equal(kit_answer(first).rhi.x[0], 0);
	assert_int_equal(kit_really(kit), TSMREQ_TDI_RUN);
	kit_free(kit);
}

static void different_devices_do_not_meet(void **unused)
{
	struct kit *kit = kit_new(TSMREQ_ARCH_CCA, TSMREQ_UAPI_CCA_V7);
	struct tsmreq_exit exit = kit_rhi_exit(TSMREQ_RHI_OBJECT_SIZE, KIT_DEV, 1, 0, 0, 0);
	struct tsmreq_job *first, *second;
	struct tsmreq_vdev *other;

	(void)unused;
	kit_start(kit, TSMREQ_TDI_UNLOCKED);
	other = kit_new_vdev(kit, TSMREQ_TDI_UNLOCKED);
	assert_int_equal(kit_attach(kit, 0x200, other), 0);
	assert_int_equal(kit_prepare(kit, &exit, &first), TSMREQ_STEP_RUN_NOW);
	assert_int_equal(tsmreq_job_run(first), 0);
	exit.vcpu = 1;
	exit.rhi.x[1] = 0x200;
	assert_int_equal(kit_prepare(kit, &exit, &second), TSMREQ_STEP_RUN_NOW);
	assert_int_equal(tsmreq_job_run(second), 0);
	(void)kit_answer(second);
	(void)kit_answer(first);
	tsmreq_vdev_free(other);
	kit_free(kit);
}

/* ---- the queue: TDX has several calls under way on one device */

static struct kit *td(enum tsmreq_tdi_state state)
{
	struct kit *kit = kit_new(TSMREQ_ARCH_TDX, TSMREQ_UAPI_JUNE);

	kit->ops.offload = kit_offload;
	kit_start(kit, state);
	return kit;
}

static void defer(struct kit *kit, uint8_t operation, uint64_t gpa)
{
	struct tsmreq_exit exit = kit_tdcm_exit(kit, operation, gpa, 0);

	exit.ghci.r14 = 0x1000;
	assert_int_equal(kit_defer(kit, &exit).r10, 0);
}

static void deferred_jobs_wait_in_line(void **unused)
{
	struct kit *kit = td(TSMREQ_TDI_UNLOCKED);

	(void)unused;
	defer(kit, 2, 0x20000); /* BIND */
	defer(kit, 5, 0x21000); /* START */
	defer(kit, 7, 0x22000); /* UNBIND */
	/* the pool has one of them, and the next when that is settled */
	assert_int_equal(kit->offloads, 1);
	kit_run_next(kit);
	assert_int_equal(kit->memory[0x20008], 1);
	assert_int_equal(kit->offloads, 2);
	kit_run_next(kit);
	assert_int_equal(kit->memory[0x21008], 1);
	assert_int_equal(kit_really(kit), TSMREQ_TDI_RUN);
	kit_run_next(kit);
	assert_int_equal(kit->memory[0x22008], 1);
	assert_int_equal(kit->offloads, 3);
	assert_int_equal(kit_really(kit), TSMREQ_TDI_UNLOCKED);
	kit_free(kit);
}

static void a_pool_that_takes_no_more_is_the_waiting_jobs_end(void **unused)
{
	struct kit *kit = td(TSMREQ_TDI_UNLOCKED);

	(void)unused;
	defer(kit, 2, 0x20000);
	defer(kit, 5, 0x21000);
	defer(kit, 7, 0x22000);
	kit->offload_rc = -EAGAIN;
	kit_run_next(kit);
	assert_int_equal(kit->memory[0x20008], 1);
	/* both are answered, one after the other: "the device is busy" */
	assert_int_equal(kit->memory[0x21008], 2);
	assert_int_equal(kit->memory[0x21009], TSMREQ_TDCM_ERROR_DEVICE);
	assert_int_equal(kit->memory[0x22008], 2);
	assert_int_equal(kit->memory[0x22009], TSMREQ_TDCM_ERROR_DEVICE);
	assert_int_equal(kit->sends, 1);
	/* the device is free, and so are the jobs */
	kit->offload_rc = 0;
	defer(kit, 7, 0x20000);
	kit_run_next(kit);
	assert_int_equal(kit->memory[0x20008], 1);
	kit_free(kit);
}

static void a_vcpu_in_run_comes_after_those_in_line(void **unused)
{
	struct kit *kit = kit_new(TSMREQ_ARCH_TDX, TSMREQ_UAPI_JUNE);
	struct tsmreq_exit exit;
	struct vcpu_thread second;
	pthread_t thread;

	(void)unused;
	kit->ops.offload = kit_offload;
	kit->opts.max_jobs = 2;
	kit_start(kit, TSMREQ_TDI_UNLOCKED);
	defer(kit, 2, 0x20000);
	defer(kit, 5, 0x21000);
	/* no job to spare: it runs now, when the device is free */
	exit = kit_tdcm_exit(kit, 7, 0x23000, 0);
	exit.ghci.r14 = 0x1000;
	assert_int_equal(kit_prepare(kit, &exit, &second.job), TSMREQ_STEP_RUN_NOW);
	atomic_store(&waits, 0);
	assert_int_equal(pthread_create(&thread, NULL, run_job, &second), 0);
	until_waiting(1);
	kit_run_next(kit);
	kit_run_next(kit);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(second.rc, 0);
	(void)kit_answer(second.job);
	assert_int_equal(kit->memory[0x23008], 1);
	assert_int_equal(kit->sends, 3);
	kit_free(kit);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_spread_whatever_they_differ_in),
		cmocka_unit_test(a_name_is_taken_once),
		cmocka_unit_test(rivals_come_and_go_in_any_order),
		cmocka_unit_test(a_change_is_seen_by_who_did_not_find),
		cmocka_unit_test(a_pin_is_for_a_device_that_may_be_used),
		cmocka_unit_test(a_pin_follows_the_name),
		cmocka_unit_test(two_vcpus_on_one_device_wait_in_run),
		cmocka_unit_test(different_devices_do_not_meet),
		cmocka_unit_test(deferred_jobs_wait_in_line),
		cmocka_unit_test(a_pool_that_takes_no_more_is_the_waiting_jobs_end),
		cmocka_unit_test(a_vcpu_in_run_comes_after_those_in_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
