/*
 * procfs_state: what the files of the sampler share. Not for others.
 */
#ifndef CONCADVISE_PROCFS_STATE_H
#define CONCADVISE_PROCFS_STATE_H

#include "blocked.h"
#include "pace.h"
#include "population.h"
#include "procfs.h"

#include "probe/probe.h"
#include "probe/survey.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a look at a thread found. */
struct sight {
	bool same; /* as at the look before: of the look only when it was is filled in */
	struct ledger_look look;
	struct blocked blocked;
};

struct procfs {
	struct target *target;
	bool follow;
	struct measurement *measurement;
	struct collector *collector;
	struct runtime_cache *runtimes;
	struct blocked_reader *blocked;
	struct survey survey;
	struct quota *quota; /* NULL: none */
	uint64_t throttled_before_ns;
	struct household **households; /* those that live */
	size_t households_count;
	uint32_t serial; /* the last one given to a thread */
	struct pace pace;
	struct running together;
	uint64_t window_start_ns, looked_ns;
	uint64_t spent_ns;       /* CPU time of the tool, up to the last round */
	uint64_t rounds, new_ns; /* new_ns: who is new now began after that */
	uint64_t gone_ns;        /* CPU time of processes that ended, from their start */
	uint64_t strays_ns;      /* CPU time of processes that nobody met */
	uint64_t denied;         /* threads whose system calls are kept from us */
	struct household *held;  /* the launched command, before it is executed */
	uint64_t cpu_before_ns, children_before_ns; /* CPU time of the tool and of its children */
};

uint64_t procfs_clock_ns(void); /* CLOCK_MONOTONIC */

/* Hands an event to the collector. */
void procfs_tell(void *context, const void *event, size_t size);

/* Takes in a process that ran already, or one that began since the round before (born). */
struct household *census_add(struct procfs *p, int pid, int ppid, bool born);

/* Takes in the command of a launch, which is held; and when it is executed. -ESRCH: it is gone. */
int census_hold(struct procfs *p);
void census_begin(struct procfs *p);

/* Takes in the children of a thread, and the new threads of a process. */
void census_children(struct procfs *p, struct household *h, const struct inhabitant *i);
void census_threads(struct procfs *p, struct household *h);

/* Looks at which program a process executes and what it has mapped, if that is due. */
void census_scan(struct procfs *p, struct household *h, uint64_t now_ns);

/* One look at one thread. False: it is gone. */
bool sight_take(struct procfs *p, struct household *h, struct inhabitant *i, struct sight *ret);

/* Tells of the file that a look met first, once the thread is known to the collector. */
void sight_tell(struct procfs *p, const struct inhabitant *i, struct sight *s);

/* Looks at everybody once. */
void round_look(struct procfs *p);

/* Tells what is known of a process, at the end of it or of the window. */
void round_tell_end(struct procfs *p, struct household *h, uint64_t at_ns);

/* Closes the account of a process that is gone. cpu_ns: all that it took from its start, as far as
 * is known; 0: not known. */
void round_settle(struct procfs *p, struct household *h, uint64_t end_ns, uint64_t cpu_ns);

#endif
