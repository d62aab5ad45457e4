/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_REV_WIRE_H
#define TESTS_UNIT_REV_WIRE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

/*
 * Bytes that should be on the wire, typed as the vectors have them: hex pairs, 00*16 repeats one.
 */

#define WIRE_MAX 64

/* What a byte holds that nobody has written. */
#define UNWRITTEN 0xa5

/* Pointers that are carried, never followed, and how they lie on the wire. */
#if UINTPTR_MAX > UINT32_MAX
#define POINTER_R     0xb8b7b6b5b4b3b2b1
#define POINTER_R_HEX "b1 b2 b3 b4 b5 b6 b7 b8 "
#define POINTER_P     0xc8c7c6c5c4c3c2c1
#define POINTER_P_HEX "c1 c2 c3 c4 c5 c6 c7 c8 "
#else
#define POINTER_R     0xb4b3b2b1
#define POINTER_R_HEX "b1 b2 b3 b4 00*4 "
#define POINTER_P     0xc4c3c2c1
#define POINTER_P_HEX "c1 c2 c3 c4 00*4 "
#endif

static inline size_t wire_parse(const char *text, uint8_t bytes[WIRE_MAX])
{
	const char *p = text + strspn(text, " ");
	unsigned long byte, count;
	size_t size = 0;
	char *end;

	while (*p != '\0') {
		byte = strtoul(p, &end, 16);
		assert_ptr_equal(end, p + 2);
		count = *end == '*' ? strtoul(end + 1, &end, 10) : 1;
		assert_true(size + count <= WIRE_MAX);
		memset(bytes + size, (int)byte, count);
		size += count;
		p = end + strspn(end, " ");
	}
	return size;
}

/* @got is @size bytes long and holds what @want says; @name says which case it is. */
static inline void assert_wire(const char *name, const uint8_t *got, size_t size, const char *want)
{
	uint8_t bytes[WIRE_MAX] = {0};
	size_t want_size = wire_parse(want, bytes);

	if (size != want_size)
		fail_msg("%s: %zu bytes instead of %zu", name, size, want_size);
	for (size_t i = 0; i < size; i++)
		if (got[i] != bytes[i])
			fail_msg("%s: byte %zu is %02x instead of %02x", name, i, got[i], bytes[i]);
}

/* The bytes from @size on are as they were. */
static inline void assert_unwritten(const char *name, const uint8_t *got, size_t size, size_t room)
{
	for (size_t i = size; i < room; i++)
		if (got[i] != UNWRITTEN)
			fail_msg("%s: byte %zu was written", name, i);
}

#endif
