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

#define INVALID	  TSMREQ_GHCI_INVALID_OPERAND
#define UNALIGNED TSMREQ_GHCI_ALIGN_ERROR
#define UNKNOWN	  TSMREQ_SERVICE_NOT_SUPPORTED

#define MAX	 TSMREQ_GHCI_BUFFER_MAX
#define HEADER	 TSMREQ_SERVICE_HEADER_SIZE
#define COMMAND	 0x20000000u
#define RESPONSE 0x20001000u
#define BIT(n)	 ((uint64_t)1 << (n))
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const struct tsmreq_call none;

static const uint32_t widths[] = {48, 52};

/* GUIDs as they stand in memory. */
static const uint8_t query_guid[] = {0xe1, 0xc5, 0x6f, 0xfb, 0x78, 0x33, 0xcb, 0x4a,
				     0x89, 0x64, 0xfa, 0x5e, 0xe4, 0x3b, 0x9c, 0x8a};
static const uint8_t tdcm_guid[] = {0x51, 0xda, 0x70, 0x62, 0x23, 0x9a, 0x6b, 0x4b,
				    0x81, 0xce, 0xdd, 0xd8, 0x69, 0x70, 0xf2, 0x96};
static const uint8_t vtpm_guid[] = {0x08, 0x7a, 0xc8, 0xc3, 0x4a, 0x3b, 0xad, 0x41,
				    0xa5, 0x2d, 0x96, 0xf1, 0x3c, 0xf8, 0x9a, 0x66};

/* ---- a guest: its registers and its two buffers */

struct guest {
	struct tsmreq_ghci_opts opts;
	struct tsmreq_ghci_exit exit;
	uint8_t command[256];
	uint8_t response[256];
};

static uint64_t shared(uint32_t width)
{
	return BIT(width - 1);
}

static struct guest guest_of(const uint8_t *guid, uint32_t length, uint32_t capacity)
{
	struct guest guest = {
		.opts = {sizeof(guest.opts), 52, TSMREQ_GHCI_OFFERS},
		.exit = {0, TSMREQ_GHCI_LEAF_SERVICE, shared(52) | COMMAND, shared(52) | RESPONSE,
			 0, 0},
	};

	memcpy(guest.command, guid, 16);
	memcpy(guest.response, guid, 16);
	tsmreq_store_le32(guest.command + 16, length);
	tsmreq_store_le32(guest.response + 16, capacity);
	tsmreq_store_le32(guest.response + 20, UINT32_MAX);
	return guest;
}

static struct guest query_of(const uint8_t *asked)
{
	struct guest guest = guest_of(query_guid, 44, 0x1000);

	memcpy(guest.command + 28, asked, 16);
	return guest;
}

static struct guest legacy_of(uint8_t command, uint32_t length, uint32_t capacity)
{
	struct guest guest = guest_of(tdcm_guid, length, capacity);

	guest.command[25] = command;
	tsmreq_store_le32(guest.command + 28, 0x10018);
	for (uint8_t i = 0; i < 32; i++)
		guest.command[32 + i] = (uint8_t)(0xc0 + i);
	return guest;
}

/* ---- the looks */

static struct tsmreq_call look_at_registers(const struct guest *guest)
{
	struct tsmreq_call call;

	memset(&call, 0xa5, sizeof(call));
	assert_int_equal(tsmreq_ghci_decode(&guest->opts, &guest->exit, &call), 0);
	return call;
}

static struct tsmreq_call look_at_headers(const struct guest *guest)
{
	struct tsmreq_call call = look_at_registers(guest);

	assert_int_equal(call.next, TSMREQ_NEXT_SERVICE_HEADERS);
	assert_int_equal(tsmreq_ghci_decode_service_headers(
				 &guest->opts, (struct tsmreq_bytes){guest->command, HEADER},
				 (struct tsmreq_bytes){guest->response, HEADER}, &call),
			 0);
	return call;
}

/* A copy of @span as a VMM makes it, from the bytes the guest has. */
static struct tsmreq_bytes copy_of(const struct tsmreq_span *span, const uint8_t *bytes)
{
	static uint8_t rest[MAX];

	if (!span->size)
		return (struct tsmreq_bytes){NULL, 0};
	assert_int_equal(span->gpa.raw % 0x1000, HEADER);
	if (span->size <= 256 - HEADER)
		return (struct tsmreq_bytes){bytes + HEADER, (size_t)span->size};
	memcpy(rest, bytes + HEADER, 256 - HEADER);
	return (struct tsmreq_bytes){rest, (size_t)span->size};
}

static struct tsmreq_call look_at_body(const struct guest *guest, struct tsmreq_call call)
{
	assert_int_equal(call.kind, TSMREQ_CALL_PENDING);
	assert_int_equal(call.next, TSMREQ_NEXT_SERVICE_BODY);
	assert_int_equal(tsmreq_ghci_decode_service_body(
				 &guest->opts, copy_of(&call.read[0], guest->command),
				 copy_of(&call.read[1], guest->response), &call),
			 0);
	assert_int_equal(call.next, TSMREQ_NEXT_DONE);
	return call;
}

static struct tsmreq_call look(const struct guest *guest)
{
	return look_at_body(guest, look_at_headers(guest));
}

/* The answer is R10 alone: nothing is written, nobody is interrupted. */
static void refused(const struct tsmreq_call *call, enum tsmreq_reason reason, uint64_t r10)
{
	struct tsmreq_call expect = {
		.kind = TSMREQ_CALL_REJECT,
		.arch = TSMREQ_ARCH_TDX,
		.shape = TSMREQ_SHAPE_SERVICE,
		.reason = reason,
		.u.refusal.code = r10,
	};
	struct tsmreq_ghci_reply reply;

	assert_memory_equal(call, &expect, sizeof(expect));
	assert_int_equal(tsmreq_ghci_encode(call, NULL, &reply), 0);
	assert_int_equal(reply.r10, r10);
	assert_int_equal(reply.writes, 0);
	assert_int_equal(reply.vector, 0);
}

