/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <tsmreq/kvm.h>
#include <tsmreq/text.h>

#include "cli/bytes.h"
#include "cli/paper.h"

/* Cases about exits of an Intel TD: ghci.vec. */

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define RUN_SIZE 256 /* of struct kvm_run: more than any of its layouts */
#define CANARY	 0xa5

/* ---- whose case is it */

static const struct guest_word {
	const char *word;
	enum tsmreq_kvm_abi kvm; /* 0: registers come in */
} guest_words[] = {
	{"tdcm-2.0", (enum tsmreq_kvm_abi)0},
	{"service-1.5", (enum tsmreq_kvm_abi)0},
	{"service-tdcm-0.6.4", (enum tsmreq_kvm_abi)0},
	{"kvm-exit-tdx", TSMREQ_KVM_TDX},
	{"kvm-exit-hypercall", TSMREQ_KVM_TDX},
	{"kvm-exit-tdx-old", TSMREQ_KVM_TDX_OLD},
	/* the kernel answers by itself: a VMM that is asked all the same hands it on */
	{"kvm-none", TSMREQ_KVM_TDX},
};

/* "tdcm-2.0 june": who the guest is, and which kernel, if it matters. */
static const struct guest_word *find_guest(const struct vec_case *vec, const char **ret_kernel)
{
	const char *abi = vec_find(vec, VEC_ABI);
	const char *kernel;

	*ret_kernel = NULL;
	for (size_t i = 0; abi && i < COUNT(guest_words); i++) {
		kernel = words_behind(abi, guest_words[i].word);
		if (!kernel)
			continue;
		*ret_kernel = *kernel ? kernel : NULL;
		return &guest_words[i];
	}
	return NULL;
}

bool replay_ghci_owns(const struct vec_case *vec)
{
	const char *kernel;

	return find_guest(vec, &kernel);
}

/* ---- the case */

struct ghci_case {
	struct vmm vmm;
	const struct guest_word *guest;
	struct tsmreq_guest_opts opts;
	bool on_paper;
	bool has_inflight;
	uint64_t inflight;
};

/* key=on or key=off; true for "on". */
static bool take_on(struct ghci_case *ghci, const char *key, bool otherwise)
{
	const char *word = words_take(&ghci->vmm.given, key);

	if (!word)
		return otherwise;
	if (strcmp(word, "on") != 0 && strcmp(word, "off") != 0)
		replay_fail(ghci->vmm.replay, 0, "%s=%s: on or off", key, word);
	return strcmp(word, "on") == 0;
}

static uint32_t find_service(struct ghci_case *ghci, const char *name)
{
	struct tsmreq_ghci_service service;

	for (unsigned int i = 0; tsmreq_ghci_service_at(i, &service); i++) {
		if (strcmp(service.name, name) == 0)
			return service.offer;
	}
	replay_fail(ghci->vmm.replay, 0, "services=%s: no such service", name);
	return 0;
}

/* Query comes with the leaf. */
static void take_offers(struct ghci_case *ghci)
{
	struct arena *arena = &ghci->vmm.replay->arena;
	const char *word = words_take(&ghci->vmm.given, "services");

	/* 0 would mean TDCM: this offers a service on a leaf that is not offered */
	ghci->opts.offers = take_on(ghci, "tdcm", true) ? TSMREQ_GHCI_TDCM
							: TSMREQ_GHCI_SERVICE_TDCM;
	if (!take_on(ghci, "legacy", false))
		return;
	ghci->opts.offers &= TSMREQ_GHCI_TDCM;
	ghci->opts.offers |= TSMREQ_GHCI_SERVICE;
	while (word && *word) {
		size_t length = strcspn(word, ",");

		ghci->opts.offers |= find_service(ghci, arena_strndup(arena, word, length));
		word += length + (word[length] == ',');
	}
}

static const struct {
	const char *word;
	uint32_t layer;
} layers[] = {
	{"tdx_module", TSMREQ_TDCM_ERROR_TDX_MODULE}, {"device", TSMREQ_TDCM_ERROR_DEVICE},
	{"spdm", TSMREQ_TDCM_ERROR_SPDM_MESSAGE},     {"ide_km", TSMREQ_TDCM_ERROR_IDE_KM_MESSAGE},
	{"tdisp", TSMREQ_TDCM_ERROR_TDISP_MESSAGE},
};

static void take_layer(struct ghci_case *ghci)
{
	const char *word = words_take(&ghci->vmm.given, "fault");

	for (size_t i = 0; word && i < COUNT(layers); i++) {
		if (words_same(word, layers[i].word))
			ghci->vmm.layer = layers[i].layer;
	}
	if (word && !ghci->vmm.layer)
		replay_fail(ghci->vmm.replay, 0, "fault=%s: no such layer", word);
}

