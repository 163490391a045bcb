/* Groups of waits: their numbers, their names, and how much of them ran side by side. */
#include "scene.h"

#include "analyzer/endpoint.h"
#include "analyzer/object.h"

static const struct profile_wait *row(const struct profile *p, const char *syscall)
{
	for (size_t i = 0; i < p->waits_count; i++)
		if (p->waits[i].syscall && strcmp(p->waits[i].syscall, syscall) == 0)
			return &p->waits[i];
	fail_msg("no wait in %s", syscall);
	return NULL;
}

static void waits_of_a_kind_are_one_row(void **state)
{
	struct measurement *m = scene_new(10);
	size_t process = scene_process(m, 7, 1);
	size_t one = scene_thread(m, process, 7, 0.1), two = scene_thread(m, process, 8, 0.1);
	const struct profile_wait *r;
	struct profile *p;

	(void)state;
	for (int i = 0; i < 3; i++)
		scene_file_wait(m, i % 2 ? two : one, "recvfrom",
			scene_socket(m, NULL, "10.0.0.7:5432"), 0.9, 90);
	scene_file_wait(m, one, "recvfrom", scene_socket(m, NULL, "10.0.0.8:80"), 1, 1);
	scene_wait(m, one, "nanosleep", 5, 1);
	p = scene_profile(m);
	assert_int_equal(p->waits_count, 3);
	assert_int_equal(p->waits[0].state, STATE_SLEEP); /* longest first */
	r = &p->waits[1];
	assert_string_equal(r->object, "10.0.0.7:5432");
	assert_int_equal(r->count, 270);
	assert_int_equal(r->threads, 2);
	assert_near(r->total_s, 2.7, 1e-9);
	assert_near(r->mean_s, 0.01, 1e-9);
	assert_near(r->p50_s, 0.01, 0.01 / 9);
	assert_true(r->p99_s <= r->max_s);
	scene_end(m, p);
}

/* Of short waits that nobody met one by one, quantiles and the longest one are not known. */
static void what_was_not_met_is_not_known(void **state)
{
	struct measurement *m = scene_new(10);
	size_t thread = scene_thread(m, scene_process(m, 7, 1), 7, 0.1);
	size_t wait = scene_wait(m, thread, "recvfrom", 1, 100);
	struct profile *p;

	(void)state;
	scene_wait(m, thread, "nanosleep", 2, 1);
	m->look_ns = 20000000;
	durations_clear(&m->waits[wait].durations);
	durations_add(&m->waits[wait].durations, 5000000, 10);
	p = scene_profile(m);
	assert_int_equal(row(p, "recvfrom")->count, 100);
	assert_true(isnan(row(p, "recvfrom")->p50_s));
	assert_true(isnan(row(p, "recvfrom")->p99_s));
	assert_true(isnan(row(p, "recvfrom")->max_s));
	assert_near(row(p, "nanosleep")->max_s, 2, 1e-9);
	scene_end(m, p);
}

static void idle_and_working_waits_are_apart(void **state)
{
	struct measurement *m = scene_new(10);
	size_t thread = scene_thread(m, scene_process(m, 7, 1), 7, 0.1);
	struct profile *p;

	(void)state;
	scene_file_wait(m, thread, "recvfrom", scene_socket(m, NULL, "10.0.0.7:5432"), 1, 10);
	scene_file_wait(m, thread, "recvfrom", scene_socket(m, "10.0.0.1:8080", NULL), 8, 10);
	p = scene_profile(m);
	assert_int_equal(p->waits_count, 2);
	assert_true(p->waits[0].idle);
	assert_string_equal(p->waits[0].object, ":8080");
	assert_false(p->waits[1].idle);
	assert_int_equal(p->server.connection_threads, 1);
	scene_end(m, p);
}

/* A thousand files read once each are no thousand rows. */
static void small_objects_share_a_row(void **state)
{
	struct measurement *m = scene_new(10);
	size_t thread = scene_thread(m, scene_process(m, 7, 1), 7, 0.1);
	struct profile *p;
	size_t wait;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		size_t file = scene_file(m, FILE_REGULAR);
		char path[32];

		snprintf(path, sizeof(path), "/data/%d", i);
		m->files[file].path = strdup(path);
		wait = scene_file_wait(m, thread, "read", file, i == 500 ? 2 : 0.001, 1);
		m->waits[wait].iowait = true;
	}
	p = scene_profile(m);
	assert_int_equal(p->waits_count, 2);
	assert_string_equal(p->waits[0].object, "/data/500");
	assert_int_equal(p->waits[1].count, 999);
	assert_near(p->waits[1].total_s, 0.999, 1e-6);
	scene_end(m, p);
}

