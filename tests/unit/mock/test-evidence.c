/* SPDX-License-Identifier: MIT */
/* The made-up evidence has the form of the real: it is taken apart here by its own lengths. */
#include "mock/evidence.h"

#include "kit.h"

static const uint8_t zero_nonce[TSMREQ_NONCE_SIZE];

static const struct mock_blob *blob(const struct mock_tdi *tdi, enum tsmreq_object object)
{
	assert_true(tdi->objects[object].fetched);
	assert_true(tdi->objects[object].size > 0);
	return &tdi->objects[object];
}

/* The length of a DER element with its header, which must lie within @room. */
static size_t der(const uint8_t *at, size_t room, uint8_t tag)
{
	size_t size;

	assert_true(room >= 4);
	assert_int_equal(at[0], tag);
	assert_int_equal(at[1], 0x82);
	size = 4u + ((size_t)at[2] << 8 | at[3]);
	assert_true(size <= room);
	return size;
}

static void test_certificates(void **state)
{
	struct mock_tdi tdi = {.arch = TSMREQ_ARCH_CCA, .virt_id = 0x100};
	const struct mock_blob *chain;
	unsigned int certificates = 0;

	(void)state;
	assert_int_equal(tsmreq_mock_evidence_connect(&tdi), 0);
	chain = blob(&tdi, TSMREQ_OBJECT_CERTIFICATE);
	assert_int_equal(tsmreq_load_le16(chain->data), chain->size);
	for (size_t at = 4 + 48; at < chain->size; certificates++) {
		size_t whole = der(chain->data + at, chain->size - at, 0x30);
		size_t tbs = der(chain->data + at + 4, whole - 4, 0x30);
		const uint8_t *algorithm = chain->data + at + 4 + tbs;

		assert_int_equal(algorithm[0], 0x30);
		assert_int_equal(4 + tbs + 12 + der(algorithm + 12, whole - 4 - tbs - 12, 0x03),
				 whole);
		at += whole;
	}
	assert_int_equal(certificates, 3);
	tsmreq_mock_tdi_release(&tdi);
}

/* Six messages, the answers to the questions. */
static void test_vca(void **state)
{
	static const struct {
		uint8_t code;
		size_t size;
	} messages[] = {{0x84, 4}, {0x04, 8}, {0xe1, 20}, {0x61, 20}, {0xe3, 32}, {0x63, 36}};
	struct mock_tdi tdi = {.arch = TSMREQ_ARCH_CCA};
	const struct mock_blob *vca;
	size_t at = 0;

	(void)state;
	assert_int_equal(tsmreq_mock_evidence_connect(&tdi), 0);
	vca = blob(&tdi, TSMREQ_OBJECT_VCA);
	for (size_t i = 0; i < 6; i++) {
		assert_int_equal(vca->data[at + 1], messages[i].code);
		at += messages[i].size;
	}
	assert_int_equal(at, vca->size);
	/* the two that carry their own length */
	assert_int_equal(tsmreq_load_le16(vca->data + 52 + 4), 32);
	assert_int_equal(tsmreq_load_le16(vca->data + 84 + 4), 36);
	tsmreq_mock_tdi_release(&tdi);
}

/* Header, record of blocks, nonce, opaque length, signature: together the whole object. */
static void check_measurements(const struct mock_blob *measurements, bool raw, const uint8_t *nonce)
{
	const uint8_t *bytes = measurements->data;
	uint32_t record = tsmreq_load_le32(bytes + 4) >> 8;
	size_t at = 8;

	assert_int_equal(bytes[1], 0x60);
	for (uint8_t i = 1; i <= bytes[4]; i++) {
		assert_int_equal(bytes[at], i);
		assert_int_equal(bytes[at + 1], 1);
		assert_int_equal((bytes[at + 4] & 0x80) != 0, raw);
		assert_int_equal(tsmreq_load_le16(bytes + at + 2),
				 tsmreq_load_le16(bytes + at + 5) + 3);
		at += 4u + tsmreq_load_le16(bytes + at + 2);
	}
	assert_int_equal(at, 8 + record);
	assert_memory_equal(bytes + at, nonce, TSMREQ_NONCE_SIZE);
	at += TSMREQ_NONCE_SIZE;
	assert_int_equal(tsmreq_load_le16(bytes + at), 0);
	assert_int_equal(at + 2 + 96, measurements->size);
}

