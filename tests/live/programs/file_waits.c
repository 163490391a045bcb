/*
 * file_waits: the first thread blocks on a file of one kind: socket, pipe, terminal and the like.
 */
#define _GNU_SOURCE
#include "wait_kind.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>

static char taken[128]; /* what was read; a signalfd wants this much room */
static int fds[2];      /* the wait is on fds[0], the helper writes to fds[1] */
static int other[2];    /* a second file to wait for, on which nothing happens */
static int epoll_fd;
static struct sockaddr_in listening_address;

static void make_pipe(void)
{
	fail_if(pipe(fds) != 0 || pipe(other) != 0, "pipe");
}

static void make_fifo(void)
{
	char name[64];

	snprintf(name, sizeof name, "/tmp/concadvise-waits-%d", getpid());
	fail_if(mkfifo(name, 0600) != 0, "mkfifo");
	fds[0] = fds[1] = open(name, O_RDWR);
	unlink(name);
	fail_if(fds[0] < 0, "open a FIFO");
}

static void make_unix(void)
{
	fail_if(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) != 0, "socketpair");
}

static int tcp_listen(struct sockaddr_in *address)
{
	socklen_t size = sizeof *address;
	int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	*address = (struct sockaddr_in){
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	fail_if(s < 0 || bind(s, (struct sockaddr *)address, size) != 0 || listen(s, 4) != 0 ||
			getsockname(s, (struct sockaddr *)address, &size) != 0,
		"listen");
	return s;
}

static int tcp_connect(const struct sockaddr_in *to)
{
	int s = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	fail_if(s < 0 || connect(s, (const struct sockaddr *)to, sizeof *to) != 0, "connect");
	return s;
}

static void tcp_pair(int pair[2])
{
	struct sockaddr_in address;
	int listening = tcp_listen(&address);

	pair[0] = tcp_connect(&address);
	pair[1] = accept(listening, NULL, NULL);
	fail_if(pair[1] < 0, "accept");
}

static void make_tcp(void)
{
	tcp_pair(fds);
	tcp_pair(other);
}

static void make_listening(void)
{
	fds[0] = tcp_listen(&listening_address);
}

static void make_udp(void)
{
	struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof a;

	fds[0] = socket(AF_INET, SOCK_DGRAM, 0);
	fds[1] = socket(AF_INET, SOCK_DGRAM, 0);
	fail_if(bind(fds[0], (struct sockaddr *)&a, size) != 0 ||
			getsockname(fds[0], (struct sockaddr *)&a, &size) != 0 ||
			connect(fds[1], (struct sockaddr *)&a, size) != 0,
		"bind");
}

static void make_tty(void)
{
	fail_if(openpty(&fds[1], &fds[0], NULL, NULL, NULL) != 0, "openpty");
}

static void make_eventfd(void)
{
	fds[0] = fds[1] = eventfd(0, 0);
}

static void make_timerfd(void)
{
	struct itimerspec t = {
		.it_value = {(time_t)seconds, (long)((seconds - (time_t)seconds) * 1e9)}};

	fds[0] = timerfd_create(CLOCK_MONOTONIC, 0);
	fail_if(fds[0] < 0 || timerfd_settime(fds[0], 0, &t, NULL) != 0, "timerfd");
}

static void epoll_watch(int epoll, int fd)
{
	struct epoll_event e = {.events = EPOLLIN, .data.fd = fd};

	fail_if(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &e) != 0, "epoll_ctl");
}

static void make_epoll(void)
{
	make_pipe();
	epoll_fd = epoll_create1(0);
	epoll_watch(epoll_fd, fds[0]);
	epoll_watch(epoll_fd, other[0]);
}

static void make_inotify(void)
{
	char name[] = "/tmp/concadvise-waits-XXXXXX";

	fds[1] = mkstemp(name);
	fds[0] = inotify_init1(0);
	fail_if(fds[1] < 0 || fds[0] < 0 || inotify_add_watch(fds[0], name, IN_MODIFY) < 0,
		"inotify");
	unlink(name);
}

