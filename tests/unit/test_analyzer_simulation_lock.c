/*
 * The simulation of an interpreter's lock against times worked out by hand: who has it, who waits
 * for it, and what it takes to hand it over.
 */
#include "simulation_bench.h"

/* Each of four computes 1 s; the first one's is long under way when others come to wait. */
static void giving_the_lock_up_in_vain_takes_time(void **state)
{
	struct workload w = equal(4, (struct step){.locked_s = 1});
	struct machine alone = machine_locked(1, 4, 0.005), two = machine_locked(2, 4, 0.005);

	(void)state;
	alone.calls_per_s = two.calls_per_s = 40000;
	alone.waking_s = two.waking_s = 0.00005; /* twice as long as a call is away */
	assert_near(run(&w, alone), 4, EXACT);
	/* Until one has waited for a quantum nobody did; the last one ends alone. */
	assert_between(run(&w, two), 11.9, 12.01);
	workload_clear(&w);
}

/* Who was woken sleeps again only when the next calls are over: fewer find one to be woken, the
 * more the more there are. */
static void who_is_awake_is_not_woken(void **state)
{
	struct workload w = equal(40, (struct step){.locked_s = 1});
	struct machine two = machine_locked(2, 4, 0.005), five = machine_locked(5, 4, 0.005);

	(void)state;
	two.calls_per_s = five.calls_per_s = 40000;
	two.waking_s = five.waking_s = 0.00005;
	two.wakeup_s = five.wakeup_s = 0.000075; /* of three calls */
	assert_between(run(&w, two), 40 * (1 + 2 / 4.0) - 0.5, 40 * (1 + 2 / 4.0) + 0.01);
	/* Three or four wait, at the end fewer. */
	assert_between(run(&w, five), 40 * (1 + 2 / (1 + 3 / 3.0)) - 4,
		40 * (1 + 2 / (1 + 3 / 4.0)) + 0.01);
	workload_clear(&w);
}

static void what_is_brief_is_no_chance_for_others(void **state)
{
	struct workload w = equal(4, (struct step){.locked_s = 0.5, .free_s = 0.5});
	struct machine m = machine_locked(2, 4, INFINITY);

	(void)state;
	assert_near(run(&w, m), 2.5, EXACT); /* one computes freely while the other has the lock */
	m.brief = 1;
	assert_near(run(&w, m), 4, EXACT);
	m.brief = 0.5; /* half of it is one long call */
	assert_near(run(&w, m), 3.25, EXACT);
	for (size_t i = 0; i < w.steps_count; i++)
		w.steps[i].beside = true; /* children, whose parent's lock this is */
	assert_near(run(&w, m), 2.5, EXACT);
	workload_clear(&w);
}

static void locked_computing_adds_up(void **state)
{
	struct workload w = equal(4, (struct step){.locked_s = 1});

	(void)state;
	assert_near(run(&w, machine_locked(4, 4, INFINITY)), 4, EXACT);
	assert_near(run(&w, machine_locked(4, 4, 0.03)), 4, EXACT);
	assert_near(run(&w, machine_plain(4, 4)), 1, EXACT); /* no such lock */
	workload_clear(&w);
}

static void free_computing_runs_side_by_side(void **state)
{
	struct workload w = equal(4, (struct step){.locked_s = 0.5, .free_s = 1});

	(void)state;
	/* The lock from 0, 0.5, 1, 1.5 on; the last one computes without it from 2 to 3. */
	assert_near(run(&w, machine_locked(4, 4, INFINITY)), 3, EXACT);
	for (size_t i = 0; i < w.steps_count; i++)
		w.steps[i].locked_s = 0;
	assert_near(run(&w, machine_locked(4, 4, INFINITY)), 1, EXACT);
	workload_clear(&w);
}

static void interpreters_have_a_lock_each(void **state)
{
	struct workload w = equal(4, (struct step){.locked_s = 1});
	struct machine m = machine_locked(4, 4, INFINITY);

	(void)state;
	m.executors = 2;
	assert_near(run(&w, m), 2, EXACT);
	m.executors = 3; /* the first and the fourth worker have the same one */
	assert_near(run(&w, m), 2, EXACT);
	m.executors = 4;
	assert_near(run(&w, m), 1, EXACT);
	workload_clear(&w);
}

