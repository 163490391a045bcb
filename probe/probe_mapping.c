/*
 * probe_mapping: what processes map, brought together with the events that it explains.
 *
 * Both come in rings of their own. So that a chain of calls is looked up among what was mapped when
 * it was taken, records of mappings are read up to the time of an event before that is taken.
 */
#include "probe_state.h"

#include "collector.h"
#include "mapping.h"
#include "module.h"
#include "runtime.h"
#include "target.h"

#include <bpf/bpf.h>
#include <sys/syscall.h>
#include <unistd.h>

/*
 * Tells the kernel side where the process's CPython keeps its GIL, so that samples can say who
 * holds it, and its frames.
 */
static void python_announce(struct probe *p, int pid, const struct runtime_found *found)
{
	int fd = syscall(SYS_pidfd_open, pid, 0);

	if (fd < 0)
		return;
	if (found->python_known && p->bpf->bss->sites_since_ns == UINT64_MAX)
		bpf_map_update_elem(
			bpf_map__fd(p->bpf->maps.pythons_found), &pid, &found->python, BPF_ANY);
	if (found->gil_known)
		bpf_map_update_elem(bpf_map__fd(p->bpf->maps.gils), &fd, &found->gil, BPF_ANY);
	if (found->python_known)
		bpf_map_update_elem(
			bpf_map__fd(p->bpf->maps.pythons), &fd, &found->python, BPF_ANY);
	close(fd);
}

static void runtime_look(struct probe *p, const struct mapping *m)
{
	struct runtime_found found;

	if (m->path[0] != '/')
		return;
	collector_note_module(p->collector, m->pid, m->path);
	if (!runtime_find(p->runtimes, m, &found))
		return;
	collector_add_runtime(p->collector, m->pid, &found, m->path);
	python_announce(p, m->pid, &found);
}

/* The command that waits to be executed is known to nobody else before it is. */
static bool is_target(const struct probe *p, int pid)
{
	size_t count;
	const int *pids = target_pids(p->target, &count);

	for (size_t i = 0; i < count; i++)
		if (pids[i] == pid)
			return true;
	return false;
}

static void record_take(void *context, const struct mapping *m)
{
	struct probe *p = context;
	bool known = collector_knows(p->collector, m->pid, m->at_ns);

	if (p->modules && (known || is_target(p, m->pid)))
		modules_note(p->modules, m);
	if (known)
		runtime_look(p, m);
}

/* What is mapped by now may be that of a later program than the events that are yet to come are of:
 * where there are records, the modules go by these. */
static void scan_take_runtimes(void *context, const struct mapping *m)
{
	struct probe *p = context;

	if (collector_knows(p->collector, m->pid, m->at_ns))
		runtime_look(p, m);
}

void probe_read_mappings(struct probe *p, uint64_t until_ns)
{
	if (p->mappings)
		p->mappings_lost += mapping_watch_read_until(p->mappings, until_ns, record_take, p);
}

void probe_scan_mappings(struct probe *p, int pid)
{
	mapping_scan(pid, record_take, p);
}

/* No event of it comes any more. */
void probe_forget_process(void *context, int pid)
{
	struct probe *p = context;

	if (p->modules)
		modules_exit(p->modules, pid);
}

static void process_begins(struct probe *p, const struct wire_thread_start *s)
{
	if (p->modules && s->tid == s->tgid && !s->found)
		modules_fork(p->modules, s->ppid, s->tgid);
}

/*
 * An executed file is mapped before the kernel side tells of the exec, long before if it has to
 * come from disk. If its record was read in between, it was taken for one of the program before, or
 * of an unknown process: so what is mapped now is looked at again for runtimes.
 */
static void process_executes(struct probe *p, const struct wire_thread_exec *e)
{
	if (p->mappings) {
		mapping_scan(e->tgid, scan_take_runtimes, p);
		return;
	}
	if (p->modules)
		modules_exec(p->modules, e->tgid, e->h.at_ns);
	probe_scan_mappings(p, e->tgid);
}

/* What an event is about was mapped before. */
static bool needs_mappings(const struct wire_header *h)
{
	return h->type == WIRE_STACK || h->type == WIRE_THREAD_START;
}

int probe_take_event(void *context, void *event, size_t size)
{
	const struct wire_header *h = event;
	struct probe *p = context;

	if (size >= sizeof(*h) && p->modules && needs_mappings(h))
		probe_read_mappings(p, h->at_ns);
	collector_take(p->collector, event, size);
	if (size >= sizeof(struct wire_thread_start) && h->type == WIRE_THREAD_START)
		process_begins(p, event);
	if (size >= sizeof(struct wire_thread_exec) && h->type == WIRE_THREAD_EXEC)
		process_executes(p, event);
	return 0;
}