static void take_time(struct ghci_case *ghci)
{
	struct vmm *vmm = &ghci->vmm;
	const char *word = words_take(&vmm->given, "defer");
	int64_t elapsed = 0;

	vmm->defers = word && strcmp(word, "1") == 0;
	if (word && !vmm->defers && strcmp(word, "0") != 0)
		replay_fail(vmm->replay, 0, "defer=%s: 0 or 1", word);
	if (replay_take_dec(vmm->replay, &vmm->given, "elapsed", &elapsed) && elapsed < 0)
		replay_fail(vmm->replay, 0, "elapsed: no clock goes backwards");
	vmm->elapsed = (uint64_t)elapsed;
}

static void take_width(struct ghci_case *ghci)
{
	int64_t width = 52;

	replay_take_dec(ghci->vmm.replay, &ghci->vmm.given, "gpaw", &width);
	ghci->opts.gpa_width = (uint32_t)width;
}

static bool act(struct vmm *vmm, const struct tsmreq_call *call, struct tsmreq_answer *ret);

static void read_case(struct ghci_case *ghci, struct replay *replay, enum tsmreq_uapi uapi)
{
	struct vmm *vmm = &ghci->vmm;
	struct tsmreq_uapi_info row = {0};
	const char *kernel;

	*ghci = (struct ghci_case){0};
	vmm_read(vmm, replay, TSMREQ_ARCH_TDX);
	ghci->guest = find_guest(replay->vec, &kernel);
	if (!ghci->guest) {
		replay_fail(replay, 0, "abi: no such guest");
		return;
	}
	if (!kernel && tsmreq_uapi_get_info(uapi, &row) == 0)
		kernel = row.name;
	vmm_set_uapi(vmm, kernel);
	vmm->act = act;
	vmm->has_objects = take_on(ghci, "evidence", false);
	take_on(ghci, "quote", false);
	take_offers(ghci);
	take_layer(ghci);
	take_time(ghci);
	take_width(ghci);
	ghci->has_inflight = replay_take_hex(replay, &vmm->given, "inflight", &ghci->inflight);
	vmm->defers |= ghci->has_inflight;
	ghci->opts.kvm_abi = ghci->guest->kvm;
	/* what the kernel, or the rest of a VMM, makes of an exit: only the call line binds */
	vmm->others = strncmp(replay->vec->name, "vmm-", 4) == 0 ||
		      strcmp(ghci->guest->word, "kvm-none") == 0;
	replay_refuse_left(replay, "given", &vmm->given);
}

/* ---- what the VMM answers by itself */

/* The legacy calls: no request of any kernel gives these. */
static bool act(struct vmm *vmm, const struct tsmreq_call *call, struct tsmreq_answer *ret)
{
	const struct vmm_device *device = vmm_find_device(vmm, call->dev.raw);
	const struct vmm_object *object;

	*ret = (struct tsmreq_answer){.rc = -ENODEV};
	switch ((int)call->kind) {
	case TSMREQ_CALL_LEGACY_CONTEXT:
		object = device ? &device->context : NULL;
		break;
	case TSMREQ_CALL_LEGACY_DEVICE_INFO:
		object = device ? &device->device_info : NULL;
		break;
	case TSMREQ_CALL_LEGACY_TDISP:
		ret->rc = -EOPNOTSUPP;
		return true;
	default:
		return false;
	}
	if (!object)
		return true;
	ret->rc = object->held ? 0 : -ENODATA;
	ret->value = device->func_id;
	ret->data = (struct tsmreq_bytes){object->bytes.data, object->bytes.size};
	return true;
}

/* ---- a request that is not answered yet */

