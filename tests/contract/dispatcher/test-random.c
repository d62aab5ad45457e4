/* SPDX-License-Identifier: MIT */
/*
 * Ioctls at random from a seed, with faults by word and by dice, and every call written down, on
 * memory of which the mock may touch nothing but what it was given: it neither crashes nor leaks,
 * its objects stay consistent after every call, and it says nothing but an errno or a residue that
 * fits. The same seed is the same run, to the last letter of its journal.
 */
#include <stdlib.h>

#include "consistent.h"

#define CALLS 40000u
#define BASE  0x10000000u
#define ROOM  16384u
#define ARG   (BASE + ROOM - 512)

static unsigned long calls = CALLS;
static uint64_t seed;

static uint32_t roll(uint32_t sides)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(seed >> 33) % sides;
}

/* ---- the caller's memory: 16 KiB, of which the first page can only be read ---- */

static uint8_t ram[ROOM];

static bool inside(uint64_t address, uint64_t size)
{
	return address >= BASE && size <= ROOM && address - BASE <= ROOM - size;
}

static int ram_read(const struct mock_memory *memory, void *to, uint64_t from, size_t size)
{
	(void)memory;
	if (size == 0)
		return 0;
	if (!inside(from, size))
		return -EFAULT;
	memcpy(to, ram + (from - BASE), size);
	return 0;
}

static int ram_write(const struct mock_memory *memory, uint64_t to, const void *from, size_t size)
{
	(void)memory;
	if (size == 0)
		return 0;
	if (!inside(to, size) || to < BASE + 4096)
		return -EFAULT;
	memcpy(ram + (to - BASE), from, size);
	return 0;
}

static int ram_pin(const struct mock_memory *memory, uint64_t address, uint64_t size)
{
	(void)memory;
	return inside(address, size) ? 0 : -EFAULT;
}

static int ram_file(const struct mock_memory *memory, int fd)
{
	(void)memory;
	return fd >= 0 && fd < 8 ? 0 : -EBADF;
}

static const struct mock_memory memory = {
	.read = ram_read, .write = ram_write, .pin = ram_pin, .file = ram_file};

/* ---- calls ---- */

static void put32(uint32_t at, uint32_t value)
{
	tsmreq_store_le32(ram + (at - BASE), value);
}

static void put64(uint32_t at, uint64_t value)
{
	tsmreq_store_le64(ram + (at - BASE), value);
}

/* Where something is, where it ends, where nothing is, and where nothing can be. */
static uint64_t pick_address(void)
{
	const uint64_t addresses[] = {
		BASE,	      BASE + 4096,	     BASE + 8192, BASE + ROOM - 4,
		BASE + 12288, BASE + 4096 * roll(4), 0,		  UINT64_MAX - 7};

	return addresses[roll(8)];
}

static uint32_t pick_word(void)
{
	static const uint32_t words[] = {0, 1,	2,  3,	4,  5,	  6,	7,
					 8, 16, 24, 32, 96, 4096, 8192, UINT32_MAX};

	return words[roll(sizeof(words) / sizeof(words[0]))];
}

/* Addresses and lengths within an address space, mostly whole pages of a small one. */
static uint64_t pick_number(void)
{
	switch (roll(8)) {
	case 0:
		return UINT64_MAX - roll(3) * 4096;
	case 1:
		return roll(65536);
	case 2:
		return pick_address();
	default:
		return (uint64_t)roll(16) * 4096;
	}
}

static void fill_payload(void)
{
	for (uint32_t at = BASE; at < BASE + 8192; at += 4096) {
		for (uint32_t i = 0; i < 32; i += 4)
			put32(at + i, pick_word());
		if (roll(2) == 0)
			put64(at + 16, pick_address());
		if (roll(4) == 0) {
			put64(at, pick_number());
			put64(at + 8, pick_number());
		}
		ram[at - BASE + 0x31] = 1;
		tsmreq_store_le16(ram + (at - BASE) + 0x32, 0x60);
	}
}

static int vfio_at_random(struct mock_engine *engine)
{
	static const uint32_t numbers[] = {0x64, 0x65, 0x66, 0x70, 0x71, 0x72, 0x75, 0x7f};
	uint32_t nr = numbers[roll(8)];

	put32(ARG, 16 + roll(80));
	put32(ARG + 4, roll(4));
	for (uint32_t i = 8; i < 40; i += 8)
		put64(ARG + i, pick_number());
	return tsmreq_mock_engine_handle(engine, 0x3b00 | nr, nr < 0x70 ? roll(12) : ARG, &memory);
}

/* How often each number was answered with success. */
static unsigned long successes[MOCK_NRS];

