/* SPDX-License-Identifier: MIT */
#include <tsmreq/text.h>

#include "cli/bytes.h"
#include "cli/journal.h"
#include "cli/places.h"

#define POINTER_SIZE 8
#define SHOWN_MAX    64 /* of an answer; requests are shown whole */
#define RUN_MIN	     4	/* so many equal bytes are written once */
#define CODE_AT	     40
#define INDENT	     "             "

/* Nothing but requests carries pointers in a walk. */
static struct places find_places(const struct journal *journal, unsigned long request)
{
	bool is_request = request == journal->info->request_cmd;

	return is_request ? places_of_request(journal->info->layout) : (struct places){0};
}

static const void *follow(const uint8_t *arg, size_t at)
{
	return at ? bytes_get_pointer(arg + at) : NULL;
}

static size_t count_equal(const uint8_t *bytes, size_t size)
{
	size_t count = 1;

	while (count < size && bytes[count] == bytes[0])
		count++;
	return count;
}

/* @pointers: offsets of what is printed as pp; 0 is none, and never a pointer's place. */
static void put_bytes(FILE *out, const uint8_t *bytes, size_t size, const size_t pointers[2])
{
	size_t at = 0;
	size_t count;

	for (; at < size; at += count) {
		if (at)
			fputc(' ', out);
		count = POINTER_SIZE;
		if (at && (at == pointers[0] || at == pointers[1]) && bytes_get64(bytes + at)) {
			fputs("pp*8", out);
			continue;
		}
		count = count_equal(bytes + at, size - at);
		/* a run ends where a pointer begins */
		for (int i = 0; i < 2; i++) {
			if (pointers[i] > at && pointers[i] < at + count)
				count = pointers[i] - at;
		}
		if (count >= RUN_MIN)
			fprintf(out, "%02x*%zu", bytes[at], count);
		else
			fprintf(out, "%02x", bytes[at]);
		if (count < RUN_MIN)
			count = 1;
	}
}

static int journal_before(void *userdata, unsigned long request, const void *arg)
{
	struct journal *journal = userdata;
	const struct places at = find_places(journal, request);
	const size_t pointers[2] = {at.request, at.response};
	const size_t nonce[2] = {journal->nonce_at, 0};
	const uint8_t *bytes = arg;
	const uint8_t *payload;

	if (!journal->out)
		return 0;
	fprintf(journal->out, INDENT "# ioctl 0x%lx\n" INDENT "sends  ", request);
	put_bytes(journal->out, bytes, tap_get_size(arg), pointers);
	fputc('\n', journal->out);
	payload = follow(bytes, at.request);
	if (payload) {
		fprintf(journal->out, INDENT "req    ");
		put_bytes(journal->out, payload, bytes_get32(bytes + at.request_length), nonce);
		fputc('\n', journal->out);
	}
	return 0;
}

static void journal_after(void *userdata, unsigned long request, const void *arg, int rc)
{
	struct journal *journal = userdata;
	const struct places at = find_places(journal, request);
	static const size_t none[2];
	const uint8_t *bytes = arg;
	const uint8_t *answer;
	uint32_t length;

	if (!journal->out)
		return;
	if (rc < 0)
		fprintf(journal->out, INDENT "reply  ret=-%s", tsmreq_errno_to_string(rc));
	else
		fprintf(journal->out, INDENT "reply  ret=%d", rc);
	if (at.request && journal->info->layout != TSMREQ_LAYOUT_TYPE &&
	    tap_get_size(arg) > CODE_AT)
		fprintf(journal->out, " code=%llx",
			(unsigned long long)bytes_get64(bytes + CODE_AT));
	answer = rc >= 0 ? follow(bytes, at.response) : NULL;
	if (answer) {
		length = bytes_get32(bytes + at.response_length);
		fputs(" resp=", journal->out);
		put_bytes(journal->out, answer, length < SHOWN_MAX ? length : SHOWN_MAX, none);
		if (length > SHOWN_MAX)
			fprintf(journal->out, " and %u more", length - SHOWN_MAX);
	}
	fputc('\n', journal->out);
}

void journal_open(struct journal *journal, const struct tsmreq_transport *behind,
		  const struct tsmreq_uapi_info *info, FILE *out)
{
	*journal = (struct journal){.info = info, .out = out};
	journal->tap.behind = behind;
	journal->tap.before = journal_before;
	journal->tap.after = journal_after;
	journal->tap.userdata = journal;
	tap_open(&journal->tap);
}
