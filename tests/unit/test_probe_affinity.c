/* affinity: what any thread of a process may use counts, and what is gone does not. */
#include "probe/affinity.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <unistd.h>
/* cmocka needs the above first. */
#include <cmocka.h>

static pthread_barrier_t bound, looked;

static cpu_set_t one(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return set;
}

static int cpu_of(const cpu_set_t *set, int number)
{
	int cpu = 0;

	while (!CPU_ISSET(cpu, set) || number-- > 0)
		cpu++;
	return cpu;
}

static void *thread_bind(void *cpu)
{
	cpu_set_t its = one(*(int *)cpu);

	assert_int_equal(sched_setaffinity(0, sizeof(its), &its), 0);
	pthread_barrier_wait(&bound);
	pthread_barrier_wait(&looked);
	return NULL;
}

/* The first thread is bound to one CPU, another one to another. */
static void test_every_thread_counts(void **state)
{
	cpu_set_t all, first, found;
	int pid = getpid(), other;
	pthread_t thread;

	(void)state;
	assert_int_equal(sched_getaffinity(0, sizeof(all), &all), 0);
	if (CPU_COUNT(&all) < 2)
		skip();
	first = one(cpu_of(&all, 0));
	other = cpu_of(&all, 1);
	assert_int_equal(sched_setaffinity(0, sizeof(first), &first), 0);
	affinity_of(&pid, 1, &found);
	assert_true(CPU_EQUAL(&found, &first));

	pthread_barrier_init(&bound, NULL, 2);
	pthread_barrier_init(&looked, NULL, 2);
	assert_int_equal(pthread_create(&thread, NULL, thread_bind, &other), 0);
	pthread_barrier_wait(&bound);
	affinity_of(&pid, 1, &found);
	pthread_barrier_wait(&looked);
	pthread_join(thread, NULL);
	CPU_SET(other, &first);
	assert_true(CPU_EQUAL(&found, &first));
	sched_setaffinity(0, sizeof(all), &all);
}

static void test_what_is_gone_may_use_none(void **state)
{
	int none = 0x7fffffff;
	cpu_set_t found;

	(void)state;
	affinity_of(&none, 1, &found);
	assert_int_equal(CPU_COUNT(&found), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_thread_counts),
		cmocka_unit_test(test_what_is_gone_may_use_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
