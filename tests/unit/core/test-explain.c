/* SPDX-License-Identifier: MIT */
#include "door.h"

/* The sentences: the same errno of two calls is two things. */

#define explain(verb, rc, outcome) tsmreq_explain(TSMREQ_VERB_##verb, rc, TSMREQ_OUTCOME_##outcome)

/* Every sentence, by one case that it is for and a word that only it has. */
static const struct {
	enum tsmreq_verb verb;
	int error;
	enum tsmreq_outcome outcome;
	const char *words;
} cases[] = {
#define CASE(verb, error, outcome, words)                                  \
	{                                                                  \
		TSMREQ_VERB_##verb, error, TSMREQ_OUTCOME_##outcome, words \
	}
	CASE(SET_TDI_STATE, 0, COMPLETED, "only the device's state tells"),
	CASE(OPEN, 0, COMPLETED, "only the device's state tells"),
	CASE(DESTROY, 0, COMPLETED, "only the device's state tells"),
	CASE(BIND, ESTALE, NOT_SENT, "clear_uncertain"),
	CASE(GUEST_REQ, ESTALE, NOT_SENT, "clear_uncertain"),
	CASE(SET_TDI_STATE, EBUSY, NOT_SENT, "one at a time"),
	CASE(DESTROY, EBUSY, NOT_SENT, "one at a time"),
	CASE(READ_OBJECT, ENOENT, NOT_SENT, "has destroyed its vDevice"),
	CASE(DESTROY, ENOENT, NOT_SENT, "has destroyed its vDevice"),
	CASE(UNBIND, EOPNOTSUPP, NOT_SENT, "only destroying it unbinds"),
	CASE(OBJECT_SIZE, EOPNOTSUPP, NOT_SENT, "netlink"),
	CASE(READ_OBJECT, EOPNOTSUPP, NOT_SENT, "netlink"),
	CASE(REGENERATE, EOPNOTSUPP, NOT_SENT, "netlink"),
	CASE(OPEN, EOPNOTSUPP, NOT_SENT, "never spoken"),
	CASE(SET_TDI_STATE, EOPNOTSUPP, NOT_SENT, "tsmreq_ctx_has()"),
	CASE(VALIDATE_MMIO, EOPNOTSUPP, NOT_SENT, "tsmreq_ctx_has()"),
	CASE(VDEV_REQUEST, EOPNOTSUPP, NOT_SENT, "tsmreq_ctx_has()"),
	CASE(SEV_SET_DMA, EOPNOTSUPP, NOT_SENT, "tsmreq_ctx_has()"),
	CASE(GUEST_REQ, EOPNOTSUPP, NOT_SENT, "tsmreq_ctx_has()"),
	CASE(READ_OBJECT, EMSGSIZE, NOT_SENT, "16 MiB"),
	CASE(ALLOC_VIOMMU, EMSGSIZE, NOT_SENT, "16 MiB"),
	CASE(OPEN, E2BIG, NOT_SENT, "longer than this library's"),
	CASE(ALLOC_VDEVICE, E2BIG, NOT_SENT, "longer than this library's"),
	CASE(GUEST_REQ, EINVAL, NOT_SENT, "nothing was sent"),
	CASE(OPEN, ENOTTY, NOT_SENT, "no support"),
	CASE(OPEN, EPROTONOSUPPORT, NOT_SENT, "name one if you are sure"),
	CASE(OPEN, EBADFD, NOT_SENT, "seccomp"),
	CASE(OPEN, EBADF, NOT_SENT, "not a descriptor"),
	CASE(OPEN, ENOENT, NOT_SENT, "module loaded"),
	CASE(OPEN, EACCES, NOT_SENT, "no permission"),
	CASE(OPEN, ENOMEM, NOT_SENT, "out of memory"),
	CASE(GUEST_REQ, EREMOTEIO, COMPLETED, "the TSM was not"),
	CASE(VALIDATE_MMIO, EREMOTEIO, COMPLETED, "the TSM was not"),
	CASE(OBJECT_SIZE, ENODATA, COMPLETED, "has no bytes"),
	CASE(READ_OBJECT, ENODATA, COMPLETED, "has no bytes"),
	CASE(READ_OBJECT, EBADE, FAILED, "changed in between"),
	CASE(SET_TDI_STATE, EBADE, UNCERTAIN, "another revision"),
	CASE(OBJECT_SIZE, EBADE, FAILED, "another revision"),
	CASE(SET_TDI_STATE, EINTR, FAILED, "a signal came"),
	CASE(REGENERATE, EINTR, FAILED, "a signal came"),
	CASE(BIND, EAGAIN, UNCERTAIN, "try again"),
	CASE(UNBIND, ENODEV, FAILED, "KVM_DEV_VFIO_FILE_ADD"),
	CASE(SET_TDI_STATE, ENODEV, FAILED, "KVM_DEV_VFIO_FILE_ADD"),
	CASE(BIND, ENODEV, UNCERTAIN, "rfc1 says ENODEV"),
	CASE(SET_TDI_STATE, ENODEV, UNCERTAIN, "rfc1 says ENODEV"),
	CASE(BIND, EBUSY, FAILED, "another VM"),
	CASE(SET_TDI_STATE, EBUSY, FAILED, "another VM"),
	CASE(DESTROY, EBUSY, FAILED, "drain"),
	CASE(BIND, EINVAL, FAILED, "tsm/connect"),
	CASE(READ_OBJECT, EINVAL, FAILED, "regenerate it first"),
	CASE(VALIDATE_MMIO, EINVAL, UNCERTAIN, "EINVAL is both"),
	CASE(ALLOC_VDEVICE, EINVAL, FAILED, "another IOMMU"),
	CASE(ALLOC_VIOMMU, EINVAL, FAILED, "nesting parent"),
	CASE(SET_TDI_STATE, EINVAL, FAILED, "the backend refused"),
	CASE(SEV_SET_DMA, EINVAL, FAILED, "the backend refused"),
	CASE(GUEST_REQ, EINVAL, FAILED, "the backend refused"),
	CASE(REGENERATE, EINVAL, FAILED, "the backend refused"),
	CASE(VDEV_REQUEST, EINVAL, FAILED, "the backend refused"),
	CASE(OBJECT_SIZE, ENXIO, FAILED, "no link TSM"),
	CASE(SET_TDI_STATE, ENXIO, UNCERTAIN, "ENXIO is both"),
	CASE(VALIDATE_MMIO, ENXIO, UNCERTAIN, "ENXIO is both"),
	CASE(BIND, ENOENT, FAILED, "no object of that id"),
	CASE(ALLOC_VDEVICE, ENOENT, FAILED, "no object of that id"),
	CASE(ALLOC_VIOMMU, ENOENT, FAILED, "no object of that id"),
	CASE(DESTROY, ENOENT, FAILED, "no object of that id"),
	CASE(READ_OBJECT, E2BIG, FAILED, "smaller than the object"),
	CASE(ALLOC_VDEVICE, EEXIST, FAILED, "virt_id is taken"),
	CASE(BIND, EFAULT, UNCERTAIN, "after the operation took effect"),
	CASE(SEV_SET_DMA, EFAULT, UNCERTAIN, "after the operation took effect"),
	CASE(ALLOC_VIOMMU, EFAULT, FAILED, "could not be read or written"),
	CASE(READ_OBJECT, EIO, FAILED, "says EIO for it"),
	CASE(SET_TDI_STATE, EPROTO, UNCERTAIN, "did not reach the state"),
	CASE(BIND, ENOTTY, FAILED, "does not know the number"),
	CASE(DESTROY, ENOTTY, FAILED, "does not know the number"),
	CASE(ALLOC_VIOMMU, EOPNOTSUPP, FAILED, "this IOMMU's part"),
	CASE(GUEST_REQ, ENOMEM, UNCERTAIN, "the kernel ran out"),
	CASE(OBJECT_SIZE, ENOMEM, FAILED, "the kernel ran out"),
};

