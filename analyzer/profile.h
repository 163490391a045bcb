/*
 * profile: what the measurement means: states, waits, locks, loops, and the same work under other
 * models.
 *
 * The noun that the analyzer hands to the advisor. It is computed by pure functions from a
 * measurement, which it borrows (host, target, names) and which must outlive it. Seconds and shares
 * (0..1); a value that is not known is NAN, or -1 where an integer is meant, and null in the
 * report.
 */
#ifndef CONCADVISE_PROFILE_H
#define CONCADVISE_PROFILE_H

#include "stacks.h"
#include "state.h"
#include "timeline.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct measurement;

struct profile_time {
	double s[STATE_COUNT];
	double total_s;
};

/* What a thread is for, told from how it behaves. */
enum role {
	ROLE_MAIN,        /* the process's first thread, doing the work itself */
	ROLE_WORKER,      /* works on things it is handed, or was started to do */
	ROLE_EVENT_LOOP,  /* comes round to a wait for several files */
	ROLE_IDLE,        /* waited for work nearly all the time */
	ROLE_COORDINATOR, /* waited nearly all the time for its own threads or children */
	ROLE_COUNT
};
const char *role_name(enum role r);

struct profile_thread {
	size_t measured; /* index into the measurement's threads */
	enum role role;
	double wall_s;
	struct profile_time time;
	/* Of the time in each state: waiting for work or users, and waiting for its own threads or
	 * children while they worked. What is left is busy. */
	struct profile_time idle, coordinating;
	double unexplained_s; /* of state other: no record tells */
	double peer_s;        /* computed where other threads of its process did, too; see peer.h */
};

/* What is said of one of the measurement's frames, see code.h. */
struct profile_frame {
	bool library;           /* not the user's own code */
	bool generated;         /* run by a runtime that has not said its name */
	const char *short_file; /* the last parts of its file's path; borrowed; NULL: not known */
};

/* A chain of calls as the reader should see it: without wrappers and machinery. */
struct callsite {
	size_t *frames;      /* indexes of frames, innermost first */
	size_t frames_count; /* 0: nothing is known */
	size_t line;         /* of them, the one that stands out */
	bool own;            /* that one is the user's own code */
};

/* A line at which something happened, and how much of it. Several chains of calls may lead there.
 */
struct profile_site {
	size_t stack; /* the one that most of it came through: index into the profile's callsites */
	bool module_only; /* no function is known: whatever happened anywhere in that module */
	double share;     /* of all of it; NAN: too few were taken to tell */
	double taken;     /* it is known by so many waits, or samples, that were looked at */
	double count;     /* waits there, estimated; NAN: none are counted here */
	double total_s;   /* waited there, or on a CPU there; estimated */
	double max_s;     /* longest wait seen there; NAN: none was */
	double lock_held_share; /* of it, holding the runtime's global lock; NAN: not known */
	int tid;                /* the thread that was there longest */
	size_t threads;         /* how many were there */
};

struct profile_sites {
	struct profile_site *sites;
	size_t count; /* largest first; 0: not known */
};

/* Waits of one kind: same state, same syscall, same object. */
struct profile_wait {
	enum state state;
	const char *syscall; /* borrowed; NULL: none */
	char *object;        /* "127.0.0.1:8080", "pipe", "/var/lib/x.db"; NULL: none */
	uint64_t count;
	uint64_t open; /* of them, cut by the window */
	double total_s, mean_s, p50_s, p99_s, max_s;
	double overlapped; /* share of total_s while another wait of this row was also under way */
	size_t threads;    /* how many threads waited so */
	bool idle;         /* waiting for work or for users: nothing to gain here */
	struct profile_sites sites; /* where it is called, by share of total_s */
};

