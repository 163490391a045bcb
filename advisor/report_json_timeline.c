/*
 * report_json_timeline: intervals as JSON objects. There are thousands: what is not said of most of
 * them (parts, wait, idle) is left out where there is nothing to say.
 */
#include "report_json_key.h"

#include "advice.h"
#include "analyzer/profile.h"
#include "json.h"
#include "probe/measurement.h"

#include <json-c/json.h>

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

static struct json_object *intervals_json(const struct timeline_thread *t)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < t->intervals_count; i++)
		json_object_array_add(array, json_in_one_line(interval_json(&t->intervals[i])));
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
