/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "guard.h"
#include "random.h"
#include <cmocka.h>
#include <errno.h>
#include <tsmreq/report.h>

/* Two ranges and four bytes of the device's own. */
static const uint8_t example[56] = {
	0x02, 0, 0,    0, 0x03, 0x80, 0,    0,	  0,	0, 0, 0, 0x02, 0, 0,	0, /* header */
	0x06, 0, 0x05, 0, 0,	0,    0,    0,	  0x02, 0, 0, 0, 0,    0, 0,	0, /* range 0 */
	0,    0, 0x06, 0, 0,	0,    0,    0,	  0x01, 0, 0, 0, 0x03, 0, 0x02, 0, /* range 1 */
	0x04, 0, 0,    0, 0xde, 0xad, 0xbe, 0xef,
};

static const struct tsmreq_report no_report;
static const struct tsmreq_report_range no_range;
static const struct tsmreq_report_error no_error;

static struct tsmreq_bytes bytes_of(const void *data, size_t size)
{
	return (struct tsmreq_bytes){data, size};
}

static void the_example(void **state)
{
	struct tsmreq_report_error error;
	struct tsmreq_report_range range;
	struct tsmreq_report report;
	uint64_t start, size;

	(void)state;
	memset(&error, 0xa5, sizeof(error));
	memset(&report, 0xa5, sizeof(report));
	assert_int_equal(tsmreq_report_parse(bytes_of(example, 56), 0, &report, &error), 0);
	assert_memory_equal(&error, &no_error, sizeof(error));
	assert_int_equal(report.interface_info, TSMREQ_REPORT_INFO_DMA_NO_PASID);
	assert_int_equal(report.reserved, 0);
	assert_int_equal(report.msix_control, 0x8003);
	assert_int_equal(report.lnr_control, 0);
	assert_int_equal(report.tph_control, 0);
	assert_int_equal(report.nr_ranges, 2);
	assert_int_equal(report.ranges.size, 32);
	assert_ptr_equal(report.ranges.data, example + 16);
	assert_int_equal(report.trailing, 0);
	assert_int_equal(report.no_device_info, 0);
	assert_int_equal(report.device_info.size, 4);
	assert_ptr_equal(report.device_info.data, example + 52);

	assert_true(tsmreq_report_range_at(&report, 0, &range));
	tsmreq_report_range_get_span(&range, &start, &size);
	assert_true(start == 0x50006000 && size == 0x2000);
	assert_int_equal(range.attributes, 0);
	assert_int_equal(range.id, 0);
	assert_true(tsmreq_report_range_at(&report, 1, &range));
	tsmreq_report_range_get_span(&range, &start, &size);
	assert_true(start == 0x60000000 && size == 0x1000);
	assert_int_equal(range.attributes,
			 TSMREQ_REPORT_RANGE_MSIX_TABLE | TSMREQ_REPORT_RANGE_MSIX_PBA);
	assert_int_equal(range.id, 2);
	assert_false(tsmreq_report_range_at(&report, 2, &range));
	assert_memory_equal(&range, &no_range, sizeof(range));
	assert_false(tsmreq_report_range_at(&report, UINT32_MAX, &range));
	assert_int_equal(tsmreq_report_check(&report, &error), 0);
	assert_memory_equal(&error, &no_error, sizeof(error));
}

/* Every field from its own bytes, at its own width. */
static void header_fields(void **state)
{
	uint8_t bytes[20];
	struct tsmreq_report_error error;
	struct tsmreq_report report;

	(void)state;
	for (uint8_t i = 0; i < 12; i++)
		bytes[i] = (uint8_t)(0xf1 - 3 * i);
	memset(bytes + 12, 0, 8);
	assert_int_equal(tsmreq_report_parse(bytes_of(bytes, 20), 0, &report, &error), 0);
	assert_int_equal(report.interface_info, 0xeef1);
	assert_int_equal(report.reserved, 0xe8eb);
	assert_int_equal(report.msix_control, 0xe2e5);
	assert_int_equal(report.lnr_control, 0xdcdf);
	assert_int_equal(report.tph_control, 0xd0d3d6d9);
	assert_int_equal(report.nr_ranges, 0);
	assert_int_equal(report.device_info.size, 0);
}

