/* Time by thread: it adds up, CPU is split by what is known best, roles follow from behaviour. */
#include "scene.h"

static double cpu_s(const struct profile_thread *t)
{
	return t->time.s[STATE_CPU_USER] + t->time.s[STATE_CPU_KERNEL];
}

static void assert_adds_up(const struct profile_thread *t)
{
	double sum = 0;

	for (int s = 0; s < STATE_COUNT; s++)
		sum += t->time.s[s];
	assert_near(sum, t->time.total_s, 1e-9);
	assert_near(sum, t->wall_s, 1e-9);
}

static void states_add_up_and_losses_show(void **state)
{
	struct measurement *m = scene_new(2);
	size_t process = scene_process(m, 7, 1), thread = scene_thread(m, process, 7, 0.5);
	struct profile *p;

	(void)state;
	m->threads[thread].run_queue_ns = SCENE_NS(0.25);
	m->threads[thread].stolen_ns = SCENE_NS(0.05);
	m->threads[thread].unaccounted_ns = SCENE_NS(0.1);
	scene_wait(m, thread, "nanosleep", 1, 10);
	assert_int_equal(measurement_add_loss(m, "events", 3), 0);
	p = scene_profile(m);
	assert_adds_up(&p->threads[0]);
	assert_near(p->threads[0].wall_s, 2, 1e-9);
	assert_near(cpu_s(&p->threads[0]), 0.5, 1e-9);
	assert_near(p->threads[0].time.s[STATE_RUN_QUEUE], 0.25, 1e-9);
	assert_near(p->threads[0].time.s[STATE_SLEEP], 1, 1e-9);
	/* stolen, unaccounted, and 0.1 s of which nothing is told */
	assert_near(p->threads[0].time.s[STATE_OTHER], 0.25, 1e-9);
	assert_near(p->threads[0].unexplained_s, 0.2, 1e-9);
	assert_int_equal(p->lost, 4);
	scene_end(m, p);
}

/* A thread whose end was lost is not taken for one that works. */
static void unexplained_time_is_no_work(void **state)
{
	struct measurement *m = scene_new(2);
	struct profile *p;

	(void)state;
	scene_thread(m, scene_process(m, 7, 1), 7, 0.1);
	p = scene_profile(m);
	assert_near(p->threads[0].wall_s, 2, 1e-9);
	assert_near(p->work.busy.total_s, 0.1, 1e-9);
	assert_int_equal(p->lost, 1);
	scene_end(m, p);
}

static void a_life_inside_the_window_is_its_wall(void **state)
{
	struct measurement *m = scene_new(10);
	size_t thread = scene_thread(m, scene_process(m, 7, 1), 7, 0.4);
	struct profile *p;

	(void)state;
	m->threads[thread].start_ns = (int64_t)SCENE_NS(3);
	m->threads[thread].end_ns = (int64_t)SCENE_NS(4);
	scene_wait(m, thread, "nanosleep", 0.6, 1);
	p = scene_profile(m);
	assert_near(p->threads[0].wall_s, 1, 1e-9);
	assert_int_equal(p->lost, 0);
	scene_end(m, p);
}

static double kernel_share(const struct profile *p, size_t thread)
{
	return p->threads[thread].time.s[STATE_CPU_KERNEL] / cpu_s(&p->threads[thread]);
}

static void cpu_is_split_by_ticks_samples_and_the_rest(void **state)
{
	struct measurement *m = scene_new(10);
	size_t process = scene_process(m, 7, 1);
	size_t ticks = scene_thread(m, process, 7, 1), samples = scene_thread(m, process, 8, 1);
	size_t neither = scene_thread(m, process, 9, 0.01);
	struct profile *p;

	(void)state;
	m->threads[ticks].cpu_user_ticks_ns = SCENE_NS(0.9);
	m->threads[ticks].cpu_kernel_ticks_ns = SCENE_NS(0.3);
	scene_sample(m, ticks, NULL, false, -1, 1000);          /* ticks go before samples */
	m->threads[samples].cpu_user_ticks_ns = SCENE_NS(0.02); /* five ticks say little */
	scene_sample(m, samples, "write", true, -1, 8);
	scene_sample(m, samples, NULL, false, -1, 8);
	p = scene_profile(m);
	assert_near(kernel_share(p, ticks), 0.25, 1e-9);
	assert_near(kernel_share(p, samples), 0.5, 1e-9);
	assert_near(kernel_share(p, neither), 0.3 / 1.22, 1e-9); /* as all in all */
	scene_end(m, p);
}

static void cpu_of_which_nothing_is_known_is_the_users(void **state)
{
	struct measurement *m = scene_new(1);
	struct profile *p;

	(void)state;
	scene_thread(m, scene_process(m, 7, 1), 7, 0.9);
	p = scene_profile(m);
	assert_near(p->threads[0].time.s[STATE_CPU_USER], 0.9, 1e-9);
	scene_end(m, p);
}

