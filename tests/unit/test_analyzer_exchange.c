/* What event loops waited for, request by request: when that is known, and what follows from it. */
#include "analyzer/exchange.h"
#include "analyzer/meaning.h"

#include "scene.h"

/* A loop that runs for a second, of which it waits for `waits` x 10 ms and computes for 0.1 s. */
static struct measurement *loop_of_waits(size_t waits)
{
	struct measurement *m = scene_new(1);
	size_t wait;

	scene_thread(m, scene_process(m, 7, 1), 7, 0.1);
	wait = scene_file_wait(
		m, 0, "epoll_wait", scene_file(m, FILE_EPOLL), 0.01 * (double)waits, waits);
	for (size_t i = 0; i < waits; i++)
		scene_segment(m, wait, 0.05 + 0.011 * (double)i, 0.01)->cpu_before_ns =
			SCENE_NS(0.001);
	m->exchanges_end_ns = (int64_t)m->wall_ns;
	return m;
}

static struct measured_exchange *exchange(
	struct measurement *m, uint32_t socket, double start_s, double wait_s)
{
	struct measured_exchange *e = measurement_add_exchange(m);

	*e = (struct measured_exchange){
		.start_ns = (int64_t)SCENE_NS(start_s),
		.wait_ns = SCENE_NS(wait_s),
		.taken_ns = SCENE_NS(wait_s) + 1000,
		.socket = socket,
	};
	return e;
}

/* Five at a time, sixteen times. */
static struct measurement *five_at_a_time(void)
{
	struct measurement *m = loop_of_waits(80);

	for (uint32_t i = 0; i < 80; i++)
		exchange(m, i, 0.05 + 0.055 * (i / 5), 0.054);
	return m;
}

static struct profile_work work_of(struct measurement *m)
{
	struct profile *p = scene_profile(m);
	struct profile_work work = p->work;

	scene_end(m, p);
	return work;
}

static void what_was_seen_is_what_it_waited_for(void **state)
{
	struct profile_work work = work_of(five_at_a_time());

	(void)state;
	assert_int_equal(work.model, MODEL_EVENT_LOOP);
	assert_int_equal(work.exchanges, 80);
	assert_int_equal(work.exchanges_most, 5);
	assert_int_equal(work.width, 5);
	assert_int_equal(work.operations, 80);
	assert_near(work.exchanges_s, 80 * 0.054, 1e-6);
}

/* Then nobody knows. */
static void what_is_not_seen_is_not_known(void **state)
{
	struct measurement *m = loop_of_waits(80);

	(void)state;
	assert_int_equal(work_of(m).exchanges, 0); /* none at all */
	m = five_at_a_time();
	m->exchanges_missed = 1;
	assert_int_equal(work_of(m).exchanges, 0);
	m = five_at_a_time();
	m->exchanges_end_ns = (int64_t)m->wall_ns / 2; /* given up */
	assert_int_equal(work_of(m).exchanges, 0);
	m = five_at_a_time();
	m->exchanges_count = 60; /* a fifth of its waits was for something else */
	assert_int_equal(work_of(m).exchanges, 0);
	m = five_at_a_time();
	for (size_t i = 0; i < 18; i += 2) { /* each may be several, for there is more to come */
		m->exchanges[i].mixed = true;
		m->exchanges[i + 1].goes_on = true;
		m->exchanges[i + 1].socket = m->exchanges[i].socket;
		m->exchanges[i + 1].start_ns += 1000;
	}
	assert_int_equal(work_of(m).exchanges, 0);
	m = five_at_a_time();
	for (size_t i = 0; i < 80; i++) { /* and so are those of one connection, all of them */
		m->exchanges[i].mixed = true;
		m->exchanges[i].socket = 0;
	}
	assert_int_equal(work_of(m).exchanges, 0);
	m = loop_of_waits(80);
	exchange(m, 1, 0.05, 0.05); /* and nearly all of it */
	assert_int_equal(work_of(m).exchanges, 0);
}

/* Asked again for want of an answer. */
static void what_is_answered_once_is_one(void **state)
{
	struct measurement *m = five_at_a_time();

	(void)state;
	for (size_t i = 0; i < 80; i++)
		m->exchanges[i].mixed = true;
	assert_int_equal(work_of(m).exchanges, 80);
}

/* A loop that found something to do whenever it looked may have slept in between, for all that is
 * seen, but for what it asked for. */
