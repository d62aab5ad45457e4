/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "sev-kit.h"

static uint8_t page[PAGE];

static struct tsmreq_call decode(enum tsmreq_ghcb_abi abi)
{
	struct tsmreq_call call;

	memset(&call, 0xa5, sizeof(call));
	assert_int_equal(tsmreq_ghcb_decode(abi, view(page, PAGE), &call), 0);
	if (call.kind != TSMREQ_CALL_NONE) {
		assert_int_equal(call.arch, TSMREQ_ARCH_SEV);
		assert_int_equal(call.shape, TSMREQ_SHAPE_GHCB_PAGE);
	}
	return call;
}

static void refused(enum tsmreq_reason reason, uint32_t info1, uint64_t info2)
{
	const struct tsmreq_call call = decode(TSMREQ_GHCB_AUTO);

	assert_refused(&call, reason, info1, info2);
}

static void not_ours(enum tsmreq_ghcb_abi abi)
{
	const struct tsmreq_call call = decode(abi);

	assert_zero(&call);
}

/* ---- the page */

/* Too short by anything, and not a byte read outside whatever length. */
static void lengths(void **state)
{
	struct guard guard = guard_new(PAGE);
	struct tsmreq_call call;

	(void)state;
	make_request(page, 9);
	for (int back = 0; back < 2; back++) {
		for (size_t size = 0; size < PAGE; size++) {
			memset(&call, 0xa5, sizeof(call));
			assert_int_equal(tsmreq_ghcb_decode(TSMREQ_GHCB_AUTO,
							    guard_copy(&guard, page, size, back),
							    &call),
					 -EMSGSIZE);
			assert_zero(&call);
		}
		assert_int_equal(tsmreq_ghcb_decode(TSMREQ_GHCB_AUTO,
						    guard_copy(&guard, page, PAGE, back), &call),
				 0);
		assert_int_equal(call.kind, TSMREQ_CALL_PENDING);
	}
	guard_free(&guard);
}

static void unknown_selectors(void **state)
{
	static const int unknown[] = {0, 7, INT32_MAX, -1};
	struct tsmreq_call call;

	(void)state;
	make_op(page, 0);
	for (size_t i = 0; i < 4; i++) {
		memset(&call, 0xa5, sizeof(call));
		assert_int_equal(tsmreq_ghcb_decode((enum tsmreq_ghcb_abi)unknown[i],
						    view(page, PAGE), &call),
				 -EINVAL);
		assert_zero(&call);
	}
}

static void usage(void **state)
{
	(void)state;
	for (unsigned int bit = 0; bit < 32; bit++) {
		make_request(page, 9);
		tsmreq_store_le32(page + GHCB_USAGE, 1u << bit);
		refused(TSMREQ_REASON_BAD_USAGE, 2, 2);
	}
	/* before everything else, as KVM does: nothing is marked, and the code is not ours */
	memset(page, 0, PAGE);
	tsmreq_store_le32(page + GHCB_USAGE, 1);
	refused(TSMREQ_REASON_BAD_USAGE, 2, 2);
}

static void versions(void **state)
{
	(void)state;
	for (uint32_t version = 0; version < 0x10000; version++) {
		make_op(page, 1);
		tsmreq_store_le16(page + GHCB_VERSION, (uint16_t)version);
		if (version != 2)
			refused(TSMREQ_REASON_BAD_VERSION, 2, 6);
	}
	/* after the code: a foreign event of any version stays foreign */
	put(page, GHCB_CODE, 0x80000010u);
	not_ours(TSMREQ_GHCB_AUTO);
	/* after the bitmap */
	make_op(page, 1);
	page[GHCB_VERSION] = 1;
	mark(page, GHCB_INFO2, false);
	refused(TSMREQ_REASON_BAD_BITMAP, 2, 4);
}

/* ---- which event */

static const struct {
	enum tsmreq_ghcb_abi abi;
	uint64_t request;
	bool op;
} events[] = {
	{TSMREQ_GHCB_AUTO, 0x80000020u, true},	{TSMREQ_GHCB_TIO_A, 0x80000020u, true},
	{TSMREQ_GHCB_TIO_B, 0x80000020u, true}, {TSMREQ_GHCB_RFC1, 0x80000020u, false},
	{TSMREQ_GHCB_RFC2, 0x80000020u, false}, {TSMREQ_GHCB_204, 0x80000019u, false},
};

