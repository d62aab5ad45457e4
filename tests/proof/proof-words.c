/* SPDX-License-Identifier: MIT */
#include "proof.h"
#include <tsmreq/ghcb.h>
#include <tsmreq/ghci.h>
#include <tsmreq/kvm.h>
#include <tsmreq/report.h>
#include <tsmreq/rhi.h>

#define WORD 24u /* longer than any word there is */

static char word[WORD];

/* Any number, whether it is one of the enumeration or not. */
static void name(void)
{
	(void)tsmreq_call_kind_to_string((enum tsmreq_call_kind)proof_any_i32);
	(void)tsmreq_reason_to_string((enum tsmreq_reason)proof_any_i32);
	(void)tsmreq_shape_to_string((enum tsmreq_shape)proof_any_i32);
	(void)tsmreq_next_to_string((enum tsmreq_next)proof_any_i32);
	(void)tsmreq_span_use_to_string((enum tsmreq_span_use)proof_any_i32);
	(void)tsmreq_action_to_string((enum tsmreq_action)proof_any_i32);
	(void)tsmreq_rhi_function_to_string((enum tsmreq_rhi_numbering)proof_any_i32,
					    proof_any_u64);
	(void)tsmreq_rhi_status_to_string(proof_any_u64);
	(void)tsmreq_rhi_numbering_to_string((enum tsmreq_rhi_numbering)proof_any_i32);
	(void)tsmreq_rhi_when_to_string((enum tsmreq_rhi_when)proof_any_i32);
	(void)tsmreq_ghci_r10_to_string(proof_any_u64);
	(void)tsmreq_tdcm_error_to_string(proof_any_u32);
	(void)tsmreq_service_status_to_string(proof_any_u32);
	(void)tsmreq_ghcb_info_to_string(proof_any_u32, proof_any_u64);
	(void)tsmreq_ghcb_when_to_string((enum tsmreq_ghcb_when)proof_any_i32);
	(void)tsmreq_ghcb_abi_to_string((enum tsmreq_ghcb_abi)proof_any_i32);
	(void)tsmreq_kvm_abi_to_string((enum tsmreq_kvm_abi)proof_any_i32);
	(void)tsmreq_report_info_to_string(proof_any_u32);
	(void)tsmreq_report_attribute_to_string(proof_any_u32);
	(void)tsmreq_report_fault_to_string((enum tsmreq_report_fault)proof_any_i32);
}

/* Any line of any table, and any errno through it. */
static void look_up(void)
{
	struct tsmreq_rhi_function function;
	struct tsmreq_rhi_errno rhi_errno;
	struct tsmreq_rhi_quirk quirk;
	struct tsmreq_ghci_errno ghci_errno;
	struct tsmreq_ghci_service service;
	struct tsmreq_ghcb_errno ghcb_errno;
	struct tsmreq_ghcb_refusal refusal;
	struct tsmreq_snp_message message;

	(void)tsmreq_rhi_function_at(proof_any_u32, &function);
	(void)tsmreq_rhi_errno_at(proof_any_u32, &rhi_errno);
	(void)tsmreq_rhi_quirk_at(proof_any_u32, &quirk);
	(void)tsmreq_ghci_errno_at(proof_any_u32, &ghci_errno);
	(void)tsmreq_ghci_service_at(proof_any_u32, &service);
	(void)tsmreq_ghcb_errno_at(proof_any_u32, &ghcb_errno);
	(void)tsmreq_ghcb_refusal_at(proof_any_u32, &refusal);
	(void)tsmreq_snp_message_at(proof_any_u32, &message);
	(void)tsmreq_rhi_status_from_errno((enum tsmreq_call_kind)proof_any_i32, proof_any_u32,
					   proof_any_i32);
	(void)tsmreq_ghci_error_from_errno(proof_any_i32);
}

/* Any answer that is a number, and any registers' fields. */
static void say(void)
{
	const struct tsmreq_ghcb_regs regs = {proof_any_u64, proof_any_u64, proof_any_u64,
					      proof_any_u64, proof_any_u64, proof_any_u32,
					      proof_any_u32};
	struct tsmreq_ghcb_field fields[TSMREQ_GHCB_FIELDS_MAX];
	struct tsmreq_rhi_regs rhi;
	struct tsmreq_ghci_reply reply;

	(void)tsmreq_rhi_is_ours(proof_any_u64);
	tsmreq_rhi_encode_status(proof_any_u64, proof_any_u64, &rhi);
	tsmreq_ghci_encode_r10(proof_any_u64, &reply);
	(void)tsmreq_ghcb_get_fields(&regs, fields);
}

/* Any string of any length up to WORD. */
static void read_word(void)
{
	enum tsmreq_ghcb_abi ghcb;
	enum tsmreq_kvm_abi kvm;

	proof_any_bytes((uint8_t *)word, sizeof(word) - 1);
	//@ loop unroll WORD;
	for (unsigned int length = 0; length < WORD; length++) {
		const char *const string = word + WORD - 1 - length;

		(void)tsmreq_ghcb_abi_from_string(string, &ghcb);
		(void)tsmreq_kvm_abi_from_string(string, &kvm);
	}
}

void proof(void)
{
	name();
	look_up();
	say();
	read_word();
}
