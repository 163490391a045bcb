/*
 * Threads that do nearly all of their work with one mutex held.
 *
 * concadvise says: tune the threads (lock-bound). One lock makes them take turns; more threads
 * would wait more, and the lock is what to shorten or to split.
 *
 * cc -O2 -pthread mutex_convoy.c -o mutex_convoy && ./mutex_convoy [SECONDS] [THREADS]
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { THREADS_MOST = 256, STEPS_PER_TURN = 2000000 };

static pthread_mutex_t table_lock = PTHREAD_MUTEX_INITIALIZER;
static volatile unsigned long table;
static unsigned long turns;
static atomic_bool stop;

static void *work(void *unused)
{
	(void)unused;
	while (!atomic_load(&stop)) {
		pthread_mutex_lock(&table_lock);
		for (int step = 0; step < STEPS_PER_TURN; step++)
			table += step;
		turns++;
		pthread_mutex_unlock(&table_lock);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	double seconds = argc > 1 ? atof(argv[1]) : 2;
	int threads = argc > 2 ? atoi(argv[2]) : 4;
	pthread_t thread[THREADS_MOST];

	if (threads < 1 || threads > THREADS_MOST)
		return 2;
	for (int i = 0; i < threads; i++)
		if (pthread_create(&thread[i], NULL, work, NULL) != 0)
			return 1;
	usleep((useconds_t)(seconds * 1e6));
	atomic_store(&stop, 1);
	for (int i = 0; i < threads; i++)
		pthread_join(thread[i], NULL);
	printf("%lu turns\n", turns);
	return 0;
}
