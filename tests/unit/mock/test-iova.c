/* SPDX-License-Identifier: MIT */
/* The address space by its rules, and a random walk beside a model that knows every page. */
#include "mock/iova.h"

#include <stdlib.h>

#include "kit.h"

#define PAGE MOCK_PAGE_SIZE

static int map(struct mock_iova *space, uint64_t iova, uint64_t from, uint64_t size)
{
	const struct mock_area piece = {.at.last = size - 1, .from = from, .writable = true};
	struct mock_mapping mapping = {
		.pieces = &piece, .count = 1, .write = true, .fixed = true, .iova = iova};

	return tsmreq_mock_iova_map(space, &mapping);
}

/* Where it was put, or the errno. */
static int64_t map_anywhere(struct mock_iova *space, uint64_t from, uint64_t size)
{
	const struct mock_area piece = {.at.last = size - 1, .from = from, .writable = true};
	struct mock_mapping mapping = {.pieces = &piece, .count = 1, .write = true};
	int err = tsmreq_mock_iova_map(space, &mapping);

	return err != 0 ? err : (int64_t)mapping.iova;
}

static int unmap(struct mock_iova *space, uint64_t start, uint64_t last, uint64_t *ret_size)
{
	return tsmreq_mock_iova_unmap(space, (struct mock_span){start, last}, ret_size);
}

static int allow(struct mock_iova *space, uint64_t start, uint64_t last)
{
	struct mock_spans allowed = {0};
	int err;

	assert_int_equal(tsmreq_mock_spans_add(&allowed, (struct mock_span){start, last}), 0);
	err = tsmreq_mock_iova_allow(space, &allowed);
	tsmreq_mock_spans_release(&allowed);
	return err;
}

static int reserve(struct mock_iova *space, uint64_t start, uint64_t last)
{
	return tsmreq_mock_iova_reserve(space, (struct mock_span){start, last});
}

static void test_fixed(void **state)
{
	struct mock_iova space = {0};

	(void)state;
	assert_int_equal(map(&space, 0, 0x10000, 1), 0);
	assert_int_equal(map(&space, UINT64_MAX, 0x10000, 1), 0);
	assert_int_equal(map(&space, 100, 0x10000, 50), 0);
	assert_int_equal(map(&space, 149, 0x10000, 1), -EEXIST);
	assert_int_equal(map(&space, 99, 0x10000, 2), -EEXIST);
	assert_int_equal(map(&space, 90, 0x10000, 100), -EEXIST);
	assert_int_equal(map(&space, 150, 0x10000, 1), 0);
	assert_int_equal(map(&space, 99, 0x10000, 1), 0);
	assert_int_equal(map(&space, UINT64_MAX, 0x10000, 2), -EOVERFLOW);
	/* reserved is told before taken, and the end before both */
	assert_int_equal(reserve(&space, 200, 299), 0);
	assert_int_equal(map(&space, 150, 0x10000, 51), -EINVAL);
	assert_int_equal(map(&space, 150, 0x10000, 50), -EEXIST);
	assert_int_equal(map(&space, 151, 0x10000, 49), 0);
	assert_int_equal(map(&space, 300, 0x10000, 1), 0);
	/* what is allowed does not bind who chooses for himself */
	assert_int_equal(allow(&space, 0x1000, 0x1fff), 0);
	assert_int_equal(map(&space, 0x5000, 0x10000, 1), 0);
	tsmreq_mock_iova_release(&space);
}

static void test_unmap(void **state)
{
	struct mock_iova space = {0};
	uint64_t size;

	(void)state;
	assert_int_equal(unmap(&space, 0, UINT64_MAX, &size), 0);
	assert_int_equal(size, 0);
	for (uint64_t i = 0; i < 4; i++)
		assert_int_equal(map(&space, 0x1000 + i * 0x1000, 0x10000, 0x800), 0);
	/* a hole is no trouble; one that sticks out is, and those before it are gone */
	assert_int_equal(unmap(&space, 0x1800, 0x1fff, &size), 0);
	assert_int_equal(size, 0);
	assert_int_equal(unmap(&space, 0x1000, 0x3000, &size), -ENOENT);
	assert_int_equal(size, 0x1000);
	assert_int_equal(space.count, 2);
	assert_int_equal(unmap(&space, 0x3001, 0x4fff, &size), -ENOENT);
	assert_int_equal(size, 0);
	assert_int_equal(unmap(&space, 0x3000, 0x47ff, &size), 0);
	assert_int_equal(size, 0x1000);
	assert_int_equal(space.count, 0);
	tsmreq_mock_iova_release(&space);
}

