/*
 * report_json_stacks: chains of calls as JSON objects; of very long ones, both ends.
 */
#include "report_json_key.h"

#include "advice.h"
#include "analyzer/profile.h"
#include "json.h"
#include "report_json_site.h"

#include <json-c/json.h>

static struct json_object *stack_json(const struct profile *p, const struct profile_stack *s)
{
	struct json_object *o = json_object_new_object();
	size_t omitted;

	json_add_text(o, "kind", s->computing ? "computing" : "waiting");
	json_add_text(o, "state", state_name(s->state));
	json_add_boolean(o, "idle", s->idle);
	json_add_text(o, "syscall", s->syscall);
	json_add_number(o, "weight_s", s->weight_s);
	json_add_number(o, "count", s->count);
	json_add_boolean(o, "rest", s->rest);
	json_object_object_add(
		o, "frames", callsite_ends_json(p, s->stack, STACK_FRAMES_MOST, &omitted));
	json_add_count(o, "omitted", omitted);
	return o;
}

struct json_object *stacks_json(const struct advice *a)
{
	const struct stacks *s = &a->profile->stacks;
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < s->count; i++)
		json_object_array_add(array, stack_json(a->profile, &s->stacks[i]));
	return array;
}
