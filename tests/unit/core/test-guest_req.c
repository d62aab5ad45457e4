/* SPDX-License-Identifier: MIT */
#include "door.h"

/* The caller's own bytes: what is looked at, and what is not. */

static const uint8_t zeros[16];

static struct tsmreq_vdev *new_vdev(struct door *door, enum tsmreq_arch arch,
				    enum tsmreq_tdi_state state)
{
	return door_vdev(door, TSMREQ_UAPI_CCA_V7, arch, state, 0);
}

static void the_architecture_must_be_the_handles(void **unused)
{
	struct tsmreq_bytes request = {zeros, 4};
	struct door door = {0};
	struct tsmreq_vdev *vdev = new_vdev(&door, TSMREQ_ARCH_CCA, TSMREQ_TDI_LOCKED);
	struct tsmreq_result ret = dirty_result();

	(void)unused;
	for (int arch = -1; arch < 5; arch++) {
		if (arch == TSMREQ_ARCH_CCA)
			continue;
		assert_int_equal(tsmreq_vdev_guest_req(vdev, TSMREQ_OP_SET_TDI_STATE,
						       (enum tsmreq_arch)arch, request, NULL, &ret),
				 -EINVAL);
		assert_result(ret, NOT_SENT, 0, 0);
	}
	assert_int_equal(door.sends, 0);
	tsmreq_vdev_free(vdev);
}

static void lengths_without_bytes_are_refused(void **unused)
{
	struct tsmreq_bytes lost = {NULL, 4}, good = {zeros, 4}, byte = {NULL, 1};
	struct tsmreq_buffer nowhere = {.data = NULL, .capacity = 4, .size = 9};
	struct door door = {0};
	struct tsmreq_vdev *vdev = new_vdev(&door, TSMREQ_ARCH_CCA, TSMREQ_TDI_LOCKED);
	struct tsmreq_result ret;

	(void)unused;
	assert_int_equal(tsmreq_vdev_guest_req(vdev, TSMREQ_OP_OBJECT_INFO, TSMREQ_ARCH_CCA, lost,
					       NULL, &ret),
			 -EINVAL);
	assert_int_equal(tsmreq_vdev_guest_req(vdev, TSMREQ_OP_OBJECT_INFO, TSMREQ_ARCH_CCA, good,
					       &nowhere, &ret),
			 -EINVAL);
	assert_int_equal(nowhere.size, 0);
	assert_int_equal(tsmreq_vdev_guest_req(vdev, TSMREQ_OP_OBJECT_INFO, TSMREQ_ARCH_CCA, byte,
					       NULL, &ret),
			 -EINVAL);
	assert_int_equal(door.sends, 0);
	tsmreq_vdev_free(vdev);
}

static void the_bytes_go_out_as_they_came(void **unused)
{
	struct tsmreq_bytes request = {"\x03\0\0", 4};
	uint8_t answer[] = {0x40, 1, 0, 0}, room[8];
	struct tsmreq_buffer response = {.data = room, .capacity = sizeof(room)};
	struct door door = {.rc = {4}, .answer = answer, .answer_size = 4};
	struct tsmreq_vdev *vdev = new_vdev(&door, TSMREQ_ARCH_CCA, TSMREQ_TDI_LOCKED);
	struct tsmreq_result ret = dirty_result();

	(void)unused;
	assert_int_equal(tsmreq_vdev_guest_req(vdev, TSMREQ_OP_OBJECT_INFO, TSMREQ_ARCH_CCA,
					       request, &response, &ret),
			 0);
	assert_result(ret, COMPLETED, 0, 4);
	assert_int_equal(response.size, 4);
	assert_memory_equal(room, answer, 4);
	assert_int_equal(tsmreq_load_le32(door.arg[0] + 8), 7);
	assert_memory_equal(door.req[0], "\x03\0\0", 4);
	tsmreq_vdev_free(vdev);
}

