/* SPDX-License-Identifier: MIT */
/*
 * Preloaded into a program: every system call traps, is written down with the library whose code
 * made it, and is carried out. An ioctl on the one descriptor that stands for an iommufd is
 * answered by the transport that the program brought, so that the library's own way to the kernel
 * is gone to its end. For x86-64.
 */
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <link.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/ucontext.h>
#include <tsmreq/guest.h>
#include <unistd.h>

#define PUBLIC __attribute__((visibility("default")))
#define DEPTH  48

/* ---- the one system call that does not trap: its return address is known to the filter */

long raw_call(long nr, long a, long b, long c, long d, long e, long f);
extern const char raw_call_returns[];

__asm__(".text\n"
	".globl raw_call\n"
	".type raw_call, @function\n"
	"raw_call:\n"
	"	mov %rdi, %rax\n"
	"	mov %rsi, %rdi\n"
	"	mov %rdx, %rsi\n"
	"	mov %rcx, %rdx\n"
	"	mov %r8, %r10\n"
	"	mov %r9, %r8\n"
	"	mov 8(%rsp), %r9\n"
	"	syscall\n"
	".globl raw_call_returns\n"
	"raw_call_returns:\n"
	"	ret\n"
	".size raw_call, .-raw_call\n");

/* ---- whose code is it */

enum module {
	LIBC,
	PROGRAM,
	LIBRARY,
	EVIDENCE, /* and libnl for it */
	MOCK
};

static const char *const words[] = {"libc", "program", "library", "evidence", "mock"};

static struct {
	uintptr_t start, end;
	enum module module;
} texts[16];
static unsigned int text_count;

static int note_text(struct dl_phdr_info *info, size_t size, void *unused)
{
	const char *name = strrchr(info->dlpi_name, '/');
	enum module module = LIBC;

	(void)size;
	(void)unused;
	if (*info->dlpi_name == '\0')
		module = PROGRAM;
	else if (name && strstr(name, "libtsmreq.so"))
		module = LIBRARY;
	else if (name && strstr(name, "libtsmreq-evidence.so"))
		module = EVIDENCE;
	else if (name && strstr(name, "libtsmreq-mock.so"))
		module = MOCK;
	for (unsigned int i = 0; module != LIBC && i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *header = &info->dlpi_phdr[i];

		if (header->p_type != PT_LOAD || !(header->p_flags & PF_X) || text_count == 16)
			continue;
		texts[text_count].start = info->dlpi_addr + header->p_vaddr;
		texts[text_count].end = texts[text_count].start + header->p_memsz;
		texts[text_count++].module = module;
	}
	return 0;
}

static enum module module_of(uintptr_t address)
{
	for (unsigned int i = 0; i < text_count; i++)
		if (address >= texts[i].start && address < texts[i].end)
			return texts[i].module;
	return LIBC;
}

/* The nearest caller that is neither libc nor this file. */
static enum module caller(void)
{
	void *frames[DEPTH];
	const int depth = backtrace(frames, DEPTH);

	for (int i = 0; i < depth; i++) {
		const enum module module = module_of((uintptr_t)frames[i]);

		if (module != LIBC)
			return module;
	}
	return LIBC;
}

/* ---- what is written down */

static int log_fd = -1, iommufd = -1;
static struct tsmreq_transport kernel;
static _Thread_local const char *phase __attribute__((tls_model("initial-exec"))) = "serve";

#define NAME(call)                \
	{                         \
		SYS_##call, #call \
	}

static const char *name_of(long nr)
{
	static const struct {
		long nr;
		const char *name;
	} names[] = {
		NAME(ioctl),
		NAME(futex),
		NAME(read),
		NAME(write),
		NAME(brk),
		NAME(mmap),
		NAME(munmap),
		NAME(mremap),
		NAME(madvise),
		NAME(clock_nanosleep),
		NAME(mprotect),
		NAME(eventfd2),
		NAME(close),
		NAME(rt_sigprocmask),
		NAME(rt_sigaction),
		NAME(openat),
		NAME(sched_yield),
		NAME(poll),
		NAME(socket),
		NAME(bind),
		NAME(getsockname),
		NAME(setsockopt),
		NAME(getsockopt),
		NAME(sendmsg),
		NAME(sendto),
		NAME(recvmsg),
		NAME(recvfrom),
		NAME(epoll_create1),
		NAME(epoll_ctl),
		NAME(epoll_wait),
		NAME(timerfd_create),
		NAME(timerfd_settime),
		NAME(getpid),
		NAME(getrandom),
		NAME(fcntl),
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].nr == nr)
			return names[i].name;
	return "?";
}

/* What read and write are about. */
static void kind_of(long fd, char *kind, size_t size)
{
	char path[64];
	long length;

	snprintf(path, sizeof(path), "/proc/self/fd/%ld", fd);
	length = raw_call(SYS_readlinkat, AT_FDCWD, (long)path, (long)kind, (long)size - 1, 0, 0);
	kind[length > 0 ? length : 0] = '\0';
}

static void write_down(long nr, const greg_t *regs)
{
	char line[160], detail[64] = "-";
	int length;

	if (nr == SYS_ioctl && regs[REG_RDI] == iommufd)
		snprintf(detail, sizeof(detail), "%#llx", regs[REG_RSI]);
	else if (nr == SYS_read || nr == SYS_write)
		kind_of(regs[REG_RDI], detail, sizeof(detail));
	length = snprintf(line, sizeof(line), "%s %s %s %ld %s\n", phase, words[caller()],
			  name_of(nr), nr, detail);
	raw_call(SYS_write, log_fd, (long)line, length, 0, 0, 0);
}

