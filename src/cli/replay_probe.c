/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <tsmreq/probe.h>
#include <tsmreq/text.h>

#include "cli/bytes.h"
#include "cli/kernel.h"
#include "cli/tap.h"

/* Cases about the probe: its arguments, and what it concludes from the answers. */

#define SLOT_FIRST   0x95u
#define SLOTS	     3
#define CMD_BASE     0x3b00u
#define NR_DESTROY   0x80u
#define ARG_SIZE_MAX 48
#define ANSWER_NONE  INT32_MIN

/* Another hand's table of the arguments: up to two words that are not 0. */
static const struct letter {
	char name;
	uint8_t size;
	struct {
		uint8_t at;
		uint8_t value;
	} set[2];
} letters[] = {
	{'S', 8, {{0}}},
	{'A', 16, {{0}}},
	{'B', 48, {{8, 1}, {12, 1}}},
	{'C', 48, {{0}}},
	{'D', 48, {{8, 3}, {12, 1}}},
	{'E', 48, {{8, 5}, {12, 1}}},
	{'F', 48, {{8, 6}, {12, 1}}},
	{'G', 40, {{20, 1}}},
	{'H', 40, {{8, 0x63}}},
	{'J', 48, {{40, 1}}},
};

#define LETTERS (sizeof(letters) / sizeof(letters[0]))

static void build(const struct letter *letter, uint8_t arg[ARG_SIZE_MAX])
{
	memset(arg, 0, ARG_SIZE_MAX);
	for (size_t i = 0; i < 2; i++) {
		if (letter->set[i].value)
			arg[letter->set[i].at] = letter->set[i].value;
	}
	bytes_put32(arg, letter->size);
}

/* Which letter these bytes are, NULL: none. */
static const struct letter *find_letter(const void *arg)
{
	uint8_t expected[ARG_SIZE_MAX];

	for (size_t i = 0; i < LETTERS; i++) {
		build(&letters[i], expected);
		if (tap_get_size(arg) == letters[i].size &&
		    memcmp(arg, expected, letters[i].size) == 0)
			return &letters[i];
	}
	return NULL;
}

bool replay_probe_owns(const struct vec_case *vec)
{
	const char *call = vec_find(vec, VEC_CALL);
	const char *in = vec_find(vec, VEC_IN);

	/* guests' exits have a nr= of another kind */
	return (call && strstr(call, "kind=probe")) ||
	       (in && (strstr(in, " A=") || strstr(in, " S=")));
}

/* ---- kind=probe: the bytes of one argument, over every kernel the mock plays */

struct recorder {
	struct replay *replay;
	struct tap tap;
	const char *name;
	const char *cmds; /* "3b95,3b96": where it may go */
	unsigned int number;
	struct vec_bytes expected;
	bool has_ret;
	int ret;
	size_t seen;
	size_t count;
	uint32_t cmd[TSMREQ_PROBE_MAX + 1];
	uint8_t arg[TSMREQ_PROBE_MAX + 1][ARG_SIZE_MAX];
	int rc[TSMREQ_PROBE_MAX + 1];
};

static int record(void *userdata, unsigned long request, const void *arg)
{
	struct recorder *recorder = userdata;
	size_t size = tap_get_size(arg);

	if (recorder->count > TSMREQ_PROBE_MAX || size > ARG_SIZE_MAX) {
		replay_fail(recorder->replay, 0, "expected at most %u ioctls of %d bytes, got more",
			    TSMREQ_PROBE_MAX, ARG_SIZE_MAX);
		return -EPROTO;
	}
	recorder->cmd[recorder->count] = (uint32_t)request;
	memcpy(recorder->arg[recorder->count], arg, size);
	return 0;
}

static void record_answer(void *userdata, unsigned long request, const void *arg, int rc)
{
	struct recorder *recorder = userdata;

	(void)request;
	(void)arg;
	recorder->rc[recorder->count++] = rc;
}

static bool may_go_to(const char *cmds, uint32_t cmd)
{
	char text[16];
	const char *found;

	snprintf(text, sizeof(text), "%x", cmd);
	found = strstr(cmds, text);
	return found && (found == cmds || found[-1] == ',') && strchr(",", found[strlen(text)]);
}