/* Never 0, as aligned as the memory and no more than a huge page, the offset in the page kept. */
static void test_chosen(void **state)
{
	struct mock_iova space = {0};

	(void)state;
	assert_int_equal(map_anywhere(&space, 0x10000, PAGE), PAGE);
	assert_int_equal(map_anywhere(&space, 0x10000, PAGE), 2 * PAGE);
	assert_int_equal(map_anywhere(&space, 0x10000, 3 * PAGE), 4 * PAGE);
	assert_int_equal(map_anywhere(&space, 0x11000, 3 * PAGE), 7 * PAGE);
	assert_int_equal(map_anywhere(&space, 0x40000000, 0x40000000), 0x200000);
	/* between the two, as it fits */
	assert_int_equal(map_anywhere(&space, 0x10000, PAGE), 3 * PAGE);
	assert_int_equal(map_anywhere(&space, 0x12345, 1), 0xa345);
	assert_int_equal(map_anywhere(&space, 0x12346, 2), 0xa346);
	/* memory at 0 is as aligned as it is long */
	assert_int_equal(map_anywhere(&space, 0, 5 * PAGE), 0x10000);
	assert_int_equal(map_anywhere(&space, 0x10000, UINT64_MAX / 2 - 1), 0x40200000);
	assert_int_equal(map_anywhere(&space, 0x10000, UINT64_MAX / 2 - 1), -ENOSPC);
	assert_int_equal(map_anywhere(&space, 0x10000, UINT64_MAX / 2), -EOVERFLOW);
	tsmreq_mock_iova_release(&space);
}

static void test_allowed(void **state)
{
	struct mock_iova space = {0};
	struct mock_spans none = {0};

	(void)state;
	assert_int_equal(reserve(&space, 0x4000, 0x5fff), 0);
	assert_int_equal(allow(&space, 0x3000, 0x4000), -EADDRINUSE);
	assert_int_equal(allow(&space, 0x2000, 0x3fff), 0);
	assert_int_equal(reserve(&space, 0x3fff, 0x3fff), -EADDRINUSE);
	assert_int_equal(reserve(&space, 0x5000, 0x6fff), 0);
	assert_int_equal(map_anywhere(&space, 0x10000, PAGE), 0x2000);
	assert_int_equal(map_anywhere(&space, 0x10000, 2 * PAGE), -ENOSPC);
	assert_int_equal(map_anywhere(&space, 0x10000, PAGE), 0x3000);
	assert_int_equal(map_anywhere(&space, 0x10000, 1), -ENOSPC);
	assert_int_equal(reserve(&space, 0x3000, 0x3000), -EADDRINUSE);
	/* an empty list allows everything that is not reserved */
	assert_int_equal(tsmreq_mock_iova_allow(&space, &none), 0);
	assert_int_equal(map_anywhere(&space, 0x10000, 2 * PAGE), 0x8000);
	/* ranges that touch are one, and page 0 and the last page are never given out */
	assert_int_equal(tsmreq_mock_spans_add(&none, (struct mock_span){0x20800, 0x22fff}), 0);
	assert_int_equal(tsmreq_mock_spans_add(&none, (struct mock_span){0x20000, 0x207ff}), 0);
	assert_int_equal(tsmreq_mock_spans_add(&none, (struct mock_span){0, 0xfff}), 0);
	assert_int_equal(
		tsmreq_mock_spans_add(&none, (struct mock_span){UINT64_MAX - 8, UINT64_MAX}), 0);
	assert_int_equal(tsmreq_mock_iova_allow(&space, &none), 0);
	assert_null(none.slots);
	assert_int_equal(map_anywhere(&space, 0x10000, 2 * PAGE), 0x20000);
	assert_int_equal(map_anywhere(&space, 0x10000, 16), 0x22000);
	assert_int_equal(map_anywhere(&space, 0x10000, PAGE), -ENOSPC);
	tsmreq_mock_iova_release(&space);
}

