/* SPDX-License-Identifier: MIT */
#include "door.h"

#define REPORT TSMREQ_OBJECT_INTERFACE_REPORT

static struct tsmreq_vdev *new_vdev(struct door *door)
{
	return door_vdev(door, TSMREQ_UAPI_CCA_V7, TSMREQ_ARCH_CCA, TSMREQ_TDI_LOCKED, 0);
}

static void a_size_is_1_to_16_mib(void **unused)
{
	static const struct {
		uint8_t answer[4];
		int rc, want;
		uint32_t size;
		enum tsmreq_outcome outcome;
	} cases[] = {
		{{0x40, 0x01, 0, 0}, 0, 0, 0x140, TSMREQ_OUTCOME_COMPLETED},
		{{1, 0, 0, 0}, 0, 0, 1, TSMREQ_OUTCOME_COMPLETED},
		{{0, 0, 0, 1}, 0, 0, 0x1000000, TSMREQ_OUTCOME_COMPLETED},
		/* cached, and empty: the kernel answers 0 and writes nothing */
		{{0}, 0, -ENODATA, 0, TSMREQ_OUTCOME_COMPLETED},
		{{0}, 4, -ENODATA, 0, TSMREQ_OUTCOME_COMPLETED},
		/* larger than any object, and told all the same */
		{{1, 0, 0, 1}, 0, -EBADE, 0x1000001, TSMREQ_OUTCOME_FAILED},
		{{0xff, 0xff, 0xff, 0xff}, 0, -EBADE, 0xffffffff, TSMREQ_OUTCOME_FAILED},
		/* part of a size is no size */
		{{0x40, 0x01, 0, 0}, 2, -EBADE, 0, TSMREQ_OUTCOME_FAILED},
		{{0x40, 0x01, 0, 0}, 5, -EBADE, 0, TSMREQ_OUTCOME_FAILED},
		{{0}, -EINVAL, -EINVAL, 0, TSMREQ_OUTCOME_FAILED},
		{{0}, -ENXIO, -ENXIO, 0, TSMREQ_OUTCOME_FAILED},
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct door door = {
			.rc = {cases[i].rc}, .answer = cases[i].answer, .answer_size = 4};
		struct tsmreq_vdev *vdev = new_vdev(&door);
		struct tsmreq_result ret = dirty_result();
		uint32_t size = 0xdead;

		assert_int_equal(tsmreq_vdev_get_object_size(vdev, REPORT, &size, &ret),
				 cases[i].want);
		assert_int_equal(size, cases[i].size);
		assert_int_equal(ret.outcome, cases[i].outcome);
		/* exactly 4 bytes are offered */
		assert_int_equal(tsmreq_load_le32(door.arg[0] + 20), 4);
		tsmreq_vdev_free(vdev);
	}
}

static void a_read_takes_the_whole_object_from_its_start(void **unused)
{
	uint8_t object[] = {1, 2, 3, 4, 5}, room[8];
	struct tsmreq_buffer dst = {.data = room, .capacity = sizeof(room), .size = 99};
	struct door door = {.rc = {3}, .answer = object, .answer_size = sizeof(object)};
	struct tsmreq_vdev *vdev = new_vdev(&door);
	struct tsmreq_result ret = dirty_result();

	(void)unused;
	assert_int_equal(tsmreq_vdev_read_object(vdev, REPORT, 0, &dst, &ret), 0);
	assert_int_equal(dst.size, 5);
	assert_memory_equal(room, object, 5);
	assert_result(ret, COMPLETED, 0, 3);
	assert_int_equal(tsmreq_load_le64(door.req[0] + 8), 0);
	assert_int_equal(tsmreq_load_le32(door.arg[0] + 20), 8);
	tsmreq_vdev_free(vdev);
}

