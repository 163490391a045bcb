/* symbol: the files that were asked about, each opened once. */
#include "symbol.h"

#include "measurement.h"
#include "module.h"
#include "symbol_file.h"
#include "table.h"

#include <stdlib.h>

struct symbols {
	struct table known;         /* address of the module -> index */
	struct symbol_file **files; /* NULL: cannot be read */
	size_t count;
};

struct symbols *symbols_new(void)
{
	return calloc(1, sizeof(struct symbols));
}

void symbols_free(struct symbols *s)
{
	if (!s)
		return;
	for (size_t i = 0; i < s->count; i++)
		symbol_file_free(s->files[i]);
	free(s->files);
	table_free(&s->known);
	free(s);
}

static struct symbol_file *file_of(struct symbols *s, struct module *m)
{
	uint64_t key = (uintptr_t)m;
	struct symbol_file **added;
	struct image *image;
	size_t index;

	if (table_get(&s->known, key, &index))
		return s->files[index];
	index = s->count;
	added = measured_append(&s->files, &s->count, sizeof(*added));
	if (!added)
		return NULL;
	/* Without memory for this it is opened again. */
	(void)table_set(&s->known, key, index);
	image = module_image(m);
	*added = image ? symbol_file_open(image, module_path(m), module_pid(m)) : NULL;
	return *added;
}

size_t symbol_name(
	struct symbols *s, struct module *m, uint64_t linked, struct symbol_frame *ret, size_t max)
{
	struct symbol_file *f = file_of(s, m);

	return f ? symbol_file_name(f, linked, ret, max) : 0;
}

const char *symbol_variable(
	struct symbols *s, struct module *m, uint64_t linked, uint64_t *ret_offset)
{
	struct symbol_file *f = file_of(s, m);

	return f ? symbol_file_variable(f, linked, ret_offset) : NULL;
}
