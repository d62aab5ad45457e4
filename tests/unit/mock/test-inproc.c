/* SPDX-License-Identifier: MIT */
/* The door itself: options, what is put in by hand, and what cannot be. */
#include "kit.h"

static void test_options(void **state)
{
	struct tsmreq_mock_opts opts = {.size = sizeof(opts), .uapi = TSMREQ_UAPI_V5};
	struct tsmreq_mock *mock;
	struct {
		struct tsmreq_mock_opts opts;
		uint64_t tail;
	} longer = {.opts = {.size = sizeof(longer), .uapi = TSMREQ_UAPI_V5}};

	(void)state;
	assert_int_equal(tsmreq_mock_new(NULL, &opts), -EINVAL);
	assert_int_equal(tsmreq_mock_new(&mock, &opts), 0);
	assert_null(tsmreq_mock_free(mock));
	assert_null(tsmreq_mock_free(NULL));
	/* none: an iommufd without the TSM */
	assert_int_equal(tsmreq_mock_new(&mock, NULL), 0);
	tsmreq_mock_free(mock);

	assert_int_equal(tsmreq_mock_new(&mock, &longer.opts), 0);
	tsmreq_mock_free(mock);
	longer.tail = 1;
	assert_int_equal(tsmreq_mock_new(&mock, &longer.opts), -E2BIG);
	opts.size = sizeof(opts) - 1;
	assert_int_equal(tsmreq_mock_new(&mock, &opts), -EINVAL);
	opts.size = 0;
	assert_int_equal(tsmreq_mock_new(&mock, &opts), -EINVAL);
}

static int try(struct tsmreq_mock_opts opts)
{
	struct tsmreq_mock *mock = NULL;
	int err;

	opts.size = sizeof(opts);
	err = tsmreq_mock_new(&mock, &opts);
	tsmreq_mock_free(mock);
	return err;
}

static void test_kernels_that_cannot_be(void **state)
{
	(void)state;
	for (unsigned int uapi = TSMREQ_UAPI_AMD_RFC2; uapi <= TSMREQ_UAPI_V7; uapi++)
		assert_int_equal(try((struct tsmreq_mock_opts){.uapi = (enum tsmreq_uapi)uapi}),
				 -EOPNOTSUPP);
	assert_int_equal(try((struct tsmreq_mock_opts){.uapi = (enum tsmreq_uapi)10}), -EINVAL);
	assert_int_equal(try((struct tsmreq_mock_opts){.flags = 0x80000000u}), -EINVAL);
	assert_int_equal(try((struct tsmreq_mock_opts){.getpa = (enum tsmreq_mock_getpa)7}),
			 -EINVAL);
	/* 0x95 is TSM_OP there */
	assert_int_equal(try((struct tsmreq_mock_opts){.uapi = TSMREQ_UAPI_JUNE,
						       .getpa = TSMREQ_MOCK_GETPA_OFF}),
			 -EINVAL);
	assert_int_equal(try((struct tsmreq_mock_opts){.uapi = TSMREQ_UAPI_JUNE,
						       .getpa = TSMREQ_MOCK_GETPA_ABSENT}),
			 0);
	/* the minimum is in doubt for two rows only */
	assert_int_equal(
		try((struct tsmreq_mock_opts){.uapi = TSMREQ_UAPI_JUNE, .min_request_size = 40}),
		0);
	assert_int_equal(
		try((struct tsmreq_mock_opts){.uapi = TSMREQ_UAPI_V5_CODE, .min_request_size = 48}),
		0);
	assert_int_equal(
		try((struct tsmreq_mock_opts){.uapi = TSMREQ_UAPI_JUNE, .min_request_size = 44}),
		-EINVAL);
	assert_int_equal(
		try((struct tsmreq_mock_opts){.uapi = TSMREQ_UAPI_CCA_V7, .min_request_size = 40}),
		-EINVAL);
	assert_int_equal(
		try((struct tsmreq_mock_opts){.uapi = TSMREQ_UAPI_V5, .min_request_size = 40}), 0);
}

