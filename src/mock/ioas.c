/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdlib.h>

#include "base/bytes.h"
#include "mock/engine.h"

/*
 * The IOAS family: who may map what where. Memory is only looked at when a page table carries the
 * address space, as in the kernel, and never held.
 */

enum {
	MAP_FIXED_IOVA = 0x1,
	MAP_WRITEABLE = 0x2,
	MAP_READABLE = 0x4,
};

static uint32_t arg32(const struct mock_call *call, uint32_t offset)
{
	return tsmreq_load_le32(call->arg + offset);
}

static uint64_t arg64(const struct mock_call *call, uint32_t offset)
{
	return tsmreq_load_le64(call->arg + offset);
}

static struct mock_object *get_ioas(const struct mock_call *call, uint32_t offset)
{
	return tsmreq_mock_object_get(&call->engine->objects, arg32(call, offset),
				      TSMREQ_MOCK_IOAS);
}

int tsmreq_mock_ioas_alloc(struct mock_call *call)
{
	struct mock_fault none = {0};
	struct mock_object *ioas;
	int err;

	if (arg32(call, 4) != 0)
		return -EOPNOTSUPP;
	err = tsmreq_mock_object_new(&ioas, &call->engine->objects, TSMREQ_MOCK_IOAS, 0);
	if (err != 0)
		return err;
	call->made = ioas;
	tsmreq_store_le32(call->arg + 8, ioas->id);
	return tsmreq_mock_engine_copy_back(call, &none);
}

/* ---- ranges ---- */

static int write_range(const struct mock_call *call, uint32_t index, struct mock_span range)
{
	uint8_t bytes[16];
	uint64_t to;

	tsmreq_store_le64(bytes, range.start);
	tsmreq_store_le64(bytes + 8, range.last);
	if (__builtin_add_overflow(arg64(call, 16), (uint64_t)index * sizeof(bytes), &to))
		return -EFAULT;
	return call->memory->write(call->memory, to, bytes, sizeof(bytes));
}

/* As many as there is room for; the number of all goes out either way. */
int tsmreq_mock_ioas_iova_ranges(struct mock_call *call)
{
	struct mock_object *ioas = get_ioas(call, 4);
	uint32_t room = arg32(call, 8);
	struct mock_span range;
	uint32_t count = 0;
	uint64_t from = 0;
	int err;

	if (arg32(call, 12) != 0)
		return -EOPNOTSUPP;
	if (ioas == NULL)
		return -ENOENT;
	while (tsmreq_mock_iova_usable(&ioas->iova, from, &range)) {
		err = count < room ? write_range(call, count, range) : 0;
		if (err != 0)
			return err;
		count++;
		if (range.last == UINT64_MAX)
			break;
		from = range.last + 1;
	}
	tsmreq_store_le32(call->arg + 8, count);
	tsmreq_store_le64(call->arg + 24, tsmreq_mock_iova_alignment(&ioas->iova));
	err = tsmreq_mock_engine_copy_back(call, tsmreq_mock_engine_fault(call, ioas));
	if (err != 0)
		return err;
	return count > room ? -EMSGSIZE : 0;
}

static int read_ranges(const struct mock_call *call, struct mock_spans *ranges)
{
	uint32_t count = arg32(call, 8);
	struct mock_span range;
	uint8_t bytes[16];
	uint64_t from;

	for (uint32_t i = 0; i < count; i++) {
		int err;

		if (__builtin_add_overflow(arg64(call, 16), (uint64_t)i * sizeof(bytes), &from))
			return -EFAULT;
		err = call->memory->read(call->memory, bytes, from, sizeof(bytes));
		if (err != 0)
			return err;
		range.start = tsmreq_load_le64(bytes);
		range.last = tsmreq_load_le64(bytes + 8);
		if (range.start >= range.last || tsmreq_mock_spans_touch(ranges, range))
			return -EINVAL;
		err = tsmreq_mock_spans_add(ranges, range);
		if (err != 0)
			return err;
	}
	return 0;
}

