/* Programs that start a process for each operation: which processes make one up, and when they do
 * not. */
#include "analyzer/gathering.h"
#include "analyzer/meaning.h"
#include "analyzer/metric.h"
#include "analyzer/workload.h"

#include "scene_child.h"

#include <time.h>

#define EXACT 1e-9
#define SHELL "/bin/sh"
#define MAKE "/usr/bin/make"

/* A command that only waits for its children. */
static struct measurement *command(const char *executable, double wall_s)
{
	struct measurement *m = scene_new(wall_s);
	size_t process = scene_process(m, 7, 1), thread = scene_thread(m, process, 7, 0.001);

	m->processes[process].executable = executable ? strdup(executable) : NULL;
	scene_wait(m, thread, "wait4", wall_s - 0.001, 2);
	return m;
}

struct gathered {
	struct workload work;
	bool are_operations;
	bool threads[64]; /* that are part of one */
	double begin_s;
};

static void gather(struct gathered *ret, struct measurement *m)
{
	struct profile *p = scene_profile(m);
	struct meaning *x = meaning_new(m);
	struct gathering g = {.work = &ret->work, .p = p, .x = x, .gathered = ret->threads};

	assert_non_null(x);
	p->work.model = MODEL_SEQUENTIAL; /* which it is, other tests ask */
	assert_true(m->threads_count <= sizeof(ret->threads) / sizeof(ret->threads[0]));
	*ret = (struct gathered){0};
	assert_int_equal(children_gather(&g, &ret->are_operations), 0);
	ret->begin_s = g.begin_s;
	meaning_free(x);
	scene_end(m, p);
}

/* Whether its children are operations, so many, and compute so much in all. */
static void assert_operations(struct measurement *m, size_t count, double cpu_s)
{
	struct gathered g;

	gather(&g, m);
	assert_int_equal(g.are_operations, count > 0);
	assert_int_equal(g.work.operations_count, count);
	assert_near(workload_sum(&g.work).free_s, cpu_s, EXACT);
	workload_clear(&g.work);
}

static void each_child_is_one(void **state)
{
	struct measurement *m = command(SHELL, 3);
	struct gathered g;

	(void)state;
	for (int i = 0; i < 3; i++)
		scene_child(m, 8 + i, 7, "/usr/bin/convert", i, 0.9);
	gather(&g, m);
	assert_true(g.are_operations);
	assert_int_equal(g.work.operations_count, 3);
	assert_near(workload_sum(&g.work).free_s, 2.7, EXACT);
	assert_false(g.threads[0]);
	assert_true(g.threads[1]);
	workload_clear(&g.work);
}

/* A daemon beside them that waits to be given work: nobody waits for it. */
static void who_waits_for_work_is_not_waited_for(void **state)
{
	struct measurement *m = command(SHELL, 3);
	size_t site = scene_socket(m, "0.0.0.0:80", NULL), daemon;
	struct gathered g;

	(void)state;
	m->files[site].listening = true;
	for (int i = 0; i < 3; i++)
		scene_child(m, 8 + i, 7, "/usr/bin/convert", i, 0.9);
	daemon = scene_child(m, 20, 7, "/usr/sbin/daemon", 0, 0.01);
	m->processes[daemon].end_ns = m->threads[m->threads_count - 1].end_ns = MEASURED_ALIVE;
	scene_file_wait(m, m->threads_count - 1, "accept4", site, 2.99, 1);
	gather(&g, m);
	assert_true(g.are_operations);
	assert_near(workload_sum(&g.work).free_s, 2.71, EXACT);
	assert_near(workload_sum(&g.work).wait_s, 0, EXACT);
	workload_clear(&g.work);
}

/* sh -c "mkdir -p out; python fetch.py": the script is not one operation, but has some. */
static void what_prepares_another_is_none(void **state)
{
	struct measurement *m = command(SHELL, 10);

	(void)state;
	scene_child(m, 8, 7, "/bin/mkdir", 0, 0.002);
	scene_child(m, 9, 7, "/usr/bin/python3", 0.002, 9.99);
	assert_operations(m, 0, 0);
	m = command(SHELL, 10);
	scene_child(m, 8, 7, "/usr/bin/curl", 0, 1.5);
	scene_child(m, 9, 7, "/usr/bin/python3", 1.5, 8.4);
	assert_operations(m, 2, 9.9);
}

/* A compiler's driver starts the compiler proper and the assembler: all three are one. */
static void what_a_child_starts_is_part_of_it(void **state)
{
	struct measurement *m = command(MAKE, 3);
	struct gathered g;

	(void)state;
	for (int i = 0; i < 3; i++) {
		scene_child(m, 10 + 3 * i, 7, "/usr/bin/cc", i, 0.3);
		scene_child(m, 11 + 3 * i, 10 + 3 * i, "/usr/bin/cc1", i, 0.4);
		scene_child(m, 12 + 3 * i, 10 + 3 * i, "/usr/bin/as", i, 0.1);
	}
	gather(&g, m);
	assert_int_equal(g.work.operations_count, 3);
	assert_near(workload_sum(&g.work).free_s, 2.4, EXACT);
	assert_near(workload_longest_s(&g.work), 0.8, EXACT);
	workload_clear(&g.work);
}

