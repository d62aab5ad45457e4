/* SPDX-License-Identifier: MIT */
#include "kit.h"

/* Objects: from the kernel or from the VMM, and what is kept of them. */

#define SIZE TSMREQ_RHI_OBJECT_SIZE

/* A kernel without object operations, and a VMM that has them from elsewhere. */
static struct kit *sourced(const void *bytes, size_t size)
{
	struct kit *kit = kit_new(TSMREQ_ARCH_CCA, TSMREQ_UAPI_V6_LIKE);

	kit->ops.read_object = kit_source;
	kit->source[TSMREQ_OBJECT_CERTIFICATE] = (struct tsmreq_bytes){bytes, size};
	kit_start(kit, TSMREQ_TDI_UNLOCKED);
	return kit;
}

static struct kit *keeping(uint64_t budget)
{
	struct kit *kit = kit_new(TSMREQ_ARCH_CCA, TSMREQ_UAPI_CCA_V7);

	kit->opts.snapshot_budget = budget;
	kit_start(kit, TSMREQ_TDI_LOCKED);
	return kit;
}

static uint64_t read_from(struct kit *kit, uint64_t dev, uint64_t object, uint64_t length,
			  uint64_t offset, uint64_t *ret_bytes)
{
	const struct tsmreq_exit exit =
		kit_rhi_exit(TSMREQ_RHI_OBJECT_READ, dev, object, 0x2000, length, offset);
	const struct tsmreq_reply reply = kit_handle(kit, &exit);

	if (ret_bytes)
		*ret_bytes = reply.rhi.x[1];
	return reply.rhi.x[0];
}

static uint64_t read_bytes(struct kit *kit, uint64_t length, uint64_t *ret_bytes)
{
	return read_from(kit, KIT_DEV, 1, length, 0, ret_bytes);
}

static void set_certificate(struct kit *kit, const void *bytes, size_t size)
{
	assert_int_equal(tsmreq_mock_set_object(kit->mock, kit->id, TSMREQ_OBJECT_CERTIFICATE,
						(struct tsmreq_bytes){bytes, size}),
			 0);
}

static uint64_t hits(struct kit *kit)
{
	struct tsmreq_guest_counters counters;

	tsmreq_guest_get_counters(kit->guest, &counters);
	return counters.snapshot_hits;
}

/* ---- the VMM's own */

static void a_row_without_objects_asks_the_vmm(void **unused)
{
	struct kit *kit = sourced("certificate", 11);
	uint64_t size;

	(void)unused;
	assert_int_equal(kit_rhi(kit, TSMREQ_RHI_FEATURES, 0, 0, NULL) & 3, 3);
	assert_int_equal(kit_rhi(kit, SIZE, KIT_DEV, 1, &size), 0);
	assert_int_equal(size, 11);
	assert_int_equal(read_bytes(kit, 64, &size), 0);
	assert_int_equal(size, 11);
	assert_memory_equal(kit->memory + 0x2000, "certificate\0", 12);
	assert_int_equal(kit_rhi(kit, SIZE, KIT_DEV, 0, NULL), 2); /* it has no VCA */
	assert_int_equal(read_from(kit, KIT_DEV, 0, 8, 0, NULL), 2);
	assert_int_equal(kit->sends, 0);
	kit_free(kit);
}

static void a_row_with_objects_does_not(void **unused)
{
	struct kit *kit = kit_new(TSMREQ_ARCH_CCA, TSMREQ_UAPI_CCA_V7);

	(void)unused;
	kit->ops.read_object = kit_source;
	kit_start(kit, TSMREQ_TDI_UNLOCKED);
	assert_int_equal(kit_rhi(kit, SIZE, KIT_DEV, 1, NULL), 0);
	assert_int_equal(kit->asked, 0);
	assert_int_equal(kit->sends, 1);
	kit_free(kit);
}

static void what_the_vmm_fails_with_is_answered(void **unused)
{
	static const struct {
		int rc;
		uint64_t status;
	} cases[] = {
		{-EIO, 6}, {-EAGAIN, 9}, {-ENODATA, 2}, {-ENOMEM, 6}, {-EBUSY, 9}, {-ENOENT, 3},
	};
	struct kit *kit = sourced("certificate", 11);

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		kit->source_rc = cases[i].rc;
		assert_int_equal(kit_rhi(kit, SIZE, KIT_DEV, 1, NULL), cases[i].status);
		assert_int_equal(read_bytes(kit, 64, NULL), cases[i].status);
	}
	/* the VMM's -ENOENT says nothing of the vDevice */
	assert_int_equal(kit->events[TSMREQ_DEVICE_GONE], 0);
	kit_free(kit);
}