static void test_usable(void **state)
{
	struct mock_iova space = {0};
	struct mock_span hole;

	(void)state;
	assert_true(tsmreq_mock_iova_usable(&space, 0, &hole));
	assert_true(hole.start == 0 && hole.last == UINT64_MAX);
	/* overlapping, touching, and at both ends */
	assert_int_equal(reserve(&space, 0x3000, 0x4fff), 0);
	assert_int_equal(reserve(&space, 0x2000, 0x3fff), 0);
	assert_int_equal(reserve(&space, 0x5000, 0x5fff), 0);
	assert_int_equal(reserve(&space, 0, 0xff), 0);
	assert_int_equal(reserve(&space, UINT64_MAX, UINT64_MAX), 0);
	assert_int_equal(map(&space, 0x1000, 0x10000, 1), 0);
	assert_true(tsmreq_mock_iova_usable(&space, 0, &hole));
	assert_true(hole.start == 0x100 && hole.last == 0x1fff);
	assert_true(tsmreq_mock_iova_usable(&space, hole.last + 1, &hole));
	assert_true(hole.start == 0x6000 && hole.last == UINT64_MAX - 1);
	assert_false(tsmreq_mock_iova_usable(&space, hole.last + 1, &hole));
	tsmreq_mock_iova_release(&space);
}

static void test_alignment(void **state)
{
	struct mock_iova space = {0};
	uint64_t size;

	(void)state;
	assert_int_equal(tsmreq_mock_iova_alignment(&space), 1);
	/* each of the three keeps a page table away */
	assert_int_equal(map(&space, 1, 0x10000, PAGE), 0);
	assert_int_equal(tsmreq_mock_iova_add_domain(&space), -EADDRINUSE);
	assert_int_equal(tsmreq_mock_iova_set_small_pages(&space, true), -EADDRINUSE);
	assert_int_equal(unmap(&space, 0, UINT64_MAX, &size), 0);
	assert_int_equal(map(&space, PAGE, 0x10000, 1), 0);
	assert_int_equal(tsmreq_mock_iova_add_domain(&space), -EADDRINUSE);
	assert_int_equal(unmap(&space, 0, UINT64_MAX, &size), 0);
	assert_int_equal(map(&space, PAGE, 0x10001, PAGE), 0);
	assert_int_equal(tsmreq_mock_iova_add_domain(&space), -EADDRINUSE);
	assert_int_equal(unmap(&space, 0, UINT64_MAX, &size), 0);

	assert_int_equal(map(&space, PAGE, 0x10000, PAGE), 0);
	assert_int_equal(tsmreq_mock_iova_add_domain(&space), 0);
	assert_int_equal(tsmreq_mock_iova_alignment(&space), PAGE);
	assert_int_equal(map(&space, 0x10001, 0x10000, PAGE), -EINVAL);
	assert_int_equal(map(&space, 0x10000, 0x10000, PAGE + 1), -EINVAL);
	assert_int_equal(map(&space, 0x10000, 0x10001, PAGE), -EINVAL);
	assert_int_equal(map_anywhere(&space, 0x10001, PAGE), -EINVAL);
	assert_int_equal(map_anywhere(&space, 0x10000, PAGE), 2 * PAGE);
	/* not any more, once it may have been filled with large pages */
	assert_int_equal(tsmreq_mock_iova_set_small_pages(&space, true), -EINVAL);
	tsmreq_mock_iova_remove_domain(&space);
	assert_int_equal(tsmreq_mock_iova_set_small_pages(&space, true), 0);
	assert_int_equal(tsmreq_mock_iova_alignment(&space), PAGE);
	assert_int_equal(tsmreq_mock_iova_add_domain(&space), 0);
	assert_int_equal(tsmreq_mock_iova_set_small_pages(&space, true), 0);
	tsmreq_mock_iova_remove_domain(&space);
	assert_int_equal(tsmreq_mock_iova_set_small_pages(&space, false), 0);
	assert_int_equal(tsmreq_mock_iova_alignment(&space), 1);
	tsmreq_mock_iova_release(&space);
}

