/* SPDX-License-Identifier: MIT */
#ifndef MOCK_MEMORY_H
#define MOCK_MEMORY_H

#include <stddef.h>
#include <stdint.h>

/*
 * How the mock reaches the memory of whoever called it: its copy_from_user() and copy_to_user().
 * Every address it was handed goes through here, so a door decides what an address means. Both
 * answer 0 or -EFAULT; nothing to copy is always 0.
 */
struct mock_memory {
	int (*read)(const struct mock_memory *memory, void *to, uint64_t from, size_t size);
	int (*write)(const struct mock_memory *memory, uint64_t to, const void *from, size_t size);
	/* Is there memory all the way, as far as can be told? Nothing is changed. 0 or -EFAULT. */
	int (*pin)(const struct mock_memory *memory, uint64_t address, uint64_t size);
	/* Is @fd an open file of the caller's? 0 or -EBADF. */
	int (*file)(const struct mock_memory *memory, int fd);
};

/* This process, unchecked: only page 0 faults, anything else that is not mapped is a crash. */
extern const struct mock_memory tsmreq_mock_memory_direct;
/* This process, checked by the kernel at every access. */
extern const struct mock_memory tsmreq_mock_memory_checked;

/* Whether checked access works here: 0 or the errno it would have met (a sandbox, an emulator). */
int tsmreq_mock_memory_probe(void);

#endif
