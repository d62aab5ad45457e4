/* SPDX-License-Identifier: MIT */
/*
 * The dispatcher's own rules, before any handler: every number, every size from 0 to 16 beyond the
 * structure, every byte of the tail, every reserved word, and memory that is not there. In-process,
 * and with the argument "door" by ioctl(2), under the preload door: one table of errnos for both.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "dispatcher.h"

#define TAIL 16

static bool by_door;
static int door = -1;

/* The door's own kernel, as far as the environment can describe it. */
static int open_iommu(const struct tsmreq_mock_opts *opts)
{
	char uapi[16];

	(void)snprintf(uapi, sizeof(uapi), "%d", (int)opts->uapi);
	assert_int_equal(setenv("TSMREQ_MOCK_UAPI", uapi, 1), 0);
	return open("/dev/iommu", O_RDWR | O_CLOEXEC);
}

/* A kernel, reached as this run reaches it. */
static void reach(struct tsmreq_mock *mock)
{
	if (!by_door)
		return;
	door = tsmreq_mock_open_fd(mock, NULL);
	assert_true(door >= 0);
}

static struct tsmreq_mock *start(struct tsmreq_mock_opts opts)
{
	struct tsmreq_mock *mock = boot(opts);

	reach(mock);
	return mock;
}

/* The same; by the door, one that the test has no hand in where that is possible. */
static struct tsmreq_mock *start_bare(struct tsmreq_mock_opts opts)
{
	if (!by_door || opts.min_request_size != 0 || opts.getpa != TSMREQ_MOCK_GETPA_DEFAULT)
		return start(opts);
	door = open_iommu(&opts);
	assert_true(door >= 0);
	return NULL;
}

static void end(struct tsmreq_mock *mock)
{
	if (by_door)
		assert_int_equal(close(door), 0);
	tsmreq_mock_free(mock);
}

static int put(struct tsmreq_mock *mock, unsigned long cmd, void *arg)
{
	int ret;

	if (!by_door)
		return ask(mock, cmd, arg);
	ret = ioctl(door, cmd, arg);
	return ret < 0 ? -errno : ret;
}

/* A structure: where it stands, how long it is, and an argument its handler answers with @answer.
 */
struct shape {
	uint32_t nr;
	uint32_t size;
	uint32_t min;
	uint32_t at8, at12; /* what the argument needs to get past the handler's first tests */
	int answer;
};

static const struct shape common[] = {
	{0x80, 8, 8, 0, 0, -ENOENT},	   {0x81, 12, 12, 0, 0, 0},
	{0x82, 24, 24, 0, 0, -ENOENT},	   {0x83, 40, 40, 0, 0, -EINVAL},
	{0x84, 32, 32, 0, 0, -ENOENT},	   {0x85, 40, 40, 0, 0, -EINVAL},
	{0x86, 24, 24, 0, 0, -ENOENT},	   {0x87, 24, 24, 1, 0, 0},
	{0x88, 12, 12, 0, 0, -ENODEV},	   {0x89, 48, 24, 0, 0, -ENOENT},
	{0x8a, 40, 32, 0, 0, -ENOENT},	   {0x8b, 16, 16, 0, 0, -ENOENT},
	{0x8c, 48, 48, 0, 0, -ENOENT},	   {0x8d, 32, 32, 0, 0, -ENOENT},
	{0x8e, 16, 16, 0, 0, -EOPNOTSUPP}, {0x8f, 40, 40, 0, 0, -EINVAL},
	{0x91, 24, 24, 0, 0, -ENOENT},	   {0x92, 8, 8, 0, 0, 0},
	{0x93, 32, 28, 0, 1, -EINVAL},	   {0x94, 40, 40, 0, 1, -EINVAL},
};

