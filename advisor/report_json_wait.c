/*
 * report_json_wait: what was waited for and where it computed, locks and event loops as JSON
 * objects.
 */
#include "report_json_key.h"

#include "advice.h"
#include "json.h"
#include "report_json_site.h"

#include <json-c/json.h>

struct json_object *waits_json(const struct advice *a)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < a->profile->waits_count; i++) {
		const struct profile_wait *w = &a->profile->waits[i];
		struct json_object *o = json_object_new_object();

		json_add_text(o, "state", state_name(w->state));
		json_add_text(o, "syscall", w->syscall);
		json_add_text(o, "object", w->object);
		json_add_count(o, "count", w->count);
		json_add_number(o, "total_s", w->total_s);
		json_add_number(o, "mean_s", w->mean_s);
		json_add_number(o, "p50_s", w->p50_s);
		json_add_number(o, "p99_s", w->p99_s);
		json_add_number(o, "max_s", w->max_s);
		json_add_number(o, "overlapped", w->overlapped);
		json_add_count(o, "threads", w->threads);
		json_add_boolean(o, "idle", w->idle);
		json_object_object_add(o, "callsite", first_callsite_json(a->profile, &w->sites));
		json_object_object_add(o, "sites", wait_sites_json(a->profile, &w->sites));
		json_object_array_add(array, o);
	}
	return array;
}

struct json_object *cpu_sites_json(const struct advice *a)
{
	return compute_sites_json(a->profile, &a->profile->cpu_sites);
}

struct json_object *locks_json(const struct advice *a)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < a->profile->locks_count; i++) {
		const struct profile_lock *l = &a->profile->locks[i];
		struct json_object *o = json_object_new_object();

		json_add_text(o, "kind", l->kind);
		json_object_object_add(o, "address", l->address ? json_hex(l->address) : NULL);
		json_add_text(o, "object", l->object);
		json_object_object_add(o, "pid", l->pid ? json_object_new_int(l->pid) : NULL);
		json_add_count(o, "waits", l->waits);
		json_add_number(o, "total_wait_s", l->total_wait_s);
		json_add_number(o, "max_wait_s", l->max_wait_s);
		json_add_count(o, "waiters", l->waiters);
		json_object_object_add(
			o, "owner", l->owner_tid ? json_object_new_int(l->owner_tid) : NULL);
		json_add_boolean(o, "inferred", l->inferred);
		json_add_text(o, "name", l->name);
		json_object_object_add(o, "callsite", first_callsite_json(a->profile, &l->waiting));
		json_object_object_add(o, "sites", wait_sites_json(a->profile, &l->waiting));
		json_object_object_add(o, "holders", holders_json(a->profile, &l->holding));
		json_object_array_add(array, o);
	}
	return array;
}

static struct json_object *blocking_json(const struct profile *p, const struct profile_loop *loop)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < loop->blocking_count; i++) {
		const struct profile_blocking *b = &loop->blocking[i];
		struct json_object *o = json_object_new_object();

		json_add_text(o, "state", state_name(b->state));
		json_add_text(o, "syscall", b->syscall);
		json_add_count(o, "count", b->count);
		json_add_number(o, "total_s", b->total_s);
		json_add_number(o, "max_s", b->max_s);
		json_object_object_add(o, "callsite", first_callsite_json(p, &b->sites));
		json_object_object_add(o, "sites", wait_sites_json(p, &b->sites));
		json_object_array_add(array, o);
	}
	return array;
}

struct json_object *loops_json(const struct advice *a)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < a->profile->loops_count; i++) {
		const struct profile_loop *l = &a->profile->loops[i];
		struct json_object *o = json_object_new_object();

		thread_ids_add(o, a->profile, l->thread);
		json_add_count(o, "thread", l->thread);
		json_object_object_add(o, "iterations",
			l->iterations < 0 ? NULL : json_object_new_int64(l->iterations));
		json_add_number(o, "work_share", l->work_share);
		json_add_number(o, "run_queue_share", l->run_queue_share);
		json_add_number(o, "busy_share", l->busy_share);
		json_add_number(o, "lag_p50_s", l->lag_p50_s);
		json_add_number(o, "lag_p99_s", l->lag_p99_s);
		json_add_number(o, "lag_max_s", l->lag_max_s);
		json_add_number(o, "compute_max_s", l->compute_max_s);
		json_add_boolean(o, "saturated", l->saturated);
		json_add_number(o, "capacity", l->capacity);
		json_object_object_add(o, "blocking", blocking_json(a->profile, l));
		json_add_number(o, "stall_threshold_s", STALL_S);
		json_object_object_add(o, "stalls_seen",
			l->stalls_seen < 0 ? NULL : json_object_new_int64(l->stalls_seen));
		json_object_object_add(o, "stalls", stalls_json(a->profile, l));
		json_object_array_add(array, o);
	}
	return array;
}

struct json_object *interpreter_json(const struct advice *a)
{
	const struct profile_interpreter *i = &a->profile->interpreter;
	struct json_object *o;

	if (!i->present)
		return NULL;
	o = json_object_new_object();
	json_add_number(o, "held_share", i->held_share);
	json_add_number(o, "wait_s", i->wait_s);
	json_add_number(o, "free_cpu_share", i->free_cpu_share);
	return o;
}
