/* SPDX-License-Identifier: MIT */
#include <tsmreq/vdev.h>

#include "cli/bytes.h"
#include "cli/kernel.h"
#include "kit.h"

static struct vec_case vec = {.name = "x", .number = 5};
static struct replay replay;
static struct kernel kernel;

/* The kernel these words make; "" or the reason why not. */
static const char *make(enum tsmreq_uapi uapi, const char *given)
{
	struct words words = {0};

	kernel_close(&kernel);
	arena_free(&replay.arena);
	replay = (struct replay){.vec = &vec};
	words_split_text(&replay.arena, given, 1, &words);
	kernel_open(&replay, &kernel, &words, uapi, false);
	if (!replay.failed)
		kernel_furnish(&replay, &kernel, &words);
	replay_refuse_left(&replay, "given", &words);
	return replay.why;
}

static int clean(void **state)
{
	(void)state;
	kernel_close(&kernel);
	arena_free(&replay.arena);
	return 0;
}

static void check_tdi(const char *word, enum tsmreq_mock_bound bound, enum tsmreq_tdi_state tdi,
		      enum tsmreq_tdi_state books)
{
	enum tsmreq_mock_bound got_bound;
	enum tsmreq_tdi_state got_tdi;
	char given[60];

	snprintf(given, sizeof(given), "vdev:100=7 tdi:100=%s", word);
	assert_string_equal(make(TSMREQ_UAPI_V5, given), "");
	assert_int_equal(tsmreq_mock_get_state(kernel.mock, (struct tsmreq_vdevice_id){7},
					       &got_bound, &got_tdi),
			 0);
	assert_int_equal(got_bound, bound);
	assert_int_equal(got_tdi, tdi);
	assert_int_equal(kernel_find_vdev(&kernel, 0x100)->books, books);
}

static void states_of_a_device(void **state)
{
	(void)state;
	check_tdi("unbound", TSMREQ_MOCK_UNBOUND, TSMREQ_TDI_UNLOCKED, TSMREQ_TDI_UNLOCKED);
	check_tdi("bound", TSMREQ_MOCK_BOUND, TSMREQ_TDI_LOCKED, TSMREQ_TDI_LOCKED);
	check_tdi("bound-other", TSMREQ_MOCK_BOUND_OTHER, TSMREQ_TDI_LOCKED, TSMREQ_TDI_UNLOCKED);
	check_tdi("run", TSMREQ_MOCK_BOUND, TSMREQ_TDI_RUN, TSMREQ_TDI_RUN);
	check_tdi("error", TSMREQ_MOCK_BOUND, TSMREQ_TDI_ERROR, TSMREQ_TDI_ERROR);
	check_tdi("unsure", TSMREQ_MOCK_BOUND, TSMREQ_TDI_LOCKED, TSMREQ_TDI_UNKNOWN);
}

static void everything_else(void **state)
{
	(void)state;
	assert_string_equal(make(TSMREQ_UAPI_V2, "op-cmd=3b95 req-cmd=3b96 arch=tdx vdev:100=7 "
						 "vdev:200=8 kvmfd=9 "
						 "vcpufd=17 viommu=3 iodev=2 hwpt=5 "
						 "quirk=eintr-unsure "
						 "quirk=vca-is-0 destroy-cmd=3b80 alloc-cmd=3b91 "
						 "other:7=in-use"),
			    "");
	assert_int_equal(kernel.arch, TSMREQ_ARCH_TDX);
	assert_int_equal(kernel.vdevs, 2);
	assert_int_equal(kernel_find_vdev(&kernel, 0x200)->object, 8);
	assert_null(kernel_find_vdev(&kernel, 7));
	assert_int_equal(kernel.kvm_fd, 9);
	assert_int_equal(kernel.vcpu_fd, 0x17);
	assert_int_equal(kernel.viommu, 3);
	assert_int_equal(kernel.iodev, 2);
	assert_int_equal(kernel.hwpt, 5);
	assert_int_equal(kernel.quirks, TSMREQ_QUIRK_EINTR_UNSURE | TSMREQ_QUIRK_VCA_IS_0);
	assert_int_equal(kernel.destroy_cmd, 0x3b80);
	assert_int_equal(kernel.alloc_cmd, 0x3b91);
	assert_true(kernel.in_use);
	assert_string_equal(make(TSMREQ_UAPI_CCA_V7, "op-cmd=- req-cmd=3b96"), "");
	assert_string_equal(make(TSMREQ_UAPI_AMD_RFC2, "support=reference bind-cmd=3b93"), "");
}