static void one_thread_overlaps_nothing(void **state)
{
	struct measurement *m = scene_new(10);
	size_t thread = scene_thread(m, scene_process(m, 7, 1), 7, 0.1);
	size_t wait = scene_wait(m, thread, "nanosleep", 3, 3);
	struct profile *p;

	(void)state;
	for (int i = 0; i < 3; i++)
		scene_segment(m, wait, i, 1);
	p = scene_profile(m);
	assert_true(row(p, "nanosleep")->overlapped == 0);
	assert_near(p->concurrency.waiting_peak, 1, 0);
	scene_end(m, p);
}

/* 0..2 and 1..3: of four seconds of waiting, two were shared. */
static void long_waits_overlap_as_they_were(void **state)
{
	struct measurement *m = scene_new(10);
	size_t process = scene_process(m, 7, 1);
	size_t one = scene_thread(m, process, 7, 0.1), two = scene_thread(m, process, 8, 0.1);
	struct profile *p;

	(void)state;
	scene_segment(m, scene_wait(m, one, "nanosleep", 2, 1), 0, 2);
	scene_segment(m, scene_wait(m, two, "nanosleep", 2, 1), 1, 2);
	p = scene_profile(m);
	assert_near(row(p, "nanosleep")->overlapped, 0.5, 1e-9);
	assert_near(p->concurrency.waiting_peak, 2, 0);
	assert_near(p->concurrency.mean_waiting, 0.4, 1e-9);
	scene_end(m, p);
}

static void waits_that_follow_each_other_do_not_overlap(void **state)
{
	struct measurement *m = scene_new(10);
	size_t process = scene_process(m, 7, 1);
	struct profile *p;

	(void)state;
	for (int i = 0; i < 4; i++)
		scene_segment(m,
			scene_wait(m, scene_thread(m, process, 7 + i, 0.1), "nanosleep", 1, 1), i,
			1);
	p = scene_profile(m);
	assert_near(row(p, "nanosleep")->overlapped, 0, 1e-9);
	scene_end(m, p);
}

/* Half of its life each in short waits, independently: a half of them meets the other one. */
static void short_waits_overlap_by_chance(void **state)
{
	struct measurement *m = scene_new(10);
	size_t process = scene_process(m, 7, 1);
	struct profile *p;

	(void)state;
	for (int i = 0; i < 2; i++)
		scene_wait(m, scene_thread(m, process, 7 + i, 5), "nanosleep", 5, 50000);
	p = scene_profile(m);
	assert_near(row(p, "nanosleep")->overlapped, 0.5, 1e-6);
	scene_end(m, p);
}

/* Threads that were not there at the same time cannot meet. */
static void short_waits_of_different_times_do_not_overlap(void **state)
{
	struct measurement *m = scene_new(10);
	size_t process = scene_process(m, 7, 1);
	struct profile *p;

	(void)state;
	for (int i = 0; i < 2; i++) {
		size_t thread = scene_thread(m, process, 7 + i, 2.5);

		m->threads[thread].start_ns = (int64_t)SCENE_NS(5 * i);
		m->threads[thread].end_ns = (int64_t)SCENE_NS(5 * i + 5);
		scene_wait(m, thread, "nanosleep", 2.5, 50000);
	}
	p = scene_profile(m);
	assert_near(row(p, "nanosleep")->overlapped, 0, 1e-6);
	scene_end(m, p);
}

static enum endpoint endpoint_of(struct measurement *m, size_t file)
{
	enum endpoint *list = endpoint_list(m), e;

	assert_non_null(list);
	e = list[file];
	free(list);
	return e;
}

