/*
 * top_table: a profile of the last moment as a table.
 */
#include "top_table.h"

#include "page.h"
#include "pursuit.h"
#include "quantity.h"

#include "probe/measurement.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define NUMBER_WIDTH 7 /* of pids and tids: up to PID_MAX_LIMIT */
#define SHARE_WIDTH 6
#define BESIDES_WIDTH 10
#define NAME_WIDTH 15 /* TASK_COMM_LEN - 1 */
#define NAME_WIDTH_LEAST 8
#define WIDE 64 /* narrower ones do without pids, and with short names */

#define WORTH_A_COLUMN 0.0005 /* of all time */

/* Computing is one column; 0: none of its own. */
static const char *const headings[STATE_COUNT] = {
	[STATE_CPU_USER] = "cpu",
	[STATE_RUN_QUEUE] = "queue",
	[STATE_DISK] = "disk",
	[STATE_NETWORK] = "net",
	[STATE_IPC] = "ipc",
	[STATE_TERMINAL] = "tty",
	[STATE_SLEEP] = "sleep",
	[STATE_POLL] = "poll",
	[STATE_LOCK] = "lock",
	[STATE_INTERPRETER_LOCK] = "gil",
	[STATE_SYNC] = "sync",
	[STATE_CHILD] = "child",
	[STATE_PAGE_FAULT] = "fault",
	[STATE_STOPPED] = "stop",
	[STATE_OTHER] = "other",
};

struct columns {
	bool shown[STATE_COUNT];
	bool besides; /* there is more than columns: one tells of each thread's largest other state
		       */
	bool pids;
	int name_width;
};

static double seconds_in(const struct profile_time *t, enum state s)
{
	return s == STATE_CPU_USER ? t->s[STATE_CPU_USER] + t->s[STATE_CPU_KERNEL] : t->s[s];
}

static bool is_worth_a_column(const struct profile_time *seen, enum state s)
{
	return s == STATE_CPU_USER || s == STATE_RUN_QUEUE ||
	       (headings[s] && seen->s[s] > WORTH_A_COLUMN * seen->total_s);
}

/* Those in which threads were longest so far; computing and the queue always. */
static void states_choose(struct columns *c, const struct profile_time *seen, int most)
{
	c->shown[STATE_CPU_USER] = c->shown[STATE_RUN_QUEUE] = true;
	for (int count = 2; count < most; count++) {
		enum state best = STATE_COUNT;

		for (enum state s = 0; s < STATE_COUNT; s++)
			if (is_worth_a_column(seen, s) && !c->shown[s] &&
				(best == STATE_COUNT || seen->s[s] > seen->s[best]))
				best = s;
		if (best == STATE_COUNT)
			return;
		c->shown[best] = true;
	}
}

static struct columns columns_choose(const struct profile_time *seen, int width)
{
	bool wide = width >= WIDE;
	struct columns c = {.pids = wide, .name_width = wide ? NAME_WIDTH : NAME_WIDTH_LEAST};
	int room = width - NUMBER_WIDTH * (1 + c.pids) - 2 - c.name_width;
	int kinds = 0;

	for (enum state s = 0; s < STATE_COUNT; s++)
		kinds += is_worth_a_column(seen, s);
	c.besides = kinds * SHARE_WIDTH > room;
	states_choose(&c, seen, (room - c.besides * BESIDES_WIDTH) / SHARE_WIDTH);
	return c;
}

static void share_cell(struct page *page, double part, double whole)
{
	double percent = whole > 0 ? 100 * part / whole : 0;
	char text[16] = "";

	if (percent >= 0.5)
		snprintf(text, sizeof(text), "%.0f", percent);
	else if (percent >= 0.05)
		snprintf(text, sizeof(text), "<1");
	page_cell(page, INK_PLAIN, -SHARE_WIDTH, text);
}

static void besides_cell(struct page *page, const struct columns *c, const struct profile_time *t)
{
	enum state most = STATE_COUNT;
	char text[24] = "";

	for (enum state s = 0; s < STATE_COUNT; s++)
		if (headings[s] && !c->shown[s] && t->s[s] > (most < STATE_COUNT ? t->s[most] : 0))
			most = s;
	if (most < STATE_COUNT && t->s[most] >= 0.005 * t->total_s)
		snprintf(text, sizeof(text), "%s %.0f", headings[most],
			100 * t->s[most] / t->total_s);
	page_cell(page, INK_PLAIN, -BESIDES_WIDTH, text);
}

static void shares_write(struct page *page, const struct columns *c, const struct profile_time *t)
{
	for (enum state s = 0; s < STATE_COUNT; s++)
		if (c->shown[s])
			share_cell(page, seconds_in(t, s), t->total_s);
	if (c->besides)
		besides_cell(page, c, t);
}

