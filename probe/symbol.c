/* symbol: the files that were asked about, each opened once. */
#include "symbol.h"

#include "measurement.h"
#include "module.h"
#include "symbol_file.h"
#include "table.h"

#include <stdlib.h>
#include <time.h>

/* Of computing, in all: nobody wants to wait longer for a report. A thousand lines of CPython take
 * a tenth of a second; one unit of a big C++ program, a tenth by itself. */
#define LINES_SECONDS 3

struct symbols {
	struct table known;         /* address of the module -> index */
	struct symbol_file **files; /* NULL: cannot be read */
	size_t count;
	double spent_s; /* in looking for lines */
	size_t cut;
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

size_t symbols_cut(const struct symbols *s)
{
	return s->cut;
}

static double seconds_used(void)
{
	struct timespec t;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

static struct symbol_file *file_of(struct symbols *s, struct module *m, bool lines)
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
	*added = image ? symbol_file_open(image, module_path(m), module_pid(m), lines) : NULL;
	return *added;
}

void symbols_close(struct symbols *s, struct module *m)
{
	uint64_t key = (uintptr_t)m;
	size_t index;

	if (!table_get(&s->known, key, &index))
		return;
	symbol_file_free(s->files[index]);
	s->files[index] = NULL;
	table_remove(&s->known, key);
}

size_t symbol_name(
	struct symbols *s, struct module *m, uint64_t linked, struct symbol_frame *ret, size_t max)
{
	bool lines = s->spent_s < LINES_SECONDS;
	double before = seconds_used();
	struct symbol_file *f = file_of(s, m, lines);
	size_t count = f ? symbol_file_name(f, linked, lines, ret, max) : 0;

	s->spent_s += seconds_used() - before;
	s->cut += !lines;
	return count;
}

const char *symbol_variable(
	struct symbols *s, struct module *m, uint64_t linked, uint64_t *ret_offset)
{
	struct symbol_file *f = file_of(s, m, s->spent_s < LINES_SECONDS);

	return f ? symbol_file_variable(f, linked, ret_offset) : NULL;
}
