/* Predictions whose truth can be told without a simulation; their range, their size, and what they
 * are under a premise. */
#include "analyzer/forecast.h"
#include "analyzer/range.h"
#include "analyzer/sizing.h"

#include "scene_child.h"

static const struct prediction *row(const struct profile *p, enum model m)
{
	return &p->predictions[m];
}

/* A command of one thread; runtime NULL: native code. */
static struct measurement *scene_alone(double wall_s, double cpu_s, const char *runtime)
{
	struct measurement *m = scene_new(wall_s);
	size_t process = scene_process(m, 7, 1);

	scene_thread(m, process, 7, cpu_s);
	if (runtime)
		scene_runtime(m, process, runtime, strcmp(runtime, "cpython") == 0);
	return m;
}

static const char *const runtimes[] = {NULL, "cpython", "node"};
#define RUNTIMES (sizeof(runtimes) / sizeof(runtimes[0]))

/* No model does it sooner; starting one costs little. */
static void every_model_is_as_good(struct measurement *m)
{
	struct profile *p = scene_profile(m);

	assert_int_equal(p->predictions_count, MODEL_COUNT);
	for (int i = 0; i < MODEL_COUNT; i++)
		assert_between(row(p, i)->speedup, 0.95, 1.01);
	scene_end(m, p);
}

/* sleep 2 */
static void one_wait_takes_as_long_under_every_model(void **state)
{
	(void)state;
	for (size_t i = 0; i < RUNTIMES; i++)
		for (int by_itself = 0; by_itself < 2; by_itself++) {
			struct measurement *m = scene_alone(2.002, 0.002, runtimes[i]);
			size_t wait = scene_wait(m, 0, "clock_nanosleep", 2, 1);

			if (by_itself)
				scene_segment(m, wait, 0.0015, 2)->cpu_before_ns = SCENE_NS(0.0015);
			every_model_is_as_good(m);
		}
}

/* A hundred waits of 0.1 s on one connection: `continued`, for one answer; else, for a hundred. */
static struct measurement *download(const char *runtime, bool continued, bool one_by_one)
{
	struct measurement *m = scene_alone(10.2, 0.2, runtime);
	size_t file = scene_socket(m, "127.0.0.1:40000", "10.0.0.1:443");
	size_t wait = scene_file_wait(m, 0, "recvfrom", file, 10, 100);

	m->waits[wait].continued = continued ? 99 : 0;
	for (int i = 0; i < 100 && one_by_one; i++) {
		struct measured_segment *s = scene_segment(m, wait, 0.101 + 0.101 * i, 0.1);

		s->cpu_before_ns = SCENE_NS(i ? 0.001 : 0.101);
		s->continued = continued && i > 0;
	}
	return m;
}

static void one_answer_takes_as_long_under_every_model(void **state)
{
	(void)state;
	for (size_t i = 0; i < RUNTIMES; i++) {
		every_model_is_as_good(download(runtimes[i], true, true));
		every_model_is_as_good(download(runtimes[i], true, false));
	}
}

static void many_answers_do_not(void **state)
{
	(void)state;
	for (int one_by_one = 0; one_by_one < 2; one_by_one++) {
		struct measurement *m = download("cpython", false, one_by_one);
		struct profile *p = scene_profile(m);

		assert_true(row(p, MODEL_THREADS)->speedup > 10);
		assert_true(row(p, MODEL_EVENT_LOOP)->speedup > 10);
		assert_near(row(p, MODEL_SEQUENTIAL)->speedup, 1, 0);
		scene_end(m, p);
	}
}

/* Two hundred waits of 10 ms: a process of the hybrid has many under way, and starts once. */
static void a_hybrid_starts_processes_and_not_tasks(void **state)
{
	struct measurement *m = scene_alone(2.02, 0.02, "cpython");
	struct profile *p;

	(void)state;
	scene_wait(m, 0, "clock_nanosleep", 2, 200);
	p = scene_profile(m);
	assert_int_equal(row(p, MODEL_HYBRID)->workers, 4);
	assert_between(row(p, MODEL_HYBRID)->wall_s, 0.03, 0.09);
	scene_end(m, p);
}

