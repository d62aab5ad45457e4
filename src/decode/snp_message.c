/* SPDX-License-Identifier: MIT */
#include "base/bytes.h"
#include "decode/count.h"
#include "decode/sev.h"
#include <errno.h>
#include <string.h>

/* The plain header of a message page; the payload behind it is nobody's business here. */
#define SEQNO	    0x20u
#define ALGO	    0x30u
#define HDR_VERSION 0x31u
#define HDR_SIZE    0x32u
#define TYPE	    0x34u
#define VERSION	    0x35u
#define SIZE	    0x36u

#define ALGO_AES_256_GCM 1u
#define OUR_HDR_VERSION	 1u
#define OUR_HDR_SIZE	 96u
#define RFC_REQUEST	 0x80u

/* RDX, encoding A. */
#define A_RANGE	      0x7u
#define A_PRIVATE     0x8u
#define A_ORDER_SHIFT 4u
#define A_ORDER	      0xffu
#define A_ORDER_MAX   40u

/* RDX and RCX, encoding B. */
#define B_PRIVATE     0x8000000000000000u
#define B_RESERVED    0x7ff0000000000fffu
#define B_COUNT_SHIFT 32u

/* RDX of SDTE_WRITE and TDI_INFO. */
#define DMA_ENABLE   0x1u
#define DMA_VTOM     0x000fffffffe00000u
#define WANT_ALL     (TSMREQ_WANT_STATE | WANT_OBJECTS)
#define WANT_OBJECTS (TSMREQ_WANT_CERTIFICATE | TSMREQ_WANT_MEASUREMENTS | TSMREQ_WANT_REPORT)

/* The flags byte of kvm_run. */
#define FLAG_PRIVATE 0x10u
#define FLAG_CONFIG  0x20u
#define FLAG_DMA     0x40u

_Static_assert(TSMREQ_WANT_STATE == 1 && TSMREQ_WANT_CERTIFICATE == 2 &&
		       TSMREQ_WANT_MEASUREMENTS == 4 && TSMREQ_WANT_REPORT == 8,
	       "the bits of RDX and of the flags byte are handed on as they are");

/* The arguments of a message, from the plain hints and back. They find @call->kind set, u zeroed.
 */

static bool is_exit(const struct tsmreq_call *call)
{
	return call->shape == TSMREQ_SHAPE_VMGEXIT_TIO;
}

static int decode_data(const struct sev_abi *abi, struct tsmreq_call *call)
{
	const uint64_t data = call->u.tdi_info.data.raw;
	uint64_t size, end;

	if (!data || !call->u.tdi_info.pages)
		return 0;
	if (data & SEV_PAGE_MASK ||
	    __builtin_mul_overflow(call->u.tdi_info.pages, SEV_PAGE, &size) ||
	    __builtin_add_overflow(data, size, &end) || end > SEV_GPA_END)
		return tsmreq_ghcb_refuse(call, TSMREQ_REASON_BAD_DATA);

	call->write[1].gpa.raw = data;
	call->write[1].size = size;
	call->write[1].use = TSMREQ_SPAN_SEV_DATA;
	/* the draft has no nonce: there the data pages hold nothing yet */
	if (abi->encoding == SEV_ENCODING_NONE ||
	    !(call->u.tdi_info.want & TSMREQ_WANT_MEASUREMENTS))
		return 0;
	call->read[1].gpa.raw = data;
	call->read[1].size = TSMREQ_NONCE_SIZE;
	call->read[1].use = TSMREQ_SPAN_SEV_NONCE;
	call->next = TSMREQ_NEXT_SEV_NONCE;
	return 0;
}

static int decode_tdi_info(const struct sev_abi *abi, const struct tsmreq_call_hints *hints,
			   struct tsmreq_call *call)
{
	call->u.tdi_info.data.raw = hints->rax;
	call->u.tdi_info.pages = hints->rbx;
	if (abi->encoding == SEV_ENCODING_NONE)
		call->u.tdi_info.want = WANT_OBJECTS;
	else if (is_exit(call))
		call->u.tdi_info.want = hints->flags;
	else
		call->u.tdi_info.want = hints->rdx & WANT_ALL;
	return decode_data(abi, call);
}