static void of_a_loop_that_never_waits_it_is_known_where_it_is_much(void **state)
{
	(void)state;
	for (int much = 0; much < 2; much++) {
		struct measurement *m = loop_of_waits(1);

		m->segments_count = 0;
		exchange(m, 1, 0.1, much ? 0.2 : 0.03);
		exchange(m, 2, 0.1, much ? 0.2 : 0.03);
		assert_int_equal(work_of(m).exchanges, much ? 2 : 0);
	}
}

/* One after the other it would have waited for each; so many threads as it had requests under way
 * come near it. */
static void other_models_are_predicted_by_it(void **state)
{
	struct measurement *m = five_at_a_time();
	struct profile *p = scene_profile(m);

	(void)state;
	assert_near(p->predictions[MODEL_SEQUENTIAL].wall_s, 0.1 + 80 * 0.054, 0.2);
	assert_int_equal(p->predictions[MODEL_THREADS].workers, 5);
	assert_near(p->predictions[MODEL_THREADS].wall_s, 1, 0.1);
	assert_near(p->predictions[MODEL_EVENT_LOOP].wall_s, 1, 0);
	assert_true(p->predictions[MODEL_EVENT_LOOP].current);
	scene_end(m, p);
}

static void without_them_they_are_not_predicted(void **state)
{
	struct measurement *m = loop_of_waits(80);
	struct profile *p;

	(void)state;
	m->processes[0].watched_files = 10;
	p = scene_profile(m);
	assert_nan(p->predictions[MODEL_SEQUENTIAL].wall_s);
	scene_end(m, p);
}

/* The loop that awaits each request before the next has none beside it. */
static void one_at_a_time_is_sequential(void **state)
{
	struct measurement *m = loop_of_waits(80);
	struct profile_work work;

	(void)state;
	for (uint32_t i = 0; i < 80; i++)
		exchange(m, i, 0.05 + 0.011 * i, 0.01);
	m->processes[0].looks = 5;
	m->processes[0].watched_connections = 1;
	work = work_of(m);
	assert_true(work.one_by_one);
	assert_int_equal(work.model, MODEL_SEQUENTIAL);
	assert_int_equal(work.exchanges, 0);
	/* But requests were seen to overlap. */
	m = five_at_a_time();
	m->processes[0].looks = 5;
	m->processes[0].watched_connections = 1;
	work = work_of(m);
	assert_false(work.one_by_one);
	assert_int_equal(work.exchanges_most, 5);
}

/* One connection that may carry several at once (HTTP/2) is no proof of one at a time, even where
 * only the first of them were seen. */
static void what_shares_a_connection_is_not_one_at_a_time(void **state)
{
	struct measurement *m = loop_of_waits(80);
	struct profile_work work;

	(void)state;
	for (uint32_t i = 0; i < 20; i++) {
		exchange(m, 1, 0.05 + 0.011 * i, 0.01);
		m->exchanges[i].mixed = i >= 10;
	}
	m->exchanges_end_ns = (int64_t)m->wall_ns / 2;
	m->processes[0].looks = 5;
	m->processes[0].watched_connections = 1;
	work = work_of(m);
	assert_false(work.one_by_one);
	assert_int_equal(work.model, MODEL_EVENT_LOOP);
}

/* Four threads, a loop each; on_one: all that is asked for is on the first one's account. */
static struct profile_work work_of_four(bool on_one)
{
	struct measurement *m = loop_of_waits(80);

	for (uint32_t n = 0; n < 4; n++) {
		size_t thread = n == 0 ? 0 : scene_thread(m, 0, 7 + (int)n, 0.15);
		size_t wait = n == 0 ? 0
				     : scene_file_wait(m, thread, "epoll_wait",
					       scene_file(m, FILE_EPOLL), 0.8, 80);

		for (uint32_t i = 0; i < 80; i++) {
			if (n > 0)
				scene_segment(m, wait, 0.05 + 0.011 * i, 0.01)->cpu_before_ns =
					SCENE_NS(0.001);
			exchange(m, 80 * n + i, 0.05 + 0.011 * i, 0.01)->thread =
				on_one ? 0 : thread;
		}
	}
	m->processes[0].looks = 5;
	m->processes[0].watched_connections = 4;
	return work_of(m);
}