/* The whole list is replaced, or nothing is. */
int tsmreq_mock_ioas_allow_iovas(struct mock_call *call)
{
	struct mock_object *ioas = get_ioas(call, 4);
	struct mock_spans ranges = {0};
	int err;

	if (arg32(call, 12) != 0)
		return -EOPNOTSUPP;
	if (ioas == NULL)
		return -ENOENT;
	err = read_ranges(call, &ranges);
	if (err == 0)
		err = tsmreq_mock_iova_allow(&ioas->iova, &ranges);
	tsmreq_mock_spans_release(&ranges);
	return err;
}

/* ---- mapping ---- */

/* Flags, numbers, access: what MAP, MAP_FILE and COPY test before anything is looked up. */
static int check_mapping(uint32_t flags, uint32_t reserved, const uint64_t *numbers, size_t count)
{
	const uint32_t known = MAP_FIXED_IOVA | MAP_WRITEABLE | MAP_READABLE;

	if ((flags & ~known) != 0 || reserved != 0)
		return -EOPNOTSUPP;
	for (size_t i = 0; i < count; i++)
		if (numbers[i] == UINT64_MAX)
			return -EOVERFLOW;
	return (flags & (MAP_WRITEABLE | MAP_READABLE)) != 0 ? 0 : -EINVAL;
}

/* A page table is filled as soon as there is something to fill it with. */
static int pin(const struct mock_memory *memory, const struct mock_area *areas, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		/* a file's pages are the file's business */
		int err = areas[i].file ? 0
					: memory->pin(memory, areas[i].from,
						      areas[i].at.last - areas[i].at.start + 1);

		if (err != 0)
			return err;
	}
	return 0;
}

static int map_pieces(const struct mock_memory *memory, struct mock_object *ioas,
		      struct mock_mapping *mapping)
{
	const struct mock_area *last = &mapping->pieces[mapping->count - 1];
	uint64_t size = last->at.last - mapping->pieces[0].at.start + 1;
	int err = tsmreq_mock_iova_map(&ioas->iova, mapping);

	if (err != 0 || ioas->iova.domains == 0)
		return err;
	err = pin(memory, mapping->pieces, mapping->count);
	if (err != 0)
		(void)tsmreq_mock_iova_unmap(
			&ioas->iova, (struct mock_span){mapping->iova, mapping->iova + (size - 1)},
			&size);
	return err;
}

/* One piece of memory, or of a file. */
static int map_piece(const struct mock_memory *memory, struct mock_object *ioas,
		     struct mock_area piece, struct mock_mapping *mapping)
{
	/* nothing at all wraps around to here, too */
	if (piece.at.last >= UINT64_MAX - MOCK_PAGE_SIZE)
		return -EINVAL;
	mapping->pieces = &piece;
	mapping->count = 1;
	return map_pieces(memory, ioas, mapping);
}

int tsmreq_mock_ioas_map_user(const struct mock_memory *memory, struct mock_object *ioas,
			      uint64_t address, uint64_t length, struct mock_mapping *mapping)
{
	struct mock_area piece = {
		.at.last = length - 1, .from = address, .writable = mapping->write};
	uint64_t end;

	if (__builtin_add_overflow(address, length, &end))
		return -EOVERFLOW;
	return map_piece(memory, ioas, piece, mapping);
}

static struct mock_mapping mapping_of(uint32_t flags, uint64_t iova)
{
	return (struct mock_mapping){
		.write = (flags & MAP_WRITEABLE) != 0,
		.fixed = (flags & MAP_FIXED_IOVA) != 0,
		.iova = iova,
	};
}

/* The address it was given goes out; what fails from here on leaves it mapped. */
static int tell_iova(struct mock_call *call, struct mock_object *ioas, uint32_t offset,
		     const struct mock_mapping *mapping)
{
	struct mock_fault *fault = tsmreq_mock_engine_fault(call, ioas);

	if (fault->after != 0)
		return fault->after;
	tsmreq_store_le64(call->arg + offset, mapping->iova);
	return tsmreq_mock_engine_copy_back(call, fault);
}