/* Forty files, each waited for 50 ms: whether the disk serves several of them at once decides. */
static void files_of_their_own_are_limited_by_the_device(void **state)
{
	struct measurement *m = scene_alone(2.02, 0.02, NULL);
	struct profile *p;

	(void)state;
	for (int i = 0; i < 40; i++)
		scene_file_wait(m, 0, "fsync", scene_file(m, FILE_REGULAR), 0.05, 1);
	p = scene_profile(m);
	assert_int_equal(p->work.model, MODEL_SEQUENTIAL);
	assert_int_equal(row(p, MODEL_THREADS)->limited_by, LIMIT_DEVICE);
	assert_between(row(p, MODEL_THREADS)->speedup, 1.5, 2); /* half of what it could gain */
	assert_true(row(p, MODEL_THREADS)->speedup_low < 1.1);
	scene_end(m, p);
}

/* Scenarios made by hand. */

static struct workload waits_of(size_t count, double first_s, double each_more_s)
{
	struct workload w = {0};

	for (size_t i = 0; i < count; i++) {
		struct step s = {.wait_s = first_s + each_more_s * (double)i};

		assert_int_equal(workload_begin(&w), 0);
		assert_int_equal(workload_add(&w, s), 0);
	}
	return w;
}

static struct scenario scenario_of(
	const struct profile *p, const struct workload *w, enum model model, size_t workers)
{
	return (struct scenario){
		.profile = p,
		.model = model,
		.workers = workers,
		.cpus = 4,
		.cores = 4,
		.without = LIMIT_NOTHING,
		.slowness = 1,
		.agenda = {.work = w, .count = w->operations_count},
		.times = 1,
	};
}

static void a_range_holds_one(void **state)
{
	struct measurement *m = scene_alone(1, 1, NULL);
	struct profile *p = scene_profile(m);
	struct workload w = waits_of(20, 0.1, 0.05), same = waits_of(20, 1, 0);
	struct scenario now = scenario_of(p, &w, MODEL_SEQUENTIAL, 1);
	struct scenario then = scenario_of(p, &w, MODEL_EVENT_LOOP, 1);
	struct range r, again, with_rest;

	(void)state;
	assert_int_equal(range_find(&now, &now, &r), 0);
	assert_near(r.low, 1, 0); /* as fast as itself, whatever comes */
	assert_near(r.high, 1, 0);
	assert_int_equal(range_find(&now, &then, &r), 0);
	assert_between(r.low, 0.5, 0.99); /* the longest wait may come once more, or not at all */
	assert_between(r.high, 1.01, 2);
	assert_int_equal(range_find(&now, &then, &again), 0);
	assert_near(r.low, again.low, 0);
	assert_near(r.high, again.high, 0);
	now.rest_s = then.rest_s = 100;
	assert_int_equal(range_find(&now, &then, &with_rest), 0);
	assert_true(with_rest.high - with_rest.low < r.high - r.low);
	now.agenda.work = then.agenda.work = &same; /* they are all alike */
	assert_int_equal(range_find(&now, &then, &r), 0);
	assert_near(r.low, 1, 1e-9);
	assert_near(r.high, 1, 1e-9);
	workload_clear(&same);
	workload_clear(&w);
	scene_end(m, p);
}

static size_t size_of(const struct scenario *s, size_t most)
{
	size_t workers = 0;

	assert_int_equal(sizing_find(s, most, &workers), 0);
	return workers;
}

