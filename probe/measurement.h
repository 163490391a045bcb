/*
 * measurement: what the probe saw, before anyone says what it means.
 *
 * The noun that the probe hands to the analyzer, and the seam at which a recording is kept:
 * everything to the right of it runs from a file as well as from a live program. It holds facts
 * only (a syscall, a kind of file, a futex word, a task state), so that a wrong classification is
 * mended by replaying old recordings.
 *
 * Times are nanoseconds; instants count from the start of the window. pids and tids are those of
 * the PID namespace of the person who runs the tool. Strings and arrays belong to the measurement.
 * A pointer that an _add_ function returned is valid until the next call that adds the same kind;
 * keep indexes.
 */
#ifndef CONCADVISE_MEASUREMENT_H
#define CONCADVISE_MEASUREMENT_H

#include "durations.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define MEASUREMENT_SCHEMA "concadvise.measurement/1"
#define MEASURED_NONE SIZE_MAX   /* an index that points at nothing */
#define MEASURED_ALIVE INT64_MAX /* the end of what had not ended when measuring stopped */

enum measured_mode { MEASURED_LAUNCH, MEASURED_ATTACH };

struct measured_host {
	char *kernel, *arch;
	int cpus_online;
	int cpus_allowed;      /* by the affinity of the target */
	double cpu_quota;      /* cores, by the tightest cgroup above the target; NAN: no quota */
	uint64_t throttled_ns; /* how long that quota held the cgroup back inside the window */
	uint64_t memory_available_bytes; /* at the start; 0: not known */
	uint64_t thread_limit; /* how many more threads may be started (ulimit -u, pids.max); 0: not
				  known */
	/* What concurrency costs here, timed by the probe itself; 0: not known. See cost.h. */
	int cores_allowed;         /* on how many cores cpus_allowed are: with SMT, fewer */
	uint64_t thread_start_ns;  /* to start a thread and to join it */
	uint64_t process_start_ns; /* to fork a small process and to wait for its end */
	uint64_t
		process_child_ns; /* of that, what the child itself takes; 0 also: not told apart */
	uint64_t fork_ns_per_mib; /* further, for each MiB resident: page tables are copied */
	uint64_t copy_ns_per_mib; /* further, CPU time of a child for each MiB of its parent's
				     memory  that it writes to, alone and beside another */
	uint64_t wakeup_ns;       /* from waking a sleeping thread until it runs */
	uint64_t waking_ns;       /* of that, what who wakes it is taken up by */
	uint64_t pass_ns_per_mib; /* through a pipe from one process to another */
	uint64_t touch_ns_per_mib; /* to write to memory that is new */
	uint64_t arithmetic_ns;    /* 100,000 steps: how fast a CPU is */
	/* How fast each CPU is when all that are allowed compute, in thousandths of one alone; see
	 * together.h. */
	int compute_together, memory_together;
};

/* What a CPU's idling for so long adds to the computing after it; see lull.h. */
struct measured_lull {
	uint64_t idle_ns;
	uint64_t extra_ns;
};

struct measured_target {
	enum measured_mode mode;
	char **command; /* NULL-terminated; NULL on attach */
	int *pids;      /* the processes asked for */
	size_t pids_count;
	bool has_exit_status;
	int exit_status; /* 128 + N when signal N ended it */
	/* Before the window: scripts that found the program to run and became it. 0: there were
	 * none. */
	uint64_t launcher_ns;
	int launcher_processes; /* with itself */
};

/*
 * A process; or, of a parent that starts very many, several of its children that executed the same
 * and had one row after the other: then pid and ppid are the last one's, what is counted is of all
 * of them, and what is the most is that of any.
 */
