/* SPDX-License-Identifier: MIT */
#include "cli/places.h"

struct places places_of_request(enum tsmreq_layout layout)
{
	switch (layout) {
	case TSMREQ_LAYOUT_TYPE:
		return (struct places){32, 16, 40, 20};
	case TSMREQ_LAYOUT_SCOPE:
		return (struct places){24, 12, 32, 16};
	case TSMREQ_LAYOUT_OP:
		return (struct places){24, 16, 32, 20};
	case TSMREQ_LAYOUT_NONE:
	case TSMREQ_LAYOUT_FORCE_S32_:
		break;
	}
	return (struct places){0};
}

struct places places_of_viommu(void)
{
	return (struct places){.request = 32, .request_length = 24};
}
