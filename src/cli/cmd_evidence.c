/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <tsmreq/evidence.h>
#include <unistd.h>

#include "cli/bytes.h"
#include "cli/cli.h"
#include "cli/show_report.h"

/* What the kernel has of a device's evidence: shown, saved, the report decoded. */

/* How often a long transfer says how far it is. */
#define PROGRESS_BYTES 0x100000u

struct evidence {
	const struct cli_command *self;
	const char *device;
	const char *out;
	struct tsmreq_evidence *client;
	struct tsmreq_evidence_request request;
	uint8_t nonce[TSMREQ_NONCE_SIZE];
	bool as_json;
};

/* ---- what is asked for */

static const struct {
	const char *word;
	uint32_t types;
} groups[] = {
	{"all", TSMREQ_EVIDENCE_MASK_ALL},
	{"cert", TSMREQ_EVIDENCE_MASK_CERTS},
};

static uint32_t types_of(const char *word, size_t length)
{
	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		if (strlen(groups[i].word) == length && strncmp(groups[i].word, word, length) == 0)
			return groups[i].types;
	for (unsigned int i = 0; i < TSMREQ_EVIDENCE_TYPES; i++) {
		const char *name = tsmreq_evidence_type_to_string((enum tsmreq_evidence_type)i);

		if (strlen(name) == length && strncmp(name, word, length) == 0)
			return 1u << i;
	}
	return 0;
}

static int take_types(struct evidence *evidence, const char *words)
{
	evidence->request.types = words ? 0 : TSMREQ_EVIDENCE_MASK_ALL;
	while (words) {
		const size_t length = strcspn(words, ",");
		const uint32_t types = types_of(words, length);

		if (!types)
			return cli_misuse(evidence->self,
					  "no evidence is called %.*s; there are all cert cert0..7 "
					  "vca measurements report",
					  (int)length, words);
		evidence->request.types |= types;
		words = words[length] ? words + length + 1 : NULL;
	}
	return CLI_OK;
}

static int take_nonce(struct evidence *evidence, const char *word)
{
	const size_t length = word ? strlen(word) : 0;

	if (!word)
		return CLI_OK;
	evidence->request.nonce.data = evidence->nonce;
	evidence->request.nonce.size = sizeof(evidence->nonce);
	if (strcmp(word, "random") == 0) {
		if (getrandom(evidence->nonce, sizeof(evidence->nonce), 0) !=
		    (ssize_t)sizeof(evidence->nonce))
			return cli_fail(evidence->self, "no random bytes: %s", strerror(errno));
		return CLI_OK;
	}
	if (length == 0 || length % 2 || length > 2 * sizeof(evidence->nonce))
		return cli_misuse(evidence->self, "a nonce is random, or 1 to 32 bytes in hex");
	for (size_t i = 0; i < length; i += 2) {
		const int high = bytes_hex_digit(word[i]), low = bytes_hex_digit(word[i + 1]);

		if (high < 0 || low < 0)
			return cli_misuse(evidence->self,
					  "a nonce is random, or 1 to 32 bytes in hex");
		evidence->nonce[i / 2] = (uint8_t)(high << 4 | low);
	}
	evidence->request.nonce.size = length / 2;
	return CLI_OK;
}

/* A decimal number up to @most at the start of @text; *end is behind it. */
static bool take_number(const char *text, uint64_t most, char **end, uint32_t *ret)
{
	unsigned long long value;

	errno = 0;
	value = strtoull(text, end, 10);
	*ret = (uint32_t)value;
	return *end != text && text[0] >= '0' && text[0] <= '9' && errno == 0 && value <= most;
}

static int take_peer(const struct cli_command *self, const char *word,
		     struct tsmreq_evidence_opts *opts)
{
	char *end;

	if (!word)
		return CLI_OK;
	if (!take_number(word, 31, &end, &opts->protocol) || *end != ':' ||
	    !take_number(end + 1, UINT32_MAX, &end, &opts->peer_port) || *end)
		return cli_misuse(self, "a peer is PROTOCOL:PORT, two numbers");
	return CLI_OK;
}

static int take_timeout(const struct cli_command *self, const char *word,
			struct tsmreq_evidence_opts *opts)
{
	char *end;

