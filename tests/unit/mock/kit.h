/* SPDX-License-Identifier: MIT */
#ifndef TESTS_MOCK_KIT_H
#define TESTS_MOCK_KIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>
#include <tsmreq/mock.h>

#include "base/bytes.h"

/* The mock's own ioctls by hand, one function a layout, so that no libtsmreq is in the way. */

static inline struct tsmreq_mock *boot(enum tsmreq_uapi uapi)
{
	const struct tsmreq_mock_opts opts = {.size = sizeof(opts), .uapi = uapi};
	struct tsmreq_mock *mock = NULL;

	assert_int_equal(tsmreq_mock_new(&mock, &opts), 0);
	return mock;
}

static inline int ask(struct tsmreq_mock *mock, uint32_t nr, void *arg)
{
	const struct tsmreq_transport *transport = tsmreq_mock_get_transport(mock);

	return transport->submit(transport->userdata, 0x3b00 | nr, arg);
}

/* A vDevice as id 7, locked or unlocked and bound to this VM, or neither. */
static inline struct tsmreq_vdevice_id add(struct tsmreq_mock *mock, enum tsmreq_arch arch,
					   enum tsmreq_mock_bound bound,
					   enum tsmreq_tdi_state state, uint32_t flags)
{
	const struct tsmreq_mock_vdevice vdevice = {
		.size = sizeof(vdevice),
		.id = 7,
		.flags = flags,
		.arch = arch,
		.bound = bound,
		.state = state,
		.virt_id = {0x100},
	};
	struct tsmreq_vdevice_id id = {0};

	assert_int_equal(tsmreq_mock_add_vdevice(mock, &vdevice, &id), 0);
	assert_int_equal(id.raw, 7);
	return id;
}

static inline void assert_state(struct tsmreq_mock *mock, enum tsmreq_mock_bound bound,
				enum tsmreq_tdi_state state)
{
	enum tsmreq_mock_bound got_bound;
	enum tsmreq_tdi_state got_state;

	assert_int_equal(tsmreq_mock_get_state(mock, (struct tsmreq_vdevice_id){7}, &got_bound,
					       &got_state),
			 0);
	assert_int_equal(got_bound, bound);
	assert_int_equal(got_state, state);
}

static inline void fault(struct tsmreq_mock *mock, const char *word)
{
	assert_int_equal(tsmreq_mock_set_fault(mock, 7, word), 0);
}

static inline int tsm_op(struct tsmreq_mock *mock, uint32_t nr, uint32_t type)
{
	uint8_t arg[16];

	memset(arg, 0, sizeof(arg));
	arg[0] = sizeof(arg);
	tsmreq_store_le32(arg + 4, type);
	arg[12] = 7;
	return ask(mock, nr, arg);
}

static inline int bind_tdi(struct tsmreq_mock *mock)
{
	return tsm_op(mock, 0x95, 1);
}

static inline int unbind_tdi(struct tsmreq_mock *mock)
{
	return tsm_op(mock, 0x95, 2);
}

/* A request on vDevice 7. What a layout has no field for is left alone. */
struct call {
	uint32_t selector; /* type, scope or op */
	uint32_t arch;
	const void *req;
	uint32_t req_len;
	void *resp;
	uint32_t resp_len;
	uint64_t code; /* in and out: what tsm_code holds */
	uint32_t used; /* out, rfc1: resp_len as it came back */
};

static inline int request_type(struct tsmreq_mock *mock, struct call *call)
{
	uint8_t arg[48] = {48};
	int ret;

	arg[4] = 7;
	tsmreq_store_le32(arg + 8, call->selector);
	tsmreq_store_le32(arg + 16, call->req_len);
	tsmreq_store_le32(arg + 20, call->resp_len);
	tsmreq_store_le64(arg + 32, (uintptr_t)call->req);
	tsmreq_store_le64(arg + 40, (uintptr_t)call->resp);
	ret = ask(mock, 0x96, arg);
	call->used = tsmreq_load_le32(arg + 20);
	return ret;
}

/* @size 40, or 48 with the code. */
static inline int request_scope(struct tsmreq_mock *mock, uint8_t size, struct call *call)
{
	uint8_t arg[48] = {size};
	int ret;

	arg[4] = 7;
	tsmreq_store_le32(arg + 8, call->selector);
	tsmreq_store_le32(arg + 12, call->req_len);
	tsmreq_store_le32(arg + 16, call->resp_len);
	tsmreq_store_le64(arg + 24, (uintptr_t)call->req);
	tsmreq_store_le64(arg + 32, (uintptr_t)call->resp);
	tsmreq_store_le64(arg + 40, call->code);
	ret = ask(mock, 0x96, arg);
	call->code = tsmreq_load_le64(arg + 40);
	return ret;
}

static inline int request_op(struct tsmreq_mock *mock, uint32_t nr, struct call *call)
{
	uint8_t arg[48] = {48};
	int ret;

	arg[4] = 7;
	tsmreq_store_le32(arg + 8, call->selector);
	tsmreq_store_le32(arg + 12, call->arch);
	tsmreq_store_le32(arg + 16, call->req_len);
	tsmreq_store_le32(arg + 20, call->resp_len);
	tsmreq_store_le64(arg + 24, (uintptr_t)call->req);
	tsmreq_store_le64(arg + 32, (uintptr_t)call->resp);
	tsmreq_store_le64(arg + 40, call->code);
	ret = ask(mock, nr, arg);
	call->code = tsmreq_load_le64(arg + 40);
	return ret;
}

/* The op numbers of cca-v7 and v6-objects. */
enum {
	OP_VALIDATE = 1,
	OP_STATE = 2,
	OP_ENABLE_DMA = 3,
	OP_DISABLE_DMA = 4,
	OP_READ = 5,
	OP_REGEN = 6,
	OP_INFO = 7,
};

/* SET_TDI_STATE on cca-v7 in the Arm form. */
static inline int set_state(struct tsmreq_mock *mock, enum tsmreq_arch arch, uint32_t state)
{
	uint8_t payload[4];
	struct call call = {
		.selector = OP_STATE, .arch = (uint32_t)arch, .req = payload, .req_len = 4};

	tsmreq_store_le32(payload, state);
	return request_op(mock, 0x96, &call);
}

#endif
