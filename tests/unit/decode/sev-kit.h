/* SPDX-License-Identifier: MIT */
#ifndef UNIT_DECODE_SEV_KIT_H
#define UNIT_DECODE_SEV_KIT_H

#include "base/bytes.h"
#include "guard.h"
#include "random.h"
#include <cmocka.h>
#include <errno.h>
#include <tsmreq/ghcb.h>

/* Well-formed input of AMD SEV, for tests that then break one thing of it. */

#define PAGE	 4096u
#define GPA_END	 0x10000000000000u /* 2^52 */
#define DEV	 0x10100u
#define REQUEST	 0x12300000u
#define RESPONSE 0x12301000u
#define DATA	 0x12340000u

/* Offsets of the GHCB page, by the fact sheet and not by the library. */
#define GHCB_RAX     0x1f8u
#define GHCB_RCX     0x308u
#define GHCB_RDX     0x310u
#define GHCB_RBX     0x318u
#define GHCB_CODE    0x390u
#define GHCB_INFO1   0x398u
#define GHCB_INFO2   0x3a0u
#define GHCB_BITMAP  0x3f0u
#define GHCB_VERSION 0xffau
#define GHCB_USAGE   0xffcu

static const enum tsmreq_ghcb_abi all_abis[] = {
	TSMREQ_GHCB_AUTO, TSMREQ_GHCB_TIO_A, TSMREQ_GHCB_TIO_B,
	TSMREQ_GHCB_RFC1, TSMREQ_GHCB_RFC2,  TSMREQ_GHCB_204,
};

#define ABIS (sizeof(all_abis) / sizeof(all_abis[0]))

static inline bool is_rfc(enum tsmreq_ghcb_abi abi)
{
	return abi == TSMREQ_GHCB_RFC1 || abi == TSMREQ_GHCB_RFC2;
}

static inline struct tsmreq_bytes view(const void *data, size_t size)
{
	return (struct tsmreq_bytes){data, size};
}

/* ---- the page of a guest's message */

static inline void make_message(uint8_t *page, uint8_t type)
{
	memset(page, 0xc5, PAGE);
	tsmreq_store_le64(page + 0x20, 7);
	page[0x30] = 1;
	page[0x31] = 1;
	tsmreq_store_le16(page + 0x32, 0x60);
	page[0x34] = type;
	page[0x35] = 2;
	tsmreq_store_le16(page + 0x36, 0x30);
}

/* The type of a message in that revision. */
static inline uint8_t type_of(enum tsmreq_ghcb_abi abi, enum tsmreq_call_kind kind)
{
	const uint8_t i = kind == TSMREQ_CALL_TDI_INFO	      ? 0
			  : kind == TSMREQ_CALL_VALIDATE_MMIO ? 1
			  : kind == TSMREQ_CALL_MMIO_CONFIG   ? 2
							      : 3;

	return (uint8_t)(is_rfc(abi) ? 0x81 + i : 19 + 2 * i);
}

/* ---- carriers */

static inline void mark(uint8_t *page, uint32_t offset, bool marked)
{
	uint8_t *byte = page + GHCB_BITMAP + offset / 64;
	const uint8_t bit = (uint8_t)(1 << offset / 8 % 8);

	*byte = (uint8_t)(marked ? *byte | bit : *byte & ~bit);
}

static inline void put(uint8_t *page, uint32_t offset, uint64_t value)
{
	tsmreq_store_le64(page + offset, value);
	mark(page, offset, true);
}

/* A GHCB as a Linux guest leaves it. */
static inline void make_op(uint8_t *page, uint32_t action)
{
	memset(page, 0, PAGE);
	put(page, GHCB_CODE, TSMREQ_GHCB_EXIT_TIO_OP);
	put(page, GHCB_INFO1, (uint64_t)action << 32 | DEV);
	put(page, GHCB_INFO2, 0);
	page[GHCB_VERSION] = 2;
}

