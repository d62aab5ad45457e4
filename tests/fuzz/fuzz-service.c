/* SPDX-License-Identifier: MIT */
#include "td.h"

/* Input: as td.h says, bytes of the answer's data, of the command, of the response (2 bytes
 * each), then command and response. A command may say that it is longer than what there is. */

#define HEADER TSMREQ_SERVICE_HEADER_SIZE

static struct tsmreq_bytes first_of(struct tsmreq_bytes bytes)
{
	return (struct tsmreq_bytes){bytes.data, bytes.size < HEADER ? bytes.size : HEADER};
}

static struct tsmreq_bytes rest_of(struct tsmreq_bytes bytes, uint64_t skip)
{
	if (bytes.size < skip)
		return (struct tsmreq_bytes){bytes.data, 0};
	return (struct tsmreq_bytes){(const uint8_t *)bytes.data + skip, bytes.size - (size_t)skip};
}

static int decode_body(const struct tsmreq_ghci_opts *opts, struct tsmreq_bytes command,
		       struct tsmreq_bytes response, struct tsmreq_call *call)
{
	const uint64_t skip = call->read[1].gpa.raw - call->write[0].gpa.raw;

	command = rest_of(command, HEADER);
	response = call->read[1].use ? rest_of(response, skip) : (struct tsmreq_bytes){0};
	return tsmreq_ghci_decode_service_body(opts, command, response, call);
}

static bool is_done(const struct tsmreq_call *call)
{
	return call->kind != TSMREQ_CALL_REJECT && call->next == TSMREQ_NEXT_DONE;
}

/* A guest's response is pre-filled with GUID, capacity and version. */
static void check_way_back(const struct tsmreq_ghci_opts *opts, const struct tsmreq_call *call)
{
	uint8_t *command = malloc(TSMREQ_GHCI_BUFFER_MAX), response[HEADER + 1] = {0};
	struct tsmreq_buffer buffer = {command, TSMREQ_GHCI_BUFFER_MAX, 0};
	struct tsmreq_bytes ask, say = {response, sizeof(response)};
	struct tsmreq_ghci_exit exit;
	struct tsmreq_call again;

	FUZZ_CHECK(command);
	FUZZ_CHECK(!tsmreq_ghci_encode_call(opts, call, &exit));
	FUZZ_CHECK(!tsmreq_ghci_encode_command(call, &buffer));
	ask = (struct tsmreq_bytes){command, buffer.size};
	memcpy(response, command, 16);
	for (unsigned int i = 0; i < 4; i++)
		response[16 + i] = (uint8_t)(call->write[0].size >> 8 * i);

	FUZZ_CHECK(!tsmreq_ghci_decode(opts, &exit, &again));
	FUZZ_CHECK(!tsmreq_ghci_decode_service_headers(opts, first_of(ask), first_of(say), &again));
	FUZZ_CHECK(!decode_body(opts, ask, say, &again));
	FUZZ_SAME(&again, call);
	free(command);
}

static void look_again(const struct tsmreq_ghci_opts *opts, struct tsmreq_bytes command,
		       struct tsmreq_bytes response, struct tsmreq_call *call)
{
	const struct tsmreq_call first = *call;
	struct tsmreq_call second;
	int rc = tsmreq_ghci_decode_service_headers(opts, first_of(command), first_of(response),
						    call);

	if (rc) {
		FUZZ_CHECK(rc == -EMSGSIZE && (command.size < HEADER || response.size < HEADER));
		FUZZ_SAME(call, &first);
		return;
	}
	fuzz_check_call(call);
	fuzz_check_plain(opts, call);
	if (call->next != TSMREQ_NEXT_SERVICE_BODY)
		return;
	second = *call;
	rc = decode_body(opts, command, response, call);
	if (rc) {
		FUZZ_CHECK(rc == -EMSGSIZE);
		FUZZ_SAME(call, &second);
		return;
	}
	fuzz_check_call(call);
	fuzz_check_plain(opts, call);
	FUZZ_CHECK(call->next == TSMREQ_NEXT_DONE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = {data, size};
	const struct tsmreq_ghci_opts opts = fuzz_take_opts(&in);
	struct tsmreq_answer answer = fuzz_take_answer(&in);
	const struct tsmreq_ghci_exit exit = fuzz_take_exit(&in);
	struct tsmreq_bytes command, response;
	void *ask, *say, *lent;
	struct tsmreq_call call;
	int rc;

	answer.data.size = fuzz_take_u16(&in);
	command.size = fuzz_take_u16(&in);
	response.size = fuzz_take_u16(&in);
	FUZZ_DECODE(&call, rc, tsmreq_ghci_decode(&opts, &exit, ret));
	FUZZ_CHECK(rc == (fuzz_opts_are_known(&opts) ? 0 : -EINVAL));
	if (rc || call.shape != TSMREQ_SHAPE_SERVICE)
		return 0;
	fuzz_check_plain(&opts, &call);

	command.data = ask = fuzz_take_block(&in, command.size);
	response.data = say = fuzz_take_block(&in, response.size);
	answer.data.data = lent = calloc(1, answer.data.size ? answer.data.size : 1);
	if (call.next == TSMREQ_NEXT_SERVICE_HEADERS)
		look_again(&opts, command, response, &call);
	if (is_done(&call))
		check_way_back(&opts, &call);
	if (call.next == TSMREQ_NEXT_DONE)
		fuzz_check_td_answer(&call, &answer);
	free(ask);
	free(say);
	free(lent);
	return 0;
}
