/* SPDX-License-Identifier: MIT */
/*
 * One thing many times, while callgrind counts.
 * PROGRAM CASE TIMES: run it. PROGRAM list: the cases. PROGRAM compiler: what built this.
 */
#include "bench.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "compiler") == 0) {
#ifdef __clang__
		printf("clang %d\n", __clang_major__);
#else
		printf("gcc %d\n", __GNUC__);
#endif
		return 0;
	}
	for (size_t i = 0; bench_name(i); i++) {
		if (argc == 2 && strcmp(argv[1], "list") == 0)
			puts(bench_name(i));
		else if (argc == 3 && strcmp(argv[1], bench_name(i)) == 0)
			return bench_run(i, strtoul(argv[2], NULL, 10)) != 0;
	}
	return argc == 2 ? 0 : 2;
}