/* The id of something of that kind, if the dice find one. */
static uint32_t pick_id(const struct mock_engine *engine, enum tsmreq_mock_kind kind)
{
	const struct mock_table *table = &engine->objects;
	uint32_t id = 0;

	for (int i = 0; i < 16 && table->count > 0; i++) {
		const struct mock_object *object = table->slots[roll((uint32_t)table->count)];

		id = object->id;
		if (object->kind == kind)
			break;
	}
	return id;
}

static void zero(uint32_t from, uint32_t to)
{
	memset(ram + (ARG - BASE) + from, 0, to - from);
}

static void put_id(const struct mock_engine *engine, uint32_t at, enum tsmreq_mock_kind kind)
{
	put32(ARG + at, pick_id(engine, kind));
}

/* An argument that has a chance. */
static void aim(const struct mock_engine *engine, uint32_t nr)
{
	switch (nr) {
	case 0x82: /* ALLOW_IOVAS, IOVA_RANGES, UNMAP */
	case 0x84:
	case 0x86:
		put_id(engine, 4, TSMREQ_MOCK_IOAS);
		if (nr != 0x86)
			put32(ARG + 8, roll(3));
		if (nr != 0x86)
			zero(12, 16);
		break;
	case 0x83: /* COPY */
	case 0x85: /* MAP, MAP_FILE */
	case 0x8f:
		put32(ARG + 4, roll(8));
		put_id(engine, 8, TSMREQ_MOCK_IOAS);
		if (nr == 0x83)
			put_id(engine, 12, TSMREQ_MOCK_IOAS);
		else
			put32(ARG + 12, nr == 0x85 ? 0 : roll(9));
		for (uint32_t i = 16; i <= 32; i += 8)
			put64(ARG + i, (uint64_t)roll(4) * 4096);
		if (nr == 0x85)
			put64(ARG + 16, pick_address());
		break;
	case 0x87: /* OPTION */
		put32(ARG + 4, roll(3));
		put32(ARG + 8, roll(3));
		put_id(engine, 12, TSMREQ_MOCK_IOAS);
		put64(ARG + 16, roll(3));
		break;
	case 0x88: /* VFIO_IOAS */
		put_id(engine, 4, TSMREQ_MOCK_IOAS);
		put32(ARG + 8, roll(4));
		break;
	case 0x89: /* HWPT_ALLOC */
		zero(4, 48);
		put32(ARG + 4, roll(3));
		put_id(engine, 8, TSMREQ_MOCK_DEVICE);
		put_id(engine, 12, roll(2) == 0 ? TSMREQ_MOCK_IOAS : TSMREQ_MOCK_HWPT);
		if (roll(2) == 0) {
			put32(ARG + 24, 2);
			put32(ARG + 28, 16);
			put64(ARG + 32, BASE);
		}
		break;
	case 0x8a: /* GET_HW_INFO */
		zero(4, 40);
		put_id(engine, 8, TSMREQ_MOCK_DEVICE);
		break;
	case 0x90: /* VIOMMU_ALLOC */
		zero(4, 48);
		put32(ARG + 8, 1 + roll(3));
		put_id(engine, 12, TSMREQ_MOCK_DEVICE);
		put_id(engine, 16, TSMREQ_MOCK_HWPT);
		break;
	case 0x91: /* VDEVICE_ALLOC */
		put_id(engine, 4, TSMREQ_MOCK_VIOMMU);
		put_id(engine, 8, TSMREQ_MOCK_DEVICE);
		put64(ARG + 16, roll(8));
		break;
	default: /* the TSM's: where a vDevice is named, in one layout or another */
		put_id(engine, roll(2) == 0 ? 4 : 12, TSMREQ_MOCK_VDEVICE);
		if (roll(2) == 0)
			put32(ARG + 8, roll(8));
		break;
	}
}

static int call_at_random(struct mock_engine *engine)
{
	uint32_t nr = 0x80 + roll(0x21);
	int ret;

	if (roll(12) == 0)
		return vfio_at_random(engine);
	/* TSM ioctls and allocations more often than the rest */
	if (roll(3) == 0)
		nr = 0x90 + roll(8);
	for (uint32_t i = 0; i < 72; i += 4)
		put32(ARG + i, roll(3) != 0 ? roll(4) * roll(4) : pick_word());
	for (uint32_t i = 16; i <= 40; i += 8)
		if (roll(3) != 0)
			put64(ARG + i, roll(2) == 0 ? pick_number() : pick_address());
	if (roll(4) != 0)
		aim(engine, nr);
	put32(ARG, roll(10) == 0 ? 4 * roll(24) : engine->ioctls[nr - 0x80].size);
	ret = tsmreq_mock_engine_handle(engine, 0x3b00 | nr, ARG, &memory);
	if (ret >= 0)
		successes[nr - 0x80]++;
	return ret;
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
					    "",
					    "backend:EIO",
					    "after:EPROTO",
					    "copyout",
					    "copyout-once",
					    "intr",
					    "intr:3",
					    "intr-once",
					    "again-once",
					    "resp-unwritable",
					    "residue:3",
					    "residue:4294967295",
					    "busy",
					    "in-use",
					    "no-kvm",
					    "code:c0ffee",
					    "code-kept",
					    "gone",
					    "backend-gone",
					    "tdi-error",
					    "empty"};
	uint32_t id = roll(12);
	int err = tsmreq_mock_set_fault(mock, id, words[roll(sizeof(words) / sizeof(words[0]))]);

	assert_true(err == 0 || err == -ENOENT || err == -EBUSY || err == -EINVAL);
}

