/*
 * population: the processes and threads that are looked at, as they come and go.
 */
#ifndef CONCADVISE_POPULATION_H
#define CONCADVISE_POPULATION_H

#include "ledger.h"
#include "running.h"
#include "task.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct inhabitant { /* a thread */
	struct task task;
	struct ledger ledger;
	uint64_t arrivals;        /* times it had got a CPU, at the last look */
	struct wire_wait_key key; /* what it was blocked in */
	bool gone;
	bool denied; /* its system calls are kept from us */
	char comm[WIRE_COMM];
};

struct household { /* a process */
	int pid, ppid;
	bool compat; /* a 32-bit program */
	bool gone;
	struct inhabitant **threads; /* by number */
	size_t threads_count;
	uint32_t serial;    /* of its first thread */
	size_t running;     /* threads that ran at the last look */
	uint64_t looked_ns; /* when that was */
	uint64_t clock_ns;  /* its CPU time then, all threads, living and dead */
	uint64_t clock_first_ns;
	uint64_t dead_ns; /* of it, that of the dead, since clock_first_ns */
	uint64_t children_ticks_first, children_ticks; /* of children that it waited for */
	uint64_t children_ns;                          /* of those, what was measured */
	uint64_t rss_peak_bytes;
	uint64_t born_ns, scan_due_ns; /* when to look next at what it has mapped */
	char executable[WIRE_PATH];
	struct running together;
	struct ledger_short brief; /* of its threads */
};

/* CPU time of a process, all its threads, living and dead. False: it is gone. */
bool household_clock(int pid, uint64_t *ret_ns);

/* How many threads it has now; 0: it is gone. */
size_t household_count(int pid);

/* A thread of this number that is known; NULL: none. */
struct inhabitant *household_find(const struct household *h, int tid);

/* Adds a thread, opened; NULL: it is gone, or no memory. */
struct inhabitant *household_add(struct household *h, int tid);

/* CPU time of the living threads since they are measured. */
uint64_t household_living_ns(const struct household *h);

/* Learns from its threads what short waits it has. */
void household_learn(struct household *h);

/* Takes out threads that are gone. */
void household_sweep(struct household *h);

void household_free(struct household *h);

/* Calls fn for every thread that a process has. */
void household_list(int pid, void (*fn)(void *context, int tid), void *context);

#endif
