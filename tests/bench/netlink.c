/* SPDX-License-Identifier: MIT */
/*
 * A 16 MiB object over a real netlink socket: through the library, and by recvmsg(2) and memcpy(3)
 * of the same messages with nothing checked. Prints how many MiB a second of the reader's own time
 * each moves, and what part of the bare one the library reaches. usage: netlink [ROUNDS]
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <tsmreq/evidence.h>
#include <unistd.h>

#include "netlink/server.h"

#define SIZE	 0x1000000u
#define CHUNK	 32000u
#define DATAGRAM 0x20000u

static uint8_t object[SIZE], copy[SIZE];

static const struct tsmreq_evidence_request request = {
	.size = sizeof(request), .device = "0000:01:00.0", .types = TSMREQ_EVIDENCE_MASK_REPORT};

/* This thread's own: the server is on another, and as slow for both. */
static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void die(const char *what)
{
	fprintf(stderr, "netlink: %s\n", what);
	exit(1);
}

static double through_the_library(struct server *server)
{
	struct tsmreq_evidence_opts opts = {
		.size = sizeof(opts), .protocol = SERVER_PROTOCOL, .peer_port = server->port};
	struct tsmreq_evidence_object got;
	struct tsmreq_evidence *client;
	double start;

	if (tsmreq_evidence_new(&client, &opts) < 0)
		die("no client");
	/* its memory is there the second time, as that of the bare one is */
	if (tsmreq_evidence_read(client, &request) < 0)
		die(tsmreq_evidence_get_message(client));
	start = now();
	if (tsmreq_evidence_read(client, &request) < 0)
		die(tsmreq_evidence_get_message(client));
	start = now() - start;
	if (!tsmreq_evidence_object_at(client, 0, &got) || got.bytes.size != SIZE ||
	    memcmp(got.bytes.data, object, SIZE) != 0)
		die("other bytes");
	tsmreq_evidence_free(client);
	return start;
}

/* The VAL attribute is the last of its message; 48 bytes stand before the first, 24 before others.
 */
static double bare(struct server *server)
{
	static uint8_t room[DATAGRAM];
	struct {
		uint16_t family, pad;
		uint32_t port, groups;
	} peer = {AF_NETLINK, 0, server->port, 0};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, (int)SERVER_PROTOCOL);
	struct iovec iov = {room, sizeof(room)};
	struct msghdr msg = {.msg_iov = &iov, .msg_iovlen = 1};
	const int receive_room = 0x40000;
	size_t got = 0;
	ssize_t size;
	double start;

	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_room, sizeof(receive_room));
	if (fd < 0 || sendto(fd, server->request, server->request_size, 0, (struct sockaddr *)&peer,
			     sizeof(peer)) < 0)
		die("no socket");
	start = now();
	while (got < SIZE) {
		const size_t head = got ? 24 : 48;

		size = recvmsg(fd, &msg, 0);
		if (size <= (ssize_t)head)
			die("no message");
		memcpy(copy + got, room + head, (size_t)size - head);
		got += (size_t)size - head;
	}
	start = now() - start;
	if (got != SIZE || memcmp(copy, object, SIZE) != 0)
		die("other bytes");
	close(fd);
	return start;
}

int main(int argc, char **argv)
{
	const int rounds = argc > 1 ? atoi(argv[1]) : 9;
	struct server server = {.gen2 = true,
				.device = "0000:01:00.0",
				.chunk = CHUNK,
				.objects = {[10] = {object, SIZE}}};
	double library = 1e9, least = 1e9, time;

	for (size_t i = 0; i < SIZE; i++)
		object[i] = (uint8_t)(i * 2654435761u >> 13);
	if (server_open(&server) < 0 || server_start(&server) < 0)
		die("no NETLINK_USERSOCK");
	/* in turn, and the best of each: whatever else the machine does hits both */
	for (int i = 0; i < rounds; i++) {
		time = through_the_library(&server);
		library = time < library ? time : library;
		time = bare(&server);
		least = time < least ? time : least;
	}
	server_close(&server);
	printf("%.0f %.0f %.2f\n", 16 / library, 16 / least, least / library);
	return 0;
}
