/*
 * wire: what the kernel side and the tool say to each other, in fixed-width fields.
 *
 * The kernel side sums up per thread and sends an event when a thread starts, ends or executes,
 * when a sum has to make room for another, when one wait is long enough to be kept by itself, and
 * for every on-CPU sample.
 */
#ifndef CONCADVISE_WIRE_H
#define CONCADVISE_WIRE_H

#include "bucket.h"

#ifdef __bpf__
#define WIRE_ASSERT(cond) _Static_assert(cond, #cond)
#else
#include <assert.h>
#include <linux/types.h>
#define WIRE_ASSERT(cond) static_assert(cond, #cond)
#endif

#define WIRE_SYSCALLS 512 /* numbers below this can be told apart; x86-64 uses under 470 */
#define WIRE_NO_SYSCALL (-1)
#define WIRE_COMPAT_SYSCALL (-2) /* a 32-bit call: its number is of another table */
#define WIRE_UNSEEN_SYSCALL (-3) /* it waited, but nobody saw for what */
#define WIRE_COMM 16
#define WIRE_NAME 64
#define WIRE_PATH 128
#define WIRE_CPUS 8192            /* as many as Linux can have */
#define WIRE_RUNNING 65           /* n threads on CPU: 0..63, 64 or more */
#define WIRE_SHORT_BUCKETS 41     /* up to 1 ms; longer waits are sent one by one */
#define WIRE_SLOTS 6              /* kinds of waits summed up in a thread's record at a time */
#define WIRE_SEGMENT_NS (1 << 20) /* 1.05 ms, the upper edge of the last short bucket */
/* What comes sooner without having been asked for is the rest of what came before; */
#define WIRE_GOES_ON_NS 100000
/* what is sent sooner, the rest of what was sent: after the end of a handshake, the request. */
#define WIRE_ASKS_AGAIN_NS 1000000
/* But who sends more small pieces than a head, a body and their ends, sends several requests on one
 * connection: HTTP/2 and clients of databases do. What is sent up is written in larger ones: of
 * 4,096 bytes by Go's net/http, 8,192 by Python's http.client, 64 KiB by curl. */
#define WIRE_PIECES_OF_ONE 4
#define WIRE_PIECE_BYTES 4096
/* What asyncio's debug mode and Clinic Doctor call too long for one round of a loop. */
#define WIRE_RESTLESS_NS 100000000
/*
 * A command that becomes another program so soon was a launcher. Those in use take up to a second:
 * `pyenv`, `rbenv`, `poetry run`, `bundle exec`, the start scripts of Java programs. What goes on
 * for longer is part of what was asked to be measured.
 */
#define WIRE_LAUNCHER_NS 3000000000ULL
#define WIRE_STACK_BYTES 16384 /* of a thread's stack, from its top: what unwinding may need */
#define WIRE_RED_ZONE 128      /* below the stack pointer, and in use: System V ABI, x86-64 */
#define WIRE_PYTHON_FRAMES 64  /* innermost ones of a thread */
#define WIRE_TEXT_BYTES 256    /* of a Python string with its header, as it lies in memory */
#define WIRE_LINES_BYTES 16384 /* of a code object's table of lines */
#define WIRE_LINES_UNKNOWN 0xffffffff

/* How the arguments of a syscall name what it waits for. Filled in by the tool, by syscall name. */
enum wire_args {
	WIRE_ARGS_NONE,
	WIRE_ARGS_FD,      /* the first one is a file descriptor */
	WIRE_ARGS_FUTEX,   /* word, op, value */
	WIRE_ARGS_FUTEX2,  /* word, value, mask, flags: futex_wait() of Linux 6.7 */
	WIRE_ARGS_POLL,    /* array of struct pollfd, length */
	WIRE_ARGS_SELECT,  /* count, three sets */
	WIRE_ARGS_EPOLL,   /* the first one is the descriptor of an epoll */
	WIRE_ARGS_URING,   /* the first one is the descriptor of a ring */
	WIRE_ARGS_RESTART, /* goes on with what a signal interrupted */
};

enum wire_type {
	WIRE_THREAD_START = 1,
	WIRE_THREAD_EXEC,
	WIRE_THREAD_END,
	WIRE_PROCESS_END,
	WIRE_WAIT,
	WIRE_SEGMENT,
	WIRE_FILE,
	WIRE_SAMPLE,
	WIRE_LOOP,
	WIRE_STACK,
	WIRE_CODE,
	WIRE_SITE,
	WIRE_ROUND,
	WIRE_EXCHANGE,
	WIRE_TYPES
};