static void refused_at_registers(struct guest guest, enum tsmreq_reason reason, uint64_t r10)
{
	const struct tsmreq_call call = look_at_registers(&guest);

	refused(&call, reason, r10);
}

static void refused_at_headers(struct guest guest, enum tsmreq_reason reason)
{
	const struct tsmreq_call call = look_at_headers(&guest);

	refused(&call, reason, INVALID);
}

/* ---- the registers */

static void not_ours(void **state)
{
	struct guest guest = query_of(query_guid);
	struct tsmreq_call call;

	(void)state;
	for (uint32_t offers = 0; offers <= TSMREQ_GHCI_OFFERS; offers++) {
		guest.opts.offers = offers;
		call = look_at_registers(&guest);
		if (offers & TSMREQ_GHCI_SERVICE)
			assert_int_equal(call.kind, TSMREQ_CALL_PENDING);
		else
			assert_memory_equal(&call, &none, sizeof(call));
	}
	/* switched off it is left alone, whatever else is wrong */
	guest.opts.offers = TSMREQ_GHCI_TDCM | TSMREQ_GHCI_SERVICE_TDCM;
	guest.exit.r12 = 1;
	guest.exit.r14 = 1;
	call = look_at_registers(&guest);
	assert_memory_equal(&call, &none, sizeof(call));
	guest = query_of(query_guid);
	guest.exit.r10 = BIT(63);
	call = look_at_registers(&guest);
	assert_memory_equal(&call, &none, sizeof(call));
}

static void first_look(void **state)
{
	(void)state;
	for (size_t w = 0; w < COUNT(widths); w++) {
		struct guest guest = query_of(query_guid);
		struct tsmreq_call call,
			expect = {
				.kind = TSMREQ_CALL_PENDING,
				.arch = TSMREQ_ARCH_TDX,
				.shape = TSMREQ_SHAPE_SERVICE,
				.next = TSMREQ_NEXT_SERVICE_HEADERS,
				.vector = 0x20,
				.read = {{{COMMAND}, HEADER, TSMREQ_SPAN_SERVICE_COMMAND, 0},
					 {{RESPONSE}, HEADER, TSMREQ_SPAN_SERVICE_RESPONSE, 0}},
				.u.service.timeout = UINT64_MAX,
			};

		guest.opts.gpa_width = widths[w];
		guest.exit.r12 = shared(widths[w]) | COMMAND;
		guest.exit.r13 = shared(widths[w]) | RESPONSE;
		guest.exit.r14 = 0x20;
		guest.exit.r15 = UINT64_MAX;
		call = look_at_registers(&guest);
		assert_memory_equal(&call, &expect, sizeof(call));
	}
}

/* The same rules for both buffers, bit by bit. */
static void addresses(void **state)
{
	(void)state;
	for (size_t w = 0; w < COUNT(widths); w++)
		for (unsigned int second = 0; second < 2; second++)
			for (unsigned int bit = 0; bit < 64; bit++) {
				const uint32_t width = widths[w];
				struct guest guest = query_of(query_guid);
				uint64_t *gpa = second ? &guest.exit.r13 : &guest.exit.r12;
				struct tsmreq_call call;

				guest.opts.gpa_width = width;
				guest.exit.r12 = shared(width) | COMMAND;
				guest.exit.r13 = shared(width) | RESPONSE;
				*gpa = shared(width) | BIT(bit);
				call = look_at_registers(&guest);
				if (bit < 12)
					refused(&call, TSMREQ_REASON_BAD_ALIGNMENT, UNALIGNED);
				else if (bit >= width)
					refused(&call, TSMREQ_REASON_BAD_ADDRESS, INVALID);
				else
					assert_int_equal(call.kind, TSMREQ_CALL_PENDING);
				*gpa = (BIT(bit) | COMMAND) & ~shared(width);
				refused_at_registers(guest, TSMREQ_REASON_BAD_ADDRESS, INVALID);
				*gpa = ~shared(width);
				refused_at_registers(guest, TSMREQ_REASON_BAD_ADDRESS, INVALID);
			}
}

/* The command's address is judged to its end before the response's. */
static void address_order(void **state)
{
	struct guest guest = query_of(query_guid);

	(void)state;
	guest.exit.r12 |= 8;
	guest.exit.r13 = RESPONSE;
	refused_at_registers(guest, TSMREQ_REASON_BAD_ALIGNMENT, UNALIGNED);
	guest.exit.r12 = COMMAND | 8;
	refused_at_registers(guest, TSMREQ_REASON_BAD_ADDRESS, INVALID);
	guest.exit.r12 = BIT(52) | shared(52) | COMMAND;
	guest.exit.r13 = (shared(52) | RESPONSE) + 8;
	refused_at_registers(guest, TSMREQ_REASON_BAD_ADDRESS, INVALID);
	guest.exit.r12 |= 8;
	refused_at_registers(guest, TSMREQ_REASON_BAD_ALIGNMENT, UNALIGNED);
	/* and both before the vector */
	guest = query_of(query_guid);
	guest.exit.r13 |= 8;
	guest.exit.r14 = 31;
	refused_at_registers(guest, TSMREQ_REASON_BAD_ALIGNMENT, UNALIGNED);
}

static void vectors(void **state)
{
	struct guest guest = query_of(query_guid);
	uint64_t *vector = &guest.exit.r14;

	(void)state;
	for (*vector = 0; *vector < 0x1000; ++*vector)
		if (!*vector || (*vector >= 32 && *vector <= 255))
			assert_int_equal(look(&guest).vector, *vector);
		else
			refused_at_registers(guest, TSMREQ_REASON_BAD_VECTOR, INVALID);
	for (unsigned int bit = 8; bit < 64; bit++) {
		*vector = BIT(bit) | 0x51;
		refused_at_registers(guest, TSMREQ_REASON_BAD_VECTOR, INVALID);
	}
}

