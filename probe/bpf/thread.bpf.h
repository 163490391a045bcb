/*
 * thread: the record of one measured thread, in the task's own storage.
 *
 * It lives and dies with the task, so no table can be full and a reused tid cannot be mistaken for
 * the old thread. Everything is summed here; what does not fit is sent on and merged by the tool.
 */
#ifndef CONCADVISE_THREAD_BPF_H
#define CONCADVISE_THREAD_BPF_H

#include "vmlinux.h"

#include <bpf/bpf_core_read.h>
#include <bpf/bpf_helpers.h>

#include "wire.h"

/* A record is filled by whoever sees the thread first: the iterator, or the switch that it takes
 * part in. */
enum phase { PHASE_NEW, PHASE_CLAIMED, PHASE_LIVE, PHASE_CLOSED };

/* What holds a rate of stacks taken. See site.bpf.h. */
struct capture {
	__u64 taken_ns, due_ns;
	__u32 shift;
};

struct slot {
	struct wire_wait_key key;
	struct capture capture; /* beside the key: a wait looks at both */
	struct wire_sums sums;
};

/* What a thread had been off the CPU when. at_ns 0: there was no such instant. */
struct instant {
	__u64 at_ns, waits_ns, run_queue_ns;
};

struct thread {
	__u32 serial;
	__u32 phase;
	__u8 held;     /* the launched command before its first exec */
	__u8 launched; /* the first thread of the launched command */
	__u8 on_cpu;
	__u8 blocked;     /* off the CPU because it waits, not because it was preempted */
	__u8 open;        /* its wait began before the window, or its process ended in it */
	__u8 met_running; /* found on a CPU: its first stay there began before the window */
	__u8 dying;       /* between its exit and its last switch */
	__u8 counted;     /* it is one of the running threads of its process */
	__u8 asked;       /* the pending wait is for the next answer on the same connection, */
	__u8 polls_seen;  /* looks for events are seen as they begin. See round.bpf.h */
	__u8 continued;   /* the pending wait is for more of the same answer. See answer.bpf.h */
	__u8 behind_own;  /* who left the CPU that it got last was the target itself, or nobody */
	__u8 lock_wait;   /* how its wait is counted in its process. See lock.bpf.h */
	__u8 site_wanted; /* others wait for the runtime's global lock meanwhile, */
	__s8 site_held;   /* and whether it holds it. As all site_*, of the pending wait */
	__u32 victim;     /* the slot that makes room next */
	__u32 slot;       /* where the pending wait is counted, if that is still there */
	__u32 site_stack; /* the stack taken of it; 0: none was */
	__u32 site_weight;
	__u64 site_holds;
	__u64 start_ns;
	__u64 on_ns;     /* when it last got a CPU, */
	__u64 off_ns;    /* and before that last lost one; 0: the interval in between is settled */
	__u64 run_delay; /* the kernel's total at off_ns */
	__u64 executed;  /* the kernel's total of CPU time, when this was last settled */
	__u64 nvcsw;     /* likewise, of its blocking, when it was last seen to leave */
	__u64 utime, stime;        /* the kernel's totals at start_ns */
	__u64 faults_first;        /* likewise, of page faults; */
	__u64 faults, faults_sent; /* when it last left a CPU; when the last segment was sent */
	__u64 cpu_ns, run_queue_ns, stolen_ns, unaccounted_ns;
	__u64 run_queue_own_ns; /* of it, until the target itself, or nobody, left the CPU */
	__u64 waits_ns;         /* blocked, as far as it is settled */
	__s64 owed_ns; /* of cpu_ns, what is not counted as running yet. See running.bpf.h */
	__u64 voluntary, involuntary;
	__u64 calls; /* an estimate. See census.h */
	/* Since the last segment: */
	__u64 cpu_before_ns, run_queue_before_ns, waits_before_ns;
	__u32 waits_before, begun_before; /* begun: for a new answer of a TCP peer */
	/* See round.bpf.h: when the last look for the events of several files was over, when the
	 * one that is under way began, what lay before that, and before the one that slept. */
	struct instant polled, entered;
	struct wire_stretch before_entered, before_poll;
	__u64 answer_file;            /* the TCP socket that it waited for last; 0: none, */
	struct sock *answer_sock;     /* the kernel's side of it, */
	__u32 answer_seq;             /* and where writing to it stood then */
	__u64 plain_file;             /* the last other file that it waited for */
	__u64 python_state;           /* its PyThreadState, if it was found, */
	__u64 python_quiet_ns;        /* or until when not to search again. See python.bpf.h */
	struct wire_wait_key pending; /* what it is blocked in, or was last */
	struct wire_loop loop;
	struct slot slots[WIRE_SLOTS];
};

struct {
	__uint(type, BPF_MAP_TYPE_TASK_STORAGE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, int);
	__type(value, struct thread);
} threads SEC(".maps");

/* Nearly all that are asked for are not measured: those have nothing stored, which is seen sooner
 * here than by asking for it. The idle thread has nothing either. */
static __always_inline struct thread *thread_of(struct task_struct *task)
{
	if (!task->bpf_storage)
		return NULL;
	return bpf_task_storage_get(&threads, task, NULL, 0);
}

#endif
