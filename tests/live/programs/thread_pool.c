/*
 * thread_pool: workers take items from a queue under a condition variable; an item is a little
 * computing and a short sleep.
 */
#include "threads.h"

enum { WORKERS = 6, ITEMS = 600 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t more = PTHREAD_COND_INITIALIZER;
static int queued, taken;

static int item_take(void)
{
	int got;

	pthread_mutex_lock(&lock);
	while (queued == 0 && taken < ITEMS)
		pthread_cond_wait(&more, &lock);
	got = queued > 0;
	if (got) {
		queued--;
		taken++;
	}
	pthread_mutex_unlock(&lock);
	return got;
}

static void produce(void)
{
	for (int i = 0; i < ITEMS; i++) {
		sleep_s(0.002);
		pthread_mutex_lock(&lock);
		queued++;
		pthread_cond_signal(&more);
		pthread_mutex_unlock(&lock);
	}
}

static void work(int number)
{
	if (number == 0) {
		produce();
		return;
	}
	while (item_take()) {
		compute_s(0.001);
		sleep_s(0.003);
	}
	pthread_cond_broadcast(&more);
}

int main(void)
{
	workers_run(1 + WORKERS, work);
	return 0;
}
