/* SPDX-License-Identifier: MIT */
#include "td.h"

/* Input: as td.h says, bytes of the answer's data (2 bytes), then the header. */

static bool is_done(const struct tsmreq_call *call)
{
	return call->kind != TSMREQ_CALL_REJECT && call->next == TSMREQ_NEXT_DONE;
}

/* Registers and header of a complete call say it again. */
static void check_way_back(const struct tsmreq_ghci_opts *opts, const struct tsmreq_call *call)
{
	uint8_t header[TSMREQ_TDCM_HEADER_SIZE];
	struct tsmreq_buffer buffer = {header, sizeof(header), 0};
	struct tsmreq_ghci_exit exit;
	struct tsmreq_call again;

	FUZZ_CHECK(!tsmreq_ghci_encode_call(opts, call, &exit));
	FUZZ_CHECK(!tsmreq_ghci_encode_command(call, &buffer));
	FUZZ_CHECK(!tsmreq_ghci_decode(opts, &exit, &again));
	FUZZ_CHECK(!tsmreq_ghci_decode_header((struct tsmreq_bytes){header, buffer.size}, &again));
	FUZZ_SAME(&again, call);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = {data, size};
	const struct tsmreq_ghci_opts opts = fuzz_take_opts(&in);
	struct tsmreq_answer answer = fuzz_take_answer(&in);
	const struct tsmreq_ghci_exit exit = fuzz_take_exit(&in);
	struct tsmreq_call call, first;
	void *lent;
	int rc;

	answer.data.size = fuzz_take_u16(&in);
	FUZZ_DECODE(&call, rc, tsmreq_ghci_decode(&opts, &exit, ret));
	FUZZ_CHECK(rc == (fuzz_opts_are_known(&opts) ? 0 : -EINVAL));
	if (rc || call.shape != TSMREQ_SHAPE_TDCM)
		return 0;
	fuzz_check_plain(&opts, &call);

	first = call;
	if (call.next == TSMREQ_NEXT_TDCM_HEADER) {
		rc = tsmreq_ghci_decode_header((struct tsmreq_bytes){in.data, in.size}, &call);
		FUZZ_CHECK(rc == (in.size < TSMREQ_TDCM_HEADER_SIZE ? -EMSGSIZE : 0));
		if (rc) {
			FUZZ_SAME(&call, &first);
			return 0;
		}
		fuzz_check_call(&call);
		fuzz_check_plain(&opts, &call);
		FUZZ_CHECK(call.next == TSMREQ_NEXT_DONE);
	}
	if (is_done(&call))
		check_way_back(&opts, &call);

	lent = calloc(1, answer.data.size ? answer.data.size : 1);
	answer.data.data = lent;
	fuzz_check_td_answer(&call, &answer);
	free(lent);
	return 0;
}
