/*
 * text_measured: the sections of the text report that show what was measured.
 */
#include "text_section.h"

#include "analyzer/state.h"
#include "label.h"
#include "page.h"
#include "quantity.h"
#include "value.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Less than this share of the time is left out, unless -v: it cannot change a verdict. */
#define SHARE_SHOWN 0.005
#define ROWS_SHOWN 4
#define IDLE_WORDS 70 /* columns that all its words need */
#define RUN_QUEUE_TOLD 0.01
#define LOOP_INDENT 18
#define BAR_COLUMN 28
#define BAR_WIDTH 38
#define SECONDS_WIDTH 11 /* right of it */
#define BAR_LEAST 8      /* a shorter one shows nothing */

static bool is_verbose(const struct page *page)
{
	return page->style.verbosity > 0;
}

static struct quantity seconds_of(struct json_object *o, const char *path)
{
	return quantity_of(value_number(o, path), "s");
}

static struct quantity count_of(struct json_object *o, const char *path)
{
	return quantity_of(value_number(o, path), "count");
}

static void bar(struct page *page, double share)
{
	int room = page->style.width - BAR_COLUMN - SECONDS_WIDTH;
	int most = room < BAR_LEAST ? 0 : room < BAR_WIDTH ? room : BAR_WIDTH;
	int length = (int)lround(fmin(1, share) * most);

	if (length > 0)
		page_tab(page, BAR_COLUMN);

	for (int i = 0; i < length; i++)
		page_print(page, INK_PLAIN, page->style.utf8 ? "\xe2\x96\x88" : "#");
}

static void time_row(struct page *page, enum state s, double seconds, double total_s)
{
	double share = total_s > 0 ? seconds / total_s : 0;

	if (seconds <= 0 || (share < SHARE_SHOWN && !is_verbose(page)))
		return;
	page_tab(page, 2);
	page_cell(page, INK_PLAIN, 17, state_label(s));
	page_cell(page, INK_PLAIN, -7, quantity_of(share, "share").text);
	bar(page, share);
	page_right(page, INK_PLAIN, quantity_of(seconds, "s").text);
	page_newline(page);
}

/* Seconds in each state, and the states by them, longest first. */
struct times {
	double s[STATE_COUNT], total_s;
	enum state order[STATE_COUNT];
};

static struct times times_of(struct json_object *states)
{
	struct times t = {.total_s = 0};

	for (enum state s = 0; s < STATE_COUNT; s++) {
		double seconds = value_number(states, state_name(s));
		size_t at = s;

		t.s[s] = seconds > 0 ? seconds : 0;
		t.total_s += t.s[s];
		for (; at > 0 && t.s[t.order[at - 1]] < t.s[s]; at--)
			t.order[at] = t.order[at - 1];
		t.order[at] = s;
	}
	return t;
}

/* What was neither: waiting for work, for users, or for its own threads and children. */
static void idle_row(struct page *page, double idle_s)
{
	page_tab(page, 2);
	page_print(page, INK_DIM, "beside it, waiting%s",
		page->style.width < IDLE_WORDS ? "" : " for work, users or its own workers");
	page_right(page, INK_DIM, quantity_of(idle_s, "s").text);
	page_newline(page);
}

void section_time(struct page *page, struct json_object *report)
{
	double total_s = value_number(report, "time.total_s");
	double busy_s = value_number(report, "time.busy_total_s"), idle_s = total_s - busy_s;
	struct times busy = times_of(value_at(report, "time.busy_s"));
	char right[80];

	if (!(total_s > 0))
		return;
	snprintf(right, sizeof(right), "%s of work", quantity_of(busy_s, "s").text);
	page_heading(page, "Where the time went", right);
	for (size_t i = 0; i < STATE_COUNT; i++)
		time_row(page, busy.order[i], busy.s[busy.order[i]], busy_s);
	if (idle_s >= SHARE_SHOWN * total_s)
		idle_row(page, idle_s);
}

/* Worth a row, by its share of all time. */
static bool is_long(struct json_object *report, double seconds)
{
	return seconds >= SHARE_SHOWN * value_number(report, "time.total_s");
}

