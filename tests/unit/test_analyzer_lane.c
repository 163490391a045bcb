/* From what a thread did to a lane of operations: nothing is lost, what contention added is left
 * out, and what belongs together is one operation. */
#include "analyzer/cut.h"
#include "analyzer/lane.h"
#include "analyzer/meaning.h"

#include "scene_thread.h"

#define EXACT 1e-9
#define FUTEX_WAIT_PRIVATE 0x80
#define MUTEX_CONTENDED 2
#define CONDITION 0x189 /* FUTEX_WAIT_BITSET | PRIVATE | CLOCK_REALTIME: glibc's variables */
#define GIL 0x10100     /* inside what scene_runtime() says is CPython's lock */
#define MOST 50000      /* more items than any lane here has */

/* A lane, and where its operations begin. */
struct cut_lane {
	struct meaning *meaning;
	struct lane lane;
	bool begins[20000];
};

static void lane_make(struct cut_lane *ret, const struct measurement *m, size_t thread, size_t most)
{
	struct remainder *remainders;

	ret->meaning = meaning_new(m);
	assert_non_null(ret->meaning);
	remainders = lane_remainders(ret->meaning);
	assert_non_null(remainders);
	assert_int_equal(lane_fill(&ret->lane, ret->meaning, remainders, thread, most), 0);
	free(remainders);
	assert_true(ret->lane.count <= sizeof(ret->begins) / sizeof(ret->begins[0]));
	assert_int_equal(
		cut_operations(ret->meaning, ret->lane.items, ret->lane.count, ret->begins), 0);
}

static void lane_unmake(struct cut_lane *l)
{
	lane_clear(&l->lane);
	meaning_free(l->meaning);
}

static double lane_cpu_s(const struct lane *l)
{
	double sum = 0;

	for (size_t i = 0; i < l->count; i++)
		sum += l->items[i].cpu_s;
	return sum;
}

static double lane_wait_s(const struct lane *l)
{
	double sum = 0;

	for (size_t i = 0; i < l->count; i++)
		sum += l->items[i].wait_s;
	return sum;
}

static size_t lane_operations(const struct cut_lane *l)
{
	size_t count = 0;

	for (size_t i = 0; i < l->lane.count; i++)
		count += l->begins[i];
	return count;
}

/* So many long waits, 0.1 s each, and rows of so many short ones. */
static void totals_check(size_t longs, size_t rows, uint64_t shorts, size_t most)
{
	struct measurement *m = scene_new(100);
	size_t thread = scene_alone(m, 1), other = scene_thread(m, 0, 8, 0);
	size_t row = scene_row(m, thread, "recvfrom", scene_connection(m, 40000, "10.0.0.1:5432"));
	double wait_s = 0.1 * (double)longs + 0.003 * (double)(rows * shorts);
	struct cut_lane l;

	(void)other; /* it has somebody to fight with */
	for (size_t i = 0; i < longs; i++)
		scene_long(m, row, 0.02, (double)i, 0.1)->waits_before =
			(uint32_t)(rows * shorts / (longs + 1));
	for (size_t i = 0; i < rows; i++) {
		scene_file_wait(m, thread, "recvfrom",
			scene_connection(m, 41000 + (int)i, "10.0.0.1:5432"),
			0.003 * (double)shorts, shorts);
		scene_futex(m, thread, 0x6000, FUTEX_WAIT_PRIVATE, MUTEX_CONTENDED, 0.7, 3);
	}
	lane_make(&l, m, thread, most);
	assert_near(lane_cpu_s(&l.lane), 1, EXACT);
	assert_near(lane_wait_s(&l.lane), wait_s, EXACT);
	lane_unmake(&l);
	measurement_free(m);
}

static void nothing_gets_lost(void **state)
{
	(void)state;
	for (size_t longs = 0; longs < 20; longs++)
		for (size_t rows = 0; rows < 20; rows++)
			for (uint64_t shorts = 1; shorts < 8; shorts += 3)
				totals_check(longs, rows, shorts, longs % 2 ? MOST : 10);
}

