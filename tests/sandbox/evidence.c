/* SPDX-License-Identifier: MIT */
/*
 * What read-evidence.c does not make libtsmreq-evidence do: wait for itself, be cancelled, keep
 * objects for a guest. evidence DEVICE PROTOCOL:PORT
 */
#include <errno.h>
#include <stdio.h>
#include <tsmreq/evidence.h>

static int read_and_cancel(const struct tsmreq_evidence_opts *opts, const char *device)
{
	const struct tsmreq_evidence_request request = {
		.size = sizeof(request), .device = device, .types = TSMREQ_EVIDENCE_MASK_ALL};
	struct tsmreq_evidence *evidence;
	int r = tsmreq_evidence_new(&evidence, opts);

	if (r < 0)
		return r;
	r = tsmreq_evidence_read(evidence, &request);
	tsmreq_evidence_cancel(evidence);
	if (r == 0 && tsmreq_evidence_read(evidence, &request) != -ECANCELED)
		r = -EPROTO;
	tsmreq_evidence_free(evidence);
	return r;
}

static int keep(const struct tsmreq_evidence_opts *opts, const char *device)
{
	const struct tsmreq_guest_dev dev = {.raw = 0x100};
	struct tsmreq_evidence_source *source;
	uint8_t bytes[4096];
	struct tsmreq_buffer room = {bytes, sizeof(bytes), 0};
	int r = tsmreq_evidence_source_new(&source, opts);

	if (r < 0)
		return r;
	r = tsmreq_evidence_source_add(source, dev, device, TSMREQ_EVIDENCE_SLOT_ANY);
	if (r == 0)
		r = tsmreq_evidence_source_read(source, dev, TSMREQ_OBJECT_CERTIFICATE,
						(struct tsmreq_bytes){NULL, 0}, &room);
	if (r == 0)
		r = tsmreq_evidence_source_forget(source, dev);
	tsmreq_evidence_source_free(source);
	return r;
}

int main(int argc, char **argv)
{
	struct tsmreq_evidence_opts opts = {.size = sizeof(opts)};

	if (argc != 3 || sscanf(argv[2], "%u:%u", &opts.protocol, &opts.peer_port) != 2)
		return 2;
	return read_and_cancel(&opts, argv[1]) < 0 || keep(&opts, argv[1]) < 0;
}
