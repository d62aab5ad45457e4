/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <tsmreq/host.h>
#include <tsmreq/text.h>

/* Names: of PCI functions, and of what was found out about one. */

static int digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* @least to @most hex digits, and then @end. NULL: not so. */
static const char *take(const char *text, unsigned int least, unsigned int most, char end,
			unsigned int *ret)
{
	unsigned int count = 0;

	*ret = 0;
	for (; digit(text[count]) >= 0; count++) {
		if (count == most)
			return NULL;
		*ret = *ret << 4 | (unsigned int)digit(text[count]);
	}
	if (count < least || text[count] != end)
		return NULL;
	return text + count + (end != '\0');
}

int tsmreq_host_parse_name(const char *word, char ret[TSMREQ_HOST_NAME_SIZE])
{
	unsigned int domain = 0, bus = 0, slot = 0, function = 0;
	const char *rest = word;

	if (word == NULL || ret == NULL)
		return -EINVAL;
	if (strchr(word, ':') != strrchr(word, ':'))
		rest = take(rest, 4, 8, ':', &domain);
	if (rest)
		rest = take(rest, 2, 2, ':', &bus);
	if (rest)
		rest = take(rest, 2, 2, '.', &slot);
	if (rest)
		rest = take(rest, 1, 1, '\0', &function);
	if (rest == NULL || slot > 0x1f || function > 7)
		return -EINVAL;
	snprintf(ret, TSMREQ_HOST_NAME_SIZE, "%04x:%02x:%02x.%x", domain, bus, slot, function);
	return 0;
}

static bool is_arch(enum tsmreq_arch arch)
{
	return arch == TSMREQ_ARCH_CCA || arch == TSMREQ_ARCH_SEV || arch == TSMREQ_ARCH_TDX;
}

int tsmreq_host_check_arch(const struct tsmreq_host_device *device, enum tsmreq_arch arch,
			   char *text, size_t size)
{
	if (device == NULL || !is_arch(arch) || (text == NULL && size))
		return -EINVAL;
	if (size)
		text[0] = '\0';
	if ((int)device->arch == 0 || device->arch == arch)
		return 0;
	if (size)
		snprintf(text, size, "%s is connected to %s of driver %s: a %s host, not %s",
			 device->name, device->tsm, device->driver,
			 tsmreq_arch_to_string(device->arch), tsmreq_arch_to_string(arch));
	return -EPROTOTYPE;
}

const char *tsmreq_host_answer_to_string(enum tsmreq_host_answer answer)
{
	switch (answer) {
	case TSMREQ_HOST_NO:
		return "no";
	case TSMREQ_HOST_YES:
		return "yes";
	case TSMREQ_HOST_UNKNOWN:
	case TSMREQ_HOST_ANSWER_FORCE_S32_:
		break;
	}
	return "unknown";
}

const char *tsmreq_host_role_to_string(enum tsmreq_host_role role)
{
	switch (role) {
	case TSMREQ_HOST_ROLE_LINK:
		return "link";
	case TSMREQ_HOST_ROLE_DEVSEC:
		return "devsec";
	case TSMREQ_HOST_ROLE_UNKNOWN:
	case TSMREQ_HOST_ROLE_FORCE_S32_:
		break;
	}
	return "unknown";
}