/* Scope 0 is there on every scope row; the request type behind it is March's alone. */
static void a_lookup_is_the_march_sets(void **unused)
{
	static const struct {
		enum tsmreq_uapi uapi;
		uint32_t quirks;
		int want;
	} cases[] = {
		{TSMREQ_UAPI_V2, 0, 0},
		{TSMREQ_UAPI_V2, TSMREQ_QUIRK_PAYLOAD_APRIL, -EOPNOTSUPP},
		{TSMREQ_UAPI_V4, 0, -EOPNOTSUPP},
		{TSMREQ_UAPI_V5, 0, -EOPNOTSUPP},
		{TSMREQ_UAPI_V5, TSMREQ_QUIRK_PAYLOAD_MARCH, 0},
		{TSMREQ_UAPI_V5_CODE, 0, -EOPNOTSUPP},
		{TSMREQ_UAPI_JUNE, TSMREQ_QUIRK_PAYLOAD_MARCH, -EOPNOTSUPP},
	};
	struct tsmreq_bytes request = {"\x05\0\0\0\x17\0\0", 8};

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct door door = {0};
		struct tsmreq_vdev *vdev = door_vdev(&door, cases[i].uapi, TSMREQ_ARCH_CCA,
						     TSMREQ_TDI_LOCKED, cases[i].quirks);
		struct tsmreq_result ret = dirty_result();

		assert_int_equal(tsmreq_vdev_guest_req(vdev, TSMREQ_OP_VDEV_REQUEST,
						       TSMREQ_ARCH_CCA, request, NULL, &ret),
				 cases[i].want);
		assert_int_equal(door.sends, cases[i].want == 0);
		tsmreq_vdev_free(vdev);
	}
}

static void sev_messages_are_pages_both_ways(void **unused)
{
	static const enum tsmreq_op ops[] = {TSMREQ_OP_READ_OBJECT, TSMREQ_OP_VALIDATE_MMIO,
					     TSMREQ_OP_SEV_ENABLE_DMA, TSMREQ_OP_SEV_DISABLE_DMA};
	static const struct {
		size_t req, resp;
		int want;
	} cases[] = {
		{4096, 4096, 0},       {4095, 4096, -EINVAL}, {4097, 4096, -EINVAL},
		{4096, 4095, -EINVAL}, {4096, 4097, -EINVAL}, {4096, 0, -EINVAL},
		{0, 4096, -EINVAL},
	};
	static uint8_t in[4097], out[4097];

	(void)unused;
	for (size_t o = 0; o < sizeof(ops) / sizeof(ops[0]); o++) {
		for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
			struct tsmreq_bytes request = {in, cases[i].req};
			struct tsmreq_buffer response = {.data = out, .capacity = cases[i].resp};
			struct door door = {0};
			struct tsmreq_vdev *vdev =
				new_vdev(&door, TSMREQ_ARCH_SEV, TSMREQ_TDI_LOCKED);
			struct tsmreq_result ret;

			assert_int_equal(tsmreq_vdev_guest_req(vdev, ops[o], TSMREQ_ARCH_SEV,
							       request, &response, &ret),
					 cases[i].want);
			assert_int_equal(door.sends, cases[i].want == 0);
			assert_int_equal(response.size, cases[i].want ? 0 : 4096);
			tsmreq_vdev_free(vdev);
		}
	}
}

static void dma_needs_its_pages_and_sev(void **unused)
{
	struct tsmreq_bytes page = {door_page, sizeof(door_page)};
	struct tsmreq_buffer out = {.data = door_page_out, .capacity = sizeof(door_page_out)};
	struct door sev = {0}, cca = {0};
	struct tsmreq_vdev *vdev = new_vdev(&sev, TSMREQ_ARCH_SEV, TSMREQ_TDI_RUN);
	struct tsmreq_result ret;

	(void)unused;
	assert_int_equal(tsmreq_vdev_sev_set_dma(vdev, true, page, NULL, &ret), -EINVAL);
	assert_int_equal(tsmreq_vdev_sev_set_dma(vdev, true, page, &out, &ret), 0);
	assert_int_equal(tsmreq_load_le32(sev.arg[0] + 8), 3);
	assert_int_equal(tsmreq_vdev_sev_set_dma(vdev, false, page, &out, &ret), 0);
	assert_int_equal(tsmreq_load_le32(sev.arg[1] + 8), 4);
	/* DMA moves no TDI state */
	assert_int_equal(tsmreq_vdev_get_state(vdev), TSMREQ_TDI_RUN);
	tsmreq_vdev_free(vdev);

	vdev = new_vdev(&cca, TSMREQ_ARCH_CCA, TSMREQ_TDI_RUN);
	assert_int_equal(tsmreq_vdev_sev_set_dma(vdev, true, page, &out, &ret), -EOPNOTSUPP);
	assert_int_equal(cca.sends, 0);
	tsmreq_vdev_free(vdev);
}

