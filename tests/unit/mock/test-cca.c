/* SPDX-License-Identifier: MIT */
/* Arm CCA: exact lengths, the order of the errnos, the traps of its objects, its states. */
#include "kit.h"

/* A request of cca-v7 with these bytes. */
static int op(struct tsmreq_mock *mock, uint32_t selector, const void *req, uint32_t req_len,
	      void *resp, uint32_t resp_len)
{
	struct call call = {.selector = selector,
			    .arch = TSMREQ_ARCH_CCA,
			    .req = req,
			    .req_len = req_len,
			    .resp = resp,
			    .resp_len = resp_len};

	return request_op(mock, 0x96, &call);
}

static struct tsmreq_mock *locked(enum tsmreq_uapi uapi, uint32_t flags)
{
	struct tsmreq_mock *mock = boot(uapi);

	add(mock, TSMREQ_ARCH_CCA, TSMREQ_MOCK_BOUND, TSMREQ_TDI_LOCKED, flags);
	return mock;
}

static void cache(struct tsmreq_mock *mock, enum tsmreq_object object, const void *data,
		  size_t size)
{
	assert_int_equal(tsmreq_mock_set_object(mock, (struct tsmreq_vdevice_id){7}, object,
						(struct tsmreq_bytes){data, size}),
			 0);
}

/* Every length but the right one is EINVAL; the right one behind a bad pointer EFAULT. */
static void test_op_lengths(void **state)
{
	static const uint32_t exact[] = {
		[OP_VALIDATE] = 24, [OP_STATE] = 4, [OP_READ] = 16, [OP_REGEN] = 24, [OP_INFO] = 4,
	};
	uint8_t payload[64] = {0};

	(void)state;
	for (uint32_t selector = OP_VALIDATE; selector <= OP_INFO; selector++) {
		struct tsmreq_mock *mock = locked(TSMREQ_UAPI_CCA_V7, 0);

		if (selector == OP_ENABLE_DMA || selector == OP_DISABLE_DMA) {
			tsmreq_mock_free(mock);
			continue;
		}
		fault(mock, "backend:EDEADLK");
		payload[0] = selector == OP_REGEN ? 3 : 0;
		for (uint32_t size = 0; size <= sizeof(payload); size++)
			assert_int_equal(op(mock, selector, payload, size, NULL, 0),
					 size == exact[selector] ? -EDEADLK : -EINVAL);
		assert_int_equal(op(mock, selector, NULL, exact[selector], NULL, 0), -EFAULT);
		assert_int_equal(op(mock, selector, NULL, exact[selector] + 1, NULL, 0), -EINVAL);
		tsmreq_mock_free(mock);
	}
}

static void test_arch(void **state)
{
	struct tsmreq_mock *mock = locked(TSMREQ_UAPI_CCA_V7, TSMREQ_MOCK_OBJECTS);

	(void)state;
	for (uint32_t arch = TSMREQ_ARCH_SEV; arch <= TSMREQ_ARCH_TDX; arch++)
		assert_int_equal(set_state(mock, (enum tsmreq_arch)arch, 2), -EINVAL);
	/* what only SEV can say gets past the ioctl in SEV's name, and no further */
	for (uint32_t selector = OP_ENABLE_DMA; selector <= OP_DISABLE_DMA; selector++)
		assert_int_equal(
			request_op(mock, 0x96,
				   &(struct call){.selector = selector, .arch = TSMREQ_ARCH_SEV}),
			-EINVAL);
	assert_state(mock, TSMREQ_MOCK_BOUND, TSMREQ_TDI_LOCKED);
	tsmreq_mock_free(mock);
}