static void every_sentence_is_for_somebody(void **unused)
{
	const char *told[64];
	unsigned int count = 0, reached = 0;

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const char *text = tsmreq_explain(cases[i].verb, -cases[i].error, cases[i].outcome);
		unsigned int at = 0;

		if (strstr(text, cases[i].words) == NULL)
			fail_msg("%s, %s: %s", tsmreq_verb_to_string(cases[i].verb),
				 tsmreq_errno_to_string(cases[i].error), text);
		while (at < count && told[at] != text)
			at++;
		if (at == count)
			told[count++] = text;
	}
	/* nothing is said that no case above expects */
	for (int verb = TSMREQ_VERB_OPEN; verb <= TSMREQ_VERB_DESTROY; verb++)
		for (int error = 0; error < 134; error++)
			for (int outcome = 0; outcome <= TSMREQ_OUTCOME_UNCERTAIN; outcome++) {
				const char *text = tsmreq_explain((enum tsmreq_verb)verb, -error,
								  (enum tsmreq_outcome)outcome);
				bool general = strcmp(text, "unknown") == 0 ||
					       strstr(text, "nothing changed") != NULL ||
					       strstr(text, "does not say how far") != NULL;

				for (unsigned int i = 0; i < count && !general; i++)
					general = told[i] == text;
				if (!general)
					fail_msg("unexpected: %s", text);
				reached++;
			}
	assert_true(reached > 7000);
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
		cmocka_unit_test(every_sentence_is_for_somebody),
		cmocka_unit_test(a_positive_errno_will_do),
		cmocka_unit_test(whatever_has_no_sentence_still_says_how_far_it_got),
		cmocka_unit_test(strangers_are_unknown),
	};

	return cmocka_run_group_tests_name("core/explain", tests, NULL, NULL);
}
