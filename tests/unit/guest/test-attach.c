/* SPDX-License-Identifier: MIT */
/* wraps: pthread_cond_wait pthread_mutex_lock */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "guest/guest.h"
#include "kit.h"

/* Devices come, move, are reset and go. */

static atomic_uint waits;
static struct device *passed; /* somebody has it for a moment, */
static unsigned int pass_at;  /* from just before this lock on until it is waited for; 0: nobody */
static bool passes;

int __real_pthread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *lock);
int __wrap_pthread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *lock);

int __wrap_pthread_cond_wait(pthread_cond_t *cond, pthread_mutex_t *lock)
{
	atomic_fetch_add(&waits, 1);
	if (passes) {
		passes = false;
		atomic_fetch_sub(&passed->word, 1);
		return 0;
	}
	return __real_pthread_cond_wait(cond, lock);
}

int __real_pthread_mutex_lock(pthread_mutex_t *lock);
int __wrap_pthread_mutex_lock(pthread_mutex_t *lock);

int __wrap_pthread_mutex_lock(pthread_mutex_t *lock)
{
	if (pass_at && --pass_at == 0) {
		passes = true;
		atomic_fetch_add(&passed->word, 1);
	}
	return __real_pthread_mutex_lock(lock);
}

static void until_waiting(unsigned int count)
{
	while (atomic_load(&waits) < count)
		sched_yield();
}

#define DEV kit_dev(KIT_DEV)

static struct kit *start(enum tsmreq_arch arch, enum tsmreq_uapi uapi, enum tsmreq_tdi_state state)
{
	struct kit *kit = kit_new(arch, uapi);

	kit_start(kit, state);
	return kit;
}

static struct kit *realm(enum tsmreq_tdi_state state)
{
	return start(TSMREQ_ARCH_CCA, TSMREQ_UAPI_CCA_V7, state);
}

static struct tsmreq_guest_device device_of(struct tsmreq_vdev *vdev, uint64_t name)
{
	return (struct tsmreq_guest_device){
		.size = sizeof(struct tsmreq_guest_device),
		.vdev = vdev,
		.dev = {name},
		.virt_id = {name},
	};
}

/* ---- attach */

static void a_row_that_cannot_carry_the_architecture_is_refused(void **unused)
{
	/* what the fact sheets' tables say, a second time; with objects of the VMM's own: */
	static const struct {
		enum tsmreq_uapi uapi;
		int cca, sev, tdx, cca_source, tdx_source;
	} rows[] = {
		{TSMREQ_UAPI_RFC1, 0, 0, 0, 0, 0},    {TSMREQ_UAPI_V2, 1, 1, 0, 1, 0},
		{TSMREQ_UAPI_V4, 1, 1, 0, 1, 0},      {TSMREQ_UAPI_V5, 1, 1, 0, 1, 0},
		{TSMREQ_UAPI_V5_CODE, 1, 1, 0, 1, 0}, {TSMREQ_UAPI_JUNE, 1, 1, 1, 1, 1},
		{TSMREQ_UAPI_V6_LIKE, 0, 0, 0, 1, 1}, {TSMREQ_UAPI_V6_OBJECTS, 1, 1, 1, 1, 1},
		{TSMREQ_UAPI_CCA_V7, 1, 1, 1, 1, 1},
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (unsigned int c = 0; c < 5; c++) {
			static const enum tsmreq_arch archs[] = {TSMREQ_ARCH_CCA, TSMREQ_ARCH_SEV,
								 TSMREQ_ARCH_TDX, TSMREQ_ARCH_CCA,
								 TSMREQ_ARCH_TDX};
			const int can[] = {rows[i].cca, rows[i].sev, rows[i].tdx,
					   rows[i].cca_source, rows[i].tdx_source};
			struct kit *kit = kit_new(archs[c], rows[i].uapi);
			struct tsmreq_guest_device device;
			struct tsmreq_vdev *vdev;

			if (c > 2)
				kit->ops.read_object = kit_source;
			kit_start_empty(kit);
			vdev = kit_new_vdev(kit, TSMREQ_TDI_UNLOCKED);
			device = device_of(vdev, KIT_DEV);
			assert_int_equal(tsmreq_guest_attach(kit->guest, &device),
					 can[c] ? 0 : -EOPNOTSUPP);
			/* a VMM may know better */
			device.flags = TSMREQ_DEVICE_PARTIAL;
			assert_int_equal(tsmreq_guest_attach(kit->guest, &device),
					 can[c] ? -EEXIST : 0);
			tsmreq_vdev_free(vdev);
			kit_free(kit);
		}
	}
}

