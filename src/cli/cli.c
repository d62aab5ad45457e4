/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <tsmreq/text.h>

#include "cli/cli.h"

__attribute__((format(printf, 2, 0))) static void complain(const struct cli_command *self,
							   const char *format, va_list args)
{
	fflush(stdout);
	fprintf(stderr, "tsmreq %s: ", self->name);
	vfprintf(stderr, format, args);
}

int cli_fail(const struct cli_command *self, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	complain(self, format, args);
	va_end(args);
	fputc('\n', stderr);
	return CLI_FAILED;
}

int cli_misuse(const struct cli_command *self, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	complain(self, format, args);
	va_end(args);
	fprintf(stderr, "; see tsmreq %s --help\n", self->name);
	return CLI_USAGE;
}

static void help(const struct cli_command *self)
{
	printf("usage: tsmreq %s %s\n%s\n\n%s", self->name, self->usage, self->summary, self->help);
}

/* "--device=PATH" as well as "--device PATH": the value after "=", NULL without one. */
static const struct cli_option *find_option(const struct cli_option *options, const char *word,
					    const char **ret_value)
{
	size_t length = strcspn(word, "=");

	*ret_value = word[length] ? word + length + 1 : NULL;
	for (; options->name; options++) {
		if (strlen(options->name) == length && strncmp(options->name, word, length) == 0)
			return options;
		if (options->abbreviation && strcmp(options->abbreviation, word) == 0)
			return options;
	}
	return NULL;
}

int cli_parse(const struct cli_command *self, const struct cli_option *options, int *argc,
	      char **argv)
{
	const struct cli_option *option;
	const char *value;
	int operands = 0;
	bool ended = false;

	for (int i = 0; i < *argc; i++) {
		/* a lone "-" is an operand */
		if (ended || argv[i][0] != '-' || !argv[i][1]) {
			argv[operands++] = argv[i];
			continue;
		}
		if (strcmp(argv[i], "--") == 0) {
			ended = true;
			continue;
		}
		if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
			help(self);
			return -1;
		}
		option = find_option(options, argv[i], &value);
		if (!option)
			return cli_misuse(self, "unknown option %s", argv[i]);
		if (option->flag && value)
			return cli_misuse(self, "option %s takes no value", option->name);
		if (option->flag) {
			*option->flag = true;
			continue;
		}
		if (!value && ++i == *argc)
			return cli_misuse(self, "option %s needs a value", option->name);
		*option->value = value ? value : argv[i];
	}
	*argc = operands;
	return 0;
}

int cli_parse_uapi(const struct cli_command *self, const char *word, enum tsmreq_uapi *ret)
{
	struct tsmreq_uapi_info info;
	enum tsmreq_uapi uapi;
	char known[400];
	int length = 0;

	if (tsmreq_uapi_from_string(word, ret) == 0 && tsmreq_uapi_get_info(*ret, &info) == 0)
		return 0;
	for (unsigned int i = 0; tsmreq_uapi_at(i, &uapi); i++) {
		length += snprintf(known + length, sizeof(known) - (size_t)length, " %s",
				   tsmreq_uapi_to_string(uapi));
		if (length >= (int)sizeof(known))
			break;
	}
	return cli_misuse(self, "no revision is called %s; there are%s", word, known);
}

int cli_parse_spoken(const struct cli_command *self, const char *word, enum tsmreq_uapi *ret)
{
	struct tsmreq_uapi_info info;
	int r;

	r = cli_parse_uapi(self, word, ret);
	if (r != CLI_OK)
		return r;
	if (tsmreq_uapi_get_info(*ret, &info) == 0 && info.refusal)
		return cli_fail(self, "%s is never spoken: %s", word, info.refusal);
	return CLI_OK;
}