static const struct {
	enum tsmreq_uapi uapi;
	uint32_t min_request_size;
	struct shape shapes[4];
} special[] = {
	{TSMREQ_UAPI_PROBE, 0, {{0x90, 40, 24, 1, 0, -ENOENT}}},
	{TSMREQ_UAPI_RFC1,
	 0,
	 {{0x90, 48, 24, 1, 0, -ENOENT},
	  {0x95, 16, 16, 0, 0, -ENOENT},
	  {0x96, 48, 48, 0, 0, -ENOENT},
	  {0x97, 32, 28, 0, 0, -ENOENT}}},
	{TSMREQ_UAPI_V2,
	 0,
	 {{0x90, 48, 24, 1, 0, -ENOENT},
	  {0x95, 16, 16, 0, 0, -ENOENT},
	  {0x96, 40, 40, 0, 0, -ENOENT}}},
	{TSMREQ_UAPI_V4,
	 0,
	 {{0x90, 40, 24, 1, 0, -ENOENT},
	  {0x95, 16, 16, 0, 0, -ENOENT},
	  {0x96, 40, 40, 0, 0, -ENOENT}}},
	{TSMREQ_UAPI_V5,
	 0,
	 {{0x90, 40, 24, 1, 0, -ENOENT},
	  {0x95, 16, 16, 0, 0, -ENOENT},
	  {0x96, 40, 40, 0, 0, -ENOENT}}},
	{TSMREQ_UAPI_V5_CODE,
	 0,
	 {{0x90, 40, 24, 1, 0, -ENOENT},
	  {0x95, 16, 16, 0, 0, -ENOENT},
	  {0x96, 48, 48, 0, 0, -ENOENT}}},
	{TSMREQ_UAPI_V5_CODE, 40, {{0x96, 48, 40, 0, 0, -ENOENT}}},
	{TSMREQ_UAPI_JUNE,
	 0,
	 {{0x90, 40, 24, 1, 0, -ENOENT},
	  {0x95, 16, 16, 0, 0, -ENOENT},
	  {0x96, 48, 48, 1, 1, -ENOENT}}},
	{TSMREQ_UAPI_JUNE, 40, {{0x96, 48, 40, 1, 1, -ENOENT}}},
	{TSMREQ_UAPI_V6_LIKE,
	 0,
	 {{0x90, 40, 24, 1, 0, -ENOENT},
	  {0x95, 40, 40, 0, 0, -EOPNOTSUPP},
	  {0x96, 16, 16, 0, 0, -ENOENT},
	  {0x97, 48, 48, 1, 1, -ENOENT}}},
	{TSMREQ_UAPI_V6_OBJECTS,
	 0,
	 {{0x90, 40, 24, 1, 0, -ENOENT},
	  {0x95, 40, 40, 0, 0, -EOPNOTSUPP},
	  {0x96, 16, 16, 0, 0, -ENOENT},
	  {0x97, 48, 48, 1, 1, -ENOENT}}},
	{TSMREQ_UAPI_CCA_V7,
	 0,
	 {{0x90, 40, 24, 1, 0, -ENOENT},
	  {0x95, 40, 40, 0, 0, -EOPNOTSUPP},
	  {0x96, 48, 48, 1, 1, -ENOENT}}},
};
#define SPECIALS (sizeof(special) / sizeof(special[0]))

/* The shape's argument, @size bytes long as far as it says. */
static void fill(uint8_t *arg, const struct shape *shape, uint32_t size)
{
	memset(arg, 0, shape->size + TAIL);
	if (shape->size > 8)
		tsmreq_store_le32(arg + 8, shape->at8);
	if (shape->size > 12)
		tsmreq_store_le32(arg + 12, shape->at12);
	tsmreq_store_le32(arg, size);
}

static void check_answer(const struct shape *shape, uint32_t size, int got, int want)
{
	if (got != want)
		fail_msg("0x%x, %u bytes: %d, not %d", shape->nr, size, got, want);
}

/* Shorter than the minimum, shorter than the structure, as long, and longer by zeros. */
static void every_size(struct tsmreq_mock *mock, const struct shape *shape)
{
	uint8_t arg[64 + TAIL];

	for (uint32_t size = 0; size <= shape->size + TAIL; size++) {
		fill(arg, shape, size);
		check_answer(shape, size, put(mock, 0x3b00 | shape->nr, arg),
			     size < shape->min ? -EINVAL : shape->answer);
	}
}

