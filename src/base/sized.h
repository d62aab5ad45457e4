/* SPDX-License-Identifier: MIT */
#ifndef BASE_SIZED_H
#define BASE_SIZED_H

#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/*
 * Options structs start with a size_t that says how long the caller's is. Like the kernel's own
 * rule: a shorter one is completed with zeros, a longer one must have a tail of zeros (-E2BIG).
 */
static inline int tsmreq_sized_copy(void *ours, size_t our_size, size_t min_size,
				    const void *theirs)
{
	const uint8_t *bytes = theirs;
	size_t size;

	memset(ours, 0, our_size);
	if (theirs == NULL)
		return 0;
	memcpy(&size, theirs, sizeof(size));
	if (size < min_size)
		return -EINVAL;
	for (size_t i = our_size; i < size; i++)
		if (bytes[i] != 0)
			return -E2BIG;
	memcpy(ours, theirs, size < our_size ? size : our_size);
	return 0;
}

#endif
