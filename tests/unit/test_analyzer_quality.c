/* Concurrency and the checks of the measurement. */
#include "scene.h"

static const struct profile_check *check(const struct profile *p, const char *id)
{
	for (size_t i = 0; i < p->checks_count; i++)
		if (strcmp(p->checks[i].id, id) == 0)
			return &p->checks[i];
	fail_msg("no check %s", id);
	return NULL;
}

static bool passes(struct measurement *m, const char *id)
{
	struct profile *p = scene_profile(m);
	bool passed = check(p, id)->passed;

	assert_non_null(check(p, id)->message);
	scene_end(m, p);
	return passed;
}

static struct measurement *computing(double wall_s, double cpu_s)
{
	struct measurement *m = scene_new(wall_s);
	size_t thread = scene_thread(m, scene_process(m, 7, 1), 7, cpu_s);

	scene_sample(m, thread, NULL, false, -1, (uint64_t)(cpu_s * 499));
	return m;
}

static void a_good_one_passes_all(void **state)
{
	struct measurement *m = computing(2, 1.99);
	struct profile *p = scene_profile(m);

	(void)state;
	for (size_t i = 0; i < p->checks_count; i++)
		if (!p->checks[i].passed)
			fail_msg("%s: %s", p->checks[i].id, p->checks[i].message);
	assert_int_equal(p->grade, GRADE_GOOD);
	assert_string_equal(grade_name(p->grade), "good");
	scene_end(m, p);
}

static void a_short_one_is_poor(void **state)
{
	struct measurement *m = computing(0.01, 0.009);
	struct profile *p = scene_profile(m);

	(void)state;
	assert_false(check(p, "duration")->passed);
	assert_int_equal(p->grade, GRADE_POOR);
	scene_end(m, p);
}

/* Short, but forty fetches in it. */
/* Names change no verdict: what lacks them is told, and the grade stays. */
static void names_are_counted(void **state)
{
	struct measurement *m = computing(2, 1.99);
	struct profile *p;
	size_t stack;

	(void)state;
	assert_true(passes(computing(2, 1.99), "names")); /* no stacks at all */
	stack = scene_line(m, "app.py", 1, "f");
	scene_line(m, "app.py", 2, "f");
	scene_frame(m, NULL, NULL, NULL, 0, "/srv/x");
	m->stacks[stack].truncated = true;
	p = scene_profile(m);
	assert_true(check(p, "names")->passed);
	assert_string_equal(check(p, "names")->message,
		"call sites: 2 of 3 frames have a name, 1 of 2 chains are whole");
	profile_free(p);
	scene_frame(m, NULL, NULL, NULL, 0, NULL);
	scene_frame(m, NULL, "Builtins_InterpreterEntryTrampoline", NULL, 0, "/usr/bin/node");
	p = scene_profile(m);
	assert_false(check(p, "names")->passed);
	assert_int_equal(p->grade, GRADE_GOOD);
	scene_end(m, p);
	m = computing(2, 1.99);
	scene_runtime(m, 0, "node", false);
	scene_line(m, "app.py", 1, "f");
	p = scene_profile(m);
	assert_non_null(strstr(check(p, "names")->message, "; for lines of JavaScript: node --"));
	profile_free(p);
	free(m->frames[m->stacks[0].frames[0]].language);
	m->frames[m->stacks[0].frames[0]].language = strdup("javascript");
	p = scene_profile(m);
	assert_null(strstr(check(p, "names")->message, "JavaScript"));
	scene_end(m, p);
	m = computing(2, 1.99);
	stack = scene_line(m, "app.py", 1, "f");
	m->stacks[stack].truncated = true;
	assert_false(passes(m, "names"));
}

static void many_operations_are_long_enough(void **state)
{
	struct measurement *m = computing(0.5, 0.05);

	(void)state;
	scene_file_wait(m, 0, "recvfrom", scene_socket(m, NULL, "10.0.0.7:80"), 0.44, 40);
	assert_true(passes(m, "duration"));
	m = computing(0.5, 0.05);
	scene_file_wait(m, 0, "recvfrom", scene_socket(m, NULL, "10.0.0.7:80"), 0.44, 4);
	assert_false(passes(m, "duration"));
}

