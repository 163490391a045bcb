/*
 * waking: a CPU that has idled for some time sleeps deeper, and so takes longer to be woken; below
 * a hypervisor who wakes it waits for that, too. So it is given the time to fall asleep, and who
 * wakes is not put to sleep itself, as it is where two wake each other in turn.
 */
#include "waking.h"

#include "measurement.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#define NS_PER_S 1000000000LL
#define TRIES 15
#define ENOUGH 5       /* of them */
#define APART_NS 30000 /* about as long as a thread computes between two calls that block */
#define LATE_NS 500000 /* there is no CPU for it */
#define ROUNDS 16      /* of waking each other */
#define TRIPS 4        /* in a round: one alone is short for the clock */

struct sleeper {
	sem_t wake, woken;
	atomic_llong ran_ns;
	atomic_bool over;
	pthread_t thread;
};

static int64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * NS_PER_S + now.tv_nsec;
}

static void semaphore_take(sem_t *s)
{
	while (sem_wait(s) < 0 && errno == EINTR)
		;
}

static void *sleeper_run(void *context)
{
	struct sleeper *s = context;

	for (semaphore_take(&s->wake); !s->over; semaphore_take(&s->wake)) {
		s->ran_ns = now_ns();
		sem_post(&s->woken);
	}
	return NULL;
}

static bool sleeper_start(struct sleeper *s)
{
	sem_init(&s->wake, 0, 0);
	sem_init(&s->woken, 0, 0);
	return pthread_create(&s->thread, NULL, sleeper_run, s) == 0;
}

static void sleeper_end(struct sleeper *s)
{
	s->over = true;
	sem_post(&s->wake);
	pthread_join(s->thread, NULL);
}

static void compute_for(int64_t ns)
{
	for (int64_t end_ns = now_ns() + ns; now_ns() < end_ns;)
		;
}

/* Sets what the call took and until the other one ran. False: it did not come to run. */
static bool wake(struct sleeper *s, int64_t *ret_call_ns, int64_t *ret_until_ns)
{
	int64_t begun_ns, ran_ns = 0;

	compute_for(APART_NS);
	s->ran_ns = 0;
	begun_ns = now_ns();
	sem_post(&s->wake);
	*ret_call_ns = now_ns() - begun_ns;
	while (ran_ns == 0 && now_ns() - begun_ns < LATE_NS)
		ran_ns = s->ran_ns;
	semaphore_take(&s->woken); /* if it needs this CPU, it has it now */
	*ret_until_ns = ran_ns - begun_ns;
	return ran_ns > 0;
}

static int ns_compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

static uint64_t middle(int64_t *ns, size_t count)
{
	qsort(ns, count, sizeof(*ns), ns_compare);
	return (uint64_t)ns[count / 2];
}

static bool side_by_side(struct sleeper *s, struct measured_host *ret)
{
	int64_t calls_ns[TRIES], untils_ns[TRIES];
	size_t count = 0;

	for (int i = 0; i < TRIES && i < (int)count + ENOUGH; i++)
		count += wake(s, &calls_ns[count], &untils_ns[count]);
	if (count < ENOUGH)
		return false;
	ret->waking_ns = middle(calls_ns, count);
	ret->wakeup_ns = middle(untils_ns, count);
	return true;
}

static int64_t round_ns(struct sleeper *s)
{
	int64_t begun_ns = now_ns();

	for (int i = 0; i < TRIPS; i++) {
		sem_post(&s->wake);
		semaphore_take(&s->woken);
	}
	return (now_ns() - begun_ns) / (2L * TRIPS);
}

static void in_turn(struct sleeper *s, struct measured_host *ret)
{
	int64_t least_ns = INT64_MAX;

	for (int i = 0; i < ROUNDS; i++) {
		int64_t ns = round_ns(s);

		least_ns = ns < least_ns ? ns : least_ns;
	}
	ret->waking_ns = ret->wakeup_ns = (uint64_t)least_ns;
}

void waking_measure(struct measured_host *ret)
{
	struct sleeper s = {.over = false};

	if (!sleeper_start(&s))
		return;
	if (ret->cpus_allowed == 1 || !side_by_side(&s, ret))
		in_turn(&s, ret);
	sleeper_end(&s);
}
