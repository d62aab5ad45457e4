/* SPDX-License-Identifier: MIT */
#include "door.h"

/* Which ioctl carries which verb, what it leaves on the books, and what the hold refuses. */

#define TSM_OP_95  0x3b95ul
#define TSM_OP_96  0x3b96ul
#define REQUEST_96 0x3b96ul
#define REQUEST_97 0x3b97ul

typedef int verb_fn(struct tsmreq_vdev *vdev, struct tsmreq_result *ret);

static int set_locked(struct tsmreq_vdev *vdev, struct tsmreq_result *ret)
{
	return tsmreq_vdev_set_tdi_state(vdev, TSMREQ_TDI_LOCKED, ret);
}

static int set_run(struct tsmreq_vdev *vdev, struct tsmreq_result *ret)
{
	return tsmreq_vdev_set_tdi_state(vdev, TSMREQ_TDI_RUN, ret);
}

static int set_unlocked(struct tsmreq_vdev *vdev, struct tsmreq_result *ret)
{
	return tsmreq_vdev_set_tdi_state(vdev, TSMREQ_TDI_UNLOCKED, ret);
}

static void each_verb_goes_by_the_ioctl_of_its_row(void **unused)
{
	enum {
		OP_BIND = 1,
		OP_UNBIND = 2
	};
	static const struct {
		enum tsmreq_uapi uapi;
		enum tsmreq_arch arch;
		verb_fn *verb;
		int want;
		unsigned long cmd;  /* 0: nothing is sent */
		uint32_t word_at_4; /* TSM_OP: the type */
		uint32_t req_len;   /* a request: its payload */
		uint32_t payload;
		enum tsmreq_tdi_state before, after;
	} cases[] = {
		/* LOCK is BIND where there is one */
		{TSMREQ_UAPI_RFC1, TSMREQ_ARCH_CCA, tsmreq_vdev_lock, 0, TSM_OP_95, OP_BIND, 0, 0,
		 TSMREQ_TDI_UNLOCKED, TSMREQ_TDI_LOCKED},
		{TSMREQ_UAPI_V5, TSMREQ_ARCH_CCA, set_locked, 0, TSM_OP_95, OP_BIND, 0, 0,
		 TSMREQ_TDI_UNLOCKED, TSMREQ_TDI_LOCKED},
		{TSMREQ_UAPI_JUNE, TSMREQ_ARCH_TDX, tsmreq_vdev_lock, 0, TSM_OP_95, OP_BIND, 0, 0,
		 TSMREQ_TDI_UNLOCKED, TSMREQ_TDI_LOCKED},
		{TSMREQ_UAPI_V6_OBJECTS, TSMREQ_ARCH_SEV, tsmreq_vdev_lock, 0, TSM_OP_96, OP_BIND,
		 0, 0, TSMREQ_TDI_UNLOCKED, TSMREQ_TDI_LOCKED},
		{TSMREQ_UAPI_V6_LIKE, TSMREQ_ARCH_CCA, tsmreq_vdev_bind, 0, TSM_OP_96, OP_BIND, 0,
		 0, TSMREQ_TDI_UNLOCKED, TSMREQ_TDI_LOCKED},
		/* and a request where allocation binds */
		{TSMREQ_UAPI_CCA_V7, TSMREQ_ARCH_CCA, tsmreq_vdev_lock, 0, REQUEST_96, 7, 4, 1,
		 TSMREQ_TDI_UNLOCKED, TSMREQ_TDI_LOCKED},
		{TSMREQ_UAPI_CCA_V7, TSMREQ_ARCH_TDX, set_locked, 0, REQUEST_96, 7, 4, 1,
		 TSMREQ_TDI_UNLOCKED, TSMREQ_TDI_LOCKED},
		{TSMREQ_UAPI_CCA_V7, TSMREQ_ARCH_SEV, tsmreq_vdev_lock, -EOPNOTSUPP, 0, 0, 0, 0,
		 TSMREQ_TDI_UNLOCKED, TSMREQ_TDI_UNLOCKED},
		{TSMREQ_UAPI_CCA_V7, TSMREQ_ARCH_CCA, tsmreq_vdev_bind, 0, 0, 0, 0, 0,
		 TSMREQ_TDI_UNLOCKED, TSMREQ_TDI_UNLOCKED},
		{TSMREQ_UAPI_CCA_V7, TSMREQ_ARCH_CCA, tsmreq_vdev_bind, 0, 0, 0, 0, 0,
		 TSMREQ_TDI_RUN, TSMREQ_TDI_RUN},
		{TSMREQ_UAPI_CCA_V7, TSMREQ_ARCH_CCA, tsmreq_vdev_unbind, -EOPNOTSUPP, 0, 0, 0, 0,
		 TSMREQ_TDI_LOCKED, TSMREQ_TDI_LOCKED},
		/* RUN is always a request */
		{TSMREQ_UAPI_RFC1, TSMREQ_ARCH_CCA, tsmreq_vdev_run, -EOPNOTSUPP, 0, 0, 0, 0,
		 TSMREQ_TDI_LOCKED, TSMREQ_TDI_LOCKED},
		{TSMREQ_UAPI_JUNE, TSMREQ_ARCH_CCA, tsmreq_vdev_run, 0, REQUEST_96, 7, 4, 2,
		 TSMREQ_TDI_LOCKED, TSMREQ_TDI_RUN},
		{TSMREQ_UAPI_V6_LIKE, TSMREQ_ARCH_SEV, tsmreq_vdev_run, 0, REQUEST_97, 7, 1, 1,
		 TSMREQ_TDI_LOCKED, TSMREQ_TDI_RUN},
		{TSMREQ_UAPI_V5, TSMREQ_ARCH_TDX, set_run, -EOPNOTSUPP, 0, 0, 0, 0,
		 TSMREQ_TDI_LOCKED, TSMREQ_TDI_LOCKED},
		/* UNLOCK */
		{TSMREQ_UAPI_V2, TSMREQ_ARCH_CCA, set_unlocked, 0, TSM_OP_95, OP_UNBIND, 0, 0,
		 TSMREQ_TDI_RUN, TSMREQ_TDI_UNLOCKED},
		{TSMREQ_UAPI_V6_OBJECTS, TSMREQ_ARCH_TDX, tsmreq_vdev_unbind, 0, TSM_OP_96,
		 OP_UNBIND, 0, 0, TSMREQ_TDI_RUN, TSMREQ_TDI_UNLOCKED},
		{TSMREQ_UAPI_CCA_V7, TSMREQ_ARCH_CCA, tsmreq_vdev_unlock, 0, REQUEST_96, 7, 4, 0,
		 TSMREQ_TDI_RUN, TSMREQ_TDI_UNLOCKED},
		{TSMREQ_UAPI_CCA_V7, TSMREQ_ARCH_SEV, tsmreq_vdev_unlock, 0, REQUEST_96, 7, 1, 0,
		 TSMREQ_TDI_RUN, TSMREQ_TDI_UNLOCKED},
		/* an SEV guest's STOP is no UNBIND, the verb UNLOCK is one */
		{TSMREQ_UAPI_JUNE, TSMREQ_ARCH_SEV, set_unlocked, 0, REQUEST_96, 7, 1, 0,
		 TSMREQ_TDI_RUN, TSMREQ_TDI_UNLOCKED},
		{TSMREQ_UAPI_JUNE, TSMREQ_ARCH_SEV, tsmreq_vdev_unlock, 0, TSM_OP_95, OP_UNBIND, 0,
		 0, TSMREQ_TDI_RUN, TSMREQ_TDI_UNLOCKED},
		/* bound already: 0, and nothing moved */
		{TSMREQ_UAPI_JUNE, TSMREQ_ARCH_CCA, tsmreq_vdev_bind, 0, TSM_OP_95, OP_BIND, 0, 0,
		 TSMREQ_TDI_RUN, TSMREQ_TDI_RUN},
		{TSMREQ_UAPI_JUNE, TSMREQ_ARCH_CCA, tsmreq_vdev_bind, 0, TSM_OP_95, OP_BIND, 0, 0,
		 TSMREQ_TDI_ERROR, TSMREQ_TDI_ERROR},
		/* destroy */
		{TSMREQ_UAPI_CCA_V7, TSMREQ_ARCH_CCA, tsmreq_vdev_destroy, 0, 0x3b80, 7, 0, 0,
		 TSMREQ_TDI_RUN, TSMREQ_TDI_UNLOCKED},
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct door door = {0};
		struct tsmreq_vdev *vdev =
			door_vdev(&door, cases[i].uapi, cases[i].arch, cases[i].before, 0);
		struct tsmreq_result ret = dirty_result();
		const uint8_t *arg = door.arg[0];

		assert_int_equal(cases[i].verb(vdev, &ret), cases[i].want);
		assert_int_equal(door.sends, cases[i].cmd != 0);
		assert_int_equal(ret.outcome, cases[i].want ? TSMREQ_OUTCOME_NOT_SENT
							    : TSMREQ_OUTCOME_COMPLETED);
		if (cases[i].cmd) {
			assert_int_equal(door.cmd[0], cases[i].cmd);
			assert_int_equal(tsmreq_load_le32(arg + 4), cases[i].word_at_4);
		}
		if (cases[i].req_len) {
			assert_int_equal(tsmreq_load_le32(arg + 12), cases[i].arch);
			assert_int_equal(tsmreq_load_le32(arg + 16), cases[i].req_len);
			assert_int_equal(door.req[0][0], cases[i].payload);
		} else if (cases[i].cmd && cases[i].cmd != 0x3b80) {
			assert_int_equal(tsmreq_load_le32(arg), 16);
			assert_int_equal(tsmreq_load_le32(arg + 12), 7);
		}
		assert_int_equal(tsmreq_vdev_get_state(vdev), cases[i].after);
		assert_false(tsmreq_vdev_is_uncertain(vdev));
		tsmreq_vdev_free(vdev);
	}
}