struct wire_header {
	__u32 type;
	__u32 thread; /* serial number that the kernel side gave it; tids are used again, this is
			 not */
	__u64 at_ns;  /* CLOCK_MONOTONIC */
};

/* What a thread is blocked in. hash names it; the rest are the facts. */
struct wire_wait_key {
	__u64 hash;
	__u64 file; /* hash of the inode; 0: none */
	__u64 futex_address;
	__u32 futex_op;
	__u32 futex_value;
	__s32 syscall;
	__u32 files_polled;
	__u16 run_state; /* the task state's bits that tell how it is blocked */
	__u8 iowait;
	__u8 loops;  /* waits for several files */
	__u32 owner; /* host tid that holds a glibc mutex; not in the hash */
};
WIRE_ASSERT(sizeof(struct wire_wait_key) == 48);

struct wire_thread_start {
	struct wire_header h;
	__s32 tid, tgid, ppid; /* as the tool's user sees them */
	__s32 host_tid, host_tgid, host_ppid;
	__u32 found; /* it ran already */
	__u32 reserved;
	char comm[WIRE_COMM];
};

struct wire_thread_exec {
	struct wire_header h;
	__s32 tid, tgid;
	__s32 host_tid;
	__u32 opens_window; /* what came before is not its own: the launched command's first one,
			       and that by which a launcher becomes the program */
	char comm[WIRE_COMM];
	char path[WIRE_PATH];
};

struct wire_thread_end {
	struct wire_header h;
	__u64 start_ns;
	__u64 cpu_ns, run_queue_ns, run_queue_own_ns, stolen_ns, unaccounted_ns;
	__u64 user_ticks_ns, kernel_ticks_ns;
	__u64 voluntary, involuntary;
	__u64 calls;
	__u64 faults;
	__u32 alive; /* it had not ended when the window closed */
	__u32 reserved;
	char comm[WIRE_COMM];
};

struct wire_process_end {
	struct wire_header h;
	__u64 rss_peak_pages;
	__u64 running_ns[WIRE_RUNNING]; /* while it had several threads */
};

struct wire_sums {
	__u64 count, open, asked, continued, total_ns, max_ns;
	__u32 owner_of_max;
	__u32 short_count[WIRE_SHORT_BUCKETS];
};

struct wire_wait {
	struct wire_header h;
	struct wire_wait_key key;
	struct wire_sums sums;
};

/* Between two looks for the events of several files. */
struct wire_stretch {
	__u64 ns;
	__u64 waits_ns, run_queue_ns; /* of it, blocked, and waiting for a CPU */
};

struct wire_segment {
	struct wire_header h; /* at_ns: when the wait began */
	struct wire_wait_key key;
	__u64 wait_ns, run_queue_ns;
	__u64 cpu_before_ns, run_queue_before_ns, waits_before_ns;
	struct wire_stretch stretch; /* before a wait for several files; ns 0: no previous one */
	__u32 waits_before, begun_before;
	__u32 continued;
	__u32 faults_before;
};

/* A stretch that ended with a look that returned at once. */
struct wire_round {
	struct wire_header h; /* at_ns: when it looked */
	struct wire_stretch stretch;
};

/* Something was sent on a socket, then something came. */
struct wire_exchange {
	struct wire_header h; /* at_ns: when it was sent something, or began to connect;
				 thread: that which received */
	__u64 wait_ns;        /* until something came, or it was connected, */
	__u64 taken_ns;       /* until that was received, or something sent */
	__u32 socket;         /* number of the connection */
	__u8 connects;        /* it began with connecting */
	__u8 goes_on;         /* nothing was sent: at_ns is when it was read before */
	__u8 mixed;           /* more was sent later, before anything was received */
	__u8 reserved;
	__u16 asked_port; /* of this machine, that the other end has; 0: it is elsewhere */
	__u16 reserved2[3];
};

struct wire_loop {
	struct wire_header h;
	__u64 polls, stretches, stretch_ns, stretch_max_ns;
	/* Looks that returned at once; of the stretches that ended with one, the longest, and the
	 * longest without what it was off the CPU. They count as stretches, too. */
	__u64 at_once, at_once_max_ns, at_once_computed_max_ns;
	__u32 short_count[WIRE_SHORT_BUCKETS];
	__s32 descriptor; /* of the epoll or ring that it waited for last; 0: none */
};

struct wire_file {
	struct wire_header h;
	__u64 id, inode;
	__u64 fs_magic;
	__u32 mode, rdev;
	__s32 fd;
	__u16 family, sock_type, protocol;
	__u8 sock_state;
	__u8 reserved;
	__u16 local_port, peer_port;        /* host order */
	__u8 local_addr[16], peer_addr[16]; /* IPv4 in the first four bytes */
	char name[WIRE_NAME]; /* last component of the path, or a UNIX socket's address */
};

