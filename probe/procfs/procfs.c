/*
 * procfs: looks again and again until the measuring ends, then closes all accounts.
 */
#include "procfs_state.h"

#include "blocked.h"

#include "probe/collector.h"
#include "probe/cost.h"
#include "probe/host.h"
#include "probe/lull.h"
#include "probe/measurement.h"
#include "probe/own_cpu.h"
#include "probe/runtime.h"
#include "probe/setting.h"
#include "probe/target.h"
#include "probe/together.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S 1000000000ULL
/* The kernel tells the CPU time of ended children in ticks, user and kernel apart. */
#define STRAYS_NS 20000000
#define STRAYS_SHARE 100

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return now.tv_sec * NS_PER_S + now.tv_nsec;
}

uint64_t procfs_clock_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

static uint64_t usage_ns(int who)
{
	struct rusage u;

	getrusage(who, &u);
	return (uint64_t)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * NS_PER_S +
	       (uint64_t)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) * 1000;
}

static int stages_make(struct procfs *p)
{
	p->measurement = measurement_new();
	p->runtimes = runtime_cache_new();
	p->blocked = blocked_reader_new();
	if (!p->measurement || !p->runtimes || !p->blocked)
		return -ENOMEM;
	p->collector = collector_new(p->measurement, NULL);
	return p->collector ? 0 : -ENOMEM;
}

static int target_facts(struct procfs *p, const char *reason)
{
	size_t count;
	int error = setting_note(p->measurement, p->target, "proc");

	if (error < 0)
		return error;
	p->measurement->instead = reason ? strdup(reason) : NULL;
	p->quota = quota_find(target_pids(p->target, &count)[0]);
	p->throttled_before_ns = quota_throttled_ns(p->quota);
	return 0;
}

/* As many as are to be seen. -EACCES: none of them. */
static int targets_take(struct procfs *p)
{
	size_t count, seen = 0;
	const int *pids = target_pids(p->target, &count);

	p->window_start_ns = p->looked_ns = p->new_ns = procfs_clock_ns();
	for (size_t i = 0; i < count; i++)
		if (census_add(p, pids[i], 0, false))
			seen += p->households[p->households_count - 1]->threads_count > 0;
	return seen > 0 ? 0 : -EACCES;
}

int procfs_open(struct target *t, const struct probe_options *o, const char *instead_of,
	struct procfs **ret, char **ret_reason)
{
	struct procfs *p = calloc(1, sizeof(*p));
	int error;

	*ret_reason = NULL;
	if (!p)
		return -ENOMEM;
	setting_allow_descriptors();
	p->target = t;
	p->follow = o->follow;
	p->children_before_ns = usage_ns(RUSAGE_CHILDREN);
	error = stages_make(p);
	if (error == 0)
		error = target_facts(p, instead_of);
	if (error == 0 && target_is_launched(t))
		error = census_hold(p);
	else if (error == 0)
		error = targets_take(p);
	if (error < 0) {
		procfs_free(p);
		*ret_reason = strdup("/proc does not show the target to this user");
		return error;
	}
	p->cpu_before_ns = usage_ns(RUSAGE_SELF);
	p->spent_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID);
	*ret = p;
	return 0;
}

/* One round, and until when nothing is to be done. What it cost to wait since the round before is
 * part of the cost. */
static uint64_t round_do(struct procfs *p)
{
	uint64_t spent_ns = p->spent_ns, looked_ns = p->looked_ns;

	round_look(p);
	survey_look(&p->survey, p->measurement, p->looked_ns);
	p->spent_ns = clock_ns(CLOCK_THREAD_CPUTIME_ID);
	return p->looked_ns +
	       pace_next_ns(&p->pace, p->spent_ns - spent_ns, p->looked_ns - looked_ns);
}

int procfs_run(struct procfs *p, double duration_s)
{
	uint64_t end_ns = UINT64_MAX, due_ns;
	enum target_event event = TARGET_TIMEOUT;
	int error = 0;

	if (p->held)
		census_begin(p);
	if (duration_s > 0)
		end_ns = procfs_clock_ns() + (uint64_t)(duration_s * NS_PER_S);
	while (error == 0 && event != TARGET_GONE && event != TARGET_STOP_ASKED) {
		due_ns = round_do(p);
		if (procfs_clock_ns() >= end_ns)
			break;
		if (due_ns > end_ns)
			due_ns = end_ns;
		error = target_poll(p->target, NULL, 0, (long long)due_ns, &event);
	}
	return error;
}

/* Where it still runs, what the process's clock has more is of the threads that run: the kernel
 * counts them at ticks. */