/* A pool's forked workers each start programs: those are the operations, not the workers. */
static void forked_workers_hand_on(void **state)
{
	struct measurement *m = command(SHELL, 6);
	struct gathered g;
	size_t worker;

	(void)state;
	worker = scene_child(m, 8, 7, SHELL, 0.02, 0.01);
	for (int i = 0; i < 5; i++)
		scene_child(m, 10 + i, 8, "/usr/bin/gzip", 0.1 + i, 0.9);
	gather(&g, m);
	assert_int_equal(g.work.operations_count, 5);
	assert_false(g.threads[worker]);
	assert_true(g.threads[worker + 1]);
	assert_true(g.work.pooled);
	assert_near(g.begin_s, 0.02, EXACT); /* when the worker starts */
	workload_clear(&g.work);
}

/* Of a worker that was only forked, a child that executes the pool's own program does so, too: an
 * interpreter that runs scripts in interpreters. */
static void forked_workers_may_start_their_own_program(void **state)
{
	struct measurement *m = command(SHELL, 6);
	struct gathered g;

	(void)state;
	scene_child(m, 8, 7, NULL, 0.02, 0.01);
	for (int i = 0; i < 5; i++)
		scene_child(m, 10 + i, 8, i % 2 ? SHELL : "/usr/bin/gzip", 0.1 + i, 0.9);
	gather(&g, m);
	assert_int_equal(g.work.operations_count, 5);
	assert_near(workload_sum(&g.work).free_s, 4.5, EXACT);
	assert_true(g.work.pooled);
	workload_clear(&g.work);
}

static void a_command_has_no_pool(void **state)
{
	struct measurement *m = command(SHELL, 6);
	struct gathered g;

	(void)state;
	for (int i = 0; i < 5; i++)
		scene_child(m, 10 + i, 7, "/usr/bin/gzip", 0.1 + i, 0.9);
	gather(&g, m);
	assert_false(g.work.pooled);
	assert_near(g.begin_s, 0.1, EXACT);
	for (size_t i = 0; i < g.work.steps_count; i++)
		assert_true(g.work.steps[i].beside);
	workload_clear(&g.work);
}

/* Of which nothing says that it executes another program, the first one's child is the line. */
static void the_unknown_is_no_other_program(void **state)
{
	struct measurement *m = command(SHELL, 3);

	(void)state;
	for (int i = 0; i < 2; i++) {
		scene_child(m, 10 + 2 * i, 7, SHELL, i, 0.5);
		scene_child(m, 11 + 2 * i, 10 + 2 * i, NULL, i, 0.4);
	}
	assert_operations(m, 2, 1.8);
	m = command(NULL, 3); /* nor is there one if the first is not known */
	for (int i = 0; i < 2; i++) {
		scene_child(m, 10 + 2 * i, 7, SHELL, i, 0.5);
		scene_child(m, 11 + 2 * i, 10 + 2 * i, "/usr/bin/gzip", i, 0.4);
	}
	assert_operations(m, 2, 1.8);
}

/* Rows are in order of appearance: a child may come before its parent. */
static void the_order_of_rows_does_not_matter(void **state)
{
	struct measurement *m = scene_new(3);

	(void)state;
	for (int i = 0; i < 2; i++) {
		scene_child(m, 11 + 2 * i, 10 + 2 * i, "/usr/bin/cc1", i, 0.5);
		scene_child(m, 10 + 2 * i, 7, "/usr/bin/cc", i, 0.4);
	}
	scene_wait(m, scene_thread(m, scene_process(m, 7, 1), 7, 0.001), "wait4", 2.9, 2);
	m->processes[4].executable = strdup(MAKE);
	assert_operations(m, 2, 1.8);
}

/* A recording can claim that two processes started each other. */
static void a_circle_has_an_end(void **state)
{
	struct measurement *m = command(SHELL, 3);

	(void)state;
	scene_child(m, 8, 9, "/bin/a", 0, 1);
	scene_child(m, 9, 8, "/bin/b", 0, 1);
	scene_child(m, 10, 8, "/bin/c", 1, 1); /* it hangs on the circle */
	scene_child(m, 11, 7, "/bin/d", 2, 1);
	assert_operations(m, 3, 3);
}

