/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stdio.h>

#include "core/core.h"

void tsmreq_log(tsmreq_log_fn log, void *userdata, enum log_priority priority, const char *format,
		...)
{
	char text[512];
	va_list ap;

	if (log == NULL)
		return;
	va_start(ap, format);
	vsnprintf(text, sizeof(text), format, ap);
	va_end(ap);
	log(userdata, (int)priority, text);
}
