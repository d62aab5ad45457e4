/* SPDX-License-Identifier: MIT */
#include "scene.h"

/*
 * Trouble at every place, one at a time: each allocation, each call of the kernel's with each errno
 * (before it acts, or after), each operation the VMM lends; once, or from then on. A guest is
 * always answered in the words its architecture has; what it is told is done is done; what the
 * books say is so, or they say that nobody can tell; the device can always be reset and taken away;
 * nothing leaks.
 */

/* ---- allocations */

static unsigned int allocations;
static struct scene_countdown fail_allocation;
static long live;

static bool allocates(void)
{
	allocations++;
	return !scene_strikes(&fail_allocation);
}

static void *count(void *block)
{
	live += block != NULL;
	return block;
}

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__real_calloc(size_t number, size_t size);
void *__wrap_calloc(size_t number, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
void __real_free(void *block);
void __wrap_free(void *block);

void *__wrap_malloc(size_t size)
{
	return allocates() ? count(__real_malloc(size)) : NULL;
}

void *__wrap_calloc(size_t number, size_t size)
{
	return allocates() ? count(__real_calloc(number, size)) : NULL;
}

void *__wrap_realloc(void *old, size_t size)
{
	void *block = allocates() ? __real_realloc(old, size) : NULL;

	live += block && !old;
	return block;
}

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
	return allocates() ? count(__real_aligned_alloc(alignment, size)) : NULL;
}

void __wrap_free(void *block)
{
	live -= block != NULL;
	__real_free(block);
}

/* ---- what is told, and what is so */

static bool is_one_of(const char *step, const char *const *steps)
{
	while (*steps && strcmp(step, *steps))
		steps++;
	return *steps;
}

static void check_state(struct scene *scene)
{
	static const char *const locks[] = {"lock", "lock again", "bind", "bind again", NULL};
	static const char *const runs[] = {"run", "start", NULL};
	static const char *const unlocks[] = {"unlock", "unbind", "stop", "reset", NULL};
	const enum tsmreq_tdi_state really = scene_really(scene);

	/* a TD may bind what is bound, and looks at the state itself (TDG.TDI.RD) */
	if (is_one_of(scene->step, locks))
		scene_check(scene,
			    really == TSMREQ_TDI_LOCKED || (really == TSMREQ_TDI_RUN &&
							    scene->kind.arch == TSMREQ_ARCH_TDX));
	if (is_one_of(scene->step, runs))
		scene_check(scene, really == TSMREQ_TDI_RUN);
	if (is_one_of(scene->step, unlocks))
		scene_check(scene, really == TSMREQ_TDI_UNLOCKED);
	if (!strcmp(scene->step, "abort"))
		scene_check(scene, really != TSMREQ_TDI_RUN);
	/* STOP leaves an SEV device bound, so its BARs are not given back */
	if (is_one_of(scene->step, unlocks) && strcmp(scene->step, "stop"))
		scene_check(scene, !scene->is_locked);
}

/* All of what the kernel or the source said last, and nothing else. */
static void check_bytes(struct scene *scene, const uint8_t *at, uint64_t size)
{
	scene_check(scene, size && size == scene->response_size);
	scene_check(scene, !memcmp(at, scene->response, scene->response_size));
}

/* SEV's table: what has a length is there, and is what it is called. */
static void check_table(struct scene *scene)
{
	static const struct {
		uint8_t guid; /* how it begins */
		enum tsmreq_object object;
	} names[] = {
		{0xc6, TSMREQ_OBJECT_MEASUREMENTS},
		{0x75, TSMREQ_OBJECT_CERTIFICATE},
		{0x0e, TSMREQ_OBJECT_INTERFACE_REPORT},
	};
	const uint8_t *table = scene->memory + SCENE_DATA;

	for (unsigned int i = 0; i < 3; i++) {
		const uint8_t *entry = table + 24 * (size_t)i;
		const char *text = scene_get_text(names[i].object);
		const uint32_t at = scene_load32(entry + 16), size = scene_load32(entry + 20);

		scene_check(scene, entry[0] == names[i].guid);
		scene_check(scene, !size || (size == strlen(text) && at < 0x2000 &&
					     !memcmp(table + at, text, size)));
	}
}

static void check_evidence(struct scene *scene)
{
	static const char *const news[] = {"refresh the report", "measure", NULL};
	const uint8_t *buffer = scene->memory + SCENE_BUFFER;

	if (is_one_of(scene->step, news))
		scene_check(scene, scene->was_sent);
	if (!strncmp(scene->step, "read", 4))
		check_bytes(scene, buffer, scene->told_size);
	if (!strcmp(scene->step, "info"))
		check_table(scene);
	if (!strcmp(scene->step, "report"))
		check_bytes(scene, buffer + TSMREQ_TDCM_HEADER_SIZE, scene_load32(buffer + 16));
}