static void malformed(struct tsmreq_bytes bytes, uint32_t flags, enum tsmreq_report_fault fault,
		      uint64_t offset, uint64_t need, uint64_t have)
{
	struct tsmreq_report_error error;
	struct tsmreq_report report;

	memset(&error, 0xa5, sizeof(error));
	memset(&report, 0xa5, sizeof(report));
	assert_int_equal(tsmreq_report_parse(bytes, flags, &report, &error), -EBADMSG);
	assert_memory_equal(&report, &no_report, sizeof(report));
	assert_int_equal(error.fault, fault);
	assert_true(error.offset == offset);
	assert_true(error.need == need);
	assert_true(error.have == have);
	assert_int_equal(error.reserved, 0);
}

/* Truncated at every byte: what is missing is named, and nothing behind the end is read. */
static void truncated(void **state)
{
	struct guard guard = guard_new(sizeof(example));

	(void)state;
	for (size_t size = 0; size < sizeof(example); size++)
		for (int back = 0; back < 2; back++) {
			const struct tsmreq_bytes bytes = guard_copy(&guard, example, size, back);

			if (size < 16)
				malformed(bytes, 0, TSMREQ_REPORT_FAULT_SHORT_HEADER, 0, 16, size);
			else if (size < 48)
				malformed(bytes, 0, TSMREQ_REPORT_FAULT_SHORT_RANGES, 16, 32,
					  size - 16);
			else if (size < 52)
				malformed(bytes, 0, TSMREQ_REPORT_FAULT_SHORT_LENGTH, 48, 4,
					  size - 48);
			else
				malformed(bytes, 0, TSMREQ_REPORT_FAULT_SHORT_INFO, 52, 4,
					  size - 52);
		}
	guard_free(&guard);
}

static void lenient(void **state)
{
	struct guard guard = guard_new(sizeof(example));

	(void)state;
	for (size_t size = 0; size <= sizeof(example); size++)
		for (int back = 0; back < 2; back++) {
			const struct tsmreq_bytes bytes = guard_copy(&guard, example, size, back);
			struct tsmreq_report_error error;
			struct tsmreq_report_range range;
			struct tsmreq_report report;

			if (size < 48) {
				malformed(bytes, TSMREQ_REPORT_LENIENT,
					  size < 16 ? TSMREQ_REPORT_FAULT_SHORT_HEADER
						    : TSMREQ_REPORT_FAULT_SHORT_RANGES,
					  size < 16 ? 0 : 16, size < 16 ? 16 : 32,
					  size < 16 ? size : size - 16);
				continue;
			}
			memset(&error, 0xa5, sizeof(error));
			assert_int_equal(tsmreq_report_parse(bytes, TSMREQ_REPORT_LENIENT, &report,
							     &error),
					 0);
			assert_memory_equal(&error, &no_error, sizeof(error));
			assert_true(tsmreq_report_range_at(&report, 1, &range));
			assert_int_equal(range.id, 2);
			if (size == sizeof(example)) {
				assert_int_equal(report.no_device_info, 0);
				assert_int_equal(report.trailing, 0);
				continue;
			}
			assert_int_equal(report.no_device_info, 1);
			assert_int_equal(report.device_info.size, 0);
			assert_int_equal(report.trailing, size - 48);
			assert_int_equal(tsmreq_report_check(&report, &error),
					 size > 48 ? -EBADMSG : 0);
			assert_true(error.offset == (size > 48 ? 48 : 0));
		}
	guard_free(&guard);
}

static void unknown_flags(void **state)
{
	struct tsmreq_report_error error;
	struct tsmreq_report report;

	(void)state;
	for (unsigned int bit = 1; bit < 32; bit++) {
		memset(&report, 0xa5, sizeof(report));
		memset(&error, 0xa5, sizeof(error));
		assert_int_equal(tsmreq_report_parse(bytes_of(example, 56), 1u << bit, &report,
						     &error),
				 -EINVAL);
		assert_memory_equal(&report, &no_report, sizeof(report));
		assert_memory_equal(&error, &no_error, sizeof(error));
	}
}

