/* SPDX-License-Identifier: MIT */
#include "decode/word.h"
#include <tsmreq/ghcb.h>
#include <tsmreq/ghci.h>
#include <tsmreq/rhi.h>

/* Names for the numbers that answers are made of, as the headers have them. */

static const char *const statuses[] = {
	[TSMREQ_RHI_SUCCESS] = "SUCCESS",
	[TSMREQ_RHI_INCOMPLETE] = "INCOMPLETE",
	[TSMREQ_RHI_DATA_NOT_AVAILABLE] = "DATA_NOT_AVAILABLE",
	[TSMREQ_RHI_INVALID_VDEV_ID] = "INVALID_VDEV_ID",
	[TSMREQ_RHI_INVALID_OBJECT] = "INVALID_OBJECT",
	[TSMREQ_RHI_INPUT] = "INPUT",
	[TSMREQ_RHI_DEVICE] = "DEVICE",
	[TSMREQ_RHI_INVALID_OFFSET] = "INVALID_OFFSET",
	[TSMREQ_RHI_ACCESS_FAILED] = "ACCESS_FAILED",
	[TSMREQ_RHI_BUSY] = "BUSY",
	[TSMREQ_RHI_ABORT_HAD_COMPLETED] = "ABORT_HAD_COMPLETED",
	[TSMREQ_RHI_OBJECT_UNSUPPORTED] = "OBJECT_UNSUPPORTED",
};

static const char *const numberings[] = {
	[TSMREQ_RHI_NUMBERING_FINAL] = "final",
	[TSMREQ_RHI_NUMBERING_2025_07] = "2025-07",
	[TSMREQ_RHI_NUMBERING_2025_11] = "2025-11",
};

static const char *const rhi_whens[] = {
	[TSMREQ_RHI_WHEN_ANY] = "any",
	[TSMREQ_RHI_WHEN_READ] = "read",
	[TSMREQ_RHI_WHEN_BIND] = "bind",
};

static const char *const tdcm_errors[] = {
	[TSMREQ_TDCM_ERROR_TDX_MODULE] = "TDX_MODULE",
	[TSMREQ_TDCM_ERROR_DEVICE] = "DEVICE",
	[TSMREQ_TDCM_ERROR_SPDM_MESSAGE] = "SPDM_MESSAGE",
	[TSMREQ_TDCM_ERROR_IDE_KM_MESSAGE] = "IDE_KM_MESSAGE",
	[TSMREQ_TDCM_ERROR_TDISP_MESSAGE] = "TDISP_MESSAGE",
	[TSMREQ_TDCM_ERROR_INVALID_STATE] = "INVALID_STATE",
};

static const char *const service_statuses[] = {
	[TSMREQ_SERVICE_DONE] = "DONE",
	[TSMREQ_SERVICE_RESPONSE_TOO_SMALL] = "RESPONSE_TOO_SMALL",
	[TSMREQ_SERVICE_BAD_COMMAND_SIZE] = "BAD_COMMAND_SIZE",
	[TSMREQ_SERVICE_BAD_RESPONSE_SIZE] = "BAD_RESPONSE_SIZE",
	[TSMREQ_SERVICE_BUSY] = "BUSY",
};

static const char *const malformed[] = {
	[TSMREQ_GHCB_BAD_USAGE] = "BAD_USAGE",
	[TSMREQ_GHCB_MISSING_INPUT] = "MISSING_INPUT",
	[TSMREQ_GHCB_INVALID_INPUT] = "INVALID_INPUT",
	[TSMREQ_GHCB_INVALID_EVENT] = "INVALID_EVENT",
};

static const char *const ghcb_whens[] = {
	[TSMREQ_GHCB_WHEN_ANY] = "any",
	[TSMREQ_GHCB_WHEN_BIND] = "bind",
	[TSMREQ_GHCB_WHEN_CERTAIN] = "certain",
	[TSMREQ_GHCB_WHEN_NO_ROOM] = "no-room",
};

/* Numbers too far apart for a table by number. */
struct name {
	uint64_t number;
	const char *text;
};

static const struct name r10s[] = {
	{TSMREQ_GHCI_SUCCESS, "SUCCESS"},
	{TSMREQ_GHCI_INVALID_OPERAND, "INVALID_OPERAND"},
	{TSMREQ_GHCI_ALIGN_ERROR, "ALIGN_ERROR"},
	{TSMREQ_GHCI_SUBFUNC_UNSUPPORTED, "SUBFUNC_UNSUPPORTED"},
};

static const struct name info2s[] = {
	{0, "SUCCESS"},
	{TSMREQ_GHCB_INVALID_LEN, "INVALID_LEN"},
	{TSMREQ_GHCB_BUSY, "BUSY"},
	{TSMREQ_GHCB_NO_FW_CALL, "NO_FW_CALL"},
	{TSMREQ_GHCB_INVALID_ADDRESS, "INVALID_ADDRESS"},
	{TSMREQ_GHCB_INVALID_PARAM, "INVALID_PARAM"},
};

static const char *find(const struct name *names, size_t count, uint64_t number)
{
	for (size_t i = 0; i < count; i++)
		if (names[i].number == number)
			return names[i].text;
	return "unknown";
}

const char *tsmreq_rhi_status_to_string(uint64_t status)
{
	if (status == TSMREQ_RHI_NOT_SUPPORTED)
		return "NOT_SUPPORTED";
	return tsmreq_word_at(statuses, COUNT(statuses), status);
}

const char *tsmreq_rhi_numbering_to_string(enum tsmreq_rhi_numbering numbering)
{
	return tsmreq_word_at(numberings, COUNT(numberings), (size_t)numbering);
}

const char *tsmreq_rhi_when_to_string(enum tsmreq_rhi_when when)
{
	return tsmreq_word_at(rhi_whens, COUNT(rhi_whens), (size_t)when);
}

const char *tsmreq_ghci_r10_to_string(uint64_t r10)
{
	return find(r10s, COUNT(r10s), r10);
}

const char *tsmreq_tdcm_error_to_string(uint32_t error)
{
	return tsmreq_word_at(tdcm_errors, COUNT(tdcm_errors), error);
}

const char *tsmreq_service_status_to_string(uint32_t status)
{
	if (status == TSMREQ_SERVICE_NOT_SUPPORTED)
		return "NOT_SUPPORTED";
	return tsmreq_word_at(service_statuses, COUNT(service_statuses), status);
}

const char *tsmreq_ghcb_info_to_string(uint32_t info1, uint64_t info2)
{
	if (info1 == TSMREQ_GHCB_MALFORMED)
		return tsmreq_word_at(malformed, COUNT(malformed), info2);
	return info1 ? "unknown" : find(info2s, COUNT(info2s), info2);
}

const char *tsmreq_ghcb_when_to_string(enum tsmreq_ghcb_when when)
{
	return tsmreq_word_at(ghcb_whens, COUNT(ghcb_whens), (size_t)when);
}