static void what_cannot_be_a_device_is_refused(void **unused)
{
	struct kit *kit = realm(TSMREQ_TDI_UNLOCKED);
	struct kit *other = start(TSMREQ_ARCH_TDX, TSMREQ_UAPI_JUNE, TSMREQ_TDI_UNLOCKED);
	struct tsmreq_guest_device devices[8];

	(void)unused;
	for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++)
		devices[i] = device_of(kit->vdev, 0x200);
	devices[0].size--;
	devices[1].reserved = 1;
	devices[2].flags = 0x4;
	devices[3].dev.raw = 1ull << 32;
	devices[4].bars[5] = (struct tsmreq_guest_bar){{UINT64_MAX - 0xfff}, 0x2000};
	devices[5].vdev = NULL;	       /* only SEV's comes later */
	devices[6].vdev = other->vdev; /* TDX's */
	devices[7].report.size = 16;   /* of nothing */
	for (size_t i = 0; i < sizeof(devices) / sizeof(devices[0]); i++)
		assert_int_equal(tsmreq_guest_attach(kit->guest, &devices[i]), -EINVAL);
	assert_int_equal(tsmreq_guest_attach(NULL, &devices[0]), -EINVAL);
	assert_int_equal(tsmreq_guest_attach(kit->guest, NULL), -EINVAL);
	kit_free(other);
	kit_free(kit);
}

static void a_device_without_a_vdevice_is_sevs_where_the_vmm_binds(void **unused)
{
	static const struct {
		enum tsmreq_uapi uapi;
		uint32_t flags;
		int rc;
	} cases[] = {
		{TSMREQ_UAPI_CCA_V7, 0, 0},
		{TSMREQ_UAPI_JUNE, 0, -EINVAL},
		{TSMREQ_UAPI_JUNE, TSMREQ_GUEST_VMM_BINDS, 0},
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct tsmreq_guest_device device = device_of(NULL, 0x200);
		struct kit *kit = kit_new(TSMREQ_ARCH_SEV, cases[i].uapi);

		kit->opts.flags = cases[i].flags;
		kit_start(kit, TSMREQ_TDI_UNLOCKED);
		assert_int_equal(tsmreq_guest_attach(kit->guest, &device), cases[i].rc);
		kit_free(kit);
	}
}

static void names_are_unique_and_places_few(void **unused)
{
	struct kit *kit = kit_new(TSMREQ_ARCH_CCA, TSMREQ_UAPI_CCA_V7);

	(void)unused;
	kit->opts.max_devices = 3;
	kit_start(kit, TSMREQ_TDI_UNLOCKED);
	assert_int_equal(kit_attach(kit, KIT_DEV, kit->vdev), -EEXIST);
	assert_int_equal(kit_attach(kit, 0, kit->vdev), 0); /* 0 is a device */
	assert_int_equal(kit_attach(kit, UINT32_MAX, kit->vdev), 0);
	assert_int_equal(kit_attach(kit, 5, kit->vdev), -ENOSPC);
	assert_int_equal(tsmreq_guest_detach(kit->guest, kit_dev(0)), 0);
	assert_int_equal(kit_attach(kit, UINT32_MAX, kit->vdev), -EEXIST);
	assert_int_equal(kit_attach(kit, 5, kit->vdev), 0);
	assert_int_equal(tsmreq_guest_detach(kit->guest, kit_dev(0)), -ENOENT);
	assert_int_equal(kit_rhi(kit, TSMREQ_RHI_OBJECT_SIZE, 5, 1, NULL), 0);
	assert_int_equal(kit_rhi(kit, TSMREQ_RHI_OBJECT_SIZE, 0, 1, NULL), 3);
	kit_free(kit);
}

static void as_many_as_there_can_be(void **unused)
{
	struct kit *kit = kit_new(TSMREQ_ARCH_CCA, TSMREQ_UAPI_CCA_V7);

	(void)unused;
	kit->opts.max_devices = TSMREQ_GUEST_DEVICES_MAX;
	kit_start(kit, TSMREQ_TDI_UNLOCKED);
	for (uint32_t i = 0; i < TSMREQ_GUEST_DEVICES_MAX - 1; i++)
		assert_int_equal(kit_attach(kit, 0x10000 + i, kit->vdev), 0);
	assert_int_equal(kit_attach(kit, 1, kit->vdev), -ENOSPC);
	for (uint32_t i = 0; i < TSMREQ_GUEST_DEVICES_MAX - 1; i += 97)
		assert_int_equal(kit_rhi(kit, TSMREQ_RHI_OBJECT_SIZE, 0x10000 + i, 1, NULL), 0);
	for (uint32_t i = 0; i < TSMREQ_GUEST_DEVICES_MAX - 1; i++)
		assert_int_equal(tsmreq_guest_detach(kit->guest, kit_dev(0x10000 + i)), 0);
	assert_int_equal(kit_rhi(kit, TSMREQ_RHI_OBJECT_SIZE, 0x10000, 1, NULL), 3);
	assert_int_equal(kit_rhi(kit, TSMREQ_RHI_OBJECT_SIZE, KIT_DEV, 1, NULL), 0);
	kit_free(kit);
}

/* ---- changes */

