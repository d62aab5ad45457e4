/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "guard.h"
#include "random.h"
#include <cmocka.h>
#include <errno.h>
#include <tsmreq/rhi.h>
#include <tsmreq/vdev.h>

#define MINUS_1 UINT64_MAX
#define MIB_16	0x1000000u

/* An exit whose nr and flags fit its registers. */
static struct tsmreq_rhi_exit exit_of(uint64_t x0, uint64_t x1, uint64_t x2)
{
	return (struct tsmreq_rhi_exit){.nr = x0, .x = {x0, x1, x2}};
}

static struct tsmreq_rhi_exit read_of(uint64_t object, uint64_t gpa, uint64_t length,
				      uint64_t offset)
{
	struct tsmreq_rhi_exit exit = exit_of(TSMREQ_RHI_OBJECT_READ, 0x100, object);

	exit.x[3] = gpa;
	exit.x[4] = length;
	exit.x[5] = offset;
	return exit;
}

static struct tsmreq_call decode(struct tsmreq_rhi_exit exit, uint32_t quirks)
{
	struct tsmreq_call call;

	memset(&call, 0xa5, sizeof(call));
	assert_int_equal(tsmreq_rhi_decode(&exit, quirks, &call), 0);
	return call;
}

/* Refused, with that status in x0 and nothing anywhere else. */
static void refused(struct tsmreq_rhi_exit exit, uint32_t quirks, enum tsmreq_reason reason,
		    uint64_t status)
{
	const struct tsmreq_call call = decode(exit, quirks);
	struct tsmreq_rhi_regs regs;

	assert_int_equal(call.kind, TSMREQ_CALL_REJECT);
	assert_int_equal(call.arch, TSMREQ_ARCH_CCA);
	assert_int_equal(call.shape, TSMREQ_SHAPE_RHI);
	assert_int_equal(call.next, TSMREQ_NEXT_DONE);
	assert_int_equal(call.reason, reason);
	assert_true(call.u.refusal.code == status);
	assert_int_equal(call.u.refusal.detail, 0);
	assert_int_equal(call.u.refusal.length, 0);
	assert_int_equal(call.read[0].use, TSMREQ_SPAN_NONE);
	assert_int_equal(call.write[0].use, TSMREQ_SPAN_NONE);
	assert_int_equal(tsmreq_rhi_encode(&call, NULL, &regs), 0);
	assert_true(regs.x[0] == status);
	assert_true(regs.x[1] == 0 && regs.x[2] == 0 && regs.x[3] == 0);
}

static void accepted(struct tsmreq_rhi_exit exit, uint32_t quirks, enum tsmreq_call_kind kind)
{
	const struct tsmreq_call call = decode(exit, quirks);

	assert_int_equal(call.kind, kind);
	assert_int_equal(call.arch, TSMREQ_ARCH_CCA);
	assert_int_equal(call.shape, TSMREQ_SHAPE_RHI);
	assert_int_equal(call.reason, TSMREQ_REASON_NONE);
}

static const struct {
	uint32_t number;
	enum tsmreq_call_kind kind;
	unsigned int registers; /* how many of x0.. the call defines */
} served[] = {
	{TSMREQ_RHI_VERSION, TSMREQ_CALL_VERSION, 1},
	{TSMREQ_RHI_FEATURES, TSMREQ_CALL_FEATURES, 1},
	{TSMREQ_RHI_OBJECT_SIZE, TSMREQ_CALL_OBJECT_SIZE, 3},
	{TSMREQ_RHI_OBJECT_READ, TSMREQ_CALL_READ_OBJECT, 6},
	{TSMREQ_RHI_VDEV_CONTINUE, TSMREQ_CALL_CONTINUE, 3},
	{TSMREQ_RHI_VDEV_GET_MEASUREMENTS, TSMREQ_CALL_REGEN, 3},
	{TSMREQ_RHI_VDEV_GET_INTERFACE_REPORT, TSMREQ_CALL_REGEN, 2},
	{TSMREQ_RHI_VDEV_SET_TDI_STATE, TSMREQ_CALL_SET_TDI_STATE, 3},
	{TSMREQ_RHI_VDEV_P2P_UNBIND, TSMREQ_CALL_P2P_UNBIND, 3},
	{TSMREQ_RHI_VDEV_ABORT, TSMREQ_CALL_ABORT, 2},
};

#define SERVED (sizeof(served) / sizeof(served[0]))

/* Registers every served call takes: object 1, state 1, handle 1, block or buffer at 0x2000. */
static struct tsmreq_rhi_exit good(size_t i)
{
	struct tsmreq_rhi_exit exit = exit_of(served[i].number, 0x100, 1);

	exit.x[3] = 0x2000;
	exit.x[4] = 0x10;
	for (unsigned int n = served[i].registers; n < 8; n++)
		exit.x[n] = 0;
	return exit;
}

static void ours(void **state)
{
	(void)state;
	for (size_t i = 0; i < SERVED; i++) {
		accepted(good(i), 0, served[i].kind);
		assert_true(tsmreq_rhi_is_ours(served[i].number));
	}
}

static void not_ours(void **state)
{
	static const uint64_t others[] = {
		0,	     0xc400004c,	 0x8500004c, 0x4500004c, 0xc600004c, 0xc5000049,
		0xc500004e,  0xc500004f,	 0xc5000050, 0xc5000057, 0xc5000000, 0xc50000ff,
		0x1c500004c, 0x8000000c500004cu, MINUS_1,    0xc5000040, 0xffffffff,
	};
	static const struct tsmreq_call none;

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		struct tsmreq_rhi_exit exit = exit_of(others[i], MINUS_1, MINUS_1);
		struct tsmreq_call call;

		/* whatever the other registers and the flags hold */
		exit.flags = MINUS_1;
		call = decode(exit, 0);
		assert_memory_equal(&call, &none, sizeof(call));
		exit.x[0] ^= 1;
		call = decode(exit, 0);
		assert_memory_equal(&call, &none, sizeof(call));
		assert_false(tsmreq_rhi_is_ours(others[i]));
	}
	/* exactly ten of the numbers around ours */
	for (uint64_t n = 0xc5000000; n < 0xc5000200; n++) {
		bool found = false;

		for (size_t i = 0; i < SERVED; i++)
			found = found || served[i].number == n;
		assert_true(tsmreq_rhi_is_ours(n) == found);
	}
}

