/* Stalls of event loops: what each was, at which line, and what cannot be told. */
#include "scene.h"

#include "analyzer/callsite.h"

/* A loop that polled a thousand times, with stretches of 5 ms between, for half of its time. */
static struct measurement *loop(void)
{
	struct measurement *m = scene_new(10);
	struct measured_loop *l;

	scene_thread(m, scene_process(m, 7, 1), 7, 1);
	scene_file_wait(m, 0, "epoll_wait", scene_file(m, FILE_EPOLL), 5, 1000);
	l = &m->threads[0].loop;
	l->polls = 1000;
	l->stretches = 999;
	l->stretch_ns = SCENE_NS(5);
	l->stretch_max_ns = SCENE_NS(0.005);
	durations_add(&l->durations, SCENE_NS(0.005), 999);
	return m;
}

static struct measured_stall *stall(struct measurement *m, double length_s)
{
	struct measured_stall *s = measurement_add_stall(m);

	assert_non_null(s);
	s->length_ns = s->stretch_ns = SCENE_NS(length_s);
	durations_add(&m->threads[0].loop.durations, s->length_ns, 1);
	return s;
}

static struct measured_stall *blocked(
	struct measurement *m, size_t wait, size_t stack, double wait_s)
{
	struct measured_stall *s = stall(m, wait_s + 0.001);

	s->wait = wait;
	s->wait_stack = stack;
	s->wait_ns = s->waits_ns = SCENE_NS(wait_s);
	return s;
}

static struct measured_stall *computed(struct measurement *m, size_t stack, double length_s)
{
	struct measured_stall *s = stall(m, length_s);

	s->stack = stack;
	s->samples = s->stack_samples = (uint32_t)(length_s * 499);
	return s;
}

static void assert_line(
	const struct profile *p, const struct profile_stall *s, const char *expected)
{
	char *text = callsite_text(p, s->stack);

	assert_non_null(text);
	assert_string_equal(text, expected);
	free(text);
}

static void a_loop_that_never_stalls_is_healthy(void **state)
{
	struct measurement *m = loop();
	struct profile *p;

	(void)state;
	stall(m, 0.009);
	p = scene_profile(m);
	assert_int_equal(p->loops_count, 1);
	assert_int_equal(p->loops[0].stalls_seen, 0);
	assert_int_equal(p->loops[0].stalls_count, 0);
	scene_end(m, p);
}

static void stalls_are_told_by_what_they_were_and_by_line(void **state)
{
	struct measurement *m = loop();
	size_t sleep = scene_wait(m, 0, "clock_nanosleep", 0.15, 2);
	size_t commit = scene_file_wait(m, 0, "fdatasync", scene_file(m, FILE_REGULAR), 0.04, 1);
	size_t line = scene_line(m, "app.py", 14, "handle");
	const struct profile_loop *l;
	struct profile *p;

	(void)state;
	m->files[m->waits[commit].file].path = strdup("/srv/x.db");
	blocked(m, sleep, line, 0.1);
	blocked(m, sleep, scene_line(m, "app.py", 14, "handle"), 0.05)->run_queue_ns =
		SCENE_NS(0.001);
	blocked(m, commit, line, 0.04);
	computed(m, scene_line(m, "app.py", 20, "parse"), 0.08)->run_queue_ns = SCENE_NS(0.05);
	stall(m, 0.02)->run_queue_ns = SCENE_NS(0.012);
	p = scene_profile(m);
	l = &p->loops[0];
	assert_int_equal(l->stalls_seen, 4); /* and one that is others' doing */
	assert_int_equal(l->stalls_count, 4);
	assert_int_equal(l->stalls[0].kind, STALL_BLOCKING);
	assert_int_equal(l->stalls[0].state, STATE_SLEEP);
	assert_string_equal(l->stalls[0].syscall, "clock_nanosleep");
	assert_null(l->stalls[0].object);
	assert_int_equal(l->stalls[0].count, 2);
	assert_near(l->stalls[0].total_s, 0.152, 1e-9);
	assert_near(l->stalls[0].max_s, 0.101, 1e-9);
	assert_near(l->stalls[0].wait_max_s, 0.1, 1e-9);
	assert_near(l->stalls[0].run_queue_s, 0.001, 1e-9);
	assert_line(p, &l->stalls[0], "app.py:14 handle");
	assert_int_equal(l->stalls[1].kind, STALL_COMPUTING);
	assert_line(p, &l->stalls[1], "app.py:20 parse");
	assert_nan(l->stalls[1].wait_max_s);
	assert_string_equal(l->stalls[2].object, "/srv/x.db");
	assert_int_equal(l->stalls[3].kind, STALL_CROWDED);
	assert_int_equal(l->stalls[3].stack, MEASURED_NONE);
	assert_near(l->stalls[3].run_queue_s, 0.012, 1e-9);
	scene_end(m, p);
}

/* Only the longest ones are kept one by one; how many there were is known all the same. */
static void those_not_kept_are_counted(void **state)
{
	struct measurement *m = loop();
	struct profile *p;

	(void)state;
	computed(m, scene_line(m, "app.py", 20, "parse"), 0.08);
	durations_add(&m->threads[0].loop.durations, SCENE_NS(0.02), 7);
	p = scene_profile(m);
	assert_int_equal(p->loops[0].stalls_seen, 8);
	assert_int_equal(p->loops[0].stalls_count, 1);
	scene_end(m, p);
}

