/* SPDX-License-Identifier: MIT */
#include "decode/count.h"
#include "decode/sev.h"
#include <errno.h>

/* Everything an errno can become, the exception before the rule. Also printed. */
static const struct tsmreq_ghcb_errno errnos[] = {
	{TSMREQ_GHCB_BUSY, EINTR, TSMREQ_GHCB_WHEN_CERTAIN},
	{TSMREQ_GHCB_BUSY, EAGAIN, TSMREQ_GHCB_WHEN_CERTAIN},
	/* another VM has the device: no wait of this guest's ends that */
	{TSMREQ_GHCB_NO_FW_CALL, EBUSY, TSMREQ_GHCB_WHEN_BIND},
	{TSMREQ_GHCB_BUSY, EBUSY, TSMREQ_GHCB_WHEN_CERTAIN},
	{TSMREQ_GHCB_INVALID_LEN, ENOSPC, TSMREQ_GHCB_WHEN_NO_ROOM},
	{TSMREQ_GHCB_NO_FW_CALL, 0, TSMREQ_GHCB_WHEN_ANY},
};

static bool applies(enum tsmreq_ghcb_when when, const struct tsmreq_call *call,
		    const struct tsmreq_answer *answer)
{
	if (when == TSMREQ_GHCB_WHEN_CERTAIN)
		return answer->result.outcome != TSMREQ_OUTCOME_UNCERTAIN;
	if (when == TSMREQ_GHCB_WHEN_BIND)
		return answer->flags & TSMREQ_ANSWER_BIND;
	return call->kind == TSMREQ_CALL_TDI_INFO && call->shape == TSMREQ_SHAPE_GHCB_PAGE &&
	       answer->result.outcome == TSMREQ_OUTCOME_NOT_SENT;
}

uint64_t tsmreq_ghcb_get_info2(const struct tsmreq_call *call, const struct tsmreq_answer *answer)
{
	const uint32_t code = (uint32_t)answer->result.tsm_code;
	const struct tsmreq_ghcb_errno *row = errnos;

	/* a code that has no low half is still no success */
	if (answer->result.tsm_code)
		return code ? code : TSMREQ_GHCB_NO_FW_CALL;
	if (!answer->rc)
		return 0;
	while (row->error && (-row->error != answer->rc || !applies(row->when, call, answer)))
		row++;
	return row->info2;
}

int tsmreq_sev_judge(const struct tsmreq_call *call, const struct tsmreq_answer *answer,
		     uint64_t *ret_info2)
{
	const uint64_t info2 = tsmreq_ghcb_get_info2(call, answer);

	if (call->kind == TSMREQ_CALL_PENDING || answer->rc > 0)
		return -EINVAL;
	if (!info2 && call->next != TSMREQ_NEXT_DONE)
		return -EINVAL;
	*ret_info2 = info2;
	return 0;
}

uint8_t tsmreq_sev_tdi_status(const struct tsmreq_answer *answer)
{
	const uint32_t state = (uint32_t)answer->tdi_state;

	return (uint8_t)(state < TSMREQ_TDI_ERROR ? state : TSMREQ_TDI_ERROR);
}

bool tsmreq_ghcb_errno_at(unsigned int i, struct tsmreq_ghcb_errno *ret)
{
	if (i >= COUNT(errnos))
		return false;
	*ret = errnos[i];
	return true;
}