static void all_of_x0(void **state)
{
	(void)state;
	for (size_t i = 0; i < SERVED; i++)
		for (unsigned int bit = 0; bit < 64; bit++) {
			struct tsmreq_rhi_exit exit = good(i);

			exit.x[0] ^= (uint64_t)1 << bit;
			/* before the flags are looked at */
			exit.flags = MINUS_1;
			refused(exit, 0, TSMREQ_REASON_BAD_FUNCTION, MINUS_1);
		}
}

static void exit_flags(void **state)
{
	(void)state;
	for (size_t i = 0; i < SERVED; i++) {
		const bool plain = served[i].registers == 1;

		for (uint64_t flags = 0; flags < 4; flags++) {
			struct tsmreq_rhi_exit exit = good(i);

			exit.flags = flags;
			accepted(exit, 0, served[i].kind);
		}
		for (unsigned int bit = 2; bit < 64; bit++) {
			struct tsmreq_rhi_exit exit = good(i);

			exit.flags = (uint64_t)1 << bit | 3;
			/* before the arguments are */
			exit.x[1] = plain ? 0 : MINUS_1;
			refused(exit, 0, TSMREQ_REASON_BAD_FLAGS, plain ? MINUS_1 : 5);
		}
	}
}

static void undefined_registers(void **state)
{
	uint64_t seed = 1;

	(void)state;
	for (size_t i = 0; i < SERVED; i++)
		for (int round = 0; round < 1000; round++) {
			struct tsmreq_rhi_exit exit = good(i);
			const struct tsmreq_call clean = decode(exit, 0);
			struct tsmreq_call call;

			for (unsigned int n = served[i].registers; n < 8; n++)
				exit.x[n] = random_u64(&seed);
			call = decode(exit, 0);
			assert_memory_equal(&call, &clean, sizeof(call));
		}
}

static void device_ids(void **state)
{
	(void)state;
	for (size_t i = 0; i < SERVED; i++) {
		struct tsmreq_rhi_exit exit = good(i);

		if (served[i].registers == 1)
			continue;
		for (unsigned int bit = 32; bit < 64; bit++) {
			exit.x[1] = 0x100 | (uint64_t)1 << bit;
			refused(exit, 0, TSMREQ_REASON_BAD_GUEST, 3);
		}
		/* the sign is not stripped */
		exit.x[1] = 0xffffffff80000100u;
		refused(exit, 0, TSMREQ_REASON_BAD_GUEST, 3);
		exit.x[1] = 0xffffffff;
		assert_true(decode(exit, 0).dev.raw == 0xffffffff);
		exit.x[1] = 0x10200;
		assert_true(decode(exit, 0).dev.raw == 0x10200);
		exit.x[1] = 0;
		assert_int_equal(decode(exit, 0).kind, served[i].kind);
		assert_true(decode(exit, 0).dev.raw == 0);
	}
}

static void second_device(void **state)
{
	struct tsmreq_call call;

	(void)state;
	call = decode(exit_of(TSMREQ_RHI_VDEV_P2P_UNBIND, 0x100, 0xffffffff), 0);
	assert_true(call.u.p2p.dev2.raw == 0xffffffff);
	call = decode(exit_of(TSMREQ_RHI_VDEV_P2P_UNBIND, 0x100, 0), 0);
	assert_int_equal(call.kind, TSMREQ_CALL_P2P_UNBIND);
	refused(exit_of(TSMREQ_RHI_VDEV_P2P_UNBIND, 0x100, 0x100000000), 0, TSMREQ_REASON_BAD_GUEST,
		3);
}

static struct tsmreq_rhi_exit object_of(bool read, uint64_t object)
{
	return read ? read_of(object, 0x2000, 8, 0)
		    : exit_of(TSMREQ_RHI_OBJECT_SIZE, 0x100, object);
}

static void objects(void **state)
{
	(void)state;
	for (int read = 0; read < 2; read++) {
		for (uint64_t n = 0; n < 4; n++) {
			accepted(object_of(read, n), 0,
				 read ? TSMREQ_CALL_READ_OBJECT : TSMREQ_CALL_OBJECT_SIZE);
			assert_int_equal(decode(object_of(read, n), 0).u.object.object, n);
		}
		refused(object_of(read, 4), 0, TSMREQ_REASON_BAD_OBJECT, 11);
		for (uint64_t n = 5; n < 300; n++)
			refused(object_of(read, n), 0, TSMREQ_REASON_BAD_OBJECT, 4);
		for (unsigned int bit = 3; bit < 64; bit++)
			for (uint64_t low = 0; low < 5; low++)
				refused(object_of(read, (uint64_t)1 << bit | low), 0,
					TSMREQ_REASON_BAD_OBJECT, 4);
		refused(object_of(read, MINUS_1), 0, TSMREQ_REASON_BAD_OBJECT, 4);
	}
}

