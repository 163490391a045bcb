/*
 * forecast: how long the whole run would take under one model and size, from start to end.
 */
#ifndef CONCADVISE_FORECAST_H
#define CONCADVISE_FORECAST_H

#include "profile.h"
#include "simulation.h"

#include <stddef.h>
#include <stdint.h>

/* How what could not be seen is taken. */
enum view { VIEW_LIKELY, VIEW_HOPEFUL, VIEW_CAREFUL, VIEW_COUNT };

/* What is forecast. */
struct scenario {
	const struct profile *profile;
	enum model model;
	size_t workers;     /* of an event loop: loops */
	double cpus, cores; /* see struct machine */
	bool as_built; /* the program's own model: nothing overlaps that did not, its costs are in
			  the measured work */
	enum view view;
	enum limit without; /* as if this did not limit; LIMIT_NOTHING: as it is */
	double slowness;    /* computing takes this many times what it took; 1 */
	double rest_s; /* comes to the time of forecast_run(): what replaying does not explain */
	bool started;  /* nothing is to be started: a service that runs */
	/* The operations that are replayed, and how many times they stand for themselves. */
	struct agenda agenda;
	double times;
	double *idles; /* NULL, or see struct machine */
};

/* What CPUs' idling costs a program, likely as much as it cost where it was timed; its rows are the
 * profile's. */
struct lulls forecast_lulls(const struct profile *p, enum view view);

/* Sets ret_s. Returns 0 or -ENOMEM. */
int forecast_run(const struct scenario *s, double *ret_s);

#endif
