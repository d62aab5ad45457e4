/* SPDX-License-Identifier: MIT */
#include "base/bytes.h"
#include "decode/clear.h"
#include "decode/sev.h"
#include <errno.h>
#include <string.h>

/* Offsets in the page. Quadwords up to the bitmap are marked by their number. */
#define RAX	   0x1f8u
#define RCX	   0x308u
#define RDX	   0x310u
#define RBX	   0x318u
#define EXIT_CODE  0x390u
#define EXIT_INFO1 0x398u
#define EXIT_INFO2 0x3a0u
#define BITMAP	   0x3f0u
#define VERSION	   0xffau
#define USAGE	   0xffcu

#define BITMAP_SIZE 16u
#define OUR_VERSION 2u

static inline bool is_marked(const uint8_t *page, uint32_t offset)
{
	const uint32_t bit = offset / 8;

	return page[BITMAP + bit / 8] >> bit % 8 & 1;
}

static void mark(uint8_t *bitmap, uint32_t offset)
{
	const uint32_t bit = offset / 8;

	bitmap[bit / 8] = (uint8_t)(bitmap[bit / 8] | 1u << bit % 8);
}

/* A register that is not marked reads as 0. */
static inline uint64_t load_register(const uint8_t *page, uint32_t offset, uint32_t bit,
				     uint32_t *marked)
{
	if (!is_marked(page, offset))
		return 0;
	*marked |= bit;
	return tsmreq_load_le64(page + offset);
}

static void load_hints(const uint8_t *page, struct tsmreq_call_hints *ret)
{
	ret->marked = 0;
	ret->rax = load_register(page, RAX, SEV_MARKED_RAX, &ret->marked);
	ret->rbx = load_register(page, RBX, SEV_MARKED_RBX, &ret->marked);
	ret->rcx = load_register(page, RCX, SEV_MARKED_RCX, &ret->marked);
	ret->rdx = load_register(page, RDX, SEV_MARKED_RDX, &ret->marked);
	ret->flags = 0;
}

static void store_register(uint64_t value, uint32_t is_set, uint32_t offset, uint8_t *page)
{
	if (!is_set)
		return;
	tsmreq_store_le64(page + offset, value);
	mark(page + BITMAP, offset);
}

static void store_hints(const struct tsmreq_call_hints *hints, uint8_t *page)
{
	store_register(hints->rax, hints->marked & SEV_MARKED_RAX, RAX, page);
	store_register(hints->rbx, hints->marked & SEV_MARKED_RBX, RBX, page);
	store_register(hints->rcx, hints->marked & SEV_MARKED_RCX, RCX, page);
	store_register(hints->rdx, hints->marked & SEV_MARKED_RDX, RDX, page);
}

static int decode_op(const uint8_t *page, struct tsmreq_call *call)
{
	const uint64_t info1 = tsmreq_load_le64(page + EXIT_INFO1);

	call->dev.raw = (uint32_t)info1;
	return tsmreq_sev_decode_op((uint32_t)(info1 >> 32), call);
}

static int decode_request(const uint8_t *page, struct tsmreq_call *call)
{
	struct tsmreq_call_hints hints;

	load_hints(page, &hints);
	/* KVM reads 0 for it, which is somebody's device */
	if (!(hints.marked & SEV_MARKED_RCX))
		return tsmreq_ghcb_refuse(call, TSMREQ_REASON_BAD_BITMAP);
	call->dev.raw = (uint32_t)hints.rcx;
	return tsmreq_sev_decode_request(tsmreq_load_le64(page + EXIT_INFO1),
					 tsmreq_load_le64(page + EXIT_INFO2), &hints, call);
}

