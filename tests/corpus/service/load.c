/*
 * load: asks a service over and over, a connection for each request, at little cost of its own.
 *
 *	load closed PORT CONNECTIONS SECONDS    so many at once, a new one when one is answered
 *	load open PORT RATE SECONDS             so many a second, answered or not
 *
 * Prints what was answered in those seconds, after a second to warm up: a JSON object of a line.
 * SIGTERM ends it before its time. What is under way then is waited for, so that the service has
 * nothing left to do when it is asked again; `total` counts all answers.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define EVENTS 64
#define WARM_UP_S 1
#define DRAIN_S 10
#define FILES_MAX 8192

static const char request[] = "GET / HTTP/1.0\r\n\r\n";
static const char expected[] = "HTTP/1.0 200 ";

/* One request, by its socket's number. */
struct exchange {
	double started_s;
	bool sent, answered;
};

static struct exchange exchanges[FILES_MAX];

static struct load {
	struct sockaddr_in to;
	int epoll;
	int timer; /* -1: closed */
	double from_s, until_s;
	uint64_t answers, errors, total, under_way;
	double latency_s;
} load;

static volatile sig_atomic_t ended;

static void on_signal(int number)
{
	ended = number;
}

static double clock_s(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static bool load_counts(void)
{
	double now_s = clock_s(CLOCK_MONOTONIC);

	return now_s >= load.from_s && now_s < load.until_s;
}

static bool load_lasts(void)
{
	return !ended && clock_s(CLOCK_MONOTONIC) < load.until_s;
}

static void error_count(void)
{
	if (load_counts())
		load.errors++;
}

static void exchange_start(void)
{
	struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	if (fd < 0 || fd >= FILES_MAX) {
		error_count();
		if (fd >= 0)
			close(fd);
		return;
	}
	exchanges[fd] = (struct exchange){.started_s = clock_s(CLOCK_MONOTONIC)};
	event.data.fd = fd;
	if (connect(fd, (struct sockaddr *)&load.to, sizeof(load.to)) && errno != EINPROGRESS) {
		error_count();
		close(fd);
		return;
	}
	epoll_ctl(load.epoll, EPOLL_CTL_ADD, fd, &event);
	load.under_way++;
}

static void exchange_end(int fd)
{
	const struct exchange *x = &exchanges[fd];

	load.total += x->answered;
	if (!x->answered) {
		error_count();
	} else if (load_counts()) {
		load.answers++;
		load.latency_s += clock_s(CLOCK_MONOTONIC) - x->started_s;
	}
	close(fd);
	load.under_way--;
	if (load.timer < 0 && load_lasts())
		exchange_start();
}

static void exchange_go_on(int fd)
{
	struct exchange *x = &exchanges[fd];
	char answer[4096];
	ssize_t got;

	if (!x->sent) {
		if (send(fd, request, sizeof(request) - 1, MSG_NOSIGNAL) < 0) {
			if (errno != EAGAIN && errno != ENOTCONN)
				exchange_end(fd);
			return;
		}
		x->sent = true;
	}
	while ((got = recv(fd, answer, sizeof(answer), 0)) > 0)
		if ((size_t)got >= sizeof(expected) - 1 &&
			memcmp(answer, expected, sizeof(expected) - 1) == 0)
			x->answered = true;
	if (got == 0 || errno != EAGAIN)
		exchange_end(fd);
}

static void timer_start(double rate)
{
	struct epoll_event event = {.events = EPOLLIN};
	uint64_t ns = (uint64_t)(1e9 / rate);
	struct timespec every = {(time_t)(ns / 1000000000), (long)(ns % 1000000000)};
	struct itimerspec times = {every, every};

	load.timer = timerfd_create(CLOCK_MONOTONIC, 0);
	timerfd_settime(load.timer, 0, &times, NULL);
	event.data.fd = load.timer;
	epoll_ctl(load.epoll, EPOLL_CTL_ADD, load.timer, &event);
}

static void timer_fired(void)
{
	uint64_t due = 0;

	if (read(load.timer, &due, sizeof(due)) < 0)
		return;
	while (due-- > 0)
		exchange_start();
}

static void events_handle(int timeout_ms)
{
	struct epoll_event events[EVENTS];
	int count = epoll_wait(load.epoll, events, EVENTS, timeout_ms);

	for (int i = 0; i < count; i++)
		if (events[i].data.fd != load.timer)
			exchange_go_on(events[i].data.fd);
		else if (load_lasts())
			timer_fired();
}

static void load_run(void)
{
	double until_s;

	while (load_lasts())
		events_handle(100);
	load.until_s = fmin(load.until_s, clock_s(CLOCK_MONOTONIC));
	until_s = load.until_s + DRAIN_S;
	while (load.under_way && clock_s(CLOCK_MONOTONIC) < until_s)
		events_handle(100);
}

static void files_allow(void)
{
	struct rlimit files;

	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max < FILES_MAX ? files.rlim_max : FILES_MAX;
	setrlimit(RLIMIT_NOFILE, &files);
}

static void load_print(void)
{
	double seconds = load.until_s - load.from_s;

	printf("{\"answers\": %" PRIu64 ", \"errors\": %" PRIu64 ", \"total\": %" PRIu64,
		load.answers, load.errors, load.total);
	if (load.answers)
		printf(", \"rate\": %.3f, \"latency_s\": %.6f", (double)load.answers / seconds,
			load.latency_s / (double)load.answers);
	printf(", \"cpu_s\": %.6f}\n", clock_s(CLOCK_PROCESS_CPUTIME_ID));
}

int main(int argc, char **argv)
{
	bool open = argc == 5 && strcmp(argv[1], "open") == 0;
	double many, seconds;

	if (!open && (argc != 5 || strcmp(argv[1], "closed") != 0)) {
		fprintf(stderr, "usage: load closed|open PORT CONNECTIONS|RATE SECONDS\n");
		return 2;
	}
	many = atof(argv[3]);
	seconds = atof(argv[4]);
	files_allow();
	signal(SIGTERM, on_signal);
	load = (struct load){
		.to = {AF_INET, htons((uint16_t)atoi(argv[2])), {htonl(INADDR_LOOPBACK)}, {0}},
		.epoll = epoll_create1(0),
		.timer = -1,
		.from_s = clock_s(CLOCK_MONOTONIC) + WARM_UP_S,
	};
	load.until_s = load.from_s + seconds;
	if (open)
		timer_start(many);
	for (int i = 0; !open && i < many; i++)
		exchange_start();
	load_run();
	load_print();
	return 0;
}
