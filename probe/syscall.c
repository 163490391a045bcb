/*
 * syscall: two tables. The names come from the kernel headers at build time; which of the calls can
 * block, and on what, is said here.
 */
#include "syscall.h"

#include "measurement.h"

#include <stdio.h>
#include <string.h>

static const char *const names[WIRE_SYSCALLS] = {
#include "syscall_names.inc"
	/* Newer than the headers of Debian 12. */
	[455] = "futex_wait",
};

static const struct {
	enum wire_args args;
	const char *name;
} blocking[] = {
	{WIRE_ARGS_FD, "read"},
	{WIRE_ARGS_FD, "write"},
	{WIRE_ARGS_FD, "readv"},
	{WIRE_ARGS_FD, "writev"},
	{WIRE_ARGS_FD, "pread64"},
	{WIRE_ARGS_FD, "pwrite64"},
	{WIRE_ARGS_FD, "preadv"},
	{WIRE_ARGS_FD, "pwritev"},
	{WIRE_ARGS_FD, "preadv2"},
	{WIRE_ARGS_FD, "pwritev2"},
	{WIRE_ARGS_FD, "sendfile"},
	{WIRE_ARGS_FD, "splice"},
	{WIRE_ARGS_FD, "tee"},
	{WIRE_ARGS_FD, "vmsplice"},
	{WIRE_ARGS_FD, "copy_file_range"},
	{WIRE_ARGS_FD, "ioctl"},
	{WIRE_ARGS_FD, "fcntl"},
	{WIRE_ARGS_FD, "flock"},
	{WIRE_ARGS_FD, "fsync"},
	{WIRE_ARGS_FD, "fdatasync"},
	{WIRE_ARGS_FD, "sync_file_range"},
	{WIRE_ARGS_FD, "syncfs"},
	{WIRE_ARGS_FD, "fallocate"},
	{WIRE_ARGS_FD, "ftruncate"},
	{WIRE_ARGS_FD, "fadvise64"},
	{WIRE_ARGS_FD, "readahead"},
	{WIRE_ARGS_FD, "fstat"},
	{WIRE_ARGS_FD, "lseek"},
	{WIRE_ARGS_FD, "close"},
	{WIRE_ARGS_FD, "getdents"},
	{WIRE_ARGS_FD, "getdents64"},
	{WIRE_ARGS_FD, "connect"},
	{WIRE_ARGS_FD, "accept"},
	{WIRE_ARGS_FD, "accept4"},
	{WIRE_ARGS_FD, "recvfrom"},
	{WIRE_ARGS_FD, "recvmsg"},
	{WIRE_ARGS_FD, "recvmmsg"},
	{WIRE_ARGS_FD, "sendto"},
	{WIRE_ARGS_FD, "sendmsg"},
	{WIRE_ARGS_FD, "sendmmsg"},
	{WIRE_ARGS_FD, "shutdown"},
	{WIRE_ARGS_FD, "mq_timedsend"},
	{WIRE_ARGS_FD, "mq_timedreceive"},
	{WIRE_ARGS_FUTEX, "futex"},
	{WIRE_ARGS_FUTEX2, "futex_wait"},
	{WIRE_ARGS_POLL, "poll"},
	{WIRE_ARGS_POLL, "ppoll"},
	{WIRE_ARGS_SELECT, "select"},
	{WIRE_ARGS_SELECT, "pselect6"},
	{WIRE_ARGS_EPOLL, "epoll_wait"},
	{WIRE_ARGS_EPOLL, "epoll_pwait"},
	{WIRE_ARGS_EPOLL, "epoll_pwait2"},
	{WIRE_ARGS_URING, "io_uring_enter"},
	{WIRE_ARGS_RESTART, "restart_syscall"},
};

/* For memory, signals, clocks and the lock itself. */
static const char *const kept[] = {"brk", "mmap", "munmap", "mremap", "mprotect", "madvise",
	"rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "sigaltstack", "clock_gettime",
	"gettimeofday", "time", "times", "getrusage", "futex", "futex_wait", "sched_yield", "getpid",
	"gettid", "getppid", "getuid", "geteuid", "getrandom", "rseq", "membarrier", "exit",
	"exit_group"};

const char *syscall_name(int number)
{
	static char unnamed[WIRE_SYSCALLS][8];

	if (number == WIRE_COMPAT_SYSCALL)
		return "?32-bit";
	if (number == WIRE_UNSEEN_SYSCALL)
		return MEASURED_UNSEEN;
	if (number < 0 || number >= WIRE_SYSCALLS)
		return NULL;
	if (names[number])
		return names[number];
	snprintf(unnamed[number], sizeof(unnamed[number]), "?%d", number);
	return unnamed[number];
}

int syscall_number(const char *name)
{
	for (int number = 0; number < WIRE_SYSCALLS; number++)
		if (names[number] && strcmp(names[number], name) == 0)
			return number;
	return WIRE_UNSEEN_SYSCALL;
}

void syscall_args_fill(unsigned char args[WIRE_SYSCALLS])
{
	for (int number = 0; number < WIRE_SYSCALLS; number++)
		for (size_t i = 0; names[number] && i < sizeof(blocking) / sizeof(*blocking); i++)
			if (strcmp(names[number], blocking[i].name) == 0)
				args[number] = blocking[i].args;
}

void syscall_kept_fill(unsigned char ret[WIRE_SYSCALLS])
{
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
		int number = syscall_number(kept[i]);

		if (number >= 0 && number < WIRE_SYSCALLS)
			ret[number] = 1;
	}
}
