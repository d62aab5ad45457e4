/* SPDX-License-Identifier: MIT */
/*
 * What each kernel answers to the nine arguments that tell kernels apart, cell by cell, as the
 * fact sheet computed it from the handlers.
 */
#include "dispatcher.h"

#define PROBES 9

/* One letter a probe: its size and the words that are not 0. */
static const struct {
	uint8_t size;
	uint8_t at8, at12, at20, at40;
} probes[PROBES] = {
	{.size = 16},
	{.size = 48, .at8 = 1, .at12 = 1},
	{.size = 48},
	{.size = 48, .at8 = 3, .at12 = 1},
	{.size = 48, .at8 = 5, .at12 = 1},
	{.size = 48, .at8 = 6, .at12 = 1},
	{.size = 40, .at20 = 1},
	{.size = 40, .at8 = 0x63},
	{.size = 48, .at40 = 1},
};

#define TTY ENOTTY
#define INV EINVAL
#define ENT ENOENT
#define SUP EOPNOTSUPP
#define BIG E2BIG
#define DEV ENODEV

#define ABSENT                                              \
	{                                                   \
		TTY, TTY, TTY, TTY, TTY, TTY, TTY, TTY, TTY \
	}
#define TSM_OP                                              \
	{                                                   \
		ENT, SUP, ENT, SUP, SUP, SUP, BIG, SUP, BIG \
	}
#define GETPA_OFF                                           \
	{                                                   \
		INV, SUP, SUP, SUP, SUP, SUP, SUP, SUP, BIG \
	}

