/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <tsmreq/kvm.h>
#include <tsmreq/text.h>

#include "cli/bytes.h"
#include "cli/paper.h"

/* Cases about exits of an Arm CCA Realm: rhi.vec. */

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define EXIT_HYPERCALL	  3
#define EXIT_MEMORY_FAULT 39
#define EXIT_TIO	  44
#define TIO_RESPONSE_AT	  48
#define TIO_TOP_AT	  32
#define RUN_SIZE	  128 /* of struct kvm_run, and what must not be written behind an exit */
#define CANARY		  0xa5

/* ---- whose case is it */

static const struct kernel_word {
	const char *word;
	enum tsmreq_kvm_abi kvm;
	size_t tio_size;
} kernel_words[] = {
	/* no request is involved: any kernel will do, and this one can do most */
	{"rhi", TSMREQ_KVM_CCA_V7, 56},		{"v2", TSMREQ_KVM_CCA_V2, 48},
	{"v4", TSMREQ_KVM_CCA_V4, 56},		{"v5", TSMREQ_KVM_CCA_V4, 56},
	{"v5-code", TSMREQ_KVM_CCA_V4, 56},	{"june", TSMREQ_KVM_CCA_V6, 56},
	{"v6-like", TSMREQ_KVM_CCA_V6, 56},	{"v6-objects", TSMREQ_KVM_CCA_V6, 56},
	{"cca-v7", TSMREQ_KVM_CCA_V7, 56},	{"rfc1", TSMREQ_KVM_CCA_V2, 48},
	{"cca-rfc-may", TSMREQ_KVM_CCA_V2, 48},
};

static const struct kernel_word *find_kernel(const struct vec_case *vec)
{
	const char *abi = vec_find(vec, VEC_ABI);

	for (size_t i = 0; abi && i < COUNT(kernel_words); i++) {
		if (strcmp(abi, kernel_words[i].word) == 0)
			return &kernel_words[i];
	}
	return NULL;
}

bool replay_rhi_owns(const struct vec_case *vec)
{
	return vec_find(vec, VEC_IN) && find_kernel(vec);
}

/* ---- the case */

struct rhi_case {
	struct vmm vmm;
	const struct kernel_word *kernel;
	bool on_paper;
	uint64_t features;
	uint64_t shared_base;
	/* of one exit */
	uint8_t run[RUN_SIZE];
	size_t exit_size;
};

static void take_switch(struct rhi_case *rhi, const char *key, const char *on, bool *ret)
{
	const char *word = words_take(&rhi->vmm.given, key);

	if (word && strcmp(word, on) == 0)
		*ret = true;
	else if (word)
		replay_fail(rhi->vmm.replay, 0, "%s=%s: %s is the only word for it", key, word, on);
}

static void read_case(struct rhi_case *rhi, struct replay *replay)
{
	struct vmm *vmm = &rhi->vmm;

	vmm_read(vmm, replay, TSMREQ_ARCH_CCA);
	vmm->userdata = rhi;
	/* nobody owns a case whose kernel is not listed */
	rhi->kernel = find_kernel(replay->vec);
	if (!rhi->kernel) {
		replay_fail(replay, 0, "abi: no such kernel");
		return;
	}
	vmm_set_uapi(vmm, strcmp(rhi->kernel->word, "rhi") == 0 ? "cca-v7" : rhi->kernel->word);
	rhi->features = TSMREQ_RHI_FEATURES_DEFAULT;
	replay_take_hex(replay, &vmm->given, "features", &rhi->features);
	rhi->shared_base = UINT64_C(1) << 63;
	replay_take_hex(replay, &vmm->given, "shbit", &rhi->shared_base);
	take_switch(rhi, "async", "on", &vmm->defers);
	take_switch(rhi, "worker", "busy", &vmm->hold_jobs);
	for (size_t i = 0; i < vmm->devices; i++) {
		for (size_t k = 0; k < VMM_OBJECTS; k++)
			vmm->has_objects |= vmm->device[i].objects[k].held;
	}
	replay_refuse_left(replay, "given", &vmm->given);
}

