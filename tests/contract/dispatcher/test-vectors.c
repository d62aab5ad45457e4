/* SPDX-License-Identifier: MIT */
/*
 * The sends / reply pairs of uapi.vec and the errno cells of probe.vec, put to the mock's
 * dispatcher itself: no byte of libtsmreq is between them. A word this reader does not know fails
 * the case it stands in.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tsmreq/mock.h>

#include "base/bytes.h"

#define LINES_MAX 64
#define BYTES_MAX 8192
#define ROOM_MAX  65536

static const char *vector_dir;

/* The case under way, for teardown() to name when an assertion jumped out of it. */
static char running[128];

/* One block of a file: its lines, cut into key and rest. */
struct block {
	char *keys[LINES_MAX];
	char *rests[LINES_MAX];
	size_t count;
};

static const struct {
	const char *name;
	enum tsmreq_uapi uapi;
} revisions[] = {
	{"none", TSMREQ_UAPI_PROBE},
	{"rfc1", TSMREQ_UAPI_RFC1},
	{"v2", TSMREQ_UAPI_V2},
	{"v4", TSMREQ_UAPI_V4},
	{"v5", TSMREQ_UAPI_V5},
	{"v5-code", TSMREQ_UAPI_V5_CODE},
	{"june", TSMREQ_UAPI_JUNE},
	{"v6-like", TSMREQ_UAPI_V6_LIKE},
	{"v6-objects", TSMREQ_UAPI_V6_OBJECTS},
	{"cca-v7", TSMREQ_UAPI_CCA_V7},
};

static const struct {
	const char *name;
	int number;
} errnos[] = {
	{"EPERM", EPERM},   {"ENOENT", ENOENT},		{"EINTR", EINTR},   {"EIO", EIO},
	{"ENXIO", ENXIO},   {"E2BIG", E2BIG},		{"ENOMEM", ENOMEM}, {"EFAULT", EFAULT},
	{"EBUSY", EBUSY},   {"EEXIST", EEXIST},		{"ENODEV", ENODEV}, {"EINVAL", EINVAL},
	{"ENOTTY", ENOTTY}, {"EOPNOTSUPP", EOPNOTSUPP},
};

static int errno_named(const char *name)
{
	for (size_t i = 0; i < sizeof(errnos) / sizeof(errnos[0]); i++)
		if (strcmp(name, errnos[i].name) == 0)
			return errnos[i].number;
	fail_msg("no such errno: %s", name);
	return 0;
}

/* ---- the file ---- */

static char *load(const char *name)
{
	char path[4096];
	FILE *file;
	char *text;
	long size;

	(void)snprintf(path, sizeof(path), "%s/%s", vector_dir, name);
	file = fopen(path, "re");
	if (file == NULL)
		fail_msg("cannot open %s", path);
	assert_int_equal(fseek(file, 0, SEEK_END), 0);
	size = ftell(file);
	rewind(file);
	text = malloc((size_t)size + 1);
	assert_non_null(text);
	assert_int_equal(fread(text, 1, (size_t)size, file), size);
	text[size] = '\0';
	(void)fclose(file);
	return text;
}

/* The next block of @cursor, or false. Cuts the text where it stands. */
static bool next_block(char **cursor, struct block *block)
{
	char *line;

	block->count = 0;
	while ((line = *cursor) != NULL && *line != '\0') {
		char *end = strchr(line, '\n');
		char *rest;

		*cursor = end != NULL ? end + 1 : NULL;
		if (end != NULL)
			*end = '\0';
		if (*line == '\0' && block->count > 0)
			return true;
		if (*line == '\0' || *line == '#')
			continue;
		assert_true(block->count < LINES_MAX);
		rest = line + strcspn(line, " ");
		if (*rest != '\0')
			*rest++ = '\0';
		block->keys[block->count] = line;
		block->rests[block->count++] = rest + strspn(rest, " ");
	}
	return block->count > 0;
}

static const char *line_of(const struct block *block, const char *key)
{
	for (size_t i = 0; i < block->count; i++)
		if (strcmp(block->keys[i], key) == 0)
			return block->rests[i];
	return NULL;
}

/* The value of KEY=VALUE among the words of @line, copied, or NULL. */
static const char *value_of(const char *line, const char *key, char *value, size_t room)
{
	size_t length = strlen(key);

	for (const char *word = line; word != NULL && *word != '\0';) {
		size_t size = strcspn(word, " ");

		if (strncmp(word, key, length) == 0 && word[length] == '=') {
			(void)snprintf(value, room, "%.*s", (int)(size - length - 1),
				       word + length + 1);
			return value;
		}
		word += size;
		word += strspn(word, " ");
	}
	return NULL;
}

