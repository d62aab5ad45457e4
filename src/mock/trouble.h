/* SPDX-License-Identifier: MIT */
#ifndef MOCK_TROUBLE_H
#define MOCK_TROUBLE_H

#include "mock/faults.h"
#include "mock/objects.h"

struct mock_engine;

/* One line of a script: before which call what befalls whom. */
struct mock_event {
	uint64_t call;
	uint32_t id;
	char word[MOCK_WORD_MAX];
};

/* Trouble that is not asked for call by call. */
struct mock_trouble {
	uint64_t seed;
	uint32_t permille; /* of the calls that have a backend; 0: none */
	struct mock_event *events;
	size_t count;
	size_t next;
};

/* What a word does that acts at once, and what it adds to the object's faults. The engine's lock is
 * held. */
int tsmreq_mock_trouble_befall(struct mock_engine *engine, uint32_t id, const char *word);
/* "CALL ID WORD" by line, in the order of the calls; "" ends it. -EINVAL, -ENOMEM. */
int tsmreq_mock_trouble_script(struct mock_trouble *trouble, const char *text);
/* Before call number @call: what the script has for it. */
void tsmreq_mock_trouble_play(struct mock_engine *engine, uint64_t call);
/*
 * The faults of one call on @object: its own, or, when the dice say so, @drawn, filled with one of
 * their choice.
 */
struct mock_fault *tsmreq_mock_trouble_draw(struct mock_trouble *trouble,
					    struct mock_object *object, struct mock_fault *drawn);
void tsmreq_mock_trouble_release(struct mock_trouble *trouble);

#endif
