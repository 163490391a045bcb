/*
 * The simulation against times worked out by hand: workers, CPUs, event loops, what only one at a
 * time can do, starts and agendas.
 */
#include "simulation_bench.h"

/* One worker, enough workers, too many of them. */

static void one_worker_takes_the_sum(void **state)
{
	struct workload w = {0};

	(void)state;
	PUT(&w, {.locked_s = 0.1, .free_s = 0.2, .wait_s = 0.3});
	PUT(&w, {.free_s = 0.5}, {.locked_s = 0.25, .wait_s = 1, .blocking = true});
	PUT(&w, {.wait_s = 2, .exclusive = true});
	/* 0.6 + 0.5 + 1.25 + 2 */
	assert_near(run(&w, machine_plain(1, 4)), 4.35, EXACT);
	assert_near(run(&w, machine_locked(1, 4, 0.005)), 4.35, EXACT);
	workload_clear(&w);
}

static void waits_go_in_rounds(void **state)
{
	struct workload w = equal(10, (struct step){.wait_s = 1});

	(void)state;
	for (size_t workers = 1; workers <= 12; workers++)
		assert_near(
			run(&w, machine_plain(workers, 1)), ceil(10.0 / (double)workers), EXACT);
	workload_clear(&w);
}

static void more_workers_than_operations_are_of_no_use(void **state)
{
	struct workload w = equal(2, (struct step){.free_s = 0.5, .wait_s = 1});

	(void)state;
	assert_near(run(&w, machine_plain(2, 4)), 1.5, EXACT);
	assert_near(run(&w, machine_plain(500, 4)), 1.5, EXACT);
	workload_clear(&w);
}

/* CPUs. */

static void computing_shares_the_cpus(void **state)
{
	struct workload w = equal(12, (struct step){.free_s = 1});

	(void)state;
	for (size_t workers = 1; workers <= 4; workers++) /* each on a CPU of its own */
		assert_near(run(&w, machine_plain(workers, 4)), 12.0 / (double)workers, EXACT);
	/* Two rounds of five at 4/5 of a CPU each, 1.25 s; then two, on a CPU each. */
	assert_near(run(&w, machine_plain(5, 4)), 3.5, EXACT);
	/* Eight at 2/8 each, 4 s; four at 2/4 each, 2 s: all the CPUs all the time. */
	assert_near(run(&w, machine_plain(8, 2)), 6, EXACT);
	assert_near(run(&w, machine_plain(12, 2)), 6, EXACT);
	assert_near(run(&w, machine_plain(12, INFINITY)), 1, EXACT);
	workload_clear(&w);
}

/* 1 s and 3 s of computing side by side. The short one then waits, by which its end is seen. */
static struct workload short_and_long(void)
{
	struct workload w = {0};

	PUT(&w, {.free_s = 1, .wait_s = 5});
	PUT(&w, {.free_s = 3});
	return w;
}

static void one_cpu_is_shared_equally(void **state)
{
	struct workload w = short_and_long();

	(void)state;
	/* Half a CPU each: the short one has computed at 2. */
	assert_near(run(&w, machine_plain(2, 1)), 2 + 5, EXACT);
	w.steps[0].wait_s = 0;
	/* Then the long one has 2 s left and the CPU for itself. */
	assert_near(run(&w, machine_plain(2, 1)), 4, EXACT);
	workload_clear(&w);
}

static void a_quota_is_shared_equally(void **state)
{
	struct workload w = short_and_long();

	(void)state;
	/* 1.5 CPUs: 3/4 each, until 4/3; then one CPU for what is left of the long one, 2 s. */
	assert_near(run(&w, machine_plain(2, 1.5)), 4.0 / 3 + 5, EXACT);
	w.steps[0].wait_s = 0;
	assert_near(run(&w, machine_plain(2, 1.5)), 4.0 / 3 + 2, EXACT);
	/* Half a CPU: 4 s of computing take 8, whoever has it. */
	assert_near(run(&w, machine_plain(1, 0.5)), 8, EXACT);
	assert_near(run(&w, machine_plain(2, 0.5)), 8, EXACT);
	workload_clear(&w);
}

