/* SPDX-License-Identifier: MIT */
#include "decode/word.h"
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

static const char *const nexts[] = {
	[TSMREQ_NEXT_DONE] = "done",
	[TSMREQ_NEXT_RHI_REGISTERS] = "rhi-registers",
	[TSMREQ_NEXT_RHI_PARAMETERS] = "rhi-parameters",
	[TSMREQ_NEXT_TDCM_HEADER] = "tdcm-header",
	[TSMREQ_NEXT_SERVICE_HEADERS] = "service-headers",
	[TSMREQ_NEXT_SERVICE_BODY] = "service-body",
	[TSMREQ_NEXT_SEV_EXIT] = "sev-exit",
	[TSMREQ_NEXT_SEV_MESSAGE] = "sev-message",
	[TSMREQ_NEXT_SEV_NONCE] = "sev-nonce",
};

static const char *const span_uses[] = {
	[TSMREQ_SPAN_NONE] = "none",
	[TSMREQ_SPAN_RHI_PARAMETERS] = "rhi-parameters",
	[TSMREQ_SPAN_OBJECT] = "object",
	[TSMREQ_SPAN_TDCM_HEADER] = "tdcm-header",
	[TSMREQ_SPAN_TDCM_BUFFER] = "tdcm-buffer",
	[TSMREQ_SPAN_SERVICE_COMMAND] = "service-command",
	[TSMREQ_SPAN_SERVICE_BUFFER] = "service-buffer",
	[TSMREQ_SPAN_SERVICE_RESPONSE] = "service-response",
	[TSMREQ_SPAN_SEV_RESPONSE] = "sev-response",
	[TSMREQ_SPAN_SEV_REQUEST] = "sev-request",
	[TSMREQ_SPAN_SEV_DATA] = "sev-data",
	[TSMREQ_SPAN_SEV_NONCE] = "sev-nonce",
};

static const char *const actions[] = {
	[TSMREQ_ACTION_RESUME] = "resume",
	[TSMREQ_ACTION_REENTER] = "reenter",
	[TSMREQ_ACTION_CONVERT] = "convert",
	[TSMREQ_ACTION_STOP] = "stop",
};

const char *tsmreq_call_kind_to_string(enum tsmreq_call_kind kind)
{
	return tsmreq_word_at(kinds, COUNT(kinds), (size_t)kind);
}

const char *tsmreq_reason_to_string(enum tsmreq_reason reason)
{
	return tsmreq_word_at(reasons, COUNT(reasons), (size_t)reason);
}

const char *tsmreq_shape_to_string(enum tsmreq_shape shape)
{
	return tsmreq_word_at(shapes, COUNT(shapes), (size_t)shape);
}

const char *tsmreq_next_to_string(enum tsmreq_next next)
{
	return tsmreq_word_at(nexts, COUNT(nexts), (size_t)next);
}

const char *tsmreq_span_use_to_string(enum tsmreq_span_use use)
{
	return tsmreq_word_at(span_uses, COUNT(span_uses), (size_t)use);
}

const char *tsmreq_action_to_string(enum tsmreq_action action)
{
	return tsmreq_word_at(actions, COUNT(actions), (size_t)action);
}
