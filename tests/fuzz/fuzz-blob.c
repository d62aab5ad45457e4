/* SPDX-License-Identifier: MIT */
#include "fuzz.h"
#include <tsmreq/ghcb.h>

/* Input: wish (1 byte), room (2 bytes), sizes of three objects (2 bytes each), data pages. */

static const struct tsmreq_bytes *object_at(const struct tsmreq_blob_objects *objects, size_t i)
{
	const struct tsmreq_bytes *const all[] = {&objects->measurements, &objects->certificate,
						  &objects->report};

	return all[i];
}

static void check_table(const struct tsmreq_blob_table *table, size_t size)
{
	FUZZ_CHECK(table->size <= size);
	FUZZ_CHECK(table->pages == (table->size + 4095) / 4096);
	for (size_t i = 0; i < TSMREQ_BLOB_COUNT; i++) {
		FUZZ_CHECK(!table->blobs[i].reserved);
		FUZZ_CHECK(table->blobs[i].offset <= size &&
			   table->blobs[i].length <= size - table->blobs[i].offset);
		FUZZ_CHECK(tsmreq_blob_get_guid(table->blobs[i].object));
	}
}

/* What a guest finds can be put into data pages again, where it is found again. */
static void check_parsed(const uint8_t *data, const struct tsmreq_blob_table *table)
{
	struct tsmreq_blob_objects objects;
	struct tsmreq_bytes *const all[] = {&objects.measurements, &objects.certificate,
					    &objects.report};
	struct tsmreq_buffer buffer = {0};
	struct tsmreq_blob_table again;
	uint8_t *bytes;

	for (size_t i = 0; i < TSMREQ_BLOB_COUNT; i++)
		*all[i] = (struct tsmreq_bytes){data + table->blobs[i].offset,
						table->blobs[i].length};
	FUZZ_CHECK(tsmreq_blob_build(&objects, UINT32_MAX, &buffer) == -EMSGSIZE);
	buffer.capacity = buffer.size;
	buffer.data = bytes = malloc(buffer.capacity);
	FUZZ_CHECK(bytes && !tsmreq_blob_build(&objects, UINT32_MAX, &buffer));
	FUZZ_CHECK(!tsmreq_blob_parse((struct tsmreq_bytes){bytes, buffer.size}, &again));
	FUZZ_CHECK(again.size == buffer.size);
	check_table(&again, buffer.size);
	for (size_t i = 0; i < TSMREQ_BLOB_COUNT; i++) {
		FUZZ_CHECK(again.blobs[i].length == all[i]->size);
		FUZZ_CHECK(!memcmp(bytes + again.blobs[i].offset, all[i]->data, all[i]->size));
	}
	free(bytes);
}

/* What is chosen fits the room, unless not even the table does. */
static void check_choice(const struct tsmreq_blob_objects *objects, uint32_t want, uint64_t room)
{
	const uint32_t chosen = tsmreq_blob_choose(objects, want, room);
	struct tsmreq_blob_table table;

	FUZZ_CHECK(!tsmreq_blob_layout(objects, chosen, &table));
	FUZZ_CHECK(table.size <= room || table.size == TSMREQ_BLOB_TABLE_SIZE);
	check_table(&table, table.size);
	for (size_t i = 0; i < TSMREQ_BLOB_COUNT; i++)
		FUZZ_CHECK(table.blobs[i].length <= object_at(objects, i)->size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_input in = {data, size};
	const uint32_t want = fuzz_take_u8(&in);
	const uint64_t room = fuzz_take_u16(&in);
	struct tsmreq_blob_objects objects = {0};
	struct tsmreq_blob_table table, twin;
	struct tsmreq_bytes bytes;
	int rc;

	/* only their sizes count */
	objects.measurements.size = fuzz_take_u16(&in);
	objects.certificate.size = fuzz_take_u16(&in);
	objects.report.size = fuzz_take_u16(&in);
	check_choice(&objects, want, room);

	memset(&table, 0xa5, sizeof(table));
	memset(&twin, 0x5a, sizeof(twin));
	bytes = (struct tsmreq_bytes){in.data, in.size};
	rc = tsmreq_blob_parse(bytes, &table);
	FUZZ_CHECK(!rc || rc == -EBADMSG);
	FUZZ_CHECK(tsmreq_blob_parse(bytes, &twin) == rc);
	FUZZ_SAME(&table, &twin);
	if (rc) {
		FUZZ_CHECK(!table.size && !table.pages);
		return 0;
	}
	check_table(&table, in.size);
	check_parsed(in.data, &table);
	return 0;
}
