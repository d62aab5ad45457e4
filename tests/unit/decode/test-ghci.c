/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "guard.h"
#include "random.h"
#include <cmocka.h>
#include <errno.h>
#include <tsmreq/ghci.h>

#define INVALID	    TSMREQ_GHCI_INVALID_OPERAND
#define UNALIGNED   TSMREQ_GHCI_ALIGN_ERROR
#define UNSUPPORTED TSMREQ_GHCI_SUBFUNC_UNSUPPORTED

#define MAX	 TSMREQ_GHCI_BUFFER_MAX
#define HEADER	 TSMREQ_TDCM_HEADER_SIZE
#define GPA	 0x12340000u
#define SIZE	 0x1000u
#define DEVICE	 0x18u
#define BIT(n)	 ((uint64_t)1 << (n))
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct tsmreq_call none;

static const uint32_t widths[] = {48, 52};

static struct tsmreq_ghci_opts opts_of(uint32_t width)
{
	return (struct tsmreq_ghci_opts){
		.size = sizeof(struct tsmreq_ghci_opts),
		.gpa_width = width,
		.offers = TSMREQ_GHCI_TDCM,
	};
}

static uint64_t shared(uint32_t width)
{
	return BIT(width - 1);
}

static struct tsmreq_ghci_exit exit_of(uint64_t r12, uint64_t r13, uint64_t r14, uint64_t r15)
{
	return (struct tsmreq_ghci_exit){0, TSMREQ_GHCI_LEAF_TDCM, r12, r13, r14, r15};
}

/* A good one, of width 52. */
static struct tsmreq_ghci_exit good_exit(void)
{
	return exit_of(DEVICE, shared(52) | GPA, SIZE, 0);
}

static struct tsmreq_call decode_at(uint32_t width, struct tsmreq_ghci_exit exit)
{
	const struct tsmreq_ghci_opts opts = opts_of(width);
	struct tsmreq_call call;

	memset(&call, 0xa5, sizeof(call));
	assert_int_equal(tsmreq_ghci_decode(&opts, &exit, &call), 0);
	return call;
}

static struct tsmreq_call decode(struct tsmreq_ghci_exit exit)
{
	return decode_at(52, exit);
}

/* Even if all that can be offered is. */
static void left_alone(struct tsmreq_ghci_exit exit)
{
	struct tsmreq_ghci_opts opts = opts_of(52);
	struct tsmreq_call call;

	opts.offers = TSMREQ_GHCI_OFFERS;
	memset(&call, 0xa5, sizeof(call));
	assert_int_equal(tsmreq_ghci_decode(&opts, &exit, &call), 0);
	assert_memory_equal(&call, &none, sizeof(call));
}

/* The answer is R10 alone: nothing is read, nothing is written, nobody is interrupted. */
static void refused_at(uint32_t width, struct tsmreq_ghci_exit exit, enum tsmreq_reason reason,
		       uint64_t r10)
{
	const struct tsmreq_call call = decode_at(width, exit);
	struct tsmreq_call expect = {
		.kind = TSMREQ_CALL_REJECT,
		.arch = TSMREQ_ARCH_TDX,
		.shape = TSMREQ_SHAPE_TDCM,
		.reason = reason,
		.dev = call.dev,
		.u.refusal.code = r10,
	};
	struct tsmreq_ghci_reply reply;

	assert_memory_equal(&call, &expect, sizeof(call));
	assert_int_equal(tsmreq_ghci_encode(&call, NULL, &reply), 0);
	assert_int_equal(reply.r10, r10);
	assert_int_equal(reply.writes, 0);
	assert_int_equal(reply.vector, 0);
}

static void refused(struct tsmreq_ghci_exit exit, enum tsmreq_reason reason, uint64_t r10)
{
	refused_at(52, exit, reason, r10);
}

static void accepted_at(uint32_t width, struct tsmreq_ghci_exit exit)
{
	const struct tsmreq_call call = decode_at(width, exit);
	const uint64_t gpa = exit.r13 - shared(width);
	struct tsmreq_call expect = {
		.kind = TSMREQ_CALL_PENDING,
		.arch = TSMREQ_ARCH_TDX,
		.shape = TSMREQ_SHAPE_TDCM,
		.next = TSMREQ_NEXT_TDCM_HEADER,
		.vector = (uint32_t)exit.r15,
		.dev = {exit.r12},
		.read[0] = {{gpa}, HEADER, TSMREQ_SPAN_TDCM_HEADER, 0},
		.write[0] = {{gpa}, exit.r14, TSMREQ_SPAN_TDCM_BUFFER, 0},
	};

	assert_memory_equal(&call, &expect, sizeof(call));
}

static void accepted(struct tsmreq_ghci_exit exit)
{
	accepted_at(52, exit);
}

/* ---- the registers */

/* All 64 bits of R10 and R11 count; nothing else is looked at before. */
static void not_ours(void **state)
{
	struct tsmreq_ghci_exit exit = exit_of(UINT64_MAX, 0, 0, 1);

	(void)state;
	for (exit.r11 = 0; exit.r11 < 0x20000; exit.r11++)
		if (exit.r11 != TSMREQ_GHCI_LEAF_TDCM && exit.r11 != TSMREQ_GHCI_LEAF_SERVICE)
			left_alone(exit);
	for (unsigned int bit = 0; bit < 64; bit++) {
		exit = good_exit();
		exit.r11 ^= BIT(bit);
		if (exit.r11 != TSMREQ_GHCI_LEAF_SERVICE)
			left_alone(exit);
		exit = good_exit();
		exit.r10 = BIT(bit);
		left_alone(exit);
	}
}

