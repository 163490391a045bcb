/*
 * The whole way from a hand-made measurement to the verdict, for the article's programs and for the
 * anti-patterns; and how verdicts, findings and contradictions go together.
 */
#include "advisor/advice.h"
#include "advisor/rule.h"
#include "advisor/ruleset.h"
#include "scene.h"

#include <stdio.h>

#define SEMAPHORE 0x189 /* FUTEX_WAIT_BITSET | PRIVATE | CLOCK_REALTIME */
#define MUTEX 0x80      /* FUTEX_WAIT | PRIVATE, on a word whose value is 2 */

static struct ruleset *rules;

static int rules_setup(void **state)
{
	char *reason = NULL;

	(void)state;
	return ruleset_new(&rules, &reason);
}

static int rules_teardown(void **state)
{
	(void)state;
	ruleset_free(rules);
	return 0;
}

static struct measurement *python(double wall_s, double cpu_s)
{
	struct measurement *m = scene_new(wall_s);
	size_t process = scene_process(m, 7, 1);

	m->host.cpus_online = m->host.cpus_allowed = 2;
	m->host.memory_available_bytes = 4ULL << 30;
	scene_thread(m, process, 7, cpu_s);
	scene_runtime(m, process, "cpython", true);
	m->runtimes[0].version = strdup("3.11.2");
	return m;
}

static struct measurement *sequential_sleeps(void)
{
	struct measurement *m = python(5.03, 0.03);

	scene_wait(m, 0, "clock_nanosleep", 5, 5);
	return m;
}

static struct measurement *one_sleep(void)
{
	struct measurement *m = python(2.01, 0.01);

	scene_wait(m, 0, "clock_nanosleep", 2, 1);
	return m;
}

static struct measurement *threaded_sleeps(void)
{
	struct measurement *m = python(1.06, 0.05);

	scene_futex(m, 0, 0x5000, SEMAPHORE, 0, 1.01, 5);
	for (int i = 0; i < 5; i++) {
		size_t worker = scene_thread(m, 0, 8 + i, 0.001);

		m->threads[worker].started = true;
		m->threads[worker].start_ns = 50000000;
		scene_segment(m, scene_wait(m, worker, "clock_nanosleep", 1, 1), 0.05, 1);
	}
	return m;
}

static struct measurement *counting(void)
{
	struct measurement *m = python(1.45, 1.44);

	scene_sample(m, 0, NULL, false, 1, 700);
	return m;
}

static struct measurement *counting_natively(void)
{
	struct measurement *m = scene_new(3);

	m->host.cpus_online = m->host.cpus_allowed = 2;
	scene_thread(m, scene_process(m, 7, 1), 7, 2.99);
	return m;
}

static struct measurement *compressing(void)
{
	struct measurement *m = python(1.45, 1.44);

	scene_sample(m, 0, NULL, false, 1, 21);
	scene_sample(m, 0, NULL, false, 0, 679);
	return m;
}

static struct measurement *counting_on_one_cpu(void)
{
	struct measurement *m = counting();

	m->host.cpus_allowed = 1;
	return m;
}

static struct measurement *counting_threads(void)
{
	struct measurement *m = python(1.51, 0.02);

	scene_futex(m, 0, 0x5000, SEMAPHORE, 0, 1.48, 2);
	for (int i = 0; i < 2; i++) {
		size_t worker = scene_thread(m, 0, 8 + i, 0.73);

		m->threads[worker].start_ns = 20000000;
		scene_futex(m, worker, 0x10100, 0x189, 0, 0.74, 150);
		scene_sample(m, worker, NULL, false, 1, 360);
	}
	return m;
}

static struct measurement *counting_threads_on_one_cpu(void)
{
	struct measurement *m = counting_threads();

	m->host.cpus_allowed = 1;
	return m;
}

static struct measurement *counting_processes(void)
{
	struct measurement *m = python(1.06, 0.04);

	scene_futex(m, 0, 0x5000, SEMAPHORE, 0, 1.02, 2);
	for (int i = 0; i < 2; i++) {
		size_t process = scene_process(m, 9 + i, 7);
		size_t worker = scene_thread(m, process, 9 + i, 0.95);

		scene_runtime(m, process, "cpython", true);
		m->processes[process].started = true;
		m->processes[process].start_ns = m->threads[worker].start_ns = 40000000;
		scene_file_wait(m, worker, "read", scene_file(m, FILE_PIPE), 0.05, 2);
	}
	return m;
}

