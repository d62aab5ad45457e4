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
#include <tsmreq/kvm.h>
#include <tsmreq/rhi.h>

#define MINUS_1	    UINT64_MAX
#define SHARED_BASE ((uint64_t)1 << 40)
#define RUN_SIZE    TSMREQ_KVM_RUN_SIZE
#define ABIS	    (TSMREQ_KVM_SEV_CERTS_42 + 1)

static const struct tsmreq_call none;

/* What the head of a kvm_run holds: words from byte 32 on. */
struct run {
	uint8_t bytes[RUN_SIZE];
};

static struct run run_of(uint32_t reason, const uint64_t *words, size_t count)
{
	struct run run;

	/* what no exit defines is garbage */
	memset(&run, 0xa5, sizeof(run));
	tsmreq_store_le32(run.bytes + 8, reason);
	for (size_t i = 0; i < count; i++)
		tsmreq_store_le64(run.bytes + 32 + 8 * i, words[i]);
	return run;
}

static struct run tio_of(uint64_t flags, uint64_t nr, uint64_t dev, uint64_t base, uint64_t top,
			 uint64_t pa)
{
	const uint64_t words[] = {flags, nr, dev, base, top, pa};

	return run_of(44, words, 6);
}

static struct run hypercall_of(uint64_t nr, uint64_t flags)
{
	const uint64_t words[] = {nr, 1, 2, 3, 4, 5, 6, 7, flags};

	return run_of(3, words, 9);
}

static struct tsmreq_call decode(enum tsmreq_kvm_abi abi, struct run run)
{
	struct tsmreq_call call;

	memset(&call, 0xa5, sizeof(call));
	assert_int_equal(tsmreq_kvm_decode(abi, (struct tsmreq_bytes){run.bytes, sizeof(run.bytes)},
					   SHARED_BASE, &call),
			 0);
	return call;
}

static void not_for_us(enum tsmreq_kvm_abi abi, struct run run)
{
	const struct tsmreq_call call = decode(abi, run);

	assert_memory_equal(&call, &none, sizeof(call));
}

static bool is_cca(unsigned int abi)
{
	return abi <= TSMREQ_KVM_CCA_V7;
}

/* ---- which exit is which */

/* Every exit number in every tree: the few that are ours, and nothing else. */
static void exit_numbers(void **state)
{
	(void)state;
	for (unsigned int abi = 1; abi < ABIS; abi++)
		for (uint32_t reason = 0; reason < 300; reason++) {
			const uint64_t words[] = {0, 8, 0x100, 0x4000, 0x8000, 0x9000};
			const struct tsmreq_call call =
				decode((enum tsmreq_kvm_abi)abi, run_of(reason, words, 6));
			enum tsmreq_call_kind kind = TSMREQ_CALL_NONE;

			if (is_cca(abi) && reason == 39)
				kind = TSMREQ_CALL_MEMORY_FAULT;
			if (reason == 44 && abi == TSMREQ_KVM_CCA_V2)
				kind = TSMREQ_CALL_VDEV_REQUEST;
			if (reason == 44 && abi == TSMREQ_KVM_CCA_V4)
				kind = TSMREQ_CALL_REJECT;
			if (reason == 44 && abi == TSMREQ_KVM_CCA_V7)
				kind = TSMREQ_CALL_VALIDATE_MMIO;
			if (reason == 40 &&
			    (abi == TSMREQ_KVM_SEV_RFC1 || abi == TSMREQ_KVM_SEV_RFC2))
				kind = TSMREQ_CALL_PENDING;
			if (reason == 42 && abi == TSMREQ_KVM_SEV_TIO)
				kind = TSMREQ_CALL_PENDING;
			if ((reason == 43 &&
			     (abi == TSMREQ_KVM_SEV_TIO || abi == TSMREQ_KVM_SEV)) ||
			    (reason == 42 && abi == TSMREQ_KVM_SEV_CERTS_42))
				kind = TSMREQ_CALL_SNP_REQ_CERTS;
			assert_int_equal(call.kind, kind);
			if (kind == TSMREQ_CALL_NONE)
				assert_memory_equal(&call, &none, sizeof(call));
		}
}

