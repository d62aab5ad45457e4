/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <tsmreq/ghcb.h>
#include <tsmreq/ghci.h>
#include <tsmreq/kvm.h>
#include <tsmreq/rhi.h>
#include <tsmreq/text.h>

#include "cli/call_words.h"
#include "cli/json.h"
#include "cli/show_call.h"

/* ---- the parts of a call that are no argument of it, as words */

static void words_of_span(const struct tsmreq_span *span, struct call_words *ret)
{
	ret->count = 0;
	if (span->use == TSMREQ_SPAN_NONE)
		return;
	call_words_add_text(ret, "use", tsmreq_span_use_to_string(span->use));
	call_words_add_number(ret, "gpa", span->gpa.raw);
	call_words_add_number(ret, "size", span->size);
}

static void words_of_message(const struct tsmreq_sev_message *message, struct call_words *ret)
{
	ret->count = 0;
	if (!message->type)
		return;
	call_words_add_number(ret, "type", message->type);
	call_words_add_number(ret, "version", message->version);
	call_words_add_number(ret, "seqno", message->seqno);
	call_words_add_number(ret, "size", message->size);
}

/* The firmware's own codes have their names elsewhere. */
static const char *name_info(uint32_t info1, uint64_t info2)
{
	const char *name = tsmreq_ghcb_info_to_string(info1, info2);

	return strcmp(name, "unknown") == 0 && !info1
		       ? tsmreq_code_to_string(TSMREQ_ARCH_SEV, info2)
		       : name;
}

static void words_of_tdx(const struct tsmreq_call *call, struct call_words *words)
{
	const struct tsmreq_refusal *refusal = &call->u.refusal;
	const bool tdcm = call->shape == TSMREQ_SHAPE_TDCM;

	call_words_add_number(words, "r10", refusal->code);
	if (!refusal->length) {
		call_words_add_text(words, "name", tsmreq_ghci_r10_to_string(refusal->code));
		return;
	}
	call_words_add_number(words, tdcm ? "error" : "status", refusal->detail);
	call_words_add_number(words, "length", refusal->length);
	call_words_add_text(words, "name",
			    tdcm ? tsmreq_tdcm_error_to_string(refusal->detail)
				 : tsmreq_service_status_to_string(refusal->detail));
}

/* What a refusal answers, in the registers and fields of its shape. */
static void words_of_refusal(const struct tsmreq_call *call, struct call_words *ret)
{
	const struct tsmreq_refusal *refusal = &call->u.refusal;

	ret->count = 0;
	if (call->kind != TSMREQ_CALL_REJECT)
		return;
	switch ((int)call->shape) {
	case TSMREQ_SHAPE_RHI:
		call_words_add_number(ret, "x0", refusal->code);
		call_words_add_text(ret, "name", tsmreq_rhi_status_to_string(refusal->code));
		break;
	case TSMREQ_SHAPE_TIO_RESPONSE:
		call_words_add_number(ret, "response", refusal->code);
		break;
	case TSMREQ_SHAPE_TIO_REENTER:
		call_words_add_text(ret, "action", tsmreq_action_to_string(TSMREQ_ACTION_STOP));
		break;
	case TSMREQ_SHAPE_TDCM:
	case TSMREQ_SHAPE_SERVICE:
		words_of_tdx(call, ret);
		break;
	case TSMREQ_SHAPE_GHCB_PAGE:
		call_words_add_number(ret, "info1", refusal->detail);
		call_words_add_number(ret, "info2", refusal->code);
		call_words_add_text(ret, "name", name_info(refusal->detail, refusal->code));
		break;
	default: /* VMGEXIT */
		call_words_add_number(ret, "fw_err", refusal->code);
		call_words_add_text(ret, "name", name_info(0, refusal->code));
		break;
	}
}

/* The id as everybody else writes it: 0000:01:00.0. @ret is empty for a call without a device. */
static void format_device(const struct tsmreq_call *call, const struct call_words *words,
			  char ret[40])
{
	const uint64_t id = call->dev.raw;

	ret[0] = '\0';
	if (call_words_find(words, "dev"))
		snprintf(ret, 40, "%04" PRIx64 ":%02x:%02x.%x", id >> 16,
			 (unsigned int)(id >> 8) & 0xff, (unsigned int)(id >> 3) & 0x1f,
			 (unsigned int)id & 7);
}

