/* SPDX-License-Identifier: MIT */
#include "base/bytes.h"
#include "decode/count.h"
#include "decode/td.h"
#include <errno.h>
#include <string.h>
#include <tsmreq/ghci.h>

/* Offsets in the TDCM buffer. */
#define OPERATION 0u
#define VERSION	  2u
#define RESERVED  3u /* and rsvd1, up to STATUS */
#define STATUS	  8u
#define ERROR	  9u /* then rsvd2 and rsvd3, up to LENGTH */
#define LENGTH	  16u
#define DATA	  20u

_Static_assert(DATA == TSMREQ_TDCM_HEADER_SIZE, "data follow the header");

/* The first fault decides: what does not concern memory, then where the buffer is. */
static int decode_tdcm(const struct tsmreq_ghci_opts *opts, const struct tsmreq_ghci_exit *exit,
		       struct tsmreq_call *call)
{
	const uint64_t shared = td_shared_bit(opts), size = exit->r14;
	const uint64_t gpa = exit->r13 ^ shared;

	call->arch = TSMREQ_ARCH_TDX;
	call->shape = TSMREQ_SHAPE_TDCM;
	if (!(opts->offers & TSMREQ_GHCI_TDCM))
		return td_refuse(call, TSMREQ_REASON_NOT_OFFERED, TSMREQ_GHCI_SUBFUNC_UNSUPPORTED);
	if (exit->r12 > UINT16_MAX)
		return td_refuse(call, TSMREQ_REASON_BAD_GUEST, TSMREQ_GHCI_INVALID_OPERAND);
	call->dev.raw = exit->r12;
	if (!td_is_vector(exit->r15))
		return td_refuse(call, TSMREQ_REASON_BAD_VECTOR, TSMREQ_GHCI_INVALID_OPERAND);

	if (!(exit->r13 & shared))
		return td_refuse(call, TSMREQ_REASON_BAD_ADDRESS, TSMREQ_GHCI_INVALID_OPERAND);
	if (!size)
		return td_refuse(call, TSMREQ_REASON_BAD_LENGTH, TSMREQ_GHCI_INVALID_OPERAND);
	if ((gpa | size) & TD_PAGE_MASK)
		return td_refuse(call, TSMREQ_REASON_BAD_ALIGNMENT, TSMREQ_GHCI_ALIGN_ERROR);
	if (size > TSMREQ_GHCI_BUFFER_MAX)
		return td_refuse(call, TSMREQ_REASON_BAD_LENGTH, TSMREQ_GHCI_INVALID_OPERAND);
	if (!td_is_below_shared(opts, gpa, size))
		return td_refuse(call, TSMREQ_REASON_BAD_ADDRESS, TSMREQ_GHCI_INVALID_OPERAND);

	call->kind = TSMREQ_CALL_PENDING;
	call->next = TSMREQ_NEXT_TDCM_HEADER;
	call->vector = (uint32_t)exit->r15;
	td_set_span(&call->read[0], gpa, TSMREQ_TDCM_HEADER_SIZE, TSMREQ_SPAN_TDCM_HEADER);
	td_set_span(&call->write[0], gpa, size, TSMREQ_SPAN_TDCM_BUFFER);
	return 0;
}

int tsmreq_ghci_decode(const struct tsmreq_ghci_opts *opts, const struct tsmreq_ghci_exit *exit,
		       struct tsmreq_call *ret)
{
	struct tsmreq_ghci_opts ours;
	int rc;

	tsmreq_call_clear(ret);
	rc = td_copy_opts(&ours, opts);
	if (rc)
		return rc;
	/* R10 not 0: a hypercall of the vendor's, whatever R11 says */
	if (exit->r10)
		return 0;
	if (exit->r11 == TSMREQ_GHCI_LEAF_TDCM)
		return decode_tdcm(&ours, exit, ret);
	if (exit->r11 == TSMREQ_GHCI_LEAF_SERVICE)
		return tsmreq_service_decode(&ours, exit, ret);
	return 0;
}

/* By number; 0 is none. */
static const enum tsmreq_call_kind operations[] = {
	[1] = TSMREQ_CALL_CHECK_SUPPORT, [2] = TSMREQ_CALL_BIND,
	[3] = TSMREQ_CALL_DEVICE_INFO,	 [4] = TSMREQ_CALL_READ_OBJECT,
	[5] = TSMREQ_CALL_SET_TDI_STATE, [6] = TSMREQ_CALL_GET_TDI_STATE,
	[7] = TSMREQ_CALL_UNBIND,
};

static int refuse_header(struct tsmreq_call *call, enum tsmreq_reason reason)
{
	return td_refuse_in_buffer(call, reason, TSMREQ_TDCM_ERROR_INVALID_STATE,
				   TSMREQ_TDCM_HEADER_SIZE);
}