static void test_transport(void **state)
{
	struct tsmreq_mock *mock = boot(TSMREQ_UAPI_V5);
	const struct tsmreq_transport *transport = tsmreq_mock_get_transport(mock);

	(void)state;
	assert_int_equal(transport->size, sizeof(*transport));
	assert_null(transport->release);
	assert_null(tsmreq_mock_get_transport(NULL));
	tsmreq_mock_free(mock);
}

static void test_add_object(void **state)
{
	struct tsmreq_mock *mock = boot(TSMREQ_UAPI_V5);
	uint32_t id = 0;

	(void)state;
	for (unsigned int kind = TSMREQ_MOCK_IOAS; kind <= TSMREQ_MOCK_VDEVICE; kind++) {
		assert_int_equal(tsmreq_mock_add_object(mock, (enum tsmreq_mock_kind)kind, 0, &id),
				 0);
		assert_int_equal(id, kind);
		assert_int_equal(tsmreq_mock_add_object(mock, (enum tsmreq_mock_kind)kind, id, &id),
				 -EEXIST);
	}
	assert_int_equal(tsmreq_mock_add_object(mock, TSMREQ_MOCK_IOAS, 0x80000000u, &id), -EINVAL);
	assert_int_equal(tsmreq_mock_add_object(mock, TSMREQ_MOCK_IOAS, 0x7fffffff, NULL), 0);
	assert_int_equal(tsmreq_mock_add_object(mock, (enum tsmreq_mock_kind)0, 0, &id), -EINVAL);
	assert_int_equal(tsmreq_mock_add_object(mock, (enum tsmreq_mock_kind)6, 0, &id), -EINVAL);
	assert_int_equal(tsmreq_mock_add_object(NULL, TSMREQ_MOCK_IOAS, 0, &id), -EINVAL);
	tsmreq_mock_free(mock);
}

static void test_add_vdevice(void **state)
{
	struct tsmreq_mock *mock = boot(TSMREQ_UAPI_V5);
	const struct tsmreq_mock_vdevice good = {.size = sizeof(good), .arch = TSMREQ_ARCH_CCA};
	struct tsmreq_mock_vdevice bad;
	struct tsmreq_vdevice_id id = {0};

	(void)state;
	assert_int_equal(tsmreq_mock_add_vdevice(mock, &good, &id), 0);
	assert_int_equal(id.raw, 1);
	bad = good;
	bad.id = 1;
	assert_int_equal(tsmreq_mock_add_vdevice(mock, &bad, &id), -EEXIST);
	bad = good;
	bad.flags = 0x20;
	assert_int_equal(tsmreq_mock_add_vdevice(mock, &bad, &id), -EINVAL);
	bad = good;
	bad.arch = (enum tsmreq_arch)0;
	assert_int_equal(tsmreq_mock_add_vdevice(mock, &bad, &id), -EINVAL);
	bad.arch = (enum tsmreq_arch)4;
	assert_int_equal(tsmreq_mock_add_vdevice(mock, &bad, &id), -EINVAL);
	bad = good;
	bad.bound = (enum tsmreq_mock_bound)3;
	assert_int_equal(tsmreq_mock_add_vdevice(mock, &bad, &id), -EINVAL);
	bad = good;
	bad.state = TSMREQ_TDI_UNKNOWN;
	assert_int_equal(tsmreq_mock_add_vdevice(mock, &bad, &id), -EINVAL);
	bad = good;
	bad.reserved = 1;
	assert_int_equal(tsmreq_mock_add_vdevice(mock, &bad, &id), -EINVAL);
	bad = good;
	bad.size--;
	assert_int_equal(tsmreq_mock_add_vdevice(mock, &bad, &id), -EINVAL);
	assert_int_equal(tsmreq_mock_add_vdevice(mock, NULL, &id), -EINVAL);
	assert_int_equal(tsmreq_mock_add_vdevice(NULL, &good, &id), -EINVAL);
	tsmreq_mock_free(mock);
}

