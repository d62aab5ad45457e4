/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#include <tsmreq/ghcb.h>
#include <tsmreq/ghci.h>
#include <tsmreq/rhi.h>

/* Numbers as they travel, written out: a table in another order is seen. */

static void rhi_statuses(void **state)
{
	static const char *const words[] = {
		"SUCCESS",
		"INCOMPLETE",
		"DATA_NOT_AVAILABLE",
		"INVALID_VDEV_ID",
		"INVALID_OBJECT",
		"INPUT",
		"DEVICE",
		"INVALID_OFFSET",
		"ACCESS_FAILED",
		"BUSY",
		"ABORT_HAD_COMPLETED",
		"OBJECT_UNSUPPORTED",
	};

	(void)state;
	for (unsigned int i = 0; i < 12; i++)
		assert_string_equal(tsmreq_rhi_status_to_string(i), words[i]);
	assert_string_equal(tsmreq_rhi_status_to_string(UINT64_MAX), "NOT_SUPPORTED");
	assert_string_equal(tsmreq_rhi_status_to_string(12), "unknown");
	assert_string_equal(tsmreq_rhi_status_to_string(UINT32_MAX), "unknown");
	assert_string_equal(tsmreq_rhi_status_to_string((uint64_t)1 << 32), "unknown");
}

static void rhi_rows(void **state)
{
	(void)state;
	assert_string_equal(tsmreq_rhi_numbering_to_string(TSMREQ_RHI_NUMBERING_FINAL), "final");
	assert_string_equal(tsmreq_rhi_numbering_to_string(TSMREQ_RHI_NUMBERING_2025_07),
			    "2025-07");
	assert_string_equal(tsmreq_rhi_numbering_to_string(TSMREQ_RHI_NUMBERING_2025_11),
			    "2025-11");
	assert_string_equal(tsmreq_rhi_numbering_to_string((enum tsmreq_rhi_numbering)3),
			    "unknown");
	assert_string_equal(tsmreq_rhi_numbering_to_string((enum tsmreq_rhi_numbering) - 1),
			    "unknown");
	assert_string_equal(tsmreq_rhi_when_to_string(TSMREQ_RHI_WHEN_ANY), "any");
	assert_string_equal(tsmreq_rhi_when_to_string(TSMREQ_RHI_WHEN_READ), "read");
	assert_string_equal(tsmreq_rhi_when_to_string(TSMREQ_RHI_WHEN_BIND), "bind");
	assert_string_equal(tsmreq_rhi_when_to_string((enum tsmreq_rhi_when)3), "unknown");
	assert_string_equal(tsmreq_rhi_when_to_string((enum tsmreq_rhi_when) - 1), "unknown");
}

static void ghci_codes(void **state)
{
	const uint64_t bit63 = (uint64_t)1 << 63;

	(void)state;
	assert_string_equal(tsmreq_ghci_r10_to_string(0), "SUCCESS");
	assert_string_equal(tsmreq_ghci_r10_to_string(bit63), "INVALID_OPERAND");
	assert_string_equal(tsmreq_ghci_r10_to_string(bit63 | 2), "ALIGN_ERROR");
	assert_string_equal(tsmreq_ghci_r10_to_string(bit63 | 3), "SUBFUNC_UNSUPPORTED");
	assert_string_equal(tsmreq_ghci_r10_to_string(1), "unknown");
	assert_string_equal(tsmreq_ghci_r10_to_string(bit63 | 1), "unknown");
}

static void tdcm_errors(void **state)
{
	static const char *const words[] = {"TDX_MODULE",     "DEVICE",	       "SPDM_MESSAGE",
					    "IDE_KM_MESSAGE", "TDISP_MESSAGE", "INVALID_STATE"};

	(void)state;
	for (unsigned int i = 0; i < 6; i++)
		assert_string_equal(tsmreq_tdcm_error_to_string(10 + i), words[i]);
	/* not public, and the holes of the table are no words */
	for (unsigned int i = 0; i < 10; i++)
		assert_string_equal(tsmreq_tdcm_error_to_string(i), "unknown");
	assert_string_equal(tsmreq_tdcm_error_to_string(16), "unknown");
}