/* Two that compute for 12 ms: the lock goes to and fro at 5, 10, 15, 20, and at 22 for good. */
static void the_lock_changes_hands_each_quantum(void **state)
{
	struct workload w = equal(2, (struct step){.locked_s = 0.012});

	(void)state;
	assert_near(run(&w, machine_locked(2, 2, 0.005)), 0.024, EXACT);
	w.steps[0].wait_s = 1;
	assert_near(run(&w, machine_locked(2, 2, 0.005)), 1.022, EXACT);
	assert_near(run(&w, machine_locked(2, 2, INFINITY)), 1.012, EXACT);
	w.steps[0].wait_s = 0;
	w.steps[1].wait_s = 1;
	assert_near(run(&w, machine_locked(2, 2, 0.005)), 1.024, EXACT);
	workload_clear(&w);
}

/* One computes for a second; answers come for others at 0.1 and 0.103, 2 ms of computing each. */
static struct workload computing_and_answers(void)
{
	struct workload w = {0};

	PUT(&w, {.locked_s = 1});
	PUT(&w, {.wait_s = 0.1}, {.locked_s = 0.002});
	PUT(&w, {.wait_s = 0.103}, {.locked_s = 0.002});
	return w;
}

/* When the operation's last computing is done: it waits so long afterwards that all else is over.
 */
static double done_s(struct workload *w, size_t operation, struct machine m)
{
	const struct operation *o = &w->operations[operation];
	struct step *last = &w->steps[o->first + o->count - 1];
	double taken_s;

	last->wait_s += 100;
	taken_s = run(w, m) - 100;
	last->wait_s -= 100;
	return taken_s;
}

static void an_answer_waits_for_a_quantum_at_most(void **state)
{
	struct workload w = computing_and_answers();
	struct machine m = machine_locked(3, 4, 0.005);

	(void)state;
	assert_near(done_s(&w, 1, m), 0.107, EXACT); /* from 0.105 */
	assert_near(done_s(&w, 2, m), 0.109, EXACT); /* next in the queue */
	assert_near(done_s(&w, 0, m), 1.004, EXACT); /* what it was interrupted for */
	m.quantum_s = INFINITY;
	assert_near(done_s(&w, 1, m), 1.002, EXACT);
	assert_near(done_s(&w, 2, m), 1.004, EXACT);
	assert_near(done_s(&w, 0, m), 1, EXACT);
	workload_clear(&w);
}

static void handing_the_lock_over_takes_time(void **state)
{
	struct workload w = computing_and_answers(), three = equal(3, (struct step){.locked_s = 1});
	struct machine m = machine_locked(3, 4, 0.005);

	(void)state;
	m.handover_s = 0.001;
	assert_near(done_s(&w, 1, m), 0.108, EXACT);
	assert_near(done_s(&w, 2, m), 0.111, EXACT);
	assert_near(done_s(&w, 0, m), 1.007, EXACT); /* 4 ms of others, three times handed over */
	m.quantum_s = INFINITY;
	m.handover_s = 0.1;
	assert_near(run(&three, m), 3.2, EXACT);
	m.workers = 1; /* nobody waits for it: it is not handed over */
	assert_near(run(&three, m), 3, EXACT);
	workload_clear(&three);
	workload_clear(&w);
}

/*
 * Two workers, three operations. The first: lock 0 to 0.2, computing until 0.5, waiting until 1,
 * then the third operation's 0.4 s. The second: lock 0.2 to 0.3, waiting until 1.3. With a third
 * worker the third operation has the lock from 0.3 to 0.7.
 */
static void a_mixture_under_a_lock(void **state)
{
	struct workload w = {0};

	(void)state;
	PUT(&w, {.locked_s = 0.2, .free_s = 0.3, .wait_s = 0.5});
	PUT(&w, {.locked_s = 0.1, .wait_s = 1});
	PUT(&w, {.locked_s = 0.4});
	assert_near(run(&w, machine_locked(2, 2, INFINITY)), 1.4, EXACT);
	assert_near(run(&w, machine_locked(3, 2, INFINITY)), 1.3, EXACT);
	workload_clear(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(giving_the_lock_up_in_vain_takes_time),
		cmocka_unit_test(who_is_awake_is_not_woken),
		cmocka_unit_test(what_is_brief_is_no_chance_for_others),
		cmocka_unit_test(locked_computing_adds_up),
		cmocka_unit_test(free_computing_runs_side_by_side),
		cmocka_unit_test(interpreters_have_a_lock_each),
		cmocka_unit_test(the_lock_changes_hands_each_quantum),
		cmocka_unit_test(an_answer_waits_for_a_quantum_at_most),
		cmocka_unit_test(handing_the_lock_over_takes_time),
		cmocka_unit_test(a_mixture_under_a_lock),
	};

	return cmocka_run_group_tests_name("simulation_lock", tests, NULL, NULL);
}