static void test_slice(void **state)
{
	struct mock_iova space = {0};
	struct mock_area *pieces;
	size_t count;

	(void)state;
	assert_int_equal(map(&space, 0x1000, 0x10000, 0x1000), 0);
	assert_int_equal(map(&space, 0x2000, 0x50000, 0x1000), 0);
	assert_int_equal(map(&space, 0x3001, 0x70000, 0x1000), 0);
	assert_int_equal(tsmreq_mock_iova_slice(&space, (struct mock_span){0x1800, 0x27ff}, &pieces,
						&count),
			 0);
	assert_int_equal(count, 2);
	assert_true(pieces[0].at.start == 0x1800 && pieces[0].at.last == 0x1fff);
	assert_true(pieces[0].from == 0x10800);
	assert_true(pieces[1].at.start == 0x2000 && pieces[1].at.last == 0x27ff);
	assert_true(pieces[1].from == 0x50000);

	/* put down together somewhere else */
	struct mock_mapping mapping = {.pieces = pieces, .count = 2, .fixed = true, .iova = 0x9000};

	assert_int_equal(tsmreq_mock_iova_map(&space, &mapping), 0);
	free(pieces);
	assert_int_equal(tsmreq_mock_iova_slice(&space, (struct mock_span){0x9801, 0x9801}, &pieces,
						&count),
			 0);
	assert_int_equal(count, 1);
	assert_true(pieces[0].from == 0x50001);
	free(pieces);

	/* a gap before, in between, behind */
	assert_int_equal(tsmreq_mock_iova_slice(&space, (struct mock_span){0xfff, 0x1000}, &pieces,
						&count),
			 -ENOENT);
	assert_int_equal(tsmreq_mock_iova_slice(&space, (struct mock_span){0x2000, 0x3001}, &pieces,
						&count),
			 -ENOENT);
	assert_int_equal(tsmreq_mock_iova_slice(&space, (struct mock_span){0x9000, 0xa000}, &pieces,
						&count),
			 -ENOENT);
	tsmreq_mock_iova_release(&space);
}

/* What was mapped to be read cannot be mapped to be written by way of a copy. */
static void test_read_only(void **state)
{
	const struct mock_area pieces[] = {
		{.at = {0, 0xfff}, .from = 0x10000, .writable = true},
		{.at = {0x1000, 0x1fff}, .from = 0x20001},
	};
	struct mock_mapping mapping = {.pieces = pieces, .count = 2, .write = true, .fixed = true};
	struct mock_iova space = {0};

	(void)state;
	assert_int_equal(tsmreq_mock_iova_map(&space, &mapping), -EPERM);
	assert_int_equal(space.count, 0);
	mapping.write = false;
	space.domains = 1;
	assert_int_equal(tsmreq_mock_iova_map(&space, &mapping), -EINVAL);
	assert_int_equal(space.count, 0);
	space.domains = 0;
	assert_int_equal(tsmreq_mock_iova_map(&space, &mapping), 0);
	assert_int_equal(space.count, 2);
	tsmreq_mock_iova_release(&space);
}

static void test_cut(void **state)
{
	struct mock_iova space = {0};
	uint64_t size;

	(void)state;
	assert_int_equal(tsmreq_mock_iova_cut(&space, 0), 0);
	assert_int_equal(map(&space, 0x4000, 0x10000, 0x4000), 0);
	assert_int_equal(tsmreq_mock_iova_set_small_pages(&space, true), 0);
	/* at neither end, and not beside it */
	assert_int_equal(tsmreq_mock_iova_cut(&space, 0x3fff), 0);
	assert_int_equal(tsmreq_mock_iova_cut(&space, 0x4000), 0);
	assert_int_equal(tsmreq_mock_iova_cut(&space, 0x7fff), 0);
	assert_int_equal(tsmreq_mock_iova_cut(&space, 0x8000), 0);
	assert_int_equal(space.count, 1);
	assert_int_equal(tsmreq_mock_iova_cut(&space, 0x5000), -EINVAL);
	assert_int_equal(tsmreq_mock_iova_cut(&space, 0x4fff), 0);
	assert_int_equal(space.count, 2);
	assert_true(space.areas[1].from == 0x11000 && space.areas[1].at.start == 0x5000);
	assert_int_equal(unmap(&space, 0x4000, 0x4fff, &size), 0);
	assert_int_equal(size, 0x1000);
	assert_int_equal(unmap(&space, 0, UINT64_MAX, &size), 0);
	assert_int_equal(size, 0x3000);
	tsmreq_mock_iova_release(&space);
}