/* ---- bytes ---- */

struct bytes {
	uint8_t data[BYTES_MAX];
	size_t size;
	size_t pointers[2]; /* where runs of eight pp begin */
	size_t pointer_count;
};

static unsigned int nibble(char c)
{
	return (unsigned int)(c <= '9' ? c - '0' : c - 'a' + 10);
}

/* "00 5a*3 pp .." with or without blanks; a run of pp is as many pointers as eight go into it. */
static void parse_bytes(const char *text, struct bytes *to)
{
	size_t run = 0;

	memset(to, 0, sizeof(*to));
	while (*text != '\0') {
		unsigned long count = 1;
		uint8_t byte;

		if (*text == ' ') {
			text++;
			continue;
		}
		if (strncmp(text, "pp", 2) == 0) {
			if (run % 8 == 0) {
				assert_true(to->pointer_count < 2);
				to->pointers[to->pointer_count++] = to->size;
			}
			run++;
			to->size++;
			text += 2;
			continue;
		}
		run = 0;
		assert_non_null(strchr("0123456789abcdef", text[0]));
		assert_non_null(strchr("0123456789abcdef", text[1]));
		byte = (uint8_t)(nibble(text[0]) << 4 | nibble(text[1]));
		text += 2;
		if (*text == '*') {
			char *end;

			count = strtoul(text + 1, &end, 10);
			text = end;
		}
		assert_true(to->size + count <= BYTES_MAX);
		memset(to->data + to->size, byte, count);
		to->size += count;
	}
}

static void point(struct bytes *bytes, size_t i, const void *at)
{
	assert_true(i < bytes->pointer_count);
	tsmreq_store_le64(bytes->data + bytes->pointers[i], (uintptr_t)at);
}

/* ---- the kernel and what is in it ---- */

struct given {
	struct tsmreq_mock *mock;
	uint32_t op_cmd, req_cmd, destroy_cmd, alloc_cmd;
	struct tsmreq_vdevice_id vdevice;
	bool has_vdevice;
};

static uint32_t hex(const char *text)
{
	return (uint32_t)strtoul(text, NULL, 16);
}

static bool find_revision(const char *name, enum tsmreq_uapi *ret)
{
	for (size_t i = 0; i < sizeof(revisions) / sizeof(revisions[0]); i++) {
		if (strcmp(name, revisions[i].name) == 0) {
			*ret = revisions[i].uapi;
			return true;
		}
	}
	return false;
}

static void add_vdevice(struct given *given, const char *line)
{
	struct tsmreq_mock_vdevice vdevice = {
		.size = sizeof(vdevice),
		.flags = TSMREQ_MOCK_ANY_STEP,
		.arch = TSMREQ_ARCH_CCA,
		.virt_id = {0x100},
	};
	char value[64];

	if (value_of(line, "vdev:100", value, sizeof(value)) == NULL)
		return;
	vdevice.id = hex(value);
	if (value_of(line, "arch", value, sizeof(value)) != NULL)
		vdevice.arch = strcmp(value, "sev") == 0   ? TSMREQ_ARCH_SEV
			       : strcmp(value, "tdx") == 0 ? TSMREQ_ARCH_TDX
							   : TSMREQ_ARCH_CCA;
	if (value_of(line, "tdi:100", value, sizeof(value)) != NULL) {
		if (strcmp(value, "bound-other") == 0)
			vdevice.bound = TSMREQ_MOCK_BOUND_OTHER;
		else if (strcmp(value, "unbound") != 0)
			vdevice.bound = TSMREQ_MOCK_BOUND;
		if (vdevice.bound != TSMREQ_MOCK_UNBOUND)
			vdevice.state = strcmp(value, "run") == 0 ? TSMREQ_TDI_RUN
								  : TSMREQ_TDI_LOCKED;
	}
	if (value_of(line, "tsm:100", value, sizeof(value)) != NULL)
		vdevice.flags |= strcmp(value, "none") == 0 ? TSMREQ_MOCK_NOT_CONNECTED
							    : TSMREQ_MOCK_DEVSEC;
	if (value_of(line, "kvm:100", value, sizeof(value)) != NULL)
		vdevice.flags |= TSMREQ_MOCK_NO_KVM;
	assert_int_equal(tsmreq_mock_add_vdevice(given->mock, &vdevice, &given->vdevice), 0);
	given->has_vdevice = true;
}

