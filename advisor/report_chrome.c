/*
 * report_chrome: the timeline as a trace that Perfetto (https://ui.perfetto.dev), chrome://tracing
 * and the performance panel of Chromium open: a track for each thread, a slice for each interval.
 *
 * "Trace Event Format", JSON object form: M names tracks, X is a complete slice (microseconds), b
 * and e are an asynchronous one, which the stalls of event loops are, since they go across slices.
 */
#include "format.h"

#include "json.h"
#include "label.h"
#include "value.h"

#include <errno.h>
#include <json-c/json.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What each kind of interval is called, and its colour, of those that chrome://tracing has names
 * for. (Perfetto colours by the name of a slice.) */
static const struct look {
	const char *state, *name, *colour;
} looks[] = {
	{"cpu", "computing", "thread_state_running"},
	{"cpu_user", "computing", "thread_state_running"},
	{"cpu_kernel", "computing", "thread_state_running"},
	{"run_queue", "run queue", "thread_state_runnable"},
	{"disk", "disk", "thread_state_iowait"},
	{"page_fault", "page fault", "thread_state_iowait"},
	{"lock", "lock", "terrible"},
	{"interpreter_lock", "interpreter lock", "bad"},
	{"folded", "short waits", "grey"},
	{"mixed", "mixed", "generic_work"},
};

static struct look look_of(const char *state)
{
	for (size_t i = 0; i < sizeof(looks) / sizeof(looks[0]); i++)
		if (strcmp(looks[i].state, state) == 0)
			return looks[i];
	return (struct look){state, label_state(state), "thread_state_sleeping"};
}

/* The panel takes a time of 0 for none at all, and would begin with the next slice. */
#define BEGIN_NS 1000

/* One thread of the timeline, and where its events go. */
struct track {
	struct json_object *events, *report;
	int pid, tid;
};

static struct json_object *event_add(const struct track *t, const char *phase, const char *name)
{
	struct json_object *e = json_object_new_object();

	json_add_text(e, "ph", phase);
	json_add_text(e, "name", name);
	json_object_object_add(e, "pid", json_object_new_int(t->pid));
	json_object_object_add(e, "tid", json_object_new_int(t->tid));
	json_object_array_add(t->events, e);
	return e;
}

/* Of metadata: what a process or a thread is called, and which comes first. */
static void name_add(
	const struct track *t, const char *what, const char *key, struct json_object *is)
{
	struct json_object *e = event_add(t, "M", what), *arguments = json_object_new_object();

	json_object_object_add(arguments, key, is);
	json_object_object_add(e, "args", arguments);
}

/* Microseconds, to the nanosecond: rounded further, slices would overlap. */
static void time_add(struct json_object *event, const char *key, long long ns)
{
	char text[32];

	snprintf(text, sizeof(text), "%lld.%03lld", ns / 1000, ns % 1000);
	json_object_object_add(event, key, json_object_new_double_s((double)ns / 1000, text));
}

/* A century is longer than any window. */
#define NS_MOST 3e18

static long long ns_at(struct json_object *o, const char *key)
{
	double ns = value_number(o, key) * 1e9;

	return ns > 0 ? llround(fmin(ns, NS_MOST)) : 0;
}

/* What is known of it beside its length: the wait, or of what it is mixed. */
static struct json_object *arguments_of(const struct track *t, struct json_object *interval)
{
	static const char *const keys[] = {"object", "syscall", "callsite"};
	struct json_object *arguments = json_object_new_object();
	struct json_object *parts = value_at(interval, "parts_s");

	if (value_at(interval, "wait")) {
		struct json_object *wait =
			value_element(t->report, "waits", (size_t)value_whole(interval, "wait"));

		for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
			json_object_object_add(
				arguments, keys[i], json_object_get(value_at(wait, keys[i])));
	}
	if (parts)
		json_object_object_add(arguments, "parts_s", json_object_get(parts));
	return arguments;
}

