/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <tsmreq/text.h>

#include "cli/bytes.h"
#include "cli/calls.h"

#define COUNT(array)	  (sizeof(array) / sizeof((array)[0]))
#define ROOM_DEFAULT	  4096u
#define ROOM_MAX	  (2 * TSMREQ_LENGTH_MAX)
#define FIRST_PAGE	  4096u
#define IOCTL_ROOM	  0x10000u
#define CMD_DESTROY	  0x3b80u
#define CMD_VIOMMU_ALLOC  0x3b90u
#define CMD_VDEVICE_ALLOC 0x3b91u

/* ---- the calls */

static struct tsmreq_bytes to_bytes(const struct vec_bytes *bytes)
{
	return (struct tsmreq_bytes){bytes->data, bytes->size};
}

/* What is more than can be offered must be refused before anybody looks whether it is there. */
static struct tsmreq_buffer make_room(struct call *call, uint32_t size)
{
	return (struct tsmreq_buffer){
		.data = arena_zalloc(&call->replay->arena, size < ROOM_MAX ? size : ROOM_MAX),
		.capacity = size,
	};
}

/* What a question for a size was answered with. */
static void keep_size(struct call *call, const void *answer, size_t written)
{
	if (written == 4)
		call->value = bytes_get32(answer);
}

static void keep_answer(struct call *call, const struct tsmreq_buffer *buffer)
{
	call->written = buffer->size;
	call->data = buffer->data;
}

static int make_bind(struct call *call)
{
	return tsmreq_vdev_bind(call->vdev, &call->result);
}

static int make_unbind(struct call *call)
{
	return tsmreq_vdev_unbind(call->vdev, &call->result);
}

static int make_lock(struct call *call)
{
	return tsmreq_vdev_lock(call->vdev, &call->result);
}

static int make_run(struct call *call)
{
	return tsmreq_vdev_run(call->vdev, &call->result);
}

static int make_unlock(struct call *call)
{
	return tsmreq_vdev_unlock(call->vdev, &call->result);
}

static int make_set_tdi_state(struct call *call)
{
	return tsmreq_vdev_set_tdi_state(call->vdev, call->target, &call->result);
}

static int make_object_size(struct call *call)
{
	uint32_t size = 0;
	int r;

	r = tsmreq_vdev_get_object_size(call->vdev, call->object, &size, &call->result);
	call->value = size;
	return r;
}

static int make_read_object(struct call *call)
{
	struct tsmreq_buffer dst = make_room(call, call->has_len ? call->len : ROOM_DEFAULT);
	int r;

	r = tsmreq_vdev_read_object(call->vdev, call->object, call->expect, &dst, &call->result);
	keep_answer(call, &dst);
	return r;
}

static int make_regen(struct call *call)
{
	return tsmreq_vdev_regenerate_object(call->vdev, call->object, call->flags,
					     to_bytes(&call->nonce), &call->result);
}

static int make_validate_mmio(struct call *call)
{
	struct tsmreq_mmio_range range = {
		.guest_base = {call->base},
		.guest_top = call->top,
		.host_base = call->pa,
		.vcpu_fd = call->kernel->vcpu_fd,
	};

	return tsmreq_vdev_validate_mmio(call->vdev, &range, &call->result);
}

static int make_vdev_request(struct call *call)
{
	return tsmreq_vdev_request(call->vdev, call->kernel->vcpu_fd, &call->result);
}

/* A case that is refused shows no bytes: where an answer is wanted, any page will do. */
static struct tsmreq_bytes get_request(struct call *call)
{
	struct tsmreq_buffer page;

	if (call->has_request_length) {
		page = make_room(call, call->request_length);
		return (struct tsmreq_bytes){page.data, page.capacity};
	}
	if (call->script->count || (call->has_len && !call->len))
		return to_bytes(&call->request);
	page = make_room(call, TSMREQ_SEV_PAGE_SIZE);
	return (struct tsmreq_bytes){page.data, page.capacity};
}

static int make_set_dma(struct call *call)
{
	struct tsmreq_buffer answer =
		make_room(call, call->has_len ? call->len : TSMREQ_SEV_PAGE_SIZE);
	int r;

	r = tsmreq_vdev_sev_set_dma(call->vdev, call->enable, get_request(call), &answer,
				    &call->result);
	keep_answer(call, &answer);
	return r;
}

