/* Threads that are started for a moment each: when they are workers, and how many at once. */
#include "scene.h"

/* A server of ten seconds: its first thread accepts and computes so long, and starts a thread for
 * each of so many requests, of which so many are there at once; each sleeps most of 40 ms. */
static struct profile *serve(
	struct measurement **ret, double accepting_s, int requests, int at_once, double each_s)
{
	struct measurement *m = *ret = scene_new(10);
	size_t process = scene_process(m, 7, 1), file = scene_file(m, FILE_SOCKET);
	size_t first = scene_thread(m, process, 7, accepting_s);

	m->target.mode = MEASURED_ATTACH;
	m->files[file].listening = true;
	scene_file_wait(m, first, "accept4", file, 10 - accepting_s, (uint64_t)requests);
	for (int i = 0; i < requests; i++) {
		double start_s = 0.04 * (i / at_once);
		size_t thread = scene_thread(m, process, 10 + i, 0.001);
		struct measured_thread *t = &m->threads[thread];

		t->started = true;
		t->start_ns = (int64_t)SCENE_NS(start_s);
		t->end_ns = (int64_t)SCENE_NS(start_s + 0.04);
		scene_wait(m, thread, "clock_nanosleep", each_s, 1);
	}
	return scene_profile(m);
}

static void many_brief_ones_are_workers(void **state)
{
	struct measurement *m;
	struct profile *p = serve(&m, 1, 1000, 8, 0.039);

	(void)state;
	assert_int_equal(p->work.model, MODEL_THREADS);
	assert_int_equal(p->work.workers, 8 + 1); /* the first one computes, too */
	assert_true(p->work.elastic);
	scene_end(m, p);
}

static void few_or_idle_ones_are_none(void **state)
{
	struct measurement *m;
	struct profile *p = serve(&m, 5, 4, 2, 0.039); /* less than a tenth of the first one's */

	(void)state;
	assert_int_equal(p->work.model, MODEL_SEQUENTIAL);
	assert_int_equal(p->work.workers, 1);
	assert_false(p->work.elastic);
	scene_end(m, p);
	p = serve(&m, 5, 1000, 8, 0.004); /* hardly ever at it */
	assert_int_equal(p->work.workers, 1);
	scene_end(m, p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(many_brief_ones_are_workers),
		cmocka_unit_test(few_or_idle_ones_are_none),
	};

	return cmocka_run_group_tests_name("notable", tests, NULL, NULL);
}