static void only_three_states_can_be_asked_for(void **unused)
{
	static const int states[] = {TSMREQ_TDI_ERROR, TSMREQ_TDI_UNKNOWN, 5, -1};

	(void)unused;
	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++) {
		struct door door = {0};
		struct tsmreq_vdev *vdev =
			door_vdev(&door, TSMREQ_UAPI_CCA_V7, TSMREQ_ARCH_CCA, TSMREQ_TDI_LOCKED, 0);
		struct tsmreq_result ret = dirty_result();

		assert_int_equal(tsmreq_vdev_set_tdi_state(vdev, (enum tsmreq_tdi_state)states[i],
							   &ret),
				 -EINVAL);
		assert_result(ret, NOT_SENT, 0, 0);
		assert_int_equal(door.sends, 0);
		tsmreq_vdev_free(vdev);
	}
}

static void a_tsm_op_that_answers_above_0_is_broken(void **unused)
{
	struct door door = {.rc = {1}};
	struct tsmreq_vdev *vdev =
		door_vdev(&door, TSMREQ_UAPI_JUNE, TSMREQ_ARCH_CCA, TSMREQ_TDI_UNLOCKED, 0);
	struct tsmreq_result ret = dirty_result();

	(void)unused;
	assert_int_equal(tsmreq_vdev_bind(vdev, &ret), -EBADE);
	assert_result(ret, UNCERTAIN, 0, 0);
	assert_true(tsmreq_vdev_is_uncertain(vdev));
	tsmreq_vdev_free(vdev);
}

