/* SPDX-License-Identifier: MIT */
/* TSM_OP and the core below it: who may bind, what unbind proves, and what a failure leaves. */
#include "kit.h"

#define BIND   1
#define UNBIND 2

static const struct {
	enum tsmreq_uapi uapi;
	uint32_t nr;
} rows[] = {
	{TSMREQ_UAPI_RFC1, 0x95},    {TSMREQ_UAPI_V2, 0x95},	     {TSMREQ_UAPI_V4, 0x95},
	{TSMREQ_UAPI_V5, 0x95},	     {TSMREQ_UAPI_V5_CODE, 0x95},    {TSMREQ_UAPI_JUNE, 0x95},
	{TSMREQ_UAPI_V6_LIKE, 0x96}, {TSMREQ_UAPI_V6_OBJECTS, 0x96},
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

/* rfc1 has one word for every failure. */
static int said(size_t row, int err)
{
	return rows[row].uapi == TSMREQ_UAPI_RFC1 ? -ENODEV : err;
}

static void test_bind_and_unbind(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS; i++) {
		for (unsigned int arch = TSMREQ_ARCH_CCA; arch <= TSMREQ_ARCH_TDX; arch++) {
			struct tsmreq_mock *mock = boot(rows[i].uapi);

			add(mock, (enum tsmreq_arch)arch, TSMREQ_MOCK_UNBOUND, TSMREQ_TDI_UNLOCKED,
			    0);
			assert_int_equal(tsm_op(mock, rows[i].nr, UNBIND), 0);
			assert_int_equal(tsm_op(mock, rows[i].nr, BIND), 0);
			assert_state(mock, TSMREQ_MOCK_BOUND, TSMREQ_TDI_LOCKED);
			/* idempotent: the backend is not even asked */
			fault(mock, "backend:EIO");
			assert_int_equal(tsm_op(mock, rows[i].nr, BIND), 0);
			fault(mock, "");
			assert_int_equal(tsm_op(mock, rows[i].nr, UNBIND), 0);
			assert_state(mock, TSMREQ_MOCK_UNBOUND, TSMREQ_TDI_UNLOCKED);
			assert_int_equal(tsm_op(mock, rows[i].nr, 0), said(i, -EINVAL));
			assert_int_equal(tsm_op(mock, rows[i].nr, 3), said(i, -EINVAL));
			tsmreq_mock_free(mock);
		}
	}
}

static void test_bind_refused(void **state)
{
	static const struct {
		uint32_t flags;
		enum tsmreq_mock_bound bound;
		int err;
	} why[] = {
		{TSMREQ_MOCK_NOT_CONNECTED, TSMREQ_MOCK_UNBOUND, -EINVAL},
		{TSMREQ_MOCK_DEVSEC, TSMREQ_MOCK_UNBOUND, -ENXIO},
		{TSMREQ_MOCK_NO_KVM, TSMREQ_MOCK_UNBOUND, -ENODEV},
		{0, TSMREQ_MOCK_BOUND_OTHER, -EBUSY},
		/* in this order: each hides the next */
		{TSMREQ_MOCK_DEVSEC, TSMREQ_MOCK_BOUND_OTHER, -ENXIO},
		{TSMREQ_MOCK_NOT_CONNECTED | TSMREQ_MOCK_DEVSEC, TSMREQ_MOCK_BOUND_OTHER, -EINVAL},
		{TSMREQ_MOCK_NO_KVM | TSMREQ_MOCK_NOT_CONNECTED, TSMREQ_MOCK_UNBOUND, -ENODEV},
	};

	(void)state;
	for (size_t i = 0; i < ROWS; i++) {
		for (size_t j = 0; j < sizeof(why) / sizeof(why[0]); j++) {
			struct tsmreq_mock *mock = boot(rows[i].uapi);

			add(mock, TSMREQ_ARCH_CCA, why[j].bound, TSMREQ_TDI_UNLOCKED, why[j].flags);
			fault(mock, "intr");
			assert_int_equal(tsm_op(mock, rows[i].nr, BIND), said(i, why[j].err));
			assert_state(mock, why[j].bound, TSMREQ_TDI_UNLOCKED);
			tsmreq_mock_free(mock);
		}
	}
}

