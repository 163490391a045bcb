/*
 * state: from what the kernel showed of a wait to the one state that it counts for.
 *
 * Three tables: which syscalls wait alike (calls), what such a call waits for by the kind of its
 * file (files) and what a futex wait is by its operation and value (futexes). A new kind of wait is
 * one row in one of them. Whatever no row names is `other`, and its syscall is shown.
 */
#include "state.h"

#include "meaning.h"

#include <string.h>
#include <sys/socket.h>

static const struct {
	const char *name, *label;
} states[STATE_COUNT] = {
	[STATE_CPU_USER] = {"cpu_user", "cpu, user"},
	[STATE_CPU_KERNEL] = {"cpu_kernel", "cpu, kernel"},
	[STATE_RUN_QUEUE] = {"run_queue", "run queue"},
	[STATE_DISK] = {"disk", "disk"},
	[STATE_NETWORK] = {"network", "network"},
	[STATE_IPC] = {"ipc", "ipc"},
	[STATE_TERMINAL] = {"terminal", "terminal"},
	[STATE_SLEEP] = {"sleep", "sleep"},
	[STATE_POLL] = {"poll", "event poll"},
	[STATE_LOCK] = {"lock", "lock"},
	[STATE_INTERPRETER_LOCK] = {"interpreter_lock", "interpreter lock"},
	[STATE_SYNC] = {"sync", "other threads"},
	[STATE_CHILD] = {"child", "child process"},
	[STATE_PAGE_FAULT] = {"page_fault", "page fault"},
	[STATE_STOPPED] = {"stopped", "stopped"},
	[STATE_OTHER] = {"other", "other"},
};

const char *state_name(enum state s)
{
	return states[s].name;
}

const char *state_label(enum state s)
{
	return states[s].label;
}

/* Syscalls that wait for the same things. */
enum call {
	CALL_UNKNOWN,
	CALL_FAULT,  /* none: the thread faulted */
	CALL_FUTEX,  /* a word in memory */
	CALL_FILE,   /* one file, by its kind */
	CALL_POLL,   /* as many files as it was given */
	CALL_EVENTS, /* the events of a set of files */
	CALL_SLEEP,
	CALL_CHILD,
	CALL_SPAWN,  /* its child's exec or end, if at all */
	CALL_SIGNAL, /* a signal: a child's end is one */
	CALL_OPEN,   /* a path, or the other end of a FIFO */
	CALL_PATH,   /* a path on a disk */
	CALL_FLUSH,  /* data to reach the disk */
	CALL_MEMORY, /* memory, or the lock of the address space */
	CALL_FILE_LOCK,
	CALL_FILE_CONTROL,
	CALL_SEMAPHORE,
	CALL_MESSAGE,
};

static const struct {
	enum call call;
	const char *names; /* between spaces */
} calls[] = {
	{CALL_FUTEX, " futex futex_wait futex_waitv futex_wake futex_requeue "},
	{CALL_FILE, " read readv pread64 preadv preadv2 write writev pwrite64 pwritev pwritev2 "
		    "recvfrom recvmsg recvmmsg sendto sendmsg sendmmsg accept accept4 connect "
		    "shutdown close splice tee vmsplice sendfile copy_file_range ioctl "
		    "getdents getdents64 ftruncate fallocate fstat readahead fadvise64 "
		    "fchmod fchown fsetxattr fgetxattr fstatfs lseek "},
	{CALL_POLL, " poll ppoll select pselect6 "},
	{CALL_EVENTS, " epoll_wait epoll_pwait epoll_pwait2 io_uring_enter "},
	{CALL_SLEEP, " nanosleep clock_nanosleep "},
	{CALL_CHILD, " wait4 waitid waitpid "},
	{CALL_SPAWN, " vfork clone clone3 fork "},
	{CALL_SIGNAL, " rt_sigsuspend pause rt_sigtimedwait "},
	{CALL_OPEN, " open openat openat2 creat "},
	{CALL_PATH, " stat lstat newfstatat statx access faccessat faccessat2 unlink unlinkat "
		    "rename renameat renameat2 mkdir mkdirat rmdir link linkat symlink symlinkat "
		    "readlink readlinkat truncate chdir fchdir execve execveat chmod fchmodat "
		    "chown lchown fchownat utimensat mknod mknodat mount umount2 statfs "
		    "getxattr lgetxattr setxattr lsetxattr listxattr removexattr chroot "
		    "inotify_add_watch swapon swapoff "},
	{CALL_FLUSH, " fsync fdatasync sync syncfs sync_file_range msync io_getevents "
		     "io_pgetevents io_submit "},
	{CALL_MEMORY, " mmap munmap mprotect pkey_mprotect brk madvise process_madvise mremap "
		      "mlock mlock2 munlock mlockall mincore mbind move_pages migrate_pages "},
	{CALL_FILE_LOCK, " flock "},
	{CALL_FILE_CONTROL, " fcntl "},
	{CALL_SEMAPHORE, " semop semtimedop "},
	{CALL_MESSAGE, " msgrcv msgsnd mq_timedsend mq_timedreceive "},
};