static void devices(void **state)
{
	struct tsmreq_ghci_exit exit = good_exit();

	(void)state;
	for (exit.r12 = 0; exit.r12 <= 0xffff; exit.r12++)
		accepted(exit);
	refused(exit, TSMREQ_REASON_BAD_GUEST, INVALID); /* 0x10000 */
	for (unsigned int bit = 16; bit < 64; bit++) {
		exit.r12 = BIT(bit) | DEVICE;
		refused(exit, TSMREQ_REASON_BAD_GUEST, INVALID);
	}
}

static void vectors(void **state)
{
	struct tsmreq_ghci_exit exit = good_exit();

	(void)state;
	for (exit.r15 = 0; exit.r15 < 0x1000; exit.r15++)
		if (!exit.r15 || (exit.r15 >= 32 && exit.r15 <= 255))
			accepted(exit);
		else
			refused(exit, TSMREQ_REASON_BAD_VECTOR, INVALID);
	for (unsigned int bit = 8; bit < 64; bit++) {
		exit.r15 = BIT(bit);
		refused(exit, TSMREQ_REASON_BAD_VECTOR, INVALID);
		exit.r15 = BIT(bit) | 0x51;
		refused(exit, TSMREQ_REASON_BAD_VECTOR, INVALID);
	}
}

/* The shared bit, and each other bit with it. */
static void addresses(void **state)
{
	(void)state;
	for (size_t w = 0; w < COUNT(widths); w++) {
		const uint32_t width = widths[w];

		for (unsigned int bit = 0; bit < 64; bit++) {
			struct tsmreq_ghci_exit exit =
				exit_of(DEVICE, shared(width) | BIT(bit), SIZE, 0);

			if (bit < 12)
				refused_at(width, exit, TSMREQ_REASON_BAD_ALIGNMENT, UNALIGNED);
			else if (bit < width)
				accepted_at(width, exit);
			else
				refused_at(width, exit, TSMREQ_REASON_BAD_ADDRESS, INVALID);
			/* private, however it is made of */
			exit.r13 = ~shared(width) & (BIT(bit) | GPA);
			refused_at(width, exit, TSMREQ_REASON_BAD_ADDRESS, INVALID);
			exit.r13 = ~shared(width);
			refused_at(width, exit, TSMREQ_REASON_BAD_ADDRESS, INVALID);
		}
	}
}

/* Where one width has its shared bit, the other has an address bit or nothing. */
static void other_widths_bit(void **state)
{
	(void)state;
	refused_at(48, exit_of(DEVICE, shared(52) | GPA, SIZE, 0), TSMREQ_REASON_BAD_ADDRESS,
		   INVALID);
	refused_at(52, exit_of(DEVICE, shared(48) | GPA, SIZE, 0), TSMREQ_REASON_BAD_ADDRESS,
		   INVALID);
	refused_at(48, exit_of(DEVICE, shared(52) | shared(48) | GPA, SIZE, 0),
		   TSMREQ_REASON_BAD_ADDRESS, INVALID);
	accepted_at(52, exit_of(DEVICE, shared(52) | shared(48) | GPA, SIZE, 0));
}

static void sizes(void **state)
{
	static const struct {
		uint64_t size;
		enum tsmreq_reason reason;
		uint64_t r10;
	} rows[] = {
		{0, TSMREQ_REASON_BAD_LENGTH, INVALID},
		{1, TSMREQ_REASON_BAD_ALIGNMENT, UNALIGNED},
		{HEADER, TSMREQ_REASON_BAD_ALIGNMENT, UNALIGNED},
		{0xfff, TSMREQ_REASON_BAD_ALIGNMENT, UNALIGNED},
		{0x1000, TSMREQ_REASON_NONE, 0},
		{0x1001, TSMREQ_REASON_BAD_ALIGNMENT, UNALIGNED},
		{0x11000, TSMREQ_REASON_NONE, 0},
		{0x1ffff, TSMREQ_REASON_BAD_ALIGNMENT, UNALIGNED},
		{0x20000, TSMREQ_REASON_NONE, 0},
		{0x20001, TSMREQ_REASON_BAD_ALIGNMENT, UNALIGNED},
		{0x21000, TSMREQ_REASON_BAD_LENGTH, INVALID},
		{BIT(32) + 0x1000, TSMREQ_REASON_BAD_LENGTH, INVALID},
		{BIT(63), TSMREQ_REASON_BAD_LENGTH, INVALID},
		{UINT64_MAX - 0xfff, TSMREQ_REASON_BAD_LENGTH, INVALID},
		{UINT64_MAX, TSMREQ_REASON_BAD_ALIGNMENT, UNALIGNED},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct tsmreq_ghci_exit exit =
			exit_of(DEVICE, shared(52) | GPA, rows[i].size, 0);

		if (rows[i].reason)
			refused(exit, rows[i].reason, rows[i].r10);
		else
			accepted(exit);
	}
}

/* Up to the shared bit, and not one page over it. */
static void ends(void **state)
{
	(void)state;
	for (size_t w = 0; w < COUNT(widths); w++) {
		const uint32_t width = widths[w];

		for (uint64_t size = SIZE; size <= MAX; size += SIZE) {
			const uint64_t last = 2 * shared(width) - size;

			accepted_at(width, exit_of(DEVICE, last, size, 0));
			if (size == SIZE)
				continue; /* one page more would be no shared address */
			refused_at(width, exit_of(DEVICE, last + SIZE, size, 0),
				   TSMREQ_REASON_BAD_ADDRESS, INVALID);
		}
	}
}

