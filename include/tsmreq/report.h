/* SPDX-License-Identifier: MIT */
#ifndef TSMREQ_REPORT_H
#define TSMREQ_REPORT_H

#include <stdbool.h>
#include <tsmreq/types.h>

TSMREQ_BEGIN_DECLS

/*
 * The TDISP device interface report (PCIe 7.0, 11.3.11): what a device says of itself when it is
 * locked. No magic and no version: length and counts are all there is to check.
 */

#define TSMREQ_REPORT_HEADER_SIZE 16u
#define TSMREQ_REPORT_RANGE_SIZE  16u
#define TSMREQ_REPORT_PAGE_SIZE	  4096u
/* check() compares every two ranges: it refuses more than this. */
#define TSMREQ_REPORT_CHECK_MAX 1024u

/* interface_info; further bits are reserved, kept and reported. */
#define TSMREQ_REPORT_INFO_NO_FW_UPDATE 0x01u
#define TSMREQ_REPORT_INFO_DMA_NO_PASID 0x02u
#define TSMREQ_REPORT_INFO_DMA_PASID	0x04u
#define TSMREQ_REPORT_INFO_ATS		0x08u
#define TSMREQ_REPORT_INFO_PRS		0x10u

/* attributes of a range; further bits are reserved, kept and reported. */
#define TSMREQ_REPORT_RANGE_MSIX_TABLE 0x1u
#define TSMREQ_REPORT_RANGE_MSIX_PBA   0x2u
#define TSMREQ_REPORT_RANGE_NON_TEE    0x4u
#define TSMREQ_REPORT_RANGE_UPDATABLE  0x8u

struct tsmreq_report_range {
	/* number of the first page, with the offset of the lock request added: no host address */
	uint64_t first_page;
	uint32_t pages;	     /* 0: an empty range */
	uint16_t attributes; /* TSMREQ_REPORT_RANGE_* */
	uint16_t id;	     /* the device's choice; Linux takes it as the BAR number */
};

/* A report taken apart. It borrows the parsed bytes: keep them as long as this. */
struct tsmreq_report {
	uint16_t interface_info; /* TSMREQ_REPORT_INFO_* */
	uint16_t reserved;	 /* as the device sent it */
	uint16_t msix_control;
	uint16_t lnr_control;
	uint32_t tph_control;
	uint32_t nr_ranges;
	uint32_t trailing;	    /* bytes behind the report: tolerated */
	uint32_t no_device_info;    /* 1: lenient, and its length or bytes were missing */
	struct tsmreq_bytes ranges; /* read them with range_at() */
	struct tsmreq_bytes device_info;
};

enum tsmreq_report_fault {
	TSMREQ_REPORT_FAULT_NONE = 0,

	/* parse(): malformed */
	TSMREQ_REPORT_FAULT_TOO_LONG = 1,     /* more than TSMREQ_LENGTH_MAX bytes */
	TSMREQ_REPORT_FAULT_SHORT_HEADER = 2, /* the header does not fit */
	TSMREQ_REPORT_FAULT_SHORT_RANGES = 3, /* the ranges it counts do not fit */
	TSMREQ_REPORT_FAULT_SHORT_LENGTH = 4, /* no room for the length of the device's part */
	TSMREQ_REPORT_FAULT_SHORT_INFO = 5,   /* the device's part does not fit */
	TSMREQ_REPORT_FAULT_RANGE_WRAPS = 6,  /* a range that ends past 64 bits */

	/* check(): well formed, and a guest may still refuse it */
	TSMREQ_REPORT_FAULT_TRAILING = 7,    /* bytes behind the report */
	TSMREQ_REPORT_FAULT_TOO_MANY = 8,    /* more ranges than are compared */
	TSMREQ_REPORT_FAULT_ID_ORDER = 9,    /* range ids descend */
	TSMREQ_REPORT_FAULT_PAGE_ORDER = 10, /* first pages descend within an id */
	TSMREQ_REPORT_FAULT_OVERLAP = 11,    /* two ranges share a page */
	TSMREQ_REPORT_FAULT_FORCE_S32_ = INT32_MAX
};

/* What is wrong, and where. Written in full by every parse() and check(). */
struct tsmreq_report_error {
	uint64_t offset; /* byte of the report where the faulty thing starts */
	uint64_t need;	 /* bytes it needs; TOO_MANY: ranges; else 0 */
	uint64_t have;	 /* bytes there are, or the limit; else 0 */
	enum tsmreq_report_fault fault;
	uint32_t range;	   /* number of the faulty range, from 0 */
	uint32_t other;	   /* ID_ORDER, PAGE_ORDER, OVERLAP: the one it clashes with */
	uint32_t reserved; /* 0 */
};

/* A report without the device's own part is well formed (Linux does not look there). */
#define TSMREQ_REPORT_LENIENT 0x1u

/* 0, -EBADMSG with *ret_error, or -EINVAL for unknown flags. Copies nothing. */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_report_parse(struct tsmreq_bytes bytes, uint32_t flags, struct tsmreq_report *ret,
			struct tsmreq_report_error *ret_error);
/*
 * What a Linux guest demands in addition, and what no device should say. -EBADMSG with the first
 * fault: a warning on the host, no reason to withhold the report. Empty ranges overlap nothing.
 */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_report_check(const struct tsmreq_report *report, struct tsmreq_report_error *ret_error);

/* In the device's order: i from 0 until false, which leaves zeros. */
TSMREQ_PUBLIC
bool tsmreq_report_range_at(const struct tsmreq_report *report, uint32_t i,
			    struct tsmreq_report_range *ret);
/* Bytes of address space: first byte and length. What parse() gave never wraps. */
TSMREQ_PUBLIC
void tsmreq_report_range_get_span(const struct tsmreq_report_range *range, uint64_t *ret_start,
				  uint64_t *ret_size);

/* The parts of a report to be made. Both arrays are borrowed; empty ones may be NULL. */
struct tsmreq_report_desc {
	uint16_t interface_info;
	uint16_t reserved; /* goes out as it is */
	uint16_t msix_control;
	uint16_t lnr_control;
	uint32_t tph_control;
	uint32_t nr_ranges;
	const struct tsmreq_report_range *ranges;
	struct tsmreq_bytes device_info;
};

/*
 * -EMSGSIZE if @dst is too small, with the bytes needed in dst->size and nothing written: ask with
 * a capacity of 0. -EINVAL for a range that wraps, -EOVERFLOW for more than TSMREQ_LENGTH_MAX.
 */
TSMREQ_PUBLIC
TSMREQ_MUST_USE
int tsmreq_report_build(const struct tsmreq_report_desc *desc, struct tsmreq_buffer *dst);

/* Static strings, never NULL. Bit numbers, not masks; "reserved" for what has no name. */
TSMREQ_PUBLIC
const char *tsmreq_report_info_to_string(unsigned int bit);
TSMREQ_PUBLIC
const char *tsmreq_report_attribute_to_string(unsigned int bit);
TSMREQ_PUBLIC
const char *tsmreq_report_fault_to_string(enum tsmreq_report_fault fault);

TSMREQ_END_DECLS
#endif