/* Each of these must be said, not passed over. */
static void faults_of_a_case(void **state)
{
	static const struct {
		const char *given;
		const char *part;
	} bad[] = {
		{"bla=1", "understands the word bla=1"},
		{"bla", "understands the word bla"},
		{"config-tsm=maybe", "config-tsm=maybe"},
		{"slot-95=odd", "slot-95=odd"},
		{"min=29", "does not play"},
		{"op-cmd=3b96", "op-cmd: expected 3b96, got 3b95"},
		{"op-cmd=-", "op-cmd: expected 0"},
		{"req-cmd=xyz", "req-cmd=xyz is no number"},
		{"support=full", "only reference"},
		{"quirk=odd", "no such quirk"},
		{"arch=riscv", "no such architecture"},
		{"vdev:100=zz", "two hexadecimal numbers"},
		{"vdev:100=100000000", "two hexadecimal numbers"},
		{"vdev:100=7 vdev:200=7", "the mock answers EEXIST"},
		{"vdev:100=7 tdi:100=odd", "tdi:100=odd"},
		{"vdev:100=7 tdi:200=run", "understands the word tdi:200=run"},
		{"vdev:100=7 tsm:100=odd", "tsm:100=odd"},
		{"vdev:100=7 kvm:100=odd", "kvm:100=odd"},
		{"vdev:100=7 busy:100=2", "busy:100=2"},
		{"vdev:100=7 object:100:odd=00", "no such object"},
		{"vdev:100=7 object:200:report=00", "no vdev: word names"},
		{"vdev:100=7 object:report=00", "no vdev: word names"},
		{"vdev:100=7 object:100:report=0", "these are no bytes"},
		{"vdev:100=7 fault=odd", "the mock answers EINVAL"},
		{"fault=copyout", "on no device"},
		{"vdev:100=7 code=zz", "code=zz"},
		{"vdev:100=7 ret=4294967296", "an ioctl answers 32 bits"},
		{"vdev:100=7 ret=ff", "ret=ff is no decimal"},
		{"vdev:100=7 other:7=odd", "in-use is the only word"},
		{"kvmfd=zz", "kvmfd=zz"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (!strstr(make(TSMREQ_UAPI_V5, bad[i].given), bad[i].part))
			fail_msg("%s: expected \"%s\", got \"%s\"", bad[i].given, bad[i].part,
				 replay.why);
	}
}

static int submit(uint32_t cmd, void *arg)
{
	const struct tsmreq_transport *mock = tsmreq_mock_get_transport(kernel.mock);

	return mock->submit(mock->userdata, cmd, arg);
}

static int destroy(uint32_t id)
{
	uint32_t arg[2];

	bytes_put32(&arg[0], 8);
	bytes_put32(&arg[1], id);
	return submit(0x3b80, arg);
}

static void trouble_reaches_the_mock(void **state)
{
	(void)state;
	assert_string_equal(make(TSMREQ_UAPI_V5, "vdev:100=7 busy:100=1"), "");
	assert_int_equal(destroy(7), -EBUSY);
	assert_string_equal(make(TSMREQ_UAPI_V5, "vdev:100=7 busy:100=0"), "");
	assert_int_equal(destroy(7), 0);
}

static void built_as_told(void **state)
{
	uint32_t arg[12] = {0};

	(void)state;
	bytes_put32(&arg[0], 48);
	assert_string_equal(make(TSMREQ_UAPI_CCA_V7, ""), "");
	assert_int_equal(submit(0x3b95, arg), -EOPNOTSUPP);
	assert_string_equal(make(TSMREQ_UAPI_CCA_V7, "slot-95=noiommu-get-pa:lookup-first"), "");
	assert_int_equal(submit(0x3b95, arg), -ENOENT);
	assert_string_equal(make(TSMREQ_UAPI_CCA_V7, "slot-95=EPERM config-tsm=y"), "");
	assert_int_equal(submit(0x3b95, arg), -EPERM);
	assert_int_equal(submit(0x3b96, arg), -EINVAL);
	assert_string_equal(make(TSMREQ_UAPI_CCA_V7, "config-tsm=n"), "");
	assert_int_equal(submit(0x3b96, arg), -EOPNOTSUPP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(states_of_a_device, clean),
		cmocka_unit_test_teardown(everything_else, clean),
		cmocka_unit_test_teardown(faults_of_a_case, clean),
		cmocka_unit_test_teardown(trouble_reaches_the_mock, clean),
		cmocka_unit_test_teardown(built_as_told, clean),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