/* ---- the trap */

/* SIGSYS stays open whatever is blocked: the mask that counts is the one to be returned to. */
static long change_mask(ucontext_t *context, long how, const uint64_t *set, uint64_t *old)
{
	uint64_t before, after;

	/* the kernel's sets have 8 bytes */
	memcpy(&before, &context->uc_sigmask, sizeof(before));
	after = before;
	if (set && how == SIG_BLOCK)
		after |= *set;
	else if (set)
		after = how == SIG_UNBLOCK ? before & ~*set : *set;
	after &= ~(1ull << (SIGSYS - 1));
	memcpy(&context->uc_sigmask, &after, sizeof(after));
	if (old)
		*old = before;
	return 0;
}

static long carry_out(long nr, ucontext_t *context)
{
	const greg_t *regs = context->uc_mcontext.gregs;

	if (nr == SYS_rt_sigprocmask)
		return change_mask(context, regs[REG_RDI], (const uint64_t *)regs[REG_RSI],
				   (uint64_t *)regs[REG_RDX]);
	if (nr == SYS_ioctl && regs[REG_RDI] == iommufd)
		return kernel.submit(kernel.userdata, (unsigned long)regs[REG_RSI],
				     (void *)regs[REG_RDX]);
	return raw_call(nr, regs[REG_RDI], regs[REG_RSI], regs[REG_RDX], regs[REG_R10],
			regs[REG_R8], regs[REG_R9]);
}

static void trap(int signal, siginfo_t *info, void *argument)
{
	ucontext_t *context = argument;
	const int saved = errno;

	(void)signal;
	write_down(info->si_syscall, context->uc_mcontext.gregs);
	context->uc_mcontext.gregs[REG_RAX] = carry_out(info->si_syscall, context);
	errno = saved;
}

#define LOAD(field) \
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offsetof(struct seccomp_data, field))
#define IF(value, yes, no) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)(value), yes, no)
#define ALLOW		   BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

static int set_trap(void)
{
	const uintptr_t door = (uintptr_t)raw_call_returns;
	struct sock_filter rules[] = {
		LOAD(instruction_pointer),
		IF(door, 0, 3),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS,
			 (uint32_t)offsetof(struct seccomp_data, instruction_pointer) + 4),
		IF(door >> 32, 0, 1),
		ALLOW,
		/* what cannot be done in a handler's place; exit_group ends it all */
		LOAD(nr),
		IF(SYS_rt_sigreturn, 4, 0),
		IF(SYS_clone, 3, 0),
		IF(SYS_clone3, 2, 0),
		IF(SYS_exit, 1, 0),
		IF(SYS_exit_group, 0, 1),
		ALLOW,
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
	};
	const struct sock_fprog program = {sizeof(rules) / sizeof(rules[0]), rules};
	struct sigaction action = {.sa_sigaction = trap, .sa_flags = SA_SIGINFO | SA_NODEFER};

	if (sigaction(SIGSYS, &action, NULL) < 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
		return -1;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

static __attribute__((constructor)) void begin(void)
{
	const char *path = getenv("TSMREQ_TRACE");
	void *frame;

	log_fd = path ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1;
	iommufd = eventfd(0, EFD_CLOEXEC);
	/* the first one loads the unwinder */
	(void)backtrace(&frame, 1);
	dl_iterate_phdr(note_text, NULL);
	if (log_fd < 0 || iommufd < 0 || set_trap() < 0) {
		fprintf(stderr, "trace: cannot be set up: %s\n", strerror(errno));
		_exit(77);
	}
}

/* ---- in the place of the library's */

static void *next(const char *name)
{
	return dlsym(RTLD_NEXT, name);
}

/* The program's transport becomes the kernel behind a descriptor, which the library then asks for.
 */
PUBLIC int tsmreq_ctx_new_from_transport(struct tsmreq_ctx **ret,
					 const struct tsmreq_transport *transport,
					 const struct tsmreq_ctx_opts *opts)
{
	int (*real)(struct tsmreq_ctx **, const struct tsmreq_transport *,
		    const struct tsmreq_ctx_opts *);
	int rc;

	if (module_of((uintptr_t)transport->submit) != LIBRARY) {
		kernel = *transport;
		return tsmreq_ctx_new_from_fd(ret, iommufd, opts);
	}
	*(void **)&real = next("tsmreq_ctx_new_from_transport");
	phase = "start";
	rc = real(ret, transport, opts);
	phase = "serve";
	return rc;
}

PUBLIC int tsmreq_guest_new(struct tsmreq_guest **ret, const struct tsmreq_guest_opts *opts)
{
	int (*real)(struct tsmreq_guest **, const struct tsmreq_guest_opts *);
	int rc;

	*(void **)&real = next("tsmreq_guest_new");
	phase = "start";
	rc = real(ret, opts);
	phase = "serve";
	return rc;
}

PUBLIC struct tsmreq_guest *tsmreq_guest_free(struct tsmreq_guest *guest)
{
	struct tsmreq_guest *(*real)(struct tsmreq_guest *);

	*(void **)&real = next("tsmreq_guest_free");
	phase = "end";
	guest = real(guest);
	phase = "serve";
	return guest;
}
