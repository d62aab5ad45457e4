/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <tsmreq/ghci.h>
#include <tsmreq/text.h>

#include "cli/bytes.h"
#include "cli/call_words.h"

/* ---- one word */

static struct call_word *add(struct call_words *words, const char *key)
{
	struct call_word *word = &words->word[words->count++];

	*word = (struct call_word){.key = key};
	return word;
}

void call_words_add_text(struct call_words *words, const char *key, const char *text)
{
	struct call_word *word = add(words, key);

	snprintf(word->value, sizeof(word->value), "%s", text);
}

void call_words_add_number(struct call_words *words, const char *key, uint64_t value)
{
	struct call_word *word = add(words, key);

	snprintf(word->value, sizeof(word->value), "%" PRIx64, value);
	word->number = true;
}

/* What the carrier hides is the word none. */
static void add_told(struct call_words *words, const char *key, bool told, uint64_t value)
{
	if (told)
		call_words_add_number(words, key, value);
	else
		call_words_add_text(words, key, "none");
}

static void add_tristate(struct call_words *words, const char *key, enum tsmreq_tristate value)
{
	add_told(words, key, value != TSMREQ_NOT_TOLD, value == TSMREQ_YES);
}

static void add_bytes(struct call_words *words, const char *key, const uint8_t *bytes, size_t size)
{
	struct call_word *word = add(words, key);

	for (size_t i = 0; i < size; i++)
		snprintf(word->value + 2 * i, sizeof(word->value) - 2 * i, "%02x", bytes[i]);
}

/* As Linux prints one: the first three groups are little-endian numbers. */
static void add_guid(struct call_words *words, const char *key, const uint8_t *guid)
{
	struct call_word *word = add(words, key);

	snprintf(word->value, sizeof(word->value),
		 "%08" PRIx32 "-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x", bytes_get32(guid),
		 guid[4] | guid[5] << 8, guid[6] | guid[7] << 8, guid[8], guid[9], guid[10],
		 guid[11], guid[12], guid[13], guid[14], guid[15]);
}

/* ---- the arguments, by kind */

static void say_object(const struct tsmreq_call *call, struct call_words *words)
{
	call_words_add_text(words, "object", tsmreq_object_to_string(call->u.object.object));
	if (call->kind != TSMREQ_CALL_READ_OBJECT || call->shape != TSMREQ_SHAPE_RHI)
		return;
	call_words_add_number(words, "gpa", call->write[0].gpa.raw);
	call_words_add_number(words, "len", call->u.object.length);
	call_words_add_number(words, "off", call->u.object.offset);
}

static void say_regen(const struct tsmreq_call *call, struct call_words *words)
{
	call_words_add_text(words, "object", tsmreq_object_to_string(call->u.regen.object));
	if (call->read[0].use != TSMREQ_SPAN_RHI_PARAMETERS)
		return;
	call_words_add_number(words, "gpa", call->read[0].gpa.raw);
	if (call->next != TSMREQ_NEXT_DONE)
		return;
	call_words_add_number(words, "flags", call->u.regen.flags);
	add_bytes(words, "nonce", call->u.regen.nonce, sizeof(call->u.regen.nonce));
}

static void say_tdi_info(const struct tsmreq_call *call, struct call_words *words)
{
	static const char *const names[] = {"state", "cert", "meas", "report"};
	const struct tsmreq_call_tdi_info *info = &call->u.tdi_info;
	struct call_word *want = add(words, "want");

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		size_t used = strlen(want->value);

		if (info->want >> i & 1)
			snprintf(want->value + used, sizeof(want->value) - used, "%s%s",
				 used ? "," : "", names[i]);
	}
	if (!info->want)
		snprintf(want->value, sizeof(want->value), "none");
	call_words_add_number(words, "data", info->data.raw);
	call_words_add_number(words, "pages", info->pages);
	if (info->has_nonce)
		add_bytes(words, "nonce", info->nonce, sizeof(info->nonce));
}

/* The two files that have this call name its fields each in its own way. */
static void say_state(const struct tsmreq_call *call, struct call_words *words)
{
	call_words_add_text(words, call->arch == TSMREQ_ARCH_TDX ? "target" : "state",
			    tsmreq_tdi_state_to_string(call->u.state.target));
}

