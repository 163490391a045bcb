/*
 * probe: the kernel side. One hot hook, on the context switch; the others see threads come, execute
 * and go.
 *
 * A thread that is not measured costs one look into its task storage. What a thread waits in is
 * told by its saved registers (wait), how long by the kernel's own run_delay and the clock
 * (account), and everything is summed in the thread's own record (thread).
 */
#include "vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>
#include <bpf/bpf_tracing.h>

#include "account.bpf.h"
#include "event.bpf.h"
#include "exchange.bpf.h"
#include "gil.bpf.h"
#include "life.bpf.h"
#include "lock.bpf.h"
#include "python.bpf.h"
#include "report.bpf.h"
#include "rights.bpf.h"
#include "round.bpf.h"
#include "running.bpf.h"
#include "site.bpf.h"
#include "thread.bpf.h"
#include "view.bpf.h"
#include "walk.bpf.h"
#include "wire.h"

char LICENSE[] SEC("license") = "GPL";

#define TASK_DEAD 0x80

/* An interpreter keeps its lock around these system calls. */
const volatile __u8 cfg_calls_kept[WIRE_SYSCALLS];

/* When system calls count, and for how many. See census.h. */
__u64 calls_since_ns, calls_until_ns;
__u32 calls_weight;

/* Where a measured thread has come to a CPU. See sampler.h. */
__u8 cpus_met[WIRE_CPUS];

/*
 * What a thread that leaves the CPU counted as until then: read once for each switch. An iterator
 * on another CPU can meet the thread in the middle of it, and what was not counted out must not be
 * taken to have been.
 */
enum left { LEFT_RUNNING = 1, LEFT_COUNTED = 2, LEFT_LIVE = 4 };

static __always_inline int thread_counts(struct thread *t)
{
	int left;

	if (t->held || t->phase != PHASE_LIVE || t->serial < opened_serial)
		return 0;
	left = LEFT_LIVE | (t->on_cpu ? LEFT_RUNNING : 0) | (t->counted ? LEFT_COUNTED : 0);
	t->counted = 0;
	return left;
}

/*
 * The current thread leaves the CPU; state: 0, it was preempted. Like all functions of their own to
 * the verifier that take no task, it is walked once: a task's pointers take it long.
 */
__noinline int switch_out(struct thread *t, __u32 state, int left, __u64 now)
{
	struct task_struct *task = bpf_get_current_task_btf(), *leader = task->group_leader;
	__u64 cpu_before, seen_ns;

	if (!t || t->held)
		return 0;
	if (t->serial < opened_serial) {
		if (state & TASK_DEAD)
			thread_buried(t);
		return 0;
	}
	if (!(left & LEFT_LIVE)) { /* if it is being met: see thread_catch_up */
		if (t->phase == PHASE_CLAIMED || t->phase == PHASE_LIVE)
			loss_count(WIRE_LOST_RACE);
		return 0;
	}
	cpu_before = t->cpu_ns;
	if (!(left & LEFT_RUNNING)) { /* a thread can leave that was not seen to arrive */
		running_change(&running, 0, now); /* only what is booked can be settled */
		thread_arrives(t, task, leader, now);
	}
	seen_ns = now > t->on_ns ? now - t->on_ns : 0;
	thread_leaves(t, task, state, now);
	running_settle(&running, &t->owed_ns, t->cpu_ns - cpu_before, seen_ns);
	if (state & TASK_DEAD) {
		thread_send(t, task, now, false);
		t->phase = PHASE_CLOSED; /* a zombie is still met by iterators */
		thread_buried(t);
	}
	return 0;
}

/* The current thread leaves the CPU for good, after the window's end. */
__noinline int switch_out_late(struct thread *t)
{
	struct task_struct *task = bpf_get_current_task_btf(), *leader = task->group_leader;

	if (!t || !t->dying)
		return 0;
	if (!t->on_cpu)
		thread_arrives(t, task, leader, window_end_ns);
	thread_close(t, task, window_end_ns, false);
	thread_buried(t);
	return 0;
}

/* The process of the current thread has one less on the CPU. */
__noinline int process_leave(__u64 now)
{
	return process_change(bpf_get_current_task_btf()->group_leader, -1, now);
}

/* All CPUs read these bytes: they are written once. */
static __always_inline void cpu_meet(void)
{
	__u32 cpu = bpf_get_smp_processor_id();

	if (cpu < WIRE_CPUS && !cpus_met[cpu])
		cpus_met[cpu] = 1;
}

