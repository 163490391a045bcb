/* task: reads as little as a look needs: a thread that has not run is told by one file. */
#include "task.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define TEXT_MAX 4096 /* status has about 1,500 bytes */
#define NS_PER_S 1000000000ULL

static const char *const names[TASK_FILES] = {
	[TASK_SCHED] = "schedstat",
	[TASK_CALL] = "syscall",
	[TASK_STAT] = "stat",
	[TASK_STATUS] = "status",
	[TASK_CHILDREN] = "children",
};

static uint64_t clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * NS_PER_S + now.tv_nsec;
}

static int file_open(const struct task *t, const char *name)
{
	char path[96];

	snprintf(path, sizeof(path), "/proc/%d/task/%d/%s", t->pid, t->tid, name);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* Its content as text; a negative errno. */
static int text_read(int fd, char *to, size_t size)
{
	ssize_t got = pread(fd, to, size - 1, 0);

	if (got < 0)
		return -errno;
	to[got] = '\0';
	return 0;
}

static int file_read(const struct task *t, enum task_file file, char *to, size_t size)
{
	int fd = t->fds[file], error;

	if (fd >= 0)
		return text_read(fd, to, size);
	fd = file_open(t, names[file]);
	if (fd < 0)
		return -errno;
	error = text_read(fd, to, size);
	close(fd);
	return error;
}

bool task_read_file(const struct task *t, const char *name, char *to, unsigned int size)
{
	int fd = file_open(t, name), error;

	if (fd < 0)
		return false;
	error = text_read(fd, to, size);
	close(fd);
	return error == 0;
}

bool task_read_children(const struct task *t, char *to, unsigned int size)
{
	return file_read(t, TASK_CHILDREN, to, size) == 0;
}

/* Without the kernel's accounting of delays the file is not there, or all zeros. */
static bool sched_read(struct task *t, struct task_sched *ret)
{
	char text[TEXT_MAX];

	return file_read(t, TASK_SCHED, text, sizeof(text)) == 0 && task_text_sched(text, ret);
}

/* A thread that has not run yet has zeros too: then ours tells, which has. */
static bool sched_kept(const struct task_sched *sched)
{
	const struct task self = {.pid = getpid(), .tid = gettid()};
	struct task_sched ours;
	char text[TEXT_MAX];

	return sched->arrivals > 0 ||
	       (task_read_file(&self, names[TASK_SCHED], text, sizeof(text)) &&
		       task_text_sched(text, &ours) && ours.arrivals > 0);
}

static bool stat_read(struct task *t, struct task_stat *ret)
{
	char text[TEXT_MAX];

	return file_read(t, TASK_STAT, text, sizeof(text)) == 0 && task_text_stat(text, ret) &&
	       ret->state != 'Z' && ret->state != 'X' &&
	       (t->start_ticks == 0 || t->start_ticks == ret->start_ticks);
}

bool task_open(struct task *t, int pid, int tid)
{
	struct task_sched sched;
	struct task_stat stat;

	*t = (struct task){.pid = pid, .tid = tid};
	for (int i = 0; i < TASK_FILES; i++)
		t->fds[i] = file_open(t, names[i]);
	if (!stat_read(t, &stat)) {
		task_close(t);
		return false;
	}
	t->start_ticks = stat.start_ticks;
	t->has_sched = sched_read(t, &sched) && sched_kept(&sched);
	return true;
}

void task_close(struct task *t)
{
	for (int i = 0; i < TASK_FILES; i++) {
		if (t->fds[i] >= 0)
			close(t->fds[i]);
		t->fds[i] = -1;
	}
}

static bool status_read(struct task *t, struct task_status *ret)
{
	char text[TEXT_MAX];

	return file_read(t, TASK_STATUS, text, sizeof(text)) == 0 && task_text_status(text, ret);
}

/* By its state alone, where the kernel keeps its system call from us. */
static void call_read(struct task *t, struct task_look *look)
{
	char text[TEXT_MAX];

	look->call_denied = file_read(t, TASK_CALL, text, sizeof(text)) < 0 ||
			    !task_text_call(text, &look->call);
	if (look->call_denied)
		look->call = (struct task_call){
			.running = look->stat.state == 'R', .number = WIRE_NO_SYSCALL};
}

/* Ticks are all that is left where the scheduler tells nothing. */
static void sched_from_ticks(struct task_look *look)
{
	uint64_t ticks = look->stat.user_ticks + look->stat.kernel_ticks;

	look->sched = (struct task_sched){
		.cpu_ns = ticks * (NS_PER_S / (uint64_t)sysconf(_SC_CLK_TCK)),
		.arrivals = look->status.voluntary + look->status.involuntary,
	};
}

bool task_read(struct task *t, bool blocked, uint64_t arrivals, struct task_look *ret)
{
	*ret = (struct task_look){0};
	if (t->has_sched && !sched_read(t, &ret->sched))
		return false;
	ret->at_ns = clock_ns();
	if (t->has_sched && blocked && ret->sched.arrivals == arrivals) {
		ret->same = true;
		return true;
	}
	if (!stat_read(t, &ret->stat) || !status_read(t, &ret->status))
		return false;
	call_read(t, ret);
	if (!t->has_sched)
		sched_from_ticks(ret);
	return true;
}
