/* SPDX-License-Identifier: MIT */
#include "mock/table.h"

#include "kit.h"

static const enum tsmreq_uapi played[] = {
	TSMREQ_UAPI_PROBE,	TSMREQ_UAPI_RFC1,    TSMREQ_UAPI_V2,   TSMREQ_UAPI_V4,
	TSMREQ_UAPI_V5,		TSMREQ_UAPI_V5_CODE, TSMREQ_UAPI_JUNE, TSMREQ_UAPI_V6_LIKE,
	TSMREQ_UAPI_V6_OBJECTS, TSMREQ_UAPI_CCA_V7,
};

/* What holds of a row whatever it says. */
static void check_row(const struct mock_row *row)
{
	const struct mock_layout *layout = row->layout;

	assert_int_equal(row->request_nr != 0, layout != NULL);
	if (layout == NULL)
		return;
	assert_true(layout->size == 40 || layout->size == 48);
	assert_true(row->request_min == layout->size);
	assert_true(layout->req % 8 == 0 && layout->resp == layout->req + 8);
	assert_true(layout->resp + 8 == (layout->code != 0 ? layout->code : layout->size));
	assert_int_equal(layout->resp_len, layout->req_len + 4);
	/* where the code exists it is copied back, and only there always */
	assert_int_equal(row->copy_back == MOCK_COPY_ALWAYS, layout->code != 0);
	/* op rows name an arch and need no scope */
	assert_int_equal(row->payload == MOCK_PAYLOAD_OP, layout->arch != 0);
	assert_int_equal(row->core_scope, layout->reserved != 0);
	assert_int_equal(row->bind_at_alloc, row->op_nr == 0);
	assert_true(row->off == -EOPNOTSUPP || row->uapi == TSMREQ_UAPI_RFC1);
}

static void test_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(played) / sizeof(played[0]); i++) {
		const struct mock_row *row = tsmreq_mock_table_find(played[i]);

		assert_non_null(row);
		assert_int_equal(row->uapi, played[i]);
		check_row(row);
	}
}

static void test_not_played(void **state)
{
	(void)state;
	for (unsigned int uapi = TSMREQ_UAPI_AMD_RFC2; uapi <= TSMREQ_UAPI_V7; uapi++)
		assert_null(tsmreq_mock_table_find((enum tsmreq_uapi)uapi));
	assert_null(tsmreq_mock_table_find((enum tsmreq_uapi)10));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_not_played),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