#define COUNT_OF(table) (sizeof(table) / sizeof((table)[0]))

static bool names_hold(const char *names, const char *name)
{
	size_t length = strlen(name);

	if (length == 0)
		return false;
	for (const char *at = strstr(names, name); at; at = strstr(at + 1, name))
		if (at > names && at[-1] == ' ' && at[length] == ' ')
			return true;
	return false;
}

static enum call call_of(const char *syscall)
{
	if (!syscall)
		return CALL_FAULT;
	for (size_t i = 0; i < COUNT_OF(calls); i++)
		if (names_hold(calls[i].names, syscall))
			return calls[i].call;
	return CALL_UNKNOWN;
}

bool state_call_is_futex(const char *syscall)
{
	return call_of(syscall) == CALL_FUTEX;
}

bool state_call_is_signal(const char *syscall)
{
	return call_of(syscall) == CALL_SIGNAL;
}

/* What a wait for one file of a kind is. Sockets are told further apart by their family. */
static const enum state files[FILE_KIND_COUNT] = {
	[FILE_UNKNOWN] = STATE_OTHER,
	[FILE_REGULAR] = STATE_DISK,
	[FILE_DIRECTORY] = STATE_DISK,
	[FILE_BLOCK] = STATE_DISK,
	[FILE_CHARACTER] = STATE_OTHER,
	[FILE_TTY] = STATE_TERMINAL,
	[FILE_PIPE] = STATE_IPC,
	[FILE_SOCKET] = STATE_NETWORK,
	[FILE_EVENTFD] = STATE_IPC,
	[FILE_EPOLL] = STATE_POLL,
	[FILE_TIMERFD] = STATE_SLEEP,
	[FILE_SIGNALFD] = STATE_OTHER,
	[FILE_INOTIFY] = STATE_OTHER,
	[FILE_PIDFD] = STATE_CHILD,
	[FILE_IO_URING] = STATE_POLL,
	[FILE_MQUEUE] = STATE_IPC,
	[FILE_ANONYMOUS] = STATE_OTHER,
};

/* Futex operations, as in <linux/futex.h>. */
#define FUTEX_COMMAND 0x7f
#define FUTEX_REALTIME 0x100
#define COMMAND_WAIT 0
#define COMMAND_LOCK_PI 6
#define COMMAND_WAIT_BITSET 9
#define COMMAND_LOCK_PI2 13

/*
 * The value that a waiter expects in the word tells most locks apart from everything else: glibc's
 * and Go's contended mutex is 2, glibc's rwlock has bit 1 set (2, 3), and where the holder's tid or
 * a count of readers is in the word, a high bit says that somebody waits (PI, robust and musl's
 * mutexes: bit 31; Rust's RwLock: bit 30). -1 is Rust's parked thread. First row that fits.
 */
static const struct {
	uint32_t command;
	uint32_t flags, flags_mask;
	uint32_t value, value_mask;
	enum state state;
} futexes[] = {
	{COMMAND_LOCK_PI, 0, 0, 0, 0, STATE_LOCK},
	{COMMAND_LOCK_PI2, 0, 0, 0, 0, STATE_LOCK},
	{COMMAND_WAIT, 0, 0, UINT32_MAX, UINT32_MAX, STATE_SYNC},
	{COMMAND_WAIT_BITSET, 0, 0, UINT32_MAX, UINT32_MAX, STATE_SYNC},
	{COMMAND_WAIT, 0, 0, 2, UINT32_MAX, STATE_LOCK},
	{COMMAND_WAIT_BITSET, 0, 0, 2, UINT32_MAX, STATE_LOCK},
	{COMMAND_WAIT_BITSET, FUTEX_REALTIME, FUTEX_REALTIME, 3, UINT32_MAX, STATE_LOCK},
	{COMMAND_WAIT, 0, 0, 0x80000000, 0x80000000, STATE_LOCK},
	{COMMAND_WAIT_BITSET, 0, FUTEX_REALTIME, 0x40000000, 0x40000000, STATE_LOCK},
};

static enum state futex_state(const struct measured_wait *w)
{
	for (size_t i = 0; i < COUNT_OF(futexes); i++)
		if (futexes[i].command == (w->futex_op & FUTEX_COMMAND) &&
			futexes[i].flags == (w->futex_op & futexes[i].flags_mask) &&
			futexes[i].value == (w->futex_value & futexes[i].value_mask))
			return futexes[i].state;
	return STATE_SYNC;
}

