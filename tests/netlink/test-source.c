/* SPDX-License-Identifier: MIT */
#include "kit.h"

static const struct tsmreq_guest_dev dev = {.raw = 0x100};
static const struct tsmreq_bytes none;

static struct tsmreq_evidence_source *open_source(struct kit *kit, uint32_t slot)
{
	struct tsmreq_evidence_source *source;

	kit_open(kit);
	assert_int_equal(tsmreq_evidence_source_new(&source, &kit->opts), 0);
	assert_int_equal(tsmreq_evidence_source_add(source, dev, DEVICE, slot), 0);
	return source;
}

static void close_source(struct kit *kit, struct tsmreq_evidence_source *source)
{
	assert_null(tsmreq_evidence_source_free(source));
	kit_close(kit);
}

/* As the guest room does: the size, then the bytes. */
static int ask_size(struct tsmreq_evidence_source *source, enum tsmreq_object object, size_t *ret)
{
	struct tsmreq_buffer room = {0};
	int r = tsmreq_evidence_source_read(source, dev, object, none, &room);

	*ret = room.size;
	return r;
}

static void every_object_has_its_type(void **unused)
{
	static const unsigned int types[] = {8, 2, 9, 10};
	struct tsmreq_evidence_source *source;
	uint8_t bytes[10000];
	struct kit kit;
	size_t size;

	(void)unused;
	source = open_source(&kit, TSMREQ_EVIDENCE_SLOT_ANY);
	for (int object = 0; object < 4; object++) {
		const struct server_object *theirs = &kit.server.objects[types[object]];
		struct tsmreq_buffer room = {bytes, sizeof(bytes), 0};

		assert_int_equal(ask_size(source, (enum tsmreq_object)object, &size), -EMSGSIZE);
		assert_int_equal(size, theirs->size);
		assert_int_equal(tsmreq_evidence_source_read(
					 source, dev, (enum tsmreq_object)object, none, &room),
				 0);
		assert_int_equal(room.size, theirs->size);
		assert_memory_equal(bytes, theirs->bytes, theirs->size);
	}
	close_source(&kit, source);
}

static void size_and_bytes_are_of_one_generation(void **unused)
{
	struct tsmreq_evidence_source *source;
	uint8_t bytes[10000];
	struct tsmreq_buffer room = {bytes, sizeof(bytes), 0};
	struct kit kit;
	size_t size;

	(void)unused;
	source = open_source(&kit, 2);
	assert_int_equal(ask_size(source, TSMREQ_OBJECT_MEASUREMENTS, &size), -EMSGSIZE);
	assert_int_equal(size, 8001);
	/* it changes between the two */
	kit.server.objects[9] = (struct server_object){kit_pattern() + 400, 77};
	kit.server.generation++;
	for (unsigned int slice = 0; slice < 3; slice++) {
		assert_int_equal(tsmreq_evidence_source_read(
					 source, dev, TSMREQ_OBJECT_MEASUREMENTS, none, &room),
				 0);
		assert_int_equal(room.size, 8001);
		assert_memory_equal(bytes, kit_pattern() + 24, 8001);
	}
	assert_int_equal(kit.server.dumps, 1);
	assert_int_equal(ask_size(source, TSMREQ_OBJECT_MEASUREMENTS, &size), -EMSGSIZE);
	assert_int_equal(size, 8001);
	/* what was forgotten is read anew */
	assert_int_equal(tsmreq_evidence_source_forget(source, dev), 0);
	assert_int_equal(tsmreq_evidence_source_read(source, dev, TSMREQ_OBJECT_MEASUREMENTS, none,
						     &room),
			 0);
	assert_int_equal(room.size, 77);
	close_source(&kit, source);
}