struct wire_sample {
	struct wire_header h;
	__s32 syscall;
	__u8 kernel;
	__s8 lock_held;
	__u8 lock_wanted; /* others waited for the global lock meanwhile */
	__u8 restless; /* no look for the events of several files was seen for WIRE_RESTLESS_NS, of
			  a thread that may make such: it did before, or is its process's first */
	__u64 holds; /* futex word of a mutex that this thread holds and others wait for; 0: none */
	__u32 stack; /* the wire_stack before it that belongs to it; 0: none was taken */
	__u32 weight; /* stands for so many samples' stacks */
};

/* A wait whose place in the program was taken: its stack was sent when it began, this when it
 * ended. */
struct wire_site {
	struct wire_header h; /* at_ns: when the wait began */
	struct wire_wait_key key;
	__u64 wait_ns;
	__u64 holds; /* as in wire_sample */
	__u32 stack;
	__u32 weight;   /* stands for so many waits: one in weight is taken, by chance */
	__s8 lock_held; /* it kept the runtime's global lock while it waited */
	__u8 lock_wanted;
	__u16 reserved;
	__u32 reserved2;
};

struct wire_registers {
	__u64 ip, sp, bp, bx, r12, r13, r14, r15;
};

/* One frame of CPython code. */
struct wire_python_frame {
	__u64 code;       /* address of its code object, without the tag bits of 3.14 and later */
	__u64 at;         /* the instruction, as the version keeps it: f_lasti, or its address. In a
			     thread's own copy (frame_copy): the same place in the code object */
	__u32 first_line; /* of the code object */
	__u32 outermost;  /* the interpreter's C function was entered with it */
	__u32 number;     /* of the wire_code that describes it, sent before: never used again, as
			     addresses are. 0: it could not be sent */
	__u32 reserved;
};
WIRE_ASSERT(sizeof(struct wire_python_frame) == 32);

/*
 * Where a thread is: its registers in user space, its Python frames (innermost first), then the
 * top of its stack, as much as could be read. Of variable size: stack_bytes follow frames_count
 * frames.
 */
struct wire_stack {
	struct wire_header h;
	__u64 stack_start; /* address of the first byte: up to WIRE_RED_ZONE below the stack pointer
			    */
	__u32 stack;       /* number of this record, never 0 */
	__u32 frames_count;
	__u32 stack_bytes;
	__u8 frames_cut; /* there were more Python frames than fit, or one could not be read */
	__u8 python;     /* 1: a Python thread; 0: none; 2: its frames could not be found */
	__u16 reserved;
	struct wire_registers registers;
	struct wire_python_frame frames[];
};

/* A code object, sent before the first stack that names it. Of variable size: lines_bytes follow.
 * Strings are as they lie in memory, with CPython's header; all zeros: could not be read (what the
 * executable file brings along may not be in memory yet: then the addresses help). */
struct wire_code {
	struct wire_header h;
	__u64 code;
	__u64 instructions; /* address of the first one */
	__u32 first_line;
	__u32 lines_bytes;
	__u32 lines_whole;          /* so many there are; more than lines_bytes: cut */
	__u16 minor, string_header; /* of the struct wire_python that it was read by */
	__u64 name_address, file_address, lines_address; /* of the Python objects */
	__u32 number; /* never 0, never used again; the same code can be sent by several */
	__u32 reserved;
	__u8 name[WIRE_TEXT_BYTES], file[WIRE_TEXT_BYTES];
	__u8 lines[];
};

/*
 * Where CPython keeps a thread's frames, and what a frame and its code object look like: offsets.
 * See python.bpf.h. minor 0: not known.
 */