/* Counts are the device's: no product of them may wrap. */
static void hostile_counts(void **state)
{
	static const uint32_t counts[] = {3, 4, 0x10000000, 0x10000001, 0x80000000, 0xffffffff};
	uint8_t bytes[56];

	(void)state;
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		memcpy(bytes, example, sizeof(bytes));
		tsmreq_store_le32(bytes + 12, counts[i]);
		malformed(bytes_of(bytes, 56), 0, TSMREQ_REPORT_FAULT_SHORT_RANGES, 16,
			  (uint64_t)counts[i] * 16, 40);
		memcpy(bytes, example, sizeof(bytes));
		tsmreq_store_le32(bytes + 48, counts[i] | 8);
		malformed(bytes_of(bytes, 56), 0, TSMREQ_REPORT_FAULT_SHORT_INFO, 52, counts[i] | 8,
			  4);
	}
}

static void the_limit(void **state)
{
	const size_t limit = TSMREQ_LENGTH_MAX;
	uint8_t *bytes = calloc(1, limit + 1);
	struct tsmreq_report_error error;
	struct tsmreq_report_range range;
	struct tsmreq_report report;

	(void)state;
	assert_non_null(bytes);
	malformed(bytes_of(bytes, limit + 1), 0, TSMREQ_REPORT_FAULT_TOO_LONG, limit, limit + 1,
		  limit);
	malformed(bytes_of(bytes, limit + 1), TSMREQ_REPORT_LENIENT, TSMREQ_REPORT_FAULT_TOO_LONG,
		  limit, limit + 1, limit);

	/* ranges up to the last byte there is room for */
	tsmreq_store_le32(bytes + 12, 0xffffe);
	assert_int_equal(tsmreq_report_parse(bytes_of(bytes, limit), 0, &report, &error), 0);
	assert_int_equal(report.trailing, 12);
	assert_true(tsmreq_report_range_at(&report, 0xffffd, &range));
	assert_false(tsmreq_report_range_at(&report, 0xffffe, &range));
	assert_int_equal(tsmreq_report_check(&report, &error), -EBADMSG);
	assert_int_equal(error.fault, TSMREQ_REPORT_FAULT_TOO_MANY);
	assert_true(error.offset == 16 && error.need == 0xffffe && error.have == 1024);
	tsmreq_store_le32(bytes + 12, 0xfffff);
	malformed(bytes_of(bytes, limit), 0, TSMREQ_REPORT_FAULT_SHORT_LENGTH, limit, 4, 0);
	assert_int_equal(tsmreq_report_parse(bytes_of(bytes, limit), TSMREQ_REPORT_LENIENT, &report,
					     &error),
			 0);
	assert_int_equal(report.trailing, 0);

	/* the device's part up to there */
	tsmreq_store_le32(bytes + 12, 0);
	tsmreq_store_le32(bytes + 16, (uint32_t)limit - 20);
	assert_int_equal(tsmreq_report_parse(bytes_of(bytes, limit), 0, &report, &error), 0);
	assert_int_equal(report.device_info.size, limit - 20);
	assert_int_equal(report.trailing, 0);
	tsmreq_store_le32(bytes + 16, (uint32_t)limit - 19);
	malformed(bytes_of(bytes, limit), 0, TSMREQ_REPORT_FAULT_SHORT_INFO, 20, limit - 19,
		  limit - 20);
	free(bytes);
}

static void over_long(void **state)
{
	uint8_t bytes[sizeof(example) + 40] = {0};

	(void)state;
	memcpy(bytes, example, sizeof(example));
	for (uint32_t more = 0; more <= 40; more++) {
		struct tsmreq_report_error error;
		struct tsmreq_report report;

		assert_int_equal(
			tsmreq_report_parse(bytes_of(bytes, 56 + more), 0, &report, &error), 0);
		assert_int_equal(report.trailing, more);
		assert_int_equal(report.device_info.size, 4);
		assert_int_equal(tsmreq_report_check(&report, &error), more ? -EBADMSG : 0);
		assert_int_equal(error.fault,
				 more ? TSMREQ_REPORT_FAULT_TRAILING : TSMREQ_REPORT_FAULT_NONE);
		assert_true(error.offset == (more ? 56 : 0));
		assert_true(error.need == 0 && error.have == more);
	}
}