static void check_truth(struct scene *scene, enum told told)
{
	if (scene->kernel_lies)
		return;
	if (told == TOLD_DONE) {
		check_state(scene);
		check_evidence(scene);
	}
	if (scene->vdev && !tsmreq_vdev_is_uncertain(scene->vdev))
		scene_check(scene, tsmreq_vdev_get_state(scene->vdev) == scene_really(scene));
}

/* ---- one trouble */

struct trouble {
	unsigned int allocation, send, lend; /* which one fails; 0: none */
	int rc;
	bool acts, ever;
};

static unsigned int faults, lives;

static void say_trouble(const struct trouble *trouble)
{
	fprintf(stderr, "  trouble%s: allocation %u, lend %u, send %u %s%s\n",
		trouble->ever ? " for ever" : "", trouble->allocation, trouble->lend, trouble->send,
		trouble->acts ? "acts, then " : "",
		trouble->rc ? tsmreq_errno_to_string(trouble->rc) : "");
}

/* How many there were of each. A rich VMM lends a mapping, and memory for snapshots. */
static struct trouble live_through(const struct scene_kind *kind, bool rich,
				   const struct trouble *trouble)
{
	struct scene *scene = malloc(sizeof(*scene));
	const long before = live;
	struct trouble counted;

	scene_set_up(scene, kind);
	if (rich) {
		scene_lend_mapping(scene);
		scene->opts.snapshot_budget = 4096;
	}
	scene->at_end = check_truth;
	scene->kernel_lies = trouble->send && !trouble->rc;
	scene->fail_send = (struct scene_countdown){trouble->send, trouble->ever};
	scene->send_rc = trouble->rc;
	scene->send_acts = trouble->acts;
	scene->fail_lend = (struct scene_countdown){trouble->lend, trouble->ever};
	fail_allocation = (struct scene_countdown){trouble->allocation, trouble->ever};
	allocations = 0;
	if (scene_begin(scene) == 0)
		scene_play(scene);
	fail_allocation.left = 0;
	counted = (struct trouble){
		.allocation = allocations, .send = scene->sends, .lend = scene->lends};
	scene->step = "the end";
	scene_finish(scene);
	scene_check(scene, live == before);
	if (scene->faults)
		say_trouble(trouble);
	faults += scene->faults;
	lives++;
	free(scene);
	return counted;
}

/* What is decided: nothing moved. EINVAL of a validation is not, but moves no state. */
static const int decided[] = {EINTR,  EAGAIN, EBUSY,  EINVAL,	 ENOENT,
			      ENODEV, E2BIG,  ENOTTY, EOPNOTSUPP};
/* What leaves it open. */
static const int open[] = {EIO, EFAULT, ENXIO, EPROTO, ENOMEM, ETIMEDOUT};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* @few: each kind of errno, and not every one. */
static void sweep_sends(const struct scene_kind *kind, bool rich, struct trouble trouble, bool few)
{
	for (size_t e = 0; e < (few ? 3 : COUNT(decided)); e++) {
		trouble.rc = -decided[e];
		live_through(kind, rich, &trouble);
	}
	for (size_t e = 0; e < (few ? 1 : COUNT(open)); e++) {
		trouble.rc = -open[e];
		trouble.acts = false;
		live_through(kind, rich, &trouble);
		trouble.acts = true;
		live_through(kind, rich, &trouble);
	}
	/* a number that no ioctl answers, and one that is no errno */
	trouble.rc = 0x7fffffff;
	live_through(kind, rich, &trouble);
	trouble.rc = -5000;
	trouble.acts = false;
	live_through(kind, rich, &trouble);
	/* it says 0 and does nothing: only a message's page can tell */
	trouble.rc = 0;
	if (kind->arch == TSMREQ_ARCH_SEV)
		live_through(kind, rich, &trouble);
}

static void sweep(const struct scene_kind *kind, bool rich, bool ever)
{
	const struct trouble none = {.rc = 0};
	const struct trouble all = live_through(kind, rich, &none);

	for (unsigned int i = 1; i <= all.allocation; i++)
		live_through(kind, rich, &(struct trouble){.allocation = i, .ever = ever});
	for (unsigned int i = 1; i <= all.lend; i++)
		live_through(kind, rich, &(struct trouble){.lend = i, .ever = ever});
	for (unsigned int i = 1; i <= all.send; i++)
		sweep_sends(kind, rich, (struct trouble){.send = i, .ever = ever}, rich || ever);
}

int main(void)
{
	struct scene_kind kind;
	unsigned int failed = 0, i;
	char name[64];

	for (i = 0; scene_kind_at(i, &kind); i++) {
		faults = lives = 0;
		for (unsigned int way = 0; way < 4; way++)
			sweep(&kind, way & 1, way & 2);
		scene_name(&kind, name, sizeof(name));
		printf("%sok %u %s: %u lives\n", faults ? "not " : "", i + 1, name, lives);
		failed += faults != 0;
	}
	printf("1..%u\n", i);
	return failed != 0;
}
