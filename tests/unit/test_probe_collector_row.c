/* Rows of processes that come and go in great numbers: who takes over whose, and that nothing is
 * lost. */
#include "collector_bench.h"

#define OWN 512   /* from so many rows on they are taken over, */
#define MOST 1024 /* and from here on, if need be, by others than their like */
#define PARENT 100

struct deed {
	unsigned int serial;
	int pid, ppid;
	const char *path; /* NULL: executes nothing */
	uint64_t at_ns;
};

static void begins(struct bench *b, const struct deed *d)
{
	struct wire_thread_start s = {.h = HEAD(WIRE_THREAD_START, d->serial, d->at_ns),
		.tid = d->pid,
		.tgid = d->pid,
		.ppid = d->ppid,
		.comm = "make"};

	TAKE(b, s);
}

static void executes(struct bench *b, const struct deed *d)
{
	struct wire_thread_exec e = {.h = HEAD(WIRE_THREAD_EXEC, d->serial, d->at_ns + 10),
		.tid = d->pid,
		.tgid = d->pid,
		.comm = "command"};

	strncpy(e.path, d->path, sizeof(e.path) - 1);
	TAKE(b, e);
}

/* It lives for 100 ns, 30 of them on a CPU. */
static void ends(struct bench *b, const struct deed *d)
{
	struct wire_process_end p = {.h = HEAD(WIRE_PROCESS_END, d->serial, d->at_ns + 90),
		.rss_peak_pages = 10,
		.running_ns = {[2] = 5}};
	struct wire_thread_end e = {.h = HEAD(WIRE_THREAD_END, d->serial, d->at_ns + 100),
		.start_ns = d->at_ns,
		.cpu_ns = 30,
		.comm = "command"};

	waits(b, d->serial, reading, 1, 70);
	TAKE(b, p);
	TAKE(b, e);
}

static void happens(struct bench *b, const struct deed *d)
{
	begins(b, d);
	if (d->path)
		executes(b, d);
	ends(b, d);
}

struct sum {
	size_t rows;
	uint64_t processes, cpu_ns, lived_ns, waited_ns, running_ns;
};

/* Of the children of PARENT's row that executed this; NULL: nothing. */
static struct sum sum_of(const struct bench *b, const char *path)
{
	const struct measurement *m = b->m;
	struct sum sum = {0};

	for (size_t i = 0; i < m->threads_count; i++) {
		const struct measured_thread *t = &m->threads[i];
		const struct measured_process *p = &m->processes[t->process];

		if (p->parent != 0 || !path != !p->executable ||
			(path && strcmp(path, p->executable) != 0))
			continue;
		assert_int_equal(t->tid, p->pid);
		assert_int_equal(t->earlier, p->earlier);
		sum.rows++;
		sum.processes += 1 + p->earlier;
		sum.cpu_ns += t->cpu_ns;
		sum.lived_ns += (uint64_t)(p->end_ns - p->start_ns) - p->vacant_ns;
		assert_int_equal(p->end_ns - p->start_ns - (int64_t)p->vacant_ns,
			t->end_ns - t->start_ns - (int64_t)t->vacant_ns);
		sum.running_ns += p->running_ns[2];
	}
	for (size_t i = 0; i < m->waits_count; i++) {
		size_t process = m->threads[m->waits[i].thread].process;
		const char *executable = m->processes[process].executable;

		if (m->processes[process].parent == 0 && !path == !executable &&
			(!path || strcmp(path, executable) == 0))
			sum.waited_ns += m->waits[i].total_ns;
	}
	return sum;
}

static void assert_sum(const struct bench *b, const char *path, uint64_t processes)
{
	struct sum sum = sum_of(b, path);

	assert_int_equal(sum.processes, processes);
	assert_int_equal(sum.cpu_ns, 30 * processes);
	assert_int_equal(sum.lived_ns, 100 * processes);
	assert_int_equal(sum.waited_ns, 70 * processes);
	assert_int_equal(sum.running_ns, 5 * processes);
}

static void finish(struct bench *b)
{
	assert_int_equal(collector_finish(b->c, OPENED, OPENED + 60 * SECOND), 0);
	assert_int_equal(b->m->losses_count, 0);
}