/* It polled once, and then never came to wait again: whatever it did is in no stretch. */
static void a_loop_that_never_came_round_may_have_stalled(void **state)
{
	struct measurement *m = loop();
	struct profile *p;

	(void)state;
	m->threads[0].loop.stretch_ns = SCENE_NS(3.9);
	p = scene_profile(m);
	assert_int_equal(p->loops[0].stalls_seen, -1);
	profile_free(p);
	/* What was before the first one set it up. */
	scene_segment(m, 0, 1, 0.01);
	p = scene_profile(m);
	assert_int_equal(p->loops[0].stalls_seen, 0);
	scene_end(m, p);
}

/* It was met in a poll that returned at once: in the midst it may have been in many more. */
static void who_looked_in_the_midst_of_a_stretch_did_not_stall(void **state)
{
	struct measurement *m = loop();
	struct profile *p;

	(void)state;
	computed(m, MEASURED_NONE, 0.08)->stretch_ns = SCENE_NS(0.1);
	p = scene_profile(m);
	assert_int_equal(p->loops[0].stalls_count, 0);
	scene_end(m, p);
	m = loop();
	computed(m, MEASURED_NONE, 0.08)->stretch_ns = SCENE_NS(0.081);
	p = scene_profile(m);
	assert_int_equal(p->loops[0].stalls_count, 1);
	scene_end(m, p);
}

static void being_stopped_is_no_stall(void **state)
{
	struct measurement *m = loop();
	size_t wait = scene_wait(m, 0, NULL, 1, 1);
	struct profile *p;

	(void)state;
	m->waits[wait].block = BLOCK_STOPPED;
	blocked(m, wait, MEASURED_NONE, 1);
	p = scene_profile(m);
	assert_int_equal(p->loops[0].stalls_seen, 0);
	assert_int_equal(p->loops[0].stalls_count, 0);
	scene_end(m, p);
}

/* Ten rounds of a busy loop, without any sleep, in all of which samples missed the polls. */
static struct profile *busy(struct measurement *m, uint64_t poll_samples)
{
	struct measured_segment *s;

	s = scene_segment(m, 0, 5, 0.001);
	s->stretch_ns = SCENE_NS(0.9);
	s->stretch_samples = 400;
	s->stretch_poll_samples = 50;
	scene_sample(m, 0, "epoll_wait", true, -1, poll_samples);
	scene_sample(m, 0, NULL, false, -1, 1000 - poll_samples);
	return scene_profile(m);
}

static void a_busy_loop_s_stalls_must_be_hard_to_miss(void **state)
{
	struct measurement *m = loop();
	struct profile *p;

	(void)state;
	computed(m, scene_line(m, "app.py", 20, "parse"), 0.08); /* 39 samples */
	p = busy(m, 200); /* 0.8 to the 39th power, but 200 stretches could be so long */
	assert_int_equal(p->loops[0].stalls_seen, -1);
	assert_int_equal(p->loops[0].stalls_count, 0);
	scene_end(m, p);
	m = loop();
	computed(m, scene_line(m, "app.py", 20, "parse"), 0.08);
	p = busy(m, 300); /* 300 times 0.7 to the 39th power */
	assert_int_equal(p->loops[0].stalls_count, 1);
	scene_end(m, p);
	m = loop();
	blocked(m, scene_wait(m, 0, "clock_nanosleep", 0.1, 1), MEASURED_NONE, 0.1);
	p = busy(m, 10); /* one wait is in one round */
	assert_int_equal(p->loops[0].stalls_count, 1);
	scene_end(m, p);
}

static void blocking_calls_have_their_lines(void **state)
{
	struct measurement *m = loop();
	size_t sleep = scene_wait(m, 0, "clock_nanosleep", 0.15, 2);
	size_t short_one = scene_wait(m, 0, "fdatasync", 0.01, 1);
	const struct profile_blocking *b;
	struct profile *p;
	char *text;

	(void)state;
	m->waits[short_one].file = scene_file(m, FILE_REGULAR);
	scene_site(m, short_one, scene_line(m, "app.py", 20, "save"), 0.01, 1, 1);
	scene_site(m, sleep, scene_line(m, "app.py", 14, "handle"), 0.15, 2, 2);
	p = scene_profile(m);
	b = p->loops[0].blocking;
	assert_int_equal(p->loops[0].blocking_count, 2);
	text = callsite_site_text(p, &b[0].sites.sites[0]);
	assert_string_equal(text, "app.py:14 handle");
	free(text);
	text = callsite_site_text(p, &b[1].sites.sites[0]);
	assert_string_equal(text, "app.py:20 save");
	free(text);
	scene_end(m, p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_loop_that_never_stalls_is_healthy),
		cmocka_unit_test(stalls_are_told_by_what_they_were_and_by_line),
		cmocka_unit_test(those_not_kept_are_counted),
		cmocka_unit_test(a_loop_that_never_came_round_may_have_stalled),
		cmocka_unit_test(who_looked_in_the_midst_of_a_stretch_did_not_stall),
		cmocka_unit_test(being_stopped_is_no_stall),
		cmocka_unit_test(a_busy_loop_s_stalls_must_be_hard_to_miss),
		cmocka_unit_test(blocking_calls_have_their_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
