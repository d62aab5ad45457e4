/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "sev-kit.h"

#define RAX	  0x1u
#define RBX	  0x2u
#define RCX	  0x4u
#define RDX	  0x8u
#define B_PRIVATE 0x8000000000000000u
#define ORDER_A	  4 /* where it starts */

static uint8_t page[PAGE];

static const enum tsmreq_call_kind kinds[] = {
	TSMREQ_CALL_TDI_INFO,
	TSMREQ_CALL_VALIDATE_MMIO,
	TSMREQ_CALL_MMIO_CONFIG,
	TSMREQ_CALL_SET_DMA,
};

static struct tsmreq_call_hints on_page(uint64_t rdx)
{
	return (struct tsmreq_call_hints){.rcx = DEV, .rdx = rdx, .marked = 0xf};
}

static struct tsmreq_call_hints on_exit_union(uint8_t flags, uint64_t gpa)
{
	return (struct tsmreq_call_hints){.rcx = DEV, .rdx = gpa, .flags = flags};
}

static struct tsmreq_call decode_page(enum tsmreq_ghcb_abi abi, struct tsmreq_call call)
{
	const struct tsmreq_call before = call;

	assert_int_equal(tsmreq_snp_decode_message(abi, view(page, PAGE), &call), 0);
	if (call.kind == TSMREQ_CALL_REJECT)
		return call;
	/* where the pages are stays known */
	assert_int_equal(call.arch, TSMREQ_ARCH_SEV);
	assert_int_equal(call.shape, before.shape);
	assert_memory_equal(&call.read[0], &before.read[0], sizeof(call.read[0]));
	assert_memory_equal(&call.write[0], &before.write[0], sizeof(call.write[0]));
	assert_true(call.dev.raw == before.dev.raw);
	return call;
}

static struct tsmreq_call from_page(enum tsmreq_ghcb_abi abi, enum tsmreq_call_kind kind,
				    struct tsmreq_call_hints hints)
{
	make_message(page, type_of(abi, kind));
	return decode_page(abi, pending(TSMREQ_SHAPE_GHCB_PAGE, &hints));
}

static struct tsmreq_call from_exit(enum tsmreq_ghcb_abi abi, enum tsmreq_call_kind kind,
				    struct tsmreq_call_hints hints)
{
	make_message(page, type_of(abi, kind));
	return decode_page(abi, pending(TSMREQ_SHAPE_VMGEXIT_TIO, &hints));
}

static void refused_page(enum tsmreq_ghcb_abi abi, enum tsmreq_call_kind kind,
			 struct tsmreq_call_hints hints, enum tsmreq_reason reason, uint32_t info1,
			 uint64_t info2)
{
	const struct tsmreq_call call = from_page(abi, kind, hints);

	assert_refused(&call, reason, info1, info2);
}

static void refused_exit(enum tsmreq_ghcb_abi abi, enum tsmreq_call_kind kind,
			 struct tsmreq_call_hints hints, enum tsmreq_reason reason, uint64_t fw_err)
{
	const struct tsmreq_call call = from_exit(abi, kind, hints);

	assert_refused(&call, reason, 0, fw_err);
}

/* ---- the page and its header */

static void lengths(void **state)
{
	const struct tsmreq_call_hints hints = on_page(9);
	const struct tsmreq_call before = pending(TSMREQ_SHAPE_GHCB_PAGE, &hints);
	struct guard guard = guard_new(PAGE);
	struct tsmreq_call call;

	(void)state;
	make_message(page, 0x13);
	for (int back = 0; back < 2; back++) {
		for (size_t size = 0; size < PAGE; size++) {
			call = before;
			assert_int_equal(tsmreq_snp_decode_message(
						 TSMREQ_GHCB_AUTO,
						 guard_copy(&guard, page, size, back), &call),
					 -EMSGSIZE);
			assert_memory_equal(&call, &before, sizeof(call));
		}
		call = before;
		assert_int_equal(tsmreq_snp_decode_message(TSMREQ_GHCB_AUTO,
							   guard_copy(&guard, page, PAGE, back),
							   &call),
				 0);
		assert_int_equal(call.kind, TSMREQ_CALL_TDI_INFO);
	}
	guard_free(&guard);
}

static void out_of_turn(void **state)
{
	const struct tsmreq_call_hints hints = on_page(9);
	static const int unknown[] = {0, 7, INT32_MAX, -1};
	struct tsmreq_call call = pending(TSMREQ_SHAPE_GHCB_PAGE, &hints), before = call;

	(void)state;
	make_message(page, 0x13);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(tsmreq_snp_decode_message((enum tsmreq_ghcb_abi)unknown[i],
							   view(page, PAGE), &call),
				 -EINVAL);
	assert_memory_equal(&call, &before, sizeof(call));
	for (int next = 0; next < 16; next++) {
		if (next == TSMREQ_NEXT_SEV_MESSAGE)
			continue;
		call.next = before.next = (enum tsmreq_next)next;
		assert_int_equal(tsmreq_snp_decode_message(TSMREQ_GHCB_AUTO, view(page, PAGE),
							   &call),
				 -EINVAL);
		assert_memory_equal(&call, &before, sizeof(call));
	}
}

static void header(uint32_t offset, uint32_t size, uint32_t value, bool good)
{
	const struct tsmreq_call_hints hints = on_page(9);
	struct tsmreq_call call;

	make_message(page, 0x13);
	for (uint32_t i = 0; i < size; i++)
		page[offset + i] = (uint8_t)(value >> 8 * i);
	call = decode_page(TSMREQ_GHCB_AUTO, pending(TSMREQ_SHAPE_GHCB_PAGE, &hints));
	if (good)
		assert_int_equal(call.kind, TSMREQ_CALL_TDI_INFO);
	else
		assert_refused(&call, TSMREQ_REASON_BAD_HEADER, 0, 0x16);
}

static void headers(void **state)
{
	(void)state;
	for (uint32_t value = 0; value < 0x100; value++) {
		header(0x31, 1, value, value == 1); /* hdr_version */
		header(0x30, 1, value, true);	    /* algo, msg_version, vmpck: the firmware's */
		header(0x35, 1, value, true);
		header(0x3c, 1, value, true);
	}
	for (uint32_t value = 0; value < 0x10000; value++) {
		header(0x32, 2, value, value == 0x60);
		header(0x36, 2, value, value <= 4000);
	}
}

