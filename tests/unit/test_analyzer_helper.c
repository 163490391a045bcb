/* Threads that a runtime has for itself are no workers of the program's. */
#include "scene.h"

#include "analyzer/meaning.h"

/* A process whose first thread computes for nine seconds of ten, and another one for six. */
struct pair {
	const char *runtime, *name; /* of the other thread */
	const char *lives_in;       /* the outermost function of its samples; NULL: not known */
};

static struct measurement *pair_new(struct pair with)
{
	struct measurement *m = scene_new(10);
	size_t process = scene_process(m, 7, 1);
	size_t frames[2];

	scene_thread(m, process, 7, 9);
	scene_thread(m, process, 8, 6);
	free(m->threads[1].name);
	m->threads[1].name = strdup(with.name);
	scene_runtime(m, process, with.runtime, false);
	frames[0] = scene_frame(m, "c++", "mark", NULL, 0, "/usr/bin/node");
	frames[1] = scene_frame(m, "c++", with.lives_in, NULL, 0, "/usr/bin/node");
	scene_sample(m, 1, NULL, false, -1, 300);
	m->samples[0].stack = scene_stack(m, frames, with.lives_in ? 2 : 1);
	return m;
}

static void helps_is(struct pair with, bool expected)
{
	struct measurement *m = pair_new(with);
	struct meaning *x = meaning_new(m);

	assert_non_null(x);
	assert_false(x->helpers[0]);
	assert_int_equal(x->helpers[1], expected);
	meaning_free(x);
	measurement_free(m);
}

static void a_runtime_names_its_own(void **state)
{
	(void)state;
	helps_is((struct pair){"jvm", "GC Thread#1", NULL}, true);
	helps_is((struct pair){"jvm", "C2 CompilerThre", NULL}, true);
	helps_is((struct pair){"jvm", "pool-1-thread-1", NULL}, false);
	helps_is((struct pair){"dotnet", ".NET BGC", NULL}, true);
	helps_is((struct pair){"dotnet", ".NET TP Worker", NULL}, false);
}

static void another_ones_names_are_the_users(void **state)
{
	(void)state;
	helps_is((struct pair){"cpython", "GC Thread#1", NULL}, false);
}

static void or_they_live_in_a_function_of_its_own(void **state)
{
	static const char function[] = "node::(anonymous namespace)::PlatformWorkerThread";

	(void)state;
	helps_is((struct pair){"node", "node", function}, true);
	helps_is((struct pair){"node", "node", "worker"}, false);
	helps_is((struct pair){"cpython", "node", function}, false);
}

/* By what each thread computes, they would be two. */
static void who_computes_beside_one_shares_nothing(void **state)
{
	(void)state;
	for (size_t helps = 0; helps < 2; helps++) {
		struct measurement *m = pair_new(
			(struct pair){"jvm", helps ? "GC Thread#0" : "pool-1-thread-1", NULL});
		struct profile *p = scene_profile(m);

		assert_int_equal(p->work.model, helps ? MODEL_SEQUENTIAL : MODEL_THREADS);
		assert_near(p->work.cpu_s, 15, 1e-9);
		scene_end(m, p);
	}
}

/* In a function of the C library, say. */
static void who_computes_where_one_does_is_no_peer(void **state)
{
	(void)state;
	for (size_t helps = 0; helps < 2; helps++) {
		struct measurement *m = pair_new(
			(struct pair){"jvm", helps ? "GC Thread#0" : "pool-1-thread-1", NULL});
		struct profile *p;

		scene_sample(m, 0, NULL, false, -1, 450);
		m->samples[1].stack = m->samples[0].stack;
		p = scene_profile(m);
		assert_near(p->threads[0].peer_s, helps ? 0 : 9, 1e-9);
		scene_end(m, p);
	}
}

/* What it computes would be done for the operations, whoever does them: it is none of them. */
static void what_one_computes_is_shared_out(void **state)
{
	struct measurement *m = pair_new((struct pair){"jvm", "GC Thread#0", NULL});
	struct profile *p;

	(void)state;
	m->threads[0].cpu_ns = SCENE_NS(1);
	scene_file_wait(m, 0, "recvfrom", scene_socket(m, "127.0.0.1:40000", "10.0.0.1:80"), 8, 80);
	p = scene_profile(m);
	assert_between(p->predictions[MODEL_THREADS].wall_s, 7.0 / 4, 3);
	scene_end(m, p);
}

static void what_one_waits_for_is_no_work(void **state)
{
	struct measurement *m = pair_new((struct pair){"jvm", "GC Thread#0", NULL});
	size_t wait = scene_futex(m, 1, 0x100, 0x80, 2, 3, 100);
	struct meaning *x = meaning_new(m);

	(void)state;
	assert_non_null(x);
	assert_int_equal(x->states[wait], STATE_LOCK);
	assert_int_equal(x->purposes[wait], PURPOSE_IDLE);
	meaning_free(x);
	measurement_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_runtime_names_its_own),
		cmocka_unit_test(another_ones_names_are_the_users),
		cmocka_unit_test(or_they_live_in_a_function_of_its_own),
		cmocka_unit_test(who_computes_beside_one_shares_nothing),
		cmocka_unit_test(who_computes_where_one_does_is_no_peer),
		cmocka_unit_test(what_one_computes_is_shared_out),
		cmocka_unit_test(what_one_waits_for_is_no_work),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
