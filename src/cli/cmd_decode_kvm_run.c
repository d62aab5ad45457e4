/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <string.h>
#include <tsmreq/kvm.h>

#include "cli/cmd_decode.h"
#include "cli/show_call.h"

static const char *abi_at(unsigned int i)
{
	const char *word = tsmreq_kvm_abi_to_string((enum tsmreq_kvm_abi)(i + TSMREQ_KVM_CCA_V2));

	return strcmp(word, "unknown") == 0 ? NULL : word;
}

/* What a tree's guests speak, unless told otherwise. */
static enum tsmreq_ghcb_abi ghcb_abi_of(enum tsmreq_kvm_abi abi)
{
	if (abi == TSMREQ_KVM_SEV_RFC1)
		return TSMREQ_GHCB_RFC1;
	return abi == TSMREQ_KVM_SEV_RFC2 ? TSMREQ_GHCB_RFC2 : TSMREQ_GHCB_AUTO;
}

struct exit {
	enum tsmreq_kvm_abi abi;
	const char *path;
	struct tsmreq_bytes run;
	uint64_t shared_base;
	struct decode_rhi rhi;
	bool has_registers;
	uint64_t x[8];
	struct decode_sev sev;
};

static int fail_short(const struct cli_command *self, const struct exit *exit)
{
	return cli_fail(self, "%s has %zu bytes, too few for this exit: the first %u of kvm_run do",
			input_name(exit->path), exit->run.size, TSMREQ_KVM_RUN_SIZE);
}

static int look_at_registers(const struct cli_command *self, const struct exit *exit,
			     struct tsmreq_call *call, enum tsmreq_tristate *ret_offered)
{
	struct tsmreq_rhi_exit registers = {
		.nr = call->u.hypercall.nr,
		.flags = call->u.hypercall.flags,
	};

	memcpy(registers.x, exit->x, sizeof(registers.x));
	return decode_rhi_exit(self, &exit->rhi, &registers, call, ret_offered);
}

static int look_at_vmgexit(const struct cli_command *self, const struct exit *exit,
			   struct tsmreq_call *call)
{
	const struct tsmreq_bytes part = {
		.data = (const uint8_t *)exit->run.data + TSMREQ_KVM_RUN_EXIT,
		.size = exit->run.size - TSMREQ_KVM_RUN_EXIT,
	};
	int r = exit->run.size < TSMREQ_KVM_RUN_EXIT
			? -EMSGSIZE
			: tsmreq_vmgexit_decode(exit->sev.abi, part, call);

	if (r == -EMSGSIZE)
		return fail_short(self, exit);
	if (r < 0)
		return cli_misuse(self, "GHCB abi %s has no exit of KVM's",
				  tsmreq_ghcb_abi_to_string(exit->sev.abi));
	return decode_sev_pages(self, &exit->sev, call);
}

static int decode(const struct cli_command *self, const struct exit *exit, struct tsmreq_call *ret,
		  enum tsmreq_tristate *ret_offered)
{
	const int r = tsmreq_kvm_decode(exit->abi, exit->run, exit->shared_base, ret);

	*ret_offered = TSMREQ_NOT_TOLD;
	if (r == -EMSGSIZE)
		return fail_short(self, exit);
	if (r < 0)
		return cli_fail(self, "%s: the exit cannot be decoded", input_name(exit->path));
	if (ret->next == TSMREQ_NEXT_RHI_REGISTERS && exit->has_registers)
		return look_at_registers(self, exit, ret, ret_offered);
	if (ret->next == TSMREQ_NEXT_SEV_EXIT)
		return look_at_vmgexit(self, exit, ret);
	return CLI_OK;
}

static int take_words(const struct cli_command *self, const char *abi, const char *ghcb_abi,
		      const char *shared_base, struct exit *exit)
{
	unsigned int i;
	int r;

	r = input_word(self, "abi", abi, abi_at, &i);
	if (r != CLI_OK)
		return r;
	exit->abi = (enum tsmreq_kvm_abi)(i + TSMREQ_KVM_CCA_V2);
	exit->sev.abi = ghcb_abi_of(exit->abi);
	if (ghcb_abi)
		r = decode_sev_abi(self, ghcb_abi, &exit->sev.abi);
	if (r == CLI_OK && shared_base)
		r = input_number(self, "--shared-base", shared_base, &exit->shared_base);
	return r == CLI_OK ? decode_rhi_options(self, &exit->rhi) : r;
}

