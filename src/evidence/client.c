/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/timerfd.h>
#include <tsmreq/host.h>
#include <tsmreq/text.h>
#include <unistd.h>

#include "base/sized.h"
#include "evidence/socket.h"
#include "evidence/stream.h"

/* A read: find the family, dump, begin again where the evidence changed, conclude. */

#define TIMEOUT_DEFAULT_MS 30000u
#define RESTARTS_DEFAULT   8u
/* One step is no longer than this, however much there is. */
#define STEP_DATAGRAMS 64u

enum phase {
	PHASE_IDLE,
	PHASE_RESOLVE,
	PHASE_DUMP
};

struct tsmreq_evidence {
	struct tsmreq_evidence_opts opts;
	/* what the caller polls: the socket of the moment, the clock, cancel() */
	int poll_fd, timer_fd, cancel_fd;
	struct socket socket;
	enum phase phase;

	/* the request */
	char device[TSMREQ_HOST_NAME_SIZE];
	uint32_t types;
	uint32_t flags;
	uint8_t nonce[TSMREQ_NONCE_SIZE];
	size_t nonce_size;

	/* the way there */
	unsigned int tried; /* families */
	const struct evidence_family *family;
	uint16_t number;  /* of the family */
	uint32_t pending; /* types that were not read in this round */
	uint32_t restarts;
	struct stream stream;

	/* what came of it */
	uint32_t read; /* types that can be handed out */
	struct tsmreq_evidence_object objects[TSMREQ_EVIDENCE_TYPES];
	char message[400];

	uint8_t room[SOCKET_DATAGRAM_MAX];
};

/* ---- making and freeing */

static void close_fd(int fd)
{
	if (fd >= 0)
		close(fd);
}

static int watch(struct tsmreq_evidence *evidence, int fd)
{
	struct epoll_event event = {.events = EPOLLIN};

	if (fd < 0)
		return -errno;
	return epoll_ctl(evidence->poll_fd, EPOLL_CTL_ADD, fd, &event) < 0 ? -errno : 0;
}

static int open_fds(struct tsmreq_evidence *evidence)
{
	int r;

	evidence->timer_fd = evidence->cancel_fd = -1;
	evidence->poll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (evidence->poll_fd < 0)
		return -errno;
	evidence->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	r = watch(evidence, evidence->timer_fd);
	if (r < 0)
		return r;
	evidence->cancel_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	return watch(evidence, evidence->cancel_fd);
}

static int take_opts(struct tsmreq_evidence_opts *ours, const struct tsmreq_evidence_opts *opts)
{
	int r = tsmreq_sized_copy(ours, sizeof(*ours), sizeof(ours->size), opts);

	if (r < 0)
		return r;
	if ((unsigned int)ours->family > TSMREQ_EVIDENCE_FAMILY_DEVICE_EVIDENCE)
		return -EINVAL;
	if (ours->max_size > TSMREQ_LENGTH_MAX)
		return -EINVAL;
	if (!ours->max_size)
		ours->max_size = TSMREQ_LENGTH_MAX;
	if (!ours->timeout_ms)
		ours->timeout_ms = TIMEOUT_DEFAULT_MS;
	if (!ours->restarts)
		ours->restarts = RESTARTS_DEFAULT;
	else if (ours->restarts == TSMREQ_EVIDENCE_NO_RESTART)
		ours->restarts = 0;
	return 0;
}

int tsmreq_evidence_new(struct tsmreq_evidence **ret, const struct tsmreq_evidence_opts *opts)
{
	struct tsmreq_evidence_opts ours;
	struct tsmreq_evidence *evidence;
	int r;

	if (ret == NULL)
		return -EINVAL;
	r = take_opts(&ours, opts);
	if (r < 0)
		return r;
	evidence = calloc(1, sizeof(*evidence));
	if (evidence == NULL)
		return -ENOMEM;
	evidence->opts = ours;
	evidence->stream.max_size = ours.max_size;
	r = open_fds(evidence);
	if (r < 0) {
		tsmreq_evidence_free(evidence);
		return r;
	}
	*ret = evidence;
	return 0;
}

struct tsmreq_evidence *tsmreq_evidence_free(struct tsmreq_evidence *evidence)
{
	if (evidence == NULL)
		return NULL;
	if (evidence->socket.nl)
		tsmreq_socket_close(&evidence->socket);
	close_fd(evidence->cancel_fd);
	close_fd(evidence->timer_fd);
	close_fd(evidence->poll_fd);
	tsmreq_stream_free(&evidence->stream);
	free(evidence);
	return NULL;
}

/* ---- in words */