/* A thread comes to a CPU; came: it was on none before. It can arrive where it is already. */
static __always_inline void switch_in(struct thread *t, struct task_struct *task,
	struct task_struct *leader, bool came, __u64 now)
{
	cpu_meet();
	if (!came || task->se.sum_exec_runtime != t->executed)
		thread_catch_up(t, task, now);
	thread_arrives(t, task, leader, now);
}

SEC("tp_btf/sched_switch")
int BPF_PROG(on_switch, bool preempt, struct task_struct *prev, struct task_struct *next,
	unsigned int prev_state)
{
	struct thread *out = thread_of(prev), *in = thread_of(next);
	struct task_struct *leader;
	__u32 state = preempt ? 0 : prev_state;
	bool arrives, came, heir;
	int left = 0;
	__u64 now;

	/* Two tests, kept apart: the verifier allows no "or" of pointers. */
	if (!out) {
		barrier_var(in);
		if (!in)
			return 0;
	}
	if (window_end_ns) {
		if (out && (state & TASK_DEAD))
			switch_out_late(out);
		return 0;
	}
	leader = next->group_leader; /* before all branches: the verifier comes by once */
	now = bpf_ktime_get_ns();
	/*
	 * How many run is counted before all else, which can take longer than a thread runs: what
	 * another CPU counts meanwhile would come between an instant and what happened then.
	 */
	if (out)
		left = thread_counts(out);
	arrives = in && !in->held && in->phase == PHASE_LIVE;
	came = arrives && !in->on_cpu;
	/* It takes the place of another of its process. */
	heir = arrives && (left & LEFT_COUNTED) && prev->tgid == next->tgid && !in->counted;
	if (arrives && !in->counted)
		in->counted = heir || process_enter(next, leader, now);
	if ((left & LEFT_COUNTED) && !heir)
		process_leave(now);
	if (came != (left & LEFT_RUNNING))
		running_change(&running, came ? 1 : -1, now);
	if (out)
		switch_out(out, state, left, now);
	if (arrives) {
		in->behind_own = out || !prev->pid;
		switch_in(in, next, leader, came, now);
	}
	return 0;
}

/* The first thread beside the main one: from here on the process has its own count. */
static __always_inline void process_share(struct thread *t, struct task_struct *creator, __u64 now)
{
	struct process *process = bpf_task_storage_get(
		&processes, creator->group_leader, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);

	if (!process || BPF_CORE_READ(creator, signal, nr_threads) != 2)
		return;
	process->running.state = wire_running_state(now, 0);
	/* Its creator counts already if it is on the CPU since before the last other thread ended.
	 */
	if (!t->counted)
		running_change(&process->running, 1, now);
	t->counted = true;
}

/* A child of fork() has the same in the same places. */
static __always_inline void process_inherit(struct task_struct *parent, struct task_struct *child)
{
	struct task_struct *leader = parent->group_leader;

	gil_inherit(leader, child);
	python_inherit(leader, child);
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(on_fork, struct task_struct *parent, struct task_struct *child)
{
	struct thread *creator = thread_of(parent), *t;
	bool is_thread = child->pid != child->tgid;
	__u64 now;

	if (!creator || creator->held || window_end_ns || (!is_thread && !cfg_follow))
		return 0;
	t = thread_create(child);
	if (!t)
		return 0;
	now = bpf_ktime_get_ns();
	thread_open(t, child, now);
	t->off_ns = now;
	thread_announce(t, child, now, false);
	t->phase = PHASE_LIVE;
	__sync_fetch_and_add(&living, 1);
	if (is_thread)
		process_share(creator, parent, now);
	else
		process_inherit(parent, child);
	return 0;
}

/*
 * Whether the launched command was but a launcher until now: a script that finds the program to run
 * and becomes it, with nothing of its own going on any more. The program is what is to be measured.
 */
static __always_inline bool launcher_ends(struct thread *t, __u64 now)
{
	return t->launched && living == 1 && now - window_start_ns < WIRE_LAUNCHER_NS;
}

/* The launched command begins: what was there before was the tool's own child, held at a pipe, or a
 * launcher. */
static __always_inline struct thread *launch_begin(struct task_struct *task, __u64 now)
{
	struct thread *t;

	bpf_task_storage_delete(&threads, task);
	t = thread_create(task);
	if (!t)
		return NULL;
	thread_open(t, task, now);
	t->on_ns = now;
	t->on_cpu = 1;
	t->met_running = 1;
	t->launched = 1;
	t->phase = PHASE_LIVE;
	opened_serial = t->serial;
	living = 1;
	for (int i = 0; i < WIRE_RUNNING; i++)
		running.ns[i] = 0;
	running.state = wire_running_state(now, 1);
	window_start_ns = now;
	return t;
}

SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_exec, struct task_struct *task, int old_pid, struct linux_binprm *bprm)
{
	struct thread *t = thread_of(task);
	__u64 now;
	bool opens;

	if (!t || window_end_ns)
		return 0;
	now = bpf_ktime_get_ns();
	/* Alone from here on; and the count is gone with the leader, if it was another thread. */
	if (t->counted)
		process_change(task->group_leader, -1, now);
	t->counted = false;
	if (cfg_guarded && !rights_cover(task)) {
		thread_leave_out(t, task, now);
		return 0;
	}
	opens = t->held || launcher_ends(t, now);
	if (opens)
		t = launch_begin(task, now);
	if (!t)
		return 0;
	gil_forget(task);
	python_forget(task);
	exec_announce(t, task, bprm, now, opens);
	return 0;
}