/* The VM is asked for before anybody looks at what is to be done. */
static void test_unbind_needs_a_vm(void **state)
{
	struct tsmreq_mock *mock = boot(TSMREQ_UAPI_V5);

	(void)state;
	add(mock, TSMREQ_ARCH_CCA, TSMREQ_MOCK_BOUND, TSMREQ_TDI_LOCKED, TSMREQ_MOCK_NO_KVM);
	assert_int_equal(unbind_tdi(mock), -ENODEV);
	assert_int_equal(tsm_op(mock, 0x95, 3), -ENODEV);
	assert_state(mock, TSMREQ_MOCK_BOUND, TSMREQ_TDI_LOCKED);
	tsmreq_mock_free(mock);
}

static void test_bind_faults(void **state)
{
	struct tsmreq_mock *mock = boot(TSMREQ_UAPI_V5);

	(void)state;
	add(mock, TSMREQ_ARCH_CCA, TSMREQ_MOCK_UNBOUND, TSMREQ_TDI_UNLOCKED, 0);
	fault(mock, "backend:EPROTO");
	assert_int_equal(bind_tdi(mock), -EPROTO);
	assert_state(mock, TSMREQ_MOCK_UNBOUND, TSMREQ_TDI_UNLOCKED);
	fault(mock, "");
	/* neither wait of bind listens to signals */
	fault(mock, "intr");
	fault(mock, "copyout-once");
	assert_int_equal(bind_tdi(mock), -EFAULT);
	assert_state(mock, TSMREQ_MOCK_BOUND, TSMREQ_TDI_LOCKED);
	assert_int_equal(bind_tdi(mock), 0);
	assert_int_equal(unbind_tdi(mock), 0);
	fault(mock, "after:ENXIO");
	assert_int_equal(bind_tdi(mock), -ENXIO);
	assert_state(mock, TSMREQ_MOCK_BOUND, TSMREQ_TDI_LOCKED);
	tsmreq_mock_free(mock);
}

/* unbind answers 0 whatever the backend said; the next bind meets what it left. */
static void test_unbind_proves_nothing(void **state)
{
	struct tsmreq_mock *mock = boot(TSMREQ_UAPI_V5);

	(void)state;
	add(mock, TSMREQ_ARCH_CCA, TSMREQ_MOCK_BOUND, TSMREQ_TDI_RUN, 0);
	fault(mock, "backend:EIO");
	assert_int_equal(unbind_tdi(mock), 0);
	assert_state(mock, TSMREQ_MOCK_UNBOUND, TSMREQ_TDI_RUN);
	fault(mock, "");
	/* there is nothing left to unbind, for all the core knows */
	assert_int_equal(unbind_tdi(mock), 0);
	assert_state(mock, TSMREQ_MOCK_UNBOUND, TSMREQ_TDI_RUN);
	assert_int_equal(bind_tdi(mock), -ENXIO);
	tsmreq_mock_free(mock);
}

/* ---- what stands before the backend of a request ---- */

static int ask_size(struct tsmreq_mock *mock, uint64_t *code)
{
	uint8_t payload[4] = {3};
	uint8_t size[4];
	struct call call = {.selector = OP_INFO,
			    .arch = TSMREQ_ARCH_CCA,
			    .req = payload,
			    .req_len = 4,
			    .resp = size,
			    .resp_len = 4,
			    .code = *code};
	int ret = request_op(mock, 0x96, &call);

	*code = call.code;
	return ret;
}

