/* Events as the kernel side would send them, and the measurement that they make. */
#include "probe/collector.h"
#include "probe/measurement.h"
#include "probe/module.h"
#include "probe/runtime.h"
#include "probe/stack.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define OPENED 1000000000ULL
#define SECOND 1000000000ULL
#define SYS_READ 0
#define SYS_FUTEX 202
#define SYS_EPOLL_WAIT 232
#define MS 1000000ULL

struct bench {
	struct modules *modules;
	struct stacks *stacks;
	struct collector *c;
	struct measurement *m;
};

static int bench_open(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));

	b->m = measurement_new();
	b->m->segment_floor_ns = WIRE_SEGMENT_NS;
	b->modules = modules_new();
	b->stacks = stacks_new(b->modules);
	b->c = collector_new(b->m, b->stacks);
	*state = b;
	return 0;
}

static int bench_close(void **state)
{
	struct bench *b = *state;

	collector_free(b->c);
	stacks_free(b->stacks);
	modules_free(b->modules);
	measurement_free(b->m);
	free(b);
	return 0;
}

#define HEAD(kind, serial, at)                                    \
	{                                                         \
		.type = (kind), .thread = (serial), .at_ns = (at) \
	}
#define TAKE(b, event) collector_take((b)->c, &(event), sizeof(event))

static void start(struct bench *b, unsigned int serial, int tgid, int tid, int ppid)
{
	struct wire_thread_start s = {.h = HEAD(WIRE_THREAD_START, serial, OPENED),
		.tid = tid,
		.tgid = tgid,
		.ppid = ppid,
		.found = 1,
		.comm = "worker"};

	TAKE(b, s);
}

static void waits(struct bench *b, unsigned int serial, struct wire_wait_key key,
	unsigned long count, unsigned long total_ns)
{
	struct wire_wait w = {.h = HEAD(WIRE_WAIT, serial, OPENED),
		.key = key,
		.sums = {.count = count, .total_ns = total_ns, .max_ns = total_ns / count}};

	TAKE(b, w);
}

static void segment(
	struct bench *b, unsigned int serial, unsigned long at_ns, unsigned long wait_ns)
{
	struct wire_segment s = {.h = HEAD(WIRE_SEGMENT, serial, at_ns),
		.wait_ns = wait_ns,
		.key = {.syscall = SYS_READ, .run_state = 1}};

	TAKE(b, s);
}

static void test_sums_of_one_kind_are_merged(void **state)
{
	struct bench *b = *state;
	const struct wire_wait_key key = {.syscall = SYS_READ, .run_state = 1};

	start(b, 1, 100, 100, 1);
	waits(b, 1, key, 2, 10);
	waits(b, 1, key, 3, 90);
	assert_int_equal(b->m->waits_count, 1);
	assert_string_equal(b->m->waits[0].syscall, "read");
	assert_int_equal(b->m->waits[0].count, 5);
	assert_int_equal(b->m->waits[0].total_ns, 100);
	assert_int_equal(b->m->waits[0].max_ns, 30);
}

static void opens(struct bench *b, unsigned int serial, unsigned long at_ns, const char *path)
{
	struct wire_thread_exec e = {.h = HEAD(WIRE_THREAD_EXEC, serial, at_ns),
		.tid = 100,
		.tgid = 100,
		.opens_window = 1};

	strncpy(e.path, path, sizeof(e.path) - 1);
	TAKE(b, e);
}

/* What a launcher did, and what still comes of it, is not the program's. */
static void test_a_launcher_is_told_by_its_time_alone(void **state)
{
	struct bench *b = *state;
	const struct wire_wait_key key = {.syscall = SYS_READ, .run_state = 1};

	opens(b, 1, OPENED, "/bin/launcher");
	start(b, 2, 101, 101, 100);
	waits(b, 1, key, 2, 10);
	segment(b, 2, OPENED + 10 * MS, 5 * MS);
	assert_int_equal(b->m->target.launcher_ns, 0);
	opens(b, 3, OPENED + 30 * MS, "/bin/program");
	waits(b, 2, key, 7, 70);
	waits(b, 3, key, 1, 20);
	assert_int_equal(b->m->target.launcher_ns, 30 * MS);
	assert_int_equal(b->m->target.launcher_processes, 2);
	assert_int_equal(b->m->processes_count, 1);
	assert_string_equal(b->m->processes[0].executable, "/bin/program");
	assert_int_equal(b->m->threads_count, 1);
	assert_int_equal(b->m->segments_count, 0);
	assert_int_equal(b->m->waits_count, 1);
	assert_int_equal(b->m->waits[0].count, 1);
	collector_finish(b->c, OPENED + 30 * MS, OPENED + SECOND);
	assert_int_equal(b->m->threads[0].start_ns, 0);
	assert_int_equal(b->m->losses_count, 0);
}