/* Every two faults at once: the one that is looked for first decides. */
static void order(void **state)
{
	enum {
		OFFER,
		GUEST,
		VECTOR,
		PRIVATE,
		EMPTY,
		UNEVEN,
		LARGE,
		WIDE,
		FAULTS
	};
	static const struct {
		enum tsmreq_reason reason;
		uint64_t r10;
	} answers[] = {
		[OFFER] = {TSMREQ_REASON_NOT_OFFERED, UNSUPPORTED},
		[GUEST] = {TSMREQ_REASON_BAD_GUEST, INVALID},
		[VECTOR] = {TSMREQ_REASON_BAD_VECTOR, INVALID},
		[PRIVATE] = {TSMREQ_REASON_BAD_ADDRESS, INVALID},
		[EMPTY] = {TSMREQ_REASON_BAD_LENGTH, INVALID},
		[UNEVEN] = {TSMREQ_REASON_BAD_ALIGNMENT, UNALIGNED},
		[LARGE] = {TSMREQ_REASON_BAD_LENGTH, INVALID},
		[WIDE] = {TSMREQ_REASON_BAD_ADDRESS, INVALID},
	};

	(void)state;
	for (unsigned int faults = 1; faults < BIT(FAULTS); faults++) {
		struct tsmreq_ghci_opts opts = opts_of(52);
		struct tsmreq_ghci_exit exit = good_exit();
		struct tsmreq_call call;
		unsigned int first = 0;

		if (faults & BIT(OFFER))
			opts.offers = 0;
		if (faults & BIT(GUEST))
			exit.r12 = 0x10000;
		if (faults & BIT(VECTOR))
			exit.r15 = 31;
		if (faults & BIT(LARGE))
			exit.r14 = MAX + SIZE;
		if (faults & BIT(EMPTY))
			exit.r14 = 0;
		if (faults & BIT(UNEVEN))
			exit.r13 |= 0x800;
		if (faults & BIT(WIDE))
			exit.r13 |= BIT(52);
		if (faults & BIT(PRIVATE))
			exit.r13 &= ~shared(52);
		while (!(faults & BIT(first)))
			first++;
		assert_int_equal(tsmreq_ghci_decode(&opts, &exit, &call), 0);
		assert_int_equal(call.kind, TSMREQ_CALL_REJECT);
		assert_int_equal(call.reason, answers[first].reason);
		assert_int_equal(call.u.refusal.code, answers[first].r10);
	}
}

static void offers(void **state)
{
	struct tsmreq_ghci_exit exit = good_exit();
	struct tsmreq_call call;

	(void)state;
	for (uint32_t bits = 0; bits <= TSMREQ_GHCI_OFFERS; bits++) {
		struct tsmreq_ghci_opts opts = opts_of(52);

		opts.offers = bits;
		assert_int_equal(tsmreq_ghci_decode(&opts, &exit, &call), 0);
		assert_int_equal(call.kind, bits & TSMREQ_GHCI_TDCM ? TSMREQ_CALL_PENDING
								    : TSMREQ_CALL_REJECT);
	}
}

static void bad_opts(struct tsmreq_ghci_opts opts, int rc)
{
	const struct tsmreq_ghci_exit exit = good_exit();
	struct tsmreq_call call;
	struct tsmreq_ghci_exit way_back;

	memset(&call, 0xa5, sizeof(call));
	assert_int_equal(tsmreq_ghci_decode(&opts, &exit, &call), rc);
	assert_memory_equal(&call, &none, sizeof(call));
	call.shape = TSMREQ_SHAPE_TDCM;
	call.kind = TSMREQ_CALL_BIND;
	assert_int_equal(tsmreq_ghci_encode_call(&opts, &call, &way_back), rc);
}

static void options(void **state)
{
	struct {
		struct tsmreq_ghci_opts opts;
		uint64_t tail;
	} later = {opts_of(52), 0};
	const struct tsmreq_ghci_exit exit = good_exit();
	struct tsmreq_ghci_opts opts;
	struct tsmreq_call call;

	(void)state;
	for (uint32_t width = 0; width < 128; width++) {
		opts = opts_of(52);
		opts.gpa_width = width;
		if (width != 48 && width != 52)
			bad_opts(opts, -EINVAL);
	}
	for (unsigned int bit = 3; bit < 32; bit++) {
		opts = opts_of(52);
		opts.offers |= (uint32_t)BIT(bit);
		bad_opts(opts, -EINVAL);
	}
	opts = opts_of(52);
	opts.size--;
	bad_opts(opts, -EINVAL);
	assert_int_equal(tsmreq_ghci_decode(NULL, &exit, &call), -EINVAL);
	/* a program built with a later header */
	later.opts.size = sizeof(later);
	assert_int_equal(tsmreq_ghci_decode(&later.opts, &exit, &call), 0);
	later.tail = 1;
	assert_int_equal(tsmreq_ghci_decode(&later.opts, &exit, &call), -E2BIG);
}

/* ---- the header */

struct header {
	uint8_t bytes[HEADER];
};

static struct header header_of(uint16_t operation)
{
	struct header header = {{0}};

	tsmreq_store_le16(header.bytes, operation);
	return header;
}

static struct tsmreq_call look(struct tsmreq_call call, struct header header)
{
	assert_int_equal(tsmreq_ghci_decode_header(
				 (struct tsmreq_bytes){header.bytes, sizeof(header.bytes)}, &call),
			 0);
	return call;
}

