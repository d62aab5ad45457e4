/* SPDX-License-Identifier: MIT */
/*
 * Ioctls at random from a seed: the mock neither crashes nor leaks, stays in its states, and says
 * nothing but an errno or a residue that fits. The same seed is the same run.
 */
#include "dispatcher.h"

#define CALLS 20000
#define ROOM  8192

static uint64_t seed;

static uint32_t roll(uint32_t sides)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(seed >> 33) % sides;
}

static uint8_t request[ROOM];
static uint8_t response[ROOM];

/* Where something is, where nothing is, and where nothing can be. */
static uint64_t pick_address(void)
{
	const uint64_t addresses[] = {(uintptr_t)request, (uintptr_t)response, 0, 4095,
				      UINT64_MAX - 7};

	return addresses[roll(5)];
}

/* Small enough for every buffer, and mostly a length that means something. */
static uint32_t pick_word(void)
{
	static const uint32_t words[] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 16, 24, 32, 96, 4096, ROOM};

	return words[roll(sizeof(words) / sizeof(words[0]))];
}

static void fill_request(void)
{
	for (size_t i = 0; i < 8; i++)
		tsmreq_store_le32(request + 4 * i, pick_word());
	if (roll(2) == 0)
		tsmreq_store_le64(request + 16, pick_address());
	request[0x31] = 1;
	tsmreq_store_le16(request + 0x32, 0x60);
}

static int call_at_random(struct tsmreq_mock *mock)
{
	uint8_t arg[64];
	uint32_t nr = 0x80 + roll(0x18);

	/* TSM ioctls and allocations more often than the rest */
	if (roll(3) != 0)
		nr = 0x90 + roll(8);
	for (size_t i = 0; i < sizeof(arg) / 4; i++)
		tsmreq_store_le32(arg + 4 * i, roll(3) == 0 ? roll(12) : pick_word());
	for (size_t i = 24; i <= 40; i += 8)
		tsmreq_store_le64(arg + i, i == 40 && roll(2) == 0 ? 0 : pick_address());
	tsmreq_store_le32(arg, 16 + 8 * roll(6));
	return ask(mock, 0x3b00 | nr, arg);
}

static void add_something(struct tsmreq_mock *mock)
{
	const struct tsmreq_mock_vdevice vdevice = {
		.size = sizeof(vdevice),
		.flags = roll(0x20),
		.arch = (enum tsmreq_arch)(1 + roll(3)),
		.bound = (enum tsmreq_mock_bound)roll(3),
		.state = (enum tsmreq_tdi_state)roll(4),
	};
	uint32_t id;

	if (roll(2) == 0)
		assert_int_equal(tsmreq_mock_add_vdevice(mock, &vdevice, NULL), 0);
	else
		assert_int_equal(tsmreq_mock_add_object(mock, (enum tsmreq_mock_kind)(1 + roll(5)),
							0, &id),
				 0);
}

static void break_something(struct tsmreq_mock *mock)
{
	static const char *const words[] = {"",
					    "",
					    "backend:EIO",
					    "after:EPROTO",
					    "copyout-once",
					    "intr-once",
					    "resp-unwritable",
					    "residue:3",
					    "busy",
					    "gone"};
	uint32_t id = roll(12);
	int err = tsmreq_mock_set_fault(mock, id, words[roll(sizeof(words) / sizeof(words[0]))]);

	assert_true(err == 0 || err == -ENOENT || err == -EBUSY);
}

static void check_states(struct tsmreq_mock *mock)
{
	for (uint32_t id = 0; id < 16; id++) {
		enum tsmreq_mock_bound bound;
		enum tsmreq_tdi_state state;
		int err =
			tsmreq_mock_get_state(mock, (struct tsmreq_vdevice_id){id}, &bound, &state);

		assert_true(err == 0 || err == -ENOENT);
		if (err == 0) {
			assert_true((unsigned int)bound <= TSMREQ_MOCK_BOUND_OTHER);
			assert_true((unsigned int)state <= TSMREQ_TDI_ERROR);
		}
	}
}

/* One run, told by the sum of its answers. */
static uint64_t run(enum tsmreq_uapi uapi, uint64_t start)
{
	struct tsmreq_mock *mock = boot((struct tsmreq_mock_opts){.uapi = uapi});
	uint64_t sum = 0;

	seed = start;
	for (unsigned int i = 0; i < CALLS; i++) {
		int ret;

		if (i < 10 || roll(50) == 0)
			add_something(mock);
		if (roll(20) == 0)
			break_something(mock);
		fill_request();
		ret = call_at_random(mock);
		assert_true(ret > -4096 && ret <= ROOM);
		sum = sum * 31 + (uint32_t)ret;
		if (i % 100 == 0)
			check_states(mock);
	}
	tsmreq_mock_free(mock);
	return sum;
}

static void test_any_ioctl(void **state)
{
	(void)state;
	for (size_t i = 0; i < KERNELS; i++) {
		uint64_t first = run(kernels[i].uapi, 1 + i);

		assert_true(run(kernels[i].uapi, 1 + i) == first);
	}
	print_message("# %u ioctls\n", (unsigned int)(2 * KERNELS * CALLS));
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_any_ioctl)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
