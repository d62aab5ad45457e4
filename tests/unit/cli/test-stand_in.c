/* SPDX-License-Identifier: MIT */
#include "cli/bytes.h"
#include "cli/stand_in.h"
#include "kit.h"

#define HEAD "case x\nabi cca-v7\n"
#define SENDS                                                                                  \
	"sends 30 00 00 00 07 00 00 00 07 00 00 00 01 00 00 00 04 00 00 00 04 00 00 00 pp*16 " \
	"00*8\n"

static struct arena arena;
static struct vec_file file;
static struct replay replay;
static struct script script;
static struct crew crew;
static struct stand_in stand_in;

/* One request of each, and what came back. */
static struct request {
	uint8_t arg[48];
	uint8_t payload[4];
	uint8_t answer[4];
	int rc;
	bool back;
} requests[2];

static void begin(const char *text)
{
	kit_parse(&arena, text, &file);
	replay = (struct replay){.vec = &file.cases[0]};
	script_read(&replay, &script);
	for (size_t i = 0; i < script.count; i++)
		script.send[i].cmd = 0x3b96;
	crew_open(&crew);
	stand_in_open(&stand_in, &script, &crew);
	script_open(&script, TSMREQ_UAPI_CCA_V7, TSMREQ_ARCH_CCA, &stand_in.transport);
	memset(requests, 0, sizeof(requests));
}

static void end(void)
{
	stand_in_close(&stand_in);
	crew_close(&crew);
	arena_free(&replay.arena);
	arena_free(&arena);
}

static void send(void *userdata)
{
	static const uint8_t head[24] = {48, 0, 0, 0, 7, 0, 0, 0, 7, 0, 0, 0,
					 1,  0, 0, 0, 4, 0, 0, 0, 4, 0, 0, 0};
	struct request *request = userdata;

	memset(request, 0, sizeof(*request));
	memcpy(request->arg, head, sizeof(head));
	bytes_put_pointer(request->arg + 24, request->payload);
	bytes_put_pointer(request->arg + 32, request->answer);
	request->rc =
		script.tap.transport.submit(script.tap.transport.userdata, 0x3b96, request->arg);
	request->back = true;
}

static void count(void *userdata)
{
	++*(int *)userdata;
}

static void an_answer(void **state)
{
	int sent = 0;

	(void)state;
	begin(HEAD SENDS "reply ret=1 code=5 resp=09 08\n");
	stand_in.sent = count;
	stand_in.userdata = &sent;
	send(&requests[0]);
	assert_string_equal(replay.why, "");
	assert_int_equal(requests[0].rc, 1);
	assert_int_equal(bytes_get64(requests[0].arg + 40), 5);
	assert_memory_equal(requests[0].answer, "\x09\x08\0\0", 4);
	assert_int_equal(sent, 1);
	end();
}

static void too_long_an_answer(void **state)
{
	(void)state;
	begin(HEAD SENDS "reply ret=0 resp=01 02 03 04 05\n");
	send(&requests[0]);
	assert_non_null(strstr(replay.why, "longer than the room"));
	assert_memory_equal(requests[0].answer, "\1\2\3\4", 4);
	end();
}

static void nobody_answers(void **state)
{
	(void)state;
	begin(HEAD SENDS);
	send(&requests[0]);
	assert_int_equal(requests[0].rc, -ENODEV);
	assert_non_null(strstr(replay.why, "the vCPU waits for it"));
	end();
}

static void a_worker_waits_for_its_line(void **state)
{
	(void)state;
	begin(HEAD SENDS SENDS "reply ret=2\nreply ret=1\n");
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(crew_start(&crew, send, &requests[i]), 0);
		crew_wait(&crew);
		assert_false(requests[i].back);
	}
	/* lines 5 and 6; what was sent last is answered first */
	stand_in_pass(&stand_in, 5);
	assert_false(requests[1].back);
	stand_in_pass(&stand_in, 6);
	assert_true(requests[1].back);
	assert_int_equal(requests[1].rc, 2);
	assert_false(requests[0].back);
	stand_in_pass(&stand_in, 3);
	assert_false(requests[0].back);
	stand_in_pass(&stand_in, 7);
	assert_int_equal(requests[0].rc, 1);
	assert_string_equal(replay.why, "");
	end();
}

static void a_line_that_is_past(void **state)
{
	(void)state;
	begin(HEAD SENDS "reply ret=3\n");
	stand_in_pass(&stand_in, 5);
	assert_int_equal(crew_start(&crew, send, &requests[0]), 0);
	crew_wait(&crew);
	assert_int_equal(requests[0].rc, 3);
	end();
}

static void never_answered(void **state)
{
	(void)state;
	begin(HEAD SENDS);
	assert_int_equal(crew_start(&crew, send, &requests[0]), 0);
	crew_wait(&crew);
	stand_in_close(&stand_in);
	assert_int_equal(requests[0].rc, -ENODEV);
	/* and what is sent now is of no case */
	send(&requests[1]);
	assert_int_equal(requests[1].rc, -ENODEV);
	assert_string_equal(replay.why, "");
	end();
}

static void a_rehearsal(void **state)
{
	(void)state;
	begin(HEAD SENDS "reply ret=0\n");
	script.rehearsed = true;
	stand_in.rehearsal = -EIO;
	send(&requests[0]);
	assert_int_equal(requests[0].rc, -EIO);
	assert_int_equal(script.done, 0);
	assert_string_equal(replay.why, "");
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer),
		cmocka_unit_test(too_long_an_answer),
		cmocka_unit_test(nobody_answers),
		cmocka_unit_test(a_worker_waits_for_its_line),
		cmocka_unit_test(a_line_that_is_past),
		cmocka_unit_test(never_answered),
		cmocka_unit_test(a_rehearsal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
