/* SPDX-License-Identifier: MIT */
#include "mock/faults.h"

#include <stdio.h>

#include "kit.h"

static void test_words(void **state)
{
	struct mock_fault fault = {0};

	(void)state;
	assert_int_equal(tsmreq_mock_fault_add(&fault, "backend:EIO"), 0);
	assert_int_equal(tsmreq_mock_fault_add(&fault, "after:EPROTO"), 0);
	assert_int_equal(tsmreq_mock_fault_add(&fault, "residue:4097"), 0);
	assert_int_equal(tsmreq_mock_fault_add(&fault, "code:c000010000000000"), 0);
	assert_int_equal(tsmreq_mock_fault_add(&fault, "intr:3"), 0);
	assert_int_equal(tsmreq_mock_fault_add(&fault, "resp-unwritable"), 0);
	assert_int_equal(tsmreq_mock_fault_add(&fault, "code-kept"), 0);
	assert_int_equal(tsmreq_mock_fault_add(&fault, "delay:250"), 0);
	assert_int_equal(tsmreq_mock_fault_add(&fault, "busy"), 0);
	assert_int_equal(tsmreq_mock_fault_add(&fault, "in-use"), 0);
	assert_int_equal(fault.backend, -EIO);
	assert_int_equal(fault.after, -EPROTO);
	assert_true(fault.has_residue);
	assert_int_equal(fault.residue, 4097);
	assert_true(fault.code == 0xc000010000000000u);
	assert_int_equal(fault.intr_left, 3);
	assert_true(fault.code_kept && fault.delay_ms == 250);
	assert_true(fault.resp_unwritable && fault.busy && fault.in_use);

	/* "" ends all of it */
	assert_int_equal(tsmreq_mock_fault_add(&fault, ""), 0);
	assert_memory_equal(&fault, &(struct mock_fault){0}, sizeof(fault));
}

/* A kernel may say anything. */
static void test_errnos(void **state)
{
	(void)state;
	for (int error = 1; error < 134; error++) {
		const char *name = strerrorname_np(error);
		struct mock_fault fault = {0};
		char word[40];

		if (name == NULL)
			continue;
		snprintf(word, sizeof(word), "backend:%s", name);
		assert_int_equal(tsmreq_mock_fault_add(&fault, word), 0);
		assert_int_equal(fault.backend, -error);
	}
}

static void test_unknown_words(void **state)
{
	static const char *const words[] = {
		"backend",
		"backend:",
		"backend:EFOO",
		"backend:EIO ",
		"after:5",
		"intr:",
		"intr:x",
		"intr:4294967296",
		"residue:",
		"residue:-1",
		"residue:0x10",
		"residue:a",
		"code:",
		"code:0x1",
		"code:g",
		"code:10000000000000000",
		"copyout-twice",
		"BUSY",
		"residue:4294967296",
		" ",
		"intr: 1",
		"code:+1",
		"code:G",
		"code:@",
		"code:`",
		"code:/",
		"code::",
		"gone-fishing",
		"delay:",
		"delay:600001",
		"gone",
	};
	struct mock_fault fault = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (tsmreq_mock_fault_add(&fault, words[i]) != -EINVAL)
			fail_msg("taken: '%s'", words[i]);
}

static void test_limits(void **state)
{
	struct mock_fault fault = {0};

	(void)state;
	assert_int_equal(tsmreq_mock_fault_add(&fault, "residue:4294967295"), 0);
	assert_int_equal(fault.residue, UINT32_MAX);
	assert_int_equal(tsmreq_mock_fault_add(&fault, "code:ffffffffffffffff"), 0);
	assert_true(fault.code == UINT64_MAX);
	assert_int_equal(tsmreq_mock_fault_add(&fault, "code:09afAF"), 0);
	assert_true(fault.code == 0x09afaf);
	assert_int_equal(tsmreq_mock_fault_add(&fault, "residue:0"), 0);
	assert_int_equal(fault.residue, 0);
}

static void test_waits(void **state)
{
	struct mock_fault fault = {0};

	(void)state;
	assert_int_equal(tsmreq_mock_fault_wait(&fault), 0);
	assert_int_equal(tsmreq_mock_fault_add(&fault, "intr-once"), 0);
	assert_int_equal(tsmreq_mock_fault_wait(&fault), -EINTR);
	assert_int_equal(tsmreq_mock_fault_wait(&fault), 0);
	assert_int_equal(tsmreq_mock_fault_add(&fault, "intr:2"), 0);
	assert_int_equal(tsmreq_mock_fault_wait(&fault), -EINTR);
	assert_int_equal(tsmreq_mock_fault_wait(&fault), -EINTR);
	assert_int_equal(tsmreq_mock_fault_wait(&fault), 0);
	assert_int_equal(tsmreq_mock_fault_add(&fault, "again-once"), 0);
	assert_int_equal(tsmreq_mock_fault_wait(&fault), -EAGAIN);
	assert_int_equal(tsmreq_mock_fault_wait(&fault), 0);
	assert_int_equal(tsmreq_mock_fault_add(&fault, "intr"), 0);
	for (int i = 0; i < 10; i++)
		assert_int_equal(tsmreq_mock_fault_wait(&fault), -EINTR);
}

static void test_copyout(void **state)
{
	struct mock_fault fault = {0};

	(void)state;
	assert_int_equal(tsmreq_mock_fault_copyout(&fault), 0);
	assert_int_equal(tsmreq_mock_fault_add(&fault, "copyout-once"), 0);
	assert_int_equal(tsmreq_mock_fault_copyout(&fault), -EFAULT);
	assert_int_equal(tsmreq_mock_fault_copyout(&fault), 0);
	assert_int_equal(tsmreq_mock_fault_add(&fault, "copyout"), 0);
	assert_int_equal(tsmreq_mock_fault_copyout(&fault), -EFAULT);
	assert_int_equal(tsmreq_mock_fault_copyout(&fault), -EFAULT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),	      cmocka_unit_test(test_errnos),
		cmocka_unit_test(test_unknown_words), cmocka_unit_test(test_limits),
		cmocka_unit_test(test_waits),	      cmocka_unit_test(test_copyout),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