static struct tsmreq_call call_of(uint16_t operation)
{
	return look(decode(good_exit()), header_of(operation));
}

static const enum tsmreq_call_kind kinds[] = {
	TSMREQ_CALL_NONE,	   TSMREQ_CALL_CHECK_SUPPORT, TSMREQ_CALL_BIND,
	TSMREQ_CALL_DEVICE_INFO,   TSMREQ_CALL_READ_OBJECT,   TSMREQ_CALL_SET_TDI_STATE,
	TSMREQ_CALL_GET_TDI_STATE, TSMREQ_CALL_UNBIND,
};

/* R10 is 0 and the buffer gets status 2, error 15: address and vector have to stay known. */
static void refused_in_buffer(struct header header, enum tsmreq_reason reason)
{
	struct tsmreq_ghci_exit exit = good_exit();
	struct tsmreq_call call, expect = {
					 .kind = TSMREQ_CALL_REJECT,
					 .arch = TSMREQ_ARCH_TDX,
					 .shape = TSMREQ_SHAPE_TDCM,
					 .reason = reason,
					 .vector = 0x51,
					 .dev = {DEVICE},
					 .write[0] = {{GPA}, SIZE, TSMREQ_SPAN_TDCM_BUFFER, 0},
					 .u.refusal = {0, 15, HEADER},
				 };

	exit.r15 = 0x51;
	call = look(decode(exit), header);
	assert_memory_equal(&call, &expect, sizeof(call));
}

/* All 65536. */
static void operations(void **state)
{
	(void)state;
	for (uint32_t operation = 0; operation <= UINT16_MAX; operation++) {
		struct tsmreq_call call, expect;

		if (!operation || operation > 7) {
			refused_in_buffer(header_of((uint16_t)operation), TSMREQ_REASON_BAD_ACTION);
			continue;
		}
		call = call_of((uint16_t)operation);
		expect = decode(good_exit());
		expect.kind = kinds[operation];
		expect.next = TSMREQ_NEXT_DONE;
		if (operation == 4) {
			expect.u.object.object = TSMREQ_OBJECT_INTERFACE_REPORT;
			expect.u.object.length = SIZE - HEADER;
		}
		if (operation == 5)
			expect.u.state.target = TSMREQ_TDI_RUN;
		assert_memory_equal(&call, &expect, sizeof(call));
	}
}

static void versions(void **state)
{
	(void)state;
	for (unsigned int version = 1; version <= UINT8_MAX; version++) {
		struct header header = header_of(1);

		header.bytes[2] = (uint8_t)version;
		refused_in_buffer(header, TSMREQ_REASON_BAD_VERSION);
	}
}

/* Whatever else is wrong: another answer may live in this page. */
static void statuses(void **state)
{
	(void)state;
	for (unsigned int status = 1; status <= UINT8_MAX; status++) {
		struct header header = header_of(status & 1 ? 1 : 0xffff);
		struct tsmreq_call call, expect = {
						 .kind = TSMREQ_CALL_REJECT,
						 .arch = TSMREQ_ARCH_TDX,
						 .shape = TSMREQ_SHAPE_TDCM,
						 .reason = TSMREQ_REASON_BAD_STATUS,
						 .dev = {DEVICE},
						 .u.refusal.code = INVALID,
					 };

		header.bytes[2] = status & 2 ? 1 : 0;
		header.bytes[8] = (uint8_t)status;
		header.bytes[16] = status & 4 ? 1 : 0;
		call = look(decode(good_exit()), header);
		assert_memory_equal(&call, &expect, sizeof(call));
	}
}

static void data_lengths(void **state)
{
	static const uint32_t lengths[] = {
		1,	    HEADER, SIZE - HEADER - 1, SIZE - HEADER,	    SIZE - HEADER + 1,
		SIZE,	    MAX,    INT32_MAX,	       UINT32_MAX - HEADER, UINT32_MAX - HEADER + 1,
		UINT32_MAX,
	};

	(void)state;
	for (size_t i = 0; i < COUNT(lengths); i++) {
		struct header header = header_of(2);

		tsmreq_store_le32(header.bytes + 16, lengths[i]);
		refused_in_buffer(header, TSMREQ_REASON_BAD_DATA);
	}
	for (unsigned int bit = 0; bit < 32; bit++) {
		struct header header = header_of(2);

		tsmreq_store_le32(header.bytes + 16, (uint32_t)BIT(bit));
		refused_in_buffer(header, TSMREQ_REASON_BAD_DATA);
	}
}

/* Reserved fields and the error byte say nothing. */
static void ignored(void **state)
{
	const struct tsmreq_call expect = call_of(2);

	(void)state;
	for (unsigned int at = 3; at < 16; at++)
		for (unsigned int value = 1; value <= UINT8_MAX && at != 8; value++) {
			struct header header = header_of(2);
			struct tsmreq_call call;

			header.bytes[at] = (uint8_t)value;
			call = look(decode(good_exit()), header);
			assert_memory_equal(&call, &expect, sizeof(call));
		}
}

