/* SPDX-License-Identifier: MIT */
#include "cli/bytes.h"
#include "cli/script.h"
#include "kit.h"

/* A request of the op layout, and a kernel that answers as it is told. */

#define HEAD "case x\nabi cca-v7\n"
#define SENDS                                                                                  \
	"sends 30 00 00 00 07 00 00 00 06 00 00 00 01 00 00 00 08 00 00 00 04 00 00 00 pp*16 " \
	"00*8\n"
#define REQ "req 01 02 03 04 05 06 07 08\n"

static struct arena arena;
static struct vec_file file;
static struct replay replay;
static struct script script;

static uint8_t payload[16];
static uint8_t answer[8];
static uint8_t nonce[32];
static uint8_t arg[48];

static struct {
	int rc;
	uint64_t code;
	uint8_t answer;
	int calls;
} kernel;

static int submit(void *userdata, unsigned long request, void *out)
{
	uint8_t *bytes = out;

	(void)userdata;
	(void)request;
	kernel.calls++;
	bytes_put64(bytes + 40, kernel.code);
	answer[0] = kernel.answer;
	return kernel.rc;
}

static const struct tsmreq_transport transport = {.size = sizeof(transport), .submit = submit};

static void read_case(const char *text)
{
	arena_free(&replay.arena);
	arena_free(&arena);
	replay = (struct replay){0};
	kit_parse(&arena, text, &file);
	replay.vec = &file.cases[0];
	script_read(&replay, &script);
}

/* The request HEAD SENDS REQ is about. */
static void fill(void)
{
	static const uint8_t head[24] = {48, 0, 0, 0, 7, 0, 0, 0, 6, 0, 0, 0,
					 1,  0, 0, 0, 8, 0, 0, 0, 4, 0, 0, 0};

	memset(arg, 0, sizeof(arg));
	memset(payload, 0, sizeof(payload));
	memset(answer, 0, sizeof(answer));
	memcpy(arg, head, sizeof(head));
	bytes_put_pointer(arg + 24, payload);
	bytes_put_pointer(arg + 32, answer);
	for (size_t i = 0; i < 8; i++)
		payload[i] = (uint8_t)(i + 1);
	memset(&kernel, 0, sizeof(kernel));
}

static void begin(const char *text)
{
	read_case(text);
	assert_false(replay.failed);
	for (size_t i = 0; i < script.count; i++)
		script.send[i].cmd = 0x3b96;
	script_open(&script, TSMREQ_UAPI_CCA_V7, TSMREQ_ARCH_CCA, &transport);
	fill();
}

static int send(void)
{
	return script.tap.transport.submit(script.tap.transport.userdata, 0x3b96, arg);
}

static void expect_failure(const char *part)
{
	assert_true(replay.failed);
	if (!strstr(replay.why, part))
		fail_msg("expected \"%s\", got \"%s\"", part, replay.why);
}

static int clean(void **state)
{
	(void)state;
	arena_free(&replay.arena);
	arena_free(&arena);
	return 0;
}

static void the_same_passes(void **state)
{
	(void)state;
	begin(HEAD SENDS REQ "reply ret=0 code=5 resp=09\n");
	kernel.code = 5;
	kernel.answer = 9;
	assert_int_equal(send(), 0);
	script_close(&script);
	assert_string_equal(replay.why, "");
	assert_int_equal(kernel.calls, 1);
	assert_int_equal(script_get_request(&script).size, 8);
	assert_ptr_equal(script_get_last(&script), &script.send[0]);
}

/* What differs is not let through. */
static void every_byte_counts(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(arg); i++) {
		if (i >= 24 && i < 40)
			continue;
		begin(HEAD SENDS REQ "reply ret=0\n");
		arg[i] ^= 1;
		assert_int_equal(send(), -EPROTO);
		assert_int_equal(kernel.calls, 0);
		/* the size says how many there are: no other byte is looked at */
		expect_failure(i < 4 ? "sends: expected 48 bytes" : "sends, byte");
	}
	for (size_t i = 0; i < 8; i++) {
		begin(HEAD SENDS REQ "reply ret=0\n");
		payload[i] ^= 1;
		assert_int_equal(send(), -EPROTO);
		expect_failure("req, byte");
	}
}

