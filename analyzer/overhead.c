/*
 * overhead: the kernel's part as measured, and the runtimes' own as a table.
 */
#include "overhead.h"

#include "margin.h"
#include "workload.h"

#include "probe/measurement.h"

#include <math.h>
#include <string.h>

/* Linux lets 32768 pids be (kernel.pid_max unless changed); half of them for one program. */
#define WORKERS_MAX 16384
/* Resident, of a thread that waits: 16 KB of kernel stack, and what it touches of its own
 * (measured: 17 KB, and 4 KB of page tables). */
#define THREAD_BYTES 40960
/* A coroutine takes about a kilobyte. */
#define COROUTINE_BYTES 1024
/* At most this share of the memory at hand for workers. */
#define MEMORY_SHARE 0.5
/* Where the machine was not timed (older recordings): Linux 6.18 on a virtual machine. */
#define THREAD_START_NS 60000
#define PROCESS_START_NS 450000
#define FORK_NS_PER_MIB 15000
#define COPY_NS_PER_MIB 650000
#define WAKEUP_NS 30000
#define WAKING_NS 16000
#define ARITHMETIC_NS 152000 /* of the machine on which the runtimes were measured */
#define PASS_NS_PER_MIB 1200000
/* Who shared a page with a worker that is gone has one fault to write it, where the worker, who
 * read it first, had two. Measured over 6 MiB: 17 to 20 us of CPU a page, for the worker 24 to 25.
 */
#define ENDING_SHARE 0.7
/* A result is serialised, copied into a pipe, out of it, and read: twice what the pipe takes, and,
 * by a runtime's pool, memory that is new for what is sent, what is received and what is read. */
#define PASSES 2
#define COPIES 3
#define TOUCH_NS_PER_MIB 175000
/* How much larger than what the program kept of its results they are when they travel: whose shape
 * is not known. */
#define CAREFUL_RESULTS 4
#define MIB (1024.0 * 1024.0)
#define PAGE_BYTES 4096

/* What a runtime's own code takes, beside the kernel, on a machine as fast as ARITHMETIC_NS says.
 */
struct runtime_cost {
	/* Of what a pool loads, an event loop has loaded most: "beside" is what is left then. */
	double threads_once_s, threads_beside_s, thread_s, thread_own_s, thread_operation_s;
	/* process_each_mib: of its memory that the parent writes to from one start to the next;
	 * process_own_mib: that a worker does. */
	double processes_once_s, processes_beside_s, process_own_s, process_each_mib;
	double process_own_mib, process_operation_s, process_handing_s;
	double loop_once_s, loop_operation_s;
	double lull_share; /* see overhead_lull_share() */
};

/*
 * By tests/bench/runtimes.py, CPython 3.11 (the middle of Debian's, which takes up to 1.5 times as
 * long to load, and of one built from its sources), Node 20, Ruby 3.1; lull_share by
 * tests/bench/lulls.py (docs/lulls.md). What that tells of each further process holds the kernel's
 * part, which is timed where it is measured: here only what is beyond it.
 *
 * By ru_minflt, each further forked worker makes 490 faults (by that script; 630 to 670 before)
 * with nothing to do, 980 where it asks a server once, 1,210 to 1,250 where it shares forty
 * requests with others, which is what is taken, and 1,470 when its collector runs once, for that
 * goes through the interpreter's objects and copies their pages; whether the heap has 9 or 28 MB.
 * The parent makes 150 to 230 for each worker that it starts.
 *
 * An operation of processes is one of a ProcessPoolExecutor, which hands out one by one unless it
 * is told otherwise; multiprocessing.Pool takes a fifth of that.
 */
static const struct runtime_cost python = {
	.threads_once_s = 0.01,
	.threads_beside_s = 0.0005,
	.thread_s = 0.00025,
	.thread_operation_s = 0.000009,
	.processes_once_s = 0.022,
	.processes_beside_s = 0.01,
	.process_own_s = 0.0003,
	.process_each_mib = 0.7,
	.process_own_mib = 4.8,
	.process_operation_s = 0.00004,
	.process_handing_s = 0.00012,
	.loop_once_s = 0.037,
	.loop_operation_s = 0.000005,
	.lull_share = 1.1,
};
/* A worker_threads.Worker is an isolate of its own, a child_process.fork() a whole Node. */
static const struct runtime_cost node = {
	.thread_own_s = 0.026,
	.thread_operation_s = 0.00005,
	.process_own_s = 0.064,
	.process_operation_s = 0.0001,
	.loop_operation_s = 0.000001,
	.lull_share = 2.05,
};
static const struct runtime_cost ruby = {
	.thread_s = 0.00006,
	.thread_operation_s = 0.00001,
	.processes_once_s = 0.01,
	.processes_beside_s = 0.01,
	.process_own_s = 0.0024,
	.process_operation_s = 0.0001,
	.loop_once_s = 0.01,
	.loop_operation_s = 0.000002,
	.lull_share = 1.4,
};
/* What a child begins with that is forked without a runtime is the kernel's part: that is timed. */
static const struct runtime_cost native = {
	.thread_operation_s = 0.000005,
	.process_own_mib = 0.1,
	.process_operation_s = 0.00001,
	.loop_operation_s = 0.000005,
	.lull_share = 0.45,
};

