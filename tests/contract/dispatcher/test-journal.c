/* SPDX-License-Identifier: MIT */
/*
 * What the mock wrote down, `tsmreq replay` runs again, and meets the same answers: random calls on
 * every kernel and architecture, with dice for trouble. test-journal TSMREQ
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dispatcher.h"

#define CALLS 150

static const char *tsmreq;
static uint64_t seed;
static unsigned int cases;

static uint32_t roll(uint32_t sides)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(seed >> 33) % sides;
}

static void keep(void *userdata, const char *text)
{
	cases += strncmp(text, "case", 4) == 0;
	assert_true(fputs(text, userdata) >= 0);
}

/* Payloads of every era: a number, and a few more words. */
static void fill_payload(uint8_t *payload, const uint8_t *nonce)
{
	memset(payload, 0, 4096);
	for (size_t i = 0; i < 8; i++)
		if (roll(2) == 0)
			tsmreq_store_le32(payload + 4 * i, roll(6));
	if (roll(2) == 0)
		tsmreq_store_le64(payload + 16, (uintptr_t)nonce);
	if (roll(3) == 0) {
		payload[0x31] = 1;
		payload[0x32] = 0x60;
		payload[0x34] = (uint8_t)(0x13 + 2 * roll(4));
	}
}

struct wire {
	enum tsmreq_uapi uapi;
	uint32_t op_nr, request_nr;
	uint8_t size, req_len, resp_len, req, resp;
};

static const struct wire rows[] = {
	{TSMREQ_UAPI_RFC1, 0x95, 0x96, 48, 16, 20, 32, 40},
	{TSMREQ_UAPI_V2, 0x95, 0x96, 40, 12, 16, 24, 32},
	{TSMREQ_UAPI_V4, 0x95, 0x96, 40, 12, 16, 24, 32},
	{TSMREQ_UAPI_V5, 0x95, 0x96, 40, 12, 16, 24, 32},
	{TSMREQ_UAPI_V5_CODE, 0x95, 0x96, 48, 12, 16, 24, 32},
	{TSMREQ_UAPI_JUNE, 0x95, 0x96, 48, 16, 20, 24, 32},
	{TSMREQ_UAPI_V6_LIKE, 0x96, 0x97, 48, 16, 20, 24, 32},
	{TSMREQ_UAPI_V6_OBJECTS, 0x96, 0x97, 48, 16, 20, 24, 32},
	{TSMREQ_UAPI_CCA_V7, 0, 0x96, 48, 16, 20, 24, 32},
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

static void one_request(struct tsmreq_mock *mock, const struct wire *row)
{
	static const uint32_t lengths[] = {1, 4, 4, 8, 16, 24, 24, 24, 32, 96, 4096};
	static const uint8_t nonce[32] = {1, 2, 3};
	static uint8_t payload[4096], answer[4096];
	uint8_t arg[64] = {row->size};

	fill_payload(payload, nonce);
	/* a program's buffer is not clean */
	memset(answer, 0xee, sizeof(answer));
	tsmreq_store_le32(arg + 4, roll(20) == 0 ? 9 : 7);
	tsmreq_store_le32(arg + 8, roll(8));
	if (row->req_len != 12)
		tsmreq_store_le32(arg + 12, 1 + roll(3));
	tsmreq_store_le32(arg + row->req_len, lengths[roll(11)]);
	tsmreq_store_le32(arg + row->resp_len, roll(3) == 0 ? 0 : 4u << (2 * roll(6)));
	tsmreq_store_le64(arg + row->req, roll(20) == 0 ? 0 : (uintptr_t)payload);
	tsmreq_store_le64(arg + row->resp, roll(4) == 0 ? 0 : (uintptr_t)answer);
	if (roll(20) == 0)
		arg[0] = (uint8_t)(row->size - 8 + 8 * roll(3));
	(void)ask(mock, 0x3b00 | row->request_nr, arg);
}

static void one_op(struct tsmreq_mock *mock, const struct wire *row)
{
	uint8_t arg[16] = {16};

	tsmreq_store_le32(arg + 4, 1 + roll(2));
	tsmreq_store_le32(arg + 12, roll(20) == 0 ? 9 : 7);
	(void)ask(mock, 0x3b00 | (row->op_nr != 0 ? row->op_nr : 0x95), arg);
}

static void play(const struct wire *row, enum tsmreq_arch arch, FILE *file)
{
	static const char *const words[] = {"",
					    "",
					    "",
					    "busy",
					    "in-use",
					    "copyout",
					    "code:c0ffee",
					    "residue:3",
					    "backend:EPROTO",
					    "after:EIO",
					    "intr-once",
					    "resp-unwritable",
					    "tdi-error",
					    "empty",
					    "backend-gone",
					    "code-kept"};
	struct tsmreq_mock *mock = boot((struct tsmreq_mock_opts){.uapi = row->uapi});
	struct tsmreq_mock_vdevice vdevice = {.size = sizeof(vdevice),
					      .id = 7,
					      .flags = TSMREQ_MOCK_OBJECTS,
					      .arch = arch,
					      .virt_id = {0x100}};
	char name[32];

	(void)snprintf(name, sizeof(name), "k%d-%d", (int)row->uapi, (int)arch);
	assert_int_equal(tsmreq_mock_set_journal(mock, name, keep, file), 0);
	assert_int_equal(tsmreq_mock_set_random_faults(mock, seed, 50), 0);
	for (unsigned int i = 0; i < CALLS; i++) {
		uint8_t destroy[8] = {8, 0, 0, 0, 7};

		if (i % 25 == 0) {
			if (i > 0) {
				assert_int_equal(tsmreq_mock_set_fault(mock, 7, ""), 0);
				(void)ask(mock, 0x3b80, destroy);
			}
			vdevice.bound = (enum tsmreq_mock_bound)(roll(4) % 3);
			vdevice.state = (enum tsmreq_tdi_state)roll(4);
			assert_int_equal(tsmreq_mock_add_vdevice(mock, &vdevice, NULL), 0);
		}
		if (roll(8) == 0)
			assert_int_equal(tsmreq_mock_set_fault(
						 mock, 7,
						 words[roll(sizeof(words) / sizeof(words[0]))]),
					 0);
		if (roll(4) == 0)
			one_op(mock, row);
		else
			one_request(mock, row);
	}
	tsmreq_mock_free(mock);
}

static void test_again(void **state)
{
	char path[] = "journal-XXXXXX";
	char command[4096];
	int fd = mkstemp(path);
	FILE *file = fdopen(fd, "w");
	int status;

	(void)state;
	assert_non_null(file);
	for (size_t i = 0; i < ROWS; i++)
		for (unsigned int arch = TSMREQ_ARCH_CCA; arch <= TSMREQ_ARCH_TDX; arch++) {
			seed = 10 * i + arch;
			play(&rows[i], (enum tsmreq_arch)arch, file);
		}
	assert_int_equal(fclose(file), 0);
	(void)snprintf(command, sizeof(command), "%s replay %s >&2", tsmreq, path);
	status = system(command);
	print_message("# %u of %u calls are cases\n", cases, (unsigned int)(ROWS * 3 * CALLS));
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	assert_true(cases > ROWS * 3 * CALLS / 2);
	assert_int_equal(unlink(path), 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_again)};

	if (argc != 2)
		return 2;
	tsmreq = argv[1];
	return cmocka_run_group_tests(tests, NULL, NULL);
}