/* Two threads of one core, of which the second adds 0.3. */
static void cpus_of_one_core_share_it(void **state)
{
	struct machine m[] = {machine_plain(1, 2), machine_plain(2, 2), machine_plain(3, 2)};
	struct workload w = equal(6, (struct step){.free_s = 1.3});

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		m[i].cores = 1;
		m[i].core_share = 0.3;
	}
	assert_near(run(&w, m[0]), 7.8, EXACT); /* alone: a whole core */
	assert_near(run(&w, m[1]), 6, EXACT);   /* 0.65 each */
	assert_near(run(&w, m[2]), 6, EXACT);   /* 1.3 / 3 each */
	workload_clear(&w);
}

static void cpus_can_be_slower(void **state)
{
	struct machine one = machine_plain(1, 2), two = machine_plain(2, 2);
	struct workload w = equal(2, (struct step){.free_s = 0.9, .wait_s = 1});

	(void)state;
	one.together = two.together = 0.9;
	assert_near(run(&w, one), 3.8, EXACT); /* no one else computes */
	assert_near(run(&w, two), 2, EXACT);   /* 0.9 at nine tenths */
	one.speed = 0.5;
	assert_near(run(&w, one), 5.6, EXACT); /* waits do not get longer */
	workload_clear(&w);
}

/*
 * Two workers on one CPU. Both compute until 1, when the second has its 0.5 s, and waits until 3;
 * the first has 0.5 s left, waits from 1.5 to 2.5 and computes the third operation until 3.5.
 */
static void a_mixture_on_one_cpu(void **state)
{
	struct workload w = {0};

	(void)state;
	PUT(&w, {.free_s = 1, .wait_s = 1});
	PUT(&w, {.free_s = 0.5, .wait_s = 2});
	PUT(&w, {.free_s = 1});
	assert_near(run(&w, machine_plain(2, 1)), 3.5, EXACT);
	workload_clear(&w);
}

/* Event loops. */

static void a_loop_computes_one_by_one_and_waits_for_all(void **state)
{
	struct workload w = equal(4, (struct step){.free_s = 0.1, .wait_s = 1}), two = {0};

	(void)state;
	/* The last one begins to wait at 0.4. */
	assert_near(run(&w, machine_loops(1, 4, 4)), 1.4, EXACT);
	/* Their answers come at 1.1, 1.2, 1.3, 1.4; 0.1 s of computing each. */
	for (size_t i = 0; i < 4; i++)
		PUT(&two, {.locked_s = 0.1, .wait_s = 1}, {.free_s = 0.1});
	assert_near(run(&two, machine_loops(1, 4, 4)), 1.5, EXACT);
	workload_clear(&two);
	workload_clear(&w);
}

static void a_blocking_wait_stops_the_loop(void **state)
{
	struct workload w = equal(4, (struct step){.free_s = 0.1, .wait_s = 1, .blocking = true});
	struct workload mixed = {0};

	(void)state;
	assert_near(run(&w, machine_loops(1, 4, 4)), 4.4, EXACT);
	assert_near(run(&w, machine_plain(4, 4)), 1.1, EXACT); /* threads wait side by side */
	/* An answer that comes at 0.5 finds the loop in a wait until 2. */
	PUT(&mixed, {.wait_s = 2, .blocking = true});
	PUT(&mixed, {.wait_s = 0.5}, {.locked_s = 0.1, .wait_s = 3});
	assert_near(run(&mixed, machine_loops(1, 2, 4)), 5.1, EXACT);
	assert_near(run(&mixed, machine_loops(2, 2, 4)), 3.6, EXACT); /* one each */
	workload_clear(&mixed);
	workload_clear(&w);
}

/* What a child computes, or a thread beside it, does not. */
static void a_loop_goes_on_beside_its_children(void **state)
{
	struct workload w = equal(4, (struct step){.free_s = 1, .beside = true});

	(void)state;
	assert_near(run(&w, machine_loops(1, 4, 4)), 1, EXACT);
	assert_near(run(&w, machine_loops(1, 4, 2)), 2, EXACT);
	/* Which it starts one after the other, at 0.1, 0.2, 0.3 and 0.4. */
	for (size_t i = 0; i < w.steps_count; i++)
		w.steps[i].locked_s = 0.1;
	assert_near(run(&w, machine_loops(1, 4, 5)), 1.4, EXACT);
	workload_clear(&w);
}