/* Where there is no TIO exit, one of another kernel brings a device to a mapped range. */
static enum tsmreq_kvm_abi choose_kvm_abi(const struct rhi_case *rhi)
{
	for (size_t i = 0; i < rhi->vmm.devices; i++) {
		if (rhi->vmm.device[i].mapped && rhi->kernel->kvm == TSMREQ_KVM_CCA_V6)
			return TSMREQ_KVM_CCA_V7;
	}
	return rhi->kernel->kvm;
}

static int open_guest(struct rhi_case *rhi)
{
	struct tsmreq_guest_opts opts = {
		.kvm_abi = choose_kvm_abi(rhi),
		.flags = TSMREQ_GUEST_FEATURES_GIVEN,
		.features = rhi->features,
		.shared_base = rhi->shared_base,
	};

	return vmm_open(&rhi->vmm, &opts);
}

/* ---- exits as struct kvm_run */

static const char *const tio_fields[] = {"flags",   "nr",      "vdev_id", "gpa_base",
					 "gpa_top", "pa_base", "response"};
static const char *const fault_fields[] = {"flags", "gpa", "size"};

/* Behind the exit stands what nobody may write over. */
static void begin_run(struct rhi_case *rhi, uint32_t reason, size_t size)
{
	memset(rhi->run, CANARY, sizeof(rhi->run));
	memset(rhi->run, 0, TSMREQ_KVM_RUN_EXIT + size);
	bytes_put32(rhi->run + TSMREQ_KVM_RUN_EXIT_REASON, reason);
	rhi->exit_size = size;
}

static void take_fields(struct rhi_case *rhi, struct words *in, const char *const *fields,
			size_t count)
{
	uint64_t value;

	for (size_t i = 0; i < count; i++) {
		if (replay_take_hex(rhi->vmm.replay, in, fields[i], &value))
			bytes_put64(rhi->run + TSMREQ_KVM_RUN_EXIT + 8 * i, value);
	}
}

static void take_tio(struct rhi_case *rhi, struct step *step)
{
	struct replay *replay = rhi->vmm.replay;
	struct vec_bytes raw;

	begin_run(rhi, EXIT_TIO, rhi->kernel->tio_size);
	if (!replay_take_bytes(replay, &step->in, "raw", &raw)) {
		take_fields(rhi, &step->in, tio_fields, rhi->kernel->tio_size / 8);
		return;
	}
	if (raw.size != rhi->kernel->tio_size)
		replay_fail(replay, step->number, "raw: this exit has %zu bytes, not %zu",
			    rhi->kernel->tio_size, raw.size);
	else
		memcpy(rhi->run + TSMREQ_KVM_RUN_EXIT, raw.data, raw.size);
}

static struct tsmreq_exit make_exit(const struct rhi_case *rhi, enum tsmreq_exit_form form)
{
	return (struct tsmreq_exit){
		.size = sizeof(struct tsmreq_exit),
		.form = form,
		.vcpu = VMM_VCPU,
		.vcpu_fd = rhi->vmm.vcpu_fd,
	};
}

static enum tsmreq_step exit_run(struct rhi_case *rhi, struct step *step, struct tsmreq_reply *ret)
{
	struct tsmreq_exit exit = make_exit(rhi, TSMREQ_EXIT_KVM_RUN);

	exit.run = rhi->run;
	exit.run_size = sizeof(rhi->run);
	return vmm_exit(&rhi->vmm, step, &exit, NULL, ret);
}

static void check_action(struct rhi_case *rhi, struct step *step, enum tsmreq_action action)
{
	const char *word = words_take(&step->out, "action");

	if (word && strcmp(word, tsmreq_action_to_string(action)) != 0)
		replay_fail(rhi->vmm.replay, step->out_number, "out: expected action=%s, got %s",
			    word, tsmreq_action_to_string(action));
}

