/*
 * sites: a native program that knows at which of its lines it waits and computes, and for how long.
 *
 * Each site is a function with one line in WAITS() or COMPUTES(), which notes the function, the
 * line and the seconds by this thread's own clocks. At the end each is printed as a line of JSON.
 * "outer" is the function that it may have been compiled into, which is all that a symbol table
 * knows.
 *
 * Usage: sites
 */
#define _GNU_SOURCE
#include "truth.h"

#include <alloca.h>
#include <linux/futex.h>
#include <math.h>
#include <poll.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/wait.h>

#define WAIT_S 0.03
#define COMPUTE_S 0.06
#define SITES 64

#ifdef __clang__
#define OUTLINED __attribute__((noinline))
#else
#define OUTLINED __attribute__((noipa))
#endif
#define INLINED inline __attribute__((always_inline))

static struct site {
	const char *kind, *function, *outer;
	int line;
	double seconds;
} sites[SITES];
static pthread_mutex_t sites_lock = PTHREAD_MUTEX_INITIALIZER;

static OUTLINED void site_note(
	const char *kind, const char *function, const char *outer, int line, struct truth from)
{
	struct truth to = truth_now();
	double cpu = to.cpu_s - from.cpu_s;
	double blocked = to.wall_s - from.wall_s - cpu - (to.run_queue_s - from.run_queue_s);
	struct site *s = sites;

	pthread_mutex_lock(&sites_lock);
	while (s->function && (strcmp(s->function, function) != 0 || s->line != line))
		s++;
	*s = (struct site){kind, function, outer, line,
		s->seconds + (strcmp(kind, "waits") == 0 ? blocked : cpu)};
	pthread_mutex_unlock(&sites_lock);
}

static void sites_print(void)
{
	for (const struct site *s = sites; s->function; s++)
		printf("{\"what\": \"%s\", \"kind\": \"%s\", \"function\": \"%s\", \"outer\": \"%s\","
		       " \"file\": \"%s\", \"line\": %d, \"seconds\": %.6f, \"pid\": %d}\n",
			s->function, s->kind, s->function, s->outer, __FILE__, s->line, s->seconds,
			getpid());
}

/* In a line of its own: all that the statement is compiled to belongs to that line. */
#define NOTED(kind, outer, ...)                                    \
	do {                                                       \
		struct truth from_ = truth_now();                  \
		__VA_ARGS__;                                       \
		site_note(kind, __func__, outer, __LINE__, from_); \
	} while (0)
#define WAITS(...) NOTED("waits", __func__, __VA_ARGS__)
#define COMPUTES(...) COMPUTES_IN(__func__, __VA_ARGS__)
#define COMPUTES_IN(outer, ...) NOTED("computes", outer, UNTIL(COMPUTE_S, __VA_ARGS__))
#define UNTIL(seconds, ...)                                    \
	for (double end_ = cpu_s() + seconds; cpu_s() < end_;) \
	__VA_ARGS__

static OUTLINED double cpu_s(void)
{
	return clock_s(CLOCK_THREAD_CPUTIME_ID);
}

static const struct timespec wait_time = {0, WAIT_S * 1e9};
static volatile unsigned long total = 1;

static struct timespec wait_end(clockid_t clock)
{
	double end = clock_s(clock) + WAIT_S;

	return (struct timespec){(time_t)end, (long)((end - (time_t)end) * 1e9)};
}

/* What others wait for: a thread that sleeps first. */

struct later {
	pthread_t thread;
	void (*act)(void *);
	void *argument;
};

static OUTLINED void nap(void)
{
	WAITS(nanosleep(&wait_time, NULL));
}

static void *later_run(void *argument)
{
	struct later *l = argument;

	nap();
	l->act(l->argument);
	return NULL;
}

static void later_start(struct later *l, void (*act)(void *), void *argument)
{
	*l = (struct later){.act = act, .argument = argument};
	l->thread = thread_start(later_run, l);
}

static void later_join(struct later *l)
{
	pthread_join(l->thread, NULL);
}

static void byte_write(void *fd)
{
	fail_if(write(*(int *)fd, "\n", 1) != 1, "write");
}

static void nothing(void *argument)
{
	(void)argument;
}

/* Waiting. */

static OUTLINED void sleeps(void)
{
	WAITS(usleep(WAIT_S * 1e6));
}

static OUTLINED void sleeps_exactly(void)
{
	WAITS(nanosleep(&wait_time, NULL));
}

static OUTLINED void polls(void)
{
	WAITS(poll(NULL, 0, WAIT_S * 1e3));
}

