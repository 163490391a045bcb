/*
 * socket_table: the sockets of a network namespace, from /proc/PID/net.
 *
 * A table is read anew when a socket is not in it, but no sooner than its reading is a small part
 * of the time: with ten thousands of connections it takes milliseconds.
 */
#ifndef CONCADVISE_SOCKET_TABLE_H
#define CONCADVISE_SOCKET_TABLE_H

#include "probe/bpf/wire.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct socket_row {
	uint64_t inode;
	uint16_t family, type, protocol;
	uint8_t state; /* as of TCP: TCP_LISTEN... */
	uint16_t local_port, peer_port;
	uint8_t local[16], peer[16];
	char name[WIRE_NAME]; /* of a UNIX socket; empty: none */
};

/* One line of a table. False: it is the heading, or makes no sense. */
bool socket_line_inet(const char *line, int family, int type, int protocol, struct socket_row *ret);
bool socket_line_unix(const char *line, struct socket_row *ret);

struct socket_tables;

struct socket_tables *socket_tables_new(void); /* NULL when out of memory */
void socket_tables_free(struct socket_tables *t);

/* The socket of this inode, as a process sees it; NULL: not known. Valid until the next call. */
const struct socket_row *socket_tables_find(struct socket_tables *t, int pid, uint64_t inode);

#endif