/* All bytes of the exit: as the out line has them, or as they came in but for the response. */
static void check_tio_bytes(struct rhi_case *rhi, struct step *step, const uint8_t *before)
{
	uint8_t expected[RUN_SIZE];
	struct vec_bytes raw;
	bool told = replay_take_bytes(rhi->vmm.replay, &step->out, "raw", &raw);

	memcpy(expected, before, sizeof(expected));
	if (told && raw.size == rhi->exit_size)
		memcpy(expected + TSMREQ_KVM_RUN_EXIT, raw.data, raw.size);
	else if (told)
		replay_fail(rhi->vmm.replay, step->out_number,
			    "raw: this exit has %zu bytes, not %zu", rhi->exit_size, raw.size);
	else if (rhi->exit_size > TIO_RESPONSE_AT)
		memcpy(expected + TSMREQ_KVM_RUN_EXIT + TIO_RESPONSE_AT,
		       rhi->run + TSMREQ_KVM_RUN_EXIT + TIO_RESPONSE_AT, 8);
	for (size_t i = 0; i < sizeof(expected); i++) {
		if (expected[i] == rhi->run[i])
			continue;
		replay_fail(rhi->vmm.replay, step->number,
			    "struct kvm_run, byte %zu: expected %02x, got %02x", i, expected[i],
			    rhi->run[i]);
		return;
	}
}

/* A word about a field that stands in the exit when the vCPU is run again. */
static void check_field(struct rhi_case *rhi, struct step *step, const char *key, size_t at)
{
	const uint64_t got = bytes_get64(rhi->run + TSMREQ_KVM_RUN_EXIT + at);
	uint64_t expected;

	if (replay_take_hex(rhi->vmm.replay, &step->out, key, &expected) && expected != got)
		replay_fail(rhi->vmm.replay, step->out_number,
			    "out: expected %s=%" PRIx64 ", got %" PRIx64, key, expected, got);
}

/* KVM has preset "accept": by now it must be gone, whatever becomes of the request. */
static void check_preset(struct vmm *vmm)
{
	const struct rhi_case *rhi = vmm->userdata;

	if (rhi->exit_size > TIO_RESPONSE_AT &&
	    !bytes_get64(rhi->run + TSMREQ_KVM_RUN_EXIT + TIO_RESPONSE_AT))
		replay_fail(vmm->replay, 0, "sent while the exit still says \"accept\"");
}

static void exit_tio(struct rhi_case *rhi, struct step *step)
{
	struct tsmreq_reply reply;
	uint8_t before[RUN_SIZE];

	take_tio(rhi, step);
	memcpy(before, rhi->run, sizeof(before));
	rhi->vmm.sent = check_preset;
	exit_run(rhi, step, &reply);
	rhi->vmm.sent = NULL;
	if (rhi->exit_size > TIO_RESPONSE_AT)
		check_field(rhi, step, "response", TIO_RESPONSE_AT);
	check_field(rhi, step, "gpa_top", TIO_TOP_AT);
	check_tio_bytes(rhi, step, before);
	check_action(rhi, step, reply.action);
}

static void exit_memory_fault(struct rhi_case *rhi, struct step *step)
{
	struct tsmreq_reply reply;
	uint8_t before[RUN_SIZE];

	begin_run(rhi, EXIT_MEMORY_FAULT, 8 * COUNT(fault_fields));
	take_fields(rhi, &step->in, fault_fields, COUNT(fault_fields));
	memcpy(before, rhi->run, sizeof(before));
	exit_run(rhi, step, &reply);
	check_tio_bytes(rhi, step, before);
	check_action(rhi, step, reply.action);
}

/* ---- exits as registers */

