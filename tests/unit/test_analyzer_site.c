/* Lines of the program: of waits, of computing, of locks and of those who hold them. */
#include "scene.h"

#include "analyzer/callsite.h"

static void assert_line(const struct profile *p, const struct profile_site *s, const char *expected)
{
	char *text = callsite_site_text(p, s);

	assert_non_null(text);
	assert_string_equal(text, expected);
	free(text);
}

static struct measurement *two_threads(void)
{
	struct measurement *m = scene_new(10);
	size_t process = scene_process(m, 7, 1);

	scene_thread(m, process, 7, 1);
	scene_thread(m, process, 8, 1);
	return m;
}

static void sample_at(struct measurement *m, size_t thread, size_t stack, int lock_held,
	bool wanted, uint64_t count)
{
	scene_sample(m, thread, NULL, false, lock_held, count);
	m->samples[m->samples_count - 1].stack = stack;
	m->samples[m->samples_count - 1].lock_wanted = wanted;
}

/* Two rows of one kind, on two threads; the places' sums are off, as estimates are. */
static void waits_are_shared_out_by_line(void **state)
{
	struct measurement *m = two_threads();
	size_t first = scene_wait(m, 0, "clock_nanosleep", 6, 60);
	size_t second = scene_wait(m, 1, "clock_nanosleep", 2, 20);
	size_t often = scene_line(m, "app.py", 14, "fetch");
	size_t again = scene_line(m, "app.py", 14, "fetch");
	size_t seldom = scene_line(m, "app.py", 20, "retry");
	struct profile *p;
	const struct profile_sites *sites;

	(void)state;
	scene_site(m, first, often, 8, 80, 30);
	scene_site(m, first, again, 1, 10, 5);
	scene_site(m, second, seldom, 3, 30, 10);
	p = scene_profile(m);
	sites = &p->waits[0].sites;
	assert_int_equal(p->waits_count, 1);
	assert_int_equal(sites->count, 2);
	assert_line(p, &sites->sites[0], "app.py:14 fetch");
	assert_int_equal(sites->sites[0].stack, often);
	assert_near(sites->sites[0].share, 0.75, 1e-9);
	assert_near(sites->sites[0].total_s, 6, 1e-9);
	assert_near(sites->sites[0].count, 60, 1e-9);
	assert_near(sites->sites[0].max_s, 0.1, 1e-9);
	assert_int_equal(sites->sites[0].threads, 1);
	assert_int_equal(sites->sites[0].tid, 7);
	assert_near(sites->sites[1].share, 0.25, 1e-9);
	assert_int_equal(sites->sites[1].tid, 8);
	scene_end(m, p);
}

static double share_of_taken(uint64_t waits, uint64_t taken)
{
	struct measurement *m = two_threads();
	size_t wait = scene_wait(m, 0, "clock_nanosleep", 6, waits);
	struct profile *p;
	double share;

	scene_site(m, wait, scene_line(m, "app.py", 14, "fetch"), 6, waits, taken);
	p = scene_profile(m);
	assert_int_equal(p->waits[0].sites.count, 1);
	share = p->waits[0].sites.sites[0].share;
	scene_end(m, p);
	return share;
}

static void few_places_tell_a_line_but_no_share(void **state)
{
	struct measurement *m = two_threads();
	struct profile *p;

	(void)state;
	assert_near(share_of_taken(1, 1), 1, 1e-9); /* all of them */
	assert_nan(share_of_taken(1000, 1));
	assert_nan(share_of_taken(1000, 7));
	assert_near(share_of_taken(1000, 10), 1, 1e-9); /* that agree */
	assert_nan(share_of_taken(5, 1));
	assert_near(share_of_taken(5, 4), 1, 1e-9);
	scene_wait(m, 0, "clock_nanosleep", 6, 60);
	p = scene_profile(m);
	assert_int_equal(p->waits[0].sites.count, 0);
	scene_end(m, p);
}

static void no_more_lines_than_a_person_reads(void **state)
{
	struct measurement *m = two_threads();
	size_t wait = scene_wait(m, 0, "clock_nanosleep", 10, 100);
	struct profile *p;

	(void)state;
	for (int line = 1; line <= 8; line++)
		scene_site(m, wait, scene_line(m, "app.py", line, "f"), line, 12, 10);
	p = scene_profile(m);
	assert_int_equal(p->waits[0].sites.count, 5);
	assert_line(p, &p->waits[0].sites.sites[0], "app.py:8 f");
	assert_near(p->waits[0].sites.sites[0].share, 8 / 36.0, 1e-9);
	scene_end(m, p);
}

static void computing_is_shared_out_by_line(void **state)
{
	struct measurement *m = two_threads();
	size_t hot = scene_line(m, "app.py", 5, "parse"), warm = scene_line(m, "app.py", 9, "sum");
	size_t rare = scene_line(m, "app.py", 11, "log");
	struct profile *p;

	(void)state;
	sample_at(m, 0, hot, 1, false, 300);
	sample_at(m, 1, hot, 0, false, 100);
	sample_at(m, 1, warm, -1, false, 596);
	sample_at(m, 1, rare, -1, false, 4); /* below 1 % */
	p = scene_profile(m);
	assert_int_equal(p->cpu_sites.count, 2);
	assert_line(p, &p->cpu_sites.sites[0], "app.py:9 sum");
	assert_near(p->cpu_sites.sites[0].share, 0.596, 1e-9);
	assert_nan(p->cpu_sites.sites[0].lock_held_share);
	assert_near(p->cpu_sites.sites[1].share, 0.4, 1e-9);
	assert_near(p->cpu_sites.sites[1].total_s, 400 / 499.0, 1e-9);
	assert_near(p->cpu_sites.sites[1].lock_held_share, 0.75, 1e-9);
	assert_int_equal(p->cpu_sites.sites[1].tid, 7);
	assert_int_equal(p->cpu_sites.sites[1].threads, 2);
	scene_end(m, p);
}

