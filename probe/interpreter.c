/*
 * interpreter: told by symbols that a stripped CPython keeps in .dynsym: it exports its C API, of
 * which the function that runs Python code is a part since 3.6.
 */
#include "interpreter.h"

#include "image.h"
#include "measurement.h"
#include "module.h"
#include "table.h"

#include <stdlib.h>

/* The function with its .cold and its like; they stand in both tables of symbols. */
#define PARTS_MAX 16
#define EVAL "_PyEval_EvalFrameDefault"

struct interpreter {
	bool is; /* the module is CPython's */
	struct image_symbol parts[PARTS_MAX];
	size_t parts_count;
};

struct interpreters {
	struct interpreter *rows;
	size_t count;
	struct table modules; /* module -> row */
};

struct interpreters *interpreters_new(void)
{
	return calloc(1, sizeof(struct interpreters));
}

void interpreters_free(struct interpreters *i)
{
	if (!i)
		return;
	table_free(&i->modules);
	free(i->rows);
	free(i);
}

static void interpreter_read(struct interpreter *row, const struct module *m)
{
	static const char *const names[] = {"Py_Initialize", EVAL};
	const size_t count = sizeof(names) / sizeof(*names);
	const struct image *image = module_image(m);
	struct image_symbol place;

	if (!image)
		return;
	row->is = image_find_first(image, names, count) < count ||
		  image_find_section(image, ".PyRuntime", &place);
	if (row->is)
		row->parts_count = image_find_parts(image, EVAL, row->parts, PARTS_MAX);
}

static const struct interpreter *interpreter_of(struct interpreters *i, struct module *m)
{
	struct interpreter *row;
	size_t index;

	if (table_get(&i->modules, (uintptr_t)m, &index))
		return &i->rows[index];
	row = measured_append(&i->rows, &i->count, sizeof(*i->rows));
	if (!row)
		return NULL;
	interpreter_read(row, m);
	/* Without memory for the entry it is looked into again. */
	table_set(&i->modules, (uintptr_t)m, i->count - 1);
	return row;
}

enum chain_role interpreter_role(struct interpreters *i, struct module *m, uint64_t linked)
{
	const struct interpreter *row = m ? interpreter_of(i, m) : NULL;

	if (!row || !row->is)
		return CHAIN_NATIVE;
	for (size_t n = 0; n < row->parts_count; n++)
		if (linked - row->parts[n].value < row->parts[n].size)
			return CHAIN_EVAL;
	return CHAIN_RUNTIME;
}
