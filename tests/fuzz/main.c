/* SPDX-License-Identifier: MIT */
#include "fuzz.h"
#include <dirent.h>
#include <sys/stat.h>

/* A harness without a fuzzer: every file named, or in a directory named, is one input. */

static unsigned int count;

static void die(const char *path)
{
	perror(path);
	exit(1);
}

static void run_file(const char *path)
{
	FILE *file = fopen(path, "rb");
	struct stat stat;
	uint8_t *bytes;
	size_t size;

	if (!file || fstat(fileno(file), &stat))
		die(path);
	size = (size_t)stat.st_size;
	bytes = malloc(size ? size : 1);
	if (!bytes || fread(bytes, 1, size, file) != size)
		die(path);
	(void)LLVMFuzzerTestOneInput(bytes, size);
	free(bytes);
	fclose(file);
	count++;
}

static void run_directory(const char *path)
{
	char name[4096];
	struct dirent *entry;
	DIR *dir = opendir(path);

	if (!dir)
		die(path);
	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		if (snprintf(name, sizeof(name), "%s/%s", path, entry->d_name) >= (int)sizeof(name))
			die(path);
		run_file(name);
	}
	closedir(dir);
}

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++) {
		struct stat stat_of;

		if (stat(argv[i], &stat_of))
			die(argv[i]);
		if (S_ISDIR(stat_of.st_mode))
			run_directory(argv[i]);
		else
			run_file(argv[i]);
	}
	printf("%u passed, 0 failed\n", count);
	return count ? 0 : 1;
}
