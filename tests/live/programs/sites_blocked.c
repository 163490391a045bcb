/*
 * sites_blocked: threads that are blocked for good, each at another place that is hard to unwind
 * from: inside libc's callbacks, signal handlers, inlined functions, odd frames.
 *
 * Usage: sites_blocked
 */
#include "truth.h"

#include <alloca.h>
#include <poll.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/select.h>

#define OUTLINED __attribute__((noinline))
#define INLINED inline __attribute__((always_inline))

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static volatile int total;

static OUTLINED int compare(const void *a, const void *b)
{
	int ends[2];
	char byte;

	fail_if(pipe(ends) != 0, "pipe");
	return read(ends[0], &byte, 1) + *(const char *)a + *(const char *)b;
}

static void *sorts(void *argument)
{
	char some[300] = "";

	qsort(some, sizeof some, 1, compare);
	return argument;
}

static OUTLINED void handle(int number)
{
	sleep_s(1000 + number);
	total++;
}

static void *raises(void *argument)
{
	signal(SIGUSR1, handle);
	raise(SIGUSR1);
	return argument;
}

static INLINED void wait_inside(void)
{
	pthread_mutex_lock(&mutex);
	while (total >= 0)
		pthread_cond_wait(&condition, &mutex);
}

static OUTLINED void wait_around(void)
{
	wait_inside();
	total++;
}

static void *waits(void *argument)
{
	wait_around();
	return argument;
}

static OUTLINED int polls_deep_down(int depth)
{
	volatile int here = depth;

	return (here ? polls_deep_down(depth - 1) : poll(NULL, 0, -1)) + here;
}

static void *recurses(void *argument)
{
	total += polls_deep_down(20);
	return argument;
}

static OUTLINED void waits_on_a_variable_frame(sem_t *semaphore, int size)
{
	volatile char *some = alloca(size);

	some[0] = 1;
	sem_wait(semaphore);
	total += some[0];
}

static void *allocates(void *argument)
{
	sem_t semaphore;

	sem_init(&semaphore, 0, 0);
	waits_on_a_variable_frame(&semaphore, 300 + total);
	return argument;
}

/* Its caller is farther up the stack than anyone copies. */
static OUTLINED void selects_on_a_large_frame(void)
{
	volatile char large[100000];

	large[0] = large[sizeof large - 1] = 1;
	select(0, NULL, NULL, NULL, NULL);
	total += large[0];
}

static void *spreads(void *argument)
{
	selects_on_a_large_frame();
	return argument;
}

static void *joins(void *argument)
{
	pthread_join(*(pthread_t *)argument, NULL);
	return argument;
}

int main(void)
{
	pthread_t first = thread_start(sorts, NULL);

	thread_start(raises, NULL);
	thread_start(waits, NULL);
	thread_start(recurses, NULL);
	thread_start(allocates, NULL);
	thread_start(spreads, NULL);
	thread_start(joins, &first);
	pause();
	return 0;
}
