/* SPDX-License-Identifier: MIT */
#include "guest/guest.h"
#include <stdlib.h>
#include <string.h>

/* Devices by the guest's name for them: found by any number of vCPUs without a lock. */

static uint32_t hash(uint32_t name)
{
	/* names may differ in function, bus or segment alone: each of them reaches the low bits */
	name = (name ^ name >> 16) * 0x9e3779b1u;
	return name ^ name >> 15;
}

int tsmreq_devices_init(struct devices *devices, uint32_t capacity)
{
	uint32_t size = 4;

	while (size < 2 * capacity)
		size *= 2;
	devices->table = calloc(size, sizeof(*devices->table));
	devices->slots = calloc(capacity, sizeof(struct device *));
	devices->unused = calloc(capacity, sizeof(*devices->unused));
	if (!devices->table || !devices->slots || !devices->unused) {
		free(devices->table);
		free(devices->slots);
		free(devices->unused);
		devices->table = NULL;
		return -ENOMEM;
	}
	devices->mask = size - 1;
	devices->capacity = capacity;
	for (uint32_t i = 0; i < capacity; i++)
		devices->unused[i] = capacity - 1 - i;
	pthread_mutex_init(&devices->lock, NULL);
	return 0;
}

void tsmreq_devices_destroy(struct devices *devices)
{
	if (!devices->table)
		return;
	for (uint32_t i = 0; i < devices->capacity; i++) {
		struct device *device = devices->slots[i];

		if (!device)
			continue;
		tsmreq_object_forget(device);
		pthread_cond_destroy(&device->idle);
		pthread_mutex_destroy(&device->lock);
		free(device->report);
		free(device);
	}
	pthread_mutex_destroy(&devices->lock);
	free(devices->table);
	free(devices->slots);
	free(devices->unused);
}

/* ---- pins */

static enum pin try_pin(struct device *device, uint32_t name)
{
	uint64_t word = atomic_load_explicit(&device->word, memory_order_relaxed);

	do {
		if (DEVICE_NAME(word) != name || !(word & DEVICE_ATTACHED) ||
		    (word & DEVICE_DETACHING))
			return PIN_UNKNOWN;
		if (word & DEVICE_RESETTING)
			return PIN_RESETTING;
	} while (!atomic_compare_exchange_weak_explicit(
		&device->word, &word, word + 1, memory_order_acquire, memory_order_relaxed));
	return PIN_OK;
}

/* The slot of @name + 1, or 0. What it says may be old when it is read. */
static uint32_t look_up(const struct devices *devices, uint32_t name)
{
	for (uint32_t i = hash(name);; i++) {
		const uint64_t entry = atomic_load_explicit(&devices->table[i & devices->mask],
							    memory_order_acquire);

		if (!entry || DEVICE_NAME(entry) == name)
			return (uint32_t)entry;
	}
}

enum pin tsmreq_device_pin(struct tsmreq_guest *guest, uint64_t name, struct device **ret)
{
	struct devices *devices = &guest->devices;
	enum pin pin;
	unsigned int sequence;

	if (name > UINT32_MAX)
		return PIN_UNKNOWN;
	do {
		uint32_t slot;

		sequence = atomic_load_explicit(&devices->sequence, memory_order_acquire);
		pin = PIN_UNKNOWN;
		slot = look_up(devices, (uint32_t)name);
		if (slot)
			pin = try_pin(devices->slots[slot - 1], (uint32_t)name);
		/* it is pinned under this very name: no change can matter */
		if (pin == PIN_OK) {
			*ret = devices->slots[slot - 1];
			return pin;
		}
		atomic_thread_fence(memory_order_acquire);
	} while (sequence & 1 ||
		 atomic_load_explicit(&devices->sequence, memory_order_relaxed) != sequence);
	return pin;
}

struct device *tsmreq_devices_find(const struct devices *devices, uint64_t name)
{
	const uint32_t slot = name <= UINT32_MAX ? look_up(devices, (uint32_t)name) : 0;

	return slot ? devices->slots[slot - 1] : NULL;
}

static void tell(struct device *device, uint64_t name, enum tsmreq_device_event event, int rc)
{
	const struct tsmreq_guest_ops *ops = &device->guest->ops;

	if (ops->device_event)
		ops->device_event(ops->userdata, (struct tsmreq_guest_dev){name}, event, rc);
}

void tsmreq_device_tell(struct device *device, enum tsmreq_device_event event, int rc)
{
	tell(device, tsmreq_device_name(device).raw, event, rc);
}

void tsmreq_device_tell_result(struct device *device, bool changes_state, int rc,
			       const struct tsmreq_result *result)
{
	/* CCA's driver never sets the code: one that is set holds the device, too */
	const bool unsure = result->outcome == TSMREQ_OUTCOME_UNCERTAIN ||
			    (rc == -EREMOTEIO && device->guest->opts.arch == TSMREQ_ARCH_CCA);

	if (changes_state && unsure)
		tsmreq_device_tell(device, TSMREQ_DEVICE_UNCERTAIN, rc);
	if (rc == -ENOENT && result->outcome == TSMREQ_OUTCOME_FAILED &&
	    !atomic_exchange(&device->told_gone, true))
		tsmreq_device_tell(device, TSMREQ_DEVICE_GONE, rc);
}