static struct tsmreq_buffer odd;
static int odd_rc;

static int odd_source(void *userdata, struct tsmreq_guest_dev dev, enum tsmreq_object object,
		      struct tsmreq_bytes nonce, struct tsmreq_buffer *dst)
{
	(void)userdata;
	(void)dev;
	(void)object;
	(void)nonce;
	dst->size = odd.size;
	return odd_rc;
}

/* A source is the VMM's code, and may be wrong. */
static void a_source_that_breaks_its_word_breaks_nothing_else(void **unused)
{
	static const struct {
		size_t size;
		int rc;
		uint64_t size_status, read_status;
	} cases[] = {
		{TSMREQ_LENGTH_MAX + 1, -EMSGSIZE, 6, 6}, /* longer than an object can be */
		{SIZE_MAX, -EMSGSIZE, 6, 6},
		{SIZE_MAX, 0, 6, 6},
		{0, 0, 2, 2},		/* success without a byte */
		{0, -EMSGSIZE, 2, 2},	/* too long, and no length */
		{100, 1, 6, 6},		/* no errno */
		{100, -EMSGSIZE, 0, 5}, /* never fits */
		{100, 0, 0, 6},		/* says success beyond its room; later writes nothing */
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct kit *kit = kit_new(TSMREQ_ARCH_CCA, TSMREQ_UAPI_V6_LIKE);
		const uint64_t size_status = cases[i].size_status;

		odd.size = cases[i].size;
		odd_rc = cases[i].rc;
		kit->ops.read_object = odd_source;
		kit_start(kit, TSMREQ_TDI_UNLOCKED);
		assert_int_equal(kit_rhi(kit, SIZE, KIT_DEV, 1, NULL), size_status);
		if (i < 7)
			assert_int_equal(read_bytes(kit, 4096, NULL), cases[i].read_status);
		kit_free(kit);
	}
}

/* ---- snapshots */

static void without_a_budget_every_call_asks(void **unused)
{
	struct kit *kit = keeping(0);

	(void)unused;
	assert_int_equal(kit_rhi(kit, SIZE, KIT_DEV, 1, NULL), 0);
	assert_int_equal(kit_rhi(kit, SIZE, KIT_DEV, 1, NULL), 0);
	assert_int_equal(read_bytes(kit, 16, NULL), 0);
	assert_int_equal(kit->sends, 4);
	assert_int_equal(hits(kit), 0);
	kit_free(kit);
}

static void the_size_that_was_told_stays_the_size_that_is_read(void **unused)
{
	struct kit *kit = keeping(0x10000);
	uint64_t size, bytes;

	(void)unused;
	set_certificate(kit, "abcdefgh", 8);
	assert_int_equal(kit_rhi(kit, SIZE, KIT_DEV, 1, &size), 0);
	assert_int_equal(size, 8);
	assert_int_equal(kit->sends, 2); /* size and bytes at once */
	set_certificate(kit, "another one", 11);
	assert_int_equal(kit_rhi(kit, SIZE, KIT_DEV, 1, &size), 0);
	assert_int_equal(size, 8);
	assert_int_equal(read_bytes(kit, 64, &bytes), 0);
	assert_int_equal(bytes, 8);
	assert_memory_equal(kit->memory + 0x2000, "abcdefgh\0", 9);
	/* slices come from there */
	assert_int_equal(read_from(kit, KIT_DEV, 1, 3, 2, &bytes), 0);
	assert_memory_equal(kit->memory + 0x2000, "cde", 3);
	assert_int_equal(kit->sends, 2);
	assert_int_equal(hits(kit), 5); /* SIZE once, READ twice each */
	kit_free(kit);
}

