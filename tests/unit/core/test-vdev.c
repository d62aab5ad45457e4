/* SPDX-License-Identifier: MIT */
#include "door.h"

/* The handle itself: making, freeing, one call at a time, the hold's end. */

static void bad_arguments_make_no_handle(void **unused)
{
	const struct tsmreq_vdevice_id id = {7};
	struct tsmreq_vdev_opts opts = {.size = sizeof(opts)};
	struct door door = {0};
	struct tsmreq_ctx *ctx = door_ctx(&door, TSMREQ_UAPI_CCA_V7);
	struct tsmreq_vdev *vdev = NULL;

	(void)unused;
	assert_int_equal(tsmreq_vdev_new(NULL, ctx, id, TSMREQ_ARCH_CCA, NULL), -EINVAL);
	assert_int_equal(tsmreq_vdev_new(&vdev, NULL, id, TSMREQ_ARCH_CCA, NULL), -EINVAL);
	assert_int_equal(tsmreq_vdev_new(&vdev, ctx, id, (enum tsmreq_arch)0, NULL), -EINVAL);
	assert_int_equal(tsmreq_vdev_new(&vdev, ctx, id, (enum tsmreq_arch)4, NULL), -EINVAL);
	opts.size = sizeof(opts) - 1;
	assert_int_equal(tsmreq_vdev_new(&vdev, ctx, id, TSMREQ_ARCH_CCA, &opts), -EINVAL);
	opts.size = sizeof(opts);
	opts.initial_state = (enum tsmreq_tdi_state)5;
	assert_int_equal(tsmreq_vdev_new(&vdev, ctx, id, TSMREQ_ARCH_CCA, &opts), -EINVAL);
	opts.initial_state = TSMREQ_TDI_UNLOCKED;
	opts.quirks = 0x40;
	assert_int_equal(tsmreq_vdev_new(&vdev, ctx, id, TSMREQ_ARCH_CCA, &opts), -EINVAL);
	opts.quirks = TSMREQ_QUIRK_PAYLOAD_MARCH | TSMREQ_QUIRK_PAYLOAD_APRIL;
	assert_int_equal(tsmreq_vdev_new(&vdev, ctx, id, TSMREQ_ARCH_CCA, &opts), -EINVAL);
	opts.quirks = TSMREQ_QUIRK_VCA_IS_4 | TSMREQ_QUIRK_VCA_IS_0;
	assert_int_equal(tsmreq_vdev_new(&vdev, ctx, id, TSMREQ_ARCH_CCA, &opts), -EINVAL);
	assert_null(vdev);
	assert_int_equal(door.sends, 0);
	tsmreq_ctx_free(ctx);
}

/* All of them, but for two that contradict each other. */
static void quirks_may_be_combined(void **unused)
{
	struct door door = {0};
	struct tsmreq_ctx *ctx = door_ctx(&door, TSMREQ_UAPI_V5);
	const uint32_t set = TSMREQ_QUIRK_PAYLOAD_MARCH | TSMREQ_QUIRK_PAYLOAD_APRIL;
	const uint32_t vca = TSMREQ_QUIRK_VCA_IS_4 | TSMREQ_QUIRK_VCA_IS_0;
	unsigned int made = 0;

	(void)unused;
	for (uint32_t quirks = 0; quirks < 0x20; quirks++) {
		struct tsmreq_vdev_opts opts = {.size = sizeof(opts), .quirks = quirks};
		bool contradict = (quirks & set) == set || (quirks & vca) == vca;
		struct tsmreq_vdev *vdev = NULL;

		assert_int_equal(tsmreq_vdev_new(&vdev, ctx, (struct tsmreq_vdevice_id){7},
						 TSMREQ_ARCH_CCA, &opts),
				 contradict ? -EINVAL : 0);
		made += vdev != NULL;
		tsmreq_vdev_free(vdev);
	}
	assert_int_equal(made, 18);
	tsmreq_ctx_free(ctx);
}

