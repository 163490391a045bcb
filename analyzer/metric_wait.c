/*
 * metric_wait: waits that are work.
 */
#include "metric_group.h"
#include "short_path.h"
#include "top.h"

#include "probe/measurement.h"

#include <stdlib.h>
#include <string.h>

#define WAIT_TOP(name, expression, without)                 \
	static double name(const struct profile *p)         \
	{                                                   \
		const struct profile_wait *w = wait_top(p); \
                                                            \
		return w ? (expression) : (without);        \
	}

WAIT_TOP(waits_top_count, (double)w->count, 0)
WAIT_TOP(waits_top_mean_s, w->mean_s, NAN)
WAIT_TOP(waits_top_overlapped, w->overlapped, NAN)
WAIT_TOP(waits_top_share, ratio(w->total_s, p->work.busy.total_s), 0)

/* Of its first line. */
WAIT_TOP(waits_top_line_count, w->sites.count > 0 ? w->sites.sites[0].count : NAN, NAN)
WAIT_TOP(waits_top_line_share, w->sites.count > 0 ? w->sites.sites[0].share : NAN, NAN)

/* Syscalls that return when data has reached the disk. */
static bool syscall_is_durable(const char *name)
{
	static const char *const calls[] = {
		"fsync", "fdatasync", "sync", "syncfs", "sync_file_range", "msync"};

	for (size_t i = 0; name && i < sizeof(calls) / sizeof(calls[0]); i++)
		if (strcmp(name, calls[i]) == 0)
			return true;
	return false;
}

static bool wait_is_durable(const struct profile_wait *w)
{
	return syscall_is_durable(w->syscall);
}

static bool is_path(const char *name)
{
	return strchr(name, '/') != NULL;
}

/* By last part; whole paths first. */
static int name_compare(const void *a, const void *b)
{
	const char *x = *(const char *const *)a, *y = *(const char *const *)b;
	int order = strcmp(short_path_last(x, 1), short_path_last(y, 1));

	if (order == 0)
		order = is_path(y) - is_path(x);
	return order ? order : strcmp(x, y);
}

/* After another one in that order. What was gone before its path was read has its last part alone,
 * and may be any that ends so. */
static bool name_is_new(const char *name, const char *before)
{
	if (strcmp(short_path_last(name, 1), short_path_last(before, 1)) != 0)
		return true;
	return is_path(name) && strcmp(name, before) != 0;
}

/* By name: a journal that is made anew for every transaction is one. */
static double waits_durable_files(const struct profile *p)
{
	const struct measurement *m = p->measurement;
	const char **names = calloc(m->waits_count + 1, sizeof(*names));
	size_t count = 0, different = 0;

	if (!names)
		return NAN;
	for (size_t i = 0; i < m->waits_count; i++) {
		const struct measured_wait *w = &m->waits[i];

		if (w->file != MEASURED_NONE && syscall_is_durable(w->syscall))
			names[count++] = m->files[w->file].path ? m->files[w->file].path : "";
	}
	qsort(names, count, sizeof(*names), name_compare);
	for (size_t i = 0; i < count; i++)
		different += i == 0 || name_is_new(names[i], names[i - 1]);
	free(names);
	return (double)different;
}

struct wait_sum {
	double count, total_s, max_s, overlapped_s;
};

static struct wait_sum waits_of(
	const struct profile *p, bool (*counts)(const struct profile_wait *))
{
	struct wait_sum sum = {0};

	for (size_t i = 0; i < p->waits_count; i++) {
		const struct profile_wait *w = &p->waits[i];

		if (!counts(w))
			continue;
		sum.count += (double)w->count;
		sum.total_s += w->total_s;
		sum.max_s = fmax(sum.max_s, w->max_s);
		if (!isnan(w->overlapped))
			sum.overlapped_s += w->overlapped * w->total_s;
	}
	return sum;
}

SUM(waits_count, waits_of(p, wait_is_work).count)
SUM(waits_max_s, waits_of(p, wait_is_work).max_s)
/* Goroutines wait side by side in one thread. */
SUM(waits_overlapped, p->work.goroutines ? NAN
					 : ratio(waits_of(p, wait_is_work).overlapped_s,
						   waits_of(p, wait_is_work).total_s))
SUM(waits_durable_count, waits_of(p, wait_is_durable).count)
SUM(waits_durable_per_s, ratio(waits_of(p, wait_is_durable).count, p->wall_s))
/* Amdahl: what would be left without them. */
SUM(waits_durable_speedup,
	ratio(p->work.busy.total_s, p->work.busy.total_s - waits_of(p, wait_is_durable).total_s))
SUM(waits_durable_share, ratio(waits_of(p, wait_is_durable).total_s, p->work.busy.total_s))

static const struct metric waits_rows[] = {
	{"waits.count", "count", "waits that are work", waits_count},
	{"waits.durable.count", "count", "waits for data to reach the disk (fsync and the like)",
		waits_durable_count},
	{"waits.durable.files", "count", "names of the files that such waits are for",
		waits_durable_files},
	{"waits.durable.per_s", "count", "the same, per second", waits_durable_per_s},
	{"waits.durable.share", "share", "of the time that is not idle, in such waits",
		waits_durable_share},
	{"waits.durable.speedup", "x", "what sparing all such waits gives, and with them some computing",
		waits_durable_speedup},
	{"waits.max_s", "s", "longest wait that is work", waits_max_s},
	{"waits.overlapped", "share",
		"of the waiting that is work, how much ran side by side with other such waiting",
		waits_overlapped},
	{"waits.top.count", "count", "waits of the kind that took longest in all", waits_top_count},
	{"waits.top.line_count", "count", "of them, at the line {wait.line}; estimated",
		waits_top_line_count},
	{"waits.top.line_share", "share", "of their time, at the line {wait.line}",
		waits_top_line_share},
	{"waits.top.mean_s", "s", "their mean length", waits_top_mean_s},
	{"waits.top.overlapped", "share", "of their time, another of them was under way",
		waits_top_overlapped},
	{"waits.top.share", "share", "of the time that is not idle, in them", waits_top_share},
};

const struct metric_group metric_waits = METRIC_GROUP(waits_rows);
