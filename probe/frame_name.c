/* frame_name: one function per kind of raw frame, in a table. */
#include "frame_name.h"

#include "measurement.h"
#include "module.h"
#include "perf_map.h"
#include "raw_frame.h"
#include "symbol.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct frame_names {
	struct modules *modules;
	struct symbols *symbols;
	struct perf_maps *maps;
	int expected; /* the process that was told last */
};

struct frame_names *frame_names_new(struct modules *modules)
{
	struct frame_names *n = calloc(1, sizeof(*n));

	if (!n)
		return NULL;
	n->modules = modules;
	n->symbols = symbols_new();
	n->maps = perf_maps_new();
	if (!n->symbols || !n->maps) {
		frame_names_free(n);
		return NULL;
	}
	return n;
}

void frame_names_free(struct frame_names *n)
{
	if (!n)
		return;
	symbols_free(n->symbols);
	perf_maps_free(n->maps);
	free(n);
}

void frame_names_expect(struct frame_names *n, int pid)
{
	if (pid != n->expected)
		perf_map_note(n->maps, pid);
	n->expected = pid;
}

static char *text_copy(const char *text)
{
	return text ? strdup(text) : NULL;
}

static int frame_add(struct measurement *m, const struct raw_frame *raw, const char *module,
	const struct symbol_frame *name)
{
	struct measured_frame *f = measurement_add_frame(m);

	if (!f)
		return -ENOMEM;
	*f = (struct measured_frame){
		.function = text_copy(name->function),
		.file = text_copy(name->file),
		.line = name->line,
		.language = text_copy(name->language),
		.module = text_copy(module),
		.offset = raw->address,
		.inlined = name->inlined,
	};
	return 0;
}

static int native_give(struct frame_names *n, const struct raw_frame *raw, struct measurement *m)
{
	struct symbol_frame names[SYMBOL_INLINED_MAX];
	size_t count =
		symbol_name(n->symbols, raw->module, raw->address, names, SYMBOL_INLINED_MAX);
	int error = 0;

	if (count == 0)
		names[count++] = (struct symbol_frame){0};
	for (size_t i = 0; error == 0 && i < count; i++)
		error = frame_add(m, raw, module_path(raw->module), &names[i]);
	return error;
}

static int generated_give(struct frame_names *n, const struct raw_frame *raw, struct measurement *m)
{
	struct symbol_frame name = {0};

	perf_map_find(n->maps, raw->pid, raw->address, &name);
	return frame_add(m, raw, NULL, &name);
}

static int python_give(struct frame_names *n, const struct raw_frame *raw, struct measurement *m)
{
	const struct symbol_frame name = {.function = raw->function,
		.file = raw->file,
		.line = raw->line,
		.language = "python"};

	(void)n;
	return frame_add(m, raw, NULL, &name);
}

static int (*const give[])(
	struct frame_names *n, const struct raw_frame *raw, struct measurement *m) = {
	[RAW_NATIVE] = native_give,
	[RAW_GENERATED] = generated_give,
	[RAW_PYTHON] = python_give,
};

static int row_give(struct frame_names *n, const struct raw_frame *raw, struct measurement *m,
	struct frame_rows *ret)
{
	int error;

	ret->first = m->frames_count;
	error = give[raw->kind](n, raw, m);
	ret->count = m->frames_count - ret->first;
	return error;
}

/* File by file: what one of them says of itself can take megabytes, and goes before the next. */
static int modules_give(struct frame_names *n, const struct raw_frames *frames,
	struct measurement *m, struct frame_rows *rows)
{
	bool *given = calloc(frames->count + 1, sizeof(*given));
	int error = given ? 0 : -ENOMEM;

	for (size_t i = 0; error == 0 && i < frames->count; i++) {
		struct module *module = frames->rows[i].module;

		if (frames->rows[i].kind != RAW_NATIVE || given[i])
			continue;
		for (size_t j = i; error == 0 && j < frames->count; j++)
			if (frames->rows[j].kind == RAW_NATIVE &&
				frames->rows[j].module == module) {
				error = row_give(n, &frames->rows[j], m, &rows[j]);
				given[j] = true;
			}
		symbols_close(n->symbols, module);
	}
	free(given);
	return error;
}

int frame_names_give(struct frame_names *n, const struct raw_frames *frames, struct measurement *m,
	struct frame_rows **ret_rows)
{
	struct frame_rows *rows = calloc(frames->count + 1, sizeof(*rows));
	int error = rows ? 0 : -ENOMEM;

	/* All of them are asked for before the first is: a map is read once. */
	for (size_t i = 0; error == 0 && i < frames->count; i++)
		if (frames->rows[i].kind == RAW_GENERATED)
			perf_map_want(n->maps, frames->rows[i].pid, frames->rows[i].address);
	for (size_t i = 0; error == 0 && i < frames->count; i++)
		if (frames->rows[i].kind != RAW_NATIVE)
			error = row_give(n, &frames->rows[i], m, &rows[i]);
	if (error == 0)
		error = modules_give(n, frames, m, rows);
	if (error == 0)
		error = measurement_add_loss(m, "lines of code not looked up, to be done in time",
			symbols_cut(n->symbols));
	if (error < 0)
		free(rows);
	else
		*ret_rows = rows;
	return error;
}

char *frame_names_variable(struct frame_names *n, int pid, uint64_t address)
{
	uint64_t linked, offset = 0;
	struct module *module = modules_find_data(n->modules, pid, address, &linked);
	const char *name = module ? symbol_variable(n->symbols, module, linked, &offset) : NULL;
	char *text;

	if (!name)
		return NULL;
	if (offset == 0)
		return strdup(name);
	return asprintf(&text, "%s+0x%" PRIx64, name, offset) < 0 ? NULL : text;
}
