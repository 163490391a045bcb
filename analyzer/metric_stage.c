/*
 * metric_stage: "stage.*", how the parts of a program share its time that do not do the same: the
 * threads of a program, the commands of a pipeline.
 */
#include "margin.h"
#include "metric_group.h"
#include "thread.h"

#include "probe/measurement.h"

#include <stdbool.h>
#include <string.h>

/* So much of the window there were both of two for some time. */
#define LASTING 0.5

static double thread_ready_s(const struct measured_thread *t)
{
	return (double)(t->cpu_ns + t->run_queue_ns) / 1e9;
}

/* Two processes of one program, by the names of their threads, of which each computes as a peer of
 * the other: workers of a pool, each with its share, and no stages. */
static bool are_one_pool(const struct measurement *m, size_t a, size_t b)
{
	const struct measured_thread *t = &m->threads[a], *other = &m->threads[b];

	return t->process != other->process && t->name && other->name &&
	       strcmp(t->name, other->name) == 0 &&
	       thread_ready_s(&m->threads[b]) >= PEER * thread_ready_s(&m->threads[a]);
}

/* What the busiest thread computes, and what the next one does or would, if it always had a CPU
 * when it wants one: who waits for that waits for no other thread. Rows that several had in turn
 * are of no one thread. */
struct busiest {
	double first_s, second_s;
};

static struct busiest busiest_find(const struct profile *p)
{
	const struct measurement *m = p->measurement;
	struct busiest b = {0};
	size_t first = 0;

	for (size_t i = 0; i < m->threads_count; i++) {
		double cpu_s = (double)m->threads[i].cpu_ns / 1e9;

		if (m->threads[i].earlier || cpu_s <= b.first_s)
			continue;
		b.first_s = cpu_s;
		first = i;
	}
	for (size_t i = 0; i < m->threads_count; i++)
		if (i != first && !m->threads[i].earlier)
			b.second_s = fmax(b.second_s, are_one_pool(m, first, i)
							      ? b.first_s
							      : thread_ready_s(&m->threads[i]));
	return b;
}

static double stage_busiest_share(const struct profile *p)
{
	return fmin(1, ratio(busiest_find(p).first_s, p->wall_s));
}

/* Divided, it takes as long as all computing does on all CPUs, and no less than the next one. */
static double stage_busiest_speedup(const struct profile *p)
{
	struct busiest b = busiest_find(p);
	double divided_s = fmax(cpu_s(p) / p->concurrency.cpus, b.second_s);

	return ratio(p->wall_s, p->wall_s - b.first_s + fmin(divided_s, b.first_s));
}

static double process_busy_s(const struct profile *p, size_t process)
{
	double sum = 0;

	for (size_t i = 0; i < p->threads_count; i++)
		if (p->measurement->threads[i].process == process)
			sum += thread_busy_s(p, i);
	return sum;
}

/* It is one, it lasts, and does a notable part of the work. */
static bool process_carries(const struct profile *p, size_t process)
{
	const struct measured_process *r = &p->measurement->processes[process];
	double end_s = fmin(p->wall_s, (double)r->end_ns / 1e9);

	return r->executable && r->earlier == 0 &&
	       end_s - (double)r->start_ns / 1e9 >= LASTING * p->wall_s &&
	       process_busy_s(p, process) >= MARGIN * p->work.busy.total_s;
}

/* Not more than 1 / MARGIN processes carry a notable part. */
static double stage_programs(const struct profile *p)
{
	const struct measurement *m = p->measurement;
	const char *seen[(int)(1 / MARGIN) + 1];
	size_t count = 0;

	for (size_t i = 0; i < m->processes_count; i++) {
		size_t k = 0;

		if (!process_carries(p, i))
			continue;
		while (k < count && strcmp(seen[k], m->processes[i].executable) != 0)
			k++;
		if (k == count && count < sizeof(seen) / sizeof(seen[0]))
			seen[count++] = m->processes[i].executable;
	}
	return (double)count;
}

static double stage_alternating_s(const struct profile *p)
{
	return p->work.alternate_s;
}

static double stage_alternating_speedup(const struct profile *p)
{
	return p->wall_s > p->work.alternate_s ? p->wall_s / (p->wall_s - p->work.alternate_s)
					       : NAN;
}

static const struct metric stage_rows[] = {
	{"stage.alternating.speedup", "x",
		"the most that it can give if workers that take turns compute at once",
		stage_alternating_speedup},
	{"stage.alternating_s", "s",
		"workers that take turns would be done so much sooner if they computed at once",
		stage_alternating_s},
	{"stage.busiest.share", "share", "of the window, the busiest thread was on a CPU",
		stage_busiest_share},
	{"stage.busiest.speedup", "x",
		"the most that dividing what the busiest thread computes among all CPUs can give",
		stage_busiest_speedup},
	{"stage.programs", "count",
		"different programs at work side by side, each in a notable part of it",
		stage_programs},
};
const struct metric_group metric_stage = METRIC_GROUP(stage_rows);
