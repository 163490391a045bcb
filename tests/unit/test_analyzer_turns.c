/* Waits that are met one at a time, whoever waits, do not overlap with more workers either. */
#include "scene_thread.h"

#define OPERATIONS 20  /* of each thread */
#define FREE_S 0.015   /* a wait that all are in at once, */
#define SHARED_S 0.005 /* and one that is shared */
#define COMPUTED_S 0.0002

struct pool {
	int threads;
	bool in_turn;     /* else the shared wait is one that overlaps */
	const char *peer; /* of it */
};

/* Each thread's turn is a slot of a cycle, in which the other wait fills the rest. */
static struct measurement *pool(struct pool p)
{
	double cycle_s = FREE_S + SHARED_S + 2 * COMPUTED_S;
	struct measurement *m = scene_new(OPERATIONS * cycle_s + 0.05);
	size_t process = scene_process(m, 7, 1);

	for (int t = 0; t < p.threads; t++) {
		size_t thread = scene_thread(m, process, 7 + t, OPERATIONS * 2 * COMPUTED_S);
		size_t own = scene_row(
			m, thread, "recvfrom", scene_connection(m, 40000 + t, "10.0.0.1:80"));
		size_t shared =
			scene_row(m, thread, "recvfrom", scene_connection(m, 41000, p.peer));
		double at_s = 0.001 + (p.in_turn ? (SHARED_S + COMPUTED_S) * t : 0.0001 * t);

		for (int i = 0; i < OPERATIONS; i++, at_s += cycle_s) {
			scene_long(m, own, COMPUTED_S, at_s, FREE_S);
			scene_long(m, shared, COMPUTED_S, at_s + FREE_S + COMPUTED_S, SHARED_S);
		}
		m->threads[thread].started = t > 0;
	}
	return m;
}

static double event_loop_speedup(struct pool p)
{
	struct measurement *m = pool(p);
	struct profile *profile = scene_profile(m);
	double speedup = profile->predictions[MODEL_EVENT_LOOP].speedup;

	scene_end(m, profile);
	return speedup;
}

static void turns_are_kept(void **state)
{
	struct pool at_once = {.threads = 3, .peer = "10.0.0.2:90"};
	struct pool in_turn = {.threads = 3, .in_turn = true, .peer = "10.0.0.2:90"};

	(void)state;
	/* 60 operations: all at once they take 20 ms, by turns 60 times 5 ms. */
	assert_true(event_loop_speedup(at_once) > 4);
	assert_between(event_loop_speedup(in_turn), 1.0, 1.5);
}

/* One that computes while the other one waits is not kept from waiting. */
static void two_may_keep_clear_of_each_other(void **state)
{
	struct pool two = {.threads = 2, .in_turn = true, .peer = "10.0.0.2:90"};

	(void)state;
	assert_true(event_loop_speedup(two) > 2.5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(turns_are_kept),
		cmocka_unit_test(two_may_keep_clear_of_each_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
