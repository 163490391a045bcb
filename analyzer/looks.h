/*
 * looks: a loop's looks for events as samples met them.
 *
 * A loop that often finds events at once looks for them without any wait, and where such looks are
 * not watched, only samples show that it did.
 */
#ifndef CONCADVISE_LOOKS_H
#define CONCADVISE_LOOKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct meaning;

struct looks {
	double met; /* samples of the thread in a look for events */
	double share;
};

/* Of all its samples: also those in looks that then waited. */
struct looks looks_of_samples(const struct meaning *x, size_t thread);

/* Of those in the stretches between its waits that are known one by one. */
struct looks looks_of_stretches(const struct meaning *x, size_t thread);

/*
 * Whether a stretch of a loop that has been met so, with so many samples, none of them in a look,
 * can be so by chance. Of all stretches the longest are asked for: there is one behind each sample
 * that met a look, so as many could be so long (Bonferroni's bound).
 */
bool looks_could_be_missed(const struct looks *l, uint32_t samples);

#endif
