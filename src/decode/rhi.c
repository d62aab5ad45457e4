/* SPDX-License-Identifier: MIT */
#include "base/bytes.h"
#include "decode/count.h"
#include "decode/refuse.h"
#include <errno.h>
#include <string.h>
#include <tsmreq/rhi.h>
#include <tsmreq/vdev.h>

/* Bits of hypercall.flags that are known and harmless: SMC conduit, 16-bit instruction. */
#define EXIT_FLAGS_KNOWN 0x3u

#define FIRST_FUNCTION TSMREQ_RHI_VERSION

/* Objects and states as they stand in x2. */
#define WIRE_VCA_OLD	 4u /* with the quirk; without it: */
#define WIRE_EXTENSION	 4u
#define WIRE_OBJECT_LAST 3u
#define WIRE_STATE_LAST	 2u

/* The parameter block, flags first, and that of 2025. */
#define BLOCK_NONCE	0x100u
#define BLOCK_RAW	0x1u
#define BLOCK_OLD_NONCE 0x200u
#define BLOCK_OLD_RAW	0x2u
#define BLOCK_OLD_KNOWN 0x7u /* signed, raw, exchange */

_Static_assert(TSMREQ_REGEN_RAW == BLOCK_RAW, "today's flags are handed on as they are");

static int refuse(struct tsmreq_call *call, enum tsmreq_reason reason, uint64_t status)
{
	return tsmreq_call_refuse(call, reason, status, 0, 0);
}

/*
 * The arguments behind x1, each way. The decoders find *call zeroed but for kind, arch, shape and
 * dev.
 */

/* SUCCESS, or the status that refuses the object. */
static uint64_t decode_object(uint64_t wire, uint32_t quirks, enum tsmreq_object *ret)
{
	if (wire == WIRE_VCA_OLD && quirks & TSMREQ_RHI_QUIRK_VCA_IS_4)
		wire = TSMREQ_OBJECT_VCA;
	if (wire == WIRE_EXTENSION && !(quirks & TSMREQ_RHI_QUIRK_OBJECT4_INVALID))
		return TSMREQ_RHI_OBJECT_UNSUPPORTED;
	if (wire > WIRE_OBJECT_LAST)
		return TSMREQ_RHI_INVALID_OBJECT;
	*ret = (enum tsmreq_object)wire;
	return TSMREQ_RHI_SUCCESS;
}

static int decode_size(const uint64_t *x, uint32_t quirks, struct tsmreq_call *call)
{
	const uint64_t status = decode_object(x[2], quirks, &call->u.object.object);

	return status ? refuse(call, TSMREQ_REASON_BAD_OBJECT, status) : 0;
}

static void encode_size(const struct tsmreq_call *call, uint64_t *x)
{
	x[2] = (uint64_t)call->u.object.object;
}

static int decode_read(const uint64_t *x, uint32_t quirks, struct tsmreq_call *call)
{
	const uint64_t status = decode_object(x[2], quirks, &call->u.object.object);
	const uint64_t gpa = x[3], length = x[4], offset = x[5];
	uint64_t end;

	if (status)
		return refuse(call, TSMREQ_REASON_BAD_OBJECT, status);
	if (!length && quirks & TSMREQ_RHI_QUIRK_LENGTH0_OFFSET)
		return refuse(call, TSMREQ_REASON_BAD_LENGTH, TSMREQ_RHI_INVALID_OFFSET);
	if (!length || length > TSMREQ_LENGTH_MAX)
		return refuse(call, TSMREQ_REASON_BAD_LENGTH, TSMREQ_RHI_INPUT);
	if (__builtin_add_overflow(gpa, length, &end))
		return refuse(call, TSMREQ_REASON_BAD_ADDRESS, TSMREQ_RHI_INPUT);
	if (__builtin_add_overflow(offset, length, &end))
		return refuse(call, TSMREQ_REASON_BAD_OFFSET, TSMREQ_RHI_INVALID_OFFSET);
	if (offset >= length && !(quirks & TSMREQ_RHI_QUIRK_OFFSET_SLICE))
		return refuse(call, TSMREQ_REASON_BAD_OFFSET, TSMREQ_RHI_INVALID_OFFSET);
	if (!gpa)
		return refuse(call, TSMREQ_REASON_BAD_ADDRESS, TSMREQ_RHI_ACCESS_FAILED);

	call->u.object.length = length;
	call->u.object.offset = offset;
	call->write[0].gpa.raw = gpa;
	call->write[0].size = length;
	call->write[0].use = TSMREQ_SPAN_OBJECT;
	return 0;
}

