/* SPDX-License-Identifier: MIT */
#include "decode/sev.h"
#include "decode/count.h"
#include "decode/refuse.h"
#include <errno.h>
#include <string.h>

#define RESERVED_A    0xfff0000000000000u
#define RESERVED_RFC1 0xfff0000000000008u

static const struct sev_abi abis[] = {
	[TSMREQ_GHCB_AUTO] =
		{
			.name = "auto",
			.request = TSMREQ_GHCB_EXIT_TIO_REQUEST,
			.op = TSMREQ_GHCB_EXIT_TIO_OP,
			.exit = TSMREQ_VMGEXIT_SIZE,
			.encoding = SEV_ENCODING_AUTO,
			.reserved = RESERVED_A,
			.has_order = true,
			.has_private = true,
		},
	[TSMREQ_GHCB_TIO_A] =
		{
			.name = "tio-a",
			.request = TSMREQ_GHCB_EXIT_TIO_REQUEST,
			.op = TSMREQ_GHCB_EXIT_TIO_OP,
			.exit = TSMREQ_VMGEXIT_SIZE,
			.encoding = SEV_ENCODING_A,
			.reserved = RESERVED_A,
			.has_order = true,
			.has_private = true,
		},
	[TSMREQ_GHCB_TIO_B] =
		{
			.name = "tio-b",
			.request = TSMREQ_GHCB_EXIT_TIO_REQUEST,
			.op = TSMREQ_GHCB_EXIT_TIO_OP,
			.exit = TSMREQ_VMGEXIT_SIZE,
			.encoding = SEV_ENCODING_B,
		},
	[TSMREQ_GHCB_RFC1] =
		{
			.name = "rfc1",
			.request = TSMREQ_GHCB_EXIT_TIO_REQUEST,
			.exit = 12,
			.encoding = SEV_ENCODING_A,
			.reserved = RESERVED_RFC1,
			.has_order = true,
			.rfc = true,
		},
	[TSMREQ_GHCB_RFC2] =
		{
			.name = "rfc2",
			.request = TSMREQ_GHCB_EXIT_TIO_REQUEST,
			.exit = TSMREQ_VMGEXIT_SIZE,
			.encoding = SEV_ENCODING_A,
			.reserved = RESERVED_A,
			.rfc = true,
		},
	[TSMREQ_GHCB_204] =
		{
			.name = "ghcb204",
			.request = TSMREQ_GHCB_EXIT_TIO_DRAFT,
			.encoding = SEV_ENCODING_NONE,
		},
};

const struct sev_abi *tsmreq_sev_find_abi(enum tsmreq_ghcb_abi abi)
{
	return abi >= TSMREQ_GHCB_AUTO && (size_t)abi < COUNT(abis) ? &abis[abi] : NULL;
}

const char *tsmreq_ghcb_abi_to_string(enum tsmreq_ghcb_abi abi)
{
	const struct sev_abi *row = tsmreq_sev_find_abi(abi);

	return row ? row->name : "unknown";
}

int tsmreq_ghcb_abi_from_string(const char *word, enum tsmreq_ghcb_abi *ret)
{
	for (size_t i = TSMREQ_GHCB_AUTO; i < COUNT(abis); i++)
		if (!strcmp(word, abis[i].name)) {
			*ret = (enum tsmreq_ghcb_abi)i;
			return 0;
		}
	return -EINVAL;
}

/*
 * Every refusal there is. A page outside guest memory is malformed input like any other, but one
 * that is no page of its own gets KVM's answer: the last row, which its reason does not find.
 */