static void say_mmio(const struct tsmreq_call *call, struct call_words *words)
{
	const struct tsmreq_call_mmio *mmio = &call->u.mmio;

	if (call->arch == TSMREQ_ARCH_CCA) {
		call_words_add_number(words, "base", mmio->base.raw);
		call_words_add_number(words, "top", mmio->base.raw + mmio->size);
		call_words_add_number(words, "pa", mmio->host_base);
		return;
	}
	call_words_add_number(words, "gpa", mmio->base.raw);
	add_told(words, "len", mmio->size, mmio->size);
	add_tristate(words, "private", mmio->to_private);
	add_told(words, "range", mmio->range != TSMREQ_RANGE_NONE, mmio->range);
}

static void say_dma(const struct tsmreq_call *call, struct call_words *words)
{
	add_tristate(words, "enable", call->u.dma.enable);
	add_told(words, "vtom", call->u.dma.enable != TSMREQ_NOT_TOLD, call->u.dma.vtom);
}

static void say_fault(const struct tsmreq_call *call, struct call_words *words)
{
	call_words_add_number(words, "base", call->u.fault.base.raw);
	call_words_add_number(words, "top", call->u.fault.base.raw + call->u.fault.size);
	call_words_add_text(words, "to", call->u.fault.to_private ? "private" : "shared");
}

static void say_handle(const struct tsmreq_call *call, struct call_words *words)
{
	call_words_add_number(words, "handle", call->u.resume.handle);
}

static void say_p2p(const struct tsmreq_call *call, struct call_words *words)
{
	call_words_add_number(words, "dev2", call->u.p2p.dev2.raw);
}

static void say_guid(const struct tsmreq_call *call, struct call_words *words)
{
	add_guid(words, "guid", call->u.service.guid);
}

static void say_command(const struct tsmreq_call *call, struct call_words *words)
{
	call_words_add_number(words, "command", call->u.service.command);
}

static void say_service_nonce(const struct tsmreq_call *call, struct call_words *words)
{
	add_bytes(words, "nonce", call->u.service.nonce, sizeof(call->u.service.nonce));
}

static void say_certs(const struct tsmreq_call *call, struct call_words *words)
{
	call_words_add_number(words, "gpa", call->u.certs.gpa.raw);
	call_words_add_number(words, "pages", call->u.certs.pages);
}

static void say_reason(const struct tsmreq_call *call, struct call_words *words)
{
	call_words_add_text(words, "reason", tsmreq_reason_to_string(call->reason));
}

/* No vector shows these: what is known before the next look. */
static void say_pending(const struct tsmreq_call *call, struct call_words *words)
{
	const struct tsmreq_call_hints *hints = &call->u.hints;

	if (call->next == TSMREQ_NEXT_RHI_REGISTERS) {
		call_words_add_number(words, "nr", call->u.hypercall.nr);
		call_words_add_number(words, "flags", call->u.hypercall.flags);
	} else if (call->next == TSMREQ_NEXT_SEV_MESSAGE) {
		call_words_add_number(words, "rax", hints->rax);
		call_words_add_number(words, "rbx", hints->rbx);
		call_words_add_number(words, "rcx", hints->rcx);
		call_words_add_number(words, "rdx", hints->rdx);
		call_words_add_number(words, "marked", hints->marked);
		call_words_add_number(words, "flags", hints->flags);
	} else if (call->next == TSMREQ_NEXT_SERVICE_BODY) {
		add_guid(words, "guid", call->u.service.guid);
	}
}

static void (*const arguments[])(const struct tsmreq_call *call, struct call_words *words) = {
	[TSMREQ_CALL_REJECT] = say_reason,
	[TSMREQ_CALL_PENDING] = say_pending,
	[TSMREQ_CALL_OBJECT_SIZE] = say_object,
	[TSMREQ_CALL_READ_OBJECT] = say_object,
	[TSMREQ_CALL_REGEN] = say_regen,
	[TSMREQ_CALL_TDI_INFO] = say_tdi_info,
	[TSMREQ_CALL_SET_TDI_STATE] = say_state,
	[TSMREQ_CALL_P2P_UNBIND] = say_p2p,
	[TSMREQ_CALL_VALIDATE_MMIO] = say_mmio,
	[TSMREQ_CALL_MMIO_CONFIG] = say_mmio,
	[TSMREQ_CALL_SET_DMA] = say_dma,
	[TSMREQ_CALL_MEMORY_FAULT] = say_fault,
	[TSMREQ_CALL_CONTINUE] = say_handle,
	[TSMREQ_CALL_SERVICE_QUERY] = say_guid,
	[TSMREQ_CALL_SERVICE_UNKNOWN] = say_guid,
	[TSMREQ_CALL_LEGACY_DEVICE_INFO] = say_service_nonce,
	[TSMREQ_CALL_LEGACY_UNKNOWN] = say_command,
	[TSMREQ_CALL_SNP_REQ_CERTS] = say_certs,
};

