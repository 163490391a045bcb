/*
 * Chains of calls with their weights: all waiting and all computing is in them, known or not; those
 * that read alike are one, and there are never too many.
 */
#include "analyzer/stacks.h"
#include "scene.h"

static double weight_of(const struct profile *p, bool computing)
{
	double sum = 0;

	for (size_t i = 0; i < p->stacks.count; i++)
		if (p->stacks.stacks[i].computing == computing)
			sum += p->stacks.stacks[i].weight_s;
	return sum;
}

static void assert_whole(const struct profile *p)
{
	double waits_s = 0, cpu_s = 0;

	for (size_t i = 0; i < p->waits_count; i++)
		waits_s += p->waits[i].total_s;
	for (size_t i = 0; i < p->threads_count; i++)
		cpu_s += p->threads[i].time.s[STATE_CPU_USER] +
			 p->threads[i].time.s[STATE_CPU_KERNEL];
	assert_near(weight_of(p, false), waits_s, 1e-6);
	assert_near(weight_of(p, true), cpu_s, 1e-6);
	for (size_t i = 1; i < p->stacks.count; i++)
		assert_true(p->stacks.stacks[i - 1].weight_s >= p->stacks.stacks[i].weight_s);
}

static void places_are_scaled_to_the_whole(void **state)
{
	struct measurement *m = scene_new(10);
	size_t thread = scene_thread(m, scene_process(m, 7, 1), 7, 0.5);
	size_t wait = scene_wait(m, thread, "clock_nanosleep", 8, 80);
	size_t a = scene_line(m, "app.py", 3, "first"), b = scene_line(m, "app.py", 9, "second");
	struct profile *p;

	(void)state;
	scene_site(m, wait, a, 3, 30, 3);
	scene_site(m, wait, b, 1, 10, 1);
	p = scene_profile(m);
	assert_whole(p);
	assert_int_equal(p->stacks.stacks[0].stack, a);
	assert_near(p->stacks.stacks[0].weight_s, 6, 1e-9);
	assert_near(p->stacks.stacks[1].weight_s, 2, 1e-9);
	assert_int_equal(p->stacks.stacks[0].state, STATE_SLEEP);
	assert_string_equal(p->stacks.stacks[0].syscall, "clock_nanosleep");
	scene_end(m, p);
}

static void chains_that_read_alike_are_one(void **state)
{
	struct measurement *m = scene_new(10);
	size_t process = scene_process(m, 7, 1), sites[2];
	struct profile *p;
	size_t found = 0;

	(void)state;
	sites[0] = scene_line(m, "app.py", 3, "work");
	sites[1] = scene_stack(m, m->stacks[sites[0]].frames, 1);
	for (int i = 0; i < 2; i++) {
		size_t thread = scene_thread(m, process, 7 + i, 0.1);
		size_t wait = scene_wait(m, thread, "clock_nanosleep", 4, 40);

		scene_site(m, wait, sites[i], 4, 40, 4);
	}
	p = scene_profile(m);
	assert_whole(p);
	for (size_t i = 0; i < p->stacks.count; i++)
		found += !p->stacks.stacks[i].computing;
	assert_int_equal(found, 1);
	assert_near(p->stacks.stacks[0].weight_s, 8, 1e-9);
	assert_near(p->stacks.stacks[0].count, 80, 1e-9);
	scene_end(m, p);
}

/* At one line: reads of a pipe and of a socket, another call that waits for that socket, waiting
 * for something to do, computing in the kernel and outside of it. */
static void what_differs_in_kind_stays_apart(void **state)
{
	struct measurement *m = scene_new(20);
	size_t thread = scene_thread(m, scene_process(m, 7, 1), 7, 2), sites = 0;
	size_t line = scene_line(m, "app.py", 3, "work");
	size_t listening = scene_socket(m, "0.0.0.0:80", NULL);
	size_t socket = scene_socket(m, NULL, "127.0.0.1:5432");
	struct profile *p;

	(void)state;
	m->files[listening].listening = true;
	scene_file_wait(m, thread, "read", scene_file(m, FILE_PIPE), 7, 10);
	scene_file_wait(m, thread, "read", socket, 5, 10);
	scene_file_wait(m, thread, "recvfrom", socket, 3, 10);
	scene_file_wait(m, thread, "read", listening, 1.5, 10);
	for (size_t i = 0; i < 4; i++)
		scene_site(m, i, line, 1, 10, 10);
	scene_sample(m, thread, "read", true, -1, 10);
	scene_sample(m, thread, NULL, false, -1, 30);
	m->samples[0].stack = m->samples[1].stack = line;
	p = scene_profile(m);
	assert_whole(p);
	for (size_t i = 0; i < p->stacks.count; i++) {
		const struct profile_stack *s = &p->stacks.stacks[i];

		sites += s->stack == line;
		assert_int_equal(s->idle, s->weight_s == 1.5 && !s->computing);
		if (s->computing)
			assert_int_equal(
				s->state, s->weight_s < 1 ? STATE_CPU_KERNEL : STATE_CPU_USER);
	}
	assert_int_equal(sites, 6);
	scene_end(m, p);
}