static void header_of_an_exit(void **state)
{
	const struct tsmreq_call_hints hints = on_exit_union(0xff, UINT64_MAX);
	struct tsmreq_call call;

	(void)state;
	make_message(page, 0x13);
	page[0x31] = 2;
	call = decode_page(TSMREQ_GHCB_AUTO, pending(TSMREQ_SHAPE_VMGEXIT_TIO, &hints));
	assert_refused(&call, TSMREQ_REASON_BAD_HEADER, 0, 0x16);
}

/* What the response will be held against. */
static void header_fields(void **state)
{
	const struct tsmreq_call_hints hints = on_page(9);
	const struct tsmreq_sev_message expect = {0x1122334455667788u, 0x13, 0xfe, 0x0fa0, 0};
	struct tsmreq_call call;

	(void)state;
	make_message(page, 0x13);
	tsmreq_store_le64(page + 0x20, expect.seqno);
	page[0x35] = expect.version;
	tsmreq_store_le16(page + 0x36, expect.size);
	call = decode_page(TSMREQ_GHCB_AUTO, pending(TSMREQ_SHAPE_GHCB_PAGE, &hints));
	assert_memory_equal(&call.message, &expect, sizeof(expect));
}

static void types(void **state)
{
	(void)state;
	for (size_t i = 0; i < ABIS; i++)
		for (unsigned int type = 0; type < 256; type++) {
			const struct tsmreq_call_hints hints = {
				.rcx = (uint64_t)1 << 32 | DEV, .rdx = 0xc0000000u, .marked = 0xf};
			enum tsmreq_call_kind expect = TSMREQ_CALL_REJECT;
			struct tsmreq_call call;

			for (size_t n = 0; n < 4; n++)
				if (type == type_of(all_abis[i], kinds[n]))
					expect = kinds[n];
			make_message(page, (uint8_t)type);
			call = decode_page(all_abis[i], pending(TSMREQ_SHAPE_GHCB_PAGE, &hints));
			assert_int_equal(call.kind, expect);
			if (expect == TSMREQ_CALL_REJECT)
				assert_refused(&call, TSMREQ_REASON_BAD_MESSAGE, 0, 0x16);
			else
				assert_int_equal(call.message.type, type);
		}
}

static void message_rows(void **state)
{
	struct tsmreq_snp_message row;
	unsigned int i;

	(void)state;
	for (i = 0; tsmreq_snp_message_at(i, &row); i++) {
		assert_int_equal(row.kind, kinds[i]);
		assert_int_equal(row.request, type_of(TSMREQ_GHCB_AUTO, kinds[i]));
		assert_int_equal(row.response, row.request + 1);
		assert_int_equal(row.rfc_request, type_of(TSMREQ_GHCB_RFC1, kinds[i]));
		assert_int_equal(row.rfc_response, row.rfc_request & 0x7f);
	}
	assert_int_equal(i, 4);
	assert_true(!tsmreq_snp_message_at(UINT32_MAX, &row));
}

/* A register that is not there reads as 0: revoke page 0, disable DMA. Except where it is nothing.
 */
static void unmarked_registers(void **state)
{
	(void)state;
	for (size_t i = 0; i < ABIS; i++)
		for (size_t n = 0; n < 4; n++) {
			struct tsmreq_call_hints hints = {.rcx = (uint64_t)1 << 32 | DEV,
							  .marked = RAX | RBX | RCX};
			struct tsmreq_call call = from_page(all_abis[i], kinds[n], hints);

			if (kinds[n] == TSMREQ_CALL_TDI_INFO || all_abis[i] == TSMREQ_GHCB_204)
				assert_int_equal(call.kind, kinds[n]);
			else
				assert_refused(&call, TSMREQ_REASON_BAD_BITMAP, 2, 4);
			hints.marked = RCX | RDX;
			call = from_page(all_abis[i], kinds[n], hints);
			assert_int_equal(call.kind, kinds[n]);
		}
}

/* ---- ranges */

static void assert_mmio(const struct tsmreq_call *call, uint64_t base, uint64_t size,
			enum tsmreq_tristate to_private, uint32_t range)
{
	const struct tsmreq_call_mmio expect = {{base}, size, 0, to_private, range};

	assert_int_not_equal(call->kind, TSMREQ_CALL_REJECT);
	assert_int_equal(call->next, TSMREQ_NEXT_DONE);
	assert_memory_equal(&call->u.mmio, &expect, sizeof(expect));
	assert_int_equal(call->write[1].use | call->read[1].use, TSMREQ_SPAN_NONE);
}

static void both_messages(enum tsmreq_ghcb_abi abi, struct tsmreq_call_hints hints, uint64_t base,
			  uint64_t size, enum tsmreq_tristate to_private, uint32_t range)
{
	struct tsmreq_call call = from_page(abi, TSMREQ_CALL_VALIDATE_MMIO, hints);

	assert_mmio(&call, base, size, to_private, range);
	call = from_page(abi, TSMREQ_CALL_MMIO_CONFIG, hints);
	assert_mmio(&call, base, size, to_private, range);
}

static void bad_range(enum tsmreq_ghcb_abi abi, struct tsmreq_call_hints hints)
{
	refused_page(abi, TSMREQ_CALL_VALIDATE_MMIO, hints, TSMREQ_REASON_BAD_RANGE, 0, 0x16);
	refused_page(abi, TSMREQ_CALL_MMIO_CONFIG, hints, TSMREQ_REASON_BAD_RANGE, 0, 0x16);
}

static void orders(void **state)
{
	(void)state;
	for (uint64_t order = 0; order < 256; order++) {
		const struct tsmreq_call_hints hints = on_page(order << ORDER_A | 0x8 | 5);

		if (order <= 40) {
			both_messages(TSMREQ_GHCB_AUTO, hints, 0, (uint64_t)1 << (12 + order),
				      TSMREQ_YES, 5);
			both_messages(TSMREQ_GHCB_TIO_A, hints, 0, (uint64_t)1 << (12 + order),
				      TSMREQ_YES, 5);
		} else {
			bad_range(TSMREQ_GHCB_AUTO, hints);
			bad_range(TSMREQ_GHCB_TIO_A, hints);
		}
	}
}

/* A range may end at 2^52, and not a page later. */
static void ends_of_a(void **state)
{
	(void)state;
	for (uint64_t order = 0; order <= 40; order++) {
		const uint64_t size = (uint64_t)1 << (12 + order);

		both_messages(TSMREQ_GHCB_AUTO, on_page((GPA_END - size) | order << ORDER_A),
			      GPA_END - size, size, TSMREQ_NO, 0);
		if (order)
			bad_range(TSMREQ_GHCB_AUTO,
				  on_page((GPA_END - size + PAGE) | order << ORDER_A));
	}
	bad_range(TSMREQ_GHCB_AUTO, on_page(PAGE | 40 << ORDER_A));
}

