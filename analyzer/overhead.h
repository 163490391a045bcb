/*
 * overhead: what a concurrency model costs beside the work: workers to start, operations to hand
 * out, results to pass, memory.
 *
 * What the kernel takes for it was timed on the machine that measured (measured_host); what a
 * runtime's own pools and loops take on top is in a table by runtime. Seconds, bytes.
 */
#ifndef CONCADVISE_OVERHEAD_H
#define CONCADVISE_OVERHEAD_H

#include "profile.h"

struct workload;

struct overhead {
	double once_s;       /* before the first worker: modules, queues, helper threads */
	double each_s;       /* each worker, one after the other */
	double own_s;        /* each worker's own computing to begin with, side by side */
	double boot_s;       /* of own_s: the runtime's, which no page faults are the reason for */
	double ending_s;     /* after the last worker: memory shared with them is written again */
	double operation_s;  /* computing of each operation: to be handed out and taken */
	double handing_s;    /* of each that is handed out by itself, in who does that */
	double passing_s;    /* of each operation, one at a time: its result copied */
	double wakeup_s;     /* from waking a thread until it runs, */
	double waking_s;     /* and what that takes who wakes it */
	double worker_bytes; /* resident, of each worker; NAN: not known */
	int workers_max;     /* that the machine has room for */
};

/* What a page fault takes that copies the page, and one after which only its owner is left. */
double overhead_fault_s(const struct profile *p);
double overhead_refault_s(const struct profile *p);

/* What a wait makes a program of this runtime fetch again, in times of what a lull was timed with
 * (probe/lull.h). */
double overhead_lull_share(const struct profile *p);

/* Memory that results of operations take, which processes have to pass: all together, in MiB. What
 * the program kept tells it; what it did not keep may have been results too, or what those were
 * made with: at most all memory that operations wrote to first. */
double overhead_results_mib(const struct profile *p);
double overhead_results_most_mib(const struct profile *p, const struct workload *w);

/* What handing an operation out takes of who does it, one at a time. Those for which that would be
 * a notable part go together, as rules advise: then it is next to nothing. */
double overhead_handing_s(const struct overhead *o, const struct workload *w);

/* result_mib: of each operation; 0: none, or not asked for. */
struct overhead overhead_of(const struct profile *p, enum model m, double result_mib);

#endif