struct profile_lock {
	const char *kind; /* interpreter, mutex, rwlock, futex, file, address-space */
	uint64_t address; /* 0: not a word in memory */
	char *object;     /* NULL: none */
	int pid;          /* the process it is fought for in; 0: several */
	uint64_t waits;
	double total_wait_s, max_wait_s;
	double held_s;  /* while somebody waits for it, somebody holds it: it was held this long at
			   least */
	size_t waiters; /* threads that waited for it */
	int owner_tid;  /* who held it during the longest wait; 0: not known */
	bool inferred;  /* a runtime's global lock told by behaviour, not by address */
	const char *name;             /* the variable that it is; borrowed; NULL: none */
	struct profile_sites waiting; /* where it is waited for, by share of total_wait_s */
	struct profile_sites holding; /* where its holders were while others waited for it */
};

struct profile_blocking {
	enum state state;
	const char *syscall;
	uint64_t count;
	double total_s, max_s;
	struct profile_sites sites;
};

/* What took most of a stall. */
enum stall_kind {
	STALL_BLOCKING,  /* a wait other than the loop's own */
	STALL_COMPUTING, /* on a CPU */
	STALL_CROWDED,   /* waiting for a CPU: with one to be had it were none */
	STALL_KIND_COUNT
};
const char *stall_kind_name(enum stall_kind k);

/* Stalls of a loop that were of one kind at one line. */
struct profile_stall {
	enum stall_kind kind;
	size_t stack; /* as in profile_site; MEASURED_NONE: not known */
	/* The longest wait in the longest one of them, if blocking. */
	enum state state;
	const char *syscall; /* borrowed; NULL: none */
	char *object;        /* NULL: none */
	double wait_max_s;   /* the longest such wait; NAN: not blocking */
	uint64_t count;
	double total_s, max_s;
	double run_queue_s; /* of the total, waiting for a CPU */
};

/* One stall, as far as those of a loop are known one by one. */
struct profile_stall_time {
	enum stall_kind kind;
	double start_s, end_s;
};

/*
 * A loop that does not look for events for so long has held them up. 10 ms is where Clinic Doctor
 * begins to call an event loop delayed, and the default of Node's "blocked"; asyncio's debug mode
 * tells only of ten times that, by when the users have seen it.
 */
#define STALL_S 0.01

struct profile_loop {
	size_t thread;                      /* index into profile.threads */
	int64_t iterations;                 /* -1: it did not sleep often enough to count them */
	double work_share, run_queue_share; /* of its time; the rest of it waits for events */
	double busy_share;                  /* what it works of its time but for the run queue */
	double lag_p50_s, lag_p99_s,
		lag_max_s;    /* time on the loop between two waits; NAN: not known */
	double compute_max_s; /* longest stretch of computing between two waits; NAN: not known */
	bool saturated;       /* it was met finding events as soon as it looked: it never sleeps */
	double capacity;      /* it waits for requests: this many times the load it had; NAN: not a
				 server */
	struct profile_blocking *blocking;
	size_t blocking_count; /* waits on the loop other than its own */
	/* It is stalled while it goes STALL_S without looking for events. */
	int64_t stalls_seen; /* but those crowded; -1: cannot be counted; 0: it is healthy */
	struct profile_stall *stalls; /* what is known of the longest ones: most time first */
	size_t stalls_count;
	struct profile_stall_time *stall_times; /* of those, in the order in which they began */
	size_t stall_times_count;
};

struct profile_interpreter {
	bool present;          /* a runtime with a global lock was seen */
	double held_share;     /* of on-CPU samples whose lock state is known; NAN: none known */
	double wait_s;         /* all threads' waiting for it */
	double free_cpu_share; /* of on-CPU time, without the lock; NAN: not known */
	double called_share;   /* of that, in system calls; 1 where it is not known */
	double utilization;    /* computing under the busiest process's lock, of the window */
	double turns_share;    /* of on-CPU time, in system calls to wait for it and to wake who
				  waits; NAN: not known */
};