/* ---- the headers */

static void second_look(void **state)
{
	struct guest guest = query_of(vtpm_guid);
	const struct tsmreq_call first = look_at_registers(&guest);
	struct tsmreq_call call = look_at_headers(&guest), expect = first;

	(void)state;
	expect.next = TSMREQ_NEXT_SERVICE_BODY;
	expect.read[0] =
		(struct tsmreq_span){{COMMAND + HEADER}, 20, TSMREQ_SPAN_SERVICE_COMMAND, 0};
	/* of the response only the version that the guest filled in */
	expect.read[1] =
		(struct tsmreq_span){{RESPONSE + HEADER}, 1, TSMREQ_SPAN_SERVICE_RESPONSE, 0};
	expect.write[0] = (struct tsmreq_span){{RESPONSE}, 0x1000, TSMREQ_SPAN_SERVICE_BUFFER, 0};
	memcpy(expect.u.service.guid, query_guid, 16);
	expect.u.service.offered = 1;
	assert_memory_equal(&call, &expect, sizeof(call));

	guest = legacy_of(1, 32, 0x8000);
	call = look_at_headers(&guest);
	expect.read[0].size = 8;
	memset(&expect.read[1], 0, sizeof(expect.read[1]));
	expect.write[0].size = 0x8000;
	memcpy(expect.u.service.guid, tdcm_guid, 16);
	assert_memory_equal(&call, &expect, sizeof(call));
}

/* A length is looked at before it is used for anything: below the header, above the limit. */
static void lengths(void **state)
{
	static const uint32_t bad[] = {
		0, 1, 23, MAX + 1, 0x21000, INT32_MAX, BIT(31), UINT32_MAX - 23, UINT32_MAX};
	static const uint32_t good[] = {24, 25, 0x1000, MAX - 1, MAX};

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		refused_at_headers(guest_of(query_guid, bad[i], 0x1000), TSMREQ_REASON_BAD_LENGTH);
		refused_at_headers(guest_of(query_guid, 44, bad[i]), TSMREQ_REASON_BAD_LENGTH);
	}
	for (size_t i = 0; i < COUNT(good); i++) {
		const struct guest command = guest_of(vtpm_guid, good[i], 24);
		const struct guest response = guest_of(query_guid, 24, good[i]);
		struct tsmreq_call call = look_at_headers(&command);

		assert_int_equal(call.read[0].size, good[i] - HEADER);
		call = look_at_headers(&response);
		assert_int_equal(call.write[0].size, good[i]);
		/* the version is read where there is one */
		assert_int_equal(call.read[1].size, good[i] > 24);
	}
}

static void ends(void **state)
{
	(void)state;
	for (size_t w = 0; w < COUNT(widths); w++)
		for (unsigned int second = 0; second < 2; second++)
			for (uint32_t pages = 1; pages <= MAX / 0x1000; pages++) {
				const uint32_t width = widths[w], size = pages * 0x1000;
				struct guest guest =
					guest_of(vtpm_guid, second ? 24 : size, second ? size : 24);
				uint64_t *gpa = second ? &guest.exit.r13 : &guest.exit.r12;
				struct tsmreq_call call;

				guest.opts.gpa_width = width;
				guest.exit.r12 = shared(width) | COMMAND;
				guest.exit.r13 = shared(width) | RESPONSE;
				*gpa = 2 * shared(width) - size;
				call = look_at_headers(&guest);
				assert_int_equal(call.kind, TSMREQ_CALL_PENDING);
				if (size == MAX)
					continue;
				tsmreq_store_le32((second ? guest.response : guest.command) + 16,
						  size + 1);
				refused_at_headers(guest, TSMREQ_REASON_BAD_ADDRESS);
			}
}

/* All 16 bytes. */
static void guids(void **state)
{
	(void)state;
	for (unsigned int bit = 0; bit < 128; bit++) {
		struct guest guest = query_of(tdcm_guid);
		struct tsmreq_call call;

		guest.response[bit / 8] ^= (uint8_t)BIT(bit % 8);
		refused_at_headers(guest, TSMREQ_REASON_BAD_GUID);
		/* the same in both: a service nobody knows, and its own answer */
		guest.command[bit / 8] ^= (uint8_t)BIT(bit % 8);
		call = look(&guest);
		assert_int_equal(call.kind, TSMREQ_CALL_SERVICE_UNKNOWN);
		assert_int_equal(call.u.service.offered, 0);
		assert_memory_equal(call.u.service.guid, guest.command, 16);
	}
}

/* Whatever the guest left there. */
static void reserved_and_status(void **state)
{
	struct guest guest = query_of(tdcm_guid);
	const struct tsmreq_call expect = look(&guest);
	struct tsmreq_call call;

	(void)state;
	for (uint32_t word = 0; word < 300; word++) {
		tsmreq_store_le32(guest.command + 20, word << 24 | word);
		tsmreq_store_le32(guest.response + 20, word);
		guest.command[26] = (uint8_t)word;
		guest.command[27] = (uint8_t)(word >> 1);
		call = look(&guest);
		assert_memory_equal(&call, &expect, sizeof(call));
	}
}

static void header_sizes(void **state)
{
	const struct guest guest = query_of(tdcm_guid);
	const struct tsmreq_call before = look_at_registers(&guest);
	struct guard command = guard_new(64), response = guard_new(64);

	(void)state;
	for (int back = 0; back < 2; back++)
		for (size_t size = 0; size <= HEADER + 1; size++)
			for (size_t other = 0; other <= HEADER + 1; other++) {
				struct tsmreq_call call = before;
				const bool good = size >= HEADER && other >= HEADER;

				assert_int_equal(
					tsmreq_ghci_decode_service_headers(
						&guest.opts,
						guard_copy(&command, guest.command, size, back),
						guard_copy(&response, guest.response, other, back),
						&call),
					good ? 0 : -EMSGSIZE);
				if (!good)
					assert_memory_equal(&call, &before, sizeof(call));
			}
	guard_free(&command);
	guard_free(&response);
}

