/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "say.h"
#include "vec.h"
#include <cmocka.h>
#include <errno.h>
#include <tsmreq/kvm.h>
#include <tsmreq/rhi.h>
#include <tsmreq/text.h>

/*
 * rhi.vec as far as registers and copied bytes reach: every call line against the decoders, and
 * every answer that follows from the call, the configuration and the kernel's last reply alone.
 * What needs state (memory maps, handles, TDI states) is counted as waiting, by name.
 */

#define TEXT 4096

struct step {
	char in[TEXT];
	char call[TEXT];
	char out[TEXT];
	char reply[TEXT];
	unsigned int replies;
	uint8_t sends[5][24]; /* of install-filters */
	unsigned int nr_sends;
};

struct vector {
	char name[128];
	char abi[64];
	char given[TEXT];
	char mem[4][TEXT];
	unsigned int nr_mem;
};

static struct {
	unsigned int cases, decoded_cases, calls, decoded_calls, answers, checked_answers;
} count;

static struct vector vector;
static struct step step;
static bool waits; /* this case has a call that did not come through a decoder */

#define check(what)                                             \
	do {                                                    \
		if (!(what))                                    \
			fail_msg("%s: %s", vector.name, #what); \
	} while (0)

/* ---- the case's configuration */

static enum tsmreq_kvm_abi selector(void)
{
	static const struct {
		const char *word;
		enum tsmreq_kvm_abi abi;
	} abis[] = {
		{"rhi", TSMREQ_KVM_CCA_V7},	   {"v2", TSMREQ_KVM_CCA_V2},
		{"v4", TSMREQ_KVM_CCA_V4},	   {"v5", TSMREQ_KVM_CCA_V4},
		{"june", TSMREQ_KVM_CCA_V6},	   {"v6-like", TSMREQ_KVM_CCA_V6},
		{"v6-objects", TSMREQ_KVM_CCA_V6}, {"cca-v7", TSMREQ_KVM_CCA_V7},
	};

	for (size_t i = 0; i < sizeof(abis) / sizeof(abis[0]); i++)
		if (!strcmp(vector.abi, abis[i].word))
			return abis[i].abi;
	fail_msg("%s: abi %s", vector.name, vector.abi);
	return (enum tsmreq_kvm_abi)0;
}

static uint32_t quirks(void)
{
	struct tsmreq_rhi_quirk row;
	char name[64];

	if (!vec_value(vector.given, "quirk", name, sizeof(name)))
		return 0;
	for (unsigned int i = 0; tsmreq_rhi_quirk_at(i, &row); i++)
		if (!strcmp(name, row.name))
			return row.bit;
	fail_msg("%s: quirk %s", vector.name, name);
	return 0;
}

static bool device_known(uint64_t dev)
{
	char key[32], value[64];

	snprintf(key, sizeof(key), "vdev:%llx", (unsigned long long)dev);
	return vec_value(vector.given, key, value, sizeof(value));
}

/* The bytes of guest memory from @gpa on, as the mem lines have them. */
static size_t memory_at(uint64_t gpa, uint8_t *bytes, size_t room)
{
	for (unsigned int i = 0; i < vector.nr_mem; i++) {
		char *text;

		if (strtoull(vector.mem[i], &text, 16) == gpa)
			return vec_bytes(text, bytes, room);
	}
	return 0;
}

/* ---- the exit */

static uint8_t run[TSMREQ_KVM_RUN_SIZE];

static size_t tio_size(void)
{
	return selector() == TSMREQ_KVM_CCA_V2 ? 48 : 56;
}

static void fill_run(void)
{
	static const char *const tio[] = {"flags",   "nr",	"vdev_id", "gpa_base",
					  "gpa_top", "pa_base", "response"};
	static const char *const fault[] = {"flags", "gpa", "size"};
	char exit[32] = "", raw[256];

	memset(run, 0, sizeof(run));
	vec_value(step.in, "exit", exit, sizeof(exit));
	if (!strcmp(exit, "tio")) {
		tsmreq_store_le32(run + 8, 44);
		if (vec_value(step.in, "raw", raw, sizeof(raw)))
			assert_int_equal(vec_bytes(raw, run + 32, 72), tio_size());
		else
			for (size_t i = 0; i < 7; i++)
				tsmreq_store_le64(run + 32 + 8 * i, vec_number(step.in, tio[i], 0));
	} else if (!strcmp(exit, "memory-fault")) {
		tsmreq_store_le32(run + 8, 39);
		for (size_t i = 0; i < 3; i++)
			tsmreq_store_le64(run + 32 + 8 * i, vec_number(step.in, fault[i], 0));
	} else {
		const uint64_t x0 = vec_number(step.in, "x0", 0);

		tsmreq_store_le32(run + 8, 3);
		tsmreq_store_le64(run + 32, vec_number(step.in, "nr", (uint32_t)x0));
		tsmreq_store_le64(run + 96, vec_number(step.in, "flags", 0));
	}
}

/* The way a VMM goes: kvm_run first, the registers if that asks for them. */
static struct tsmreq_call decode(void)
{
	const uint64_t shared_base = vec_number(vector.given, "shbit", UINT64_MAX);
	struct tsmreq_rhi_exit exit;
	struct tsmreq_call call;

	fill_run();
	assert_int_equal(tsmreq_kvm_decode(selector(), (struct tsmreq_bytes){run, sizeof(run)},
					   shared_base, &call),
			 0);
	if (call.next != TSMREQ_NEXT_RHI_REGISTERS)
		return call;

	exit.nr = call.u.hypercall.nr;
	exit.flags = call.u.hypercall.flags;
	for (unsigned int i = 0; i < 8; i++) {
		char key[8];

		snprintf(key, sizeof(key), "x%u", i);
		exit.x[i] = vec_number(step.in, key, 0);
	}
	assert_int_equal(tsmreq_rhi_decode(&exit, quirks(), &call), 0);
	return call;
}

/* ---- the call line */

__attribute__((format(printf, 2, 3))) static void say(char *text, const char *format, ...)
{
	const size_t used = strlen(text);
	va_list args;

	va_start(args, format);
	vsnprintf(text + used, TEXT - used, format, args);
	va_end(args);
}

#define HEX(value) ((unsigned long long)(value))

/* h1 in the call line is the number that h1 in the registers stood for. */
static void check_call(const struct tsmreq_call *call)
{
	char expect[TEXT] = "", got[TEXT], word[512], value[256];
	uint8_t nonce[TSMREQ_NONCE_SIZE];

	for (unsigned int i = 0; vec_word_at(step.call, i, word, sizeof(word)); i++)
		if (vec_value(word, "handle", value, sizeof(value))) {
			say(expect, " handle=%llx", HEX(vec_hex(value)));
		} else if (vec_value(word, "nonce", value, sizeof(value))) {
			check(vec_bytes(value, nonce, sizeof(nonce)) == sizeof(nonce));
			say(expect, " nonce=");
			for (unsigned int k = 0; k < sizeof(nonce); k++)
				say(expect, "%02x", nonce[k]);
		} else {
			say(expect, "%s%s", i ? " " : "", word);
		}
	say_call(call, false, got, sizeof(got));
	if (strcmp(got, expect))
		fail_msg("%s: expected \"%s\", got \"%s\"", vector.name, expect, got);
}

/* A call that was taken goes back into the same registers. */
static void check_way_back(const struct tsmreq_call *call)
{
	struct tsmreq_rhi_exit exit;
	struct tsmreq_call again;

	if (call->shape != TSMREQ_SHAPE_RHI || call->kind == TSMREQ_CALL_REJECT)
		return;
	assert_int_equal(tsmreq_rhi_encode_call(call, &exit), 0);
	assert_int_equal(tsmreq_rhi_decode(&exit, quirks(), &again), 0);
	assert_memory_equal(&again, call, sizeof(again));
}

/* ---- the answer */

/* What the last reply line says. False where it takes more than that line to know the answer. */
static bool answer_of_reply(const struct tsmreq_call *call, struct tsmreq_answer *answer)
{
	static uint8_t object[16];
	const char *resp = strstr(step.reply, "resp=");
	char ret[32];
	uint64_t length;
	size_t size;

	if (!vec_value(step.reply, "ret", ret, sizeof(ret)))
		return false;
	if (call->kind == TSMREQ_CALL_SET_TDI_STATE && selector() != TSMREQ_KVM_CCA_V7 &&
	    call->u.state.target == TSMREQ_TDI_LOCKED)
		answer->flags = TSMREQ_ANSWER_BIND;
	answer->result.outcome = TSMREQ_OUTCOME_COMPLETED;
	if (ret[0] == '-') {
		answer->rc = -tsmreq_errno_from_string(ret + 1);
		answer->result.outcome = TSMREQ_OUTCOME_FAILED;
		return true;
	}
	if (vec_number(step.reply, "code", 0)) {
		answer->rc = -EREMOTEIO;
		return true;
	}
	if (strcmp(ret, "0")) {
		answer->rc = -EBADE;
		return true;
	}
	if (!resp)
		return true;

	size = vec_bytes(resp + strlen("resp="), object, sizeof(object));
	if (call->kind == TSMREQ_CALL_OBJECT_SIZE) {
		answer->value = (int32_t)tsmreq_load_le32(object) < 0 ? UINT64_MAX
								      : tsmreq_load_le32(object);
		return true;
	}
	/* READ: size and object alternate; after a size alone the slice itself was refused */
	if (step.replies % 2) {
		answer->rc = 0;
		answer->value = tsmreq_load_le32(object);
		return tsmreq_rhi_slice(call, quirks(), answer->value, &length) != 0;
	}
	check(tsmreq_rhi_slice(call, quirks(), size, &length) == 0);
	answer->value = length;
	return true;
}

static void check_registers(const struct tsmreq_rhi_regs *regs)
{
	for (unsigned int i = 0; i < 4; i++) {
		char key[8];

		snprintf(key, sizeof(key), "x%u", i);
		if (regs->x[i] != vec_number(step.out, key, 0))
			fail_msg("%s: x%u is %llx", vector.name, i, HEX(regs->x[i]));
	}
	count.checked_answers++;
}

static void check_rhi_answer(const struct tsmreq_call *call)
{
	struct tsmreq_answer answer = {.value = vec_number(vector.given, "features", 0x3b)};
	struct tsmreq_rhi_regs regs;
	uint64_t length;
	char word[16];

	if (call->kind == TSMREQ_CALL_REJECT || call->kind == TSMREQ_CALL_FEATURES ||
	    call->kind == TSMREQ_CALL_VERSION) {
		/* follows from the call alone */
	} else if (!tsmreq_rhi_is_offered(call, answer.value)) {
		answer.rc = -EOPNOTSUPP;
	} else if (!device_known(call->dev.raw)) {
		answer.rc = -ENODEV;
	} else if (vec_value(vector.given, "async", word, sizeof(word)) ||
		   !answer_of_reply(call, &answer)) {
		return;
	}

	if (call->kind == TSMREQ_CALL_READ_OBJECT && !answer.rc && step.replies % 2)
		tsmreq_rhi_encode_status(tsmreq_rhi_slice(call, quirks(), answer.value, &length), 0,
					 &regs);
	else
		assert_int_equal(tsmreq_rhi_encode(call, &answer, &regs), 0);
	check_registers(&regs);
}

static void check_tio_answer(const struct tsmreq_call *call)
{
	struct tsmreq_answer answer = {0};
	enum tsmreq_action action;
	uint8_t expect[72];
	char word[256];

	if (call->kind != TSMREQ_CALL_REJECT) {
		if (!device_known(call->dev.raw))
			answer.rc = -ENODEV;
		else if (!answer_of_reply(call, &answer))
			return;
	}
	assert_int_equal(tsmreq_kvm_preset(selector(), run, sizeof(run)), 0);
	assert_int_equal(tsmreq_kvm_encode(call, &answer, run, sizeof(run), &action), 0);
	if (vec_value(step.out, "response", word, sizeof(word)))
		check(tsmreq_load_le64(run + 80) == vec_hex(word));
	if (vec_value(step.out, "gpa_top", word, sizeof(word)))
		check(tsmreq_load_le64(run + 64) == vec_hex(word));
	if (vec_value(step.out, "action", word, sizeof(word)))
		check(!strcmp(word, tsmreq_action_to_string(action)));
	if (vec_value(step.out, "raw", word, sizeof(word))) {
		check(vec_bytes(word, expect, sizeof(expect)) == tio_size());
		check(!memcmp(run + 32, expect, tio_size()));
		/* and nothing behind them */
		for (size_t i = 32 + tio_size(); i < sizeof(run); i++)
			check(!run[i]);
	}
	count.checked_answers++;
}

/* ---- one step */

static void check_filters(void)
{
	struct tsmreq_kvm_smccc_filter filter;
	unsigned int i = 0;

	for (; tsmreq_kvm_smccc_filter_at(vec_number(vector.given, "features", 0x3b), i, &filter);
	     i++) {
		check(i < step.nr_sends);
		check(tsmreq_load_le32(step.sends[i]) == filter.base);
		check(tsmreq_load_le32(step.sends[i] + 4) == filter.nr_functions);
		check(step.sends[i][8] == filter.action);
		check(!memcmp(step.sends[i] + 9, filter.pad, 15));
	}
	check(i == step.nr_sends);
}

static void check_step(void)
{
	struct tsmreq_call call;
	uint8_t block[0x220];
	char word[64];
	size_t size;

	if (!step.in[0])
		return;
	count.calls += step.call[0] != '\0';
	count.answers += step.out[0] != '\0';
	if (vec_value(step.in, "event", word, sizeof(word))) {
		if (!strcmp(word, "install-filters")) {
			check_filters();
			return;
		}
		/* a typed call of the VMM's: no exit, nothing to decode */
		waits = waits || step.call[0];
		return;
	}

	call = decode();
	check_way_back(&call);
	if (call.next != TSMREQ_NEXT_RHI_PARAMETERS) {
		check_call(&call);
	} else if (vec_value(step.call, "flags", word, sizeof(word))) {
		size = memory_at(call.read[0].gpa.raw, block, sizeof(block));
		check(size == call.read[0].size);
		assert_int_equal(tsmreq_rhi_decode_parameters((struct tsmreq_bytes){block, size},
							      quirks(), &call),
				 0);
		check_call(&call);
	} else {
		/* refused before the block was read, or because of it */
		check_call(&call);
		size = memory_at(call.read[0].gpa.raw, block, sizeof(block));
		if (size >= call.read[0].size) {
			assert_int_equal(
				tsmreq_rhi_decode_parameters((struct tsmreq_bytes){block, size},
							     quirks(), &call),
				0);
			check(call.kind == TSMREQ_CALL_REJECT);
		}
	}
	count.decoded_calls++;

	if (call.kind == TSMREQ_CALL_NONE)
		check(!step.out[0]);
	else if (call.shape == TSMREQ_SHAPE_RHI)
		check_rhi_answer(&call);
	else if (call.shape != TSMREQ_SHAPE_MEMORY_FAULT)
		check_tio_answer(&call);
}

static void end_step(void)
{
	check_step();
	memset(&step, 0, sizeof(step));
}

static void end_case(void)
{
	end_step();
	if (vector.name[0]) {
		count.cases++;
		count.decoded_cases += !waits;
		if (waits)
			print_message("# waiting for the guest room: %s\n", vector.name);
	}
	waits = false;
	memset(&vector, 0, sizeof(vector));
}

static void append(char *to, const char *text)
{
	say(to, "%s%s", to[0] ? " " : "", text);
}

static void every_case(void **state)
{
	FILE *file = fopen(VECTORS "/rhi.vec", "re");
	struct vec_line line = {0};

	(void)state;
	assert_non_null(file);
	while (vec_next(file, &line)) {
		if (!strcmp(line.key, "case")) {
			end_case();
			append(vector.name, line.text);
		} else if (!strcmp(line.key, "abi")) {
			append(vector.abi, line.text);
		} else if (!strcmp(line.key, "given")) {
			append(vector.given, line.text);
		} else if (!strcmp(line.key, "mem")) {
			assert_true(vector.nr_mem < 4);
			append(vector.mem[vector.nr_mem++], line.text);
		} else if (!strcmp(line.key, "in")) {
			end_step();
			append(step.in, line.text);
		} else if (!strcmp(line.key, "call")) {
			append(step.call, line.text);
		} else if (!strcmp(line.key, "sends")) {
			if (strstr(step.in, "install-filters")) {
				assert_true(step.nr_sends < 5);
				assert_int_equal(
					vec_bytes(line.text, step.sends[step.nr_sends++], 24), 24);
			}
		} else if (!strcmp(line.key, "reply")) {
			step.reply[0] = '\0';
			append(step.reply, line.text);
			step.replies++;
		} else if (!strcmp(line.key, "out")) {
			append(step.out, line.text);
		} else {
			assert_true(!line.key[0] || !strcmp(line.key, "req") ||
				    !strcmp(line.key, "after") || !strcmp(line.key, "why"));
		}
	}
	end_case();
	fclose(file);

	print_message("# rhi.vec: %u of %u cases, %u of %u call lines, %u of %u answers\n",
		      count.decoded_cases, count.cases, count.decoded_calls, count.calls,
		      count.checked_answers, count.answers);
	/* a file that was cut short, or a walker that skips, is no pass */
	assert_true(count.cases >= 200);
	assert_true(count.calls - count.decoded_calls <= 3);
	assert_true(count.checked_answers * 10 >= count.answers * 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(every_case)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