static int make_raw_request(struct call *call)
{
	struct tsmreq_buffer answer = make_room(call, call->len);
	int r;

	r = tsmreq_vdev_guest_req(call->vdev, call->op, call->arch, get_request(call),
				  call->len ? &answer : NULL, &call->result);
	keep_answer(call, &answer);
	keep_size(call, answer.data, answer.size);
	return r;
}

/* TSM_MAP of rfc1: a layout on paper. The API has no word for it, on purpose. */
static int make_map(struct call *call)
{
	call->result.outcome = TSMREQ_OUTCOME_NOT_SENT;
	return -EOPNOTSUPP;
}

static int make_destroy(struct call *call)
{
	if (call->vdev)
		return tsmreq_vdev_destroy(call->vdev, &call->result);
	return tsmreq_ctx_destroy(call->ctx, call->vdevice, &call->result);
}

static int make_viommu_alloc(struct call *call)
{
	struct tsmreq_viommu_args args = {
		.size = sizeof(args),
		.type = call->type,
		.dev_id = call->kernel->iodev,
		.hwpt_id = call->kernel->hwpt,
		.kvm_fd = call->kernel->kvm_fd,
		.data = to_bytes(&call->request),
	};
	uint32_t id = 0;
	int r;

	call->script->places = places_of_viommu();
	r = tsmreq_ctx_alloc_viommu(call->ctx, &args, &id, &call->result);
	call->value = id;
	return r;
}

static int make_vdevice_alloc(struct call *call)
{
	struct tsmreq_vdevice_args args = {
		.size = sizeof(args),
		.viommu_id = call->kernel->viommu,
		.dev_id = call->kernel->iodev,
		.virt_id = {call->dev},
	};
	struct tsmreq_vdevice_id id = {0};
	int r;

	r = tsmreq_ctx_alloc_vdevice(call->ctx, &args, &id, &call->result);
	call->value = id.raw;
	return r;
}

/* ---- straight to the dispatcher */

static uint32_t get_declared(const struct script_send *send)
{
	return send->arg.size >= 4 ? bytes_get32(send->arg.data) : 0;
}

/* The argument with real memory behind each pointer. The room is generous: lengths may lie here. */
static uint8_t *with_pointers(struct call *call, const struct script_send *send, void *response)
{
	struct arena *arena = &call->replay->arena;
	/* the structure may say that it is longer than what is written of it: the rest is 0 */
	uint8_t *arg = arena_zalloc(arena, send->arg.size + get_declared(send));
	uint8_t *request;

	memcpy(arg, send->arg.data, send->arg.size);
	if (send->response_at)
		bytes_put_pointer(arg + send->response_at, response);
	if (!send->request_at)
		return arg;
	request = arena_zalloc(arena, send->request.size + IOCTL_ROOM);
	if (send->has_request)
		memcpy(request, send->request.data, send->request.size);
	for (size_t at = 0; at + 8 <= send->request.size; at++) {
		if (!send->request.wild[at])
			continue;
		bytes_put_pointer(request + at, call->nonce.data);
		at += 7;
	}
	bytes_put_pointer(arg + send->request_at, request);
	return arg;
}

/* How much of the room was filled: rfc1 says it in the structure, the others say what is left. */
static size_t get_written(const struct call *call, const uint8_t *arg, uint32_t room, int r)
{
	if (call->kernel->info.layout == TSMREQ_LAYOUT_TYPE)
		return bytes_get32(arg + call->script->places.response_length);
	return (uint32_t)r < room ? room - (uint32_t)r : 0;
}

/* A pointer of the case's own choice, where this kernel looks for one. Page 0 is always refused. */
static bool is_wild(const struct script_send *send, size_t at)
{
	return at && at + 8 <= send->arg.size && !send->arg.wild[at] &&
	       bytes_get64(send->arg.data + at) >= FIRST_PAGE;
}