static void object_quirks(void **state)
{
	(void)state;
	for (int read = 0; read < 2; read++) {
		const uint32_t vca = TSMREQ_RHI_QUIRK_VCA_IS_4;
		const uint32_t invalid = TSMREQ_RHI_QUIRK_OBJECT4_INVALID;
		const enum tsmreq_call_kind kind = read ? TSMREQ_CALL_READ_OBJECT
							: TSMREQ_CALL_OBJECT_SIZE;

		refused(object_of(read, 4), invalid, TSMREQ_REASON_BAD_OBJECT, 4);
		refused(object_of(read, 5), invalid, TSMREQ_REASON_BAD_OBJECT, 4);
		accepted(object_of(read, 4), vca, kind);
		assert_int_equal(decode(object_of(read, 4), vca).u.object.object,
				 TSMREQ_OBJECT_VCA);
		/* 0 stays the VCA, and with both quirks 4 is it, too */
		assert_int_equal(decode(object_of(read, 0), vca).u.object.object,
				 TSMREQ_OBJECT_VCA);
		accepted(object_of(read, 4), vca | invalid, kind);
		refused(object_of(read, 5), vca, TSMREQ_REASON_BAD_OBJECT, 4);
		refused(object_of(read, (uint64_t)1 << 32 | 4), vca, TSMREQ_REASON_BAD_OBJECT, 4);
	}
}

static void tdi_states(void **state)
{
	(void)state;
	for (uint64_t n = 0; n < 3; n++) {
		accepted(exit_of(TSMREQ_RHI_VDEV_SET_TDI_STATE, 0x100, n), 0,
			 TSMREQ_CALL_SET_TDI_STATE);
		assert_int_equal(
			decode(exit_of(TSMREQ_RHI_VDEV_SET_TDI_STATE, 0x100, n), 0).u.state.target,
			n);
	}
	for (unsigned int bit = 2; bit < 64; bit++)
		for (uint64_t low = 0; low < 4; low++) {
			const struct tsmreq_rhi_exit exit = exit_of(
				TSMREQ_RHI_VDEV_SET_TDI_STATE, 0x100, ((uint64_t)1 << bit | low));

			refused(exit, 0, TSMREQ_REASON_BAD_STATE, 4);
			refused(exit, TSMREQ_RHI_QUIRK_TDI_STATE_INPUT, TSMREQ_REASON_BAD_STATE, 5);
		}
	refused(exit_of(TSMREQ_RHI_VDEV_SET_TDI_STATE, 0x100, 3), 0, TSMREQ_REASON_BAD_STATE, 4);
}

static void read_lengths(void **state)
{
	const uint32_t length0 = TSMREQ_RHI_QUIRK_LENGTH0_OFFSET;

	(void)state;
	refused(read_of(1, 0x2000, 0, 0), 0, TSMREQ_REASON_BAD_LENGTH, 5);
	refused(read_of(1, 0x2000, 0, 0), length0, TSMREQ_REASON_BAD_LENGTH, 7);
	accepted(read_of(1, 0x2000, 1, 0), length0, TSMREQ_CALL_READ_OBJECT);
	accepted(read_of(1, 0x2000, 1, 0), 0, TSMREQ_CALL_READ_OBJECT);
	accepted(read_of(1, 0x2000, MIB_16, 0), 0, TSMREQ_CALL_READ_OBJECT);
	refused(read_of(1, 0x2000, MIB_16 + 1, 0), 0, TSMREQ_REASON_BAD_LENGTH, 5);
	refused(read_of(1, 0x2000, MIB_16 + 1, 0), length0, TSMREQ_REASON_BAD_LENGTH, 5);
	/* never cut short */
	for (unsigned int bit = 25; bit < 64; bit++)
		refused(read_of(1, 0x2000, 8 | (uint64_t)1 << bit, 0), 0, TSMREQ_REASON_BAD_LENGTH,
			5);
	/* the object is judged before the length, the length before offset and address */
	refused(read_of(5, 0x2000, 0, 0), 0, TSMREQ_REASON_BAD_OBJECT, 4);
	refused(read_of(1, 0, 0, MINUS_1), 0, TSMREQ_REASON_BAD_LENGTH, 5);
	refused(read_of(1, 0, MIB_16 + 1, 0), 0, TSMREQ_REASON_BAD_LENGTH, 5);
}

static void read_addresses(void **state)
{
	(void)state;
	refused(read_of(0, MINUS_1, 2, 0), 0, TSMREQ_REASON_BAD_ADDRESS, 5);
	/* an end of exactly 2^64 is no 64-bit number either */
	refused(read_of(0, 0xfffffffffffffff0u, 0x10, 0), 0, TSMREQ_REASON_BAD_ADDRESS, 5);
	accepted(read_of(0, 0xffffffffffffffefu, 0x10, 0), 0, TSMREQ_CALL_READ_OBJECT);
	refused(read_of(0, 0, 0x1000, 0), 0, TSMREQ_REASON_BAD_ADDRESS, 8);
	accepted(read_of(0, 1, 0x1000, 0), 0, TSMREQ_CALL_READ_OBJECT);
	/* a wrap before the offset, the offset before address 0 */
	refused(read_of(0, MINUS_1, 2, 9), 0, TSMREQ_REASON_BAD_ADDRESS, 5);
	refused(read_of(0, 0, 1, MINUS_1), 0, TSMREQ_REASON_BAD_OFFSET, 7);
}

static void read_offsets(void **state)
{
	const uint32_t slice = TSMREQ_RHI_QUIRK_OFFSET_SLICE;

	(void)state;
	accepted(read_of(1, 0x2000, 0x10, 0xf), 0, TSMREQ_CALL_READ_OBJECT);
	refused(read_of(1, 0x2000, 0x10, 0x10), 0, TSMREQ_REASON_BAD_OFFSET, 7);
	refused(read_of(1, 0x2000, 0x10, 0x20), 0, TSMREQ_REASON_BAD_OFFSET, 7);
	refused(read_of(1, 0x2000, 0x10, (uint64_t)1 << 32), 0, TSMREQ_REASON_BAD_OFFSET, 7);
	accepted(read_of(1, 0x2000, 0x10, 0x20), slice, TSMREQ_CALL_READ_OBJECT);
	accepted(read_of(1, 0x2000, 0x10, 0xffffffffffffffefu), slice, TSMREQ_CALL_READ_OBJECT);
	refused(read_of(1, 0x2000, 0x10, 0xfffffffffffffff0u), slice, TSMREQ_REASON_BAD_OFFSET, 7);
	refused(read_of(1, 0x2000, 1, MINUS_1), 0, TSMREQ_REASON_BAD_OFFSET, 7);
}

