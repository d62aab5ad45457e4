/* SPDX-License-Identifier: MIT */
#ifndef TESTS_NETLINK_KIT_H
#define TESTS_NETLINK_KIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tsmreq/evidence.h>

#include "server.h"

/* A server with some evidence, and the shipped client on its other side. */

#define DEVICE "0000:01:00.0"
#define LARGE  0x1000000u

struct kit {
	struct server server;
	struct tsmreq_evidence_opts opts;
	struct tsmreq_evidence *client;
};

/* Bytes in which every place is another. */
static inline const uint8_t *kit_pattern(void)
{
	static uint8_t pattern[LARGE + 64];

	for (uint32_t i = 0; !pattern[4] && i < sizeof(pattern) / 4; i++)
		memcpy(pattern + 4 * (size_t)i, &(uint32_t){i * 2654435761u}, 4);
	return pattern;
}

static inline void kit_open(struct kit *kit)
{
	const uint8_t *pattern = kit_pattern();

	*kit = (struct kit){.server = {.gen1 = true,
				       .gen2 = true,
				       .device = DEVICE,
				       .generation = 1,
				       .can_refresh = true}};
	kit->server.objects[2] = (struct server_object){pattern + 8, 3000};
	kit->server.objects[8] = (struct server_object){pattern + 16, 1};
	kit->server.objects[9] = (struct server_object){pattern + 24, 8001};
	kit->server.objects[10] = (struct server_object){pattern + 32, 56};
	assert_int_equal(server_open(&kit->server), 0);
	assert_int_equal(server_start(&kit->server), 0);
	kit->opts = (struct tsmreq_evidence_opts){
		.size = sizeof(kit->opts),
		.protocol = SERVER_PROTOCOL,
		.peer_port = kit->server.port,
		.timeout_ms = 60000,
	};
	assert_int_equal(tsmreq_evidence_new(&kit->client, &kit->opts), 0);
}

static inline void kit_client(struct kit *kit)
{
	tsmreq_evidence_free(kit->client);
	assert_int_equal(tsmreq_evidence_new(&kit->client, &kit->opts), 0);
}

static inline void kit_close(struct kit *kit)
{
	tsmreq_evidence_free(kit->client);
	server_close(&kit->server);
}

static inline int kit_read(struct kit *kit, uint32_t types)
{
	const struct tsmreq_evidence_request request = {
		.size = sizeof(request), .device = DEVICE, .types = types};

	return tsmreq_evidence_read(kit->client, &request);
}

static inline struct tsmreq_evidence_object kit_object(const struct kit *kit, unsigned int i)
{
	struct tsmreq_evidence_object object;

	assert_true(tsmreq_evidence_object_at(kit->client, i, &object));
	return object;
}

/* Object number @i of the last read is the server's @type, whole. */
static inline void kit_same(const struct kit *kit, unsigned int i, unsigned int type)
{
	const struct tsmreq_evidence_object object = kit_object(kit, i);
	const struct server_object *theirs = &kit->server.objects[type];

	assert_int_equal(object.type, type);
	assert_int_equal(object.bytes.size, theirs->size);
	if (theirs->size)
		assert_memory_equal(object.bytes.data, theirs->bytes, theirs->size);
}

#endif