int tsmreq_ghci_decode_header(struct tsmreq_bytes header, struct tsmreq_call *call)
{
	const uint8_t *bytes = header.data;
	uint16_t operation;

	if (call->next != TSMREQ_NEXT_TDCM_HEADER)
		return -EINVAL;
	if (header.size < TSMREQ_TDCM_HEADER_SIZE)
		return -EMSGSIZE;

	/* the answer to another request may live here: it stays */
	if (bytes[STATUS] != TSMREQ_TDCM_WAIT)
		return td_refuse(call, TSMREQ_REASON_BAD_STATUS, TSMREQ_GHCI_INVALID_OPERAND);
	operation = tsmreq_load_le16(bytes + OPERATION);
	if (!operation || operation >= COUNT(operations))
		return refuse_header(call, TSMREQ_REASON_BAD_ACTION);
	if (bytes[VERSION])
		return refuse_header(call, TSMREQ_REASON_BAD_VERSION);
	/* no operation has command data: what they would mean is not ours to guess */
	if (tsmreq_load_le32(bytes + LENGTH))
		return refuse_header(call, TSMREQ_REASON_BAD_DATA);

	call->kind = operations[operation];
	call->next = TSMREQ_NEXT_DONE;
	if (call->kind == TSMREQ_CALL_READ_OBJECT) {
		call->u.object.object = TSMREQ_OBJECT_INTERFACE_REPORT;
		call->u.object.length = call->write[0].size - DATA;
	} else if (call->kind == TSMREQ_CALL_SET_TDI_STATE) {
		call->u.state.target = TSMREQ_TDI_RUN;
	}
	return 0;
}

/* Everything an errno can become, the exception before the rule. Also printed. */
static const struct tsmreq_ghci_errno errnos[] = {
	{TSMREQ_TDCM_ERROR_INVALID_STATE, ENODEV}, {TSMREQ_TDCM_ERROR_INVALID_STATE, ENXIO},
	{TSMREQ_TDCM_ERROR_INVALID_STATE, EINVAL}, {TSMREQ_TDCM_ERROR_INVALID_STATE, EOPNOTSUPP},
	{TSMREQ_TDCM_ERROR_INVALID_STATE, ENOTTY}, {TSMREQ_TDCM_ERROR_INVALID_STATE, ENOENT},
	{TSMREQ_TDCM_ERROR_INVALID_STATE, ESTALE}, {TSMREQ_TDCM_ERROR_DEVICE, EBUSY},
	{TSMREQ_TDCM_ERROR_DEVICE, EAGAIN},	   {TSMREQ_TDCM_ERROR_DEVICE, ETIMEDOUT},
	{TSMREQ_TDCM_ERROR_TDX_MODULE, 0},
};

uint32_t tsmreq_ghci_error_from_errno(int rc)
{
	const struct tsmreq_ghci_errno *row = errnos;

	while (row->error && -row->error != rc)
		row++;
	return row->code;
}

uint32_t tsmreq_ghci_report_error(const struct tsmreq_call *call, uint64_t size)
{
	if (!size || size > TSMREQ_TDCM_REPORT_MAX)
		return TSMREQ_TDCM_ERROR_DEVICE;
	return size > call->u.object.length ? TSMREQ_TDCM_ERROR_INVALID_STATE : 0;
}

static bool is_layer(uint32_t layer)
{
	return !layer ||
	       (layer >= TSMREQ_TDCM_ERROR_TDX_MODULE && layer <= TSMREQ_TDCM_ERROR_INVALID_STATE);
}

/* The error byte of what was done, 0: it worked. */
static uint32_t judge(const struct tsmreq_call *call, const struct tsmreq_answer *answer)
{
	/* "no" is an answer, and no guest gets anything else for a device it does not have */
	if (call->kind == TSMREQ_CALL_CHECK_SUPPORT && answer->rc == -ENODEV)
		return 0;
	if (answer->rc && answer->layer)
		return answer->layer;
	/* the kernel may say ENODATA, too: only a completed call means an empty report */
	if (answer->rc == -ENODATA && answer->result.outcome == TSMREQ_OUTCOME_COMPLETED)
		return tsmreq_ghci_report_error(call, 0);
	if (answer->rc)
		return tsmreq_ghci_error_from_errno(answer->rc);
	if (call->kind == TSMREQ_CALL_READ_OBJECT)
		return tsmreq_ghci_report_error(call, answer->data.size);
	return 0;
}

/* Data, header, status: the guest reads the other fields once it has seen the status. */
static int encode_tdcm(const struct tsmreq_call *call, const struct tsmreq_answer *answer,
		       struct tsmreq_ghci_reply *reply)
{
	uint32_t error = TSMREQ_TDCM_ERROR_INVALID_STATE, size = 0;

	/* how DEVICE_INFO and GET_TDI_STATE are answered is not public */
	if (call->kind == TSMREQ_CALL_REJECT) {
		error = call->u.refusal.detail;
	} else if (call->kind != TSMREQ_CALL_DEVICE_INFO &&
		   call->kind != TSMREQ_CALL_GET_TDI_STATE) {
		if (answer->rc > 0 || !is_layer(answer->layer))
			return -EINVAL;
		error = judge(call, answer);
	}

