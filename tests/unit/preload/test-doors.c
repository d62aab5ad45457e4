/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/*
 * What becomes of a kernel while its descriptors are copied, sent, inherited and closed, with calls
 * under way in other threads. Run by `tsmreq mock`: see meson.build. What differs from that is put
 * into the environment, where the door looks at each open.
 */

#define DEVICES	 1000u
#define THREADS	 64u
#define TIME_OUT 60 /* seconds, after which whoever still waits has been held up */

/* One device, number 1, and its vDevice, number 2. */
static int open_iommu(void)
{
	const int fd = open("/dev/iommu", O_RDWR | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static int open_with(const char *name, const char *value)
{
	int fd;

	assert_int_equal(setenv(name, value, 1), 0);
	fd = open_iommu();
	assert_int_equal(unsetenv(name), 0);
	return fd;
}

static int destroy(int fd, uint32_t id)
{
	uint32_t arg[2] = {8, id};

	return ioctl(fd, 0x3b80, arg) < 0 ? -errno : 0;
}

static unsigned int count_descriptors(void)
{
	unsigned int count = 0;

	for (int fd = 0; fd < 256; fd++)
		count += fcntl(fd, F_GETFD) >= 0;
	return count;
}

/* ---- calls side by side */

/* One call that takes minutes, unless it is interrupted. */
struct waiter {
	pthread_t thread;
	int fd;
	atomic_int tid; /* once it is about to call */
	int answer;
};

static void nothing(int signal)
{
	(void)signal;
}

static void *wait_long(void *arg)
{
	struct waiter *waiter = arg;
	uint32_t locked = 1;
	uint32_t request[12] = {48, 2, 2, 1, 4};
	const uint64_t at = (uintptr_t)&locked;

	memcpy(&request[6], &at, sizeof(at));
	atomic_store(&waiter->tid, (int)syscall(SYS_gettid));
	waiter->answer = ioctl(waiter->fd, 0x3b96, request) < 0 ? -errno : 0;
	return NULL;
}

static bool sleeps(int tid)
{
	char path[64], line[256] = "";
	const char *state;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", tid);
	file = fopen(path, "r");
	assert_non_null(file);
	assert_non_null(fgets(line, sizeof(line), file));
	fclose(file);
	state = strrchr(line, ')');
	return state && state[2] == 'S';
}

/* Answers when the call is in the middle of its minutes. @handler: what a signal does to it. */
static void start_waiter(struct waiter *waiter, int fd, void (*handler)(int signal))
{
	const struct sigaction act = {.sa_handler = handler};

	assert_int_equal(sigaction(SIGUSR1, &act, NULL), 0);
	waiter->fd = fd;
	atomic_store(&waiter->tid, 0);
	assert_int_equal(pthread_create(&waiter->thread, NULL, wait_long, waiter), 0);
	while (!atomic_load(&waiter->tid) || !sleeps(atomic_load(&waiter->tid)))
		sched_yield();
}

static void end_waiter(struct waiter *waiter)
{
	assert_int_equal(pthread_kill(waiter->thread, SIGUSR1), 0);
	assert_int_equal(pthread_join(waiter->thread, NULL), 0);
	assert_int_equal(waiter->answer, -EINTR);
}

static void a_call_that_waits_holds_nobody_up(void **unused)
{
	const int fd = open_with("TSMREQ_MOCK_FAULT", "2:delay:600000"), twin = dup(fd);
	struct waiter waiter;

	(void)unused;
	alarm(TIME_OUT);
	start_waiter(&waiter, fd, nothing);
	assert_int_equal(destroy(fd, 99), -ENOENT);
	assert_int_equal(destroy(twin, 99), -ENOENT);
	/* its vDevice is in use as long as it is under way */
	assert_int_equal(destroy(twin, 2), -EBUSY);
	end_waiter(&waiter);
	assert_int_equal(destroy(twin, 2), 0);
	alarm(0);
	close(fd);
	close(twin);
}

static void a_call_outlives_its_descriptor(void **unused)
{
	const unsigned int before = count_descriptors();
	const int fd = open_with("TSMREQ_MOCK_FAULT", "2:delay:600000");
	struct waiter waiter;
	int other;

	(void)unused;
	alarm(TIME_OUT);
	start_waiter(&waiter, fd, nothing);
	assert_int_equal(close(fd), 0);
	assert_int_equal(destroy(fd, 99), -EBADF);
	/* the number is another kernel's, and the old one not yet gone */
	other = open_iommu();
	assert_int_equal(other, fd);
	assert_int_equal(destroy(other, 2), 0);
	end_waiter(&waiter);
	assert_int_equal(destroy(other, 2), -ENOENT);
	alarm(0);
	close(other);
	assert_int_equal(count_descriptors(), before);
}

/* ---- fork */

static atomic_bool stop;

struct worker {
	pthread_t thread;
	int fd;
	uint32_t first;
	unsigned int wrong;
};

/* BIND or UNBIND, of june. */
static int tsm_op(int fd, uint32_t op, uint32_t vdevice)
{
	uint32_t arg[4] = {16, op, 0, vdevice};

	return ioctl(fd, 0x3b95, arg) < 0 ? -errno : 0;
}

/* Binds and unbinds every 64th vDevice until told to stop. */
static void *work(void *arg)
{
	struct worker *worker = arg;

	while (!atomic_load(&stop)) {
		for (uint32_t i = worker->first; i <= DEVICES; i += THREADS) {
			worker->wrong += tsm_op(worker->fd, 1, DEVICES + i) != 0;
			worker->wrong += tsm_op(worker->fd, 2, DEVICES + i) != 0;
		}
	}
	return NULL;
}

/* All there, none in the middle of a call, and the copy is the child's own. */
static int take_apart(int fd)
{
	int wrong = 0;

	for (uint32_t i = 1; i <= DEVICES; i++)
		wrong += destroy(fd, DEVICES + i) != 0;
	return wrong;
}

static void a_fork_among_threads_copies_a_kernel_between_two_calls(void **unused)
{
	static struct worker workers[THREADS];
	int status, fd;

	(void)unused;
	assert_int_equal(setenv("TSMREQ_MOCK_UAPI", "6", 1), 0);
	fd = open_with("TSMREQ_MOCK_DEVICES", "1000");
	assert_int_equal(unsetenv("TSMREQ_MOCK_UAPI"), 0);
	atomic_store(&stop, false);
	for (uint32_t i = 0; i < THREADS; i++) {
		workers[i].fd = fd;
		workers[i].first = i + 1;
		assert_int_equal(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
	}
	for (int i = 0; i < 8; i++) {
		const pid_t pid = fork();

		if (pid == 0) {
			alarm(TIME_OUT);
			_exit(take_apart(fd) != 0);
		}
		assert_int_equal(waitpid(pid, &status, 0), pid);
		assert_int_equal(status, 0);
	}
	atomic_store(&stop, true);
	for (uint32_t i = 0; i < THREADS; i++) {
		pthread_join(workers[i].thread, NULL);
		assert_int_equal(workers[i].wrong, 0);
	}
	assert_int_equal(take_apart(fd), 0);
	close(fd);
}

static atomic_int child_ended;

/* The child has the call under way as well, and does not wait for it either. */
static void fork_in_handler(int signal)
{
	const pid_t pid = fork();
	int status;

	(void)signal;
	if (pid == 0)
		_exit(7);
	if (waitpid(pid, &status, 0) == pid && WIFEXITED(status))
		atomic_store(&child_ended, WEXITSTATUS(status));
}

static void a_handler_may_fork_in_the_middle_of_a_call(void **unused)
{
	const int fd = open_with("TSMREQ_MOCK_FAULT", "2:delay:600000");
	struct waiter waiter;

	(void)unused;
	alarm(TIME_OUT);
	start_waiter(&waiter, fd, fork_in_handler);
	end_waiter(&waiter);
	assert_int_equal(atomic_load(&child_ended), 7);
	/* and there is nothing left of it */
	assert_int_equal(destroy(fd, 2), 0);
	alarm(0);
	close(fd);
}

/* ---- descriptors */

static void flags_are_those_of_any_descriptor(void **unused)
{
	const int fd = open_iommu();
	const int twins[] = {
		dup(fd),       fcntl(fd, F_DUPFD, 0),	 fcntl(fd, F_DUPFD_CLOEXEC, 0),
		dup2(fd, 200), dup3(fd, 201, O_CLOEXEC),
	};
	const int cloexec[] = {0, 0, FD_CLOEXEC, 0, FD_CLOEXEC};

	(void)unused;
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	for (size_t i = 0; i < 5; i++) {
		assert_true(twins[i] >= 0);
		assert_int_equal(fcntl(twins[i], F_GETFD), cloexec[i]);
	}
	assert_int_equal(destroy(fd, 2), 0);
	close(fd);
	for (size_t i = 0; i < 5; i++) {
		assert_int_equal(destroy(twins[i], 2), -ENOENT);
		assert_int_equal(close(twins[i]), 0);
	}
}

/* Whatever closes the last one, and whether or not it was ever asked. */
static void a_kernel_goes_with_its_last_descriptor(void **unused)
{
	const unsigned int before = count_descriptors();
	char journal[] = "journal-XXXXXX";
	int fd = mkstemp(journal);

	(void)unused;
	close(fd);
	/* each kernel that is left keeps a descriptor of its journal */
	assert_int_equal(setenv("TSMREQ_MOCK_JOURNAL", journal, 1), 0);
	for (int i = 0; i < 20; i++) {
		fd = open_iommu();
		assert_int_equal(dup2(fd, 200 + i), 200 + i);
		close(fd);
		assert_int_equal(syscall(SYS_close, 200 + i), 0);
	}
	fd = open_iommu();
	assert_int_equal(count_descriptors(), before + 2);
	assert_int_equal(dup2(fd, 200), 200);
	close(fd);
	if (close_range(200, 200, 0) < 0)
		close(200);
	assert_int_equal(count_descriptors(), before);
	fd = open_iommu();
	assert_int_equal(destroy(fd, 2), 0);
	assert_int_equal(fclose(fdopen(fd, "r+")), 0);
	assert_int_equal(count_descriptors(), before);
	/* the number is a file's that nobody was asked about */
	assert_int_equal(eventfd(0, 0), fd);
	assert_int_equal(destroy(fd, 0), -ENOTTY);
	close(fd);
	fd = open_iommu();
	assert_int_equal(dup2(fd, 900), 900);
	close(fd);
	closefrom(900);
	assert_int_equal(count_descriptors(), before);
	assert_int_equal(unsetenv("TSMREQ_MOCK_JOURNAL"), 0);
	assert_int_equal(unlink(journal), 0);
}

static void marking_a_range_closes_nothing(void **unused)
{
	const int fd = open_iommu();

	(void)unused;
	assert_int_equal(fcntl(fd, F_SETFD, 0), 0);
	assert_int_equal(destroy(fd, 2), 0);
	if (close_range((unsigned int)fd, (unsigned int)fd, 4 /* CLOSE_RANGE_CLOEXEC */) == 0)
		assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(destroy(fd, 2), -ENOENT);
	close(fd);
}

/* It has descriptors of its own, and its parent's memory. */
static void a_child_of_vfork_takes_nothing_away(void **unused)
{
	const int fd = open_iommu(), null = open("/dev/null", O_RDWR);
	uint32_t arg[2] = {8, 2};
	int status;
	pid_t pid;

	(void)unused;
	assert_int_equal(destroy(fd, 2), 0);
	/* asked, and known to be nobody's */
	assert_int_equal(ioctl(null, 0x3b80, arg), -1);
	pid = vfork();
	if (pid == 0) {
		dup2(null, fd);
		close(fd);
		closefrom(3);
		_exit(0);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(destroy(fd, 2), -ENOENT);
	close(null);
	close(fd);
}

/* ---- descriptors that travel */

union control {
	struct cmsghdr head;
	char bytes[CMSG_SPACE(sizeof(int))];
};

static void send_descriptor(int socket, int fd)
{
	union control control = {0};
	char byte = 0;
	struct iovec data = {&byte, 1};
	struct msghdr message = {.msg_iov = &data,
				 .msg_iovlen = 1,
				 .msg_control = control.bytes,
				 .msg_controllen = sizeof(control.bytes)};

	control.head.cmsg_level = SOL_SOCKET;
	control.head.cmsg_type = SCM_RIGHTS;
	control.head.cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
	assert_int_equal(sendmsg(socket, &message, 0), 1);
}

static int receive_descriptor(int socket)
{
	union control control;
	char byte;
	struct iovec data = {&byte, 1};
	struct msghdr message = {.msg_iov = &data,
				 .msg_iovlen = 1,
				 .msg_control = control.bytes,
				 .msg_controllen = sizeof(control.bytes)};
	int fd;

	if (recvmsg(socket, &message, 0) != 1)
		return -1;
	memcpy(&fd, CMSG_DATA(&control.head), sizeof(fd));
	return fd;
}

static void sent_within_a_process_it_is_the_same_kernel(void **unused)
{
	int sockets[2], fd = open_iommu(), other;

	(void)unused;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets), 0);
	assert_int_equal(destroy(fd, 2), 0);
	send_descriptor(sockets[0], fd);
	other = receive_descriptor(sockets[1]);
	assert_int_equal(destroy(other, 2), -ENOENT);
	close(fd);
	close(other);
	close(sockets[0]);
	close(sockets[1]);
}

/* The other process has no copy of a kernel that was made after the fork. */
static void sent_to_another_process_it_is_a_kernel_as_new(void **unused)
{
	int sockets[2], status, fd;
	pid_t pid;

	(void)unused;
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, sockets), 0);
	pid = fork();
	if (pid == 0) {
		alarm(TIME_OUT);
		fd = receive_descriptor(sockets[1]);
		_exit(fd < 0 || destroy(fd, 2) != 0 || destroy(fd, 2) != -ENOENT);
	}
	fd = open_iommu();
	assert_int_equal(destroy(fd, 2), 0);
	send_descriptor(sockets[0], fd);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
	close(fd);
	close(sockets[0]);
	close(sockets[1]);
}

