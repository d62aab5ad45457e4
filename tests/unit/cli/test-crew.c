/* SPDX-License-Identifier: MIT */
#include "cli/crew.h"
#include "kit.h"

/* No lock of the test's own: the crew says who may look. */

static struct crew crew;
static struct crew_gate gates[2];
static int seen[8];
static int notes;

static void note(int what)
{
	seen[notes++] = what;
}

struct task {
	int name;
	struct crew_gate *gate;
};

static void work(void *userdata)
{
	const struct task *task = userdata;

	assert_true(crew_is_member(&crew));
	note(task->name);
	if (task->gate)
		crew_pass(&crew, task->gate);
	note(-task->name);
}

static int begin(void **state)
{
	(void)state;
	memset(gates, 0, sizeof(gates));
	notes = 0;
	crew_open(&crew);
	return 0;
}

static void through_at_once(void **state)
{
	struct task task = {1, NULL};

	(void)state;
	assert_false(crew_is_member(&crew));
	assert_int_equal(crew_start(&crew, work, &task), 0);
	crew_wait(&crew);
	assert_int_equal(notes, 2);
	crew_close(&crew);
}

static void two_at_gates(void **state)
{
	struct task one = {1, &gates[0]}, two = {2, &gates[1]};

	(void)state;
	assert_int_equal(crew_start(&crew, work, &one), 0);
	crew_wait(&crew);
	assert_int_equal(crew_start(&crew, work, &two), 0);
	crew_wait(&crew);
	assert_int_equal(notes, 2);
	crew_open_gate(&crew, &gates[1]);
	assert_int_equal(notes, 3);
	assert_int_equal(seen[2], -2);
	crew_open_gate(&crew, &gates[0]);
	assert_int_equal(notes, 4);
	assert_int_equal(seen[3], -1);
	/* an open gate may be opened again */
	crew_open_gate(&crew, &gates[0]);
	crew_close(&crew);
}

static void an_open_gate(void **state)
{
	struct task task = {3, &gates[0]};

	(void)state;
	crew_open_gate(&crew, &gates[0]);
	assert_int_equal(crew_start(&crew, work, &task), 0);
	crew_wait(&crew);
	assert_int_equal(notes, 2);
	crew_close(&crew);
}

static void idle(void *userdata)
{
	(void)userdata;
}

static void no_room(void **state)
{
	(void)state;
	for (int i = 0; i < CREW_MAX; i++)
		assert_int_equal(crew_start(&crew, idle, NULL), 0);
	assert_int_equal(crew_start(&crew, idle, NULL), -EAGAIN);
	crew_close(&crew);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(through_at_once, begin),
		cmocka_unit_test_setup(two_at_gates, begin),
		cmocka_unit_test_setup(an_open_gate, begin),
		cmocka_unit_test_setup(no_room, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
