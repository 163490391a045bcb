/* Threads that do the same are told by where they compute, and how unevenly they share it. */
#include "analyzer/peer.h"

#include "scene.h"

#define MODULE "/usr/bin/solver"

/* On two CPUs: the first thread computes 3 s of ten and waits for the second one, which computes
 * 9 s, and all the time in one function. */
struct team {
	struct measurement *m;
	size_t process, first, second;
};

static struct team team_new(void)
{
	struct team t = {.m = scene_new(10)};

	t.m->host.cpus_online = t.m->host.cpus_allowed = 2;
	t.process = scene_process(t.m, 7, 1);
	t.first = scene_thread(t.m, t.process, 7, 3);
	t.second = scene_thread(t.m, t.process, 8, 9);
	t.m->threads[t.second].started = true;
	scene_futex(t.m, t.first, 0x5000, 0x80, 0, 6.9, 1);
	return t;
}

static void samples_in(struct team *t, size_t thread, const char *function, uint64_t count)
{
	size_t frame = scene_frame(t->m, "c", function, "solver.c", 7, MODULE);

	scene_sample(t->m, thread, NULL, false, -1, count);
	t->m->samples[t->m->samples_count - 1].stack = scene_stack(t->m, &frame, 1);
}

/* Nobody has a share of what another one does. */
static void assert_no_peers(struct team *t)
{
	struct profile *p = scene_profile(t->m);

	assert_int_equal(p->threads[t->first].role, ROLE_COORDINATOR);
	assert_near(p->threads[t->first].peer_s, 0, 1e-9);
	assert_near(p->work.uneven_s, 0, 1e-9);
	scene_end(t->m, p);
}

static void who_does_the_same_is_no_coordinator(void **state)
{
	struct team t = team_new();
	struct profile *p;

	(void)state;
	samples_in(&t, t.first, "relax", 300);
	samples_in(&t, t.second, "relax", 900);
	p = scene_profile(t.m);
	assert_int_equal(p->threads[t.first].role, ROLE_MAIN);
	assert_near(p->threads[t.first].peer_s, 3, 1e-9);
	assert_int_equal(p->work.model, MODEL_THREADS);
	assert_int_equal(p->work.workers, 2);
	assert_near(p->work.uneven_s, 9 - 6, 1e-9);
	scene_end(t.m, p);
}

/* By what they compute alone they would hardly be two; half of it is enough to be told by. */
static void however_uneven_the_shares_are(void **state)
{
	for (size_t peers = 0; peers < 2; peers++) {
		struct team t = team_new();
		struct profile *p;

		(void)state;
		t.m->threads[t.first].cpu_ns = SCENE_NS(1);
		samples_in(&t, t.first, peers ? "relax" : "submit", 100);
		samples_in(&t, t.second, "relax", 500);
		samples_in(&t, t.second, "write", 400);
		p = scene_profile(t.m);
		assert_int_equal(p->work.model, peers ? MODEL_THREADS : MODEL_SEQUENTIAL);
		scene_end(t.m, p);
	}
}

/* It has a thread beside it that was met there nine times: too few to be told by. */
static void one_peer_is_no_team(void **state)
{
	struct team t = team_new();
	struct profile *p;

	(void)state;
	t.m->threads[t.first].cpu_ns = SCENE_NS(1);
	t.m->waits[0].total_ns = 0; /* and waits for nobody */
	samples_in(&t, t.first, "relax", 9);
	samples_in(&t, t.second, "relax", 80);
	p = scene_profile(t.m);
	assert_true(p->threads[t.second].peer_s > 0);
	assert_int_equal(p->work.model, MODEL_SEQUENTIAL);
	scene_end(t.m, p);
}

static void who_hands_out_is_one(void **state)
{
	struct team t = team_new();

	(void)state;
	samples_in(&t, t.first, "submit", 200);
	samples_in(&t, t.first, "copy", 100);
	samples_in(&t, t.second, "relax", 800);
	samples_in(&t, t.second, "copy", 100);
	assert_no_peers(&t);
}

/* A helper that all call, and the other one hardly ever. */
static void a_sample_or_two_make_no_peer(void **state)
{
	struct team t = team_new();

	(void)state;
	samples_in(&t, t.first, "malloc_big", 300);
	samples_in(&t, t.second, "malloc_big", 2);
	samples_in(&t, t.second, "relax", 898);
	assert_no_peers(&t);
}

static void few_samples_tell_nothing(void **state)
{
	struct team t = team_new();

	(void)state;
	samples_in(&t, t.first, "relax", 8);
	samples_in(&t, t.second, "relax", 24);
	assert_no_peers(&t);
}

/* Of a stripped program, two of its functions may be one or not. */
static void what_has_no_name_is_not_the_same(void **state)
{
	struct team t = team_new();

	(void)state;
	samples_in(&t, t.first, NULL, 300);
	samples_in(&t, t.second, NULL, 900);
	assert_no_peers(&t);
}

/* Four threads on two CPUs: while who has more computes, the others share the other CPU. */
static void an_even_share_is_of_the_cpus(void **state)
{
	static const double cpu_s[] = {2, 2, 2, 6};
	struct team t = team_new();
	struct profile *p;

	(void)state;
	for (size_t i = 0; i < 2; i++)
		scene_thread(t.m, t.process, (int)(9 + i), 0);
	for (size_t i = 0; i < 4; i++) {
		t.m->threads[i].cpu_ns = SCENE_NS(cpu_s[i]);
		samples_in(&t, i, "relax", (uint64_t)(100 * cpu_s[i]));
	}
	p = scene_profile(t.m);
	assert_near(p->work.uneven_s, 0, 1e-9);
	scene_end(t.m, p);
}

static void each_process_has_a_team_of_its_own(void **state)
{
	struct team t = team_new();
	size_t other = scene_process(t.m, 20, 7), thread = scene_thread(t.m, other, 20, 5);
	struct profile *p;

	(void)state;
	samples_in(&t, t.second, "relax", 900);
	samples_in(&t, thread, "relax", 500);
	p = scene_profile(t.m);
	assert_near(p->threads[t.second].peer_s, 0, 1e-9);
	assert_near(p->threads[thread].peer_s, 0, 1e-9);
	scene_end(t.m, p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_does_the_same_is_no_coordinator),
		cmocka_unit_test(however_uneven_the_shares_are),
		cmocka_unit_test(one_peer_is_no_team),
		cmocka_unit_test(who_hands_out_is_one),
		cmocka_unit_test(a_sample_or_two_make_no_peer),
		cmocka_unit_test(few_samples_tell_nothing),
		cmocka_unit_test(what_has_no_name_is_not_the_same),
		cmocka_unit_test(an_even_share_is_of_the_cpus),
		cmocka_unit_test(each_process_has_a_team_of_its_own),
	};

	return cmocka_run_group_tests_name("peer", tests, NULL, NULL);
}