/* Loops that await one request each, side by side, are what threads that block are. */
static void several_with_one_at_a_time_are_threads(void **state)
{
	struct profile_work work = work_of_four(false);

	(void)state;
	assert_true(work.one_by_one);
	assert_int_equal(work.model, MODEL_THREADS);
	assert_int_equal(work.workers, 4);
	assert_near(work.wait_s, 4 * 80 * 0.01, 0.01);
	work = work_of_four(true);
	assert_false(work.one_by_one);
	assert_int_equal(work.model, MODEL_EVENT_LOOP);
}

/* Go's scheduler polls in two threads in turn; at_once: how many of 80 requests are under way. */
static struct measurement *goroutines(uint32_t at_once)
{
	struct measurement *m = scene_new(1);
	size_t waits[2], other;

	scene_thread(m, scene_process(m, 7, 1), 7, 0.1);
	other = scene_thread(m, 0, 8, 0.1);
	m->exchanges_end_ns = (int64_t)m->wall_ns;
	scene_runtime(m, 0, "go", false);
	for (size_t i = 0; i < 2; i++)
		waits[i] = scene_file_wait(
			m, i ? other : 0, "epoll_pwait", scene_file(m, FILE_EPOLL), 0.4, 40);
	for (uint32_t i = 0; i < 80; i++) {
		scene_segment(m, waits[i % 2], 0.05 + 0.011 * i, 0.01)->cpu_before_ns =
			SCENE_NS(0.001);
		exchange(m, i, 0.05 + 0.011 * (i - i % at_once), 0.011 * at_once - 0.001)->thread =
			i % 2 ? other : 0;
	}
	m->processes[0].looks = 5;
	m->processes[0].watched_connections = (int)at_once;
	return m;
}

/* Several threads that poll are no workers: what is under way tells how much goes on at once. */
static void goroutines_are_told_by_their_requests(void **state)
{
	struct profile_work work = work_of(goroutines(1));

	(void)state;
	assert_int_equal(work.model, MODEL_SEQUENTIAL);
	assert_int_equal(work.workers, 1);
	assert_int_equal(work.exchanges, 80);
	assert_near(work.wait_s, 80 * 0.01, 0.01);
	work = work_of(goroutines(2)); /* received by one thread each */
	assert_int_equal(work.model, MODEL_THREADS);
	assert_int_equal(work.workers, 2);
	work = work_of(goroutines(4));
	assert_int_equal(work.model, MODEL_THREADS);
	assert_int_equal(work.workers, 4);
	assert_int_equal(work.operations, 80);
	assert_near(work.wait_s, 80 * 0.043, 0.01);
}

/* The scheduler waits in one thread while a goroutine computes in another. */
static void goroutines_compute_beside_a_wait_for_nothing(void **state)
{
	struct measurement *m = goroutines(1);

	(void)state;
	scene_segment(m, 1, 0, 0.05);
	scene_segment(m, 1, 0.93, 0.07);
	assert_int_equal(work_of(m).exchanges, 80);
}

/* One computes all the time beside the one that asks: its requests are not what goes on. */
static void goroutines_that_only_compute_are_others(void **state)
{
	struct measurement *m = goroutines(1);
	struct profile_work work;

	(void)state;
	m->threads[0].cpu_ns = SCENE_NS(0.9);
	work = work_of(m);
	assert_int_equal(work.exchanges, 0);
	assert_false(work.goroutines);
}

/* What covers the waiting of one loop says nothing of another's. */
static void each_loop_is_covered_by_its_own(void **state)
{
	struct measurement *m = five_at_a_time();
	size_t other = scene_thread(m, 0, 8, 0.1), wait;

	(void)state;
	wait = scene_file_wait(m, other, "epoll_wait", scene_file(m, FILE_EPOLL), 0.8, 80);
	for (int i = 0; i < 80; i++)
		scene_segment(m, wait, 0.05 + 0.011 * i, 0.01)->cpu_before_ns = SCENE_NS(0.001);
	assert_int_equal(work_of(m).exchanges, 0);
}

/* A connection that is made, asked, and answers in pieces is one operation; one that is asked again
 * is another. */
