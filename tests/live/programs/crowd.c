/*
 * crowd: a number of threads of which each computes and sleeps a few times over.
 *
 * Usage: crowd THREADS TIMES COMPUTE_SECONDS SLEEP_SECONDS
 */
#include "threads.h"

static int times;
static double compute_each_s, sleep_each_s;

static void work(int number)
{
	(void)number;
	for (int i = 0; i < times; i++) {
		compute_s(compute_each_s);
		sleep_s(sleep_each_s);
	}
}

int main(int argc, char **argv)
{
	if (argc != 5)
		return 2;
	times = atoi(argv[2]);
	compute_each_s = atof(argv[3]);
	sleep_each_s = atof(argv[4]);
	workers_run(atoi(argv[1]), work);
	return 0;
}
