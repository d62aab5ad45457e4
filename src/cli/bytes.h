/* SPDX-License-Identifier: MIT */
#ifndef CLI_BYTES_H
#define CLI_BYTES_H

#include <stdint.h>

/* The wire is little endian on every machine this command runs on. */

static inline uint32_t bytes_get32(const void *from)
{
	const uint8_t *p = from;

	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint64_t bytes_get64(const void *from)
{
	const uint8_t *p = from;

	return (uint64_t)bytes_get32(p) | (uint64_t)bytes_get32(p + 4) << 32;
}

static inline void bytes_put32(void *to, uint32_t value)
{
	uint8_t *p = to;

	p[0] = (uint8_t)value;
	p[1] = (uint8_t)(value >> 8);
	p[2] = (uint8_t)(value >> 16);
	p[3] = (uint8_t)(value >> 24);
}

static inline void bytes_put64(void *to, uint64_t value)
{
	uint8_t *p = to;

	bytes_put32(p, (uint32_t)value);
	bytes_put32(p + 4, (uint32_t)(value >> 32));
}

/* A user pointer as it travels: 64 bits, whatever the machine's own width. */
static inline void *bytes_get_pointer(const void *from)
{
	return (void *)(uintptr_t)bytes_get64(from);
}

static inline void bytes_put_pointer(void *to, const void *pointer)
{
	bytes_put64(to, (uint64_t)(uintptr_t)pointer);
}

/* -1: none. */
static inline int bytes_hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

#endif
