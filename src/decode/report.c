/* SPDX-License-Identifier: MIT */
#include "base/bytes.h"
#include "decode/count.h"
#include <errno.h>
#include <string.h>
#include <tsmreq/report.h>

#define HEADER_SIZE TSMREQ_REPORT_HEADER_SIZE
#define RANGE_SIZE  TSMREQ_REPORT_RANGE_SIZE
#define LENGTH_SIZE 4u

static uint64_t range_offset(uint32_t range)
{
	return HEADER_SIZE + (uint64_t)range * RANGE_SIZE;
}

static int fail(struct tsmreq_report_error *error, enum tsmreq_report_fault fault, uint64_t offset,
		uint64_t need, uint64_t have)
{
	error->fault = fault;
	error->offset = offset;
	error->need = need;
	error->have = have;
	return -EBADMSG;
}

static int fail_range(struct tsmreq_report_error *error, enum tsmreq_report_fault fault,
		      uint32_t range, uint32_t other)
{
	error->range = range;
	error->other = other;
	return fail(error, fault, range_offset(range), 0, 0);
}

/* The end has to be a 64-bit address itself: exactly 2^64 is one too many. */
static bool wraps(const struct tsmreq_report_range *range)
{
	uint64_t end;

	return __builtin_add_overflow(range->first_page, range->pages, &end) ||
	       __builtin_mul_overflow(end, TSMREQ_REPORT_PAGE_SIZE, &end);
}

static int parse_ranges(struct tsmreq_report *report, struct tsmreq_report_error *error)
{
	struct tsmreq_report_range range;

	for (uint32_t i = 0; tsmreq_report_range_at(report, i, &range); i++)
		if (wraps(&range))
			return fail_range(error, TSMREQ_REPORT_FAULT_RANGE_WRAPS, i, i);
	return 0;
}

/* What stands behind the ranges: a length, that many bytes, and perhaps more. */
static int parse_device_info(const uint8_t *tail, size_t size, uint64_t offset,
			     struct tsmreq_report *report, struct tsmreq_report_error *error)
{
	uint32_t length;

	if (size < LENGTH_SIZE)
		return fail(error, TSMREQ_REPORT_FAULT_SHORT_LENGTH, offset, LENGTH_SIZE, size);
	length = tsmreq_load_le32(tail);
	if (length > size - LENGTH_SIZE)
		return fail(error, TSMREQ_REPORT_FAULT_SHORT_INFO, offset + LENGTH_SIZE, length,
			    size - LENGTH_SIZE);

	report->device_info.data = tail + LENGTH_SIZE;
	report->device_info.size = length;
	report->trailing = (uint32_t)(size - LENGTH_SIZE - length);
	return 0;
}

static int parse(struct tsmreq_bytes bytes, uint32_t flags, struct tsmreq_report *report,
		 struct tsmreq_report_error *error)
{
	const uint8_t *p = bytes.data;
	uint64_t offset;
	int rc;

	if (bytes.size > TSMREQ_LENGTH_MAX)
		return fail(error, TSMREQ_REPORT_FAULT_TOO_LONG, TSMREQ_LENGTH_MAX, bytes.size,
			    TSMREQ_LENGTH_MAX);
	if (bytes.size < HEADER_SIZE)
		return fail(error, TSMREQ_REPORT_FAULT_SHORT_HEADER, 0, HEADER_SIZE, bytes.size);
	report->interface_info = tsmreq_load_le16(p);
	report->reserved = tsmreq_load_le16(p + 2);
	report->msix_control = tsmreq_load_le16(p + 4);
	report->lnr_control = tsmreq_load_le16(p + 6);
	report->tph_control = tsmreq_load_le32(p + 8);
	report->nr_ranges = tsmreq_load_le32(p + 12);