static struct measurement *gathering(void)
{
	struct measurement *m = python(1.1, 0.09);

	scene_file_wait(m, 0, "epoll_wait", scene_file(m, FILE_EPOLL), 1.0, 1);
	m->threads[0].loop.polls = 1;
	return m;
}

static struct measurement *blocking(void)
{
	struct measurement *m = python(5.3, 0.1);

	scene_file_wait(m, 0, "epoll_wait", scene_file(m, FILE_EPOLL), 0.15, 2);
	scene_wait(m, 0, "clock_nanosleep", 5, 5);
	return m;
}

static struct measurement *convoy(void)
{
	struct measurement *m = scene_new(2);
	size_t process = scene_process(m, 7, 1), thread = scene_thread(m, process, 7, 0.001);

	scene_futex(m, thread, 0x7f00, 0x109, 8, 1.99, 4); /* join */
	for (int i = 0; i < 4; i++)
		scene_futex(m, scene_thread(m, process, 8 + i, 0.5), 0x6000, MUTEX, 2, 1.49, 3000);
	return m;
}

static struct measurement *crowd(void)
{
	struct measurement *m = scene_new(4);
	size_t process = scene_process(m, 7, 1), thread = scene_thread(m, process, 7, 0.001);

	m->host.cpus_online = m->host.cpus_allowed = 2;
	m->running_ns = calloc(3, sizeof(*m->running_ns));
	m->running_count = 3;
	m->running_ns[2] = SCENE_NS(4);
	scene_futex(m, thread, 0x7f00, 0x109, 8, 3.99, 16);
	for (int i = 0; i < 16; i++) {
		size_t worker = scene_thread(m, process, 8 + i, 0.5);

		m->threads[worker].run_queue_ns = SCENE_NS(3.5);
	}
	return m;
}

static struct measurement *children(void)
{
	struct measurement *m = scene_new(4);
	size_t shell = scene_process(m, 7, 1), thread = scene_thread(m, shell, 7, 0.02);

	for (int i = 0; i < 20; i++) {
		size_t child = scene_process(m, 8 + i, 7);
		size_t worker = scene_thread(m, child, 8 + i, 0.19);

		m->processes[child].started = true;
		m->processes[child].start_ns = m->threads[worker].start_ns = (int64_t)i * 200000000;
		m->processes[child].end_ns = m->threads[worker].end_ns =
			(int64_t)(i + 1) * 200000000 - 5000000;
	}
	scene_wait(m, thread, "wait4", 3.9, 20);
	return m;
}

static struct measurement *forks(void)
{
	struct measurement *m = scene_new(2);
	size_t shell = scene_process(m, 7, 1), thread = scene_thread(m, shell, 7, 0.4);

	for (int i = 0; i < 500; i++) {
		size_t child = scene_process(m, 8 + i, 7);
		size_t worker = scene_thread(m, child, 8 + i, 0.002);

		m->processes[child].started = true;
		m->processes[child].start_ns = m->threads[worker].start_ns = (int64_t)i * 4000000;
		m->processes[child].end_ns = m->threads[worker].end_ns =
			(int64_t)i * 4000000 + 2000000;
	}
	scene_wait(m, thread, "wait4", 1.6, 500);
	return m;
}

static struct measurement *commits(void)
{
	struct measurement *m = scene_new(3);
	size_t thread = scene_thread(m, scene_process(m, 7, 1), 7, 0.3);
	size_t wait =
		scene_file_wait(m, thread, "fdatasync", scene_file(m, FILE_REGULAR), 2.7, 400);

	m->waits[wait].block = BLOCK_UNINTERRUPTIBLE;
	m->waits[wait].iowait = true;
	return m;
}

static struct measurement *server(double busy_s)
{
	struct measurement *m = scene_new(10);
	size_t process = scene_process(m, 7, 1), thread = scene_thread(m, process, 7, busy_s);
	size_t listener = scene_socket(m, "0.0.0.0:6379", NULL);

	m->target.mode = MEASURED_ATTACH;
	m->files[listener].listening = true;
	scene_file_wait(m, thread, "epoll_wait", scene_file(m, FILE_EPOLL), 10 - busy_s, 1000);
	m->threads[thread].loop.polls = 1000;
	return m;
}

