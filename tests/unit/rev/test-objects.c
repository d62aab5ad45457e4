/* SPDX-License-Identifier: MIT */
#include "wire.h"

#include "rev/rev.h"

/* The ioctls around the request, byte for byte. */

struct argument {
	_Alignas(8) uint8_t bytes[WIRE_MAX];
};

/* As the builders are given it: zeros, and a room that must not be left behind. */
static struct argument zeroed(void)
{
	struct argument arg;

	memset(&arg, UNWRITTEN, sizeof(arg));
	memset(arg.bytes, 0, REV_ARG_MAX);
	return arg;
}

static void assert_argument(const char *name, const struct argument *arg, const char *want)
{
	uint8_t bytes[WIRE_MAX];
	size_t size = wire_parse(want, bytes);

	assert_wire(name, arg->bytes, size, want);
	for (size_t i = size; i < REV_ARG_MAX; i++)
		assert_int_equal(arg->bytes[i], 0);
	assert_unwritten(name, arg->bytes, REV_ARG_MAX, WIRE_MAX);
}

static const struct {
	enum tsmreq_uapi uapi;
	const char *name;
	uint32_t op_cmd;
	bool kvm_fd;
} rows[] = {
	{TSMREQ_UAPI_RFC1, "rfc1", 0x3b95, true},
	{TSMREQ_UAPI_V2, "v2", 0x3b95, true},
	{TSMREQ_UAPI_V4, "v4", 0x3b95, false},
	{TSMREQ_UAPI_V5, "v5", 0x3b95, false},
	{TSMREQ_UAPI_V5_CODE, "v5-code", 0x3b95, false},
	{TSMREQ_UAPI_JUNE, "june", 0x3b95, false},
	{TSMREQ_UAPI_V6_LIKE, "v6-like", 0x3b96, false},
	{TSMREQ_UAPI_V6_OBJECTS, "v6-objects", 0x3b96, false},
	{TSMREQ_UAPI_CCA_V7, "cca-v7", 0, false},
};

#define ROWS (sizeof(rows) / sizeof(rows[0]))

static void tsm_op_binds_with_1_and_unbinds_with_2(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ROWS; i++) {
		const struct rev_row *row = tsmreq_rev_find(rows[i].uapi);
		struct argument arg = zeroed();

		if (rows[i].op_cmd == 0)
			continue;
		assert_int_equal(tsmreq_rev_tsm_op_build(row, REV_BIND, 0x47464544, arg.bytes),
				 rows[i].op_cmd);
		assert_argument(rows[i].name, &arg, "10 00*3 01 00*3 00*4 44 45 46 47");

		arg = zeroed();
		assert_int_equal(tsmreq_rev_tsm_op_build(row, REV_UNBIND, 7, arg.bytes),
				 rows[i].op_cmd);
		assert_argument(rows[i].name, &arg, "10 00*3 02 00*3 00*4 07 00*3");
	}
}

static void where_allocation_binds_there_is_no_tsm_op(void **unused)
{
	(void)unused;
	assert_int_equal(tsmreq_rev_find(TSMREQ_UAPI_CCA_V7)->tsm_op_cmd, 0);
}

static void destroy_names_the_id_and_0_too(void **unused)
{
	struct argument arg = zeroed();

	(void)unused;
	assert_int_equal(tsmreq_rev_destroy_build(0x47464544, arg.bytes), 0x3b80);
	assert_argument("destroy", &arg, "08 00*3 44 45 46 47");
	arg = zeroed();
	assert_int_equal(tsmreq_rev_destroy_build(0, arg.bytes), 0x3b80);
	assert_argument("destroy 0", &arg, "08 00*7");
}

/* type 8, device 12, HWPT 16, nothing at 20 for the kernel to answer in, data 24 and 32 */
#define VIOMMU "14 15 16 17 24 25 26 27 34 35 36 37 00*4 "

static const struct tsmreq_viommu_args viommu = {
	.size = sizeof(viommu),
	.type = 0x17161514,
	.dev_id = 0x27262524,
	.hwpt_id = 0x37363534,
	.kvm_fd = -1,
};

static void a_viommu_without_a_vm_is_40_bytes_on_every_revision(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < ROWS; i++) {
		const struct rev_row *row = tsmreq_rev_find(rows[i].uapi);
		struct argument arg = zeroed();

		assert_int_equal(tsmreq_rev_viommu_build(row, &viommu, arg.bytes), 0x3b90);
		assert_argument(rows[i].name, &arg, "28 00*3 00*4 " VIOMMU "00*16");
	}
}

