/*
 * simulation: how long a workload takes on so many workers, CPUs and interpreters.
 *
 * A discrete-event simulation. Workers take operations in order, each the next one when it is done
 * (a pool with one queue). Computing shares the CPUs equally (processor sharing, as Linux's fair
 * scheduler does over times longer than its slices). What needs an executor (an interpreter's lock,
 * an event loop's thread) queues for it first come, first served; a waiter takes an interpreter's
 * lock away from who has held it for a quantum (CPython: sys.getswitchinterval(), 5 ms).
 */
#ifndef CONCADVISE_SIMULATION_H
#define CONCADVISE_SIMULATION_H

#include "lull.h"
#include "workload.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct machine {
	double cpus;       /* that may be used; a fraction by a quota */
	double cores;      /* of them, that do not share a core with another */
	double core_share; /* what a CPU that shares its core adds to it */
	double speed;      /* of a CPU: 1, as measured */
	double together;   /* of each, when all of them compute; 1: as alone */
	size_t workers;
	bool apart; /* they share no memory: what one computes warms no cache for another */
	/* Of what only one worker at a time can do, so many go on side by side. 0: nothing is such.
	 * Worker w belongs to executor w % executors. */
	size_t executors;
	bool loop; /* executors are event loops: they do all computing and all blocking waits, and
		      nothing takes them away. Else they are interpreter locks. */
	double quantum_s; /* INFINITY: held until given up */
	/* An interpreter's lock is given up for each system call, so many in a second of computing;
	 * where others wait for it one of them is woken, most often in vain. */
	double calls_per_s;
	double waking_s; /* what that takes who gives it up */
	double wakeup_s; /* until who was woken is asleep again */
	double brief; /* of what needs no lock, the share in calls too short for another to get far
			 meanwhile: computing in them is as if it needed the lock */
	double handover_s;   /* from giving an executor up until who waited for it runs */
	struct lulls lulls;  /* what a CPU's idling does to the step that ends it */
	double *idles;       /* NULL, or by step, 0 before: set to how long its CPU had idled */
	bool lock_free;      /* exclusive steps are not */
	bool device_serial;  /* blocking waits do not get faster by asking in parallel */
	double start_once_s; /* before the first worker */
	double start_each_s; /* one worker after the other */
	double own_s;        /* computing of each worker itself, before its first operation */
	double operation_s;  /* further computing of each operation: to be handed out, taken */
	double passing_s;    /* further, one operation at a time: results passed to the parent */
};

/* Operation number i of the run, 0 <= i < count. */
struct agenda {
	const struct workload *work;
	const uint32_t *order; /* of operations, count of them; NULL: in order, over and over */
	size_t count;
};

/* How fast each CPU is when n of them compute: between 1, alone, and `together`, all of them. */
double simulation_speed(double cpus, double together, size_t n);

/* Sets ret_s to the time from the first start until the last operation is done, without head and
 * tail. Returns 0 or -ENOMEM. */
int simulation_run(const struct agenda *a, const struct machine *m, double *ret_s);

#endif