static void test_size(void **state)
{
	struct tsmreq_mock *mock = locked(TSMREQ_UAPI_CCA_V7, 0);
	uint8_t payload[4] = {0};
	uint8_t answer[8];

	(void)state;
	for (uint8_t object = 0; object < 8; object++) {
		payload[0] = object;
		assert_int_equal(op(mock, OP_INFO, payload, 4, answer, 4), -EINVAL);
	}
	for (uint8_t object = 0; object < 4; object++)
		cache(mock, (enum tsmreq_object)object, "0123456789", 3u + object);
	for (uint8_t object = 0; object < 4; object++) {
		payload[0] = object;
		memset(answer, 0xaa, sizeof(answer));
		assert_int_equal(op(mock, OP_INFO, payload, 4, answer, 4), 0);
		assert_int_equal(tsmreq_load_le32(answer), 3 + object);
		assert_int_equal(answer[4], 0xaa);
		assert_int_equal(op(mock, OP_INFO, payload, 4, answer, 7), 3);
		for (uint32_t room = 0; room < 4; room++)
			assert_int_equal(op(mock, OP_INFO, payload, 4, answer, room), -EINVAL);
		assert_int_equal(op(mock, OP_INFO, payload, 4, NULL, 4), -EFAULT);
	}
	/* an object id is 32 bits */
	payload[0] = 3;
	payload[3] = 1;
	assert_int_equal(op(mock, OP_INFO, payload, 4, answer, 4), -EINVAL);
	payload[3] = 0;
	fault(mock, "resp-unwritable");
	assert_int_equal(op(mock, OP_INFO, payload, 4, answer, 4), -EFAULT);
	tsmreq_mock_free(mock);
}

static void test_read(void **state)
{
	struct tsmreq_mock *mock = locked(TSMREQ_UAPI_CCA_V7, 0);
	uint8_t payload[16] = {3};
	uint8_t answer[16];

	(void)state;
	assert_int_equal(op(mock, OP_READ, payload, 16, answer, 16), -EINVAL);
	cache(mock, TSMREQ_OBJECT_INTERFACE_REPORT, "0123456789", 10);
	for (uint32_t room = 0; room < 10; room++)
		assert_int_equal(op(mock, OP_READ, payload, 16, answer, room), -E2BIG);
	for (uint32_t room = 10; room <= 16; room++) {
		memset(answer, 0xaa, sizeof(answer));
		assert_int_equal(op(mock, OP_READ, payload, 16, answer, room), room - 10);
		assert_memory_equal(answer, "0123456789", 10);
		assert_int_equal(answer[10], 0xaa);
	}
	/* a bad pointer is EIO here */
	assert_int_equal(op(mock, OP_READ, payload, 16, NULL, 10), -EIO);
	fault(mock, "resp-unwritable");
	assert_int_equal(op(mock, OP_READ, payload, 16, answer, 10), -EIO);
	tsmreq_mock_free(mock);
}

/* A whole object's length from where the offset points: the mock marks what is not the object's. */
static void test_read_past_the_end(void **state)
{
	static const uint64_t offsets[] = {1, 9, 10, 11, 0x100000000u, UINT64_MAX};
	struct tsmreq_mock *mock = locked(TSMREQ_UAPI_CCA_V7, 0);
	uint8_t payload[16] = {3};
	uint8_t large[600] = {0};
	uint8_t answer[10];

	(void)state;
	cache(mock, TSMREQ_OBJECT_INTERFACE_REPORT, "0123456789", 10);
	for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
		size_t have = offsets[i] < 10 ? 10 - (size_t)offsets[i] : 0;

		tsmreq_store_le64(payload + 8, offsets[i]);
		assert_int_equal(op(mock, OP_READ, payload, 16, answer, 10), 0);
		assert_memory_equal(answer, &"0123456789"[10 - have], have);
		for (size_t j = have; j < 10; j++)
			assert_int_equal(answer[j], 0xdb);
		/* with not one byte of the object in it, too */
		assert_int_equal(op(mock, OP_READ, payload, 16, NULL, 10), -EIO);
	}
	cache(mock, TSMREQ_OBJECT_INTERFACE_REPORT, large, sizeof(large));
	assert_int_equal(op(mock, OP_READ, payload, 16, large, sizeof(large)), 0);
	for (size_t i = 0; i < sizeof(large); i++)
		assert_int_equal(large[i], 0xdb);
	tsmreq_mock_free(mock);
}

/* An object without bytes: 0, and not a byte written, whatever room there is. */
static void test_zero_length(void **state)
{
	struct tsmreq_mock *mock = locked(TSMREQ_UAPI_CCA_V7, 0);
	uint8_t payload[16] = {2};
	uint8_t answer[64];

	(void)state;
	cache(mock, TSMREQ_OBJECT_MEASUREMENTS, NULL, 0);
	memset(answer, 0xaa, sizeof(answer));
	assert_int_equal(op(mock, OP_INFO, payload, 4, answer, 4), 0);
	assert_int_equal(op(mock, OP_INFO, payload, 4, NULL, 0), 0);
	assert_int_equal(op(mock, OP_READ, payload, 16, answer, 64), 0);
	assert_int_equal(op(mock, OP_READ, payload, 16, NULL, 0), 0);
	for (size_t i = 0; i < sizeof(answer); i++)
		assert_int_equal(answer[i], 0xaa);
	tsmreq_mock_free(mock);
}

