/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "base/bytes.h"
#include "rev/rev.h"
#include "uapi/iommufd.h"

_Static_assert(offsetof(struct uapi_request_op, tsm_code) == REV_TSM_CODE_AT, "tsm_code");
_Static_assert(offsetof(struct uapi_request_scope_code, tsm_code) == REV_TSM_CODE_AT, "tsm_code");
_Static_assert(sizeof(struct uapi_request_type) <= REV_ARG_MAX, "REV_ARG_MAX");
_Static_assert(sizeof(struct uapi_request_op) <= REV_ARG_MAX, "REV_ARG_MAX");

uint32_t tsmreq_rev_request_size(const struct rev_row *row)
{
	switch (row->layout) {
	case TSMREQ_LAYOUT_TYPE:
		return sizeof(struct uapi_request_type);
	case TSMREQ_LAYOUT_SCOPE:
		return row->tsm_code ? sizeof(struct uapi_request_scope_code)
				     : sizeof(struct uapi_request_scope);
	case TSMREQ_LAYOUT_OP:
		return sizeof(struct uapi_request_op);
	case TSMREQ_LAYOUT_NONE:
	case TSMREQ_LAYOUT_FORCE_S32_:
		break;
	}
	return 0;
}

int tsmreq_rev_request_residue(const struct rev_row *row, const struct rev_request *rq,
			       const uint8_t *arg, int rc, uint32_t *ret)
{
	uint32_t offered = (uint32_t)(rq->resp_len != 0 ? rq->resp_len : rq->req_len);
	uint32_t answered;

	*ret = 0;
	if (row->residue) {
		/* never subtract from a residue that was not checked */
		if ((uint32_t)rc > offered)
			return -EBADE;
		*ret = (uint32_t)rc;
		return 0;
	}
	/* rfc1 answers 0 and rewrites resp_len instead */
	answered = tsmreq_layout_type_answered(arg);
	if (rc != 0 || answered > rq->resp_len)
		return -EBADE;
	*ret = (uint32_t)rq->resp_len - answered;
	return 0;
}