static void bits_of_a(void **state)
{
	(void)state;
	for (unsigned int bit = 0; bit < 64; bit++) {
		const uint64_t rdx = (uint64_t)1 << bit;

		if (bit >= 52)
			bad_range(TSMREQ_GHCB_TIO_A, on_page(rdx));
		else if (bit >= 12)
			both_messages(TSMREQ_GHCB_TIO_A, on_page(rdx), rdx, PAGE, TSMREQ_NO, 0);
		else if (bit < 3)
			both_messages(TSMREQ_GHCB_TIO_A, on_page(rdx), 0, PAGE, TSMREQ_NO,
				      (uint32_t)rdx);
	}
	both_messages(TSMREQ_GHCB_TIO_A, on_page(0x8), 0, PAGE, TSMREQ_YES, 0);
	both_messages(TSMREQ_GHCB_TIO_A, on_page(0x7), 0, PAGE, TSMREQ_NO, 7);
	/* whatever RCX has above the id */
	both_messages(
		TSMREQ_GHCB_TIO_A,
		(struct tsmreq_call_hints){.rcx = UINT64_MAX, .rdx = 0xc0000048u, .marked = 0xf},
		0xc0000000u, 0x10000, TSMREQ_YES, 0);
}

static struct tsmreq_call_hints with_count(uint64_t count, uint64_t rdx)
{
	return (struct tsmreq_call_hints){.rcx = count << 32 | DEV, .rdx = rdx, .marked = 0xf};
}

/* The count has 32 bits, its bytes 44. */
static void counts(void **state)
{
	static const uint64_t numbers[] = {1,	    2,	      3,	   16,
					   0xfffff, 0x100000, 0x80000000u, 0xffffffffu};
	static const enum tsmreq_ghcb_abi abis[] = {TSMREQ_GHCB_AUTO, TSMREQ_GHCB_TIO_B};

	(void)state;
	for (size_t i = 0; i < 2; i++)
		for (size_t n = 0; n < sizeof(numbers) / sizeof(numbers[0]); n++) {
			const uint64_t size = numbers[n] * PAGE;

			both_messages(abis[i], with_count(numbers[n], 0xc0000000u), 0xc0000000u,
				      size, TSMREQ_NO, TSMREQ_RANGE_NONE);
			both_messages(abis[i], with_count(numbers[n], B_PRIVATE), 0, size,
				      TSMREQ_YES, TSMREQ_RANGE_NONE);
			both_messages(abis[i], with_count(numbers[n], GPA_END - size),
				      GPA_END - size, size, TSMREQ_NO, TSMREQ_RANGE_NONE);
			if (numbers[n] > 1)
				bad_range(abis[i], with_count(numbers[n], GPA_END - size + PAGE));
		}
	bad_range(TSMREQ_GHCB_TIO_B, with_count(0, 0xc0000000u));
	bad_range(TSMREQ_GHCB_TIO_B, with_count(0, B_PRIVATE | 0xc0000000u));
}

static void bits_of_b(void **state)
{
	(void)state;
	for (unsigned int bit = 0; bit < 63; bit++) {
		const uint64_t rdx = (uint64_t)1 << bit;

		if (bit < 12 || bit >= 52)
			bad_range(TSMREQ_GHCB_TIO_B, with_count(1, rdx));
		else
			both_messages(TSMREQ_GHCB_TIO_B, with_count(1, rdx), rdx, PAGE, TSMREQ_NO,
				      TSMREQ_RANGE_NONE);
	}
}

/* A or B by what is visible: the count. */
static void a_or_b(void **state)
{
	(void)state;
	both_messages(TSMREQ_GHCB_AUTO, with_count(0, 0xc0000000u), 0xc0000000u, PAGE, TSMREQ_NO,
		      0);
	both_messages(TSMREQ_GHCB_AUTO, with_count(1, 0xc0000000u), 0xc0000000u, PAGE, TSMREQ_NO,
		      TSMREQ_RANGE_NONE);
	bad_range(TSMREQ_GHCB_AUTO, with_count(0, B_PRIVATE | 0xc0000000u));
	bad_range(TSMREQ_GHCB_AUTO, with_count(0x10, 0xc0000048u));
	bad_range(TSMREQ_GHCB_AUTO, with_count(0x10, B_PRIVATE | 0xc0000001u));
}

static void ranges_of_the_rfcs(void **state)
{
	(void)state;
	/* v1 has no private bit, and reserves its place */
	both_messages(TSMREQ_GHCB_RFC1, on_page(0xc0000042u), 0xc0000000u, 0x10000, TSMREQ_NOT_TOLD,
		      2);
	for (uint32_t bar = 0; bar < 8; bar++) {
		both_messages(TSMREQ_GHCB_RFC1, on_page(bar), 0, PAGE, TSMREQ_NOT_TOLD, bar);
		both_messages(TSMREQ_GHCB_RFC2, on_page(bar), 0, 0, TSMREQ_NOT_TOLD, bar);
	}
	bad_range(TSMREQ_GHCB_RFC1, on_page(0xc0000048u));
	bad_range(TSMREQ_GHCB_RFC1, on_page(41 << ORDER_A));
	bad_range(TSMREQ_GHCB_RFC1, on_page(B_PRIVATE));
	bad_range(TSMREQ_GHCB_RFC1, on_page(GPA_END));
	/* v2 has an order and a private bit that cannot be trusted */
	both_messages(TSMREQ_GHCB_RFC2, on_page(0xc000004au), 0xc0000000u, 0, TSMREQ_NOT_TOLD, 2);
	both_messages(TSMREQ_GHCB_RFC2, on_page(0xc0000ff8u), 0xc0000000u, 0, TSMREQ_NOT_TOLD, 0);
	both_messages(TSMREQ_GHCB_RFC2, on_page(GPA_END - PAGE), GPA_END - PAGE, 0, TSMREQ_NOT_TOLD,
		      0);
	bad_range(TSMREQ_GHCB_RFC2, on_page(B_PRIVATE));
	bad_range(TSMREQ_GHCB_RFC2, on_page(GPA_END));
	/* neither has encoding B */
	both_messages(TSMREQ_GHCB_RFC1, with_count(5, 0xc0000000u), 0xc0000000u, PAGE,
		      TSMREQ_NOT_TOLD, 0);
	/* the draft says nothing in RDX */
	both_messages(TSMREQ_GHCB_204, on_page(UINT64_MAX), 0, 0, TSMREQ_NOT_TOLD,
		      TSMREQ_RANGE_NONE);
}

