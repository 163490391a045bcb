/*
 * poll_watch: attaches the kernel side to the functions that look for events, process by process,
 * and detaches it for good when there are too many looks.
 */
#include "poll_watch.h"

#include "collector.h"
#include "image.h"
#include "mapping.h"
#include "measurement.h"
#include "module_file.h"

#include <bpf/libbpf.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define NS_PER_S 1000000000LL
/* At 2 us each, 0.2 % of a CPU; and with a round of less than a millisecond on average, a loop is
 * not what keeps its users waiting. */
#define RATE_MOST 1000
#define RATE_OVER_NS (NS_PER_S / 10)

enum { CALL_WAIT, CALL_PWAIT, CALL_PWAIT2 };
static const char *const calls[POLL_CALLS] = {
	[CALL_WAIT] = "epoll_wait",
	[CALL_PWAIT] = "epoll_pwait",
	[CALL_PWAIT2] = "epoll_pwait2",
};
/* A system call and what comes with it does not fit in so many bytes: it only calls another (musl's
 * epoll_wait() does), in which the same look would be seen again. */
#define CALL_BYTES 32

/* Where a process has the functions from: its C library, or, linked statically, its executable. */
struct library {
	const char *executable; /* NULL: the C library is looked for */
	const struct bpf_program *program;
	struct poll_watched *to;
	bool attached;
};

void poll_watch_open(
	struct poll_watch *w, const struct bpf_program *program, const unsigned long long *seen)
{
	*w = (struct poll_watch){.program = program, .seen = seen};
}

static bool is_c_library(const char *path)
{
	const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;

	return strncmp(name, "libc.so", 7) == 0 || strncmp(name, "libc-2.", 7) == 0 ||
	       strncmp(name, "ld-musl", 7) == 0;
}

/* Where its code lies in the file; false: not in this mapping of it, or it only calls another. */
static bool call_offset(const struct image *i, const struct mapping *m, size_t call, size_t *ret)
{
	struct image_symbol symbol, other;
	uint64_t bias, at;

	if (!image_find_symbol(i, calls[call], &symbol) ||
		!image_bias(i, m->start, m->offset, &bias))
		return false;
	if (call == CALL_WAIT && symbol.size < CALL_BYTES &&
		image_find_symbol(i, calls[CALL_PWAIT], &other))
		return false;
	at = symbol.value + bias;
	*ret = at - m->start + m->offset;
	return at >= m->start && at < m->start + m->length;
}

static void library_attach(struct library *l, const struct image *i, const struct mapping *m)
{
	char path[32];
	size_t offset;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", image_fd(i));
	for (size_t call = 0; call < POLL_CALLS; call++) {
		struct bpf_link **link = &l->to->links[call];

		if (!call_offset(i, m, call, &offset))
			continue;
		*link = bpf_program__attach_uprobe(l->program, false, m->pid, path, offset);
		l->attached |= *link != NULL;
	}
}

static void library_take(void *context, const struct mapping *m)
{
	struct library *l = context;
	struct image *i;

	if (l->attached ||
		!(l->executable ? strcmp(m->path, l->executable) == 0 : is_c_library(m->path)))
		return;
	if (module_file_open(m, &i) < 0)
		return;
	library_attach(l, i, m);
	image_free(i);
}

static long long clock_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * NS_PER_S + now.tv_nsec;
}

/* It has its place from then on, also where nothing can be attached. */
static void process_watch(struct poll_watch *w, const struct measurement *m, size_t process)
{
	struct poll_watched *to = &w->watched[w->count++];
	struct library l = {.program = w->program, .to = to};

	*to = (struct poll_watched){.pid = m->processes[process].pid, .process = process};
	mapping_scan(m->processes[process].pid, library_take, &l);
	l.executable = m->processes[process].executable;
	if (!l.attached && l.executable)
		mapping_scan(m->processes[process].pid, library_take, &l);
	if (!l.attached)
		return;
	to->start_ns = clock_ns();
	if (w->since_ns == 0)
		w->since_ns = to->start_ns;
}

static bool schedules(const struct measurement *m, size_t process)
{
	for (size_t i = 0; i < m->runtimes_count; i++)
		if (m->runtimes[i].process == process &&
			(strcmp(m->runtimes[i].name, "go") == 0 ||
				strcmp(m->runtimes[i].name, "beam") == 0))
			return true;
	return false;
}

/* Go's and Erlang's schedulers look for events in whichever thread is free: those are no rounds. A
 * row that has been several processes' stands for none that lasts. */
static bool is_worth_watching(
	const struct collector *c, const struct measurement *m, size_t process)
{
	const struct measured_process *p = &m->processes[process];

	return p->watched_files > 0 && p->earlier == 0 && collector_is_restless(c, process) &&
	       !schedules(m, process);
}

static bool is_watched(const struct poll_watch *w, int pid)
{
	for (size_t i = 0; i < w->count; i++)
		if (w->watched[i].pid == pid)
			return true;
	return false;
}

/* A row can have become another process's. */
static struct measured_process *row_of(const struct poll_watched *p, struct measurement *m)
{
	struct measured_process *row =
		m && p->process < m->processes_count ? &m->processes[p->process] : NULL;

	return row && row->pid == p->pid && row->earlier == 0 ? row : NULL;
}

static bool looks_too_often(struct poll_watch *w, long long now_ns)
{
	unsigned long long seen = *w->seen - w->since_seen;
	long long over_ns = now_ns - w->since_ns;

	if (over_ns >= RATE_OVER_NS) {
		w->since_seen += seen;
		w->since_ns = now_ns;
	} else {
		over_ns = RATE_OVER_NS;
	}
	return (double)seen * NS_PER_S > (double)RATE_MOST * (double)over_ns;
}

void poll_watch_turn(
	struct poll_watch *w, const struct collector *c, struct measurement *m, long long now_ns)
{
	/* A launcher has become the program: measuring began anew. */
	if (m->target.launcher_ns != w->launcher_ns)
		poll_watch_close(w, NULL, now_ns);
	w->launcher_ns = m->target.launcher_ns;
	for (size_t i = 0; i < m->processes_count && w->count < POLL_WATCHED && !w->ended; i++)
		if (is_worth_watching(c, m, i) && !is_watched(w, m->processes[i].pid))
			process_watch(w, m, i);
	if (w->since_ns == 0 || w->ended || !looks_too_often(w, now_ns))
		return;
	poll_watch_close(w, m, now_ns);
	w->ended = true;
}

void poll_watch_close(struct poll_watch *w, struct measurement *m, long long now_ns)
{
	for (size_t i = 0; i < w->count; i++) {
		struct poll_watched *p = &w->watched[i];
		struct measured_process *row = row_of(p, m);

		if (row && p->start_ns > 0) {
			row->polls_start_ns = p->start_ns;
			row->polls_end_ns = now_ns;
		}
		for (size_t call = 0; call < POLL_CALLS; call++)
			bpf_link__destroy(p->links[call]);
	}
	w->count = 0;
}
