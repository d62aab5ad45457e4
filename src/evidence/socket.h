/* SPDX-License-Identifier: MIT */
#ifndef EVIDENCE_SOCKET_H
#define EVIDENCE_SOCKET_H

#include "evidence/family.h"

/* All that touches libnl and the socket. One for each dump. */

struct nl_sock;

/* Longer datagrams are refused: a kernel's are 32 KiB at most. */
#define SOCKET_DATAGRAM_MAX 0x20000u

struct socket {
	struct nl_sock *nl;
	uint32_t peer;
	uint32_t seq; /* of the request that was sent last */
};

/* @protocol 0: generic netlink. */
int tsmreq_socket_open(struct socket *ret, uint32_t protocol, uint32_t peer);
void tsmreq_socket_close(struct socket *socket);
int tsmreq_socket_get_fd(const struct socket *socket);

/* Which number has the family? */
int tsmreq_socket_send_resolve(struct socket *socket, const char *family);

struct socket_request {
	const struct evidence_family *family;
	uint16_t type; /* the family's number */
	uint32_t mask;
	uint32_t flags;
	const char *device;
	struct tsmreq_bytes nonce;
};

int tsmreq_socket_send_read(struct socket *socket, const struct socket_request *request);

/*
 * Without waiting. 1: *ret_size bytes of one datagram; 0: there is none; or -errno. What did not
 * come from the peer is dropped.
 */
int tsmreq_socket_receive(struct socket *socket, void *room, size_t *ret_size);

#endif
