/* SPDX-License-Identifier: MIT */
#include "mock/memory.h"

#include <sys/mman.h>
#include <unistd.h>

#include "kit.h"

/* Both accessors copy, both refuse page 0 and what wraps around, and nothing is never refused. */
static void check_accessor(const struct mock_memory *memory)
{
	uint8_t there[8] = {1, 2, 3, 4, 5, 6, 7, 8};
	uint8_t here[8] = {0};

	assert_int_equal(memory->read(memory, here, (uintptr_t)there, sizeof(here)), 0);
	assert_memory_equal(here, there, sizeof(here));
	here[0] = 9;
	assert_int_equal(memory->write(memory, (uintptr_t)there, here, 1), 0);
	assert_int_equal(there[0], 9);
	assert_int_equal(there[1], 2);

	assert_int_equal(memory->read(memory, here, 0, 1), -EFAULT);
	assert_int_equal(memory->write(memory, 0, here, 1), -EFAULT);
	assert_int_equal(memory->read(memory, here, 4095, 1), -EFAULT);
	assert_int_equal(memory->write(memory, 4095, here, 1), -EFAULT);
	assert_int_equal(memory->read(memory, here, UINT64_MAX - 3, 8), -EFAULT);
	assert_int_equal(memory->write(memory, UINT64_MAX - 3, here, 8), -EFAULT);

	assert_int_equal(memory->read(memory, here, 0, 0), 0);
	assert_int_equal(memory->write(memory, 0, here, 0), 0);
}

static void test_direct(void **state)
{
	(void)state;
	check_accessor(&tsmreq_mock_memory_direct);
}

static void test_checked(void **state)
{
	const struct mock_memory *memory = &tsmreq_mock_memory_checked;
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	uint8_t bytes[16] = {0};
	uint8_t *pages;
	int err = tsmreq_mock_memory_probe();

	(void)state;
	if (err == -ENOSYS || err == -EPERM) {
		print_message("# no process_vm_readv here: %d\n", err);
		skip();
	}
	assert_int_equal(err, 0);
	check_accessor(memory);

	pages = mmap(NULL, 2 * page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(pages, MAP_FAILED);
	assert_int_equal(mprotect(pages + page, page, PROT_NONE), 0);
	/* read-only, not there, and half there */
	assert_int_equal(memory->read(memory, bytes, (uintptr_t)pages, 16), 0);
	assert_int_equal(memory->write(memory, (uintptr_t)pages, bytes, 16), -EFAULT);
	assert_int_equal(memory->read(memory, bytes, (uintptr_t)pages + page, 1), -EFAULT);
	assert_int_equal(memory->read(memory, bytes, (uintptr_t)pages + page - 8, 16), -EFAULT);
	assert_int_equal(munmap(pages, 2 * page), 0);
	assert_int_equal(memory->read(memory, bytes, (uintptr_t)pages, 1), -EFAULT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_direct),
		cmocka_unit_test(test_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
