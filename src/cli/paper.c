/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <tsmreq/ghcb.h>

#include "cli/bytes.h"
#include "cli/paper.h"

/* ---- the answer */

/* Room for the answer, as it was offered; without a length of its own as long as what came. */
static struct vec_bytes make_room(struct vmm *vmm, const struct tsmreq_call *call,
				  const struct script_send *send)
{
	struct vec_bytes room = send->response;

	if (call->message.type && room.size < TSMREQ_SEV_PAGE_SIZE)
		room.size = TSMREQ_SEV_PAGE_SIZE;
	room.data = arena_zalloc(&vmm->replay->arena, room.size);
	if (send->response.size)
		memcpy(room.data, send->response.data, send->response.size);
	return room;
}

static int judge(const struct tsmreq_call *call, const struct tsmreq_answer *answer,
		 const struct vec_bytes *response)
{
	if (answer->result.tsm_code)
		return -EREMOTEIO;
	if (call->message.type)
		return tsmreq_snp_check_response(
			call, (struct tsmreq_bytes){response->data, response->size},
			answer->result.residue);
	return answer->result.residue && !response->size ? -EBADE : 0;
}

/* LOCK was a bind on every kernel of that time. */
static bool is_bind(const struct tsmreq_call *call)
{
	return call->kind == TSMREQ_CALL_BIND ||
	       (call->kind == TSMREQ_CALL_SET_TDI_STATE && call->arch == TSMREQ_ARCH_CCA &&
		call->u.state.target == TSMREQ_TDI_LOCKED);
}

/* What a typed call would make of the step's last reply. @ret_response is zeroed before. */
static void take_answer(struct vmm *vmm, const struct step *step, const struct tsmreq_call *call,
			struct tsmreq_answer *ret, struct vec_bytes *ret_response)
{
	struct script *script = &vmm->script;
	const struct vmm_device *device = vmm_find_device(vmm, call->dev.raw);
	const struct script_send *send;

	*ret = (struct tsmreq_answer){.rc = device ? -EOPNOTSUPP : -ENODEV};
	*ret_response = (struct vec_bytes){0};
	if (device)
		ret->tdi_state = device->books;
	if (script->done == step->sends_end)
		return;
	script->done = step->sends_end;
	send = &script->send[script->done - 1];
	*ret_response = make_room(vmm, call, send);
	ret->flags = is_bind(call) ? TSMREQ_ANSWER_BIND : 0;
	ret->result.tsm_code = send->code;
	if (send->rc < 0) {
		ret->rc = send->rc;
		ret->result.outcome = TSMREQ_OUTCOME_FAILED;
		return;
	}
	ret->result.residue = (uint32_t)send->rc;
	ret->result.outcome = TSMREQ_OUTCOME_COMPLETED;
	ret->rc = judge(call, ret, ret_response);
}

static bool is_usable(const struct vmm *vmm, const struct tsmreq_span *span)
{
	return span->use == TSMREQ_SPAN_NONE ||
	       guest_memory_is_shared(&vmm->memory, span->gpa.raw, span->size);
}

static struct tsmreq_bytes fetch(struct vmm *vmm, const struct tsmreq_span *span)
{
	const size_t size = (size_t)span->size;
	uint8_t *bytes = arena_zalloc(&vmm->replay->arena, size);

	if (guest_memory_fetch(&vmm->memory, span->gpa.raw, bytes, size) < 0)
		replay_fail(vmm->replay, 0, "guest memory at %" PRIx64 " was fetched twice",
			    span->gpa.raw);
	return (struct tsmreq_bytes){bytes, size};
}

static void told(struct vmm *vmm, const struct step *step, const char *what, int r)
{
	if (r < 0)
		replay_fail(vmm->replay, step->number, "%s: %s", what, replay_format_rc(r).text);
}

/* ---- Arm CCA */

/* The object's bytes, or as many of them as the guest asked for. 0, or the status to answer. */
static uint64_t put_object(struct vmm *vmm, const struct tsmreq_call *call,
			   const struct vec_bytes *object, uint64_t *ret_length)
{
	uint64_t status;

	*ret_length = 0;
	status = tsmreq_rhi_slice(call, vmm->rhi_quirks, object->size, ret_length);
	if (status == TSMREQ_RHI_SUCCESS)
		guest_memory_store(&vmm->memory, call->write[0].gpa.raw,
				   object->data + call->u.object.offset, (size_t)*ret_length);
	return status;
}

