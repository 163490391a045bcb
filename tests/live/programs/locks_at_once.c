/*
 * locks_at_once: locks that are all held, each by a thread that sleeps, and all waited for, each by
 * another.
 *
 * Usage: locks_at_once LOCKS
 */
#include "truth.h"

#define LOCKS_MOST 64

static pthread_mutex_t locks[LOCKS_MOST];
static pthread_barrier_t held;

static void *holds(void *lock)
{
	const struct timespec hold_time = {1, 0};

	pthread_mutex_lock(lock);
	pthread_barrier_wait(&held);
	nanosleep(&hold_time, NULL);
	pthread_mutex_unlock(lock);
	return NULL;
}

static void *wants(void *lock)
{
	pthread_barrier_wait(&held);
	pthread_mutex_lock(lock);
	pthread_mutex_unlock(lock);
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t threads[2 * LOCKS_MOST];
	int count = argc == 2 ? atoi(argv[1]) : 0;

	if (count < 1 || count > LOCKS_MOST)
		return 2;
	pthread_barrier_init(&held, NULL, 2 * count);
	for (int i = 0; i < count; i++) {
		pthread_mutex_init(&locks[i], NULL);
		threads[2 * i] = thread_start(holds, &locks[i]);
		threads[2 * i + 1] = thread_start(wants, &locks[i]);
	}
	for (int i = 0; i < 2 * count; i++)
		pthread_join(threads[i], NULL);
	return 0;
}
