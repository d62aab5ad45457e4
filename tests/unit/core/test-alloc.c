/* SPDX-License-Identifier: MIT */
#include "door.h"

#define ALLOC_VIOMMU  0x3b90ul
#define ALLOC_VDEVICE 0x3b91ul

static void a_viommu_takes_the_vm_where_the_row_does(void **unused)
{
	static const struct {
		enum tsmreq_uapi uapi;
		int32_t kvm_fd;
		uint32_t size, flags;
	} cases[] = {
		{TSMREQ_UAPI_RFC1, 9, 48, 1}, {TSMREQ_UAPI_V2, 9, 48, 1},
		{TSMREQ_UAPI_V2, 0, 48, 1},   {TSMREQ_UAPI_V2, -1, 40, 0},
		{TSMREQ_UAPI_V5, 9, 40, 0},   {TSMREQ_UAPI_CCA_V7, -1, 40, 0},
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tsmreq_viommu_args args = {.size = sizeof(args),
						  .type = 3,
						  .dev_id = 2,
						  .hwpt_id = 5,
						  .kvm_fd = cases[i].kvm_fd};
		struct door door = {.id_at = 20, .id = 77};
		struct tsmreq_ctx *ctx = door_ctx(&door, cases[i].uapi);
		struct tsmreq_result ret = dirty_result();
		uint32_t id = 0;

		assert_int_equal(tsmreq_ctx_alloc_viommu(ctx, &args, &id, &ret), 0);
		assert_int_equal(id, 77);
		assert_result(ret, COMPLETED, 0, 0);
		assert_int_equal(door.cmd[0], ALLOC_VIOMMU);
		assert_int_equal(tsmreq_load_le32(door.arg[0]), cases[i].size);
		assert_int_equal(tsmreq_load_le32(door.arg[0] + 4), cases[i].flags);
		if (cases[i].size == 48)
			assert_int_equal(tsmreq_load_le32(door.arg[0] + 40),
					 (uint32_t)cases[i].kvm_fd);
		tsmreq_ctx_free(ctx);
	}
}

static void driver_data_travels_by_pointer(void **unused)
{
	uint8_t data[24];
	struct tsmreq_viommu_args args = {.size = sizeof(args), .kvm_fd = -1};
	struct door door = {.id_at = 20, .id = 1};
	struct tsmreq_ctx *ctx = door_ctx(&door, TSMREQ_UAPI_V5);
	struct tsmreq_result ret;
	uint32_t id;

	(void)unused;
	args.data = (struct tsmreq_bytes){data, sizeof(data)};
	assert_int_equal(tsmreq_ctx_alloc_viommu(ctx, &args, &id, &ret), 0);
	assert_int_equal(tsmreq_load_le32(door.arg[0] + 24), sizeof(data));
	assert_int_equal(tsmreq_load_le64(door.arg[0] + 32), (uintptr_t)data);
	args.data.data = NULL;
	assert_int_equal(tsmreq_ctx_alloc_viommu(ctx, &args, &id, &ret), -EINVAL);
	args.data = (struct tsmreq_bytes){data, TSMREQ_LENGTH_MAX + 1};
	assert_int_equal(tsmreq_ctx_alloc_viommu(ctx, &args, &id, &ret), -EMSGSIZE);
	assert_int_equal(door.sends, 1);
	args.data.size = TSMREQ_LENGTH_MAX;
	assert_int_equal(tsmreq_ctx_alloc_viommu(ctx, &args, &id, &ret), 0);
	assert_int_equal(tsmreq_load_le32(door.arg[1] + 24), TSMREQ_LENGTH_MAX);
	tsmreq_ctx_free(ctx);
}

