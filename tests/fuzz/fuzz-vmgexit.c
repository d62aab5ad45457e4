/* SPDX-License-Identifier: MIT */
#include "sev.h"

/* Input: revision (1 byte), answer, exit union. */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = {data, size};
	const enum tsmreq_ghcb_abi abi = (enum tsmreq_ghcb_abi)fuzz_take_u8(&in);
	const struct tsmreq_answer answer = fuzz_take_answer(&in);
	struct tsmreq_call call;
	int rc;

	FUZZ_DECODE(&call, rc,
		    tsmreq_vmgexit_decode(abi, (struct tsmreq_bytes){in.data, in.size}, ret));
	FUZZ_CHECK(!rc || rc == -EINVAL || (rc == -EMSGSIZE && in.size < TSMREQ_VMGEXIT_SIZE));
	if (call.kind == TSMREQ_CALL_NONE)
		return 0;
	if (call.kind != TSMREQ_CALL_REJECT)
		fuzz_check_vmgexit_way_back(abi, &call);
	fuzz_check_vmgexit_answer(&call, &answer);
	return 0;
}