	if (!word)
		return CLI_OK;
	if (!take_number(word, 86400, &end, &opts->timeout_ms) || *end || !opts->timeout_ms)
		return cli_misuse(self, "a timeout is 1 to 86400 seconds");
	opts->timeout_ms *= 1000;
	return CLI_OK;
}

static int take_family(const struct cli_command *self, const char *word,
		       struct tsmreq_evidence_opts *opts)
{
	for (int i = 0; word && i <= TSMREQ_EVIDENCE_FAMILY_DEVICE_EVIDENCE; i++) {
		opts->family = (enum tsmreq_evidence_family)i;
		if (strcmp(word, tsmreq_evidence_family_to_string(opts->family)) == 0)
			return CLI_OK;
	}
	if (word)
		return cli_misuse(self,
				  "no family is called %s; there are auto device-evidence pci-tsm",
				  word);
	return CLI_OK;
}

/* ---- the transfer */

/* On a terminal, and only once it has become long. */
static void show_progress(const struct evidence *evidence, uint64_t *shown)
{
	struct tsmreq_evidence_progress progress;

	tsmreq_evidence_get_progress(evidence->client, &progress);
	if (progress.received < *shown)
		*shown = 0;
	if (progress.received - *shown < PROGRESS_BYTES)
		return;
	*shown = progress.received;
	fprintf(stderr, "\r%-12s %" PRIu64 " KiB", tsmreq_evidence_type_to_string(progress.type),
		progress.received / 1024);
	if (progress.expected)
		fprintf(stderr, " of %" PRIu64 " KiB", progress.expected / 1024);
	fflush(stderr);
}

static int transfer(const struct evidence *evidence)
{
	struct pollfd fd = {.fd = tsmreq_evidence_get_fd(evidence->client), .events = POLLIN};
	const bool terminal = isatty(STDERR_FILENO);
	uint64_t shown = 0;
	int r = tsmreq_evidence_start(evidence->client, &evidence->request);

	if (r < 0)
		return r;
	do {
		if (poll(&fd, 1, -1) < 0 && errno != EINTR)
			return -errno;
		r = tsmreq_evidence_step(evidence->client);
		if (r > 0 && terminal)
			show_progress(evidence, &shown);
	} while (r > 0);
	if (shown)
		fprintf(stderr, "\r%50s\r", "");
	return r;
}

static int fetch(const struct evidence *evidence)
{
	const int r = transfer(evidence);
	const char *message = tsmreq_evidence_get_message(evidence->client);

	if (r == 0)
		return CLI_OK;
	return cli_fail(evidence->self, "%s: %s", evidence->device,
			message[0] ? message : strerror(-r));
}

/* ---- files */

static int write_all(int fd, struct tsmreq_bytes bytes)
{
	const uint8_t *at = bytes.data;
	ssize_t written;

	for (size_t left = bytes.size; left > 0; left -= (size_t)written, at += written) {
		written = write(fd, at, left);
		if (written < 0)
			return -errno;
	}
	return 0;
}

/* Never over a file that is there: it may be another moment's evidence. */
static int save(const struct evidence *evidence, const struct tsmreq_evidence_object *object)
{
	const char *name = tsmreq_evidence_type_to_string(object->type);
	char path[4096];
	int fd, r;

	if (snprintf(path, sizeof(path), "%s/%s.bin", evidence->out, name) >= (int)sizeof(path))
		return cli_fail(evidence->self, "%s: too long a path", evidence->out);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd < 0)
		return cli_fail(evidence->self, "%s: %s", path, strerror(errno));
	r = write_all(fd, object->bytes);
	if (close(fd) < 0 && r == 0)
		r = -errno;
	if (r < 0) {
		unlink(path);
		return cli_fail(evidence->self, "%s: %s", path, strerror(-r));
	}
	return CLI_OK;
}

static int save_all(const struct evidence *evidence)
{
	struct tsmreq_evidence_object object;
	int r = CLI_OK;

	if (!evidence->out)
		return CLI_OK;
	if (mkdir(evidence->out, 0777) < 0 && errno != EEXIST)
		return cli_fail(evidence->self, "%s: %s", evidence->out, strerror(errno));
	for (unsigned int i = 0;
	     r == CLI_OK && tsmreq_evidence_object_at(evidence->client, i, &object); i++)
		if (object.bytes.size)
			r = save(evidence, &object);
	return r;
}