/* Whole 32 bits of the exit reason. */
static void exit_number_is_not_cut(void **state)
{
	(void)state;
	for (unsigned int bit = 8; bit < 32; bit++) {
		const uint64_t words[] = {0, 8, 0x100, 0x4000, 0x8000, 0x9000};

		not_for_us(TSMREQ_KVM_CCA_V7, run_of(44 | 1u << bit, words, 6));
		not_for_us(TSMREQ_KVM_CCA_V7, run_of(39 | 1u << bit, words, 6));
		not_for_us(TSMREQ_KVM_SEV_TIO, run_of(42 | 1u << bit, words, 6));
	}
}

static void unknown_selectors(void **state)
{
	static const int selectors[] = {0, ABIS, ABIS + 1, -1, INT32_MAX};
	const struct run run = hypercall_of(TSMREQ_RHI_FEATURES, 0);
	struct run copy = run;
	struct tsmreq_call call;

	(void)state;
	for (size_t i = 0; i < sizeof(selectors) / sizeof(selectors[0]); i++) {
		const enum tsmreq_kvm_abi abi = (enum tsmreq_kvm_abi)selectors[i];

		memset(&call, 0xa5, sizeof(call));
		assert_int_equal(tsmreq_kvm_decode(abi, (struct tsmreq_bytes){run.bytes, RUN_SIZE},
						   0, &call),
				 -EINVAL);
		assert_memory_equal(&call, &none, sizeof(call));
		assert_int_equal(tsmreq_kvm_preset(abi, copy.bytes, RUN_SIZE), -EINVAL);
		assert_int_equal(tsmreq_kvm_encode_call(abi, &call, copy.bytes, RUN_SIZE), -EINVAL);
		assert_memory_equal(&copy, &run, sizeof(run));
		assert_string_equal(tsmreq_kvm_abi_to_string(abi), "unknown");
	}
}

static void names(void **state)
{
	enum tsmreq_kvm_abi abi = (enum tsmreq_kvm_abi)0;

	(void)state;
	for (int i = 1; i < ABIS; i++) {
		const char *name = tsmreq_kvm_abi_to_string((enum tsmreq_kvm_abi)i);

		assert_string_not_equal(name, "unknown");
		assert_int_equal(tsmreq_kvm_abi_from_string(name, &abi), 0);
		assert_int_equal(abi, i);
	}
	assert_int_equal(tsmreq_kvm_abi_from_string("cca-v8", &abi), -EINVAL);
	assert_int_equal(tsmreq_kvm_abi_from_string("", &abi), -EINVAL);
}

/* Every exit at every length, against a page that faults behind it and before it. */
static void lengths(void **state)
{
	const uint64_t tio[] = {0, 8, 0x100, 0x4000, 0x8000, 0x9000, 0};
	const struct {
		enum tsmreq_kvm_abi abi;
		struct run run;
		size_t enough;
	} exits[] = {
		{TSMREQ_KVM_CCA_V7, hypercall_of(TSMREQ_RHI_FEATURES, 0), 104},
		{TSMREQ_KVM_CCA_V7, hypercall_of(0xc500004e, 0), 104},
		{TSMREQ_KVM_CCA_V7, run_of(44, tio, 7), 88},
		{TSMREQ_KVM_CCA_V4, run_of(44, tio, 7), 88},
		{TSMREQ_KVM_CCA_V2, run_of(44, tio, 6), 80},
		{TSMREQ_KVM_CCA_V6, run_of(44, tio, 6), 12},
		{TSMREQ_KVM_CCA_V6, run_of(39, tio, 3), 56},
		{TSMREQ_KVM_CCA_V7, run_of(5, tio, 3), 12},
		{TSMREQ_KVM_TDX, run_of(40, tio, 3), 12},
		{TSMREQ_KVM_SEV_TIO, run_of(42, tio, 3), 12},
		{TSMREQ_KVM_SEV_TIO, run_of(43, tio, 3), 56},
	};
	struct guard guard = guard_new(RUN_SIZE);

	(void)state;
	for (size_t i = 0; i < sizeof(exits) / sizeof(exits[0]); i++)
		for (size_t size = 0; size <= RUN_SIZE; size++)
			for (int back = 0; back < 2; back++) {
				const struct tsmreq_bytes bytes =
					guard_copy(&guard, exits[i].run.bytes, size, back);
				const struct tsmreq_call whole = decode(exits[i].abi, exits[i].run);
				struct tsmreq_call call;
				const int rc =
					tsmreq_kvm_decode(exits[i].abi, bytes, SHARED_BASE, &call);

				assert_int_equal(rc, size < exits[i].enough ? -EMSGSIZE : 0);
				assert_memory_equal(&call, rc ? &none : &whole, sizeof(call));
			}
	guard_free(&guard);
}