static void what_the_kernel_refused_it_dropped(void **unused)
{
	static const struct {
		enum tsmreq_uapi uapi;
		int error;
		enum tsmreq_outcome viommu, vdevice;
	} cases[] = {
		{TSMREQ_UAPI_V5, EFAULT, TSMREQ_OUTCOME_FAILED, TSMREQ_OUTCOME_FAILED},
		{TSMREQ_UAPI_V5, EEXIST, TSMREQ_OUTCOME_FAILED, TSMREQ_OUTCOME_FAILED},
		{TSMREQ_UAPI_V5, EIO, TSMREQ_OUTCOME_FAILED, TSMREQ_OUTCOME_FAILED},
		/* where allocation binds, a failure may have left the device bound */
		{TSMREQ_UAPI_CCA_V7, EFAULT, TSMREQ_OUTCOME_FAILED, TSMREQ_OUTCOME_UNCERTAIN},
		{TSMREQ_UAPI_CCA_V7, EIO, TSMREQ_OUTCOME_FAILED, TSMREQ_OUTCOME_UNCERTAIN},
		{TSMREQ_UAPI_CCA_V7, EEXIST, TSMREQ_OUTCOME_FAILED, TSMREQ_OUTCOME_FAILED},
		{TSMREQ_UAPI_CCA_V7, ENOENT, TSMREQ_OUTCOME_FAILED, TSMREQ_OUTCOME_FAILED},
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct door door = {.rc = {-cases[i].error, -cases[i].error}};
		struct tsmreq_ctx *ctx = door_ctx(&door, cases[i].uapi);
		struct tsmreq_result ret;

		assert_int_equal(door_call(TSMREQ_VERB_ALLOC_VIOMMU, ctx, NULL, &ret),
				 -cases[i].error);
		assert_int_equal(ret.outcome, cases[i].viommu);
		assert_int_equal(door_call(TSMREQ_VERB_ALLOC_VDEVICE, ctx, NULL, &ret),
				 -cases[i].error);
		assert_int_equal(ret.outcome, cases[i].vdevice);
		tsmreq_ctx_free(ctx);
	}
}

static void a_vdevice_is_named_by_the_guests_id(void **unused)
{
	struct tsmreq_vdevice_args args = {
		.size = sizeof(args), .viommu_id = 3, .dev_id = 2, .virt_id = {0x1234500000100}};
	struct door door = {.id_at = 12, .id = 7};
	struct tsmreq_ctx *ctx = door_ctx(&door, TSMREQ_UAPI_V5);
	struct tsmreq_vdevice_id id = {0};
	struct tsmreq_result ret;

	(void)unused;
	assert_int_equal(tsmreq_ctx_alloc_vdevice(ctx, &args, &id, &ret), 0);
	assert_int_equal(id.raw, 7);
	assert_int_equal(door.cmd[0], ALLOC_VDEVICE);
	assert_int_equal(tsmreq_load_le64(door.arg[0] + 16), 0x1234500000100);
	tsmreq_ctx_free(ctx);
}

static void an_allocation_without_a_name_is_broken(void **unused)
{
	static const struct {
		int rc;
		uint32_t id;
		enum tsmreq_outcome outcome;
	} cases[] = {
		{0, 0, TSMREQ_OUTCOME_UNCERTAIN}, /* it exists: nobody knows its name */
		{1, 7, TSMREQ_OUTCOME_FAILED},	  /* the kernel drops what is not 0 */
	};

	(void)unused;
	for (size_t i = 0; i < 2; i++) {
		struct door door = {
			.rc = {cases[i].rc, cases[i].rc}, .id_at = 20, .id = cases[i].id};
		struct tsmreq_ctx *ctx = door_ctx(&door, TSMREQ_UAPI_V5);
		struct tsmreq_result ret;

		assert_int_equal(door_call(TSMREQ_VERB_ALLOC_VIOMMU, ctx, NULL, &ret), -EBADE);
		assert_int_equal(ret.outcome, cases[i].outcome);
		door.id_at = 12;
		assert_int_equal(door_call(TSMREQ_VERB_ALLOC_VDEVICE, ctx, NULL, &ret), -EBADE);
		assert_int_equal(ret.outcome, cases[i].outcome);
		tsmreq_ctx_free(ctx);
	}
}