static void the_fewest_workers_that_are_of_use(void **state)
{
	struct measurement *m = scene_alone(1, 1, NULL);
	struct profile *p = scene_profile(m);
	struct workload w = waits_of(48, 1, 0);
	struct scenario s = scenario_of(p, &w, MODEL_THREADS, 1);

	(void)state;
	assert_int_equal(size_of(&s, 1000), 48); /* one round; 47 take two */
	assert_int_equal(size_of(&s, 22), 16);   /* three, as 22 do; 15 take four */
	assert_int_equal(size_of(&s, 7), 7);     /* seven; six take eight */
	assert_int_equal(size_of(&s, 1), 1);
	for (size_t i = 0; i < w.steps_count; i++)
		w.steps[i] = (struct step){.free_s = 1};
	assert_int_equal(size_of(&s, 1000), 4); /* CPUs */
	s.cpus = s.cores = 6;
	assert_int_equal(size_of(&s, 1000), 6);
	workload_clear(&w);
	scene_end(m, p);
}

/* Ranges of rows. */

/* Computing and answers of all sizes. */
static struct measurement *mixture(void)
{
	struct measurement *m = scene_alone(12, 2, "cpython");
	double at_s = 0.1;

	for (int i = 0; i < 50; i++) {
		char local[32];
		size_t wait;
		double wait_s = 0.1 + 0.1 * (i * 7 % 11) / 11;

		snprintf(local, sizeof(local), "127.0.0.1:%d", 40000 + i);
		wait = scene_file_wait(
			m, 0, "recvfrom", scene_socket(m, local, "10.0.0.1:443"), wait_s, 1);
		scene_segment(m, wait, at_s + 0.03, wait_s)->cpu_before_ns = SCENE_NS(0.03);
		at_s += 0.03 + wait_s;
	}
	return m;
}

static void rows_are_in_their_ranges(void **state)
{
	struct measurement *m = mixture();
	struct profile *p = scene_profile(m), *again = scene_profile(m);

	(void)state;
	for (int i = 0; i < MODEL_COUNT; i++) {
		const struct prediction *r = row(p, i), *s = row(again, i);

		assert_true(r->speedup_low <= r->speedup);
		assert_true(r->speedup <= r->speedup_high);
		assert_near(p->wall_s / r->wall_s, r->speedup, 1e-9);
		assert_near(r->wall_s, s->wall_s, 0);
		assert_near(r->speedup_low, s->speedup_low, 0);
		assert_near(r->speedup_high, s->speedup_high, 0);
	}
	assert_true(row(p, MODEL_SEQUENTIAL)->current);
	assert_near(row(p, MODEL_SEQUENTIAL)->speedup_low, 1, 0);
	assert_near(row(p, MODEL_SEQUENTIAL)->speedup_high, 1, 0);
	assert_true(row(p, MODEL_THREADS)->speedup_low < row(p, MODEL_THREADS)->speedup);
	profile_free(again);
	scene_end(m, p);
}

/* Premises. */

static struct profile *suppose(
	const struct measurement *m, double cpus, int workers, double operations)
{
	struct premise premise = {cpus, workers, operations};
	struct profile *p = profile_new(m, &premise);

	assert_non_null(p);
	return p;
}

/* Eight seconds of computing, on two CPUs. */
static struct measurement *computing(void)
{
	struct measurement *m = scene_alone(8.01, 8, NULL);

	m->host.cpus_allowed = 2;
	return m;
}

static void more_cpus_take_more_computing(void **state)
{
	struct measurement *m = computing();
	struct profile *two = suppose(m, NAN, 0, 1), *eight = suppose(m, 8, 0, 1);

	(void)state;
	assert_int_equal(row(two, MODEL_PROCESSES)->workers, 2);
	assert_between(row(two, MODEL_PROCESSES)->speedup, 1.7, 1.75); /* each at 0.875 */
	assert_int_equal(row(eight, MODEL_PROCESSES)->workers, 8);
	assert_between(row(eight, MODEL_PROCESSES)->speedup, 6.6, 7);
	assert_int_equal(row(eight, MODEL_PROCESSES)->limited_by, LIMIT_CORES);
	assert_near(row(eight, MODEL_SEQUENTIAL)->wall_s, 8.01, 0.001);
	assert_near(row(eight, MODEL_EVENT_LOOP)->speedup, 1, 0.01); /* one thread */
	profile_free(two);
	scene_end(m, eight);
}