static void roles_follow_from_behaviour(void **state)
{
	struct measurement *m = scene_new(10);
	size_t process = scene_process(m, 7, 1);
	size_t main_thread = scene_thread(m, process, 7, 0.1);
	size_t worker = scene_thread(m, process, 8, 6), idle = scene_thread(m, process, 9, 0.1);
	size_t loop = scene_thread(m, process, 10, 1);
	struct profile *p;

	(void)state;
	scene_futex(m, main_thread, 0x5000, 0x109, 8, 9.9, 1);
	scene_futex(m, worker, 0x6000, 0x189, 0, 4, 50);
	scene_futex(m, idle, 0x6000, 0x189, 0, 9.9, 2);
	scene_file_wait(m, loop, "epoll_wait", scene_file(m, FILE_EPOLL), 9, 100);
	p = scene_profile(m);
	assert_int_equal(p->threads[main_thread].role, ROLE_COORDINATOR);
	assert_int_equal(p->threads[worker].role, ROLE_WORKER);
	assert_int_equal(p->threads[idle].role, ROLE_IDLE);
	assert_int_equal(p->threads[loop].role, ROLE_EVENT_LOOP);
	scene_end(m, p);
}

/* Waiting for threads that do nothing either is no coordinating. */
static void a_main_thread_of_idle_threads_is_idle(void **state)
{
	struct measurement *m = scene_new(10);
	size_t process = scene_process(m, 7, 1);
	struct profile *p;

	(void)state;
	scene_futex(m, scene_thread(m, process, 7, 0.01), 0x5000, 0x189, 0, 9.98, 1);
	scene_futex(m, scene_thread(m, process, 8, 0.01), 0x6000, 0x189, 0, 9.98, 1);
	p = scene_profile(m);
	assert_int_equal(p->threads[0].role, ROLE_IDLE);
	scene_end(m, p);
}

/* Alone in its process, only time can end such a wait: it is a sleep. */
static void a_lone_threads_sync_is_work(void **state)
{
	struct measurement *m = scene_new(5);
	struct profile *p;

	(void)state;
	scene_futex(m, scene_thread(m, scene_process(m, 7, 1), 7, 0.01), 0x5000, 0x189, 0, 4.98, 5);
	p = scene_profile(m);
	assert_near(p->work.wait_s, 4.98, 1e-9);
	assert_int_equal(p->threads[0].role, ROLE_MAIN);
	scene_end(m, p);
}

/* Go's scheduler naps and polls on its own account. */
static void gos_monitor_is_idle(void **state)
{
	struct measurement *m = scene_new(5);
	size_t process = scene_process(m, 7, 1);
	size_t worker = scene_thread(m, process, 7, 4.9),
	       monitor = scene_thread(m, process, 8, 0.02);
	struct profile *p;

	(void)state;
	scene_runtime(m, process, "go", false);
	scene_futex(m, worker, 0x5000, 0x80, 0, 0.1, 10);
	scene_wait(m, monitor, "nanosleep", 4.9, 500);
	p = scene_profile(m);
	assert_int_equal(p->threads[monitor].role, ROLE_IDLE);
	assert_near(p->work.wait_s, 0, 1e-9);
	assert_int_equal(p->work.model, MODEL_SEQUENTIAL);
	scene_end(m, p);
}

/* A helper that computes for a moment on a crowded machine queues for as long as the work takes. */
static void who_queues_for_a_cpu_carries_nothing(void **state)
{
	struct measurement *m = scene_new(4);
	size_t worker = scene_thread(m, scene_process(m, 7, 1), 7, 0.5);
	size_t helper = scene_thread(m, scene_process(m, 8, 7), 8, 0.1);
	struct profile *p;

	(void)state;
	m->processes[1].started = m->threads[helper].started = true;
	m->threads[helper].run_queue_ns = SCENE_NS(3.9);
	scene_wait(m, worker, "nanosleep", 3.5, 35);
	p = scene_profile(m);
	assert_int_equal(p->work.model, MODEL_SEQUENTIAL);
	scene_end(m, p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(states_add_up_and_losses_show),
		cmocka_unit_test(unexplained_time_is_no_work),
		cmocka_unit_test(a_life_inside_the_window_is_its_wall),
		cmocka_unit_test(cpu_is_split_by_ticks_samples_and_the_rest),
		cmocka_unit_test(cpu_of_which_nothing_is_known_is_the_users),
		cmocka_unit_test(roles_follow_from_behaviour),
		cmocka_unit_test(a_main_thread_of_idle_threads_is_idle),
		cmocka_unit_test(a_lone_threads_sync_is_work),
		cmocka_unit_test(gos_monitor_is_idle),
		cmocka_unit_test(who_queues_for_a_cpu_carries_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
