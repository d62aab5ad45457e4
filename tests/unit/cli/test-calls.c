/* SPDX-License-Identifier: MIT */
#include "cli/calls.h"
#include "kit.h"

/* The words of a call line; what the calls then do is test-replay_uapi.c's. */

static struct arena arena;
static struct replay replay;
static struct kernel kernel;
static struct script script;
static struct call call;

/* @uapi's case with that call line, up to the call itself. "" or why not. */
static const char *read_call(enum tsmreq_uapi uapi, const char *line, const char *sends)
{
	static struct vec_file file;
	struct words given = {0};
	char text[300];

	kernel_close(&kernel);
	arena_free(&replay.arena);
	arena_free(&arena);
	snprintf(text, sizeof(text), "case x\ncall %s\n%s", line, sends);
	kit_parse(&arena, text, &file);
	replay = (struct replay){.vec = &file.cases[0]};
	words_split_text(&replay.arena, "vdev:100=7 arch=cca", 1, &given);
	kernel_open(&replay, &kernel, &given, uapi, false);
	kernel_furnish(&replay, &kernel, &given);
	script_read(&replay, &script);
	call_read(&call, &replay, &kernel, &script);
	return replay.why;
}

static int clean(void **state)
{
	(void)state;
	kernel_close(&kernel);
	arena_free(&replay.arena);
	arena_free(&arena);
	return 0;
}

static void words_of_the_kinds(void **state)
{
	(void)state;
	assert_string_equal(read_call(TSMREQ_UAPI_V5, "kind=bind dev=100", ""), "");
	assert_int_equal(call.vdevice, 7);
	assert_string_equal(read_call(TSMREQ_UAPI_V5, "kind=bind dev=100 vdevice=9", ""), "");
	assert_int_equal(call.vdevice, 9);
	assert_string_equal(read_call(TSMREQ_UAPI_V5, "kind=destroy id=0", ""), "");
	assert_int_equal(call.vdevice, 0);
	assert_string_equal(read_call(TSMREQ_UAPI_V5,
				      "kind=read_object dev=100 object=vca len=10 expect=f", ""),
			    "");
	assert_int_equal(call.object, TSMREQ_OBJECT_VCA);
	assert_int_equal(call.len, 0x10);
	assert_int_equal(call.expect, 0xf);
	assert_string_equal(read_call(TSMREQ_UAPI_V5,
				      "kind=regen dev=100 object=measurements flags=1 nonce=42*32",
				      ""),
			    "");
	assert_int_equal(call.nonce.size, 32);
	assert_ptr_equal(script.nonce, &call.nonce);
	assert_string_equal(read_call(TSMREQ_UAPI_V5,
				      "kind=validate_mmio dev=100 base=4000 top=8000 pa=9000 "
				      "vcpufd=17",
				      ""),
			    "");
	assert_int_equal(call.base, 0x4000);
	assert_int_equal(call.top, 0x8000);
	assert_int_equal(call.pa, 0x9000);
	assert_int_equal(kernel.vcpu_fd, 0x17);
	assert_string_equal(read_call(TSMREQ_UAPI_V5, "kind=viommu_alloc type=3 kvmfd=9", ""), "");
	assert_int_equal(call.type, 3);
	assert_int_equal(kernel.kvm_fd, 9);
}

static void state_and_target_are_one_word(void **state)
{
	(void)state;
	assert_string_equal(read_call(TSMREQ_UAPI_V5, "kind=set_tdi_state dev=100 state=run", ""),
			    "");
	assert_int_equal(call.target, TSMREQ_TDI_RUN);
	assert_string_equal(
		read_call(TSMREQ_UAPI_V5, "kind=set_tdi_state dev=100 target=locked", ""), "");
	assert_int_equal(call.target, TSMREQ_TDI_LOCKED);
}

static void check_op(const char *words, const char *req, enum tsmreq_op op)
{
	char line[100];
	char sends[100];

	snprintf(line, sizeof(line), "kind=raw_request dev=100 len=0 %s", words);
	snprintf(sends, sizeof(sends), "sends 28 pp*8\nreq %s\n", req);
	assert_string_equal(read_call(TSMREQ_UAPI_V5, line, sends), "");
	assert_int_equal(call.op, op);
}

