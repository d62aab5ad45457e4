/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <tsmreq/ghcb.h>
#include <tsmreq/ghci.h>
#include <tsmreq/kvm.h>
#include <tsmreq/rhi.h>
#include <tsmreq/text.h>

#include "cli/cmd_decode.h"
#include "cli/json.h"

/* The library's tables, each as rows of text; doc/CONFORMANCE.md has the same rows. */

#define COLUMNS 5

struct row {
	char cell[COLUMNS][44];
};

static void set_text(struct row *row, unsigned int column, const char *text)
{
	snprintf(row->cell[column], sizeof(row->cell[column]), "%s", text);
}

static void set_hex(struct row *row, unsigned int column, uint64_t value)
{
	snprintf(row->cell[column], sizeof(row->cell[column]), "0x%" PRIx64, value);
}

static void set_bool(struct row *row, unsigned int column, bool value)
{
	set_text(row, column, value ? "yes" : "no");
}

static void set_errno(struct row *row, int32_t error)
{
	set_text(row, 0, error ? tsmreq_errno_to_string(error) : "any other");
}

static bool rhi_errno_row(unsigned int i, struct row *ret)
{
	struct tsmreq_rhi_errno row;

	if (!tsmreq_rhi_errno_at(i, &row))
		return false;
	set_errno(ret, row.error);
	set_text(ret, 1, tsmreq_rhi_when_to_string(row.when));
	set_hex(ret, 2, row.status);
	set_text(ret, 3, tsmreq_rhi_status_to_string(row.status));
	return true;
}

static bool rhi_function_row(unsigned int i, struct row *ret)
{
	struct tsmreq_rhi_function row;

	if (!tsmreq_rhi_function_at(i, &row))
		return false;
	set_text(ret, 0, tsmreq_rhi_numbering_to_string(row.numbering));
	set_hex(ret, 1, row.number);
	set_text(ret, 2, row.name);
	set_bool(ret, 3, row.served);
	return true;
}

static bool rhi_quirk_row(unsigned int i, struct row *ret)
{
	struct tsmreq_rhi_quirk row;

	if (!tsmreq_rhi_quirk_at(i, &row))
		return false;
	set_text(ret, 0, row.name);
	set_hex(ret, 1, row.bit);
	return true;
}

/* For the two bitmaps that are worth answering. */
static bool rhi_filter_row(unsigned int i, struct row *ret)
{
	static const uint64_t features[] = {TSMREQ_RHI_FEATURES_DEFAULT, TSMREQ_RHI_FEATURES_ALL};
	struct tsmreq_kvm_smccc_filter filter;

	for (unsigned int set = 0; set < 2; set++) {
		unsigned int k = 0;

		for (; tsmreq_kvm_smccc_filter_at(features[set], k, &filter); k++) {
			if (i--)
				continue;
			set_hex(ret, 0, features[set]);
			set_hex(ret, 1, filter.base);
			set_hex(ret, 2, filter.nr_functions);
			set_hex(ret, 3, filter.action);
			return true;
		}
	}
	return false;
}

static bool tdcm_errno_row(unsigned int i, struct row *ret)
{
	struct tsmreq_ghci_errno row;

	if (!tsmreq_ghci_errno_at(i, &row))
		return false;
	set_errno(ret, row.error);
	set_hex(ret, 1, row.code);
	set_text(ret, 2, tsmreq_tdcm_error_to_string(row.code));
	return true;
}

static bool service_row(unsigned int i, struct row *ret)
{
	struct tsmreq_ghci_service row;

	if (!tsmreq_ghci_service_at(i, &row))
		return false;
	set_text(ret, 0, row.name);
	for (unsigned int k = 0; k < sizeof(row.guid); k++)
		snprintf(ret->cell[1] + 2 * (size_t)k, sizeof(ret->cell[1]) - 2 * (size_t)k, "%02x",
			 row.guid[k]);
	set_hex(ret, 2, row.offer);
	return true;
}

static bool ghcb_errno_row(unsigned int i, struct row *ret)
{
	struct tsmreq_ghcb_errno row;

	if (!tsmreq_ghcb_errno_at(i, &row))
		return false;
	set_errno(ret, row.error);
	set_text(ret, 1, tsmreq_ghcb_when_to_string(row.when));
	set_hex(ret, 2, row.info2);
	set_text(ret, 3, tsmreq_ghcb_info_to_string(0, row.info2));
	return true;
}

static bool ghcb_refusal_row(unsigned int i, struct row *ret)
{
	struct tsmreq_ghcb_refusal row;

	if (!tsmreq_ghcb_refusal_at(i, &row))
		return false;
	set_text(ret, 0, tsmreq_reason_to_string(row.reason));
	set_hex(ret, 1, row.info1);
	set_hex(ret, 2, row.info2);
	set_text(ret, 3, tsmreq_ghcb_info_to_string(row.info1, row.info2));
	set_hex(ret, 4, (uint32_t)row.fw_err);
	return true;
}