static void nobody_changes_what_is_not_there(void **unused)
{
	struct kit *kit = realm(TSMREQ_TDI_UNLOCKED);
	const struct tsmreq_guest_bar bars[TSMREQ_DEVICE_BARS] = {{{0x1000}, 0x1000}};
	struct tsmreq_guest_bar bad[TSMREQ_DEVICE_BARS] = {{{1}, UINT64_MAX}};
	struct tsmreq_result result;

	(void)unused;
	assert_int_equal(tsmreq_guest_set_bars(kit->guest, kit_dev(1), bars), -ENOENT);
	assert_int_equal(tsmreq_guest_set_bars(kit->guest, DEV, bad), -EINVAL);
	assert_int_equal(tsmreq_guest_set_bars(kit->guest, DEV, NULL), -EINVAL);
	assert_int_equal(tsmreq_guest_set_bars(NULL, DEV, bars), -EINVAL);
	assert_int_equal(tsmreq_guest_set_vdev(kit->guest, kit_dev(1), kit->vdev), -ENOENT);
	assert_int_equal(tsmreq_guest_set_vdev(NULL, DEV, kit->vdev), -EINVAL);
	/* a Realm's device is never without one */
	assert_int_equal(tsmreq_guest_set_vdev(kit->guest, DEV, NULL), -EINVAL);
	assert_int_equal(tsmreq_guest_renumber(kit->guest, kit_dev(1), kit_dev(2)), -ENOENT);
	assert_int_equal(tsmreq_guest_renumber(kit->guest, DEV, DEV), -EINVAL);
	assert_int_equal(tsmreq_guest_renumber(kit->guest, DEV, kit_dev(1ull << 32)), -EINVAL);
	assert_int_equal(tsmreq_guest_renumber(NULL, DEV, kit_dev(2)), -EINVAL);
	assert_int_equal(tsmreq_guest_detach_begin(NULL, DEV), -EINVAL);
	assert_int_equal(tsmreq_guest_detach_begin(kit->guest, kit_dev(1)), -ENOENT);
	assert_int_equal(tsmreq_guest_detach_end(NULL, DEV), -EINVAL);
	assert_int_equal(tsmreq_guest_detach_end(kit->guest, kit_dev(1)), -ENOENT);
	assert_int_equal(tsmreq_guest_detach(kit->guest, kit_dev(1)), -ENOENT);
	assert_int_equal(tsmreq_guest_reset_begin(kit->guest, kit_dev(1ull << 32)), -ENOENT);
	assert_int_equal(tsmreq_guest_reset_end(kit->guest, kit_dev(1), &result), -ENOENT);
	assert_int_equal(tsmreq_guest_reset_end(kit->guest, DEV, NULL), -EINVAL);
	assert_int_equal(tsmreq_guest_reset(kit->guest, kit_dev(1), &result), -ENOENT);
	assert_int_equal(tsmreq_guest_reset(kit->guest, DEV, NULL), -EINVAL);
	/* an end that nobody began */
	assert_int_equal(tsmreq_guest_detach_end(kit->guest, DEV), -EBUSY);
	assert_int_equal(tsmreq_guest_reset_end(kit->guest, DEV, &result), -EBUSY);
	assert_int_equal(result.outcome, TSMREQ_OUTCOME_NOT_SENT);
	/* and the device is as it was */
	assert_int_equal(kit_rhi(kit, TSMREQ_RHI_VDEV_SET_TDI_STATE, KIT_DEV, 1, NULL), 0);
	kit_free(kit);
}

static void a_guest_that_moves_its_bars_takes_the_permission_along(void **unused)
{
	struct kit *kit = realm(TSMREQ_TDI_LOCKED);
	struct tsmreq_guest_bar bars[TSMREQ_DEVICE_BARS] = {{{0}, 0}};

	(void)unused;
	bars[3] = (struct tsmreq_guest_bar){{KIT_BAR + 0x10000000}, 0x2000};
	assert_int_equal(kit_tio(kit, KIT_BAR, 0x1000), 0);
	assert_int_equal(tsmreq_guest_set_bars(kit->guest, DEV, bars), 0);
	assert_int_equal(kit_tio(kit, KIT_BAR, 0x1000), UINT64_MAX);
	assert_int_equal(kit_tio(kit, KIT_BAR + 0x10000000, 0x2000), 0);
	kit_free(kit);
}

static void a_device_in_reset_can_be_changed(void **unused)
{
	struct kit *kit = start(TSMREQ_ARCH_SEV, TSMREQ_UAPI_CCA_V7, TSMREQ_TDI_LOCKED);
	const struct tsmreq_guest_bar bars[TSMREQ_DEVICE_BARS] = {{{0x1000}, 0x1000}};
	struct tsmreq_result result;

	(void)unused;
	assert_int_equal(tsmreq_guest_reset_begin(kit->guest, DEV), 0);
	assert_int_equal(tsmreq_guest_set_bars(kit->guest, DEV, bars), 0);
	/* the VMM destroys what it allocated */
	assert_int_equal(tsmreq_guest_set_vdev(kit->guest, DEV, NULL), 0);
	assert_int_equal(tsmreq_guest_renumber(kit->guest, DEV, kit_dev(0x400)), 0);
	assert_int_equal(tsmreq_guest_reset_end(kit->guest, DEV, &result), -ENOENT);
	assert_int_equal(tsmreq_guest_reset_end(kit->guest, kit_dev(0x400), &result), 0);
	assert_int_equal(kit->sends, 0);
	/* one that goes keeps its name to the end */
	assert_int_equal(tsmreq_guest_detach_begin(kit->guest, kit_dev(0x400)), 0);
	assert_int_equal(tsmreq_guest_renumber(kit->guest, kit_dev(0x400), DEV), -ENOENT);
	assert_int_equal(tsmreq_guest_detach_end(kit->guest, kit_dev(0x400)), 0);
	kit_free(kit);
}