static OUTLINED void selects(void)
{
	struct timeval t = {0, WAIT_S * 1e6};

	WAITS(select(0, NULL, NULL, NULL, &t));
}

static OUTLINED void waits_for_events(void)
{
	struct epoll_event event;
	int fd = epoll_create1(0);

	WAITS(epoll_wait(fd, &event, 1, WAIT_S * 1e3));
	close(fd);
}

static OUTLINED void reads_a_pipe(void)
{
	struct later l;
	int ends[2];
	char byte;

	fail_if(pipe(ends) != 0, "pipe");
	later_start(&l, byte_write, &ends[1]);
	WAITS(if (read(ends[0], &byte, 1) != 1) abort());
	later_join(&l);
}

static OUTLINED void reads_a_stream(void)
{
	struct later l;
	int ends[2];
	char line[8];
	FILE *file;

	fail_if(pipe(ends) != 0, "pipe");
	file = fdopen(ends[0], "r");
	later_start(&l, byte_write, &ends[1]);
	WAITS(if (!fgets(line, sizeof line, file)) abort());
	later_join(&l);
	fclose(file);
}

static OUTLINED void receives(void)
{
	struct later l;
	int ends[2];
	char byte;

	fail_if(socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0, "socketpair");
	later_start(&l, byte_write, &ends[1]);
	WAITS(recv(ends[0], &byte, 1, 0));
	later_join(&l);
}

static void unlock(void *lock)
{
	pthread_mutex_unlock(lock);
}

static pthread_mutex_t named_lock = PTHREAD_MUTEX_INITIALIZER;

static OUTLINED void locks_a_variable(void)
{
	struct later l;

	pthread_mutex_lock(&named_lock);
	later_start(&l, unlock, &named_lock);
	WAITS(pthread_mutex_lock(&named_lock));
	later_join(&l);
}

static OUTLINED void locks_on_the_heap(void)
{
	pthread_mutex_t *lock = malloc(sizeof *lock);
	struct later l;

	pthread_mutex_init(lock, NULL);
	pthread_mutex_lock(lock);
	later_start(&l, unlock, lock);
	WAITS(pthread_mutex_lock(lock));
	later_join(&l);
	free(lock);
}

static OUTLINED void waits_for_a_condition(void)
{
	struct timespec end = wait_end(CLOCK_REALTIME);
	pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	pthread_cond_t condition = PTHREAD_COND_INITIALIZER;

	pthread_mutex_lock(&lock);
	WAITS(pthread_cond_timedwait(&condition, &lock, &end));
}

static OUTLINED void waits_for_a_semaphore(void)
{
	struct timespec end = wait_end(CLOCK_REALTIME);
	sem_t semaphore;

	sem_init(&semaphore, 0, 0);
	WAITS(sem_timedwait(&semaphore, &end));
}

static OUTLINED void joins(void)
{
	struct later l;

	later_start(&l, nothing, NULL);
	WAITS(pthread_join(l.thread, NULL));
}

static OUTLINED void calls_the_kernel(void)
{
	int word = 0;

	WAITS(syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, &wait_time, NULL, 0));
}

static OUTLINED void child_run(void)
{
	nanosleep(&wait_time, NULL);
	_exit(0);
}

static OUTLINED void waits_for_a_child(void)
{
	pid_t child = fork();

	if (child == 0)
		child_run();
	WAITS(waitpid(child, NULL, 0));
}

static OUTLINED void runs_a_command(void)
{
	WAITS(if (system("sleep 0.05") != 0) abort());
}

static OUTLINED int sleeping_comparison(const void *a, const void *b)
{
	(void)a, (void)b;
	WAITS(nanosleep(&wait_time, NULL));
	return 0;
}

static OUTLINED void sorts_asleep(void)
{
	char two[2] = "ab";

	qsort(two, 2, 1, sleeping_comparison);
	total += two[0];
}

static OUTLINED void sleeping_handler(int number)
{
	(void)number;
	WAITS(nanosleep(&wait_time, NULL));
}

static OUTLINED void raises(void)
{
	signal(SIGUSR1, sleeping_handler);
	raise(SIGUSR1);
}

static OUTLINED unsigned long sleeps_deep_down(int depth)
{
	unsigned long below = 0;

	if (depth > 0)
		below = sleeps_deep_down(depth - 1);
	else
		WAITS(nanosleep(&wait_time, NULL));
	return below + total;
}

/* Its caller is farther up the stack than anyone copies. */
static OUTLINED void sleeps_on_a_large_frame(void)
{
	volatile char large[100000];

	large[0] = large[sizeof large - 1] = 1;
	WAITS(nanosleep(&wait_time, NULL));
	total += large[0];
}