/* The way a VMM goes: struct kvm_run first, the registers if it asks for them. */
static void take_registers(struct rhi_case *rhi, struct step *step, struct tsmreq_rhi_exit *ret)
{
	struct vmm *vmm = &rhi->vmm;
	char key[] = "x0";
	const char *word;

	*ret = (struct tsmreq_rhi_exit){0};
	for (size_t i = 0; i < COUNT(ret->x); i++, key[1]++) {
		word = words_take(&step->in, key);
		ret->x[i] = word ? handles_get(vmm->replay, &vmm->handles, word) : 0;
	}
	ret->nr = (uint32_t)ret->x[0];
	replay_take_hex(vmm->replay, &step->in, "nr", &ret->nr);
	replay_take_hex(vmm->replay, &step->in, "flags", &ret->flags);
	begin_run(rhi, EXIT_HYPERCALL, TSMREQ_KVM_RUN_SIZE - TSMREQ_KVM_RUN_EXIT);
	bytes_put64(rhi->run + TSMREQ_KVM_RUN_EXIT, ret->nr);
	bytes_put64(rhi->run + TSMREQ_KVM_RUN_EXIT + 64, ret->flags);
}

/* The call as the registers alone tell it: a measurement's block may be refused later. */
static void decode_registers(struct rhi_case *rhi, const struct tsmreq_rhi_exit *from,
			     struct tsmreq_call *ret)
{
	const struct tsmreq_bytes run = {rhi->run, TSMREQ_KVM_RUN_SIZE};
	struct tsmreq_rhi_exit exit = *from;
	int r = tsmreq_kvm_decode(rhi->kernel->kvm, run, rhi->shared_base, ret);

	if (r < 0 || ret->next != TSMREQ_NEXT_RHI_REGISTERS)
		return;
	exit.nr = ret->u.hypercall.nr;
	exit.flags = ret->u.hypercall.flags;
	r = tsmreq_rhi_decode(&exit, rhi->vmm.rhi_quirks, ret);
	if (r < 0)
		replay_fail(rhi->vmm.replay, 0, "decode: %s", replay_format_rc(r).text);
}

static void check_registers(struct rhi_case *rhi, struct step *step,
			    const struct tsmreq_rhi_regs *regs)
{
	char key[] = "x0";

	for (size_t i = 0; i < COUNT(regs->x); i++, key[1]++)
		vmm_check_written(&rhi->vmm, step, key, true, regs->x[i]);
}

static void exit_registers(struct rhi_case *rhi, struct step *step)
{
	struct tsmreq_exit exit = make_exit(rhi, TSMREQ_EXIT_RHI);
	struct tsmreq_reply reply;
	struct tsmreq_call said;
	uint8_t before[RUN_SIZE];
	enum tsmreq_step next;

	take_registers(rhi, step, &exit.rhi);
	if (rhi->on_paper) {
		if (paper_exit_rhi(&rhi->vmm, step, &exit.rhi, &reply.rhi))
			check_registers(rhi, step, &reply.rhi);
		return;
	}
	memcpy(before, rhi->run, sizeof(before));
	next = exit_run(rhi, step, &reply);
	if (memcmp(before, rhi->run, sizeof(before)) != 0)
		replay_fail(rhi->vmm.replay, step->number, "struct kvm_run was written");
	if (next == TSMREQ_STEP_NOT_OURS)
		return;
	if (next != TSMREQ_STEP_REGISTERS) {
		replay_fail(rhi->vmm.replay, step->number, "expected step registers, got %s",
			    tsmreq_step_to_string(next));
		return;
	}
	decode_registers(rhi, &exit.rhi, &said);
	next = vmm_exit(&rhi->vmm, step, &exit, &said, &reply);
	if (next != TSMREQ_STEP_NOT_OURS)
		check_registers(rhi, step, &reply.rhi);
}

/* ---- calls the VMM makes */

