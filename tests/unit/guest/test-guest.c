/* SPDX-License-Identifier: MIT */
/* wraps: malloc calloc realloc aligned_alloc */
#include "kit.h"

/* One guest: made, asked, freed. */

static unsigned int fail_alloc; /* countdown to an allocation that fails; 0: none */

static bool fails(void)
{
	return fail_alloc && !--fail_alloc;
}

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);

void *__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
	return fails() ? NULL : __real_realloc(old, size);
}

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
	return fails() ? NULL : __real_aligned_alloc(alignment, size);
}

static const enum tsmreq_arch archs[] = {TSMREQ_ARCH_CCA, TSMREQ_ARCH_SEV, TSMREQ_ARCH_TDX};

static int make(struct kit *kit)
{
	struct tsmreq_guest *guest = NULL;
	const int rc = tsmreq_guest_new(&guest, &kit->opts);

	assert_int_equal(rc == 0, guest != NULL);
	assert_null(tsmreq_guest_free(guest));
	return rc;
}

/* ---- options */

static void the_least_that_makes_a_guest(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < 3; i++) {
		struct kit *kit = kit_new(archs[i], TSMREQ_UAPI_JUNE);

		kit->opts = (struct tsmreq_guest_opts){
			.size = sizeof(kit->opts),
			.ops = &kit->ops,
			.arch = archs[i],
			.uapi = TSMREQ_UAPI_JUNE,
			.gpa_width = archs[i] == TSMREQ_ARCH_TDX ? 48 : 0,
		};
		kit->ops = (struct tsmreq_guest_ops){
			.size = sizeof(kit->ops),
			.userdata = kit,
			.read_shared = kit_read,
			.write_shared = kit_write,
			.get_memory = kit_get_memory,
			.now_ms = archs[i] == TSMREQ_ARCH_TDX ? kit_now : NULL,
		};
		assert_int_equal(make(kit), 0);
		free(kit);
	}
}

static void what_is_missing_or_wrong_makes_none(void **unused)
{
	struct tsmreq_guest *guest;

	(void)unused;
	for (size_t i = 0; i < 3; i++) {
		struct kit *kit = kit_new(archs[i], TSMREQ_UAPI_JUNE);
		const struct tsmreq_guest_opts opts = kit->opts;
		const struct tsmreq_guest_ops ops = kit->ops;

#define WITH(lvalue, value, rc)                  \
	do {                                     \
		kit->lvalue = (value);           \
		assert_int_equal(make(kit), rc); \
		kit->opts = opts;                \
		kit->ops = ops;                  \
	} while (0)
		WITH(opts.size, sizeof(opts) - 1, -EINVAL);
		WITH(opts.size, 0, -EINVAL);
		WITH(opts.ops, NULL, -EINVAL);
		WITH(ops.size, sizeof(ops) - 8, -EINVAL);
		WITH(ops.read_shared, NULL, -EINVAL);
		WITH(ops.write_shared, NULL, -EINVAL);
		WITH(ops.get_memory, NULL, -EINVAL);
		WITH(opts.arch, (enum tsmreq_arch)0, -EINVAL);
		WITH(opts.arch, (enum tsmreq_arch)4, -EINVAL);
		WITH(opts.uapi, TSMREQ_UAPI_PROBE, -EOPNOTSUPP);
		WITH(opts.uapi, TSMREQ_UAPI_V7, -EOPNOTSUPP); /* known, and never spoken */
		WITH(opts.uapi, (enum tsmreq_uapi)77, -EOPNOTSUPP);
		WITH(opts.flags, 0x4, -EINVAL);
		WITH(opts.kvm_abi, (enum tsmreq_kvm_abi)12, -EINVAL);
		WITH(opts.kvm_abi, (enum tsmreq_kvm_abi) - 1, -EINVAL);
		WITH(opts.vcpus, TSMREQ_GUEST_VCPUS_MAX + 1, -EINVAL);
		WITH(opts.max_devices, TSMREQ_GUEST_DEVICES_MAX + 1, -EINVAL);
		WITH(opts.max_jobs, TSMREQ_GUEST_JOBS_MAX + 1, -EINVAL);
		WITH(opts.workers, TSMREQ_GUEST_WORKERS_MAX + 1, -EINVAL);
		assert_int_equal(make(kit), 0);
		/* one of the two runs what is deferred */
		kit->ops.offload = kit_offload;
		WITH(opts.workers, 1, -EINVAL);
		assert_int_equal(tsmreq_guest_new(&guest, NULL), -EINVAL);
		assert_int_equal(tsmreq_guest_new(NULL, &opts), -EINVAL);
		free(kit);
	}
}

