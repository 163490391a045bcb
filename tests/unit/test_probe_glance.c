/* What two looks differ by, whatever of it events have told and what the kernel side still keeps.
 */
#include "probe/collector.h"
#include "probe/glance.h"
#include "probe/measurement.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define OPENED 1000000000ULL
#define SECOND 1000000000ULL
#define MS 1000000ULL
#define SYS_READ 0
#define SYS_NANOSLEEP 35

struct bench {
	struct measurement *m;
	struct collector *c;
	struct glance *g;
};

static int bench_open(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));

	b->m = measurement_new();
	b->c = collector_new(b->m, NULL);
	b->g = glance_new(b->c, OPENED);
	*state = b;
	return 0;
}

static int bench_close(void **state)
{
	struct bench *b = *state;

	glance_free(b->g);
	collector_free(b->c);
	measurement_free(b->m);
	free(b);
	return 0;
}

#define TAKE(b, event) collector_take((b)->c, &(event), sizeof(event))

static void starts(struct bench *b, unsigned int serial, int tid, uint64_t at_ns)
{
	struct wire_thread_start s = {
		.h = {.type = WIRE_THREAD_START, .thread = serial, .at_ns = at_ns},
		.tid = tid,
		.tgid = 10,
		.ppid = 1,
		.found = at_ns == OPENED,
		.comm = "old"};

	TAKE(b, s);
}

static void ends(struct bench *b, unsigned int serial, uint64_t at_ns, uint64_t cpu_ns)
{
	struct wire_thread_end e = {
		.h = {.type = WIRE_THREAD_END, .thread = serial, .at_ns = at_ns},
		.start_ns = OPENED,
		.cpu_ns = cpu_ns,
		.comm = "old"};

	TAKE(b, e);
}

static struct wire_wait_key key_of(int syscall)
{
	return (struct wire_wait_key){.syscall = syscall, .run_state = 1, .hash = 7 + syscall};
}

/* A slot made room: its sums came as an event. */
static void told(struct bench *b, unsigned int serial, int syscall, uint64_t total_ns)
{
	struct wire_wait w = {.h = {.type = WIRE_WAIT, .thread = serial},
		.key = key_of(syscall),
		.sums = {.count = 1, .total_ns = total_ns, .max_ns = total_ns}};

	TAKE(b, w);
}

static struct wire_glance kept(unsigned int serial, uint64_t cpu_ns, int syscall, uint64_t total_ns)
{
	struct wire_glance r = {.head = {.thread = serial, .cpu_ns = cpu_ns, .comm = "new"}};

	r.waits[1] = (struct wire_glance_wait){
		.key = key_of(syscall), .count = total_ns > 0, .total_ns = total_ns};
	return r;
}

static uint64_t waited(const struct measurement *m)
{
	uint64_t sum = 0;

	for (size_t i = 0; i < m->waits_count; i++)
		sum += m->waits[i].total_ns;
	return sum;
}

static void an_interval_has_what_was_added_since_the_last_look(void **state)
{
	struct bench *b = *state;
	const struct measurement *m;
	struct wire_glance r;

	starts(b, 1, 10, OPENED);
	r = kept(1, 300 * MS, SYS_READ, 700 * MS);
	m = glance_take(b->g, &r, 1, OPENED + SECOND);
	assert_int_equal(m->threads_count, 1);
	assert_int_equal(m->threads[0].cpu_ns, 300 * MS);
	assert_int_equal(waited(m), 700 * MS);
	r = kept(1, 350 * MS, SYS_READ, 1650 * MS);
	m = glance_take(b->g, &r, 1, OPENED + 2 * SECOND);
	assert_int_equal(m->wall_ns, SECOND);
	assert_int_equal(m->threads[0].cpu_ns, 50 * MS);
	assert_int_equal(waited(m), 950 * MS);
	assert_string_equal(m->threads[0].name, "new");
}

static void a_total_that_moves_into_an_event_is_counted_once(void **state)
{
	struct bench *b = *state;
	const struct measurement *m;
	struct wire_glance r;

	starts(b, 1, 10, OPENED);
	r = kept(1, 0, SYS_READ, 900 * MS);
	glance_take(b->g, &r, 1, OPENED + SECOND);
	told(b, 1, SYS_READ, 1000 * MS);
	r = kept(1, 0, SYS_NANOSLEEP, 800 * MS);
	m = glance_take(b->g, &r, 1, OPENED + 2 * SECOND);
	assert_int_equal(m->waits_count, 2);
	assert_int_equal(waited(m), 900 * MS);
}

