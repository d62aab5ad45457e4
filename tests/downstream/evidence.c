/* SPDX-License-Identifier: MIT */
/* Somebody else's program: the evidence library as installed, and a refusal in words. */
#include <stdio.h>
#include <tsmreq/evidence.h>

int main(void)
{
	const struct tsmreq_evidence_request request = {
		.size = sizeof(request), .device = "eth0", .types = TSMREQ_EVIDENCE_MASK_ALL};
	struct tsmreq_evidence *evidence;

	if (tsmreq_evidence_new(&evidence, NULL) < 0)
		return 1;
	if (tsmreq_evidence_read(evidence, &request) == 0)
		return 1;
	printf("no function: %s\n", tsmreq_evidence_get_message(evidence));
	tsmreq_evidence_free(evidence);
	return 0;
}
