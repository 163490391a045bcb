/* A pricing client: it asks for an instrument's quote, then values an option on it.
 * Operations: 150 instruments, 5 ms of waiting and about 5 ms of integer computing each.
 * Models: a loop, pthreads, forked processes fed through a pipe, computing in an epoll loop, or in
 * one in each of several processes. */
#include <arpa/inet.h>
#include <err.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

enum { INSTRUMENTS = 150, QUOTE = 64, PATHS = 12000, STEPS = 250 };

static atomic_int next;
static _Atomic uint64_t sum;

static int market_connect(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	char host[64];
	int fd, port, on = 1;

	if (sscanf(getenv("CORPUS_LINE"), "%63[^:]:%d", host, &port) != 2)
		errx(1, "CORPUS_LINE is no HOST:PORT");
	inet_pton(AF_INET, host, &address.sin_addr);
	address.sin_port = htons(port);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)))
		err(1, "connect");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return fd;
}

static void quote_ask(int fd, int instrument)
{
	/* The fraction is far below what can be waited; it makes requests, and so answers, differ.
	 */
	if (dprintf(fd, "5.%03d %d\n", instrument, QUOTE) < 0)
		err(1, "write");
}

static int quote_get(int fd)
{
	char quote[QUOTE + 1] = "";

	for (int used = 0; used < QUOTE;) {
		ssize_t got = read(fd, quote + used, QUOTE - used);

		if (got <= 0)
			err(1, "read");
		used += got;
	}
	return atoi(quote + 1);
}

/* The mean gain of a call option over random paths that start at the quoted price. */
static uint64_t option_value(int price)
{
	uint64_t gains = 0;
	uint32_t noise = price;

	for (int path = 0; path < PATHS; path++) {
		int at = price;

		for (int step = 0; step < STEPS; step++) {
			noise = noise * 1664525 + 1013904223;
			at += (int)(noise >> 22) - 512;
		}
		if (at > price)
			gains += at - price;
	}
	return gains / PATHS;
}

static void instrument_value(int fd, int instrument)
{
	quote_ask(fd, instrument);
	sum += option_value(quote_get(fd));
}

static void *thread_run(void *unused)
{
	int fd = market_connect();

	for (int i; (i = atomic_fetch_add(&next, 1)) < INSTRUMENTS;)
		instrument_value(fd, i);
	close(fd);
	return unused;
}

static void sequential(int workers)
{
	(void)workers;
	thread_run(NULL);
}

static void threads(int workers)
{
	pthread_t running[workers];

	for (int i = 0; i < workers; i++)
		if (pthread_create(&running[i], NULL, thread_run, NULL))
			errx(1, "pthread_create");
	for (int i = 0; i < workers; i++)
		pthread_join(running[i], NULL);
}

/* A child takes instruments from one pipe until it is closed and tells its sum by the other. */
static void child_run(int todo, int done)
{
	int instrument, fd = market_connect();
	uint64_t part;

	while (read(todo, &instrument, sizeof(instrument)) == sizeof(instrument))
		instrument_value(fd, instrument);
	part = sum;
	_exit(write(done, &part, sizeof(part)) != sizeof(part));
}

static void processes(int workers)
{
	int todo[2], done[2];
	uint64_t part;

	if (pipe(todo) || pipe(done))
		err(1, "pipe");
	for (int i = 0; i < workers; i++) {
		if (fork() == 0) {
			close(todo[1]);
			child_run(todo[0], done[1]);
		}
	}
	for (int i = 0; i < INSTRUMENTS; i++)
		if (write(todo[1], &i, sizeof(i)) != sizeof(i))
			err(1, "write");
	close(todo[1]);
	close(done[1]);
	while (read(done[0], &part, sizeof(part)) == sizeof(part))
		sum += part;
	while (wait(NULL) > 0)
		;
}

/* Every step-th instrument from first on, each on a connection of its own unless most says so. */
static void loop_run(int first, int step, int most)
{
	int loop = epoll_create1(0), asked = first, left = 0;

	for (; asked < INSTRUMENTS && (most == 0 || left < most); asked += step, left++) {
		int fd = market_connect();
		struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

		epoll_ctl(loop, EPOLL_CTL_ADD, fd, &event);
		quote_ask(fd, asked);
	}
	for (; left > 0; left--) {
		struct epoll_event ready;
		int price;

		if (epoll_wait(loop, &ready, 1, -1) != 1)
			err(1, "epoll_wait");
		price = quote_get(ready.data.fd);
		if (asked < INSTRUMENTS) {
			quote_ask(ready.data.fd, asked);
			asked += step;
			left++;
		}
		sum += option_value(price);
	}
	close(loop);
}

static void event_loop(int workers)
{
	loop_run(0, 1, workers);
}

/* A loop in each child, which tells its sum by a pipe. */
static void hybrid(int workers)
{
	int done[2];
	uint64_t part;

	if (pipe(done))
		err(1, "pipe");
	for (int i = 0; i < workers; i++) {
		if (fork() == 0) {
			loop_run(i, workers, 0);
			part = sum;
			_exit(write(done[1], &part, sizeof(part)) != sizeof(part));
		}
	}
	close(done[1]);
	while (read(done[0], &part, sizeof(part)) == sizeof(part))
		sum += part;
	while (wait(NULL) > 0)
		;
}

static const struct {
	const char *name;
	void (*run)(int workers);
} models[] = {
	{"sequential", sequential},
	{"threads", threads},
	{"processes", processes},
	{"event-loop", event_loop},
	{"hybrid", hybrid},
};

int main(int argc, char **argv)
{
	size_t count = sizeof(models) / sizeof(models[0]);

	for (size_t i = 0; i < count; i++) {
		if (argc == 2 && strcmp(argv[1], "--models") == 0) {
			printf("%s%c", models[i].name, i + 1 < count ? ' ' : '\n');
		} else if (argc == 3 && strcmp(argv[1], models[i].name) == 0) {
			models[i].run(atoi(argv[2]));
			return printf("%llu\n", (unsigned long long)sum) < 0;
		}
	}
	return argc != 2;
}
