/*
 * cut: the rules by which waits go together, and the search for a repeating sequence.
 */
#include "cut.h"

#include "asked.h"
#include "meaning.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* The longest sequence looked for, and how many times at least it has to be there. */
#define PERIOD_MAX 16
#define PERIODS_LEAST 3
/* Of its places, how many have to repeat: one odd wait in twenty may be in between. */
#define PERIOD_SHARE 0.95

static const struct measured_wait *item_wait(const struct meaning *x, const struct item *i)
{
	return i->wait == MEASURED_NONE ? NULL : &x->m->waits[i->wait];
}

static bool wait_connects(const struct measured_wait *w)
{
	return w->syscall && strcmp(w->syscall, "connect") == 0;
}

/* It says itself where in the file, and does not go on where the one before stopped. */
static bool wait_is_placed(const struct measured_wait *w)
{
	return w->syscall && strncmp(w->syscall, "pread", strlen("pread")) == 0;
}

/* A lane's items, and what it asked for if it is a loop that awaits one request at a time. */
struct cutting {
	const struct meaning *x;
	const struct item *items;
	size_t count;
	size_t *request_of_item; /* SIZE_MAX: none */
	struct asked_list asked;
};

static bool item_goes_on(const struct cutting *c, size_t at)
{
	const struct meaning *x = c->x;
	const struct item *i = &c->items[at], *before = i - 1;
	const struct measured_wait *w = item_wait(x, i), *last = item_wait(x, before);

	if (before->handed)
		return false;
	if (!w || i->handed || i->continued)
		return true;
	if (c->request_of_item[at] != SIZE_MAX)
		return c->request_of_item[at] == c->request_of_item[at - 1];
	if (w->file == MEASURED_NONE)
		return state_is_storage(x->states[i->wait]);
	if (!last || w->file != last->file)
		return false;
	return wait_connects(last) || (!wait_is_placed(w) && state_is_storage(x->states[i->wait]) &&
					      state_is_storage(x->states[before->wait]));
}

static bool text_same(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

/* Two waits of the same kind, if for different connections or files. */
static bool kind_same(const struct meaning *x, size_t a, size_t b)
{
	const struct measured_wait *v = &x->m->waits[a], *w = &x->m->waits[b];
	const struct measured_file *f, *g;

	if (a == b)
		return true;
	if (x->states[a] != x->states[b] || !text_same(v->syscall, w->syscall))
		return false;
	if (v->file == MEASURED_NONE || w->file == MEASURED_NONE)
		return v->file == w->file;
	f = &x->m->files[v->file];
	g = &x->m->files[w->file];
	return f->kind == g->kind && text_same(f->peer, g->peer);
}

/* The kinds of waits that operations begin with, in order. */
struct sequence {
	size_t *waits, *items;
	size_t count;
};

static bool item_connects(const struct cutting *c, size_t item)
{
	size_t request = c->request_of_item[item];

	return request != SIZE_MAX && c->asked.rows[request].connects;
}

static bool sequence_repeats(const struct cutting *c, const struct sequence *s, size_t period)
{
	size_t same = 0, pairs = s->count - period;

	for (size_t i = 0; i < pairs; i++)
		same += kind_same(c->x, s->waits[i], s->waits[i + period]) &&
			item_connects(c, s->items[i]) == item_connects(c, s->items[i + period]);
	return (double)same >= PERIOD_SHARE * (double)pairs;
}

/* 1: each is an operation of its own. */
static size_t sequence_period(const struct cutting *c, const struct sequence *s)
{
	for (size_t period = 1; period <= PERIOD_MAX; period++) {
		if (s->count < PERIODS_LEAST * period)
			break;
		if (sequence_repeats(c, s, period))
			return period;
	}
	return 1;
}

static void sequence_gather(struct sequence *s, const struct cutting *c, const bool *begins)
{
	for (size_t i = 0; i < c->count; i++)
		/* Of short waits no order is known. */
		if (begins[i] && c->items[i].recorded && !c->items[i].handed) {
			s->waits[s->count] = c->items[i].wait;
			s->items[s->count++] = i;
		}
}

static void begins_fill(const struct cutting *c, struct sequence *s, bool *begins)
{
	const struct item *items = c->items;
	size_t period;

	for (size_t i = 0; i < c->count; i++)
		begins[i] = i == 0 || !item_goes_on(c, i);
	sequence_gather(s, c, begins);
	period = sequence_period(c, s);
	for (size_t i = 0, place = 0; i < s->count; i++, place++) {
		size_t item = s->items[i];

		/* What was handed over begins anew. */
		if (item == 0 || items[item - 1].handed)
			place = 0;
		begins[item] = place % period == 0;
	}
	for (size_t i = 0; i < c->count; i++)
		begins[i] |= i == 0 || items[i - 1].handed;
}

static bool item_awaits(const struct cutting *c, size_t item)
{
	const struct item *i = &c->items[item];

	return i->recorded && i->wait != MEASURED_NONE && c->x->states[i->wait] == STATE_POLL;
}

/* Only of a loop that awaits one request at a time are its waits for events operations. */
static int requests_assign(struct cutting *c)
{
	size_t thread = MEASURED_NONE;
	int error = 0;

	for (size_t i = 0; i < c->count; i++) {
		c->request_of_item[i] = SIZE_MAX;
		if (item_awaits(c, i))
			thread = c->x->m->waits[c->items[i].wait].thread;
	}
	if (thread == MEASURED_NONE || !c->x->one_by_one[c->x->m->threads[thread].process])
		return 0;
	error = asked_fill(&c->asked, c->x, thread);
	for (size_t i = 0; i < c->count && !error; i++)
		if (item_awaits(c, i))
			c->request_of_item[i] = asked_at(&c->asked, c->items[i].start_s);
	return error;
}

int cut_operations(const struct meaning *x, const struct item *items, size_t count, bool *begins)
{
	struct cutting c = {x, items, count, calloc(count + 1, sizeof(size_t)), {0}};
	struct sequence s = {
		.waits = calloc(count + 1, sizeof(*s.waits)),
		.items = calloc(count + 1, sizeof(*s.items)),
	};
	int error = s.waits && s.items && c.request_of_item ? requests_assign(&c) : -ENOMEM;

	if (!error)
		begins_fill(&c, &s, begins);
	asked_clear(&c.asked);
	free(c.request_of_item);
	free(s.items);
	free(s.waits);
	return error;
}
