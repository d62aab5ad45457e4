/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "cli/cmd_decode.h"
#include "cli/show_call.h"

static const char *quirk_at(unsigned int i)
{
	struct tsmreq_rhi_quirk row;

	return tsmreq_rhi_quirk_at(i, &row) ? row.name : NULL;
}

int decode_rhi_options(const struct cli_command *self, struct decode_rhi *rhi)
{
	struct tsmreq_rhi_quirk row;
	uint32_t rows = 0;
	int r;

	rhi->feature_bits = TSMREQ_RHI_FEATURES_DEFAULT;
	if (rhi->quirks) {
		r = input_words(self, "quirk", rhi->quirks, quirk_at, &rows);
		if (r != CLI_OK)
			return r;
	}
	for (unsigned int i = 0; tsmreq_rhi_quirk_at(i, &row); i++)
		rhi->quirk_bits |= rows >> i & 1 ? row.bit : 0;
	return rhi->features ? input_number(self, "--features", rhi->features, &rhi->feature_bits)
			     : CLI_OK;
}

static int take_parameters(const struct cli_command *self, const struct decode_rhi *rhi,
			   struct tsmreq_call *call)
{
	struct tsmreq_bytes file, block;
	struct arena arena = {0};
	int r;

	r = input_file(self, &arena, rhi->parameters, &file);
	if (r == CLI_OK)
		r = input_part(self, rhi->parameters, file, 0, call->read[0].size,
			       "the parameter block", &block);
	if (r == CLI_OK && tsmreq_rhi_decode_parameters(block, rhi->quirk_bits, call) < 0)
		r = cli_fail(self, "%s: the parameter block cannot be decoded", rhi->parameters);
	arena_free(&arena);
	return r;
}

int decode_rhi_exit(const struct cli_command *self, const struct decode_rhi *rhi,
		    const struct tsmreq_rhi_exit *exit, struct tsmreq_call *ret,
		    enum tsmreq_tristate *ret_offered)
{
	int r = CLI_OK;

	*ret_offered = TSMREQ_NOT_TOLD;
	if (tsmreq_rhi_decode(exit, rhi->quirk_bits, ret) < 0)
		return cli_fail(self, "the registers cannot be decoded");
	if (ret->next == TSMREQ_NEXT_RHI_PARAMETERS && rhi->parameters)
		r = take_parameters(self, rhi, ret);
	if (ret->kind != TSMREQ_CALL_NONE && ret->kind != TSMREQ_CALL_REJECT)
		*ret_offered = tsmreq_rhi_is_offered(ret, rhi->feature_bits) ? TSMREQ_YES
									     : TSMREQ_NO;
	return r;
}

static int run(const struct cli_command *self, int argc, char **argv)
{
	struct tsmreq_rhi_exit exit = {0};
	struct decode_rhi rhi = {0};
	bool as_json = false;
	const struct cli_option options[] = {
		{"--parameters", NULL, NULL, &rhi.parameters},
		{"--features", NULL, NULL, &rhi.features},
		{"--quirks", NULL, NULL, &rhi.quirks},
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
		{.name = "nr", .value = &exit.nr},
		{.name = "flags", .value = &exit.flags},
		{0},
	};
	enum tsmreq_tristate offered;
	struct tsmreq_call call;
	int r;

	r = cli_parse(self, options, &argc, argv);
	if (r != 0)
		return r < 0 ? CLI_OK : r;
	r = input_registers(self, registers, argc, argv);
	if (r == CLI_OK && !registers[0].given)
		r = cli_misuse(self, "x0 is missing: it says which call this is");
	if (r == CLI_OK)
		r = decode_rhi_options(self, &rhi);
	if (r != CLI_OK)
		return r;
	/* as KVM does it */
	if (!registers[8].given)
		exit.nr = (uint32_t)exit.x[0];
	r = decode_rhi_exit(self, &rhi, &exit, &call, &offered);
	if (r == CLI_OK)
		show_call(&call, offered, as_json);
	return r;
}

const struct cli_command cli_decode_rhi = {
	.name = "decode rhi",
	.summary = "Say what a host call of an Arm CCA Realm asks for.",
	.usage = "x0=N [x1=N ... x7=N] [nr=N] [flags=N] [OPTION...]",
	.help = "  x0=N .. x7=N       the guest's registers, hexadecimal; those not given are 0\n"
		"  nr=N flags=N       as kvm_run has them; without: the low half of x0, and 0\n"
		"  --parameters FILE  the measurement parameter block, a copy of read[0]\n"
		"  --features N       the bitmap that FEATURES answers, 3b without it\n"
		"  --quirks A,B       readings other than the default: tsmreq decode --tables\n"
		"  --json             the call as JSON\n",
	.run = run,
};