static void a_name_that_is_taken_is_not_given_twice(void **unused)
{
	struct kit *kit = realm(TSMREQ_TDI_UNLOCKED);

	(void)unused;
	assert_int_equal(kit_attach(kit, 0x200, kit->vdev), 0);
	assert_int_equal(tsmreq_guest_renumber(kit->guest, DEV, kit_dev(0x200)), -EEXIST);
	assert_int_equal(kit_rhi(kit, TSMREQ_RHI_OBJECT_SIZE, KIT_DEV, 1, NULL), 0);
	assert_int_equal(tsmreq_guest_renumber(kit->guest, DEV, kit_dev(0x300)), 0);
	assert_int_equal(kit_rhi(kit, TSMREQ_RHI_OBJECT_SIZE, KIT_DEV, 1, NULL), 3);
	assert_int_equal(kit_rhi(kit, TSMREQ_RHI_OBJECT_SIZE, 0x300, 1, NULL), 0);
	assert_int_equal(tsmreq_guest_renumber(kit->guest, kit_dev(0x200), DEV), 0);
	kit_free(kit);
}

/* ---- ends */

static void an_end_is_told_once_when_nothing_runs(void **unused)
{
	struct kit *kit = realm(TSMREQ_TDI_LOCKED);
	struct tsmreq_exit exit = kit_rhi_exit(TSMREQ_RHI_OBJECT_SIZE, KIT_DEV, 1, 0, 0, 0);
	struct tsmreq_job *job;

	(void)unused;
	assert_int_equal(kit_prepare(kit, &exit, &job), TSMREQ_STEP_RUN_NOW);
	assert_int_equal(tsmreq_guest_detach_begin(kit->guest, DEV), 0);
	assert_int_equal(kit->events[TSMREQ_DEVICE_DRAINED], 0);
	assert_int_equal(tsmreq_guest_detach_end(kit->guest, DEV), -EBUSY);
	/* refused: it began to go while the call waited */
	assert_int_equal(tsmreq_job_run(job), 0);
	assert_int_equal(kit->sends, 0);
	assert_int_equal(tsmreq_job_settle(job), 0);
	assert_int_equal(kit->events[TSMREQ_DEVICE_DRAINED], 0);
	assert_int_equal(kit_answer(job).rhi.x[0], TSMREQ_RHI_INVALID_VDEV_ID);
	assert_int_equal(kit->events[TSMREQ_DEVICE_DRAINED], 1);
	assert_int_equal(kit->event_dev, KIT_DEV);
	/* no new work either */
	assert_int_equal(kit_rhi(kit, TSMREQ_RHI_OBJECT_SIZE, KIT_DEV, 1, NULL), 3);
	assert_int_equal(tsmreq_guest_detach_end(kit->guest, DEV), 0);
	assert_int_equal(tsmreq_guest_detach_end(kit->guest, DEV), -ENOENT);
	assert_int_equal(kit->events[TSMREQ_DEVICE_DRAINED], 1);
	/* it sends nothing */
	assert_int_equal(kit->sends, 0);
	assert_int_equal(kit_really(kit), TSMREQ_TDI_LOCKED);
	kit_free(kit);
}

static void an_idle_device_is_drained_at_once(void **unused)
{
	struct kit *kit = realm(TSMREQ_TDI_UNLOCKED);
	struct tsmreq_result result;

	(void)unused;
	assert_int_equal(tsmreq_guest_reset_begin(kit->guest, DEV), 0);
	assert_int_equal(kit->events[TSMREQ_DEVICE_DRAINED], 1);
	/* busy, not gone */
	assert_int_equal(kit_rhi(kit, TSMREQ_RHI_OBJECT_SIZE, KIT_DEV, 1, NULL), 9);
	assert_int_equal(kit_tio(kit, KIT_BAR, 0x1000), UINT64_MAX);
	assert_int_equal(tsmreq_guest_detach_end(kit->guest, DEV), -EBUSY);
	assert_int_equal(tsmreq_guest_reset_end(kit->guest, DEV, &result), 0);
	assert_int_equal(kit->events[TSMREQ_DEVICE_DRAINED], 1);
	assert_int_equal(kit_rhi(kit, TSMREQ_RHI_OBJECT_SIZE, KIT_DEV, 1, NULL), 0);
	kit_free(kit);
}

