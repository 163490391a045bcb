/*
 * probe: measures a target with eBPF, from probe_open() to probe_finish().
 *
 * Built only where CONCADVISE_PROBE is on; without it every call answers -ENOSYS with a reason.
 */
#ifndef CONCADVISE_PROBE_H
#define CONCADVISE_PROBE_H

#include <stdbool.h>

struct measurement;
struct probe;
struct target;

/* Who looks on while probe_run() collects. It costs a pass over all tasks each time, and nothing in
 * between. */
struct probe_watch {
	double every_s;
	int fd; /* of a person's input: attend() is called when it is readable; -1: none */
	/* What the threads did since the last look: a measurement without samples, segments and
	 * call sites. It is valid during the call alone. */
	void (*look)(void *context, const struct measurement *interval);
	/* Every few milliseconds; true: stop measuring. NULL: never. */
	bool (*attend)(void *context);
	void *context;
};

struct probe_options {
	bool follow;                     /* measure the children too */
	int frequency_hz;                /* on-CPU samples per second and CPU; 0: none; or ..._FIT */
	bool callsites;                  /* note from where waits and samples come */
	const struct probe_watch *watch; /* borrowed while the probe lives; NULL: nobody looks on */
};

#define PROBE_FREQUENCY_FIT (-1) /* as often as takes little of a CPU, see sampler_rate() */

/*
 * Loads and arms everything; the window opens for an attached target when this returns, for a
 * launched one when its command is executed. Returns 0, or a negative errno and a malloc'ed reason
 * that says what is missing and what to do (-EPERM: more privileges are needed; -EACCES: a process
 * may not be looked into).
 */
int probe_open(
	struct target *t, const struct probe_options *o, struct probe **ret, char **ret_reason);

/* Collects until the target is gone, duration_s (0: no limit) has passed, or a person asked to
 * stop. */
int probe_run(struct probe *p, double duration_s);

/* Closes the window and hands over what was measured (the caller frees it). The probe only frees
 * afterwards. */
int probe_finish(struct probe *p, struct measurement **ret);

/* Detaches everything. NULL is fine. */
void probe_free(struct probe *p);

#endif
