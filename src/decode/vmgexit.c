/* SPDX-License-Identifier: MIT */
#include "base/bytes.h"
#include "decode/clear.h"
#include "decode/sev.h"
#include <errno.h>
#include <string.h>

/* The exit union of kvm_run. Packed: nothing from offset 12 on is aligned. */
#define TYPE	  0u
#define GUEST_RID 4u

#define TIO_REQ	       4u
#define REQ_FLAGS      10u
#define REQ_STATUS     11u
#define REQ_DATA_GPA   12u
#define REQ_DATA_PAGES 20u
#define REQ_REQUEST    28u
#define REQ_RESPONSE   36u
#define REQ_GPA	       44u
#define REQ_FW_ERR     52u

#define TIO_OP	  5u
#define OP_OP	  8u
#define OP_FW_ERR 12u
#define OP_TDI_ID 20u

/* August 2024: the exit is only told that the device is not bound. */
static bool is_rfc1(const struct sev_abi *abi)
{
	return abi->exit < TSMREQ_VMGEXIT_SIZE;
}

static int decode_rfc1(struct tsmreq_call *call)
{
	call->shape = TSMREQ_SHAPE_VMGEXIT_RFC1;
	return tsmreq_sev_decode_op(0, call);
}

/* Bytes that KVM does not write before this exit (ret, tdi_status, fw_err) are not looked at. */
static int decode_request(const uint8_t *exit, struct tsmreq_call *call)
{
	const struct tsmreq_call_hints hints = {
		.rax = tsmreq_load_le64(exit + REQ_DATA_GPA),
		.rbx = tsmreq_load_le64(exit + REQ_DATA_PAGES),
		.rcx = call->dev.raw,
		.rdx = tsmreq_load_le64(exit + REQ_GPA),
		.flags = exit[REQ_FLAGS],
	};

	call->shape = TSMREQ_SHAPE_VMGEXIT_TIO;
	return tsmreq_sev_decode_request(tsmreq_load_le64(exit + REQ_REQUEST),
					 tsmreq_load_le64(exit + REQ_RESPONSE), &hints, call);
}

static int decode_op(const uint8_t *exit, struct tsmreq_call *call)
{
	call->shape = TSMREQ_SHAPE_VMGEXIT_TIO_OP;
	return tsmreq_sev_decode_op(exit[OP_OP], call);
}

int tsmreq_vmgexit_decode(enum tsmreq_ghcb_abi abi, struct tsmreq_bytes exit,
			  struct tsmreq_call *ret)
{
	const struct sev_abi *row = tsmreq_sev_find_abi(abi);
	const uint8_t *bytes = exit.data;
	uint32_t type;

	tsmreq_call_clear(ret);
	if (!row || !row->exit)
		return -EINVAL;
	if (exit.size < row->exit)
		return -EMSGSIZE;
	type = tsmreq_load_le32(bytes + TYPE);
	if (type != TIO_REQ && (type != TIO_OP || !row->op))
		return 0;

	ret->arch = TSMREQ_ARCH_SEV;
	ret->dev.raw = tsmreq_load_le32(bytes + GUEST_RID);
	if (type == TIO_OP)
		return decode_op(bytes, ret);
	return is_rfc1(row) ? decode_rfc1(ret) : decode_request(bytes, ret);
}

/* What KVM will read, and nothing else: the other bytes are what an earlier exit left. */
static void store_answer(const struct tsmreq_call *call, const struct tsmreq_answer *answer,
			 uint32_t fw_err, uint8_t *exit)
{
	if (call->shape == TSMREQ_SHAPE_VMGEXIT_TIO_OP) {
		const bool bound = call->kind == TSMREQ_CALL_BIND && !fw_err;

		tsmreq_store_le32(exit + OP_FW_ERR, fw_err);
		tsmreq_store_le64(exit + OP_TDI_ID, bound ? answer->value : 0);
		return;
	}
	tsmreq_store_le32(exit + REQ_FW_ERR, fw_err);
	/* after a failure too: KVM copies it for the guest in any case */
	if (call->kind == TSMREQ_CALL_TDI_INFO)
		exit[REQ_STATUS] = tsmreq_sev_tdi_status(answer);
}

int tsmreq_vmgexit_encode(const struct tsmreq_call *call, const struct tsmreq_answer *answer,
			  void *exit, size_t size)
{
	uint64_t info2;

	if (call->shape == TSMREQ_SHAPE_VMGEXIT_RFC1)
		return 0; /* that KVM looks at nothing */
	if (call->shape != TSMREQ_SHAPE_VMGEXIT_TIO && call->shape != TSMREQ_SHAPE_VMGEXIT_TIO_OP)
		return -EINVAL;
	if (size < TSMREQ_VMGEXIT_SIZE)
		return -EMSGSIZE;
	if (call->kind == TSMREQ_CALL_REJECT) {
		store_answer(call, answer, (uint32_t)call->u.refusal.code, exit);
		return 0;
	}
	if (tsmreq_sev_judge(call, answer, &info2))
		return -EINVAL;
	/* the guest cannot be told to try again: the VMM does */
	if (info2 == TSMREQ_GHCB_BUSY)
		return -EAGAIN;
	store_answer(call, answer, (uint32_t)info2, exit);
	return 0;
}

static int encode_op(const struct tsmreq_call *call, uint8_t *exit)
{
	uint32_t action;

	if (tsmreq_sev_encode_op(call, &action))
		return -EINVAL;
	tsmreq_store_le32(exit + TYPE, TIO_OP);
	exit[OP_OP] = (uint8_t)action;
	return 0;
}

static int encode_request(const struct sev_abi *abi, const struct tsmreq_call *call, uint8_t *exit)
{
	struct tsmreq_call_hints hints;

	if (tsmreq_sev_encode_request(abi, call, &hints))
		return -EINVAL;
	tsmreq_store_le32(exit + TYPE, TIO_REQ);
	exit[REQ_FLAGS] = (uint8_t)hints.flags;
	tsmreq_store_le64(exit + REQ_DATA_GPA, hints.rax);
	tsmreq_store_le64(exit + REQ_DATA_PAGES, hints.rbx);
	tsmreq_store_le64(exit + REQ_REQUEST, call->read[0].gpa.raw);
	tsmreq_store_le64(exit + REQ_RESPONSE, call->write[0].gpa.raw);
	tsmreq_store_le64(exit + REQ_GPA, hints.rdx);
	return 0;
}

int tsmreq_vmgexit_encode_call(enum tsmreq_ghcb_abi abi, const struct tsmreq_call *call, void *exit,
			       size_t size)
{
	const struct sev_abi *row = tsmreq_sev_find_abi(abi);
	uint8_t *bytes = exit;

	if (!row || !row->exit)
		return -EINVAL;
	if (size < row->exit)
		return -EMSGSIZE;

	memset(bytes, 0, row->exit);
	tsmreq_store_le32(bytes + GUEST_RID, (uint32_t)call->dev.raw);
	if (is_rfc1(row)) {
		tsmreq_store_le32(bytes + TYPE, TIO_REQ);
		return call->shape == TSMREQ_SHAPE_VMGEXIT_RFC1 ? 0 : -EINVAL;
	}
	if (row->op && call->shape == TSMREQ_SHAPE_VMGEXIT_TIO_OP)
		return encode_op(call, bytes);
	return call->shape == TSMREQ_SHAPE_VMGEXIT_TIO ? encode_request(row, call, bytes) : -EINVAL;
}