/* The current thread ends after the window did: it may be gone before the iterator comes to it. */
__noinline int exit_late(struct thread *t)
{
	if (t && t->phase == PHASE_LIVE)
		thread_close_alive(t, bpf_get_current_task_btf());
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(on_exit, struct task_struct *task)
{
	struct thread *t = thread_of(task);
	struct process *process;

	if (!t || t->held)
		return 0;
	if (window_end_ns)
		return exit_late(t);
	t->dying = 1;
	__sync_fetch_and_add(&dying, 1);
	__sync_fetch_and_add(&living, -1);
	/* The last one to go, be it the leader or not: only then does the kernel know the peak of
	 * the process's memory. Its leader keeps its storage until then. */
	if (BPF_CORE_READ(task, signal, live.counter) > 0)
		return 0;
	process = bpf_task_storage_get(
		&processes, task->group_leader, NULL, BPF_LOCAL_STORAGE_GET_F_CREATE);
	if (process)
		process_send(process, task, t->serial, bpf_ktime_get_ns());
	return 0;
}

/* Attached for moments at a time. See census.h. Not by BTF: a kernel need not have it. */
SEC("raw_tp/sys_enter")
int on_call(struct bpf_raw_tracepoint_args *ctx)
{
	struct thread *t = thread_of(bpf_get_current_task_btf());
	long number = ctx->args[1];
	__u64 now;

	if (!t || t->held || t->phase != PHASE_LIVE || number < 0 || number >= WIRE_SYSCALLS ||
		cfg_calls_kept[number])
		return 0;
	now = bpf_ktime_get_ns();
	if (now >= calls_since_ns && now < calls_until_ns)
		t->calls += calls_weight;
	return 0;
}

/* Attached where it matters. See poll_watch.h. What a switch in the midst of this changes is read
 * again. */
SEC("uprobe")
int on_poll(void *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf();
	struct thread *t = thread_of(task);
	__u64 now, switches;

	if (!t || t->held || t->phase != PHASE_LIVE || window_end_ns)
		return 0;
	__sync_fetch_and_add(&polls_seen, 1);
	round_at_once(t);
	now = bpf_ktime_get_ns();
	switches = t->involuntary;
	poll_note(t, task->sched_info.run_delay, now);
	if (t->involuntary != switches)
		poll_note(t, task->sched_info.run_delay, bpf_ktime_get_ns());
	t->polls_seen = 1;
	return 0;
}

SEC("perf_event")
int on_sample(struct bpf_perf_event_data *ctx)
{
	struct task_struct *task = bpf_get_current_task_btf(), *leader;
	struct thread *t = thread_of(task);
	struct wire_sample *s;
	__u32 stack = 0, weight = 0;
	struct pt_regs *regs;
	long number;
	__u64 now;

	if (!t || t->held || !window_is_open())
		return 0;
	now = bpf_ktime_get_ns();
	if (cfg_sites)
		stack = site_sample(t, now, &weight);
	regs = (struct pt_regs *)bpf_task_pt_regs(task);
	number = regs->orig_ax;
	s = event_reserve(sizeof(*s));
	if (!s)
		return 0;
	event_head(&s->h, WIRE_SAMPLE, t->serial, now);
	s->syscall = number < 0 ? WIRE_NO_SYSCALL : number;
	s->kernel = (long)ctx->regs.ip < 0; /* kernel addresses have the highest bit set */
	leader = task->group_leader;
	s->lock_held = gil_held(task, leader);
	s->lock_wanted = cfg_sites && lock_is_wanted(leader, s->lock_held);
	s->restless = round_is_long(t, task, now);
	s->holds = cfg_sites ? mutex_held() : 0;
	s->stack = stack;
	s->weight = weight;
	event_submit(s);
	return 0;
}
