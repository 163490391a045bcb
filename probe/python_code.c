/*
 * python_code: code objects by the number that the kernel side gave them. What many processes run
 * alike is kept once.
 */
#include "python_code.h"

#include "python_line.h"
#include "python_source.h"
#include "table.h"

#include <errno.h>
#include <stdlib.h>

#define CODES_MAX (1 << 18)   /* of about 100 bytes with their entries in the table */
#define SOURCES_MAX (1 << 16) /* of a few hundred bytes */

struct python_codes {
	struct table codes;   /* number -> struct python_code */
	struct table sources; /* hash -> struct python_source */
};

struct python_codes *python_codes_new(void)
{
	return calloc(1, sizeof(struct python_codes));
}

void python_codes_free(struct python_codes *c)
{
	if (!c)
		return;
	for (size_t n = 0; n < c->codes.room; n++)
		free((void *)c->codes.entries[n].value);
	for (size_t n = 0; n < c->sources.room; n++) {
		struct python_source *s = (void *)c->sources.entries[n].value;

		if (s)
			python_source_clear(s);
		free(s);
	}
	table_free(&c->codes);
	table_free(&c->sources);
	free(c);
}

/* Owns what is in it from here on. */
static int source_keep(
	struct python_codes *c, struct python_source *own, const struct python_source **ret)
{
	uint64_t hash = python_source_hash(own);
	struct python_source *kept;
	size_t known;
	int error;

	if (table_get(&c->sources, hash, &known)) {
		python_source_clear(own);
		*ret = (const void *)known;
		return 0;
	}
	kept = c->sources.count < SOURCES_MAX ? malloc(sizeof(*kept)) : NULL;
	error = kept ? table_set(&c->sources, hash, (uintptr_t)kept) : -ENOSPC;
	if (error < 0) {
		python_source_clear(own);
		free(kept);
		return error;
	}
	*kept = *own;
	*ret = kept;
	return 0;
}

static int code_keep(struct python_codes *c, uint32_t number, const struct python_code *like)
{
	struct python_code *code;
	size_t known;
	int error;

	if (table_get(&c->codes, number, &known))
		return -EBADMSG;
	code = c->codes.count < CODES_MAX ? malloc(sizeof(*code)) : NULL;
	error = code ? table_set(&c->codes, number, (uintptr_t)code) : -ENOSPC;
	if (error < 0) {
		free(code);
		return error;
	}
	*code = *like;
	return 0;
}

int python_codes_take(struct python_codes *c, int pid, const struct wire_code *w, size_t size)
{
	const struct python_source *source;
	struct python_source own;
	int error;

	if (size < sizeof(*w) || w->lines_bytes > size - sizeof(*w) || w->number == 0)
		return -EBADMSG;
	if (!python_source_read(pid, w, &own)) {
		python_source_clear(&own);
		return -ENOMEM;
	}
	error = source_keep(c, &own, &source);
	if (error < 0)
		return error;
	return code_keep(c, w->number,
		&(struct python_code){
			.function = source->function,
			.file = source->file,
			.first_line = source->first_line,
			.inner = !w->name_address && !w->file_address,
			.source = source,
			.instructions = w->instructions,
		});
}

const struct python_code *python_codes_find(const struct python_codes *c, uint32_t number)
{
	size_t known;

	return number && table_get(&c->codes, number, &known) ? (const void *)known : NULL;
}

/*
 * Bytes from the first instruction to the one under way; below 0: none is yet. While a call is
 * under way every version keeps the instruction that calls: f_lasti up to 3.10 (bytes up to 3.9,
 * units of two bytes then), prev_instr of 3.11 and 3.12 (or the last cache entry behind it, which
 * belongs to it), instr_ptr from 3.13 on.
 */
static int64_t code_offset(const struct python_code *code, uint64_t at)
{
	if (code->source->minor <= 9)
		return (int32_t)at;
	if (code->source->minor == 10)
		return 2 * (int64_t)(int32_t)at;
	return (int64_t)(at - code->instructions);
}

int python_code_line(const struct python_code *code, uint64_t at)
{
	const struct python_source *s = code->source;
	const struct python_lines lines = {
		.minor = s->minor,
		.first = s->first_line,
		.table = s->lines,
		.bytes = s->lines_bytes,
		.cut = s->lines_cut,
	};
	int64_t offset = code_offset(code, at);

	if (offset < 0)
		return offset >= -2 ? s->first_line : 0;
	return python_line(&lines, offset);
}
