/* SPDX-License-Identifier: MIT */
#ifndef CLI_SHOW_REPORT_H
#define CLI_SHOW_REPORT_H

#include <stdbool.h>
#include <tsmreq/report.h>

#include "cli/json.h"

/* An interface report taken apart, for people and for programs. */

struct sentence {
	char text[200];
};

/* What is wrong with it. */
struct sentence show_report_fault(const struct tsmreq_report_error *error);
/* @good: a Linux guest takes it; else @error says why it may not. */
void show_report(const struct tsmreq_report *report, bool good,
		 const struct tsmreq_report_error *error);
void write_report(struct json *json, const char *key, const struct tsmreq_report *report, bool good,
		  const struct tsmreq_report_error *error);

#endif