/* ---- hypercalls */

static void hypercalls(void **state)
{
	(void)state;
	for (unsigned int abi = 1; abi < ABIS; abi++) {
		const struct run run = hypercall_of(TSMREQ_RHI_VDEV_ABORT, 0x8000000000000004u);
		const struct tsmreq_call call = decode((enum tsmreq_kvm_abi)abi, run);
		const bool filled = abi == TSMREQ_KVM_CCA_V6 || abi == TSMREQ_KVM_CCA_V7;

		not_for_us((enum tsmreq_kvm_abi)abi, hypercall_of(0xc500004e, 0));
		not_for_us((enum tsmreq_kvm_abi)abi, hypercall_of(0x1c500004c, 0));
		not_for_us((enum tsmreq_kvm_abi)abi, hypercall_of(12, 0));
		if (!is_cca(abi)) {
			assert_memory_equal(&call, &none, sizeof(call));
			continue;
		}
		assert_int_equal(call.kind, TSMREQ_CALL_PENDING);
		assert_int_equal(call.arch, TSMREQ_ARCH_CCA);
		assert_int_equal(call.shape, TSMREQ_SHAPE_RHI);
		assert_int_equal(call.next, TSMREQ_NEXT_RHI_REGISTERS);
		assert_true(call.u.hypercall.nr == TSMREQ_RHI_VDEV_ABORT);
		assert_true(call.u.hypercall.flags == (filled ? 0x8000000000000004u : 0));
	}
}

/* ---- TIO */

static void tio_refused(enum tsmreq_kvm_abi abi, struct run run, enum tsmreq_reason reason)
{
	struct tsmreq_call call = decode(abi, run);
	const struct run before = run;
	enum tsmreq_action action;

	assert_int_equal(call.kind, TSMREQ_CALL_REJECT);
	assert_int_equal(call.arch, TSMREQ_ARCH_CCA);
	assert_int_equal(call.reason, reason);
	assert_true(call.u.refusal.code == MINUS_1);
	assert_int_equal(call.u.refusal.detail, 0);
	assert_int_equal(call.u.refusal.length, 0);
	assert_int_equal(tsmreq_kvm_encode(&call, NULL, run.bytes, RUN_SIZE, &action), 0);
	if (abi == TSMREQ_KVM_CCA_V2) {
		/* there is no word to say no with */
		assert_int_equal(action, TSMREQ_ACTION_STOP);
		assert_memory_equal(&run, &before, sizeof(run));
		return;
	}
	assert_int_equal(action, TSMREQ_ACTION_RESUME);
	assert_true(tsmreq_load_le64(run.bytes + 80) == MINUS_1);
	/* nothing else changes, gpa_top least of all */
	memcpy(run.bytes + 80, before.bytes + 80, 8);
	assert_memory_equal(&run, &before, sizeof(run));
}

static const struct {
	enum tsmreq_kvm_abi abi;
	uint64_t map;
} mappers[] = {{TSMREQ_KVM_CCA_V2, 9}, {TSMREQ_KVM_CCA_V4, 9}, {TSMREQ_KVM_CCA_V7, 8}};