/* ---- what is shown */

struct hex {
	char text[2 * TSMREQ_NONCE_SIZE + 1];
};

static struct hex format_nonce(const struct evidence *evidence)
{
	struct hex ret = {""};

	for (size_t i = 0; i < evidence->request.nonce.size; i++)
		snprintf(ret.text + 2 * i, 3, "%02x", evidence->nonce[i]);
	return ret;
}

/* A measurement that does not hold the nonce answers somebody else's. */
static bool holds_nonce(const struct evidence *evidence,
			const struct tsmreq_evidence_object *object)
{
	return object->bytes.size && memmem(object->bytes.data, object->bytes.size, evidence->nonce,
					    evidence->request.nonce.size);
}

static bool is_measured(const struct evidence *evidence,
			const struct tsmreq_evidence_object *object)
{
	return object->type == TSMREQ_EVIDENCE_MEASUREMENTS && evidence->request.nonce.size &&
	       !(evidence->request.flags & TSMREQ_EVIDENCE_DIGEST);
}

static void print_object(const struct evidence *evidence,
			 const struct tsmreq_evidence_object *object)
{
	printf("%-14s", tsmreq_evidence_type_to_string(object->type));
	if (!object->bytes.size) {
		printf(" none\n");
		return;
	}
	printf(" %zu bytes", object->bytes.size);
	if (is_measured(evidence, object))
		printf(", %s", holds_nonce(evidence, object) ? "with the nonce in them"
							     : "WITHOUT the nonce in them");
	putchar('\n');
}

/* The report among what came; false: there is none to decode. */
static bool find_report(const struct evidence *evidence, struct tsmreq_bytes *ret)
{
	struct tsmreq_evidence_object object;

	if (evidence->request.flags & TSMREQ_EVIDENCE_DIGEST)
		return false;
	for (unsigned int i = 0; tsmreq_evidence_object_at(evidence->client, i, &object); i++) {
		*ret = object.bytes;
		if (object.type == TSMREQ_EVIDENCE_REPORT)
			return object.bytes.size != 0;
	}
	return false;
}

static void print_report(const struct evidence *evidence)
{
	struct tsmreq_report_error error;
	struct tsmreq_report report;
	struct tsmreq_bytes bytes;

	if (!find_report(evidence, &bytes))
		return;
	putchar('\n');
	if (tsmreq_report_parse(bytes, 0, &report, &error) == 0)
		show_report(&report, tsmreq_report_check(&report, &error) == 0, &error);
	else
		printf("the report is none: %s\n", show_report_fault(&error).text);
}

static void print(const struct evidence *evidence)
{
	const enum tsmreq_evidence_family family = tsmreq_evidence_get_family(evidence->client);
	struct tsmreq_evidence_object object;

	printf("%-14s %s\n", "device", evidence->device);
	printf("%-14s %s\n", "family", tsmreq_evidence_family_to_string(family));
	if (tsmreq_evidence_object_at(evidence->client, 0, &object) && object.generation)
		printf("%-14s %" PRIu32 "\n", "generation", object.generation);
	if (evidence->request.nonce.size)
		printf("%-14s %s\n", "nonce", format_nonce(evidence).text);
	for (unsigned int i = 0; tsmreq_evidence_object_at(evidence->client, i, &object); i++)
		print_object(evidence, &object);
	print_report(evidence);
}