static void submit(struct call *call, const struct script_send *send)
{
	struct script *script = call->script;
	const struct tsmreq_transport *transport = &script->tap.transport;
	bool whole = send->arg.size >= 48;
	uint32_t room = whole || send->arg.size == 40
				? bytes_get32(send->arg.data + script->places.response_length)
				: 0;
	uint8_t *response;
	uint8_t *arg;
	int r;

	if (send->arg.size < 4 || get_declared(send) > ROOM_MAX) {
		replay_fail(call->replay, send->number, "sends: no size, or one not worth having");
		return;
	}
	if (!call->kernel->checks &&
	    (is_wild(send, script->places.request) || is_wild(send, script->places.response))) {
		replay_fail(call->replay, send->number,
			    "sends: this machine cannot tell whether a pointer is good");
		return;
	}
	room = room < TSMREQ_LENGTH_MAX ? room : TSMREQ_LENGTH_MAX;
	response = arena_zalloc(&call->replay->arena, room + IOCTL_ROOM + send->response.size);
	arg = with_pointers(call, send, response);
	r = transport->submit(transport->userdata, send->cmd, arg);
	call->rc = r < 0 ? r : 0;
	call->data = response;
	call->result.outcome = r < 0 ? TSMREQ_OUTCOME_FAILED : TSMREQ_OUTCOME_COMPLETED;
	call->result.residue = r < 0 ? 0 : (uint32_t)r;
	call->result.tsm_code = script->has_code && whole ? bytes_get64(arg + 40) : 0;
	call->written = r < 0 || !room ? 0 : get_written(call, arg, room, r);
	keep_size(call, response, call->written);
}

static int make_ioctl(struct call *call)
{
	struct script *script = call->script;

	if (!call->has_nonce) {
		call->nonce.size = TSMREQ_NONCE_SIZE;
		call->nonce.data = arena_zalloc(&call->replay->arena, TSMREQ_NONCE_SIZE);
		call->nonce.wild = arena_zalloc(&call->replay->arena, TSMREQ_NONCE_SIZE);
		script->nonce = &call->nonce;
	}
	script->lies = true;
	for (size_t i = 0; i < script->count && !call->replay->failed; i++)
		submit(call, &script->send[i]);
	return call->rc;
}

/* ---- their words */

#define STATE (CALL_VDEV | CALL_STATE)
#define READS (CALL_VDEV | CALL_READS)

static const struct call_kind kinds[] = {
	{"bind", " dev vdevice ", make_bind, STATE | CALL_BINDS},
	{"unbind", " dev vdevice ", make_unbind, STATE},
	{"lock", " dev vdevice ", make_lock, STATE | CALL_BINDS},
	{"run", " dev vdevice ", make_run, STATE},
	{"unlock", " dev vdevice ", make_unlock, STATE},
	{"set_tdi_state", " dev vdevice state target ", make_set_tdi_state, STATE},
	{"object_size", " dev vdevice object ", make_object_size, READS},
	{"read_object", " dev vdevice object len expect ", make_read_object, READS},
	{"regen", " dev vdevice object flags nonce ", make_regen, CALL_VDEV},
	{"validate_mmio", " dev vdevice base top pa vcpufd ", make_validate_mmio, CALL_VDEV},
	{"vdev_request", " dev vdevice vcpufd ", make_vdev_request, CALL_VDEV},
	{"set_dma", " dev vdevice enable len ", make_set_dma, STATE},
	{"vcpu_request", " dev vdevice vcpufd ", make_vdev_request, CALL_VDEV},
	{"raw_request", " dev vdevice op scope arch len req-len ", make_raw_request, CALL_VDEV},
	{"guest_req", " dev vdevice op scope arch len req-len ", make_raw_request, CALL_VDEV},
	{"map", " dev vdevice base top start end flags ", make_map, CALL_PAPER},
	{"tsm_map", " dev vdevice base top start end flags ", make_map, CALL_PAPER},
	{"destroy", " dev vdevice id ", make_destroy, CALL_STATE},
	{"viommu_alloc", " dev type iodev hwpt kvmfd ", make_viommu_alloc, 0},
	{"vdevice_alloc", " dev viommu iodev ", make_vdevice_alloc, 0},
	{"ioctl", " dev cmd nonce ", make_ioctl, CALL_RAW},
};

static const struct {
	const char *word;
	enum tsmreq_op op;
} op_words[] = {
	{"read", TSMREQ_OP_READ_OBJECT},
	{"read_object", TSMREQ_OP_READ_OBJECT},
	{"tdi_info", TSMREQ_OP_READ_OBJECT},
	{"regen", TSMREQ_OP_REGEN_OBJECT},
	{"regen_object", TSMREQ_OP_REGEN_OBJECT},
	{"info", TSMREQ_OP_OBJECT_INFO},
	{"size", TSMREQ_OP_OBJECT_INFO},
	{"object_info", TSMREQ_OP_OBJECT_INFO},
	{"validate", TSMREQ_OP_VALIDATE_MMIO},
	{"validate_mmio", TSMREQ_OP_VALIDATE_MMIO},
	{"state", TSMREQ_OP_SET_TDI_STATE},
	{"set_state", TSMREQ_OP_SET_TDI_STATE},
	{"set_tdi_state", TSMREQ_OP_SET_TDI_STATE},
	{"enable_dma", TSMREQ_OP_SEV_ENABLE_DMA},
	{"sev_enable_dma", TSMREQ_OP_SEV_ENABLE_DMA},
	{"disable_dma", TSMREQ_OP_SEV_DISABLE_DMA},
	{"sev_disable_dma", TSMREQ_OP_SEV_DISABLE_DMA},
	{"mmio_config", TSMREQ_OP_SEV_MMIO_CONFIG},
	{"vdev_request", TSMREQ_OP_VDEV_REQUEST},
};

