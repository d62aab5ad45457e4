/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#include <tsmreq/call.h>

/* Every number below @count has a word of its own; what lies around has none. */
static void check_words(const char *(*word)(int), int count)
{
	for (int i = 0; i < count; i++) {
		assert_non_null(word(i));
		assert_string_not_equal(word(i), "unknown");
		for (int j = 0; j < i; j++)
			assert_string_not_equal(word(i), word(j));
	}
	assert_string_equal(word(count), "unknown");
	assert_string_equal(word(-1), "unknown");
	assert_string_equal(word(INT32_MAX), "unknown");
}

static const char *kind(int i)
{
	return tsmreq_call_kind_to_string((enum tsmreq_call_kind)i);
}

static const char *reason(int i)
{
	return tsmreq_reason_to_string((enum tsmreq_reason)i);
}

static const char *shape(int i)
{
	return tsmreq_shape_to_string((enum tsmreq_shape)i);
}

static const char *action(int i)
{
	return tsmreq_action_to_string((enum tsmreq_action)i);
}

static const char *next(int i)
{
	return tsmreq_next_to_string((enum tsmreq_next)i);
}

static const char *use(int i)
{
	return tsmreq_span_use_to_string((enum tsmreq_span_use)i);
}

static void words(void **state)
{
	(void)state;
	check_words(kind, TSMREQ_CALL_SNP_REQ_CERTS + 1);
	check_words(reason, TSMREQ_REASON_BAD_GUID + 1);
	check_words(shape, TSMREQ_SHAPE_SNP_CERTS + 1);
	check_words(action, TSMREQ_ACTION_STOP + 1);
	check_words(next, TSMREQ_NEXT_SEV_NONCE + 1);
	check_words(use, TSMREQ_SPAN_SEV_NONCE + 1);
}

/* The words the vector files use, as they stand there. */
static void vector_words(void **state)
{
	static const struct {
		enum tsmreq_call_kind kind;
		const char *word;
	} kinds[] = {
		{TSMREQ_CALL_NONE, "none"},
		{TSMREQ_CALL_REJECT, "reject"},
		{TSMREQ_CALL_VERSION, "version"},
		{TSMREQ_CALL_FEATURES, "features"},
		{TSMREQ_CALL_CHECK_SUPPORT, "check_support"},
		{TSMREQ_CALL_OBJECT_SIZE, "object_size"},
		{TSMREQ_CALL_READ_OBJECT, "read_object"},
		{TSMREQ_CALL_REGEN, "regen"},
		{TSMREQ_CALL_TDI_INFO, "tdi_info"},
		{TSMREQ_CALL_DEVICE_INFO, "device_info"},
		{TSMREQ_CALL_BIND, "bind"},
		{TSMREQ_CALL_UNBIND, "unbind"},
		{TSMREQ_CALL_SET_TDI_STATE, "set_tdi_state"},
		{TSMREQ_CALL_GET_TDI_STATE, "get_tdi_state"},
		{TSMREQ_CALL_P2P_UNBIND, "p2p_unbind"},
		{TSMREQ_CALL_VDEV_REQUEST, "vdev_request"},
		{TSMREQ_CALL_VALIDATE_MMIO, "validate_mmio"},
		{TSMREQ_CALL_MMIO_CONFIG, "mmio_config"},
		{TSMREQ_CALL_SET_DMA, "set_dma"},
		{TSMREQ_CALL_MEMORY_FAULT, "memory_fault"},
		{TSMREQ_CALL_CONTINUE, "continue"},
		{TSMREQ_CALL_ABORT, "abort"},
		{TSMREQ_CALL_SERVICE_QUERY, "service_query"},
		{TSMREQ_CALL_SERVICE_UNKNOWN, "service_unknown"},
		{TSMREQ_CALL_LEGACY_CONTEXT, "legacy_context"},
		{TSMREQ_CALL_LEGACY_TDISP, "legacy_tdisp"},
		{TSMREQ_CALL_LEGACY_MAP_DMA, "legacy_map_dma"},
		{TSMREQ_CALL_LEGACY_DEVICE_INFO, "legacy_device_info"},
		{TSMREQ_CALL_LEGACY_UNKNOWN, "legacy_unknown"},
		{TSMREQ_CALL_SNP_REQ_CERTS, "snp_req_certs"},
	};
	static const struct {
		enum tsmreq_reason reason;
		const char *word;
	} reasons[] = {
		{TSMREQ_REASON_BAD_USAGE, "bad_usage"},
		{TSMREQ_REASON_BAD_VERSION, "bad_version"},
		{TSMREQ_REASON_BAD_BITMAP, "bad_bitmap"},
		{TSMREQ_REASON_BAD_ACTION, "bad_action"},
		{TSMREQ_REASON_BAD_GUEST, "bad_guest"},
		{TSMREQ_REASON_BAD_PAGE, "bad_page"},
		{TSMREQ_REASON_BAD_DATA, "bad_data"},
		{TSMREQ_REASON_BAD_HEADER, "bad_header"},
		{TSMREQ_REASON_BAD_MESSAGE, "bad_message"},
		{TSMREQ_REASON_BAD_RANGE, "bad_range"},
		{TSMREQ_REASON_FLAGS_MISMATCH, "flags_mismatch"},
		{TSMREQ_REASON_ENCODING_B, "encoding_b"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		assert_string_equal(tsmreq_call_kind_to_string(kinds[i].kind), kinds[i].word);
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
		assert_string_equal(tsmreq_reason_to_string(reasons[i].reason), reasons[i].word);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words),
		cmocka_unit_test(vector_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
