/* SPDX-License-Identifier: MIT */
/*
 * A VMM in a jail of seccomp: what has to be opened and asked is opened and asked before, and from
 * then on the library needs an ioctl on a borrowed descriptor and, for its locks, futex. Everything
 * else but printing and ending kills the process (doc/SANDBOX.md has the list and its proof).
 */
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "small-vm.h"

#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCH AUDIT_ARCH_AARCH64
#else
#define ARCH 0 /* not tried there */
#endif
#define NOT_RUN 77

/* ---- the jail ---- */

#define LOAD(field)	      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define ANSWER(action)	      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_##action)
#define IF(value, action)     BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), 0, 1), ANSWER(action)
#define UNLESS(value, action) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), 1, 0), ANSWER(action)

/* The descriptor and the two commands of the row, and no others. */
static int enter_jail(int iommufd, const struct tsmreq_uapi_info *row)
{
	struct sock_filter rules[] = {
		LOAD(arch),
		UNLESS(ARCH, KILL_PROCESS),
		LOAD(nr),
		IF(SYS_futex, ALLOW),
		IF(SYS_write, ALLOW),	       /* printing: the example's own */
		IF(SYS_exit_group, ALLOW),     /* and ending */
		IF(SYS_openat, ERRNO | EPERM), /* would be the end, but is to be seen */
		UNLESS(SYS_ioctl, KILL_PROCESS),
		LOAD(args[0]),
		UNLESS((uint32_t)iommufd, KILL_PROCESS),
		LOAD(args[1]),
		IF(row->request_cmd, ALLOW),
		IF(row->op_cmd, ALLOW),
		ANSWER(KILL_PROCESS),
	};
	const struct sock_fprog program = {sizeof(rules) / sizeof(rules[0]), rules};

	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0 ||
	    prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
		return -errno;
	return 0;
}

/* ---- before it ---- */

/* /dev/iommu where there is one. Else any descriptor shows that the system call is let through. */
static int open_descriptor(void)
{
	int fd = open("/dev/iommu", O_RDWR | O_CLOEXEC);

	if (fd < 0) {
		fd = open("/dev/null", O_RDWR | O_CLOEXEC);
		printf("no /dev/iommu here: /dev/null is borrowed, which knows no such ioctl\n");
	}
	return fd < 0 ? -errno : fd;
}

static void show_probe(const char *what, int rc, const struct tsmreq_probe *probe)
{
	printf("probe of %s: %s, %s\n", what,
	       rc < 0 ? tsmreq_errno_to_string(rc) : tsmreq_verdict_to_string(probe->verdict),
	       tsmreq_uapi_to_string(probe->uapi));
}

/* ---- inside ---- */

static int set_state(struct small_vm *vm, enum tsmreq_tdi_state target)
{
	const struct tsmreq_exit exit = {
		.size = sizeof(exit),
		.form = TSMREQ_EXIT_RHI,
		.rhi = {.nr = TSMREQ_RHI_VDEV_SET_TDI_STATE,
			.x = {TSMREQ_RHI_VDEV_SET_TDI_STATE, VM_DEV, (uint64_t)target}},
		.vcpu_fd = -1,
	};
	struct tsmreq_reply reply;
	enum tsmreq_step step;
	struct tsmreq_job *job;
	int rc = tsmreq_guest_handle(vm->guest, &exit, &job, &step, &reply);

	if (rc < 0 || step != TSMREQ_STEP_DONE)
		return rc < 0 ? rc : -EPROTO;
	printf("the guest, over the mock: %s: %s\n", tsmreq_tdi_state_to_string(target),
	       tsmreq_rhi_status_to_string(reply.rhi.x[0]));
	return reply.rhi.x[0] == TSMREQ_RHI_SUCCESS ? 0 : -EPROTO;
}

/* The way that a real VMM's calls go, through the library's own ioctl. */
static void lock_by_descriptor(struct tsmreq_vdev *vdev)
{
	struct tsmreq_result result;
	int rc = tsmreq_vdev_lock(vdev, &result);

	printf("a lock through the descriptor: %s, %s\n",
	       rc < 0 ? tsmreq_errno_to_string(rc) : "done",
	       tsmreq_outcome_to_string(result.outcome));
}

/* The exit status. Nothing is freed: free() may want to unmap, and the process ends in here. */
static int live(struct small_vm *vm, struct tsmreq_vdev *by_descriptor)
{
	struct tsmreq_ctx *ctx;
	int rc = tsmreq_ctx_open(&ctx, NULL, NULL);

	printf("opening /dev/iommu: %s\n", tsmreq_errno_to_string(rc));
	lock_by_descriptor(by_descriptor);
	rc = set_state(vm, TSMREQ_TDI_LOCKED);
	if (rc == 0)
		rc = set_state(vm, TSMREQ_TDI_RUN);
	if (rc == 0)
		rc = set_state(vm, TSMREQ_TDI_UNLOCKED);
	printf("still alive\n");
	return fflush(stdout) < 0 || rc < 0;
}

int main(void)
{
	struct tsmreq_guest_opts guest = {.arch = TSMREQ_ARCH_CCA};
	struct tsmreq_ctx_opts opts = {.size = sizeof(opts)};
	struct tsmreq_vdev *by_descriptor = NULL;
	struct tsmreq_ctx *ctx = NULL;
	struct tsmreq_uapi_info row;
	struct tsmreq_probe probe;
	struct small_vm vm;
	int fd, rc;

	if (ARCH == 0) {
		printf("skipped: the filter is written for x86-64 and arm64\n");
		return NOT_RUN;
	}
	/* everything that opens, asks or allocates */
	fd = open_descriptor();
	if (fd < 0)
		return 1;
	show_probe("the descriptor", tsmreq_probe_fd(fd, &probe), &probe);
	vm_init(&vm);
	rc = vm_start(&vm, TSMREQ_UAPI_CCA_V7, &guest);
	if (rc < 0)
		goto out;
	opts.uapi = tsmreq_ctx_get_uapi(vm.ctx);
	printf("probe of the mock: %s\n", tsmreq_uapi_to_string(opts.uapi));
	rc = tsmreq_uapi_get_info(opts.uapi, &row);
	/* the revision is named, so that nothing is asked of a descriptor that does not know it */
	if (rc == 0)
		rc = tsmreq_ctx_new_from_fd(&ctx, fd, &opts);
	if (rc == 0)
		rc = tsmreq_vdev_new(&by_descriptor, ctx, vm.id, TSMREQ_ARCH_CCA, NULL);
	if (rc == 0)
		rc = enter_jail(fd, &row);
	if (rc == 0)
		_exit(live(&vm, by_descriptor));
out:
	if (rc < 0)
		fprintf(stderr, "failed: %s\n", tsmreq_errno_to_string(rc));
	tsmreq_vdev_free(by_descriptor);
	tsmreq_ctx_free(ctx);
	vm_stop(&vm);
	return rc < 0;
}
