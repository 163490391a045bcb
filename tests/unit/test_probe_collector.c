/* Threads, processes and waits, of the events that tell of them. */
#include "collector_bench.h"

#include <malloc.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "probe/runtime.h"

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
	s.waits_before = 5;
	s.begun_before = 2;
	TAKE(b, s);
	assert_int_equal(b->m->waits_count, 1);
	assert_int_equal(b->m->waits[0].count, 8);
	assert_int_equal(b->m->waits[0].open, 2);
	assert_int_equal(b->m->waits[0].continued, 6);
	assert_int_equal(b->m->segments_count, 2);
	assert_false(b->m->segments[0].continued);
	assert_true(b->m->segments[1].continued);
	assert_int_equal(b->m->segments[1].begun_before, 2);
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
	assert_true(b->m->waits_count <= 129);
	for (size_t i = 0; i < b->m->waits_count; i++)
		total += b->m->waits[i].total_ns;
	assert_int_equal(total, 70000);
}

/* A thread waits once for each of so many files. */
static void waits_for_files(struct bench *b, unsigned int count)
{
	for (unsigned int i = 0; i < count; i++) {
		struct wire_file f = {
			.h = HEAD(WIRE_FILE, 1, OPENED), .mode = S_IFREG, .id = 1 + i};

		snprintf(f.name, sizeof(f.name), "file-%u", i);
		TAKE(b, f);
		waits(b, 1, (struct wire_wait_key){.syscall = 1, .run_state = 2, .file = f.id}, 1,
			7);
	}
}

/* A program that writes to ever new files, and that they are of one kind is kept. */
static void test_rows_of_waits_for_files_are_bounded(void **state)
{
	struct bench *b = *state;
	uint64_t total = 0;

	start(b, 1, 100, 100, 1);
	waits_for_files(b, 3000);
	assert_true(b->m->waits_count <= 64 + 8);
	for (size_t i = 0; i < b->m->waits_count; i++) {
		total += b->m->waits[i].total_ns;
		assert_int_equal(b->m->files[b->m->waits[i].file].kind, FILE_REGULAR);
	}
	assert_int_equal(total, 21000);
	assert_int_equal(collector_finish(b->c, OPENED, OPENED + SECOND), 0);
	assert_int_equal(b->m->losses_count, 0);
}

/* Modules that are read from a disk take no row from whom it asks later. */
static void test_a_socket_after_many_files_has_a_row_of_its_own(void **state)
{
	struct bench *b = *state;
	struct wire_file socket = {.h = HEAD(WIRE_FILE, 1, OPENED),
		.mode = S_IFSOCK,
		.id = 5000,
		.family = AF_INET,
		.sock_type = SOCK_STREAM,
		.local_port = 40000,
		.peer_port = 80,
		.peer_addr = {10, 0, 0, 7}};
	const struct measured_wait *last;

	start(b, 1, 100, 100, 1);
	waits_for_files(b, 100);
	TAKE(b, socket);
	waits(b, 1, (struct wire_wait_key){.syscall = 0, .run_state = 1, .file = socket.id}, 1, 7);
	last = &b->m->waits[b->m->waits_count - 1];
	assert_int_equal(b->m->files[last->file].kind, FILE_SOCKET);
	assert_string_equal(b->m->files[last->file].peer, "10.0.0.7:80");
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
	for (size_t i = 0; i < b->m->waits_count; i++) {
		assert_int_equal(b->m->waits[i].futex_address, 0x1000);
		if (b->m->waits[i].futex_value & 0x80000000)
			locks += b->m->waits[i].count;
	}
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
	assert_int_equal(b->m->threads_count, 512);
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
	assert_int_equal(b->m->threads[511].loop.polls, count - 510);
	assert_int_equal(b->m->threads[511].loop.stretch_max_ns, count + 1);
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
	for (unsigned int i = 0; i < 510; i++)
		thread_comes_and_goes(b, 2 + i, OPENED + 1);
	start(b, 9000, 200, 200, 1);
	assert_int_equal(b->m->threads_count, 512);
	TAKE(b, s); /* none of its process has ended */
	assert_int_equal(b->m->threads_count, 513);
	s.tgid = 100;
	s.tid = 101;
	s.h.thread = 9002;
	TAKE(b, s);
	s.tid = 102;
	s.h.thread = 9003;
	TAKE(b, s); /* that one lives: another row */
	assert_int_equal(b->m->threads_count, 513);
	assert_int_equal(b->m->threads[510].tid, 101);
	assert_int_equal(b->m->threads[509].tid, 102);
}