static void interval_add(const struct track *t, struct json_object *interval)
{
	struct look look = look_of(value_words(interval, "state"));
	bool idle = value_is_true(interval, "idle");
	long long start_ns = ns_at(interval, "start_s");
	struct json_object *e = event_add(t, "X", idle ? "waits for work" : look.name);

	json_add_text(e, "cat", look.state);
	time_add(e, "ts", BEGIN_NS + start_ns);
	time_add(e, "dur", ns_at(interval, "end_s") - start_ns);
	json_add_text(e, "cname", idle ? "white" : look.colour);
	json_object_object_add(e, "args", arguments_of(t, interval));
}

/* They are there as text alone, see report_json_timeline.c. */
static void intervals_add(const struct track *t, struct json_object *intervals)
{
	const char *text = json_object_to_json_string_ext(intervals, JSON_C_TO_STRING_PLAIN);
	struct json_object *read = text ? json_tokener_parse(text) : NULL;

	for (size_t i = 0; read && i < json_object_array_length(read); i++)
		interval_add(t, json_object_array_get_idx(read, i));
	json_object_put(read);
}

static void stall_add(const struct track *t, struct json_object *stall, size_t number)
{
	static const char *const phases[] = {"b", "e"}, *const times[] = {"start_s", "end_s"};
	char name[40];

	snprintf(name, sizeof(name), "stall: %s", value_words(stall, "kind"));
	for (int i = 0; i < 2; i++) {
		struct json_object *e = event_add(t, phases[i], name);

		json_add_text(e, "cat", "stall");
		json_add_count(e, "id", number);
		time_add(e, "ts", BEGIN_NS + ns_at(stall, times[i]));
	}
}

static void thread_add(
	struct track *t, struct json_object *thread, struct json_object *row, size_t number)
{
	t->pid = value_whole(thread, "pid");
	t->tid = value_whole(thread, "tid");
	name_add(t, "thread_name", "name", json_object_get(value_at(row, "name")));
	name_add(t, "thread_sort_index", "sort_index", json_object_new_int64((int64_t)number));
	intervals_add(t, value_at(thread, "intervals"));
	for (size_t i = 0; i < value_count(thread, "stalls"); i++)
		stall_add(t, value_element(thread, "stalls", i), number << 16 | i);
}

/* A process is called as its first thread is. */
static void process_add(struct track *t, struct json_object *row)
{
	t->pid = value_whole(row, "pid");
	t->tid = value_whole(row, "tid");
	if (t->pid == t->tid)
		name_add(t, "process_name", "name", json_object_get(value_at(row, "name")));
}

static void events_add(struct json_object *report, struct json_object *events)
{
	struct track track = {.events = events, .report = report};

	for (size_t i = 0; i < value_count(report, "threads"); i++)
		process_add(&track, value_element(report, "threads", i));
	for (size_t i = 0; i < value_count(report, "timeline.threads"); i++) {
		struct json_object *thread = value_element(report, "timeline.threads", i);
		size_t row = (size_t)value_whole(thread, "thread");

		thread_add(&track, thread, value_element(report, "threads", row), i);
	}
}

int report_chrome_write(struct json_object *report, const struct style *style, FILE *to)
{
	struct json_object *trace = json_object_new_object();
	struct json_object *events = json_object_new_array();
	struct json_object *other = json_object_new_object();
	int error = -ENOMEM;

	(void)style;
	if (trace && events && other) {
		events_add(report, events);
		json_add_text(other, "exporter", "concadvise " CONCADVISE_VERSION);
		json_object_object_add(trace, "traceEvents", json_object_get(events));
		json_add_text(trace, "displayTimeUnit", "ms");
		json_object_object_add(trace, "otherData", json_object_get(other));
		error = json_write(trace, to);
	}
	json_object_put(other);
	json_object_put(events);
	json_object_put(trace);
	return error;
}