static void test_request_needs(void **state)
{
	static const struct {
		uint32_t flags;
		enum tsmreq_mock_bound bound;
		int ret;
	} needs[] = {
		{TSMREQ_MOCK_OBJECTS | TSMREQ_MOCK_NOT_CONNECTED, TSMREQ_MOCK_BOUND, -ENXIO},
		{TSMREQ_MOCK_OBJECTS | TSMREQ_MOCK_DEVSEC, TSMREQ_MOCK_BOUND, -ENXIO},
		{TSMREQ_MOCK_OBJECTS, TSMREQ_MOCK_UNBOUND, -ENXIO},
		/* the VM is not asked for, and whose TDI it is neither */
		{TSMREQ_MOCK_OBJECTS | TSMREQ_MOCK_NO_KVM, TSMREQ_MOCK_BOUND, 0},
		{TSMREQ_MOCK_OBJECTS, TSMREQ_MOCK_BOUND_OTHER, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(needs) / sizeof(needs[0]); i++) {
		struct tsmreq_mock *mock = boot(TSMREQ_UAPI_CCA_V7);
		uint64_t code = 5;

		add(mock, TSMREQ_ARCH_CCA, needs[i].bound, TSMREQ_TDI_LOCKED, needs[i].flags);
		assert_int_equal(ask_size(mock, &code), needs[i].ret);
		/* found, so zeroed and copied back */
		assert_true(code == 0);
		/* the wait comes before all of them */
		fault(mock, "intr-once");
		code = 5;
		assert_int_equal(ask_size(mock, &code), -EINTR);
		assert_true(code == 0);
		fault(mock, "again-once");
		assert_int_equal(ask_size(mock, &code), -EAGAIN);
		tsmreq_mock_free(mock);
	}
}

/* The code goes back on success and on failure, once a backend was there to give one. */
static void test_code(void **state)
{
	struct tsmreq_mock *mock = boot(TSMREQ_UAPI_CCA_V7);
	uint8_t payload[4] = {2};
	struct call call = {
		.selector = OP_STATE, .arch = TSMREQ_ARCH_CCA, .req = payload, .req_len = 4};
	uint64_t code = 0;

	(void)state;
	add(mock, TSMREQ_ARCH_CCA, TSMREQ_MOCK_BOUND, TSMREQ_TDI_LOCKED, TSMREQ_MOCK_OBJECTS);
	fault(mock, "code:c000010000000000");
	assert_int_equal(ask_size(mock, &code), 0);
	assert_true(code == 0xc000010000000000u);
	fault(mock, "backend:EIO");
	code = 0;
	assert_int_equal(ask_size(mock, &code), -EIO);
	assert_true(code == 0xc000010000000000u);
	fault(mock, "intr-once");
	assert_int_equal(ask_size(mock, &code), -EINTR);
	assert_true(code == 0);

	/* what fails early leaves the caller's value alone: arch, op, object */
	call.code = 0x1234;
	call.arch = 4;
	assert_int_equal(request_op(mock, 0x96, &call), -EINVAL);
	call.arch = TSMREQ_ARCH_CCA;
	call.selector = 8;
	assert_int_equal(request_op(mock, 0x96, &call), -EINVAL);
	call.selector = OP_ENABLE_DMA;
	assert_int_equal(request_op(mock, 0x96, &call), -EINVAL);
	call.selector = OP_STATE;
	fault(mock, "gone");
	assert_int_equal(request_op(mock, 0x96, &call), -ENOENT);
	assert_true(call.code == 0x1234);
	tsmreq_mock_free(mock);
}

/* The copy-out decides what is heard, not what happened. */
static void test_copyout(void **state)
{
	struct tsmreq_mock *mock = boot(TSMREQ_UAPI_CCA_V7);
	uint8_t bytes[4] = {0};
	uint64_t code = 0;

	(void)state;
	add(mock, TSMREQ_ARCH_CCA, TSMREQ_MOCK_BOUND, TSMREQ_TDI_LOCKED, 0);
	fault(mock, "copyout-once");
	assert_int_equal(set_state(mock, TSMREQ_ARCH_CCA, 2), -EFAULT);
	assert_state(mock, TSMREQ_MOCK_BOUND, TSMREQ_TDI_RUN);
	/* it turns a failure into EFAULT too */
	fault(mock, "copyout");
	assert_int_equal(ask_size(mock, &code), -EFAULT);
	fault(mock, "");
	fault(mock, "after:EPROTO");
	assert_int_equal(set_state(mock, TSMREQ_ARCH_CCA, 0), -EPROTO);
	assert_state(mock, TSMREQ_MOCK_BOUND, TSMREQ_TDI_UNLOCKED);
	tsmreq_mock_free(mock);

	/* where nothing is copied back nothing can fail to be */
	mock = boot(TSMREQ_UAPI_V5);
	add(mock, TSMREQ_ARCH_CCA, TSMREQ_MOCK_BOUND, TSMREQ_TDI_LOCKED, TSMREQ_MOCK_OBJECTS);
	fault(mock, "copyout");
	assert_int_equal(request_scope(mock, 40,
				       &(struct call){.req = (uint8_t[8]){1, 0, 0, 0, 3},
						      .req_len = 8,
						      .resp = bytes,
						      .resp_len = 4}),
			 0);
	tsmreq_mock_free(mock);
}

static void test_residue(void **state)
{
	struct tsmreq_mock *mock = boot(TSMREQ_UAPI_CCA_V7);
	uint64_t code = 0;

	(void)state;
	add(mock, TSMREQ_ARCH_CCA, TSMREQ_MOCK_BOUND, TSMREQ_TDI_LOCKED, TSMREQ_MOCK_OBJECTS);
	fault(mock, "residue:3");
	assert_int_equal(ask_size(mock, &code), 3);
	fault(mock, "residue:4097");
	assert_int_equal(ask_size(mock, &code), 4097);
	/* a ssize_t kept in an int */
	fault(mock, "residue:4294967287");
	assert_int_equal(ask_size(mock, &code), -9);
	fault(mock, "residue:2147483648");
	assert_int_equal(ask_size(mock, &code), INT32_MIN);
	/* the effect is there all the same */
	assert_int_equal(set_state(mock, TSMREQ_ARCH_CCA, 2), INT32_MIN);
	assert_state(mock, TSMREQ_MOCK_BOUND, TSMREQ_TDI_RUN);
	/* a failing backend leaves nothing over */
	fault(mock, "backend:EIO");
	assert_int_equal(ask_size(mock, &code), -EIO);
	tsmreq_mock_free(mock);
}

/* rfc1 has no residue: the length it tells is what is wrong then. */
static void test_residue_rfc1(void **state)
{
	struct tsmreq_mock *mock = boot(TSMREQ_UAPI_RFC1);
	uint8_t payload[4] = {3};
	uint8_t size[4];
	struct call call = {
		.selector = 1, .req = payload, .req_len = 4, .resp = size, .resp_len = 4};

	(void)state;
	add(mock, TSMREQ_ARCH_CCA, TSMREQ_MOCK_BOUND, TSMREQ_TDI_LOCKED, TSMREQ_MOCK_OBJECTS);
	assert_int_equal(request_type(mock, &call), 0);
	assert_int_equal(call.used, 4);
	fault(mock, "residue:1");
	assert_int_equal(request_type(mock, &call), 0);
	assert_int_equal(call.used, 3);
	fault(mock, "residue:5");
	assert_int_equal(request_type(mock, &call), 0);
	assert_int_equal(call.used, UINT32_MAX);
	tsmreq_mock_free(mock);
}

/* DEBUG scopes get past iommufd, not past the core. */
static void test_debug_scopes(void **state)
{
	static const struct {
		enum tsmreq_uapi uapi;
		uint8_t size;
	} scoped[] = {{TSMREQ_UAPI_V2, 40},
		      {TSMREQ_UAPI_V4, 40},
		      {TSMREQ_UAPI_V5, 40},
		      {TSMREQ_UAPI_V5_CODE, 48}};
	uint8_t payload[8] = {1, 0, 0, 0, 3};
	uint8_t bytes[4];

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct tsmreq_mock *mock = boot(scoped[i].uapi);

		add(mock, TSMREQ_ARCH_CCA, TSMREQ_MOCK_BOUND, TSMREQ_TDI_LOCKED,
		    TSMREQ_MOCK_OBJECTS);
		fault(mock, "intr");
		for (uint32_t scope = 2; scope <= 3; scope++)
			assert_int_equal(request_scope(mock, scoped[i].size,
						       &(struct call){.selector = scope,
								      .req = payload,
								      .req_len = 8,
								      .resp = bytes,
								      .resp_len = 4}),
					 -EINVAL);
		tsmreq_mock_free(mock);
	}
}