static void test_states_v7(void **state)
{
	struct tsmreq_mock *mock = boot(TSMREQ_UAPI_CCA_V7);

	(void)state;
	add(mock, TSMREQ_ARCH_CCA, TSMREQ_MOCK_BOUND, TSMREQ_TDI_UNLOCKED, 0);
	assert_int_equal(set_state(mock, TSMREQ_ARCH_CCA, 2), -ENXIO);
	assert_int_equal(set_state(mock, TSMREQ_ARCH_CCA, 1), 0);
	assert_int_equal(set_state(mock, TSMREQ_ARCH_CCA, 1), -ENXIO);
	assert_int_equal(set_state(mock, TSMREQ_ARCH_CCA, 2), 0);
	assert_int_equal(set_state(mock, TSMREQ_ARCH_CCA, 2), -ENXIO);
	assert_state(mock, TSMREQ_MOCK_BOUND, TSMREQ_TDI_RUN);
	assert_int_equal(set_state(mock, TSMREQ_ARCH_CCA, 3), -EINVAL);
	assert_int_equal(set_state(mock, TSMREQ_ARCH_CCA, UINT32_MAX), -EINVAL);
	assert_int_equal(set_state(mock, TSMREQ_ARCH_CCA, 0), 0);
	assert_state(mock, TSMREQ_MOCK_BOUND, TSMREQ_TDI_UNLOCKED);
	fault(mock, "backend:ENXIO");
	assert_int_equal(set_state(mock, TSMREQ_ARCH_CCA, 1), -ENXIO);
	/* the value is looked at first */
	assert_int_equal(set_state(mock, TSMREQ_ARCH_CCA, 3), -EINVAL);
	assert_state(mock, TSMREQ_MOCK_BOUND, TSMREQ_TDI_UNLOCKED);
	tsmreq_mock_free(mock);
}

/* Where TSM_OP locks and unlocks, only RUN is a request. */
static void test_states_before(void **state)
{
	struct tsmreq_mock *mock = locked(TSMREQ_UAPI_JUNE, 0);
	uint8_t payload[4] = {0};
	struct call call = {.selector = 5, .arch = TSMREQ_ARCH_CCA, .req = payload, .req_len = 4};

	(void)state;
	for (uint8_t target = 0; target < 5; target++) {
		payload[0] = target;
		assert_int_equal(request_op(mock, 0x96, &call), target == 2 ? 0 : -EINVAL);
	}
	assert_state(mock, TSMREQ_MOCK_BOUND, TSMREQ_TDI_RUN);
	tsmreq_mock_free(mock);
}

static void validate_args(uint8_t payload[24], uint64_t base, uint64_t top, uint64_t pa)
{
	tsmreq_store_le64(payload, base);
	tsmreq_store_le64(payload + 8, top);
	tsmreq_store_le64(payload + 16, pa);
}

static void test_validate(void **state)
{
	struct tsmreq_mock *mock = locked(TSMREQ_UAPI_CCA_V7, 0);
	uint8_t payload[24];

	(void)state;
	validate_args(payload, 0x4000, 0x8000, 0x9000);
	assert_int_equal(op(mock, OP_VALIDATE, payload, 24, NULL, 0), 0);
	/* granules only, and at least one */
	validate_args(payload, 0x4000, 0x4000, 0x9000);
	assert_int_equal(op(mock, OP_VALIDATE, payload, 24, NULL, 0), -EINVAL);
	validate_args(payload, 0x4001, 0x8000, 0x9000);
	assert_int_equal(op(mock, OP_VALIDATE, payload, 24, NULL, 0), -EINVAL);
	validate_args(payload, 0x4000, 0x8800, 0x9000);
	assert_int_equal(op(mock, OP_VALIDATE, payload, 24, NULL, 0), -EINVAL);
	validate_args(payload, 0x4000, 0x8000, 0x9010);
	assert_int_equal(op(mock, OP_VALIDATE, payload, 24, NULL, 0), -EINVAL);
	validate_args(payload, 0x4000, 0x8000, 0x9000);
	assert_int_equal(set_state(mock, TSMREQ_ARCH_CCA, 2), 0);
	assert_int_equal(op(mock, OP_VALIDATE, payload, 24, NULL, 0), 0);
	/* an unlocked device has nothing to map */
	assert_int_equal(set_state(mock, TSMREQ_ARCH_CCA, 0), 0);
	assert_int_equal(op(mock, OP_VALIDATE, payload, 24, NULL, 0), -EIO);
	tsmreq_mock_free(mock);
}

