#include "affinity.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

static void thread_add(int tid, cpu_set_t *cpus)
{
	cpu_set_t its;

	if (sched_getaffinity(tid, sizeof(its), &its) == 0)
		CPU_OR(cpus, cpus, &its);
}

/* What is no number in the folder is 0 here, which would be the calling thread itself. */
static void process_add(int pid, cpu_set_t *cpus)
{
	char path[32];
	struct dirent *entry;
	DIR *folder;

	snprintf(path, sizeof(path), "/proc/%d/task", pid);
	folder = opendir(path);
	while (folder && (entry = readdir(folder))) {
		int tid = atoi(entry->d_name);

		if (tid > 0)
			thread_add(tid, cpus);
	}
	if (folder)
		closedir(folder);
}

void affinity_of(const int *pids, size_t count, cpu_set_t *ret)
{
	CPU_ZERO(ret);
	for (size_t i = 0; i < count; i++)
		process_add(pids[i], ret);
}