/* what a failed read leaves behind must be nothing: it may be copied to a guest by mistake */
static void a_failed_read_leaves_zeros(void **unused)
{
	static const struct {
		int rc, want;
		uint32_t expect;
		enum tsmreq_outcome outcome;
	} cases[] = {
		{-EIO, -EIO, 0, TSMREQ_OUTCOME_FAILED},
		{-E2BIG, -E2BIG, 0, TSMREQ_OUTCOME_FAILED},
		/* shrunk, and grown, since its size was asked */
		{3, -EBADE, 8, TSMREQ_OUTCOME_FAILED},
		{0, -EBADE, 5, TSMREQ_OUTCOME_FAILED},
		{9, -EBADE, 0, TSMREQ_OUTCOME_FAILED},
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint8_t object[] = {1, 2, 3, 4, 5}, room[8], zeros[8] = {0};
		struct tsmreq_buffer dst = {.data = room, .capacity = sizeof(room), .size = 99};
		struct door door = {
			.rc = {cases[i].rc}, .answer = object, .answer_size = sizeof(object)};
		struct tsmreq_vdev *vdev = new_vdev(&door);
		struct tsmreq_result ret = dirty_result();

		memset(room, 0xa5, sizeof(room));
		assert_int_equal(tsmreq_vdev_read_object(vdev, REPORT, cases[i].expect, &dst, &ret),
				 cases[i].want);
		assert_int_equal(ret.outcome, cases[i].outcome);
		assert_int_equal(dst.size, 0);
		assert_memory_equal(room, zeros, sizeof(room));
		tsmreq_vdev_free(vdev);
	}
}

static void an_object_that_was_not_written_has_no_bytes(void **unused)
{
	static const int residues[] = {0, 8};

	(void)unused;
	for (size_t i = 0; i < 2; i++) {
		uint8_t room[8];
		struct tsmreq_buffer dst = {.data = room, .capacity = sizeof(room)};
		struct door door = {.rc = {residues[i]}};
		struct tsmreq_vdev *vdev = new_vdev(&door);
		struct tsmreq_result ret;

		memset(room, 0xa5, sizeof(room));
		assert_int_equal(tsmreq_vdev_read_object(vdev, REPORT, 0, &dst, &ret), -ENODATA);
		assert_int_equal(ret.outcome, TSMREQ_OUTCOME_COMPLETED);
		assert_int_equal(dst.size, 0);
		tsmreq_vdev_free(vdev);
	}
}

static void bad_rooms_are_refused_unsent(void **unused)
{
	uint8_t room[8] = {0xa5};
	struct door door = {0};
	struct tsmreq_vdev *vdev = new_vdev(&door);
	struct tsmreq_buffer none = {.data = NULL, .capacity = 8};
	struct tsmreq_buffer empty = {.data = room, .capacity = 0, .size = 9};
	struct tsmreq_buffer huge = {.data = room, .capacity = TSMREQ_LENGTH_MAX + 1, .size = 9};
	struct tsmreq_buffer good = {.data = room, .capacity = 8};
	struct tsmreq_result ret = dirty_result();
	uint32_t size;

	(void)unused;
	assert_int_equal(tsmreq_vdev_read_object(vdev, REPORT, 0, NULL, &ret), -EINVAL);
	assert_int_equal(tsmreq_vdev_read_object(vdev, REPORT, 0, &none, &ret), -EINVAL);
	assert_int_equal(tsmreq_vdev_read_object(vdev, REPORT, 0, &empty, &ret), -EINVAL);
	assert_int_equal(tsmreq_vdev_read_object(vdev, REPORT, 0, &huge, &ret), -EMSGSIZE);
	assert_int_equal(huge.size, 0);
	assert_int_equal(tsmreq_vdev_read_object(vdev, REPORT, 9, &good, &ret), -EINVAL);
	assert_int_equal(tsmreq_vdev_read_object(vdev, (enum tsmreq_object)4, 0, &good, &ret),
			 -EINVAL);
	assert_int_equal(tsmreq_vdev_read_object(vdev, (enum tsmreq_object) - 1, 0, &good, &ret),
			 -EINVAL);
	assert_int_equal(tsmreq_vdev_get_object_size(vdev, (enum tsmreq_object)4, &size, &ret),
			 -EINVAL);
	assert_int_equal(tsmreq_vdev_get_object_size(vdev, REPORT, NULL, &ret), -EINVAL);
	assert_result(ret, NOT_SENT, 0, 0);
	assert_int_equal(door.sends, 0);
	/* nothing was sent, so nothing was touched */
	assert_int_equal(room[0], 0xa5);
	tsmreq_vdev_free(vdev);
}

