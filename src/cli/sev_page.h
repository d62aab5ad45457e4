/* SPDX-License-Identifier: MIT */
#ifndef CLI_SEV_PAGE_H
#define CLI_SEV_PAGE_H

#include <stdbool.h>
#include <tsmreq/types.h>

/* SEV-SNP guest messages, as far as a host can see them: the header is plain, the rest is not. */

enum sev_message {
	SEV_TDI_INFO = 0x13,
	SEV_MMIO_VALIDATE = 0x15,
	SEV_SDTE_WRITE = 0x19,
};

struct sev_page {
	_Alignas(8) uint8_t bytes[TSMREQ_SEV_PAGE_SIZE];
};

/* What a guest would put into shared memory. The payload stands for what it has encrypted. */
void sev_page_build(struct sev_page *page, enum sev_message type, uint64_t seqno);
/* The answer belongs to that request: everything a host can tell. */
bool sev_page_answers(const struct sev_page *answer, const struct sev_page *request);

#endif
