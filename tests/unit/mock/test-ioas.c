/* SPDX-License-Identifier: MIT */
/* The IOAS family through its ioctls: order of tests, what goes in and what comes back. */
#include "ioas.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static void test_map_order(void **state)
{
	struct tsmreq_mock *mock = boot(TSMREQ_UAPI_V5);
	uint32_t ioas = ioas_alloc(mock);
	const struct map good = {
		.flags = FIXED | READ, .ioas = ioas, .address = 0x100000, .length = 1, .iova = 7};
	struct map wrong = {.flags = 8, .ioas = 99, .length = UINT64_MAX, .iova = UINT64_MAX};

	(void)state;
	assert_int_equal(map(mock, &wrong), -EOPNOTSUPP);
	wrong.flags = 0;
	wrong.reserved = 1;
	assert_int_equal(map(mock, &wrong), -EOPNOTSUPP);
	wrong.reserved = 0;
	assert_int_equal(map(mock, &wrong), -EOVERFLOW);
	wrong.iova = 0;
	assert_int_equal(map(mock, &wrong), -EOVERFLOW);
	wrong.length = 0;
	assert_int_equal(map(mock, &wrong), -EINVAL);
	wrong.flags = FIXED;
	assert_int_equal(map(mock, &wrong), -EINVAL);
	wrong.flags = READ;
	assert_int_equal(map(mock, &wrong), -ENOENT);
	wrong.ioas = ioas;
	wrong.address = UINT64_MAX;
	wrong.length = 1;
	assert_int_equal(map(mock, &wrong), -EOVERFLOW);
	wrong.length = 0;
	assert_int_equal(map(mock, &wrong), -EINVAL);
	wrong.address = 0;
	wrong.length = UINT64_MAX - 4095;
	assert_int_equal(map(mock, &wrong), -EINVAL);
	wrong.length--;
	assert_int_equal(map(mock, &wrong), -EOVERFLOW);
	wrong = good;
	wrong.iova = UINT64_MAX - 1;
	wrong.length = 3;
	assert_int_equal(map(mock, &wrong), -EOVERFLOW);
	wrong = good;
	assert_int_equal(map(mock, &wrong), 0);
	assert_int_equal(map(mock, &wrong), -EEXIST);
	tsmreq_mock_free(mock);
}

/* Memory nobody has is mapped as long as no page table wants it; a vDevice is no IOAS. */
static void test_map(void **state)
{
	struct tsmreq_mock *mock = boot(TSMREQ_UAPI_V5);
	uint32_t ioas = ioas_alloc(mock);
	struct map arg = {.flags = READ | WRITE, .ioas = ioas, .address = 0x3000, .length = PAGE};
	uint32_t hwpt;

	(void)state;
	assert_int_equal(map(mock, &arg), 0);
	assert_int_equal(arg.iova, PAGE);
	assert_int_equal(map(mock, &arg), 0);
	assert_int_equal(arg.iova, 2 * PAGE);
	/* without FIXED what is asked for does not matter, and it is tested all the same */
	arg.iova = UINT64_MAX;
	assert_int_equal(map(mock, &arg), -EOVERFLOW);
	assert_int_equal(tsmreq_mock_add_object(mock, TSMREQ_MOCK_HWPT, 0, &hwpt), 0);
	arg.ioas = hwpt;
	arg.iova = 0;
	assert_int_equal(map(mock, &arg), -ENOENT);

	/* a copy-out that fails comes too late */
	arg.ioas = ioas;
	assert_int_equal(tsmreq_mock_set_fault(mock, ioas, "copyout-once"), 0);
	assert_int_equal(map(mock, &arg), -EFAULT);
	assert_int_equal(arg.iova, 0);
	assert_int_equal(unmap(mock, ioas, 3 * PAGE, PAGE), PAGE);
	/* the kernel has no memory left for it */
	assert_int_equal(tsmreq_mock_set_fault(mock, ioas, "backend:ENOMEM"), 0);
	assert_int_equal(map(mock, &arg), -ENOMEM);
	assert_int_equal(unmap(mock, ioas, 3 * PAGE, PAGE), -ENOENT);
	tsmreq_mock_free(mock);
}

