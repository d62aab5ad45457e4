/* SPDX-License-Identifier: MIT */
#ifndef MOCK_TABLE_H
#define MOCK_TABLE_H

#include <stdbool.h>
#include <stdint.h>
#include <tsmreq/mock.h>

#include "mock/tsm.h"

#define MOCK_OPS    8
#define MOCK_CHECKS 2

/* Where the request's structure keeps its fields; 0: it has no such field. */
struct mock_layout {
	uint8_t size;
	uint8_t arch;
	uint8_t req_len;
	uint8_t resp_len;
	uint8_t reserved; /* a word that must be 0 where the row tests it */
	uint8_t req;
	uint8_t resp;
	uint8_t code;
};

/* A test the ioctl itself makes, before any object is looked up: 0 or -errno. */
typedef int (*mock_check)(const struct mock_request *request);

enum mock_copy_back {
	MOCK_COPY_NEVER,
	MOCK_COPY_SUCCESS, /* with the length of the answer in resp_len */
	MOCK_COPY_ALWAYS,
};

enum mock_payload {
	MOCK_PAYLOAD_NONE,
	MOCK_PAYLOAD_RFC1,
	MOCK_PAYLOAD_MARCH,
	MOCK_PAYLOAD_APRIL,
	MOCK_PAYLOAD_OP,
};

/* One revision of the kernel, read from the fact sheet and from nothing else in this tree. */
struct mock_row {
	enum tsmreq_uapi uapi;
	const char *name;   /* in vectors, NULL: none */
	uint8_t op_nr;	    /* TSM_OP, 0: none */
	uint8_t request_nr; /* the request, 0: none */
	uint8_t map_nr;	    /* rfc1's TSM_MAP, 0: none */
	bool getpa;	    /* 0x95 is NOIOMMU_GET_PA */
	const struct mock_layout *layout;
	uint8_t request_min;
	bool min_unknown;		/* 40 or 48 */
	mock_check checks[MOCK_CHECKS]; /* in this order */
	uint8_t ops[MOCK_OPS];		/* what an op number means, 0: nothing */
	bool core_scope;		/* the core tests the scope */
	enum mock_copy_back copy_back;
	enum mock_payload payload; /* what CCA reads behind the request pointer */
	uint8_t vca;		   /* the VCA object's number */
	bool kvm_fd;		   /* VIOMMU_ALLOC takes the VM; else VFIO brought it */
	bool bind_at_alloc;	   /* VDEVICE_ALLOC binds, and LOCK is a request */
	bool op_hides_errors;	   /* every failed TSM_OP is ENODEV */
	int off;		   /* CONFIG_TSM=n */
};

/* NULL for a revision that is not played. */
const struct mock_row *tsmreq_mock_table_find(enum tsmreq_uapi uapi);

#endif
