/* SPDX-License-Identifier: MIT */
#include "tree.h"

static struct tsmreq_host_device read_device(const struct tree *tree, const char *name, int rc)
{
	struct tsmreq_host_device device;

	memset(&device, 0xff, sizeof(device));
	assert_int_equal(tsmreq_host_read_device(name, &tree->opts, &device), rc);
	return device;
}

static void a_connected_device_is_seen_whole(void **unused)
{
	struct tsmreq_host_device device;
	struct tree tree;

	(void)unused;
	tree_open(&tree);
	tree_host(&tree, "ccp");
	tree_file(&tree, "class/tsm/tsm0/pci_mode", "link\n");
	device = read_device(&tree, "01:00.0", 0);
	assert_string_equal(device.name, "0000:01:00.0");
	assert_string_equal(device.tsm, "tsm0");
	assert_string_equal(device.driver, "ccp");
	assert_string_equal(device.dsm, "0000:01:00.0");
	assert_string_equal(device.fault, "");
	assert_int_equal(device.capable, TSMREQ_HOST_YES);
	assert_int_equal(device.connected, TSMREQ_HOST_YES);
	assert_int_equal(device.bound, TSMREQ_HOST_NO);
	assert_int_equal(device.authenticated, TSMREQ_HOST_YES);
	assert_int_equal(device.arch, TSMREQ_ARCH_SEV);
	assert_int_equal(device.role, TSMREQ_HOST_ROLE_LINK);
	tree_file(&tree, DEVICE("0000:01:00.0", "/tsm/bound"), "tsm0\n");
	assert_int_equal(read_device(&tree, "0000:01:00.0", 0).bound, TSMREQ_HOST_YES);
	tree_close(&tree);
}

static void the_driver_tells_the_architecture(void **unused)
{
	static const struct {
		const char *driver;
		int arch;
	} cases[] = {
		{"ccp", TSMREQ_ARCH_SEV},
		{"arm_cca_host", TSMREQ_ARCH_CCA},
		{"arm-cca", TSMREQ_ARCH_CCA},
		{"arm-cca-rmm", TSMREQ_ARCH_CCA},
		{"arm_cca_guest", 0},
		{"arm-cc", 0},
		{"ccp2", 0},
		{"tdx_host", 0},
	};
	struct tsmreq_host_device device;
	struct tree tree;

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		tree_open(&tree);
		tree_host(&tree, cases[i].driver);
		device = read_device(&tree, "0000:01:00.0", 0);
		assert_string_equal(device.driver, cases[i].driver);
		assert_int_equal(device.arch, cases[i].arch);
		/* without pci_mode: what connects is a link TSM */
		assert_int_equal(device.role, TSMREQ_HOST_ROLE_LINK);
		tree_close(&tree);
	}
}

static void modes_are_the_two_known(void **unused)
{
	static const struct {
		const char *text;
		enum tsmreq_host_role role;
	} cases[] = {
		{"link\n", TSMREQ_HOST_ROLE_LINK},
		{"devsec\n", TSMREQ_HOST_ROLE_DEVSEC},
		{"both\n", TSMREQ_HOST_ROLE_UNKNOWN},
		{"\n", TSMREQ_HOST_ROLE_UNKNOWN},
	};
	struct tree tree;

	(void)unused;
	tree_open(&tree);
	tree_host(&tree, "ccp");
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		tree_file(&tree, "class/tsm/tsm0/pci_mode", cases[i].text);
		assert_int_equal(read_device(&tree, "0000:01:00.0", 0).role, cases[i].role);
	}
	tree_close(&tree);
}

static void missing_is_not_no(void **unused)
{
	struct tsmreq_host_device device;
	struct tree tree;

	(void)unused;
	tree_open(&tree);
	tree_folder(&tree, DEVICE("0000:02:00.0", ""));
	device = read_device(&tree, "0000:02:00.0", 0);
	assert_int_equal(device.capable, TSMREQ_HOST_UNKNOWN);
	assert_int_equal(device.connected, TSMREQ_HOST_UNKNOWN);
	assert_int_equal(device.bound, TSMREQ_HOST_UNKNOWN);
	assert_int_equal(device.authenticated, TSMREQ_HOST_UNKNOWN);
	assert_int_equal(device.role, TSMREQ_HOST_ROLE_UNKNOWN);
	assert_int_equal(device.arch, 0);
	/* an empty line is the kernel's no */
	tree_file(&tree, DEVICE("0000:02:00.0", "/tsm/connect"), "\n");
	device = read_device(&tree, "0000:02:00.0", 0);
	assert_int_equal(device.capable, TSMREQ_HOST_YES);
	assert_int_equal(device.connected, TSMREQ_HOST_NO);
	assert_int_equal(device.bound, TSMREQ_HOST_UNKNOWN);
	tree_close(&tree);
}

