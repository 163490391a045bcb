/* Looks at a thread, and the account that they make; how fast looks follow each other. */
#include "probe/procfs/ledger.h"
#include "probe/procfs/pace.h"
#include "probe/procfs/running.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define MS 1000000ULL
#define SYS_RECVFROM 45
#define SYS_FUTEX 202
#define SYS_NANOSLEEP 230
#define SYS_EPOLL_WAIT 232
#define APART (10 * MS)

/* What was told. */
struct told {
	struct wire_wait waits[64];
	size_t waits_count;
	struct wire_segment segments[64];
	size_t segments_count;
	struct wire_loop loop;
	struct wire_thread_end end;
};

struct bench {
	struct ledger l;
	struct ledger_look now;
	struct told told;
	struct ledger_short family;
};

static void take(void *context, const void *event, size_t size)
{
	const struct wire_header *h = event;
	struct told *t = context;

	(void)size;
	if (h->type == WIRE_WAIT)
		t->waits[t->waits_count++] = *(const struct wire_wait *)event;
	else if (h->type == WIRE_SEGMENT)
		t->segments[t->segments_count++] = *(const struct wire_segment *)event;
	else if (h->type == WIRE_LOOP)
		t->loop = *(const struct wire_loop *)event;
	else if (h->type == WIRE_THREAD_END)
		t->end = *(const struct wire_thread_end *)event;
}

static void begin(struct bench *b)
{
	*b = (struct bench){.now.count.at_ns = 1000 * MS};
	ledger_open(&b->l, 1, &b->now, take, &b->told);
}

/* Some time passes, with so much on a CPU, waiting for one, and so many waits begun. */
static void pass(struct bench *b, uint64_t elapsed, uint64_t cpu, uint64_t delay, uint64_t waits)
{
	b->now.count.at_ns += elapsed;
	b->now.count.cpu_ns += cpu;
	b->now.count.delay_ns += delay;
	b->now.count.voluntary += waits;
}

static void look(struct bench *b, int syscall) /* 0: it runs */
{
	b->now.blocked = syscall != 0;
	b->now.key = (struct wire_wait_key){.syscall = syscall,
		.run_state = 1,
		.hash = (unsigned int)syscall,
		.loops = syscall == SYS_EPOLL_WAIT};
	ledger_take(&b->l, &b->now, APART);
}

static void finish(struct bench *b)
{
	ledger_close(&b->l, &b->now.count, false, "thread", &b->family);
}

static uint64_t total(const struct bench *b, int syscall, uint64_t *ret_count)
{
	uint64_t sum = 0;

	*ret_count = 0;
	for (size_t i = 0; i < b->told.waits_count; i++)
		if (b->told.waits[i].key.syscall == syscall) {
			sum += b->told.waits[i].sums.total_ns;
			*ret_count += b->told.waits[i].sums.count;
		}
	return sum;
}

static uint64_t all_of(const struct bench *b)
{
	uint64_t sum = b->told.end.cpu_ns + b->told.end.run_queue_ns + b->told.end.stolen_ns;

	for (size_t i = 0; i < b->told.waits_count; i++)
		sum += b->told.waits[i].sums.total_ns;
	return sum;
}

static void a_sleep_is_one_wait(void **state)
{
	struct bench b;
	uint64_t count;

	(void)state;
	begin(&b);
	pass(&b, 10 * MS, 4 * MS, 0, 1);
	look(&b, SYS_NANOSLEEP); /* it has slept for 6 ms of them */
	for (int i = 0; i < 20; i++) {
		b.now.count.at_ns += 10 * MS;
		ledger_pass(&b.l, b.now.count.at_ns);
	}
	pass(&b, 10 * MS, 3 * MS, 1 * MS, 0);
	look(&b, 0);
	finish(&b);
	assert_int_equal(total(&b, SYS_NANOSLEEP, &count), 212 * MS);
	assert_int_equal(count, 1);
	assert_int_equal(b.told.segments_count, 1);
	assert_int_equal(b.told.segments[0].wait_ns, 212 * MS);
	assert_int_equal(b.told.segments[0].cpu_before_ns, 4 * MS);
	assert_int_equal(b.told.segments[0].run_queue_ns, 1 * MS);
	assert_int_equal(b.told.end.cpu_ns, 7 * MS);
	assert_int_equal(b.told.end.voluntary, 1);
	assert_int_equal(all_of(&b), 220 * MS);
}