/* Another device's, before the case begins: it is taken, and never begun. */
static void occupy(struct ghci_case *ghci)
{
	static const uint8_t header[TSMREQ_TDCM_HEADER_SIZE] = {2};
	struct vmm *vmm = &ghci->vmm;
	struct step step = {.number = vmm->replay->vec->number};
	struct tsmreq_exit exit = {
		.size = sizeof(exit),
		.form = TSMREQ_EXIT_GHCI,
		.vcpu = VMM_VCPU,
		.vcpu_fd = -1,
		.ghci =
			{
				.r11 = TSMREQ_GHCI_LEAF_TDCM,
				.r13 = ghci->inflight | UINT64_C(1) << (ghci->opts.gpa_width - 1),
				.r14 = 4096,
			},
	};
	struct vmm_device *device;
	struct tsmreq_reply reply;

	for (exit.ghci.r12 = 0xffff; vmm_find_device(vmm, exit.ghci.r12);)
		exit.ghci.r12--;
	device = vmm_add_device(vmm, "ffff", 0xffff);
	if (!device)
		return;
	device->dev.raw = exit.ghci.r12;
	vmm_attach(vmm, device);
	guest_memory_store(&vmm->memory, ghci->inflight, header, sizeof(header));
	vmm->hold_jobs = true;
	if (vmm_exit(vmm, &step, &exit, NULL, &reply) != TSMREQ_STEP_DEFERRED)
		replay_fail(vmm->replay, 0, "inflight=%" PRIx64 ": it was not deferred",
			    ghci->inflight);
	vmm->hold_jobs = false;
	guest_memory_store(&vmm->memory, ghci->inflight, &(uint8_t[sizeof(header)]){0},
			   sizeof(header));
}

/* ---- exits as registers */

static void take_registers(struct ghci_case *ghci, struct words *in, struct tsmreq_ghci_exit *ret)
{
	struct replay *replay = ghci->vmm.replay;
	uint64_t selected; /* registers that were not are 0 in the case already */

	replay_take_hex(replay, in, "rcx", &selected);
	replay_take_hex(replay, in, "r10", &ret->r10);
	replay_take_hex(replay, in, "r11", &ret->r11);
	replay_take_hex(replay, in, "r12", &ret->r12);
	replay_take_hex(replay, in, "r13", &ret->r13);
	replay_take_hex(replay, in, "r14", &ret->r14);
	replay_take_hex(replay, in, "r15", &ret->r15);
}

static void exit_registers(struct ghci_case *ghci, struct step *step)
{
	struct tsmreq_exit exit = {
		.size = sizeof(exit),
		.form = TSMREQ_EXIT_GHCI,
		.vcpu = VMM_VCPU,
		.vcpu_fd = -1,
	};
	const struct tsmreq_ghci_opts opts = {
		.size = sizeof(opts),
		.gpa_width = ghci->opts.gpa_width,
		.offers = ghci->opts.offers,
	};
	struct tsmreq_reply reply;
	bool answered;

	take_registers(ghci, &step->in, &exit.ghci);
	if (ghci->on_paper)
		answered = paper_exit_ghci(&ghci->vmm, step, &opts, &exit.ghci, &reply.r10);
	else
		answered = vmm_exit(&ghci->vmm, step, &exit, NULL, &reply) != TSMREQ_STEP_NOT_OURS;
	vmm_check_written(&ghci->vmm, step, "r10", answered, reply.r10);
}

/* ---- exits as struct kvm_run */

struct field {
	const char *key;
	uint32_t offset;
	uint32_t size;
};

/* KVM_EXIT_TDX; what stands from 56 on depends on the number. */
static const struct field tdx_fields[] = {
	{"flags", 32, 8}, {"nr", 40, 8},     {"ret", 48, 8},   {"gpa", 56, 8},	 {"size", 64, 8},
	{"leaf", 56, 8},  {"vector", 56, 8}, {"r11", 64, 8},   {"r12", 72, 8},	 {"r13", 80, 8},
	{"r14", 88, 8},	  {"data0", 56, 8},  {"data1", 64, 8}, {"data2", 72, 8}, {"data3", 80, 8},
	{"data4", 88, 8}, {NULL, 0, 0},
};

static const struct field hypercall_fields[] = {
	{"nr", 32, 8},	  {"args0", 40, 8}, {"args1", 48, 8}, {"args2", 56, 8}, {"args3", 64, 8},
	{"args4", 72, 8}, {"args5", 80, 8}, {"ret", 88, 8},   {"flags", 96, 8}, {NULL, 0, 0},
};

static const struct field old_fields[] = {
	{"type", 32, 4}, {"rcx", 40, 8},  {"r10", 48, 8},     {"r11", 56, 8},
	{"r12", 64, 8},	 {"r13", 72, 8},  {"r14", 80, 8},     {"r15", 88, 8},
	{"rbx", 96, 8},	 {"rdi", 104, 8}, {"rsi", 112, 8},    {"r8", 120, 8},
	{"r9", 128, 8},	 {"rdx", 136, 8}, {"status", 144, 8}, {NULL, 0, 0},
};

static const struct field *choose_fields(const struct ghci_case *ghci)
{
	if (ghci->guest->kvm == TSMREQ_KVM_TDX_OLD)
		return old_fields;
	return strcmp(ghci->guest->word, "kvm-exit-hypercall") == 0 ? hypercall_fields : tdx_fields;
}