static void tio_mapping(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		const struct tsmreq_call call = decode(
			mappers[i].abi, tio_of(0, mappers[i].map, 0x100, 0x4000, 0x8000, 0x9000));

		assert_int_equal(call.kind, TSMREQ_CALL_VALIDATE_MMIO);
		assert_int_equal(call.arch, TSMREQ_ARCH_CCA);
		assert_int_equal(call.shape,
				 i ? TSMREQ_SHAPE_TIO_RESPONSE : TSMREQ_SHAPE_TIO_REENTER);
		assert_int_equal(call.next, TSMREQ_NEXT_DONE);
		assert_true(call.dev.raw == 0x100);
		assert_true(call.u.mmio.base.raw == 0x4000);
		assert_true(call.u.mmio.size == 0x4000);
		assert_true(call.u.mmio.host_base == 0x9000);
		assert_int_equal(call.u.mmio.to_private, TSMREQ_YES);
		assert_int_equal(call.u.mmio.range, TSMREQ_RANGE_NONE);
	}
}

static void tio_reasons(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		const enum tsmreq_kvm_abi abi = mappers[i].abi;

		for (uint64_t nr = 0; nr < 64; nr++) {
			if (nr == mappers[i].map || (abi == TSMREQ_KVM_CCA_V2 && nr == 8))
				continue;
			tio_refused(abi, tio_of(0, nr, 0x100, 0x4000, 0x8000, 0x9000),
				    TSMREQ_REASON_BAD_FUNCTION);
		}
		for (unsigned int bit = 6; bit < 64; bit++)
			tio_refused(abi,
				    tio_of(0, mappers[i].map | (uint64_t)1 << bit, 0x100, 0x4000,
					   0x8000, 0x9000),
				    TSMREQ_REASON_BAD_FUNCTION);
	}
}

static void tio_flags(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3; i++)
		for (unsigned int bit = 0; bit < 64; bit++)
			tio_refused(mappers[i].abi,
				    tio_of((uint64_t)1 << bit, mappers[i].map, 0x100, 0x4000,
					   0x8000, 0x9000),
				    TSMREQ_REASON_BAD_FLAGS);
}

static void tio_devices(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct tsmreq_call call;

		for (unsigned int bit = 32; bit < 64; bit++)
			tio_refused(mappers[i].abi,
				    tio_of(0, mappers[i].map, 0x100 | (uint64_t)1 << bit, 0x4000,
					   0x8000, 0x9000),
				    TSMREQ_REASON_BAD_GUEST);
		call = decode(mappers[i].abi,
			      tio_of(0, mappers[i].map, 0xffffffff, 0x4000, 0x8000, 0x9000));
		assert_true(call.dev.raw == 0xffffffff);
		call = decode(mappers[i].abi, tio_of(0, mappers[i].map, 0, 0x4000, 0x8000, 0x9000));
		assert_int_equal(call.kind, TSMREQ_CALL_VALIDATE_MMIO);
		assert_true(call.dev.raw == 0);
	}
}

static void tio_range_is(uint64_t base, uint64_t top, uint64_t pa, enum tsmreq_reason reason)
{
	for (size_t i = 0; i < 3; i++) {
		const struct run run = tio_of(0, mappers[i].map, 0x100, base, top, pa);

		if (reason != TSMREQ_REASON_NONE)
			tio_refused(mappers[i].abi, run, reason);
		else
			assert_int_equal(decode(mappers[i].abi, run).kind,
					 TSMREQ_CALL_VALIDATE_MMIO);
	}
}

