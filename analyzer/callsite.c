/*
 * callsite: folds chains of calls, and picks the line that stands out in each.
 */
#include "callsite.h"

#include "code.h"
#include "meaning.h"
#include "profile.h"
#include "short_path.h"
#include "text_make.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What is known of one stack while it is folded. */
struct chain {
	const struct measurement *m;
	const struct measured_stack *stack;
	const enum code *codes; /* of all frames */
	bool is_static;         /* no frame of it is in a C library's own file */
	bool interpreted;       /* a runtime runs code in it, with names or without */
};

static enum code chain_code(const struct chain *c, size_t at)
{
	return c->codes[c->stack->frames[at]];
}

static const struct measured_frame *chain_frame(const struct chain *c, size_t at)
{
	return &c->m->frames[c->stack->frames[at]];
}

static bool is_interpreted(const struct chain *c, size_t at)
{
	return !chain_frame(c, at)->module || chain_code(c, at) == CODE_GENERATED;
}

static struct chain chain_of(
	const struct measurement *m, const struct measured_stack *stack, const enum code *codes)
{
	struct chain c = {m, stack, codes, !stack->truncated, false};

	for (size_t i = 0; i < stack->frames_count; i++) {
		c.is_static &= !code_is_c_library(chain_frame(&c, i));
		c.interpreted |= is_interpreted(&c, i);
	}
	return c;
}

/* A runtime's function carries out the call from its language's code: that is all there is to say,
 * if that code has a name. */
static bool is_carrying_out(const struct chain *c, size_t at)
{
	for (size_t i = at + 1; i < c->stack->frames_count; i++)
		if (is_interpreted(c, i))
			return chain_code(c, i) != CODE_GENERATED;
	return c->interpreted;
}

static bool is_machinery(const struct chain *c, size_t at)
{
	switch (chain_code(c, at)) {
	case CODE_IMPORT:
		return true;
	case CODE_ENGINE:
		return c->interpreted;
	case CODE_RUNTIME:
		return is_carrying_out(c, at);
	default:
		return false;
	}
}

static bool is_wrapper(const struct chain *c, size_t at)
{
	enum code code = chain_code(c, at);

	return code == CODE_WRAPPER || is_machinery(c, at) ||
	       (c->is_static && code == CODE_OWN && code_is_static_wrapper(chain_frame(c, at)));
}

static bool is_start(const struct chain *c, size_t at)
{
	enum code code = chain_code(c, at);

	return code == CODE_START || code == CODE_WRAPPER;
}

/* The frames that stay, between the wrappers and the start; of a chain of nothing but those, the
 * wrapper that was called from outside. */
static size_t chain_fold(const struct chain *c, size_t *ret_frames)
{
	size_t from = 0, to = c->stack->frames_count, count = 0;

	while (to > 0 && is_start(c, to - 1))
		to--;
	while (from < to && is_wrapper(c, from))
		from++;
	for (size_t i = from; i < to; i++)
		if (!is_machinery(c, i))
			ret_frames[count++] = c->stack->frames[i];
	if (count == 0 && c->stack->frames_count > 0) {
		while (to < c->stack->frames_count && chain_code(c, to) == CODE_WRAPPER)
			to++;
		ret_frames[count++] = c->stack->frames[to > 0 ? to - 1 : 0];
	}
	return count;
}

/* A loop's caller is not what runs in the loop: beyond it, nothing stands for what is inside. */
static size_t frames_up_to_loop(const struct callsite *site, const struct measurement *m)
{
	for (size_t i = 0; i < site->frames_count; i++)
		if (code_is_loop(&m->frames[site->frames[i]]))
			return i + 1;
	return site->frames_count;
}

/* Nor is the runtime's or a library's code that runs code without a name: it is not what is run. */
static size_t frames_up_to_generated(
	const struct callsite *site, const enum code *codes, size_t end)
{
	for (size_t i = 0; i < end; i++)
		if (codes[site->frames[i]] == CODE_GENERATED)
			return i + 1;
	return end;
}

/* The program's file has the source of what called it, not of this one: it was linked in. */
static bool is_linked_in(
	const struct callsite *site, const struct measurement *m, size_t at, size_t end)
{
	const struct measured_frame *f = &m->frames[site->frames[at]];

	if (f->file || !f->module)
		return false;
	for (size_t i = at + 1; i < end; i++) {
		const struct measured_frame *caller = &m->frames[site->frames[i]];

		if (caller->file && caller->module && strcmp(caller->module, f->module) == 0)
			return true;
	}
	return false;
}

/*
 * The innermost frame of such code, rather one with a name. Of a runtime's own functions that code
 * without a name calls, the outermost: that one is what its language offers, what is further in is
 * how it does it.
 */
