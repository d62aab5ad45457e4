/* SPDX-License-Identifier: MIT */
/* Trouble that comes at once, by a script, by dice, and the time a call takes. */
#include "mock/trouble.h"

#include <pthread.h>
#include <signal.h>
#include <time.h>

#include "ioas.h"

/* A size of the certificate's, on june. */
static int object_info(struct tsmreq_mock *mock)
{
	uint8_t payload[4] = {1};
	uint8_t answer[4];
	struct call call = {.selector = 3,
			    .arch = TSMREQ_ARCH_CCA,
			    .req = payload,
			    .req_len = 4,
			    .resp = answer,
			    .resp_len = 4};

	return request_op(mock, 0x96, &call);
}

static struct tsmreq_mock *boot_bound(enum tsmreq_tdi_state state)
{
	struct tsmreq_mock *mock = boot(TSMREQ_UAPI_JUNE);

	add(mock, TSMREQ_ARCH_CCA, TSMREQ_MOCK_BOUND, state, TSMREQ_MOCK_OBJECTS);
	return mock;
}

static void test_backend_gone(void **state)
{
	struct tsmreq_mock *mock = boot_bound(TSMREQ_TDI_RUN);
	uint32_t ioas = ioas_alloc(mock);

	(void)state;
	assert_int_equal(object_info(mock), 0);
	fault(mock, "backend-gone");
	assert_state(mock, TSMREQ_MOCK_UNBOUND, TSMREQ_TDI_UNLOCKED);
	assert_int_equal(object_info(mock), -ENXIO);
	assert_int_equal(bind_tdi(mock), -EINVAL);
	/* no word takes it back, and an IOAS has no backend */
	fault(mock, "");
	assert_int_equal(object_info(mock), -ENXIO);
	assert_int_equal(tsmreq_mock_set_fault(mock, ioas, "backend-gone"), -EINVAL);
	assert_int_equal(tsmreq_mock_set_fault(mock, ioas, "tdi-error"), -EINVAL);
	tsmreq_mock_free(mock);
}

/* From ERROR only UNLOCKED can be reached; reports are none of a broken interface. */
static void test_tdi_error(void **state)
{
	struct tsmreq_mock *mock = boot(TSMREQ_UAPI_CCA_V7);

	(void)state;
	add(mock, TSMREQ_ARCH_CCA, TSMREQ_MOCK_BOUND, TSMREQ_TDI_RUN, 0);
	fault(mock, "tdi-error");
	assert_state(mock, TSMREQ_MOCK_BOUND, TSMREQ_TDI_ERROR);
	assert_int_equal(set_state(mock, TSMREQ_ARCH_CCA, TSMREQ_TDI_LOCKED), -ENXIO);
	assert_int_equal(set_state(mock, TSMREQ_ARCH_CCA, TSMREQ_TDI_RUN), -ENXIO);
	assert_state(mock, TSMREQ_MOCK_BOUND, TSMREQ_TDI_ERROR);
	assert_int_equal(set_state(mock, TSMREQ_ARCH_CCA, TSMREQ_TDI_UNLOCKED), 0);
	assert_int_equal(set_state(mock, TSMREQ_ARCH_CCA, TSMREQ_TDI_LOCKED), 0);
	tsmreq_mock_free(mock);
}

/* Emptied, not forgotten: 0, and nothing written, until there is a fresh one. */
static void test_empty(void **state)
{
	struct tsmreq_mock *mock = boot(TSMREQ_UAPI_CCA_V7);
	const uint8_t regen[24] = {3};
	const uint8_t read[16] = {3};
	const uint8_t what[4] = {3};
	uint8_t answer[256];
	struct call info = {.selector = OP_INFO,
			    .arch = TSMREQ_ARCH_CCA,
			    .req = what,
			    .req_len = 4,
			    .resp = answer,
			    .resp_len = 4};
	struct call call = {.selector = OP_READ,
			    .arch = TSMREQ_ARCH_CCA,
			    .req = read,
			    .req_len = 16,
			    .resp = answer,
			    .resp_len = sizeof(answer)};
	struct call fresh = {
		.selector = OP_REGEN, .arch = TSMREQ_ARCH_CCA, .req = regen, .req_len = 24};

	(void)state;
	add(mock, TSMREQ_ARCH_CCA, TSMREQ_MOCK_BOUND, TSMREQ_TDI_LOCKED, TSMREQ_MOCK_OBJECTS);
	fault(mock, "empty");
	memset(answer, 0xaa, sizeof(answer));
	assert_int_equal(request_op(mock, 0x96, &info), 0);
	assert_int_equal(request_op(mock, 0x96, &call), 0);
	for (size_t i = 0; i < sizeof(answer); i++)
		assert_int_equal(answer[i], 0xaa);
	assert_int_equal(request_op(mock, 0x96, &fresh), 0);
	assert_int_equal(request_op(mock, 0x96, &info), 0);
	assert_true(tsmreq_load_le32(answer) < 256);
	tsmreq_mock_free(mock);

	/* what was never fetched stays that way */
	mock = boot(TSMREQ_UAPI_CCA_V7);
	add(mock, TSMREQ_ARCH_CCA, TSMREQ_MOCK_BOUND, TSMREQ_TDI_LOCKED, 0);
	fault(mock, "empty");
	assert_int_equal(request_op(mock, 0x96, &info), -EINVAL);
	tsmreq_mock_free(mock);
}

