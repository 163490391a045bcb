/*
 * exchange_watch: has what is sent and received on sockets seen, as long as that costs little.
 *
 * From when something is sent until something comes is what an event loop waits for, socket by
 * socket (bpf/exchange.bpf.h). The kernel's tracepoints for that (Linux 6.3) are everybody's: a
 * process that is not measured pays for each of its calls, too. So how long the programs ran, by
 * the kernel's own account, decides: beyond a share of the time so far they are detached for good,
 * and who exchanges so much is known to do so by that alone.
 */
#ifndef CONCADVISE_EXCHANGE_WATCH_H
#define CONCADVISE_EXCHANGE_WATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bpf_link;
struct bpf_program;
struct measurement;

/* To send, to be ready, to receive, to change a connection's state. */
#define EXCHANGE_HOOKS 4

struct exchange_watch {
	const struct bpf_program *programs[EXCHANGE_HOOKS];
	struct bpf_link *links[EXCHANGE_HOOKS];
	int64_t start_ns, end_ns; /* CLOCK_MONOTONIC; start_ns 0: never, end_ns 0: it goes on */
};

/* Begins. Where a hook is missing, nothing is watched. */
void exchange_watch_open(
	struct exchange_watch *w, const struct bpf_program *const *programs, int64_t now_ns);

/* Ends where it has taken too long. */
void exchange_watch_turn(struct exchange_watch *w, int64_t now_ns);

/* Whether programs that ran for run_ns in all cost too much by now. */
bool exchange_watch_costs(const struct exchange_watch *w, uint64_t run_ns, int64_t now_ns);

/* Ends, at now_ns, and notes until when it was. m: NULL, where it is not to be known. */
void exchange_watch_close(struct exchange_watch *w, struct measurement *m, int64_t now_ns);

#endif