int tsmreq_mock_ioas_map(struct mock_call *call)
{
	const uint64_t numbers[] = {arg64(call, 32), arg64(call, 24)};
	struct mock_mapping mapping = mapping_of(arg32(call, 4), arg64(call, 32));
	uint64_t length = arg64(call, 24);
	struct mock_object *ioas = get_ioas(call, 8);
	int err = check_mapping(arg32(call, 4), arg32(call, 12), numbers, 2);

	if (err != 0)
		return err;
	if (ioas == NULL)
		return -ENOENT;
	err = tsmreq_mock_engine_fault(call, ioas)->backend;
	if (err == 0)
		err = tsmreq_mock_ioas_map_user(call->memory, ioas, arg64(call, 16), length,
						&mapping);
	return err != 0 ? err : tell_iova(call, ioas, 32, &mapping);
}

int tsmreq_mock_ioas_map_file(struct mock_call *call)
{
	const uint64_t numbers[] = {arg64(call, 32), arg64(call, 24)};
	struct mock_mapping mapping = mapping_of(arg32(call, 4), arg64(call, 32));
	struct mock_area piece = {.at.last = arg64(call, 24) - 1,
				  .from = arg64(call, 16),
				  .writable = mapping.write,
				  .file = true};
	struct mock_object *ioas = get_ioas(call, 8);
	uint64_t end;
	int err = check_mapping(arg32(call, 4), 0, numbers, 2);

	if (err != 0)
		return err;
	if (ioas == NULL)
		return -ENOENT;
	err = call->memory->file(call->memory, (int)arg32(call, 12));
	if (err != 0)
		return err;
	if (arg64(call, 24) != 0 && __builtin_add_overflow(piece.from, piece.at.last, &end))
		return -EOVERFLOW;
	err = tsmreq_mock_engine_fault(call, ioas)->backend;
	if (err == 0)
		err = map_piece(call->memory, ioas, piece, &mapping);
	return err != 0 ? err : tell_iova(call, ioas, 32, &mapping);
}

/* What @size bytes at @iova are, or -EINVAL, -EOVERFLOW for no such span. */
static int make_span(struct mock_span *ret, uint64_t iova, uint64_t size)
{
	if (size == 0)
		return -EINVAL;
	ret->start = iova;
	return __builtin_add_overflow(iova, size - 1, &ret->last) ? -EOVERFLOW : 0;
}

static int copy_slice(struct mock_call *call, const struct mock_area *pieces, size_t count)
{
	struct mock_mapping mapping = mapping_of(arg32(call, 4), arg64(call, 24));
	struct mock_object *to = get_ioas(call, 8);
	int err;

	if (to == NULL)
		return -ENOENT;
	mapping.pieces = pieces;
	mapping.count = count;
	err = tsmreq_mock_engine_fault(call, to)->backend;
	if (err == 0)
		err = map_pieces(call->memory, to, &mapping);
	return err != 0 ? err : tell_iova(call, to, 24, &mapping);
}

int tsmreq_mock_ioas_copy(struct mock_call *call)
{
	const uint64_t numbers[] = {arg64(call, 16), arg64(call, 32), arg64(call, 24)};
	const struct mock_object *from = get_ioas(call, 12);
	struct mock_area *pieces = NULL;
	struct mock_span span;
	size_t count;
	int err = check_mapping(arg32(call, 4), 0, numbers, 3);

	if (err != 0)
		return err;
	if (from == NULL)
		return -ENOENT;
	err = make_span(&span, arg64(call, 32), arg64(call, 16));
	if (err == 0)
		err = tsmreq_mock_iova_slice(&from->iova, span, &pieces, &count);
	if (err == 0)
		err = copy_slice(call, pieces, count);
	free(pieces);
	return err;
}

