/* SPDX-License-Identifier: MIT */
#include "base/bytes.h"
#include "rev/rev.h"
#include "uapi/iommufd.h"

/* rfc1 */

#define AT(field) (arg + offsetof(struct uapi_request_type, field))

void tsmreq_layout_type_build(const struct rev_request *rq, uint8_t *arg)
{
	tsmreq_store_le32(AT(size), sizeof(struct uapi_request_type));
	tsmreq_store_le32(AT(vdevice_id), rq->vdevice_id);
	tsmreq_store_le32(AT(type), rq->wire);
	tsmreq_store_le32(AT(type_info_len), 0);
	tsmreq_store_le32(AT(req_len), (uint32_t)rq->req_len);
	tsmreq_store_le32(AT(resp_len), (uint32_t)rq->resp_len);
	tsmreq_store_le64(AT(type_info_uptr), 0);
	tsmreq_store_le64(AT(req_uptr), tsmreq_rev_uptr(rq->req, rq->req_len));
	tsmreq_store_le64(AT(resp_uptr), tsmreq_rev_uptr(rq->resp, rq->resp_len));
}

uint32_t tsmreq_layout_type_answered(const uint8_t *arg)
{
	return tsmreq_load_le32(AT(resp_len));
}