/* A script: two commands by turns, and now and then a subshell. */
static void test_processes_that_come_and_go_share_rows_with_their_like(void **state)
{
	const char *const programs[] = {"/bin/sed", "/bin/grep", "/bin/sed", NULL};
	struct bench *b = *state;

	start(b, 1, PARENT, PARENT, 1);
	for (unsigned int i = 0; i < 20000; i++)
		happens(b, &(struct deed){2 + i, 1000 + (int)i % 3000, PARENT, programs[i % 4],
				   OPENED + 1000ULL * i});
	finish(b);
	assert_int_equal(measurement_processes(b->m), 20001);
	assert_int_equal(measurement_threads(b->m), 20001);
	assert_true(b->m->processes_count <= OWN + 1);
	assert_int_equal(b->m->processes_most, 2);
	assert_int_equal(b->m->threads_most, 2);
	assert_sum(b, "/bin/sed", 10000);
	assert_sum(b, "/bin/grep", 5000);
	assert_sum(b, NULL, 5000);
}

/* A program that is met for the first time when all rows are those of others. */
static void test_who_executes_something_new_has_a_row_of_its_own(void **state)
{
	struct bench *b = *state;
	unsigned int serial = 2;

	start(b, 1, PARENT, PARENT, 1);
	for (int i = 0; i < 2 * OWN; i++, serial++)
		happens(b, &(struct deed){serial, 1000 + i, PARENT, NULL, OPENED + 1000ULL * i});
	for (int i = 0; i < 10; i++, serial++)
		happens(b, &(struct deed){serial, 20000 + i, PARENT, "/bin/late",
				   OPENED + 1000ULL * (2 * OWN + (unsigned int)i)});
	finish(b);
	assert_int_equal(b->m->processes_count, OWN + 1);
	assert_int_equal(sum_of(b, "/bin/late").rows, 1);
	assert_sum(b, "/bin/late", 10);
	assert_sum(b, NULL, 2 * OWN);
}

/* Between its fork and what it executes it has a row that others have in turn: those go. */
static void test_what_is_told_before_a_process_executes_something_is_kept(void **state)
{
	struct deed d = {2, 1000, PARENT, "/bin/true", OPENED};
	struct bench *b = *state;
	uint64_t samples = 0;

	start(b, 1, PARENT, PARENT, 1);
	for (int i = 0; i < 2 * OWN; i++, d.serial++, d.pid++, d.at_ns += 1000) {
		begins(b, &d);
		sample(b, d.serial, 0, d.at_ns + 5, 1, SYS_READ);
		executes(b, &d);
		ends(b, &d);
	}
	finish(b);
	assert_int_equal(b->m->processes_count, OWN - 1); /* with its parent's */
	assert_int_equal(b->m->threads_count, OWN - 1);
	assert_sum(b, "/bin/true", 2 * OWN);
	for (size_t i = 0; i < b->m->samples_count; i++) {
		assert_true(b->m->samples[i].thread < b->m->threads_count);
		samples += b->m->samples[i].count;
	}
	assert_int_equal(samples, 2 * OWN);
}

/* What is still running has its row for itself, and its pid leads to it. */
static void test_who_lives_keeps_the_row(void **state)
{
	struct deed d = {2, 1000, PARENT, "/bin/true", OPENED};
	struct bench *b = *state;
	size_t row;

	start(b, 1, PARENT, PARENT, 1);
	for (int i = 0; i < 2 * OWN; i++, d.serial++, d.pid++, d.at_ns += 1000)
		happens(b, &d);
	begins(b, &d);
	executes(b, &d);
	row = collector_process(b->c, d.pid);
	assert_int_equal(b->m->processes[row].pid, d.pid);
	assert_int_equal(collector_process(b->c, 1000 + OWN), MEASURED_NONE);
	for (int i = 0; i < 3; i++) {
		d.serial++;
		d.pid++;
		begins(b, &d);
		assert_int_not_equal(collector_process(b->c, d.pid), row);
	}
	assert_int_equal(b->m->processes[row].pid, d.pid - 3);
	finish(b);
	assert_int_equal(b->m->processes[collector_process(b->c, d.pid - 3)].pid, d.pid - 3);
	assert_int_equal(b->m->processes_most, 5);
}