static void a_snapshot_ends_with_what_it_was_of(void **unused)
{
	static const struct {
		const char *fault;
		uint64_t call, x2, status;
	} cases[] = {
		{"", TSMREQ_RHI_VDEV_GET_INTERFACE_REPORT, 0, 0},
		{"", TSMREQ_RHI_VDEV_GET_MEASUREMENTS, 0x2000, 0},
		/* emptied even when the device then refuses */
		{"backend:ENXIO", TSMREQ_RHI_VDEV_GET_INTERFACE_REPORT, 0, 6},
		{"", TSMREQ_RHI_VDEV_SET_TDI_STATE, 2, 0},
		{"", TSMREQ_RHI_VDEV_SET_TDI_STATE, 0, 0},
		{"after:EIO", TSMREQ_RHI_VDEV_SET_TDI_STATE, 2, 6},
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct kit *kit = keeping(0x10000);
		unsigned int before;

		assert_int_equal(kit_rhi(kit, SIZE, KIT_DEV, 1, NULL), 0);
		kit_set_fault(kit, cases[i].fault);
		assert_int_equal(kit_rhi(kit, cases[i].call, KIT_DEV, cases[i].x2, NULL),
				 cases[i].status);
		kit_set_fault(kit, "");
		before = kit->sends;
		assert_int_equal(kit_rhi(kit, SIZE, KIT_DEV, 1, NULL), 0);
		assert_int_equal(kit->sends - before, 2);
		kit_free(kit);
	}
}

static void a_refused_step_and_a_read_leave_it(void **unused)
{
	struct kit *kit = keeping(0x10000);

	(void)unused;
	assert_int_equal(kit_rhi(kit, SIZE, KIT_DEV, 1, NULL), 0);
	assert_int_equal(kit_rhi(kit, TSMREQ_RHI_VDEV_SET_TDI_STATE, KIT_DEV, 1, NULL), 6);
	assert_int_equal(kit_tio(kit, KIT_BAR, 0x1000), 0);
	assert_int_equal(kit->sends, 3);
	assert_int_equal(kit_rhi(kit, SIZE, KIT_DEV, 1, NULL), 0);
	assert_int_equal(kit->sends, 3);
	kit_free(kit);
}

static void an_uncertain_validation_ends_it(void **unused)
{
	struct kit *kit = keeping(0x10000);

	(void)unused;
	assert_int_equal(kit_rhi(kit, SIZE, KIT_DEV, 1, NULL), 0);
	kit_set_fault(kit, "after:EIO");
	assert_int_equal(kit_tio(kit, KIT_BAR, 0x1000), UINT64_MAX);
	kit_set_fault(kit, "");
	assert_int_equal(kit_rhi(kit, SIZE, KIT_DEV, 1, NULL), 0);
	assert_int_equal(kit->sends, 5);
	kit_free(kit);
}

static void a_reset_and_a_detach_end_it(void **unused)
{
	struct kit *kit = keeping(0x10000);
	struct tsmreq_result result;

	(void)unused;
	assert_int_equal(kit_rhi(kit, SIZE, KIT_DEV, 1, NULL), 0);
	assert_int_equal(tsmreq_guest_reset(kit->guest, kit_dev(KIT_DEV), &result), 0);
	kit->sends = 0;
	assert_int_equal(kit_rhi(kit, SIZE, KIT_DEV, 1, NULL), 0);
	assert_int_equal(kit->sends, 2);
	assert_int_equal(tsmreq_guest_detach(kit->guest, kit_dev(KIT_DEV)), 0);
	assert_int_equal(kit_attach(kit, KIT_DEV, kit->vdev), 0);
	assert_int_equal(kit_rhi(kit, SIZE, KIT_DEV, 1, NULL), 0);
	assert_int_equal(kit->sends, 4);
	kit_free(kit);
}