/* Nothing runs on it, and nothing new can begin. By name: the device may be gone by now. */
static void drained(struct device *device, uint64_t name)
{
	pthread_mutex_lock(&device->lock);
	pthread_cond_broadcast(&device->idle);
	pthread_mutex_unlock(&device->lock);
	tell(device, name, TSMREQ_DEVICE_DRAINED, 0);
}

void tsmreq_device_unpin(struct device *device)
{
	const uint64_t before = atomic_fetch_sub_explicit(&device->word, 1, memory_order_acq_rel);

	if ((before & DEVICE_PINS) == 1 && (before & DEVICE_CLOSING))
		drained(device, DEVICE_NAME(before));
}

enum tsmreq_tdi_state tsmreq_device_get_state(struct device *device)
{
	struct tsmreq_vdev *vdev = atomic_load(&device->vdev);

	if (!vdev)
		return TSMREQ_TDI_UNLOCKED;
	return tsmreq_vdev_is_uncertain(vdev) ? TSMREQ_TDI_UNKNOWN : tsmreq_vdev_get_state(vdev);
}

/* ---- one job at a time */

void tsmreq_device_take(struct device *device)
{
	pthread_mutex_lock(&device->lock);
	while (device->busy)
		pthread_cond_wait(&device->idle, &device->lock);
	device->busy = true;
	pthread_mutex_unlock(&device->lock);
}

bool tsmreq_device_try_take(struct device *device)
{
	bool taken;

	pthread_mutex_lock(&device->lock);
	taken = !device->busy;
	device->busy = true;
	pthread_mutex_unlock(&device->lock);
	return taken;
}

bool tsmreq_device_is_busy(struct device *device)
{
	bool busy;

	pthread_mutex_lock(&device->lock);
	busy = device->busy;
	pthread_mutex_unlock(&device->lock);
	return busy;
}

static int hand_over(struct tsmreq_job *job)
{
	struct tsmreq_guest *guest = job->guest;

	if (guest->workers) {
		tsmreq_workers_push(guest->workers, job);
		return 0;
	}
	return guest->ops.offload(guest->ops.userdata, job);
}

int tsmreq_device_defer(struct device *device, struct tsmreq_job *job)
{
	bool waits;
	int rc;

	pthread_mutex_lock(&device->lock);
	waits = device->busy;
	if (waits) {
		job->next = NULL;
		*device->last = job;
		device->last = &job->next;
	} else {
		device->busy = true;
		job->has_device = true;
	}
	pthread_mutex_unlock(&device->lock);
	if (waits)
		return 0;
	rc = hand_over(job);
	if (rc < 0) {
		job->has_device = false;
		tsmreq_device_release(device);
	}
	return rc;
}

void tsmreq_device_release(struct device *device)
{
	struct tsmreq_job *next;

	for (;;) {
		pthread_mutex_lock(&device->lock);
		next = device->first;
		if (next) {
			device->first = next->next;
			if (!device->first)
				device->last = &device->first;
		} else {
			device->busy = false;
			pthread_cond_broadcast(&device->idle);
		}
		pthread_mutex_unlock(&device->lock);
		if (!next)
			return;
		next->has_device = true;
		if (hand_over(next) == 0)
			return;
		/* nobody takes it: that is its result, and the device is the next one's */
		next->has_device = false;
		tsmreq_job_fail(next, -EAGAIN);
		next->phase = PHASE_RAN;
		tsmreq_job_settle_ran(next);
	}
}

/* ---- the table, changed under its lock */

static void begin_change(struct devices *devices)
{
	atomic_fetch_add_explicit(&devices->sequence, 1, memory_order_acq_rel);
	atomic_thread_fence(memory_order_release);
}

static void end_change(struct devices *devices)
{
	atomic_fetch_add_explicit(&devices->sequence, 1, memory_order_release);
}

static uint64_t entry_at(const struct devices *devices, uint32_t i)
{
	return atomic_load_explicit(&devices->table[i & devices->mask], memory_order_relaxed);
}

static void set_entry(struct devices *devices, uint32_t i, uint64_t entry)
{
	atomic_store_explicit(&devices->table[i & devices->mask], entry, memory_order_release);
}

int tsmreq_devices_insert(struct devices *devices, uint32_t name, uint32_t slot)
{
	uint32_t i = hash(name);

	for (; entry_at(devices, i); i++)
		if (DEVICE_NAME(entry_at(devices, i)) == name)
			return -EEXIST;
	begin_change(devices);
	set_entry(devices, i, (uint64_t)name << 32 | (slot + 1));
	end_change(devices);
	return 0;
}

/* Closes the hole, so that no search ends too early and none ever grows longer. */
int tsmreq_devices_remove(struct devices *devices, uint32_t name)
{
	uint32_t hole = hash(name);

	while (entry_at(devices, hole) && DEVICE_NAME(entry_at(devices, hole)) != name)
		hole++;
	if (!entry_at(devices, hole))
		return -ENOENT;
	begin_change(devices);
	for (uint32_t i = hole + 1; entry_at(devices, i); i++) {
		const uint64_t entry = entry_at(devices, i);
		const uint32_t away = (i - hash(DEVICE_NAME(entry))) & devices->mask;

		/* may it stand in the hole: is its place not behind it? */
		if (away >= ((i - hole) & devices->mask)) {
			set_entry(devices, hole, entry);
			hole = i;
		}
	}
	set_entry(devices, hole, 0);
	end_change(devices);
	return 0;
}