static const struct tsmreq_ghcb_refusal refusals[] = {
	{TSMREQ_GHCB_BAD_USAGE, 2, 0x16, TSMREQ_REASON_BAD_USAGE, 0},
	{TSMREQ_GHCB_MISSING_INPUT, 2, 0x16, TSMREQ_REASON_BAD_BITMAP, 0},
	{TSMREQ_GHCB_INVALID_EVENT, 2, 0x16, TSMREQ_REASON_BAD_VERSION, 0},
	{TSMREQ_GHCB_INVALID_INPUT, 2, 0x9, TSMREQ_REASON_BAD_PAGE, 0},
	{TSMREQ_GHCB_INVALID_INPUT, 2, 0x9, TSMREQ_REASON_BAD_DATA, 0},
	{TSMREQ_GHCB_INVALID_PARAM, 0, 0x16, TSMREQ_REASON_BAD_ACTION, 0},
	{TSMREQ_GHCB_INVALID_PARAM, 0, 0x16, TSMREQ_REASON_BAD_GUEST, 0},
	{TSMREQ_GHCB_INVALID_PARAM, 0, 0x16, TSMREQ_REASON_BAD_HEADER, 0},
	{TSMREQ_GHCB_INVALID_PARAM, 0, 0x16, TSMREQ_REASON_BAD_MESSAGE, 0},
	{TSMREQ_GHCB_INVALID_PARAM, 0, 0x16, TSMREQ_REASON_BAD_RANGE, 0},
	{TSMREQ_GHCB_INVALID_PARAM, 0, 0x16, TSMREQ_REASON_FLAGS_MISMATCH, 0},
	{TSMREQ_GHCB_INVALID_PARAM, 0, 0x16, TSMREQ_REASON_ENCODING_B, 0},
	{TSMREQ_GHCB_MISSING_INPUT, 2, 0x9, TSMREQ_REASON_BAD_PAGE, 0},
};

#define MISPLACED (&refusals[COUNT(refusals) - 1])

static int refuse(struct tsmreq_call *call, const struct tsmreq_ghcb_refusal *row)
{
	if (call->shape == TSMREQ_SHAPE_GHCB_PAGE)
		return tsmreq_call_refuse(call, row->reason, row->info2, row->info1, 0);
	return tsmreq_call_refuse(call, row->reason, (uint32_t)row->fw_err, 0, 0);
}

int tsmreq_ghcb_refuse(struct tsmreq_call *call, enum tsmreq_reason reason)
{
	if (call->arch != TSMREQ_ARCH_SEV)
		return -EINVAL;
	for (size_t i = 0; i < COUNT(refusals); i++)
		if (refusals[i].reason == reason)
			return refuse(call, &refusals[i]);
	return -EINVAL;
}

bool tsmreq_ghcb_refusal_at(unsigned int i, struct tsmreq_ghcb_refusal *ret)
{
	if (i >= COUNT(refusals))
		return false;
	*ret = refusals[i];
	return true;
}

/* TIO_OP, by action. */
static const struct op {
	enum tsmreq_call_kind kind;
	enum tsmreq_tdi_state target;
} ops[] = {
	{.kind = TSMREQ_CALL_BIND},
	{.kind = TSMREQ_CALL_UNBIND},
	{TSMREQ_CALL_SET_TDI_STATE, TSMREQ_TDI_RUN},
	{TSMREQ_CALL_SET_TDI_STATE, TSMREQ_TDI_UNLOCKED},
};

int tsmreq_sev_decode_op(uint32_t action, struct tsmreq_call *call)
{
	if (action >= COUNT(ops))
		return tsmreq_ghcb_refuse(call, TSMREQ_REASON_BAD_ACTION);
	call->kind = ops[action].kind;
	call->u.state.target = ops[action].target;
	return 0;
}

int tsmreq_sev_encode_op(const struct tsmreq_call *call, uint32_t *ret_action)
{
	for (uint32_t i = 0; i < COUNT(ops); i++) {
		if (ops[i].kind != call->kind)
			continue;
		if (call->kind == TSMREQ_CALL_SET_TDI_STATE &&
		    ops[i].target != call->u.state.target)
			continue;
		*ret_action = i;
		return 0;
	}
	return -EINVAL;
}

int tsmreq_sev_decode_request(uint64_t request, uint64_t response,
			      const struct tsmreq_call_hints *hints, struct tsmreq_call *call)
{
	if ((request | response) & SEV_PAGE_MASK || request == response)
		return refuse(call, MISPLACED);
	if (request >= SEV_GPA_END || response >= SEV_GPA_END)
		return tsmreq_ghcb_refuse(call, TSMREQ_REASON_BAD_PAGE);

	call->kind = TSMREQ_CALL_PENDING;
	call->next = TSMREQ_NEXT_SEV_MESSAGE;
	call->read[0].gpa.raw = request;
	call->read[0].size = SEV_PAGE;
	call->read[0].use = TSMREQ_SPAN_SEV_REQUEST;
	call->write[0].gpa.raw = response;
	call->write[0].size = SEV_PAGE;
	call->write[0].use = TSMREQ_SPAN_SEV_RESPONSE;
	call->u.hints = *hints;
	return 0;
}
