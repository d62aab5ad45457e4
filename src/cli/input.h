/* SPDX-License-Identifier: MIT */
#ifndef CLI_INPUT_H
#define CLI_INPUT_H

#include <tsmreq/types.h>

#include "cli/arena.h"
#include "cli/cli.h"

/*
 * What a command is given: numbers, words, registers, files. CLI_OK, or the exit code after one
 * line has said what was wrong and what is wanted.
 */

/* Hexadecimal, with or without 0x. @what names it: "x0", "--features". */
int input_number(const struct cli_command *self, const char *what, const char *text, uint64_t *ret);

/* The words there are, i from 0 until NULL. */
typedef const char *(*input_word_at)(unsigned int i);
/* Which of them @text is. @what is what they name: "quirk". */
int input_word(const struct cli_command *self, const char *what, const char *text,
	       input_word_at word_at, unsigned int *ret);
/* "A,B,C": bit i of *ret for word i. */
int input_words(const struct cli_command *self, const char *what, const char *text,
		input_word_at word_at, uint32_t *ret);

/* Operands NAME=NUMBER, each at most once. What is not given stays as it is. */
struct input_register {
	const char *name; /* NULL ends the list */
	uint64_t *value;
	bool given;
};

int input_registers(const struct cli_command *self, struct input_register *registers, int argc,
		    char **argv);

/* What a file is called in a sentence: "-" is standard input. */
const char *input_name(const char *path);
/* The whole of a file, or of standard input; at most 16 MiB and one byte, which is always too many.
 */
int input_file(const struct cli_command *self, struct arena *arena, const char *path,
	       struct tsmreq_bytes *ret);
/* @size bytes of it from @offset on, which are @what. */
int input_part(const struct cli_command *self, const char *path, struct tsmreq_bytes file,
	       uint64_t offset, uint64_t size, const char *what, struct tsmreq_bytes *ret);
/* A file that is @what and nothing else. */
int input_whole(const struct cli_command *self, struct arena *arena, const char *path,
		uint64_t size, const char *what, struct tsmreq_bytes *ret);

#endif
