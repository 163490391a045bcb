/*
 * terms: collects them from a profile, and the cost of workers from what was measured elsewhere.
 */
#include "terms.h"

#include "probe/measurement.h"

#include <math.h>

/* Linux lets 32768 pids be (kernel.pid_max unless changed); half of them for one program. */
#define WORKERS_MAX 16384
/*
 * Measured on Linux 6.18 with CPython 3.11: a thread takes 0.1 ms to start and to hand work to
 * (pools of 1000); a pool of processes 50 ms (its modules, queues and helper threads, and its end)
 * and 2 ms for each process (pools of 2 to 60). fork() and exit alone take half a millisecond.
 */
#define THREAD_START_S 0.0001
#define PROCESS_POOL_S 0.05
#define PROCESS_START_S 0.002
#define FORK_START_S 0.0005
/* To fork 1 GB takes about 12.8 ms more: its page tables are copied (redis.io, "Fork time in
 * different systems"). */
#define FORK_S_PER_BYTE (0.0128 / 1e9)
/* Resident, of a thread that waits: 16 KB of kernel stack and what it touches of its own (measured
 * as above: 17 KB, and 4 KB of page tables). */
#define THREAD_BYTES 40960
/* A coroutine takes about a kilobyte. */
#define COROUTINE_BYTES 1024
/* At most this share of the memory at hand for workers. */
#define MEMORY_SHARE 0.5

static double process_bytes(const struct profile *p)
{
	uint64_t most = 0;

	for (size_t i = 0; i < p->measurement->processes_count; i++)
		if (p->measurement->processes[i].rss_peak_bytes > most)
			most = p->measurement->processes[i].rss_peak_bytes;
	return most ? (double)most : NAN;
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

static enum limit cpu_limit(const struct measured_host *h, double cpus)
{
	return h->cpu_quota > 0 && h->cpu_quota <= cpus ? LIMIT_CPU_QUOTA : LIMIT_CORES;
}

static struct start process_start(const struct profile *p, double bytes)
{
	double fork_s = isnan(bytes) ? 0 : bytes * FORK_S_PER_BYTE;

	if (p->measurement->runtimes_count == 0)
		return (struct start){0, FORK_START_S + fork_s};
	return (struct start){PROCESS_POOL_S, PROCESS_START_S + fork_s};
}

struct terms terms_of_profile(const struct profile *p)
{
	const struct profile_work *w = &p->work;
	const struct measured_host *h = &p->measurement->host;
	double cpus = p->concurrency.cpus, bytes = process_bytes(p);
	bool many = w->model == MODEL_PROCESSES || w->model == MODEL_HYBRID;

	return (struct terms){
		.cpu_s = w->cpu_s - w->cpu_serial_s,
		/* What processes compute now under a lock each would be under one as threads. */
		.locked_s = fmin(
			many ? w->cpu_locked_s : w->cpu_locked_most_s, w->cpu_s - w->cpu_serial_s),
		.wait_s = w->wait_s,
		.disk_s = w->wait_blocking_s,
		.joint_s = w->wait_joint_s,
		.lock_s = w->lock_s,
		.longest_s = w->longest_s,
		.operations = (double)w->operations,
		.pieces_known = w->pieces_known,
		.cpus = cpus,
		.thread_start = {0, THREAD_START_S},
		.process_start = process_start(p, bytes),
		.wall_s = p->wall_s,
		.threads_max = workers_fitting(h, THREAD_BYTES),
		.processes_max = workers_fitting(h, bytes),
		.cpu_limit = cpu_limit(h, cpus),
	};
}

double terms_memory_bytes(const struct profile *p, enum model m, int workers)
{
	switch (m) {
	case MODEL_THREADS:
		return workers * (double)THREAD_BYTES;
	case MODEL_PROCESSES:
	case MODEL_HYBRID:
		return workers * process_bytes(p);
	case MODEL_EVENT_LOOP:
		return (double)p->work.operations * COROUTINE_BYTES;
	default:
		return 0;
	}
}
