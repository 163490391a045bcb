/* Who serves whom, where a program asks itself. */
#include "analyzer/meaning.h"
#include "analyzer/server.h"

#include "scene.h"

#define SITE "127.0.0.1:8000"

/* A first thread that asks, and another one that takes connections and sleeps over each. */
struct demonstration {
	struct measurement *m;
	size_t client, host, asked, served, sleep;
};

static struct demonstration demonstration_new(uint64_t asked, uint64_t served)
{
	struct demonstration d = {.m = scene_new(2)};
	size_t process = scene_process(d.m, 7, 1);
	size_t site = scene_socket(d.m, SITE, NULL), question = scene_socket(d.m, NULL, SITE);

	d.m->files[site].listening = true;
	d.client = scene_thread(d.m, process, 7, 0.1);
	d.host = scene_thread(d.m, process, 8, 0.05);
	d.asked = scene_file_wait(d.m, d.client, "recvfrom", question, 1.8, asked);
	d.served = scene_file_wait(d.m, d.host, "accept4", site, 0.2, served);
	d.sleep = scene_wait(d.m, d.host, "clock_nanosleep", 1.7, served);
	return d;
}

static void who_asks_its_own_server_is_no_service(void **state)
{
	struct demonstration d = demonstration_new(60, 60);
	struct meaning *x = meaning_new(d.m);

	(void)state;
	assert_non_null(x);
	assert_false(server_is_public(x));
	assert_true(server_is_own(x, d.host));
	assert_false(server_is_own(x, d.client));
	assert_int_equal(x->purposes[d.asked], PURPOSE_WORK);
	assert_int_equal(x->purposes[d.served], PURPOSE_IDLE);
	assert_int_equal(x->purposes[d.sleep], PURPOSE_IDLE);
	meaning_free(x);
	measurement_free(d.m);
}

/* As one that looks now and then whether it is well. */
static void a_service_may_ask_itself(void **state)
{
	struct demonstration d = demonstration_new(2, 60);
	struct meaning *x = meaning_new(d.m);

	(void)state;
	assert_non_null(x);
	assert_true(server_is_public(x));
	assert_false(server_is_own(x, d.host));
	assert_int_equal(x->purposes[d.sleep], PURPOSE_WORK);
	meaning_free(x);
	measurement_free(d.m);
}

/* Or a server beside it. */
static void who_asks_another_serves(void **state)
{
	struct demonstration d = demonstration_new(60, 60);
	struct meaning *x;

	(void)state;
	free(d.m->files[1].peer);
	d.m->files[1].peer = strdup("127.0.0.1:5432");
	x = meaning_new(d.m);
	assert_non_null(x);
	assert_true(server_is_public(x));
	assert_int_equal(x->purposes[d.sleep], PURPOSE_WORK);
	meaning_free(x);
	measurement_free(d.m);
}

/* The first thread waits until those that ask are done. */
static void a_first_thread_that_does_not_serve_is_no_host(void **state)
{
	struct demonstration d = demonstration_new(60, 60);
	size_t other = scene_thread(d.m, 0, 9, 0.1);
	struct meaning *x;

	(void)state;
	d.m->waits[d.asked].thread = other;
	x = meaning_new(d.m);
	assert_non_null(x);
	assert_true(server_is_own(x, d.host));
	assert_false(server_is_own(x, d.client));
	assert_false(server_is_own(x, other));
	meaning_free(x);
	measurement_free(d.m);
}

/* A service whose dispatcher waits in epoll for connections that it has kept, while its pool asks.
 */
static bool dispatcher_is_public(const char *asked)
{
	struct measurement *m = scene_new(5);
	size_t process = scene_process(m, 7, 1), site = scene_socket(m, "[::]:9108", NULL);
	size_t loop = scene_thread(m, process, 7, 0.2), pool = scene_thread(m, process, 8, 0.2);
	struct meaning *x;
	bool public;

	m->target.mode = MEASURED_ATTACH;
	m->files[site].listening = true;
	scene_file_wait(m, loop, "epoll_wait", scene_file(m, FILE_EPOLL), 4.8, 250);
	scene_file_wait(m, pool, "read", scene_socket(m, NULL, asked), 4.8, 250);
	x = meaning_new(m);
	assert_non_null(x);
	public = server_is_public(x);
	meaning_free(x);
	measurement_free(m);
	return public;
}

