/* SPDX-License-Identifier: MIT */
/*
 * An ioctl with a request and a response of 4 KiB each behind pointers: an SEV guest's message.
 * Prints nanoseconds per ioctl, of the best round.
 * doors: by a function call, to a mock of its own. doors PATH: through a descriptor of PATH, which
 * `tsmreq mock` or another mock has put there.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <tsmreq/mock.h>
#include <unistd.h>

#include "clock.h"
#include "uapi/iommufd.h"

#define PAGE	4096u
#define ROUNDS	20
#define SECONDS 0.005 /* of a round */
#define VDEVICE 2u    /* as `tsmreq mock --devices 1` has it */
#define READ	5u    /* what TDI_INFO is sent with */

static uint8_t message[PAGE], answer[PAGE];

static int by_descriptor(void *userdata, unsigned long request, void *arg)
{
	const int rc = ioctl(*(const int *)userdata, request, arg);

	return rc < 0 ? -errno : rc;
}

/* An empty TDI_INFO request: version 1, its header's size, its type. */
static void write_message(void)
{
	message[0x31] = 1;
	message[0x32] = 0x60;
	message[0x34] = 0x13;
	message[0x35] = 1;
	message[0x36] = 0x30;
}

static int send(const struct tsmreq_transport *door)
{
	struct uapi_request_op rq = {
		.size = sizeof(rq),
		.vdevice_id = VDEVICE,
		.op = READ,
		.tvm_arch = TSMREQ_ARCH_SEV,
		.req_len = PAGE,
		.resp_len = PAGE,
		.req_uptr = (uintptr_t)message,
		.resp_uptr = (uintptr_t)answer,
	};

	return door->submit(door->userdata, UAPI_CMD(UAPI_NR_96), &rq);
}

/* Nanoseconds per ioctl, or less than 0. */
static double measure(const struct tsmreq_transport *door)
{
	double best = 1e9;

	memset(answer, 0, sizeof(answer));
	/* every answer is one: no residue, and a page of the type that follows the request's */
	if (send(door) != 0 || answer[0x34] != 0x14)
		return -1;
	for (int round = 0; round < ROUNDS; round++) {
		const double start = clock_now(CLOCK_MONOTONIC);
		double time;
		unsigned int sent = 0;

		do {
			for (int i = 0; i < 20; i++, sent++)
				if (send(door) != 0)
					return -1;
			time = clock_now(CLOCK_MONOTONIC) - start;
		} while (time < SECONDS);
		clock_keep_least(&best, time / sent);
	}
	return best * 1e9;
}

static double in_process(void)
{
	const struct tsmreq_mock_opts opts = {.size = sizeof(opts), .uapi = TSMREQ_UAPI_CCA_V7};
	const struct tsmreq_mock_vdevice vdevice = {
		.size = sizeof(vdevice),
		.id = VDEVICE,
		.arch = TSMREQ_ARCH_SEV,
		.bound = TSMREQ_MOCK_BOUND,
	};
	struct tsmreq_mock *mock;
	double time = -1;

	if (tsmreq_mock_new(&mock, &opts) < 0)
		return -1;
	if (tsmreq_mock_add_vdevice(mock, &vdevice, NULL) == 0)
		time = measure(tsmreq_mock_get_transport(mock));
	tsmreq_mock_free(mock);
	return time;
}

static double through(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	const struct tsmreq_transport door = {sizeof(door), by_descriptor, NULL, &fd};
	double time = -1;

	if (fd >= 0)
		time = measure(&door);
	close(fd);
	return time;
}

int main(int argc, char **argv)
{
	double time;

	write_message();
	time = argc > 1 ? through(argv[1]) : in_process();
	if (time < 0) {
		fputs("doors: no answer\n", stderr);
		return 1;
	}
	printf("%.0f\n", time);
	return 0;
}
