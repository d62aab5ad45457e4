/* SPDX-License-Identifier: MIT */
#include "mock/journal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "mock/engine.h"

/*
 * Every call as a case of a vector file: what was so before, the bytes, the answer. What a case
 * cannot say (who stands on whom, what is mapped where) makes it a comment: to be read, not to be
 * run again.
 */

#define ARGUMENT_MAX 512u
#define PAYLOAD_MAX  65536u
#define FIRST_PAGE   4096u
#define RUN_MIN	     4u /* so many equal bytes are written once */

/* ---- text ---- */

static void put_text(struct mock_text *text, const char *bytes, size_t size)
{
	size_t room = text->room == 0 ? 256 : text->room;
	char *grown;

	while (room <= text->size + size)
		room *= 2;
	if (text->bytes == NULL || room != text->room) {
		grown = realloc(text->bytes, room);
		if (grown == NULL) {
			text->failed = true;
			return;
		}
		text->bytes = grown;
		text->room = room;
	}
	memcpy(text->bytes + text->size, bytes, size);
	text->size += size;
	text->bytes[text->size] = '\0';
}

__attribute__((format(printf, 2, 3))) static void put(struct mock_text *text, const char *format,
						      ...)
{
	char line[160];
	va_list args;
	int size;

	va_start(args, format);
	size = vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (size > 0)
		put_text(text, line, (size_t)size < sizeof(line) ? (size_t)size : sizeof(line) - 1);
}

static size_t count_equal(const uint8_t *bytes, size_t size)
{
	size_t count = 1;

	while (count < size && bytes[count] == bytes[0])
		count++;
	return count;
}

/* Pairs with blanks between them, runs by their number. */
static void put_bytes(struct mock_text *text, const uint8_t *bytes, size_t size)
{
	for (size_t at = 0; at < size;) {
		size_t count = count_equal(bytes + at, size - at);

		if (count >= RUN_MIN)
			put(text, " %02x*%zu", bytes[at], count);
		else
			put(text, " %02x", bytes[at]);
		at += count >= RUN_MIN ? count : 1;
	}
}

/* Inside a word there is no blank, and so no way to end a number: one run, or none. */
static void put_word(struct mock_text *text, const uint8_t *bytes, size_t size)
{
	if (size >= RUN_MIN && count_equal(bytes, size) == size) {
		put(text, "%02x*%zu", bytes[0], size);
		return;
	}
	for (size_t i = 0; i < size; i++)
		put(text, "%02x", bytes[i]);
}

/* ---- what was so before ---- */

static const char *const archs[] = {"", "cca", "sev", "tdx"};
static const char *const objects[MOCK_OBJECTS] = {"vca", "certificate", "measurements", "report"};

static const char *state_word(const struct mock_tdi *tdi)
{
	static const char *const bound[] = {"bound-unlocked", "bound-locked", "run", "error"};
	static const char *const unbound[] = {"unbound", "unbound-locked", "unbound-run",
					      "unbound-error"};

	if (tdi->bound == TSMREQ_MOCK_BOUND_OTHER)
		return "bound-other";
	if (tdi->bound == TSMREQ_MOCK_UNBOUND)
		return unbound[tdi->state];
	return tdi->any_step ? "bound" : bound[tdi->state];
}

static void tell_tdi(struct mock_text *given, const struct mock_tdi *tdi, uint32_t id)
{
	put(given, " vdev:%" PRIx64 "=%" PRIx32 " arch=%s tdi:%" PRIx64 "=%s", tdi->virt_id, id,
	    archs[tdi->arch], tdi->virt_id, state_word(tdi));
	if (!tdi->connected)
		put(given, " tsm:%" PRIx64 "=none", tdi->virt_id);
	else if (!tdi->link_tsm)
		put(given, " tsm:%" PRIx64 "=devsec", tdi->virt_id);
	for (size_t i = 0; i < MOCK_OBJECTS; i++) {
		const struct mock_blob *blob = &tdi->objects[i];

		if (!blob->fetched)
			continue;
		put(given, " object:%" PRIx64 ":%s=", tdi->virt_id, objects[i]);
		put_word(given, blob->data, blob->size);
	}
}

