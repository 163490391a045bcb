/* A scanner of a network's ports, which finds out which of its hosts answer, refuse or keep silent.
 * Operations: 1250 connects, nearly all refused at once; 25 hosts never answer: 70 ms for each.
 * Models: a loop of connect and poll, pthreads, forked processes, epoll with times of patience. */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { HOSTS = 250, PORTS = 5, TARGETS = HOSTS * PORTS, PATIENCE_MS = 70, UNDER_WAY_MAX = 256 };

enum answer { OPEN = 1, REFUSED, SILENT };

static uint16_t ports[PORTS] = {0, 79, 113, 515, 540}; /* the first is set by the environment */

static struct {
	atomic_int next;
	unsigned char answers[TARGETS];
} * scan; /* shared with children */

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static struct sockaddr_in target_address(int target)
{
	struct sockaddr_in address = {.sin_family = AF_INET};

	address.sin_addr.s_addr = htonl(127u << 24 | 91 << 16 | (1 + target / PORTS));
	address.sin_port = htons(ports[target % PORTS]);
	return address;
}

/* Begins to connect; returns the socket, or -1 with the answer that there is already. */
static int target_connect(int target)
{
	struct sockaddr_in address = target_address(target);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		err(1, "socket");
	if (connect(fd, (struct sockaddr *)&address, sizeof(address)) && errno == EINPROGRESS)
		return fd;
	scan->answers[target] = errno == ECONNREFUSED ? REFUSED : OPEN;
	close(fd);
	return -1;
}

static void target_answer(int target, int fd, int answered)
{
	int error = 0;
	socklen_t size = sizeof(error);

	if (answered)
		getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
	scan->answers[target] = !answered ? SILENT : error ? REFUSED : OPEN;
	close(fd);
}

static void target_probe(int target)
{
	int fd = target_connect(target);
	struct pollfd waiting = {fd, POLLOUT, 0};

	if (fd >= 0)
		target_answer(target, fd, poll(&waiting, 1, PATIENCE_MS) == 1);
}

static void sequential(int workers)
{
	(void)workers;
	for (int target = 0; target < TARGETS; target++)
		target_probe(target);
}

static void *worker_run(void *unused)
{
	for (int target; (target = atomic_fetch_add(&scan->next, 1)) < TARGETS;)
		target_probe(target);
	return unused;
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
		pid_t child = fork();

		if (child < 0)
			err(1, "fork");
		if (child == 0) {
			worker_run(NULL);
			_exit(0);
		}
	}
	while (wait(NULL) > 0)
		;
}

/* One that is under way; where fd is -1, there is room for another. */
struct attempt {
	int fd;
	int target;
	int64_t until_ms;
};

static void attempt_begin(struct attempt *attempt, int loop)
{
	struct epoll_event event = {.events = EPOLLOUT, .data.ptr = attempt};

	while (attempt->fd < 0 && scan->next < TARGETS) {
		attempt->target = scan->next++;
		attempt->fd = target_connect(attempt->target);
	}
	attempt->until_ms = now_ms() + PATIENCE_MS;
	if (attempt->fd >= 0)
		epoll_ctl(loop, EPOLL_CTL_ADD, attempt->fd, &event);
}

static void attempt_end(struct attempt *attempt, int loop, int answered)
{
	target_answer(attempt->target, attempt->fd, answered);
	attempt->fd = -1;
	attempt_begin(attempt, loop);
}

/* Ends those that waited too long; returns how long the next may wait, or -1 if there is none. */
static int attempts_expire(struct attempt *attempts, int count, int loop)
{
	int64_t now = now_ms(), first = INT64_MAX;

	for (int i = 0; i < count; i++) {
		if (attempts[i].fd >= 0 && attempts[i].until_ms <= now)
			attempt_end(&attempts[i], loop, 0);
		if (attempts[i].fd >= 0 && attempts[i].until_ms < first)
			first = attempts[i].until_ms;
	}
	return first == INT64_MAX ? -1 : (int)(first > now ? first - now : 0);
}

static void event_loop(int workers)
{
	int count = workers > 0 && workers < UNDER_WAY_MAX ? workers : UNDER_WAY_MAX;
	struct attempt attempts[UNDER_WAY_MAX];
	struct epoll_event ready[64];
	int loop = epoll_create1(EPOLL_CLOEXEC), wait_ms;

	for (int i = 0; i < count; i++) {
		attempts[i].fd = -1;
		attempt_begin(&attempts[i], loop);
	}
	while ((wait_ms = attempts_expire(attempts, count, loop)) >= 0) {
		int got = epoll_wait(loop, ready, 64, wait_ms);

		for (int i = 0; i < got; i++)
			attempt_end(ready[i].data.ptr, loop, 1);
	}
	close(loop);
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

static int network_scan(void (*run)(int workers), int workers)
{
	int counts[4] = {0};
	long places = 0;

	if (sscanf(getenv("CORPUS_NETWORK"), "%*[^:]:%hu", &ports[0]) != 1)
		errx(1, "CORPUS_NETWORK is no HOST:PORT");
	scan = mmap(NULL, sizeof(*scan), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (scan == MAP_FAILED)
		err(1, "mmap");
	run(workers);
	for (int target = 0; target < TARGETS; target++) {
		counts[scan->answers[target]]++;
		places += (long)target * scan->answers[target];
	}
	return printf("%d open, %d refused, %d silent, %ld\n", counts[OPEN], counts[REFUSED],
		       counts[SILENT], places) < 0;
}

int main(int argc, char **argv)
{
	size_t count = sizeof(models) / sizeof(models[0]);

	for (size_t i = 0; i < count; i++) {
		if (argc == 2 && strcmp(argv[1], "--models") == 0)
			printf("%s%c", models[i].name, i + 1 < count ? ' ' : '\n');
		else if (argc == 3 && strcmp(argv[1], models[i].name) == 0)
			return network_scan(models[i].run, atoi(argv[2]));
	}
	return argc != 2;
}
