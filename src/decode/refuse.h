/* SPDX-License-Identifier: MIT */
#ifndef DECODE_REFUSE_H
#define DECODE_REFUSE_H

#include "decode/clear.h"
#include <tsmreq/call.h>

/* One way to refuse, for every decoder: what was found out so far goes, the answer stays. */
static inline int tsmreq_call_refuse(struct tsmreq_call *call, enum tsmreq_reason reason,
				     uint64_t code, uint32_t detail, uint32_t length)
{
	const enum tsmreq_arch arch = call->arch;
	const enum tsmreq_shape shape = call->shape;
	const struct tsmreq_guest_dev dev = call->dev;

	tsmreq_call_clear(call);
	call->kind = TSMREQ_CALL_REJECT;
	call->arch = arch;
	call->shape = shape;
	call->dev = dev;
	call->reason = reason;
	call->u.refusal.code = code;
	call->u.refusal.detail = detail;
	call->u.refusal.length = length;
	return 0;
}

#endif