/* Every length, with a page that faults before and behind. */
static void header_lengths(void **state)
{
	const struct header header = header_of(4);
	struct guard guard = guard_new(2 * HEADER);

	(void)state;
	for (int back = 0; back < 2; back++)
		for (size_t size = 0; size <= HEADER + 2; size++) {
			const struct tsmreq_call before = decode(good_exit());
			uint8_t bytes[2 * HEADER] = {0};
			struct tsmreq_call call = before;

			memcpy(bytes, header.bytes, HEADER);
			assert_int_equal(tsmreq_ghci_decode_header(
						 guard_copy(&guard, bytes, size, back), &call),
					 size < HEADER ? -EMSGSIZE : 0);
			if (size < HEADER)
				assert_memory_equal(&call, &before, sizeof(call));
			else
				assert_int_equal(call.kind, TSMREQ_CALL_READ_OBJECT);
		}
	guard_free(&guard);
}

/* Any 20 bytes get one of the known answers. */
static void any_header(void **state)
{
	uint64_t random = 4;

	(void)state;
	for (unsigned int i = 0; i < 20000; i++) {
		struct header header = header_of((uint16_t)random_below(&random, 9));
		struct tsmreq_call call;

		for (unsigned int at = 0; at < HEADER; at++)
			if (!random_below(&random, 30))
				header.bytes[at] = (uint8_t)random_u64(&random);
		call = look(decode(good_exit()), header);
		assert_int_equal(call.next, TSMREQ_NEXT_DONE);
		if (call.kind == TSMREQ_CALL_REJECT)
			assert_true(call.u.refusal.code == INVALID ||
				    (!call.u.refusal.code && call.u.refusal.detail == 15));
		else
			assert_int_equal(call.kind, kinds[header.bytes[0]]);
	}
}

/* The call is made of the copy: what becomes of the bytes afterwards changes nothing. */
static void one_fetch(void **state)
{
	struct header header = header_of(4);
	struct tsmreq_call call = decode(good_exit()), before;
	const struct tsmreq_bytes bytes = {header.bytes, sizeof(header.bytes)};

	(void)state;
	assert_int_equal(tsmreq_ghci_decode_header(bytes, &call), 0);
	before = call;
	memset(&header, 0xff, sizeof(header));
	assert_memory_equal(&call, &before, sizeof(call));
	/* and there is no second look to be had */
	assert_int_equal(tsmreq_ghci_decode_header(bytes, &call), -EINVAL);
	assert_memory_equal(&call, &before, sizeof(call));
}

static void out_of_turn(void **state)
{
	const struct header header = header_of(1);
	const struct tsmreq_bytes bytes = {header.bytes, sizeof(header.bytes)};
	const struct tsmreq_call done = call_of(1);
	struct tsmreq_call calls[] = {none, done, decode(exit_of(DEVICE, 0, 0, 0))};

	(void)state;
	for (size_t i = 0; i < COUNT(calls); i++) {
		const struct tsmreq_call before = calls[i];

		assert_int_equal(tsmreq_ghci_decode_header(bytes, &calls[i]), -EINVAL);
		assert_memory_equal(&calls[i], &before, sizeof(before));
	}
}

/* ---- the answer */

static uint8_t buffer[MAX];

/*
 * Carries the writes out on a buffer of 0xee, and holds them to the rules: inside the buffer,
 * each byte once, the status last and alone, and never the command's operation and version.
 */
static void carry_out(const struct tsmreq_call *call, const struct tsmreq_ghci_reply *reply)
{
	static uint8_t seen[MAX];
	struct tsmreq_ghci_write write;
	unsigned int i = 0;

	memset(buffer, 0xee, sizeof(buffer));
	memset(seen, 0, sizeof(seen));
	for (; tsmreq_ghci_write_at(reply, i, &write); i++) {
		const uint64_t offset = write.gpa.raw - call->write[0].gpa.raw;

		assert_true(offset >= 3);
		assert_true(write.bytes.size && offset + write.bytes.size <= call->write[0].size);
		assert_int_equal(write.last, offset == 8);
		assert_int_equal(write.reserved, 0);
		for (size_t b = 0; b < write.bytes.size; b++)
			assert_false(seen[offset + b]++);
		memcpy(buffer + offset, write.bytes.data, write.bytes.size);
		if (write.last)
			assert_int_equal(write.bytes.size, 1);
	}
	assert_int_equal(i, reply->writes);
	/* it was the last, and all of the header but the first three bytes is new */
	assert_true(!i || write.last);
	for (unsigned int at = 3; i && at < HEADER; at++)
		assert_true(seen[at]);
	assert_false(tsmreq_ghci_write_at(reply, i + 1, &write));
	assert_false(tsmreq_ghci_write_at(reply, UINT32_MAX, &write));
}

/* @size bytes of data, then what was there before. */
static void expect_buffer(uint8_t status, uint8_t error, const void *data, uint32_t size)
{
	uint8_t header[HEADER] = {0xee, 0xee, 0xee};

	header[8] = status;
	header[9] = error;
	tsmreq_store_le32(header + 16, size);
	assert_memory_equal(buffer, header, HEADER);
	if (size)
		assert_memory_equal(buffer + HEADER, data, size);
	for (size_t at = HEADER + size; at < MAX; at++)
		assert_int_equal(buffer[at], 0xee);
}

static struct tsmreq_ghci_reply encode(const struct tsmreq_call *call,
				       const struct tsmreq_answer *answer)
{
	struct tsmreq_ghci_reply reply;

	memset(&reply, 0xa5, sizeof(reply));
	assert_int_equal(tsmreq_ghci_encode(call, answer, &reply), 0);
	assert_int_equal(reply.r10, 0);
	carry_out(call, &reply);
	return reply;
}

static void answered(const struct tsmreq_call *call, const struct tsmreq_answer *answer,
		     uint8_t error, const void *data, uint32_t size)
{
	encode(call, answer);
	expect_buffer(error ? 2 : 1, error, data, size);
}