static void check_argument(struct recorder *recorder, const struct tsmreq_uapi_info *info, size_t i)
{
	const uint8_t *got = recorder->arg[i];
	size_t size = bytes_get32(got);
	const struct vec_bytes *expected = &recorder->expected;

	recorder->seen++;
	if (!may_go_to(recorder->cmds, recorder->cmd[i]))
		replay_fail(recorder->replay, 0, "probe %s: expected it on %s, got %x",
			    recorder->name, recorder->cmds, recorder->cmd[i]);
	if (size != expected->size || memcmp(got, expected->data, size) != 0)
		replay_fail(recorder->replay, recorder->number,
			    "probe %s: expected %zu bytes %s, got %zu bytes %s", recorder->name,
			    expected->size, replay_format_hex(expected->data, expected->size).text,
			    size, replay_format_hex(got, size).text);
	if (recorder->has_ret && recorder->rc[i] != recorder->ret)
		replay_fail(recorder->replay, 0, "probe %s on %s: expected %s, got %s",
			    recorder->name, info->name, replay_format_rc(recorder->ret).text,
			    replay_format_rc(recorder->rc[i]).text);
}

static void probe_kernel(struct recorder *recorder, enum tsmreq_uapi uapi,
			 const struct tsmreq_uapi_info *info)
{
	struct tsmreq_mock_opts opts = {.size = sizeof(opts), .uapi = uapi};
	struct tsmreq_mock *mock = NULL;
	struct tsmreq_probe probe;
	int r;

	r = tsmreq_mock_new(&mock, &opts);
	if (r < 0) {
		replay_fail(recorder->replay, 0, "the mock does not play %s: %s", info->name,
			    tsmreq_errno_to_string(r));
		return;
	}
	recorder->count = 0;
	recorder->tap.behind = tsmreq_mock_get_transport(mock);
	r = tsmreq_probe_transport(&recorder->tap.transport, &probe);
	if (r < 0)
		replay_fail(recorder->replay, 0, "probing %s: %s", info->name,
			    tsmreq_errno_to_string(r));
	else if (probe.count != recorder->count)
		replay_fail(recorder->replay, 0, "%s: the probe tells of %u ioctls, it sent %zu",
			    info->name, probe.count, recorder->count);
	for (size_t i = 0; r == 0 && i < recorder->count && !recorder->replay->failed; i++) {
		if (probe.answers[i].name == (uint32_t)recorder->name[0])
			check_argument(recorder, info, i);
	}
	tsmreq_mock_free(mock);
}

static void run_argument(struct replay *replay)
{
	struct recorder recorder = {.replay = replay};
	struct tsmreq_uapi_info info;
	enum tsmreq_uapi uapi;
	struct words given;
	struct words call;
	struct words reply;
	const char *word;

	words_split(&replay->arena, replay->vec, VEC_GIVEN, &given);
	words_split(&replay->arena, replay->vec, VEC_CALL, &call);
	words_split(&replay->arena, replay->vec, VEC_REPLY, &reply);
	words_take(&call, "kind");
	recorder.cmds = words_take(&given, "cmd");
	recorder.name = words_take(&call, "name");
	word = words_take(&reply, "ret");
	recorder.has_ret = word;
	if (word)
		recorder.ret = replay_parse_rc(replay, word);
	replay_refuse_left(replay, "given", &given);
	replay_refuse_left(replay, "call", &call);
	replay_refuse_left(replay, "reply", &reply);
	if (!recorder.cmds || !recorder.name || strlen(recorder.name) != 1)
		replay_fail(replay, 0, "a probe argument needs cmd= and a name= of one letter");
	if (!vec_find(replay->vec, VEC_SENDS))
		replay_fail(replay, 0, "a probe argument needs its sends line");
	if (replay->failed)
		return;
	vec_parse_bytes(&replay->arena, vec_find(replay->vec, VEC_SENDS), &recorder.expected);
	recorder.tap.before = record;
	recorder.tap.after = record_answer;
	recorder.tap.userdata = &recorder;
	tap_open(&recorder.tap);
	for (unsigned int i = 0; tsmreq_uapi_at(i, &uapi) && !replay->failed; i++) {
		if (tsmreq_uapi_get_info(uapi, &info) == 0 && !info.refusal)
			probe_kernel(&recorder, uapi, &info);
	}
	if (!recorder.seen)
		replay_fail(replay, 0, "probe %s was sent to no kernel", recorder.name);
}

/* ---- in nr=..: answers, and what they must be taken for */

struct answers {
	struct replay *replay;
	int destroy;
	int slot[SLOTS][LETTERS]; /* ANSWER_NONE: the case does not say */
};

static int parse_answer(struct replay *replay, const char *word)
{
	return strcmp(word, "OK") == 0 ? 0 : -replay_parse_errno(replay, word);
}