/* How this command is given the bytes of the next look. */
static const char *explain_next(enum tsmreq_next next)
{
	switch ((int)next) {
	case TSMREQ_NEXT_RHI_REGISTERS:
		return "give x0=.. and the others";
	case TSMREQ_NEXT_RHI_PARAMETERS:
		return "give read[0] with --parameters";
	case TSMREQ_NEXT_TDCM_HEADER:
		return "give read[0] with --buffer";
	case TSMREQ_NEXT_SERVICE_HEADERS:
	case TSMREQ_NEXT_SERVICE_BODY:
		return "give both buffers with --buffer and --response";
	case TSMREQ_NEXT_SEV_MESSAGE:
		return "give read[0] with --message";
	case TSMREQ_NEXT_SEV_NONCE:
		return "give read[1] with --nonce";
	default:
		return NULL;
	}
}

/* ---- for people */

static void print_text(const char *title, const char *text)
{
	printf("%-9s %s\n", title, text);
}

static void print_words(const char *title, const struct call_words *words)
{
	if (!words->count)
		return;
	printf("%-9s", title);
	for (size_t i = 0; i < words->count; i++)
		printf(" %s=%s", words->word[i].key, words->word[i].value);
	putchar('\n');
}

static void print_span(const char *title, const struct tsmreq_span *span)
{
	struct call_words words;

	words_of_span(span, &words);
	print_words(title, &words);
}

static void print_next(enum tsmreq_next next)
{
	const char *how = explain_next(next);

	printf("%-9s %s%s%s\n", "next", tsmreq_next_to_string(next), how ? ": " : "",
	       how ? how : "");
}

static void print_call(const struct tsmreq_call *call, enum tsmreq_tristate offered)
{
	struct call_words words;
	char device[40];

	call_words_of(call, &words);
	format_device(call, &words, device);
	print_words("call", &words);
	if (call->kind == TSMREQ_CALL_NONE) {
		print_text("meaning", "not ours: hand the exit on, touch nothing");
		return;
	}
	call_words_more(call, &words);
	print_words("more", &words);
	if (device[0])
		print_text("device", device);
	print_text("arch", tsmreq_arch_to_string(call->arch));
	print_text("shape", tsmreq_shape_to_string(call->shape));
	if (call->vector)
		printf("%-9s %" PRIx32 "\n", "vector", call->vector);
	words_of_message(&call->message, &words);
	print_words("message", &words);
	print_span("read[0]", &call->read[0]);
	print_span("read[1]", &call->read[1]);
	print_span("write[0]", &call->write[0]);
	print_span("write[1]", &call->write[1]);
	words_of_refusal(call, &words);
	print_words("answer", &words);
	if (offered != TSMREQ_NOT_TOLD)
		print_text("offered", offered == TSMREQ_YES ? "yes" : "no: answer x0=-1");
	print_next(call->next);
}

/* ---- for programs */

/* Without words it is null. */
static void write_words(struct json *json, const char *key, const struct call_words *words)
{
	if (!words->count) {
		json_string(json, key, NULL);
		return;
	}
	json_open(json, key, '{');
	for (size_t i = 0; i < words->count; i++) {
		const struct call_word *word = &words->word[i];
		char number[sizeof(word->value) + 2];

		snprintf(number, sizeof(number), "0x%s", word->value);
		json_string(json, word->key, word->number ? number : word->value);
	}
	json_close(json, '}');
}

static void write_spans(struct json *json, const char *key, const struct tsmreq_span spans[2])
{
	struct call_words words;

	json_open(json, key, '[');
	for (int i = 0; i < 2; i++) {
		words_of_span(&spans[i], &words);
		write_words(json, NULL, &words);
	}
	json_close(json, ']');
}

static void write_call(const struct tsmreq_call *call, enum tsmreq_tristate offered)
{
	const bool ours = call->kind != TSMREQ_CALL_NONE;
	struct json json = {.out = stdout};
	struct call_words words;
	char device[40];

	json_open(&json, NULL, '{');
	call_words_of(call, &words);
	format_device(call, &words, device);
	write_words(&json, "call", &words);
	call_words_more(call, &words);
	write_words(&json, "more", &words);
	json_string(&json, "device", device[0] ? device : NULL);
	json_string(&json, "arch", ours ? tsmreq_arch_to_string(call->arch) : NULL);
	json_string(&json, "shape", tsmreq_shape_to_string(call->shape));
	json_hex(&json, "vector", call->vector);
	words_of_message(&call->message, &words);
	write_words(&json, "message", &words);
	write_spans(&json, "read", call->read);
	write_spans(&json, "write", call->write);
	words_of_refusal(call, &words);
	write_words(&json, "answer", &words);
	if (offered == TSMREQ_NOT_TOLD)
		json_string(&json, "offered", NULL);
	else
		json_bool(&json, "offered", offered == TSMREQ_YES);
	json_string(&json, "next", tsmreq_next_to_string(call->next));
	json_close(&json, '}');
	json_end(&json);
}

void show_call(const struct tsmreq_call *call, enum tsmreq_tristate offered, bool as_json)
{
	if (as_json)
		write_call(call, offered);
	else
		print_call(call, offered);
}