static void a_longer_options_struct_may_only_end_in_zeros(void **unused)
{
	struct {
		struct tsmreq_vdev_opts opts;
		uint8_t tail[8];
	} newer = {.opts = {.size = sizeof(newer)}};
	struct door door = {0};
	struct tsmreq_ctx *ctx = door_ctx(&door, TSMREQ_UAPI_CCA_V7);
	struct tsmreq_vdev *vdev = NULL;

	(void)unused;
	newer.tail[7] = 1;
	assert_int_equal(tsmreq_vdev_new(&vdev, ctx, (struct tsmreq_vdevice_id){7}, TSMREQ_ARCH_CCA,
					 &newer.opts),
			 -E2BIG);
	newer.tail[7] = 0;
	assert_int_equal(tsmreq_vdev_new(&vdev, ctx, (struct tsmreq_vdevice_id){7}, TSMREQ_ARCH_CCA,
					 &newer.opts),
			 0);
	tsmreq_vdev_free(vdev);
	tsmreq_ctx_free(ctx);
}

static void a_handle_tells_what_it_is(void **unused)
{
	struct door door = {0};
	struct tsmreq_vdev *vdev =
		door_vdev(&door, TSMREQ_UAPI_CCA_V7, TSMREQ_ARCH_TDX, TSMREQ_TDI_RUN, 0);

	(void)unused;
	assert_int_equal(tsmreq_vdev_get_id(vdev).raw, 7);
	assert_int_equal(tsmreq_vdev_get_arch(vdev), TSMREQ_ARCH_TDX);
	assert_int_equal(tsmreq_vdev_get_state(vdev), TSMREQ_TDI_RUN);
	assert_false(tsmreq_vdev_is_uncertain(vdev));
	tsmreq_vdev_freep(&vdev);
	assert_null(vdev);
	assert_null(tsmreq_vdev_free(NULL));
	/* freeing a handle sends nothing */
	assert_int_equal(door.sends, 0);
}

static void the_order_of_two_frees_cannot_be_wrong(void **unused)
{
	struct door door = {0};
	struct tsmreq_vdev *vdev = /* its context is freed already */
		door_vdev(&door, TSMREQ_UAPI_CCA_V7, TSMREQ_ARCH_CCA, TSMREQ_TDI_LOCKED, 0);
	struct tsmreq_result ret;

	(void)unused;
	assert_int_equal(door.released, 0);
	assert_int_equal(tsmreq_vdev_run(vdev, &ret), 0);
	tsmreq_vdev_free(vdev);
	assert_int_equal(door.released, 1);
}

static void a_null_is_refused(void **unused)
{
	struct door door = {0};
	struct tsmreq_vdev *vdev =
		door_vdev(&door, TSMREQ_UAPI_JUNE, TSMREQ_ARCH_CCA, TSMREQ_TDI_LOCKED, 0);
	struct tsmreq_result ret = dirty_result();

	(void)unused;
	assert_int_equal(tsmreq_vdev_run(vdev, NULL), -EINVAL);
	assert_int_equal(tsmreq_vdev_run(NULL, &ret), -EINVAL);
	assert_result(ret, NOT_SENT, 0, 0);
	assert_int_equal(door.sends, 0);
	tsmreq_vdev_free(vdev);
}

struct second {
	struct tsmreq_vdev *vdev;
	enum tsmreq_verb verb;
};

static void call_again(void *arg)
{
	struct second *second = arg;
	struct tsmreq_result ret = dirty_result();

	assert_int_equal(door_call(second->verb, NULL, second->vdev, &ret), -EBUSY);
	assert_result(ret, NOT_SENT, 0, 0);
	assert_int_equal(tsmreq_vdev_clear_uncertain(second->vdev, TSMREQ_TDI_RUN), -EBUSY);
	/* looking is always allowed */
	assert_int_equal(tsmreq_vdev_get_state(second->vdev), TSMREQ_TDI_LOCKED);
	assert_false(tsmreq_vdev_is_uncertain(second->vdev));
}

