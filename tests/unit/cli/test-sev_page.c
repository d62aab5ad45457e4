/* SPDX-License-Identifier: MIT */
#include "cli/sev_page.h"
#include "kit.h"

static void answer_of(struct sev_page *answer, const struct sev_page *request)
{
	*answer = *request;
	answer->bytes[0x34]++; /* type */
	answer->bytes[0x20]++; /* seqno */
}

static void header_as_the_firmware_reads_it(void **state)
{
	struct sev_page page;

	(void)state;
	sev_page_build(&page, SEV_MMIO_VALIDATE, 0x0102);
	assert_int_equal(page.bytes[0x20], 0x02);
	assert_int_equal(page.bytes[0x21], 0x01);
	assert_int_equal(page.bytes[0x30], 1);
	assert_int_equal(page.bytes[0x31], 1);
	assert_int_equal(page.bytes[0x32], 0x60);
	assert_int_equal(page.bytes[0x33], 0);
	assert_int_equal(page.bytes[0x34], 21);
	assert_int_equal(page.bytes[0x35], 1);
	assert_int_equal(page.bytes[0x36], 48);
	assert_int_equal(page.bytes[0x5f], 0);
	assert_int_equal(page.bytes[0x60 + 47], 0xe5);
	assert_int_equal(page.bytes[0x60 + 48], 0);
}

static void sizes_by_message(void **state)
{
	struct sev_page page;

	(void)state;
	sev_page_build(&page, SEV_TDI_INFO, 1);
	assert_int_equal(page.bytes[0x36], 16);
	sev_page_build(&page, SEV_SDTE_WRITE, 1);
	assert_int_equal(page.bytes[0x36], 80);
}

static void every_field_of_an_answer_counts(void **state)
{
	static const size_t fields[] = {0x20, 0x27, 0x31, 0x32, 0x33, 0x34, 0x35};
	struct sev_page request;
	struct sev_page answer;

	(void)state;
	sev_page_build(&request, SEV_TDI_INFO, 1);
	answer_of(&answer, &request);
	assert_true(sev_page_answers(&answer, &request));
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		answer_of(&answer, &request);
		answer.bytes[fields[i]] ^= 0x40;
		assert_false(sev_page_answers(&answer, &request));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(header_as_the_firmware_reads_it),
		cmocka_unit_test(sizes_by_message),
		cmocka_unit_test(every_field_of_an_answer_counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