	if (report->nr_ranges > (bytes.size - HEADER_SIZE) / RANGE_SIZE)
		return fail(error, TSMREQ_REPORT_FAULT_SHORT_RANGES, HEADER_SIZE,
			    (uint64_t)report->nr_ranges * RANGE_SIZE, bytes.size - HEADER_SIZE);
	report->ranges.data = p + HEADER_SIZE;
	report->ranges.size = (size_t)report->nr_ranges * RANGE_SIZE;
	rc = parse_ranges(report, error);
	if (rc)
		return rc;

	offset = range_offset(report->nr_ranges);
	rc = parse_device_info(p + offset, bytes.size - (size_t)offset, offset, report, error);
	if (rc && flags & TSMREQ_REPORT_LENIENT) {
		memset(error, 0, sizeof(*error));
		report->no_device_info = 1;
		report->trailing = (uint32_t)(bytes.size - offset);
		return 0;
	}
	return rc;
}

int tsmreq_report_parse(struct tsmreq_bytes bytes, uint32_t flags, struct tsmreq_report *ret,
			struct tsmreq_report_error *ret_error)
{
	int rc;

	memset(ret, 0, sizeof(*ret));
	memset(ret_error, 0, sizeof(*ret_error));
	if (flags & ~TSMREQ_REPORT_LENIENT)
		return -EINVAL;
	rc = parse(bytes, flags, ret, ret_error);
	if (rc)
		memset(ret, 0, sizeof(*ret));
	return rc;
}

static bool overlap(const struct tsmreq_report_range *a, const struct tsmreq_report_range *b)
{
	return a->pages && b->pages && a->first_page < b->first_page + b->pages &&
	       b->first_page < a->first_page + a->pages;
}

static int check_range(const struct tsmreq_report *report, uint32_t i,
		       const struct tsmreq_report_range *range, struct tsmreq_report_error *error)
{
	struct tsmreq_report_range other;

	for (uint32_t j = 0; j < i; j++) {
		(void)tsmreq_report_range_at(report, j, &other);
		if (overlap(&other, range))
			return fail_range(error, TSMREQ_REPORT_FAULT_OVERLAP, i, j);
		if (other.id > range->id)
			return fail_range(error, TSMREQ_REPORT_FAULT_ID_ORDER, i, j);
		if (other.id == range->id && other.first_page > range->first_page)
			return fail_range(error, TSMREQ_REPORT_FAULT_PAGE_ORDER, i, j);
	}
	return 0;
}

int tsmreq_report_check(const struct tsmreq_report *report, struct tsmreq_report_error *ret_error)
{
	struct tsmreq_report_range range;

	memset(ret_error, 0, sizeof(*ret_error));
	if (report->nr_ranges > TSMREQ_REPORT_CHECK_MAX)
		return fail(ret_error, TSMREQ_REPORT_FAULT_TOO_MANY, HEADER_SIZE, report->nr_ranges,
			    TSMREQ_REPORT_CHECK_MAX);
	for (uint32_t i = 0; tsmreq_report_range_at(report, i, &range); i++) {
		const int rc = check_range(report, i, &range, ret_error);

		if (rc)
			return rc;
	}
	if (report->trailing) {
		const uint64_t tail = range_offset(report->nr_ranges);
		const uint64_t info = LENGTH_SIZE + report->device_info.size;

		return fail(ret_error, TSMREQ_REPORT_FAULT_TRAILING,
			    report->no_device_info ? tail : tail + info, 0, report->trailing);
	}
	return 0;
}

bool tsmreq_report_range_at(const struct tsmreq_report *report, uint32_t i,
			    struct tsmreq_report_range *ret)
{
	const uint8_t *p = report->ranges.data;

	memset(ret, 0, sizeof(*ret));
	if (i >= report->nr_ranges)
		return false;
	p += (size_t)i * RANGE_SIZE;
	ret->first_page = tsmreq_load_le64(p);
	ret->pages = tsmreq_load_le32(p + 8);
	ret->attributes = tsmreq_load_le16(p + 12);
	ret->id = tsmreq_load_le16(p + 14);
	return true;
}

