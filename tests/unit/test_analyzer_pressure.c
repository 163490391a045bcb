/* Waiting for a CPU: what other programs took slows all computing; what comes with the waits of a
 * thread that is alone goes with them. */
#include "scene_thread.h"

#define OPERATIONS 20
#define HEAD_S 0.2
#define COMPUTED_S 0.004
#define WAITED_S 0.05

/* A second of computing and waiting by turns; queued for a CPU at the start, before each wait, and
 * after it. */
static struct measurement *alone(double head_s, double before_s, double after_s)
{
	double each_s = COMPUTED_S + before_s + WAITED_S + after_s, at_s = HEAD_S + head_s;
	struct measurement *m = scene_new(at_s + OPERATIONS * each_s);
	size_t thread = scene_alone(m, HEAD_S + OPERATIONS * COMPUTED_S);
	size_t wait = scene_row(m, thread, "recvfrom", scene_connection(m, 40000, "10.0.0.1:80"));

	m->threads[thread].run_queue_ns = SCENE_NS(head_s + OPERATIONS * (before_s + after_s));
	for (int i = 0; i < OPERATIONS; i++, at_s += each_s) {
		struct measured_segment *s = scene_long(m, wait, COMPUTED_S + (i ? 0 : HEAD_S),
			at_s + COMPUTED_S + before_s, WAITED_S);

		s->run_queue_before_ns = SCENE_NS(before_s + (i ? 0 : head_s));
		s->run_queue_ns = SCENE_NS(after_s);
	}
	return m;
}

static double event_loop_s(double head_s, double before_s, double after_s)
{
	struct measurement *m = alone(head_s, before_s, after_s);
	struct profile *p = scene_profile(m);
	double s = p->predictions[MODEL_EVENT_LOOP].wall_s;

	assert_near(p->predictions[MODEL_SEQUENTIAL].wall_s, p->wall_s, 0.001);
	scene_end(m, p);
	return s;
}

/* An answer that is waited for in the run queue is one; waits overlap. */
static void queueing_around_waits_overlaps_with_them(void **state)
{
	double bare_s = event_loop_s(0, 0, 0);

	(void)state;
	assert_near(event_loop_s(0, 0.002, 0), bare_s, 0.01);
	assert_near(event_loop_s(0, 0, 0.002), bare_s, 0.01);
}

/* Who waits for a CPU all along does so under any model. */
static void queueing_all_along_does_not(void **state)
{
	double bare_s = event_loop_s(0, 0, 0);

	(void)state;
	/* As long as it computes, also in what is left of it on a loop. */
	assert_near(event_loop_s(HEAD_S, COMPUTED_S, 0) - bare_s, HEAD_S + OPERATIONS * COMPUTED_S,
		0.02);
}

static void it_is_no_pressure(void **state)
{
	struct measurement *m = alone(0, 0.002, 0.002);
	struct profile *p = scene_profile(m);

	(void)state;
	assert_near(p->concurrency.pressure_s, 0, 0.005);
	profile_free(p);
	scene_thread(m, 0, 8, 0.001); /* with another thread nobody can tell */
	p = scene_profile(m);
	assert_near(p->concurrency.pressure_s, OPERATIONS * 0.004 - 50e-6 * OPERATIONS, 0.005);
	scene_end(m, p);
}

/* Two threads take turns on one CPU of two while the other one is free, as who is woken often does.
 */
static double turns_pressure_s(double queued_own_s)
{
	struct measurement *m = scene_new(1);
	size_t process = scene_process(m, 7, 1);
	struct profile *p;
	double pressure_s;

	for (int i = 0; i < 2; i++) {
		size_t thread = scene_thread(m, process, 7 + i, 0.5);

		m->threads[thread].run_queue_ns = SCENE_NS(0.2);
		m->threads[thread].run_queue_own_ns = SCENE_NS(queued_own_s);
	}
	p = scene_profile(m);
	pressure_s = p->concurrency.pressure_s;
	scene_end(m, p);
	return pressure_s;
}

static void behind_its_own_is_no_pressure(void **state)
{
	(void)state;
	assert_near(turns_pressure_s(0), 0.4, 0.001);
	assert_near(turns_pressure_s(0.15), 0.1, 0.001);
	assert_near(turns_pressure_s(0.2), 0, 0.001);
}

/* Two threads computed 0.3 s each, by turns, and were done after 0.8 s: as one thread. */
static double one_by_one_s(double queued_own_s)
{
	struct measurement *m = scene_new(0.8);
	size_t process = scene_process(m, 7, 1);
	struct profile *p;
	double s;

	scene_runtime(m, process, "pypy", true);
	scene_running(m, process, 0.2, 0.6, 0);
	for (int i = 0; i < 2; i++) {
		size_t thread = scene_thread(m, process, 7 + i, 0.3);

		scene_futex(m, thread, 0x8000, 0x189, 0, 0.3, 10);
		m->threads[thread].run_queue_ns = SCENE_NS(0.2);
		m->threads[thread].run_queue_own_ns = SCENE_NS(queued_own_s);
	}
	p = scene_profile(m);
	assert_int_equal(p->work.model, MODEL_THREADS);
	assert_near(p->predictions[MODEL_THREADS].wall_s, 0.8, 0.001);
	s = p->predictions[MODEL_SEQUENTIAL].wall_s;
	scene_end(m, p);
	return s;
}

/* One thread has nobody to be queued behind. */
static void another_model_does_not_queue_behind_itself(void **state)
{
	double otherwise_s = one_by_one_s(0);

	(void)state;
	assert_near(one_by_one_s(0.2), 0.6, 0.01);
	assert_true(otherwise_s > 0.75);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(behind_its_own_is_no_pressure),
		cmocka_unit_test(another_model_does_not_queue_behind_itself),
		cmocka_unit_test(queueing_around_waits_overlaps_with_them),
		cmocka_unit_test(queueing_all_along_does_not),
		cmocka_unit_test(it_is_no_pressure),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
