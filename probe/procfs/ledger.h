/*
 * ledger: looks at one thread, now and then, to an account of its time.
 *
 * The kernel counts exactly how long a thread ran, how long it waited for a CPU and how often it
 * blocked; what is left of the time between two looks it was blocked. In what, the looks tell: a
 * wait that a look meets is known by itself, and where it began and ended to within the time
 * between two looks. Of waits between two looks the number is known. How long they were, and what
 * for, is taken from the short waits that looks did meet in that thread, else in its process: looks
 * meet each kind as often as it takes time. Where none was met they count as waits of which only
 * that is known (WIRE_UNSEEN_SYSCALL).
 *
 * Tells what it finds in the words of the kernel side (bpf/wire.h), so that the collector makes a
 * measurement of it as of any.
 */
#ifndef CONCADVISE_LEDGER_H
#define CONCADVISE_LEDGER_H

#include "probe/bpf/wire.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the kernel had counted of a thread at an instant. */
struct ledger_count {
	uint64_t at_ns;
	uint64_t cpu_ns, delay_ns; /* of a thread that runs, as of the last tick */
	uint64_t voluntary, involuntary;
	uint64_t user_ticks_ns, kernel_ticks_ns;
	uint64_t faults;
};

/* A look. */
struct ledger_look {
	struct ledger_count count;
	bool blocked; /* else it runs, or is ready to */
	struct wire_wait_key key;
};

/* Takes the events. */
typedef void (*ledger_tell)(void *context, const void *event, size_t size);

/* Waits between two looks. */
struct ledger_unseen {
	uint64_t count, wait_ns, run_ns; /* run_ns: what the thread did between them */
};

/* Short waits: the kind that was met last, and how long they are. */
struct ledger_short {
	bool met;
	struct wire_wait_key key;
	uint64_t looks_ns; /* met in them: each look stands for the time to the next one */
	uint64_t count;    /* met or not */
};

struct ledger {
	ledger_tell tell;
	void *context;
	uint32_t serial;
	uint64_t start_ns;
	struct ledger_count first, last;
	bool blocked; /* at the last look, in the pending wait: */
	struct wire_wait_key pending;
	uint64_t wait_start_ns, wait_ns;
	bool open;                    /* it was under way when the window opened */
	uint64_t looks_ns;            /* as in ledger_short, of this wait */
	struct ledger_unseen unknown; /* unseen waits, while no short one was met */
	int64_t carried_ns;           /* the kernel's counts of a running thread lag behind */
	uint64_t run_queue_ns, stolen_ns;
	uint64_t apart_ns; /* mean time between two looks, for what a short wait is */
	struct ledger_short brief;
	uint64_t cpu_before_ns, run_queue_before_ns, waits_before_ns;
	uint32_t waits_before;
	uint64_t faults_sent; /* when the last segment was told */
	uint64_t polled_ns;   /* when the last wait for several files ended */
	uint64_t stretch_waits_ns, stretch_run_queue_ns;
	struct wire_loop loop;
};

/*
 * Opens the account of a thread. look: its counts when it was there first, or all zeros for a
 * thread that began then; what it was blocked in, if the window opened then (open).
 */
void ledger_open(struct ledger *l, uint32_t serial, const struct ledger_look *look,
	ledger_tell tell, void *context);

/* Adds a look. apart_ns: how far apart looks are at present. */
void ledger_take(struct ledger *l, const struct ledger_look *look, uint64_t apart_ns);

/* Adds a look that found all as it was. */
void ledger_pass(struct ledger *l, uint64_t at_ns);

/*
 * Closes the account. alive: the window ended first. count: what the kernel had counted by then,
 * as far as is known, at least what it had at the last look. comm: its name. family: the short
 * waits of its process, for where it was met in none.
 */
void ledger_close(struct ledger *l, const struct ledger_count *count, bool alive, const char *comm,
	const struct ledger_short *family);

/* CPU time since it was opened. */
uint64_t ledger_cpu_ns(const struct ledger *l);

#endif
