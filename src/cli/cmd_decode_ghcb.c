/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "cli/cmd_decode.h"
#include "cli/show_call.h"

static const char *abi_at(unsigned int i)
{
	const char *word = tsmreq_ghcb_abi_to_string((enum tsmreq_ghcb_abi)(i + TSMREQ_GHCB_AUTO));

	return strcmp(word, "unknown") == 0 ? NULL : word;
}

int decode_sev_abi(const struct cli_command *self, const char *word, enum tsmreq_ghcb_abi *ret)
{
	unsigned int i = 0;
	int r = input_word(self, "GHCB abi", word, abi_at, &i);

	*ret = (enum tsmreq_ghcb_abi)(i + TSMREQ_GHCB_AUTO);
	return r;
}

static int look_at_message(const struct cli_command *self, struct arena *arena,
			   const struct decode_sev *sev, struct tsmreq_call *call)
{
	struct tsmreq_bytes page;
	int r;

	r = input_whole(self, arena, sev->message, TSMREQ_SEV_PAGE_SIZE, "a message page", &page);
	if (r == CLI_OK && tsmreq_snp_decode_message(sev->abi, page, call) < 0)
		r = cli_fail(self, "%s: the message cannot be decoded", sev->message);
	return r;
}

static int look_at_nonce(const struct cli_command *self, struct arena *arena,
			 const struct decode_sev *sev, struct tsmreq_call *call)
{
	struct tsmreq_bytes file, nonce;
	int r;

	r = input_file(self, arena, sev->nonce, &file);
	if (r == CLI_OK)
		r = input_part(self, sev->nonce, file, 0, TSMREQ_NONCE_SIZE, "the nonce", &nonce);
	if (r == CLI_OK && tsmreq_snp_decode_nonce(nonce, call) < 0)
		r = cli_fail(self, "%s: the nonce cannot be decoded", sev->nonce);
	return r;
}

int decode_sev_pages(const struct cli_command *self, const struct decode_sev *sev,
		     struct tsmreq_call *call)
{
	struct arena arena = {0};
	int r = CLI_OK;

	if (call->next == TSMREQ_NEXT_SEV_MESSAGE && sev->message)
		r = look_at_message(self, &arena, sev, call);
	if (r == CLI_OK && call->next == TSMREQ_NEXT_SEV_NONCE && sev->nonce)
		r = look_at_nonce(self, &arena, sev, call);
	arena_free(&arena);
	return r;
}

static int run(const struct cli_command *self, int argc, char **argv)
{
	struct decode_sev sev = {.abi = TSMREQ_GHCB_AUTO};
	const char *abi = NULL;
	bool as_json = false;
	const struct cli_option options[] = {
		{"--message", NULL, NULL, &sev.message},
		{"--nonce", NULL, NULL, &sev.nonce},
		{"--abi", NULL, NULL, &abi},
		{"--json", NULL, &as_json, NULL},
		{0},
	};
	struct tsmreq_bytes page;
	struct arena arena = {0};
	struct tsmreq_call call;
	int r;

	r = cli_parse(self, options, &argc, argv);
	if (r != 0)
		return r < 0 ? CLI_OK : r;
	if (argc != 1)
		return cli_misuse(self, "name one file with the GHCB page");
	r = abi ? decode_sev_abi(self, abi, &sev.abi) : CLI_OK;
	if (r == CLI_OK)
		r = input_whole(self, &arena, argv[0], TSMREQ_GHCB_SIZE, "a GHCB page", &page);
	if (r == CLI_OK && tsmreq_ghcb_decode(sev.abi, page, &call) < 0)
		r = cli_fail(self, "%s: the page cannot be decoded", input_name(argv[0]));
	if (r == CLI_OK)
		r = decode_sev_pages(self, &sev, &call);
	if (r == CLI_OK)
		show_call(&call, TSMREQ_NOT_TOLD, as_json);
	arena_free(&arena);
	return r;
}

const struct cli_command cli_decode_ghcb = {
	.name = "decode ghcb",
	.summary = "Say what the GHCB page of an AMD SEV guest asks for.",
	.usage = "FILE [OPTION...]",
	.help = "  FILE            the GHCB page, 4096 bytes; -: standard input\n"
		"  --message FILE  the request page, a copy of read[0], 4096 bytes\n"
		"  --nonce FILE    the start of the data pages, a copy of read[1], 32 bytes\n"
		"  --abi WORD      auto (without it), tio-a, tio-b, rfc1, rfc2, ghcb204\n"
		"  --json          the call as JSON\n",
	.run = run,
};