static uint32_t size_of(struct tsmreq_mock *mock, uint8_t object)
{
	uint8_t payload[4] = {object};
	uint8_t answer[4] = {0};

	assert_int_equal(op(mock, OP_INFO, payload, 4, answer, 4), 0);
	return tsmreq_load_le32(answer);
}

static void read_object(struct tsmreq_mock *mock, uint8_t object, uint8_t *to, uint32_t size)
{
	uint8_t payload[16] = {object};

	assert_int_equal(size_of(mock, object), size);
	assert_int_equal(op(mock, OP_READ, payload, 16, to, size), 0);
}

static void test_regenerate_report(void **state)
{
	struct tsmreq_mock *mock = locked(TSMREQ_UAPI_CCA_V7, 0);
	uint8_t payload[24] = {3};
	uint8_t first[84], second[84];

	(void)state;
	assert_int_equal(op(mock, OP_REGEN, payload, 24, NULL, 0), 0);
	read_object(mock, 3, first, sizeof(first));
	assert_int_equal(op(mock, OP_REGEN, payload, 24, NULL, 0), 0);
	read_object(mock, 3, second, sizeof(second));
	assert_memory_not_equal(first, second, sizeof(first));

	/* emptied before the device is asked: what refuses leaves no bytes, not no object */
	fault(mock, "backend:ENXIO");
	assert_int_equal(op(mock, OP_REGEN, payload, 24, NULL, 0), -ENXIO);
	fault(mock, "");
	assert_int_equal(size_of(mock, 3), 0);
	/* an unlocked device has no report */
	assert_int_equal(set_state(mock, TSMREQ_ARCH_CCA, 0), 0);
	assert_int_equal(op(mock, OP_REGEN, payload, 24, NULL, 0), -ENXIO);
	/* neither certificates nor the VCA can be asked for again */
	payload[0] = 0;
	assert_int_equal(op(mock, OP_REGEN, payload, 24, NULL, 0), -EINVAL);
	payload[0] = 1;
	assert_int_equal(op(mock, OP_REGEN, payload, 24, NULL, 0), -EINVAL);
	tsmreq_mock_free(mock);
}

static void test_regenerate_measurements(void **state)
{
	struct tsmreq_mock *mock = locked(TSMREQ_UAPI_CCA_V7, 0);
	uint8_t nonce[TSMREQ_NONCE_SIZE];
	uint8_t payload[24] = {2};
	uint8_t bytes[8 + 4 * (7 + 48) + 32 + 2 + 96];

	(void)state;
	memset(nonce, 0x42, sizeof(nonce));
	/* a nonce that cannot be read: nothing was asked, nothing emptied */
	cache(mock, TSMREQ_OBJECT_MEASUREMENTS, "old", 3);
	assert_int_equal(op(mock, OP_REGEN, payload, 24, NULL, 0), -EFAULT);
	assert_int_equal(size_of(mock, 2), 3);

	tsmreq_store_le64(payload + 16, (uintptr_t)nonce);
	assert_int_equal(op(mock, OP_REGEN, payload, 24, NULL, 0), 0);
	read_object(mock, 2, bytes, sizeof(bytes));
	assert_memory_equal(bytes + 8 + 4 * (7 + 48), nonce, sizeof(nonce));
	/* raw values are longer than digests */
	payload[8] = 1;
	assert_int_equal(op(mock, OP_REGEN, payload, 24, NULL, 0), 0);
	assert_int_equal(size_of(mock, 2), sizeof(bytes) + 4 * 48);
	fault(mock, "backend:EIO");
	assert_int_equal(op(mock, OP_REGEN, payload, 24, NULL, 0), -EIO);
	fault(mock, "");
	assert_int_equal(size_of(mock, 2), 0);
	tsmreq_mock_free(mock);
}

