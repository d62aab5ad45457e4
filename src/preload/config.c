/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "preload/preload.h"

/* What `tsmreq mock` puts into the environment. Without it: cca-v7, one device. */

#define DEVICES_MAX	4096u
#define RANDOM_PERMILLE 100u
#define SCRIPT_MAX	65536u

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

/* "SEED" or "SEED:PERMILLE". */
static int roll(struct tsmreq_mock *mock, const char *text)
{
	char *end;
	const uint64_t seed = strtoull(text, &end, 10);
	unsigned long permille = RANDOM_PERMILLE;

	if (end == text)
		return -EINVAL;
	if (*end == ':') {
		text = end + 1;
		permille = strtoul(text, &end, 10);
	}
	if (end == text || *end || permille > 1000)
		return -EINVAL;
	return tsmreq_mock_set_random_faults(mock, seed, (uint32_t)permille);
}

/* "ID:WORD", or "random:SEED:PERMILLE". What befalls one that is gone befalls nobody, as by script.
 */
static int trouble_one(struct tsmreq_mock *mock, const char *word)
{
	unsigned long id;
	char *end;
	int rc;

	if (strncmp(word, "random:", 7) == 0)
		return roll(mock, word + 7);
	id = strtoul(word, &end, 10);
	if (end == word || *end != ':' || id > UINT32_MAX)
		return -EINVAL;
	rc = tsmreq_mock_set_fault(mock, (uint32_t)id, end + 1);
	return rc == -ENOENT ? 0 : rc;
}

/* A list of them, with commas between. */
static int trouble(struct tsmreq_mock *mock)
{
	const char *at = getenv("TSMREQ_MOCK_FAULT");
	char word[64];
	int rc = 0;

	while (rc == 0 && at && *at) {
		const size_t length = strcspn(at, ",");

		if (length >= sizeof(word))
			return -EINVAL;
		memcpy(word, at, length);
		word[length] = '\0';
		rc = trouble_one(mock, word);
		at += length + (at[length] == ',');
	}
	return rc;
}

/* Trouble by the number of the call: a file of lines "CALL ID WORD". */
static int read_script(struct tsmreq_mock *mock)
{
	const char *path = getenv("TSMREQ_MOCK_SCRIPT");
	char text[SCRIPT_MAX];
	size_t size = 0;
	ssize_t n;
	int fd;

	if (!path || !*path)
		return 0;
	fd = preload_real()->open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	while ((n = read(fd, text + size, sizeof(text) - size)) > 0)
		size += (size_t)n;
	preload_real()->close(fd);
	if (n < 0 || size == sizeof(text))
		return n < 0 ? -EIO : -EFBIG;
	text[size] = '\0';
	return tsmreq_mock_set_script(mock, text);
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
		.flags = (number("TSMREQ_MOCK_CHECK", 0, 1) ? TSMREQ_MOCK_CHECK_POINTERS : 0) |
			 (number("TSMREQ_MOCK_SELFTEST", 0, 1) ? TSMREQ_MOCK_SELFTEST : 0),
	};
	struct tsmreq_mock *mock;
	int rc;

	rc = tsmreq_mock_new(&mock, &opts);
	if (rc == 0) {
		rc = furnish(mock, arch, uapi == TSMREQ_UAPI_CCA_V7);
		if (rc == 0)
			rc = trouble(mock);
		if (rc == 0)
			rc = read_script(mock);
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

/* At once, and in one piece: what is written is there even if the program crashes in the next line.
 */
static void write_text(void *userdata, const char *text)
{
	const int fd = *(const int *)userdata;
	size_t left = strlen(text);

	while (left) {
		const ssize_t n = write(fd, text, left);

		/* a full disk must not change what the program sees */
		if (n < 0 && errno != EINTR)
			return;
		text += n > 0 ? n : 0;
		left -= n > 0 ? (size_t)n : 0;
	}
}

void preload_start_journal(struct tsmreq_mock *mock, const int *fd)
{
	static atomic_uint kernels;
	char name[32];

	if (*fd < 0)
		return;
	/* no two cases of a file have one name: not those of two kernels, nor of a child's copy */
	snprintf(name, sizeof(name), "p%d-k%u", (int)getpid(), atomic_fetch_add(&kernels, 1) + 1);
	/* a name it does not like is the one thing that can go wrong: no journal then */
	if (tsmreq_mock_set_journal(mock, name, write_text, (void *)(uintptr_t)fd) < 0)
		return;
}
