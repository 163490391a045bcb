/* Who waits in epoll for somebody to connect, and for nothing else. */
#include "scene.h"

#include "analyzer/meaning.h"

/* A server that listens, and whose thread waits so much of ten seconds in epoll, else for somebody
 * else's answer; so many looks found it to watch no connection. */
struct server {
	double waits_s;
	int looks;
	const char *runtime;
	bool listens;
};

static struct measurement *server_new(struct server s)
{
	struct measurement *m = scene_new(10);
	size_t process = scene_process(m, 7, 1), thread = scene_thread(m, process, 7, 0.1);
	size_t listener = scene_socket(m, "0.0.0.0:80", NULL);

	m->files[listener].listening = s.listens;
	m->processes[process].watched_files = 2;
	m->processes[process].watched_connections = 1;
	m->processes[process].blank_looks = s.looks;
	if (s.runtime)
		scene_runtime(m, process, s.runtime, false);
	scene_file_wait(m, thread, "epoll_wait", scene_file(m, FILE_EPOLL), s.waits_s, 100);
	scene_sample(m, thread, "epoll_wait", true, -1, 1);
	scene_file_wait(
		m, thread, "recvfrom", scene_socket(m, NULL, "10.0.0.7:80"), 9.9 - s.waits_s, 100);
	return m;
}

static void acceptor_is(struct server s, bool expected)
{
	struct measurement *m = server_new(s);
	struct meaning *x = meaning_new(m);

	assert_non_null(x);
	assert_int_equal(x->acceptors[0], expected);
	assert_int_equal(x->loops[0], !expected);
	assert_int_equal(x->states[0], expected ? STATE_NETWORK : STATE_POLL);
	meaning_free(x);
	measurement_free(m);
}

static void who_was_never_seen_with_a_connection_accepts(void **state)
{
	(void)state;
	acceptor_is((struct server){1, 10, NULL, true}, true);
	acceptor_is((struct server){1, 0, NULL, true}, false);
	acceptor_is((struct server){1, 10, NULL, false}, false);
	acceptor_is((struct server){1, 10, "node", true}, false);
}

/* At work for a tenth of the time, a loop would be met with a connection by one look in ten. */
static void a_loop_with_little_to_do_may_have_none_at_each_look(void **state)
{
	(void)state;
	acceptor_is((struct server){9, 10, NULL, true}, false);
	acceptor_is((struct server){9, 50, NULL, true}, true); /* 0.9^50: 0.5 % */
}

static void it_serves_one_after_another(void **state)
{
	struct measurement *m = server_new((struct server){1, 10, NULL, true});
	struct profile *p;

	(void)state;
	m->target.mode = MEASURED_ATTACH;
	p = scene_profile(m);
	assert_true(p->work.service);
	assert_int_equal(p->work.model, MODEL_SEQUENTIAL);
	assert_near(p->threads[0].idle.s[STATE_NETWORK], 1, 1e-9);
	scene_end(m, p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_was_never_seen_with_a_connection_accepts),
		cmocka_unit_test(a_loop_with_little_to_do_may_have_none_at_each_look),
		cmocka_unit_test(it_serves_one_after_another),
	};

	return cmocka_run_group_tests_name("acceptor", tests, NULL, NULL);
}