static void many_children_are_long_enough(void **state)
{
	struct measurement *m = computing(0.3, 0.1);

	(void)state;
	for (int i = 0; i < 100; i++) {
		size_t child = scene_process(m, 20 + i, 7);

		m->processes[child].started = true;
		scene_thread(m, child, 20 + i, 0.001);
	}
	assert_true(passes(m, "duration"));
}

static void losses_lower_the_grade(void **state)
{
	struct measurement *m = computing(2, 1.99);
	struct profile *p;

	(void)state;
	assert_int_equal(measurement_add_loss(m, "events", 500), 0);
	p = scene_profile(m);
	assert_int_equal(p->lost, 500);
	assert_false(check(p, "loss")->passed);
	assert_int_equal(p->grade, GRADE_FAIR);
	scene_end(m, p);
	m = computing(2, 1.99); /* one in a thousand changes nothing */
	assert_int_equal(measurement_add_loss(m, "events", 1), 0);
	assert_true(passes(m, "loss"));
}

/* However many records of others there are. */
static void time_that_no_record_explains_is_lost(void **state)
{
	struct measurement *m = computing(2, 1.9);
	struct profile *p;

	(void)state;
	scene_wait(m, 0, "read", 0.1, 1000000);
	scene_thread(m, 0, 8, 0);
	p = scene_profile(m);
	assert_int_equal(p->lost, 1);
	assert_false(check(p, "loss")->passed);
	assert_non_null(strstr(check(p, "loss")->message, "2.000 s of thread time"));
	scene_end(m, p);
}

static void others_on_the_cpus_show(void **state)
{
	struct measurement *m = computing(2, 1);

	(void)state;
	m->threads[0].run_queue_ns = SCENE_NS(0.99);
	assert_false(passes(m, "cpu-pressure"));
}

/* Eight threads on four CPUs wait for each other. */
static void its_own_threads_are_no_pressure(void **state)
{
	struct measurement *m = scene_new(2);
	size_t process = scene_process(m, 7, 1);

	(void)state;
	m->running_ns = calloc(5, sizeof(*m->running_ns));
	m->running_count = 5;
	m->running_ns[4] = SCENE_NS(2);
	for (int i = 0; i < 8; i++) {
		size_t thread = scene_thread(m, process, 7 + i, 1);

		m->threads[thread].run_queue_ns = SCENE_NS(1);
	}
	assert_true(passes(m, "cpu-pressure"));
}

static void a_quota_is_no_pressure(void **state)
{
	struct measurement *m = computing(2, 1);

	(void)state;
	m->host.cpu_quota = 0.5;
	m->host.throttled_ns = SCENE_NS(1);
	m->threads[0].run_queue_ns = SCENE_NS(1);
	assert_true(passes(m, "cpu-pressure"));
}

/* 10 us of each of 20,000 wake-ups: the way to the CPU, not a queue before it. */
static void wake_ups_are_no_pressure(void **state)
{
	struct measurement *m = computing(2, 1);

	(void)state;
	scene_file_wait(m, 0, "read", scene_file(m, FILE_PIPE), 0.8, 20000);
	m->threads[0].run_queue_ns = SCENE_NS(0.2);
	m->threads[0].switches_voluntary = 20000;
	assert_true(passes(m, "cpu-pressure"));
}

static void an_idle_attached_target_was_not_under_load(void **state)
{
	struct measurement *m = computing(10, 0.001);

	(void)state;
	m->target.mode = MEASURED_ATTACH;
	scene_file_wait(m, 0, "accept4", scene_socket(m, "0.0.0.0:80", NULL), 9.999, 1);
	assert_false(passes(m, "load"));
}

static void computing_without_samples_is_told(void **state)
{
	struct measurement *m = scene_new(2);

	(void)state;
	scene_thread(m, scene_process(m, 7, 1), 7, 1.9);
	assert_false(passes(m, "samples"));
	m = scene_new(2);
	scene_thread(m, scene_process(m, 7, 1), 7, 1.9);
	m->sample_hz = 0; /* none were asked for */
	assert_true(passes(m, "samples"));
}

