/* SPDX-License-Identifier: MIT */
#ifndef PROOF_PROOF_H
#define PROOF_PROOF_H

#include <stddef.h>
#include <stdint.h>
#include <tsmreq/call.h>

/*
 * What every driver here assumes, and nothing else:
 *
 *  - the machine is x86-64 as gcc has it (-machdep gcc_x86_64);
 *  - memset() and memcpy() do what Frama-C's headers specify;
 *  - the compiler's builtins do what builtins.h says;
 *  - a caller keeps the contract of the public headers: pointers point to what they are declared
 *    to, and a call is passed on as its decoder left it.
 *
 * A driver stands every input at the end of an array, length by length, so a read past its end is
 * a read past the array. At the greatest length it starts where the array starts, too. Where an
 * answer has too little room, whatever that is, there is none: a write is one through NULL.
 */

/* volatile: each read gives any value of the type */
extern volatile uint8_t proof_any_u8;
extern volatile uint32_t proof_any_u32;
extern volatile uint64_t proof_any_u64;
extern volatile int32_t proof_any_i32;

/*@ requires \valid(to + (0 .. size - 1));
  @ assigns to[0 .. size - 1] \from \nothing;
  @ ensures \initialized(to + (0 .. size - 1));
  @*/
void proof_any_bytes(uint8_t *to, size_t size);

/* An answer with any value in any field; @data is what it lends. */
static inline struct tsmreq_answer proof_any_answer(const uint8_t *data, size_t size)
{
	struct tsmreq_answer answer = {
		.value = proof_any_u64,
		.result.tsm_code = proof_any_u64,
		.result.residue = proof_any_u32,
		.result.outcome = (enum tsmreq_outcome)proof_any_i32,
		.rc = proof_any_i32,
		.tdi_state = (enum tsmreq_tdi_state)proof_any_i32,
		.flags = proof_any_u32,
		.layer = proof_any_u32,
		.data = {data, size},
	};

	return answer;
}

#endif
