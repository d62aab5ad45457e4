/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <tsmreq/ghci.h>

#include "cli/cmd_decode.h"
#include "cli/show_call.h"

#define GPA_WIDTH_DEFAULT 52u
#define HEADER		  TSMREQ_SERVICE_HEADER_SIZE

static const struct {
	const char *word;
	uint32_t bit;
} offers[] = {
	{"tdcm", TSMREQ_GHCI_TDCM},
	{"service", TSMREQ_GHCI_SERVICE},
	{"service-tdcm", TSMREQ_GHCI_SERVICE_TDCM},
	{"none", 0},
};

#define OFFERS (sizeof(offers) / sizeof(offers[0]))

static const char *offer_at(unsigned int i)
{
	return i < OFFERS ? offers[i].word : NULL;
}

static const char *width_at(unsigned int i)
{
	static const char *const words[] = {"48", "52"};

	return i < 2 ? words[i] : NULL;
}

static int take_options(const struct cli_command *self, const char *width, const char *offered,
			struct tsmreq_ghci_opts *ret)
{
	unsigned int i = 0;
	uint32_t rows = 1; /* tdcm */
	int r = CLI_OK;

	*ret = (struct tsmreq_ghci_opts){.size = sizeof(*ret), .gpa_width = GPA_WIDTH_DEFAULT};
	if (width) {
		r = input_word(self, "GPA width", width, width_at, &i);
		ret->gpa_width = i ? 52 : 48;
	}
	if (r == CLI_OK && offered)
		r = input_words(self, "offer", offered, offer_at, &rows);
	for (i = 0; i < OFFERS; i++)
		ret->offers |= rows >> i & 1 ? offers[i].bit : 0;
	return r;
}

/* ---- the looks into the guest's buffers */

struct buffers {
	const char *command_path;
	const char *response_path;
	struct tsmreq_bytes command;
	struct tsmreq_bytes response;
};

static int look_at_header(const struct cli_command *self, const struct buffers *buffers,
			  struct tsmreq_call *call)
{
	struct tsmreq_bytes header;
	int r;

	r = input_part(self, buffers->command_path, buffers->command, 0, call->read[0].size,
		       "the TDCM header", &header);
	if (r == CLI_OK && tsmreq_ghci_decode_header(header, call) < 0)
		r = cli_fail(self, "%s: the header cannot be decoded", buffers->command_path);
	return r;
}

static int look_at_service(const struct cli_command *self, const struct tsmreq_ghci_opts *opts,
			   const struct buffers *buffers, struct tsmreq_call *call)
{
	const bool headers = call->next == TSMREQ_NEXT_SERVICE_HEADERS;
	const uint64_t offset = headers ? 0 : HEADER;
	struct tsmreq_bytes command, response;
	int r;

	r = input_part(self, buffers->command_path, buffers->command, offset, call->read[0].size,
		       headers ? "the command's header" : "the command", &command);
	if (r == CLI_OK)
		r = input_part(self, buffers->response_path, buffers->response, offset,
			       call->read[1].size,
			       headers ? "the response's header" : "the response", &response);
	if (r != CLI_OK)
		return r;
	if ((headers ? tsmreq_ghci_decode_service_headers(opts, command, response, call)
		     : tsmreq_ghci_decode_service_body(opts, command, response, call)) < 0)
		return cli_fail(self, "%s: the command cannot be decoded", buffers->command_path);
	return CLI_OK;
}

/* As far as the buffers are due and given. */
static int look(const struct cli_command *self, const struct tsmreq_ghci_opts *opts,
		const struct buffers *buffers, struct tsmreq_call *call)
{
	int r = CLI_OK;

	if (call->next == TSMREQ_NEXT_TDCM_HEADER && buffers->command_path)
		return look_at_header(self, buffers, call);
	if (!buffers->command_path || !buffers->response_path)
		return CLI_OK;
	if (call->next == TSMREQ_NEXT_SERVICE_HEADERS)
		r = look_at_service(self, opts, buffers, call);
	if (r == CLI_OK && call->next == TSMREQ_NEXT_SERVICE_BODY)
		r = look_at_service(self, opts, buffers, call);
	return r;
}

static int read_buffers(const struct cli_command *self, struct arena *arena,
			struct buffers *buffers)
{
	int r = CLI_OK;

	if (buffers->command_path)
		r = input_file(self, arena, buffers->command_path, &buffers->command);
	if (r == CLI_OK && buffers->response_path)
		r = input_file(self, arena, buffers->response_path, &buffers->response);
	return r;
}

static int run(const struct cli_command *self, int argc, char **argv)
{
	struct tsmreq_ghci_exit exit = {0};
	struct buffers buffers = {0};
	const char *width = NULL, *offered = NULL;
	bool as_json = false;
	const struct cli_option options[] = {
		{"--buffer", NULL, NULL, &buffers.command_path},
		{"--response", NULL, NULL, &buffers.response_path},
		{"--gpa-width", NULL, NULL, &width},
		{"--offers", NULL, NULL, &offered},
		{"--json", NULL, &as_json, NULL},
		{0},
	};
	struct input_register registers[] = {
		{.name = "r11", .value = &exit.r11},
		{.name = "r10", .value = &exit.r10},
		{.name = "r12", .value = &exit.r12},
		{.name = "r13", .value = &exit.r13},
		{.name = "r14", .value = &exit.r14},
		{.name = "r15", .value = &exit.r15},
		{0},
	};
	struct tsmreq_ghci_opts opts;
	struct arena arena = {0};
	struct tsmreq_call call;
	int r;

	r = cli_parse(self, options, &argc, argv);
	if (r != 0)
		return r < 0 ? CLI_OK : r;
	r = input_registers(self, registers, argc, argv);
	if (r == CLI_OK && !registers[0].given)
		r = cli_misuse(self, "r11 is missing: it says which leaf this is");
	if (r == CLI_OK)
		r = take_options(self, width, offered, &opts);
	if (r == CLI_OK)
		r = read_buffers(self, &arena, &buffers);
	if (r == CLI_OK && tsmreq_ghci_decode(&opts, &exit, &call) < 0)
		r = cli_fail(self, "the registers cannot be decoded");
	if (r == CLI_OK)
		r = look(self, &opts, &buffers, &call);
	if (r == CLI_OK)
		show_call(&call, TSMREQ_NOT_TOLD, as_json);
	arena_free(&arena);
	return r;
}

const struct cli_command cli_decode_ghci = {
	.name = "decode ghci",
	.summary = "Say what a TDVMCALL of an Intel TD asks for.",
	.usage = "r11=N [r10=N] [r12=N ... r15=N] [OPTION...]",
	.help = "  r10=N .. r15=N    the guest's registers, hexadecimal; those not given are 0\n"
		"  --buffer FILE     the guest's buffer; of a Service call, its command\n"
		"  --response FILE   of a Service call, the response as the guest filled it in\n"
		"  --gpa-width N     48 or 52, of this TD; 52 without it\n"
		"  --offers A,B      what the VMM offers: tdcm (without it), service,\n"
		"                    service-tdcm; or none\n"
		"  --json            the call as JSON\n",
	.run = run,
};