/* One byte too much for this kernel, in every place and of every weight. */
static void every_tail(struct tsmreq_mock *mock, const struct shape *shape)
{
	uint8_t arg[64 + TAIL];

	for (uint32_t size = shape->size + 1; size <= shape->size + TAIL; size++) {
		for (uint32_t at = shape->size; at < size; at++) {
			for (unsigned int bit = 0; bit < 8; bit++) {
				fill(arg, shape, size);
				arg[at] = (uint8_t)(1u << bit);
				check_answer(shape, size, put(mock, 0x3b00 | shape->nr, arg),
					     -E2BIG);
			}
		}
		/* and what lies behind the size given is nobody's business */
		fill(arg, shape, size - 1);
		arg[size - 1] = 0xff;
		check_answer(shape, size - 1, put(mock, 0x3b00 | shape->nr, arg), shape->answer);
	}
}

static void test_sizes_and_tails(void **state)
{
	unsigned int shapes = 0;

	(void)state;
	for (size_t i = 0; i < SPECIALS; i++) {
		struct tsmreq_mock *mock = start_bare((struct tsmreq_mock_opts){
			.uapi = special[i].uapi,
			.min_request_size = special[i].min_request_size,
		});

		for (size_t j = 0; j < sizeof(common) / sizeof(common[0]); j++, shapes++) {
			every_size(mock, &common[j]);
			every_tail(mock, &common[j]);
		}
		for (size_t j = 0; j < 4 && special[i].shapes[j].nr != 0; j++, shapes++) {
			every_size(mock, &special[i].shapes[j]);
			every_tail(mock, &special[i].shapes[j]);
		}
		end(mock);
	}
	print_message("# %u structures\n", shapes);
}

/* ---- numbers ---- */

/* The last number each kernel's table reaches. */
static uint32_t last_number(enum tsmreq_uapi uapi)
{
	switch ((unsigned int)uapi) {
	case TSMREQ_UAPI_PROBE:
		return 0x94;
	case TSMREQ_UAPI_RFC1:
	case TSMREQ_UAPI_V6_LIKE:
	case TSMREQ_UAPI_V6_OBJECTS:
		return 0x97;
	default:
		return 0x96;
	}
}

/* What a type 1 container answers; test-compat.c has them. */
static bool is_vfio(uint32_t nr)
{
	return (nr >= 0x64 && nr <= 0x66) || (nr >= 0x70 && nr <= 0x72);
}

static void test_every_number(void **state)
{
	(void)state;
	for (size_t i = 0; i < KERNELS; i++) {
		struct tsmreq_mock *mock =
			start_bare((struct tsmreq_mock_opts){.uapi = kernels[i].uapi});
		uint32_t last = last_number(kernels[i].uapi);

		for (uint32_t nr = 0; nr <= 0xff; nr++) {
			bool inside = nr >= 0x80 && nr <= last;
			uint8_t arg[64] = {0};

			/* outside, the argument is never touched, unless VFIO has the number */
			if (!is_vfio(nr))
				assert_int_equal(put(mock, 0x3b00 | nr, NULL),
						 inside ? -EFAULT : -ENOTTY);
			/* inside, a size of 0 is read and too small */
			if (!is_vfio(nr))
				assert_int_equal(put(mock, 0x3b00 | nr, arg),
						 inside ? -EINVAL : -ENOTTY);
			/* the whole command must match, not only its number */
			assert_int_equal(put(mock, 0x40003b00 | nr, arg), -ENOTTY);
			assert_int_equal(put(mock, 0xc0103b00 | nr, arg), -ENOTTY);
			assert_int_equal(put(mock, 0x103b00 | nr, arg), -ENOTTY);
			/* the door is asked by this type alone: the memfd answers all others */
			if (by_door)
				continue;
			assert_int_equal(put(mock, 0x3c00 | nr, arg), -ENOTTY);
			assert_int_equal(put(mock, nr, arg), -ENOTTY);
			assert_int_equal(put(mock, 0x3c00 | nr, NULL), inside ? -EFAULT : -ENOTTY);
		}
		end(mock);
	}
}

/* A number left free inside the table: the size is read before it is found missing. */
static void test_hole(void **state)
{
	struct tsmreq_mock *mock = start((struct tsmreq_mock_opts){
		.uapi = TSMREQ_UAPI_CCA_V7, .getpa = TSMREQ_MOCK_GETPA_ABSENT});
	uint8_t arg[64] = {40};

	(void)state;
	assert_int_equal(put(mock, 0x3b95, NULL), -EFAULT);
	assert_int_equal(put(mock, 0x3b95, arg), -ENOTTY);
	end(mock);
}