static void write_json(const struct evidence *evidence)
{
	const enum tsmreq_evidence_family family = tsmreq_evidence_get_family(evidence->client);
	struct tsmreq_evidence_object object = {0};
	struct tsmreq_report_error error;
	struct json json = {.out = stdout};
	struct tsmreq_report report;
	struct tsmreq_bytes bytes;

	json_open(&json, NULL, '{');
	json_string(&json, "device", evidence->device);
	json_string(&json, "family", tsmreq_evidence_family_to_string(family));
	(void)tsmreq_evidence_object_at(evidence->client, 0, &object);
	json_number(&json, "generation", object.generation);
	json_string(&json, "nonce",
		    evidence->request.nonce.size ? format_nonce(evidence).text : NULL);
	json_open(&json, "objects", '[');
	for (unsigned int i = 0; tsmreq_evidence_object_at(evidence->client, i, &object); i++) {
		json_open(&json, NULL, '{');
		json_string(&json, "type", tsmreq_evidence_type_to_string(object.type));
		json_number(&json, "bytes", (int64_t)object.bytes.size);
		if (is_measured(evidence, &object))
			json_bool(&json, "holds_nonce", holds_nonce(evidence, &object));
		json_close(&json, '}');
	}
	json_close(&json, ']');
	if (find_report(evidence, &bytes) && tsmreq_report_parse(bytes, 0, &report, &error) == 0)
		write_report(&json, "report", &report, tsmreq_report_check(&report, &error) == 0,
			     &error);
	else
		json_string(&json, "report", NULL);
	json_close(&json, '}');
	json_end(&json);
}

static int read_and_show(struct evidence *evidence, const struct tsmreq_evidence_opts *opts)
{
	int r = tsmreq_evidence_new(&evidence->client, opts);

	if (r < 0)
		return cli_fail(evidence->self, "%s", strerror(-r));
	r = fetch(evidence);
	if (r == CLI_OK)
		r = save_all(evidence);
	if (r == CLI_OK && evidence->as_json)
		write_json(evidence);
	else if (r == CLI_OK)
		print(evidence);
	tsmreq_evidence_free(evidence->client);
	return r;
}

static int run(const struct cli_command *self, int argc, char **argv)
{
	struct evidence evidence = {.self = self, .request = {.size = sizeof(evidence.request)}};
	struct tsmreq_evidence_opts opts = {.size = sizeof(opts)};
	const char *nonce = NULL, *types = NULL, *family = NULL, *timeout = NULL, *peer = NULL;
	bool digest = false;
	const struct cli_option options[] = {
		{"--nonce", NULL, NULL, &nonce},
		{"--type", NULL, NULL, &types},
		{"--out", NULL, NULL, &evidence.out},
		{"--digest", NULL, &digest, NULL},
		{"--family", NULL, NULL, &family},
		{"--timeout", NULL, NULL, &timeout},
		{"--peer", NULL, NULL, &peer},
		{"--json", NULL, &evidence.as_json, NULL},
		{0},
	};
	int r;

	r = cli_parse(self, options, &argc, argv);
	if (r != 0)
		return r < 0 ? CLI_OK : r;
	if (argc != 1)
		return cli_misuse(self, "name one PCI function, 0000:01:00.0");
	evidence.device = evidence.request.device = argv[0];
	evidence.request.flags = digest ? TSMREQ_EVIDENCE_DIGEST : 0;
	r = take_types(&evidence, types);
	if (r == CLI_OK)
		r = take_nonce(&evidence, nonce);
	if (r == CLI_OK)
		r = take_family(self, family, &opts);
	if (r == CLI_OK)
		r = take_timeout(self, timeout, &opts);
	if (r == CLI_OK)
		r = take_peer(self, peer, &opts);
	return r == CLI_OK ? read_and_show(&evidence, &opts) : r;
}

const struct cli_command cli_evidence = {
	.name = "evidence",
	.summary = "Read certificates, VCA, measurements and report of a device by netlink.",
	.usage =
		"DEVICE [--nonce HEX|random] [--type LIST] [--out DIR] [--digest] [--family NAME]\n"
		"       [--timeout SECONDS] [--peer PROTOCOL:PORT] [--json]",
	.help = "  DEVICE          the PCI function, 0000:01:00.0\n"
		"  --nonce N       measure anew first: hex, up to 32 bytes; random: 32 of them\n"
		"  --type LIST     all (without it), cert, cert0..7, vca, measurements, report; A,B,C\n"
		"  --out DIR       a file TYPE.bin in it for each that there is; never over another\n"
		"  --digest        the TSM's digests in their place\n"
		"  --family NAME   device-evidence or pci-tsm; without it the newest there is\n"
		"  --timeout S     give up after that long, 30 without it\n"
		"  --peer P:PORT   for tests: ask there in the kernel's place\n"
		"  --json          what came, without the bytes; the report decoded\n\n"
		"Needs CAP_NET_ADMIN. The exit code is 1 where the family, the device or the right is\n"
		"missing.\n",
	.run = run,
};
