/* SPDX-License-Identifier: MIT */
#ifndef MOCK_JOURNAL_H
#define MOCK_JOURNAL_H

#include <stddef.h>

#include "mock/faults.h"
#include "mock/memory.h"

#define MOCK_JOURNAL_NAME_MAX 32

struct mock_call;
struct mock_engine;

/* Where the calls are written down: a block of a vector file each. No function: nowhere. */
struct mock_journal {
	char name[MOCK_JOURNAL_NAME_MAX];
	void (*write)(void *userdata, const char *text);
	void *userdata;
};

/* Text that grows. What did not fit in memory is missing, and so is the whole. */
struct mock_text {
	char *bytes;
	size_t size;
	size_t room;
	bool failed;
};

/* A call as it came, before anything has become of it. */
struct mock_record {
	uint64_t number;
	uint32_t cmd;
	uint32_t size;
	uint32_t id; /* the vDevice it is about, 0: none */
	uint64_t virt_id;
	bool readable;
	bool known; /* the vDevice is there */
	bool connected;
	bool prepared; /* the next answer was put there by hand */
	struct mock_fault fault;
	struct mock_text given;
	struct mock_text call;
	struct mock_text sends; /* and what is behind the request pointer */
	uint64_t response;	/* where the answer goes, 0: nowhere that can be told */
	uint32_t response_room;
};

void tsmreq_mock_journal_begin(struct mock_record *record, struct mock_engine *engine, uint32_t cmd,
			       uint64_t address, const struct mock_memory *memory);
/* @call as its handler left it; the block goes to the journal. */
void tsmreq_mock_journal_end(struct mock_record *record, const struct mock_call *call, int ret);

#endif