static void wait_row(struct page *page, struct json_object *wait)
{
	const char *syscall = value_text(wait, "syscall"), *object = value_text(wait, "object");
	double overlapped = value_number(wait, "overlapped");
	bool idle = value_is_true(wait, "idle");
	const char *call = idle ? "idle" : syscall ? syscall : "(no system call)";

	page_tab(page, 2);
	page_cell(page, INK_PLAIN, 22, object ? object : label_state(value_words(wait, "state")));
	page_tab(page, 25);
	page_room(page, (int)strlen(call), 4);
	page_print(page, idle ? INK_DIM : INK_PLAIN, "%s", call);
	page_tab_right(page, 38);
	page_cell(page, INK_PLAIN, -8, count_of(wait, "count").text);
	page_cell(page, INK_PLAIN, -10, seconds_of(wait, "total_s").text);
	page_cell(page, INK_PLAIN, -9, seconds_of(wait, "max_s").text);
	page_cell(page, INK_PLAIN, -11,
		isnan(overlapped) ? "-" : quantity_of(overlapped, "share").text);
	page_newline(page);
}

void section_waits(struct page *page, struct json_object *report)
{
	size_t shown = 0;

	for (size_t i = 0; i < value_count(report, "waits"); i++) {
		struct json_object *wait = value_element(report, "waits", i);
		bool matters = shown < ROWS_SHOWN && !value_is_true(wait, "idle") &&
			       is_long(report, value_number(wait, "total_s"));

		if (!matters && !is_verbose(page))
			continue;
		if (shown++ == 0)
			page_heading(page, "What it waited for",
				"count     total  longest side by side");
		wait_row(page, wait);
	}
}

static void lock_row(struct page *page, struct json_object *lock)
{
	const char *object = value_text(lock, "object"), *address = value_text(lock, "address");

	page_tab(page, 2);
	page_cell(page, INK_PLAIN, 15, value_words(lock, "kind"));
	page_cell(page, INK_PLAIN, 20, object ? object : address ? address : "");
	page_tab_right(page, 40);
	page_cell(page, INK_PLAIN, -7, count_of(lock, "waits").text);
	page_cell(page, INK_PLAIN, -11, seconds_of(lock, "total_wait_s").text);
	page_cell(page, INK_PLAIN, -11, seconds_of(lock, "max_wait_s").text);
	page_cell(page, INK_PLAIN, -11, count_of(lock, "waiters").text);
	page_newline(page);
}

void section_locks(struct page *page, struct json_object *report)
{
	size_t shown = 0;

	for (size_t i = 0; i < value_count(report, "locks"); i++) {
		struct json_object *lock = value_element(report, "locks", i);
		bool matters =
			shown < ROWS_SHOWN && is_long(report, value_number(lock, "total_wait_s"));

		if (!matters && !is_verbose(page))
			continue;
		if (shown++ == 0)
			page_heading(page, "Locks that were waited for",
				"waits      total    longest    threads");
		lock_row(page, lock);
	}
}

/* "works 37 %, waits for a CPU 28 %, between two waits 13 us (median), 9.6 ms at most; 26,406
 * rounds", as far as it is known. */
static void loop_text(struct json_object *loop, char *text, size_t size)
{
	double iterations = value_number(loop, "iterations");
	char queue[70] = "", lag[130] = "", rounds[60] = "";

	if (value_number(loop, "run_queue_share") >= RUN_QUEUE_TOLD)
		snprintf(queue, sizeof(queue), ", waits for a CPU %s",
			quantity_of(value_number(loop, "run_queue_share"), "share").text);
	if (!isnan(value_number(loop, "lag_max_s")))
		snprintf(lag, sizeof(lag), ", between two waits %s (median), %s at most",
			seconds_of(loop, "lag_p50_s").text, seconds_of(loop, "lag_max_s").text);
	if (!isnan(iterations))
		snprintf(rounds, sizeof(rounds), "; %s %s", quantity_of(iterations, "count").text,
			iterations == 1 ? "round" : "rounds");
	snprintf(text, size, "works %s%s%s%s",
		quantity_of(value_number(loop, "work_share"), "share").text, queue, lag, rounds);
}

static void loop_row(struct page *page, struct json_object *loop)
{
	char text[320];

	loop_text(loop, text, sizeof(text));
	page_tab(page, 2);
	page_print(page, INK_PLAIN, "thread %d", value_whole(loop, "tid"));
	page_tab(page, LOOP_INDENT);
	if (value_is_true(loop, "saturated"))
		page_print(page, INK_WARNING, "hardly ever asleep,");
	page_paragraph(page, INK_PLAIN, LOOP_INDENT, text);
}