/* Two threads that compute on two CPUs leave six more to others. */
static void the_present_size_does_not_use_more_cpus(void **state)
{
	struct measurement *m = scene_new(4.01);
	size_t process = scene_process(m, 7, 1);
	struct profile *p;

	(void)state;
	m->host.cpus_allowed = 2;
	scene_futex(m, scene_thread(m, process, 7, 0.001), 0x5000, 0x189, 0, 4, 2);
	for (int i = 0; i < 2; i++) {
		size_t worker = scene_thread(m, process, 8 + i, 4);

		m->threads[worker].start_ns = 1000000;
	}
	p = suppose(m, 8, 0, 1);
	assert_int_equal(p->work.model, MODEL_THREADS);
	assert_int_equal(row(p, MODEL_THREADS)->workers, 2);
	assert_near(row(p, MODEL_THREADS)->wall_s, 4.01, 0.1);
	scene_end(m, p);
}

/* A hundred waits of 0.1 s. */
static struct measurement *hundred_waits(void)
{
	struct measurement *m = scene_alone(10.02, 0.02, NULL);

	scene_wait(m, 0, "clock_nanosleep", 10, 100);
	return m;
}

static void so_many_workers_take_so_many_rounds(void **state)
{
	struct measurement *m = hundred_waits();
	struct profile *p = suppose(m, NAN, 32, 1);

	(void)state;
	assert_int_equal(row(p, MODEL_THREADS)->workers, 32);
	assert_int_equal(row(p, MODEL_PROCESSES)->workers, 32);
	assert_int_equal(row(p, MODEL_SEQUENTIAL)->workers, 1);
	assert_between(row(p, MODEL_THREADS)->wall_s, 0.4, 0.45); /* ceil(100 / 32) rounds */
	assert_between(row(p, MODEL_PROCESSES)->wall_s, 0.4, 0.5);
	assert_between(row(p, MODEL_EVENT_LOOP)->wall_s, 0.1, 0.15);
	assert_int_equal(row(p, MODEL_THREADS)->limited_by, LIMIT_WORKERS);
	assert_near(row(p, MODEL_SEQUENTIAL)->wall_s, 10.02, 1e-6);
	scene_end(m, p);
}

static void more_operations_take_longer(void **state)
{
	struct measurement *m = hundred_waits();
	struct profile *p = suppose(m, NAN, 32, 10), *best = suppose(m, NAN, 0, 10);

	(void)state;
	assert_near(row(p, MODEL_SEQUENTIAL)->wall_s, 100.2, 0.01);
	assert_between(row(p, MODEL_THREADS)->wall_s, 3.2, 3.3); /* ceil(1000 / 32) rounds */
	assert_between(row(p, MODEL_THREADS)->speedup, 30, 32);
	assert_between(row(p, MODEL_EVENT_LOOP)->wall_s, 0.1, 0.35);
	assert_true(row(best, MODEL_THREADS)->workers > 100); /* more than were measured */
	profile_free(best);
	scene_end(m, p);
}

/* So many that only some are replayed: every n-th stands for n, but a worker starts once: 40 ms and
 * more for each of Node's. */
static void very_many_operations_take_very_long(void **state)
{
	struct measurement *m = scene_alone(1000.2, 0.2, "node");
	struct profile *p;

	(void)state;
	scene_wait(m, 0, "clock_nanosleep", 1000, 10000);
	p = suppose(m, NAN, 32, 10);
	assert_near(row(p, MODEL_SEQUENTIAL)->wall_s, 10002, 1);
	assert_between(row(p, MODEL_THREADS)->wall_s, 312.5, 315); /* ceil(100000 / 32) rounds */
	assert_between(row(p, MODEL_PROCESSES)->wall_s, 312.5, 317);
	scene_end(m, p);
}

