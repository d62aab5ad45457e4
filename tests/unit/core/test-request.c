/* SPDX-License-Identifier: MIT */
#include "door.h"

#include "core/core.h"

/* The traps that core/request.c closes, each by its own test: take the guard out, see red. */

static uint8_t room[64];

static int send(struct door *door, enum tsmreq_uapi uapi, struct request *rq,
		struct tsmreq_result *ret)
{
	struct tsmreq_ctx *ctx = door_ctx(door, uapi);
	int rc = tsmreq_request(ctx, rq, ret);

	tsmreq_ctx_free(ctx);
	return rc;
}

static struct request read_request(void)
{
	return (struct request){
		.say.vdevice_id = 7,
		.say.arch = TSMREQ_ARCH_CCA,
		.say.req = "0123456789abcdef",
		.say.req_len = 16,
		.say.resp = room,
		.say.resp_len = sizeof(room),
		.op = TSMREQ_OP_READ_OBJECT,
	};
}

static struct request state_request(enum tsmreq_arch arch)
{
	return (struct request){
		.say.vdevice_id = 7,
		.say.arch = arch,
		.say.req = "\x02\0\0",
		.say.req_len = 4,
		.op = TSMREQ_OP_SET_TDI_STATE,
	};
}

static void an_unsayable_op_is_never_sent(void **unused)
{
	struct tsmreq_result ret = {0};
	struct door door = {0};
	struct request rq = read_request();

	(void)unused;
	assert_int_equal(send(&door, TSMREQ_UAPI_V6_LIKE, &rq, &ret), -EOPNOTSUPP);
	rq.op = TSMREQ_OP_SEV_ENABLE_DMA;
	assert_int_equal(send(&door, TSMREQ_UAPI_CCA_V7, &rq, &ret), -EOPNOTSUPP);
	rq.op = (enum tsmreq_op)0;
	assert_int_equal(send(&door, TSMREQ_UAPI_CCA_V7, &rq, &ret), -EOPNOTSUPP);
	rq.op = (enum tsmreq_op)10;
	assert_int_equal(send(&door, TSMREQ_UAPI_CCA_V7, &rq, &ret), -EOPNOTSUPP);
	rq.say.arch = (enum tsmreq_arch)4;
	rq.op = TSMREQ_OP_SET_TDI_STATE;
	assert_int_equal(send(&door, TSMREQ_UAPI_CCA_V7, &rq, &ret), -EOPNOTSUPP);
	assert_int_equal(door.sends, 0);
	assert_int_equal(ret.outcome, TSMREQ_OUTCOME_NOT_SENT);
}

static void lengths_end_at_16_mib(void **unused)
{
	struct tsmreq_result ret = {0};
	struct door door = {0};
	struct request rq = read_request();
	void *big = calloc(1, TSMREQ_LENGTH_MAX + 1);

	(void)unused;
	rq.say.resp = big;
	rq.say.resp_len = TSMREQ_LENGTH_MAX + 1;
	assert_int_equal(send(&door, TSMREQ_UAPI_CCA_V7, &rq, &ret), -EMSGSIZE);
	rq.say.resp_len = TSMREQ_LENGTH_MAX;
	rq.say.req_len = TSMREQ_LENGTH_MAX + 1;
	rq.say.req = big;
	assert_int_equal(send(&door, TSMREQ_UAPI_CCA_V7, &rq, &ret), -EMSGSIZE);
	assert_int_equal(door.sends, 0);
	rq.say.req_len = TSMREQ_LENGTH_MAX;
	assert_int_equal(send(&door, TSMREQ_UAPI_CCA_V7, &rq, &ret), 0);
	assert_int_equal(door.sends, 1);
	free(big);
}

#if SIZE_MAX > UINT32_MAX
static void a_length_is_not_cut_to_32_bits(void **unused)
{
	struct tsmreq_result ret = {0};
	struct door door = {0};
	struct request rq = read_request();

	(void)unused;
	rq.say.resp_len = (size_t)1 << 32 | 16;
	assert_int_equal(send(&door, TSMREQ_UAPI_CCA_V7, &rq, &ret), -EMSGSIZE);
	rq = read_request();
	rq.say.req_len = (size_t)1 << 32 | 16;
	assert_int_equal(send(&door, TSMREQ_UAPI_CCA_V7, &rq, &ret), -EMSGSIZE);
	assert_int_equal(door.sends, 0);
}
#endif

