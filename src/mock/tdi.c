/* SPDX-License-Identifier: MIT */
#include "mock/tdi.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static bool may_step(enum tsmreq_tdi_state from, enum tsmreq_tdi_state to)
{
	if (to == TSMREQ_TDI_LOCKED)
		return from == TSMREQ_TDI_UNLOCKED;
	if (to == TSMREQ_TDI_RUN)
		return from == TSMREQ_TDI_LOCKED;
	return to == TSMREQ_TDI_UNLOCKED && from != TSMREQ_TDI_UNLOCKED;
}

bool tsmreq_mock_tdi_step(struct mock_tdi *tdi, enum tsmreq_tdi_state target)
{
	if (!tdi->any_step && !may_step(tdi->state, target))
		return false;
	tdi->state = target;
	return true;
}

bool tsmreq_mock_tdi_is_locked(const struct mock_tdi *tdi)
{
	return tdi->any_step || tdi->state == TSMREQ_TDI_LOCKED || tdi->state == TSMREQ_TDI_RUN;
}

int tsmreq_mock_tdi_cache(struct mock_tdi *tdi, enum tsmreq_object object, const void *data,
			  size_t size)
{
	struct mock_blob *blob = &tdi->objects[object];
	uint8_t *copy = NULL;

	if (size > 0) {
		copy = malloc(size);
		if (copy == NULL)
			return -ENOMEM;
		memcpy(copy, data, size);
	}
	free(blob->data);
	*blob = (struct mock_blob){.data = copy, .size = size, .fetched = true};
	return 0;
}

void tsmreq_mock_tdi_release(struct mock_tdi *tdi)
{
	for (size_t i = 0; i < MOCK_OBJECTS; i++)
		free(tdi->objects[i].data);
	free(tdi->ranges);
	free(tdi->response);
	*tdi = (struct mock_tdi){0};
}