static void a_service_may_ask_others_on_its_machine(void **state)
{
	(void)state;
	assert_true(dispatcher_is_public("127.0.0.1:5432"));
	assert_true(dispatcher_is_public("10.0.0.7:5432"));
	assert_false(dispatcher_is_public("127.0.0.1:9108"));
}

/* A program, maybe a service, of which so many threads wait for their broker all along, or for each
 * of its answers. */
static enum purpose waiting_for_a_broker(size_t threads, bool answers, bool serves)
{
	struct measurement *m = scene_new(5);
	size_t process = scene_process(m, 7, 1), site = scene_socket(m, SITE, NULL), wait = 0;
	size_t broker = scene_socket(m, NULL, "10.0.0.7:5672");
	enum purpose purpose;
	struct meaning *x;

	m->files[site].listening = serves;
	scene_file_wait(m, scene_thread(m, process, 7, 0), serves ? "accept4" : "read",
		serves ? site : MEASURED_NONE, 5, 1);
	for (size_t i = 0; i < threads; i++) {
		size_t thread = scene_thread(m, process, 8 + (int)i, 0);

		wait = scene_file_wait(m, thread, "recvfrom", broker, 5, answers ? 9 : 1);
		m->waits[wait].open = 1;
	}
	x = meaning_new(m);
	assert_non_null(x);
	purpose = x->purposes[wait];
	meaning_free(x);
	measurement_free(m);
	return purpose;
}

static void who_waits_for_news_is_idle(void **state)
{
	(void)state;
	assert_int_equal(waiting_for_a_broker(1, false, true), PURPOSE_IDLE);
	assert_int_equal(waiting_for_a_broker(1, true, true), PURPOSE_WORK);
	assert_int_equal(waiting_for_a_broker(2, false, true), PURPOSE_WORK);
	assert_int_equal(waiting_for_a_broker(1, false, false), PURPOSE_WORK);
}

/* Of what the first of two loops exchanges, and on how many sockets it listens. */
struct shares {
	int own, others, listeners;
};

/* A loop that starts the second one, which listens, and asks it or others. */
static struct measurement *loops_new(struct shares shares)
{
	struct measurement *m = scene_new(5);
	size_t client = scene_thread(m, scene_process(m, 7, 1), 7, 0.2);
	size_t server = scene_thread(m, scene_process(m, 8, 7), 8, 0.2);
	size_t site = scene_socket(m, SITE, NULL);
	int count = shares.own + shares.others;

	m->processes[0].watched_listeners = shares.listeners;
	m->processes[1].parent = 0;
	m->files[site].listening = true;
	scene_file_wait(m, client, "epoll_wait", scene_file(m, FILE_EPOLL), 4.8, 250);
	scene_file_wait(m, server, "epoll_wait", scene_file(m, FILE_EPOLL), 4.8, 250);
	for (int i = 0; i < 2 * count; i++)
		*measurement_add_exchange(m) = (struct measured_exchange){
			.thread = i < count ? client : server,
			.start_ns = i % count * 10000000,
			.wait_ns = 4000000,
			.taken_ns = 4000000,
			.socket = (uint32_t)i,
			.asked_port = i < shares.own ? 8000 : 50000,
		};
	m->exchanges_end_ns = (int64_t)m->wall_ns;
	return m;
}

static bool loops_serve(struct shares shares)
{
	struct measurement *m = loops_new(shares);
	struct meaning *x = meaning_new(m);
	bool both;

	assert_non_null(x);
	assert_true(x->serving[1]);
	both = x->serving[0];
	assert_int_equal(server_is_public(x), both);
	assert_int_equal(server_is_own(x, 1), !both);
	assert_false(server_is_own(x, 0));
	meaning_free(x);
	measurement_free(m);
	return both;
}

