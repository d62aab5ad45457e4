/* SPDX-License-Identifier: MIT */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <stddef.h>

/*
 * What a program of cases gives main.c. All names of functions begin with bench_ or verb_: run.py
 * does not count them.
 */

/* NULL behind the last. */
const char *bench_name(size_t i);
/* 0, or not, if the case is not what it is meant to be. */
int bench_run(size_t i, unsigned long times);

#endif