static void parse_op(struct call *call, const char *word)
{
	for (size_t i = 0; i < COUNT(op_words); i++) {
		if (!words_same(word, op_words[i].word))
			continue;
		call->op = op_words[i].op;
		return;
	}
	replay_fail(call->replay, 0, "op=%s: no such operation", word);
}

/* The scope says little; the first word of a CCA payload says which request it is. */
static enum tsmreq_op info_op(const struct call *call)
{
	if (call->arch != TSMREQ_ARCH_CCA || call->request.size < 4)
		return TSMREQ_OP_READ_OBJECT;
	switch (bytes_get32(call->request.data)) {
	case 1:
		return TSMREQ_OP_OBJECT_INFO;
	case 3:
	case 4:
		return TSMREQ_OP_REGEN_OBJECT;
	case 5:
		return TSMREQ_OP_VDEV_REQUEST;
	default:
		return TSMREQ_OP_READ_OBJECT;
	}
}

/* Moving memory takes 32 bytes; setting a state takes 8. */
static enum tsmreq_op state_change_op(const struct call *call)
{
	return call->arch == TSMREQ_ARCH_CCA && call->request.size == 32 ? TSMREQ_OP_VALIDATE_MMIO
									 : TSMREQ_OP_SET_TDI_STATE;
}

static void parse_scope(struct call *call, const char *word)
{
	if (strcmp(word, "info") == 0)
		call->op = info_op(call);
	else if (words_same(word, "state_change") || strcmp(word, "state") == 0)
		call->op = state_change_op(call);
	else if (words_same(word, "debug_read") || words_same(word, "debug_write"))
		call->op = (enum tsmreq_op)0; /* the API has no word for it, on purpose */
	else
		replay_fail(call->replay, 0, "scope=%s: no such scope", word);
}

static void take_kind(struct call *call, struct words *words)
{
	const char *name = words_take(words, "kind");

	if (!name) {
		replay_fail(call->replay, 0, "call: without kind=");
		return;
	}
	for (size_t i = 0; i < COUNT(kinds); i++) {
		if (words_same(name, kinds[i].name))
			call->kind = &kinds[i];
	}
	if (!call->kind)
		replay_fail(call->replay, 0, "call: kind=%s: no such call", name);
}

static void refuse_foreign(struct call *call, const struct words *words)
{
	char between[40];

	for (size_t i = 0; i < words->count; i++) {
		const struct word *word = &words->word[i];

		snprintf(between, sizeof(between), " %s ", word->key);
		if (word->taken || strstr(call->kind->words, between))
			continue;
		replay_fail(call->replay, word->number,
			    "call: %s does not understand %s=", call->kind->name, word->key);
	}
}

/* The device is named by the guest's id, or the object is named outright. */
static void take_device(struct call *call, struct words *words)
{
	const struct kernel_vdev *vdev = NULL;
	bool named;

	call->has_dev = replay_take_hex(call->replay, words, "dev", &call->dev);
	if (call->has_dev)
		vdev = kernel_find_vdev(call->kernel, call->dev);
	if (vdev)
		call->vdevice = vdev->object;
	named = replay_take_u32(call->replay, words, "vdevice", &call->vdevice) ||
		replay_take_u32(call->replay, words, "id", &call->vdevice) || vdev;
	if (!named && (call->kind->flags & CALL_VDEV))
		replay_fail(call->replay, 0, "call: no vdev: word names the device");
	if (!named && call->kind->make == make_destroy)
		replay_fail(call->replay, 0, "call: destroy needs dev= or id=");
}