static void an_architectures_own_options_are_looked_at(void **unused)
{
	struct kit *kit = kit_new(TSMREQ_ARCH_CCA, TSMREQ_UAPI_JUNE);
	struct tsmreq_guest_opts opts = kit->opts;
	struct tsmreq_guest_ops ops = kit->ops;

	(void)unused;
	WITH(opts.quirks, TSMREQ_RHI_QUIRKS + 1, -EINVAL);
	WITH(opts.quirks, TSMREQ_RHI_QUIRKS, 0);
	free(kit);
	kit = kit_new(TSMREQ_ARCH_TDX, TSMREQ_UAPI_JUNE);
	opts = kit->opts;
	ops = kit->ops;
	WITH(opts.gpa_width, 0, -EINVAL);
	WITH(opts.gpa_width, 51, -EINVAL);
	WITH(opts.gpa_width, 48, 0);
	WITH(opts.offers, TSMREQ_GHCI_OFFERS + 1, -EINVAL);
	WITH(ops.now_ms, NULL, -EINVAL);
	free(kit);
	kit = kit_new(TSMREQ_ARCH_SEV, TSMREQ_UAPI_JUNE);
	opts = kit->opts;
	ops = kit->ops;
	WITH(opts.ghcb_abi, (enum tsmreq_ghcb_abi)7, -EINVAL);
	WITH(opts.ghcb_abi, TSMREQ_GHCB_204, 0);
	WITH(ops.now_ms, NULL, 0);
	free(kit);
}

static void options_of_a_later_version_have_a_tail_of_zeros(void **unused)
{
	struct kit *kit = kit_new(TSMREQ_ARCH_CCA, TSMREQ_UAPI_JUNE);
	struct {
		struct tsmreq_guest_opts opts;
		uint64_t tail;
	} later = {.opts = kit->opts};
	struct tsmreq_guest *guest;

	(void)unused;
	later.opts.size = sizeof(later);
	assert_int_equal(tsmreq_guest_new(&guest, &later.opts), 0);
	tsmreq_guest_free(guest);
	later.tail = 1;
	assert_int_equal(tsmreq_guest_new(&guest, &later.opts), -E2BIG);
	free(kit);
}

static void the_most_there_can_be(void **unused)
{
	struct kit *kit = kit_new(TSMREQ_ARCH_CCA, TSMREQ_UAPI_CCA_V7);
	struct tsmreq_exit exit = kit_rhi_exit(TSMREQ_RHI_FEATURES, 0, 0, 0, 0, 0);

	(void)unused;
	kit->opts.vcpus = TSMREQ_GUEST_VCPUS_MAX;
	kit->opts.max_devices = TSMREQ_GUEST_DEVICES_MAX;
	kit->opts.max_jobs = TSMREQ_GUEST_JOBS_MAX;
	kit_start(kit, TSMREQ_TDI_UNLOCKED);
	exit.vcpu = TSMREQ_GUEST_VCPUS_MAX - 1;
	assert_int_equal(kit_handle(kit, &exit).rhi.x[0], 0x3b);
	kit_free(kit);
}

/* ---- features: configured, and possible */

static void features_are_configured_and_possible(void **unused)
{
	static const struct {
		enum tsmreq_uapi uapi;
		uint64_t possible, with_source;
	} rows[] = {
		{TSMREQ_UAPI_RFC1, 0x03, 0x03},	   {TSMREQ_UAPI_V2, 0x3b, 0x3b},
		{TSMREQ_UAPI_V4, 0x3b, 0x3b},	   {TSMREQ_UAPI_V5, 0x3b, 0x3b},
		{TSMREQ_UAPI_V5_CODE, 0x3b, 0x3b}, {TSMREQ_UAPI_JUNE, 0x3b, 0x3b},
		{TSMREQ_UAPI_V6_LIKE, 0x20, 0x23}, {TSMREQ_UAPI_V6_OBJECTS, 0x3b, 0x3b},
		{TSMREQ_UAPI_CCA_V7, 0x3b, 0x3b},
	};
	static const struct {
		uint64_t features;
		uint32_t flags;
		uint64_t mask;
	} configured[] = {
		{0, 0, 0xbf},
		{0, TSMREQ_GUEST_FEATURES_GIVEN, 0},
		{0x23, 0, 0x23},
		{0xff, 0, 0xff}, /* P2P_UNBIND is shown to whom it was promised */
		{UINT64_MAX, 0, UINT64_MAX},
	};

	(void)unused;
	for (size_t r = 0; r < sizeof(rows) / sizeof(rows[0]); r++) {
		for (size_t c = 0; c < sizeof(configured) / sizeof(configured[0]); c++) {
			for (unsigned int source = 0; source < 2; source++) {
				for (unsigned int pool = 0; pool < 2; pool++) {
					struct kit *kit = kit_new(TSMREQ_ARCH_CCA, rows[r].uapi);
					const uint64_t possible =
						(source ? rows[r].with_source : rows[r].possible) |
						(pool ? 0x84 : 0) | 0x40;

					kit->opts.features = configured[c].features;
					kit->opts.flags = configured[c].flags;
					kit->ops.read_object = source ? kit_source : NULL;
					kit->ops.offload = pool ? kit_offload : NULL;
					kit_start_empty(kit);
					assert_int_equal(tsmreq_guest_get_features(kit->guest),
							 possible & configured[c].mask);
					assert_int_equal(kit_rhi(kit, TSMREQ_RHI_FEATURES, 0, 0,
								 NULL),
							 possible & configured[c].mask);
					kit_free(kit);
				}
			}
		}
	}
	assert_int_equal(tsmreq_guest_get_features(NULL), 0);
}