struct measured_process {
	int pid, ppid;
	size_t parent;            /* MEASURED_NONE: not measured, or known by ppid alone */
	int64_t start_ns, end_ns; /* inside the window: 0 for one that already ran; of the first one
				     and of the last */
	uint64_t earlier;         /* processes that had the row before */
	uint64_t vacant_ns;       /* nobody had it */
	bool started;             /* it was forked inside the window */
	char *executable;         /* path; NULL: not known */
	uint64_t rss_peak_bytes;  /* 0: not known */
	/* Of its resident memory, what is neither mapped from a file nor shared: when it was first
	 * looked at, and the most at any look. 0: it was gone by then. */
	uint64_t anonymous_early_bytes, anonymous_peak_bytes;
	/* CPython's own modules that it had loaded: what a pool or a loop would begin with. */
	bool has_queue, has_multiprocessing, has_asyncio;
	int watched_connections; /* most sockets, but UNIX ones without a name, that it was seen to
				    watch with epoll; counted until 8 do not listen */
	int looks;               /* how many times it was seen to watch one */
	int blank_looks;         /* how many times to watch files; 0 if once a connection was among
				    them, beside those on which it listens */
	int watched_listeners;   /* most sockets on which it listens, that it was seen to watch so */
	/* From when to when looks for the events of several files were seen to return at once; both
	 * 0: never. */
	int64_t polls_start_ns, polls_end_ns;
	int watched_files; /* most files that it was seen to watch with epoll; 0: none was seen */
	/* running_ns[n]: how long exactly n of its threads were on a CPU at once; the last element
	 * holds "or more". */
	uint64_t *running_ns;
	size_t running_count;
};

/* A language runtime found in what a process has mapped. A process without a row is native code. */
struct measured_runtime {
	size_t process;
	char *name;       /* cpython, pypy, ruby, node, jvm, go, dotnet, beam, php, perl, r */
	char *version;    /* NULL: not known */
	bool global_lock; /* it has a lock that only one thread at a time may hold to run its code
			   */
	uint64_t lock_start, lock_end; /* addresses in which every futex word of that lock lies;
					  both 0: not known */
	char *file;                    /* the mapped file that it was found in; NULL: not known */
};

/* The time between two waits for several files on one thread, as of an event loop. */
struct measured_loop {
	uint64_t polls;      /* waits for several files that really slept */
	uint64_t stretches;  /* complete stretches between two of them */
	uint64_t stretch_ns; /* their sum */
	uint64_t stretch_max_ns;
	/* Looks that returned at once, while they were watched (polls_start_ns of the process):
	 * they end stretches too. The longest of those, and the longest without what it was off the
	 * CPU. */
	uint64_t at_once, at_once_max_ns, at_once_computed_max_ns;
	int descriptor; /* of the epoll or ring that it waited for last; 0: none, or not known */
	struct durations durations; /* of the stretches */
};

/*
 * A thread; or, of a process that starts and ends very many, several that had one row after the
 * other, never two at a time: then tid and name are the last one's, the rest is of all of them.
 */
struct measured_thread {
	size_t process;
	int tid;
	char *name;
	int64_t start_ns, end_ns; /* inside the window; of the first one and of the last */
	uint64_t earlier;         /* threads that had the row before; 0: it is one thread's */
	uint64_t vacant_ns; /* nobody had it: between the end of one and the next one's start */
	bool started;       /* it was started inside the window */
	uint64_t cpu_ns;
	uint64_t cpu_user_ticks_ns,
		cpu_kernel_ticks_ns; /* the kernel's tick-based split of it; both 0: none seen */
	uint64_t run_queue_ns;
	/* Of it, until one of the target's own threads, or nobody, left the CPU that it got: no
	 * other program. 0 also where that is not seen. */
	uint64_t run_queue_own_ns;
	uint64_t stolen_ns;      /* on a CPU that the hypervisor (or an interrupt) had taken away */
	uint64_t unaccounted_ns; /* off-CPU time whose record was lost */
	uint64_t switches_voluntary, switches_involuntary;
	uint64_t calls;  /* system calls around which an interpreter gives up its lock; estimated */
	uint64_t faults; /* pages that it touched first, or wrote to after a fork; none was read
			    from a device */
	struct measured_loop loop;
};

enum measured_file_kind {
	FILE_UNKNOWN,
	FILE_REGULAR,
	FILE_DIRECTORY,
	FILE_BLOCK,
	FILE_CHARACTER,
	FILE_TTY,
	FILE_PIPE,
	FILE_SOCKET,
	FILE_EVENTFD,
	FILE_EPOLL,
	FILE_TIMERFD,
	FILE_SIGNALFD,
	FILE_INOTIFY,
	FILE_PIDFD,
	FILE_IO_URING,
	FILE_MQUEUE,
	FILE_ANONYMOUS,
	FILE_KIND_COUNT
};

