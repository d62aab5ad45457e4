/* SPDX-License-Identifier: MIT */
#include "base/bytes.h"
#include "decode/count.h"
#include "decode/td.h"
#include <errno.h>
#include <string.h>
#include <tsmreq/ghci.h>

/* Offsets in the header of both buffers. */
#define GUID   0u
#define LENGTH 16u
#define STATUS 20u
#define BODY   TSMREQ_SERVICE_HEADER_SIZE

#define GUID_SIZE 16u

/* Offsets in the bodies. All of them begin alike, */
#define VERSION	 0u
#define COMMAND	 1u
#define VERDICT	 2u /* of a response: 0 yes, 1 no */
#define PREAMBLE 4u

/* Query goes on with a GUID, both ways, */
#define QUERY_GUID 4u
#define QUERY_SIZE 20u

/* the commands of the older TDCM with a device, and one of them a nonce, */
#define DEVICE	   4u
#define DEVICE_END 8u
#define NONCE	   8u
#define NONCE_END  40u

/* and the longest of its responses, but for what the VMM gives, is the device context. */
#define CONTEXT_FUNC_ID 4u
#define CONTEXT_NONCE	16u
#define CONTEXT_SIZE	48u

_Static_assert(BODY + CONTEXT_SIZE == sizeof(((struct tsmreq_ghci_reply *)0)->image), "it fits");

enum {
	SERVICE_QUERY,
	SERVICE_TDCM,
};

static const struct tsmreq_ghci_service services[] = {
	[SERVICE_QUERY] =
		{
			.name = "query",
			.guid = {0xe1, 0xc5, 0x6f, 0xfb, 0x78, 0x33, 0xcb, 0x4a, 0x89, 0x64, 0xfa,
				 0x5e, 0xe4, 0x3b, 0x9c, 0x8a},
			.offer = TSMREQ_GHCI_SERVICE,
		},
	[SERVICE_TDCM] =
		{
			.name = "tdcm",
			.guid = {0x51, 0xda, 0x70, 0x62, 0x23, 0x9a, 0x6b, 0x4b, 0x81, 0xce, 0xdd,
				 0xd8, 0x69, 0x70, 0xf2, 0x96},
			.offer = TSMREQ_GHCI_SERVICE_TDCM,
		},
};

static bool is_service(const uint8_t *guid, unsigned int i)
{
	return memcmp(guid, services[i].guid, GUID_SIZE) == 0;
}

static void set_guid(const struct tsmreq_ghci_opts *opts, const uint8_t *guid,
		     struct tsmreq_call *call)
{
	memcpy(call->u.service.guid, guid, GUID_SIZE);
	call->u.service.offered = 0;
	for (unsigned int i = 0; i < COUNT(services); i++)
		if (is_service(guid, i) && opts->offers & services[i].offer)
			call->u.service.offered = 1;
}

/* The commands of the older TDCM, by number. */
static const struct command {
	enum tsmreq_call_kind kind;
	uint32_t size; /* of the body, exactly; 0: not public */
} commands[] = {
	{TSMREQ_CALL_LEGACY_CONTEXT, DEVICE_END},
	{TSMREQ_CALL_LEGACY_TDISP, DEVICE_END},
	{TSMREQ_CALL_LEGACY_MAP_DMA, 0},
	{TSMREQ_CALL_LEGACY_DEVICE_INFO, NONCE_END},
};

static const struct command *find_command(uint8_t number)
{
	static const struct command unknown = {TSMREQ_CALL_LEGACY_UNKNOWN, 0};

	return number < COUNT(commands) ? &commands[number] : &unknown;
}

int tsmreq_service_decode(const struct tsmreq_ghci_opts *opts, const struct tsmreq_ghci_exit *exit,
			  struct tsmreq_call *call)
{
	const uint64_t shared = td_shared_bit(opts);
	const uint64_t registers[] = {exit->r12, exit->r13};