static void number_cell(struct page *page, int number)
{
	char text[16];

	snprintf(text, sizeof(text), "%d", number);
	page_cell(page, INK_PLAIN, -NUMBER_WIDTH, text);
}

static void thread_write(struct page *page, const struct columns *c, const struct profile *p,
	const struct profile_thread *t)
{
	const struct measured_thread *m = &p->measurement->threads[t->measured];

	if (c->pids)
		number_cell(page, p->measurement->processes[m->process].pid);
	number_cell(page, m->tid);
	page_print(page, INK_PLAIN, "  ");
	page_cell(page, INK_PLAIN, c->name_width, m->name ? m->name : "");
	shares_write(page, c, &t->time);
	page_newline(page);
}

static void heading_write(struct page *page, const struct columns *c)
{
	if (c->pids)
		page_cell(page, INK_BOLD, -NUMBER_WIDTH, "pid");
	page_cell(page, INK_BOLD, -NUMBER_WIDTH, "tid");
	page_print(page, INK_BOLD, "  ");
	page_cell(page, INK_BOLD, c->name_width, "thread");
	for (enum state s = 0; s < STATE_COUNT; s++)
		if (c->shown[s])
			page_cell(page, INK_BOLD, -SHARE_WIDTH, headings[s]);
	if (c->besides)
		page_cell(page, INK_BOLD, -BESIDES_WIDTH, "besides");
	page_newline(page);
}

static size_t processes_count(const struct measurement *m)
{
	bool *met = calloc(m->processes_count + 1, sizeof(*met));
	size_t count = 0;

	for (size_t i = 0; met && i < m->threads_count; i++) {
		count += !met[m->threads[i].process];
		met[m->threads[i].process] = true;
	}
	free(met);
	return count;
}

static void line_write(struct page *page, enum ink ink, const char *line)
{
	int length = (int)strlen(line);

	page_cell(page, ink, length < page->style.width ? length : page->style.width, line);
	page_newline(page);
}

static void totals_write(struct page *page, const struct profile *p)
{
	const struct measurement *m = p->measurement;
	size_t processes = processes_count(m);
	char line[160];

	snprintf(line, sizeof(line), "%zu thread%s in %zu process%s, %.2f CPUs busy",
		m->threads_count, m->threads_count == 1 ? "" : "s", processes,
		processes == 1 ? "" : "es",
		p->wall_s > 0 ? seconds_in(&p->time, STATE_CPU_USER) / p->wall_s : 0);
	line_write(page, INK_BOLD, line);
	pursuit_words(p, line, sizeof(line));
	line_write(page, INK_PLAIN, line);
}

static const struct profile *sorted; /* qsort() hands nothing on */

static int threads_compare(const void *a, const void *b)
{
	const struct profile_thread *x = a, *y = b;
	double more = seconds_in(&y->time, STATE_CPU_USER) - seconds_in(&x->time, STATE_CPU_USER);

	if (more == 0)
		more = y->time.s[STATE_RUN_QUEUE] - x->time.s[STATE_RUN_QUEUE];
	if (more != 0)
		return more > 0 ? 1 : -1;
	return sorted->measurement->threads[x->measured].tid -
	       sorted->measurement->threads[y->measured].tid;
}

static struct profile_thread *threads_sort(const struct profile *p)
{
	struct profile_thread *threads = calloc(p->threads_count + 1, sizeof(*threads));

	if (!threads)
		return NULL;
	memcpy(threads, p->threads, p->threads_count * sizeof(*threads));
	sorted = p;
	qsort(threads, p->threads_count, sizeof(*threads), threads_compare);
	return threads;
}

static void seen_add(struct profile_time *seen, const struct profile_time *now)
{
	for (enum state s = 0; s < STATE_COUNT; s++)
		seen->s[s] += now->s[s];
	seen->total_s += now->total_s;
}

int top_table_write(struct top_table *t, const struct profile *p, const struct style *style,
	int lines, FILE *to)
{
	struct profile_thread *threads = threads_sort(p);
	struct page page = {.to = to, .style = *style};
	struct columns columns;
	size_t rows = p->threads_count;

	if (!threads)
		return -ENOMEM;
	seen_add(&t->seen, &p->time);
	columns = columns_choose(&t->seen, style->width);
	totals_write(&page, p);
	heading_write(&page, &columns);
	if (lines > 0 && (size_t)lines < TOP_TABLE_HEADING + 1 + rows)
		rows = lines > TOP_TABLE_HEADING + 2 ? (size_t)lines - TOP_TABLE_HEADING - 2 : 0;
	for (size_t i = 0; i < rows; i++)
		thread_write(&page, &columns, p, &threads[i]);
	if (rows < p->threads_count) {
		page_print(&page, INK_DIM, "%*s  and %zu more", NUMBER_WIDTH, "",
			p->threads_count - rows);
		page_newline(&page);
	}
	free(threads);
	return 0;
}