static void encode_read(const struct tsmreq_call *call, uint64_t *x)
{
	x[2] = (uint64_t)call->u.object.object;
	x[3] = call->write[0].gpa.raw;
	x[4] = call->u.object.length;
	x[5] = call->u.object.offset;
}

static int decode_handle(const uint64_t *x, uint32_t quirks, struct tsmreq_call *call)
{
	(void)quirks;
	call->u.resume.handle = x[2];
	return 0;
}

static void encode_handle(const struct tsmreq_call *call, uint64_t *x)
{
	x[2] = call->u.resume.handle;
}

static uint64_t block_size(uint32_t quirks)
{
	return quirks & TSMREQ_RHI_QUIRK_MEAS_BLOCK_OLD ? TSMREQ_RHI_PARAMETERS_SIZE_OLD
							: TSMREQ_RHI_PARAMETERS_SIZE;
}

static int decode_measurements(const uint64_t *x, uint32_t quirks, struct tsmreq_call *call)
{
	const uint64_t gpa = x[2], size = block_size(quirks);
	uint64_t end;

	if (__builtin_add_overflow(gpa, size, &end))
		return refuse(call, TSMREQ_REASON_BAD_ADDRESS, TSMREQ_RHI_INPUT);
	if (!gpa)
		return refuse(call, TSMREQ_REASON_BAD_ADDRESS, TSMREQ_RHI_ACCESS_FAILED);

	call->u.regen.object = TSMREQ_OBJECT_MEASUREMENTS;
	call->read[0].gpa.raw = gpa;
	call->read[0].size = size;
	call->read[0].use = TSMREQ_SPAN_RHI_PARAMETERS;
	call->next = TSMREQ_NEXT_RHI_PARAMETERS;
	return 0;
}

static void encode_measurements(const struct tsmreq_call *call, uint64_t *x)
{
	x[2] = call->read[0].gpa.raw;
}

static int decode_report(const uint64_t *x, uint32_t quirks, struct tsmreq_call *call)
{
	(void)x;
	(void)quirks;
	call->u.regen.object = TSMREQ_OBJECT_INTERFACE_REPORT;
	return 0;
}

static int decode_state(const uint64_t *x, uint32_t quirks, struct tsmreq_call *call)
{
	if (x[2] > WIRE_STATE_LAST)
		return refuse(call, TSMREQ_REASON_BAD_STATE,
			      quirks & TSMREQ_RHI_QUIRK_TDI_STATE_INPUT
				      ? TSMREQ_RHI_INPUT
				      : TSMREQ_RHI_INVALID_OBJECT);
	call->u.state.target = (enum tsmreq_tdi_state)x[2];
	return 0;
}

static void encode_state(const struct tsmreq_call *call, uint64_t *x)
{
	x[2] = (uint64_t)call->u.state.target;
}

static int decode_p2p(const uint64_t *x, uint32_t quirks, struct tsmreq_call *call)
{
	(void)quirks;
	if (x[2] > UINT32_MAX)
		return refuse(call, TSMREQ_REASON_BAD_GUEST, TSMREQ_RHI_INVALID_VDEV_ID);
	call->u.p2p.dev2.raw = x[2];
	return 0;
}