static bool futex_is_interpreters(const struct meaning *x, const struct measured_wait *w)
{
	size_t process = x->m->threads[w->thread].process;
	const struct measured_runtime *r;

	for (size_t n = 0; (r = meaning_runtime(x, process, n)); n++)
		if (r->global_lock && w->futex_address >= r->lock_start &&
			w->futex_address < r->lock_end)
			return true;
	return false;
}

static enum state file_state(const struct meaning *x, const struct measured_wait *w)
{
	const struct measured_file *f;

	if (w->file == MEASURED_NONE || x->m->files[w->file].kind == FILE_UNKNOWN)
		return w->iowait || w->block == BLOCK_UNINTERRUPTIBLE ? STATE_DISK : STATE_OTHER;
	f = &x->m->files[w->file];
	if (f->kind == FILE_SOCKET && f->family == AF_UNIX)
		return STATE_IPC;
	return files[f->kind];
}

static bool has_threads(const struct meaning *x, const struct measured_wait *w)
{
	return x->family.threads[x->m->threads[w->thread].process] > 1;
}

static bool has_children(const struct meaning *x, const struct measured_wait *w)
{
	return x->family.children[x->m->threads[w->thread].process] > 0;
}

static enum state memory_state(const struct meaning *x, const struct measured_wait *w)
{
	/* The lock of the address space is only fought for among threads. */
	return !w->iowait && has_threads(x, w) ? STATE_LOCK : STATE_PAGE_FAULT;
}

/* Whatever Ruby's first thread waits for, sleep included, it waits on an eventfd of its own. */
static bool wait_is_rubys(const struct meaning *x, const struct measured_wait *w)
{
	return w->file != MEASURED_NONE && x->m->files[w->file].kind == FILE_EVENTFD &&
	       meaning_runs(x, x->m->threads[w->thread].process, "ruby");
}

static enum state poll_state(const struct meaning *x, const struct measured_wait *w)
{
	if (w->files_polled == 0)
		return STATE_SLEEP;
	if (w->files_polled == 1 && wait_is_rubys(x, w))
		return has_threads(x, w) ? STATE_SYNC : STATE_SLEEP;
	return w->files_polled > 1 ? STATE_POLL : file_state(x, w);
}

static enum state call_state(const struct meaning *x, const struct measured_wait *w, enum call call)
{
	bool asleep = w->block == BLOCK_INTERRUPTIBLE;

	switch (call) {
	case CALL_FAULT:
		return STATE_PAGE_FAULT;
	case CALL_FUTEX:
		return futex_is_interpreters(x, w) ? STATE_INTERPRETER_LOCK : futex_state(w);
	case CALL_FILE:
		return file_state(x, w);
	case CALL_POLL:
		return poll_state(x, w);
	case CALL_EVENTS:
		return STATE_POLL;
	case CALL_SLEEP:
		return STATE_SLEEP;
	case CALL_CHILD:
		return STATE_CHILD;
	case CALL_SPAWN: /* vfork's wait is killable, which counts as uninterruptible */
		return asleep ? STATE_OTHER : STATE_CHILD;
	case CALL_SIGNAL:
		return has_children(x, w) ? STATE_CHILD : STATE_OTHER;
	case CALL_OPEN: /* an interruptible one waits for the other end of a FIFO */
		return asleep && !w->iowait ? STATE_IPC : STATE_DISK;
	case CALL_PATH:
		return asleep && !w->iowait ? STATE_OTHER : STATE_DISK;
	case CALL_FLUSH:
		return STATE_DISK;
	case CALL_MEMORY:
		return memory_state(x, w);
	case CALL_FILE_LOCK:
		return w->iowait ? STATE_DISK : STATE_LOCK;
	case CALL_FILE_CONTROL:
		return w->iowait ? STATE_DISK
		       : w->file != MEASURED_NONE && x->m->files[w->file].kind == FILE_REGULAR
			       ? STATE_LOCK
			       : STATE_OTHER;
	case CALL_SEMAPHORE:
		return STATE_SYNC;
	case CALL_MESSAGE:
		return STATE_IPC;
	case CALL_UNKNOWN:
		break;
	}
	return w->iowait ? STATE_DISK : STATE_OTHER;
}

bool state_is_contention(enum state s)
{
	return s == STATE_RUN_QUEUE || s == STATE_LOCK || s == STATE_INTERPRETER_LOCK;
}

bool state_is_storage(enum state s)
{
	return s == STATE_DISK || s == STATE_PAGE_FAULT;
}

enum state state_of_wait(const struct meaning *x, const struct measured_wait *w)
{
	switch (w->block) {
	case BLOCK_STOPPED:
	case BLOCK_TRACED:
	case BLOCK_FROZEN:
		return STATE_STOPPED;
	default:
		return call_state(x, w, call_of(w->syscall));
	}
}