static void test_waits_that_continue_an_answer_are_counted_and_marked(void **state)
{
	struct bench *b = *state;
	struct wire_wait w = {.h = HEAD(WIRE_WAIT, 1, OPENED),
		.key = {.syscall = SYS_READ, .run_state = 1},
		.sums = {.count = 4, .open = 1, .continued = 3, .total_ns = 40, .max_ns = 10}};
	struct wire_segment s = {
		.h = HEAD(WIRE_SEGMENT, 1, OPENED), .key = w.key, .wait_ns = 2 * WIRE_SEGMENT_NS};

	start(b, 1, 100, 100, 1);
	TAKE(b, w);
	TAKE(b, w);
	TAKE(b, s);
	s.continued = 1;
	TAKE(b, s);
	assert_int_equal(b->m->waits_count, 1);
	assert_int_equal(b->m->waits[0].count, 8);
	assert_int_equal(b->m->waits[0].open, 2);
	assert_int_equal(b->m->waits[0].continued, 6);
	assert_int_equal(b->m->segments_count, 2);
	assert_false(b->m->segments[0].continued);
	assert_true(b->m->segments[1].continued);
}

static void test_an_owner_that_no_thread_can_be_is_not_known(void **state)
{
	struct bench *b = *state;
	struct wire_wait w = {.h = HEAD(WIRE_WAIT, 1, OPENED),
		.key = {.syscall = SYS_FUTEX, .run_state = 1, .futex_value = 2},
		.sums = {.count = 1, .total_ns = 10, .max_ns = 10, .owner_of_max = 4194303}};

	start(b, 1, 100, 100, 1);
	TAKE(b, w);
	assert_int_equal(b->m->waits[0].owner_tid, 4194303);
	w.sums.owner_of_max = 0xfffffff0;
	TAKE(b, w);
	assert_int_equal(b->m->waits[0].owner_tid, 0);
}

static void test_futex_rows_are_bounded(void **state)
{
	struct bench *b = *state;
	uint64_t total = 0;

	start(b, 1, 100, 100, 1);
	for (unsigned long i = 0; i < 10000; i++) {
		const struct wire_wait_key key = {
			.syscall = SYS_FUTEX, .run_state = 1, .futex_address = 0x1000 + 8 * i};

		waits(b, 1, key, 1, 7);
	}
	assert_true(b->m->waits_count <= 65);
	for (size_t i = 0; i < b->m->waits_count; i++)
		total += b->m->waits[i].total_ns;
	assert_int_equal(total, 70000);
}

static void test_values_of_one_word_are_bounded_and_locks_stay_locks(void **state)
{
	struct bench *b = *state;
	size_t locks = 0;

	start(b, 1, 100, 100, 1);
	for (unsigned int i = 0; i < 10000; i++) {
		struct wire_wait_key key = {.syscall = SYS_FUTEX, .run_state = 1};

		key.futex_address = 0x1000;
		key.futex_value = 4 + i; /* as a condition variable that counts */
		waits(b, 1, key, 1, 7);
		key.futex_value |= 0x80000000; /* as a mutex with its holder in it */
		waits(b, 1, key, 1, 7);
	}
	assert_true(b->m->waits_count <= 66);
	for (size_t i = 0; i < b->m->waits_count; i++)
		if (b->m->waits[i].futex_value & 0x80000000)
			locks += b->m->waits[i].count;
	assert_int_equal(locks, 10000);
}