static void tio_ranges(void **state)
{
	(void)state;
	tio_range_is(0, 0x1000, 0, TSMREQ_REASON_NONE);
	tio_range_is(0x8000, 0x4000, 0x9000, TSMREQ_REASON_BAD_RANGE);
	tio_range_is(0x4000, 0x4000, 0x9000, TSMREQ_REASON_BAD_RANGE);
	tio_range_is(0x4000, 0, 0x9000, TSMREQ_REASON_BAD_RANGE);
	/* each of the three on a granule */
	for (unsigned int bit = 0; bit < 12; bit++) {
		const uint64_t off = (uint64_t)1 << bit;

		tio_range_is(0x4000 + off, 0x8000, 0x9000, TSMREQ_REASON_BAD_ALIGNMENT);
		tio_range_is(0x4000, 0x8000 + off, 0x9000, TSMREQ_REASON_BAD_ALIGNMENT);
		tio_range_is(0x4000, 0x8000, 0x9000 + off, TSMREQ_REASON_BAD_ALIGNMENT);
	}
	/* the exclusive end may be the first shared address */
	tio_range_is(SHARED_BASE - 0x1000, SHARED_BASE, 0x9000, TSMREQ_REASON_NONE);
	tio_range_is(SHARED_BASE - 0x1000, SHARED_BASE + 0x1000, 0x9000, TSMREQ_REASON_BAD_ADDRESS);
	tio_range_is(SHARED_BASE, SHARED_BASE + 0x1000, 0x9000, TSMREQ_REASON_BAD_ADDRESS);
	tio_range_is(0, 0xfffffffffffff000u, 0, TSMREQ_REASON_BAD_ADDRESS);
	/* pa_base + length */
	tio_range_is(0x4000, 0x8000, 0xfffffffffffff000u, TSMREQ_REASON_BAD_RANGE);
	tio_range_is(0x4000, 0x8000, 0xffffffffffffc000u, TSMREQ_REASON_BAD_RANGE);
	tio_range_is(0x4000, 0x8000, 0xffffffffffffb000u, TSMREQ_REASON_NONE);
}

/* A look-up carries no range, so what stands there is not looked at. */
static void tio_request(void **state)
{
	const struct tsmreq_call call =
		decode(TSMREQ_KVM_CCA_V2, tio_of(0, 8, 0x100, 0x8001, 0x4001, MINUS_1));

	(void)state;
	assert_int_equal(call.kind, TSMREQ_CALL_VDEV_REQUEST);
	assert_int_equal(call.shape, TSMREQ_SHAPE_TIO_REENTER);
	assert_true(call.dev.raw == 0x100);
	assert_true(call.u.mmio.size == 0);
	tio_refused(TSMREQ_KVM_CCA_V2, tio_of(1, 8, 0x100, 0, 0, 0), TSMREQ_REASON_BAD_FLAGS);
	tio_refused(TSMREQ_KVM_CCA_V2, tio_of(0, 8, 0x100000100, 0, 0, 0), TSMREQ_REASON_BAD_GUEST);
}

static void tio_answers(void **state)
{
	(void)state;
	for (size_t i = 1; i < 3; i++)
		for (int error = 0; error < 200; error++) {
			struct run run = tio_of(0, mappers[i].map, 0x100, 0x4000, 0x8000, 0x9000);
			const struct run before = run;
			const struct tsmreq_call call = decode(mappers[i].abi, run);
			const struct tsmreq_answer answer = {.rc = -error, .value = 5};
			enum tsmreq_action action;

			assert_int_equal(
				tsmreq_kvm_encode(&call, &answer, run.bytes, RUN_SIZE, &action), 0);
			assert_int_equal(action, TSMREQ_ACTION_RESUME);
			assert_true(tsmreq_load_le64(run.bytes + 80) == (error ? MINUS_1 : 0));
			memcpy(run.bytes + 80, before.bytes + 80, 8);
			assert_memory_equal(&run, &before, sizeof(run));
		}
}

static void tio_answers_without_a_word(void **state)
{
	struct run run = tio_of(0, 9, 0x100, 0x4000, 0x8000, 0x9000);
	const struct run before = run;
	const struct tsmreq_call call = decode(TSMREQ_KVM_CCA_V2, run);
	struct tsmreq_answer answer = {.rc = 0};
	enum tsmreq_action action;

	(void)state;
	assert_int_equal(tsmreq_kvm_encode(&call, &answer, run.bytes, RUN_SIZE, &action), 0);
	assert_int_equal(action, TSMREQ_ACTION_REENTER);
	answer.rc = -ENODEV;
	assert_int_equal(tsmreq_kvm_encode(&call, &answer, run.bytes, RUN_SIZE, &action), 0);
	assert_int_equal(action, TSMREQ_ACTION_STOP);
	assert_memory_equal(&run, &before, sizeof(run));
}