static void test_code_kept(void **state)
{
	struct tsmreq_mock *mock = boot_bound(TSMREQ_TDI_RUN);
	uint8_t payload[4] = {1};
	uint8_t size[4];
	struct call call = {.selector = 3,
			    .arch = TSMREQ_ARCH_CCA,
			    .req = payload,
			    .req_len = 4,
			    .resp = size,
			    .resp_len = 4,
			    .code = 0x1234};

	(void)state;
	fault(mock, "code-kept");
	assert_int_equal(request_op(mock, 0x96, &call), 0);
	assert_true(call.code == 0x1234);
	fault(mock, "");
	assert_int_equal(request_op(mock, 0x96, &call), 0);
	assert_true(call.code == 0);
	tsmreq_mock_free(mock);
}

static void test_allocations(void **state)
{
	struct tsmreq_mock *mock = boot(TSMREQ_UAPI_JUNE);
	uint8_t arg[24] = {24};
	uint32_t device, viommu, ioas = ioas_alloc(mock);

	(void)state;
	/* done, and then an errno: an object is dropped, a mapping stays */
	assert_int_equal(tsmreq_mock_add_object(mock, TSMREQ_MOCK_DEVICE, 0, &device), 0);
	assert_int_equal(tsmreq_mock_add_object(mock, TSMREQ_MOCK_VIOMMU, 0, &viommu), 0);
	tsmreq_store_le32(arg + 4, viommu);
	tsmreq_store_le32(arg + 8, device);
	assert_int_equal(tsmreq_mock_set_fault(mock, device, "after:EPROTO"), 0);
	assert_int_equal(ask(mock, 0x91, arg), -EPROTO);
	assert_int_equal(tsmreq_mock_set_fault(mock, device, ""), 0);
	assert_int_equal(ask(mock, 0x91, arg), 0);
	assert_int_equal(tsmreq_mock_set_fault(mock, ioas, "after:EIO"), 0);
	assert_int_equal(map_fixed(mock, ioas, 0, PAGE), -EIO);
	assert_int_equal(tsmreq_mock_set_fault(mock, ioas, ""), 0);
	assert_int_equal(map_fixed(mock, ioas, 0, PAGE), -EEXIST);
	tsmreq_mock_free(mock);
}

/* ---- a script ---- */

static void test_script(void **state)
{
	struct tsmreq_mock *mock = boot_bound(TSMREQ_TDI_RUN);

	(void)state;
	assert_int_equal(object_info(mock), 0);
	/* the past does not come back; two at once; one for nobody */
	assert_int_equal(tsmreq_mock_set_script(mock, "# what befalls 7\n"
						      "1 7 gone\n"
						      "2 7 backend:EIO\n"
						      "\n"
						      "3 7 none\n"
						      "3 99 gone\n"
						      "3 7 intr-once\n"
						      "6 7 tdi-error\n"
						      "7 7 gone"),
			 0);
	assert_int_equal(object_info(mock), -EIO);
	assert_int_equal(object_info(mock), -EINTR);
	assert_int_equal(object_info(mock), 0);
	assert_int_equal(object_info(mock), 0);
	assert_state(mock, TSMREQ_MOCK_BOUND, TSMREQ_TDI_RUN);
	assert_int_equal(object_info(mock), 0);
	assert_state(mock, TSMREQ_MOCK_BOUND, TSMREQ_TDI_ERROR);
	assert_int_equal(object_info(mock), -ENOENT);
	tsmreq_mock_free(mock);
}

