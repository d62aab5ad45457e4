/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "rev/rev.h"

bool tsmreq_uapi_at(unsigned int i, enum tsmreq_uapi *ret)
{
	const struct rev_row *row = tsmreq_rev_at(i);

	if (row == NULL)
		return false;
	*ret = row->uapi;
	return true;
}

int tsmreq_uapi_get_info(enum tsmreq_uapi uapi, struct tsmreq_uapi_info *ret)
{
	const struct rev_row *row = tsmreq_rev_find(uapi);

	if (row == NULL || ret == NULL)
		return -EINVAL;
	*ret = (struct tsmreq_uapi_info){
		.name = row->name,
		.source = row->source,
		.refusal = row->refusal,
		.lineage = row->lineage,
		.layout = row->layout,
		.op_cmd = row->tsm_op_cmd,
		.request_cmd = row->request_cmd,
		.request_size = tsmreq_rev_request_size(row),
	};
	return 0;
}

bool tsmreq_uapi_has(enum tsmreq_uapi uapi, enum tsmreq_arch arch, enum tsmreq_feature feature)
{
	const struct rev_row *row = tsmreq_rev_find(uapi);

	return row != NULL && tsmreq_rev_has(row, arch, feature);
}

int tsmreq_uapi_get_wire(enum tsmreq_uapi uapi, enum tsmreq_arch arch, enum tsmreq_op op,
			 uint32_t *ret)
{
	const struct rev_row *row = tsmreq_rev_find(uapi);
	int wire;

	if (row == NULL || ret == NULL)
		return -EINVAL;
	wire = tsmreq_rev_wire(row, arch, op);
	if (wire == REV_UNSAYABLE)
		return -EOPNOTSUPP;
	*ret = (uint32_t)wire;
	return 0;
}