static const char *get_result(int rc, const struct tsmreq_result *result)
{
	if (rc == -EBADE)
		return "invalid";
	switch ((int)result->outcome) {
	case TSMREQ_OUTCOME_NOT_SENT:
		return rc ? "refused" : "ok";
	case TSMREQ_OUTCOME_COMPLETED:
		return rc == -ENODATA ? "empty" : "ok";
	case TSMREQ_OUTCOME_FAILED:
		return "failed";
	default:
		return "unsure";
	}
}

static void check_result(struct rhi_case *rhi, struct step *step, int rc,
			 const struct tsmreq_result *result)
{
	const char *word = words_take(&step->out, "result");
	const char *error = words_take(&step->out, "errno");
	uint64_t code;

	if (word && strcmp(word, get_result(rc, result)) != 0)
		replay_fail(rhi->vmm.replay, step->out_number,
			    "out: expected result=%s, got %s (%s)", word, get_result(rc, result),
			    replay_format_rc(rc).text);
	if (error && rc != -replay_parse_errno(rhi->vmm.replay, error))
		replay_fail(rhi->vmm.replay, step->out_number, "out: expected errno=%s, got %s",
			    error, replay_format_rc(rc).text);
	if (replay_take_hex(rhi->vmm.replay, &step->out, "code", &code) && code != result->tsm_code)
		replay_fail(rhi->vmm.replay, step->out_number,
			    "out: expected code=%" PRIx64 ", got %" PRIx64, code, result->tsm_code);
}

/* dev=, or the first there is. NULL: the case has no such device. */
static struct vmm_device *take_device(struct rhi_case *rhi, struct words *in, uint64_t *ret_dev)
{
	*ret_dev = rhi->vmm.devices ? rhi->vmm.device[0].dev.raw : 0;
	replay_take_hex(rhi->vmm.replay, in, "dev", ret_dev);
	replay_take_hex(rhi->vmm.replay, in, "vdev_id", ret_dev);
	return vmm_find_device(&rhi->vmm, *ret_dev);
}

static void event_validate(struct rhi_case *rhi, struct step *step)
{
	struct tsmreq_call call = {.kind = TSMREQ_CALL_VALIDATE_MMIO, .arch = TSMREQ_ARCH_CCA};
	struct tsmreq_mmio_range range = {.vcpu_fd = rhi->vmm.vcpu_fd};
	struct replay *replay = rhi->vmm.replay;
	struct tsmreq_result result = {0};
	struct vmm_device *device = take_device(rhi, &step->in, &call.dev.raw);
	int r = -ENODEV;

	replay_take_hex(replay, &step->in, "base", &range.guest_base.raw);
	replay_take_hex(replay, &step->in, "top", &range.guest_top);
	replay_take_hex(replay, &step->in, "pa", &range.host_base);
	call.u.mmio = (struct tsmreq_call_mmio){
		.base = range.guest_base,
		.size = range.guest_top - range.guest_base.raw,
		.host_base = range.host_base,
		.to_private = TSMREQ_YES,
		.range = TSMREQ_RANGE_NONE,
	};
	vmm_check_call(&rhi->vmm, step, &call, NULL);
	if (device)
		r = tsmreq_vdev_validate_mmio(device->vdev, &range, &result);
	check_result(rhi, step, r, &result);
}

static const char *take_state(struct words *words)
{
	const char *rest;
	const char *word = words_take(words, "state");

	if (!word)
		word = words_take(words, "target");
	return word ? word : words_take_prefix(words, "tdi:", &rest);
}

/* A call line about what no guest asked for repeats the in line. */
static void check_event_call(struct rhi_case *rhi, struct step *step, const char *event)
{
	const char *kind = words_take(&step->call, "kind");

	if (kind && !words_same(kind, event) && strcmp(kind, "clear_uncertain") != 0)
		replay_fail(rhi->vmm.replay, step->call_number, "call: expected kind=%s, got %s",
			    kind, event);
	replay_refuse_left(rhi->vmm.replay, "call", &step->call);
}

