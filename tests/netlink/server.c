/* SPDX-License-Identifier: MIT */
#include "server.h"
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define OUT_SIZE     0x40000u
#define MULTI	     2u
#define DUMP_INTR    0x10u
#define CAPPED	     0x100u
#define ACK_TLVS     0x200u
#define MSG_OVERRUN  4u
#define MSG_DONE     3u
#define MSG_ERR	     2u
#define CONTROLLER   0x10u
#define MEASUREMENTS 9u

/* struct sockaddr_nl */
struct address {
	uint16_t family;
	uint16_t pad;
	uint32_t port;
	uint32_t groups;
};

/* ---- sockets */

static int open_socket(uint32_t *ret_port)
{
	struct address address = {.family = AF_NETLINK};
	const struct timeval patience = {.tv_usec = 100000};
	socklen_t length = sizeof(address);
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, (int)SERVER_PROTOCOL);
	int room = 0x100000;

	if (fd < 0)
		return -errno;
	/* a client that reads no more must not hold us for ever */
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 ||
	    getsockname(fd, (struct sockaddr *)&address, &length) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof(patience)) < 0 ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &room, sizeof(room)) < 0) {
		int error = errno;

		close(fd);
		return -error;
	}
	*ret_port = address.port;
	return fd;
}

int server_open(struct server *server)
{
	uint32_t port;

	server->fd = open_socket(&server->port);
	if (server->fd < 0)
		return server->fd;
	server->stranger = open_socket(&port);
	server->out = malloc(OUT_SIZE);
	if (server->stranger < 0 || !server->out || pipe(server->stop) < 0)
		return -ENOMEM;
	return 0;
}

static bool is_stopped(const struct server *server)
{
	struct pollfd fd = {.fd = server->stop[0], .events = POLLIN};

	return poll(&fd, 1, 0) > 0;
}

static void transmit(struct server *server, int fd, const void *bytes, size_t size)
{
	const struct address to = {.family = AF_NETLINK, .port = server->client};

	while (!server->gone &&
	       sendto(fd, bytes, size, 0, (const struct sockaddr *)&to, sizeof(to)) < 0) {
		if (errno != EINTR && errno != EAGAIN)
			server->gone = true;
		if (is_stopped(server))
			server->gone = true;
	}
}

static void flush_out(struct server *server)
{
	if (server->out_size)
		transmit(server, server->fd, server->out, server->out_size);
	server->out_size = 0;
	server->out_messages = 0;
}

/* ---- one message: begun, filled, ended */

struct message {
	uint8_t bytes[OUT_SIZE];
	size_t size;
};

static void put(struct message *message, const void *bytes, size_t size)
{
	if (size)
		memcpy(message->bytes + message->size, bytes, size);
	message->size += size;
	while (message->size % 4)
		message->bytes[message->size++] = 0;
}

static void put_u32(struct message *message, uint32_t value)
{
	put(message, &value, sizeof(value));
}

static void begin(struct message *message, const struct server *server, uint16_t type,
		  uint16_t flags)
{
	message->size = 0;
	put_u32(message, 0);
	put(message, &(uint16_t[]){type, flags}, 4);
	put_u32(message, server->seq);
	put_u32(message, server->client);
}

static void begin_genl(struct message *message, const struct server *server, uint16_t type,
		       uint16_t flags, uint8_t cmd)
{
	begin(message, server, type, flags);
	put(message, (uint8_t[]){cmd, 1, 0, 0}, 4);
}

static void attribute(struct message *message, uint16_t type, const void *bytes, size_t size)
{
	put(message, &(uint16_t[]){(uint16_t)(size + 4), type}, 4);
	put(message, bytes, size);
}

static void attribute_u32(struct message *message, uint16_t type, uint32_t value)
{
	attribute(message, type, &value, sizeof(value));
}

/* As many in a datagram as are wanted, if they fit. */
static void end(struct server *server, struct message *message)
{
	const uint32_t size = (uint32_t)message->size;

	memcpy(message->bytes, &size, sizeof(size));
	if (server->out_size + message->size > OUT_SIZE)
		flush_out(server);
	memcpy(server->out + server->out_size, message->bytes, message->size);
	server->out_size += message->size;
	if (++server->out_messages >= (server->bundle ? server->bundle : 1))
		flush_out(server);
}

/* ---- what ends a dump */

static void send_done(struct server *server, struct message *message, int error, bool empty)
{
	static const char words[] = "the \x01 kernel's words";

	if (server->done_alone)
		flush_out(server);
	begin(message, server, MSG_DONE, (uint16_t)(MULTI | (error < 0 ? ACK_TLVS : 0)));
	if (!empty)
		put_u32(message, (uint32_t)error);
	if (error < 0)
		attribute(message, 1, words, sizeof(words));
	end(server, message);
	flush_out(server);
}