static void thread_comes_and_goes(struct bench *b, unsigned int serial, uint64_t at_ns)
{
	struct wire_thread_start s = {.h = HEAD(WIRE_THREAD_START, serial, at_ns),
		.tid = 100 + serial,
		.tgid = 100,
		.ppid = 1,
		.comm = "server"};
	struct wire_loop l = {.h = HEAD(WIRE_LOOP, serial, at_ns + 80),
		.polls = 1,
		.stretches = 1,
		.stretch_ns = 2,
		.stretch_max_ns = serial};
	struct wire_thread_end e = {.h = HEAD(WIRE_THREAD_END, serial, at_ns + 80),
		.start_ns = at_ns,
		.cpu_ns = 30,
		.run_queue_ns = 10,
		.voluntary = 1,
		.comm = "request"};

	TAKE(b, s);
	waits(b, serial, (struct wire_wait_key){.syscall = SYS_READ, .run_state = 1}, 1, 40);
	TAKE(b, l);
	TAKE(b, e);
}

static void test_rows_are_as_many_as_threads_at_once_however_many_come_and_go(void **state)
{
	const unsigned int count = 20000;
	struct bench *b = *state;
	uint64_t cpu_ns = 0, lived_ns = 0, waited_ns = 0, started = 0;

	start(b, 1, 100, 100, 1);
	for (unsigned int i = 0; i < count; i++)
		thread_comes_and_goes(b, 2 + i, OPENED + 100ULL * i);
	assert_int_equal(collector_finish(b->c, OPENED, OPENED + SECOND), 0);
	assert_int_equal(b->m->threads_count, 4096);
	assert_int_equal(measurement_threads(b->m), count + 1);
	assert_int_equal(b->m->losses_count, 0);
	for (size_t i = 1; i < b->m->threads_count; i++) {
		const struct measured_thread *t = &b->m->threads[i];

		cpu_ns += t->cpu_ns;
		lived_ns += (uint64_t)(t->end_ns - t->start_ns) - t->vacant_ns;
		started += t->started + t->earlier;
	}
	for (size_t i = 0; i < b->m->waits_count; i++)
		waited_ns += b->m->waits[i].total_ns;
	assert_int_equal(cpu_ns, 30 * count);
	assert_int_equal(waited_ns, 40 * count);
	assert_int_equal(lived_ns, 80 * count);
	assert_int_equal(started, count);
	assert_int_equal(b->m->threads[4095].loop.polls, count - 4094);
	assert_int_equal(b->m->threads[4095].loop.stretch_max_ns, count + 1);
}

static void test_a_row_is_taken_only_of_an_ended_thread_of_the_same_process(void **state)
{
	struct bench *b = *state;
	struct wire_thread_start s = {.h = HEAD(WIRE_THREAD_START, 9001, OPENED + 99),
		.tid = 20000,
		.tgid = 200,
		.ppid = 1,
		.comm = "other"};

	start(b, 1, 100, 100, 1);
	for (unsigned int i = 0; i < 4094; i++)
		thread_comes_and_goes(b, 2 + i, OPENED + 1);
	start(b, 9000, 200, 200, 1);
	assert_int_equal(b->m->threads_count, 4096);
	TAKE(b, s); /* none of its process has ended */
	assert_int_equal(b->m->threads_count, 4097);
	s.tgid = 100;
	s.tid = 101;
	s.h.thread = 9002;
	TAKE(b, s);
	s.tid = 102;
	s.h.thread = 9003;
	TAKE(b, s); /* that one lives: another row */
	assert_int_equal(b->m->threads_count, 4097);
	assert_int_equal(b->m->threads[4094].tid, 101);
	assert_int_equal(b->m->threads[4093].tid, 102);
}

static void test_segments_are_bounded_and_the_longest_stay(void **state)
{
	struct bench *b = *state;

	start(b, 1, 100, 100, 1);
	for (unsigned long i = 0; i < 250000; i++)
		segment(b, 1, OPENED + i, i % 1000 == 0 ? SECOND : 2 * WIRE_SEGMENT_NS);
	assert_true(b->m->segments_count <= 100000);
	assert_true(b->m->segments_count >= 250);
	assert_true(b->m->segment_floor_ns > WIRE_SEGMENT_NS);
	/* The distribution has them all. */
	assert_int_equal(histogram_total(&b->m->waits[0].durations), 250000);
}

static void test_reused_pid_is_another_process(void **state)
{
	struct bench *b = *state;
	const struct wire_thread_start forked = {.h = HEAD(WIRE_THREAD_START, 3, OPENED),
		.tid = 100,
		.tgid = 100,
		.ppid = 1,
		.comm = "another"};

	start(b, 1, 100, 100, 1);
	start(b, 2, 100, 101, 1);
	TAKE(b, forked);
	assert_int_equal(b->m->processes_count, 2);
	assert_int_equal(b->m->threads[1].process, 0);
	assert_int_equal(b->m->threads[2].process, 1);
}