/* ---- a walk ---- */

#define PAGES 64u

static uint64_t seed = 7;

static uint32_t roll(uint32_t sides)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(seed >> 33) % sides;
}

/* Page by page: the memory behind it, and whether a mapping begins here. 0: free. */
struct model {
	uint64_t from[PAGES];
	bool begins[PAGES];
	bool reserved[PAGES];
};

static int model_map(struct model *model, uint32_t at, uint32_t pages, uint64_t from)
{
	for (uint32_t i = at; i < at + pages; i++)
		if (model->reserved[i])
			return -EINVAL;
	for (uint32_t i = at; i < at + pages; i++)
		if (model->from[i] != 0)
			return -EEXIST;
	for (uint32_t i = 0; i < pages; i++)
		model->from[at + i] = from + i * PAGE;
	model->begins[at] = true;
	return 0;
}

static int model_unmap(struct model *model, uint32_t at, uint32_t pages, uint64_t *ret_size)
{
	*ret_size = 0;
	for (uint32_t i = at; i < at + pages; i++) {
		uint32_t end = i + 1;

		if (model->from[i] == 0)
			continue;
		while (end < PAGES && model->from[end] != 0 && !model->begins[end])
			end++;
		if (!model->begins[i] || end > at + pages)
			return -ENOENT;
		for (uint32_t j = i; j < end; j++)
			model->from[j] = 0;
		model->begins[i] = false;
		*ret_size += (uint64_t)(end - i) * PAGE;
	}
	return 0;
}

static void compare(const struct mock_iova *space, const struct model *model)
{
	uint64_t next = 0;

	for (size_t i = 0; i < space->count; i++) {
		const struct mock_area *area = &space->areas[i];

		assert_true(area->at.start >= next && area->at.last >= area->at.start);
		next = area->at.last + 1;
		assert_true(model->begins[area->at.start / PAGE]);
	}
	for (uint32_t page = 0; page < PAGES; page++) {
		const struct mock_span span = {(uint64_t)page * PAGE,
					       (uint64_t)page * PAGE + PAGE - 1};
		struct mock_area *piece;
		size_t count;
		int err = tsmreq_mock_iova_slice(space, span, &piece, &count);

		assert_int_equal(err, model->from[page] != 0 ? 0 : -ENOENT);
		if (err == 0) {
			assert_true(piece->from == model->from[page]);
			free(piece);
		}
	}
}

static void step(struct mock_iova *space, struct model *model)
{
	uint32_t at = roll(PAGES - 8);
	uint32_t pages = 1 + roll(8);
	uint64_t from = (uint64_t)(1 + roll(1000)) * 0x100000;
	uint64_t size, model_size;

	if (roll(5) < 3) {
		assert_int_equal(map(space, (uint64_t)at * PAGE, from, (uint64_t)pages * PAGE),
				 model_map(model, at, pages, from));
		return;
	}
	assert_int_equal(unmap(space, (uint64_t)at * PAGE, (uint64_t)(at + pages) * PAGE - 1,
			       &size),
			 model_unmap(model, at, pages, &model_size));
	assert_true(size == model_size);
}

static void test_walk(void **state)
{
	struct mock_iova space = {0};
	struct model model = {0};

	(void)state;
	for (uint32_t i = 0; i < 3; i++) {
		uint32_t page = 10 + 20 * i;

		assert_int_equal(reserve(&space, (uint64_t)page * PAGE,
					 (uint64_t)page * PAGE + PAGE - 1),
				 0);
		model.reserved[page] = true;
	}
	for (unsigned int i = 0; i < 4000; i++) {
		step(&space, &model);
		if (i % 8 == 0)
			compare(&space, &model);
	}
	tsmreq_mock_iova_release(&space);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fixed),  cmocka_unit_test(test_unmap),
		cmocka_unit_test(test_chosen), cmocka_unit_test(test_allowed),
		cmocka_unit_test(test_usable), cmocka_unit_test(test_alignment),
		cmocka_unit_test(test_slice),  cmocka_unit_test(test_read_only),
		cmocka_unit_test(test_cut),    cmocka_unit_test(test_walk),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
