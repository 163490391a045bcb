/* population: threads by /proc/PID/task, CPU time by the process's own clock. */
#include "population.h"

#include "probe/measurement.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S 1000000000ULL
/* include/linux/posix-timers.h: the clock of all threads of a process, by the scheduler. */
#define PROCESS_CLOCK(pid) ((clockid_t)((~(unsigned int)(pid) << 3) | 2))

bool household_clock(int pid, uint64_t *ret_ns)
{
	struct timespec spent;

	if (clock_gettime(PROCESS_CLOCK(pid), &spent) < 0)
		return false;
	*ret_ns = spent.tv_sec * NS_PER_S + spent.tv_nsec;
	return true;
}

size_t household_count(int pid)
{
	char path[64];
	struct stat st;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	if (stat(path, &st) < 0 || st.st_nlink < 2)
		return 0;
	return st.st_nlink - 2; /* a folder for each, and "." and ".." */
}

/* Where a thread is among them, or would be. */
static size_t place_of(const struct household *h, int tid)
{
	size_t low = 0, high = h->threads_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (h->threads[middle]->task.tid < tid)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct inhabitant *household_find(const struct household *h, int tid)
{
	size_t at = place_of(h, tid);

	return at < h->threads_count && h->threads[at]->task.tid == tid ? h->threads[at] : NULL;
}

struct inhabitant *household_add(struct household *h, int tid)
{
	struct inhabitant *i = calloc(1, sizeof(*i));
	size_t at = place_of(h, tid), last = h->threads_count;

	if (!i || !task_open(&i->task, h->pid, tid)) {
		free(i);
		return NULL;
	}
	if (!measured_append(&h->threads, &h->threads_count, sizeof(*h->threads))) {
		task_close(&i->task);
		free(i);
		return NULL;
	}
	memmove(h->threads + at + 1, h->threads + at, (last - at) * sizeof(*h->threads));
	h->threads[at] = i;
	return i;
}

uint64_t household_living_ns(const struct household *h)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < h->threads_count; i++)
		if (!h->threads[i]->gone)
			sum += ledger_cpu_ns(&h->threads[i]->ledger);
	return sum;
}

void household_learn(struct household *h)
{
	for (size_t i = 0; i < h->threads_count; i++)
		if (h->threads[i]->ledger.brief.met)
			h->brief = h->threads[i]->ledger.brief;
}

static void inhabitant_free(struct inhabitant *i)
{
	task_close(&i->task);
	free(i);
}

void household_sweep(struct household *h)
{
	size_t kept = 0;

	for (size_t i = 0; i < h->threads_count; i++) {
		if (h->threads[i]->gone)
			inhabitant_free(h->threads[i]);
		else
			h->threads[kept++] = h->threads[i];
	}
	h->threads_count = kept;
}

void household_free(struct household *h)
{
	for (size_t i = 0; i < h->threads_count; i++)
		inhabitant_free(h->threads[i]);
	free(h->threads);
	free(h);
}

void household_list(int pid, void (*fn)(void *context, int tid), void *context)
{
	struct dirent *entry;
	char path[64];
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	d = opendir(path);
	while (d && (entry = readdir(d)))
		if (entry->d_name[0] != '.')
			fn(context, atoi(entry->d_name));
	if (d)
		closedir(d);
}
