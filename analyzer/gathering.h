/*
 * gathering: a workload while it is being put together; what its parts share.
 */
#ifndef CONCADVISE_GATHERING_H
#define CONCADVISE_GATHERING_H

#include <stdbool.h>
#include <stddef.h>

struct item;
struct meaning;
struct profile;
struct remainder;
struct workload;

struct gathering {
	struct workload *work;
	const struct profile *p;
	const struct meaning *x;
	const double *locked_share;
	struct remainder *remainders;
	bool *in_turn;         /* each row of the profile's waits: see turns_find() */
	bool *gathered;        /* each thread: what it did is in the operations */
	bool brief_carry;      /* many brief threads do a notable part of the work */
	double begin_s, end_s; /* between them are the operations */
	size_t most;           /* items that stand for short waits, of one lane */
	size_t workers;        /* processes that were started to work */
	double startup_s;      /* what they computed beside their operations */
};

/* Whether the run was seen from its start to its end. */
bool gathering_is_whole(const struct gathering *g);

/* A wait in a state that makes up a notable part of all waiting: not one of the start or the end.
 */
bool gathering_item_works(const struct gathering *g, const struct item *i);

/* A thread that feeds a pool of processes, beside the one that has started it: what it computes
 * goes with the pool. */
bool gathering_thread_feeds(const struct gathering *g, size_t thread);

/* stint.c: adds what a thread did as operations; alone: no others do any. Returns 0 or -ENOMEM. */
int stint_gather(struct gathering *g, size_t thread, bool alone);

/*
 * worker.c: adds the operations of all threads that do some, and sets begin_s and end_s. Returns 0
 * or -ENOMEM.
 */
int workers_gather(struct gathering *g);

/* A thread carries a notable part of the work, or is one of many brief ones that do so together.
 * most_s: of what the busiest one does. */
bool worker_carries(const struct gathering *g, size_t thread, double most_s);
double worker_most_s(const struct gathering *g);

/*
 * children.c: where a program starts a child for each operation, makes each of them one and sets
 * ret_are_operations. Returns 0 or -ENOMEM.
 */
int children_gather(struct gathering *g, bool *ret_are_operations);

/* requests.c: of loops, makes what they asked for on each connection the operations. Returns 0 or
 * -ENOMEM. */
int requests_gather(struct gathering *g);

/* turning.c: what a thread computed in the turns of its loop. NAN: too few stacks tell. */
double turning_s(const struct gathering *g, size_t thread);

/* loading.c: of all computing, how much loads the program's code. 0 where no stacks tell. */
double loading_share(const struct gathering *g);

/*
 * copying.c: what page faults took that a fork is the reason for. Only where the kernel counted
 * them.
 */
bool copying_is_known(const struct gathering *g);

/* Takes it out of the items of a worker process and sets ret_s to it. Returns 0 or -ENOMEM. */
int copying_take(struct gathering *g, struct item *items, size_t count, double *ret_s);

/* What a thread of a process that has forked computed for it between two instants; and the first
 * thread after the last operation, NAN: not known. */
double copying_s(const struct gathering *g, size_t thread, double begin_s, double end_s);
double copying_ending_s(const struct gathering *g);

/*
 * startup.c: takes out of the items of a worker process what it did to begin and to end; of other
 * threads nothing. begins: see cut.h. Returns 0 or -ENOMEM.
 */
int startup_take(
	struct gathering *g, struct item *items, size_t count, const bool *begins, size_t thread);

/* turns.c: finds the waits that only one thread at a time was ever in, by more than chance: only
 * one at a time can be. Returns 0 or -ENOMEM. */
int turns_find(struct gathering *g);

/* handing.c: shares out among the operations what threads computed that hand the work out. Returns
 * 0 or -ENOMEM. */
int handing_spread(struct gathering *g);

/*
 * holding.c: marks the share of each operation in which the worst lock was held: one at a time can
 * do it. Returns 0 or -ENOMEM.
 */
int holding_mark(struct gathering *g);

#endif
