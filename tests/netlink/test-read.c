/* SPDX-License-Identifier: MIT */
#include "kit.h"

static const uint8_t nonce[32] = {1, 2, 3, 4, 5, 6, 7, 8, 9};

static void one_some_and_all_objects(void **unused)
{
	struct tsmreq_evidence_object object;
	struct kit kit;

	(void)unused;
	kit_open(&kit);
	assert_int_equal(kit_read(&kit, TSMREQ_EVIDENCE_MASK_REPORT), 0);
	kit_same(&kit, 0, 10);
	assert_int_equal(kit_object(&kit, 0).generation, 1);
	assert_false(tsmreq_evidence_object_at(kit.client, 1, &object));
	assert_int_equal(object.bytes.size, 0);

	assert_int_equal(
		kit_read(&kit, TSMREQ_EVIDENCE_MASK_VCA | TSMREQ_EVIDENCE_MASK_MEASUREMENTS), 0);
	kit_same(&kit, 0, 8);
	kit_same(&kit, 1, 9);

	assert_int_equal(kit_read(&kit, TSMREQ_EVIDENCE_MASK_ALL), 0);
	for (unsigned int type = 0; type < TSMREQ_EVIDENCE_TYPES; type++)
		kit_same(&kit, type, type);
	assert_int_equal(tsmreq_evidence_get_family(kit.client),
			 TSMREQ_EVIDENCE_FAMILY_DEVICE_EVIDENCE);
	assert_string_equal(tsmreq_evidence_get_message(kit.client), "");
	kit_close(&kit);
}

/* Around every boundary there is: of a chunk, of the client's room, of nothing at all. */
static void every_size_and_chunking_is_byte_identical(void **unused)
{
	static const uint32_t sizes[] = {0, 1, 2, 3, 4, 5, 63, 64, 65, 299, 300};
	struct kit kit;

	(void)unused;
	kit_open(&kit);
	for (unsigned int family = 1; family <= 2; family++) {
		kit.opts.family = (enum tsmreq_evidence_family)family;
		kit_client(&kit);
		for (unsigned int i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
			kit.server.objects[9] = (struct server_object){kit_pattern(), sizes[i]};
			for (kit.server.chunk = 1; kit.server.chunk <= sizes[i] + 1;
			     kit.server.chunk++) {
				kit.server.bundle = kit.server.chunk % 4;
				kit.server.done_alone = kit.server.chunk % 3;
				assert_int_equal(kit_read(&kit, TSMREQ_EVIDENCE_MASK_MEASUREMENTS),
						 0);
				kit_same(&kit, 0, 9);
			}
		}
		assert_int_equal(tsmreq_evidence_get_family(kit.client), family);
	}
	kit_close(&kit);
}

static void sixteen_mib_and_not_a_byte_more(void **unused)
{
	static const size_t chunks[] = {4000, 32716, 65531};
	struct kit kit;

	(void)unused;
	kit_open(&kit);
	for (unsigned int family = 1; family <= 2; family++) {
		kit.opts.family = (enum tsmreq_evidence_family)family;
		kit_client(&kit);
		for (unsigned int i = 0; i < 3; i++) {
			kit.server.chunk = chunks[i];
			kit.server.objects[9] = (struct server_object){kit_pattern(), LARGE};
			assert_int_equal(kit_read(&kit, TSMREQ_EVIDENCE_MASK_MEASUREMENTS), 0);
			kit_same(&kit, 0, 9);
		}
		kit.server.objects[9].size = LARGE + 1;
		assert_int_equal(kit_read(&kit, TSMREQ_EVIDENCE_MASK_MEASUREMENTS), -EFBIG);
	}
	/* a limit of the caller's */
	kit.opts.max_size = 8000;
	kit_client(&kit);
	kit.server.objects[9].size = 8000;
	assert_int_equal(kit_read(&kit, TSMREQ_EVIDENCE_MASK_MEASUREMENTS), 0);
	kit.server.objects[9].size = 8001;
	assert_int_equal(kit_read(&kit, TSMREQ_EVIDENCE_MASK_MEASUREMENTS), -EFBIG);
	kit_close(&kit);
}