static void rfc1_hides_every_error_of_bind_behind_enodev(void **unused)
{
	struct tsmreq_result ret;
	struct tsmreq_vdev *vdev;

	(void)unused;
	{
		struct door door = {.rc = {-ENODEV}};

		vdev = door_vdev(&door, TSMREQ_UAPI_RFC1, TSMREQ_ARCH_CCA, TSMREQ_TDI_UNLOCKED, 0);
		assert_int_equal(tsmreq_vdev_bind(vdev, &ret), -ENODEV);
		assert_result(ret, UNCERTAIN, 0, 0);
		tsmreq_vdev_free(vdev);
	}
	{
		struct door door = {.rc = {-ENODEV}};

		vdev = door_vdev(&door, TSMREQ_UAPI_RFC1, TSMREQ_ARCH_CCA, TSMREQ_TDI_LOCKED, 0);
		assert_int_equal(tsmreq_vdev_unbind(vdev, &ret), -ENODEV);
		assert_result(ret, FAILED, 0, 0);
		tsmreq_vdev_free(vdev);
	}
	{
		struct door door = {.rc = {-ENODEV}};

		vdev = door_vdev(&door, TSMREQ_UAPI_V2, TSMREQ_ARCH_CCA, TSMREQ_TDI_UNLOCKED, 0);
		assert_int_equal(tsmreq_vdev_bind(vdev, &ret), -ENODEV);
		assert_result(ret, FAILED, 0, 0);
		tsmreq_vdev_free(vdev);
	}
}