struct measured_file {
	enum measured_file_kind kind;
	uint64_t inode;
	char *path; /* NULL: none or not known */
	/* Sockets only. */
	int family, type, protocol; /* AF_*, SOCK_*, IPPROTO_* */
	bool listening;
	char *local, *peer; /* "127.0.0.1:80", "[::1]:80", a UNIX path; NULL: none */
};

/* How a thread was blocked; from the task's state. */
enum measured_block {
	BLOCK_INTERRUPTIBLE,
	BLOCK_UNINTERRUPTIBLE,
	BLOCK_STOPPED,
	BLOCK_TRACED,
	BLOCK_FROZEN,
	BLOCK_COUNT
};

#define MEASURED_UNSEEN "?unseen"

/* pthread_join() waits so, for a word that is the thread's number until it ends, and no lock:
 * FUTEX_WAIT_BITSET, FUTEX_CLOCK_REALTIME, and not private since the kernel wakes it. */
#define MEASURED_FUTEX_JOIN 0x109

/* All waits of one thread of one kind: same syscall, same file, same futex word and operation. */
struct measured_wait {
	size_t thread;
	enum measured_block block;
	bool iowait;   /* the kernel counted it as I/O wait */
	char *syscall; /* name, "?NNN" for a number without one; NULL: outside one (a page fault);
			  MEASURED_UNSEEN: nobody saw which */
	size_t file;   /* MEASURED_NONE: no file is known */
	uint32_t files_polled; /* poll, select: how many files; else 0 */
	uint64_t futex_address;
	char *futex_symbol; /* the variable in which the futex word lies; NULL: in none with a name
			     */
	uint32_t futex_op, futex_value;
	int owner_tid;      /* who held a glibc mutex during the longest such wait; 0: not known */
	uint64_t count;     /* waits that began or were open inside the window */
	uint64_t open;      /* of them, those that the window cut, or the end of their process */
	uint64_t asked;     /* of them, waits for the same TCP connection as the thread's previous
			       one, to which something was sent since: the next answer on it */
	uint64_t continued; /* of them, waits for a TCP peer to which nothing was sent since the
			       previous wait: more of the same answer */
	uint64_t
		total_ns; /* blocked inside the window; waiting for a CPU afterwards is not in it */
	uint64_t max_ns;
	struct durations durations; /* of those that were met one by one */
};

/*
 * One wait that was long enough to be kept by itself, and what its thread did since its previous
 * segment. The waits in between, and those of segments dropped to bound the memory, are in
 * measured_wait's sums alone.
 */
struct measured_segment {
	size_t wait;
	int64_t start_ns; /* when the wait began; 0 if it was open before */
	uint64_t wait_ns;
	uint64_t run_queue_ns; /* from its wake-up to running again */
	uint64_t cpu_before_ns, run_queue_before_ns;
	uint64_t waits_before_ns; /* shorter waits in between */
	uint32_t waits_before;
	uint32_t begun_before;  /* of them, for a TCP peer and not continued: for a new answer */
	uint32_t faults_before; /* page faults of its thread since its previous segment */
	bool continued;         /* see measured_wait */
	uint64_t stretch_ns;    /* for a wait for several files: since the previous one ended; 0: no
				   previous one */
	uint32_t stretch_samples;      /* on-CPU samples in that stretch, */
	uint32_t stretch_poll_samples; /* and those inside such a syscall, which then returned
					  without sleeping */
	uint64_t stretch_gap_ns;       /* longest part of it between two looks for events that are
					  known: its ends and those samples; 0: not known */
	uint64_t stretch_away_ns; /* of it, blocked or waiting for a CPU; where looks that return at
				     once are seen */
};

#define MEASURED_SEGMENTS_MAX 32768
#define MEASURED_EXCHANGES_MAX 50000 /* an hour with a dozen each second */

/*
 * On a socket something was sent, then something came, and a thread received it that waits for
 * several files together, as an event loop does: what it would have waited for this one alone.
 */