/* As a build does: each child starts children of its own. */
static void test_grandchildren_share_rows_where_their_parents_do(void **state)
{
	struct bench *b = *state;
	unsigned int serial = 2;
	size_t compilers = 0;

	start(b, 1, PARENT, PARENT, 1);
	for (int i = 0; i < 2 * OWN; i++) {
		struct deed driver = {
			serial++, 1000 + 2 * i, PARENT, "/bin/cc", OPENED + 1000ULL * i};
		struct deed compiler = {
			serial++, driver.pid + 1, driver.pid, "/bin/cc1", driver.at_ns};

		begins(b, &driver);
		executes(b, &driver);
		happens(b, &compiler);
		ends(b, &driver);
	}
	finish(b);
	assert_int_equal(measurement_processes(b->m), 4 * OWN + 1);
	assert_true(b->m->processes_count <= OWN + 2);
	assert_sum(b, "/bin/cc", 2 * OWN);
	for (size_t i = 0; i < b->m->processes_count; i++) {
		const struct measured_process *p = &b->m->processes[i];

		if (p->parent == MEASURED_NONE || strcmp(p->executable, "/bin/cc1") != 0)
			continue;
		assert_string_equal(b->m->processes[p->parent].executable, "/bin/cc");
		compilers += 1 + p->earlier;
	}
	assert_int_equal(compilers, 2 * OWN);
}

/* A test runner with a program for each test; a chain of processes each of which starts the next.
 */
static void test_rows_are_bounded_whatever_is_executed_by_whom(void **state)
{
	struct bench *b = *state;
	struct deed d = {2, 1000, PARENT, NULL, OPENED};
	char path[32];

	start(b, 1, PARENT, PARENT, 1);
	for (int i = 0; i < 3 * MOST; i++, d.serial++, d.pid++, d.at_ns += 1000) {
		snprintf(path, sizeof(path), "/test/%d", i);
		d.path = path;
		happens(b, &d);
	}
	assert_true(b->m->processes_count <= MOST + 2);
	d.path = NULL;
	for (int i = 0; i < MOST; i++, d.at_ns += 1000) {
		struct deed next = {d.serial + 1, d.pid + 1, d.pid, NULL, d.at_ns + 50};

		if (i == 0)
			begins(b, &d);
		begins(b, &next);
		ends(b, &d);
		d.serial++;
		d.pid++;
	}
	ends(b, &d);
	finish(b);
	assert_true(b->m->processes_count <= MOST + 2);
	assert_int_equal(measurement_processes(b->m), 4 * MOST + 2);
}

static void forgotten(void *context, int pid)
{
	int *count = context;

	assert_true(pid >= 1000);
	*count += 1;
}

static void test_of_whom_the_row_was_taken_the_others_are_told(void **state)
{
	struct deed d = {2, 1000, PARENT, "/bin/true", OPENED};
	struct bench *b = *state;
	int count = 0, known = 0;

	start(b, 1, PARENT, PARENT, 1);
	collector_on_forget(b->c, forgotten, &count);
	for (int i = 0; i < 2 * OWN; i++, d.serial++, d.pid++, d.at_ns += 1000)
		happens(b, &d);
	for (int pid = 1000; pid < d.pid; pid++)
		known += collector_process(b->c, pid) != MEASURED_NONE;
	assert_true(known < OWN);
	assert_int_equal(count + known, 2 * OWN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_processes_that_come_and_go_share_rows_with_their_like),
		CASE(test_who_executes_something_new_has_a_row_of_its_own),
		CASE(test_what_is_told_before_a_process_executes_something_is_kept),
		CASE(test_who_lives_keeps_the_row),
		CASE(test_grandchildren_share_rows_where_their_parents_do),
		CASE(test_rows_are_bounded_whatever_is_executed_by_whom),
		CASE(test_of_whom_the_row_was_taken_the_others_are_told),
	};

	return cmocka_run_group_tests_name("collector_row", tests, NULL, NULL);
}
