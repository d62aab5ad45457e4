/* SPDX-License-Identifier: MIT */
#ifndef CLI_SHOW_CALL_H
#define CLI_SHOW_CALL_H

#include <tsmreq/call.h>

/*
 * A decoded call on standard output: every field that its kind uses, and the answer of a refusal.
 * @offered is whether the VMM's features have it, NOT_TOLD where no such question is asked.
 */
void show_call(const struct tsmreq_call *call, enum tsmreq_tristate offered, bool as_json);

#endif