static void pointers_must_point(void **state)
{
	(void)state;
	begin(HEAD SENDS REQ "reply ret=0\n");
	bytes_put64(arg + 24, 0);
	assert_int_equal(send(), -EPROTO);
	expect_failure("request pointer is null");
	begin(HEAD SENDS REQ "reply ret=0\n");
	bytes_put64(arg + 32, 0);
	assert_int_equal(send(), -EPROTO);
	expect_failure("response pointer is null");
	/* what is no pointer by the layout is not followed */
	begin(HEAD SENDS REQ "reply ret=0\n");
	script.send[0].request_at = 16;
	assert_int_equal(send(), -EPROTO);
	expect_failure("no request pointer stands at 16");
	begin(HEAD SENDS REQ "reply ret=0\n");
	script.send[0].response_at = 16;
	assert_int_equal(send(), -EPROTO);
	expect_failure("no response pointer stands at 16");
	/* longer than the library says it is: not followed */
	begin(HEAD SENDS "req 01 02 03 04 05 06 07 08 09\n");
	assert_int_equal(send(), -EPROTO);
	expect_failure("longer than its length");
}

static void a_nonce_behind_the_request(void **state)
{
	struct vec_bytes expected;

	(void)state;
	begin(HEAD SENDS "req pp*8\nreply ret=0\n");
	assert_int_equal(vec_parse_bytes(&arena, "42*32", &expected), 0);
	memset(nonce, 0x42, sizeof(nonce));
	script.nonce = &expected;
	bytes_put_pointer(payload, nonce);
	assert_int_equal(send(), 0);

	nonce[31]++;
	script.done = 0;
	assert_int_equal(send(), -EPROTO);
	expect_failure("nonce, byte 31");

	begin(HEAD SENDS "req pp*8\nreply ret=0\n");
	script.nonce = &expected;
	bytes_put64(payload, 0);
	assert_int_equal(send(), -EPROTO);
	expect_failure("expected a pointer to the nonce, got none");

	begin(HEAD SENDS "req pp*8\nreply ret=0\n");
	bytes_put_pointer(payload, nonce);
	assert_int_equal(send(), -EPROTO);
	expect_failure("one that the case did not give");

	/* a small number is a number */
	begin(HEAD SENDS "req pp*8\nreply ret=0\n");
	script.nonce = &expected;
	bytes_put64(payload, 4095);
	assert_int_equal(send(), -EPROTO);
	expect_failure("expected a pointer to the nonce, got none");
}

static void neither_more_nor_less(void **state)
{
	(void)state;
	begin(HEAD SENDS REQ "reply ret=0\n");
	assert_int_equal(send(), 0);
	assert_int_equal(send(), -EPROTO);
	expect_failure("expected nothing more to be sent");
	assert_int_equal(kernel.calls, 1);

	begin(HEAD SENDS REQ "reply ret=0\n");
	script_close(&script);
	expect_failure("expected 1, got 0");

	/* of more, only some may be sent by now */
	begin(HEAD SENDS REQ "reply ret=0\n" SENDS REQ "reply ret=0\n");
	script.limit = 1;
	assert_int_equal(send(), 0);
	script_close(&script);
	assert_false(replay.failed);
	assert_int_equal(send(), -EPROTO);
	expect_failure("expected nothing more to be sent");

	begin(HEAD SENDS REQ "reply ret=0\n");
	script.send[0].cmd = 0x3b97;
	assert_int_equal(send(), -EPROTO);
	expect_failure("expected ioctl 3b97, got 3b96");
}

/* Before the case begins nothing counts, and when it is over nothing goes out. */
static void before_and_after(void **state)
{
	(void)state;
	begin(HEAD SENDS REQ "reply ret=-EINVAL\n");
	script.rehearsed = true;
	arg[4] = 8;
	assert_int_equal(send(), 0);
	assert_int_equal(kernel.calls, 1);
	assert_int_equal(script.done, 0);
	script.closed = true;
	assert_int_equal(send(), -ENODEV);
	assert_int_equal(kernel.calls, 1);
	assert_false(replay.failed);
}