static void read_span(void **state)
{
	const struct tsmreq_call call = decode(read_of(1, 0x2fff, 3, 2), 0);

	(void)state;
	assert_true(call.dev.raw == 0x100);
	assert_int_equal(call.u.object.object, TSMREQ_OBJECT_CERTIFICATE);
	assert_true(call.u.object.length == 3);
	assert_true(call.u.object.offset == 2);
	assert_true(call.write[0].gpa.raw == 0x2fff);
	assert_true(call.write[0].size == 3);
	assert_int_equal(call.write[0].use, TSMREQ_SPAN_OBJECT);
	assert_int_equal(call.write[1].use, TSMREQ_SPAN_NONE);
	assert_int_equal(call.read[0].use, TSMREQ_SPAN_NONE);
	assert_int_equal(call.next, TSMREQ_NEXT_DONE);
}

static void block_addresses(void **state)
{
	static const struct {
		uint32_t quirks;
		uint64_t size;
	} layouts[] = {{0, 0x120}, {TSMREQ_RHI_QUIRK_MEAS_BLOCK_OLD, 0x220}};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct tsmreq_rhi_exit exit = exit_of(TSMREQ_RHI_VDEV_GET_MEASUREMENTS, 0x100, 0);
		struct tsmreq_call call;

		refused(exit, layouts[i].quirks, TSMREQ_REASON_BAD_ADDRESS, 8);
		exit.x[2] = 0 - layouts[i].size;
		refused(exit, layouts[i].quirks, TSMREQ_REASON_BAD_ADDRESS, 5);
		exit.x[2] = MINUS_1;
		refused(exit, layouts[i].quirks, TSMREQ_REASON_BAD_ADDRESS, 5);
		exit.x[2] = 0 - layouts[i].size - 1;
		call = decode(exit, layouts[i].quirks);
		assert_int_equal(call.kind, TSMREQ_CALL_REGEN);
		assert_int_equal(call.u.regen.object, TSMREQ_OBJECT_MEASUREMENTS);
		assert_int_equal(call.next, TSMREQ_NEXT_RHI_PARAMETERS);
		assert_int_equal(call.read[0].use, TSMREQ_SPAN_RHI_PARAMETERS);
		assert_true(call.read[0].gpa.raw == exit.x[2]);
		assert_true(call.read[0].size == layouts[i].size);
	}
}

static void report_has_no_second_look(void **state)
{
	const struct tsmreq_call call =
		decode(exit_of(TSMREQ_RHI_VDEV_GET_INTERFACE_REPORT, 0x100, 0), 0);

	(void)state;
	assert_int_equal(call.u.regen.object, TSMREQ_OBJECT_INTERFACE_REPORT);
	assert_int_equal(call.next, TSMREQ_NEXT_DONE);
	assert_int_equal(call.read[0].use, TSMREQ_SPAN_NONE);
}

static void handles(void **state)
{
	uint64_t seed = 2;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		const uint64_t handle = random_edge(&seed);
		const struct tsmreq_call call =
			decode(exit_of(TSMREQ_RHI_VDEV_CONTINUE, 0x100, handle), 0);

		assert_int_equal(call.kind, TSMREQ_CALL_CONTINUE);
		assert_true(call.u.resume.handle == handle);
	}
}

static void unknown_quirks(void **state)
{
	static const struct tsmreq_call none;
	const struct tsmreq_rhi_exit exit = good(0);
	const struct tsmreq_bytes block = {NULL, 0};
	struct tsmreq_buffer dst = {NULL, 0, 7};
	struct tsmreq_call call;

	(void)state;
	for (unsigned int bit = 11; bit < 32; bit++) {
		memset(&call, 0xa5, sizeof(call));
		assert_int_equal(tsmreq_rhi_decode(&exit, 1u << bit, &call), -EINVAL);
		assert_memory_equal(&call, &none, sizeof(call));
		call = decode(good(5), 0);
		assert_int_equal(tsmreq_rhi_decode_parameters(block, 1u << bit, &call), -EINVAL);
		assert_int_equal(tsmreq_rhi_encode_parameters(&call, 1u << bit, &dst), -EINVAL);
		assert_int_equal(dst.size, 0);
	}
}

/* ---- the parameter block */

static struct tsmreq_call measurement_call(uint32_t quirks)
{
	return decode(exit_of(TSMREQ_RHI_VDEV_GET_MEASUREMENTS, 0x100, 0x2000), quirks);
}

static void block_lengths(void **state)
{
	struct guard guard = guard_new(0x400);
	uint8_t block[0x300];

	(void)state;
	memset(block, 0, sizeof(block));
	memset(block + 0x100, 0x42, 32);
	memset(block + 0x200, 0x43, 32);
	for (size_t size = 0; size <= sizeof(block); size++)
		for (int back = 0; back < 2; back++)
			for (int old = 0; old < 2; old++) {
				const uint32_t quirks = old ? TSMREQ_RHI_QUIRK_MEAS_BLOCK_OLD : 0;
				struct tsmreq_call call = measurement_call(quirks);
				const struct tsmreq_call before = call;
				const int rc = tsmreq_rhi_decode_parameters(
					guard_copy(&guard, block, size, back), quirks, &call);

				if (size < (old ? 0x220u : 0x120u)) {
					assert_int_equal(rc, -EMSGSIZE);
					assert_memory_equal(&call, &before, sizeof(call));
					continue;
				}
				assert_int_equal(rc, 0);
				assert_int_equal(call.next, TSMREQ_NEXT_DONE);
				assert_memory_equal(call.u.regen.nonce,
						    block + (old ? 0x200 : 0x100), 32);
			}
	guard_free(&guard);
}

