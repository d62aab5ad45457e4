/* SPDX-License-Identifier: MIT */
#include "base/bytes.h"
#include "decode/count.h"
#include <errno.h>
#include <string.h>
#include <tsmreq/ghcb.h>

#define ENTRY_SIZE   24u
#define ENTRY_OFFSET 16u
#define ENTRY_LENGTH 20u
#define PAGE	     TSMREQ_SEV_PAGE_SIZE

_Static_assert(TSMREQ_BLOB_TABLE_SIZE == (TSMREQ_BLOB_COUNT + 1) * ENTRY_SIZE, "one of zeros");

/* In the order of the table. */
static const struct kind {
	enum tsmreq_object object;
	uint32_t want;
	uint8_t guid[TSMREQ_BLOB_GUID_SIZE];
} kinds[TSMREQ_BLOB_COUNT] = {
	{TSMREQ_OBJECT_MEASUREMENTS,
	 TSMREQ_WANT_MEASUREMENTS,
	 {0xc6, 0x80, 0xaa, 0x5c, 0xef, 0x12, 0x1a, 0x40, 0xb3, 0x64, 0xec, 0x59, 0xa9, 0x3a, 0xbe,
	  0x3f}},
	{TSMREQ_OBJECT_CERTIFICATE,
	 TSMREQ_WANT_CERTIFICATE,
	 {0x75, 0xcb, 0x8c, 0x07, 0x44, 0x26, 0xe8, 0x49, 0xaf, 0xe7, 0x56, 0x86, 0xc5, 0xcf, 0x72,
	  0xf1}},
	{TSMREQ_OBJECT_INTERFACE_REPORT,
	 TSMREQ_WANT_REPORT,
	 {0x0e, 0x5b, 0xdc, 0x70, 0xc0, 0x0c, 0xd5, 0x4c, 0x97, 0xbb, 0xff, 0x0b, 0xa2, 0x5b, 0xf3,
	  0x20}},
};

/* What a guest needs most, first: indexes of the table. */
static const size_t by_need[TSMREQ_BLOB_COUNT] = {2, 1, 0};

const uint8_t *tsmreq_blob_get_guid(enum tsmreq_object object)
{
	for (size_t i = 0; i < COUNT(kinds); i++)
		if (kinds[i].object == object)
			return kinds[i].guid;
	return NULL;
}

static const struct tsmreq_bytes *get_bytes(const struct tsmreq_blob_objects *objects, size_t i)
{
	const struct tsmreq_bytes *const in_order[TSMREQ_BLOB_COUNT] = {
		&objects->measurements, &objects->certificate, &objects->report};

	return in_order[i];
}

static uint32_t pages_of(uint32_t size)
{
	return size / PAGE + (size % PAGE != 0);
}

static void start_table(struct tsmreq_blob_table *table)
{
	memset(table, 0, sizeof(*table));
	for (size_t i = 0; i < COUNT(kinds); i++)
		table->blobs[i].object = kinds[i].object;
}

int tsmreq_blob_layout(const struct tsmreq_blob_objects *objects, uint32_t want,
		       struct tsmreq_blob_table *ret)
{
	uint32_t end = TSMREQ_BLOB_TABLE_SIZE;

	start_table(ret);
	for (size_t i = 0; i < COUNT(kinds); i++) {
		const size_t size = get_bytes(objects, i)->size;

		ret->blobs[i].offset = end;
		if (!(want & kinds[i].want))
			continue;
		if (size > TSMREQ_LENGTH_MAX) {
			memset(ret, 0, sizeof(*ret));
			return -EOVERFLOW;
		}
		ret->blobs[i].length = (uint32_t)size;
		end += (uint32_t)size;
	}
	ret->size = end;
	ret->pages = pages_of(end);
	return 0;
}

/* As many of @candidates as still fit behind @used bytes. */
static uint32_t choose(const struct tsmreq_blob_objects *objects, uint32_t candidates,
		       uint64_t room, uint64_t *used)
{
	uint32_t chosen = 0;

	for (size_t n = 0; n < COUNT(by_need); n++) {
		const uint32_t want = kinds[by_need[n]].want;
		const size_t size = get_bytes(objects, by_need[n])->size;

		if (!(candidates & want) || size > TSMREQ_LENGTH_MAX || *used + size > room)
			continue;
		*used += size;
		chosen |= want;
	}
	return chosen;
}