static void a_code_beside_an_object_is_the_tsms_no(void **unused)
{
	uint8_t object[8] = {1}, room[8];
	struct tsmreq_buffer dst = {.data = room, .capacity = sizeof(room)};
	struct door door = {.code = 5, .answer = object, .answer_size = 8};
	struct tsmreq_vdev *vdev = new_vdev(&door);
	struct tsmreq_result ret;

	(void)unused;
	assert_int_equal(tsmreq_vdev_read_object(vdev, REPORT, 0, &dst, &ret), -EREMOTEIO);
	assert_result(ret, COMPLETED, 5, 0);
	/* what it gave along is kept apart, too */
	assert_int_equal(dst.size, 8);
	assert_memory_equal(room, object, 8);
	/* a read holds nothing, whatever it says */
	assert_false(tsmreq_vdev_is_uncertain(vdev));
	tsmreq_vdev_free(vdev);
}

static void a_code_beside_a_size_is_the_tsms_no(void **unused)
{
	static const uint8_t answers[2][4] = {{0x40, 1, 0, 0}, {0}};

	(void)unused;
	for (size_t i = 0; i < 2; i++) {
		struct door door = {.code = 5, .answer = answers[i], .answer_size = 4};
		struct tsmreq_vdev *vdev = new_vdev(&door);
		struct tsmreq_result ret;
		uint32_t size = 9;

		assert_int_equal(tsmreq_vdev_get_object_size(vdev, REPORT, &size, &ret),
				 -EREMOTEIO);
		assert_result(ret, COMPLETED, 5, 0);
		assert_int_equal(size, i ? 0 : 0x140);
		tsmreq_vdev_free(vdev);
	}
}

/* zeros that were written are bytes: the residue proves that something was */
static void an_object_of_zeros_is_an_object(void **unused)
{
	static const uint8_t object[4];
	uint8_t room[8];
	struct tsmreq_buffer dst = {.data = room, .capacity = sizeof(room)};
	struct door door = {.rc = {4}, .answer = object, .answer_size = 4};
	struct tsmreq_vdev *vdev = new_vdev(&door);
	struct tsmreq_result ret;

	(void)unused;
	assert_int_equal(tsmreq_vdev_read_object(vdev, REPORT, 0, &dst, &ret), 0);
	assert_int_equal(dst.size, 4);
	tsmreq_vdev_free(vdev);
}

static void regenerate_knows_its_arguments(void **unused)
{
	const struct tsmreq_bytes none = {NULL, 0}, good = {door_nonce, 32};
	const struct tsmreq_bytes shorter = {door_nonce, 31}, longer = {door_nonce, 33};
	const struct tsmreq_bytes lost = {NULL, 32};
	const struct {
		enum tsmreq_object object;
		uint32_t flags;
		struct tsmreq_bytes nonce;
		int want;
	} cases[] = {
		{TSMREQ_OBJECT_MEASUREMENTS, 0, good, 0},
		{TSMREQ_OBJECT_MEASUREMENTS, 1, good, 0},
		{TSMREQ_OBJECT_MEASUREMENTS, 2, good, -EINVAL},
		{TSMREQ_OBJECT_MEASUREMENTS, 0, none, -EINVAL},
		{TSMREQ_OBJECT_MEASUREMENTS, 0, lost, -EINVAL},
		{TSMREQ_OBJECT_MEASUREMENTS, 0, shorter, -EINVAL},
		{TSMREQ_OBJECT_MEASUREMENTS, 0, longer, -EINVAL},
		{REPORT, 0, none, 0},
		{REPORT, 1, none, -EINVAL},
		{REPORT, 0, good, -EINVAL},
		{REPORT, 0, lost, -EINVAL},
		{TSMREQ_OBJECT_CERTIFICATE, 0, none, -EOPNOTSUPP},
		{TSMREQ_OBJECT_VCA, 0, none, -EOPNOTSUPP},
		{(enum tsmreq_object)4, 0, none, -EINVAL},
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct door door = {0};
		struct tsmreq_vdev *vdev = new_vdev(&door);
		struct tsmreq_result ret = dirty_result();

		assert_int_equal(tsmreq_vdev_regenerate_object(vdev, cases[i].object,
							       cases[i].flags, cases[i].nonce,
							       &ret),
				 cases[i].want);
		assert_int_equal(door.sends, cases[i].want == 0);
		tsmreq_vdev_free(vdev);
	}
}