static void send_error(struct server *server, struct message *message, int error, bool capped)
{
	static const char words[] = "no such thing";

	begin(message, server, MSG_ERR, (uint16_t)(ACK_TLVS | (capped ? CAPPED : 0)));
	put_u32(message, (uint32_t)error);
	put(message, server->request, capped ? 16 : server->request_size);
	attribute(message, 1, words, sizeof(words));
	end(server, message);
	flush_out(server);
}

/* ---- the controller */

static const char *name_of(uint16_t id)
{
	return id == SERVER_GEN2_ID ? "device-evidence" : "pci-tsm";
}

static void tell_family(struct server *server, struct message *message, uint16_t id,
			enum server_fault fault)
{
	const char *name = fault == FAULT_FAMILY_NAME ? "nlctrl" : name_of(id);
	const uint16_t number = fault == FAULT_FAMILY_NUMBER ? 0x10 : id;

	begin_genl(message, server, CONTROLLER, 0, 1);
	attribute(message, 2, name, strlen(name) + 1);
	attribute(message, 1, &number, 2);
	attribute_u32(message, 3, 1);
	attribute_u32(message, 4, fault == FAULT_FAMILY_HEADER ? 8 : 0);
	attribute_u32(message, 5, id == SERVER_GEN2_ID ? 6 : 5);
	end(server, message);
	flush_out(server);
}

static void resolve(struct server *server, struct message *message, enum server_fault fault)
{
	const char *name = (const char *)server->request + 24;

	server->resolves++;
	if (server->gen2 && strcmp(name, name_of(SERVER_GEN2_ID)) == 0)
		tell_family(server, message, SERVER_GEN2_ID, fault);
	else if (server->gen1 && strcmp(name, name_of(SERVER_GEN1_ID)) == 0)
		tell_family(server, message, SERVER_GEN1_ID, fault);
	else
		send_error(server, message, -ENOENT, false);
}

/* ---- the dump */

struct dump {
	struct server *server;
	struct message *message;
	enum server_fault fault;
	bool gen2;
	uint16_t id;
	uint32_t mask;
	unsigned int messages;
	const uint8_t *nonce;
	size_t nonce_size;
	char device[32];
};

static void send_stranger(struct dump *dump)
{
	struct message *message = dump->message;
	uint32_t size;

	begin_genl(message, dump->server, dump->id, MULTI, 1);
	attribute_u32(message, 1, 99);
	size = (uint32_t)message->size;
	memcpy(message->bytes, &size, sizeof(size));
	transmit(dump->server, dump->server->stranger, message->bytes, message->size);
}

static void send_command(struct dump *dump)
{
	begin_genl(dump->message, dump->server, dump->id, MULTI, 77);
	attribute_u32(dump->message, 1, 99);
	end(dump->server, dump->message);
}

static uint32_t length_of(const struct dump *dump, uint32_t size)
{
	switch ((int)dump->fault) {
	case FAULT_OVERLONG:
		return size - 1;
	case FAULT_SHORT:
		return size + 1;
	case FAULT_4_GIB:
		return 0xffffffffu;
	case FAULT_OVER_LIMIT:
		return 0x1000001u;
	default:
		return size;
	}
}

static void describe(struct dump *dump, uint16_t type, uint32_t size)
{
	struct message *message = dump->message;
	uint32_t generation = dump->server->generation;

	if (dump->fault == FAULT_GENERATIONS && dump->messages > 0)
		generation++;
	if (dump->fault != FAULT_NO_TYPE)
		attribute_u32(message, 1, type);
	if (!dump->gen2)
		return;
	if (dump->fault != FAULT_NO_GENERATION)
		attribute_u32(message, 7, generation);
	if (dump->fault == FAULT_WIDE_LENGTH)
		attribute(message, 9, (uint32_t[]){size, 0}, 8);
	else if (dump->fault != FAULT_NO_LENGTH)
		attribute_u32(message, 9, length_of(dump, size));
}

/* One message, and what is wrong with it. */
static void send_chunk(struct dump *dump, uint16_t type, bool first, const uint8_t *bytes,
		       size_t size, uint32_t whole)
{
	struct message *message = dump->message;
	struct server *server = dump->server;
	uint16_t flags = MULTI, id = dump->id;
	const size_t before = server->seq;

	if (dump->fault == FAULT_STRANGER)
		send_stranger(dump);
	if (dump->fault == FAULT_NEW_COMMAND)
		send_command(dump);
	if (dump->fault == FAULT_DUMP_INTR)
		flags |= DUMP_INTR;
	if (dump->fault == FAULT_WRONG_FAMILY)
		id++;
	if (dump->fault == FAULT_WRONG_SEQUENCE)
		server->seq++;
	begin_genl(message, server, id, flags, 1);
	if (first)
		describe(dump, type, whole);
	else if (dump->fault == FAULT_LENGTH_AGAIN)
		attribute_u32(message, 9, whole);
	if (dump->fault == FAULT_NEW_ATTRIBUTE)
		attribute(message, 200, "new", 3);
	if (dump->fault != FAULT_NO_BYTES)
		attribute(message, dump->gen2 ? 10 : 6, bytes, size);
	if (dump->fault == FAULT_CUT_ATTRIBUTE)
		put(message, &(uint16_t[]){64, 10}, 4);
	end(server, message);
	server->seq = (uint32_t)before;
	dump->messages++;
}