/* ---- memory */

static void without_memory_there_is_no_guest_and_no_leak(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < 3; i++) {
		struct kit *kit = kit_new(archs[i], TSMREQ_UAPI_JUNE);
		unsigned int at = 0;
		int rc;

		kit->opts.workers = 1;
		do {
			fail_alloc = ++at;
			rc = make(kit);
			assert_true(rc == 0 || rc == -ENOMEM || rc == -EAGAIN);
		} while (!fail_alloc);
		/* it got through without coming to the one that would fail */
		assert_int_equal(rc, 0);
		assert_in_range(at, 7, 60);
		fail_alloc = 0;
		free(kit);
	}
}

static void a_device_needs_memory_too(void **unused)
{
	struct kit *kit = kit_new(TSMREQ_ARCH_CCA, TSMREQ_UAPI_CCA_V7);
	static const uint8_t report[20] = {0};
	struct tsmreq_guest_device device = {.size = sizeof(device),
					     .dev = {0x200},
					     .virt_id = {0x200},
					     .report = {report, sizeof(report)}};

	(void)unused;
	kit_start(kit, TSMREQ_TDI_UNLOCKED);
	device.vdev = kit->vdev;
	fail_alloc = 1;
	assert_int_equal(tsmreq_guest_attach(kit->guest, &device), -ENOMEM);
	fail_alloc = 2;
	assert_int_equal(tsmreq_guest_attach(kit->guest, &device), -ENOMEM);
	assert_int_equal(tsmreq_guest_attach(kit->guest, &device), 0);
	kit_free(kit);
}

static void an_exit_allocates_nothing(void **unused)
{
	struct kit *kit = kit_new(TSMREQ_ARCH_CCA, TSMREQ_UAPI_CCA_V7);

	(void)unused;
	kit->ops.offload = kit_offload;
	kit_start(kit, TSMREQ_TDI_UNLOCKED);
	/* far away: it counts */
	fail_alloc = 1000;
	assert_int_equal(kit_rhi(kit, TSMREQ_RHI_OBJECT_SIZE, KIT_DEV, 1, NULL), 0);
	assert_int_equal(kit_rhi(kit, TSMREQ_RHI_VDEV_SET_TDI_STATE, KIT_DEV, 1, NULL), 1);
	kit_run_next(kit);
	assert_int_equal(kit_rhi(kit, TSMREQ_RHI_VDEV_CONTINUE, KIT_DEV, 1, NULL), 0);
	assert_int_equal(kit_tio(kit, KIT_BAR, 0x1000), 0);
	assert_int_equal(kit_fault(kit, KIT_BAR, 0x1000, false), TSMREQ_ACTION_REENTER);
	assert_int_equal(fail_alloc, 1000);
	fail_alloc = 0;
	kit_free(kit);
}

/* ---- asked */