static bool answers_itself(uint16_t operation)
{
	return operation == 3 || operation == 6;
}

static void plain_successes(void **state)
{
	static const uint16_t plain[] = {2, 5, 7};
	const struct tsmreq_answer done = {.result.outcome = TSMREQ_OUTCOME_COMPLETED};

	(void)state;
	for (size_t i = 0; i < COUNT(plain); i++) {
		const struct tsmreq_call call = call_of(plain[i]);

		answered(&call, &done, 0, NULL, 0);
	}
}

static void support(void **state)
{
	static const uint64_t values[] = {0, 1, 2, 0x100, BIT(32), UINT64_MAX};
	const struct tsmreq_call call = call_of(1);
	struct tsmreq_answer answer = {0};
	uint8_t expect;

	(void)state;
	for (size_t i = 0; i < COUNT(values); i++) {
		answer.value = values[i];
		expect = values[i] ? 1 : 0;
		answered(&call, &answer, 0, &expect, 1);
	}
	/* a device that is not there is not supported, and a layer does not change that */
	answer = (struct tsmreq_answer){.value = 1, .rc = -ENODEV, .layer = 14};
	expect = 0;
	answered(&call, &answer, 0, &expect, 1);
	answer = (struct tsmreq_answer){.value = 1, .rc = -EIO};
	answered(&call, &answer, 10, NULL, 0);
}

/* Their formats are not public: whatever the VMM thinks it knows, the answer is 15. */
static void no_format(void **state)
{
	const struct tsmreq_answer done = {.value = 1, .data = {"data", 4}};
	const struct tsmreq_answer failed = {.rc = -EIO, .layer = 12};

	(void)state;
	for (uint16_t operation = 3; operation <= 6; operation = (uint16_t)(operation + 3)) {
		const struct tsmreq_call call = call_of(operation);

		answered(&call, NULL, 15, NULL, 0);
		answered(&call, &done, 15, NULL, 0);
		answered(&call, &failed, 15, NULL, 0);
	}
}

static struct tsmreq_call report_call(uint64_t size)
{
	return look(decode(exit_of(DEVICE, shared(52) | GPA, size, 0)), header_of(4));
}

static void reports(void **state)
{
	static uint8_t report[65538];
	static const struct {
		uint64_t buffer;
		uint32_t size;
		uint8_t error;
	} rows[] = {
		{0x1000, 0, 11},      {0x1000, 1, 0},	    {0x1000, 0xfeb, 0},
		{0x1000, 0xfec, 0},   {0x1000, 0xfed, 15},  {0x1000, 65536, 15},
		{0x1000, 65537, 11},  {0x10000, 0xffec, 0}, {0x10000, 0xffed, 15},
		{0x10000, 65536, 15}, {0x11000, 65535, 0},  {0x11000, 65536, 0},
		{0x11000, 65537, 11}, {0x20000, 65536, 0},  {0x20000, 65537, 11},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(report); i++)
		report[i] = (uint8_t)(i * 7);
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct tsmreq_call call = report_call(rows[i].buffer);
		const struct tsmreq_answer answer = {.data = {report, rows[i].size}};
		const uint32_t size = rows[i].error ? 0 : rows[i].size;

		assert_int_equal(tsmreq_ghci_report_error(&call, rows[i].size), rows[i].error);
		answered(&call, &answer, rows[i].error, report, size);
	}
	/* sizes a kernel may tell, not cut to 32 bits */
	for (unsigned int bit = 17; bit < 64; bit++) {
		const struct tsmreq_call call = report_call(MAX);

		assert_int_equal(tsmreq_ghci_report_error(&call, BIT(bit) | 1), 11);
	}
}

/* Of a half-filled report nothing gets out. */
static void failed_report(void **state)
{
	const struct tsmreq_call call = report_call(0x11000);
	struct tsmreq_answer answer = {.data = {"half", 4}, .rc = -EIO};

	(void)state;
	answered(&call, &answer, 10, NULL, 0);
	assert_int_equal(encode(&call, &answer).data.size, 0);
	/* empty: completed without bytes, which the errno alone does not say */
	answer.rc = -ENODATA;
	answer.result.outcome = TSMREQ_OUTCOME_FAILED;
	answered(&call, &answer, 10, NULL, 0);
	answer.result.outcome = TSMREQ_OUTCOME_COMPLETED;
	answered(&call, &answer, 11, NULL, 0);
	answer.layer = TSMREQ_TDCM_ERROR_SPDM_MESSAGE;
	answered(&call, &answer, 12, NULL, 0);
}

static uint8_t error_expected(int error)
{
	switch (error) {
	case ENODEV:
	case ENXIO:
	case EINVAL:
	case EOPNOTSUPP:
	case ENOTTY:
	case ENOENT:
	case ESTALE:
		return 15;
	case EBUSY:
	case EAGAIN:
	case ETIMEDOUT:
		return 11;
	default:
		return 10;
	}
}

