/*
 * text_measured: the sections of the text report that show what was measured.
 */
#include "text_section.h"

#include "advice.h"
#include "page.h"
#include "probe/measurement.h"
#include "quantity.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Less than this share of the time is left out, unless -v: it cannot change a verdict. */
#define SHARE_SHOWN 0.005
#define ROWS_SHOWN 4
#define BAR_WIDTH 38

static bool is_verbose(const struct page *page)
{
	return page->style.verbosity > 0;
}

static void bar(struct page *page, double share)
{
	int length = (int)lround(share * BAR_WIDTH);

	for (int i = 0; i < length; i++)
		page_print(page, INK_PLAIN, page->style.utf8 ? "\xe2\x96\x88" : "#");
}

static void time_row(struct page *page, const char *label, double seconds, double total_s)
{
	double share = total_s > 0 ? seconds / total_s : 0;

	if (seconds <= 0 || (share < SHARE_SHOWN && !is_verbose(page)))
		return;
	page_tab(page, 2);
	page_cell(page, INK_PLAIN, 17, label);
	page_cell(page, INK_PLAIN, -7, quantity_of(share, "share").text);
	page_tab(page, 28);
	bar(page, share);
	page_right(page, INK_PLAIN, quantity_of(seconds, "s").text);
	page_newline(page);
}

/* States by their time, longest first. */
static size_t states_order(const struct profile_time *time, enum state *order)
{
	size_t count = 0;

	for (enum state s = 0; s < STATE_COUNT; s++) {
		size_t at = count++;

		for (; at > 0 && time->s[order[at - 1]] < time->s[s]; at--)
			order[at] = order[at - 1];
		order[at] = s;
	}
	return count;
}

/* What was neither: waiting for work, for users, or for its own threads and children. */
static void idle_row(struct page *page, double idle_s)
{
	page_tab(page, 2);
	page_print(page, INK_DIM, "beside it, waiting for work, users or its own workers");
	page_right(page, INK_DIM, quantity_of(idle_s, "s").text);
	page_newline(page);
}

void section_time(struct page *page, const struct advice *a)
{
	const struct profile *p = a->profile;
	const struct profile_time *busy = &p->work.busy;
	double idle_s = p->time.total_s - busy->total_s;
	enum state order[STATE_COUNT];
	size_t count = states_order(busy, order);
	char right[80];

	if (!(p->time.total_s > 0))
		return;
	snprintf(right, sizeof(right), "%s of work", quantity_of(busy->total_s, "s").text);
	page_heading(page, "Where the time went", right);
	for (size_t i = 0; i < count; i++)
		time_row(page, state_label(order[i]), busy->s[order[i]], busy->total_s);
	if (idle_s >= SHARE_SHOWN * p->time.total_s)
		idle_row(page, idle_s);
}

static void wait_row(struct page *page, const struct profile_wait *w)
{
	const char *syscall = w->syscall ? w->syscall : "(no system call)";

	page_tab(page, 2);
	page_cell(page, INK_PLAIN, 22, w->object ? w->object : state_label(w->state));
	page_tab(page, 25);
	page_cell(page, w->idle ? INK_DIM : INK_PLAIN, 17, w->idle ? "idle" : syscall);
	page_cell(page, INK_PLAIN, -8, quantity_of((double)w->count, "count").text);
	page_cell(page, INK_PLAIN, -10, quantity_of(w->total_s, "s").text);
	page_cell(page, INK_PLAIN, -9, quantity_of(w->max_s, "s").text);
	page_cell(page, INK_PLAIN, -11,
		isfinite(w->overlapped) ? quantity_of(w->overlapped, "share").text : "-");
	page_newline(page);
}

static bool is_wait_shown(const struct page *page, const struct profile *p, size_t i, size_t shown)
{
	const struct profile_wait *w = &p->waits[i];

	if (is_verbose(page))
		return true;
	return shown < ROWS_SHOWN && !w->idle && w->total_s >= SHARE_SHOWN * p->time.total_s;
}

void section_waits(struct page *page, const struct advice *a)
{
	const struct profile *p = a->profile;
	size_t shown = 0;

	for (size_t i = 0; i < p->waits_count; i++) {
		if (!is_wait_shown(page, p, i, shown))
			continue;
		if (shown++ == 0)
			page_heading(page, "What it waited for",
				"count     total  longest side by side");
		wait_row(page, &p->waits[i]);
	}
}

static void lock_row(struct page *page, const struct profile_lock *l)
{
	char name[64];

	if (l->object)
		snprintf(name, sizeof(name), "%s", l->object);
	else
		snprintf(name, sizeof(name), "0x%llx", (unsigned long long)l->address);
	page_tab(page, 2);
	page_cell(page, INK_PLAIN, 15, l->kind);
	page_cell(page, INK_PLAIN, 20, name);
	page_cell(page, INK_PLAIN, -10, quantity_of((double)l->waits, "count").text);
	page_cell(page, INK_PLAIN, -11, quantity_of(l->total_wait_s, "s").text);
	page_cell(page, INK_PLAIN, -11, quantity_of(l->max_wait_s, "s").text);
	page_cell(page, INK_PLAIN, -11, quantity_of((double)l->waiters, "count").text);
	page_newline(page);
}