int tsmreq_mock_ioas_unmap(struct mock_call *call)
{
	struct mock_object *ioas = get_ioas(call, 4);
	struct mock_span span = {0, UINT64_MAX};
	uint64_t length = arg64(call, 16);
	uint64_t iova = arg64(call, 8);
	bool all = iova == 0 && length == UINT64_MAX;
	uint64_t gone;
	int err = 0;

	if (ioas == NULL)
		return -ENOENT;
	if (!all && (iova == UINT64_MAX || length == UINT64_MAX))
		return -EOVERFLOW;
	if (!all)
		err = make_span(&span, iova, length);
	if (err == 0)
		err = tsmreq_mock_iova_unmap(&ioas->iova, span, &gone);
	if (err != 0)
		return err;
	/* nothing there is an error, unless everything was meant */
	if (gone == 0 && !all)
		return -ENOENT;
	tsmreq_store_le64(call->arg + 16, gone);
	return tsmreq_mock_engine_copy_back(call, tsmreq_mock_engine_fault(call, ioas));
}

/* Only a file's pages can change hands, and all that is mapped must. */
int tsmreq_mock_ioas_change_process(struct mock_call *call)
{
	const struct mock_table *table = &call->engine->objects;

	if (arg32(call, 4) != 0)
		return -EOPNOTSUPP;
	for (size_t i = 0; i < table->count; i++)
		for (size_t j = 0; j < table->slots[i]->iova.count; j++)
			if (!table->slots[i]->iova.areas[j].file)
				return -EINVAL;
	return 0;
}

/* ---- page tables ---- */

int tsmreq_mock_ioas_add_domain(const struct mock_call *call, struct mock_object *ioas)
{
	int err = tsmreq_mock_iova_add_domain(&ioas->iova);

	if (err != 0)
		return err;
	err = pin(call->memory, ioas->iova.areas, ioas->iova.count);
	if (err != 0)
		tsmreq_mock_iova_remove_domain(&ioas->iova);
	return err;
}

/* ---- options ---- */

enum {
	OPTION_RLIMIT_MODE = 0,
	OPTION_HUGE_PAGES = 1,
	OPTION_SET = 0,
	OPTION_GET = 1,
};

/* Whoever calls may: the mock knows no capabilities. */
static int set_rlimit_mode(struct mock_engine *engine, uint64_t value)
{
	if (engine->objects.count != 0)
		return -EBUSY;
	if (value > 1)
		return -EINVAL;
	engine->rlimit_mode = value != 0;
	return 0;
}

static int rlimit_mode(struct mock_call *call, uint32_t op)
{
	if (arg32(call, 12) != 0)
		return -EOPNOTSUPP;
	if (op == OPTION_SET)
		return set_rlimit_mode(call->engine, arg64(call, 16));
	tsmreq_store_le64(call->arg + 16, call->engine->rlimit_mode);
	return 0;
}

static int huge_pages(struct mock_call *call, uint32_t op)
{
	struct mock_object *ioas = get_ioas(call, 12);
	uint64_t value = arg64(call, 16);

	if (ioas == NULL)
		return -ENOENT;
	if (op == OPTION_GET) {
		tsmreq_store_le64(call->arg + 16, !ioas->iova.small_pages);
		return 0;
	}
	if (op != OPTION_SET)
		return -EOPNOTSUPP;
	return value > 1 ? -EINVAL : tsmreq_mock_iova_set_small_pages(&ioas->iova, value == 0);
}

/* Only the value goes back. */
int tsmreq_mock_ioas_option(struct mock_call *call)
{
	uint32_t op = tsmreq_load_le16(call->arg + 8);
	uint64_t to;
	int err;

	if (tsmreq_load_le16(call->arg + 10) != 0)
		return -EOPNOTSUPP;
	if (arg32(call, 4) == OPTION_RLIMIT_MODE)
		err = op <= OPTION_GET ? rlimit_mode(call, op) : -EOPNOTSUPP;
	else if (arg32(call, 4) == OPTION_HUGE_PAGES)
		err = huge_pages(call, op);
	else
		err = -EOPNOTSUPP;
	if (err != 0)
		return err;
	if (__builtin_add_overflow(call->address, 16, &to))
		return -EFAULT;
	return call->memory->write(call->memory, to, call->arg + 16, 8);
}
