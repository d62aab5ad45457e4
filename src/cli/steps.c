/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "cli/steps.h"

static const char run_key[] = "run=";

/* The words of a line, and the bytes behind run= that reach to its end. */
static void split_line(struct replay *replay, const struct vec_line *line, struct words *words,
		       struct step_bytes *run)
{
	const char *bytes = line->text;
	size_t length = strlen(line->text);

	do {
		bytes = strstr(bytes, run_key);
	} while (bytes && bytes > line->text && bytes[-1] != ' ' && bytes[-1] != '\t' && *bytes++);
	if (bytes) {
		length = (size_t)(bytes - line->text);
		if (run->told)
			replay_fail(replay, line->number, "run= stands here twice");
		*run = (struct step_bytes){.told = true, .number = line->number};
		if (vec_parse_bytes(&replay->arena, bytes + strlen(run_key), &run->bytes) < 0)
			replay_fail(replay, line->number, "%s: these are no bytes", bytes);
	}
	words_split_text(&replay->arena, arena_strndup(&replay->arena, line->text, length),
			 line->number, words);
}

static void read_line(struct replay *replay, const struct vec_line *line, struct step *step)
{
	switch (line->key) {
	case VEC_IN:
		split_line(replay, line, &step->in, &step->in_run);
		break;
	case VEC_CALL:
		if (step->call_number)
			replay_fail(replay, line->number, "a second call line for one exit");
		step->call_number = line->number;
		words_split_text(&replay->arena, line->text, line->number, &step->call);
		break;
	case VEC_OUT:
		step->has_out = true;
		step->out_number = line->number;
		split_line(replay, line, &step->out, &step->out_run);
		break;
	case VEC_CASE:
	case VEC_ABI:
	case VEC_GIVEN:
	case VEC_MEM:
	case VEC_SENDS:
	case VEC_REQ:
	case VEC_REPLY:
	case VEC_AFTER:
	case VEC_WHY:
	default:
		break;
	}
}

/* An exit may need more than one line; what names it stands in the first. */
static bool goes_on(const struct vec_case *vec, size_t i)
{
	static const char *const first[] = {
		"exit=", "event=", "ghcb=", "x0=", "nr=", "rcx=", "r10=", NULL};
	const char *before = vec->lines[i - 1].text;

	if (vec->lines[i - 1].key != VEC_IN || strncmp(before, "event=", 6) == 0)
		return false;
	for (size_t k = 0; first[k]; k++) {
		if (strncmp(vec->lines[i].text, first[k], strlen(first[k])) == 0)
			return false;
	}
	return true;
}

static size_t count_sends(const struct script *script, unsigned int number)
{
	size_t count = 0;

	while (count < script->count && script->send[count].number < number)
		count++;
	return count;
}

/* Memory lines that are followed by an exit belong to it. */
static size_t find_end(const struct vec_case *vec, size_t next)
{
	while (next > 0 && next < vec->count && vec->lines[next - 1].key == VEC_MEM)
		next--;
	return next;
}

void steps_read(struct replay *replay, const struct script *script, struct steps *ret)
{
	const struct vec_case *vec = replay->vec;
	struct step *step = NULL;

	*ret = (struct steps){0};
	for (size_t i = 0; i < vec->count; i++) {
		const struct vec_line *line = &vec->lines[i];

		if (line->key == VEC_IN && (!step || !goes_on(vec, i))) {
			ret->step =
				arena_grow(&replay->arena, ret->step, ret->count, sizeof(*step));
			step = &ret->step[ret->count++];
			*step = (struct step){.number = line->number};
			step->first = step == ret->step ? 0 : find_end(vec, i);
		}
		if (step)
			read_line(replay, line, step);
		else if (line->key == VEC_CALL || line->key == VEC_SENDS || line->key == VEC_OUT)
			replay_fail(replay, line->number, "an in line must stand before this one");
	}
	if (!ret->count)
		replay_fail(replay, 0, "nothing comes in");
	for (size_t i = 0; i < ret->count; i++) {
		bool last = i + 1 == ret->count;

		ret->step[i].end = last ? vec->count : ret->step[i + 1].first;
		ret->step[i].sends_end = last ? script->count
					      : count_sends(script, ret->step[i + 1].number);
	}
}

void steps_parse_memory(struct replay *replay, const struct vec_line *line, uint64_t *ret_gpa,
			struct vec_bytes *ret)
{
	char *bytes;

	/* looked at when the file was read */
	*ret_gpa = strtoull(line->text, &bytes, 16);
	if (vec_parse_bytes(&replay->arena, bytes, ret) < 0)
		replay_fail(replay, line->number, "these are no bytes");
	if (ret->size && *ret_gpa > UINT64_MAX - (ret->size - 1))
		replay_fail(replay, line->number, "memory ends before this line does");
}
