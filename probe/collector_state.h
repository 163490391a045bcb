/*
 * collector_state: what the files of the collector share. Not for others.
 */
#ifndef CONCADVISE_COLLECTOR_STATE_H
#define CONCADVISE_COLLECTOR_STATE_H

#include "collector.h"
#include "file.h"
#include "stack.h"
#include "stall_watch.h"
#include "table.h"

struct measurement;

/* Stacks of a thread whose wait or sample has not come yet: of the wait that it is in and of a
 * sample; twice as many, since what they belong to can be lost. */
#define PENDING_STACKS 4

/* How many rows a thread's waits have, by what they are waits for. */
struct wait_rows {
	unsigned int words, sockets, files; /* of futexes; other files than sockets */
};

/* What is kept of a thread beside its row. */
struct thread_extra {
	uint32_t serial;    /* the kernel side's, of who has the row now; 0: nobody has */
	size_t next_vacant; /* of the process's rows whose threads have ended; MEASURED_NONE: none
			     */
	struct wait_rows rows;
	struct pending_stack {
		uint32_t number; /* the kernel side's; 0: none */
		uint32_t chain;
	} pending[PENDING_STACKS];
	struct stall_watch stall;
};

/* What is kept of a process beside its row. Rows are MEASURED_NONE where there is none. */
struct process_extra {
	bool executed;       /* what it had of its parent is gone */
	bool owned;          /* somebody has had the row to his end */
	bool is_restless;    /* see collector_is_restless() */
	bool is_vacant;      /* it may be taken over: it is in the list of its kind, */
	size_t older, newer; /* between these */
	size_t main;         /* of the first thread */
	size_t vacant;       /* of the thread that ended last */
	size_t heir;         /* of the process to which who had this one last moved on */
	size_t alive;        /* its threads, of who has the row now; */
	size_t threads;      /* with those that have ended */
	uint64_t since_ns;   /* when he started, */
	uint64_t ended_ns; /* ended (0: that was not seen; its pid may be another's afterwards), */
	uint64_t gone_ns;  /* and when the last thread left the CPU */
	int pid_before;    /* of who had the row before */
};

/* How many there are, and were at once. */
struct row_count {
	size_t now, most;
};

struct collector {
	struct measurement *m;
	struct files files;
	struct table threads;   /* serial -> row */
	struct table processes; /* pid -> its newest row */
	struct table kinds;     /* parent and executable -> the row of a process that ended last */
	struct table waits;     /* thread and what it waits in -> row */
	struct table samples;
	struct table sites;
	unsigned char args[WIRE_SYSCALLS];  /* see syscall_args_fill() */
	struct stacks *stacks;              /* NULL: without call sites */
	uint64_t opened_ns;                 /* a launch: when the window opened; 0: not yet */
	uint32_t opened_serial;             /* threads of lower numbers were a launcher's */
	uint64_t stall_floor_ns;            /* shorter ones make no row any more */
	struct thread_extra *thread_extras; /* one for each thread */
	size_t threads_count;
	struct process_extra *process_extras;
	size_t turn;     /* where a vacant row is looked for next */
	bool are_shared; /* some rows have been several threads' or processes' */
	struct row_count living, living_processes; /* threads, processes */
	void (*forget)(void *context, int pid);
	void *forget_context;
	uint64_t malformed, orphaned, out_of_memory, sites_not_kept, words_not_kept;
};

/* A row by number; MEASURED_NONE if there is none. An event of an unknown thread is counted. */
size_t collector_thread(struct collector *c, const struct wire_header *h);

/* The row of what a thread waits in. */
size_t collector_wait(struct collector *c, size_t thread, const struct wire_wait_key *key);

/*
 * collector_row.c: the row of a thread that starts, with that of its process if it is its first; of
 * the command, when it is launched; and of a thread from where it has executed something on.
 * MEASURED_NONE: there is no memory.
 */
size_t collector_start(struct collector *c, const struct wire_thread_start *s);
size_t collector_launch(struct collector *c, const struct wire_thread_exec *e);
size_t collector_execute(struct collector *c, size_t thread, const struct wire_thread_exec *e);

/* A thread, by its row, has ended. */
void collector_vacate(struct collector *c, size_t thread, uint64_t at_ns);

/* Nobody has that row of processes, and nobody had it for long. Those go in the end: what was told
 * of them is that of the processes that they became. */
bool collector_is_blank(const struct collector *c, size_t process);
int collector_drop_blanks(struct collector *c);

void collector_take_wait(struct collector *c, const void *event);
void collector_take_segment(struct collector *c, const void *event);
void collector_take_exchange(struct collector *c, const void *event);
void collector_take_round(struct collector *c, const void *event);
void collector_take_loop(struct collector *c, const void *event);
void collector_take_stack(struct collector *c, const void *event, size_t size);
void collector_take_code(struct collector *c, const void *event, size_t size);
void collector_take_site(struct collector *c, const void *event);
void collector_take_sample(struct collector *c, const void *event);

/* A look for the events of several files began at at_ns; it slept, or returned at once. */
void collector_note_stretch(struct collector *c, size_t thread, uint64_t at_ns,
	const struct wire_stretch *stretch, bool slept);

/* Of a thread nothing more comes. */
void collector_release_stalls(struct collector *c, size_t thread);

/* When all has come: rows that others took the place of go. */
void collector_settle_samples(struct collector *c);
void collector_settle_stalls(struct collector *c);

/* What a process ran before it executed something else is forgotten. */
void collector_drop_runtimes(struct collector *c, size_t process);

/* A process that never executed anything runs what its parent ran. */
void collector_inherit_runtimes(struct collector *c);

#endif
