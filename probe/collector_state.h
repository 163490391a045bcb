/*
 * collector_state: what the files of the collector share. Not for others.
 */
#ifndef CONCADVISE_COLLECTOR_STATE_H
#define CONCADVISE_COLLECTOR_STATE_H

#include "collector.h"
#include "file.h"
#include "table.h"

struct measurement;

/* What is kept of a thread beside its row. */
struct thread_extra {
	unsigned int futex_rows;
};

struct process_extra {
	bool executed;     /* what it had of its parent is gone */
	uint64_t ended_ns; /* 0: it was not seen to end; its pid may be another's afterwards */
};

struct collector {
	struct measurement *m;
	struct files files;
	struct table threads;   /* serial -> row */
	struct table processes; /* pid -> its newest row */
	struct table waits;     /* thread and what it waits in -> row */
	struct table samples;
	struct thread_extra *thread_extras;
	struct process_extra *process_extras;
	uint64_t malformed, orphaned, out_of_memory;
};

/* Rows by number; MEASURED_NONE if there is none. An event of an unknown thread is counted. */
size_t collector_process(const struct collector *c, int pid);
size_t collector_thread(struct collector *c, const struct wire_header *h);

void collector_take_wait(struct collector *c, const void *event);
void collector_take_segment(struct collector *c, const void *event);
void collector_take_loop(struct collector *c, const void *event);

/* What a process ran before it executed something else is forgotten. */
void collector_drop_runtimes(struct collector *c, size_t process);

/* A process that never executed anything runs what its parent ran. */
void collector_inherit_runtimes(struct collector *c);

#endif