static void test_counts_calls(void **state)
{
	struct tsmreq_mock *mock = start((struct tsmreq_mock_opts){.uapi = TSMREQ_UAPI_V5});
	uint8_t arg[8] = {8};

	(void)state;
	assert_int_equal(tsmreq_mock_get_calls(mock), 0);
	assert_int_equal(put(mock, 0x3b80, arg), -ENOENT);
	assert_int_equal(put(mock, 0x3b80, NULL), -EFAULT);
	assert_int_equal(put(mock, 0x3bff, NULL), -ENOTTY);
	assert_int_equal(tsmreq_mock_get_calls(mock), 3);
	end(mock);
}

/* ---- reserved words and flags ---- */

static const struct {
	enum tsmreq_uapi uapi;
	enum tsmreq_mock_getpa getpa;
	uint32_t nr, size, at;
	uint32_t allowed; /* bits that mean something */
	int answer;
} reserved[] = {
	{TSMREQ_UAPI_PROBE, 0, 0x81, 12, 4, 0, -EOPNOTSUPP},
	{TSMREQ_UAPI_PROBE, 0, 0x82, 24, 12, 0, -EOPNOTSUPP},
	{TSMREQ_UAPI_PROBE, 0, 0x83, 40, 4, 0x7, -EOPNOTSUPP},
	{TSMREQ_UAPI_PROBE, 0, 0x84, 32, 12, 0, -EOPNOTSUPP},
	{TSMREQ_UAPI_PROBE, 0, 0x85, 40, 4, 0x7, -EOPNOTSUPP},
	{TSMREQ_UAPI_PROBE, 0, 0x85, 40, 12, 0, -EOPNOTSUPP},
	/* option id, operation and the reserved half word beside it */
	{TSMREQ_UAPI_PROBE, 0, 0x87, 24, 4, 0x1, -EOPNOTSUPP},
	{TSMREQ_UAPI_PROBE, 0, 0x87, 24, 8, 0x1, -EOPNOTSUPP},
	{TSMREQ_UAPI_PROBE, 0, 0x88, 12, 8, 0x3, -EOPNOTSUPP},
	{TSMREQ_UAPI_PROBE, 0, 0x8a, 40, 4, 0x1, -EOPNOTSUPP},
	{TSMREQ_UAPI_PROBE, 0, 0x8a, 40, 28, 0xff, -EOPNOTSUPP},
	{TSMREQ_UAPI_PROBE, 0, 0x8b, 16, 4, 0x1, -EOPNOTSUPP},
	{TSMREQ_UAPI_PROBE, 0, 0x8c, 48, 8, 0x1, -EOPNOTSUPP},
	{TSMREQ_UAPI_PROBE, 0, 0x8c, 48, 12, 0, -EOPNOTSUPP},
	{TSMREQ_UAPI_PROBE, 0, 0x8d, 32, 28, 0, -EOPNOTSUPP},
	{TSMREQ_UAPI_PROBE, 0, 0x8f, 40, 4, 0x7, -EOPNOTSUPP},
	{TSMREQ_UAPI_PROBE, 0, 0x92, 8, 4, 0, -EOPNOTSUPP},
	{TSMREQ_UAPI_PROBE, 0, 0x93, 32, 4, 0, -EOPNOTSUPP},
	{TSMREQ_UAPI_PROBE, 0, 0x93, 32, 28, 0, -EOPNOTSUPP},
	{TSMREQ_UAPI_PROBE, 0, 0x94, 40, 4, 0, -EOPNOTSUPP},
	{TSMREQ_UAPI_PROBE, 0, 0x89, 48, 4, 0xf, -EOPNOTSUPP},
	{TSMREQ_UAPI_PROBE, 0, 0x89, 48, 20, 0, -EOPNOTSUPP},
	{TSMREQ_UAPI_PROBE, 0, 0x90, 40, 28, 0, -ENOENT},
	{TSMREQ_UAPI_PROBE, 0, 0x90, 40, 4, 0, -EOPNOTSUPP},
	{TSMREQ_UAPI_RFC1, 0, 0x90, 48, 4, 1, -EOPNOTSUPP},
	{TSMREQ_UAPI_V2, 0, 0x90, 48, 4, 1, -EOPNOTSUPP},
	{TSMREQ_UAPI_V4, 0, 0x90, 40, 4, 0, -EOPNOTSUPP},
	{TSMREQ_UAPI_CCA_V7, 0, 0x90, 40, 4, 0, -EOPNOTSUPP},
	{TSMREQ_UAPI_RFC1, 0, 0x95, 16, 8, 0, -EOPNOTSUPP},
	{TSMREQ_UAPI_V2, 0, 0x95, 16, 8, 0, -EOPNOTSUPP},
	{TSMREQ_UAPI_V4, 0, 0x95, 16, 8, 0, -EOPNOTSUPP},
	{TSMREQ_UAPI_V5, 0, 0x95, 16, 8, 0, -EOPNOTSUPP},
	{TSMREQ_UAPI_V5_CODE, 0, 0x95, 16, 8, 0, -EOPNOTSUPP},
	{TSMREQ_UAPI_JUNE, 0, 0x95, 16, 8, 0, -EOPNOTSUPP},
	{TSMREQ_UAPI_V6_LIKE, 0, 0x96, 16, 8, 0, -EOPNOTSUPP},
	{TSMREQ_UAPI_V6_OBJECTS, 0, 0x96, 16, 8, 0, -EOPNOTSUPP},
	{TSMREQ_UAPI_RFC1, 0, 0x97, 32, 4, 0, -EOPNOTSUPP},
	{TSMREQ_UAPI_V4, 0, 0x96, 40, 20, 0, -EOPNOTSUPP},
	{TSMREQ_UAPI_V5, 0, 0x96, 40, 20, 0, -EOPNOTSUPP},
	{TSMREQ_UAPI_V5_CODE, 0, 0x96, 48, 20, 0, -EOPNOTSUPP},
	{TSMREQ_UAPI_CCA_V7, TSMREQ_MOCK_GETPA_CHECKS_FIRST, 0x95, 40, 4, 0, -EOPNOTSUPP},
	{TSMREQ_UAPI_CCA_V7, TSMREQ_MOCK_GETPA_CHECKS_FIRST, 0x95, 40, 12, 0, -EOPNOTSUPP},
	/* padding and what was no field yet: never looked at */
	{TSMREQ_UAPI_V2, 0, 0x96, 40, 20, 0, -ENOENT},
	{TSMREQ_UAPI_RFC1, 0, 0x96, 48, 12, 0, -ENOENT},
	{TSMREQ_UAPI_RFC1, 0, 0x97, 32, 28, 0, -ENOENT},
	/* the enums that the ioctl itself tests */
	{TSMREQ_UAPI_V5, 0, 0x96, 40, 8, 0x3, -EINVAL},
	{TSMREQ_UAPI_V5_CODE, 0, 0x96, 48, 8, 0x3, -EINVAL},
	{TSMREQ_UAPI_V2, 0, 0x96, 40, 8, 0, -ENOENT},
	{TSMREQ_UAPI_V4, 0, 0x96, 40, 8, 0, -ENOENT},
};

