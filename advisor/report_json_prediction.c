/*
 * report_json_prediction: the same work under each model, and what that supposes, as JSON objects.
 */
#include "report_json_key.h"

#include "advice.h"
#include "json.h"

#include <json-c/json.h>
#include <math.h>

static struct json_object *costs_json(const struct prediction_costs *c)
{
	struct json_object *o = json_object_new_object();

	json_add_number(o, "once_s", c->once_s);
	json_add_number(o, "worker_s", c->each_s);
	json_add_number(o, "operation_s", c->operation_s);
	json_add_number(o, "result_s", c->passing_s);
	json_add_number(o, "lulls_s", c->lulls_s);
	json_add_number(o, "wakeup_s", c->wakeup_s);
	json_add_number(o, "worker_bytes", c->worker_bytes);
	return o;
}

struct json_object *predictions_json(const struct advice *a)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < a->profile->predictions_count; i++) {
		const struct prediction *p = &a->profile->predictions[i];
		struct json_object *o = json_object_new_object();

		json_add_text(o, "model", model_name(p->model));
		json_object_object_add(
			o, "workers", p->workers > 0 ? json_object_new_int(p->workers) : NULL);
		json_add_number(o, "wall_s", p->wall_s);
		json_add_number(o, "speedup", p->speedup);
		json_add_number(o, "speedup_low", p->speedup_low);
		json_add_number(o, "speedup_high", p->speedup_high);
		json_add_text(o, "limited_by", limit_name(p->limited_by));
		json_add_number(o, "memory_bytes", p->memory_bytes);
		json_add_number(o, "capacity", p->capacity);
		json_add_boolean(o, "current", p->current);
		json_object_object_add(o, "costs", costs_json(&p->costs));
		json_object_array_add(array, o);
	}
	return array;
}

/* What was supposed for the predictions; null: as measured. */
struct json_object *premise_json(const struct advice *a)
{
	const struct premise *p = &a->profile->premise;
	struct json_object *o = json_object_new_object();

	json_add_number(o, "cpus", p->cpus);
	json_object_object_add(
		o, "workers", p->workers > 0 ? json_object_new_int(p->workers) : NULL);
	json_add_number(o, "operations", p->operations != 1 ? p->operations : NAN);
	return o;
}

struct json_object *scaling_json(const struct advice *a)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < a->profile->scaling_count; i++) {
		const struct scaling *at = &a->profile->scaling[i];
		struct json_object *o = json_object_new_object();

		json_add_text(o, "model", model_name(at->model));
		json_object_object_add(o, "workers", json_object_new_int(at->workers));
		json_add_number(o, "wall_s", at->wall_s);
		json_add_number(o, "capacity", at->capacity);
		json_object_array_add(array, o);
	}
	return array;
}