static void destroy_sends_the_id_it_is_given(void **unused)
{
	struct door door = {.rc = {-ENOENT, 0, 1}};
	struct tsmreq_ctx *ctx = door_ctx(&door, TSMREQ_UAPI_V5);
	struct tsmreq_result ret;

	(void)unused;
	/* 0 too: the kernel answers */
	assert_int_equal(tsmreq_ctx_destroy(ctx, 0, &ret), -ENOENT);
	assert_result(ret, FAILED, 0, 0);
	assert_int_equal(tsmreq_ctx_destroy(ctx, 0x7fffffff, &ret), 0);
	assert_int_equal(tsmreq_load_le32(door.arg[1] + 4), 0x7fffffff);
	assert_int_equal(tsmreq_ctx_destroy(ctx, 7, &ret), -EBADE);
	assert_result(ret, UNCERTAIN, 0, 0);
	tsmreq_ctx_free(ctx);
}

static void nulls_and_short_structs_are_refused(void **unused)
{
	struct tsmreq_viommu_args viommu = {.size = sizeof(viommu) - 1};
	struct tsmreq_vdevice_args vdevice = {.size = sizeof(vdevice) - 1};
	struct door door = {0};
	struct tsmreq_ctx *ctx = door_ctx(&door, TSMREQ_UAPI_V5);
	struct tsmreq_result ret = dirty_result();
	struct tsmreq_vdevice_id id;
	uint32_t number;

	(void)unused;
	assert_int_equal(tsmreq_ctx_alloc_viommu(ctx, &viommu, &number, NULL), -EINVAL);
	assert_int_equal(tsmreq_ctx_alloc_viommu(NULL, &viommu, &number, &ret), -EINVAL);
	assert_result(ret, NOT_SENT, 0, 0);
	assert_int_equal(tsmreq_ctx_alloc_viommu(ctx, NULL, &number, &ret), -EINVAL);
	assert_int_equal(tsmreq_ctx_alloc_viommu(ctx, &viommu, NULL, &ret), -EINVAL);
	assert_int_equal(tsmreq_ctx_alloc_viommu(ctx, &viommu, &number, &ret), -EINVAL);
	assert_int_equal(tsmreq_ctx_alloc_vdevice(ctx, &vdevice, &id, NULL), -EINVAL);
	ret = dirty_result();
	assert_int_equal(tsmreq_ctx_alloc_vdevice(NULL, &vdevice, &id, &ret), -EINVAL);
	assert_result(ret, NOT_SENT, 0, 0);
	assert_int_equal(tsmreq_ctx_alloc_vdevice(ctx, NULL, &id, &ret), -EINVAL);
	assert_int_equal(tsmreq_ctx_alloc_vdevice(ctx, &vdevice, NULL, &ret), -EINVAL);
	assert_int_equal(tsmreq_ctx_alloc_vdevice(ctx, &vdevice, &id, &ret), -EINVAL);
	assert_int_equal(tsmreq_ctx_destroy(ctx, 7, NULL), -EINVAL);
	ret = dirty_result();
	assert_int_equal(tsmreq_ctx_destroy(NULL, 7, &ret), -EINVAL);
	assert_result(ret, NOT_SENT, 0, 0);
	assert_int_equal(door.sends, 0);
	tsmreq_ctx_free(ctx);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_viommu_takes_the_vm_where_the_row_does),
		cmocka_unit_test(driver_data_travels_by_pointer),
		cmocka_unit_test(what_the_kernel_refused_it_dropped),
		cmocka_unit_test(a_vdevice_is_named_by_the_guests_id),
		cmocka_unit_test(an_allocation_without_a_name_is_broken),
		cmocka_unit_test(destroy_sends_the_id_it_is_given),
		cmocka_unit_test(nulls_and_short_structs_are_refused),
	};

	return cmocka_run_group_tests_name("core/alloc", tests, NULL, NULL);
}