/* What stands on 0x95, 0x96 and 0x97. */
static const struct {
	enum tsmreq_uapi uapi;
	bool off;
	uint8_t min;
	enum tsmreq_mock_getpa getpa;
	int answers[3][PROBES];
} table[] = {
	{TSMREQ_UAPI_PROBE, false, 0, TSMREQ_MOCK_GETPA_DEFAULT, {ABSENT, ABSENT, ABSENT}},
	{TSMREQ_UAPI_PROBE, false, 0, TSMREQ_MOCK_GETPA_OFF, {GETPA_OFF, ABSENT, ABSENT}},
	{TSMREQ_UAPI_PROBE,
	 false,
	 0,
	 TSMREQ_MOCK_GETPA_LOOKUP_FIRST,
	 {{INV, ENT, ENT, ENT, ENT, ENT, ENT, ENT, BIG}, ABSENT, ABSENT}},
	{TSMREQ_UAPI_PROBE,
	 false,
	 0,
	 TSMREQ_MOCK_GETPA_CHECKS_FIRST,
	 {{INV, SUP, INV, SUP, SUP, SUP, INV, INV, BIG}, ABSENT, ABSENT}},
	{TSMREQ_UAPI_RFC1,
	 false,
	 0,
	 TSMREQ_MOCK_GETPA_DEFAULT,
	 {TSM_OP,
	  {INV, ENT, ENT, ENT, ENT, ENT, INV, INV, ENT},
	  {INV, ENT, ENT, ENT, ENT, ENT, ENT, ENT, BIG}}},
	{TSMREQ_UAPI_V2,
	 false,
	 0,
	 TSMREQ_MOCK_GETPA_DEFAULT,
	 {TSM_OP, {INV, ENT, ENT, ENT, ENT, ENT, ENT, ENT, BIG}, ABSENT}},
	{TSMREQ_UAPI_V4,
	 false,
	 0,
	 TSMREQ_MOCK_GETPA_DEFAULT,
	 {TSM_OP, {INV, ENT, ENT, ENT, ENT, ENT, SUP, ENT, BIG}, ABSENT}},
	{TSMREQ_UAPI_V5,
	 false,
	 0,
	 TSMREQ_MOCK_GETPA_DEFAULT,
	 {TSM_OP, {INV, ENT, ENT, ENT, INV, INV, SUP, INV, BIG}, ABSENT}},
	{TSMREQ_UAPI_V5_CODE,
	 false,
	 0,
	 TSMREQ_MOCK_GETPA_DEFAULT,
	 {TSM_OP, {INV, ENT, ENT, ENT, INV, INV, INV, INV, ENT}, ABSENT}},
	{TSMREQ_UAPI_V5_CODE,
	 false,
	 40,
	 TSMREQ_MOCK_GETPA_DEFAULT,
	 {TSM_OP, {INV, ENT, ENT, ENT, INV, INV, SUP, INV, ENT}, ABSENT}},
	{TSMREQ_UAPI_JUNE,
	 false,
	 0,
	 TSMREQ_MOCK_GETPA_DEFAULT,
	 {TSM_OP, {INV, ENT, INV, ENT, ENT, INV, INV, INV, INV}, ABSENT}},
	{TSMREQ_UAPI_JUNE,
	 false,
	 40,
	 TSMREQ_MOCK_GETPA_DEFAULT,
	 {TSM_OP, {INV, ENT, INV, ENT, ENT, INV, INV, INV, INV}, ABSENT}},
	{TSMREQ_UAPI_V6_LIKE,
	 false,
	 0,
	 TSMREQ_MOCK_GETPA_DEFAULT,
	 {GETPA_OFF, TSM_OP, {INV, ENT, INV, INV, INV, INV, INV, INV, INV}}},
	{TSMREQ_UAPI_V6_OBJECTS,
	 false,
	 0,
	 TSMREQ_MOCK_GETPA_DEFAULT,
	 {GETPA_OFF, TSM_OP, {INV, ENT, INV, INV, ENT, ENT, INV, INV, INV}}},
	{TSMREQ_UAPI_CCA_V7,
	 false,
	 0,
	 TSMREQ_MOCK_GETPA_DEFAULT,
	 {GETPA_OFF, {INV, ENT, INV, INV, ENT, ENT, INV, INV, INV}, ABSENT}},
	{TSMREQ_UAPI_CCA_V7,
	 false,
	 0,
	 TSMREQ_MOCK_GETPA_ABSENT,
	 {ABSENT, {INV, ENT, INV, INV, ENT, ENT, INV, INV, INV}, ABSENT}},
	{TSMREQ_UAPI_CCA_V7,
	 false,
	 0,
	 TSMREQ_MOCK_GETPA_EPERM,
	 {{INV, EPERM, EPERM, EPERM, EPERM, EPERM, EPERM, EPERM, BIG},
	  {INV, ENT, INV, INV, ENT, ENT, INV, INV, INV},
	  ABSENT}},
	{TSMREQ_UAPI_CCA_V7,
	 false,
	 0,
	 TSMREQ_MOCK_GETPA_EINVAL,
	 {{INV, INV, INV, INV, INV, INV, INV, INV, BIG},
	  {INV, ENT, INV, INV, ENT, ENT, INV, INV, INV},
	  ABSENT}},
	{TSMREQ_UAPI_RFC1,
	 true,
	 0,
	 TSMREQ_MOCK_GETPA_DEFAULT,
	 {{DEV, DEV, DEV, DEV, DEV, DEV, BIG, DEV, BIG},
	  {INV, DEV, DEV, DEV, DEV, DEV, INV, INV, DEV},
	  {INV, DEV, DEV, DEV, DEV, DEV, DEV, DEV, BIG}}},
	{TSMREQ_UAPI_V2,
	 true,
	 0,
	 TSMREQ_MOCK_GETPA_DEFAULT,
	 {{SUP, SUP, SUP, SUP, SUP, SUP, BIG, SUP, BIG},
	  {INV, SUP, SUP, SUP, SUP, SUP, SUP, SUP, BIG},
	  ABSENT}},
	{TSMREQ_UAPI_V4,
	 true,
	 0,
	 TSMREQ_MOCK_GETPA_DEFAULT,
	 {{SUP, SUP, SUP, SUP, SUP, SUP, BIG, SUP, BIG},
	  {INV, SUP, SUP, SUP, SUP, SUP, SUP, SUP, BIG},
	  ABSENT}},
	{TSMREQ_UAPI_V5,
	 true,
	 0,
	 TSMREQ_MOCK_GETPA_DEFAULT,
	 {{SUP, SUP, SUP, SUP, SUP, SUP, BIG, SUP, BIG},
	  {INV, SUP, SUP, SUP, SUP, SUP, SUP, SUP, BIG},
	  ABSENT}},
	{TSMREQ_UAPI_V5_CODE,
	 true,
	 0,
	 TSMREQ_MOCK_GETPA_DEFAULT,
	 {{SUP, SUP, SUP, SUP, SUP, SUP, BIG, SUP, BIG},
	  {INV, SUP, SUP, SUP, SUP, SUP, INV, INV, SUP},
	  ABSENT}},
	{TSMREQ_UAPI_JUNE,
	 true,
	 0,
	 TSMREQ_MOCK_GETPA_DEFAULT,
	 {{SUP, SUP, SUP, SUP, SUP, SUP, BIG, SUP, BIG},
	  {INV, SUP, SUP, SUP, SUP, SUP, INV, INV, SUP},
	  ABSENT}},
	{TSMREQ_UAPI_V6_LIKE,
	 true,
	 0,
	 TSMREQ_MOCK_GETPA_DEFAULT,
	 {GETPA_OFF,
	  {SUP, SUP, SUP, SUP, SUP, SUP, BIG, SUP, BIG},
	  {INV, SUP, SUP, SUP, SUP, SUP, INV, INV, SUP}}},
	{TSMREQ_UAPI_V6_OBJECTS,
	 true,
	 0,
	 TSMREQ_MOCK_GETPA_DEFAULT,
	 {GETPA_OFF,
	  {SUP, SUP, SUP, SUP, SUP, SUP, BIG, SUP, BIG},
	  {INV, SUP, SUP, SUP, SUP, SUP, INV, INV, SUP}}},
	{TSMREQ_UAPI_CCA_V7,
	 true,
	 0,
	 TSMREQ_MOCK_GETPA_DEFAULT,
	 {GETPA_OFF, {INV, SUP, SUP, SUP, SUP, SUP, INV, INV, SUP}, ABSENT}},
};

