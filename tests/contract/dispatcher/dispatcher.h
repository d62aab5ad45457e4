/* SPDX-License-Identifier: MIT */
#ifndef TESTS_DISPATCHER_H
#define TESTS_DISPATCHER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <string.h>
#include <tsmreq/mock.h>

#include "base/bytes.h"

/* What the tests of the dispatcher share: kernels by revision, and one ioctl put to them. */

static const struct {
	const char *name;
	enum tsmreq_uapi uapi;
} kernels[] = {
	{"none", TSMREQ_UAPI_PROBE},
	{"rfc1", TSMREQ_UAPI_RFC1},
	{"v2", TSMREQ_UAPI_V2},
	{"v4", TSMREQ_UAPI_V4},
	{"v5", TSMREQ_UAPI_V5},
	{"v5-code", TSMREQ_UAPI_V5_CODE},
	{"june", TSMREQ_UAPI_JUNE},
	{"v6-like", TSMREQ_UAPI_V6_LIKE},
	{"v6-objects", TSMREQ_UAPI_V6_OBJECTS},
	{"cca-v7", TSMREQ_UAPI_CCA_V7},
};
#define KERNELS (sizeof(kernels) / sizeof(kernels[0]))

static inline struct tsmreq_mock *boot(struct tsmreq_mock_opts opts)
{
	struct tsmreq_mock *mock = NULL;

	opts.size = sizeof(opts);
	assert_int_equal(tsmreq_mock_new(&mock, &opts), 0);
	return mock;
}

static inline int ask(struct tsmreq_mock *mock, unsigned long cmd, void *arg)
{
	const struct tsmreq_transport *transport = tsmreq_mock_get_transport(mock);

	return transport->submit(transport->userdata, cmd, arg);
}

#endif
