/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "base/bytes.h"
#include "mock/engine.h"

/* The ioctls of the TSM: what iommufd itself does before and after the core. */

enum {
	TSM_BIND = 1,
	TSM_UNBIND = 2,
};

static struct mock_object *get_vdevice(const struct mock_call *call, uint32_t id)
{
	return tsmreq_mock_object_get(&call->engine->objects, id, TSMREQ_MOCK_VDEVICE);
}

/*
 * The vDevice a call is about, after its wait: NULL when it is not there, or not any more.
 * @ret_err: how the wait ended.
 */
static struct mock_object *begin(struct mock_call *call, uint32_t id, bool interruptible,
				 int *ret_err)
{
	struct mock_object *vdevice = get_vdevice(call, id);
	const struct mock_fault *fault;

	*ret_err = 0;
	if (vdevice == NULL)
		return NULL;
	fault = tsmreq_mock_engine_fault(call, vdevice);
	if (fault->delay_ms == 0)
		return vdevice;
	*ret_err = tsmreq_mock_engine_pause(call, fault->delay_ms, interruptible);
	vdevice = get_vdevice(call, id);
	/* the object's own faults are not where they were, or not what they were */
	if (vdevice != NULL && call->fault != &call->drawn) {
		call->fault = &vdevice->fault;
		call->found = vdevice->fault;
	}
	return vdevice;
}

static int tsm_op(struct mock_call *call, struct mock_object *vdevice)
{
	struct mock_tdi *tdi = tsmreq_mock_object_tdi(vdevice);

	if (!vdevice->has_vm)
		return -ENODEV;
	switch (tsmreq_load_le32(call->arg + 4)) {
	case TSM_BIND:
		return tsmreq_mock_tsm_bind(call->engine->row, tdi, call->fault);
	case TSM_UNBIND:
		tsmreq_mock_tsm_unbind(tdi, call->fault);
		return 0;
	default:
		return -EINVAL;
	}
}

int tsmreq_mock_vdevice_tsm_op(struct mock_call *call)
{
	const struct mock_row *row = call->engine->row;
	struct mock_object *vdevice;
	int err;

	if (call->engine->tsm_off)
		return row->off;
	if (tsmreq_load_le32(call->arg + 8) != 0)
		return -EOPNOTSUPP;
	/* neither of its waits ends with a signal */
	vdevice = begin(call, tsmreq_load_le32(call->arg + 12), false, &err);
	if (vdevice == NULL)
		return -ENOENT;
	err = tsm_op(call, vdevice);
	if (err != 0)
		return row->op_hides_errors ? -ENODEV : err;
	return tsmreq_mock_engine_copy_back(call, call->fault);
}

static uint32_t field32(const struct mock_call *call, uint8_t offset)
{
	return offset != 0 ? tsmreq_load_le32(call->arg + offset) : 0;
}

/* The structure, whatever its layout, as the core wants it. */
static struct mock_request unpack(const struct mock_call *call)
{
	const struct mock_row *row = call->engine->row;
	const struct mock_layout *layout = row->layout;
	uint32_t selector = tsmreq_load_le32(call->arg + 8);

	return (struct mock_request){
		.row = row,
		.memory = call->memory,
		.selector = selector,
		.op = selector < MOCK_OPS ? (enum tsmreq_op)row->ops[selector] : 0,
		.arch = field32(call, layout->arch),
		.reserved = field32(call, layout->reserved),
		.req_len = field32(call, layout->req_len),
		.resp_len = field32(call, layout->resp_len),
		.req = tsmreq_load_le64(call->arg + layout->req),
		.resp = tsmreq_load_le64(call->arg + layout->resp),
	};
}

/* The row's own way of telling what became of it. */
static int conclude(struct mock_call *call, const struct mock_request *request, int ret)
{
	const struct mock_layout *layout = request->row->layout;
	int err;

	switch (request->row->copy_back) {
	case MOCK_COPY_SUCCESS:
		if (ret < 0)
			return ret;
		tsmreq_store_le32(call->arg + layout->resp_len, request->written);
		ret = 0;
		break;
	case MOCK_COPY_ALWAYS:
		if (!request->fault->code_kept)
			tsmreq_store_le64(call->arg + layout->code, request->code);
		break;
	case MOCK_COPY_NEVER:
		return ret;
	}
	err = tsmreq_mock_engine_copy_back(call, request->fault);
	return err != 0 ? err : ret;
}

int tsmreq_mock_vdevice_request(struct mock_call *call)
{
	const struct mock_row *row = call->engine->row;
	struct mock_request request = unpack(call);
	struct mock_object *vdevice;
	int err;

	if (call->engine->tsm_off)
		return row->off;
	for (unsigned int i = 0; i < MOCK_CHECKS && row->checks[i] != NULL; i++) {
		err = row->checks[i](&request);
		if (err != 0)
			return err;
	}
	vdevice = begin(call, tsmreq_load_le32(call->arg + 4), true, &err);
	if (vdevice == NULL)
		return -ENOENT;
	request.tdi = tsmreq_mock_object_tdi(vdevice);
	request.fault = call->fault;
	if (err == 0)
		err = tsmreq_mock_tsm_request(&request);
	call->answered = request.answered;
	return conclude(call, &request, err);
}

/* rfc1 only: private memory of the VM is KVM's business, and there is none of it to map here. */
int tsmreq_mock_vdevice_map(struct mock_call *call)
{
	struct mock_object *vdevice;
	struct mock_fault *fault;

	if (call->engine->tsm_off)
		return call->engine->row->off;
	if (tsmreq_load_le32(call->arg + 4) != 0)
		return -EOPNOTSUPP;
	vdevice = get_vdevice(call, tsmreq_load_le32(call->arg + 24));
	if (vdevice == NULL)
		return -ENOENT;
	if (!vdevice->has_vm)
		return -ENODEV;
	fault = tsmreq_mock_engine_fault(call, vdevice);
	return fault->backend != 0 ? fault->backend : tsmreq_mock_engine_copy_back(call, fault);
}