static OUTLINED void sleeps_on_a_variable_frame(void)
{
	volatile char *some = alloca(100 + total % 7);

	some[0] = 1;
	WAITS(nanosleep(&wait_time, NULL));
	total += some[0];
}

static INLINED void sleeps_inside(void)
{
	NOTED("waits", "sleeps_around", nanosleep(&wait_time, NULL));
}

static OUTLINED void sleeps_around(void)
{
	total++;
	sleeps_inside();
	total++;
}

/* Unlikely code is put elsewhere, as a function of its own. */
static OUTLINED void sleeps_in_the_cold(int unlikely)
{
	if (__builtin_expect(unlikely, 0)) {
		WAITS(nanosleep(&wait_time, NULL));
		total++;
	}
	total++;
}

static OUTLINED void syncs(void)
{
	int fd = open("/var/tmp", O_TMPFILE | O_RDWR, 0600);

	for (int i = 0; i < 60; i++) {
		fail_if(write(fd, sites, sizeof sites) < 0, "write");
		WAITS(fsync(fd));
	}
	close(fd);
}

/* Computing. */

static OUTLINED void loops(void)
{
	COMPUTES(for (int i = 0; i < 100000; i++) total += i);
}

static INLINED void computes_inside(void)
{
	COMPUTES_IN("computes_around", for (int i = 0; i < 100000; i++) total += i);
}

static OUTLINED void computes_around(void)
{
	total++;
	computes_inside();
	total++;
}

static OUTLINED double leaf(void)
{
	double root = 1;

	COMPUTES(for (int i = 1; i < 50000; i++) root = root / 1.5 + i / root);
	return root;
}

static OUTLINED void leaf_call(void)
{
	total += leaf();
}

static OUTLINED void sets_memory(void)
{
	char *memory = malloc(1 << 20);

	COMPUTES(memset(memory, (int)total, 1 << 20), total += memory[total % 1000]);
	free(memory);
}

static OUTLINED void formats(void)
{
	char text[64];

	COMPUTES(for (int i = 0; i < 300; i++) snprintf(text, sizeof text, "%d %f", i, i / 7.0));
}

static OUTLINED void allocates(void)
{
	void *volatile memory; /* else there is nothing to allocate */

	COMPUTES(for (int i = 0; i < 3000; i++) free(memory = malloc(100 + i % 5000)));
}

static OUTLINED void takes_sines(void)
{
	double sines = 0;

	COMPUTES(for (int i = 0; i < 3000; i++) sines += sin(i * 0.7));
	total += sines;
}

static OUTLINED void asks_for_the_time(void)
{
	struct timespec t;

	COMPUTES(for (int i = 0; i < 3000; i++) total += clock_gettime(CLOCK_MONOTONIC, &t));
}

static OUTLINED void reads_zeros(void)
{
	int fd = open("/dev/zero", O_RDONLY);
	char *memory = malloc(1 << 20);

	COMPUTES(if (read(fd, memory, 1 << 20) < 0) abort());
	free(memory);
	close(fd);
}

static OUTLINED void touches_memory(void)
{
	long size = 1 << 20;

	for (double end = cpu_s() + COMPUTE_S; cpu_s() < end;) {
		char *memory = mmap(
			NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

		NOTED("computes", __func__, for (long i = 0; i < size; i += 4096) memory[i] = 1);
		munmap(memory, size);
	}
}

static OUTLINED void computing_handler(int number)
{
	(void)number;
	COMPUTES(for (int i = 0; i < 100000; i++) total += i);
}

static OUTLINED void raises_work(void)
{
	signal(SIGUSR2, computing_handler);
	raise(SIGUSR2);
}

static void sites_run(void)
{
	sleeps();
	sleeps_exactly();
	polls();
	selects();
	waits_for_events();
	reads_a_pipe();
	reads_a_stream();
	receives();
	locks_a_variable();
	locks_on_the_heap();
	waits_for_a_condition();
	waits_for_a_semaphore();
	joins();
	calls_the_kernel();
	waits_for_a_child();
	runs_a_command();
	sorts_asleep();
	raises();
	sleeps_deep_down(3000);
	sleeps_on_a_large_frame();
	sleeps_on_a_variable_frame();
	sleeps_around();
	sleeps_in_the_cold(total != 0);
	syncs();
	loops();
	computes_around();
	leaf_call();
	sets_memory();
	formats();
	allocates();
	takes_sines();
	asks_for_the_time();
	reads_zeros();
	touches_memory();
	raises_work();
}

int main(void)
{
	sites_run();
	sites_print();
	return 0;
}