struct wire_python {
	__u64 interpreters;        /* address of the pointer to the newest interpreter */
	__u32 minor;               /* 3.minor */
	__u16 interpreter_next;    /* in PyInterpreterState: the older one */
	__u16 interpreter_threads; /* the newest thread state */
	__u16 thread_next;         /* in PyThreadState: the older one */
	__u16 thread_id;           /* its pthread_t */
	__u16 thread_frame;        /* its current frame; up to 3.10 a PyFrameObject; 3.11, 3.12: a
				      pointer to the struct in which that is, */
	__u16 cframe_frame;        /* at this offset */
	__u16 frame_previous, frame_code, frame_at;
	__u16 frame_owner; /* one byte; 0: this version has none */
	__u16 code_first_line, code_file, code_lines;
	__u16 code_name;         /* the qualified one from 3.11 on */
	__u16 code_instructions; /* where they begin in the code object itself; 0: kept elsewhere,
				    and frame_at is an index */
	__u16 bytes_size, bytes_data;  /* in PyBytesObject */
	__u8 at_bytes;                 /* how wide frame_at is: 4 (an index) or 8 (an address) */
	__u8 owner_c;                  /* from this value of frame_owner on, a frame is none of code
					  but kept by the interpreter's C function: 3.12 and later.
					  255: none */
	__u16 frame_entry;             /* 3.11: one byte, is_entry; 0: none */
	__u16 frame_copy, code_copies; /* free-threaded builds from 3.14 on, whose threads run
					  copies of the instructions: its number (4 bytes), and
					  where the code object points to the array (8 bytes of
					  length, then addresses); 0: none */
	__u16 string_header;           /* size of PyASCIIObject, after which the text begins */
	__u32 process;                 /* the kernel side's own number of it; the tool leaves 0 */
};

/* Where the state of the GIL of CPython's main interpreter lies in a process. See gil.bpf.h. */
struct wire_gil {
	__u64 state;        /* address of its struct _gil_runtime_state; 0: find it by the next */
	__u64 interpreters; /* address of the pointer to the newest interpreter */
	__u32 next;         /* offset in an interpreter of the pointer to the next older one */
	__u32 gil;          /* offset in an interpreter of the pointer to its GIL's state */
	__u32 thread_id;    /* offset in the holder's thread state of its pthread_t */
	__u32 reserved;
	__u64 lock_start, lock_end; /* every futex word of the lock is in here; 0: not known */
};

/* Offsets in struct _gil_runtime_state. */
#define WIRE_GIL_HOLDER 8
#define WIRE_GIL_LOCKED 16

/* What a thread has done since it is measured, for who looks on while measuring goes on. Not an
 * event: an iterator hands it over, one wire_glance for each thread. */
struct wire_glance_thread {
	__u32 thread;
	__u32 reserved;
	__u64 cpu_ns, run_queue_ns, stolen_ns;
	__u64 user_ticks_ns, kernel_ticks_ns;
	char comm[WIRE_COMM];
};

struct wire_glance_wait {
	struct wire_wait_key key;
	__u64 count, total_ns;
};

struct wire_glance {
	struct wire_glance_thread head;
	/* What no event has told yet: the wait that is not settled, then the slots. */
	struct wire_glance_wait waits[1 + WIRE_SLOTS];
};
WIRE_ASSERT(sizeof(struct wire_glance) == 64 + (1 + WIRE_SLOTS) * 64);

/*
 * How long how many threads were on a CPU at once. state: since when, and how many now, in one
 * word, so that both change in one instant; 0: it has not begun. The time is cut to so many bits:
 * it wraps every 52 days, and no number of threads lasts half as long.
 */
struct wire_running {
	__u64 state;
	__u64 ns[WIRE_RUNNING];
};
#define WIRE_RUNNING_BITS 12 /* for the number, with its sign: up to 2047 threads on CPUs */
#define WIRE_RUNNING_MASK ((1ULL << WIRE_RUNNING_BITS) - 1)

static inline __u64 wire_running_state(__u64 now, __u64 threads)
{
	return now << WIRE_RUNNING_BITS | (threads & WIRE_RUNNING_MASK);
}

/* The row of ns[] for the number of now. */
static inline __u32 wire_running_row(__u64 state)
{
	__s64 threads = (__s64)(state << (64 - WIRE_RUNNING_BITS)) >> (64 - WIRE_RUNNING_BITS);

	if (threads < 0)
		return 0;
	return threads < WIRE_RUNNING ? threads : WIRE_RUNNING - 1;
}

/* From the last change to now; 0 if now is before it, or it has not begun. */
static inline __u64 wire_running_since(__u64 state, __u64 now)
{
	__s64 passed = (__s64)((now << WIRE_RUNNING_BITS) - (state & ~WIRE_RUNNING_MASK));

	return state && passed > 0 ? (__u64)passed >> WIRE_RUNNING_BITS : 0;
}

/* Losses, by what could not be sent or kept. */
enum wire_loss {
	WIRE_LOST_EVENT,
	WIRE_LOST_THREAD,
	WIRE_LOST_WAIT,
	WIRE_LOST_RACE,
	WIRE_LOST_STACK,  /* it would have found the ring over half full */
	WIRE_LOST_DEPTH,  /* a process lies too deep in the tree to tell whose child it is */
	WIRE_LOST_RIGHTS, /* not a fault: it is none of the user's business */
	WIRE_LOSSES
};

#endif
