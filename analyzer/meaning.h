/*
 * meaning: what each row of a measurement means, worked out once and shared by all that sum up.
 *
 * Internal to the analyzer: from it the profile is made, and then it is gone.
 */
#ifndef CONCADVISE_MEANING_H
#define CONCADVISE_MEANING_H

#include "endpoint.h"
#include "family.h"
#include "purpose.h"
#include "state.h"

#include "probe/measurement.h"

struct awaited;

struct meaning {
	const struct measurement *m;
	double cpus; /* that the target may use */
	struct family family;
	enum endpoint *endpoints; /* of each file */
	enum state *states;       /* of each wait */
	enum purpose *purposes;   /* of each wait */
	bool *mains;              /* of each thread: it runs its process' main function */
	bool *helpers;            /* of each thread: its runtime has it for itself */
	bool *acceptors;          /* of each thread: it watches nothing but who connects */
	bool *loops;              /* of each thread: it is an event loop */
	bool *followers;          /* of each loop: it takes turns with others of its process */
	struct awaited *awaited;  /* of each thread: what it asked for over connections */
	bool *one_by_one; /* of each process: its loops wait for one connection at a time each */
	bool *serving;    /* of each process: it serves requests */
	bool *asking;     /* of each process: it asks a server on this machine, and maybe its own */
	bool *hosted;     /* of each process: that server is its own */
	bool *hosting;    /* of each thread of such a one: it serves, it does not ask */
	bool asks_itself; /* and who serves is asked by the target itself, not from outside */
	bool *global_locks; /* of each process: its global lock was told by behaviour */
	/* Segments by thread, in time: those of thread t are segments[first_segment[t]] to
	 * segments[first_segment[t + 1] - 1]. */
	size_t *segments, *first_segment;
	/* Waits by thread, in the same way. */
	size_t *waits, *first_wait;
	/* Runtimes by process, in the same way. */
	size_t *runtimes, *first_runtime;
};

/* NULL when out of memory. */
struct meaning *meaning_new(const struct measurement *m);
void meaning_free(struct meaning *x);

/* Seconds that a thread, or those that had its row one after the other, were there inside the
 * window. */
double meaning_thread_life_s(const struct meaning *x, size_t thread);

/* How many processes, or threads, had that row, one after the other. */
double meaning_processes(const struct meaning *x, size_t process);
double meaning_threads(const struct meaning *x, size_t thread);
/* Of what is told of each row of processes, what each of those did on average. */
double meaning_process_each_s(const struct meaning *x, const double *processes_s, size_t process);

/* Seconds from its start, or the first one's, to its end, or the last one's. */
double meaning_thread_span_s(const struct meaning *x, size_t thread);

/* Whether a thread runs its process' main function: see main_thread.h. */
bool meaning_is_main(const struct meaning *x, size_t thread);

/* The n-th runtime found in a process; NULL: no more. */
const struct measured_runtime *meaning_runtime(const struct meaning *x, size_t process, size_t n);

/* Whether a runtime of that name runs in the process. */
bool meaning_runs(const struct meaning *x, size_t process, const char *runtime);

/* Whether a row of waits is one that was there for nearly as long as its thread, and went on at the
 * end: whether it is for an answer nobody saw. */
bool meaning_stands_still(const struct meaning *x, size_t wait);

/* Whether its threads run tasks that wait for each other unseen, as goroutines and Erlang's
 * processes do: then the runtime's own scheduler waits for events, in whichever thread is free. */
bool meaning_schedules(const struct meaning *x, size_t process);

/* The runtime with a global lock in a process; NULL: none. */
const struct measured_runtime *meaning_interpreter(const struct meaning *x, size_t process);

#endif