static int look(uint32_t quirks, uint64_t flags, struct tsmreq_call *call)
{
	uint8_t block[0x220];

	/* whatever is not flags or nonce is not looked at */
	memset(block, 0xa5, sizeof(block));
	for (unsigned int i = 0; i < 8; i++)
		block[i] = (uint8_t)(flags >> 8 * i);
	*call = measurement_call(quirks);
	return tsmreq_rhi_decode_parameters((struct tsmreq_bytes){block, sizeof(block)}, quirks,
					    call);
}

static void block_flags(void **state)
{
	struct tsmreq_call call;

	(void)state;
	for (uint64_t flags = 0; flags < 2; flags++) {
		assert_int_equal(look(0, flags, &call), 0);
		assert_int_equal(call.kind, TSMREQ_CALL_REGEN);
		assert_true(call.u.regen.flags == flags);
	}
	for (unsigned int bit = 1; bit < 64; bit++) {
		struct tsmreq_rhi_regs regs;

		assert_int_equal(look(0, (uint64_t)1 << bit | 1, &call), 0);
		assert_int_equal(call.kind, TSMREQ_CALL_REJECT);
		assert_int_equal(call.reason, TSMREQ_REASON_BAD_DATA);
		assert_int_equal(call.next, TSMREQ_NEXT_DONE);
		assert_true(call.dev.raw == 0x100);
		assert_int_equal(tsmreq_rhi_encode(&call, NULL, &regs), 0);
		assert_true(regs.x[0] == 5);

		assert_int_equal(look(TSMREQ_RHI_QUIRK_MEAS_FLAGS_PASS, (uint64_t)1 << bit, &call),
				 0);
		assert_int_equal(call.kind, TSMREQ_CALL_REGEN);
		assert_true(call.u.regen.flags == (uint64_t)1 << bit);
	}
}

static void block_flags_of_2025(void **state)
{
	const uint32_t old = TSMREQ_RHI_QUIRK_MEAS_BLOCK_OLD;
	struct tsmreq_call call;

	(void)state;
	for (uint64_t flags = 0; flags < 8; flags++) {
		assert_int_equal(look(old, flags, &call), 0);
		assert_int_equal(call.kind, TSMREQ_CALL_REGEN);
		assert_true(call.u.regen.flags == (flags & 2 ? TSMREQ_REGEN_RAW : 0));
		assert_int_equal(look(old | TSMREQ_RHI_QUIRK_MEAS_FLAGS_PASS, flags, &call), 0);
		assert_true(call.u.regen.flags == flags);
	}
	for (unsigned int bit = 3; bit < 64; bit++) {
		assert_int_equal(look(old, (uint64_t)1 << bit | 2, &call), 0);
		assert_int_equal(call.kind, TSMREQ_CALL_REJECT);
		assert_true(call.u.refusal.code == 5);
	}
}

static void block_out_of_turn(void **state)
{
	uint8_t block[0x120] = {0};
	const struct tsmreq_bytes bytes = {block, sizeof(block)};
	struct tsmreq_call call = measurement_call(0);

	(void)state;
	assert_int_equal(tsmreq_rhi_decode_parameters(bytes, 0, &call), 0);
	assert_int_equal(tsmreq_rhi_decode_parameters(bytes, 0, &call), -EINVAL);
	call = decode(good(6), 0);
	assert_int_equal(tsmreq_rhi_decode_parameters(bytes, 0, &call), -EINVAL);
}

/* ---- what is offered */

static void offered(void **state)
{
	static const uint32_t bits[SERVED] = {0, 0, 0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0, 0x80};
	struct tsmreq_call call = {.kind = TSMREQ_CALL_BIND};

	(void)state;
	for (size_t i = 0; i < SERVED; i++) {
		call = decode(good(i), 0);
		if (served[i].registers == 1) {
			assert_true(tsmreq_rhi_is_offered(&call, 0));
			continue;
		}
		assert_false(tsmreq_rhi_is_offered(&call, 0));
		assert_false(tsmreq_rhi_is_offered(&call, 0xff & ~bits[i]));
		assert_true(tsmreq_rhi_is_offered(&call, bits[i]) == !!bits[i]);
	}
	/* configured or not, nobody can do it */
	call = decode(good(8), 0);
	assert_false(tsmreq_rhi_is_offered(&call, 0xff));
	call.kind = TSMREQ_CALL_BIND;
	assert_false(tsmreq_rhi_is_offered(&call, 0xff));
	call.kind = TSMREQ_CALL_NONE;
	assert_false(tsmreq_rhi_is_offered(&call, 0xff));
	call.kind = TSMREQ_CALL_REGEN;
	call.u.regen.object = TSMREQ_OBJECT_VCA;
	assert_false(tsmreq_rhi_is_offered(&call, 0xff));
}

/* ---- cutting the object */

static void slice(uint32_t quirks, uint64_t length, uint64_t offset, uint64_t size, uint64_t status,
		  uint64_t expect)
{
	const struct tsmreq_call call =
		decode(read_of(1, 0x2000, length, offset), quirks | TSMREQ_RHI_QUIRK_OFFSET_SLICE);
	uint64_t got = 99;

	assert_true(tsmreq_rhi_slice(&call, quirks, size, &got) == status);
	assert_true(got == expect);
}

static void slices(void **state)
{
	const uint32_t exact = TSMREQ_RHI_QUIRK_READ_EXACT;

	(void)state;
	slice(0, 8, 0, 0, 2, 0);
	slice(0, 8, 0, 8, 0, 8);
	slice(0, 8, 0, 7, 0, 7);
	slice(0, 8, 0, 9, 0, 8);
	slice(0, 8, 7, 8, 0, 1);
	slice(0, 8, 8, 8, 7, 0);
	slice(0, 8, 9, 8, 7, 0);
	slice(0, 4, 4, 8, 0, 4);
	slice(0, MIB_16, 0, MIB_16, 0, MIB_16);
	slice(0, MIB_16, 0, MIB_16 + 1, 6, 0);
	slice(0, 1, 0, MINUS_1, 6, 0);
	slice(0, 8, (uint64_t)1 << 32, 8, 7, 0);
	slice(exact, 8, 0, 8, 0, 8);
	slice(exact, 8, 0, 7, 7, 0);
	slice(exact, 8, 1, 8, 7, 0);
	slice(exact, 7, 1, 8, 0, 7);
	slice(exact, 8, 0, 9, 0, 8);
}