/* The VMM looked, and tells what it found. */
static void event_clear(struct rhi_case *rhi, struct step *step)
{
	struct replay *replay = rhi->vmm.replay;
	struct tsmreq_result result = {0};
	enum tsmreq_tdi_state state = TSMREQ_TDI_UNLOCKED;
	const char *word = take_state(&step->in);
	const char *said;
	uint64_t dev, said_dev;
	struct vmm_device *device = take_device(rhi, &step->in, &dev);
	int r = -ENODEV;

	said = take_state(&step->call);
	if (replay_take_hex(replay, &step->call, "dev", &said_dev) && said_dev != dev)
		replay_fail(replay, step->call_number, "call: dev=%" PRIx64 " is another",
			    said_dev);
	if (said && (!word || strcmp(said, word) != 0))
		replay_fail(replay, step->call_number, "call: state=%s is another", said);
	check_event_call(rhi, step, "clear");
	if (word && tsmreq_tdi_state_from_string(word, &state) < 0)
		replay_fail(replay, step->number, "state=%s: no such state", word);
	if (device)
		r = tsmreq_vdev_clear_uncertain(device->vdev, state);
	check_result(rhi, step, r, &result);
}

/* One packet after the other, until the kernel refuses one: then the VM is of no use. */
static void event_install_filters(struct rhi_case *rhi, struct step *step)
{
	struct vmm *vmm = &rhi->vmm;
	struct tsmreq_kvm_smccc_filter filter;
	struct tsmreq_result result = {.outcome = TSMREQ_OUTCOME_COMPLETED};
	uint8_t packet[24] = {0};
	int r = 0;

	check_event_call(rhi, step, "install-filters");
	for (unsigned int i = 0;
	     r == 0 &&
	     tsmreq_kvm_smccc_filter_at(tsmreq_guest_get_features(vmm->guest), i, &filter);
	     i++) {
		const struct script_send *send;

		bytes_put32(packet, filter.base);
		bytes_put32(packet + 4, filter.nr_functions);
		packet[8] = filter.action;
		memcpy(packet + 9, filter.pad, sizeof(filter.pad));
		if (vmm->script.done == vmm->script.limit) {
			replay_fail(vmm->replay, step->number, "expected no more filters, got %s",
				    replay_format_hex(packet, sizeof(packet)).text);
			return;
		}
		send = &vmm->script.send[vmm->script.done++];
		vmm_check_bytes(vmm, send->number, "sends", &send->arg, packet, sizeof(packet));
		r = send->rc;
	}
	if (r < 0)
		result.outcome = TSMREQ_OUTCOME_FAILED;
	check_result(rhi, step, r, &result);
}

static const struct {
	const char *word;
	void (*make)(struct rhi_case *rhi, struct step *step);
} events[] = {
	{"install-filters", event_install_filters},
	{"validate", event_validate},
	{"clear", event_clear},
};

/* ---- the steps */

static void run_event(struct rhi_case *rhi, struct step *step, const char *event)
{
	for (size_t i = 0; i < COUNT(events); i++) {
		if (words_same(event, events[i].word)) {
			events[i].make(rhi, step);
			return;
		}
	}
	replay_fail(rhi->vmm.replay, step->number, "in: event=%s: no such event", event);
}

static void run_step(struct rhi_case *rhi, struct step *step)
{
	const char *event = words_take(&step->in, "event");
	const char *exit = words_take(&step->in, "exit");

	vmm_begin(&rhi->vmm, step);
	if (rhi->on_paper && (event || exit))
		replay_fail(rhi->vmm.replay, step->number,
			    "a kernel of that time is known by its requests alone");
	else if (event)
		run_event(rhi, step, event);
	else if (exit && strcmp(exit, "tio") == 0)
		exit_tio(rhi, step);
	else if (exit && words_same(exit, "memory-fault"))
		exit_memory_fault(rhi, step);
	else if (exit && !words_same(exit, "hypercall"))
		replay_fail(rhi->vmm.replay, step->number, "in: exit=%s: no such exit", exit);
	else
		exit_registers(rhi, step);
	vmm_end(&rhi->vmm, step);
}

