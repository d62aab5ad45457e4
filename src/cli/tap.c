/* SPDX-License-Identifier: MIT */
#include "cli/tap.h"
#include "cli/bytes.h"

#define SIZE_BELIEVED 4096

static int tap_submit(void *userdata, unsigned long request, void *arg)
{
	struct tap *tap = userdata;
	int r;

	if (tap->before) {
		r = tap->before(tap->userdata, request, arg);
		if (r != 0)
			return r;
	}
	r = tap->behind->submit(tap->behind->userdata, request, arg);
	if (tap->after)
		tap->after(tap->userdata, request, arg, r);
	return r;
}

void tap_open(struct tap *tap)
{
	tap->transport = (struct tsmreq_transport){
		.size = sizeof(tap->transport),
		.submit = tap_submit,
		.userdata = tap,
	};
}

size_t tap_get_size(const void *arg)
{
	uint32_t size = bytes_get32(arg);

	return size < SIZE_BELIEVED ? size : SIZE_BELIEVED;
}