static void encode_p2p(const struct tsmreq_call *call, uint64_t *x)
{
	x[2] = call->u.p2p.dev2.raw;
}

/* The served calls, by number from FIRST_FUNCTION on. Holes are HOSTCONF, somebody else's. */
struct function {
	enum tsmreq_call_kind kind;
	enum tsmreq_object object; /* tells the two REGEN apart */
	uint32_t feature;
	bool has_device; /* x1 names one, and x0 answers a status */
	/* what stands behind x1; NULL: nothing */
	int (*decode)(const uint64_t *x, uint32_t quirks, struct tsmreq_call *call);
	void (*encode)(const struct tsmreq_call *call, uint64_t *x);
};

static const struct function functions[] = {
	[TSMREQ_RHI_VERSION - FIRST_FUNCTION] =
		{
			.kind = TSMREQ_CALL_VERSION,
		},
	[TSMREQ_RHI_FEATURES - FIRST_FUNCTION] =
		{
			.kind = TSMREQ_CALL_FEATURES,
		},
	[TSMREQ_RHI_OBJECT_SIZE - FIRST_FUNCTION] =
		{
			.kind = TSMREQ_CALL_OBJECT_SIZE,
			.feature = TSMREQ_RHI_FEATURE_OBJECT_SIZE,
			.has_device = true,
			.decode = decode_size,
			.encode = encode_size,
		},
	[TSMREQ_RHI_OBJECT_READ - FIRST_FUNCTION] =
		{
			.kind = TSMREQ_CALL_READ_OBJECT,
			.feature = TSMREQ_RHI_FEATURE_OBJECT_READ,
			.has_device = true,
			.decode = decode_read,
			.encode = encode_read,
		},
	[TSMREQ_RHI_VDEV_CONTINUE - FIRST_FUNCTION] =
		{
			.kind = TSMREQ_CALL_CONTINUE,
			.feature = TSMREQ_RHI_FEATURE_CONTINUE,
			.has_device = true,
			.decode = decode_handle,
			.encode = encode_handle,
		},
	[TSMREQ_RHI_VDEV_GET_MEASUREMENTS - FIRST_FUNCTION] =
		{
			.kind = TSMREQ_CALL_REGEN,
			.object = TSMREQ_OBJECT_MEASUREMENTS,
			.feature = TSMREQ_RHI_FEATURE_MEASUREMENTS,
			.has_device = true,
			.decode = decode_measurements,
			.encode = encode_measurements,
		},
	[TSMREQ_RHI_VDEV_GET_INTERFACE_REPORT - FIRST_FUNCTION] =
		{
			.kind = TSMREQ_CALL_REGEN,
			.object = TSMREQ_OBJECT_INTERFACE_REPORT,
			.feature = TSMREQ_RHI_FEATURE_INTERFACE_REPORT,
			.has_device = true,
			.decode = decode_report,
		},
	[TSMREQ_RHI_VDEV_SET_TDI_STATE - FIRST_FUNCTION] =
		{
			.kind = TSMREQ_CALL_SET_TDI_STATE,
			.feature = TSMREQ_RHI_FEATURE_SET_TDI_STATE,
			.has_device = true,
			.decode = decode_state,
			.encode = encode_state,
		},
	[TSMREQ_RHI_VDEV_P2P_UNBIND - FIRST_FUNCTION] =
		{
			.kind = TSMREQ_CALL_P2P_UNBIND,
			/* no feature: never offered, even if its bit is configured */
			.has_device = true,
			.decode = decode_p2p,
			.encode = encode_p2p,
		},
	[TSMREQ_RHI_VDEV_ABORT - FIRST_FUNCTION] =
		{
			.kind = TSMREQ_CALL_ABORT,
			.feature = TSMREQ_RHI_FEATURE_ABORT,
			.has_device = true,
		},
};