static int decode_page(const struct sev_abi *abi, const uint8_t *page, struct tsmreq_call *call)
{
	const uint64_t code = tsmreq_load_le64(page + EXIT_CODE);

	if (tsmreq_load_le32(page + USAGE))
		return tsmreq_ghcb_refuse(call, TSMREQ_REASON_BAD_USAGE);
	if (!is_marked(page, EXIT_CODE))
		return tsmreq_ghcb_refuse(call, TSMREQ_REASON_BAD_BITMAP);
	if (code != abi->request && (code != abi->op || !abi->op)) {
		tsmreq_call_clear(call);
		return 0;
	}
	if (!is_marked(page, EXIT_INFO1) || !is_marked(page, EXIT_INFO2))
		return tsmreq_ghcb_refuse(call, TSMREQ_REASON_BAD_BITMAP);
	if (tsmreq_load_le16(page + VERSION) != OUR_VERSION)
		return tsmreq_ghcb_refuse(call, TSMREQ_REASON_BAD_VERSION);
	return code == abi->request ? decode_request(page, call) : decode_op(page, call);
}

int tsmreq_ghcb_decode(enum tsmreq_ghcb_abi abi, struct tsmreq_bytes page, struct tsmreq_call *ret)
{
	const struct sev_abi *row = tsmreq_sev_find_abi(abi);

	tsmreq_call_clear(ret);
	if (!row)
		return -EINVAL;
	if (page.size < TSMREQ_GHCB_SIZE)
		return -EMSGSIZE;

	ret->arch = TSMREQ_ARCH_SEV;
	ret->shape = TSMREQ_SHAPE_GHCB_PAGE;
	return decode_page(row, page.data, ret);
}

static void encode_registers(const struct sev_abi *abi, const struct tsmreq_call *call,
			     const struct tsmreq_answer *answer, struct tsmreq_ghcb_regs *regs)
{
	if (call->kind == TSMREQ_CALL_BIND && !regs->info2) {
		regs->rcx = answer->value;
		regs->marked = TSMREQ_GHCB_RCX;
	}
	if (call->kind != TSMREQ_CALL_TDI_INFO)
		return;
	if (!regs->info2 || regs->info2 == TSMREQ_GHCB_INVALID_LEN) {
		regs->rbx = answer->value;
		regs->marked = TSMREQ_GHCB_RBX;
	}
	if (!regs->info2 && abi->encoding != SEV_ENCODING_NONE) {
		regs->rdx = tsmreq_sev_tdi_status(answer);
		regs->marked |= TSMREQ_GHCB_RDX;
	}
}

int tsmreq_ghcb_encode(enum tsmreq_ghcb_abi abi, const struct tsmreq_call *call,
		       const struct tsmreq_answer *answer, struct tsmreq_ghcb_regs *ret)
{
	const struct sev_abi *row = tsmreq_sev_find_abi(abi);

	/* what is written by mistake must not look like success */
	*ret = (struct tsmreq_ghcb_regs){.info2 = TSMREQ_GHCB_NO_FW_CALL};
	if (!row || call->shape != TSMREQ_SHAPE_GHCB_PAGE)
		return -EINVAL;
	if (call->kind == TSMREQ_CALL_REJECT) {
		ret->info1 = call->u.refusal.detail;
		ret->info2 = call->u.refusal.code;
		return 0;
	}
	if (tsmreq_sev_judge(call, answer, &ret->info2))
		return -EINVAL;
	encode_registers(row, call, answer, ret);
	return 0;
}

static unsigned int add_field(struct tsmreq_ghcb_field *fields, unsigned int n, uint8_t *bitmap,
			      uint32_t offset, uint64_t value)
{
	fields[n] = (struct tsmreq_ghcb_field){.offset = offset, .size = sizeof(value)};
	tsmreq_store_le64(fields[n].bytes, value);
	mark(bitmap, offset);
	return n + 1;
}

unsigned int tsmreq_ghcb_get_fields(const struct tsmreq_ghcb_regs *regs,
				    struct tsmreq_ghcb_field ret[TSMREQ_GHCB_FIELDS_MAX])
{
	struct tsmreq_ghcb_field bitmap = {.offset = BITMAP, .size = BITMAP_SIZE};
	unsigned int n = 0;

