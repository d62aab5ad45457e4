/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "preload/preload.h"

/* What `tsmreq mock` puts into the environment. Without it: cca-v7, one device. */

#define DEVICES_MAX 4096u

/* A number; @fallback where there is none, or no such number. */
static unsigned int number(const char *name, unsigned int fallback, unsigned int max)
{
	const char *text = getenv(name);
	unsigned long value;
	char *end;

	if (!text || !*text)
		return fallback;
	errno = 0;
	value = strtoul(text, &end, 10);
	return *end || errno || value > max ? fallback : (unsigned int)value;
}

/* Device i is object i, its vDevice is object N + i, and the guest calls it i << 8. */
static int furnish(struct tsmreq_mock *mock, enum tsmreq_arch arch, bool bound)
{
	const uint32_t devices = number("TSMREQ_MOCK_DEVICES", 1, DEVICES_MAX);
	int rc = 0;

	for (uint32_t i = 1; rc == 0 && i <= devices; i++) {
		rc = tsmreq_mock_add_object(mock, TSMREQ_MOCK_DEVICE, i, NULL);
		if (rc == 0)
			rc = tsmreq_mock_set_device_arch(mock, i, arch);
	}
	for (uint32_t i = 1; rc == 0 && i <= devices; i++) {
		const struct tsmreq_mock_vdevice vdevice = {
			.size = sizeof(vdevice),
			.id = devices + i,
			.flags = TSMREQ_MOCK_OBJECTS,
			.arch = arch,
			.bound = bound ? TSMREQ_MOCK_BOUND : TSMREQ_MOCK_UNBOUND,
			.virt_id = {(uint64_t)i << 8},
		};

		rc = tsmreq_mock_add_vdevice(mock, &vdevice, NULL);
	}
	return rc;
}

/* "ID:WORD,ID:WORD": trouble from the start. */
static int trouble(struct tsmreq_mock *mock)
{
	const char *at = getenv("TSMREQ_MOCK_FAULT");
	char word[64];
	int rc = 0;

	while (rc == 0 && at && *at) {
		const size_t length = strcspn(at, ",");
		char *colon;

		if (length >= sizeof(word))
			return -EINVAL;
		memcpy(word, at, length);
		word[length] = '\0';
		colon = strchr(word, ':');
		if (!colon)
			return -EINVAL;
		*colon = '\0';
		rc = tsmreq_mock_set_fault(mock, (uint32_t)strtoul(word, NULL, 10), colon + 1);
		at += length + (at[length] == ',');
	}
	return rc;
}

struct tsmreq_mock *preload_configure(void)
{
	const enum tsmreq_uapi uapi =
		(enum tsmreq_uapi)number("TSMREQ_MOCK_UAPI", TSMREQ_UAPI_CCA_V7, UINT16_MAX);
	const enum tsmreq_arch arch =
		(enum tsmreq_arch)number("TSMREQ_MOCK_ARCH", TSMREQ_ARCH_CCA, TSMREQ_ARCH_TDX);
	const struct tsmreq_mock_opts opts = {
		.size = sizeof(opts),
		.uapi = uapi,
		.flags = number("TSMREQ_MOCK_CHECK", 0, 1) ? TSMREQ_MOCK_CHECK_POINTERS : 0,
	};
	struct tsmreq_mock *mock;
	int rc;

	rc = tsmreq_mock_new(&mock, &opts);
	if (rc == 0) {
		rc = furnish(mock, arch, uapi == TSMREQ_UAPI_CCA_V7);
		if (rc == 0)
			rc = trouble(mock);
		if (rc < 0)
			mock = tsmreq_mock_free(mock);
	}
	if (rc < 0) {
		errno = -rc;
		return NULL;
	}
	return mock;
}

int preload_open_journal(void)
{
	const char *path = getenv("TSMREQ_MOCK_JOURNAL");

	if (!path || !*path)
		return -1;
	return preload_real()->open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
}