static void a_nonce_is_answered_once(void **unused)
{
	static const uint8_t one[32] = {1}, other[32] = {2};
	struct tsmreq_evidence_source *source;
	uint8_t bytes[64];
	struct tsmreq_buffer empty = {0}, room = {bytes, sizeof(bytes), 0};
	struct kit kit;
	size_t size;

	(void)unused;
	source = open_source(&kit, TSMREQ_EVIDENCE_SLOT_ANY);
	assert_int_equal(tsmreq_evidence_source_read(source, dev, TSMREQ_OBJECT_MEASUREMENTS,
						     (struct tsmreq_bytes){one, 32}, &empty),
			 -EMSGSIZE);
	assert_int_equal(tsmreq_evidence_source_read(source, dev, TSMREQ_OBJECT_MEASUREMENTS,
						     (struct tsmreq_bytes){one, 32}, &room),
			 0);
	assert_int_equal(kit.server.refreshes, 1);
	assert_memory_equal(bytes, one, 32);
	/* another nonce is another measurement, shorter than asked for or not */
	assert_int_equal(tsmreq_evidence_source_read(source, dev, TSMREQ_OBJECT_MEASUREMENTS,
						     (struct tsmreq_bytes){other, 32}, &room),
			 0);
	assert_memory_equal(bytes, other, 32);
	assert_int_equal(tsmreq_evidence_source_read(source, dev, TSMREQ_OBJECT_MEASUREMENTS,
						     (struct tsmreq_bytes){other, 31}, &room),
			 0);
	assert_int_equal(kit.server.refreshes, 3);
	/* without one, the latest will do */
	assert_int_equal(tsmreq_evidence_source_read(source, dev, TSMREQ_OBJECT_MEASUREMENTS, none,
						     &room),
			 0);
	assert_int_equal(kit.server.refreshes, 3);
	/* and all else that was read before a measurement is old */
	assert_int_equal(ask_size(source, TSMREQ_OBJECT_INTERFACE_REPORT, &size), -EMSGSIZE);
	kit.server.objects[10].size = 33;
	assert_int_equal(ask_size(source, TSMREQ_OBJECT_INTERFACE_REPORT, &size), -EMSGSIZE);
	assert_int_equal(size, 56);
	assert_int_equal(tsmreq_evidence_source_read(source, dev, TSMREQ_OBJECT_MEASUREMENTS,
						     (struct tsmreq_bytes){one, 32}, &room),
			 0);
	assert_int_equal(ask_size(source, TSMREQ_OBJECT_INTERFACE_REPORT, &size), -EMSGSIZE);
	assert_int_equal(size, 33);
	close_source(&kit, source);
}

static void the_certificate_is_the_one_there_is(void **unused)
{
	struct tsmreq_evidence_source *source;
	struct kit kit;
	size_t size;

	(void)unused;
	source = open_source(&kit, TSMREQ_EVIDENCE_SLOT_ANY);
	assert_int_equal(ask_size(source, TSMREQ_OBJECT_CERTIFICATE, &size), -EMSGSIZE);
	assert_int_equal(size, 3000);
	kit.server.objects[5] = (struct server_object){kit_pattern(), 10};
	assert_int_equal(tsmreq_evidence_source_forget(source, dev), 0);
	assert_int_equal(ask_size(source, TSMREQ_OBJECT_CERTIFICATE, &size), -ENOTUNIQ);
	assert_int_equal(size, 0);
	/* an absent one is not kept as absent: it may come */
	kit.server.objects[2].size = kit.server.objects[5].size = 0;
	assert_int_equal(ask_size(source, TSMREQ_OBJECT_CERTIFICATE, &size), -ENODATA);
	assert_int_equal(size, 0);
	kit.server.objects[7].size = 4;
	kit.server.objects[7].bytes = kit_pattern();
	assert_int_equal(ask_size(source, TSMREQ_OBJECT_CERTIFICATE, &size), -EMSGSIZE);
	assert_int_equal(size, 4);
	/* named, there is no question */
	kit.server.objects[2].size = kit.server.objects[5].size = 9;
	assert_int_equal(tsmreq_evidence_source_remove(source, dev), 0);
	assert_int_equal(tsmreq_evidence_source_add(source, dev, DEVICE, 5), 0);
	assert_int_equal(ask_size(source, TSMREQ_OBJECT_CERTIFICATE, &size), -EMSGSIZE);
	assert_int_equal(size, 9);
	close_source(&kit, source);
}