/* NULL: not ours. All 64 bits count, so the other forms of a call (owner 4, SMC32) fall through. */
static const struct function *find_function(uint64_t nr)
{
	const uint64_t i = nr - FIRST_FUNCTION;

	if (i >= COUNT(functions) || functions[i].kind == TSMREQ_CALL_NONE)
		return NULL;
	return &functions[i];
}

/* NULL: no call of RHI's. */
static const struct function *find_call(const struct tsmreq_call *call)
{
	for (size_t i = 0; i < COUNT(functions); i++) {
		if (functions[i].kind == TSMREQ_CALL_NONE || functions[i].kind != call->kind)
			continue;
		if (call->kind == TSMREQ_CALL_REGEN && functions[i].object != call->u.regen.object)
			continue;
		return &functions[i];
	}
	return NULL;
}

bool tsmreq_rhi_is_ours(uint64_t nr)
{
	return find_function(nr);
}

int tsmreq_rhi_decode(const struct tsmreq_rhi_exit *exit, uint32_t quirks, struct tsmreq_call *ret)
{
	const struct function *function = find_function(exit->nr);

	tsmreq_call_clear(ret);
	if (quirks & ~TSMREQ_RHI_QUIRKS)
		return -EINVAL;
	if (!function)
		return 0;

	ret->arch = TSMREQ_ARCH_CCA;
	ret->shape = TSMREQ_SHAPE_RHI;
	if (exit->x[0] != exit->nr)
		return refuse(ret, TSMREQ_REASON_BAD_FUNCTION, TSMREQ_RHI_NOT_SUPPORTED);
	/* VERSION and FEATURES have no status word: 5 would read as an answer */
	if (exit->flags & ~(uint64_t)EXIT_FLAGS_KNOWN)
		return refuse(ret, TSMREQ_REASON_BAD_FLAGS,
			      function->has_device ? TSMREQ_RHI_INPUT : TSMREQ_RHI_NOT_SUPPORTED);

	ret->kind = function->kind;
	if (!function->has_device)
		return 0;
	if (exit->x[1] > UINT32_MAX)
		return refuse(ret, TSMREQ_REASON_BAD_GUEST, TSMREQ_RHI_INVALID_VDEV_ID);
	ret->dev.raw = exit->x[1];
	return function->decode ? function->decode(exit->x, quirks, ret) : 0;
}

int tsmreq_rhi_decode_parameters(struct tsmreq_bytes block, uint32_t quirks,
				 struct tsmreq_call *call)
{
	const bool old = quirks & TSMREQ_RHI_QUIRK_MEAS_BLOCK_OLD;
	const uint8_t *bytes = block.data;
	uint64_t flags;

	if (quirks & ~TSMREQ_RHI_QUIRKS || call->next != TSMREQ_NEXT_RHI_PARAMETERS)
		return -EINVAL;
	if (block.size < block_size(quirks))
		return -EMSGSIZE;

	flags = tsmreq_load_le64(bytes);
	if (!(quirks & TSMREQ_RHI_QUIRK_MEAS_FLAGS_PASS)) {
		if (flags & ~(uint64_t)(old ? BLOCK_OLD_KNOWN : BLOCK_RAW))
			return refuse(call, TSMREQ_REASON_BAD_DATA, TSMREQ_RHI_INPUT);
		/* the kernel wants today's bit, whatever the guest's layout */
		if (old)
			flags = flags & BLOCK_OLD_RAW ? TSMREQ_REGEN_RAW : 0;
	}
	call->u.regen.flags = flags;
	memcpy(call->u.regen.nonce, bytes + (old ? BLOCK_OLD_NONCE : BLOCK_NONCE),
	       TSMREQ_NONCE_SIZE);
	call->next = TSMREQ_NEXT_DONE;
	return 0;
}

bool tsmreq_rhi_is_offered(const struct tsmreq_call *call, uint64_t features)
{
	const struct function *function = find_call(call);

	if (!function)
		return false;
	return !function->has_device || function->feature & features;
}