static int parse_one(uint64_t first_page, uint32_t pages, struct tsmreq_report_error *error)
{
	struct tsmreq_report report;
	uint8_t bytes[56];

	memcpy(bytes, example, sizeof(bytes));
	tsmreq_store_le64(bytes + 32, first_page);
	tsmreq_store_le32(bytes + 40, pages);
	return tsmreq_report_parse(bytes_of(bytes, 56), 0, &report, error);
}

static void first_range_ends(void **state)
{
	struct tsmreq_report_error error;
	struct tsmreq_report report;
	uint8_t bytes[56];

	(void)state;
	memcpy(bytes, example, sizeof(bytes));
	tsmreq_store_le64(bytes + 16, (uint64_t)1 << 52);
	assert_int_equal(tsmreq_report_parse(bytes_of(bytes, 56), 0, &report, &error), -EBADMSG);
	assert_int_equal(error.fault, TSMREQ_REPORT_FAULT_RANGE_WRAPS);
	assert_true(error.offset == 16);
	assert_int_equal(error.range, 0);
}

static void range_ends(void **state)
{
	const uint64_t end = (uint64_t)1 << 52;
	static const struct {
		uint64_t below; /* first page is end minus this */
		uint32_t pages;
		bool good;
	} cases[] = {
		{1, 0, true},	    {1, 1, false}, {2, 1, true},
		{2, 2, false},	    {0, 0, false}, {0x100000000, 0xffffffff, true},
		{5, 4, true},	    {5, 5, false}, {0xffffffff, 0xffffffff, false},
		{1, 0xffff, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct tsmreq_report_error error;
		const int rc = parse_one(end - cases[i].below, cases[i].pages, &error);

		assert_int_equal(rc, cases[i].good ? 0 : -EBADMSG);
		if (!cases[i].good) {
			assert_int_equal(error.fault, TSMREQ_REPORT_FAULT_RANGE_WRAPS);
			assert_true(error.offset == 32);
			assert_int_equal(error.range, 1);
			assert_int_equal(error.other, 1);
			assert_true(error.need == 0 && error.have == 0);
		}
	}
	/* the sum itself may wrap */
	for (unsigned int bit = 52; bit < 64; bit++) {
		struct tsmreq_report_error error;

		assert_int_equal(parse_one((uint64_t)1 << bit, 1, &error), -EBADMSG);
		assert_int_equal(parse_one(UINT64_MAX - ((uint64_t)1 << (bit - 52)) + 1, 0x1000,
					   &error),
				 -EBADMSG);
		assert_int_equal(error.fault, TSMREQ_REPORT_FAULT_RANGE_WRAPS);
	}
}

/* Reserved bits are the device's business: kept and told. */
static void reserved_bits(void **state)
{
	struct tsmreq_report_error error;
	struct tsmreq_report_range range;
	struct tsmreq_report report;
	uint8_t bytes[56];

	(void)state;
	memcpy(bytes, example, sizeof(bytes));
	memset(bytes, 0xff, 4);
	memset(bytes + 28, 0xff, 2);
	assert_int_equal(tsmreq_report_parse(bytes_of(bytes, 56), 0, &report, &error), 0);
	assert_int_equal(report.interface_info, 0xffff);
	assert_int_equal(report.reserved, 0xffff);
	assert_true(tsmreq_report_range_at(&report, 0, &range));
	assert_int_equal(range.attributes, 0xffff);
	assert_int_equal(range.id, 0);
	assert_int_equal(tsmreq_report_check(&report, &error), 0);
}

/* ---- check(), on reports made by build() */

static struct tsmreq_report build(const struct tsmreq_report_range *ranges, uint32_t count,
				  uint8_t *bytes, size_t size)
{
	const struct tsmreq_report_desc desc = {.nr_ranges = count, .ranges = ranges};
	struct tsmreq_buffer dst = {bytes, size, 0};
	struct tsmreq_report_error error;
	struct tsmreq_report report;

	assert_int_equal(tsmreq_report_build(&desc, &dst), 0);
	assert_int_equal(tsmreq_report_parse(bytes_of(dst.data, dst.size), 0, &report, &error), 0);
	return report;
}

static void pair_is(struct tsmreq_report_range a, struct tsmreq_report_range b,
		    enum tsmreq_report_fault fault)
{
	/* one more in front, so that neither number is 0 */
	const struct tsmreq_report_range ranges[] = {{0, 1, 0, 0}, a, b};
	uint8_t bytes[100];
	const struct tsmreq_report report = build(ranges, 3, bytes, sizeof(bytes));
	struct tsmreq_report_error error;

	memset(&error, 0xa5, sizeof(error));
	assert_int_equal(tsmreq_report_check(&report, &error), fault ? -EBADMSG : 0);
	assert_int_equal(error.fault, fault);
	assert_int_equal(error.range, fault ? 2 : 0);
	assert_int_equal(error.other, fault ? 1 : 0);
	assert_true(error.offset == (fault ? 48 : 0));
	assert_true(error.need == 0 && error.have == 0);
}

static void pairs(void **state)
{
	typedef struct tsmreq_report_range range;

	(void)state;
	pair_is((range){10, 2, 0, 0}, (range){12, 1, 0, 0}, TSMREQ_REPORT_FAULT_NONE);
	pair_is((range){10, 2, 0, 0}, (range){11, 1, 0, 0}, TSMREQ_REPORT_FAULT_OVERLAP);
	pair_is((range){10, 2, 0, 0}, (range){10, 2, 0, 0}, TSMREQ_REPORT_FAULT_OVERLAP);
	pair_is((range){10, 2, 0, 0}, (range){9, 2, 0, 0}, TSMREQ_REPORT_FAULT_OVERLAP);
	pair_is((range){10, 2, 0, 0}, (range){9, 9, 0, 0}, TSMREQ_REPORT_FAULT_OVERLAP);
	pair_is((range){10, 2, 0, 0}, (range){8, 2, 0, 0}, TSMREQ_REPORT_FAULT_PAGE_ORDER);
	/* another id: any page, as long as it is not the same */
	pair_is((range){10, 2, 0, 0}, (range){8, 2, 0, 1}, TSMREQ_REPORT_FAULT_NONE);
	pair_is((range){10, 2, 0, 0}, (range){11, 2, 0, 1}, TSMREQ_REPORT_FAULT_OVERLAP);
	pair_is((range){10, 2, 0, 3}, (range){20, 2, 0, 2}, TSMREQ_REPORT_FAULT_ID_ORDER);
	pair_is((range){10, 2, 0, 3}, (range){8, 2, 0, 2}, TSMREQ_REPORT_FAULT_ID_ORDER);
	/* empty ranges overlap nothing, and stand in order all the same */
	pair_is((range){10, 0, 0, 0}, (range){10, 2, 0, 0}, TSMREQ_REPORT_FAULT_NONE);
	pair_is((range){10, 2, 0, 0}, (range){10, 0, 0, 0}, TSMREQ_REPORT_FAULT_NONE);
	pair_is((range){10, 2, 0, 0}, (range){11, 0, 0, 0}, TSMREQ_REPORT_FAULT_NONE);
	pair_is((range){10, 2, 0, 0}, (range){9, 0, 0, 0}, TSMREQ_REPORT_FAULT_PAGE_ORDER);
	/* large page counts do not wrap */
	pair_is((range){10, UINT32_MAX, 0, 0}, (range){(uint64_t)UINT32_MAX + 10, 1, 0, 0},
		TSMREQ_REPORT_FAULT_NONE);
	pair_is((range){10, UINT32_MAX, 0, 0}, (range){(uint64_t)UINT32_MAX + 9, 1, 0, 0},
		TSMREQ_REPORT_FAULT_OVERLAP);
}

/* Not only neighbours are compared: the last one against the first. */
static void first_and_last(void **state)
{
	const struct tsmreq_report_range ranges[] = {{10, 2, 0, 0}, {20, 1, 0, 1}, {11, 1, 0, 2}};
	struct tsmreq_report_error error;
	struct tsmreq_report report;
	uint8_t bytes[100];

	(void)state;
	report = build(ranges, 3, bytes, sizeof(bytes));
	assert_int_equal(tsmreq_report_check(&report, &error), -EBADMSG);
	assert_int_equal(error.fault, TSMREQ_REPORT_FAULT_OVERLAP);
	assert_int_equal(error.range, 2);
	assert_int_equal(error.other, 0);
}

static void most_ranges_that_are_compared(void **state)
{
	static struct tsmreq_report_range ranges[TSMREQ_REPORT_CHECK_MAX + 1];
	static uint8_t bytes[20 + sizeof(ranges)];
	struct tsmreq_report_error error;
	struct tsmreq_report report;

	(void)state;
	for (uint32_t i = 0; i <= TSMREQ_REPORT_CHECK_MAX; i++)
		ranges[i] = (struct tsmreq_report_range){i, 1, 0, 0};
	report = build(ranges, TSMREQ_REPORT_CHECK_MAX, bytes, sizeof(bytes));
	assert_int_equal(tsmreq_report_check(&report, &error), 0);
	report = build(ranges, TSMREQ_REPORT_CHECK_MAX + 1, bytes, sizeof(bytes));
	assert_int_equal(tsmreq_report_check(&report, &error), -EBADMSG);
	assert_int_equal(error.fault, TSMREQ_REPORT_FAULT_TOO_MANY);
	assert_true(error.need == TSMREQ_REPORT_CHECK_MAX + 1);
}

/* ---- build() */

static void build_the_example(void **state)
{
	static const struct tsmreq_report_range ranges[] = {{0x50006, 2, 0, 0}, {0x60000, 1, 3, 2}};
	const struct tsmreq_report_desc desc = {
		.interface_info = 2,
		.msix_control = 0x8003,
		.nr_ranges = 2,
		.ranges = ranges,
		.device_info = {example + 52, 4},
	};
	struct guard guard = guard_new(sizeof(example));

	(void)state;
	for (size_t size = 0; size <= sizeof(example); size++) {
		struct tsmreq_buffer dst = {guard_back(&guard, size), size, 99};
		const int rc = tsmreq_report_build(&desc, &dst);

		assert_int_equal(dst.size, sizeof(example));
		assert_int_equal(rc, size < sizeof(example) ? -EMSGSIZE : 0);
		if (!rc)
			assert_memory_equal(dst.data, example, sizeof(example));
	}
	guard_free(&guard);
}

static void build_too_much(void **state)
{
	const struct tsmreq_report_range wraps = {(uint64_t)1 << 52, 0, 0, 0};
	struct tsmreq_report_desc desc = {.device_info = {example, SIZE_MAX}};
	struct tsmreq_buffer dst = {NULL, 0, 99};

	(void)state;
	assert_int_equal(tsmreq_report_build(&desc, &dst), -EOVERFLOW);
	assert_int_equal(dst.size, 0);
	desc.device_info.size = TSMREQ_LENGTH_MAX - 19;
	assert_int_equal(tsmreq_report_build(&desc, &dst), -EOVERFLOW);
	desc.device_info.size = TSMREQ_LENGTH_MAX - 20;
	assert_int_equal(tsmreq_report_build(&desc, &dst), -EMSGSIZE);
	assert_int_equal(dst.size, TSMREQ_LENGTH_MAX);
	desc.device_info.size = 0;
	desc.nr_ranges = UINT32_MAX;
	assert_int_equal(tsmreq_report_build(&desc, &dst), -EOVERFLOW);
	desc.nr_ranges = 0xfffff;
	assert_int_equal(tsmreq_report_build(&desc, &dst), -EOVERFLOW);
	desc.nr_ranges = 1;
	desc.ranges = &wraps;
	assert_int_equal(tsmreq_report_build(&desc, &dst), -EINVAL);
	assert_int_equal(dst.size, 0);
}

/* Any well formed report, taken apart and put together again, is the same bytes. */
static void round_trips(void **state)
{
	static uint8_t bytes[20 + 64 * 16 + 64], back[sizeof(bytes)];
	uint64_t seed = 7;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		struct tsmreq_report_range ranges[64];
		const uint32_t count = (uint32_t)random_below(&seed, 65);
		const uint32_t info = (uint32_t)random_below(&seed, 65);
		const size_t size = 20 + count * 16 + info;
		struct tsmreq_buffer dst = {back, sizeof(back), 0};
		struct tsmreq_report_desc desc = {.nr_ranges = count, .ranges = ranges};
		struct tsmreq_report_error error;
		struct tsmreq_report report;

		for (size_t i = 0; i < size; i++)
			bytes[i] = (uint8_t)random_u64(&seed);
		tsmreq_store_le32(bytes + 12, count);
		tsmreq_store_le32(bytes + 16 + count * 16, info);
		for (uint32_t i = 0; i < count; i++)
			tsmreq_store_le64(bytes + 16 + i * 16, random_u64(&seed) >> 13);

		assert_int_equal(tsmreq_report_parse(bytes_of(bytes, size), 0, &report, &error), 0);
		for (uint32_t i = 0; i < count; i++)
			assert_true(tsmreq_report_range_at(&report, i, &ranges[i]));
		desc.interface_info = report.interface_info;
		desc.reserved = report.reserved;
		desc.msix_control = report.msix_control;
		desc.lnr_control = report.lnr_control;
		desc.tph_control = report.tph_control;
		desc.device_info = report.device_info;
		assert_int_equal(tsmreq_report_build(&desc, &dst), 0);
		assert_int_equal(dst.size, size);
		assert_memory_equal(back, bytes, size);
	}
}

