/* SPDX-License-Identifier: MIT */
#include "mock/faults.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "base/errnos.h"

#define DELAY_MAX 600000u /* ten minutes */

#define ERRNO(name) {#name, name},

static const struct {
	const char *name;
	int number;
} errnos[] = {TSMREQ_ERRNOS(ERRNO)};

const char *tsmreq_mock_fault_errno_name(int error)
{
	for (size_t i = 0; i < sizeof(errnos) / sizeof(errnos[0]); i++)
		if (errnos[i].number == error || errnos[i].number == -error)
			return errnos[i].name;
	return NULL;
}

static int parse_errno(const char *name, int *ret)
{
	for (size_t i = 0; i < sizeof(errnos) / sizeof(errnos[0]); i++) {
		if (strcmp(name, errnos[i].name) == 0) {
			*ret = -errnos[i].number;
			return 0;
		}
	}
	return -EINVAL;
}

static int digit(char c, unsigned int base)
{
	int value = -1;

	if (c >= '0' && c <= '9')
		value = c - '0';
	else if (c >= 'a' && c <= 'f')
		value = c - 'a' + 10;
	else if (c >= 'A' && c <= 'F')
		value = c - 'A' + 10;
	return value >= 0 && (unsigned int)value < base ? value : -1;
}

/* Digits only: no sign, no blank, no prefix, nothing after them. */
static int parse_number(const char *text, unsigned int base, uint64_t max, uint64_t *ret)
{
	uint64_t number = 0;

	if (*text == '\0')
		return -EINVAL;
	for (; *text != '\0'; text++) {
		int value = digit(*text, base);

		if (value < 0 || __builtin_mul_overflow(number, base, &number) ||
		    __builtin_add_overflow(number, (uint64_t)value, &number) || number > max)
			return -EINVAL;
	}
	*ret = number;
	return 0;
}

/* What follows @prefix in @word, or NULL. */
static const char *argument(const char *word, const char *prefix)
{
	size_t length = strlen(prefix);

	return strncmp(word, prefix, length) == 0 ? word + length : NULL;
}

/* Words with something after a colon. */
static int add_argument(struct mock_fault *fault, const char *word)
{
	const char *text;
	uint64_t number;

	if ((text = argument(word, "backend:")) != NULL)
		return parse_errno(text, &fault->backend);
	if ((text = argument(word, "after:")) != NULL)
		return parse_errno(text, &fault->after);
	if ((text = argument(word, "intr:")) != NULL) {
		if (parse_number(text, 10, UINT32_MAX, &number) != 0)
			return -EINVAL;
		fault->intr_left = (uint32_t)number;
		return 0;
	}
	if ((text = argument(word, "residue:")) != NULL) {
		if (parse_number(text, 10, UINT32_MAX, &number) != 0)
			return -EINVAL;
		fault->residue = (uint32_t)number;
		fault->has_residue = true;
		return 0;
	}
	if ((text = argument(word, "delay:")) != NULL) {
		if (parse_number(text, 10, DELAY_MAX, &number) != 0)
			return -EINVAL;
		fault->delay_ms = (uint32_t)number;
		return 0;
	}
	if ((text = argument(word, "code:")) != NULL)
		return parse_number(text, 16, UINT64_MAX, &fault->code);
	return -EINVAL;
}

int tsmreq_mock_fault_add(struct mock_fault *fault, const char *word)
{
	if (strcmp(word, "") == 0)
		*fault = (struct mock_fault){0};
	else if (strcmp(word, "copyout") == 0)
		fault->copyout = true;
	else if (strcmp(word, "copyout-once") == 0)
		fault->copyout_once = true;
	else if (strcmp(word, "intr") == 0)
		fault->intr = true;
	else if (strcmp(word, "intr-once") == 0)
		fault->intr_left = 1;
	else if (strcmp(word, "again-once") == 0)
		fault->again_once = true;
	else if (strcmp(word, "resp-unwritable") == 0)
		fault->resp_unwritable = true;
	else if (strcmp(word, "code-kept") == 0)
		fault->code_kept = true;
	else if (strcmp(word, "busy") == 0)
		fault->busy = true;
	else if (strcmp(word, "in-use") == 0)
		fault->in_use = true;
	else if (strcmp(word, "no-kvm") == 0)
		fault->no_kvm = true;
	else
		return add_argument(fault, word);
	return 0;
}

int tsmreq_mock_fault_wait(struct mock_fault *fault)
{
	if (fault->intr)
		return -EINTR;
	if (fault->intr_left > 0) {
		fault->intr_left--;
		return -EINTR;
	}
	if (fault->again_once) {
		fault->again_once = false;
		return -EAGAIN;
	}
	return 0;
}

int tsmreq_mock_fault_copyout(struct mock_fault *fault)
{
	bool once = fault->copyout_once;

	fault->copyout_once = false;
	return once || fault->copyout ? -EFAULT : 0;
}