/* As many as a build starts, each the child of the one before: no time to speak of. */
static void many_generations_take_no_time(void **state)
{
	struct measurement *m = command(SHELL, 1);
	struct workload work = {0};
	struct profile *p;
	struct gathering g;
	bool are_operations, *gathered;
	clock_t begun;

	(void)state;
	for (int i = 0; i < 20000; i++)
		scene_child(m, 8 + i, 7 + i, SHELL, 0, 0.001);
	p = scene_profile(m);
	gathered = calloc(m->threads_count, sizeof(*gathered));
	g = (struct gathering){.work = &work, .p = p, .x = meaning_new(m), .gathered = gathered};
	assert_non_null(g.x);
	begun = clock();
	assert_int_equal(children_gather(&g, &are_operations), 0);
	/* Some ms; if each looked at all others, or climbed all the way, it would be seconds. */
	assert_true((double)(clock() - begun) / CLOCKS_PER_SEC < 0.2);
	meaning_free((struct meaning *)g.x);
	free(gathered);
	workload_clear(&work);
	scene_end(m, p);
}

/* Children that took turns have one row: as many, one after the other, with a pause each. */
static size_t children(struct measurement *m, int pid, const char *executable, int count,
	double start_s, double cpu_s, double pause_s)
{
	size_t process = scene_child(m, pid, 7, executable, start_s, cpu_s);
	struct measured_process *p = &m->processes[process];
	struct measured_thread *t = &m->threads[m->threads_count - 1];

	p->earlier = t->earlier = (uint64_t)count - 1;
	p->vacant_ns = t->vacant_ns = SCENE_NS((count - 1) * pause_s);
	p->end_ns = t->end_ns = (int64_t)SCENE_NS(start_s + count * cpu_s + (count - 1) * pause_s);
	t->cpu_ns = SCENE_NS(count * cpu_s);
	return process;
}

static void each_of_a_row_is_one(void **state)
{
	struct measurement *m = command(SHELL, 10);
	struct gathered g;

	(void)state;
	children(m, 8, "/usr/bin/convert", 10, 0, 0.9, 0.1);
	scene_child(m, 9, 7, "/usr/bin/convert", 0, 0.9);
	gather(&g, m);
	assert_true(g.are_operations);
	assert_int_equal(g.work.operations_count, 11);
	assert_near(workload_sum(&g.work).free_s, 9.9, EXACT);
	assert_near(workload_sum(&g.work).wait_s, 0, EXACT);
	assert_near(workload_longest_s(&g.work), 0.9, EXACT);
	workload_clear(&g.work);
}

static double value(const struct profile *p, const char *name)
{
	return metric_find(name)->value(p);
}

/* What a script is judged by does not depend on how its children are kept. */
static void rows_of_several_change_no_judgement(void **state)
{
	static const char *const names[] = {"children.started", "children.lifetime_mean_s",
		"children.started_per_s", "run.processes_seen", "run.threads_seen",
		"concurrency.threads_peak", "concurrency.processes_peak", "time.cpu.s"};
	struct measurement *one = command(SHELL, 11), *each = command(SHELL, 11);
	struct profile *a, *b;

	(void)state;
	children(one, 8, "/usr/bin/sed", 100, 0, 0.05, 0.05);
	children(one, 9, "/usr/bin/grep", 100, 0.05, 0.04, 0.06);
	one->threads_most = one->processes_most = 2;
	for (int i = 0; i < 100; i++) {
		scene_child(each, 1000 + i, 7, "/usr/bin/sed", 0.1 * i, 0.05);
		scene_child(each, 2000 + i, 7, "/usr/bin/grep", 0.1 * i + 0.05, 0.04);
	}
	a = scene_profile(one);
	b = scene_profile(each);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		assert_near(value(a, names[i]), value(b, names[i]), 1e-6);
	assert_int_equal(a->work.model, b->work.model);
	assert_int_equal(a->work.workers, b->work.workers);
	assert_int_equal(a->work.operations, b->work.operations);
	assert_near(a->work.longest_s, b->work.longest_s, 1e-6);
	assert_near(a->work.busy.total_s, b->work.busy.total_s, 1e-6);
	assert_near(a->time.total_s, b->time.total_s, 1e-6);
	assert_int_equal(a->grade, b->grade);
	assert_string_equal(a->checks[0].message, b->checks[0].message);
	scene_end(one, a);
	scene_end(each, b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_child_is_one),
		cmocka_unit_test(who_waits_for_work_is_not_waited_for),
		cmocka_unit_test(what_prepares_another_is_none),
		cmocka_unit_test(what_a_child_starts_is_part_of_it),
		cmocka_unit_test(forked_workers_hand_on),
		cmocka_unit_test(forked_workers_may_start_their_own_program),
		cmocka_unit_test(a_command_has_no_pool),
		cmocka_unit_test(the_unknown_is_no_other_program),
		cmocka_unit_test(the_order_of_rows_does_not_matter),
		cmocka_unit_test(a_circle_has_an_end),
		cmocka_unit_test(many_generations_take_no_time),
		cmocka_unit_test(each_of_a_row_is_one),
		cmocka_unit_test(rows_of_several_change_no_judgement),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