static void a_function_is_connected_through_its_dsm(void **unused)
{
	struct tsmreq_host_device device;
	struct tree tree;

	(void)unused;
	tree_open(&tree);
	tree_host(&tree, "arm-cca");
	/* a virtual function has no connect of its own */
	tree_file(&tree, DEVICE("0000:01:00.4", "/tsm/dsm"), "0000:01:00.0\n");
	tree_file(&tree, DEVICE("0000:01:00.4", "/tsm/bound"), "tsm0\n");
	device = read_device(&tree, "0000:01:00.4", 0);
	assert_string_equal(device.dsm, "0000:01:00.0");
	assert_string_equal(device.tsm, "tsm0");
	assert_int_equal(device.connected, TSMREQ_HOST_YES);
	assert_int_equal(device.bound, TSMREQ_HOST_YES);
	assert_int_equal(device.arch, TSMREQ_ARCH_CCA);
	/* a DSM that is gone */
	tree_file(&tree, DEVICE("0000:01:00.4", "/tsm/dsm"), "0000:09:00.0\n");
	assert_int_equal(read_device(&tree, "0000:01:00.4", 0).connected, TSMREQ_HOST_UNKNOWN);
	/* no DSM: its own */
	tree_file(&tree, DEVICE("0000:01:00.0", "/tsm/dsm"), "\n");
	assert_int_equal(read_device(&tree, "0000:01:00.0", 0).connected, TSMREQ_HOST_YES);
	tree_close(&tree);
}

static void what_makes_no_sense_is_named(void **unused)
{
	static const struct {
		const char *path;
		const char *text;
	} cases[] = {
		{DEVICE("0000:01:00.0", "/tsm/connect"), "../tsm0\n"},
		{DEVICE("0000:01:00.0", "/tsm/connect"), "..\n"},
		{DEVICE("0000:01:00.0", "/tsm/connect"), "tsm0\n\n"},
		{DEVICE("0000:01:00.0", "/tsm/dsm"), "tsm0\n"},
		{DEVICE("0000:01:00.0", "/tsm/dsm"), "0000:01:00.0 \n"},
		{DEVICE("0000:01:00.0", "/tsm/bound"), "a name of more than thirty-one bytes\n"},
		{DEVICE("0000:01:00.0", "/authenticated"), "t\tm\n"},
		{"class/tsm/tsm0/pci_mode", "li nk\n"},
	};
	struct tsmreq_host_device device;
	struct tree tree;

	(void)unused;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		tree_open(&tree);
		tree_host(&tree, "ccp");
		tree_file(&tree, cases[i].path, cases[i].text);
		device = read_device(&tree, "0000:01:00.0", -EBADMSG);
		assert_string_equal(device.fault, cases[i].path);
		tree_close(&tree);
	}
	tree_open(&tree);
	tree_host(&tree, "..");
	device = read_device(&tree, "0000:01:00.0", -EBADMSG);
	assert_string_equal(device.fault, "class/tsm/tsm0/device/driver");
	tree_close(&tree);
}