static void make_signals_blocked(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	fds[0] = signalfd(-1, &set, 0);
}

static void wait_read(void)
{
	fail_if(read(fds[0], taken, sizeof taken) <= 0, "read");
}

static void wait_recv(void)
{
	fail_if(recv(fds[0], taken, sizeof taken, 0) <= 0, "recv");
}

static void wait_accept(void)
{
	fail_if(accept(fds[0], NULL, NULL) < 0, "accept");
}

static void wait_poll_one(void)
{
	struct pollfd p = {.fd = fds[0], .events = POLLIN};

	fail_if(poll(&p, 1, -1) != 1, "poll");
}

static void wait_poll_two(void)
{
	struct pollfd p[] = {{.fd = fds[0], .events = POLLIN}, {.fd = other[0], .events = POLLIN}};

	fail_if(poll(p, 2, -1) != 1, "poll");
}

static void wait_select(int second)
{
	fd_set set;

	FD_ZERO(&set);
	FD_SET(fds[0], &set);
	if (second >= 0)
		FD_SET(second, &set);
	fail_if(select((second > fds[0] ? second : fds[0]) + 1, &set, NULL, NULL, NULL) != 1,
		"select");
}

static void wait_select_one(void)
{
	wait_select(-1);
}

static void wait_select_two(void)
{
	wait_select(other[0]);
}

static void wait_epoll(void)
{
	struct epoll_event e;

	fail_if(epoll_wait(epoll_fd, &e, 1, -1) != 1, "epoll_wait");
}

static void end_write(void)
{
	fail_if(write(fds[1], "12345678\n", 9) != 9, "write");
}

static void end_write_eventfd(void)
{
	uint64_t one = 1;

	fail_if(write(fds[1], &one, sizeof one) != sizeof one, "write");
}

static void end_connect(void)
{
	tcp_connect(&listening_address);
}

static void end_signal(void)
{
	pthread_kill(first_thread, SIGUSR1);
}

static const struct kind kinds[] = {
	{"timerfd", "sleep", make_timerfd, wait_read, NULL, NULL},
	{"pipe", "ipc", make_pipe, wait_read, end_write, NULL},
	{"fifo", "ipc", make_fifo, wait_read, end_write, NULL},
	{"unix_socket", "ipc", make_unix, wait_recv, end_write, NULL},
	{"eventfd", "ipc", make_eventfd, wait_read, end_write_eventfd, NULL},
	{"poll_pipe", "ipc", make_pipe, wait_poll_one, end_write, NULL},
	{"select_pipe", "ipc", make_pipe, wait_select_one, end_write, NULL},
	{"tcp_read", "network", make_tcp, wait_read, end_write, NULL},
	{"tcp_recv", "network", make_tcp, wait_recv, end_write, NULL},
	{"udp_recv", "network", make_udp, wait_recv, end_write, NULL},
	{"accept", "network", make_listening, wait_accept, end_connect, NULL},
	{"poll_tcp", "network", make_tcp, wait_poll_one, end_write, NULL},
	{"select_tcp", "network", make_tcp, wait_select_one, end_write, NULL},
	{"poll_two", "poll", make_tcp, wait_poll_two, end_write, NULL},
	{"select_two", "poll", make_pipe, wait_select_two, end_write, NULL},
	{"epoll", "poll", make_epoll, wait_epoll, end_write, NULL},
	{"tty", "terminal", make_tty, wait_read, end_write, NULL},
	{"inotify", "other", make_inotify, wait_read, end_write, NULL},
	{"signalfd", "other", make_signals_blocked, wait_read, end_signal, NULL},
};

int main(int argc, char **argv)
{
	return kinds_main(kinds, sizeof kinds / sizeof *kinds, argc, argv);
}