/* The bodies hold exactly what read[] asked for; less is the caller's mistake. */
static void body_sizes(void **state)
{
	static const struct {
		uint8_t command;
		uint32_t length;
	} rows[] = {{0, 24}, {0, 25}, {0, 31}, {0, 32}, {1, 32},
		    {2, 40}, {3, 64}, {3, 65}, {9, 99}};
	struct guard command = guard_new(256), response = guard_new(256);

	(void)state;
	for (int back = 0; back < 2; back++)
		for (size_t i = 0; i <= COUNT(rows); i++) {
			const struct guest guest =
				i == COUNT(rows) ? query_of(tdcm_guid)
						 : legacy_of(rows[i].command, rows[i].length, 4096);
			const struct tsmreq_call before = look_at_headers(&guest);

			for (size_t size = 0; size <= before.read[0].size; size++)
				for (size_t other = 0; other <= before.read[1].size; other++) {
					struct tsmreq_call call = before;
					const bool good = size == before.read[0].size &&
							  other == before.read[1].size;

					assert_int_equal(tsmreq_ghci_decode_service_body(
								 &guest.opts,
								 guard_copy(&command,
									    guest.command + HEADER,
									    size, back),
								 guard_copy(&response,
									    guest.response + HEADER,
									    other, back),
								 &call),
							 good ? 0 : -EMSGSIZE);
					if (!good)
						assert_memory_equal(&call, &before, sizeof(call));
				}
		}
	guard_free(&command);
	guard_free(&response);
}

static void out_of_turn(void **state)
{
	const struct guest guest = query_of(tdcm_guid);
	const struct tsmreq_call calls[] = {none, look_at_registers(&guest),
					    look_at_headers(&guest), look(&guest)};
	const struct tsmreq_bytes bytes = {guest.command, sizeof(guest.command)};

	(void)state;
	for (size_t i = 0; i < COUNT(calls); i++) {
		struct tsmreq_call call = calls[i];

		if (i != 1)
			assert_int_equal(tsmreq_ghci_decode_service_headers(&guest.opts, bytes,
									    bytes, &call),
					 -EINVAL);
		assert_memory_equal(&call, &calls[i], sizeof(call));
		if (i != 2)
			assert_int_equal(tsmreq_ghci_decode_service_body(&guest.opts, bytes, bytes,
									 &call),
					 -EINVAL);
		assert_memory_equal(&call, &calls[i], sizeof(call));
		assert_int_equal(tsmreq_ghci_decode_header(bytes, &call), -EINVAL);
		assert_memory_equal(&call, &calls[i], sizeof(call));
	}
}

static void options(void **state)
{
	struct guest guest = query_of(tdcm_guid);
	const struct tsmreq_call first = look_at_registers(&guest);
	const struct tsmreq_call second = look_at_headers(&guest);
	const struct tsmreq_bytes bytes = {guest.command, sizeof(guest.command)};
	struct tsmreq_call call = first;

	(void)state;
	guest.opts.gpa_width = 50;
	assert_int_equal(tsmreq_ghci_decode_service_headers(&guest.opts, bytes, bytes, &call),
			 -EINVAL);
	assert_memory_equal(&call, &first, sizeof(call));
	call = second;
	assert_int_equal(tsmreq_ghci_decode_service_body(&guest.opts, bytes, bytes, &call),
			 -EINVAL);
	assert_memory_equal(&call, &second, sizeof(call));
}

/* ---- the answer */

static uint8_t buffer[MAX];

/*
 * Carries the writes out on a buffer of 0xee, and holds them to the rules: inside the capacity,
 * each byte once, the length before the status, the status last, the GUID never.
 */
static void carry_out(const struct tsmreq_call *call, const struct tsmreq_ghci_reply *reply)
{
	static uint8_t seen[MAX];
	struct tsmreq_ghci_write write;
	uint64_t end = HEADER;
	unsigned int i = 0;

	memset(buffer, 0xee, sizeof(buffer));
	memset(seen, 0, sizeof(seen));
	for (; tsmreq_ghci_write_at(reply, i, &write); i++) {
		const uint64_t offset = write.gpa.raw - RESPONSE;

		assert_true(offset >= 16);
		assert_true(write.bytes.size && offset + write.bytes.size <= call->write[0].size);
		assert_int_equal(write.last, offset == 20);
		if (offset == 20)
			assert_int_equal(write.bytes.size, 4);
		if (offset == 16)
			assert_int_equal(i, reply->writes - 2);
		for (size_t b = 0; b < write.bytes.size; b++)
			assert_false(seen[offset + b]++);
		if (offset + write.bytes.size > end)
			end = offset + write.bytes.size;
		memcpy(buffer + offset, write.bytes.data, write.bytes.size);
	}
	assert_int_equal(i, reply->writes);
	/* every byte up to the length is new, and not one behind it */
	assert_int_equal(end, tsmreq_load_le32(buffer + 16));
	for (uint64_t at = 16; at < end; at++)
		assert_true(seen[at]);
}

static void answered(const struct tsmreq_call *call, const struct tsmreq_answer *answer,
		     uint32_t status, const void *body, uint32_t size)
{
	struct tsmreq_ghci_reply reply;

	memset(&reply, 0xa5, sizeof(reply));
	assert_int_equal(tsmreq_ghci_encode(call, answer, &reply), 0);
	assert_int_equal(reply.r10, 0);
	assert_int_equal(reply.vector, call->vector);
	carry_out(call, &reply);
	assert_int_equal(tsmreq_load_le32(buffer + 16), HEADER + size);
	assert_int_equal(tsmreq_load_le32(buffer + 20), status);
	if (size)
		assert_memory_equal(buffer + HEADER, body, size);
}

