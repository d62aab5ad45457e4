/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "cli/words.h"
#include "say.h"
#include <cmocka.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <tsmreq/ghcb.h>
#include <tsmreq/kvm.h>
#include <tsmreq/text.h>

/*
 * ghcb.vec, as far as copied bytes reach: every call line, every refusal, every answer. What needs
 * a look-up of a device, a map of guest memory or a kernel's revision is decided here from the
 * case, handed to the library as its user would, and counted as waiting for the guest room.
 */

#define PAGE	  4096u
#define ALL_PAGES (8 * PAGE) /* the most data pages of a case */

/* One run of one case under one selector. */
struct run {
	struct arena *arena;
	const struct vec_case *vec;
	struct words given;
	struct words in;
	struct words out;
	enum tsmreq_ghcb_abi abi;
	enum tsmreq_kvm_abi kvm;
	uint64_t page_gpa; /* of the GHCB; 0: it is an exit of kvm_run */
	uint8_t page[PAGE];
	uint8_t request[PAGE];
	uint8_t kvm_run[TSMREQ_KVM_RUN_SIZE];
	struct tsmreq_blob_objects objects;
	enum tsmreq_tdi_state tdi_state;
	const char *waits; /* the part of the library that will decide this */
};

static struct {
	unsigned int cases;
	unsigned int runs;
	unsigned int calls;
	unsigned int answers;
	unsigned int waiting;
} tally;

