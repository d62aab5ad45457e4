/* SPDX-License-Identifier: MIT */
#include "mock/evidence.h"

#include <string.h>

#include "base/bytes.h"

#define DIGEST_SIZE    48u /* SHA-384 */
#define SIGNATURE_SIZE 96u /* ECDSA P-384 */
#define BLOCKS	       4u

/* Bytes being put together; sized by the caller for what it puts in. */
struct writer {
	uint8_t *at;
};

static void put(struct writer *to, const void *bytes, size_t size)
{
	memcpy(to->at, bytes, size);
	to->at += size;
}

static void put8(struct writer *to, uint8_t value)
{
	*to->at++ = value;
}

static void put16(struct writer *to, uint16_t value)
{
	tsmreq_store_le16(to->at, value);
	to->at += 2;
}

static void put32(struct writer *to, uint32_t value)
{
	tsmreq_store_le32(to->at, value);
	to->at += 4;
}

static void put64(struct writer *to, uint64_t value)
{
	tsmreq_store_le64(to->at, value);
	to->at += 8;
}

/* FNV-1a: what everything below is bound to. */
static uint64_t mix(uint64_t seed, const void *bytes, size_t size)
{
	const uint8_t *p = bytes;

	for (size_t i = 0; i < size; i++)
		seed = (seed ^ p[i]) * 0x100000001b3u;
	return seed;
}

static uint64_t mix64(uint64_t seed, uint64_t value)
{
	uint8_t bytes[8];

	tsmreq_store_le64(bytes, value);
	return mix(seed, bytes, sizeof(bytes));
}

static uint64_t device_seed(const struct mock_tdi *tdi)
{
	return mix64(mix64(0xcbf29ce484222325u, tdi->arch), tdi->virt_id);
}

/* @size bytes that follow from @seed (splitmix64). */
static void put_noise(struct writer *to, uint64_t seed, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		uint64_t z = seed += 0x9e3779b97f4a7c15u;

		z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
		z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
		put8(to, (uint8_t)(z >> 56));
	}
}

/* A DER header with a two-byte length. */
static void put_der(struct writer *to, uint8_t tag, uint16_t size)
{
	const uint8_t header[] = {tag, 0x82, (uint8_t)(size >> 8), (uint8_t)size};

	put(to, header, sizeof(header));
}

#define DER	 4u
#define TBS_SIZE 320u
#define SIG_SIZE 104u

/* SEQUENCE { tbsCertificate, ecdsa-with-SHA384, signature }: what is inside tbs is noise. */
static void put_certificate(struct writer *to, uint64_t seed)
{
	static const uint8_t ecdsa_sha384[] = {0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86,
					       0x48, 0xce, 0x3d, 0x04, 0x03, 0x03};

	put_der(to, 0x30, DER + TBS_SIZE + sizeof(ecdsa_sha384) + DER + SIG_SIZE);
	put_der(to, 0x30, TBS_SIZE);
	put_der(to, 0x04, TBS_SIZE - DER);
	put_noise(to, seed, TBS_SIZE - DER);
	put(to, ecdsa_sha384, sizeof(ecdsa_sha384));
	put_der(to, 0x03, SIG_SIZE);
	put8(to, 0);
	put_noise(to, seed ^ 1, SIG_SIZE - 1);
}

/* SPDM: length, reserved, the root's digest, then the certificates from the root down. */
static int cache_certificates(struct mock_tdi *tdi)
{
	uint8_t bytes[4 + DIGEST_SIZE + 3 * (DER + DER + TBS_SIZE + 12 + DER + SIG_SIZE)];
	struct writer to = {.at = bytes};
	uint64_t seed = device_seed(tdi);

	put16(&to, sizeof(bytes));
	put16(&to, 0);
	put_noise(&to, mix64(seed, 0xd16e57), DIGEST_SIZE);
	for (uint64_t depth = 0; depth < 3; depth++)
		put_certificate(&to, mix64(seed, depth));
	return tsmreq_mock_tdi_cache(tdi, TSMREQ_OBJECT_CERTIFICATE, bytes, sizeof(bytes));
}