static void a_reset_unbinds_forgets_and_gives_back(void **unused)
{
	static const struct {
		enum tsmreq_uapi uapi;
		enum tsmreq_tdi_state state;
		unsigned int sends;
	} cases[] = {
		{TSMREQ_UAPI_CCA_V7, TSMREQ_TDI_RUN, 1},
		{TSMREQ_UAPI_CCA_V7, TSMREQ_TDI_LOCKED, 1},
		{TSMREQ_UAPI_JUNE, TSMREQ_TDI_RUN, 1},
		{TSMREQ_UAPI_JUNE, TSMREQ_TDI_LOCKED, 1},
		{TSMREQ_UAPI_JUNE, TSMREQ_TDI_UNLOCKED, 0},
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct kit *kit = kit_new(TSMREQ_ARCH_CCA, cases[i].uapi);
		struct tsmreq_result result;

		kit->ops.after_unlock = kit_after_unlock;
		kit_start(kit, cases[i].state);
		assert_int_equal(tsmreq_guest_reset(kit->guest, DEV, &result), 0);
		assert_int_equal(kit->sends, cases[i].sends);
		assert_int_equal(result.outcome, cases[i].sends ? TSMREQ_OUTCOME_COMPLETED
								: TSMREQ_OUTCOME_NOT_SENT);
		assert_int_equal(kit_really(kit), TSMREQ_TDI_UNLOCKED);
		kit_assert_said(kit, cases[i].sends ? "drained send after-unlock" : "drained");
		assert_int_equal(kit_rhi(kit, TSMREQ_RHI_VDEV_SET_TDI_STATE, KIT_DEV, 1, NULL), 0);
		kit_free(kit);
	}
}

static void a_reset_forgets_ranges_only_when_it_is_certain(void **unused)
{
	struct kit *kit = realm(TSMREQ_TDI_LOCKED);
	struct tsmreq_result result;

	(void)unused;
	assert_int_equal(kit_tio(kit, KIT_BAR, 0x1000), 0);
	kit_set_fault(kit, "backend:EIO");
	assert_int_equal(tsmreq_guest_reset(kit->guest, DEV, &result), -EIO);
	assert_int_equal(result.outcome, TSMREQ_OUTCOME_UNCERTAIN);
	assert_int_equal(kit->events[TSMREQ_DEVICE_UNCERTAIN], 1);
	assert_int_equal(kit_fault(kit, KIT_BAR, 0x1000, false), TSMREQ_ACTION_REENTER);
	/* it is in service again, held: a reset lifts nothing */
	assert_true(tsmreq_vdev_is_uncertain(kit->vdev));
	assert_int_equal(kit_rhi(kit, TSMREQ_RHI_VDEV_SET_TDI_STATE, KIT_DEV, 1, NULL), 6);
	kit_set_fault(kit, "");
	assert_int_equal(tsmreq_guest_reset(kit->guest, DEV, &result), 0);
	assert_int_equal(kit_really(kit), TSMREQ_TDI_UNLOCKED);
	assert_true(tsmreq_vdev_is_uncertain(kit->vdev));
	assert_int_equal(kit_rhi(kit, TSMREQ_RHI_VDEV_SET_TDI_STATE, KIT_DEV, 1, NULL), 6);
	assert_int_equal(kit_fault(kit, KIT_BAR, 0x1000, false), TSMREQ_ACTION_REENTER);
	/* the VMM has looked */
	assert_int_equal(tsmreq_vdev_clear_uncertain(kit->vdev, TSMREQ_TDI_UNLOCKED), 0);
	assert_int_equal(tsmreq_guest_reset(kit->guest, DEV, &result), 0);
	assert_int_equal(kit_fault(kit, KIT_BAR, 0x1000, false), TSMREQ_ACTION_STOP);
	assert_int_equal(kit_rhi(kit, TSMREQ_RHI_VDEV_SET_TDI_STATE, KIT_DEV, 1, NULL), 0);
	kit_free(kit);
}

static void a_reset_finds_a_vdevice_gone(void **unused)
{
	struct kit *kit = realm(TSMREQ_TDI_LOCKED);
	struct tsmreq_result result;

	(void)unused;
	kit_set_fault(kit, "gone");
	assert_int_equal(tsmreq_guest_reset(kit->guest, DEV, &result), -ENOENT);
	assert_int_equal(result.outcome, TSMREQ_OUTCOME_FAILED);
	assert_int_equal(kit->events[TSMREQ_DEVICE_GONE], 1);
	assert_int_equal(tsmreq_guest_reset(kit->guest, DEV, &result), -ENOENT);
	assert_int_equal(kit->events[TSMREQ_DEVICE_GONE], 1);
	assert_int_equal(tsmreq_guest_detach(kit->guest, DEV), 0);
	kit_free(kit);
}

/* STOP leaves the binding; UNLOCKED on the books is no proof that there is none. */
static void a_reset_unbinds_what_an_snp_guest_stopped(void **unused)
{
	struct kit *kit = start(TSMREQ_ARCH_SEV, TSMREQ_UAPI_JUNE, TSMREQ_TDI_UNLOCKED);
	enum tsmreq_mock_bound bound;
	enum tsmreq_tdi_state state;
	struct tsmreq_result result;

	(void)unused;
	assert_int_equal(kit_op(kit, TSMREQ_CALL_BIND, TSMREQ_TDI_UNLOCKED), 0);
	assert_int_equal(kit_op(kit, TSMREQ_CALL_SET_TDI_STATE, TSMREQ_TDI_RUN), 0);
	assert_int_equal(kit_op(kit, TSMREQ_CALL_SET_TDI_STATE, TSMREQ_TDI_UNLOCKED), 0);
	assert_int_equal(tsmreq_guest_reset(kit->guest, DEV, &result), 0);
	assert_int_equal(tsmreq_mock_get_state(kit->mock, kit->id, &bound, &state), 0);
	assert_int_equal(bound, TSMREQ_MOCK_UNBOUND);
	/* so that the next life begins as the first did */
	assert_int_equal(kit_op(kit, TSMREQ_CALL_BIND, TSMREQ_TDI_UNLOCKED), 0);
	assert_int_equal(kit_really(kit), TSMREQ_TDI_LOCKED);
	kit_free(kit);
}