static void sizes_without_the_bytes(void **unused)
{
	struct tsmreq_evidence_request request = {
		.size = sizeof(request),
		.device = DEVICE,
		.types = TSMREQ_EVIDENCE_MASK_ALL,
		.flags = TSMREQ_EVIDENCE_SIZES,
		.nonce = {nonce, sizeof(nonce)},
	};
	struct tsmreq_evidence_object object;
	struct kit kit;

	(void)unused;
	kit_open(&kit);
	kit.server.objects[2].size = LARGE;
	/* one dump each that ends with its first message; one measurement for all */
	assert_int_equal(tsmreq_evidence_read(kit.client, &request), 0);
	assert_int_equal(kit.server.refreshes, 1);
	assert_int_equal(kit.server.dumps, 11);
	for (unsigned int type = 0; type < TSMREQ_EVIDENCE_TYPES; type++) {
		assert_int_equal(kit_object(&kit, type).bytes.size, kit.server.objects[type].size);
		assert_null(kit_object(&kit, type).bytes.data);
		assert_int_equal(kit_object(&kit, type).generation, 2);
	}
	/* one that fails is the end of all */
	kit.server.fault = FAULT_ACK;
	kit.server.after = 5;
	assert_int_equal(tsmreq_evidence_read(kit.client, &request), -EBADMSG);
	assert_false(tsmreq_evidence_object_at(kit.client, 0, &object));
	kit.server.fault = FAULT_NONE;
	/* the older family has to say it all */
	kit.opts.family = TSMREQ_EVIDENCE_FAMILY_PCI_TSM;
	kit_client(&kit);
	request.nonce.size = 0;
	kit.server.objects[2].size = 100000;
	assert_int_equal(tsmreq_evidence_read(kit.client, &request), 0);
	assert_int_equal(kit_object(&kit, 2).bytes.size, 100000);
	assert_null(kit_object(&kit, 2).bytes.data);
	kit_close(&kit);
}

static void a_nonce_makes_new_measurements(void **unused)
{
	struct tsmreq_evidence_request request = {
		.size = sizeof(request),
		.device = "01:00.0",
		.types = TSMREQ_EVIDENCE_MASK_MEASUREMENTS,
		.nonce = {nonce, sizeof(nonce)},
	};
	struct kit kit;

	(void)unused;
	kit_open(&kit);
	assert_int_equal(tsmreq_evidence_read(kit.client, &request), 0);
	assert_int_equal(kit.server.refreshes, 1);
	assert_int_equal(kit_object(&kit, 0).generation, 2);
	assert_memory_equal(kit_object(&kit, 0).bytes.data, nonce, 32);
	/* a shorter one goes out as it is */
	request.nonce.size = 9;
	assert_int_equal(tsmreq_evidence_read(kit.client, &request), 0);
	kit_same(&kit, 0, 9);
	assert_int_equal(kit.server.refreshes, 2);
	/* after a restart it is sent again: another may have come between */
	kit.server.fault = FAULT_EAGAIN;
	kit.server.times = 2;
	assert_int_equal(tsmreq_evidence_read(kit.client, &request), 0);
	assert_int_equal(kit.server.refreshes, 5);
	/* an empty one never goes out: it would measure, too */
	request.nonce.size = 0;
	assert_int_equal(tsmreq_evidence_read(kit.client, &request), 0);
	assert_int_equal(kit.server.refreshes, 5);
	/* who cannot says so */
	kit.server.can_refresh = false;
	request.nonce.size = 32;
	assert_int_equal(tsmreq_evidence_read(kit.client, &request), -EOPNOTSUPP);
	assert_non_null(strstr(tsmreq_evidence_get_message(kit.client), "without a nonce"));
	kit_close(&kit);
}