/* The transport works, so the answer is a status in 24 bytes: address and vector stay known. */
static void refused_in_buffer(struct guest guest, enum tsmreq_reason reason, uint32_t status)
{
	const struct tsmreq_span buffer_span = {
		{RESPONSE}, tsmreq_load_le32(guest.response + 16), TSMREQ_SPAN_SERVICE_BUFFER, 0};
	struct tsmreq_call call, expect = {
					 .kind = TSMREQ_CALL_REJECT,
					 .arch = TSMREQ_ARCH_TDX,
					 .shape = TSMREQ_SHAPE_SERVICE,
					 .reason = reason,
					 .vector = 0xc0,
					 .write[0] = buffer_span,
					 .u.refusal = {0, status, HEADER},
				 };

	guest.exit.r14 = 0xc0;
	call = look(&guest);
	assert_memory_equal(&call, &expect, sizeof(call));
	answered(&call, NULL, status, NULL, 0);
}

static void unknown_services(void **state)
{
	static const uint8_t *const asked[] = {vtpm_guid, tdcm_guid};

	(void)state;
	for (size_t i = 0; i < COUNT(asked); i++)
		for (uint32_t capacity = 24; capacity < 100; capacity++) {
			struct guest guest = guest_of(asked[i], capacity, capacity);
			struct tsmreq_call call;

			guest.opts.offers = TSMREQ_GHCI_SERVICE;
			call = look(&guest);
			assert_int_equal(call.kind, TSMREQ_CALL_SERVICE_UNKNOWN);
			assert_memory_equal(call.u.service.guid, asked[i], 16);
			answered(&call, NULL, UNKNOWN, NULL, 0);
		}
}

/* What is asked about is offered, or not; the answer repeats it. */
static void queries(void **state)
{
	static const struct {
		const uint8_t *guid;
		uint32_t needs;
	} rows[] = {
		{query_guid, TSMREQ_GHCI_SERVICE},
		{tdcm_guid, TSMREQ_GHCI_SERVICE_TDCM},
		{vtpm_guid, UINT32_MAX},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++)
		for (uint32_t offers = 0; offers <= TSMREQ_GHCI_OFFERS; offers++) {
			struct guest guest = query_of(rows[i].guid);
			const bool offered = (offers & rows[i].needs) == rows[i].needs;
			uint8_t body[20] = {0, 0, offered ? 0 : 1, 0};
			struct tsmreq_call call;

			if (!(offers & TSMREQ_GHCI_SERVICE))
				continue;
			guest.opts.offers = offers;
			memcpy(body + 4, rows[i].guid, 16);
			call = look(&guest);
			assert_int_equal(call.kind, TSMREQ_CALL_SERVICE_QUERY);
			assert_int_equal(call.u.service.offered, offered);
			assert_memory_equal(call.u.service.guid, rows[i].guid, 16);
			answered(&call, NULL, 0, body, sizeof(body));
		}
}

/* Sizes before contents. */
static void query_sizes(void **state)
{
	(void)state;
	for (uint32_t size = 24; size < 64; size++) {
		struct guest guest = guest_of(query_guid, size, 64);
		struct tsmreq_call call;

		if (size < 44) {
			guest.command[25] = 1;
			refused_in_buffer(guest, TSMREQ_REASON_BAD_LENGTH, 4);
			tsmreq_store_le32(guest.response + 16, 24);
			refused_in_buffer(guest, TSMREQ_REASON_BAD_LENGTH, 4);
		} else {
			call = look(&guest);
			assert_int_equal(call.kind, TSMREQ_CALL_SERVICE_QUERY);
		}
		guest = guest_of(query_guid, 44, size);
		if (size < 44) {
			guest.command[24] = 1;
			refused_in_buffer(guest, TSMREQ_REASON_BAD_LENGTH, 5);
		} else {
			call = look(&guest);
			assert_int_equal(call.kind, TSMREQ_CALL_SERVICE_QUERY);
		}
	}
}

static void query_contents(void **state)
{
	(void)state;
	for (unsigned int value = 1; value <= UINT8_MAX; value++) {
		struct guest guest = query_of(tdcm_guid);

		guest.command[25] = (uint8_t)value;
		refused_in_buffer(guest, TSMREQ_REASON_BAD_ACTION, UNKNOWN);
		/* a version, the guest's expectation of one, and the two agreeing on one */
		guest = query_of(tdcm_guid);
		guest.command[24] = (uint8_t)value;
		refused_in_buffer(guest, TSMREQ_REASON_BAD_VERSION, UNKNOWN);
		guest.response[24] = (uint8_t)value;
		refused_in_buffer(guest, TSMREQ_REASON_BAD_VERSION, UNKNOWN);
		guest.command[24] = 0;
		refused_in_buffer(guest, TSMREQ_REASON_BAD_VERSION, UNKNOWN);
	}
}

/* ---- the older TDCM */

static const enum tsmreq_call_kind kinds[] = {
	TSMREQ_CALL_LEGACY_CONTEXT,
	TSMREQ_CALL_LEGACY_TDISP,
	TSMREQ_CALL_LEGACY_MAP_DMA,
	TSMREQ_CALL_LEGACY_DEVICE_INFO,
};

static uint32_t good_length(unsigned int command)
{
	return command == 3 ? 64 : 32;
}

static void commands(void **state)
{
	(void)state;
	for (unsigned int command = 0; command <= UINT8_MAX; command++) {
		struct guest guest = legacy_of((uint8_t)command, good_length(command), 0x1000);
		const struct tsmreq_call call = look(&guest);
		struct tsmreq_call expect = look_at_headers(&guest);

		expect.kind = command < 4 ? kinds[command] : TSMREQ_CALL_LEGACY_UNKNOWN;
		expect.next = TSMREQ_NEXT_DONE;
		/* segment 1 and all: 0018 of segment 0 is another device */
		expect.dev.raw = 0x10018;
		expect.u.service.command = command;
		if (command == 3)
			memcpy(expect.u.service.nonce, guest.command + 32, 32);
		assert_memory_equal(&call, &expect, sizeof(call));
	}
}