static void ends_of_connections(void **state)
{
	struct measurement *m = scene_new(1);
	size_t listener = scene_socket(m, "0.0.0.0:45001", NULL);
	size_t udp = scene_socket(m, "0.0.0.0:53", NULL);

	(void)state;
	m->files[listener].listening = true;
	m->files[udp].type = SOCK_DGRAM;
	assert_int_equal(endpoint_of(m, listener), ENDPOINT_LISTENING);
	assert_int_equal(endpoint_of(m, udp), ENDPOINT_LISTENING);
	/* On a port where it listens, however high; and the other end of that. */
	assert_int_equal(endpoint_of(m, scene_socket(m, "127.0.0.1:45001", "127.0.0.1:50000")),
		ENDPOINT_ACCEPTED);
	assert_int_equal(endpoint_of(m, scene_socket(m, "127.0.0.1:50000", "127.0.0.1:45001")),
		ENDPOINT_CONNECTED);
	/* By the range of outgoing ports. */
	assert_int_equal(
		endpoint_of(m, scene_socket(m, "[::1]:8080", "[::1]:40000")), ENDPOINT_ACCEPTED);
	assert_int_equal(
		endpoint_of(m, scene_socket(m, "[::1]:40000", "[::1]:8080")), ENDPOINT_CONNECTED);
	/* As the probe has them: without the port that the kernel picked. */
	assert_int_equal(
		endpoint_of(m, scene_socket(m, NULL, "10.0.0.7:5432")), ENDPOINT_CONNECTED);
	assert_int_equal(endpoint_of(m, scene_socket(m, "10.0.0.7:80", NULL)), ENDPOINT_ACCEPTED);
	measurement_free(m);
}

static void who_accepts_on_a_socket_listens(void **state)
{
	struct measurement *m = scene_new(1);
	size_t thread = scene_thread(m, scene_process(m, 7, 1), 7, 0);
	size_t listener = scene_socket(m, "127.0.0.1:45001", NULL);

	(void)state;
	scene_file_wait(m, thread, "accept4", listener, 1, 1);
	assert_int_equal(endpoint_of(m, listener), ENDPOINT_LISTENING);
	assert_int_equal(endpoint_of(m, scene_socket(m, "127.0.0.1:45001", "127.0.0.1:50000")),
		ENDPOINT_ACCEPTED);
	measurement_free(m);
}

static void unix_sockets_by_their_listener(void **state)
{
	struct measurement *m = scene_new(1);
	size_t files[3];

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		files[i] = scene_socket(m, NULL, i == 2 ? NULL : "/run/db");
		m->files[files[i]].family = AF_UNIX;
	}
	assert_int_equal(endpoint_of(m, files[0]), ENDPOINT_CONNECTED);
	m->files[files[1]].listening = true;
	assert_int_equal(endpoint_of(m, files[0]), ENDPOINT_ACCEPTED);
	assert_int_equal(endpoint_of(m, files[1]), ENDPOINT_LISTENING);
	assert_int_equal(endpoint_of(m, files[2]), ENDPOINT_NONE);
	measurement_free(m);
}

static void names_for_people(void **state)
{
	struct measurement *m = scene_new(1);
	size_t pipe = scene_file(m, FILE_PIPE), path = scene_file(m, FILE_REGULAR);
	size_t anonymous = scene_file(m, FILE_ANONYMOUS);
	char *name;

	(void)state;
	m->files[path].path = strdup("/var/lib/x.db");
	assert_int_equal(object_name(&m->files[pipe], ENDPOINT_NONE, &name), 0);
	assert_string_equal(name, "pipe");
	free(name);
	assert_int_equal(object_name(&m->files[path], ENDPOINT_NONE, &name), 0);
	assert_string_equal(name, "/var/lib/x.db");
	free(name);
	assert_int_equal(object_name(&m->files[anonymous], ENDPOINT_NONE, &name), 0);
	assert_null(name);
	assert_int_equal(endpoint_port("[fe80::1]:443"), 443);
	assert_int_equal(endpoint_port("nonsense"), 0);
	assert_int_equal(endpoint_port("1.2.3.4:99999"), 0);
	measurement_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(waits_of_a_kind_are_one_row),
		cmocka_unit_test(what_was_not_met_is_not_known),
		cmocka_unit_test(idle_and_working_waits_are_apart),
		cmocka_unit_test(small_objects_share_a_row),
		cmocka_unit_test(one_thread_overlaps_nothing),
		cmocka_unit_test(long_waits_overlap_as_they_were),
		cmocka_unit_test(waits_that_follow_each_other_do_not_overlap),
		cmocka_unit_test(short_waits_overlap_by_chance),
		cmocka_unit_test(short_waits_of_different_times_do_not_overlap),
		cmocka_unit_test(ends_of_connections),
		cmocka_unit_test(who_accepts_on_a_socket_listens),
		cmocka_unit_test(unix_sockets_by_their_listener),
		cmocka_unit_test(names_for_people),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
