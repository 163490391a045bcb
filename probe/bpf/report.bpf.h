/*
 * report: what is sent of a thread and its process as they come, execute and go.
 */
#ifndef CONCADVISE_REPORT_BPF_H
#define CONCADVISE_REPORT_BPF_H

#include "vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "account.bpf.h"
#include "event.bpf.h"
#include "round.bpf.h"
#include "running.bpf.h"
#include "thread.bpf.h"
#include "view.bpf.h"
#include "wire.h"

static __noinline int thread_announce(
	struct thread *t, struct task_struct *task, __u64 now, bool found)
{
	struct wire_thread_start *s = event_reserve(sizeof(*s));
	struct task_struct *parent;

	/* At once: Linux 6.1 does not know that what is not NULL stays so, and misses a submit. */
	if (!s)
		return 0;
	parent = BPF_CORE_READ(task, real_parent);
	event_head(&s->h, WIRE_THREAD_START, t->serial, now);
	s->tid = view_pid(task);
	s->tgid = view_tgid(task);
	s->ppid = view_tgid(parent);
	s->host_tid = BPF_CORE_READ(task, pid);
	s->host_tgid = BPF_CORE_READ(task, tgid);
	s->host_ppid = BPF_CORE_READ(parent, tgid);
	s->found = found;
	s->reserved = 0;
	bpf_probe_read_kernel_str(s->comm, sizeof(s->comm), task->comm);
	event_submit(s);
	return 1;
}

static __noinline int exec_announce(struct thread *t, struct task_struct *task,
	struct linux_binprm *bprm, __u64 now, bool opens)
{
	struct wire_thread_exec *e = event_reserve(sizeof(*e));

	if (!e)
		return 0;
	event_head(&e->h, WIRE_THREAD_EXEC, t->serial, now);
	e->tid = view_pid(task);
	e->tgid = view_tgid(task);
	e->host_tid = task->pid;
	e->opens_window = opens;
	bpf_probe_read_kernel_str(e->comm, sizeof(e->comm), task->comm);
	e->path[0] = '\0';
	bpf_probe_read_kernel_str(e->path, sizeof(e->path), BPF_CORE_READ(bprm, filename));
	event_submit(e);
	return 1;
}

__noinline int loop_send(struct thread *t, __u64 now)
{
	struct wire_loop *l;

	if (!t)
		return 0;
	round_at_once(t);
	if (!t->loop.polls && !t->loop.at_once)
		return 0;
	l = event_reserve(sizeof(*l));
	if (!l)
		return 0;
	*l = t->loop;
	event_head(&l->h, WIRE_LOOP, t->serial, now);
	event_submit(l);
	return 1;
}

/* Sends all that is left in a thread's record. */
static __noinline int thread_send(struct thread *t, struct task_struct *task, __u64 now, bool alive)
{
	struct wire_thread_end *e;

	slots_send(t, now);
	loop_send(t, now);
	e = event_reserve(sizeof(*e));
	if (!e)
		return 0;
	event_head(&e->h, WIRE_THREAD_END, t->serial, now);
	e->start_ns = t->start_ns;
	e->cpu_ns = t->cpu_ns;
	e->run_queue_ns = t->run_queue_ns;
	e->run_queue_own_ns = t->run_queue_own_ns;
	e->unaccounted_ns = t->unaccounted_ns;
	e->stolen_ns = t->stolen_ns;
	e->user_ticks_ns = BPF_CORE_READ(task, utime) - t->utime;
	e->kernel_ticks_ns = BPF_CORE_READ(task, stime) - t->stime;
	e->voluntary = t->voluntary;
	e->involuntary = t->involuntary;
	e->calls = t->calls;
	e->faults = BPF_CORE_READ(task, min_flt) - t->faults_first;
	e->alive = alive;
	e->reserved = 0;
	bpf_probe_read_kernel_str(e->comm, sizeof(e->comm), task->comm);
	event_submit(e);
	return 1;
}

static __noinline int process_send(
	struct process *process, struct task_struct *task, __u32 serial, __u64 now)
{
	struct wire_process_end *e = event_reserve(sizeof(*e));

	if (!e)
		return 0;
	event_head(&e->h, WIRE_PROCESS_END, serial, now);
	e->rss_peak_pages = BPF_CORE_READ(task, signal, maxrss);
	running_change(&process->running, 0, now);
	__builtin_memcpy(e->running_ns, process->running.ns, sizeof(e->running_ns));
	event_submit(e);
	return 1;
}

#endif