uint64_t tsmreq_rhi_slice(const struct tsmreq_call *call, uint32_t quirks, uint64_t object_size,
			  uint64_t *ret_length)
{
	const uint64_t length = call->u.object.length, offset = call->u.object.offset;

	*ret_length = 0;
	if (!object_size)
		return TSMREQ_RHI_DATA_NOT_AVAILABLE;
	if (object_size > TSMREQ_LENGTH_MAX)
		return TSMREQ_RHI_DEVICE;
	if (offset >= object_size)
		return TSMREQ_RHI_INVALID_OFFSET;
	if (length > object_size - offset) {
		if (quirks & TSMREQ_RHI_QUIRK_READ_EXACT)
			return TSMREQ_RHI_INVALID_OFFSET;
		*ret_length = object_size - offset;
	} else {
		*ret_length = length;
	}
	return TSMREQ_RHI_SUCCESS;
}

/* Everything an errno can become, the exception before the rule. Also printed. */
static const struct tsmreq_rhi_errno errnos[] = {
	{TSMREQ_RHI_INVALID_VDEV_ID, ENODEV, TSMREQ_RHI_WHEN_ANY},
	{TSMREQ_RHI_INVALID_VDEV_ID, ENOENT, TSMREQ_RHI_WHEN_ANY},
	{TSMREQ_RHI_DATA_NOT_AVAILABLE, EINVAL, TSMREQ_RHI_WHEN_READ},
	{TSMREQ_RHI_INPUT, E2BIG, TSMREQ_RHI_WHEN_ANY},
	{TSMREQ_RHI_ACCESS_FAILED, EFAULT, TSMREQ_RHI_WHEN_ANY},
	{TSMREQ_RHI_DEVICE, EBUSY, TSMREQ_RHI_WHEN_BIND},
	{TSMREQ_RHI_BUSY, EBUSY, TSMREQ_RHI_WHEN_ANY},
	{TSMREQ_RHI_BUSY, EINTR, TSMREQ_RHI_WHEN_ANY},
	{TSMREQ_RHI_BUSY, EAGAIN, TSMREQ_RHI_WHEN_ANY},
	{TSMREQ_RHI_NOT_SUPPORTED, ENOTTY, TSMREQ_RHI_WHEN_ANY},
	{TSMREQ_RHI_NOT_SUPPORTED, EOPNOTSUPP, TSMREQ_RHI_WHEN_ANY},
	{TSMREQ_RHI_DEVICE, 0, TSMREQ_RHI_WHEN_ANY},
};

uint64_t tsmreq_rhi_status_from_errno(enum tsmreq_call_kind kind, uint32_t flags, int rc)
{
	const bool read = kind == TSMREQ_CALL_OBJECT_SIZE || kind == TSMREQ_CALL_READ_OBJECT;
	const bool bind = flags & TSMREQ_ANSWER_BIND;
	const struct tsmreq_rhi_errno *row = errnos;

	if (kind == TSMREQ_CALL_VERSION || kind == TSMREQ_CALL_FEATURES)
		return TSMREQ_RHI_NOT_SUPPORTED;
	while (row->error && (-row->error != rc || (row->when == TSMREQ_RHI_WHEN_READ && !read) ||
			      (row->when == TSMREQ_RHI_WHEN_BIND && !bind)))
		row++;
	return row->status;
}

void tsmreq_rhi_encode_status(uint64_t status, uint64_t x1, struct tsmreq_rhi_regs *ret)
{
	ret->x[0] = status;
	ret->x[1] = x1;
	ret->x[2] = 0;
	ret->x[3] = 0;
}

/* @value is what the guest acts on: never more than it asked for, nor than an object can have. */
static void encode_length(uint64_t value, uint64_t limit, struct tsmreq_rhi_regs *ret)
{
	if (!value)
		tsmreq_rhi_encode_status(TSMREQ_RHI_DATA_NOT_AVAILABLE, 0, ret);
	else if (value > limit)
		tsmreq_rhi_encode_status(TSMREQ_RHI_DEVICE, 0, ret);
	else
		tsmreq_rhi_encode_status(TSMREQ_RHI_SUCCESS, value, ret);
}

