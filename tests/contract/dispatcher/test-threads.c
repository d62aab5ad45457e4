/* SPDX-License-Identifier: MIT */
/*
 * 64 threads and 1,000 devices on one kernel, every one taken through its life again and again:
 * nobody meets another's answer, and no call on one device ever met another there. A fork in the
 * middle, between two turns, gives the child a copy in which all is in order.
 */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "consistent.h"

#define THREADS 64u
#define DEVICES 1000u

static unsigned long rounds = 10;
static struct tsmreq_mock *mock;
static uint32_t viommu;

static int op(uint32_t nr, uint8_t size, uint32_t first, uint32_t second, uint32_t third)
{
	uint8_t arg[24] = {size};

	tsmreq_store_le32(arg + 4, first);
	tsmreq_store_le32(arg + 8, second);
	if (size > 12)
		tsmreq_store_le32(arg + 12, third);
	return ask(mock, 0x3b00 | nr, arg);
}

static int alloc_vdevice(uint32_t device, uint64_t virt_id, uint32_t *ret)
{
	uint8_t arg[24] = {24};
	int err;

	tsmreq_store_le32(arg + 4, viommu);
	tsmreq_store_le32(arg + 8, device);
	tsmreq_store_le64(arg + 16, virt_id);
	err = ask(mock, 0x3b91, arg);
	*ret = tsmreq_load_le32(arg + 12);
	return err;
}

/* A fresh report of june, then its size. */
static int request(uint32_t vdevice, uint32_t what, uint32_t req_len, uint32_t resp_len,
		   uint8_t *answer)
{
	uint8_t payload[24] = {3};
	uint8_t arg[48] = {48};

	tsmreq_store_le32(arg + 4, vdevice);
	tsmreq_store_le32(arg + 8, what);
	tsmreq_store_le32(arg + 12, TSMREQ_ARCH_CCA);
	tsmreq_store_le32(arg + 16, req_len);
	tsmreq_store_le32(arg + 20, resp_len);
	tsmreq_store_le64(arg + 24, (uintptr_t)payload);
	tsmreq_store_le64(arg + 32, (uintptr_t)answer);
	return ask(mock, 0x3b96, arg);
}

/* One life, counted in wrong answers. */
static uintptr_t live(uint32_t device, uint64_t virt_id)
{
	uint8_t size[4];
	uint32_t vdevice = 0;
	uintptr_t wrong = alloc_vdevice(device, virt_id, &vdevice) != 0;

	wrong += op(0x95, 16, 1, 0, vdevice) != 0;
	wrong += request(vdevice, 2, 24, 0, size) != 0;
	wrong += request(vdevice, 3, 4, 4, size) != 0;
	wrong += tsmreq_load_le32(size) == 0;
	wrong += op(0x95, 16, 2, 0, vdevice) != 0;
	wrong += op(0x80, 8, vdevice, 0, 0) != 0;
	return wrong;
}

/* Every 64th device is this thread's. */
static void *worker(void *arg)
{
	uint32_t number = (uint32_t)(uintptr_t)arg;
	uintptr_t wrong = 0;

	for (unsigned long round = 0; round < rounds; round++)
		for (uint32_t device = number; device < DEVICES; device += THREADS)
			wrong += live(device + 1, (uint64_t)(device + 1) << 8);
	return (void *)wrong;
}

/* As the preload door does it: everybody held off, so the copy has nobody in the middle of a turn.
 */