/* ---- DMA */

static void assert_dma(const struct tsmreq_call *call, enum tsmreq_tristate enable, uint64_t vtom)
{
	const struct tsmreq_call_dma expect = {vtom, enable, 0};

	assert_int_equal(call->kind, TSMREQ_CALL_SET_DMA);
	assert_memory_equal(&call->u.dma, &expect, sizeof(expect));
}

static void dma(void **state)
{
	static const enum tsmreq_ghcb_abi abis[] = {TSMREQ_GHCB_AUTO, TSMREQ_GHCB_TIO_A,
						    TSMREQ_GHCB_TIO_B, TSMREQ_GHCB_RFC1,
						    TSMREQ_GHCB_RFC2};
	struct tsmreq_call call;

	(void)state;
	for (size_t i = 0; i < 5; i++) {
		for (unsigned int bit = 0; bit < 64; bit++) {
			const uint64_t rdx = (uint64_t)1 << bit;

			call = from_page(abis[i], TSMREQ_CALL_SET_DMA, on_page(rdx));
			assert_dma(&call, bit ? TSMREQ_NO : TSMREQ_YES,
				   bit >= 21 && bit < 52 ? rdx : 0);
		}
		/* the count is not looked at */
		call = from_page(abis[i], TSMREQ_CALL_SET_DMA, with_count(5, UINT64_MAX));
		assert_dma(&call, TSMREQ_YES, 0x000fffffffe00000u);
	}
	call = from_page(TSMREQ_GHCB_204, TSMREQ_CALL_SET_DMA, on_page(UINT64_MAX));
	assert_dma(&call, TSMREQ_NOT_TOLD, 0);
}

static void dma_on_exit(void **state)
{
	struct tsmreq_call call;

	(void)state;
	call = from_exit(TSMREQ_GHCB_AUTO, TSMREQ_CALL_SET_DMA,
			 on_exit_union(0x40, 0x20000000000u));
	assert_dma(&call, TSMREQ_YES, 0x20000000000u);
	/* the flag and not the bit, which KVM masks away */
	call = from_exit(TSMREQ_GHCB_TIO_B, TSMREQ_CALL_SET_DMA, on_exit_union(0, UINT64_MAX));
	assert_dma(&call, TSMREQ_NO, 0x000fffffffe00000u);
	/* a field that nobody wrote */
	call = from_exit(TSMREQ_GHCB_RFC2, TSMREQ_CALL_SET_DMA, on_exit_union(0, UINT64_MAX));
	assert_dma(&call, TSMREQ_NOT_TOLD, 0);
}

/* ---- flags of kvm_run */

static bool flags_are_good(enum tsmreq_ghcb_abi abi, enum tsmreq_call_kind kind, unsigned int flags,
			   bool private)
{
	static const unsigned int rfc[] = {1, 2, 4, 0};

	for (size_t i = 0; i < 4; i++)
		if (is_rfc(abi) && kind == kinds[i])
			return flags == rfc[i];
	if (kind == TSMREQ_CALL_TDI_INFO)
		return flags <= 0xf;
	if (kind == TSMREQ_CALL_VALIDATE_MMIO)
		return flags == (private ? 0x10 : 0x00);
	if (kind == TSMREQ_CALL_MMIO_CONFIG)
		return flags == 0x20;
	return flags == 0x00 || flags == 0x40;
}

static void flags(void **state)
{
	static const enum tsmreq_ghcb_abi abis[] = {TSMREQ_GHCB_AUTO, TSMREQ_GHCB_TIO_A,
						    TSMREQ_GHCB_RFC2};

	(void)state;
	for (size_t i = 0; i < 3; i++)
		for (size_t n = 0; n < 4; n++)
			for (unsigned int all = 0; all < 512; all++) {
				const uint8_t byte = (uint8_t)all;
				const bool private = all >> 8;
				const struct tsmreq_call call = from_exit(
					abis[i], kinds[n],
					on_exit_union(byte, 0xc0000040u | (private ? 8 : 0)));

				if (flags_are_good(abis[i], kinds[n], byte, private))
					assert_int_equal(call.kind, kinds[n]);
				else
					assert_refused(&call, TSMREQ_REASON_FLAGS_MISMATCH, 0,
						       0x16);
			}
}

static void ranges_on_exit(void **state)
{
	struct tsmreq_call call;

	(void)state;
	for (size_t i = 0; i < 2; i++) { /* AUTO and A alike */
		const enum tsmreq_ghcb_abi abi = all_abis[i];

		call = from_exit(abi, TSMREQ_CALL_VALIDATE_MMIO, on_exit_union(0x10, 0xc0000048u));
		assert_mmio(&call, 0xc0000000u, 0x10000, TSMREQ_YES, 0);
		call = from_exit(abi, TSMREQ_CALL_VALIDATE_MMIO, on_exit_union(0, 0xc0000000u));
		assert_mmio(&call, 0xc0000000u, PAGE, TSMREQ_NO, 0);
		call = from_exit(abi, TSMREQ_CALL_MMIO_CONFIG, on_exit_union(0x20, 0xc000004au));
		assert_mmio(&call, 0xc0000000u, 0x10000, TSMREQ_YES, 2);
		call = from_exit(abi, TSMREQ_CALL_MMIO_CONFIG, on_exit_union(0x20, 0xc0000042u));
		assert_mmio(&call, 0xc0000000u, 0x10000, TSMREQ_NO, 2);
		refused_exit(abi, TSMREQ_CALL_VALIDATE_MMIO, on_exit_union(0x10, 0x298),
			     TSMREQ_REASON_BAD_RANGE, 0x16);
		for (unsigned int bit = 52; bit < 63; bit++)
			refused_exit(abi, TSMREQ_CALL_MMIO_CONFIG,
				     on_exit_union(0x20, (uint64_t)1 << bit),
				     TSMREQ_REASON_BAD_RANGE, 0x16);
		refused_exit(abi, TSMREQ_CALL_VALIDATE_MMIO, on_exit_union(0, B_PRIVATE),
			     TSMREQ_REASON_ENCODING_B, 0x16);
		refused_exit(abi, TSMREQ_CALL_MMIO_CONFIG, on_exit_union(0x20, UINT64_MAX),
			     TSMREQ_REASON_ENCODING_B, 0x16);
	}
	/* a guest known to speak B is never understood here */
	refused_exit(TSMREQ_GHCB_TIO_B, TSMREQ_CALL_VALIDATE_MMIO, on_exit_union(0, 0xc0000000u),
		     TSMREQ_REASON_ENCODING_B, 0x16);
	refused_exit(TSMREQ_GHCB_TIO_B, TSMREQ_CALL_MMIO_CONFIG, on_exit_union(0x20, 0xc0000048u),
		     TSMREQ_REASON_ENCODING_B, 0x16);

	call = from_exit(TSMREQ_GHCB_RFC2, TSMREQ_CALL_MMIO_CONFIG, on_exit_union(4, 0xc0000002u));
	assert_mmio(&call, 0xc0000000u, 0, TSMREQ_NOT_TOLD, 2);
	refused_exit(TSMREQ_GHCB_RFC2, TSMREQ_CALL_VALIDATE_MMIO, on_exit_union(2, B_PRIVATE),
		     TSMREQ_REASON_BAD_RANGE, 0x16);
}

