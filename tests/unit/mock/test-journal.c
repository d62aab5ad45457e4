/* SPDX-License-Identifier: MIT */
/* What a call leaves behind: a case that can be run again, or a comment where no case can say it.
 */
#include "ioas.h"

static char text[65536];

static void keep(void *userdata, const char *block)
{
	(void)userdata;
	assert_true(strlen(text) + strlen(block) < sizeof(text));
	strcat(text, block);
}

static void open_journal(struct tsmreq_mock *mock)
{
	text[0] = '\0';
	assert_int_equal(tsmreq_mock_set_journal(mock, "call", keep, NULL), 0);
}

static void test_bind(void **state)
{
	struct tsmreq_mock *mock = boot(TSMREQ_UAPI_JUNE);

	(void)state;
	add(mock, TSMREQ_ARCH_SEV, TSMREQ_MOCK_UNBOUND, TSMREQ_TDI_UNLOCKED, 0);
	fault(mock, "after:EPROTO");
	open_journal(mock);
	assert_int_equal(bind_tdi(mock), -EPROTO);
	assert_string_equal(text,
			    "case   call-1\n"
			    "abi    june\n"
			    "given  min=30 vdev:100=7 arch=sev tdi:100=unbound fault=after:EPROTO\n"
			    "call   kind=ioctl cmd=3b95\n"
			    "sends  10 00 00 00 01 00*7 07 00 00 00\n"
			    "reply  ret=-EPROTO\n"
			    "out    result=failed errno=EPROTO\n"
			    "\n");
	tsmreq_mock_free(mock);
}

/* Pointers are pointers, a fault that is used up was there, and the answer is what was written. */
static void test_request(void **state)
{
	struct tsmreq_mock *mock = boot(TSMREQ_UAPI_CCA_V7);
	struct tsmreq_vdevice_id id =
		add(mock, TSMREQ_ARCH_CCA, TSMREQ_MOCK_BOUND, TSMREQ_TDI_LOCKED, 0);
	const uint8_t report[] = {1, 2, 3, 4, 5, 6, 7};
	uint8_t payload[16] = {3};
	uint8_t answer[20];
	struct call call = {.selector = OP_READ,
			    .arch = TSMREQ_ARCH_CCA,
			    .req = payload,
			    .req_len = 16,
			    .resp = answer,
			    .resp_len = 20,
			    .code = 5};

	(void)state;
	assert_int_equal(tsmreq_mock_set_object(mock, id, TSMREQ_OBJECT_INTERFACE_REPORT,
						(struct tsmreq_bytes){report, sizeof(report)}),
			 0);
	assert_int_equal(tsmreq_mock_set_object(mock, id, TSMREQ_OBJECT_VCA,
						(struct tsmreq_bytes){NULL, 0}),
			 0);
	fault(mock, "copyout-once");
	open_journal(mock);
	assert_int_equal(request_op(mock, 0x96, &call), -EFAULT);
	call.code = 5;
	assert_int_equal(request_op(mock, 0x96, &call), 13);
	assert_string_equal(
		text,
		"case   call-1\n"
		"abi    cca-v7\n"
		"given  slot-95=off vdev:100=7 arch=cca tdi:100=bound-locked object:100:vca= "
		"object:100:report=01020304050607 fault=copyout-once\n"
		"call   kind=ioctl cmd=3b96\n"
		"sends  30 00 00 00 07 00 00 00 05 00 00 00 01 00 00 00 10 00 00 00 14 00 00 00 "
		"pp*8 pp*8 05 00*7\n"
		"req    03 00*15\n"
		"reply  ret=-EFAULT code=5\n"
		"out    result=failed errno=EFAULT\n"
		"\n"
		"case   call-2\n"
		"abi    cca-v7\n"
		"given  slot-95=off vdev:100=7 arch=cca tdi:100=bound-locked object:100:vca= "
		"object:100:report=01020304050607\n"
		"call   kind=ioctl cmd=3b96\n"
		"sends  30 00 00 00 07 00 00 00 05 00 00 00 01 00 00 00 10 00 00 00 14 00 00 00 "
		"pp*8 pp*8 05 00*7\n"
		"req    03 00*15\n"
		"reply  ret=13 code=0 resp= 01 02 03 04 05 06 07\n"
		"out    result=ok\n"
		"\n");
	tsmreq_mock_free(mock);
}

/* More is said to be written than is: the rest of the buffer is the program's, and no answer. */
static void test_less_than_told(void **state)
{
	struct tsmreq_mock *mock = boot(TSMREQ_UAPI_CCA_V7);
	uint8_t payload[4] = {3};
	uint8_t answer[8];
	struct call call = {.selector = OP_INFO,
			    .arch = TSMREQ_ARCH_CCA,
			    .req = payload,
			    .req_len = sizeof(payload),
			    .resp = answer,
			    .resp_len = sizeof(answer)};

	(void)state;
	memset(answer, 0xee, sizeof(answer));
	add(mock, TSMREQ_ARCH_CCA, TSMREQ_MOCK_BOUND, TSMREQ_TDI_LOCKED, TSMREQ_MOCK_OBJECTS);
	fault(mock, "residue:1");
	open_journal(mock);
	assert_int_equal(request_op(mock, 0x96, &call), 1);
	assert_non_null(strstr(text, "ret=1 code=0 resp= 54 00 00 00\n"));
	/* a residue larger than all there is room for */
	fault(mock, "residue:99");
	text[0] = '\0';
	assert_int_equal(request_op(mock, 0x96, &call), 99);
	assert_non_null(strstr(text, "ret=99 code=0 resp= 54 00 00 00\n"));
	tsmreq_mock_free(mock);
}