/* Two sleeps with a little computing between: the time between the looks is halved. */
static void waits_that_follow_are_two(void **state)
{
	struct bench b;
	uint64_t count;

	(void)state;
	begin(&b);
	pass(&b, 100 * MS, 0, 0, 1);
	look(&b, SYS_NANOSLEEP);
	pass(&b, 10 * MS, 2 * MS, 0, 1);
	look(&b, SYS_NANOSLEEP);
	finish(&b);
	assert_int_equal(total(&b, SYS_NANOSLEEP, &count), 108 * MS);
	assert_int_equal(count, 2);
	assert_int_equal(b.told.segments[0].wait_ns, 104 * MS);
}

/* Nobody met what a thread waited for ten times between two looks at long sleeps. */
static void unseen_waits_are_no_sleeps(void **state)
{
	struct bench b;
	uint64_t count;

	(void)state;
	begin(&b);
	pass(&b, 200 * MS, 0, 0, 1);
	look(&b, SYS_NANOSLEEP);
	pass(&b, 10 * MS, 4 * MS, 0, 11);
	look(&b, SYS_NANOSLEEP);
	b.now.count.at_ns += 200 * MS;
	ledger_pass(&b.l, b.now.count.at_ns);
	finish(&b);
	total(&b, SYS_NANOSLEEP, &count);
	assert_int_equal(count, 2);
	total(&b, WIRE_UNSEEN_SYSCALL, &count);
	assert_int_equal(count, 10);
	assert_int_equal(all_of(&b), 410 * MS);
}

/* A thread that waits for a moment all the time: each look stands for what it did not see. */
static void short_waits_are_as_those_that_were_met(void **state)
{
	struct bench b;
	uint64_t count;

	(void)state;
	begin(&b);
	for (int i = 0; i < 30; i++) {
		pass(&b, 10 * MS, 5 * MS, 0, 10);
		look(&b, i % 3 ? SYS_RECVFROM : 0);
	}
	finish(&b);
	assert_true(total(&b, SYS_RECVFROM, &count) > 140 * MS);
	assert_true(count > 280 && count <= 300);
	assert_int_equal(all_of(&b), 300 * MS);
}

/* A sibling that was met tells of one that never was. */
static void a_sibling_tells(void **state)
{
	struct bench b;
	uint64_t count;

	(void)state;
	begin(&b);
	b.family = (struct ledger_short){.met = true, .key.syscall = SYS_FUTEX};
	pass(&b, 10 * MS, 4 * MS, 0, 5);
	look(&b, 0);
	finish(&b);
	assert_int_equal(total(&b, SYS_FUTEX, &count), 6 * MS);
	assert_int_equal(count, 5);
}

/* The kernel counts a running thread at ticks: nothing is taken for a wait meanwhile. */
static void a_running_thread_waits_for_nothing(void **state)
{
	struct bench b;

	(void)state;
	begin(&b);
	for (int i = 0; i < 40; i++) {
		pass(&b, 1 * MS, i % 4 == 3 ? 4 * MS : 0, 0, 0);
		look(&b, 0);
	}
	finish(&b);
	assert_int_equal(b.told.waits_count, 0);
	assert_int_equal(b.told.end.cpu_ns, 40 * MS);
	assert_int_equal(b.told.end.stolen_ns, 0);
}

/* It was ready since a while, and the kernel says so only when it runs. */
static void waiting_for_a_cpu_is_no_wait(void **state)
{
	struct bench b;
	uint64_t count;

	(void)state;
	begin(&b);
	pass(&b, 10 * MS, 0, 0, 1);
	look(&b, SYS_FUTEX);
	b.now.count.at_ns += 50 * MS;
	ledger_pass(&b.l, b.now.count.at_ns);
	pass(&b, 10 * MS, 5 * MS, 40 * MS, 0);
	look(&b, 0);
	finish(&b);
	assert_int_equal(total(&b, SYS_FUTEX, &count), 25 * MS);
	assert_int_equal(b.told.end.run_queue_ns, 40 * MS);
	assert_int_equal(all_of(&b), 70 * MS);
}

static void a_loop_comes_round(void **state)
{
	struct bench b;

	(void)state;
	begin(&b);
	pass(&b, 10 * MS, 0, 0, 1);
	look(&b, SYS_EPOLL_WAIT);
	pass(&b, 50 * MS, 20 * MS, 0, 1);
	look(&b, SYS_EPOLL_WAIT);
	pass(&b, 50 * MS, 20 * MS, 0, 1);
	look(&b, SYS_EPOLL_WAIT);
	finish(&b);
	assert_int_equal(b.told.loop.polls, 3);
	assert_int_equal(b.told.loop.stretches, 2);
	assert_int_equal(b.told.loop.stretch_ns, 40 * MS);
	assert_int_equal(b.told.loop.stretch_max_ns, 20 * MS);
}