static void counters_are_zero_at_first_and_nothing_is_no_crash(void **unused)
{
	struct kit *kit = kit_new(TSMREQ_ARCH_CCA, TSMREQ_UAPI_CCA_V7);
	const struct tsmreq_guest_counters zero = {0};
	struct tsmreq_guest_counters counters;

	(void)unused;
	kit_start(kit, TSMREQ_TDI_UNLOCKED);
	memset(&counters, 0xa5, sizeof(counters));
	tsmreq_guest_get_counters(kit->guest, &counters);
	assert_memory_equal(&counters, &zero, sizeof(zero));
	memset(&counters, 0xa5, sizeof(counters));
	tsmreq_guest_get_counters(NULL, &counters);
	assert_memory_equal(&counters, &zero, sizeof(zero));
	tsmreq_guest_get_counters(kit->guest, NULL);
	assert_null(tsmreq_guest_free(NULL));
	kit_free(kit);
}

static void counters_are_summed_over_vcpus(void **unused)
{
	struct kit *kit = kit_new(TSMREQ_ARCH_CCA, TSMREQ_UAPI_CCA_V7);
	struct tsmreq_exit exit = kit_rhi_exit(TSMREQ_RHI_FEATURES, 0, 0, 0, 0, 0);
	struct tsmreq_guest_counters counters;

	(void)unused;
	kit_start(kit, TSMREQ_TDI_UNLOCKED);
	for (uint32_t i = 0; i < 4; i++) {
		exit.vcpu = i;
		(void)kit_handle(kit, &exit);
	}
	tsmreq_guest_get_counters(kit->guest, &counters);
	assert_int_equal(counters.exits, 4);
	kit_free(kit);
}

static void steps_and_events_have_words(void **unused)
{
	(void)unused;
	assert_string_equal(tsmreq_step_to_string(TSMREQ_STEP_NOT_OURS), "not-ours");
	assert_string_equal(tsmreq_step_to_string(TSMREQ_STEP_REGISTERS), "registers");
	assert_string_equal(tsmreq_step_to_string(TSMREQ_STEP_DONE), "done");
	assert_string_equal(tsmreq_step_to_string(TSMREQ_STEP_RUN_NOW), "run-now");
	assert_string_equal(tsmreq_step_to_string(TSMREQ_STEP_DEFERRED), "deferred");
	assert_string_equal(tsmreq_step_to_string(TSMREQ_STEP_VMM), "vmm");
	assert_string_equal(tsmreq_step_to_string((enum tsmreq_step)6), "unknown");
	assert_string_equal(tsmreq_step_to_string((enum tsmreq_step) - 1), "unknown");
	assert_string_equal(tsmreq_device_event_to_string((enum tsmreq_device_event)0), "unknown");
	assert_string_equal(tsmreq_device_event_to_string(TSMREQ_DEVICE_UNCERTAIN), "uncertain");
	assert_string_equal(tsmreq_device_event_to_string(TSMREQ_DEVICE_GONE), "gone");
	assert_string_equal(tsmreq_device_event_to_string(TSMREQ_DEVICE_DRAINED), "drained");
	assert_string_equal(tsmreq_device_event_to_string(TSMREQ_DEVICE_RENUMBERED), "renumbered");
	assert_string_equal(tsmreq_device_event_to_string(TSMREQ_DEVICE_LATE), "late");
	assert_string_equal(tsmreq_device_event_to_string((enum tsmreq_device_event)6), "unknown");
	assert_string_equal(tsmreq_device_event_to_string((enum tsmreq_device_event) - 1),
			    "unknown");
}

static void free_sends_nothing(void **unused)
{
	struct kit *kit = kit_new(TSMREQ_ARCH_CCA, TSMREQ_UAPI_CCA_V7);

	(void)unused;
	kit->ops.offload = kit_offload;
	kit_start(kit, TSMREQ_TDI_LOCKED);
	assert_int_equal(kit_rhi(kit, TSMREQ_RHI_VDEV_SET_TDI_STATE, KIT_DEV, 2, NULL), 1);
	kit_end(kit);
	assert_int_equal(kit->sends, 0);
	free(kit);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_least_that_makes_a_guest),
		cmocka_unit_test(what_is_missing_or_wrong_makes_none),
		cmocka_unit_test(an_architectures_own_options_are_looked_at),
		cmocka_unit_test(options_of_a_later_version_have_a_tail_of_zeros),
		cmocka_unit_test(the_most_there_can_be),
		cmocka_unit_test(features_are_configured_and_possible),
		cmocka_unit_test(without_memory_there_is_no_guest_and_no_leak),
		cmocka_unit_test(a_device_needs_memory_too),
		cmocka_unit_test(an_exit_allocates_nothing),
		cmocka_unit_test(counters_are_zero_at_first_and_nothing_is_no_crash),
		cmocka_unit_test(counters_are_summed_over_vcpus),
		cmocka_unit_test(steps_and_events_have_words),
		cmocka_unit_test(free_sends_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