static void read_slot(struct replay *replay, struct words *words, int slot[LETTERS])
{
	for (size_t i = 0; i < LETTERS; i++) {
		const char name[2] = {letters[i].name, '\0'};
		const char *word = words_take(words, name);

		if (word)
			slot[i] = parse_answer(replay, word);
	}
}

static void read_line(struct replay *replay, const struct vec_line *line, struct answers *ret)
{
	struct words words = {0};
	uint64_t nr = 0;
	const char *word;

	words_split_text(&replay->arena, line->text, line->number, &words);
	replay_take_hex(replay, &words, "nr", &nr);
	if (nr - SLOT_FIRST < SLOTS) {
		read_slot(replay, &words, ret->slot[nr - SLOT_FIRST]);
	} else if (nr == NR_DESTROY) {
		word = words_take(&words, "S");
		if (word)
			ret->destroy = parse_answer(replay, word);
	} else {
		replay_fail(replay, line->number, "nr=%" PRIx64 ": 80, 95, 96 or 97", nr);
	}
	replay_refuse_left(replay, "in", &words);
}

static void read_answers(struct replay *replay, struct answers *ret)
{
	*ret = (struct answers){.replay = replay, .destroy = -ENOENT};
	for (size_t slot = 0; slot < SLOTS; slot++) {
		for (size_t i = 0; i < LETTERS; i++)
			ret->slot[slot][i] = ANSWER_NONE;
	}
	for (size_t i = 0; i < replay->vec->count; i++) {
		if (replay->vec->lines[i].key == VEC_IN)
			read_line(replay, &replay->vec->lines[i], ret);
	}
}

static int answer(void *userdata, unsigned long request, void *arg)
{
	struct answers *answers = userdata;
	const struct letter *letter = find_letter(arg);
	unsigned long slot = request - CMD_BASE - SLOT_FIRST;
	int rc = ANSWER_NONE;

	if (!letter)
		replay_fail(answers->replay, 0,
			    "expected one of the probe arguments, got %lx with %s", request,
			    replay_format_hex(arg, tap_get_size(arg)).text);
	else if (request == CMD_BASE + NR_DESTROY && letter->name == 'S')
		rc = answers->destroy;
	else if (slot < SLOTS)
		rc = answers->slot[slot][letter - letters];
	if (rc == ANSWER_NONE) {
		replay_fail(answers->replay, 0, "probe %c on %lx: the case has no answer for it",
			    letter ? letter->name : '?', request);
		return -EPROTO;
	}
	return rc;
}

/* ---- what the verdict says, word by word */

static void expect_word(struct replay *replay, struct words *out, const char *key, const char *got)
{
	const char *expected = words_take(out, key);

	if (expected && strcmp(expected, got) != 0)
		replay_fail(replay, 0, "out: expected %s=%s, got %s", key, expected, got);
}

static void expect_number(struct replay *replay, struct words *out, const char *key, uint32_t got)
{
	char text[16] = "-";

	if (got)
		snprintf(text, sizeof(text), "%x", got);
	expect_word(replay, out, key, text);
}

/* "5,6,7": read, regenerate, size. */
static void format_objects(enum tsmreq_uapi uapi, enum tsmreq_layout layout, char *ret, size_t size)
{
	uint32_t read, regen, info;
	bool said =
		tsmreq_uapi_get_wire(uapi, TSMREQ_ARCH_CCA, TSMREQ_OP_READ_OBJECT, &read) == 0 &&
		tsmreq_uapi_get_wire(uapi, TSMREQ_ARCH_CCA, TSMREQ_OP_REGEN_OBJECT, &regen) == 0 &&
		tsmreq_uapi_get_wire(uapi, TSMREQ_ARCH_CCA, TSMREQ_OP_OBJECT_INFO, &info) == 0;

	if (!tsmreq_uapi_has(uapi, TSMREQ_ARCH_CCA, TSMREQ_FEATURE_OBJECTS))
		snprintf(ret, size, "no");
	else if (layout != TSMREQ_LAYOUT_OP)
		snprintf(ret, size, "payload");
	else if (said)
		snprintf(ret, size, "%x,%x,%x", read, regen, info);
	else
		snprintf(ret, size, "some");
}