static void several_loops_share_the_tasks(void **state)
{
	struct workload w = equal(4, (struct step){.free_s = 1});

	(void)state;
	assert_near(run(&w, machine_loops(1, 4, 4)), 4, EXACT);
	assert_near(run(&w, machine_loops(2, 4, 4)), 2, EXACT);
	assert_near(run(&w, machine_loops(2, 4, 1)), 4, EXACT); /* on one CPU */
	assert_near(run(&w, machine_loops(3, 4, 4)), 2, EXACT); /* the first has two of them */
	assert_near(run(&w, machine_loops(4, 4, 4)), 1, EXACT);
	workload_clear(&w);
}

/* What only one at a time can do. */

static void exclusive_steps_go_one_at_a_time(void **state)
{
	struct machine m = machine_plain(3, 4);
	struct workload w = {0};

	(void)state;
	for (size_t i = 0; i < 3; i++)
		PUT(&w, {.free_s = 0.5, .wait_s = 0.5, .exclusive = true}, {.free_s = 1});
	/* The last one has the lock from 2 to 3. */
	assert_near(run(&w, m), 4, EXACT);
	/* On a loop the first one's next step comes before the second one, who has just got the
	 * lock: 2 s each. */
	assert_near(run(&w, machine_loops(1, 3, 4)), 6, EXACT);
	m.lock_free = true;
	assert_near(run(&w, m), 2, EXACT);
	workload_clear(&w);
}

static void a_serial_device_answers_one_at_a_time(void **state)
{
	struct workload w = equal(4, (struct step){.free_s = 0.1, .wait_s = 1, .blocking = true});
	struct machine m = machine_plain(4, 4);

	(void)state;
	m.device_serial = true;
	assert_near(run(&w, m), 4.1, EXACT); /* all have computed at 0.1 */
	m.workers = 1;
	assert_near(run(&w, m), 4.4, EXACT);
	m.workers = 4;
	for (size_t i = 0; i < w.steps_count; i++)
		w.steps[i].blocking = false; /* nothing of a device's */
	assert_near(run(&w, m), 1.1, EXACT);
	workload_clear(&w);
}

/* Results are passed after the operation's last step. */
static void results_pass_one_at_a_time(void **state)
{
	struct machine m = machine_plain(4, 4);
	struct workload w = {0};

	(void)state;
	for (size_t i = 0; i < 4; i++)
		PUT(&w, {.free_s = 0.5}, {.free_s = 0.5});
	m.passing_s = 0.5;
	assert_near(run(&w, m), 3, EXACT); /* from 1 on */
	m.cpus = m.cores = 1;
	assert_near(run(&w, m), 6, EXACT); /* from 4 on */
	m.workers = 1;
	assert_near(run(&w, m), 6, EXACT);
	workload_clear(&w);
}

/* Starts. */

static void workers_start_one_after_the_other(void **state)
{
	struct workload w = equal(3, (struct step){.wait_s = 1});
	struct machine m = machine_plain(3, 1);

	(void)state;
	m.start_once_s = 1;
	m.start_each_s = 0.1;
	assert_near(run(&w, m), 2.3, EXACT); /* the third starts at 1.3 */
	m.workers = 1;
	assert_near(run(&w, m), 4.1, EXACT);
	m.workers = 2; /* who started at 1.1 has done one at 2.1 */
	assert_near(run(&w, m), 3.1, EXACT);
	workload_clear(&w);
}

/* A loop's tasks are there when it is: of the second one, at 1.2. */
static void loops_start_one_after_the_other(void **state)
{
	struct workload w = equal(40, (struct step){.wait_s = 1});
	struct machine m = machine_loops(2, 40, 4);

	(void)state;
	m.start_once_s = 1;
	m.start_each_s = 0.1;
	assert_near(run(&w, m), 2.2, EXACT);
	workload_clear(&w);
}

static void who_starts_too_late_does_not_count(void **state)
{
	struct workload w = equal(2, (struct step){.wait_s = 0.01});
	struct machine m = machine_plain(100, 1);

	(void)state;
	m.start_each_s = 0.1;
	/* The first does both; the hundredth starts at 10. */
	assert_near(run(&w, m), 0.12, EXACT);
	workload_clear(&w);
}

static void handing_operations_out_is_computing(void **state)
{
	struct machine m = machine_plain(1, 4);
	struct workload w = {0};

	(void)state;
	PUT(&w, {.free_s = 0.1}, {.free_s = 0.1});
	PUT(&w, {.free_s = 0.1}, {.free_s = 0.1});
	m.operation_s = 0.5;
	assert_near(run(&w, m), 1.4, EXACT); /* once per operation, not per step */
	m = machine_locked(2, 4, INFINITY);
	m.operation_s = 0.5;
	assert_near(run(&w, m), 1.2, EXACT); /* it needs the lock: until 0.5, until 1 */
	workload_clear(&w);
}