static void test_a_pid_is_known_until_its_process_ends(void **state)
{
	struct bench *b = *state;
	struct wire_process_end e = {.h = HEAD(WIRE_PROCESS_END, 1, OPENED + 50)};

	start(b, 1, 100, 100, 1);
	assert_true(collector_knows(b->c, 100, OPENED + 99));
	TAKE(b, e);
	assert_true(collector_knows(b->c, 100, OPENED + 49));
	assert_false(collector_knows(b->c, 100, OPENED + 51));
	assert_false(collector_knows(b->c, 101, OPENED));
}

static void test_children_have_their_parents_runtime_until_they_execute(void **state)
{
	struct bench *b = *state;
	const struct runtime_found python = {.name = "cpython",
		.version = "3.11.2",
		.global_lock = true,
		.lock_start = 0x1000,
		.lock_end = 0x2000};
	struct wire_thread_exec e = {.h = HEAD(WIRE_THREAD_EXEC, 3, OPENED),
		.tid = 300,
		.tgid = 300,
		.comm = "sh",
		.path = "/bin/sh"};

	start(b, 1, 100, 100, 1);
	start(b, 2, 200, 200, 100);
	start(b, 3, 300, 300, 100);
	collector_add_runtime(b->c, 100, &python, "/usr/bin/python3.11");
	TAKE(b, e);
	assert_int_equal(collector_finish(b->c, OPENED, OPENED + SECOND), 0);
	assert_int_equal(b->m->runtimes_count, 2);
	assert_int_equal(b->m->runtimes[1].process, 1);
	assert_int_equal(b->m->runtimes[1].lock_end, 0x2000);
	assert_string_equal(b->m->runtimes[1].file, "/usr/bin/python3.11");
	assert_string_equal(b->m->processes[2].executable, "/bin/sh");
}

static void test_instants_count_from_the_window(void **state)
{
	struct bench *b = *state;
	struct wire_thread_end e = {.h = HEAD(WIRE_THREAD_END, 1, OPENED + SECOND / 2),
		.start_ns = OPENED + 5,
		.cpu_ns = 400,
		.comm = "renamed"};

	start(b, 1, 100, 100, 1);
	start(b, 2, 100, 102, 1);
	segment(b, 1, OPENED + 7, SECOND / 4);
	TAKE(b, e);
	assert_int_equal(collector_finish(b->c, OPENED, OPENED + SECOND), 0);
	assert_int_equal(b->m->wall_ns, SECOND);
	assert_int_equal(b->m->threads[0].start_ns, 5);
	assert_int_equal(b->m->threads[0].end_ns, SECOND / 2);
	assert_string_equal(b->m->threads[0].name, "renamed");
	assert_int_equal(b->m->segments[0].start_ns, 7);
	assert_true(b->m->threads[1].end_ns == MEASURED_ALIVE);
	/* The process ends with its last thread. */
	assert_true(b->m->processes[0].end_ns == MEASURED_ALIVE);
	/* Alone on the CPU for as long as it computed. */
	assert_int_equal(b->m->processes[0].running_ns[1], 400);
}

static void test_what_is_lost_is_counted(void **state)
{
	struct bench *b = *state;
	const struct wire_wait_key key = {.syscall = SYS_READ};
	const struct wire_header nonsense = HEAD(WIRE_TYPES + 5, 1, OPENED);

	waits(b, 77, key, 1, 1);
	collector_take(b->c, &nonsense, sizeof(nonsense));
	collector_take(b->c, &nonsense, 3);
	collector_finish(b->c, OPENED, OPENED + 1);
	assert_int_equal(b->m->losses_count, 2);
	assert_int_equal(b->m->losses[0].count, 1);
	assert_int_equal(b->m->losses[1].count, 2);
}

/* The stack of a thread that is at some place in its program, which its number stands for. */
static void stack(struct bench *b, unsigned int serial, unsigned int number, uint64_t place)
{
	struct {
		struct wire_stack s;
		struct wire_python_frame frame;
	} e = {.s = {.h = HEAD(WIRE_STACK, serial, OPENED), .stack = number, .frames_count = 1},
		.frame = {.code = place, .outermost = 1}};

	TAKE(b, e);
}