static size_t frames_find(const struct callsite *site, const struct measurement *m,
	const enum code *codes, enum code code, size_t end)
{
	bool called = end > 0 && codes[site->frames[end - 1]] == CODE_GENERATED;
	size_t found = SIZE_MAX;

	for (size_t i = 0; i < end; i++) {
		const struct measured_frame *f = &m->frames[site->frames[i]];

		if (codes[site->frames[i]] != code)
			continue;
		if (code == CODE_OWN && is_linked_in(site, m, i, end))
			continue;
		if (f->function && !(called && code == CODE_RUNTIME))
			return i;
		if (found == SIZE_MAX || f->function)
			found = i;
	}
	return found;
}

static void line_pick(struct callsite *site, const struct measurement *m, const enum code *codes)
{
	size_t end = frames_up_to_loop(site, m);
	size_t inner = frames_up_to_generated(site, codes, end);

	for (enum code code = CODE_OWN; code < CODE_COUNT; code++) {
		size_t at = frames_find(site, m, codes, code, code == CODE_OWN ? end : inner);

		if (at == SIZE_MAX)
			continue;
		site->line = at;
		site->own = code == CODE_OWN;
		return;
	}
}

static int callsite_make(struct callsite *site, const struct chain *c)
{
	site->frames = calloc(c->stack->frames_count + 1, sizeof(*site->frames));
	if (!site->frames)
		return -ENOMEM;
	site->frames_count = chain_fold(c, site->frames);
	line_pick(site, c->m, c->codes);
	return 0;
}

static int frames_fill(struct profile *p, const enum code *codes)
{
	const struct measurement *m = p->measurement;
	struct short_path *own = calloc(m->frames_count + 1, sizeof(*own));
	size_t count = 0;

	p->frames = calloc(m->frames_count + 1, sizeof(*p->frames));
	if (!own || !p->frames) {
		free(own);
		return -ENOMEM;
	}
	for (size_t i = 0; i < m->frames_count; i++)
		if (codes[i] == CODE_OWN && m->frames[i].file)
			own[count++].path = m->frames[i].file;
	count = short_paths_fill(own, count);
	for (size_t i = 0; i < m->frames_count; i++) {
		const char *file = m->frames[i].file;

		p->frames[i].library = codes[i] != CODE_OWN;
		p->frames[i].generated = codes[i] == CODE_GENERATED;
		if (file && codes[i] == CODE_OWN)
			p->frames[i].short_file = short_path_find(own, count, file);
		else if (file)
			p->frames[i].short_file = short_path_library(file);
	}
	free(own);
	return 0;
}

int callsite_fill(struct profile *p, const struct meaning *x)
{
	const struct measurement *m = x->m;
	enum code *codes = calloc(m->frames_count + 1, sizeof(*codes));
	int error = codes ? 0 : -ENOMEM;

	p->callsites = calloc(m->stacks_count + 1, sizeof(*p->callsites));
	if (!p->callsites)
		error = -ENOMEM;
	for (size_t i = 0; i < m->frames_count && !error; i++)
		codes[i] = code_of_frame(m, &m->frames[i]);
	if (!error)
		error = frames_fill(p, codes);
	for (size_t i = 0; i < m->stacks_count && !error; i++) {
		struct chain c = chain_of(m, &m->stacks[i], codes);

		error = callsite_make(&p->callsites[p->callsites_count++], &c);
	}
	free(codes);
	return error;
}

void callsites_free(struct profile *p)
{
	for (size_t i = 0; i < p->callsites_count; i++)
		free(p->callsites[i].frames);
	free(p->callsites);
	free(p->frames);
}

size_t callsite_line(const struct profile *p, size_t stack)
{
	const struct callsite *site = stack < p->callsites_count ? &p->callsites[stack] : NULL;

	return site && site->frames_count > 0 ? site->frames[site->line] : MEASURED_NONE;
}

static int frame_compare(
	const struct measured_frame *a, const struct measured_frame *b, bool by_module)
{
	int order = text_compare(a->function, b->function);

	if (!order)
		order = text_compare(a->file, b->file);
	if (!order)
		order = a->line - b->line;
	if (!order && !a->file)
		order = text_compare(a->module, b->module);
	if (!order && !a->function && a->module && !by_module)
		order = (a->offset > b->offset) - (a->offset < b->offset);
	return order;
}

int callsite_compare(const struct profile *p, size_t a, size_t b, bool by_module)
{
	const struct measured_frame *frames = p->measurement->frames;
	size_t x = callsite_line(p, a), y = callsite_line(p, b);

	if (x == y || x == MEASURED_NONE || y == MEASURED_NONE)
		return (x > y) - (x < y);
	if (p->frames[x].generated || p->frames[y].generated)
		return p->frames[x].generated - p->frames[y].generated;
	return frame_compare(&frames[x], &frames[y], by_module);
}

const struct measured_frame *callsite_innermost(const struct profile *p, size_t stack)
{
	const struct callsite *site = stack < p->callsites_count ? &p->callsites[stack] : NULL;

	return site && site->frames_count > 0 ? &p->measurement->frames[site->frames[0]] : NULL;
}

int callsite_function_compare(const struct measured_frame *a, const struct measured_frame *b)
{
	int order = text_compare(a->function, b->function);

	return order ? order : text_compare(a->module, b->module);
}
