/* SPDX-License-Identifier: MIT */
#include "guest/guest.h"
#include <string.h>

/* The guest's memory, as the VMM lends it. */

bool tsmreq_memory_is_shared(const struct tsmreq_guest *guest, const struct tsmreq_span *span)
{
	const struct tsmreq_guest_ops *ops = &guest->ops;

	return ops->get_memory(ops->userdata, span->gpa, span->size) == TSMREQ_MEMORY_SHARED;
}

int tsmreq_memory_read(const struct tsmreq_guest *guest, const struct tsmreq_span *span, void *dst)
{
	const struct tsmreq_guest_ops *ops = &guest->ops;

	return ops->read_shared(ops->userdata, span->gpa, dst, (size_t)span->size) < 0 ? -EFAULT
										       : 0;
}

int tsmreq_memory_write(const struct tsmreq_guest *guest, uint64_t gpa, const void *src,
			size_t size)
{
	const struct tsmreq_guest_ops *ops = &guest->ops;
	const struct tsmreq_gpa at = {gpa};
	void *mapping = ops->map_shared ? ops->map_shared(ops->userdata, at, size) : NULL;

	if (!mapping)
		return ops->write_shared(ops->userdata, at, src, size) < 0 ? -EFAULT : 0;
	memcpy(mapping, src, size);
	if (ops->unmap_shared)
		ops->unmap_shared(ops->userdata, mapping, size);
	return 0;
}
