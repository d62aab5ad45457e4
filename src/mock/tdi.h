/* SPDX-License-Identifier: MIT */
#ifndef MOCK_TDI_H
#define MOCK_TDI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <tsmreq/mock.h>

#define MOCK_OBJECTS 4

/* One cached object. Emptied and never fetched are two things, as in the kernel. */
struct mock_blob {
	uint8_t *data;
	size_t size;
	bool fetched;
};

/* One device interface as the TSM sees it: what is really so. */
struct mock_tdi {
	enum tsmreq_arch arch;
	bool connected;
	bool link_tsm;
	bool any_step; /* the state model accepts every step */
	enum tsmreq_mock_bound bound;
	enum tsmreq_tdi_state state;
	uint64_t virt_id;
	uint32_t generation; /* counts what was regenerated: no two alike */
	struct mock_blob objects[MOCK_OBJECTS];
	struct tsmreq_report_range *ranges; /* for the report; NULL: the two BARs all have */
	uint32_t range_count;
	uint8_t *response; /* SEV: the page that answers the next message, or NULL */
};

/*
 * TDISP's moves: UNLOCKED to LOCKED, LOCKED to RUN, anything but UNLOCKED to UNLOCKED. false: the
 * device refuses and stays where it is.
 */
bool tsmreq_mock_tdi_step(struct mock_tdi *tdi, enum tsmreq_tdi_state target);
/* Is it locked or running, so that it has a report and memory of its own? */
bool tsmreq_mock_tdi_is_locked(const struct mock_tdi *tdi);

/* Cached, with a copy of these bytes; none: cached and empty. -ENOMEM leaves the old ones. */
int tsmreq_mock_tdi_cache(struct mock_tdi *tdi, enum tsmreq_object object, const void *data,
			  size_t size);
void tsmreq_mock_tdi_release(struct mock_tdi *tdi);

#endif