enum model {
	MODEL_SEQUENTIAL,
	MODEL_THREADS,
	MODEL_PROCESSES,
	MODEL_EVENT_LOOP,
	MODEL_HYBRID,
	MODEL_COUNT
};
const char *model_name(enum model m);

enum limit {
	LIMIT_CORES,
	LIMIT_CPU_QUOTA,
	LIMIT_INTERPRETER_LOCK,
	LIMIT_LOCK,
	LIMIT_LONGEST_WAIT,
	LIMIT_WORKERS,
	LIMIT_DEVICE,
	LIMIT_SERIAL_PART,
	LIMIT_NOTHING,
	LIMIT_COUNT
};
const char *limit_name(enum limit l);

/* What a model costs beside the work; in the prediction already. Seconds. */
struct prediction_costs {
	double once_s;       /* before the first worker starts */
	double each_s;       /* each worker, one after the other */
	double operation_s;  /* computing of each operation, to be handed out */
	double passing_s;    /* of each operation's result, one at a time */
	double results_s;    /* of all results */
	double lulls_s;      /* of all computing as it was measured, what its CPUs' idling cost: so
				much a model saves whose CPUs never rest; NAN: not known */
	double wakeup_s;     /* each time that one waits for another: to wake it */
	double worker_bytes; /* memory of each worker; NAN: not known */
};

struct prediction {
	enum model model;
	int workers;
	double wall_s; /* NAN: a service, whose work does not end sooner */
	double speedup, speedup_low, speedup_high;
	enum limit limited_by;
	double memory_bytes; /* further memory that this model takes at that size; NAN: not known */
	double capacity; /* of a service: times the measured load; NAN: a program that runs to an
			    end */
	struct prediction_costs costs;
	bool current; /* the program is built like this now */
};

struct profile_check {
	const char *id; /* "duration", "loss", "cpu-pressure", ... */
	bool passed;
	char *message;
};

enum grade { GRADE_GOOD, GRADE_FAIR, GRADE_POOR };
const char *grade_name(enum grade g);

struct profile_concurrency {
	size_t threads_peak, processes_peak;
	double mean_running,
		mean_waiting; /* threads on a CPU; threads in a wait that is work, not idleness */
	double mean_awaiting; /* of these, what neither sleeps nor is one wait all along */
	double *running_s;
	size_t running_count;   /* [n]: seconds with n threads on a CPU */
	double cpu_utilization; /* of the CPUs that it may use; 0..1 */
	double cpus;            /* that it may use: online, affinity and quota, the least */
	double pressure_s;      /* waiting for CPUs that other programs had, of all threads; */
	double queued_s;        /* and behind its own, while another CPU was free */
	double waiting_peak; /* most threads at once in a long wait that is work; NAN: not known */
};

/* What can be said of a program that serves others. */
struct profile_server {
	bool present;              /* it accepts connections, or waits on those that it accepted */
	size_t connection_threads; /* threads that wait on accepted connections */
	size_t connections;        /* kinds of them: ports of its own on which they came */
};