static void encode_success(const struct tsmreq_call *call, uint64_t value,
			   struct tsmreq_rhi_regs *ret)
{
	if (call->kind == TSMREQ_CALL_VERSION)
		tsmreq_rhi_encode_status(TSMREQ_RHI_VERSION_1_0, 0, ret);
	else if (call->kind == TSMREQ_CALL_FEATURES)
		tsmreq_rhi_encode_status(value, 0, ret);
	else if (call->kind == TSMREQ_CALL_OBJECT_SIZE)
		encode_length(value, TSMREQ_LENGTH_MAX, ret);
	else if (call->kind == TSMREQ_CALL_READ_OBJECT)
		encode_length(value, call->u.object.length, ret);
	else
		tsmreq_rhi_encode_status(TSMREQ_RHI_SUCCESS, 0, ret);
}

int tsmreq_rhi_encode(const struct tsmreq_call *call, const struct tsmreq_answer *answer,
		      struct tsmreq_rhi_regs *ret)
{
	tsmreq_rhi_encode_status(TSMREQ_RHI_NOT_SUPPORTED, 0, ret);
	if (call->shape != TSMREQ_SHAPE_RHI || call->kind == TSMREQ_CALL_PENDING)
		return -EINVAL;
	if (call->kind == TSMREQ_CALL_REJECT) {
		tsmreq_rhi_encode_status(call->u.refusal.code, 0, ret);
		return 0;
	}
	/* a call may fail before its block was read, but not succeed */
	if (answer->rc > 0 || (!answer->rc && call->next != TSMREQ_NEXT_DONE))
		return -EINVAL;

	if (answer->rc == -ENODATA && answer->result.outcome == TSMREQ_OUTCOME_COMPLETED)
		tsmreq_rhi_encode_status(TSMREQ_RHI_DATA_NOT_AVAILABLE, 0, ret);
	else if (answer->rc)
		tsmreq_rhi_encode_status(tsmreq_rhi_status_from_errno(call->kind, answer->flags,
								      answer->rc),
					 0, ret);
	else
		encode_success(call, answer->value, ret);
	return 0;
}

int tsmreq_rhi_encode_call(const struct tsmreq_call *call, struct tsmreq_rhi_exit *ret)
{
	const struct function *function = find_call(call);

	memset(ret, 0, sizeof(*ret));
	if (call->shape != TSMREQ_SHAPE_RHI || !function)
		return -EINVAL;
	ret->nr = (uint64_t)(function - functions) + FIRST_FUNCTION;
	ret->x[0] = ret->nr;
	ret->x[1] = call->dev.raw;
	if (function->encode)
		function->encode(call, ret->x);
	return 0;
}

int tsmreq_rhi_encode_parameters(const struct tsmreq_call *call, uint32_t quirks,
				 struct tsmreq_buffer *dst)
{
	const bool old = quirks & TSMREQ_RHI_QUIRK_MEAS_BLOCK_OLD;
	const size_t size = (size_t)block_size(quirks);
	uint64_t flags = call->u.regen.flags;
	uint8_t *bytes = dst->data;

	dst->size = 0;
	if (quirks & ~TSMREQ_RHI_QUIRKS || call->kind != TSMREQ_CALL_REGEN ||
	    call->u.regen.object != TSMREQ_OBJECT_MEASUREMENTS)
		return -EINVAL;
	if (dst->capacity < size)
		return -EMSGSIZE;

	if (old && !(quirks & TSMREQ_RHI_QUIRK_MEAS_FLAGS_PASS))
		flags = flags & TSMREQ_REGEN_RAW ? BLOCK_OLD_RAW : 0;
	memset(bytes, 0, size);
	tsmreq_store_le64(bytes, flags);
	memcpy(bytes + (old ? BLOCK_OLD_NONCE : BLOCK_NONCE), call->u.regen.nonce,
	       TSMREQ_NONCE_SIZE);
	dst->size = size;
	return 0;
}

