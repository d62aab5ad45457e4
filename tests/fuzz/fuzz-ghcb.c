/* SPDX-License-Identifier: MIT */
#include "sev.h"

/* Input: revision (1 byte), reason to refuse with (1 byte), answer, page as sev.h says. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = {data, size};
	const enum tsmreq_ghcb_abi abi = (enum tsmreq_ghcb_abi)fuzz_take_u8(&in);
	const enum tsmreq_reason reason = (enum tsmreq_reason)fuzz_take_u8(&in);
	const struct tsmreq_answer answer = fuzz_take_answer(&in);
	struct tsmreq_ghcb_regs regs;
	struct tsmreq_bytes page;
	struct tsmreq_call call;
	uint8_t *bytes;
	int rc;

	page.data = bytes = fuzz_take_page(&in, &page.size);
	FUZZ_DECODE(&call, rc, tsmreq_ghcb_decode(abi, page, ret));
	if (!strcmp(tsmreq_ghcb_abi_to_string(abi), "unknown"))
		FUZZ_CHECK(rc == -EINVAL);
	else
		FUZZ_CHECK(rc == (page.size < TSMREQ_GHCB_SIZE ? -EMSGSIZE : 0));
	FUZZ_CHECK(tsmreq_ghcb_load(page, &regs) == (page.size < TSMREQ_GHCB_SIZE ? -EMSGSIZE : 0));

	if (call.kind != TSMREQ_CALL_NONE) {
		FUZZ_CHECK(call.shape == TSMREQ_SHAPE_GHCB_PAGE);
		if (call.kind != TSMREQ_CALL_REJECT)
			fuzz_check_ghcb_way_back(abi, &call);
		fuzz_check_ghcb_answer(abi, &call, &answer);
		if (!tsmreq_ghcb_refuse(&call, reason))
			FUZZ_CHECK(call.kind == TSMREQ_CALL_REJECT && call.reason == reason);
		fuzz_check_call(&call);
	}
	free(bytes);
	return 0;
}