/* What the program's work consists of, in sums. */
struct profile_work {
	struct profile_time busy; /* all threads' time that is neither idle nor coordinating */
	double cpu_s;             /* C: all its computing */
	double cpu_locked_s;      /* C_gil: of it, under an interpreter's lock */
	double wait_s;            /* W: waits that are work and could overlap */
	double wait_blocking_s;   /* of W, waits that an event loop cannot overlap (disk) */
	double wait_joint_s;      /* J: a loop's own waiting: all that it had under way waited */
	uint64_t
		operations; /* n: how many such waits, or computing steps, could run side by side */
	size_t width;       /* no more operations than this are ever at hand; 0: not known */
	double longest_s;   /* L: the longest that is serial: a wait, a child, a chain of rounds */
	uint64_t asked;     /* answers that came after another one on the same connection */
	double asked_s;     /* of W, for those */
	double continued_s; /* of W, for more of the same answer */
	double uneven_s;    /* the busiest peer computed so much longer than an even share */
	double alternate_s; /* its workers take turns: at once, they would save so much */
	bool in_turn;       /* they take turns in waits for their work (alternation.h) */
	double kept_s;      /* threads at work kept to a schedule (pacing.h), */
	double paced_s;     /* of it, slept until its next tick; */
	double period_s;    /* from one to the next; NAN: there is no schedule */
	double lock_s;      /* the worst lock was held: serial under any number of threads */
	double idle_s;      /* waiting for work, for users: in no prediction */
	/* What its loops waited for, where all of it was seen: requests, how long they would have
	 * been waited for one by one, and most at once. */
	uint64_t exchanges;
	double exchanges_s;
	size_t exchanges_most;
	bool goroutines;  /* those were theirs, whichever thread received them */
	bool one_by_one;  /* its loop has hardly more than one request under way at a time */
	bool service;     /* it waits for requests, and does not run to an end */
	enum model model; /* how the program is built now */
	int workers;      /* of that model, now */
	bool elastic;     /* it starts workers as it needs them */
};

/* A program that starts a process for each of its operations: a script, a build. */
struct profile_offspring {
	size_t starter; /* the process that does; MEASURED_NONE: it is no such program */
	double count;   /* operations, each with what it starts in turn */
	double busy_s;  /* all together */
	/* The path of what most of that was spent in, borrowed, NULL: not known; in how many
	 * processes, and their part of it. */
	const char *program;
	double program_count, program_share;
	struct profile_sites sites; /* where the starter waits */
};

/* On which machine and at which size the work is thought to be done again. */
struct premise {
	double cpus;       /* NAN: those that were measured */
	int workers;       /* of every model; 0: as many as are best */
	double operations; /* times as many as measured; 1 */
};

/* One point of how a model scales. */
struct scaling {
	enum model model;
	int workers;
	double wall_s, capacity; /* as in struct prediction */
};

struct profile {
	const struct measurement *measurement;
	struct profile_frame *frames; /* of the measurement's frames, in their order */
	struct callsite *callsites;   /* of the measurement's stacks, in their order */
	size_t callsites_count;
	struct profile_sites cpu_sites; /* by share of the time on a CPU */
	struct stacks stacks;
	struct timeline timeline;
	struct premise premise;
	double wall_s;
	uint64_t lost;
	struct profile_time time;
	struct profile_concurrency concurrency;
	struct profile_thread *threads;
	size_t threads_count; /* same order as the measurement's */
	struct profile_wait *waits;
	size_t waits_count;  /* longest total first */
	size_t *row_of_wait; /* of each of the measurement's waits: its row above */
	struct profile_lock *locks;
	size_t locks_count;    /* longest wait first */
	double lock_cpu_share; /* see lock_cost.h */
	struct profile_loop *loops;
	size_t loops_count;
	struct profile_interpreter interpreter;
	struct profile_server server;
	double polling_share; /* of on-CPU time, asking in vain whether something is ready; NAN: no
				 samples */
	struct profile_work work;
	struct profile_offspring offspring;
	struct prediction *predictions;
	size_t predictions_count; /* one a model, in enum order */
	double now_s;             /* as it is built: measured, or under the premise */
	struct scaling *scaling;
	size_t scaling_count;    /* by model, workers ascending */
	struct prediction tuned; /* the present model at its best size, nothing blocking its loop */
	enum grade grade;
	struct profile_check *checks;
	size_t checks_count;
};

/* Understands a measurement; what_if NULL: predicts for the machine measured. Returns NULL when out
 * of memory; m must outlive the profile. */
struct profile *profile_new(const struct measurement *m, const struct premise *what_if);

/* The same of threads and time alone, at a small part of the cost: for one who looks on
 * while measuring goes on. */
struct profile *profile_glance(const struct measurement *m);

void profile_free(struct profile *p);

#endif