static void codes(void **state)
{
	(void)state;
	for (size_t i = 0; i < ABIS; i++) {
		make_request(page, 9);
		put(page, GHCB_CODE, events[i].request);
		assert_int_equal(decode(events[i].abi).kind, TSMREQ_CALL_PENDING);
		/* all 64 bits count */
		for (unsigned int bit = 0; bit < 64; bit++) {
			const uint64_t code = events[i].request ^ (uint64_t)1 << bit;

			put(page, GHCB_CODE, code);
			if (code != 0x80000021u)
				not_ours(events[i].abi);
		}
		put(page, GHCB_CODE, UINT64_MAX);
		not_ours(events[i].abi);
		/* a read of CR0, and no TIO_OP where there is none */
		put(page, GHCB_CODE, 0);
		not_ours(events[i].abi);

		make_op(page, 0);
		if (events[i].op)
			assert_int_equal(decode(events[i].abi).kind, TSMREQ_CALL_BIND);
		else
			not_ours(events[i].abi);
	}
}

static void foreign_codes(void **state)
{
	(void)state;
	make_request(page, 9);
	for (uint64_t low = 0; low < 0x10000; low++) {
		put(page, GHCB_CODE, 0x80000000u | low);
		if (low != 0x20 && low != 0x21)
			not_ours(TSMREQ_GHCB_AUTO);
	}
}

/* Bit by bit, whatever else is marked. What Linux marks is enough, and what it needs is needed. */
static void bitmap_of_an_op(void **state)
{
	static const uint32_t needed[] = {GHCB_CODE, GHCB_INFO1, GHCB_INFO2};

	(void)state;
	for (uint32_t bit = 0; bit < 128; bit++) {
		bool is_needed = false;

		for (size_t i = 0; i < 3; i++)
			is_needed |= bit == needed[i] / 8;
		make_op(page, 1);
		page[GHCB_BITMAP + bit / 8] ^= (uint8_t)(1 << bit % 8);
		if (is_needed)
			refused(TSMREQ_REASON_BAD_BITMAP, 2, 4);
		else
			assert_int_equal(decode(TSMREQ_GHCB_AUTO).kind, TSMREQ_CALL_UNBIND);
	}
}

static void bitmap_of_a_request(void **state)
{
	(void)state;
	for (uint32_t bit = 0; bit < 128; bit++) {
		const uint32_t offset = 8 * bit;
		struct tsmreq_call call;

		make_request(page, 0x33);
		put(page, GHCB_RAX, 0x11);
		put(page, GHCB_RBX, 0x22);
		page[GHCB_BITMAP + bit / 8] ^= (uint8_t)(1 << bit % 8);
		if (offset == GHCB_CODE || offset == GHCB_INFO1 || offset == GHCB_INFO2 ||
		    offset == GHCB_RCX) {
			refused(TSMREQ_REASON_BAD_BITMAP, 2, 4);
			continue;
		}
		/* the others read as 0, and the message will tell whether that will do */
		call = decode(TSMREQ_GHCB_AUTO);
		assert_int_equal(call.kind, TSMREQ_CALL_PENDING);
		assert_int_equal(call.u.hints.rax, offset == GHCB_RAX ? 0 : 0x11);
		assert_int_equal(call.u.hints.rbx, offset == GHCB_RBX ? 0 : 0x22);
		assert_int_equal(call.u.hints.rcx, DEV);
		assert_int_equal(call.u.hints.rdx, offset == GHCB_RDX ? 0 : 0x33);
		assert_int_equal(call.u.hints.marked, offset == GHCB_RAX   ? 0xe
						      : offset == GHCB_RBX ? 0xd
						      : offset == GHCB_RDX ? 0x7
									   : 0xf);
		assert_int_equal(call.u.hints.flags, 0);
	}
}

/* An unmarked code is refused, whatever stands there. */
static void unmarked_code(void **state)
{
	(void)state;
	make_op(page, 0);
	put(page, GHCB_CODE, 0x80000010u);
	mark(page, GHCB_CODE, false);
	refused(TSMREQ_REASON_BAD_BITMAP, 2, 4);
}

/* ---- TIO_OP */