static void the_vm_travels_with_flag_1_at_40_where_the_row_takes_it_and_nowhere_else(void **unused)
{
	struct tsmreq_viommu_args args = viommu;

	(void)unused;
	args.kvm_fd = 0x47464544;
	for (size_t i = 0; i < ROWS; i++) {
		const struct rev_row *row = tsmreq_rev_find(rows[i].uapi);
		struct argument arg = zeroed();

		assert_int_equal(tsmreq_rev_viommu_build(row, &args, arg.bytes), 0x3b90);
		assert_argument(rows[i].name, &arg,
				rows[i].kvm_fd ? "30 00*3 01 00*3 " VIOMMU "00*16 44 45 46 47 00*4"
					       : "28 00*3 00*4 " VIOMMU "00*16");
	}
}

static void descriptor_0_is_a_vm(void **unused)
{
	struct tsmreq_viommu_args args = viommu;
	struct argument arg = zeroed();

	(void)unused;
	args.kvm_fd = 0;
	tsmreq_rev_viommu_build(tsmreq_rev_find(TSMREQ_UAPI_V2), &args, arg.bytes);
	assert_argument("v2", &arg, "30 00*3 01 00*3 " VIOMMU "00*24");
}

static void the_driver_s_own_data_travels_as_length_and_pointer(void **unused)
{
	struct tsmreq_viommu_args args = viommu;
	struct argument arg = zeroed();

	(void)unused;
	args.data.data = (const void *)(uintptr_t)POINTER_R;
	args.data.size = 0x474645;
	tsmreq_rev_viommu_build(tsmreq_rev_find(TSMREQ_UAPI_V5), &args, arg.bytes);
	assert_argument("v5", &arg, "28 00*3 00*4 " VIOMMU "45 46 47 00 00*4 " POINTER_R_HEX);

	/* a pointer to nothing says nothing */
	args.data.size = 0;
	arg = zeroed();
	tsmreq_rev_viommu_build(tsmreq_rev_find(TSMREQ_UAPI_V5), &args, arg.bytes);
	assert_argument("v5, empty", &arg, "28 00*3 00*4 " VIOMMU "00*16");
}

static void a_vdevice_carries_the_guest_s_whole_id(void **unused)
{
	static const struct tsmreq_vdevice_args args = {
		.size = sizeof(args),
		.viommu_id = 0x17161514,
		.dev_id = 0x27262524,
		.virt_id = {0x4847464544434241},
	};
	struct argument arg = zeroed();

	(void)unused;
	assert_int_equal(tsmreq_rev_vdevice_build(&args, arg.bytes), 0x3b91);
	assert_argument("vdevice", &arg,
			"18 00*3 14 15 16 17 24 25 26 27 00*4 41 42 43 44 45 46 47 48");
}

static void the_new_id_is_read_where_the_kernel_writes_it(void **unused)
{
	struct argument arg = zeroed();

	(void)unused;
	memcpy(arg.bytes + 20, "\x44\x45\x46\x47", 4);
	assert_int_equal(tsmreq_rev_viommu_id(arg.bytes), 0x47464544);
	assert_int_equal(tsmreq_rev_vdevice_id(arg.bytes), 0);
	arg = zeroed();
	memcpy(arg.bytes + 12, "\x44\x45\x46\x47", 4);
	assert_int_equal(tsmreq_rev_vdevice_id(arg.bytes), 0x47464544);
	assert_int_equal(tsmreq_rev_viommu_id(arg.bytes), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tsm_op_binds_with_1_and_unbinds_with_2),
		cmocka_unit_test(where_allocation_binds_there_is_no_tsm_op),
		cmocka_unit_test(destroy_names_the_id_and_0_too),
		cmocka_unit_test(a_viommu_without_a_vm_is_40_bytes_on_every_revision),
		cmocka_unit_test(
			the_vm_travels_with_flag_1_at_40_where_the_row_takes_it_and_nowhere_else),
		cmocka_unit_test(descriptor_0_is_a_vm),
		cmocka_unit_test(the_driver_s_own_data_travels_as_length_and_pointer),
		cmocka_unit_test(a_vdevice_carries_the_guest_s_whole_id),
		cmocka_unit_test(the_new_id_is_read_where_the_kernel_writes_it),
	};

	return cmocka_run_group_tests_name("rev/objects", tests, NULL, NULL);
}