/* In epoll both wait alike: by the port that it asks the one that asks is known. */
static void a_loop_that_asks_its_own_server_is_no_service(void **state)
{
	(void)state;
	assert_false(loops_serve((struct shares){100, 0, 0}));
	assert_false(loops_serve((struct shares){95, 5, 0}));
	assert_true(loops_serve((struct shares){80, 20, 0}));
	assert_true(loops_serve((struct shares){0, 100, 0}));
	assert_true(loops_serve((struct shares){100, 0, 1})); /* a proxy of one before the other */
}

static void its_server_is_none_of_its_loops(void **state)
{
	struct measurement *m = loops_new((struct shares){100, 0, 0});
	struct profile *p = scene_profile(m);

	(void)state;
	assert_false(p->work.service);
	assert_int_equal(p->work.workers, 1);
	scene_end(m, p);
}

/* Where all of them do, somebody among them serves. */
static void loops_that_all_ask_each_other_serve(void **state)
{
	struct measurement *m = loops_new((struct shares){100, 0, 0});
	struct meaning *x;

	(void)state;
	for (size_t i = 0; i < m->exchanges_count; i++)
		m->exchanges[i].asked_port = 8000;
	x = meaning_new(m);
	assert_non_null(x);
	assert_true(x->serving[0]);
	assert_true(x->serving[1]);
	meaning_free(x);
	measurement_free(m);
}

/* What a loop with a child waits for in epoll; the child waits for connections or for a disk. */
static enum purpose master_purpose(bool child_serves, bool asks)
{
	struct measurement *m = scene_new(5);
	size_t master = scene_thread(m, scene_process(m, 7, 1), 7, 0.01), wait;
	size_t child = scene_thread(m, scene_process(m, 8, 7), 8, 0.01);
	size_t site = scene_socket(m, "[::]:9000", NULL);
	struct meaning *x;
	enum purpose purpose;

	m->target.mode = MEASURED_ATTACH;
	m->files[site].listening = child_serves;
	wait = scene_file_wait(m, master, "epoll_wait", scene_file(m, FILE_EPOLL), 4.99, 5);
	if (child_serves)
		scene_file_wait(m, child, "accept4", site, 4.99, 1);
	else
		scene_file_wait(m, child, "read", scene_file(m, FILE_REGULAR), 4.99, 500);
	for (int i = 0; asks && i < 5; i++)
		*measurement_add_exchange(m) = (struct measured_exchange){.thread = master,
			.start_ns = (int64_t)SCENE_NS(i),
			.wait_ns = SCENE_NS(0.95),
			.taken_ns = SCENE_NS(0.95),
			.socket = 1,
			.asked_port = 50000};
	m->exchanges_end_ns = (int64_t)m->wall_ns;
	x = meaning_new(m);
	assert_non_null(x);
	purpose = x->purposes[wait];
	meaning_free(x);
	measurement_free(m);
	return purpose;
}

static void whose_children_serve_waits_as_they_do(void **state)
{
	(void)state;
	assert_int_equal(master_purpose(true, false), PURPOSE_IDLE);
	assert_int_not_equal(master_purpose(true, true), PURPOSE_IDLE);
	assert_int_not_equal(master_purpose(false, false), PURPOSE_IDLE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_service_may_ask_others_on_its_machine),
		cmocka_unit_test(who_asks_its_own_server_is_no_service),
		cmocka_unit_test(a_service_may_ask_itself),
		cmocka_unit_test(who_asks_another_serves),
		cmocka_unit_test(a_loop_that_asks_its_own_server_is_no_service),
		cmocka_unit_test(its_server_is_none_of_its_loops),
		cmocka_unit_test(loops_that_all_ask_each_other_serve),
		cmocka_unit_test(who_waits_for_news_is_idle),
		cmocka_unit_test(a_first_thread_that_does_not_serve_is_no_host),
		cmocka_unit_test(whose_children_serve_waits_as_they_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
