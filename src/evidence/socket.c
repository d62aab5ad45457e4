/* SPDX-License-Identifier: MIT */
#include "evidence/socket.h"
#include <errno.h>
#include <netlink/genl/ctrl.h>
#include <netlink/genl/genl.h>
#include <netlink/netlink.h>
#include <sys/socket.h>

#include "evidence/nlerr.h"

#ifndef SOL_NETLINK
#define SOL_NETLINK 270
#endif

/* What lies in the socket; dumps are paced by our reading, so more gains nothing. */
#define RECEIVE_ROOM 0x40000

/* The kernel's own words for an error. Old kernels have none: nothing is lost but words. */
static void ask_for_words(const struct socket *socket)
{
	const int on = 1;

	(void)setsockopt(nl_socket_get_fd(socket->nl), SOL_NETLINK, NETLINK_EXT_ACK, &on,
			 sizeof(on));
}

int tsmreq_socket_open(struct socket *ret, uint32_t protocol, uint32_t peer)
{
	int r;

	*ret = (struct socket){.nl = nl_socket_alloc(), .peer = peer};
	if (ret->nl == NULL)
		return -ENOMEM;
	/* a dump ends with DONE: an acknowledgement would be one message too many */
	nl_socket_disable_auto_ack(ret->nl);
	r = nl_connect(ret->nl, protocol ? (int)protocol : NETLINK_GENERIC);
	if (r == 0)
		r = nl_socket_set_nonblocking(ret->nl);
	if (r == 0)
		r = nl_socket_set_buffer_size(ret->nl, RECEIVE_ROOM, 0);
	if (r < 0) {
		tsmreq_socket_close(ret);
		return tsmreq_errno_from_nl(r);
	}
	nl_socket_set_peer_port(ret->nl, peer);
	ask_for_words(ret);
	return 0;
}

void tsmreq_socket_close(struct socket *socket)
{
	nl_socket_free(socket->nl);
	socket->nl = NULL;
}

int tsmreq_socket_get_fd(const struct socket *socket)
{
	return nl_socket_get_fd(socket->nl);
}

/* @r: what filling the message in came to. */
static int send_message(struct socket *socket, struct nl_msg *msg, int r)
{
	if (r == 0) {
		r = nl_send_auto(socket->nl, msg);
		socket->seq = nlmsg_hdr(msg)->nlmsg_seq;
	}
	nlmsg_free(msg);
	return r < 0 ? tsmreq_errno_from_nl(r) : 0;
}

int tsmreq_socket_send_resolve(struct socket *socket, const char *family)
{
	struct nl_msg *msg = nlmsg_alloc();
	int r = 0;

	if (msg == NULL)
		return -ENOMEM;
	if (!genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, GENL_ID_CTRL, 0, 0, CTRL_CMD_GETFAMILY, 1))
		r = -NLE_NOMEM;
	if (r == 0)
		r = nla_put_string(msg, CTRL_ATTR_FAMILY_NAME, family);
	return send_message(socket, msg, r);
}

int tsmreq_socket_send_read(struct socket *socket, const struct socket_request *request)
{
	const struct evidence_family *family = request->family;
	struct nl_msg *msg = nlmsg_alloc();
	int r = 0;

	if (msg == NULL)
		return -ENOMEM;
	if (!genlmsg_put(msg, NL_AUTO_PORT, NL_AUTO_SEQ, request->type, 0, NLM_F_DUMP,
			 EVIDENCE_CMD_READ, EVIDENCE_VERSION))
		r = -NLE_NOMEM;
	if (r == 0)
		r = nla_put_u32(msg, family->type_mask, request->mask);
	if (r == 0 && request->flags)
		r = nla_put_u32(msg, family->flags, request->flags);
	if (r == 0 && family->subsys)
		r = nla_put_string(msg, family->subsys, EVIDENCE_SUBSYS);
	if (r == 0)
		r = nla_put_string(msg, family->dev_name, request->device);
	/* an empty one would make the kernel measure, too */
	if (r == 0 && family->nonce && request->nonce.size)
		r = nla_put(msg, family->nonce, (int)request->nonce.size, request->nonce.data);
	return send_message(socket, msg, r);
}

/*
 * nl_recv() would take memory for every datagram and copy it twice; libnl also lets the errno in
 * NLMSG_DONE fall. So the bytes are taken here, and read in stream.c.
 */
int tsmreq_socket_receive(struct socket *socket, void *room, size_t *ret_size)
{
	struct sockaddr_nl from = {0};
	struct iovec iov = {room, SOCKET_DATAGRAM_MAX};
	struct msghdr msg = {
		.msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &iov, .msg_iovlen = 1};
	ssize_t size;

	*ret_size = 0;
	size = recvmsg(tsmreq_socket_get_fd(socket), &msg, MSG_DONTWAIT | MSG_TRUNC);
	if (size < 0)
		return errno == EAGAIN || errno == EINTR ? 0 : -errno;
	if (msg.msg_namelen != sizeof(from) || from.nl_family != AF_NETLINK ||
	    from.nl_pid != socket->peer)
		return 1;
	if ((size_t)size > SOCKET_DATAGRAM_MAX || msg.msg_flags & MSG_TRUNC)
		return -EBADMSG;
	*ret_size = (size_t)size;
	return 1;
}