static void presets(void **state)
{
	struct guard guard = guard_new(RUN_SIZE);

	(void)state;
	for (unsigned int abi = 1; abi < ABIS; abi++)
		for (uint32_t reason = 40; reason < 48; reason++)
			for (size_t size = 0; size <= RUN_SIZE; size++) {
				const uint64_t words[] = {0, 0, 0, 0, 0, 0, 0, 0, 0};
				struct run run = run_of(reason, words, 9);
				uint8_t *copy = guard_back(&guard, size);
				const bool tio = reason == 44 && (abi == TSMREQ_KVM_CCA_V4 ||
								  abi == TSMREQ_KVM_CCA_V7);
				const size_t enough = tio ? 88 : 12;
				int rc;

				memcpy(copy, run.bytes, size);
				rc = tsmreq_kvm_preset((enum tsmreq_kvm_abi)abi, copy, size);
				assert_int_equal(rc, size < enough ? -EMSGSIZE : 0);
				if (!rc && tio)
					memset(run.bytes + 80, 0xff, 8);
				assert_memory_equal(copy, run.bytes, size);
			}
	guard_free(&guard);
}

/* ---- memory faults */

static void faults(void **state)
{
	uint64_t seed = 5;

	(void)state;
	for (int i = 0; i < 10000; i++) {
		const uint64_t words[] = {random_u64(&seed), random_edge(&seed),
					  random_edge(&seed)};
		const struct tsmreq_call call = decode(TSMREQ_KVM_CCA_V7, run_of(39, words, 3));

		assert_int_equal(call.kind, TSMREQ_CALL_MEMORY_FAULT);
		assert_int_equal(call.arch, TSMREQ_ARCH_CCA);
		assert_int_equal(call.shape, TSMREQ_SHAPE_MEMORY_FAULT);
		assert_true(call.u.fault.flags == words[0]);
		assert_true(call.u.fault.base.raw == words[1]);
		assert_true(call.u.fault.size == words[2]);
		assert_int_equal(call.u.fault.to_private, words[0] >> 3 & 1);
	}
}

/* ---- certificates */

static void certs(void **state)
{
	static const struct {
		int rc;
		uint64_t ret;
	} answers[] = {{0, 0}, {-ENOSPC, 28}, {-EAGAIN, 11}, {-EIO, 5}, {-EINTR, 5}, {-ENOENT, 5}};
	const uint64_t words[] = {0x12340000, 4, 0};

	(void)state;
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		const struct tsmreq_answer answer = {.rc = answers[i].rc, .value = 2};
		const struct run before = run_of(43, words, 3);
		struct run run = before;
		const struct tsmreq_call call = decode(TSMREQ_KVM_SEV_TIO, run);
		enum tsmreq_action action;

		assert_int_equal(call.kind, TSMREQ_CALL_SNP_REQ_CERTS);
		assert_int_equal(call.arch, TSMREQ_ARCH_SEV);
		assert_true(call.u.certs.gpa.raw == 0x12340000);
		assert_true(call.u.certs.pages == 4);
		assert_int_equal(tsmreq_kvm_encode(&call, &answer, run.bytes, RUN_SIZE, &action),
				 0);
		assert_int_equal(action, TSMREQ_ACTION_RESUME);
		assert_true(tsmreq_load_le64(run.bytes + 48) == answers[i].ret);
		assert_true(tsmreq_load_le64(run.bytes + 40) ==
			    (answers[i].rc == -ENOSPC ? 2u : 4u));
		memcpy(run.bytes + 40, before.bytes + 40, 16);
		assert_memory_equal(&run, &before, sizeof(run));
	}
}

static void sev_exits(void **state)
{
	const uint64_t words[] = {4, 0};
	const struct tsmreq_call call = decode(TSMREQ_KVM_SEV_TIO, run_of(42, words, 2));

	(void)state;
	assert_int_equal(call.kind, TSMREQ_CALL_PENDING);
	assert_int_equal(call.arch, TSMREQ_ARCH_SEV);
	assert_int_equal(call.next, TSMREQ_NEXT_SEV_EXIT);
}

/* ---- what cannot be answered */

