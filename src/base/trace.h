/* SPDX-License-Identifier: MIT */
#ifndef BASE_TRACE_H
#define BASE_TRACE_H

/*
 * Static trace points, provider tsmreq: a no-op instruction each until a tracer attaches.
 *	submit	(command, argument)		before the one call that leaves the library
 *	result	(command, result)		after it
 */
#ifdef HAVE_SYS_SDT_H
#include <sys/sdt.h>
#define TSMREQ_TRACE2(name, a, b) DTRACE_PROBE2(tsmreq, name, a, b)
#else
#define TSMREQ_TRACE2(name, a, b) ((void)0)
#endif

#endif
