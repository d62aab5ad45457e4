/* SPDX-License-Identifier: MIT */
#ifndef CLI_CMD_DECODE_H
#define CLI_CMD_DECODE_H

#include <tsmreq/ghcb.h>
#include <tsmreq/rhi.h>

#include "cli/input.h"

/* tsmreq decode CARRIER: one command a carrier, and what kvm_run shares with the others. */

extern const struct cli_command cli_decode_rhi;
extern const struct cli_command cli_decode_ghci;
extern const struct cli_command cli_decode_ghcb;
extern const struct cli_command cli_decode_kvm_run;

/* x0 to x7 and what the VMM has set for RHI. */
struct decode_rhi {
	const char *quirks;	/* --quirks, NULL: none */
	const char *features;	/* --features, NULL: TSMREQ_RHI_FEATURES_DEFAULT */
	const char *parameters; /* --parameters, NULL: not given */
	uint32_t quirk_bits;
	uint64_t feature_bits;
};

/* The words of its options; nothing is read. */
int decode_rhi_options(const struct cli_command *self, struct decode_rhi *rhi);
/* The registers, and the parameter block if it is due and given. */
int decode_rhi_exit(const struct cli_command *self, const struct decode_rhi *rhi,
		    const struct tsmreq_rhi_exit *exit, struct tsmreq_call *ret,
		    enum tsmreq_tristate *ret_offered);

/* The pages behind a SEV exit. */
struct decode_sev {
	enum tsmreq_ghcb_abi abi;
	const char *message; /* --message, NULL: not given */
	const char *nonce;   /* --nonce, NULL: not given */
};

int decode_sev_abi(const struct cli_command *self, const char *word, enum tsmreq_ghcb_abi *ret);
/* As far as the pages are due and given. */
int decode_sev_pages(const struct cli_command *self, const struct decode_sev *sev,
		     struct tsmreq_call *call);

/* --tables */
void decode_tables(bool as_json);

#endif