/* ---- TDI_INFO */

static struct tsmreq_call_hints with_data(uint64_t rdx, uint64_t rax, uint64_t rbx)
{
	struct tsmreq_call_hints hints = on_page(rdx);

	hints.rax = rax;
	hints.rbx = rbx;
	return hints;
}

static void assert_info(const struct tsmreq_call *call, uint32_t want, uint64_t data,
			uint64_t pages, bool has_data, bool wants_nonce)
{
	const struct tsmreq_call_tdi_info expect = {.data = {data}, .pages = pages, .want = want};

	assert_int_equal(call->kind, TSMREQ_CALL_TDI_INFO);
	assert_memory_equal(&call->u.tdi_info, &expect, sizeof(expect));
	assert_int_equal(call->write[1].use, has_data ? TSMREQ_SPAN_SEV_DATA : TSMREQ_SPAN_NONE);
	assert_true(call->write[1].gpa.raw == (has_data ? data : 0));
	assert_true(call->write[1].size == (has_data ? pages * PAGE : 0));
	assert_int_equal(call->next, wants_nonce ? TSMREQ_NEXT_SEV_NONCE : TSMREQ_NEXT_DONE);
	assert_int_equal(call->read[1].use, wants_nonce ? TSMREQ_SPAN_SEV_NONCE : TSMREQ_SPAN_NONE);
	assert_true(call->read[1].gpa.raw == (wants_nonce ? data : 0));
	assert_int_equal(call->read[1].size, wants_nonce ? 32 : 0);
}

static void wanted(void **state)
{
	struct tsmreq_call call;

	(void)state;
	for (uint32_t want = 0; want < 16; want++) {
		const uint64_t junk = 0xfffffffffffffff0u;

		call = from_page(TSMREQ_GHCB_AUTO, TSMREQ_CALL_TDI_INFO, on_page(junk | want));
		assert_info(&call, want, 0, 0, false, false);
		call = from_page(TSMREQ_GHCB_RFC1, TSMREQ_CALL_TDI_INFO, on_page(junk | want));
		assert_info(&call, want, 0, 0, false, false);
		call = from_page(TSMREQ_GHCB_204, TSMREQ_CALL_TDI_INFO, on_page(junk | want));
		assert_info(&call, 0xe, 0, 0, false, false);
		/* KVM does not write gpa here */
		call = from_exit(TSMREQ_GHCB_AUTO, TSMREQ_CALL_TDI_INFO,
				 on_exit_union((uint8_t)want, junk));
		assert_info(&call, want, 0, 0, false, false);
	}
	call = from_exit(TSMREQ_GHCB_RFC2, TSMREQ_CALL_TDI_INFO, on_exit_union(1, 0));
	assert_info(&call, TSMREQ_WANT_STATE, 0, 0, false, false);
}

static void bad_data(uint64_t rax, uint64_t rbx)
{
	struct tsmreq_call_hints hints = with_data(9, rax, rbx);

	refused_page(TSMREQ_GHCB_AUTO, TSMREQ_CALL_TDI_INFO, hints, TSMREQ_REASON_BAD_DATA, 2, 5);
	refused_page(TSMREQ_GHCB_204, TSMREQ_CALL_TDI_INFO, hints, TSMREQ_REASON_BAD_DATA, 2, 5);
	hints.flags = 9;
	refused_exit(TSMREQ_GHCB_AUTO, TSMREQ_CALL_TDI_INFO, hints, TSMREQ_REASON_BAD_DATA, 9);
}

static void good_data(uint64_t rax, uint64_t rbx, bool has_data)
{
	struct tsmreq_call_hints hints = with_data(9, rax, rbx);
	struct tsmreq_call call = from_page(TSMREQ_GHCB_AUTO, TSMREQ_CALL_TDI_INFO, hints);

	assert_info(&call, 9, rax, rbx, has_data, false);
	hints.flags = 9;
	call = from_exit(TSMREQ_GHCB_AUTO, TSMREQ_CALL_TDI_INFO, hints);
	assert_info(&call, 9, rax, rbx, has_data, false);
}

static void data_pages(void **state)
{
	(void)state;
	good_data(DATA, 8, true);
	good_data(PAGE, GPA_END / PAGE - 1, true); /* ends exactly at 2^52 */
	good_data(GPA_END - PAGE, 1, true);
	bad_data(PAGE, GPA_END / PAGE);
	bad_data(GPA_END - PAGE, 2);
	bad_data(GPA_END, 1);
	for (unsigned int bit = 0; bit < 12; bit++)
		bad_data(DATA | 1u << bit, 1);
	/* the product wraps, to anything; the sum wraps */
	bad_data(DATA, (uint64_t)1 << 52);
	bad_data(DATA, ((uint64_t)1 << 52) + 1);
	bad_data(DATA, UINT64_MAX);
	bad_data(UINT64_MAX - PAGE + 1, 1);
	bad_data(UINT64_MAX - PAGE + 1, 2);
	/* none of it means anything alone */
	good_data(0, UINT64_MAX, false);
	good_data(0, 0, false);
	good_data(UINT64_MAX, 0, false);
}

/* RAX and RBX belong to TDI_INFO only. */
static void data_of_other_messages(void **state)
{
	(void)state;
	for (size_t i = 1; i < 4; i++) {
		const struct tsmreq_call_hints hints =
			with_data(0xc0000000u, UINT64_MAX, UINT64_MAX);
		const struct tsmreq_call call = from_page(TSMREQ_GHCB_AUTO, kinds[i], hints);

		assert_int_equal(call.kind, kinds[i]);
		assert_int_equal(call.write[1].use, TSMREQ_SPAN_NONE);
	}
}