/* Whatever the bytes are: no crash, nothing outside them, and all of the answer written. */
static void any_bytes(void **state)
{
	struct guard guard = guard_new(256);
	uint8_t bytes[256];
	uint64_t seed = 8;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		const size_t size = (size_t)random_below(&seed, sizeof(bytes) + 1);
		struct tsmreq_report_error error;
		struct tsmreq_report_range range;
		struct tsmreq_report report;

		for (size_t i = 0; i < size; i++)
			bytes[i] = (uint8_t)random_u64(&seed);
		/* mostly counts that are nearly right */
		if (size >= 16 && round % 8)
			tsmreq_store_le32(bytes + 12, (uint32_t)random_below(&seed, size / 16 + 1));
		if (tsmreq_report_parse(guard_copy(&guard, bytes, size, round % 2),
					round % 3 ? 0 : TSMREQ_REPORT_LENIENT, &report, &error)) {
			assert_int_not_equal(error.fault, TSMREQ_REPORT_FAULT_NONE);
			assert_true(error.offset <= size);
			continue;
		}
		for (uint32_t i = 0; tsmreq_report_range_at(&report, i, &range); i++)
			;
		(void)!tsmreq_report_check(&report, &error);
		assert_true(error.offset <= size);
	}
	guard_free(&guard);
}