/* A thread of several, that fights for a mutex and for the interpreter between its answers. */
static void contention_is_left_out(void **state)
{
	struct measurement *m = scene_new(10);
	size_t thread = scene_alone(m, 0.8), recv, mutex, gil;
	struct cut_lane l;

	(void)state;
	scene_thread(m, 0, 8, 0.1);
	scene_runtime(m, 0, "cpython", true);
	recv = scene_row(m, thread, "recvfrom", scene_connection(m, 40000, "10.0.0.1:5432"));
	mutex = scene_futex(m, thread, 0x6000, FUTEX_WAIT_PRIVATE, MUTEX_CONTENDED, 0, 1);
	gil = scene_futex(m, thread, GIL, CONDITION, 0, 0, 1);
	m->waits[mutex].count = m->waits[gil].count = 0;
	scene_long(m, recv, 0.1, 1, 0.5);
	scene_long(m, mutex, 0.2, 2, 0.3);
	scene_long(m, recv, 0.3, 3, 0.6)->run_queue_ns = SCENE_NS(0.1);
	scene_long(m, mutex, 0.01, 4, 0.2);
	scene_long(m, gil, 0.02, 5, 0.2);
	scene_long(m, recv, 0.03, 6, 0.7);
	scene_long(m, gil, 0.04, 7, 0.2);
	lane_make(&l, m, thread, MOST);
	assert_int_equal(l.lane.count, 4);
	assert_near(l.lane.items[0].cpu_s, 0.1, EXACT);
	assert_near(l.lane.items[0].wait_s, 0.5, EXACT);
	assert_near(l.lane.items[1].cpu_s, 0.5, EXACT);  /* as if it had gone on computing */
	assert_near(l.lane.items[1].wait_s, 0.6, EXACT); /* without waiting for a CPU */
	assert_near(l.lane.items[1].start_s, 3, EXACT);
	assert_near(l.lane.items[1].end_s, 3.7, EXACT); /* with it */
	assert_near(l.lane.items[2].cpu_s, 0.06, EXACT);
	assert_near(l.lane.items[2].wait_s, 0.7, EXACT);
	assert_near(l.lane.items[3].cpu_s, 0.14, EXACT); /* until the end */
	assert_int_equal(l.lane.items[3].wait, MEASURED_NONE);
	assert_int_equal(lane_operations(&l), 3);
	lane_unmake(&l);
	measurement_free(m);
}

/* Between 2 s and 6 s two long waits, and so many short ones of 10 ms each for another server: so
 * many before the first one, and between the two, in which nothing else happened. */
static struct measurement *long_and_short(uint64_t shorts, uint32_t before, uint32_t between)
{
	struct measurement *m = scene_new(10);
	size_t thread = scene_alone(m, 1);
	size_t row = scene_row(m, thread, "recvfrom", scene_connection(m, 40000, "10.0.0.1:5432"));
	struct measured_segment *s = scene_long(m, row, 0, 2, 0.5);

	s->waits_before = before;
	s->waits_before_ns = SCENE_NS(2);
	s = scene_long(m, row, 0, 6, 0.5);
	s->waits_before = between;
	s->waits_before_ns = SCENE_NS(3.5);
	scene_file_wait(m, thread, "recvfrom", scene_connection(m, 40001, "10.0.0.2:80"),
		0.01 * (double)shorts, shorts);
	return m;
}

/* Of 30 short waits so many are before the first long wait, and before the second one. */
static void places_check(struct measurement *m, size_t first, size_t second)
{
	struct cut_lane l;

	lane_make(&l, m, 0, MOST);
	assert_int_equal(l.lane.count, 33);
	for (size_t i = 0; i < 32; i++) {
		bool is_long = i == first || i == second + 1;

		assert_int_equal(l.lane.items[i].recorded, is_long);
		assert_near(l.lane.items[i].wait_s, is_long ? 0.5 : 0.01, EXACT);
	}
	assert_near(lane_cpu_s(&l.lane), 1, EXACT);
	assert_int_equal(lane_operations(&l), 32);
	lane_unmake(&l);
	measurement_free(m);
}

static void short_waits_are_spread_between_long_ones(void **state)
{
	(void)state;
	places_check(long_and_short(30, 10, 10), 10, 20);
	places_check(long_and_short(30, 24, 3), 24, 27);
	places_check(long_and_short(30, 0, 30), 0, 30);
	places_check(long_and_short(30, 0, 0), 0, 0);
}