static void test_unmap(void **state)
{
	struct tsmreq_mock *mock = boot(TSMREQ_UAPI_V5);
	uint32_t ioas = ioas_alloc(mock);

	(void)state;
	assert_int_equal(unmap(mock, 99, 0, UINT64_MAX), -ENOENT);
	assert_int_equal(unmap(mock, ioas, 0, 0), -EINVAL);
	assert_int_equal(unmap(mock, ioas, 1, UINT64_MAX), -EOVERFLOW);
	assert_int_equal(unmap(mock, ioas, UINT64_MAX, 1), -EOVERFLOW);
	assert_int_equal(unmap(mock, ioas, UINT64_MAX - 1, 3), -EOVERFLOW);
	/* nothing there: an error, unless everything was meant */
	assert_int_equal(unmap(mock, ioas, 0, UINT64_MAX), 0);
	assert_int_equal(unmap(mock, ioas, 0, UINT64_MAX - 1), -ENOENT);
	assert_int_equal(map_fixed(mock, ioas, 0, PAGE), 0);
	assert_int_equal(map_fixed(mock, ioas, 2 * PAGE, 2 * PAGE), 0);
	assert_int_equal(unmap(mock, ioas, 3 * PAGE, PAGE), -ENOENT);
	assert_int_equal(unmap(mock, ioas, 2 * PAGE, PAGE), -ENOENT);
	assert_int_equal(unmap(mock, ioas, PAGE, 10 * PAGE), 2 * PAGE);
	assert_int_equal(unmap(mock, ioas, 0, UINT64_MAX), PAGE);
	/* as far as it got it is done */
	assert_int_equal(map_fixed(mock, ioas, 0, PAGE), 0);
	assert_int_equal(map_fixed(mock, ioas, 2 * PAGE, 2 * PAGE), 0);
	assert_int_equal(unmap(mock, ioas, 0, 3 * PAGE), -ENOENT);
	assert_int_equal(unmap(mock, ioas, 0, PAGE), -ENOENT);
	assert_int_equal(unmap(mock, ioas, 0, UINT64_MAX), 2 * PAGE);
	/* the end of the address space is within reach */
	assert_int_equal(map_fixed(mock, ioas, UINT64_MAX - 1, 2), 0);
	assert_int_equal(unmap(mock, ioas, UINT64_MAX - 1, 2), 2);
	/* with mappings in it it can be destroyed */
	assert_int_equal(map_fixed(mock, ioas, 0, PAGE), 0);
	assert_int_equal(destroy(mock, ioas), 0);
	tsmreq_mock_free(mock);
}

static int copy(struct tsmreq_mock *mock, uint32_t flags, uint32_t dst, uint32_t src,
		uint64_t length, uint64_t *dst_iova, uint64_t src_iova)
{
	uint8_t arg[40] = {40};
	int ret;

	tsmreq_store_le32(arg + 4, flags);
	tsmreq_store_le32(arg + 8, dst);
	tsmreq_store_le32(arg + 12, src);
	tsmreq_store_le64(arg + 16, length);
	tsmreq_store_le64(arg + 24, *dst_iova);
	tsmreq_store_le64(arg + 32, src_iova);
	ret = ask(mock, 0x83, arg);
	*dst_iova = tsmreq_load_le64(arg + 24);
	return ret;
}