/* Agendas. */

static void empty_operations_take_no_time(void **state)
{
	struct machine m = machine_plain(1, 1);
	struct workload w = {0}, none = {0};

	(void)state;
	PUT(&w, {.wait_s = 1});
	assert_int_equal(workload_begin(&w), 0);
	PUT(&w, {.wait_s = 1});
	m.operation_s = 0.25;
	assert_near(run(&w, m), 2.5, EXACT);
	assert_near(run(&w, machine_plain(2, 1)), 1, EXACT);
	assert_int_equal(workload_begin(&none), 0);
	assert_near(run(&none, m), 0, EXACT);
	workload_clear(&none);
	workload_clear(&w);
}

/* Waits of 1, 2 and 3 s. */
static void an_agenda_says_what_comes_when(void **state)
{
	static const uint32_t backwards[] = {2, 1, 0}, twice[] = {1, 1, 0};
	struct machine one = machine_plain(1, 1), two = machine_plain(2, 1);
	struct workload w = {0};
	struct agenda a = {.work = &w, .count = 3};

	(void)state;
	PUT(&w, {.wait_s = 1});
	PUT(&w, {.wait_s = 2});
	PUT(&w, {.wait_s = 3});
	assert_near(run_agenda(&a, &two), 4, EXACT); /* the longest one begins at 1 */
	a.order = backwards;
	assert_near(run_agenda(&a, &two), 3, EXACT); /* the shortest one begins at 2 */
	a.order = twice;
	assert_near(run_agenda(&a, &one), 5, EXACT);
	a.order = NULL;
	a.count = 8; /* 1 2 3 1 2 3 1 2 */
	assert_near(run_agenda(&a, &one), 15, EXACT);
	a.count = 2;
	assert_near(run_agenda(&a, &one), 3, EXACT);
	a.count = 0;
	assert_near(run_agenda(&a, &one), 0, EXACT);
	workload_clear(&w);
}

static void sums_are_of_all_operations(void **state)
{
	struct workload w = {0};
	struct step sum;

	(void)state;
	PUT(&w, {.locked_s = 1, .free_s = 2, .wait_s = 4}, {.locked_s = 0.5});
	PUT(&w, {.free_s = 0.25, .wait_s = 8});
	sum = workload_sum(&w);
	assert_near(sum.locked_s, 1.5, EXACT);
	assert_near(sum.free_s, 2.25, EXACT);
	assert_near(sum.wait_s, 12, EXACT);
	assert_near(workload_longest_s(&w), 8.25, EXACT);
	workload_clear(&w);
	assert_int_equal(w.operations_count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_worker_takes_the_sum),
		cmocka_unit_test(waits_go_in_rounds),
		cmocka_unit_test(more_workers_than_operations_are_of_no_use),
		cmocka_unit_test(computing_shares_the_cpus),
		cmocka_unit_test(one_cpu_is_shared_equally),
		cmocka_unit_test(a_quota_is_shared_equally),
		cmocka_unit_test(cpus_of_one_core_share_it),
		cmocka_unit_test(cpus_can_be_slower),
		cmocka_unit_test(a_mixture_on_one_cpu),
		cmocka_unit_test(a_loop_computes_one_by_one_and_waits_for_all),
		cmocka_unit_test(a_blocking_wait_stops_the_loop),
		cmocka_unit_test(a_loop_goes_on_beside_its_children),
		cmocka_unit_test(several_loops_share_the_tasks),
		cmocka_unit_test(exclusive_steps_go_one_at_a_time),
		cmocka_unit_test(a_serial_device_answers_one_at_a_time),
		cmocka_unit_test(results_pass_one_at_a_time),
		cmocka_unit_test(workers_start_one_after_the_other),
		cmocka_unit_test(loops_start_one_after_the_other),
		cmocka_unit_test(who_starts_too_late_does_not_count),
		cmocka_unit_test(handing_operations_out_is_computing),
		cmocka_unit_test(empty_operations_take_no_time),
		cmocka_unit_test(an_agenda_says_what_comes_when),
		cmocka_unit_test(sums_are_of_all_operations),
	};

	return cmocka_run_group_tests_name("simulation", tests, NULL, NULL);
}