static void what_is_not_there_is_an_errno(void **unused)
{
	struct tsmreq_host_opts nowhere = {.size = sizeof(nowhere), .root = "nowhere-at-all"};
	struct {
		struct tsmreq_host_opts opts;
		uint64_t more;
	} newer = {.opts = {.size = sizeof(newer)}, .more = 1};
	struct tsmreq_host_opts older = {.size = 1};
	struct tsmreq_host_device device;
	struct tree tree;

	(void)unused;
	tree_open(&tree);
	tree_host(&tree, "ccp");
	device = read_device(&tree, "0000:07:00.0", -ENODEV);
	assert_string_equal(device.name, "0000:07:00.0");
	assert_string_equal(device.fault, DEVICE("0000:07:00.0", ""));
	assert_string_equal(read_device(&tree, "../../x", -EINVAL).name, "");
	assert_string_equal(read_device(&tree, NULL, -EINVAL).name, "");
	assert_int_equal(tsmreq_host_read_device("0000:01:00.0", &tree.opts, NULL), -EINVAL);
	assert_int_equal(tsmreq_host_read_device("0000:01:00.0", &nowhere, &device), -ENOENT);
	assert_int_equal(tsmreq_host_read_device("0000:01:00.0", &older, &device), -EINVAL);
	newer.opts.root = tree.root;
	assert_int_equal(tsmreq_host_read_device("0000:01:00.0", &newer.opts, &device), -E2BIG);
	newer.more = 0;
	assert_int_equal(tsmreq_host_read_device("0000:01:00.0", &newer.opts, &device), 0);
	/* no options at all is the machine's own /sys; the name is one that no machine has */
	assert_int_not_equal(tsmreq_host_read_device("ffffffff:ff:1f.7", NULL, &device), 0);
	tree_close(&tree);
}

static void a_folder_in_an_attributes_place_is_told(void **unused)
{
	struct tsmreq_host_device device;
	struct tree tree;

	(void)unused;
	tree_open(&tree);
	tree_folder(&tree, DEVICE("0000:01:00.0", "/tsm/bound"));
	device = read_device(&tree, "0000:01:00.0", -EISDIR);
	assert_string_equal(device.fault, DEVICE("0000:01:00.0", "/tsm/bound"));
	/* a link that is none */
	tree_file(&tree, DEVICE("0000:01:00.0", "/tsm/connect"), "tsm0\n");
	tree_file(&tree, "class/tsm/tsm0/device/driver", "ccp");
	device = read_device(&tree, "0000:01:00.0", -EINVAL);
	assert_string_equal(device.fault, "class/tsm/tsm0/device/driver");
	tree_close(&tree);
}

static int count(void *userdata, const char *name)
{
	unsigned int *seen = userdata;

	assert_int_equal(strncmp(name, "0000:0", 6), 0);
	return ++*seen == 3 ? 77 : 0;
}

static void the_walk_sees_every_function(void **unused)
{
	struct tsmreq_host_opts older = {.size = 0};
	unsigned int seen = 0;
	struct tree tree;

	(void)unused;
	tree_open(&tree);
	assert_int_equal(tsmreq_host_walk(&tree.opts, count, &seen), -ENOENT);
	tree_folder(&tree, DEVICE("0000:01:00.0", ""));
	tree_folder(&tree, DEVICE("0000:02:00.0", ""));
	assert_int_equal(tsmreq_host_walk(&tree.opts, count, &seen), 0);
	assert_int_equal(seen, 2);
	/* the caller's answer ends it */
	tree_folder(&tree, DEVICE("0000:03:00.0", ""));
	tree_folder(&tree, DEVICE("0000:04:00.0", ""));
	seen = 0;
	assert_int_equal(tsmreq_host_walk(&tree.opts, count, &seen), 77);
	assert_int_equal(seen, 3);
	assert_int_equal(tsmreq_host_walk(&tree.opts, NULL, &seen), -EINVAL);
	assert_int_equal(tsmreq_host_walk(&older, count, &seen), -EINVAL);
	tree_close(&tree);
}

static void no_descriptor_stays_open(void **unused)
{
	const int before = dup(0);
	int after;

	(void)unused;
	close(before);
	a_connected_device_is_seen_whole(NULL);
	what_makes_no_sense_is_named(NULL);
	the_walk_sees_every_function(NULL);
	after = dup(0);
	close(after);
	assert_int_equal(before, after);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_connected_device_is_seen_whole),
		cmocka_unit_test(the_driver_tells_the_architecture),
		cmocka_unit_test(modes_are_the_two_known),
		cmocka_unit_test(missing_is_not_no),
		cmocka_unit_test(a_function_is_connected_through_its_dsm),
		cmocka_unit_test(what_makes_no_sense_is_named),
		cmocka_unit_test(what_is_not_there_is_an_errno),
		cmocka_unit_test(a_folder_in_an_attributes_place_is_told),
		cmocka_unit_test(the_walk_sees_every_function),
		cmocka_unit_test(no_descriptor_stays_open),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