static void an_open_job_lets_a_reset_drain(void **unused)
{
	struct kit *kit = start(TSMREQ_ARCH_SEV, TSMREQ_UAPI_JUNE, TSMREQ_TDI_RUN);
	struct tsmreq_call info = kit_sev_message(TSMREQ_CALL_TDI_INFO, 19);
	uint8_t run[TSMREQ_KVM_RUN_SIZE];
	struct tsmreq_exit exit = kit_sev_exit(kit, run, &info);
	struct tsmreq_result result;
	struct tsmreq_job *job;

	(void)unused;
	kit_set_fault(kit, "intr-once");
	assert_int_equal(kit_prepare(kit, &exit, &job), TSMREQ_STEP_RUN_NOW);
	assert_int_equal(tsmreq_job_run(job), -EAGAIN);
	assert_int_equal(tsmreq_guest_reset_begin(kit->guest, DEV), 0);
	assert_int_equal(kit->events[TSMREQ_DEVICE_DRAINED], 0);
	/* it looks again, and lets go */
	assert_int_equal(tsmreq_job_run(job), -EAGAIN);
	assert_int_equal(kit->events[TSMREQ_DEVICE_DRAINED], 1);
	assert_int_equal(tsmreq_job_run(job), -EAGAIN);
	assert_int_equal(kit->sends, 1);
	assert_int_equal(tsmreq_guest_reset_end(kit->guest, DEV, &result), 0);
	assert_int_equal(kit->sends, 2); /* the unbind */
	/* the job's bytes are as they were; what the firmware says to them now is its own affair */
	assert_int_equal(tsmreq_job_run(job), 0);
	assert_int_equal(kit->sends, 3);
	(void)kit_answer(job);
	assert_int_equal(kit_fw_err(run, KIT_REQ_FW_ERR), -1);
	assert_int_equal(tsmreq_guest_detach(kit->guest, DEV), 0);
	kit_free(kit);
}

static void an_open_job_of_a_device_that_went_is_answered(void **unused)
{
	struct kit *kit = start(TSMREQ_ARCH_SEV, TSMREQ_UAPI_JUNE, TSMREQ_TDI_RUN);
	struct tsmreq_call info = kit_sev_message(TSMREQ_CALL_TDI_INFO, 19);
	uint8_t run[TSMREQ_KVM_RUN_SIZE];
	struct tsmreq_exit exit = kit_sev_exit(kit, run, &info);
	struct tsmreq_job *job;

	(void)unused;
	kit_set_fault(kit, "intr-once");
	assert_int_equal(kit_prepare(kit, &exit, &job), TSMREQ_STEP_RUN_NOW);
	assert_int_equal(tsmreq_job_run(job), -EAGAIN);
	assert_int_equal(tsmreq_guest_detach_begin(kit->guest, DEV), 0);
	assert_int_equal(tsmreq_job_run(job), 0);
	(void)kit_answer(job);
	assert_int_equal(kit->events[TSMREQ_DEVICE_DRAINED], 1);
	assert_int_equal(kit_fw_err(run, KIT_REQ_FW_ERR), -1);
	assert_int_equal(tsmreq_guest_detach_end(kit->guest, DEV), 0);
	kit_free(kit);
}