static void site(struct bench *b, unsigned int serial, unsigned int number,
	struct wire_wait_key key, uint64_t at_ns, uint64_t wait_ns, unsigned int weight)
{
	struct wire_site e = {.h = HEAD(WIRE_SITE, serial, at_ns),
		.key = key,
		.wait_ns = wait_ns,
		.stack = number,
		.weight = weight,
		.lock_held = -1};

	TAKE(b, e);
}

static void sample(struct bench *b, unsigned int serial, unsigned int number, uint64_t at_ns,
	unsigned int weight, int syscall)
{
	struct wire_sample e = {.h = HEAD(WIRE_SAMPLE, serial, at_ns),
		.syscall = syscall,
		.lock_held = -1,
		.stack = number,
		.weight = weight};

	TAKE(b, e);
}

static const struct wire_wait_key reading = {.syscall = SYS_READ, .run_state = 1};
static const struct wire_wait_key polling = {.syscall = SYS_EPOLL_WAIT, .run_state = 1, .loops = 1};

static void test_a_wait_has_the_place_at_which_it_began(void **state)
{
	struct bench *b = *state;

	start(b, 1, 100, 100, 1);
	for (unsigned int number = 1; number <= 2; number++) {
		stack(b, 1, number, 0x1000);
		site(b, 1, number, reading, OPENED, 10 * number, 4);
	}
	stack(b, 1, 3, 0x2000);
	site(b, 1, 3, reading, OPENED, 7, 1);
	assert_int_equal(b->m->waits_count, 1);
	assert_int_equal(b->m->sites_count, 2);
	assert_int_equal(b->m->sites[0].taken, 2);
	assert_int_equal(b->m->sites[0].count, 8);
	assert_int_equal(b->m->sites[0].total_ns, 4 * 10 + 4 * 20);
	assert_int_equal(b->m->sites[0].max_ns, 20);
	assert_int_equal(b->m->sites[0].lock_held, -1);
	assert_int_equal(b->m->sites[1].total_ns, 7);
	assert_true(b->m->sites[0].stack != b->m->sites[1].stack);
}

static void test_sites_differ_by_lock_and_by_what_is_held(void **state)
{
	struct bench *b = *state;
	struct wire_site e = {.h = HEAD(WIRE_SITE, 1, OPENED), .key = reading, .weight = 1};

	start(b, 1, 100, 100, 1);
	for (int held = -1; held <= 1; held++)
		for (int wanted = 0; wanted <= 1; wanted++)
			for (int holds = 0; holds <= 1; holds++) {
				e.stack++;
				stack(b, 1, e.stack, 0x1000);
				e.lock_held = (signed char)held;
				e.lock_wanted = (unsigned char)wanted;
				e.holds = holds ? 0x5000 : 0;
				TAKE(b, e);
			}
	assert_int_equal(b->m->sites_count, 12);
	for (size_t i = 0; i < 12; i++) {
		assert_int_equal(b->m->sites[i].lock_held, (int)(i / 4) - 1);
		assert_int_equal(b->m->sites[i].lock_wanted, i / 2 % 2);
		assert_int_equal(b->m->sites[i].holds, i % 2 ? 0x5000 : 0);
	}
}

/* Many waits at many places: none of them may land with another. */
static void test_every_wait_has_its_own_places(void **state)
{
	enum { WAITS = 40, PLACES = 50 };
	struct bench *b = *state;
	unsigned int number = 0;

	start(b, 1, 100, 100, 1);
	for (unsigned long w = 0; w < WAITS; w++)
		for (unsigned long place = 1; place <= PLACES; place++) {
			const struct wire_wait_key key = {.syscall = SYS_FUTEX,
				.run_state = 1,
				.futex_address = 0x1000 + 8 * w};

			stack(b, 1, ++number, place << 12);
			site(b, 1, number, key, OPENED, 1000 * w + place, 1);
		}
	assert_int_equal(b->m->sites_count, WAITS * PLACES);
	for (size_t i = 0; i < b->m->sites_count; i++) {
		const struct measured_site *s = &b->m->sites[i];

		assert_int_equal(s->taken, 1);
		assert_int_equal(
			s->max_ns / 1000, (b->m->waits[s->wait].futex_address - 0x1000) / 8);
	}
}