static void a_second_caller_is_busy_at_once_whatever_it_calls(void **unused)
{
	static const enum tsmreq_verb verbs[] = {
		TSMREQ_VERB_BIND,	   TSMREQ_VERB_UNBIND,	     TSMREQ_VERB_SET_TDI_STATE,
		TSMREQ_VERB_VALIDATE_MMIO, TSMREQ_VERB_VDEV_REQUEST, TSMREQ_VERB_OBJECT_SIZE,
		TSMREQ_VERB_READ_OBJECT,   TSMREQ_VERB_REGENERATE,   TSMREQ_VERB_SEV_SET_DMA,
		TSMREQ_VERB_GUEST_REQ,	   TSMREQ_VERB_DESTROY,
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		struct second second = {.verb = verbs[i]};
		struct door door = {.during = call_again, .during_arg = &second};
		struct tsmreq_result ret;

		second.vdev =
			door_vdev(&door, TSMREQ_UAPI_JUNE, TSMREQ_ARCH_CCA, TSMREQ_TDI_LOCKED, 0);
		assert_int_equal(tsmreq_vdev_run(second.vdev, &ret), 0);
		assert_int_equal(door.sends, 1);
		/* and it is free again */
		door.during = NULL;
		assert_int_equal(tsmreq_vdev_unlock(second.vdev, &ret), 0);
		tsmreq_vdev_free(second.vdev);
	}
}

static void every_refusal_gives_the_handle_back(void **unused)
{
	struct door door = {0};
	struct tsmreq_vdev *vdev =
		door_vdev(&door, TSMREQ_UAPI_CCA_V7, TSMREQ_ARCH_CCA, TSMREQ_TDI_LOCKED, 0);
	struct tsmreq_result ret;

	(void)unused;
	assert_int_equal(tsmreq_vdev_unbind(vdev, &ret), -EOPNOTSUPP);
	assert_int_equal(tsmreq_vdev_request(vdev, 3, &ret), -EOPNOTSUPP);
	assert_int_equal(tsmreq_vdev_validate_mmio(vdev, NULL, &ret), -EINVAL);
	assert_int_equal(tsmreq_vdev_clear_uncertain(vdev, TSMREQ_TDI_UNKNOWN), -EINVAL);
	assert_int_equal(tsmreq_vdev_run(vdev, &ret), 0);
	tsmreq_vdev_free(vdev);
}

static void the_hold_is_lifted_with_a_state_that_was_seen(void **unused)
{
	static const int refused[] = {TSMREQ_TDI_UNKNOWN, 5, -1};
	struct door door = {0};
	struct tsmreq_vdev *vdev =
		door_vdev(&door, TSMREQ_UAPI_CCA_V7, TSMREQ_ARCH_CCA, TSMREQ_TDI_UNKNOWN, 0);

	(void)unused;
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(tsmreq_vdev_clear_uncertain(vdev,
							     (enum tsmreq_tdi_state)refused[i]),
				 -EINVAL);
		assert_true(tsmreq_vdev_is_uncertain(vdev));
	}
	assert_int_equal(tsmreq_vdev_clear_uncertain(vdev, TSMREQ_TDI_ERROR), 0);
	assert_false(tsmreq_vdev_is_uncertain(vdev));
	assert_int_equal(tsmreq_vdev_get_state(vdev), TSMREQ_TDI_ERROR);
	assert_int_equal(tsmreq_vdev_clear_uncertain(NULL, TSMREQ_TDI_RUN), -EINVAL);
	tsmreq_vdev_free(vdev);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bad_arguments_make_no_handle),
		cmocka_unit_test(quirks_may_be_combined),
		cmocka_unit_test(a_longer_options_struct_may_only_end_in_zeros),
		cmocka_unit_test(a_handle_tells_what_it_is),
		cmocka_unit_test(the_order_of_two_frees_cannot_be_wrong),
		cmocka_unit_test(a_null_is_refused),
		cmocka_unit_test(a_second_caller_is_busy_at_once_whatever_it_calls),
		cmocka_unit_test(every_refusal_gives_the_handle_back),
		cmocka_unit_test(the_hold_is_lifted_with_a_state_that_was_seen),
	};

	return cmocka_run_group_tests_name("core/vdev", tests, NULL, NULL);
}