/* Long waits of which there are too many stay in the sums: where they were, time is missing. */
static void waits_that_were_not_kept_lie_where_time_is_missing(void **state)
{
	struct measurement *m = long_and_short(30, 6, 0);

	(void)state;
	m->threads[0].end_ns = (int64_t)SCENE_NS(7.5);
	m->segments[1].waits_before_ns = SCENE_NS(0.5); /* of 3.5 s */
	m->threads[0].cpu_ns = SCENE_NS(1);             /* behind the second: all the time there */
	places_check(m, 6, 30);
}

static void many_short_waits_are_taken_together(void **state)
{
	struct measurement *m = long_and_short(30, 10, 10);
	struct cut_lane l;

	(void)state;
	lane_make(&l, m, 0, 10);
	assert_int_equal(l.lane.count, 3 * 4 + 2 + 1); /* three, three, three and one a gap */
	assert_near(l.lane.items[0].wait_s, 0.03, EXACT);
	assert_near(l.lane.items[3].wait_s, 0.01, EXACT);
	assert_near(lane_wait_s(&l.lane), 1.3, EXACT);
	assert_near(lane_cpu_s(&l.lane), 1, EXACT);
	lane_unmake(&l);
	measurement_free(m);
}

static void few_short_waits_lengthen_the_long_ones(void **state)
{
	struct measurement *m = long_and_short(4, 2, 1);
	struct cut_lane l;

	(void)state;
	lane_make(&l, m, 0, MOST);
	assert_int_equal(l.lane.count, 3);
	assert_near(l.lane.items[0].wait_s, 0.52, EXACT);
	assert_near(l.lane.items[1].wait_s, 0.52, EXACT);
	assert_near(lane_cpu_s(&l.lane), 1, EXACT);
	lane_unmake(&l);
	measurement_free(m);
}

/* Nine short waits and a long one in a gap with 1 s of computing: a tenth each. Nine more, for a
 * mutex, would not be there without the others. */
static void computing_goes_to_the_waits_around_it(void **state)
{
	struct measurement *m = scene_new(10);
	size_t thread = scene_alone(m, 1);
	size_t row = scene_row(m, thread, "recvfrom", scene_connection(m, 40000, "10.0.0.1:5432"));
	struct cut_lane l;

	(void)state;
	scene_file_wait(m, thread, "recvfrom", scene_connection(m, 40001, "10.0.0.2:80"), 0.9, 9);
	scene_thread(m, 0, 8, 0);
	scene_futex(m, thread, 0x6000, FUTEX_WAIT_PRIVATE, MUTEX_CONTENDED, 0.9, 9); /* none */
	scene_long(m, row, 1, 5, 1)->waits_before = 18;
	lane_make(&l, m, thread, MOST);
	for (size_t i = 0; i + 1 < l.lane.count; i++)
		assert_near(l.lane.items[i].cpu_s, 0.1, EXACT);
	assert_near(lane_cpu_s(&l.lane), 1, EXACT);
	lane_unmake(&l);
	measurement_free(m);
}

/* Where operations begin. */

/* A recording with one thread, whose long waits are written as a word: a letter a connection or
 * file, in upper case when it goes on with the same answer. Each takes 0.1 s. */
static size_t operations_of(const char *word, const char *const peers[], const char *syscall,
	enum measured_file_kind kind)
{
	struct measurement *m = scene_new(1000);
	size_t thread = scene_alone(m, 1), rows[26], operations;
	static struct cut_lane l;

	for (size_t i = 0; i < 26; i++) {
		size_t file = kind == FILE_SOCKET ? scene_connection(m, 40000 + (int)i,
							    peers[i] ? peers[i] : "10.9.9.9:80")
						  : scene_file(m, kind);

		rows[i] = scene_row(m, thread, syscall, file);
	}
	for (size_t i = 0; word[i]; i++)
		scene_long(m, rows[(word[i] | 0x20) - 'a'], 0.001, 0.2 * (double)i, 0.1)
			->continued = !(word[i] & 0x20);
	lane_make(&l, m, thread, MOST);
	operations = lane_operations(&l);
	lane_unmake(&l);
	measurement_free(m);
	return operations;
}

static const char *const servers[26] = {"10.0.0.1:5432", "10.0.0.2:80", "10.0.0.3:6379"};

static size_t operations_of_answers(const char *word)
{
	return operations_of(word, servers, "recvfrom", FILE_SOCKET);
}

static void an_answer_is_an_operation(void **state)
{
	(void)state;
	assert_int_equal(operations_of_answers("aaaaa"), 5);
	assert_int_equal(operations_of_answers("aAAAA"), 1);
	assert_int_equal(operations_of_answers("aAAaAa"), 3);
	assert_int_equal(operations_of_answers("aAbB"), 2);
}