struct measured_exchange {
	size_t thread;       /* that received */
	int64_t start_ns;    /* when it was sent, or was begun to connect */
	uint64_t wait_ns;    /* until something came, or it was connected, */
	uint64_t taken_ns;   /* until that was received, or something sent; no less */
	uint32_t socket;     /* those of one number were on the same connection */
	uint32_t asked_port; /* of this machine, that the other end has; 0: it is elsewhere, or not
				known */
	bool connects;       /* it began with connecting */
	bool goes_on;        /* nothing was sent, more came: since it was read before */
	bool mixed; /* more was sent meanwhile, see wire.h: it may be several, each waited for
		       less */
};

/* One function in a chain of calls, as it was named outside the process. */
struct measured_frame {
	char *function;  /* NULL: has no name, then module and offset say where it is */
	char *file;      /* of its source; NULL: not known */
	int line;        /* 0: not known */
	char *language;  /* python, c, c++, rust, go, javascript, java, ruby...; NULL: not known */
	char *module;    /* the mapped file; NULL: none (Python, generated code) */
	uint64_t offset; /* in it, as linked. Without a module: of generated code its address, of
			    Python code that could not be read that of its code object */
	bool inlined;    /* into the next frame */
};

#define MEASURED_STACK_MAX 1024 /* no chain that is kept is longer */

/* A chain of calls in user space, innermost first: indexes of frames. */
struct measured_stack {
	size_t *frames;
	size_t frames_count;
	bool truncated; /* further out it could not be followed */
};

/*
 * From where the waits of one row were called. Of many short waits only some are taken, by chance,
 * each with the weight of those that it stands for: sums over all sites of a row estimate the
 * row's own, which are exact.
 */
struct measured_site {
	size_t wait;
	size_t stack;
	uint64_t taken;    /* waits whose place was taken */
	uint64_t count;    /* that they stand for */
	uint64_t total_ns; /* likewise */
	uint64_t max_ns;
	int lock_held;    /* the runtime's global lock, meanwhile: 1 by this thread, 0 not by it,
			     -1 not known */
	bool lock_wanted; /* and others waited for it */
	uint64_t holds;   /* futex word of a mutex that it held and others waited for; 0: none */
};

/*
 * On-CPU samples of one thread that agree in all that is recorded. Where only some samples' stacks
 * were taken, by chance, a row with a stack counts those that it stands for too, as far as there
 * are any without one that agree in all else: over a thread's rows the counts add up to its
 * samples.
 */
struct measured_sample {
	size_t thread;
	bool kernel;
	char *syscall; /* NULL: in no syscall */
	int lock_held; /* the runtime's global lock: 1 by this thread, 0 not by it, -1 not known */
	bool lock_wanted; /* and others waited for it */
	uint64_t holds;   /* as in measured_site */
	size_t stack;     /* MEASURED_NONE: not known */
	uint64_t count;
};

/*
 * The longest part of a stretch between two waits for several files, on one thread, in which it is
 * not known to have looked for events, if that was long enough to hold others up.
 */
struct measured_stall {
	size_t thread;
	int64_t start_ns;
	uint64_t length_ns, stretch_ns; /* of the part, and of the whole stretch */
	uint64_t waits_ns;     /* of it, blocked (elsewhere than in a wait for several files), */
	uint64_t run_queue_ns; /* waiting for a CPU */
	size_t wait;           /* the row of the longest wait in it; MEASURED_NONE: none, */
	size_t wait_stack;     /* from where it was called, */
	uint64_t wait_ns;      /* and how long it was */
	size_t stack;          /* where most of its on-CPU samples were; MEASURED_NONE: none */
	uint32_t stack_samples, samples; /* of a long one, every 2^n-th sample */
};

/* What was not seen: dropped records, a probe that did not attach, a table that was full. */
struct measured_loss {
	char *what;
	uint64_t count;
};

struct measured_cost {
	double probe_cpu_s; /* spent in the BPF programs; NAN: not measured */
	double tool_cpu_s;  /* spent by the tool itself while measuring */
};

