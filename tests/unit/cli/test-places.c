/* SPDX-License-Identifier: MIT */
#include "cli/places.h"
#include "kit.h"

static void check(struct places places, size_t request, size_t request_length, size_t response,
		  size_t response_length)
{
	assert_int_equal(places.request, request);
	assert_int_equal(places.request_length, request_length);
	assert_int_equal(places.response, response);
	assert_int_equal(places.response_length, response_length);
}

static void by_layout(void **state)
{
	(void)state;
	check(places_of_request(TSMREQ_LAYOUT_TYPE), 32, 16, 40, 20);
	check(places_of_request(TSMREQ_LAYOUT_SCOPE), 24, 12, 32, 16);
	check(places_of_request(TSMREQ_LAYOUT_OP), 24, 16, 32, 20);
	check(places_of_request(TSMREQ_LAYOUT_NONE), 0, 0, 0, 0);
	check(places_of_viommu(), 32, 24, 0, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(by_layout),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
