/* SPDX-License-Identifier: MIT */
#include "proof.h"
#include <tsmreq/report.h>

#define RANGES	   4u
#define INFO	   8u
#define FIXED	   (TSMREQ_REPORT_HEADER_SIZE + 4u)
#define REPORT	   (FIXED + RANGES * TSMREQ_REPORT_RANGE_SIZE + INFO + 8u)
#define COUNT_AT   12u
#define COUNT_SIZE 4u

static uint8_t bytes[REPORT], written[REPORT], info[INFO];

static void store_count(uint8_t *report, uint32_t count)
{
	for (unsigned int i = 0; i < COUNT_SIZE; i++)
		report[COUNT_AT + i] = (uint8_t)(count >> 8 * i);
}

/* Any count of @low or more in byte number @byte, with zeros above it. */
static void store_any_count(uint8_t *report, unsigned int byte, uint32_t low)
{
	store_count(report, 0);
	proof_any_bytes(report + COUNT_AT, byte);
	report[COUNT_AT + byte] = (uint8_t)(low + proof_any_u8 % (256 - low));
}

static void look(const uint8_t *report, size_t size)
{
	struct tsmreq_report_range range;
	struct tsmreq_report_error error;
	struct tsmreq_report parsed;
	uint64_t start, length;

	if (tsmreq_report_parse((struct tsmreq_bytes){report, size}, proof_any_u32, &parsed,
				&error))
		return;
	(void)tsmreq_report_check(&parsed, &error);
	(void)tsmreq_report_range_at(&parsed, proof_any_u32, &range);
	tsmreq_report_range_get_span(&range, &start, &length);
}

/*
 * Any flags, any content, any length up to RANGES ranges and some more. Assumed: a report of more
 * ranges is taken apart by the same loop. Where the tail begins is known when the count of ranges
 * is, so counts are gone through one by one as far as they fit, and then all together.
 */
static void parse(void)
{
	//@ loop unroll REPORT + 1;
	for (size_t size = 0; size <= REPORT; size++) {
		uint8_t *report = bytes + REPORT - size;

		proof_any_bytes(bytes, sizeof(bytes));
		if (size < TSMREQ_REPORT_HEADER_SIZE) {
			look(report, size);
			continue;
		}
		//@ loop unroll RANGES + 2;
		for (uint32_t count = 0; count <= RANGES + 1; count++) {
			store_count(report, count);
			look(report, size);
		}
		store_any_count(report, 0, RANGES + 2);
		look(report, size);
		//@ loop unroll COUNT_SIZE;
		for (unsigned int byte = 1; byte < COUNT_SIZE; byte++) {
			store_any_count(report, byte, 1);
			look(report, size);
		}
	}
}

/* Any ranges, any room. */
static void build(void)
{
	struct tsmreq_report_range ranges[RANGES];
	struct tsmreq_report_desc desc = {
		.interface_info = (uint16_t)proof_any_u32,
		.reserved = (uint16_t)proof_any_u32,
		.msix_control = (uint16_t)proof_any_u32,
		.lnr_control = (uint16_t)proof_any_u32,
		.tph_control = proof_any_u32,
		.ranges = ranges,
		.device_info = {info, 0},
	};

	for (unsigned int i = 0; i < RANGES; i++) {
		ranges[i].first_page = proof_any_u64;
		ranges[i].pages = proof_any_u32;
		ranges[i].attributes = (uint16_t)proof_any_u32;
		ranges[i].id = (uint16_t)proof_any_u32;
	}
	//@ loop unroll RANGES + 1;
	for (desc.nr_ranges = 0; desc.nr_ranges <= RANGES; desc.nr_ranges++) {
		//@ loop unroll INFO + 1;
		for (desc.device_info.size = 0; desc.device_info.size <= INFO;
		     desc.device_info.size++) {
			const size_t need = FIXED + desc.nr_ranges * TSMREQ_REPORT_RANGE_SIZE +
					    desc.device_info.size;
			struct tsmreq_buffer buffer = {written + REPORT - need, need, 0};

			(void)tsmreq_report_build(&desc, &buffer);
			buffer.capacity = proof_any_u32 % need;
			buffer.data = NULL; /* too little room: it is left alone */
			(void)tsmreq_report_build(&desc, &buffer);
		}
	}
	desc.nr_ranges = 0;
	desc.device_info.size = proof_any_u64;
	(void)tsmreq_report_build(&desc, &(struct tsmreq_buffer){written, 0, 0});
}

void proof(void)
{
	proof_any_bytes(info, sizeof(info));
	parse();
	build();
}
