/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cli/input.h"
#include "cli/words.h"

#define FILE_MAX  ((size_t)TSMREQ_LENGTH_MAX + 1)
#define FILE_STEP 4096u

int input_number(const struct cli_command *self, const char *what, const char *text, uint64_t *ret)
{
	const bool prefixed = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');

	if (words_hex(prefixed ? text + 2 : text, ret) < 0)
		return cli_misuse(self, "%s=%s is no hexadecimal number of up to 64 bits", what,
				  text);
	return CLI_OK;
}

/* ---- words */

static int refuse_word(const struct cli_command *self, const char *what, const char *text,
		       size_t length, input_word_at word_at)
{
	char known[400] = "";
	size_t used = 0;

	for (unsigned int i = 0; word_at(i) && used < sizeof(known); i++)
		used += (size_t)snprintf(known + used, sizeof(known) - used, " %s", word_at(i));
	return cli_misuse(self, "no %s is called %.*s; there are%s", what, (int)length, text,
			  known);
}

static int find_word(const struct cli_command *self, const char *what, const char *text,
		     size_t length, input_word_at word_at, unsigned int *ret)
{
	const char *word;

	for (unsigned int i = 0; (word = word_at(i)) != NULL; i++) {
		if (strlen(word) != length || strncmp(word, text, length) != 0)
			continue;
		*ret = i;
		return CLI_OK;
	}
	return refuse_word(self, what, text, length, word_at);
}

int input_word(const struct cli_command *self, const char *what, const char *text,
	       input_word_at word_at, unsigned int *ret)
{
	return find_word(self, what, text, strlen(text), word_at, ret);
}

int input_words(const struct cli_command *self, const char *what, const char *text,
		input_word_at word_at, uint32_t *ret)
{
	unsigned int i = 0;
	int r;

	*ret = 0;
	for (;;) {
		const size_t length = strcspn(text, ",");

		r = find_word(self, what, text, length, word_at, &i);
		if (r != CLI_OK)
			return r;
		*ret |= (uint32_t)1 << i;
		if (!text[length])
			return CLI_OK;
		text += length + 1;
	}
}

/* ---- registers */

static int refuse_register(const struct cli_command *self, const struct input_register *registers,
			   const char *operand)
{
	char known[200] = "";
	size_t used = 0;

	for (; registers->name && used < sizeof(known); registers++)
		used += (size_t)snprintf(known + used, sizeof(known) - used,
					 " %s=", registers->name);
	return cli_misuse(self, "%s is no register; there are%s", operand, known);
}

static int take_register(const struct cli_command *self, struct input_register *registers,
			 const char *operand)
{
	const size_t length = strcspn(operand, "=");
	struct input_register *found = registers;

	while (found->name &&
	       (strlen(found->name) != length || strncmp(found->name, operand, length) != 0))
		found++;
	if (!operand[length] || !found->name)
		return refuse_register(self, registers, operand);
	if (found->given)
		return cli_misuse(self, "%s is given twice", found->name);
	found->given = true;
	return input_number(self, found->name, operand + length + 1, found->value);
}

int input_registers(const struct cli_command *self, struct input_register *registers, int argc,
		    char **argv)
{
	int r;

	for (int i = 0; i < argc; i++) {
		r = take_register(self, registers, argv[i]);
		if (r != CLI_OK)
			return r;
	}
	return CLI_OK;
}

/* ---- files */

const char *input_name(const char *path)
{
	return strcmp(path, "-") == 0 ? "standard input" : path;
}

/* Doubles until the end or the limit: a pipe does not tell its length. */
static size_t read_all(struct arena *arena, FILE *in, uint8_t **ret)
{
	size_t room = FILE_STEP, size = 0;
	uint8_t *bytes = arena_zalloc(arena, room);

	for (;;) {
		uint8_t *bigger;

		size += fread(bytes + size, 1, room - size, in);
		if (size < room || room == FILE_MAX)
			break;
		room = room < FILE_MAX / 2 ? 2 * room : FILE_MAX;
		bigger = arena_zalloc(arena, room);
		memcpy(bigger, bytes, size);
		bytes = bigger;
	}
	*ret = bytes;
	return size;
}

int input_file(const struct cli_command *self, struct arena *arena, const char *path,
	       struct tsmreq_bytes *ret)
{
	const bool standard = strcmp(path, "-") == 0;
	FILE *in = standard ? stdin : fopen(path, "rbe");
	int r = CLI_OK;
	uint8_t *bytes;

	if (!in)
		return cli_fail(self, "%s: %s", path, strerror(errno));
	ret->size = read_all(arena, in, &bytes);
	ret->data = bytes;
	if (ferror(in))
		r = cli_fail(self, "%s: %s", input_name(path), strerror(errno));
	if (!standard)
		fclose(in);
	return r;
}

int input_part(const struct cli_command *self, const char *path, struct tsmreq_bytes file,
	       uint64_t offset, uint64_t size, const char *what, struct tsmreq_bytes *ret)
{
	if (offset > file.size || size > file.size - offset)
		return cli_fail(self,
				"%s has %zu bytes; %s needs %" PRIu64 " from byte %" PRIu64
				" on: give a longer copy of that memory",
				input_name(path), file.size, what, size, offset);
	ret->data = (const uint8_t *)file.data + offset;
	ret->size = (size_t)size;
	return CLI_OK;
}

int input_whole(const struct cli_command *self, struct arena *arena, const char *path,
		uint64_t size, const char *what, struct tsmreq_bytes *ret)
{
	int r = input_file(self, arena, path, ret);

	if (r == CLI_OK && ret->size != size)
		r = cli_fail(self, "%s has %zu bytes; %s has %" PRIu64 ": copy it whole, and alone",
			     input_name(path), ret->size, what, size);
	return r;
}