static struct measurement *idle_server(void)
{
	return server(0.02);
}

static struct measurement *loaded_server(void)
{
	return server(3);
}

static struct measurement *saturated_server(void)
{
	return server(9.9);
}

static struct measurement *glimpse(void)
{
	struct measurement *m = python(0.02, 0.015);

	scene_wait(m, 0, "clock_nanosleep", 0.005, 1);
	return m;
}

static struct measurement *swapping(void)
{
	struct measurement *m = scene_new(4);
	size_t thread = scene_thread(m, scene_process(m, 7, 1), 7, 1);
	size_t wait = scene_wait(m, thread, NULL, 3, 4000);

	m->waits[wait].block = BLOCK_UNINTERRUPTIBLE;
	m->waits[wait].iowait = true;
	m->host.memory_available_bytes = 4ULL << 30;
	m->processes[0].rss_peak_bytes = 3ULL << 30;
	return m;
}

static const struct expected {
	struct measurement *(*make)(void);
	const char *rule, *class;
	enum action action;
	enum model model;
	int workers; /* 0: whatever */
} verdicts[] = {
	{sequential_sleeps, "waits-to-threads", "io-bound", ACTION_ADOPT, MODEL_THREADS, 5},
	{threaded_sleeps, "keep-waiting", "io-bound", ACTION_KEEP, MODEL_THREADS, 5},
	{counting, "computing-to-processes", "cpu-bound", ACTION_ADOPT, MODEL_PROCESSES, 2},
	{counting_threads, "gil-bound", "gil-bound", ACTION_ADOPT, MODEL_PROCESSES, 2},
	{counting_processes, "keep-computing", "cpu-bound", ACTION_KEEP, MODEL_PROCESSES, 2},
	{gathering, "keep-event-loop", "io-bound", ACTION_KEEP, MODEL_EVENT_LOOP, 0},
	{blocking, "blocked-loop", "loop-blocked", ACTION_FIX, MODEL_EVENT_LOOP, 0},
	{one_sleep, "keep-one-wait", "io-bound", ACTION_KEEP, MODEL_SEQUENTIAL, 0},
	{counting_natively, "computing-to-threads", "cpu-bound", ACTION_ADOPT, MODEL_THREADS, 2},
	{compressing, "computing-to-threads", "cpu-bound", ACTION_ADOPT, MODEL_THREADS, 2},
	{counting_on_one_cpu, "keep-computing", "cpu-bound", ACTION_KEEP, MODEL_SEQUENTIAL, 0},
	{counting_threads_on_one_cpu, "gil-bound-without-way-out", "gil-bound", ACTION_TUNE,
		MODEL_THREADS, 1},
	{convoy, "lock-bound", "lock-bound", ACTION_TUNE, MODEL_THREADS, 0},
	{crowd, "oversubscribed", "oversubscribed", ACTION_TUNE, MODEL_THREADS, 2},
	{children, "children-one-by-one", "child-bound", ACTION_ADOPT, MODEL_PROCESSES, 0},
	{forks, "fork-heavy", "child-bound", ACTION_FIX, MODEL_SEQUENTIAL, 0},
	{commits, "durable-writes", "io-bound", ACTION_FIX, MODEL_SEQUENTIAL, 0},
	{idle_server, "keep-idle", "idle", ACTION_KEEP, MODEL_EVENT_LOOP, 0},
	{loaded_server, "keep-event-loop", "io-bound", ACTION_KEEP, MODEL_EVENT_LOOP, 0},
	{saturated_server, "saturated-loop", "cpu-bound", ACTION_ADOPT, MODEL_HYBRID, 4},
	{glimpse, "too-little-seen", "insufficient-data", ACTION_MEASURE, MODEL_SEQUENTIAL, 0},
	{swapping, "waits-for-memory", "memory-bound", ACTION_TUNE, MODEL_SEQUENTIAL, 0},
};

static void verdicts_are_as_expected(void **state)
{
	int wrong = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++) {
		const struct expected *e = &verdicts[i];
		struct measurement *m = e->make();
		struct profile *p = scene_profile(m);
		struct advice *a = advice_new(p, rules);

		assert_non_null(a);
		if (strcmp(a->rule->id, e->rule) != 0 || strcmp(a->diagnosis, e->class) != 0 ||
			a->action != e->action || a->model != e->model ||
			(e->workers && a->workers != e->workers)) {
			print_error("%s: %s, %s %s x%d by %s\n", e->rule, a->diagnosis,
				action_name(a->action), model_name(a->model), a->workers,
				a->rule->id);
			wrong++;
		}
		if (strstr(a->summary, "unknown"))
			print_error("%s: %s\n", e->rule, a->summary), wrong++;
		advice_free(a);
		scene_end(m, p);
	}
	assert_int_equal(wrong, 0);
}