static void put_field(uint8_t *run, const struct field *field, uint64_t value)
{
	if (field->size == 4)
		bytes_put32(run + field->offset, (uint32_t)value);
	else
		bytes_put64(run + field->offset, value);
}

static void take_run(struct ghci_case *ghci, struct words *in, uint8_t run[RUN_SIZE])
{
	struct replay *replay = ghci->vmm.replay;
	uint64_t value = 0;

	memset(run, CANARY, RUN_SIZE);
	memset(run, 0, TSMREQ_KVM_RUN_SIZE);
	replay_take_hex(replay, in, "exit", &value);
	bytes_put32(run + TSMREQ_KVM_RUN_EXIT_REASON, (uint32_t)value);
	for (const struct field *field = choose_fields(ghci); field->key; field++) {
		if (replay_take_hex(replay, in, field->key, &value))
			put_field(run, field, value);
	}
}

/* Nothing was written, so what goes out is what came in. */
static void check_fields(struct ghci_case *ghci, struct step *step, const uint8_t *run)
{
	for (const struct field *field = choose_fields(ghci); field->key; field++) {
		const char *word = words_take(&step->out, field->key);
		uint64_t expected = 0;

		if (!word)
			continue;
		if (words_hex(word, &expected) < 0 || bytes_get64(run + field->offset) != expected)
			replay_fail(ghci->vmm.replay, step->out_number,
				    "out: expected %s=%s, got %" PRIx64, field->key, word,
				    bytes_get64(run + field->offset));
	}
}

static void exit_run(struct ghci_case *ghci, struct step *step)
{
	uint8_t run[RUN_SIZE], before[RUN_SIZE];
	struct tsmreq_exit exit = {
		.size = sizeof(exit),
		.form = TSMREQ_EXIT_KVM_RUN,
		.vcpu = VMM_VCPU,
		.vcpu_fd = -1,
		.run = run,
		.run_size = sizeof(run),
	};
	struct tsmreq_reply reply;

	take_run(ghci, &step->in, run);
	memcpy(before, run, sizeof(before));
	vmm_exit(&ghci->vmm, step, &exit, NULL, &reply);
	if (memcmp(run, before, sizeof(run)) != 0)
		replay_fail(ghci->vmm.replay, step->number, "struct kvm_run was written");
	if (!ghci->vmm.others)
		check_fields(ghci, step, run);
}

/* ---- the steps */

/* The answer of somebody else: its words are read, and bind nobody here. */
static void skip_out(struct ghci_case *ghci, struct step *step)
{
	struct tsmreq_ghci_exit registers;
	uint64_t value;

	take_registers(ghci, &step->out, &registers);
	for (const struct field *field = choose_fields(ghci); field->key; field++)
		replay_take_hex(ghci->vmm.replay, &step->out, field->key, &value);
}

static void run_step(struct ghci_case *ghci, struct step *step)
{
	struct tsmreq_ghci_exit registers;

	vmm_begin(&ghci->vmm, step);
	if (ghci->guest->kvm)
		exit_run(ghci, step);
	else
		exit_registers(ghci, step);
	if (ghci->vmm.others) {
		take_registers(ghci, &step->in, &registers);
		skip_out(ghci, step);
	}
	vmm_end(&ghci->vmm, step);
}

static void run_on(struct ghci_case *ghci, struct replay *replay, enum tsmreq_uapi uapi)
{
	struct vmm *vmm = &ghci->vmm;

	read_case(ghci, replay, uapi);
	if (replay->failed)
		return;
	ghci->on_paper = vmm_open(vmm, &ghci->opts) == -EOPNOTSUPP;
	if (ghci->has_inflight && !ghci->on_paper && !replay->failed)
		occupy(ghci);
	for (size_t i = 0; i < vmm->steps.count && !replay->failed; i++)
		run_step(ghci, &vmm->steps.step[i]);
	vmm_close(vmm);
}

/* Without a word for the kernel the case holds on every one. */
void replay_ghci_run(struct replay *replay)
{
	struct ghci_case *ghci = arena_zalloc(&replay->arena, sizeof(*ghci));
	struct tsmreq_uapi_info row;
	enum tsmreq_uapi uapi;
	const char *kernel;

	find_guest(replay->vec, &kernel);
	if (kernel) {
		run_on(ghci, replay, TSMREQ_UAPI_PROBE);
		return;
	}
	for (unsigned int i = 0; !replay->failed && tsmreq_uapi_at(i, &uapi); i++) {
		if (tsmreq_uapi_get_info(uapi, &row) == 0 && !row.refusal)
			run_on(ghci, replay, uapi);
	}
}
