/*
 * report_json_advice: the verdict, the findings and the rules behind them as JSON objects.
 */
#include "report_json_key.h"

#include "advice.h"
#include "json.h"
#include "location.h"
#include "repository.h"
#include "rule.h"

#include <json-c/json.h>
#include <stdlib.h>

static void held_add(struct json_object *o, const struct evidence *e)
{
	bool unless = e->condition < 0;

	json_add_boolean(o, "held", e->held);
	json_add_boolean(o, "unless", unless);
	json_object_object_add(o, "condition", unless ? NULL : json_object_new_int(e->condition));
}

static struct json_object *evidence_json(
	const struct evidence *evidence, size_t count, bool with_held)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < count; i++) {
		struct json_object *o = json_object_new_object();

		json_add_text(o, "metric", evidence[i].metric);
		json_add_number(o, "value", evidence[i].value);
		json_add_text(o, "unit", evidence[i].unit);
		json_add_text(o, "op", evidence[i].op);
		json_add_number(o, "threshold", evidence[i].threshold);
		if (with_held)
			held_add(o, &evidence[i]);
		json_object_array_add(array, o);
	}
	return array;
}

struct json_object *diagnosis_json(const struct advice *a)
{
	struct json_object *o = json_object_new_object();

	json_add_text(o, "class", a->diagnosis);
	json_object_object_add(o, "reasons", json_texts(a->reasons, a->reasons_count));
	json_object_object_add(o, "evidence", evidence_json(a->evidence, a->evidence_count, false));
	return o;
}

static struct json_object *alternatives_json(const struct advice *a)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < a->alternatives_count; i++) {
		struct json_object *o = json_object_new_object();

		json_add_text(o, "model", model_name(a->alternatives[i].model));
		json_add_boolean(o, "better", a->alternatives[i].better);
		json_add_text(o, "why_not", a->alternatives[i].why_not);
		json_object_array_add(array, o);
	}
	return array;
}

static struct json_object *located_json(const struct advice *a, const struct rule *rule)
{
	char *root = repository_root();
	struct json_object *location = location_json(rule->place, a->profile, root);

	free(root);
	return location;
}

struct json_object *recommendation_json(const struct advice *a)
{
	struct json_object *o = json_object_new_object();

	json_add_text(o, "model", model_name(a->model));
	json_add_text(o, "action", action_name(a->action));
	json_object_object_add(
		o, "workers", a->workers > 0 ? json_object_new_int(a->workers) : NULL);
	json_add_number(o, "expected_speedup", a->expected_speedup);
	json_add_text(o, "confidence", confidence_name(a->confidence));
	json_add_text(o, "summary", a->summary);
	json_add_text(o, "place", a->place);
	json_object_object_add(o, "location", located_json(a, a->rule));
	json_object_object_add(o, "steps", json_texts(a->steps, a->steps_count));
	json_object_object_add(o, "assumptions", json_texts(a->assumptions, a->assumptions_count));
	json_object_object_add(o, "alternatives", alternatives_json(a));
	json_add_text(o, "rule", a->rule->id);
	return o;
}

struct json_object *findings_json(const struct advice *a)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < a->findings_count; i++) {
		const struct finding *f = &a->findings[i];
		struct json_object *o = json_object_new_object();

		json_add_text(o, "rule", f->rule->id);
		json_add_text(o, "severity", severity_name(f->severity));
		json_add_text(o, "title", f->title);
		json_add_text(o, "message", f->message);
		json_add_text(o, "place", f->place);
		json_object_object_add(o, "location", located_json(a, f->rule));
		json_object_object_add(
			o, "evidence", evidence_json(f->evidence, f->evidence_count, false));
		json_object_object_add(o, "actions", json_texts(f->actions, f->actions_count));
		json_object_object_add(o, "see", json_texts(f->see, f->see_count));
		json_object_array_add(array, o);
	}
	return array;
}

struct json_object *considered_json(const struct advice *a)
{
	struct json_object *array = json_object_new_array();

	for (size_t i = 0; i < a->considered_count; i++) {
		const struct consideration *c = &a->considered[i];
		struct json_object *o = json_object_new_object();

		json_add_text(o, "rule", c->rule->id);
		json_add_boolean(o, "fired", c->fired);
		json_add_text(o, "silenced_by", c->silenced_by ? c->silenced_by->id : NULL);
		json_object_object_add(
			o, "evidence", evidence_json(c->evidence, c->evidence_count, true));
		json_object_array_add(array, o);
	}
	return array;
}
