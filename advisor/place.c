/*
 * place: one finder and one sentence for each kind of place, in a table.
 */
#include "place.h"

#include "analyzer/callsite.h"
#include "analyzer/profile.h"
#include "analyzer/top.h"
#include "label.h"
#include "printable.h"
#include "probe/measurement.h"
#include "quantity.h"
#include "subject.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What takes less of the time is no place to begin with. */
#define SHARE_LEAST 0.01
/* Waits of which less than a tenth had company were made one after another. */
#define ALONE 0.1

/* What was found: a site, and the row that it belongs to. */
struct found {
	const struct profile_site *site; /* NULL: none is known, or it is a stall's */
	size_t stack;
	const struct profile_wait *wait;
	const struct profile_lock *lock;
	const struct profile_blocking *blocking;
	const struct profile_stall *stall;
	const struct profile_offspring *offspring;
};

static void text_free(char **text)
{
	free(*text);
}

static bool found_set(struct found *f, const struct profile_sites *sites)
{
	if (sites->count == 0)
		return false;
	f->site = &sites->sites[0];
	f->stack = f->site->stack;
	return true;
}

/* The time at the row's first line, as a row's time can be spread over many; of a row without
 * lines, all of it. */
static double wait_told_s(const struct profile_wait *w)
{
	return w->sites.count > 0 ? w->sites.sites[0].total_s : w->total_s;
}

static double share_of_work(const struct profile *p, double seconds)
{
	return p->work.busy.total_s > 0 ? fmin(1, seconds / p->work.busy.total_s) : NAN;
}

static bool waits_find(const struct profile *p, struct found *ret)
{
	for (size_t i = 0; i < p->waits_count; i++) {
		const struct profile_wait *w = &p->waits[i];

		if (w->idle || (ret->wait && wait_told_s(ret->wait) >= wait_told_s(w)))
			continue;
		*ret = (struct found){.wait = w, .stack = MEASURED_NONE};
		found_set(ret, &w->sites);
	}
	return ret->wait && !(share_of_work(p, wait_told_s(ret->wait)) < SHARE_LEAST);
}

/* Where no line of the starter's is known, as of a shell, there is nothing to point at. */
static bool children_find(const struct profile *p, struct found *ret)
{
	const struct profile_offspring *o = &p->offspring;
	size_t frame =
		o->sites.count > 0 ? callsite_line(p, o->sites.sites[0].stack) : MEASURED_NONE;

	if (o->starter == MEASURED_NONE || !o->program)
		return false;
	ret->offspring = o;
	if (frame != MEASURED_NONE && p->measurement->frames[frame].line > 0)
		found_set(ret, &o->sites);
	return true;
}

static bool computing_find(const struct profile *p, struct found *ret)
{
	return found_set(ret, &p->cpu_sites);
}

static bool lock_find(const struct profile *p, struct found *ret)
{
	ret->lock = lock_top(p);
	return ret->lock && found_set(ret, &ret->lock->waiting);
}

static bool global_lock_find(const struct profile *p, struct found *ret)
{
	ret->lock = lock_global_top(p);
	return ret->lock && found_set(ret, &ret->lock->holding);
}

static bool loop_blocking_find(const struct profile *p, struct found *ret)
{
	ret->blocking = blocking_top(p);
	return ret->blocking && found_set(ret, &ret->blocking->sites);
}

static bool loop_computing_find(const struct profile *p, struct found *ret)
{
	ret->stall = stall_top(p, STALL_COMPUTING);
	if (ret->stall)
		ret->stack = ret->stall->stack;
	return ret->stack != MEASURED_NONE;
}

char *place_waits_text(const char *one, double count, double total_s)
{
	bool several = count >= 1.5;
	char *text;
	int printed;

	if (!(count > 0))
		printed = asprintf(&text, "%ss of %s in all", one, quantity_of(total_s, "s").text);
	else
		printed = asprintf(&text, "%s %s%s of %s", quantity_of(round(count), "count").text,
			one, several ? "s" : "", quantity_of(total_s / count, "s").text);
	return printed < 0 ? NULL : text;
}

/* Of the whole row, where nobody knows the line. */
static void waits_write(FILE *to, const struct profile *p, const struct found *f)
{
	const struct profile_wait *w = f->wait;
	double count = f->site ? f->site->count : (double)w->count;
	double total_s = f->site ? f->site->total_s : w->total_s;
	const char *one = w->state == STATE_SLEEP ? "sleep" : "wait";
	__attribute__((cleanup(text_free))) char *waits = place_waits_text(one, count, total_s);
	__attribute__((cleanup(text_free))) char *object =
		w->object ? printable_text(w->object, true) : NULL;

	fputs(waits ? waits : "", to);
	if (object)
		fprintf(to, " for %s", object);
	fputs(count >= 1.5 && w->overlapped < ALONE ? ", one after another" : "", to);
	fprintf(to, ", %s of the time", quantity_of(share_of_work(p, total_s), "share").text);
}