static void ops(void **state)
{
	static const enum tsmreq_call_kind kinds[] = {TSMREQ_CALL_BIND, TSMREQ_CALL_UNBIND,
						      TSMREQ_CALL_SET_TDI_STATE,
						      TSMREQ_CALL_SET_TDI_STATE};

	(void)state;
	for (uint32_t action = 0; action < 4; action++) {
		struct tsmreq_call expect = call_of(kinds[action], TSMREQ_SHAPE_GHCB_PAGE);
		struct tsmreq_call call;

		make_op(page, action);
		put(page, GHCB_INFO2, UINT64_MAX); /* nobody looks at it */
		put(page, GHCB_RCX, 0x5a5a);
		expect.u.state.target = action == 2 ? TSMREQ_TDI_RUN : TSMREQ_TDI_UNLOCKED;
		call = decode(TSMREQ_GHCB_AUTO);
		assert_memory_equal(&call, &expect, sizeof(call));
	}
	for (unsigned int bit = 2; bit < 32; bit++) {
		make_op(page, 1u << bit);
		refused(TSMREQ_REASON_BAD_ACTION, 0, 0x16);
	}
	make_op(page, UINT32_MAX);
	refused(TSMREQ_REASON_BAD_ACTION, 0, 0x16);
}

static void devices(void **state)
{
	static const uint32_t ids[] = {0, 1, 0x100, 0x10100, 0x7fffffff, 0x80000000u, UINT32_MAX};

	(void)state;
	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		make_op(page, 1);
		put(page, GHCB_INFO1, (uint64_t)1 << 32 | ids[i]);
		assert_true(decode(TSMREQ_GHCB_AUTO).dev.raw == ids[i]);
		make_request(page, 9);
		put(page, GHCB_RCX, (uint64_t)0xabcd << 32 | ids[i]);
		assert_true(decode(TSMREQ_GHCB_AUTO).dev.raw == ids[i]);
		assert_true(decode(TSMREQ_GHCB_AUTO).u.hints.rcx ==
			    ((uint64_t)0xabcd << 32 | ids[i]));
	}
}

/* ---- a request, up to its page */

static void request(void **state)
{
	const struct tsmreq_call_hints hints = {0x12340000, 8, DEV, 0xc0000048u, 0xf, 0};
	const struct tsmreq_call expect = pending(TSMREQ_SHAPE_GHCB_PAGE, &hints);
	struct tsmreq_call call;

	(void)state;
	make_request(page, 0xc0000048u);
	put(page, GHCB_RAX, 0x12340000);
	put(page, GHCB_RBX, 8);
	call = decode(TSMREQ_GHCB_AUTO);
	assert_memory_equal(&call, &expect, sizeof(call));
}

static void request_pages(void **state)
{
	(void)state;
	make_request(page, 9);
	put(page, GHCB_INFO1, REQUEST + 0x10);
	refused(TSMREQ_REASON_BAD_PAGE, 2, 4);
	/* the id is asked for first */
	mark(page, GHCB_RCX, false);
	refused(TSMREQ_REASON_BAD_BITMAP, 2, 4);
	make_request(page, 9);
	put(page, GHCB_INFO2, REQUEST);
	refused(TSMREQ_REASON_BAD_PAGE, 2, 4);
	make_request(page, 9);
	put(page, GHCB_INFO2, GPA_END);
	refused(TSMREQ_REASON_BAD_PAGE, 2, 5);
}

/* ---- the answer */

static struct tsmreq_ghcb_regs encode(enum tsmreq_ghcb_abi abi, const struct tsmreq_call *call,
				      const struct tsmreq_answer *answer)
{
	struct tsmreq_ghcb_regs regs;

	memset(&regs, 0xa5, sizeof(regs));
	assert_int_equal(tsmreq_ghcb_encode(abi, call, answer, &regs), 0);
	return regs;
}

static void assert_regs(const struct tsmreq_ghcb_regs *regs, uint64_t info1, uint64_t info2,
			uint32_t marked, uint64_t rcx, uint64_t rdx, uint64_t rbx)
{
	const struct tsmreq_ghcb_regs expect = {info1, info2, rcx, rdx, rbx, marked, 0};

	assert_memory_equal(regs, &expect, sizeof(expect));
}