static void add_cached(struct given *given, const char *word)
{
	static const char *const names[] = {"vca", "certificate", "measurements", "report"};
	const char *value = strchr(word, '=');
	struct bytes bytes;

	for (unsigned int i = 0; i < 4; i++) {
		size_t length = strlen(names[i]);

		if (strncmp(word, names[i], length) != 0 || word + length != value)
			continue;
		parse_bytes(value + 1, &bytes);
		assert_int_equal(
			tsmreq_mock_set_object(given->mock, given->vdevice, (enum tsmreq_object)i,
					       (struct tsmreq_bytes){bytes.data, bytes.size}),
			0);
		return;
	}
	fail_msg("no such object: %s", word);
}

static void set_fault(struct given *given, const char *prefix, const char *value)
{
	char word[64];

	(void)snprintf(word, sizeof(word), "%s%s", prefix, value);
	assert_int_equal(tsmreq_mock_set_fault(given->mock, given->vdevice.raw, word), 0);
}

static void add_plain(struct given *given, enum tsmreq_mock_kind kind, const char *value)
{
	uint32_t id;

	assert_int_equal(tsmreq_mock_add_object(given->mock, kind, hex(value), &id), 0);
}

/* What is neither the vDevice nor about it. false: not known here. */
static bool apply_command(struct given *given, const char *key, const char *value)
{
	if (strcmp(key, "op-cmd") == 0)
		given->op_cmd = hex(value);
	else if (strcmp(key, "req-cmd") == 0)
		given->req_cmd = hex(value);
	else if (strcmp(key, "destroy-cmd") == 0)
		given->destroy_cmd = hex(value);
	else if (strcmp(key, "alloc-cmd") == 0)
		given->alloc_cmd = hex(value);
	else if (strcmp(key, "iodev") == 0)
		add_plain(given, TSMREQ_MOCK_DEVICE, value);
	else if (strcmp(key, "hwpt") == 0)
		add_plain(given, TSMREQ_MOCK_HWPT, value);
	else if (strcmp(key, "viommu") == 0)
		add_plain(given, TSMREQ_MOCK_VIOMMU, value);
	else
		return false;
	return true;
}

static bool apply_vdevice(struct given *given, const char *key, const char *value)
{
	if (strncmp(key, "object:100:", 11) == 0)
		add_cached(given, key + 11);
	else if (strcmp(key, "fault") == 0)
		set_fault(given, "", value);
	else if (strcmp(key, "code") == 0)
		set_fault(given, "code:", value);
	else if (strcmp(key, "ret") == 0)
		set_fault(given, "residue:", value);
	else if (strncmp(key, "busy:", 5) == 0)
		set_fault(given, "busy", "");
	else if (strncmp(key, "other:", 6) == 0)
		set_fault(given, value, "");
	else
		/* read by add_vdevice() and setup(), or for the library only */
		return strcmp(key, "vdev:100") == 0 || strcmp(key, "arch") == 0 ||
		       strcmp(key, "tdi:100") == 0 || strcmp(key, "tsm:100") == 0 ||
		       strcmp(key, "kvm:100") == 0 || strcmp(key, "config-tsm") == 0 ||
		       strcmp(key, "vcpufd") == 0;
	return true;
}

static void setup(struct given *given, enum tsmreq_uapi uapi, const char *line)
{
	struct tsmreq_mock_opts opts = {.size = sizeof(opts), .uapi = uapi};
	char value[64];
	char *copy, *save = NULL;

	memset(given, 0, sizeof(*given));
	if (value_of(line, "config-tsm", value, sizeof(value)) != NULL && strcmp(value, "n") == 0)
		opts.flags |= TSMREQ_MOCK_TSM_OFF;
	assert_int_equal(tsmreq_mock_new(&given->mock, &opts), 0);
	add_vdevice(given, line);

	copy = strdup(line);
	assert_non_null(copy);
	for (char *word = strtok_r(copy, " ", &save); word != NULL;
	     word = strtok_r(NULL, " ", &save)) {
		char *text = strchr(word, '=');

		assert_non_null(text);
		/* an object's name is followed by its bytes: left in one piece */
		if (strncmp(word, "object:", 7) != 0)
			*text++ = '\0';
		if (!apply_command(given, word, text) && !apply_vdevice(given, word, text))
			fail_msg("unknown word: %s", word);
	}
	free(copy);
}

