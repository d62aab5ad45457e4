/* SPDX-License-Identifier: MIT */
/* The table that spin has checked is the one that the library goes by, cell by cell. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "guest/operation.h"

static bool seen[OPERATION_STATES][OPERATION_EVENTS];

static void compare(const char *cell, enum operation_state state, enum operation_event event,
		    struct operation_step step)
{
	struct operation operation = {.state = state};
	const enum operation_verdict verdict = tsmreq_operation_step(&operation, event);

	if (operation.state != step.next || verdict != step.verdict)
		fail_msg("%s: the library goes to %u and says %u", cell, operation.state, verdict);
	if (seen[state][event])
		fail_msg("%s stands there twice", cell);
	seen[state][event] = true;
}

#define STEP(from, what, to, says)                                    \
	compare(#from ", " #what, OPERATION_##from, OPERATION_##what, \
		(struct operation_step){OPERATION_##to, OPERATION_##says})

static void every_cell_is_the_models(void **unused)
{
	(void)unused;
#include "table.h"
	for (unsigned int i = 0; i < OPERATION_STATES * OPERATION_EVENTS; i++)
		if (!seen[i / OPERATION_EVENTS][i % OPERATION_EVENTS])
			fail_msg("the model has no cell for state %u, event %u",
				 i / OPERATION_EVENTS, i % OPERATION_EVENTS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_cell_is_the_models),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
