#include "core.h"

#include <limits.h>
#include <stdio.h>

/* Of a list like "0-3,8", the lowest CPU that is in the set; -1: there is none. */
static int list_first(FILE *list, const cpu_set_t *set, size_t size)
{
	int low, high;

	while (fscanf(list, "%d", &low) == 1 && low >= 0) {
		if (fscanf(list, "-%d", &high) != 1)
			high = low;
		for (int cpu = low; cpu <= high && cpu < (int)(CHAR_BIT * size); cpu++)
			if (CPU_ISSET_S(cpu, size, set))
				return cpu;
		if (fgetc(list) != ',')
			break;
	}
	return -1;
}

/* The lowest CPU of the set on this one's core: the one that counts for it. -1: not known. */
static int core_first(const char *folder, int cpu, const cpu_set_t *set, size_t size)
{
	char path[PATH_MAX];
	FILE *list;
	int first;

	snprintf(path, sizeof(path), "%s/cpu%d/topology/core_cpus_list", folder, cpu);
	list = fopen(path, "re");
	if (!list)
		return -1;
	first = list_first(list, set, size);
	fclose(list);
	return first;
}

int cores_count(const char *folder, const cpu_set_t *set, size_t size)
{
	int count = 0;

	for (int cpu = 0; cpu < (int)(CHAR_BIT * size); cpu++) {
		int first;

		if (!CPU_ISSET_S(cpu, size, set))
			continue;
		first = core_first(folder, cpu, set, size);
		if (first < 0)
			return 0;
		count += first == cpu;
	}
	return count;
}
