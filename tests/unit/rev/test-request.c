/* SPDX-License-Identifier: MIT */
#include "wire.h"

#include <errno.h>

#include "rev/rev.h"

/* The envelope of a request, and what comes back in it. */

#define REQ  ((const void *)(uintptr_t)POINTER_R)
#define RESP ((void *)(uintptr_t)POINTER_P)

static const struct rev_request envelope = {
	.vdevice_id = 0x17161514,
	.wire = 0x27262524,
	.arch = TSMREQ_ARCH_SEV,
	.req = REQ,
	.req_len = 0x37363534,
	.resp = RESP,
	.resp_len = 0x47464544,
};

/* At 4 the vDevice, then what the layout makes of wire, arch and the two lengths. */
#define TYPE                                                                               \
	"30 00*3 14 15 16 17 24 25 26 27 00*4 34 35 36 37 44 45 46 47 00*8 " POINTER_R_HEX \
		POINTER_P_HEX
#define SCOPE \
	"28 00*3 14 15 16 17 24 25 26 27 34 35 36 37 44 45 46 47 00*4 " POINTER_R_HEX POINTER_P_HEX
#define SCOPE_CODE                                                                    \
	"30 00*3 14 15 16 17 24 25 26 27 34 35 36 37 44 45 46 47 00*4 " POINTER_R_HEX \
		POINTER_P_HEX "00*8"
#define OP                                                                               \
	"30 00*3 14 15 16 17 24 25 26 27 02 00*3 34 35 36 37 44 45 46 47 " POINTER_R_HEX \
		POINTER_P_HEX "00*8"

static const struct {
	enum tsmreq_uapi uapi;
	const char *name;
	const char *bytes;
} layouts[] = {
	{TSMREQ_UAPI_RFC1, "rfc1", TYPE},
	{TSMREQ_UAPI_V2, "v2", SCOPE},
	{TSMREQ_UAPI_V4, "v4", SCOPE},
	{TSMREQ_UAPI_V5, "v5", SCOPE},
	{TSMREQ_UAPI_V5_CODE, "v5-code", SCOPE_CODE},
	{TSMREQ_UAPI_JUNE, "june", OP},
	{TSMREQ_UAPI_V6_LIKE, "v6-like", OP},
	{TSMREQ_UAPI_V6_OBJECTS, "v6-objects", OP},
	{TSMREQ_UAPI_CCA_V7, "cca-v7", OP},
};

#define LAYOUTS (sizeof(layouts) / sizeof(layouts[0]))

static size_t build(enum tsmreq_uapi uapi, const struct rev_request *rq, uint8_t arg[WIRE_MAX])
{
	const struct rev_row *row = tsmreq_rev_find(uapi);

	assert_non_null(row);
	memset(arg, UNWRITTEN, WIRE_MAX);
	tsmreq_rev_request_build(row, rq, arg);
	return tsmreq_rev_request_size(row);
}

static void every_byte_of_the_structure_is_written_and_none_behind_it(void **unused)
{
	_Alignas(8) uint8_t arg[WIRE_MAX];

	(void)unused;
	for (size_t i = 0; i < LAYOUTS; i++) {
		size_t size = build(layouts[i].uapi, &envelope, arg);

		assert_wire(layouts[i].name, arg, size, layouts[i].bytes);
		assert_unwritten(layouts[i].name, arg, size, sizeof(arg));
	}
}

static void the_architecture_travels_as_the_kernel_counts_it(void **unused)
{
	_Alignas(8) uint8_t arg[WIRE_MAX];
	struct rev_request rq = envelope;

	(void)unused;
	rq.arch = TSMREQ_ARCH_CCA;
	build(TSMREQ_UAPI_CCA_V7, &rq, arg);
	assert_wire("CCA", arg + 12, 4, "01 00*3");
	rq.arch = TSMREQ_ARCH_SEV;
	build(TSMREQ_UAPI_CCA_V7, &rq, arg);
	assert_wire("SEV", arg + 12, 4, "02 00*3");
	rq.arch = TSMREQ_ARCH_TDX;
	build(TSMREQ_UAPI_CCA_V7, &rq, arg);
	assert_wire("TDX", arg + 12, 4, "03 00*3");
}

static void no_response_travels_as_nothing(void **unused)
{
	_Alignas(8) uint8_t arg[WIRE_MAX];
	struct rev_request rq = envelope;

	(void)unused;
	rq.resp = NULL;
	rq.resp_len = 0;
	build(TSMREQ_UAPI_RFC1, &rq, arg);
	assert_wire("rfc1", arg + 20, 28, "00*12 " POINTER_R_HEX "00*8");
	build(TSMREQ_UAPI_V5, &rq, arg);
	assert_wire("v5", arg + 16, 24, "00*8 " POINTER_R_HEX "00*8");
	build(TSMREQ_UAPI_CCA_V7, &rq, arg);
	assert_wire("cca-v7", arg + 20, 28, "00*4 " POINTER_R_HEX "00*16");
}

static void the_code_is_what_the_kernel_left_at_40_where_the_row_has_one(void **unused)
{
	_Alignas(8) static const uint8_t arg[REV_ARG_MAX] = {[40] = 0x11, 0x22, 0x33, 0x44,
							     0x55,	  0x66, 0x77, 0x88};

	(void)unused;
	for (size_t i = 0; i < LAYOUTS; i++)
		assert_int_equal(tsmreq_rev_request_code(tsmreq_rev_find(layouts[i].uapi), arg),
				 layouts[i].uapi >= TSMREQ_UAPI_V5_CODE ? 0x8877665544332211 : 0);
}

