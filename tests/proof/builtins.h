/* SPDX-License-Identifier: MIT */
#ifndef PROOF_BUILTINS_H
#define PROOF_BUILTINS_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/*
 * Frama-C has no words for three builtins of the compiler; run-eva includes this before each
 * source. Assumed: they do the same for 64-bit operands, the only ones the sources give them (a
 * narrower one converts without loss).
 */

static inline bool proof_add_overflow(uint64_t a, uint64_t b, uint64_t *sum)
{
	*sum = a + b;
	if (b > UINT64_MAX - a)
		return true;
	*sum = a + b; /* the same, of operands that are known to fit */
	return false;
}

static inline bool proof_mul_overflow(uint64_t a, uint64_t b, uint64_t *product)
{
	*product = a * b;
	return b && a > UINT64_MAX / b;
}

/*@ requires value != 0;
  @ assigns \result \from value;
  @ ensures 0 <= \result <= 63;
  @*/
int proof_ctzll(uint64_t value);

/* memcmp(), which Frama-C only describes, byte by byte: then it tells equal bytes from others. */
static inline int proof_memcmp(const void *a, const void *b, size_t size)
{
	const uint8_t *p = a, *q = b;

	for (size_t i = 0; i < size; i++)
		if (p[i] != q[i])
			return p[i] < q[i] ? -1 : 1;
	return 0;
}

/* The same for strcmp(). */
static inline int proof_strcmp(const char *a, const char *b)
{
	//@ loop unroll 24;
	for (size_t i = 0; b[i]; i++)
		if (a[i] != b[i])
			return (uint8_t)a[i] < (uint8_t)b[i] ? -1 : 1;
	return a[strlen(b)] ? 1 : 0;
}

#define strcmp(a, b)			      proof_strcmp(a, b)
#define memcmp(a, b, size)		      proof_memcmp(a, b, size)
#define __builtin_add_overflow(a, b, sum)     proof_add_overflow(a, b, sum)
#define __builtin_mul_overflow(a, b, product) proof_mul_overflow(a, b, product)
#define __builtin_ctzll(value)		      proof_ctzll(value)

#endif