/* ---- ranges that were handed in before the case begins */

static void rehearse_mapping(struct rhi_case *rhi, struct vmm_device *device,
			     const struct guest_range *range)
{
	const struct tsmreq_guest_bar bars[TSMREQ_DEVICE_BARS] = {
		{{range->from}, range->to - range->from},
	};
	const uint64_t fields[] = {
		0,
		choose_kvm_abi(rhi) == TSMREQ_KVM_CCA_V7 ? 8 : 9,
		device->dev.raw,
		range->from,
		range->to,
		0,
	};
	struct tsmreq_reply reply;
	struct step step = {.number = rhi->vmm.replay->vec->number};
	enum tsmreq_step next;

	begin_run(rhi, EXIT_TIO, rhi->kernel->tio_size);
	for (size_t i = 0; i < COUNT(fields); i++)
		bytes_put64(rhi->run + TSMREQ_KVM_RUN_EXIT + 8 * i, fields[i]);
	if (tsmreq_guest_set_bars(rhi->vmm.guest, device->dev, bars) < 0)
		replay_fail(rhi->vmm.replay, 0, "mapped:%s: no such BAR", device->id);
	next = exit_run(rhi, &step, &reply);
	if (next != TSMREQ_STEP_RUN_NOW || reply.action == TSMREQ_ACTION_STOP)
		replay_fail(rhi->vmm.replay, 0, "mapped:%s: expected a validation, got step %s",
			    device->id, tsmreq_step_to_string(next));
	if (tsmreq_guest_set_bars(rhi->vmm.guest, device->dev, device->bar) < 0)
		replay_fail(rhi->vmm.replay, 0, "bar:%s: no such BAR", device->id);
}

/* A range is mapped first, and nobody knows the state after that. */
static void rehearse_device(struct rhi_case *rhi, struct vmm_device *device)
{
	const bool unsure = device->books == TSMREQ_TDI_UNKNOWN;
	struct replay *replay = rhi->vmm.replay;
	struct tsmreq_result result;

	rhi->vmm.stand_in.rehearsal = 0;
	if (unsure && tsmreq_vdev_clear_uncertain(device->vdev, TSMREQ_TDI_LOCKED) < 0)
		replay_fail(replay, 0, "mapped:%s: still held", device->id);
	for (size_t k = 0; k < device->mapped && !replay->failed; k++)
		rehearse_mapping(rhi, device, &device->mapping[k]);
	rhi->vmm.stand_in.rehearsal = -EIO;
	if (unsure && tsmreq_vdev_run(device->vdev, &result) != -EIO)
		replay_fail(replay, 0, "mapped:%s: not held again", device->id);
}

static void rehearse(struct rhi_case *rhi)
{
	rhi->vmm.script.rehearsed = true;
	for (size_t i = 0; i < rhi->vmm.devices && !rhi->vmm.replay->failed; i++) {
		if (rhi->vmm.device[i].mapped)
			rehearse_device(rhi, &rhi->vmm.device[i]);
	}
	rhi->vmm.script.rehearsed = false;
}

void replay_rhi_run(struct replay *replay)
{
	struct rhi_case *rhi = arena_zalloc(&replay->arena, sizeof(*rhi));

	read_case(rhi, replay);
	if (replay->failed)
		return;
	rhi->on_paper = open_guest(rhi) == -EOPNOTSUPP;
	if (!rhi->on_paper && !replay->failed)
		rehearse(rhi);
	for (size_t i = 0; i < rhi->vmm.steps.count && !replay->failed; i++)
		run_step(rhi, &rhi->vmm.steps.step[i]);
	vmm_close(&rhi->vmm);
}