static void successes(void **state)
{
	static const enum tsmreq_call_kind plain[] = {
		TSMREQ_CALL_UNBIND,	 TSMREQ_CALL_SET_TDI_STATE, TSMREQ_CALL_VALIDATE_MMIO,
		TSMREQ_CALL_MMIO_CONFIG, TSMREQ_CALL_SET_DMA,
	};
	const struct tsmreq_answer answer = {.value = 0x123456789u, .tdi_state = TSMREQ_TDI_RUN};
	struct tsmreq_ghcb_regs regs;
	struct tsmreq_call call;

	(void)state;
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++) {
		call = call_of(plain[i], TSMREQ_SHAPE_GHCB_PAGE);
		regs = encode(TSMREQ_GHCB_AUTO, &call, &answer);
		assert_regs(&regs, 0, 0, 0, 0, 0, 0);
	}
	call = call_of(TSMREQ_CALL_BIND, TSMREQ_SHAPE_GHCB_PAGE);
	regs = encode(TSMREQ_GHCB_AUTO, &call, &answer);
	assert_regs(&regs, 0, 0, TSMREQ_GHCB_RCX, 0x123456789u, 0, 0);
	call = call_of(TSMREQ_CALL_TDI_INFO, TSMREQ_SHAPE_GHCB_PAGE);
	regs = encode(TSMREQ_GHCB_RFC2, &call, &answer);
	assert_regs(&regs, 0, 0, TSMREQ_GHCB_RDX | TSMREQ_GHCB_RBX, 0, 2, 0x123456789u);
	/* the draft knows no RDX */
	regs = encode(TSMREQ_GHCB_204, &call, &answer);
	assert_regs(&regs, 0, 0, TSMREQ_GHCB_RBX, 0, 0, 0x123456789u);
}

/* No register says anything when the request did nothing, but for the pages needed. */
static void failures(void **state)
{
	struct tsmreq_answer answer = {.value = 2, .tdi_state = TSMREQ_TDI_RUN, .rc = -EIO};
	struct tsmreq_ghcb_regs regs;
	struct tsmreq_call call;

	(void)state;
	call = call_of(TSMREQ_CALL_BIND, TSMREQ_SHAPE_GHCB_PAGE);
	regs = encode(TSMREQ_GHCB_AUTO, &call, &answer);
	assert_regs(&regs, 0, 0xffffffffu, 0, 0, 0, 0);
	call = call_of(TSMREQ_CALL_TDI_INFO, TSMREQ_SHAPE_GHCB_PAGE);
	regs = encode(TSMREQ_GHCB_AUTO, &call, &answer);
	assert_regs(&regs, 0, 0xffffffffu, 0, 0, 0, 0);
	answer.rc = -EBUSY;
	regs = encode(TSMREQ_GHCB_AUTO, &call, &answer);
	assert_regs(&regs, 0, 0x200000000u, 0, 0, 0, 0);
	answer.rc = -EREMOTEIO;
	answer.result.tsm_code = 0x3a;
	regs = encode(TSMREQ_GHCB_AUTO, &call, &answer);
	assert_regs(&regs, 0, 0x3a, 0, 0, 0, 0);

	/* the table does not fit: before anything is sent */
	answer = (struct tsmreq_answer){.value = 2, .rc = -ENOSPC};
	regs = encode(TSMREQ_GHCB_AUTO, &call, &answer);
	assert_regs(&regs, 0, 0x100000000u, TSMREQ_GHCB_RBX, 0, 0, 2);
	/* a kernel that says so is only a kernel that failed */
	answer.result.outcome = TSMREQ_OUTCOME_FAILED;
	regs = encode(TSMREQ_GHCB_AUTO, &call, &answer);
	assert_regs(&regs, 0, 0xffffffffu, 0, 0, 0, 0);
}

static void refusals(void **state)
{
	struct tsmreq_call call = call_of(TSMREQ_CALL_TDI_INFO, TSMREQ_SHAPE_GHCB_PAGE);
	struct tsmreq_ghcb_regs regs;

	(void)state;
	assert_int_equal(tsmreq_ghcb_refuse(&call, TSMREQ_REASON_BAD_DATA), 0);
	regs = encode(TSMREQ_GHCB_AUTO, &call, NULL);
	assert_regs(&regs, 2, 5, 0, 0, 0, 0);
	assert_int_equal(tsmreq_ghcb_refuse(&call, TSMREQ_REASON_BAD_GUEST), 0);
	regs = encode(TSMREQ_GHCB_204, &call, NULL);
	assert_regs(&regs, 0, 0x16, 0, 0, 0, 0);
}