static void the_older_family_is_never_given_a_nonce(void **unused)
{
	struct tsmreq_evidence_request request = {
		.size = sizeof(request),
		.device = DEVICE,
		.types = TSMREQ_EVIDENCE_MASK_MEASUREMENTS,
		.nonce = {nonce, sizeof(nonce)},
	};
	struct kit kit;

	(void)unused;
	kit_open(&kit);
	kit.server.gen2 = false;
	assert_int_equal(tsmreq_evidence_read(kit.client, &request), -EOPNOTSUPP);
	assert_int_equal(kit.server.dumps, 0);
	request.nonce.size = 0;
	assert_int_equal(tsmreq_evidence_read(kit.client, &request), 0);
	kit_same(&kit, 0, 9);
	assert_int_equal(kit_object(&kit, 0).generation, 0);
	assert_int_equal(tsmreq_evidence_get_family(kit.client), TSMREQ_EVIDENCE_FAMILY_PCI_TSM);
	/* where there is none at all, that is what is told, and not to try without a nonce */
	kit.server.gen1 = false;
	request.nonce.size = sizeof(nonce);
	assert_int_equal(tsmreq_evidence_read(kit.client, &request), -EPROTONOSUPPORT);
	kit_close(&kit);
}

static void families_are_found_newest_first(void **unused)
{
	struct kit kit;

	(void)unused;
	kit_open(&kit);
	assert_int_equal(tsmreq_evidence_get_family(kit.client), TSMREQ_EVIDENCE_FAMILY_AUTO);
	assert_int_equal(kit_read(&kit, TSMREQ_EVIDENCE_MASK_VCA), 0);
	assert_int_equal(kit.server.resolves, 1);
	kit.server.gen2 = false;
	assert_int_equal(kit_read(&kit, TSMREQ_EVIDENCE_MASK_VCA), 0);
	assert_int_equal(kit.server.resolves, 3);
	kit.server.gen1 = false;
	assert_int_equal(kit_read(&kit, TSMREQ_EVIDENCE_MASK_VCA), -EPROTONOSUPPORT);
	assert_int_equal(kit.server.resolves, 5);
	assert_non_null(strstr(tsmreq_evidence_get_message(kit.client), "family"));
	/* one that is named is the only one asked for */
	kit.server.gen1 = true;
	kit.opts.family = TSMREQ_EVIDENCE_FAMILY_DEVICE_EVIDENCE;
	kit_client(&kit);
	assert_int_equal(kit_read(&kit, TSMREQ_EVIDENCE_MASK_VCA), -EPROTONOSUPPORT);
	assert_int_equal(kit.server.resolves, 6);
	kit_close(&kit);
}

static void requests_are_the_bytes_that_are_published(void **unused)
{
	/* but for sequence number and port, which are the socket's */
	static const uint8_t gen2[56] = {
		0x38, 0,   0,	 0,    0x1f, 0,	  0x01, 0x03, 0,    0,	 0, 0, 0,   0,
		0,    0,   0x01, 0x01, 0,    0,	  8,	0,    2,    0,	 0, 4, 0,   0,
		8,    0,   4,	 0,    'p',  'c', 'i',	0,    0x11, 0,	 5, 0, '0', '0',
		'0',  '0', ':',	 '0',  '1',  ':', '0',	'0',  '.',  '0', 0, 0, 0,   0,
	};
	static const uint8_t gen1[48] = {
		0x30, 0,    0,	 0,   0x23, 0,	 0x01, 0x03, 0,	  0,   0,   0,	 0,    0, 0, 0,
		0x01, 0x01, 0,	 0,   8,    0,	 2,    0,    0,	  4,   0,   0,	 0x11, 0, 4, 0,
		'0',  '0',  '0', '0', ':',  '0', '1',  ':',  '0', '0', '.', '0', 0,    0, 0, 0,
	};
	struct tsmreq_evidence_request request = {
		.size = sizeof(request),
		.device = DEVICE,
		.types = TSMREQ_EVIDENCE_MASK_REPORT,
		.flags = TSMREQ_EVIDENCE_DIGEST,
	};
	struct kit kit;

	(void)unused;
	kit_open(&kit);
	assert_int_equal(kit_read(&kit, TSMREQ_EVIDENCE_MASK_REPORT), 0);
	memset(kit.server.request + 8, 0, 8);
	assert_int_equal(kit.server.request_size, sizeof(gen2));
	assert_memory_equal(kit.server.request, gen2, sizeof(gen2));
	/* the digest in its place is one attribute more */
	assert_int_equal(tsmreq_evidence_read(kit.client, &request), 0);
	assert_int_equal(kit.server.request_size, sizeof(gen2) + 8);
	assert_memory_equal(kit.server.request + 28, ((uint8_t[]){8, 0, 3, 0, 1, 0, 0, 0}), 8);
	kit.server.gen2 = false;
	assert_int_equal(kit_read(&kit, TSMREQ_EVIDENCE_MASK_REPORT), 0);
	memset(kit.server.request + 8, 0, 8);
	assert_int_equal(kit.server.request_size, sizeof(gen1));
	assert_memory_equal(kit.server.request, gen1, sizeof(gen1));
	kit_close(&kit);
}

