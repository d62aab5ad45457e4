/* SPDX-License-Identifier: MIT */
#include "cli/bytes.h"
#include "cli/paper.h"
#include "kit.h"

/* The cases called paper-* in tests/vectors are whole; here is what an exit leads to. */

static struct arena arena;
static struct vec_file file;
static struct replay replay;
static struct vmm vmm;

static void begin(enum tsmreq_arch arch, const char *lines)
{
	char text[1024];

	snprintf(text, sizeof(text), "case x\nabi rhi\ngiven vdev:100=7 tdi:100=run %s", lines);
	kit_parse(&arena, text, &file);
	replay = (struct replay){.vec = &file.cases[0]};
	vmm_read(&vmm, &replay, arch);
	vmm_begin(&vmm, &vmm.steps.step[0]);
}

static void end(void)
{
	assert_string_equal(replay.why, "");
	assert_int_equal(vmm.script.done, vmm.script.limit);
	arena_free(&replay.arena);
	arena_free(&arena);
}

static struct tsmreq_rhi_regs rhi(uint64_t nr, uint64_t x2, uint64_t x3, uint64_t x4, uint64_t x5)
{
	const struct tsmreq_rhi_exit exit = {.nr = nr, .x = {nr, 0x100, x2, x3, x4, x5}};
	struct tsmreq_rhi_regs regs = {0};

	assert_true(paper_exit_rhi(&vmm, &vmm.steps.step[0], &exit, &regs));
	return regs;
}

static void a_realm(void **state)
{
	const struct tsmreq_rhi_exit foreign = {.nr = 1, .x = {1}};
	struct tsmreq_rhi_regs regs = {0};

	(void)state;
	begin(TSMREQ_ARCH_CCA, "\n"
			       "in x0=1\nsends 00\nreply ret=0 resp=40 01 00 00\n");
	assert_false(paper_exit_rhi(&vmm, &vmm.steps.step[0], &foreign, &regs));
	regs = rhi(TSMREQ_RHI_OBJECT_SIZE, 1, 0, 0, 0);
	assert_int_equal(regs.x[0], 0);
	assert_int_equal(regs.x[1], 0x140);
	end();

	/* the last reply of a step is its answer */
	begin(TSMREQ_ARCH_CCA, "\n"
			       "in x0=1\nsends 00\nreply ret=0\nsends 00\nreply ret=-EBUSY\n");
	assert_int_equal(rhi(TSMREQ_RHI_VDEV_GET_INTERFACE_REPORT, 0, 0, 0, 0).x[0],
			 TSMREQ_RHI_BUSY);
	end();

	/* nothing is told: no kernel of that time can do it */
	begin(TSMREQ_ARCH_CCA, "\n"
			       "in x0=1\n");
	assert_int_equal(rhi(TSMREQ_RHI_VDEV_GET_INTERFACE_REPORT, 0, 0, 0, 0).x[0],
			 TSMREQ_RHI_NOT_SUPPORTED);
	end();

	/* bytes that were not taken, without a response */
	begin(TSMREQ_ARCH_CCA, "\n"
			       "in x0=1\nsends 00\nreply ret=4\n");
	assert_int_equal(rhi(TSMREQ_RHI_VDEV_SET_TDI_STATE, 2, 0, 0, 0).x[0], TSMREQ_RHI_DEVICE);
	end();
}

static void a_slice(void **state)
{
	uint8_t bytes[4];

	(void)state;
	begin(TSMREQ_ARCH_CCA, "ram=0-10000 shared=0-10000\n"
			       "in x0=1\n"
			       "sends 00\nreply ret=0 resp=01 02 03\n");
	assert_int_equal(rhi(TSMREQ_RHI_OBJECT_READ, 1, 0x2000, 2, 1).x[1], 2);
	guest_memory_load(&vmm.memory, 0x2000, bytes, 4);
	assert_memory_equal(bytes, "\2\3\0\0", 4);
	end();
}

static void a_td(void **state)
{
	const struct tsmreq_ghci_opts opts = {
		.size = sizeof(opts),
		.gpa_width = 52,
		.offers = TSMREQ_GHCI_TDCM,
	};
	struct tsmreq_ghci_exit exit = {
		.r11 = TSMREQ_GHCI_LEAF_TDCM,
		.r12 = 0x100,
		.r13 = UINT64_C(0x8000000002000),
		.r14 = 0x1000,
		.r15 = 0x20,
	};
	uint8_t status[2];
	uint64_t r10 = 1;

	(void)state;
	begin(TSMREQ_ARCH_TDX, "ram=0-10000\nmem 2000 07\n"
			       "in x0=1\nsends 00\nreply ret=-EIO\n");
	assert_true(paper_exit_ghci(&vmm, &vmm.steps.step[0], &opts, &exit, &r10));
	assert_int_equal(r10, 0);
	guest_memory_load(&vmm.memory, 0x2008, status, 2);
	assert_memory_equal(status, "\2\12", 2);
	assert_int_equal(vmm.irqs, 1);
	assert_int_equal(vmm.irq[0], 0x20);
	end();

	begin(TSMREQ_ARCH_TDX, "ram=0-2000\n"
			       "in x0=1\n");
	assert_true(paper_exit_ghci(&vmm, &vmm.steps.step[0], &opts, &exit, &r10));
	assert_int_equal(r10, TSMREQ_GHCI_INVALID_OPERAND);
	assert_int_equal(vmm.irqs, 0);
	exit.r11 = 1;
	assert_false(paper_exit_ghci(&vmm, &vmm.steps.step[0], &opts, &exit, &r10));
	end();
}

static void an_snp_guest(void **state)
{
	uint8_t exit[TSMREQ_VMGEXIT_SIZE] = {5, 0, 0, 0, 0, 1};

	(void)state;
	begin(TSMREQ_ARCH_SEV, "\n"
			       "in x0=1\nsends 00\nreply ret=0\n");
	assert_true(paper_exit_vmgexit(&vmm, &vmm.steps.step[0], TSMREQ_GHCB_TIO_A, exit,
				       sizeof(exit)));
	assert_int_equal(bytes_get32(exit + 12), 0);
	assert_int_equal(bytes_get64(exit + 20), 0x100);
	end();

	begin(TSMREQ_ARCH_SEV, "\n"
			       "in x0=1\nsends 00\nreply ret=-EBUSY\n");
	assert_true(paper_exit_vmgexit(&vmm, &vmm.steps.step[0], TSMREQ_GHCB_TIO_A, exit,
				       sizeof(exit)));
	assert_int_equal(bytes_get32(exit + 12), UINT32_MAX);
	exit[0] = 6;
	assert_false(paper_exit_vmgexit(&vmm, &vmm.steps.step[0], TSMREQ_GHCB_TIO_A, exit,
					sizeof(exit)));
	end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_realm),
		cmocka_unit_test(a_slice),
		cmocka_unit_test(a_td),
		cmocka_unit_test(an_snp_guest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