static void wanted_nonce(void **state)
{
	struct tsmreq_call_hints hints;
	struct tsmreq_call call;

	(void)state;
	for (uint32_t want = 0; want < 16; want++) {
		const bool measured = want & TSMREQ_WANT_MEASUREMENTS;

		hints = with_data(want, DATA, 1);
		hints.flags = want;
		call = from_page(TSMREQ_GHCB_AUTO, TSMREQ_CALL_TDI_INFO, hints);
		assert_info(&call, want, DATA, 1, true, measured);
		call = from_exit(TSMREQ_GHCB_AUTO, TSMREQ_CALL_TDI_INFO, hints);
		assert_info(&call, want, DATA, 1, true, measured);
		/* the draft has none, though it wants measurements */
		call = from_page(TSMREQ_GHCB_204, TSMREQ_CALL_TDI_INFO, hints);
		assert_info(&call, 0xe, DATA, 1, true, false);
	}
	/* no data page, no nonce */
	call = from_page(TSMREQ_GHCB_AUTO, TSMREQ_CALL_TDI_INFO, with_data(4, DATA, 0));
	assert_info(&call, 4, DATA, 0, false, false);
}

/* ---- the nonce */

static struct tsmreq_call nonce_call(void)
{
	return from_page(TSMREQ_GHCB_AUTO, TSMREQ_CALL_TDI_INFO, with_data(4, DATA, 1));
}

static void nonces(void **state)
{
	struct tsmreq_call call = nonce_call(), expect = call;
	uint8_t nonce[TSMREQ_NONCE_SIZE] = {0};

	(void)state;
	expect.next = TSMREQ_NEXT_DONE;
	assert_int_equal(tsmreq_snp_decode_nonce(view(nonce, sizeof(nonce)), &call), 0);
	assert_memory_equal(&call, &expect, sizeof(call)); /* all zero is none */
	expect.u.tdi_info.has_nonce = 1;
	for (size_t i = 0; i < sizeof(nonce); i++) {
		call = nonce_call();
		memset(nonce, 0, sizeof(nonce));
		nonce[i] = (uint8_t)(i + 1);
		memcpy(expect.u.tdi_info.nonce, nonce, sizeof(nonce));
		assert_int_equal(tsmreq_snp_decode_nonce(view(nonce, sizeof(nonce)), &call), 0);
		assert_memory_equal(&call, &expect, sizeof(call));
	}
}

static void nonce_lengths(void **state)
{
	struct guard guard = guard_new(TSMREQ_NONCE_SIZE);
	static const uint8_t nonce[TSMREQ_NONCE_SIZE] = {1};
	const struct tsmreq_call before = nonce_call();
	struct tsmreq_call call;

	(void)state;
	for (int back = 0; back < 2; back++)
		for (size_t size = 0; size <= sizeof(nonce); size++) {
			call = before;
			assert_int_equal(tsmreq_snp_decode_nonce(
						 guard_copy(&guard, nonce, size, back), &call),
					 size < sizeof(nonce) ? -EMSGSIZE : 0);
			if (size < sizeof(nonce))
				assert_memory_equal(&call, &before, sizeof(call));
		}
	assert_int_equal(tsmreq_snp_decode_nonce(view(nonce, sizeof(nonce)), &call), -EINVAL);
	call = before;
	call.next = TSMREQ_NEXT_SEV_MESSAGE;
	assert_int_equal(tsmreq_snp_decode_nonce(view(nonce, sizeof(nonce)), &call), -EINVAL);
	guard_free(&guard);
}

/* ---- the response */

/* A call whose request had seqno 7, version 2 and that type. */
static struct tsmreq_call asked(uint8_t type)
{
	struct tsmreq_call call = call_of(TSMREQ_CALL_VALIDATE_MMIO, TSMREQ_SHAPE_GHCB_PAGE);

	call.message = (struct tsmreq_sev_message){7, type, 2, 0x30, 0};
	return call;
}

static void make_response(uint8_t type)
{
	make_message(page, type);
	tsmreq_store_le64(page + 0x20, 8);
}

static int check(uint8_t asked_type, uint32_t residue)
{
	const struct tsmreq_call call = asked(asked_type);

	return tsmreq_snp_check_response(&call, view(page, PAGE), residue);
}

static void responses(void **state)
{
	(void)state;
	for (size_t i = 0; i < ABIS; i++)
		for (size_t n = 0; n < 4; n++) {
			const uint8_t type = type_of(all_abis[i], kinds[n]);
			const uint8_t right =
				(uint8_t)(is_rfc(all_abis[i]) ? type & 0x7f : type + 1);

			for (unsigned int other = 0; other < 256; other++) {
				make_response((uint8_t)other);
				assert_int_equal(check(type, 0), other == right ? 0 : -EBADMSG);
			}
		}
}

/* Every byte of the header, one bit at a time: what has to fit, and what the firmware seals. */
static void response_headers(void **state)
{
	(void)state;
	for (uint32_t at = 0; at < 0x60; at++)
		for (unsigned int bit = 0; bit < 8; bit++) {
			const bool seqno = at >= 0x20 && at < 0x28;
			const bool form = at >= 0x31 && at <= 0x35;

			make_response(0x16);
			tsmreq_store_le16(page + 0x36, 0);
			page[at] ^= (uint8_t)(1 << bit);
			if (seqno || form)
				assert_int_equal(check(0x15, 0), -EBADMSG);
			else if (at != 0x37)
				assert_int_equal(check(0x15, 0), 0);
		}
}

static void response_seqnos(void **state)
{
	struct tsmreq_call call = asked(0x15);

	(void)state;
	make_response(0x16);
	call.message.seqno = UINT64_MAX;
	tsmreq_store_le64(page + 0x20, 0);
	assert_int_equal(tsmreq_snp_check_response(&call, view(page, PAGE), 0), 0);
	tsmreq_store_le64(page + 0x20, UINT64_MAX);
	assert_int_equal(tsmreq_snp_check_response(&call, view(page, PAGE), 0), -EBADMSG);
	/* an old answer, or the request itself */
	make_response(0x16);
	tsmreq_store_le64(page + 0x20, 7);
	assert_int_equal(check(0x15, 0), -EBADMSG);
	memset(page, 0, PAGE);
	assert_int_equal(check(0x15, 0), -EBADMSG);
}