struct measurement {
	char *backend; /* "ebpf", "proc" */
	char *instead; /* why a lesser backend measured; NULL: it is the best, or was asked for */
	uint64_t look_ns; /* of a backend that looks now and then: how far apart, on average; else 0
			   */
	struct measured_host host;
	struct measured_target target;
	uint64_t wall_ns;     /* the window */
	double sample_hz;     /* on-CPU sampling rate; 0: no sampling */
	uint64_t calls_looks; /* how often system calls were looked at; 0: never */
	/* Until when exchanges were seen; 0: never. And those that were more than are kept. */
	int64_t exchanges_end_ns;
	uint64_t exchanges_missed;
	uint64_t segment_floor_ns; /* waits and stretches shorter than this were kept as sums alone
				    */
	/* running_ns[n]: how long exactly n measured threads were on a CPU at once; the last holds
	 * "or more". */
	uint64_t *running_ns;
	size_t running_count;
	/* Most at once, where rows have been several's; 0: the rows tell. */
	uint64_t threads_most, processes_most;
	struct measured_process *processes;
	size_t processes_count;
	struct measured_runtime *runtimes;
	size_t runtimes_count;
	struct measured_lull *lulls; /* in rising order; none: not timed */
	size_t lulls_count;
	struct measured_thread *threads;
	size_t threads_count;
	struct measured_file *files;
	size_t files_count;
	struct measured_wait *waits;
	size_t waits_count;
	struct measured_segment *segments;
	size_t segments_count; /* in order of wait end within a thread */
	struct measured_exchange *exchanges;
	size_t exchanges_count; /* in order of their ends */
	struct measured_frame *frames;
	size_t frames_count;
	struct measured_stack *stacks;
	size_t stacks_count;
	struct measured_site *sites;
	size_t sites_count;
	struct measured_sample *samples;
	size_t samples_count;
	struct measured_stall *stalls; /* the longest ones */
	size_t stalls_count;
	struct measured_loss *losses;
	size_t losses_count;
	struct measured_cost cost;
};

struct measurement *measurement_new(void);
void measurement_free(struct measurement *m);

/* Append a zeroed element and return it, NULL when out of memory. Its strings are to be malloc'ed.
 */
struct measured_process *measurement_add_process(struct measurement *m);
struct measured_runtime *measurement_add_runtime(struct measurement *m);
struct measured_lull *measurement_add_lull(struct measurement *m);
struct measured_thread *measurement_add_thread(struct measurement *m);
struct measured_file *measurement_add_file(struct measurement *m);
struct measured_wait *measurement_add_wait(struct measurement *m);
struct measured_frame *measurement_add_frame(struct measurement *m);
struct measured_stack *measurement_add_stack(struct measurement *m);
struct measured_site *measurement_add_site(struct measurement *m);
struct measured_sample *measurement_add_sample(struct measurement *m);
struct measured_stall *measurement_add_stall(struct measurement *m);

/* Likewise, to lists that fill in time: all of their room is taken with the first element, so that
 * an hour takes no more of it than a minute. NULL when they are full, too. */
struct measured_segment *measurement_add_segment(struct measurement *m);
struct measured_exchange *measurement_add_exchange(struct measurement *m);

/* Takes the room of segments, which all but the shortest measurements have, before the first one.
 * 0 or -ENOMEM. */
int measurement_reserve_segments(struct measurement *m);

/*
 * Appends a zeroed element of any list: `array` is the address of the list's pointer. This is what
 * the above are made of, for those who go by a table. NULL when out of memory.
 */
void *measured_append(void *array, size_t *count, size_t element_size);

/* Takes out all that threads and processes did, as if nothing had been measured yet; files and
 * losses stay. */
void measurement_restart(struct measurement *m);

/* Counts `count` more losses of this kind; the words are copied. 0 adds nothing. Returns 0 or
 * -ENOMEM. */
int measurement_add_loss(struct measurement *m, const char *what, uint64_t count);

/* How many threads and processes were measured: rows, and those that had them before. */
uint64_t measurement_threads(const struct measurement *m);
uint64_t measurement_processes(const struct measurement *m);

/* The largest resident size of any process; 0: not known. */
uint64_t measurement_rss_peak_bytes(const struct measurement *m);

const char *measured_file_kind_name(enum measured_file_kind kind);
const char *measured_block_name(enum measured_block block);

#endif