static void a_vmm_step_of_a_device_in_reset_waits_for_it(void **unused)
{
	struct kit *kit = start(TSMREQ_ARCH_SEV, TSMREQ_UAPI_CCA_V7, TSMREQ_TDI_LOCKED);
	const struct tsmreq_call unbind = kit_sev_op(TSMREQ_CALL_UNBIND, TSMREQ_TDI_UNLOCKED);
	uint8_t run[TSMREQ_KVM_RUN_SIZE];
	struct tsmreq_exit exit = kit_sev_exit(kit, run, &unbind);
	const struct tsmreq_answer yes = {.rc = 0}, no = {.rc = -EIO};
	struct tsmreq_result result;
	struct tsmreq_job *job;

	(void)unused;
	assert_int_equal(tsmreq_guest_reset_begin(kit->guest, DEV), 0);
	assert_int_equal(kit_prepare(kit, &exit, &job), TSMREQ_STEP_VMM);
	/* nothing can have been done to it, with run or without; only to give up is no lie */
	assert_int_equal(tsmreq_job_finish(job, &yes), -EBUSY);
	assert_int_equal(tsmreq_job_run(job), -EAGAIN);
	assert_int_equal(tsmreq_job_finish(job, &yes), -EBUSY);
	assert_int_equal(tsmreq_job_finish(job, &no), 0);
	(void)kit_answer(job);
	assert_int_equal(kit_fw_err(run, KIT_OP_FW_ERR), -1);

	assert_int_equal(kit_prepare(kit, &exit, &job), TSMREQ_STEP_VMM);
	assert_int_equal(tsmreq_job_run(job), -EAGAIN);
	assert_int_equal(tsmreq_guest_reset_end(kit->guest, DEV, &result), 0);
	assert_int_equal(tsmreq_job_run(job), 0);
	assert_int_equal(tsmreq_job_finish(job, &yes), 0);
	(void)kit_answer(job);
	/* and of one that goes, it is the VMM's no more */
	assert_int_equal(kit_prepare(kit, &exit, &job), TSMREQ_STEP_VMM);
	assert_int_equal(tsmreq_guest_detach_begin(kit->guest, DEV), 0);
	assert_int_equal(tsmreq_job_run(job), -ENODEV);
	assert_int_equal(tsmreq_job_finish(job, &yes), -EINVAL);
	(void)kit_answer(job);
	assert_int_equal(kit_fw_err(run, KIT_OP_FW_ERR), -1);
	assert_int_equal(kit->events[TSMREQ_DEVICE_DRAINED], 2);
	assert_int_equal(tsmreq_guest_detach_end(kit->guest, DEV), 0);
	kit_free(kit);
}

static void a_slot_starts_anew(void **unused)
{
	struct kit *kit = kit_new(TSMREQ_ARCH_CCA, TSMREQ_UAPI_CCA_V7);
	uint64_t handle;

	(void)unused;
	kit->ops.offload = kit_offload;
	kit->opts.max_devices = 1;
	kit_start(kit, TSMREQ_TDI_UNLOCKED);
	assert_int_equal(kit_rhi(kit, TSMREQ_RHI_VDEV_SET_TDI_STATE, KIT_DEV, 1, &handle), 1);
	kit_run_next(kit);
	assert_int_equal(kit_tio(kit, KIT_BAR, 0x1000), 0);
	assert_int_equal(tsmreq_guest_detach(kit->guest, DEV), 0);
	assert_int_equal(kit_attach(kit, KIT_DEV, kit->vdev), 0);
	/* no operation, no ranges */
	assert_int_equal(kit_rhi(kit, TSMREQ_RHI_VDEV_CONTINUE, KIT_DEV, handle, NULL), 6);
	assert_int_equal(kit_rhi(kit, TSMREQ_RHI_VDEV_ABORT, KIT_DEV, 0, NULL), 0);
	assert_int_equal(kit_fault(kit, KIT_BAR, 0x1000, false), TSMREQ_ACTION_STOP);
	kit_free(kit);
}

/* ---- blocking forms, several at once */

struct ender {
	struct kit *kit;
	struct tsmreq_result result;
	bool resets;
	int rc;
};

static void *end_it(void *arg)
{
	struct ender *ender = arg;

	ender->rc = ender->resets ? tsmreq_guest_reset(ender->kit->guest, DEV, &ender->result)
				  : tsmreq_guest_detach(ender->kit->guest, DEV);
	return NULL;
}

/* Two threads end the device that a job has; what each of them is told. */
static void end_twice(bool first_resets, bool second_resets, int rcs[2])
{
	struct kit *kit = realm(TSMREQ_TDI_LOCKED);
	struct tsmreq_exit exit = kit_rhi_exit(TSMREQ_RHI_OBJECT_SIZE, KIT_DEV, 1, 0, 0, 0);
	struct ender enders[] = {{.kit = kit, .resets = first_resets},
				 {.kit = kit, .resets = second_resets}};
	pthread_t threads[2];
	struct tsmreq_job *job;

	assert_int_equal(kit_prepare(kit, &exit, &job), TSMREQ_STEP_RUN_NOW);
	atomic_store(&waits, 0);
	for (unsigned int i = 0; i < 2; i++) {
		assert_int_equal(pthread_create(&threads[i], NULL, end_it, &enders[i]), 0);
		until_waiting(i + 1);
	}
	assert_int_equal(tsmreq_job_run(job), 0);
	(void)kit_answer(job);
	for (unsigned int i = 0; i < 2; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		rcs[i] = enders[i].rc;
	}
	kit_free(kit);
}

static void of_two_ends_one_is_the_end(void **unused)
{
	int rcs[2];

	(void)unused;
	end_twice(false, false, rcs);
	assert_int_equal(rcs[0] + rcs[1], -ENOENT);
	/* the second reset may come while the first unbinds, or after it */
	end_twice(true, true, rcs);
	assert_true(rcs[0] == 0 || rcs[1] == 0);
	assert_true(rcs[0] == 0 || rcs[0] == -EBUSY);
	assert_true(rcs[1] == 0 || rcs[1] == -EBUSY);
	end_twice(true, false, rcs);
	assert_true(rcs[0] == 0 || rcs[0] == -ENOENT || rcs[0] == -EBUSY);
	assert_true(rcs[1] == 0 || rcs[1] == -EBUSY);
}

