/*
 * callsite_text: the line that stands out in a stack, in words.
 */
#include "callsite.h"

#include "line.h"
#include "profile.h"

#include "probe/measurement.h"

#include <inttypes.h>
#include <stdio.h>

/* Of the frame that stands out in a stack; with its text for the offset. */
struct place {
	struct line line;
	char offset[2 + 16 + 1];
};

static bool place_find(const struct profile *p, size_t stack, struct place *ret)
{
	size_t frame = callsite_line(p, stack);
	const struct measured_frame *f;

	if (frame == MEASURED_NONE)
		return false;
	f = &p->measurement->frames[frame];
	snprintf(ret->offset, sizeof(ret->offset), "0x%" PRIx64, f->offset);
	ret->line = (struct line){.function = f->function,
		.file = p->frames[frame].short_file,
		.number = f->line,
		.module = f->module,
		.offset = ret->offset,
		.generated = p->frames[frame].generated};
	return true;
}

char *callsite_text(const struct profile *p, size_t stack)
{
	struct place place;

	return place_find(p, stack, &place) ? line_text(&place.line) : NULL;
}

char *callsite_site_text(const struct profile *p, const struct profile_site *s)
{
	struct place place;

	if (!place_find(p, s->stack, &place))
		return NULL;
	return s->module_only && place.line.module ? line_module_text(&place.line)
						   : line_text(&place.line);
}
