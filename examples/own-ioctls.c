/* SPDX-License-Identifier: MIT */
/*
 * The TSM path of a VMM that makes its ioctls itself, for the one kernel it was written for
 * (cca-v7). It knows neither the library nor the mock: vmm-in-ci.sh tests it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define TSM_REQUEST 0x3b96

enum {
	SET_STATE = 2,
	READ_OBJECT = 5,
	OBJECT_INFO = 7
};
enum {
	UNLOCKED = 0,
	LOCKED = 1,
	RUN = 2
};
enum {
	REPORT = 3
};

struct tsm_request {
	uint32_t size, vdevice, op, arch, req_len, resp_len;
	uint64_t req, resp, tsm_code;
};

/* The bytes of an answer, or -1. */
static int request(int fd, uint32_t op, const void *req, uint32_t req_len, void *resp,
		   uint32_t resp_len)
{
	struct tsm_request arg = {.size = sizeof(arg),
				  .vdevice = 2,
				  .op = op,
				  .arch = 1,
				  .req_len = req_len,
				  .resp_len = resp_len,
				  .req = (uintptr_t)req,
				  .resp = (uintptr_t)resp};
	int residue = ioctl(fd, TSM_REQUEST, &arg);

	if (residue < 0 || (uint32_t)residue > resp_len || arg.tsm_code != 0) {
		printf("operation %u: %s, code %llu\n", op, strerror(residue < 0 ? errno : EIO),
		       (unsigned long long)arg.tsm_code);
		return -1;
	}
	return (int)resp_len - residue;
}

static int set_state(int fd, uint32_t state)
{
	return request(fd, SET_STATE, &state, sizeof(state), NULL, 0);
}

static int read_report(int fd)
{
	const uint32_t what[4] = {REPORT};
	uint32_t size = 0;
	uint8_t *report;
	int got;

	/* 0 stays 0 where the object has no bytes, and the kernel writes none */
	if (request(fd, OBJECT_INFO, what, 4, &size, sizeof(size)) < 0 || size == 0)
		return -1;
	report = calloc(1, size);
	if (!report)
		return -1;
	got = request(fd, READ_OBJECT, what, sizeof(what), report, size);
	if (got >= 0)
		printf("the report has %d bytes\n", got);
	free(report);
	return got == (int)size ? 0 : -1;
}

int main(void)
{
	int fd = open("/dev/iommu", O_RDWR | O_CLOEXEC);
	int rc = -1;

	if (fd < 0)
		return EXIT_FAILURE;
	if (set_state(fd, LOCKED) == 0 && read_report(fd) == 0)
		rc = set_state(fd, RUN);
	/* whatever was reached, the device is given back */
	if (set_state(fd, UNLOCKED) < 0)
		rc = -1;
	close(fd);
	printf("%s\n", rc == 0 ? "the guest had its device" : "no device for the guest");
	return rc == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