/* The length decides: a pointer to nothing is not for the kernel to see. */
static void buffers_without_bytes_travel_as_null(void **unused)
{
	_Alignas(8) uint8_t arg[WIRE_MAX];
	struct rev_request rq = envelope;

	(void)unused;
	rq.req_len = 0;
	rq.resp_len = 0;
	build(TSMREQ_UAPI_RFC1, &rq, arg);
	assert_wire("rfc1", arg + 16, 32, "00*32");
	build(TSMREQ_UAPI_V2, &rq, arg);
	assert_wire("v2", arg + 12, 28, "00*28");
	build(TSMREQ_UAPI_V5_CODE, &rq, arg);
	assert_wire("v5-code", arg + 12, 36, "00*36");
	build(TSMREQ_UAPI_JUNE, &rq, arg);
	assert_wire("june", arg + 16, 32, "00*32");
}

/* What is left of what was offered: the response, or the request where there is no response. */
static const struct {
	uint32_t req_len;
	uint32_t resp_len;
	int rc;
	int want;
	uint32_t residue;
} residues[] = {
	{24, 64, 0, 0, 0},
	{24, 64, 1, 0, 1},
	{24, 64, 63, 0, 63},
	{24, 64, 64, 0, 64},
	{24, 64, 65, -EBADE, 0},
	{24, 64, INT32_MAX, -EBADE, 0},
	/* the request is no measure where there is a response, however large it is */
	{64, 8, 8, 0, 8},
	{64, 8, 9, -EBADE, 0},
	{64, 8, 64, -EBADE, 0},
	{24, 0, 0, 0, 0},
	{24, 0, 24, 0, 24},
	{24, 0, 25, -EBADE, 0},
	{24, 0, INT32_MAX, -EBADE, 0},
	{0, 0, 0, 0, 0},
	{0, 0, 1, -EBADE, 0},
	{24, 0x1000000, 0x1000000, 0, 0x1000000},
	{24, 0x1000000, 0x1000001, -EBADE, 0},
	{0x1000000, 0, 0x1000000, 0, 0x1000000},
	{0x1000000, 0, 0x1000001, -EBADE, 0},
};

static void a_residue_is_within_what_was_offered_or_broken(void **unused)
{
	_Alignas(8) uint8_t arg[WIRE_MAX];

	(void)unused;
	for (size_t i = 0; i < LAYOUTS; i++) {
		if (layouts[i].uapi == TSMREQ_UAPI_RFC1)
			continue;
		for (size_t r = 0; r < sizeof(residues) / sizeof(residues[0]); r++) {
			const struct rev_row *row = tsmreq_rev_find(layouts[i].uapi);
			struct rev_request rq = envelope;
			uint32_t residue = 0xdead;

			rq.req_len = residues[r].req_len;
			rq.resp_len = residues[r].resp_len;
			build(layouts[i].uapi, &rq, arg);
			assert_int_equal(tsmreq_rev_request_residue(row, &rq, arg, residues[r].rc,
								    &residue),
					 residues[r].want);
			assert_int_equal(residue, residues[r].residue);
		}
	}
}

/* rfc1 rewrites resp_len at 20 and answers 0, nothing else. */
static const struct {
	uint32_t resp_len;
	uint32_t answered;
	int rc;
	int want;
	uint32_t residue;
} answers[] = {
	{64, 64, 0, 0, 0},
	{64, 60, 0, 0, 4},
	{64, 0, 0, 0, 64},
	{64, 65, 0, -EBADE, 0},
	{64, UINT32_MAX, 0, -EBADE, 0},
	{64, 64, 1, -EBADE, 0},
	{64, 0, 64, -EBADE, 0},
	{64, 64, INT32_MAX, -EBADE, 0},
	{0, 0, 0, 0, 0},
	{0, 1, 0, -EBADE, 0},
	{0, 0, 1, -EBADE, 0},
};

static void rfc1_says_by_resp_len_how_much_it_wrote(void **unused)
{
	const struct rev_row *row = tsmreq_rev_find(TSMREQ_UAPI_RFC1);
	_Alignas(8) uint8_t arg[WIRE_MAX];

	(void)unused;
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		struct rev_request rq = envelope;
		uint32_t residue = 0xdead;

		rq.resp_len = answers[i].resp_len;
		build(TSMREQ_UAPI_RFC1, &rq, arg);
		for (size_t byte = 0; byte < 4; byte++)
			arg[20 + byte] = (uint8_t)(answers[i].answered >> (8 * byte));
		assert_int_equal(tsmreq_rev_request_residue(row, &rq, arg, answers[i].rc, &residue),
				 answers[i].want);
		assert_int_equal(residue, answers[i].residue);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_byte_of_the_structure_is_written_and_none_behind_it),
		cmocka_unit_test(the_architecture_travels_as_the_kernel_counts_it),
		cmocka_unit_test(no_response_travels_as_nothing),
		cmocka_unit_test(buffers_without_bytes_travel_as_null),
		cmocka_unit_test(the_code_is_what_the_kernel_left_at_40_where_the_row_has_one),
		cmocka_unit_test(a_residue_is_within_what_was_offered_or_broken),
		cmocka_unit_test(rfc1_says_by_resp_len_how_much_it_wrote),
	};

	return cmocka_run_group_tests_name("rev/request", tests, NULL, NULL);
}