static void test_scripts_refused(void **state)
{
	static const char *const scripts[] = {
		"1",
		"1 7",
		"1 7 ",
		"x 7 busy",
		"1 x busy",
		"1 2147483648 busy",
		"18446744073709551616 7 busy",
		"1 7 busi",
		"1 7 busy ",
		"2 7 busy\n1 7 busy",
		" 1 7 busy",
		"1 7 backend:EIO and a great deal more than that",
		"1,7,busy",
	};
	struct tsmreq_mock *mock = boot_bound(TSMREQ_TDI_RUN);

	(void)state;
	assert_int_equal(tsmreq_mock_set_script(mock, "1 7 backend:EIO"), 0);
	for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++)
		if (tsmreq_mock_set_script(mock, scripts[i]) != -EINVAL)
			fail_msg("taken: '%s'", scripts[i]);
	/* refused as a whole: the old one is still there */
	assert_int_equal(object_info(mock), -EIO);
	fault(mock, "");
	assert_int_equal(tsmreq_mock_set_script(mock, "2 7 backend:EIO"), 0);
	assert_int_equal(tsmreq_mock_set_script(mock, ""), 0);
	assert_int_equal(object_info(mock), 0);
	assert_int_equal(tsmreq_mock_set_script(NULL, ""), -EINVAL);
	assert_int_equal(tsmreq_mock_set_script(mock, NULL), -EINVAL);
	tsmreq_mock_free(mock);
}

/* ---- dice ---- */

#define ROUNDS 1000

/* What came of each call, and whether anything ever goes wrong in a given way. */
static void roll_dice(uint64_t seed, int (*answers)[3])
{
	struct tsmreq_mock *mock = boot(TSMREQ_UAPI_JUNE);

	assert_int_equal(tsmreq_mock_set_random_faults(mock, seed, 300), 0);
	for (int i = 0; i < ROUNDS; i++) {
		/* a backend that is gone does not come back: a new device, now and then */
		if (i % 50 == 0) {
			if (i > 0)
				assert_int_equal(tsmreq_mock_set_fault(mock, 7, "gone"), 0);
			tsmreq_mock_free(mock);
			mock = boot_bound(TSMREQ_TDI_RUN);
			assert_int_equal(
				tsmreq_mock_set_random_faults(mock, seed + (uint64_t)i, 300), 0);
		}
		answers[i][0] = object_info(mock);
		answers[i][1] = bind_tdi(mock);
		answers[i][2] = unbind_tdi(mock);
	}
	tsmreq_mock_free(mock);
}

static void test_dice(void **state)
{
	static int first[ROUNDS][3], second[ROUNDS][3], other[ROUNDS][3];
	unsigned int failed = 0, left = 0, interrupted = 0, gone = 0;

	(void)state;
	roll_dice(1, first);
	roll_dice(1, second);
	assert_memory_equal(first, second, sizeof(first));
	roll_dice(2, other);
	assert_memory_not_equal(first, other, sizeof(first));
	for (int i = 0; i < ROUNDS; i++) {
		failed += first[i][1] == -EIO;
		left += first[i][0] > 0;
		interrupted += first[i][0] == -EINTR;
		gone += first[i][1] == -EINVAL;
	}
	assert_true(failed > 0 && left > 0 && interrupted > 0 && gone > 0);
}

static void test_dice_off(void **state)
{
	struct tsmreq_mock *mock = boot_bound(TSMREQ_TDI_RUN);

	(void)state;
	assert_int_equal(tsmreq_mock_set_random_faults(mock, 1, 1001), -EINVAL);
	assert_int_equal(tsmreq_mock_set_random_faults(NULL, 1, 1), -EINVAL);
	for (int i = 0; i < 200; i++)
		assert_int_equal(object_info(mock), 0);
	assert_int_equal(tsmreq_mock_set_random_faults(mock, 1, 1000), 0);
	assert_int_equal(tsmreq_mock_set_random_faults(mock, 1, 0), 0);
	for (int i = 0; i < 200; i++)
		assert_int_equal(object_info(mock), 0);
	tsmreq_mock_free(mock);
}

/* ---- time ---- */

static struct tsmreq_mock *slow;
static int answer;

static void *ask_slowly(void *arg)
{
	(void)arg;
	answer = object_info(slow);
	return NULL;
}