static void encode_tdi_info(const struct sev_abi *abi, const struct tsmreq_call *call,
			    struct tsmreq_call_hints *hints)
{
	(void)abi;
	hints->rax = call->u.tdi_info.data.raw;
	hints->rbx = call->u.tdi_info.pages;
	hints->rdx = call->u.tdi_info.want;
	if (is_exit(call)) {
		hints->flags = call->u.tdi_info.want;
		hints->rdx = 0;
	}
}

/* A carrier of encoding A shows B only by its private bit. */
static bool is_encoding_b(const struct sev_abi *abi, const struct tsmreq_call_hints *hints,
			  const struct tsmreq_call *call)
{
	if (abi->encoding == SEV_ENCODING_B)
		return true;
	if (is_exit(call))
		return abi->has_private && hints->rdx & B_PRIVATE;
	return abi->encoding == SEV_ENCODING_AUTO && hints->rcx >> B_COUNT_SHIFT;
}

static int decode_range_b(const struct tsmreq_call_hints *hints, struct tsmreq_call *call)
{
	const uint64_t base = hints->rdx & SEV_GPA_MASK;
	const uint64_t size = (hints->rcx >> B_COUNT_SHIFT) * SEV_PAGE;

	/* neither the product nor the sum has 54 bits */
	if (hints->rdx & B_RESERVED || !size || base + size > SEV_GPA_END)
		return tsmreq_ghcb_refuse(call, TSMREQ_REASON_BAD_RANGE);
	call->u.mmio.base.raw = base;
	call->u.mmio.size = size;
	call->u.mmio.to_private = hints->rdx & B_PRIVATE ? TSMREQ_YES : TSMREQ_NO;
	return 0;
}

static int decode_range_a(const struct sev_abi *abi, const struct tsmreq_call_hints *hints,
			  struct tsmreq_call *call)
{
	const uint64_t base = hints->rdx & SEV_GPA_MASK;
	const uint32_t order = (uint32_t)(hints->rdx >> A_ORDER_SHIFT) & A_ORDER;

	if (hints->rdx & abi->reserved || (abi->has_order && order > A_ORDER_MAX))
		return tsmreq_ghcb_refuse(call, TSMREQ_REASON_BAD_RANGE);
	if (abi->has_order)
		call->u.mmio.size = (uint64_t)SEV_PAGE << order;
	if (base + call->u.mmio.size > SEV_GPA_END)
		return tsmreq_ghcb_refuse(call, TSMREQ_REASON_BAD_RANGE);
	call->u.mmio.base.raw = base;
	call->u.mmio.range = hints->rdx & A_RANGE;
	if (abi->has_private)
		call->u.mmio.to_private = hints->rdx & A_PRIVATE ? TSMREQ_YES : TSMREQ_NO;
	return 0;
}

/* KVM took the flag out of the same register. */
static bool flags_agree(const struct sev_abi *abi, const struct tsmreq_call_hints *hints,
			const struct tsmreq_call *call)
{
	if (!is_exit(call) || !abi->has_private || call->kind != TSMREQ_CALL_VALIDATE_MMIO)
		return true;
	return !(hints->flags & FLAG_PRIVATE) == !(hints->rdx & A_PRIVATE);
}

static int decode_mmio(const struct sev_abi *abi, const struct tsmreq_call_hints *hints,
		       struct tsmreq_call *call)
{
	call->u.mmio.to_private = TSMREQ_NOT_TOLD;
	call->u.mmio.range = TSMREQ_RANGE_NONE;
	if (abi->encoding == SEV_ENCODING_NONE)
		return 0;
	if (is_encoding_b(abi, hints, call)) {
		if (is_exit(call)) /* the page count stayed in RCX */
			return tsmreq_ghcb_refuse(call, TSMREQ_REASON_ENCODING_B);
		return decode_range_b(hints, call);
	}
	if (!flags_agree(abi, hints, call))
		return tsmreq_ghcb_refuse(call, TSMREQ_REASON_FLAGS_MISMATCH);
	return decode_range_a(abi, hints, call);
}