static void household_close(struct procfs *p, struct household *h, uint64_t end_ns)
{
	uint64_t known_ns = household_living_ns(h) + h->dead_ns, lag_ns = 0;

	if (h->running > 0 && household_clock(h->pid, &h->clock_ns) &&
		h->clock_ns - h->clock_first_ns > known_ns)
		lag_ns = (h->clock_ns - h->clock_first_ns - known_ns) / h->running;
	household_learn(h);
	for (size_t n = 0; n < h->threads_count; n++) {
		struct inhabitant *i = h->threads[n];
		struct ledger_count count = i->ledger.last;

		ledger_pass(&i->ledger, h->looked_ns);
		count.at_ns = end_ns;
		count.cpu_ns += i->ledger.blocked ? 0 : lag_ns;
		ledger_close(&i->ledger, &count, true, i->comm, &h->brief);
	}
	round_tell_end(p, h, end_ns);
}

/* The command that ended: what the kernel told of it and of all its children is left for it, if it
 * had none. */
static void command_settle(struct procfs *p, struct household *h, uint64_t end_ns)
{
	uint64_t all_ns = usage_ns(RUSAGE_CHILDREN) - p->children_before_ns;
	bool alone = p->households_count == 1 && p->gone_ns == 0 && h->children_ticks == 0;

	round_settle(p, h, end_ns, alone ? all_ns : 0);
	if (!alone && all_ns > p->gone_ns)
		p->strays_ns += all_ns - p->gone_ns;
}

/* What a process's children took, less what was measured of them. */
static void strays_count(struct procfs *p, const struct household *h)
{
	uint64_t ns = (h->children_ticks - h->children_ticks_first) *
		      (NS_PER_S / (uint64_t)sysconf(_SC_CLK_TCK));

	if (p->follow && ns > h->children_ns)
		p->strays_ns += ns - h->children_ns;
}

static void households_close(struct procfs *p, uint64_t end_ns)
{
	for (size_t n = 0; n < p->households_count; n++) {
		struct household *h = p->households[n];

		if (h->gone) {
			command_settle(p, h, end_ns);
			continue;
		}
		strays_count(p, h);
		household_close(p, h, end_ns);
	}
}

static uint64_t measured_cpu_ns(const struct measurement *m)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < m->threads_count; i++)
		sum += m->threads[i].cpu_ns;
	return sum;
}

static int losses_note(struct procfs *p)
{
	struct measurement *m = p->measurement;
	char words[96];

	snprintf(words, sizeof(words), "%llu ms of CPU time of processes too short-lived to be met",
		(unsigned long long)p->strays_ns / 1000000);
	if (p->strays_ns > STRAYS_NS && p->strays_ns > measured_cpu_ns(m) / STRAYS_SHARE)
		measurement_add_loss(m, words, 1);
	return measurement_add_loss(
		m, "threads whose system calls this user may not see", p->denied);
}

static int running_close(struct procfs *p, uint64_t end_ns)
{
	struct measurement *m = p->measurement;

	running_settle(&p->together, measured_cpu_ns(m), end_ns - p->window_start_ns);
	m->running_ns = calloc(WIRE_RUNNING, sizeof(*m->running_ns));
	if (!m->running_ns)
		return -ENOMEM;
	for (size_t n = 0; n < WIRE_RUNNING; n++) {
		m->running_ns[n] = p->together.ns[n];
		m->running_count = m->running_ns[n] ? n + 1 : m->running_count;
	}
	return 0;
}

int procfs_finish(struct procfs *p, struct measurement **ret)
{
	struct measurement *m = p->measurement;
	uint64_t end_ns;
	int error;

	round_look(p);
	survey_close(&p->survey, m);
	end_ns = procfs_clock_ns();
	households_close(p, end_ns);
	m->cost = (struct measured_cost){
		.probe_cpu_s = 0, /* nothing of it runs in the target */
		.tool_cpu_s = (double)(usage_ns(RUSAGE_SELF) - p->cpu_before_ns) / NS_PER_S,
	};
	error = running_close(p, end_ns);
	if (error == 0)
		error = losses_note(p);
	if (error == 0)
		error = collector_finish(p->collector, p->window_start_ns, end_ns);
	if (error < 0)
		return error;
	m->look_ns = p->rounds ? m->wall_ns / p->rounds : 0;
	m->host.throttled_ns = quota_throttled_ns(p->quota) - p->throttled_before_ns;
	own_cpu_return();
	cost_measure(&m->host);
	if (m->target.mode == MEASURED_LAUNCH) { /* not beside a service that goes on */
		together_measure(&m->host);
		lull_measure(m);
	}
	p->measurement = NULL;
	*ret = m;
	return 0;
}

void procfs_free(struct procfs *p)
{
	if (!p)
		return;
	for (size_t n = 0; n < p->households_count; n++)
		household_free(p->households[n]);
	free(p->households);
	collector_free(p->collector);
	blocked_reader_free(p->blocked);
	survey_free(&p->survey);
	runtime_cache_free(p->runtimes);
	measurement_free(p->measurement);
	free(p->quota);
	free(p);
}