static void eintr_is_failed_but_for_the_quirk_on_sev_and_tdx(void **unused)
{
	static const int errnos[] = {EINTR, EAGAIN};
	static verb_fn *const verbs[] = {tsmreq_vdev_bind, tsmreq_vdev_run};

	(void)unused;
	for (int arch = TSMREQ_ARCH_CCA; arch <= TSMREQ_ARCH_TDX; arch++)
		for (int quirk = 0; quirk < 2; quirk++)
			for (int e = 0; e < 2; e++)
				for (int v = 0; v < 2; v++) {
					struct door door = {.rc = {-errnos[e]}};
					struct tsmreq_vdev *vdev =
						door_vdev(&door, TSMREQ_UAPI_JUNE,
							  (enum tsmreq_arch)arch, TSMREQ_TDI_LOCKED,
							  quirk ? TSMREQ_QUIRK_EINTR_UNSURE : 0);
					bool unsure = quirk && arch != TSMREQ_ARCH_CCA;
					struct tsmreq_result ret;

					assert_int_equal(verbs[v](vdev, &ret), -errnos[e]);
					assert_int_equal(ret.outcome,
							 unsure ? TSMREQ_OUTCOME_UNCERTAIN
								: TSMREQ_OUTCOME_FAILED);
					assert_int_equal(tsmreq_vdev_is_uncertain(vdev), unsure);
					assert_int_equal(tsmreq_vdev_get_state(vdev),
							 unsure ? TSMREQ_TDI_UNKNOWN
								: TSMREQ_TDI_LOCKED);
					assert_int_equal(door.sends, 1);
					tsmreq_vdev_free(vdev);
				}
}

static void the_eintr_quirk_is_for_state_changes_alone(void **unused)
{
	struct tsmreq_bytes page = {door_page, sizeof(door_page)};
	struct tsmreq_buffer out = {.data = door_page_out, .capacity = sizeof(door_page_out)};
	struct door door = {.rc = {-EINTR}};
	struct tsmreq_vdev *vdev = door_vdev(&door, TSMREQ_UAPI_JUNE, TSMREQ_ARCH_SEV,
					     TSMREQ_TDI_RUN, TSMREQ_QUIRK_EINTR_UNSURE);
	struct tsmreq_result ret;

	(void)unused;
	assert_int_equal(tsmreq_vdev_guest_req(vdev, TSMREQ_OP_VALIDATE_MMIO, TSMREQ_ARCH_SEV, page,
					       &out, &ret),
			 -EINTR);
	assert_result(ret, FAILED, 0, 0);
	tsmreq_vdev_free(vdev);
}

/* After EFAULT of a RUN: who may still act? */
static void the_hold_refuses_what_house_says_and_nothing_else(void **unused)
{
	static const struct {
		enum tsmreq_arch arch;
		enum tsmreq_verb verb;
		bool refused;
	} cases[] = {
		{TSMREQ_ARCH_CCA, TSMREQ_VERB_BIND, true},
		{TSMREQ_ARCH_CCA, TSMREQ_VERB_SET_TDI_STATE, true},
		{TSMREQ_ARCH_CCA, TSMREQ_VERB_VALIDATE_MMIO, true},
		{TSMREQ_ARCH_CCA, TSMREQ_VERB_GUEST_REQ, true},
		{TSMREQ_ARCH_CCA, TSMREQ_VERB_UNBIND, false},
		{TSMREQ_ARCH_CCA, TSMREQ_VERB_OBJECT_SIZE, false},
		{TSMREQ_ARCH_CCA, TSMREQ_VERB_READ_OBJECT, false},
		{TSMREQ_ARCH_CCA, TSMREQ_VERB_REGENERATE, false},
		{TSMREQ_ARCH_CCA, TSMREQ_VERB_DESTROY, false},
		{TSMREQ_ARCH_SEV, TSMREQ_VERB_BIND, true},
		{TSMREQ_ARCH_SEV, TSMREQ_VERB_SET_TDI_STATE, true},
		{TSMREQ_ARCH_SEV, TSMREQ_VERB_UNBIND, false},
		{TSMREQ_ARCH_SEV, TSMREQ_VERB_SEV_SET_DMA, false},
		{TSMREQ_ARCH_TDX, TSMREQ_VERB_SET_TDI_STATE, true},
	};

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct door door = {0};
		struct tsmreq_vdev *vdev =
			door_vdev(&door, TSMREQ_UAPI_JUNE, cases[i].arch, TSMREQ_TDI_UNKNOWN, 0);
		struct tsmreq_result ret = dirty_result();
		int rc;

		assert_true(tsmreq_vdev_is_uncertain(vdev));
		rc = door_call(cases[i].verb, NULL, vdev, &ret);
		if (cases[i].refused) {
			assert_int_equal(rc, -ESTALE);
			assert_result(ret, NOT_SENT, 0, 0);
		}
		assert_int_equal(door.sends, !cases[i].refused);
		tsmreq_vdev_free(vdev);
	}
}

