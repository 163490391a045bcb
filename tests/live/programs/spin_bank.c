/* Threads that each change a shared account under one spin lock, for a moment, over and over. */
#include <pthread.h>
#include <stdlib.h>

#define CHANGES 6000000

static pthread_spinlock_t lock;
static long accounts[64];
static int threads;

static void *change(void *seed)
{
	unsigned int next = (unsigned int)(size_t)seed;

	for (int i = 0; i < CHANGES / threads; i++) {
		int from = rand_r(&next) % 64, to = rand_r(&next) % 64;

		pthread_spin_lock(&lock);
		accounts[from]--;
		accounts[to]++;
		pthread_spin_unlock(&lock);
	}
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t all[64];

	threads = argc > 1 ? atoi(argv[1]) : 2;
	pthread_spin_init(&lock, PTHREAD_PROCESS_PRIVATE);
	for (int i = 0; i < threads; i++)
		pthread_create(&all[i], NULL, change, (void *)(size_t)(i + 1));
	for (int i = 0; i < threads; i++)
		pthread_join(all[i], NULL);
	return 0;
}