static void send_object(struct dump *dump, uint16_t type, const struct server_object *object)
{
	const size_t chunk = dump->server->chunk ? dump->server->chunk : 4000;
	size_t sent = 0;

	do {
		size_t size = object->size - sent < chunk ? object->size - sent : chunk;

		send_chunk(dump, type, sent == 0, size ? object->bytes + sent : NULL, size,
			   object->size);
		sent += size;
		if (dump->fault == FAULT_EAGAIN || dump->fault == FAULT_DONE_EARLY)
			return;
	} while (sent < object->size && !dump->server->gone);
}

static void go_on_for_ever(struct dump *dump)
{
	static const uint8_t bytes[4000];

	while (!dump->server->gone) {
		if (dump->fault == FAULT_ENDLESS_COMMANDS)
			send_command(dump);
		else if (dump->fault == FAULT_ENDLESS_STRANGER)
			send_stranger(dump);
		else
			send_chunk(dump, 0, false, bytes,
				   dump->fault == FAULT_ENDLESS_BYTES ? sizeof(bytes) : 0, 0);
	}
}

static void send_objects(struct dump *dump)
{
	const struct server *server = dump->server;
	const bool backwards = dump->fault == FAULT_ORDER;
	uint16_t last = 0;

	for (uint16_t i = 0; i < SERVER_TYPES; i++)
		if (dump->mask >> i & 1)
			last = i;
	for (uint16_t i = 0; i < SERVER_TYPES && !server->gone; i++) {
		const uint16_t type = backwards ? (uint16_t)(SERVER_TYPES - 1 - i) : i;

		if (dump->fault == FAULT_FOREIGN && i == 0)
			send_object(dump, dump->mask & 1 ? 11 : 0, &server->objects[10]);
		if (!(dump->mask >> type & 1) || (dump->fault == FAULT_MISSING && type == last))
			continue;
		send_object(dump, type, &server->objects[type]);
		if (dump->fault == FAULT_REPEAT)
			send_object(dump, type, &server->objects[type]);
		if (dump->fault == FAULT_EAGAIN || dump->fault == FAULT_DONE_EARLY)
			return;
	}
}

static void send_broken_datagram(struct dump *dump)
{
	struct server *server = dump->server;
	const uint32_t size = 4096;

	begin_genl(dump->message, server, dump->id, MULTI, 1);
	if (dump->fault == FAULT_HUGE_DATAGRAM) {
		memset(server->out, 0, 160u << 10);
		transmit(server, server->fd, server->out, 160u << 10);
		return;
	}
	memcpy(dump->message->bytes, &size, sizeof(size));
	transmit(server, server->fd, dump->message->bytes,
		 dump->fault == FAULT_CUT_HEADER ? 7 : dump->message->size);
}

static void run_dump(struct dump *dump)
{
	struct server *server = dump->server;
	struct message *message = dump->message;

	switch ((int)dump->fault) {
	case FAULT_ERROR:
	case FAULT_ERROR_CAPPED:
		send_error(server, message, -server->error, dump->fault == FAULT_ERROR_CAPPED);
		return;
	case FAULT_ACK:
		send_error(server, message, 0, true);
		return;
	case FAULT_LOST:
		begin(message, server, MSG_OVERRUN, 0);
		end(server, message);
		flush_out(server);
		return;
	case FAULT_CUT_MESSAGE:
	case FAULT_CUT_HEADER:
	case FAULT_HUGE_DATAGRAM:
		send_broken_datagram(dump);
		return;
	default:
		break;
	}
	send_objects(dump);
	switch ((int)dump->fault) {
	case FAULT_ENDLESS_BYTES:
	case FAULT_ENDLESS_COMMANDS:
	case FAULT_ENDLESS_NOTHING:
	case FAULT_ENDLESS_STRANGER:
		go_on_for_ever(dump);
		return;
	case FAULT_SILENCE:
		flush_out(server);
		return;
	case FAULT_EAGAIN:
		send_done(server, message, -EAGAIN, false);
		return;
	case FAULT_DONE:
		send_done(server, message, -server->error, false);
		return;
	case FAULT_POSITIVE:
		send_done(server, message, 22, false);
		return;
	default:
		send_done(server, message, 0, dump->fault == FAULT_DONE_EMPTY);
		return;
	}
}