static void two_that_are_out(void **state)
{
	(void)state;
	read_case(HEAD SENDS "reply ret=1\n" SENDS SENDS "reply ret=2\nreply ret=3\n");
	assert_false(replay.failed);
	assert_int_equal(script.send[0].rc, 1);
	assert_int_equal(script.send[1].rc, 3);
	assert_int_equal(script.send[2].rc, 2);
	script.done = 3;
	script.send[1].out = &arg;
	assert_ptr_equal(script_find(&script, &arg), &script.send[1]);
	assert_null(script_find(&script, &answer));
	read_case(HEAD SENDS "reply ret=1\nreply ret=2\n");
	expect_failure("a sends line must stand before");
}

static void the_reply_counts_too(void **state)
{
	(void)state;
	begin(HEAD SENDS REQ "reply ret=-EINVAL\n");
	assert_int_equal(send(), 0);
	expect_failure("expected -EINVAL, the mock answers 0");

	begin(HEAD SENDS REQ "reply ret=0 code=5\n");
	assert_int_equal(send(), 0);
	expect_failure("expected tsm_code 5, got 0");

	/* no code word: left as it was sent */
	begin(HEAD SENDS REQ "reply ret=0\n");
	kernel.code = 1;
	assert_int_equal(send(), 0);
	expect_failure("expected tsm_code 0 as it was sent, got 1");

	begin(HEAD SENDS REQ "reply ret=0 code=0 resp=07\n");
	assert_int_equal(send(), 0);
	expect_failure("response, byte 0: expected 07, got 00");

	begin(HEAD SENDS REQ "reply ret=0 code=0 resp=00*5\n");
	assert_int_equal(send(), 0);
	expect_failure("longer than the room");
}

static void a_code_without_its_field(void **state)
{
	(void)state;
	begin(HEAD SENDS REQ "reply ret=0 code=0\n");
	script.has_code = false;
	assert_int_equal(send(), 0);
	assert_false(replay.failed);
	begin(HEAD SENDS REQ "reply ret=0 code=1\n");
	script.has_code = false;
	assert_int_equal(send(), 0);
	expect_failure("no tsm_code to hold one");
}

static void lines_that_make_no_sense(void **state)
{
	static const struct {
		const char *text;
		const char *part;
	} bad[] = {
		{HEAD "req 00\n", "a sends line must stand before"},
		{HEAD "reply ret=0\n", "a sends line must stand before"},
		{HEAD "sends 08 00 00 00 pp*7\n", "a pointer is 8 bytes"},
		{HEAD "sends 08 pp*24\n", "a third pointer"},
		{HEAD SENDS "reply code=0\n", "without ret="},
		{HEAD SENDS "reply ret=-EFOO\n", "is no errno"},
		{HEAD SENDS "reply ret=1f\n", "ret=1f is no result"},
		{HEAD SENDS "reply ret=2147483648\n", "an ioctl answers 32 bits"},
		{HEAD SENDS "reply ret=0 bla=1\n", "understands the word bla"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		read_case(bad[i].text);
		expect_failure(bad[i].part);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(the_same_passes, clean),
		cmocka_unit_test_teardown(every_byte_counts, clean),
		cmocka_unit_test_teardown(pointers_must_point, clean),
		cmocka_unit_test_teardown(a_nonce_behind_the_request, clean),
		cmocka_unit_test_teardown(neither_more_nor_less, clean),
		cmocka_unit_test_teardown(before_and_after, clean),
		cmocka_unit_test_teardown(two_that_are_out, clean),
		cmocka_unit_test_teardown(the_reply_counts_too, clean),
		cmocka_unit_test_teardown(a_code_without_its_field, clean),
		cmocka_unit_test_teardown(lines_that_make_no_sense, clean),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