static void test_copy(void **state)
{
	struct tsmreq_mock *mock = boot(TSMREQ_UAPI_V5);
	uint32_t src = ioas_alloc(mock);
	uint32_t dst = ioas_alloc(mock);
	struct map read_only = {.flags = FIXED | READ,
				.ioas = src,
				.address = 0x100000,
				.length = PAGE,
				.iova = 8 * PAGE};
	uint64_t iova = UINT64_MAX;

	(void)state;
	assert_int_equal(map_fixed(mock, src, PAGE, PAGE), 0);
	assert_int_equal(map_fixed(mock, src, 2 * PAGE, PAGE), 0);
	assert_int_equal(copy(mock, 8, dst, src, PAGE, &iova, PAGE), -EOPNOTSUPP);
	assert_int_equal(copy(mock, 0, dst, src, PAGE, &iova, PAGE), -EOVERFLOW);
	iova = 0;
	assert_int_equal(copy(mock, 0, dst, src, UINT64_MAX, &iova, PAGE), -EOVERFLOW);
	assert_int_equal(copy(mock, 0, dst, src, PAGE, &iova, UINT64_MAX), -EOVERFLOW);
	assert_int_equal(copy(mock, FIXED, dst, src, PAGE, &iova, PAGE), -EINVAL);
	assert_int_equal(copy(mock, READ, 99, 99, 0, &iova, PAGE), -ENOENT);
	assert_int_equal(copy(mock, READ, 99, src, 0, &iova, PAGE), -EINVAL);
	assert_int_equal(copy(mock, READ, 99, src, 3, &iova, UINT64_MAX - 1), -EOVERFLOW);
	assert_int_equal(copy(mock, READ, 99, src, 3 * PAGE, &iova, PAGE), -ENOENT);
	assert_int_equal(copy(mock, READ, 99, src, PAGE, &iova, PAGE), -ENOENT);

	/* part of two of them, into the same and into another */
	assert_int_equal(copy(mock, READ | WRITE | FIXED, dst, src, PAGE, &iova, PAGE + 5), 0);
	assert_int_equal(copy(mock, READ | WRITE | FIXED, dst, src, PAGE, &iova, PAGE + 5),
			 -EEXIST);
	assert_int_equal(copy(mock, READ | WRITE, src, src, 2 * PAGE, &iova, PAGE), 0);
	assert_int_equal(iova, 4 * PAGE);
	assert_int_equal(unmap(mock, dst, 0, PAGE), PAGE);
	assert_int_equal(unmap(mock, src, 4 * PAGE, 2 * PAGE), 2 * PAGE);

	/* what may only be read may only be read */
	iova = 0;
	assert_int_equal(map(mock, &read_only), 0);
	assert_int_equal(copy(mock, READ | WRITE | FIXED, dst, src, PAGE, &iova, 8 * PAGE), -EPERM);
	assert_int_equal(copy(mock, READ | FIXED, dst, src, PAGE, &iova, 8 * PAGE), 0);
	/* and a copy outlives what it was copied from */
	assert_int_equal(destroy(mock, src), 0);
	assert_int_equal(unmap(mock, dst, 0, PAGE), PAGE);
	tsmreq_mock_free(mock);
}

static int map_file(struct tsmreq_mock *mock, uint32_t flags, uint32_t ioas, int fd, uint64_t start,
		    uint64_t length, uint64_t *iova)
{
	uint8_t arg[40] = {40};
	int ret;

	tsmreq_store_le32(arg + 4, flags);
	tsmreq_store_le32(arg + 8, ioas);
	tsmreq_store_le32(arg + 12, (uint32_t)fd);
	tsmreq_store_le64(arg + 16, start);
	tsmreq_store_le64(arg + 24, length);
	tsmreq_store_le64(arg + 32, *iova);
	ret = ask(mock, 0x8f, arg);
	*iova = tsmreq_load_le64(arg + 32);
	return ret;
}

static int change_process(struct tsmreq_mock *mock, uint32_t reserved)
{
	uint8_t arg[8] = {8};

	tsmreq_store_le32(arg + 4, reserved);
	return ask(mock, 0x92, arg);
}

static void test_file(void **state)
{
	struct tsmreq_mock *mock = boot(TSMREQ_UAPI_V5);
	uint32_t ioas = ioas_alloc(mock);
	uint64_t iova = UINT64_MAX;
	int fd = memfd_create("ram", 0);
	uint32_t hwpt;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(map_file(mock, 8, 99, -1, 0, UINT64_MAX, &iova), -EOPNOTSUPP);
	assert_int_equal(map_file(mock, 0, 99, -1, 0, 0, &iova), -EOVERFLOW);
	iova = 0;
	assert_int_equal(map_file(mock, 0, 99, -1, 0, 0, &iova), -EINVAL);
	assert_int_equal(map_file(mock, READ, 99, -1, 0, 0, &iova), -ENOENT);
	assert_int_equal(map_file(mock, READ, ioas, -1, 0, 0, &iova), -EBADF);
	assert_int_equal(map_file(mock, READ, ioas, fd, UINT64_MAX, 2, &iova), -EOVERFLOW);
	assert_int_equal(map_file(mock, READ, ioas, fd, UINT64_MAX, 0, &iova), -EINVAL);
	assert_int_equal(map_file(mock, READ, ioas, fd, 0x3000, 2 * PAGE, &iova), 0);
	assert_int_equal(iova, PAGE);

	/* all that is mapped changes hands, or nothing does: memory cannot */
	assert_int_equal(change_process(mock, 1), -EOPNOTSUPP);
	assert_int_equal(change_process(mock, 0), 0);
	assert_int_equal(map_fixed(mock, ioas, 0x10000, 1), 0);
	assert_int_equal(change_process(mock, 0), -EINVAL);
	assert_int_equal(unmap(mock, ioas, 0x10000, 1), 1);
	assert_int_equal(change_process(mock, 0), 0);
	assert_int_equal(hwpt_alloc(mock, ioas, &hwpt), 0);
	assert_int_equal(close(fd), 0);
	tsmreq_mock_free(mock);
}

