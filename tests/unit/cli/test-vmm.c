/* SPDX-License-Identifier: MIT */
#include "cli/vmm.h"
#include "kit.h"

/* A Realm with one device, and one exit at a time. */

#define HEAD "case x\nabi rhi\ngiven vdev:100=7 tdi:100=locked ram=0-80000000 shared=2000-4000\n"
#define SENDS                                                        \
	"sends 30 00*3 07 00*3 06 00*3 01 00*3 18 00*7 pp*8 00*16\n" \
	"req 03 00*23\n"

static struct arena arena;
static struct vec_file file;
static struct replay replay;
static struct vmm vmm;
static struct tsmreq_reply reply;

static const struct tsmreq_exit refresh = {
	.size = sizeof(refresh),
	.form = TSMREQ_EXIT_RHI,
	.vcpu = VMM_VCPU,
	.rhi = {.nr = TSMREQ_RHI_VDEV_GET_INTERFACE_REPORT,
		.x = {TSMREQ_RHI_VDEV_GET_INTERFACE_REPORT, 0x100}},
	.vcpu_fd = -1,
};

static void begin(const char *text, bool defers)
{
	struct tsmreq_guest_opts opts = {.shared_base = UINT64_C(1) << 40};

	kit_parse(&arena, text, &file);
	replay = (struct replay){.vec = &file.cases[0]};
	vmm_read(&vmm, &replay, TSMREQ_ARCH_CCA);
	vmm.defers = defers;
	assert_true(vmm_set_uapi(&vmm, "cca-v7"));
	assert_int_equal(vmm_open(&vmm, &opts), 0);
	assert_string_equal(replay.why, "");
	vmm_begin(&vmm, &vmm.steps.step[0]);
}

static enum tsmreq_step go(void)
{
	return vmm_exit(&vmm, &vmm.steps.step[0], &refresh, NULL, &reply);
}

static void end(const char *why)
{
	(void)words_take(&vmm.steps.step[0].in, "x0");
	vmm_end(&vmm, &vmm.steps.step[0]);
	vmm_close(&vmm);
	if (why[0] ? !strstr(replay.why, why) : replay.failed)
		fail_msg("expected \"%s\", got \"%s\"", why, replay.why);
	arena_free(&replay.arena);
	arena_free(&arena);
}

static void at_once(void **state)
{
	(void)state;
	begin(HEAD "in x0=1\ncall kind=regen dev=100 object=report\n" SENDS "reply ret=-ENXIO\n",
	      false);
	assert_int_equal(go(), TSMREQ_STEP_RUN_NOW);
	assert_int_equal(reply.rhi.x[0], TSMREQ_RHI_DEVICE);
	assert_int_equal(vmm.call.kind, TSMREQ_CALL_REGEN);
	end("");
}

static void later(void **state)
{
	(void)state;
	begin(HEAD "in x0=1\n" SENDS "out x0=1\nreply ret=0\n", true);
	assert_int_equal(go(), TSMREQ_STEP_DEFERRED);
	assert_int_equal(reply.rhi.x[0], TSMREQ_RHI_INCOMPLETE);
	assert_int_equal(vmm.script.done, 1);
	vmm_check_written(&vmm, &vmm.steps.step[0], "x0", true, reply.rhi.x[0]);
	end("");
}

static void never_begun(void **state)
{
	(void)state;
	begin(HEAD "in x0=1\n", true);
	vmm.hold_jobs = true;
	assert_int_equal(go(), TSMREQ_STEP_DEFERRED);
	assert_int_equal(vmm.held_jobs, 1);
	end("");
}

static void another_call(void **state)
{
	(void)state;
	begin(HEAD "in x0=1\ncall kind=regen dev=200 object=report\n" SENDS "reply ret=0\n", false);
	go();
	end("call: expected dev=200");
}

static void what_out_lines_say(void **state)
{
	struct step *step;

	(void)state;
	begin(HEAD "in x0=1\nout x0=1 x1=h1\n", false);
	step = &vmm.steps.step[0];
	vmm_check_written(&vmm, step, "x0", true, 1);
	vmm_check_written(&vmm, step, "x1", true, 7);
	vmm_check_written(&vmm, step, "x2", false, 0);
	assert_false(replay.failed);
	vmm_check_written(&vmm, step, "x3", true, 5);
	end("out: expected no x3, got 5");
	begin(HEAD "in x0=1\nout x0=1\n", false);
	vmm_check_written(&vmm, &vmm.steps.step[0], "x0", true, 2);
	end("out: expected x0=1, got 2");
	begin(HEAD "in x0=1\nout x0=1\n", false);
	vmm_check_written(&vmm, &vmm.steps.step[0], "x0", false, 1);
	end("out: expected x0=1, got none");
}