/* All four when asked for, none when not. */
static void test_cached_from_the_start(void **state)
{
	(void)state;
	for (unsigned int with = 0; with < 2; with++) {
		struct tsmreq_mock *mock =
			locked(TSMREQ_UAPI_CCA_V7, with != 0 ? TSMREQ_MOCK_OBJECTS : 0);

		for (uint8_t object = 0; object < 4; object++) {
			uint8_t payload[4] = {object};
			uint8_t answer[4] = {0};

			assert_int_equal(op(mock, OP_INFO, payload, 4, answer, 4),
					 with != 0 ? 0 : -EINVAL);
			assert_int_equal(tsmreq_load_le32(answer) != 0, with != 0);
		}
		tsmreq_mock_free(mock);
	}
}

/* ---- scope era ---- */

struct words {
	enum tsmreq_uapi uapi;
	uint8_t size, vca, mmio, run;
};

static const struct words scoped[] = {
	{TSMREQ_UAPI_V2, 40, 4, 6, 7},
	{TSMREQ_UAPI_V4, 40, 0, 5, 6},
	{TSMREQ_UAPI_V5, 40, 0, 5, 6},
	{TSMREQ_UAPI_V5_CODE, 48, 0, 5, 6},
};

static int scope(struct tsmreq_mock *mock, const struct words *words, uint32_t selector,
		 const void *req, uint32_t req_len, void *resp, uint32_t resp_len)
{
	struct call call = {.selector = selector,
			    .req = req,
			    .req_len = req_len,
			    .resp = resp,
			    .resp_len = resp_len};

	return request_scope(mock, words->size, &call);
}

/* Which type in which scope, and how long. */
static void scope_lengths(struct tsmreq_mock *mock, const struct words *words)
{
	uint8_t payload[64] = {0};
	uint8_t nonce[32] = {0};

	/* a state that is accepted, so that only the length decides */
	payload[4] = 2;
	tsmreq_store_le64(payload + 16, (uintptr_t)nonce);
	for (uint32_t selector = 0; selector <= 1; selector++) {
		for (uint8_t type = 0; type < 10; type++) {
			uint32_t exact = 0;

			if (selector == 0)
				exact = type == 1 ? 8 : type == 2 ? 16 : type == 4 ? 24 : 0;
			if (selector == 0 && type == 5 && words->uapi == TSMREQ_UAPI_V2)
				exact = 8;
			if (selector == 1)
				exact = type == words->mmio ? 32 : type == words->run ? 8 : 0;
			if (selector == 0 && type == 3)
				continue;
			payload[0] = type;
			for (uint32_t size = 0; size < sizeof(payload); size++)
				assert_int_equal(scope(mock, words, selector, payload, size, NULL,
						       0),
						 exact != 0 && size == exact ? -EDEADLK : -EINVAL);
		}
	}
	/* the type is read whatever the length says */
	assert_int_equal(scope(mock, words, 0, NULL, 0, NULL, 0), -EFAULT);
	assert_int_equal(scope(mock, words, 1, NULL, 8, NULL, 0), -EFAULT);
}

static void test_scope_lengths(void **state)
{
	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct tsmreq_mock *mock = locked(scoped[i].uapi, 0);

		fault(mock, "backend:EDEADLK");
		scope_lengths(mock, &scoped[i]);
		tsmreq_mock_free(mock);
	}
}

