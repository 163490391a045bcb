/*
 * mutex_fight: threads that compute with one mutex held most of the time, and a while without it.
 */
#include "threads.h"

enum { FIGHTERS = 4 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static double end_s;

static void work(int number)
{
	(void)number;
	while (clock_s(CLOCK_MONOTONIC) < end_s) {
		pthread_mutex_lock(&lock);
		compute_s(0.003);
		pthread_mutex_unlock(&lock);
		compute_s(0.0003);
	}
}

int main(void)
{
	end_s = clock_s(CLOCK_MONOTONIC) + 2;
	workers_run(FIGHTERS, work);
	return 0;
}
