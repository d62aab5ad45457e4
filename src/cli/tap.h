/* SPDX-License-Identifier: MIT */
#ifndef CLI_TAP_H
#define CLI_TAP_H

#include <tsmreq/ctx.h>

/*
 * A transport that lets somebody look at each ioctl before it goes out and after it came back. It
 * borrows the one behind it.
 */
struct tap {
	struct tsmreq_transport transport; /* hand this to the library */
	const struct tsmreq_transport *behind;
	/* Other than 0: answered with that, and nothing goes out. NULL: everything passes. */
	int (*before)(void *userdata, unsigned long request, const void *arg);
	void (*after)(void *userdata, unsigned long request, const void *arg, int rc);
	void *userdata;
};

/* Fills in the transport; @tap must stay where it is. */
void tap_open(struct tap *tap);
/* Every structure of this interface begins with its size: at most 4096 are believed. */
size_t tap_get_size(const void *arg);

#endif