static void short_answers(void **state)
{
	const struct tsmreq_answer answer = {.rc = -ENOSPC, .value = 2};
	struct guard guard = guard_new(RUN_SIZE);
	struct tsmreq_call call = {.kind = TSMREQ_CALL_VALIDATE_MMIO,
				   .shape = TSMREQ_SHAPE_TIO_RESPONSE};
	enum tsmreq_action action;

	(void)state;
	for (size_t size = 0; size <= RUN_SIZE; size++) {
		call.shape = TSMREQ_SHAPE_TIO_RESPONSE;
		assert_int_equal(tsmreq_kvm_encode(&call, &answer, guard_back(&guard, size), size,
						   &action),
				 size < 88 ? -EMSGSIZE : 0);
		call.shape = TSMREQ_SHAPE_SNP_CERTS;
		assert_int_equal(tsmreq_kvm_encode(&call, &answer, guard_back(&guard, size), size,
						   &action),
				 size < 56 ? -EMSGSIZE : 0);
		call.shape = TSMREQ_SHAPE_TIO_REENTER;
		assert_int_equal(tsmreq_kvm_encode(&call, &answer, guard_back(&guard, size), size,
						   &action),
				 0);
	}
	for (int shape = 0; shape <= TSMREQ_SHAPE_SNP_CERTS; shape++) {
		call.shape = (enum tsmreq_shape)shape;
		if (call.shape == TSMREQ_SHAPE_TIO_RESPONSE ||
		    call.shape == TSMREQ_SHAPE_TIO_REENTER || call.shape == TSMREQ_SHAPE_SNP_CERTS)
			continue;
		assert_int_equal(tsmreq_kvm_encode(&call, &answer, guard_front(&guard), RUN_SIZE,
						   &action),
				 -EINVAL);
	}
	guard_free(&guard);
}

/* ---- there and back */

static void round_trip(enum tsmreq_kvm_abi abi, struct run run)
{
	const struct tsmreq_call call = decode(abi, run);
	struct run back;

	assert_int_not_equal(call.kind, TSMREQ_CALL_NONE);
	assert_int_not_equal(call.kind, TSMREQ_CALL_REJECT);
	/* the head is KVM's but for the exit reason */
	memset(&back, 0xa5, sizeof(back));
	assert_int_equal(tsmreq_kvm_encode_call(abi, &call, back.bytes, RUN_SIZE), 0);
	assert_memory_equal(&back, &run, sizeof(run));
}

static void round_trips(void **state)
{
	uint64_t seed = 6;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		const uint64_t pages = 1 + random_below(&seed, 0x1000);
		const uint64_t base = random_below(&seed, (SHARED_BASE >> 12) - pages) << 12;
		const uint64_t pa = random_below(&seed, (uint64_t)1 << 51) << 12;
		const uint64_t dev = (uint32_t)random_u64(&seed);
		const uint64_t map[9] = {0,    mappers[i % 3].map,   dev,
					 base, base + (pages << 12), pa};
		const uint64_t request[9] = {0, 8, dev};
		const uint64_t fault[9] = {random_u64(&seed), base, pages << 12};
		const uint64_t three[9] = {base, pages};
		const uint64_t call[9] = {TSMREQ_RHI_VERSION, [8] = (uint64_t)i};

		round_trip(mappers[i % 3].abi, run_of(44, map, 9));
		round_trip(TSMREQ_KVM_CCA_V2, run_of(44, request, 9));
		round_trip(TSMREQ_KVM_CCA_V6, run_of(39, fault, 9));
		round_trip(TSMREQ_KVM_SEV, run_of(43, three, 9));
		round_trip(TSMREQ_KVM_SEV_CERTS_42, run_of(42, three, 9));
		round_trip(TSMREQ_KVM_CCA_V7, run_of(3, call, 9));
	}
}