#define OWNER(n) (0xc5000000u + (n))

static const struct tsmreq_rhi_function names[] = {
	{"RHI_SESSION_VERSION", TSMREQ_RHI_NUMBERING_FINAL, OWNER(0x40), 0, 0},
	{"RHI_SESSION_FEATURES", TSMREQ_RHI_NUMBERING_FINAL, OWNER(0x41), 0, 0},
	{"RHI_SESSION_OPEN", TSMREQ_RHI_NUMBERING_FINAL, OWNER(0x42), 0, 0},
	{"RHI_SESSION_CLOSE", TSMREQ_RHI_NUMBERING_FINAL, OWNER(0x43), 0, 0},
	{"RHI_SESSION_SEND", TSMREQ_RHI_NUMBERING_FINAL, OWNER(0x44), 0, 0},
	{"RHI_SESSION_RECEIVE", TSMREQ_RHI_NUMBERING_FINAL, OWNER(0x45), 0, 0},
	{"RHI_FAL_VERSION", TSMREQ_RHI_NUMBERING_FINAL, OWNER(0x46), 0, 0},
	{"RHI_FAL_FEATURES", TSMREQ_RHI_NUMBERING_FINAL, OWNER(0x47), 0, 0},
	{"RHI_FAL_GET_SIZE", TSMREQ_RHI_NUMBERING_FINAL, OWNER(0x48), 0, 0},
	{"RHI_FAL_READ", TSMREQ_RHI_NUMBERING_FINAL, OWNER(0x49), 0, 0},
	{"RHI_DA_VERSION", TSMREQ_RHI_NUMBERING_FINAL, OWNER(0x4a), 1, 0},
	{"RHI_DA_FEATURES", TSMREQ_RHI_NUMBERING_FINAL, OWNER(0x4b), 1, 0},
	{"RHI_DA_OBJECT_SIZE", TSMREQ_RHI_NUMBERING_FINAL, OWNER(0x4c), 1, 0},
	{"RHI_DA_OBJECT_READ", TSMREQ_RHI_NUMBERING_FINAL, OWNER(0x4d), 1, 0},
	{"RHI_HOSTCONF_VERSION", TSMREQ_RHI_NUMBERING_FINAL, OWNER(0x4e), 0, 0},
	{"RHI_HOSTCONF_FEATURES", TSMREQ_RHI_NUMBERING_FINAL, OWNER(0x4f), 0, 0},
	{"RHI_HOSTCONF_GET_IPA_CHANGE_ALIGNMENT", TSMREQ_RHI_NUMBERING_FINAL, OWNER(0x50), 0, 0},
	{"RHI_DA_VDEV_CONTINUE", TSMREQ_RHI_NUMBERING_FINAL, OWNER(0x51), 1, 0},
	{"RHI_DA_VDEV_GET_MEASUREMENTS", TSMREQ_RHI_NUMBERING_FINAL, OWNER(0x52), 1, 0},
	{"RHI_DA_VDEV_GET_INTERFACE_REPORT", TSMREQ_RHI_NUMBERING_FINAL, OWNER(0x53), 1, 0},
	{"RHI_DA_VDEV_SET_TDI_STATE", TSMREQ_RHI_NUMBERING_FINAL, OWNER(0x54), 1, 0},
	{"RHI_DA_VDEV_P2P_UNBIND", TSMREQ_RHI_NUMBERING_FINAL, OWNER(0x55), 1, 0},
	{"RHI_DA_VDEV_ABORT", TSMREQ_RHI_NUMBERING_FINAL, OWNER(0x56), 1, 0},

	{"RHI_DA_FEATURES", TSMREQ_RHI_NUMBERING_2025_07, OWNER(0x4d), 0, 0},
	{"RHI_DA_OBJECT_SIZE", TSMREQ_RHI_NUMBERING_2025_07, OWNER(0x4e), 0, 0},
	{"RHI_DA_OBJECT_READ", TSMREQ_RHI_NUMBERING_2025_07, OWNER(0x4f), 0, 0},
	{"RHI_DA_VDEV_SET_TDI_STATE", TSMREQ_RHI_NUMBERING_2025_07, OWNER(0x52), 0, 0},

	{"RHI_DA_FEATURES", TSMREQ_RHI_NUMBERING_2025_11, OWNER(0x4b), 0, 0},
	{"RHI_DA_OBJECT_SIZE", TSMREQ_RHI_NUMBERING_2025_11, OWNER(0x4c), 0, 0},
	{"RHI_DA_OBJECT_READ", TSMREQ_RHI_NUMBERING_2025_11, OWNER(0x4d), 0, 0},
	{"RHI_DA_VDEV_CONTINUE", TSMREQ_RHI_NUMBERING_2025_11, OWNER(0x51), 0, 0},
	{"RHI_DA_VDEV_GET_INTERFACE_REPORT", TSMREQ_RHI_NUMBERING_2025_11, OWNER(0x52), 0, 0},
	{"RHI_DA_VDEV_GET_MEASUREMENTS", TSMREQ_RHI_NUMBERING_2025_11, OWNER(0x53), 0, 0},
	{"RHI_DA_VDEV_SET_TDI_STATE", TSMREQ_RHI_NUMBERING_2025_11, OWNER(0x54), 0, 0},
	{"RHI_DA_VDEV_ABORT", TSMREQ_RHI_NUMBERING_2025_11, OWNER(0x56), 0, 0},
};