/* What cannot be answered is not success for a caller that does not look. */
static void unanswerable(void **state)
{
	const struct tsmreq_answer answer = {0};
	const struct tsmreq_call_hints hints = {0};
	struct tsmreq_ghcb_regs regs;
	struct tsmreq_call call = call_of(TSMREQ_CALL_BIND, TSMREQ_SHAPE_GHCB_PAGE);

	(void)state;
	assert_int_equal(tsmreq_ghcb_encode(0, &call, &answer, &regs), -EINVAL);
	assert_regs(&regs, 0, 0xffffffffu, 0, 0, 0, 0);
	call.shape = TSMREQ_SHAPE_VMGEXIT_TIO_OP;
	assert_int_equal(tsmreq_ghcb_encode(TSMREQ_GHCB_AUTO, &call, &answer, &regs), -EINVAL);
	assert_regs(&regs, 0, 0xffffffffu, 0, 0, 0, 0);
	call = pending(TSMREQ_SHAPE_GHCB_PAGE, &hints);
	assert_int_equal(tsmreq_ghcb_encode(TSMREQ_GHCB_AUTO, &call, &answer, &regs), -EINVAL);
	assert_regs(&regs, 0, 0xffffffffu, 0, 0, 0, 0);
	memset(&call, 0, sizeof(call));
	assert_int_equal(tsmreq_ghcb_encode(TSMREQ_GHCB_AUTO, &call, &answer, &regs), -EINVAL);
}

/* ---- into the page */

static const struct {
	uint32_t bit;
	uint32_t offset;
	uint64_t value;
} registers[] = {
	{TSMREQ_GHCB_RCX, GHCB_RCX, 0x1122334455667788u},
	{TSMREQ_GHCB_RDX, GHCB_RDX, 0x2233445566778899u},
	{TSMREQ_GHCB_RBX, GHCB_RBX, 0x33445566778899aau},
	{0, GHCB_INFO1, 0x445566778899aabbu},
	{0, GHCB_INFO2, 0x5566778899aabbccu},
};

static struct tsmreq_ghcb_regs regs_of(uint32_t marked)
{
	struct tsmreq_ghcb_regs regs = {
		.info1 = registers[3].value, .info2 = registers[4].value, .marked = marked};

	if (marked & TSMREQ_GHCB_RCX)
		regs.rcx = registers[0].value;
	if (marked & TSMREQ_GHCB_RDX)
		regs.rdx = registers[1].value;
	if (marked & TSMREQ_GHCB_RBX)
		regs.rbx = registers[2].value;
	return regs;
}

/* The page that @marked has to make of one full of 0xa5. */
static void expect_page(uint32_t marked, uint8_t *expect)
{
	memset(expect, 0xa5, PAGE);
	memset(expect + GHCB_BITMAP, 0, 16);
	for (size_t i = 0; i < 5; i++)
		if (!registers[i].bit || registers[i].bit & marked)
			put(expect, registers[i].offset, registers[i].value);
}

/* What a guest finds, at every length. */
static void load_lengths(void **state)
{
	struct guard guard = guard_new(PAGE);
	struct tsmreq_ghcb_regs regs;

	(void)state;
	expect_page(7, page);
	for (int back = 0; back < 2; back++)
		for (size_t size = 0; size <= PAGE; size++) {
			const struct tsmreq_bytes bytes = guard_copy(&guard, page, size, back);

			assert_int_equal(tsmreq_ghcb_load(bytes, &regs),
					 size < PAGE ? -EMSGSIZE : 0);
			assert_int_equal(regs.marked, size < PAGE ? 0 : 7);
		}
	guard_free(&guard);
}

static void stores(void **state)
{
	struct guard guard = guard_new(PAGE);
	uint8_t expect[PAGE];

	(void)state;
	for (uint32_t marked = 0; marked < 8; marked++) {
		const struct tsmreq_ghcb_regs regs = regs_of(marked);
		struct tsmreq_ghcb_regs loaded;
		uint8_t *at = guard_back(&guard, PAGE);

		expect_page(marked, expect);
		memset(at, 0xa5, PAGE);
		assert_int_equal(tsmreq_ghcb_store(&regs, at, PAGE), 0);
		assert_memory_equal(at, expect, PAGE);
		assert_int_equal(tsmreq_ghcb_load(view(at, PAGE), &loaded), 0);
		assert_memory_equal(&loaded, &regs, sizeof(regs));

		for (size_t size = 0; size < PAGE; size += size < PAGE - 8 ? 97 : 1) {
			at = guard_back(&guard, size);
			memset(at, 0xa5, size);
			assert_int_equal(tsmreq_ghcb_store(&regs, at, size), -EMSGSIZE);
			for (size_t i = 0; i < size; i++)
				assert_int_equal(at[i], 0xa5);
			assert_int_equal(tsmreq_ghcb_load(view(at, size), &loaded), -EMSGSIZE);
			assert_int_equal(loaded.marked | loaded.info2, 0);
		}
	}
	guard_free(&guard);
}