static void tell_kernel(struct mock_text *given, const struct mock_engine *engine)
{
	static const char *const getpa[] = {
		[TSMREQ_MOCK_GETPA_ABSENT] = "absent",
		[TSMREQ_MOCK_GETPA_OFF] = "off",
		[TSMREQ_MOCK_GETPA_LOOKUP_FIRST] = "lookup-first",
		[TSMREQ_MOCK_GETPA_CHECKS_FIRST] = "checks-then-lookup",
		[TSMREQ_MOCK_GETPA_EPERM] = "EPERM",
		[TSMREQ_MOCK_GETPA_EINVAL] = "EINVAL",
	};
	const struct mock_row *row = engine->row;

	if (engine->tsm_off)
		put(given, " config-tsm=n");
	if (row->getpa || engine->getpa != TSMREQ_MOCK_GETPA_ABSENT)
		put(given, " slot-95=%s", getpa[engine->getpa]);
	if (row->min_unknown)
		put(given, " min=%" PRIx32, engine->ioctls[row->request_nr - MOCK_NR_BASE].min);
}

/* The words that mean this call's faults; a delay changes no answer. */
static void tell_faults(struct mock_text *given, const struct mock_fault *fault, uint64_t virt_id)
{
	if (fault->backend != 0)
		put(given, " fault=backend:%s", tsmreq_mock_fault_errno_name(fault->backend));
	if (fault->after != 0)
		put(given, " fault=after:%s", tsmreq_mock_fault_errno_name(fault->after));
	if (fault->copyout || fault->copyout_once)
		put(given, " fault=%s", fault->copyout ? "copyout" : "copyout-once");
	if (fault->intr)
		put(given, " fault=intr");
	if (fault->intr_left > 0)
		put(given, " fault=intr:%" PRIu32, fault->intr_left);
	if (fault->again_once)
		put(given, " fault=again-once");
	if (fault->resp_unwritable)
		put(given, " fault=resp-unwritable");
	if (fault->code_kept)
		put(given, " fault=code-kept");
	if (fault->code != 0)
		put(given, " fault=code:%" PRIx64, fault->code);
	if (fault->has_residue)
		put(given, " fault=residue:%" PRIu32, fault->residue);
	if (fault->busy || fault->in_use)
		put(given, " busy:%" PRIx64 "=1", virt_id);
}

/* ---- the call as it came ---- */

static bool is_request(const struct mock_engine *engine, uint32_t cmd)
{
	uint8_t nr = engine->row->request_nr;

	return nr != 0 && (cmd & 0xff) == nr;
}

/* Whom it is about: the TSM's numbers and DESTROY name a vDevice. */
static uint32_t find_id(const struct mock_engine *engine, uint32_t cmd, const uint8_t *arg)
{
	uint8_t nr = cmd & 0xff;

	if (nr == MOCK_NR_BASE || is_request(engine, cmd))
		return tsmreq_load_le32(arg + 4);
	return nr != 0 && nr == engine->row->op_nr ? tsmreq_load_le32(arg + 12) : 0;
}

/* Does this payload end in a pointer to a nonce? */
static bool has_nonce(const struct mock_engine *engine, const uint8_t *arg, const uint8_t *payload,
		      uint32_t size)
{
	uint32_t selector = tsmreq_load_le32(arg + 8);
	uint32_t word;

	if (size != 24 || tsmreq_load_le64(payload + 16) < FIRST_PAGE)
		return false;
	word = tsmreq_load_le32(payload);
	if (engine->row->payload == MOCK_PAYLOAD_OP)
		return selector < MOCK_OPS &&
		       engine->row->ops[selector] == TSMREQ_OP_REGEN_OBJECT &&
		       word == TSMREQ_OBJECT_MEASUREMENTS;
	return engine->row->payload != MOCK_PAYLOAD_RFC1 && selector == 0 && word == 4;
}

static void tell_payload(struct mock_record *record, const struct mock_engine *engine,
			 const uint8_t *arg, const uint8_t *payload, uint32_t size,
			 const struct mock_memory *memory)
{
	uint8_t nonce[TSMREQ_NONCE_SIZE];

	put(&record->sends, "req   ");
	if (has_nonce(engine, arg, payload, size)) {
		put_bytes(&record->sends, payload, 16);
		put(&record->sends, " pp*8\n");
		if (memory->read(memory, nonce, tsmreq_load_le64(payload + 16), sizeof(nonce)) != 0)
			record->readable = false;
		put(&record->call, " nonce=");
		put_word(&record->call, nonce, sizeof(nonce));
		return;
	}
	put_bytes(&record->sends, payload, size);
	put(&record->sends, "\n");
}