/* Half of a thread's samples have no stack, and another thread has no sample. */
static void what_nobody_saw_counts_too(void **state)
{
	struct measurement *m = scene_new(10);
	size_t process = scene_process(m, 7, 1);
	size_t seen = scene_thread(m, process, 7, 4);
	struct profile *p;

	(void)state;
	scene_thread(m, process, 8, 1);
	scene_wait(m, seen, "clock_nanosleep", 2, 20);
	scene_sample(m, seen, NULL, false, -1, 10);
	m->samples[0].stack = scene_line(m, "app.py", 3, "work");
	scene_sample(m, seen, NULL, false, -1, 10);
	p = scene_profile(m);
	assert_whole(p);
	assert_int_equal(p->stacks.stacks[0].stack, m->samples[0].stack);
	assert_near(p->stacks.stacks[0].weight_s, 4, 1e-9);
	assert_int_equal(p->stacks.stacks[1].stack, MEASURED_NONE);
	assert_near(p->stacks.stacks[1].weight_s, 2, 1e-9);
	assert_false(p->stacks.stacks[1].rest);
	scene_end(m, p);
}

static void the_smallest_are_one_row_of_each_kind(void **state)
{
	struct measurement *m = scene_new(100);
	size_t thread = scene_thread(m, scene_process(m, 7, 1), 7, 1);
	size_t wait = scene_wait(m, thread, "clock_nanosleep", 90, 3000), rest = 0;
	struct profile *p;

	(void)state;
	for (int i = 0; i < 3000; i++)
		scene_site(m, wait, scene_line(m, "app.py", i + 1, "work"), i < 100 ? 0.5 : 0.01, 1,
			1);
	p = scene_profile(m);
	assert_whole(p);
	assert_between((double)p->stacks.count, 900, 1100);
	for (size_t i = 0; i < p->stacks.count; i++) {
		rest += p->stacks.stacks[i].rest;
		if (p->stacks.stacks[i].rest)
			assert_int_equal(p->stacks.stacks[i].stack, MEASURED_NONE);
	}
	assert_int_equal(rest, 1);
	scene_end(m, p);
}

/* Of two kinds of system call, in chains of 50 frames each. */
static void long_chains_are_fewer(void **state)
{
	struct measurement *m = scene_new(100);
	size_t thread = scene_thread(m, scene_process(m, 7, 1), 7, 1), frames[50], rest = 0;
	size_t waits[] = {scene_wait(m, thread, "clock_nanosleep", 50, 150),
		scene_wait(m, thread, "nanosleep", 40, 150)};
	struct profile *p;

	(void)state;
	for (int i = 0; i < 300; i++) {
		for (int j = 0; j < 50; j++)
			frames[j] = scene_frame(m, "python", "f", "app.py", 50 * i + j + 1, NULL);
		scene_site(m, waits[i % 2], scene_stack(m, frames, 50), 0.1, 1, 1);
	}
	p = scene_profile(m);
	assert_whole(p);
	assert_between((double)p->stacks.count, 70, 90);
	for (size_t i = 0; i < p->stacks.count; i++)
		rest += p->stacks.stacks[i].rest && !p->stacks.stacks[i].computing;
	assert_int_equal(rest, 1);
	scene_end(m, p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(places_are_scaled_to_the_whole),
		cmocka_unit_test(chains_that_read_alike_are_one),
		cmocka_unit_test(what_differs_in_kind_stays_apart),
		cmocka_unit_test(what_nobody_saw_counts_too),
		cmocka_unit_test(the_smallest_are_one_row_of_each_kind),
		cmocka_unit_test(long_chains_are_fewer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