static void test_places_go_with_the_row_that_shares_futex_words(void **state)
{
	struct bench *b = *state;
	uint64_t count = 0;

	start(b, 1, 100, 100, 1);
	for (unsigned int i = 1; i <= 200; i++) {
		const struct wire_wait_key key = {
			.syscall = SYS_FUTEX, .run_state = 1, .futex_address = 0x1000 + 8 * i};

		stack(b, 1, i, 0x1000);
		waits(b, 1, key, 1, 7);
		site(b, 1, i, key, OPENED, 7, 1);
	}
	assert_true(b->m->waits_count <= 65);
	assert_int_equal(b->m->sites_count, b->m->waits_count);
	for (size_t i = 0; i < b->m->sites_count; i++) {
		const struct measured_site *s = &b->m->sites[i];

		assert_int_equal(s->count, b->m->waits[s->wait].count);
		count += s->count;
	}
	assert_int_equal(count, 200);
}

/* Between a wait's begin and what tells of its end, the thread is sampled. */
static void test_samples_do_not_take_a_waits_place_away(void **state)
{
	struct bench *b = *state;

	start(b, 1, 100, 100, 1);
	stack(b, 1, 1, 0x1000);
	for (unsigned int number = 2; number < 100; number++) {
		stack(b, 1, number, 0x2000);
		sample(b, 1, number, OPENED, 1, -1);
	}
	site(b, 1, 1, reading, OPENED, 5, 1);
	site(b, 1, 50, reading, OPENED, 5, 1);
	assert_int_equal(b->m->sites_count, 1);
	assert_int_equal(b->m->sites[0].taken, 1);
	assert_int_equal(b->m->samples_count, 1);
	assert_int_equal(b->m->samples[0].count, 98);
	assert_true(b->m->samples[0].stack != b->m->sites[0].stack);
}

static uint64_t samples_of(const struct measurement *m, bool with_stack)
{
	uint64_t count = 0;

	for (size_t i = 0; i < m->samples_count; i++)
		if ((m->samples[i].stack != MEASURED_NONE) == with_stack)
			count += m->samples[i].count;
	return count;
}

static void test_samples_add_up_whatever_stands_for_them(void **state)
{
	struct bench *b = *state;
	struct wire_sample kernel = {
		.h = HEAD(WIRE_SAMPLE, 1, OPENED), .syscall = -1, .kernel = 1, .lock_held = -1};

	start(b, 1, 100, 100, 1);
	TAKE(b, kernel);
	for (int i = 0; i < 5; i++)
		sample(b, 1, 0, OPENED, 0, -1);
	stack(b, 1, 1, 0x1000);
	sample(b, 1, 1, OPENED, 4, -1); /* for itself and three more */
	assert_int_equal(samples_of(b->m, true), 4);
	assert_int_equal(samples_of(b->m, false), 3);
	stack(b, 1, 2, 0x2000);
	sample(b, 1, 2, OPENED, 4, -1); /* there are but two that it could stand for */
	assert_int_equal(samples_of(b->m, true), 7);
	assert_int_equal(samples_of(b->m, false), 1);
	assert_int_equal(collector_finish(b->c, OPENED, OPENED + SECOND), 0);
	/* The one in the kernel, which nothing stands for, and the two places. */
	assert_int_equal(b->m->samples_count, 3);
	assert_int_equal(b->m->samples[0].kernel, 1);
}

/* A wait for several files that began at at_ns, after a stretch. */
static void poll_ends(struct bench *b, uint64_t at_ns, uint64_t stretch_ns, uint64_t waits_ns)
{
	struct wire_segment s = {.h = HEAD(WIRE_SEGMENT, 1, at_ns),
		.key = polling,
		.wait_ns = 2 * MS,
		.stretch_ns = stretch_ns,
		.stretch_waits_ns = waits_ns,
		.stretch_run_queue_ns = stretch_ns / 100};

	TAKE(b, s);
}