void section_locks(struct page *page, const struct advice *a)
{
	const struct profile *p = a->profile;
	size_t shown = 0;

	for (size_t i = 0; i < p->locks_count; i++) {
		const struct profile_lock *l = &p->locks[i];

		if (!is_verbose(page) &&
			(shown >= ROWS_SHOWN || l->total_wait_s < SHARE_SHOWN * p->time.total_s))
			continue;
		if (shown++ == 0)
			page_heading(page, "Locks that were waited for",
				"waits      total    longest    threads");
		lock_row(page, l);
	}
}

static void loop_row(struct page *page, const struct profile *p, const struct profile_loop *l)
{
	const struct measured_thread *t = &p->measurement->threads[p->threads[l->thread].measured];
	char iterations[sizeof(struct quantity) + 8];

	page_tab(page, 2);
	page_print(page, INK_PLAIN, "thread %d", t->tid);
	page_tab(page, 18);
	page_print(page, INK_PLAIN, "busy %s", quantity_of(l->busy_share, "share").text);
	if (l->saturated)
		page_print(page, INK_WARNING, ", hardly ever asleep");
	if (isfinite(l->lag_max_s))
		page_print(page, INK_PLAIN, ", between two waits %s (median), %s at most",
			quantity_of(l->lag_p50_s, "s").text, quantity_of(l->lag_max_s, "s").text);
	if (l->iterations >= 0) {
		snprintf(iterations, sizeof(iterations), "%s %s",
			quantity_of((double)l->iterations, "count").text,
			l->iterations == 1 ? "round" : "rounds");
		page_right(page, INK_PLAIN, iterations);
	}
	page_newline(page);
}

static void blocking_row(struct page *page, const struct profile_blocking *b)
{
	page_tab(page, 4);
	page_print(page, INK_WARNING, "blocked in %s (%s): %s x, %s in all, longest %s",
		b->syscall ? b->syscall : "no system call", state_label(b->state),
		quantity_of((double)b->count, "count").text, quantity_of(b->total_s, "s").text,
		quantity_of(b->max_s, "s").text);
	page_newline(page);
}

void section_loops(struct page *page, const struct advice *a)
{
	const struct profile *p = a->profile;

	if (p->loops_count > 0)
		page_heading(page, p->loops_count == 1 ? "The event loop" : "Event loops", NULL);
	for (size_t i = 0; i < p->loops_count; i++) {
		const struct profile_loop *l = &p->loops[i];

		if (i >= ROWS_SHOWN && !is_verbose(page)) {
			page_print(page, INK_DIM, "  and %zu more: -v", p->loops_count - i);
			page_newline(page);
			return;
		}
		loop_row(page, p, l);
		for (size_t j = 0; j < l->blocking_count; j++)
			if (is_verbose(page) ||
				(j < ROWS_SHOWN &&
					l->blocking[j].total_s >=
						SHARE_SHOWN * p->threads[l->thread].wall_s))
				blocking_row(page, &l->blocking[j]);
	}
}

static void thread_row(struct page *page, const struct profile *p, const struct profile_thread *t)
{
	const struct measured_thread *m = &p->measurement->threads[t->measured];
	enum state order[STATE_COUNT];
	char tid[16];

	states_order(&t->time, order);
	snprintf(tid, sizeof(tid), "%d", m->tid);
	page_tab(page, 2);
	page_cell(page, INK_PLAIN, -8, tid);
	page_tab(page, 12);
	page_cell(page, INK_PLAIN, 16, m->name ? m->name : "");
	page_cell(page, INK_PLAIN, 12, role_name(t->role));
	page_cell(page, INK_PLAIN, -9, quantity_of(t->wall_s, "s").text);
	if (m->earlier)
		page_print(page, INK_PLAIN, "  %s, one after the other:",
			quantity_of((double)m->earlier + 1, "count").text);
	for (size_t i = 0; i < 2 && t->time.s[order[i]] > 0; i++)
		page_print(page, INK_PLAIN, "%s%s %s", i ? ", " : "  ", state_label(order[i]),
			quantity_of(t->time.s[order[i]] / t->time.total_s, "share").text);
	page_newline(page);
}

void section_threads(struct page *page, const struct advice *a)
{
	const struct profile *p = a->profile;

	if (p->threads_count > 0)
		page_heading(page, "Threads", NULL);
	for (size_t i = 0; i < p->threads_count; i++)
		thread_row(page, p, &p->threads[i]);
}

void section_quality(struct page *page, const struct advice *a)
{
	const struct profile *p = a->profile;

	page_heading(page, "How well it was measured", grade_name(p->grade));
	for (size_t i = 0; i < p->checks_count; i++) {
		const struct profile_check *c = &p->checks[i];

		if (c->passed && p->grade == GRADE_GOOD && page->style.verbosity < 0)
			continue;
		page_tab(page, 2);
		page_print(page, c->passed ? INK_GOOD : INK_BAD, c->passed ? "[ok]" : "[--]");
		page_paragraph(page, INK_PLAIN, 7, c->message ? c->message : c->id);
	}
}
