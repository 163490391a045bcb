/*
 * census: who is to be looked at: the target's processes, their threads, and the children that
 * they start.
 */
#include "procfs_state.h"

#include "blocked.h"

#include "probe/collector.h"
#include "probe/mapping.h"
#include "probe/measurement.h"
#include "probe/runtime.h"
#include "probe/target.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CHILDREN_MAX 65536 /* bytes of their list: some ten thousand */
/* At first soon, to meet a runtime in a short-lived process; then at twice the age each time. */
#define SCAN_FIRST_NS 2000000

void procfs_tell(void *context, const void *event, size_t size)
{
	struct procfs *p = context;

	collector_take(p->collector, event, size);
}

/* What a process executes; empty: it may not be known. */
static void executable_read(int pid, char to[WIRE_PATH])
{
	char path[64], link[4096];
	ssize_t length;

	snprintf(path, sizeof(path), "/proc/%d/exe", pid);
	length = readlink(path, link, sizeof(link) - 1);
	link[length > 0 ? length : 0] = '\0';
	link[WIRE_PATH - 1] = '\0';
	memcpy(to, link, WIRE_PATH);
}

static bool executable_is_compat(int pid)
{
	unsigned char ident[EI_NIDENT] = {0};
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/exe", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	if (read(fd, ident, sizeof(ident)) != sizeof(ident))
		ident[EI_CLASS] = ELFCLASSNONE;
	close(fd);
	return sizeof(long) == 8 && memcmp(ident, ELFMAG, SELFMAG) == 0 &&
	       ident[EI_CLASS] == ELFCLASS32;
}

static void comm_read(struct inhabitant *i)
{
	char text[64];

	if (!task_read_file(&i->task, "comm", text, sizeof(text)))
		return;
	text[strcspn(text, "\n")] = '\0';
	text[sizeof(i->comm) - 1] = '\0';
	memcpy(i->comm, text, sizeof(i->comm));
}

static void start_tell(
	struct procfs *p, const struct household *h, const struct inhabitant *i, bool found)
{
	struct wire_thread_start s = {
		.h = {.type = WIRE_THREAD_START,
			.thread = i->ledger.serial,
			.at_ns = i->ledger.start_ns},
		.tid = i->task.tid,
		.tgid = h->pid,
		.ppid = h->ppid,
		.host_tid = i->task.tid,
		.host_tgid = h->pid,
		.host_ppid = h->ppid,
		.found = found,
	};

	memcpy(s.comm, i->comm, sizeof(s.comm));
	procfs_tell(p, &s, sizeof(s));
}

static void exec_tell(struct procfs *p, const struct household *h, const struct inhabitant *i,
	uint64_t at_ns, bool opens_window)
{
	struct wire_thread_exec e = {
		.h = {.type = WIRE_THREAD_EXEC, .thread = i->ledger.serial, .at_ns = at_ns},
		.tid = i->task.tid,
		.tgid = h->pid,
		.host_tid = i->task.tid,
		.opens_window = opens_window,
	};

	memcpy(e.comm, i->comm, sizeof(e.comm));
	memcpy(e.path, h->executable, sizeof(e.path));
	procfs_tell(p, &e, sizeof(e));
}

/* One that was there: what it had been counted until now is not the window's. */
static void found_open(struct procfs *p, struct household *h, struct inhabitant *i)
{
	struct sight s;

	if (!sight_take(p, h, i, &s)) {
		i->gone = true;
		return;
	}
	ledger_open(&i->ledger, ++p->serial, &s.look, procfs_tell, p);
	start_tell(p, h, i, true);
	sight_tell(p, i, &s);
}

/* One that is new began since the round before, and no later than it must have to have done what
 * it did: taken to be in the middle of that. */
static uint64_t birth_ns(const struct procfs *p, const struct ledger_count *count)
{
	uint64_t latest_ns = count->at_ns - count->cpu_ns - count->delay_ns;

	if (latest_ns <= p->new_ns || latest_ns > count->at_ns)
		return p->new_ns;
	return p->new_ns + (latest_ns - p->new_ns) / 2;
}

static void born_open(struct procfs *p, struct household *h, struct inhabitant *i)
{
	struct ledger_look first = {0};
	struct sight s;

	i->gone = !sight_take(p, h, i, &s);
	if (i->gone)
		s.look.count.at_ns = procfs_clock_ns();
	first.count.at_ns = birth_ns(p, &s.look.count);
	ledger_open(&i->ledger, ++p->serial, &first, procfs_tell, p);
	start_tell(p, h, i, false);
	if (i->gone)
		return;
	sight_tell(p, i, &s);
	ledger_take(&i->ledger, &s.look, pace_apart_ns(&p->pace));
}

static void thread_add(struct procfs *p, struct household *h, int tid, bool born)
{
	struct inhabitant *i = household_find(h, tid) ? NULL : household_add(h, tid);

	if (!i)
		return;
	comm_read(i);
	if (born)
		born_open(p, h, i);
	else
		found_open(p, h, i);
	if (tid == h->pid)
		h->serial = i->ledger.serial;
}

struct adding {
	struct procfs *p;
	struct household *h;
	bool born;
};