static void test_segments_are_bounded_and_the_longest_stay(void **state)
{
	struct bench *b = *state;

	start(b, 1, 100, 100, 1);
	for (unsigned long i = 0; i < 250000; i++)
		segment(b, 1, OPENED + i, i % 1000 == 0 ? SECOND : 2 * WIRE_SEGMENT_NS);
	assert_true(b->m->segments_count <= MEASURED_SEGMENTS_MAX);
	assert_true(b->m->segments_count >= 250);
	assert_true(b->m->segment_floor_ns > WIRE_SEGMENT_NS);
	/* The distribution has them all. */
	assert_int_equal(
		durations_count(&b->m->waits[0].durations, bucket_of(2 * WIRE_SEGMENT_NS)), 249750);
	assert_int_equal(durations_count(&b->m->waits[0].durations, bucket_of(SECOND)), 250);
}

/* Even where none is shorter than the others: the room is that of the first one. */
static void test_as_many_segments_take_as_much_memory_as_one(void **state)
{
	struct bench *b = *state;
	const struct measured_segment *room;

	assert_non_null(b->m->segments); /* before there is one */
	start(b, 1, 100, 100, 1);
	segment(b, 1, OPENED, SECOND);
	room = b->m->segments;
	assert_true(malloc_usable_size(b->m->segments) >= MEASURED_SEGMENTS_MAX * sizeof(*room));
	for (unsigned long i = 1; i <= MEASURED_SEGMENTS_MAX; i++) {
		segment(b, 1, OPENED + i, SECOND);
		assert_ptr_equal(b->m->segments, room);
	}
	assert_true(b->m->segments_count < MEASURED_SEGMENTS_MAX);
	assert_true(b->m->segment_floor_ns > WIRE_SEGMENT_NS);
	assert_int_equal(durations_count(&b->m->waits[0].durations, bucket_of(SECOND)),
		MEASURED_SEGMENTS_MAX + 1);
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

static void end(struct bench *b, unsigned int serial, uint64_t at_ns)
{
	struct wire_thread_end e = {
		.h = HEAD(WIRE_THREAD_END, serial, at_ns), .start_ns = OPENED, .comm = "worker"};

	TAKE(b, e);
}

/* The tool learns of the end of a command late, when it was at something else. */
static void test_a_command_ends_with_its_last_thread(void **state)
{
	struct bench *b = *state;
	uint64_t stopped_ns = OPENED + SECOND;

	start(b, 1, 100, 100, 1);
	start(b, 2, 100, 102, 1);
	end(b, 1, OPENED + 300 * MS);
	b->m->target.mode = MEASURED_LAUNCH;
	assert_int_equal(collector_end_ns(b->c, stopped_ns), stopped_ns); /* one goes on */
	end(b, 2, OPENED + 200 * MS);
	assert_int_equal(collector_end_ns(b->c, stopped_ns), OPENED + 300 * MS);
	b->m->target.mode = MEASURED_ATTACH;
	assert_int_equal(collector_end_ns(b->c, stopped_ns), stopped_ns);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_sums_of_one_kind_are_merged),
		CASE(test_a_launcher_is_told_by_its_time_alone),
		CASE(test_waits_that_continue_an_answer_are_counted_and_marked),
		CASE(test_an_owner_that_no_thread_can_be_is_not_known),
		CASE(test_futex_rows_are_bounded),
		CASE(test_rows_of_waits_for_files_are_bounded),
		CASE(test_a_socket_after_many_files_has_a_row_of_its_own),
		CASE(test_values_of_one_word_are_bounded_and_locks_stay_locks),
		CASE(test_rows_are_as_many_as_threads_at_once_however_many_come_and_go),
		CASE(test_a_row_is_taken_only_of_an_ended_thread_of_the_same_process),
		CASE(test_segments_are_bounded_and_the_longest_stay),
		CASE(test_as_many_segments_take_as_much_memory_as_one),
		CASE(test_reused_pid_is_another_process),
		CASE(test_a_pid_is_known_until_its_process_ends),
		CASE(test_children_have_their_parents_runtime_until_they_execute),
		CASE(test_instants_count_from_the_window),
		CASE(test_a_command_ends_with_its_last_thread),
		CASE(test_what_is_lost_is_counted),
	};

	return cmocka_run_group_tests_name("collector", tests, NULL, NULL);
}
