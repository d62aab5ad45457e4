/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_EVIDENCE_KIT_H
#define TESTS_UNIT_EVIDENCE_KIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * The messages as the kernel sends them, family 0x1f, sequence 2, port 0x1234. Numbers on netlink
 * are the machine's; the hosts with evidence are little endian.
 */

/* The report's first message: generation 1, 20 bytes, 12 of them here. */
static const uint8_t first_message[60] = {
	0x3c, 0, 0, 0, 0x1f, 0, 0x02, 0, 2, 0, 0, 0, 0x34, 0x12, 0, 0, 0x01, 0x01, 0,  0,
	8,    0, 1, 0, 0x0a, 0, 0,    0, 8, 0, 7, 0, 1,	   0,	 0, 0, 8,    0,	   9,  0,
	0x14, 0, 0, 0, 0x10, 0, 0x0a, 0, 0, 1, 2, 3, 4,	   5,	 6, 7, 8,    9,	   10, 11,
};

/* The other 8. */
static const uint8_t continuation[32] = {
	0x20, 0,    0, 0, 0x1f, 0, 0x02, 0, 2,	0,  0,	0,  0x34, 0x12, 0,  0,
	0x01, 0x01, 0, 0, 0x0c, 0, 0x0a, 0, 12, 13, 14, 15, 16,	  17,	18, 19,
};

static const uint8_t done[20] = {
	0x14, 0, 0, 0, 3, 0, 2, 0, 2, 0, 0, 0, 0x34, 0x12, 0, 0, 0, 0, 0, 0,
};

static const uint8_t done_eagain[20] = {
	0x14, 0, 0, 0, 3, 0, 2, 0, 2, 0, 0, 0, 0x34, 0x12, 0, 0, 0xf5, 0xff, 0xff, 0xff,
};

/* A VCA that is not there. */
static const uint8_t absent[48] = {
	0x30, 0, 0, 0, 0x1f, 0, 2, 0, 2, 0, 0, 0, 0x34, 0x12, 0, 0, 0x01, 0x01, 0, 0, 8, 0, 1,	  0,
	8,    0, 0, 0, 8,    0, 7, 0, 1, 0, 0, 0, 8,	0,    9, 0, 0,	  0,	0, 0, 4, 0, 0x0a, 0,
};

/* NLMSG_ERROR, ENODEV, capped. */
static const uint8_t error_enodev[36] = {
	0x24, 0,    0,	  0, 2, 0, 0,	 1, 2, 0, 0, 0, 0x34, 0x12, 0, 0, 0xed, 0xff,
	0xff, 0xff, 0x38, 0, 0, 0, 0x1f, 0, 1, 3, 2, 0, 0,    0,    0, 0, 0,	0,
};

/* The controller's answer, sequence 1. */
static const uint8_t new_family[72] = {
	0x48, 0,    0,	  0,	0x10, 0,    0,	  0,	1,    0,    0,	  0,	0x34, 0x12, 0,
	0,    0x01, 0x02, 0,	0,    0x14, 0,	  2,	0,    0x64, 0x65, 0x76, 0x69, 0x63, 0x65,
	0x2d, 0x65, 0x76, 0x69, 0x64, 0x65, 0x6e, 0x63, 0x65, 0,    6,	  0,	1,    0,    0x1f,
	0,    0,    0,	  8,	0,    3,    0,	  1,	0,    0,    0,	  8,	0,    4,    0,
	0,    0,    0,	  0,	8,    0,    5,	  0,	6,    0,    0,	  0,
};

#endif