static void test_a_stall_is_what_was_between_two_polls(void **state)
{
	struct bench *b = *state;
	uint64_t from = OPENED + SECOND, at;
	const struct measured_stall *s;
	unsigned int number = 0;

	start(b, 1, 100, 100, 1);
	/* Before it, in it, and after it, of which the last come before its end is told. */
	for (at = from - 49 * MS; at < from + 150 * MS; at += 2 * MS) {
		bool inside = at >= from && at < from + 100 * MS;

		stack(b, 1, ++number, inside ? 0x1000 : 0x2000);
		sample(b, 1, number, at, 1, inside ? -1 : SYS_EPOLL_WAIT);
	}
	stack(b, 1, 1001, 0x3000);
	site(b, 1, 1001, reading, from + 10 * MS, 20 * MS, 1);
	stack(b, 1, 1002, 0x4000);
	site(b, 1, 1002, reading, from + 40 * MS, 5 * MS, 1);
	poll_ends(b, from + 100 * MS, 100 * MS, 25 * MS);
	assert_int_equal(b->m->stalls_count, 1);
	s = &b->m->stalls[0];
	assert_int_equal(s->start_ns, from);
	assert_int_equal(s->length_ns, 100 * MS);
	assert_int_equal(s->waits_ns, 25 * MS);
	assert_int_equal(s->run_queue_ns, MS);
	assert_int_equal(s->samples, 50);
	assert_int_equal(s->stack_samples, 50);
	assert_int_equal(s->stretch_ns, 100 * MS);
	assert_int_equal(s->wait_ns, 20 * MS);
	assert_string_equal(b->m->waits[s->wait].syscall, "read");
	assert_int_equal(s->wait_stack, b->m->sites[0].stack);
	/* Of the next stretch there are samples already, all of which met it in polls. */
	poll_ends(b, from + 150 * MS, 50 * MS, 0);
	assert_int_equal(b->m->stalls_count, 1);
}

/* It computed for 40 ms, looked, found events at once, and went to sleep a little later. */
static void test_a_stall_ends_when_it_looks(void **state)
{
	struct bench *b = *state;
	const struct measured_stall *s;
	unsigned int number = 0;

	start(b, 1, 100, 100, 1);
	for (uint64_t at = OPENED + MS; at < OPENED + 42 * MS; at += 2 * MS) {
		bool looks = at > OPENED + 40 * MS;

		stack(b, 1, ++number, 0x1000);
		sample(b, 1, number, at, 1, looks ? SYS_EPOLL_WAIT : -1);
	}
	segment(b, 1, OPENED + 41 * MS + MS / 2, 2 * MS);
	poll_ends(b, OPENED + 44 * MS, 44 * MS, 3 * MS);
	assert_int_equal(b->m->stalls_count, 1);
	s = &b->m->stalls[0];
	assert_int_equal(s->start_ns, OPENED);
	assert_int_equal(s->length_ns, 41 * MS);
	assert_int_equal(s->stretch_ns, 44 * MS);
	assert_int_equal(s->waits_ns, 0);
	assert_int_equal(s->samples, 20);
	assert_true(s->wait == MEASURED_NONE);
	assert_true(s->wait_stack == MEASURED_NONE);
	assert_int_equal(b->m->segments[b->m->segments_count - 1].stretch_gap_ns, 41 * MS);
}

/* A wait is told of twice: as a segment, and if it was taken with its place. */
static void test_the_longest_wait_of_a_stall_has_its_place_in_either_order(void **state)
{
	struct bench *b = *state;

	start(b, 1, 100, 100, 1);
	for (int place_first = 0; place_first <= 1; place_first++) {
		uint64_t from = OPENED + (uint64_t)place_first * SECOND;

		stack(b, 1, 1, 0x1000);
		if (!place_first)
			segment(b, 1, from + 5 * MS, 30 * MS);
		site(b, 1, 1, reading, from + 5 * MS, 30 * MS, 1);
		if (place_first)
			segment(b, 1, from + 5 * MS, 30 * MS);
		segment(b, 1, from + 40 * MS, 10 * MS); /* shorter, and its place was not taken */
		poll_ends(b, from + 60 * MS, 60 * MS, 40 * MS);
		assert_int_equal(b->m->stalls[place_first].wait_ns, 30 * MS);
		assert_int_equal(b->m->stalls[place_first].wait_stack, b->m->sites[0].stack);
	}
	segment(b, 1, OPENED + 2 * SECOND, 30 * MS);
	poll_ends(b, OPENED + 2 * SECOND + 60 * MS, 60 * MS, 30 * MS);
	assert_int_equal(b->m->stalls[2].wait_ns, 30 * MS);
	assert_true(b->m->stalls[2].wait_stack == MEASURED_NONE);
}