/* A query here, a request there: one operation, if it is done over and over. */
static void a_sequence_that_repeats_is_an_operation(void **state)
{
	char odd[81], many_odd[81];

	(void)state;
	assert_int_equal(operations_of_answers("ababababab"), 5);
	assert_int_equal(operations_of_answers("aabaabaabaab"), 4);
	assert_int_equal(operations_of_answers("abcabcabc"), 3);
	assert_int_equal(operations_of_answers("aAbaAbBaAAb"), 3); /* of more answers each */
	assert_int_equal(operations_of_answers("abab"), 4);        /* twice may be chance */
	assert_int_equal(operations_of_answers("adaeafagah"), 5);  /* ever new connections */
	assert_int_equal(operations_of_answers("abcacbbacbcacab"), 15);
	for (size_t i = 0; i < 80; i++)
		odd[i] = many_odd[i] = i % 2 ? 'b' : 'a';
	odd[80] = many_odd[80] = 0;
	odd[41] = 'c';
	assert_int_equal(operations_of_answers(odd), 40);
	for (size_t i = 7; i < 80; i += 13)
		many_odd[i] = 'c';
	assert_int_equal(operations_of_answers(many_odd), 80);
}

static void reads_of_one_file_are_an_operation(void **state)
{
	(void)state;
	assert_int_equal(operations_of("aaaaa", NULL, "read", FILE_REGULAR), 1);
	assert_int_equal(operations_of("aabbc", NULL, "read", FILE_REGULAR), 3);
	assert_int_equal(operations_of("aaaaa", NULL, "read", FILE_PIPE), 5);
	assert_int_equal(operations_of("aaaaa", NULL, "pread64", FILE_REGULAR), 5); /* anywhere */
	assert_int_equal(operations_of("aaaaa", NULL, "preadv2", FILE_REGULAR), 5);
}

/* connect, answer, answer; and another connection in between. */
static void connecting_goes_with_the_first_answer(void **state)
{
	struct measurement *m = scene_new(10);
	size_t thread = scene_alone(m, 1), first = scene_connection(m, 40000, "10.0.0.1:80"),
	       second = scene_connection(m, 40001, "10.0.0.1:80");
	size_t connect = scene_row(m, thread, "connect", first);
	size_t answer = scene_row(m, thread, "recvfrom", first);
	size_t other = scene_row(m, thread, "recvfrom", second);
	struct cut_lane l;

	(void)state;
	scene_long(m, connect, 0.1, 1, 0.1);
	scene_long(m, answer, 0.1, 2, 0.1);
	scene_long(m, answer, 0.1, 3, 0.1);
	scene_long(m, connect, 0.1, 4, 0.1);
	scene_long(m, other, 0.1, 5, 0.1);
	lane_make(&l, m, thread, MOST);
	assert_true(l.begins[0]);
	assert_false(l.begins[1]);
	assert_true(l.begins[2]);
	assert_true(l.begins[3]);
	assert_true(l.begins[4]);
	assert_false(l.begins[5]); /* the end belongs to the last one */
	lane_unmake(&l);
	measurement_free(m);
}

/* It cannot be done without the computing around it. */
static void a_page_fault_goes_on(void **state)
{
	struct measurement *m = scene_new(10);
	size_t thread = scene_alone(m, 1);
	size_t answer = scene_row(m, thread, "recvfrom", scene_connection(m, 40000, "10.0.0.1:80"));
	size_t fault = scene_row(m, thread, NULL, MEASURED_NONE);
	struct cut_lane l;

	(void)state;
	scene_long(m, answer, 0.1, 1, 0.1);
	scene_long(m, fault, 0.1, 2, 0.1);
	scene_long(m, answer, 0.1, 3, 0.1);
	lane_make(&l, m, thread, MOST);
	assert_int_equal(lane_operations(&l), 2);
	assert_false(l.begins[1]);
	lane_unmake(&l);
	measurement_free(m);
}