static void legacy_devices(void **state)
{
	(void)state;
	for (unsigned int bit = 0; bit < 32; bit++) {
		struct guest guest = legacy_of(1, 32, 0x1000);

		tsmreq_store_le32(guest.command + 28, (uint32_t)BIT(bit));
		assert_int_equal(look(&guest).dev.raw, BIT(bit));
	}
}

/* Exact where the layout is known; 52 and 68 are those of another, older one. */
static void legacy_lengths(void **state)
{
	(void)state;
	for (unsigned int command = 0; command < 6; command++)
		for (uint32_t length = 24; length < 100; length++) {
			struct guest guest = legacy_of((uint8_t)command, length, 0x1000);
			const bool exact = command == 0 || command == 1 || command == 3;

			if (length < 32 || (exact && length != good_length(command)))
				refused_in_buffer(guest, TSMREQ_REASON_BAD_LENGTH, 4);
			else
				assert_int_equal(look(&guest).kind,
						 command < 4 ? kinds[command]
							     : TSMREQ_CALL_LEGACY_UNKNOWN);
			/* before the capacity and the version */
			tsmreq_store_le32(guest.response + 16, 24);
			guest.command[24] = 1;
			if (length < 32 || (exact && length != good_length(command)))
				refused_in_buffer(guest, TSMREQ_REASON_BAD_LENGTH, 4);
			else
				refused_in_buffer(guest, TSMREQ_REASON_BAD_LENGTH, 5);
		}
}

static void legacy_capacities(void **state)
{
	(void)state;
	for (unsigned int command = 0; command < 6; command++)
		for (uint32_t capacity = 24; capacity < 32; capacity++) {
			struct guest guest =
				legacy_of((uint8_t)command, good_length(command), capacity);

			if (capacity < 28)
				refused_in_buffer(guest, TSMREQ_REASON_BAD_LENGTH, 5);
			else
				assert_int_equal(look(&guest).next, TSMREQ_NEXT_DONE);
		}
}

static void answered_no(const struct tsmreq_call *call, const struct tsmreq_answer *answer,
			uint32_t status)
{
	const uint8_t body[4] = {0, (uint8_t)call->u.service.command, 1, 0};

	answered(call, answer, status, body, sizeof(body));
}

/* Version 1, and commands nobody knows, whatever the VMM thinks of them. */
static void legacy_unknowns(void **state)
{
	const struct tsmreq_answer done = {.value = 1, .data = {"data", 4}};

	(void)state;
	for (unsigned int command = 0; command <= UINT8_MAX; command++)
		for (unsigned int version = command < 4; version < 256; version += 51) {
			struct guest guest =
				legacy_of((uint8_t)command, good_length(command), 0x1000);
			struct tsmreq_call call;

			guest.command[24] = (uint8_t)version;
			call = look(&guest);
			assert_int_equal(call.kind, TSMREQ_CALL_LEGACY_UNKNOWN);
			assert_int_equal(call.u.service.command, command);
			answered_no(&call, NULL, 0);
			answered_no(&call, &done, 0);
		}
}

static struct tsmreq_call legacy_call(uint8_t command, uint32_t capacity)
{
	struct guest guest = legacy_of(command, good_length(command), capacity);

	guest.exit.r14 = 0xc0;
	return look(&guest);
}

static void map_dma(void **state)
{
	const struct tsmreq_call call = legacy_call(2, 0x1000);
	const struct tsmreq_answer done = {0};

	(void)state;
	answered_no(&call, NULL, 0);
	answered_no(&call, &done, 0);
}

static void tdisp(void **state)
{
	const struct tsmreq_call call = legacy_call(1, 28);
	const struct tsmreq_answer done = {0}, failed = {.rc = -EOPNOTSUPP},
				   absent = {.rc = -ENODEV};
	const uint8_t yes[4] = {0, 1, 0, 0};

	(void)state;
	answered(&call, &done, 0, yes, sizeof(yes));
	answered_no(&call, &failed, 0);
	answered_no(&call, &absent, 0);
}

/* Reserved bytes and the nonce of a device that is not there are zeros, never what was left. */
static void contexts(void **state)
{
	uint8_t nonce[32], body[48] = {0};
	const struct tsmreq_answer found = {.value = UINT32_MAX, .data = {nonce, 32}};
	const struct tsmreq_answer absent = {.value = 0x300, .rc = -ENODEV, .data = {nonce, 32}};
	const struct tsmreq_answer failed = {.value = 0x300, .rc = -EIO, .data = {nonce, 32}};

	(void)state;
	memset(nonce, 0x5a, sizeof(nonce));
	for (uint32_t capacity = 28; capacity < 80; capacity++) {
		const struct tsmreq_call call = legacy_call(0, capacity);

		memset(body, 0, sizeof(body));
		if (capacity < 72) {
			answered_no(&call, &found, 3);
			answered_no(&call, &absent, 3);
			answered_no(&call, &failed, 3);
			continue;
		}
		answered(&call, &absent, 0, body, sizeof(body));
		answered_no(&call, &failed, 0);
		tsmreq_store_le32(body + 4, UINT32_MAX);
		memcpy(body + 16, nonce, 32);
		answered(&call, &found, 0, body, sizeof(body));
	}
}

