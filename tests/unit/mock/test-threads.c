/* SPDX-License-Identifier: MIT */
/* Any number of threads at one engine: each keeps its own devices, none sees another's. */
#include <pthread.h>

#include "kit.h"

#define THREADS 8
#define DEVICES 16
#define ROUNDS	20

static void *worker(void *arg)
{
	struct tsmreq_mock *mock = arg;
	struct tsmreq_vdevice_id ids[DEVICES];
	const struct tsmreq_mock_vdevice vdevice = {
		.size = sizeof(vdevice), .flags = TSMREQ_MOCK_OBJECTS, .arch = TSMREQ_ARCH_CCA};
	uintptr_t wrong = 0;

	for (unsigned int i = 0; i < DEVICES; i++)
		wrong += tsmreq_mock_add_vdevice(mock, &vdevice, &ids[i]) != 0;
	for (unsigned int i = 0; i < DEVICES * ROUNDS; i++) {
		uint32_t id = ids[i % DEVICES].raw;
		uint8_t op[16] = {16, 0, 0, 0, 1};
		uint8_t payload[4] = {2};
		uint8_t req[48] = {48};
		enum tsmreq_tdi_state state;

		tsmreq_store_le32(op + 12, id);
		wrong += ask(mock, 0x95, op) != 0;
		tsmreq_store_le32(req + 4, id);
		req[8] = 5;
		req[12] = TSMREQ_ARCH_CCA;
		req[16] = 4;
		tsmreq_store_le64(req + 24, (uintptr_t)payload);
		wrong += ask(mock, 0x96, req) != 0;
		wrong += tsmreq_mock_get_state(mock, ids[i % DEVICES], NULL, &state) != 0 ||
			 state != TSMREQ_TDI_RUN;
		op[4] = 2;
		wrong += ask(mock, 0x95, op) != 0;
	}
	for (unsigned int i = 0; i < DEVICES; i++) {
		uint8_t destroy[8] = {8};

		tsmreq_store_le32(destroy + 4, ids[i].raw);
		wrong += ask(mock, 0x80, destroy) != 0;
	}
	return (void *)wrong;
}

static void test_turns(void **state)
{
	struct tsmreq_mock *mock = boot(TSMREQ_UAPI_JUNE);
	pthread_t threads[THREADS];
	uint32_t id;

	(void)state;
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, worker, mock), 0);
	for (size_t i = 0; i < THREADS; i++) {
		void *wrong;

		assert_int_equal(pthread_join(threads[i], &wrong), 0);
		assert_null(wrong);
	}
	assert_true(tsmreq_mock_get_calls(mock) == THREADS * DEVICES * (3u * ROUNDS + 1));
	/* nothing is left */
	assert_int_equal(tsmreq_mock_add_object(mock, TSMREQ_MOCK_IOAS, 0, &id), 0);
	assert_int_equal(id, 1);
	tsmreq_mock_free(mock);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_turns)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