static void take_names(struct call *call, struct words *words)
{
	const char *word;
	uint64_t number = 0;

	word = words_take(words, "object");
	if (word && kernel_parse_object(word, &call->object) < 0)
		replay_fail(call->replay, 0, "object=%s: no such object", word);
	word = words_take(words, "state");
	if (!word)
		word = words_take(words, "target");
	if (word && tsmreq_tdi_state_from_string(word, &call->target) < 0) {
		/* a number may be one that is no state: to refuse it is the library's business */
		if (words_hex(word, &number) < 0 || number > INT32_MAX)
			replay_fail(call->replay, 0, "state=%s: no such state", word);
		call->target = (enum tsmreq_tdi_state)number;
	}
	call->arch = call->kernel->arch;
	word = words_take(words, "arch");
	if (word && tsmreq_arch_from_string(word, &call->arch) < 0)
		replay_fail(call->replay, 0, "arch=%s: no such architecture", word);
	word = words_take(words, "op");
	if (word)
		parse_op(call, word);
	word = words_take(words, "scope");
	if (word)
		parse_scope(call, word);
}

static void take_numbers(struct call *call, struct words *words)
{
	struct kernel *kernel = call->kernel;
	uint32_t value;

	call->has_len = replay_take_u32(call->replay, words, "len", &call->len);
	call->has_request_length =
		replay_take_u32(call->replay, words, "req-len", &call->request_length);
	replay_take_u32(call->replay, words, "expect", &call->expect);
	replay_take_u32(call->replay, words, "flags", &call->flags);
	replay_take_u32(call->replay, words, "type", &call->type);
	replay_take_u32(call->replay, words, "cmd", &call->cmd);
	replay_take_hex(call->replay, words, "base", &call->base);
	replay_take_hex(call->replay, words, "top", &call->top);
	replay_take_hex(call->replay, words, "pa", &call->pa);
	/* as the first proposals had it */
	replay_take_hex(call->replay, words, "start", &call->base);
	replay_take_hex(call->replay, words, "end", &call->top);
	replay_take_u32(call->replay, words, "iodev", &kernel->iodev);
	replay_take_u32(call->replay, words, "hwpt", &kernel->hwpt);
	replay_take_u32(call->replay, words, "viommu", &kernel->viommu);
	kernel_take_fd(call->replay, words, "kvmfd", &kernel->kvm_fd);
	kernel_take_fd(call->replay, words, "vcpufd", &kernel->vcpu_fd);
	if (replay_take_u32(call->replay, words, "enable", &value)) {
		call->enable = value;
		if (value > 1)
			replay_fail(call->replay, 0, "enable=%x: 0 or 1", value);
	}
	call->has_nonce = replay_take_bytes(call->replay, words, "nonce", &call->nonce);
	if (call->has_nonce)
		call->script->nonce = &call->nonce;
}

/* Which number each send goes to. */
static uint32_t choose_cmd(const struct call *call, const struct script_send *send)
{
	const struct kernel *kernel = call->kernel;

	if (call->cmd)
		return call->cmd;
	if (call->kind->make == make_destroy)
		return kernel->destroy_cmd ? kernel->destroy_cmd : CMD_DESTROY;
	if (call->kind->make == make_viommu_alloc)
		return kernel->alloc_cmd ? kernel->alloc_cmd : CMD_VIOMMU_ALLOC;
	if (call->kind->make == make_vdevice_alloc)
		return kernel->alloc_cmd ? kernel->alloc_cmd : CMD_VDEVICE_ALLOC;
	return send->arg.size == 16 ? kernel->info.op_cmd : kernel->info.request_cmd;
}

void call_read(struct call *call, struct replay *replay, struct kernel *kernel,
	       struct script *script)
{
	struct words words;

	*call = (struct call){.replay = replay, .kernel = kernel, .script = script};
	words_split(&replay->arena, replay->vec, VEC_CALL, &words);
	take_kind(call, &words);
	if (!call->kind)
		return;
	refuse_foreign(call, &words);
	call->request = script_get_request(script);
	take_device(call, &words);
	take_names(call, &words);
	take_numbers(call, &words);
	replay_refuse_left(replay, "call", &words);
	for (size_t i = 0; i < script->count; i++)
		script->send[i].cmd = choose_cmd(call, &script->send[i]);
}

bool call_reads(const struct call *call)
{
	bool raw_read = call->op == TSMREQ_OP_READ_OBJECT || call->op == TSMREQ_OP_OBJECT_INFO;

	if (call->kind->make == make_raw_request)
		return raw_read && call->arch != TSMREQ_ARCH_SEV;
	return call->kind->flags & CALL_READS;
}