/* ---- answers */

static uint64_t answer(size_t i, struct tsmreq_answer answer, uint64_t *ret_x1)
{
	struct tsmreq_call call = decode(good(i), 0);
	struct tsmreq_rhi_regs regs;

	call.next = TSMREQ_NEXT_DONE;
	memset(&regs, 0xa5, sizeof(regs));
	assert_int_equal(tsmreq_rhi_encode(&call, &answer, &regs), 0);
	assert_true(regs.x[2] == 0 && regs.x[3] == 0);
	*ret_x1 = regs.x[1];
	return regs.x[0];
}

static void successes(void **state)
{
	uint64_t x1;

	(void)state;
	for (size_t i = 0; i < SERVED; i++) {
		const uint64_t x0 = answer(i, (struct tsmreq_answer){.value = 3}, &x1);

		if (served[i].kind == TSMREQ_CALL_VERSION)
			assert_true(x0 == 0x10000 && x1 == 0);
		else if (served[i].kind == TSMREQ_CALL_FEATURES)
			assert_true(x0 == 3 && x1 == 0);
		else if (served[i].kind == TSMREQ_CALL_OBJECT_SIZE ||
			 served[i].kind == TSMREQ_CALL_READ_OBJECT)
			assert_true(x0 == 0 && x1 == 3);
		else
			assert_true(x0 == 0 && x1 == 0);
	}
}

static void answered_lengths(void **state)
{
	uint64_t x1;

	(void)state;
	/* SIZE: 1 to 16 MiB */
	assert_true(answer(2, (struct tsmreq_answer){.value = 0}, &x1) == 2 && x1 == 0);
	assert_true(answer(2, (struct tsmreq_answer){.value = MIB_16}, &x1) == 0 && x1 == MIB_16);
	assert_true(answer(2, (struct tsmreq_answer){.value = MIB_16 + 1}, &x1) == 6 && x1 == 0);
	assert_true(answer(2, (struct tsmreq_answer){.value = MINUS_1}, &x1) == 6 && x1 == 0);
	/* READ: never more than the 16 bytes that were asked for */
	assert_true(answer(3, (struct tsmreq_answer){.value = 0}, &x1) == 2 && x1 == 0);
	assert_true(answer(3, (struct tsmreq_answer){.value = 16}, &x1) == 0 && x1 == 16);
	assert_true(answer(3, (struct tsmreq_answer){.value = 17}, &x1) == 6 && x1 == 0);
}

static uint64_t expected_status(size_t i, int error, bool bind)
{
	const bool read = i == 2 || i == 3;

	if (i < 2)
		return MINUS_1;
	if (error == ENODEV || error == ENOENT)
		return 3;
	if (error == EINVAL)
		return read ? 2 : 6;
	if (error == E2BIG)
		return 5;
	if (error == EFAULT)
		return 8;
	if (error == EBUSY)
		return bind ? 6 : 9;
	if (error == EINTR || error == EAGAIN)
		return 9;
	if (error == ENOTTY || error == EOPNOTSUPP)
		return MINUS_1;
	return 6;
}

static void errors(void **state)
{
	(void)state;
	for (size_t i = 0; i < SERVED; i++)
		for (int error = 1; error < 200; error++)
			for (uint32_t bind = 0; bind < 2; bind++) {
				uint64_t x1;
				const uint64_t x0 =
					answer(i,
					       (struct tsmreq_answer){
						       .rc = -error,
						       .value = 3,
						       .flags = bind ? TSMREQ_ANSWER_BIND : 0},
					       &x1);

				assert_true(x0 == expected_status(i, error, bind));
				assert_true(x1 == 0);
			}
}

/* -ENODATA is the library's word for an empty object only where the kernel did complete. */
static void empty_objects(void **state)
{
	struct tsmreq_answer empty = {.rc = -ENODATA, .result.outcome = TSMREQ_OUTCOME_COMPLETED};
	uint64_t x1;

	(void)state;
	assert_true(answer(2, empty, &x1) == 2 && x1 == 0);
	assert_true(answer(3, empty, &x1) == 2 && x1 == 0);
	empty.result.outcome = TSMREQ_OUTCOME_FAILED;
	assert_true(answer(2, empty, &x1) == 6 && x1 == 0);
	empty.rc = -EIO;
	empty.result.outcome = TSMREQ_OUTCOME_COMPLETED;
	assert_true(answer(2, empty, &x1) == 6 && x1 == 0);
}

static void unanswerable(void **state)
{
	struct tsmreq_answer answer = {.value = 3};
	struct tsmreq_call call = measurement_call(0);
	struct tsmreq_rhi_regs regs;

	(void)state;
	/* before its block was read a measurement can fail, and cannot succeed */
	assert_int_equal(tsmreq_rhi_encode(&call, &answer, &regs), -EINVAL);
	assert_true(regs.x[0] == MINUS_1 && regs.x[1] == 0);
	answer.rc = -EFAULT;
	assert_int_equal(tsmreq_rhi_encode(&call, &answer, &regs), 0);
	assert_true(regs.x[0] == 8);

	/* a residue is no answer */
	call = decode(good(2), 0);
	answer.rc = 1;
	assert_int_equal(tsmreq_rhi_encode(&call, &answer, &regs), -EINVAL);

	answer.rc = 0;
	call.shape = TSMREQ_SHAPE_TDCM;
	assert_int_equal(tsmreq_rhi_encode(&call, &answer, &regs), -EINVAL);
	call.shape = TSMREQ_SHAPE_RHI;
	call.kind = TSMREQ_CALL_PENDING;
	assert_int_equal(tsmreq_rhi_encode(&call, &answer, &regs), -EINVAL);
	call = decode(exit_of(0xc500004e, 0, 0), 0);
	assert_int_equal(tsmreq_rhi_encode(&call, &answer, &regs), -EINVAL);
}