static struct advice *advise(struct measurement *m, struct profile **ret)
{
	struct advice *a;

	*ret = scene_profile(m);
	a = advice_new(*ret, rules);
	assert_non_null(a);
	return a;
}

static void a_verdict_leads_back_to_its_numbers(void **state)
{
	struct measurement *m = sequential_sleeps();
	struct profile *p;
	struct advice *a = advise(m, &p);

	(void)state;
	assert_true(a->expected_speedup > 4 && a->expected_speedup < 5.1);
	assert_int_equal(a->confidence, CONFIDENCE_HIGH);
	assert_int_equal(a->findings_count, 1);
	assert_ptr_equal(a->findings[0].rule, a->rule);
	assert_true(a->findings[0].evidence_count > 0);
	for (size_t i = 0; i < a->findings[0].evidence_count; i++)
		assert_true(a->findings[0].evidence[i].held);
	assert_true(a->evidence_count > 0 && a->reasons_count > a->evidence_count);
	assert_non_null(strstr(a->steps[0], "ThreadPoolExecutor(max_workers=5)"));
	assert_int_equal(a->considered_count, ruleset_count(rules));
	advice_free(a);
	scene_end(m, p);
}

/* What is overruled is not reported beside the verdict. */
static void findings_do_not_contradict_the_verdict(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(verdicts) / sizeof(verdicts[0]); i++) {
		struct measurement *m = verdicts[i].make();
		struct profile *p;
		struct advice *a = advise(m, &p);

		for (size_t j = 0; j < a->findings_count; j++) {
			const struct rule *r = a->findings[j].rule;

			if (r == a->rule || !r->has_verdict)
				continue;
			if (r->verdict.action == ACTION_ADOPT || a->action == ACTION_MEASURE)
				fail_msg("%s is reported beside %s", r->id, a->rule->id);
		}
		advice_free(a);
		scene_end(m, p);
	}
}

static void keeping_is_no_finding(void **state)
{
	struct measurement *m = gathering();
	struct profile *p;
	struct advice *a = advise(m, &p);

	(void)state;
	assert_int_equal(a->findings_count, 0);
	assert_near(a->expected_speedup, 1, 0);
	advice_free(a);
	scene_end(m, p);
}

/* Threads wait for the GIL, but most samples were taken outside of it: something does not fit. */
static void contradictions_lower_the_confidence_and_are_told(void **state)
{
	struct measurement *m = counting_threads_on_one_cpu();
	struct profile *p;
	struct advice *a;

	(void)state;
	m->samples[0].lock_held = m->samples[1].lock_held = 0;
	scene_sample(m, 1, NULL, false, 1, 200);
	m->threads[1].cpu_ns = m->threads[2].cpu_ns = SCENE_NS(0.78);
	m->waits[1].total_ns = m->waits[2].total_ns = SCENE_NS(0.69);
	a = advise(m, &p);
	assert_string_equal(a->diagnosis, "gil-bound");
	assert_int_equal(a->confidence, CONFIDENCE_LOW);
	assert_int_equal(a->reasons_count - a->evidence_count, 2);
	assert_non_null(strstr(a->reasons[1], "contradict"));
	advice_free(a);
	scene_end(m, p);
}

static void a_poor_measurement_gives_a_low_confidence(void **state)
{
	struct measurement *m = sequential_sleeps();
	struct profile *p = scene_profile(m);
	struct advice *a;

	(void)state;
	p->grade = GRADE_POOR;
	a = advice_new(p, rules);
	assert_int_equal(a->confidence, CONFIDENCE_LOW);
	advice_free(a);
	p->grade = GRADE_FAIR;
	a = advice_new(p, rules);
	assert_int_equal(a->confidence, CONFIDENCE_MEDIUM);
	advice_free(a);
	scene_end(m, p);
}

