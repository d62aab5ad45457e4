/* SPDX-License-Identifier: MIT */
#include "base/bytes.h"
#include "rev/rev.h"
#include "uapi/iommufd.h"

/* v2, v4, v5; v5-code appends tsm_code */

#define AT(field) (arg + offsetof(struct uapi_request_scope, field))

void tsmreq_layout_scope_build(const struct rev_request *rq, bool tsm_code, uint8_t *arg)
{
	uint32_t size = sizeof(struct uapi_request_scope);

	if (tsm_code) {
		size = sizeof(struct uapi_request_scope_code);
		tsmreq_store_le64(arg + offsetof(struct uapi_request_scope_code, tsm_code), 0);
	}
	tsmreq_store_le32(AT(size), size);
	tsmreq_store_le32(AT(vdevice_id), rq->vdevice_id);
	tsmreq_store_le32(AT(scope), rq->wire);
	tsmreq_store_le32(AT(req_len), (uint32_t)rq->req_len);
	tsmreq_store_le32(AT(resp_len), (uint32_t)rq->resp_len);
	tsmreq_store_le32(AT(reserved), 0);
	tsmreq_store_le64(AT(req_uptr), tsmreq_rev_uptr(rq->req, rq->req_len));
	tsmreq_store_le64(AT(resp_uptr), tsmreq_rev_uptr(rq->resp, rq->resp_len));
}
