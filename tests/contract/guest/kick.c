/* SPDX-License-Identifier: MIT */
#include "scene.h"

/*
 * A signal ends the wait in front of the backend, or somebody else has it: EINTR, EAGAIN and EBUSY,
 * once and for ever, at each kernel call of every life. Never swallowed: the job stays open, or the
 * guest is told to come again, or that it failed, by what its carrier can say.
 */

enum fate {
	RESENT,	   /* a read: the core asks again by itself */
	LEFT_OPEN, /* run says -EAGAIN, and is called again after the kick */
	BUSY,	   /* the guest is told to come again */
	FAILED,
};

static bool is_bind(const struct scene *scene)
{
	if (tsmreq_uapi_has(scene->kind.uapi, scene->kind.arch, TSMREQ_FEATURE_BIND_AT_ALLOC))
		return false;
	return !strncmp(scene->step, "lock", 4) || !strncmp(scene->step, "bind", 4);
}

static bool is_read(const struct scene *scene)
{
	return !strncmp(scene->step, "size", 4) || !strncmp(scene->step, "read", 4) ||
	       !strcmp(scene->step, "report");
}

static enum fate get_fate(const struct scene *scene, int rc, bool ever)
{
	if (rc == -EINTR && !ever && is_read(scene))
		return RESENT;
	if (scene->kind.arch == TSMREQ_ARCH_TDX)
		return rc == -EINTR ? LEFT_OPEN : FAILED;
	/* another VM's device is no wait, and a validation has no word for one */
	if ((rc == -EBUSY && is_bind(scene)) ||
	    (scene->kind.arch == TSMREQ_ARCH_CCA && !strcmp(scene->step, "validate MMIO")))
		return FAILED;
	return scene->kind.arch == TSMREQ_ARCH_CCA || scene->kind.on_page ? BUSY : LEFT_OPEN;
}

static struct {
	unsigned int send; /* which one is befallen */
	unsigned int before;
	int rc;
	bool ever;
} trouble;

static unsigned int judged;

static void judge(struct scene *scene, enum told told)
{
	const enum fate fate = get_fate(scene, trouble.rc, trouble.ever);
	const uint64_t busy = scene->kind.arch == TSMREQ_ARCH_CCA ? TSMREQ_RHI_BUSY
								  : TSMREQ_GHCB_BUSY;

	judged++;
	scene_check(scene, (scene->kicks > 0) == (fate == LEFT_OPEN));
	scene_check(scene, (told == TOLD_DONE) ==
				   (fate == RESENT || (fate == LEFT_OPEN && !trouble.ever)));
	scene_check(scene, (scene->status == busy) == (fate == BUSY));
}

/*
 * A VMM that allocates and destroys, and a reset, are no exits of the guest's; who is too late is
 * told that it failed.
 */
static void at_end(struct scene *scene, enum told told)
{
	const bool befallen = trouble.before < trouble.send && scene->sends >= trouble.send;
	const bool by_vmm = !strcmp(scene->step, "reset") || !strcmp(scene->step, "too late") ||
			    (scene_vmm_binds(scene) && strstr(scene->step, "bind"));

	if (befallen && !by_vmm)
		judge(scene, told);
	trouble.before = scene->sends;
	scene->status = 0;
}

/* How many kernel calls there were. */
static unsigned int live_through(const struct scene_kind *kind, unsigned int *ret_faults)
{
	struct scene *scene = malloc(sizeof(*scene));
	unsigned int sends;

	scene_set_up(scene, kind);
	scene->at_end = at_end;
	scene->fail_send = (struct scene_countdown){trouble.send, trouble.ever};
	scene->send_rc = trouble.rc;
	trouble.before = 0;
	if (scene_begin(scene) < 0)
		scene_blame(scene, "cannot begin");
	else
		scene_play(scene);
	sends = scene->sends;
	scene_finish(scene);
	if (scene->faults)
		fprintf(stderr, "  send %u %s%s\n", trouble.send,
			trouble.rc ? tsmreq_errno_to_string(trouble.rc) : "0",
			trouble.ever ? " for ever" : "");
	*ret_faults += scene->faults;
	free(scene);
	return sends;
}

static unsigned int kick(const struct scene_kind *kind)
{
	static const int waits[] = {-EINTR, -EAGAIN, -EBUSY};
	unsigned int faults = 0, sends;

	memset(&trouble, 0, sizeof(trouble));
	sends = live_through(kind, &faults);
	for (trouble.send = 1; trouble.send <= sends; trouble.send++) {
		for (unsigned int i = 0; i < 6; i++) {
			trouble.rc = waits[i / 2];
			trouble.ever = i & 1;
			(void)live_through(kind, &faults);
		}
	}
	return faults;
}

int main(void)
{
	struct scene_kind kind;
	unsigned int failed = 0, i;
	char name[64];

	for (i = 0; scene_kind_at(i, &kind); i++) {
		unsigned int faults;

		judged = 0;
		faults = kick(&kind);
		scene_name(&kind, name, sizeof(name));
		printf("%sok %u %s: %u kicks\n", faults || !judged ? "not " : "", i + 1, name,
		       judged);
		failed += faults || !judged;
	}
	printf("1..%u\n", i);
	return failed != 0;
}