/* R10 stays 0, above all for what passes: Linux takes RETRY for a fault. */
static void errors(void **state)
{
	static const enum tsmreq_outcome outcomes[] = {
		TSMREQ_OUTCOME_NOT_SENT,
		TSMREQ_OUTCOME_FAILED,
		TSMREQ_OUTCOME_UNCERTAIN,
	};

	(void)state;
	for (int error = 1; error < 4096; error++) {
		const uint8_t expect = error_expected(error);

		assert_int_equal(tsmreq_ghci_error_from_errno(-error), expect);
		for (uint16_t operation = 2; operation <= 7; operation++) {
			const struct tsmreq_call call = call_of(operation);
			const struct tsmreq_answer answer = {
				.rc = -error,
				.flags = operation == 2 ? TSMREQ_ANSWER_BIND : 0,
				.result.outcome = outcomes[error % 3],
			};
			struct tsmreq_ghci_reply reply;

			assert_int_equal(tsmreq_ghci_encode(&call, &answer, &reply), 0);
			assert_int_equal(reply.r10, 0);
			assert_int_equal(reply.image[8], 2);
			assert_int_equal(reply.image[9], answers_itself(operation) ? 15 : expect);
			assert_int_equal(tsmreq_load_le32(reply.image + 16), 0);
		}
	}
	assert_int_equal(tsmreq_ghci_error_from_errno(INT32_MIN + 1), 10);
	assert_int_equal(tsmreq_ghci_error_from_errno(INT32_MIN), 10);
}

static void tsm_code(void **state)
{
	const struct tsmreq_call call = call_of(5);
	const struct tsmreq_answer answer = {
		.rc = -EREMOTEIO,
		.result = {.tsm_code = 0xc000010000000000, .outcome = TSMREQ_OUTCOME_COMPLETED},
	};

	(void)state;
	answered(&call, &answer, 10, NULL, 0);
}

/* Who knows the layer says so; on success there is none. */
static void layers(void **state)
{
	const struct tsmreq_call call = call_of(2);
	struct tsmreq_ghci_reply reply;

	(void)state;
	for (uint32_t layer = 0; layer < 300; layer++) {
		const struct tsmreq_answer failed = {.rc = -EIO, .layer = layer};
		const struct tsmreq_answer done = {.layer = layer};

		if (!layer || (layer >= 10 && layer <= 15)) {
			answered(&call, &failed, (uint8_t)(layer ? layer : 10), NULL, 0);
			answered(&call, &done, 0, NULL, 0);
			continue;
		}
		assert_int_equal(tsmreq_ghci_encode(&call, &failed, &reply), -EINVAL);
		assert_int_equal(tsmreq_ghci_encode(&call, &done, &reply), -EINVAL);
	}
}

/* What answers itself needs no answer; what a mistaken VMM would run with is harmless. */
static void unanswerable(void **state)
{
	const struct tsmreq_answer answers[] = {{.rc = 1}, {.rc = INT32_MAX}, {.layer = 9}};
	const struct tsmreq_answer good = {0};
	const struct tsmreq_call done = call_of(7), pending = decode(good_exit());
	struct tsmreq_call foreign = done;
	struct tsmreq_ghci_reply reply;

	(void)state;
	for (size_t i = 0; i < COUNT(answers); i++) {
		memset(&reply, 0xa5, sizeof(reply));
		assert_int_equal(tsmreq_ghci_encode(&done, &answers[i], &reply), -EINVAL);
		assert_int_equal(reply.r10, INVALID);
		assert_int_equal(reply.writes, 0);
		assert_int_equal(reply.vector, 0);
	}
	/* a good answer to what is no question yet, or not ours */
	assert_int_equal(tsmreq_ghci_encode(&pending, &good, &reply), -EINVAL);
	assert_int_equal(tsmreq_ghci_encode(&none, &good, &reply), -EINVAL);
	foreign.shape = TSMREQ_SHAPE_RHI;
	assert_int_equal(tsmreq_ghci_encode(&foreign, &good, &reply), -EINVAL);
	assert_int_equal(reply.writes, 0);
}

/* Injected after an answer in the buffer, good or bad; a refused register tells it by R10. */
static void interrupts(void **state)
{
	static const uint16_t asked[] = {1, 7, 8};
	const struct tsmreq_answer done = {0}, failed = {.rc = -EIO};
	struct tsmreq_ghci_exit exit = good_exit();
	struct tsmreq_ghci_reply reply;
	struct tsmreq_call call;

	(void)state;
	exit.r15 = 0xff;
	for (size_t i = 0; i < COUNT(asked); i++) {
		call = look(decode(exit), header_of(asked[i]));
		assert_int_equal(encode(&call, &done).vector, 0xff);
		assert_int_equal(encode(&call, &failed).vector, 0xff);
	}
	exit.r14 = 0;
	call = decode(exit);
	assert_int_equal(tsmreq_ghci_encode(&call, NULL, &reply), 0);
	assert_int_equal(reply.vector, 0);
	exit = good_exit();
	call = call_of(7);
	assert_int_equal(encode(&call, &done).vector, 0);
}

static void refusals_in_buffer(void **state)
{
	struct tsmreq_call call = call_of(8);
	struct tsmreq_ghci_reply reply;

	(void)state;
	reply = encode(&call, NULL);
	assert_int_equal(reply.gpa.raw, GPA);
	expect_buffer(2, 15, NULL, 0);
	/* the error byte is the refusal's */
	call.u.refusal.detail = TSMREQ_TDCM_ERROR_DEVICE;
	answered(&call, NULL, 11, NULL, 0);
}

static void r10_alone(void **state)
{
	static const uint64_t codes[] = {0, INVALID, UNALIGNED, UNSUPPORTED};
	const struct tsmreq_ghci_reply zero = {0};
	struct tsmreq_ghci_reply reply;
	struct tsmreq_ghci_write write;

	(void)state;
	for (size_t i = 0; i < COUNT(codes); i++) {
		memset(&reply, 0xa5, sizeof(reply));
		tsmreq_ghci_encode_r10(codes[i], &reply);
		assert_int_equal(reply.r10, codes[i]);
		assert_false(tsmreq_ghci_write_at(&reply, 0, &write));
		reply.r10 = 0;
		assert_memory_equal(&reply, &zero, sizeof(reply));
	}
}