/* The table is kept small enough for ids to be hit. */
static void make_room(struct tsmreq_mock *mock)
{
	struct mock_engine *engine = tsmreq_mock_get_engine(mock);

	if (engine->objects.count <= 24)
		return;
	put32(ARG, 8);
	put32(ARG + 4, 1 + roll(64));
	(void)tsmreq_mock_engine_handle(engine, 0x3b80, ARG, &memory);
}

/* ---- runs ---- */

static unsigned long written;

/* Blocks of whole lines, and nothing in them but text. */
static void keep_journal(void *userdata, const char *text)
{
	uint64_t *sum = userdata;
	size_t size = strlen(text);

	bool clean = size > 0 && text[size - 1] == '\n';

	for (size_t i = 0; i < size; i++) {
		clean = clean && (text[i] == '\n' || (text[i] >= ' ' && text[i] <= '~'));
		*sum = *sum * 31 + (uint8_t)text[i];
	}
	assert_true(clean);
	written++;
}

/* A kernel with dice of its own, and a journal. */
static struct tsmreq_mock *start(enum tsmreq_uapi uapi, uint64_t *sum)
{
	struct tsmreq_mock *mock =
		boot((struct tsmreq_mock_opts){.uapi = uapi, .flags = TSMREQ_MOCK_SELFTEST});

	assert_int_equal(tsmreq_mock_set_random_faults(mock, seed, 20), 0);
	assert_int_equal(tsmreq_mock_set_journal(mock, "random", keep_journal, sum), 0);
	return mock;
}

/* One run, told by the sum of its answers and of what was written down. */
static uint64_t run(enum tsmreq_uapi uapi, uint64_t from, unsigned long count)
{
	struct tsmreq_mock *mock;
	uint64_t sum = 0;

	memset(ram, 0, sizeof(ram));
	seed = from;
	written = 0;
	mock = start(uapi, &sum);
	for (unsigned long i = 0; i < count; i++) {
		int ret;

		if (i < 10 || roll(50) == 0)
			add_something(mock);
		if (roll(20) == 0)
			break_something(mock);
		make_room(mock);
		fill_payload();
		ret = call_at_random(tsmreq_mock_get_engine(mock));
		assert_true(ret > -4096);
		sum = sum * 31 + (uint32_t)ret;
		assert_consistent(tsmreq_mock_get_engine(mock));
		/* tombstones fill the table up: begin again */
		if (tsmreq_mock_get_engine(mock)->objects.count > 100) {
			tsmreq_mock_free(mock);
			mock = start(uapi, &sum);
		}
	}
	assert_true(written >= count);
	tsmreq_mock_free(mock);
	return sum;
}

static void test_any_ioctl(void **state)
{
	(void)state;
	for (size_t i = 0; i < KERNELS; i++)
		(void)run(kernels[i].uapi, 1 + i, calls / KERNELS);
	print_message("# %lu ioctls\n", calls);
	/* none of them was only ever refused, but those that always are */
	for (uint32_t nr = 0x80; nr <= 0xa0; nr++) {
		bool refused = nr >= 0x98 ? nr < 0xa0
					  : (nr >= 0x8b && nr <= 0x8e) || nr == 0x93 || nr == 0x94;

		if (refused ? successes[nr - 0x80] != 0 : successes[nr - 0x80] == 0)
			fail_msg("0x%x: %lu times answered", nr, successes[nr - 0x80]);
	}
}

static void test_same_seed(void **state)
{
	(void)state;
	for (size_t i = 0; i < KERNELS; i++) {
		uint64_t first = run(kernels[i].uapi, 100 + i, 500);

		assert_true(run(kernels[i].uapi, 100 + i, 500) == first);
		assert_true(run(kernels[i].uapi, 200 + i, 500) != first);
	}
}

/* The number of calls may be given. */
int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_any_ioctl),
		cmocka_unit_test(test_same_seed),
	};

	if (argc > 1)
		calls = strtoul(argv[1], NULL, 10);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
