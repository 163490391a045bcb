/* From what threads did to operations: nothing is lost, what contention added is left out, and what
 * belongs together is one operation. */
#include "analyzer/cut.h"
#include "analyzer/gather.h"
#include "analyzer/lane.h"
#include "analyzer/meaning.h"
#include "analyzer/workload.h"

#include "scene.h"

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

/* Scenes: one process with one thread, more or less. */

static size_t scene_alone(struct measurement *m, double cpu_s)
{
	return scene_thread(m, scene_process(m, 7, 1), 7, cpu_s);
}

/* A connection to a server, one of many. */
static size_t scene_connection(struct measurement *m, int port, const char *peer)
{
	char local[32];

	snprintf(local, sizeof(local), "127.0.0.1:%d", port);
	return scene_socket(m, local, peer);
}

/* One long wait more of a row, with computing before it. */
static struct measured_segment *scene_long(
	struct measurement *m, size_t wait, double cpu_s, double start_s, double wait_s)
{
	struct measured_wait *w = &m->waits[wait];
	struct measured_segment *s = scene_segment(m, wait, start_s, wait_s);

	w->count++;
	w->total_ns += s->wait_ns;
	w->max_ns = s->wait_ns > w->max_ns ? s->wait_ns : w->max_ns;
	s->cpu_before_ns = SCENE_NS(cpu_s);
	return s;
}

/* A row of which there is nothing yet. */
static size_t scene_row(struct measurement *m, size_t thread, const char *syscall, size_t file)
{
	size_t wait = scene_wait(m, thread, syscall, 0, 1);

	m->waits[wait].count = 0;
	m->waits[wait].file = file;
	return wait;
}

/* Lanes. */

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

/* Two long waits, and so many short ones of 10 ms each for another server. */
static struct measurement *long_and_short(uint64_t shorts)
{
	struct measurement *m = scene_new(10);
	size_t thread = scene_alone(m, 1);
	size_t row = scene_row(m, thread, "recvfrom", scene_connection(m, 40000, "10.0.0.1:5432"));

	scene_long(m, row, 0, 2, 0.5);
	scene_long(m, row, 0, 6, 0.5);
	scene_file_wait(m, thread, "recvfrom", scene_connection(m, 40001, "10.0.0.2:80"),
		0.01 * (double)shorts, shorts);
	return m;
}

static void short_waits_are_spread_between_long_ones(void **state)
{
	struct measurement *m = long_and_short(30);
	struct cut_lane l;

	(void)state;
	lane_make(&l, m, 0, MOST);
	assert_int_equal(l.lane.count, 33);
	for (size_t i = 0; i < 32; i++) {
		bool is_long = i == 10 || i == 21;

		assert_int_equal(l.lane.items[i].recorded, is_long);
		assert_near(l.lane.items[i].wait_s, is_long ? 0.5 : 0.01, EXACT);
	}
	assert_near(lane_cpu_s(&l.lane), 1, EXACT);
	assert_int_equal(lane_operations(&l), 32);
	lane_unmake(&l);
	measurement_free(m);
}