	if (!(opts->offers & TSMREQ_GHCI_SERVICE))
		return 0;
	call->arch = TSMREQ_ARCH_TDX;
	call->shape = TSMREQ_SHAPE_SERVICE;
	for (unsigned int i = 0; i < COUNT(registers); i++) {
		const uint64_t gpa = registers[i] ^ shared;

		if (!(registers[i] & shared))
			return td_refuse(call, TSMREQ_REASON_BAD_ADDRESS,
					 TSMREQ_GHCI_INVALID_OPERAND);
		if (gpa & TD_PAGE_MASK)
			return td_refuse(call, TSMREQ_REASON_BAD_ALIGNMENT,
					 TSMREQ_GHCI_ALIGN_ERROR);
		if (!td_is_below_shared(opts, gpa, BODY))
			return td_refuse(call, TSMREQ_REASON_BAD_ADDRESS,
					 TSMREQ_GHCI_INVALID_OPERAND);
		td_set_span(&call->read[i], gpa, BODY,
			    i ? TSMREQ_SPAN_SERVICE_RESPONSE : TSMREQ_SPAN_SERVICE_COMMAND);
	}
	/* refused like a bad header, which a guest cannot tell apart: so before one is read */
	if (!td_is_vector(exit->r14))
		return td_refuse(call, TSMREQ_REASON_BAD_VECTOR, TSMREQ_GHCI_INVALID_OPERAND);

	call->kind = TSMREQ_CALL_PENDING;
	call->next = TSMREQ_NEXT_SERVICE_HEADERS;
	call->vector = (uint32_t)exit->r14;
	call->u.service.timeout = exit->r15;
	return 0;
}

static bool is_length(uint32_t length)
{
	return length >= BODY && length <= TSMREQ_GHCI_BUFFER_MAX;
}

int tsmreq_ghci_decode_service_headers(const struct tsmreq_ghci_opts *opts,
				       struct tsmreq_bytes command, struct tsmreq_bytes response,
				       struct tsmreq_call *call)
{
	const uint8_t *ask = command.data, *say = response.data;
	const uint64_t from = call->read[0].gpa.raw, to = call->read[1].gpa.raw;
	struct tsmreq_ghci_opts ours;
	uint32_t length, capacity;
	const int rc = td_copy_opts(&ours, opts);

	if (rc)
		return rc;
	if (call->next != TSMREQ_NEXT_SERVICE_HEADERS)
		return -EINVAL;
	if (command.size < BODY || response.size < BODY)
		return -EMSGSIZE;

	length = tsmreq_load_le32(ask + LENGTH);
	capacity = tsmreq_load_le32(say + LENGTH);
	if (!is_length(length) || !is_length(capacity))
		return td_refuse(call, TSMREQ_REASON_BAD_LENGTH, TSMREQ_GHCI_INVALID_OPERAND);
	if (!td_is_below_shared(&ours, from, length) || !td_is_below_shared(&ours, to, capacity))
		return td_refuse(call, TSMREQ_REASON_BAD_ADDRESS, TSMREQ_GHCI_INVALID_OPERAND);
	if (memcmp(ask + GUID, say + GUID, GUID_SIZE) != 0)
		return td_refuse(call, TSMREQ_REASON_BAD_GUID, TSMREQ_GHCI_INVALID_OPERAND);

	set_guid(&ours, ask + GUID, call);
	td_set_span(&call->read[0], from + BODY, length - BODY, TSMREQ_SPAN_SERVICE_COMMAND);
	td_set_span(&call->read[1], 0, 0, TSMREQ_SPAN_NONE);
	/* Query holds its version against the one the guest put into the response */
	if (is_service(ask + GUID, SERVICE_QUERY) && capacity > BODY + VERSION)
		td_set_span(&call->read[1], to + BODY + VERSION, 1, TSMREQ_SPAN_SERVICE_RESPONSE);
	td_set_span(&call->write[0], to, capacity, TSMREQ_SPAN_SERVICE_BUFFER);
	call->next = TSMREQ_NEXT_SERVICE_BODY;
	return 0;
}

