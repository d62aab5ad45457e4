/* SPDX-License-Identifier: MIT */
#include "kit.h"

/* Every malformed reply ends in a clear error, in bounded time and memory; and the next read works.
 */

struct fault {
	enum server_fault fault;
	int rc;
	const char *words; /* in the message */
};

static const struct fault both[] = {
	{FAULT_DONE_EMPTY, 0, ""},
	{FAULT_LOST, -ENOBUFS, "lost"},
	{FAULT_ACK, -EBADMSG, "acknowledgement"},
	{FAULT_POSITIVE, -EBADMSG, "an errno that is none: 22"},
	{FAULT_ORDER, -EBADMSG, "comes after"},
	{FAULT_REPEAT, -EBADMSG, "comes after"},
	{FAULT_FOREIGN, -EBADMSG, "nobody asked for"},
	{FAULT_MISSING, -EBADMSG, "report never came"},
	{FAULT_NEW_ATTRIBUTE, 0, ""},
	{FAULT_NEW_COMMAND, 0, ""},
	{FAULT_CUT_ATTRIBUTE, -EBADMSG, "an attribute that does not fit"},
	{FAULT_CUT_MESSAGE, -EBADMSG, "does not fit its datagram"},
	{FAULT_CUT_HEADER, -EBADMSG, "does not fit its datagram"},
	{FAULT_WRONG_FAMILY, -EBADMSG, "the family is"},
	{FAULT_WRONG_SEQUENCE, -EBADMSG, "another request"},
	{FAULT_STRANGER, 0, ""},
	{FAULT_NO_TYPE, -EBADMSG, "bytes of no object"},
	{FAULT_NO_BYTES, -EBADMSG, "without bytes"},
	{FAULT_ENDLESS_NOTHING, -EBADMSG, "goes on with nothing"},
	{FAULT_ENDLESS_COMMANDS, -EBADMSG, "mean nothing"},
	{FAULT_HUGE_DATAGRAM, -EBADMSG, "makes no sense"},
	{FAULT_DUMP_INTR, -EAGAIN, "again and again"},
	{FAULT_EAGAIN, -EAGAIN, "again and again"},
	{FAULT_DONE_EARLY, -EBADMSG, ""},
	{FAULT_FAMILY_HEADER, -EBADMSG, "header of its own"},
	{FAULT_FAMILY_NAME, -EBADMSG, "is not about"},
	{FAULT_FAMILY_NUMBER, -EBADMSG, "is not about"},
};

static const struct fault with_lengths[] = {
	{FAULT_GENERATIONS, -EAGAIN, "again and again"},
	{FAULT_OVERLONG, -EBADMSG, "longer than"},
	{FAULT_SHORT, -EBADMSG, "ends after"},
	{FAULT_WIDE_LENGTH, -EBADMSG, "another size"},
	{FAULT_4_GIB, -EFBIG, "4294967295 bytes"},
	{FAULT_OVER_LIMIT, -EFBIG, "16777217 bytes"},
	{FAULT_NO_LENGTH, -EBADMSG, "without length or generation"},
	{FAULT_NO_GENERATION, -EBADMSG, "without length or generation"},
	{FAULT_LENGTH_AGAIN, -EBADMSG, "in its middle"},
	{FAULT_ENDLESS_BYTES, -EBADMSG, "longer than"},
};

static void play(struct kit *kit, const struct fault *fault)
{
	struct tsmreq_evidence_object object;
	int r;

	kit->server.times = 0;
	kit->server.fault = fault->fault;
	r = kit_read(kit, TSMREQ_EVIDENCE_MASK_MEASUREMENTS | TSMREQ_EVIDENCE_MASK_REPORT);
	if (r != fault->rc)
		print_error("fault %d: %d, %s\n", (int)fault->fault, r,
			    tsmreq_evidence_get_message(kit->client));
	assert_int_equal(r, fault->rc);
	assert_non_null(strstr(tsmreq_evidence_get_message(kit->client), fault->words));
	/* nothing is handed out of a stream that was not whole */
	assert_int_equal(tsmreq_evidence_object_at(kit->client, 0, &object), r == 0);
	kit->server.fault = FAULT_NONE;
	assert_int_equal(kit_read(kit, TSMREQ_EVIDENCE_MASK_REPORT), 0);
	kit_same(kit, 0, 10);
}

static void every_fault_of_either_family(void **unused)
{
	struct kit kit;

	(void)unused;
	kit_open(&kit);
	for (unsigned int family = 1; family <= 2; family++) {
		kit.opts.family = (enum tsmreq_evidence_family)family;
		kit_client(&kit);
		for (unsigned int i = 0; i < sizeof(both) / sizeof(both[0]); i++)
			play(&kit, &both[i]);
		for (kit.server.bundle = 2; kit.server.bundle < 4; kit.server.bundle++)
			play(&kit, &both[3]);
	}
	kit_close(&kit);
}

static void every_fault_of_lengths_and_generations(void **unused)
{
	struct kit kit;

	(void)unused;
	kit_open(&kit);
	for (unsigned int i = 0; i < sizeof(with_lengths) / sizeof(with_lengths[0]); i++)
		play(&kit, &with_lengths[i]);
	kit_close(&kit);
}