/* ---- ranges ---- */

static int ranges(struct tsmreq_mock *mock, uint32_t nr, uint32_t ioas, const uint64_t (*list)[2],
		  uint32_t *count, uint64_t *alignment)
{
	uint8_t arg[32] = {nr == 0x82 ? 24 : 32};
	int ret;

	tsmreq_store_le32(arg + 4, ioas);
	tsmreq_store_le32(arg + 8, *count);
	tsmreq_store_le64(arg + 16, (uintptr_t)list);
	ret = ask(mock, nr, arg);
	*count = tsmreq_load_le32(arg + 8);
	if (alignment != NULL)
		*alignment = tsmreq_load_le64(arg + 24);
	return ret;
}

static int reserve(struct tsmreq_mock *mock, uint32_t ioas, uint64_t start, uint64_t length)
{
	uint8_t arg[72] = {72, 0, 0, 0, 1};

	tsmreq_store_le32(arg + 8, ioas);
	tsmreq_store_le64(arg + 16, start);
	tsmreq_store_le64(arg + 24, length);
	return ask(mock, 0xa0, arg);
}

static struct tsmreq_mock *boot_selftest(void)
{
	const struct tsmreq_mock_opts opts = {
		.size = sizeof(opts), .uapi = TSMREQ_UAPI_V5, .flags = TSMREQ_MOCK_SELFTEST};
	struct tsmreq_mock *mock = NULL;

	assert_int_equal(tsmreq_mock_new(&mock, &opts), 0);
	return mock;
}

/* Too few is EMSGSIZE, with the number it takes; as many as fit are there already. */
static void test_ranges(void **state)
{
	struct tsmreq_mock *mock = boot_selftest();
	uint32_t ioas = ioas_alloc(mock);
	uint64_t list[4][2] = {{0}};
	uint64_t alignment = 0;
	uint32_t count = 0;

	(void)state;
	assert_int_equal(ranges(mock, 0x84, 99, list, &count, &alignment), -ENOENT);
	assert_int_equal(ranges(mock, 0x84, ioas, list, &count, &alignment), -EMSGSIZE);
	assert_int_equal(count, 1);
	assert_int_equal(alignment, 1);
	assert_true(list[0][1] == 0);
	assert_int_equal(ranges(mock, 0x84, ioas, list, &count, &alignment), 0);
	assert_true(list[0][0] == 0 && list[0][1] == UINT64_MAX);

	assert_int_equal(reserve(mock, ioas, PAGE, PAGE), 0);
	assert_int_equal(reserve(mock, ioas, 4 * PAGE, PAGE), 0);
	memset(list, 0, sizeof(list));
	count = 2;
	assert_int_equal(ranges(mock, 0x84, ioas, list, &count, &alignment), -EMSGSIZE);
	assert_int_equal(count, 3);
	assert_true(list[0][0] == 0 && list[0][1] == PAGE - 1);
	assert_true(list[1][0] == 2 * PAGE && list[1][1] == 4 * PAGE - 1);
	assert_true(list[2][0] == 0 && list[2][1] == 0);
	count = 4;
	assert_int_equal(ranges(mock, 0x84, ioas, list, &count, &alignment), 0);
	assert_int_equal(count, 3);
	assert_true(list[2][0] == 5 * PAGE && list[2][1] == UINT64_MAX);
	/* a list that is not there: nothing comes back, not even the number */
	count = 4;
	assert_int_equal(ranges(mock, 0x84, ioas, NULL, &count, &alignment), -EFAULT);
	assert_int_equal(count, 4);
	tsmreq_mock_free(mock);
}