/* A call goes back only into a tree that has the exit. */
static void no_way_back(void **state)
{
	static const enum tsmreq_call_kind kinds[] = {
		TSMREQ_CALL_NONE,	   TSMREQ_CALL_REJECT,	     TSMREQ_CALL_PENDING,
		TSMREQ_CALL_VDEV_REQUEST,  TSMREQ_CALL_MEMORY_FAULT, TSMREQ_CALL_SNP_REQ_CERTS,
		TSMREQ_CALL_VALIDATE_MMIO,
	};
	struct run run;

	(void)state;
	for (unsigned int abi = 1; abi < ABIS; abi++)
		for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
			struct tsmreq_call call = {.kind = kinds[i]};
			bool can = false;

			if (call.kind == TSMREQ_CALL_PENDING) {
				call.next = TSMREQ_NEXT_RHI_REGISTERS;
				can = is_cca(abi);
			}
			if (call.kind == TSMREQ_CALL_VDEV_REQUEST)
				can = abi == TSMREQ_KVM_CCA_V2;
			if (call.kind == TSMREQ_CALL_MEMORY_FAULT)
				can = is_cca(abi);
			if (call.kind == TSMREQ_CALL_VALIDATE_MMIO)
				can = is_cca(abi) && abi != TSMREQ_KVM_CCA_V6;
			if (call.kind == TSMREQ_CALL_SNP_REQ_CERTS)
				can = abi == TSMREQ_KVM_SEV_TIO || abi == TSMREQ_KVM_SEV ||
				      abi == TSMREQ_KVM_SEV_CERTS_42;
			assert_int_equal(tsmreq_kvm_encode_call((enum tsmreq_kvm_abi)abi, &call,
								run.bytes, RUN_SIZE),
					 can ? 0 : -EINVAL);
			assert_int_equal(tsmreq_kvm_encode_call((enum tsmreq_kvm_abi)abi, &call,
								run.bytes, RUN_SIZE - 1),
					 -EMSGSIZE);
		}
}

/* ---- filters */

static void filter_is(uint64_t features, unsigned int i, uint32_t base, uint32_t count)
{
	static const uint8_t zeros[15];
	struct tsmreq_kvm_smccc_filter filter;

	memset(&filter, 0xa5, sizeof(filter));
	assert_true(tsmreq_kvm_smccc_filter_at(features, i, &filter));
	assert_int_equal(sizeof(filter), 24);
	assert_int_equal(offsetof(struct tsmreq_kvm_smccc_filter, action), 8);
	assert_int_equal(filter.base, base);
	assert_int_equal(filter.nr_functions, count);
	assert_int_equal(filter.action, 2);
	assert_memory_equal(filter.pad, zeros, sizeof(zeros));
}

static void filters(void **state)
{
	static const uint64_t with[] = {0x3f, 0xbf, 0x7b, 0xff, 0x80, 0x04};
	struct tsmreq_kvm_smccc_filter filter;

	(void)state;
	filter_is(0x3b, 0, 0xc500004b, 3);
	filter_is(0x3b, 1, 0xc5000052, 3);
	assert_false(tsmreq_kvm_smccc_filter_at(0x3b, 2, &filter));
	assert_false(tsmreq_kvm_smccc_filter_at(0, UINT32_MAX, &filter));
	filter_is(0, 1, 0xc5000052, 3);
	for (size_t i = 0; i < sizeof(with) / sizeof(with[0]); i++) {
		filter_is(with[i], 0, 0xc500004a, 1);
		filter_is(with[i], 1, 0xc500004b, 3);
		filter_is(with[i], 2, 0xc5000051, 1);
		filter_is(with[i], 3, 0xc5000052, 3);
		filter_is(with[i], 4, 0xc5000055, 2);
		assert_false(tsmreq_kvm_smccc_filter_at(with[i], 5, &filter));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(exit_numbers),
		cmocka_unit_test(exit_number_is_not_cut),
		cmocka_unit_test(unknown_selectors),
		cmocka_unit_test(names),
		cmocka_unit_test(lengths),
		cmocka_unit_test(hypercalls),
		cmocka_unit_test(tio_mapping),
		cmocka_unit_test(tio_reasons),
		cmocka_unit_test(tio_flags),
		cmocka_unit_test(tio_devices),
		cmocka_unit_test(tio_ranges),
		cmocka_unit_test(tio_request),
		cmocka_unit_test(tio_answers),
		cmocka_unit_test(tio_answers_without_a_word),
		cmocka_unit_test(presets),
		cmocka_unit_test(faults),
		cmocka_unit_test(certs),
		cmocka_unit_test(sev_exits),
		cmocka_unit_test(short_answers),
		cmocka_unit_test(round_trips),
		cmocka_unit_test(no_way_back),
		cmocka_unit_test(filters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
