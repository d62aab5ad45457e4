/* SPDX-License-Identifier: MIT */
/* Intel TDX: the library's default payloads move the model, any others are taken as they are. */
#include <sys/mman.h>
#include <unistd.h>

#include "kit.h"

static int op(struct tsmreq_mock *mock, uint32_t selector, const void *req, uint32_t req_len,
	      void *resp, uint32_t resp_len)
{
	struct call call = {.selector = selector,
			    .arch = TSMREQ_ARCH_TDX,
			    .req = req,
			    .req_len = req_len,
			    .resp = resp,
			    .resp_len = resp_len};

	return request_op(mock, 0x96, &call);
}

static struct tsmreq_mock *unlocked(enum tsmreq_uapi uapi, uint32_t flags)
{
	struct tsmreq_mock *mock = boot(uapi);

	add(mock, TSMREQ_ARCH_TDX, TSMREQ_MOCK_BOUND, TSMREQ_TDI_UNLOCKED, flags);
	return mock;
}

static void test_states(void **state)
{
	struct tsmreq_mock *mock = unlocked(TSMREQ_UAPI_CCA_V7, 0);

	(void)state;
	assert_int_equal(set_state(mock, TSMREQ_ARCH_TDX, 2), -ENXIO);
	assert_int_equal(set_state(mock, TSMREQ_ARCH_TDX, 1), 0);
	assert_int_equal(set_state(mock, TSMREQ_ARCH_TDX, 2), 0);
	assert_state(mock, TSMREQ_MOCK_BOUND, TSMREQ_TDI_RUN);
	assert_int_equal(set_state(mock, TSMREQ_ARCH_TDX, 3), -EINVAL);
	fault(mock, "backend:ETIMEDOUT");
	assert_int_equal(set_state(mock, TSMREQ_ARCH_TDX, 0), -ETIMEDOUT);
	assert_state(mock, TSMREQ_MOCK_BOUND, TSMREQ_TDI_RUN);
	fault(mock, "");
	assert_int_equal(set_state(mock, TSMREQ_ARCH_TDX, 0), 0);
	assert_state(mock, TSMREQ_MOCK_BOUND, TSMREQ_TDI_UNLOCKED);
	assert_int_equal(op(mock, OP_STATE, NULL, 4, NULL, 0), -EFAULT);
	tsmreq_mock_free(mock);
}

/* Bytes of another length: read to the end, answered, and nothing moves. */
static void test_opaque(void **state)
{
	static const uint32_t ops[] = {OP_VALIDATE, OP_STATE, OP_READ, OP_REGEN, OP_INFO};
	struct tsmreq_mock *mock = unlocked(TSMREQ_UAPI_CCA_V7, TSMREQ_MOCK_OBJECTS);
	uint8_t bytes[600] = {1};
	uint8_t room[64];

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		memset(room, 0xaa, sizeof(room));
		assert_int_equal(op(mock, ops[i], bytes, 24, NULL, 0), 0);
		assert_int_equal(op(mock, ops[i], bytes, 0, NULL, 0), 0);
		assert_int_equal(op(mock, ops[i], bytes, sizeof(bytes), room, sizeof(room)),
				 sizeof(room));
		assert_int_equal(room[0], 0xaa);
		assert_int_equal(op(mock, ops[i], NULL, 24, NULL, 0), -EFAULT);
		fault(mock, "backend:EIO");
		assert_int_equal(op(mock, ops[i], bytes, 24, NULL, 0), -EIO);
		fault(mock, "");
		assert_state(mock, TSMREQ_MOCK_BOUND, TSMREQ_TDI_UNLOCKED);
	}
	tsmreq_mock_free(mock);
}

/* To the end, and not a byte further: the next page is not there. */
static void test_opaque_end(void **state)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct tsmreq_mock *mock = unlocked(TSMREQ_UAPI_CCA_V7, 0);
	uint8_t *pages = mmap(NULL, 2 * page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	(void)state;
	assert_ptr_not_equal(pages, MAP_FAILED);
	assert_int_equal(mprotect(pages + page, page, PROT_NONE), 0);
	for (uint32_t size = 250; size < 600; size++)
		assert_int_equal(op(mock, OP_REGEN, pages + page - size, size, NULL, 0), 0);
	assert_int_equal(munmap(pages, 2 * page), 0);
	tsmreq_mock_free(mock);
}

/* The report alone, in the Arm form. */
static void test_report(void **state)
{
	struct tsmreq_mock *mock = unlocked(TSMREQ_UAPI_CCA_V7, TSMREQ_MOCK_OBJECTS);
	uint8_t payload[16] = {3};
	uint8_t size[4], report[256];

	(void)state;
	assert_int_equal(op(mock, OP_INFO, payload, 4, size, 4), 0);
	assert_int_equal(tsmreq_load_le32(size), 84);
	assert_int_equal(op(mock, OP_READ, payload, 16, report, 256), 256 - 84);
	assert_int_equal(op(mock, OP_READ, payload, 16, report, 83), -E2BIG);
	fault(mock, "resp-unwritable");
	assert_int_equal(op(mock, OP_READ, payload, 16, report, 84), -EIO);
	fault(mock, "");
	for (uint8_t object = 0; object < 3; object++) {
		payload[0] = object;
		assert_int_equal(op(mock, OP_INFO, payload, 4, size, 4), -EINVAL);
		assert_int_equal(op(mock, OP_READ, payload, 16, report, 256), -EINVAL);
	}
	tsmreq_mock_free(mock);
}

/* No envelope, no TDX: and no other arch in this one. */
static void test_where_it_is_not(void **state)
{
	struct tsmreq_mock *mock = unlocked(TSMREQ_UAPI_V5, 0);
	uint8_t payload[8] = {1, 0, 0, 0, 3};
	struct call call = {.req = payload, .req_len = 8};

	(void)state;
	assert_int_equal(request_scope(mock, 40, &call), -EINVAL);
	tsmreq_mock_free(mock);
	mock = unlocked(TSMREQ_UAPI_RFC1, 0);
	call.selector = 1;
	assert_int_equal(request_type(mock, &call), -EINVAL);
	tsmreq_mock_free(mock);
	mock = unlocked(TSMREQ_UAPI_CCA_V7, 0);
	assert_int_equal(set_state(mock, TSMREQ_ARCH_CCA, 1), -EINVAL);
	assert_int_equal(set_state(mock, TSMREQ_ARCH_SEV, 1), -EINVAL);
	assert_state(mock, TSMREQ_MOCK_BOUND, TSMREQ_TDI_UNLOCKED);
	tsmreq_mock_free(mock);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_states),		cmocka_unit_test(test_opaque),
		cmocka_unit_test(test_opaque_end),	cmocka_unit_test(test_report),
		cmocka_unit_test(test_where_it_is_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