static void what_was_under_way_is_open(void **state)
{
	struct bench b = {.now = {.count = {.at_ns = 1000 * MS, .voluntary = 7},
				  .blocked = true,
				  .key = {.syscall = SYS_FUTEX, .hash = SYS_FUTEX}}};

	(void)state;
	ledger_open(&b.l, 1, &b.now, take, &b.told);
	b.now.count.at_ns += 500 * MS;
	ledger_close(&b.l, &b.now.count, true, "idle", &b.family);
	assert_int_equal(b.told.waits_count, 1);
	assert_int_equal(b.told.waits[0].sums.open, 1);
	assert_int_equal(b.told.waits[0].sums.total_ns, 500 * MS);
	assert_int_equal(b.told.end.alive, 1);
	assert_int_equal(b.told.end.voluntary, 0);
	assert_string_equal(b.told.end.comm, "idle");
}

/* The window cut its beginning, though it ended inside. */
static void what_ended_was_open_too(void **state)
{
	struct bench b = {.now = {.count.at_ns = 1000 * MS,
				  .blocked = true,
				  .key = {.syscall = SYS_FUTEX, .hash = SYS_FUTEX}}};

	(void)state;
	ledger_open(&b.l, 1, &b.now, take, &b.told);
	pass(&b, 100 * MS, 0, 0, 0);
	look(&b, 0);
	finish(&b);
	assert_int_equal(b.told.waits[0].sums.open, 1);
	assert_int_equal(b.told.waits[0].sums.total_ns, 100 * MS);
}

/* Rounds of a cost, for ten seconds: what they take in all is bounded. */
static double share_of(uint64_t cost_ns)
{
	struct pace p = {0};
	uint64_t now = 0, spent = 0, next = PACE_LEAST_NS;

	while (now < 10000 * MS) {
		now += next;
		spent += cost_ns;
		next = pace_next_ns(&p, cost_ns, next);
		assert_true(next >= PACE_LEAST_NS * 3 / 4 && next <= PACE_MOST_NS * 5 / 4);
	}
	return (double)spent / (double)now;
}

static void looking_is_bounded(void **state)
{
	(void)state;
	assert_true(share_of(5000) < 0.01);
	assert_true(share_of(100000) < 0.023);
	assert_true(share_of(5 * MS) < 0.023);
}

/* One odd round is paid for, and then all is as before. */
static void an_odd_round_is_forgotten(void **state)
{
	struct pace p = {0};

	(void)state;
	for (int i = 0; i < 100; i++)
		pace_next_ns(&p, 15000, MS);
	pace_next_ns(&p, 5 * MS, MS);
	assert_true(pace_apart_ns(&p) < 2 * MS);
	assert_true(pace_next_ns(&p, 15000, MS) < 5 * MS);
}

static void running_adds_up(void **state)
{
	struct running r = {0};

	(void)state;
	running_count(&r, 0, 2, 50 * MS);
	running_count(&r, 1, 2, 30 * MS);
	running_count(&r, 7, 2, 20 * MS); /* more are ready than there are CPUs */
	running_settle(&r, 84 * MS, 100 * MS);
	assert_int_equal(r.ns[1] / MS, 36);
	assert_int_equal(r.ns[2] / MS, 24);
	assert_int_equal(r.ns[0] + r.ns[1] + r.ns[2], 100 * MS);
}

static void too_short_to_be_met_ran_alone(void **state)
{
	struct running r = {0};

	(void)state;
	running_count(&r, 0, 2, 2 * MS);
	running_settle(&r, 1 * MS, 2 * MS);
	assert_int_equal(r.ns[1], 1 * MS);
	assert_int_equal(r.ns[0], 1 * MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sleep_is_one_wait),
		cmocka_unit_test(waits_that_follow_are_two),
		cmocka_unit_test(unseen_waits_are_no_sleeps),
		cmocka_unit_test(short_waits_are_as_those_that_were_met),
		cmocka_unit_test(a_sibling_tells),
		cmocka_unit_test(a_running_thread_waits_for_nothing),
		cmocka_unit_test(waiting_for_a_cpu_is_no_wait),
		cmocka_unit_test(a_loop_comes_round),
		cmocka_unit_test(what_was_under_way_is_open),
		cmocka_unit_test(what_ended_was_open_too),
		cmocka_unit_test(looking_is_bounded),
		cmocka_unit_test(an_odd_round_is_forgotten),
		cmocka_unit_test(running_adds_up),
		cmocka_unit_test(too_short_to_be_met_ran_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
