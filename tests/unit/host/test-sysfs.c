/* SPDX-License-Identifier: MIT */
#include "host/sysfs.h"
#include <sys/syscall.h>

#include "tree.h"

/* Where the kernel would interrupt a read: no plain file does. */
static unsigned int interruptions, reads;
static int failure;

ssize_t read(int fd, void *buf, size_t count)
{
	reads++;
	if (interruptions || failure) {
		errno = interruptions ? EINTR : failure;
		interruptions -= interruptions != 0;
		return -1;
	}
	return syscall(SYS_read, fd, buf, count);
}

static int read_bytes(const void *bytes, size_t size, char name[TSMREQ_HOST_NAME_SIZE])
{
	struct tree tree;
	int root, r;

	tree_open(&tree);
	tree_bytes(&tree, "attribute", bytes, size);
	root = tsmreq_sysfs_open(tree.root);
	assert_true(root >= 0);
	reads = 0;
	r = tsmreq_sysfs_read_name(root, "attribute", name);
	close(root);
	tree_close(&tree);
	return r;
}

static void one_newline_is_cut(void **unused)
{
	char name[TSMREQ_HOST_NAME_SIZE];

	(void)unused;
	assert_int_equal(read_bytes("tsm0\n", 5, name), 1);
	assert_string_equal(name, "tsm0");
	assert_int_equal(read_bytes("tsm0", 4, name), 1);
	assert_string_equal(name, "tsm0");
	assert_int_equal(read_bytes("\n", 1, name), 1);
	assert_string_equal(name, "");
	assert_int_equal(read_bytes("", 0, name), 1);
	assert_string_equal(name, "");
	assert_int_equal(read_bytes("\n\n", 2, name), -EBADMSG);
}

static void names_end_at_31_bytes(void **unused)
{
	char name[TSMREQ_HOST_NAME_SIZE];
	char text[8192];

	(void)unused;
	memset(text, 'x', sizeof(text));
	assert_int_equal(read_bytes(text, 31, name), 1);
	assert_int_equal(strlen(name), 31);
	assert_int_equal(read_bytes(text, 32, name), -EBADMSG);
	assert_int_equal(read_bytes(text, sizeof(text), name), -EBADMSG);
}

static void every_byte_that_is_no_name_is_refused(void **unused)
{
	char name[TSMREQ_HOST_NAME_SIZE];

	(void)unused;
	for (unsigned int byte = 0; byte < 256; byte++) {
		const char text[] = {'a', (char)byte, 'b'};
		const bool good = byte > ' ' && byte <= '~' && byte != '/';

		assert_int_equal(read_bytes(text, 3, name), good ? 1 : -EBADMSG);
	}
	assert_int_equal(read_bytes(".a", 2, name), -EBADMSG);
}

static void an_interrupted_read_is_repeated_for_a_while(void **unused)
{
	char name[TSMREQ_HOST_NAME_SIZE];

	(void)unused;
	interruptions = 7;
	assert_int_equal(read_bytes("tsm0\n", 5, name), 1);
	assert_string_equal(name, "tsm0");
	assert_int_equal(reads, 8);
	interruptions = 8;
	assert_int_equal(read_bytes("tsm0\n", 5, name), -EINTR);
	assert_int_equal(reads, 8);
	interruptions = 0;
	failure = ENXIO;
	assert_int_equal(read_bytes("tsm0\n", 5, name), -ENXIO);
	assert_int_equal(reads, 1);
	failure = 0;
}

static void a_link_is_its_last_name(void **unused)
{
	char name[TSMREQ_HOST_NAME_SIZE];
	struct tree tree;
	int root;

	(void)unused;
	tree_open(&tree);
	tree_link(&tree, "far", "../../drivers/ccp");
	tree_link(&tree, "near", "ccp");
	tree_link(&tree, "folder", "drivers/");
	tree_link(&tree, "up", "drivers/..");
	root = tsmreq_sysfs_open(tree.root);
	assert_int_equal(tsmreq_sysfs_read_link(root, "far", name), 1);
	assert_string_equal(name, "ccp");
	assert_int_equal(tsmreq_sysfs_read_link(root, "near", name), 1);
	assert_string_equal(name, "ccp");
	assert_int_equal(tsmreq_sysfs_read_link(root, "folder", name), 1);
	assert_string_equal(name, "");
	assert_int_equal(tsmreq_sysfs_read_link(root, "up", name), -EBADMSG);
	assert_int_equal(tsmreq_sysfs_read_link(root, "gone", name), 0);
	assert_int_equal(tsmreq_sysfs_has(root, "gone/further"), 0);
	close(root);
	tree_close(&tree);
	assert_int_equal(tsmreq_sysfs_open("gone"), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_newline_is_cut),
		cmocka_unit_test(names_end_at_31_bytes),
		cmocka_unit_test(every_byte_that_is_no_name_is_refused),
		cmocka_unit_test(an_interrupted_read_is_repeated_for_a_while),
		cmocka_unit_test(a_link_is_its_last_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