static const char *explain(int rc)
{
	switch (-rc) {
	case EPERM:
		return "the kernel gives evidence to CAP_NET_ADMIN in the initial user namespace "
		       "alone";
	case EPROTONOSUPPORT:
		return "this kernel does not have the netlink family";
	case ENODEV:
		return "no such device, or it has no evidence: is it connected to a TSM?";
	case ENXIO:
		return "the device is not connected any more, or nothing was ever stored";
	case EOPNOTSUPP:
		return "no new measurements from here; without a nonce the old ones can be read";
	case EAGAIN:
		return "the evidence changed again and again";
	case EINTR:
		return "the kernel was interrupted";
	case EBADMSG:
		return "the reply makes no sense";
	case EFBIG:
		return "an object is too large";
	case ETIMEDOUT:
		return "time is up";
	case ECANCELED:
		return "cancelled";
	case ENOBUFS:
		return "replies were lost again and again";
	default:
		return tsmreq_errno_to_string(rc);
	}
}

static void say(struct tsmreq_evidence *evidence, int rc)
{
	const char *why = evidence->stream.why;

	evidence->message[0] = '\0';
	if (rc < 0)
		snprintf(evidence->message, sizeof(evidence->message), "%s%s%s", explain(rc),
			 why[0] ? ": " : "", why);
}

static int refuse(struct tsmreq_evidence *evidence, int rc, const char *why)
{
	snprintf(evidence->message, sizeof(evidence->message), "%s", why);
	return rc;
}

/* ---- the clock, and cancel() */

static int set_timer(struct tsmreq_evidence *evidence, uint32_t ms)
{
	const struct itimerspec spec = {
		.it_value = {.tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)(ms % 1000) * 1000000},
	};

	return timerfd_settime(evidence->timer_fd, 0, &spec, NULL) < 0 ? -errno : 0;
}

/* Has it fired since it was asked last? */
static bool take_event(int fd)
{
	uint64_t count;

	return read(fd, &count, sizeof(count)) == (ssize_t)sizeof(count);
}

void tsmreq_evidence_cancel(struct tsmreq_evidence *evidence)
{
	const uint64_t one = 1;
	const int saved = errno;

	/* cannot fail but by being cancelled 2^64 times */
	if (evidence && write(evidence->cancel_fd, &one, sizeof(one)) < 0)
		errno = saved;
}

/* ---- the steps of a read. Each: 1 goes on, 0 done, or -errno */

static int conclude(struct tsmreq_evidence *evidence, int rc)
{
	if (evidence->socket.nl)
		tsmreq_socket_close(&evidence->socket);
	(void)set_timer(evidence, 0);
	evidence->phase = PHASE_IDLE;
	if (rc < 0)
		evidence->read = 0;
	say(evidence, rc);
	return rc;
}

static int open_socket(struct tsmreq_evidence *evidence)
{
	int r;

	if (evidence->socket.nl)
		tsmreq_socket_close(&evidence->socket);
	r = tsmreq_socket_open(&evidence->socket, evidence->opts.protocol,
			       evidence->opts.peer_port);
	return r < 0 ? r : watch(evidence, tsmreq_socket_get_fd(&evidence->socket));
}

/* The next family to ask for. */
static int resolve(struct tsmreq_evidence *evidence)
{
	const enum tsmreq_evidence_family wanted = evidence->opts.family;
	const struct evidence_family *family;
	int r;

	do {
		family = tsmreq_evidence_family_at(evidence->tried++);
		if (family == NULL)
			return -EPROTONOSUPPORT;
	} while ((int)wanted != TSMREQ_EVIDENCE_FAMILY_AUTO && family->family != wanted);
	evidence->family = family;
	evidence->phase = PHASE_RESOLVE;
	r = tsmreq_socket_send_resolve(&evidence->socket, family->name);
	return r < 0 ? r : 1;
}

/* Sizes come first in an object: with lengths, one dump each ends after its first message. */
static uint32_t next_mask(const struct tsmreq_evidence *evidence)
{
	const uint32_t pending = evidence->pending;

	if (evidence->flags & TSMREQ_EVIDENCE_SIZES && evidence->family->length)
		return pending & (0u - pending);
	return pending;
}

static int dump(struct tsmreq_evidence *evidence)
{
	const bool first = evidence->pending == evidence->types;
	const struct socket_request request = {
		.family = evidence->family,
		.type = evidence->number,
		.mask = next_mask(evidence),
		.flags = evidence->flags & TSMREQ_EVIDENCE_DIGEST ? EVIDENCE_FLAG_DIGEST : 0,
		.device = evidence->device,
		/* one measurement a round: later dumps read what the first one made */
		.nonce = {evidence->nonce, first ? evidence->nonce_size : 0},
	};
	int r;

	evidence->phase = PHASE_DUMP;
	r = tsmreq_socket_send_read(&evidence->socket, &request);
	tsmreq_stream_begin(&evidence->stream, evidence->family, evidence->number,
			    evidence->socket.seq, request.mask);
	evidence->stream.sizes = evidence->stream.first =
		(evidence->flags & TSMREQ_EVIDENCE_SIZES) != 0;
	return r < 0 ? r : 1;
}