static void words(void **state)
{
	static const char *const info[] = {"no-fw-update", "dma-without-pasid", "dma-with-pasid",
					   "ats", "prs"};
	static const char *const attributes[] = {"msix-table", "msix-pba", "non-tee", "updatable"};

	(void)state;
	for (unsigned int bit = 0; bit < 20; bit++) {
		assert_string_equal(tsmreq_report_info_to_string(bit),
				    bit < 5 ? info[bit] : "reserved");
		assert_string_equal(tsmreq_report_attribute_to_string(bit),
				    bit < 4 ? attributes[bit] : "reserved");
	}
	for (int fault = -2; fault < 20; fault++) {
		const char *word = tsmreq_report_fault_to_string((enum tsmreq_report_fault)fault);

		assert_non_null(word);
		if (fault >= 0 && fault <= TSMREQ_REPORT_FAULT_OVERLAP)
			assert_string_not_equal(word, "unknown");
		else
			assert_string_equal(word, "unknown");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_example),
		cmocka_unit_test(header_fields),
		cmocka_unit_test(truncated),
		cmocka_unit_test(lenient),
		cmocka_unit_test(unknown_flags),
		cmocka_unit_test(hostile_counts),
		cmocka_unit_test(the_limit),
		cmocka_unit_test(over_long),
		cmocka_unit_test(first_range_ends),
		cmocka_unit_test(range_ends),
		cmocka_unit_test(reserved_bits),
		cmocka_unit_test(pairs),
		cmocka_unit_test(first_and_last),
		cmocka_unit_test(most_ranges_that_are_compared),
		cmocka_unit_test(build_the_example),
		cmocka_unit_test(build_too_much),
		cmocka_unit_test(round_trips),
		cmocka_unit_test(any_bytes),
		cmocka_unit_test(words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