static void encode_mmio(const struct sev_abi *abi, const struct tsmreq_call *call,
			struct tsmreq_call_hints *hints)
{
	const struct tsmreq_call_mmio *mmio = &call->u.mmio;
	const uint64_t pages = mmio->size / SEV_PAGE;
	const bool to_private = mmio->to_private == TSMREQ_YES;

	if (to_private && call->kind == TSMREQ_CALL_VALIDATE_MMIO)
		hints->flags |= FLAG_PRIVATE;
	hints->rdx = mmio->base.raw;
	if (abi->encoding == SEV_ENCODING_B ||
	    (abi->encoding == SEV_ENCODING_AUTO && mmio->range == TSMREQ_RANGE_NONE)) {
		hints->rdx |= to_private ? B_PRIVATE : 0;
		hints->rcx |= pages << B_COUNT_SHIFT;
		return;
	}
	hints->rdx |= mmio->range | (to_private ? A_PRIVATE : 0);
	hints->rdx |= pages ? (uint64_t)__builtin_ctzll(pages) << A_ORDER_SHIFT : 0;
}

/* RFC v2 gives no RDX: enable and disable look the same. */
static bool dma_is_hidden(const struct sev_abi *abi, const struct tsmreq_call *call)
{
	return abi->encoding == SEV_ENCODING_NONE || (abi->rfc && is_exit(call));
}

static int decode_dma(const struct sev_abi *abi, const struct tsmreq_call_hints *hints,
		      struct tsmreq_call *call)
{
	bool enable = hints->rdx & DMA_ENABLE;

	if (dma_is_hidden(abi, call)) {
		call->u.dma.enable = TSMREQ_NOT_TOLD;
		return 0;
	}
	if (is_exit(call)) /* which has the masked register */
		enable = hints->flags & FLAG_DMA;
	call->u.dma.enable = enable ? TSMREQ_YES : TSMREQ_NO;
	call->u.dma.vtom = hints->rdx & DMA_VTOM;
	return 0;
}

static void encode_dma(const struct sev_abi *abi, const struct tsmreq_call *call,
		       struct tsmreq_call_hints *hints)
{
	const bool enable = call->u.dma.enable == TSMREQ_YES;

	(void)abi;
	hints->rdx = call->u.dma.vtom;
	if (enable && is_exit(call))
		hints->flags |= FLAG_DMA;
	else if (enable)
		hints->rdx |= DMA_ENABLE;
}

/* The messages that are accepted, and the flags KVM gives each of them. */
struct message {
	struct tsmreq_snp_message types;
	uint8_t flags_allowed; /* 2026 */
	uint8_t flags_needed;  /* 2026 */
	uint8_t rfc_flags;
	bool needs_rdx;
	size_t args; /* bytes of its arguments in the call */
	int (*decode)(const struct sev_abi *abi, const struct tsmreq_call_hints *hints,
		      struct tsmreq_call *call);
	void (*encode)(const struct sev_abi *abi, const struct tsmreq_call *call,
		       struct tsmreq_call_hints *hints);
};

static const struct message messages[] = {
	{
		.types = {TSMREQ_CALL_TDI_INFO, 0x13, 0x14, 0x81, 0x01},
		.flags_allowed = WANT_ALL,
		.rfc_flags = 0x01,
		.args = sizeof(struct tsmreq_call_tdi_info),
		.decode = decode_tdi_info,
		.encode = encode_tdi_info,
	},
	{
		.types = {TSMREQ_CALL_VALIDATE_MMIO, 0x15, 0x16, 0x82, 0x02},
		.flags_allowed = FLAG_PRIVATE,
		.rfc_flags = 0x02,
		.needs_rdx = true,
		.args = sizeof(struct tsmreq_call_mmio),
		.decode = decode_mmio,
		.encode = encode_mmio,
	},
	{
		.types = {TSMREQ_CALL_MMIO_CONFIG, 0x17, 0x18, 0x83, 0x03},
		.flags_allowed = FLAG_CONFIG,
		.flags_needed = FLAG_CONFIG,
		.rfc_flags = 0x04,
		.needs_rdx = true,
		.args = sizeof(struct tsmreq_call_mmio),
		.decode = decode_mmio,
		.encode = encode_mmio,
	},
	{
		.types = {TSMREQ_CALL_SET_DMA, 0x19, 0x1a, 0x84, 0x04},
		.flags_allowed = FLAG_DMA,
		.rfc_flags = 0x00,
		.needs_rdx = true,
		.args = sizeof(struct tsmreq_call_dma),
		.decode = decode_dma,
		.encode = encode_dma,
	},
};

