/*
 * endpoint: which end of a connection a socket is: one that serves, or one that asks.
 *
 * Waiting on the serving end is waiting for a user, and no work; waiting on the asking end is.
 */
#ifndef CONCADVISE_ENDPOINT_H
#define CONCADVISE_ENDPOINT_H

#include <stddef.h>

struct measurement;

enum endpoint {
	ENDPOINT_NONE,      /* not a socket, or one of which nothing is known */
	ENDPOINT_LISTENING, /* takes connections, or datagrams on a port of its own */
	ENDPOINT_ACCEPTED,  /* a connection that another end asked for */
	ENDPOINT_CONNECTED, /* a connection that this end asked for */
};

/* One for each file of the measurement, malloc'ed; NULL when out of memory. */
enum endpoint *endpoint_list(const struct measurement *m);

/* The port in "127.0.0.1:80" or "[::1]:80"; 0: none. */
unsigned int endpoint_port(const char *address);

#endif