static void fork_between_turns(void)
{
	struct mock_engine *engine = tsmreq_mock_get_engine(mock);
	int status;
	pid_t pid;

	(void)pthread_mutex_lock(&engine->lock);
	pid = fork();
	if (pid == 0) {
		assert_consistent(engine);
		assert_true(engine->objects.count > DEVICES);
		/* an exit would be asked by ThreadSanitizer where all the threads are */
		(void)raise(SIGKILL);
	}
	(void)pthread_mutex_unlock(&engine->lock);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void boot_devices(void)
{
	mock = boot((struct tsmreq_mock_opts){.uapi = TSMREQ_UAPI_JUNE});
	for (uint32_t device = 1; device <= DEVICES; device++)
		assert_int_equal(tsmreq_mock_add_object(mock, TSMREQ_MOCK_DEVICE, device, NULL), 0);
	assert_int_equal(tsmreq_mock_add_object(mock, TSMREQ_MOCK_VIOMMU, 0, &viommu), 0);
}

/* All lives at once, with a few forks among them. How many answers were wrong. */
static uintptr_t live_all(void)
{
	pthread_t threads[THREADS];
	uintptr_t wrong = 0;

	for (uintptr_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, worker, (void *)i), 0);
	for (unsigned int i = 0; i < 8; i++)
		fork_between_turns();
	for (size_t i = 0; i < THREADS; i++) {
		void *counted;

		assert_int_equal(pthread_join(threads[i], &counted), 0);
		wrong += (uintptr_t)counted;
	}
	assert_true(tsmreq_mock_get_calls(mock) == rounds * DEVICES * 6);
	return wrong;
}

static void test_lives(void **state)
{
	(void)state;
	boot_devices();
	assert_int_equal(live_all(), 0);
	assert_int_equal(tsmreq_mock_get_overlaps(mock), 0);
	assert_int_equal(tsmreq_mock_get_engine(mock)->objects.count, DEVICES + 1);
	assert_consistent(tsmreq_mock_get_engine(mock));
	mock = tsmreq_mock_free(mock);
}

static void count(void *userdata, const char *text)
{
	*(unsigned long *)userdata += strncmp(text, "case", 4) == 0 ||
				      strncmp(text, "# case", 6) == 0;
}

/* With dice and a journal: lives fail, and leave the table in order and every call written down. */
static void test_lives_in_trouble(void **state)
{
	const unsigned long all = rounds;
	unsigned long written = 0;

	(void)state;
	/* writing is most of the time */
	rounds = 1 + all / 20;
	boot_devices();
	assert_int_equal(tsmreq_mock_set_random_faults(mock, 1, 50), 0);
	assert_int_equal(tsmreq_mock_set_journal(mock, "threads", count, &written), 0);
	assert_int_not_equal(live_all(), 0);
	assert_int_equal(written, tsmreq_mock_get_calls(mock));
	assert_consistent(tsmreq_mock_get_engine(mock));
	mock = tsmreq_mock_free(mock);
	rounds = all;
}

static void *intrude(void *arg)
{
	uint8_t size[4];

	return (void *)(uintptr_t)(request(*(const uint32_t *)arg, 3, 4, 4, size) != 0);
}

/* Two on one device are noticed even where no time passes: one has come while the other is served.
 */
static void test_overlap(void **state)
{
	pthread_t threads[8];
	struct tsmreq_vdevice_id id;
	const struct tsmreq_mock_vdevice vdevice = {.size = sizeof(vdevice),
						    .flags = TSMREQ_MOCK_OBJECTS,
						    .arch = TSMREQ_ARCH_CCA,
						    .bound = TSMREQ_MOCK_BOUND};

	(void)state;
	mock = boot((struct tsmreq_mock_opts){.uapi = TSMREQ_UAPI_JUNE});
	assert_int_equal(tsmreq_mock_add_vdevice(mock, &vdevice, &id), 0);
	(void)pthread_mutex_lock(&tsmreq_mock_get_engine(mock)->lock);
	for (size_t i = 0; i < 8; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, intrude, &id.raw), 0);
	while (tsmreq_mock_get_overlaps(mock) < 7)
		(void)sched_yield();
	(void)pthread_mutex_unlock(&tsmreq_mock_get_engine(mock)->lock);
	for (size_t i = 0; i < 8; i++) {
		void *wrong;

		assert_int_equal(pthread_join(threads[i], &wrong), 0);
		assert_null(wrong);
	}
	assert_int_equal(tsmreq_mock_get_overlaps(mock), 7);
	mock = tsmreq_mock_free(mock);
}

/* The number of lives may be given. */
int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lives),
		cmocka_unit_test(test_lives_in_trouble),
		cmocka_unit_test(test_overlap),
	};

	if (argc > 1)
		rounds = strtoul(argv[1], NULL, 10);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