static inline void make_request(uint8_t *page, uint64_t rdx)
{
	memset(page, 0, PAGE);
	put(page, GHCB_CODE, TSMREQ_GHCB_EXIT_TIO_REQUEST);
	put(page, GHCB_INFO1, REQUEST);
	put(page, GHCB_INFO2, RESPONSE);
	put(page, GHCB_RAX, 0);
	put(page, GHCB_RBX, 0);
	put(page, GHCB_RCX, DEV);
	put(page, GHCB_RDX, rdx);
	page[GHCB_VERSION] = 2;
}

/* The exit union of type 4, with every byte set that KVM leaves alone. */
static inline void make_exit(uint8_t *exit, uint8_t flags, uint64_t gpa)
{
	memset(exit, 0x5a, TSMREQ_VMGEXIT_SIZE);
	tsmreq_store_le32(exit, 4);
	tsmreq_store_le32(exit + 4, DEV);
	exit[10] = flags;
	tsmreq_store_le64(exit + 12, 0);
	tsmreq_store_le64(exit + 20, 0);
	tsmreq_store_le64(exit + 28, REQUEST);
	tsmreq_store_le64(exit + 36, RESPONSE);
	tsmreq_store_le64(exit + 44, gpa);
}

static inline void make_exit_op(uint8_t *exit, uint8_t op)
{
	memset(exit, 0x5a, TSMREQ_VMGEXIT_SIZE);
	tsmreq_store_le32(exit, 5);
	tsmreq_store_le32(exit + 4, DEV);
	exit[8] = op;
}

/* ---- calls */

/* A guest request whose message page is not read yet. */
static inline struct tsmreq_call pending(enum tsmreq_shape shape,
					 const struct tsmreq_call_hints *hints)
{
	struct tsmreq_call call;

	memset(&call, 0, sizeof(call));
	call.kind = TSMREQ_CALL_PENDING;
	call.arch = TSMREQ_ARCH_SEV;
	call.shape = shape;
	call.next = TSMREQ_NEXT_SEV_MESSAGE;
	call.dev.raw = DEV;
	call.read[0].gpa.raw = REQUEST;
	call.read[0].size = PAGE;
	call.read[0].use = TSMREQ_SPAN_SEV_REQUEST;
	call.write[0].gpa.raw = RESPONSE;
	call.write[0].size = PAGE;
	call.write[0].use = TSMREQ_SPAN_SEV_RESPONSE;
	call.u.hints = *hints;
	return call;
}

/* A call that is decoded to its end, to be answered. */
static inline struct tsmreq_call call_of(enum tsmreq_call_kind kind, enum tsmreq_shape shape)
{
	struct tsmreq_call call;

	memset(&call, 0, sizeof(call));
	call.kind = kind;
	call.arch = TSMREQ_ARCH_SEV;
	call.shape = shape;
	call.dev.raw = DEV;
	return call;
}

static inline void assert_zero(const struct tsmreq_call *call)
{
	static const struct tsmreq_call none;

	assert_memory_equal(call, &none, sizeof(none));
}

/* Refused, with nothing left of what was found out but whose answer it is. */
static inline void assert_refused(const struct tsmreq_call *call, enum tsmreq_reason reason,
				  uint32_t info1, uint64_t code)
{
	struct tsmreq_call expect;

	memset(&expect, 0, sizeof(expect));
	expect.kind = TSMREQ_CALL_REJECT;
	expect.arch = TSMREQ_ARCH_SEV;
	expect.shape = call->shape;
	expect.dev = call->dev;
	expect.reason = reason;
	expect.u.refusal.code = code;
	expect.u.refusal.detail = info1;
	assert_int_equal(call->kind, TSMREQ_CALL_REJECT);
	assert_string_equal(tsmreq_reason_to_string(call->reason), tsmreq_reason_to_string(reason));
	assert_memory_equal(call, &expect, sizeof(expect));
}

#endif