static void many_short_waits_are_taken_together(void **state)
{
	struct measurement *m = long_and_short(30);
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
	struct measurement *m = long_and_short(4);
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

/* Workloads. */

struct gathered {
	struct measurement *m;
	struct profile *p;
	struct workload work;
	struct step sum;
};

/* Of each process's computing, locked_share needs its interpreter's lock. */
static void gather(struct gathered *ret, struct measurement *m, double locked_share)
{
	struct meaning *x = meaning_new(m);
	double locked[64];

	assert_non_null(x);
	assert_true(m->processes_count <= 64);
	for (size_t i = 0; i < 64; i++)
		locked[i] = locked_share;
	ret->m = m;
	ret->p = scene_profile(m);
	assert_int_equal(gather_workload(&ret->work, ret->p, x, locked), 0);
	ret->sum = workload_sum(&ret->work);
	meaning_free(x);
}

static double gathered_cpu_s(const struct gathered *g)
{
	return g->sum.locked_s + g->sum.free_s;
}

static void gathered_clear(struct gathered *g)
{
	workload_clear(&g->work);
	scene_end(g->m, g->p);
}

/* 0.3 s of start, ten times 10 ms of computing and 0.1 s for an answer, 0.2 s of end. */
static void a_run_has_a_head_and_a_tail(void **state)
{
	struct measurement *m = scene_new(1.6);
	size_t thread = scene_alone(m, 0.6);
	size_t row = scene_row(m, thread, "recvfrom", scene_connection(m, 40000, "10.0.0.1:80"));
	struct gathered g;

	(void)state;
	for (int i = 0; i < 10; i++)
		scene_long(m, row, i ? 0.01 : 0.31, 0.31 + 0.11 * i, 0.1);
	gather(&g, m, 0.25);
	assert_int_equal(g.work.operations_count, 10);
	assert_near(g.work.head_s, 0.3, EXACT);
	assert_near(g.work.tail_s, 0.2, EXACT);
	assert_near(g.sum.locked_s, 0.025, EXACT);
	assert_near(g.sum.free_s, 0.075, EXACT);
	assert_near(g.sum.wait_s, 1, EXACT);
	for (size_t i = 0; i < 10; i++)
		assert_near(g.work.steps[i].wait_s, 0.1, EXACT);
	assert_false(g.work.divisible);
	assert_near(workload_longest_s(&g.work), 0.11, EXACT);
	gathered_clear(&g);
}

/* Waits of the start are no operations, if they are short work: 5 ms for a file, then a second for
 * answers. */
static void what_a_start_waits_for_is_in_its_head(void **state)
{
	struct measurement *m = scene_new(1.2);
	size_t thread = scene_alone(m, 0.1), read, row;
	struct gathered g;

	(void)state;
	read = scene_row(m, thread, "read", scene_file(m, FILE_REGULAR));
	row = scene_row(m, thread, "recvfrom", scene_connection(m, 40000, "10.0.0.1:80"));
	scene_long(m, read, 0.05, 0.05, 0.005);
	for (int i = 0; i < 10; i++)
		scene_long(m, row, 0.005, 0.06 + 0.105 * i, 0.1);
	gather(&g, m, 0);
	assert_int_equal(g.work.operations_count, 10);
	assert_near(g.work.head_s, 0.055, EXACT);
	assert_near(g.sum.wait_s, 1, EXACT);
	gathered_clear(&g);
}

/* A thousand queries of 0.9 ms, known as a sum, and a long one in the middle: it is not the only
 * operation, and what is before and after it is no head and no tail. */
static void short_waits_are_operations_beside_a_long_one(void **state)
{
	struct measurement *m = scene_new(1.2);
	size_t thread = scene_alone(m, 0.2);
	size_t row = scene_file_wait(
		m, thread, "recvfrom", scene_connection(m, 40000, "10.0.0.1:5432"), 0.9, 1000);
	struct gathered g;

	(void)state;
	scene_long(m, row, 0.1, 0.55, 0.05)->waits_before = 500;
	gather(&g, m, 0);
	assert_int_equal(g.work.operations_count, 1001);
	assert_near(g.sum.wait_s, 0.95, EXACT);
	assert_near(g.work.head_s + g.work.tail_s + gathered_cpu_s(&g), 0.2, 0.051);
	gathered_clear(&g);
}

/* What happens before the window and after it is not seen: no head, no tail. */
static void an_attached_run_has_no_head(void **state)
{
	struct measurement *m = scene_new(1.6);
	size_t thread = scene_alone(m, 0.6);
	size_t row = scene_row(m, thread, "recvfrom", scene_connection(m, 40000, "10.0.0.1:80"));
	struct gathered g;

	(void)state;
	m->target.mode = MEASURED_ATTACH;
	for (int i = 0; i < 10; i++)
		scene_long(m, row, i ? 0.01 : 0.31, 0.31 + 0.11 * i, 0.1);
	gather(&g, m, 0);
	assert_int_equal(g.work.operations_count, 10);
	assert_near(g.work.head_s + g.work.tail_s, 0, EXACT);
	assert_near(gathered_cpu_s(&g), 0.6, EXACT);
	gathered_clear(&g);
}

/* Four threads from 0.1 to 0.7 get five answers each; the first thread starts them, computes 20 ms
 * meanwhile, and 50 ms afterwards. `lazily`: at first they find nothing to do. */
static struct measurement *four_workers(bool lazily)
{
	struct measurement *m = scene_new(0.75);
	size_t main_thread = scene_alone(m, 0.17);
	size_t join = scene_futex(m, main_thread, 0x5000, CONDITION, 0, 0, 1);

	m->waits[join].count = 0;
	scene_long(m, join, 0.12, 0.12, 0.58);
	for (int i = 0; i < 4; i++) {
		size_t worker = scene_thread(m, 0, 8 + i, 0.1), row, idle;

		m->threads[worker].started = true;
		m->threads[worker].start_ns = (int64_t)SCENE_NS(0.1);
		m->threads[worker].end_ns = (int64_t)SCENE_NS(0.7);
		row = scene_row(
			m, worker, "recvfrom", scene_connection(m, 40000 + i, "10.0.0.1:80"));
		if (lazily) {
			idle = scene_futex(m, worker, 0x7000, CONDITION, 0, 0, 1);
			m->waits[idle].count = 0;
			scene_long(m, idle, 0, 0.1, 0.001);
		}
		for (int k = 0; k < 5; k++)
			scene_long(m, row, 0.02, 0.12 + 0.12 * k, 0.1);
	}
	return m;
}

static void who_hands_the_work_out_is_part_of_it(void **state)
{
	struct gathered g;

	(void)state;
	gather(&g, four_workers(false), 0);
	assert_int_equal(g.work.operations_count, 20);
	assert_near(g.work.head_s, 0.1, EXACT);
	assert_near(g.work.tail_s, 0.05, EXACT);
	assert_near(g.sum.wait_s, 2, EXACT);
	assert_near(gathered_cpu_s(&g), 0.42, EXACT); /* 20 times 20 ms, and 20 ms of the first */
	for (size_t i = 0; i < g.work.steps_count; i++)
		assert_near(g.work.steps[i].free_s, 0.021, EXACT);
	gathered_clear(&g);
}

static void nothing_is_handed_out_to_who_does_nothing(void **state)
{
	struct gathered g;

	(void)state;
	gather(&g, four_workers(true), 0);
	assert_near(g.sum.wait_s, 2, EXACT);
	/* Of each one's first 20 ms, 19 lie after what it was idle. */
	assert_near(gathered_cpu_s(&g), 0.416, EXACT);
	gathered_clear(&g);
}

/* Four threads, one mutex that is held nearly all the time: so much of each operation is done by
 * one at a time. */
static void a_lock_makes_a_part_exclusive(void **state)
{
	struct measurement *m = scene_new(2);
	size_t main_thread = scene_alone(m, 0.001);
	double exclusive_s = 0;
	struct gathered g;

	(void)state;
	scene_futex(m, main_thread, 0x7f00, 0x109, 8, 1.99, 4); /* join */
	for (int i = 0; i < 4; i++)
		scene_futex(m, scene_thread(m, 0, 8 + i, 0.5), 0x6000, FUTEX_WAIT_PRIVATE,
			MUTEX_CONTENDED, 1.49, 3000);
	gather(&g, m, 0.5);
	for (size_t i = 0; i < g.work.steps_count; i++)
		if (g.work.steps[i].exclusive)
			exclusive_s += g.work.steps[i].locked_s + g.work.steps[i].free_s;
	assert_int_equal(g.work.operations_count, 4);
	assert_near(g.sum.wait_s, 0, EXACT); /* waiting for the lock is not the work */
	assert_near(g.sum.locked_s, 1, 0.001);
	assert_near(g.sum.free_s, 1, 0.001);
	assert_between(g.p->work.lock_s, 1.9, 2);
	assert_near(exclusive_s, g.p->work.lock_s, EXACT);
	gathered_clear(&g);
}

static void a_lock_that_is_hardly_held_is_none(void **state)
{
	struct measurement *m = four_workers(false);
	struct gathered g;

	(void)state;
	for (size_t i = 1; i < 5; i++)
		scene_futex(m, i, 0x6000, FUTEX_WAIT_PRIVATE, MUTEX_CONTENDED, 0.001, 3);
	gather(&g, m, 0);
	for (size_t i = 0; i < g.work.steps_count; i++)
		assert_false(g.work.steps[i].exclusive);
	gathered_clear(&g);
}

/* Twenty commands, one after the other, each 0.19 s of computing in a life of 0.195 s; the shell
 * computes 1 ms before each. */
static void each_child_is_an_operation(void **state)
{
	struct measurement *m = scene_new(4);
	size_t shell = scene_process(m, 7, 1), thread = scene_thread(m, shell, 7, 0.02);
	struct gathered g;

	(void)state;
	for (int i = 0; i < 20; i++) {
		size_t child = scene_process(m, 8 + i, 7),
		       worker = scene_thread(m, child, 8 + i, 0.19);

		m->processes[child].started = true;
		m->processes[child].start_ns = m->threads[worker].start_ns =
			(int64_t)SCENE_NS(0.2 * i);
		m->processes[child].end_ns = m->threads[worker].end_ns =
			(int64_t)SCENE_NS(0.2 * i + 0.195);
	}
	scene_wait(m, thread, "wait4", 3.9, 20);
	gather(&g, m, 0);
	assert_int_equal(g.work.operations_count, 20);
	assert_near(gathered_cpu_s(&g), 20 * 0.19 + 0.02, EXACT);
	assert_near(g.sum.wait_s, 20 * 0.005, EXACT);
	assert_near(workload_longest_s(&g.work), 0.196, EXACT);
	assert_near(g.work.head_s, 0, EXACT);
	assert_near(g.work.tail_s, 0.005, EXACT);
	gathered_clear(&g);
}

static void computing_can_be_cut_anywhere(void **state)
{
	struct measurement *m = scene_new(1.5);
	size_t thread = scene_alone(m, 1.4);
	struct gathered g;

	(void)state;
	scene_file_wait(m, thread, "read", scene_file(m, FILE_REGULAR), 0.1, 20);
	gather(&g, m, 0.75);
	assert_true(g.work.divisible);
	assert_int_equal(g.work.operations_count, 1024);
	assert_near(gathered_cpu_s(&g), 1.4, EXACT);
	assert_near(g.sum.wait_s, 0.1, EXACT);
	assert_true(g.work.steps[0].blocking);
	gathered_clear(&g);
}

/*
 * A loop: 0.2 s of setting up, then four turns of 50 ms of computing, the second of them with 30 ms
 * for a file; a wait for events of 0.1 s before each.
 */
static void a_loops_turns_are_operations(void **state)
{
	struct measurement *m = scene_new(0.83);
	size_t thread = scene_alone(m, 0.4), poll, read;
	struct gathered g;

	(void)state;
	poll = scene_row(m, thread, "epoll_wait", scene_file(m, FILE_EPOLL));
	read = scene_row(m, thread, "read", scene_file(m, FILE_REGULAR));
	scene_long(m, poll, 0.2, 0.2, 0.1);
	scene_long(m, poll, 0.05, 0.35, 0.1);
	scene_long(m, read, 0.02, 0.47, 0.03);
	scene_long(m, poll, 0.03, 0.53, 0.1);
	scene_long(m, poll, 0.05, 0.68, 0.1);
	m->threads[thread].loop.polls = 4;
	gather(&g, m, 0);
	assert_int_equal(g.p->work.model, MODEL_EVENT_LOOP);
	assert_near(g.work.head_s, 0.2, EXACT);
	assert_near(g.work.tail_s, 0, EXACT);
	assert_near(g.work.joint_s, 0.4, EXACT);
	assert_near(g.sum.wait_s, 0.03, EXACT);
	for (size_t i = 0; i < g.work.steps_count; i++)
		assert_int_equal(g.work.steps[i].blocking, g.work.steps[i].wait_s > 0);
	assert_near(gathered_cpu_s(&g), 0.2, EXACT); /* the head's is not in it */
	assert_near(workload_longest_s(&g.work), 0.08, EXACT);
	gathered_clear(&g);
}

/* A program that did nothing at all: it can be predicted as well. */
static void there_is_always_an_operation(void **state)
{
	struct measurement *m = scene_new(1);
	struct gathered g;

	(void)state;
	scene_alone(m, 0);
	gather(&g, m, 0);
	assert_true(g.work.operations_count >= 1);
	assert_near(gathered_cpu_s(&g) + g.sum.wait_s, 0, EXACT);
	gathered_clear(&g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_gets_lost),
		cmocka_unit_test(contention_is_left_out),
		cmocka_unit_test(short_waits_are_spread_between_long_ones),
		cmocka_unit_test(many_short_waits_are_taken_together),
		cmocka_unit_test(few_short_waits_lengthen_the_long_ones),
		cmocka_unit_test(computing_goes_to_the_waits_around_it),
		cmocka_unit_test(an_answer_is_an_operation),
		cmocka_unit_test(a_sequence_that_repeats_is_an_operation),
		cmocka_unit_test(reads_of_one_file_are_an_operation),
		cmocka_unit_test(connecting_goes_with_the_first_answer),
		cmocka_unit_test(a_page_fault_goes_on),
		cmocka_unit_test(short_answers_go_on_too),
		cmocka_unit_test(who_is_handed_a_task_begins_an_operation),
		cmocka_unit_test(a_run_has_a_head_and_a_tail),
		cmocka_unit_test(what_a_start_waits_for_is_in_its_head),
		cmocka_unit_test(short_waits_are_operations_beside_a_long_one),
		cmocka_unit_test(an_attached_run_has_no_head),
		cmocka_unit_test(who_hands_the_work_out_is_part_of_it),
		cmocka_unit_test(nothing_is_handed_out_to_who_does_nothing),
		cmocka_unit_test(a_lock_makes_a_part_exclusive),
		cmocka_unit_test(a_lock_that_is_hardly_held_is_none),
		cmocka_unit_test(each_child_is_an_operation),
		cmocka_unit_test(computing_can_be_cut_anywhere),
		cmocka_unit_test(a_loops_turns_are_operations),
		cmocka_unit_test(there_is_always_an_operation),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