static void begin_slowly(pthread_t *thread)
{
	uint64_t before = tsmreq_mock_get_calls(slow);

	assert_int_equal(pthread_create(thread, NULL, ask_slowly, NULL), 0);
	while (tsmreq_mock_get_calls(slow) == before)
		(void)sched_yield();
}

static char written[65536];

static void keep(void *userdata, const char *text)
{
	(void)userdata;
	assert_true(strlen(written) + strlen(text) < sizeof(written));
	strcat(written, text);
}

/* Others are served meanwhile, a second call on the device is noticed, and it cannot be destroyed.
 */
static void test_delay(void **state)
{
	uint8_t destroy_7[8] = {8, 0, 0, 0, 7};
	pthread_t thread;
	uint32_t ioas;

	(void)state;
	slow = boot_bound(TSMREQ_TDI_RUN);
	fault(slow, "delay:200");
	written[0] = '\0';
	assert_int_equal(tsmreq_mock_set_journal(slow, "slow", keep, NULL), 0);
	begin_slowly(&thread);
	fault(slow, "");
	ioas = ioas_alloc(slow);
	assert_int_equal(destroy(slow, ioas), 0);
	assert_int_equal(tsmreq_mock_get_overlaps(slow), 0);
	assert_int_equal(object_info(slow), 0);
	assert_int_equal(tsmreq_mock_get_overlaps(slow), 1);
	assert_int_equal(ask(slow, 0x80, destroy_7), -EBUSY);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(answer, 0);
	/* the second says so, can be run again, and those cannot that had to do with the first */
	assert_non_null(
		strstr(written, "# another call on this vDevice was under way\ncase   slow-4\n"));
	assert_non_null(strstr(written, "# case   slow-5\n"));
	assert_non_null(strstr(written, "# case   slow-1\n"));
	assert_int_equal(tsmreq_mock_set_journal(slow, NULL, NULL, NULL), 0);
	assert_int_equal(object_info(slow), 0);
	assert_int_equal(tsmreq_mock_get_overlaps(slow), 1);
	assert_int_equal(ask(slow, 0x80, destroy_7), 0);
	assert_int_equal(tsmreq_mock_get_overlaps(NULL), 0);
	slow = tsmreq_mock_free(slow);
}

/* Whoever looks it up afterwards finds what has become of it. */
static void test_gone_meanwhile(void **state)
{
	pthread_t thread;

	(void)state;
	slow = boot_bound(TSMREQ_TDI_RUN);
	fault(slow, "delay:100");
	begin_slowly(&thread);
	fault(slow, "gone");
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(answer, -ENOENT);
	slow = tsmreq_mock_free(slow);
}

static void ignore(int signal)
{
	(void)signal;
}

static uint64_t now_ms(void)
{
	struct timespec time;

	assert_int_equal(clock_gettime(CLOCK_MONOTONIC, &time), 0);
	return (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_nsec / 1000000;
}

/* A signal ends a request's wait, and not that of a bind. */
static void test_signal(void **state)
{
	const struct sigaction action = {.sa_handler = ignore};
	uint64_t start;
	timer_t timer;
	const struct itimerspec soon = {.it_value.tv_nsec = 20000000};

	(void)state;
	slow = boot_bound(TSMREQ_TDI_RUN);
	assert_int_equal(sigaction(SIGALRM, &action, NULL), 0);
	assert_int_equal(timer_create(CLOCK_MONOTONIC, NULL, &timer), 0);
	fault(slow, "delay:60000");
	assert_int_equal(timer_settime(timer, 0, &soon, NULL), 0);
	assert_int_equal(object_info(slow), -EINTR);
	fault(slow, "delay:100");
	start = now_ms();
	assert_int_equal(timer_settime(timer, 0, &soon, NULL), 0);
	assert_int_equal(bind_tdi(slow), 0);
	assert_true(now_ms() - start >= 100);
	assert_int_equal(timer_delete(timer), 0);
	slow = tsmreq_mock_free(slow);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_backend_gone),	cmocka_unit_test(test_tdi_error),
		cmocka_unit_test(test_empty),		cmocka_unit_test(test_code_kept),
		cmocka_unit_test(test_allocations),	cmocka_unit_test(test_script),
		cmocka_unit_test(test_scripts_refused), cmocka_unit_test(test_dice),
		cmocka_unit_test(test_dice_off),	cmocka_unit_test(test_delay),
		cmocka_unit_test(test_gone_meanwhile),	cmocka_unit_test(test_signal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