#define check(run, what)                                           \
	do {                                                       \
		if (!(what))                                       \
			fail_msg("%s: %s", run->vec->name, #what); \
	} while (0)

static uint64_t hex(struct run *run, const char *text)
{
	uint64_t value = 0;

	check(run, text && words_hex(text, &value) == 0);
	return value;
}

static struct vec_bytes bytes(struct run *run, const char *text)
{
	struct vec_bytes value = {0};

	check(run, vec_parse_bytes(run->arena, text, &value) == 0);
	return value;
}

/* "GPA BYTES" of a mem or an after line. */
static struct vec_bytes split(struct run *run, const char *line, uint64_t *ret_gpa)
{
	char *end;

	*ret_gpa = strtoull(line, &end, 16);
	return bytes(run, end);
}

/* The lines of @key that lie in these bytes, over them; whether there was one. */
static bool overlay(struct run *run, enum vec_key key, uint64_t gpa, uint8_t *to, size_t size)
{
	bool found = false;

	for (size_t i = 0; i < run->vec->count; i++) {
		struct vec_bytes line;
		uint64_t at;

		if (run->vec->lines[i].key != key)
			continue;
		line = split(run, run->vec->lines[i].text, &at);
		if (at < gpa || at >= gpa + size)
			continue;
		check(run, line.size <= size - (at - gpa));
		memcpy(to + (at - gpa), line.data, line.size);
		found = true;
	}
	return found;
}

/* ---- the state before */

static void take_objects(struct run *run)
{
	static const struct {
		const char *word;
		size_t member;
	} objects[] = {
		{":meas", offsetof(struct tsmreq_blob_objects, measurements)},
		{":cert", offsetof(struct tsmreq_blob_objects, certificate)},
		{":report", offsetof(struct tsmreq_blob_objects, report)},
	};
	const char *value, *rest;

	while ((value = words_take_prefix(&run->given, "object:", &rest))) {
		const struct vec_bytes data = bytes(run, value);
		const struct tsmreq_bytes object = {data.data, data.size};
		size_t i = 0;

		while (i < 3 && strcmp(strchr(rest, ':'), objects[i].word))
			i++;
		check(run, i < 3);
		memcpy((uint8_t *)&run->objects + objects[i].member, &object, sizeof(object));
	}
}

static void take_given(struct run *run)
{
	const char *value, *rest;

	take_objects(run);
	while ((value = words_take_prefix(&run->given, "tdi:", &rest)))
		check(run, !tsmreq_tdi_state_from_string(value, &run->tdi_state));
	/* double fetch: this program copies everything once, so a change comes too late by design
	 */
	(void)words_take(&run->given, "change");
	/* ids of iommufd: nothing is sent here */
	while (words_take_prefix(&run->given, "viommu:", &rest) ||
	       words_take_prefix(&run->given, "devid:", &rest))
		;
}

static bool device_is_known(struct run *run, uint64_t dev)
{
	char id[24];

	(void)snprintf(id, sizeof(id), "%" PRIx64, dev);
	return words_take_of(&run->given, "vdev", id);
}

static bool is_ram(struct run *run, const struct tsmreq_span *span)
{
	struct words given = {0};
	uint64_t from, to;
	const char *ram;
	char *end;

	words_split(run->arena, run->vec, VEC_GIVEN, &given);
	ram = words_take(&given, "ram");
	check(run, ram);
	from = strtoull(ram, &end, 16);
	to = hex(run, end + 1);
	return span->use == TSMREQ_SPAN_NONE ||
	       (span->gpa.raw >= from && span->gpa.raw < to && span->size <= to - span->gpa.raw);
}

/* ---- decoding, the way a VMM does it */

static struct tsmreq_bytes view(const void *data, size_t size)
{
	return (struct tsmreq_bytes){data, size};
}

static void decode_carrier(struct run *run, struct tsmreq_call *call)
{
	const char *ghcb = words_take(&run->in, "ghcb");

	if (ghcb) {
		run->page_gpa = hex(run, ghcb);
		overlay(run, VEC_MEM, run->page_gpa, run->page, PAGE);
		check(run, !tsmreq_ghcb_decode(run->abi, view(run->page, PAGE), call));
		return;
	}
	check(run, !tsmreq_kvm_decode(run->kvm, view(run->kvm_run, sizeof(run->kvm_run)), 0, call));
	if (call->next == TSMREQ_NEXT_SEV_EXIT)
		check(run, !tsmreq_vmgexit_decode(run->abi,
						  view(run->kvm_run + TSMREQ_KVM_RUN_EXIT,
						       TSMREQ_VMGEXIT_SIZE),
						  call));
}

static void refuse(struct run *run, struct tsmreq_call *call, enum tsmreq_reason reason)
{
	check(run, !tsmreq_ghcb_refuse(call, reason));
	run->waits = "its refusal needs the guest room's maps";
}

static void decode_pages(struct run *run, struct tsmreq_call *call)
{
	uint8_t nonce[TSMREQ_NONCE_SIZE] = {0};

	if (call->next == TSMREQ_NEXT_SEV_MESSAGE) {
		if (!is_ram(run, &call->read[0]) || !is_ram(run, &call->write[0])) {
			refuse(run, call, TSMREQ_REASON_BAD_PAGE);
			return;
		}
		overlay(run, VEC_MEM, call->read[0].gpa.raw, run->request, PAGE);
		check(run, !tsmreq_snp_decode_message(run->abi, view(run->request, PAGE), call));
		if (!is_ram(run, &call->write[1])) {
			refuse(run, call, TSMREQ_REASON_BAD_DATA);
			return;
		}
	}
	if (call->next == TSMREQ_NEXT_SEV_NONCE) {
		overlay(run, VEC_MEM, call->read[1].gpa.raw, nonce, sizeof(nonce));
		check(run, !tsmreq_snp_decode_nonce(view(nonce, sizeof(nonce)), call));
	}
}

static void decode(struct run *run, struct tsmreq_call *call)
{
	decode_carrier(run, call);
	decode_pages(run, call);
	check(run, call->next == TSMREQ_NEXT_DONE);
	if (call->kind == TSMREQ_CALL_NONE || call->kind == TSMREQ_CALL_REJECT ||
	    call->kind == TSMREQ_CALL_SNP_REQ_CERTS)
		return;
	if (!device_is_known(run, call->dev.raw))
		refuse(run, call, TSMREQ_REASON_BAD_GUEST);
}

/* ---- the call line */

static void check_call(struct run *run, const struct tsmreq_call *call)
{
	const char *expect = vec_find(run->vec, VEC_CALL);
	char got[512];

	say_call(call, true, got, sizeof(got));
	if (strcmp(got, expect))
		fail_msg("%s (%s): expected \"%s\", got \"%s\"", run->vec->name,
			 tsmreq_ghcb_abi_to_string(run->abi), expect, got);
	tally.calls++;
}

/* A call that was taken goes back to where it came from. */
static void check_way_back(struct run *run, const struct tsmreq_call *call)
{
	uint8_t page[PAGE], again_page[PAGE], exit[TSMREQ_VMGEXIT_SIZE];
	uint8_t nonce[TSMREQ_NONCE_SIZE] = {0};
	struct tsmreq_call again;

	if (call->kind == TSMREQ_CALL_NONE || call->kind == TSMREQ_CALL_REJECT ||
	    call->kind == TSMREQ_CALL_SNP_REQ_CERTS)
		return;
	if (call->shape == TSMREQ_SHAPE_GHCB_PAGE) {
		check(run, !tsmreq_ghcb_encode_call(run->abi, call, page, PAGE));
		check(run, !tsmreq_ghcb_decode(run->abi, view(page, PAGE), &again));
	} else {
		check(run, !tsmreq_vmgexit_encode_call(run->abi, call, exit, sizeof(exit)));
		check(run, !tsmreq_vmgexit_decode(run->abi, view(exit, sizeof(exit)), &again));
	}
	if (again.next == TSMREQ_NEXT_SEV_MESSAGE) {
		check(run, !tsmreq_snp_encode_message(call, again_page, PAGE));
		check(run, !tsmreq_snp_decode_message(run->abi, view(again_page, PAGE), &again));
	}
	if (again.next == TSMREQ_NEXT_SEV_NONCE) {
		memcpy(nonce, call->u.tdi_info.nonce, sizeof(nonce));
		check(run, !tsmreq_snp_decode_nonce(view(nonce, sizeof(nonce)), &again));
	}
	assert_memory_equal(&again, call, sizeof(again));
}

/* ---- the answer */

/* What the core makes of a reply line. @response is what the kernel wrote. */
static void take_reply(struct run *run, const char *line, const struct tsmreq_call *call,
		       struct tsmreq_answer *answer, uint8_t *response)
{
	const char *resp = strstr(line, "resp=");
	struct words words = {0};
	const char *ret, *code;
	int64_t residue = 0;

	words_split_text(run->arena, line, 0, &words);
	ret = words_take(&words, "ret");
	code = words_take(&words, "code");
	memset(response, 0, PAGE);
	if (resp) {
		const struct vec_bytes written = bytes(run, resp + strlen("resp="));

		check(run, written.size <= PAGE);
		memcpy(response, written.data, written.size);
	}

	if (call->kind == TSMREQ_CALL_BIND)
		answer->flags = TSMREQ_ANSWER_BIND;
	answer->result.tsm_code = code ? hex(run, code) : 0;
	if (ret[0] == '-') {
		answer->rc = -tsmreq_errno_from_string(ret + 1);
		check(run, answer->rc);
		answer->result.outcome = TSMREQ_OUTCOME_FAILED;
		return;
	}
	check(run, !words_dec(ret, &residue));
	answer->result.residue = (uint32_t)residue;
	answer->result.outcome = TSMREQ_OUTCOME_COMPLETED;
	if (answer->result.tsm_code)
		answer->rc = -EREMOTEIO;
	else if (call->message.type)
		answer->rc = tsmreq_snp_check_response(call, view(response, PAGE),
						       answer->result.residue);
	else if (residue)
		answer->rc = -EBADE;
}

/* The VMM ends it by itself: 0, an errno, or a firmware code. */
static void take_own_answer(struct run *run, const char *word, struct tsmreq_answer *answer)
{
	const char *pages = words_take(&run->given, "pages");

	if (pages)
		answer->value = hex(run, pages);
	answer->result.outcome = TSMREQ_OUTCOME_COMPLETED;
	if (tsmreq_errno_from_string(word)) {
		answer->rc = -tsmreq_errno_from_string(word);
		return;
	}
	answer->result.tsm_code = hex(run, word);
	answer->rc = answer->result.tsm_code ? -EREMOTEIO : 0;
}

/* Registers written: exactly those of the out line. */
static void check_register(struct run *run, const char *word, bool written, uint64_t value)
{
	const char *expect = words_take(&run->out, word);

	check(run, written == !!expect);
	if (expect && hex(run, expect) != value)
		fail_msg("%s: %s is %" PRIx64 ", not %s", run->vec->name, word, value, expect);
}

static void check_page(struct run *run, const struct tsmreq_call *call,
		       const struct tsmreq_answer *answer)
{
	struct tsmreq_ghcb_regs regs, loaded;
	uint8_t expect[PAGE];

	memcpy(expect, run->page, PAGE);
	overlay(run, VEC_AFTER, run->page_gpa, expect, PAGE);
	check(run, !tsmreq_ghcb_encode(run->abi, call, answer, &regs));
	check_register(run, "info1", true, regs.info1);
	check_register(run, "info2", true, regs.info2);
	check_register(run, "rcx", regs.marked & TSMREQ_GHCB_RCX, regs.rcx);
	check_register(run, "rdx", regs.marked & TSMREQ_GHCB_RDX, regs.rdx);
	check_register(run, "rbx", regs.marked & TSMREQ_GHCB_RBX, regs.rbx);

	check(run, !tsmreq_ghcb_store(&regs, run->page, PAGE));
	assert_memory_equal(run->page, expect, PAGE);
	check(run, !tsmreq_ghcb_load(view(run->page, PAGE), &loaded));
	assert_memory_equal(&loaded, &regs, sizeof(regs));
}

/* What KVM makes of its exit, for the ghcb.* words. */
static void check_guest_view(struct run *run, const struct tsmreq_call *call, const uint8_t *exit)
{
	uint64_t info2 = 0;

	if (call->shape == TSMREQ_SHAPE_SNP_CERTS) {
		static const struct {
			uint64_t ret;
			uint64_t info2;
		} rets[] = {{0, 0},
			    {28, TSMREQ_GHCB_INVALID_LEN},
			    {11, TSMREQ_GHCB_BUSY},
			    {5, 0xffffffff00000000u}};
		size_t i = 0;

		while (i < 4 && rets[i].ret != tsmreq_load_le64(exit + 16))
			i++;
		check(run, i < 4);
		check_register(run, "ghcb.rbx", rets[i].ret == 28, tsmreq_load_le64(exit + 8));
		info2 = rets[i].info2;
	} else {
		info2 = tsmreq_load_le32(exit + (tsmreq_load_le32(exit) == 5 ? 12 : 52));
	}
	check_register(run, "ghcb.info1", true, 0);
	check_register(run, "ghcb.info2", true, info2);
	check_register(run, "ghcb.rdx", call->kind == TSMREQ_CALL_TDI_INFO, exit[11]);
}

static void check_exit(struct run *run, const struct tsmreq_call *call,
		       const struct tsmreq_answer *answer, const struct vec_bytes *expect)
{
	uint8_t *exit = run->kvm_run + TSMREQ_KVM_RUN_EXIT;
	enum tsmreq_action action;

	if (call->shape == TSMREQ_SHAPE_SNP_CERTS)
		check(run, !tsmreq_kvm_encode(call, answer, run->kvm_run, sizeof(run->kvm_run),
					      &action));
	else
		check(run, !tsmreq_vmgexit_encode(call, answer, exit, TSMREQ_VMGEXIT_SIZE));
	assert_memory_equal(exit, expect->data, expect->size);
	check_guest_view(run, call, exit);
}

/* Not the last reply: the exit stays open, and nothing in it has changed. */
static void check_stays_open(struct run *run, const struct tsmreq_call *call,
			     const struct tsmreq_answer *answer)
{
	uint8_t exit[TSMREQ_VMGEXIT_SIZE];

	memcpy(exit, run->kvm_run + TSMREQ_KVM_RUN_EXIT, sizeof(exit));
	check(run, tsmreq_vmgexit_encode(call, answer, exit, sizeof(exit)) == -EAGAIN);
	assert_memory_equal(exit, run->kvm_run + TSMREQ_KVM_RUN_EXIT, sizeof(exit));
	check(run, tsmreq_ghcb_get_info2(call, answer) == TSMREQ_GHCB_BUSY);
}

/* Response page and blob table: what is written on success, and nothing on failure. */
static void check_guest_memory(struct run *run, const struct tsmreq_call *call, bool success,
			       const uint8_t *response, uint32_t want)
{
	static uint8_t expect[ALL_PAGES], table[ALL_PAGES];
	struct tsmreq_buffer dst = {table, sizeof(table), 0};
	struct tsmreq_blob_table layout, parsed;

	if (!call->message.type)
		return;
	memset(expect, 0, sizeof(expect));
	check(run, overlay(run, VEC_AFTER, call->write[0].gpa.raw, expect, PAGE) == success);
	if (success)
		assert_memory_equal(expect, response, PAGE);
	if (call->write[1].use == TSMREQ_SPAN_NONE)
		return;

	memset(expect, 0, sizeof(expect));
	check(run, call->write[1].size <= sizeof(expect));
	check(run, overlay(run, VEC_AFTER, call->write[1].gpa.raw, expect,
			   (size_t)call->write[1].size) == success);
	if (!success)
		return;
	memset(table, 0, sizeof(table));
	check(run, !tsmreq_blob_build(&run->objects, want, &dst));
	check(run, dst.size <= call->write[1].size);
	assert_memory_equal(expect, table, sizeof(table));
	check(run, !tsmreq_blob_layout(&run->objects, want, &layout));
	check(run, !tsmreq_blob_parse(view(table, dst.size), &parsed));
	assert_memory_equal(&parsed, &layout, sizeof(parsed));
}

static void answer_call(struct run *run, const struct tsmreq_call *call,
			const struct vec_bytes *expect)
{
	const char *own = words_take(&run->given, "answer");
	const bool rejected = call->kind == TSMREQ_CALL_REJECT;
	const bool tdi_info = call->kind == TSMREQ_CALL_TDI_INFO;
	struct tsmreq_answer answer = {.tdi_state = run->tdi_state};
	struct tsmreq_blob_table layout = {.pages = 0};
	uint8_t response[PAGE];
	uint32_t want = 0;
	bool replied = false;

	/* the VMM's part: which objects, how many pages */
	if (tdi_info && run->page_gpa)
		want = call->u.tdi_info.want;
	else if (tdi_info)
		want = tsmreq_blob_choose(&run->objects, call->u.tdi_info.want,
					  call->write[1].size);
	if (tdi_info)
		check(run, !tsmreq_blob_layout(&run->objects, want, &layout));

	for (size_t i = 0; i < run->vec->count; i++) {
		if (run->vec->lines[i].key != VEC_REPLY)
			continue;
		if (replied)
			check_stays_open(run, call, &answer);
		answer = (struct tsmreq_answer){.tdi_state = run->tdi_state};
		take_reply(run, run->vec->lines[i].text, call, &answer, response);
		replied = true;
	}
	if (own) {
		take_own_answer(run, own, &answer);
	} else if (tdi_info && run->page_gpa && call->write[1].use &&
		   layout.pages > call->u.tdi_info.pages) {
		check(run, !replied);
		answer.rc = -ENOSPC;
	} else if (!replied && !rejected) {
		answer.rc = -EOPNOTSUPP;
		run->waits = "its refusal needs the kernel's revision";
	}
	if (tdi_info)
		answer.value = layout.pages;
	else if (call->kind == TSMREQ_CALL_BIND)
		answer.value = call->dev.raw;

	if (run->page_gpa)
		check_page(run, call, rejected ? NULL : &answer);
	else
		check_exit(run, call, rejected ? NULL : &answer, expect);
	check_guest_memory(run, call, !rejected && !answer.rc, response, want);
	tally.answers++;
}

/* ---- one case */

/* The bytes of run=, which go to the end of its line; false without one. */
static bool take_run_line(struct run *run, enum vec_key key, struct vec_bytes *ret)
{
	for (size_t i = 0; i < run->vec->count; i++) {
		const char *text = run->vec->lines[i].text;

		if (run->vec->lines[i].key != key || strncmp(text, "run=", 4))
			continue;
		*ret = bytes(run, text + 4);
		return true;
	}
	return false;
}

/* The other words of the in and out lines. */
static void split_words(struct run *run, enum vec_key key, struct words *ret)
{
	*ret = (struct words){0};
	for (size_t i = 0; i < run->vec->count; i++)
		if (run->vec->lines[i].key == key && strncmp(run->vec->lines[i].text, "run=", 4))
			words_split_text(run->arena, run->vec->lines[i].text,
					 run->vec->lines[i].number, ret);
}

static void check_all_taken(struct run *run, const struct words *words)
{
	const struct word *left = words_left(words);

	if (left)
		fail_msg("%s: nobody understands %s", run->vec->name, left->key);
}

static void run_case(struct arena *arena, const struct vec_case *vec, enum tsmreq_ghcb_abi abi,
		     enum tsmreq_kvm_abi kvm)
{
	struct run *run = arena_zalloc(arena, sizeof(*run));
	struct vec_bytes exit = {0}, expect = {0};
	struct tsmreq_call call;
	const char *rest, *reason;
	bool answered;

	run->arena = arena;
	run->vec = vec;
	run->abi = abi;
	run->kvm = kvm;
	words_split(arena, vec, VEC_GIVEN, &run->given);
	split_words(run, VEC_IN, &run->in);
	split_words(run, VEC_OUT, &run->out);
	take_given(run);
	if (take_run_line(run, VEC_IN, &exit)) {
		check(run, exit.size <= sizeof(run->kvm_run) - TSMREQ_KVM_RUN_EXIT);
		reason = words_take(&run->in, "exit");
		tsmreq_store_le32(run->kvm_run + TSMREQ_KVM_RUN_EXIT_REASON,
				  (uint32_t)hex(run, reason));
		memcpy(run->kvm_run + TSMREQ_KVM_RUN_EXIT, exit.data, exit.size);
	}
	answered = take_run_line(run, VEC_OUT, &expect) || run->out.count;

	decode(run, &call);
	check_call(run, &call);
	check_way_back(run, &call);
	if (answered)
		answer_call(run, &call, &expect);

	(void)words_take(&run->given, "ram");
	while (words_take_prefix(&run->given, "vdev:", &rest))
		;
	check_all_taken(run, &run->given);
	check_all_taken(run, &run->in);
	check_all_taken(run, &run->out);
	tally.runs++;
	if (run->waits && abi != TSMREQ_GHCB_TIO_A && abi != TSMREQ_GHCB_TIO_B) {
		tally.waiting++;
		print_message("# %s: %s\n", vec->name, run->waits);
	}
}

/* The word of the file stands for a guest: what it does is also what is visible. */
static void every_selector(struct arena *arena, const struct vec_case *vec)
{
	static const struct {
		const char *word;
		enum tsmreq_kvm_abi kvm;
		enum tsmreq_ghcb_abi abi;
		enum tsmreq_ghcb_abi other;
	} selectors[] = {
		{"tio-a", TSMREQ_KVM_SEV_TIO, TSMREQ_GHCB_AUTO, TSMREQ_GHCB_TIO_A},
		{"tio-b", TSMREQ_KVM_SEV_TIO, TSMREQ_GHCB_AUTO, TSMREQ_GHCB_TIO_B},
		{"rfc1", TSMREQ_KVM_SEV_RFC1, TSMREQ_GHCB_RFC1, 0},
		{"rfc2", TSMREQ_KVM_SEV_RFC2, TSMREQ_GHCB_RFC2, 0},
		{"ghcb204", TSMREQ_KVM_SEV, TSMREQ_GHCB_204, 0},
		{"req-certs", TSMREQ_KVM_SEV, TSMREQ_GHCB_AUTO, 0},
		{"psc", TSMREQ_KVM_SEV, TSMREQ_GHCB_AUTO, 0},
	};
	struct words words = {0};
	size_t i = 0;

	words_split(arena, vec, VEC_ABI, &words);
	assert_true(words.count > 0);
	while (i < 7 && strcmp(words.word[0].key, selectors[i].word))
		i++;
	if (i == 7)
		fail_msg("%s: abi %s", vec->name, words.word[0].key);
	run_case(arena, vec, selectors[i].abi, selectors[i].kvm);
	if (selectors[i].other)
		run_case(arena, vec, selectors[i].other, selectors[i].kvm);
}

static void every_case(void **state)
{
	FILE *in = fopen(VECTORS "/ghcb.vec", "re");
	struct arena arena = {0};
	struct vec_error error;
	struct vec_file file;

	(void)state;
	assert_non_null(in);
	assert_int_equal(vec_parse(&arena, in, &file, &error), 0);
	for (size_t i = 0; i < file.count; i++) {
		every_selector(&arena, &file.cases[i]);
		tally.cases++;
	}
	(void)fclose(in);
	arena_free(&arena);

	print_message("# ghcb.vec: %u cases in %u runs: %u call lines, %u answers; %u decisions "
		      "are "
		      "the guest room's\n",
		      tally.cases, tally.runs, tally.calls, tally.answers, tally.waiting);
	/* a file that was cut short, or a walker that skips, is no pass */
	assert_true(tally.cases >= 177);
	assert_int_equal(tally.calls, tally.runs);
	assert_true(tally.waiting * 10 < tally.cases);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(every_case)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