static void test_reserved_words(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++) {
		struct tsmreq_mock *mock = start_bare((struct tsmreq_mock_opts){
			.uapi = reserved[i].uapi, .getpa = reserved[i].getpa});

		for (unsigned int bit = 0; bit < 32; bit++) {
			uint8_t arg[48] = {0};
			int got;

			if ((reserved[i].allowed & 1u << bit) != 0)
				continue;
			tsmreq_store_le32(arg, reserved[i].size);
			if (reserved[i].nr == 0x90)
				arg[8] = 1;
			tsmreq_store_le32(arg + reserved[i].at, 1u << bit);
			got = put(mock, 0x3b00 | reserved[i].nr, arg);
			if (got != reserved[i].answer)
				fail_msg("0x%x, offset %u, bit %u: %d, not %d", reserved[i].nr,
					 reserved[i].at, bit, got, reserved[i].answer);
		}
		end(mock);
	}
}

/* ---- copying ---- */

/* As much goes back as the caller has room for, and as the kernel knows: never a byte more. */
static void test_copies_back_no_more(void **state)
{
	struct tsmreq_mock *mock = start((struct tsmreq_mock_opts){.uapi = TSMREQ_UAPI_V5});
	uint8_t arg[64];
	uint32_t device, hwpt;

	(void)state;
	assert_int_equal(tsmreq_mock_add_object(mock, TSMREQ_MOCK_DEVICE, 0, &device), 0);
	assert_int_equal(tsmreq_mock_add_object(mock, TSMREQ_MOCK_HWPT, 0, &hwpt), 0);

	/* 24 of 40 bytes: the rest of the caller's memory is not an argument */
	memset(arg, 0xaa, sizeof(arg));
	memset(arg, 0, 24);
	tsmreq_store_le32(arg, 24);
	arg[8] = 1;
	tsmreq_store_le32(arg + 12, device);
	tsmreq_store_le32(arg + 16, hwpt);
	assert_int_equal(put(mock, 0x3b90, arg), 0);
	assert_int_not_equal(tsmreq_load_le32(arg + 20), 0);
	for (size_t i = 24; i < sizeof(arg); i++)
		assert_int_equal(arg[i], 0xaa);

	/* 20 of 12: only the kernel's part is written */
	memset(arg, 0, sizeof(arg));
	tsmreq_store_le32(arg, 20);
	assert_int_equal(put(mock, 0x3b81, arg), 0);
	assert_int_not_equal(tsmreq_load_le32(arg + 8), 0);
	for (size_t i = 12; i < sizeof(arg); i++)
		assert_int_equal(arg[i], 0);
	end(mock);
}