static void test_allow(void **state)
{
	const uint64_t touching[][2] = {{0x10000, 0x1ffff}, {0x20000, 0x2ffff}};
	const uint64_t overlap[][2] = {{0x10000, 0x1ffff}, {0x1ffff, 0x2ffff}};
	const uint64_t backwards[][2] = {{0x10000, 0x1ffff}, {0x30000, 0x30000}};
	struct tsmreq_mock *mock = boot_selftest();
	uint32_t ioas = ioas_alloc(mock);
	struct map arg = {.flags = READ, .ioas = ioas, .address = 0x200000, .length = 0x20000};
	uint32_t count = 2;

	(void)state;
	assert_int_equal(ranges(mock, 0x82, 99, touching, &count, NULL), -ENOENT);
	assert_int_equal(ranges(mock, 0x82, ioas, overlap, &count, NULL), -EINVAL);
	assert_int_equal(ranges(mock, 0x82, ioas, backwards, &count, NULL), -EINVAL);
	assert_int_equal(ranges(mock, 0x82, ioas, NULL, &count, NULL), -EFAULT);
	assert_int_equal(ranges(mock, 0x82, ioas, touching, &count, NULL), 0);
	assert_int_equal(reserve(mock, ioas, 0x2f000, PAGE), -EADDRINUSE);
	/* 0x20000 bytes across both, aligned to 0x20000, do not fit; half of it does */
	assert_int_equal(map(mock, &arg), -ENOSPC);
	arg.length = 0x10000;
	assert_int_equal(map(mock, &arg), 0);
	assert_int_equal(arg.iova, 0x10000);
	/* refused as a whole: the old list stays */
	assert_int_equal(reserve(mock, ioas, 0x40000, PAGE), 0);
	const uint64_t reserved[][2] = {{0x50000, 0x5ffff}, {0x40000, 0x4ffff}};
	assert_int_equal(ranges(mock, 0x82, ioas, reserved, &count, NULL), -EADDRINUSE);
	assert_int_equal(map(mock, &arg), 0);
	assert_int_equal(arg.iova, 0x20000);
	assert_int_equal(map(mock, &arg), -ENOSPC);
	count = 0;
	assert_int_equal(ranges(mock, 0x82, ioas, NULL, &count, NULL), 0);
	assert_int_equal(map(mock, &arg), 0);
	assert_int_equal(arg.iova, 0x30000);
	tsmreq_mock_free(mock);
}

/* ---- options ---- */

static void test_rlimit_mode(void **state)
{
	struct tsmreq_mock *mock = boot(TSMREQ_UAPI_V5);
	uint64_t value = 7;

	(void)state;
	assert_int_equal(option(mock, 2, GET, 0, &value), -EOPNOTSUPP);
	assert_int_equal(option(mock, RLIMIT_MODE, GET, 1, &value), -EOPNOTSUPP);
	assert_int_equal(option(mock, RLIMIT_MODE, 2, 0, &value), -EOPNOTSUPP);
	assert_int_equal(option(mock, RLIMIT_MODE, SET, 0, &value), -EINVAL);
	assert_int_equal(option(mock, RLIMIT_MODE, GET, 0, &value), 0);
	assert_int_equal(value, 0);
	value = 1;
	assert_int_equal(option(mock, RLIMIT_MODE, SET, 0, &value), 0);
	value = 9;
	assert_int_equal(option(mock, RLIMIT_MODE, GET, 0, &value), 0);
	assert_int_equal(value, 1);
	/* too late, whatever the value */
	(void)ioas_alloc(mock);
	value = 7;
	assert_int_equal(option(mock, RLIMIT_MODE, SET, 0, &value), -EBUSY);
	tsmreq_mock_free(mock);
}