static void sev_pages_and_every_unlock_pass_the_hold(void **unused)
{
	struct tsmreq_bytes page = {door_page, sizeof(door_page)};
	struct tsmreq_buffer out = {.data = door_page_out, .capacity = sizeof(door_page_out)};
	struct door sev = {0}, cca = {0};
	struct tsmreq_vdev *vdev =
		door_vdev(&sev, TSMREQ_UAPI_JUNE, TSMREQ_ARCH_SEV, TSMREQ_TDI_UNKNOWN, 0);
	struct tsmreq_result ret;

	(void)unused;
	assert_int_equal(tsmreq_vdev_guest_req(vdev, TSMREQ_OP_VALIDATE_MMIO, TSMREQ_ARCH_SEV, page,
					       &out, &ret),
			 0);
	assert_int_equal(tsmreq_vdev_sev_set_dma(vdev, false, page, &out, &ret), 0);
	assert_int_equal(tsmreq_vdev_set_tdi_state(vdev, TSMREQ_TDI_UNLOCKED, &ret), 0);
	assert_int_equal(tsmreq_vdev_unlock(vdev, &ret), 0);
	assert_int_equal(sev.sends, 4);
	tsmreq_vdev_free(vdev);

	vdev = door_vdev(&cca, TSMREQ_UAPI_CCA_V7, TSMREQ_ARCH_CCA, TSMREQ_TDI_UNKNOWN, 0);
	assert_int_equal(tsmreq_vdev_unlock(vdev, &ret), 0);
	assert_int_equal(tsmreq_vdev_set_tdi_state(vdev, TSMREQ_TDI_UNLOCKED, &ret), 0);
	assert_int_equal(cca.sends, 2);
	tsmreq_vdev_free(vdev);
}

static void bind_is_held_where_it_sends_nothing_too(void **unused)
{
	struct door door = {0};
	struct tsmreq_vdev *vdev =
		door_vdev(&door, TSMREQ_UAPI_CCA_V7, TSMREQ_ARCH_CCA, TSMREQ_TDI_UNKNOWN, 0);
	struct tsmreq_result ret;

	(void)unused;
	assert_int_equal(tsmreq_vdev_bind(vdev, &ret), -ESTALE);
	assert_int_equal(tsmreq_vdev_lock(vdev, &ret), -ESTALE);
	tsmreq_vdev_free(vdev);
}

static void a_good_unlock_does_not_end_the_hold(void **unused)
{
	struct door door = {.rc = {-EFAULT, 0}};
	struct tsmreq_vdev *vdev =
		door_vdev(&door, TSMREQ_UAPI_JUNE, TSMREQ_ARCH_CCA, TSMREQ_TDI_LOCKED, 0);
	struct tsmreq_result ret;

	(void)unused;
	assert_int_equal(tsmreq_vdev_run(vdev, &ret), -EFAULT);
	assert_result(ret, UNCERTAIN, 0, 0);
	assert_int_equal(tsmreq_vdev_get_state(vdev), TSMREQ_TDI_UNKNOWN);
	assert_int_equal(tsmreq_vdev_unlock(vdev, &ret), 0);
	assert_true(tsmreq_vdev_is_uncertain(vdev));
	assert_int_equal(tsmreq_vdev_get_state(vdev), TSMREQ_TDI_UNKNOWN);
	assert_int_equal(tsmreq_vdev_lock(vdev, &ret), -ESTALE);
	assert_int_equal(tsmreq_vdev_clear_uncertain(vdev, TSMREQ_TDI_UNLOCKED), 0);
	assert_int_equal(tsmreq_vdev_get_state(vdev), TSMREQ_TDI_UNLOCKED);
	assert_int_equal(tsmreq_vdev_lock(vdev, &ret), 0);
	assert_int_equal(tsmreq_vdev_get_state(vdev), TSMREQ_TDI_LOCKED);
	tsmreq_vdev_free(vdev);
}