static void bytes_without_end_stop_at_the_limit(void **unused)
{
	static const struct fault endless = {FAULT_ENDLESS_BYTES, -EFBIG, "is over 100000 bytes"};
	struct kit kit;

	(void)unused;
	kit_open(&kit);
	kit.opts.family = TSMREQ_EVIDENCE_FAMILY_PCI_TSM;
	kit.opts.max_size = 100000;
	kit_client(&kit);
	play(&kit, &endless);
	kit_close(&kit);
}

static void what_never_ends_ends_by_the_clock(void **unused)
{
	static const struct fault silent[] = {
		{FAULT_SILENCE, -ETIMEDOUT, "time is up"},
		{FAULT_ENDLESS_STRANGER, -ETIMEDOUT, "time is up"},
	};
	struct kit kit;

	(void)unused;
	kit_open(&kit);
	for (unsigned int i = 0; i < 2; i++) {
		kit.opts.timeout_ms = 300;
		kit_client(&kit);
		kit.server.fault = silent[i].fault;
		assert_int_equal(kit_read(&kit, TSMREQ_EVIDENCE_MASK_REPORT), silent[i].rc);
		assert_string_equal(tsmreq_evidence_get_message(kit.client), silent[i].words);
		kit.server.fault = FAULT_NONE;
		kit.opts.timeout_ms = 60000;
		kit_client(&kit);
		assert_int_equal(kit_read(&kit, TSMREQ_EVIDENCE_MASK_REPORT), 0);
	}
	kit_close(&kit);
}

static void every_errno_arrives_from_both_places(void **unused)
{
	static const enum server_fault places[] = {FAULT_ERROR, FAULT_ERROR_CAPPED, FAULT_DONE};
	const char *words;
	struct kit kit;

	(void)unused;
	kit_open(&kit);
	for (unsigned int i = 0; i < 3; i++) {
		kit.server.fault = places[i];
		words = places[i] == FAULT_DONE ? "the ? kernel's words" : "no such thing";
		for (kit.server.error = 1; kit.server.error <= 133; kit.server.error++) {
			/* these two begin again, and are looked at elsewhere */
			if (kit.server.error == EAGAIN || kit.server.error == ENOBUFS)
				continue;
			assert_int_equal(kit_read(&kit, TSMREQ_EVIDENCE_MASK_REPORT),
					 -kit.server.error);
			assert_non_null(strstr(tsmreq_evidence_get_message(kit.client), words));
		}
	}
	kit.server.error = EPERM;
	assert_int_equal(kit_read(&kit, TSMREQ_EVIDENCE_MASK_REPORT), -EPERM);
	assert_non_null(strstr(tsmreq_evidence_get_message(kit.client), "CAP_NET_ADMIN"));
	kit.server.error = 4096;
	assert_int_equal(kit_read(&kit, TSMREQ_EVIDENCE_MASK_REPORT), -EBADMSG);
	kit_close(&kit);
}

static void restarts_are_counted(void **unused)
{
	static const enum server_fault faults[] = {FAULT_EAGAIN, FAULT_DUMP_INTR, FAULT_GENERATIONS,
						   FAULT_LOST};
	struct tsmreq_evidence_progress progress;
	struct kit kit;

	(void)unused;
	kit_open(&kit);
	for (unsigned int i = 0; i < 4; i++) {
		/* eight are made up for */
		kit.server.fault = faults[i];
		kit.server.times = 8;
		kit.server.dumps = 0;
		assert_int_equal(kit_read(&kit, TSMREQ_EVIDENCE_MASK_ALL), 0);
		assert_int_equal(kit.server.dumps, 9);
		for (unsigned int type = 0; type < TSMREQ_EVIDENCE_TYPES; type++)
			kit_same(&kit, type, type);
		tsmreq_evidence_get_progress(kit.client, &progress);
		assert_int_equal(progress.restarts, 8);
		/* nine are not */
		kit.server.fault = faults[i];
		kit.server.times = 9;
		kit.server.dumps = 0;
		assert_int_equal(kit_read(&kit, TSMREQ_EVIDENCE_MASK_ALL),
				 faults[i] == FAULT_LOST ? -ENOBUFS : -EAGAIN);
		assert_int_equal(kit.server.dumps, 9);
	}
	kit.opts.restarts = TSMREQ_EVIDENCE_NO_RESTART;
	kit_client(&kit);
	kit.server.fault = FAULT_EAGAIN;
	kit.server.times = 1;
	assert_int_equal(kit_read(&kit, TSMREQ_EVIDENCE_MASK_ALL), -EAGAIN);
	assert_int_equal(kit_read(&kit, TSMREQ_EVIDENCE_MASK_ALL), 0);
	kit_close(&kit);
}

static void another_device_is_not_there(void **unused)
{
	const struct tsmreq_evidence_request request = {
		.size = sizeof(request), .device = "0000:02:00.0", .types = 1};
	struct kit kit;

	(void)unused;
	kit_open(&kit);
	assert_int_equal(tsmreq_evidence_read(kit.client, &request), -ENODEV);
	assert_non_null(strstr(tsmreq_evidence_get_message(kit.client), "connected"));
	kit_close(&kit);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_fault_of_either_family),
		cmocka_unit_test(every_fault_of_lengths_and_generations),
		cmocka_unit_test(bytes_without_end_stop_at_the_limit),
		cmocka_unit_test(what_never_ends_ends_by_the_clock),
		cmocka_unit_test(every_errno_arrives_from_both_places),
		cmocka_unit_test(restarts_are_counted),
		cmocka_unit_test(another_device_is_not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