bool paper_exit_rhi(struct vmm *vmm, struct step *step, const struct tsmreq_rhi_exit *exit,
		    struct tsmreq_rhi_regs *ret)
{
	struct tsmreq_call *call = &vmm->call;
	struct tsmreq_call said;
	struct tsmreq_answer answer;
	struct vec_bytes response;
	uint64_t status = TSMREQ_RHI_SUCCESS;
	int r;

	r = tsmreq_rhi_decode(exit, vmm->rhi_quirks, call);
	said = *call;
	if (r == 0 && call->next == TSMREQ_NEXT_RHI_PARAMETERS && is_usable(vmm, &call->read[0]))
		r = tsmreq_rhi_decode_parameters(fetch(vmm, &call->read[0]), vmm->rhi_quirks, call);
	told(vmm, step, "decode", r);
	vmm_check_call(vmm, step, call, &said);
	if (call->kind == TSMREQ_CALL_NONE)
		return false;
	take_answer(vmm, step, call, &answer, &response);
	if (call->next == TSMREQ_NEXT_RHI_PARAMETERS)
		status = TSMREQ_RHI_ACCESS_FAILED;
	if (call->kind == TSMREQ_CALL_OBJECT_SIZE && answer.rc == 0 && response.size >= 4)
		answer.value = bytes_get32(response.data);
	if (call->kind == TSMREQ_CALL_READ_OBJECT && answer.rc == 0)
		status = put_object(vmm, call, &response, &answer.value);
	if (status != TSMREQ_RHI_SUCCESS)
		tsmreq_rhi_encode_status(status, 0, ret);
	else
		told(vmm, step, "encode", tsmreq_rhi_encode(call, &answer, ret));
	return true;
}

/* ---- Intel TDX */

static int decode_ghci(struct vmm *vmm, const struct tsmreq_ghci_opts *opts,
		       struct tsmreq_call *call)
{
	int r = 0;

	while (r == 0 && call->kind == TSMREQ_CALL_PENDING && is_usable(vmm, &call->read[0]) &&
	       is_usable(vmm, &call->read[1]) && is_usable(vmm, &call->write[0])) {
		const struct tsmreq_bytes first = fetch(vmm, &call->read[0]);

		if (call->next == TSMREQ_NEXT_TDCM_HEADER)
			r = tsmreq_ghci_decode_header(first, call);
		else if (call->next == TSMREQ_NEXT_SERVICE_HEADERS)
			r = tsmreq_ghci_decode_service_headers(opts, first,
							       fetch(vmm, &call->read[1]), call);
		else
			r = tsmreq_ghci_decode_service_body(opts, first, fetch(vmm, &call->read[1]),
							    call);
	}
	return r;
}

static void carry_out(struct vmm *vmm, const struct tsmreq_ghci_reply *reply)
{
	struct tsmreq_ghci_write write;

	for (unsigned int i = 0; tsmreq_ghci_write_at(reply, i, &write); i++)
		guest_memory_store(&vmm->memory, write.gpa.raw, write.bytes.data, write.bytes.size);
	if (!reply->vector)
		return;
	vmm->irq[vmm->irqs++] = reply->vector;
	vmm->irq_writes = vmm->memory.writes;
}

bool paper_exit_ghci(struct vmm *vmm, struct step *step, const struct tsmreq_ghci_opts *opts,
		     const struct tsmreq_ghci_exit *exit, uint64_t *ret_r10)
{
	/* a look that memory does not allow: no word of the call is known */
	static const struct tsmreq_call refused = {.kind = TSMREQ_CALL_REJECT};
	struct tsmreq_call *call = &vmm->call;
	struct tsmreq_ghci_reply reply;
	struct tsmreq_answer answer;
	struct vec_bytes response;
	int r;

	r = tsmreq_ghci_decode(opts, exit, call);
	if (r == 0)
		r = decode_ghci(vmm, opts, call);
	told(vmm, step, "decode", r);
	vmm_check_call(vmm, step, call->kind == TSMREQ_CALL_PENDING ? &refused : call, NULL);
	if (call->kind == TSMREQ_CALL_NONE)
		return false;
	take_answer(vmm, step, call, &answer, &response);
	answer.data = (struct tsmreq_bytes){response.data, response.size};
	/* the VMM's own table knows, and no kernel is asked */
	if (call->kind == TSMREQ_CALL_CHECK_SUPPORT) {
		const struct vmm_device *device = vmm_find_device(vmm, call->dev.raw);

		answer.rc = 0;
		answer.value = device && device->tee_io;
	}
	if (call->kind == TSMREQ_CALL_PENDING)
		tsmreq_ghci_encode_r10(TSMREQ_GHCI_INVALID_OPERAND, &reply);
	else
		told(vmm, step, "encode", tsmreq_ghci_encode(call, &answer, &reply));
	carry_out(vmm, &reply);
	*ret_r10 = reply.r10;
	return true;
}