static bool snp_message_row(unsigned int i, struct row *ret)
{
	struct tsmreq_snp_message row;

	if (!tsmreq_snp_message_at(i, &row))
		return false;
	set_text(ret, 0, tsmreq_call_kind_to_string(row.kind));
	set_hex(ret, 1, row.request);
	set_hex(ret, 2, row.response);
	set_hex(ret, 3, row.rfc_request);
	set_hex(ret, 4, row.rfc_response);
	return true;
}

static const struct table {
	const char *name;
	const char *title;
	const char *columns[COLUMNS];
	bool (*row_at)(unsigned int i, struct row *ret);
} tables[] = {
	{
		"rhi-errno",
		"RHI: x0 from the errno of a typed call. The first row that fits decides",
		{"errno", "when", "x0", "name"},
		rhi_errno_row,
	},
	{
		"rhi-functions",
		"RHI: function numbers, as they stand in x0",
		{"numbering", "number", "name", "served"},
		rhi_function_row,
	},
	{"rhi-quirks", "RHI: quirks", {"quirk", "bit"}, rhi_quirk_row},
	{
		"rhi-filters",
		"RHI: SMCCC filters to install, by the bitmap that FEATURES answers",
		{"features", "base", "functions", "action"},
		rhi_filter_row,
	},
	{
		"tdcm-errno",
		"TDCM: the error byte from the errno of a typed call. The first row that fits decides",
		{"errno", "error", "name"},
		tdcm_errno_row,
	},
	{
		"services",
		"Service: GUIDs in memory order, and the offer that serves them",
		{"service", "guid", "offer"},
		service_row,
	},
	{
		"ghcb-errno",
		"GHCB: SW_EXITINFO2 from the errno of a typed call. The first row that fits decides",
		{"errno", "when", "info2", "name"},
		ghcb_errno_row,
	},
	{
		"ghcb-refusals",
		"GHCB: refusals, on a page and in an exit of KVM's",
		{"reason", "info1", "info2", "name", "fw_err"},
		ghcb_refusal_row,
	},
	{
		"snp-messages",
		"SNP: message types, of 2026 and of the RFCs",
		{"kind", "request", "response", "rfc-request", "rfc-response"},
		snp_message_row,
	},
};

#define TABLES (sizeof(tables) / sizeof(tables[0]))

static bool row_at(const struct table *table, unsigned int i, struct row *ret)
{
	memset(ret, 0, sizeof(*ret));
	return table->row_at(i, ret);
}

static bool has_column(const struct table *table, unsigned int column)
{
	return column < COLUMNS && table->columns[column];
}

/* ---- for people */

static int width_of(const struct table *table, unsigned int column)
{
	size_t width = strlen(table->columns[column]);
	struct row row;

	for (unsigned int i = 0; row_at(table, i, &row); i++) {
		if (strlen(row.cell[column]) > width)
			width = strlen(row.cell[column]);
	}
	return (int)width;
}

static void print_cell(const struct table *table, unsigned int column, const char *text, int width)
{
	if (has_column(table, column + 1))
		printf("  %-*s", width, text);
	else
		printf("  %s\n", text);
}

static void print_table(const struct table *table)
{
	int widths[COLUMNS] = {0};
	struct row row;

	printf("%s\n", table->title);
	for (unsigned int k = 0; has_column(table, k); k++) {
		widths[k] = width_of(table, k);
		print_cell(table, k, table->columns[k], widths[k]);
	}
	for (unsigned int i = 0; row_at(table, i, &row); i++) {
		for (unsigned int k = 0; has_column(table, k); k++)
			print_cell(table, k, row.cell[k], widths[k]);
	}
}

/* ---- for programs */

static void write_table(struct json *json, const struct table *table)
{
	struct row row;

	json_open(json, table->name, '[');
	for (unsigned int i = 0; row_at(table, i, &row); i++) {
		json_open(json, NULL, '{');
		for (unsigned int k = 0; has_column(table, k); k++)
			json_string(json, table->columns[k], row.cell[k]);
		json_close(json, '}');
	}
	json_close(json, ']');
}

void decode_tables(bool as_json)
{
	struct json json = {.out = stdout};

	if (as_json)
		json_open(&json, NULL, '{');
	for (size_t i = 0; i < TABLES; i++) {
		if (as_json)
			write_table(&json, &tables[i]);
		else
			print_table(&tables[i]);
		if (!as_json && i + 1 < TABLES)
			putchar('\n');
	}
	if (!as_json)
		return;
	json_close(&json, '}');
	json_end(&json);
}
