/* SPDX-License-Identifier: MIT */
#include "door.h"

/* Every number of every enum has a word of its own, the word leads back, and strangers are named
 * so. */

typedef const char *to_string_fn(int value);

#define WORDS(name, type)                                                    \
	static const char *name##_word(int value)                            \
	{                                                                    \
		return tsmreq_##name##_to_string((enum tsmreq_##type)value); \
	}
WORDS(arch, arch)
WORDS(tdi_state, tdi_state)
WORDS(object, object)
WORDS(op, op)
WORDS(outcome, outcome)
WORDS(uapi, uapi)
WORDS(layout, layout)
WORDS(feature, feature)
WORDS(verdict, verdict)
WORDS(verb, verb)

static const struct {
	to_string_fn *word;
	int first, last;
} enums[] = {
	{arch_word, TSMREQ_ARCH_CCA, TSMREQ_ARCH_TDX},
	{tdi_state_word, TSMREQ_TDI_UNLOCKED, TSMREQ_TDI_ERROR},
	{object_word, TSMREQ_OBJECT_VCA, TSMREQ_OBJECT_INTERFACE_REPORT},
	{op_word, TSMREQ_OP_READ_OBJECT, TSMREQ_OP_VDEV_REQUEST},
	{outcome_word, TSMREQ_OUTCOME_NOT_SENT, TSMREQ_OUTCOME_UNCERTAIN},
	{uapi_word, TSMREQ_UAPI_PROBE, TSMREQ_UAPI_CCA_V7},
	{uapi_word, TSMREQ_UAPI_AMD_RFC2, TSMREQ_UAPI_V7},
	{layout_word, TSMREQ_LAYOUT_NONE, TSMREQ_LAYOUT_OP},
	{feature_word, TSMREQ_FEATURE_BIND, TSMREQ_FEATURE_BIND_AT_ALLOC},
	{verdict_word, TSMREQ_VERDICT_ROW, TSMREQ_VERDICT_OFF},
	{verb_word, TSMREQ_VERB_OPEN, TSMREQ_VERB_DESTROY},
};

static void every_number_has_its_own_word(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < sizeof(enums) / sizeof(enums[0]); i++) {
		for (int a = enums[i].first; a <= enums[i].last; a++) {
			assert_string_not_equal(enums[i].word(a), "unknown");
			for (int b = enums[i].first; b < a; b++)
				assert_string_not_equal(enums[i].word(a), enums[i].word(b));
		}
		assert_string_equal(enums[i].word(enums[i].first - 1 - 1000), "unknown");
		assert_string_equal(enums[i].word(INT32_MAX), "unknown");
	}
}

static void words_lead_back(void **unused)
{
	enum tsmreq_arch arch;
	enum tsmreq_uapi uapi;
	enum tsmreq_tdi_state state;
	enum tsmreq_object object;

	(void)unused;
	for (int i = TSMREQ_ARCH_CCA; i <= TSMREQ_ARCH_TDX; i++) {
		assert_int_equal(tsmreq_arch_from_string(arch_word(i), &arch), 0);
		assert_int_equal(arch, i);
	}
	for (int i = TSMREQ_TDI_UNLOCKED; i <= TSMREQ_TDI_UNKNOWN; i++) {
		assert_int_equal(tsmreq_tdi_state_from_string(tdi_state_word(i), &state), 0);
		assert_int_equal(state, i);
	}
	for (int i = TSMREQ_OBJECT_VCA; i <= TSMREQ_OBJECT_INTERFACE_REPORT; i++) {
		assert_int_equal(tsmreq_object_from_string(object_word(i), &object), 0);
		assert_int_equal(object, i);
	}
	for (unsigned int i = 0; tsmreq_uapi_at(i, &uapi); i++) {
		enum tsmreq_uapi back;

		assert_int_equal(tsmreq_uapi_from_string(tsmreq_uapi_to_string(uapi), &back), 0);
		assert_int_equal(back, uapi);
	}
}

static void strange_words_are_refused(void **unused)
{
	static const char *const words[] = {"", "CCA", "cca ", "probe", "unknown-", NULL};
	enum tsmreq_arch arch;
	enum tsmreq_uapi uapi;
	enum tsmreq_tdi_state state;
	enum tsmreq_object object;

	(void)unused;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		assert_int_equal(tsmreq_arch_from_string(words[i], &arch), -EINVAL);
		assert_int_equal(tsmreq_uapi_from_string(words[i], &uapi), -EINVAL);
		assert_int_equal(tsmreq_tdi_state_from_string(words[i], &state), -EINVAL);
		assert_int_equal(tsmreq_object_from_string(words[i], &object), -EINVAL);
		assert_int_equal(tsmreq_errno_from_string(words[i]), 0);
	}
}