bool tsmreq_snp_message_at(unsigned int i, struct tsmreq_snp_message *ret)
{
	if (i >= COUNT(messages))
		return false;
	*ret = messages[i].types;
	return true;
}

/* NULL: no request that this revision has. */
static const struct message *find_request(const struct sev_abi *abi, uint8_t type)
{
	for (size_t i = 0; i < COUNT(messages); i++)
		if (type == (abi->rfc ? messages[i].types.rfc_request : messages[i].types.request))
			return &messages[i];
	return NULL;
}

static const struct message *find_kind(enum tsmreq_call_kind kind)
{
	for (size_t i = 0; i < COUNT(messages); i++)
		if (messages[i].types.kind == kind)
			return &messages[i];
	return NULL;
}

static bool flags_fit(const struct sev_abi *abi, const struct message *message, uint32_t flags)
{
	if (abi->rfc)
		return flags == message->rfc_flags;
	return !(flags & ~(uint32_t)message->flags_allowed) &&
	       (flags & message->flags_needed) == message->flags_needed;
}

/* A register that is not there must not read as 0: revoke page 0, disable DMA. */
static bool registers_fit(const struct sev_abi *abi, const struct message *message, uint32_t marked)
{
	return !message->needs_rdx || abi->encoding == SEV_ENCODING_NONE || marked & SEV_MARKED_RDX;
}

/* Without these three nobody knows where the type is. */
static bool header_is_known(const uint8_t *page)
{
	return page[HDR_VERSION] == OUR_HDR_VERSION &&
	       tsmreq_load_le16(page + HDR_SIZE) == OUR_HDR_SIZE &&
	       tsmreq_load_le16(page + SIZE) <= TSMREQ_SNP_PAYLOAD_MAX;
}

static inline void load_header(const uint8_t *page, struct tsmreq_sev_message *ret)
{
	ret->seqno = tsmreq_load_le64(page + SEQNO);
	ret->type = page[TYPE];
	ret->version = page[VERSION];
	ret->size = tsmreq_load_le16(page + SIZE);
	ret->reserved = 0;
}

int tsmreq_snp_decode_message(enum tsmreq_ghcb_abi abi, struct tsmreq_bytes page,
			      struct tsmreq_call *call)
{
	const struct sev_abi *row = tsmreq_sev_find_abi(abi);
	const uint8_t *bytes = page.data;
	const struct message *message;
	struct tsmreq_call_hints hints;

	if (!row || call->next != TSMREQ_NEXT_SEV_MESSAGE)
		return -EINVAL;
	if (page.size < SEV_PAGE)
		return -EMSGSIZE;
	if (!header_is_known(bytes))
		return tsmreq_ghcb_refuse(call, TSMREQ_REASON_BAD_HEADER);
	load_header(bytes, &call->message);
	message = find_request(row, call->message.type);
	if (!message)
		return tsmreq_ghcb_refuse(call, TSMREQ_REASON_BAD_MESSAGE);

	/* the registers were there before the page was read: what they say has to fit it */
	hints = call->u.hints;
	if (is_exit(call) && !flags_fit(row, message, hints.flags))
		return tsmreq_ghcb_refuse(call, TSMREQ_REASON_FLAGS_MISMATCH);
	if (!is_exit(call) && !registers_fit(row, message, hints.marked))
		return tsmreq_ghcb_refuse(call, TSMREQ_REASON_BAD_BITMAP);

	call->kind = message->types.kind;
	call->next = TSMREQ_NEXT_DONE;
	memset(&call->u, 0, sizeof(call->u));
	return message->decode(row, &hints, call);
}

