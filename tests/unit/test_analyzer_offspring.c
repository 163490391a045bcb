/* Programs that start a process for each of their operations: who does, and what takes longest. */
#include "analyzer/metric.h"

#include "scene_child.h"

#define EXACT 1e-9
#define SHELL "/bin/sh"

/* The launched one, which waits for its children on one line. */
static size_t launched(struct measurement *m, const char *executable, double wait_s)
{
	size_t process = scene_process(m, 7, 1), thread = scene_thread(m, process, 7, 0.01);
	size_t wait = scene_wait(m, thread, "wait4", wait_s, 4);

	m->processes[process].executable = strdup(executable);
	scene_site(m, wait, scene_line(m, "/srv/thumbs.py", 12, "thumb"), wait_s, 4, 4);
	return process;
}

static double value(const struct profile *p, const char *name)
{
	return metric_find(name)->value(p);
}

/* Three pictures: a helper beside each, that takes no time to speak of. */
static struct measurement *thumbs(const char *executable)
{
	struct measurement *m = scene_new(3);

	launched(m, executable, 2.9);
	for (int i = 0; i < 3; i++) {
		scene_child(m, 10 + 2 * i, 7, "/usr/bin/convert", i, 0.9);
		scene_child(m, 11 + 2 * i, 7, "/usr/bin/basename", i + 0.95, 0.001);
	}
	return m;
}

static void who_starts_them_is_known_and_what(void **state)
{
	struct measurement *m = thumbs(SHELL);
	struct profile *p = scene_profile(m);
	const struct profile_offspring *o = &p->offspring;

	(void)state;
	assert_int_equal(o->starter, 0);
	assert_near(o->count, 3, EXACT); /* what only prepares is none */
	assert_string_equal(o->program, "/usr/bin/convert");
	assert_near(o->program_count, 3, EXACT);
	assert_near(o->program_share, 2.7 / 2.703, 1e-6);
	assert_int_equal(o->sites.count, 1);
	assert_int_equal(
		p->measurement->frames[p->callsites[o->sites.sites[0].stack].frames[0]].line, 12);
	assert_near(value(p, "children.operations"), 3, EXACT);
	assert_near(value(p, "children.operation_mean_s"), 0.901, EXACT);
	assert_near(value(p, "children.starter_threadless"), 1, EXACT);
	assert_near(value(p, "children.starter_node"), 0, EXACT);
	scene_end(m, p);
}

static void its_runtime_is_the_starters(void **state)
{
	static const char *const runtimes[] = {"cpython", "node"};

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct measurement *m = thumbs("/usr/bin/interpreter");
		struct profile *p;

		scene_runtime(m, 0, runtimes[i], false);
		p = scene_profile(m);
		assert_near(value(p, "children.starter_threadless"), 0, EXACT);
		assert_near(value(p, "children.starter_node"), i, EXACT);
		scene_end(m, p);
	}
}

/* sh -c "make": what the shell started is the program. */
static void a_script_around_it_is_none_of_it(void **state)
{
	struct measurement *m = scene_new(3);
	struct profile *p;

	(void)state;
	launched(m, SHELL, 2.9);
	scene_child(m, 8, 7, "/usr/bin/make", 0, 0.01);
	m->processes[1].end_ns = m->threads[1].end_ns = (int64_t)SCENE_NS(2.99);
	scene_wait(m, 1, "wait4", 2.9, 3);
	for (int i = 0; i < 3; i++)
		scene_child(m, 10 + i, 8, "/usr/bin/cc", i, 0.9);
	p = scene_profile(m);
	assert_int_equal(p->offspring.starter, 1);
	assert_near(p->offspring.count, 3, EXACT);
	scene_end(m, p);
}

/* Of what was only forked, the program is its parent's. */
static void forks_execute_what_their_parent_does(void **state)
{
	struct measurement *m = scene_new(3);
	struct profile *p;

	(void)state;
	launched(m, SHELL, 2.9);
	for (int i = 0; i < 3; i++)
		scene_child(m, 10 + i, 7, NULL, i, 0.9);
	p = scene_profile(m);
	assert_int_equal(p->offspring.starter, 0);
	assert_string_equal(p->offspring.program, SHELL);
	scene_end(m, p);
}

static void who_computes_itself_is_no_starter(void **state)
{
	struct measurement *m = scene_new(3);
	struct profile *p;

	(void)state;
	launched(m, SHELL, 0.1);
	m->threads[0].cpu_ns = SCENE_NS(2.8);
	scene_child(m, 10, 7, "/bin/date", 1, 0.05);
	scene_child(m, 11, 7, "/bin/date", 2, 0.05);
	p = scene_profile(m);
	assert_int_equal(p->offspring.starter, MEASURED_NONE);
	assert_near(value(p, "children.operations"), 0, EXACT);
	assert_nan(value(p, "children.starter_threadless"));
	scene_end(m, p);
}

/* A server that starts a process for each request has no operations at hand. */
static void a_service_has_none(void **state)
{
	struct measurement *m = thumbs("/usr/sbin/inetd");
	size_t file = scene_file(m, FILE_SOCKET);
	struct profile *p;

	(void)state;
	m->target.mode = MEASURED_ATTACH;
	m->files[file].listening = true;
	scene_file_wait(m, 0, "accept4", file, 0.05, 3);
	p = scene_profile(m);
	assert_true(p->work.service);
	assert_int_equal(p->offspring.starter, MEASURED_NONE);
	scene_end(m, p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_starts_them_is_known_and_what),
		cmocka_unit_test(its_runtime_is_the_starters),
		cmocka_unit_test(a_script_around_it_is_none_of_it),
		cmocka_unit_test(forks_execute_what_their_parent_does),
		cmocka_unit_test(who_computes_itself_is_no_starter),
		cmocka_unit_test(a_service_has_none),
	};

	return cmocka_run_group_tests_name("offspring", tests, NULL, NULL);
}
