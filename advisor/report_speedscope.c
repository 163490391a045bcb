/*
 * report_speedscope: chains of calls in the format of https://www.speedscope.app: a profile of the
 * computing, one of the waiting, one of the waiting for work.
 *
 * https://www.speedscope.app/file-format-schema.json; frames are kept once, samples are indexes of
 * them from the outermost one on.
 */
#include "format.h"

#include "json.h"
#include "stack_row.h"
#include "value.h"

#include <errno.h>
#include <json-c/json.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SCHEMA "https://www.speedscope.app/file-format-schema.json"

static const struct kind {
	const char *kind, *name;
} kinds[] = {
	{"computing", "computing"},
	{"waiting", "waiting"},
	{"idle", "waiting for work"},
};

struct shared {
	struct json_object *frames; /* an array, */
	struct json_object *known;  /* and where in it a frame is, by its name, file and line */
	struct json_object *sample; /* the one that is made */
};

static int frame_add(struct shared *s, const char *key, const struct stack_frame *frame)
{
	size_t index = json_object_array_length(s->frames);
	struct json_object *o = json_object_new_object();

	if (!o)
		return -ENOMEM;
	json_add_text(o, "name", frame->name);
	if (frame->file)
		json_add_text(o, "file", frame->file);
	if (frame->line > 0)
		json_add_count(o, "line", (uint64_t)frame->line);
	json_object_array_add(s->frames, o);
	json_add_count(s->known, key, index);
	return 0;
}

static int frame_put(void *context, const struct stack_frame *frame)
{
	struct shared *s = context;
	struct json_object *index;
	char *key;
	int error = 0;

	if (asprintf(&key, "%s\n%s\n%d", frame->name, frame->file ? frame->file : "", frame->line) <
		0)
		return -ENOMEM;
	if (!json_object_object_get_ex(s->known, key, &index))
		error = frame_add(s, key, frame);
	if (!error)
		json_object_array_add(
			s->sample, json_object_get(json_object_object_get(s->known, key)));
	free(key);
	return error;
}

static struct json_object *profile_new_json(const char *name)
{
	struct json_object *o = json_object_new_object();

	json_add_text(o, "type", "sampled");
	json_add_text(o, "name", name);
	json_add_text(o, "unit", "seconds");
	json_object_object_add(o, "startValue", json_object_new_int(0));
	json_object_object_add(o, "samples", json_object_new_array());
	json_object_object_add(o, "weights", json_object_new_array());
	return o;
}

/* The rows of a kind, as many as there are. */
static int profile_fill_json(
	struct json_object *profile, const char *kind, struct json_object *report, struct shared *s)
{
	struct json_object *samples = json_object_object_get(profile, "samples");
	struct json_object *weights = json_object_object_get(profile, "weights");
	double total_s = 0;
	int error = 0;

	for (size_t i = 0; i < value_count(report, "stacks") && !error; i++) {
		struct json_object *row = value_element(report, "stacks", i);
		double weight_s = value_number(row, "weight_s");

		if (strcmp(stack_row_kind(row), kind) != 0 || !isfinite(weight_s))
			continue;
		s->sample = json_object_new_array();
		error = stack_row_walk(row, false, frame_put, s);
		json_object_array_add(samples, s->sample);
		json_object_array_add(weights, json_number(weight_s));
		total_s += weight_s;
	}
	json_object_object_add(profile, "endValue", json_number(total_s));
	return error;
}

static int profiles_add(struct json_object *profiles, struct json_object *report, struct shared *s)
{
	int error = 0;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]) && !error; i++) {
		struct json_object *profile = profile_new_json(kinds[i].name);
		struct json_object *samples = json_object_object_get(profile, "samples");

		error = profile_fill_json(profile, kinds[i].kind, report, s);
		/* The viewer needs one at least. */
		if (json_object_array_length(samples) > 0 || i == 0)
			json_object_array_add(profiles, profile);
		else
			json_object_put(profile);
	}
	return error;
}

static int file_make(struct json_object *report, struct json_object *file)
{
	struct shared s = {json_object_new_array(), json_object_new_object(), NULL};
	struct json_object *shared = json_object_new_object(), *profiles = json_object_new_array();
	int error = profiles_add(profiles, report, &s);

	json_object_put(s.known);
	json_object_object_add(shared, "frames", s.frames);
	json_add_text(file, "$schema", SCHEMA);
	json_add_text(file, "exporter", "concadvise@" CONCADVISE_VERSION);
	json_add_text(file, "name", "concadvise");
	json_object_object_add(file, "activeProfileIndex", json_object_new_int(0));
	json_object_object_add(file, "shared", shared);
	json_object_object_add(file, "profiles", profiles);
	return error;
}

int report_speedscope_write(struct json_object *report, const struct style *style, FILE *to)
{
	struct json_object *file = json_object_new_object();
	int error = file ? file_make(report, file) : -ENOMEM;

	(void)style;
	if (!error)
		error = json_write(file, to);
	json_object_put(file);
	return error;
}
