/*
 * symbol_file: asks what tells most first: debug information, Go's own table, then symbols.
 */
#include "symbol_file.h"

#include "debug_file.h"
#include "debug_info.h"
#include "debug_text.h"
#include "demangle.h"
#include "go_table.h"
#include "image.h"
#include "symbol_table.h"

#include <stdlib.h>
#include <string.h>

struct symbol_file {
	Dwfl *dwfl;
	struct debug_info *debug;  /* NULL: there is none */
	struct go_table *go;       /* NULL: no Go program */
	struct symbol_table table; /* may be empty */
	char *lent;                /* a name in the last answer */
};

struct symbol_file *symbol_file_open(struct image *i, const char *path, int pid, bool lines)
{
	struct symbol_file *f = calloc(1, sizeof(*f));
	Dwfl_Module *m = f ? debug_file_open(image_elf(i), path, pid, &f->dwfl) : NULL;
	Dwarf_Addr bias;
	Dwarf *dwarf;

	if (!m || symbol_table_read(&f->table, m) < 0) {
		symbol_file_free(f);
		return NULL;
	}
	dwarf = lines ? dwfl_module_getdwarf(m, &bias) : NULL;
	if (dwarf && debug_texts_end(dwarf))
		f->debug = debug_info_new(dwarf, bias);
	f->go = go_table_open(i);
	return f;
}

void symbol_file_free(struct symbol_file *f)
{
	if (!f)
		return;
	free(f->lent);
	debug_info_free(f->debug);
	go_table_free(f->go);
	symbol_table_free(&f->table);
	dwfl_end(f->dwfl);
	free(f);
}

/*
 * The name as it was written, kept until the next question. Go writes its names as they are, after
 * the package and a dot; what has none is C of cgo.
 */
static const char *symbol_lend(struct symbol_file *f, const char *name, const char **ret_language)
{
	char *written;

	*ret_language = "go";
	if (f->go && strchr(name, '.'))
		return name;
	written = demangle(name, ret_language);
	if (!written)
		return name;
	free(f->lent);
	return f->lent = written;
}

static bool name_is_reserved(const char *name)
{
	return name[0] == '_' && name[1] == '_';
}

/*
 * What debug information leaves open, of the function that exists as code. libc defines read() as
 * __libc_read and gives it the other name as an alias, which is the one that people know.
 */
static void function_complete(
	struct symbol_file *f, const struct symbol *s, struct symbol_frame *frame)
{
	const char *language;

	if (!s || (frame->function && !name_is_reserved(frame->function)))
		return;
	frame->function = symbol_lend(f, s->name, &language);
	if (!frame->language)
		frame->language = language;
}

static size_t debug_name(
	struct symbol_file *f, uint64_t linked, struct symbol_frame *ret, size_t max)
{
	const struct symbol *s = symbol_table_function(&f->table, linked);
	size_t count = debug_info_find(f->debug, linked, s ? s->start : UINT64_MAX, ret, max);

	for (size_t i = 0; i < count; i++)
		if (!ret[i].inlined)
			function_complete(f, s, &ret[i]);
	return count;
}

size_t symbol_file_name(
	struct symbol_file *f, uint64_t linked, bool lines, struct symbol_frame *ret, size_t max)
{
	const struct symbol *s;
	size_t count;

	count = f->debug && lines ? debug_name(f, linked, ret, max) : 0;
	if (count || !max)
		return count;
	count = f->go ? go_table_find(f->go, linked, ret, max) : 0;
	if (count)
		return count;
	s = symbol_table_function(&f->table, linked);
	if (!s)
		return 0;
	*ret = (struct symbol_frame){0};
	ret->function = symbol_lend(f, s->name, &ret->language);
	return 1;
}

const char *symbol_file_variable(struct symbol_file *f, uint64_t linked, uint64_t *ret_offset)
{
	const struct symbol *s = symbol_table_variable(&f->table, linked);
	const char *language;

	if (!s)
		return NULL;
	*ret_offset = linked - s->start;
	return symbol_lend(f, s->name, &language);
}