/* A scope is a class of requests: the payload says which one it is. */
static void operations_of_a_raw_request(void **state)
{
	(void)state;
	check_op("op=read", "00", TSMREQ_OP_READ_OBJECT);
	check_op("op=regen", "00", TSMREQ_OP_REGEN_OBJECT);
	check_op("op=info", "00", TSMREQ_OP_OBJECT_INFO);
	check_op("op=validate", "00", TSMREQ_OP_VALIDATE_MMIO);
	check_op("op=state", "00", TSMREQ_OP_SET_TDI_STATE);
	check_op("op=enable_dma", "00", TSMREQ_OP_SEV_ENABLE_DMA);
	check_op("op=sev_disable_dma", "00", TSMREQ_OP_SEV_DISABLE_DMA);
	check_op("op=mmio_config", "00", TSMREQ_OP_SEV_MMIO_CONFIG);
	check_op("scope=info arch=sev", "00*96", TSMREQ_OP_READ_OBJECT);
	check_op("scope=info", "01 00*7", TSMREQ_OP_OBJECT_INFO);
	check_op("scope=info", "02 00*15", TSMREQ_OP_READ_OBJECT);
	check_op("scope=info", "03 00*3", TSMREQ_OP_REGEN_OBJECT);
	check_op("scope=info", "04 00*23", TSMREQ_OP_REGEN_OBJECT);
	check_op("scope=info", "05 00*7", TSMREQ_OP_VDEV_REQUEST);
	check_op("scope=state_change", "06 00*7", TSMREQ_OP_SET_TDI_STATE);
	check_op("scope=state_change", "05 00*31", TSMREQ_OP_VALIDATE_MMIO);
	check_op("scope=state_change arch=sev", "01", TSMREQ_OP_SET_TDI_STATE);
	check_op("scope=debug_read", "00", (enum tsmreq_op)0);
	check_op("scope=debug_write", "00", (enum tsmreq_op)0);
}

static void a_class_for_each(void **state)
{
	(void)state;
	read_call(TSMREQ_UAPI_V5, "kind=object_size dev=100 object=vca", "");
	assert_true(call_reads(&call));
	read_call(TSMREQ_UAPI_V5, "kind=regen dev=100 object=vca", "");
	assert_false(call_reads(&call));
	read_call(TSMREQ_UAPI_V5, "kind=raw_request dev=100 op=read len=4", "");
	assert_true(call_reads(&call));
	/* a SEV message may do anything */
	read_call(TSMREQ_UAPI_V5, "kind=raw_request dev=100 op=read arch=sev len=4", "");
	assert_false(call_reads(&call));
	read_call(TSMREQ_UAPI_V5, "kind=raw_request dev=100 op=state len=0", "");
	assert_false(call_reads(&call));
}

static void check_cmd(const char *line, const char *sends, uint32_t cmd)
{
	assert_string_equal(read_call(TSMREQ_UAPI_V6_LIKE, line, sends), "");
	assert_int_equal(script.send[0].cmd, cmd);
}

static void numbers_the_bytes_go_to(void **state)
{
	(void)state;
	check_cmd("kind=bind dev=100", "sends 10 00*15\n", 0x3b96);
	check_cmd("kind=object_size dev=100 object=vca", "sends 30 00*47\n", 0x3b97);
	check_cmd("kind=ioctl", "sends 28 00*39\n", 0x3b97);
	check_cmd("kind=ioctl cmd=3c96", "sends 10 00*15\n", 0x3c96);
	check_cmd("kind=destroy dev=100", "sends 08 00*7\n", 0x3b80);
	check_cmd("kind=viommu_alloc type=1", "sends 30 00*47\n", 0x3b90);
	check_cmd("kind=vdevice_alloc dev=100", "sends 18 00*23\n", 0x3b91);
}

static void faults_of_a_line(void **state)
{
	static const struct {
		const char *line;
		const char *part;
	} bad[] = {
		{"dev=100", "without kind="},
		{"kind=odd", "no such call"},
		{"kind=bind", "no vdev: word names the device"},
		{"kind=bind dev=200", "no vdev: word names the device"},
		{"kind=bind dev=100 len=5", "bind does not understand len="},
		{"kind=bind dev=100 ev=5", "bind does not understand ev="},
		{"kind=bind dev=100 dev=100", "nothing here understands the word dev=100"},
		{"kind=bind dev=zz", "dev=zz is no hexadecimal"},
		{"kind=destroy", "destroy needs dev= or id="},
		{"kind=object_size dev=100 object=odd", "no such object"},
		{"kind=set_tdi_state dev=100 state=odd", "no such state"},
		{"kind=raw_request dev=100 op=odd len=0", "no such operation"},
		{"kind=raw_request dev=100 scope=odd len=0", "no such scope"},
		{"kind=raw_request dev=100 op=read arch=odd", "no such architecture"},
		{"kind=set_dma dev=100 enable=2 len=0", "enable=2: 0 or 1"},
		{"kind=regen dev=100 object=vca nonce=0", "these are no bytes"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (!strstr(read_call(TSMREQ_UAPI_V5, bad[i].line, ""), bad[i].part))
			fail_msg("%s: expected \"%s\", got \"%s\"", bad[i].line, bad[i].part,
				 replay.why);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(words_of_the_kinds, clean),
		cmocka_unit_test_teardown(state_and_target_are_one_word, clean),
		cmocka_unit_test_teardown(operations_of_a_raw_request, clean),
		cmocka_unit_test_teardown(a_class_for_each, clean),
		cmocka_unit_test_teardown(numbers_the_bytes_go_to, clean),
		cmocka_unit_test_teardown(faults_of_a_line, clean),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
