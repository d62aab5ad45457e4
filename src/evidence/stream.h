/* SPDX-License-Identifier: MIT */
#ifndef EVIDENCE_STREAM_H
#define EVIDENCE_STREAM_H

#include "evidence/family.h"

/*
 * One dump's replies, datagram by datagram, put together and held against what was asked. No socket
 * and no clock: bytes in, objects out. What does not fit together is a bad stream, never cut down
 * to what arrived.
 */

#define STREAM_WHY_SIZE 200u

struct stream_object {
	uint8_t *bytes;
	size_t capacity;
	size_t size;   /* came so far */
	size_t length; /* will come; pci-tsm: not known, 0 */
	uint32_t generation;
	bool seen;
};

struct stream {
	const struct evidence_family *family;
	uint32_t mask;	   /* what was asked for */
	uint32_t max_size; /* of one object */
	uint32_t seq;
	uint16_t type;	  /* the family's number */
	bool sizes;	  /* keep no bytes */
	bool first;	  /* one object was asked for, and its length is enough */
	bool interrupted; /* the kernel said: a mixture */
	unsigned int skipped;
	int current; /* type of the object on its way; -1 before the first */
	uint64_t received;
	struct stream_object objects[TSMREQ_EVIDENCE_TYPES];
	char why[STREAM_WHY_SIZE]; /* of a failure */
};

/* Before each dump: forgets all but the objects' memory. */
void tsmreq_stream_begin(struct stream *stream, const struct evidence_family *family, uint16_t type,
			 uint32_t seq, uint32_t mask);
/*
 * 1: more is to come; 0: all is there; -EAGAIN: begin again; -EBADMSG, -EFBIG, -ENOMEM; else the
 * kernel's.
 */
int tsmreq_stream_feed(struct stream *stream, const void *datagram, size_t size);
void tsmreq_stream_free(struct stream *stream);

/*
 * The answer to "which number has the family": 1: not yet; 0: *ret; -ENOENT: none; else -errno,
 * with @why.
 */
int tsmreq_stream_resolve(const struct evidence_family *family, uint32_t seq, const void *datagram,
			  size_t size, uint16_t *ret, char why[STREAM_WHY_SIZE]);

#endif