/* ---- the way back */

static void round_trips(void **state)
{
	uint64_t random = 7;

	(void)state;
	for (unsigned int i = 0; i < 20000; i++) {
		const uint32_t width = widths[random_below(&random, 2)];
		const struct tsmreq_ghci_opts opts = opts_of(width);
		const uint64_t size = SIZE * (1 + random_below(&random, 32));
		const uint64_t room = (shared(width) - size) / SIZE + 1;
		const struct tsmreq_ghci_exit exit =
			exit_of(random_below(&random, 0x10000),
				shared(width) + SIZE * random_below(&random, room), size,
				random_below(&random, 2) ? 32 + random_below(&random, 224) : 0);
		const uint16_t operation = (uint16_t)(1 + random_below(&random, 7));
		const struct header header = header_of(operation);
		struct tsmreq_ghci_exit exit_again;
		struct header header_again;
		struct tsmreq_buffer dst = {header_again.bytes, HEADER, 0};
		struct tsmreq_call call, again;

		call = look(decode_at(width, exit), header);
		assert_int_equal(call.kind, kinds[operation]);
		assert_int_equal(tsmreq_ghci_encode_call(&opts, &call, &exit_again), 0);
		assert_memory_equal(&exit_again, &exit, sizeof(exit));
		assert_int_equal(tsmreq_ghci_encode_command(&call, &dst), 0);
		assert_int_equal(dst.size, HEADER);
		assert_memory_equal(&header_again, &header, HEADER);
		again = look(decode_at(width, exit_again), header_again);
		assert_memory_equal(&again, &call, sizeof(call));
	}
}

/* What TDCM has no words for is not turned into something else. */
static void no_way_back(void **state)
{
	const struct tsmreq_ghci_opts opts = opts_of(52);
	struct tsmreq_call calls[] = {call_of(5), call_of(4), call_of(8), decode(good_exit()),
				      call_of(2), call_of(2), none};
	struct tsmreq_ghci_exit exit;
	uint8_t bytes[HEADER];

	(void)state;
	calls[0].u.state.target = TSMREQ_TDI_LOCKED;
	calls[1].u.object.object = TSMREQ_OBJECT_MEASUREMENTS;
	calls[4].kind = TSMREQ_CALL_REGEN;
	calls[5].shape = TSMREQ_SHAPE_RHI;
	for (size_t i = 0; i < COUNT(calls); i++) {
		struct tsmreq_buffer dst = {bytes, sizeof(bytes), 99};

		assert_int_equal(tsmreq_ghci_encode_call(&opts, &calls[i], &exit), -EINVAL);
		assert_int_equal(tsmreq_ghci_encode_command(&calls[i], &dst), -EINVAL);
		assert_int_equal(dst.size, 0);
	}
}

static void small_commands(void **state)
{
	const struct tsmreq_call call = call_of(2);
	struct guard guard = guard_new(HEADER);

	(void)state;
	for (size_t size = 0; size <= HEADER; size++) {
		struct tsmreq_buffer dst = {guard_back(&guard, size), size, 99};

		assert_int_equal(tsmreq_ghci_encode_command(&call, &dst),
				 size < HEADER ? -EMSGSIZE : 0);
		assert_int_equal(dst.size, size < HEADER ? 0 : HEADER);
	}
	guard_free(&guard);
}

/* ---- tables */

static void errno_rows(void **state)
{
	struct tsmreq_ghci_errno row;
	unsigned int i = 0;

	(void)state;
	for (; tsmreq_ghci_errno_at(i, &row); i++)
		if (row.error)
			assert_int_equal(row.code, tsmreq_ghci_error_from_errno(-row.error));
	assert_int_equal(row.error, 0);
	assert_int_equal(row.code, 10);
	assert_int_equal(i, 11);
	assert_false(tsmreq_ghci_errno_at(UINT32_MAX, &row));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(not_ours),
		cmocka_unit_test(devices),
		cmocka_unit_test(vectors),
		cmocka_unit_test(addresses),
		cmocka_unit_test(other_widths_bit),
		cmocka_unit_test(sizes),
		cmocka_unit_test(ends),
		cmocka_unit_test(order),
		cmocka_unit_test(offers),
		cmocka_unit_test(options),
		cmocka_unit_test(operations),
		cmocka_unit_test(versions),
		cmocka_unit_test(statuses),
		cmocka_unit_test(data_lengths),
		cmocka_unit_test(ignored),
		cmocka_unit_test(header_lengths),
		cmocka_unit_test(any_header),
		cmocka_unit_test(one_fetch),
		cmocka_unit_test(out_of_turn),
		cmocka_unit_test(plain_successes),
		cmocka_unit_test(support),
		cmocka_unit_test(no_format),
		cmocka_unit_test(reports),
		cmocka_unit_test(failed_report),
		cmocka_unit_test(errors),
		cmocka_unit_test(tsm_code),
		cmocka_unit_test(layers),
		cmocka_unit_test(unanswerable),
		cmocka_unit_test(interrupts),
		cmocka_unit_test(refusals_in_buffer),
		cmocka_unit_test(r10_alone),
		cmocka_unit_test(round_trips),
		cmocka_unit_test(no_way_back),
		cmocka_unit_test(small_commands),
		cmocka_unit_test(errno_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
