/* Whose computing it is, by where goroutines begin. */
#include "analyzer/goroutine.h"

#include "scene.h"

/* A program of Go that computes 12 s in ten, in three threads. */
static struct measurement *program_new(void)
{
	struct measurement *m = scene_new(10);
	size_t process = scene_process(m, 7, 1);

	for (int i = 0; i < 3; i++)
		scene_thread(m, process, 7 + i, 4);
	scene_runtime(m, process, "go", false);
	return m;
}

/* Samples of a goroutine that was started with that function. */
static void met(struct measurement *m, const char *function, const char *end, uint64_t count)
{
	size_t frames[] = {
		scene_frame(m, "go", "main.work", "main.go", 7, "/usr/bin/program"),
		scene_frame(m, "go", function, NULL, 0, "/usr/bin/program"),
		scene_frame(m, "go", end, NULL, 0, "/usr/bin/program"),
	};

	scene_sample(m, m->samples_count % m->threads_count, NULL, false, -1, count);
	m->samples[m->samples_count - 1].stack = scene_stack(m, frames, 3);
}

/* And the measurement is gone. */
static void alone_is(struct measurement *m, bool expected)
{
	struct profile *p;

	assert_int_equal(goroutine_main_alone(m), expected);
	p = scene_profile(m);
	assert_int_equal(p->work.model, expected ? MODEL_SEQUENTIAL : MODEL_THREADS);
	scene_end(m, p);
}

static void one_that_moves_from_thread_to_thread_is_one(void **state)
{
	struct measurement *m = program_new();

	(void)state;
	for (int i = 0; i < 3; i++)
		met(m, "runtime.main", "runtime.goexit", 100);
	alone_is(m, true);
}

static void collecting_garbage_is_the_runtimes(void **state)
{
	struct measurement *m = program_new();

	(void)state;
	met(m, "runtime.main", "runtime.goexit", 200);
	met(m, "runtime.gcenable.func1", "runtime.goexit", 100);
	met(m, "runtime.gcBgMarkWorker.func2", "runtime.systemstack", 100);
	alone_is(m, true);
}

static void others_share_the_work(void **state)
{
	struct measurement *m = program_new();

	(void)state;
	met(m, "runtime.main", "runtime.goexit", 200);
	met(m, "main.main.func1", "runtime.goexit", 50);
	alone_is(m, false);
}

static void few_samples_tell_nothing(void **state)
{
	struct measurement *m = program_new();

	(void)state;
	met(m, "runtime.main", "runtime.goexit", 9);
	alone_is(m, false);
}

/* What others wait for is not seen in what they compute. */
static void one_that_computes_beside_who_waits_is_not_alone(void **state)
{
	struct measurement *m = program_new();
	struct profile *p;

	(void)state;
	met(m, "runtime.main", "runtime.goexit", 300);
	for (size_t i = 0; i < 3; i++)
		scene_file_wait(m, i, "pread64", scene_file(m, FILE_REGULAR), 5, 500);
	p = scene_profile(m);
	assert_true(goroutine_main_alone(m));
	assert_int_equal(p->work.model, MODEL_THREADS);
	scene_end(m, p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_that_moves_from_thread_to_thread_is_one),
		cmocka_unit_test(collecting_garbage_is_the_runtimes),
		cmocka_unit_test(others_share_the_work),
		cmocka_unit_test(few_samples_tell_nothing),
		cmocka_unit_test(one_that_computes_beside_who_waits_is_not_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
