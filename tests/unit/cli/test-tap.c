/* SPDX-License-Identifier: MIT */
#include "cli/bytes.h"
#include "cli/tap.h"
#include "kit.h"

static int behind_calls;
static int before_answer;
static int after_rc;

static int behind(void *userdata, unsigned long request, void *arg)
{
	assert_ptr_equal(userdata, &behind_calls);
	assert_int_equal(request, 0x3b96);
	bytes_put32((uint8_t *)arg + 4, 9);
	behind_calls++;
	return -ENXIO;
}

static int before(void *userdata, unsigned long request, const void *arg)
{
	assert_ptr_equal(userdata, &before_answer);
	assert_int_equal(request, 0x3b96);
	assert_int_equal(bytes_get32((const uint8_t *)arg + 4), 7);
	return before_answer;
}

static void after(void *userdata, unsigned long request, const void *arg, int rc)
{
	assert_ptr_equal(userdata, &before_answer);
	assert_int_equal(request, 0x3b96);
	assert_int_equal(bytes_get32((const uint8_t *)arg + 4), 9);
	after_rc = rc;
}

static const struct tsmreq_transport kernel = {
	.size = sizeof(kernel),
	.submit = behind,
	.userdata = &behind_calls,
};

static int submit(const struct tap *tap)
{
	uint8_t arg[16] = {16, 0, 0, 0, 7};

	return tap->transport.submit(tap->transport.userdata, 0x3b96, arg);
}

static void everything_passes(void **state)
{
	struct tap tap = {.behind = &kernel};

	(void)state;
	behind_calls = 0;
	tap_open(&tap);
	assert_int_equal(submit(&tap), -ENXIO);
	assert_int_equal(behind_calls, 1);
}

static void seen_on_both_ways(void **state)
{
	struct tap tap = {
		.behind = &kernel, .before = before, .after = after, .userdata = &before_answer};

	(void)state;
	behind_calls = 0;
	before_answer = 0;
	after_rc = 0;
	tap_open(&tap);
	assert_int_equal(submit(&tap), -ENXIO);
	assert_int_equal(after_rc, -ENXIO);
	assert_int_equal(behind_calls, 1);
}

static void held_back(void **state)
{
	struct tap tap = {
		.behind = &kernel, .before = before, .after = after, .userdata = &before_answer};

	(void)state;
	behind_calls = 0;
	before_answer = -EPROTO;
	after_rc = 1;
	tap_open(&tap);
	assert_int_equal(submit(&tap), -EPROTO);
	assert_int_equal(behind_calls, 0);
	assert_int_equal(after_rc, 1);
}

static void sizes_are_believed_so_far(void **state)
{
	uint8_t arg[4];

	(void)state;
	bytes_put32(arg, 48);
	assert_int_equal(tap_get_size(arg), 48);
	bytes_put32(arg, 0xffffffff);
	assert_int_equal(tap_get_size(arg), 4096);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_passes),
		cmocka_unit_test(seen_on_both_ways),
		cmocka_unit_test(held_back),
		cmocka_unit_test(sizes_are_believed_so_far),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
