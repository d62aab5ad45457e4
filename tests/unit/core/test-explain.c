/* SPDX-License-Identifier: MIT */
#include "door.h"

/* The sentences: the same errno of two calls is two things. */

#define explain(verb, rc, outcome) tsmreq_explain(TSMREQ_VERB_##verb, rc, TSMREQ_OUTCOME_##outcome)

static void the_same_errno_is_explained_by_its_call(void **unused)
{
	(void)unused;
	assert_non_null(strstr(explain(BIND, -EINVAL, FAILED), "tsm/connect"));
	assert_non_null(strstr(explain(OBJECT_SIZE, -EINVAL, FAILED), "regenerate"));
	assert_non_null(strstr(explain(VALIDATE_MMIO, -EINVAL, UNCERTAIN), "half way"));
	assert_non_null(strstr(explain(BIND, -EBUSY, FAILED), "another VM"));
	assert_non_null(strstr(explain(DESTROY, -EBUSY, FAILED), "drain"));
	assert_non_null(strstr(explain(SET_TDI_STATE, -EBUSY, NOT_SENT), "one at a time"));
	assert_non_null(strstr(explain(BIND, -ENODEV, FAILED), "KVM_DEV_VFIO_FILE_ADD"));
	assert_non_null(strstr(explain(BIND, -ENODEV, UNCERTAIN), "rfc1"));
	assert_non_null(strstr(explain(BIND, -ESTALE, NOT_SENT), "clear_uncertain"));
	assert_non_null(strstr(explain(READ_OBJECT, -EOPNOTSUPP, NOT_SENT), "netlink"));
	assert_non_null(strstr(explain(READ_OBJECT, -EBADE, FAILED), "changed in between"));
	assert_non_null(strstr(explain(OPEN, -EBADFD, NOT_SENT), "seccomp"));
}

static void a_positive_errno_will_do(void **unused)
{
	(void)unused;
	assert_ptr_equal(explain(BIND, EBUSY, FAILED), explain(BIND, -EBUSY, FAILED));
}

static void whatever_has_no_sentence_still_says_how_far_it_got(void **unused)
{
	(void)unused;
	assert_non_null(strstr(explain(BIND, -EROFS, UNCERTAIN), "may have taken effect"));
	assert_non_null(strstr(explain(BIND, -EROFS, FAILED), "nothing changed"));
	assert_string_equal(explain(BIND, -EROFS, NOT_SENT), "unknown");
	assert_string_equal(explain(BIND, INT32_MIN, COMPLETED), "unknown");
}

static void strangers_are_unknown(void **unused)
{
	(void)unused;
	assert_string_equal(tsmreq_explain((enum tsmreq_verb)0, -EBUSY, TSMREQ_OUTCOME_FAILED),
			    "the kernel said no and nothing changed");
	assert_string_equal(tsmreq_explain((enum tsmreq_verb)15, -EBUSY, TSMREQ_OUTCOME_FAILED),
			    "unknown");
	assert_string_equal(tsmreq_explain((enum tsmreq_verb) - 1, -EBUSY, TSMREQ_OUTCOME_FAILED),
			    "unknown");
	assert_string_equal(tsmreq_explain(TSMREQ_VERB_BIND, -EBUSY, (enum tsmreq_outcome)4), "unkn"
											      "ow"
											      "n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_errno_is_explained_by_its_call),
		cmocka_unit_test(a_positive_errno_will_do),
		cmocka_unit_test(whatever_has_no_sentence_still_says_how_far_it_got),
		cmocka_unit_test(strangers_are_unknown),
	};

	return cmocka_run_group_tests_name("core/explain", tests, NULL, NULL);
}
