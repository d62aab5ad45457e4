/* SPDX-License-Identifier: MIT */
#include "guest/guest.h"

/* A validation against what the device said of itself when it was locked. */

bool tsmreq_device_report_allows(const struct device *device, uint64_t address, uint64_t size)
{
	struct tsmreq_report_range range;

	if (!device->report)
		return true;
	for (uint32_t i = 0; tsmreq_report_range_at(&device->report_parts, i, &range); i++) {
		uint64_t start, length;

		tsmreq_report_range_get_span(&range, &start, &length);
		/* the offset of the lock request moves every address, round the top of 64 bits too
		 */
		start += device->report_offset;
		if (!(range.attributes & TSMREQ_REPORT_RANGE_NON_TEE) && address - start < length &&
		    size <= length - (address - start))
			return true;
	}
	return false;
}