uint32_t tsmreq_blob_choose(const struct tsmreq_blob_objects *objects, uint32_t want, uint64_t room)
{
	uint64_t used = TSMREQ_BLOB_TABLE_SIZE;
	const uint32_t chosen = choose(objects, want, room, &used);

	return chosen | choose(objects, ~want, room, &used);
}

void tsmreq_blob_store_table(const struct tsmreq_blob_table *table,
			     uint8_t ret[TSMREQ_BLOB_TABLE_SIZE])
{
	memset(ret, 0, TSMREQ_BLOB_TABLE_SIZE);
	for (size_t i = 0; i < COUNT(kinds); i++) {
		uint8_t *entry = ret + i * ENTRY_SIZE;

		memcpy(entry, kinds[i].guid, TSMREQ_BLOB_GUID_SIZE);
		tsmreq_store_le32(entry + ENTRY_OFFSET, table->blobs[i].offset);
		tsmreq_store_le32(entry + ENTRY_LENGTH, table->blobs[i].length);
	}
}

int tsmreq_blob_build(const struct tsmreq_blob_objects *objects, uint32_t want,
		      struct tsmreq_buffer *dst)
{
	struct tsmreq_blob_table table;
	uint8_t *bytes = dst->data;

	dst->size = 0;
	if (tsmreq_blob_layout(objects, want, &table))
		return -EOVERFLOW;
	dst->size = table.size;
	if (dst->capacity < dst->size)
		return -EMSGSIZE;

	tsmreq_blob_store_table(&table, bytes);
	for (size_t i = 0; i < COUNT(kinds); i++)
		if (table.blobs[i].length)
			memcpy(bytes + table.blobs[i].offset, get_bytes(objects, i)->data,
			       table.blobs[i].length);
	return 0;
}

/* COUNT(kinds): an object this library has no name for. */
static size_t find_guid(const uint8_t *guid)
{
	size_t i = 0;

	while (i < COUNT(kinds) && memcmp(kinds[i].guid, guid, TSMREQ_BLOB_GUID_SIZE) != 0)
		i++;
	return i;
}

static int parse_entry(const uint8_t *entry, size_t size, uint32_t *seen,
		       struct tsmreq_blob_table *table)
{
	const size_t i = find_guid(entry);
	const uint32_t offset = tsmreq_load_le32(entry + ENTRY_OFFSET);
	const uint32_t length = tsmreq_load_le32(entry + ENTRY_LENGTH);
	const uint64_t end = (uint64_t)offset + length;

	if (end > size || end > UINT32_MAX)
		return -EBADMSG;
	if (i == COUNT(kinds))
		return 0;
	if (*seen & kinds[i].want)
		return -EBADMSG;
	*seen |= kinds[i].want;
	table->blobs[i].offset = offset;
	table->blobs[i].length = length;
	if (table->size < end)
		table->size = (uint32_t)end;
	return 0;
}

/* The end has to stand in the first page: a table does not go on for ever. */
static int parse(const uint8_t *bytes, size_t size, struct tsmreq_blob_table *table)
{
	static const uint8_t end[TSMREQ_BLOB_GUID_SIZE];
	const size_t limit = size < PAGE ? size : PAGE;
	uint32_t at, seen = 0;
	int rc;

	for (at = 0; limit - at >= ENTRY_SIZE; at += ENTRY_SIZE) {
		if (!memcmp(bytes + at, end, sizeof(end))) {
			if (table->size < at + ENTRY_SIZE)
				table->size = at + ENTRY_SIZE;
			table->pages = pages_of(table->size);
			return 0;
		}
		rc = parse_entry(bytes + at, size, &seen, table);
		if (rc)
			return rc;
	}
	return -EBADMSG;
}

int tsmreq_blob_parse(struct tsmreq_bytes data, struct tsmreq_blob_table *ret)
{
	int rc;

	start_table(ret);
	rc = parse(data.data, data.size, ret);
	if (rc)
		memset(ret, 0, sizeof(*ret));
	return rc;
}