static int submit(struct given *given, uint32_t cmd, void *arg)
{
	const struct tsmreq_transport *transport = tsmreq_mock_get_transport(given->mock);

	return transport->submit(transport->userdata, cmd, arg);
}

/* ---- uapi.vec ---- */

static uint32_t command(const struct given *given, const char *call, size_t size)
{
	char cmd[16];

	if (value_of(call, "cmd", cmd, sizeof(cmd)) != NULL)
		return hex(cmd);
	if (given->alloc_cmd != 0)
		return given->alloc_cmd;
	if (size == 8)
		return given->destroy_cmd;
	return size == 16 ? given->op_cmd : given->req_cmd;
}

static int expected(const char *reply)
{
	char ret[32];

	assert_non_null(value_of(reply, "ret", ret, sizeof(ret)));
	return ret[0] == '-' ? -errno_named(ret + 1) : (int)strtol(ret, NULL, 10);
}

/* The structure as it was, but for what a reply may write into it. */
static void check_struct(const char *reply, uint32_t cmd, const struct bytes *before,
			 const uint8_t *after)
{
	uint8_t want[BYTES_MAX];
	char code[32];

	memcpy(want, before->data, before->size);
	if (value_of(reply, "code", code, sizeof(code)) != NULL && before->size >= 48)
		tsmreq_store_le64(want + 40, strtoull(code, NULL, 16));
	/* an id that was given out, or rfc1's length of the answer */
	if (cmd == 0x3b90 || cmd == 0x3b91 || before->pointers[1] == 40)
		memcpy(want + (cmd == 0x3b91 ? 12 : 20), after + (cmd == 0x3b91 ? 12 : 20), 4);
	assert_memory_equal(after, want, before->size);
}

static void check_response(const char *reply, const uint8_t *room)
{
	const char *text = strstr(reply, "resp=");
	static const uint8_t zero[ROOM_MAX];
	struct bytes want = {.size = 0};

	if (text == NULL)
		return;
	parse_bytes(text + 5, &want);
	assert_memory_equal(room, want.data, want.size);
	assert_memory_equal(room + want.size, zero, ROOM_MAX - want.size);
}

/* One sends with its req and reply. */
static void exchange(struct given *given, const char *call, const char *sends, const char *req,
		     const char *reply)
{
	static uint8_t room[ROOM_MAX];
	static uint8_t nonce[TSMREQ_NONCE_SIZE];
	static struct bytes arg, payload;
	static uint8_t work[BYTES_MAX];
	uint32_t cmd;

	parse_bytes(sends, &arg);
	parse_bytes(req != NULL ? req : "", &payload);
	memset(room, 0, sizeof(room));
	if (payload.pointer_count > 0)
		point(&payload, 0, nonce);
	if (arg.pointer_count > 0)
		point(&arg, 0, payload.data);
	if (arg.pointer_count > 1)
		point(&arg, 1, room);
	memcpy(work, arg.data, arg.size);
	cmd = command(given, call, arg.size);
	assert_int_equal(submit(given, cmd, work), expected(reply));
	check_struct(reply, cmd, &arg, work);
	check_response(reply, room);
}

static void run_case(const struct block *block, enum tsmreq_uapi uapi)
{
	const char *line = line_of(block, "given");
	const char *call = line_of(block, "call");
	struct given given;

	setup(&given, uapi, line != NULL ? line : "");
	for (size_t i = 0; i < block->count; i++) {
		const char *req = NULL;

		if (strcmp(block->keys[i], "sends") != 0)
			continue;
		if (strcmp(block->keys[i + 1], "req") == 0)
			req = block->rests[i + 1];
		exchange(&given, call, block->rests[i], req, block->rests[i + (req != NULL) + 1]);
	}
	tsmreq_mock_free(given.mock);
}

static bool sends_anything(const struct block *block)
{
	return line_of(block, "sends") != NULL;
}

static void start(const struct block *block)
{
	(void)snprintf(running, sizeof(running), "%s", block->rests[0]);
}

static int teardown(void **state)
{
	(void)state;
	if (running[0] != '\0')
		print_message("# failed in %s\n", running);
	running[0] = '\0';
	return 0;
}