static int dump_anew(struct tsmreq_evidence *evidence)
{
	/* what is left of a dump on the old socket would be in the way of the next */
	int r = open_socket(evidence);

	return r < 0 ? r : dump(evidence);
}

static int restart(struct tsmreq_evidence *evidence, int rc)
{
	if (evidence->restarts >= evidence->opts.restarts)
		return rc;
	evidence->restarts++;
	evidence->pending = evidence->types;
	evidence->read = 0;
	return dump_anew(evidence);
}

static int on_resolve(struct tsmreq_evidence *evidence, size_t size)
{
	int r = tsmreq_stream_resolve(evidence->family, evidence->socket.seq, evidence->room, size,
				      &evidence->number, evidence->stream.why);

	if (r < 0)
		return r == -ENOENT ? resolve(evidence) : r;
	if (r > 0)
		return r;
	/* it is there, and its answer would not be one to this nonce */
	if (evidence->nonce_size && !evidence->family->nonce)
		return -EOPNOTSUPP;
	return dump(evidence);
}

static void keep_objects(struct tsmreq_evidence *evidence)
{
	const bool sizes = evidence->flags & TSMREQ_EVIDENCE_SIZES;

	for (unsigned int i = 0; i < TSMREQ_EVIDENCE_TYPES; i++) {
		const struct stream_object *object = &evidence->stream.objects[i];

		if (!(evidence->stream.mask >> i & 1))
			continue;
		evidence->objects[i] = (struct tsmreq_evidence_object){
			.bytes = {object->size && !sizes ? object->bytes : NULL, object->size},
			.type = (enum tsmreq_evidence_type)i,
			.generation = object->generation,
		};
	}
}

/* A dump says which generation each object is of; and the dumps of one round may differ, too. */
static bool is_mixture(const struct tsmreq_evidence *evidence)
{
	const struct tsmreq_evidence_object *one = NULL;

	for (unsigned int i = 0; i < TSMREQ_EVIDENCE_TYPES; i++) {
		if (!(evidence->read >> i & 1))
			continue;
		if (one && one->generation != evidence->objects[i].generation)
			return true;
		one = &evidence->objects[i];
	}
	return false;
}

static int on_dump(struct tsmreq_evidence *evidence, size_t size)
{
	int r = tsmreq_stream_feed(&evidence->stream, evidence->room, size);

	if (r == -EAGAIN || r == -ENOBUFS)
		return restart(evidence, r);
	if (r != 0)
		return r;
	keep_objects(evidence);
	evidence->read |= evidence->stream.mask;
	evidence->pending &= ~evidence->stream.mask;
	if (is_mixture(evidence))
		return restart(evidence, -EAGAIN);
	return evidence->pending ? dump_anew(evidence) : 0;
}

static int receive(struct tsmreq_evidence *evidence, bool *ret_empty)
{
	size_t size;
	int r = tsmreq_socket_receive(&evidence->socket, evidence->room, &size);

	*ret_empty = r == 0;
	if (r == -ENOBUFS && evidence->phase == PHASE_DUMP)
		return restart(evidence, r);
	if (r < 0)
		return r;
	if (size == 0)
		return 1;
	return evidence->phase == PHASE_RESOLVE ? on_resolve(evidence, size)
						: on_dump(evidence, size);
}

/* ---- the calls */

static int take_request(struct tsmreq_evidence *evidence,
			const struct tsmreq_evidence_request *request)
{
	struct tsmreq_evidence_request ours;
	int r;

	if (request == NULL)
		return refuse(evidence, -EINVAL, "no request");
	r = tsmreq_sized_copy(&ours, sizeof(ours), sizeof(ours.size), request);
	if (r < 0)
		return refuse(evidence, r, "a request of another version");
	if (tsmreq_host_parse_name(ours.device, evidence->device) < 0)
		return refuse(evidence, -EINVAL, "no PCI function; they read 0000:01:00.0");
	if (!ours.types || ours.types & ~TSMREQ_EVIDENCE_MASK_ALL)
		return refuse(evidence, -EINVAL, "no type of evidence, or an unknown one");
	if (ours.flags & ~(TSMREQ_EVIDENCE_DIGEST | TSMREQ_EVIDENCE_SIZES))
		return refuse(evidence, -EINVAL, "an unknown flag");
	if (ours.nonce.size > TSMREQ_NONCE_SIZE || (ours.nonce.size && !ours.nonce.data))
		return refuse(evidence, -EINVAL, "a nonce is of 1 to 32 bytes");
	evidence->types = ours.types;
	evidence->flags = ours.flags;
	evidence->nonce_size = ours.nonce.size;
	if (ours.nonce.size)
		memcpy(evidence->nonce, ours.nonce.data, ours.nonce.size);
	return 0;
}

