/*
 * assumption: one function each; a table says which there are.
 */
#include "assumption.h"

#include "advice.h"
#include "alternative.h"
#include "prescription.h"
#include "quantity.h"

#include "analyzer/margin.h"
#include "analyzer/profile.h"
#include "analyzer/text_make.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is waited for most among the waits in a state that are work; NULL: not known. */
static const char *object_of(const struct profile *p, enum state s)
{
	for (size_t i = 0; i < p->waits_count; i++)
		if (p->waits[i].state == s && !p->waits[i].idle)
			return p->waits[i].object;
	return NULL;
}

static bool state_matters(const struct profile *p, enum state s)
{
	return p->work.busy.s[s] >= MARGIN * p->work.busy.total_s && p->work.busy.total_s > 0;
}

/* Answers on one connection come in order, each after the one before it. */
static char *connection_text(const struct advice *a)
{
	const struct profile_work *w = &a->profile->work;
	const char *object = object_of(a->profile, STATE_NETWORK);

	if (w->asked_s < MARGIN * w->busy.total_s || w->busy.total_s <= 0)
		return NULL;
	return text_make("%" PRIu64 " answers came after another one on the same connection%s%s: "
			 "they do not build on each other, and each worker has a connection of "
			 "its own.",
		w->asked, object ? " to " : "", object ? object : "");
}

static char *server_text(const struct advice *a)
{
	const char *object = object_of(a->profile, STATE_NETWORK);

	if (!state_matters(a->profile, STATE_NETWORK))
		return NULL;
	return text_make("%s answers as fast when it is asked by several at once.",
		object ? object : "Who is asked");
}

static char *device_text(const struct advice *a)
{
	if (!state_matters(a->profile, STATE_DISK))
		return NULL;
	return text_make("The disk serves several at once; the range begins where it serves one.");
}

/* What is work waits in sleep longest. */
static bool is_sleeper(const struct profile *p)
{
	for (size_t i = 0; i < p->waits_count; i++)
		if (!p->waits[i].idle)
			return p->waits[i].state == STATE_SLEEP;
	return false;
}

/* Who tries again until something is free sleeps too, as SQLite does where a database is locked. */
static char *sleep_text(const struct advice *a)
{
	if (!state_matters(a->profile, STATE_SLEEP) || !is_sleeper(a->profile))
		return NULL;
	return text_make("It sleeps for a time, not until another worker is done (with a locked "
			 "database, say): such sleeps would grow with the workers.");
}

static char *results_text(const struct advice *a)
{
	const struct prediction *row = prediction_of(a->profile, a->model);

	if (!row || row->current || !isfinite(row->wall_s) ||
		(a->model != MODEL_PROCESSES && a->model != MODEL_HYBRID))
		return NULL;
	if (row->costs.results_s < MARGIN * row->wall_s)
		return text_make("What an operation returns is small: it is copied to the "
				 "parent.");
	return text_make("Results are as large as the memory grew: to pass them to the parent "
			 "takes %s in all.",
		quantity_of(row->costs.results_s, "s").text);
}

static char *lulls_text(const struct advice *a)
{
	const struct prediction *row = prediction_of(a->profile, a->model);

	if (!row || row->current || !(row->costs.lulls_s >= MARGIN * row->wall_s))
		return NULL;
	return text_make("Its CPUs' caches stay warm: of the computing measured, about %s were due "
			 "to their idling before it (as timed on this machine).",
		quantity_of(row->costs.lulls_s, "s").text);
}

static char *(*const assumptions[])(const struct advice *a) = {
	connection_text,
	server_text,
	device_text,
	sleep_text,
	results_text,
	lulls_text,
};

int assumptions_add(struct advice *a)
{
	int error = 0;

	if (a->action != ACTION_ADOPT && a->action != ACTION_TUNE)
		return 0;
	for (size_t i = 0; i < sizeof(assumptions) / sizeof(assumptions[0]) && !error; i++) {
		char *text = assumptions[i](a);

		if (text)
			error = text_append(&a->assumptions, &a->assumptions_count, text);
	}
	return error;
}