static void a_probe_that_costs_a_lot_is_told(void **state)
{
	struct measurement *m = computing(2, 1.99);

	(void)state;
	m->cost.probe_cpu_s = 0.2 * (double)m->wall_ns / 1e9;
	assert_false(passes(m, "cost"));
	m = computing(2, 1.99);
	m->cost.probe_cpu_s = 0.01;
	m->cost.tool_cpu_s = 5; /* beside it, on other CPUs */
	assert_true(passes(m, "cost"));
}

static void cpus_are_the_least_of_all_bounds(void **state)
{
	static const struct {
		int online, allowed;
		double quota, cpus;
	} hosts[] = {
		{8, 8, NAN, 8}, {8, 2, NAN, 2}, {8, 8, 1.5, 1.5}, {8, 2, 4, 2}, {0, 0, NAN, 1}};

	(void)state;
	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
		struct measurement *m = computing(2, 1);
		struct profile *p;

		m->host.cpus_online = hosts[i].online;
		m->host.cpus_allowed = hosts[i].allowed;
		m->host.cpu_quota = hosts[i].quota;
		p = scene_profile(m);
		assert_near(p->concurrency.cpus, hosts[i].cpus, 1e-9);
		assert_near(p->concurrency.cpu_utilization,
			0.5 / hosts[i].cpus > 1 ? 1 : 0.5 / hosts[i].cpus, 1e-9);
		scene_end(m, p);
	}
}

static void peaks_are_of_those_there_at_once(void **state)
{
	struct measurement *m = scene_new(10);
	size_t process = scene_process(m, 7, 1);
	struct profile *p;

	(void)state;
	for (int i = 0; i < 5; i++) {
		size_t thread = scene_thread(m, process, 7 + i, 0.1);

		m->threads[thread].start_ns = (int64_t)SCENE_NS(2 * i);
		m->threads[thread].end_ns = (int64_t)SCENE_NS(2 * i + 3); /* two at a time */
	}
	scene_thread(m, process, 20, 0);
	m->threads[5].start_ns = (int64_t)SCENE_NS(10);
	p = scene_profile(m);
	assert_int_equal(p->concurrency.threads_peak, 2);
	assert_int_equal(p->concurrency.processes_peak, 1);
	scene_end(m, p);
}

/* Who looks now and then knows less, and says why that is. */
static void looking_now_and_then_lowers_the_grade(void **state)
{
	struct measurement *m = computing(2, 1.99);
	struct profile *p;

	(void)state;
	m->look_ns = 5000000;
	free(m->backend);
	m->backend = strdup("proc");
	m->instead = strdup("no privileges");
	p = scene_profile(m);
	assert_false(check(p, "backend")->passed);
	assert_non_null(strstr(check(p, "backend")->message, "every 5.0 ms by /proc"));
	assert_non_null(strstr(check(p, "backend")->message, "; no privileges"));
	assert_int_equal(p->grade, GRADE_FAIR);
	scene_end(m, p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_one_passes_all),
		cmocka_unit_test(a_short_one_is_poor),
		cmocka_unit_test(names_are_counted),
		cmocka_unit_test(many_operations_are_long_enough),
		cmocka_unit_test(many_children_are_long_enough),
		cmocka_unit_test(losses_lower_the_grade),
		cmocka_unit_test(time_that_no_record_explains_is_lost),
		cmocka_unit_test(others_on_the_cpus_show),
		cmocka_unit_test(its_own_threads_are_no_pressure),
		cmocka_unit_test(a_quota_is_no_pressure),
		cmocka_unit_test(wake_ups_are_no_pressure),
		cmocka_unit_test(an_idle_attached_target_was_not_under_load),
		cmocka_unit_test(computing_without_samples_is_told),
		cmocka_unit_test(a_probe_that_costs_a_lot_is_told),
		cmocka_unit_test(cpus_are_the_least_of_all_bounds),
		cmocka_unit_test(peaks_are_of_those_there_at_once),
		cmocka_unit_test(looking_now_and_then_lowers_the_grade),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