static void test_put_in_by_hand(void **state)
{
	struct tsmreq_mock *mock = boot(TSMREQ_UAPI_V5);
	const struct tsmreq_bytes bytes = {"abc", 3};
	const struct tsmreq_bytes nowhere = {NULL, 3};
	const struct tsmreq_vdevice_id id = {7};
	const struct tsmreq_vdevice_id other = {8};
	uint32_t device;

	(void)state;
	add(mock, TSMREQ_ARCH_CCA, TSMREQ_MOCK_BOUND_OTHER, TSMREQ_TDI_ERROR, 0);
	assert_state(mock, TSMREQ_MOCK_BOUND_OTHER, TSMREQ_TDI_ERROR);
	assert_int_equal(tsmreq_mock_get_state(mock, id, NULL, NULL), 0);
	assert_int_equal(tsmreq_mock_get_state(mock, other, NULL, NULL), -ENOENT);
	assert_int_equal(tsmreq_mock_get_state(NULL, id, NULL, NULL), -EINVAL);

	assert_int_equal(tsmreq_mock_set_object(mock, id, TSMREQ_OBJECT_VCA, bytes), 0);
	assert_int_equal(tsmreq_mock_set_object(mock, other, TSMREQ_OBJECT_VCA, bytes), -ENOENT);
	assert_int_equal(tsmreq_mock_set_object(mock, id, TSMREQ_OBJECT_VCA, nowhere), -EINVAL);
	assert_int_equal(tsmreq_mock_set_object(mock, id, (enum tsmreq_object)4, bytes), -EINVAL);
	assert_int_equal(tsmreq_mock_set_object(NULL, id, TSMREQ_OBJECT_VCA, bytes), -EINVAL);

	assert_int_equal(tsmreq_mock_add_object(mock, TSMREQ_MOCK_DEVICE, 0, &device), 0);
	assert_int_equal(tsmreq_mock_set_device_arch(mock, device, TSMREQ_ARCH_SEV), 0);
	assert_int_equal(tsmreq_mock_set_device_arch(mock, 7, TSMREQ_ARCH_SEV), -ENOENT);
	assert_int_equal(tsmreq_mock_set_device_arch(mock, device, (enum tsmreq_arch)4), -EINVAL);
	assert_int_equal(tsmreq_mock_set_device_arch(NULL, device, TSMREQ_ARCH_SEV), -EINVAL);

	assert_int_equal(tsmreq_mock_set_fault(mock, 8, "busy"), -ENOENT);
	assert_int_equal(tsmreq_mock_set_fault(mock, 7, "bus"), -EINVAL);
	assert_int_equal(tsmreq_mock_set_fault(mock, 7, NULL), -EINVAL);
	assert_int_equal(tsmreq_mock_set_fault(NULL, 7, "busy"), -EINVAL);
	assert_int_equal(tsmreq_mock_get_calls(NULL), 0);
	tsmreq_mock_free(mock);
}

/* A back end may have a code on any revision; where there is no field nobody hears of it. */
static void test_code_word(void **state)
{
	(void)state;
	for (unsigned int uapi = TSMREQ_UAPI_PROBE; uapi <= TSMREQ_UAPI_CCA_V7; uapi++) {
		struct tsmreq_mock *mock = boot((enum tsmreq_uapi)uapi);

		add(mock, TSMREQ_ARCH_CCA, TSMREQ_MOCK_UNBOUND, TSMREQ_TDI_UNLOCKED, 0);
		assert_int_equal(tsmreq_mock_set_fault(mock, 7, "code:5"), 0);
		assert_int_equal(tsmreq_mock_set_fault(mock, 7, "code:"), -EINVAL);
		tsmreq_mock_free(mock);
	}
}