static void children_write(FILE *to, const struct profile *p, const struct found *f)
{
	const struct profile_offspring *o = f->offspring;
	__attribute__((cleanup(text_free))) char *name =
		printable_text(label_base_name(o->program), true);

	(void)p;
	fprintf(to, "%s%s", f->site ? "starts them; " : "", name ? name : "");
	if (o->program_count >= 1.5)
		fprintf(to, ", %s times,", quantity_of(o->program_count, "count").text);
	fprintf(to, " takes %s of their time", quantity_of(o->program_share, "share").text);
}

static void computing_write(FILE *to, const struct profile *p, const struct found *f)
{
	fprintf(to, "computes, %s of the time",
		quantity_of(share_of_work(p, f->site->total_s), "share").text);
}

static void holder_write(FILE *to, const struct profile *p, const struct profile_lock *l)
{
	__attribute__((cleanup(text_free))) char *line = NULL;

	if (l->holding.count > 0)
		line = callsite_site_text(p, &l->holding.sites[0]);
	if (line)
		fprintf(to, "; whoever has it is at %s", line);
}

static void lock_write(FILE *to, const struct profile *p, const struct found *f)
{
	const struct profile_lock *l = f->lock;

	fprintf(to, "waits %s for the %s", quantity_of(f->site->total_s, "s").text, l->kind);
	if (l->name)
		fprintf(to, " %s", l->name);
	fprintf(to, ", up to %s at a time", quantity_of(l->max_wait_s, "s").text);
	holder_write(to, p, l);
}

static void global_lock_write(FILE *to, const struct profile *p, const struct found *f)
{
	fprintf(to, "has the %s ", label_runtime_lock(subject_runtime_name(p)));
	if (isnan(f->site->share))
		fputs("more than any other line", to);
	else
		fprintf(to, "for %s of the time in which others wait for it",
			quantity_of(f->site->share, "share").text);
}

static void loop_blocking_write(FILE *to, const struct profile *p, const struct found *f)
{
	const struct profile_blocking *b = f->blocking;

	(void)p;
	fprintf(to, "stops the loop in %s, ", b->syscall ? b->syscall : state_label(b->state));
	if (b->count == 1)
		fprintf(to, "once, for %s", quantity_of(b->max_s, "s").text);
	else
		fprintf(to, "%s times, for up to %s, %s in all",
			quantity_of((double)b->count, "count").text,
			quantity_of(b->max_s, "s").text, quantity_of(b->total_s, "s").text);
}

static void loop_computing_write(FILE *to, const struct profile *p, const struct found *f)
{
	const struct profile_stall *s = f->stall;

	(void)p;
	fprintf(to, "computes for up to %s while everything else on the loop waits",
		quantity_of(s->max_s, "s").text);
	if (s->count > 1)
		fprintf(to, ", %s times", quantity_of((double)s->count, "count").text);
}

static const struct {
	const char *name;
	bool (*find)(const struct profile *p, struct found *ret);
	void (*write)(FILE *to, const struct profile *p, const struct found *f);
} places[PLACE_COUNT] = {
	[PLACE_NONE] = {"", NULL, NULL},
	[PLACE_WAITS] = {"waits", waits_find, waits_write},
	[PLACE_COMPUTING] = {"computing", computing_find, computing_write},
	[PLACE_LOCK] = {"lock", lock_find, lock_write},
	[PLACE_GLOBAL_LOCK] = {"global-lock", global_lock_find, global_lock_write},
	[PLACE_LOOP_BLOCKING] = {"loop-blocking", loop_blocking_find, loop_blocking_write},
	[PLACE_LOOP_COMPUTING] = {"loop-computing", loop_computing_find, loop_computing_write},
	[PLACE_CHILDREN] = {"children", children_find, children_write},
};

const char *place_name(enum place place)
{
	return places[place].name;
}

static bool place_find(enum place place, const struct profile *p, struct found *ret)
{
	*ret = (struct found){.stack = MEASURED_NONE};
	return places[place].find && places[place].find(p, ret);
}

size_t place_stack(enum place place, const struct profile *p)
{
	struct found f;

	return place_find(place, p, &f) ? f.stack : MEASURED_NONE;
}

char *place_text(enum place place, const struct profile *p)
{
	__attribute__((cleanup(text_free))) char *line = NULL;
	struct found f;
	char *text = NULL;
	size_t size = 0;
	FILE *to;

	if (!place_find(place, p, &f))
		return NULL;
	line = f.site ? callsite_site_text(p, f.site) : callsite_text(p, f.stack);
	to = line || f.wait || f.offspring ? open_memstream(&text, &size) : NULL;
	if (!to)
		return NULL;
	if (line)
		fprintf(to, "%s: ", line);
	places[place].write(to, p, &f);
	fputc('.', to);
	fclose(to);
	return text;
}
