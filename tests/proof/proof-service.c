/* SPDX-License-Identifier: MIT */
#include "proof.h"
#include <tsmreq/ghci.h>

#define HEADER_SIZE TSMREQ_SERVICE_HEADER_SIZE
#define HEADER	    (HEADER_SIZE + 4u)
#define BODY	    (40u + 4u) /* the longest that is looked at, and a margin */
#define RESPONSE    (1u + 1u)
#define COMMANDS    4u

static uint8_t ask_header[HEADER], say_header[HEADER], say[RESPONSE];
static uint8_t ask[TSMREQ_GHCI_BUFFER_MAX], written[TSMREQ_GHCI_BUFFER_MAX];
static uint8_t data[TSMREQ_NONCE_SIZE];

/*
 * Any answer to a call at any of its steps, and the way back. Assumed: a command of the length that
 * its header says goes into as much room; without room for the header nothing does.
 */
static void answer_it(const struct tsmreq_ghci_opts *opts, const struct tsmreq_call *call)
{
	struct tsmreq_answer answer = proof_any_answer(data, proof_any_u64);
	struct tsmreq_buffer buffer = {written, sizeof(written), 0};
	struct tsmreq_buffer none = {NULL, proof_any_u32 % HEADER_SIZE, 0};
	struct tsmreq_ghci_reply reply;
	struct tsmreq_ghci_write write;
	struct tsmreq_ghci_exit again;

	(void)tsmreq_ghci_encode_call(opts, call, &again);
	(void)tsmreq_ghci_encode_command(call, &buffer);
	(void)tsmreq_ghci_encode_command(call, &none);
	if (!tsmreq_ghci_encode(call, &answer, &reply))
		(void)tsmreq_ghci_write_at(&reply, proof_any_u32, &write);
}

/* Any lengths of two headers. */
static void look_at_headers(const struct tsmreq_ghci_opts *opts, const struct tsmreq_call *first)
{
	struct tsmreq_call call;

	//@ loop unroll HEADER + 1;
	for (size_t size = 0; size <= HEADER; size++) {
		call = *first;
		(void)tsmreq_ghci_decode_service_headers(
			opts, (struct tsmreq_bytes){ask_header + HEADER - size, size},
			(struct tsmreq_bytes){say_header, HEADER}, &call);
		call = *first;
		(void)tsmreq_ghci_decode_service_headers(
			opts, (struct tsmreq_bytes){ask_header, HEADER},
			(struct tsmreq_bytes){say_header + HEADER - size, size}, &call);
	}
}

/* A command's number: each there is, and any other. */
static void set_command(uint8_t *body, size_t size, unsigned int command)
{
	if (size < 2)
		return;
	body[1] = (uint8_t)(command < COMMANDS ? command
					       : COMMANDS + proof_any_u8 % (256 - COMMANDS));
}

/* Any lengths of two bodies, in the buffers that good headers announced. */
static void look_at_bodies(const struct tsmreq_ghci_opts *opts, const struct tsmreq_call *first,
			   unsigned int command)
{
	struct tsmreq_call call = *first;

	if (tsmreq_ghci_decode_service_headers(opts, (struct tsmreq_bytes){ask_header, HEADER},
					       (struct tsmreq_bytes){say_header, HEADER}, &call))
		return;
	//@ loop unroll RESPONSE + 1;
	for (size_t more = 0; more <= RESPONSE; more++) {
		const struct tsmreq_bytes response = {say + RESPONSE - more, more};
		struct tsmreq_call copy;

		//@ loop unroll BODY + 1;
		for (size_t size = 0; size <= BODY; size++) {
			copy = call;
			proof_any_bytes(ask, BODY);
			set_command(ask + BODY - size, size, command);
			(void)tsmreq_ghci_decode_service_body(
				opts, (struct tsmreq_bytes){ask + BODY - size, size}, response,
				&copy);
		}
		/* the longest there is holds what any shorter one says */
		copy = call;
		proof_any_bytes(ask, sizeof(ask));
		set_command(ask, sizeof(ask), command);
		if (!tsmreq_ghci_decode_service_body(opts, (struct tsmreq_bytes){ask, sizeof(ask)},
						     response, &copy))
			answer_it(opts, &copy);
	}
}

/* Any options but their size, any register, any bytes. */
void proof(void)
{
	const struct tsmreq_ghci_exit exit = {.r10 = proof_any_u64,
					      .r11 = TSMREQ_GHCI_LEAF_SERVICE,
					      .r12 = proof_any_u64,
					      .r13 = proof_any_u64,
					      .r14 = proof_any_u64,
					      .r15 = proof_any_u64};
	const struct tsmreq_ghci_opts opts = {sizeof(opts), proof_any_u32, proof_any_u32};
	struct tsmreq_call call;

	proof_any_bytes(ask_header, sizeof(ask_header));
	proof_any_bytes(say_header, sizeof(say_header));
	proof_any_bytes(ask, sizeof(ask));
	proof_any_bytes(say, sizeof(say));
	proof_any_bytes(data, sizeof(data));
	if (tsmreq_ghci_decode(&opts, &exit, &call))
		return;
	look_at_headers(&opts, &call);
	//@ loop unroll COMMANDS + 1;
	for (unsigned int command = 0; command <= COMMANDS; command++)
		look_at_bodies(&opts, &call, command);
}
