/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <limits.h>
#include <string.h>

#include "cli/bytes.h"
#include "cli/stand_in.h"

#define CODE_AT 40

static struct crew_gate *get_gate(struct stand_in *stand_in, const struct script_send *send)
{
	return &stand_in->gates[send - stand_in->script->send];
}

static bool is_due(const struct stand_in *stand_in, const struct script_send *send)
{
	return send->reply_number && send->reply_number < stand_in->passed;
}

static void put_response(const struct script *script, const struct script_send *send,
			 const uint8_t *arg)
{
	size_t room = bytes_get32(arg + script->places.response_length);
	size_t size = send->response.size < room ? send->response.size : room;

	/* what is too long, or has nowhere to go, is told when the answer is looked at */
	if (send->response_at && size)
		memcpy(bytes_get_pointer(arg + send->response_at), send->response.data, size);
}

static int stand_in_submit(void *userdata, unsigned long request, void *arg)
{
	struct stand_in *stand_in = userdata;
	struct script *script = stand_in->script;
	const struct script_send *send = script_find(script, arg);

	(void)request;
	if (!send)
		return stand_in->rehearsal;
	if (stand_in->sent)
		stand_in->sent(stand_in->userdata);
	if (crew_is_member(stand_in->crew)) {
		if (!is_due(stand_in, send))
			crew_pass(stand_in->crew, get_gate(stand_in, send));
		if (script->closed)
			return -ENODEV;
	} else if (!send->reply_number) {
		replay_fail(script->replay, send->number,
			    "sends: nothing answers, and the vCPU waits for it");
		return -ENODEV;
	}
	if (script->has_code && send->has_code && send->arg.size >= CODE_AT + 8)
		bytes_put64((uint8_t *)arg + CODE_AT, send->code);
	if (send->has_response)
		put_response(script, send, arg);
	return send->rc;
}

void stand_in_open(struct stand_in *stand_in, struct script *script, struct crew *crew)
{
	*stand_in = (struct stand_in){
		.script = script,
		.crew = crew,
		.gates = arena_zalloc(&script->replay->arena,
				      (script->count + 1) * sizeof(*stand_in->gates)),
	};
	stand_in->transport = (struct tsmreq_transport){
		.size = sizeof(stand_in->transport),
		.submit = stand_in_submit,
		.userdata = stand_in,
	};
}

static void open_gates(struct stand_in *stand_in, bool all)
{
	struct script *script = stand_in->script;

	for (size_t i = 0; i < script->done; i++) {
		if (all || is_due(stand_in, &script->send[i]))
			crew_open_gate(stand_in->crew, &stand_in->gates[i]);
	}
}

void stand_in_pass(struct stand_in *stand_in, unsigned int number)
{
	if (number > stand_in->passed)
		stand_in->passed = number;
	open_gates(stand_in, false);
}

void stand_in_close(struct stand_in *stand_in)
{
	stand_in->script->closed = true;
	stand_in->passed = UINT_MAX;
	open_gates(stand_in, true);
}
