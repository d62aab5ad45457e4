/* SPDX-License-Identifier: MIT */
#include "base/bytes.h"
#include "rev/rev.h"
#include "uapi/iommufd.h"

/* june and later */

#define AT(field) (arg + offsetof(struct uapi_request_op, field))

void tsmreq_layout_op_build(const struct rev_request *rq, uint8_t *arg)
{
	tsmreq_store_le32(AT(size), sizeof(struct uapi_request_op));
	tsmreq_store_le32(AT(vdevice_id), rq->vdevice_id);
	tsmreq_store_le32(AT(op), rq->wire);
	tsmreq_store_le32(AT(tvm_arch), (uint32_t)rq->arch);
	tsmreq_store_le32(AT(req_len), (uint32_t)rq->req_len);
	tsmreq_store_le32(AT(resp_len), (uint32_t)rq->resp_len);
	tsmreq_store_le64(AT(req_uptr), tsmreq_rev_uptr(rq->req, rq->req_len));
	tsmreq_store_le64(AT(resp_uptr), tsmreq_rev_uptr(rq->resp, rq->resp_len));
	tsmreq_store_le64(AT(tsm_code), 0);
}