static const struct {
	const char *name;
	const struct runtime_cost *cost;
} runtimes[] = {
	{"cpython", &python},
	{"pypy", &python},
	{"node", &node},
	{"ruby", &ruby},
};

static const struct runtime_cost *cost_find(const struct profile *p)
{
	for (size_t i = 0; i < p->measurement->runtimes_count; i++)
		for (size_t k = 0; k < sizeof(runtimes) / sizeof(runtimes[0]); k++)
			if (strcmp(p->measurement->runtimes[i].name, runtimes[k].name) == 0)
				return runtimes[k].cost;
	return &native;
}

static double known_s(uint64_t measured_ns, uint64_t otherwise_ns)
{
	return (double)(measured_ns ? measured_ns : otherwise_ns) / 1e9;
}

/* On the machine that measured. */
static struct runtime_cost cost_here(const struct profile *p)
{
	struct runtime_cost c = *cost_find(p);
	double times = known_s(p->measurement->host.arithmetic_ns, ARITHMETIC_NS) /
		       known_s(ARITHMETIC_NS, 0);
	double *const seconds[] = {&c.threads_once_s, &c.threads_beside_s, &c.thread_s,
		&c.thread_own_s, &c.thread_operation_s, &c.processes_once_s, &c.processes_beside_s,
		&c.process_own_s, &c.process_operation_s, &c.process_handing_s, &c.loop_once_s,
		&c.loop_operation_s};

	for (size_t i = 0; i < sizeof(seconds) / sizeof(seconds[0]); i++)
		*seconds[i] *= times;
	return c;
}

static struct measured_process loaded(const struct profile *p)
{
	struct measured_process any = {0};

	for (size_t i = 0; i < p->measurement->processes_count; i++) {
		const struct measured_process *r = &p->measurement->processes[i];

		any.has_queue |= r->has_queue;
		any.has_multiprocessing |= r->has_multiprocessing;
		any.has_asyncio |= r->has_asyncio;
	}
	return any;
}

/* What a program has loaded already, it does not wait for again. */
static double once_s(const struct profile *p, enum model m, const struct runtime_cost *c)
{
	const struct measured_process is = loaded(p);
	bool loops = m == MODEL_EVENT_LOOP || m == MODEL_HYBRID;
	bool forks = m == MODEL_PROCESSES || m == MODEL_HYBRID;
	bool beside = is.has_asyncio || loops;
	double sum = 0;

	if (loops && !is.has_asyncio)
		sum += c->loop_once_s;
	if (m == MODEL_THREADS && !is.has_queue)
		sum += beside ? c->threads_beside_s : c->threads_once_s;
	if (forks && !is.has_multiprocessing)
		sum += beside ? c->processes_beside_s : c->processes_once_s;
	return sum;
}

double overhead_fault_s(const struct profile *p)
{
	return known_s(p->measurement->host.copy_ns_per_mib, COPY_NS_PER_MIB) * PAGE_BYTES / MIB;
}

double overhead_lull_share(const struct profile *p)
{
	return cost_find(p)->lull_share;
}

double overhead_refault_s(const struct profile *p)
{
	return overhead_fault_s(p) * ENDING_SHARE;
}

static double process_bytes(const struct profile *p)
{
	uint64_t most = measurement_rss_peak_bytes(p->measurement);

	return most ? (double)most : NAN;
}

/* By how much the process that grew most did: its results, if it kept them. */
static double grown_bytes(const struct profile *p)
{
	double most = 0;

	for (size_t i = 0; i < p->measurement->processes_count; i++) {
		const struct measured_process *r = &p->measurement->processes[i];

		if (r->anonymous_early_bytes > 0)
			most = fmax(most,
				(double)r->anonymous_peak_bytes - (double)r->anonymous_early_bytes);
	}
	return most;
}

