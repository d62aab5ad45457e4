/* SPDX-License-Identifier: MIT */
#include "door.h"

static const struct tsmreq_mmio_range good = {
	.guest_base = {0x4000}, .guest_top = 0x8000, .host_base = 0x9000, .vcpu_fd = -1};

static void a_range_is_checked_before_it_is_sent(void **unused)
{
	static const struct {
		uint64_t base, top, host;
		uint32_t reserved;
		int want;
	} cases[] = {
		{0x4000, 0x8000, 0x9000, 0, 0},
		{0, 0x1000, 0, 0, 0},
		{0x4000, 0x4000, 0x9000, 0, -EINVAL}, /* empty */
		{0x8000, 0x4000, 0x9000, 0, -EINVAL}, /* the wrong way round */
		{0x4001, 0x8000, 0x9000, 0, -EINVAL},
		{0x4000, 0x8800, 0x9000, 0, -EINVAL},
		{0x4000, 0x8000, 0x9200, 0, -EINVAL},
		{0x4000, 0x8000, 0x9000, 1, -EINVAL},
		{0, 0x2000, 0xfffffffffffff000, 0, -EINVAL}, /* the host's end wraps */
		{0, 0x1000, 0xffffffffffffe000, 0, 0},
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tsmreq_mmio_range range = {.guest_base = {cases[i].base},
						  .guest_top = cases[i].top,
						  .host_base = cases[i].host,
						  .reserved = cases[i].reserved};
		struct door door = {0};
		struct tsmreq_vdev *vdev =
			door_vdev(&door, TSMREQ_UAPI_CCA_V7, TSMREQ_ARCH_CCA, TSMREQ_TDI_LOCKED, 0);
		struct tsmreq_result ret = dirty_result();

		assert_int_equal(tsmreq_vdev_validate_mmio(vdev, &range, &ret), cases[i].want);
		assert_int_equal(door.sends, cases[i].want == 0);
		tsmreq_vdev_free(vdev);
	}
}

static void einval_of_a_validation_may_be_half_a_validation(void **unused)
{
	struct door door = {.rc = {-EINVAL}};
	struct tsmreq_vdev *vdev =
		door_vdev(&door, TSMREQ_UAPI_CCA_V7, TSMREQ_ARCH_CCA, TSMREQ_TDI_LOCKED, 0);
	struct tsmreq_result ret;

	(void)unused;
	assert_int_equal(tsmreq_vdev_validate_mmio(vdev, &good, &ret), -EINVAL);
	assert_result(ret, UNCERTAIN, 0, 0);
	/* a refresh holds nothing */
	assert_false(tsmreq_vdev_is_uncertain(vdev));
	tsmreq_vdev_free(vdev);
}

static void only_v2_wants_the_vcpu_and_it_insists(void **unused)
{
	struct tsmreq_mmio_range with_vcpu = good;
	struct door v2 = {0}, v5 = {0};
	struct tsmreq_vdev *vdev;
	struct tsmreq_result ret;

	(void)unused;
	with_vcpu.vcpu_fd = 0;
	vdev = door_vdev(&v2, TSMREQ_UAPI_V2, TSMREQ_ARCH_CCA, TSMREQ_TDI_LOCKED, 0);
	assert_int_equal(tsmreq_vdev_validate_mmio(vdev, &good, &ret), -EINVAL);
	assert_int_equal(v2.sends, 0);
	assert_int_equal(tsmreq_vdev_validate_mmio(vdev, &with_vcpu, &ret), 0);
	assert_int_equal(tsmreq_vdev_request(vdev, -1, &ret), -EINVAL);
	assert_int_equal(tsmreq_vdev_request(vdev, 23, &ret), 0);
	assert_int_equal(v2.sends, 2);
	tsmreq_vdev_free(vdev);

	vdev = door_vdev(&v5, TSMREQ_UAPI_V5, TSMREQ_ARCH_CCA, TSMREQ_TDI_LOCKED, 0);
	assert_int_equal(tsmreq_vdev_validate_mmio(vdev, &good, &ret), 0);
	assert_int_equal(tsmreq_vdev_request(vdev, 23, &ret), -EOPNOTSUPP);
	assert_int_equal(v5.sends, 1);
	tsmreq_vdev_free(vdev);
}

static void a_failed_lookup_is_never_sent_again(void **unused)
{
	struct door door = {.rc = {-EINTR, 0}};
	struct tsmreq_vdev *vdev =
		door_vdev(&door, TSMREQ_UAPI_V2, TSMREQ_ARCH_CCA, TSMREQ_TDI_LOCKED, 0);
	struct tsmreq_result ret;

	(void)unused;
	assert_int_equal(tsmreq_vdev_request(vdev, 23, &ret), -EINTR);
	assert_int_equal(door.sends, 1);
	tsmreq_vdev_free(vdev);
}

static void sev_and_tdx_do_not_validate_by_range(void **unused)
{
	(void)unused;
	for (int arch = TSMREQ_ARCH_SEV; arch <= TSMREQ_ARCH_TDX; arch++) {
		struct door door = {0};
		struct tsmreq_vdev *vdev = door_vdev(&door, TSMREQ_UAPI_CCA_V7,
						     (enum tsmreq_arch)arch, TSMREQ_TDI_LOCKED, 0);
		struct tsmreq_result ret;

		assert_int_equal(tsmreq_vdev_validate_mmio(vdev, &good, &ret), -EOPNOTSUPP);
		assert_int_equal(tsmreq_vdev_request(vdev, 23, &ret), -EOPNOTSUPP);
		assert_int_equal(door.sends, 0);
		tsmreq_vdev_free(vdev);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_range_is_checked_before_it_is_sent),
		cmocka_unit_test(einval_of_a_validation_may_be_half_a_validation),
		cmocka_unit_test(only_v2_wants_the_vcpu_and_it_insists),
		cmocka_unit_test(a_failed_lookup_is_never_sent_again),
		cmocka_unit_test(sev_and_tdx_do_not_validate_by_range),
	};

	return cmocka_run_group_tests_name("core/mmio", tests, NULL, NULL);
}