	if (!error && call->kind == TSMREQ_CALL_CHECK_SUPPORT) {
		reply->image[DATA] = !answer->rc && answer->value;
		size = 1;
	} else if (!error && call->kind == TSMREQ_CALL_READ_OBJECT) {
		reply->data = answer->data;
		size = (uint32_t)answer->data.size;
	}
	if (size)
		td_add_write(reply, DATA, size);
	td_add_write(reply, RESERVED, STATUS - RESERVED);
	reply->image[ERROR] = (uint8_t)error;
	tsmreq_store_le32(reply->image + LENGTH, size);
	td_add_write(reply, ERROR, DATA - ERROR);
	reply->image[STATUS] = error ? TSMREQ_TDCM_ERROR : TSMREQ_TDCM_COMPLETED;
	td_add_write(reply, STATUS, 1);
	return 0;
}

void tsmreq_ghci_encode_r10(uint64_t r10, struct tsmreq_ghci_reply *ret)
{
	/* in two parts, small enough for compilers to do it in place */
	memset(ret, 0, offsetof(struct tsmreq_ghci_reply, image));
	memset(ret->image, 0, sizeof(ret->image));
	ret->r10 = r10;
}

int tsmreq_ghci_encode(const struct tsmreq_call *call, const struct tsmreq_answer *answer,
		       struct tsmreq_ghci_reply *ret)
{
	const bool tdcm = call->shape == TSMREQ_SHAPE_TDCM;
	int rc;

	tsmreq_ghci_encode_r10(TSMREQ_GHCI_INVALID_OPERAND, ret);
	if (call->kind == TSMREQ_CALL_PENDING || (!tdcm && call->shape != TSMREQ_SHAPE_SERVICE))
		return -EINVAL;
	if (call->kind == TSMREQ_CALL_REJECT && !call->u.refusal.length) {
		ret->r10 = call->u.refusal.code;
		return 0;
	}

	rc = tdcm ? encode_tdcm(call, answer, ret) : tsmreq_service_encode(call, answer, ret);
	if (rc)
		return rc;
	ret->r10 = TSMREQ_GHCI_SUCCESS;
	ret->gpa = call->write[0].gpa;
	ret->vector = call->vector;
	return 0;
}

bool tsmreq_ghci_write_at(const struct tsmreq_ghci_reply *reply, unsigned int i,
			  struct tsmreq_ghci_write *ret)
{
	if (i >= reply->writes)
		return false;
	memset(ret, 0, sizeof(*ret));
	ret->gpa.raw = reply->gpa.raw + reply->piece[i].offset;
	if (!i && reply->data.size)
		ret->bytes.data = reply->data.data;
	else
		ret->bytes.data = reply->image + reply->piece[i].offset;
	ret->bytes.size = reply->piece[i].size;
	ret->last = i + 1 == reply->writes;
	return true;
}

/* 0: TDCM has no words for it. */
static uint16_t operation_of(const struct tsmreq_call *call)
{
	uint16_t operation = COUNT(operations) - 1;

	if (call->kind == TSMREQ_CALL_READ_OBJECT &&
	    call->u.object.object != TSMREQ_OBJECT_INTERFACE_REPORT)
		return 0;
	if (call->kind == TSMREQ_CALL_SET_TDI_STATE && call->u.state.target != TSMREQ_TDI_RUN)
		return 0;
	while (operation && operations[operation] != call->kind)
		operation--;
	return operation;
}

int tsmreq_ghci_encode_call(const struct tsmreq_ghci_opts *opts, const struct tsmreq_call *call,
			    struct tsmreq_ghci_exit *ret)
{
	struct tsmreq_ghci_opts ours;
	int rc;

	memset(ret, 0, sizeof(*ret));
	rc = td_copy_opts(&ours, opts);
	if (rc)
		return rc;
	if (call->shape == TSMREQ_SHAPE_SERVICE)
		return tsmreq_service_encode_call(&ours, call, ret);
	if (call->shape != TSMREQ_SHAPE_TDCM || !operation_of(call))
		return -EINVAL;
	ret->r11 = TSMREQ_GHCI_LEAF_TDCM;
	ret->r12 = call->dev.raw;
	ret->r13 = call->write[0].gpa.raw | td_shared_bit(&ours);
	ret->r14 = call->write[0].size;
	ret->r15 = call->vector;
	return 0;
}

int tsmreq_ghci_encode_command(const struct tsmreq_call *call, struct tsmreq_buffer *dst)
{
	dst->size = 0;
	if (call->shape == TSMREQ_SHAPE_SERVICE)
		return tsmreq_service_encode_command(call, dst);
	if (call->shape != TSMREQ_SHAPE_TDCM || !operation_of(call))
		return -EINVAL;
	if (dst->capacity < TSMREQ_TDCM_HEADER_SIZE)
		return -EMSGSIZE;
	memset(dst->data, 0, TSMREQ_TDCM_HEADER_SIZE);
	tsmreq_store_le16((uint8_t *)dst->data + OPERATION, operation_of(call));
	dst->size = TSMREQ_TDCM_HEADER_SIZE;
	return 0;
}

bool tsmreq_ghci_errno_at(unsigned int i, struct tsmreq_ghci_errno *ret)
{
	if (i >= COUNT(errnos))
		return false;
	*ret = errnos[i];
	return true;
}