static int run(const struct cli_command *self, int argc, char **argv)
{
	struct exit exit = {.shared_base = UINT64_MAX};
	const char *abi = NULL, *ghcb_abi = NULL, *shared_base = NULL;
	bool as_json = false;
	const struct cli_option options[] = {
		{"--abi", NULL, NULL, &abi},
		{"--ghcb-abi", NULL, NULL, &ghcb_abi},
		{"--shared-base", NULL, NULL, &shared_base},
		{"--parameters", NULL, NULL, &exit.rhi.parameters},
		{"--features", NULL, NULL, &exit.rhi.features},
		{"--quirks", NULL, NULL, &exit.rhi.quirks},
		{"--message", NULL, NULL, &exit.sev.message},
		{"--nonce", NULL, NULL, &exit.sev.nonce},
		{"--json", NULL, &as_json, NULL},
		{0},
	};
	struct input_register registers[] = {
		{.name = "x0", .value = &exit.x[0]},
		{.name = "x1", .value = &exit.x[1]},
		{.name = "x2", .value = &exit.x[2]},
		{.name = "x3", .value = &exit.x[3]},
		{.name = "x4", .value = &exit.x[4]},
		{.name = "x5", .value = &exit.x[5]},
		{.name = "x6", .value = &exit.x[6]},
		{.name = "x7", .value = &exit.x[7]},
		{0},
	};
	enum tsmreq_tristate offered;
	struct arena arena = {0};
	struct tsmreq_call call;
	int r;

	r = cli_parse(self, options, &argc, argv);
	if (r != 0)
		return r < 0 ? CLI_OK : r;
	if (argc == 0)
		return cli_misuse(self, "name the file with the bytes of struct kvm_run");
	if (!abi)
		return cli_misuse(self,
				  "--abi is missing: trees use one exit number for many things");
	exit.path = argv[0];
	r = input_registers(self, registers, argc - 1, argv + 1);
	exit.has_registers = registers[0].given;
	if (r == CLI_OK && argc > 1 && !exit.has_registers)
		r = cli_misuse(self, "x0 is missing: it says which call this is");
	if (r == CLI_OK)
		r = take_words(self, abi, ghcb_abi, shared_base, &exit);
	if (r != CLI_OK)
		return r;
	r = input_file(self, &arena, exit.path, &exit.run);
	if (r == CLI_OK)
		r = decode(self, &exit, &call, &offered);
	if (r == CLI_OK)
		show_call(&call, offered, as_json);
	arena_free(&arena);
	return r;
}

const struct cli_command cli_decode_kvm_run = {
	.name = "decode kvm-run",
	.summary = "Say what an exit of KVM asks for, from the bytes of struct kvm_run.",
	.usage = "FILE --abi WORD [x0=N ... x7=N] [OPTION...]",
	.help = "  FILE                the first 104 bytes of struct kvm_run, or more; -: standard input\n"
		"  --abi WORD          whose exit this is: cca-v2, cca-v4, cca-v6, cca-v7, tdx, tdx-old,\n"
		"                      sev-rfc1, sev-rfc2, sev-tio, sev, sev-certs-42\n"
		"  --json              the call as JSON\n\n"
		"CCA:\n"
		"  x0=N .. x7=N        the guest's registers, if the exit is a host call\n"
		"  --shared-base N     the first guest address with the shared bit; without it, no end\n"
		"  --parameters FILE, --features N, --quirks A,B\n"
		"                      as for tsmreq decode rhi\n\n"
		"SEV:\n"
		"  --ghcb-abi WORD     what the guest speaks: auto, tio-a, tio-b, rfc1, rfc2; without it,\n"
		"                      what the abi says\n"
		"  --message FILE, --nonce FILE\n"
		"                      as for tsmreq decode ghcb\n",
	.run = run,
};
