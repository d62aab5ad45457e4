/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <tsmreq/types.h>

#include "cli/bytes.h"
#include "cli/vec.h"

/* No line stands for more than the longest thing the library would ever offer. */
#define BYTES_MAX (2 * (size_t)TSMREQ_LENGTH_MAX)

static const char *const key_names[] = {
	[VEC_CASE] = "case",   [VEC_ABI] = "abi",   [VEC_GIVEN] = "given", [VEC_MEM] = "mem",
	[VEC_IN] = "in",       [VEC_CALL] = "call", [VEC_SENDS] = "sends", [VEC_REQ] = "req",
	[VEC_REPLY] = "reply", [VEC_OUT] = "out",   [VEC_AFTER] = "after", [VEC_WHY] = "why",
};

/* ---- bytes */

/* A decimal count, at most BYTES_MAX. */
static int take_count(const char **text, size_t *ret)
{
	size_t count = 0;

	if (!isdigit((unsigned char)**text))
		return -EINVAL;
	for (; isdigit((unsigned char)**text); (*text)++) {
		count = count * 10 + (size_t)(**text - '0');
		if (count > BYTES_MAX)
			return -EINVAL;
	}
	*ret = count;
	return 0;
}

/* One item: a byte, how often it stands there, and whether any byte will do. */
struct item {
	uint8_t value;
	bool wild;
	size_t count;
};

static int take_item(const char **text, size_t so_far, struct item *ret)
{
	const char *p = *text;
	int r;

	*ret = (struct item){.count = 1};
	if (p[0] == '.' && p[1] == '.') {
		p += 2;
		r = take_count(&p, &ret->count);
		if (r < 0 || ret->count < so_far)
			return -EINVAL;
		ret->count -= so_far;
		*text = p;
		return 0;
	}
	if (p[0] == 'p' && p[1] == 'p')
		ret->wild = true;
	else if (bytes_hex_digit(p[0]) >= 0 && bytes_hex_digit(p[1]) >= 0)
		ret->value = (uint8_t)(bytes_hex_digit(p[0]) << 4 | bytes_hex_digit(p[1]));
	else
		return -EINVAL;
	p += 2;
	if (*p == '*') {
		p++;
		r = take_count(&p, &ret->count);
		if (r < 0)
			return r;
	}
	*text = p;
	return 0;
}

/* Twice over the text: how long, then the bytes. */
static int walk_bytes(const char *text, struct vec_bytes *fill, size_t *ret_size)
{
	struct item item;
	size_t size = 0;
	int r;

	for (;;) {
		text += strspn(text, " \t");
		if (!*text)
			break;
		r = take_item(&text, size, &item);
		if (r < 0)
			return r;
		if (item.count > BYTES_MAX - size)
			return -EINVAL;
		if (fill) {
			memset(fill->data + size, item.value, item.count);
			memset(fill->wild + size, item.wild, item.count);
		}
		size += item.count;
	}
	*ret_size = size;
	return 0;
}

int vec_parse_bytes(struct arena *arena, const char *text, struct vec_bytes *ret)
{
	size_t size;
	int r;

	r = walk_bytes(text, NULL, &size);
	if (r < 0)
		return r;
	*ret = (struct vec_bytes){
		.size = size,
		.data = arena_zalloc(arena, size),
		.wild = arena_zalloc(arena, size),
	};
	return walk_bytes(text, ret, &size);
}

/* ---- lines and blocks */

struct parser {
	struct arena *arena;
	struct vec_file *file;
	struct vec_case *open; /* NULL between two blocks */
	struct vec_error *error;
	unsigned int number;
};

__attribute__((format(printf, 2, 3))) static int bad(struct parser *p, const char *format, ...)
{
	va_list args;

	p->error->number = p->number;
	va_start(args, format);
	vsnprintf(p->error->text, sizeof(p->error->text), format, args);
	va_end(args);
	return -EINVAL;
}