static void test_measurements(void **state)
{
	struct mock_tdi tdi = {.arch = TSMREQ_ARCH_CCA, .virt_id = 0x100};
	const struct mock_blob *measurements = &tdi.objects[TSMREQ_OBJECT_MEASUREMENTS];
	uint8_t nonce[TSMREQ_NONCE_SIZE];
	uint8_t first[1024], second[1024];
	size_t size;

	(void)state;
	memset(nonce, 0x42, sizeof(nonce));
	for (uint64_t flags = 0; flags < 2; flags++) {
		assert_int_equal(tsmreq_mock_evidence_measurements(&tdi, flags, nonce), 0);
		check_measurements(measurements, flags == 1, nonce);
	}
	/* another nonce, another signature over the same values; the same nonce, too */
	assert_int_equal(tsmreq_mock_evidence_measurements(&tdi, 0, nonce), 0);
	size = measurements->size;
	memcpy(first, measurements->data, size);
	assert_int_equal(tsmreq_mock_evidence_measurements(&tdi, 0, zero_nonce), 0);
	memcpy(second, measurements->data, size);
	assert_memory_equal(first, second, 8 + 4 * (7 + 48));
	assert_memory_not_equal(first + size - 96, second + size - 96, 96);
	assert_int_equal(tsmreq_mock_evidence_measurements(&tdi, 0, zero_nonce), 0);
	assert_memory_not_equal(measurements->data + size - 96, second + size - 96, 96);
	tsmreq_mock_tdi_release(&tdi);
}

/* Header, ranges that ascend, the device's own part: together the whole object. */
static void test_report(void **state)
{
	struct mock_tdi tdi = {.arch = TSMREQ_ARCH_TDX, .virt_id = 0x100};
	const struct mock_blob *report = &tdi.objects[TSMREQ_OBJECT_INTERFACE_REPORT];
	uint64_t last_page = 0;
	uint16_t last_id = 0;
	uint32_t ranges;

	(void)state;
	assert_int_equal(tsmreq_mock_evidence_report(&tdi), 0);
	assert_true(report->fetched && report->size > 20);
	assert_int_equal(tsmreq_load_le16(report->data) >> 5, 0);
	ranges = tsmreq_load_le32(report->data + 12);
	assert_true(ranges > 0);
	for (uint32_t i = 0; i < ranges; i++) {
		const uint8_t *range = report->data + 16 + (size_t)16 * i;
		uint16_t id = tsmreq_load_le16(range + 14);

		assert_true(id >= last_id);
		assert_true(tsmreq_load_le64(range) > last_page);
		assert_true(tsmreq_load_le32(range + 8) > 0);
		assert_int_equal(tsmreq_load_le16(range + 12) >> 4, 0);
		last_id = id;
		last_page = tsmreq_load_le64(range);
	}
	assert_int_equal(20 + 16 * ranges + tsmreq_load_le32(report->data + 16 + 16 * ranges),
			 report->size);
	tsmreq_mock_tdi_release(&tdi);
}

/* Two devices are two devices. */
static void test_devices_differ(void **state)
{
	struct mock_tdi one = {.arch = TSMREQ_ARCH_CCA, .virt_id = 0x100};
	struct mock_tdi other = {.arch = TSMREQ_ARCH_CCA, .virt_id = 0x108};
	struct mock_tdi same = {.arch = TSMREQ_ARCH_CCA, .virt_id = 0x100};
	size_t size;

	(void)state;
	assert_int_equal(tsmreq_mock_evidence_connect(&one), 0);
	assert_int_equal(tsmreq_mock_evidence_connect(&other), 0);
	assert_int_equal(tsmreq_mock_evidence_connect(&same), 0);
	size = one.objects[TSMREQ_OBJECT_CERTIFICATE].size;
	assert_memory_not_equal(one.objects[TSMREQ_OBJECT_CERTIFICATE].data,
				other.objects[TSMREQ_OBJECT_CERTIFICATE].data, size);
	/* and the same one shows the same on every machine, on every day */
	assert_memory_equal(one.objects[TSMREQ_OBJECT_CERTIFICATE].data,
			    same.objects[TSMREQ_OBJECT_CERTIFICATE].data, size);
	tsmreq_mock_tdi_release(&one);
	tsmreq_mock_tdi_release(&other);
	tsmreq_mock_tdi_release(&same);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_certificates),   cmocka_unit_test(test_vca),
		cmocka_unit_test(test_measurements),   cmocka_unit_test(test_report),
		cmocka_unit_test(test_devices_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