/* 0.3 s of start, ten times 10 ms of computing and 0.1 s for an answer, 0.2 s in between that no
 * record explains, 0.2 s of end: a start and an end come once, the rest ten times. */
static void more_operations_start_once(void **state)
{
	struct measurement *m = scene_alone(1.8, 0.6, NULL);
	size_t file = scene_socket(m, "127.0.0.1:40000", "10.0.0.1:80");
	size_t wait = scene_file_wait(m, 0, "recvfrom", file, 1, 10);
	struct profile *p;

	(void)state;
	for (int i = 0; i < 10; i++)
		scene_segment(m, wait, 0.31 + 0.11 * i + (i < 5 ? 0 : 0.2), 0.1)->cpu_before_ns =
			SCENE_NS(i ? 0.01 : 0.31);
	p = suppose(m, NAN, 10, 10);
	assert_near(row(p, MODEL_SEQUENTIAL)->wall_s, 0.3 + 10 * (1.1 + 0.2) + 0.2, 0.01);
	/* Ten workers' 10 ms are 25 on four CPUs. */
	assert_near(row(p, MODEL_THREADS)->wall_s, 0.3 + 10 * (0.125 + 0.2) + 0.2, 0.05);
	scene_end(m, p);
}

static void more_computing_takes_longer(void **state)
{
	struct measurement *m = computing();
	struct profile *p = suppose(m, 8, 32, 10);

	(void)state;
	assert_near(row(p, MODEL_SEQUENTIAL)->wall_s, 80.1, 0.1);
	assert_between(row(p, MODEL_THREADS)->wall_s, 11.4, 11.7); /* each of 8 at 0.875 */
	assert_between(row(p, MODEL_PROCESSES)->wall_s, 11.4, 11.7);
	scene_end(m, p);
}

/* Ten thousand times 1 ms of computing and 0.2 ms for an answer. Workers that are long in starting
 * do not make CPUs faster: 10 s take four of them 2.5. */
static void starting_is_not_working(void **state)
{
	struct measurement *m = scene_alone(12.01, 10, NULL);
	struct profile *p;

	(void)state;
	m->host.process_start_ns = SCENE_NS(0.002);
	scene_wait(m, 0, "clock_nanosleep", 2, 10000);
	p = suppose(m, NAN, 64, 1);
	assert_between(row(p, MODEL_THREADS)->wall_s, 2.85, 2.9); /* at 0.875 */
	/* As long as not all of the four CPUs have a process, some of it is lost. */
	assert_between(row(p, MODEL_PROCESSES)->wall_s, 2.85, 2.95);
	scene_end(m, p);
}

/* Half of the computing loads the program: no number of workers makes that shorter. */
static void loading_is_serial(void **state)
{
	struct measurement *m = scene_alone(1, 1, NULL);
	struct profile *p;

	(void)state;
	scene_sample(m, 0, NULL, false, -1, 250);
	m->samples[0].stack = scene_line(m, "<frozen importlib._bootstrap>", 1, "_find_and_load");
	scene_sample(m, 0, NULL, false, -1, 250);
	m->samples[1].stack = scene_line(m, "/home/me/work.py", 1, "work");
	p = scene_profile(m);
	assert_between(row(p, MODEL_THREADS)->wall_s, 0.6, 0.7); /* 0.5, and 0.5 on four CPUs */
	profile_free(p);
	/* A program that has a file compiled imports nothing. */
	m->samples[0].stack =
		scene_line(m, "<frozen importlib._bootstrap_external>", 1, "source_to_code");
	p = scene_profile(m);
	assert_between(row(p, MODEL_THREADS)->wall_s, 0.25, 0.4);
	scene_end(m, p);
}

/* A service that starts a process for each request: 400 of them, of which now and then two are at
 * work at once, in two rows; the second row is vacant for so long. */