static void a_good_destroy_ends_the_hold_and_the_handle(void **unused)
{
	struct door door = {0};
	struct tsmreq_vdev *vdev =
		door_vdev(&door, TSMREQ_UAPI_JUNE, TSMREQ_ARCH_CCA, TSMREQ_TDI_UNKNOWN, 0);
	struct tsmreq_result ret;

	(void)unused;
	assert_int_equal(tsmreq_vdev_destroy(vdev, &ret), 0);
	assert_result(ret, COMPLETED, 0, 0);
	assert_false(tsmreq_vdev_is_uncertain(vdev));
	assert_int_equal(tsmreq_vdev_get_state(vdev), TSMREQ_TDI_UNLOCKED);
	/* the id may be another device's by now: nothing more is sent */
	assert_int_equal(tsmreq_vdev_bind(vdev, &ret), -ENOENT);
	assert_result(ret, NOT_SENT, 0, 0);
	assert_int_equal(tsmreq_vdev_destroy(vdev, &ret), -ENOENT);
	assert_int_equal(tsmreq_vdev_clear_uncertain(vdev, TSMREQ_TDI_LOCKED), -ENOENT);
	assert_int_equal(door.sends, 1);
	tsmreq_vdev_free(vdev);
}

static void a_destroy_that_failed_leaves_the_handle(void **unused)
{
	struct door door = {.rc = {-EBUSY, -EFAULT, 0}};
	struct tsmreq_vdev *vdev =
		door_vdev(&door, TSMREQ_UAPI_JUNE, TSMREQ_ARCH_CCA, TSMREQ_TDI_RUN, 0);
	struct tsmreq_result ret;

	(void)unused;
	assert_int_equal(tsmreq_vdev_destroy(vdev, &ret), -EBUSY);
	assert_result(ret, FAILED, 0, 0);
	assert_int_equal(tsmreq_vdev_get_state(vdev), TSMREQ_TDI_RUN);
	assert_int_equal(tsmreq_vdev_destroy(vdev, &ret), -EFAULT);
	assert_result(ret, UNCERTAIN, 0, 0);
	assert_true(tsmreq_vdev_is_uncertain(vdev));
	assert_int_equal(tsmreq_vdev_destroy(vdev, &ret), 0);
	assert_false(tsmreq_vdev_is_uncertain(vdev));
	tsmreq_vdev_free(vdev);
}

static void a_code_after_a_state_change_holds_cca_alone(void **unused)
{
	(void)unused;
	for (int arch = TSMREQ_ARCH_CCA; arch <= TSMREQ_ARCH_TDX; arch++) {
		struct door door = {.code = 0x16};
		struct tsmreq_vdev *vdev = door_vdev(&door, TSMREQ_UAPI_JUNE,
						     (enum tsmreq_arch)arch, TSMREQ_TDI_LOCKED, 0);
		bool cca = arch == TSMREQ_ARCH_CCA;
		struct tsmreq_result ret;

		assert_int_equal(tsmreq_vdev_run(vdev, &ret), -EREMOTEIO);
		assert_result(ret, COMPLETED, 0x16, 0);
		assert_int_equal(tsmreq_vdev_is_uncertain(vdev), cca);
		assert_int_equal(tsmreq_vdev_get_state(vdev),
				 cca ? TSMREQ_TDI_UNKNOWN : TSMREQ_TDI_LOCKED);
		tsmreq_vdev_free(vdev);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_verb_goes_by_the_ioctl_of_its_row),
		cmocka_unit_test(only_three_states_can_be_asked_for),
		cmocka_unit_test(a_tsm_op_that_answers_above_0_is_broken),
		cmocka_unit_test(rfc1_hides_every_error_of_bind_behind_enodev),
		cmocka_unit_test(eintr_is_failed_but_for_the_quirk_on_sev_and_tdx),
		cmocka_unit_test(the_eintr_quirk_is_for_state_changes_alone),
		cmocka_unit_test(the_hold_refuses_what_house_says_and_nothing_else),
		cmocka_unit_test(sev_pages_and_every_unlock_pass_the_hold),
		cmocka_unit_test(bind_is_held_where_it_sends_nothing_too),
		cmocka_unit_test(a_good_unlock_does_not_end_the_hold),
		cmocka_unit_test(a_good_destroy_ends_the_hold_and_the_handle),
		cmocka_unit_test(a_destroy_that_failed_leaves_the_handle),
		cmocka_unit_test(a_code_after_a_state_change_holds_cca_alone),
	};

	return cmocka_run_group_tests_name("core/state", tests, NULL, NULL);
}