static void the_response_goes_out_zeroed_every_time(void **unused)
{
	struct tsmreq_result ret = {0};
	struct door door = {.rc = {-EINTR, 0}};
	struct request rq = read_request();

	(void)unused;
	memset(room, 0xa5, sizeof(room));
	assert_int_equal(send(&door, TSMREQ_UAPI_CCA_V7, &rq, &ret), 0);
	assert_int_equal(door.sends, 2);
	assert_int_equal(door.resp_before, 0);
	assert_int_equal(room[sizeof(room) - 1], 0);
	/* one byte of room is room */
	memset(room, 0xa5, sizeof(room));
	rq.say.resp_len = 1;
	assert_int_equal(send(&door, TSMREQ_UAPI_CCA_V7, &rq, &ret), 0);
	assert_int_equal(door.resp_before, 0);
	assert_int_equal(room[1], 0xa5);
}

static void empty_buffers_travel_as_null(void **unused)
{
	struct tsmreq_result ret = {0};
	struct door door = {0};
	struct request rq = state_request(TSMREQ_ARCH_CCA);

	(void)unused;
	rq.say.resp = room;
	rq.say.req_len = 0;
	assert_int_equal(send(&door, TSMREQ_UAPI_CCA_V7, &rq, &ret), 0);
	assert_int_equal(tsmreq_load_le64(door.arg[0] + 24), 0);
	assert_int_equal(tsmreq_load_le64(door.arg[0] + 32), 0);
}

static void reads_alone_are_sent_again_after_eintr_three_in_all(void **unused)
{
	struct tsmreq_result ret = {0};
	struct request rq = read_request();
	struct request state = state_request(TSMREQ_ARCH_CCA);
	struct request regen = state_request(TSMREQ_ARCH_CCA);
	struct request page = read_request();

	(void)unused;
	{
		struct door door = {.rc = {-EINTR, -EINTR, -EINTR, 0}};

		assert_int_equal(send(&door, TSMREQ_UAPI_CCA_V7, &rq, &ret), -EINTR);
		assert_int_equal(door.sends, 3);
		assert_int_equal(ret.outcome, TSMREQ_OUTCOME_FAILED);
	}
	{
		struct door door = {.rc = {-EINTR, -EINTR, 0}};

		assert_int_equal(send(&door, TSMREQ_UAPI_CCA_V7, &rq, &ret), 0);
		assert_int_equal(door.sends, 3);
		assert_memory_equal(door.arg[0], door.arg[2], 48);
	}
	{
		struct door door = {.rc = {-EAGAIN, 0}};

		assert_int_equal(send(&door, TSMREQ_UAPI_CCA_V7, &rq, &ret), -EAGAIN);
		assert_int_equal(door.sends, 1);
	}
	{
		struct door door = {.rc = {-EINTR, 0}};

		assert_int_equal(send(&door, TSMREQ_UAPI_CCA_V7, &state, &ret), -EINTR);
		assert_int_equal(door.sends, 1);
	}
	{
		struct door door = {.rc = {-EINTR, 0}};

		regen.op = TSMREQ_OP_REGEN_OBJECT;
		assert_int_equal(send(&door, TSMREQ_UAPI_CCA_V7, &regen, &ret), -EINTR);
		assert_int_equal(door.sends, 1);
	}
	{
		/* TDI_INFO on SEV is a message: never a read */
		struct door door = {.rc = {-EINTR, 0}};

		page.say.arch = TSMREQ_ARCH_SEV;
		assert_int_equal(send(&door, TSMREQ_UAPI_CCA_V7, &page, &ret), -EINTR);
		assert_int_equal(door.sends, 1);
	}
}

static void a_residue_beyond_the_offer_is_broken(void **unused)
{
	static const struct {
		int rc;
		size_t resp_len;
		int want;
		uint32_t residue;
	} cases[] = {
		{0, 64, 0, 0},
		{63, 64, 0, 63},
		{64, 64, 0, 64},
		{65, 64, -EBADE, 0},
		{INT32_MAX, 64, -EBADE, 0},
		{0, 0, 0, 0},
		{4, 0, 0, 4},
		{5, 0, -EBADE, 0},
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct door door = {.rc = {cases[i].rc}};
		struct request rq = state_request(TSMREQ_ARCH_CCA);
		struct tsmreq_result ret = {0};

		rq.opaque = true;
		rq.say.resp = cases[i].resp_len ? room : NULL;
		rq.say.resp_len = cases[i].resp_len;
		assert_int_equal(send(&door, TSMREQ_UAPI_CCA_V7, &rq, &ret), cases[i].want);
		assert_int_equal(ret.residue, cases[i].residue);
		assert_int_equal(ret.outcome, cases[i].want ? TSMREQ_OUTCOME_UNCERTAIN
							    : TSMREQ_OUTCOME_COMPLETED);
	}
}

static void unread_request_bytes_are_an_answer_to_opaque_calls_only(void **unused)
{
	struct tsmreq_result ret = {0};
	struct door door = {.rc = {1}};
	struct request rq = state_request(TSMREQ_ARCH_CCA);

	(void)unused;
	assert_int_equal(send(&door, TSMREQ_UAPI_CCA_V7, &rq, &ret), -EBADE);
	assert_int_equal(ret.outcome, TSMREQ_OUTCOME_UNCERTAIN);
	/* the kernel's end at 4095 */
	door.rc[1] = -4095;
	assert_int_equal(send(&door, TSMREQ_UAPI_CCA_V7, &rq, &ret), -4095);
	door.rc[2] = -4096;
	assert_int_equal(send(&door, TSMREQ_UAPI_CCA_V7, &rq, &ret), -EBADE);
}

