/* SPDX-License-Identifier: MIT */
#include "guest/guest.h"
#include <stdlib.h>
#include <string.h>

#include "base/sized.h"

/* Devices come, move, are reset and go. */

/* ---- attach */

/* What the guests of an architecture cannot do without. */
static bool row_carries(const struct tsmreq_guest *guest)
{
	static const struct {
		enum tsmreq_arch arch;
		enum tsmreq_feature feature;
	} needs[] = {
		{TSMREQ_ARCH_CCA, TSMREQ_FEATURE_LOCK},
		{TSMREQ_ARCH_CCA, TSMREQ_FEATURE_RUN},
		{TSMREQ_ARCH_CCA, TSMREQ_FEATURE_UNLOCK},
		{TSMREQ_ARCH_CCA, TSMREQ_FEATURE_VALIDATE},
		{TSMREQ_ARCH_TDX, TSMREQ_FEATURE_LOCK},
		{TSMREQ_ARCH_TDX, TSMREQ_FEATURE_RUN},
		{TSMREQ_ARCH_TDX, TSMREQ_FEATURE_UNLOCK},
		{TSMREQ_ARCH_SEV, TSMREQ_FEATURE_RUN},
		{TSMREQ_ARCH_SEV, TSMREQ_FEATURE_SEV_PAGES},
		{TSMREQ_ARCH_SEV, TSMREQ_FEATURE_VALIDATE},
		{TSMREQ_ARCH_SEV, TSMREQ_FEATURE_BIND},
	};
	const enum tsmreq_uapi uapi = guest->opts.uapi;
	const enum tsmreq_arch arch = guest->opts.arch;
	uint32_t unused;

	for (size_t i = 0; i < sizeof(needs) / sizeof(needs[0]); i++)
		if (needs[i].arch == arch && !tsmreq_uapi_has(uapi, arch, needs[i].feature))
			return false;
	/* a TDI_INFO that fails costs an SNP guest its key */
	if (arch == TSMREQ_ARCH_SEV)
		return tsmreq_uapi_get_wire(uapi, arch, TSMREQ_OP_READ_OBJECT, &unused) == 0;
	/* evidence: from the kernel's row, or from the VMM */
	return guest->ops.read_object || tsmreq_uapi_has(uapi, arch, TSMREQ_FEATURE_OBJECTS);
}

static bool bars_are_good(const struct tsmreq_guest_bar *bars)
{
	uint64_t end;

	for (unsigned int i = 0; i < TSMREQ_DEVICE_BARS; i++)
		if (__builtin_add_overflow(bars[i].base.raw, bars[i].size, &end))
			return false;
	return true;
}

static int check(const struct tsmreq_guest *guest, const struct tsmreq_guest_device *args)
{
	const bool vmm_binds =
		guest->opts.arch == TSMREQ_ARCH_SEV &&
		(guest->binds_at_alloc || guest->opts.flags & TSMREQ_GUEST_VMM_BINDS);

	if (args->dev.raw > UINT32_MAX || args->reserved ||
	    args->flags & ~(TSMREQ_DEVICE_TEE_IO | TSMREQ_DEVICE_PARTIAL) ||
	    !bars_are_good(args->bars) || (args->report.size && !args->report.data))
		return -EINVAL;
	/* where the VMM binds, there may be no vDevice before the guest asks for it */
	if (args->vdev ? tsmreq_vdev_get_arch(args->vdev) != guest->opts.arch : !vmm_binds)
		return -EINVAL;
	if (!(args->flags & TSMREQ_DEVICE_PARTIAL) && !row_carries(guest))
		return -EOPNOTSUPP;
	return 0;
}

static int copy_report(struct device *device, struct tsmreq_bytes report)
{
	struct tsmreq_report_error error;

	free(device->report);
	device->report = NULL;
	if (!report.size)
		return 0;
	if (report.size > TSMREQ_LENGTH_MAX)
		return -EBADMSG;
	device->report = malloc(report.size);
	if (!device->report)
		return -ENOMEM;
	memcpy(device->report, report.data, report.size);
	return tsmreq_report_parse((struct tsmreq_bytes){device->report, report.size},
				   TSMREQ_REPORT_LENIENT, &device->report_parts, &error);
}

static struct device *new_device(struct tsmreq_guest *guest, uint32_t slot)
{
	struct device *device = aligned_alloc(CACHE_LINE, sizeof(*device));

	if (!device)
		return NULL;
	memset(device, 0, sizeof(*device));
	device->guest = guest;
	device->index = slot;
	pthread_mutex_init(&device->lock, NULL);
	pthread_cond_init(&device->idle, NULL);
	guest->devices.slots[slot] = device;
	return device;
}

