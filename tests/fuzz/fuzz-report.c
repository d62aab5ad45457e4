/* SPDX-License-Identifier: MIT */
#include "fuzz.h"
#include <tsmreq/report.h>

/* Input: flags (1 byte), report. */

static void check_error(int rc, const struct tsmreq_report_error *error, size_t size)
{
	FUZZ_CHECK(!rc || rc == -EBADMSG || rc == -EINVAL);
	FUZZ_CHECK((rc == -EBADMSG) == (error->fault != TSMREQ_REPORT_FAULT_NONE));
	FUZZ_CHECK((uint32_t)error->fault <= TSMREQ_REPORT_FAULT_OVERLAP);
	FUZZ_CHECK(error->offset <= size && !error->reserved);
}

/* Everything a report points to is inside it. */
static void check_parts(const struct tsmreq_report *report, const uint8_t *data, size_t size)
{
	const size_t at = TSMREQ_REPORT_HEADER_SIZE;
	const uint8_t *info = report->device_info.data;
	struct tsmreq_report_range range;
	uint64_t start, length, end;
	uint32_t i = 0;

	FUZZ_CHECK(report->ranges.data == data + at);
	FUZZ_CHECK(report->ranges.size == (size_t)report->nr_ranges * TSMREQ_REPORT_RANGE_SIZE);
	FUZZ_CHECK(report->ranges.size <= size - at);
	if (report->no_device_info)
		FUZZ_CHECK(!info && !report->device_info.size);
	else
		FUZZ_CHECK((size_t)(info - data) + report->device_info.size + report->trailing ==
			   size);
	for (; tsmreq_report_range_at(report, i, &range); i++) {
		tsmreq_report_range_get_span(&range, &start, &length);
		FUZZ_CHECK(!__builtin_add_overflow(start, length, &end));
		FUZZ_CHECK(start / TSMREQ_REPORT_PAGE_SIZE == range.first_page);
	}
	FUZZ_CHECK(i == report->nr_ranges);
}

/* The parts, put together, are the report again. */
static void check_way_back(const struct tsmreq_report *report, const uint8_t *data, size_t size)
{
	const size_t length = size - report->trailing;
	struct tsmreq_report_range *ranges = calloc(report->nr_ranges + 1u, sizeof(*ranges));
	uint8_t *bytes = malloc(length);
	struct tsmreq_buffer buffer = {bytes, length, 0};
	const struct tsmreq_report_desc desc = {
		.interface_info = report->interface_info,
		.reserved = report->reserved,
		.msix_control = report->msix_control,
		.lnr_control = report->lnr_control,
		.tph_control = report->tph_control,
		.nr_ranges = report->nr_ranges,
		.ranges = ranges,
		.device_info = report->device_info,
	};

	FUZZ_CHECK(ranges && bytes);
	for (uint32_t i = 0; i < report->nr_ranges; i++)
		FUZZ_CHECK(tsmreq_report_range_at(report, i, &ranges[i]));
	FUZZ_CHECK(!tsmreq_report_build(&desc, &buffer));
	FUZZ_CHECK(buffer.size == length && !memcmp(bytes, data, length));
	free(ranges);
	free(bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = {data, size};
	const uint32_t flags = fuzz_take_u8(&in);
	const struct tsmreq_bytes bytes = {in.data, in.size};
	struct tsmreq_report_error error, error_twin;
	struct tsmreq_report report, twin;
	int rc;

	memset(&report, 0xa5, sizeof(report));
	memset(&twin, 0x5a, sizeof(twin));
	memset(&error, 0xa5, sizeof(error));
	memset(&error_twin, 0x5a, sizeof(error_twin));
	rc = tsmreq_report_parse(bytes, flags, &report, &error);
	FUZZ_CHECK(tsmreq_report_parse(bytes, flags, &twin, &error_twin) == rc);
	FUZZ_SAME(&report, &twin);
	FUZZ_SAME(&error, &error_twin);
	check_error(rc, &error, in.size);
	if (rc) {
		FUZZ_CHECK(!report.nr_ranges && !report.ranges.size && !report.device_info.size);
		return 0;
	}

	check_parts(&report, in.data, in.size);
	rc = tsmreq_report_check(&report, &error);
	check_error(rc, &error, in.size);
	FUZZ_CHECK(rc || !report.trailing);
	if (!report.no_device_info)
		check_way_back(&report, in.data, in.size);
	return 0;
}