static int find_key(const char *text, size_t length, enum vec_key *ret)
{
	for (size_t i = 0; i < sizeof(key_names) / sizeof(key_names[0]); i++) {
		if (strlen(key_names[i]) != length || strncmp(text, key_names[i], length) != 0)
			continue;
		*ret = (enum vec_key)i;
		return 0;
	}
	return -EINVAL;
}

static int open_case(struct parser *p, const char *name)
{
	struct vec_file *file = p->file;

	if (!*name || strpbrk(name, " \t"))
		return bad(p, "a case needs one word as its name");
	for (size_t i = 0; i < file->count; i++) {
		if (strcmp(file->cases[i].name, name) == 0)
			return bad(p, "case %s stands here twice, first in line %u", name,
				   file->cases[i].number);
	}
	file->cases = arena_grow(p->arena, file->cases, file->count, sizeof(*file->cases));
	p->open = &file->cases[file->count++];
	*p->open = (struct vec_case){.name = name, .number = p->number};
	return 0;
}

/* What cannot be read is found here, where its line is known. */
static int check_bytes(struct parser *p, enum vec_key key, const char *text)
{
	size_t size;
	size_t digits;

	switch (key) {
	case VEC_MEM:
	case VEC_AFTER:
		digits = strspn(text, "0123456789abcdefABCDEF");
		if (!digits || digits > 16)
			return bad(p, "%s needs an address first", key_names[key]);
		text += digits;
		break;
	case VEC_REPLY:
		text = strstr(text, "resp=");
		if (!text)
			return 0;
		text += strlen("resp=");
		break;
	case VEC_SENDS:
	case VEC_REQ:
		break;
	case VEC_CASE:
	case VEC_ABI:
	case VEC_GIVEN:
	case VEC_IN:
	case VEC_CALL:
	case VEC_OUT:
	case VEC_WHY:
	default:
		return 0;
	}
	if (walk_bytes(text, NULL, &size) < 0)
		return bad(p, "these are no bytes: %.60s", text);
	return 0;
}

static int take_line(struct parser *p, const char *line)
{
	size_t length = strcspn(line, " \t");
	struct vec_case *vec;
	enum vec_key key;
	const char *text;
	int r;

	if (find_key(line, length, &key) < 0)
		return bad(p, "no such key: %.*s", (int)(length < 40 ? length : 40), line);
	text = line + length + strspn(line + length, " \t");
	if (key == VEC_CASE)
		return p->open ? bad(p, "a blank line is missing before case %.60s", text)
			       : open_case(p, text);
	if (!p->open)
		return bad(p, "a block starts with its case line, not with %s", key_names[key]);
	r = check_bytes(p, key, text);
	if (r < 0)
		return r;
	vec = p->open;
	vec->lines = arena_grow(p->arena, vec->lines, vec->count, sizeof(*vec->lines));
	vec->lines[vec->count++] = (struct vec_line){key, p->number, text};
	return 0;
}

int vec_parse(struct arena *arena, FILE *in, struct vec_file *ret, struct vec_error *error)
{
	struct parser p = {.arena = arena, .file = ret, .error = error};
	size_t room = 0;
	char *buf = NULL;
	ssize_t length;
	int r = 0;

	*ret = (struct vec_file){0};
	*error = (struct vec_error){0};
	errno = 0;
	while (r == 0 && (length = getline(&buf, &room, in)) >= 0) {
		p.number++;
		if (memchr(buf, 0, (size_t)length))
			r = bad(&p, "this is not text");
		while (length > 0 && isspace((unsigned char)buf[length - 1]))
			length--;
		if (length == 0)
			p.open = NULL;
		else if (r == 0 && buf[0] != '#')
			r = take_line(&p, arena_strndup(arena, buf, (size_t)length));
	}
	if (r == 0 && ferror(in))
		r = bad(&p, "%s", strerror(errno));
	if (r == 0 && ret->count == 0)
		r = bad(&p, "no case in it");
	free(buf);
	return r;
}

const char *vec_find(const struct vec_case *vec, enum vec_key key)
{
	for (size_t i = 0; i < vec->count; i++) {
		if (vec->lines[i].key == key)
			return vec->lines[i].text;
	}
	return NULL;
}
