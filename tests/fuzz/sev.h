/* SPDX-License-Identifier: MIT */
#ifndef FUZZ_SEV_H
#define FUZZ_SEV_H

#include "fuzz.h"
#include <tsmreq/ghcb.h>

/*
 * A GHCB page is mostly nothing: an input has its length (2 bytes), the byte it is filled with,
 * and the fields. Those stand where they belong as far as the page is long enough.
 */

static inline uint8_t *fuzz_take_page(struct fuzz_input *in, size_t *ret_size)
{
	static const struct {
		uint32_t offset;
		uint32_t size;
	} fields[] = {
		{0x390, 24}, {0x3f0, 16}, {0xffa, 6}, {0x1f8, 8}, {0x308, 24},
	};
	const uint32_t size = fuzz_take_u16(in);
	const uint8_t fill = fuzz_take_u8(in);
	uint8_t *page = malloc(size ? size : 1);

	FUZZ_CHECK(page);
	memset(page, fill, size);
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		uint8_t bytes[24];
		uint32_t n = fields[i].size;

		fuzz_take(in, bytes, n);
		if (size <= fields[i].offset)
			continue;
		if (n > size - fields[i].offset)
			n = size - fields[i].offset;
		memcpy(page + fields[i].offset, bytes, n);
	}
	*ret_size = size;
	return page;
}

/* Decoding what encode_call() says of @call gives @call. */
static inline void fuzz_check_ghcb_way_back(enum tsmreq_ghcb_abi abi,
					    const struct tsmreq_call *call)
{
	uint8_t page[TSMREQ_GHCB_SIZE];
	struct tsmreq_call again;

	FUZZ_CHECK(!tsmreq_ghcb_encode_call(abi, call, page, sizeof(page)));
	FUZZ_CHECK(!tsmreq_ghcb_decode(abi, (struct tsmreq_bytes){page, sizeof(page)}, &again));
	FUZZ_SAME(&again, call);
}

static inline void fuzz_check_vmgexit_way_back(enum tsmreq_ghcb_abi abi,
					       const struct tsmreq_call *call)
{
	uint8_t exit[TSMREQ_VMGEXIT_SIZE] = {0};
	struct tsmreq_call again;

	FUZZ_CHECK(!tsmreq_vmgexit_encode_call(abi, call, exit, sizeof(exit)));
	FUZZ_CHECK(!tsmreq_vmgexit_decode(abi, (struct tsmreq_bytes){exit, sizeof(exit)}, &again));
	FUZZ_SAME(&again, call);
}

/* A page and its registers: what is stored is what is loaded. */
static inline void fuzz_check_ghcb_answer(enum tsmreq_ghcb_abi abi, const struct tsmreq_call *call,
					  const struct tsmreq_answer *answer)
{
	uint8_t page[TSMREQ_GHCB_SIZE] = {0};
	struct tsmreq_ghcb_regs regs, loaded;
	const int rc = tsmreq_ghcb_encode(abi, call, answer, &regs);

	if (rc) {
		FUZZ_CHECK(rc == -EINVAL && regs.info2 == TSMREQ_GHCB_NO_FW_CALL);
		return;
	}
	FUZZ_CHECK(!(regs.marked & ~(TSMREQ_GHCB_RCX | TSMREQ_GHCB_RDX | TSMREQ_GHCB_RBX)));
	if (call->kind == TSMREQ_CALL_REJECT || answer->rc)
		FUZZ_CHECK(regs.info2);
	FUZZ_CHECK(!tsmreq_ghcb_store(&regs, page, sizeof(page)));
	FUZZ_CHECK(!tsmreq_ghcb_load((struct tsmreq_bytes){page, sizeof(page)}, &loaded));
	FUZZ_SAME(&loaded, &regs);
}

/* Only what KVM reads changes. */
static inline void fuzz_check_vmgexit_answer(const struct tsmreq_call *call,
					     const struct tsmreq_answer *answer)
{
	uint8_t exit[TSMREQ_VMGEXIT_SIZE];
	int rc;

	memset(exit, 0xa5, sizeof(exit));
	rc = tsmreq_vmgexit_encode(call, answer, exit, sizeof(exit));
	FUZZ_CHECK(!rc || rc == -EINVAL || rc == -EAGAIN);
	for (unsigned int i = 0; i < sizeof(exit); i++) {
		if (exit[i] == 0xa5)
			continue;
		FUZZ_CHECK(!rc);
		if (call->shape == TSMREQ_SHAPE_VMGEXIT_TIO_OP)
			FUZZ_CHECK(i >= 12 && i < 28);
		else
			FUZZ_CHECK(call->shape == TSMREQ_SHAPE_VMGEXIT_TIO && (i == 11 || i >= 52));
	}
}

#endif