static void fields(void **state)
{
	(void)state;
	for (uint32_t marked = 0; marked < 8; marked++) {
		struct tsmreq_ghcb_field got[TSMREQ_GHCB_FIELDS_MAX];
		const struct tsmreq_ghcb_regs regs = regs_of(marked);
		const unsigned int count = tsmreq_ghcb_get_fields(&regs, got);
		uint8_t expect[PAGE];
		unsigned int n = 0;

		expect_page(marked, expect);
		for (size_t i = 0; i < 5; i++) {
			if (registers[i].bit && !(registers[i].bit & marked))
				continue;
			assert_int_equal(got[n].offset, registers[i].offset);
			assert_int_equal(got[n].size, 8);
			assert_true(tsmreq_load_le64(got[n].bytes) == registers[i].value);
			assert_true(!tsmreq_load_le64(got[n++].bytes + 8));
		}
		assert_int_equal(got[n].offset, GHCB_BITMAP);
		assert_int_equal(got[n].size, 16);
		assert_memory_equal(got[n++].bytes, expect + GHCB_BITMAP, 16);
		assert_int_equal(n, count);
	}
}

/* ---- the way back */

/* What is decoded again from the page made of it. */
static void assert_way_back(enum tsmreq_ghcb_abi abi, const struct tsmreq_call *call)
{
	struct tsmreq_call again;

	memset(page, 0xa5, PAGE);
	assert_int_equal(tsmreq_ghcb_encode_call(abi, call, page, PAGE), 0);
	again = decode(abi);
	assert_memory_equal(&again, call, sizeof(again));
}

static void ops_way_back(void **state)
{
	struct tsmreq_call call;

	(void)state;
	for (uint32_t action = 0; action < 4; action++) {
		make_op(page, action);
		call = decode(TSMREQ_GHCB_TIO_B);
		assert_way_back(TSMREQ_GHCB_TIO_B, &call);
		/* a name that is no guest id does not spill into the action */
		call.dev.raw |= (uint64_t)5 << 32;
		assert_int_equal(tsmreq_ghcb_encode_call(TSMREQ_GHCB_AUTO, &call, page, PAGE), 0);
		assert_true(tsmreq_load_le64(page + GHCB_INFO1) == ((uint64_t)action << 32 | DEV));
		/* there is no such event in an older revision */
		assert_int_equal(tsmreq_ghcb_encode_call(TSMREQ_GHCB_RFC2, &call, page, PAGE),
				 -EINVAL);
	}
}

static void requests_way_back(void **state)
{
	uint64_t random = 88172645463325252u;

	(void)state;
	for (unsigned int round = 0; round < 20000; round++) {
		const enum tsmreq_ghcb_abi abi = all_abis[random_below(&random, ABIS)];
		struct tsmreq_call call;

		make_request(page, random_edge(&random));
		put(page, GHCB_CODE,
		    abi == TSMREQ_GHCB_204 ? TSMREQ_GHCB_EXIT_TIO_DRAFT
					   : TSMREQ_GHCB_EXIT_TIO_REQUEST);
		put(page, GHCB_RAX, random_edge(&random));
		put(page, GHCB_RBX, random_u64(&random));
		put(page, GHCB_RCX, random_u64(&random));
		mark(page, GHCB_RAX, random_below(&random, 2));
		mark(page, GHCB_RBX, random_below(&random, 2));
		mark(page, GHCB_RDX, random_below(&random, 2));
		call = decode(abi);
		assert_int_equal(call.kind, TSMREQ_CALL_PENDING);
		assert_way_back(abi, &call);
	}
}