/* Whoever keeps a vDevice from being destroyed, the case has one word for it. */
static void test_in_use(void **state)
{
	struct tsmreq_mock *mock = boot(TSMREQ_UAPI_JUNE);
	uint8_t destroy[8] = {8, 0, 0, 0, 7};

	(void)state;
	add(mock, TSMREQ_ARCH_CCA, TSMREQ_MOCK_UNBOUND, TSMREQ_TDI_UNLOCKED, 0);
	fault(mock, "in-use");
	open_journal(mock);
	assert_int_equal(ask(mock, 0x80, destroy), -EBUSY);
	assert_non_null(strstr(text, " tdi:100=unbound busy:100=1\n"));
	tsmreq_mock_free(mock);
}

static void test_nonce(void **state)
{
	struct tsmreq_mock *mock = boot(TSMREQ_UAPI_V5);
	uint8_t nonce[32];
	uint8_t payload[24] = {4};
	struct call call = {.selector = 0, .req = payload, .req_len = 24};

	(void)state;
	memset(nonce, 0x42, sizeof(nonce));
	tsmreq_store_le64(payload + 16, (uintptr_t)nonce);
	add(mock, TSMREQ_ARCH_CCA, TSMREQ_MOCK_BOUND, TSMREQ_TDI_RUN, TSMREQ_MOCK_NO_KVM);
	open_journal(mock);
	assert_int_equal(request_scope(mock, 40, &call), 0);
	assert_string_equal(text, "case   call-1\n"
				  "abi    v5\n"
				  "given  vdev:100=7 arch=cca tdi:100=run kvm:100=none\n"
				  "call   kind=ioctl cmd=3b96 nonce=42*32\n"
				  "sends  28 00 00 00 07 00*7 18 00*11 pp*8 00*8\n"
				  "req    04 00*15 pp*8\n"
				  "reply  ret=0\n"
				  "out    result=ok\n"
				  "\n");
	tsmreq_mock_free(mock);
}

/* What depends on more than a case can say is to be read, not to be run. */
static void test_comments(void **state)
{
	struct tsmreq_mock *mock = boot(TSMREQ_UAPI_V5);
	uint8_t destroy_0[8] = {8};

	(void)state;
	open_journal(mock);
	(void)ioas_alloc(mock);
	assert_string_equal(text, "# case   call-1\n"
				  "# abi    v5\n"
				  "# call   kind=ioctl cmd=3b81\n"
				  "# sends  0c 00*11\n"
				  "# reply  ret=0\n"
				  "# out    result=ok\n"
				  "\n");
	/* a case again: nothing there is nothing there */
	text[0] = '\0';
	assert_int_equal(ask(mock, 0x80, destroy_0), -ENOENT);
	assert_memory_equal(text, "case   call-2\n", 14);
	/* and the ones that never got to a handler */
	text[0] = '\0';
	destroy_0[0] = 7;
	assert_int_equal(ask(mock, 0x81, destroy_0), -EINVAL);
	assert_memory_equal(text, "case   call-3\n", 14);
	text[0] = '\0';
	assert_int_equal(ask(mock, 0x81, NULL), -EFAULT);
	assert_memory_equal(text, "# case   call-4\n", 16);
	text[0] = '\0';
	assert_int_equal(ask(mock, 0x64, NULL), 0);
	assert_memory_equal(text, "# case   call-5\n", 16);

	/* no more of it */
	text[0] = '\0';
	assert_int_equal(tsmreq_mock_set_journal(mock, NULL, NULL, NULL), 0);
	assert_int_equal(ask(mock, 0x64, NULL), 0);
	assert_string_equal(text, "");
	tsmreq_mock_free(mock);
}

static void test_names(void **state)
{
	struct tsmreq_mock *mock = boot(TSMREQ_UAPI_V5);

	(void)state;
	assert_int_equal(tsmreq_mock_set_journal(NULL, "call", keep, NULL), -EINVAL);
	assert_int_equal(tsmreq_mock_set_journal(mock, NULL, keep, NULL), -EINVAL);
	assert_int_equal(tsmreq_mock_set_journal(mock, "", keep, NULL), -EINVAL);
	assert_int_equal(tsmreq_mock_set_journal(mock, "Call", keep, NULL), -EINVAL);
	assert_int_equal(tsmreq_mock_set_journal(mock, "a call", keep, NULL), -EINVAL);
	assert_int_equal(tsmreq_mock_set_journal(mock, "a-name-that-is-as-long-as-a-name", keep,
						 NULL),
			 -EINVAL);
	assert_int_equal(
		tsmreq_mock_set_journal(mock, "a-name-that-is-not-as-long-as-0", keep, NULL), 0);
	tsmreq_mock_free(mock);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bind),   cmocka_unit_test(test_request),
		cmocka_unit_test(test_nonce),  cmocka_unit_test(test_comments),
		cmocka_unit_test(test_names),  cmocka_unit_test(test_less_than_told),
		cmocka_unit_test(test_in_use),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
