/* A client of a local daemon, as of D-Bus or a database: a UNIX socket, answers soon or late.
 * Operations: 36 requests that wait from 5 to 200 ms each, hardly any computing.
 * Models: a loop, a thread per worker, forked processes that share a counter, a loop of poll. */
#include <err.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

static const int waits_ms[] = {
	30,
	8,
	120,
	15,
	5,
	60,
	25,
	200,
	10,
	40,
	6,
	75,
	20,
	5,
	90,
	35,
	12,
	150,
	7,
	50,
	18,
	5,
	110,
	28,
	9,
	65,
	14,
	180,
	22,
	6,
	45,
	11,
	80,
	16,
	33,
	5,
};

enum { REQUESTS = sizeof(waits_ms) / sizeof(waits_ms[0]), ANSWER = 128 };

static struct {
	atomic_int next;
	_Atomic uint64_t sum;
} * progress; /* shared with children */

static FILE *daemon_connect(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	FILE *stream;

	strncpy(address.sun_path, getenv("CORPUS_UNIX"), sizeof(address.sun_path) - 1);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)))
		err(1, "connect");
	stream = fdopen(fd, "r+e");
	if (!stream)
		err(1, "fdopen");
	return stream;
}

static void request_send(FILE *stream, int number)
{
	if (dprintf(fileno(stream), "%d %d\n", waits_ms[number], ANSWER - number) < 0)
		err(1, "write");
}

static void answer_take(FILE *stream)
{
	char line[ANSWER + 1];
	uint64_t hash = 14695981039346656037u;

	if (!fgets(line, sizeof(line), stream))
		err(1, "fgets");
	for (const char *at = line; *at; at++)
		hash = (hash ^ (unsigned char)*at) * 1099511628211u;
	progress->sum += hash;
}

static void *worker_run(void *unused)
{
	FILE *stream = daemon_connect();

	for (int i; (i = atomic_fetch_add(&progress->next, 1)) < REQUESTS;) {
		request_send(stream, i);
		answer_take(stream);
	}
	fclose(stream);
	return unused;
}

static void sequential(int workers)
{
	(void)workers;
	worker_run(NULL);
}

static void threads(int workers)
{
	pthread_t running[workers];

	for (int i = 0; i < workers; i++)
		if (pthread_create(&running[i], NULL, worker_run, NULL))
			errx(1, "pthread_create");
	for (int i = 0; i < workers; i++)
		pthread_join(running[i], NULL);
}

static void processes(int workers)
{
	for (int i = 0; i < workers; i++) {
		if (fork() == 0) {
			worker_run(NULL);
			_exit(0);
		}
	}
	while (wait(NULL) > 0)
		;
}

static void event_loop(int workers)
{
	int connections = workers > 0 && workers < REQUESTS ? workers : REQUESTS;
	struct pollfd waiting[REQUESTS];
	FILE *streams[REQUESTS];
	int asked = 0, answered = 0;

	for (; asked < connections; asked++) {
		streams[asked] = daemon_connect();
		waiting[asked] = (struct pollfd){fileno(streams[asked]), POLLIN, 0};
		request_send(streams[asked], asked);
	}
	while (answered < REQUESTS) {
		if (poll(waiting, connections, -1) < 0)
			err(1, "poll");
		for (int i = 0; i < connections; i++) {
			if (!(waiting[i].revents & POLLIN))
				continue;
			answer_take(streams[i]);
			answered++;
			if (asked < REQUESTS)
				request_send(streams[i], asked++);
		}
	}
	for (int i = 0; i < connections; i++)
		fclose(streams[i]);
}

static const struct {
	const char *name;
	void (*run)(int workers);
} models[] = {
	{"sequential", sequential},
	{"threads", threads},
	{"processes", processes},
	{"event-loop", event_loop},
};

static int requests_run(void (*run)(int workers), int workers)
{
	progress = mmap(
		NULL, sizeof(*progress), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (progress == MAP_FAILED)
		err(1, "mmap");
	run(workers);
	return printf("%016llx\n", (unsigned long long)progress->sum) < 0;
}

int main(int argc, char **argv)
{
	size_t count = sizeof(models) / sizeof(models[0]);

	for (size_t i = 0; i < count; i++) {
		if (argc == 2 && strcmp(argv[1], "--models") == 0)
			printf("%s%c", models[i].name, i + 1 < count ? ' ' : '\n');
		else if (argc == 3 && strcmp(argv[1], models[i].name) == 0)
			return requests_run(models[i].run, atoi(argv[2]));
	}
	return argc != 2;
}
