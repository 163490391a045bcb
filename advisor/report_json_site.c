/*
 * report_json_site: call sites and lists of them as JSON objects.
 */
#include "report_json_site.h"

#include "analyzer/profile.h"
#include "json.h"
#include "probe/measurement.h"

#include <json-c/json.h>
#include <math.h>
#include <stdint.h>

/* Where a function has a name, its place in the file is nothing to tell. */
static struct json_object *frame_json(const struct profile *p, size_t frame, bool stands_out)
{
	const struct measured_frame *f = &p->measurement->frames[frame];
	struct json_object *o = json_object_new_object();

	json_add_text(o, "function", f->function);
	json_add_text(o, "file", f->file);
	json_object_object_add(o, "line", f->line > 0 ? json_object_new_int(f->line) : NULL);
	json_add_text(o, "language", f->language);
	json_add_text(o, "short_file", p->frames[frame].short_file);
	json_add_text(o, "module", f->module);
	json_object_object_add(o, "offset", f->module && !f->function ? json_hex(f->offset) : NULL);
	json_add_boolean(o, "inlined", f->inlined);
	json_add_boolean(o, "generated", p->frames[frame].generated);
	json_add_boolean(o, "library", p->frames[frame].library);
	json_add_boolean(o, "stands_out", stands_out);
	return o;
}

struct json_object *callsite_ends_json(
	const struct profile *p, size_t stack, size_t most, size_t *ret_omitted)
{
	struct json_object *array = json_object_new_array();
	const struct callsite *site = stack < p->callsites_count ? &p->callsites[stack] : NULL;
	size_t count = site ? site->frames_count : 0, omitted = count > most ? count - most : 0;

	for (size_t i = 0; i < count; i++) {
		if (omitted > 0 && i == most / 2)
			i += omitted;
		json_object_array_add(
			array, json_in_one_line(frame_json(p, site->frames[i], i == site->line)));
	}
	*ret_omitted = omitted;
	return array;
}

struct json_object *callsite_json(const struct profile *p, size_t stack)
{
	size_t omitted;

	return callsite_ends_json(p, stack, SIZE_MAX, &omitted);
}

struct json_object *first_callsite_json(const struct profile *p, const struct profile_sites *sites)
{
	return callsite_json(p, sites->count > 0 ? sites->sites[0].stack : MEASURED_NONE);
}

/* What all lists of sites tell. */
static struct json_object *site_json(const struct profile_site *s)
{
	struct json_object *o = json_object_new_object();

	json_add_number(o, "share", s->share);
	json_add_number(o, "total_s", s->total_s);
	json_object_object_add(o, "thread", json_object_new_int(s->tid));
	json_add_count(o, "threads", s->threads);
	return o;
}

struct json_object *wait_sites_json(const struct profile *p, const struct profile_sites *sites)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < sites->count; i++) {
		struct json_object *o = site_json(&sites->sites[i]);

		json_add_number(o, "count", sites->sites[i].count);
		json_add_number(o, "max_s", sites->sites[i].max_s);
		json_object_object_add(o, "callsite", callsite_json(p, sites->sites[i].stack));
		json_object_array_add(array, o);
	}
	return array;
}

struct json_object *compute_sites_json(const struct profile *p, const struct profile_sites *sites)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < sites->count; i++) {
		struct json_object *o = site_json(&sites->sites[i]);

		json_add_number(o, "interpreter_lock_held", sites->sites[i].lock_held_share);
		json_add_boolean(o, "module_only", sites->sites[i].module_only);
		json_object_object_add(o, "callsite", callsite_json(p, sites->sites[i].stack));
		json_object_array_add(array, o);
	}
	return array;
}

struct json_object *holders_json(const struct profile *p, const struct profile_sites *sites)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < sites->count; i++) {
		struct json_object *o = site_json(&sites->sites[i]);

		json_object_object_add(o, "callsite", callsite_json(p, sites->sites[i].stack));
		json_object_array_add(array, o);
	}
	return array;
}

struct json_object *stalls_json(const struct profile *p, const struct profile_loop *loop)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < loop->stalls_count; i++) {
		const struct profile_stall *s = &loop->stalls[i];
		struct json_object *o = json_object_new_object();
		bool blocking = s->kind == STALL_BLOCKING;

		json_add_text(o, "kind", stall_kind_name(s->kind));
		json_add_text(o, "state", blocking ? state_name(s->state) : NULL);
		json_add_text(o, "syscall", s->syscall);
		json_add_text(o, "object", s->object);
		json_add_count(o, "count", s->count);
		json_add_number(o, "total_s", s->total_s);
		json_add_number(o, "max_s", s->max_s);
		json_add_number(o, "wait_max_s", s->wait_max_s);
		json_add_number(o, "run_queue_s", s->run_queue_s);
		json_object_object_add(o, "callsite", callsite_json(p, s->stack));
		json_object_array_add(array, o);
	}
	return array;
}