static void blocking_row(struct page *page, struct json_object *blocking)
{
	const char *syscall = value_text(blocking, "syscall");
	char text[300];

	snprintf(text, sizeof(text), "blocked in %s (%s): %s x, %s in all, longest %s",
		syscall ? syscall : "no system call", label_state(value_words(blocking, "state")),
		count_of(blocking, "count").text, seconds_of(blocking, "total_s").text,
		seconds_of(blocking, "max_s").text);
	page_paragraph(page, INK_WARNING, 4, text);
}

static void blocking_write(struct page *page, struct json_object *loop, double wall_s)
{
	for (size_t i = 0; i < value_count(loop, "blocking"); i++) {
		struct json_object *blocking = value_element(loop, "blocking", i);
		bool matters =
			i < ROWS_SHOWN && value_number(blocking, "total_s") >= SHARE_SHOWN * wall_s;

		if (matters || is_verbose(page))
			blocking_row(page, blocking);
	}
}

static void requests_write(struct page *page, struct json_object *report)
{
	struct json_object *requests = value_at(report, "concurrency.requests");
	char text[240];

	if (!requests)
		return;
	snprintf(text, sizeof(text),
		"%s requests, up to %s at once: one after the other they wait for %s",
		count_of(requests, "count").text, count_of(requests, "peak").text,
		seconds_of(requests, "wait_s").text);
	page_paragraph(page, INK_PLAIN, 2, text);
}

void section_loops(struct page *page, struct json_object *report)
{
	size_t count = value_count(report, "event_loops");

	if (count > 0)
		page_heading(page, count == 1 ? "The event loop" : "Event loops", NULL);
	for (size_t i = 0; i < count; i++) {
		struct json_object *loop = value_element(report, "event_loops", i);
		size_t thread = (size_t)value_whole(loop, "thread");

		if (i >= ROWS_SHOWN && !is_verbose(page)) {
			page_print(page, INK_DIM, "  and %zu more: -v", count - i);
			page_newline(page);
			return;
		}
		loop_row(page, loop);
		blocking_write(page, loop,
			value_number(value_element(report, "threads", thread), "wall_s"));
	}
	requests_write(page, report);
}

/* On a next line where this one is full. */
static void thread_part(struct page *page, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static void thread_part(struct page *page, const char *format, ...)
{
	char text[100];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	page_room(page, (int)strlen(text) + 2, 12);
	page_print(page, INK_PLAIN, "  %s", text);
}

static void thread_row(struct page *page, struct json_object *thread)
{
	struct times times = times_of(value_at(thread, "time"));
	char tid[16];

	snprintf(tid, sizeof(tid), "%d", value_whole(thread, "tid"));
	page_tab(page, 2);
	page_cell(page, INK_PLAIN, -8, tid);
	page_tab(page, 12);
	page_cell(page, INK_PLAIN, 16, value_words(thread, "name"));
	page_cell(page, INK_PLAIN, 12, value_words(thread, "role"));
	page_cell(page, INK_PLAIN, -9, seconds_of(thread, "wall_s").text);
	if (value_number(thread, "threads") > 1) /* false where it is one */
		thread_part(page, "%s, one after the other:",
			quantity_of(value_number(thread, "threads"), "count").text);
	for (size_t i = 0; i < 2 && times.s[times.order[i]] > 0; i++)
		thread_part(page, "%s %s", state_label(times.order[i]),
			quantity_of(times.s[times.order[i]] / times.total_s, "share").text);
	page_newline(page);
}

void section_threads(struct page *page, struct json_object *report)
{
	size_t count = value_count(report, "threads");

	if (count > 0)
		page_heading(page, "Threads", NULL);
	for (size_t i = 0; i < count; i++)
		thread_row(page, value_element(report, "threads", i));
}

void section_quality(struct page *page, struct json_object *report)
{
	page_heading(page, "How well it was measured", value_words(report, "quality.grade"));
	for (size_t i = 0; i < value_count(report, "quality.checks"); i++) {
		struct json_object *check = value_element(report, "quality.checks", i);
		const char *message = value_text(check, "message");
		bool passed = value_is_true(check, "passed");

		page_tab(page, 2);
		page_print(page, passed ? INK_GOOD : INK_BAD, passed ? "[ok]" : "[--]");
		page_paragraph(page, INK_PLAIN, 7, message ? message : value_words(check, "id"));
	}
}