/* The header was good, so the answer has a place. */
static int refuse_body(struct tsmreq_call *call, enum tsmreq_reason reason, uint32_t status)
{
	return td_refuse_in_buffer(call, reason, status, BODY);
}

/* Sizes before contents. @version is the response's, where it has room for one. */
static int decode_query(const struct tsmreq_ghci_opts *opts, const uint8_t *ask, uint8_t version,
			struct tsmreq_call *call)
{
	if (call->read[0].size < QUERY_SIZE)
		return refuse_body(call, TSMREQ_REASON_BAD_LENGTH, TSMREQ_SERVICE_BAD_COMMAND_SIZE);
	if (call->write[0].size < BODY + QUERY_SIZE)
		return refuse_body(call, TSMREQ_REASON_BAD_LENGTH,
				   TSMREQ_SERVICE_BAD_RESPONSE_SIZE);
	if (ask[COMMAND])
		return refuse_body(call, TSMREQ_REASON_BAD_ACTION, TSMREQ_SERVICE_NOT_SUPPORTED);
	if (ask[VERSION] || version)
		return refuse_body(call, TSMREQ_REASON_BAD_VERSION, TSMREQ_SERVICE_NOT_SUPPORTED);
	call->kind = TSMREQ_CALL_SERVICE_QUERY;
	set_guid(opts, ask + QUERY_GUID, call);
	return 0;
}

static int decode_tdcm(const uint8_t *ask, struct tsmreq_call *call)
{
	const uint64_t size = call->read[0].size;
	const struct command *command;

	if (size < DEVICE_END)
		return refuse_body(call, TSMREQ_REASON_BAD_LENGTH, TSMREQ_SERVICE_BAD_COMMAND_SIZE);
	command = find_command(ask[COMMAND]);
	if (command->size && size != command->size)
		return refuse_body(call, TSMREQ_REASON_BAD_LENGTH, TSMREQ_SERVICE_BAD_COMMAND_SIZE);
	if (call->write[0].size < BODY + PREAMBLE)
		return refuse_body(call, TSMREQ_REASON_BAD_LENGTH,
				   TSMREQ_SERVICE_BAD_RESPONSE_SIZE);

	call->kind = ask[VERSION] ? TSMREQ_CALL_LEGACY_UNKNOWN : command->kind;
	call->dev.raw = tsmreq_load_le32(ask + DEVICE);
	call->u.service.command = ask[COMMAND];
	if (call->kind == TSMREQ_CALL_LEGACY_DEVICE_INFO)
		memcpy(call->u.service.nonce, ask + NONCE, TSMREQ_NONCE_SIZE);
	return 0;
}

int tsmreq_ghci_decode_service_body(const struct tsmreq_ghci_opts *opts,
				    struct tsmreq_bytes command, struct tsmreq_bytes response,
				    struct tsmreq_call *call)
{
	const uint8_t *say = response.data;
	struct tsmreq_ghci_opts ours;
	const int rc = td_copy_opts(&ours, opts);

	if (rc)
		return rc;
	if (call->next != TSMREQ_NEXT_SERVICE_BODY)
		return -EINVAL;
	if (command.size < call->read[0].size || response.size < call->read[1].size)
		return -EMSGSIZE;

	call->next = TSMREQ_NEXT_DONE;
	if (call->u.service.offered && is_service(call->u.service.guid, SERVICE_QUERY))
		return decode_query(&ours, command.data, response.size ? say[0] : 0, call);
	if (call->u.service.offered)
		return decode_tdcm(command.data, call);
	call->kind = TSMREQ_CALL_SERVICE_UNKNOWN;
	return 0;
}

/* Body, length, status; the GUID is the guest's own and stays. @size: data of the caller's. */
static void conclude(struct tsmreq_ghci_reply *reply, uint32_t status, uint32_t length,
		     uint32_t size)
{
	if (size)
		td_add_write(reply, length, size);
	if (length > BODY)
		td_add_write(reply, BODY, length - BODY);
	tsmreq_store_le32(reply->image + LENGTH, length + size);
	td_add_write(reply, LENGTH, STATUS - LENGTH);
	tsmreq_store_le32(reply->image + STATUS, status);
	td_add_write(reply, STATUS, BODY - STATUS);
}

