/* SPDX-License-Identifier: MIT */
#ifndef UNIT_DECODE_RANDOM_H
#define UNIT_DECODE_RANDOM_H

#include <stdint.h>

/* xorshift64*: the same numbers on every machine, so that a failure can be seen again. */
static inline uint64_t random_u64(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 0x2545f4914f6cdd1du;
}

static inline uint64_t random_below(uint64_t *state, uint64_t limit)
{
	return random_u64(state) % limit;
}

/* Numbers near the powers of two, where the rules have their edges. */
static inline uint64_t random_edge(uint64_t *state)
{
	const uint64_t shift = random_below(state, 64);

	return ((uint64_t)1 << shift) + random_below(state, 5) - 2;
}

#endif
