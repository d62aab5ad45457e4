/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include <tsmreq/text.h>

#include "cli/replay.h"

void replay_fail(struct replay *replay, unsigned int number, const char *format, ...)
{
	va_list args;

	if (replay->failed)
		return;
	replay->failed = true;
	replay->number = number ? number : replay->vec->number;
	va_start(args, format);
	vsnprintf(replay->why, sizeof(replay->why), format, args);
	va_end(args);
}

void replay_refuse_left(struct replay *replay, const char *kind, const struct words *words)
{
	const struct word *word = words_left(words);

	if (!word)
		return;
	replay_fail(replay, word->number, "%s: nothing here understands the word %s%s%s", kind,
		    word->key, word->value ? "=" : "", word->value ? word->value : "");
}

bool replay_take_hex(struct replay *replay, struct words *words, const char *key, uint64_t *ret)
{
	const char *value = words_take(words, key);

	if (!value)
		return false;
	if (words_hex(value, ret) == 0)
		return true;
	replay_fail(replay, 0, "%s=%s is no hexadecimal number", key, value);
	return false;
}

bool replay_take_dec(struct replay *replay, struct words *words, const char *key, int64_t *ret)
{
	const char *value = words_take(words, key);

	if (!value)
		return false;
	if (words_dec(value, ret) == 0)
		return true;
	replay_fail(replay, 0, "%s=%s is no decimal number", key, value);
	return false;
}

bool replay_take_u32(struct replay *replay, struct words *words, const char *key, uint32_t *ret)
{
	uint64_t value;

	if (!replay_take_hex(replay, words, key, &value))
		return false;
	if (value > UINT32_MAX) {
		replay_fail(replay, 0, "%s=%" PRIx64 " has more than 32 bits", key, value);
		return false;
	}
	*ret = (uint32_t)value;
	return true;
}

bool replay_take_bytes(struct replay *replay, struct words *words, const char *key,
		       struct vec_bytes *ret)
{
	const char *value = words_take(words, key);

	if (!value)
		return false;
	if (vec_parse_bytes(&replay->arena, value, ret) == 0)
		return true;
	replay_fail(replay, 0, "%s=%s: these are no bytes", key, value);
	return false;
}

int replay_parse_errno(struct replay *replay, const char *word)
{
	int error = tsmreq_errno_from_string(word);

	if (error <= 0)
		replay_fail(replay, 0, "%s is no errno", word);
	return error > 0 ? error : 0;
}

int replay_parse_rc(struct replay *replay, const char *word)
{
	int64_t value;

	if (words_dec(word, &value) < 0 && word[0] == '-')
		return -replay_parse_errno(replay, word + 1);
	if (words_dec(word, &value) < 0) {
		replay_fail(replay, 0, "ret=%s is no result", word);
		return 0;
	}
	if (value < INT32_MIN || value > INT32_MAX)
		replay_fail(replay, 0, "ret=%s: an ioctl answers 32 bits", word);
	return (int)value;
}

struct replay_hex replay_format_hex(const uint8_t *data, size_t size)
{
	struct replay_hex hex = {{0}};
	size_t at = 0;

	for (size_t i = 0; i < size && i < 16; i++)
		at += (size_t)snprintf(hex.text + at, sizeof(hex.text) - at, i ? " %02x" : "%02x",
				       data[i]);
	if (size > 16)
		snprintf(hex.text + at, sizeof(hex.text) - at, " ..");
	return hex;
}

struct replay_hex replay_format_rc(int64_t rc)
{
	struct replay_hex hex;

	if (rc < 0 && rc > -4096)
		snprintf(hex.text, sizeof(hex.text), "-%s", tsmreq_errno_to_string((int)rc));
	else
		snprintf(hex.text, sizeof(hex.text), "%" PRId64, rc);
	return hex;
}
