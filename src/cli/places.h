/* SPDX-License-Identifier: MIT */
#ifndef CLI_PLACES_H
#define CLI_PLACES_H

#include <tsmreq/uapi.h>

/* Where a structure keeps its pointers, and how long what they point to is. 0: it has none. */
struct places {
	size_t request;
	size_t request_length;
	size_t response;
	size_t response_length;
};

/* Of the request structure, by its layout. */
struct places places_of_request(enum tsmreq_layout layout);
/* Of IOMMU_VIOMMU_ALLOC: the driver's own data. */
struct places places_of_viommu(void);

#endif