/* ---- what the environment asks for */

static void a_kernel_with_its_own_tests_has_their_number(void **unused)
{
	uint32_t arg[18] = {0};
	int fd = open_iommu();

	(void)unused;
	assert_int_equal(ioctl(fd, 0x3ba0, arg), -1);
	assert_int_equal(errno, ENOTTY);
	close(fd);
	fd = open_with("TSMREQ_MOCK_SELFTEST", "1");
	assert_int_equal(ioctl(fd, 0x3ba0, arg), -1);
	assert_int_equal(errno, EINVAL);
	close(fd);
}

static void a_bad_pointer_is_an_errno_where_pointers_are_checked(void **unused)
{
	int fd;

	(void)unused;
	assert_int_equal(setenv("TSMREQ_MOCK_CHECK", "1", 1), 0);
	fd = open("/dev/iommu", O_RDWR);
	assert_int_equal(unsetenv("TSMREQ_MOCK_CHECK"), 0);
	/* a sandbox may forbid the look */
	if (fd < 0)
		skip();
	assert_int_equal(ioctl(fd, 0x3b80, (void *)0x10000), -1);
	assert_int_equal(errno, EFAULT);
	close(fd);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_call_that_waits_holds_nobody_up),
		cmocka_unit_test(a_call_outlives_its_descriptor),
		cmocka_unit_test(a_fork_among_threads_copies_a_kernel_between_two_calls),
		cmocka_unit_test(a_handler_may_fork_in_the_middle_of_a_call),
		cmocka_unit_test(flags_are_those_of_any_descriptor),
		cmocka_unit_test(a_kernel_goes_with_its_last_descriptor),
		cmocka_unit_test(marking_a_range_closes_nothing),
		cmocka_unit_test(a_child_of_vfork_takes_nothing_away),
		cmocka_unit_test(sent_within_a_process_it_is_the_same_kernel),
		cmocka_unit_test(sent_to_another_process_it_is_a_kernel_as_new),
		cmocka_unit_test(a_kernel_with_its_own_tests_has_their_number),
		cmocka_unit_test(a_bad_pointer_is_an_errno_where_pointers_are_checked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
