/*
 * pacing: sleeps until the next instant of a schedule: the ticks of a control loop, the turns of a
 * rate limit.
 *
 * Such a sleep is as long as the work before it left time for. Done faster, or several at once, the
 * work only waits longer for the next tick: no model changes how long it all takes.
 */
#ifndef CONCADVISE_PACING_H
#define CONCADVISE_PACING_H

struct meaning;

struct pacing {
	double slept_s;  /* until the next tick, in threads that work */
	double kept_s;   /* from their first tick to their last one */
	double period_s; /* of the thread that was kept longest; NAN: there is none */
};

/* Needs all that x has. Returns 0 or -ENOMEM. */
int pacing_find(struct pacing *ret, const struct meaning *x);

#endif