/* Under devices.lock: nobody else knows the device yet. */
static int fill(struct tsmreq_guest *guest, uint32_t slot, const struct tsmreq_guest_device *args)
{
	struct device *device = guest->devices.slots[slot];
	int rc;

	if (!device)
		device = new_device(guest, slot);
	if (!device)
		return -ENOMEM;
	rc = copy_report(device, args->report);
	if (rc < 0)
		return rc;
	atomic_store(&device->vdev, args->vdev);
	device->flags = args->flags;
	device->virt_id = args->virt_id.raw;
	device->tdi_id = args->tdi_id ? args->tdi_id : args->dev.raw;
	device->pcie_cap = args->pcie_cap;
	device->af_cap = args->af_cap;
	device->busy = false;
	device->moved = args->virt_id.raw != args->dev.raw;
	device->first = NULL;
	device->last = &device->first;
	device->operation = (struct operation){OPERATION_IDLE, 0, 0};
	device->operation_job = NULL;
	device->report_offset = args->report_offset;
	device->stopped = false;
	atomic_store(&device->told_gone, false);
	memcpy(device->bars, args->bars, sizeof(device->bars));
	return 0;
}

static int insert(struct tsmreq_guest *guest, const struct tsmreq_guest_device *args)
{
	struct devices *devices = &guest->devices;
	const uint32_t name = (uint32_t)args->dev.raw;
	uint32_t slot;
	int rc;

	if (devices->count == devices->capacity)
		return -ENOSPC;
	slot = devices->unused[devices->capacity - devices->count - 1];
	rc = fill(guest, slot, args);
	if (rc < 0)
		return rc;
	rc = tsmreq_devices_insert(devices, name, slot);
	if (rc < 0)
		return rc;
	devices->count++;
	atomic_store_explicit(&devices->slots[slot]->word, (uint64_t)name << 32 | DEVICE_ATTACHED,
			      memory_order_release);
	return 0;
}

int tsmreq_guest_attach(struct tsmreq_guest *guest, const struct tsmreq_guest_device *device)
{
	struct tsmreq_guest_device args;
	int rc;

	if (!guest || !device)
		return -EINVAL;
	rc = tsmreq_sized_copy(&args, sizeof(args), sizeof(args), device);
	if (rc < 0)
		return rc;
	rc = check(guest, &args);
	if (rc < 0)
		return rc;
	pthread_mutex_lock(&guest->devices.lock);
	rc = insert(guest, &args);
	pthread_mutex_unlock(&guest->devices.lock);
	return rc;
}

/* ---- what changes while it is there, in reset too */

/* NULL: there is none. Else it cannot go while devices.lock is held, which the caller gives back.
 */
static struct device *lock_device(struct tsmreq_guest *guest, struct tsmreq_guest_dev dev)
{
	struct device *device;

	pthread_mutex_lock(&guest->devices.lock);
	device = tsmreq_devices_find(&guest->devices, dev.raw);
	if (!device)
		pthread_mutex_unlock(&guest->devices.lock);
	return device;
}

int tsmreq_guest_set_bars(struct tsmreq_guest *guest, struct tsmreq_guest_dev dev,
			  const struct tsmreq_guest_bar bars[TSMREQ_DEVICE_BARS])
{
	struct device *device;

	if (!guest || !bars || !bars_are_good(bars))
		return -EINVAL;
	device = lock_device(guest, dev);
	if (!device)
		return -ENOENT;
	pthread_mutex_lock(&device->lock);
	memcpy(device->bars, bars, sizeof(device->bars));
	pthread_mutex_unlock(&device->lock);
	pthread_mutex_unlock(&guest->devices.lock);
	return 0;
}

int tsmreq_guest_set_vdev(struct tsmreq_guest *guest, struct tsmreq_guest_dev dev,
			  struct tsmreq_vdev *vdev)
{
	struct device *device;

	if (!guest || (vdev ? tsmreq_vdev_get_arch(vdev) != guest->opts.arch
			    : guest->opts.arch != TSMREQ_ARCH_SEV))
		return -EINVAL;
	device = lock_device(guest, dev);
	if (!device)
		return -ENOENT;
	atomic_store(&device->vdev, vdev);
	atomic_store(&device->told_gone, false);
	pthread_mutex_unlock(&guest->devices.lock);
	return 0;
}