/* All that the header counts has to have been written. */
static void residues(void **state)
{
	static const uint32_t wrong[] = {PAGE + 1, 2 * PAGE, 0x80000000u, UINT32_MAX};

	(void)state;
	make_response(0x16);
	for (uint32_t size = 0; size <= 4000; size += size < 3990 ? 57 : 1) {
		tsmreq_store_le16(page + 0x36, (uint16_t)size);
		for (uint32_t residue = 0; residue < PAGE; residue++)
			assert_int_equal(check(0x15, residue),
					 96 + size + residue <= PAGE ? 0 : -EBADMSG);
		/* the length where the residue belongs: a whole page */
		assert_int_equal(check(0x15, PAGE), 0);
		for (size_t i = 0; i < 4; i++)
			assert_int_equal(check(0x15, wrong[i]), -EBADMSG);
	}
	for (uint32_t size = 4001; size < 0x10000; size++) {
		tsmreq_store_le16(page + 0x36, (uint16_t)size);
		assert_int_equal(check(0x15, 0), -EBADMSG);
	}
}

static void response_lengths(void **state)
{
	struct guard guard = guard_new(PAGE);
	struct tsmreq_call call = asked(0x15);

	(void)state;
	make_response(0x16);
	for (int back = 0; back < 2; back++)
		for (size_t size = 0; size <= PAGE; size++)
			assert_int_equal(tsmreq_snp_check_response(
						 &call, guard_copy(&guard, page, size, back), 0),
					 size < PAGE ? -EMSGSIZE : 0);
	guard_free(&guard);

	/* a call that sends no page has no response */
	call.message.type = 0;
	assert_int_equal(tsmreq_snp_check_response(&call, view(page, PAGE), 0), -EINVAL);
	call = asked(0x15);
	call.arch = TSMREQ_ARCH_TDX;
	assert_int_equal(tsmreq_snp_check_response(&call, view(page, PAGE), 0), -EINVAL);
}

/* ---- the way back */

static void make_messages(void **state)
{
	struct tsmreq_call call = asked(0x15);
	uint8_t expect[PAGE] = {0};

	(void)state;
	tsmreq_store_le64(expect + 0x20, 7);
	memcpy(expect + 0x30, "\x01\x01\x60\x00\x15\x02\x30\x00", 8);
	memset(page, 0xa5, PAGE);
	assert_int_equal(tsmreq_snp_encode_message(&call, page, PAGE - 1), -EMSGSIZE);
	assert_int_equal(page[0], 0xa5);
	assert_int_equal(tsmreq_snp_encode_message(&call, page, PAGE), 0);
	assert_memory_equal(page, expect, PAGE);
	call.arch = TSMREQ_ARCH_CCA;
	assert_int_equal(tsmreq_snp_encode_message(&call, page, PAGE), -EINVAL);
	call = asked(0);
	assert_int_equal(tsmreq_snp_encode_message(&call, page, PAGE), -EINVAL);
}

/* Carrier and page out of the call, and into a call again; -EINVAL if it cannot be said. */
static int way_back(enum tsmreq_ghcb_abi abi, const struct tsmreq_call *call,
		    struct tsmreq_call *again)
{
	uint8_t carrier[PAGE];
	int rc;

	if (call->shape == TSMREQ_SHAPE_GHCB_PAGE) {
		rc = tsmreq_ghcb_encode_call(abi, call, carrier, PAGE);
		if (!rc)
			rc = tsmreq_ghcb_decode(abi, view(carrier, PAGE), again);
	} else {
		rc = tsmreq_vmgexit_encode_call(abi, call, carrier, TSMREQ_VMGEXIT_SIZE);
		if (!rc)
			rc = tsmreq_vmgexit_decode(abi, view(carrier, TSMREQ_VMGEXIT_SIZE), again);
	}
	if (rc)
		return rc;
	assert_int_equal(tsmreq_snp_encode_message(call, page, PAGE), 0);
	assert_int_equal(tsmreq_snp_decode_message(abi, view(page, PAGE), again), 0);
	if (again->next == TSMREQ_NEXT_SEV_NONCE && call->next == TSMREQ_NEXT_DONE)
		assert_int_equal(tsmreq_snp_decode_nonce(
					 view(call->u.tdi_info.nonce, TSMREQ_NONCE_SIZE), again),
				 0);
	return 0;
}

/* Everything that is accepted can be said again, and comes back the same. */
static void ways_back(void **state)
{
	uint64_t random = 88172645463325252u;
	unsigned int accepted = 0;

	(void)state;
	for (unsigned int round = 0; round < 100000; round++) {
		const enum tsmreq_ghcb_abi abi = all_abis[random_below(&random, ABIS)];
		const enum tsmreq_call_kind kind = kinds[random_below(&random, 4)];
		const bool on_exit = abi != TSMREQ_GHCB_RFC1 && abi != TSMREQ_GHCB_204 &&
				     random_below(&random, 2);
		struct tsmreq_call_hints hints = {
			.rax = random_edge(&random) & ~(uint64_t)(PAGE - 1),
			.rbx = random_edge(&random),
			.rcx = random_edge(&random) << 32 | (uint32_t)random_u64(&random),
			.rdx = random_edge(&random) ^ random_edge(&random),
			.marked = on_exit ? 0 : 0xf,
			.flags = on_exit ? (uint32_t)random_below(&random, 0x80) : 0,
		};
		uint8_t nonce[TSMREQ_NONCE_SIZE] = {(uint8_t)random_below(&random, 2)};
		struct tsmreq_call call, again;

		if (random_below(&random, 2))
			hints.flags &= 0x10u << random_below(&random, 3);
		if (on_exit || random_below(&random, 2))
			hints.rcx = (uint32_t)hints.rcx;
		make_message(page, type_of(abi, kind));
		call = pending(on_exit ? TSMREQ_SHAPE_VMGEXIT_TIO : TSMREQ_SHAPE_GHCB_PAGE, &hints);
		call.dev.raw = (uint32_t)hints.rcx;
		assert_int_equal(tsmreq_snp_decode_message(abi, view(page, PAGE), &call), 0);
		if (call.kind == TSMREQ_CALL_REJECT)
			continue;
		if (call.next == TSMREQ_NEXT_SEV_NONCE)
			assert_int_equal(tsmreq_snp_decode_nonce(view(nonce, sizeof(nonce)), &call),
					 0);
		assert_int_equal(way_back(abi, &call, &again), 0);
		assert_memory_equal(&again, &call, sizeof(again));
		accepted++;
	}
	assert_true(accepted > 20000);
}