static void listed_add(void *context, int tid)
{
	struct adding *a = context;

	thread_add(a->p, a->h, tid, a->born);
}

void census_threads(struct procfs *p, struct household *h)
{
	struct adding a = {p, h, true};

	if (household_count(h->pid) != h->threads_count)
		household_list(h->pid, listed_add, &a);
}

static struct household *household_new(struct procfs *p, int pid, int ppid, uint64_t now_ns)
{
	struct household *h = calloc(1, sizeof(*h)), **slot;

	slot = h ? measured_append(&p->households, &p->households_count, sizeof(*p->households))
		 : NULL;
	if (!slot) {
		free(h);
		return NULL;
	}
	*slot = h;
	h->pid = pid;
	h->ppid = ppid;
	h->born_ns = h->looked_ns = now_ns;
	h->scan_due_ns = now_ns;
	return h;
}

static int parent_of(int pid)
{
	const struct task task = {.pid = pid, .tid = pid};
	struct task_stat stat;
	char text[1024];

	return task_read_file(&task, "stat", text, sizeof(text)) && task_text_stat(text, &stat)
		       ? stat.ppid
		       : 0;
}

struct household *census_add(struct procfs *p, int pid, int ppid, bool born)
{
	uint64_t now_ns = procfs_clock_ns();
	struct household *h = household_new(p, pid, ppid, now_ns);
	struct adding a = {p, h, born};

	if (!h)
		return NULL;
	if (!born) {
		h->ppid = parent_of(pid);
		household_clock(pid, &h->clock_first_ns);
	}
	h->clock_ns = h->clock_first_ns;
	executable_read(pid, h->executable);
	h->compat = executable_is_compat(pid);
	/* The first one by itself: it makes the process known to the collector. */
	thread_add(p, h, pid, born);
	household_list(pid, listed_add, &a);
	h->children_ticks_first = born ? 0 : h->children_ticks;
	census_scan(p, h, now_ns);
	return h;
}

int census_hold(struct procfs *p)
{
	size_t count;
	int pid = target_pids(p->target, &count)[0];
	struct household *h = household_new(p, pid, getpid(), procfs_clock_ns());
	struct inhabitant *i = h ? household_add(h, pid) : NULL;
	struct sight s;

	if (!i || !sight_take(p, h, i, &s))
		return h ? -ESRCH : -ENOMEM;
	s.look.blocked = false;
	ledger_open(&i->ledger, ++p->serial, &s.look, procfs_tell, p);
	household_clock(pid, &h->clock_first_ns);
	p->held = h;
	return 0;
}

/* It was let go a moment ago, and since then it ran. */
static uint64_t begun_ns(const struct household *h)
{
	uint64_t now_ns = procfs_clock_ns(), clock_ns;

	if (!household_clock(h->pid, &clock_ns) || clock_ns < h->clock_first_ns)
		return now_ns;
	return now_ns - (clock_ns - h->clock_first_ns);
}

void census_begin(struct procfs *p)
{
	struct household *h = p->held;
	struct inhabitant *i = h->threads[0];

	p->window_start_ns = p->looked_ns = p->new_ns = begun_ns(h);
	h->born_ns = h->looked_ns = h->scan_due_ns = p->window_start_ns;
	i->ledger.start_ns = i->ledger.last.at_ns = p->window_start_ns;
	comm_read(i);
	executable_read(h->pid, h->executable);
	h->compat = executable_is_compat(h->pid);
	exec_tell(p, h, i, p->window_start_ns, true);
	h->clock_ns = h->clock_first_ns;
	h->serial = i->ledger.serial;
	p->held = NULL;
}

static bool is_known(const struct procfs *p, int pid)
{
	for (size_t i = 0; i < p->households_count; i++)
		if (p->households[i]->pid == pid)
			return true;
	return false;
}

void census_children(struct procfs *p, struct household *h, const struct inhabitant *i)
{
	char list[CHILDREN_MAX], *at = list, *end;
	long pid;

	if (!task_read_children(&i->task, list, sizeof(list)))
		return;
	while ((pid = strtol(at, &end, 10)) > 0 && end != at) {
		if (!is_known(p, (int)pid))
			census_add(p, (int)pid, h->pid, true);
		at = end;
	}
}

static void mapping_take(void *context, const struct mapping *m)
{
	struct runtime_found found;
	struct procfs *p = context;

	if (m->path[0] != '/')
		return;
	collector_note_module(p->collector, m->pid, m->path);
	if (runtime_find(p->runtimes, m, &found))
		collector_add_runtime(p->collector, m->pid, &found, m->path);
}

void census_scan(struct procfs *p, struct household *h, uint64_t now_ns)
{
	struct inhabitant *first = household_find(h, h->pid);
	char executable[WIRE_PATH];

	if (now_ns < h->scan_due_ns)
		return;
	h->scan_due_ns = now_ns + SCAN_FIRST_NS + (now_ns - h->born_ns);
	executable_read(h->pid, executable);
	if (first && executable[0] && strcmp(executable, h->executable) != 0) {
		memcpy(h->executable, executable, sizeof(executable));
		h->compat = executable_is_compat(h->pid);
		comm_read(first);
		exec_tell(p, h, first, now_ns, false);
	}
	mapping_scan(h->pid, mapping_take, p);
}