/* Its sums were on their way when it was looked at: they are missing once, and then not doubled. */
static void a_total_that_seems_to_fall_is_made_up_for(void **state)
{
	struct bench *b = *state;
	const struct measurement *m;
	struct wire_glance r;

	starts(b, 1, 10, OPENED);
	r = kept(1, 0, SYS_READ, 900 * MS);
	glance_take(b->g, &r, 1, OPENED + SECOND);
	r = kept(1, 0, SYS_READ, 0);
	m = glance_take(b->g, &r, 1, OPENED + 2 * SECOND);
	assert_int_equal(waited(m), 0);
	told(b, 1, SYS_READ, 1500 * MS);
	m = glance_take(b->g, &r, 1, OPENED + 3 * SECOND);
	assert_int_equal(waited(m), 600 * MS);
}

/* Whatever was read torn, nobody waited longer than the interval was. */
static void no_wait_is_longer_than_the_interval(void **state)
{
	struct bench *b = *state;
	struct wire_glance r = kept(1, 0, SYS_READ, 100 * SECOND);

	starts(b, 1, 10, OPENED);
	assert_int_equal(waited(glance_take(b->g, &r, 1, OPENED + SECOND)), SECOND);
}

static void ended_threads_are_in_the_interval_of_their_end_alone(void **state)
{
	struct bench *b = *state;
	const struct measurement *m;
	struct wire_glance r[] = {kept(1, 100 * MS, SYS_READ, 0), kept(2, 0, SYS_READ, 0)};

	starts(b, 1, 10, OPENED);
	starts(b, 2, 11, OPENED + 500 * MS);
	m = glance_take(b->g, r, 2, OPENED + SECOND);
	assert_int_equal(m->threads_count, 2);
	assert_int_equal(m->threads[1].start_ns, 500 * MS);
	assert_true(m->threads[1].started);
	ends(b, 1, OPENED + 1250 * MS, 200 * MS);
	m = glance_take(b->g, r + 1, 1, OPENED + 2 * SECOND);
	assert_int_equal(m->threads_count, 2);
	assert_int_equal(m->threads[0].end_ns, 250 * MS);
	assert_int_equal(m->threads[0].cpu_ns, 100 * MS);
	assert_true(m->threads[1].end_ns == MEASURED_ALIVE);
	assert_false(m->threads[1].started);
	m = glance_take(b->g, r + 1, 1, OPENED + 3 * SECOND);
	assert_int_equal(m->threads_count, 1);
	assert_int_equal(m->threads[0].tid, 11);
}

/* A record of a thread whose start was lost has no row to go to. */
static void an_unknown_thread_is_left_out(void **state)
{
	struct bench *b = *state;
	struct wire_glance r = kept(9, 100 * MS, SYS_READ, 100 * MS);
	const struct measurement *m = glance_take(b->g, &r, 1, OPENED + SECOND);

	assert_non_null(m);
	assert_int_equal(m->threads_count, 0);
	assert_int_equal(m->waits_count, 0);
}

/* What is measured in the end is the same as if nobody had looked. */
static void a_look_adds_nothing_to_the_measurement(void **state)
{
	struct bench *b = *state;
	struct wire_glance r = kept(1, 100 * MS, SYS_READ, 500 * MS);

	starts(b, 1, 10, OPENED);
	glance_take(b->g, &r, 1, OPENED + SECOND);
	told(b, 1, SYS_READ, 700 * MS);
	ends(b, 1, OPENED + 2 * SECOND, 300 * MS);
	assert_int_equal(b->m->waits_count, 1);
	assert_int_equal(b->m->waits[0].total_ns, 700 * MS);
	assert_int_equal(b->m->waits[0].count, 1);
	assert_int_equal(b->m->threads[0].cpu_ns, 300 * MS);
	assert_int_equal(b->m->losses_count, 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, bench_open, bench_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(an_interval_has_what_was_added_since_the_last_look),
		CASE(a_total_that_moves_into_an_event_is_counted_once),
		CASE(a_total_that_seems_to_fall_is_made_up_for),
		CASE(no_wait_is_longer_than_the_interval),
		CASE(ended_threads_are_in_the_interval_of_their_end_alone),
		CASE(an_unknown_thread_is_left_out),
		CASE(a_look_adds_nothing_to_the_measurement),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