/* One thread's stacks were taken of every tenth sample, another one's not at all. */
static void stacks_stand_for_their_thread_s_other_samples(void **state)
{
	struct measurement *m = two_threads();
	size_t hot = scene_line(m, "app.py", 5, "parse");
	struct profile *p;

	(void)state;
	sample_at(m, 0, hot, -1, false, 50);
	sample_at(m, 0, MEASURED_NONE, -1, false, 450);
	sample_at(m, 1, MEASURED_NONE, -1, false, 500);
	p = scene_profile(m);
	assert_int_equal(p->cpu_sites.count, 1);
	assert_near(p->cpu_sites.sites[0].share, 0.5, 1e-9);
	scene_end(m, p);
}

/* Of a stripped program's functions none can be told from another. */
static void nameless_computing_is_its_module_s(void **state)
{
	struct measurement *m = two_threads();
	struct profile *p;

	(void)state;
	for (int i = 0; i < 3; i++) {
		size_t frame = scene_frame(m, NULL, NULL, NULL, 0, "/srv/xz");

		m->frames[frame].offset = 0x1000 + (uint64_t)i;
		sample_at(m, 0, scene_stack(m, &frame, 1), -1, false, 100);
	}
	p = scene_profile(m);
	assert_int_equal(p->cpu_sites.count, 1);
	assert_true(p->cpu_sites.sites[0].module_only);
	assert_near(p->cpu_sites.sites[0].share, 1, 1e-9);
	assert_line(p, &p->cpu_sites.sites[0], "xz");
	scene_end(m, p);
}

static void a_mutex_has_its_name_its_waiters_and_its_holders(void **state)
{
	struct measurement *m = two_threads();
	size_t wait = scene_futex(m, 1, 0x4000, 0x80, 2, 4, 100);
	size_t sleep = scene_wait(m, 0, "clock_nanosleep", 3, 30);
	size_t take = scene_line(m, "app.py", 5, "take"), hold = scene_line(m, "app.py", 6, "hold");
	size_t compute = scene_line(m, "app.py", 7, "compute");
	const struct profile_lock *lock;
	struct profile *p;

	(void)state;
	m->waits[wait].futex_symbol = strdup("queue_lock");
	scene_site(m, wait, take, 4, 100, 100);
	scene_site(m, sleep, hold, 3, 30, 30)->holds = 0x4000;
	sample_at(m, 0, compute, -1, false, 499);
	m->samples[0].holds = 0x4000;
	sample_at(m, 0, take, -1, false, 4990);
	m->samples[1].holds = 0x8000; /* another one */
	p = scene_profile(m);
	lock = &p->locks[0];
	assert_string_equal(lock->name, "queue_lock");
	assert_line(p, &lock->waiting.sites[0], "app.py:5 take");
	assert_near(lock->waiting.sites[0].total_s, 4, 1e-9);
	assert_int_equal(lock->holding.count, 2);
	assert_line(p, &lock->holding.sites[0], "app.py:6 hold");
	assert_near(lock->holding.sites[0].share, 0.75, 1e-9);
	assert_int_equal(lock->holding.sites[0].tid, 7);
	assert_near(lock->holding.sites[1].total_s, 1, 1e-9);
	scene_end(m, p);
}

static void the_global_lock_is_held_where_others_wanted_it(void **state)
{
	struct measurement *m = two_threads();
	size_t hold = scene_line(m, "app.py", 6, "hold"),
	       alone = scene_line(m, "app.py", 7, "alone");
	struct profile *p;

	(void)state;
	scene_runtime(m, 0, "cpython", true);
	scene_futex(m, 1, 0x10080, 0x189, 0, 4, 100);
	sample_at(m, 0, hold, 1, true, 100);
	sample_at(m, 0, alone, 1, false, 400);
	sample_at(m, 1, alone, 0, true, 400);
	p = scene_profile(m);
	assert_string_equal(p->locks[0].kind, "interpreter");
	assert_int_equal(p->locks[0].holding.count, 1);
	assert_line(p, &p->locks[0].holding.sites[0], "app.py:6 hold");
	assert_near(p->locks[0].holding.sites[0].share, 1, 1e-9);
	scene_end(m, p);
}

/* A child that was forked has the same addresses. */
static void locks_of_other_processes_are_others(void **state)
{
	struct measurement *m = two_threads();
	size_t child = scene_process(m, 9, 7), thread = scene_thread(m, child, 9, 1);
	struct profile *p;

	(void)state;
	scene_futex(m, 1, 0x4000, 0x80, 2, 4, 100);
	sample_at(m, thread, scene_line(m, "app.py", 6, "hold"), -1, false, 100);
	m->samples[0].holds = 0x4000;
	p = scene_profile(m);
	assert_int_equal(p->locks[0].holding.count, 0);
	scene_end(m, p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(waits_are_shared_out_by_line),
		cmocka_unit_test(few_places_tell_a_line_but_no_share),
		cmocka_unit_test(no_more_lines_than_a_person_reads),
		cmocka_unit_test(computing_is_shared_out_by_line),
		cmocka_unit_test(stacks_stand_for_their_thread_s_other_samples),
		cmocka_unit_test(nameless_computing_is_its_module_s),
		cmocka_unit_test(a_mutex_has_its_name_its_waiters_and_its_holders),
		cmocka_unit_test(the_global_lock_is_held_where_others_wanted_it),
		cmocka_unit_test(locks_of_other_processes_are_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