static void an_unsure_dma_holds_the_device(void **unused)
{
	struct door door = {.rc = {-EIO}};
	struct tsmreq_vdev *vdev = new_vdev(&door, TSMREQ_ARCH_SEV, TSMREQ_TDI_RUN);
	struct tsmreq_result ret;

	(void)unused;
	assert_int_equal(door_call(TSMREQ_VERB_SEV_SET_DMA, NULL, vdev, &ret), -EIO);
	assert_result(ret, UNCERTAIN, 0, 0);
	assert_true(tsmreq_vdev_is_uncertain(vdev));
	tsmreq_vdev_free(vdev);
}

static void other_sev_pages_hold_nothing(void **unused)
{
	struct tsmreq_bytes page = {door_page, sizeof(door_page)};
	struct tsmreq_buffer out = {.data = door_page_out, .capacity = sizeof(door_page_out)};
	static const enum tsmreq_op ops[] = {TSMREQ_OP_READ_OBJECT, TSMREQ_OP_VALIDATE_MMIO};

	(void)unused;
	for (size_t i = 0; i < 2; i++) {
		struct door door = {.rc = {-EIO}};
		struct tsmreq_vdev *vdev = new_vdev(&door, TSMREQ_ARCH_SEV, TSMREQ_TDI_RUN);
		struct tsmreq_result ret;

		assert_int_equal(tsmreq_vdev_guest_req(vdev, ops[i], TSMREQ_ARCH_SEV, page, &out,
						       &ret),
				 -EIO);
		assert_result(ret, UNCERTAIN, 0, 0);
		assert_false(tsmreq_vdev_is_uncertain(vdev));
		assert_int_equal(tsmreq_vdev_get_state(vdev), TSMREQ_TDI_RUN);
		tsmreq_vdev_free(vdev);
	}
}

/* The target is read from the bytes, so that an unlock is never held and the books stay true. */
static void the_state_asked_for_is_told_from_the_payload(void **unused)
{
	static const struct {
		enum tsmreq_arch arch;
		const char *bytes;
		size_t size;
		int rc;
		bool held_refuses;
		enum tsmreq_tdi_state after;
	} cases[] = {
		{TSMREQ_ARCH_CCA, "\0\0\0", 4, 0, false, TSMREQ_TDI_UNLOCKED},
		{TSMREQ_ARCH_CCA, "\x01\0\0", 4, 0, true, TSMREQ_TDI_LOCKED},
		{TSMREQ_ARCH_TDX, "\x02\0\0", 4, 0, true, TSMREQ_TDI_RUN},
		{TSMREQ_ARCH_CCA, "\x03\0\0", 4, 0, true, TSMREQ_TDI_UNKNOWN},
		{TSMREQ_ARCH_CCA, "\0\0\x01", 4, 0, true, TSMREQ_TDI_UNKNOWN},
		{TSMREQ_ARCH_TDX, "", 1, 0, true, TSMREQ_TDI_UNKNOWN},
		{TSMREQ_ARCH_SEV, "\x01", 1, 0, true, TSMREQ_TDI_RUN},
		{TSMREQ_ARCH_SEV, "\0", 1, 0, false, TSMREQ_TDI_UNLOCKED},
		{TSMREQ_ARCH_SEV, "\x02", 1, 0, false, TSMREQ_TDI_UNLOCKED},
		{TSMREQ_ARCH_SEV, "\x01\0\0", 4, 0, true, TSMREQ_TDI_UNKNOWN},
		/* bytes left over: not all of it was taken */
		{TSMREQ_ARCH_CCA, "\x02\0\0", 4, 2, true, TSMREQ_TDI_UNKNOWN},
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tsmreq_bytes request = {cases[i].bytes, cases[i].size};
		struct door free_door = {.rc = {cases[i].rc}}, held_door = {.rc = {cases[i].rc}};
		struct tsmreq_vdev *vdev = new_vdev(&free_door, cases[i].arch, TSMREQ_TDI_LOCKED);
		struct tsmreq_vdev *held = new_vdev(&held_door, cases[i].arch, TSMREQ_TDI_UNKNOWN);
		struct tsmreq_result ret;

		assert_int_equal(tsmreq_vdev_guest_req(vdev, TSMREQ_OP_SET_TDI_STATE, cases[i].arch,
						       request, NULL, &ret),
				 0);
		assert_int_equal(ret.residue, cases[i].rc);
		assert_int_equal(tsmreq_vdev_get_state(vdev), cases[i].after);
		/* a success nobody can read is no reason to hold */
		assert_false(tsmreq_vdev_is_uncertain(vdev));
		assert_int_equal(tsmreq_vdev_guest_req(held, TSMREQ_OP_SET_TDI_STATE, cases[i].arch,
						       request, NULL, &ret),
				 cases[i].held_refuses ? -ESTALE : 0);
		assert_int_equal(held_door.sends, !cases[i].held_refuses);
		tsmreq_vdev_free(vdev);
		tsmreq_vdev_free(held);
	}
}