static void test_uapi(void **state)
{
	char *text = load("uapi.vec");
	char *cursor = text;
	unsigned int run = 0, other = 0;
	struct block block;

	(void)state;
	while (next_block(&cursor, &block)) {
		enum tsmreq_uapi uapi;

		if (!sends_anything(&block) || !find_revision(line_of(&block, "abi"), &uapi)) {
			other++;
			continue;
		}
		start(&block);
		run_case(&block, uapi);
		run++;
	}
	free(text);
	running[0] = '\0';
	print_message("# uapi.vec: %u cases played, %u that send nothing or to no kernel played\n",
		      run, other);
	assert_true(run > 80);
}

/* ---- probe.vec ---- */

#define PROBES 9

static const char *const probe_bytes[PROBES] = {
	"10 00*15",
	"30 00*7 01 00*3 01 00*35",
	"30 00*47",
	"30 00*7 03 00*3 01 00*35",
	"30 00*7 05 00*3 01 00*35",
	"30 00*7 06 00*3 01 00*35",
	"28 00*19 01 00*19",
	"28 00*7 63 00*31",
	"30 00*39 01 00*7",
};

static enum tsmreq_mock_getpa getpa_named(const char *slot)
{
	const char *colon = strchr(slot, ':');
	const char *name = colon != NULL ? colon + 1 : slot;

	if (strcmp(name, "absent") == 0)
		return TSMREQ_MOCK_GETPA_ABSENT;
	if (strcmp(name, "off") == 0)
		return TSMREQ_MOCK_GETPA_OFF;
	if (strcmp(name, "lookup-first") == 0)
		return TSMREQ_MOCK_GETPA_LOOKUP_FIRST;
	if (strcmp(name, "checks-then-lookup") == 0)
		return TSMREQ_MOCK_GETPA_CHECKS_FIRST;
	if (strcmp(name, "EPERM") == 0)
		return TSMREQ_MOCK_GETPA_EPERM;
	if (strcmp(name, "EINVAL") == 0)
		return TSMREQ_MOCK_GETPA_EINVAL;
	fail_msg("no such form of 0x95: %s", slot);
	return TSMREQ_MOCK_GETPA_DEFAULT;
}

static struct tsmreq_mock *probe_kernel(enum tsmreq_uapi uapi, const char *given)
{
	struct tsmreq_mock_opts opts = {.size = sizeof(opts), .uapi = uapi};
	struct tsmreq_mock *mock;
	char value[64];

	if (value_of(given, "config-tsm", value, sizeof(value)) != NULL && strcmp(value, "n") == 0)
		opts.flags |= TSMREQ_MOCK_TSM_OFF;
	if (value_of(given, "min", value, sizeof(value)) != NULL)
		opts.min_request_size = hex(value);
	if (value_of(given, "slot-95", value, sizeof(value)) != NULL)
		opts.getpa = getpa_named(value);
	assert_int_equal(tsmreq_mock_new(&mock, &opts), 0);
	return mock;
}

/* One nr= line: nine arguments, nine errnos. */
static void probe_slot(struct given *given, const char *line)
{
	char value[32];
	uint32_t cmd;

	assert_non_null(value_of(line, "nr", value, sizeof(value)));
	cmd = 0x3b00 | hex(value);
	for (unsigned int i = 0; i < PROBES; i++) {
		const char name[] = {"ABCDEFGHJ"[i], '\0'};
		struct bytes arg;

		assert_non_null(value_of(line, name, value, sizeof(value)));
		parse_bytes(probe_bytes[i], &arg);
		assert_int_equal(submit(given, cmd, arg.data), -errno_named(value));
	}
}

static void test_probe(void **state)
{
	char *text = load("probe.vec");
	char *cursor = text;
	unsigned int slots = 0;
	struct block block;

	(void)state;
	while (next_block(&cursor, &block)) {
		struct given given = {.mock = NULL};
		enum tsmreq_uapi uapi;

		/* kernels that never were, and those nobody plays, are for the prober only */
		if (strncmp(block.rests[0], "kernel-", 7) != 0 ||
		    !find_revision(line_of(&block, "abi"), &uapi))
			continue;
		start(&block);
		given.mock = probe_kernel(uapi, line_of(&block, "given"));
		for (size_t i = 0; i < block.count; i++) {
			if (strcmp(block.keys[i], "in") != 0)
				continue;
			probe_slot(&given, block.rests[i]);
			slots++;
		}
		tsmreq_mock_free(given.mock);
	}
	free(text);
	running[0] = '\0';
	print_message("# probe.vec: %u errno cells\n", slots * PROBES);
	assert_true(slots > 60);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(test_uapi, teardown),
		cmocka_unit_test_teardown(test_probe, teardown),
	};

	if (argc != 2)
		return 2;
	vector_dir = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
