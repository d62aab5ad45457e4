/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <string.h>

#include "cli/call_words.h"
#include "cli/kernel.h"
#include "cli/replay_call.h"

/* ---- handles */

static bool is_handle(const char *word)
{
	return word[0] == 'h' && word[1] >= '0' && word[1] <= '9';
}

static const struct handle *find_handle(const struct handles *handles, const char *name)
{
	for (size_t i = 0; i < handles->count; i++) {
		if (strcmp(handles->handle[i].name, name) == 0)
			return &handles->handle[i];
	}
	return NULL;
}

uint64_t handles_get(struct replay *replay, const struct handles *handles, const char *word)
{
	const struct handle *handle;
	uint64_t value = 0;

	if (!is_handle(word)) {
		if (words_hex(word, &value) < 0)
			replay_fail(replay, 0, "%s is no hexadecimal number", word);
		return value;
	}
	handle = find_handle(handles, word);
	if (!handle) {
		replay_fail(replay, 0, "%s stands here before anybody gave it out", word);
		return 0;
	}
	return handle->value;
}

/* The first that has it: two names are two values. */
static bool is_taken(const struct handles *handles, uint64_t value)
{
	for (size_t i = 0; i < handles->count; i++) {
		if (handles->handle[i].value == value)
			return true;
	}
	return false;
}

bool handles_fit(struct replay *replay, struct handles *handles, const char *word, uint64_t value)
{
	if (!is_handle(word) || find_handle(handles, word))
		return handles_get(replay, handles, word) == value;
	if (value == 0 || is_taken(handles, value))
		return false;
	if (handles->count == HANDLES_MAX) {
		replay_fail(replay, 0, "more than %d handles", HANDLES_MAX);
		return false;
	}
	handles->handle[handles->count++] = (struct handle){word, value};
	return true;
}

/* ---- words */

/* The three files were written by different hands. */
static bool same_key(const char *a, const char *b)
{
	return words_same(a, b) || (strcmp(a, "state") == 0 && strcmp(b, "target") == 0) ||
	       (strcmp(a, "target") == 0 && strcmp(b, "state") == 0);
}

static const struct word *find_word(const struct words *words, const char *key)
{
	for (size_t i = 0; i < words->count; i++) {
		if (words->word[i].value && same_key(words->word[i].key, key))
			return &words->word[i];
	}
	return NULL;
}

/* nonce=42*32 is 32 bytes as nonce=4242.. is. */
static bool same_digits(struct replay *replay, const char *expected, const char *got)
{
	struct vec_bytes bytes;
	char digits[3];

	if (vec_parse_bytes(&replay->arena, expected, &bytes) < 0 || strlen(got) != 2 * bytes.size)
		return false;
	for (size_t i = 0; i < bytes.size; i++) {
		snprintf(digits, sizeof(digits), "%02x", bytes.data[i]);
		if (!bytes.wild[i] && strncmp(digits, got + 2 * i, 2) != 0)
			return false;
	}
	return true;
}

static bool same_object(const char *expected, const char *got)
{
	enum tsmreq_object a, b;

	return kernel_parse_object(expected, &a) == 0 && kernel_parse_object(got, &b) == 0 &&
	       a == b;
}

static bool same_number(struct replay *replay, const struct handles *handles, const char *expected,
			const char *got)
{
	uint64_t a = 0, b = 0;

	if (words_hex(got, &b) < 0)
		return false;
	if (is_handle(expected))
		return handles_get(replay, handles, expected) == b;
	return words_hex(expected, &a) == 0 && a == b;
}

static bool same_value(struct replay *replay, const struct handles *handles,
		       const struct call_word *got, const char *expected)
{
	if (got->number)
		return same_number(replay, handles, expected, got->value);
	if (strcmp(got->key, "nonce") == 0)
		return same_digits(replay, expected, got->value);
	if (strcmp(got->key, "object") == 0)
		return same_object(expected, got->value);
	return words_same(expected, got->value);
}

static void name_words(const struct call_words *words, char *text, size_t size)
{
	size_t used = 0;

	for (size_t i = 0; i < words->count && used < size; i++)
		used += (size_t)snprintf(text + used, size - used, "%s%s=%s", i ? " " : "",
					 words->word[i].key, words->word[i].value);
}

/* What the call says and the line does not, or not so. NULL: nothing. */
static const struct call_word *find_unsaid(struct replay *replay, const struct handles *handles,
					   const struct words *expected,
					   const struct call_words *got)
{
	for (size_t i = 0; i < got->count; i++) {
		const struct word *word = find_word(expected, got->word[i].key);

		/* two of the files give no reasons */
		if (!word && strcmp(got->word[i].key, "reason") == 0)
			continue;
		if (!word || !same_value(replay, handles, &got->word[i], word->value))
			return &got->word[i];
	}
	return NULL;
}

static bool has_key(const struct call_words *words, const char *key)
{
	for (size_t i = 0; i < words->count; i++) {
		if (same_key(words->word[i].key, key))
			return true;
	}
	return false;
}

/* What the line says and the call does not. NULL: nothing. */
static const struct word *find_unmet(const struct words *expected, const struct call_words *got)
{
	for (size_t i = 0; i < expected->count; i++) {
		const struct word *word = &expected->word[i];

		if (!has_key(got, word->key) || find_word(expected, word->key) != word)
			return word;
	}
	return NULL;
}

bool replay_call_fits(struct replay *replay, const struct handles *handles,
		      const struct words *expected, const struct tsmreq_call *call, char *why,
		      size_t size)
{
	const struct call_word *unsaid;
	const struct word *word;
	struct call_words got;
	char said[512] = "";

	call_words_of(call, &got);
	name_words(&got, said, sizeof(said));
	unsaid = find_unsaid(replay, handles, expected, &got);
	word = unsaid ? find_word(expected, unsaid->key) : find_unmet(expected, &got);
	if (unsaid && !word)
		snprintf(why, size, "expected no %s, got %s", unsaid->key, said);
	else if (word)
		snprintf(why, size, "expected %s=%s, got %s", word->key,
			 word->value ? word->value : "", said);
	return !unsaid && !word;
}
