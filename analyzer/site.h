/*
 * site: what happened at which line of the program, and how much of it was there.
 *
 * Chains of calls with the same line are one site: the same sleep, called from two places, is one
 * thing to mend.
 */
#ifndef CONCADVISE_SITE_H
#define CONCADVISE_SITE_H

#include <stdbool.h>
#include <stddef.h>

struct meaning;
struct profile;
struct profile_sites;

/* Something that happened at a stack. */
struct site_part {
	size_t stack; /* MEASURED_NONE: nobody knows where; it counts for the whole alone */
	size_t thread;
	double s, count, max_s; /* max_s NAN: no wait */
	double taken;           /* it is known by so many that were looked at */
	double held_s, known_s; /* of s: holding a runtime's global lock; known whether or not */
};

/* What the parts are part of. */
struct site_whole {
	double s, count; /* exact, to which the parts are scaled; NAN: they stand as they are */
	double unseen;   /* its share of which nobody saw where it was; 0: the parts are all */
	bool by_module;  /* functions without names in one module are one site */
	size_t most;     /* sites worth keeping */
};

/* Sums up the parts (and sorts them). Returns 0 or -ENOMEM. */
int sites_make(struct profile_sites *ret, const struct profile *p, struct site_part *parts,
	size_t count, const struct site_whole *whole);
void sites_clear(struct profile_sites *sites);

/*
 * Where the waits of each set were called: set_of_wait[i] is the set of wait i, or >= sets for
 * none. Fills ret[0..sets-1]. Returns 0 or -ENOMEM, and then nothing is to be freed.
 */
int sites_of_waits(const struct profile *p, const struct meaning *x, const size_t *set_of_wait,
	size_t sets, struct profile_sites *ret);

#endif
