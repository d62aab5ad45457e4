/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <tsmreq/text.h>

#include "cli/bytes.h"
#include "cli/script.h"

#define POINTER_SIZE 8
#define CODE_AT	     40
#define FIRST_PAGE   4096

/* ---- reading the lines */

/* Every run of `pp` is one or more pointers; the first is the request, the second the response. */
static void find_pointers(struct replay *replay, struct script_send *send)
{
	const struct vec_bytes *arg = &send->arg;
	size_t run = 0;

	for (size_t at = 0; at <= arg->size; at++) {
		if (at < arg->size && arg->wild[at]) {
			run++;
			if (run % POINTER_SIZE)
				continue;
			if (!send->request_at)
				send->request_at = at + 1 - POINTER_SIZE;
			else if (!send->response_at)
				send->response_at = at + 1 - POINTER_SIZE;
			else
				replay_fail(replay, send->number, "sends: a third pointer");
			continue;
		}
		if (run % POINTER_SIZE)
			replay_fail(replay, send->number, "sends: a pointer is 8 bytes, not %zu",
				    run % POINTER_SIZE);
		run = 0;
	}
}

static void read_reply(struct replay *replay, const struct vec_line *line, struct script_send *send)
{
	const char *resp = strstr(line->text, "resp=");
	struct words words = {0};
	const char *ret;

	send->reply_number = line->number;
	if (resp) {
		send->has_response = true;
		/* checked when the file was read */
		vec_parse_bytes(&replay->arena, resp + strlen("resp="), &send->response);
	}
	words_split_text(&replay->arena,
			 arena_strndup(&replay->arena, line->text,
				       resp ? (size_t)(resp - line->text) : strlen(line->text)),
			 line->number, &words);
	send->has_code = replay_take_hex(replay, &words, "code", &send->code);
	ret = words_take(&words, "ret");
	if (!ret)
		replay_fail(replay, line->number, "reply: without ret=");
	else
		send->rc = replay_parse_rc(replay, ret);
	replay_refuse_left(replay, "reply", &words);
}

/* Two may be out at a time: the one that was sent last is answered first. */
static struct script_send *find_unanswered(struct script *script)
{
	for (size_t i = script->count; i > 0; i--) {
		if (!script->send[i - 1].reply_number)
			return &script->send[i - 1];
	}
	return NULL;
}

void script_read(struct replay *replay, struct script *ret)
{
	struct script_send *send = NULL;
	struct script_send *answered;

	*ret = (struct script){.replay = replay};
	for (size_t i = 0; i < replay->vec->count; i++) {
		const struct vec_line *line = &replay->vec->lines[i];

		if (line->key == VEC_SENDS) {
			ret->send =
				arena_grow(&replay->arena, ret->send, ret->count, sizeof(*send));
			send = &ret->send[ret->count++];
			*send = (struct script_send){.number = line->number};
			vec_parse_bytes(&replay->arena, line->text, &send->arg);
			find_pointers(replay, send);
		} else if (line->key == VEC_REQ && send) {
			send->has_request = true;
			vec_parse_bytes(&replay->arena, line->text, &send->request);
		} else if (line->key == VEC_REPLY && (answered = find_unanswered(ret))) {
			read_reply(replay, line, answered);
		} else if (line->key == VEC_REQ || line->key == VEC_REPLY) {
			replay_fail(replay, line->number,
				    "a sends line must stand before this one");
		}
	}
	ret->limit = ret->count;
}

/* ---- what goes out */

/* The first difference, as a failure. Wild bytes are compared by who knows what they point to. */
static bool same_bytes(struct replay *replay, unsigned int number, const char *what,
		       const struct vec_bytes *expected, const uint8_t *got)
{
	for (size_t at = 0; at < expected->size; at++) {
		size_t left = expected->size - at;

		if (expected->wild[at] || expected->data[at] == got[at])
			continue;
		replay_fail(replay, number, "%s, byte %zu: expected %s, got %s", what, at,
			    replay_format_hex(expected->data + at, left).text,
			    replay_format_hex(got + at, left).text);
		return false;
	}
	return true;
}

static bool same_nonce(struct script *script, const struct script_send *send,
		       const uint8_t *request)
{
	const struct vec_bytes *expected = &send->request;

	for (size_t at = 0; at < expected->size; at += expected->wild[at] ? POINTER_SIZE : 1) {
		const void *nonce;

		if (!expected->wild[at])
			continue;
		if (at + POINTER_SIZE > expected->size) {
			replay_fail(script->replay, send->number, "req: half a pointer");
			return false;
		}
		nonce = bytes_get_pointer(request + at);
		/* what else stands in these requests is small: a number is not followed */
		if (at % POINTER_SIZE || (uintptr_t)nonce < FIRST_PAGE || !script->nonce) {
			replay_fail(script->replay, send->number,
				    "req, byte %zu: expected a pointer to the nonce, got %s", at,
				    script->nonce ? "none" : "one that the case did not give");
			return false;
		}
		if (!same_bytes(script->replay, send->number, "nonce", script->nonce, nonce))
			return false;
	}
	return true;
}

static uint32_t get_length(const struct script *script, const uint8_t *arg, size_t at)
{
	return script->lies ? UINT32_MAX : bytes_get32(arg + at);
}