	if (regs->marked & TSMREQ_GHCB_RCX)
		n = add_field(ret, n, bitmap.bytes, RCX, regs->rcx);
	if (regs->marked & TSMREQ_GHCB_RDX)
		n = add_field(ret, n, bitmap.bytes, RDX, regs->rdx);
	if (regs->marked & TSMREQ_GHCB_RBX)
		n = add_field(ret, n, bitmap.bytes, RBX, regs->rbx);
	n = add_field(ret, n, bitmap.bytes, EXIT_INFO1, regs->info1);
	n = add_field(ret, n, bitmap.bytes, EXIT_INFO2, regs->info2);
	ret[n++] = bitmap; /* last: a register that is marked is in its place */
	return n;
}

int tsmreq_ghcb_store(const struct tsmreq_ghcb_regs *regs, void *page, size_t size)
{
	struct tsmreq_ghcb_field fields[TSMREQ_GHCB_FIELDS_MAX];
	const unsigned int count = tsmreq_ghcb_get_fields(regs, fields);

	if (size < TSMREQ_GHCB_SIZE)
		return -EMSGSIZE;
	for (unsigned int i = 0; i < count; i++)
		memcpy((uint8_t *)page + fields[i].offset, fields[i].bytes, fields[i].size);
	return 0;
}

int tsmreq_ghcb_load(struct tsmreq_bytes page, struct tsmreq_ghcb_regs *ret)
{
	const uint8_t *bytes = page.data;

	memset(ret, 0, sizeof(*ret));
	if (page.size < TSMREQ_GHCB_SIZE)
		return -EMSGSIZE;
	ret->info1 = tsmreq_load_le64(bytes + EXIT_INFO1);
	ret->info2 = tsmreq_load_le64(bytes + EXIT_INFO2);
	ret->rcx = load_register(bytes, RCX, TSMREQ_GHCB_RCX, &ret->marked);
	ret->rdx = load_register(bytes, RDX, TSMREQ_GHCB_RDX, &ret->marked);
	ret->rbx = load_register(bytes, RBX, TSMREQ_GHCB_RBX, &ret->marked);
	return 0;
}

static int encode_call(const struct sev_abi *abi, const struct tsmreq_call *call, uint8_t *page)
{
	struct tsmreq_call_hints hints;
	uint32_t action;

	if (abi->op && !tsmreq_sev_encode_op(call, &action)) {
		tsmreq_store_le64(page + EXIT_CODE, abi->op);
		tsmreq_store_le64(page + EXIT_INFO1,
				  (uint64_t)action << 32 | (uint32_t)call->dev.raw);
		return 0;
	}
	if (tsmreq_sev_encode_request(abi, call, &hints))
		return -EINVAL;
	tsmreq_store_le64(page + EXIT_CODE, abi->request);
	tsmreq_store_le64(page + EXIT_INFO1, call->read[0].gpa.raw);
	tsmreq_store_le64(page + EXIT_INFO2, call->write[0].gpa.raw);
	store_hints(&hints, page);
	return 0;
}

int tsmreq_ghcb_encode_call(enum tsmreq_ghcb_abi abi, const struct tsmreq_call *call, void *page,
			    size_t size)
{
	const struct sev_abi *row = tsmreq_sev_find_abi(abi);
	uint8_t *bytes = page;

	if (!row || call->shape != TSMREQ_SHAPE_GHCB_PAGE)
		return -EINVAL;
	if (size < TSMREQ_GHCB_SIZE)
		return -EMSGSIZE;

	memset(bytes, 0, TSMREQ_GHCB_SIZE);
	tsmreq_store_le16(bytes + VERSION, OUR_VERSION);
	mark(bytes + BITMAP, EXIT_CODE);
	mark(bytes + BITMAP, EXIT_INFO1);
	mark(bytes + BITMAP, EXIT_INFO2);
	return encode_call(row, call, bytes);
}
