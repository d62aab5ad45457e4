/* SPDX-License-Identifier: MIT */
#include "sev.h"

/*
 * Input: revision (1 byte), 1 for a GHCB page and 0 for an exit, answer, the carrier (sev.h, or
 * 56 bytes), residue (2 bytes), length of the request page (2 bytes), its bytes 0x20..0x37 and
 * those of the response, nonce.
 */

#define HEADER	    0x20u
#define HEADER_SIZE 0x18u
#define PAGE	    4096u

static int decode_carrier(struct fuzz_input *in, enum tsmreq_ghcb_abi abi, bool is_page,
			  struct tsmreq_call *ret)
{
	uint8_t exit[TSMREQ_VMGEXIT_SIZE], *page;
	struct tsmreq_bytes bytes;
	int rc;

	if (!is_page) {
		fuzz_take(in, exit, sizeof(exit));
		return tsmreq_vmgexit_decode(abi, (struct tsmreq_bytes){exit, sizeof(exit)}, ret);
	}
	bytes.data = page = fuzz_take_page(in, &bytes.size);
	rc = tsmreq_ghcb_decode(abi, bytes, ret);
	free(page);
	return rc;
}

static uint8_t *take_message(struct fuzz_input *in, size_t size)
{
	uint8_t header[HEADER_SIZE], *page = calloc(1, size ? size : 1);

	FUZZ_CHECK(page);
	fuzz_take(in, header, sizeof(header));
	for (size_t i = 0; i < HEADER_SIZE && HEADER + i < size; i++)
		page[HEADER + i] = header[i];
	return page;
}

/* The request page says the message again, and the carrier the call of before the nonce. */
static void check_way_back(enum tsmreq_ghcb_abi abi, const struct tsmreq_call *call)
{
	uint8_t carrier[PAGE], page[PAGE];
	const struct tsmreq_bytes bytes = {carrier, sizeof(carrier)};
	struct tsmreq_call again;

	FUZZ_CHECK(!tsmreq_snp_encode_message(call, page, sizeof(page)));
	if (call->shape == TSMREQ_SHAPE_GHCB_PAGE) {
		FUZZ_CHECK(!tsmreq_ghcb_encode_call(abi, call, carrier, sizeof(carrier)));
		FUZZ_CHECK(!tsmreq_ghcb_decode(abi, bytes, &again));
	} else {
		FUZZ_CHECK(!tsmreq_vmgexit_encode_call(abi, call, carrier, sizeof(carrier)));
		FUZZ_CHECK(!tsmreq_vmgexit_decode(abi, bytes, &again));
	}
	FUZZ_CHECK(
		!tsmreq_snp_decode_message(abi, (struct tsmreq_bytes){page, sizeof(page)}, &again));
	if (again.next == TSMREQ_NEXT_SEV_NONCE && call->next == TSMREQ_NEXT_DONE)
		FUZZ_CHECK(!tsmreq_snp_decode_nonce(
			(struct tsmreq_bytes){call->u.tdi_info.nonce, TSMREQ_NONCE_SIZE}, &again));
	FUZZ_SAME(&again, call);
}

static void check_answer(enum tsmreq_ghcb_abi abi, const struct tsmreq_call *call,
			 const struct tsmreq_answer *answer)
{
	if (call->shape == TSMREQ_SHAPE_GHCB_PAGE)
		fuzz_check_ghcb_answer(abi, call, answer);
	else
		fuzz_check_vmgexit_answer(call, answer);
}

/* A response is only ever the one to this request: the next number, the same version. */
static void check_response(const struct tsmreq_call *call, struct tsmreq_bytes page,
			   uint32_t residue)
{
	const uint8_t *bytes = page.data;

	if (tsmreq_snp_check_response(call, page, residue))
		return;
	FUZZ_CHECK(page.size >= PAGE && residue <= PAGE);
	FUZZ_CHECK(bytes[HEADER] == (uint8_t)(call->message.seqno + 1));
	FUZZ_CHECK(bytes[0x35] == call->message.version);
	FUZZ_CHECK(bytes[0x34] != call->message.type);
}

static void look_again(struct fuzz_input *in, enum tsmreq_ghcb_abi abi, struct tsmreq_call *call,
		       const struct tsmreq_answer *answer)
{
	const uint32_t residue = fuzz_take_u16(in);
	const size_t size = fuzz_take_u16(in);
	uint8_t *request = take_message(in, size), *response = take_message(in, size);
	const struct tsmreq_call first = *call;
	int rc = tsmreq_snp_decode_message(abi, (struct tsmreq_bytes){request, size}, call);

	FUZZ_CHECK(rc == (size < PAGE ? -EMSGSIZE : 0));
	if (rc)
		FUZZ_SAME(call, &first);
	else
		fuzz_check_call(call);
	if (!rc && call->kind != TSMREQ_CALL_REJECT) {
		check_response(call, (struct tsmreq_bytes){response, size}, residue);
		check_way_back(abi, call);
		check_answer(abi, call, answer);
	}
	if (call->next == TSMREQ_NEXT_SEV_NONCE) {
		rc = tsmreq_snp_decode_nonce((struct tsmreq_bytes){in->data, in->size}, call);
		FUZZ_CHECK(rc == (in->size < TSMREQ_NONCE_SIZE ? -EMSGSIZE : 0));
		fuzz_check_call(call);
		check_way_back(abi, call);
	}
	check_answer(abi, call, answer);
	free(request);
	free(response);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = {data, size};
	const enum tsmreq_ghcb_abi abi = (enum tsmreq_ghcb_abi)fuzz_take_u8(&in);
	const bool is_page = fuzz_take_u8(&in) & 1;
	const struct tsmreq_answer answer = fuzz_take_answer(&in);
	struct tsmreq_call call;

	if (!decode_carrier(&in, abi, is_page, &call) && call.next == TSMREQ_NEXT_SEV_MESSAGE)
		look_again(&in, abi, &call, &answer);
	return 0;
}