/* A request's bytes, with its pointers as what they are. */
static void tell_request(struct mock_record *record, const struct mock_engine *engine,
			 const uint8_t *arg, const struct mock_memory *memory)
{
	const struct mock_layout *layout = engine->row->layout;
	uint64_t request = tsmreq_load_le64(arg + layout->req);
	uint64_t response = tsmreq_load_le64(arg + layout->resp);
	uint32_t size = tsmreq_load_le32(arg + layout->req_len);
	uint8_t *payload;

	put_bytes(&record->sends, arg, layout->req);
	if (request >= FIRST_PAGE)
		put(&record->sends, " pp*8");
	else
		put_bytes(&record->sends, arg + layout->req, 8);
	if (response >= FIRST_PAGE)
		put(&record->sends, " pp*8");
	else
		put_bytes(&record->sends, arg + layout->resp, 8);
	put_bytes(&record->sends, arg + layout->resp + 8, record->size - layout->resp - 8);
	put(&record->sends, "\n");
	record->response_room = tsmreq_load_le32(arg + layout->resp_len);
	/* the first pointer of a case is its request */
	if (request >= FIRST_PAGE && response >= FIRST_PAGE)
		record->response = response;
	if (record->response_room > PAYLOAD_MAX || size > PAYLOAD_MAX)
		record->readable = false;
	if (request < FIRST_PAGE || size == 0 || size > PAYLOAD_MAX)
		return;
	payload = malloc(size);
	if (payload == NULL || memory->read(memory, payload, request, size) != 0)
		record->readable = false;
	else
		tell_payload(record, engine, arg, payload, size, memory);
	free(payload);
}

static void tell_argument(struct mock_record *record, struct mock_engine *engine, uint64_t address,
			  const struct mock_memory *memory)
{
	const struct mock_layout *layout = engine->row->layout;
	uint8_t arg[ARGUMENT_MAX] = {0};

	if (memory->read(memory, arg, address, 4) != 0)
		return;
	record->size = tsmreq_load_le32(arg);
	if (record->size < 4 || record->size > sizeof(arg) ||
	    memory->read(memory, arg, address, record->size) != 0)
		return;
	record->readable = true;
	record->id = find_id(engine, record->cmd, arg);
	put(&record->sends, "sends ");
	if (is_request(engine, record->cmd) && record->size >= layout->resp + 8u) {
		tell_request(record, engine, arg, memory);
		return;
	}
	put_bytes(&record->sends, arg, record->size);
	put(&record->sends, "\n");
}

void tsmreq_mock_journal_begin(struct mock_record *record, struct mock_engine *engine, uint32_t cmd,
			       uint64_t address, const struct mock_memory *memory)
{
	struct mock_object *vdevice;
	const struct mock_tdi *tdi;

	*record = (struct mock_record){.number = engine->calls, .cmd = cmd};
	put(&record->call, "call   kind=ioctl cmd=%" PRIx32, cmd);
	tell_kernel(&record->given, engine);
	tell_argument(record, engine, address, memory);
	vdevice = tsmreq_mock_object_find(&engine->objects, record->id);
	if (vdevice == NULL)
		return;
	record->known = vdevice->kind == TSMREQ_MOCK_VDEVICE;
	/* something else has that id: no case can say what */
	if (!record->known) {
		record->readable = false;
		return;
	}
	tdi = tsmreq_mock_object_tdi(vdevice);
	record->virt_id = tdi->virt_id;
	record->fault = vdevice->fault;
	record->connected = tdi->connected;
	record->prepared = tdi->response != NULL;
	tell_tdi(&record->given, tdi, record->id);
	if (!vdevice->has_vm)
		put(&record->given, " kvm:%" PRIx64 "=none", tdi->virt_id);
}

/* ---- and what became of it ---- */

static bool explains(const struct mock_fault *fault, int ret)
{
	switch (ret) {
	case -EFAULT:
		return fault->copyout || fault->copyout_once || fault->resp_unwritable ||
		       fault->backend == ret || fault->after == ret;
	case -EIO:
		return fault->resp_unwritable || fault->backend == ret || fault->after == ret;
	case -EINTR:
		return fault->intr || fault->intr_left > 0 || fault->backend == ret ||
		       fault->after == ret;
	default:
		return true;
	}
}