void tsmreq_report_range_get_span(const struct tsmreq_report_range *range, uint64_t *ret_start,
				  uint64_t *ret_size)
{
	*ret_start = range->first_page * TSMREQ_REPORT_PAGE_SIZE;
	*ret_size = (uint64_t)range->pages * TSMREQ_REPORT_PAGE_SIZE;
}

static uint8_t *build_range(uint8_t *p, const struct tsmreq_report_range *range)
{
	tsmreq_store_le64(p, range->first_page);
	tsmreq_store_le32(p + 8, range->pages);
	tsmreq_store_le16(p + 12, range->attributes);
	tsmreq_store_le16(p + 14, range->id);
	return p + RANGE_SIZE;
}

int tsmreq_report_build(const struct tsmreq_report_desc *desc, struct tsmreq_buffer *dst)
{
	uint64_t need = range_offset(desc->nr_ranges) + LENGTH_SIZE;
	uint8_t *p = dst->data;

	/* refuse */
	dst->size = 0;
	if (__builtin_add_overflow(need, desc->device_info.size, &need) || need > TSMREQ_LENGTH_MAX)
		return -EOVERFLOW;
	for (uint32_t i = 0; i < desc->nr_ranges; i++)
		if (wraps(&desc->ranges[i]))
			return -EINVAL;
	dst->size = (size_t)need;
	if (dst->capacity < dst->size)
		return -EMSGSIZE;

	/* say it */
	tsmreq_store_le16(p, desc->interface_info);
	tsmreq_store_le16(p + 2, desc->reserved);
	tsmreq_store_le16(p + 4, desc->msix_control);
	tsmreq_store_le16(p + 6, desc->lnr_control);
	tsmreq_store_le32(p + 8, desc->tph_control);
	tsmreq_store_le32(p + 12, desc->nr_ranges);
	p += HEADER_SIZE;
	for (uint32_t i = 0; i < desc->nr_ranges; i++)
		p = build_range(p, &desc->ranges[i]);
	tsmreq_store_le32(p, (uint32_t)desc->device_info.size);
	if (desc->device_info.size)
		memcpy(p + LENGTH_SIZE, desc->device_info.data, desc->device_info.size);
	return 0;
}

const char *tsmreq_report_info_to_string(unsigned int bit)
{
	static const char *const words[] = {"no-fw-update", "dma-without-pasid", "dma-with-pasid",
					    "ats", "prs"};

	return bit < COUNT(words) ? words[bit] : "reserved";
}

const char *tsmreq_report_attribute_to_string(unsigned int bit)
{
	static const char *const words[] = {"msix-table", "msix-pba", "non-tee", "updatable"};

	return bit < COUNT(words) ? words[bit] : "reserved";
}

const char *tsmreq_report_fault_to_string(enum tsmreq_report_fault fault)
{
	static const char *const words[] = {
		[TSMREQ_REPORT_FAULT_NONE] = "no fault",
		[TSMREQ_REPORT_FAULT_TOO_LONG] = "longer than any object may be",
		[TSMREQ_REPORT_FAULT_SHORT_HEADER] = "the header does not fit",
		[TSMREQ_REPORT_FAULT_SHORT_RANGES] = "the MMIO ranges do not fit",
		[TSMREQ_REPORT_FAULT_SHORT_LENGTH] = "the length of the device's part is missing",
		[TSMREQ_REPORT_FAULT_SHORT_INFO] = "the device's part does not fit",
		[TSMREQ_REPORT_FAULT_RANGE_WRAPS] = "an MMIO range ends past 64 bits",
		[TSMREQ_REPORT_FAULT_TRAILING] = "bytes behind the report",
		[TSMREQ_REPORT_FAULT_TOO_MANY] = "more MMIO ranges than are compared",
		[TSMREQ_REPORT_FAULT_ID_ORDER] = "range ids descend",
		[TSMREQ_REPORT_FAULT_PAGE_ORDER] = "first pages descend within a range id",
		[TSMREQ_REPORT_FAULT_OVERLAP] = "two MMIO ranges overlap",
	};

	return (size_t)fault < COUNT(words) ? words[fault] : "unknown";
}
