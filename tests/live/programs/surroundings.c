/*
 * surroundings: prints everything that a program can tell of how it was started, one fact a line:
 * arguments, environment, open files, signal mask and dispositions, session, limits, priorities.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

extern char **environ;

static void files_print(void)
{
	DIR *directory = opendir("/proc/self/fd");
	struct dirent *entry;

	while (directory && (entry = readdir(directory))) {
		char path[PATH_MAX], link[PATH_MAX] = "";

		if (entry->d_name[0] == '.' || atoi(entry->d_name) == dirfd(directory))
			continue;
		snprintf(path, sizeof path, "/proc/self/fd/%s", entry->d_name);
		if (readlink(path, link, sizeof link - 1) >= 0)
			printf("fd %s %s\n", entry->d_name, link);
	}
	if (directory)
		closedir(directory);
}

/* Of /proc/self/status, what is inherited; the rest differs from run to run anyway. */
static void status_print(void)
{
	static const char *const kept[] = {"Umask:", "Uid:", "Gid:", "Groups:", "SigPnd:",
		"ShdPnd:", "SigBlk:", "SigIgn:", "SigCgt:", "CapInh:", "CapPrm:", "CapEff:",
		"CapBnd:", "CapAmb:", "NoNewPrivs:", "Seccomp:", "TracerPid:", "Threads:",
		"Cpus_allowed:", "Mems_allowed:", "THP_enabled:"};
	char line[1024];
	FILE *status = fopen("/proc/self/status", "re");

	while (status && fgets(line, sizeof line, status))
		for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
			if (strncmp(line, kept[i], strlen(kept[i])) == 0)
				fputs(line, stdout);
	if (status)
		fclose(status);
}

static void file_print(const char *path)
{
	char text[4096];
	FILE *file = fopen(path, "re");

	while (file && fgets(text, sizeof text, file))
		printf("%s %s", path, text);
	if (file)
		fclose(file);
	putchar('\n');
}

static void limits_print(void)
{
	for (int i = 0; i < RLIM_NLIMITS; i++) {
		struct rlimit limit;

		if (getrlimit(i, &limit) == 0)
			printf("limit %d %lu %lu\n", i, (unsigned long)limit.rlim_cur,
				(unsigned long)limit.rlim_max);
	}
}

static void scheduling_print(void)
{
	struct sched_param p;
	int death = 0, reaper = 0;

	sched_getparam(0, &p);
	prctl(PR_GET_PDEATHSIG, &death);
	prctl(PR_GET_CHILD_SUBREAPER, &reaper);
	printf("nice %d policy %d priority %d\n", getpriority(PRIO_PROCESS, 0),
		sched_getscheduler(0), p.sched_priority);
	printf("death signal %d reaper %d dumpable %d keepcaps %d timerslack %d\n", death, reaper,
		prctl(PR_GET_DUMPABLE), prctl(PR_GET_KEEPCAPS), prctl(PR_GET_TIMERSLACK));
}

static void timers_print(void)
{
	struct itimerval t;

	for (int which = ITIMER_REAL; which <= ITIMER_PROF; which++) {
		getitimer(which, &t);
		printf("timer %d %ld\n", which, (long)t.it_value.tv_sec);
	}
}

int main(int argc, char **argv)
{
	char directory[PATH_MAX];

	for (int i = 0; i < argc; i++)
		printf("argument %s\n", argv[i]);
	for (char **e = environ; *e; e++)
		printf("environment %s\n", *e);
	printf("directory %s\n", getcwd(directory, sizeof directory));
	printf("session is its own %d, group is its own %d, foreground %d\n", getsid(0) == getpid(),
		getpgrp() == getpid(), tcgetpgrp(0) == getpgrp());
	printf("session %d\n", getsid(0));
	files_print();
	status_print();
	file_print("/proc/self/oom_score_adj");
	file_print("/proc/self/cgroup");
	file_print("/proc/self/personality");
	file_print("/proc/self/coredump_filter");
	limits_print();
	scheduling_print();
	timers_print();
	return 0;
}
