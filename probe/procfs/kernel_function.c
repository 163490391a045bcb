/* kernel_function: by how the names begin, from kernels 4.19 to 6.18; the first row that fits. */
#include "kernel_function.h"

#include <stddef.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

static const struct kernel_function functions[] = {
	{"futex_", "futex", 0, 0},
	{"__futex_", "futex", 0, 0},
	{"ep_poll", "epoll_wait", 0, 0},
	{"do_epoll_wait", "epoll_wait", 0, 0},
	{"hrtimer_nanosleep", "clock_nanosleep", 0, 0},
	{"do_nanosleep", "clock_nanosleep", 0, 0},
	{"do_wait", "wait4", 0, 0},
	{"kernel_wait", "wait4", 0, 0},
	{"pipe_", "read", S_IFIFO, 0},
	{"anon_pipe_", "read", S_IFIFO, 0},
	{"n_tty_", "read", 0, 0},
	{"wait_woken", "recvfrom", S_IFSOCK, AF_INET},
	{"sk_wait_data", "recvfrom", S_IFSOCK, AF_INET},
	{"sk_stream_wait_", "sendto", S_IFSOCK, AF_INET},
	{"unix_stream_", "recvfrom", S_IFSOCK, AF_UNIX},
	{"unix_accept", "accept", S_IFSOCK, AF_UNIX},
	{"inet_csk_accept", "accept", S_IFSOCK, AF_INET},
	{"inet_wait_for_connect", "connect", S_IFSOCK, AF_INET},
	{"inet_stream_connect", "connect", S_IFSOCK, AF_INET},
	{"sigsuspend", "rt_sigsuspend", 0, 0},
	{"do_sigtimedwait", "rt_sigtimedwait", 0, 0},
	{"io_cqring_wait", "io_uring_enter", 0, 0},
	{"flock_lock_inode_wait", "flock", 0, 0},
	{"do_semtimedop", "semtimedop", 0, 0},
	{"do_msgrcv", "msgrcv", 0, 0},
	{"do_msgsnd", "msgsnd", 0, 0},
	{"jbd2_log_wait_commit", "fsync", S_IFREG, 0},
	{"file_write_and_wait", "fsync", S_IFREG, 0},
};

static const char *const ios[] = {
	"folio_wait_",
	"io_schedule",
	"wait_on_page_",
	"bit_wait_io",
	"blk_",
	"blkdev_",
	"rq_qos_",
	"wbt_",
	"submit_bio_wait",
	"do_blockdev_direct_IO",
	"__iomap_dio_rw",
	"jbd2_",
};

static bool begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

const struct kernel_function *kernel_function_find(const char *name)
{
	for (size_t i = 0; i < sizeof(functions) / sizeof(*functions); i++)
		if (begins(name, functions[i].begins))
			return &functions[i];
	return NULL;
}

bool kernel_function_is_io(const char *name)
{
	for (size_t i = 0; i < sizeof(ios) / sizeof(*ios); i++)
		if (begins(name, ios[i]))
			return true;
	return false;
}
