/* SPDX-License-Identifier: MIT */
#ifndef MOCK_IOVA_H
#define MOCK_IOVA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The address space of one IOAS: what is mapped where, and where nothing may be. */

#define MOCK_PAGE_SIZE 4096u

/* Both ends in it. */
struct mock_span {
	uint64_t start;
	uint64_t last;
};

/* Sorted by start. Allowed ones do not overlap, reserved ones may. */
struct mock_spans {
	struct mock_span *slots;
	size_t count;
	size_t room;
};

/* A mapping, and the pages behind it. */
struct mock_area {
	struct mock_span at;
	uint64_t from; /* the user's address, or the offset in a file, of its first byte */
	bool writable; /* its pages were mapped to be written to */
	bool file;
};

struct mock_iova {
	struct mock_area *areas; /* sorted, none overlaps another */
	size_t count;
	size_t room;
	struct mock_spans reserved;
	struct mock_spans allowed; /* none: everything */
	uint32_t domains;	   /* page tables that carry it */
	bool small_pages;
};

/* How what is to be mapped wants it. */
struct mock_mapping {
	const struct mock_area *pieces; /* contiguous, in order, at addresses of their own */
	size_t count;
	bool write;
	bool fixed;
	uint64_t iova; /* in where fixed, out where not */
};

void tsmreq_mock_iova_release(struct mock_iova *space);

/* 1, or a page as soon as there is a page table. */
uint64_t tsmreq_mock_iova_alignment(const struct mock_iova *space);
/* -EADDRINUSE: something mapped is in the way of the page's alignment. */
int tsmreq_mock_iova_add_domain(struct mock_iova *space);
void tsmreq_mock_iova_remove_domain(struct mock_iova *space);
/* -EINVAL once a page table has been filled; -EADDRINUSE as above. */
int tsmreq_mock_iova_set_small_pages(struct mock_iova *space, bool small);

/*
 * The kernel's tests in the kernel's order: -EINVAL, -EOVERFLOW, -EEXIST, -ENOSPC, -EPERM, -ENOMEM.
 * Nothing is mapped when one fails.
 */
int tsmreq_mock_iova_map(struct mock_iova *space, struct mock_mapping *mapping);
/*
 * Every area inside @span goes. -ENOENT at the first that sticks out of it: those below it are
 * gone all the same.
 */
int tsmreq_mock_iova_unmap(struct mock_iova *space, struct mock_span span, uint64_t *ret_size);
/* What is mapped in @span, cut to it: -ENOENT unless every byte of it is. To be freed. */
int tsmreq_mock_iova_slice(const struct mock_iova *space, struct mock_span span,
			   struct mock_area **ret, size_t *ret_count);
/* An area that goes on beyond @last becomes two. -EINVAL where pages do not end there. */
int tsmreq_mock_iova_cut(struct mock_iova *space, uint64_t last);

/* -EADDRINUSE where something is mapped or was promised. */
int tsmreq_mock_iova_reserve(struct mock_iova *space, struct mock_span span);
/* Takes over what is in @allowed. -EADDRINUSE where something is reserved: @allowed is left. */
int tsmreq_mock_iova_allow(struct mock_iova *space, struct mock_spans *allowed);
/* The first hole from @from on that nothing is reserved in; false: there is none. */
bool tsmreq_mock_iova_usable(const struct mock_iova *space, uint64_t from, struct mock_span *ret);

/* -ENOMEM. */
int tsmreq_mock_spans_add(struct mock_spans *spans, struct mock_span span);
bool tsmreq_mock_spans_touch(const struct mock_spans *spans, struct mock_span span);
void tsmreq_mock_spans_release(struct mock_spans *spans);

#endif
