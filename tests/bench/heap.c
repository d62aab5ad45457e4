/* SPDX-License-Identifier: MIT */
/* Calls to the heap while a case goes round: prints them by the case. usage: heap */
#include "bench.h"
#include <stdio.h>
#include <stdlib.h>

#define ROUNDS 100

static unsigned long bench_calls;

/* The library is linked into the program with these wrapped; the mock is not. */
void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_malloc(size_t size)
{
	bench_calls++;
	return __real_malloc(size);
}

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size)
{
	bench_calls++;
	return __real_calloc(count, size);
}

void *__real_realloc(void *p, size_t size);
void *__wrap_realloc(void *p, size_t size);
void *__wrap_realloc(void *p, size_t size)
{
	bench_calls++;
	return __real_realloc(p, size);
}

void *__real_aligned_alloc(size_t alignment, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
	bench_calls++;
	return __real_aligned_alloc(alignment, size);
}

void __real_free(void *p);
void __wrap_free(void *p);
void __wrap_free(void *p)
{
	bench_calls++;
	__real_free(p);
}

static long count(size_t i, unsigned long times)
{
	bench_calls = 0;
	return bench_run(i, times) ? -1 : (long)bench_calls;
}

int main(void)
{
	for (size_t i = 0; bench_name(i); i++) {
		/* the first round may make a buffer grow; the VM comes up and goes in both */
		const long first = count(i, 1), all = count(i, 1 + ROUNDS);

		/* nothing at all would mean that nothing was counted */
		if (first <= 0 || all < first)
			return 1;
		printf("%s %ld\n", bench_name(i), all - first);
	}
	return 0;
}
