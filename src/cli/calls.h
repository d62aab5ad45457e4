/* SPDX-License-Identifier: MIT */
#ifndef CLI_CALLS_H
#define CLI_CALLS_H

#include <tsmreq/vdev.h>

#include "cli/kernel.h"
#include "cli/script.h"

/* The call line of a uapi case: its words, and the library's call they stand for. */

struct call;

#define CALL_VDEV  0x1u	 /* made on a device */
#define CALL_READS 0x2u	 /* only reads: never uncertain, and the core sends it again by itself */
#define CALL_STATE 0x4u	 /* changes the state of the device: uncertain means held */
#define CALL_PAPER 0x20u /* a layout on paper: the library has no call for it */
#define CALL_RAW   0x8u	 /* not through the library: no conclusion is drawn */
#define CALL_BINDS 0x10u /* EBUSY is another VM's doing, and final */

struct call_kind {
	const char *name;
	const char *words; /* those it understands beside kind=, each between two blanks */
	int (*make)(struct call *call);
	uint32_t flags;
};

struct call {
	struct replay *replay;
	struct kernel *kernel;
	struct script *script;
	const struct call_kind *kind;

	/* the words */
	bool has_dev;
	uint64_t dev;
	uint32_t vdevice; /* the object the call is about */
	enum tsmreq_object object;
	enum tsmreq_tdi_state target;
	enum tsmreq_arch arch;
	enum tsmreq_op op;
	uint32_t len;
	uint32_t expect;
	uint32_t flags;
	uint32_t type;
	uint32_t cmd;
	bool enable;
	bool has_len;
	bool has_request_length;
	uint32_t request_length; /* of zeros, where the case shows no bytes */
	bool has_nonce;
	struct vec_bytes nonce;
	struct vec_bytes request;
	uint64_t base;
	uint64_t top;
	uint64_t pa;

	/* what it is made with; NULL for a revision the library does not speak */
	struct tsmreq_ctx *ctx;
	struct tsmreq_vdev *vdev;

	/* what came of it */
	int rc;
	struct tsmreq_result result;
	uint64_t value;	  /* a size, or an id */
	size_t written;	  /* bytes of the answer */
	const void *data; /* and the answer */
};

/* Reads the words; the case fails for one that the kind does not understand. */
void call_read(struct call *call, struct replay *replay, struct kernel *kernel,
	       struct script *script);
/* Only reads: what the class of a request is, with a raw one's op looked at. */
bool call_reads(const struct call *call);

#endif
