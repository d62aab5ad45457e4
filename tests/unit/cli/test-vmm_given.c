/* SPDX-License-Identifier: MIT */
#include "cli/vmm.h"
#include "kit.h"

/* What the words become. Words that make no sense are in the *-wrong.vec files. */

static struct arena arena;
static struct vec_file file;
static struct replay replay;
static struct vmm vmm;

static void read_given(enum tsmreq_arch arch, const char *given)
{
	char text[1024];

	snprintf(text, sizeof(text), "case x\nabi rhi\ngiven %s\n%s", given, "in x0=1\n");
	kit_parse(&arena, text, &file);
	replay = (struct replay){.vec = &file.cases[0]};
	vmm_read(&vmm, &replay, arch);
	assert_string_equal(replay.why, "");
	assert_null(words_left(&vmm.given));
}

static int clean(void **state)
{
	(void)state;
	arena_free(&replay.arena);
	arena_free(&arena);
	return 0;
}

static void devices(void **state)
{
	const struct vmm_device *device;

	(void)state;
	read_given(TSMREQ_ARCH_TDX,
		   "vdev:18=7 vdev:20=8 tdi:20=run tdi:18=unsure teeio:20=1 teeio:18=0 "
		   "bar:20=4000-8000 bar:20=9000-a000 mapped:20=4000-5000 viommu:18=3 devid:18=4 "
		   "context:18=300:40*32 object:18:devinfo=5a*3 vcpufd=17");
	assert_int_equal(vmm.devices, 2);
	assert_null(vmm_find_device(&vmm, 0x19));
	device = vmm_find_device(&vmm, 0x18);
	assert_int_equal(device->object, 7);
	assert_int_equal(device->books, TSMREQ_TDI_UNKNOWN);
	assert_false(device->tee_io);
	assert_true(device->context.held);
	assert_int_equal(device->func_id, 0x300);
	assert_int_equal(device->context.bytes.size, 32);
	assert_true(device->device_info.held);
	assert_int_equal(device->device_info.bytes.size, 3);
	device = vmm_find_device(&vmm, 0x20);
	assert_int_equal(device->books, TSMREQ_TDI_RUN);
	assert_true(device->tee_io);
	assert_int_equal(device->bars, 2);
	assert_int_equal(device->bar[1].base.raw, 0x9000);
	assert_int_equal(device->bar[1].size, 0x1000);
	assert_int_equal(device->mapped, 1);
	assert_int_equal(device->mapping[0].to, 0x5000);
	assert_false(device->context.held);
	assert_int_equal(vmm.vcpu_fd, 0x17);
}

/* On CCA object: is the kernel's, elsewhere the VMM's; evidence: is always the VMM's. */
static void objects(void **state)
{
	const struct vmm_object *held;

	(void)state;
	read_given(TSMREQ_ARCH_CCA,
		   "vdev:100=7 object:100:vca=01 evidence:100:cert=02 cache:100:measurements=none");
	held = vmm.device[0].objects;
	assert_false(held[TSMREQ_OBJECT_VCA].held);
	assert_true(held[TSMREQ_OBJECT_CERTIFICATE].held);
	assert_int_equal(held[TSMREQ_OBJECT_CERTIFICATE].bytes.data[0], 2);
	clean(NULL);
	read_given(TSMREQ_ARCH_SEV, "vdev:100=7 object:100:meas=01 object:100:report=00*0");
	held = vmm.device[0].objects;
	assert_true(held[TSMREQ_OBJECT_MEASUREMENTS].held);
	assert_true(held[TSMREQ_OBJECT_INTERFACE_REPORT].held);
	assert_int_equal(held[TSMREQ_OBJECT_INTERFACE_REPORT].bytes.size, 0);
}

static void memory(void **state)
{
	(void)state;
	read_given(TSMREQ_ARCH_CCA, "ram=0-80000000 shared=2000-4000 shared=8000-9000 "
				    "change=2000:ee");
	assert_false(vmm.memory.ram_is_shared);
	assert_int_equal(vmm.memory.ram.count, 1);
	assert_int_equal(vmm.memory.shared.count, 2);
	assert_int_equal(vmm.memory.changes, 1);
	assert_int_equal(vmm.memory.change[0].gpa, 0x2000);
	assert_int_equal(vmm.memory.change[0].byte, 0xee);
	assert_true(vmm.memory.change[0].due);
	clean(NULL);
	read_given(TSMREQ_ARCH_SEV, "ram=0-80000000");
	assert_true(vmm.memory.ram_is_shared);
}

/* One word may be a quirk of the guest's interface or of the kernel's. */
static void quirks(void **state)
{
	(void)state;
	read_given(TSMREQ_ARCH_CCA, "quirk=vca-is-4 quirk=tdi-pass quirk=eintr-unsure");
	assert_int_equal(vmm.rhi_quirks, TSMREQ_RHI_QUIRK_VCA_IS_4 | TSMREQ_RHI_QUIRK_TDI_PASS);
	assert_int_equal(vmm.vdev_quirks, TSMREQ_QUIRK_EINTR_UNSURE);
	clean(NULL);
	read_given(TSMREQ_ARCH_CCA, "quirk=meas-flags-pass");
	assert_int_equal(vmm.vdev_quirks, TSMREQ_QUIRK_REGEN_FLAGS);
	clean(NULL);
	read_given(TSMREQ_ARCH_TDX, "quirk=vca-is-4");
	assert_int_equal(vmm.rhi_quirks, 0);
	assert_int_equal(vmm.vdev_quirks, TSMREQ_QUIRK_VCA_IS_4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(devices, clean),
		cmocka_unit_test_teardown(objects, clean),
		cmocka_unit_test_teardown(memory, clean),
		cmocka_unit_test_teardown(quirks, clean),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