/* Every register a Linux guest marks, and nothing else in the page; the draft knows no RDX. */
static void exact_page(void **state)
{
	static const enum tsmreq_ghcb_abi abis[] = {TSMREQ_GHCB_TIO_A, TSMREQ_GHCB_204};
	uint8_t expect[PAGE];

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct tsmreq_call call = call_of(TSMREQ_CALL_TDI_INFO, TSMREQ_SHAPE_GHCB_PAGE);

		make_request(expect, 0xe);
		put(expect, GHCB_RAX, 0x12340000);
		put(expect, GHCB_RBX, 8);
		if (abis[i] == TSMREQ_GHCB_204) {
			put(expect, GHCB_CODE, TSMREQ_GHCB_EXIT_TIO_DRAFT);
			put(expect, GHCB_RDX, 0);
			mark(expect, GHCB_RDX, false);
		}
		call.read[0].gpa.raw = REQUEST;
		call.write[0].gpa.raw = RESPONSE;
		call.u.tdi_info.data.raw = 0x12340000;
		call.u.tdi_info.pages = 8;
		call.u.tdi_info.want = 0xe;
		memset(page, 0xa5, PAGE);
		assert_int_equal(tsmreq_ghcb_encode_call(abis[i], &call, page, PAGE), 0);
		assert_memory_equal(page, expect, PAGE);
	}
	make_op(expect, 1);
	{
		const struct tsmreq_call call = call_of(TSMREQ_CALL_UNBIND, TSMREQ_SHAPE_GHCB_PAGE);

		assert_int_equal(tsmreq_ghcb_encode_call(TSMREQ_GHCB_AUTO, &call, page, PAGE), 0);
		assert_memory_equal(page, expect, PAGE);
	}
}

static void no_way_back(void **state)
{
	const struct tsmreq_call_hints unmarked = {1, 2, 3, 4, 0, 0};
	struct tsmreq_call call = pending(TSMREQ_SHAPE_GHCB_PAGE, &unmarked);
	uint8_t expect[PAGE];

	(void)state;
	/* what is not marked is not there: as wrong a page as the call is */
	make_request(expect, 0);
	put(expect, GHCB_RCX, 0);
	for (uint32_t offset = GHCB_RAX; offset < GHCB_CODE; offset += 8)
		mark(expect, offset, false);
	assert_int_equal(tsmreq_ghcb_encode_call(TSMREQ_GHCB_AUTO, &call, page, PAGE), 0);
	assert_memory_equal(page, expect, PAGE);

	call = call_of(TSMREQ_CALL_UNBIND, TSMREQ_SHAPE_GHCB_PAGE);
	assert_int_equal(tsmreq_ghcb_encode_call(TSMREQ_GHCB_AUTO, &call, page, PAGE - 1),
			 -EMSGSIZE);
	assert_int_equal(tsmreq_ghcb_encode_call(0, &call, page, PAGE), -EINVAL);
	call.shape = TSMREQ_SHAPE_VMGEXIT_TIO_OP;
	assert_int_equal(tsmreq_ghcb_encode_call(TSMREQ_GHCB_AUTO, &call, page, PAGE), -EINVAL);
	for (int kind = 0; kind < 32; kind++) {
		if (kind == TSMREQ_CALL_PENDING || kind == TSMREQ_CALL_BIND ||
		    kind == TSMREQ_CALL_UNBIND || kind == TSMREQ_CALL_SET_TDI_STATE ||
		    kind == TSMREQ_CALL_TDI_INFO || kind == TSMREQ_CALL_SET_DMA)
			continue;
		/* a range of no length among them */
		call = call_of((enum tsmreq_call_kind)kind, TSMREQ_SHAPE_GHCB_PAGE);
		assert_int_equal(tsmreq_ghcb_encode_call(TSMREQ_GHCB_AUTO, &call, page, PAGE),
				 -EINVAL);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lengths),	   cmocka_unit_test(unknown_selectors),
		cmocka_unit_test(usage),	   cmocka_unit_test(versions),
		cmocka_unit_test(codes),	   cmocka_unit_test(foreign_codes),
		cmocka_unit_test(bitmap_of_an_op), cmocka_unit_test(bitmap_of_a_request),
		cmocka_unit_test(unmarked_code),   cmocka_unit_test(ops),
		cmocka_unit_test(devices),	   cmocka_unit_test(request),
		cmocka_unit_test(request_pages),   cmocka_unit_test(successes),
		cmocka_unit_test(failures),	   cmocka_unit_test(refusals),
		cmocka_unit_test(unanswerable),	   cmocka_unit_test(load_lengths),
		cmocka_unit_test(stores),	   cmocka_unit_test(fields),
		cmocka_unit_test(ops_way_back),	   cmocka_unit_test(requests_way_back),
		cmocka_unit_test(exact_page),	   cmocka_unit_test(no_way_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