static void service_statuses(void **state)
{
	(void)state;
	assert_string_equal(tsmreq_service_status_to_string(0), "DONE");
	assert_string_equal(tsmreq_service_status_to_string(1), "unknown");
	assert_string_equal(tsmreq_service_status_to_string(2), "unknown");
	assert_string_equal(tsmreq_service_status_to_string(3), "RESPONSE_TOO_SMALL");
	assert_string_equal(tsmreq_service_status_to_string(4), "BAD_COMMAND_SIZE");
	assert_string_equal(tsmreq_service_status_to_string(5), "BAD_RESPONSE_SIZE");
	assert_string_equal(tsmreq_service_status_to_string(6), "BUSY");
	assert_string_equal(tsmreq_service_status_to_string(7), "unknown");
	assert_string_equal(tsmreq_service_status_to_string(0xfffffffe), "NOT_SUPPORTED");
	assert_string_equal(tsmreq_service_status_to_string(0xffffffff), "unknown");
}

static void ghcb_infos(void **state)
{
	(void)state;
	assert_string_equal(tsmreq_ghcb_info_to_string(0, 0), "SUCCESS");
	assert_string_equal(tsmreq_ghcb_info_to_string(0, 0x100000000), "INVALID_LEN");
	assert_string_equal(tsmreq_ghcb_info_to_string(0, 0x200000000), "BUSY");
	assert_string_equal(tsmreq_ghcb_info_to_string(0, 0xffffffff), "NO_FW_CALL");
	assert_string_equal(tsmreq_ghcb_info_to_string(0, 9), "INVALID_ADDRESS");
	assert_string_equal(tsmreq_ghcb_info_to_string(0, 0x16), "INVALID_PARAM");
	/* a firmware code that has another name elsewhere */
	assert_string_equal(tsmreq_ghcb_info_to_string(0, 2), "unknown");
	assert_string_equal(tsmreq_ghcb_info_to_string(2, 2), "BAD_USAGE");
	assert_string_equal(tsmreq_ghcb_info_to_string(2, 4), "MISSING_INPUT");
	assert_string_equal(tsmreq_ghcb_info_to_string(2, 5), "INVALID_INPUT");
	assert_string_equal(tsmreq_ghcb_info_to_string(2, 6), "INVALID_EVENT");
	assert_string_equal(tsmreq_ghcb_info_to_string(2, 0), "unknown");
	assert_string_equal(tsmreq_ghcb_info_to_string(2, 3), "unknown");
	assert_string_equal(tsmreq_ghcb_info_to_string(2, 7), "unknown");
	assert_string_equal(tsmreq_ghcb_info_to_string(1, 0), "unknown");
}

static void ghcb_rows(void **state)
{
	(void)state;
	assert_string_equal(tsmreq_ghcb_when_to_string(TSMREQ_GHCB_WHEN_ANY), "any");
	assert_string_equal(tsmreq_ghcb_when_to_string(TSMREQ_GHCB_WHEN_BIND), "bind");
	assert_string_equal(tsmreq_ghcb_when_to_string(TSMREQ_GHCB_WHEN_CERTAIN), "certain");
	assert_string_equal(tsmreq_ghcb_when_to_string(TSMREQ_GHCB_WHEN_NO_ROOM), "no-room");
	assert_string_equal(tsmreq_ghcb_when_to_string((enum tsmreq_ghcb_when)4), "unknown");
	assert_string_equal(tsmreq_ghcb_when_to_string((enum tsmreq_ghcb_when) - 1), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rhi_statuses),	    cmocka_unit_test(rhi_rows),
		cmocka_unit_test(ghci_codes),	    cmocka_unit_test(tdcm_errors),
		cmocka_unit_test(service_statuses), cmocka_unit_test(ghcb_infos),
		cmocka_unit_test(ghcb_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