static void device_infos(void **state)
{
	static uint8_t info[MAX + 1];
	const struct tsmreq_answer failed = {.rc = -EIO, .data = {info, 100}};
	static const struct {
		uint32_t capacity;
		uint32_t size;
	} rows[] = {
		{28, 1},	 {29, 1},	  {29, 2},	  {127, 100},
		{128, 100},	 {4096, 4068},	  {4096, 4069},	  {0x8000, 100},
		{MAX, MAX - 28}, {MAX, MAX - 27}, {MAX, MAX + 1},
	};
	static uint8_t body[MAX];

	(void)state;
	memset(info, 0x5a, sizeof(info));
	body[1] = 3;
	memcpy(body + 4, info, MAX - 4);
	for (size_t i = 0; i < COUNT(rows); i++) {
		const struct tsmreq_call call = legacy_call(3, rows[i].capacity);
		const struct tsmreq_answer answer = {.data = {info, rows[i].size}};
		const struct tsmreq_answer empty = {.data = {info, 0}};

		if (28 + rows[i].size <= rows[i].capacity)
			answered(&call, &answer, 0, body, 4 + rows[i].size);
		else
			answered_no(&call, &answer, 3);
		answered_no(&call, &failed, 0);
		answered_no(&call, &empty, 0);
	}
}

/* No iommufd request is behind these: what is busy is the service. */
static void busy(void **state)
{
	static const uint8_t asked[] = {0, 1, 3};
	const struct tsmreq_answer answer = {.rc = -EBUSY};

	(void)state;
	for (size_t i = 0; i < COUNT(asked); i++) {
		const struct tsmreq_call call = legacy_call(asked[i], 0x1000);

		answered_no(&call, &answer, 6);
	}
}

static void unanswerable(void **state)
{
	const uint8_t nonce[33] = {0};
	const struct tsmreq_answer answers[] = {
		{.rc = 1},
		{.data = {nonce, 31}},
		{.data = {nonce, 33}},
		{.data = {NULL, 0}},
		{.value = BIT(32), .data = {nonce, 32}},
	};
	const struct tsmreq_answer good = {.data = {nonce, 32}};
	const struct guest guest = query_of(tdcm_guid);
	const struct tsmreq_call pending = look_at_headers(&guest);
	struct tsmreq_ghci_reply reply;

	(void)state;
	for (size_t i = 0; i < COUNT(answers); i++) {
		const struct tsmreq_call call = legacy_call(0, 0x1000);

		assert_int_equal(tsmreq_ghci_encode(&call, &answers[i], &reply), -EINVAL);
		assert_int_equal(reply.r10, INVALID);
		assert_int_equal(reply.writes, 0);
		assert_int_equal(reply.vector, 0);
	}
	/* a good answer to what is no question yet */
	assert_int_equal(tsmreq_ghci_encode(&pending, &good, &reply), -EINVAL);
	assert_int_equal(reply.writes, 0);
}

/* The call is made of the copies: what the guest does to its memory afterwards changes nothing. */
static void one_fetch(void **state)
{
	struct guest guest = legacy_of(3, 64, 128);
	struct tsmreq_call call = look_at_headers(&guest), expect = look(&guest);
	uint8_t body[40];

	(void)state;
	memcpy(body, guest.command + HEADER, sizeof(body));
	/* lengths and GUIDs were read: they are not read again */
	memset(&guest.command, 0xff, sizeof(guest.command));
	memset(&guest.response, 0xff, sizeof(guest.response));
	assert_int_equal(tsmreq_ghci_decode_service_body(&guest.opts,
							 (struct tsmreq_bytes){body, sizeof(body)},
							 (struct tsmreq_bytes){NULL, 0}, &call),
			 0);
	memset(body, 0xff, sizeof(body));
	assert_memory_equal(&call, &expect, sizeof(call));
}

/* ---- the way back */

static struct guest random_guest(uint64_t *random)
{
	const uint32_t width = widths[random_below(random, 2)];
	const unsigned int what = (unsigned int)random_below(random, 7);
	const uint32_t capacity = 72 + (uint32_t)random_below(random, 200);
	struct guest guest;

	if (what == 5) {
		guest = query_of(random_below(random, 2) ? tdcm_guid : vtpm_guid);
		tsmreq_store_le32(guest.command + 16, 44 + (uint32_t)random_below(random, 50));
	} else if (what == 6) {
		guest = guest_of(vtpm_guid, 24 + (uint32_t)random_below(random, 50), capacity);
	} else {
		guest = legacy_of((uint8_t)(what < 4 ? what : random_below(random, 256)), 32,
				  capacity);
		memset(guest.command + 32, 0, 32);
		tsmreq_store_le32(guest.command + 28, (uint32_t)random_u64(random));
		if (guest.command[25] == 3)
			tsmreq_store_le32(guest.command + 16, 64);
		for (unsigned int i = 32; i < 64 && guest.command[25] == 3; i++)
			guest.command[i] = (uint8_t)random_u64(random);
		guest.command[24] = guest.command[25] < 4 && !random_below(random, 4);
		/* of a version that is not known the rest is not remembered */
		if (guest.command[24])
			memset(guest.command + 32, 0, 32);
	}
	guest.opts.gpa_width = width;
	guest.exit.r12 = shared(width) | random_below(random, shared(width) / 0x2000) << 12;
	guest.exit.r13 = shared(width) | random_below(random, shared(width) / 0x2000) << 12;
	guest.exit.r14 = random_below(random, 2) ? 32 + random_below(random, 224) : 0;
	guest.exit.r15 = random_edge(random);
	return guest;
}

static void round_trips(void **state)
{
	uint64_t random = 9;

	(void)state;
	for (unsigned int i = 0; i < 20000; i++) {
		const struct guest guest = random_guest(&random);
		const struct tsmreq_call call = look(&guest);
		const uint32_t length = tsmreq_load_le32(guest.command + 16);
		struct guest again = guest;
		struct tsmreq_buffer dst = {again.command, sizeof(again.command), 0};
		struct tsmreq_call call_again;

		memset(&again.exit, 0xa5, sizeof(again.exit));
		assert_int_equal(tsmreq_ghci_encode_call(&guest.opts, &call, &again.exit), 0);
		assert_memory_equal(&again.exit, &guest.exit, sizeof(guest.exit));
		memset(again.command, 0xa5, sizeof(again.command));
		assert_int_equal(tsmreq_ghci_encode_command(&call, &dst), 0);
		assert_int_equal(dst.size, length);
		assert_memory_equal(again.command, guest.command, length);
		call_again = look(&again);
		assert_memory_equal(&call_again, &call, sizeof(call));
	}
}

