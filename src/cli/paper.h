/* SPDX-License-Identifier: MIT */
#ifndef CLI_PAPER_H
#define CLI_PAPER_H

#include "cli/vmm.h"

/*
 * Kernels that are known by name and never spoken to: a case shows what they would be sent and what
 * they would answer. Nothing is sent: the exit goes through the decoders, the answer to the
 * encoders, as in a VMM without the guest room.
 */

/* From the registers, as far as one look at memory leads. false: not ours, nothing was answered. */
bool paper_exit_rhi(struct vmm *vmm, struct step *step, const struct tsmreq_rhi_exit *exit,
		    struct tsmreq_rhi_regs *ret);
bool paper_exit_ghci(struct vmm *vmm, struct step *step, const struct tsmreq_ghci_opts *opts,
		     const struct tsmreq_ghci_exit *exit, uint64_t *ret_r10);
/* From struct kvm_run, answered in place: @exit is its exit union. */
bool paper_exit_vmgexit(struct vmm *vmm, struct step *step, enum tsmreq_ghcb_abi abi, uint8_t *exit,
			size_t size);

#endif