/* Two pages of which the second is not there. */
static uint8_t *map_edge(size_t page)
{
	uint8_t *pages =
		mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	assert_ptr_not_equal(pages, MAP_FAILED);
	assert_int_equal(mprotect(pages + page, page, PROT_NONE), 0);
	return pages;
}

static void test_checked_pointers(void **state)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct tsmreq_mock_opts opts = {
		.size = sizeof(opts), .uapi = TSMREQ_UAPI_V5, .flags = TSMREQ_MOCK_CHECK_POINTERS};
	struct tsmreq_mock *mock;
	uint8_t *pages, *arg;
	int err = tsmreq_mock_new(&mock, &opts);

	(void)state;
	/* a sandbox or an emulator may not have the call at all, and new() says so */
	if (err == -ENOSYS || err == -EPERM) {
		print_message("# no process_vm_readv here: %d\n", err);
		skip();
	}
	assert_int_equal(err, 0);
	reach(mock);
	pages = map_edge(page);

	/* the size itself is not there, or not all of it */
	assert_int_equal(put(mock, 0x3b81, pages + page), -EFAULT);
	assert_int_equal(put(mock, 0x3b81, pages + page - 2), -EFAULT);
	/* the structure is cut short by the edge */
	arg = pages + page - 8;
	tsmreq_store_le32(arg, 12);
	assert_int_equal(put(mock, 0x3b81, arg), -EFAULT);
	/* the tail is, and what could be read of it was 0 */
	arg = pages + page - 16;
	memset(arg, 0, 16);
	tsmreq_store_le32(arg, 64);
	assert_int_equal(put(mock, 0x3b81, arg), -EFAULT);
	/* or was not: that is met first */
	arg[13] = 1;
	assert_int_equal(put(mock, 0x3b81, arg), -E2BIG);

	/* read-only: the copy-out fails, and the object it would have told of is gone */
	memset(pages, 0, page);
	tsmreq_store_le32(pages, 12);
	assert_int_equal(mprotect(pages, page, PROT_READ), 0);
	assert_int_equal(put(mock, 0x3b81, pages), -EFAULT);
	assert_int_equal(mprotect(pages, page, PROT_READ | PROT_WRITE), 0);
	assert_int_equal(put(mock, 0x3b81, pages), 0);
	assert_int_equal(tsmreq_load_le32(pages + 8), 1);

	assert_int_equal(munmap(pages, 2 * page), 0);
	end(mock);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sizes_and_tails),
		cmocka_unit_test(test_every_number),
		cmocka_unit_test(test_hole),
		cmocka_unit_test(test_counts_calls),
		cmocka_unit_test(test_reserved_words),
		cmocka_unit_test(test_copies_back_no_more),
		cmocka_unit_test(test_checked_pointers),
	};

	by_door = argc == 2 && strcmp(argv[1], "door") == 0;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