static const struct tsmreq_rhi_quirk quirk_names[] = {
	{"tdi-state-input", TSMREQ_RHI_QUIRK_TDI_STATE_INPUT, 0},
	{"offset-slice", TSMREQ_RHI_QUIRK_OFFSET_SLICE, 0},
	{"read-exact", TSMREQ_RHI_QUIRK_READ_EXACT, 0},
	{"length0-offset", TSMREQ_RHI_QUIRK_LENGTH0_OFFSET, 0},
	{"object4-invalid", TSMREQ_RHI_QUIRK_OBJECT4_INVALID, 0},
	{"vca-is-4", TSMREQ_RHI_QUIRK_VCA_IS_4, 0},
	{"handle-vdev", TSMREQ_RHI_QUIRK_HANDLE_VDEV, 0},
	{"continue-any-handle", TSMREQ_RHI_QUIRK_CONTINUE_ANY_HANDLE, 0},
	{"meas-block-old", TSMREQ_RHI_QUIRK_MEAS_BLOCK_OLD, 0},
	{"meas-flags-pass", TSMREQ_RHI_QUIRK_MEAS_FLAGS_PASS, 0},
	{"tdi-pass", TSMREQ_RHI_QUIRK_TDI_PASS, 0},
};

bool tsmreq_rhi_function_at(unsigned int i, struct tsmreq_rhi_function *ret)
{
	if (i >= COUNT(names))
		return false;
	*ret = names[i];
	return true;
}

const char *tsmreq_rhi_function_to_string(enum tsmreq_rhi_numbering numbering, uint64_t number)
{
	for (size_t i = 0; i < COUNT(names); i++)
		if (names[i].numbering == numbering && names[i].number == number)
			return names[i].name;
	return "unknown";
}

bool tsmreq_rhi_errno_at(unsigned int i, struct tsmreq_rhi_errno *ret)
{
	if (i >= COUNT(errnos))
		return false;
	*ret = errnos[i];
	return true;
}

bool tsmreq_rhi_quirk_at(unsigned int i, struct tsmreq_rhi_quirk *ret)
{
	if (i >= COUNT(quirk_names))
		return false;
	*ret = quirk_names[i];
	return true;
}
