/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "cli/cmd_decode.h"

/* Which carrier: the commands themselves are in files of their own. */

static const struct cli_command *const carriers[] = {
	&cli_decode_rhi,
	&cli_decode_ghci,
	&cli_decode_ghcb,
	&cli_decode_kvm_run,
};

#define CARRIERS (sizeof(carriers) / sizeof(carriers[0]))
#define PREFIX	 "decode "

static const char *carrier_at(unsigned int i)
{
	return i < CARRIERS ? carriers[i]->name + strlen(PREFIX) : NULL;
}

static int run(const struct cli_command *self, int argc, char **argv)
{
	bool tables = false;
	bool as_json = false;
	const struct cli_option options[] = {
		{"--tables", NULL, &tables, NULL},
		{"--json", NULL, &as_json, NULL},
		{0},
	};
	unsigned int i;
	int r;

	if (argc > 0 && argv[0][0] != '-') {
		r = input_word(self, "carrier", argv[0], carrier_at, &i);
		return r == CLI_OK ? carriers[i]->run(carriers[i], argc - 1, argv + 1) : r;
	}
	r = cli_parse(self, options, &argc, argv);
	if (r != 0)
		return r < 0 ? CLI_OK : r;
	if (argc > 0)
		return cli_misuse(self, "%s comes after an option: name the carrier first",
				  argv[0]);
	if (!tables)
		return cli_misuse(self,
				  "name the carrier: rhi, ghci, ghcb or kvm-run; or --tables");
	decode_tables(as_json);
	return CLI_OK;
}

const struct cli_command cli_decode = {
	.name = "decode",
	.summary = "Say what a guest's exit asks for, from its registers and bytes.",
	.usage = "CARRIER [OPTION...] [OPERAND...] | --tables [--json]",
	.help = "  rhi      Arm CCA: the registers of a host call\n"
		"  ghci     Intel TDX: the registers of a TDVMCALL, and the guest's buffers\n"
		"  ghcb     AMD SEV: a whole GHCB page, and the message page behind it\n"
		"  kvm-run  any of them as KVM hands it over: the bytes of struct kvm_run\n\n"
		"  --tables  the tables behind the answers: errnos, functions, quirks, services, filters\n"
		"  --json    the same as JSON\n\n"
		"tsmreq decode CARRIER --help tells more. A call that is refused, or not ours, is an\n"
		"answer too: the exit code is 0.\n",
	.run = run,
};