/* What looks like one request after the other may be several on one connection. */
static void a_loop_with_one_connection_makes_it_less_sure(void **state)
{
	struct measurement *m = sequential_sleeps();
	struct profile *p = scene_profile(m);
	struct advice *a;

	(void)state;
	for (int who = 0; who < 3; who++) { /* nobody, a loop, goroutines */
		p->work.one_by_one = who == 1;
		p->work.goroutines = who == 2;
		a = advice_new(p, rules);
		assert_int_equal(a->action, ACTION_ADOPT);
		assert_int_equal(a->confidence, who ? CONFIDENCE_MEDIUM : CONFIDENCE_HIGH);
		advice_free(a);
	}
	scene_end(m, p);
}

static void every_other_model_has_its_why_not(void **state)
{
	struct measurement *m = sequential_sleeps();
	struct profile *p;
	struct advice *a = advise(m, &p);

	(void)state;
	assert_int_equal(
		a->alternatives_count, MODEL_COUNT - 2); /* not the present, not the chosen */
	for (size_t i = 0; i < a->alternatives_count; i++) {
		assert_int_not_equal(a->alternatives[i].model, MODEL_THREADS);
		assert_int_not_equal(a->alternatives[i].model, MODEL_SEQUENTIAL);
		assert_non_null(a->alternatives[i].why_not);
	}
	advice_free(a);
	scene_end(m, p);
}

static void assert_step(struct measurement *m, const char *words, bool there)
{
	struct profile *p;
	struct advice *a = advise(m, &p);
	bool found = false;

	for (size_t i = 0; i < a->steps_count; i++)
		found |= strstr(a->steps[i], words) != NULL;
	if (found != there)
		fail_msg("\"%s\" is %s the steps of %s", words, there ? "not in" : "in",
			a->rule->id);
	assert_true(a->steps_count > 0 && a->steps_count <= 3);
	advice_free(a);
	scene_end(m, p);
}

static struct measurement *blocking_on(const char *version)
{
	struct measurement *m = blocking();

	free(m->runtimes[0].version);
	m->runtimes[0].version = version ? strdup(version) : NULL;
	return m;
}

static void actions_are_those_of_the_runtime_and_its_version(void **state)
{
	(void)state;
	assert_step(blocking_on("3.11.2"), "asyncio.to_thread", true);
	assert_step(blocking_on("3.9.0"), "asyncio.to_thread", true);
	assert_step(blocking_on("3.8.18"), "asyncio.to_thread", false);
	assert_step(blocking_on("3.8.18"), "run_in_executor", true);
	assert_step(blocking_on(NULL), "asyncio.to_thread", false); /* any version will do */
	assert_step(counting_natively(), "pthreads", true);
	assert_step(counting_natively(), "ProcessPoolExecutor", false);
}

/* The program that matters is the one that works, not the shell around it. */
static void the_subject_is_who_works(void **state)
{
	struct measurement *m = scene_new(5.03);
	size_t shell = scene_process(m, 6, 1), process = scene_process(m, 7, 6);
	size_t thread = scene_thread(m, shell, 6, 0.001),
	       worker = scene_thread(m, process, 7, 0.03);
	struct profile *p;
	struct advice *a;

	(void)state;
	m->processes[process].started = true;
	scene_runtime(m, process, "cpython", true);
	scene_wait(m, thread, "wait4", 5.02, 1);
	scene_wait(m, worker, "clock_nanosleep", 5, 5);
	a = advise(m, &p);
	assert_string_equal(a->rule->id, "waits-to-threads");
	assert_non_null(strstr(a->steps[0], "ThreadPoolExecutor"));
	advice_free(a);
	scene_end(m, p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(verdicts_are_as_expected),
		cmocka_unit_test(a_verdict_leads_back_to_its_numbers),
		cmocka_unit_test(findings_do_not_contradict_the_verdict),
		cmocka_unit_test(keeping_is_no_finding),
		cmocka_unit_test(contradictions_lower_the_confidence_and_are_told),
		cmocka_unit_test(a_poor_measurement_gives_a_low_confidence),
		cmocka_unit_test(a_loop_with_one_connection_makes_it_less_sure),
		cmocka_unit_test(every_other_model_has_its_why_not),
		cmocka_unit_test(actions_are_those_of_the_runtime_and_its_version),
		cmocka_unit_test(the_subject_is_who_works),
	};

	return cmocka_run_group_tests(tests, rules_setup, rules_teardown);
}