static void plain_statuses(void **state)
{
	struct tsmreq_rhi_regs regs;

	(void)state;
	memset(&regs, 0xa5, sizeof(regs));
	tsmreq_rhi_encode_status(TSMREQ_RHI_INCOMPLETE, 0x123456789, &regs);
	assert_true(regs.x[0] == 1 && regs.x[1] == 0x123456789);
	assert_true(regs.x[2] == 0 && regs.x[3] == 0);
}

/* ---- there and back */

static void round_trip(struct tsmreq_rhi_exit exit, uint32_t quirks)
{
	const struct tsmreq_call call = decode(exit, quirks);
	struct tsmreq_rhi_exit back;

	assert_int_not_equal(call.kind, TSMREQ_CALL_REJECT);
	memset(&back, 0xa5, sizeof(back));
	assert_int_equal(tsmreq_rhi_encode_call(&call, &back), 0);
	assert_memory_equal(&back, &exit, sizeof(back));
}

static void round_trips(void **state)
{
	uint64_t seed = 3;

	(void)state;
	for (int round = 0; round < 100000; round++) {
		const size_t i = (size_t)random_below(&seed, SERVED);
		struct tsmreq_rhi_exit exit = good(i);

		if (served[i].registers > 1)
			exit.x[1] = (uint32_t)random_edge(&seed);
		if (served[i].kind == TSMREQ_CALL_OBJECT_SIZE)
			exit.x[2] = random_below(&seed, 4);
		if (served[i].kind == TSMREQ_CALL_SET_TDI_STATE)
			exit.x[2] = random_below(&seed, 3);
		if (served[i].kind == TSMREQ_CALL_CONTINUE)
			exit.x[2] = random_u64(&seed);
		if (served[i].kind == TSMREQ_CALL_P2P_UNBIND)
			exit.x[2] = (uint32_t)random_edge(&seed);
		if (served[i].number == TSMREQ_RHI_VDEV_GET_MEASUREMENTS)
			exit.x[2] = 1 + random_below(&seed, MINUS_1 - 0x120);
		if (served[i].kind == TSMREQ_CALL_READ_OBJECT) {
			exit.x[2] = random_below(&seed, 4);
			exit.x[4] = 1 + random_below(&seed, MIB_16);
			exit.x[3] = 1 + random_below(&seed, MINUS_1 - MIB_16 - 1);
			exit.x[5] = random_below(&seed, exit.x[4]);
		}
		round_trip(exit, 0);
	}
	/* a chunk beyond max_len, with the quirk that lets it through */
	round_trip(read_of(1, 0x2000, 4, 12), TSMREQ_RHI_QUIRK_OFFSET_SLICE);
}

static void no_way_back(void **state)
{
	struct tsmreq_call call = decode(good(2), 0);
	struct tsmreq_rhi_exit exit;

	(void)state;
	call.shape = TSMREQ_SHAPE_TDCM;
	assert_int_equal(tsmreq_rhi_encode_call(&call, &exit), -EINVAL);
	call.shape = TSMREQ_SHAPE_RHI;
	call.kind = TSMREQ_CALL_REJECT;
	assert_int_equal(tsmreq_rhi_encode_call(&call, &exit), -EINVAL);
	call.kind = TSMREQ_CALL_NONE;
	assert_int_equal(tsmreq_rhi_encode_call(&call, &exit), -EINVAL);
}

static void block_round_trips(void **state)
{
	static const uint32_t quirks[] = {
		0,
		TSMREQ_RHI_QUIRK_MEAS_BLOCK_OLD,
		TSMREQ_RHI_QUIRK_MEAS_FLAGS_PASS,
		TSMREQ_RHI_QUIRK_MEAS_BLOCK_OLD | TSMREQ_RHI_QUIRK_MEAS_FLAGS_PASS,
	};
	struct guard guard = guard_new(0x400);
	uint64_t seed = 4;

	(void)state;
	for (int round = 0; round < 10000; round++) {
		const uint32_t quirk = quirks[round % 4];
		const bool old = quirk & TSMREQ_RHI_QUIRK_MEAS_BLOCK_OLD;
		const bool pass = quirk & TSMREQ_RHI_QUIRK_MEAS_FLAGS_PASS;
		const uint64_t flags = pass ? random_u64(&seed) : random_below(&seed, 2);
		const size_t size = old ? 0x220 : 0x120;
		uint8_t block[0x220] = {0};
		struct tsmreq_buffer dst = {guard_back(&guard, size), size, 99};
		struct tsmreq_call call = measurement_call(quirk);

		for (unsigned int i = 0; i < 8; i++)
			block[i] = (uint8_t)((old && !pass ? flags << 1 : flags) >> 8 * i);
		for (unsigned int i = 0; i < 32; i++)
			block[size - 32 + i] = (uint8_t)random_u64(&seed);
		assert_int_equal(tsmreq_rhi_decode_parameters((struct tsmreq_bytes){block, size},
							      quirk, &call),
				 0);
		assert_true(call.u.regen.flags == flags);
		assert_int_equal(tsmreq_rhi_encode_parameters(&call, quirk, &dst), 0);
		assert_int_equal(dst.size, size);
		assert_memory_equal(dst.data, block, size);

		/* one byte short: nothing written */
		memset(dst.data, 0xee, size);
		dst.capacity--;
		assert_int_equal(tsmreq_rhi_encode_parameters(&call, quirk, &dst), -EMSGSIZE);
		assert_int_equal(dst.size, 0);
		assert_int_equal(*(uint8_t *)dst.data, 0xee);
	}
	guard_free(&guard);
}