static int send_probe(struct tsmreq_mock *mock, uint32_t nr, unsigned int probe)
{
	uint8_t arg[48] = {0};

	tsmreq_store_le32(arg, probes[probe].size);
	arg[8] = probes[probe].at8;
	arg[12] = probes[probe].at12;
	arg[20] = probes[probe].at20;
	arg[40] = probes[probe].at40;
	return ask(mock, 0x3b00 | nr, arg);
}

static void test_every_cell(void **state)
{
	unsigned int cells = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		struct tsmreq_mock *mock = boot((struct tsmreq_mock_opts){
			.uapi = table[i].uapi,
			.flags = table[i].off ? TSMREQ_MOCK_TSM_OFF : 0,
			.getpa = table[i].getpa,
			.min_request_size = table[i].min,
		});

		for (uint32_t slot = 0; slot < 3; slot++) {
			for (unsigned int probe = 0; probe < PROBES; probe++, cells++) {
				int want = -table[i].answers[slot][probe];
				int got = send_probe(mock, 0x95 + slot, probe);

				if (got != want)
					fail_msg("row %zu, 0x%x, %c: %d, not %d", i, 0x95 + slot,
						 "ABCDEFGHJ"[probe], got, want);
			}
		}
		tsmreq_mock_free(mock);
	}
	print_message("# %u cells\n", cells);
}

/* S: the one question that only an iommufd answers with ENOENT. */
static void test_iommufd(void **state)
{
	(void)state;
	for (size_t i = 0; i < KERNELS; i++) {
		struct tsmreq_mock *mock = boot((struct tsmreq_mock_opts){.uapi = kernels[i].uapi});
		uint8_t arg[8] = {8};

		assert_int_equal(ask(mock, 0x3b80, arg), -ENOENT);
		tsmreq_mock_free(mock);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_cell),
		cmocka_unit_test(test_iommufd),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