static void a_broken_read_is_failed(void **unused)
{
	struct tsmreq_result ret = {0};
	struct door door = {.rc = {65}};
	struct request rq = read_request();

	(void)unused;
	assert_int_equal(send(&door, TSMREQ_UAPI_CCA_V7, &rq, &ret), -EBADE);
	assert_int_equal(ret.outcome, TSMREQ_OUTCOME_FAILED);
}

static void a_negative_that_is_no_errno_is_broken(void **unused)
{
	struct tsmreq_result ret = {0};
	struct door door = {.rc = {INT32_MIN}};
	struct request rq = state_request(TSMREQ_ARCH_CCA);

	(void)unused;
	assert_int_equal(send(&door, TSMREQ_UAPI_CCA_V7, &rq, &ret), -EBADE);
	assert_int_equal(ret.outcome, TSMREQ_OUTCOME_UNCERTAIN);
}

static void the_code_is_kept_apart_from_the_errno(void **unused)
{
	struct tsmreq_result ret = {0};
	struct request rq = state_request(TSMREQ_ARCH_SEV);

	(void)unused;
	{
		struct door door = {.code = 0x1600000016};

		assert_int_equal(send(&door, TSMREQ_UAPI_CCA_V7, &rq, &ret), -EREMOTEIO);
		assert_result(ret, COMPLETED, 0x1600000016, 0);
	}
	{
		struct door door = {.rc = {-EIO}, .code = 0x16};

		assert_int_equal(send(&door, TSMREQ_UAPI_CCA_V7, &rq, &ret), -EIO);
		assert_result(ret, UNCERTAIN, 0x16, 0);
	}
	{
		/* a back end may say EFAULT and a code; a copy back that failed leaves our 0 */
		struct door said = {.rc = {-EFAULT}, .code = 0x16}, lost = {.rc = {-EFAULT}};

		assert_int_equal(send(&said, TSMREQ_UAPI_CCA_V7, &rq, &ret), -EFAULT);
		assert_result(ret, UNCERTAIN, 0x16, 0);
		assert_int_equal(send(&lost, TSMREQ_UAPI_CCA_V7, &rq, &ret), -EFAULT);
		assert_result(ret, UNCERTAIN, 0, 0);
	}
	{
		/* rows without the field never have one */
		struct door door = {0};

		assert_int_equal(send(&door, TSMREQ_UAPI_V5, &rq, &ret), 0);
		assert_int_equal(ret.tsm_code, 0);
	}
}

static void the_code_goes_out_as_zero(void **unused)
{
	struct tsmreq_result ret = {0};
	struct door door = {.rc = {-ENOENT}};
	struct request rq = state_request(TSMREQ_ARCH_CCA);

	(void)unused;
	assert_int_equal(send(&door, TSMREQ_UAPI_CCA_V7, &rq, &ret), -ENOENT);
	assert_result(ret, FAILED, 0, 0);
	assert_int_equal(tsmreq_load_le64(door.arg[0] + 40), 0);
}

static void rfc1_counts_by_resp_len(void **unused)
{
	struct tsmreq_result ret = {0};
	struct door door = {.rc = {1}};
	struct request rq = read_request();

	(void)unused;
	/* success is 0 there, never a residue */
	assert_int_equal(send(&door, TSMREQ_UAPI_RFC1, &rq, &ret), -EBADE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_unsayable_op_is_never_sent),
		cmocka_unit_test(lengths_end_at_16_mib),
#if SIZE_MAX > UINT32_MAX
		cmocka_unit_test(a_length_is_not_cut_to_32_bits),
#endif
		cmocka_unit_test(the_response_goes_out_zeroed_every_time),
		cmocka_unit_test(empty_buffers_travel_as_null),
		cmocka_unit_test(reads_alone_are_sent_again_after_eintr_three_in_all),
		cmocka_unit_test(a_residue_beyond_the_offer_is_broken),
		cmocka_unit_test(unread_request_bytes_are_an_answer_to_opaque_calls_only),
		cmocka_unit_test(a_broken_read_is_failed),
		cmocka_unit_test(a_negative_that_is_no_errno_is_broken),
		cmocka_unit_test(the_code_is_kept_apart_from_the_errno),
		cmocka_unit_test(the_code_goes_out_as_zero),
		cmocka_unit_test(rfc1_counts_by_resp_len),
	};

	return cmocka_run_group_tests_name("core/request", tests, NULL, NULL);
}
