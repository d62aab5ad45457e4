/* SPDX-License-Identifier: MIT */
#include "cli/show_report.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define BITS 16u

typedef const char *(*bit_name)(unsigned int bit);

/* ---- what is wrong with it, in one sentence */

struct sentence show_report_fault(const struct tsmreq_report_error *error)
{
	const char *fault = tsmreq_report_fault_to_string(error->fault);
	struct sentence ret;

	switch ((int)error->fault) {
	case TSMREQ_REPORT_FAULT_RANGE_WRAPS:
		snprintf(ret.text, sizeof(ret.text), "%s: range %" PRIu32 ", at byte %" PRIu64,
			 fault, error->range, error->offset);
		break;
	case TSMREQ_REPORT_FAULT_ID_ORDER:
	case TSMREQ_REPORT_FAULT_PAGE_ORDER:
	case TSMREQ_REPORT_FAULT_OVERLAP:
		snprintf(ret.text, sizeof(ret.text),
			 "%s: range %" PRIu32 ", at byte %" PRIu64 ", and range %" PRIu32, fault,
			 error->range, error->offset, error->other);
		break;
	case TSMREQ_REPORT_FAULT_TRAILING:
		snprintf(ret.text, sizeof(ret.text), "%s: %" PRIu64 ", from byte %" PRIu64 " on",
			 fault, error->have, error->offset);
		break;
	case TSMREQ_REPORT_FAULT_TOO_MANY:
	case TSMREQ_REPORT_FAULT_TOO_LONG:
		snprintf(ret.text, sizeof(ret.text), "%s: %" PRIu64 ", the limit is %" PRIu64,
			 fault, error->need, error->have);
		break;
	default:
		snprintf(ret.text, sizeof(ret.text),
			 "%s: at byte %" PRIu64 " it needs %" PRIu64 ", there are %" PRIu64, fault,
			 error->offset, error->need, error->have);
		break;
	}
	return ret;
}

/* ---- for people */

struct bit_text {
	char text[32];
};

/* A reserved bit is told from another by its number. */
static struct bit_text format_bit(unsigned int bit, bit_name name)
{
	struct bit_text ret;

	if (strcmp(name(bit), "reserved") == 0)
		snprintf(ret.text, sizeof(ret.text), "reserved-%u", bit);
	else
		snprintf(ret.text, sizeof(ret.text), "%s", name(bit));
	return ret;
}

static void print_bits(uint32_t value, bit_name name)
{
	for (unsigned int bit = 0; bit < BITS; bit++) {
		if (value >> bit & 1)
			printf(" %s", format_bit(bit, name).text);
	}
	putchar('\n');
}

static void print_ranges(const struct tsmreq_report *report)
{
	struct tsmreq_report_range range;
	uint64_t start, size;

	printf("%-15s %" PRIu32 "\n", "ranges", report->nr_ranges);
	if (report->nr_ranges)
		printf("  %5s  %-5s  %-18s  %-14s  %s\n", "RANGE", "ID", "START", "BYTES",
		       "ATTRIBUTES");
	for (uint32_t i = 0; tsmreq_report_range_at(report, i, &range); i++) {
		tsmreq_report_range_get_span(&range, &start, &size);
		printf("  %5" PRIu32 "  %-5u  0x%016" PRIx64 "  0x%-12" PRIx64 "  0x%04x", i,
		       range.id, start, size, range.attributes);
		print_bits(range.attributes, tsmreq_report_attribute_to_string);
	}
}

static void print_device_info(const struct tsmreq_report *report)
{
	const uint8_t *bytes = report->device_info.data;

	if (report->no_device_info) {
		printf("%-15s missing\n", "device info");
		return;
	}
	printf("%-15s %zu bytes\n", "device info", report->device_info.size);
	for (size_t i = 0; i < report->device_info.size; i++)
		printf("%s%02x%s", i % 16 ? " " : "  ", bytes[i],
		       i % 16 == 15 || i + 1 == report->device_info.size ? "\n" : "");
}

void show_report(const struct tsmreq_report *report, bool good,
		 const struct tsmreq_report_error *error)
{
	printf("%-15s 0x%04x", "interface info", report->interface_info);
	print_bits(report->interface_info, tsmreq_report_info_to_string);
	if (report->reserved)
		printf("%-15s 0x%04x\n", "reserved", report->reserved);
	printf("%-15s 0x%04x\n", "MSI-X control", report->msix_control);
	printf("%-15s 0x%04x\n", "LNR control", report->lnr_control);
	printf("%-15s 0x%08" PRIx32 "\n", "TPH control", report->tph_control);
	print_ranges(report);
	print_device_info(report);
	if (report->trailing)
		printf("%-15s %" PRIu32 " bytes\n", "trailing", report->trailing);
	printf("%-15s %s\n", "Linux",
	       good ? "takes it" : "may refuse it, as follows; the host hands it on");
	if (!good)
		printf("  %s\n", show_report_fault(error).text);
}

/* ---- for programs */

static void write_bits(struct json *json, const char *key, uint32_t value, bit_name name)
{
	json_open(json, key, '[');
	for (unsigned int bit = 0; bit < BITS; bit++) {
		if (value >> bit & 1)
			json_string(json, NULL, format_bit(bit, name).text);
	}
	json_close(json, ']');
}

static void write_ranges(struct json *json, const struct tsmreq_report *report)
{
	struct tsmreq_report_range range;
	uint64_t start, size;

	json_open(json, "ranges", '[');
	for (uint32_t i = 0; tsmreq_report_range_at(report, i, &range); i++) {
		tsmreq_report_range_get_span(&range, &start, &size);
		json_open(json, NULL, '{');
		json_number(json, "id", range.id);
		json_hex(json, "start", start);
		json_hex(json, "bytes", size);
		json_hex(json, "attributes", range.attributes);
		write_bits(json, "names", range.attributes, tsmreq_report_attribute_to_string);
		json_close(json, '}');
	}
	json_close(json, ']');
}

static void write_device_info(struct json *json, const struct tsmreq_report *report)
{
	const uint8_t *bytes = report->device_info.data;

	if (report->no_device_info) {
		json_string(json, "device_info", NULL);
		return;
	}
	json_open(json, "device_info", '[');
	for (size_t i = 0; i < report->device_info.size; i++)
		json_number(json, NULL, bytes[i]);
	json_close(json, ']');
}

void write_report(struct json *json, const char *key, const struct tsmreq_report *report, bool good,
		  const struct tsmreq_report_error *error)
{
	json_open(json, key, '{');
	json_hex(json, "interface_info", report->interface_info);
	write_bits(json, "names", report->interface_info, tsmreq_report_info_to_string);
	json_hex(json, "reserved", report->reserved);
	json_hex(json, "msix_control", report->msix_control);
	json_hex(json, "lnr_control", report->lnr_control);
	json_hex(json, "tph_control", report->tph_control);
	write_ranges(json, report);
	write_device_info(json, report);
	json_number(json, "trailing", report->trailing);
	json_string(json, "warning", good ? NULL : show_report_fault(error).text);
	json_close(json, '}');
}
