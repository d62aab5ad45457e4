/* SPDX-License-Identifier: MIT */
/*
 * Evidence by netlink, in a loop that polls: fresh measurements for a verifier's nonce, and the
 * interface report of the same moment. Two numbers, PROTOCOL:PORT, stand in for the kernel.
 * usage: read-evidence DEVICE [PROTOCOL:PORT]
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <tsmreq/evidence.h>

static int read_all(struct tsmreq_evidence *evidence, const struct tsmreq_evidence_request *request)
{
	struct pollfd fd = {.fd = tsmreq_evidence_get_fd(evidence), .events = POLLIN};
	int r = tsmreq_evidence_start(evidence, request);

	if (r < 0)
		return r;
	do {
		/* a program with other things to wait for waits for them here, too */
		if (poll(&fd, 1, -1) < 0 && errno != EINTR)
			return -errno;
		r = tsmreq_evidence_step(evidence);
	} while (r > 0);
	return r;
}

int main(int argc, char **argv)
{
	/* the verifier's; what comes back proves nothing before the verifier has seen it */
	static const uint8_t nonce[TSMREQ_NONCE_SIZE] = {1, 2, 3, 4};
	struct tsmreq_evidence_opts opts = {.size = sizeof(opts), .timeout_ms = 10000};
	struct tsmreq_evidence_request request = {
		.size = sizeof(request),
		.types = TSMREQ_EVIDENCE_MASK_MEASUREMENTS | TSMREQ_EVIDENCE_MASK_REPORT,
		.nonce = {nonce, sizeof(nonce)},
	};
	struct tsmreq_evidence_object object;
	struct tsmreq_evidence *evidence;
	int r;

	if (argc < 2 ||
	    (argc > 2 && sscanf(argv[2], "%u:%u", &opts.protocol, &opts.peer_port) != 2)) {
		fprintf(stderr, "usage: read-evidence DEVICE [PROTOCOL:PORT]\n");
		return 2;
	}
	request.device = argv[1];
	if (tsmreq_evidence_new(&evidence, &opts) < 0)
		return 1;
	r = read_all(evidence, &request);
	if (r < 0)
		fprintf(stderr, "%s: %s\n", argv[1], tsmreq_evidence_get_message(evidence));
	for (unsigned int i = 0; tsmreq_evidence_object_at(evidence, i, &object); i++)
		printf("%-12s %zu bytes, generation %u\n",
		       tsmreq_evidence_type_to_string(object.type), object.bytes.size,
		       object.generation);
	tsmreq_evidence_free(evidence);
	return r < 0;
}