static void test_huge_pages(void **state)
{
	struct tsmreq_mock *mock = boot(TSMREQ_UAPI_V5);
	uint32_t ioas = ioas_alloc(mock);
	uint64_t value = 7;

	(void)state;
	assert_int_equal(option(mock, HUGE_PAGES, GET, 99, &value), -ENOENT);
	assert_int_equal(option(mock, HUGE_PAGES, GET, ioas, &value), 0);
	assert_int_equal(value, 1);
	value = 2;
	assert_int_equal(option(mock, HUGE_PAGES, SET, ioas, &value), -EINVAL);
	assert_int_equal(option(mock, HUGE_PAGES, 2, ioas, &value), -EOPNOTSUPP);
	value = 0;
	assert_int_equal(map_fixed(mock, ioas, 1, 1), 0);
	assert_int_equal(option(mock, HUGE_PAGES, SET, ioas, &value), -EADDRINUSE);
	assert_int_equal(unmap(mock, ioas, 1, 1), 1);
	assert_int_equal(option(mock, HUGE_PAGES, SET, ioas, &value), 0);
	assert_int_equal(map_fixed(mock, ioas, 1, 1), -EINVAL);
	value = 7;
	assert_int_equal(option(mock, HUGE_PAGES, GET, ioas, &value), 0);
	assert_int_equal(value, 0);
	value = 1;
	assert_int_equal(option(mock, HUGE_PAGES, SET, ioas, &value), 0);
	assert_int_equal(map_fixed(mock, ioas, 1, 1), 0);
	tsmreq_mock_free(mock);
}

/* ---- page tables ---- */

/* What is mapped is looked at as soon as a page table stands on it, page by page. */
static void test_page_table(void **state)
{
	const struct tsmreq_mock_opts opts = {
		.size = sizeof(opts), .uapi = TSMREQ_UAPI_V5, .flags = TSMREQ_MOCK_CHECK_POINTERS};
	struct tsmreq_mock *mock;
	struct map arg = {.flags = READ | WRITE | FIXED, .length = 2 * PAGE, .iova = 0x10000};
	uint32_t ioas, hwpt;
	uint8_t *pages;
	int err = tsmreq_mock_new(&mock, &opts);

	(void)state;
	if (err == -ENOSYS || err == -EPERM) {
		print_message("# no process_vm_readv here: %d\n", err);
		skip();
	}
	assert_int_equal(err, 0);
	pages = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	assert_ptr_not_equal(pages, MAP_FAILED);
	if (mprotect(pages + PAGE, PAGE, PROT_NONE) != 0) {
		print_message("# pages are not 4 KiB here\n");
		skip();
	}
	arg.ioas = ioas = ioas_alloc(mock);
	arg.address = (uintptr_t)pages;

	/* mapped first, the page table fails and is not there */
	assert_int_equal(map(mock, &arg), 0);
	assert_int_equal(hwpt_alloc(mock, ioas, &hwpt), -EFAULT);
	assert_int_equal(unmap(mock, ioas, 0x10000, 2 * PAGE), 2 * PAGE);
	/* the page table first, mapping fails and nothing is mapped */
	assert_int_equal(hwpt_alloc(mock, ioas, &hwpt), 0);
	assert_int_equal(map(mock, &arg), -EFAULT);
	assert_int_equal(unmap(mock, ioas, 0x10000, 2 * PAGE), -ENOENT);
	arg.length = PAGE;
	assert_int_equal(map(mock, &arg), 0);
	/* pages only, from here on */
	arg.iova = 0x20001;
	assert_int_equal(map(mock, &arg), -EINVAL);
	/* an IOAS under a page table stays; and without it everything goes again */
	assert_int_equal(destroy(mock, ioas), -EBUSY);
	assert_int_equal(destroy(mock, hwpt), 0);
	assert_int_equal(map(mock, &arg), 0);
	assert_int_equal(hwpt_alloc(mock, ioas, &hwpt), -EADDRINUSE);
	assert_int_equal(destroy(mock, ioas), 0);
	assert_int_equal(munmap(pages, 2 * PAGE), 0);
	tsmreq_mock_free(mock);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_map_order),  cmocka_unit_test(test_map),
		cmocka_unit_test(test_unmap),	   cmocka_unit_test(test_copy),
		cmocka_unit_test(test_file),	   cmocka_unit_test(test_ranges),
		cmocka_unit_test(test_allow),	   cmocka_unit_test(test_rlimit_mode),
		cmocka_unit_test(test_huge_pages), cmocka_unit_test(test_page_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
