/*
 * line: words by what is known: the function and its place in the source, else in the program.
 */
#include "line.h"

#include "short_path.h"
#include "text_make.h"

#include <string.h>

char *line_module_text(const struct line *l)
{
	return strdup(short_path_last(l->module, 1));
}

static char *nameless_text(const struct line *l)
{
	return text_make("%s%s%s", short_path_last(l->module, 1), l->offset ? "+" : "",
		l->offset ? l->offset : "");
}

char *line_text(const struct line *l)
{
	if (l->generated || (!l->function && !l->module))
		return strdup("generated code");
	if (!l->function)
		return nameless_text(l);
	if (l->file && l->number > 0)
		return text_make("%s:%d %s", l->file, l->number, l->function);
	if (l->file)
		return text_make("%s %s", l->file, l->function);
	if (l->module)
		return text_make("%s (%s)", l->function, short_path_last(l->module, 1));
	return strdup(l->function);
}