static void a_response_counts_for_itself(void **unused)
{
	uint8_t room[8];
	struct tsmreq_buffer response = {.data = room, .capacity = sizeof(room)};
	struct tsmreq_bytes request = {"\x02\0\0", 4};
	struct door door = {.rc = {8}};
	struct tsmreq_vdev *vdev = new_vdev(&door, TSMREQ_ARCH_CCA, TSMREQ_TDI_LOCKED);
	struct tsmreq_result ret;

	(void)unused;
	assert_int_equal(tsmreq_vdev_guest_req(vdev, TSMREQ_OP_SET_TDI_STATE, TSMREQ_ARCH_CCA,
					       request, &response, &ret),
			 0);
	assert_int_equal(response.size, 0);
	/* here the residue speaks of the response: the request was taken */
	assert_int_equal(tsmreq_vdev_get_state(vdev), TSMREQ_TDI_RUN);
	tsmreq_vdev_free(vdev);
}

static void validation_is_held_on_cca_and_tdx(void **unused)
{
	(void)unused;
	for (int arch = TSMREQ_ARCH_CCA; arch <= TSMREQ_ARCH_TDX; arch += 2) {
		struct tsmreq_bytes request = {zeros, sizeof(zeros)};
		struct door door = {0};
		struct tsmreq_vdev *vdev =
			new_vdev(&door, (enum tsmreq_arch)arch, TSMREQ_TDI_UNKNOWN);
		struct tsmreq_result ret;

		assert_int_equal(tsmreq_vdev_guest_req(vdev, TSMREQ_OP_VALIDATE_MMIO,
						       (enum tsmreq_arch)arch, request, NULL, &ret),
				 -ESTALE);
		assert_int_equal(tsmreq_vdev_guest_req(vdev, TSMREQ_OP_REGEN_OBJECT,
						       (enum tsmreq_arch)arch, request, NULL, &ret),
				 0);
		assert_int_equal(door.sends, 1);
		tsmreq_vdev_free(vdev);
	}
}

static void debug_and_unknown_ops_cannot_be_said(void **unused)
{
	static const int ops[] = {0, -1, 10, 0x63, TSMREQ_OP_SEV_MMIO_CONFIG};
	struct tsmreq_bytes request = {zeros, 4};
	struct door door = {0};
	struct tsmreq_vdev *vdev = new_vdev(&door, TSMREQ_ARCH_CCA, TSMREQ_TDI_LOCKED);
	struct tsmreq_result ret;

	(void)unused;
	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++)
		assert_int_equal(tsmreq_vdev_guest_req(vdev, (enum tsmreq_op)ops[i],
						       TSMREQ_ARCH_CCA, request, NULL, &ret),
				 -EOPNOTSUPP);
	assert_int_equal(door.sends, 0);
	tsmreq_vdev_free(vdev);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_architecture_must_be_the_handles),
		cmocka_unit_test(lengths_without_bytes_are_refused),
		cmocka_unit_test(the_bytes_go_out_as_they_came),
		cmocka_unit_test(a_lookup_is_the_march_sets),
		cmocka_unit_test(sev_messages_are_pages_both_ways),
		cmocka_unit_test(dma_needs_its_pages_and_sev),
		cmocka_unit_test(an_unsure_dma_holds_the_device),
		cmocka_unit_test(other_sev_pages_hold_nothing),
		cmocka_unit_test(the_state_asked_for_is_told_from_the_payload),
		cmocka_unit_test(a_response_counts_for_itself),
		cmocka_unit_test(validation_is_held_on_cca_and_tdx),
		cmocka_unit_test(debug_and_unknown_ops_cannot_be_said),
	};

	return cmocka_run_group_tests_name("core/guest_req", tests, NULL, NULL);
}