/* The name in the word changes while pins come and go. */
static void rename_word(struct device *device, uint32_t name)
{
	uint64_t word = atomic_load(&device->word);

	while (!atomic_compare_exchange_weak(&device->word, &word,
					     (uint64_t)name << 32 | (uint32_t)word))
		continue;
}

static int renumber(struct devices *devices, struct device *device, uint32_t from, uint32_t to)
{
	int rc;

	/* it goes by the name it has */
	if (atomic_load(&device->word) & DEVICE_DETACHING)
		return -ENOENT;
	rc = tsmreq_devices_insert(devices, to, device->index);
	if (rc < 0)
		return rc;
	rename_word(device, to);
	pthread_mutex_lock(&device->lock);
	device->moved = to != device->virt_id;
	pthread_mutex_unlock(&device->lock);
	return tsmreq_devices_remove(devices, from);
}

int tsmreq_guest_renumber(struct tsmreq_guest *guest, struct tsmreq_guest_dev from,
			  struct tsmreq_guest_dev to)
{
	struct device *device;
	int rc;

	if (!guest || from.raw > UINT32_MAX || to.raw > UINT32_MAX || from.raw == to.raw)
		return -EINVAL;
	device = lock_device(guest, from);
	if (!device)
		return -ENOENT;
	rc = renumber(&guest->devices, device, (uint32_t)from.raw, (uint32_t)to.raw);
	pthread_mutex_unlock(&guest->devices.lock);
	return rc;
}

/* ---- ends */

/* What was accepted and not sent is dropped, and no handle is good any more. */
static void cancel(struct device *device)
{
	pthread_mutex_lock(&device->lock);
	if (device->operation.state == OPERATION_QUEUED)
		device->operation_job->expects = EXPECTS_NOTHING;
	device->operation_job = NULL;
	(void)tsmreq_operation_step(&device->operation, OPERATION_RESET);
	pthread_mutex_unlock(&device->lock);
}

static int begin(struct tsmreq_guest *guest, struct tsmreq_guest_dev dev, uint32_t flag)
{
	struct device *device;
	uint64_t before;

	if (!guest)
		return -EINVAL;
	device = lock_device(guest, dev);
	if (!device)
		return -ENOENT;
	/* at once, and as if it were used: whoever is last tells that it is drained, once */
	before = atomic_load(&device->word);
	while (!atomic_compare_exchange_weak(&device->word, &before, (before | flag) + 1))
		continue;
	pthread_mutex_unlock(&guest->devices.lock);
	if (!(before & flag))
		cancel(device);
	tsmreq_device_unpin(device);
	return 0;
}

/* Somebody else may have ended it meanwhile, and another one may have come in its place. */
static bool is_in_use(const struct device *device, uint64_t name, uint32_t flag)
{
	const uint64_t word = atomic_load(&device->word);

	return DEVICE_NAME(word) == name && (word & flag) && (word & DEVICE_PINS);
}

static void wait_drained(struct device *device, uint64_t name, uint32_t flag)
{
	pthread_mutex_lock(&device->lock);
	while (is_in_use(device, name, flag))
		pthread_cond_wait(&device->idle, &device->lock);
	pthread_mutex_unlock(&device->lock);
}

/* The end was taken: whoever else waited for it looks again. */
static void wake(struct device *device)
{
	pthread_mutex_lock(&device->lock);
	pthread_cond_broadcast(&device->idle);
	pthread_mutex_unlock(&device->lock);
}

/*
 * The device when nothing runs on it, with devices.lock held, which the caller gives back. -ENOENT:
 * it went. -EBUSY: it is in use, and nobody waits; or somebody else has ended it.
 */
static int lock_drained(struct tsmreq_guest *guest, struct tsmreq_guest_dev dev, uint32_t flag,
			bool waits, struct device **ret)
{
	struct device *device;
	uint64_t word;

	for (;;) {
		device = lock_device(guest, dev);
		if (!device)
			return -ENOENT;
		*ret = device;
		word = atomic_load(&device->word);
		if (word & flag && !(word & DEVICE_PINS))
			return 0;
		pthread_mutex_unlock(&guest->devices.lock);
		if (!waits || !(word & flag))
			return -EBUSY;
		/* not for good: whoever else begins or ends it has it for a moment */
		wait_drained(device, dev.raw, flag);
	}
}

int tsmreq_guest_detach_begin(struct tsmreq_guest *guest, struct tsmreq_guest_dev dev)
{
	return begin(guest, dev, DEVICE_DETACHING);
}

