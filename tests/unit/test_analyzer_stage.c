/* A program that is as fast as one of its threads. */
#include "analyzer/metric.h"

#include "scene.h"

/* Two commands of a pipeline on two CPUs, in ten seconds: what each computes, and how long the
 * second one wants a CPU that it does not get. */
struct pipeline {
	double first_s, second_s, ready_s;
	const char *second; /* the program that it runs; the first one runs "gzip" */
};

static void stage_is(struct pipeline with, double share, double speedup)
{
	struct measurement *m = scene_new(10);
	struct profile *p;

	m->host.cpus_online = m->host.cpus_allowed = 2;
	scene_thread(m, scene_process(m, 7, 1), 7, with.first_s);
	scene_thread(m, scene_process(m, 8, 1), 8, with.second_s);
	for (size_t i = 0; i < 2; i++)
		free(m->threads[i].name);
	m->threads[0].name = strdup("gzip");
	m->threads[1].name = strdup(with.second ? with.second : "tar");
	m->threads[1].run_queue_ns = SCENE_NS(with.ready_s);
	p = scene_profile(m);
	assert_near(metric_find("stage.busiest.share")->value(p), share, 1e-9);
	assert_near(metric_find("stage.busiest.speedup")->value(p), speedup, 1e-9);
	scene_end(m, p);
}

static void divided_it_takes_both_cpus(void **state)
{
	(void)state;
	stage_is((struct pipeline){9, 3, 0, NULL}, 0.9, 10.0 / (1 + 6));
	stage_is((struct pipeline){9, 0, 0, NULL}, 0.9, 10.0 / (1 + 4.5));
}

static void and_no_less_than_the_next_one(void **state)
{
	(void)state;
	stage_is((struct pipeline){9, 8, 0, NULL}, 0.9, 10.0 / (1 + 8.5));
}

static void who_wants_a_cpu_waits_for_no_other_thread(void **state)
{
	(void)state;
	stage_is((struct pipeline){9, 6, 3, NULL}, 0.9, 1);
	stage_is((struct pipeline){9, 6, 2, NULL}, 0.9, 10.0 / (1 + 8));
}

static void a_pools_workers_are_no_stages(void **state)
{
	(void)state;
	stage_is((struct pipeline){9, 6, 0, "gzip"}, 0.9, 1);
	stage_is((struct pipeline){9, 4, 0, "gzip"}, 0.9, 10.0 / (1 + 6.5));
	stage_is((struct pipeline){9, 6, 0, "tar"}, 0.9, 10.0 / (1 + 7.5));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(divided_it_takes_both_cpus),
		cmocka_unit_test(and_no_less_than_the_next_one),
		cmocka_unit_test(who_wants_a_cpu_waits_for_no_other_thread),
		cmocka_unit_test(a_pools_workers_are_no_stages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
