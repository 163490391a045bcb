/*
 * report_json_timeline: intervals as JSON objects. There are thousands: what is not said of most of
 * them (parts, wait, idle) is left out where there is nothing to say; and as an object each takes a
 * kilobyte, so that they are made when they are written, one at a time.
 */
#include "report_json_key.h"

#include "advice.h"
#include "analyzer/profile.h"
#include "json.h"
#include "probe/measurement.h"

#include <json-c/json.h>
#include <json-c/printbuf.h>
#include <string.h>

/* Less than a nanosecond is rounding. */
#define NOTHING_S 1e-9

/* Those that are not 0. */
static struct json_object *parts_json(const double *parts_s)
{
	struct json_object *o = json_object_new_object();

	for (unsigned int part = 0; part < TIMELINE_PARTS; part++)
		if (parts_s[part] >= NOTHING_S)
			json_add_number(o, timeline_part_name(part), parts_s[part]);
	return o;
}

static struct json_object *interval_json(const struct timeline_interval *i)
{
	struct json_object *o = json_object_new_object();

	json_add_number(o, "start_s", i->start_s);
	json_add_number(o, "end_s", i->end_s);
	json_add_text(o, "state", timeline_part_name(i->part));
	if (i->part == PART_MIXED)
		json_object_object_add(o, "parts_s", parts_json(i->parts_s));
	if (i->wait != MEASURED_NONE)
		json_add_count(o, "wait", i->wait);
	if (i->idle)
		json_add_boolean(o, "idle", true);
	return o;
}

static int line_begin(struct printbuf *to, int level, int flags)
{
	if (!(flags & JSON_C_TO_STRING_PRETTY))
		return 0;
	if (printbuf_memappend(to, "\n", 1) < 0)
		return -1;
	return level > 0 ? printbuf_memset(to, -1, ' ', 2 * level) : 0;
}

static int interval_write(
	const struct timeline_interval *i, struct printbuf *to, int level, int flags)
{
	struct json_object *o = interval_json(i);
	const char *text = json_line_text(o, flags);
	int error = line_begin(to, level, flags);

	if (error >= 0)
		error = text ? printbuf_memappend(to, text, (int)strlen(text)) : -1;
	json_object_put(o);
	return error;
}

/* As json-c writes an array. */
static int intervals_write(struct json_object *o, struct printbuf *to, int level, int flags)
{
	const struct timeline_intervals *intervals = json_object_get_userdata(o);
	int error = printbuf_memappend(to, "[", 1);

	for (size_t i = 0; i < intervals->count && error >= 0; i++) {
		if (i > 0)
			error = printbuf_memappend(to, ",", 1);
		if (error >= 0)
			error = interval_write(&intervals->all[i], to, level + 1, flags);
	}
	if (intervals->count > 0 && error >= 0)
		error = line_begin(to, level, flags);
	return error < 0 ? error : printbuf_memappend(to, "]", 1);
}

static void intervals_release(struct json_object *o, void *intervals)
{
	(void)o;
	timeline_intervals_release(intervals);
}

/* An array that is empty for those who do not have it written. */
static struct json_object *intervals_json(const struct timeline_thread *t)
{
	struct json_object *array = json_object_new_array();

	if (array)
		json_object_set_serializer(array, intervals_write,
			timeline_intervals_hold(t->intervals), intervals_release);
	return array;
}

/* Only of an event loop there are any. */
static struct json_object *stall_times_json(const struct profile *p, size_t thread)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < p->loops_count; i++) {
		const struct profile_loop *l = &p->loops[i];

		for (size_t j = 0; l->thread == thread && j < l->stall_times_count; j++) {
			struct json_object *o = json_object_new_object();

			json_add_number(o, "start_s", l->stall_times[j].start_s);
			json_add_number(o, "end_s", l->stall_times[j].end_s);
			json_add_text(o, "kind", stall_kind_name(l->stall_times[j].kind));
			json_object_array_add(array, o);
		}
	}
	return array;
}

static struct json_object *thread_json(const struct profile *p, const struct timeline_thread *t)
{
	struct json_object *o = json_object_new_object();

	thread_ids_add(o, p, t->thread);
	json_add_count(o, "thread", t->thread);
	json_add_number(o, "start_s", t->start_s);
	json_add_number(o, "end_s", t->end_s);
	json_add_number(o, "resolution_s", t->resolution_s);
	json_object_object_add(o, "intervals", intervals_json(t));
	json_object_object_add(o, "folded_s", json_in_one_line(parts_json(t->folded_s)));
	json_object_object_add(o, "stalls", stall_times_json(p, t->thread));
	return o;
}

struct json_object *timeline_json(const struct advice *a)
{
	const struct timeline *t = &a->profile->timeline;
	struct json_object *o = json_object_new_object(), *threads = json_object_new_array();

	for (size_t i = 0; i < t->threads_count; i++)
		json_object_array_add(threads, thread_json(a->profile, &t->threads[i]));
	json_add_text(o, "unit", "s");
	json_add_number(o, "floor_s", t->floor_s);
	json_object_object_add(o, "threads", threads);
	json_add_count(o, "threads_left_out", t->threads_left_out);
	return o;
}