/* Version, capabilities and algorithms, each asked and answered: SPDM 1.2, SHA-384, P-384. */
static const uint8_t vca[] = {
	/* GET_VERSION, VERSION 1.2 */
	0x10, 0x84, 0, 0, 0x10, 0x04, 0, 0, 0, 1, 0, 0x12,
	/* GET_CAPABILITIES */
	0x12, 0xe1, 0, 0, 0, 0x0c, 0, 0, 0xc6, 0x76, 0, 0, 0, 0x12, 0, 0, 0, 0x12, 0, 0,
	/* CAPABILITIES */
	0x12, 0x61, 0, 0, 0, 0x0c, 0, 0, 0xd6, 0x72, 0, 0, 0, 0x12, 0, 0, 0, 0x12, 0, 0,
	/* NEGOTIATE_ALGORITHMS */
	0x12, 0xe3, 0, 0, 0x20, 0, 1, 2, 0x80, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	0, 0, 0, 0, 0,
	/* ALGORITHMS */
	0x12, 0x63, 0, 0, 0x24, 0, 1, 2, 4, 0, 0, 0, 0x80, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
	0, 0, 0, 0, 0, 0, 0, 0, 0};

int tsmreq_mock_evidence_connect(struct mock_tdi *tdi)
{
	int err = cache_certificates(tdi);

	return err != 0 ? err : tsmreq_mock_tdi_cache(tdi, TSMREQ_OBJECT_VCA, vca, sizeof(vca));
}

int tsmreq_mock_evidence_measurements(struct mock_tdi *tdi, uint64_t flags,
				      const uint8_t nonce[TSMREQ_NONCE_SIZE])
{
	uint8_t bytes[8 + BLOCKS * (7 + 2 * DIGEST_SIZE) + TSMREQ_NONCE_SIZE + 2 + SIGNATURE_SIZE] =
		{0};
	bool raw = (flags & 1) != 0;
	/* a raw value is the thing itself, not its digest: longer, and marked so */
	uint16_t value = (uint16_t)(raw ? 2 * DIGEST_SIZE : DIGEST_SIZE);
	uint32_t record = BLOCKS * (7u + value);
	struct writer to = {.at = bytes};
	uint64_t seed = device_seed(tdi);
	uint64_t signature;

	tdi->generation++;
	/* header, number of blocks, 24-bit length of the record */
	put32(&to, 0x00006012);
	put32(&to, BLOCKS | record << 8);
	for (uint8_t index = 1; index <= BLOCKS; index++) {
		put8(&to, index);
		put8(&to, 1); /* the DMTF form */
		put16(&to, (uint16_t)(3 + value));
		put8(&to, (uint8_t)((raw ? 0x80 : 0) | (index - 1)));
		put16(&to, value);
		put_noise(&to, mix64(seed, index), value);
	}
	put(&to, nonce, TSMREQ_NONCE_SIZE);
	put16(&to, 0); /* no opaque data */
	signature = mix64(mix(seed, bytes, (size_t)(to.at - bytes)), tdi->generation);
	put_noise(&to, signature, SIGNATURE_SIZE);
	return tsmreq_mock_tdi_cache(tdi, TSMREQ_OBJECT_MEASUREMENTS, bytes,
				     (size_t)(to.at - bytes));
}

/* Two BARs of 64 KiB and 16 KiB; the MSI-X table and its pending bits share the second. */
static const struct tsmreq_report_range two_bars[] = {
	{.first_page = 0x80000, .pages = 16, .id = 0},
	{.first_page = 0x80010, .pages = 2, .id = 2},
	{.first_page = 0x80012, .pages = 2, .attributes = 0x0003, .id = 2},
};

static void put_ranges(struct writer *to, const struct tsmreq_report_range *ranges, uint32_t count)
{
	put32(to, count);
	for (uint32_t i = 0; i < count; i++) {
		put64(to, ranges[i].first_page);
		put32(to, ranges[i].pages);
		put16(to, ranges[i].attributes);
		put16(to, ranges[i].id);
	}
}

int tsmreq_mock_evidence_report(struct mock_tdi *tdi)
{
	uint8_t bytes[16 + TSMREQ_MOCK_RANGES_MAX * 16 + 4 + 16];
	struct writer to = {.at = bytes};

	tdi->generation++;
	put16(&to, 0x0003); /* no firmware update while locked, DMA without PASID */
	put16(&to, 0);
	put16(&to, 0x8007); /* MSI-X on, eight vectors */
	put16(&to, 0);
	put32(&to, 0);
	if (tdi->ranges != NULL)
		put_ranges(&to, tdi->ranges, tdi->range_count);
	else
		put_ranges(&to, two_bars, sizeof(two_bars) / sizeof(two_bars[0]));
	/* the device's own part tells one report from the next */
	put32(&to, 16);
	put64(&to, tdi->virt_id);
	put64(&to, tdi->generation);
	return tsmreq_mock_tdi_cache(tdi, TSMREQ_OBJECT_INTERFACE_REPORT, bytes,
				     (size_t)(to.at - bytes));
}