/* ---- AMD SEV */

static int decode_message(struct vmm *vmm, enum tsmreq_ghcb_abi abi, struct tsmreq_call *call)
{
	int r = 0;

	if (call->next == TSMREQ_NEXT_SEV_MESSAGE) {
		if (!is_usable(vmm, &call->read[0]) || !is_usable(vmm, &call->write[0]))
			return tsmreq_ghcb_refuse(call, TSMREQ_REASON_BAD_PAGE);
		r = tsmreq_snp_decode_message(abi, fetch(vmm, &call->read[0]), call);
	}
	if (r == 0 && !is_usable(vmm, &call->write[1]))
		return tsmreq_ghcb_refuse(call, TSMREQ_REASON_BAD_DATA);
	if (r == 0 && call->next == TSMREQ_NEXT_SEV_NONCE)
		r = tsmreq_snp_decode_nonce(fetch(vmm, &call->read[1]), call);
	if (r == 0 && call->kind != TSMREQ_CALL_REJECT && call->kind != TSMREQ_CALL_NONE &&
	    !vmm_find_device(vmm, call->dev.raw))
		return tsmreq_ghcb_refuse(call, TSMREQ_REASON_BAD_GUEST);
	return r;
}

/* The blob table, as far as it fits. */
static void put_table(struct vmm *vmm, const struct tsmreq_call *call)
{
	const struct vmm_object *objects = vmm_find_device(vmm, call->dev.raw)->objects;
	const struct vec_bytes *measurements = &objects[TSMREQ_OBJECT_MEASUREMENTS].bytes;
	const struct vec_bytes *certificate = &objects[TSMREQ_OBJECT_CERTIFICATE].bytes;
	const struct vec_bytes *report = &objects[TSMREQ_OBJECT_INTERFACE_REPORT].bytes;
	const struct tsmreq_blob_objects blobs = {
		.measurements = {measurements->data, measurements->size},
		.certificate = {certificate->data, certificate->size},
		.report = {report->data, report->size},
	};
	const struct tsmreq_span *span = &call->write[1];
	struct tsmreq_buffer table = {.capacity = (size_t)span->size};
	uint32_t want;

	if (span->use == TSMREQ_SPAN_NONE)
		return;
	table.data = arena_zalloc(&vmm->replay->arena, table.capacity);
	want = tsmreq_blob_choose(&blobs, call->u.tdi_info.want, span->size);
	if (tsmreq_blob_build(&blobs, want, &table) == 0)
		guest_memory_store(&vmm->memory, span->gpa.raw, table.data, table.size);
}

bool paper_exit_vmgexit(struct vmm *vmm, struct step *step, enum tsmreq_ghcb_abi abi, uint8_t *exit,
			size_t size)
{
	struct tsmreq_call *call = &vmm->call;
	struct tsmreq_answer answer;
	struct vec_bytes response;
	int r;

	r = tsmreq_vmgexit_decode(abi, (struct tsmreq_bytes){exit, size}, call);
	if (r == 0)
		r = decode_message(vmm, abi, call);
	told(vmm, step, "decode", r);
	vmm_check_call(vmm, step, call, NULL);
	if (r < 0 || call->kind == TSMREQ_CALL_NONE)
		return false;
	take_answer(vmm, step, call, &answer, &response);
	if (call->kind == TSMREQ_CALL_BIND && answer.rc == 0)
		answer.value = call->dev.raw;
	if (call->message.type && call->kind != TSMREQ_CALL_REJECT && answer.rc == 0) {
		guest_memory_store(&vmm->memory, call->write[0].gpa.raw, response.data,
				   TSMREQ_SEV_PAGE_SIZE);
		put_table(vmm, call);
	}
	told(vmm, step, "encode", tsmreq_vmgexit_encode(call, &answer, exit, size));
	return true;
}