static void bytes(void **state)
{
	struct vec_bytes expected;

	(void)state;
	begin(HEAD "in x0=1\n", false);
	assert_int_equal(vec_parse_bytes(&arena, "01 pp 03", &expected), 0);
	vmm_check_bytes(&vmm, 9, "out", &expected, (const uint8_t *)"\1\2\3", 3);
	assert_false(replay.failed);
	vmm_check_bytes(&vmm, 9, "out", &expected, (const uint8_t *)"\1\2\4", 3);
	assert_int_equal(replay.number, 9);
	end("out, byte 2: expected 03, got 04");
	begin(HEAD "in x0=1\n", false);
	assert_int_equal(vec_parse_bytes(&arena, "01", &expected), 0);
	vmm_check_bytes(&vmm, 9, "out", &expected, (const uint8_t *)"\1\2\3", 3);
	end("out: these are 1 bytes, not 3");
}

static uint64_t ask(uint64_t gpa, uint64_t size)
{
	return (uint64_t)vmm.ops.get_memory(&vmm, (struct tsmreq_gpa){gpa}, size);
}

static void guest_memory_as_lent(void **state)
{
	uint8_t byte[2] = {1, 2};

	(void)state;
	begin(HEAD "mem 2000 07\n"
		   "in x0=1\nafter 2001 05\n",
	      false);
	assert_int_equal(ask(0x2000, 0x2000), TSMREQ_MEMORY_SHARED);
	assert_int_equal(ask(0x4000, 0x1000), TSMREQ_MEMORY_PRIVATE);
	assert_int_equal(ask(0x3fff, 2), TSMREQ_MEMORY_BOTH);
	assert_int_equal(ask(0x7fffffff, 2), TSMREQ_MEMORY_MIXED);
	assert_int_equal(ask(0x80000000, 2), TSMREQ_MEMORY_NONE);
	assert_int_equal(vmm.ops.write_shared(&vmm, (struct tsmreq_gpa){0x1fff}, byte, 2), -EFAULT);
	assert_int_equal(vmm.ops.write_shared(&vmm, (struct tsmreq_gpa){0x2001}, "\5", 1), 0);
	assert_int_equal(vmm.ops.read_shared(&vmm, (struct tsmreq_gpa){0x1fff}, byte, 2), -EFAULT);
	assert_int_equal(vmm.ops.read_shared(&vmm, (struct tsmreq_gpa){0x2000}, byte, 2), 0);
	assert_memory_equal(byte, "\7\5", 2);
	end("");
	begin(HEAD "in x0=1\n", false);
	assert_int_equal(vmm.ops.read_shared(&vmm, (struct tsmreq_gpa){0x2000}, byte, 2), 0);
	assert_int_equal(vmm.ops.read_shared(&vmm, (struct tsmreq_gpa){0x2001}, byte, 1), -EFAULT);
	end("guest memory at 2001 was fetched twice");
}

static void interrupts(void **state)
{
	(void)state;
	begin(HEAD "in x0=1\nout irq=20\n", false);
	assert_int_equal(vmm.ops.inject(&vmm, VMM_VCPU, 0x20), 0);
	end("");
	begin(HEAD "in x0=1\nout irq=20\n", false);
	assert_int_equal(vmm.ops.inject(&vmm, VMM_VCPU - 1, 0x20), 0);
	end("irq: expected on vCPU 2, got 1");
	begin(HEAD "in x0=1\nout irq=20\nafter 2000 05\n", false);
	assert_int_equal(vmm.ops.inject(&vmm, VMM_VCPU, 0x20), 0);
	assert_int_equal(vmm.ops.write_shared(&vmm, (struct tsmreq_gpa){0x2000}, "\5", 1), 0);
	end("memory was written after the interrupt");
	begin(HEAD "in x0=1\nout irq=20\n", false);
	for (int i = 0; i < VMM_IRQS_MAX; i++)
		assert_int_equal(vmm.ops.inject(&vmm, VMM_VCPU, 0x20), 0);
	assert_int_equal(vmm.ops.inject(&vmm, VMM_VCPU, 0x20), -ENOSPC);
	end("expected irq=20, got 20 and more");
}

static void a_refused_revision(void **state)
{
	struct tsmreq_guest_opts opts = {0};

	(void)state;
	kit_parse(&arena, HEAD "in x0=1\n", &file);
	replay = (struct replay){.vec = &file.cases[0]};
	vmm_read(&vmm, &replay, TSMREQ_ARCH_SEV);
	assert_false(vmm_set_uapi(&vmm, "odd"));
	replay.failed = false;
	assert_true(vmm_set_uapi(&vmm, "amd-tree"));
	assert_int_equal(vmm_open(&vmm, &opts), -EOPNOTSUPP);
	assert_false(replay.failed);
	vmm_close(&vmm);
	arena_free(&replay.arena);
	arena_free(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(at_once),
		cmocka_unit_test(later),
		cmocka_unit_test(never_begun),
		cmocka_unit_test(another_call),
		cmocka_unit_test(what_out_lines_say),
		cmocka_unit_test(bytes),
		cmocka_unit_test(guest_memory_as_lent),
		cmocka_unit_test(interrupts),
		cmocka_unit_test(a_refused_revision),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