static void test_scope_words(void **state)
{
	(void)state;
	for (size_t i = 0; i < 4; i++) {
		const struct words *words = &scoped[i];
		struct tsmreq_mock *mock = locked(words->uapi, 0);
		uint8_t payload[32] = {0};
		uint8_t answer[16];

		cache(mock, TSMREQ_OBJECT_VCA, "01234567", 8);
		payload[0] = 1;
		payload[4] = words->vca;
		assert_int_equal(scope(mock, words, 0, payload, 8, answer, 4), 0);
		assert_int_equal(tsmreq_load_le32(answer), 8);
		payload[4] = words->vca ^ 4;
		assert_int_equal(scope(mock, words, 0, payload, 8, answer, 4), -EINVAL);
		payload[0] = 2;
		payload[4] = words->vca;
		assert_int_equal(scope(mock, words, 0, payload, 16, answer, 9), 1);
		assert_memory_equal(answer, "01234567", 8);

		/* only RUN; its report's length is never tested */
		payload[0] = words->run;
		for (uint8_t target = 0; target < 4; target++) {
			payload[4] = target;
			assert_int_equal(scope(mock, words, 1, payload, 8, NULL, 0),
					 target == 2 ? 0 : -EINVAL);
		}
		assert_state(mock, TSMREQ_MOCK_BOUND, TSMREQ_TDI_RUN);
		payload[0] = 3;
		for (uint32_t size = 0; size < 32; size++)
			assert_int_equal(scope(mock, words, 0, payload, size, NULL, 0), 0);
		payload[0] = words->mmio;
		validate_args(payload + 8, 0x4000, 0x8000, 0x9000);
		assert_int_equal(scope(mock, words, 1, payload, 32, NULL, 0), 0);
		tsmreq_mock_free(mock);
	}
}

/* ---- rfc1 ---- */

static void test_rfc1(void **state)
{
	struct tsmreq_mock *mock = locked(TSMREQ_UAPI_RFC1, 0);
	uint8_t payload[16] = {4};
	uint8_t answer[16];
	struct call call = {
		.selector = 1, .req = payload, .req_len = 4, .resp = answer, .resp_len = 16};

	(void)state;
	cache(mock, TSMREQ_OBJECT_VCA, "01234567", 8);
	assert_int_equal(request_type(mock, &call), 0);
	assert_int_equal(tsmreq_load_le32(answer), 8);
	assert_int_equal(call.used, 4);
	for (uint32_t size = 0; size < 16; size++) {
		call.req_len = size;
		assert_int_equal(request_type(mock, &call), size == 4 ? 0 : -EINVAL);
	}
	payload[0] = 0;
	call.req_len = 4;
	assert_int_equal(request_type(mock, &call), -EINVAL);
	/* a failure tells nothing */
	assert_int_equal(call.used, 16);

	payload[0] = 4;
	call.selector = 2;
	for (uint32_t size = 0; size < 16; size++) {
		call.req_len = size;
		assert_int_equal(request_type(mock, &call), -EINVAL);
	}
	call.req_len = 16;
	call.req = NULL;
	assert_int_equal(request_type(mock, &call), -EFAULT);
	call.req = payload;
	call.resp_len = 7;
	assert_int_equal(request_type(mock, &call), -ENOMEM);
	call.resp_len = 16;
	assert_int_equal(request_type(mock, &call), 0);
	assert_int_equal(call.used, 8);
	assert_memory_equal(answer, "01234567", 8);
	/* the offset moves the buffer, and what is left of it must hold the object */
	memset(answer, 0xaa, sizeof(answer));
	payload[8] = 8;
	assert_int_equal(request_type(mock, &call), 0);
	assert_int_equal(answer[7], 0xaa);
	assert_memory_equal(answer + 8, "01234567", 8);
	payload[8] = 9;
	assert_int_equal(request_type(mock, &call), -ENOMEM);
	payload[8] = 17;
	assert_int_equal(request_type(mock, &call), -ENOMEM);
	payload[15] = 0xff;
	assert_int_equal(request_type(mock, &call), -ENOMEM);
	memset(payload + 8, 0, 8);
	call.resp = NULL;
	assert_int_equal(request_type(mock, &call), -EIO);
	call.selector = 3;
	assert_int_equal(request_type(mock, &call), -EINVAL);
	call.selector = 0;
	assert_int_equal(request_type(mock, &call), -EINVAL);
	tsmreq_mock_free(mock);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_op_lengths),
		cmocka_unit_test(test_arch),
		cmocka_unit_test(test_size),
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_read_past_the_end),
		cmocka_unit_test(test_zero_length),
		cmocka_unit_test(test_states_v7),
		cmocka_unit_test(test_states_before),
		cmocka_unit_test(test_validate),
		cmocka_unit_test(test_regenerate_report),
		cmocka_unit_test(test_regenerate_measurements),
		cmocka_unit_test(test_cached_from_the_start),
		cmocka_unit_test(test_scope_lengths),
		cmocka_unit_test(test_scope_words),
		cmocka_unit_test(test_rfc1),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
