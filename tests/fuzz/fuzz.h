/* SPDX-License-Identifier: MIT */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tsmreq/call.h>

/* What every harness defines: libFuzzer, AFL++ and main.c call it. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Never compiled out, unlike assert(). */
#define FUZZ_CHECK(condition)                                                           \
	do {                                                                            \
		if (!(condition)) {                                                     \
			fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
			abort();                                                        \
		}                                                                       \
	} while (0)

/* An input is read from its start; behind its end it goes on with zeros. */
struct fuzz_input {
	const uint8_t *data;
	size_t size;
};

static inline void fuzz_take(struct fuzz_input *in, void *to, size_t size)
{
	const size_t n = size < in->size ? size : in->size;

	memset(to, 0, size);
	if (!n)
		return;
	memcpy(to, in->data, n);
	in->data += n;
	in->size -= n;
}

static inline uint64_t fuzz_take_u64(struct fuzz_input *in)
{
	uint8_t bytes[8];
	uint64_t value = 0;

	fuzz_take(in, bytes, sizeof(bytes));
	for (size_t i = sizeof(bytes); i--;)
		value = value << 8 | bytes[i];
	return value;
}

static inline uint32_t fuzz_take_u32(struct fuzz_input *in)
{
	uint8_t bytes[4];

	fuzz_take(in, bytes, sizeof(bytes));
	return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
	       (uint32_t)bytes[3] << 24;
}

static inline uint32_t fuzz_take_u16(struct fuzz_input *in)
{
	uint8_t bytes[2];

	fuzz_take(in, bytes, sizeof(bytes));
	return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8;
}

static inline uint8_t fuzz_take_u8(struct fuzz_input *in)
{
	uint8_t byte;

	fuzz_take(in, &byte, 1);
	return byte;
}

/* @size bytes in memory of exactly that size, where a sanitizer sees the first byte too many. */
static inline void *fuzz_take_block(struct fuzz_input *in, size_t size)
{
	uint8_t *block = malloc(size);

	FUZZ_CHECK(block || !size);
	if (size)
		fuzz_take(in, block, size);
	return block;
}

/* 0, or any negative errno. */
static inline struct tsmreq_answer fuzz_take_answer(struct fuzz_input *in)
{
	struct tsmreq_answer answer = {0};

	answer.rc = -(int32_t)fuzz_take_u8(in);
	answer.flags = fuzz_take_u8(in);
	answer.layer = fuzz_take_u8(in);
	answer.tdi_state = (enum tsmreq_tdi_state)fuzz_take_u8(in);
	answer.result.outcome = (enum tsmreq_outcome)(fuzz_take_u8(in) % 4);
	answer.result.tsm_code = fuzz_take_u64(in);
	answer.value = fuzz_take_u64(in);
	return answer;
}

static inline void fuzz_check_span(const struct tsmreq_span *span, unsigned int odd)
{
	uint64_t end;

	FUZZ_CHECK((uint32_t)span->use <= TSMREQ_SPAN_SEV_NONCE);
	FUZZ_CHECK(!span->reserved);
	FUZZ_CHECK(!__builtin_add_overflow(span->gpa.raw, span->size, &end));
	if (span->use == TSMREQ_SPAN_NONE)
		FUZZ_CHECK(!span->gpa.raw && !span->size);
	else
		FUZZ_CHECK((unsigned int)span->use % 2 == odd);
}

/* Why the call may not be of this kind, shape, arch, reason or stage, or its spans as they are. */
static inline void fuzz_check_call(const struct tsmreq_call *call)
{
	static const struct tsmreq_call none;

	FUZZ_CHECK((uint32_t)call->kind <= TSMREQ_CALL_SNP_REQ_CERTS);
	FUZZ_CHECK((uint32_t)call->arch <= TSMREQ_ARCH_TDX);
	FUZZ_CHECK((uint32_t)call->shape <= TSMREQ_SHAPE_SNP_CERTS);
	FUZZ_CHECK((uint32_t)call->next <= TSMREQ_NEXT_SEV_NONCE);
	FUZZ_CHECK((uint32_t)call->reason <= TSMREQ_REASON_BAD_GUID);
	FUZZ_CHECK(call->dev.raw <= UINT32_MAX);
	FUZZ_CHECK(!call->vector || (call->vector >= 32 && call->vector <= 255));
	for (unsigned int i = 0; i < 2; i++) {
		fuzz_check_span(&call->read[i], 1);
		fuzz_check_span(&call->write[i], 0);
	}

	if (call->kind == TSMREQ_CALL_NONE) {
		FUZZ_CHECK(!memcmp(call, &none, sizeof(none)));
		return;
	}
	FUZZ_CHECK(call->arch);
	FUZZ_CHECK((call->kind == TSMREQ_CALL_REJECT) == (call->reason != TSMREQ_REASON_NONE));
	FUZZ_CHECK(call->kind != TSMREQ_CALL_PENDING || call->next != TSMREQ_NEXT_DONE);
	FUZZ_CHECK(call->shape || call->next == TSMREQ_NEXT_SEV_EXIT);
	if (call->kind == TSMREQ_CALL_REJECT) {
		FUZZ_CHECK(call->next == TSMREQ_NEXT_DONE);
		FUZZ_CHECK(!call->read[0].use && !call->read[1].use && !call->write[1].use);
		FUZZ_CHECK(!call->write[0].use == !call->u.refusal.length);
		FUZZ_CHECK(call->u.refusal.code || call->u.refusal.detail);
	}
}

/*
 * Decodes twice, into memory that held something else each time: what is left of it is a field
 * that was not written. @expression uses `ret`.
 */
#define FUZZ_DECODE(call, rc, expression)                                 \
	do {                                                              \
		struct tsmreq_call fuzz_twin, *ret = &fuzz_twin;          \
                                                                          \
		memset(&fuzz_twin, 0xa5, sizeof(fuzz_twin));              \
		memset(call, 0x5a, sizeof(*(call)));                      \
		(rc) = (expression);                                      \
		ret = (call);                                             \
		FUZZ_CHECK((rc) == (expression));                         \
		FUZZ_CHECK(!memcmp(&fuzz_twin, call, sizeof(fuzz_twin))); \
		FUZZ_CHECK(!(rc) || (call)->kind == TSMREQ_CALL_NONE);    \
		fuzz_check_call(call);                                    \
	} while (0)

#define FUZZ_SAME(a, b) FUZZ_CHECK(!memcmp(a, b, sizeof(*(a))))

#endif
