/* SPDX-License-Identifier: MIT */
#include "mock/tdi.h"

#include "kit.h"

#define U TSMREQ_TDI_UNLOCKED
#define L TSMREQ_TDI_LOCKED
#define R TSMREQ_TDI_RUN
#define E TSMREQ_TDI_ERROR

static void test_every_step(void **state)
{
	/* from, to: may it? */
	static const bool may[4][3] = {
		/*	 U	L      R */
		[U] = {false, true, false},
		[L] = {true, false, true},
		[R] = {true, false, false},
		[E] = {true, false, false},
	};

	(void)state;
	for (unsigned int from = U; from <= E; from++) {
		for (unsigned int to = U; to <= R; to++) {
			struct mock_tdi tdi = {.state = (enum tsmreq_tdi_state)from};
			bool moved = tsmreq_mock_tdi_step(&tdi, (enum tsmreq_tdi_state)to);

			assert_int_equal(moved, may[from][to]);
			assert_int_equal(tdi.state, moved ? to : from);

			tdi = (struct mock_tdi){.state = (enum tsmreq_tdi_state)from,
						.any_step = true};
			assert_true(tsmreq_mock_tdi_step(&tdi, (enum tsmreq_tdi_state)to));
			assert_int_equal(tdi.state, to);
		}
	}
}

static void test_locked(void **state)
{
	(void)state;
	assert_false(tsmreq_mock_tdi_is_locked(&(struct mock_tdi){.state = U}));
	assert_true(tsmreq_mock_tdi_is_locked(&(struct mock_tdi){.state = L}));
	assert_true(tsmreq_mock_tdi_is_locked(&(struct mock_tdi){.state = R}));
	assert_false(tsmreq_mock_tdi_is_locked(&(struct mock_tdi){.state = E}));
	assert_true(tsmreq_mock_tdi_is_locked(&(struct mock_tdi){.state = U, .any_step = true}));
}

/* Never fetched, cached and empty, cached: three things. */
static void test_cache(void **state)
{
	struct mock_tdi tdi = {0};
	const struct mock_blob *vca = &tdi.objects[TSMREQ_OBJECT_VCA];

	(void)state;
	assert_false(vca->fetched);
	assert_int_equal(tsmreq_mock_tdi_cache(&tdi, TSMREQ_OBJECT_VCA, "abc", 3), 0);
	assert_true(vca->fetched);
	assert_int_equal(vca->size, 3);
	assert_memory_equal(vca->data, "abc", 3);
	assert_int_equal(tsmreq_mock_tdi_cache(&tdi, TSMREQ_OBJECT_VCA, NULL, 0), 0);
	assert_true(vca->fetched);
	assert_int_equal(vca->size, 0);
	tsmreq_mock_tdi_release(&tdi);
	assert_false(vca->fetched);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_step),
		cmocka_unit_test(test_locked),
		cmocka_unit_test(test_cache),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
