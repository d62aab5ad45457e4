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
#include <tsmreq/ghci.h>
#include <tsmreq/kvm.h>
#include <tsmreq/text.h>

/*
 * ghci.vec as far as registers and copied bytes reach: every call line against the decoders, and
 * every answer that follows from the call, the VMM's tables and the kernel's replies alone, with
 * the guest's memory after it. What needs a memory map, a clock or the state of a TDI is counted as
 * waiting, by name.
 */

#define TEXT	8192
#define REGIONS 4
#define ROOM	TSMREQ_GHCI_BUFFER_MAX
#define PAGE	4096u
#define REPLIES 4

struct region {
	uint64_t gpa;
	size_t size;
	uint8_t bytes[ROOM];
};

static struct {
	char name[128];
	char abi[64];
	char given[TEXT];
	char in[TEXT];
	char call[TEXT];
	char out[TEXT];
	char replies[REPLIES][TEXT];
	char after[REGIONS][TEXT];
	unsigned int nr_replies, nr_regions, nr_after;
} vector;

/* What @memory was is kept in @before: a case without an after line changes nothing. */
static struct region memory[REGIONS], before[REGIONS];

static struct {
	unsigned int cases, calls, answers;
} count;

#define check(what)                                             \
	do {                                                    \
		if (!(what))                                    \
			fail_msg("%s: %s", vector.name, #what); \
	} while (0)

static void append(char *to, size_t room, const char *text)
{
	const size_t used = strlen(to);

	assert_true(used + strlen(text) + 2 <= room);
	snprintf(to + used, room - used, "%s%s", used ? " " : "", text);
}

static bool is_abi(const char *word)
{
	char first[32];

	return vec_word_at(vector.abi, 0, first, sizeof(first)) && !strcmp(first, word);
}

/* ---- what the VMM is and has */

static bool is_given(const char *word)
{
	char given[512];

	for (unsigned int i = 0; vec_word_at(vector.given, i, given, sizeof(given)); i++)
		if (!strcmp(given, word))
			return true;
	return false;
}

static struct tsmreq_ghci_opts opts_of_case(void)
{
	struct tsmreq_ghci_opts opts = {.size = sizeof(opts), .offers = TSMREQ_GHCI_TDCM};
	struct tsmreq_ghci_service service;
	char value[64], *word, *save = NULL;

	check(vec_value(vector.given, "gpaw", value, sizeof(value)));
	opts.gpa_width = (uint32_t)strtoul(value, NULL, 10);
	if (is_given("tdcm=off"))
		opts.offers &= ~TSMREQ_GHCI_TDCM;
	if (is_given("legacy=on"))
		opts.offers |= TSMREQ_GHCI_SERVICE;
	if (!vec_value(vector.given, "services", value, sizeof(value)))
		return opts;
	for (word = strtok_r(value, ",", &save); word; word = strtok_r(NULL, ",", &save)) {
		unsigned int i = 0;

		while (tsmreq_ghci_service_at(i, &service) && strcmp(service.name, word))
			i++;
		check(tsmreq_ghci_service_at(i, &service));
		opts.offers |= service.offer;
	}
	return opts;
}

/* KEY:DEVICE:MORE= among the given words. */
static bool of_device(const char *key, uint64_t dev, const char *more, char *value, size_t room)
{
	char name[64];

	snprintf(name, sizeof(name), "%s:%llx%s", key, (unsigned long long)dev, more);
	return vec_value(vector.given, name, value, room);
}

static bool is_ram(const struct tsmreq_span *span)
{
	char value[64], *end;
	uint64_t low, high;

	check(vec_value(vector.given, "ram", value, sizeof(value)));
	low = strtoull(value, &end, 16);
	check(*end == '-');
	high = strtoull(end + 1, NULL, 16);
	return span->gpa.raw >= low && span->gpa.raw + span->size <= high;
}

static bool is_in_flight(const struct tsmreq_span *span)
{
	const uint64_t gpa = vec_number(vector.given, "inflight", UINT64_MAX);

	return gpa >= span->gpa.raw && gpa - span->gpa.raw < span->size;
}

/* Whether a VMM would go on: what stands between the looks. */
static bool is_usable(const struct tsmreq_call *call)
{
	for (unsigned int i = 0; i < 2; i++)
		if (!is_ram(&call->read[i]) || !is_ram(&call->write[i]))
			return false;
	return !is_in_flight(&call->write[0]);
}

static uint8_t *memory_at(uint64_t gpa, uint64_t size)
{
	for (unsigned int i = 0; i < vector.nr_regions; i++)
		if (gpa >= memory[i].gpa && size <= memory[i].size &&
		    gpa - memory[i].gpa <= memory[i].size - size)
			return memory[i].bytes + (gpa - memory[i].gpa);
	fail_msg("%s: no memory at %llx", vector.name, (unsigned long long)gpa);
	return NULL;
}

/* A copy of exactly the span, for a sanitizer to guard its ends. */
static struct tsmreq_bytes copy_of(const struct tsmreq_span *span)
{
	const size_t size = (size_t)span->size;
	uint8_t *bytes = malloc(size ? size : 1);

	assert_non_null(bytes);
	if (size)
		memcpy(bytes, memory_at(span->gpa.raw, size), size);
	return (struct tsmreq_bytes){bytes, size};
}

static void let_go(struct tsmreq_bytes bytes)
{
	free((void *)(uintptr_t)bytes.data);
}

/* ---- the looks */

static void check_registers(void)
{
	static const char *const known[] = {"rcx", "r10", "r11", "r12", "r13", "r14", "r15"};
	char word[64], value[64];

	for (unsigned int i = 0; vec_word_at(vector.in, i, word, sizeof(word)); i++) {
		size_t k = 0;

		while (k < 7 && !vec_value(word, known[k], value, sizeof(value)))
			k++;
		check(k < 7);
	}
}

static struct tsmreq_call decode(const struct tsmreq_ghci_opts *opts)
{
	const struct tsmreq_ghci_exit exit = {
		.r10 = vec_number(vector.in, "r10", 0),
		.r11 = vec_number(vector.in, "r11", 0),
		.r12 = vec_number(vector.in, "r12", 0),
		.r13 = vec_number(vector.in, "r13", 0),
		.r14 = vec_number(vector.in, "r14", 0),
		.r15 = vec_number(vector.in, "r15", 0),
	};
	struct tsmreq_call call;

	check_registers();
	assert_int_equal(tsmreq_ghci_decode(opts, &exit, &call), 0);
	while (call.kind == TSMREQ_CALL_PENDING && is_usable(&call)) {
		const struct tsmreq_bytes first = copy_of(&call.read[0]);
		const struct tsmreq_bytes second = copy_of(&call.read[1]);
		int rc;

		if (call.next == TSMREQ_NEXT_TDCM_HEADER)
			rc = tsmreq_ghci_decode_header(first, &call);
		else if (call.next == TSMREQ_NEXT_SERVICE_HEADERS)
			rc = tsmreq_ghci_decode_service_headers(opts, first, second, &call);
		else
			rc = tsmreq_ghci_decode_service_body(opts, first, second, &call);
		let_go(first);
		let_go(second);
		check(!rc);
	}
	return call;
}

/* ---- the call line */

static void check_call(const struct tsmreq_call *call)
{
	char got[TEXT];

	say_call(call, false, got, sizeof(got));
	if (strcmp(got, vector.call))
		fail_msg("%s: expected \"%s\", got \"%s\"", vector.name, vector.call, got);
	count.calls++;
}

/* A call that was taken goes back into the same registers and the same command. */
static void check_way_back(const struct tsmreq_ghci_opts *opts, const struct tsmreq_call *call)
{
	static uint8_t room[ROOM];
	struct tsmreq_buffer command = {room, sizeof(room), 0};
	struct tsmreq_ghci_exit exit;

	if (call->kind == TSMREQ_CALL_NONE || call->kind == TSMREQ_CALL_REJECT)
		return;
	assert_int_equal(tsmreq_ghci_encode_call(opts, call, &exit), 0);
	check(exit.r11 == vec_number(vector.in, "r11", 0));
	check(exit.r12 == vec_number(vector.in, "r12", 0));
	check(exit.r13 == vec_number(vector.in, "r13", 0));
	check(exit.r14 == vec_number(vector.in, "r14", 0));
	check(exit.r15 == vec_number(vector.in, "r15", 0));
	assert_int_equal(tsmreq_ghci_encode_command(call, &command), 0);
	/* what is not looked at is not remembered: the body for an unknown service, and in these
	 * two */
	if (!strcmp(vector.name, "tdcm-reserved-nonzero") || !strcmp(vector.name, "tdcm-error-byte-"
										  "on-entry"))
		return;
	if (call->kind == TSMREQ_CALL_SERVICE_UNKNOWN)
		command.size = TSMREQ_SERVICE_HEADER_SIZE;
	check(!memcmp(room, memory[0].bytes, command.size));
}

/* ---- the answer */

static uint32_t layer_of_case(void)
{
	static const struct {
		const char *word;
		uint32_t layer;
	} layers[] = {
		{"fault=tdx_module", TSMREQ_TDCM_ERROR_TDX_MODULE},
		{"fault=device", TSMREQ_TDCM_ERROR_DEVICE},
		{"fault=spdm", TSMREQ_TDCM_ERROR_SPDM_MESSAGE},
		{"fault=ide_km", TSMREQ_TDCM_ERROR_IDE_KM_MESSAGE},
		{"fault=tdisp", TSMREQ_TDCM_ERROR_TDISP_MESSAGE},
	};

	for (size_t i = 0; i < sizeof(layers) / sizeof(layers[0]); i++)
		if (is_given(layers[i].word))
			return layers[i].layer;
	return 0;
}

/* One reply line: ret and code as the typed call would give them, resp into @data. */
static int take_reply(const char *reply, uint8_t *data, size_t room, size_t *ret_size)
{
	const char *resp = strstr(reply, "resp=");
	char ret[32];

	*ret_size = resp ? vec_bytes(resp + strlen("resp="), data, room) : 0;
	check(*ret_size <= room);
	check(vec_value(reply, "ret", ret, sizeof(ret)));
	if (ret[0] == '-')
		return -tsmreq_errno_from_string(ret + 1);
	if (vec_number(reply, "code", 0))
		return -EREMOTEIO;
	return (int)strtoul(ret, NULL, 10);
}

/* The size, then the bytes; a return above 0 is what they are short of. */
static void answer_report(const struct tsmreq_call *call, struct tsmreq_answer *answer,
			  uint8_t *data, size_t room)
{
	uint8_t info[4];
	size_t size;

	answer->rc = take_reply(vector.replies[0], info, sizeof(info), &size);
	check(!answer->rc && size == sizeof(info));
	answer->layer = tsmreq_ghci_report_error(call, tsmreq_load_le32(info));
	if (answer->layer) {
		check(vector.nr_replies == 1);
		answer->rc = -EMSGSIZE;
		return;
	}
	answer->rc = take_reply(vector.replies[vector.nr_replies - 1], data, room, &size);
	if (answer->rc >= 0) {
		check(tsmreq_load_le32(info) - (size_t)answer->rc == size);
		answer->rc = 0;
		answer->data = (struct tsmreq_bytes){data, size};
	}
}

static bool answers_itself(enum tsmreq_call_kind kind)
{
	return kind == TSMREQ_CALL_REJECT || kind == TSMREQ_CALL_DEVICE_INFO ||
	       kind == TSMREQ_CALL_GET_TDI_STATE || kind == TSMREQ_CALL_SERVICE_QUERY ||
	       kind == TSMREQ_CALL_SERVICE_UNKNOWN || kind == TSMREQ_CALL_LEGACY_MAP_DMA ||
	       kind == TSMREQ_CALL_LEGACY_UNKNOWN;
}

/* What the VMM has in its tables. False where the answer is not in one. */
static bool answer_of_tables(const struct tsmreq_call *call, struct tsmreq_answer *answer,
			     uint8_t *data, size_t room)
{
	char value[512], *nonce;

	if (!of_device("vdev", call->dev.raw, "", value, sizeof(value))) {
		answer->rc = -ENODEV;
		return true;
	}
	if (call->kind == TSMREQ_CALL_CHECK_SUPPORT) {
		answer->value = of_device("teeio", call->dev.raw, "", value, sizeof(value)) &&
				vec_hex(value);
		return true;
	}
	if (call->kind == TSMREQ_CALL_LEGACY_CONTEXT &&
	    of_device("context", call->dev.raw, "", value, sizeof(value))) {
		answer->value = strtoull(value, &nonce, 16);
		check(*nonce == ':');
		answer->data = (struct tsmreq_bytes){data, vec_bytes(nonce + 1, data, room)};
		return true;
	}
	if (call->kind == TSMREQ_CALL_LEGACY_DEVICE_INFO) {
		answer->rc = -ENODATA;
		if (of_device("object", call->dev.raw, ":devinfo", value, sizeof(value))) {
			answer->rc = 0;
			answer->data = (struct tsmreq_bytes){data, vec_bytes(value, data, room)};
		}
		return true;
	}
	answer->rc = -EOPNOTSUPP;
	return call->kind == TSMREQ_CALL_LEGACY_TDISP;
}

/* NULL, or why registers, bytes and replies do not make this answer. */
static const char *find_answer(const struct tsmreq_call *call, struct tsmreq_answer *answer,
			       uint8_t *data, size_t room)
{
	const uint32_t layer = layer_of_case();
	char value[64];
	size_t size;

	memset(answer, 0, sizeof(*answer));
	if (answers_itself(call->kind) || answer_of_tables(call, answer, data, room))
		return NULL;
	if (vec_value(vector.given, "elapsed", value, sizeof(value)) &&
	    strtoul(value, NULL, 10) >= 9000)
		return "a clock";
	if (!vector.nr_replies)
		return "state of a TDI, or a revision row";

	answer->rc = 0;
	answer->result.outcome = TSMREQ_OUTCOME_COMPLETED;
	if (call->kind == TSMREQ_CALL_READ_OBJECT)
		answer_report(call, answer, data, room);
	else
		answer->rc = take_reply(vector.replies[vector.nr_replies - 1], data, room, &size);
	if (layer)
		answer->layer = layer;
	return NULL;
}

/* Carries the writes out as a VMM would: one after the other, only the last is the status. */
static void write_back(const struct tsmreq_call *call, const struct tsmreq_ghci_reply *reply)
{
	struct tsmreq_ghci_write write;
	unsigned int i = 0;

	for (; tsmreq_ghci_write_at(reply, i, &write); i++) {
		check(write.gpa.raw >= call->write[0].gpa.raw);
		check(write.gpa.raw + write.bytes.size <=
		      call->write[0].gpa.raw + call->write[0].size);
		check(write.last == (i + 1 == reply->writes));
		memcpy(memory_at(write.gpa.raw, write.bytes.size), write.bytes.data,
		       write.bytes.size);
	}
	check(i == reply->writes);
}

static void check_out(const struct tsmreq_ghci_reply *reply)
{
	char word[64], value[32];

	for (unsigned int i = 0; vec_word_at(vector.out, i, word, sizeof(word)); i++)
		check(vec_value(word, "r10", value, sizeof(value)) ||
		      vec_value(word, "irq", value, sizeof(value)));
	check(reply->r10 == vec_number(vector.out, "r10", 1));
	check(reply->vector == vec_number(vector.out, "irq", 0));
}

/* The bytes of the after lines; all other memory is as it was. */
static void check_memory(void)
{
	static uint8_t expect[ROOM];

	for (unsigned int i = 0; i < vector.nr_after; i++) {
		char *text;
		const uint64_t gpa = strtoull(vector.after[i], &text, 16);
		const size_t size = vec_bytes(text, expect, sizeof(expect));

		check(!memcmp(memory_at(gpa, size), expect, size));
		for (unsigned int r = 0; r < vector.nr_regions; r++)
			if (memory[r].gpa == gpa && memory[r].size == size)
				memory[r] = before[r];
	}
	for (unsigned int i = 0; i < vector.nr_regions; i++)
		check(!memcmp(memory[i].bytes, before[i].bytes, memory[i].size));
}

static void wait_for(const char *what)
{
	print_message("# waiting for %s: %s\n", what, vector.name);
}

static void check_answer(const struct tsmreq_call *call)
{
	static uint8_t data[ROOM];
	struct tsmreq_answer answer;
	struct tsmreq_ghci_reply reply;
	const char *lacks = find_answer(call, &answer, data, sizeof(data));

	if (lacks) {
		wait_for(lacks);
		return;
	}
	assert_int_equal(
		tsmreq_ghci_encode(call, answers_itself(call->kind) ? NULL : &answer, &reply), 0);
	write_back(call, &reply);
	check_out(&reply);
	check_memory();
	count.answers++;
}

static void check_tdvmcall(void)
{
	const struct tsmreq_ghci_opts opts = opts_of_case();
	const struct tsmreq_call call = decode(&opts);

	if (call.kind == TSMREQ_CALL_PENDING) {
		wait_for("a memory map");
		check(!strcmp(vector.call, "kind=reject"));
		return;
	}
	check_call(&call);
	check_way_back(&opts, &call);
	if (call.kind != TSMREQ_CALL_NONE)
		check_answer(&call);
	else
		count.answers++; /* nothing is to be answered */
	if (call.kind == TSMREQ_CALL_NONE)
		check_memory();
}

/* ---- exits of today: not for this library, whatever stands in them */

static void check_kvm_run(void)
{
	static const struct {
		const char *word;
		unsigned int at[3]; /* in the upstream TDX exit, the hypercall, the old exit */
	} words[] = {
		{"exit", {8, 8, 8}},   {"flags", {32, 0, 0}},  {"nr", {40, 32, 0}},
		{"ret", {48, 88, 0}},  {"gpa", {56, 0, 0}},    {"size", {64, 0, 0}},
		{"leaf", {56, 0, 0}},  {"vector", {56, 0, 0}}, {"r10", {0, 0, 48}},
		{"r11", {64, 0, 56}},  {"r12", {72, 0, 64}},   {"r13", {80, 0, 72}},
		{"r14", {88, 0, 80}},  {"r15", {0, 0, 88}},    {"data0", {56, 0, 0}},
		{"data1", {64, 0, 0}}, {"data2", {72, 0, 0}},  {"data3", {80, 0, 0}},
		{"data4", {88, 0, 0}}, {"args0", {0, 40, 0}},  {"args1", {0, 48, 0}},
		{"args2", {0, 56, 0}}, {"type", {0, 0, 32}},   {"rcx", {0, 0, 40}},
	};
	const bool old = is_abi("kvm-exit-tdx-old");
	const unsigned int form = old ? 2 : is_abi("kvm-exit-hypercall") ? 1 : 0;
	uint8_t run[TSMREQ_KVM_RUN_SIZE] = {0};
	char word[64], value[64];
	struct tsmreq_call call;

	for (unsigned int i = 0; vec_word_at(vector.in, i, word, sizeof(word)); i++) {
		size_t w = 0;

		while (w < sizeof(words) / sizeof(words[0]) &&
		       !vec_value(word, words[w].word, value, sizeof(value)))
			w++;
		check(w < sizeof(words) / sizeof(words[0]) && words[w].at[form]);
		if (words[w].at[form] == 8)
			tsmreq_store_le32(run + 8, (uint32_t)vec_hex(value));
		else
			tsmreq_store_le64(run + words[w].at[form], vec_hex(value));
	}
	assert_int_equal(tsmreq_kvm_decode(old ? TSMREQ_KVM_TDX_OLD : TSMREQ_KVM_TDX,
					   (struct tsmreq_bytes){run, sizeof(run)}, UINT64_MAX,
					   &call),
			 0);
	check_call(&call);
	count.answers++; /* out and after are about the rest of the VMM */
}

static void end_case(void)
{
	if (vector.name[0]) {
		count.cases++;
		if (is_abi("tdcm-2.0") || is_abi("service-1.5") || is_abi("service-tdcm-0.6.4"))
			check_tdvmcall();
		else if (is_abi("kvm-exit-tdx") || is_abi("kvm-exit-hypercall") ||
			 is_abi("kvm-exit-tdx-old"))
			check_kvm_run();
		else
			fail_msg("%s: abi %s", vector.name, vector.abi);
	}
	memset(&vector, 0, sizeof(vector));
}

static void add_memory(const char *text)
{
	struct region *region = &memory[vector.nr_regions];
	char *bytes;

	assert_true(vector.nr_regions < REGIONS);
	region->gpa = strtoull(text, &bytes, 16);
	region->size = vec_bytes(bytes, region->bytes, ROOM);
	assert_true(region->size && region->size <= ROOM && region->size % PAGE == 0);
	before[vector.nr_regions++] = *region;
}

static void every_case(void **state)
{
	FILE *file = fopen(VECTORS "/ghci.vec", "re");
	struct vec_line line = {0};

	(void)state;
	assert_non_null(file);
	while (vec_next(file, &line)) {
		if (!strcmp(line.key, "case")) {
			end_case();
			append(vector.name, sizeof(vector.name), line.text);
		} else if (!strcmp(line.key, "abi")) {
			append(vector.abi, sizeof(vector.abi), line.text);
		} else if (!strcmp(line.key, "given")) {
			append(vector.given, TEXT, line.text);
		} else if (!strcmp(line.key, "mem")) {
			add_memory(line.text);
		} else if (!strcmp(line.key, "in")) {
			append(vector.in, TEXT, line.text);
		} else if (!strcmp(line.key, "call")) {
			append(vector.call, TEXT, line.text);
		} else if (!strcmp(line.key, "reply")) {
			assert_true(vector.nr_replies < REPLIES);
			append(vector.replies[vector.nr_replies++], TEXT, line.text);
		} else if (!strcmp(line.key, "out")) {
			append(vector.out, TEXT, line.text);
		} else if (!strcmp(line.key, "after")) {
			assert_true(vector.nr_after < REGIONS);
			append(vector.after[vector.nr_after++], TEXT, line.text);
		} else {
			assert_true(!line.key[0] || !strcmp(line.key, "sends") ||
				    !strcmp(line.key, "req") || !strcmp(line.key, "why"));
		}
	}
	end_case();
	fclose(file);

	print_message("# ghci.vec: %u cases, %u call lines, %u answers\n", count.cases, count.calls,
		      count.answers);
	/* a file that was cut short, or a walker that skips, is no pass */
	assert_true(count.cases >= 100);
	assert_true(count.cases - count.calls <= count.cases / 20);
	assert_true(count.answers * 10 >= count.cases * 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(every_case)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
