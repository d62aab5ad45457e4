/* SPDX-License-Identifier: MIT */
#include "proof.h"
#include <tsmreq/ghcb.h>

#define SMALL  (TSMREQ_BLOB_TABLE_SIZE + 24u)
#define MARGIN 1u
#define PAGE   (4096u + MARGIN)
#define OBJECT 64u

static uint8_t page[PAGE], object[OBJECT], written[TSMREQ_BLOB_TABLE_SIZE + 3 * OBJECT];

static void parse(size_t from, size_t to)
{
	//@ loop unroll PAGE + 1;
	for (size_t size = from; size <= to; size++) {
		struct tsmreq_blob_table table;

		(void)tsmreq_blob_parse((struct tsmreq_bytes){page + PAGE - size, size}, &table);
	}
}

/*
 * Any wish, any room for the answer. Objects are any bytes of up to OBJECT for the copies; for
 * all else they have any length, and nothing behind their address is looked at.
 */
static void build(void)
{
	const struct tsmreq_blob_objects any = {
		{object, proof_any_u64}, {object, proof_any_u64}, {object, proof_any_u64}};
	struct tsmreq_blob_objects objects = {
		{object, proof_any_u8 % (OBJECT + 1)},
		{object, proof_any_u8 % (OBJECT + 1)},
		{object, proof_any_u8 % (OBJECT + 1)},
	};
	struct tsmreq_blob_table table;
	struct tsmreq_buffer buffer = {written, 0, 0};

	(void)tsmreq_blob_choose(&any, proof_any_u32, proof_any_u64);
	(void)tsmreq_blob_layout(&any, proof_any_u32, &table);
	tsmreq_blob_store_table(&table, written);
	(void)tsmreq_blob_build(&any, proof_any_u32, &buffer);
	buffer.capacity = sizeof(written);
	(void)tsmreq_blob_build(&objects, proof_any_u32, &buffer);
	(void)tsmreq_blob_get_guid((enum tsmreq_object)proof_any_i32);
}

/*
 * Any content; any length of up to the table this library writes and an entry more, and any around
 * the page where a table has to end. Assumed: in between, and beyond, it is the same loop.
 */
void proof(void)
{
	proof_any_bytes(page, sizeof(page));
	proof_any_bytes(object, sizeof(object));
	parse(0, SMALL);
	parse(PAGE - 2 * MARGIN, PAGE);
	build();
}
