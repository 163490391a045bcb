/*
 * report_json_time: where the time went, of all threads and of each, as JSON objects.
 */
#include "report_json_key.h"

#include "advice.h"
#include "json.h"
#include "probe/measurement.h"

#include <json-c/json.h>

static struct json_object *states_json(const struct profile_time *time, double divisor)
{
	struct json_object *o = json_object_new_object();

	for (enum state s = 0; s < STATE_COUNT; s++)
		json_add_number(o, state_name(s), time->s[s] / divisor);
	return o;
}

struct json_object *time_json(const struct advice *a)
{
	const struct profile_time *time = &a->profile->time;
	struct json_object *o = json_object_new_object();

	json_object_object_add(o, "thread_s", states_json(time, 1));
	json_add_number(o, "total_s", time->total_s);
	/* Of no time at all, no share is known: 0 / 0 is null. */
	json_object_object_add(o, "share", states_json(time, time->total_s));
	json_object_object_add(o, "busy_s", states_json(&a->profile->work.busy, 1));
	json_add_number(o, "busy_total_s", a->profile->work.busy.total_s);
	return o;
}

/* NULL: there were none, or what loops waited for was not seen request by request. */
static struct json_object *requests_json(const struct profile_work *w)
{
	struct json_object *o;

	if (w->exchanges == 0)
		return NULL;
	o = json_object_new_object();
	json_add_count(o, "count", w->exchanges);
	json_add_count(o, "peak", w->exchanges_most);
	json_add_number(o, "wait_s", w->exchanges_s);
	return o;
}

struct json_object *concurrency_json(const struct advice *a)
{
	const struct profile_concurrency *c = &a->profile->concurrency;
	struct json_object *o = json_object_new_object(), *running = json_object_new_array();

	for (size_t i = 0; i < c->running_count; i++)
		json_object_array_add(running, json_number(c->running_s[i]));
	json_add_count(o, "threads_peak", c->threads_peak);
	json_add_count(o, "processes_peak", c->processes_peak);
	json_add_number(o, "mean_running", c->mean_running);
	json_object_object_add(o, "running_s", running);
	json_add_number(o, "mean_waiting", c->mean_waiting);
	json_add_number(o, "cpu_utilization", c->cpu_utilization);
	json_add_number(o, "cpus_usable", c->cpus);
	json_object_object_add(o, "requests", requests_json(&a->profile->work));
	return o;
}

static const struct measured_thread *measured(const struct profile *p, size_t thread)
{
	return &p->measurement->threads[p->threads[thread].measured];
}

void thread_ids_add(struct json_object *o, const struct profile *p, size_t thread)
{
	const struct measured_thread *t = measured(p, thread);
	bool known = t->process < p->measurement->processes_count;

	json_object_object_add(o, "pid",
		known ? json_object_new_int(p->measurement->processes[t->process].pid) : NULL);
	json_object_object_add(o, "tid", json_object_new_int(t->tid));
}

struct json_object *threads_json(const struct advice *a)
{
	const struct profile *p = a->profile;
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < p->threads_count; i++) {
		const struct measured_thread *t = measured(p, i);
		struct json_object *o = json_object_new_object();

		thread_ids_add(o, p, i);
		json_add_text(o, "name", t->name);
		json_add_text(o, "role", role_name(p->threads[i].role));
		if (t->earlier)
			json_add_count(o, "threads", 1 + t->earlier);
		json_add_number(o, "wall_s", p->threads[i].wall_s);
		json_object_object_add(
			o, "time", json_in_one_line(states_json(&p->threads[i].time, 1)));
		json_add_count(o, "switches_voluntary", t->switches_voluntary);
		json_add_count(o, "switches_involuntary", t->switches_involuntary);
		json_object_array_add(array, o);
	}
	return array;
}