static void check_row(struct replay *replay, enum tsmreq_uapi uapi, struct words *out)
{
	struct tsmreq_uapi_info info;
	char objects[40];
	bool at_alloc = tsmreq_uapi_has(uapi, TSMREQ_ARCH_CCA, TSMREQ_FEATURE_BIND_AT_ALLOC);
	bool code = tsmreq_uapi_has(uapi, TSMREQ_ARCH_CCA, TSMREQ_FEATURE_TSM_CODE);

	if (tsmreq_uapi_get_info(uapi, &info) < 0) {
		replay_fail(replay, 0, "the verdict names revision %d, which has no row",
			    (int)uapi);
		return;
	}
	format_objects(uapi, info.layout, objects, sizeof(objects));
	expect_number(replay, out, "op-cmd", info.op_cmd);
	expect_number(replay, out, "req-cmd", info.request_cmd);
	expect_number(replay, out, "req-size", info.request_size);
	expect_word(replay, out, "layout", tsmreq_layout_to_string(info.layout));
	expect_word(replay, out, "bind", at_alloc ? "vdevice" : "op");
	expect_word(replay, out, "code", code ? "yes" : "no");
	expect_word(replay, out, "objects", objects);
}

static void check_verdict(struct replay *replay, const struct tsmreq_probe *probe)
{
	struct words out;

	words_split(&replay->arena, replay->vec, VEC_OUT, &out);
	if (probe->verdict == TSMREQ_VERDICT_ROW) {
		expect_word(replay, &out, "verdict", tsmreq_uapi_to_string(probe->uapi));
		check_row(replay, probe->uapi, &out);
	} else {
		expect_word(replay, &out, "verdict", tsmreq_verdict_to_string(probe->verdict));
	}
	replay_refuse_left(replay, "out", &out);
}

/* ---- the mock answers the same */

static void compare_mock(struct replay *replay, struct kernel *kernel,
			 const struct answers *answers)
{
	const struct tsmreq_transport *transport = tsmreq_mock_get_transport(kernel->mock);
	uint64_t aligned[ARG_SIZE_MAX / 8];
	uint32_t cmd;
	int expected;
	int got;

	for (size_t slot = 0; slot < SLOTS; slot++) {
		for (size_t i = 0; i < LETTERS; i++) {
			expected = answers->slot[slot][i];
			if (expected == ANSWER_NONE)
				continue;
			cmd = CMD_BASE + SLOT_FIRST + (uint32_t)slot;
			build(&letters[i], (uint8_t *)aligned);
			got = transport->submit(transport->userdata, cmd, aligned);
			if (got != expected)
				replay_fail(replay, 0,
					    "the mock, probe %c on %x: expected %s, "
					    "got %s",
					    letters[i].name, cmd, replay_format_rc(expected).text,
					    replay_format_rc(got).text);
		}
	}
}

/* What else sat where, and who filtered, is told in free words: the answers are what counts. */
static void take_description(struct words *given)
{
	static const char *const keys[] = {"fd", "seccomp", "config-tsm", "min"};
	const char *rest;

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		words_take(given, keys[i]);
	while (words_take_prefix(given, "slot-", &rest))
		continue;
}

/* The revision the mock can play for this case. */
static bool is_played(const struct vec_case *vec, enum tsmreq_uapi *ret)
{
	const char *abi = vec_find(vec, VEC_ABI);
	struct tsmreq_uapi_info info;

	*ret = TSMREQ_UAPI_PROBE;
	if (!abi)
		return false;
	if (strcmp(abi, "none") == 0)
		return true;
	return tsmreq_uapi_from_string(abi, ret) == 0 && tsmreq_uapi_get_info(*ret, &info) == 0 &&
	       !info.refusal;
}

static void run_answers(struct replay *replay)
{
	struct answers answers;
	struct tsmreq_transport scripted = {
		.size = sizeof(scripted), .submit = answer, .userdata = &answers};
	struct tsmreq_probe probe;
	struct kernel kernel = {0};
	enum tsmreq_uapi uapi;
	struct words given;
	int r;

	words_split(&replay->arena, replay->vec, VEC_GIVEN, &given);
	if (is_played(replay->vec, &uapi))
		kernel_open(replay, &kernel, &given, uapi, false);
	take_description(&given);
	replay_refuse_left(replay, "given", &given);
	read_answers(replay, &answers);
	r = replay->failed ? -EINVAL : tsmreq_probe_transport(&scripted, &probe);
	if (r == 0)
		check_verdict(replay, &probe);
	else
		replay_fail(replay, 0, "the probe: %s", tsmreq_errno_to_string(r));
	if (kernel.mock && !replay->failed)
		compare_mock(replay, &kernel, &answers);
	kernel_close(&kernel);
}

void replay_probe_run(struct replay *replay)
{
	if (vec_find(replay->vec, VEC_CALL))
		run_argument(replay);
	else
		run_answers(replay);
}