/* Under devices.lock: nobody has it, and nobody can get it. */
static int forget_device(struct tsmreq_guest *guest, struct device *device)
{
	struct devices *devices = &guest->devices;
	const int rc = tsmreq_devices_remove(devices, (uint32_t)tsmreq_device_name(device).raw);

	if (rc < 0)
		return rc;
	atomic_store(&device->word, 0);
	wake(device);
	tsmreq_object_forget(device);
	tsmreq_ranges_forget(&guest->ranges, device->index);
	devices->count--;
	devices->unused[devices->capacity - devices->count - 1] = device->index;
	return 0;
}

static int detach_end(struct tsmreq_guest *guest, struct tsmreq_guest_dev dev, bool waits)
{
	struct device *device;
	int rc = lock_drained(guest, dev, DEVICE_DETACHING, waits, &device);

	if (rc < 0)
		return rc;
	rc = forget_device(guest, device);
	pthread_mutex_unlock(&guest->devices.lock);
	return rc;
}

int tsmreq_guest_detach_end(struct tsmreq_guest *guest, struct tsmreq_guest_dev dev)
{
	return guest ? detach_end(guest, dev, false) : -EINVAL;
}

int tsmreq_guest_detach(struct tsmreq_guest *guest, struct tsmreq_guest_dev dev)
{
	int rc = begin(guest, dev, DEVICE_DETACHING);

	if (rc < 0)
		return rc;
	rc = detach_end(guest, dev, true);
	/* it went by another's hand, and one of the same name has come */
	return rc == -EBUSY ? -ENOENT : rc;
}

int tsmreq_guest_reset_begin(struct tsmreq_guest *guest, struct tsmreq_guest_dev dev)
{
	return begin(guest, dev, DEVICE_RESETTING);
}

/* Nothing to unbind, for certain. On SEV nobody can tell: a STOP leaves the binding alone. */
static bool is_clean(struct device *device)
{
	return device->guest->opts.arch != TSMREQ_ARCH_SEV &&
	       tsmreq_device_get_state(device) == TSMREQ_TDI_UNLOCKED;
}

static int unbind(struct device *device, struct tsmreq_result *ret)
{
	const struct tsmreq_guest_ops *ops = &device->guest->ops;
	struct tsmreq_vdev *vdev = atomic_load(&device->vdev);
	int rc;

	if (!vdev || is_clean(device))
		return 0;
	rc = tsmreq_vdev_unlock(vdev, ret);
	if (rc == 0)
		device->stopped = false;
	if (rc == 0 && ops->after_unlock)
		ops->after_unlock(ops->userdata, tsmreq_device_name(device));
	tsmreq_device_tell_result(device, true, rc, ret);
	return rc;
}

static int reset_end(struct tsmreq_guest *guest, struct tsmreq_guest_dev dev, bool waits,
		     struct tsmreq_result *ret)
{
	struct device *device;
	int rc = lock_drained(guest, dev, DEVICE_RESETTING, waits, &device);

	if (rc < 0)
		return rc;
	/* in use by the end itself: nobody else can end it meanwhile */
	atomic_fetch_add(&device->word, 1);
	pthread_mutex_unlock(&guest->devices.lock);

	rc = unbind(device, ret);
	/* the VMM has its handle in use: nothing was sent, and the end is still to come */
	if (rc == -EBUSY && ret->outcome == TSMREQ_OUTCOME_NOT_SENT) {
		tsmreq_device_unpin(device);
		return rc;
	}
	tsmreq_object_forget(device);
	/* what may still be mapped is remembered: an unbind proves nothing */
	if (is_clean(device))
		tsmreq_ranges_forget(&guest->ranges, device->index);
	atomic_fetch_and(&device->word, ~(uint64_t)DEVICE_RESETTING);
	wake(device);
	tsmreq_device_unpin(device);
	return rc;
}

int tsmreq_guest_reset_end(struct tsmreq_guest *guest, struct tsmreq_guest_dev dev,
			   struct tsmreq_result *ret)
{
	if (!guest || !ret)
		return -EINVAL;
	*ret = (struct tsmreq_result){.outcome = TSMREQ_OUTCOME_NOT_SENT};
	return reset_end(guest, dev, false, ret);
}

int tsmreq_guest_reset(struct tsmreq_guest *guest, struct tsmreq_guest_dev dev,
		       struct tsmreq_result *ret)
{
	int rc;

	if (!ret)
		return -EINVAL;
	*ret = (struct tsmreq_result){.outcome = TSMREQ_OUTCOME_NOT_SENT};
	rc = begin(guest, dev, DEVICE_RESETTING);
	return rc < 0 ? rc : reset_end(guest, dev, true, ret);
}
