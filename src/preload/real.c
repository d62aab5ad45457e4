/* SPDX-License-Identifier: MIT */
#include <dlfcn.h>

#include "preload/preload.h"

/* Looked up once, before main() where that is possible, at the first call where it is not. */

static struct real real;
static atomic_bool ready;

/* ISO C has no cast from an object's address to a function's */
#define LOOK_UP(name) *(void **)&real.name = dlsym(RTLD_NEXT, #name)

const struct real *preload_real(void)
{
	/* more than one thread may do this at first: all write the same */
	if (!atomic_load_explicit(&ready, memory_order_acquire)) {
		LOOK_UP(open);
		LOOK_UP(openat);
		LOOK_UP(ioctl);
		LOOK_UP(close);
		LOOK_UP(fclose);
		LOOK_UP(close_range);
		LOOK_UP(closefrom);
		LOOK_UP(dup);
		LOOK_UP(dup2);
		LOOK_UP(dup3);
		LOOK_UP(fstat);
		LOOK_UP(fstat64);
		LOOK_UP(fstatat);
		LOOK_UP(fstatat64);
		LOOK_UP(statx);
		atomic_store_explicit(&ready, true, memory_order_release);
	}
	return &real;
}