static void test_short_stretches_are_no_stalls(void **state)
{
	struct bench *b = *state;

	start(b, 1, 100, 100, 1);
	poll_ends(b, OPENED + SECOND, 10 * MS - 1, 0);
	poll_ends(b, OPENED + 2 * SECOND, 0, 0);
	assert_int_equal(b->m->stalls_count, 0);
	poll_ends(b, OPENED + 3 * SECOND, 10 * MS, 0);
	assert_int_equal(b->m->stalls_count, 1);
	assert_true(b->m->stalls[0].stack == MEASURED_NONE);
}

static void test_stalls_are_bounded_and_the_longest_stay(void **state)
{
	struct bench *b = *state;

	start(b, 1, 100, 100, 1);
	for (uint64_t i = 0; i < 20000; i++) {
		uint64_t length = i % 40 == 0 ? 500 * MS : 10 * MS + i;

		poll_ends(b, OPENED + (i + 1) * SECOND, length, 0);
		assert_true(b->m->stalls_count <= 2000);
	}
	assert_int_equal(collector_finish(b->c, OPENED, OPENED + 20001 * SECOND), 0);
	assert_int_equal(b->m->stalls_count, 1000);
	for (size_t i = 0, longest = 0; i < 1000; i++) {
		longest += b->m->stalls[i].length_ns == 500 * MS;
		assert_true(i == 0 || b->m->stalls[i].start_ns > b->m->stalls[i - 1].start_ns);
		if (i == 999)
			assert_int_equal(longest, 500);
	}
	/* It began half a second before the first poll, which was a second after the window. */
	assert_int_equal(b->m->stalls[0].start_ns, SECOND / 2);
}

static void test_samples_of_a_long_stretch_are_thinned_evenly(void **state)
{
	struct bench *b = *state;
	const struct measured_stall *s;

	start(b, 1, 100, 100, 1);
	/* Three fifths of it at one place, then the rest at another. */
	for (unsigned int i = 1; i <= 20000; i++) {
		stack(b, 1, i, i <= 12000 ? 0x1000 : 0x2000);
		sample(b, 1, i, OPENED + i * MS, 1, -1);
	}
	poll_ends(b, OPENED + 20000 * MS, 20000 * MS, 0);
	s = &b->m->stalls[0];
	assert_in_range(s->samples, 512, 1024);
	assert_int_equal(s->stack, b->m->samples[0].stack);
	assert_in_range(1000 * s->stack_samples / s->samples, 590, 610);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, bench_open, bench_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_sums_of_one_kind_are_merged),
		CASE(test_a_launcher_is_told_by_its_time_alone),
		CASE(test_waits_that_continue_an_answer_are_counted_and_marked),
		CASE(test_an_owner_that_no_thread_can_be_is_not_known),
		CASE(test_futex_rows_are_bounded),
		CASE(test_values_of_one_word_are_bounded_and_locks_stay_locks),
		CASE(test_rows_are_as_many_as_threads_at_once_however_many_come_and_go),
		CASE(test_a_row_is_taken_only_of_an_ended_thread_of_the_same_process),
		CASE(test_segments_are_bounded_and_the_longest_stay),
		CASE(test_reused_pid_is_another_process),
		CASE(test_a_pid_is_known_until_its_process_ends),
		CASE(test_children_have_their_parents_runtime_until_they_execute),
		CASE(test_instants_count_from_the_window),
		CASE(test_what_is_lost_is_counted),
		CASE(test_a_wait_has_the_place_at_which_it_began),
		CASE(test_sites_differ_by_lock_and_by_what_is_held),
		CASE(test_every_wait_has_its_own_places),
		CASE(test_places_go_with_the_row_that_shares_futex_words),
		CASE(test_samples_do_not_take_a_waits_place_away),
		CASE(test_samples_add_up_whatever_stands_for_them),
		CASE(test_a_stall_is_what_was_between_two_polls),
		CASE(test_a_stall_ends_when_it_looks),
		CASE(test_the_longest_wait_of_a_stall_has_its_place_in_either_order),
		CASE(test_short_stretches_are_no_stalls),
		CASE(test_stalls_are_bounded_and_the_longest_stay),
		CASE(test_samples_of_a_long_stretch_are_thinned_evenly),
	};

	return cmocka_run_group_tests_name("collector", tests, NULL, NULL);
}
