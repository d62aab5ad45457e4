/* SPDX-License-Identifier: MIT */
#ifndef TESTS_UNIT_HOST_TREE_H
#define TESTS_UNIT_HOST_TREE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <tsmreq/host.h>
#include <unistd.h>

/* A prepared tree, in a directory of its own. */
struct tree {
	char root[64];
	struct tsmreq_host_opts opts;
};

#define DEVICE(name, attribute) "bus/pci/devices/" name attribute

static inline void tree_open(struct tree *tree)
{
	*tree = (struct tree){.root = "tree-XXXXXX"};
	assert_non_null(mkdtemp(tree->root));
	tree->opts = (struct tsmreq_host_opts){.size = sizeof(tree->opts), .root = tree->root};
}

static inline int tree_remove(const char *path, const struct stat *stat, int flag, struct FTW *ftw)
{
	(void)stat;
	(void)flag;
	(void)ftw;
	return remove(path);
}

static inline void tree_close(struct tree *tree)
{
	assert_int_equal(nftw(tree->root, tree_remove, 8, FTW_DEPTH | FTW_PHYS), 0);
}

/* The path in the tree, its directories made. */
static inline void tree_path(const struct tree *tree, const char *name, char path[256])
{
	assert_in_range(snprintf(path, 256, "%s/%s", tree->root, name), 1, 255);
	for (char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		assert_true(mkdir(path, 0700) == 0 || errno == EEXIST);
		*slash = '/';
	}
}

static inline void tree_bytes(const struct tree *tree, const char *name, const void *bytes,
			      size_t size)
{
	char path[256];
	FILE *file;

	tree_path(tree, name, path);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, size, file), size);
	assert_int_equal(fclose(file), 0);
}

static inline void tree_file(const struct tree *tree, const char *name, const char *text)
{
	tree_bytes(tree, name, text, strlen(text));
}

static inline void tree_folder(const struct tree *tree, const char *name)
{
	char path[256];

	tree_path(tree, name, path);
	assert_int_equal(mkdir(path, 0700), 0);
}

static inline void tree_link(const struct tree *tree, const char *name, const char *target)
{
	char path[256];

	tree_path(tree, name, path);
	assert_int_equal(symlink(target, path), 0);
}

/* A host with one TSM and one device connected to it. */
static inline void tree_host(const struct tree *tree, const char *driver)
{
	char target[64];

	snprintf(target, sizeof(target), "../../../bus/platform/drivers/%s", driver);
	tree_link(tree, "class/tsm/tsm0/device/driver", target);
	tree_file(tree, DEVICE("0000:01:00.0", "/tsm/connect"), "tsm0\n");
	tree_file(tree, DEVICE("0000:01:00.0", "/tsm/dsm"), "0000:01:00.0\n");
	tree_file(tree, DEVICE("0000:01:00.0", "/tsm/bound"), "\n");
	tree_file(tree, DEVICE("0000:01:00.0", "/authenticated"), "tsm0\n");
}

#endif