static void what_follows_is_of_one_operation(void **state)
{
	struct measurement *m = loop_of_waits(80);
	struct exchanges e;
	struct meaning *x;

	(void)state;
	exchange(m, 1, 0.05, 0.2)->connects = true;
	exchange(m, 1, 0.3, 0.2);
	exchange(m, 2, 0.05, 0.9);
	exchange(m, 1, 0.5, 0.1)->goes_on = true;
	exchange(m, 1, 0.7, 0.2);
	x = meaning_new(m);
	assert_non_null(x);
	assert_int_equal(exchanges_find(&e, x), 0);
	assert_int_equal(e.chains_count, 3);
	assert_int_equal(e.chains[0].count, 3);
	assert_near(e.chains[0].start_s, 0.05, 1e-9);
	assert_near(e.chains[0].ready_s, 0.6, 1e-6);
	assert_int_equal(e.chains[1].count, 1);
	assert_int_equal(e.chains[2].count, 1);
	assert_int_equal(e.most, 2);
	assert_near(e.wait_s, 1.6, 1e-9);
	exchanges_clear(&e);
	meaning_free(x);
	measurement_free(m);
}

/* Of a hundred requests over one connection, no model has more than one under way. */
static void one_connection_is_one_at_a_time(void **state)
{
	struct measurement *m = loop_of_waits(80);
	struct profile *p;

	(void)state;
	for (uint32_t i = 0; i < 40; i++) {
		exchange(m, 0, 0.05 + 0.022 * i, 0.0219);
		exchange(m, 1 + i, 0.05, 0.1);
	}
	p = scene_profile(m);
	assert_int_equal(p->work.exchanges, 80);
	assert_int_equal(p->work.exchanges_most, 41);
	assert_true(p->predictions[MODEL_THREADS].wall_s > 40 * 0.0219);
	/* And that is why the loop took so long: nothing else is left to be explained. */
	assert_near(p->predictions[MODEL_SEQUENTIAL].wall_s, 0.1 + 40 * 0.0219 + 40 * 0.1, 0.2);
	scene_end(m, p);
}

/* A server of its own answers it: what that waits for between two requests is none. */
static void what_a_server_beside_it_awaits_is_not_asked_for(void **state)
{
	struct measurement *m = five_at_a_time();
	size_t server = scene_process(m, 8, 7), file = scene_file(m, FILE_SOCKET);
	size_t thread = scene_thread(m, server, 8, 0.05);

	(void)state;
	m->files[file].listening = true;
	m->files[file].local = strdup("127.0.0.1:80");
	scene_file_wait(m, thread, "accept4", file, 0.001, 1);
	scene_file_wait(m, 0, "connect", scene_socket(m, NULL, "127.0.0.1:80"), 0.001, 1);
	scene_file_wait(m, thread, "epoll_wait", scene_file(m, FILE_EPOLL), 0.9, 90);
	for (uint32_t i = 0; i < 8; i++)
		exchange(m, 100 + i, 0.06, 0.8)->thread = thread;
	assert_int_equal(work_of(m).exchanges, 80);
}

/* A service's are its users'. */
static void a_service_is_told_by_its_capacity(void **state)
{
	struct measurement *m = five_at_a_time();
	size_t file = scene_file(m, FILE_SOCKET);
	struct profile *p;

	(void)state;
	m->files[file].listening = true;
	m->files[file].local = strdup("0.0.0.0:80");
	m->target.mode = MEASURED_ATTACH;
	scene_file_wait(m, 0, "accept4", file, 0.001, 1);
	p = scene_profile(m);
	assert_true(p->work.service);
	assert_int_equal(p->work.exchanges, 0);
	scene_end(m, p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_seen_is_what_it_waited_for),
		cmocka_unit_test(what_is_not_seen_is_not_known),
		cmocka_unit_test(what_is_answered_once_is_one),
		cmocka_unit_test(of_a_loop_that_never_waits_it_is_known_where_it_is_much),
		cmocka_unit_test(other_models_are_predicted_by_it),
		cmocka_unit_test(without_them_they_are_not_predicted),
		cmocka_unit_test(one_at_a_time_is_sequential),
		cmocka_unit_test(what_shares_a_connection_is_not_one_at_a_time),
		cmocka_unit_test(several_with_one_at_a_time_are_threads),
		cmocka_unit_test(goroutines_are_told_by_their_requests),
		cmocka_unit_test(goroutines_compute_beside_a_wait_for_nothing),
		cmocka_unit_test(goroutines_that_only_compute_are_others),
		cmocka_unit_test(each_loop_is_covered_by_its_own),
		cmocka_unit_test(what_follows_is_of_one_operation),
		cmocka_unit_test(one_connection_is_one_at_a_time),
		cmocka_unit_test(what_a_server_beside_it_awaits_is_not_asked_for),
		cmocka_unit_test(a_service_is_told_by_its_capacity),
	};
	return cmocka_run_group_tests_name("exchange", tests, NULL, NULL);
}