static void what_no_kernel_would_take_is_not_sent(void **unused)
{
	const struct tsmreq_evidence_request good = {
		.size = sizeof(good), .device = DEVICE, .types = TSMREQ_EVIDENCE_MASK_VCA};
	struct tsmreq_evidence_request bad[] = {good, good, good, good, good, good, good};
	struct tsmreq_evidence_opts opts = {.size = sizeof(opts)};
	struct {
		struct tsmreq_evidence_request request;
		uint64_t more;
	} later = {good, 1};
	struct {
		struct tsmreq_evidence_opts opts;
		uint64_t more;
	} later_opts = {{.size = sizeof(later_opts)}, 1};
	struct tsmreq_evidence *client;
	struct kit kit;

	(void)unused;
	kit_open(&kit);
	bad[0].types = 0;
	bad[1].types = 0x800;
	bad[2].flags = 4;
	bad[3].device = "eth0";
	bad[4].device = NULL;
	bad[5].nonce = (struct tsmreq_bytes){nonce, 33};
	bad[6].nonce = (struct tsmreq_bytes){NULL, 1};
	for (unsigned int i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(tsmreq_evidence_read(kit.client, &bad[i]), -EINVAL);
		assert_string_not_equal(tsmreq_evidence_get_message(kit.client), "");
	}
	assert_int_equal(tsmreq_evidence_read(kit.client, NULL), -EINVAL);
	assert_int_equal(tsmreq_evidence_read(NULL, &good), -EINVAL);
	bad[0].size = 3;
	assert_int_equal(tsmreq_evidence_read(kit.client, &bad[0]), -EINVAL);
	later.request.size = sizeof(later);
	assert_int_equal(tsmreq_evidence_read(kit.client, &later.request), -E2BIG);
	assert_int_equal(kit.server.resolves, 0);
	assert_int_equal(tsmreq_evidence_new(&client, &later_opts.opts), -E2BIG);
	opts.max_size = LARGE + 1;
	assert_int_equal(tsmreq_evidence_new(&client, &opts), -EINVAL);
	opts.max_size = 0;
	opts.family = (enum tsmreq_evidence_family)3;
	assert_int_equal(tsmreq_evidence_new(&client, &opts), -EINVAL);
	assert_int_equal(tsmreq_evidence_new(NULL, NULL), -EINVAL);
	assert_null(tsmreq_evidence_free(NULL));
	kit_close(&kit);
}

/* The real family number of generic netlink, and nobody behind it: this machine has no such family,
 * or lets nobody in, or knows no such device. */
static void the_machines_own_kernel_answers_in_words(void **unused)
{
	const struct tsmreq_evidence_request request = {
		.size = sizeof(request),
		.device = "ffffffff:ff:1f.7",
		.types = TSMREQ_EVIDENCE_MASK_VCA,
	};
	struct tsmreq_evidence *client;
	int r;

	(void)unused;
	assert_int_equal(tsmreq_evidence_new(&client, NULL), 0);
	r = tsmreq_evidence_read(client, &request);
	assert_true(r == -EPROTONOSUPPORT || r == -EPERM || r == -ENODEV);
	assert_string_not_equal(tsmreq_evidence_get_message(client), "");
	tsmreq_evidence_free(client);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_some_and_all_objects),
		cmocka_unit_test(every_size_and_chunking_is_byte_identical),
		cmocka_unit_test(sixteen_mib_and_not_a_byte_more),
		cmocka_unit_test(sizes_without_the_bytes),
		cmocka_unit_test(a_nonce_makes_new_measurements),
		cmocka_unit_test(the_older_family_is_never_given_a_nonce),
		cmocka_unit_test(families_are_found_newest_first),
		cmocka_unit_test(requests_are_the_bytes_that_are_published),
		cmocka_unit_test(what_no_kernel_would_take_is_not_sent),
		cmocka_unit_test(the_machines_own_kernel_answers_in_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