static void the_budget_is_the_whole_guests(void **unused)
{
	struct kit *kit = keeping(20);
	struct tsmreq_vdev *other;

	(void)unused;
	set_certificate(kit, "0123456789", 10);
	assert_int_equal(kit_rhi(kit, SIZE, KIT_DEV, 1, NULL), 0);
	assert_int_equal(kit->sends, 2);
	other = kit_new_vdev(kit, TSMREQ_TDI_LOCKED);
	assert_int_equal(kit_attach(kit, 0x200, other), 0);
	set_certificate(kit, "0123456789a", 11);
	/* one byte too many: nothing is kept, nothing is fetched */
	assert_int_equal(kit_rhi(kit, SIZE, 0x200, 1, NULL), 0);
	assert_int_equal(kit->sends, 3);
	assert_int_equal(kit_rhi(kit, SIZE, 0x200, 1, NULL), 0);
	assert_int_equal(kit->sends, 4);
	set_certificate(kit, "0123456789", 10);
	assert_int_equal(kit_rhi(kit, SIZE, 0x200, 1, NULL), 0);
	assert_int_equal(kit->sends, 6);
	assert_int_equal(kit_rhi(kit, SIZE, 0x200, 1, NULL), 0);
	assert_int_equal(kit->sends, 6);
	/* what one gives back another may have */
	assert_int_equal(tsmreq_guest_detach(kit->guest, kit_dev(KIT_DEV)), 0);
	assert_int_equal(kit_rhi(kit, TSMREQ_RHI_VDEV_SET_TDI_STATE, 0x200, 2, NULL), 0);
	set_certificate(kit, "01234567890123456789", 20);
	kit->sends = 0;
	for (unsigned int i = 0; i < 3; i++)
		assert_int_equal(kit_rhi(kit, SIZE, 0x200, 1, NULL), 0);
	assert_int_equal(kit->sends, 2);
	tsmreq_vdev_free(other);
	kit_free(kit);
}

static void fail_second(struct kit *kit)
{
	kit_set_fault(kit, kit->sends == 2 ? "backend:EIO" : "");
}

static void bytes_that_do_not_come_are_no_failure_of_the_size(void **unused)
{
	struct kit *kit = keeping(0x10000);
	uint64_t size;

	(void)unused;
	kit->at_submit = fail_second;
	assert_int_equal(kit_rhi(kit, SIZE, KIT_DEV, 1, &size), 0);
	assert_true(size);
	assert_int_equal(kit->sends, 2);
	kit->at_submit = NULL;
	kit_set_fault(kit, "");
	assert_int_equal(kit_rhi(kit, SIZE, KIT_DEV, 1, NULL), 0);
	assert_int_equal(kit->sends, 4);
	kit_free(kit);
}

/* TDX reads its report through the same snapshots. */
static void a_td_has_them_too(void **unused)
{
	struct kit *kit = kit_new(TSMREQ_ARCH_TDX, TSMREQ_UAPI_JUNE);
	struct tsmreq_exit exit;

	(void)unused;
	kit->opts.snapshot_budget = 0x10000;
	kit_start(kit, TSMREQ_TDI_LOCKED);
	assert_int_equal(tsmreq_mock_set_object(kit->mock, kit->id, TSMREQ_OBJECT_INTERFACE_REPORT,
						(struct tsmreq_bytes){"report", 6}),
			 0);
	for (unsigned int i = 0; i < 2; i++) {
		exit = kit_tdcm_exit(kit, 4, 0x2000, 0);
		assert_int_equal(kit_handle(kit, &exit).r10, 0);
		assert_memory_equal(kit->memory + 0x2014, "report\0", 7);
		assert_int_equal(kit->sends, 2);
	}
	exit = kit_tdcm_exit(kit, 5, 0x2000, 0);
	(void)kit_handle(kit, &exit);
	exit = kit_tdcm_exit(kit, 4, 0x2000, 0);
	(void)kit_handle(kit, &exit);
	assert_int_equal(kit->sends, 5);
	kit_free(kit);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_row_without_objects_asks_the_vmm),
		cmocka_unit_test(a_row_with_objects_does_not),
		cmocka_unit_test(what_the_vmm_fails_with_is_answered),
		cmocka_unit_test(a_source_that_breaks_its_word_breaks_nothing_else),
		cmocka_unit_test(without_a_budget_every_call_asks),
		cmocka_unit_test(the_size_that_was_told_stays_the_size_that_is_read),
		cmocka_unit_test(a_snapshot_ends_with_what_it_was_of),
		cmocka_unit_test(a_refused_step_and_a_read_leave_it),
		cmocka_unit_test(an_uncertain_validation_ends_it),
		cmocka_unit_test(a_reset_and_a_detach_end_it),
		cmocka_unit_test(the_budget_is_the_whole_guests),
		cmocka_unit_test(bytes_that_do_not_come_are_no_failure_of_the_size),
		cmocka_unit_test(a_td_has_them_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
