/* SPDX-License-Identifier: MIT */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>
#include <tsmreq/uapi.h>

/* What the commands share: exit codes, one clear line for an error, options. */

#define CLI_OK	   0
#define CLI_FAILED 1
#define CLI_USAGE  2

struct cli_command {
	const char *name;
	const char *summary; /* one line */
	const char *usage;   /* after "tsmreq NAME" */
	const char *help;    /* the options, one a line */
	int (*run)(const struct cli_command *self, int argc, char **argv);
};

extern const struct cli_command cli_uapi;
extern const struct cli_command cli_probe;
extern const struct cli_command cli_demo;
extern const struct cli_command cli_replay;
extern const struct cli_command cli_decode;
extern const struct cli_command cli_report;
extern const struct cli_command cli_mock;
extern const struct cli_command cli_devices;
/* where libtsmreq-evidence is built */
extern const struct cli_command cli_evidence;

/* "tsmreq NAME: ..." on standard error. */
__attribute__((format(printf, 2, 3))) int cli_fail(const struct cli_command *self,
						   const char *format, ...);
/* The same, and where the help is. */
__attribute__((format(printf, 2, 3))) int cli_misuse(const struct cli_command *self,
						     const char *format, ...);

struct cli_option {
	const char *name;	  /* "--json" */
	const char *abbreviation; /* "-v", or NULL */
	bool *flag;
	const char **value; /* one of the two is not NULL */
};

/*
 * Takes the options out of argv and leaves the operands: *argc of them, from argv[0] on. 0; or the
 * exit code of a misuse, which it has reported; or -1 after --help, which it has answered.
 */
int cli_parse(const struct cli_command *self, const struct cli_option *options, int *argc,
	      char **argv);

/* A revision by name. 0, or the exit code of a misuse. */
int cli_parse_uapi(const struct cli_command *self, const char *word, enum tsmreq_uapi *ret);
/* The same, and one that is known and refused is a failure. */
int cli_parse_spoken(const struct cli_command *self, const char *word, enum tsmreq_uapi *ret);

#endif