static int encode_query(const struct tsmreq_call *call, struct tsmreq_ghci_reply *reply)
{
	uint8_t *body = reply->image + BODY;

	body[VERDICT] = !call->u.service.offered;
	memcpy(body + QUERY_GUID, call->u.service.guid, GUID_SIZE);
	conclude(reply, TSMREQ_SERVICE_DONE, BODY + QUERY_SIZE, 0);
	return 0;
}

static int say_no(const struct tsmreq_call *call, uint32_t status, struct tsmreq_ghci_reply *reply)
{
	uint8_t *body = reply->image + BODY;

	body[COMMAND] = (uint8_t)call->u.service.command;
	body[VERDICT] = 1;
	conclude(reply, status, BODY + PREAMBLE, 0);
	return 0;
}

/* @length of the body as it stands in the image, then @size bytes of the caller's. */
static int say_yes(const struct tsmreq_call *call, uint32_t length, uint32_t size,
		   struct tsmreq_ghci_reply *reply)
{
	reply->image[BODY + COMMAND] = (uint8_t)call->u.service.command;
	conclude(reply, TSMREQ_SERVICE_DONE, BODY + length, size);
	return 0;
}

static int encode_context(const struct tsmreq_call *call, const struct tsmreq_answer *answer,
			  struct tsmreq_ghci_reply *reply)
{
	uint8_t *body = reply->image + BODY;

	if (call->write[0].size < BODY + CONTEXT_SIZE)
		return say_no(call, TSMREQ_SERVICE_RESPONSE_TOO_SMALL, reply);
	if (answer->rc && answer->rc != -ENODEV)
		return say_no(call, TSMREQ_SERVICE_DONE, reply);
	if (!answer->rc) {
		if (answer->value > UINT32_MAX || answer->data.size != TSMREQ_NONCE_SIZE)
			return -EINVAL;
		tsmreq_store_le32(body + CONTEXT_FUNC_ID, (uint32_t)answer->value);
		memcpy(body + CONTEXT_NONCE, answer->data.data, TSMREQ_NONCE_SIZE);
	}
	return say_yes(call, CONTEXT_SIZE, 0, reply);
}

static int encode_device_info(const struct tsmreq_call *call, const struct tsmreq_answer *answer,
			      struct tsmreq_ghci_reply *reply)
{
	const size_t size = answer->data.size;

	if (answer->rc || !size)
		return say_no(call, TSMREQ_SERVICE_DONE, reply);
	/* never cut short */
	if (size > call->write[0].size - BODY - PREAMBLE)
		return say_no(call, TSMREQ_SERVICE_RESPONSE_TOO_SMALL, reply);
	reply->data = answer->data;
	return say_yes(call, PREAMBLE, (uint32_t)size, reply);
}

static int encode_legacy(const struct tsmreq_call *call, const struct tsmreq_answer *answer,
			 struct tsmreq_ghci_reply *reply)
{
	if (call->kind == TSMREQ_CALL_LEGACY_MAP_DMA || call->kind == TSMREQ_CALL_LEGACY_UNKNOWN)
		return say_no(call, TSMREQ_SERVICE_DONE, reply);
	if (answer->rc > 0)
		return -EINVAL;
	if (answer->rc == -EBUSY)
		return say_no(call, TSMREQ_SERVICE_BUSY, reply);
	if (call->kind == TSMREQ_CALL_LEGACY_CONTEXT)
		return encode_context(call, answer, reply);
	if (call->kind == TSMREQ_CALL_LEGACY_DEVICE_INFO)
		return encode_device_info(call, answer, reply);
	/* TDISP: there is nothing to say but whether it went */
	return answer->rc ? say_no(call, TSMREQ_SERVICE_DONE, reply)
			  : say_yes(call, PREAMBLE, 0, reply);
}