/* Only what is a pointer by the layout is followed. */
static bool sane_pointers(struct script *script, const struct script_send *send, const uint8_t *arg)
{
	const struct {
		const char *name;
		size_t told;
		size_t known;
	} pointers[] = {
		{"request", send->request_at, script->places.request},
		{"response", send->response_at, script->places.response},
	};

	for (size_t i = 0; i < sizeof(pointers) / sizeof(pointers[0]); i++) {
		size_t at = pointers[i].told;

		if (!at)
			continue;
		if (at != pointers[i].known && !script->lies) {
			replay_fail(script->replay, send->number,
				    "sends: no %s pointer stands at %zu", pointers[i].name, at);
			return false;
		}
		if (!bytes_get_pointer(arg + at)) {
			replay_fail(script->replay, send->number, "sends: the %s pointer is null",
				    pointers[i].name);
			return false;
		}
	}
	return true;
}

static bool same_request(struct script *script, const struct script_send *send, const uint8_t *arg)
{
	const uint8_t *request;

	if (!send->has_request || !send->request_at)
		return true;
	if (send->request.size > get_length(script, arg, script->places.request_length)) {
		replay_fail(script->replay, send->number, "req: longer than its length in sends");
		return false;
	}
	request = bytes_get_pointer(arg + send->request_at);
	return same_bytes(script->replay, send->number, "req", &send->request, request) &&
	       same_nonce(script, send, request);
}

static bool same_argument(struct script *script, const struct script_send *send, const void *arg)
{
	size_t size = tap_get_size(arg);

	if (!script->lies && size != send->arg.size) {
		replay_fail(script->replay, send->number, "sends: expected %zu bytes, got %zu: %s",
			    send->arg.size, size, replay_format_hex(arg, size).text);
		return false;
	}
	return same_bytes(script->replay, send->number, "sends", &send->arg, arg) &&
	       sane_pointers(script, send, arg) && same_request(script, send, arg);
}

static int script_before(void *userdata, unsigned long request, const void *arg)
{
	struct script *script = userdata;
	struct script_send *send;

	if (script->closed)
		return -ENODEV;
	if (script->rehearsed)
		return 0;
	if (script->done == script->limit) {
		replay_fail(script->replay, 0, "expected nothing more to be sent, got %lx with %s",
			    request, replay_format_hex(arg, tap_get_size(arg)).text);
		return -EPROTO;
	}
	send = &script->send[script->done++];
	if (request != send->cmd) {
		replay_fail(script->replay, send->number, "sends: expected ioctl %x, got %lx",
			    send->cmd, request);
		return -EPROTO;
	}
	if (!same_argument(script, send, arg))
		return -EPROTO;
	send->out = arg;
	send->sent_code =
		send->arg.size >= CODE_AT + 8 ? bytes_get64((const uint8_t *)arg + CODE_AT) : 0;
	return 0;
}

struct script_send *script_find(struct script *script, const void *arg)
{
	for (size_t i = 0; i < script->done; i++) {
		if (script->send[i].out == arg)
			return &script->send[i];
	}
	return NULL;
}

/* ---- what comes back */

static void check_code(struct script *script, const struct script_send *send, const uint8_t *arg)
{
	uint64_t expected = send->has_code ? send->code : send->sent_code;
	uint64_t got;

	if (!script->has_code || send->arg.size < CODE_AT + 8) {
		/* code=0 on a structure without the field says nothing */
		if (send->has_code && send->code)
			replay_fail(script->replay, send->number,
				    "reply: the structure has no "
				    "tsm_code to hold one");
		return;
	}
	got = bytes_get64(arg + CODE_AT);
	if (got != expected)
		replay_fail(script->replay, send->number,
			    "reply: expected tsm_code %" PRIx64 "%s, got %" PRIx64, expected,
			    send->has_code ? "" : " as it was sent", got);
}

static void check_response(struct script *script, const struct script_send *send,
			   const uint8_t *arg)
{
	uint32_t room = get_length(script, arg, script->places.response_length);

	if (!send->response_at)
		replay_fail(script->replay, send->number,
			    "reply: resp= without a response pointer");
	else if (send->response.size > room)
		replay_fail(script->replay, send->number, "reply: resp= is longer than the room");
	else
		same_bytes(script->replay, send->number, "response", &send->response,
			   bytes_get_pointer(arg + send->response_at));
}

static void script_after(void *userdata, unsigned long request, const void *arg, int rc)
{
	struct script *script = userdata;
	struct script_send *send = script_find(script, arg);

	(void)request;
	script->last_rc = rc;
	if (!send)
		return;
	send->out = NULL;
	if (!send->reply_number)
		return;
	if (rc != send->rc) {
		replay_fail(script->replay, send->number, "reply: expected %s, the mock answers %s",
			    replay_format_rc(send->rc).text, replay_format_rc(rc).text);
		return;
	}
	check_code(script, send, arg);
	if (send->has_response)
		check_response(script, send, arg);
}

void script_open(struct script *script, enum tsmreq_uapi uapi, enum tsmreq_arch arch,
		 const struct tsmreq_transport *behind)
{
	struct tsmreq_uapi_info row;

	if (tsmreq_uapi_get_info(uapi, &row) == 0)
		script->places = places_of_request(row.layout);
	script->has_code = tsmreq_uapi_has(uapi, arch, TSMREQ_FEATURE_TSM_CODE);
	script->tap.behind = behind;
	script->tap.before = script_before;
	script->tap.after = script_after;
	script->tap.userdata = script;
	tap_open(&script->tap);
}

void script_close(struct script *script)
{
	if (script->done < script->limit)
		replay_fail(script->replay, script->send[script->done].number,
			    "sends: expected %zu, got %zu", script->limit, script->done);
}

struct vec_bytes script_get_request(const struct script *script)
{
	for (size_t i = 0; i < script->count; i++) {
		if (script->send[i].has_request)
			return script->send[i].request;
	}
	return (struct vec_bytes){0};
}

const struct script_send *script_get_last(const struct script *script)
{
	return script->count ? &script->send[script->count - 1] : NULL;
}
