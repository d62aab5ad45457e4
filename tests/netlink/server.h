/* SPDX-License-Identifier: MIT */
#ifndef TESTS_NETLINK_SERVER_H
#define TESTS_NETLINK_SERVER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The kernel's side of evidence, on a real netlink socket: NETLINK_USERSOCK carries messages
 * between two programs. Speaks the generic netlink controller and both families, and does wrong
 * what it is told to. All numbers are written out here, a second time, on purpose.
 */

#define SERVER_PROTOCOL 2u /* NETLINK_USERSOCK */
#define SERVER_TYPES	11u

#define SERVER_GEN2_ID 0x1fu
#define SERVER_GEN1_ID 0x23u

/* Once, or @times times; then all is well. */
enum server_fault {
	FAULT_NONE,
	FAULT_EAGAIN,	     /* DONE says it, in the middle of the first object */
	FAULT_DUMP_INTR,     /* the flag on a message */
	FAULT_GENERATIONS,   /* the second object is newer than the first */
	FAULT_ERROR,	     /* NLMSG_ERROR with @error, and words */
	FAULT_ERROR_CAPPED,  /* the same without the request in it */
	FAULT_DONE,	     /* DONE with @error, and words */
	FAULT_DONE_EMPTY,    /* DONE without an errno, and all is there */
	FAULT_DONE_EARLY,    /* DONE in the middle of the first object */
	FAULT_SILENCE,	     /* no DONE at all */
	FAULT_LOST,	     /* NLMSG_OVERRUN */
	FAULT_ACK,	     /* NLMSG_ERROR with 0 */
	FAULT_POSITIVE,	     /* DONE with an errno of the wrong sign */
	FAULT_OVERLONG,	     /* one byte more than LENGTH */
	FAULT_SHORT,	     /* one byte less */
	FAULT_ORDER,	     /* types descend */
	FAULT_REPEAT,	     /* the first object twice */
	FAULT_FOREIGN,	     /* an object nobody asked for */
	FAULT_MISSING,	     /* the last object never comes */
	FAULT_NEW_ATTRIBUTE, /* an unknown attribute: no fault */
	FAULT_NEW_COMMAND,   /* an unknown command between: no fault */
	FAULT_CUT_ATTRIBUTE, /* it ends behind its message */
	FAULT_CUT_MESSAGE,   /* it ends behind its datagram */
	FAULT_CUT_HEADER,    /* a datagram of less than a header */
	FAULT_WIDE_LENGTH,   /* LENGTH of 8 bytes */
	FAULT_WRONG_FAMILY,
	FAULT_WRONG_SEQUENCE,
	FAULT_STRANGER,	  /* a third one sends wrong replies between: dropped */
	FAULT_4_GIB,	  /* LENGTH 0xffffffff */
	FAULT_OVER_LIMIT, /* LENGTH 16 MiB + 1 */
	FAULT_NO_LENGTH,
	FAULT_NO_GENERATION,
	FAULT_LENGTH_AGAIN, /* in a continuation */
	FAULT_NO_TYPE,
	FAULT_NO_BYTES,		/* no VAL */
	FAULT_ENDLESS_NOTHING,	/* the object goes on with 0 bytes */
	FAULT_ENDLESS_BYTES,	/* and with bytes */
	FAULT_ENDLESS_COMMANDS, /* unknown ones */
	FAULT_ENDLESS_STRANGER,
	FAULT_HUGE_DATAGRAM, /* 160 KiB */
	FAULT_FAMILY_HEADER, /* the controller tells of a user header */
	FAULT_FAMILY_NAME,   /* and of another family */
	FAULT_FAMILY_NUMBER, /* and of none */
	FAULTS
};

struct server_object {
	const uint8_t *bytes;
	uint32_t size;
};

struct server {
	/* the world: set before it is started, or while nobody asks */
	bool gen1, gen2; /* families it has */
	const char *device;
	struct server_object objects[SERVER_TYPES];
	uint32_t generation;
	size_t chunk;	     /* bytes of an object in a message; 0: 4000 */
	unsigned int bundle; /* messages in a datagram; 0: 1 */
	bool done_alone;     /* DONE in a datagram of its own */
	bool can_refresh;    /* a nonce makes new measurements: it and the generation's byte */
	bool foreign;	     /* it does not hold that nonce */
	uint8_t measured[64];
	enum server_fault fault;
	int error;	    /* of FAULT_ERROR and FAULT_DONE */
	unsigned int times; /* 0: always */
	unsigned int after; /* dumps that go well before */

	/* what it saw */
	atomic_uint resolves, dumps, refreshes;
	uint8_t request[512]; /* the last dump */
	size_t request_size;

	/* its own */
	int fd, stranger;
	uint32_t port;
	int stop[2];
	pthread_t thread;
	uint32_t client, seq;
	uint8_t *out; /* the datagram being filled */
	size_t out_size;
	unsigned int out_messages;
	bool gone; /* the client is */
};

/* 0, or -errno: no NETLINK_USERSOCK here. */
int server_open(struct server *server);
/* Serves on a thread of its own until close. */
int server_start(struct server *server);
void server_close(struct server *server);
/* Serves one datagram, for a program without a thread: false when it has come to its end. */
bool server_serve_one(struct server *server);

#endif
