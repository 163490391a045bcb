/*
 * sampling: what being interrupted for samples takes of a loop that computes: sampled for 30 ms,
 * not sampled for 30 ms, and so on, so that whatever else the machine does meets both alike. No
 * program runs at a sample: this is what the interruption alone costs.
 *
 * Usage: sampling HZ [PAIRS]. Tells the median of the pairs' ratios, and between what it lies with
 * a probability of 95 %.
 */
#include <linux/perf_event.h>
#include <math.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define WINDOW_S 0.03
#define WARM_S 0.2
#define PAIRS 200

static double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* How much is done in a second. */
static double loop(double seconds)
{
	double begun_s = now_s();
	volatile double x = 0;
	unsigned long turns = 0;

	while (now_s() - begun_s < seconds) {
		for (int i = 0; i < 2000; i++)
			x += i * 1.1;
		turns++;
	}
	return (double)turns / (now_s() - begun_s);
}

static double loop_sampled(int fd)
{
	double done;

	ioctl(fd, PERF_EVENT_IOC_ENABLE, 0);
	done = loop(WINDOW_S);
	ioctl(fd, PERF_EVENT_IOC_DISABLE, 0);
	return done;
}

/* How much longer the same takes; which comes first changes from pair to pair. */
static double ratio_take(int fd, int pair)
{
	double sampled = pair % 2 ? loop_sampled(fd) : 0, free = loop(WINDOW_S);

	return free / (pair % 2 ? sampled : loop_sampled(fd));
}

static int ratio_compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Sampled is a CPU, as by the tool, and not a thread. */
static int event_open(int hz, int cpu)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_CPU_CLOCK,
		.freq = 1,
		.sample_freq = hz,
		.disabled = 1,
	};

	return (int)syscall(SYS_perf_event_open, &attr, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);
}

static void cpu_bind(int cpu)
{
	cpu_set_t only;

	CPU_ZERO(&only);
	CPU_SET(cpu, &only);
	sched_setaffinity(0, sizeof(only), &only);
}

int main(int argc, char **argv)
{
	int hz = argc > 1 ? atoi(argv[1]) : 0, pairs = argc > 2 ? atoi(argv[2]) : PAIRS;
	int cpu = sched_getcpu(), fd = hz > 0 ? event_open(hz, cpu) : -1;
	double *ratios = calloc(pairs > 0 ? pairs : 1, sizeof(*ratios));
	int outside;

	if (fd < 0 || !ratios || pairs < 6) {
		fprintf(stderr, "sampling: HZ [PAIRS, 6 or more], as root\n");
		return 1;
	}
	cpu_bind(cpu);
	loop(WARM_S);
	for (int i = 0; i < pairs; i++)
		ratios[i] = ratio_take(fd, i);
	qsort(ratios, pairs, sizeof(*ratios), ratio_compare);
	outside = (int)fmax(0, floor((pairs - 1.96 * sqrt(pairs)) / 2));
	printf("%d Hz: %.4f times as long (%.4f to %.4f), %.0f us a sample\n", hz,
		ratios[pairs / 2], ratios[outside], ratios[pairs - 1 - outside],
		1e6 * (1 - 1 / ratios[pairs / 2]) / hz);
	free(ratios);
	return 0;
}