static void no_way_back(void **state)
{
	const struct guest guest = query_of(tdcm_guid), bad = guest_of(query_guid, 24, 24);
	struct tsmreq_call calls[] = {look_at_registers(&guest), look_at_headers(&guest),
				      look(&bad), look(&guest), look(&guest)};
	struct tsmreq_ghci_exit exit;
	uint8_t bytes[64];

	(void)state;
	calls[3].kind = TSMREQ_CALL_BIND;
	calls[4].kind = TSMREQ_CALL_SNP_REQ_CERTS;
	for (size_t i = 0; i < COUNT(calls); i++) {
		struct tsmreq_buffer dst = {bytes, sizeof(bytes), 99};

		assert_int_equal(tsmreq_ghci_encode_call(&guest.opts, &calls[i], &exit), -EINVAL);
		assert_int_equal(tsmreq_ghci_encode_command(&calls[i], &dst), -EINVAL);
		assert_int_equal(dst.size, 0);
	}
}

/* A command never reaches past the room for it, nor is it shorter than what it has to say. */
static void check_room(struct tsmreq_call call, uint32_t length)
{
	struct guard guard = guard_new(256);

	for (size_t size = 0; size <= length; size++) {
		struct tsmreq_buffer dst = {guard_back(&guard, size), size, 99};

		assert_int_equal(tsmreq_ghci_encode_command(&call, &dst),
				 size < length ? -EMSGSIZE : 0);
		assert_int_equal(dst.size, size < length ? 0 : length);
	}
	for (call.read[0].size = 0; call.read[0].size < length - HEADER; call.read[0].size++) {
		struct tsmreq_buffer dst = {guard_back(&guard, 256), 256, 99};

		assert_int_equal(tsmreq_ghci_encode_command(&call, &dst), -EINVAL);
	}
	guard_free(&guard);
}

static void command_room(void **state)
{
	const struct guest query = query_of(tdcm_guid);
	const struct guest unknown = guest_of(vtpm_guid, HEADER, HEADER);

	(void)state;
	check_room(look(&query), 44);
	check_room(look(&unknown), HEADER);
	for (unsigned int command = 0; command < 5; command++)
		check_room(legacy_call((uint8_t)command, 0x1000), good_length(command));
}

/* The longest command there is, and none longer: whatever a caller claims, sizes do not wrap. */
static void command_limit(void **state)
{
	static uint8_t room[MAX + 1];
	struct tsmreq_buffer dst = {room, sizeof(room), 0};
	const struct guest guest = guest_of(vtpm_guid, MAX, 24);
	struct tsmreq_call call = look(&guest);

	(void)state;
	assert_int_equal(tsmreq_ghci_encode_command(&call, &dst), 0);
	assert_int_equal(dst.size, MAX);
	call.read[0].size++;
	assert_int_equal(tsmreq_ghci_encode_command(&call, &dst), -EINVAL);
	for (unsigned int bit = 17; bit < 64; bit++) {
		call.read[0].size = BIT(bit);
		assert_int_equal(tsmreq_ghci_encode_command(&call, &dst), -EINVAL);
		call.read[0].size = UINT64_MAX - bit;
		assert_int_equal(tsmreq_ghci_encode_command(&call, &dst), -EINVAL);
	}
}

/* ---- tables */

static void services(void **state)
{
	static const uint8_t *const guids_expected[] = {query_guid, tdcm_guid};
	struct tsmreq_ghci_service row;
	uint32_t seen = 0;
	unsigned int i = 0;

	(void)state;
	for (; tsmreq_ghci_service_at(i, &row); i++) {
		assert_true(i < COUNT(guids_expected));
		assert_memory_equal(row.guid, guids_expected[i], 16);
		assert_int_equal(seen & row.offer, 0);
		assert_int_equal(row.reserved, 0);
		assert_true(strlen(row.name) > 3);
		seen |= row.offer;
	}
	assert_int_equal(i, COUNT(guids_expected));
	assert_int_equal(seen | TSMREQ_GHCI_TDCM, TSMREQ_GHCI_OFFERS);
	assert_false(tsmreq_ghci_service_at(UINT32_MAX, &row));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(not_ours),
		cmocka_unit_test(first_look),
		cmocka_unit_test(addresses),
		cmocka_unit_test(address_order),
		cmocka_unit_test(vectors),
		cmocka_unit_test(second_look),
		cmocka_unit_test(lengths),
		cmocka_unit_test(ends),
		cmocka_unit_test(guids),
		cmocka_unit_test(reserved_and_status),
		cmocka_unit_test(header_sizes),
		cmocka_unit_test(body_sizes),
		cmocka_unit_test(out_of_turn),
		cmocka_unit_test(options),
		cmocka_unit_test(unknown_services),
		cmocka_unit_test(queries),
		cmocka_unit_test(query_sizes),
		cmocka_unit_test(query_contents),
		cmocka_unit_test(commands),
		cmocka_unit_test(legacy_devices),
		cmocka_unit_test(legacy_lengths),
		cmocka_unit_test(legacy_capacities),
		cmocka_unit_test(legacy_unknowns),
		cmocka_unit_test(map_dma),
		cmocka_unit_test(tdisp),
		cmocka_unit_test(contexts),
		cmocka_unit_test(device_infos),
		cmocka_unit_test(busy),
		cmocka_unit_test(unanswerable),
		cmocka_unit_test(one_fetch),
		cmocka_unit_test(round_trips),
		cmocka_unit_test(no_way_back),
		cmocka_unit_test(command_room),
		cmocka_unit_test(command_limit),
		cmocka_unit_test(services),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
