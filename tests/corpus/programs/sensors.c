/* A collector that asks slow sensors for their readings, as with any blocking client library.
 * Operations: 40 readings that wait 40 ms each for one line; next to no computing.
 * Models: a loop, pthreads, forked processes with a pipe, epoll; a connection per worker. */
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

enum { READINGS = 40, WAIT_MS = 40, LINE_MAX_BYTES = 256 };

static atomic_int next;

static int sensors_connect(void)
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

static void reading_ask(int fd, int number)
{
	if (dprintf(fd, "%d %d\n", WAIT_MS, 50 + number) < 0)
		err(1, "write");
}

/* Reads what there is of a line; returns whether it is whole, then with its value. */
static int reading_get(int fd, char *line, size_t *used, uint64_t *ret_value)
{
	ssize_t got = read(fd, line + *used, LINE_MAX_BYTES - *used);
	uint64_t value = 0;

	if (got <= 0)
		err(1, "read");
	*used += got;
	if (line[*used - 1] != '\n')
		return 0;
	for (size_t i = 0; i < *used; i++)
		value = value * 31 + (unsigned char)line[i];
	*used = 0;
	*ret_value = value % 1000000007;
	return 1;
}

static uint64_t readings_take(int first, int step)
{
	char line[LINE_MAX_BYTES];
	uint64_t value, sum = 0;
	size_t used = 0;
	int fd = sensors_connect();

	for (int i = first; i < READINGS; i += step) {
		reading_ask(fd, i);
		while (!reading_get(fd, line, &used, &value))
			;
		sum += value;
	}
	close(fd);
	return sum;
}

static uint64_t sequential(int workers)
{
	(void)workers;
	return readings_take(0, 1);
}

static void *thread_run(void *ret_sum)
{
	char line[LINE_MAX_BYTES];
	uint64_t value, *sum = ret_sum;
	size_t used = 0;
	int fd = sensors_connect();

	for (int i; (i = atomic_fetch_add(&next, 1)) < READINGS;) {
		reading_ask(fd, i);
		while (!reading_get(fd, line, &used, &value))
			;
		*sum += value;
	}
	close(fd);
	return NULL;
}

static uint64_t threads(int workers)
{
	pthread_t running[workers];
	uint64_t sums[workers], sum = 0;

	memset(sums, 0, sizeof(sums));
	for (int i = 0; i < workers; i++)
		if (pthread_create(&running[i], NULL, thread_run, &sums[i]))
			errx(1, "pthread_create");
	for (int i = 0; i < workers; i++) {
		pthread_join(running[i], NULL);
		sum += sums[i];
	}
	return sum;
}

static uint64_t processes(int workers)
{
	uint64_t part, sum = 0;
	int ends[2];

	if (pipe(ends))
		err(1, "pipe");
	for (int i = 0; i < workers; i++) {
		if (fork() == 0) {
			part = readings_take(i, workers);
			_exit(write(ends[1], &part, sizeof(part)) != sizeof(part));
		}
	}
	for (int i = 0; i < workers; i++) {
		if (read(ends[0], &part, sizeof(part)) != sizeof(part))
			err(1, "read");
		sum += part;
	}
	while (wait(NULL) > 0)
		;
	return sum;
}

static uint64_t event_loop(int workers)
{
	int connections = workers > 0 && workers < READINGS ? workers : READINGS;
	struct {
		int fd;
		size_t used;
		char line[LINE_MAX_BYTES];
	} *each = calloc(connections, sizeof(*each));
	int loop = epoll_create1(0), asked = 0, answered = 0;
	struct epoll_event ready[16];
	uint64_t value, sum = 0;

	for (; asked < connections; asked++) {
		struct epoll_event event = {.events = EPOLLIN, .data.u32 = asked};

		each[asked].fd = sensors_connect();
		epoll_ctl(loop, EPOLL_CTL_ADD, each[asked].fd, &event);
		reading_ask(each[asked].fd, asked);
	}
	while (answered < READINGS) {
		int count = epoll_wait(loop, ready, 16, -1);

		for (int i = 0; i < count; i++) {
			int n = ready[i].data.u32;

			if (!reading_get(each[n].fd, each[n].line, &each[n].used, &value))
				continue;
			sum += value;
			answered++;
			if (asked < READINGS)
				reading_ask(each[n].fd, asked++);
		}
	}
	free(each);
	return sum;
}

static const struct {
	const char *name;
	uint64_t (*run)(int workers);
} models[] = {
	{"sequential", sequential},
	{"threads", threads},
	{"processes", processes},
	{"event-loop", event_loop},
};

int main(int argc, char **argv)
{
	size_t count = sizeof(models) / sizeof(models[0]);

	for (size_t i = 0; i < count; i++) {
		if (argc == 2 && strcmp(argv[1], "--models") == 0)
			printf("%s%c", models[i].name, i + 1 < count ? ' ' : '\n');
		else if (argc == 3 && strcmp(argv[1], models[i].name) == 0)
			return printf("%llu\n", (unsigned long long)models[i].run(atoi(argv[2]))) <
			       0;
	}
	return argc != 2;
}