int tsmreq_snp_decode_nonce(struct tsmreq_bytes nonce, struct tsmreq_call *call)
{
	static const uint8_t none[TSMREQ_NONCE_SIZE];

	if (call->next != TSMREQ_NEXT_SEV_NONCE)
		return -EINVAL;
	if (nonce.size < TSMREQ_NONCE_SIZE)
		return -EMSGSIZE;
	memcpy(call->u.tdi_info.nonce, nonce.data, TSMREQ_NONCE_SIZE);
	/* all zero: no fresh measurement is asked for */
	call->u.tdi_info.has_nonce = memcmp(nonce.data, none, sizeof(none)) != 0;
	call->next = TSMREQ_NEXT_DONE;
	return 0;
}

/* The decoder is the judge of what a revision can say. */
static bool can_be_said(const struct sev_abi *abi, const struct message *message,
			const struct tsmreq_call *call, const struct tsmreq_call_hints *hints)
{
	struct tsmreq_call again = {
		.kind = call->kind, .arch = TSMREQ_ARCH_SEV, .shape = call->shape};

	if (is_exit(call) && !flags_fit(abi, message, hints->flags))
		return false;
	(void)message->decode(abi, hints, &again);
	if (again.kind != call->kind) /* it refuses */
		return false;
	if (call->kind == TSMREQ_CALL_TDI_INFO) { /* whose nonce is not among the hints */
		memcpy(again.u.tdi_info.nonce, call->u.tdi_info.nonce, TSMREQ_NONCE_SIZE);
		again.u.tdi_info.has_nonce = call->u.tdi_info.has_nonce;
	}
	return !memcmp(&again.u, &call->u, message->args);
}

int tsmreq_sev_encode_request(const struct sev_abi *abi, const struct tsmreq_call *call,
			      struct tsmreq_call_hints *ret)
{
	const struct message *message = find_kind(call->kind);

	if (call->kind == TSMREQ_CALL_PENDING) {
		*ret = call->u.hints;
		return 0;
	}
	if (!message)
		return -EINVAL;
	*ret = (struct tsmreq_call_hints){
		.rcx = (uint32_t)call->dev.raw,
		.marked = SEV_MARKED_RAX | SEV_MARKED_RBX | SEV_MARKED_RCX,
		.flags = abi->rfc ? message->rfc_flags : message->flags_needed,
	};
	if (abi->encoding != SEV_ENCODING_NONE)
		ret->marked |= SEV_MARKED_RDX;
	message->encode(abi, call, ret);
	return can_be_said(abi, message, call, ret) ? 0 : -EINVAL;
}

int tsmreq_snp_encode_message(const struct tsmreq_call *call, void *page, size_t size)
{
	const struct tsmreq_sev_message *message = &call->message;
	uint8_t *bytes = page;

	if (call->arch != TSMREQ_ARCH_SEV || !message->type)
		return -EINVAL;
	if (size < SEV_PAGE)
		return -EMSGSIZE;
	memset(bytes, 0, SEV_PAGE);
	tsmreq_store_le64(bytes + SEQNO, message->seqno);
	bytes[ALGO] = ALGO_AES_256_GCM;
	bytes[HDR_VERSION] = OUR_HDR_VERSION;
	tsmreq_store_le16(bytes + HDR_SIZE, OUR_HDR_SIZE);
	bytes[TYPE] = message->type;
	bytes[VERSION] = message->version;
	tsmreq_store_le16(bytes + SIZE, message->size);
	return 0;
}

int tsmreq_snp_check_response(const struct tsmreq_call *call, struct tsmreq_bytes page,
			      uint32_t residue)
{
	const struct tsmreq_sev_message *request = &call->message;
	const uint32_t written = residue == SEV_PAGE ? SEV_PAGE : SEV_PAGE - residue;
	const uint8_t *bytes = page.data;
	struct tsmreq_sev_message response;

	if (call->arch != TSMREQ_ARCH_SEV || !request->type)
		return -EINVAL;
	if (page.size < SEV_PAGE)
		return -EMSGSIZE;
	if (residue > SEV_PAGE || !header_is_known(bytes))
		return -EBADMSG;
	load_header(bytes, &response);
	if (response.type !=
	    (request->type & RFC_REQUEST ? request->type & ~RFC_REQUEST : request->type + 1u))
		return -EBADMSG;
	if (response.seqno != request->seqno + 1 || response.version != request->version ||
	    OUR_HDR_SIZE + response.size > written)
		return -EBADMSG;
	return 0;
}