static void cannot_say(enum tsmreq_ghcb_abi abi, const struct tsmreq_call *call)
{
	struct tsmreq_call again;

	assert_int_equal(way_back(abi, call, &again), -EINVAL);
}

static void unsayable_ranges(void **state)
{
	static const struct {
		enum tsmreq_ghcb_abi abi;
		struct tsmreq_call_mmio mmio;
	} bad[] = {
		/* no power of two, no page, no length, no base, no BAR, both */
		{TSMREQ_GHCB_TIO_A, {{PAGE}, 3 * PAGE, 0, TSMREQ_NO, 0}},
		{TSMREQ_GHCB_TIO_A, {{PAGE}, PAGE + 1, 0, TSMREQ_NO, 0}},
		{TSMREQ_GHCB_TIO_A, {{PAGE}, 0, 0, TSMREQ_NO, 0}},
		{TSMREQ_GHCB_TIO_A, {{PAGE + 8}, PAGE, 0, TSMREQ_NO, 0}},
		{TSMREQ_GHCB_TIO_A, {{PAGE}, PAGE, 0, TSMREQ_NO, 8}},
		{TSMREQ_GHCB_TIO_A, {{PAGE}, PAGE, 0, TSMREQ_NO, TSMREQ_RANGE_NONE}},
		{TSMREQ_GHCB_TIO_A, {{PAGE}, PAGE, 0, TSMREQ_NOT_TOLD, 0}},
		{TSMREQ_GHCB_TIO_A, {{PAGE}, PAGE, 1, TSMREQ_NO, 0}},
		{TSMREQ_GHCB_TIO_A, {{GPA_END}, PAGE, 0, TSMREQ_NO, 0}},
		{TSMREQ_GHCB_TIO_B, {{PAGE}, PAGE, 0, TSMREQ_NO, 0}},
		{TSMREQ_GHCB_TIO_B, {{PAGE}, 0, 0, TSMREQ_NO, TSMREQ_RANGE_NONE}},
		{TSMREQ_GHCB_TIO_B,
		 {{PAGE}, (uint64_t)PAGE << 32, 0, TSMREQ_NO, TSMREQ_RANGE_NONE}},
		{TSMREQ_GHCB_TIO_B, {{1}, PAGE, 0, TSMREQ_NO, TSMREQ_RANGE_NONE}},
		/* whose refusal would read as the very same range */
		{TSMREQ_GHCB_TIO_B, {{0x16}, 0, 0, TSMREQ_NO, 0}},
		{TSMREQ_GHCB_RFC1, {{PAGE}, PAGE, 0, TSMREQ_YES, 0}},
		{TSMREQ_GHCB_RFC2, {{PAGE}, PAGE, 0, TSMREQ_NOT_TOLD, 0}},
		{TSMREQ_GHCB_204, {{PAGE}, PAGE, 0, TSMREQ_NOT_TOLD, TSMREQ_RANGE_NONE}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct tsmreq_call call =
			call_of(TSMREQ_CALL_VALIDATE_MMIO, TSMREQ_SHAPE_GHCB_PAGE);

		call.message.type = type_of(bad[i].abi, call.kind);
		call.u.mmio = bad[i].mmio;
		call.read[0].gpa.raw = REQUEST;
		call.write[0].gpa.raw = RESPONSE;
		cannot_say(bad[i].abi, &call);
	}
}

static void unsayable_others(void **state)
{
	struct tsmreq_call call = call_of(TSMREQ_CALL_SET_DMA, TSMREQ_SHAPE_GHCB_PAGE);

	(void)state;
	call.u.dma.enable = TSMREQ_NOT_TOLD;
	cannot_say(TSMREQ_GHCB_AUTO, &call);
	call.u.dma.enable = TSMREQ_YES;
	cannot_say(TSMREQ_GHCB_204, &call);
	call.u.dma.vtom = 1;
	cannot_say(TSMREQ_GHCB_AUTO, &call);
	call.u.dma.vtom = 0;
	call.shape = TSMREQ_SHAPE_VMGEXIT_TIO;
	cannot_say(TSMREQ_GHCB_RFC2, &call);

	call = call_of(TSMREQ_CALL_TDI_INFO, TSMREQ_SHAPE_VMGEXIT_TIO);
	call.u.tdi_info.want = 0x10;
	cannot_say(TSMREQ_GHCB_AUTO, &call);
	call.u.tdi_info.want = TSMREQ_WANT_REPORT;
	cannot_say(TSMREQ_GHCB_RFC2, &call);
	call.shape = TSMREQ_SHAPE_GHCB_PAGE;
	cannot_say(TSMREQ_GHCB_204, &call);
	call.u.tdi_info.data.raw = 1;
	call.u.tdi_info.pages = 1;
	cannot_say(TSMREQ_GHCB_AUTO, &call);
	/* not one of these messages */
	call = call_of(TSMREQ_CALL_OBJECT_SIZE, TSMREQ_SHAPE_GHCB_PAGE);
	cannot_say(TSMREQ_GHCB_AUTO, &call);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lengths),
		cmocka_unit_test(out_of_turn),
		cmocka_unit_test(headers),
		cmocka_unit_test(header_of_an_exit),
		cmocka_unit_test(header_fields),
		cmocka_unit_test(types),
		cmocka_unit_test(message_rows),
		cmocka_unit_test(unmarked_registers),
		cmocka_unit_test(orders),
		cmocka_unit_test(ends_of_a),
		cmocka_unit_test(bits_of_a),
		cmocka_unit_test(counts),
		cmocka_unit_test(bits_of_b),
		cmocka_unit_test(a_or_b),
		cmocka_unit_test(ranges_of_the_rfcs),
		cmocka_unit_test(dma),
		cmocka_unit_test(dma_on_exit),
		cmocka_unit_test(flags),
		cmocka_unit_test(ranges_on_exit),
		cmocka_unit_test(wanted),
		cmocka_unit_test(data_pages),
		cmocka_unit_test(data_of_other_messages),
		cmocka_unit_test(wanted_nonce),
		cmocka_unit_test(nonces),
		cmocka_unit_test(nonce_lengths),
		cmocka_unit_test(responses),
		cmocka_unit_test(response_headers),
		cmocka_unit_test(response_seqnos),
		cmocka_unit_test(residues),
		cmocka_unit_test(response_lengths),
		cmocka_unit_test(make_messages),
		cmocka_unit_test(ways_back),
		cmocka_unit_test(unsayable_ranges),
		cmocka_unit_test(unsayable_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
