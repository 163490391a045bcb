/*
 * poll_watch: has looks for events that return at once seen, where they tell much and are few.
 *
 * An event loop that is never idle finds events whenever it looks for them: then no wait tells one
 * of its rounds from the next, and a round that lasts for seconds cannot be told from thousands of
 * short ones. Each look can be seen as it begins, by a probe in the C library's function, in the
 * target's process alone. A look costs 2 us more then (measured: docs/cost.md), so it is done where
 * a process that watches files was met working without a look for long, and given up where looks
 * come in numbers: then the rounds are short.
 */
#ifndef CONCADVISE_POLL_WATCH_H
#define CONCADVISE_POLL_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bpf_link;
struct bpf_program;
struct collector;
struct measurement;

/* More processes with loops than that are hardly worth being told apart. */
#define POLL_WATCHED 16
/* epoll_wait(), epoll_pwait(), epoll_pwait2() */
#define POLL_CALLS 3

struct poll_watched {
	int pid;
	size_t process;                     /* its row, as long as it has that pid */
	struct bpf_link *links[POLL_CALLS]; /* NULL: its C library has none of that name */
	int64_t start_ns;                   /* CLOCK_MONOTONIC */
};

struct poll_watch {
	const struct bpf_program *program;
	const unsigned long long *seen; /* looks that the program has seen so far */
	struct poll_watched watched[POLL_WATCHED];
	size_t count;
	uint64_t launcher_ns;          /* of the measurement, whose rows these are */
	bool ended;                    /* there were too many looks */
	long long since_ns;            /* the time over which their rate is taken, */
	unsigned long long since_seen; /* and how many there were when that began */
};

void poll_watch_open(
	struct poll_watch *w, const struct bpf_program *program, const unsigned long long *seen);

/* Begins to watch where it is due, and ends where there are too many looks. */
void poll_watch_turn(
	struct poll_watch *w, const struct collector *c, struct measurement *m, long long now_ns);

/* Ends, at now_ns. m: NULL, where it is not to be known. */
void poll_watch_close(struct poll_watch *w, struct measurement *m, long long now_ns);

#endif