static int workers_fitting(const struct measured_host *h, double bytes)
{
	double most = WORKERS_MAX;

	if (h->thread_limit > 0)
		most = fmin(most, (double)h->thread_limit);
	if (h->memory_available_bytes > 0 && bytes > 0) /* false for NAN */
		most = fmin(most, MEMORY_SHARE * (double)h->memory_available_bytes / bytes);
	return most < 1 ? 1 : (int)most;
}

static struct overhead threads_overhead(const struct profile *p, const struct runtime_cost *c)
{
	const struct measured_host *h = &p->measurement->host;

	return (struct overhead){
		.each_s = known_s(h->thread_start_ns, THREAD_START_NS) + c->thread_s,
		.own_s = c->thread_own_s,
		.boot_s = c->thread_own_s,
		.operation_s = c->thread_operation_s,
		.worker_bytes = THREAD_BYTES,
	};
}

static struct overhead processes_overhead(
	const struct profile *p, const struct runtime_cost *c, double result_mib)
{
	const struct measured_host *h = &p->measurement->host;
	double bytes = process_bytes(p), mib = isnan(bytes) ? 0 : bytes / MIB;
	double copy_s = known_s(h->copy_ns_per_mib, COPY_NS_PER_MIB);
	double touch_s = known_s(h->touch_ns_per_mib, TOUCH_NS_PER_MIB);
	double copies = cost_find(p) == &native ? 0 : COPIES;
	/* Children are started one after the other, but each ends and is begun beside the next. */
	double child_s = (double)h->process_child_ns / 1e9;

	return (struct overhead){
		.each_s = known_s(h->process_start_ns, PROCESS_START_NS) - child_s +
			  mib * known_s(h->fork_ns_per_mib, FORK_NS_PER_MIB) +
			  c->process_each_mib * copy_s,
		.own_s = c->process_own_s + child_s + c->process_own_mib * copy_s,
		.boot_s = c->process_own_s,
		.ending_s = c->process_own_mib * copy_s * ENDING_SHARE,
		.operation_s = c->process_operation_s,
		.handing_s = c->process_handing_s,
		.passing_s = result_mib * (PASSES * known_s(h->pass_ns_per_mib, PASS_NS_PER_MIB) +
						  copies * touch_s),
		.worker_bytes = bytes,
	};
}

static struct overhead loop_overhead(const struct runtime_cost *c)
{
	return (struct overhead){
		.operation_s = c->loop_operation_s,
		.worker_bytes = COROUTINE_BYTES,
	};
}

double overhead_results_mib(const struct profile *p)
{
	return grown_bytes(p) / MIB;
}

/* A runtime's pool takes all that is returned; who forks and writes to pipes by hand says what. */
double overhead_results_most_mib(const struct profile *p, const struct workload *w)
{
	double most_mib = CAREFUL_RESULTS * overhead_results_mib(p);

	return cost_find(p) == &native ? most_mib : fmax(most_mib, w->pages * PAGE_BYTES / MIB);
}

double overhead_handing_s(const struct overhead *o, const struct workload *w)
{
	struct step sum = workload_sum(w);
	double all_s = sum.locked_s + sum.free_s + sum.wait_s;
	double each_s = w->operations_count > 0 ? all_s / (double)w->operations_count : 0;

	if (w->divisible)
		return 0;
	return o->handing_s <= MARGIN * each_s ? o->handing_s : 0;
}

struct overhead overhead_of(const struct profile *p, enum model m, double result_mib)
{
	const struct measured_host *h = &p->measurement->host;
	const struct runtime_cost c = cost_here(p);
	struct overhead o = {0};

	switch (m) {
	case MODEL_THREADS:
		o = threads_overhead(p, &c);
		break;
	case MODEL_PROCESSES:
		o = processes_overhead(p, &c, result_mib);
		break;
	case MODEL_HYBRID:
		o = processes_overhead(p, &c, result_mib);
		o.operation_s = c.loop_operation_s; /* of the loop in each, which has its share */
		o.handing_s = 0;
		break;
	case MODEL_EVENT_LOOP:
		o = loop_overhead(&c);
		break;
	default:
		break;
	}
	o.once_s = once_s(p, m, &c);
	o.wakeup_s = known_s(h->wakeup_ns, WAKEUP_NS);
	o.waking_s = known_s(h->waking_ns, WAKING_NS);
	o.workers_max = workers_fitting(h, o.worker_bytes);
	return o;
}