/* rfc1's map is KVM's business: a VM is all it needs. */
static void test_map(void **state)
{
	struct tsmreq_mock *mock = boot(TSMREQ_UAPI_RFC1);
	uint8_t arg[32] = {32};

	(void)state;
	add(mock, TSMREQ_ARCH_CCA, TSMREQ_MOCK_UNBOUND, TSMREQ_TDI_UNLOCKED, 0);
	arg[24] = 7;
	assert_int_equal(ask(mock, 0x97, arg), 0);
	fault(mock, "backend:EINVAL");
	assert_int_equal(ask(mock, 0x97, arg), -EINVAL);
	fault(mock, "");
	fault(mock, "copyout");
	assert_int_equal(ask(mock, 0x97, arg), -EFAULT);
	tsmreq_mock_free(mock);

	mock = boot(TSMREQ_UAPI_RFC1);
	add(mock, TSMREQ_ARCH_CCA, TSMREQ_MOCK_BOUND, TSMREQ_TDI_LOCKED, TSMREQ_MOCK_NO_KVM);
	assert_int_equal(ask(mock, 0x97, arg), -ENODEV);
	tsmreq_mock_free(mock);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bind_and_unbind),
		cmocka_unit_test(test_bind_refused),
		cmocka_unit_test(test_unbind_needs_a_vm),
		cmocka_unit_test(test_bind_faults),
		cmocka_unit_test(test_unbind_proves_nothing),
		cmocka_unit_test(test_request_needs),
		cmocka_unit_test(test_code),
		cmocka_unit_test(test_copyout),
		cmocka_unit_test(test_residue),
		cmocka_unit_test(test_residue_rfc1),
		cmocka_unit_test(test_debug_scopes),
		cmocka_unit_test(test_map),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