/* Of a row's short waits the last ones go on: two answers, four more of the second. */
static void short_answers_go_on_too(void **state)
{
	struct measurement *m = scene_new(10);
	size_t thread = scene_alone(m, 1);
	size_t row = scene_file_wait(
		m, thread, "recvfrom", scene_connection(m, 40000, "10.0.0.1:80"), 0.6, 6);
	struct cut_lane l;

	(void)state;
	m->waits[row].continued = 4;
	lane_make(&l, m, thread, MOST);
	assert_int_equal(l.lane.count, 7);
	assert_int_equal(lane_operations(&l), 2);
	lane_unmake(&l);
	measurement_free(m);
}

/* Pipelining: of six answers each begins at once, in so many pieces of a millisecond, the first of
 * which are not its own wait's; its last one comes after a second. All long waits go on. */
static struct measurement *pieces_then_wait(uint32_t pieces)
{
	struct measurement *m = scene_new(20);
	size_t thread = scene_alone(m, 1);
	size_t row = scene_row(m, thread, "recvfrom", scene_connection(m, 40000, "10.0.0.1:80"));

	for (int i = 0; i < 6; i++) {
		struct measured_segment *s = scene_long(m, row, 0.1, 1 + 2 * i, 1);

		s->continued = true;
		s->waits_before = pieces;
		s->waits_before_ns = SCENE_NS(0.001 * pieces);
		s->begun_before = 1;
		m->waits[row].count += pieces;
		m->waits[row].continued += pieces;
		m->waits[row].total_ns += SCENE_NS(0.001 * pieces);
	}
	return m;
}

static void what_was_asked_in_a_gap_is_an_operation(void **state)
{
	/* Few lengthen the long waits; many are items of their own. */
	const uint32_t pieces[] = {10, 300};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct measurement *m = pieces_then_wait(pieces[i]);
		struct cut_lane l;

		lane_make(&l, m, 0, MOST);
		assert_int_equal(lane_operations(&l), 6);
		for (size_t k = 0; k < l.lane.count; k++)
			if (l.lane.items[k].recorded)
				assert_int_equal(l.begins[k], pieces[i] == 10);
		lane_unmake(&l);
		measurement_free(m);
	}
}

/* A pool's worker reads a file twice, gets the next task, reads the same one again, and once more.
 */
static void who_is_handed_a_task_begins_an_operation(void **state)
{
	struct measurement *m = scene_new(10);
	size_t process = scene_process(m, 7, 1), worker, read, idle;
	struct cut_lane l;

	(void)state;
	scene_thread(m, process, 7, 0.1);
	worker = scene_thread(m, process, 8, 0.5);
	read = scene_row(m, worker, "read", scene_file(m, FILE_REGULAR));
	idle = scene_futex(m, worker, 0x7000, CONDITION, 0, 0, 1);
	m->waits[idle].count = 0;
	scene_long(m, read, 0.1, 1, 0.1);
	scene_long(m, read, 0.1, 2, 0.1);
	scene_long(m, idle, 0.05, 3, 1);
	scene_long(m, read, 0.1, 5, 0.1);
	scene_long(m, idle, 0.05, 6, 1);
	scene_long(m, read, 0.1, 8, 0.1);
	lane_make(&l, m, worker, MOST);
	assert_near(lane_wait_s(&l.lane), 0.4, EXACT); /* not for something to do */
	assert_near(lane_cpu_s(&l.lane), 0.5, EXACT);
	assert_int_equal(lane_operations(&l), 3);
	assert_true(l.begins[0]);
	assert_true(l.begins[3]);
	assert_true(l.begins[5]);
	lane_unmake(&l);
	measurement_free(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_gets_lost),
		cmocka_unit_test(contention_is_left_out),
		cmocka_unit_test(short_waits_are_spread_between_long_ones),
		cmocka_unit_test(waits_that_were_not_kept_lie_where_time_is_missing),
		cmocka_unit_test(many_short_waits_are_taken_together),
		cmocka_unit_test(few_short_waits_lengthen_the_long_ones),
		cmocka_unit_test(computing_goes_to_the_waits_around_it),
		cmocka_unit_test(an_answer_is_an_operation),
		cmocka_unit_test(a_sequence_that_repeats_is_an_operation),
		cmocka_unit_test(reads_of_one_file_are_an_operation),
		cmocka_unit_test(connecting_goes_with_the_first_answer),
		cmocka_unit_test(a_page_fault_goes_on),
		cmocka_unit_test(short_answers_go_on_too),
		cmocka_unit_test(what_was_asked_in_a_gap_is_an_operation),
		cmocka_unit_test(who_is_handed_a_task_begins_an_operation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
