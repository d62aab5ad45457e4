/* SPDX-License-Identifier: MIT */
#include "cli/bytes.h"
#include "cli/journal.h"
#include "kit.h"

static char text[1024];
static uint8_t request[4096];
static uint8_t response[4096];
static uint8_t arg[64];
static int rc;

static int submit(void *userdata, unsigned long cmd, void *out)
{
	(void)userdata;
	(void)cmd;
	(void)out;
	return rc;
}

static const struct tsmreq_transport transport = {.size = sizeof(transport), .submit = submit};

/* What the journal writes about one ioctl on a row. */
static const char *write_one(enum tsmreq_uapi uapi, unsigned long cmd, size_t nonce_at)
{
	struct tsmreq_uapi_info info;
	struct journal journal;
	FILE *out;

	memset(text, 0, sizeof(text));
	out = fmemopen(text, sizeof(text) - 1, "w");
	assert_non_null(out);
	assert_int_equal(tsmreq_uapi_get_info(uapi, &info), 0);
	journal_open(&journal, &transport, &info, out);
	journal.nonce_at = nonce_at;
	assert_int_equal(journal.tap.transport.submit(journal.tap.transport.userdata, cmd, arg),
			 rc);
	fclose(out);
	return text;
}

static int begin(void **state)
{
	(void)state;
	memset(arg, 0, sizeof(arg));
	memset(request, 0, sizeof(request));
	memset(response, 0, sizeof(response));
	rc = 0;
	return 0;
}

#define I "             "

static void small_structures(void **state)
{
	(void)state;
	bytes_put32(arg, 16);
	bytes_put32(arg + 4, 1);
	bytes_put32(arg + 12, 7);
	assert_string_equal(write_one(TSMREQ_UAPI_V5, 0x3b95, 0), I "# ioctl 0x3b95\n" I "sends  "
								    "10 00 00 "
								    "00 01 "
								    "00*7 07 "
								    "00 00 00\n" I "reply  "
								    "ret=0\n");
	rc = -EBUSY;
	assert_non_null(strstr(write_one(TSMREQ_UAPI_V5, 0x3b95, 0), "reply  ret=-EBUSY\n"));
}

/* Pointers are pp, or two runs would never print the same. */
static void requests_and_answers(void **state)
{
	(void)state;
	bytes_put32(arg, 48);
	bytes_put32(arg + 4, 7);
	bytes_put32(arg + 16, 4);
	bytes_put32(arg + 20, 8);
	bytes_put_pointer(arg + 24, request);
	bytes_put_pointer(arg + 32, response);
	bytes_put64(arg + 40, 0x1d);
	request[0] = 3;
	response[0] = 0x40;
	rc = 4;
	assert_string_equal(write_one(TSMREQ_UAPI_CCA_V7, 0x3b96, 0),
			    I "# ioctl 0x3b96\n" I "sends  30 00 00 00 07 00*11 04 00 00 00 08 00 "
			      "00 00 pp*8 pp*8 "
			      "1d 00*7\n" I "req    03 00 00 00\n" I "reply  ret=4 code=1d resp=40 "
			      "00*7\n");
}

static void a_null_pointer_is_shown(void **state)
{
	(void)state;
	bytes_put32(arg, 40);
	bytes_put32(arg + 12, 4);
	bytes_put_pointer(arg + 24, request);
	assert_string_equal(write_one(TSMREQ_UAPI_V5, 0x3b96, 0),
			    I "# ioctl 0x3b96\n" I "sends  28 00*11 04 00*11 pp*8 00*8\n" I
			      "req    00*4\n" I "reply  ret=0\n");
}

static void the_first_layout_keeps_them_elsewhere(void **state)
{
	(void)state;
	bytes_put32(arg, 48);
	bytes_put32(arg + 16, 1);
	bytes_put32(arg + 20, 1);
	bytes_put_pointer(arg + 32, request);
	bytes_put_pointer(arg + 40, response);
	assert_string_equal(write_one(TSMREQ_UAPI_RFC1, 0x3b96, 0),
			    I "# ioctl 0x3b96\n" I "sends  30 00*15 01 00 00 00 01 00*11 pp*8 "
			      "pp*8\n" I "req    00\n" I "reply  ret=0 resp=00\n");
}

static void nonces_are_pointers(void **state)
{
	(void)state;
	bytes_put32(arg, 40);
	bytes_put32(arg + 12, 24);
	bytes_put_pointer(arg + 24, request);
	bytes_put_pointer(request + 16, response);
	assert_non_null(strstr(write_one(TSMREQ_UAPI_V5, 0x3b96, 16), "req    00*16 pp*8\n"));
	assert_null(strstr(write_one(TSMREQ_UAPI_V5, 0x3b96, 0), "req    00*16 pp*8\n"));
}

static void long_answers_are_cut(void **state)
{
	(void)state;
	bytes_put32(arg, 40);
	bytes_put32(arg + 16, 4096);
	bytes_put_pointer(arg + 32, response);
	assert_non_null(strstr(write_one(TSMREQ_UAPI_V5, 0x3b96, 0), "resp=00*64 and 4032 more\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(small_structures, begin),
		cmocka_unit_test_setup(requests_and_answers, begin),
		cmocka_unit_test_setup(a_null_pointer_is_shown, begin),
		cmocka_unit_test_setup(the_first_layout_keeps_them_elsewhere, begin),
		cmocka_unit_test_setup(nonces_are_pointers, begin),
		cmocka_unit_test_setup(long_answers_are_cut, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