/* Would it end the same with nothing there but what the case tells? */
static bool can_run_again(const struct mock_record *record, const struct mock_call *call,
			  const struct mock_fault *fault, int ret)
{
	const struct mock_engine *engine = call->engine;
	struct mock_object *vdevice;
	uint32_t nr = record->cmd & 0xff;

	if (engine->row->name == NULL || engine->selftest || !record->readable ||
	    record->prepared || nr < MOCK_NR_BASE || call->interleaved)
		return false;
	/* a vDevice in use cannot be destroyed: the user is another case */
	if (nr == MOCK_NR_BASE && tsmreq_mock_engine_is_in_flight(call->engine, record->id))
		return false;
	vdevice = tsmreq_mock_object_find(&engine->objects, record->id);
	if (record->known && vdevice != NULL &&
	    tsmreq_mock_object_tdi(vdevice)->connected != record->connected)
		return false;
	if (!explains(fault, ret))
		return false;
	if (!call->handled)
		return true;
	return nr == engine->row->op_nr || nr == engine->row->request_nr || nr == MOCK_NR_BASE;
}

/* The answer's bytes, as many as were written. */
static void tell_response(struct mock_text *block, const struct mock_record *record,
			  const struct mock_call *call, int ret)
{
	const struct mock_layout *layout = call->engine->row->layout;
	uint32_t written = record->response_room;
	uint8_t *bytes;

	if (ret < 0 || record->response == 0)
		return;
	if (call->engine->row->copy_back == MOCK_COPY_SUCCESS)
		written = tsmreq_load_le32(call->arg + layout->resp_len);
	else if ((uint32_t)ret <= written)
		written -= (uint32_t)ret;
	/* what was there before is the program's, whatever it is told of it */
	if (written > call->answered)
		written = call->answered;
	if (written == 0 || written > record->response_room)
		return;
	bytes = malloc(written);
	if (bytes != NULL &&
	    call->memory->read(call->memory, bytes, record->response, written) == 0) {
		put(block, " resp=");
		put_bytes(block, bytes, written);
	}
	free(bytes);
}

static void tell_reply(struct mock_text *block, const struct mock_record *record,
		       const struct mock_call *call, int ret)
{
	const struct mock_layout *layout = call->engine->row->layout;
	const char *name = ret < 0 ? tsmreq_mock_fault_errno_name(ret) : NULL;
	uint8_t code[8];

	/* a residue that turned over is negative, and no errno */
	if (name != NULL)
		put(block, "reply  ret=-%s", name);
	else
		put(block, "reply  ret=%d", ret);
	if (is_request(call->engine, record->cmd) && layout->code != 0 &&
	    record->size >= layout->code + sizeof(code) &&
	    call->memory->read(call->memory, code, call->address + layout->code, sizeof(code)) == 0)
		put(block, " code=%" PRIx64, tsmreq_load_le64(code));
	tell_response(block, record, call, ret);
	put(block, "\n");
	if (name != NULL)
		put(block, "out    result=failed errno=%s\n", name);
	else
		put(block, "out    result=%s\n", ret < 0 ? "failed" : "ok");
}

static void append(struct mock_text *block, const struct mock_text *part)
{
	block->failed = block->failed || part->failed;
	if (part->size > 0)
		put_text(block, part->bytes, part->size);
}

/* Line by line, with a sign before each that keeps it from being run. */
static void comment_out(struct mock_text *block)
{
	struct mock_text commented = {.failed = block->failed};
	const char *line = block->bytes;

	while (line != NULL && *line != '\0') {
		size_t length = strcspn(line, "\n");

		put_text(&commented, "# ", 2);
		put_text(&commented, line, length + 1);
		line += length + 1;
	}
	free(block->bytes);
	*block = commented;
}

void tsmreq_mock_journal_end(struct mock_record *record, const struct mock_call *call, int ret)
{
	const struct mock_engine *engine = call->engine;
	const struct mock_fault *fault = call->fault != NULL ? &call->found : &record->fault;
	struct mock_text block = {0};

	if (call->overlaps)
		put(&block, "# another call on this vDevice was under way\n");
	put(&block, "case   %s-%" PRIu64 "\n", engine->journal.name, record->number);
	put(&block, "abi    %s\n", engine->row->name != NULL ? engine->row->name : "none");
	if (record->known)
		tell_faults(&record->given, fault, record->virt_id);
	if (record->given.size > 0) {
		put(&block, "given ");
		append(&block, &record->given);
		put(&block, "\n");
	}
	append(&block, &record->call);
	put(&block, "\n");
	append(&block, &record->sends);
	tell_reply(&block, record, call, ret);
	if (!can_run_again(record, call, fault, ret))
		comment_out(&block);
	put(&block, "\n");
	if (!block.failed)
		engine->journal.write(engine->journal.userdata, block.bytes);
	free(block.bytes);
	free(record->given.bytes);
	free(record->call.bytes);
	free(record->sends.bytes);
}
