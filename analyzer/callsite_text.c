/*
 * callsite_text: a line of the program in words.
 */
#include "callsite.h"

#include "profile.h"
#include "short_path.h"
#include "text_make.h"

#include "probe/measurement.h"

#include <stdio.h>
#include <string.h>

static char *nameless_text(const struct measured_frame *f)
{
	return text_make("%s+0x%llx", short_path_last(f->module, 1), (unsigned long long)f->offset);
}

char *callsite_frame_text(const struct profile *p, size_t frame)
{
	const struct measured_frame *f = &p->measurement->frames[frame];
	const char *file = p->frames[frame].short_file;

	if (p->frames[frame].generated)
		return strdup("generated code");
	if (!f->function)
		return nameless_text(f);
	if (file && f->line > 0)
		return text_make("%s:%d %s", file, f->line, f->function);
	if (file)
		return text_make("%s %s", file, f->function);
	if (f->module)
		return text_make("%s (%s)", f->function, short_path_last(f->module, 1));
	return strdup(f->function);
}

char *callsite_text(const struct profile *p, size_t stack)
{
	size_t frame = callsite_line(p, stack);

	return frame != MEASURED_NONE ? callsite_frame_text(p, frame) : NULL;
}

char *callsite_site_text(const struct profile *p, const struct profile_site *s)
{
	size_t frame = callsite_line(p, s->stack);
	const char *module = frame != MEASURED_NONE ? p->measurement->frames[frame].module : NULL;

	if (s->module_only && module)
		return strdup(short_path_last(module, 1));
	return callsite_text(p, s->stack);
}