static void flags_of_any_kind_travel_where_the_quirk_says_so(void **unused)
{
	const uint8_t nonce[TSMREQ_NONCE_SIZE] = {0};
	const struct tsmreq_bytes good = {nonce, sizeof(nonce)};
	const struct tsmreq_vdev_opts opts = {.size = sizeof(opts),
					      .quirks = TSMREQ_QUIRK_REGEN_FLAGS};
	struct door door = {0};
	struct tsmreq_ctx *ctx = door_ctx(&door, TSMREQ_UAPI_CCA_V7);
	struct tsmreq_vdev *vdev = NULL;
	struct tsmreq_result ret = dirty_result();

	(void)unused;
	assert_int_equal(tsmreq_vdev_new(&vdev, ctx, (struct tsmreq_vdevice_id){7}, TSMREQ_ARCH_CCA,
					 &opts),
			 0);
	assert_int_equal(tsmreq_vdev_regenerate_object(vdev, TSMREQ_OBJECT_MEASUREMENTS,
						       0x8000000000000002u, good, &ret),
			 0);
	assert_int_equal(door.sends, 1);
	tsmreq_vdev_free(vdev);
	tsmreq_ctx_free(ctx);
}

static void a_failed_regenerate_is_unsure_and_holds_nothing(void **unused)
{
	struct door door = {.rc = {-ENXIO}};
	struct tsmreq_vdev *vdev = new_vdev(&door);
	struct tsmreq_bytes none = {NULL, 0};
	struct tsmreq_result ret;

	(void)unused;
	assert_int_equal(tsmreq_vdev_regenerate_object(vdev, REPORT, 0, none, &ret), -ENXIO);
	assert_result(ret, UNCERTAIN, 0, 0);
	assert_false(tsmreq_vdev_is_uncertain(vdev));
	assert_int_equal(tsmreq_vdev_get_state(vdev), TSMREQ_TDI_LOCKED);
	tsmreq_vdev_free(vdev);
}

static void rows_without_objects_refuse_them(void **unused)
{
	static const struct {
		enum tsmreq_uapi uapi;
		enum tsmreq_arch arch;
	} cases[] = {
		{TSMREQ_UAPI_V6_LIKE, TSMREQ_ARCH_CCA},
		{TSMREQ_UAPI_V6_LIKE, TSMREQ_ARCH_TDX},
		{TSMREQ_UAPI_V5, TSMREQ_ARCH_TDX},
		{TSMREQ_UAPI_CCA_V7, TSMREQ_ARCH_SEV},
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct door door = {0};
		struct tsmreq_vdev *vdev =
			door_vdev(&door, cases[i].uapi, cases[i].arch, TSMREQ_TDI_LOCKED, 0);
		struct tsmreq_result ret;

		assert_int_equal(door_call(TSMREQ_VERB_OBJECT_SIZE, NULL, vdev, &ret), -EOPNOTSUPP);
		assert_int_equal(door_call(TSMREQ_VERB_READ_OBJECT, NULL, vdev, &ret), -EOPNOTSUPP);
		assert_int_equal(door_call(TSMREQ_VERB_REGENERATE, NULL, vdev, &ret), -EOPNOTSUPP);
		assert_result(ret, NOT_SENT, 0, 0);
		assert_int_equal(door.sends, 0);
		tsmreq_vdev_free(vdev);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_size_is_1_to_16_mib),
		cmocka_unit_test(a_read_takes_the_whole_object_from_its_start),
		cmocka_unit_test(a_failed_read_leaves_zeros),
		cmocka_unit_test(an_object_that_was_not_written_has_no_bytes),
		cmocka_unit_test(bad_rooms_are_refused_unsent),
		cmocka_unit_test(a_code_beside_an_object_is_the_tsms_no),
		cmocka_unit_test(a_code_beside_a_size_is_the_tsms_no),
		cmocka_unit_test(an_object_of_zeros_is_an_object),
		cmocka_unit_test(regenerate_knows_its_arguments),
		cmocka_unit_test(flags_of_any_kind_travel_where_the_quirk_says_so),
		cmocka_unit_test(a_failed_regenerate_is_unsure_and_holds_nothing),
		cmocka_unit_test(rows_without_objects_refuse_them),
	};

	return cmocka_run_group_tests_name("core/object", tests, NULL, NULL);
}