/* Whoever begins another end has the device for a moment: that is waited for, whenever it is. */
static void an_end_does_not_give_up_on_who_passes(void **unused)
{
	struct tsmreq_result result;

	(void)unused;
	for (unsigned int i = 0; i < 20; i++) {
		struct kit *kit = realm(TSMREQ_TDI_UNLOCKED);

		passed = tsmreq_devices_find(&kit->guest->devices, KIT_DEV);
		pass_at = 1 + i / 2;
		if (i % 2)
			assert_int_equal(tsmreq_guest_detach(kit->guest, DEV), 0);
		else
			assert_int_equal(tsmreq_guest_reset(kit->guest, DEV, &result), 0);
		pass_at = 0;
		passes = false;
		kit_free(kit);
	}
}

/* While reset_end() unbinds, nobody ends the device behind its back. */
static void detach_while_it_unbinds(struct kit *kit)
{
	struct tsmreq_result result;

	kit->at_submit = NULL;
	assert_int_equal(tsmreq_guest_detach_begin(kit->guest, DEV), 0);
	assert_int_equal(tsmreq_guest_detach_end(kit->guest, DEV), -EBUSY);
	assert_int_equal(tsmreq_guest_reset_end(kit->guest, DEV, &result), -EBUSY);
	kit->events[TSMREQ_DEVICE_DRAINED] = 0;
}

static void an_end_is_not_ended_behind_its_back(void **unused)
{
	struct kit *kit = realm(TSMREQ_TDI_LOCKED);
	struct tsmreq_result result;

	(void)unused;
	assert_int_equal(tsmreq_guest_reset_begin(kit->guest, DEV), 0);
	kit->at_submit = detach_while_it_unbinds;
	assert_int_equal(tsmreq_guest_reset_end(kit->guest, DEV, &result), 0);
	assert_int_equal(kit->events[TSMREQ_DEVICE_DRAINED], 1);
	assert_int_equal(tsmreq_guest_detach_end(kit->guest, DEV), 0);
	assert_int_equal(kit->sends, 1);
	kit_free(kit);
}

/* The handle is the VMM's, too: what it does with it keeps a reset waiting, and loses none. */
static void end_while_the_vmm_calls(struct kit *kit)
{
	struct tsmreq_result result;

	kit->at_submit = NULL;
	assert_int_equal(tsmreq_guest_reset_end(kit->guest, DEV, &result), -EBUSY);
	assert_int_equal(result.outcome, TSMREQ_OUTCOME_NOT_SENT);
}

static void a_call_of_the_vmms_keeps_a_reset_waiting(void **unused)
{
	struct kit *kit = realm(TSMREQ_TDI_LOCKED);
	struct tsmreq_result result;

	(void)unused;
	assert_int_equal(tsmreq_guest_reset_begin(kit->guest, DEV), 0);
	kit->at_submit = end_while_the_vmm_calls;
	assert_int_equal(tsmreq_vdev_run(kit->vdev, &result), 0);
	/* still to come, and told to be */
	assert_int_equal(kit->events[TSMREQ_DEVICE_DRAINED], 2);
	assert_int_equal(tsmreq_guest_reset_end(kit->guest, DEV, &result), 0);
	assert_int_equal(tsmreq_vdev_get_state(kit->vdev), TSMREQ_TDI_UNLOCKED);
	assert_int_equal(tsmreq_guest_reset_end(kit->guest, DEV, &result), -EBUSY);
	kit_free(kit);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_row_that_cannot_carry_the_architecture_is_refused),
		cmocka_unit_test(what_cannot_be_a_device_is_refused),
		cmocka_unit_test(a_device_without_a_vdevice_is_sevs_where_the_vmm_binds),
		cmocka_unit_test(names_are_unique_and_places_few),
		cmocka_unit_test(as_many_as_there_can_be),
		cmocka_unit_test(nobody_changes_what_is_not_there),
		cmocka_unit_test(a_guest_that_moves_its_bars_takes_the_permission_along),
		cmocka_unit_test(a_device_in_reset_can_be_changed),
		cmocka_unit_test(a_name_that_is_taken_is_not_given_twice),
		cmocka_unit_test(an_end_is_told_once_when_nothing_runs),
		cmocka_unit_test(an_idle_device_is_drained_at_once),
		cmocka_unit_test(a_reset_unbinds_forgets_and_gives_back),
		cmocka_unit_test(a_reset_forgets_ranges_only_when_it_is_certain),
		cmocka_unit_test(a_reset_finds_a_vdevice_gone),
		cmocka_unit_test(a_call_of_the_vmms_keeps_a_reset_waiting),
		cmocka_unit_test(a_reset_unbinds_what_an_snp_guest_stopped),
		cmocka_unit_test(an_open_job_lets_a_reset_drain),
		cmocka_unit_test(an_open_job_of_a_device_that_went_is_answered),
		cmocka_unit_test(a_vmm_step_of_a_device_in_reset_waits_for_it),
		cmocka_unit_test(a_slot_starts_anew),
		cmocka_unit_test(of_two_ends_one_is_the_end),
		cmocka_unit_test(an_end_does_not_give_up_on_who_passes),
		cmocka_unit_test(an_end_is_not_ended_behind_its_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