static void block_of_another_call(void **state)
{
	uint8_t block[0x120];
	struct tsmreq_buffer dst = {block, sizeof(block), 0};
	struct tsmreq_call call = decode(good(6), 0);

	(void)state;
	assert_int_equal(tsmreq_rhi_encode_parameters(&call, 0, &dst), -EINVAL);
	call = decode(good(2), 0);
	call.u.regen.object = TSMREQ_OBJECT_MEASUREMENTS;
	assert_int_equal(tsmreq_rhi_encode_parameters(&call, 0, &dst), -EINVAL);
}

/* ---- tables */

static void functions(void **state)
{
	struct tsmreq_rhi_function row, other;
	unsigned int count = 0, final = 0, march = 0, november = 0, ours_too = 0;

	(void)state;
	for (; tsmreq_rhi_function_at(count, &row); count++) {
		const bool is_final = row.numbering == TSMREQ_RHI_NUMBERING_FINAL;

		assert_string_equal(tsmreq_rhi_function_to_string(row.numbering, row.number),
				    row.name);
		assert_int_equal(row.served, is_final && tsmreq_rhi_is_ours(row.number));
		assert_int_equal(row.reserved, 0);
		final += is_final;
		march += row.numbering == TSMREQ_RHI_NUMBERING_2025_07;
		november += row.numbering == TSMREQ_RHI_NUMBERING_2025_11;
		ours_too += row.served;
		for (unsigned int i = 0; i < count; i++) {
			assert_true(tsmreq_rhi_function_at(i, &other));
			assert_false(other.numbering == row.numbering &&
				     other.number == row.number);
		}
	}
	assert_int_equal(final, 0x57 - 0x40);
	assert_int_equal(ours_too, SERVED);
	assert_int_equal(march, 4);
	assert_int_equal(november, 8);
	assert_false(tsmreq_rhi_function_at(count + 1, &row));
	/* the two that changed places */
	assert_string_equal(tsmreq_rhi_function_to_string(TSMREQ_RHI_NUMBERING_FINAL, 0xc5000052),
			    "RHI_DA_VDEV_GET_MEASUREMENTS");
	assert_string_equal(tsmreq_rhi_function_to_string(TSMREQ_RHI_NUMBERING_2025_11, 0xc5000052),
			    "RHI_DA_VDEV_GET_INTERFACE_REPORT");
	assert_string_equal(tsmreq_rhi_function_to_string(TSMREQ_RHI_NUMBERING_2025_07, 0xc5000052),
			    "RHI_DA_VDEV_SET_TDI_STATE");
	assert_string_equal(tsmreq_rhi_function_to_string(TSMREQ_RHI_NUMBERING_FINAL, 0x1c5000052),
			    "unknown");
}

static void errno_rows(void **state)
{
	struct tsmreq_rhi_errno row;
	unsigned int count = 0;
	bool open = false;

	(void)state;
	for (; tsmreq_rhi_errno_at(count, &row); count++) {
		assert_false(open);
		open = row.error == 0 && row.when == TSMREQ_RHI_WHEN_ANY;
	}
	/* every list of exceptions ends in a rule */
	assert_true(open);
	assert_false(tsmreq_rhi_errno_at(count + 1, &row));
	/* no errno has this number, and it has no positive twin */
	assert_int_equal(tsmreq_rhi_status_from_errno(TSMREQ_CALL_SET_TDI_STATE, 0, INT32_MIN), 6);
}

static void quirk_rows(void **state)
{
	struct tsmreq_rhi_quirk row;
	uint32_t seen = 0;
	unsigned int i = 0;

	(void)state;
	for (; tsmreq_rhi_quirk_at(i, &row); i++) {
		assert_int_equal(seen & row.bit, 0);
		assert_int_equal(row.bit & (row.bit - 1), 0);
		assert_true(strlen(row.name) > 3);
		assert_int_equal(row.reserved, 0);
		seen |= row.bit;
	}
	assert_int_equal(seen, TSMREQ_RHI_QUIRKS);
	assert_false(tsmreq_rhi_quirk_at(i + 1, &row));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ours),
		cmocka_unit_test(not_ours),
		cmocka_unit_test(all_of_x0),
		cmocka_unit_test(exit_flags),
		cmocka_unit_test(undefined_registers),
		cmocka_unit_test(device_ids),
		cmocka_unit_test(second_device),
		cmocka_unit_test(objects),
		cmocka_unit_test(object_quirks),
		cmocka_unit_test(tdi_states),
		cmocka_unit_test(read_lengths),
		cmocka_unit_test(read_addresses),
		cmocka_unit_test(read_offsets),
		cmocka_unit_test(read_span),
		cmocka_unit_test(block_addresses),
		cmocka_unit_test(report_has_no_second_look),
		cmocka_unit_test(handles),
		cmocka_unit_test(unknown_quirks),
		cmocka_unit_test(block_lengths),
		cmocka_unit_test(block_flags),
		cmocka_unit_test(block_flags_of_2025),
		cmocka_unit_test(block_out_of_turn),
		cmocka_unit_test(offered),
		cmocka_unit_test(slices),
		cmocka_unit_test(successes),
		cmocka_unit_test(answered_lengths),
		cmocka_unit_test(errors),
		cmocka_unit_test(empty_objects),
		cmocka_unit_test(unanswerable),
		cmocka_unit_test(plain_statuses),
		cmocka_unit_test(round_trips),
		cmocka_unit_test(no_way_back),
		cmocka_unit_test(block_round_trips),
		cmocka_unit_test(block_of_another_call),
		cmocka_unit_test(functions),
		cmocka_unit_test(errno_rows),
		cmocka_unit_test(quirk_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