static void errnos_have_their_names(void **unused)
{
	unsigned int named = 0;

	(void)unused;
	assert_string_equal(tsmreq_errno_to_string(EINVAL), "EINVAL");
	assert_string_equal(tsmreq_errno_to_string(-EINVAL), "EINVAL");
	assert_string_equal(tsmreq_errno_to_string(-EOPNOTSUPP), "EOPNOTSUPP");
	assert_string_equal(tsmreq_errno_to_string(INT32_MIN), "unknown");
	assert_string_equal(tsmreq_errno_to_string(0), "unknown");
	assert_int_equal(tsmreq_errno_from_string("ENXIO"), ENXIO);
	/* whatever a kernel says has a name, and it is libc's */
	for (int error = 1; error < 134; error++) {
		const char *name = strerrorname_np(error);

		if (name == NULL)
			continue;
		assert_string_equal(tsmreq_errno_to_string(error), name);
		assert_int_equal(tsmreq_errno_from_string(name), error);
		named++;
	}
	assert_int_equal(named, 131);
}

static void firmware_codes_are_sevs(void **unused)
{
	static const char *const names[0x50] = {
		[0x0] = "SUCCESS",
		[0x1] = "INVALID_PLATFORM_STATE",
		[0x2] = "INVALID_GUEST_STATE",
		[0x3] = "INVALID_CONFIG",
		[0x4] = "INVALID_LEN",
		[0x8] = "INACTIVE",
		[0x9] = "INVALID_ADDRESS",
		[0x10] = "INVALID_GUEST",
		[0x11] = "INVALID_COMMAND",
		[0x15] = "UNSUPPORTED",
		[0x16] = "INVALID_PARAM",
		[0x17] = "RESOURCE_LIMIT",
		[0x19] = "INVALID_PAGE_SIZE",
		[0x1a] = "INVALID_PAGE_STATE",
		[0x1c] = "INVALID_PAGE_OWNER",
		[0x1d] = "AEAD_OFLOW",
		[0x27] = "INVALID_KEY",
		[0x28] = "SHUTDOWN_INCOMPLETE",
		[0x30] = "INCORRECT_BUFFER_LENGTH",
		[0x31] = "EXPAND_BUFFER_LENGTH_REQUEST",
		[0x32] = "SPDM_REQUEST",
		[0x33] = "SPDM_ERROR",
		[0x35] = "ERR_IN_DEV_CONN",
		[0x36] = "INVALID_DEV_CTX",
		[0x37] = "INVALID_TDI_CTX",
		[0x38] = "INVALID_TDI",
		[0x39] = "RECLAIM_REQUIRED",
		[0x3a] = "IN_USE",
		[0x3b] = "INVALID_DEV_STATE",
		[0x3c] = "INVALID_TDI_STATE",
		[0x3d] = "DEV_CERT_CHANGED",
		[0x3e] = "RESYNC_REQ",
		[0x3f] = "RESPONSE_TOO_LARGE",
	};

	(void)unused;
	for (uint64_t code = 0; code < 0x50; code++)
		assert_string_equal(tsmreq_code_to_string(TSMREQ_ARCH_SEV, code),
				    names[code] ? names[code] : "unknown");
	/* mainline's 0x31 was 0xa000 in an older tree, which nobody speaks any more */
	assert_string_equal(tsmreq_code_to_string(TSMREQ_ARCH_SEV, 0xa000), "unknown");
	assert_string_equal(tsmreq_code_to_string(TSMREQ_ARCH_SEV, INT32_MAX), "unknown");
	assert_string_equal(tsmreq_code_to_string(TSMREQ_ARCH_SEV, 0x100000016), "unknown");
	assert_string_equal(tsmreq_code_to_string(TSMREQ_ARCH_CCA, 0x16), "unknown");
	assert_string_equal(tsmreq_code_to_string(TSMREQ_ARCH_TDX, 0), "unknown");
}

static void the_version_is_three_numbers(void **unused)
{
	unsigned int major, minor, patch;
	char text[64];

	(void)unused;
	tsmreq_get_version(&major, &minor, &patch);
	snprintf(text, sizeof(text), "%u.%u.%u", major, minor, patch);
	assert_string_equal(text, TSMREQ_VERSION);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_number_has_its_own_word),
		cmocka_unit_test(words_lead_back),
		cmocka_unit_test(strange_words_are_refused),
		cmocka_unit_test(errnos_have_their_names),
		cmocka_unit_test(firmware_codes_are_sevs),
		cmocka_unit_test(the_version_is_three_numbers),
	};

	return cmocka_run_group_tests_name("core/text", tests, NULL, NULL);
}