/* The memory a device was given is what its next report tells of; a vDevice has its device's. */
static void test_ranges(void **state)
{
	static const struct tsmreq_report_range ranges[] = {
		{.first_page = 0xfe000, .pages = 4, .attributes = 5, .id = 1},
		{.first_page = 0x4000000, .pages = 0x1000, .id = 4},
	};
	static const struct tsmreq_report_range many[TSMREQ_MOCK_RANGES_MAX + 1];
	struct tsmreq_mock *mock = boot(TSMREQ_UAPI_V6_OBJECTS);
	const uint8_t regen[24] = {3};
	const uint8_t read[16] = {3};
	uint8_t report[2048];
	struct call fresh = {
		.selector = OP_REGEN, .arch = TSMREQ_ARCH_CCA, .req = regen, .req_len = 24};
	struct call call = {.selector = OP_READ,
			    .arch = TSMREQ_ARCH_CCA,
			    .req = read,
			    .req_len = 16,
			    .resp = report,
			    .resp_len = sizeof(report)};
	uint32_t ioas;

	(void)state;
	add(mock, TSMREQ_ARCH_CCA, TSMREQ_MOCK_BOUND, TSMREQ_TDI_LOCKED, 0);
	assert_int_equal(tsmreq_mock_set_ranges(mock, 7, ranges, 2), 0);
	assert_int_equal(request_op(mock, 0x97, &fresh), 0);
	assert_int_equal(request_op(mock, 0x97, &call), sizeof(report) - (16 + 2 * 16 + 4 + 16));
	assert_int_equal(tsmreq_load_le32(report + 12), 2);
	assert_int_equal(tsmreq_load_le64(report + 16), 0xfe000);
	assert_int_equal(tsmreq_load_le32(report + 24), 4);
	assert_int_equal(tsmreq_load_le16(report + 28), 5);
	assert_int_equal(tsmreq_load_le16(report + 30), 1);
	assert_int_equal(tsmreq_load_le64(report + 32), 0x4000000);
	/* as many as there may be, and back to what all have */
	assert_int_equal(tsmreq_mock_set_ranges(mock, 7, many, TSMREQ_MOCK_RANGES_MAX), 0);
	assert_int_equal(request_op(mock, 0x97, &fresh), 0);
	assert_int_equal(request_op(mock, 0x97, &call),
			 sizeof(report) - (16 + TSMREQ_MOCK_RANGES_MAX * 16 + 4 + 16));
	assert_int_equal(tsmreq_mock_set_ranges(mock, 7, NULL, 0), 0);
	assert_int_equal(request_op(mock, 0x97, &fresh), 0);
	assert_int_equal(request_op(mock, 0x97, &call), sizeof(report) - (16 + 3 * 16 + 4 + 16));

	assert_int_equal(tsmreq_mock_set_ranges(mock, 7, many, TSMREQ_MOCK_RANGES_MAX + 1),
			 -EINVAL);
	assert_int_equal(tsmreq_mock_set_ranges(mock, 7, NULL, 1), -EINVAL);
	assert_int_equal(tsmreq_mock_set_ranges(NULL, 7, NULL, 0), -EINVAL);
	assert_int_equal(tsmreq_mock_set_ranges(mock, 99, NULL, 0), -ENOENT);
	assert_int_equal(tsmreq_mock_add_object(mock, TSMREQ_MOCK_IOAS, 0, &ioas), 0);
	assert_int_equal(tsmreq_mock_set_ranges(mock, ioas, NULL, 0), -ENOENT);
	tsmreq_mock_free(mock);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_options),	    cmocka_unit_test(test_kernels_that_cannot_be),
		cmocka_unit_test(test_transport),   cmocka_unit_test(test_add_object),
		cmocka_unit_test(test_add_vdevice), cmocka_unit_test(test_put_in_by_hand),
		cmocka_unit_test(test_code_word),   cmocka_unit_test(test_ranges),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