int tsmreq_service_encode(const struct tsmreq_call *call, const struct tsmreq_answer *answer,
			  struct tsmreq_ghci_reply *reply)
{
	if (call->kind == TSMREQ_CALL_SERVICE_QUERY)
		return encode_query(call, reply);
	if (call->kind == TSMREQ_CALL_REJECT)
		conclude(reply, call->u.refusal.detail, BODY, 0);
	else if (call->kind == TSMREQ_CALL_SERVICE_UNKNOWN)
		conclude(reply, TSMREQ_SERVICE_NOT_SUPPORTED, BODY, 0);
	else
		return encode_legacy(call, answer, reply);
	return 0;
}

static bool is_ours(const struct tsmreq_call *call)
{
	return call->kind >= TSMREQ_CALL_SERVICE_QUERY && call->kind <= TSMREQ_CALL_LEGACY_UNKNOWN;
}

int tsmreq_service_encode_call(const struct tsmreq_ghci_opts *opts, const struct tsmreq_call *call,
			       struct tsmreq_ghci_exit *exit)
{
	const uint64_t shared = td_shared_bit(opts);

	if (!is_ours(call))
		return -EINVAL;
	exit->r11 = TSMREQ_GHCI_LEAF_SERVICE;
	exit->r12 = (call->read[0].gpa.raw - BODY) | shared;
	exit->r13 = call->write[0].gpa.raw | shared;
	exit->r14 = call->vector;
	exit->r15 = call->u.service.timeout;
	return 0;
}

/* How much of a body encode_body() fills. */
static uint32_t body_size(enum tsmreq_call_kind kind)
{
	if (kind == TSMREQ_CALL_SERVICE_UNKNOWN)
		return 0;
	if (kind == TSMREQ_CALL_SERVICE_QUERY)
		return QUERY_SIZE;
	return kind == TSMREQ_CALL_LEGACY_DEVICE_INFO ? NONCE_END : DEVICE_END;
}

static void encode_body(const struct tsmreq_call *call, uint8_t *body)
{
	const struct tsmreq_call_service *service = &call->u.service;

	if (call->kind == TSMREQ_CALL_SERVICE_UNKNOWN)
		return;
	if (call->kind == TSMREQ_CALL_SERVICE_QUERY) {
		memcpy(body + QUERY_GUID, service->guid, GUID_SIZE);
		return;
	}
	/* a known command that is not known: it is its version that was not */
	if (call->kind == TSMREQ_CALL_LEGACY_UNKNOWN && service->command < COUNT(commands))
		body[VERSION] = 1;
	body[COMMAND] = (uint8_t)service->command;
	tsmreq_store_le32(body + DEVICE, (uint32_t)call->dev.raw);
	if (call->kind == TSMREQ_CALL_LEGACY_DEVICE_INFO)
		memcpy(body + NONCE, service->nonce, TSMREQ_NONCE_SIZE);
}

int tsmreq_service_encode_command(const struct tsmreq_call *call, struct tsmreq_buffer *dst)
{
	const uint64_t size = call->read[0].size, length = BODY + size;
	uint8_t *bytes = dst->data;

	if (!is_ours(call) || size < body_size(call->kind) || size > TSMREQ_GHCI_BUFFER_MAX - BODY)
		return -EINVAL;
	if (dst->capacity < length)
		return -EMSGSIZE;
	memset(bytes, 0, (size_t)length);
	memcpy(bytes + GUID,
	       call->kind == TSMREQ_CALL_SERVICE_QUERY ? services[SERVICE_QUERY].guid
						       : call->u.service.guid,
	       GUID_SIZE);
	tsmreq_store_le32(bytes + LENGTH, (uint32_t)length);
	encode_body(call, bytes + BODY);
	dst->size = (size_t)length;
	return 0;
}

bool tsmreq_ghci_service_at(unsigned int i, struct tsmreq_ghci_service *ret)
{
	if (i >= COUNT(services))
		return false;
	*ret = services[i];
	return true;
}
