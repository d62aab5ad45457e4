/* SPDX-License-Identifier: MIT */
#include "decode/count.h"
#include <tsmreq/call.h>

/* The words of the vectors, by number: a hole would read as NULL, and a test looks for one. */
static const char *const kinds[] = {
	[TSMREQ_CALL_NONE] = "none",
	[TSMREQ_CALL_REJECT] = "reject",
	[TSMREQ_CALL_PENDING] = "pending",
	[TSMREQ_CALL_VERSION] = "version",
	[TSMREQ_CALL_FEATURES] = "features",
	[TSMREQ_CALL_CHECK_SUPPORT] = "check_support",
	[TSMREQ_CALL_OBJECT_SIZE] = "object_size",
	[TSMREQ_CALL_READ_OBJECT] = "read_object",
	[TSMREQ_CALL_REGEN] = "regen",
	[TSMREQ_CALL_TDI_INFO] = "tdi_info",
	[TSMREQ_CALL_DEVICE_INFO] = "device_info",
	[TSMREQ_CALL_BIND] = "bind",
	[TSMREQ_CALL_UNBIND] = "unbind",
	[TSMREQ_CALL_SET_TDI_STATE] = "set_tdi_state",
	[TSMREQ_CALL_GET_TDI_STATE] = "get_tdi_state",
	[TSMREQ_CALL_P2P_UNBIND] = "p2p_unbind",
	[TSMREQ_CALL_VDEV_REQUEST] = "vdev_request",
	[TSMREQ_CALL_VALIDATE_MMIO] = "validate_mmio",
	[TSMREQ_CALL_MMIO_CONFIG] = "mmio_config",
	[TSMREQ_CALL_SET_DMA] = "set_dma",
	[TSMREQ_CALL_MEMORY_FAULT] = "memory_fault",
	[TSMREQ_CALL_CONTINUE] = "continue",
	[TSMREQ_CALL_ABORT] = "abort",
	[TSMREQ_CALL_SERVICE_QUERY] = "service_query",
	[TSMREQ_CALL_SERVICE_UNKNOWN] = "service_unknown",
	[TSMREQ_CALL_LEGACY_CONTEXT] = "legacy_context",
	[TSMREQ_CALL_LEGACY_TDISP] = "legacy_tdisp",
	[TSMREQ_CALL_LEGACY_MAP_DMA] = "legacy_map_dma",
	[TSMREQ_CALL_LEGACY_DEVICE_INFO] = "legacy_device_info",
	[TSMREQ_CALL_LEGACY_UNKNOWN] = "legacy_unknown",
	[TSMREQ_CALL_SNP_REQ_CERTS] = "snp_req_certs",
};

static const char *const reasons[] = {
	[TSMREQ_REASON_NONE] = "none",
	[TSMREQ_REASON_BAD_USAGE] = "bad_usage",
	[TSMREQ_REASON_BAD_VERSION] = "bad_version",
	[TSMREQ_REASON_BAD_BITMAP] = "bad_bitmap",
	[TSMREQ_REASON_BAD_FUNCTION] = "bad_function",
	[TSMREQ_REASON_BAD_FLAGS] = "bad_flags",
	[TSMREQ_REASON_FLAGS_MISMATCH] = "flags_mismatch",
	[TSMREQ_REASON_ENCODING_B] = "encoding_b",
	[TSMREQ_REASON_NOT_OFFERED] = "not_offered",
	[TSMREQ_REASON_BAD_ACTION] = "bad_action",
	[TSMREQ_REASON_BAD_GUEST] = "bad_guest",
	[TSMREQ_REASON_BAD_OBJECT] = "bad_object",
	[TSMREQ_REASON_BAD_STATE] = "bad_state",
	[TSMREQ_REASON_BAD_LENGTH] = "bad_length",
	[TSMREQ_REASON_BAD_OFFSET] = "bad_offset",
	[TSMREQ_REASON_BAD_ADDRESS] = "bad_address",
	[TSMREQ_REASON_BAD_ALIGNMENT] = "bad_alignment",
	[TSMREQ_REASON_BAD_RANGE] = "bad_range",
	[TSMREQ_REASON_BAD_VECTOR] = "bad_vector",
	[TSMREQ_REASON_BAD_PAGE] = "bad_page",
	[TSMREQ_REASON_BAD_DATA] = "bad_data",
	[TSMREQ_REASON_BAD_HEADER] = "bad_header",
	[TSMREQ_REASON_BAD_MESSAGE] = "bad_message",
	[TSMREQ_REASON_BAD_STATUS] = "bad_status",
	[TSMREQ_REASON_BAD_GUID] = "bad_guid",
};

static const char *const shapes[] = {
	[TSMREQ_SHAPE_NONE] = "none",
	[TSMREQ_SHAPE_RHI] = "rhi",
	[TSMREQ_SHAPE_TIO_RESPONSE] = "tio-response",
	[TSMREQ_SHAPE_TIO_REENTER] = "tio-reenter",
	[TSMREQ_SHAPE_MEMORY_FAULT] = "memory-fault",
	[TSMREQ_SHAPE_TDCM] = "tdcm",
	[TSMREQ_SHAPE_SERVICE] = "service",
	[TSMREQ_SHAPE_GHCB_PAGE] = "ghcb-page",
	[TSMREQ_SHAPE_VMGEXIT_TIO] = "vmgexit-tio",
	[TSMREQ_SHAPE_VMGEXIT_TIO_OP] = "vmgexit-tio-op",
	[TSMREQ_SHAPE_VMGEXIT_RFC1] = "vmgexit-rfc1",
	[TSMREQ_SHAPE_SNP_CERTS] = "snp-certs",
};

static const char *const actions[] = {
	[TSMREQ_ACTION_RESUME] = "resume",
	[TSMREQ_ACTION_REENTER] = "reenter",
	[TSMREQ_ACTION_CONVERT] = "convert",
	[TSMREQ_ACTION_STOP] = "stop",
};

/* @number is unsigned on purpose: an enumerator out of a file or a peer may be negative. */
static const char *word(const char *const *words, size_t count, size_t number)
{
	return number < count ? words[number] : "unknown";
}

const char *tsmreq_call_kind_to_string(enum tsmreq_call_kind kind)
{
	return word(kinds, COUNT(kinds), (size_t)kind);
}

const char *tsmreq_reason_to_string(enum tsmreq_reason reason)
{
	return word(reasons, COUNT(reasons), (size_t)reason);
}

const char *tsmreq_shape_to_string(enum tsmreq_shape shape)
{
	return word(shapes, COUNT(shapes), (size_t)shape);
}

const char *tsmreq_action_to_string(enum tsmreq_action action)
{
	return word(actions, COUNT(actions), (size_t)action);
}
