/*
 * A pool of threads that compute, each on pieces of its own that it takes from a counter.
 *
 * concadvise says: keep the threads (cpu-bound) with as many as there are CPUs, which is the
 * default; with many more (./pool 400 64) it says that they are too many (oversubscribed).
 *
 * cc -O2 -pthread pool.c -o pool && ./pool [PIECES] [THREADS]
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { THREADS_MOST = 256, STEPS_PER_PIECE = 20000000 };

static int pieces;
static atomic_int next_piece;
static atomic_ulong result;

static unsigned long compute(int piece)
{
	volatile unsigned long sum = piece;

	for (int step = 0; step < STEPS_PER_PIECE; step++)
		sum += step;
	return sum;
}

static void *work(void *unused)
{
	int piece;

	(void)unused;
	while ((piece = atomic_fetch_add(&next_piece, 1)) < pieces)
		atomic_fetch_add(&result, compute(piece));
	return NULL;
}

int main(int argc, char **argv)
{
	int threads = argc > 2 ? atoi(argv[2]) : (int)sysconf(_SC_NPROCESSORS_ONLN);
	pthread_t thread[THREADS_MOST];

	pieces = argc > 1 ? atoi(argv[1]) : 400;
	if (threads < 1 || threads > THREADS_MOST)
		return 2;
	for (int i = 0; i < threads; i++)
		if (pthread_create(&thread[i], NULL, work, NULL) != 0)
			return 1;
	for (int i = 0; i < threads; i++)
		pthread_join(thread[i], NULL);
	printf("%lu\n", atomic_load(&result));
	return 0;
}
