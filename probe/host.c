/*
 * host: affinity from the kernel, quota from cgroup v1 or v2.
 *
 * A quota binds from any level of the hierarchy, so the way up to the root is walked. Inside a
 * container the path in /proc/PID/cgroup can lead out of what is mounted; then the mounted root is
 * what holds for us.
 */
#include "host.h"

#include "core.h"
#include "measurement.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#define CPUS_MAX 8192
#define PATH_ROOM 4096

/* A group of the CPU controller: its folder, and how its version names things. */
struct group {
	char folder[PATH_ROOM];
	size_t root; /* length of the mount point's part */
	bool v2;
};

struct quota {
	struct group group;
	double cores;
};

static int number_read(const char *folder, const char *name, long long *ret)
{
	char path[PATH_ROOM + 64];
	FILE *file;
	int got;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "re");
	if (!file)
		return -errno;
	got = fscanf(file, "%lld", ret);
	fclose(file);
	return got == 1 ? 0 : -ENODATA;
}

static bool list_has(const char *list, const char *word)
{
	size_t length = strlen(word);

	for (const char *at = list; (at = strstr(at, word)); at += length)
		if ((at == list || at[-1] == ',') && (at[length] == '\0' || at[length] == ','))
			return true;
	return false;
}

/* Where the hierarchy of the CPU controller is mounted. */
static bool mount_find(bool v2, char *ret, size_t size)
{
	char line[PATH_ROOM];
	FILE *mounts = fopen("/proc/self/mounts", "re");
	bool found = false;

	while (mounts && !found && fgets(line, sizeof(line), mounts)) {
		char folder[PATH_ROOM / 2], type[32], options[1024];

		if (sscanf(line, "%*s %2047s %31s %1023s", folder, type, options) != 3)
			continue;
		found = v2 ? strcmp(type, "cgroup2") == 0
			   : strcmp(type, "cgroup") == 0 && list_has(options, "cpu");
		if (found)
			snprintf(ret, size, "%s", folder);
	}
	if (mounts)
		fclose(mounts);
	return found;
}

/* The path of the process in the hierarchy that has the CPU controller, from "N:controllers:path".
 */
static bool membership_find(int pid, bool v2, char *ret, size_t size)
{
	char name[64], line[PATH_ROOM];
	bool found = false;
	FILE *file;

	snprintf(name, sizeof(name), "/proc/%d/cgroup", pid);
	file = fopen(name, "re");
	while (file && !found && fgets(line, sizeof(line), file)) {
		char *controllers = strchr(line, ':'),
		     *path = controllers ? strchr(controllers + 1, ':') : NULL;

		if (!path)
			continue;
		*path++ = '\0';
		controllers++;
		path[strcspn(path, "\n")] = '\0';
		found = v2 ? *controllers == '\0' : list_has(controllers, "cpu");
		if (found)
			snprintf(ret, size, "%s", path);
	}
	if (file)
		fclose(file);
	return found;
}

static bool group_find(int pid, bool v2, struct group *ret)
{
	char mount[PATH_ROOM / 2], path[PATH_ROOM / 2];

	if (!mount_find(v2, mount, sizeof(mount)) || !membership_find(pid, v2, path, sizeof(path)))
		return false;
	ret->v2 = v2;
	ret->root = strlen(mount);
	snprintf(ret->folder, sizeof(ret->folder), "%s%s", mount, strcmp(path, "/") ? path : "");
	if (access(ret->folder, F_OK) < 0)
		ret->folder[ret->root] = '\0';
	return true;
}

static bool group_up(struct group *g)
{
	char *last = strrchr(g->folder, '/');

	if (strlen(g->folder) <= g->root || !last)
		return false;
	*last = '\0';
	return true;
}

/* Cores that one level allows; NAN: any number. */
static double group_quota(const struct group *g)
{
	long long quota = 0, period = 0;
	char path[PATH_ROOM + 16];
	FILE *file;
	int got;

	if (!g->v2) {
		if (number_read(g->folder, "cpu.cfs_quota_us", &quota) < 0 || quota <= 0 ||
			number_read(g->folder, "cpu.cfs_period_us", &period) < 0 || period <= 0)
			return NAN;
		return (double)quota / period;
	}
	snprintf(path, sizeof(path), "%s/cpu.max", g->folder);
	file = fopen(path, "re");
	if (!file)
		return NAN;
	got = fscanf(file, "%lld %lld", &quota, &period); /* "max 100000" does not match */
	fclose(file);
	return got == 2 && period > 0 ? (double)quota / period : NAN;
}

uint64_t quota_throttled_ns(const struct quota *q)
{
	char path[PATH_ROOM + 16], key[64];
	uint64_t value, ns = 0;
	FILE *file;

	if (!q)
		return 0;
	snprintf(path, sizeof(path), "%s/cpu.stat", q->group.folder);
	file = fopen(path, "re");
	while (file && fscanf(file, "%63s %" SCNu64, key, &value) == 2) {
		if (strcmp(key, "throttled_usec") == 0)
			ns = value * 1000;
		if (strcmp(key, "throttled_time") == 0)
			ns = value;
	}
	if (file)
		fclose(file);
	return ns;
}

struct quota *quota_find(int pid)
{
	struct quota *q = calloc(1, sizeof(*q));

	if (!q)
		return NULL;
	q->cores = NAN;
	for (int v2 = 0; v2 < 2; v2++) {
		struct group g;

		if (!group_find(pid, v2, &g))
			continue;
		do {
			double cores = group_quota(&g);

			if (isnan(cores) || cores >= q->cores)
				continue;
			*q = (struct quota){.group = g, .cores = cores};
		} while (group_up(&g));
	}
	if (!isnan(q->cores))
		return q;
	free(q);
	return NULL;
}

double quota_cores(const struct quota *q)
{
	return q ? q->cores : NAN;
}

void host_affinity_read(int pid, struct measured_host *ret)
{
	cpu_set_t *set = CPU_ALLOC(CPUS_MAX);
	size_t size = CPU_ALLOC_SIZE(CPUS_MAX);

	if (set && sched_getaffinity(pid, size, set) == 0) {
		ret->cpus_allowed = CPU_COUNT_S(size, set);
		ret->cores_allowed = cores_count(CORE_FOLDER, set, size);
	}
	CPU_FREE(set);
}

static uint64_t memory_available(void)
{
	unsigned long long kb = 0;
	char line[256];
	FILE *file = fopen("/proc/meminfo", "re");

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "MemAvailable: %llu kB", &kb) == 1)
			break;
	if (file)
		fclose(file);
	return kb * 1024;
}

int host_read(int pid, struct measured_host *ret)
{
	struct utsname names;
	struct rlimit limit;
	struct quota *quota;

	if (uname(&names) < 0)
		return -errno;
	ret->kernel = strdup(names.release);
	ret->arch = strdup(names.machine);
	if (!ret->kernel || !ret->arch)
		return -ENOMEM;
	ret->cpus_online = sysconf(_SC_NPROCESSORS_ONLN);
	ret->cpus_allowed = ret->cpus_online;
	host_affinity_read(pid, ret);
	quota = quota_find(pid);
	ret->cpu_quota = quota_cores(quota);
	free(quota);
	ret->memory_available_bytes = memory_available();
	if (prlimit(pid, RLIMIT_NPROC, NULL, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
		ret->thread_limit = limit.rlim_cur;
	return 0;
}
