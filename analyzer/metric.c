/*
 * metric: the named numbers of a profile that rules reason with, from all groups.
 */
#include "metric.h"

#include "metric_group.h"

/* In order of their nouns, so that all names are in order. */
static const struct metric_group *const groups[] = {&metric_best, &metric_children,
	&metric_concurrency, &metric_cpu, &metric_current, &metric_event_loop, &metric_gil,
	&metric_host, &metric_hybrid, &metric_locks, &metric_loop, &metric_memory, &metric_now,
	&metric_polling, &metric_processes, &metric_quality, &metric_roles, &metric_run,
	&metric_runtime, &metric_sequential, &metric_server, &metric_stage, &metric_switches,
	&metric_threads, &metric_time, &metric_tuned, &metric_waits, &metric_work};

#define GROUPS (sizeof(groups) / sizeof(groups[0]))

size_t metric_count(void)
{
	size_t count = 0;

	for (size_t i = 0; i < GROUPS; i++)
		count += groups[i]->count;
	return count;
}

const struct metric *metric_at(size_t at)
{
	for (size_t i = 0; i < GROUPS; at -= groups[i++]->count)
		if (at < groups[i]->count)
			return &groups[i]->rows[at];
	return NULL;
}
