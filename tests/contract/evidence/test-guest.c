/* SPDX-License-Identifier: MIT */
#include "../../unit/guest/kit.h"
#include <tsmreq/evidence.h>

#include "../../netlink/server.h"

/* A Realm on a kernel without object ioctls: its SIZE and READ are answered from netlink. */

#define MEASUREMENTS 2

static struct tsmreq_evidence_source *source;

/* What a VMM writes: its own userdata, and the source it has. */
static int read_object(void *userdata, struct tsmreq_guest_dev dev, enum tsmreq_object object,
		       struct tsmreq_bytes nonce, struct tsmreq_buffer *dst)
{
	(void)userdata;
	return tsmreq_evidence_source_read(source, dev, object, nonce, dst);
}

static uint64_t ask_size(struct kit *kit)
{
	uint64_t size = 0;

	assert_int_equal(kit_rhi(kit, TSMREQ_RHI_OBJECT_SIZE, KIT_DEV, MEASUREMENTS, &size), 0);
	return size;
}

/* @size bytes of the object from @offset on, to 0x3000. */
static void read_slice(struct kit *kit, uint64_t size, uint64_t offset)
{
	const struct tsmreq_exit exit =
		kit_rhi_exit(TSMREQ_RHI_OBJECT_READ, KIT_DEV, MEASUREMENTS, 0x3000, size, offset);
	const struct tsmreq_reply reply = kit_handle(kit, &exit);

	assert_int_equal(reply.rhi.x[0], 0);
	assert_int_equal(reply.rhi.x[1], size);
}

static void a_guest_reads_one_generation_in_slices(void **unused)
{
	static uint8_t first[5000], second[77];
	static struct kit kit;
	struct server server = {.gen2 = true,
				.device = "0000:01:00.0",
				.generation = 1,
				.objects = {[9] = {first, sizeof(first)}}};
	struct tsmreq_evidence_opts opts = {.size = sizeof(opts), .protocol = SERVER_PROTOCOL};
	const struct tsmreq_guest_dev dev = {KIT_DEV};

	(void)unused;
	for (size_t i = 0; i < sizeof(first); i++)
		first[i] = (uint8_t)(i * 7 + i / 256);
	memset(second, 0x5a, sizeof(second));
	assert_int_equal(server_open(&server), 0);
	assert_int_equal(server_start(&server), 0);
	opts.peer_port = server.port;
	assert_int_equal(tsmreq_evidence_source_new(&source, &opts), 0);
	assert_int_equal(tsmreq_evidence_source_add(source, dev, "01:00.0", 0), 0);
	kit_set_up(&kit, TSMREQ_ARCH_CCA, TSMREQ_UAPI_V6_LIKE);
	assert_false(tsmreq_uapi_has(TSMREQ_UAPI_V6_LIKE, TSMREQ_ARCH_CCA, TSMREQ_FEATURE_OBJECTS));
	kit.ops.read_object = read_object;
	kit.opts.quirks = TSMREQ_RHI_QUIRK_OFFSET_SLICE;
	kit_start(&kit, TSMREQ_TDI_LOCKED);
	assert_true(tsmreq_guest_get_features(kit.guest) & TSMREQ_RHI_FEATURE_OBJECT_READ);

	assert_int_equal(ask_size(&kit), sizeof(first));
	read_slice(&kit, 3000, 0);
	assert_memory_equal(kit.memory + 0x3000, first, 3000);
	/* the evidence changes under a guest that is half way */
	server.objects[9] = (struct server_object){second, sizeof(second)};
	server.generation = 2;
	read_slice(&kit, 2000, 3000);
	assert_memory_equal(kit.memory + 0x3000, first + 3000, 2000);
	assert_int_equal(server.dumps, 1);
	/* after a change of state the guest is told of the new one, and gets it */
	assert_int_equal(tsmreq_evidence_source_forget(source, dev), 0);
	assert_int_equal(ask_size(&kit), sizeof(second));
	read_slice(&kit, sizeof(second), 0);
	assert_memory_equal(kit.memory + 0x3000, second, sizeof(second));
	/* and no ioctl was needed for any of it */
	assert_int_equal(kit.sends, 0);
	kit_end(&kit);
	tsmreq_evidence_source_free(source);
	server_close(&server);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_guest_reads_one_generation_in_slices),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