static void what_fails_keeps_nothing(void **unused)
{
	struct tsmreq_evidence_source *source;
	uint8_t bytes[16];
	struct tsmreq_buffer small = {bytes, sizeof(bytes), 0};
	struct kit kit;
	size_t size;

	(void)unused;
	source = open_source(&kit, 0);
	assert_int_equal(ask_size(source, TSMREQ_OBJECT_INTERFACE_REPORT, &size), -EMSGSIZE);
	assert_int_equal(tsmreq_evidence_source_read(source, dev, TSMREQ_OBJECT_INTERFACE_REPORT,
						     none, &small),
			 -EMSGSIZE);
	assert_int_equal(small.size, 56);
	kit.server.fault = FAULT_SHORT;
	assert_int_equal(tsmreq_evidence_source_forget(source, dev), 0);
	assert_int_equal(ask_size(source, TSMREQ_OBJECT_INTERFACE_REPORT, &size), -EBADMSG);
	assert_int_equal(size, 0);
	assert_int_equal(tsmreq_evidence_source_read(source, dev, TSMREQ_OBJECT_INTERFACE_REPORT,
						     none, &small),
			 -EBADMSG);
	assert_int_equal(small.size, 0);
	close_source(&kit, source);
}

static void devices_come_and_go(void **unused)
{
	const struct tsmreq_guest_dev other = {.raw = 7};
	struct tsmreq_evidence_opts bad = {.size = 1};
	struct tsmreq_evidence_source *source, *more;
	struct tsmreq_buffer room = {0};
	struct kit kit;

	(void)unused;
	source = open_source(&kit, 0);
	assert_int_equal(tsmreq_evidence_source_add(source, dev, DEVICE, 0), -EEXIST);
	assert_int_equal(tsmreq_evidence_source_add(source, other, "eth0", 0), -EINVAL);
	assert_int_equal(tsmreq_evidence_source_add(source, other, DEVICE, 8), -EINVAL);
	assert_int_equal(tsmreq_evidence_source_add(source, other, "02:00.0", 7), 0);
	assert_int_equal(tsmreq_evidence_source_read(source, other, TSMREQ_OBJECT_VCA, none, &room),
			 -ENODEV);
	assert_int_equal(tsmreq_evidence_source_read(source, dev, (enum tsmreq_object)4, none,
						     &room),
			 -EINVAL);
	assert_int_equal(tsmreq_evidence_source_remove(source, dev), 0);
	assert_int_equal(tsmreq_evidence_source_remove(source, dev), -ENODEV);
	assert_int_equal(tsmreq_evidence_source_forget(source, dev), -ENODEV);
	assert_int_equal(tsmreq_evidence_source_read(source, dev, TSMREQ_OBJECT_VCA, none, &room),
			 -ENODEV);
	assert_int_equal(tsmreq_evidence_source_new(&more, &bad), -EINVAL);
	assert_int_equal(tsmreq_evidence_source_new(NULL, NULL), -EINVAL);
	assert_int_equal(tsmreq_evidence_source_new(&more, NULL), 0);
	tsmreq_evidence_source_free(more);
	assert_null(tsmreq_evidence_source_free(NULL));
	close_source(&kit, source);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_object_has_its_type),
		cmocka_unit_test(size_and_bytes_are_of_one_generation),
		cmocka_unit_test(a_nonce_is_answered_once),
		cmocka_unit_test(the_certificate_is_the_one_there_is),
		cmocka_unit_test(what_fails_keeps_nothing),
		cmocka_unit_test(devices_come_and_go),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
