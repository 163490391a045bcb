/*
 * location: from a place to a JSON object.
 */
#include "location.h"

#include "json.h"
#include "repository.h"

#include "analyzer/callsite.h"
#include "analyzer/profile.h"
#include "probe/measurement.h"

#include <json-c/json.h>
#include <stdlib.h>

struct json_object *location_json(enum place place, const struct profile *p, const char *root)
{
	size_t frame = callsite_line(p, place_stack(place, p));
	const struct measured_frame *f;
	struct json_object *o;
	char *path;

	if (frame == MEASURED_NONE)
		return NULL;
	f = &p->measurement->frames[frame];
	if (!f->file && !f->function)
		return NULL;
	o = json_object_new_object();
	path = repository_path(root, f->file);
	json_add_text(o, "file", f->file);
	json_object_object_add(o, "line", f->line > 0 ? json_object_new_int(f->line) : NULL);
	json_add_text(o, "function", f->function);
	json_add_text(o, "path", path);
	free(path);
	return o;
}