/* ---- a request, held against the rules of the family; 0 or the errno it is refused with */

static int take_attribute(struct dump *dump, uint16_t type, const uint8_t *data, size_t size)
{
	const uint16_t name = dump->gen2 ? 5 : 4, nonce = dump->gen2 ? 6 : 5;

	if (type == 2 && size == 4)
		memcpy(&dump->mask, data, 4);
	else if (dump->gen2 && type == 4 && (size != 4 || memcmp(data, "pci", 4) != 0))
		return -EOPNOTSUPP;
	else if (type == name && (size > 32 || size == 0 || data[size - 1] != 0))
		return -EINVAL;
	else if (type == name)
		memcpy(dump->device, data, size);
	else if (type == nonce && size > 32)
		return -ERANGE;
	else if (type == nonce) {
		dump->nonce = data;
		dump->nonce_size = size;
	} else if (type > (dump->gen2 ? 6 : 5))
		return -EINVAL;
	return 0;
}

static int take_request(struct dump *dump)
{
	const struct server *server = dump->server;
	size_t at = 20;
	uint16_t flags;
	int r = 0;

	memcpy(&flags, server->request + 6, 2);
	if (flags != 0x301)
		return -EOPNOTSUPP;
	while (r == 0 && at + 4 <= server->request_size) {
		uint16_t size, type;

		memcpy(&size, server->request + at, 2);
		memcpy(&type, server->request + at + 2, 2);
		if (size < 4 || at + size > server->request_size)
			return -EINVAL;
		r = take_attribute(dump, type, server->request + at + 4, size - 4u);
		at += (size + 3u) & ~3u;
	}
	if (r == 0 && (!dump->mask || dump->mask & ~0x7ffu))
		return -EINVAL;
	if (r == 0 && strcmp(dump->device, server->device) != 0)
		return -ENODEV;
	return r;
}

static int refresh(struct dump *dump)
{
	struct server *server = dump->server;

	if (!dump->nonce)
		return 0;
	if (!dump->gen2 || !server->can_refresh)
		return -EOPNOTSUPP;
	server->refreshes++;
	server->generation++;
	memset(server->measured, 0, sizeof(server->measured));
	if (!server->foreign)
		memcpy(server->measured, dump->nonce, dump->nonce_size);
	server->measured[63] = (uint8_t)server->generation;
	server->objects[MEASUREMENTS] =
		(struct server_object){server->measured, sizeof(server->measured)};
	return 0;
}

static enum server_fault take_fault(struct server *server)
{
	const enum server_fault fault = server->fault;

	if (server->after) {
		server->after--;
		return FAULT_NONE;
	}
	if (server->times && --server->times == 0)
		server->fault = FAULT_NONE;
	return fault;
}

static void serve(struct server *server)
{
	struct message *message = malloc(sizeof(*message));
	struct dump dump = {.server = server, .message = message};
	int r;

	if (!message)
		return;
	memcpy(&dump.id, server->request + 4, 2);
	memcpy(&server->seq, server->request + 8, 4);
	server->gone = false;
	server->out_size = 0;
	server->out_messages = 0;
	if (dump.id == CONTROLLER) {
		resolve(server, message,
			server->fault >= FAULT_FAMILY_HEADER ? server->fault : FAULT_NONE);
	} else {
		dump.gen2 = dump.id == SERVER_GEN2_ID;
		server->dumps++;
		r = take_request(&dump);
		if (r < 0) {
			send_error(server, message, r, true);
		} else {
			r = refresh(&dump);
			dump.fault = take_fault(server);
			if (r < 0)
				send_done(server, message, r, false);
			else
				run_dump(&dump);
		}
	}
	free(message);
}

bool server_serve_one(struct server *server)
{
	struct pollfd fds[] = {{.fd = server->fd, .events = POLLIN},
			       {.fd = server->stop[0], .events = POLLIN}};
	struct address from;
	socklen_t length = sizeof(from);
	ssize_t size;

	if (poll(fds, 2, -1) < 0)
		return errno == EINTR;
	if (fds[1].revents)
		return false;
	size = recvfrom(server->fd, server->request, sizeof(server->request), 0,
			(struct sockaddr *)&from, &length);
	if (size < 20)
		return true;
	server->request_size = (size_t)size;
	server->client = from.port;
	serve(server);
	return true;
}

static void *work(void *arg)
{
	while (server_serve_one(arg))
		;
	return NULL;
}

int server_start(struct server *server)
{
	return -pthread_create(&server->thread, NULL, work, server);
}

void server_close(struct server *server)
{
	if (write(server->stop[1], "", 1) != 1)
		abort();
	if (server->thread)
		pthread_join(server->thread, NULL);
	close(server->stop[0]);
	close(server->stop[1]);
	close(server->fd);
	close(server->stranger);
	free(server->out);
}
