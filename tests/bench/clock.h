/* SPDX-License-Identifier: MIT */
#ifndef BENCH_CLOCK_H
#define BENCH_CLOCK_H

#include <time.h>

/* Seconds by @clock. */
static inline double clock_now(clockid_t clock)
{
	struct timespec time;

	clock_gettime(clock, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Whatever else the machine does only ever makes a round longer. */
static inline void clock_keep_least(double *least, double time)
{
	if (time < *least)
		*least = time;
}

#endif