#define ARGUMENTS (sizeof(arguments) / sizeof(arguments[0]))

/* ---- the call */

static bool names_device(const struct tsmreq_call *call)
{
	switch ((int)call->kind) {
	case TSMREQ_CALL_NONE:
	case TSMREQ_CALL_REJECT:
	case TSMREQ_CALL_VERSION:
	case TSMREQ_CALL_FEATURES:
	case TSMREQ_CALL_MEMORY_FAULT:
	case TSMREQ_CALL_SERVICE_QUERY:
	case TSMREQ_CALL_SERVICE_UNKNOWN:
	case TSMREQ_CALL_SNP_REQ_CERTS:
		return false;
	case TSMREQ_CALL_PENDING:
		return call->next == TSMREQ_NEXT_TDCM_HEADER ||
		       call->next == TSMREQ_NEXT_SEV_MESSAGE;
	default:
		return true;
	}
}

/* A TDCM refusal keeps its buffer, but for the answer only. */
static bool has_tdcm_buffer(const struct tsmreq_call *call)
{
	return call->shape == TSMREQ_SHAPE_TDCM && call->kind != TSMREQ_CALL_REJECT;
}

void call_words_of(const struct tsmreq_call *call, struct call_words *ret)
{
	const size_t kind = (size_t)call->kind;

	ret->count = 0;
	call_words_add_text(ret, "kind", tsmreq_call_kind_to_string(call->kind));
	if (names_device(call))
		call_words_add_number(ret, "dev", call->dev.raw);
	if (call->message.type)
		call_words_add_number(ret, "msg", call->message.type);
	if (kind < ARGUMENTS && arguments[kind])
		arguments[kind](call, ret);
	if (has_tdcm_buffer(call)) {
		call_words_add_number(ret, "gpa", call->write[0].gpa.raw);
		call_words_add_number(ret, "len", call->write[0].size - TSMREQ_TDCM_HEADER_SIZE);
	}
	if (call->read[0].use == TSMREQ_SPAN_SEV_REQUEST) {
		call_words_add_number(ret, "req", call->read[0].gpa.raw);
		call_words_add_number(ret, "rsp", call->write[0].gpa.raw);
	}
}

static bool is_service(enum tsmreq_call_kind kind)
{
	return kind >= TSMREQ_CALL_SERVICE_QUERY && kind <= TSMREQ_CALL_LEGACY_UNKNOWN;
}

void call_words_more(const struct tsmreq_call *call, struct call_words *ret)
{
	const struct tsmreq_call_service *service = &call->u.service;
	const bool pending = call->kind == TSMREQ_CALL_PENDING;

	ret->count = 0;
	if (call->kind == TSMREQ_CALL_MEMORY_FAULT)
		call_words_add_number(ret, "flags", call->u.fault.flags);
	if (call->kind == TSMREQ_CALL_VALIDATE_MMIO && call->arch == TSMREQ_ARCH_CCA) {
		add_tristate(ret, "private", call->u.mmio.to_private);
		add_told(ret, "range", call->u.mmio.range != TSMREQ_RANGE_NONE, call->u.mmio.range);
	}
	if (is_service(call->kind) || (pending && call->shape == TSMREQ_SHAPE_SERVICE))
		call_words_add_number(ret, "timeout", service->timeout);
	if (!is_service(call->kind))
		return;
	call_words_add_number(ret, "offered", service->offered);
	/* the two that are named by their GUID have no command */
	if (call->kind >= TSMREQ_CALL_LEGACY_CONTEXT) {
		call_words_add_number(ret, "command", service->command);
		add_guid(ret, "guid", service->guid);
	}
}

const char *call_words_find(const struct call_words *words, const char *key)
{
	for (size_t i = 0; i < words->count; i++) {
		if (strcmp(words->word[i].key, key) == 0)
			return words->word[i].value;
	}
	return NULL;
}