static struct measurement *service_of_children(double vacant_s)
{
	struct measurement *m = scene_new(4);
	size_t process = scene_process(m, 7, 1), site = scene_socket(m, "[::]:80", NULL);

	m->target.mode = MEASURED_ATTACH;
	m->files[site].listening = true;
	scene_file_wait(m, scene_thread(m, process, 7, 0.01), "accept4", site, 3.99, 400);
	for (int i = 0; i < 2; i++) {
		struct measured_process *p;
		double gap_s = i ? vacant_s : 0;
		size_t child = scene_child(m, 8 + i, 7, "/bin/sh", 0, 4);

		p = &m->processes[child];
		p->earlier = m->threads[m->threads_count - 1].earlier = 199;
		p->vacant_ns = m->threads[m->threads_count - 1].vacant_ns = SCENE_NS(gap_s);
		m->threads[m->threads_count - 1].cpu_ns = SCENE_NS(4 - gap_s);
	}
	return m;
}

static void a_service_carries_what_it_carried(void **state)
{
	struct measurement *m = service_of_children(3.6);
	struct profile *p = scene_profile(m);

	(void)state;
	assert_int_equal(p->work.model, MODEL_SEQUENTIAL);
	assert_near(row(p, MODEL_SEQUENTIAL)->capacity, 1, 0); /* or not much less */
	assert_between(row(p, MODEL_THREADS)->capacity, 1.5, 4);
	assert_true(p->scaling_count > 0);
	scene_end(m, p);
}

/* One at a time would have taken half as long again: how it is done is not understood. */
static void what_it_cannot_have_carried_tells_nothing(void **state)
{
	struct measurement *m = service_of_children(2.2);
	struct profile *p = scene_profile(m);

	(void)state;
	assert_int_equal(p->work.model, MODEL_SEQUENTIAL);
	for (int i = 0; i < MODEL_COUNT; i++)
		if (i == MODEL_SEQUENTIAL)
			assert_near(row(p, i)->capacity, 1, 0);
		else
			assert_nan(row(p, i)->capacity);
	assert_int_equal(p->scaling_count, 0);
	scene_end(m, p);
}

/* On fewer CPUs it may well carry less. */
static void a_premise_may_be_more_than_it_carries(void **state)
{
	struct measurement *m = service_of_children(3.9);
	struct premise given = {.cpus = 0.5, .workers = 0, .operations = 1};
	struct profile *p = profile_new(m, &given);

	(void)state;
	assert_non_null(p);
	assert_between(row(p, MODEL_SEQUENTIAL)->capacity, 0.4, 0.6);
	assert_between(row(p, MODEL_THREADS)->capacity, 0.4, 0.6);
	scene_end(m, p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_wait_takes_as_long_under_every_model),
		cmocka_unit_test(one_answer_takes_as_long_under_every_model),
		cmocka_unit_test(many_answers_do_not),
		cmocka_unit_test(a_hybrid_starts_processes_and_not_tasks),
		cmocka_unit_test(loading_is_serial),
		cmocka_unit_test(files_of_their_own_are_limited_by_the_device),
		cmocka_unit_test(a_range_holds_one),
		cmocka_unit_test(the_fewest_workers_that_are_of_use),
		cmocka_unit_test(rows_are_in_their_ranges),
		cmocka_unit_test(more_cpus_take_more_computing),
		cmocka_unit_test(the_present_size_does_not_use_more_cpus),
		cmocka_unit_test(so_many_workers_take_so_many_rounds),
		cmocka_unit_test(more_operations_take_longer),
		cmocka_unit_test(very_many_operations_take_very_long),
		cmocka_unit_test(more_operations_start_once),
		cmocka_unit_test(more_computing_takes_longer),
		cmocka_unit_test(starting_is_not_working),
		cmocka_unit_test(a_service_carries_what_it_carried),
		cmocka_unit_test(what_it_cannot_have_carried_tells_nothing),
		cmocka_unit_test(a_premise_may_be_more_than_it_carries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