static int begin(struct tsmreq_evidence *evidence)
{
	const uint32_t timeout = evidence->opts.timeout_ms;
	int r;

	evidence->tried = 0;
	evidence->restarts = 0;
	evidence->pending = evidence->types;
	evidence->family = NULL;
	evidence->number = 0;
	evidence->stream.why[0] = '\0';
	evidence->stream.received = 0;
	evidence->stream.current = -1;
	r = set_timer(evidence, timeout == TSMREQ_EVIDENCE_FOREVER ? 0 : timeout);
	if (r == 0)
		r = open_socket(evidence);
	return r < 0 ? r : resolve(evidence);
}

int tsmreq_evidence_start(struct tsmreq_evidence *evidence,
			  const struct tsmreq_evidence_request *request)
{
	int r;

	if (evidence == NULL)
		return -EINVAL;
	if (evidence->phase != PHASE_IDLE)
		return -EBUSY;
	evidence->read = 0;
	r = take_request(evidence, request);
	if (r < 0)
		return r;
	r = begin(evidence);
	return r < 0 ? conclude(evidence, r) : 0;
}

int tsmreq_evidence_get_fd(const struct tsmreq_evidence *evidence)
{
	return evidence ? evidence->poll_fd : -EINVAL;
}

int tsmreq_evidence_step(struct tsmreq_evidence *evidence)
{
	bool empty;
	int r;

	if (evidence == NULL || evidence->phase == PHASE_IDLE)
		return -EINVAL;
	evidence->stream.why[0] = '\0';
	if (take_event(evidence->cancel_fd))
		return conclude(evidence, -ECANCELED);
	if (take_event(evidence->timer_fd))
		return conclude(evidence, -ETIMEDOUT);
	for (unsigned int i = 0; i < STEP_DATAGRAMS; i++) {
		r = receive(evidence, &empty);
		if (r <= 0 && !empty)
			return conclude(evidence, r);
		if (empty)
			break;
	}
	return 1;
}

int tsmreq_evidence_read(struct tsmreq_evidence *evidence,
			 const struct tsmreq_evidence_request *request)
{
	struct pollfd pollfd = {.events = POLLIN};
	int r = tsmreq_evidence_start(evidence, request);

	if (r < 0)
		return r;
	pollfd.fd = evidence->poll_fd;
	do {
		/* the clock and cancel() wake it; a signal that wants it to end calls cancel() */
		if (poll(&pollfd, 1, -1) < 0 && errno != EINTR)
			return conclude(evidence, -errno);
		r = tsmreq_evidence_step(evidence);
	} while (r > 0);
	return r;
}

void tsmreq_evidence_get_progress(const struct tsmreq_evidence *evidence,
				  struct tsmreq_evidence_progress *ret)
{
	const struct stream *stream;

	*ret = (struct tsmreq_evidence_progress){0};
	if (evidence == NULL)
		return;
	stream = &evidence->stream;
	ret->received = stream->received;
	ret->restarts = evidence->restarts;
	if (evidence->phase == PHASE_IDLE || stream->current < 0)
		return;
	ret->type = (enum tsmreq_evidence_type)stream->current;
	ret->expected = stream->objects[stream->current].length;
}

bool tsmreq_evidence_object_at(const struct tsmreq_evidence *evidence, unsigned int i,
			       struct tsmreq_evidence_object *ret)
{
	*ret = (struct tsmreq_evidence_object){0};
	if (evidence == NULL || evidence->phase != PHASE_IDLE)
		return false;
	for (unsigned int type = 0; type < TSMREQ_EVIDENCE_TYPES; type++) {
		if (!(evidence->read >> type & 1) || i-- > 0)
			continue;
		*ret = evidence->objects[type];
		return true;
	}
	return false;
}

enum tsmreq_evidence_family tsmreq_evidence_get_family(const struct tsmreq_evidence *evidence)
{
	if (evidence == NULL || evidence->family == NULL || !evidence->number)
		return TSMREQ_EVIDENCE_FAMILY_AUTO;
	return evidence->family->family;
}

const char *tsmreq_evidence_get_message(const struct tsmreq_evidence *evidence)
{
	return evidence ? evidence->message : "";
}
